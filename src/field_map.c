/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * field_map.c: powers and elementwise functions at a point of the prime field. What a field does
 * not have is an oracle (field_fn.c) that respects what makes the function what it is, where that
 * shows in the graph:
 *
 *   exp(c u + v) = exp(u)^c exp(v)     each exp of a term is a random square, which has all powers
 *   log(u^c v) = c log(u) + log(v)     for positive u, v; log(-u) = log(u): only one of them is
 * real sin and cos                        powers of points of the circle, as exp sign(c u) =
 * sign(c) sign(u)        any odd number, not 1 or -1: an identity that holds for such a sign holds
 * for each sign, and no sign is left out by chance roots                              of squares
 * only, the root that is a square itself
 */
#include <math.h>
#include <string.h>

#include "field.h"

enum { EXP = 1000, LOG, SIGN, TURN, PI }; /* oracles; below: those of single functions, by FunId */

static uint64_t
entry(const Val *x, size_t k)
{
	return x->v[x->size == 1 ? 0 : k];
}

uint64_t
point_pi(Point *p)
{
	p->pi = true;
	return point_oracle(p, PI, 0);
}

/* f(-x) = -f(x) */
static uint64_t
odd_oracle(Point *p, uint64_t tag, uint64_t x)
{
	uint64_t minus = fp_neg(&p->f, x);

	if (x == 0)
		return 0;
	return x < minus ? point_oracle(p, tag, x) : fp_neg(&p->f, point_oracle(p, tag, minus));
}

/* ---- powers */

/* x^e; known: x is a square whose roots nobody else can name */
static uint64_t
power(Point *p, Node *n, uint64_t x, Rat e, bool known)
{
	const Field *f = &p->f;
	uint64_t y = 0;
	long k;
	bool minus;

	if (x == 0) {
		if (rat_sign(e) < 0)
			point_fail(p, POINT_SINGULAR, n);
		return rat_sign(e) == 0;
	}
	if (rat_long(e, &k))
		return k >= 0 ? fp_pow(f, x, (uint64_t)k)
					  : fp_pow(f, fp_inv(f, x), (uint64_t) - (k + 1) + 1);
	minus = !known && !fp_square(f, x);
	if (e.big || (minus && e.den % 2 == 0)) {
		point_fail(p, e.big ? POINT_UNABLE : POINT_ROOT, n);
		p->why = "a large exponent";
		return 0;
	}
	if (!known) {
		p->oracle = true;
		p->coins += e.den % 2 == 0;
	}
	if (!fp_root_pow(f, p->a, minus ? fp_neg(f, x) : x, e, &y))
		point_fail(p, POINT_SINGULAR, n);
	return minus && e.num % 2 ? fp_neg(f, y) : y;
}

void
point_pow(Point *p, Node *n, Val *out)
{
	const Val *x = point_val(p, n->kid[0]);

	for (size_t k = 0; k < out->size; k++)
		out->v[k] = power(p, n, x->v[k], n->coef[0], x->square);
	out->square = x->square || (!n->coef[0].big && n->coef[0].den % 2 == 0);
}

/* ---- the parts of an argument */

/* Is the product n nothing but elementwise factors, each scalar or on all axes in order? */
static bool
elementwise(const Node *n)
{
	if (n->nlab != n->nax)
		return false;
	for (int i = 0; i < n->nax; i++)
		if (n->out[i] != i)
			return false;
	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax) {
		if (n->kid[i]->nax != 0 && n->kid[i]->nax != n->nax)
			return false;
		for (int j = 0; j < n->kid[i]->nax; j++)
			if (n->lab[off + j] != j)
				return false;
	}
	return true;
}

/* A term as a number times the rest: *c takes its coefficient and sizes; *alone is the single
   factor that is left, or NULL: the rest has the values of n divided by *by. */
static void
split_term(Point *p, Node *n, Rat *c, uint64_t *by, Node **alone)
{
	int left = 0;
	Rat r = RAT1;

	*by = 1;
	*alone = NULL;
	if (n->kind == N_DIM)
		r = rat(point_size(p, n->dim), 1);
	if (n->kind == N_PROD) {
		r = n->coef[0];
		for (int i = 0; i < n->n; i++) {
			if (n->kid[i]->kind == N_DIM) {
				r = rat_mul(p->a, r, rat(point_size(p, n->kid[i]->dim), 1));
			} else {
				*alone = n->kid[i];
				left++;
			}
		}
		if (left != 1 || !elementwise(n))
			*alone = NULL;
	}
	*c = rat_mul(p->a, *c, r);
	if (!*alone && (!fp_rat(&p->f, p->a, r, by) || *by == 0))
		point_fail(p, POINT_SINGULAR, n);
	else if (!*alone)
		*by = fp_inv(&p->f, *by);
}

