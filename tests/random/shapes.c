/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shapes.c: the shapes of syntax trees, for sizes that tell all of them apart. */
#include <string.h>

#include "rules.h"

Shape
shape_of_leaf(const char *name)
{
	static const int size[] = {0, 1, M, N};

	for (int i = 0; i < grow_nleaf; i++)
		if (strcmp(grow_leaf[i].name, name) == 0)
			return (Shape){size[grow_leaf[i].rows], size[grow_leaf[i].cols]};
	return (Shape){1, 1};
}

/* what a leaf was declared as, or 0 */
char
leaf_kind(const Rewriter *w, const Tree *t)
{
	if (t->kind == TREE_NAME && w->given && w->given->kind && strcmp(w->given->leaf, t->name) == 0)
		return w->given->kind;
	for (int i = 0; i < grow_nleaf && t->kind == TREE_NAME; i++)
		if (strcmp(grow_leaf[i].name, t->name) == 0)
			return grow_leaf[i].kind;
	return 0;
}

bool
is_scalar(const Tree *t)
{
	Shape s = shape_of(t);

	return s.r == 1 && s.c == 1;
}

/* a size that stands as an argument */
static int
size_of(const Tree *t)
{
	int k = 1;

	if (t->kind == TREE_NAME)
		return *t->name == 'm' ? M : N;
	if (t->kind == TREE_NUM)
		return (int)t->num.num;
	for (int i = 0; i < t->n; i++)
		k *= size_of(t->kid[i]);
	return k;
}

bool
is_call_to(const Tree *t, const char *name)
{
	return t->kind == TREE_CALL && strcmp(t->kid[0]->name, name) == 0;
}

bool
is_elementwise(const Tree *t)
{
	const Fun *f = t->kind == TREE_CALL ? fun_find(t->kid[0]->name) : NULL;

	const GrowFun *g = t->kind == TREE_CALL ? grow_find_fun(t->kid[0]->name) : NULL;

	return t->n == 2 && ((f && f->cls == FC_ELEM) || (g && g->elementwise));
}

static Shape
call_shape(const Tree *t)
{
	static const char *const to_scalar[] = {
		"sum", "mean", "tr", "sqnorm", "norm", "normfro", "det", "logdet", "logsumexp", "dot"};
	const char *f = t->kid[0]->name;
	Shape s = t->n > 1 ? shape_of(t->kid[1]) : (Shape){1, 1};

	for (size_t i = 0; i < sizeof to_scalar / sizeof *to_scalar; i++)
		if (strcmp(to_scalar[i], f) == 0)
			return (Shape){1, 1};
	if (grow_find_fun(f) && !grow_find_fun(f)->elementwise)
		return (Shape){1, 1};
	if (strcmp(f, "eye") == 0)
		return (Shape){size_of(t->kid[1]), size_of(t->kid[1])};
	if (strcmp(f, "ones") == 0 || strcmp(f, "zeros") == 0)
		return (Shape){size_of(t->kid[1]), size_of(t->kid[2])};
	if (strcmp(f, "reshape") == 0)
		return (Shape){size_of(t->kid[2]), size_of(t->kid[3])};
	if (strcmp(f, "vec") == 0)
		return (Shape){s.r * s.c, 1};
	if (strcmp(f, "diag") == 0)
		return s.c == 1 ? (Shape){s.r, s.r} : (Shape){s.r, 1};
	if (strcmp(f, "kron") == 0) {
		Shape y = shape_of(t->kid[2]);
		return (Shape){s.r * y.r, s.c * y.c};
	}
	if (strcmp(f, "grad") == 0)
		return shape_of(t->kid[2]);
	if (strcmp(f, "jac") == 0) {
		Shape y = shape_of(t->kid[2]);
		return (Shape){s.r * s.c, y.r * y.c};
	}
	return s;
}

Shape
shape_of(const Tree *t)
{
	Shape s = {1, 1}, k;

	switch (t->kind) {
	case TREE_NAME:
		return shape_of_leaf(t->name);
	case TREE_TRANS:
		s = shape_of(t->kid[0]);
		return (Shape){s.c, s.r};
	case TREE_ADD:
	case TREE_EMUL:
	case TREE_EDIV:
		for (int i = 0; i < t->n; i++) {
			k = shape_of(t->kid[i]);
			if (k.r * k.c > s.r * s.c)
				s = k;
		}
		return s;
	case TREE_MUL:
		for (int i = 0; i < t->n; i++) {
			k = shape_of(t->kid[i]);
			if (s.r == 1 && s.c == 1)
				s = k;
			else if (k.r != 1 || k.c != 1)
				s.c = k.c;
		}
		return s;
	case TREE_CALL:
		return call_shape(t);
	case TREE_MATRIX:
		s = (Shape){0, 0};
		for (int i = 0; i < t->n; i++)
			s.r += shape_of(t->kid[i]->kid[0]).r;
		for (int j = 0; j < t->kid[0]->n; j++)
			s.c += shape_of(t->kid[0]->kid[j]).c;
		return s;
	case TREE_NEG:
	case TREE_POS:
	case TREE_DIV:
	case TREE_POW:
	case TREE_EPOW:
		return shape_of(t->kid[0]);
	default:
		return s;
	}
}

bool
same_shape(const Tree *x, const Tree *y)
{
	Shape s = shape_of(x), t = shape_of(y);

	return s.r == t.r && s.c == t.c;
}

bool
is_square(const Tree *t)
{
	Shape s = shape_of(t);

	return s.r == s.c;
}

bool
is_plain(const Tree *t)
{
	for (int i = 0; i < t->n; i++)
		if (!same_shape(t, t->kid[i]))
			return false;
	return true;
}

bool
conforms(const Tree *t)
{
	Shape s = {1, 1}, whole = shape_of(t);

	for (int i = 0; i < t->n; i++) {
		Shape k = shape_of(t->kid[i]);
		bool scalar = (k.r == 1 && k.c == 1) || (s.r == 1 && s.c == 1);

		if (t->kind != TREE_CALL || i > 0)
			if (!conforms(t->kid[i]))
				return false;
		if (t->kind == TREE_MUL) {
			if (!scalar && s.c != k.r)
				return false;
			s = !scalar ? (Shape){s.r, k.c} : s.r == 1 && s.c == 1 ? k : s;
		}
		if ((t->kind == TREE_ADD || t->kind == TREE_EMUL || t->kind == TREE_EDIV) &&
			(k.r != 1 || k.c != 1) && (k.r != whole.r || k.c != whole.c))
			return false;
	}
	return true;
}

int
nodes(const Tree *t)
{
	int k = 1;

	for (int i = 0; i < t->n; i++)
		k += nodes(t->kid[i]);
	return k;
}
