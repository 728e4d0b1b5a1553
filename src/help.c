/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * help.c: `help`, `help NAME`: functions and statements from their tables, and a few topics that
 * are in no table.
 */
#include "core.h"

#include <ctype.h>
#include <string.h>

/* ---- topics */

typedef struct Topic { const char *name, *line, *text; } Topic;  /* text NULL: help_layout() */

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
	{"layout", "how derivatives are laid out", NULL},
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
"A name that was never declared is a scalar (a to g, Greek letters), a column vector (h to z) or a\n"
"matrix (capitals) by its first letter, unless its uses say otherwise (`taking ...' tells):\n"
"  a'*x, norm(a), x'*A*b   what is transposed, has a norm or stands behind a row is a vector\n"
"  W*x + b, y - X*beta     a sum demands vectors; so does ==, of a name alone: b == A*x\n"
"  t*x, x/k, exp(-t)*x     what can only be a scalar there, and is nowhere a vector\n"
"  sum(x)/N, 1/(2*N)       a scalar is divided by a scalar, if that is nowhere a matrix\n"
"No vector or matrix becomes a scalar, column or row for the sake of ==: x'*y == x*y' is false.\n"},
	{"derivatives", "grad, jac, hess, diff, dir, vjp, structgrad",
"  grad(f, X)        gradient of a scalar, of the shape of X\n"
"  jac(F, X)         Jacobian d vec(F) / d vec(X)'\n"
"  hess(f, X)        jac(grad(f, X), X)\n"
"  diff(F, X)        in its natural shape; of a matrix by a matrix in index notation\n"
"  dir(F, X, V)      directional derivative along V\n"
"  vjp(F, X, G)      the gradient G of something by F, pulled back to X\n"
"  structgrad(f, X)  by the free entries of a symmetric (diagonal, triangular, skew) X\n"
"X is a variable, a defined name, or an entry X[i,j]. Derivatives are expressions: they nest.\n"
"By an X that is declared symmetric (diagonal, ...) grad is the gradient within such matrices;\n"
"all others take the entries of X as free ones. derive shows the work.\n"},
};

const char *
help_topic(int i)
{
	return i >= 0 && (size_t)i < sizeof topics / sizeof *topics ? topics[i].name : NULL;
}

/* ---- answers: from a session of its own */

/* Not in an arena: a raise must not leave the other session's run. */
typedef struct Answer { char text[8192]; size_t n; } Answer;

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

/* What the statements say, or NULL when they fail; answer holds the text. */
static char *
ask(const Mdx *s, Answer *answer, const char *statements, const char *layout)
{
	answer->n = 0;
	memset(answer->text, 0, sizeof answer->text);
	Mdx *other = mdx_open((MdxOutput){answer, keep_answer});
	if (!other)
		return NULL;
	other->style = s->style;
	if (layout)
		mdx_set(other, "layout", layout);
	MdxStatus st = mdx_run(other, NULL, statements, strlen(statements), 1, 0, NULL);
	mdx_close(other);
	return st <= MDX_FALSE ? answer->text : NULL;
}

/* ---- layouts */

