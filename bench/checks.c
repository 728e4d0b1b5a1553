/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checks.c: what verdicts cost in a process that runs already: every check of the corpus of
   identities; first the verdict alone, then, of the false ones, the verdict with its
   explanation. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "bench.h"

#define ROUNDS 3

/* the times of one kind of answer; the slowest with its place */
typedef struct Times {
	double *t, worst;
	int n, cap;
	char where[80];
} Times;

static void
add(Times *k, double t, const char *name, int line)
{
	if (k->n == k->cap) {
		k->cap = 2 * k->cap + 100;
		k->t = realloc(k->t, sizeof *k->t * (size_t)k->cap);
		if (!k->t)
			abort();
	}
	k->t[k->n++] = t;
	if (t > k->worst) {
		k->worst = t;
		snprintf(k->where, sizeof k->where, "%.60s:%d", name, line);
	}
}

static double
timed(Session *s, const Step *step)
{
	double t[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		double start = worked();

		run(s, "%.*s", (int)step->len, step->text);
		t[i] = worked() - start;
	}
	return median(t, ROUNDS);
}

static void
corpus_file(const char *path, Times *verdict, Times *why)
{
	const char *name = strrchr(path, '/') + 1;
	Session *s = session_open();
	Script f;
	Step step;

	script_open(&f, path, name);
	while (mdx_set(s->mdx, "budget", "0"), script_next(&f, s, &step)) {
		if (step_kind(&step, NULL) != KIND_CHECK)
			continue;
		add(verdict, timed(s, &step), name, step.line);
		if (!prefix(s->out, "false"))
			continue;
		mdx_set(s->mdx, "budget", "2");
		add(why, timed(s, &step), name, step.line);
	}
	script_close(&f);
	session_close(s);
}

static void
rows(const char *what, Times *k, double middle, double bound)
{
	char text[160];

	if (k->n == 0)
		return;
	snprintf(text, sizeof text, "%s (%d)", what, k->n);
	goal(text, 1e3 * median(k->t, k->n), "ms", 0, middle);
	snprintf(text, sizeof text, "the slowest: %s", k->where);
	goal(text, 1e3 * k->worst, "ms", 0, bound);
	free(k->t);
}

void
bench_checks(const char *corpus)
{
	Times verdict = {0}, why = {0};
	char pattern[4096];
	glob_t g;

	head("verdicts on the corpus of identities, warm");
	snprintf(pattern, sizeof pattern, "%s/*.mdx", corpus);
	if (glob(pattern, 0, NULL, &g) != 0)
		return;
	for (size_t i = 0; i < g.gl_pathc; i++)
		corpus_file(g.gl_pathv[i], &verdict, &why);
	globfree(&g);
	rows("a verdict", &verdict, 1, 10);
	rows("a false one with its explanation", &why, 2000, 2000);
}
