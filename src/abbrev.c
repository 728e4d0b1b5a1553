/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * abbrev.c: long formulas made readable, for print.c. Parts that occur more than once are
 * named, the part that saves most first, until the formula fits the line:  2*W*t1*x' +
 * 2*W*x*t1' where t1 = W'*W*x - x
 *
 * The tree is numbered so that equal parts have equal numbers and parts come before what they
 * are parts of; all else is arithmetic on these numbers. What a derivative is taken of and by
 * is left alone, and what has names of its own.
 */
#include "print.h"

#include <string.h>

enum {
	LEAST = 12,             /* characters of a part that is worth a name */
	NAME_LENGTH = 2,        /* t1 */
	BIND_LENGTH = 8,        /* ", t1 = " and the eye's way there */
	NAMES_MAX = 20
};

typedef struct Part {
	const Tree *t;
	int *kid;               /* numbers of the parts it has; none for what is left alone */
	int n;
	int length;             /* in characters, about */
	int count;              /* occurrences, parts with a name counted once */
	int name;               /* k of t<k>, or 0 */
	bool chosen;
	Tree *made;             /* with names for its parts */
	int next;               /* in its hash slot, -1: the last */
	unsigned hash;
} Part;

typedef struct Parts {
	Arena *a;
	Part *part;
	int n, cap;
	int *slot, nslot;
} Parts;

/* ---- numbering */

static bool
left_alone(const Tree *t)
{
	if (t->kind == TREE_DERIV || t->kind == TREE_WHERE)
		return true;
	if (t->kind != TREE_CALL)
		return t->n == 0;
	const Fun *f = fun_find(t->kid[0]->name);
	return f && (f->cls == FC_DERIV || f->cls == FC_VALUE);
}

static unsigned
mix(unsigned h, unsigned x)
{
	h = (h ^ x) * 0x9e3779b1u;
	return h ^ h >> 15;
}

static unsigned
hash_tree(const Tree *t)
{
	unsigned h = mix((unsigned)t->kind, (unsigned)t->prime);
	h = mix(h, (unsigned)((uintptr_t)t->name >> 4));
	if (t->kind == TREE_NUM || t->kind == TREE_LAST)
		h = mix(h, rat_hash(t->num));
	return h;
}

static bool
same(const Part *p, const Part *q)
{
	if (p->hash != q->hash || p->n != q->n)
		return false;
	for (int i = 0; i < p->n; i++)
		if (p->kid[i] != q->kid[i])
			return false;
	if (p->n == 0)
		return tree_equal(p->t, q->t);
	return p->t->kind == q->t->kind && p->t->name == q->t->name && p->t->n == q->t->n;
}

static void
rehash(Parts *ps)
{
	ps->nslot = ps->nslot ? 2 * ps->nslot : 256;
	ps->slot = NEWN(ps->a, int, ps->nslot);
	for (int i = 0; i < ps->nslot; i++)
		ps->slot[i] = -1;
	for (int i = 0; i < ps->n; i++) {
		int *s = &ps->slot[ps->part[i].hash & (unsigned)(ps->nslot - 1)];
		ps->part[i].next = *s;
		*s = i;
	}
}

static int
intern(Parts *ps, Part p)
{
	if (ps->n == ps->nslot)
		rehash(ps);
	int *s = &ps->slot[p.hash & (unsigned)(ps->nslot - 1)];
	for (int i = *s; i >= 0; i = ps->part[i].next)
		if (same(&ps->part[i], &p))
			return i;
	p.next = *s;
	*s = ps->n;
	PUSH(ps->a, ps->part, ps->n, ps->cap, p);
	return ps->n - 1;
}

static int
leaf_length(Arena *a, const Tree *t)
{
	return (int)strlen(t->n == 0 && t->name ? t->name : print_tree(a, t, STYLE_ASCII));
}

/* the number of t; a call's name is no part of it */
static int
number(Parts *ps, const Tree *t)
{
	Part p = {.t = t};
	if (left_alone(t)) {
		p.hash = hash_tree(t);
		for (int i = 0; i < t->n; i++)
			p.hash = mix(p.hash, hash_tree(t->kid[i]));
		p.length = leaf_length(ps->a, t);
		return intern(ps, p);
	}
	p.n = t->n;
	p.kid = NEWN(ps->a, int, t->n);
	p.hash = hash_tree(t);
	for (int i = 0; i < t->n; i++) {
		p.kid[i] = number(ps, t->kid[i]);
		p.hash = mix(p.hash, (unsigned)p.kid[i]);
	}
	return intern(ps, p);
}

