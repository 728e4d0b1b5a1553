/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_edit.c: which edit of what the user wrote makes a false identity true: one, the same one
 * at every place, one with a factor, or two of them. The edits come from explain_site.c.
 */
#include "explain.h"

#include <string.h>

enum { MAX_BOTH = 128, MAX_FACTORS = 12 };

/* ---- units */

static bool
alike(const Edit *x, const Edit *y)
{
	return explain_common(x->rank) && x->rank == y->rank && !x->words && !y->words &&
		   tree_equal(x->old, y->old) && tree_equal(x->new, y->new);
}

static bool
disjoint(const Edit *x, const Edit *y)
{
	return x->loc.src != y->loc.src || x->old->loc.end <= y->old->loc.beg ||
		   y->old->loc.end <= x->old->loc.beg;
}

static void
add_unit(Explain *x, Units *u, const Edit **e, int n)
{
	Unit v = {.n = n, .edit = e, .rank = e[0]->rank};
	PUSH(x->a, u->unit, u->n, u->cap, v);
}

/* An edit of which there are several alike comes first as one at all its places. */
Units
explain_units(Explain *x)
{
	Units u = {0};
	Edits all;
	bool *done;
	if (!explain_ground(x))
		return u;
	all = explain_sites(x);
	done = NEWN(x->a, bool, all.n + 1);
	for (int i = 0; i < all.n; i++) {
		const Edit **e = NULL;
		int n = 0, cap = 0;
		if (done[i])
			continue;
		PUSH(x->a, e, n, cap, &all.edit[i]);
		for (int j = i + 1; j < all.n && all.edit[j].rank == all.edit[i].rank; j++) {
			if (done[j] || !alike(&all.edit[i], &all.edit[j]) || !disjoint(e[n - 1], &all.edit[j]))
				continue;
			done[j] = true;
			PUSH(x->a, e, n, cap, &all.edit[j]);
		}
		if (n > 1)
			add_unit(x, &u, e, n);
		for (int k = 0; k < n; k++)
			add_unit(x, &u, &e[k], 1);
	}
	return u;
}

/* ---- what they say */

static Sub *
subs_of(Explain *x, const Unit *const *u, int n, int *count)
{
	Sub *s = NULL;
	int cap = 0;
	*count = 0;
	for (int i = 0; i < n; i++)
		for (int k = 0; k < u[i]->n; k++)
			PUSH(x->a, s, *count, cap, u[i]->edit[k]->sub);
	return s;
}

static const char *
unit_words(const Explain *x, const Unit *u)
{
	const Edit *e = u->edit[0];
	const char *words = e->words;
	if (!words)
		words = arena_printf(x->a, "with %s for %s%s", explain_text(x, e->new),
			u->n > 1 ? "every " : "", explain_text(x, e->old));
	if (u->n > 1 || !e->loc.src)
		return words;
	return arena_printf(x->a, "%s (%s)", words, explain_place(x, e->loc));
}

/* the bindings with the edits that are in them, around the corrected claim */
static const Tree *
with_bindings(Explain *x, const Tree *claim, const Sub *sub, int n)
{
	const Tree *eq = x->eq;
	Tree *w = tree(x->a, TREE_WHERE, claim->loc, 1, (Tree *)claim);
	for (; eq->kind == TREE_WHERE; eq = eq->kid[0])
		for (int i = 1; i < eq->n; i++)
			tree_push(x->a, w, explain_subst(x->a, eq->kid[i], sub, n));
	return w;
}

/* What is to be shown as corrected, and what it was: the claim, or the binding in which the edit
   is; the claim with the bindings when it is in both. */
static const Tree *
corrected(Explain *x, const Sub *sub, int n, Finding *f)
{
	const Tree *claim = x->side[x->claim], *was = claim;
	f->tree = explain_subst(x->a, claim, sub, n);
	f->part = explain_side(x, x->claim);
	for (const Tree *eq = x->eq; eq->kind == TREE_WHERE; eq = eq->kid[0])
		for (int i = 1; i < eq->n; i++) {
			Tree *t = explain_subst(x->a, eq->kid[i]->kid[0], sub, n);
			if (t == eq->kid[i]->kid[0])
				continue;
			if (f->tree != claim) {
				f->tree = with_bindings(x, f->tree, sub, n);
				return NULL;
			}
			f->tree = t;
			f->part = eq->kid[i]->name;
			was = eq->kid[i]->kid[0];
		}
	return was;
}

