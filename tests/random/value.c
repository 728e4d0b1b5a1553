/* SPDX-License-Identifier: GPL-3.0-or-later */
/* value.c: the values of syntax trees, found by the plainest means; see value.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

/* ---- derivatives */

static int
find_leaf(const char *name)
{
	for (int i = 0; i < grow_nleaf; i++)
		if (strcmp(grow_leaf[i].name, name) == 0)
			return i;
	return -1;
}

/* the value of f where the entries of a leaf are moved */
static bool
value_moved(Judge *j, const Tree *f, int leaf, const Value *along, double by, Value *out)
{
	const Point *here = j->p;
	Point moved = *here;
	Value v = value_copy(j->a, here->leaf[leaf]);
	bool good, before = j->r.moved;

	for (int i = 0; i < v.r * v.c; i++)
		for (int k = 0; k < SAMPLES; k++)
			v.x[i].s[k] += by * along->x[i].s[k];
	moved.leaf[leaf] = v;
	j->p = &moved;
	j->r.moved = true;
	good = value_in(j, f, out);
	j->r.moved = before;
	j->p = here;
	return good;
}

/* The derivative of f along a step of the leaf's entries, by central differences and one
   extrapolation; none where two steps differ: beside a jump, a kink or a pole. */
static bool
slope(Judge *j, const Tree *f, int leaf, const Value *along, Value *out)
{
	enum { STEPS = 2 };
	Value up, down, d[STEPS];
	double h = 2e-4;

	for (int k = 0; k < STEPS; k++, h /= 2) {
		if (!value_moved(j, f, leaf, along, h, &up) || !value_moved(j, f, leaf, along, -h, &down))
			return false;
		d[k] = value_make(j->a, up.r, up.c);
		for (int i = 0; i < up.r * up.c; i++)
			for (int s = 0; s < SAMPLES; s++)
				d[k].x[i].s[s] = (up.x[i].s[s] - down.x[i].s[s]) / (2 * h);
	}
	if (!(value_distance(&d[0], &d[1]) <= 1e-4 * (1 + value_largest(&d[1]))))
		return false;
	*out = d[1];
	for (int i = 0; i < out->r * out->c; i++)
		for (int s = 0; s < SAMPLES; s++)
			out->x[i].s[s] = (4 * d[1].x[i].s[s] - d[0].x[i].s[s]) / 3;
	return true;
}

/* the k-th entry of a leaf moves, the others stay */
static bool
slope_by_entry(Judge *j, const Tree *f, int leaf, int k, Value *out)
{
	Value along = value_make(j->a, j->p->leaf[leaf].r, j->p->leaf[leaf].c);

	along.x[k] = num(1);
	return slope(j, f, leaf, &along, out);
}

/* the gradient of a scalar; by a symmetric leaf, within the symmetric matrices */
static bool
gradient(Judge *j, const Tree *f, int leaf, Value *out)
{
	Value v = j->p->leaf[leaf], d, t;

	*out = value_make(j->a, v.r, v.c);
	for (int i = 0; i < v.r * v.c; i++) {
		if (!slope_by_entry(j, f, leaf, i, &d) || !value_is_scalar(d))
			return false;
		out->x[i] = d.x[0];
	}
	if (point_kind(j->p, leaf) != 'S')
		return true;
	t = value_transpose(j->a, *out);
	return value_entrywise(j, num_add, *out, t, &t) &&
		value_product(j, value_scalar(j->a, num(0.5L)), t, out);
}

/* d vec(F)/d vec(X)' */
static bool
jacobian(Judge *j, const Tree *f, int leaf, Value *out)
{
	Value v = j->p->leaf[leaf], d;

	for (int c = 0; c < v.c; c++) {
		for (int r = 0; r < v.r; r++) {
			if (!slope_by_entry(j, f, leaf, r * v.c + c, &d))
				return false;
			if (r == 0 && c == 0)
				*out = value_make(j->a, d.r * d.c, v.r * v.c);
			for (int k = 0; k < d.r * d.c; k++)
				out->x[(k % d.c * d.r + k / d.c) * out->c + c * v.r + r] = d.x[k];
		}
	}
	return true;
}

/* ---- calls */

/* softmax, or logsumexp */
static Value
softmax(Judge *j, Value v, bool logarithm)
{
	Value w = value_make(j->a, v.r, 1);
	Num top = v.x[0], sum;

	for (int k = 0; k < v.r; k++)
		top = num_max(top, v.x[k]);
	for (int k = 0; k < v.r; k++)
		w.x[k] = num_map(&j->r, expl, num_sub(&j->r, v.x[k], top));
	sum = value_total(j, w);
	if (logarithm)
		return value_scalar(j->a, num_add(&j->r, top, num_map(&j->r, logl, sum)));
	for (int k = 0; k < v.r; k++)
		w.x[k] = num_div(&j->r, w.x[k], sum);
	return w;
}

