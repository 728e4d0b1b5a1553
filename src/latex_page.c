/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * latex_page.c: the statement `latex`: an expression's answer, an identity, or a derivation as an
 * align* that a paper can take as it is. document.c makes whole documents of the same pieces.
 */
#include "latex.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	LINE = 76,              /* small letters of formulas that fit a line of a paper */
	APART = 4               /* between an equation and the remark beside it */
};

/* ---- spaces */

static void
put_size(Text *out, const char *size)
{
	Trap t;
	if (TRY(&t, out->a)) {
		Tree *e = parse_expr(out->a, NULL, size);
		trap_end(&t);
		text_add(out, print_tree(out->a, e, STYLE_LATEX));
	} else {
		text_add(out, size);
	}
}

/* "m x n": \mathbb{R}^{m \times n}; positive: the numbers above 0 */
void
latex_space(Text *out, const char *shape, bool positive)
{
	const char *field = positive ? "\\mathbb{R}_{>0}" : "\\mathbb{R}";
	text_add(out, field);
	if (strcmp(shape, "scalar") == 0)
		return;
	text_add(out, "^{");
	for (bool first = true; *shape; first = false) {
		const char *times = strstr(shape, " x ");
		size_t n = times ? (size_t)(times - shape) : strlen(shape);
		text_add(out, first ? "" : " \\times ");
		put_size(out, arena_strndup(out->a, shape, n));
		shape += n + (times ? 3 : 0);
	}
	text_add(out, "}");
}

/* ---- declarations */

static const char *
property_word(unsigned bit)
{
	switch (bit) {
	case P_SKEW:
		return "skew-symmetric";
	case P_LOWER:
		return "lower triangular";
	case P_UPPER:
		return "upper triangular";
	case P_POSDEF:
		return "positive definite";
	default:
		return NULL;
	}
}

void
latex_properties(Text *t, unsigned props)
{
	int n = 0;
	if (props & P_POSDEF)
		props &= ~(unsigned)P_SYMMETRIC;
	for (unsigned bit = 1; bit < 1u << P_COUNT; bit <<= 1) {
		if (!(props & bit) || bit == P_POSITIVE)
			continue;
		const char *word = property_word(bit);
		text_addf(t, "%s%s", n++ ? " and " : " ", word ? word : props_text(t->a, bit));
	}
}

/* $W \in \mathbb{R}^{m \times n}$ symmetric */
void
latex_variable(Text *t, Sym name, const char *shape, unsigned props)
{
	bool above = (props & P_POSITIVE) && strcmp(shape, "scalar") == 0;
	text_add(t, "$");
	latex_name(t, name);
	text_add(t, above ? " > 0" : " \\in ");
	if (!above)
		latex_space(t, shape, props & P_POSITIVE);
	text_add(t, "$");
	latex_properties(t, props);
}

/* "W : m x n, x : n": $W \in \mathbb{R}^{m \times n}$, ...; false: the words are others */
bool
latex_spaces(Text *t, const char *words)
{
	Text out = text_new(t->a);
	while (*words) {
		const char *colon = strstr(words, " : "), *comma = strstr(words, ", ");
		size_t name = colon ? (size_t)(colon - words) : 0;
		if (!colon || memchr(words, ' ', name) || (comma && comma < colon))
			return false;
		const char *shape = colon + 3;
		size_t n = comma ? (size_t)(comma - shape) : strlen(shape);
		text_add(&out, out.n > 0 ? ", $" : "$");
		latex_name(&out, arena_strndup(t->a, words, name));
		text_add(&out, " \\in ");
		latex_space(&out, arena_strndup(t->a, shape, n), false);
		text_add(&out, "$");
		words = shape + n + (comma ? 2 : 0);
	}
	text_add(t, out.n > 0 ? out.s : "");
	return out.n > 0;
}

/* ---- numbers */

/* 1.5e-07 as it is written on paper */
static void
put_number(Text *out, double x, int digits)
{
	char s[64];
	snprintf(s, sizeof s, "%.*g", digits, x);
	char *e = strchr(s, 'e');
	if (isinf(x) || isnan(x))
		text_add(out, isnan(x) ? "\\mathrm{nan}" : x < 0 ? "-\\infty" : "\\infty");
	else if (e)
		text_addf(out, "%.*s \\cdot 10^{%d}", (int)(e - s), s, atoi(e + 1));
	else
		text_add(out, s);
}

