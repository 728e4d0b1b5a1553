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
	bool inside =
		is_elementwise(t) || t->kind == TREE_ADD || t->kind == TREE_NEG || t->kind == TREE_POS;
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

static void
push_factors(Arena *a, Tree *product, const Tree *t)
{
	if (t->kind != TREE_MUL) {
		tree_push(a, product, tree_copy(a, t));
		return;
	}
	for (int i = 0; i < t->n; i++)
		tree_push(a, product, tree_copy(a, t->kid[i]));
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
	push_factors(a, product, u);
	if (f != FORM_COLUMN)
		tree_push(a, product, tree_name(a, t->loc, sym(LATEX_ONE)));
	return product;
}

/* sum(X, 1): 1'*X; sum(X, 2): X*1 */
static Tree *
directed_sum(Shaper *p, const Tree *t, const Tree *binds)
{
	Arena *a = p->a;
	if (t->kid[2]->kind != TREE_NUM || form(p, t->kid[1], binds) == FORM_UNKNOWN)
		return NULL;
	bool down = rat_is(t->kid[2]->num, 1);
	Tree *one = tree_name(a, t->loc, sym(LATEX_ONE)), *product = tree(a, TREE_MUL, t->loc, 0);
	if (down)
		tree_push(a, product, tree(a, TREE_TRANS, t->loc, 1, one));
	push_factors(a, product, t->kid[1]);
	if (!down)
		tree_push(a, product, one);
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
	/* bars of a vector are read as a norm, of a matrix as a determinant */
	if (is_call(t, "abs", 1)) {
		Form f = form(p, t->kid[1], binds);
		return f == FORM_UNKNOWN || f == FORM_SCALAR ? NULL :
			tree_call(a, t->loc, LATEX_ABS, 1, tree_copy(a, t->kid[1]));
	}
	if (is_call(t, "sum", 1))
		return sum_notation(p, t, binds);
	if (is_call(t, "sum", 2))
		return directed_sum(p, t, binds);
	/* the entries of an identity matrix */
	if (t->kind == TREE_INDEX && t->n == 3 && (is_call(t->kid[0], "eye", 1) ||
		(t->kid[0]->kind == TREE_NAME && strcmp(t->kid[0]->name, "I") == 0)))
		return tree(
			a, TREE_INDEX, t->loc, 3, tree_name(a, t->loc, sym("\\delta")), t->kid[1], t->kid[2]);
	if (is_call(t, "jac", 2)) {
		bool columns =
			form(p, t->kid[1], binds) == FORM_COLUMN && form(p, t->kid[2], binds) == FORM_COLUMN;
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
	if ((t->kind == TREE_EDIV || t->kind == TREE_EPOW) &&
		form(p, t->kid[1], binds) == FORM_SCALAR &&
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

/* The width of one token, in small letters. */
static double
token_width(const char *s, const char *end)
{
	static const char *const invisible[] = {
		"\\left",
		"\\right",
		"\\bigl",
		"\\bigr",
		"\\Bigl",
		"\\Bigr",
		"\\mathrm",
		"\\mathbf",
		"\\text",
		"\\operatorname",
		"\\mathbb",
		"\\!",
		"\\,",
		"\\;",
		" ",
		"&",
		"{",
		"^",
		"_",
		"\n",
		"\\begin",
		"\\end",
	};
	static const char *const signs[] = {
		"+", "-", "=", "\\odot", "\\otimes", "\\oslash", "\\neq", "\\in", "\\cdot",
	};
	static const char *const words[] = {
		"\\log",
		"\\exp",
		"\\det",
		"\\sin",
		"\\cos",
		"\\tan",
		"\\tanh",
		"\\sinh",
		"\\cosh",
		"\\max",
		"\\min",
	};
	for (size_t i = 0; i < sizeof invisible / sizeof *invisible; i++)
		if (is_token(s, end, invisible[i]))
			return 0;
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (is_token(s, end, signs[i]))
			return 2.4;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (is_token(s, end, words[i]))
			return (double)(end - s);
	if (is_token(s, end, "\\quad") || is_token(s, end, "\\qquad"))
		return s[2] == 'u' ? 2 : 4;
	return *s >= 'A' && *s <= 'Z' ? 1.5 : strchr("()[],", *s) ? 0.8 : (*s & 0xc0) == 0x80 ? 0 : 1;
}

/* The width of what is at *s, up to the } that closes it or the end. */
static double
group_width(const char **s, double scale)
{
	double w = 0;
	while (**s && **s != '}') {
		const char *end = token_end(*s);
		bool script = **s == '^' || **s == '_', open = **s == '{';
		if (is_token(*s, end, "\\frac")) {
			double part[2] = {0, 0};
			*s = end;
			for (int i = 0; i < 2 && **s == '{'; i++) {
				++*s;
				part[i] = group_width(s, scale);
				*s += **s == '}';
			}
			w += (part[0] > part[1] ? part[0] : part[1]) + 0.4;
			continue;
		}
		w += scale * token_width(*s, end);
		*s = end;
		if (script && **s == '{') {
			++*s;
			w += group_width(s, 0.7 * scale);
			*s += **s == '}';
		} else if (script && **s) {
			end = token_end(*s);
			w += 0.7 * scale * token_width(*s, end);
			*s = end;
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
	double w = 0;
	for (; *source; source += *source == '}')
		w += group_width(&source, 1);
	return (int)(w + 0.5);
}

static const char *
printed(Arena *a, const Tree *t, Level min)
{
	Text out = text_new(a);
	latex_tree(&out, t, min);
	return out.s;
}

/* Lines under construction: parts are put on a line as long as they fit. */
typedef struct Lines { Text out; int width, used; const char *between; bool begun; } Lines;

static void
put_part(Lines *l, const char *sign, const char *part)
{
	int w = latex_width(part) + latex_width(sign);
	if (l->begun && l->used + w > l->width) {
		text_add(&l->out, l->between);
		l->used = 0;
	}
	text_add(&l->out, sign);
	text_add(&l->out, part);
	l->used += w;
	l->begun = true;
}

/* A term: a product that is too long is broken between its factors. */
static void
put_term(Lines *l, const char *sign, const Tree *t, Level min)
{
	Arena *a = l->out.a;
	const char *whole = printed(a, t, min);
	bool product = t->kind == TREE_MUL || t->kind == TREE_EMUL;
	if (!product || latex_width(whole) <= l->width) {
		put_part(l, sign, whole);
		return;
	}
	for (int i = 0; i < t->n; i++) {
		const char *factor = printed(a, t->kid[i], LEVEL_FACTOR);
		bool breaks = l->used + latex_width(factor) > l->width;
		put_part(l, i == 0 ? sign : t->kind == TREE_EMUL ? " \\odot " : breaks ? " \\cdot " : " ",
			factor);
	}
}

char *
latex_lines(Arena *a, const Tree *t, int width, const char *between)
{
	Lines l = {.out = text_new(a), .width = width, .between = between};
	const char *whole = printed(a, t, LEVEL_WHERE);
	if (latex_width(whole) <= width) {
		text_add(&l.out, whole);
	} else if (t->kind == TREE_WHERE) {
		text_add(&l.out, latex_lines(a, t->kid[0], width, between));
		text_addf(&l.out, "%s\\text{where }", between);
		for (int i = 1; i < t->n; i++) {
			const char *sign = i == 1 ? "" : ",\\; ";
			put_part(&l, sign, printed(a, t->kid[i], LEVEL_WHERE));
		}
	} else if (t->kind == TREE_ADD) {
		for (int i = 0; i < t->n; i++) {
			const Tree *minus = i > 0 ? negated_term(a, t->kid[i]) : NULL;
			put_term(&l, i == 0 ? "" : minus ? " - " : " + ", minus ? minus : t->kid[i],
				i > 0 ? LEVEL_PRODUCT : LEVEL_TERM);
		}
	} else if (t->kind == TREE_NEG) {
		put_term(&l, "-", t->kid[0], LEVEL_PRODUCT);
	} else {
		put_term(&l, "", t, LEVEL_WHERE);
	}
	return l.out.s;
}

int
latex_widest(Arena *a, const char *lines, const char *between)
{
	int most = 0;
	for (const char *next; lines; lines = next ? next + strlen(between) : NULL) {
		next = strstr(lines, between);
		int w = latex_width(arena_strndup(a, lines, next ? (size_t)(next - lines) : strlen(lines)));
		most = w > most ? w : most;
	}
	return most;
}

char *
latex_formula(Mdx *s, Arena *a, const Formula *f, int width, const char *between)
{
	Tree *t = latex_notation(s, a, f->tree, f->tree, NULL);
	if (f->nindex == 0 && width <= 0)
		return print_tree(a, t, STYLE_LATEX);
	if (f->nindex == 0) {
		char *lines = latex_lines(a, t, width, between);
		bool good = latex_widest(a, lines, between) <= width + width / 8 &&
			latex_width(printed(a, t, LEVEL_WHERE)) <= 3 * width;
		return good ? lines : latex_lines(a, abbreviate(a, t, width), width, between);
	}
	Text out = text_new(a);
	text_addf(&out, "\\left[ %s \\right]_{", printed(a, t, LEVEL_WHERE));
	for (int i = 0; i < f->nindex; i++)
		latex_name(&out, f->index[i]);
	text_add(&out, "}");
	return out.s;
}
