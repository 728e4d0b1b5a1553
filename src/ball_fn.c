/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ball_fn.c: powers, elementwise functions, matrix functions and unknown functions of balls, for
   ball.c. What has no value there, the logarithm of a number that may be negative, is not finite. */
#include <math.h>

#include "ball.h"
#include "plan.h"               /* for the waves of unknown functions, nothing else */

#ifdef HAVE_ARB_HEADERS

/* ---- powers and elementwise functions */

/* x^e; of 0 too */
static void
power(BallWalk *w, arb_t z, const arb_t x, const arb_t e)
{
	if (arb.arb_is_zero(x) && arb.arb_is_positive(e))
		arb.arb_set_si(z, 0);
	else
		arb.arb_pow(z, x, e, w->prec);
}

void
ball_pow(BallWalk *w, const Node *n, BallVec *out)
{
	arb_ptr x = ball_value(w, n->kid[0])->x, e = ball_room(w, 1);
	bool root = rat_eq(n->coef[0], rat(1, 2));

	ball_rat(w, e, n->coef[0]);
	for (long i = 0; i < out->size; i++) {
		if (root)
			arb.arb_sqrt(out->x + i, x + i, w->prec);
		else
			power(w, out->x + i, x + i, e);
	}
}

/* 1/(1 + exp(-x)); t: room for two */
static void
logistic(BallWalk *w, arb_t z, const arb_t x, arb_ptr t)
{
	arb_ptr one = t + 1;

	arb.arb_set_si(one, 1);
	arb.arb_neg(t, x);
	arb.arb_exp(t, t, w->prec);
	arb.arb_add(t, t, one, w->prec);
	arb.arb_div(z, one, t, w->prec);
}

/* 1 above 0, else 0; all between them where it is not known which */
static void
step(arb_t z, const arb_t x, arb_t half)
{
	arb.arb_set_si(z, arb.arb_is_positive(x) ? 1 : 0);
	if (arb.arb_is_positive(x) || arb.arb_is_nonpositive(x))
		return;
	arb.arb_set_d(half, 0.5);
	arb.arb_set(z, half);
	arb.arb_add_error(z, half);
}

/* t: room for three, of which the last is 0 */
static void
map_one(BallWalk *w, FunId f, arb_t z, const arb_t x, arb_ptr t)
{
	switch (f) {
	case F_exp: arb.arb_exp(z, x, w->prec); break;
	case F_log: arb.arb_log(z, x, w->prec); break;
	case F_sqrt: arb.arb_sqrt(z, x, w->prec); break;
	case F_abs: arb.arb_abs(z, x); break;
	case F_sign: arb.arb_sgn(z, x); break;
	case F_sin: arb.arb_sin(z, x, w->prec); break;
	case F_cos: arb.arb_cos(z, x, w->prec); break;
	case F_tan: arb.arb_tan(z, x, w->prec); break;
	case F_asin: arb.arb_asin(z, x, w->prec); break;
	case F_acos: arb.arb_acos(z, x, w->prec); break;
	case F_atan: arb.arb_atan(z, x, w->prec); break;
	case F_sinh: arb.arb_sinh(z, x, w->prec); break;
	case F_cosh: arb.arb_cosh(z, x, w->prec); break;
	case F_tanh: arb.arb_tanh(z, x, w->prec); break;
	case F_erf: arb.arb_hypgeom_erf(z, x, w->prec); break;
	case F_square: arb.arb_mul(z, x, x, w->prec); break;
	case F_relu: arb.arb_max(z, x, t + 2, w->prec); break;
	case F_step: step(z, x, t); break;
	case F_sigmoid: logistic(w, z, x, t); break;
	case F_softplus:
		arb.arb_exp(t, x, w->prec);
		arb.arb_log1p(z, t, w->prec);
		break;
	case F_swish:
		logistic(w, z, x, t);
		arb.arb_mul(z, x, z, w->prec);
		break;
	default: w->unable = true;
	}
}