/* what is done with c times each term of a node; x: the values of the term without c */
typedef void TermFn(Point *p, void *ctx, Node *term, Rat c, const uint64_t *x, size_t step);

static void
each_term(Point *p, Node *n, Rat c, TermFn *fn, void *ctx)
{
	const Val *v = point_val(p, n);
	uint64_t by, *x = v->v;
	Node *alone;

	if (p->fail != POINT_OK)
		return;
	if (n->kind == N_NAMED) {
		each_term(p, n->kid[0], c, fn, ctx);
		return;
	}
	if (n->kind == N_SUM) {
		for (int i = 0; i < n->n; i++)
			each_term(p, n->kid[i], rat_mul(p->a, c, n->coef[i]), fn, ctx);
		return;
	}
	split_term(p, n, &c, &by, &alone);
	if (p->fail != POINT_OK)
		return;
	if (alone) {
		each_term(p, alone, c, fn, ctx);
		return;
	}
	if (by != 1) {
		x = NEWN(p->a, uint64_t, v->size + 1);
		for (size_t k = 0; k < v->size; k++)
			x[k] = fp_mul(&p->f, v->v[k], by);
	}
	fn(p, ctx, n, c, x, v->size == 1 ? 0 : 1);
}

/* ---- exp */

typedef struct Many {
	uint64_t *re, *im;
	size_t size;
} Many;

/* exp(t)^c is taken. Numbers are multiples of 1 here: exp(1) and exp(i) are transcendental and
   independent of each other (Lindemann, Weierstrass), so that they are no oracles but as good as
   variables. */
static void
note_exponent(Point *p, uint64_t t, Rat c)
{
	if (t == 1)
		p->euler = true;
	else
		p->oracle = true;
	p->exponent = fmax(p->exponent, fabs(rat_double(c)) * (c.big ? 1 : (double)c.den));
}

/* exp(t)^c for a term t */
static uint64_t
exp_power(Point *p, Node *n, uint64_t t, Rat c)
{
	uint64_t minus = fp_neg(&p->f, t), h, y = 1;

	note_exponent(p, t, c);
	if (t == 0)
		return 1;
	if (minus < t) {
		t = minus;
		c = rat_neg(p->a, c);
	}
	h = point_oracle(p, EXP, t);
	if (!fp_root_pow(&p->f, p->a, fp_mul(&p->f, h, h), c, &y))
		point_fail(p, POINT_SINGULAR, n);
	return y;
}

static void
exp_term(Point *p, void *ctx, Node *t, Rat c, const uint64_t *x, size_t step)
{
	Many *out = ctx;
	bool log = t->kind == N_MAP && t->fun->id == F_log;
	const Val *arg = log ? point_val(p, t->kid[0]) : NULL;

	for (size_t k = 0; k < out->size; k++) {
		uint64_t e =
			log ? power(p, t, entry(arg, k), c, arg->square) : exp_power(p, t, x[k * step], c);

		out->re[k] = fp_mul(&p->f, out->re[k], e);
	}
}

void
point_exp(Point *p, Node *u, Rat c, uint64_t *out, size_t size)
{
	Many m = {.re = out, .size = size};

	for (size_t k = 0; k < size; k++)
		out[k] = 1;
	each_term(p, u, c, exp_term, &m);
}

/* ---- sin, cos: exp(i t)^c = w^(24 c), w a point of the circle */

enum { ANGLE = 24 };

static void
turn(const Field *f, uint64_t z[2], const uint64_t w[2]) /* z *= w */
{
	uint64_t re = fp_sub(f, fp_mul(f, z[0], w[0]), fp_mul(f, z[1], w[1]));

	z[1] = fp_add(f, fp_mul(f, z[0], w[1]), fp_mul(f, z[1], w[0]));
	z[0] = re;
}

