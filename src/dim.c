/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dim.c: sizes as polynomials in dimension names, with integer coefficients. Shapes are made of
 * them, from inference (shape.c) to the axes of graph nodes; equal ones of a table are one pointer.
 */
#include "core.h"

#include <stdlib.h>
#include <string.h>

#define MAX_TERMS 1000                  /* of one polynomial */
#define MAX_DEGREE 64

struct Dims {
	Arena *a;
	Dim **table;
	unsigned size, n;               /* size: a power of two */
};

static const Loc nowhere = {0};

Dims *
dims_new(Arena *a)
{
	Dims *t = NEW(a, Dims);
	t->a = a;
	t->size = 64;
	t->table = NEWN(a, Dim *, t->size);
	return t;
}

/* ---- monomials */

/* Higher degree first, then by name: the order in which a polynomial is written. */
static int
monomial_cmp(const DimTerm *x, const DimTerm *y)
{
	if (x->nsym != y->nsym)
		return x->nsym > y->nsym ? -1 : 1;
	for (int i = 0; i < x->nsym; i++) {
		if (x->sym[i] != y->sym[i])
			return strcmp(x->sym[i], y->sym[i]);
	}
	return 0;
}

static int
term_order(const void *x, const void *y)
{
	return monomial_cmp(x, y);
}

/* the product's symbols, merged in order; *ok turns false on overflow */
static DimTerm
term_mul(Arena *a, const DimTerm *x, const DimTerm *y, bool *ok)
{
	DimTerm z = {.nsym = x->nsym + y->nsym};
	if (z.nsym > MAX_DEGREE || __builtin_mul_overflow(x->coef, y->coef, &z.coef)) {
		*ok = false;
		return z;
	}
	if (x->nsym == 0 || y->nsym == 0) {
		z.sym = x->nsym ? x->sym : y->sym;
		return z;
	}
	z.sym = NEWN(a, Sym, z.nsym);
	int i = 0, j = 0;
	for (int k = 0; k < z.nsym; k++) {
		bool left = j == y->nsym || (i < x->nsym && strcmp(x->sym[i], y->sym[j]) <= 0);
		z.sym[k] = left ? x->sym[i++] : y->sym[j++];
	}
	return z;
}

/* ---- interning */

/* of the names, not of their addresses: the same in every run */
static uint32_t
poly_hash(const DimTerm *term, int n)
{
	uint64_t h = 0x9e3779b97f4a7c15u;
	for (int i = 0; i < n; i++) {
		h = (h ^ (uint64_t)term[i].coef) * 0xff51afd7ed558ccdu;
		for (int k = 0; k < term[i].nsym; k++) {
			for (const char *s = term[i].sym[k]; *s; s++)
				h = (h ^ (unsigned char)*s) * 1099511628211u;
			h = (h ^ h >> 29) * 0xff51afd7ed558ccdu;
		}
	}
	return (uint32_t)(h >> 32);
}

static bool
poly_equal(const Dim *d, const DimTerm *term, int n)
{
	if (d->n != n)
		return false;
	for (int i = 0; i < n; i++) {
		if (d->term[i].coef != term[i].coef || monomial_cmp(&d->term[i], &term[i]) != 0)
			return false;
	}
	return true;
}

static void
table_grow(Dims *t)
{
	unsigned size = 2 * t->size;
	Dim **table = NEWN(t->a, Dim *, size);
	for (unsigned i = 0; i < t->size; i++) {
		for (Dim *d = t->table[i], *next; d; d = next) {
			next = d->next;
			d->next = table[d->hash & (size - 1)];
			table[d->hash & (size - 1)] = d;
		}
	}
	t->table = table;
	t->size = size;
}

/* terms: in order, distinct, no zeros; copied when the polynomial is new */
static Dim *
intern(Dims *t, const DimTerm *term, int n)
{
	uint32_t h = poly_hash(term, n);
	for (Dim *d = t->table[h & (t->size - 1)]; d; d = d->next) {
		if (d->hash == h && poly_equal(d, term, n))
			return d;
	}
	if (t->n >= t->size)
		table_grow(t);
	Dim *d = NEW(t->a, Dim);
	d->n = n;
	d->hash = h;
	d->term = NEWN(t->a, DimTerm, n);
	if (n)
		memcpy(d->term, term, sizeof *term * (size_t)n);
	d->next = t->table[h & (t->size - 1)];
	t->table[h & (t->size - 1)] = d;
	t->n++;
	return d;
}

