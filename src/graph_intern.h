/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graph_intern.h: what graph.c, prod.c, facts.c and canon.c share of the making of nodes; nobody
   else needs it. */
#ifndef MDX_GRAPH_INTERN_H
#define MDX_GRAPH_INTERN_H

#include "core.h"

void graph_budget(Graph *g, long terms);                /* for a canonical form that is to be made
                                                           now */
void graph_spend(Graph *g);                             /* one term of it */
Node *node_intern(Graph *g, Node *n);                   /* the one node equal to *n (arrays in the
                                                           arena are kept) */
Dim **axes_copy(Graph *g, int n, Dim **ax);
Node **kids_copy(Graph *g, int n, Node **kid);
Node *prod_monic(Graph *g, Node *n);                    /* a PROD with its coefficient made 1 */
Node *node_rebuild(Graph *g, Node *n, Node **kid);      /* n over other kids of the same axes */
bool node_posdef(Graph *g, Node *n);                    /* symmetric positive definite wherever
                                                           defined, provably */
Node *canon_exp(Graph *g, const Fun *f, Node *u);        /* rational.c: exp(u) in canonical mode:
                                                            sign of u normalised */
Node *canon_log(Graph *g, const Fun *log, Node *z);      /* rational.c: log of a product as a sum,
                                                            NULL: as it is */
Node *canon_sum_power(Graph *g, Node *s, Rat e);        /* rational.c: S^e with content outside,
                                                           NULL: as it is */
Node *canon_sum_inverse(Graph *g, const Fun *inv, Node *s);
Node *canon_det_sum(Graph *g, const Fun *f, Node *s);    /* canon_det.c: det or logdet of a sum,
                                                            NULL: as it is */
bool canon_regular(Graph *g, Node *n);                   /* has n an inverse for almost all values?
                                                            false: not known */
bool canon_dyad(const Node *t);                          /* is the term t u*v'? */
Node *prod_trace(Graph *g, Node *x);
Node *canon_again(Graph *g, Node *n);                    /* in canonical mode: what a constructor
                                                            made of canonical kids, made
                                                            canonical */
/* explicit.c: the entries of a node whose sizes are small numbers, last axis fastest; NULL when
   that cannot be written out */
Node **explicit_entries(Graph *g, Node *n, long *count);
bool is_sign(const Node *n);                             /* a scalar that is 1 or -1 */
bool node_integer(const Node *n);                        /* rules.c: an integer whatever the sizes:
                                                            a polynomial in dimensions with integer
                                                            coefficients */
/* a SKEW variable: equal to minus its transpose */
static inline bool
node_skew(const Node *n)
{
	return n->kind == N_VAR && n->nax == 2 && (n->var->props & P_SKEW);
}

#endif