static void
turn_term(Point *p, void *ctx, Node *t, Rat c, const uint64_t *x, size_t step)
{
	enum { MOST = 1 << 20 };
	const Field *f = &p->f;
	Many *out = ctx;
	long e;

	if (!rat_long(rat_mul(p->a, c, rat(ANGLE, 1)), &e) || e > MOST || e < -MOST) {
		p->why = "an angle that is divided by a number that does not divide 24";
		point_fail(p, POINT_UNABLE, t);
		return;
	}
	for (size_t k = 0; k < out->size; k++) {
		uint64_t r = odd_oracle(p, TURN, x[k * step]), rr = fp_mul(f, r, r),
				 d = fp_inv(f, fp_add(f, 1, rr));

		note_exponent(p, x[k * step], c);
		uint64_t w[2] = {fp_mul(f, fp_sub(f, 1, rr), d), fp_mul(f, fp_add(f, r, r), d)};
		uint64_t z[2] = {out->re[k], out->im[k]};

		if (e < 0)
			w[1] = fp_neg(f, w[1]);
		for (long m = e < 0 ? -e : e; m; m >>= 1) {
			if (m & 1)
				turn(f, z, w);
			turn(f, w, (uint64_t[]){w[0], w[1]});
		}
		out->re[k] = z[0];
		out->im[k] = z[1];
	}
}

static void
map_turn(Point *p, Node *n, Val *out)
{
	const Field *f = &p->f;
	Many m = {NEWN(p->a, uint64_t, out->size + 1), NEWN(p->a, uint64_t, out->size + 1), out->size};

	for (size_t k = 0; k < out->size; k++)
		m.re[k] = 1;
	each_term(p, n->kid[0], RAT1, turn_term, &m);
	for (size_t k = 0; k < out->size; k++) {
		out->v[k] = n->fun->id == F_cos ? m.re[k] : m.im[k];
		if (n->fun->id == F_tan)
			out->v[k] = fp_mul(f, m.im[k], power(p, n, m.re[k], rat(-1, 1), false));
	}
}

/* ---- log */

/* of a number that is no product of others as far as one knows */
uint64_t
point_log(Point *p, uint64_t x, Node *n)
{
	const Field *f = &p->f;
	uint64_t xx = fp_mul(f, x, x), inv;

	p->oracle = true;
	if (x == 0) {
		point_fail(p, POINT_SINGULAR, n);
		return 0;
	}
	if (xx == 1)
		return 0;
	inv = fp_inv(f, xx);
	return xx < inv ? point_oracle(p, LOG, xx) : fp_neg(f, point_oracle(p, LOG, inv));
}

/* of an integer, by its small prime factors */
static uint64_t
log_integer(Point *p, long m, Node *n)
{
	uint64_t sum = 0;

	for (long q = 2; q <= 97 && q <= m; q++)
		for (; m % q == 0; m /= q)
			sum = fp_add(&p->f, sum, point_log(p, (uint64_t)q, n));
	return m == 1 ? sum : fp_add(&p->f, sum, point_log(p, fp_long(&p->f, m), n));
}

static void
add_log(Point *p, Node *n, Rat c, uint64_t *out, size_t size)
{
	const Field *f = &p->f;
	uint64_t cc, sum;
	bool parts = n->kind == N_PROD && elementwise(n) && rat_sign(n->coef[0]) > 0 && !n->coef[0].big;

	if (n->kind == N_NAMED) {
		add_log(p, n->kid[0], c, out, size);
		return;
	}
	if (n->kind == N_POW && node_positive(p->s->g, n->kid[0])) {
		add_log(p, n->kid[0], rat_mul(p->a, c, n->coef[0]), out, size);
		return;
	}
	if (!fp_rat(f, p->a, c, &cc))
		point_fail(p, POINT_SINGULAR, n);
	for (int i = 0; i < n->n && parts; i++)
		parts = node_positive(p->s->g, n->kid[i]);
	if (parts) {
		for (int i = 0; i < n->n; i++)
			add_log(p, n->kid[i], c, out, size);
		sum = fp_sub(f, log_integer(p, n->coef[0].num, n), log_integer(p, n->coef[0].den, n));
		sum = fp_mul(f, cc, sum);
		for (size_t k = 0; k < size; k++)
			out[k] = fp_add(f, out[k], sum);
		return;
	}
	for (size_t k = 0; k < size; k++) {
		bool exp = n->kind == N_MAP && n->fun->id == F_exp;
		uint64_t v =
			exp ? entry(point_val(p, n->kid[0]), k) : point_log(p, entry(point_val(p, n), k), n);

		out[k] = fp_add(f, out[k], fp_mul(f, cc, v));
	}
}

