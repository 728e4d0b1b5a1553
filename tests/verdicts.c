/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verdicts.c: runs the corpus of identities. Every check must be true, but for those with a `#!`
   comment, which must be false (the comment says what is wrong with them); everything else must run
   without an error. At the end it tells how many were proved, tested exactly, tested with numbers,
   and refuted, and which one took longest. usage: verdicts [FILE]...; without files all of
   tests/corpus. MDX_SHOW=1 shows each check with its verdict and time. The explanations of false
   ones are no part of it: `set budget 0`. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness.h"

enum { PROVED, EXACT, NUMBERS, REFUTED, KINDS };

typedef struct Total {
	int count[KINDS];
	double slowest;
	char at[200];           /* the slowest one's place */
} Total;

static Total total;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
count(Total *t, const char *out)
{
	if (prefix(out, "true (proved)"))
		t->count[PROVED]++;
	else if (prefix(out, "true (exact"))
		t->count[EXACT]++;
	else if (prefix(out, "true"))
		t->count[NUMBERS]++;
	else if (prefix(out, "false"))
		t->count[REFUTED]++;
}

static void
test_file(const char *path, const char *name)
{
	Session *s = session_open();
	Script f;
	Step step;
	double start;
	int errors = 0;

	run(s, "set budget 0");
	script_open(&f, path, name);
	for (start = now(); script_next(&f, s, &step); start = now()) {
		char *text = strndup(step.text, step.len);
		const char *want = strstr(text, "#!") ? "false" : "true";
		double took = now() - start;

		text[strcspn(text, "\n")] = '\0';
		if (step_kind(&step, NULL) == KIND_CHECK) {
			if (!ok(prefix(s->out, want), "%s:%d %s: %s", name, step.line, want, text))
				note("%s", s->out);
			else if (env_long("MDX_SHOW", 0))
				note("%6.2f ms %s", 1e3 * took, s->out);
			count(&total, s->out);
			if (took > total.slowest) {
				total.slowest = took;
				snprintf(total.at, sizeof total.at, "%s:%d", name, step.line);
			}
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
	note(
		"%d proved, %d by the exact test, %d with numbers, %d false; the slowest took %.1f ms (%s)",
		total.count[PROVED], total.count[EXACT], total.count[NUMBERS], total.count[REFUTED],
		1e3 * total.slowest, total.at);
	return done();
}
