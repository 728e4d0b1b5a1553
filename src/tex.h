/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tex.h: what the readers of LaTeX share. tex_scan.c: text to tokens; tex.c: sums, products,
 * factors; tex_bracket.c: what stands in brackets and bars; tex_function.c: functions and their
 * arguments; tex_name.c: names and what stands above and below them; tex_deriv.c: derivatives;
 * tex_index.c: sums over indices. They make Trees, and raise errors at places in the string.
 */
#ifndef MDX_TEX_H
#define MDX_TEX_H

#include "latex.h"

typedef enum {
	TEX_END,
	TEX_NUM,                /* 12, 0.5 */
	TEX_LETTER,             /* one letter */
	TEX_WORD,               /* \operatorname{tr}, \text{tr}, \mathrm{tr}: its letters */
	TEX_COMMAND,            /* \frac: its name */
	TEX_CHAR,               /* any other character */
	TEX_BEGIN, TEX_CLOSE    /* \begin{bmatrix}, \end{bmatrix}: the name */
} TexKind;

typedef struct TexToken {
	TexKind kind;
	Sym text;
	int beg, end;           /* bytes in the source's text */
	int side;               /* 1 after \left, -1 after \right, otherwise 0 */
	bool bold, script;      /* \mathbf, \mathcal */
} TexToken;

typedef struct Range { int beg, end; } Range;   /* tokens */

typedef struct Tex {
	Mdx *s;
	Arena *a;
	const Source *src;
	TexToken *tok;          /* ended by a TEX_END */
	int n, cap;
	int at, end;            /* the next token, and where the range that is read ends */
	int bars, norms;        /* | and \| that are open */
	int depth;
	Sym size;               /* of unit vectors */
	bool plain_d;           /* d in italics is the d of differentials */
	bool differentials;     /* there are some */
	Sym *bound; int nbound, cap_bound;      /* indices of the sums around */
} Tex;

/* what stands above and below a base, at once: A_1^\top, A^\top_1, A'_1 */
typedef struct Scripts { Range up, down; int prime; bool has_up, has_down; int beg, end; } Scripts;

/* ---- tex_scan.c */
void tex_scan(Tex *t, int beg, int end);
const TexToken *tex_peek(const Tex *t, int k);          /* the k-th ahead; TEX_END past the range */
bool tex_is(const Tex *t, int k, const char *text);     /* a character or a \command */
bool tex_take(Tex *t, const char *text);                /* takes it if it is there */
void tex_expect(Tex *t, const char *text);
Loc tex_loc(const Tex *t, Range r);
_Noreturn void tex_fail(const Tex *t, Range r, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
const char *tex_shown(const Tex *t, const TexToken *tok);       /* for messages */

/* ---- tex.c */
Tree *tex_sum_of_terms(Tex *t);         /* + and - */
Tree *tex_term(Tex *t);                 /* up to the next + - = */
Tree *tex_product(Tex *t);              /* without \odot and \otimes */
Tree *tex_product_from(
	Tex *t, int at, Tree *first);       /* whose first factor, from token `at`, has been read */
Tree *tex_factor(Tex *t);               /* a base with its scripts */
bool tex_begins_factor(const Tex *t);
Tree *tex_range(Tex *t, Range r, Tree *(*read)(Tex *));         /* all of the range */
Range tex_argument(Tex *t);             /* {...}, or one token */
Form tex_form(const Tex *t, const Tree *x);
Loc tex_since(const Tex *t, int beg);   /* from token `beg` to the last one read */

/* ---- tex_bracket.c */
const char *tex_opening(const Tex *t);          /* the bracket that comes next, or NULL */
const char *tex_closing(const char *open);      /* what closes it */
Tree *tex_bracketed(Tex *t, const char *open);
Tree *tex_bars(Tex *t, const char *close);      /* |X| */
/* \|x\|_2^2 and its kind, with the scripts; width: of the bar, in tokens */
Tree *tex_norm(Tex *t, int width, const char *close);
Tree *tex_angles(Tex *t);                       /* \langle x, y \rangle */
Tree *tex_matrix(Tex *t);                       /* \begin{bmatrix} */

/* ---- tex_function.c */
const char *tex_function_name(const Tex *t, const TexToken *tok);       /* what it is, or NULL */
Tree *tex_function(Tex *t, const char *fun);
Tree *tex_root(Tex *t);                         /* \sqrt */
Tree *tex_ones(Tex *t);                         /* \mathbf{1}, \mathbf{0} */
Tree *tex_call(Tex *t, Loc loc, const char *fun, Tree *x);      /* log(det(X)) is logdet(X) */
Tree *tex_bracketed_or_factors(Tex *t, const char *fun);        /* what \log has behind it */
Tree *tex_arguments(Tex *t, Tree *call);                        /* (x, y) */

/* ---- tex_name.c */
Scripts tex_scripts(Tex *t);
Tree *tex_with_scripts(Tex *t, Tree *base, const Scripts *x, int beg);
Tree *tex_name(Tex *t);                 /* a letter, a Greek one, an accent, a word; maybe a call */
bool tex_begins_name(const Tex *t);
bool tex_range_is(const Tex *t, Range r, const char *text);     /* one token */

bool tex_is_vector(const Tex *t, Sym name);             /* by its font */
void tex_mean(Tex *t, Sym name, Meaning as);            /* unless the session knows it */

/* ---- tex_deriv.c */
bool tex_begins_derivative(const Tex *t);
Tree *tex_fraction(Tex *t);             /* \frac, maybe a derivative */
Tree *tex_derivative(Tex *t);           /* \partial f/\partial X, df/dx, \nabla_X f */
void tex_prepare_differentials(Tex *t);
Tree *tex_differentials(Tex *t, Tree *x);

/* ---- tex_index.c */
Tree *tex_sum(Tex *t);                  /* \sum_i */

#endif
