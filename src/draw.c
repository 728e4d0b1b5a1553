/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * draw.c: random sizes and values for a graph, for those who try something out (verify.c, check.c).
 * Different dimension names get different sizes where there are enough, so that what only holds for
 * equal sizes is found out; every leaf has the properties it was declared with, entries of
 * magnitude about 1, and none of them near 0.
 */
#include <math.h>
#include <string.h>

#include "core.h"

typedef struct Draw {
	Graph *g;
	Arena *a;
	uint64_t state;
	int kind; /* DRAW_*, below */
	double scale; /* of a leaf, DRAW_SCALED */
	int nconst; /* numbers in the graph that are far from 1 */
	double constant[8];
	int nsym, capsym;
	Sym *sym; /* dimension names, then index names */
	int ndim;
	long *size;
	int naxis, capaxis;
	Dim **axis; /* every size that is used */
	int nunit, capunit;
	Node **unit;
	int nvar, capvar;
	Node **var;
	unsigned nslot;
	int *slot; /* hash table by Var: 1 + its place */
	Tensor **value;
} Draw;

/* what the lowest bits of a seed choose: signs as they come mostly; for log and roots positive
   entries, for asin and log of 1 - x small ones, for acosh and the like large ones; of all sizes
   for what has kinks somewhere, and of the sizes at which numbers like 1000 or 1e-9 come into play */
enum { DRAW_ANY, DRAW_POSITIVE, DRAW_SMALL, DRAW_LARGE, DRAW_WIDE, DRAW_SCALED };

