/* SPDX-License-Identifier: GPL-3.0-or-later */
/* value.h: the values of syntax trees, found by the plainest means: loops over numbers that know
   what rounding did to them (stochastic.h), determinants and inverses by elimination, derivatives
   by central differences. It shares nothing with the program behind the parser, so that the two can
   be compared. */
#ifndef MDX_TESTS_VALUE_H
#define MDX_TESTS_VALUE_H

#include "core.h"
#include "grow.h"
#include "given.h"
#include "stochastic.h"

typedef struct Value { int r, c; Num *x; } Value;       /* row by row */

typedef struct Point {                  /* sizes, and a value for every leaf of grow.h */
	int m, n;
	Value leaf[16];
	const Given *given;             /* or NULL */
	uint64_t seed;                  /* of rounding, and of unknown functions */
} Point;

/* Random values that suit the leaves' declarations and what is given (or NULL), of magnitude
   `scale`; m and n are exchanged where it wants that. point.c */
Point point_draw(Arena *a, Random *r, int m, int n, double scale, const Given *given);
char point_kind(const Point *p, int leaf);      /* what a leaf is declared or given as, or 0 */
/* false: something in t has no value there, or is not known here */
bool value_of(Arena *a, const Point *p, const Tree *t, Width width, Value *out);
double value_largest(const Value *v);
/* how far rounding takes an entry, about; NaN when there is one that has no value */
double value_spread(const Value *v);
/* the largest difference of two entries; infinite when the shapes differ */
double value_distance(const Value *v, const Value *w);

#endif
