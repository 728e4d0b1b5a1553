/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * canon.c: the canonical form, for proofs: names looked through, functions lowered to few basic
 * ones, products multiplied out over sums; the constructors in canonical mode do the rest, so that
 * equal forms are one pointer. A budget on the number of terms; beyond it canon() gives NULL and
 * check falls back to testing. Also expand(), its little sister for people.
 */
#include "graph_intern.h"

enum { BUDGET = 20000 };

static Node *canon_of(Graph *g, Node *n);

static Node *
unary(Graph *g, FunId f, Node *z)
{
	return node_map(g, &fun_table[f], 1, &z);
}

static Node *
plus(Graph *g, Node *x, Rat c, Node *y)
{
	Sum *s = sum_begin(g, x->nax, x->ax);

	sum_add(s, RAT1, x);
	sum_add(s, c, y);
	return sum_end(s);
}

static Node *
one(Graph *g, Node *like)
{
	return node_ones(g, like->nax, like->ax);
}

static Node *
half(Graph *g, Node *z)
{
	return node_scale(g, rat(1, 2), z);
}

/* functions in terms of exp, log, sin, cos, tanh, step, abs and powers */
static Node *
lower_map(Graph *g, const Fun *f, int n, Node **k)
{
	Node *z = k[0], *minus = n == 2 ? plus(g, k[0], rat(-1, 1), k[1]) : NULL;
	Node *e;

	switch (f->id) {
	case F_swish:           /* z sigmoid(z) */
		return node_emul(g, z, lower_map(g, &fun_table[F_sigmoid], 1, &z));
	case F_softplus:        /* log(1 + exp z) */
		return unary(g, F_log, plus(g, one(g, z), RAT1, unary(g, F_exp, z)));
	case F_sigmoid:         /* 1/(1 + exp -z) */
		e = unary(g, F_exp, node_scale(g, rat(-1, 1), z));
		return node_pow(g, plus(g, one(g, z), RAT1, e), rat(-1, 1));
	case F_sqrt:
		return node_pow(g, z, rat(1, 2));
	case F_square:
		return node_pow(g, z, rat(2, 1));
	case F_tan:
		return node_emul(g, unary(g, F_sin, z), node_pow(g, unary(g, F_cos, z), rat(-1, 1)));
	case F_sinh:
		return half(g,
			plus(g, unary(g, F_exp, z), rat(-1, 1), unary(g, F_exp, node_scale(g, rat(-1, 1), z))));
	case F_cosh:
		return half(
			g, plus(g, unary(g, F_exp, z), RAT1, unary(g, F_exp, node_scale(g, rat(-1, 1), z))));
	case F_relu:            /* z step(z) */
		return node_emul(g, z, unary(g, F_step, z));
	case F_max:             /* (x + y + |x - y|)/2 */
		return half(g, plus(g, plus(g, z, RAT1, k[1]), RAT1, unary(g, F_abs, minus)));
	case F_min:
		return half(g, plus(g, plus(g, z, RAT1, k[1]), rat(-1, 1), unary(g, F_abs, minus)));
	default:
		return NULL;
	}
}

/* softmax and logsumexp by their definitions; the sum runs over `axis` of z */
static Node *
sum_exp(Graph *g, Node *e, int axis, bool keep)
{
	Prod *p = prod_begin(g);
	int l[2], out[2], n = 0;

	for (int i = 0; i < e->nax; i++)
		l[i] = prod_label(p, e->ax[i]);
	prod_factor(p, e, l);
	for (int i = 0; i < e->nax; i++) {
		if (i != axis)
			out[n++] = l[i];
		else if (keep)
			out[n++] = prod_label(p, e->ax[i]);
	}
	return prod_end(p, n, out);
}

static Node *
lower_fn(Graph *g, const Fun *f, int param, Node **k)
{
	int axis = param == 2 ? 1 : 0;
	Node *e;

	switch (f->id) {
	case F_softmax:
		e = unary(g, F_exp, k[0]);
		return node_emul(g, e, node_pow(g, sum_exp(g, e, axis, true), rat(-1, 1)));
	case F_logsumexp:
		e = unary(g, F_exp, k[0]);
		return unary(g, F_log, sum_exp(g, e, axis, false));
	case F_adj:             /* det(A) inv(A), where A is invertible; by continuity everywhere */
		return node_emul(
			g, node_fn(g, &fun_table[F_det], 0, 1, k), node_fn(g, &fun_table[F_inv], 0, 1, k));
	default:
		return NULL;
	}
}