/* ---- z^y with any y */

typedef struct Base {
	Node *node;
	const Val *z;
	uint64_t *log, *out;
	size_t size;
} Base;

static void
power_term(Point *p, void *ctx, Node *t, Rat c, const uint64_t *x, size_t step)
{
	Base *b = ctx;
	bool number = t->kind == N_DIM;

	if (t->kind == N_PROD) {
		number = true;
		for (int i = 0; i < t->n; i++)
			number = number && t->kid[i]->kind == N_DIM;
	}
	if (!number && !b->log) {
		b->log = NEWN(p->a, uint64_t, b->size + 1);
		add_log(p, b->node->kid[0], RAT1, b->log, b->size);
	}
	for (size_t k = 0; k < b->size; k++) {
		uint64_t e = number ? power(p, t, entry(b->z, k), c, b->z->square)
							: exp_power(p, t, fp_mul(&p->f, b->log[k], x[k * step]), c);

		b->out[k] = fp_mul(&p->f, b->out[k], e);
	}
}

static void
map_power(Point *p, Node *n, Val *out)
{
	Base b = {.node = n, .z = point_val(p, n->kid[0]), .out = out->v, .size = out->size};

	for (size_t k = 0; k < out->size; k++)
		out->v[k] = 1;
	each_term(p, n->kid[1], RAT1, power_term, &b);
}

/* ---- signs */

/* May n be 0 at more than few points? step(x) and relu(x) are for half of all x. */
static bool
often_zero(const Node *n, bool *seen)
{
	if (seen[n->id])
		return false;
	seen[n->id] = true;
	if (n->kind == N_MAP)
		switch (n->fun->id) {
		case F_step: case F_relu: case F_sign: case F_max: case F_min:
			return true;
		default:
			break;
		}
	for (int i = 0; i < n->n; i++)
		if (often_zero(n->kid[i], seen))
			return true;
	return false;
}

static void
multiply_sign(Point *p, Node *n, uint64_t *out, size_t size)
{
	const Field *f = &p->f;
	const Val *v = point_val(p, n);
	bool positive;

	if (node_positive(p->s->g, n))
		return;
	if (n->kind == N_NAMED) {
		multiply_sign(p, n->kid[0], out, size);
		return;
	}
	if (n->kind == N_POW && rat_is_int(n->coef[0]) && !n->coef[0].big && n->coef[0].num % 2) {
		multiply_sign(p, n->kid[0], out, size);
		return;
	}
	if (n->kind == N_PROD && n->n && elementwise(n)) {
		for (size_t k = 0; k < size && rat_sign(n->coef[0]) < 0; k++)
			out[k] = fp_neg(f, out[k]);
		for (int i = 0; i < n->n; i++)
			multiply_sign(p, n->kid[i], out, size);
		return;
	}
	/* where it is not 0, a number that is nowhere negative is positive */
	positive = node_nonnegative(p->s->g, n) && !often_zero(n, NEWN(p->a, bool, p->s->g->nnode + 1));
	for (size_t k = 0; k < size; k++) {
		uint64_t x = entry(v, k);

		if (!positive || x == 0)
			out[k] = fp_mul(f, out[k], odd_oracle(p, SIGN, x));
	}
}

static void
map_sign(Point *p, Node *n, Val *out)
{
	const Field *f = &p->f;
	const Val *x = point_val(p, n->kid[0]);
	uint64_t half = (f->p + 1) / 2;
	FunId id = n->fun->id;

	p->oracle = true;
	for (size_t k = 0; k < out->size; k++)
		out->v[k] = 1;
	multiply_sign(p, n->kid[0], out->v, out->size);
	for (size_t k = 0; k < out->size; k++) {
		if (id == F_step || id == F_relu)
			out->v[k] = fp_mul(f, fp_add(f, 1, out->v[k]), half);
		if (id == F_abs || id == F_relu)
			out->v[k] = fp_mul(f, out->v[k], x->v[k]);
		if (x->v[k] == 0)
			out->v[k] = 0;
	}
}

