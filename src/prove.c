/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prove.c: is an identity true for all sizes and values? Canonical forms first; where inverses of
 * sums remain, both sides are multiplied by what is inverted, which is sound, since an inverse that
 * stands in the identity exists: D = 0 if and only if S D = 0. Block matrices are equal when all
 * blocks are; a pseudo-inverse is known by its equations. Stands between canon.c and check.c.
 */
#include "graph_intern.h"

enum {
	DEPTH = 6,      /* inverses cleared one after the other */
	BUDGET = 4000,  /* terms made on the way */
	MOST_CUTS = 3,
	MOST_AXES = 4
};

static Node *
minus(Graph *g, Node *x, Node *y)
{
	Sum *s = sum_begin(g, x->nax, x->ax);

	sum_add(s, RAT1, x);
	sum_add(s, rat(-1, 1), y);
	return sum_end(s);
}

/* is factor i, order 2, alone on axis k of the term t, with its axis `side` there? */
static bool
at_end(const Node *t, int i, int k, int side)
{
	const int *l = node_labels(t, i);
	int o = t->out[k], n = 0;

	for (int j = 0, off = 0; j < t->n; off += t->kid[j++]->nax)
		for (int m = 0; m < t->kid[j]->nax; m++)
			n += t->lab[off + m] == o;
	for (int j = 0; j < t->nax; j++)
		n += t->out[j] == o && j != k;
	return l[side] == o && l[!side] != o && n == 1;
}

/* the matrices whose inverses stand at axis k of a term of d, and the scalar or full-width sums
   under negative powers */
typedef struct Clear { Node *s; int axis, side; long power; } Clear;

static void
candidates_of(Graph *g, Node *t, Clear **c, int *n, int *cap)
{
	if (t->kind == N_POW && t->kid[0]->kind == N_SUM && rat_sign(t->coef[0]) < 0 &&
		rat_is_int(t->coef[0]))
		PUSH(g->a, *c, *n, *cap, ((Clear){t->kid[0], -1, 0, -t->coef[0].num}));
	if (t->kind == N_FN && t->fun->id == F_inv) {
		PUSH(g->a, *c, *n, *cap, ((Clear){t->kid[0], 0, 0, 1}));
		PUSH(g->a, *c, *n, *cap, ((Clear){t->kid[0], 1, 1, 1}));
	}
	if (t->kind != N_PROD)
		return;
	for (int i = 0, off = 0; i < t->n; off += t->kid[i++]->nax) {
		Node *f = t->kid[i];

		if (f->kind == N_POW && f->kid[0]->kind == N_SUM && rat_sign(f->coef[0]) < 0 &&
			rat_is_int(f->coef[0])) {
			bool full = f->nax == 0 || (f->nax == t->nax);

			for (int j = 0; j < f->nax && full; j++)
				full = t->lab[off + j] == t->out[j];
			if (full)
				PUSH(g->a, *c, *n, *cap, ((Clear){f->kid[0], -1, 0, -f->coef[0].num}));
		}
		if (f->kind != N_FN || f->fun->id != F_inv)
			continue;
		for (int k = 0; k < t->nax; k++)
			for (int side = 0; side < 2; side++)
				if (at_end(t, i, k, side))
					PUSH(g->a, *c, *n, *cap, ((Clear){f->kid[0], k, side, 1}));
	}
}

/* d with the inverse cleared: S[.., axis] d, on axis c->axis; or S^power d elementwise */
static Node *
cleared(Graph *g, Node *d, const Clear *c)
{
	Prod *p = prod_begin(g);
	int *l = NEWN(g->a, int, d->nax + 1), *o = NEWN(g->a, int, d->nax + 1);

	for (int i = 0; i < d->nax; i++)
		o[i] = l[i] = prod_label(p, d->ax[i]);
	prod_factor(p, d, l);
	if (c->axis < 0) {
		prod_factor(p, node_pow(g, c->s, rat(c->power, 1)), l);
	} else {
		int s[2];

		/* inv(S) has its axis `side` outside: S meets it with the other one */
		o[c->axis] = prod_label(p, d->ax[c->axis]);
		s[c->side] = o[c->axis];
		s[!c->side] = l[c->axis];
		prod_factor(p, c->s, s);
	}
	return prod_end(p, d->nax, o);
}

