/* SPDX-License-Identifier: GPL-3.0-or-later */
/* value.c: the values of syntax trees, found by the plainest means; see value.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

typedef struct Judge {
	Arena *a;
	const Point *p;
	Rounding r;
} Judge;

static bool value(Judge *j, const Tree *t, Value *out);

static Value
make(Arena *a, int r, int c)
{
	return (Value){r, c, NEWN(a, Num, r * c + 1)};
}

static Value
copy(Arena *a, Value v)
{
	Value w = make(a, v.r, v.c);

	memcpy(w.x, v.x, sizeof *v.x * (size_t)(v.r * v.c));
	return w;
}

static Value
scalar(Arena *a, Num x)
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

/* a number that is a size, an index or an exponent */
static int
whole(Value v)
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

Point
point_draw(Arena *a, Random *r, int m, int n, double scale)
{
	Point p = {.m = m, .n = n, .seed = random_next(r)};

	for (int k = 0; k < grow_nleaf; k++) {
		const GrowLeaf *l = &grow_leaf[k];
		const int size[] = {0, 1, m, n};
		Value v = make(a, size[l->rows], size[l->cols]);
		double *x = NEWN(a, double, v.r * v.c);

		grow_draw(r, l, v.r, v.c, scale, x);
		for (int i = 0; i < v.r * v.c; i++)
			v.x[i] = num(x[i]);
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

/* *x += y*z, where most are 0 in the matrices that come here */
static void
add_product(Judge *j, Num *x, Num y, Num z)
{
	if (!num_is_zero(y) || !num_is_zero(z))
		*x = num_add(&j->r, *x, num_mul(&j->r, y, z));
}

static bool
product(Judge *j, Value v, Value w, Value *out)
{
	if (is_scalar(v) || is_scalar(w)) {
		Value m = is_scalar(v) ? w : v;
		Num f = is_scalar(v) ? v.x[0] : w.x[0];

		*out = make(j->a, m.r, m.c);
		for (int i = 0; i < m.r * m.c; i++)
			out->x[i] = num_mul(&j->r, f, m.x[i]);
		return true;
	}
	if (v.c != w.r)
		return false;
	*out = make(j->a, v.r, w.c);
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

/* Solves v*out = w by elimination with pivots; *det is the determinant of v. False when v is
   singular. */
static bool
solve(Judge *j, Value v, Value w, Value *out, Num *det)
{
	Value m = copy(j->a, v);
	int n = v.r;

	*out = copy(j->a, w);
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

static Value
identity(Arena *a, int n)
{
	Value v = make(a, n, n);

	for (int i = 0; i < n; i++)
		v.x[i * n + i] = num(1);
	return v;
}

/* ---- elementwise functions */

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

/* the value of an elementwise function of one argument; false when f is none */
static bool
map(Judge *j, const char *f, Value v, Value *out)
{
	for (size_t i = 0; i < sizeof smooth / sizeof *smooth; i++) {
		if (strcmp(smooth[i].name, f) == 0) {
			*out = make(j->a, v.r, v.c);
			for (int k = 0; k < v.r * v.c; k++)
				out->x[k] = num_map(&j->r, smooth[i].f, v.x[k]);
			return true;
		}
	}
	for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
		if (strcmp(other[i].name, f) == 0) {
			*out = make(j->a, v.r, v.c);
			for (int k = 0; k < v.r * v.c; k++)
				out->x[k] = other[i].f(&j->r, v.x[k]);
			return true;
		}
	}
	return false;
}

typedef Num Binary(Rounding *r, Num x, Num y);
static Num op_max(Rounding *r, Num x, Num y) { (void)r; return num_max(x, y); }
static Num op_min(Rounding *r, Num x, Num y) { (void)r; return num_min(x, y); }

/* f of the entries; a scalar goes with every entry of a matrix */
static bool
entrywise(Judge *j, Binary *f, Value v, Value w, Value *out)
{
	bool one = is_scalar(v), other_one = is_scalar(w);
	Value z;

	if (!one && !other_one && (v.r != w.r || v.c != w.c))
		return false;
	z = one ? make(j->a, w.r, w.c) : make(j->a, v.r, v.c);
	for (int i = 0; i < z.r * z.c; i++)
		z.x[i] = f(&j->r, v.x[one ? 0 : i], w.x[other_one ? 0 : i]);
	*out = z;
	return true;
}

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
	Value v = copy(j->a, here->leaf[leaf]);
	bool good;

	for (int i = 0; i < v.r * v.c; i++)
		for (int k = 0; k < SAMPLES; k++)
			v.x[i].s[k] += by * along->x[i].s[k];
	moved.leaf[leaf] = v;
	j->p = &moved;
	good = value(j, f, out);
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
		d[k] = make(j->a, up.r, up.c);
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
	Value along = make(j->a, j->p->leaf[leaf].r, j->p->leaf[leaf].c);

	along.x[k] = num(1);
	return slope(j, f, leaf, &along, out);
}

/* the gradient of a scalar; by S, within the symmetric matrices */
static bool
gradient(Judge *j, const Tree *f, int leaf, Value *out)
{
	Value v = j->p->leaf[leaf], d, t;

	*out = make(j->a, v.r, v.c);
	for (int i = 0; i < v.r * v.c; i++) {
		if (!slope_by_entry(j, f, leaf, i, &d) || !is_scalar(d))
			return false;
		out->x[i] = d.x[0];
	}
	if (grow_leaf[leaf].kind != 'S')
		return true;
	t = transpose(j->a, *out);
	return entrywise(j, num_add, *out, t, &t) && product(j, scalar(j->a, num(0.5L)), t, out);
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
				*out = make(j->a, d.r * d.c, v.r * v.c);
			for (int k = 0; k < d.r * d.c; k++)
				out->x[(k % d.c * d.r + k / d.c) * out->c + c * v.r + r] = d.x[k];
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

static Num
total(Judge *j, Value v)
{
	Num s = num(0);

	for (int i = 0; i < v.r * v.c; i++)
		s = num_add(&j->r, s, v.x[i]);
	return s;
}

static Num
squares(Judge *j, Value v)
{
	Num s = num(0);

	for (int i = 0; i < v.r * v.c; i++)
		add_product(j, &s, v.x[i], v.x[i]);
	return s;
}

static Value
diagonal(Arena *a, Value v)
{
	Value w = v.c == 1 ? make(a, v.r, v.r) : make(a, v.r, 1);

	for (int k = 0; k < v.r; k++) {
		if (v.c == 1)
			w.x[k * v.r + k] = v.x[k];
		else
			w.x[k] = v.x[k * v.c + k];
	}
	return w;
}

static Num
determinant(Judge *j, Value v)
{
	Value w;
	Num det;

	return solve(j, v, make(j->a, v.r, 0), &w, &det) ? det : num(0);
}

/* softmax, or logsumexp */
static Value
softmax(Judge *j, Value v, bool logarithm)
{
	Value w = make(j->a, v.r, 1);
	Num top = v.x[0], sum;

	for (int k = 0; k < v.r; k++)
		top = num_max(top, v.x[k]);
	for (int k = 0; k < v.r; k++)
		w.x[k] = num_map(&j->r, expl, num_sub(&j->r, v.x[k], top));
	sum = total(j, w);
	if (logarithm)
		return scalar(j->a, num_add(&j->r, top, num_map(&j->r, logl, sum)));
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
		*out = total(j, v);
	else if (strcmp(f, "mean") == 0)
		*out = num_div(&j->r, total(j, v), num(v.r * v.c));
	else if (strcmp(f, "sqnorm") == 0)
		*out = squares(j, v);
	else if (strcmp(f, "norm") == 0 || strcmp(f, "normfro") == 0)
		*out = num_sqrt(&j->r, squares(j, v));
	else if (strcmp(f, "tr") == 0 && square)
		*out = is_scalar(v) ? v.x[0] : total(j, diagonal(j->a, v));
	else if (strcmp(f, "det") == 0 && square)
		*out = determinant(j, v);
	else if (strcmp(f, "logdet") == 0 && square)
		*out = num_map(&j->r, logl, num_abs(determinant(j, v)));
	else if (strcmp(f, "logsumexp") == 0 && v.c == 1)
		*out = softmax(j, v, true).x[0];
	else
		return false;
	return true;
}

/* functions of one value */
static bool
call_one(Judge *j, const char *f, Value v, Value *out)
{
	Num x;

	if (map(j, f, v, out))
		return true;
	if (reduce(j, f, v, &x)) {
		*out = scalar(j->a, x);
		return true;
	}
	if (strcmp(f, "inv") == 0 && v.r == v.c)
		return solve(j, v, identity(j->a, v.r), out, &x);
	if (strcmp(f, "vec") == 0)
		return reshape(j->a, v, v.r * v.c, 1, out);
	if (strcmp(f, "diag") == 0 && v.r > 1 && (v.c == 1 || v.c == v.r))
		*out = diagonal(j->a, v);
	else if (strcmp(f, "eye") == 0 && is_scalar(v))
		*out = identity(j->a, whole(v));
	else if (strcmp(f, "softmax") == 0 && v.c == 1)
		*out = softmax(j, v, false);
	else
		return false;
	return true;
}

static Value
kron(Judge *j, Value v, Value w)
{
	Value out = make(j->a, v.r * w.r, v.c * w.c);

	for (int i = 0; i < out.r; i++)
		for (int k = 0; k < out.c; k++)
			add_product(j, &out.x[i * out.c + k], v.x[i / w.r * v.c + k / w.c],
				w.x[i % w.r * w.c + k % w.c]);
	return out;
}

static bool
call_more(Judge *j, const char *f, int n, const Value *v, Value *out)
{
	if (n == 2 && strcmp(f, "kron") == 0) {
		*out = kron(j, v[0], v[1]);
		return true;
	}
	if (n == 2 && strcmp(f, "dot") == 0) {
		Value w;

		if (v[0].r != v[1].r || v[0].c != v[1].c || !entrywise(j, num_mul, v[0], v[1], &w))
			return false;
		*out = scalar(j->a, total(j, w));
		return true;
	}
	if (n == 2 && strcmp(f, "max") == 0)
		return entrywise(j, op_max, v[0], v[1], out);
	if (n == 2 && strcmp(f, "min") == 0)
		return entrywise(j, op_min, v[0], v[1], out);
	if (n == 2 && (strcmp(f, "ones") == 0 || strcmp(f, "zeros") == 0)) {
		*out = make(j->a, whole(v[0]), whole(v[1]));
		for (int i = 0; *f == 'o' && i < out->r * out->c; i++)
			out->x[i] = num(1);
		return true;
	}
	if (n == 3 && strcmp(f, "reshape") == 0)
		return reshape(j->a, v[0], whole(v[1]), whole(v[2]), out);
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
		return value(j, t->kid[3], &v[0]) && slope(j, t->kid[1], leaf, &v[0], out);
	for (int i = 0; i < n; i++)
		if (i >= 4 || !value(j, t->kid[i + 1], &v[i]))
			return false;
	return n == 1 ? call_one(j, f, v[0], out) : call_more(j, f, n, v, out);
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
			if (i >= 8 || k >= 8 || !value(j, t->kid[i]->kid[k], &b[i][k]) ||
				b[i][k].r != b[i][0].r)
				return false;
			width += b[i][k].c;
		}
		if (i > 0 && width != cols)
			return false;
		cols = width;
		rows += b[i][0].r;
	}
	*out = make(j->a, rows, cols);
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
	int k = whole(e);
	Num det;

	if (t->kind == TREE_EPOW || is_scalar(v))
		return entrywise(j, num_pow, v, e, out);
	if (v.r != v.c || e.x[0].s[0] != k || abs(k) > 9)
		return false;
	*out = identity(j->a, v.r);
	if (k < 0 && !solve(j, v, *out, &v, &det))
		return false;
	for (int i = 0; i < abs(k); i++)
		if (!product(j, *out, v, out))
			return false;
	return true;
}

/* kids combined from left to right */
static bool
fold(Judge *j, const Tree *t, Value *out)
{
	Value v;

	if (!value(j, t->kid[0], out))
		return false;
	for (int i = 1; i < t->n; i++) {
		bool good = value(j, t->kid[i], &v);

		if (good && t->kind == TREE_ADD)
			good = entrywise(j, num_add, *out, v, out);
		else if (good && t->kind == TREE_MUL)
			good = product(j, *out, v, out);
		else if (good && t->kind == TREE_EMUL)
			good = entrywise(j, num_mul, *out, v, out);
		else if (good && (t->kind == TREE_EDIV || is_scalar(v)))
			good = entrywise(j, num_div, *out, v, out);
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
		*out = scalar(j->a, num(*name == 'm' ? j->p->m : j->p->n));
	else if (strcmp(name, "pi") == 0)
		*out = scalar(j->a, num_mul(&j->r, num(2), num_map(&j->r, acosl, num(0))));
	else
		return false;
	return true;
}

static bool
entry(Judge *j, const Tree *t, Value *out)
{
	Value v, row, col;

	if (t->n != 3 || !value(j, t->kid[0], &v) || !value(j, t->kid[1], &row) ||
		!value(j, t->kid[2], &col) || whole(row) > v.r || whole(col) > v.c)
		return false;
	*out = scalar(j->a, v.x[(whole(row) - 1) * v.c + whole(col) - 1]);
	return true;
}

static bool
value(Judge *j, const Tree *t, Value *out)
{
	Value v, w;

	switch (t->kind) {
	case TREE_NUM:
		*out = scalar(j->a, num_div(&j->r, num(t->num.num), num(t->num.den)));
		return !t->num.big;
	case TREE_NAME:
		return value_of_name(j, t->name, out);
	case TREE_NEG:
		return value(j, t->kid[0], &v) && product(j, scalar(j->a, num(-1)), v, out);
	case TREE_TRANS:
		if (!value(j, t->kid[0], &v))
			return false;
		*out = transpose(j->a, v);
		return true;
	case TREE_ADD:
	case TREE_MUL:
	case TREE_EMUL:
	case TREE_DIV:
	case TREE_EDIV:
		return fold(j, t, out);
	case TREE_POW:
	case TREE_EPOW:
		return value(j, t->kid[0], &v) && value(j, t->kid[1], &w) && power(j, t, v, w, out);
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
	Judge j = {.a = a, .p = p, .r = {{p->seed}, width}};

	return value(&j, t, out);
}
