/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prove.c: is an identity true for all sizes and values? Canonical forms first; where inverses of sums remain, both sides are
 * multiplied by what is inverted, which is sound, since an inverse that stands in the identity exists: D = 0 if and only if
 * S D = 0. Stands between canon.c and check.c.
 */
#include "graph_intern.h"

enum {
	DEPTH = 6,      /* inverses cleared one after the other */
	BUDGET = 4000   /* terms made on the way */
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

/* the matrices whose inverses stand at axis k of a term of d, and the scalar or full-width sums under negative powers */
typedef struct Clear { Node *s; int axis, side; long power; } Clear;

static void
candidates_of(Graph *g, Node *t, Clear **c, int *n, int *cap)
{
	if (t->kind == N_POW && t->kid[0]->kind == N_SUM && rat_sign(t->coef[0]) < 0 && rat_is_int(t->coef[0]))
		PUSH(g->a, *c, *n, *cap, ((Clear){t->kid[0], -1, 0, -t->coef[0].num}));
	if (t->kind == N_FN && t->fun->id == F_inv) {
		PUSH(g->a, *c, *n, *cap, ((Clear){t->kid[0], 0, 0, 1}));
		PUSH(g->a, *c, *n, *cap, ((Clear){t->kid[0], 1, 1, 1}));
	}
	if (t->kind != N_PROD)
		return;
	for (int i = 0, off = 0; i < t->n; off += t->kid[i++]->nax) {
		Node *f = t->kid[i];

		if (f->kind == N_POW && f->kid[0]->kind == N_SUM && rat_sign(f->coef[0]) < 0 && rat_is_int(f->coef[0])) {
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
	for (int k = 0; k < 2 * n; k++) {       /* inverses of sums first, then those of other matrices */
		int i = k % n;
		bool seen = (c[i].s->kind == N_SUM) != (k < n);

		for (int j = 0; j < i; j++)
			seen |= c[j].s == c[i].s && c[j].axis == c[i].axis && c[j].side == c[i].side && c[j].power >= c[i].power;
		if (!seen && zero(g, canon_again(g, cleared(g, d, &c[i])), depth + 1))
			return true;
	}
	return false;
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
	g->canon_mode = mode;
	g->budget = budget;
	return yes;
}
