/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tex_deriv.c: derivatives of LaTeX, for tex.c; sums over indices are tex_index.c's.
 *
 *   \frac{\partial f}{\partial X}, \partial f/\partial X, df/dx   f and what it is taken by
 *   \frac{\partial}{\partial X} f, \nabla_X f       of the rest of the term; \nabla of a defined
 *                                                   name alone is of that name
 *   \frac{\partial y}{\partial x^\top}              the Jacobian
 *   \mathrm{D}_X(F)[V]                             the derivative of F by X along V
 *   \mathrm{d}(XY) = (\mathrm{d}X)Y + X\mathrm{d}Y   differentials: dX stands for a matrix, d(XY)
 *                                                   for the derivative along all of these
 *   \frac{\partial^2 f}{\partial x \partial x^\top}, \nabla^2_x f   the Hessian
 */
#include "tex.h"

#include <string.h>

#define DIFFERENTIAL "\\d"              /* no user can type it */

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

/* \mathrm{d} before what it is the differential of */
static bool
is_differential(const Tex *t)
{
	const TexToken *tok = tex_peek(t, 0);
	Tex next = *t;
	next.at++;
	TexKind kind = t->plain_d ? TEX_LETTER : TEX_WORD;
	return tok->kind == kind && is_d(t, 0) && tex_begins_factor(&next);
}

bool
tex_begins_derivative(const Tex *t)
{
	if (tex_is(t, 0, "\\nabla") || tex_is(t, 0, "\\partial") || is_directional(t))
		return true;
	return is_d(t, 0) && (quotient_sign(t) >= 0 || is_differential(t));
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
	Form of = tex_form(t, f);
	if (scalars || of == FORM_COLUMN || of == FORM_ROW || of == FORM_MATRIX)
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

/* dX, d(XY): a call that tex_differentials() replaces */
static Tree *
differential(Tex *t)
{
	int at = t->at++;
	if (!tex_begins_factor(t))
		tex_fail(t, (Range){at, t->at}, by_what, "what is this the differential of?");
	Tree *f = tex_factor(t);
	t->differentials = true;
	return tree_call(t->a, tex_loc(t, (Range){at, t->at}), DIFFERENTIAL, 1, f);
}

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
	int slash = quotient_sign(t);
	if (slash < 0)
		return differential(t);
	int order = read_order(t);
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

/* ---- differentials */

/* Whether d is a differential though it is in italics: before an operand wherever it stands, and
   before brackets or a function at least once, or in front: dL = ... */
static bool
is_plain_d(const Tex *t)
{
	int n = 0, compound = 0;
	for (int i = 0; i + 1 < t->n; i++) {
		if (t->tok[i].kind != TEX_LETTER || strcmp(t->tok[i].text, "d") != 0)
			continue;
		const TexToken *next = &t->tok[i + 1];
		bool name = next->kind == TEX_LETTER,
			brackets = next->kind == TEX_CHAR && *next->text == '(',
			function = next->kind == TEX_WORD || next->kind == TEX_COMMAND;
		if (t->tok[i].bold || (!name && !brackets && !function))
			return false;
		n++;
		compound += !name;
	}
	bool front = t->n > 2 && strcmp(t->tok[0].text, "d") == 0 && t->tok[1].kind == TEX_LETTER &&
		strcmp(t->tok[2].text, "=") == 0;
	return n > 1 && (compound > 0 || front) && !session_find(t->s, sym("d"));
}

/* dX, of the kind of X */
static Tree *
change_of(Tex *t, Loc loc, Sym x)
{
	static const Meaning as[] = {[FORM_SCALAR] = MEANT_SCALAR, [FORM_COLUMN] = MEANT_VECTOR,
		[FORM_ROW] = MEANT_MATRIX, [FORM_MATRIX] = MEANT_MATRIX, [FORM_UNKNOWN] = MEANT_MATRIX};
	Sym name = sym(arena_printf(t->a, "d%s", x));
	tex_mean(t, name, as[tex_form(t, tree_name(t->a, loc, x))]);
	return tree_name(t->a, loc, name);
}

typedef struct Differentials { Tex *t; Sym *by; int n, cap; } Differentials;

/* the name of a variable whose differential stands alone, or NULL */
static Sym
plain(const Differentials *d, const Tree *t)
{
	const Tree *x = is_call(t, DIFFERENTIAL, 1) ? t->kid[1] : NULL;
	while (x && x->kind == TREE_TRANS)
		x = x->kid[0];
	const Entry *e = x && x->kind == TREE_NAME ? session_find(d->t->s, x->name) : NULL;
	return x && x->kind == TREE_NAME && !(e && e->kind == NAME_DEF) ? x->name : NULL;
}

static void
find_plain(Differentials *d, const Tree *t)
{
	Sym name = plain(d, t);
	bool known = !name;
	for (int i = 0; i < d->n && !known; i++)
		known = d->by[i] == name;
	if (!known)
		PUSH(d->t->a, d->by, d->n, d->cap, name);
	for (int i = 0; i < t->n; i++)
		find_plain(d, t->kid[i]);
}

/* whether t has x in it, maybe through definitions */
static bool
reaches(Tex *t, const Tree *f, Sym x)
{
	Entry **user;
	int n = entry_follow(t->s, t->a, x, &user);
	for (int i = 0; i < n; i++)
		if (tree_mentions(f, user[i]->name))
			return true;
	return tree_mentions(f, x);
}

static Tree *
along(const Differentials *d, Tree *f, Loc loc)
{
	Arena *a = d->t->a;
	Tree *sum = NULL;
	for (int i = 0; i < d->n; i++) {
		if (!reaches(d->t, f, d->by[i]))
			continue;
		Tree *part = tree_call(a, loc, "dir", 3, tree_copy(a, f), tree_name(a, loc, d->by[i]),
			change_of(d->t, loc, d->by[i]));
		sum = sum ? tree(a, TREE_ADD, loc, 2, sum, part) : part;
	}
	if (!sum)
		raise_hint(a, loc,
			"the variables of a formula are those whose differentials stand alone in it: "
			"\\mathrm{d}(X^{-1}) = -X^{-1} (\\mathrm{d}X) X^{-1}",
			"this is the differential of what does not change here");
	return sum;
}

static Tree *
replaced(const Differentials *d, Tree *t)
{
	Arena *a = d->t->a;
	Sym name = plain(d, t);
	if (is_call(t, DIFFERENTIAL, 1)) {
		bool turned = t->kid[1]->kind == TREE_TRANS;
		if (!name)
			return along(d, replaced(d, t->kid[1]), t->loc);
		Tree *x = change_of(d->t, t->loc, name);
		return turned ? tree(a, TREE_TRANS, t->loc, 1, x) : x;
	}
	if (t->n == 0)
		return t;
	Tree *c = tree(a, t->kind, t->loc, 0);
	c->name = t->name;
	c->prime = t->prime;
	for (int i = 0; i < t->n; i++)
		tree_push(a, c, replaced(d, t->kid[i]));
	return c;
}

void
tex_prepare_differentials(Tex *t)
{
	t->plain_d = is_plain_d(t);
}

/* dX is a name; d(XY) the sum of the derivatives along all these */
Tree *
tex_differentials(Tex *t, Tree *x)
{
	Differentials d = {.t = t};
	if (!t->differentials)
		return x;
	find_plain(&d, x);
	return replaced(&d, x);
}
