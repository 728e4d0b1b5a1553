/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * help.c: `help`, `help NAME`: functions and statements from their tables, and a few topics that
 * are in no table.
 */
#include "core.h"

#include <string.h>

/* ---- topics */

typedef struct Topic { const char *name, *line, *text; } Topic;

static const Topic topics[] = {
	{"operators", "operators and their precedence",
"Operators, loosest first:\n"
"  ==              an identity, in check; A == B == C is a derivation, every step must hold\n"
"  + -             sum; a scalar and a matrix: the scalar is added to every entry\n"
"  * / \\ .* ./ ⊗   product; A/B is A*inv(B), A\\B is inv(A)*B; .* ./ entry by entry; ⊗ is kron\n"
"  - +             before an operand\n"
"  ^ .^ '          power, power of every entry, transpose; read from left to right\n"
"  f(x) X[i,j] x[i] [1 2; 3 4]\n"
"Also: ᵀ or ^T for ', ⁻¹ for inv, ⊙ or ∘ for .*, ⊘ for ./, · for *, − for -,\n"
"∂l/∂W, ∇(l, W) and d(l)/d(W) for derivatives. I is the identity; its size follows from its place.\n"},
	{"layout", "how derivatives are laid out",
"`set layout` says how the outermost gradient or Jacobian of an answer is laid out.\n"
"For W of m x n, x of n, y = W*x of m and the scalar l = sqnorm(W*x):\n"
"                 grad(l, x)             grad(l, W)             jac(y, x)\n"
"  mixed          2*W'*W*x    n x 1      2*W*x*x'    m x n      W     m x n\n"
"  numerator      2*x'*W'*W   1 x n      2*x*x'*W'   n x m      W     m x n\n"
"  denominator    2*W'*W*x    n x 1      2*W*x*x'    m x n      W'    n x m\n"
"mixed, the default, is what the Matrix Cookbook and matrixcalculus.org use: a gradient has the\n"
"shape of its variable, a Jacobian is size(F) x size(X). Within an expression, and in check,\n"
"derivatives are always laid out so: only what is printed for a derivative itself is turned.\n"},
	{"names", "what names mean: var, definitions, values, conventions",
"  var W(m,n), x(n), a     declares; dimensions are names, numbers, sums and products of them\n"
"  var K(n,n) symmetric posdef      properties: symmetric skew diagonal lower upper orthogonal\n"
"                          posdef invertible positive\n"
"  l = sqnorm(W*x - y)     defines: l follows its parts, as in a spreadsheet\n"
"  W = [1 2; 3 4]          gives a variable its value\n"
"  f(x, A) = x'*A*x        defines a function\n"
"  fun loss scalar         an unknown function of any arguments; fun phi elementwise\n"
"  expr where b = W*x      binds names for one expression\n"
"  %, ans, %3              the last printed expression, the third\n"
"A name that was never declared is a scalar (a to g, Greek letters), a vector (h to z) or a\n"
"matrix (capitals) by its first letter, unless its place demands another shape.\n"},
	{"derivatives", "grad, jac, hess, diff, dir, vjp",
"  grad(f, X)     gradient of a scalar, of the shape of X\n"
"  jac(F, X)      Jacobian d vec(F) / d vec(X)'\n"
"  hess(f, X)     jac(grad(f, X), X)\n"
"  diff(F, X)     in its natural shape; of a matrix by a matrix in index notation\n"
"  dir(F, X, V)   directional derivative along V\n"
"  vjp(F, X, G)   the gradient G of something by F, pulled back to X\n"
"X is a variable, a defined name, or an entry X[i,j]. Derivatives are expressions: they nest.\n"},
};

const char *
help_topic(int i)
{
	return i >= 0 && (size_t)i < sizeof topics / sizeof *topics ? topics[i].name : NULL;
}

/* ---- functions */

static const char *
class_text(const Fun *f)
{
	switch (f->cls) {
	case FC_ELEM:
		return "elementwise functions";
	case FC_MATFUN:
		return "matrix functions";
	case FC_MACRO:
		return "reductions and structure";
	case FC_CONST:
		return "constants";
	case FC_DERIV:
		return "derivatives";
	case FC_VALUE:
		return "values";
	}
	return "";
}

static void
print_field(Mdx *s, const char *name, const char *text)
{
	if (text && *text)
		session_print(s, "  %-11s %s\n", name, text);
}

/* What an example says. Not in an arena: a raise must not leave the other session's run. */
typedef struct Answer { char text[1024]; size_t n; } Answer;

static void
keep_answer(void *ctx, bool err, const char *text, size_t len)
{
	Answer *x = ctx;
	(void)err;
	if (len >= sizeof x->text - x->n)
		len = sizeof x->text - x->n - 1;
	memcpy(x->text + x->n, text, len);
	x->n += len;
}

/* An example and its answer, from a session of its own. Values are not shown: random ones are
   others each time. */
static void
print_example(Mdx *s, const Fun *f)
{
	print_field(s, "example", f->example);
	Answer answer = {.n = 0};
	Mdx *other = f->cls == FC_VALUE ? NULL : mdx_open((MdxOutput){&answer, keep_answer});
	if (!other)
		return;
	other->style = s->style;
	MdxStatus st = mdx_run(other, NULL, f->example, strlen(f->example), 1, 0, NULL);
	mdx_close(other);
	char *end = strstr(answer.text, "\n  : ");
	if (st != MDX_OK || !end)
		return;
	*end = '\0';
	char *rest;
	for (char *p = strtok_r(answer.text, "\n", &rest); p; p = strtok_r(NULL, "\n", &rest))
		print_field(s, "", p);
}

