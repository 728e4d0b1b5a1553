/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_factor.c: is one side of a false identity a scalar times the other? The ratio is known as
 * a number at each of the points; it is sought as a small fraction times powers of scalars that
 * occur in the identity: variables, sizes, determinants, norms, traces.
 */
#include "explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SCALARS = 24, MAX_THREE = 10, MAX_NUM = 64, MAX_DEN = 48 };

/* A scalar and its values at the points. */
typedef struct Scalar {
	Node *node;
	double value[POINTS];
	int rank;
} Scalar;
typedef struct Scalars {
	Scalar *s;
	int n, cap;
	bool det; /* determinants are spoken of: those of the variables are among them */
} Scalars;

/* a product of powers: what is left of the ratio is a fraction */
typedef struct Power {
	int scalar;
	Rat exponent;
} Power;

static const Rat exponents[] = {
	{1, 1, NULL},
	{-1, 1, NULL},
	{2, 1, NULL},
	{-2, 1, NULL},
	{1, 2, NULL},
	{-1, 2, NULL},
	{3, 1, NULL},
	{-3, 1, NULL},
};

bool
explain_fraction(double c, Rat *out)
{
	for (long den = 1; den <= MAX_DEN; den++) {
		double num = c * (double)den, whole = nearbyint(num);
		if (whole != 0 && fabs(whole) <= MAX_NUM && fabs(num - whole) <= 1e-7 * fabs(whole)) {
			*out = rat((long)whole, den);
			return true;
		}
	}
	return false;
}

/* ---- the scalars that occur */

static int
rank_of(const Node *n)
{
	switch (n->kind) {
	case N_VAR:
		return 0;
	case N_DIM:
		return 1;
	case N_NAMED:
		return 2;
	case N_FN:
	case N_POW:
		return 3;
	case N_UNKNOWN:
	case N_MAP:
		return 4;
	case N_PROD:
		return 5;
	case N_SUM:
		return 6;
	default:
		return -1;
	}
}

/* is the side a power of n and a number? */
static bool
alone(const Node *side, const Node *n)
{
	while (side != n && (side->kind == N_NAMED || side->kind == N_POW ||
							(side->kind == N_PROD && side->n == 1 && side->nlab == 0)))
		side = side->kid[0];
	return side == n;
}

static bool
makes(const Explain *x, int side, const Node *n)
{
	Rat r;
	return alone(x->at.side[side], n) && !node_is_num(x->at.side[1 - side], &r);
}

static void
add(Explain *x, Scalars *all, Node *n)
{
	Scalar s = {.node = n, .rank = rank_of(n)};
	Rat r;
	if (s.rank < 0 || n->nax != 0 || node_is_num(n, &r))
		return;
	/* a scalar is always the other one times what they are made of */
	if (x->at.side[0]->nax == 0 && (s.rank > 3 || makes(x, 0, n) || makes(x, 1, n)))
		return;
	for (int i = 0; i < all->n; i++)
		if (all->s[i].node == n)
			return;
	PUSH(x->at.a, all->s, all->n, all->cap, s);
}

static void
collect(Explain *x, Scalars *all, Node *n, bool *seen)
{
	if (seen[n->id])
		return;
	seen[n->id] = true;
	add(x, all, n);
	if (all->det && n->kind == N_VAR && n->nax == 2 && n->ax[0] == n->ax[1])
		add(x, all, node_fn(x->at.g, &fun_table[F_det], 0, 1, &n));
	for (int i = 0; i < n->nax; i++)
		for (int j = 0; j < n->ax[i]->n; j++)
			for (int k = 0; k < n->ax[i]->term[j].nsym; k++)
				add(x, all, node_dim(x->at.g, dim_sym(x->at.g->dims, n->ax[i]->term[j].sym[k])));
	for (int i = 0; i < n->n; i++)
		collect(x, all, n->kid[i], seen);
}

static int
by_rank(const void *p, const void *q)
{
	const Scalar *s = p, *t = q;
	if (s->rank != t->rank)
		return s->rank - t->rank;
	return (s->node->id > t->node->id) - (s->node->id < t->node->id);
}

