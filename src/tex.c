/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tex.c: LaTeX as people write it to trees: the statement `tex`. Letters are names, letters in a
 * row are a product; what a bar, a bracket or a script means follows from where it stands, and for
 * |X| and derivatives from the shapes of names. Recursive descent:
 *
 *   identity  sum = sum = ...
 *   sum       +- term +- term ...
 *   term      product \odot product \otimes product ...
 *   product   factor factor \cdot factor / factor ...
 *   factor    base with _ ^ '
 */
#include "tex.h"

#include <ctype.h>
#include <string.h>

enum { DEPTH_MAX = 1000 };

Form
tex_form(const Tex *t, const Tree *x)
{
	return latex_form(t->s, t->a, x);
}

/* from token `beg` to the last one read */
static Loc
since(const Tex *t, int beg)
{
	return tex_loc(t, (Range){beg, t->at});
}

/* ---- ranges */

Tree *
tex_range(Tex *t, Range r, Tree *(*read)(Tex *))
{
	Tex outer = *t;
	t->at = r.beg;
	t->end = r.end;
	t->bars = t->norms = 0;
	Tree *x = read(t);
	if (t->at < t->end)
		tex_fail(t, (Range){t->at, t->at + 1}, NULL, "%s is not understood here",
			tex_shown(t, tex_peek(t, 0)));
	t->at = outer.at;
	t->end = outer.end;
	t->bars = outer.bars;
	t->norms = outer.norms;
	return x;
}

/* What is between the { at t->at and its }. */
static Range
braces(Tex *t)
{
	int open = t->at, depth = 0;
	for (; t->at < t->end; t->at++) {
		depth += tex_is(t, 0, "{") - tex_is(t, 0, "}");
		if (depth == 0) {
			t->at++;
			return (Range){open + 1, t->at - 1};
		}
	}
	tex_fail(t, (Range){open, open + 1}, NULL, "this { is not closed");
}

Range
tex_argument(Tex *t)
{
	if (tex_is(t, 0, "{"))
		return braces(t);
	if (t->at >= t->end)
		tex_fail(t, (Range){t->at - 1, t->at}, NULL, "%s has nothing behind it",
			tex_shown(t, &t->tok[t->at - 1]));
	t->at++;
	return (Range){t->at - 1, t->at};
}

/* ---- brackets, bars, matrices */

/* `bracket` and what closes it */
static const char *
closing(const char *open)
{
	static const char *const pairs[][2] = {
		{"(", ")"}, {"[", "]"}, {"\\{", "\\}"}, {"{", "}"}, {"\\lvert", "\\rvert"},
		{"\\lVert", "\\rVert"}, {"\\langle", "\\rangle"},
	};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (strcmp(pairs[i][0], open) == 0)
			return pairs[i][1];
	return NULL;
}

static const char *
opening(const Tex *t)
{
	static const char *const open[] = {"(", "[", "\\{", "{"};
	for (size_t i = 0; i < sizeof open / sizeof *open; i++)
		if (tex_is(t, 0, open[i]))
			return open[i];
	return NULL;
}

static Tree *
bracketed(Tex *t, const char *open)
{
	int bars = t->bars, norms = t->norms, at = t->at++;
	t->bars = t->norms = 0;
	Tree *x = tex_sum_of_terms(t);
	t->bars = bars;
	t->norms = norms;
	if (!tex_is(t, 0, closing(open)) && t->at >= t->end)
		tex_fail(t, (Range){at, at + 1}, NULL, "this %s is not closed", open);
	tex_expect(t, closing(open));
	return x;
}

/* |X|: a determinant, of a scalar the absolute value; of a vector, too, where it is written as mdx writes it */
static Tree *
bars(Tex *t, const char *close)
{
	int at = t->at++;
	bool plain = strcmp(close, "|") == 0;
	t->bars += plain;
	Tree *x = tex_sum_of_terms(t);
	t->bars -= plain;
	if (!tex_is(t, 0, close))
		tex_fail(t, (Range){at, at + 1}, NULL, "this bar is not closed");
	t->at++;
	Form f = tex_form(t, x);
	bool vector = f == FORM_COLUMN || f == FORM_ROW;
	if (vector && plain)
		tex_fail(t, (Range){at, t->at}, "\\|x\\| is the norm of a vector",
			"single bars are a determinant or an absolute value, and this is a vector");
	const char *fun = (f == FORM_SCALAR || vector) && !is_call(x, "det", 1) ? "abs" : "det";
	if (is_call(x, "det", 1))
		fun = "abs";
	return tree_call(t->a, since(t, at), fun, 1, x);
}

