/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * latex_form.c: formulas for LaTeX. latex.c prints trees, which have no shapes; here is what
 * wants to know them: \lVert x \rVert_2 and \lVert X \rVert_F, A B^{-1} where a matrix divides,
 * \sum_i for the sum of entries, a plain power of a scalar. And long formulas in lines.
 */
#include "latex.h"

#include <ctype.h>
#include <string.h>

/* ---- shapes of parts */

typedef struct Shaper {
	Mdx *s;
	Arena *a;
	const Tree *whole;
	Decl *given;
	Elab *e;                /* of whole; NULL: not made yet, or left by an error */
	bool hopeless;          /* whole has no shapes: an error, or too many questions */
	int asked;
} Shaper;

/* The names of the whole get their shapes. */
static Elab *
elab_whole(Shaper *p)
{
	Elab *e = elab_new(p->s, p->a, dims_new(p->a));
	const Tree *inner = p->whole;
	int n;
	e->given = p->given;
	while (inner->kind == TREE_WHERE)
		inner = inner->kid[0];
	p->hopeless = true;
	if (inner->kind == TREE_EQ)
		elab_sides(e, p->whole, &n);
	else
		elab_expr(e, p->whole);
	p->hopeless = false;
	return e;
}

/* Raises when t has no shape. p->e is there only while it is whole. */
static Form
find_form(Shaper *p, const Tree *t, const Tree *binds)
{
	Elab *e = p->e ? p->e : elab_whole(p);
	p->e = NULL;
	Tree *w = NULL;
	if (binds) {
		w = tree(p->a, TREE_WHERE, t->loc, 1, t);
		for (int i = 1; i < binds->n; i++)
			tree_push(p->a, w, binds->kid[i]);
	}
	const Term *term = elab_expr(e, w ? w : t);
	p->e = e;
	if (term->nax > 2)
		return FORM_UNKNOWN;
	if (dim_is(term->row, 1))
		return dim_is(term->col, 1) ? FORM_SCALAR : FORM_ROW;
	return dim_is(term->col, 1) ? FORM_COLUMN : FORM_MATRIX;
}

/* The form of t as a part of whole; binds: the `where` that t stands in, or NULL. */
static Form
form(Shaper *p, const Tree *t, const Tree *binds)
{
	enum { QUESTIONS = 500 };
	Trap trap;
	if (p->hopeless || p->asked++ > QUESTIONS)
		return FORM_UNKNOWN;
	if (TRY(&trap, p->a)) {
		Form f = find_form(p, t, binds);
		trap_end(&trap);
		return f;
	}
	if (trap.diag.interrupted || trap.diag.kind == DIAG_BUG)
		raise_diag(p->a, &trap.diag);
	return FORM_UNKNOWN;
}

Form
latex_form(Mdx *s, Arena *a, const Tree *t)
{
	Shaper p = {.s = s, .a = a, .whole = t};
	return form(&p, t, NULL);
}

/* ---- sums of entries */

static bool
is_elementwise(const Tree *t)
{
	if (t->kind == TREE_EMUL || t->kind == TREE_EDIV || t->kind == TREE_EPOW)
		return true;
	if (t->kind == TREE_ADD || t->kind == TREE_NEG) {
		for (int i = 0; i < t->n; i++)
			if (is_elementwise(t->kid[i]))
				return true;
		return false;
	}
	const Fun *f = t->kind == TREE_CALL && !t->kid[0]->prime ? fun_find(t->kid[0]->name) : NULL;
	return f && f->cls == FC_ELEM;
}

typedef struct Entrywise { Shaper *p; const Tree *binds; Tree *index[2]; Form of; } Entrywise;

/* The entry i (, j) of t: indices go inwards through what works entry by entry. */
static Tree *
entry_of(const Entrywise *x, const Tree *t)
{
	Arena *a = x->p->a;
	Form f = form(x->p, t, x->binds);
	if (f == FORM_SCALAR)
		return tree_copy(a, t);
	bool inside = is_elementwise(t) || t->kind == TREE_ADD || t->kind == TREE_NEG || t->kind == TREE_POS;
	if (t->kind == TREE_MUL)        /* a scalar times something */
		for (int i = 0; i < t->n && !inside; i++)
			inside = t->n == 2 && form(x->p, t->kid[i], x->binds) == FORM_SCALAR;
	if (!inside) {
		Tree *e = tree(a, TREE_INDEX, t->loc, 2, tree_copy(a, t), x->index[0]);
		if (x->of == FORM_MATRIX)
			tree_push(a, e, x->index[1]);
		return e;
	}
	TreeKind kind = t->kind == TREE_EMUL ? TREE_MUL : t->kind == TREE_EDIV ? TREE_DIV :
		t->kind == TREE_EPOW ? TREE_POW : t->kind;
	Tree *e = tree(a, kind, t->loc, 0);
	e->name = t->name;
	for (int i = 0; i < t->n; i++)
		tree_push(a, e, (t->kind == TREE_CALL && i == 0) || (t->kind == TREE_EPOW && i == 1) ?
			tree_copy(a, t->kid[i]) : entry_of(x, t->kid[i]));
	return e;
}

