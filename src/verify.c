/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verify.c: no derivative is shown that was not compared with dual numbers (dual.c) at random
 * points. A derivative d of f by x, contracted with a direction, must be the slope of f along it.
 * What cannot be compared at a point (outside a domain, at a kink, next to a singularity) is tried
 * at others; only a disagreement that comes again and again is one.
 */
#include <math.h>

#include "core.h"

enum { DIRECTIONS = 2, LARGE_GRAPH = 5000 };

/* TRIVIAL: both are zero, as everywhere to the left of a relu */
typedef enum { POINT_AGREES, POINT_TRIVIAL, POINT_DIFFERS, POINT_USELESS } Point;

typedef struct Verify {
	Graph *g;
	Node *f, *x, *seed, *d;
	double tolerance, noise;     /* relative to the sum; to the largest number around */
	Node *probe, *moved;         /* differences: a leaf in the place of x, and f of it */
	double worst_d, worst_slope; /* of the last disagreement */
} Verify;

static double
direction_entry(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	x ^= x >> 31;
	return (x & 1 ? 1 : -1) * (0.3 + (double)(x >> 11) * 0x1p-53);
}

/* rows of m times v; *all: the same with absolute values */
static double
row_times(const double *m, const double *v, size_t n, double *all)
{
	double sum = 0;

	*all = 0;
	for (size_t i = 0; i < n; i++) {
		sum += m[i] * v[i];
		*all += fabs(m[i] * v[i]);
	}
	return sum;
}

static Point
compare(Verify *v, const Tensor *d, const Tensor *seed, const Tensor *dir, const Tensor *value,
	const Tensor *slope)
{
	size_t rows = dir->size ? d->size / dir->size : 0;
	Point answer = POINT_TRIVIAL;
	double size = 1;

	for (size_t i = 0; i < value->size; i++)
		size = fmax(size, fabs(value->data[i]));
	for (size_t i = 0; i < slope->size; i++)
		size = fmax(size, fabs(slope->data[i]));
	for (size_t i = 0; i < d->size; i++)
		size = fmax(size, fabs(d->data[i]));
	if (!isfinite(size))
		return POINT_USELESS;
	for (size_t i = 0; i < slope->size; i++)
		if (isnan(slope->data[i]) || isnan(value->data[i]))
			return POINT_USELESS;
	for (size_t i = 0; i < d->size; i++)
		if (isnan(d->data[i]))
			return POINT_USELESS;
	if (size > 1e12)
		return POINT_USELESS;
	for (size_t i = 0; i < rows; i++) {
		double all, more = 0, got = row_times(d->data + i * dir->size, dir->data, dir->size, &all);
		double want = seed
						  ? row_times(seed->data + i * slope->size, slope->data, slope->size, &more)
						  : slope->data[i];

		if (fabs(got - want) > v->tolerance * (all + more + fabs(want)) + v->noise * size) {
			v->worst_d = got;
			v->worst_slope = want;
			return POINT_DIFFERS;
		}
		if (want != 0 || all > 0)
			answer = POINT_AGREES;
	}
	return answer;
}

/* the environment that gives the probe a value */
typedef struct Moved {
	Env env, *base;
	const Var *probe;
	Tensor *x;
} Moved;

static const Tensor *
moved_leaf(void *ctx, const Var *var)
{
	const Moved *m = ctx;

	return var == m->probe ? m->x : m->base->leaf(m->base->ctx, var);
}

static long
moved_size(void *ctx, Sym s)
{
	const Moved *m = ctx;

	return m->base->size(m->base->ctx, s);
}

static void
moved_env(Moved *m, Env *base, const Node *probe, Tensor *x)
{
	*m = (Moved){.env = *base, .base = base, .probe = probe->var, .x = x};
	m->env.ctx = m;
	m->env.leaf = moved_leaf;
	m->env.size = moved_size;
}

/* value and slope of f along dir by central differences */
static void
differences(Verify *v, const Tensor *dir, Env *env, Tensor **value, Tensor **slope)
{
	const double h = 1e-5;
	Graph *g = v->g;
	Tensor *at = eval_node(g, v->x, env), *side;
	Moved m;

	moved_env(&m, env, v->probe, tensor_new(g->a, at->nax, at->dim));
	*value = eval_node(g, v->f, env);
	*slope = tensor_new(g->a, (*value)->nax, (*value)->dim);
	for (int sign = -1; sign <= 1; sign += 2) {
		for (size_t i = 0; i < at->size; i++)
			m.x->data[i] = at->data[i] + sign * h * dir->data[i];
		side = eval_node(g, v->moved, &m.env);
		for (size_t i = 0; i < side->size; i++)
			(*slope)->data[i] += sign * side->data[i] / (2 * h);
	}
}

