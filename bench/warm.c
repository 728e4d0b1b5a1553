/* SPDX-License-Identifier: GPL-3.0-or-later */
/* warm.c: formulas in a process that runs already: every derivative of the examples. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define ROUNDS 15

/* seconds of a statement in this session */
static double
timed(Mdx *s, const char *text, int rounds)
{
	double t[ROUNDS];
	int i;

	for (i = 0; i < rounds && i < ROUNDS; i++) {
		double start = worked();

		if (quiet_run(s, text) == MDX_ERROR)
			return NAN;
		t[i] = worked() - start;
	}
	return median(t, i);
}

/* all lines of an example; those that ask for a derivative are timed */
static double
example(const char *folder, const char *name)
{
	char path[4096], line[4096], what[80];
	double worst = 0;
	Mdx *s = quiet_session();
	FILE *f;

	snprintf(path, sizeof path, "%s/%s.mdx", folder, name);
	f = fopen(path, "r");
	if (!f) {
		perror(path);
		exit(2);
	}
	while (fgets(line, sizeof line, f)) {
		double t;

		quiet_run(s, line);
		if (strncmp(line, "grad(", 5) != 0 && strncmp(line, "hess(", 5) != 0 &&
			strncmp(line, "jac(", 4) != 0)
			continue;
		t = timed(s, line, ROUNDS);
		line[strcspn(line, "\n")] = '\0';
		snprintf(what, sizeof what, "%.10s: %.40s", name, line);
		row(what, 1e3 * t, "ms", 0);
		worst = fmax(worst, t);
	}
	fclose(f);
	mdx_close(s);
	return worst;
}

void
bench_examples(const char *examples)
{
	static const char *const name[] = {
		"autoencoder", "gaussian_process", "swish_network", "logistic_regression"};
	double worst = 0;

	head("derivatives of the examples, warm, self-check included");
	for (size_t k = 0; k < sizeof name / sizeof *name; k++)
		worst = fmax(worst, example(examples, name[k]));
	goal("the slowest of them", 1e3 * worst, "ms", 0, 0.3);
}
