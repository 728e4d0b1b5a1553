/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verdicts.c: runs the corpus of identities. Every check must be true, but for those with a `#!` comment, which must be
   false (the comment says what is wrong with them); everything else must run without an error.
   usage: verdicts [FILE]...; without files all of tests/corpus. */
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
	begin();
	each_file(argc, argv, "tests/corpus/*.mdx", test_file);
	return done();
}