static void
help_layout(Mdx *s, Arena *a)
{
	static const char *const what[] = {"grad(l, x)", "grad(l, W)", "jac(y, x)"};
	static const char *const layout[] = {"mixed", "numerator", "denominator"};
	session_print(s, "%s",
		"`set layout' says how the outermost gradient or Jacobian of an answer is laid out.\n"
		"For W of m x n, x of n, y = W*x of m and the scalar l = sqnorm(W*x):\n");
	for (size_t i = 0; i < sizeof layout / sizeof *layout; i++)
		for (size_t j = 0; j < sizeof what / sizeof *what; j++) {
			Answer answer;
			const char *ask_for =
				arena_printf(a, "var W(m,n), x(n); l = sqnorm(W*x); y = W*x; %s", what[j]);
			char *text = ask(s, &answer, ask_for, layout[i]);
			char *shape = text ? strstr(text, "\n  : ") : NULL;
			if (!shape)
				bug(a, "no answer to %s", what[j]);
			*shape = '\0';
			shape += strlen("\n  : ");
			shape[strcspn(shape, "\n")] = '\0';
			session_print(s, "  %-12s %-10s = %-14s %s\n", j ? "" : layout[i], what[j], text, shape);
		}
	session_print(s, "%s",
		"mixed, the default, is what the Matrix Cookbook and matrixcalculus.org use: a gradient has the\n"
		"shape of its variable, a Jacobian is size(F) x size(X). Within an expression, and in check,\n"
		"derivatives are always laid out so: only what is printed for a derivative itself is turned.\n");
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

/* lines of a text as a field; its name stands before the first */
static void
print_lines(Mdx *s, const char *name, char *text)
{
	char *rest;
	for (char *p = strtok_r(text, "\n", &rest); p; p = strtok_r(NULL, "\n", &rest), name = "")
		print_field(s, name, p);
}

/* An example and its answer, without the answer's shape. Values are not shown: random ones are
 * others each time. */
static void
print_example(Mdx *s, const Fun *f)
{
	Answer answer;
	print_field(s, "example", f->example);
	char *text = f->cls == FC_VALUE ? NULL : ask(s, &answer, f->example, NULL);
	char *end = text ? strstr(text, "\n  ") : NULL;
	while (end && strncmp(end, "\n  over", 7) == 0)
		end = strstr(end + 1, "\n  ");
	if (end)
		*end = '\0';
	if (text)
		print_lines(s, "", text);
}

/* does the rule mention the name? */
static bool
mentions(const char *rule, char name)
{
	for (const char *p = rule; *p; p++)
		if (*p == name && (p == rule || !isalnum((unsigned char)p[-1])) &&
			!isalnum((unsigned char)p[1]))
			return true;
	return false;
}

/* The rule's parts, each a line: by the first and the second argument; for a vector, columns and
   rows of the functions that have a direction. Below them, what their names are. */
static void
print_rule(Mdx *s, Arena *a, const Fun *f)
{
	bool two = f->min > 1 && f->cls != FC_CONST && strchr(f->rule, ';');
	char *rest, *text = arena_strndup(a, f->rule, strlen(f->rule));
	const char *name = "derivative", *by = two ? "by z: " : "";
	for (char *p = strtok_r(text, ";", &rest); p; p = strtok_r(NULL, ";", &rest)) {
		print_field(s, name, arena_printf(a, "%s%s", by, p + strspn(p, " ")));
		name = "";
		by = two ? "by y: " : "";
	}
	const char *z = two                      ? "z and y are the arguments"
					: mentions(f->rule, 'z') ? "z is the argument"
											 : "";
	const char *g = mentions(f->rule, 'G') ? "G is the gradient by the value" : "";
	if (*z || *g)
		print_field(s, "", arena_printf(a, "(%s%s%s)", z, *z && *g ? ", " : "", g));
}

static void
help_fun(Mdx *s, Arena *a, const Fun *f)
{
	session_print(s, "%s(%s): %s\n", f->name, f->args, f->help);
	print_field(s, "shapes", f->shape);
	if (*f->rule)
		print_rule(s, a, f);
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

/* statements that show what a statement does; the last one is its example */
static const struct { const char *word, *before, *example; } examples[] = {
	{"eval", "W = [1 2; 3 4]; x = [1; 1];", "eval W*x"},
	{"check", "", "check grad(x'*A*x, x) == 2*A*x given A symmetric"},
	{"shape", "var W(m,n), x(n);", "shape W'*W*x"},
	{"expand", "", "expand (A + B)*(A - B)"},
	{"simplify", "", "simplify A*x*c + A*y*c"},
	{"derive", "", "derive grad(sqnorm(A*x - b), x)"},
	{"graph", "", "graph sqnorm(A*x - b)"},
	{"latex", "", "latex grad(tr(inv(X)*A), X)"},
	{"tex", "", "tex \"\\frac{\\partial}{\\partial X} \\operatorname{tr}(A X^\\top) = A\""},
	{"cookbook", "", "cookbook 57"},
	{"vars", "var W(m,n); y = W*x;", "vars"},
	{"set", "", "set digits 3; eval 2/3"},
	{"seed", "seed 1; U = rand(1,3);", "eval U"},
	{"var", "", "var K(n,n) symmetric posdef, x(n), c"},
	{"fun", "fun phi elementwise;", "grad(sum(phi(x)), x)"},
};

static void
example_cmd(Mdx *s, Arena *a, const Cmd *c)
{
	for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
		if (strcmp(examples[i].word, c->word) != 0)
			continue;
		Answer answer;
		const char *before = examples[i].before, *example = examples[i].example;
		print_field(s, "example", arena_printf(a, "%s%s%s", before, *before ? " " : "", example));
		char *text = ask(s, &answer, arena_printf(a, "%s\n%s\n", before, example), NULL);
		if (text)
			print_lines(s, "", text);
	}
}

static void
help_cmd(Mdx *s, Arena *a, const Cmd *c)
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
			"  which both sides are defined: proved, tested exactly over a prime field, or tested with\n"
			"  numbers at random sizes and values. A side that does not conform is an error; a hint says\n"
			"  what it should be.\n"
			"  check A == B == C    every step of a derivation\n"
			"  check K' == K given K symmetric\n"
			"  check norm(W*x) == norm(x) given W'*W == I, or what else variables satisfy: sum(Y, 2) == 1 of\n"
			"  each entry, X'*X*w == X'*y, A*x == c*x, A*B == B*A, x'*y == 0, K == K', P*P == P; all that\n"
			"  satisfies it counts: A*x == 0 holds for every A where x is 0\n"
			"  check grad(l, W) == 2*b*x' where b = W*x - y\n");
	if (strcmp(c->word, "derive") == 0)
		session_print(s, "%s",
			"  The graph as definitions, the derivative from node to node with the rule in words, one part\n"
			"  for each path to the variable, the answer. Every line was checked, and the page runs as it is.\n"
			"  derive grad(l, W)                   jac, hess, diff, dir, vjp likewise\n"
			"  derive differential grad(l, W)      by the differential: dl = tr(G'*dW)\n"
			"  derive steps 5 grad(l, W)           the graph in no more than 5 steps, where that is readable\n"
			"  derive check grad(l, W) == W*b*x'   with the first line at which the claim departs\n");
	example_cmd(s, a, c);
}