/* a letter for an index that the whole does not use */
static Sym
index_name(const Shaper *p, const char *after)
{
	for (const char *c = after; *c; c++) {
		Sym name = symn(c, 1);
		if (!tree_mentions(p->whole, name) && !session_find(p->s, name))
			return name;
	}
	return NULL;
}

/* sum(x.*y): \sum_i x_i y_i; sum(x): 1'*x */
static Tree *
sum_notation(Shaper *p, const Tree *t, const Tree *binds)
{
	Arena *a = p->a;
	const Tree *u = t->kid[1];
	Form f = form(p, u, binds);
	if (f != FORM_COLUMN && f != FORM_ROW && f != FORM_MATRIX)
		return NULL;
	Sym i = index_name(p, "ikrst"), j = index_name(p, "jlquv");
	if (is_elementwise(u) && i && j) {
		Entrywise x = {p, binds, {tree_name(a, t->loc, i), tree_name(a, t->loc, j)}, f};
		Tree *sum = tree_call(a, t->loc, LATEX_SUM, 2, entry_of(&x, u), x.index[0]);
		if (f == FORM_MATRIX)
			tree_push(a, sum, x.index[1]);
		return sum;
	}
	Tree *product = tree(a, TREE_MUL, t->loc, 0);
	if (f != FORM_ROW)
		tree_push(a, product, tree(a, TREE_TRANS, t->loc, 1, tree_name(a, t->loc, sym(LATEX_ONE))));
	tree_push(a, product, tree_copy(a, u));
	if (f != FORM_COLUMN)
		tree_push(a, product, tree_name(a, t->loc, sym(LATEX_ONE)));
	return product;
}

/* ---- the notation */

static Tree *
norm_of(Arena *a, const Tree *t, Form f)
{
	const char *fun = f == FORM_MATRIX ? "normfro" : "norm2";
	return tree_call(a, t->loc, fun, 1, tree_copy(a, t->kid[1]));
}

/* t in another notation, its parts not looked at yet; or NULL */
static Tree *
another(Shaper *p, const Tree *t, const Tree *binds)
{
	Arena *a = p->a;
	if (is_call(t, "norm", 1) || is_call(t, "sqnorm", 1)) {
		Form f = form(p, t->kid[1], binds);
		if (f == FORM_UNKNOWN || f == FORM_SCALAR)
			return NULL;
		Tree *norm = norm_of(a, t, f);
		return is_call(t, "norm", 1) ? norm :
			tree(a, TREE_POW, t->loc, 2, norm, tree_num(a, t->loc, rat(2, 1)));
	}
	if (is_call(t, "sum", 1))
		return sum_notation(p, t, binds);
	if (is_call(t, "jac", 2)) {
		bool columns = form(p, t->kid[1], binds) == FORM_COLUMN && form(p, t->kid[2], binds) == FORM_COLUMN;
		return columns ? tree_call(a, t->loc, LATEX_JAC, 2, tree_copy(a, t->kid[1]),
			tree_copy(a, t->kid[2])) : NULL;
	}
	if (t->kind == TREE_DIV) {
		Form f = form(p, t->kid[1], binds);
		if (f != FORM_MATRIX)
			return NULL;
		Tree *inv = tree(a, TREE_INV, t->loc, 1, tree_copy(a, t->kid[1]));
		return tree(a, TREE_MUL, t->loc, 2, tree_copy(a, t->kid[0]), inv);
	}
	if ((t->kind == TREE_EDIV || t->kind == TREE_EPOW) && form(p, t->kid[1], binds) == FORM_SCALAR &&
		(t->kind == TREE_EDIV || form(p, t->kid[0], binds) == FORM_SCALAR))
		return tree(a, t->kind == TREE_EDIV ? TREE_DIV : TREE_POW, t->loc, 2,
			tree_copy(a, t->kid[0]), tree_copy(a, t->kid[1]));
	if (t->kind == TREE_EMUL) {
		int scalars = 0;
		for (int i = 0; i < t->n; i++)
			scalars += form(p, t->kid[i], binds) == FORM_SCALAR;
		if (scalars < t->n - 1)
			return NULL;
		Tree *m = tree(a, TREE_MUL, t->loc, 0);
		for (int i = 0; i < t->n; i++)
			tree_push(a, m, tree_copy(a, t->kid[i]));
		return m;
	}
	return NULL;
}

static Tree *
notation(Shaper *p, const Tree *t, const Tree *binds)
{
	if (t->kind == TREE_WHERE)
		binds = t;
	Tree *new = another(p, t, binds);
	const Tree *from = new ? new : t;
	Tree *out = NEW(p->a, Tree);
	*out = *from;
	out->kid = NULL;
	out->n = out->cap = 0;
	for (int i = 0; i < from->n; i++)
		tree_push(p->a, out, notation(p, from->kid[i], binds));
	return out;
}