static uint64_t
next(Draw *d)
{
	uint64_t x = d->state += 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static double
uniform(Draw *d)
{
	return (double)(next(d) >> 11) * 0x1p-53;
}

static long
below(Draw *d, long n)
{
	return (long)(next(d) % (uint64_t)n);
}

static double
entry(Draw *d, bool positive)
{
	double x = uniform(d);

	switch (d->kind) {
	case DRAW_SMALL:
		return 0.05 + 0.4 * x;
	case DRAW_LARGE:
		return 1.2 + x;
	case DRAW_POSITIVE:
		return 0.15 + 1.4 * x;
	case DRAW_WIDE:
		x = pow(10, 3.7 * x - 2);
		return positive || next(d) >> 63 ? x : -x;
	case DRAW_SCALED:
		x = d->scale * pow(10, x - 0.5);
		return positive || next(d) >> 63 ? x : -x;
	default:
		/* a few larger and a few smaller, as normal numbers are, but none that is nearly 0 */
		x = 0.15 + 0.9 * x + 0.6 * x * x * x;
		return positive || next(d) >> 63 ? x : -x;
	}
}

/* ---- what there is to draw */

static void
add_sym(Draw *d, Sym s)
{
	for (int i = 0; i < d->nsym; i++)
		if (d->sym[i] == s)
			return;
	PUSH(d->a, d->sym, d->nsym, d->capsym, s);
}

static void
add_syms(Draw *d, const Dim *x)
{
	for (int i = 0; i < x->n; i++)
		for (int j = 0; j < x->term[i].nsym; j++)
			add_sym(d, x->term[i].sym[j]);
}

static void
add_axis(Draw *d, Dim *x)
{
	if (dim_is_num(x, NULL))
		return;
	for (int i = d->naxis - 1; i >= 0 && i >= d->naxis - 32; i--)
		if (d->axis[i] == x)
			return;
	PUSH(d->a, d->axis, d->naxis, d->capaxis, x);
	add_syms(d, x);
}

static void
add_constant(Draw *d, Rat r)
{
	double c = fabs(rat_double(r));

	if (!isfinite(c) || c == 0 || (c < 16 && c > 1.0 / 16))
		return;
	for (int i = 0; i < d->nconst; i++)
		if (d->constant[i] == c)
			return;
	if (d->nconst < (int)(sizeof d->constant / sizeof *d->constant))
		d->constant[d->nconst++] = c;
}

static void
collect(Draw *d, Node *n, bool *seen)
{
	if (seen[n->id])
		return;
	seen[n->id] = true;
	for (int i = 0; n->coef && i < (n->kind == N_SUM ? n->n : n->kind == N_PROD); i++)
		add_constant(d, n->coef[i]);
	for (int i = 0; i < n->nax; i++)
		add_axis(d, n->ax[i]);
	for (int i = 0; i < n->nlab; i++)
		add_axis(d, n->labdim[i]);
	if (n->kind == N_DIM)
		add_axis(d, n->dim);
	if (n->kind == N_UNIT)
		PUSH(d->a, d->unit, d->nunit, d->capunit, n);
	if (n->kind == N_VAR)
		PUSH(d->a, d->var, d->nvar, d->capvar, n);
	for (int i = 0; i < n->n; i++)
		collect(d, n->kid[i], seen);
}

/* ---- sizes */

static long
draw_size(void *ctx, Sym s)
{
	const Draw *d = ctx;

	for (int i = 0; i < d->nsym; i++)
		if (d->sym[i] == s)
			return d->size[i];
	return -1;
}

static long
value_of(Draw *d, const Dim *x)
{
	Sym missing = NULL;
	long s;

	return dim_is_num(x, &s) ? s : dim_eval(d->a, x, draw_size, d, &missing);
}

static bool
sizes_valid(Draw *d)
{
	for (int i = 0; i < d->naxis; i++)
		if (value_of(d, d->axis[i]) < 1)
			return false;
	for (int i = 0; i < d->nunit; i++) {
		long at = value_of(d, d->unit[i]->dim);

		if (at < 1 || at > value_of(d, d->unit[i]->ax[0]))
			return false;
	}
	for (int i = 0; i < d->nvar; i++) { /* orthonormal columns or rows */
		const Node *v = d->var[i];

		if (v->nax == 2 && v->var->props & (P_COLUMNS | P_ROWS)) {
			long r = value_of(d, v->ax[0]), c = value_of(d, v->ax[1]);

			if (v->var->props & P_COLUMNS ? r < c : c < r)
				return false;
		}
	}
	return true;
}

/* Sizes 2 .. most in random order, again when there are more names; indices within what they index.
 */
static void
draw_sizes(Draw *d, int max_size)
{
	int *order = NEWN(d->a, int, d->nsym + 1);

	d->size = NEWN(d->a, long, d->nsym + 1);
	for (int try = 0; try < 200; try++) {
		long most = max_size + try / 20, k = 0;

		if (most < 2)
			most = 2;
		for (int i = 0; i < d->ndim; i++)
			order[i] = i;
		for (int i = d->ndim - 1; i > 0; i--) {
			int j = (int)below(d, i + 1), t = order[i];

			order[i] = order[j];
			order[j] = t;
		}
		k = below(d, most - 1);
		for (int i = 0; i < d->ndim; i++)
			d->size[order[i]] = 2 + (k + i) % (most - 1);
		for (int i = d->ndim; i < d->nsym; i++) {
			long bound = most;

			for (int j = 0; j < d->nunit; j++)
				if (d->unit[j]->dim == dim_sym(d->g->dims, d->sym[i]) &&
					value_of(d, d->unit[j]->ax[0]) < bound)
					bound = value_of(d, d->unit[j]->ax[0]);
			d->size[i] = 1 + below(d, bound < 1 ? 1 : bound);
		}
		if (sizes_valid(d))
			return;
	}
	raise_at(d->a, (Loc){0},
		"no sizes were found at which all dimensions are positive and all indices in range");
}

/* ---- values */

static void
multiply_transposed(double *out, const double *x, long n) /* out = x*x' */
{
	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++) {
			out[i * n + j] = 0;
			for (long k = 0; k < n; k++)
				out[i * n + j] += x[i * n + k] * x[j * n + k];
		}
}

