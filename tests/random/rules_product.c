/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules_product.c: rules for anything, for sums and for products. */
#include <string.h>

#include "rules.h"

/* ---- rules: anything */

Tree *
twice_turned(Rewriter *w, Tree *t)
{
	return trans(w, trans(w, t));
}

Tree *
add_and_subtract(Rewriter *w, Tree *t)
{
	Tree *d = make_small(w, shape_of(t));

	return d ? sub(w, add(w, t, d), d) : NULL;
}

Tree *
in_halves(Rewriter *w, Tree *t)
{
	switch (random_below(w->r, 3)) {
	case 0: return add(w, mul(w, num(w, 1, 2), t), over(w, t, num(w, 2, 1)));
	case 1: return sub(w, mul(w, num(w, 3, 1), t), mul(w, num(w, 2, 1), t));
	default: return over(w, mul(w, t, num(w, 3, 1)), num(w, 3, 1));
	}
}

Tree *
times_identity(Rewriter *w, Tree *t)
{
	Shape s = shape_of(t);

	if (s.r == 1)
		return NULL;
	return random_below(w->r, 2) ? mul(w, make_eye(w, s.r), t) : mul(w, t, make_eye(w, s.c));
}

Tree *
times_ones(Rewriter *w, Tree *t)
{
	Shape s = shape_of(t);

	return emul(w, t, make_ones(w, s.r, s.c));
}

Tree *
inverse_inserted(Rewriter *w, Tree *t)
{
	Tree *d = shape_of(t).r > 1 ? make_definite(w, shape_of(t).r) : NULL;

	if (!d)
		return NULL;
	return random_below(w->r, 2) ? mul(w, fn(w, "inv", d), mul(w, d, t))
								 : mul(w, d, mul(w, fn(w, "inv", d), t));
}

Tree *
unstacked(Rewriter *w, Tree *t)
{
	Shape s = shape_of(t);

	return is_scalar(t) ? NULL : make_reshape(w, make_vec(w, t), s);
}

Tree *
log_of_exp(Rewriter *w, Tree *t)
{
	return fn(w, "log", fn(w, "exp", t));
}

Tree *
scaled(Rewriter *w, Tree *t)
{
	Tree *d = add(w, num(w, 2, 1), fn(w, "square", make_small(w, (Shape){1, 1})));

	return random_below(w->r, 2) ? over(w, mul(w, d, t), d) : mul(w, over(w, t, d), d);
}

Tree *
from_blocks(Rewriter *w, Tree *t)
{
	Shape s = shape_of(t);
	Tree *other, *c = make_eye(w, s.c), *half = mul(w, num(w, 1, 2), c);

	if (s.c == 1 || s.r == 1)
		return NULL;
	if (random_below(w->r, 2))
		return mul(w, make_blocks(w, t, t, false), make_blocks(w, half, half, true));
	other = make_small(w, s);
	if (!other)
		return NULL;
	return mul(w, make_blocks(w, t, other, false),
		make_blocks(w, c, fn2(w, "zeros", make_size(w, s.c), make_size(w, s.c)), true));
}

Tree *
as_trace(Rewriter *w, Tree *t)
{
	if (!is_scalar(t))
		return NULL;
	return random_below(w->r, 2) ? fn(w, "sum", t) : fn(w, "tr", t);
}

/* ---- rules: sums */

/* another order of the kids */
static Tree *
shuffled(Rewriter *w, const Tree *t)
{
	Tree *p = tree(w->a, t->kind, NOWHERE, 1, t->kid[0]);
	Tree **kid;

	for (int i = 1; i < t->n; i++)
		tree_push(w->a, p, t->kid[i]);
	kid = p->kid;
	for (int i = t->n - 1; i > 0; i--) {
		int j = random_below(w->r, i + 1);
		Tree *x = kid[i];

		kid[i] = kid[j];
		kid[j] = x;
	}
	return p;
}

Tree *
sum_in_another_order(Rewriter *w, Tree *t)
{
	return t->kind == TREE_ADD || t->kind == TREE_EMUL ? shuffled(w, t) : NULL;
}

Tree *
regrouped(Rewriter *w, Tree *t)
{
	int k;

	if ((t->kind != TREE_ADD && t->kind != TREE_EMUL && t->kind != TREE_MUL) || t->n < 3)
		return NULL;
	k = 1 + random_below(w->r, t->n - 1);
	return tree(w->a, t->kind, NOWHERE, 2, make_part(w, t, 0, k), make_part(w, t, k, t->n));
}

Tree *
ungrouped(Rewriter *w, Tree *t)
{
	Tree *p = NULL;

	if (t->kind != TREE_ADD && t->kind != TREE_MUL && t->kind != TREE_EMUL)
		return NULL;
	for (int i = 0; i < t->n; i++) {
		Tree *k = t->kid[i];
		int n = k->kind == t->kind ? k->n : 1;

		for (int j = 0; j < n; j++) {
			Tree *x = k->kind == t->kind ? k->kid[j] : k;

			if (p)
				tree_push(w->a, p, x);
			else
				p = tree(w->a, t->kind, NOWHERE, 1, x);
		}
	}
	return p;
}

Tree *
negated_twice(Rewriter *w, Tree *t)
{
	Tree *p;

	if (t->kind != TREE_ADD)
		return neg(w, neg(w, t));
	p = tree(w->a, TREE_ADD, NOWHERE, 1, neg(w, t->kid[0]));
	for (int i = 1; i < t->n; i++)
		tree_push(w->a, p, neg(w, t->kid[i]));
	return neg(w, p);
}