void
ball_map(BallWalk *w, const Node *n, BallVec *out)
{
	arb_ptr x = ball_value(w, n->kid[0])->x, y = n->n > 1 ? ball_value(w, n->kid[1])->x : NULL;
	arb_ptr t = ball_room(w, 3);

	for (long i = 0; i < out->size; i++) {
		if (n->fun->id == F_max)
			arb.arb_max(out->x + i, x + i, y + i, w->prec);
		else if (n->fun->id == F_min)
			arb.arb_min(out->x + i, x + i, y + i, w->prec);
		else if (n->fun->id == F_pow)
			power(w, out->x + i, x + i, y + i);
		else
			map_one(w, n->fun->id, out->x + i, x + i, t);
	}
}

/* ---- matrix functions */

enum { EXPONENTIAL = 40 };      /* products of matrices that take as long as an exponential */

/* m has as many entries as x */
static void
fill(arb_mat_t m, arb_srcptr x, long r, long c)
{
	for (long i = 0; i < r; i++)
		for (long j = 0; j < c; j++)
			arb.arb_set(arb_mat_entry(m, i, j), x + i * c + j);
}

static void
read_back(arb_ptr x, const arb_mat_t m, long r, long c)
{
	for (long i = 0; i < r; i++)
		for (long j = 0; j < c; j++)
			arb.arb_set(x + i * c + j, arb_mat_entry(m, i, j));
}

static void
determinant(BallWalk *w, arb_t z, arb_srcptr x, long n)
{
	arb_mat_t m;

	w->work += (double)(n * n * n);
	arb.arb_mat_init(m, n, n);
	fill(m, x, n, n);
	arb.arb_mat_det(z, m, w->prec);
	arb.arb_mat_clear(m);
}

/* not finite when the matrix may be singular */
static void
inverse(BallWalk *w, arb_ptr z, arb_srcptr x, long n)
{
	arb_mat_t m, y;

	w->work += (double)(n * n * n);
	arb.arb_mat_init(m, n, n);
	arb.arb_mat_init(y, n, n);
	fill(m, x, n, n);
	if (arb.arb_mat_inv(y, m, w->prec))
		read_back(z, y, n, n);
	else
		for (long i = 0; i < n * n; i++)
			arb.arb_set_d(z + i, NAN);
	arb.arb_mat_clear(m);
	arb.arb_mat_clear(y);
}

static void
exponential(BallWalk *w, arb_ptr z, arb_srcptr x, long n)
{
	arb_mat_t m, y;

	arb.arb_mat_init(m, n, n);
	arb.arb_mat_init(y, n, n);
	fill(m, x, n, n);
	arb.arb_mat_exp(y, m, w->prec);
	read_back(z, y, n, n);
	arb.arb_mat_clear(m);
	arb.arb_mat_clear(y);
}

/* z = x*y, r x k and k x c */
static void
multiply(BallWalk *w, arb_ptr z, arb_srcptr x, arb_srcptr y, long r, long k, long c)
{
	for (long i = 0; i < r; i++)
		for (long l = 0; l < k; l++)
			for (long j = 0; j < c; j++)
				arb.arb_addmul(z + i * c + j, x + i * k + l, y + l * c + j, w->prec);
	w->work += (double)(r * k * c);
}

/* The k-th derivative of exp, [i,j,k1,l1,...]: a block of exp of a matrix whose blocks are sets of
   directions taken; taking direction d leads from a set without d to the set with it (R. Mathias,
   SIAM J. Matrix Anal. Appl. 17, 1996). */