/* orthonormal columns (rows when there are more columns than rows), by Gram and Schmidt, twice */
static void
orthonormal(Draw *d, double *x, long r, long c)
{
	long n = r < c ? r : c, m = r < c ? c : r, along = r < c ? 1 : c, across = r < c ? c : 1;

	for (long j = 0; j < n; j++) {
		double norm = 0;

		while (norm < 0.01) {
			for (long i = 0; i < m; i++)
				x[i * along + j * across] = uniform(d) - 0.5;
			for (int twice = 0; twice < 2; twice++)
				for (long k = 0; k < j; k++) {
					double dot = 0;

					for (long i = 0; i < m; i++)
						dot += x[i * along + j * across] * x[i * along + k * across];
					for (long i = 0; i < m; i++)
						x[i * along + j * across] -= dot * x[i * along + k * across];
				}
			norm = 0;
			for (long i = 0; i < m; i++)
				norm += x[i * along + j * across] * x[i * along + j * across];
		}
		for (long i = 0; i < m; i++)
			x[i * along + j * across] /= sqrt(norm);
	}
}

static void
draw_orthogonal(Draw *d, double *x, long n, unsigned p)
{
	if (p & (P_DIAGONAL | P_LOWER | P_UPPER | P_POSITIVE | P_POSDEF)) { /* signs on the diagonal */
		for (long i = 0; i < n; i++)
			x[i * (n + 1)] = p & (P_POSITIVE | P_POSDEF) || next(d) >> 63 ? 1 : -1;
	} else if (p & P_SYMMETRIC) { /* a reflection */
		double norm = 0, *v = NEWN(d->a, double, n);

		for (long i = 0; i < n; i++) {
			v[i] = entry(d, false);
			norm += v[i] * v[i];
		}
		for (long i = 0; i < n; i++)
			for (long j = 0; j < n; j++)
				x[i * n + j] = (i == j) - 2 * v[i] * v[j] / norm;
	} else if (p & P_SKEW) { /* quarter turns */
		for (long i = 0; i + 1 < n; i += 2) {
			x[i * n + i + 1] = 1;
			x[(i + 1) * n + i] = -1;
		}
	} else {
		orthonormal(d, x, n, n);
	}
}

static void
draw_square(Draw *d, double *x, long n, unsigned p)
{
	bool positive = p & P_POSITIVE;
	double *y = NEWN(d->a, double, n *n);

	if ((p & P_LOWER && p & P_UPPER) || (p & P_SYMMETRIC && p & (P_LOWER | P_UPPER)))
		p |= P_DIAGONAL;
	if (p & P_ORTHOGONAL) {
		draw_orthogonal(d, x, n, p);
		return;
	}
	if (p & P_SKEW && p & (P_SYMMETRIC | P_DIAGONAL | P_LOWER | P_UPPER))
		return; /* only zero is both */
	for (long i = 0; i < n * n; i++)
		y[i] = entry(d, positive);
	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++) {
			double e = y[i * n + j];

			if (p & P_DIAGONAL)
				e = i == j ? (p & P_POSDEF ? fabs(e) : e) : 0;
			else if (p & P_LOWER)
				e = j <= i ? e : 0;
			else if (p & P_UPPER)
				e = j >= i ? e : 0;
			else if (p & P_SKEW)
				e = i < j ? e : i > j ? -y[j * n + i] : 0;
			else if (p & P_SYMMETRIC)
				e = i <= j ? e : y[j * n + i];
			x[i * n + j] = e;
		}
	if (p & P_POSDEF && !(p & P_DIAGONAL)) {
		multiply_transposed(x, y, n);
		for (long i = 0; i < n * n; i++)
			x[i] = x[i] / (double)n + (i % (n + 1) == 0);
	} else if (p & P_INVERTIBLE && !(p & (P_DIAGONAL | P_SKEW))) { /* a dominant diagonal */
		for (long i = 0; i < n; i++)
			x[i * (n + 1)] += (x[i * (n + 1)] < 0 ? -0.8 : 0.8) * (double)n;
	}
}

