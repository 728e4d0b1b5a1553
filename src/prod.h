/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prod.h: a product under construction, as prod.c (assembly), prod_rules.c (what constants, units
   and inverses do to their neighbours) and prod_canon.c (canonical order) see it. */
#ifndef MDX_PROD_H
#define MDX_PROD_H

#include "graph_intern.h"

typedef struct Factor {
	Node *node;             /* never a POW: its base, with the exponent in exp */
	Rat exp;
	int off;                /* its labels are lab[off] .. */
	bool dead;
} Factor;

struct Prod {
	Graph *g;
	Rat coef;
	int nf, capf; Factor *f;
	int nlabs, caplabs; int *lab;
	int nl, capl, capup; Dim **dim; int *up;        /* labels; up: union-find parents */
	int nout; int *out;                             /* set by prod_end */
	bool zero;
	unsigned has;                                   /* HAS_*: what kinds of factors were ever
	                                                   pushed */
};

enum {
	HAS_CONST = 1,
	HAS_INV = 2,
	HAS_ORTHO = 4,
	HAS_EXPM = 8,
	HAS_EXP = 16,
	HAS_DIAG = 32,
	HAS_SUM = 64,
	HAS_POWER = 128,
	HAS_NETPOW = 256,
	HAS_PINV = 512
};

int prod_find(Prod *p, int l);                  /* the label that stands for l */
int prod_uses(Prod *p, int l);                  /* incidences of root label l in live factors */
bool prod_open(Prod *p, int l);                 /* is root label l an axis of the result? */
static inline int *
prod_labs(Prod *p, const Factor *f)
{
	return p->lab + f->off;
}
/* prod_match.c */
void prod_replace(Prod *p, Factor *f, Node *n, const int *labels);      /* f gives way to n */
void prod_consume(Prod *p, int l);              /* a summed label whose sum has been carried out: it
                                                   no longer counts as a free label (whose sum is
                                                   its size) */
/* The network c (a PROD) looked for among the live factors of p but `self`: bind labels of c in lab
   beforehand as wanted. */
typedef struct Match {
	Prod *p;
	Node *c;
	int *lab;               /* labels of p for c's, -1: not bound */
	int *hit;               /* factor of p for each factor of c; -1: a scalar, which is not looked
	                           for */
	int self;
} Match;
Match match_new(Prod *p, Node *c, int self);
bool match_run(Match *m);

bool prod_pinv_rule(Prod *p, int at);           /* prod_pinv.c: the pseudo-inverse `at` */
bool prod_const_rule(Prod *p, int at);          /* prod_const.c: the UNIT, INJ or FUSE factor
                                                   `at` */
bool prod_block_rule(Prod *p, int at);          /* prod_block.c: the SUM factor `at` against a
                                                   neighbour, block by block */
bool prod_equal_indices(Prod *p, int at);       /* prod_const.c: the scalar factor e_i'*e_j makes i
                                                   and j one index elsewhere */
/* prod_rules.c: one pass each; true when something changed (labels are roots on entry) */
bool prod_apply_rules(Prod *p);
bool prod_budget(Graph *g);                     /* prod.c: may more terms be made? */
/* rational.c: in canonical mode, a product at the first factor beside which something is to be
   rewritten, an inverse or a negative power of a sum; NULL: nothing is */
Node *canon_rewrite_once(Prod *p);
/* rewriting.c: the same, for products that arise while another is rewritten, too */
Node *canon_rewrite(Prod *p);
/* prod_canon.c: the interned node of a product that is in normal form but for order; sign flips of
   skew factors go into coef */
Node *prod_intern(Prod *p);

#endif
