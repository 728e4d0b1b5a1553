/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tex_deriv.c: derivatives of LaTeX, and sums over indices, for tex.c.
 *
 *   \frac{\partial f}{\partial X}, \partial f/\partial X, df/dx   f and what it is taken by
 *   \frac{\partial}{\partial X} f, \nabla_X f       of the rest of the term; \nabla of a defined
 *                                                   name alone is of that name
 *   \frac{\partial y}{\partial x^\top}              the Jacobian
 *   \mathrm{D}_X(F)[V]                             the derivative of F by X along V
 *   \frac{\partial^2 f}{\partial x \partial x^\top}, \nabla^2_x f   the Hessian
 *   \sum_i x_i y_i                                  sum(x.*y): sums that go entry by entry
 */
#include "tex.h"

#include <string.h>

static const char *const by_what = "write \\frac{\\partial f}{\\partial X}, X a name or an entry";

/* ---- the d of derivatives */

/* \partial, d, \mathrm{d} at token k of those ahead */
static bool
is_d(const Tex *t, int k)
{
	const TexToken *tok = tex_peek(t, k);
	bool d = (tok->kind == TEX_LETTER || tok->kind == TEX_WORD) && strcmp(tok->text, "d") == 0;
	return tex_is(t, k, "\\partial") || (d && !session_find(t->s, sym("d")));
}

static bool
is_d_at(const Tex *t, int at)
{
	Tex u = *t;
	u.at = at;
	u.end = t->n - 1;
	return is_d(&u, 0);
}

/* Where the / of d f / d x is, or -1: before the next sign outside of brackets, and a d behind it.
 */
static int
quotient_sign(const Tex *t)
{
	int depth = 0;
	for (int k = 0; tex_peek(t, k)->kind != TEX_END && depth >= 0; k++) {
		const TexToken *tok = tex_peek(t, k);
		bool one = tok->kind == TEX_CHAR;
		depth += one && strchr("([{", *tok->text) ? 1 : one && strchr(")]}", *tok->text) ? -1 : 0;
		if (depth == 0 && one && strchr("=+-,", *tok->text))
			return -1;
		if (depth == 0 && tex_is(t, k, "/") && is_d(t, k + 1))
			return t->at + k;
	}
	return -1;
}

/* \mathrm{D}_X(F)[V] */
static bool
is_directional(const Tex *t)
{
	const TexToken *tok = tex_peek(t, 0);
	return tok->kind == TEX_WORD && strcmp(tok->text, "D") == 0 && tex_is(t, 1, "_");
}

bool
tex_begins_derivative(const Tex *t)
{
	if (tex_is(t, 0, "\\nabla") || tex_is(t, 0, "\\partial") || is_directional(t))
		return true;
	return is_d(t, 0) && quotient_sign(t) >= 0;
}

/* ---- making them */

typedef struct By { Tree *x[2]; int n; bool row[2]; } By;       /* row: x^\top */

static bool
is_variable(const Tree *x)
{
	return x->kind == TREE_NAME || (x->kind == TREE_INDEX && x->kid[0]->kind == TREE_NAME);
}

static Tree *
without_vec(Tree *x)
{
	return is_call(x, "vec", 1) ? x->kid[1] : x;
}

static Tree *
first_derivative(Tex *t, Loc loc, Tree *f, Tree *x, bool row)
{
	Form of = tex_form(t, f);
	bool columns = is_call(x, "vec", 1);
	Tree *by = without_vec(x);
	if (!is_variable(by))
		raise_hint(t->a, x->loc, by_what, "this is nothing to differentiate by");
	if (row && (columns || of == FORM_COLUMN))
		return tree_call(t->a, loc, "jac", 2, without_vec(f), by);
	if (of == FORM_UNKNOWN)
		return tree(t->a, TREE_DERIV, loc, 2, f, by);
	Tree *d = tree_call(t->a, loc, of == FORM_SCALAR ? "grad" : "diff", 2, f, by);
	return row ? tree(t->a, TREE_TRANS, loc, 1, d) : d;
}

