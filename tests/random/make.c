/* SPDX-License-Identifier: GPL-3.0-or-later */
/* make.c: syntax trees made for the rules. */
#include <stdlib.h>
#include <string.h>

#include "rules.h"

Tree *
make_size(Rewriter *w, int k)
{
	Tree *t = NULL;

	for (; k % M == 0; k /= M)
		t = t ? mul(w, t, name(w, "m")) : name(w, "m");
	for (; k % N == 0; k /= N)
		t = t ? mul(w, t, name(w, "n")) : name(w, "n");
	w->unwritable |= k != 1;
	return k == 1 && t ? t : num(w, k, 1);
}

Tree *
make_eye(Rewriter *w, int k)
{
	return fn(w, "eye", make_size(w, k));
}

Tree *
make_ones(Rewriter *w, int r, int c)
{
	return fn2(w, "ones", make_size(w, r), make_size(w, c));
}

Tree *
make_vec(Rewriter *w, Tree *x)
{
	return fn(w, "vec", x);
}

Tree *
make_reshape(Rewriter *w, Tree *x, Shape s)
{
	return tree_call(w->a, NOWHERE, "reshape", 3, x, make_size(w, s.r), make_size(w, s.c));
}

Tree *
make_blocks(Rewriter *w, Tree *x, Tree *y, bool column)
{
	Tree *row = tree(w->a, TREE_ROW, NOWHERE, 1, x);

	if (column)
		return tree(w->a, TREE_MATRIX, NOWHERE, 2, row, tree(w->a, TREE_ROW, NOWHERE, 1, y));
	tree_push(w->a, row, y);
	return tree(w->a, TREE_MATRIX, NOWHERE, 1, row);
}

Tree *
make_part(Rewriter *w, const Tree *t, int from, int to)
{
	Tree *p;

	if (to - from == 1)
		return t->kid[from];
	p = tree(w->a, t->kind, NOWHERE, 1, t->kid[from]);
	for (int i = from + 1; i < to; i++)
		tree_push(w->a, p, t->kid[i]);
	return p;
}

Tree *
make_with_kid(Rewriter *w, const Tree *t, int i, Tree *kid)
{
	Tree *copy = NEW(w->a, Tree);

	*copy = *t;
	copy->kid = NEWN(w->a, Tree *, t->n);
	copy->cap = t->n;
	memcpy(copy->kid, t->kid, sizeof *t->kid * (size_t)t->n);
	copy->kid[i] = kid;
	if (kid && copy->depth <= kid->depth)
		copy->depth = kid->depth + 1;
	return copy;
}

/* I where a sum has it becomes make_eye(n), whose shape stands in it */
static Tree *
sized(Rewriter *w, Tree *t)
{
	Shape s = shape_of(t);

	for (int i = 0; i < t->n; i++) {
		Tree *kid = sized(w, t->kid[i]);

		if (kid->kind == TREE_NAME && strcmp(kid->name, "I") == 0)
			kid = make_eye(w, s.r);
		if (kid != t->kid[i])
			t = make_with_kid(w, t, i, kid);
	}
	return t;
}

Tree *
rewrite_grow(Rewriter *w, int rows, int cols, int size_)
{
	char *text = grow(w->r, rows, cols, size_);
	Parser *p = parser_open(NULL, text, strlen(text), 1);
	Stmt *st = p ? parser_next(p, w->a) : NULL;

	if (!st || !st->expr)
		abort();
	parser_close(p);
	free(text);
	return sized(w, st->expr);
}

Tree *
make_small(Rewriter *w, Shape s)
{
	int r = s.r == 1   ? 1
			: s.r == M ? 2
			: s.r == N ? 3
					   : 0,
		c = s.c == 1   ? 1
			: s.c == M ? 2
			: s.c == N ? 3
					   : 0;

	return r && c ? rewrite_grow(w, r, c, random_below(w->r, 3)) : NULL;
}

Tree *
make_definite(Rewriter *w, int k)
{
	Tree *h = make_small(w, (Shape){k, random_below(w->r, 2) ? 1 : M});

	return h ? add(w, make_eye(w, k), mul(w, h, trans(w, h))) : NULL;
}

bool
is_definite(const Tree *t)
{
	return t->kind == TREE_ADD && t->n == 2 && is_call_to(t->kid[0], "eye") &&
		   t->kid[1]->kind == TREE_MUL && t->kid[1]->n == 2 &&
		   t->kid[1]->kid[1]->kind == TREE_TRANS &&
		   tree_equal(t->kid[1]->kid[1]->kid[0], t->kid[1]->kid[0]);
}