/* ---- cutting: the terms of d of each degree in a variable are 0 by themselves; where all have one
   degree, as x'*M*x, tr(X*M), d is 0 where its derivative by the variable is, which has what was
   beside the variable at an axis, where inverses can be cleared */

/* how often v is a factor of t; -1: it is in other places, too */
static int
count_factor(Graph *g, Node *t, Node *v)
{
	int n = 0;

	if (t == v)
		return 1;
	if (t->kind != N_PROD)
		return node_depends(g, t, v) ? -1 : 0;
	for (int i = 0; i < t->n; i++) {
		if (t->kid[i] == v)
			n++;
		else if (node_depends(g, t->kid[i], v))
			return -1;
	}
	return n;
}

/* a variable of some axes that is a factor of all terms, the same number of times, from the skip-th
   on; NULL: no more */
static Node *
common_factor(Graph *g, Node *d, int skip)
{
	Node **term = d->kind == N_SUM ? d->kid : &d, *first = term[0];
	int n = d->kind == N_SUM ? d->n : 1;

	for (int i = 0; first->kind == N_PROD && i < first->n; i++) {
		Node *v = first->kid[i];
		bool again = false;
		int count;

		for (int j = 0; j < i; j++)
			again |= first->kid[j] == v;
		if (again || v->kind != N_VAR || v->nax == 0 || (count = count_factor(g, first, v)) < 1)
			continue;
		for (int k = 1; k < n && count; k++)
			count = count_factor(g, term[k], v) == count ? count : 0;
		if (count && skip-- == 0)
			return v;
	}
	return NULL;
}

/* the derivative of d by its factor v: d's axes, then v's */
static Node *
cut(Graph *g, Node *d, Node *v)
{
	Node **term = d->kind == N_SUM ? d->kid : &d;
	int nax = d->nax + v->nax, *out = NEWN(g->a, int, nax + 1);
	Dim **ax = NEWN(g->a, Dim *, nax + 1);
	Sum *s;

	for (int i = 0; i < nax; i++)
		ax[i] = i < d->nax ? d->ax[i] : v->ax[i - d->nax];
	s = sum_begin(g, nax, ax);
	for (int k = 0; k < (d->kind == N_SUM ? d->n : 1); k++) {
		Node *t = term[k];

		for (int at = 0, off = 0; at < t->n; off += t->kid[at++]->nax) {
			Prod *p;

			if (t->kid[at] != v)
				continue;
			p = prod_begin(g);
			prod_coef(p, t->coef[0]);
			for (int l = 0; l < t->nlab; l++)
				prod_label(p, t->labdim[l]);
			for (int i = 0, o = 0; i < t->n; o += t->kid[i++]->nax)
				if (i != at)
					prod_factor(p, t->kid[i], t->lab + o);
			for (int i = 0; i < nax; i++)
				out[i] = i < d->nax ? t->out[i] : t->lab[off + i - d->nax];
			sum_add(s, d->kind == N_SUM ? d->coef[k] : RAT1, prod_end(p, nax, out));
		}
	}
	return sum_end(s);
}

static bool zero(Graph *g, Node *d, int depth);

/* A variable of some axes that is a factor of terms, more often of some than of others, and is
   nowhere else; or NULL. */
static Node *
uneven_factor(Graph *g, Node *d)
{
	Node *first = d->kid[0];

	for (int i = 0; first->kind == N_PROD && i < first->n; i++) {
		Node *v = first->kid[i];
		int count, other;
		bool uneven = false;

		if (v->kind != N_VAR || v->nax == 0 || (count = count_factor(g, first, v)) < 1)
			continue;
		for (int k = 1; k < d->n && count >= 0; k++) {
			other = count_factor(g, d->kid[k], v);
			uneven |= other != count;
			count = other < 0 ? -1 : count;
		}
		if (count >= 0 && uneven)
			return v;
	}
	return NULL;
}

static bool
zero_by_degrees(Graph *g, Node *d, Node *v, int depth)
{
	bool *done = NEWN(g->a, bool, d->n);

	for (int i = 0; i < d->n; i++) {
		int degree = count_factor(g, d->kid[i], v);
		Sum *s;

		if (done[i])
			continue;
		s = sum_begin(g, d->nax, d->ax);
		for (int k = i; k < d->n; k++)
			if (count_factor(g, d->kid[k], v) == degree) {
				sum_add(s, d->coef[k], d->kid[k]);
				done[k] = true;
			}
		if (!zero(g, sum_end(s), depth + 1))
			return false;
	}
	return true;
}

