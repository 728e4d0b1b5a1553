/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * derive_claim.c: `derive check`: where a false claim departs from the derivation. Every line hands
 * one contribution on; the usual mistakes are made in each of them, in the order of the lines, and
 * sent on to the end: the first one that gives what is claimed is where it went wrong. Two mistakes
 * are tried when one explains nothing.
 */
#include "derive.h"

#include <string.h>
#include <time.h>

/* a mistake in one contribution */
typedef struct Mistake {
	const Link *link;
	Node *part;
	const char *words; /* "it has this line .." */
	bool written;      /* in what the contribution comes to when everything is put in */
} Mistake;

typedef struct Search {
	Derive *d;
	Node *claim;
	Mistake *m;
	int n, cap;
	bool written; /* those that are added now are */
	struct timespec begin;
} Search;

/* ---- mistakes */

static void
add_mistake(Search *s, const Link *l, Node *part, const char *words)
{
	if (part == l->part || part->nax != l->part->nax)
		return;
	for (int i = 0; i < s->n; i++)
		if (s->m[i].link == l && s->m[i].part == part)
			return;
	Mistake m = {l, part, words, s->written};
	PUSH(s->d->a, s->m, s->n, s->cap, m);
}

static bool
is_seed(const Derive *d, const Node *n)
{
	for (int i = 0; i < d->nstep; i++)
		if (d->step[i]->seed && n->kind == N_VAR && n->var == d->step[i]->seed->var)
			return true;
	return false;
}

static const char *
factor_words(Derive *d, Node *n)
{
	Tree *t = derive_names(d, matrix_form_inner(d->g, n, false).tree);
	/* a scalar in every entry was written as that scalar */
	if (t->kind == TREE_CALL && t->kid[0]->name == sym("ones"))
		return "1";
	return derive_words(d, t);
}

/* the product without its number, without one of its scalar factors, or without a factor that only
   scales entries */
static void
lost_factors(Search *s, const Link *l, Node *n)
{
	Derive *d = s->d;
	if (n->kind != N_PROD)
		return;
	bool number = !rat_is(n->coef[0], 1) && !rat_is(n->coef[0], -1);
	if (number)
		add_mistake(s, l, node_scale(d->g, rat_inv(d->a, n->coef[0]), n),
			arena_printf(d->a, "without the factor %s", rat_written(d->a, n->coef[0])));
	for (int i = 0; i < n->n; i++) {
		Prod *p = prod_begin(d->g);
		if (is_seed(d, n->kid[i]) || n->kid[i]->nax > 1)
			continue;
		for (int k = 0; k < n->nlab; k++)
			prod_label(p, n->labdim[k]);
		prod_coef(p, n->coef[0]);
		for (int k = 0; k < n->n; k++)
			if (k != i)
				prod_factor(p, n->kid[k], node_labels(n, k));
		/* the number may be lost with it */
		Node *rest = prod_end(p, n->nax, n->out);
		const char *what = n->kid[i]->nax <= 1 ? factor_words(d, n->kid[i]) : "";
		add_mistake(s, l, rest, arena_printf(d->a, "without the factor %s", what));
		if (number)
			add_mistake(s, l, node_scale(d->g, rat_inv(d->a, n->coef[0]), rest),
				arena_printf(d->a, "without the factor %s and the number %s", what,
					rat_written(d->a, n->coef[0])));
	}
}

static void
inverses(Search *s, const Link *l, Node *n, Node *in)
{
	Derive *d = s->d;
	if (in->kind == N_FN && in->fun->id == F_inv) {
		Node *k = in->kid[0];
		add_mistake(s, l, node_replace(d->g, n, in, node_transpose(d->g, k)),
			arena_printf(d->a, "with %s' for inv(%s)", factor_words(d, k), factor_words(d, k)));
		add_mistake(s, l, node_replace(d->g, n, in, k),
			arena_printf(d->a, "with %s for inv(%s)", factor_words(d, k), factor_words(d, k)));
		return;
	}
	for (int i = 0; i < in->n; i++)
		inverses(s, l, n, in->kid[i]);
}

/* a sum without one of its terms */
static void
lost_terms(Search *s, const Link *l, Node *n)
{
	Derive *d = s->d;
	if (n->kind != N_SUM || n->n > 8)
		return;
	for (int i = 0; i < n->n; i++) {
		Sum *sum = sum_begin(d->g, n->nax, n->ax);
		for (int k = 0; k < n->n; k++)
			if (k != i)
				sum_add(sum, n->coef[k], n->kid[k]);
		add_mistake(s, l, sum_end(sum), "without one of its terms");
	}
}

/* the sums that are factors of n, without one of their terms */
static void
lost_inner_terms(Search *s, const Link *l, Node *n)
{
	Derive *d = s->d;
	for (int i = 0; n->kind == N_PROD && i < n->n; i++) {
		Node *k = n->kid[i];
		for (int j = 0; k->kind == N_SUM && k->n <= 6 && j < k->n; j++) {
			Sum *sum = sum_begin(d->g, k->nax, k->ax);
			for (int m = 0; m < k->n; m++)
				if (m != j)
					sum_add(sum, k->coef[m], k->kid[m]);
			add_mistake(s, l, node_replace(d->g, n, k, sum_end(sum)),
				arena_printf(d->a, "without %s", factor_words(d, k->kid[j])));
		}
	}
}

