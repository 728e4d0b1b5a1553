/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain.h: what the files that explain a false identity share. explain.c: the order of the
 * search; explain_ground.c: candidates tried with numbers and confirmed; explain_shape.c: shapes
 * and layouts; explain_factor.c: constant and scalar factors; explain_assume.c: properties of
 * variables; explain_fact.c: equations that variables satisfy; explain_edit.c, explain_site.c:
 * edits of what the user wrote; explain_conform.c: a side that does not conform; explain_term.c:
 * terms that are missing or too many; explain_deriv.c: other derivatives, and paths;
 * explain_example.c: a counterexample.
 */
#ifndef MDX_EXPLAIN_H
#define MDX_EXPLAIN_H

#include "core.h"

enum { POINTS = 4 };    /* random points at which candidates are compared */

/* One random point: the values of the two sides there. */
typedef struct Point { Env *env; Tensor *value[2]; } Point;

/* The part that lives in a scratch arena, and is made anew when that has grown. */
typedef struct Ground {
	Arena *a;
	size_t full;            /* how much it may hold */
	Elab *e;
	Graph *g;
	Term *term[2];
	Node *side[2];
	bool same_shape;
	Tree *stand_in;             /* of the shape of the side that is taken for right */
	Point point[POINTS];
	int npoint;
	/* where the claim does not conform: those of its parts that do, and the smallest that do not;
	   the other side stands for it in term[] and side[] */
	Term **part; int npart, cap_part;
	const Tree **bad; int nbad, cap_bad;
	bool alone;             /* it has undeclared names that the other side has not */
} Ground;

/* One false step. The claim is the side that is corrected: the right one, unless only that is a
   derivative. */
typedef struct Explain {
	Mdx *s;
	Arena *a;               /* the statement's: what is said lives there */
	Tree *eq;               /* the two sides, and the where clause around them */
	Tree *side[2];
	const Tree *whole;      /* the statement's identity, all its steps */
	int step;               /* the side of `whole` that is side[0] */
	int claim;              /* 0 or 1 */
	bool broken;            /* the claim does not conform: an error, rather than false */
	Decl *given;
	double deadline;        /* of the processor clock */
	bool stopped;           /* by Ctrl-C */
	Ground at;
} Explain;

/* What was found: the reason in words, the corrected tree (of the claim or of a binding), or
   NULL. */
typedef struct Finding {
	const char *reason;
	const char *also;       /* another reading, or NULL */
	const char *part;       /* what the tree is: "the right side", "b" */
	const Tree *tree;
	bool assumed;           /* it holds under an assumption: another correction may be said, too */
	bool weak;              /* a counterexample says more */
} Finding;

/* a tree in the place of another one, which is known by its address */
typedef struct Sub { const Tree *site; Tree *to; } Sub;

/* How the values of a candidate compare with the side that is taken for right, at all points. */
typedef enum { FIT_NONE, FIT_RATIO, FIT_EQUAL } FitKind;
typedef struct Fit { FitKind kind; double ratio[POINTS]; } Fit;

/* ---------------------------------------------------------------- explain.c */
bool explain_over(const Explain *x);            /* time is up, or Ctrl-C */
void explain_hurry(Explain *x);                 /* only a part of the time that is left */
double explain_deadline(const Mdx *s);          /* of a search that begins now */
/* the two sides of a step, with the where clauses around them */
Tree *explain_step(Explain *x, const Tree *eq);
/* within a TRY of any arena: the failure counts as "no"; an interrupt ends the search */
void explain_failed(Explain *x, const Diag *d);
const Tree *explain_truth(const Explain *x);    /* the side that is not the claim */
Tree *explain_subst(Arena *a, const Tree *t, const Sub *sub, int n);
bool explain_place_in(const Tree *t, const Tree *part); /* by address: is `part` a place within t? */
/* a copy with two names exchanged */
Tree *explain_exchanged(Arena *a, const Tree *t, Sym m, Sym n);
Tree *explain_minus(Arena *a, Tree *t);         /* -t, without two signs */
bool explain_derivative(const Tree *t);         /* is there one in it? */
bool explain_calls(const Tree *t, const char *fun);
char *explain_text(const Explain *x, const Tree *t);
const char *explain_side(const Explain *x, int side);   /* "the left side" */
const char *explain_place(const Explain *x, Loc loc);   /* "column 7" */

/* ---------------------------------------------------------------- explain_ground.c */
bool explain_ground(Explain *x);                /* x->at is there and not too large; false: cannot
                                                   be made */
/* the identity with the substitutions: numbers at the points of the ground */
Fit explain_fit(Explain *x, const Sub *sub, int n);
/* the identity with the substitutions and further facts is true, by decide() */
bool explain_holds(Explain *x, const Sub *sub, int n, Decl *given);
/* the graph of a tree in the place of the claim; the ground's arena is under a TRY */
Node *explain_claimed(Explain *x, Tree *t);
/* the tree in the place of the claim is the other side, with no rule needed to see it */
bool explain_plainly(Explain *x, Tree *t);
/* the tree in the place of the claim, simplified where that is shorter */
Tree *explain_tidy(Explain *x, Tree *t);
/* the value of a node at a point, or NULL; the ground's arena is under a TRY */
Tensor *explain_value(Explain *x, Node *n, int point);
bool explain_close(const Tensor *x, const Tensor *y);
/* c with x = c*y in every entry, or NaN */
double explain_ratio(const Tensor *x, const Tensor *y);

