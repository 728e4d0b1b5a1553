/* SPDX-License-Identifier: GPL-3.0-or-later */
/* value.c: the values of syntax trees, found by the plainest means; see value.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

static Value
make(Arena *a, int r, int c)
{
	return (Value){r, c, NEWN(a, double, r * c + 1)};
}

static Value
copy(Arena *a, Value v)
{
	Value w = make(a, v.r, v.c);

	memcpy(w.x, v.x, sizeof *v.x * (size_t)(v.r * v.c));
	return w;
}

static Value
scalar(Arena *a, double x)
{
	Value v = make(a, 1, 1);

	v.x[0] = x;
	return v;
}

static bool
is_scalar(Value v)
{
	return v.r == 1 && v.c == 1;
}

double
value_largest(const Value *v)
{
	double m = 0;

	for (int i = 0; i < v->r * v->c; i++) {
		if (isnan(v->x[i]))
			return NAN;
		m = fmax(m, fabs(v->x[i]));
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
		m = fmax(m, fabs(v->x[i] - w->x[i]));
	return m;
}

Point
point_draw(Arena *a, Random *r, int m, int n, double scale)
{
	Point p = {.m = m, .n = n};

	for (int k = 0; k < grow_nleaf; k++) {
		const GrowLeaf *l = &grow_leaf[k];
		int rows = l->rows == 3   ? n
				   : l->rows == 2 ? m
								  : 1,
			cols = l->cols == 3   ? n
				   : l->cols == 2 ? m
								  : 1;
		Value v = make(a, rows, cols);

		grow_draw(r, l, rows, cols, scale, v.x);
		p.leaf[k] = v;
	}
	return p;
}

/* ---- matrices */

static Value
transpose(Arena *a, Value v)
{
	Value w = make(a, v.c, v.r);

	for (int i = 0; i < v.r; i++)
		for (int j = 0; j < v.c; j++)
			w.x[j * v.r + i] = v.x[i * v.c + j];
	return w;
}

static bool
product(Arena *a, Value v, Value w, Value *out)
{
	if (is_scalar(v) || is_scalar(w)) {
		Value m = is_scalar(v) ? w : v;
		double f = is_scalar(v) ? v.x[0] : w.x[0];

		*out = copy(a, m);
		for (int i = 0; i < m.r * m.c; i++)
			out->x[i] *= f;
		return true;
	}
	if (v.c != w.r)
		return false;
	*out = make(a, v.r, w.c);
	for (int i = 0; i < v.r; i++)
		for (int k = 0; k < v.c; k++)
			for (int j = 0; j < w.c; j++)
				out->x[i * w.c + j] += v.x[i * v.c + k] * w.x[k * w.c + j];
	return true;
}

/* Solves v*out = w by elimination with pivots; *det is the determinant of v. False when v is
   singular. */
static bool
solve(Arena *a, Value v, Value w, Value *out, double *det)
{
	Value m = copy(a, v);
	int n = v.r;

	*out = copy(a, w);
	*det = 1;
	for (int k = 0; k < n; k++) {
		int p = k;

		for (int i = k + 1; i < n; i++)
			if (fabs(m.x[i * n + k]) > fabs(m.x[p * n + k]))
				p = i;
		if (p != k) {
			*det = -*det;
			for (int j = 0; j < n; j++) {
				double t = m.x[k * n + j];
				m.x[k * n + j] = m.x[p * n + j];
				m.x[p * n + j] = t;
			}
			for (int j = 0; j < w.c; j++) {
				double t = out->x[k * w.c + j];
				out->x[k * w.c + j] = out->x[p * w.c + j];
				out->x[p * w.c + j] = t;
			}
		}
		*det *= m.x[k * n + k];
		if (m.x[k * n + k] == 0)
			return false;
		for (int i = 0; i < n; i++) {
			double f = m.x[i * n + k] / m.x[k * n + k];

			if (i == k || f == 0)
				continue;
			for (int j = 0; j < n; j++)
				m.x[i * n + j] -= f * m.x[k * n + j];
			for (int j = 0; j < w.c; j++)
				out->x[i * w.c + j] -= f * out->x[k * w.c + j];
		}
	}
	for (int i = 0; i < n; i++)
		for (int j = 0; j < w.c; j++)
			out->x[i * w.c + j] /= m.x[i * n + i];
	return true;
}

