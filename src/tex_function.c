/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tex_function.c: functions in LaTeX, by a \command or an upright word, with what they are of:
 * brackets, or the factors that follow; roots; vectors of ones and zeros.
 */
#include "tex.h"

#include <ctype.h>
#include <string.h>

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
const char *
tex_function_name(const Tex *t, const TexToken *tok)
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
	const char *f = tex_function_name(t, tex_peek(t, 0));
	return f || tex_is(t, 0, "\\sum") || tex_begins_derivative(t);
}

/* (x, y): pushes the arguments */
Tree *
tex_arguments(Tex *t, Tree *call)
{
	const char *open = tex_opening(t);
	int at = t->at++, bars = t->bars, norms = t->norms;
	t->bars = t->norms = 0;
	do
		tree_push(t->a, call, tex_sum_of_terms(t));
	while (tex_take(t, ","));
	t->bars = bars;
	t->norms = norms;
	if (!tex_is(t, 0, tex_closing(open)) && t->at >= t->end)
		tex_fail(t, (Range){at, at + 1}, NULL, "this %s is not closed", open);
	tex_expect(t, tex_closing(open));
	return call;
}

/* The argument of a function: what is in the brackets behind it, or the factors up to the next
   sign or function. */
Tree *
tex_bracketed_or_factors(Tex *t, const char *fun)
{
	const char *open = tex_opening(t);
	if (open)
		return tex_bracketed(t, open);
	if (!tex_begins_factor(t))
		tex_fail(t, (Range){t->at - 1, t->at}, NULL, "%s has no argument", fun);
	int at = t->at;
	Tree *x = tex_factor(t);
	while (
		tex_begins_factor(t) && !begins_function(t) && !tex_is(t, 0, "|") && !tex_is(t, 0, "\\|")) {
		Tree *y = tex_factor(t);
		x = x->kind == TREE_MUL && x->loc.beg == t->tok[at].beg ? x :
			tree(t->a, TREE_MUL, tex_since(t, at), 1, x);
		tree_push(t->a, x, y);
		x->loc = tex_since(t, at);
	}
	return x;
}

Tree *
tex_function(Tex *t, const char *fun)
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
	if (f->max > 1 && tex_opening(t)) {
		x = tex_arguments(t, tree_call(t->a, tex_since(t, at), fun, 0));
		x->loc = tex_since(t, at);
	} else if (f->min > 1) {
		tex_fail(t, (Range){at, t->at}, arena_printf(t->a, "%s(%s)", f->name, f->args),
			"%s wants its arguments in brackets", tex_shown(t, &t->tok[at]));
	} else {
		Tree *arg = tex_bracketed_or_factors(t, tex_shown(t, &t->tok[at]));
		x = tex_call(t, tex_since(t, at), fun, arg);
	}
	if (f->cls == FC_DERIV)
		return x;
	if (!sc.has_up)
		return x;
	/* \sin^2 x of a vector is a power of each entry */
	if (f->cls == FC_ELEM && tex_form(t, x) != FORM_SCALAR)
		return tree(t->a, TREE_EPOW, tex_since(t, at), 2, x, tex_range(t, sc.up, tex_sum_of_terms));
	return tex_with_scripts(t, x, &sc, at);
}

Tree *
tex_root(Tex *t)
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
		return tree_call(t->a, tex_since(t, at), "sqrt", 1, x);
	if (k->kind != TREE_NUM || rat_sign(k->num) == 0)
		tex_fail(t, (Range){at, t->at}, NULL, "a root is a number, as in \\sqrt[3]{x}");
	return tree(
		t->a, TREE_POW, tex_since(t, at), 2, x, tree_num(t->a, k->loc, rat_inv(t->a, k->num)));
}

/* \mathbf{1}, \mathbf{0}, with the size below it or not */
Tree *
tex_ones(Tex *t)
{
	bool zero = tex_is(t, 0, "\\zero");
	int at = t->at++;
	Scripts sc = tex_scripts(t);
	Tree *x;
	Loc loc = tex_since(t, at);
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