/* \|x\|_2^2 and its kind, with the scripts */
static Tree *
norm(Tex *t, int width, const char *close)
{
	int at = t->at;
	t->at += width;
	t->norms += *close == '\\' && close[1] == '|';
	t->bars += *close == '|';
	Tree *x = tex_sum_of_terms(t);
	t->norms -= *close == '\\' && close[1] == '|';
	t->bars -= *close == '|';
	for (int i = 0; i < width; i++) {
		if (!tex_is(t, 0, close))
			tex_fail(t, (Range){at, at + width}, NULL, "this bar is not closed");
		t->at++;
	}
	Scripts sc = tex_scripts(t);
	Loc loc = since(t, at);
	bool none = !sc.has_down, two = sc.has_down && tex_range_is(t, sc.down, "2"),
		 fro = sc.has_down && tex_range_is(t, sc.down, "F"),
		 one = sc.has_down && tex_range_is(t, sc.down, "1");
	bool square = sc.has_up && tex_range_is(t, sc.up, "2");
	if (two && tex_form(t, x) == FORM_MATRIX)
		tex_fail(t, sc.down, "\\|X\\|_F is the Frobenius norm",
			"the 2-norm of a matrix, its largest singular value, is not there");
	if (square && (none || two || fro)) {
		sc.has_up = false;
		x = tree_call(t->a, loc, "sqnorm", 1, x);
	} else if (none || two || fro) {
		x = tree_call(t->a, loc, fro ? "normfro" : "norm", 1, x);
	} else if (one) {
		x = tree_call(t->a, loc, "norm1", 1, x);
	} else if (square && !tex_range_is(t, sc.down, "\\infty") && !tex_range_is(t, sc.down, "*")) {
		/* \|x\|_A^2: x'*A*x */
		Tree *m = tex_range(t, sc.down, tex_sum_of_terms);
		sc.has_up = false;
		x = tree(t->a, TREE_MUL, loc, 3, tree(t->a, TREE_TRANS, loc, 1, x), m, x);
	} else {
		tex_fail(t, sc.down, "norms are \\|x\\|, \\|x\\|_2, \\|x\\|_1, \\|X\\|_F",
			"this norm is not understood");
	}
	sc.has_down = false;
	return tex_with_scripts(t, x, &sc, at);
}

static Tree *
angles(Tex *t)
{
	int at = t->at++;
	Tree *x = tex_sum_of_terms(t);
	if (!tex_take(t, ","))
		tex_expect(t, "|");
	Tree *y = tex_sum_of_terms(t);
	tex_expect(t, "\\rangle");
	if (tex_is(t, 0, "_") && (tex_is(t, 1, "F") || tex_peek(t, 1)->kind == TEX_LETTER))
		t->at += 2;
	return tree_call(t->a, since(t, at), "dot", 2, x, y);
}

/* \begin{bmatrix} a & b \\ c & d \end{bmatrix} */
static Tree *
matrix(Tex *t)
{
	int at = t->at++;
	Sym env = t->tok[at].text;
	size_t n = strlen(env);
	bool array = strcmp(env, "array") == 0;
	if (!array && (n < 6 || strncmp(env + n - 6, "matrix", 6) != 0))
		tex_fail(t, (Range){at, at + 1}, "matrices are bmatrix, pmatrix, matrix, vmatrix, array",
			"\\begin{%s} is not understood", env);
	if (array && tex_is(t, 0, "{"))
		tex_argument(t);
	Tree *m = tree(t->a, TREE_MATRIX, since(t, at), 0);
	while (tex_peek(t, 0)->kind != TEX_CLOSE) {
		Tree *row = tree(t->a, TREE_ROW, since(t, at), 0);
		do
			tree_push(t->a, row, tex_sum_of_terms(t));
		while (tex_take(t, "&"));
		tree_push(t->a, m, row);
		if (!tex_take(t, "\\\\") && tex_peek(t, 0)->kind != TEX_CLOSE)
			tex_fail(t, (Range){t->at, t->at + 1}, "elements are apart by &, rows by \\\\",
				"expected & or \\\\ or \\end{%s}, found %s", env, tex_shown(t, tex_peek(t, 0)));
	}
	if (tex_peek(t, 0)->text != env)
		tex_fail(t, (Range){t->at, t->at + 1}, NULL, "\\begin{%s} is ended by \\end{%s}", env,
			tex_peek(t, 0)->text);
	t->at++;
	m->loc = since(t, at);
	if (m->n == 0)
		tex_fail(t, (Range){at, t->at}, NULL, "a matrix without entries");
	return *env == 'v' ? tree_call(t->a, m->loc, "det", 1, m) :
		*env == 'V' ? tree_call(t->a, m->loc, "norm", 1, m) : m;
}

