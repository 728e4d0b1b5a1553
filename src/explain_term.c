/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_term.c: the difference of the two sides of a false identity, when it is short: a term
 * that is missing or too many, or one path of several through which a gradient goes.
 */
#include "explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TERMS = 3, LONG_DIFFERENCE = 160 };

/* ---- terms too many */

/* the claim without some of its terms */
static Tree *
without(Explain *x, const Tree *claim, unsigned set)
{
	Tree *r = tree(x->a, TREE_ADD, claim->loc, 0);
	for (int i = 0; i < claim->n; i++)
		if (!(set >> i & 1))
			tree_push(x->a, r, claim->kid[i]);
	return r->n == 1 ? r->kid[0] : r;
}

static bool
too_many(Explain *x, Finding *f)
{
	const Tree *claim = x->side[x->claim];
	if (claim->kind != TREE_ADD || claim->n > 12)
		return false;
	for (int size = 1; size <= 2 && size < claim->n; size++)
		for (int i = 0; i < claim->n; i++)
			for (int j = i; j < claim->n; j++) {
				unsigned set = 1u << i | 1u << j;
				Sub sub = {claim, NULL};
				if ((i == j) != (size == 1) || explain_over(x))
					continue;
				sub.to = without(x, claim, set);
				if (explain_fit(x, &sub, 1).kind != FIT_EQUAL ||
					!explain_holds(x, &sub, 1, x->given))
					continue;
				f->reason = arena_printf(x->a, "%s has the term %s too many",
					explain_side(x, x->claim), explain_text(x, claim->kid[i]));
				if (i != j)
					f->reason = arena_printf(x->a, "%s has the terms %s and %s too many",
						explain_side(x, x->claim), explain_text(x, claim->kid[i]),
						explain_text(x, claim->kid[j]));
				f->tree = sub.to;
				f->part = explain_side(x, x->claim);
				return true;
			}
	return false;
}

/* ---- the difference */

/* What stays in one piece while products are multiplied out around it: names and unknown functions,
   those before that others are part of. Each has a leaf in its place. */
typedef struct Opaque {
	Node **node, **leaf;
	int n, cap, cap_leaf;
} Opaque;

static Node *
leaf_for(Graph *g, Node *t)
{
	Var *v = NEW(g->a, Var);
	Dim *one = dim_num(g->dims, 1);
	v->name = t->name ? t->name : sym("u");
	v->row = t->nax > 0 ? t->ax[0] : one;
	v->col = t->nax > 1 ? t->ax[1] : one;
	v->serial = 10000 + (int)t->id;
	if (t->nax == 2 && node_symmetric(g, t))
		v->props = P_SYMMETRIC;
	return node_var(g, v);
}

/* A part is older than the whole: by age, the youngest first. */
static void
keep_whole(Graph *g, Opaque *o, Node *t)
{
	int i = o->n;
	PUSH(g->a, o->leaf, o->n, o->cap_leaf, NULL);
	o->n--;
	PUSH(g->a, o->node, o->n, o->cap, NULL);
	for (; i > 0 && o->node[i - 1]->id < t->id; i--) {
		o->node[i] = o->node[i - 1];
		o->leaf[i] = o->leaf[i - 1];
	}
	o->node[i] = t;
	o->leaf[i] = leaf_for(g, t);
}

static Node *
closed_again(Graph *g, Node *n, const Opaque *o)
{
	for (int i = 0; i < o->n; i++)
		n = node_replace(g, n, o->node[i], o->leaf[i]);
	return n;
}

static Node *
closed(Graph *g, Node *n, Opaque *o)
{
	unsigned most = g->nnode;
	bool *seen = NEWN(g->a, bool, most + 1);
	Node **todo = NULL;
	int ntodo = 0, cap = 0;
	PUSH(g->a, todo, ntodo, cap, n);
	while (ntodo > 0) {
		Node *t = todo[--ntodo];
		if ((t->kind == N_NAMED || t->kind == N_UNKNOWN) && t->nax <= 2) {
			keep_whole(g, o, t);
			continue;
		}
		for (int i = 0; i < t->n; i++)
			if (!seen[t->kid[i]->id]) {
				seen[t->kid[i]->id] = true;
				PUSH(g->a, todo, ntodo, cap, t->kid[i]);
			}
	}
	return closed_again(g, n, o);
}

static Node *
opened(Graph *g, Node *n, const Opaque *o)
{
	for (int i = o->n - 1; i >= 0; i--)
		n = node_replace(g, n, o->leaf[i], o->node[i]);
	return n;
}

static Node *
minus(Graph *g, Node *l, Node *r)
{
	return node_add(g, l, node_scale(g, rat(-1, 1), r));
}