static bool
is_diagonal(const Node *k, const int *label)
{
	return (k->kind == N_MAP || k->kind == N_POW) && k->nax == 2 && label[0] == label[1];
}

/* an entry of an elementwise function is the function of the entry: f(v)[i] -> f(v[i]), so that
   both ways of writing agree */
static Node *
entry_inside(Graph *g, Node *n)
{
	Prod *p = NULL;
	bool changed = false;
	int off = 0;

	for (int i = 0; i < n->n && !changed; i++)
		changed = n->kid[i]->nax && (n->kid[i]->kind == N_MAP || n->kid[i]->kind == N_POW);
	if (!changed)
		return NULL;
	changed = false;
	int *unit = NEWN(g->a, int, n->nlab + 1);       /* 1 + the factor that is a unit vector on the
	                                                   label */
	for (int i = 0; i < n->n; i++) {
		if (n->kid[i]->kind == N_UNIT)
			unit[n->lab[off]] = i + 1;
		off += n->kid[i]->nax;
	}
	for (int i = 0; i < n->nax; i++)
		unit[n->out[i]] = 0;
	bool *gone = NEWN(g->a, bool, n->n + 1);
	off = 0;
	for (int i = 0; i < n->n; off += n->kid[i++]->nax) {
		Node *k = n->kid[i], **arg;
		bool all = k->nax > 0 && (k->kind == N_MAP || k->kind == N_POW);

		for (int j = 0; j < k->nax; j++)
			all = all && unit[n->lab[off + j]];
		if (!all)
			continue;
		arg = NEWN(g->a, Node *, k->n);
		for (int m = 0; m < k->n; m++) {
			Prod *q = prod_begin(g);
			int *l = NEWN(g->a, int, k->nax + 1);

			for (int j = 0; j < k->nax; j++) {
				l[j] = prod_label(q, k->ax[j]);
				prod_factor(q, n->kid[unit[n->lab[off + j]] - 1], &l[j]);
			}
			prod_factor(q, k->kid[m], l);
			arg[m] = canon_of(g, prod_end(q, 0, NULL));
		}
		if (!p) {
			p = prod_begin(g);
			for (int l = 0; l < n->nlab; l++)
				prod_label(p, n->labdim[l]);
			prod_coef(p, n->coef[0]);
		}
		prod_factor(p,
			k->kind == N_MAP ? node_map(g, k->fun, k->n, arg) : node_pow(g, arg[0], k->coef[0]),
			NULL);
		gone[i] = changed = true;
		for (int j = 0; j < k->nax; j++)
			gone[unit[n->lab[off + j]] - 1] = true;
	}
	if (!changed)
		return NULL;
	int *free_label = NEWN(g->a, int, n->nlab + 1);
	off = 0;
	for (int i = 0; i < n->n; off += n->kid[i++]->nax) {
		if (!gone[i])
			prod_factor(p, n->kid[i], n->lab + off);
		for (int j = 0; j < n->kid[i]->nax; j++)
			free_label[n->lab[off + j]] |= gone[i] ? 1 : 2;
	}
	for (int l = 0; l < n->nlab; l++)
		if (free_label[l] == 1) {       /* its incidences are gone: one unit keeps it from counting
		                                   as a size */
			Node *u = node_unit(g, dim_num(g->dims, 1), n->labdim[l]);

			prod_factor(p, u, &l);
		}
	return prod_end(p, n->nax, n->out);
}

/* the diagonal of an elementwise function is the function of the diagonal: diag(f(A)) ->
   f(diag(A)) */
static Node *
diagonal_inside(Graph *g, Node *n)
{
	Prod *p;
	bool any = false;

	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax)
		any |= is_diagonal(n->kid[i], n->lab + off);
	if (!any)
		return NULL;
	p = prod_begin(g);
	for (int l = 0; l < n->nlab; l++)
		prod_label(p, n->labdim[l]);
	prod_coef(p, n->coef[0]);
	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax) {
		Node *k = n->kid[i], **arg;

		if (!is_diagonal(k, n->lab + off)) {
			prod_factor(p, k, n->lab + off);
			continue;
		}
		arg = NEWN(g->a, Node *, k->n);
		for (int m = 0; m < k->n; m++) {
			Prod *q = prod_begin(g);
			int l = prod_label(q, k->ax[0]);

			prod_factor(q, k->kid[m], (int[]){l, l});
			arg[m] = canon_of(g, prod_end(q, 1, &l));
		}
		prod_factor(p,
			k->kind == N_MAP ? node_map(g, k->fun, k->n, arg) : node_pow(g, arg[0], k->coef[0]),
			n->lab + off);
	}
	return prod_end(p, n->nax, n->out);
}