/* A statement's form, and beside it (below a long one) what it does, in lines of 79 columns. */
static void
print_form(Mdx *s, const char *form, const char *text)
{
	enum { COLUMN = 25, WIDTH = 79 - COLUMN };
	bool beside = strlen(form) + 3 <= COLUMN;
	int indent = beside ? COLUMN - 2 - (int)strlen(form) : COLUMN;
	session_print(s, beside ? "  %s" : "  %s\n", form);
	while (*text) {
		size_t n = strlen(text);
		if (n > WIDTH)
			for (n = WIDTH; n > 1 && text[n] != ' '; n--)
				;
		session_print(s, "%*s%.*s\n", indent, "", (int)n, text);
		text += n + (text[n] == ' ');
		indent = COLUMN;
	}
}

static void
overview(Mdx *s, Arena *a)
{
	session_print(s, "statements:\n");
	print_form(s, "NAME = EXPR", "defines a name, or gives it a value");
	print_form(s, "EXPR", "prints the simplified expression and its shape");
	for (int i = 0; cmd_at(i); i++) {
		const Cmd *c = cmd_at(i);
		const char *form = *c->args ? arena_printf(a, "%s %s", c->word, c->args) : c->word;
		print_form(s, form, c->help);
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

/* words that are no names of statements, functions or topics: where they are told about */
static const char *
about(const char *word)
{
	static const struct { const char *topic, *words; } where[] = {
		{"check", " given identity proved true false unknown "},
		{"names", " where properties property declaration symmetric skew diagonal lower upper "
			"orthogonal posdef invertible positive scalar elementwise ans "},
		{"operators", " I pi transpose unicode precedence "},
		{"derive", " differential steps derivation "},
		{"set", " style digits color width numbered budget settings "},
		{"layout", " numerator denominator mixed "},
		{"grad", " gradient "}, {"jac", " Jacobian jacobian "}, {"hess", " Hessian hessian "},
	};
	size_t n = strlen(word);
	if (n == 0 || strchr(word, ' '))
		return word;
	for (size_t i = 0; i < sizeof where / sizeof *where; i++) {
		const char *at = strstr(where[i].words, word);
		for (; at; at = strstr(at + 1, word))
			if (at > where[i].words && at[-1] == ' ' && at[n] == ' ')
				return where[i].topic;
	}
	return word;
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
	if (!fun_find(sym(word)) && !cmd_find(word) && !session_find(s, sym(word)))
		word = about(word);
	const Fun *f = fun_find(sym(word));
	const Cmd *c = cmd_find(word);
	bool found = f || c;
	if (c)
		help_cmd(s, a, c);
	if (f)
		help_fun(s, a, f);
	for (int i = 0; help_topic(i); i++) {
		if (strcmp(topics[i].name, word) == 0) {
			if (topics[i].text)
				session_print(s, "%s", topics[i].text);
			else
				help_layout(s, a);
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
