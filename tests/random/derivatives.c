/* SPDX-License-Identifier: GPL-3.0-or-later */
/* derivatives.c: gradients of random expressions against central differences along a random
   direction, and the printed gradient typed in again. One case in four is a Jacobian-vector product
   of a matrix expression. MDX_RANDOM=N runs N of them (default 300), MDX_SEED=N makes another row
   of them; a failure prints its own seed, and MDX_RANDOM=1 MDX_SEED=THAT repeats it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "grow.h"

static void
give(Session *s, const GrowLeaf *l, const double *x, const double *dir, double h)
{
	char text[1024], *p = text;
	int i, n = l->rows * l->cols;

	p += sprintf(p, "%s = [", l->name);
	for (i = 0; i < n; i++)
		p += sprintf(p, "%s%.17g", i == 0 ? "" : i % l->cols ? ", " : "; ",
			x[i] + (dir ? h * dir[i] : 0));
	sprintf(p, "];");
	if (run(s, "%s", text) != MDX_OK)
		note("%s: %s", text, s->out);
}

typedef enum { GOOD, BAD, UNDEFINED } Outcome;

/* the derivative of f along dir at x, as `slope` says, against differences with two steps */
static Outcome
compare(
	Session *s, const GrowLeaf *l, const double *x, const double *dir, const char *f, double slope)
{
	double up, down, best = INFINITY, want = NAN, h;

	for (h = 1e-4; h > 1e-7; h /= 10) {
		give(s, l, x, dir, h);
		if (eval(s, &up, 1, "%s", f) != 1)
			return UNDEFINED;
		give(s, l, x, dir, -h);
		if (eval(s, &down, 1, "%s", f) != 1)
			return UNDEFINED;
		if (!isfinite(up) || !isfinite(down) || fabs(up) > 1e6)
			return UNDEFINED;
		if (fabs((up - down) / (2 * h) - slope) < best) {
			want = (up - down) / (2 * h);
			best = fabs(want - slope);
		}
	}
	give(s, l, x, NULL, 0);
	if (best <= 1e-5 * (1 + fabs(want) + fabs(up)))
		return GOOD;
	note("slope %.10g, by differences %.10g", slope, want);
	return BAD;
}

static Outcome
one(uint64_t seed, int size)
{
	Random r = {seed};
	Session *s = session_open();
	double x[16][9], dir[9], slope;
	const GrowLeaf *by;
	char *f = grow(&r, 1, 1, 1 + random_below(&r, size)), *shown, *end;
	Outcome o = UNDEFINED;
	int i, tries;

	run(s, "%s", grow_names);
	do
		by = &grow_leaf[random_below(&r, grow_nleaf)];
	while (!grow_free(by));
	for (tries = 0; tries < 2 && o != GOOD; tries++) {
		for (i = 0; i < grow_nleaf; i++) {
			grow_draw(&r, &grow_leaf[i], grow_leaf[i].rows, grow_leaf[i].cols, 1, x[i]);
			give(s, &grow_leaf[i], x[i], NULL, 0);
		}
		grow_draw(&r, by, by->rows, by->cols, 1, dir);
		give(s, &(GrowLeaf){"H", by->rows, by->cols, 0}, dir, NULL, 0);
		if (eval(s, &slope, 1, "sum(grad(%s, %s) .* H)", f, by->name) != 1) {
			if (strstr(s->out, "internal") || strstr(s->out, "bug")) {
				note("%s", s->out);
				o = BAD;
			}
			continue;
		}
		o = compare(s, by, x[by - grow_leaf], dir, f, slope);
	}
	if (o == GOOD) {
		run(s, "grad(%s, %s)", f, by->name);
		end = strstr(s->out, "\n  : ");
		shown = strndup(s->out, end ? (size_t)(end - s->out) : strcspn(s->out, "\n"));
		if (!shown)
			abort();
		if (run(s, "check (%s) == grad(%s, %s)", shown, f, by->name) != MDX_OK) {
			note("printed %s; of that, check says %s", shown, s->out);
			o = BAD;
		}
		free(shown);
	}
	if (o == BAD)
		note("MDX_SEED=%llu: grad(%s, %s)", (unsigned long long)seed, f, by->name);
	free(f);
	session_close(s);
	return o;
}

int
main(void)
{
	long n = env_long("MDX_RANDOM", 300), i, count[3] = {0, 0, 0};
	uint64_t seed = (uint64_t)env_long("MDX_SEED", 1);

	begin();
	for (i = 0; i < n; i++)
		count[one(seed + (uint64_t)i, 2 + (int)(i % 12))]++;
	ok(count[BAD] == 0, "%ld gradients of random expressions (seed %llu): %ld agree, %ld differ", n,
		(unsigned long long)seed, count[GOOD], count[BAD]);
	ok(count[UNDEFINED] <= n / 4, "of them %ld were undefined where they were tried",
		count[UNDEFINED]);
	return done();
}
