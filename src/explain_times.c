/* SPDX-License-Identifier: GPL-3.0-or-later */
/* explain_times.c: a side times a factor, written as one would: a number merges with the number that
   is there, powers of one base with each other, a quotient cancels. For explain_factor.c and
   explain_edit.c. */
#include "explain.h"

#include <string.h>

/* ---- numbers and factors */

/* 2, or 1/2 as it is read */
static bool
is_number(Arena *a, const Tree *t, Rat *c)
{
	bool quotient = t->kind == TREE_DIV && t->kid[0]->kind == TREE_NUM &&
					t->kid[1]->kind == TREE_NUM && rat_sign(t->kid[1]->num);
	if (quotient)
		*c = rat_mul(a, t->kid[0]->num, rat_inv(a, t->kid[1]->num));
	else if (t->kind == TREE_NUM)
		*c = t->num;
	return quotient || t->kind == TREE_NUM;
}

/* the number in front of t, and t without it (NULL: nothing is left) */
static Rat
take_number(Arena *a, const Tree *t, Tree **rest)
{
	Rat c = RAT1;
	if (t->kind == TREE_NEG)
		return rat_neg(a, take_number(a, t->kid[0], rest));
	*rest = (Tree *)t;
	if (is_number(a, t, &c)) {
		*rest = NULL;
		return c;
	}
	if (t->kind != TREE_MUL || !is_number(a, t->kid[0], &c))
		return c;
	if (t->n == 2) {
		*rest = t->kid[1];
		return c;
	}
	*rest = tree(a, TREE_MUL, t->loc, 0);
	for (int i = 1; i < t->n; i++)
		tree_push(a, *rest, t->kid[i]);
	return c;
}

/* the factors of t, as of a product */
static void
push_factors(Arena *a, Tree *out, Tree *t)
{
	if (t->kind != TREE_MUL)
		tree_push(a, out, t);
	else
		for (int i = 0; i < t->n; i++)
			tree_push(a, out, t->kid[i]);
}

/* ---- powers of one base */

static void
split_power(Arena *a, Tree *t, Tree **base, Tree **exponent)
{
	bool power = t->kind == TREE_POW;
	*base = power ? t->kid[0] : t;
	*exponent = power ? t->kid[1] : tree_num(a, t->loc, RAT1);
}

/* the terms of t, numbers counted together; a term and its negative cancel */
static void
add_exponent(Arena *a, Tree *sum, Rat *number, Tree *t, bool minus)
{
	if (t->kind == TREE_NEG) {
		add_exponent(a, sum, number, t->kid[0], !minus);
	} else if (t->kind == TREE_ADD) {
		for (int i = 0; i < t->n; i++)
			add_exponent(a, sum, number, t->kid[i], minus);
	} else if (t->kind == TREE_NUM) {
		*number = rat_add(a, *number, minus ? rat_neg(a, t->num) : t->num);
	} else {
		Tree *other = minus ? t : tree(a, TREE_NEG, t->loc, 1, t);
		for (int i = 0; i < sum->n; i++)
			if (tree_equal(sum->kid[i], other)) {
				sum->kid[i] = sum->kid[--sum->n];
				return;
			}
		tree_push(a, sum, minus ? tree(a, TREE_NEG, t->loc, 1, t) : t);
	}
}

/* x*y for powers of one base, or NULL; *gone: it is 1 */
static Tree *
merged(Arena *a, Tree *x, Tree *y, bool *gone)
{
	Tree *bx, *by, *ex, *ey, *sum = tree(a, TREE_ADD, x->loc, 0);
	Rat number = RAT0;
	split_power(a, x, &bx, &ex);
	split_power(a, y, &by, &ey);
	*gone = false;
	if (bx->kind == TREE_NUM || !tree_equal(bx, by))
		return NULL;
	add_exponent(a, sum, &number, ex, false);
	add_exponent(a, sum, &number, ey, false);
	if (rat_sign(number) || sum->n == 0)
		tree_push(a, sum, tree_num(a, x->loc, number));
	*gone = sum->n == 1 && sum->kid[0]->kind == TREE_NUM && rat_is(number, 0);
	if (sum->n == 1 && sum->kid[0]->kind == TREE_NUM && rat_is(number, 1))
		return bx;
	return tree(a, TREE_POW, x->loc, 2, bx, sum->n == 1 ? sum->kid[0] : sum);
}

/* t, scalar factors of which that are powers of one base are written as one: those of f are among
   them, so that no matrix is meant */
static Tree *
with_powers(Arena *a, Tree *t, const Tree *f)
{
	Tree *r = tree(a, TREE_MUL, t->loc, 0);
	if (t->kind != TREE_MUL)
		return t;
	for (int i = 0; i < t->n; i++) {
		Tree *k = t->kid[i];
		bool gone = false;
		for (int j = 0; j < r->n && k; j++) {
			Tree *m = tree_equal(r->kid[j], f) || tree_equal(k, f) ? merged(a, r->kid[j], k, &gone)
																   : NULL;
			if (!m)
				continue;
			r->kid[j] = m;
			k = NULL;
			if (gone)
				memmove(&r->kid[j], &r->kid[j + 1], sizeof *r->kid * (size_t)(--r->n - j));
		}
		if (k)
			tree_push(a, r, k);
	}
	return r->n == 1 ? r->kid[0] : r;
}