void
latex_tensor(Text *out, const Tensor *x, int digits)
{
	long rows = x->nax > 0 ? x->dim[0] : 1, cols = x->nax > 1 ? x->dim[1] : 1;
	if (x->size == 1) {
		put_number(out, x->data[0], digits);
		return;
	}
	text_add(out, "\\begin{bmatrix} ");
	for (long i = 0; i < rows; i++) {
		text_add(out, i ? " \\\\ " : "");
		for (long j = 0; j < cols; j++) {
			text_add(out, j ? " & " : "");
			put_number(out, x->data[i * cols + j], digits);
		}
	}
	text_add(out, " \\end{bmatrix}");
}

/* ---- derivations */

typedef struct Page {
	Mdx *s;
	Arena *a;
	const Derivation *d;
	Text out;
	bool open;              /* within an align* */
	bool rows;              /* ... that has rows already */
	bool beside;            /* remarks stand beside the equations of this part */
	Tree *binds;            /* the definitions so far, as a `where` */
} Page;

/* dW, as derivations by differentials make such names: an upright d and the name; in brackets where
   a factor comes behind it, which would be read as part of it */
static Tree *
differentials(Page *p, const Tree *t, bool factor_behind)
{
	Tree *out = NEW(p->a, Tree);
	*out = *t;
	out->kid = NULL;
	out->n = out->cap = 0;
	for (int i = 0; i < t->n; i++)
		tree_push(p->a, out, differentials(p, t->kid[i], t->kind == TREE_MUL ? i + 1 < t->n :
			t->kind == TREE_TRANS && factor_behind));
	if (t->kind != TREE_NAME || t->name[0] != 'd' || !t->name[1])
		return out;
	Sym of = sym(t->name + 1);
	bool known = session_find(p->s, of) != NULL;
	for (int i = 0; i < p->d->n && !known; i++) {
		const DeriveRow *r = p->d->row[i];
		const Tree *left = r->left && r->left->kind == TREE_CALL ? r->left->kid[0] : r->left;
		known = left && left->kind == TREE_NAME && (left->name == of ||
			(r->kind == DERIVE_DECLARE && left->name == t->name));
	}
	if (known && !session_find(p->s, t->name)) {
		Text name = text_new(p->a);
		text_add(&name, factor_behind ? "(\\mathrm{d}" : "\\mathrm{d}");
		latex_name(&name, of);
		text_add(&name, factor_behind ? ")" : "");
		out->name = sym(name.s);
	}
	return out;
}

static Tree *
on_paper(Page *p, const Tree *t)
{
	Tree *whole = tree_copy(p->a, p->binds);
	whole->kid[0] = tree_copy(p->a, t);
	Tree *u = latex_notation(p->s, p->a, whole, t, NULL);
	return differentials(p, derivation_paper(p->a, p->d, u), false);
}

static void
put_row(Page *p, const char *row)
{
	text_add(&p->out, !p->open ? "\\begin{align*}\n" : p->rows ? " \\\\\n" : "");
	text_add(&p->out, row);
	p->open = p->rows = true;
}

static void
end_rows(Page *p)
{
	if (p->open)
		text_add(&p->out, p->rows ? "\n\\end{align*}\n" : "\\end{align*}\n");
	p->open = p->rows = false;
}

static bool
ends_with(const Text *t, const char *end)
{
	size_t n = strlen(end);
	return t->n >= n && strcmp(t->s + t->n - n, end) == 0;
}

/* LaTeX between rows */
static void
put_prose(Page *p, const char *tex, const char *end)
{
	if (p->open)
		text_addf(&p->out, "%s\\intertext{%s%s}\n", p->rows ? "\n" : "", tex, end);
	else
		text_addf(
			&p->out, "%s%s%s\n", p->out.n > 0 && !ends_with(&p->out, "*}\n") ? "\n" : "", tex, end);
	p->rows = false;
}

