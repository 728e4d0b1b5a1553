/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * abbrev.c: long formulas made readable, for print.c, and endless ones finite, for matrix.c. Parts
 * that occur more than once are named, the part that saves most first, until the formula fits the
 * line:  2*W*t1*x' + 2*W*x*t1' where t1 = W'*W*x - x
 *
 * A tree may share its parts: the derivative of a deep network with short cuts doubles with every
 * layer when it is written out. So each part is looked at once, by its address.
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
	NAMES_MAX = 20,
	ENDLESS = 20000         /* characters of a formula that nobody reads as it is, ... */
};

/* ... when it is so many times as long as its different parts together */
#define REPEATED 8

typedef struct Part {
	const Tree *t;
	int *kid;               /* numbers of the parts it has; none for what is left alone */
	int n;
	double length;          /* in characters, about */
	double count;           /* occurrences, parts with a name counted once */
	double own;             /* characters that are in none of its parts */
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
	struct { const Tree *t; int part; } *seen;      /* by address, at most half full */
	unsigned nseen, cap_seen;
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

static unsigned
seen_at(const Parts *ps, const Tree *t)
{
	unsigned i = mix(0, (unsigned)((uintptr_t)t >> 4));
	while (ps->seen[i & (ps->cap_seen - 1)].t && ps->seen[i & (ps->cap_seen - 1)].t != t)
		i++;
	return i & (ps->cap_seen - 1);
}

static void
seen_add(Parts *ps, const Tree *t, int part)
{
	if (2 * ps->nseen >= ps->cap_seen) {
		Parts old = *ps;
		ps->cap_seen = old.cap_seen ? 2 * old.cap_seen : 256;
		ps->seen = arena_alloc(ps->a, sizeof *ps->seen * ps->cap_seen);
		for (unsigned i = 0; i < old.cap_seen; i++)
			if (old.seen[i].t)
				ps->seen[seen_at(ps, old.seen[i].t)] = old.seen[i];
	}
	unsigned i = seen_at(ps, t);
	ps->seen[i].t = t;
	ps->seen[i].part = part;
	ps->nseen++;
}

static int number_new(Parts *ps, const Tree *t);

/* the number of t */
static int
number(Parts *ps, const Tree *t)
{
	unsigned i = ps->cap_seen ? seen_at(ps, t) : 0;
	if (ps->cap_seen && ps->seen[i].t)
		return ps->seen[i].part;
	int n = number_new(ps, t);
	seen_add(ps, t, n);
	return n;
}

/* a call's name is no part of it */
static int
number_new(Parts *ps, const Tree *t)
{
	Part p = {.t = t};
	if (left_alone(t)) {
		p.hash = hash_tree(t);
		for (int i = 0; i < t->n; i++)
			p.hash = mix(p.hash, hash_tree(t->kid[i]));
		p.own = p.length = leaf_length(ps->a, t);
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
static double
measure(Parts *ps)
{
	for (int i = 0; i < ps->n; i++) {
		Part *p = &ps->part[i];
		p->count = i == ps->n - 1 || p->chosen;
		if (p->n == 0)
			continue;
		p->own = (p->t->kind == TREE_ADD ? 5 : 1) + p->n;
		p->length = p->own;
		for (int k = 0; k < p->n; k++) {
			const Part *q = &ps->part[p->kid[k]];
			p->length += q->chosen ? NAME_LENGTH : q->length;
		}
	}
	for (int i = ps->n - 1; i >= 0; i--)
		for (int k = 0; k < ps->part[i].n; k++) {
			Part *q = &ps->part[ps->part[i].kid[k]];
			if (!q->chosen)
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
	double most = 0;
	for (int i = 0; i < ps->n - 1; i++) {
		Part *p = &ps->part[i];
		if (p->chosen || p->count < 2 || p->length < LEAST || !nameable(p))
			continue;
		double saves = (p->count - 1) * (p->length - NAME_LENGTH) - NAME_LENGTH - BIND_LENGTH;
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

static bool
mentioned(const Parts *ps, Sym name)
{
	for (int i = 0; i < ps->n; i++) {
		const Part *p = &ps->part[i];
		if (p->n == 0 ? tree_mentions(p->t, name) : p->t->name == name)
			return true;
	}
	return false;
}

/* names that the tree does not have, in the order in which one binding may use another */
static void
name_chosen(Parts *ps)
{
	int k = 0;
	for (int i = 0; i < ps->n; i++)
		if (ps->part[i].chosen) {
			do
				k++;
			while (mentioned(ps, sym(arena_printf(ps->a, "t%d", k))));
			ps->part[i].name = k;
		}
}

/* t with names for the chosen parts, if there are any */
static const Tree *
with_names(Parts *ps, const Tree *t, int nchosen)
{
	if (nchosen == 0)
		return t;
	name_chosen(ps);
	Tree *w = tree_try(ps->a, TREE_WHERE, t->loc, 1, made(ps, ps->n - 1, false));
	for (int i = 0; i < ps->n; i++)
		if (ps->part[i].chosen) {
			Tree *b = tree_try(ps->a, TREE_BIND, t->loc, 1, made(ps, i, false));
			b->name = sym(arena_printf(ps->a, "t%d", ps->part[i].name));
			tree_push(ps->a, w, b);
		}
	return w;
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
	return with_names(&ps, t, nchosen);
}

/* the characters of the formula and of its bindings */
static double
whole_length(const Parts *ps)
{
	double sum = ps->part[ps->n - 1].length;
	for (int i = 0; i < ps->n - 1; i++)
		sum += ps->part[i].chosen ? ps->part[i].length + BIND_LENGTH : 0;
	return sum;
}

/* parts of t, as often as they occur; not more than *left */
static void
count_parts(const Tree *t, int *left)
{
	for (int i = -1; i < t->n && *left > 0; i++)
		if (i < 0)
			(*left)--;
		else
			count_parts(t->kid[i], left);
}

const Tree *
abbreviate_endless(Arena *a, const Tree *t)
{
	Parts ps = {.a = a};
	int left = ENDLESS / 8;
	count_parts(t, &left);
	if (left > 0 || t->kind == TREE_WHERE)
		return t;
	number(&ps, t);
	if (measure(&ps) <= ENDLESS)
		return t;
	double bound = 0;
	for (int i = 0; i < ps.n; i++)
		bound += REPEATED * ps.part[i].own;
	if (bound < ENDLESS)
		bound = ENDLESS;

	int nchosen = 0;
	Part *p;
	for (; measure(&ps), whole_length(&ps) > bound && (p = best(&ps)); nchosen++)
		p->chosen = true;
	return with_names(&ps, t, nchosen);
}
