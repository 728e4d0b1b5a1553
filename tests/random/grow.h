/* SPDX-License-Identifier: GPL-3.0-or-later */
/* grow.h: random expressions that conform, for the tests that compare two ways to one fact. */
#ifndef MDX_TESTS_GROW_H
#define MDX_TESTS_GROW_H

#include "harness.h"

/* the declarations of the names that grow() uses; m = 2 and n = 3 in their values */
extern const char grow_names[];
typedef struct GrowLeaf { const char *name; int rows, cols; } GrowLeaf;
extern const GrowLeaf grow_leaf[];
extern const int grow_nleaf;

/* a text of shape rows x cols (each 1, 2 or 3: 1, m, n) in which about `size` operations stand; malloc'd */
char *grow(Random *r, int rows, int cols, int size);

#endif