/* functions of one value with a number for a value */
static bool
reduce(Judge *j, const char *f, Value v, Num *out)
{
	bool square = v.r == v.c;

	if (strcmp(f, "sum") == 0)
		*out = value_total(j, v);
	else if (strcmp(f, "mean") == 0)
		*out = num_div(&j->r, value_total(j, v), num(v.r * v.c));
	else if (strcmp(f, "sqnorm") == 0)
		*out = value_squares(j, v);
	else if (strcmp(f, "norm") == 0 || strcmp(f, "normfro") == 0)
		*out = num_sqrt(&j->r, value_squares(j, v));
	else if (strcmp(f, "tr") == 0 && square)
		*out = value_is_scalar(v) ? v.x[0] : value_total(j, value_diagonal(j->a, v));
	else if (strcmp(f, "det") == 0 && square)
		*out = value_determinant(j, v);
	else if (strcmp(f, "logdet") == 0 && square)
		*out = num_map(&j->r, logl, num_abs(value_determinant(j, v)));
	else if (strcmp(f, "logsumexp") == 0 && v.c == 1)
		*out = softmax(j, v, true).x[0];
	else
		return false;
	return true;
}

/* functions of one value */
static bool
call_one(Judge *j, const Tree *fun, Value v, Value *out)
{
	const char *f = fun->name;
	Num x;

	if (value_map(j, fun, v, out) || value_unknown(j, fun, 1, &v, out))
		return true;
	if (reduce(j, f, v, &x)) {
		*out = value_scalar(j->a, x);
		return true;
	}
	if (strcmp(f, "inv") == 0 && v.r == v.c)
		return value_solve(j, v, value_identity(j->a, v.r), out, &x);
	if (strcmp(f, "expm") == 0)
		return value_expm(j, v, out);
	if (strcmp(f, "vec") == 0)
		return value_reshape(j->a, v, v.r * v.c, 1, out);
	if (strcmp(f, "diag") == 0 && v.r > 1 && (v.c == 1 || v.c == v.r))
		*out = value_diagonal(j->a, v);
	else if (strcmp(f, "eye") == 0 && value_is_scalar(v))
		*out = value_identity(j->a, value_whole(v));
	else if (strcmp(f, "softmax") == 0 && v.c == 1)
		*out = softmax(j, v, false);
	else
		return false;
	return true;
}

static Num op_max(Rounding *r, Num x, Num y) { (void)r; return num_max(x, y); }
static Num op_min(Rounding *r, Num x, Num y) { (void)r; return num_min(x, y); }

static bool
call_more(Judge *j, const Tree *fun, int n, const Value *v, Value *out)
{
	const char *f = fun->name;

	if (value_unknown(j, fun, n, v, out))
		return true;
	if (n == 2 && strcmp(f, "kron") == 0) {
		*out = value_kron(j, v[0], v[1]);
		return true;
	}
	if (n == 2 && strcmp(f, "dot") == 0) {
		Value w;

		if (v[0].r != v[1].r || v[0].c != v[1].c || !value_entrywise(j, num_mul, v[0], v[1], &w))
			return false;
		*out = value_scalar(j->a, value_total(j, w));
		return true;
	}
	if (n == 2 && strcmp(f, "max") == 0)
		return value_entrywise(j, op_max, v[0], v[1], out);
	if (n == 2 && strcmp(f, "min") == 0)
		return value_entrywise(j, op_min, v[0], v[1], out);
	if (n == 2 && (strcmp(f, "ones") == 0 || strcmp(f, "zeros") == 0)) {
		*out = value_make(j->a, value_whole(v[0]), value_whole(v[1]));
		for (int i = 0; *f == 'o' && i < out->r * out->c; i++)
			out->x[i] = num(1);
		return true;
	}
	if (n == 3 && strcmp(f, "reshape") == 0)
		return value_reshape(j->a, v[0], value_whole(v[1]), value_whole(v[2]), out);
	return false;
}

static bool
call(Judge *j, const Tree *t, Value *out)
{
	const char *f = t->kid[0]->name;
	Value v[4];
	int n = t->n - 1, leaf = -1;

	if (n >= 2 && t->kid[2]->kind == TREE_NAME)
		leaf = find_leaf(t->kid[2]->name);
	if (n == 2 && leaf >= 0 && strcmp(f, "grad") == 0)
		return gradient(j, t->kid[1], leaf, out);
	if (n == 2 && leaf >= 0 && strcmp(f, "jac") == 0)
		return jacobian(j, t->kid[1], leaf, out);
	if (n == 3 && leaf >= 0 && strcmp(f, "dir") == 0)
		return value_in(j, t->kid[3], &v[0]) && slope(j, t->kid[1], leaf, &v[0], out);
	for (int i = 0; i < n; i++)
		if (i >= 4 || !value_in(j, t->kid[i + 1], &v[i]))
			return false;
	return n == 1 ? call_one(j, t->kid[0], v[0], out) : call_more(j, t->kid[0], n, v, out);
}

/* ---- trees */

