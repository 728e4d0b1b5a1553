/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * numeric_text.c: how two sides differ at a point, in words: by a factor, by the values of small
 * sides, or by one entry.
 */
#include "numeric.h"

#include <math.h>

enum {
	SHOWN = 12,             /* entries of a matrix that is shown in full */
	FEW = 6, ALL = 17,      /* digits */
	PLAIN = 9               /* digits in which a difference is seen at once */
};
#define FAINTLY 1e-14   /* apart relatively: digits do not show it */
#define LEAST 1e-300    /* a number beyond which nobody asks for another one */

static const char *
sizes_text(Test *t, const Draw *d)
{
	Text x = text_new(t->a);
	for (int i = 0; i < t->ndim; i++)
		text_addf(&x, "%s%s", i ? ", " : "",
			size_text(t->a, t->dim[i], d->env->size(d->env->ctx, t->dim[i])));
	return x.s;
}

/* the values of the variables, when they are few */
static const char *
values_text(Test *t, const Draw *d)
{
	Text x = text_new(t->a);
	size_t entries = 0;
	for (int i = 0; i < t->nvar; i++) {
		const Tensor *v = d->env->leaf(d->env->ctx, t->var[i]);
		entries += v ? v->size : 0;
		if (!v || entries > SHOWN)
			return "";
		text_addf(&x, "%s%s = %s", i ? ", " : "\n  where ", t->var[i]->name,
			value_literal(t->a, tensor_dusted(t->a, v), 4));
	}
	return x.s;
}

/* the place where they differ most */
static size_t
furthest(const Tensor *l, const Tensor *r)
{
	size_t k = 0;
	for (size_t i = 1; i < l->size; i++)
		if (fabs(l->data[i] - r->data[i]) > fabs(l->data[k] - r->data[k]))
			k = i;
	return k;
}

/* as many as it takes to see that two numbers differ: by one digit, and another one */
static int
digits_apart(double x, double y)
{
	double by = fabs(x - y), size = fmax(fabs(x), fabs(y));
	int n = by > 0 && isfinite(size) ? (int)ceil(log10(size / by)) + 2 : 0;
	return n < FEW ? FEW : n > ALL ? ALL : n;
}

static const char *
index_text(Arena *a, const Tensor *x, size_t k)
{
	Text index = text_new(a);
	size_t inner = x->size;
	for (int i = 0; i < x->nax; i++) {
		inner /= (size_t)x->dim[i];
		text_addf(&index, "%s%zu", i ? "," : "", k / inner + 1);
		k %= inner;
	}
	return index.s;
}

const char *
sides_text(Arena *a, const Tensor *l, const Tensor *r, double by)
{
	bool all = l->size <= SHOWN;
	size_t k = furthest(l, r);
	double size = fmax(tensor_largest(l), tensor_largest(r));
	int digits = digits_apart(l->data[k], r->data[k]);
	const char *apart;
	if (isnan(by))
		by = fabs(l->data[k] - r->data[k]);
	apart = by < LEAST ? arena_printf(a, "less than %g", LEAST) : arena_printf(a, "%.2g", by);
	if (by < FAINTLY * size || l->data[k] == r->data[k])
		return arena_printf(a, "the sides differ by %s%s%s", apart,
			all ? ", both being about " : "", all ? value_literal(a, l, FEW) : "");
	apart = digits > PLAIN ? arena_printf(a, "; they differ by %s", apart) : "";
	if (all)
		return arena_printf(a, "the left side is %s, the right side %s%s",
			value_literal(a, l, digits), value_literal(a, r, digits), apart);
	return arena_printf(a, "the left side has %.*g at [%s], the right side %.*g%s", digits,
		l->data[k], index_text(a, l, k), digits, r->data[k], apart);
}

/* c as a fraction of small numbers, if it is one */
static bool
small_fraction(double c, Rat *out)
{
	for (long den = 1; den <= 60; den++) {
		double num = c * (double)den;
		if (fabs(num) < 1e4 && fabs(num - nearbyint(num)) <= 1e-9 * fmax(1, fabs(num))) {
			*out = rat((long)nearbyint(num), den);
			return true;
		}
	}
	return false;
}

const char *
test_differ_text(Test *t, const Draw *d, double ratio)
{
	Arena *a = t->a;
	Rat c;
	if (isfinite(ratio) && ratio != 0 && small_fraction(ratio, &c) && !rat_is(c, 1)) {
		if (rat_is(c, -1))
			return "the left side is the negative of the right side";
		if (rat_sign(c) > 0 && rat_is(rat_mul(a, c, rat(c.den, 1)), 1) && c.den > 1)
			return arena_printf(a, "the right side is %ld times the left side", c.den);
		return arena_printf(a, "the left side is %s times the right side", rat_written(a, c));
	}
	const char *sizes = sizes_text(t, d);
	return arena_printf(a, "%s%s%s%s%s", *sizes ? "at " : "", sizes, *sizes ? " " : "",
		sides_text(a, d->left, d->right, d->diff), values_text(t, d));
}