/* ---- functions */

Tree *
tex_call(Tex *t, Loc loc, const char *fun, Tree *x)
{
	const Tree *k = x;
	if (strcmp(fun, "log") == 0) {
		if (is_call(k, "abs", 1))
			k = k->kid[1];
		if (is_call(k, "det", 1))
			return tree_call(t->a, loc, "logdet", 1, k->kid[1]);
	}
	return tree_call(t->a, loc, fun, 1, x);
}

/* The function that a \command or an upright word is, or NULL. */
static const char *
function_name(const Tex *t, const TexToken *tok)
{
	if (tok->kind != TEX_COMMAND && tok->kind != TEX_WORD)
		return NULL;
	if (tok->kind == TEX_WORD && session_find(t->s, tok->text))
		return NULL;
	/* single letters and Greek ones are names, \dot and \vec are accents */
	bool accent = tok->kind == TEX_COMMAND && (strcmp(tok->text, "dot") == 0 ||
		(strcmp(tok->text, "vec") == 0 && strcmp(tok[1].text, "(") != 0));
	if (accent || !tok->text[1] || latex_greek(tok->text, strlen(tok->text)))
		return NULL;
	char *low = arena_strndup(t->a, tok->text, strlen(tok->text));
	for (char *p = low; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	static const char *const others[][2] = {
		{"sgn", "sign"}, {"lse", "logsumexp"}, {"rectifier", "relu"}, {"logistic", "sigmoid"},
		{"adjugate", "adj"},
	};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strcmp(low, others[i][0]) == 0)
			return others[i][1];
	const Fun *f = fun_find(sym(low));
	return f && f->cls != FC_VALUE && f->max > 0 ? f->name : NULL;
}

static bool
begins_function(const Tex *t)
{
	const char *f = function_name(t, tex_peek(t, 0));
	return f || tex_is(t, 0, "\\sum") || tex_begins_derivative(t);
}

/* (x, y): pushes the arguments */
Tree *
tex_arguments(Tex *t, Tree *call)
{
	const char *open = opening(t);
	int at = t->at++, bars = t->bars, norms = t->norms;
	t->bars = t->norms = 0;
	do
		tree_push(t->a, call, tex_sum_of_terms(t));
	while (tex_take(t, ","));
	t->bars = bars;
	t->norms = norms;
	if (!tex_is(t, 0, closing(open)) && t->at >= t->end)
		tex_fail(t, (Range){at, at + 1}, NULL, "this %s is not closed", open);
	tex_expect(t, closing(open));
	return call;
}

/* The argument of a function: what is in the brackets behind it, or the factors up to the next
   sign or function. */
Tree *
tex_bracketed_or_factors(Tex *t, const char *fun)
{
	const char *open = opening(t);
	if (open)
		return bracketed(t, open);
	if (!tex_begins_factor(t))
		tex_fail(t, (Range){t->at - 1, t->at}, NULL, "%s has no argument", fun);
	int at = t->at;
	Tree *x = tex_factor(t);
	while (
		tex_begins_factor(t) && !begins_function(t) && !tex_is(t, 0, "|") && !tex_is(t, 0, "\\|")) {
		Tree *y = tex_factor(t);
		x = x->kind == TREE_MUL && x->loc.beg == t->tok[at].beg ? x :
			tree(t->a, TREE_MUL, since(t, at), 1, x);
		tree_push(t->a, x, y);
		x->loc = since(t, at);
	}
	return x;
}

