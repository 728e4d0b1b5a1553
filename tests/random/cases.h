/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cases.h: random identities, true ones and spoilt ones, and what values say of them. */
#ifndef MDX_TESTS_CASES_H
#define MDX_TESTS_CASES_H

#include "rewrite.h"
#include "value.h"

enum { POINTS = 4 };

typedef struct Case {
	Arena *a;
	uint64_t seed;
	Rewriter w;
	bool derivative;
	Tree *left, *right, *spoilt;            /* spoilt: the right side after a slip, or NULL */
	Point point[POINTS], bare[POINTS];      /* where what is given holds; and any */
} Case;

void case_make(Case *c);

typedef enum { EQUAL, DIFFERENT, UNCLEAR } Match;

/* the values of two trees at a point; unclear where rounding decides */
Match case_match(const Case *c, const Point *p, const Tree *x, const Tree *y, double tolerance);
/* nowhere do the sides have different values */
bool case_seems_true(const Case *c, const Tree *x, const Tree *y);
/* whether the spoilt identity differs at a point where the sound one, if there is one, is seen to
   hold to rounding */
Match case_tells_apart(const Case *c, const Tree *x, const Tree *y, const Tree *sound);
/* is there a point at which both sides have values? */
bool case_has_value_anywhere(const Case *c, const Tree *x, const Tree *y);
/* both sides have the same value at the first point, and one that doubles can find */
bool case_has_value(const Case *c, const Tree *x, const Tree *y);

#endif
