/* SPDX-License-Identifier: GPL-3.0-or-later */
/* laws.c: what every row of the function table must obey, with arguments of every shape the
   function takes: the Jacobian and the Hessian agree with central differences, a printed formula
   means what it was printed for, the help text exists, the example runs, the aliases are the same
   function. usage: laws [FUNCTION]... */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "harness.h"

#define MAX_ENTRIES 9
#define MAX_VALUES (MAX_ENTRIES * 81)
#define STEP 1e-5

/* A leaf for each argument position and shape. Values lie within (0, 1), where every function of
   the table is defined; square ones are far from singular. */
typedef struct Leaf { char name[16]; int rows, cols; double x[MAX_ENTRIES]; } Leaf;

static Random rng;

static bool
give(Session *s, const Leaf *l)
{
	char text[1024], *p = text;
	int i, j;

	p += sprintf(p, "%s = [", l->name);
	for (i = 0; i < l->rows; i++) {
		for (j = 0; j < l->cols; j++)
			p += sprintf(p, "%s%.17g", j ? ", " : i ? "; " : "", l->x[i * l->cols + j]);
	}
	sprintf(p, "];");
	return run(s, "%s", text) == MDX_OK;
}

static void
draw(Leaf *l)
{
	int i, n = l->rows * l->cols;
	bool square = l->rows == l->cols && n > 1;

	for (i = 0; i < n; i++) {
		l->x[i] = (square ? 0.1 : 0.15) + (square ? 0.2 : 0.7) * random_unit(&rng);
		if (square && i % (l->cols + 1) == 0)
			l->x[i] += 0.55;
	}
}

static bool
close_to(double x, double y, double scale)
{
	return fabs(x - y) <= 1e-6 * (1 + scale + fabs(y));
}

/* Is `deriv`, which evaluates to nf x nx numbers row by row, the derivative of `value` (nf numbers)
   by l? */
static bool
agrees(Session *s, Leaf *l, const char *value, const char *deriv)
{
	static double d[MAX_VALUES], up[MAX_VALUES], down[MAX_VALUES];
	int n = l->rows * l->cols, nf, nd, i, j, k, c = 0;
	double scale = 0;

	nd = eval(s, d, MAX_VALUES, "%s", deriv);
	if (nd < 0 || nd > MAX_VALUES || nd % n != 0) {
		note("%s: %s", deriv, s->out);
		return false;
	}
	nf = nd / n;
	for (i = 0; i < nd; i++)
		scale = fmax(scale, fabs(d[i]));
	/* vec(X) runs down the columns */
	for (j = 0; j < l->cols; j++) {
		for (i = 0; i < l->rows; i++, c++) {
			double *x = &l->x[i * l->cols + j], old = *x;
			int nu, nv;

			*x = old + STEP;
			give(s, l);
			nu = eval(s, up, MAX_VALUES, "%s", value);
			*x = old - STEP;
			give(s, l);
			nv = eval(s, down, MAX_VALUES, "%s", value);
			*x = old;
			give(s, l);
			if (nu != nf || nv != nf) {
				note("%s has %d numbers, %s %d", value, nu, deriv, nd);
				return false;
			}
			for (k = 0; k < nf; k++) {
				double want = (up[k] - down[k]) / (2 * STEP);

				if (!close_to(d[k * n + c], want, scale)) {
					note("%s: entry %d, %d is %.12g, by differences %.12g", deriv,
						k + 1, c + 1, d[k * n + c], want);
					return false;
				}
			}
		}
	}
	return true;
}

/* The laws at one list of arguments; false when the function does not take it. */
static bool
laws_at(Session *s, const Fun *f, const char *call, Leaf **leaf, int nleaf)
{
	static double x[MAX_VALUES];
	char shown[2048], value[512], deriv[512], *end;
	int i, n = eval(s, x, MAX_VALUES, "%s", call);
	bool good = true;

	if (n < 1 || n > 81)
		return false;
	for (i = 0; i < nleaf && f->cls != FC_VALUE; i++) {
		snprintf(value, sizeof value, n == 1 ? "%s" : "vec(%s)", call);
		snprintf(deriv, sizeof deriv, "jac(%s, %s)", call, leaf[i]->name);
		good &= agrees(s, leaf[i], value, deriv);
		if (n > 9)
			continue;
		snprintf(value, sizeof value, "vec(grad(sum(%s), %s))", call, leaf[i]->name);
		snprintf(deriv, sizeof deriv, "hess(sum(%s), %s)", call, leaf[i]->name);
		if (leaf[i]->rows == 1)
			snprintf(value, sizeof value, "grad(sum(%s), %s)", call, leaf[i]->name);
		good &= agrees(s, leaf[i], value, deriv);
	}
	if (f->cls != FC_VALUE) {
		run(s, "%s", call);
		end = strstr(s->out, "\n  : ");
		snprintf(shown, sizeof shown, "%.*s",
			end ? (int)(end - s->out) : (int)strcspn(s->out, "\n"), s->out);
		if (run(s, "check (%s) == %s", shown, call) != MDX_OK) {
			note("%s prints %s; of that, check says %s", call, shown, s->out);
			good = false;
		}
	}
	ok(good, "%s", call);
	return true;
}

