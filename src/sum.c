/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sum.c: sums, the one way to make a SUM node: flattened, equal terms collected, in the order of
 * their nodes.
 */
#include <string.h>

#include "graph_intern.h"

struct Sum {
	Graph *g;
	int nax; Dim **ax;
	int n, cap;
	struct SumTerm { Node *node; Rat coef; int at; } *term; /* at: when it was added */
};

Sum *
sum_begin(Graph *g, int nax, Dim **ax)
{
	Sum *s = NEW(g->a, Sum);

	s->g = g;
	s->nax = nax;
	s->ax = axes_copy(g, nax, ax);
	return s;
}

/* coef * (c*n) -> (coef*c) * n; a sum inside with coefficient 1 or -1 is flattened, and any sum for
   proofs. */
void
sum_add(Sum *s, Rat coef, Node *n)
{
	Graph *g = s->g;

	if (n->nax != s->nax)
		bug(g->a, "a summand of order %d in a sum of order %d", n->nax, s->nax);
	if (rat_sign(coef) == 0 || node_is_zero(n))
		return;
	if (n->kind == N_PROD && !rat_is(n->coef[0], 1)) {
		coef = rat_mul(g->a, coef, n->coef[0]);
		n = prod_monic(g, n);
	}
	if (n->kind == N_SUM && (g->canon_mode || rat_is(coef, 1) || rat_is(coef, -1))) {
		for (int k = 0; k < n->n; k++) {
			int i = n->written ? n->written[k] : k;

			sum_add(s, rat_mul(g->a, coef, n->coef[i]), n->kid[i]);
		}
		return;
	}
	struct SumTerm t = {n, coef, s->n};
	PUSH(g->a, s->term, s->n, s->cap, t);
}

/* Merge sort by id, stable: a merge needs no worst case and no recursion of depth n. */
static void
terms_sort(Arena *a, struct SumTerm *t, int n)
{
	bool sorted = true;

	for (int i = 1; i < n && sorted; i++)
		sorted = t[i - 1].node->id <= t[i].node->id;
	if (sorted)
		return;
	struct SumTerm *u = NEWN(a, struct SumTerm, n);
	for (int w = 1; w < n; w *= 2) {
		for (int lo = 0; lo < n; lo += 2 * w) {
			int mid = lo + w < n ? lo + w : n, hi = lo + 2 * w < n ? lo + 2 * w : n;
			int i = lo, j = mid;

			for (int k = lo; k < hi; k++)
				u[k] = j >= hi || (i < mid && t[i].node->id <= t[j].node->id) ? t[i++] : t[j++];
		}
		memcpy(t, u, sizeof *t * (size_t)n);
	}
}

Node *
sum_end(Sum *s)
{
	Graph *g = s->g;
	int n = 0;
	Node node = {.kind = N_SUM, .nax = s->nax, .ax = s->ax};

	terms_sort(g->a, s->term, s->n);
	for (int i = 0, j; i < s->n; i = j) {
		Rat c = s->term[i].coef;

		for (j = i + 1; j < s->n && s->term[j].node == s->term[i].node; j++)
			c = rat_add(g->a, c, s->term[j].coef);
		if (rat_sign(c))
			s->term[n++] = (struct SumTerm){s->term[i].node, c, s->term[i].at};
	}
	s->n = n;
	if (n == 0)
		return node_intern(g, &node);
	if (n == 1)
		return node_scale(g, s->term[0].coef, s->term[0].node);
	node.n = n;
	node.kid = NEWN(g->a, Node *, n);
	node.coef = NEWN(g->a, Rat, n);
	for (int i = 0; i < n; i++) {
		node.kid[i] = s->term[i].node;
		node.coef[i] = s->term[i].coef;
	}
	return node_intern(g, &node);
}

Node *
sum_end_written(Sum *s)
{
	Arena *a = s->g->a;
	int added = s->n, *at = NEWN(a, int, added + 1), k = 0;
	Node *n = sum_end(s);

	if (n->kind != N_SUM || n->written || n->n != s->n)
		return n;
	for (int i = 0; i < n->n; i++)          /* places of what was added: 1 + its kid */
		at[s->term[i].at] = i + 1;
	n->written = NEWN(a, int, n->n + 1);
	for (int i = 0; i < added; i++)
		if (at[i])
			n->written[k++] = at[i] - 1;
	return n;
}