static bool
zero_by_cutting(Graph *g, Node *d, int depth)
{
	Node *v = d->kind == N_SUM ? uneven_factor(g, d) : NULL;

	if (v)
		return zero_by_degrees(g, d, v, depth);
	for (int i = 0; d->nax <= 2 && i < MOST_CUTS && (v = common_factor(g, d, i)); i++)
		if (d->nax + v->nax <= MOST_AXES && zero(g, canon_again(g, cut(g, d, v)), depth + 1))
			return true;
	return false;
}

/* ---- block by block */

/* the INJ or UNIT factor that an axis of a term stands on, or NULL */
static Node *
block_of(const Node *t, int axis)
{
	for (int i = 0, off = 0; t->kind == N_PROD && i < t->n; off += t->kid[i++]->nax) {
		Node *k = t->kid[i];

		if ((k->kind == N_INJ && t->lab[off + 1] == t->out[axis]) ||
			(k->kind == N_UNIT && t->lab[off] == t->out[axis]))
			return k;
	}
	return NULL;
}

/* the rows of d (on any axis) from `at`, so many */
static Node *
rows_of(Graph *g, Node *d, int axis, Dim *at, Dim *size)
{
	Prod *p = prod_begin(g);
	int *l = NEWN(g->a, int, d->nax), *out = NEWN(g->a, int, d->nax), n = 0;

	for (int i = 0; i < d->nax; i++) {
		l[i] = prod_label(p, d->ax[i]);
		if (i != axis)
			out[n++] = l[i];
		else if (!dim_is(size, 1))
			out[n++] = prod_label(p, size);
	}
	prod_factor(p, d, l);
	if (dim_is(size, 1))
		prod_factor(p, node_unit(g, dim_add(g->dims, at, size), d->ax[axis]), &l[axis]);
	else
		prod_factor(p, node_inj(g, size, at, d->ax[axis]), (int[]){out[axis], l[axis]});
	return prod_end(p, n, out);
}

/* What is zero in the rows of a block, before and after it is zero. */
static bool
zero_in_parts(Graph *g, Node *d, int axis, const Node *block, int depth)
{
	bool unit = block->kind == N_UNIT;
	Dim *none = dim_num(g->dims, 0), *one = dim_num(g->dims, 1), *end[4];

	end[0] = none;
	end[1] = unit ? dim_sub(g->dims, block->dim, one) : block->dim;
	end[2] = dim_add(g->dims, end[1], unit ? one : block->ax[0]);
	end[3] = d->ax[axis];
	for (int i = 0; i < 3; i++) {
		Dim *size = dim_sub(g->dims, end[i + 1], end[i]);

		if (dim_is(size, 0))
			continue;
		if (!dim_less(g->dims, none, size) ||
			!zero(g, canon_again(g, rows_of(g, d, axis, end[i], size)), depth + 1))
			return false;
	}
	return true;
}

static bool
zero_by_blocks(Graph *g, Node *d, int depth)
{
	for (int k = 0; d->kind == N_SUM && k < d->n; k++)
		for (int axis = 0; axis < d->nax; axis++) {
			Node *block = block_of(d->kid[k], axis);

			if (block)
				return zero_in_parts(g, d, axis, block, depth);
		}
	return false;
}

/* ---- the inverse of R + u*v' by that of R: where it stands between vectors it cannot be
   cleared */

/* inv(R) - inv(R)*U*inv(R)/(1 + tr(inv(R)*U)) for an inverse of R + U, U of rank 1; NULL: it is no
   such thing */
static Node *
rank_one(Graph *g, Node *inv)
{
	Node *s = inv->kid[0], *r, *u, *q, *w;

	if (s->kind != N_SUM || s->n != 2 || g->facts)
		return NULL;
	for (int i = 0; i < 2; i++) {
		if (!canon_dyad(s->kid[i]) || !canon_regular(g, s->kid[!i]))
			continue;
		u = node_scale(g, s->coef[i], s->kid[i]);
		r = node_scale(g, s->coef[!i], s->kid[!i]);
		r = node_fn(g, inv->fun, 0, 1, &r);
		w = node_matmul(g, r, u);
		q = prod_trace(g, w);
		q = minus(g, q, node_num(g, rat(-1, 1)));
		w = node_matmul(g, w, r);
		return minus(g, r, node_emul(g, node_pow(g, q, rat(-1, 1)), w));
	}
	return NULL;
}