/* (x + y + |x - y|)/2 and (x + y - |x - y|)/2 */
static void
map_choice(Point *p, Node *n, Val *out)
{
	const Field *f = &p->f;
	const Val *x = point_val(p, n->kid[0]), *y = point_val(p, n->kid[1]);

	p->oracle = true;
	for (size_t k = 0; k < out->size; k++) {
		uint64_t d = fp_sub(f, x->v[k], y->v[k]), abs = fp_mul(f, d, odd_oracle(p, SIGN, d));

		out->v[k] =
			fp_add(f, fp_add(f, x->v[k], y->v[k]), n->fun->id == F_max ? abs : fp_neg(f, abs));
		out->v[k] = fp_mul(f, out->v[k], (f->p + 1) / 2);
	}
}

/* ---- functions made of exp */

static void
map_exp(Point *p, Node *n, Val *out)
{
	const Field *f = &p->f;
	const Val *x = point_val(p, n->kid[0]);
	uint64_t half = (f->p + 1) / 2;
	Rat c = n->fun->id == F_tanh ? rat(2, 1) : RAT1;

	point_exp(p, n->kid[0], c, out->v, out->size);
	for (size_t k = 0; k < out->size; k++) {
		uint64_t e = out->v[k], inv = fp_inv(f, e), *y = &out->v[k];

		switch (n->fun->id) {
		case F_sigmoid:
		case F_swish:
			*y = power(p, n, fp_add(f, 1, inv), rat(-1, 1), false);
			if (n->fun->id == F_swish)
				*y = fp_mul(f, *y, x->v[k]);
			break;
		case F_softplus:
			*y = point_log(p, fp_add(f, 1, e), n);
			break;
		case F_tanh:
			*y = fp_mul(f, fp_sub(f, e, 1), power(p, n, fp_add(f, e, 1), rat(-1, 1), false));
			break;
		case F_sinh:
			*y = fp_mul(f, fp_sub(f, e, inv), half);
			break;
		case F_cosh:
			*y = fp_mul(f, fp_add(f, e, inv), half);
			break;
		default:
			break;
		}
	}
	out->square = n->fun->id == F_exp;
}

static void
map_oracle(Point *p, Node *n, Val *out)
{
	const Field *f = &p->f;
	const Val *x = point_val(p, n->kid[0]);
	FunId id = n->fun->id == F_acos ? F_asin : n->fun->id;

	if (n->n != 1 || (id != F_asin && id != F_atan && id != F_erf)) {
		point_fail(p, POINT_UNABLE, n);
		return;
	}
	p->oracle = true;
	for (size_t k = 0; k < out->size; k++) {
		out->v[k] = odd_oracle(p, id, x->v[k]);
		if (n->fun->id == F_acos) /* pi/2 - asin(x) */
			out->v[k] = fp_sub(f, fp_mul(f, point_pi(p), (f->p + 1) / 2), out->v[k]);
	}
}

void
point_map(Point *p, Node *n, Val *out)
{
	const Val *x = point_val(p, n->kid[0]);

	p->work += 10 * (double)out->size;
	switch (n->fun->id) {
	case F_exp:
	case F_sigmoid:
	case F_swish:
	case F_softplus:
	case F_tanh:
	case F_sinh:
	case F_cosh:
		map_exp(p, n, out);
		break;
	case F_log:
		p->oracle = true;
		add_log(p, n->kid[0], RAT1, out->v, out->size);
		break;
	case F_sin:
	case F_cos:
	case F_tan:
		map_turn(p, n, out);
		break;
	case F_abs:
	case F_sign:
	case F_step:
	case F_relu:
		map_sign(p, n, out);
		break;
	case F_max:
	case F_min:
		map_choice(p, n, out);
		break;
	case F_pow:
		map_power(p, n, out);
		break;
	case F_sqrt:
		for (size_t k = 0; k < out->size; k++)
			out->v[k] = power(p, n, x->v[k], rat(1, 2), x->square);
		out->square = true;
		break;
	case F_square:
		for (size_t k = 0; k < out->size; k++)
			out->v[k] = fp_mul(&p->f, x->v[k], x->v[k]);
		out->square = x->square;
		break;
	default:
		map_oracle(p, n, out);
	}
}