/* ---- what rounding may have done */

typedef struct Inner { Node **node; int n, cap; bool *seen; } Inner;

/* the arguments of functions below n */
static void
arguments(Graph *g, Node *n, Inner *in)
{
	enum { MOST = 200 };
	bool function = n->kind == N_MAP || n->kind == N_POW || n->kind == N_FN || n->kind == N_UNKNOWN;

	if (in->seen[n->id])
		return;
	in->seen[n->id] = true;
	for (int i = 0; i < n->n; i++) {
		arguments(g, n->kid[i], in);
		if (function && in->n < MOST)
			PUSH(g->a, in->node, in->n, in->cap, n->kid[i]);
	}
}

/* Is the last disagreement one that the largest number inside of f explains? Of sin(expm(A)) at a
   large A no digit need be right, however small it is. */
static bool
lost_inside(const Verify *v, Env *env)
{
	Inner in = {.seen = NEWN(v->g->a, bool, v->g->nnode + 1)};
	double size = 0;

	arguments(v->g, v->f, &in);
	if (in.n == 0)
		return false;
	Tensor **arg = plan_run(plan_new(v->g, in.node, in.n, env), env);
	for (int i = 0; i < in.n; i++) {
		if (!tensor_finite(arg[i]))
			return true;
		size = fmax(size, tensor_largest(arg[i]));
	}
	return fabs(v->worst_d - v->worst_slope) <= v->noise * size;
}

/* ---- points */

/* one random point, some random directions */
static Point
try_point(Verify *v, uint64_t random, int max_size)
{
	Graph *g = v->g;
	Node *root[4] = {v->d, v->f, v->x, v->seed}, *wanted[2] = {v->d, v->seed};
	Env *env = env_random(g, root, v->seed ? 4 : 3, random, max_size);
	Tensor **got = plan_run(plan_new(g, wanted, v->seed ? 2 : 1, env), env), *value, *slope;
	Tensor dir = {.nax = v->x->nax, .size = 1};
	uint64_t state = random;
	Point answer = POINT_TRIVIAL;

	dir.dim = NEWN(g->a, long, dir.nax + 1);
	for (int i = 0; i < dir.nax; i++) {
		Sym missing;

		dir.dim[i] = dim_eval(g->a, v->x->ax[i], env->size, env->ctx, &missing);
		dir.size *= (size_t)dir.dim[i];
	}
	dir.data = NEWN(g->a, double, dir.size);
	for (int k = 0; k < DIRECTIONS; k++) {
		Point p;

		for (size_t i = 0; i < dir.size; i++)
			dir.data[i] = direction_entry(&state);
		if (v->probe)
			differences(v, &dir, env, &value, &slope);
		else
			dual_eval(g, v->f, v->x, &dir, env, &value, &slope);
		p = compare(v, got[0], v->seed ? got[1] : NULL, &dir, value, slope);
		if (p == POINT_DIFFERS && lost_inside(v, env))
			return POINT_USELESS;
		if (p >= POINT_DIFFERS)
			return p;
		if (p == POINT_AGREES)
			answer = p;
	}
	return answer;
}

/* The same; a point at which something cannot be evaluated is of no use. Interrupts and faults of
 * ours go on up. */
static Point
try_point_safely(Verify *v, uint64_t random, int max_size)
{
	Point p = POINT_USELESS;
	Trap trap;

	if (TRY(&trap, v->g->a)) {
		Point q = try_point(v, random, max_size);

		trap_end(&trap);
		return q;
	}
	if (trap.diag.interrupted || trap.diag.kind == DIAG_BUG)
		raise_diag(v->g->a, &trap.diag);
	return p;
}

_Noreturn static void
refuse(const Verify *v)
{
	bug(v->g->a,
		"a derivative that is not one: at a random point it gives %.9g along a direction in which "
		"the slope "
		"is %.9g; it is not shown",
		v->worst_d, v->worst_slope);
}

/* Is it the derivative, as far as random points tell? */
static bool
holds(Verify *v)
{
	/* the kinds of draw.c: any entries first, then positive, small, large ones; one that is of use
	 * is kept */
	static const unsigned kind[] = {0, 5, 6, 7, 1, 5, 6, 7, 2, 5, 3, 5};
	int differs = 0, agrees = 0, trivial = 0, size = v->g->nnode > LARGE_GRAPH ? 2 : 3;
	unsigned k = 0;

	for (uint64_t i = 1; k < sizeof kind / sizeof *kind && i <= 30; i++) {
		switch (try_point_safely(v, (i * 0x9e3779b97f4a7c15u & ~(uint64_t)7) | kind[k], size)) {
		case POINT_AGREES:
			if (++agrees > 2 * differs)
				return true;
			break;
		case POINT_DIFFERS:
			if (++differs - agrees >= 3)
				return false;
			break;
		case POINT_TRIVIAL:
			if (++trivial == 4 && !differs && !agrees)
				return true;
			k++;
			break;
		case POINT_USELESS:
			k++;
			break;
		}
	}
	return differs < 3;     /* else right in some regions only */
}