static bool
has_transposed(const Tree *t, const Tree *of)
{
	bool yes = t->kind == TREE_TRANS && tree_equal(t->kid[0], of);
	for (int i = 0; i < t->n && !yes; i++)
		yes = has_transposed(t->kid[i], of);
	return yes;
}

/* square factors the other way round, one and all: A for A', which conforms too */
static void
turned_factors(Search *s, const Link *l, Node *n)
{
	Derive *d = s->d;
	Node *all = n;
	int turned = 0;
	const Tree *line = derive_form(d, n, l->to->seed->row, l->to->seed->col);
	for (int i = 0; n->kind == N_PROD && line && i < n->n; i++) {
		Node *k = n->kid[i];
		if (k->nax != 2 || k->ax[0] != k->ax[1] || is_seed(d, k))
			continue;
		Node *t = node_transpose(d->g, k);
		const Tree *f = derive_names(d, matrix_form(d->g, k, false).tree);
		const char *name = derive_words(d, f);
		bool written = has_transposed(line, f);
		add_mistake(s, l, node_replace(d->g, n, k, t),
			arena_printf(
				d->a, "with %s%s for %s%s", name, written ? "" : "'", name, written ? "'" : ""));
		all = node_replace(d->g, all, k, t);
		turned += t != k;
	}
	if (turned > 1)
		add_mistake(s, l, all, "with the other transposes");
}

/* inverses in what a mistake has left */
static void
inverses_too(Search *s, int i)
{
	Mistake m = s->m[i];
	int first = s->n;
	inverses(s, m.link, m.part, m.part);
	for (int k = first; k < s->n; k++)
		s->m[k].words = arena_printf(s->d->a, "%s and %s", m.words, s->m[k].words);
}

static void
left_out(Search *s, const Link *l)
{
	add_mistake(s, l, node_zero(s->d->g, l->part->nax, l->part->ax), "left out");
}

static void
other_sign(Search *s, const Link *l)
{
	add_mistake(s, l, node_scale(s->d->g, rat(-1, 1), l->part), "with the other sign");
}

static void
mistakes_of(Search *s, const Link *l)
{
	Derive *d = s->d;
	Node *n = l->part;
	lost_factors(s, l, n);
	if (l->to->nparts > 1)
		left_out(s, l);
	else
		other_sign(s, l);
	inverses(s, l, n, n);
	lost_terms(s, l, n);
	lost_inner_terms(s, l, n);
	if (n->nax == 2 && n->ax[0] == n->ax[1])
		add_mistake(s, l, node_transpose(d->g, n), "transposed");
	turned_factors(s, l, n);
	for (int i = 0; i < l->from->nuse; i++) {
		Node *x = l->from->use[i].of->opaque;
		if (x->nax == 2 && x->ax[0] == x->ax[1])
			add_mistake(s, l, node_replace(d->g, n, x, node_transpose(d->g, x)),
				arena_printf(d->a, "with %s' for %s", x->name, x->name));
	}
	if (l->to->nparts > 1) {
		/* one path written out, and a slip in it */
		Node *value = derive_value(d, n);
		int first = s->n;
		s->written = true;
		lost_factors(s, l, value);
		inverses(s, l, value, value);
		for (int i = first, end = s->n; i < end; i++)
			inverses_too(s, i);
		s->written = false;
	}
}

/* every line's slips, then those that nobody makes at a certain place */
static void
all_mistakes(Search *s)
{
	Derive *d = s->d;
	for (int i = 0; i < d->nlink; i++)
		mistakes_of(s, &d->link[i]);
	/* all paths through a node left out, rather than the sign of one that then cancels another */
	for (int i = 0; i < d->nlink; i++)
		if (d->link[i].to->nparts <= 1)
			left_out(s, &d->link[i]);
	for (int i = 0; i < d->nlink; i++)
		if (d->link[i].to->nparts > 1)
			other_sign(s, &d->link[i]);
	for (int i = 0; i < d->nlink; i++) {
		const Link *l = &d->link[i];
		add_mistake(s, l, node_scale(d->g, rat(2, 1), l->part), "doubled");
		add_mistake(s, l, node_scale(d->g, rat(1, 2), l->part), "halved");
	}
}

/* ---- what becomes of them */

/* some mistakes, in different contributions */
typedef struct Slips {
	const Mistake *m[16];
	int n;
} Slips;

static Node *
slipped(const Slips *x, const Link *l)
{
	for (int i = 0; i < x->n; i++)
		if (x->m[i]->link == l)
			return x->m[i]->part;
	return l->part;
}

