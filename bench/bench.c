/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench.c: what mdx costs, against yardsticks measured in the same run: a bare C process, ginsh
   where it is installed, C by hand on the same BLAS. Machines and their load differ; read the
   ratios. usage: bench MDX BARE EXAMPLES CORPUS [PART], the program, the bare process, the folders
   of examples and identities; only one part of it: start, memory, examples, growth, checks,
   numbers */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

static double
clock_at(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double
now(void)
{
	return clock_at(CLOCK_MONOTONIC);
}

double
worked(void)
{
	return clock_at(CLOCK_PROCESS_CPUTIME_ID);
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

static int goals, missed;

static void
columns(const char *what, double value, const char *unit, double ratio)
{
	printf("  %-58s %9.3g %-4s", what, value, unit);
	if (ratio > 0)
		printf(" %8.3g", ratio);
	else
		printf(" %8s", "");
}

void
row(const char *what, double value, const char *unit, double ratio)
{
	columns(what, value, unit, ratio);
	putchar('\n');
	fflush(stdout);
}

void
goal(const char *what, double value, const char *unit, double ratio, double most)
{
	bool met = (ratio > 0 ? ratio : value) <= most;

	columns(what, value, unit, ratio);
	printf("  <= %-5g %s\n", most, met ? "met" : "NOT MET");
	fflush(stdout);
	goals++;
	missed += !met;
}

static bool
wanted(const char *part, const char *name)
{
	return !part || strcmp(part, name) == 0;
}

int
main(int argc, char **argv)
{
	const char *part = argc == 6 ? argv[5] : NULL;

	if (argc != 5 && argc != 6) {
		fprintf(stderr, "usage: bench MDX BARE EXAMPLES CORPUS [PART]\n");
		return 2;
	}
	printf("%-60s %14s %8s  %s\n", "", "median", "ratio", "should be");
	if (wanted(part, "start"))
		bench_start(argv[1], argv[2]);
	if (wanted(part, "memory"))
		bench_memory();
	if (wanted(part, "examples"))
		bench_examples(argv[3]);
	if (wanted(part, "growth"))
		bench_growth();
	if (wanted(part, "checks"))
		bench_checks(argv[4]);
	if (wanted(part, "numbers"))
		bench_numbers();
	printf("\n%d of %d goals met\n", goals - missed, goals);
	return 0;
}