/* f*t, with f in the numerator of t */
static void
push_product(Arena *a, Tree *out, Tree *f, Tree *t)
{
	Tree *head = t->kind == TREE_MUL ? t->kid[0] : t, *top;
	if (head->kind != TREE_DIV || !f) {
		if (f)
			push_factors(a, out, f);
		push_factors(a, out, t);
		return;
	}
	top = tree(a, TREE_MUL, head->loc, 0);
	push_factors(a, top, f);
	push_factors(a, top, head->kid[0]);
	tree_push(a, out, tree(a, TREE_DIV, head->loc, 2, top, head->kid[1]));
	for (int i = 1; t->kind == TREE_MUL && i < t->n; i++)
		tree_push(a, out, t->kid[i]);
}

/* a factor of *t that is *under: neither is left */
static void
cancel(Arena *a, Tree **t, Tree **under)
{
	Tree *r;
	int at = -1;
	if (tree_equal(*t, *under)) {
		*t = *under = NULL;
		return;
	}
	for (int i = 0; (*t)->kind == TREE_MUL && i < (*t)->n && at < 0; i++)
		if (tree_equal((*t)->kid[i], *under))
			at = i;
	if (at < 0)
		return;
	r = tree(a, TREE_MUL, (*t)->loc, 0);
	for (int i = 0; i < (*t)->n; i++)
		if (i != at)
			tree_push(a, r, (*t)->kid[i]);
	*t = r->n == 1 ? r->kid[0] : r;
	*under = NULL;
}

static bool
has_number(const Tree *t)
{
	return t->kind == TREE_NUM || (t->kind == TREE_MUL && t->kid[0]->kind == TREE_NUM);
}

/* -t for a sum with differences in it, what is positive first; NULL: for no such sum */
static Tree *
turned_sum(Arena *a, const Tree *t)
{
	Tree *r = tree(a, TREE_ADD, t->loc, 0);
	for (int minus = 1; minus >= 0; minus--)
		for (int i = 0; i < t->n && t->kind == TREE_ADD; i++)
			if ((t->kid[i]->kind == TREE_NEG) == minus)
				tree_push(a, r, explain_minus(a, t->kid[i]));
	return r->n && r->kid[0]->kind != TREE_NEG ? r : NULL;
}

/* factor*t as one would write it: -x, 2*x, x/norm(x), alpha*x */
Tree *
explain_times(Explain *x, const Tree *factor, const Tree *t)
{
	Arena *a = x->a;
	Tree *turned = factor->kind == TREE_NUM && rat_is(factor->num, -1) ? turned_sum(a, t) : NULL;
	if (turned)
		return turned;
	if ((t->kind == TREE_EMUL || t->kind == TREE_EDIV) && has_number(t->kid[0])) {
		if (factor->kind == TREE_NUM && rat_sign(factor->num) < 0)
			return tree(a, TREE_NEG, t->loc, 1,
				explain_times(x, tree_num(a, factor->loc, rat_neg(a, factor->num)), t));
		Tree *r = tree(a, t->kind, t->loc, 1, explain_times(x, factor, t->kid[0]));
		for (int i = 1; i < t->n; i++)
			tree_push(a, r, t->kid[i]);
		return r;
	}
	Tree *f, *rest, *under = NULL, *power, *r;
	bool gone;
	Rat c = rat_mul(a, take_number(a, factor, &f), take_number(a, t, &rest));
	bool minus = rat_sign(c) < 0;
	if (f && f->kind == TREE_DIV) {
		Tree *top;
		under = f->kid[1];
		c = rat_mul(a, c, take_number(a, f->kid[0], &top));
		f = top;
		minus = rat_sign(c) < 0;
	}
	if (minus)
		c = rat_neg(a, c);
	if (rest && rest->kind == TREE_DIV && rest->kid[1]->kind == TREE_NUM) {
		Rat q = rat_mul(a, c, rat_inv(a, rest->kid[1]->num));
		long whole;
		if (rat_long(q, &whole)) {
			c = q;
			rest = rest->kid[0];
		}
	}
	if (rest && rest->kind == TREE_DIV && f && tree_equal(rest->kid[1], f)) {
		rest = rest->kid[0];
		f = NULL;
	}
	if (rest && under)
		cancel(a, &rest, &under);
	r = tree(a, TREE_MUL, t->loc, 0);
	if (!rat_is(c, 1) || (!f && !rest))
		tree_push(a, r, tree_num(a, t->loc, c));
	if (rest)
		push_product(a, r, f, rest);
	else if (f)
		push_factors(a, r, f);
	if (r->n == 1)
		r = r->kid[0];
	else if (f && f->kind != TREE_MUL)
		r = with_powers(a, r, f);
	if (under && r->kind == TREE_DIV && (power = merged(a, r->kid[1], under, &gone)))
		r = tree(a, TREE_DIV, t->loc, 2, r->kid[0], power);
	else if (under)
		r = tree(a, TREE_DIV, t->loc, 2, r, under);
	return minus ? tree(a, TREE_NEG, t->loc, 1, r) : r;
}
