/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench.c: what mdx costs, against yardsticks measured in the same run: a bare C process, ginsh where it is installed, C by
   hand on the same BLAS. Machines and their load differ; read the ratios.
   usage: bench MDX BARE EXAMPLES CORPUS, the program, the bare process, the folders of examples and identities */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int
by_size(const void *x, const void *y)
{
	const double *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

double
median(double *x, int n)
{
	qsort(x, (size_t)n, sizeof *x, by_size);
	return x[n / 2];
}

static void
nowhere(void *ctx, bool err, const char *text, size_t len)
{
	(void)ctx;
	if (err)
		fwrite(text, 1, len, stderr);
}

Mdx *
quiet_session(void)
{
	Mdx *s = mdx_open((MdxOutput){NULL, nowhere});

	if (!s)
		abort();
	return s;
}

MdxStatus
quiet_run(Mdx *s, const char *text)
{
	return mdx_run(s, "bench", text, strlen(text), 1, 0, NULL);
}

void
head(const char *title)
{
	printf("\n%s\n", title);
}

void
row(const char *what, double value, const char *unit, double ratio, const char *bound)
{
	printf("  %-58s %9.3g %-4s", what, value, unit);
	if (ratio > 0)
		printf(" %8.3g", ratio);
	else
		printf(" %8s", "");
	printf("  %s\n", bound);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: bench MDX BARE EXAMPLES CORPUS\n");
		return 2;
	}
	printf("%-60s %14s %8s  %s\n", "", "median", "ratio", "should be");
	bench_start(argv[1], argv[2]);
	bench_memory();
	bench_warm(argv[3]);
	bench_checks(argv[4]);
	bench_numbers();
	return 0;
}
