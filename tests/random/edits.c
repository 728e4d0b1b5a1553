/* SPDX-License-Identifier: GPL-3.0-or-later */
/* edits.c: slips that keep the shape: each makes another tree, mostly with another value. */
#include <string.h>

#include "rules.h"

/* another leaf of the same shape, turned if need be */
Tree *
another_name(Rewriter *w, Tree *t)
{
	Shape s = shape_of(t);
	int start = random_below(w->r, grow_nleaf);

	if (t->kind != TREE_NAME || strcmp(t->name, "pi") == 0)
		return NULL;
	for (int i = 0; i < grow_nleaf; i++) {
		const char *other = grow_leaf[(start + i) % grow_nleaf].name;
		Shape k = shape_of_leaf(other);

		if (strcmp(other, t->name) == 0)
			continue;
		if (k.r == s.r && k.c == s.c)
			return name(w, other);
		if (k.r == s.c && k.c == s.r)
			return trans(w, name(w, other));
	}
	return NULL;
}

Tree *
another_number(Rewriter *w, Tree *t)
{
	if (t->kind != TREE_NUM)
		return NULL;
	switch (random_below(w->r, 3)) {
	case 0: return add(w, t, num(w, 1, 1));
	case 1: return neg(w, t);
	default: return mul(w, t, num(w, 10001, 10000));
	}
}

Tree *
transpose_dropped_or_added(Rewriter *w, Tree *t)
{
	if (!is_square(t) || is_scalar(t))
		return NULL;
	return t->kind == TREE_TRANS ? t->kid[0] : trans(w, t);
}

Tree *
sign_changed(Rewriter *w, Tree *t)
{
	if (t->kind == TREE_NEG)
		return t->kid[0];
	return t->kind == TREE_ADD ? make_with_kid(w, t, 0, neg(w, t->kid[0])) : neg(w, t);
}

Tree *
term_dropped(Rewriter *w, Tree *t)
{
	return t->kind == TREE_ADD && is_plain(t) ? make_part(w, t, 0, t->n - 1) : NULL;
}

Tree *
factor_dropped(Rewriter *w, Tree *t)
{
	if (t->kind != TREE_MUL && t->kind != TREE_EMUL)
		return NULL;
	for (int i = 0; i < 2; i++) {
		Tree *p = i ? make_part(w, t, 1, t->n) : make_part(w, t, 0, t->n - 1);

		if (same_shape(p, t))
			return p;
	}
	return NULL;
}

Tree *
factors_swapped(Rewriter *w, Tree *t)
{
	int i;

	if (t->kind != TREE_MUL)
		return NULL;
	i = random_below(w->r, t->n - 1);
	if (!same_shape(t->kid[i], t->kid[i + 1]) || !is_square(t->kid[i]))
		return NULL;
	return make_with_kid(w, make_with_kid(w, t, i, t->kid[i + 1]), i + 1, t->kid[i]);
}

Tree *
other_product(Rewriter *w, Tree *t)
{
	if ((t->kind != TREE_MUL && t->kind != TREE_EMUL) || t->n != 2 || !is_square(t) ||
		is_scalar(t) || !is_plain(t))
		return NULL;
	return t->kind == TREE_MUL ? emul(w, t->kid[0], t->kid[1]) : mul(w, t->kid[0], t->kid[1]);
}

/* phi for psi, phi' for phi, g for f */
static Tree *
other_unknown(Rewriter *w, Tree *t)
{
	bool elementwise = grow_find_fun(t->kid[0]->name)->elementwise;
	Tree *f = name(w, t->kid[0]->name), *copy = make_with_kid(w, t, 0, f);

	f->prime = t->kid[0]->prime;
	if (elementwise && random_below(w->r, 2))
		f->prime++;
	else
		for (int i = 0; i < grow_nfun; i++)
			if (grow_fun[i].elementwise == elementwise && strcmp(grow_fun[i].name, f->name) != 0) {
				f->name = sym(grow_fun[i].name);
				break;
			}
	return copy;
}

Tree *
other_function(Rewriter *w, Tree *t)
{
	static const char *const common[] = {
		"sin", "cos", "tanh", "sigmoid", "exp", "relu", "abs", "square", "softplus"};

	if (is_call_to(t, "inv"))
		return random_below(w->r, 2) ? t->kid[1] : trans(w, t->kid[1]);
	if (is_call_to(t, "tr"))
		return fn(w, "sum", t->kid[1]);
	if (is_call_to(t, "sum") && is_square(t->kid[1]))
		return fn(w, "tr", t->kid[1]);
	if (is_call_to(t, "softmax"))
		return fn(w, "exp", t->kid[1]);
	if (is_call_to(t, "det") || is_call_to(t, "sqnorm"))
		return fn(w, "sqrt", t);
	if (t->kind == TREE_CALL && grow_find_fun(t->kid[0]->name) && random_below(w->r, 2))
		return other_unknown(w, t);
	return is_elementwise(t) ? fn(w, common[random_below(w->r, 9)], t->kid[1]) : NULL;
}

Tree *
times_two(Rewriter *w, Tree *t)
{
	return mul(w, random_below(w->r, 2) ? num(w, 2, 1) : num(w, 1, 2), t);
}

Tree *
kron_swapped(Rewriter *w, Tree *t)
{
	if (!is_call_to(t, "kron") || !is_square(t->kid[1]) || !is_square(t->kid[2]))
		return NULL;
	return fn2(w, "kron", t->kid[2], t->kid[1]);
}

