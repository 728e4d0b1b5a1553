/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simplify.c: the last touch on a result before it is printed. The constructors have already
 * collected, cancelled and contracted; what is left is a choice of form, made by what a person
 * would find shorter. expand() does the opposite on demand.
 */
#include <stdlib.h>

#include "simplify.h"

Piece
piece(Graph *g, Rat coef, Node *t)
{
	Piece p = {.term = t, .coef = coef};

	if (t->kind == N_PROD) {
		p.n = t->n;
		p.f = t->kid;
		p.lab = t->lab;
		p.nlab = t->nlab;
		p.dim = t->labdim;
		p.out = t->out;
		p.off = NEWN(g->a, int, t->n + 1);
		for (int i = 0; i < t->n; i++)
			p.off[i + 1] = p.off[i] + t->kid[i]->nax;
		return p;
	}
	p.n = 1;
	p.f = NEW(g->a, Node *);
	p.f[0] = t;
	p.off = NEWN(g->a, int, 2);
	p.nlab = t->nax;
	p.dim = t->ax;
	p.lab = p.out = NEWN(g->a, int, t->nax + 1);
	for (int i = 0; i < t->nax; i++)
		p.out[i] = i;
	return p;
}

static int
uses(const Piece *p, int l, bool outs)
{
	int n = 0;

	for (int i = 0; i < p->off[p->n - 1] + p->f[p->n - 1]->nax; i++)
		n += p->lab[i] == l;
	for (int i = 0; outs && i < p->term->nax; i++)
		n += p->out[i] == l;
	return n;
}

/* How factor i of p stands at axis k of the result: 0 not at all, 1 a scalar, 2 a vector on the
   axis, 3 a matrix chained there with its axis 0 outside (or a symmetric one), 4 with its axis 1
   outside, *inner is its other label; 5 a vector that alone is on the axis, as x' in A*y*x'. */
static int
stance(Graph *g, const Piece *p, int i, int k, int *inner)
{
	Node *f = p->f[i];
	const int *l = p->lab + p->off[i];
	int o;

	if (f->nax == 0)
		return 1;
	if (k >= p->term->nax)
		return 0;
	o = p->out[k];
	if (f->nax == 1 && l[0] == o && p->term->nax > 1 && uses(p, o, true) == 2)
		return 5;
	if (f->nax == 1)
		return l[0] == o && uses(p, o, true) > 2 && uses(p, o, false) > 1 ? 2 : 0;
	if (f->nax != 2 || l[0] == l[1] || uses(p, o, true) != 2)
		return 0;
	for (int side = 0; side < 2; side++) {
		int in = l[!side];

		if (l[side] != o)
			continue;
		*inner = in;
		if (uses(p, in, true) >= 2)
			return node_symmetric(g, f) ? 3 : 3 + side;
	}
	return 0;
}

/* p without factor i, which stood at axis k as `how` with inner label `inner` */
static Node *
without(Graph *g, const Piece *p, int i, int how, int k, int inner)
{
	Prod *q = prod_begin(g);
	int *out = NEWN(g->a, int, p->term->nax + 1), gone = how >= 3 ? p->out[k] : -1, n = 0;

	for (int l = 0; l < p->nlab; l++)
		prod_label(q, l == gone ? NULL : p->dim[l]);    /* the outer label of the factor goes with
		                                                   it */
	for (int j = 0; j < p->n; j++)
		if (j != i)
			prod_factor(q, p->f[j], p->lab + p->off[j]);
	for (int j = 0; j < p->term->nax; j++)
		if (j != k || how != 5)
			out[n++] = j == k && how >= 3 ? inner : p->out[j];
	return prod_end(q, n, out);
}

/* does a factor of the product n stand on label l? */
static bool
touches(const Node *n, int l)
{
	for (int i = 0, off = 0; i < n->n; i++)
		for (int j = 0; j < n->kid[i]->nax; j++)
			if (n->lab[off++] == l)
				return true;
	return false;
}

/* The rational content of a sum's coefficients, negative when all of them are; 1 where taking it
   out would not make most of them 1: a - 1/2*b is not 1/2*(2*a - b). */
static Rat
content(const Node *s)
{
	long num = 0, den = 1;
	int before = 0, after = 0;
	bool negative = true;
	Rat c;

	for (int i = 0; i < s->n; i++) {
		long l;

		if (s->coef[i].big)
			return RAT1;
		num = rat_gcd(num, s->coef[i].num);
		l = s->coef[i].den / rat_gcd(den, s->coef[i].den);
		if (__builtin_mul_overflow(den, l, &den))
			return RAT1;
		negative &= rat_sign(s->coef[i]) < 0;
	}
	c = rat(negative ? -num : num, den);
	for (int i = 0; i < s->n; i++) {
		before += labs(s->coef[i].num) != 1 || s->coef[i].den != 1;
		after += labs(s->coef[i].num) != num || s->coef[i].den != den;
	}
	return after < before ? c : rat(negative ? -1 : 1, 1);
}

