/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notation.c: what is written in Unicode or LaTeX is read back and means the same. Every true check
   of the corpus is printed in Unicode and checked again, and goes through `latex' and back through
   `tex'. usage: notation [FILE]...; without files all of tests/corpus. */
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

static void
count(Count *c, bool good, const char *name, int line, const char *what, const Session *s)
{
	c->good += good;
	c->bad += !good;
	if (!good)
		note("%s:%d: %s\n%s", name, line, what, s->out);
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
		"\\operatorname{reshape}",
		"\\langle",
		"\\delta_",
		"\\mathbf{0}_",
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
	each_file(argc, argv, "tests/corpus/*.mdx", test_file);
	return done();
}