static Value
identity(Arena *a, int n)
{
	Value v = make(a, n, n);

	for (int i = 0; i < n; i++)
		v.x[i * n + i] = 1;
	return v;
}

/* ---- elementwise functions */

/* where sign and step jump, rounding decides: no value */
static bool beside_jump(double x) { return x != 0 && !(fabs(x) >= 1e-12); }
static double f_sign(double x) { return beside_jump(x) ? NAN : x > 0 ? 1 : x < 0 ? -1 : 0; }
/* an overflow might go unnoticed: 1/(1 + exp(x)) */
static double f_exp(double x) { return fabs(x) > 600 ? NAN : exp(x); }
/* of large angles no digit is right */
static double f_sin(double x) { return fabs(x) > 1e5 ? NAN : sin(x); }
static double f_cos(double x) { return fabs(x) > 1e5 ? NAN : cos(x); }
static double f_tan(double x) { return fabs(x) > 1e5 ? NAN : tan(x); }
static double f_relu(double x) { return x > 0 ? x : 0; }
static double f_step(double x) { return beside_jump(x) ? NAN : x > 0 ? 1 : 0; }
static double f_sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double f_softplus(double x) { return x > 30 ? x + log1p(exp(-x)) : log1p(exp(x)); }
static double f_swish(double x) { return x / (1 + exp(-x)); }
static double f_square(double x) { return x * x; }

static const struct { const char *name; double (*f)(double);
} elementwise[] = {
	{"exp", f_exp},
	{"log", log},
	{"sqrt", sqrt},
	{"abs", fabs},
	{"sign", f_sign},
	{"sin", f_sin},
	{"cos", f_cos},
	{"tan", f_tan},
	{"asin", asin},
	{"acos", acos},
	{"atan", atan},
	{"sinh", sinh},
	{"cosh", cosh},
	{"tanh", tanh},
	{"relu", f_relu},
	{"step", f_step},
	{"sigmoid", f_sigmoid},
	{"softplus", f_softplus},
	{"swish", f_swish},
	{"erf", erf},
	{"square", f_square},
};

static double f_add(double x, double y) { return x + y; }
static double f_mul(double x, double y) { return x * y; }
static double f_div(double x, double y) { return x / y; }
static double f_max(double x, double y) { return x > y ? x : y; }
static double f_min(double x, double y) { return x < y ? x : y; }

/* f of the entries; a scalar goes with every entry of a matrix */
static bool
entrywise(Arena *a, double (*f)(double, double), Value v, Value w, Value *out)
{
	int size = is_scalar(v) ? w.r * w.c : v.r * v.c;

	if (!is_scalar(v) && !is_scalar(w) && (v.r != w.r || v.c != w.c))
		return false;
	*out = is_scalar(v) ? make(a, w.r, w.c) : make(a, v.r, v.c);
	for (int i = 0; i < size; i++)
		out->x[i] = f(v.x[is_scalar(v) ? 0 : i], w.x[is_scalar(w) ? 0 : i]);
	return true;
}

/* ---- derivatives */

static Value *
find_leaf(Point *p, const char *name)
{
	for (int i = 0; i < grow_nleaf; i++)
		if (strcmp(grow_leaf[i].name, name) == 0)
			return &p->leaf[i];
	return NULL;
}

/* The derivative of f along a step of the leaf's entries, by central differences and one
   extrapolation; none where two steps differ: beside a jump, a kink or a pole. */
static bool
slope(Arena *a, const Point *p, const Tree *f, const char *by, const Value *along, Value *out)
{
	enum { STEPS = 2 };
	Value up, down, d[STEPS];
	double h = 2e-4;

	for (int k = 0; k < STEPS; k++, h /= 2) {
		Point q = *p;
		Value *v = find_leaf(&q, by), base;

		if (!v)
			return false;
		base = *v;
		for (int side = 0; side < 2; side++) {
			*v = copy(a, base);
			for (int i = 0; i < v->r * v->c; i++)
				v->x[i] += (side ? -h : h) * along->x[i];
			if (!value_of(a, &q, f, side ? &down : &up))
				return false;
		}
		d[k] = make(a, up.r, up.c);
		for (int i = 0; i < up.r * up.c; i++)
			d[k].x[i] = (up.x[i] - down.x[i]) / (2 * h);
	}
	if (!(value_distance(&d[0], &d[1]) <= 1e-4 * (1 + value_largest(&d[1]))))
		return false;
	*out = d[1];
	for (int i = 0; i < out->r * out->c; i++)
		out->x[i] = (4 * d[1].x[i] - d[0].x[i]) / 3;
	return true;
}

