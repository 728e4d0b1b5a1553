/* SPDX-License-Identifier: GPL-3.0-or-later */
/* value_matrix.c: arithmetic with matrices, by the rules of school. */
#include <math.h>
#include <string.h>

#include "judge.h"

Value
value_make(Arena *a, int r, int c)
{
	return (Value){r, c, NEWN(a, Num, r * c + 1)};
}

Value
value_copy(Arena *a, Value v)
{
	Value w = value_make(a, v.r, v.c);

	memcpy(w.x, v.x, sizeof *v.x * (size_t)(v.r * v.c));
	return w;
}

Value
value_scalar(Arena *a, Num x)
{
	Value v = value_make(a, 1, 1);

	v.x[0] = x;
	return v;
}

bool
value_is_scalar(Value v)
{
	return v.r == 1 && v.c == 1;
}

int
value_whole(Value v)
{
	return (int)v.x[0].s[0];
}

double
value_largest(const Value *v)
{
	double m = 0;

	for (int i = 0; i < v->r * v->c; i++) {
		double x = fabs(num_middle(v->x[i]));

		if (isnan(x))
			return NAN;
		m = fmax(m, x);
	}
	return m;
}

double
value_spread(const Value *v)
{
	double m = 0;

	for (int i = 0; i < v->r * v->c; i++) {
		double x = num_spread(v->x[i]);

		if (isnan(x))
			return NAN;
		m = fmax(m, x);
	}
	return m;
}

double
value_distance(const Value *v, const Value *w)
{
	double m = 0;

	if (v->r != w->r || v->c != w->c)
		return INFINITY;
	for (int i = 0; i < v->r * v->c; i++)
		m = fmax(m, fabs(num_middle(v->x[i]) - num_middle(w->x[i])));
	return m;
}

/* ---- the same entries elsewhere */

Value
value_transpose(Arena *a, Value v)
{
	Value w = value_make(a, v.c, v.r);

	for (int i = 0; i < v.r; i++)
		for (int j = 0; j < v.c; j++)
			w.x[j * v.r + i] = v.x[i * v.c + j];
	return w;
}

bool
value_reshape(Arena *a, Value v, int r, int c, Value *out)
{
	if (v.r * v.c != r * c)
		return false;
	*out = value_make(a, r, c);
	for (int k = 0; k < r * c; k++)
		out->x[k % r * c + k / r] = v.x[k % v.r * v.c + k / v.r];
	return true;
}

Value
value_diagonal(Arena *a, Value v)
{
	Value w = v.c == 1 ? value_make(a, v.r, v.r) : value_make(a, v.r, 1);

	for (int k = 0; k < v.r; k++) {
		if (v.c == 1)
			w.x[k * v.r + k] = v.x[k];
		else
			w.x[k] = v.x[k * v.c + k];
	}
	return w;
}

/* ---- entry by entry, sums and products */

bool
value_entrywise(Judge *j, Binary *f, Value v, Value w, Value *out)
{
	bool one = value_is_scalar(v), other_one = value_is_scalar(w);
	Value z;

	if (!one && !other_one && (v.r != w.r || v.c != w.c))
		return false;
	z = one ? value_make(j->a, w.r, w.c) : value_make(j->a, v.r, v.c);
	for (int i = 0; i < z.r * z.c; i++)
		z.x[i] = f(&j->r, v.x[one ? 0 : i], w.x[other_one ? 0 : i]);
	*out = z;
	return true;
}

Num
value_total(Judge *j, Value v)
{
	Num s = num(0);

	for (int i = 0; i < v.r * v.c; i++)
		s = num_add(&j->r, s, v.x[i]);
	return s;
}

/* *x += y*z, where most are 0 in the matrices that come here */
static void
add_product(Judge *j, Num *x, Num y, Num z)
{
	if (!num_is_zero(y) || !num_is_zero(z))
		*x = num_add(&j->r, *x, num_mul(&j->r, y, z));
}

Num
value_squares(Judge *j, Value v)
{
	Num s = num(0);

	for (int i = 0; i < v.r * v.c; i++)
		add_product(j, &s, v.x[i], v.x[i]);
	return s;
}

bool
value_product(Judge *j, Value v, Value w, Value *out)
{
	if (value_is_scalar(v) || value_is_scalar(w)) {
		Value m = value_is_scalar(v) ? w : v;
		Num f = value_is_scalar(v) ? v.x[0] : w.x[0];

		*out = value_make(j->a, m.r, m.c);
		for (int i = 0; i < m.r * m.c; i++)
			out->x[i] = num_mul(&j->r, f, m.x[i]);
		return true;
	}
	if (v.c != w.r)
		return false;
	*out = value_make(j->a, v.r, w.c);
	for (int i = 0; i < v.r; i++)
		for (int k = 0; k < v.c; k++)
			for (int l = 0; l < w.c; l++)
				add_product(j, &out->x[i * w.c + l], v.x[i * v.c + k], w.x[k * w.c + l]);
	return true;
}

