/* SPDX-License-Identifier: GPL-3.0-or-later */
/* numbers.c: eval against C by hand on the same BLAS: the cblas_* of src/blas.c. Of the gradient
   the sum of the squares is asked for, so that all of it must be computed and none of it is
   printed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cblas.h>

#include "core.h"
#include "bench.h"

#define ROUNDS 25

/* G = 2*W*b*x' + 2*W*x*b' with b = W'*W*x - x, as a careful programmer writes it: each product with
   a vector once, one pass for both outer products */
static void
by_hand(int m, int n, const double *W, const double *x, double *f, double *b, double *Wb, double *G)
{
	int i, j;

	cblas_dgemv(CblasRowMajor, CblasNoTrans, m, n, 1, W, n, x, 1, 0, f, 1);
	memcpy(b, x, sizeof *x * (size_t)n);
	cblas_dgemv(CblasRowMajor, CblasTrans, m, n, 1, W, n, f, 1, -1, b, 1);
	cblas_dgemv(CblasRowMajor, CblasNoTrans, m, n, 1, W, n, b, 1, 0, Wb, 1);
	for (i = 0; i < m; i++) {
		for (j = 0; j < n; j++)
			G[i * n + j] = 2 * (Wb[i] * x[j] + f[i] * b[j]);
	}
}

static double *
numbers(size_t n)
{
	double *x = malloc(n * sizeof *x);
	size_t i;

	if (!x)
		abort();
	for (i = 0; i < n; i++)
		x[i] = sin((double)i);
	return x;
}

static double
hand_time(int m, int n)
{
	double *W = numbers((size_t)m * (size_t)n), *x = numbers((size_t)n), *f = numbers((size_t)m),
		*b = numbers((size_t)n), *Wb = numbers((size_t)m), t[ROUNDS];
	volatile double sum = 0;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		double start = worked(), *G = malloc((size_t)m * (size_t)n * sizeof *G);

		if (!G)
			abort();
		by_hand(m, n, W, x, f, b, Wb, G);
		sum += cblas_ddot(m * n, G, 1, G, 1);
		t[i] = worked() - start;
		free(G);
	}
	free(W);
	free(x);
	free(f);
	free(b);
	free(Wb);
	return median(t, ROUNDS);
}

static double
eval_time(int m, int n)
{
	Mdx *s = quiet_session();
	double t[ROUNDS];
	char text[200];
	int i;

	snprintf(text, sizeof text,
		"var W(m,n), x(n); W = randn(%d,%d); x = randn(%d,1); l = sqnorm(W'*W*x - x);", m, n, n);
	quiet_run(s, text);
	for (i = 0; i < ROUNDS; i++) {
		double start = worked();

		quiet_run(s, "eval sqnorm(grad(l, W))");
		t[i] = worked() - start;
	}
	mdx_close(s);
	return median(t, ROUNDS);
}

void
bench_numbers(void)
{
	static const int size[][2] = {{10, 20}, {50, 100}, {500, 1000}, {1000, 2000}};
	size_t k;
	char text[80];

	head("eval of the autoencoder's gradient (ratio to C by hand on the same BLAS)");
	for (k = 0; k < sizeof size / sizeof *size; k++) {
		int m = size[k][0], n = size[k][1];
		double mine = eval_time(m, n), hand = hand_time(m, n);

		snprintf(text, sizeof text, "%d x %d: mdx; by hand %.3g ms", m, n, 1e3 * hand);
		if (m < 500)
			row(text, 1e3 * mine, "ms", mine / hand);
		else
			goal(text, 1e3 * mine, "ms", mine / hand, 2);
	}
	printf("  CBLAS: %s\n", blas_name());
}
