/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tex_bracket.c: what stands between two signs in LaTeX: brackets, determinants and absolute
 * values, norms, inner products, matrices.
 */
#include "tex.h"

#include <string.h>

const char *
tex_closing(const char *open)
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

const char *
tex_opening(const Tex *t)
{
	static const char *const open[] = {"(", "[", "\\{", "{"};
	for (size_t i = 0; i < sizeof open / sizeof *open; i++)
		if (tex_is(t, 0, open[i]))
			return open[i];
	return NULL;
}

Tree *
tex_bracketed(Tex *t, const char *open)
{
	int bars = t->bars, norms = t->norms, at = t->at++;
	t->bars = t->norms = 0;
	Tree *x = tex_sum_of_terms(t);
	t->bars = bars;
	t->norms = norms;
	if (!tex_is(t, 0, tex_closing(open)) && t->at >= t->end)
		tex_fail(t, (Range){at, at + 1}, NULL, "this %s is not closed", open);
	tex_expect(t, tex_closing(open));
	return x;
}

/* |X|: a determinant, of a scalar the absolute value; of a vector, too, where it is written as
   mdx writes it */
Tree *
tex_bars(Tex *t, const char *close)
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
	return tree_call(t->a, tex_since(t, at), fun, 1, x);
}

Tree *
tex_norm(Tex *t, int width, const char *close)
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
	Loc loc = tex_since(t, at);
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

Tree *
tex_angles(Tex *t)
{
	int at = t->at++;
	Tree *x = tex_sum_of_terms(t);
	if (!tex_take(t, ","))
		tex_expect(t, "|");
	Tree *y = tex_sum_of_terms(t);
	tex_expect(t, "\\rangle");
	if (tex_is(t, 0, "_") && (tex_is(t, 1, "F") || tex_peek(t, 1)->kind == TEX_LETTER))
		t->at += 2;
	return tree_call(t->a, tex_since(t, at), "dot", 2, x, y);
}

/* \begin{bmatrix} a & b \\ c & d \end{bmatrix} */
Tree *
tex_matrix(Tex *t)
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
	Tree *m = tree(t->a, TREE_MATRIX, tex_since(t, at), 0);
	while (tex_peek(t, 0)->kind != TEX_CLOSE) {
		Tree *row = tree(t->a, TREE_ROW, tex_since(t, at), 0);
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
	m->loc = tex_since(t, at);
	if (m->n == 0)
		tex_fail(t, (Range){at, t->at}, NULL, "a matrix without entries");
	return *env == 'v' ? tree_call(t->a, m->loc, "det", 1, m) :
		*env == 'V' ? tree_call(t->a, m->loc, "norm", 1, m) : m;
}
