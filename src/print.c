/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * print.c: trees to text, the last stage. ASCII and Unicode, both of which can be typed in
 * again and give the same tree but for spellings (A⁻¹ for inv(A)); LaTeX is in latex.c.
 * Brackets by the level of each tree, the same table as in parser.y, and a few more where a
 * reader would stumble: (a.*b)*c.
 */
#include "print.h"

#include <string.h>

typedef struct Printer {
	Text out;
	bool unicode;
} Printer;

static void emit(Printer *p, const Tree *t, Level min);

/* ---- what trees are */

bool
is_call(const Tree *t, const char *fun, int nargs)
{
	return t->kind == TREE_CALL && t->n == nargs + 1 && t->kid[0]->kind == TREE_NAME &&
		!t->kid[0]->prime && strcmp(t->kid[0]->name, fun) == 0;
}

/* NUM, an integer that is not negative */
static bool
is_small_int(const Tree *t)
{
	return t->kind == TREE_NUM && rat_is_int(t->num) && rat_sign(t->num) >= 0;
}

static bool
is_kron(const Tree *t)
{
	return t->kind == TREE_KRON || is_call(t, "kron", 2);
}

static bool
is_inverse(const Tree *t)
{
	return t->kind == TREE_INV || is_call(t, "inv", 1);
}

static const Tree *
inverted(const Tree *t)
{
	return t->kid[t->n - 1];
}

/* grad(l, W), which is ∂l/∂W */
static bool
is_partial(const Tree *t)
{
	return t->kind == TREE_DERIV || is_call(t, "grad", 2);
}

static Level
level(const Printer *p, const Tree *t)
{
	if (p->unicode && is_kron(t))
		return LEVEL_PRODUCT;
	if (p->unicode && is_inverse(t))
		return LEVEL_POSTFIX;
	if (p->unicode && is_partial(t))
		return LEVEL_PRODUCT;
	switch (t->kind) {
	case TREE_WHERE:
		return LEVEL_WHERE;
	case TREE_EQ:
		return LEVEL_EQ;
	case TREE_ADD:
		return LEVEL_SUM;
	case TREE_NEG:
	case TREE_POS:
		return LEVEL_TERM;
	case TREE_MUL:
	case TREE_DIV:
	case TREE_LDIV:
	case TREE_EMUL:
	case TREE_EDIV:
		return LEVEL_PRODUCT;
	case TREE_POW:
	case TREE_EPOW:
	case TREE_TRANS:
		return LEVEL_POSTFIX;
	case TREE_NUM:
		return rat_sign(t->num) < 0            ? LEVEL_TERM
			   : rat_barred(p->out.a, t->num) ? LEVEL_PRODUCT
											  : LEVEL_ATOM;
	default:
		return LEVEL_ATOM;
	}
}

bool
chains(const Tree *product, const Tree *left)
{
	switch (product->kind) {
	case TREE_MUL:
		return left->kind == TREE_DIV || left->kind == TREE_NUM;
	case TREE_DIV:
		return left->kind == TREE_DIV || left->kind == TREE_MUL || left->kind == TREE_NUM;
	case TREE_EMUL:
		return left->kind == TREE_EDIV;
	case TREE_EDIV:
		return left->kind == TREE_EDIV || left->kind == TREE_EMUL;
	default:
		return left->kind == product->kind;
	}
}

const Tree *
negated_term(Arena *a, const Tree *t)
{
	if (t->kind == TREE_NEG)
		return t->kid[0];
	if (t->kind == TREE_NUM && rat_sign(t->num) < 0)
		return tree_num(a, t->loc, rat_neg(a, t->num));
	return NULL;
}

/* ---- pieces */

static void
put(Printer *p, const char *s)
{
	text_add(&p->out, s);
}

static void
emit_list(Printer *p, const Tree *t, int from, const char *between)
{
	for (int i = from; i < t->n; i++) {
		if (i > from)
			put(p, between);
		emit(p, t->kid[i], LEVEL_SUM);
	}
}

static void
emit_sum(Printer *p, const Tree *t)
{
	for (int i = 0; i < t->n; i++) {
		const Tree *k = t->kid[i], *minus = negated_term(p->out.a, k);
		if (i == 0) {
			emit(p, k, LEVEL_TERM);
			continue;
		}
		put(p, minus ? " - " : " + ");
		emit(p, minus ? minus : k, LEVEL_PRODUCT);
	}
}

