/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * given_solve.c: random values are bent so that they satisfy the equations of `given` (given.c).
 * One equation between scalars: along a random line, on which most are quadratic. Equations that
 * are linear in a variable: the nearest values that satisfy them, by orthogonal projection; and one
 * of scalars beside them along a line on which they stay satisfied.
 */
#include <math.h>
#include <string.h>

#include "core.h"

#define LARGE 20.0 /* entries that are no longer near what was drawn */
#define TINY 1e-14 /* what is left of 0 */
#define MOST 1e6   /* operations for one point */

typedef struct Random {
	uint64_t state;
} Random;

static double
uniform(Random *r)
{
	uint64_t x = r->state += 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return (double)((x ^ (x >> 31)) >> 11) * 0x1p-52 - 1;
}

/* A direction in which the variable may move without losing its properties: a dyad, in which
   determinants are linear, or one entry of a matrix with zeros, or itself when it is positive. */
static void
direction(Arena *a, Random *r, const Node *n, const Tensor *x, double *w)
{
	unsigned p = n->var->props;
	long rows = x->nax ? x->dim[0] : 1, cols = x->nax > 1 ? x->dim[1] : 1;
	double *u = w + x->size, *v = u + rows;

	for (size_t k = 0; k < x->size; k++)
		w[k] = p & (P_POSITIVE | P_POSDEF) ? x->data[k] : 0;
	if (p & (P_POSITIVE | P_POSDEF))
		return;
	if (p & (P_DIAGONAL | P_LOWER | P_UPPER)) {
		Moves m = given_moves(a, n, x->dim);

		w[m.at[(size_t)((uniform(r) + 1) / 2 * m.n) % (size_t)m.n]] = 1;
		return;
	}
	for (long i = 0; i < rows; i++)
		u[i] = uniform(r);
	for (long j = 0; j < cols; j++)
		v[j] = x->nax < 2 ? 1 : p & P_SYMMETRIC ? u[j] : uniform(r);
	for (long i = 0; i < rows; i++)
		for (long j = 0; j < cols; j++)
			w[i * cols + j] = u[i] * v[j] - (p & P_SKEW ? u[j] * v[i] : 0);
}

/* the value of an equation's node with x + t*w in the place of x; NaN: it has none */
static double
value_at(Graph *g, Node *zero, Env *env, const Tensor *x, const double *from,
	const double *w, double t)
{
	Trap trap;
	double d = NAN;

	for (size_t k = 0; k < x->size; k++)
		x->data[k] = from[k] + t * w[k];
	if (TRY(&trap, g->a)) {
		double got = eval_node(g, zero, env)->data[0];
		trap_end(&trap);
		return got;
	}
	if (trap.diag.interrupted || trap.diag.kind == DIAG_BUG)
		raise_diag(g->a, &trap.diag);
	return d;
}

/* the root of a t^2 + b t + c nearest to 0; NaN: there is none */
static double
root_of(double a, double b, double c)
{
	double d = b * b - 4 * a * c, q;

	if (fabs(a) <= 1e-12 * (fabs(b) + fabs(c)))
		return -c / b;
	q = -0.5 * (b + copysign(sqrt(d), b));
	return c / q;
}

/* x, from where it is, to where zero is 0 along w */
static bool
along(Graph *g, Node *zero, Env *env, const Tensor *x, const double *w, bool grows)
{
	double *from = NEWN(g->a, double, x->size + 1), d[3], t, a, b;

	memcpy(from, x->data, sizeof *from * x->size);
	for (int i = 0; i < 3; i++)
		d[i] = value_at(g, zero, env, x, from, w, i - 1);
	a = (d[0] + d[2]) / 2 - d[1];
	b = (d[2] - d[0]) / 2;
	t = root_of(a, b, d[1]);
	if (grows && !(t > -1))
		return false;
	/* of rounding, once more: on a line, from where we are */
	d[1] = value_at(g, zero, env, x, from, w, t);
	t -= d[1] / (2 * a * t + b);
	d[0] = value_at(g, zero, env, x, from, w, t);
	return tensor_largest(x) < LARGE && fabs(d[0]) <= 1e-12 * (fabs(a) + fabs(b) + fabs(d[1]) + 1);
}