/* diag(v) + diag(w) = diag(v + w); multiples of the identity stay what they are */
static Node *
one_diagonal(Graph *g, Node *s)
{
	Sum *v, *rest;
	int n = 0;

	if (s->nax != 2 || s->ax[0] != s->ax[1])
		return s;
	v = sum_begin(g, 1, s->ax);
	rest = sum_begin(g, 2, s->ax);
	for (int i = 0; i < s->n; i++) {
		Node *t = s->kid[i];
		Prod *p;

		if (t->kind != N_PROD || t->out[0] != t->out[1] || !touches(t, t->out[0])) {
			sum_add(rest, s->coef[i], t);
			continue;
		}
		n++;
		p = prod_begin(g);
		for (int l = 0; l < t->nlab; l++)
			prod_label(p, t->labdim[l]);
		for (int k = 0, off = 0; k < t->n; off += t->kid[k++]->nax)
			prod_factor(p, t->kid[k], t->lab + off);
		sum_add(v, s->coef[i], prod_end(p, 1, t->out));
	}
	if (n < 2)
		return s;
	Prod *p = prod_begin(g);
	int l = prod_label(p, s->ax[0]);
	prod_factor(p, sum_end(v), &l);
	sum_add(rest, RAT1, prod_end(p, 2, (int[]){l, l}));
	return sum_end(rest);
}

Node *
factored(Graph *g, Node *s, bool scalars)
{
	Rat c = content(s);
	Dim **ax = NEWN(g->a, Dim *, s->nax + 1);
	int nax;
	Piece first;

	if (s->n == 0)
		return NULL;
	if (!rat_is(c, 1)) {
		Sum *t = sum_begin(g, s->nax, s->ax);
		Node *r, *f;

		for (int i = 0; i < s->n; i++)
			sum_add(t, rat_mul(g->a, s->coef[i], rat_inv(g->a, c)), s->kid[i]);
		r = sum_end(t);
		f = r->kind == N_SUM ? factored(g, r, scalars) : NULL;
		return node_scale(g, c, f ? f : r);
	}
	first = piece(g, s->coef[0], s->kid[0]);
	for (int k = s->nax ? s->nax - 1 : 0; k >= 0; k--) {    /* from the right, as one writes (A -
	                                                           b*I)*K */
		for (int i = 0; i < first.n; i++) {
			int inner = -1, how = stance(g, &first, i, k, &inner);
			Sum *t;
			bool all = scalars ? how == 1 : how > 0;
			Node *rest, *f = first.f[i];

			if (!all)
				continue;
			nax = 0;
			for (int j = 0; j < s->nax; j++)
				if (j != k || how < 3)
					ax[nax++] = s->ax[j];
				else if (how < 5)
					ax[nax++] = f->ax[4 - how];
			t = sum_begin(g, nax, ax);
			for (int j = 0; j < s->n && all; j++) {
				Piece p = piece(g, s->coef[j], s->kid[j]);
				int at = -1;

				for (int m = 0; m < p.n && at < 0; m++)
					if (p.f[m] == f && stance(g, &p, m, k, &inner) == how)
						at = m;
				all = at >= 0;
				if (all)
					sum_add(t, p.coef, without(g, &p, at, how, k, inner));
			}
			if (!all)
				continue;
			rest = sum_end(t);
			rest = rest->kind == N_SUM ? one_diagonal(g, rest) : rest;
			if (rest->kind == N_SUM && rest->n) {
				Node *more = factored(g, rest, scalars);

				rest = more ? more : rest;
			}
			Prod *p = prod_begin(g);
			int *l = NEWN(g->a, int, s->nax + 1), fl[2] = {0, 0};
			int *o = NEWN(g->a, int, s->nax + 1);

			for (int j = 0; j < s->nax; j++)
				o[j] = l[j] = prod_label(p, s->ax[j]);
			if (how == 5) {
				fl[0] = o[k];
				for (int j = k; j + 1 < s->nax; j++)
					l[j] = l[j + 1];
			} else if (how >= 3) {
				fl[how - 3] = o[k];
				fl[4 - how] = l[k] = prod_label(p, ax[k]);
			} else if (how == 2) {
				fl[0] = o[k];
			}
			prod_factor(p, rest, l);
			prod_factor(p, f, fl);
			return prod_end(p, s->nax, o);
		}
	}
	return NULL;
}

static Node *
negated_sum(Graph *g, const Node *s)
{
	Sum *r = sum_begin(g, s->nax, s->ax);

	for (int i = 0; i < s->n; i++)
		sum_add(r, rat_neg(g->a, s->coef[i]), s->kid[i]);
	return sum_end(r);
}