/* the gradient of a scalar; by S, within the symmetric matrices */
static bool
gradient(Arena *a, const Point *p, const Tree *f, const char *by, Value *out)
{
	Point q = *p;
	Value *v = find_leaf(&q, by), d;

	if (!v)
		return false;
	*out = make(a, v->r, v->c);
	for (int i = 0; i < v->r * v->c; i++) {
		Value along = make(a, v->r, v->c);

		along.x[i] = 1;
		if (!slope(a, p, f, by, &along, &d) || !is_scalar(d))
			return false;
		out->x[i] = d.x[0];
	}
	if (strcmp(by, "S") == 0) {
		Value t = transpose(a, *out);

		for (int i = 0; i < t.r * t.c; i++)
			out->x[i] = (out->x[i] + t.x[i]) / 2;
	}
	return true;
}

/* d vec(F)/d vec(X)' */
static bool
jacobian(Arena *a, const Point *p, const Tree *f, const char *by, Value *out)
{
	Point q = *p;
	Value *v = find_leaf(&q, by), d;

	if (!v)
		return false;
	for (int j = 0; j < v->c; j++) {
		for (int i = 0; i < v->r; i++) {
			Value along = make(a, v->r, v->c);

			along.x[i * v->c + j] = 1;
			if (!slope(a, p, f, by, &along, &d))
				return false;
			if (i == 0 && j == 0)
				*out = make(a, d.r * d.c, v->r * v->c);
			for (int k = 0; k < d.r * d.c; k++)
				out->x[(k % d.c * d.r + k / d.c) * out->c + j * v->r + i] = d.x[k];
		}
	}
	return true;
}

/* ---- calls */

static bool
reshape(Arena *a, Value v, int r, int c, Value *out)
{
	if (v.r * v.c != r * c)
		return false;
	*out = make(a, r, c);
	for (int k = 0; k < r * c; k++)
		out->x[k % r * c + k / r] = v.x[k % v.r * v.c + k / v.r];
	return true;
}

static double
total(Value v)
{
	double s = 0;

	for (int i = 0; i < v.r * v.c; i++)
		s += v.x[i];
	return s;
}

static double
squares(Value v)
{
	double s = 0;

	for (int i = 0; i < v.r * v.c; i++)
		s += v.x[i] * v.x[i];
	return s;
}

/* functions of one value */
static bool
call_one(Arena *a, const char *f, Value v, Value *out)
{
	size_t i;
	double det, top;
	Value w;

	for (i = 0; i < sizeof elementwise / sizeof *elementwise; i++) {
		if (strcmp(elementwise[i].name, f) == 0) {
			*out = copy(a, v);
			for (int k = 0; k < v.r * v.c; k++)
				out->x[k] = elementwise[i].f(v.x[k]);
			return true;
		}
	}
	if (strcmp(f, "sum") == 0)
		*out = scalar(a, total(v));
	else if (strcmp(f, "mean") == 0)
		*out = scalar(a, total(v) / (v.r * v.c));
	else if (strcmp(f, "sqnorm") == 0)
		*out = scalar(a, squares(v));
	else if (strcmp(f, "norm") == 0 || strcmp(f, "normfro") == 0)
		*out = scalar(a, sqrt(squares(v)));
	else if (strcmp(f, "tr") == 0 && v.r == v.c) {
		*out = scalar(a, 0);
		for (int k = 0; k < v.r; k++)
			out->x[0] += v.x[k * v.c + k];
	} else if (strcmp(f, "inv") == 0 && v.r == v.c)
		/* singular but for rounding: no value */
		return solve(a, v, identity(a, v.r), out, &det) &&
			   value_largest(out) * value_largest(&v) < 1e12;
	else if ((strcmp(f, "det") == 0 || strcmp(f, "logdet") == 0) && v.r == v.c) {
		if (!solve(a, v, identity(a, v.r), &w, &det))
			det = 0;
		*out = scalar(a, *f == 'd' ? det : log(fabs(det)));
	} else if (strcmp(f, "vec") == 0)
		return reshape(a, v, v.r * v.c, 1, out);
	else if (strcmp(f, "diag") == 0 && v.c == 1 && v.r > 1) {
		*out = make(a, v.r, v.r);
		for (int k = 0; k < v.r; k++)
			out->x[k * v.r + k] = v.x[k];
	} else if (strcmp(f, "diag") == 0 && v.r == v.c && v.r > 1) {
		*out = make(a, v.r, 1);
		for (int k = 0; k < v.r; k++)
			out->x[k] = v.x[k * v.r + k];
	} else if (strcmp(f, "eye") == 0 && is_scalar(v))
		*out = identity(a, (int)v.x[0]);
	else if ((strcmp(f, "softmax") == 0 || strcmp(f, "logsumexp") == 0) && v.c == 1) {
		top = v.x[0];
		for (int k = 0; k < v.r; k++)
			top = fmax(top, v.x[k]);
		w = copy(a, v);
		for (int k = 0; k < v.r; k++)
			w.x[k] = exp(v.x[k] - top);
		*out = *f == 'l' ? scalar(a, top + log(total(w))) : copy(a, w);
		for (int k = 0; *f == 's' && k < v.r; k++)
			out->x[k] = w.x[k] / total(w);
	} else
		return false;
	return true;
}

