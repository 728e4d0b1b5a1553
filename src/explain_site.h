/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_site.h: what explain_site.c (the places of a claim, what is known of them),
 * explain_slip.c (what people write by mistake at such a place), explain_constant.c (the constants
 * that a number was meant for), explain_misfit.c (what does not conform) and explain_insert.c (what
 * they leave out) share.
 */
#ifndef MDX_EXPLAIN_SITE_H
#define MDX_EXPLAIN_SITE_H

#include "explain.h"

/* how people err, most often first */
enum {
	R_CONSTANT,     /* a rounded number for a constant */
	R_TRANS,        /* a transpose too many or missing, inv for transpose */
	R_MOVED,        /* a transpose at the wrong factor; an inverse too many or missing */
	R_SIGN,
	R_SWAP,         /* two factors, two arguments */
	R_OPERATOR,     /* * for .* */
	R_NAME,
	R_POWER,
	R_FUNCTION,
	R_NUMBER,
	R_AGAIN,        /* a factor doubled or missing */
	R_PART,         /* another expression of the identity */
	R_INSERT,       /* another factor is missing */
	R_SCALE,        /* one term of a sum lacks a factor */
	R_WRAP          /* trace, diag, sum too many or missing */
};

enum { MAX_PARTS = 24, MAX_MAPS = 8 };

typedef struct Shape { Loc loc; const Term *term; bool scalar, square; } Shape;
typedef struct Name { Sym name; const Dim *row, *col; bool scalar; } Name;

typedef struct Sites {
	Explain *x;
	Arena *a;
	Edits out;
	Shape *shape; int nshape, cap_shape;
	Name *name; int nname, cap_name;        /* variables and definitions in the identity */
	const Tree **part; int npart, cap_part; /* expressions in it */
	const Tree **map; int nmap, cap_map;    /* functions of entries in the side that is taken for
	                                           right */
	Sym *size; int nsize, cap_size;         /* names of sizes */
	int calls;              /* around the place that is visited */
	const Tree *term;       /* or factor that is visited, without its sign */
} Sites;

/* ---------------------------------------------------------------- explain_site.c */
const Shape *site_shape(const Sites *s, const Tree *t);  /* by where t stands; all unknown when it
                                                            is made up */
bool site_scalar(const Sites *s, const Tree *t);
bool site_square(const Sites *s, const Tree *t);
bool site_vector(const Sites *s, const Tree *t);
void site_parts(Sites *s, const Tree *t);       /* other expressions of its shape in the place of
                                                   t */
Tree *site_call(Sites *s, const Tree *call, Sym name, int prime);       /* name'(...) */
/* `to` in the place of `site`, shown as new for old; words: instead of that */
void site_edit(Sites *s, int rank, const Tree *site, Tree *to);
void site_edit_shown(Sites *s, int rank, const Tree *site, Tree *to, const Tree *old,
	const Tree *new);
void site_edit_words(Sites *s, int rank, const Tree *site, Tree *to, const Tree *old,
	const Tree *new, const char *words);
Tree *site_binary(Sites *s, TreeKind kind, const Tree *x, const Tree *y);
Tree *site_trans(Sites *s, const Tree *t);
Tree *site_inverse(Sites *s, const Tree *t);
const Tree *site_inverted(const Tree *t);       /* what t is the inverse of, or NULL */
Tree *site_part(Sites *s, const Tree *t, int from, int to);  /* kids from..to-1, or the only one */
/* t with kids from..to-1 replaced by one (NULL: left out), or what is left alone */
Tree *site_spliced(Sites *s, const Tree *t, int from, int to, Tree *by);
Tree *site_swapped(Sites *s, const Tree *t, int i, int j);

/* ---------------------------------------------------- explain_slip.c: up is t's parent, or NULL */
void slip_transposes(Sites *s, const Tree *t, const Tree *up);
void slip_product(Sites *s, const Tree *t);     /* MUL, EMUL, KRON */
void slip_quotient(Sites *s, const Tree *t);
void slip_sum(Sites *s, const Tree *t, bool top);       /* top: the whole claim */
void slip_name(Sites *s, const Tree *t, const Tree *up);
void slip_number(Sites *s, const Tree *t);
void slip_power(Sites *s, const Tree *t);
void slip_reciprocal(Sites *s, const Tree *t, const Tree *up);
void slip_call(Sites *s, const Tree *t);

/* ---------------------------------------------------------------- explain_constant.c */
void slip_constant(Sites *s, const Tree *t);    /* a number */

/* ---------------------------------------------------------------- explain_insert.c */
Tree *slip_derivative(Sites *s, const Tree *call);
void slip_factors(Sites *s, const Tree *t);     /* in a product */
void slip_beside(Sites *s, const Tree *t, const Tree *up);      /* beside what is no product */
void slip_inner(Sites *s, const Tree *t, const Tree *up);
void slip_raised(Sites *s, const Tree *t, const Tree *up);
void slip_factor(Sites *s, const Tree *t);      /* an elementwise one */
void slip_wrap(Sites *s, const Tree *t);

/* ---------------------------------------------------------------- explain_misfit.c */
/* where the claim does not conform: at what is no product, and in a product */
void slip_misfit(Sites *s, const Tree *t, const Tree *up);
void slip_misordered(Sites *s, const Tree *t);

#endif