/* -c*(a - b) with a sum that nobody has written so, as far as is known: c*(b - a) */
static Node *
positive(Graph *g, Node *p, unsigned since)
{
	int at = -1;
	Prod *q;

	if (since == 0 || p->kind != N_PROD || rat_sign(p->coef[0]) >= 0)
		return p;
	for (int i = 0; i < p->n && at < 0; i++)
		for (int k = 0; p->kid[i]->kind == N_SUM && p->kid[i]->id > since && k < p->kid[i]->n; k++)
			if (rat_sign(p->kid[i]->coef[k]) < 0)
				at = i;
	if (at < 0)
		return p;
	q = prod_begin(g);
	for (int l = 0; l < p->nlab; l++)
		prod_label(q, p->labdim[l]);
	prod_coef(q, rat_neg(g->a, p->coef[0]));
	for (int i = 0; i < p->n; i++)
		prod_factor(q, i == at ? negated_sum(g, p->kid[i]) : p->kid[i], node_labels(p, i));
	return prod_end(q, p->nax, p->out);
}

/* the same for the terms of a sum: x - c*(a - b) is x + c*(b - a) */
static Node *
positive_terms(Graph *g, Node *s, unsigned since)
{
	Sum *r;
	bool changed = false;

	if (s->kind != N_SUM)
		return s;
	r = sum_begin(g, s->nax, s->ax);
	for (int k = 0; k < s->n; k++) {
		int i = s->written ? s->written[k] : k;
		Rat c = s->coef[i];
		Node *t = s->kid[i];

		if (t->kind == N_PROD && rat_sign(c) < 0) {
			Node *minus = node_scale(g, rat(-1, 1), t), *p = positive(g, minus, since);

			if (p != minus) {
				changed = true;
				c = rat_neg(g->a, c);
				t = p;
			}
		}
		sum_add(r, c, t);
	}
	return !changed ? s : s->written ? sum_end_written(r) : sum_end(r);
}

static Node *
tidy(Graph *g, Node *n, unsigned since, Node **memo, unsigned nmemo)
{
	Node **kid, *r = n;
	bool changed = false;

	if (n->id <= since || n->n == 0 || n->id >= nmemo)
		return n;
	if (memo[n->id])
		return memo[n->id];
	kid = NEWN(g->a, Node *, n->n);
	for (int i = 0; i < n->n; i++) {
		kid[i] = tidy(g, n->kid[i], since, memo, nmemo);
		if (n->kind == N_PROD && kid[i]->kind == N_SUM && kid[i]->n && kid[i]->id > since) {
			Node *f = factored(g, kid[i], false);

			kid[i] = f ? f : kid[i];
		}
		changed |= kid[i] != n->kid[i];
	}
	if (changed)
		r = node_rebuild(g, n, kid);
	r = positive_terms(g, positive(g, collect_prod(g, collect_sum(g, r)), since), since);
	if (r->kind == N_SUM)
		r = one_diagonal(g, r);
	memo[n->id] = r;
	return r;
}

/* Sums that stand in a product and were made after node number `since` (by differentiation, not by
   the user's hand) have what is common to their terms taken out, which is shorter there: a*(1/2*A*K
   - 1/2*b*K)*x becomes 1/2*a*(A - b*I)*K*x. */
Node *
simplify(Graph *g, Node *n, unsigned since)
{
	Node *f = since == 0 && n->kind == N_SUM && n->n ? factored(g, n, false) : NULL;

	if (f)
		return f;
	f = tidy(g, n, since, NEWN(g->a, Node *, g->nnode + 1), g->nnode + 1);
	return f->id > since ? collect_result(g, f) : f;
}

static Node *
inline_names(Graph *g, Node *n, Node **memo, unsigned nmemo)
{
	Node **kid, *r = n;

	if (n->id < nmemo && memo[n->id])
		return memo[n->id];
	if (n->kind == N_NAMED) {
		r = inline_names(g, n->kid[0], memo, nmemo);
	} else if (n->n) {
		kid = NEWN(g->a, Node *, n->n);
		for (int i = 0; i < n->n; i++)
			kid[i] = inline_names(g, n->kid[i], memo, nmemo);
		r = node_rebuild(g, n, kid);
	}
	if (n->id < nmemo)
		memo[n->id] = r;
	return r;
}

/* The names' definitions put in and products multiplied out over sums. */
Node *
expand(Graph *g, Node *n)
{
	bool mode = g->canon_mode;
	Node *r;

	g->canon_mode = true;
	graph_budget(g, 20000);
	r = inline_names(g, n, NEWN(g->a, Node *, g->nnode + 1), g->nnode + 1);
	g->canon_mode = mode;
	if (g->budget < 0)
		raise_hint(g->a, g->loc, "expand a part of it", "the expanded form has too many terms");
	return r;
}