/* words between rows */
static void
put_words(Page *p, const char *words, const char *end)
{
	Text t = text_new(p->a);
	text_add(&t, "Let ");
	if (latex_spaces(&t, words)) {
		end = ".";
	} else {
		t = text_new(p->a);
		latex_words(p->s, &t, words, strlen(words));
		if (t.n > 1 && islower((unsigned char)t.s[0]))
			t.s[0] = (char)toupper((unsigned char)t.s[0]);
	}
	put_prose(p, t.s, end);
}

/* left = side = side, with the shape; its width */
static int
equation(Page *p, const DeriveRow *r, bool with_left, Text *t)
{
	const char *left = print_tree(p->a, on_paper(p, r->left), STYLE_LATEX);
	int used = latex_width(left), most = 0;
	text_add(t, with_left ? left : "");
	for (int i = 0; i < r->n; i++) {
		const Tree *side = on_paper(p, r->side[i]);
		const char *lines = latex_lines(p->a, side, LINE - 12, " \\\\\n&\\qquad ");
		int w = latex_width(lines);
		bool wide = i > 0 && used + w > LINE - 20;
		text_add(t, wide ? " \\\\\n&= " : i == 0 ? " &= " : " = ");
		text_add(t, lines);
		used = (wide ? 0 : used) + (w < LINE ? w : LINE) + 2;
		most = used > most ? used : most;
	}
	if (*r->shape && strcmp(r->shape, "scalar") != 0) {
		text_add(t, " \\in ");
		latex_space(t, r->shape, false);
		most = used + 5 > most ? used + 5 : most;
	}
	return most;
}

/* the rule beside it where it fits, otherwise before it */
static void
put_equation(Page *p, const DeriveRow *r, const DeriveRow *last)
{
	Text t = text_new(p->a), words = text_new(p->a);
	bool again =
		last && !last->departs && last->left && tree_equal(last->left, r->left) && !*r->words;
	equation(p, r, !again, &t);
	latex_words(p->s, &words, r->words, strlen(r->words));
	if (*r->words && !p->beside)
		put_words(p, r->words, ":");
	else if (*r->words)
		text_addf(&t, " && \\text{%s}", words.s);
	put_row(p, t.s);
}

/* An align* ends at a title. */
static void
begin_part(Page *p, int from)
{
	end_rows(p);
	int equations = 0, remarks = 0;
	for (int i = from; i < p->d->n && p->d->row[i]->kind != DERIVE_TITLE; i++) {
		const DeriveRow *r = p->d->row[i];
		Text t = text_new(p->a);
		bool is = r->n > 0 && (r->kind == DERIVE_DEFINE || r->kind == DERIVE_CHECK);
		int w = is ? equation(p, r, true, &t) : 0, words = is ? (int)strlen(r->words) : 0;
		equations = w > equations ? w : equations;
		remarks = words > remarks ? words : remarks;
	}
	/* six letters of text are as wide as five of a formula */
	p->beside = equations + APART + remarks * 5 / 6 <= LINE;
}

static void
put_declaration(Page *p, const DeriveRow *r)
{
	Text t = text_new(p->a);
	const Tree *name = r->left->kind == TREE_CALL ? r->left->kid[0] : r->left;
	text_add(&t, print_tree(p->a, on_paper(p, name), STYLE_LATEX));
	text_add(&t, " &\\in ");
	latex_space(&t, *r->shape ? r->shape : "scalar", false);
	put_row(p, t.s);
}

/* What was declared, in one sentence, with all such rows behind row *i; *i: the last one. */
static void
put_known(Page *p, int *i)
{
	Text t = text_new(p->a);
	for (int k = *i; k < p->d->n && p->d->row[k]->kind == DERIVE_DECLARE && p->d->row[k]->known;
		 k++) {
		const DeriveRow *r = p->d->row[k];
		text_add(&t, t.n ? ", " : "Let ");
		const Tree *name = r->left->kind == TREE_CALL ? r->left->kid[0] : r->left;
		latex_variable(&t, name->name, r->shape, r->props);
		*i = k;
	}
	put_prose(p, t.s, ".");
}

static void
put_function(Page *p, const DeriveRow *r)
{
	Text t = text_new(p->a);
	text_add(&t, "Let $");
	latex_operator(&t, r->left->name);
	text_addf(&t, "$ be a %s", r->elementwise ? "function that is applied to each entry" :
		"scalar-valued function");
	put_prose(p, t.s, ".");
}