static void
swap_rows(Value v, int i, int k)
{
	for (int l = 0; l < v.c; l++) {
		Num t = v.x[k * v.c + l];

		v.x[k * v.c + l] = v.x[i * v.c + l];
		v.x[i * v.c + l] = t;
	}
}

/* row i less f times row k */
static void
subtract_row(Judge *j, Value v, int i, int k, Num f)
{
	for (int l = 0; l < v.c; l++)
		add_product(j, &v.x[i * v.c + l], num_neg(f), v.x[k * v.c + l]);
}

/* by elimination with pivots */
bool
value_solve(Judge *j, Value v, Value w, Value *out, Num *det)
{
	Value m = value_copy(j->a, v);
	int n = v.r;

	*out = value_copy(j->a, w);
	*det = num(1);
	for (int k = 0; k < n; k++) {
		int p = k;

		for (int i = k + 1; i < n; i++)
			if (fabsl(m.x[i * n + k].s[0]) > fabsl(m.x[p * n + k].s[0]))
				p = i;
		if (p != k) {
			*det = num_neg(*det);
			swap_rows(m, k, p);
			swap_rows(*out, k, p);
		}
		*det = num_mul(&j->r, *det, m.x[k * n + k]);
		if (num_is_zero(m.x[k * n + k]))
			return false;
		for (int i = 0; i < n; i++) {
			Num f = num_div(&j->r, m.x[i * n + k], m.x[k * n + k]);

			if (i == k || num_is_zero(f))
				continue;
			subtract_row(j, m, i, k, f);
			subtract_row(j, *out, i, k, f);
		}
	}
	for (int i = 0; i < n; i++)
		for (int l = 0; l < w.c; l++)
			out->x[i * w.c + l] = num_div(&j->r, out->x[i * w.c + l], m.x[i * n + i]);
	return true;
}

Value
value_identity(Arena *a, int n)
{
	Value v = value_make(a, n, n);

	for (int i = 0; i < n; i++)
		v.x[i * n + i] = num(1);
	return v;
}

Value
value_kron(Judge *j, Value v, Value w)
{
	Value out = value_make(j->a, v.r * w.r, v.c * w.c);

	for (int i = 0; i < out.r; i++)
		for (int k = 0; k < out.c; k++)
			add_product(j, &out.x[i * out.c + k], v.x[i / w.r * v.c + k / w.c],
				w.x[i % w.r * w.c + k % w.c]);
	return out;
}

/* the determinant of the matrix without its first row and a column */
static Num
minor_of(Judge *j, Value v, int without)
{
	Value w = value_make(j->a, v.r - 1, v.r - 1);

	for (int i = 0; i < w.r; i++)
		for (int k = 0; k < w.r; k++)
			w.x[i * w.r + k] = v.x[(i + 1) * v.r + k + (k >= without)];
	return value_determinant(j, w);
}

/* By the first row when it is small: no division, which a singular matrix would not allow. */
Num
value_determinant(Judge *j, Value v)
{
	enum { SMALL = 4 };
	Num det = num(0);
	Value w;

	if (v.r == 1)
		return v.x[0];
	if (v.r > SMALL)
		return value_solve(j, v, value_make(j->a, v.r, 0), &w, &det) ? det : num(0);
	for (int k = 0; k < v.r; k++)
		if (!num_is_zero(v.x[k]))
			add_product(j, &det, k % 2 ? num_neg(v.x[k]) : v.x[k], minor_of(j, v, k));
	return det;
}


/* the series of v/2^k, which is small, squared k times */
bool
value_expm(Judge *j, Value v, Value *out)
{
	enum { TERMS = 24 };
	double size = value_largest(&v) * v.r;
	Value term = value_identity(j->a, v.r), scale;
	int k = 0;

	if (v.r != v.c || !(size < 1e3))
		return false;
	for (; size > 0.5; size /= 2)
		k++;
	scale = value_scalar(j->a, num(1.0L / (1 << k)));
	*out = term;
	if (!value_product(j, v, scale, &v))
		return false;
	for (int i = 1; i <= TERMS; i++) {
		Value part = value_scalar(j->a, num_div(&j->r, num(1), num(i)));

		if (!value_product(j, term, v, &term) || !value_product(j, term, part, &term) ||
			!value_entrywise(j, num_add, *out, term, out))
			return false;
	}
	while (k-- > 0)
		if (!value_product(j, *out, *out, out))
			return false;
	return true;
}