static Tree *
function(Tex *t, const char *fun)
{
	int at = t->at++;
	Scripts sc = tex_scripts(t);
	if (sc.has_down)
		tex_fail(
			t, sc.down, NULL, "%s with a subscript is not understood", tex_shown(t, &t->tok[at]));
	if (sc.prime)
		tex_fail(t, (Range){at, t->at}, "write the derivative out, as in \\frac{d}{dx} f(x)",
			"the derivative of %s by a prime is not understood", fun);
	if (sc.has_up && tex_range_is(t, (Range){sc.up.beg, sc.up.beg + 1}, "-"))
		tex_fail(t, sc.up, "write 1/f(x), or \\arcsin for the inverse function",
			"%s^{-1} can mean two things", tex_shown(t, &t->tok[at]));
	const Fun *f = fun_find(sym(fun));
	Tree *x;
	if (f->max > 1 && opening(t)) {
		x = tex_arguments(t, tree_call(t->a, since(t, at), fun, 0));
		x->loc = since(t, at);
	} else if (f->min > 1) {
		tex_fail(t, (Range){at, t->at}, arena_printf(t->a, "%s(%s)", f->name, f->args),
			"%s wants its arguments in brackets", tex_shown(t, &t->tok[at]));
	} else {
		Tree *arg = tex_bracketed_or_factors(t, tex_shown(t, &t->tok[at]));
		x = tex_call(t, since(t, at), fun, arg);
	}
	if (f->cls == FC_DERIV)
		return x;
	if (!sc.has_up)
		return x;
	/* \sin^2 x of a vector is a power of each entry */
	if (f->cls == FC_ELEM && tex_form(t, x) != FORM_SCALAR)
		return tree(t->a, TREE_EPOW, since(t, at), 2, x, tex_range(t, sc.up, tex_sum_of_terms));
	return tex_with_scripts(t, x, &sc, at);
}

static Tree *
root(Tex *t)
{
	int at = t->at++;
	Tree *k = NULL;
	if (tex_is(t, 0, "[")) {
		t->at++;
		k = tex_sum_of_terms(t);
		tex_expect(t, "]");
	}
	Tree *x = tex_range(t, tex_argument(t), tex_sum_of_terms);
	if (!k)
		return tree_call(t->a, since(t, at), "sqrt", 1, x);
	if (k->kind != TREE_NUM || rat_sign(k->num) == 0)
		tex_fail(t, (Range){at, t->at}, NULL, "a root is a number, as in \\sqrt[3]{x}");
	return tree(t->a, TREE_POW, since(t, at), 2, x, tree_num(t->a, k->loc, rat_inv(t->a, k->num)));
}

/* \mathbf{1}, \mathbf{0}, with the size below it or not */
static Tree *
ones(Tex *t)
{
	bool zero = tex_is(t, 0, "\\zero");
	int at = t->at++;
	Scripts sc = tex_scripts(t);
	Tree *x;
	Loc loc = since(t, at);
	if (!sc.has_down) {
		x = zero ? tree_num(t->a, loc, RAT0) :
			tree_call(t->a, loc, "vector", 1, tree_num(t->a, loc, RAT1));
	} else {
		int times = sc.down.beg;
		while (times < sc.down.end && !tex_range_is(t, (Range){times, times + 1}, "\\times") &&
			!tex_range_is(t, (Range){times, times + 1}, ","))
			times++;
		Tree *m = tex_range(t, (Range){sc.down.beg, times}, tex_sum_of_terms);
		Tree *n = times == sc.down.end ? tree_num(t->a, loc, RAT1) :
			tex_range(t, (Range){times + 1, sc.down.end}, tex_sum_of_terms);
		x = tree_call(t->a, loc, zero ? "zeros" : "ones", 2, m, n);
	}
	sc.has_down = false;
	return tex_with_scripts(t, x, &sc, at);
}

/* ---- factors */

static bool
is_double_bar(const Tex *t)
{
	return tex_is(t, 0, "|") && tex_is(t, 1, "|") && tex_peek(t, 0)->end == tex_peek(t, 1)->beg;
}

/* what may begin a factor, and is no name, number or function */
static const char *const beginners[] = {
	"(", "[", "{", "\\{", "\\lvert", "\\lVert", "\\langle", "\\frac", "\\sqrt", "\\sum", "\\one", "\\zero",
	"\\partial", "\\nabla",
};