Tree *
latex_notation(Mdx *s, Arena *a, const Tree *whole, const Tree *t, Decl *given)
{
	Shaper p = {.s = s, .a = a, .whole = whole, .given = given};
	return notation(&p, t, whole != t && whole->kind == TREE_WHERE ? whole : NULL);
}

/* ---- lines */

/* the end of a command, or of a single character */
static const char *
token_end(const char *s)
{
	if (*s != '\\')
		return s + 1;
	const char *e = s + 1;
	while (isalpha((unsigned char)*e))
		e++;
	return e == s + 1 && *e ? e + 1 : e;
}

static bool
is_token(const char *s, const char *end, const char *word)
{
	return (size_t)(end - s) == strlen(word) && memcmp(s, word, (size_t)(end - s)) == 0;
}

/* The width of what is at *s, up to the } that closes it or the end. */
static double
group_width(const char **s, double scale)
{
	static const char *const invisible[] = {
		"\\left", "\\right", "\\bigl", "\\bigr", "\\Bigl", "\\Bigr", "\\mathrm", "\\mathbf", "\\text",
		"\\operatorname", "\\mathbb", "\\!", "\\,", "\\;", " ", "&", "{", "\\begin", "\\end",
	};
	double w = 0;
	while (**s && **s != '}') {
		const char *end = token_end(*s);
		bool script = **s == '^' || **s == '_';
		if (is_token(*s, end, "\\frac")) {
			double part[2] = {0, 0};
			*s = end;
			for (int i = 0; i < 2 && **s == '{'; i++) {
				++*s;
				part[i] = group_width(s, scale);
				*s += **s == '}';
			}
			w += part[0] > part[1] ? part[0] : part[1];
			continue;
		}
		bool nothing = script;
		for (size_t i = 0; i < sizeof invisible / sizeof *invisible && !nothing; i++)
			nothing = is_token(*s, end, invisible[i]);
		bool open = **s == '{', sign = strchr("+-=", **s) || is_token(*s, end, "\\odot") ||
			is_token(*s, end, "\\otimes");
		size_t name = (size_t)(end - *s);
		bool word = name > 3 && (is_token(*s, end, "\\log") || is_token(*s, end, "\\exp") ||
			is_token(*s, end, "\\det"));
		w += nothing ? 0 : sign ? 2 * scale : word ? 2 * scale : scale;
		*s = end;
		if (script && **s == '{') {
			++*s;
			w += group_width(s, 0.7 * scale);
			*s += **s == '}';
		} else if (open) {
			w += group_width(s, scale);
			*s += **s == '}';
		}
	}
	return w;
}

int
latex_width(const char *source)
{
	double w = group_width(&source, 1);
	return (int)(w + 0.5);
}

static const char *
printed(Arena *a, const Tree *t, Level min)
{
	Text out = text_new(a);
	latex_tree(&out, t, min);
	return out.s;
}

char *
latex_lines(Arena *a, const Tree *t, int width, const char *between)
{
	Text out = text_new(a);
	const char *whole = printed(a, t, LEVEL_WHERE);
	if (t->kind == TREE_WHERE && latex_width(whole) > width) {
		text_add(&out, latex_lines(a, t->kid[0], width, between));
		text_addf(&out, "%s\\text{where }", between);
		for (int i = 1; i < t->n; i++)
			text_addf(&out, "%s%s", i == 1 ? "" : ",\\; ", printed(a, t->kid[i], LEVEL_WHERE));
		return out.s;
	}
	if (t->kind != TREE_ADD || latex_width(whole) <= width) {
		text_add(&out, whole);
		return out.s;
	}
	int used = 0;
	for (int i = 0; i < t->n; i++) {
		const Tree *minus = i > 0 ? negated_term(a, t->kid[i]) : NULL;
		const char *term = printed(a, minus ? minus : t->kid[i], i > 0 ? LEVEL_PRODUCT : LEVEL_TERM);
		int w = latex_width(term) + 2;
		if (i > 0 && used + w > width) {
			text_add(&out, between);
			used = 0;
		}
		text_add(&out, i == 0 ? "" : minus ? " - " : " + ");
		text_add(&out, term);
		used += w;
	}
	return out.s;
}

char *
latex_formula(Mdx *s, Arena *a, const Formula *f, int width, const char *between)
{
	Tree *t = latex_notation(s, a, f->tree, f->tree, NULL);
	if (f->nindex == 0) {
		const Tree *shown = width > 0 && latex_width(printed(a, t, LEVEL_WHERE)) > 2 * width ?
			abbreviate(a, t, 2 * width) : t;
		return width > 0 ? latex_lines(a, shown, width, between) : print_tree(a, shown, STYLE_LATEX);
	}
	Text out = text_new(a);
	text_addf(&out, "\\left[ %s \\right]_{", printed(a, t, LEVEL_WHERE));
	for (int i = 0; i < f->nindex; i++)
		latex_name(&out, f->index[i]);
	text_add(&out, "}");
	return out.s;
}