/* The truth minus the claim, and how many terms each has when products are multiplied out. */
typedef struct Difference {
	Tree *tree;
	const char *text;
	int terms, truth, claim;
	bool part;              /* nothing cancels in claim + difference: the claim is a part of the
	                           truth */
} Difference;

static int
count_terms(const Node *n)
{
	return n->kind == N_SUM ? n->n : 1;
}

/* the sum of the absolute coefficients of its terms */
static Rat
weight(Graph *g, const Node *n)
{
	Rat w = RAT0, c;
	if (node_is_zero(n))
		return RAT0;
	if (n->kind != N_SUM && n->kind != N_PROD)
		return RAT1;
	for (int i = 0; i < (n->kind == N_SUM ? n->n : 1); i++) {
		c = n->coef[i];
		w = rat_add(g->a, w, rat_sign(c) < 0 ? rat_neg(g->a, c) : c);
	}
	return w;
}

/* in the shortest of several forms */
static Difference
difference(Explain *x, Tree *mine)
{
	Graph *g = x->at.g;
	Node *truth = x->at.side[1 - x->claim], *claim = explain_claimed(x, mine), *d, *form[4];
	bool row = truth->nax == 1 && dim_is(x->at.term[0]->row, 1);
	Difference best = {0};
	Opaque o = {0};
	d = minus(g, truth, claim);
	form[0] = simplify(g, d, 0);
	form[1] = expand(g, closed(g, d, &o));
	best.terms = count_terms(form[1]);
	/* the same leaves for both, or nothing could be compared */
	truth = expand(g, closed_again(g, truth, &o));
	claim = expand(g, closed_again(g, claim, &o));
	best.truth = count_terms(truth);
	best.claim = count_terms(claim);
	best.part = rat_eq(
		rat_add(g->a, weight(g, claim), weight(g, form[1])), weight(g, truth));
	form[2] = opened(g, simplify(g, form[1], 0), &o);
	form[1] = opened(g, form[1], &o);
	form[3] = expand(g, d);
	for (int i = 0; i < 4; i++) {
		Formula f = matrix_form(g, form[i], row);
		const char *text = print_tree(g->a, f.tree, STYLE_ASCII);
		if (f.nindex || (best.tree && strlen(text) >= strlen(best.text)))
			continue;
		best.tree = f.tree;
		best.text = text;
		if (i == 3)
			best.terms = count_terms(form[i]);
	}
	return best;
}

/* of the truth and what is in the place of the claim */
static bool
find_difference(Explain *x, const Tree *mine, Difference *d)
{
	Trap t;
	if (!explain_ground(x) || x->at.term[0]->nax > 2 || !x->at.same_shape)
		return false;
	if (TRY(&t, x->at.a)) {
		*d = difference(x, (Tree *)mine);
		trap_end(&t);
		if (!d->tree)
			return false;
		d->tree = tree_copy(x->a, d->tree);
		d->text = explain_text(x, d->tree);
		return true;
	}
	explain_failed(x, &t.diag);
	return false;
}

/* the claim, d in the place of its term i */
static Tree *
with_term(Explain *x, const Tree *claim, int i, Tree *d)
{
	Tree *r = tree(x->a, TREE_ADD, claim->loc, 0);
	for (int k = 0; k < claim->n; k++)
		for (int j = 0; j < (k == i && d->kind == TREE_ADD ? d->n : 1); j++)
			tree_push(x->a, r, k != i ? claim->kid[k] : d->kind == TREE_ADD ? d->kid[j] : d);
	return r;
}

/* the claim and the terms of d */
static Tree *
with_terms(Explain *x, const Tree *claim, Tree *d)
{
	Tree *r = tree(x->a, TREE_ADD, claim->loc, 0);
	if (claim->kind == TREE_ADD)
		for (int i = 0; i < claim->n; i++)
			tree_push(x->a, r, claim->kid[i]);
	else
		tree_push(x->a, r, (Tree *)claim);
	if (d->kind == TREE_ADD)
		for (int i = 0; i < d->n; i++)
			tree_push(x->a, r, d->kid[i]);
	else
		tree_push(x->a, r, d);
	return r;
}

/* ---- a term that is wrong */

/* The claim is a sum, and with another term in the place of one of its own as many as the truth
   has. */
static bool
wrong(Explain *x, Finding *f)
{
	const Tree *claim = x->side[x->claim];
	const char *best = NULL;
	int at = -1;
	if (claim->kind != TREE_ADD || claim->n > 12)
		return false;
	for (int i = 0; i < claim->n && !explain_over(x); i++) {
		Sub sub = {claim, without(x, claim, 1u << i)};
		Difference d;
		if (!find_difference(x, sub.to, &d) || !d.part || (best && strlen(d.text) >= strlen(best)))
			continue;
		best = d.text;
		at = i;
		sub.to = with_term(x, claim, i, d.tree);
		f->tree = sub.to;
		f->reason = arena_printf(x->a, "it would hold with %s for %s (%s)", d.text,
			explain_text(x, claim->kid[i]), explain_place(x, claim->kid[i]->loc));
	}
	if (at < 0)
		return false;
	f->part = explain_side(x, x->claim);
	return explain_holds(x, &(Sub){claim, (Tree *)f->tree}, 1, x->given);
}