static Tree *
second_derivative(Tex *t, Loc loc, Tree *f, const By *by)
{
	for (int i = 0; i < 2; i++)
		if (!is_variable(without_vec(by->x[i])))
			raise_hint(t->a, by->x[i]->loc, by_what, "this is nothing to differentiate by");
	Tree *x = without_vec(by->x[0]), *y = without_vec(by->x[1]);
	bool scalars = tex_form(t, x) == FORM_SCALAR && tex_form(t, y) == FORM_SCALAR;
	if (scalars)
		return tree_call(t->a, loc, "diff", 2, tree_call(t->a, loc, "diff", 2, f, x), y);
	if (tree_equal(x, y))
		return tree_call(t->a, loc, "hess", 2, f, x);
	return tree_call(t->a, loc, "jac", 2, tree_call(t->a, loc, "grad", 2, f, x), y);
}

static Tree *
derivative(Tex *t, Loc loc, Tree *f, const By *by)
{
	return by->n == 2 ? second_derivative(t, loc, f, by) :
		first_derivative(t, loc, f, by->x[0], by->row[0]);
}

/* what is below: \partial x, \partial x \partial x^\top, \partial x^2 */
static By
read_by(Tex *t, int order)
{
	By by = {.n = 0};
	int at = t->at;
	bool bracket = tex_take(t, "(");
	while (t->at < t->end && is_d(t, 0)) {
		int d = t->at++;
		if (!tex_begins_factor(t))
			tex_fail(t, (Range){d, t->at}, by_what, "what is this derivative taken by?");
		Tree *x = tex_factor(t);
		int twice = 1;
		if (x->kind == TREE_POW && x->kid[1]->kind == TREE_NUM && rat_is(x->kid[1]->num, 2) &&
			order == 2) {
			x = x->kid[0];
			twice = 2;
		}
		bool row = x->kind == TREE_TRANS;
		for (int i = 0; i < twice; i++) {
			if (by.n == 2)
				tex_fail(
					t, (Range){at, t->at}, NULL, "derivatives of the third order nest: diff(..)");
			by.x[by.n] = row ? x->kid[0] : x;
			by.row[by.n++] = row;
		}
	}
	if (bracket)
		tex_expect(t, ")");
	if (by.n != order)
		tex_fail(t, (Range){at, t->at > at ? t->at : at + 1}, by_what,
			order == 2 ? "the second derivative wants two variables below"
					   : "this derivative has one variable below");
	return by;
}

/* \partial^2: 2; \partial: 1 */
static int
read_order(Tex *t)
{
	t->at++;
	if (!tex_is(t, 0, "^"))
		return 1;
	int at = ++t->at;
	Range r = tex_argument(t);
	if (!tex_range_is(t, r, "2"))
		tex_fail(t, (Range){at, t->at}, "nest diff(.., x)",
			"derivatives of the first and second order only");
	return 2;
}

/* ---- \frac */

static Tree *
fraction_of_d(Tex *t, int at, Range over, Range under)
{
	Tex outer = *t;
	t->at = over.beg;
	t->end = over.end;
	int order = read_order(t);
	Range f = {t->at, over.end};
	t->at = under.beg;
	t->end = under.end;
	By by = read_by(t, order);
	if (t->at < t->end)
		tex_fail(t, (Range){t->at, under.end}, by_what, "%s is not understood here",
			tex_shown(t, tex_peek(t, 0)));
	t->at = outer.at;
	t->end = outer.end;
	Tree *x = f.beg < f.end ? tex_range(t, f, tex_sum_of_terms) : NULL;
	if (!x) {
		if (!tex_begins_factor(t))
			tex_fail(t, (Range){at, t->at}, by_what, "what is this the derivative of?");
		x = tex_term(t);
	}
	return derivative(t, tex_loc(t, (Range){at, t->at}), x, &by);
}

Tree *
tex_fraction(Tex *t)
{
	int at = t->at++;
	Range over = tex_argument(t), under = tex_argument(t);
	if (over.beg < over.end && under.beg < under.end && is_d_at(t, over.beg) &&
		is_d_at(t, under.beg))
		return fraction_of_d(t, at, over, under);
	Tree *x = tex_range(t, over, tex_sum_of_terms), *y = tex_range(t, under, tex_sum_of_terms);
	Loc loc = tex_loc(t, (Range){at, t->at});
	if (x->kind == TREE_NUM && y->kind == TREE_NUM && rat_sign(y->num) != 0)
		return tree_num(t->a, loc, rat_mul(t->a, x->num, rat_inv(t->a, y->num)));
	return tree(t->a, TREE_DIV, loc, 2, x, y);
}

/* ---- in the line */