static bool
zero_by_rank_one(Graph *g, Node *d, int depth)
{
	Node **term = d->kind == N_SUM ? d->kid : &d;

	for (int k = 0; k < (d->kind == N_SUM ? d->n : 1); k++)
		for (int i = 0; term[k]->kind == N_PROD && i < term[k]->n; i++) {
			Node *f = term[k]->kid[i], *r;

			if (f->kind != N_FN || f->fun->id != F_inv || !(r = rank_one(g, f)))
				continue;
			return zero(g, canon_again(g, node_replace(g, d, f, r)), depth + 1);
		}
	return false;
}

static bool
zero(Graph *g, Node *d, int depth)
{
	Clear *c = NULL;
	int n = 0, cap = 0;

	if (node_is_zero(d))
		return true;
	if (depth == DEPTH || g->budget < 0)
		return false;
	if (d->kind == N_SUM)
		for (int i = 0; i < d->n; i++)
			candidates_of(g, d->kid[i], &c, &n, &cap);
	else
		candidates_of(g, d, &c, &n, &cap);
	for (int k = 0; k < 2 * n; k++) {       /* inverses of sums first, then those of other
	                                           matrices */
		int i = k % n;
		bool seen = (c[i].s->kind == N_SUM) != (k < n);

		for (int j = 0; j < i; j++)
			seen |= c[j].s == c[i].s && c[j].axis == c[i].axis && c[j].side == c[i].side &&
					c[j].power >= c[i].power;
		if (!seen && zero(g, canon_again(g, cleared(g, d, &c[i])), depth + 1))
			return true;
	}
	return zero_by_blocks(g, d, depth) || zero_by_cutting(g, d, depth) ||
		   zero_by_rank_one(g, d, depth);
}

/* ---- pseudo-inverses */

static bool
same(Graph *g, Node *x, Node *y)
{
	graph_budget(g, BUDGET);
	return zero(g, canon_again(g, minus(g, x, y)), 0);
}

/* Is y the pseudo-inverse p? By the four equations of Penrose, of which it is the only solution. */
static bool
is_pinv(Graph *g, const Node *p, Node *y)
{
	Node *x, *xy, *yx;

	if (p->kind != N_FN || p->fun->id != F_pinv || p->kid[0]->nax != 2 || y->nax != 2)
		return false;
	x = p->kid[0];
	xy = canon_again(g, node_matmul(g, x, y));
	yx = canon_again(g, node_matmul(g, y, x));
	return same(g, xy, node_transpose(g, xy)) && same(g, yx, node_transpose(g, yx)) &&
		   same(g, node_matmul(g, xy, x), x) && same(g, node_matmul(g, yx, y), y);
}

/* entry by entry, where all sizes are small numbers */
static bool
equal_entries(Graph *g, Node *x, Node *y)
{
	long n, m;
	Node **ex = explicit_entries(g, x, &n), **ey = ex ? explicit_entries(g, y, &m) : NULL;

	if (!ex || !ey || n != m)
		return false;
	for (long i = 0; i < n; i++)
		if (!zero(g, canon_again(g, minus(g, canon_again(g, ex[i]), canon_again(g, ey[i]))), 0))
			return false;
	return true;
}

bool
prove_equal(Graph *g, Node *x, Node *y)
{
	bool mode = g->canon_mode, yes;
	long budget = g->budget;
	Node *cx, *cy;

	if (x->nax != y->nax)
		return false;
	if (canon_whole_equal(g, x, y))
		return true;
	if (!(cx = canon(g, x)) || !(cy = canon(g, y)))
		return false;
	if (cx == cy)
		return true;
	for (int i = 0; i < x->nax; i++)
		if (x->ax[i] != y->ax[i])
			return false;
	g->canon_mode = true;
	graph_budget(g, BUDGET);
	yes = zero(g, canon_again(g, minus(g, cx, cy)), 0);
	if (!yes) {
		graph_budget(g, BUDGET);
		yes = equal_entries(g, x, y);
	}
	yes = yes || is_pinv(g, cx, cy) || is_pinv(g, cy, cx);
	g->canon_mode = mode;
	g->budget = budget;
	return yes;
}