/* ---- two edits as one */

static int
leaves(const Tree *t)
{
	int n = t->n == 0;
	for (int i = 0; i < t->n; i++)
		n += leaves(t->kid[i]);
	return n;
}

static Tree *
part_of(Arena *a, const Tree *t, int from, int to)
{
	Tree *r;
	if (to - from == 1)
		return t->kid[from];
	r = tree(a, t->kind, (Loc){t->loc.src, t->kid[from]->loc.beg, t->kid[to - 1]->loc.end}, 0);
	for (int i = from; i < to; i++)
		tree_push(a, r, t->kid[i]);
	return r;
}

/* The smallest place of *old that has changed in *new. */
static void
narrow(Arena *a, const Tree **old, const Tree **new)
{
	for (;;) {
		const Tree *o = *old, *n = *new;
		bool chain = o->kind == TREE_MUL || o->kind == TREE_EMUL || o->kind == TREE_ADD;
		int first = 0, end = 0, most = o->n < n->n ? o->n : n->n;
		if (o->kind != n->kind || o->name != n->name || (o->n != n->n && !chain))
			return;
		while (first < most && tree_equal(o->kid[first], n->kid[first]))
			first++;
		while (end < most - first && tree_equal(o->kid[o->n - 1 - end], n->kid[n->n - 1 - end]))
			end++;
		if (first + 1 == o->n - end && first + 1 == n->n - end) {
			*old = o->kid[first];
			*new = n->kid[first];
			continue;
		}
		if (!chain || (first == 0 && end == 0))
			return;
		/* something of both */
		while (first > 0 && (first == o->n - end || first == n->n - end))
			first--;
		if (first == o->n - end || first == n->n - end)
			end--;
		*old = part_of(a, o, first, o->n - end);
		*new = part_of(a, n, first, n->n - end);
		return;
	}
}

static bool
within(const Edit *x, const Edit *y)
{
	return x->loc.src && x->loc.src == y->loc.src && x->old->loc.beg >= y->old->loc.beg &&
		   x->old->loc.end <= y->old->loc.end;
}

/* Two edits, one within the other or close to it, are said as one; others from left to right. */
static const char *
both_words(Explain *x, const Unit *const *u, const Tree *was, const Tree *is)
{
	const Edit *e = u[0]->edit[0], *g = u[1]->edit[0];
	const Tree *old = was, *new = is;
	bool later = e->loc.src == g->loc.src && e->loc.beg > g->loc.beg;
	if (was)
		narrow(x->a, &old, &new);
	if (was && (within(e, g) || within(g, e) || leaves(old) <= 4 || 3 * leaves(old) <= leaves(was)))
		return arena_printf(x->a, "with %s for %s (%s)", explain_text(x, new), explain_text(x, old),
			explain_place(x, old->loc));
	return arena_printf(x->a, "%s and %s", unit_words(x, u[later]), unit_words(x, u[!later]));
}

static bool
contains(const Tree *t, const Tree *part)
{
	if (tree_equal(t, part))
		return true;
	for (int i = 0; i < t->n; i++)
		if (contains(t->kid[i], part))
			return true;
	return false;
}

/* the edit only writes the other side down, or that into the claim */
static bool
trivial(Explain *x, const Sub *sub, int n)
{
	const Tree *claim = x->side[x->claim], *truth = explain_truth(x);
	Tree *t = explain_subst(x->a, claim, sub, n);
	if (truth->n == 0 || tree_equal(t, truth))
		return tree_equal(t, truth);
	return contains(t, truth) && !contains(claim, truth);
}

/* A constant for a number, or something that goes away, says what is wrong also where what is left
   is the other side; so does a plain edit of what does not conform. */
static bool
telling(const Explain *x, const Edit *e)
{
	if (x->broken && explain_left(e->rank))
		return true;
	return e->sub.site != x->side[x->claim] &&
		   (explain_constant(e->rank) || (e->words && explain_leaves_out(e->rank)));
}

static bool
settled(Explain *x, const Unit *const *u, int nunit, Finding *f)
{
	int n;
	Sub *sub = subs_of(x, u, nunit, &n);
	const Tree *was;
	if (!explain_holds(x, sub, n, x->given))
		return false;
	was = corrected(x, sub, n, f);
	f->reason = arena_printf(x->a, "it would hold %s",
		nunit == 1 ? unit_words(x, u[0]) : both_words(x, u, was, f->tree));
	return true;
}