bool
tex_begins_factor(const Tex *t)
{
	const TexToken *tok = tex_peek(t, 0);
	if (tok->side < 0)
		return false;
	if (tok->kind == TEX_NUM || tok->kind == TEX_BEGIN || function_name(t, tok) ||
		tex_begins_name(t))
		return true;
	for (size_t i = 0; i < sizeof beginners / sizeof *beginners; i++)
		if (tex_is(t, 0, beginners[i]))
			return true;
	if (tex_is(t, 0, "|"))
		return t->bars == 0 || tok->side > 0;
	if (tex_is(t, 0, "\\|"))
		return t->norms == 0 || tok->side > 0;
	return false;
}

static Tree *
number(Tex *t)
{
	const TexToken *tok = &t->tok[t->at++];
	return tree_num(t->a, since(t, t->at - 1), rat_parse(t->a, tok->text, strlen(tok->text)));
}

static _Noreturn void
not_understood(const Tex *t)
{
	static const struct { const char *command, *hint; } known[] = {
		{"\\pm", "write both signs out"}, {"\\approx", "identities are tested with ="},
		{"\\in", "var W(m,n) declares the shape of W"}, {"\\neq", "identities are tested with ="},
		{"\\prod", "a product over an index is not there"},
		{"\\int", "integrals are not there"}, {"\\top", "write A^\\top for the transpose"},
		{"\\infty", NULL}, {"\\cdots", "write all terms out"}, {"\\dots", "write all terms out"},
		{"\\ldots", "write all terms out"}, {"\\vdots", "write all entries out"},
		{"\\ddots", "write all entries out"}, {"\\Rightarrow", "one identity at a time"},
		{"\\implies", "one identity at a time"}, {"\\iff", "one identity at a time"},
		{"\\propto", "identities are tested with ="}, {"\\mathbb", "names are letters"},
	};
	const TexToken *tok = tex_peek(t, 0);
	int at = t->at < t->end ? t->at : t->end;
	const char *hint = NULL;
	if (tok->kind == TEX_END)
		tex_fail(t, (Range){at, at + 1}, NULL, "the formula ends where something is still to come");
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (tex_is(t, 0, known[i].command))
			hint = known[i].hint;
	tex_fail(t, (Range){at, at + 1}, hint, "%s is not understood%s", tex_shown(t, tok),
		tok->kind == TEX_COMMAND ? "" : " here");
}

static Tree *
base(Tex *t)
{
	const TexToken *tok = tex_peek(t, 0);
	const char *fun = function_name(t, tok), *open = opening(t);
	if (tok->kind == TEX_NUM)
		return number(t);
	if (tok->kind == TEX_BEGIN)
		return matrix(t);
	if (tex_is(t, 0, "\\frac"))
		return tex_fraction(t);
	if (tex_begins_derivative(t))
		return tex_derivative(t);
	if (tex_is(t, 0, "\\sum"))
		return tex_sum(t);
	if (tex_is(t, 0, "\\sqrt"))
		return root(t);
	if (tex_is(t, 0, "\\one") || tex_is(t, 0, "\\zero"))
		return ones(t);
	if (fun)
		return function(t, fun);
	if (tex_begins_name(t))
		return tex_name(t);
	if (open)
		return bracketed(t, open);
	if (is_double_bar(t))
		return norm(t, 2, "|");
	if (tex_is(t, 0, "|"))
		return bars(t, "|");
	if (tex_is(t, 0, "\\lvert"))
		return bars(t, "\\rvert");
	if (tex_is(t, 0, "\\|"))
		return norm(t, 1, "\\|");
	if (tex_is(t, 0, "\\lVert"))
		return norm(t, 1, "\\rVert");
	if (tex_is(t, 0, "\\langle"))
		return angles(t);
	not_understood(t);
}

Tree *
tex_factor(Tex *t)
{
	int at = t->at;
	if (++t->depth > DEPTH_MAX)
		tex_fail(t, (Range){at, at + 1}, NULL, "this is nested too deeply");
	Tree *x = base(t);
	Scripts sc = tex_scripts(t);
	if (sc.has_up || sc.has_down || sc.prime)
		x = tex_with_scripts(t, x, &sc, at);
	t->depth--;
	return x;
}

