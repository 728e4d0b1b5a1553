/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verdicts.c: runs the corpus of identities. Every check must be true, but for those with a `#!` comment, which must be
   false (the comment says what is wrong with them); everything else must run without an error.
   usage: verdicts [FILE]...; without files all of tests/corpus. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static void
test_file(const char *path, const char *name)
{
	Session *s = session_open();
	Script f;
	Step step;
	int errors = 0;

	script_open(&f, path, name);
	while (script_next(&f, s, &step)) {
		char *text = strndup(step.text, step.len);
		const char *want = strstr(text, "#!") ? "false" : "true";

		text[strcspn(text, "\n")] = '\0';
		if (step_kind(&step, NULL) == KIND_CHECK) {
			if (!ok(prefix(s->out, want), "%s:%d %s: %s", name, step.line, want, text))
				note("%s", s->out);
		} else if (step.status != MDX_OK) {
			errors++;
			note("%s", s->out);
		}
		free(text);
	}
	ok(errors == 0, "%s: no errors", name);
	script_close(&f);
	session_close(s);
}

int
main(int argc, char **argv)
{
	const char *src = getenv("SRC");
	char pattern[4096];
	glob_t g;
	size_t i;
	int j;

	begin();
	for (j = 1; j < argc; j++)
		test_file(argv[j], argv[j]);
	snprintf(pattern, sizeof pattern, "%s/tests/corpus/*.mdx", src ? src : ".");
	if (argc == 1 && glob(pattern, 0, NULL, &g) == 0) {
		for (i = 0; i < g.gl_pathc; i++)
			test_file(g.gl_pathv[i], strrchr(g.gl_pathv[i], '/') + 1);
		globfree(&g);
	}
	return done();
}
