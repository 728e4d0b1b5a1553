/* SPDX-License-Identifier: GPL-3.0-or-later */
/* grow.h: random expressions that conform, for the tests that compare two ways to one fact. */
#ifndef MDX_TESTS_GROW_H
#define MDX_TESTS_GROW_H

#include "harness.h"

/* the declarations of the names that grow() uses; m = 2 and n = 3 in their values */
extern const char grow_names[];
typedef struct GrowLeaf {
	const char *name;
	int rows, cols;
	char kind;              /* 0: any values; S symmetric, P posdef, K skew, Q orthogonal, D
	                           diagonal */
} GrowLeaf;
extern const GrowLeaf grow_leaf[];
extern const int grow_nleaf;

/* unknown functions that an expression may have besides: grow() does not use them */
typedef struct GrowFun {
	const char *name;
	bool elementwise;       /* or a scalar, of any arguments */
} GrowFun;
extern const GrowFun grow_fun[];
extern const int grow_nfun;
const GrowFun *grow_find_fun(const char *name);         /* NULL: not one of them */

/* random values of about that magnitude, rows x cols of them, that suit the declaration */
void grow_draw(Random *r, const GrowLeaf *l, int rows, int cols, double scale, double *x);
/* may it be differentiated by, any direction being one of its own? S within the symmetric
   matrices */
static inline bool
grow_free(const GrowLeaf *l)
{
	return l->kind == 0 || l->kind == 'S';
}

/* a text of shape rows x cols (each 1, 2 or 3: 1, m, n) in which about `size` operations stand;
   malloc'd */
char *grow(Random *r, int rows, int cols, int size);

#endif
