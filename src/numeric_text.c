/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * numeric_text.c: how two sides differ at a point, in words: by a factor, by the values of small
 * sides, or by one entry.
 */
#include "numeric.h"

#include <math.h>

enum { SHOWN = 12 };    /* entries of a matrix that is shown in full */

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
		text_addf(
			&x, "%s%s = %s", i ? ", " : "\n  where ", t->var[i]->name, value_literal(t->a, v, 4));
	}
	return x.s;
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
	const char *sizes = sizes_text(t, d), *at = *sizes ? arena_printf(a, "at %s ", sizes) : "";
	double relative = d->diff / fmax(tensor_largest(d->left), tensor_largest(d->right));
	int digits = value_digits(d->left, d->right);
	if (d->certain && relative < 1e-14) {
		Tensor *same = d->left->size <= SHOWN ? d->left : NULL;
		const char *by = d->diff < 1e-300 ? "less than 1e-300" : arena_printf(a, "%.3g", d->diff);
		return arena_printf(a, "%sthe sides differ by %s%s%s%s", at, by,
			same ? ", both being " : "", same ? value_literal(a, same, 6) : "", values_text(t, d));
	}
	if (d->left->size <= SHOWN)
		return arena_printf(a, "%sthe left side is %s, the right side %s%s", at,
			value_literal(a, d->left, digits), value_literal(a, d->right, digits),
			values_text(t, d));
	size_t k = 0;
	for (size_t i = 1; i < d->left->size; i++) {
		if (fabs(d->left->data[i] - d->right->data[i]) > fabs(d->left->data[k] - d->right->data[k]))
			k = i;
	}
	Text index = text_new(a);
	size_t rest = k, inner = d->left->size;
	for (int i = 0; i < d->left->nax; i++) {
		inner /= (size_t)d->left->dim[i];
		text_addf(&index, "%s%zu", i ? "," : "", rest / inner + 1);
		rest %= inner;
	}
	return arena_printf(a, "%sthe left side has %.*g at [%s], the right side %.*g", at, digits,
		d->left->data[k], index.s, digits, d->right->data[k]);
}
