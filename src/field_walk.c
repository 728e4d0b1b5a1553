/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * field_walk.c: the value of every node of a graph at a point of the prime field, for field.c.
 * Sizes are tiny, so nothing is planned: nodes in order, products summed out factor by factor.
 */
#include <string.h>

#include "contraction.h"
#include "field.h"

enum { MAX_ENTRIES = 1 << 16, MAX_WORK = 1 << 22 };

uint64_t
point_next(Point *p)
{
	uint64_t x = p->state += 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

uint64_t
point_random(Point *p)
{
	uint64_t x;

	do
		x = point_next(p) >> (64 - FIELD_BITS);
	while (x == 0 || x >= p->f.p);
	return x;
}

bool
point_fail(Point *p, PointFail why, Node *at)
{
	if (p->fail == POINT_OK) {
		p->fail = why;
		p->at = at;
	}
	return false;
}

Val *
point_val(Point *p, const Node *n)
{
	return &p->val[p->s->slot[n->id] - 1];
}

/* room for the value; false when there is too much of it */
static bool
prepare(Point *p, Node *n, Val *out)
{
	double size = 1;

	out->nax = n->nax;
	out->dim = NEWN(p->a, long, n->nax + 1);
	for (int i = 0; i < n->nax; i++) {
		out->dim[i] = point_size(p, n->ax[i]);
		size *= (double)out->dim[i];
	}
	if (size > MAX_ENTRIES)
		return point_fail(p, POINT_LARGE, n);
	out->size = (size_t)size;
	p->work += size;
	if (n->kind != N_NAMED)
		out->v = NEWN(p->a, uint64_t, out->size + 1);
	return true;
}

/* ---- products */

static void
run_step(Point *p, const ContractionStep *s, const uint64_t *sofar, const uint64_t *x, uint64_t *out)
{
	ContractionAt at = contraction_first(p->a, s);
	const Field *f = &p->f;

	do
		out[at.out] = fp_add(f, out[at.out], fp_mul(f, sofar[at.sofar], x[at.kid]));
	while (contraction_next(s, &at));
}

static void
walk_prod(Point *p, Node *n, Val *out)
{
	long *size = NEWN(p->a, long, n->nlab + 1);
	uint64_t coef, one = 1, *cur = &coef;
	Contraction c;

	for (int l = 0; l < n->nlab; l++)
		size[l] = point_size(p, n->labdim[l]);
	c = contraction(p->a, n, size);
	if (!fp_rat(&p->f, p->a, n->coef[0], &coef))
		point_fail(p, POINT_SINGULAR, n);
	if (c.unused > MAX_WORK)
		point_fail(p, POINT_LARGE, n);
	else
		coef = fp_mul(&p->f, coef, fp_long(&p->f, (long)c.unused));
	for (int i = 0; i < c.n; i++) {
		const ContractionStep *s = &c.step[i];
		uint64_t *to = i + 1 == c.n ? out->v : NULL;

		p->work += s->work;
		if (p->work > MAX_WORK || s->result > MAX_ENTRIES) {
			point_fail(p, POINT_LARGE, n);
			return;
		}
		if (!to)
			to = NEWN(p->a, uint64_t, s->result);
		run_step(p, s, cur, s->factor < 0 ? &one : point_val(p, n->kid[s->factor])->v, to);
		cur = to;
	}
}

/* squares times squares, with nothing summed; is 1 as a coefficient a square? small ones are */
static bool
prod_square(Point *p, const Node *n)
{
	long c = 0;

	for (int i = 0; i < n->n; i++)
		if (!point_val(p, n->kid[i])->square)
			return false;
	for (int l = 0; l < n->nlab; l++) {
		bool open = false;

		for (int i = 0; i < n->nax; i++)
			open |= n->out[i] == l;
		if (!open)
			return false;
	}
	if (n->coef[0].big || rat_sign(n->coef[0]) <= 0)
		return false;
	for (int k = 0; k < 2; k++) {
		c = k ? n->coef[0].den : n->coef[0].num;
		for (long q = 2; q <= 7; q++)
			while (c % q == 0)
				c /= q;
		if (c != 1)
			return false;
	}
	return true;
}

/* ---- the others */

static void
walk_sum(Point *p, Node *n, Val *out)
{
	for (int i = 0; i < n->n; i++) {
		const Val *k = point_val(p, n->kid[i]);
		uint64_t c;

		if (!fp_rat(&p->f, p->a, n->coef[i], &c))
			point_fail(p, POINT_SINGULAR, n);
		for (size_t j = 0; j < out->size; j++)
			out->v[j] = fp_add(&p->f, out->v[j], c == 1 ? k->v[j] : fp_mul(&p->f, c, k->v[j]));
	}
}

static void
walk_constant(Point *p, Node *n, Val *out)
{
	long at = n->kind == N_UNIT || n->kind == N_INJ || n->kind == N_DIM ? point_size(p, n->dim) : 0;

	switch (n->kind) {
	case N_PI: /* transcendental: as good as any number */
		out->v[0] = point_pi(p);
		break;
	case N_DIM:
		out->v[0] = fp_long(&p->f, at);
		break;
	case N_UNIT:
		out->v[at - 1] = 1;
		break;
	case N_INJ:
		for (long i = 0; i < out->dim[0]; i++)
			out->v[i * out->dim[1] + i + at] = 1;
		break;
	default: { /* FUSE: the first axes, flattened, are the last */
		long total = out->dim[out->nax - 1];

		for (long i = 0; i < total; i++)
			out->v[i * total + i] = 1;
	}
	}
}

/* where equations hold between leaves, they are drawn once and then bent */
static void
walk_leaf(Point *p, Node *n, Val *out)
{
	uint64_t **drawn = p->leaf ? &p->leaf[p->s->slot[n->id] - 1] : NULL;

	if (!drawn || !*drawn)
		point_leaf(p, n, out);
	else
		memcpy(out->v, *drawn, sizeof *out->v * out->size);
	if (drawn && !*drawn)
		*drawn = out->v;
	out->square = n->var->props & P_POSITIVE;
}

static void
walk_node(Point *p, Node *n, Val *out)
{
	switch (n->kind) {
	case N_VAR:
		walk_leaf(p, n, out);
		break;
	case N_NAMED:
		out->v = point_val(p, n->kid[0])->v;
		out->square = point_val(p, n->kid[0])->square;
		break;
	case N_SUM:
		walk_sum(p, n, out);
		break;
	case N_PROD:
		walk_prod(p, n, out);
		out->square = prod_square(p, n);
		break;
	case N_POW:
		point_pow(p, n, out);
		break;
	case N_MAP:
		point_map(p, n, out);
		break;
	case N_FN:
		point_fn(p, n, out);
		break;
	case N_UNKNOWN:
		point_unknown(p, n, out);
		break;
	default:
		walk_constant(p, n, out);
	}
}

void
point_upto(Point *p, int n)
{
	for (int i = 0; i < n && p->fail == POINT_OK; i++)
		if (prepare(p, p->s->node[i], &p->val[i]))
			walk_node(p, p->s->node[i], &p->val[i]);
}

/* needs: field, sizes, state, key. */
void
point_walk(Point *p)
{
	p->val = NEWN(p->a, Val, p->s->n + 1);
	if (p->s->g->facts) {
		p->leaf = NEWN(p->a, uint64_t *, p->s->n + 1);
		point_commuting(p);
		point_ranked(p);
		point_facts(p);
	}
	point_upto(p, p->s->n);
}