/* The shapes of the derivation's own names follow from its definitions. */
static void
bind_row(Page *p, const DeriveRow *r)
{
	if (r->kind != DERIVE_DEFINE || r->left->kind != TREE_NAME || r->n == 0)
		return;
	Tree *b = tree(p->a, TREE_BIND, r->left->loc, 1, r->side[0]);
	b->name = r->left->name;
	tree_push(p->a, p->binds, b);
}

char *
latex_derivation(Mdx *s, Arena *a, const Derivation *d)
{
	Page p = {.s = s, .a = a, .d = d, .out = text_new(a)};
	p.binds = tree(a, TREE_WHERE, (Loc){0}, 1, tree_num(a, (Loc){0}, RAT0));
	for (int i = 0; i < d->n; i++)
		bind_row(&p, d->row[i]);
	for (int i = 0; i < d->n; i++) {
		const DeriveRow *r = d->row[i];
		if (i == 0 || r->kind == DERIVE_TITLE)
			begin_part(&p, i + 1);
		switch (r->kind) {
		case DERIVE_TITLE:
		case DERIVE_NOTE:
			if (i + 1 == d->n)
				end_rows(&p);
			put_words(&p, r->words, i + 1 < d->n && d->row[i + 1]->n > 0 &&
				(p.beside || !*d->row[i + 1]->words) ? ":" : ".");
			break;
		case DERIVE_DECLARE:
			if (r->known)
				put_known(&p, &i);
			else
				put_declaration(&p, r);
			break;
		case DERIVE_FUN:
			put_function(&p, r);
			break;
		case DERIVE_DEFINE:
		case DERIVE_CHECK:
			if (r->n == 0)
				break;
			put_equation(&p, r, i > 0 ? d->row[i - 1] : NULL);
			if (!r->departs)
				break;
			/* words at the end of an align* would leave a gap behind them */
			if (i + 1 == d->n || d->row[i + 1]->kind == DERIVE_TITLE)
				end_rows(&p);
			put_words(&p, r->departs, ".");
			break;
		}
	}
	begin_part(&p, d->n);
	return p.out.s;
}

/* ---- the statement */

static MdxStatus
latex_derive(Mdx *s, Arena *a, const Stmt *st)
{
	Stmt inner = *st;
	inner.word = sym("derive");
	inner.arg++;
	inner.narg--;
	const Derivation *rows = derivation(s, a, &inner);
	session_print(s, "%s", latex_derivation(s, a, rows));
	return rows->claim == VERDICT_TRUE ? MDX_OK : MDX_FALSE;
}

/* numbers */
static MdxStatus
latex_value(Mdx *s, Arena *a, Tree *expr)
{
	Text t = text_new(a);
	latex_tensor(&t, value_eval(s, a, expr), s->digits);
	session_print(s, "%s\n", t.s);
	return MDX_OK;
}

MdxStatus
cmd_latex(Mdx *s, Arena *a, const Stmt *st)
{
	if (st->redirect)
		raise_at(a, st->loc, "latex does not write to a file");
	if (st->narg > 1 && st->arg[0] != st->expr)
		return latex_derive(s, a, st);
	const Tree *inner = st->expr;
	while (inner->kind == TREE_WHERE)
		inner = inner->kid[0];
	if (inner->kind == TREE_EQ) {
		Tree *t = latex_notation(s, a, st->expr, st->expr, NULL);
		session_print(s, "%s\n", print_tree(a, t, STYLE_LATEX));
		return MDX_OK;
	}
	if (value_wanted(s, st->expr))
		return latex_value(s, a, st->expr);
	Elab *e;
	Term *term;
	Formula f = session_formula(s, a, st->expr, NULL, &term, &e);
	session_keep(s, a, f.nindex ? st->expr : f.tree);
	define_taken(s, a, e);
	const char *text = latex_formula(s, a, &f, LINE, " \\\\\n&\\quad ");
	session_print(
		s, strstr(text, "\\\\\n") ? "\\begin{aligned}\n& %s\n\\end{aligned}\n" : "%s\n", text);
	return MDX_OK;
}