static bool
call_more(Arena *a, const char *f, int n, const Value *v, Value *out)
{
	if (n == 2 && strcmp(f, "kron") == 0) {
		*out = make(a, v[0].r * v[1].r, v[0].c * v[1].c);
		for (int i = 0; i < out->r; i++)
			for (int j = 0; j < out->c; j++)
				out->x[i * out->c + j] = v[0].x[i / v[1].r * v[0].c + j / v[1].c] *
					v[1].x[i % v[1].r * v[1].c + j % v[1].c];
		return true;
	}
	if (n == 2 && strcmp(f, "dot") == 0) {
		Value w;

		if (v[0].r != v[1].r || v[0].c != v[1].c || !entrywise(a, f_mul, v[0], v[1], &w))
			return false;
		*out = scalar(a, total(w));
		return true;
	}
	if (n == 2 && strcmp(f, "max") == 0)
		return entrywise(a, f_max, v[0], v[1], out);
	if (n == 2 && strcmp(f, "min") == 0)
		return entrywise(a, f_min, v[0], v[1], out);
	if (n == 2 && (strcmp(f, "ones") == 0 || strcmp(f, "zeros") == 0)) {
		*out = make(a, (int)v[0].x[0], (int)v[1].x[0]);
		for (int i = 0; *f == 'o' && i < out->r * out->c; i++)
			out->x[i] = 1;
		return true;
	}
	if (n == 3 && strcmp(f, "reshape") == 0)
		return reshape(a, v[0], (int)v[1].x[0], (int)v[2].x[0], out);
	return false;
}

static bool
call(Arena *a, const Point *p, const Tree *t, Value *out)
{
	const char *f = t->kid[0]->name;
	Value v[4];
	int n = t->n - 1;

	if (n == 2 && strcmp(f, "grad") == 0)
		return gradient(a, p, t->kid[1], t->kid[2]->name, out);
	if (n == 2 && strcmp(f, "jac") == 0)
		return jacobian(a, p, t->kid[1], t->kid[2]->name, out);
	if (n == 3 && strcmp(f, "dir") == 0)
		return value_of(a, p, t->kid[3], &v[0]) &&
			   slope(a, p, t->kid[1], t->kid[2]->name, &v[0], out);
	for (int i = 0; i < n; i++)
		if (i >= 4 || !value_of(a, p, t->kid[i + 1], &v[i]))
			return false;
	return n == 1 ? call_one(a, f, v[0], out) : call_more(a, f, n, v, out);
}

/* ---- trees */