/* The derivative with these mistakes in it. */
static Node *
outcome(Derive *d, const Slips *x)
{
	Step *end = d->way <= BY_JACOBIANS ? d->var : d->out;
	for (int i = 0; i < d->nstep; i++)
		d->step[i]->tried = NULL;
	/* links stand in the order of the lines: what a contribution is made from is complete */
	for (int i = 0; i < d->nlink; i++) {
		const Link *l = &d->link[i];
		Node *n = slipped(x, l);
		if (l->from->tried)
			n = node_replace(d->g, n, node_var(d->g, l->from->seed->var), l->from->tried);
		for (int k = 0; k < d->nstep; k++)
			if (d->step[k]->opaque != d->step[k]->real)
				n = node_replace(d->g, n, d->step[k]->opaque, d->step[k]->real);
		l->to->tried = l->to->tried ? node_add(d->g, l->to->tried, n) : n;
	}
	return end->tried;
}

static bool
in_time(const Search *s)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - s->begin.tv_sec) +
			   1e-9 * (double)(now.tv_nsec - s->begin.tv_nsec) <
		   s->d->s->budget;
}

static bool
explains(const Search *s, const Slips *x)
{
	Derive *d = s->d;
	Node *n = outcome(d, x);
	poll_interrupt(d->a);
	return n && n->nax == s->claim->nax && prove_equal(d->g, n, s->claim);
}

static const char *
slip_words(Search *s, const Mistake *x)
{
	Derive *d = s->d;
	const Step *to = x->link->to;
	if (node_is_zero(x->part))
		return "it leaves this path out";
	if (to->nparts == 1) {
		Tree *t = derive_form(d, x->part, to->seed->row, to->seed->col);
		if (t && t->kind != TREE_WHERE)
			return arena_printf(d->a, "it has this line %s: %s == %s", x->words,
				derive_words(d, to->spelled), derive_words(d, t));
	}
	return arena_printf(d->a, "it has this line %s", x->words);
}

/* the rows with slips, in the order of the page */
static void
mark(Search *s, const Slips *x)
{
	bool first = true;
	for (int i = 0; i < s->d->rows->n; i++)
		for (int k = 0; k < x->n; k++) {
			DeriveRow *r = s->d->rows->row[i];
			if (x->m[k]->link->row != i || r->departs)
				continue;
			r->departs = arena_printf(s->d->a, "%s: %s",
				first ? "here the claim departs" : "and here", slip_words(s, x->m[k]));
			first = false;
		}
}

/* the same slip wherever it can be made, from the k-th mistake on */
static Slips
throughout(const Search *s, int k)
{
	Slips x = {.m = {&s->m[k]}, .n = 1};
	for (int i = k + 1; i < s->n && x.n < (int)(sizeof x.m / sizeof *x.m); i++)
		if (s->m[i].written == s->m[k].written && strcmp(s->m[i].words, s->m[k].words) == 0 &&
			slipped(&x, s->m[i].link) == s->m[i].link->part)
			x.m[x.n++] = &s->m[i];
	return x;
}

/* One slip, the same one throughout, two; true with the first that explain the claim. */
static bool
search(Search *s, Slips *x)
{
	for (int i = 0; i < s->n && in_time(s); i++) {
		*x = (Slips){.m = {&s->m[i]}, .n = 1};
		if (explains(s, x))
			return true;
	}
	for (int i = 0; i < s->n && in_time(s); i++) {
		*x = throughout(s, i);
		if (x->n > 1 && explains(s, x))
			return true;
	}
	for (int i = 0; i < s->n; i++)
		for (int j = i + 1; j < s->n; j++) {
			*x = (Slips){.m = {&s->m[i], &s->m[j]}, .n = 2};
			if (!in_time(s))
				return false;
			if (s->m[i].link != s->m[j].link && explains(s, x))
				return true;
		}
	return false;
}

/* ---- the door */

Verdict
derive_claim(Derive *d, Tree *claim)
{
	DeriveRow *last = d->rows->row[d->rows->n - 1];
	Verdict v = derive_decide(d, tree(d->a, TREE_EQ, claim->loc, 2,
									 d->asked->kind == TREE_WHERE ? d->asked->kid[0] : d->asked,
									 claim->kind == TREE_WHERE ? claim->kid[0] : claim));
	if (v != VERDICT_FALSE)
		return v;
	Term *t = elab_expr(d->e, claim);
	if (t->nax > 2 || t->row != d->form->row || t->col != d->form->col) {
		bool turned = t->nax <= 2 && t->row == d->form->col && t->col == d->form->row &&
					  t->row != t->col && build(d->g, t)->nax == 2 &&
					  prove_equal(d->g, node_transpose(d->g, build(d->g, t)), build(d->g, d->form));
		last->departs =
			arena_printf(d->a, "here the claim departs: its shape is %s%s", term_shape(d->a, t),
				turned ? ", and it is the transpose: the layout of gradients" : "");
		return v;
	}
	Search s = {.d = d, .claim = build(d->g, t)};
	clock_gettime(CLOCK_MONOTONIC, &s.begin);
	all_mistakes(&s);
	Slips x;
	if (d->way == BY_DIFFERENTIALS || d->nlink == 0 || !search(&s, &x)) {
		last->departs = "here the claim departs: no slip in one or two of the lines above gives it";
		return v;
	}
	mark(&s, &x);
	return v;
}