/* A*x == c*x or A*x == 0 by x = 0, and what else holds since both sides vanish, is hardly meant
   where anything else could be. */
static bool
vanish(Graph *g, const Equation *eq, Env *env, const Tensor *x)
{
	if (eq->nvar > 1 && tensor_largest(x) == 0)
		return true;
	for (int i = 0; i < eq->n; i++)
		if (eq->left[i] && tensor_largest(eval_node(g, eq->left[i], env)) < 1e-9)
			return true;
	return false;
}

/* What has an inverse keeps it. */
static bool
regular(Arena *a, const Node *var, const Tensor *x)
{
	size_t n = x->nax == 2 ? (size_t)x->dim[0] : 0;
	double *c = NEWN(a, double, x->size + 1), top = tensor_largest(x);

	if (!n || !(props_close(var->var->props) & P_INVERTIBLE))
		return true;
	memcpy(c, x->data, sizeof *c * x->size);
	for (size_t k = 0; k < n; k++) {
		size_t best = k;

		for (size_t i = k + 1; i < n; i++)
			best = fabs(c[i * n + k]) > fabs(c[best * n + k]) ? i : best;
		if (fabs(c[best * n + k]) <= 1e-6 * top)
			return false;
		for (size_t j = 0; j < n; j++) {
			double t = c[k * n + j];

			c[k * n + j] = c[best * n + j];
			c[best * n + j] = t;
		}
		for (size_t i = k + 1; i < n; i++)
			for (size_t j = n; j-- > k;)
				c[i * n + j] -= c[i * n + k] / c[k * (n + 1)] * c[k * n + j];
	}
	return true;
}

static bool
bend(Graph *g, const Equation *eq, int turn, Env *env, Random *r)
{
	Node *var = eq->var[turn];
	const Tensor *x = env->leaf(env->ctx, var->var);
	double *w;

	if (!x)
		return true;
	w = NEWN(g->a, double, 3 * x->size + 4);
	direction(g->a, r, var, x, w);
	return along(g, eq->zero[0], env, x, w, var->var->props & (P_POSITIVE | P_POSDEF)) &&
		   regular(g->a, var, x) && (eq->sure || !vanish(g, eq, env, x));
}

/* ---- equations that are linear in a variable */

Moves
given_moves(Arena *a, const Node *var, const long *dim)
{
	unsigned p = var->nax == 2 ? props_close(var->var->props) : 0;
	long rows = var->nax ? dim[0] : 1, cols = var->nax > 1 ? dim[1] : 1;
	Moves m = {.at = NEWN(a, size_t, rows * cols + 1),
		.with = NEWN(a, size_t, rows * cols + 1),
		.skew = p & P_SKEW};

	for (long i = 0; i < rows; i++)
		for (long j = 0; j < cols; j++) {
			bool paired = p & (P_SYMMETRIC | P_SKEW);

			if ((p & P_DIAGONAL && i != j) || (p & P_LOWER && j > i) || (p & P_UPPER && j < i) ||
				(paired && (j < i || (p & P_SKEW && i == j))))
				continue;
			m.at[m.n] = (size_t)(i * cols + j);
			m.with[m.n++] = (size_t)(paired ? j * cols + i : i * cols + j);
		}
	return m;
}

typedef struct Linear {
	Graph *g;
	Env *env;
	const Equation *eq;
	const Tensor *x;
	Moves moves;
	double *weight; /* by move: positive entries grow and shrink in proportion */
	Plan *plan;
	size_t rows;
	double *slope; /* rows x moves.n, weighted */
	double *base;  /* of its row space, orthonormal */
	size_t rank;
} Linear;