static const char *
product_sign(const Printer *p, TreeKind kind)
{
	switch (kind) {
	case TREE_MUL:
		return p->unicode ? "·" : "*";
	case TREE_DIV:
		return "/";
	case TREE_LDIV:
		return "\\";
	case TREE_EMUL:
		return p->unicode ? "⊙" : ".*";
	case TREE_EDIV:
		return p->unicode ? "⊘" : "./";
	default:
		return "⊗";
	}
}

static void
emit_product(Printer *p, TreeKind kind, const Tree *t, int from)
{
	for (int i = from; i < t->n; i++) {
		const Tree *k = t->kid[i];
		if (i > from)
			put(p, product_sign(p, kind));
		/* d(x)/d(y) would be a derivative */
		bool d = i > from && kind == TREE_DIV && is_call(k, "d", 1);
		bool chain =
			i == from && (is_kron(t) ? is_kron(k) : level(p, k) == LEVEL_PRODUCT && chains(t, k));
		emit(p, k, d ? LEVEL_BRACKETS : chain ? LEVEL_PRODUCT : LEVEL_FACTOR);
	}
}

/* superscript digits */
static void
put_raised(Printer *p, const char *digits)
{
	static const char *const up[] = {
		"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹",
	};
	for (; *digits; digits++)
		put(p, *digits == '-' ? "⁻" : up[*digits - '0']);
}

/* X[i] where X is no name or call would take what is before it for its own: x^A'[i,j] */
static bool
is_entry(const Tree *t)
{
	while (t->kind == TREE_INDEX)
		t = t->kid[0];
	return t->kind == TREE_NAME || t->kind == TREE_CALL;
}

static void
emit_exponent(Printer *p, const Tree *e)
{
	const Tree *minus = negated_term(p->out.a, e);
	const Tree *k = minus ? minus : e;
	bool bare = k->kind == TREE_INDEX ? is_entry(k) : level(p, k) == LEVEL_ATOM;
	/* ^T is the transpose */
	if (!bare || (k->kind == TREE_NAME && strcmp(k->name, "T") == 0)) {
		put(p, "(");
		emit(p, e, LEVEL_WHERE);
		put(p, ")");
		return;
	}
	put(p, minus ? "-" : "");
	emit(p, k, LEVEL_ATOM);
}

static void
emit_power(Printer *p, const Tree *t)
{
	const Tree *e = t->kid[1], *minus = negated_term(p->out.a, e);
	emit(p, t->kid[0], LEVEL_ATOM);
	if (p->unicode && t->kind == TREE_POW && is_small_int(minus ? minus : e)) {
		put(p, minus ? "⁻" : "");
		put_raised(p, rat_text(p->out.a, (minus ? minus : e)->num));
		return;
	}
	put(p, t->kind == TREE_POW ? "^" : ".^");
	emit_exponent(p, e);
}

/* ∂l/∂W: each side a name, a call, an entry of one, or in brackets */
static void
emit_partial(Printer *p, const Tree *t)
{
	for (int i = t->n - 2; i < t->n; i++) {
		const Tree *k = t->kid[i];
		put(p, i == t->n - 2 ? "∂" : "/∂");
		emit(p, k, is_entry(k) ? LEVEL_ATOM : LEVEL_BRACKETS);
	}
}

static void
emit_string(Printer *p, const char *s)
{
	put(p, "\"");
	for (; *s; s++) {
		if (*s == '"')
			put(p, "\"");
		text_addn(&p->out, s, 1);
	}
	put(p, "\"");
}

static void
emit_call(Printer *p, const Tree *t)
{
	put(p, t->kid[0]->name);
	for (int i = 0; i < t->kid[0]->prime; i++)
		put(p, "'");
	put(p, "(");
	emit_list(p, t, 1, ", ");
	put(p, ")");
}