/* Any terms, which are changed; NULL when a coefficient overflows or there are too many. */
static Dim *
collect(Dims *t, DimTerm *term, int n)
{
	qsort(term, (size_t)n, sizeof *term, term_order);
	int m = 0;
	for (int i = 0; i < n; i++) {
		DimTerm sum = term[i];
		while (i + 1 < n && monomial_cmp(&sum, &term[i + 1]) == 0) {
			if (__builtin_add_overflow(sum.coef, term[++i].coef, &sum.coef))
				return NULL;
		}
		if (sum.coef != 0)
			term[m++] = sum;
	}
	return m > MAX_TERMS ? NULL : intern(t, term, m);
}

static Dim *
or_raise(Dims *t, Dim *d)
{
	if (!d)
		raise_at(t->a, nowhere, "a dimension is too large or too complicated");
	return d;
}

/* ---- arithmetic; the try_ functions give NULL where the others raise */

Dim *
dim_num(Dims *t, long n)
{
	DimTerm c = {.coef = n};
	return intern(t, &c, n != 0);
}

Dim *
dim_sym(Dims *t, Sym s)
{
	DimTerm x = {.coef = 1, .nsym = 1, .sym = &s};
	uint32_t h = poly_hash(&x, 1);
	for (Dim *d = t->table[h & (t->size - 1)]; d; d = d->next) {
		if (d->hash == h && poly_equal(d, &x, 1))
			return d;
	}
	x.sym = NEW(t->a, Sym);
	x.sym[0] = s;
	return intern(t, &x, 1);
}

/* x + k*y */
static Dim *
try_add(Dims *t, const Dim *x, const Dim *y, long k)
{
	DimTerm *term = NEWN(t->a, DimTerm, x->n + y->n);
	int n = 0;
	for (int i = 0; i < x->n; i++)
		term[n++] = x->term[i];
	for (int i = 0; i < y->n; i++) {
		term[n] = y->term[i];
		if (__builtin_mul_overflow(term[n].coef, k, &term[n].coef))
			return NULL;
		n++;
	}
	return collect(t, term, n);
}

static Dim *
try_mul(Dims *t, const Dim *x, const Dim *y)
{
	if (x->n > MAX_TERMS / (y->n + 1))
		return NULL;
	DimTerm *term = NEWN(t->a, DimTerm, x->n * y->n);
	int n = 0;
	bool ok = true;
	for (int i = 0; i < x->n && ok; i++) {
		for (int j = 0; j < y->n && ok; j++)
			term[n++] = term_mul(t->a, &x->term[i], &y->term[j], &ok);
	}
	return ok ? collect(t, term, n) : NULL;
}

static Dim *
try_subst(Dims *t, const Dim *x, Sym s, const Dim *by)
{
	Dim *sum = dim_num(t, 0);
	for (int i = 0; i < x->n && sum; i++) {
		DimTerm rest = {.coef = x->term[i].coef, .sym = NEWN(t->a, Sym, x->term[i].nsym)};
		int power = 0;
		for (int k = 0; k < x->term[i].nsym; k++) {
			if (x->term[i].sym[k] == s)
				power++;
			else
				rest.sym[rest.nsym++] = x->term[i].sym[k];
		}
		Dim *p = intern(t, &rest, 1);
		for (; power > 0 && p; power--)
			p = try_mul(t, p, by);
		sum = p ? try_add(t, sum, p, 1) : NULL;
	}
	return sum;
}

Dim *
dim_add(Dims *t, const Dim *x, const Dim *y)
{
	return or_raise(t, try_add(t, x, y, 1));
}

Dim *
dim_sub(Dims *t, const Dim *x, const Dim *y)
{
	return or_raise(t, try_add(t, x, y, -1));
}

Dim *
dim_scale(Dims *t, const Dim *x, long k)
{
	return or_raise(t, try_add(t, dim_num(t, 0), x, k));
}

Dim *
dim_mul(Dims *t, const Dim *x, const Dim *y)
{
	return or_raise(t, try_mul(t, x, y));
}

static bool
dim_mentions(const Dim *x, Sym s)
{
	for (int i = 0; i < x->n; i++) {
		for (int k = 0; k < x->term[i].nsym; k++) {
			if (x->term[i].sym[k] == s)
				return true;
		}
	}
	return false;
}

Dim *
dim_subst(Dims *t, const Dim *x, Sym s, const Dim *by)
{
	if (!dim_mentions(x, s))
		return intern(t, x->term, x->n);
	return or_raise(t, try_subst(t, x, s, by));
}

/* ---- comparison */

bool
dim_is_num(const Dim *d, long *n)
{
	if (d->n > 1 || (d->n == 1 && d->term[0].nsym > 0))
		return false;
	if (n)
		*n = d->n ? d->term[0].coef : 0;
	return true;
}

