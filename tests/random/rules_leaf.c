/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules_leaf.c: rules that use what the leaves are declared to be, or what is given. */
#include <string.h>

#include "rules.h"

/* a leaf of that kind and that size, or NULL */
static Tree *
leaf_of_kind(Rewriter *w, char kind, int k)
{
	int start = random_below(w->r, grow_nleaf);

	for (int i = 0; i < grow_nleaf; i++) {
		Tree *t = name(w, grow_leaf[(start + i) % grow_nleaf].name);

		if (leaf_kind(w, t) == kind && shape_of(t).r == k)
			return t;
	}
	return NULL;
}

static bool
is_symmetric(char kind)
{
	return kind && strchr("SPD", kind);
}

/* ---- declared ones */

Tree *
symmetric_turned(Rewriter *w, Tree *t)
{
	char kind = leaf_kind(w, t);

	if (kind == 'D' && random_below(w->r, 2))
		return emul(w, t, make_eye(w, shape_of(t).r));
	if (is_symmetric(kind))
		return trans(w, t);
	if (kind == 'K')
		return trans(w, neg(w, t));
	return is_elementwise(t) ? trans(w, make_with_kid(w, t, 1, trans(w, t->kid[1]))) : NULL;
}

/* Q*Q' = I */
Tree *
orthogonal_inserted(Rewriter *w, Tree *t)
{
	Tree *q = leaf_of_kind(w, 'Q', shape_of(t).r);

	if (!q)
		return NULL;
	return random_below(w->r, 2) ? mul(w, trans(w, q), mul(w, q, t))
								 : mul(w, q, mul(w, trans(w, q), t));
}

/* x'*K*x = 0 */
Tree *
skew_form_added(Rewriter *w, Tree *t)
{
	int k = random_below(w->r, 2) ? M : N;
	Tree *skew = is_scalar(t) ? leaf_of_kind(w, 'K', k) : NULL;
	Tree *x = skew ? make_small(w, (Shape){k, 1}) : NULL;

	return x ? add(w, t, mul3(w, trans(w, x), skew, x)) : NULL;
}

Tree *
positive_rewritten(Rewriter *w, Tree *t)
{
	if (leaf_kind(w, t) == '+') {
		switch (random_below(w->r, 4)) {
		case 0: return fn(w, "abs", t);
		case 1: return fn(w, "exp", fn(w, "log", t));
		case 2: return fn(w, "sqrt", emul(w, t, t));
		default: return fn(w, "relu", t);
		}
	}
	if ((is_call_to(t, "abs") || is_call_to(t, "relu")) && leaf_kind(w, t->kid[1]) == '+')
		return t->kid[1];
	return NULL;
}

/* ---- given ones */

static bool
is_leaf(const Tree *t, char leaf)
{
	return t->kind == TREE_NAME && t->name[0] == leaf && t->name[1] == '\0';
}

/* t with the factors x*y, next to each other, replaced */
static Tree *
pair_replaced(Rewriter *w, Tree *t, char x, char y, Tree *by)
{
	for (int i = 0; t->kind == TREE_MUL && i + 1 < t->n; i++) {
		Tree *p;

		if (!is_leaf(t->kid[i], x) || !is_leaf(t->kid[i + 1], y))
			continue;
		p = i > 0 ? mul(w, make_part(w, t, 0, i), by) : by;
		return i + 2 < t->n ? mul(w, p, make_part(w, t, i + 2, t->n)) : p;
	}
	return NULL;
}

static Tree *
text_tree(Rewriter *w, const char *text)
{
	return parse_expr(w->a, "given", text);
}

static Tree *
property_used(Rewriter *w, Tree *t)
{
	const Given *g = w->given;
	bool turned = t->kind == TREE_TRANS;
	Tree *leaf = turned ? t->kid[0] : t;

	if (!is_leaf(leaf, *g->leaf))
		return NULL;
	if (is_symmetric(g->kind))
		return g->kind == 'D' && random_below(w->r, 2) ? emul(w, t, make_eye(w, shape_of(t).r))
			: turned ? leaf : trans(w, leaf);
	if (g->kind == 'K')
		return neg(w, turned ? leaf : trans(w, leaf));
	if (g->kind == 'Q')
		return turned ? fn(w, "inv", leaf) : fn(w, "inv", trans(w, leaf));
	return turned ? NULL : positive_rewritten(w, leaf);
}

/* what is given, used where the leaves stand so already */
Tree *
given_used(Rewriter *w, Tree *t)
{
	const Given *g = w->given;

	if (g->kind)
		return property_used(w, t);
	if (strcmp(g->text, "A*B == B*A") == 0) {
		if (is_call_to(t, "expm") && tree_equal(t->kid[1], text_tree(w, "A + B")))
			return text_tree(w, "expm(B)*expm(A)");
		return random_below(w->r, 2) ? pair_replaced(w, t, 'A', 'B', text_tree(w, "B*A"))
			: pair_replaced(w, t, 'B', 'A', text_tree(w, "A*B"));
	}
	if (strcmp(g->text, "A*x == a*x") == 0)
		return pair_replaced(w, t, 'A', 'x', text_tree(w, "a*x"));
	if (strcmp(g->text, "y == A*x") == 0 || strcmp(g->text, "B == A'*A") == 0
			|| strcmp(g->text, "a + b == 1") == 0)
		return is_leaf(t, *g->leaf) ? text_tree(w, g->by) : NULL;
	if (strcmp(g->text, "x'*x == 1") == 0)
		return is_leaf(t, 'x') ? over(w, t, fn(w, "norm", t)) : NULL;
	if (strcmp(g->text, "sum(x) == 1") == 0)
		return is_call_to(t, "sum") && is_leaf(t->kid[1], 'x') ? num(w, 1, 1) : NULL;
	return NULL;
}

/* What is given, put in: something that is 0 for it is added, or added to a factor 1. */
Tree *
given_inserted(Rewriter *w, Tree *t)
{
	Tree *zero = text_tree(w, w->given->zero), *left, *right;
	Shape s = shape_of(zero);

	if (same_shape(t, zero) && random_below(w->r, 4))
		return add(w, t, zero);
	if (s.r == shape_of(t).r && s.c == shape_of(t).r && random_below(w->r, 4))
		return mul(w, add(w, make_eye(w, s.r), zero), t);
	if (!is_scalar(zero)) {
		left = make_small(w, (Shape){1, s.r});
		right = make_small(w, (Shape){s.c, 1});
		if (!left || !right)
			return NULL;
		zero = mul3(w, left, zero, right);
	}
	return mul(w, add(w, num(w, 1, 1), zero), t);
}
