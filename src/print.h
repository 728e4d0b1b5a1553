/* SPDX-License-Identifier: GPL-3.0-or-later */
/* print.h: what print.c, latex.c and abbrev.c share. */
#ifndef MDX_PRINT_H
#define MDX_PRINT_H

#include "core.h"

/* How tightly a tree holds together, loosest first: the table of operators in parser.y. A tree
   stands in brackets where something tighter is asked for. */
typedef enum {
	LEVEL_WHERE,
	LEVEL_EQ,
	LEVEL_SUM,
	LEVEL_TERM,             /* -a*b */
	LEVEL_PRODUCT,
	LEVEL_FACTOR,           /* bare in a product but not under a power: a fraction of LaTeX */
	LEVEL_POSTFIX,          /* A^2, A' */
	LEVEL_ATOM,
	LEVEL_BRACKETS          /* nothing holds together so tightly: always in brackets */
} Level;

/* Whether the operator before a product's first factor needs no brackets around it: a/b*c, but
   (a.*b)*c. */
bool chains(const Tree *product, const Tree *left);
/* the sum's term without its minus sign, or NULL when it has none */
const Tree *negated_term(Arena *a, const Tree *t);
bool is_call(const Tree *t, const char *fun, int nargs);

void latex_tree(Text *out, const Tree *t, Level min);   /* latex.c */

/* abbrev.c: t with its large repeated parts as bindings of a where clause, chosen so that what
   is before the where takes about `width` columns; t itself when there is nothing to gain */
const Tree *abbreviate(Arena *a, const Tree *t, int width);

#endif
