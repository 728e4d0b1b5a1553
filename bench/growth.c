/* SPDX-License-Identifier: GPL-3.0-or-later */
/* growth.c: how the time grows with the number of terms, layers, statements. The ratio is that of
   two sizes one after the other, over what n log n would make of it; of some runs the quickest
   counts, since other processes only slow down. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { ROUNDS = 7 };

/* text under construction */
typedef struct Script { char *s; size_t n, cap; } Script;

static void
add(Script *t, const char *fmt, ...)
{
	va_list ap;

	if (t->cap - t->n < 200) {
		t->cap = 2 * t->cap + 1000;
		t->s = realloc(t->s, t->cap);
		if (!t->s)
			abort();
	}
	va_start(ap, fmt);
	t->n += (size_t)vsnprintf(t->s + t->n, t->cap - t->n, fmt, ap);
	va_end(ap);
}

/* what is run before and what is timed, for a size */
typedef void Make(int n, Script *before, Script *timed);

static void
coefficients(int n, Script *before, Script *t)
{
	(void)before;
	add(t, "grad(");
	for (int i = 1; i <= n; i++)
		add(t, "%sa%d*sqnorm(A*x)", i > 1 ? " + " : "", i);
	add(t, ", x)");
}

static void
different_terms(int n, Script *before, Script *t)
{
	(void)before;
	add(t, "grad(");
	for (int i = 1; i <= n; i++)
		add(t, "%ssin(y%d'*x)", i > 1 ? " + " : "", i);
	add(t, ", x)");
}

static void
defined_terms(int n, Script *before, Script *t)
{
	(void)before;
	add(t, "var x(d)\n");
	for (int i = 1; i <= n; i++)
		add(t, "var y%d(d)\nt%d = sin(y%d'*x)\n", i, i, i);
	add(t, "grad(");
	for (int i = 1; i <= n; i++)
		add(t, "%st%d", i > 1 ? " + " : "", i);
	add(t, ", x)");
}

static void
running_sum(int n, Script *before, Script *t)
{
	(void)before;
	add(t, "var x(d)\nl0 = sum(x)\n");
	for (int i = 1; i <= n; i++)
		add(t, "var a%d\nl%d = l%d + a%d*sqnorm(x)\n", i, i, i - 1, i);
	add(t, "grad(l%d, x)", n);
}

static void
network(int n, Script *t)
{
	add(t, "var x(d), W1(d,d)\nh1 = tanh(W1*x)\n");
	for (int i = 2; i <= n; i++)
		add(t, "var W%d(d,d)\nh%d = tanh(W%d*h%d)\n", i, i, i, i - 1);
}

static void
layers(int n, Script *before, Script *t)
{
	network(n, before);
	add(t, "grad(sqnorm(h%d), W1)", n);
}

static void
defined_layers(int n, Script *before, Script *t)
{
	(void)before;
	network(n, t);
	add(t, "grad(sqnorm(h%d), W1)", n);
}

/* the same by hand, layer by layer */
static void
backpropagation(int n, Script *before, Script *t)
{
	network(n, before);
	add(before, "D%d = 2*h%d\n", n, n);
	for (int i = n; i > 1; i--)
		add(before, "D%d = W%d'*(D%d.*(1 - h%d.^2))\n", i - 1, i, i, i);
	add(t, "check grad(sqnorm(h%d), W1) == (D1.*(1 - h1.^2))*x'", n);
}

static double
quickest(Make *make, int n, int rounds)
{
	Script before = {0}, t = {0};
	double best = INFINITY;

	add(&before, "\n");
	make(n, &before, &t);
	for (int i = 0; i < rounds; i++) {
		Mdx *s = quiet_session();
		double start;

		quiet_run(s, before.s);
		start = worked();
		quiet_run(s, t.s);
		best = fmin(best, worked() - start);
		mdx_close(s);
	}
	free(before.s);
	free(t.s);
	return best;
}

static void
grow(const char *what, Make *make, const int *size)
{
	double t = 0;

	for (int i = 0; size[i]; i++) {
		double last = t, n = size[i], m = i ? size[i - 1] : 1;
		char text[80];

		t = quickest(make, size[i], size[i] > 1000 ? 3 : ROUNDS);
		snprintf(text, sizeof text, "%s, %d", what, size[i]);
		if (i)
			goal(text, 1e3 * t, "ms", t / last / (n * log(n) / (m * log(m))), 1.25);
		else
			row(text, 1e3 * t, "ms", 0);
	}
}

void
bench_growth(void)
{
	static const int terms[] = {10, 100, 1000, 10000, 0}, deep[] = {2, 8, 25, 50, 100, 200, 0},
					 some[] = {10, 100, 1000, 0};

	head("growth (ratio: times the growth of n log n)");
	grow("gradient of terms a_i*sqnorm(A*x)", coefficients, terms);
	grow("gradient of terms sin(y_i'*x)", different_terms, terms);
	grow("gradient of layers tanh(W_i*h)", layers, deep);
	grow("script of terms declared and defined", defined_terms, terms);
	grow("script of layers declared and defined", defined_layers, deep);
	grow("script of definitions, each of the one before", running_sum, some);
	grow("check of layers against backpropagation", backpropagation, deep);
}
