/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rewriting.c: a rewriting of rational.c makes products that are rewritten in turn; here they end.
 * Some come back to where they began: the diagonal of Z*C*Z beside Z = inv(C + C') is that of
 * Z - Z*C'*Z, which is the same once more.
 */
#include "prod.h"

enum { SUSPECT = 8, TOO_DEEP = 100 };

struct Rewriting {
	Node *of;               /* the product, its coefficient aside; NULL: nobody suspects it yet */
	bool again;             /* it came back within itself */
	int depth;
	struct Rewriting *up;
};

/* The product as it stands; *monic: but for its coefficient. NULL: it is none. */
static Node *
as_it_stands(Prod *p, Node **monic)
{
	Node *n = prod_intern(p);

	if (n->kind != N_PROD || n->n < 2)
		return NULL;
	*monic = prod_monic(p->g, n);
	return n;
}

static Rat
coefficient(Graph *g, const Node *sum, Node *n)
{
	if (sum->kind == N_SUM)
		for (int i = 0; i < sum->n; i++)
			if (sum->kid[i] == n)
				return sum->coef[i];
	if (sum->kind == N_PROD && sum->n == n->n && prod_monic(g, (Node *)sum) == n)
		return sum->coef[0];
	return RAT0;
}

/* c*x = k*x + rest: c*x is c/(c - k)*rest; c = k says nothing of x */
static Node *
solved(Graph *g, Node *cx, Node *x, Node *r)
{
	Rat c = cx->coef[0], k = coefficient(g, r, x), left = rat_add(g->a, c, rat_neg(g->a, k));
	Sum *rest = sum_begin(g, x->nax, x->ax);

	if (rat_sign(left) == 0)
		return cx;
	sum_add(rest, RAT1, r);
	sum_add(rest, rat_neg(g->a, k), x);
	return node_scale(g, rat_mul(g->a, c, rat_inv(g->a, left)), sum_end(rest));
}

Node *
canon_rewrite(Prod *p)
{
	Graph *g = p->g;
	struct Rewriting here = {.up = g->rewriting, .depth = g->rewriting ? g->rewriting->depth + 1 : 1};
	Node *raw = NULL, *r;

	if (here.depth >= SUSPECT && (raw = as_it_stands(p, &here.of)))
		for (struct Rewriting *w = here.up; w && w->of; w = w->up)
			if (w->of == here.of) {
				w->again = true;
				return raw;
			}
	if (here.depth > TOO_DEEP) {
		g->budget = -1;
		return NULL;
	}
	g->rewriting = &here;
	r = canon_rewrite_once(p);
	g->rewriting = here.up;
	return r && here.again ? solved(g, raw, here.of, r) : r;
}
