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

Loc
tex_since(const Tex *t, int beg)
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

/* ---- factors */

static bool
is_double_bar(const Tex *t)
{
	return tex_is(t, 0, "|") && tex_is(t, 1, "|") && tex_peek(t, 0)->end == tex_peek(t, 1)->beg;
}

/* what may begin a factor, and is no name, number or function */
static const char *const beginners[] = {
	"(", "[", "{", "\\{", "\\lvert", "\\lVert", "\\langle", "\\frac", "\\sqrt", "\\sum",
	"\\one", "\\zero", "\\partial", "\\nabla",
};

bool
tex_begins_factor(const Tex *t)
{
	const TexToken *tok = tex_peek(t, 0);
	if (tok->side < 0)
		return false;
	if (tok->kind == TEX_NUM || tok->kind == TEX_BEGIN || tex_function_name(t, tok) ||
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
	return tree_num(t->a, tex_since(t, t->at - 1), rat_parse(t->a, tok->text, strlen(tok->text)));
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
	const char *fun = tex_function_name(t, tok), *open = tex_opening(t);
	if (tok->kind == TEX_NUM)
		return number(t);
	if (tok->kind == TEX_BEGIN)
		return tex_matrix(t);
	if (tex_is(t, 0, "\\frac"))
		return tex_fraction(t);
	if (tex_begins_derivative(t))
		return tex_derivative(t);
	if (tex_is(t, 0, "\\sum"))
		return tex_sum(t);
	if (tex_is(t, 0, "\\sqrt"))
		return tex_root(t);
	if (tex_is(t, 0, "\\one") || tex_is(t, 0, "\\zero"))
		return tex_ones(t);
	if (fun)
		return tex_function(t, fun);
	if (tex_begins_name(t))
		return tex_name(t);
	if (open)
		return tex_bracketed(t, open);
	if (is_double_bar(t))
		return tex_norm(t, 2, "|");
	if (tex_is(t, 0, "|"))
		return tex_bars(t, "|");
	if (tex_is(t, 0, "\\lvert"))
		return tex_bars(t, "\\rvert");
	if (tex_is(t, 0, "\\|"))
		return tex_norm(t, 1, "\\|");
	if (tex_is(t, 0, "\\lVert"))
		return tex_norm(t, 1, "\\rVert");
	if (tex_is(t, 0, "\\langle"))
		return tex_angles(t);
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
	return minus ? tree(t->a, TREE_NEG, tex_since(t, at), 1, x) : x;
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
		Loc loc = tex_since(t, at);
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
		Loc loc = tex_since(t, at);
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
		x = tree(t->a, TREE_NEG, tex_since(t, at), 1, x);
	Tree *sum = NULL;
	while (tex_is(t, 0, "+") || tex_is(t, 0, "-")) {
		int sign = t->at;
		minus = tex_is(t, 0, "-");
		t->at++;
		Tree *y = tex_term(t);
		if (minus)
			y = tree(t->a, TREE_NEG, tex_since(t, sign), 1, y);
		if (!sum)
			sum = tree(t->a, TREE_ADD, tex_since(t, at), 1, x);
		tree_push(t->a, sum, y);
		sum->loc = tex_since(t, at);
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
			eq = tree(t->a, TREE_EQ, tex_since(t, at), 1, x);
		tree_push(t->a, eq, y);
		eq->loc = tex_since(t, at);
	}
	while (tex_take(t, ".") || tex_take(t, ",") || tex_take(t, ";"))
		;
	if (t->at < t->end && t->at > at && tex_is(t, -1, ","))
		tex_fail(t, (Range){t->at, t->end}, NULL,
			"one formula at a time: what is behind the comma is not read");
	if (t->at < t->end)
		not_understood(t);
	return eq ? eq : x;
}

/* ---- the statement */

/* Is it made of numbers, small letters, functions of numbers and derivatives alone? *function: it
   has such a function; tell: its names are scalars */
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
	case TREE_EQ: case TREE_ADD: case TREE_NEG: case TREE_POS: case TREE_MUL: case TREE_DIV:
	case TREE_POW: case TREE_EMUL: case TREE_EDIV: case TREE_EPOW: case TREE_DERIV:
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
