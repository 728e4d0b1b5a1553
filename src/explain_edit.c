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
	return arena_printf(x->a, "%s (column %d)", words, explain_column(e->loc));
}

/* what is to be shown as corrected: the claim, or the binding in which the edit is */
static void
corrected(Explain *x, const Sub *sub, int n, Finding *f)
{
	const Tree *claim = x->side[x->claim], *eq = x->eq;
	f->tree = explain_subst(x->a, claim, sub, n);
	f->part = explain_side(x, x->claim);
	for (; f->tree == claim && eq->kind == TREE_WHERE; eq = eq->kid[0])
		for (int i = 1; i < eq->n; i++) {
			Tree *t = explain_subst(x->a, eq->kid[i]->kid[0], sub, n);
			if (t == eq->kid[i]->kid[0])
				continue;
			f->tree = t;
			f->part = eq->kid[i]->name;
		}
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

static bool
settled(Explain *x, const Unit *const *u, int nunit, Finding *f)
{
	int n;
	Sub *sub = subs_of(x, u, nunit, &n);
	if (!explain_holds(x, sub, n, x->given))
		return false;
	f->reason = arena_printf(x->a, "it would hold %s", unit_words(x, u[0]));
	for (int i = 1; i < nunit; i++)
		f->reason = arena_printf(x->a, "%s and %s", f->reason, unit_words(x, u[i]));
	corrected(x, sub, n, f);
	return true;
}

/* ---- one */

bool
explain_edit(Explain *x, Units *u, Finding *f)
{
	for (int i = 0; i < u->n && !explain_over(x); i++) {
		const Unit *v = &u->unit[i];
		int n;
		Sub *sub = subs_of(x, &v, 1, &n);
		u->unit[i].dull = trivial(x, sub, n);
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
	int tried = 0;
	if (!x->claim)
		return false;
	for (int i = 0; i < u->n && !explain_over(x); i++) {
		const Unit *v = &u->unit[i];
		Tree *c, *t;
		Sub *sub, whole;
		int n;
		if (v->fit.kind != FIT_RATIO)
			continue;
		c = explain_scalar(x, v->fit.ratio);
		if (!c || tried++ > MAX_FACTORS)
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
			if (both[0]->dull || both[1]->dull || !explain_common(both[1]->rank))
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