/* ---- one */

bool
explain_edit(Explain *x, Units *u, EditKind kind, Finding *f)
{
	for (int i = 0; i < u->n && !explain_over(x); i++) {
		const Unit *v = &u->unit[i];
		int n;
		Sub *sub;
		if (kind != EDITS_ALL && explain_common(v->rank) != (kind == EDITS_COMMON))
			continue;
		if (x->broken && !explain_mends(x, &v, 1))
			continue;
		sub = subs_of(x, &v, 1, &n);
		u->unit[i].dull = !telling(x, v->edit[0]) && trivial(x, sub, n);
		if (v->dull)
			continue;
		u->unit[i].fit = explain_fit(x, sub, n);
		if (v->fit.kind == FIT_EQUAL && settled(x, &v, 1, f))
			return true;
	}
	return false;
}

/* ---- one and a factor */

bool
explain_edit_factor(Explain *x, const Units *u, Finding *f)
{
	const Tree *claim = x->side[x->claim];
	FactorKind kind, most;
	int tried = 0;
	if (!x->claim || !explain_ground(x))
		return false;
	/* a scalar is always the other one times something */
	most = x->at.side[0]->nax == 0 ? FACTOR_NUMBER : FACTOR_NAME;
	for (int i = 0; i < u->n && !explain_over(x); i++) {
		const Unit *v = &u->unit[i];
		Tree *c, *t;
		Sub *sub, whole;
		int n;
		if (v->fit.kind != FIT_RATIO || !explain_mixable(v->rank) || tried++ > MAX_FACTORS)
			continue;
		c = explain_scalar(x, v->fit.ratio, &kind);
		if (!c || kind > most)
			continue;
		sub = subs_of(x, &v, 1, &n);
		t = explain_subst(x->a, claim, sub, n);
		if (t == claim)
			continue;
		whole = (Sub){claim, explain_times(x, c, t)};
		if (!explain_holds(x, &whole, 1, x->given))
			continue;
		f->reason = arena_printf(x->a, "%s, the left side would be %s times the right side",
			unit_words(x, v), explain_text(x, c));
		f->tree = whole.to;
		f->part = explain_side(x, x->claim);
		return true;
	}
	return false;
}

/* ---- two */

/* Something put around all of an expression, and an edit within: an inverse around a sum that is
   bent until it is what was inverted. Nobody has that in mind. */
static bool
put_around(const Edit *outer, const Edit *inner)
{
	const Tree *site = outer->sub.site, *to = outer->sub.to;
	return site->n > 0 && to->kind != TREE_TRANS && to->kind != TREE_NEG &&
		   explain_place_in(to, site) && explain_place_in(site, inner->sub.site);
}

static bool
far_fetched(const Unit *u, const Unit *v)
{
	for (int i = 0; i < u->n; i++)
		for (int k = 0; k < v->n; k++)
			if (put_around(u->edit[i], v->edit[k]) || put_around(v->edit[k], u->edit[i]))
				return true;
	return false;
}

bool
explain_two_edits(Explain *x, const Units *u, Finding *f)
{
	int most = u->n < MAX_BOTH ? u->n : MAX_BOTH;
	double end = x->deadline;
	bool found = false;
	/* the rest of the search is not to wait for long */
	explain_hurry(x);
	/* by the sum of their places in the order */
	for (int sum = 1; sum < 2 * most && !found; sum++)
		for (int i = sum < most ? 0 : sum - most + 1; 2 * i < sum && !found; i++) {
			const Unit *both[2] = {&u->unit[i], &u->unit[sum - i]};
			ArenaMark mark = arena_mark(x->a);
			int n;
			Sub *sub;
			if (explain_over(x))
				break;
			if (both[0]->dull || both[1]->dull || !explain_common(both[1]->rank) ||
				(x->broken && !explain_mends(x, both, 2)) || far_fetched(both[0], both[1]))
				continue;
			sub = subs_of(x, both, 2, &n);
			found = !trivial(x, sub, n) && explain_fit(x, sub, n).kind == FIT_EQUAL &&
					settled(x, both, 2, f);
			if (!found)
				arena_release(x->a, mark);
		}
	x->deadline = end;
	return found;
}
