/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shape_error.c: what shape inference says when shapes do not fit: both shapes, the place of the
 * operand, and as a second place where the other shape comes from. Used by shape.c and
 * shape_call.c.
 */
#include <stdarg.h>
#include <string.h>

#include "infer.h"

Loc
term_at(const Term *t, int kid)
{
	return t->at && t->at[kid].src ? t->at[kid] : t->kid[kid]->loc;
}

/* the source text of a place when it is short and on one line, else NULL */
static char *
source_text(Infer *in, Loc l)
{
	if (!l.src || l.beg < 0 || l.end <= l.beg || l.end - l.beg > 32 || (size_t)l.end > l.src->len)
		return NULL;
	if (memchr(l.src->text + l.beg, '\n', (size_t)(l.end - l.beg)))
		return NULL;
	return arena_strndup(in->a, l.src->text + l.beg, (size_t)(l.end - l.beg));
}

const char *
term_text(Infer *in, const Term *t, int kid)
{
	const char *s = source_text(in, term_at(t, kid));

	return s                                                              ? s
		   : t->kid[kid]->kind == TM_NAMED || t->kid[kid]->kind == TM_VAR ? t->kid[kid]->name
																		  : "this";
}

static Dim *
show(Infer *in, Dim *d)
{
	return infer_resolve(in->e, d);
}

char *
term_shape_text(Infer *in, const Term *t)
{
	if (t->nax > 2)
		return arena_printf(in->a, "a tensor of order %d", t->nax);
	unify_name(in, true);
	return shape_text(in->a, show(in, t->row), show(in, t->col));
}

/* Where the shape of a kid comes from, the more telling the larger: it stands for itself; the
   convention; a declaration or definition; another place that an undeclared name occurs at. */
typedef enum { ORIGIN_SELF, ORIGIN_NAME, ORIGIN_DECLARED, ORIGIN_INFERRED } Origin;

static Origin
origin(Infer *in, const Term *t, int kid, Loc *loc, const char **msg)
{
	const Term *k = t->kid[kid];
	char *shape;

	while (k->kind == TM_TRANS || (k->kind == TM_ADD && k->n == 1))
		k = k->kid[0];
	shape = term_shape_text(in, k);
	*loc = term_at(t, kid);
	*msg = arena_printf(in->a, "this is %s", shape);
	if (k->kind == TM_NAMED) {
		*loc = k->kid[0]->loc;
		*msg = arena_printf(in->a, "%s is defined here: %s", k->name, shape);
		return ORIGIN_DECLARED;
	}
	if (k->kind != TM_VAR)
		return ORIGIN_SELF;
	if (k->var->declared) {
		*loc = k->var->loc;
		*msg = arena_printf(in->a, "%s is declared here: %s", k->name, shape);
		return ORIGIN_DECLARED;
	}
	const VarKind *vk = &in->var[k->var->serial];
	Loc why = vk->why.src ? vk->why : unify_origin(in, k->var->row);
	if (!why.src)
		why = unify_origin(in, k->var->col);
	if (why.src) {
		*loc = why;
		*msg = arena_printf(in->a, "%s was taken as %s because of this", k->name, shape);
		return ORIGIN_INFERRED;
	}
	*msg = arena_printf(in->a,
		"%s was taken as %s by its name; declare it with var to say otherwise", k->name, shape);
	return ORIGIN_NAME;
}

void
shape_raise(Infer *in, const Term *t, int kid, int other, const char *hint, const char *fmt, ...)
{
	Diag d = {.kind = DIAG_ERROR, .loc = term_at(t, kid), .hint = hint, .misfit = true};
	Origin theirs = ORIGIN_SELF;
	va_list ap;

	va_start(ap, fmt);
	d.msg = arena_vprintf(in->a, fmt, ap);
	va_end(ap);
	if (other >= 0)
		theirs = origin(in, t, other, &d.loc2, &d.msg2);
	if (origin(in, t, kid, &d.loc3, &d.msg3) == ORIGIN_SELF ||
		(theirs != ORIGIN_SELF && d.loc3.src == d.loc2.src && d.loc3.beg == d.loc2.beg))
		d.msg3 = NULL;
	if (d.msg3 && theirs == ORIGIN_SELF) {
		d.loc2 = d.loc3;
		d.msg2 = d.msg3;
		d.msg3 = NULL;
	}
	raise_diag(in->a, &d);
}