static void
move(const Linear *l, int k, double t)
{
	l->x->data[l->moves.at[k]] += t;
	if (l->moves.with[k] != l->moves.at[k])
		l->x->data[l->moves.with[k]] += l->moves.skew ? -t : t;
}

/* what the linear equations miss, one after the other */
static void
missed(const Linear *l, double *out)
{
	Tensor **v = plan_run(l->plan, l->env);

	for (int i = 0; i < l->eq->linear; i++) {
		memcpy(out, v[i]->data, sizeof *out * v[i]->size);
		out += v[i]->size;
	}
}

static double
dot(const double *x, const double *y, size_t n)
{
	double s = 0;

	for (size_t i = 0; i < n; i++)
		s += x[i] * y[i];
	return s;
}

/* The least step by which nothing is missed: by the rows of the slope made orthonormal, with what
   is missed beside them. What a row that depends on the others misses is for the caller to see. */
static void
step(Linear *l, double *miss, double *out)
{
	size_t n = (size_t)l->moves.n;
	double *q = l->base;

	l->rank = 0;
	memset(out, 0, sizeof *out * n);
	for (size_t i = 0; i < l->rows; i++) {
		double *row = q + l->rank * n, size;

		memcpy(row, l->slope + i * n, sizeof *row * n);
		size = sqrt(dot(row, row, n));
		for (int again = 0; again < 2; again++)
			for (size_t k = 0; k < l->rank; k++) {
				double c = dot(row, q + k * n, n);

				for (size_t j = 0; j < n; j++)
					row[j] -= c * q[k * n + j];
				miss[i] -= c * miss[k];
			}
		double rest = sqrt(dot(row, row, n));
		if (rest <= 1e-9 * size || size == 0)
			continue;
		for (size_t j = 0; j < n; j++)
			row[j] /= rest;
		miss[l->rank] = miss[i] / rest; /* those before are used up */
		for (size_t j = 0; j < n; j++)
			out[j] -= miss[l->rank] * row[j];
		l->rank++;
	}
}

/* the pivots of a symmetric matrix */
static bool
positive_definite(Arena *a, const Tensor *x)
{
	size_t n = (size_t)x->dim[0];
	double *c = NEWN(a, double, x->size + 1);
	bool yes = true;

	memcpy(c, x->data, sizeof *c * x->size);
	for (size_t k = 0; k < n && yes; k++) {
		yes = c[k * (n + 1)] > 1e-9;
		for (size_t i = k + 1; i < n && yes; i++)
			for (size_t j = k + 1; j < n; j++)
				c[i * n + j] -= c[i * n + k] * c[k * n + j] / c[k * (n + 1)];
	}
	return yes;
}

static bool
still_has(Arena *a, const Node *var, const Tensor *x)
{
	unsigned p = props_close(var->var->props);

	for (size_t i = 0; i < x->size; i++)
		if ((p & P_POSITIVE && !(x->data[i] > 0)) || !isfinite(x->data[i]))
			return false;
	return tensor_largest(x) < LARGE && regular(a, var, x) &&
		   (!(p & P_POSDEF) || x->nax < 2 || positive_definite(a, x));
}

/* moves of a random direction along which the linear equations stay satisfied */
static void
free_direction(const Linear *l, Random *r, double *w)
{
	size_t n = (size_t)l->moves.n;
	Tensor zero = *l->x;
	double *d = NEWN(l->g->a, double, n + 1);
	Linear to = *l;

	for (size_t j = 0; j < n; j++)
		d[j] = uniform(r);
	for (size_t k = 0; k < l->rank; k++) {
		double c = dot(d, l->base + k * n, n);

		for (size_t j = 0; j < n; j++)
			d[j] -= c * l->base[k * n + j];
	}
	memset(w, 0, sizeof *w * l->x->size);
	zero.data = w;
	to.x = &zero;
	for (size_t j = 0; j < n; j++)
		move(&to, (int)j, d[j] * l->weight[j]);
}

