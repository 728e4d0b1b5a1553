/* SPDX-License-Identifier: GPL-3.0-or-later */
/* latex.h: what latex.c, latex_name.c, latex_form.c and document.c share, and the readers of
   LaTeX use of it. */
#ifndef MDX_LATEX_H
#define MDX_LATEX_H

#include "print.h"

/* ---- latex_name.c */
void latex_name(Text *out, const char *name);           /* z1: z_1 */
void latex_operator(
	Text *out, const char *name); /* the same before brackets: \operatorname{loss} */
bool latex_has_subscript(const char *name);
bool latex_has_superscript(const char *name);           /* x_star */
void latex_text(
	Text *out, const char *s, size_t n); /* prose: what LaTeX takes for itself escaped */
const char *latex_greek(const char *s, size_t n);       /* the name of a Greek letter, or NULL */
const char *latex_letter(const char *name);             /* "alpha": "α", or NULL */
const char *latex_accent(const char *command);          /* "hat", "widehat": "hat", or NULL */

/* ---- latex.c: calls that only latex_form.c makes, by names that no user can type */
#define LATEX_SUM "\\sum"               /* \sum(body, i[, j]) */
#define LATEX_ONE "\\mathbf{1}"        /* a name: the vector of ones */
#define LATEX_ABS "\\abs"              /* of a vector or matrix */
#define LATEX_JAC "\\jac"               /* of a column by a column */

/* ---- latex_form.c */
typedef enum { FORM_UNKNOWN, FORM_SCALAR, FORM_COLUMN, FORM_ROW, FORM_MATRIX } Form;
Form latex_form(Mdx *s, Arena *a, const Tree *t); /* of t alone; unknown: a tensor, or an error */
/* t in the notation that its shapes ask for: the norm of a vector has a 2, of a matrix an F, a
   matrix is divided by with its inverse, sums of entries have an index. whole: what t is part of,
   from where the shapes follow: t itself, or a `where` with bindings that t may use; given: of a
   check, or NULL. */
Tree *latex_notation(Mdx *s, Arena *a, const Tree *whole, const Tree *t, Decl *given);
/* how wide LaTeX source comes out, in small letters, about; and the widest of its lines */
int latex_width(const char *source);
int latex_widest(Arena *a, const char *lines, const char *between);
/* t in lines of about `width` letters: broken before terms of its sum, with `between` put in at
 * each break */
char *latex_lines(Arena *a, const Tree *t, int width, const char *between);
/* a formula, the notation chosen, its indices around it when it is a tensor */
char *latex_formula(Mdx *s, Arena *a, const Formula *f, int width, const char *between);

/* ---- latex_words.c */
/* prose, with what reads as a formula set as one; blanks and line ends are single blanks */
void latex_words(Mdx *s, Text *out, const char *text, size_t n);

/* ---- latex_page.c */
void latex_space(
	Text *out, const char *shape, bool positive); /* "m x n": \mathbb{R}^{m \times n} */
void latex_properties(Text *t, unsigned props); /* " symmetric and positive definite" */
void latex_variable(Text *t, Sym name, const char *shape, unsigned props);
bool latex_spaces(
	Text *out, const char *words); /* "W : m x n, x : n"; false: it is something else */
char *latex_derivation(Mdx *s, Arena *a, const Derivation *d);  /* in align* */
void latex_tensor(Text *out, const Tensor *x, int digits);      /* numbers, in a bmatrix */

#endif
