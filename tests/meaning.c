/* SPDX-License-Identifier: GPL-3.0-or-later */
/* meaning.c: every formula that a case or an example prints is typed in again, in the session that
   printed it, and checked against the statement it answers: a golden file can be wrong, `check` is
   another way to the same fact. usage: meaning [FILE]...; without files all of tests/cases and
   examples. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"

/* The formula of an echo: its text up to the line with the shape. NULL: a tensor, which is in index
   notation. */
static char *
formula(const char *out)
{
	const char *end = strstr(out, "\n  : ");
	char *text;

	if (!end || strstr(out, " over ["))
		return NULL;
	text = strndup(out, (size_t)(end - out));
	if (!text)
		abort();
	return text;
}

/* the statement without its comment, expectations and newline */
static char *
statement(const Step *step)
{
	char *text = strndup(step->text, step->len), *p;

	if (!text)
		abort();
	for (p = text; *p; p++) {
		if (*p == '"') {
			while (p[1] && *++p != '"' && *p != '\n')
				;
		} else if (*p == '#') {
			while (*p && *p != '\n')
				*p++ = ' ';
			if (!*p)
				break;
		}
	}
	for (p = text + strlen(text); p > text && strchr(" \t\n", p[-1]); p--)
		p[-1] = '\0';
	return text;
}

/* What is shown is not what would be typed: in LaTeX, and in another layout than the language's
   own. */
static bool
for_show(const Step *step, bool before)
{
	if (prefix(step->text, "set style"))
		return prefix(step->text, "set style latex");
	if (prefix(step->text, "set layout"))
		return !prefix(step->text, "set layout mixed");
	return before;
}

static void
test_file(const char *path, const char *name)
{
	Session *s = session_open();
	Script f;
	Step step;
	int good = 0, bad = 0;
	bool show = false;

	script_open(&f, path, name);
	while (script_next(&f, s, &step)) {
		char *shown, *asked;

		show = for_show(&step, show);
		if (show || step.status != MDX_OK || s->err || step_kind(&step, NULL) != KIND_EXPR)
			continue;
		shown = formula(s->out);
		if (!shown)
			continue;
		asked = statement(&step);
		if (strchr(asked, '%') || strstr(asked, "ans") || strstr(asked, "where "))
			strcpy(asked, "%");
		if (run(s, "check (%s) == %s", shown, asked) == MDX_OK && prefix(s->out, "true")) {
			good++;
		} else {
			bad++;
			note("%s:%d: %s\nprinted %s\nand of that, check says: %s", name, step.line, asked,
				shown, s->out);
		}
		free(shown);
		free(asked);
	}
	if (good + bad > 0)
		ok(bad == 0, "%s: %d of %d printed formulas hold", name, good, good + bad);
	script_close(&f);
	session_close(s);
}

int
main(int argc, char **argv)
{
	begin();
	each_file(argc, argv, "tests/cases/*/*.mdx", test_file);
	if (argc == 1)
		each_file(argc, argv, "examples/*.mdx", test_file);
	return done();
}