/* Also n - 1 and n + 1 for a size n. */
static void
add_neighbours(Explain *x, Scalars *all)
{
	int n = all->n;
	for (int i = 0; i < n; i++)
		for (long k = -1; k <= 1; k += 2)
			if (all->s[i].node->kind == N_DIM)
				add(x, all, node_add(x->at.g, all->s[i].node, node_num(x->at.g, rat(k, 1))));
}

static Scalars
scalars(Explain *x)
{
	Scalars all = {0}, out = {0};
	for (int i = 0; i < 2; i++)
		all.det = all.det || explain_calls(x->side[i], "det") || explain_calls(x->side[i], "adj");
	/* what this makes itself is not looked at */
	bool *seen = NEWN(x->at.a, bool, x->at.g->nnode + 1);
	for (int i = 0; i < 2; i++)
		collect(x, &all, x->at.side[i], seen);
	if (all.n)
		qsort(all.s, (size_t)all.n, sizeof *all.s, by_rank);
	add_neighbours(x, &all);
	for (int i = 0; i < all.n && out.n < MAX_SCALARS; i++) {
		Scalar *s = &all.s[i];
		bool good = true;
		for (int p = 0; p < x->at.npoint && good; p++) {
			s->value[p] = explain_value(x, s->node, p)->data[0];
			good = isfinite(s->value[p]) && fabs(s->value[p]) > 1e-9;
		}
		if (good)
			PUSH(x->at.a, out.s, out.n, out.cap, *s);
	}
	return out;
}

/* ---- powers of them */

/* ratio divided by the powers: the fraction that is left, if it is one and the same everywhere */
static bool
left_over(
	const Explain *x, const Scalars *all, const double *ratio, const Power *p, int n, Rat *out)
{
	double first = 0;
	for (int i = 0; i < x->at.npoint; i++) {
		double c = ratio[i];
		for (int k = 0; k < n; k++)
			c /= pow(all->s[p[k].scalar].value[i], rat_double(p[k].exponent));
		if (!isfinite(c))
			return false;
		if (i == 0)
			first = c;
		else if (!(fabs(c - first) <= 1e-6 * fabs(first)))
			return false;
	}
	return explain_fraction(first, out);
}

/* Fewest scalars first, the simplest powers first; -1: none found. */
static int
find_powers(const Explain *x, const Scalars *all, const double *ratio, Power *p, Rat *c)
{
	enum { SINGLE = 8, DOUBLE = 6, TRIPLE = 2 };
	int few = all->n < MAX_THREE ? all->n : MAX_THREE;
	if (left_over(x, all, ratio, p, 0, c))
		return 0;
	if (x->at.npoint < 2)
		return -1;
	for (int e = 0; e < SINGLE; e++)
		for (int i = 0; i < all->n; i++) {
			p[0] = (Power){i, exponents[e]};
			if (left_over(x, all, ratio, p, 1, c))
				return 1;
		}
	if (x->at.npoint < 3)
		return -1;
	for (int e = 0; e < DOUBLE * DOUBLE; e++)
		for (int i = 0; i < all->n; i++)
			for (int j = 0; j < i; j++) {
				p[0] = (Power){j, exponents[e / DOUBLE]};
				p[1] = (Power){i, exponents[e % DOUBLE]};
				if (left_over(x, all, ratio, p, 2, c))
					return 2;
			}
	for (int e = 0; e < TRIPLE * TRIPLE * TRIPLE; e++)
		for (int i = 0; i < few; i++)
			for (int j = 0; j < i; j++)
				for (int k = 0; k < j; k++) {
					p[0] = (Power){k, exponents[e / 4]};
					p[1] = (Power){j, exponents[e / 2 % 2]};
					p[2] = (Power){i, exponents[e % 2]};
					if (left_over(x, all, ratio, p, 3, c))
						return 3;
				}
	return -1;
}

/* What may have a size in its exponent: a variable, a determinant of one, a small number. */
typedef struct Base {
	double value[POINTS];
	const char *text;
} Base;

/* base^(sign*size + more) */
typedef struct SizePower { const Base *base; const Scalar *size; int sign, more; } SizePower;

enum { MAX_BASES = MAX_SCALARS + 4, SIZE_POWERS = 8 };