/* Could they be one size? */
static bool
fits(Infer *in, Dim *x, Dim *y)
{
	x = show(in, x);
	y = show(in, y);
	return x == y || (!dim_is(x, 1) && !dim_is(y, 1) && (dim_flexible(x) || dim_flexible(y)));
}

bool
shape_transposed(Infer *in, const Term *x, const Term *y)
{
	return x->nax <= 2 && y->nax <= 2 && fits(in, x->row, y->col) && fits(in, x->col, y->row);
}

/* ---------------------------------------------------------------- products */

char *
shape_count_text(Infer *in, Dim *d, const char *what)
{
	unify_name(in, true);
	d = show(in, d);
	return arena_printf(in->a, "%s %s%s", dim_text(in->a, d), what, dim_is(d, 1) ? "" : "s");
}

/* a place that begins within brackets and ends behind them, from the first of these brackets on */
static Loc
with_brackets(Loc l)
{
	int open = 0;

	for (int i = l.end - 1; l.src && i >= l.beg; i--)
		open += (l.src->text[i] == ')') - (l.src->text[i] == '(');
	for (; open > 0 && l.beg > 0 && strchr("( ", l.src->text[l.beg - 1]); l.beg--)
		open -= l.src->text[l.beg - 1] == '(';
	return l;
}

/* the text of kids 0..last of a product */
static const char *
left_text(Infer *in, const Term *t, int last)
{
	Loc x = term_at(t, 0), y = term_at(t, last);
	char *s = NULL;

	if (last == 0)
		return term_text(in, t, 0);
	if (x.src == y.src && x.beg <= y.beg)
		s = source_text(in, with_brackets((Loc){x.src, x.beg, y.end}));
	return s ? s : "what stands left of it";
}

/* the text of the transpose: x' for x, x for x' */
static char *
transposed(Infer *in, const char *s)
{
	size_t n = strlen(s);

	return n && s[n - 1] == '\'' ? arena_strndup(in->a, s, n - 1) : arena_printf(in->a, "%s'", s);
}

/* what x*y could have meant, or NULL */
static char *
other_products(Infer *in, const char *x, const char *y, const Term *k, Dim *row, Dim *col)
{
	bool left = fits(in, row, k->row), right = fits(in, col, k->col), swapped;
	char *turned = transposed(in, x), *other = transposed(in, y);

	swapped = fits(in, k->col, row) &&
			  !((dim_is(row, 1) || dim_is(col, 1)) && (dim_is(k->row, 1) || dim_is(k->col, 1)));
	if (left && right)
		return arena_printf(
			in->a, "did you mean %s*%s, %s*%s or %s .* %s?", turned, y, x, other, x, y);
	if (left || right) {
		char *s = arena_printf(in->a, "%s*%s", left ? turned : x, left ? y : other);
		return swapped ? arena_printf(in->a, "did you mean %s or %s*%s?", s, y, x)
					   : arena_printf(in->a, "did you mean %s?", s);
	}
	return swapped ? arena_printf(in->a, "did you mean %s*%s?", y, x) : NULL;
}

void
shape_raise_product(Infer *in, const Term *t, int last, int kid, Dim *row, Dim *col)
{
	const Term *k = t->kid[kid];
	const char *x = left_text(in, t, last), *y = term_text(in, t, kid);
	char *hint = NULL, *p, *q;

	if (last == 0 && strlen(x) + strlen(y) < 40 && t->kid[0]->kind != TM_ADD && k->kind != TM_ADD)
		hint = other_products(in, x, y, k, row, col);
	unify_name(in, true);
	p = shape_count_text(in, col, "column");
	q = shape_count_text(in, k->row, "row");
	shape_raise(
		in, t, kid, last, hint, "the product does not conform: %s has %s, %s has %s", x, p, y, q);
}
