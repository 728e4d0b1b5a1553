/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * overrule.h: what the files share that overrule the first letter of undeclared names.
 * overrule_make.c: names changed so that a term is of some kind; overrule_use.c: how names are
 * used; overrule.c: what that demands, and the order of it all.
 */
#ifndef MDX_OVERRULE_H
#define MDX_OVERRULE_H

#include "infer.h"

/* How a name is used, as flags of VarKind */
enum {
	USE_VECTOR = 1, /* as a column: x', A*x, x*y' */
	USE_SCALAR = 2, /* as only a number can be: a*A, x/a, a^2, a*I */
	USE_MATRIX = 4, /* as only a matrix can be: x[i,j], det(x) */
	USE_ENTRIES = 8, /* as what has entries: x.*y */
	USE_LINE = 16 /* as a column or row: norm(x) */
};

enum { OVERRULE_DEPTH = 200 }; /* of expressions that are searched for names */

/* ---------------------------------------------------------------- overrule_make.c */

/* The name is of that kind, because of what stands there; false: it is so already, or was changed
   too often. */
bool overrule(VarKind *k, unsigned kind, Loc why);
/* a name whose shape is its convention's, and may be another one, under minus signs and transposes;
   or NULL */
VarKind *overrule_leaf(Infer *in, Term *t, bool *flipped);
bool term_is_number(const Term *t);
bool term_is_elementwise(const Term *t);
/* A walk through a term meets each part once for each kind: true when it was met already. */
void overrule_walk(Infer *in);
bool overrule_met(Infer *in, const Term *t, unsigned kind);
/* Can t be of that kind, when conventional scalars in it are vectors? */
bool overrule_could(Infer *in, Term *t, unsigned kind);
/* Makes it so, if it can be; true when something changed. certain: also names that are elsewhere
   used as a scalar. */
bool overrule_make(Infer *in, Term *t, unsigned kind, bool certain, Loc why);

/* ---------------------------------------------------------------- overrule_use.c */

/* the kinds of all terms and the uses of all names, anew */
void overrule_uses(Infer *in);

#endif