/* \partial f/\partial X; \partial/\partial X f; \partial_X f */
static Tree *
inline_derivative(Tex *t)
{
	int at = t->at;
	if (tex_is(t, 1, "_")) {
		t->at += 2;
		Tree *x = tex_range(t, tex_argument(t), tex_sum_of_terms);
		By by = {.x = {x}, .n = 1};
		Tree *f = tex_product(t);
		return derivative(t, tex_loc(t, (Range){at, t->at}), f, &by);
	}
	int order = read_order(t), slash = quotient_sign(t);
	if (slash < 0)
		tex_fail(t, (Range){at, t->at}, "dir(F, X, V) is the differential of F along V",
			"a differential without a quotient is not understood");
	Tree *f = slash > t->at ? tex_range(t, (Range){t->at, slash}, tex_product) : NULL;
	t->at = slash + 1;
	By by = read_by(t, order);
	if (!f)
		f = tex_term(t);
	return derivative(t, tex_loc(t, (Range){at, t->at}), f, &by);
}

/* whether name is defined through x: \nabla_W L x^\top is (\nabla_W L) x^\top then */
static bool
depends(Tex *t, const Tree *f, const Tree *x)
{
	Entry **user;
	if (f->kind != TREE_NAME || x->kind != TREE_NAME)
		return false;
	int n = entry_follow(t->s, t->a, x->name, &user);
	for (int i = 0; i < n; i++)
		if (user[i]->name == f->name)
			return true;
	return false;
}

static Tree *
nabla(Tex *t)
{
	int at = t->at++;
	Scripts sc = tex_scripts(t);
	int order = 1;
	if (sc.has_up && tex_range_is(t, sc.up, "2"))
		order = 2;
	else if (sc.has_up || sc.prime)
		tex_fail(t, (Range){at, t->at}, NULL, "only \\nabla and \\nabla^2 are understood");
	Tree *x = NULL;
	if (sc.has_down) {
		/* \nabla^2_{xx} */
		bool twice = order == 2 && sc.down.end == sc.down.beg + 2 &&
			t->tok[sc.down.beg].text == t->tok[sc.down.beg + 1].text;
		x = tex_range(
			t, (Range){sc.down.beg, twice ? sc.down.beg + 1 : sc.down.end}, tex_sum_of_terms);
	}
	int from = t->at;
	if (!tex_begins_factor(t))
		tex_fail(t, (Range){at, t->at}, NULL, "what is this the gradient of?");
	Tree *f = tex_factor(t);
	if (!x && f->kind == TREE_CALL && f->n == 2 && f->kid[1]->kind == TREE_NAME)
		x = f->kid[1];
	else if (x && !depends(t, f, x))
		f = tex_product_from(t, from, f);
	if (!x)
		tex_fail(t, (Range){at, from}, "\\nabla_W L", "by what? \\nabla wants a subscript");
	By by = {.x = {x, x}, .n = order};
	return derivative(t, tex_loc(t, (Range){at, t->at}), f, &by);
}

static Tree *
directional(Tex *t)
{
	int at = t->at;
	t->at += 2;
	Tree *x = tex_range(t, tex_argument(t), tex_sum_of_terms);
	Tree *f = tex_factor(t);
	tex_expect(t, "[");
	Tree *v = tex_sum_of_terms(t);
	tex_expect(t, "]");
	return tree_call(t->a, tex_loc(t, (Range){at, t->at}), "dir", 3, f, x, v);
}

Tree *
tex_derivative(Tex *t)
{
	if (is_directional(t))
		return directional(t);
	return tex_is(t, 0, "\\nabla") ? nabla(t) : inline_derivative(t);
}

/* ---- sums over indices */

typedef struct Indices { Tex *t; Sym name[2]; int n; Loc loc; } Indices;

static const char *const sum_hint =
	"sums go entry by entry, as in \\sum_i x_i y_i; others are products: x^\\top A y";

static bool
mentions_index(const Indices *x, const Tree *t)
{
	for (int i = 0; i < x->n; i++)
		if (tree_mentions(t, x->name[i]))
			return true;
	return false;
}