static void
exp_derivative(BallWalk *w, BallVec *out, const BallVec *x, int k)
{
	long n = x->nax ? x->dim[0] : 1, sets = 1L << k, big = n * sets, all = 1;

	for (int d = 0; d < k; d++)
		all *= n * n;
	w->work += (double)all * EXPONENTIAL * (double)(big * big * big);
	if (w->work > w->most) {
		w->unable = true;
		return;
	}
	for (long which = 0; which < all; which++) {
		arb_ptr b = ball_room(w, big * big), e = ball_room(w, big * big);
		long rest = which;

		for (long s = 0; s < sets; s++)
			for (long i = 0; i < n * n; i++)
				arb.arb_set(b + (s * n + i / n) * big + s * n + i % n, x->x + i);
		for (int d = k - 1; d >= 0; d--) {
			long i = rest % (n * n) / n, j = rest % n;

			rest /= n * n;
			for (long s = 0; s < sets; s++)
				if (!(s & 1L << d))
					arb.arb_set_si(b + (s * n + i) * big + (s | 1L << d) * n + j, 1);
		}
		exponential(w, e, b, big);
		for (long i = 0; i < n * n; i++)
			arb.arb_set(out->x + i * all + which, e + i / n * big + (sets - 1) * n + i % n);
	}
}

/* x^p, p < 0 too */
static void
matrix_power(BallWalk *w, BallVec *out, const BallVec *x, int p)
{
	long n = x->nax ? x->dim[0] : 1;
	arb_ptr base = x->x, sofar = ball_room(w, n * n);

	if (p < 0) {
		base = ball_room(w, n * n);
		inverse(w, base, x->x, n);
	}
	for (long i = 0; i < n; i++)
		arb.arb_set_si(sofar + i * n + i, 1);
	for (int k = p < 0 ? -p : p; k > 0; k--) {
		arb_ptr next = ball_room(w, n * n);

		multiply(w, next, sofar, base, n, n, n);
		sofar = next;
	}
	for (long i = 0; i < n * n; i++)
		arb.arb_set(out->x + i, sofar + i);
}

static arb_ptr
transposed(BallWalk *w, arb_srcptr x, long r, long c)
{
	arb_ptr z = ball_room(w, r * c);

	for (long i = 0; i < r; i++)
		for (long j = 0; j < c; j++)
			arb.arb_set(z + j * r + i, x + i * c + j);
	return z;
}

/* of full rank: inv(X'X)X' or X'inv(XX'); balls cannot tell that a rank falls short */
static void
pseudo_inverse(BallWalk *w, BallVec *out, const BallVec *x)
{
	long r = x->nax ? x->dim[0] : 1, c = x->nax > 1 ? x->dim[1] : 1, n = r < c ? r : c;
	arb_ptr t = transposed(w, x->x, r, c), g = ball_room(w, n * n), inv = ball_room(w, n * n);

	if (r >= c)
		multiply(w, g, t, x->x, c, r, c);
	else
		multiply(w, g, x->x, t, r, c, r);
	inverse(w, inv, g, n);
	w->unable = w->unable || !arb.arb_is_finite(inv);
	if (r >= c)
		multiply(w, out->x, inv, t, c, c, r);
	else
		multiply(w, out->x, t, inv, c, r, r);
}

/* softmax or logsumexp of n entries, `by` apart */
static void
soft_line(BallWalk *w, arb_srcptr x, long n, long by, arb_ptr out, bool log_sum)
{
	arb_ptr e = ball_room(w, n + 1), sum = e + n;

	for (long i = 0; i < n; i++) {
		arb.arb_exp(e + i, x + i * by, w->prec);
		arb.arb_add(sum, sum, e + i, w->prec);
	}
	if (log_sum)
		arb.arb_log(out, sum, w->prec);
	for (long i = 0; !log_sum && i < n; i++)
		arb.arb_div(out + i * by, e + i, sum, w->prec);
}