static int
bases(Explain *x, const Scalars *all, Base *out)
{
	static const struct { double value; const char *text; } number[] = {
		{-1, "(-1)"}, {2, "2"}, {3, "3"}, {0.5, "(1/2)"}};
	Arena *a = x->at.a;
	int n = 0;
	for (int i = 0; i < all->n; i++) {
		Node *v = all->s[i].node;
		if (v->kind != N_VAR &&
			!(v->kind == N_FN && v->fun->id == F_det && v->kid[0]->kind == N_VAR))
			continue;
		memcpy(out[n].value, all->s[i].value, sizeof out[n].value);
		out[n++].text = v->kind == N_VAR ? v->name : arena_printf(a, "det(%s)", v->kid[0]->name);
	}
	for (size_t i = 0; i < sizeof number / sizeof *number; i++, n++) {
		for (int k = 0; k < POINTS; k++)
			out[n].value[k] = number[i].value;
		out[n].text = number[i].text;
	}
	return n;
}

static bool
prefix_det(const Base *x, const Base *y)
{
	return strncmp(x->text, "det", 3) == 0 && strncmp(y->text, "det", 3) == 0;
}

/* n - 1, n, n + 1, then 1 - n, -n, -1 - n, and what an adjugate takes */
static SizePower
size_power_of(const Base *b, const Scalar *size, int e)
{
	static const signed char table[SIZE_POWERS][2] = {
		{1, -1}, {1, 0}, {1, 1}, {-1, 1}, {-1, 0}, {-1, -1}, {1, -2}, {-1, 2}};
	return (SizePower){b, size, table[e][0], table[e][1]};
}

/* Is the ratio a fraction times these powers? */
static bool
is_product(const Explain *x, const double *ratio, const SizePower *p, int n, Rat *c)
{
	double first = 0;
	for (int k = 0; k < x->at.npoint; k++) {
		double left = ratio[k];
		for (int i = 0; i < n; i++)
			left /= pow(p[i].base->value[k], p[i].sign * p[i].size->value[k] + p[i].more);
		if (k == 0)
			first = left;
		else if (!(fabs(left - first) <= 1e-6 * fabs(first)))
			return false;
	}
	return x->at.npoint > 1 && explain_fraction(first, c);
}

static const char *
size_power_text(Explain *x, const SizePower *p)
{
	Dims *t = x->at.g->dims;
	const Dim *n = p->size->node->dim;
	const char *e = p->sign > 0 ? dim_text(x->at.a, dim_add(t, n, dim_num(t, p->more)))
		: p->more == 0 ? arena_printf(x->at.a, "-%s", dim_text(x->at.a, n))
		: arena_printf(x->at.a, "%d - %s", p->more, dim_text(x->at.a, n));
	return arena_printf(x->at.a, "%s^(%s)", p->base->text, e);
}

static Tree *
size_power_tree(Explain *x, const SizePower *p, int n, Rat c)
{
	Arena *a = x->at.a;
	Text t = text_new(a);
	if (!rat_is(c, 1))
		text_addf(&t, "%s*", rat_written(a, c));
	for (int i = 0; i < n; i++)
		text_addf(&t, "%s%s", i ? "*" : "", size_power_text(x, &p[i]));
	return parse_expr(a, NULL, t.s);
}

/* c*v^(n + k) for a variable v and a size n, as in det(alpha*A) = alpha^n*det(A); the power of a
   small number, of a determinant, or of two as in det(kron(A, B)) */
static Tree *
size_power(Explain *x, const Scalars *all, const double *ratio)
{
	Base base[MAX_BASES];
	SizePower p[2];
	int n = bases(x, all, base);
	Rat c;
	for (int any = 0; any < 2; any++)       /* a fraction beside it is second best */
		for (int e = 0; e < SIZE_POWERS; e++)
			for (int i = 0; i < n; i++)
				for (int j = 0; j < all->n; j++) {
					p[0] = size_power_of(&base[i], &all->s[j], e);
					if (all->s[j].node->kind == N_DIM && is_product(x, ratio, p, 1, &c) &&
						(any || rat_is(c, 1)))
						return size_power_tree(x, p, 1, c);
				}
	for (int i = 0; i < n; i++)
		for (int k = 0; k < i; k++)
			for (int e = 0; e < SIZE_POWERS * SIZE_POWERS && prefix_det(&base[i], &base[k]); e++)
				for (int j = 0; j < all->n * all->n; j++) {
					const Scalar *r = &all->s[j / all->n], *s = &all->s[j % all->n];
					p[0] = size_power_of(&base[k], r, e / SIZE_POWERS);
					p[1] = size_power_of(&base[i], s, e % SIZE_POWERS);
					if (r->node->kind == N_DIM && s->node->kind == N_DIM &&
						is_product(x, ratio, p, 2, &c) && rat_is(c, 1))
						return size_power_tree(x, p, 2, c);
				}
	return NULL;
}