bool
dim_is(const Dim *d, long n)
{
	long k;
	return dim_is_num(d, &k) && k == n;
}

/* With every symbol s written as 1 + s', s' >= 0, the difference has a positive constant and no
   negative coefficient: enough, and right for what shapes are made of. */
bool
dim_less(Dims *t, const Dim *x, const Dim *y)
{
	Dim *start = try_add(t, y, x, -1), *d = start, *one = dim_num(t, 1);
	for (int i = 0; start && i < start->n; i++) {
		for (int k = 0; k < start->term[i].nsym && d; k++) {
			Sym s = start->term[i].sym[k];
			bool seen = k > 0 && start->term[i].sym[k - 1] == s;
			for (int j = 0; j < i && !seen; j++) {
				for (int l = 0; l < start->term[j].nsym && !seen; l++)
					seen = start->term[j].sym[l] == s;
			}
			if (!seen) {
				Dim *next = try_add(t, dim_sym(t, s), one, 1);
				d = next ? try_subst(t, d, s, next) : NULL;
			}
		}
	}
	if (!d || d->n == 0)
		return false;
	for (int i = 0; i < d->n; i++) {
		if (d->term[i].coef < 0)
			return false;
	}
	return d->term[d->n - 1].nsym == 0;     /* the constant stands last */
}

int
dim_cmp(const Dim *x, const Dim *y)
{
	for (int i = 0; i < x->n && i < y->n; i++) {
		int c = monomial_cmp(&x->term[i], &y->term[i]);
		if (c != 0)
			return c;
		if (x->term[i].coef != y->term[i].coef)
			return x->term[i].coef < y->term[i].coef ? -1 : 1;
	}
	return (x->n > y->n) - (x->n < y->n);
}

/* ---- text */

static void
add_term(Text *text, const DimTerm *x, bool first)
{
	unsigned long c = x->coef < 0 ? -(unsigned long)x->coef : (unsigned long)x->coef;
	text_add(text, x->coef < 0 ? (first ? "-" : " - ") : first ? "" : " + ");
	bool star = c != 1 || x->nsym == 0;
	if (star)
		text_addf(text, "%lu", c);
	for (int i = 0, power; i < x->nsym; i += power) {
		power = 1;
		while (i + power < x->nsym && x->sym[i + power] == x->sym[i])
			power++;
		text_addf(text, "%s%s", star ? "*" : "", x->sym[i]);
		if (power > 1)
			text_addf(text, "^%d", power);
		star = true;
	}
}

char *
dim_text(Arena *a, const Dim *d)
{
	Text text = text_new(a);
	for (int i = 0; i < d->n; i++)
		add_term(&text, &d->term[i], i == 0);
	if (d->n == 0)
		text_add(&text, "0");
	return text.s;
}

static char *
side_text(Arena *a, const Dim *d)
{
	char *s = dim_text(a, d);
	return d->n > 1 ? arena_printf(a, "(%s)", s) : s;
}

/* "scalar", "m x n", "n x 1", "(m + p) x n" */
char *
shape_text(Arena *a, const Dim *row, const Dim *col)
{
	if (dim_is(row, 1) && dim_is(col, 1))
		return arena_printf(a, "scalar");
	return arena_printf(a, "%s x %s", side_text(a, row), side_text(a, col));
}

/* the same with a column by its rows alone: "n" */
const char *
short_shape(Arena *a, const Dim *row, const Dim *col)
{
	return dim_is(col, 1) && !dim_is(row, 1) ? dim_text(a, row) : shape_text(a, row, col);
}

/* ---- value */

long
dim_eval(Arena *a, const Dim *d, long (*get)(void *ctx, Sym s), void *ctx, Sym *missing)
{
	long sum = 0;
	bool over = false;
	if (missing)
		*missing = NULL;
	for (int i = 0; i < d->n; i++) {
		long product = d->term[i].coef;
		for (int k = 0; k < d->term[i].nsym; k++) {
			long v = get(ctx, d->term[i].sym[k]);
			if (v < 0) {
				if (missing)
					*missing = d->term[i].sym[k];
				return -1;
			}
			over |= __builtin_mul_overflow(product, v, &product);
		}
		over |= __builtin_add_overflow(sum, product, &sum);
	}
	if (over)
		raise_at(a, nowhere, "the dimension %s is too large", dim_text(a, d));
	return sum;
}

bool
dim_never(const Dim *d)
{
	long at_ones = 0;

	for (int i = 0; i < d->n; i++) {
		if (d->term[i].nsym && d->term[i].coef > 0)
			return false;
		at_ones += d->term[i].coef;
	}
	return at_ones < 1;
}