static bool
project(Linear *l, Node *var, Random *r)
{
	Arena *a = l->g->a;
	size_t n = (size_t)l->moves.n;
	double *from, *at, *by, *w, top = 1;
	Tensor **v;

	l->plan = plan_new(l->g, l->eq->zero, l->eq->n, l->env);
	v = plan_run(l->plan, l->env);
	for (int i = 0; i < l->eq->linear; i++)
		l->rows += v[i]->size;
	if (n == 0 || (double)(l->rows * l->rows + l->x->size) * (double)n > MOST)
		return false;
	from = NEWN(a, double, l->rows + 1);
	at = NEWN(a, double, l->rows + 1);
	by = NEWN(a, double, n + 1);
	l->slope = NEWN(a, double, l->rows * n + 1);
	l->base = NEWN(a, double, (l->rows + 1) * n + 1);
	missed(l, from);
	for (size_t k = 0; k < n; k++) {
		move(l, (int)k, 1);
		missed(l, at);
		move(l, (int)k, -1);
		for (size_t i = 0; i < l->rows; i++)
			l->slope[i * n + k] = (at[i] - from[i]) * l->weight[k];
	}
	for (int again = 0; again < 3; again++) { /* of rounding, once more */
		missed(l, at);
		step(l, at, by);
		for (size_t k = 0; k < n; k++)
			move(l, (int)k, by[k] * l->weight[k]);
	}
	for (size_t k = 0; k < l->x->size; k++)
		if (fabs(l->x->data[k]) < TINY)
			l->x->data[k] = 0;
	missed(l, at);
	for (size_t i = 0; i < l->rows; i++)
		top = fmax(top, fabs(from[i]));
	for (size_t i = 0; i < l->rows; i++)
		if (!(fabs(at[i]) <= 1e-14 * top))
			return false;
	if (l->eq->n > l->eq->linear) {
		w = NEWN(a, double, l->x->size + 1);
		free_direction(l, r, w);
		if (!along(l->g, l->eq->zero[l->eq->linear], l->env, l->x, w, false))
			return false;
	}
	return still_has(a, var, l->x) && (l->eq->sure || !vanish(l->g, l->eq, l->env, l->x));
}

/* The same; what cannot be evaluated cannot be projected. */
static bool
projects(Linear *l, Node *var, Random *r)
{
	volatile bool done = false;
	Trap trap;

	if (TRY(&trap, l->g->a)) {
		done = project(l, var, r);
		trap_end(&trap);
	} else if (trap.diag.interrupted || trap.diag.kind == DIAG_BUG) {
		raise_diag(l->g->a, &trap.diag);
	}
	return done;
}

/* By one of its variables, the first that can; the others stay what they are. */
static bool
bend_linear(Graph *g, const Equation *eq, Env *env, Random *r)
{
	for (int i = 0; i < eq->nvar; i++) {
		Node *var = eq->var[i];
		const Tensor *x = env->leaf(env->ctx, var->var);
		Linear l = {.g = g, .env = env, .eq = eq, .x = x};
		double *from;

		if (!x)
			return true;
		from = NEWN(g->a, double, x->size + 1);
		memcpy(from, x->data, sizeof *from * x->size);
		l.moves = given_moves(g->a, var, x->dim);
		l.weight = NEWN(g->a, double, l.moves.n + 1);
		for (int k = 0; k < l.moves.n; k++)
			l.weight[k] = var->var->props & P_POSITIVE ? sqrt(x->data[l.moves.at[k]]) : 1;
		if (projects(&l, var, r))
			return true;
		memcpy(x->data, from, sizeof *from * x->size);
	}
	return false;
}

/* x becomes c0 I + c1 m + c2 m^2 */
static void
polynomial(Random *r, const Tensor *x, const Tensor *m, unsigned p)
{
	long n = m->dim[0];
	double c[3];

	for (int i = 0; i < 3; i++)
		c[i] = p & P_POSDEF ? fabs(uniform(r)) + 0.1 : uniform(r);
	if (p & P_POSDEF) /* m may be any symmetric matrix */
		c[1] = 0;
	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++) {
			double s = 0;

			for (long k = 0; k < n; k++)
				s += m->data[i * n + k] * m->data[k * n + j];
			x->data[i * n + j] = (i == j) * c[0] + c[1] * m->data[i * n + j] + c[2] * s;
		}
}

