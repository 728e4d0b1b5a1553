/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rewrite.h: syntax trees with known shapes, rewritten by sound rules or spoilt by an edit. */
#ifndef MDX_TESTS_REWRITE_H
#define MDX_TESTS_REWRITE_H

#include "core.h"
#include "given.h"
#include "grow.h"

/* Rows and columns for sizes m = 5, n = 7, which tell 1, m, n and their products apart. */
typedef struct Shape { int r, c; } Shape;
Shape shape_of(const Tree *t);

typedef struct Rewriter {
	Arena *a;
	Random *r;
	const Given *given;     /* what the identity is given, or NULL */
	bool unknown, exponential;      /* there are unknown functions in it; expm */
	const char *rule[64];   /* the names of what was applied, in order */
	int nrule;
	bool unwritable;        /* a size was asked for that cannot be written */
} Rewriter;

/* a random expression of that shape (1, 2 or 3 as in grow.h) */
Tree *rewrite_grow(Rewriter *w, int rows, int cols, int size);
/* t after about `steps` rules, applied at random places */
Tree *rewrite(Rewriter *w, Tree *t, int steps);
/* t after a rule that uses what is given */
Tree *rewrite_given(Rewriter *w, Tree *t);
/* another expression of the same shape: with what grow() does not know, as w asks for it */
Tree *rewrite_adorn(Rewriter *w, Tree *t);
/* t with one random edit that keeps its shape; NULL: none was found */
Tree *rewrite_spoil(Rewriter *w, Tree *t);
/* a call of grad, jac or dir: fun(t, by[, along]) */
Tree *rewrite_derivative(Rewriter *w, const char *fun, Tree *t, const char *by, const char *along);
/* the k-th of the smaller trees of the same shape that come next to t: a part in the place of the
   whole, a leaf in the place of a part; NULL past the last */
Tree *rewrite_smaller(Rewriter *w, Tree *t, int k);
bool rewrite_conforms(const Tree *t);

#endif