static void
emit_bare(Printer *p, const Tree *t)
{
	if (is_kron(t) && p->unicode) {
		emit_product(p, TREE_KRON, t, t->n - 2);
		return;
	}
	if (is_inverse(t) && p->unicode) {
		emit(p, inverted(t), LEVEL_ATOM);
		put(p, "⁻¹");
		return;
	}
	if (is_partial(t) && p->unicode) {
		emit_partial(p, t);
		return;
	}
	switch (t->kind) {
	case TREE_NUM:
		put(p, rat_written(p->out.a, t->num));
		break;
	case TREE_NAME:
		put(p, t->name);
		break;
	case TREE_STR:
		emit_string(p, t->name);
		break;
	case TREE_ADD:
		emit_sum(p, t);
		break;
	case TREE_NEG:
	case TREE_POS:
		put(p, t->kind == TREE_NEG ? "-" : "+");
		emit(p, t->kid[0], LEVEL_PRODUCT);
		break;
	case TREE_MUL:
	case TREE_DIV:
	case TREE_LDIV:
	case TREE_EMUL:
	case TREE_EDIV:
		emit_product(p, t->kind, t, 0);
		break;
	case TREE_KRON:
		put(p, "kron(");
		emit_list(p, t, 0, ", ");
		put(p, ")");
		break;
	case TREE_POW:
	case TREE_EPOW:
		emit_power(p, t);
		break;
	case TREE_TRANS:
		emit(p, t->kid[0], t->kid[0]->kind == TREE_TRANS ? LEVEL_POSTFIX : LEVEL_ATOM);
		put(p, p->unicode ? "ᵀ" : "'");
		break;
	case TREE_INV:
		put(p, "inv(");
		emit_list(p, t, 0, ", ");
		put(p, ")");
		break;
	case TREE_CALL:
		emit_call(p, t);
		break;
	case TREE_INDEX: {
		TreeKind k = t->kid[0]->kind;
		emit(p, t->kid[0], k == TREE_TRANS ? LEVEL_POSTFIX :
			k == TREE_NUM ? LEVEL_BRACKETS : LEVEL_ATOM);
		put(p, "[");
		emit_list(p, t, 1, ",");
		put(p, "]");
		break;
	}
	case TREE_MATRIX:
		put(p, "[");
		for (int i = 0; i < t->n; i++) {
			put(p, i > 0 ? "; " : "");
			emit_list(p, t->kid[i], 0, ", ");
		}
		put(p, "]");
		break;
	case TREE_DERIV:
		put(p, "d(");
		emit(p, t->kid[0], LEVEL_SUM);
		put(p, ")/d(");
		emit(p, t->kid[1], LEVEL_SUM);
		put(p, ")");
		break;
	case TREE_LAST:
		put(p, "%");
		if (rat_sign(t->num))
			put(p, rat_text(p->out.a, t->num));
		break;
	case TREE_EQ:
		emit_list(p, t, 0, " == ");
		break;
	case TREE_WHERE:
		emit(p, t->kid[0], LEVEL_EQ);
		put(p, " where ");
		emit_list(p, t, 1, ", ");
		break;
	case TREE_BIND:
		put(p, t->name);
		put(p, " = ");
		emit(p, t->kid[0], LEVEL_SUM);
		break;
	case TREE_ROW:
		emit_list(p, t, 0, ", ");
		break;
	case TREE_COUNT:
		break;
	}
}

static void
emit(Printer *p, const Tree *t, Level min)
{
	bool brackets = level(p, t) < min;
	put(p, brackets ? "(" : "");
	emit_bare(p, t);
	put(p, brackets ? ")" : "");
}

/* ---- the doors */

char *
print_tree(Arena *a, const Tree *t, Style style)
{
	Printer p = {.out = text_new(a), .unicode = style == STYLE_UNICODE};
	if (style == STYLE_LATEX)
		latex_tree(&p.out, t, LEVEL_WHERE);
	else
		emit(&p, t, LEVEL_WHERE);
	return p.out.s;
}

static int
columns(const char *s)
{
	int n = 0;
	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

/* A where clause over several lines: one that ends in `where` or a comma goes on on the next. */
static char *
print_where(Arena *a, const Tree *t, Style style)
{
	Text out = text_new(a);
	text_add(&out, print_tree(a, t->kid[0], style));
	text_add(&out, " where");
	for (int i = 1; i < t->n; i++) {
		text_add(&out, i > 1 ? ",\n  " : "\n  ");
		text_add(&out, print_tree(a, t->kid[i], style));
	}
	return out.s;
}

/* The expression, and its indices or abbreviations on lines of their own, without a newline at
   the end. */
char *
print_formula(Arena *a, const Formula *f, Style style, int width)
{
	char *text = print_tree(a, f->tree, style);
	if (f->nindex > 0) {
		Text out = text_new(a);
		text_add(&out, text);
		text_add(&out, "\n  over [");
		for (int i = 0; i < f->nindex; i++)
			text_addf(&out, "%s%s", i > 0 ? ", " : "", f->index[i]);
		text_add(&out, "]");
		return out.s;
	}
	if (style == STYLE_LATEX || width <= 0 || columns(text) <= width)
		return text;
	const Tree *t = abbreviate(a, f->tree, width);
	return t->kind == TREE_WHERE ? print_where(a, t, style) : text;
}
