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

/* What stays in one piece while products are multiplied out around it: names and unknown functions.
   Each has a leaf in its place. */
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
			PUSH(g->a, o->leaf, o->n, o->cap_leaf, leaf_for(g, t));
			o->n--;
			PUSH(g->a, o->node, o->n, o->cap, t);
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
} Difference;

static int
count_terms(const Node *n)
{
	return n->kind == N_SUM ? n->n : 1;
}

/* in the shortest of several forms */
static Difference
difference(Explain *x)
{
	Graph *g = x->at.g;
	Node *truth = x->at.side[1 - x->claim], *claim = x->at.side[x->claim], *d, *form[4];
	bool row = truth->nax == 1 && dim_is(x->at.term[0]->row, 1);
	Difference best = {0};
	Opaque o = {0};
	d = minus(g, truth, claim);
	form[0] = simplify(g, d, 0);
	form[1] = expand(g, closed(g, d, &o));
	best.terms = count_terms(form[1]);
	/* the same leaves for both, or nothing could be compared */
	best.truth = count_terms(expand(g, closed_again(g, truth, &o)));
	best.claim = count_terms(expand(g, closed_again(g, claim, &o)));
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

static bool
find_difference(Explain *x, Difference *d)
{
	Trap t;
	if (!explain_ground(x) || x->at.term[0]->nax > 2 || !x->at.same_shape)
		return false;
	if (TRY(&t, x->at.a)) {
		*d = difference(x);
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

/* ---- one path of several */

/* Places where a gradient's variable stands in its function, definitions put in. */
typedef struct Paths {
	const Tree **site, **up;
	int n, cap, cap_up;
} Paths;

static Tree *
inlined(Explain *x, const Tree *t, Sym by, int depth)
{
	const Entry *en = t->kind == TREE_NAME ? session_find(x->s, t->name) : NULL;
	Tree *r;
	if (t->name == by || depth > 40)
		return (Tree *)t;
	if (en && en->kind == NAME_DEF)
		return inlined(x, en->tree, by, depth + 1);
	r = NEW(x->a, Tree);
	*r = *t; /* a copy: a definition that is used twice stands at two places */
	r->kid = NEWN(x->a, Tree *, t->n + 1);
	for (int i = 0; i < t->n; i++) {
		r->kid[i] = inlined(x, t->kid[i], by, depth);
		if (r->depth <= r->kid[i]->depth)
			r->depth = r->kid[i]->depth + 1;
	}
	if (!tree_depth_ok(r))
		raise_at(x->a, t->loc, "nested too deeply");
	return r;
}

static void
find_paths(Explain *x, const Tree *t, const Tree *up, Sym by, Paths *p)
{
	if (t->kind == TREE_NAME && t->name == by) {
		PUSH(x->a, p->up, p->n, p->cap_up, up);
		p->n--;
		PUSH(x->a, p->site, p->n, p->cap, t);
	}
	for (int i = t->kind == TREE_CALL; i < t->n; i++)
		find_paths(x, t->kid[i], t, by, p);
}

/* each occurrence needs a node of its own */
static Tree *
own_names(Explain *x, const Tree *t, Sym by)
{
	Tree *r = NEW(x->a, Tree);
	*r = *t;
	r->kid = NEWN(x->a, Tree *, t->n + 1);
	for (int i = 0; i < t->n; i++)
		r->kid[i] = own_names(x, t->kid[i], by);
	return r;
}

static bool
is_gradient(const Tree *t)
{
	const Fun *f;
	if (t->kind == TREE_DERIV)
		return t->kid[1]->kind == TREE_NAME;
	if (t->kind != TREE_CALL || t->n != 3 || t->kid[0]->kind != TREE_NAME)
		return false;
	f = fun_find(t->kid[0]->name);
	return f && f->cls == FC_DERIV && t->kid[2]->kind == TREE_NAME;
}

static Sym
fresh_name(const Explain *x)
{
	for (int i = 1;; i++) {
		Sym s = sym(arena_printf(x->a, "path%d", i));
		if (!session_find(x->s, s))
			return s;
	}
}

/* The derivative `t` through the place `site` alone: the variable there is a node of its own. */
static Tree *
through(Explain *x, const Tree *t, Tree *of, Tree *by, const Tree *site)
{
	Arena *a = x->a;
	Sym u = fresh_name(x);
	Sub sub = {site, tree_name(a, t->loc, u)};
	Tree *one = explain_subst(a, of, &sub, 1), *bind = tree(a, TREE_BIND, t->loc, 1, by), *d;
	bind->name = u;
	if (t->kind == TREE_DERIV) {
		d = tree(a, TREE_DERIV, t->loc, 2, one, tree_name(a, t->loc, u));
	} else {
		d = tree(a, TREE_CALL, t->loc, 0);
		tree_push(a, d, t->kid[0]);
		tree_push(a, d, one);
		tree_push(a, d, tree_name(a, t->loc, u));
	}
	return tree(a, TREE_WHERE, t->loc, 2, d, bind);
}

/* the claim's value at the points, compared with what another tree has there */
static bool
claim_is(Explain *x, Tree *t)
{
	Arena *a = arena_new();
	volatile bool yes = false;
	Trap trap;
	Sub sub = {explain_truth(x), t};
	if (!a)
		return false;
	if (TRY(&trap, a)) {
		yes = decide(x->s, a, explain_subst(a, x->eq, &sub, 1), x->given, DECIDE_QUICK).verdict ==
			  VERDICT_TRUE;
		trap_end(&trap);
	} else {
		explain_failed(x, &trap.diag);
	}
	arena_free(a);
	return yes;
}

/* W', the W of W*x */
static const char *
path_words(Explain *x, const Tree *site, const Tree *up)
{
	int i = 0;
	if (!up)
		return site->name;
	if (up->kind == TREE_TRANS)
		return arena_printf(x->a, "%s'", site->name);
	if (up->kind == TREE_MUL || up->kind == TREE_EMUL) {
		while (up->kid[i] != site)
			i++;
		i = i + 1 < up->n ? i : i - 1;
		up = tree(x->a, up->kind, up->loc, 2, up->kid[i], up->kid[i + 1]);
	}
	return arena_printf(x->a, "the %s of %s", site->name, explain_text(x, up));
}

/* which path of the gradient the claim is, in words; NULL: none */
static const char *
one_path(Explain *x)
{
	const Tree *t = explain_truth(x);
	Paths p = {0};
	Tree *of, *by;
	int arg = t->kind == TREE_CALL;
	if (!is_gradient(t))
		return NULL;
	by = t->kid[arg + 1];
	of = own_names(x, inlined(x, t->kid[arg], by->name, 0), by->name);
	find_paths(x, of, NULL, by->name, &p);
	if (p.n < 2 || p.n > 8)
		return NULL;
	for (int i = 0; i < p.n && !explain_over(x); i++) {
		const Tree *up = p.up[i];
		if (!claim_is(x, through(x, t, of, by, p.site[i])))
			continue;
		return path_words(x, p.site[i], up);
	}
	return NULL;
}

/* ---- the door */

/* The claim is a part of the truth: what is missing is one term, or terms that are no more than the
   truth has. */
static bool
missing(Explain *x, const Difference *d, Finding *f)
{
	const Tree *claim = x->side[x->claim];
	Sub sub = {claim, with_terms(x, claim, d->tree)};
	const char *path, *side = explain_side(x, x->claim);
	bool several = d->tree->kind == TREE_ADD;
	bool part = d->terms <= d->truth && d->claim <= d->truth && (d->terms <= MAX_TERMS || !several);
	/* of 0 everything is missing */
	if (node_is_zero(x->at.side[x->claim]) || (d->terms > 1 && !part))
		return false;
	if (!explain_holds(x, &sub, 1, x->given))
		return false;
	path = one_path(x);
	f->reason = arena_printf(
		x->a, "%s lacks the term%s %s", side, several ? "s" : "", explain_text(x, d->tree));
	if (path)
		f->reason = arena_printf(x->a, "%s; it is only the part through %s", f->reason, path);
	f->tree = sub.to;
	f->part = side;
	return true;
}

bool
explain_terms(Explain *x, Finding *f)
{
	Difference d;
	if (too_many(x, f))
		return true;
	return find_difference(x, &d) && missing(x, &d, f);
}

const char *
explain_difference(Explain *x)
{
	Difference d;
	if (!find_difference(x, &d) || strlen(d.text) > LONG_DIFFERENCE)
		return NULL;
	return arena_printf(x->a, "%s minus %s is %s", explain_side(x, 1 - x->claim),
		explain_side(x, x->claim), explain_text(x, d.tree));
}