/* all lists of arguments the function may take: leaves of the four shapes, then small integers */
static int
all_arguments(Session *s, const Fun *f)
{
	static const struct { int rows, cols; char letter; } shape[] =
		{{3, 3, 'S'}, {2, 3, 'M'}, {3, 1, 'x'}, {1, 1, 'a'}};
	static const char *const number[] = {"1", "2", "3"};
	enum { NSHAPE = 4, NARG = NSHAPE + 3 };
	Leaf leaf[2][NSHAPE];
	int taken = 0, n, code, i;

	for (i = 0; i < 2 * NSHAPE; i++) {
		Leaf *l = &leaf[i / NSHAPE][i % NSHAPE];

		*l = (Leaf){.rows = shape[i % NSHAPE].rows, .cols = shape[i % NSHAPE].cols};
		snprintf(l->name, sizeof l->name, "%c%d", shape[i % NSHAPE].letter, i / NSHAPE + 1);
		draw(l);
		if (!give(s, l))
			note("%s", s->out);
	}
	for (n = f->min; n <= f->max && n <= 4; n++) {
		int total = (int)pow(NARG, n);

		for (code = 0; code < total; code++) {
			char call[256], *p = call;
			Leaf *used[4];
			int nused = 0, c = code, seen = 0;
			bool possible = true;

			p += sprintf(p, "%s(", f->name);
			for (i = 0; i < n; i++, c /= NARG) {
				int k = c % NARG;

				if (k < NSHAPE && (seen || i > 1)) {
					possible = false;       /* sizes and indices come last */
				} else if (k < NSHAPE) {
					used[nused] = &leaf[i][k];
					p += sprintf(p, "%s%s", i ? ", " : "", used[nused++]->name);
				} else {
					seen++;
					p += sprintf(p, "%s%s", i ? ", " : "", number[k - NSHAPE]);
				}
			}
			strcpy(p, ")");
			if (possible && (nused == 0) == (f->cls == FC_CONST))
				taken += laws_at(s, f, call, used, nused);
		}
	}
	return taken;
}

/* an elementwise function at points all over its domain, not only within (0, 1) */
static void
whole_domain(Session *s, const Fun *f)
{
	Leaf l = {"x", 3, 1, {0}};
	Leaf m = {"y", 3, 1, {0}};
	char value[64], deriv[64];
	bool good = true;
	int round, i, tries;

	for (round = 0; round < 5; round++) {
		for (i = 0; i < 3; i++) {
			for (tries = 0; tries < 1000; tries++) {
				l.x[i] = tan(3 * (random_unit(&rng) - 0.5));
				m.x[i] = 4 * random_unit(&rng) - 2;
				if (!f->domain_ok || (f->domain_ok(l.x[i] - 1e-2, m.x[i])
						&& f->domain_ok(l.x[i] + 1e-2, m.x[i])))
					break;
			}
		}
		give(s, &l);
		give(s, &m);
		snprintf(value, sizeof value, f->min == 1 ? "%s(x)" : "%s(x, y)", f->name);
		snprintf(deriv, sizeof deriv, f->min == 1 ? "jac(%s(x), x)" : "jac(%s(x, y), x)", f->name);
		good &= agrees(s, &l, value, deriv);
	}
	ok(good, "%s: derivative all over its domain", f->name);
}

static void
test_row(const Fun *f)
{
	Session *s = session_open();
	char aliases[256], *name, *rest;

	if (ok(run(s, "help %s", f->name) == MDX_OK && strstr(s->out, f->help) && *f->help,
			"help %s", f->name) == false)
		note("%s", s->out);
	if (*f->example && !strchr(f->example, '"') &&
		!ok(run(s, "%s", f->example) == MDX_OK, "example: %s", f->example))
		note("%s", s->out);
	snprintf(aliases, sizeof aliases, "%s", f->aliases);
	for (name = strtok_r(aliases, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
		ok(fun_find(sym(name)) == f, "%s is %s", name, f->name);
	if (f->cls != FC_DERIV && f->cls != FC_VALUE) {
		int taken = all_arguments(s, f);

		ok(taken > 0 || f->cls == FC_CONST, "%s takes %d kinds of arguments", f->name, taken);
	}
	session_close(s);
	s = session_open();
	if (f->cls == FC_ELEM)
		whole_domain(s, f);
	session_close(s);
}

int
main(int argc, char **argv)
{
	int i, j;

	begin();
	rng.state = (uint64_t)env_long("MDX_SEED", 1);
	note("MDX_SEED=%llu", (unsigned long long)rng.state);
	for (i = 0; i < F_COUNT; i++) {
		bool wanted = argc == 1;

		for (j = 1; j < argc; j++)
			wanted |= strcmp(argv[j], fun_table[i].name) == 0;
		if (wanted && fun_table[i].max > 0)
			test_row(&fun_table[i]);
	}
	return done();
}