/* ---- variables of a certain rank */

/* a sum of k dyads u*v', or c*u*u' of a symmetric matrix; u*v' - v*u' of a skew one */
static void
dyads(Arena *a, Random *r, const Tensor *x, long k, unsigned p)
{
	long rows = x->dim[0], cols = x->dim[1];
	double *u = NEWN(a, double, rows + 1), *v = NEWN(a, double, cols + 1);

	for (; k > 0; k--) {
		double by = uniform(r) < 0 ? -1 : 1;

		for (long i = 0; i < rows; i++)
			u[i] = 1.2 * uniform(r);
		for (long j = 0; j < cols; j++)
			v[j] = 1.2 * uniform(r);
		for (long i = 0; i < rows; i++)
			for (long j = 0; j < cols; j++)
				x->data[i * cols + j] += p & P_SYMMETRIC ? by * u[i] * u[j]
					: u[i] * v[j] - (p & P_SKEW ? v[i] * u[j] : 0);
	}
}

/* x becomes (I + c*u*v')*x*inv(I + c*u*v'), or H*x*H for the reflection H = I - 2*u*u'/(u'*u) */
static void
conjugate(Arena *a, Random *r, const Tensor *x, bool reflection)
{
	long n = x->dim[0];
	double *u = NEWN(a, double, 4 * n), *v = u + n, *xu = v + n, *vx = xu + n;
	double c, d, vu = 0, vxu = 0;

	for (long i = 0; i < n; i++) {
		u[i] = uniform(r);
		v[i] = reflection ? u[i] : uniform(r);
		vu += u[i] * v[i];
	}
	c = reflection ? -2 / vu : vu < 0 ? -1 : 1;
	d = -c / (1 + c * vu); /* inv(I + c*u*v') is I + d*u*v' */
	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++) {
			xu[i] += x->data[i * n + j] * u[j];
			vx[j] += v[i] * x->data[i * n + j];
			vxu += v[i] * x->data[i * n + j] * u[j];
		}
	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++)
			x->data[i * n + j] += c * u[i] * vx[j] + d * xu[i] * v[j] + c * d * vxu * u[i] * v[j];
}

/* A*A == A or I: with k eigenvalues 1, the others 0 or -1; A*A == 0: of rank k or n/2 */
static void
root(Arena *a, Random *r, const Tensor *x, long k, unsigned p)
{
	long n = x->dim[0], first = p & P_DIAGONAL ? (long)((uniform(r) + 1) / 2 * (double)n) % n : 0;

	for (long i = 0; i < n && !(p & P_SQUARE_ZERO); i++)
		x->data[(first + i) % n * (n + 1)] = i < k ? 1 : p & P_INVOLUTORY ? -1 : 0;
	for (long i = 0; i < k && 2 * i + 1 < n && p & P_SQUARE_ZERO; i++)
		x->data[2 * i * n + 2 * i + 1] = 1;
	for (long i = 0; i <= n && n > 1 && !(p & P_DIAGONAL); i++)
		conjugate(a, r, x, (p & P_SYMMETRIC) != 0);
}

/* Variables that are drawn of each rank, as the piece has it. */
static bool
impose_ranks(Graph *g, const Env *env, int piece, Random *r)
{
	const Facts *f = g->facts;

	for (int i = 0; i < f->nranked; i++) {
		const Tensor *x = env->leaf(env->ctx, f->ranked[i]->var);
		unsigned p = props_close(f->ranked[i]->var->props);
		long k, full = 1;

		if (!x)
			continue;
		if (x->nax == 2)
			full = x->dim[0] < x->dim[1] ? x->dim[0] : x->dim[1];
		k = piece_rank(f, piece, i, x->dim);
		if (k == full && !(p & P_SQUARE))
			continue;
		if (p & P_SQUARE && piece_empty(p, full, k))
			return false;
		for (size_t j = 0; j < x->size; j++)
			x->data[j] = 0;
		if (p & P_SQUARE)
			root(g->a, r, x, k, p);
		else if (x->nax == 2)
			dyads(g->a, r, x, p & P_SKEW ? k / 2 : k, p);
	}
	return true;
}