/* n over kids that are in canonical form */
static Node *
lowered(Graph *g, Node *n, Node **kid)
{
	Node *r = NULL, *e;

	if (n->kind == N_MAP)
		r = lower_map(g, n->fun, n->n, kid);
	if (n->kind == N_FN)
		r = lower_fn(g, n->fun, n->param, kid);
	if (!r)
		r = node_rebuild(g, n, kid);
	e = r->kind == N_PROD ? entry_inside(g, r) : NULL;
	r = e ? e : r;
	e = r->kind == N_PROD ? diagonal_inside(g, r) : NULL;
	return e ? e : r;
}

static Node *
canon_of(Graph *g, Node *n)
{
	Node **kid, *r;

	if (n->canon)
		return n->canon;
	if (n->n == 0 || g->budget < 0)
		return n;
	if (n->kind == N_NAMED) {
		r = canon_of(g, n->kid[0]);
	} else {
		kid = NEWN(g->a, Node *, n->n);
		for (int i = 0; i < n->n; i++)
			kid[i] = canon_of(g, n->kid[i]);
		r = lowered(g, n, kid);
		/* what a constructor made of the kids may be lowered further */
		if (r != n && r->kind != N_SUM && !r->canon && g->budget >= 0 && g->budget-- > 0)
			r = canon_of(g, r);
	}
	if (g->budget >= 0) {
		n->canon = r;
		r->canon = r;
	}
	return r;
}

Node *
canon_again(Graph *g, Node *n)
{
	return canon_of(g, n);
}

Node *
canon(Graph *g, Node *n)
{
	bool mode = g->canon_mode;
	long budget = g->budget;
	Node *r;

	if (n->canon)
		return n->canon;
	if (n->canon_over && !mode)
		return NULL;
	if (!mode)
		graph_budget(g, BUDGET);
	g->canon_mode = true;
	r = canon_of(g, n);
	if (g->budget < 0) {
		r = NULL;
		n->canon_over = !mode;
	}
	g->canon_mode = mode;
	if (!mode)
		g->budget = budget;
	return graph_checked(g, r);
}

/* needs: canonical forms on the same axes. gives: that of x - y, or NULL when over budget */
Node *
canon_difference(Graph *g, Node *x, Node *y)
{
	bool mode = g->canon_mode;
	long budget = g->budget;
	Node *d;

	graph_budget(g, BUDGET);
	g->canon_mode = true;
	d = canon_of(g, plus(g, x, rat(-1, 1), y));
	if (g->budget < 0)
		d = NULL;
	g->canon_mode = mode;
	g->budget = budget;
	return d;
}

/* ---- the same without multiplying out */

/* 2 a + 2 b as 2 (a + b): the coefficient of a sum that stays in a product is the product's */
static Node *
monic_sum(Graph *g, Node *n)
{
	Rat c = n->coef[0];
	Sum *s;

	if (rat_is(c, 1))
		return n;
	s = sum_begin(g, n->nax, n->ax);
	for (int i = 0; i < n->n; i++)
		sum_add(s, rat_mul(g->a, n->coef[i], rat_inv(g->a, c)), n->kid[i]);
	return node_scale(g, c, sum_end(s));
}

static Node *
whole_of(Graph *g, Node *n, Node **memo)
{
	Node **kid, *r;

	if (n->n == 0)
		return n;
	if (memo[n->id])
		return memo[n->id];
	kid = NEWN(g->a, Node *, n->n);
	for (int i = 0; i < n->n; i++)
		kid[i] = whole_of(g, n->kid[i], memo);
	r = n->kind == N_NAMED ? kid[0] : lowered(g, n, kid);
	if (r->kind == N_SUM && r->n)
		r = monic_sum(g, r);
	return memo[n->id] = r;
}

bool
canon_whole_equal(Graph *g, Node *x, Node *y)
{
	bool mode = g->canon_mode;
	long budget = g->budget;
	Node **memo = NEWN(g->a, Node *, g->nnode + 1);

	g->canon_mode = true;
	g->budget = -1;         /* nothing is multiplied out */
	x = whole_of(g, x, memo);
	y = whole_of(g, y, memo);
	g->canon_mode = mode;
	g->budget = budget;
	return x == y;
}
