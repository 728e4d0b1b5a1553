/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notation.c: what is written in Unicode or LaTeX is read back and means the same. Every true check
   of the corpus is printed in Unicode and checked again, and goes through `latex' and back through
   `tex'; so does every function of the table, alone and in its example. usage: notation [FILE]...;
   without files all of tests/corpus. */
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "harness.h"

typedef struct Count { int good, bad, none; } Count;

/* The identity of a check in a style, or NULL: it has properties that only hold for it, or nothing
 * to read it with. */
static char *
printed(const char *check, Style style)
{
	Arena *a = arena_new();
	Parser *p = parser_open(NULL, check, strlen(check), 1);
	Trap t;
	char *volatile out = NULL;

	if (TRY(&t, a)) {
		const Stmt *st = parser_next(p, a);
		if (st && st->kind == ST_CHECK && !st->decls)
			out = strdup(print_tree(a, st->expr, style));
		trap_end(&t);
	}
	parser_close(p);
	arena_free(a);
	return out;
}

static bool
count(Count *c, bool good, const char *name, int line, const char *what, const Session *s)
{
	c->good += good;
	c->bad += !good;
	if (!good)
		note("%s:%d: %s\n%s", name, line, what, s->out);
	return good;
}

/* LaTeX that lacks what mdx would need: sizes of unit vectors, names bound behind a formula */
static bool
is_one_way(const char *latex)
{
	static const char *const marks[] = {
		"\\mathbf{e}_",
		"J^{",
		"\\text{where }",
		"K_{",
		"\\left[",
		"{\\mathrm{d}",
	};
	size_t i;

	for (i = 0; i < sizeof marks / sizeof *marks; i++) {
		if (strstr(latex, marks[i]))
			return true;
	}
	return false;
}

static void
test_latex(Session *s, const char *identity, const char *name, int line, Count *c)
{
	char *latex;

	if (strstr(identity, " where ")) {
		c->none++;
		return;
	}
	if (run(s, "latex %s", identity) != MDX_OK) {
		count(c, false, name, line, identity, s);
		return;
	}
	latex = strdup(s->out);
	latex[strcspn(latex, "\n")] = '\0';
	if (is_one_way(latex))
		c->none++;
	else
		count(c, run(s, "tex \"%s\"", latex) == MDX_OK, name, line, latex, s);
	free(latex);
}

/* The first line of the session's output, malloc'd. */
static char *
first_line(const Session *s)
{
	return strndup(s->out, strcspn(s->out, "\n"));
}

/* What was taken for names in the last answer is declared: `  taking X : m x n, a : scalar`. */
static void
declare_taken(Session *s)
{
	const char *taking = strstr(s->out, "  taking ");
	char decl[1000] = "var ", *p = decl + 4;

	if (!taking)
		return;
	for (taking += 9; *taking && *taking != '\n' && p < decl + sizeof decl - 8; taking++) {
		if (strncmp(taking, " : scalar", 9) == 0) {
			taking += 8;
		} else if (strncmp(taking, " : ", 3) == 0) {
			*p++ = '(';
			taking += 2;
		} else if (strncmp(taking, " x ", 3) == 0) {
			*p++ = ',';
			taking += 2;
		} else if (*taking == ',' || taking[1] == '\n' || !taking[1]) {
			if (*taking != ',')
				*p++ = *taking;
			*p = '\0';
			if (strrchr(decl, '(') && !strchr(strrchr(decl, '('), ')'))
				*p++ = ')';
			if (*taking == ',')
				*p++ = ',';
		} else {
			*p++ = *taking;
		}
	}
	*p = '\0';
	run(s, "%s", decl);
}

/* expr, as LaTeX and in Unicode and back, is expr */
static void
test_both(Session *s, const char *expr, Count *unicode, Count *latex)
{
	char *said, *back;

	run(s, "clear; set style ascii");
	if (run(s, "%s", expr) == MDX_ERROR) {
		latex->none++;
		return;
	}
	declare_taken(s);
	run(s, "set style unicode");
	run(s, "%s", expr);
	said = first_line(s);
	/* index notation is there to be read */
	if (!strstr(s->out, "over ["))
		count(unicode, run(s, "check (%s) == (%s)", expr, said) == MDX_OK, expr, 0, said, s);
	free(said);
	run(s, "set style ascii");
	run(s, "latex %s", expr);
	said = first_line(s);
	if (is_one_way(said)) {
		latex->none++;
	} else if (count(latex, run(s, "tex \"%s\"", said) != MDX_ERROR, expr, 0, said, s)) {
		back = first_line(s);
		count(latex, run(s, "check (%s) == (%s)", expr, back) == MDX_OK, expr, 0, back, s);
		free(back);
	}
	free(said);
}