static FactorKind
kind_of(const Scalars *all, const Power *p, int n)
{
	bool names = true, ones = true;
	for (int i = 0; i < n; i++) {
		const Node *s = all->s[p[i].scalar].node;
		Rat e = p[i].exponent;
		names = names && (s->kind == N_VAR || s->kind == N_DIM);
		ones = ones && (rat_is(e, 1) || rat_is(e, -1));
	}
	if (n == 0)
		return FACTOR_NUMBER;
	if (names)
		return n == 1 && ones ? FACTOR_NAME : FACTOR_PLAIN;
	return n == 1 && ones ? FACTOR_PLAIN : FACTOR_ODD;
}

static Tree *
scalar_tree(Explain *x, const double *ratio, FactorKind *kind)
{
	Graph *g = x->at.g;
	Scalars all = scalars(x);
	Power p[3];
	Rat c;
	int n = find_powers(x, &all, ratio, p, &c);
	Prod *prod;
	*kind = n < 0 ? FACTOR_PLAIN : kind_of(&all, p, n);
	if (n < 0)
		return size_power(x, &all, ratio);
	prod = prod_begin(g);
	prod_coef(prod, c);
	for (int i = 0; i < n; i++)
		prod_factor(prod, node_pow(g, all.s[p[i].scalar].node, p[i].exponent), NULL);
	return matrix_form(g, prod_end(prod, 0, NULL), false).tree;
}

Tree *
explain_scalar(Explain *x, const double *ratio, FactorKind *kind)
{
	Trap t;
	Tree *r;
	for (int i = 0; i < x->at.npoint; i++)
		if (!isfinite(ratio[i]) || ratio[i] == 0)
			return NULL;
	if (!explain_ground(x))
		return NULL;
	if (TRY(&t, x->at.a)) {
		r = scalar_tree(x, ratio, kind);
		trap_end(&t);
		return r ? tree_copy(x->a, r) : NULL;
	}
	explain_failed(x, &t.diag);
	return NULL;
}

/* ---- the two sides as they stand */

static bool
is_zero(const Explain *x, int side)
{
	return node_is_zero(x->at.side[side]);
}

bool
explain_factor(Explain *x, FactorKind most, Finding *f)
{
	const Tree *claim = x->side[x->claim];
	double ratio[POINTS], inverse[POINTS];
	FactorKind kind = FACTOR_ODD;
	Tree *c, *other;
	Rat r;
	Sub sub = {claim, NULL};
	if (!explain_ground(x) || is_zero(x, 0) || is_zero(x, 1))
		return false;
	for (int i = 0; i < x->at.npoint; i++) {
		const Point *p = &x->at.point[i];
		ratio[i] = explain_ratio(p->value[0], p->value[1]);
		if (!isfinite(ratio[i]) || ratio[i] == 0)
			return false;
		inverse[i] = 1 / ratio[i];
	}
	c = explain_scalar(x, ratio, &kind);
	other = x->claim ? c : explain_scalar(x, inverse, &kind);
	if (!c || !other || kind > most)
		return false;
	sub.to = explain_times(x, other, claim);
	/* of a constant every scalar is a multiple */
	if ((kind != FACTOR_NUMBER && node_is_num(x->at.side[x->claim], &r) &&
			tree_equal(sub.to, explain_truth(x))) ||
		!explain_holds(x, &sub, 1, x->given))
		return false;
	f->reason = arena_printf(x->a, "the left side is %s times the right side", explain_text(x, c));
	f->part = explain_side(x, x->claim);
	/* what is common to the terms of a sum is left where it is */
	f->tree = kind == FACTOR_NUMBER || claim->kind == TREE_ADD ? sub.to : explain_tidy(x, sub.to);
	return true;
}