/* A*B + C*D is [A, C]*[B; D] */
Tree *
products_as_blocks(Rewriter *w, Tree *t)
{
	Tree *x, *y;

	if (t->kind != TREE_ADD || t->n != 2 || t->kid[0]->kind != TREE_MUL ||
		t->kid[1]->kind != TREE_MUL || !is_plain(t))
		return NULL;
	x = t->kid[0];
	y = t->kid[1];
	if (x->n != 2 || y->n != 2 || is_scalar(x->kid[0]) || is_scalar(x->kid[1]) ||
		is_scalar(y->kid[0]) || is_scalar(y->kid[1]))
		return NULL;
	return mul(w, make_blocks(w, x->kid[0], y->kid[0], false),
		make_blocks(w, x->kid[1], y->kid[1], true));
}

/* ---- rules: products */

/* x*(a + b)*y is x*a*y + x*b*y */
Tree *
distributed(Rewriter *w, Tree *t)
{
	Tree *p = NULL;
	int at;

	if (t->kind != TREE_MUL && t->kind != TREE_EMUL)
		return NULL;
	at = random_below(w->r, t->n);
	if (t->kid[at]->kind != TREE_ADD || !is_plain(t->kid[at]))
		return NULL;
	for (int i = 0; i < t->kid[at]->n; i++) {
		Tree *x = make_with_kid(w, t, at, t->kid[at]->kid[i]);

		if (p)
			tree_push(w->a, p, x);
		else
			p = tree(w->a, TREE_ADD, NOWHERE, 1, x);
	}
	return p;
}

Tree *
scalar_moved(Rewriter *w, Tree *t)
{
	Tree *p = NULL;
	int from;

	if (t->kind != TREE_MUL || t->n < 2)
		return NULL;
	from = random_below(w->r, t->n);
	if (!is_scalar(t->kid[from]))
		return NULL;
	for (int i = 0; i < t->n; i++) {
		if (i == from)
			continue;
		p = p ? mul(w, p, t->kid[i]) : t->kid[i];
	}
	return random_below(w->r, 2) ? mul(w, p, t->kid[from]) : mul(w, t->kid[from], p);
}

/* a product of row and column: u'*v */
Tree *
inner_product(Rewriter *w, Tree *t)
{
	Tree *x, *y;

	if (t->kind != TREE_MUL || t->n < 2 || !is_scalar(t))
		return NULL;
	x = make_part(w, t, 0, t->n - 1);
	y = t->kid[t->n - 1];
	if (is_scalar(y) || shape_of(x).c != shape_of(y).r || shape_of(x).r != 1)
		return NULL;
	switch (random_below(w->r, 5)) {
	case 0: return fn(w, "tr", mul(w, y, x));
	case 1: return fn(w, "sum", emul(w, trans(w, x), y));
	case 2: return fn2(w, "dot", trans(w, x), y);
	case 3: return mul(w, trans(w, y), trans(w, x));
	default:
		x = mul(w, make_ones(w, shape_of(y).r, 1), x);
		return fn(w, "tr", mul(w, fn(w, "diag", y), x));
	}
}

Tree *
product_turned(Rewriter *w, Tree *t)
{
	Tree *p;

	if (t->kind != TREE_MUL)
		return NULL;
	p = tree(w->a, TREE_MUL, NOWHERE, 1, trans(w, t->kid[t->n - 1]));
	for (int i = t->n - 2; i >= 0; i--)
		tree_push(w->a, p, trans(w, t->kid[i]));
	return trans(w, p);
}

/* A*X*B by make_vec(A*X*B) = kron(B', A)*make_vec(X) */
Tree *
product_by_kron(Rewriter *w, Tree *t)
{
	Shape s = shape_of(t);
	Tree *left;

	if (t->kind != TREE_MUL || t->n < 2)
		return NULL;
	for (int i = 0; i < t->n; i++)
		if (is_scalar(t->kid[i]))
			return NULL;
	left = t->n == 2 ? make_eye(w, shape_of(t->kid[1]).c) : trans(w, make_part(w, t, 2, t->n));
	if (t->n == 2 && shape_of(t->kid[1]).c == 1)
		return NULL;
	left = fn2(w, "kron", left, t->kid[0]);
	return make_reshape(w, mul(w, left, make_vec(w, t->kid[1])), s);
}

/* diag(x)*A is x*make_ones(1,n) .* A */
Tree *
diag_as_scaling(Rewriter *w, Tree *t)
{
	Tree *a;

	if (t->kind != TREE_MUL || !is_call_to(t->kid[0], "diag") || t->n < 2 ||
		shape_of(t->kid[0]->kid[1]).c != 1)
		return NULL;
	a = make_part(w, t, 1, t->n);
	if (is_scalar(a))
		return NULL;
	return emul(w, mul(w, t->kid[0]->kid[1], make_ones(w, 1, shape_of(a).c)), a);
}

Tree *
elementwise_as_diag(Rewriter *w, Tree *t)
{
	if (t->kind != TREE_EMUL || t->n != 2 || !is_plain(t) || shape_of(t).c != 1 ||
		shape_of(t).r == 1)
		return NULL;
	return mul(w, fn(w, "diag", t->kid[0]), t->kid[1]);
}

/* kron(A, B)*kron(C, D) is kron(A*C, B*D) */
Tree *
mixed_product(Rewriter *w, Tree *t)
{
	Tree *x, *y;

	if (t->kind != TREE_MUL || t->n != 2 || !is_call_to(t->kid[0], "kron") ||
		!is_call_to(t->kid[1], "kron"))
		return NULL;
	x = t->kid[0];
	y = t->kid[1];
	if (shape_of(x->kid[1]).c != shape_of(y->kid[1]).r ||
		shape_of(x->kid[2]).c != shape_of(y->kid[2]).r)
		return NULL;
	return fn2(w, "kron", mul(w, x->kid[1], y->kid[1]), mul(w, x->kid[2], y->kid[2]));
}