/* ---- products and sums */

/* the sign between two factors that is no juxtaposition, or NULL */
static const char *
product_sign(const Tex *t)
{
	static const char *const sign[] = {"\\cdot", "\\times", "*", "/"};
	for (size_t i = 0; i < sizeof sign / sizeof *sign; i++)
		if (tex_is(t, 0, sign[i]))
			return sign[i];
	return NULL;
}

static Tree *
signed_factor(Tex *t)
{
	int at = t->at;
	bool minus = false;
	while (tex_take(t, "-"))
		minus = !minus;
	Tree *x = tex_factor(t);
	return minus ? tree(t->a, TREE_NEG, since(t, at), 1, x) : x;
}

Tree *
tex_product(Tex *t)
{
	int at = t->at;
	return tex_product_from(t, at, tex_factor(t));
}

Tree *
tex_product_from(Tex *t, int at, Tree *x)
{
	bool chain = false;             /* x is the product that is being made */
	for (;;) {
		const char *sign = product_sign(t);
		if (!sign && !tex_begins_factor(t))
			return x;
		t->at += sign != NULL;
		Tree *y = sign ? signed_factor(t) : tex_factor(t);
		Loc loc = since(t, at);
		if (sign && *sign == '/') {
			bool numbers = x->kind == TREE_NUM && y->kind == TREE_NUM && rat_sign(y->num) != 0;
			x = numbers ? tree_num(t->a, loc, rat_mul(t->a, x->num, rat_inv(t->a, y->num))) :
				tree(t->a, TREE_DIV, loc, 2, x, y);
			chain = false;
			continue;
		}
		if (sign && strcmp(sign, "\\cdot") == 0 && x->n < 8 && tex_form(t, x) == FORM_COLUMN &&
			tex_form(t, y) == FORM_COLUMN) {
			x = tree_call(t->a, loc, "dot", 2, x, y);
			chain = false;
			continue;
		}
		if (!chain)
			x = tree(t->a, TREE_MUL, loc, 1, x);
		tree_push(t->a, x, y);
		x->loc = loc;
		chain = true;
	}
}

Tree *
tex_term(Tex *t)
{
	static const struct { const char *sign; TreeKind kind; } signs[] = {
		{"\\odot", TREE_EMUL}, {"\\circ", TREE_EMUL}, {"\\oslash", TREE_EDIV},
		{"\\otimes", TREE_KRON}, {":", TREE_COUNT},
	};
	int at = t->at;
	Tree *x = tex_product(t);
	bool chain = false;
	for (;;) {
		size_t i = 0;
		while (i < sizeof signs / sizeof *signs && !tex_take(t, signs[i].sign))
			i++;
		if (i == sizeof signs / sizeof *signs)
			return x;
		Tree *y = tex_product(t);
		Loc loc = since(t, at);
		if (chain && x->kind == TREE_EMUL && signs[i].kind == TREE_EMUL) {
			tree_push(t->a, x, y);
			x->loc = loc;
			continue;
		}
		x = signs[i].kind == TREE_COUNT ? tree_call(t->a, loc, "dot", 2, x, y) :
			tree(t->a, signs[i].kind, loc, 2, x, y);
		chain = true;
	}
}

Tree *
tex_sum_of_terms(Tex *t)
{
	int at = t->at;
	bool minus = tex_is(t, 0, "-");
	if (++t->depth > DEPTH_MAX)
		tex_fail(t, (Range){at, at + 1}, NULL, "this is nested too deeply");
	if (!tex_take(t, "-"))
		tex_take(t, "+");
	Tree *x = tex_term(t);
	if (minus)
		x = tree(t->a, TREE_NEG, since(t, at), 1, x);
	Tree *sum = NULL;
	while (tex_is(t, 0, "+") || tex_is(t, 0, "-")) {
		int sign = t->at;
		minus = tex_is(t, 0, "-");
		t->at++;
		Tree *y = tex_term(t);
		if (minus)
			y = tree(t->a, TREE_NEG, since(t, sign), 1, y);
		if (!sum)
			sum = tree(t->a, TREE_ADD, since(t, at), 1, x);
		tree_push(t->a, sum, y);
		sum->loc = since(t, at);
	}
	t->depth--;
	return sum ? sum : x;
}