/* a matrix of blocks */
static bool
blocks(Arena *a, const Point *p, const Tree *t, Value *out)
{
	Value b[8][8];
	int rows = 0, cols = 0, top = 0;

	for (int i = 0; i < t->n; i++) {
		int width = 0;

		for (int j = 0; j < t->kid[i]->n; j++) {
			if (i >= 8 || j >= 8 || !value_of(a, p, t->kid[i]->kid[j], &b[i][j]) ||
				b[i][j].r != b[i][0].r)
				return false;
			width += b[i][j].c;
		}
		if (i > 0 && width != cols)
			return false;
		cols = width;
		rows += b[i][0].r;
	}
	*out = make(a, rows, cols);
	for (int i = 0; i < t->n; i++) {
		int left = 0;

		for (int j = 0; j < t->kid[i]->n; left += b[i][j++].c)
			for (int k = 0; k < b[i][j].r * b[i][j].c; k++)
				out->x[(top + k / b[i][j].c) * cols + left + k % b[i][j].c] = b[i][j].x[k];
		top += b[i][0].r;
	}
	return true;
}

static bool
power(Arena *a, const Tree *t, Value v, Value e, Value *out)
{
	if (t->kind == TREE_EPOW || is_scalar(v))
		return entrywise(a, pow, v, e, out);
	if (v.r != v.c || e.x[0] != floor(e.x[0]) || fabs(e.x[0]) > 9)
		return false;
	*out = identity(a, v.r);
	if (e.x[0] < 0) {
		double det;

		if (!solve(a, v, *out, &v, &det))
			return false;
	}
	for (int i = 0; i < (int)fabs(e.x[0]); i++)
		if (!product(a, *out, v, out))
			return false;
	return true;
}

/* kids combined from left to right */
static bool
fold(Arena *a, const Point *p, const Tree *t, Value *out)
{
	Value v;

	if (!value_of(a, p, t->kid[0], out))
		return false;
	for (int i = 1; i < t->n; i++) {
		bool good = value_of(a, p, t->kid[i], &v);

		if (good && t->kind == TREE_ADD)
			good = entrywise(a, f_add, *out, v, out);
		else if (good && t->kind == TREE_MUL)
			good = product(a, *out, v, out);
		else if (good && t->kind == TREE_EMUL)
			good = entrywise(a, f_mul, *out, v, out);
		else if (good && (t->kind == TREE_EDIV || is_scalar(v)))
			good = entrywise(a, f_div, *out, v, out);
		else
			good = false;
		if (!good)
			return false;
	}
	return true;
}

bool
value_of(Arena *a, const Point *p, const Tree *t, Value *out)
{
	Value v, w;

	switch (t->kind) {
	case TREE_NUM:
		*out = scalar(a, rat_double(t->num));
		return true;
	case TREE_NAME:
		if (strcmp(t->name, "m") == 0 || strcmp(t->name, "n") == 0) {
			*out = scalar(a, *t->name == 'm' ? p->m : p->n);
			return true;
		} else if (strcmp(t->name, "pi") == 0) {
			*out = scalar(a, M_PI);
			return true;
		} else {
			Point q = *p;
			Value *leaf = find_leaf(&q, t->name);

			if (leaf)
				*out = *leaf;
			return leaf != NULL;
		}
	case TREE_NEG:
		return value_of(a, p, t->kid[0], &v) && product(a, scalar(a, -1), v, out);
	case TREE_TRANS:
		if (!value_of(a, p, t->kid[0], &v))
			return false;
		*out = transpose(a, v);
		return true;
	case TREE_ADD:
	case TREE_MUL:
	case TREE_EMUL:
	case TREE_DIV:
	case TREE_EDIV:
		return fold(a, p, t, out);
	case TREE_POW:
	case TREE_EPOW:
		return value_of(a, p, t->kid[0], &v) && value_of(a, p, t->kid[1], &w) &&
			   power(a, t, v, w, out);
	case TREE_CALL:
		return call(a, p, t, out);
	case TREE_MATRIX:
		return blocks(a, p, t, out);
	case TREE_INDEX:
		if (t->n != 3 || !value_of(a, p, t->kid[0], &v) || !value_of(a, p, t->kid[1], &w))
			return false;
		*out = scalar(a, w.x[0]);
		if (!value_of(a, p, t->kid[2], &w) || out->x[0] > v.r || w.x[0] > v.c)
			return false;
		*out = scalar(a, v.x[((int)out->x[0] - 1) * v.c + (int)w.x[0] - 1]);
		return true;
	default:
		return false;
	}
}