/* f at the sizes it has, by differences */
static void
by_differences(Verify *v)
{
	Var *leaf = NEW(v->g->a, Var);

	leaf->name = sym("probe");
	leaf->row = v->x->nax > 0 ? v->x->ax[0] : dim_num(v->g->dims, 1);
	leaf->col = v->x->nax > 1 ? v->x->ax[1] : dim_num(v->g->dims, 1);
	v->probe = node_var(v->g, leaf);
	v->moved = node_replace(v->g, v->f, v->x, v->probe);
	v->tolerance = 1e-7;
	v->noise = 1e-8;
}

/* needs: d as diff() gave it for f, x, seed (nextra axes, then x's; seed NULL: f's axes, then x's).
   Raises a bug when d is not the derivative: it must not be shown. */
void
verify_derivative(Graph *g, Node *f, Node *x, Node *seed, int nextra, Node *d)
{
	Verify v = {.g = g, .f = f, .x = x, .seed = seed, .d = d, .tolerance = 1e-6, .noise = 1e-9};
	Node *root[4] = {f, x, d, seed};

	if (d->nax != (seed ? nextra : f->nax) + x->nax)
		bug(g->a, "a derivative of order %d, where %d was to be expected", d->nax,
			(seed ? nextra : f->nax) + x->nax);
	if (!node_large(g, seed ? 4 : 3, root)) {
		if (!holds(&v))
			refuse(&v);
		return;
	}
	if (node_resize(g, seed ? 4 : 3, root)) {
		Verify small = v;

		small.f = root[0];
		small.x = root[1];
		small.d = root[2];
		small.seed = root[3];
		if (holds(&small))
			return;
	}
	/* a number in it may come of a size: at the sizes it has */
	by_differences(&v);
	if (!holds(&v))
		refuse(&v);
}

/* ---- the variable put in again */

/* d with the leaf at the value of x, against r, at one random point; as in compare() */
static Point
try_replaced(Verify *v, Node *r, uint64_t random)
{
	Graph *g = v->g;
	Node *root[3] = {v->d, v->x, r};
	Env *env = env_random(g, root, 3, random, 3);
	Moved m;

	moved_env(&m, env, v->probe, eval_node(g, v->x, env));
	Tensor *want = eval_node(g, v->d, &m.env), *got = eval_node(g, r, env);
	double size = 1;
	for (size_t i = 0; i < want->size; i++)
		size = fmax(size, fmax(fabs(want->data[i]), fabs(got->data[i])));
	if (!(size < 1e12))
		return POINT_USELESS;
	for (size_t i = 0; i < want->size; i++) {
		if (isnan(want->data[i]) || isnan(got->data[i]))
			return POINT_USELESS;
		if (fabs(want->data[i] - got->data[i]) > 1e-6 * size) {
			v->worst_d = got->data[i];
			v->worst_slope = want->data[i];
			return POINT_DIFFERS;
		}
	}
	return POINT_AGREES;
}

static Point
try_replaced_safely(Verify *v, Node *r, uint64_t random)
{
	Trap trap;

	if (TRY(&trap, v->g->a)) {
		Point p = try_replaced(v, r, random);

		trap_end(&trap);
		return p;
	}
	if (trap.diag.interrupted || trap.diag.kind == DIAG_BUG)
		raise_diag(v->g->a, &trap.diag);
	return POINT_USELESS;
}

void
verify_replaced(Graph *g, Node *d, Node *leaf, Node *x, Node *r)
{
	Verify v = {.g = g, .d = d, .x = x, .probe = leaf};
	Node *root[4] = {d, x, r, leaf};
	int differs = 0;

	if (node_large(g, 4, root)) {
		if (!node_resize(g, 4, root))
			return; /* at its own sizes it would take too long */
		v.d = root[0];
		v.x = root[1];
		r = root[2];
		v.probe = root[3];
	}
	for (uint64_t i = 1; i <= 8; i++) {
		Point p = try_replaced_safely(&v, r, i * 0x9e3779b97f4a7c15u);

		if (p == POINT_AGREES)
			return;
		differs += p == POINT_DIFFERS;
	}
	if (differs >= 3)
		refuse(&v);
}