/* 1, or a power of a number in the graph: where c*x, c*x^2 or c + x, c + x^2 are no longer like c or x^2 alone */
static double
scale_of_leaf(Draw *d)
{
	static const double power[] = {1, -1, 0.5, -0.5};

	if (d->kind != DRAW_SCALED || d->nconst == 0 || below(d, 4) == 0)
		return 1;
	return pow(d->constant[below(d, d->nconst)], power[below(d, 4)]);
}

static Tensor *
draw_value(Draw *d, const Node *n)
{
	long dim[2] = {0};
	unsigned p = props_close(n->var->props);
	Tensor *t = NEW(d->a, Tensor);

	d->scale = scale_of_leaf(d);
	t->nax = n->nax;
	t->dim = NEWN(d->a, long, n->nax + 1);
	t->size = 1;
	for (int i = 0; i < n->nax; i++) {
		t->dim[i] = dim[i] = value_of(d, n->ax[i]);
		t->size *= (size_t)dim[i];
	}
	t->data = NEWN(d->a, double, t->size);
	if (n->nax == 2 && n->ax[0] == n->ax[1]) {
		draw_square(d, t->data, dim[0], p);
	} else if (n->nax == 2 && p & (P_ORTHOGONAL | P_COLUMNS | P_ROWS)) {
		orthonormal(d, t->data, dim[0], dim[1]);
	} else if (n->nax == 1 && p & P_COLUMNS) {
		orthonormal(d, t->data, dim[0], 1);
	} else {
		for (size_t i = 0; i < t->size; i++)
			t->data[i] = entry(d, p & P_POSITIVE);
	}
	return t;
}

static unsigned
slot_of(const Draw *d, const Var *v)
{
	unsigned h = (unsigned)((uintptr_t)v >> 4) * 2654435761u >> 7;

	while (d->slot[h & (d->nslot - 1)] && d->var[d->slot[h & (d->nslot - 1)] - 1]->var != v)
		h++;
	return h & (d->nslot - 1);
}

static const Tensor *
draw_leaf(void *ctx, const Var *v)
{
	const Draw *d = ctx;
	int i = d->slot[slot_of(d, v)];

	return i ? d->value[i - 1] : NULL;
}

static Env *
draw_env(Graph *g, Node **root, int n, uint64_t seed, int max_size)
{
	Draw *d = NEW(g->a, Draw);
	bool *seen = NEWN(g->a, bool, g->nnode + 1);
	Env *env = NEW(g->a, Env);

	d->g = g;
	d->a = g->a;
	d->state = seed;
	d->kind = (seed & 7) < 4 ? DRAW_ANY : (seed & 7) > 4 ? (int)(seed & 7) - 4 : seed & 8 ? DRAW_SCALED : DRAW_WIDE;
	for (int i = 0; i < n; i++)
		collect(d, root[i], seen);
	for (int i = 0; g->facts && i < g->facts->neq; i++)
		for (int k = 0; k < g->facts->eq[i].n; k++) {
			collect(d, g->facts->eq[i].zero[k], seen);
			if (g->facts->eq[i].left[k])
				collect(d, g->facts->eq[i].left[k], seen);
		}
	for (int i = 0; g->facts && i < g->facts->ncommute; i++)
		collect(d, g->facts->commute[i], seen);
	for (int i = 0; g->facts && i < g->facts->nranked; i++)
		collect(d, g->facts->ranked[i], seen);
	d->ndim = d->nsym;
	for (int i = 0; i < d->nunit; i++)
		add_syms(d, d->unit[i]->dim);
	draw_sizes(d, max_size);
	d->value = NEWN(d->a, Tensor *, d->nvar + 1);
	for (d->nslot = 8; d->nslot < 2 * (unsigned)d->nvar;)
		d->nslot *= 2;
	d->slot = NEWN(d->a, int, d->nslot);
	for (int i = 0; i < d->nvar; i++) {
		d->slot[slot_of(d, d->var[i]->var)] = i + 1;
		d->value[i] = draw_value(d, d->var[i]);
	}
	env->a = g->a;
	env->ctx = d;
	env->size = draw_size;
	env->leaf = draw_leaf;
	env->seed = next(d);
	env->allow_unknown = true;
	env->quiet_domain = true;
	return env;
}

