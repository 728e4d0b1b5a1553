/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fold.c: what a name of the expression stands for becomes that name everywhere. Differentiation
 * makes sigmoid(X*w) beside a p that is defined as that; only as one node do they cancel: p.*(1 -
 * p).*(y./p + (y - 1)./(1 - p)) is y - p. Between diff.c and simplify.c, and once more before a
 * result is written. The opposite as well: names that nobody outside of a definition knows are
 * replaced by what they stand for.
 */
#include "graph_intern.h"

/* worth it: an operation on variables, not another name for one, a multiple or a number */
static bool
foldable(const Node *n)
{
	int factors = 0;

	if (n->nax > 2)
		return false;
	switch (n->kind) {
	case N_SUM:
		return n->n > 0;
	case N_PROD:
		for (int i = 0; i < n->n; i++)
			factors += n->kid[i]->kind != N_DIM;
		return factors > 1;
	case N_POW:
	case N_MAP:
	case N_FN:
	case N_UNKNOWN:
		return true;
	default:
		return false;
	}
}

static Node **
slot_of(const Folds *f, const Node *def)
{
	unsigned i = node_spread(def) & (f->n - 1);

	while (f->name[i] && f->name[i]->kid[0] != def)
		i = (i + 1) & (f->n - 1);
	return &f->name[i];
}

/* the name a rather than b: one that is known outside, then the older one */
static bool
before(const Node *a, const Node *b)
{
	bool in = node_is_inner(a);

	return in != node_is_inner(b) ? !in : a->id < b->id;
}

Folds
folds_of(Graph *g, Node *root, const Node *except, bool inner)
{
	Folds f = {0};
	unsigned n = g->nnode + 1;
	bool *seen;
	Node **stack = NULL, **named = NULL;
	int top = 0, cap = 0, nnamed = 0, cap_named = 0;

	if (root->id >= n)
		return f;
	seen = NEWN(g->a, bool, n);
	PUSH(g->a, stack, top, cap, root);
	while (top > 0) {
		Node *x = stack[--top];

		if (seen[x->id])
			continue;
		seen[x->id] = true;
		if (x->kind == N_NAMED && x != except && (inner || !node_is_inner(x)) &&
			foldable(x->kid[0]))
			PUSH(g->a, named, nnamed, cap_named, x);
		for (int i = 0; i < x->n; i++)
			PUSH(g->a, stack, top, cap, x->kid[i]);
	}
	if (nnamed == 0)
		return f;
	for (f.n = 4; f.n < 2 * (unsigned)nnamed; f.n *= 2)
		;
	f.name = NEWN(g->a, Node *, f.n);
	for (int i = 0; i < nnamed; i++) {
		Node **slot = slot_of(&f, named[i]->kid[0]);

		if (!*slot || before(named[i], *slot))
			*slot = named[i];
	}
	return f;
}

Node *
fold_name(const Folds *f, const Node *def)
{
	return f->n ? *slot_of(f, def) : NULL;
}

static Node *
folded(Graph *g, const Folds *f, Node *n, Node **memo, unsigned nmemo)
{
	Node **kid, *r;
	bool changed = false;

	if (n->n == 0 || n->kind == N_NAMED)    /* a definition stays as it was written */
		return n;
	if ((r = fold_name(f, n)))
		return r;
	if (n->id < nmemo && memo[n->id])
		return memo[n->id];
	kid = NEWN(g->a, Node *, n->n);
	for (int i = 0; i < n->n; i++) {
		kid[i] = folded(g, f, n->kid[i], memo, nmemo);
		changed |= kid[i] != n->kid[i];
	}
	r = changed ? node_rebuild(g, n, kid) : n;
	if (n->id < nmemo)
		memo[n->id] = r;
	return r;
}

Node *
node_fold(Graph *g, Node *n, Node *of, const Node *except)
{
	Folds f = folds_of(g, of, except, true);

	return f.n ? folded(g, &f, n, NEWN(g->a, Node *, g->nnode + 1), g->nnode + 1) : n;
}

/* ---- names of where clauses inside definitions */

static Node *
outer(Graph *g, Node *n, Node **memo, unsigned nmemo)
{
	Node **kid, *r = n;
	bool changed = false;

	if (n->n == 0)
		return n;
	if (n->id < nmemo && memo[n->id])
		return memo[n->id];
	kid = NEWN(g->a, Node *, n->n);
	for (int i = 0; i < n->n; i++) {
		/* a definition that is known outside is written as its name, whatever is in it */
		kid[i] =
			n->kind == N_NAMED && !node_is_inner(n) ? n->kid[i] : outer(g, n->kid[i], memo, nmemo);
		changed |= kid[i] != n->kid[i];
	}
	if (node_is_inner(n))
		r = kid[0];
	else if (changed)
		r = node_rebuild(g, n, kid);
	if (n->id < nmemo)
		memo[n->id] = r;
	return r;
}

Node *
node_outer(Graph *g, Node *n)
{
	return g->inner_names ? outer(g, n, NEWN(g->a, Node *, g->nnode + 1), g->nnode + 1) : n;
}