/* The whole of which t is the entry with these indices: x_i to x, x_i y_i to x.*y. */
static Tree *
whole(const Indices *x, const Tree *t)
{
	Arena *a = x->t->a;
	if (!mentions_index(x, t))
		return tree_copy(a, t);
	if (t->kind == TREE_INDEX) {
		bool all = t->n == x->n + 1;
		for (int i = 0; i < x->n && all; i++)
			all = t->kid[i + 1]->kind == TREE_NAME && t->kid[i + 1]->name == x->name[i];
		/* the transpose has its indices the other way round */
		bool turned = x->n == 2 && t->n == 3 && t->kid[1]->kind == TREE_NAME &&
			t->kid[2]->kind == TREE_NAME && t->kid[1]->name == x->name[1] &&
			t->kid[2]->name == x->name[0];
		if ((!all && !turned) || mentions_index(x, t->kid[0]))
			raise_hint(a, t->loc, sum_hint,
				"this sum is not understood: an entry of it has other indices");
		Tree *of = tree_copy(a, t->kid[0]);
		return turned ? tree(a, TREE_TRANS, t->loc, 1, of) : of;
	}
	int with = 0;
	for (int i = 0; i < t->n; i++)
		with += mentions_index(x, t->kid[i]);
	const Fun *f = t->kind == TREE_CALL && !t->kid[0]->prime ? fun_find(t->kid[0]->name) : NULL;
	const Entry *e = t->kind == TREE_CALL ? session_find(x->t->s, t->kid[0]->name) : NULL;
	bool call = (f && f->cls == FC_ELEM) || (e && e->kind == NAME_UFUN && e->ufun->elementwise);
	TreeKind kind;
	switch (t->kind) {
	case TREE_ADD: case TREE_NEG: case TREE_POS: case TREE_EMUL: case TREE_EDIV: case TREE_EPOW:
		kind = t->kind;
		break;
	case TREE_MUL:
		kind = with > 1 ? TREE_EMUL : TREE_MUL;
		break;
	case TREE_DIV:
		kind = mentions_index(x, t->kid[1]) ? TREE_EDIV : TREE_DIV;
		break;
	case TREE_POW:
		kind = TREE_EPOW;
		break;
	case TREE_CALL:
		if (call) {
			kind = TREE_CALL;
			break;
		}
		/* fall through */
	default:
		raise_hint(
			a, t->loc, sum_hint, "this sum is not understood: it does not go entry by entry");
	}
	if (t->kind == TREE_POW && mentions_index(x, t->kid[1]) && t->kid[1]->kind != TREE_INDEX)
		raise_hint(a, t->loc, sum_hint, "this sum is not understood");
	Tree *out = tree(a, kind, t->loc, 0);
	for (int i = 0; i < t->n; i++)
		tree_push(
			a, out, t->kind == TREE_CALL && i == 0 ? tree_copy(a, t->kid[i]) : whole(x, t->kid[i]));
	out->name = t->name;
	return out;
}

/* the letters below \sum: i, ij, i,j, i=1 */
static void
read_indices(Indices *x, Range r)
{
	Tex *t = x->t;
	for (int i = r.beg; i < r.end; i++) {
		const TexToken *tok = &t->tok[i];
		if (tex_range_is(t, (Range){i, i + 1}, "="))
			break;
		if (tex_range_is(t, (Range){i, i + 1}, ","))
			continue;
		if (tok->kind != TEX_LETTER || x->n == 2)
			tex_fail(t, r, sum_hint, "below \\sum stand one or two indices");
		x->name[x->n++] = tok->text;
	}
}

/* \sum_i \sum_j: one sum over both */
static void
sum_indices(Tex *t, Indices *x)
{
	int at = t->at;
	while (tex_is(t, 0, "\\sum")) {
		t->at++;
		Scripts sc = tex_scripts(t);
		if (!sc.has_down)
			tex_fail(t, (Range){t->at - 1, t->at}, sum_hint, "\\sum wants its index: \\sum_i");
		read_indices(x, sc.down);
	}
	if (x->n == 0)
		tex_fail(t, (Range){at, t->at}, sum_hint, "\\sum wants its index: \\sum_i");
}

Tree *
tex_sum(Tex *t)
{
	int at = t->at;
	Indices x = {.t = t};
	sum_indices(t, &x);
	if (!tex_begins_factor(t))
		tex_fail(t, (Range){at, t->at}, NULL, "what is this the sum of?");
	int bound = t->nbound;
	for (int i = 0; i < x.n && t->nbound < 4; i++)
		t->bound[t->nbound++] = x.name[i];
	Tree *body = tex_term(t);
	t->nbound = bound;
	x.loc = tex_loc(t, (Range){at, t->at});
	for (int i = 0; i < x.n; i++)
		if (!tree_mentions(body, x.name[i]))
			raise_hint(
				t->a, x.loc, sum_hint, "what is summed does not have the index %s", x.name[i]);
	return tree_call(t->a, x.loc, "sum", 1, whole(&x, body));
}