/* zeros here and there, of a symmetric matrix in pairs */
static void
some_zeros(Random *r, const Tensor *x, bool paired)
{
	long n = x->nax == 2 ? x->dim[1] : 1;

	for (size_t k = 0; k < x->size; k++)
		if (uniform(r) < 0) {
			x->data[k] = 0;
			if (paired)
				x->data[(long)k % n * n + (long)k / n] = 0;
		}
}

static bool
same_kind(const Node *x, const Node *y)
{
	bool same = x->nax == y->nax && x->var->props == y->var->props;

	for (int i = 0; same && i < x->nax; i++)
		same = x->ax[i] == y->ax[i];
	return same;
}

/* One variable or another becomes 0, or has zeros, or is equal to one before. */
static void
impose_chance(const Facts *f, const Env *env, Random *r)
{
	for (int i = 0; i < f->nany; i++) {
		const Tensor *x = env->leaf(env->ctx, f->any[i]->var), *y;
		double how = uniform(r);

		for (int k = 0; k < i && x && how > 0; k++)
			if (same_kind(f->any[i], f->any[k]) && (y = env->leaf(env->ctx, f->any[k]->var)))
				memcpy(x->data, y->data, sizeof *x->data * x->size);
		if (x && how < -0.75)
			memset(x->data, 0, sizeof *x->data * x->size);
		else if (x && how < -0.5)
			some_zeros(r, x, f->any[i]->var->props & (P_SYMMETRIC | P_SKEW));
	}
}

static bool
impose_piece(Graph *g, Env *env, int piece, Random *r)
{
	Facts *f = g->facts;
	bool wild = piece >= f->pieces, other = wild && piece % 2 && f->nother;
	int from = other ? f->neq : 0, n = other ? f->nother : f->neq;

	if (wild)
		impose_chance(f, env, r);
	if (!impose_ranks(g, env, wild ? 0 : piece, r))
		return false;
	for (int i = from; i < from + n; i++) {
		Equation eq = f->eq[i];

		eq.sure = eq.sure || wild; /* any solution will do */
		if (!(eq.linear ? bend_linear(g, &eq, env, r)
						: bend(g, &eq, piece_turn(f, wild ? 0 : piece, i), env, r)))
			return false;
	}
	f->drawn[piece]++;
	return f->met = true;
}

/* The pieces take turns. Of some only few values that are drawn can be bent. */
static int
next_piece(Graph *g)
{
	enum { TRIES = 8 };
	Facts *f = g->facts;
	int n;

	field_pieces(g, 4);
	n = f->pieces + (pieces_all(f) ? 0 : WILD);
	if (f->drawn[f->next] > f->turn || ++f->tries > TRIES)
		f->tries = 0;
	for (int i = 0; f->tries == 0 && i < n; i++) {
		f->next = f->next + 1 < n ? f->next + 1 : 0;
		f->turn = f->drawn[f->next];
		if (f->state[f->next] != PIECE_EMPTY)
			break;
	}
	return f->next;
}

bool
given_impose(Graph *g, Env *env, uint64_t seed)
{
	Facts *f = g->facts;
	Random r = {seed ^ 0x5851f42d4c957f2du};
	const Tensor *m = NULL;

	if (!f)
		return true;
	for (int i = 0; i < f->ncommute; i++) {
		const Tensor *x = env->leaf(env->ctx, f->commute[i]->var);

		if (x && m && x->size == m->size)
			polynomial(&r, x, m, f->commute[i]->var->props);
		m = m ? m : x;
	}
	return impose_piece(g, env, next_piece(g), &r);
}