/* a matrix of blocks */
static bool
blocks(Judge *j, const Tree *t, Value *out)
{
	Value b[8][8];
	int rows = 0, cols = 0, top = 0;

	for (int i = 0; i < t->n; i++) {
		int width = 0;

		for (int k = 0; k < t->kid[i]->n; k++) {
			if (i >= 8 || k >= 8 || !value_in(j, t->kid[i]->kid[k], &b[i][k]) ||
				b[i][k].r != b[i][0].r)
				return false;
			width += b[i][k].c;
		}
		if (i > 0 && width != cols)
			return false;
		cols = width;
		rows += b[i][0].r;
	}
	*out = value_make(j->a, rows, cols);
	for (int i = 0; i < t->n; i++) {
		int left = 0;

		for (int k = 0; k < t->kid[i]->n; left += b[i][k++].c)
			for (int l = 0; l < b[i][k].r * b[i][k].c; l++)
				out->x[(top + l / b[i][k].c) * cols + left + l % b[i][k].c] = b[i][k].x[l];
		top += b[i][0].r;
	}
	return true;
}

static bool
power(Judge *j, const Tree *t, Value v, Value e, Value *out)
{
	int k = value_whole(e);
	Num det;

	if (t->kind == TREE_EPOW || value_is_scalar(v))
		return value_entrywise(j, num_pow, v, e, out);
	if (v.r != v.c || e.x[0].s[0] != k || abs(k) > 9)
		return false;
	*out = value_identity(j->a, v.r);
	if (k < 0 && !value_solve(j, v, *out, &v, &det))
		return false;
	for (int i = 0; i < abs(k); i++)
		if (!value_product(j, *out, v, out))
			return false;
	return true;
}

/* kids combined from left to right */
static bool
fold(Judge *j, const Tree *t, Value *out)
{
	Value v;

	if (!value_in(j, t->kid[0], out))
		return false;
	for (int i = 1; i < t->n; i++) {
		bool good = value_in(j, t->kid[i], &v);

		if (good && t->kind == TREE_ADD)
			good = value_entrywise(j, num_add, *out, v, out);
		else if (good && t->kind == TREE_MUL)
			good = value_product(j, *out, v, out);
		else if (good && t->kind == TREE_EMUL)
			good = value_entrywise(j, num_mul, *out, v, out);
		else if (good && (t->kind == TREE_EDIV || value_is_scalar(v)))
			good = value_entrywise(j, num_div, *out, v, out);
		else
			good = false;
		if (!good)
			return false;
	}
	return true;
}

static bool
value_of_name(Judge *j, const char *name, Value *out)
{
	int leaf = find_leaf(name);

	if (leaf >= 0)
		*out = j->p->leaf[leaf];
	else if (strcmp(name, "m") == 0 || strcmp(name, "n") == 0)
		*out = value_scalar(j->a, num(*name == 'm' ? j->p->m : j->p->n));
	else if (strcmp(name, "pi") == 0)
		*out = value_scalar(j->a, num_mul(&j->r, num(2), num_map(&j->r, acosl, num(0))));
	else
		return false;
	return true;
}

static bool
entry(Judge *j, const Tree *t, Value *out)
{
	Value v, row, col;

	if (t->n != 3 || !value_in(j, t->kid[0], &v) || !value_in(j, t->kid[1], &row) ||
		!value_in(j, t->kid[2], &col) || value_whole(row) > v.r || value_whole(col) > v.c)
		return false;
	*out = value_scalar(j->a, v.x[(value_whole(row) - 1) * v.c + value_whole(col) - 1]);
	return true;
}

bool
value_in(Judge *j, const Tree *t, Value *out)
{
	Value v, w;

	switch (t->kind) {
	case TREE_NUM:
		*out = value_scalar(j->a, num_div(&j->r, num(t->num.num), num(t->num.den)));
		return !t->num.big;
	case TREE_NAME:
		return value_of_name(j, t->name, out);
	case TREE_NEG:
		return value_in(j, t->kid[0], &v) && value_product(j, value_scalar(j->a, num(-1)), v, out);
	case TREE_TRANS:
		if (!value_in(j, t->kid[0], &v))
			return false;
		*out = value_transpose(j->a, v);
		return true;
	case TREE_ADD:
	case TREE_MUL:
	case TREE_EMUL:
	case TREE_DIV:
	case TREE_EDIV:
		return fold(j, t, out);
	case TREE_POW:
	case TREE_EPOW:
		return value_in(j, t->kid[0], &v) && value_in(j, t->kid[1], &w) && power(j, t, v, w, out);
	case TREE_CALL:
		return call(j, t, out);
	case TREE_MATRIX:
		return blocks(j, t, out);
	case TREE_INDEX:
		return entry(j, t, out);
	default:
		return false;
	}
}

bool
value_of(Arena *a, const Point *p, const Tree *t, Width width, Value *out)
{
	Judge j = {.a = a, .p = p, .r = {.random = {p->seed}, .width = width}};

	return value_in(&j, t, out);
}
