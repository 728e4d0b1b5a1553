/* SPDX-License-Identifier: GPL-3.0-or-later */
/* simplify.h: what simplify.c and collect.c share: sums in the form that people find shorter. */
#ifndef MDX_SIMPLIFY_H
#define MDX_SIMPLIFY_H

#include "graph_intern.h"

/* One summand as a list of factors: a PROD's own, or the node itself on its own axes. */
typedef struct Piece {
	Node *term;             /* coefficient 1 */
	Rat coef;
	int n; Node **f; int *off, *lab;
	int nlab; Dim **dim; int *out;
} Piece;

/* ---------------------------------------------------------------- simplify.c */
Piece piece(Graph *g, Rat coef, Node *t);
/* A sum with what its terms have in common taken out, as a product; NULL when there is nothing:
   1/2*a*A*K - 1/2*b*K = 1/2*(a*A - b*I)*K. scalars: nothing but numbers and scalars. */
Node *factored(Graph *g, Node *s, bool scalars);

/* ---------------------------------------------------------------- collect.c */
/* The same sum or product with fewer symbols in it, where multiplying out makes terms cancel; else
   the node itself. */
Node *collect_sum(Graph *g, Node *s);
Node *collect_prod(Graph *g, Node *p);
/* The same for a whole result: groups of terms with a long factor in common are put together. */
Node *collect_result(Graph *g, Node *n);

#endif
