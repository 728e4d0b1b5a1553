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

		if (fabs(got - want) > 1e-6 * (all + more + fabs(want)) + 1e-9 * size) {
			v->worst_d = got;
			v->worst_slope = want;
			return POINT_DIFFERS;
		}
		if (want != 0 || all > 0)
			answer = POINT_AGREES;
	}
	return answer;
}

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
		dual_eval(g, v->f, v->x, &dir, env, &value, &slope);
		p = compare(v, got[0], v->seed ? got[1] : NULL, &dir, value, slope);
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

/* needs: d as diff() gave it for f, x, seed (nextra axes, then x's; seed NULL: f's axes, then x's).
   Raises a bug when d is not the derivative: it must not be shown. */
void
verify_derivative(Graph *g, Node *f, Node *x, Node *seed, int nextra, Node *d)
{
	/* the kinds of draw.c: any entries first, then positive, small, large ones; one that is of use
	 * is kept */
	static const unsigned kind[] = {0, 5, 6, 7, 1, 5, 6, 7, 2, 5, 3, 5};
	Verify v = {.g = g, .f = f, .x = x, .seed = seed, .d = d};
	int differs = 0, agrees = 0, trivial = 0, size = g->nnode > LARGE_GRAPH ? 2 : 3;
	unsigned k = 0;

	if (d->nax != (seed ? nextra : f->nax) + x->nax)
		bug(g->a, "a derivative of order %d, where %d was to be expected", d->nax,
			(seed ? nextra : f->nax) + x->nax);
	for (uint64_t i = 1; k < sizeof kind / sizeof *kind && i <= 30; i++) {
		switch (try_point_safely(&v, (i * 0x9e3779b97f4a7c15u & ~(uint64_t)7) | kind[k], size)) {
		case POINT_AGREES:
			if (++agrees > 2 * differs)
				return;
			break;
		case POINT_DIFFERS:
			if (++differs - agrees >= 3)
				refuse(&v);
			break;
		case POINT_TRIVIAL:
			if (++trivial == 4 && !differs && !agrees)
				return;
			k++;
			break;
		case POINT_USELESS:
			k++;
			break;
		}
	}
	if (differs >= 3) /* right in some regions only */
		refuse(&v);
}
