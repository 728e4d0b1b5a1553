/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rewrite.c: the tables of rules (rules_product.c, rules_matrix.c, rules_function.c, rules_leaf.c)
   and of edits (edits.c), applied at random places, and the smaller trees next to one. */
#include <stdlib.h>
#include <string.h>

#include "rules.h"

enum { MAX_NODES = 140 };       /* trees do not grow beyond this */

static const struct { const char *name; Rule *f; int weight; } rules[] = {
#define X(f, weight) {#f, f, weight},
	RULES(X)
#undef X
};
enum { NRULE = sizeof rules / sizeof *rules };

static const struct { const char *name; Rule *f; } edits[] = {
#define X(f) {#f, f},
	EDITS(X)
#undef X
};
enum { NEDIT = sizeof edits / sizeof *edits };

/* ---- places */

/* whether the i-th kid of t may be rewritten: names of functions, sizes and variables may not */
static bool
open_kid(const Tree *t, int i)
{
	if (t->kind != TREE_CALL)
		return !((t->kind == TREE_POW || t->kind == TREE_EPOW) && i == 1) && t->kind != TREE_INDEX;
	if (i == 0 || is_call_to(t, "eye") || is_call_to(t, "ones") || is_call_to(t, "zeros"))
		return false;
	return i == 1 || is_call_to(t, "kron") || is_call_to(t, "dot") || is_call_to(t, "max") ||
		   is_call_to(t, "min") || grow_find_fun(t->kid[0]->name);
}

/* the number of places in t */
static int
places(const Tree *t)
{
	int k = t->kind != TREE_ROW;

	for (int i = 0; i < t->n; i++)
		if (open_kid(t, i))
			k += places(t->kid[i]);
	return k;
}

/* t with the k-th of its places replaced by what f makes of it; NULL when f makes nothing of it */
static Tree *
at_place(Rewriter *w, Tree *t, int *k, Rule *f)
{
	if (t->kind != TREE_ROW && (*k)-- == 0)
		return f(w, t);
	for (int i = 0; i < t->n; i++) {
		Tree *kid;
		int before = *k;

		if (!open_kid(t, i))
			continue;
		kid = at_place(w, t->kid[i], k, f);
		if (kid)
			return make_with_kid(w, t, i, kid);
		if (before >= 0 && *k < 0)
			return NULL;
	}
	return NULL;
}

static Tree *
anywhere(Rewriter *w, Tree *t, Rule *f)
{
	int k = random_below(w->r, places(t));

	return at_place(w, t, &k, f);
}

static void
applied(Rewriter *w, const char *rule)
{
	if (w->nrule < 64)
		w->rule[w->nrule++] = rule;
}

/* t after the rule, at a random place; NULL: it makes nothing of it that is allowed */
static Tree *
allowed(Rewriter *w, Tree *t, Rule *f)
{
	Tree *x;

	w->unwritable = false;
	x = anywhere(w, t, f);
	if (!x || w->unwritable || nodes(x) > MAX_NODES || !tree_depth_ok(x) || !conforms(x))
		return NULL;
	return x;
}

Tree *
rewrite(Rewriter *w, Tree *t, int steps)
{
	int total = 0;

	for (int i = 0; i < NRULE; i++)
		total += rules[i].weight;
	for (int tries = 0, done = 0; tries < 60 * steps && done < steps; tries++) {
		int pick = random_below(w->r, total), i = 0;
		Tree *x;

		while (pick >= rules[i].weight)
			pick -= rules[i++].weight;
		x = allowed(w, t, rules[i].f);
		if (!x)
			continue;
		t = x;
		done++;
		applied(w, rules[i].name);
	}
	return t;
}

/* t after the rule, at one place of several that are tried */
static Tree *
somewhere(Rewriter *w, Tree *t, Rule *f, const char *rule)
{
	enum { TRIES = 20 };

	for (int tries = 0; tries < TRIES; tries++) {
		Tree *x = allowed(w, t, f);

		if (x) {
			applied(w, rule);
			return x;
		}
	}
	return NULL;
}

Tree *
rewrite_given(Rewriter *w, Tree *t)
{
	Tree *x = somewhere(w, t, given_used, "given_used");

	x = x ? x : somewhere(w, t, given_inserted, "given_inserted");
	return x ? x : t;
}

Tree *
rewrite_adorn(Rewriter *w, Tree *t)
{
	Tree *x = w->unknown ? somewhere(w, t, make_unknown, "make_unknown") : NULL;

	t = x ? x : t;
	x = w->exponential ? somewhere(w, t, make_exponential, "make_exponential") : NULL;
	return x ? x : t;
}

Tree *
rewrite_derivative(Rewriter *w, const char *fun, Tree *t, const char *by, const char *along)
{
	if (along)
		return tree_call(w->a, NOWHERE, fun, 3, t, name(w, by), name(w, along));
	return fn2(w, fun, t, name(w, by));
}

/* ---- edits */

Tree *
rewrite_spoil(Rewriter *w, Tree *t)
{
	for (int tries = 0; tries < 200; tries++) {
		int i = random_below(w->r, NEDIT);
		Tree *x = anywhere(w, t, edits[i].f);

		if (!x || !same_shape(x, t) || tree_equal(x, t) || !conforms(x))
			continue;
		applied(w, edits[i].name);
		return x;
	}
	return NULL;
}

/* ---- smaller trees */

/* the leaf of that shape, or a constant */
static Tree *
plainest(Rewriter *w, Shape s)
{
	for (int i = grow_nleaf - 1; i >= 0; i--) {
		Shape k = shape_of_leaf(grow_leaf[i].name);

		if (k.r == s.r && k.c == s.c)
			return name(w, grow_leaf[i].name);
	}
	return make_ones(w, s.r, s.c);
}

/* the k-th tree that may stand for t itself: its parts of the same shape, a term or factor less, a
   leaf */
static Tree *
instead(Rewriter *w, Tree *t, int *k)
{
	bool list = t->kind == TREE_ADD || t->kind == TREE_MUL || t->kind == TREE_EMUL;

	for (int i = 0; i < t->n; i++)
		if (open_kid(t, i) && t->kid[i]->kind != TREE_ROW && same_shape(t, t->kid[i]) &&
			(*k)-- == 0)
			return t->kid[i];
	for (int i = 0; list && t->n > 2 && i < t->n; i++) {
		Tree *p = tree(w->a, t->kind, NOWHERE, 1, t->kid[i == 0]);

		for (int j = 1 + (i == 0); j < t->n; j++)
			if (j != i)
				tree_push(w->a, p, t->kid[j]);
		if (same_shape(p, t) && (*k)-- == 0)
			return p;
	}
	if (nodes(t) > 1 && !is_call_to(t, "ones") && (*k)-- == 0)
		return plainest(w, shape_of(t));
	if (t->kind == TREE_NUM && !rat_is(t->num, 1) && (*k)-- == 0)
		return num(w, 1, 1);
	return NULL;
}

static Tree *
smaller(Rewriter *w, Tree *t, int *k)
{
	Tree *x = t->kind == TREE_ROW ? NULL : instead(w, t, k);

	for (int i = 0; !x && i < t->n; i++) {
		if (!open_kid(t, i))
			continue;
		x = smaller(w, t->kid[i], k);
		if (x)
			return make_with_kid(w, t, i, x);
	}
	return x;
}

Tree *
rewrite_smaller(Rewriter *w, Tree *t, int k)
{
	return smaller(w, t, &k);
}

bool
rewrite_conforms(const Tree *t)
{
	return conforms(t);
}