/* ---------------------------------------------------------------- explain_shape.c */
Tree *explain_turned(Arena *a, const Tree *t, const Term *term);        /* t'; term may be NULL */
bool explain_transposed(Explain *x, Finding *f);
bool explain_reshaped(Explain *x, Finding *f);  /* something around the claim, a factor of the
                                                   transpose */
const char *explain_shapes(Explain *x);         /* "the shapes differ: ..." */

/* ---------------------------------------------------------------- explain_deriv.c */
void explain_worked_out(Explain *x, Finding *f);        /* the other side, a derivative, as the
                                                           correction */
bool explain_confused(Explain *x, Finding *f);          /* grad for structgrad and the like */
bool explain_other_variable(Explain *x, Finding *f);
const char *explain_path(Explain *x);           /* the only place the claim's part goes through; or
                                                   NULL */

/* ---------------------------------------------------------------- explain_factor.c */
/* what a factor is made of */
typedef enum {
	FACTOR_NUMBER,
	FACTOR_NAME,            /* a number times a variable or size, or divided by one */
	FACTOR_PLAIN,           /* powers of those; a number times another scalar */
	FACTOR_ODD
} FactorKind;
bool explain_factor(Explain *x, FactorKind most, Finding *f);
/* a scalar with these values at the points, made of those that occur, as a tree in x->a; or NULL */
Tree *explain_scalar(Explain *x, const double *ratio, FactorKind *kind);
bool explain_fraction(double c, Rat *out);      /* a small one */
Tree *explain_times(Explain *x, const Tree *factor, const Tree *t);

/* ---------------------------------------------------------------- explain_assume.c */
/* what is often overlooked; what an edit is likelier than; what makes much vanish */
typedef enum { ASSUME_COMMON, ASSUME_OTHER, ASSUME_STRAINED, ASSUME_NEVER } AssumeKind;
bool explain_assume(Explain *x, AssumeKind kind, Finding *f);   /* properties of variables */
bool explain_assuming(Explain *x, Decl *given); /* it holds under these facts, and not since both
                                                   sides vanish */
/* The variables, told by name, since the ground may be made anew meanwhile; NULL when there are
   none to be had. In x->a. */
typedef struct ExplainName { Sym name; unsigned props; int axes; bool square; } ExplainName;
ExplainName *explain_names(Explain *x, int *n);
bool explain_as_size(Explain *x, Finding *f);   /* an undeclared scalar named like a size */
bool explain_commuting(Explain *x, Finding *f);
bool explain_special(Explain *x, Finding *f);   /* one, equal, the identity */

/* ---------------------------------------------------------------- explain_fact.c */
/* sum(p) == 1, x'*x == 1, W'*W == I, W*W' == I; unwritten: those that the claim has no part of, or
   else the others */
bool explain_fact(Explain *x, bool unwritten, Finding *f);

/* --------------------------------------------------------------- explain_site.c, explain_edit.c */
typedef struct Edit {
	Sub sub;
	const Tree *old, *new;  /* as they are shown */
	const char *words;      /* instead of "NEW for OLD", or NULL */
	Loc loc;
	int rank;               /* how people err: smaller, more often */
} Edit;
typedef struct Edits { Edit *edit; int n, cap; } Edits;
/* all single edits of the claim (and of bindings that only it uses), by rank */
Edits explain_sites(Explain *x);
/* What is tried as one: an edit at one place or the same at every place. */
typedef struct Unit {
	int n;
	const Edit **edit;
	int rank;
	bool dull;              /* only writes the other side down */
	Fit fit;
} Unit;
typedef struct Units { Unit *unit; int n, cap; } Units;
Units explain_units(Explain *x);
bool explain_rounded(const Explain *x, const Tree *t);  /* numbers in it may be rounded constants */
bool explain_constant(int rank);                /* a constant for a number */
bool explain_leaves_out(int rank);              /* a term or factor is too many */
bool explain_plain(int rank);                   /* transposes, inverses, signs, order */
bool explain_left(int rank);                    /* also operators: what may be wrong on the left */
bool explain_common(int rank);                  /* also operators, names, powers, functions */
typedef enum { EDITS_COMMON, EDITS_RARE, EDITS_ALL } EditKind;
bool explain_edit(Explain *x, Units *u, EditKind kind, Finding *f);     /* fills the fits */
bool explain_mixable(int rank);                 /* what is still plain when a factor is missing,
                                                   too */
bool explain_edit_factor(Explain *x, const Units *u, Finding *f);
bool explain_two_edits(Explain *x, const Units *u, Finding *f);

/* ---------------------------------------------------------------- explain_conform.c */
Term **explain_unbroken(Explain *x);    /* for the ground of a claim that does not conform: the other
                                           side, twice; finds the claim's parts */
Node **explain_leaves(Explain *x, int *n);      /* all that the parts and the sides have values of */
bool explain_mends(const Explain *x, const Unit *const *u, int n);      /* do the edits reach all
                                           that does not conform? */

/* ---------------------------------------------------------------- explain_term.c */
bool explain_terms(Explain *x, Finding *f);
const char *explain_difference(Explain *x);     /* what the sides differ by, when that is short; or
                                                   NULL */

/* ---------------------------------------------------------------- explain_example.c */
const char *explain_example(Explain *x);        /* "at n = 1, x = 2 the left side is 4, the right
                                                   side 2"; or NULL */

#endif
