/* SPDX-License-Identifier: GPL-3.0-or-later */
/* warm.c: formulas in a process that runs already: every gradient of the examples, and how the time grows with the number
   of terms and of layers. The exponents are slopes on a log-log scale. */
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
		double start = now();

		if (quiet_run(s, text) == MDX_ERROR)
			return NAN;
		t[i] = now() - start;
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
		if (strncmp(line, "grad(", 5) != 0 && strncmp(line, "hess(", 5) != 0 && strncmp(line, "jac(", 4) != 0)
			continue;
		t = timed(s, line, ROUNDS);
		line[strcspn(line, "\n")] = '\0';
		snprintf(what, sizeof what, "%.10s: %.40s", name, line);
		row(what, 1e3 * t, "ms", 0, "< 0.3");
		worst = fmax(worst, t);
	}
	fclose(f);
	mdx_close(s);
	return worst;
}

/* slope of log(time) over log(size) between the two largest sizes and over all */
static void
slopes(const char *what, const int *size, const double *t, int n, const char *bound)
{
	char text[80];
	int i;

	for (i = 0; i < n; i++) {
		snprintf(text, sizeof text, "%s, %d", what, size[i]);
		row(text, 1e3 * t[i], "ms", i ? log(t[i] / t[i - 1]) / log((double)size[i] / size[i - 1]) : 0,
			i ? bound : "(ratio: exponent)");
	}
}

/* a sum of n terms, each with a variable of its own as coefficient */
static char *
sum_of(int n)
{
	char *text = malloc((size_t)n * 40 + 100), *p = text;
	int i;

	if (!text)
		abort();
	p += sprintf(p, "grad(");
	for (i = 1; i <= n; i++)
		p += sprintf(p, "%sa%d*sqnorm(A*x)", i > 1 ? " + " : "", i);
	sprintf(p, ", x)");
	return text;
}

static char *
sum_of_different(int n)
{
	char *text = malloc((size_t)n * 40 + 100), *p = text;
	int i;

	if (!text)
		abort();
	p += sprintf(p, "grad(");
	for (i = 1; i <= n; i++)
		p += sprintf(p, "%ssin(y%d'*x)", i > 1 ? " + " : "", i);
	sprintf(p, ", x)");
	return text;
}

/* the gradient of a chain of n layers by the first layer's weights */
static double
chain(int n, int rounds)
{
	char text[200];
	double t;
	Mdx *s = quiet_session();
	int i;

	quiet_run(s, "var x(d), W1(d,d)");
	quiet_run(s, "h1 = tanh(W1*x)");
	for (i = 2; i <= n; i++) {
		snprintf(text, sizeof text, "var W%d(d,d)\nh%d = tanh(W%d*h%d)", i, i, i, i - 1);
		quiet_run(s, text);
	}
	snprintf(text, sizeof text, "grad(sqnorm(h%d), W1)", n);
	t = timed(s, text, rounds);
	mdx_close(s);
	return t;
}

void
bench_warm(const char *examples)
{
	static const char *const name[] = {"autoencoder", "gaussian_process", "swish_network", "logistic_regression"};
	static const int terms[] = {10, 100, 1000, 10000}, layers[] = {2, 8, 25, 50, 100, 200};
	enum { NT = sizeof terms / sizeof *terms, NL = sizeof layers / sizeof *layers };
	double t[16], worst = 0;
	size_t k;
	int i;

	head("derivatives of the examples, warm, self-check included");
	for (k = 0; k < sizeof name / sizeof *name; k++)
		worst = fmax(worst, example(examples, name[k]));
	row("the slowest of them", 1e3 * worst, "ms", 0, "< 0.3");

	head("growth");
	for (i = 0; i < NT; i++) {
		char *text = sum_of(terms[i]);
		Mdx *s = quiet_session();

		t[i] = timed(s, text, terms[i] > 1000 ? 1 : 5);
		mdx_close(s);
		free(text);
	}
	slopes("terms a_i*sqnorm(A*x)", terms, t, NT, "<= 1.1");
	for (i = 0; i < NT; i++) {
		char *text = sum_of_different(terms[i]);
		Mdx *s = quiet_session();

		t[i] = timed(s, text, terms[i] > 1000 ? 1 : 5);
		mdx_close(s);
		free(text);
	}
	slopes("terms sin(y_i'*x)", terms, t, NT, "<= 1.1");
	for (i = 0; i < NL; i++)
		t[i] = chain(layers[i], layers[i] > 50 ? 3 : 7);
	slopes("layers tanh(W_i*h)", layers, t, NL, "<= 1.2");
}