/* ---- the same everywhere */

/* the entries of the difference are one number: 0 where there is none */
static Rat
constant(const Explain *x)
{
	Rat c = RAT0;
	for (int p = 0; p < x->at.npoint; p++) {
		const Tensor *want = x->at.point[p].value[1 - x->claim];
		const Tensor *got = x->at.point[p].value[x->claim];
		for (size_t i = 0; i < want->size; i++) {
			double d = want->data[i] - got->data[i];
			if (p == 0 && i == 0 && !explain_fraction(d, &c))
				return RAT0;
			if (!(fabs(d - rat_double(c)) <= 1e-9 * (1 + fabs(want->data[i]))))
				return RAT0;
		}
	}
	return x->at.npoint < 2 ? RAT0 : c;
}

/* A number is missing. */
static bool
missing_number(Explain *x, Finding *f)
{
	const Tree *claim = x->side[x->claim];
	Sub sub = {claim, NULL};
	Tree *c;
	Rat r;
	if (!explain_ground(x))
		return false;
	r = constant(x);
	if (!rat_sign(r))
		return false;
	c = tree_num(x->a, claim->loc, rat_sign(r) < 0 ? rat_neg(x->a, r) : r);
	sub.to = with_terms(x, claim, rat_sign(r) < 0 ? tree(x->a, TREE_NEG, claim->loc, 1, c) : c);
	if (!explain_holds(x, &sub, 1, x->given))
		return false;
	f->reason =
		arena_printf(x->a, "%s lacks the term %s", explain_side(x, x->claim), rat_written(x->a, r));
	f->tree = sub.to;
	f->part = explain_side(x, x->claim);
	return true;
}

/* ---- the door */

/* The claim is a part of the truth: what is missing is one term, or terms that are no more than the
   truth has. */
static bool
missing(Explain *x, const Difference *d, bool parts, Finding *f)
{
	const Tree *claim = x->side[x->claim];
	Sub sub = {claim, with_terms(x, claim, d->tree)};
	const char *path, *side = explain_side(x, x->claim);
	bool several = d->tree->kind == TREE_ADD;
	bool part = d->part || (!parts && d->claim == d->truth && d->terms <= d->truth);
	/* of 0 everything is missing */
	if (node_is_zero(x->at.side[x->claim]) || (d->terms > 1 && !part) ||
		(d->terms > MAX_TERMS && several) || (parts && d->terms == 1 && d->claim > d->truth))
		return false;
	if (!explain_holds(x, &sub, 1, x->given))
		return false;
	path = explain_path(x);
	f->reason = arena_printf(
		x->a, "%s lacks the term%s %s", side, several ? "s" : "", explain_text(x, d->tree));
	if (path)
		f->reason = arena_printf(x->a, "%s; it is only the part through %s", f->reason, path);
	/* with like terms collected, where it has them */
	f->tree = parts && d->claim + d->terms == d->truth ? sub.to : NULL;
	explain_worked_out(x, f);
	if (!f->tree)
		f->tree = explain_tidy(x, sub.to);
	f->part = side;
	return true;
}

/* Where the truth is a number, that is all there is to say. */
static bool
is_number(Explain *x, Finding *f)
{
	Rat r;
	if (!explain_ground(x) || !node_is_num(x->at.side[1 - x->claim], &r) ||
		explain_derivative(explain_truth(x)))
		return false;
	f->reason = arena_printf(x->a, "%s is %s", explain_side(x, 1 - x->claim), rat_written(x->a, r));
	f->weak = true;
	return true;
}

bool
explain_terms(Explain *x, Finding *f)
{
	Difference d;
	if (is_number(x, f) || too_many(x, f) || missing_number(x, f))
		return true;
	if (find_difference(x, x->side[x->claim], &d) && missing(x, &d, true, f))
		return true;
	return wrong(x, f) || (find_difference(x, x->side[x->claim], &d) && missing(x, &d, false, f));
}

const char *
explain_difference(Explain *x)
{
	Difference d;
	if (!find_difference(x, x->side[x->claim], &d) || strlen(d.text) > LONG_DIFFERENCE)
		return NULL;
	return arena_printf(x->a, "%s minus %s is %s", explain_side(x, 1 - x->claim),
		explain_side(x, x->claim), d.text);
}