/* NAME(ARGUMENTS) as help shows them, and the example */
static void
test_functions(void)
{
	Session *s = session_open();
	int i;

	for (i = 0; i < F_COUNT; i++) {
		const Fun *f = &fun_table[i];
		Count unicode = {0}, latex = {0};
		char call[200];

		if (f->max == 0 || f->cls == FC_VALUE)
			continue;
		snprintf(call, sizeof call, "%s(%s)", f->name, f->args);
		if (!strstr(f->args, "axis") && f->cls != FC_DERIV)
			test_both(s, call, &unicode, &latex);
		if (*f->example)
			test_both(s, f->example, &unicode, &latex);
		ok(unicode.bad + latex.bad == 0, "%s is read back from Unicode and LaTeX", f->name);
	}
	session_close(s);
}

/* numbers with many digits, alone and at every place where one may stand */
static void
test_numbers(void)
{
	static const char *const number[] = {"0.001", "3.14159", "0.00025", "1e-5", "1.5e-9", "1e-300",
		"6.283185307179586", "1e20", "1.25e30", "262537412640768744", "1/1024", "1/3000",
		"12345678901234567890.5", "0.30102999566398119521"};
	static const char *const at[] = {"%s", "-%s", "%s*a", "-%s*x", "a - %s", "a + %s*b", "a^%s",
		"a^(-%s)", "(%s)^b", "x.^%s", "%s*x.*x", "a/%s", "%s/a", "(%s)^2", "exp(-%s*a)",
		"2*%s*a", "a*%s*b", "a^2*(%s)^a", "[%s a; b -%s]", "kron(%s*x, x)"};
	Session *s = session_open();

	for (size_t i = 0; i < sizeof number / sizeof *number; i++) {
		Count unicode = {0}, latex = {0};
		for (size_t k = 0; k < sizeof at / sizeof *at; k++) {
			char expr[200] = "", *p = expr;
			for (const char *f = at[k]; *f; f += *f == '%' ? 2 : 1)
				p += *f == '%' ? sprintf(p, "%s", number[i]) : sprintf(p, "%c", *f);
			test_both(s, expr, &unicode, &latex);
		}
		ok(unicode.bad + latex.bad == 0, "%s is read back from Unicode (%d) and LaTeX (%d)",
			number[i], unicode.good, latex.good);
	}
	session_close(s);
}

static void
test_file(const char *path, const char *name)
{
	Session *s = session_open();
	Script f;
	Step step;
	Count unicode = {0}, latex = {0};

	script_open(&f, path, name);
	while (script_next(&f, s, &step)) {
		char *text = strndup(step.text, step.len), *other;

		if (step.status == MDX_OK && step_kind(&step, NULL) == KIND_CHECK) {
			other = printed(text, STYLE_UNICODE);
			if (other) {
				bool good = run(s, "check %s", other) == MDX_OK;
				count(&unicode, good, name, step.line, other, s);
				free(other);
			}
			other = printed(text, STYLE_ASCII);
			if (other)
				test_latex(s, other, name, step.line, &latex);
			free(other);
		}
		free(text);
	}
	if (unicode.good + unicode.bad > 0)
		ok(unicode.bad == 0, "%s: %d of %d checks hold in Unicode", name, unicode.good,
			unicode.good + unicode.bad);
	if (latex.good + latex.bad > 0)
		ok(latex.bad == 0, "%s: %d of %d checks hold in LaTeX (%d are one-way)", name, latex.good,
			latex.good + latex.bad, latex.none);
	script_close(&f);
	session_close(s);
}

int
main(int argc, char **argv)
{
	begin();
	if (argc == 1) {
		test_functions();
		test_numbers();
	}
	each_file(argc, argv, "tests/corpus/*.mdx", test_file);
	return done();
}