/* The three lowest bits of seed choose the kind of entries: 4 between 1/100 and 50 in magnitude,
 * (with 8: of the magnitudes at which large and small numbers of the graph matter), 5 positive, 6 between 0
 * and 1/2, 7 above 1, otherwise any. Where equations hold between the leaves (given.c) they are drawn until
 * they can be bent to satisfy them; if they never can, they have no values. */
Env *
env_random(Graph *g, Node **root, int n, uint64_t seed, int max_size)
{
	enum { TRIES = 12 };
	Env *env = draw_env(g, root, n, seed, max_size);
	Draw *d;

	for (int i = 1; !given_impose(g, env, seed); i++) {
		if (i == TRIES) {
			d = env->ctx;
			for (int k = 0; k < d->nvar; k++)
				for (size_t j = 0; j < d->value[k]->size; j++)
					d->value[k]->data[j] = NAN;
			break;
		}
		env = draw_env(g, root, n, seed + ((uint64_t)i << 40), max_size);
	}
	return env;
}

/* row 0 becomes half of row 1, or columns do */
static void
repeat(Tensor *t, bool rows)
{
	long r = t->dim[0], c = t->dim[1];

	for (long k = 0; k < (rows ? c : r); k++)
		t->data[rows ? k : k * c] = 0.5 * t->data[rows ? c + k : k * c + 1];
}

void
env_lower_ranks(Env *env)
{
	Draw *d = env->ctx;

	for (int i = 0; i < d->nvar; i++) {
		unsigned p = props_close(d->var[i]->var->props);
		Tensor *t = d->value[i];

		if (t->nax != 2 || t->dim[0] < 2 || t->dim[1] < 2 ||
			p & (P_INVERTIBLE | P_COLUMNS | P_ROWS))
			continue;
		if (p & (P_DIAGONAL | P_LOWER))
			t->data[0] = 0;
		else if (p & P_UPPER)
			t->data[t->size - 1] = 0;
		else
			repeat(t, t->dim[0] <= t->dim[1]);
		if (p & (P_SYMMETRIC | P_SKEW) && !(p & P_DIAGONAL))
			repeat(t, false);
	}
}

/* by magnitude, so that what is symmetric or skew stays so */
static double
nearest_of_few(double x, bool positive)
{
	uint64_t z;
	double size = fabs(x);

	memcpy(&z, &size, sizeof z);
	z = (z ^ z >> 31) * 0x9e3779b97f4a7c15u >> 33;
	if (positive)
		return (double)(1 + z % 2);
	return x == 0 || z % 5 < 2 ? 0 : x > 0 ? 1 : -1;
}

enum { SHAPED = P_ORTHOGONAL | P_POSDEF | P_INVERTIBLE | P_COLUMNS | P_ROWS };

void
env_few_values(Env *env)
{
	Draw *d = env->ctx;

	for (int i = 0; i < d->nvar; i++) {
		unsigned p = d->var[i]->var->props;
		Tensor *t = d->value[i];

		for (size_t k = 0; k < t->size && !(p & SHAPED); k++)
			t->data[k] = nearest_of_few(t->data[k], p & P_POSITIVE);
	}
}

void
env_scale(Env *env, double by)
{
	Draw *d = env->ctx;

	for (int i = 0; i < d->nvar; i++) {
		unsigned p = d->var[i]->var->props;
		Tensor *t = d->value[i];

		for (size_t k = 0; k < t->size && !(p & SHAPED); k++)
			t->data[k] *= p & P_POSITIVE ? fabs(by) : by;
	}
}