/* &= and line breaks of a display */
static void
skip_alignment(Tex *t)
{
	while (tex_take(t, "&") || tex_take(t, "\\\\"))
		;
}

static Tree *
identity(Tex *t)
{
	int at = t->at;
	skip_alignment(t);
	Tree *x = tex_sum_of_terms(t), *eq = NULL;
	skip_alignment(t);
	while (tex_take(t, "=")) {
		skip_alignment(t);
		Tree *y = tex_sum_of_terms(t);
		skip_alignment(t);
		if (!eq)
			eq = tree(t->a, TREE_EQ, since(t, at), 1, x);
		tree_push(t->a, eq, y);
		eq->loc = since(t, at);
	}
	while (tex_take(t, ".") || tex_take(t, ",") || tex_take(t, ";"))
		;
	if (t->at < t->end && t->at > at && tex_is(t, -1, ","))
		tex_fail(t, (Range){t->at, t->end}, NULL, "one formula at a time: what is behind the comma is not read");
	if (t->at < t->end)
		not_understood(t);
	return eq ? eq : x;
}

/* ---- the statement */

/* Is it made of numbers, small letters, functions of numbers and derivatives alone? *function: it has such a function;
   tell: its names are scalars */
static bool
of_scalars(Tex *t, const Tree *x, bool *function, bool tell)
{
	const Fun *f = NULL;
	switch (x->kind) {
	case TREE_NUM:
		return true;
	case TREE_NAME:
		if (session_find(t->s, x->name) || strcmp(x->name, "I") == 0 || tex_is_vector(t, x->name))
			return false;
		if (tell)
			tex_mean(t, x->name, MEANT_SCALAR);
		return !isupper((unsigned char)*x->name);
	case TREE_CALL:
		if (x->kid[0]->kind == TREE_NAME && !session_find(t->s, x->kid[0]->name))
			f = fun_find(x->kid[0]->name);
		if (!f || (f->cls != FC_ELEM && f->id != F_diff))
			return false;
		*function = *function || f->cls == FC_ELEM;
		break;
	case TREE_EQ: case TREE_ADD: case TREE_NEG: case TREE_POS: case TREE_MUL: case TREE_DIV: case TREE_POW:
	case TREE_EMUL: case TREE_EDIV: case TREE_EPOW: case TREE_DERIV:
		break;
	default:
		return false;
	}
	for (int i = x->kind == TREE_CALL; i < x->n; i++)
		if (!of_scalars(t, x->kid[i], function, tell))
			return false;
	return true;
}

/* sin^2 x + cos^2 x = 1: of numbers, not of vectors */
static Tree *
scalar_calculus(Tex *t, Tree *x)
{
	bool function = false;
	if (of_scalars(t, x, &function, false) && function)
		of_scalars(t, x, &function, true);
	return x;
}

/* reads the LaTeX in a string */
Tree *
tex_read(Mdx *s, Arena *a, const Tree *str)
{
	Tex t = {.s = s, .a = a, .src = str->loc.src};
	tex_scan(&t, str->loc.beg + 1, str->loc.end - 1);
	if (t.n == 1)
		raise_at(a, str->loc, "there is nothing in the string");
	tex_prepare_differentials(&t);
	return scalar_calculus(&t, tex_differentials(&t, identity(&t)));
}

MdxStatus
cmd_tex(Mdx *s, Arena *a, const Stmt *st)
{
	if (st->narg != 1 || st->arg[0]->kind != TREE_STR)
		raise_hint(a, st->loc, "tex \"X^\\top X\"", "tex wants LaTeX in double quotes");
	Stmt inner = {.loc = st->loc, .quiet = st->quiet, .expr = tex_read(s, a, st->arg[0])};
	Style style = s->style == STYLE_UNICODE ? STYLE_UNICODE : STYLE_ASCII;
	const char *text = print_tree(a, inner.expr, style);
	bool check = inner.expr->kind == TREE_EQ;
	inner.kind = check ? ST_CHECK : ST_EXPR;
	if (!st->quiet)
		session_print(s, "%s%s\n", check ? "check " : "", text);
	return check ? cmd_check(s, a, &inner) : cmd_expr(s, a, &inner);
}
