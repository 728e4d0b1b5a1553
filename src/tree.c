/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tree.c: syntax trees, the form between the grammar and the resolution of names, and again
 * between matrix notation and the printer. Trees are made here only, so that the depth is known
 * wherever one is walked. Also the table of properties, which grammar, shapes and printing
 * share.
 */
#include "core.h"

#include <string.h>

/* ---- making */

static Tree *
make(Arena *a, TreeKind kind, Loc loc, int n)
{
	Tree *t = NEW(a, Tree);
	t->kind = kind;
	t->loc = loc;
	t->depth = 1;
	if (n > 0) {
		t->kid = NEWN(a, Tree *, n);
		t->cap = n;
	}
	return t;
}

static void
add_kids(Arena *a, Tree *t, int n, va_list ap)
{
	for (int i = 0; i < n; i++)
		tree_push(a, t, va_arg(ap, Tree *));
}

/* A tree of n kids whatever its depth: for the grammar, which looks at the depth when it is
   done. */
Tree *
tree_try(Arena *a, TreeKind kind, Loc loc, int n, ...)
{
	Tree *t = make(a, kind, loc, n);
	va_list ap;
	va_start(ap, n);
	add_kids(a, t, n, ap);
	va_end(ap);
	return t;
}

static Tree *
checked(Arena *a, Tree *t)
{
	if (!tree_depth_ok(t))
		raise_at(a, t->loc, "this is nested too deeply (more than %d levels)", TREE_MAX_DEPTH);
	return t;
}

Tree *
tree(Arena *a, TreeKind kind, Loc loc, int n, ...)
{
	Tree *t = make(a, kind, loc, n);
	va_list ap;
	va_start(ap, n);
	add_kids(a, t, n, ap);
	va_end(ap);
	return checked(a, t);
}

bool
tree_depth_ok(const Tree *t)
{
	return t->depth <= TREE_MAX_DEPTH;
}

Tree *
tree_num(Arena *a, Loc loc, Rat r)
{
	Tree *t = make(a, TREE_NUM, loc, 0);
	t->num = r;
	return t;
}

Tree *
tree_name(Arena *a, Loc loc, Sym s)
{
	Tree *t = make(a, TREE_NAME, loc, 0);
	t->name = s;
	return t;
}

/* fun(n arguments); raises past the depth limit */
Tree *
tree_call(Arena *a, Loc loc, const char *fun, int n, ...)
{
	Tree *t = make(a, TREE_CALL, loc, n + 1);
	tree_push(a, t, tree_name(a, loc, sym(fun)));
	va_list ap;
	va_start(ap, n);
	add_kids(a, t, n, ap);
	va_end(ap);
	return checked(a, t);
}

/* One more kid, in amortised constant time. t must not be anybody's kid yet: the depth of a
   parent would be too small. */
void
tree_push(Arena *a, Tree *t, Tree *kid)
{
	PUSH(a, t->kid, t->n, t->cap, kid);
	if (t->depth <= kid->depth)
		t->depth = kid->depth + 1;
}

void
tree_replace(Arena *a, const Tree *t, Tree **copy, int i, Tree *kid)
{
	Tree *c = *copy;
	if (!c) {
		*copy = c = NEW(a, Tree);
		*c = *t;
		c->kid = NEWN(a, Tree *, t->n);
		c->cap = t->n;
		memcpy(c->kid, t->kid, sizeof *t->kid * (size_t)t->n);
	}
	c->kid[i] = kid;
	c->depth = 1; /* the kid may be less deep than the one it replaces */
	for (int k = 0; k < c->n; k++)
		if (c->depth <= c->kid[k]->depth)
			c->depth = c->kid[k]->depth + 1;
}

/* ---- walking */

bool
tree_equal(const Tree *x, const Tree *y)
{
	if (x == y)
		return true;
	if (x->kind != y->kind || x->n != y->n || x->name != y->name || x->prime != y->prime ||
		x->depth != y->depth)
		return false;
	if ((x->kind == TREE_NUM || x->kind == TREE_LAST) && !rat_eq(x->num, y->num))
		return false;
	for (int i = 0; i < x->n; i++)
		if (!tree_equal(x->kid[i], y->kid[i]))
			return false;
	return true;
}

/* also as the name of a function or of a binding */
bool
tree_mentions(const Tree *t, Sym name)
{
	if (t->name == name && t->kind != TREE_STR)
		return true;
	for (int i = 0; i < t->n; i++)
		if (tree_mentions(t->kid[i], name))
			return true;
	return false;
}

/* The copies of the few sources that a tree points into. */
typedef struct Sources {
	Arena *a;
	struct { const Source *old, *copy; } *pair;
	int n, cap;
} Sources;

static const Source *
copy_source(Sources *c, const Source *old)
{
	if (!old)
		return NULL;
	for (int i = c->n - 1; i >= 0; i--)
		if (c->pair[i].old == old)
			return c->pair[i].copy;
	Source *s = NEW(c->a, Source);
	*s = *old;
	s->text = arena_strndup(c->a, old->text, old->len);
	if (c->n == c->cap)
		c->pair = arena_grow(c->a, c->pair, &c->cap, sizeof *c->pair);
	c->pair[c->n].old = old;
	c->pair[c->n++].copy = s;
	return s;
}

static Tree *
copy(Sources *c, const Tree *t)
{
	Tree *u = make(c->a, t->kind, t->loc, t->n);
	u->loc.src = copy_source(c, t->loc.src);
	u->name = t->name;
	u->prime = t->prime;
	u->depth = t->depth;
	/* a product is a number in the arena it is made in */
	u->num = t->num.big ? rat_mul(c->a, t->num, RAT1) : t->num;
	for (u->n = 0; u->n < t->n; u->n++)
		u->kid[u->n] = copy(c, t->kid[u->n]);
	return u;
}

/* A deep copy that shares nothing with t but interned names. */
Tree *
tree_copy(Arena *a, const Tree *t)
{
	Sources c = {.a = a};
	return copy(&c, t);
}

/* ---- properties */

static const char *const prop_word[P_COUNT] = {
#define X(b, id, w) [b] = w,
	PROPS(X)
#undef X
};

unsigned
prop_find(const char *word)
{
	for (int i = 0; i < P_COUNT; i++)
		if (strcmp(word, prop_word[i]) == 0)
			return 1u << i;
	return 0;
}

unsigned
props_close(unsigned p)
{
	if ((p & P_LOWER) && (p & P_UPPER))
		p |= P_DIAGONAL;
	if (p & P_POSDEF)
		p |= P_SYMMETRIC | P_INVERTIBLE;
	if (p & P_DIAGONAL)
		p |= P_SYMMETRIC;
	if (p & P_INVOLUTORY) /* A*A == I, with A' == A or A'*A == I */
		p |= P_INVERTIBLE | (p & P_SYMMETRIC ? P_ORTHOGONAL : p & P_ORTHOGONAL ? P_SYMMETRIC : 0);
	if (p & P_ORTHOGONAL)
		p |= P_INVERTIBLE;
	return p;
}

char *
props_text(Arena *a, unsigned p)
{
	Text t = text_new(a);
	for (int i = 0; i < P_COUNT; i++)
		if (p & (1u << i)) {
			if (t.n)
				text_add(&t, " ");
			text_add(&t, prop_word[i]);
		}
	return t.s;
}
