/* SPDX-License-Identifier: GPL-3.0-or-later */
/* given.h: what an identity may be given: a property of a leaf, or an equation. */
#ifndef MDX_TESTS_GIVEN_H
#define MDX_TESTS_GIVEN_H

typedef struct Given {
	const char *text;       /* behind the word given */
	const char *leaf, *by;  /* it holds when this leaf has the value of this expression */
	char kind;              /* a property: as in grow.h, or + for positive; 0: an equation */
	const char *bound;      /* the leaves it speaks of, a letter each */
	const char *zero;       /* what is 0 then */
	int tall;               /* -1: m < n, 1: m > n, 0: any sizes */
} Given;

extern const Given given_table[];
extern const int given_count;

#endif