/* ---- choosing */

/* Lengths and counts with the names given so far; the formula's own length. */
static int
measure(Parts *ps)
{
	for (int i = 0; i < ps->n; i++) {
		Part *p = &ps->part[i];
		p->count = i == ps->n - 1 || p->chosen;
		if (p->n == 0)
			continue;
		p->length = p->t->kind == TREE_ADD ? 5 : 1;
		for (int k = 0; k < p->n; k++) {
			const Part *q = &ps->part[p->kid[k]];
			int sum = p->length + (q->chosen ? NAME_LENGTH : q->length) + 1;
			p->length = sum < 1 << 24 ? sum : 1 << 24;
		}
	}
	for (int i = ps->n - 1; i >= 0; i--)
		for (int k = 0; k < ps->part[i].n; k++) {
			Part *q = &ps->part[ps->part[i].kid[k]];
			if (!q->chosen && q->count < 1 << 24)
				q->count += ps->part[i].count;
		}
	return ps->part[ps->n - 1].length;
}

static bool
nameable(const Part *p)
{
	switch (p->t->kind) {
	case TREE_ADD: case TREE_MUL: case TREE_DIV: case TREE_LDIV: case TREE_EMUL: case TREE_EDIV:
	case TREE_KRON: case TREE_POW: case TREE_EPOW: case TREE_INV: case TREE_CALL: case TREE_MATRIX:
	case TREE_DERIV:
		return true;
	default:
		return false;
	}
}

/* the part that saves most, or NULL */
static Part *
best(Parts *ps)
{
	Part *b = NULL;
	long most = 0;
	for (int i = 0; i < ps->n - 1; i++) {
		Part *p = &ps->part[i];
		if (p->chosen || p->count < 2 || p->length < LEAST || !nameable(p))
			continue;
		long saves = (long)(p->count - 1) * (p->length - NAME_LENGTH) - NAME_LENGTH - BIND_LENGTH;
		if (saves > most) {
			most = saves;
			b = p;
		}
	}
	return b;
}

/* ---- the result */

static Tree *
made(Parts *ps, int i, bool as_name)
{
	Part *p = &ps->part[i];
	if (as_name && p->chosen)
		return tree_name(ps->a, p->t->loc, sym(arena_printf(ps->a, "t%d", p->name)));
	if (!p->made) {
		Tree *t = tree_try(ps->a, p->t->kind, p->t->loc, 0);
		t->name = p->t->name;
		t->num = p->t->num;
		t->prime = p->t->prime;
		for (int k = 0; k < p->n; k++)
			tree_push(ps->a, t, made(ps, p->kid[k], true));
		for (int k = 0; p->n == 0 && k < p->t->n; k++)
			tree_push(ps->a, t, p->t->kid[k]);
		p->made = t;
	}
	return p->made;
}

/* names that the tree does not have, in the order in which one binding may use another */
static void
name_chosen(Parts *ps, const Tree *t)
{
	int k = 0;
	for (int i = 0; i < ps->n; i++)
		if (ps->part[i].chosen) {
			do
				k++;
			while (tree_mentions(t, sym(arena_printf(ps->a, "t%d", k))));
			ps->part[i].name = k;
		}
}

const Tree *
abbreviate(Arena *a, const Tree *t, int width)
{
	Parts ps = {.a = a};
	if (t->kind == TREE_WHERE || t->kind == TREE_EQ)
		return t;
	number(&ps, t);

	int nchosen = 0;
	Part *p;
	while (measure(&ps) > width && nchosen < NAMES_MAX && (p = best(&ps))) {
		p->chosen = true;
		nchosen++;
	}
	if (nchosen == 0)
		return t;
	measure(&ps);
	name_chosen(&ps, t);
	Tree *w = tree_try(a, TREE_WHERE, t->loc, 1, made(&ps, ps.n - 1, false));
	for (int i = 0; i < ps.n; i++)
		if (ps.part[i].chosen) {
			Tree *b = tree_try(a, TREE_BIND, t->loc, 1, made(&ps, i, false));
			b->name = sym(arena_printf(a, "t%d", ps.part[i].name));
			tree_push(a, w, b);
		}
	return w;
}
