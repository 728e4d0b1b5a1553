/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * field_walk.c: the value of every node of a graph at a point of the prime field, for field.c.
 * Sizes are tiny, so nothing is planned: nodes in order, products summed out factor by factor.
 */
#include <string.h>

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

typedef struct Live {
	int n;
	int *lab;
	long *stride;
	uint64_t *v;
} Live; /* what is multiplied so far */

typedef struct Loops {
	int n;
	long *size, *sc, *sf, *so, *idx;
} Loops;

static void
run_loops(const Field *f, Loops *l, const uint64_t *c, const uint64_t *x, uint64_t *out)
{
	long *idx = l->idx;

	for (int k = 0; k < l->n; k++)
		idx[k] = 0;
	for (;;) {
		int k = l->n - 1;

		*out = fp_add(f, *out, fp_mul(f, *c, *x));
		for (; k >= 0; k--) {
			c += l->sc[k];
			x += l->sf[k];
			out += l->so[k];
			if (++idx[k] < l->size[k])
				break;
			c -= l->sc[k] * l->size[k];
			x -= l->sf[k] * l->size[k];
			out -= l->so[k] * l->size[k];
			idx[k] = 0;
		}
		if (k < 0)
			return;
	}
}

/* The factor whose labels add least to the live ones. */
static int
next_factor(const Node *n, const long *size, const bool *done, const bool *live)
{
	int best = -1;
	double least = 0;

	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax) {
		double cost = 1;

		if (done[i])
			continue;
		for (int j = 0; j < n->kid[i]->nax; j++)
			if (!live[n->lab[off + j]])
				cost *= (double)size[n->lab[off + j]];
		if (best < 0 || cost < least) {
			best = i;
			least = cost;
		}
	}
	return best;
}

static void
walk_prod(Point *p, Node *n, Val *out)
{
	const Field *f = &p->f;
	int nlab = n->nlab, *left = NEWN(p->a, int, nlab + 1), *off = NEWN(p->a, int, n->n + 1);
	long *size = NEWN(p->a, long, nlab + 1), *so = NEWN(p->a, long, nlab + 1),
		 *sc = NEWN(p->a, long, nlab + 1);
	long *sf = NEWN(p->a, long, nlab + 1), s = 1;
	bool *live = NEWN(p->a, bool, nlab + 1), *done = NEWN(p->a, bool, n->n + 1);
	Loops loop = {.size = NEWN(p->a, long, 5 * (nlab + 1))};
	uint64_t coef, one = 1, *cur = &coef;

	loop.sc = loop.size + nlab + 1;
	loop.sf = loop.sc + nlab + 1;
	loop.so = loop.sf + nlab + 1;
	loop.idx = loop.so + nlab + 1;
	if (!fp_rat(f, p->a, n->coef[0], &coef))
		point_fail(p, POINT_SINGULAR, n);
	for (int l = 0; l < nlab; l++)
		size[l] = point_size(p, n->labdim[l]);
	for (int i = 0, m = 0; i < n->n; i++) {
		off[i] = m;
		for (int j = 0; j < n->kid[i]->nax; j++)
			left[n->lab[m++]]++;
	}
	for (int i = n->nax; i-- > 0; s *= out->dim[i]) {
		so[n->out[i]] += s;
		left[n->out[i]] += n->n + 1; /* never done with */
	}
	for (int l = 0; l < nlab; l++)
		if (left[l] == 0)
			coef = fp_mul(f, coef, fp_long(f, size[l]));
	for (int step = 0; step < n->n || step == 0; step++) {
		bool last = step + 1 >= n->n;
		int at = n->n ? next_factor(n, size, done, live) : -1;
		const Node *kid = at < 0 ? NULL : n->kid[at];
		const Val *x = kid ? point_val(p, kid) : NULL;
		uint64_t *to = out->v;
		double work = 1;

		s = 1;
		for (int l = 0; l < nlab; l++)
			sf[l] = 0;
		for (int j = kid ? kid->nax : 0; j-- > 0; s *= x->dim[j]) {
			sf[n->lab[off[at] + j]] += s;
			left[n->lab[off[at] + j]]--;
		}
		loop.n = 0;
		s = 1;
		for (int l = nlab; l-- > 0;) { /* backwards: the last label is the fastest */
			bool used = sf[l] || live[l];

			if (!used && !(last && so[l]))
				continue;
			loop.size[loop.n] = size[l];
			loop.sc[loop.n] = live[l] ? sc[l] : 0;
			loop.sf[loop.n] = sf[l];
			live[l] = left[l] > 0;
			sc[l] = live[l] ? s : 0;
			s *= live[l] ? size[l] : 1;
			loop.so[loop.n++] = last ? so[l] : sc[l];
			work *= (double)size[l];
		}
		p->work += work;
		if (p->work > MAX_WORK || s > MAX_ENTRIES) {
			point_fail(p, POINT_LARGE, n);
			return;
		}
		if (!last)
			to = NEWN(p->a, uint64_t, s);
		run_loops(f, &loop, cur, x ? x->v : &one, to);
		cur = to;
		if (kid)
			done[at] = true;
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
		point_facts(p);
	}
	point_upto(p, p->s->n);
}
