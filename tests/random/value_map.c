/* SPDX-License-Identifier: GPL-3.0-or-later */
/* value_map.c: the values of elementwise functions, and of unknown ones. */
#include <math.h>
#include <string.h>

#include "judge.h"

static long double f_sigmoid(long double x) { return 1 / (1 + expl(-x)); }
static long double
f_softplus(long double x)
{
	return x > 30 ? x + log1pl(expl(-x)) : log1pl(expl(x));
}

static const struct { const char *name; long double (*f)(long double);
} smooth[] = {
	{"exp", expl},
	{"log", logl},
	{"sin", sinl},
	{"cos", cosl},
	{"tan", tanl},
	{"asin", asinl},
	{"acos", acosl},
	{"atan", atanl},
	{"sinh", sinhl},
	{"cosh", coshl},
	{"tanh", tanhl},
	{"sigmoid", f_sigmoid},
	{"softplus", f_softplus},
	{"erf", erfl},
};

static Num op_step(Rounding *r, Num x) { (void)r; return num_max(num_sign(x), num(0)); }
static Num op_sign(Rounding *r, Num x) { (void)r; return num_sign(x); }
static Num op_abs(Rounding *r, Num x) { (void)r; return num_abs(x); }
static Num op_relu(Rounding *r, Num x) { (void)r; return num_max(x, num(0)); }
static Num op_square(Rounding *r, Num x) { return num_mul(r, x, x); }
static Num op_swish(Rounding *r, Num x) { return num_mul(r, x, num_map(r, f_sigmoid, x)); }

static const struct { const char *name; Num (*f)(Rounding *r, Num x);
} other[] = {
	{"sqrt", num_sqrt},
	{"abs", op_abs},
	{"sign", op_sign},
	{"step", op_step},
	{"relu", op_relu},
	{"square", op_square},
	{"swish", op_swish},
};

/* ---- unknown functions: smooth ones, other ones at each point */

/* numbers in (0, 1) that belong to a function and a place among its arguments */
static Random
parameters(const Judge *j, const char *f, int place)
{
	Random r = {j->p->seed};

	for (; *f; f++)
		r.state = random_next(&r) ^ (uint64_t)*f;
	r.state = random_next(&r) ^ (uint64_t)place;
	return r;
}

static Num
times(Judge *j, double x, Num y)
{
	return num_mul(&j->r, num(x), y);
}

/* c*x + sin(w*x + d), or a derivative of it */
static Num
unknown_entry(Judge *j, const Tree *f, Num x)
{
	Random r = parameters(j, f->name, 0);
	double c = random_unit(&r), w = 0.5 + random_unit(&r), d = random_unit(&r);
	Num angle = num_add(&j->r, times(j, w, x), num(d));
	Num wave = num_map(&j->r, f->prime % 2 ? cosl : sinl, angle);

	for (int i = 0; i < f->prime; i++)
		wave = times(j, w, wave);
	if (f->prime % 4 >= 2)
		wave = num_neg(wave);
	if (f->prime < 2)
		wave = num_add(&j->r, wave, f->prime ? num(c) : times(j, c, x));
	return wave;
}

/* The sum of sines of the entries, and the cosine of a sum of theirs. An entry is known by its place
   in the order of rows: a function of a row is that of the column, one of A another than one of
   A'. */
bool
value_unknown(Judge *j, const Tree *f, int n, const Value *v, Value *out)
{
	const GrowFun *g = grow_find_fun(f->name);
	Num sines = num(0), sum = num(0);

	if (!g || g->elementwise)
		return false;
	for (int k = 0; k < n; k++) {
		for (int i = 0; i < v[k].r * v[k].c; i++) {
			Random r = parameters(j, f->name, (k << 16) + i);
			double w = 0.5 + random_unit(&r), d = random_unit(&r), q = random_unit(&r) - 0.5;
			Num angle = num_add(&j->r, times(j, w, v[k].x[i]), num(d));

			sines = num_add(&j->r, sines, num_map(&j->r, sinl, angle));
			sum = num_add(&j->r, sum, times(j, q, v[k].x[i]));
		}
	}
	*out = value_scalar(j->a, num_add(&j->r, sines, num_map(&j->r, cosl, sum)));
	return true;
}

/* ---- of entries */

static bool
map_entry(Judge *j, const Tree *f, Num x, Num *out)
{
	const GrowFun *g = grow_find_fun(f->name);

	for (size_t i = 0; i < sizeof smooth / sizeof *smooth; i++) {
		if (strcmp(smooth[i].name, f->name) == 0) {
			*out = num_map(&j->r, smooth[i].f, x);
			return true;
		}
	}
	for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
		if (strcmp(other[i].name, f->name) == 0) {
			*out = other[i].f(&j->r, x);
			return true;
		}
	}
	if (!g || !g->elementwise)
		return false;
	*out = unknown_entry(j, f, x);
	return true;
}

bool
value_map(Judge *j, const Tree *f, Value v, Value *out)
{
	*out = value_make(j->a, v.r, v.c);
	for (int i = 0; i < v.r * v.c; i++)
		if (!map_entry(j, f, v.x[i], &out->x[i]))
			return false;
	return true;
}