static void
help_fun(Mdx *s, Arena *a, const Fun *f)
{
	session_print(s, "%s(%s): %s\n", f->name, f->args, f->help);
	print_field(s, "shapes", f->shape);
	if (*f->rule)
		print_field(s, "derivative", f->cls == FC_ELEM ?
			arena_printf(a, "%s   (z%s for the argument%s)", f->rule, f->max > 1 ? ", y" : "",
				f->max > 1 ? "s" : "") :
			arena_printf(a, "%s   (of the upstream gradient G; z for the argument)", f->rule));
	print_field(s, "domain", f->domain);
	print_field(s, "also", f->aliases);
	print_field(s, "cookbook", *f->cookbook ? arena_printf(a, "(%s)", f->cookbook) : "");
	print_example(s, f);
}

/* all functions of a class, wrapped */
static void
print_class(Mdx *s, Arena *a, FunClass cls)
{
	enum { COLUMNS = 78 };
	Text t = text_new(a);
	size_t line = 0;
	const Fun *first = NULL;
	for (int i = 0; i < F_COUNT; i++) {
		const Fun *f = &fun_table[i];
		if (f->cls != cls || f->max == 0)
			continue;
		first = f;
		if (t.n - line + strlen(f->name) + 1 > COLUMNS - 2) {
			text_add(&t, "\n ");
			line = t.n - 1;
		}
		text_addf(&t, " %s", f->name);
	}
	if (first)
		session_print(s, "%s:\n %s\n", class_text(first), t.s);
}

/* ---- statements */

static void
help_cmd(Mdx *s, const Cmd *c)
{
	const char *values;
	session_print(s, "%s%s%s: %s\n", c->word, *c->args ? " " : "", c->args, c->help);
	if (strcmp(c->word, "set") == 0) {
		for (int i = 0; set_name(i, &values); i++)
			session_print(s, "  set %-9s %s\n", set_name(i, NULL), values);
	}
	if (strcmp(c->word, "var") == 0)
		session_print(s, "  see also: help names\n");
	if (strcmp(c->word, "check") == 0)
		session_print(s, "%s",
			"  The answer begins with true, false or unknown. It is meant for all sizes and values at\n"
			"  which both sides are defined: proved by a canonical form, or tested with numbers at\n"
			"  random sizes and values.\n"
			"  check A == B == C    every step of a derivation\n"
			"  check K' == K given K symmetric\n"
			"  check grad(l, W) == 2*b*x' where b = W*x - y\n");
}

static void
overview(Mdx *s, Arena *a)
{
	session_print(s, "statements:\n");
	session_print(s, "  %-34s %s\n", "NAME = EXPR", "defines a name, or gives it a value");
	session_print(s, "  %-34s %s\n", "EXPR", "prints the simplified expression and its shape");
	for (int i = 0; cmd_at(i); i++) {
		const Cmd *c = cmd_at(i);
		const char *form = *c->args ? arena_printf(a, "%s %s", c->word, c->args) : c->word;
		session_print(s, "  %-34s %s\n", form, c->help);
	}
	static const FunClass order[] = {FC_DERIV, FC_MACRO, FC_MATFUN, FC_ELEM, FC_CONST, FC_VALUE};
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		print_class(s, a, order[i]);
	session_print(s, "topics:\n");
	for (int i = 0; help_topic(i); i++)
		session_print(s, "  help %-12s %s\n", topics[i].name, topics[i].line);
	session_print(s, "help NAME tells more about a statement or a function.\n");
}

/* ---- the statement */

static const char *
nearest_topic(const char *word)
{
	const char *like = NULL;
	int best = 0;
	for (int i = 0; cmd_at(i); i++) {
		if (name_nearer(word, cmd_at(i)->word, strlen(cmd_at(i)->word), &best))
			like = cmd_at(i)->word;
	}
	for (int i = 0; help_topic(i); i++) {
		if (name_nearer(word, help_topic(i), strlen(help_topic(i)), &best))
			like = help_topic(i);
	}
	return like ? like : fun_nearest(word);
}

MdxStatus
cmd_help(Mdx *s, Arena *a, const Stmt *st)
{
	if (st->narg == 0) {
		overview(s, a);
		return MDX_OK;
	}
	const Tree *t = st->arg[0];
	const char *word = t->name;
	if (st->narg > 1 || (t->kind != TREE_NAME && t->kind != TREE_STR) || !word)
		raise_hint(a, t->loc, "help alone lists everything", "help wants one name");
	const Fun *f = fun_find(sym(word));
	const Cmd *c = cmd_find(word);
	bool found = f || c;
	if (c)
		help_cmd(s, c);
	if (f)
		help_fun(s, a, f);
	for (int i = 0; help_topic(i); i++) {
		if (strcmp(topics[i].name, word) == 0) {
			session_print(s, "%s", topics[i].text);
			found = true;
		}
	}
	if (found)
		return MDX_OK;
	if (session_find(s, sym(word)))
		raise_hint(a, t->loc, "vars lists your names, shape NAME tells a shape",
			"%s is a name of yours", word);
	const char *like = nearest_topic(word);
	raise_hint(a, t->loc,
		like ? arena_printf(a, "did you mean %s?", like) : "help alone lists everything",
		"there is no help about %s", word);
}