static void
soft(BallWalk *w, const Node *n, const BallVec *x, BallVec *out)
{
	long r = x->nax ? x->dim[0] : 1, c = x->nax > 1 ? x->dim[1] : 1;
	bool log_sum = n->fun->id == F_logsumexp;

	if (n->param == 0)
		soft_line(w, x->x, r * c, 1, out->x, log_sum);
	for (long j = 0; n->param == 1 && j < c; j++)
		soft_line(w, x->x + j, r, c, out->x + j, log_sum);
	for (long i = 0; n->param == 2 && i < r; i++)
		soft_line(w, x->x + i * c, c, 1, out->x + (log_sum ? i : i * c), log_sum);
}

void
ball_fn(BallWalk *w, const Node *n, BallVec *out)
{
	const BallVec *x = ball_value(w, n->kid[0]);
	long r = x->nax ? x->dim[0] : 1, c = x->nax > 1 ? x->dim[1] : 1;
	arb_ptr t = ball_room(w, 1);

	switch (n->fun->id) {
	case F_det:
		determinant(w, out->x, x->x, r);
		break;
	case F_logdet:
		determinant(w, t, x->x, r);
		arb.arb_abs(t, t);
		arb.arb_log(out->x, t, w->prec);
		break;
	case F_inv:
		inverse(w, out->x, x->x, r);
		break;
	case F_adj:
		inverse(w, out->x, x->x, r);
		determinant(w, t, x->x, r);
		for (long i = 0; i < out->size; i++)
			arb.arb_mul(out->x + i, out->x + i, t, w->prec);
		break;
	case F_pinv:
		pseudo_inverse(w, out, x);
		break;
	case F_expm:
		exp_derivative(w, out, x, n->param);
		break;
	case F_mpow:
		matrix_power(w, out, x, n->param);
		break;
	case F_softmax:
	case F_logsumexp:
		soft(w, n, x, out);
		break;
	case F_tril:
	case F_triu:
		for (long i = 0; i < r * c; i++)
			if (n->fun->id == F_tril ? i % c <= i / c : i % c >= i / c)
				arb.arb_set(out->x + i, x->x + i);
		break;
	default:
		w->unable = true;
	}
}

/* ---- unknown functions: the waves of unknown.c */

/* the order-th derivative of the sine */
static void
sine(BallWalk *w, arb_t z, int order, const arb_t x)
{
	if (order & 1)
		arb.arb_cos(z, x, w->prec);
	else
		arb.arb_sin(z, x, w->prec);
	if (order & 2)
		arb.arb_neg(z, z);
}

static void
add_wave(BallWalk *w, const Node *n, const Wave *wave, BallVec *out)
{
	arb_ptr room = ball_room(w, 3), z = room, c = room + 1, weight = room + 2;
	bool each = n->ufun->elementwise;

	for (long i = 0; i < out->size; i++) {
		size_t rest = (size_t)i;

		arb.arb_set_d(z, wave->phase);
		for (int j = 0; j < n->n; j++) {
			const BallVec *x = ball_value(w, n->kid[j]);

			for (long k = each ? i : 0; k < (each ? i + 1 : x->size); k++) {
				arb.arb_set_d(weight, unknown_weight(wave, j, each ? 0 : (size_t)k));
				arb.arb_addmul(z, weight, x->x + k, w->prec);
			}
		}
		arb.arb_set_d(c, wave->amp);
		for (int j = n->nder - 1; j >= 0; j--) {
			size_t size = each ? 1 : (size_t)ball_value(w, n->kid[n->der[j]])->size;

			arb.arb_set_d(weight, unknown_weight(wave, n->der[j], rest % size));
			arb.arb_mul(c, c, weight, w->prec);
			rest /= size;
		}
		sine(w, z, n->nder, z);
		arb.arb_addmul(out->x + i, c, z, w->prec);
	}
}

void
ball_unknown(BallWalk *w, const Node *n, BallVec *out)
{
	for (int r = 0; r < WAVES; r++) {
		Wave wave = unknown_wave(n->ufun, w->env->seed, r);

		add_wave(w, n, &wave, out);
	}
}

#endif
