/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prod_canon.c: the canonical order of a product's factors and labels, so that isomorphic label
 * graphs are one node: then tr(A*B*C) = tr(C*A*B), x'*A*y = y'*A'*x and (A*B)' = B'*A' need no
 * rule. Colour refinement of the labels, then individualisation of the first tied cell (McKay's
 * search); the smallest encoding wins. Two orders with the same encoding are a symmetry of the
 * product: where their choices part, both branches are the same, and the second one is left. A
 * symmetric factor's two slots are interchangeable; a skew one's at the price of a sign.
 */
#include <limits.h>
#include <string.h>

#include "prod.h"

enum {
	LEAVES = 512,           /* beyond this many tried orders the best so far is taken: still right,
	                           only not always canonical */
	WORK = LEAVES * 24 * 24,        /* likewise, where orders are long */
	TERM = 100              /* work that takes as long as a term of a canonical form */
};

typedef struct Canon {
	Prod *p;
	int nf;
	int nact, *act;                 /* labels in use */
	unsigned char *swap;            /* per factor: 0 ordered slots, 1 symmetric, 2 skew */
	int *best, *order, *num, nenc;  /* best encoding, its factor order and label numbers */
	int best_sign;
	bool have, both_signs;
	int leaves, most;               /* orders tried, and that may be */
	int *path, *best_path;          /* the labels chosen on the way, and on that to the best */
} Canon;

static uint64_t
mix64(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static uint64_t
factor_color(Canon *c, int i, const uint64_t *col)
{
	const Factor *f = &c->p->f[i];
	const int *l = prod_labs(c->p, f);
	uint64_t h = mix64(
		f->node->id * 2654435761ULL + (uint64_t)f->exp.num * 31 + (uint64_t)f->exp.den * 7919);

	if (c->swap[i])
		return mix64(h + mix64(col[l[0]]) + mix64(col[l[1]]) + 977 * (uint64_t)(l[0] == l[1]));
	for (int j = 0; j < f->node->nax; j++)
		h = mix64(h ^ col[l[j]]);
	return h;
}

static int
count_colors(Canon *c, const uint64_t *col)
{
	int n = 0;

	for (int i = 0; i < c->nact; i++) {
		int j = 0;

		while (j < i && col[c->act[j]] != col[c->act[i]])
			j++;
		n += j == i;
	}
	return n;
}

static void
refine(Canon *c, uint64_t *col)
{
	Prod *p = c->p;
	uint64_t *add = NEWN(p->g->a, uint64_t, p->nl + 1);
	int n = count_colors(c, col), m;

	for (int round = 0; n < c->nact && round <= c->nact; round++) {
		for (int i = 0; i < c->nact; i++)
			add[c->act[i]] = 0;
		for (int i = 0; i < c->nf; i++) {
			uint64_t fc = factor_color(c, i, col);
			const int *l = prod_labs(p, &p->f[i]);

			for (int j = 0; j < p->f[i].node->nax; j++)
				add[l[j]] += mix64(fc + (c->swap[i] ? 1 : (uint64_t)j + 1));
		}
		for (int i = 0; i < c->nact; i++)
			col[c->act[i]] = mix64(col[c->act[i]] ^ mix64(add[c->act[i]]));
		m = count_colors(c, col);
		if (m == n)
			break;
		n = m;
	}
}

/* Should factor i be numbered before factor j? Matrices before vectors, then by node and exponent
   (the order of writing), then what already has a numbered label, then by colour. */
static bool
before(Canon *c, int i, int j, const int *num, const uint64_t *fc)
{
	Prod *p = c->p;
	const Factor *f = &p->f[i], *h = &p->f[j];
	int d;

	if (f->node->nax != h->node->nax)
		return f->node->nax > h->node->nax;
	if (f->node != h->node)
		return f->node->id < h->node->id;
	if ((d = rat_cmp(f->exp, h->exp)) != 0)
		return d < 0;
	for (int k = 0; k < f->node->nax && !c->swap[i]; k++) {
		int x = num[prod_labs(p, f)[k]], y = num[prod_labs(p, h)[k]];

		if (x != y && (x >= 0 || y >= 0))
			return y < 0 || (x >= 0 && x < y);
	}
	return fc[i] < fc[j];
}

/* numbers for the labels of factor i, slot by slot; a symmetric factor's in whichever order comes
   first; -1 for a skew one's turn */
static int
number(Canon *c, int i, const uint64_t *col, int *num, int *next)
{
	const int *l = prod_labs(c->p, &c->p->f[i]);
	int sign = 1;

	if (c->swap[i]) {
		int x = l[0], y = l[1];
		bool flip = num[x] >= 0 && num[y] >= 0 ? num[y] < num[x]
		          : num[x] >= 0 || num[y] >= 0 ? num[x] < 0
		          : col[y] < col[x];

		sign = flip && c->swap[i] == 2 ? -1 : 1;
		if (num[flip ? y : x] < 0)
			num[flip ? y : x] = (*next)++;
		if (num[flip ? x : y] < 0)
			num[flip ? x : y] = (*next)++;
		return sign;
	}
	for (int j = 0; j < c->p->f[i].node->nax; j++)
		if (num[l[j]] < 0)
			num[l[j]] = (*next)++;
	return sign;
}

/* the slots of factor i under a complete numbering, a symmetric one's smaller first */
static int
slots(Canon *c, int i, const int *num, int *enc)
{
	const int *l = prod_labs(c->p, &c->p->f[i]);
	int n = c->p->f[i].node->nax;
	bool flip = c->swap[i] && num[l[1]] < num[l[0]];

	for (int j = 0; j < n; j++)
		enc[j] = num[l[flip ? n - 1 - j : j]];
	return n;
}

/* Labels are numbered: out first, then factor by factor in the order of before(). Factors then
   stand by node, exponent and label numbers: x'*A*x is A[0,1] x[0] x[1]. gives: to which choice to
   go back: INT_MAX the last one. */
static int
leaf(Canon *c, const uint64_t *col, int depth)
{
	Prod *p = c->p;
	Arena *a = p->g->a;
	uint64_t *fc = NEWN(a, uint64_t, c->nf + 1);
	int *order = NEWN(a, int, c->nf + 1), *num = NEWN(a, int, p->nl + 1),
		*enc = NEWN(a, int, c->nenc + 1);
	bool *done = NEWN(a, bool, c->nf + 1);
	int next = 0, ne = 0, sign = 1, cmp = 0;

	c->leaves++;
	for (int l = 0; l < p->nl; l++)
		num[l] = -1;
	for (int i = 0; i < p->nout; i++)
		if (num[p->out[i]] < 0)
			num[p->out[i]] = next++;
	for (int i = 0; i < c->nf; i++)
		fc[i] = factor_color(c, i, col);
	for (int k = 0; k < c->nf; k++) {
		int best = -1;

		for (int i = 0; i < c->nf; i++)
			if (!done[i] && (best < 0 || before(c, i, best, num, fc)))
				best = i;
		done[best] = true;
		sign *= number(c, best, col, num, &next);
	}
	for (int i = 0; i < c->nf; i++) {
		int j = i, x[8], y[8];

		for (; j > 0; j--) {
			const Factor *f = &p->f[order[j - 1]], *h = &p->f[i];
			int d = f->node->id != h->node->id ? (f->node->id < h->node->id ? -1 : 1)
											   : rat_cmp(f->exp, h->exp);

			if (d == 0 && f->node->nax <= 8) {
				int n = slots(c, order[j - 1], num, x);

				slots(c, i, num, y);
				for (int k = 0; k < n && d == 0; k++)
					d = (x[k] > y[k]) - (x[k] < y[k]);
			}
			if (d <= 0)
				break;
			order[j] = order[j - 1];
		}
		order[j] = i;
	}
	for (int i = 0; i < c->nf; i++)
		ne += slots(c, order[i], num, enc + ne);
	for (int i = 0; c->have && i < ne && cmp == 0; i++)
		cmp = (enc[i] > c->best[i]) - (enc[i] < c->best[i]);
	if (!c->have || cmp < 0) {
		c->have = true;
		memcpy(c->num, num, sizeof *num * (size_t)p->nl);
		memcpy(c->best, enc, sizeof *enc * (size_t)ne);
		memcpy(c->order, order, sizeof *order * (size_t)c->nf);
		memcpy(c->best_path, c->path, sizeof *c->path * (size_t)depth);
		c->best_sign = sign;
		return INT_MAX;
	}
	if (cmp)
		return INT_MAX;
	c->both_signs |= sign != c->best_sign;  /* the product equals its own negative */
	/* a symmetry takes labels to those of the same number: it must take choice to choice */
	for (int i = 0; i < depth && c->num[c->best_path[i]] == num[c->path[i]]; i++)
		if (c->path[i] != c->best_path[i])
			return i;
	return INT_MAX;
}

static int
search(Canon *c, uint64_t *col, int depth)
{
	Arena *a = c->p->g->a;
	int nl = c->p->nl, pick = -1, size = 0, back;
	uint64_t cell;

	refine(c, col);
	for (int i = 0; i < c->nact; i++) {
		int n = 0;

		for (int j = 0; j < c->nact; j++)
			n += col[c->act[j]] == col[c->act[i]];
		/* the smallest cell, then the smallest colour: a choice that no renaming changes */
		if (n > 1 && (pick < 0 || n < size || (n == size && col[c->act[i]] < col[c->act[pick]]))) {
			pick = i;
			size = n;
		}
	}
	if (pick < 0)
		return leaf(c, col, depth);
	cell = col[c->act[pick]];
	for (int i = 0; i < c->nact && c->leaves < c->most; i++)
		if (col[c->act[i]] == cell) {
			uint64_t *next = NEWN(a, uint64_t, nl + 1);

			for (int l = 0; l < nl; l++)
				next[l] = col[l];
			next[c->act[i]] = mix64(cell + 1);
			c->path[depth] = c->act[i];
			back = search(c, next, depth + 1);
			if (back < depth)
				return back;
		}
	return INT_MAX;
}

/* nothing to choose: all factors different, and where a factor is symmetric its slots are told
   apart by what came before */
static bool
all_different(Canon *c)
{
	Prod *p = c->p;

	for (int i = 0; i < c->nf; i++) {
		if (c->swap[i] && prod_labs(p, &p->f[i])[0] != prod_labs(p, &p->f[i])[1])
			return false;
		for (int j = 0; j < i; j++)
			if (p->f[j].node == p->f[i].node && p->f[i].node->nax)
				return false;
	}
	return true;
}

Node *
prod_intern(Prod *p)
{
	Graph *g = p->g;
	Canon c = {.p = p, .nf = p->nf};
	uint64_t *col = NEWN(g->a, uint64_t, p->nl + 1);
	bool *seen = NEWN(g->a, bool, p->nl + 1);
	ArenaMark mark;
	Node n = {.kind = N_PROD, .n = p->nf, .nax = p->nout};

	n.ax = NEWN(g->a, Dim *, n.nax + 1);
	for (int i = 0; i < n.nax; i++)
		n.ax[i] = p->dim[p->out[i]];
	c.swap = NEWN(g->a, unsigned char, p->nf + 1);
	c.act = NEWN(g->a, int, p->nl + 1);
	for (int i = 0; i < p->nf; i++) {
		Node *f = p->f[i].node;
		int *l = prod_labs(p, &p->f[i]);

		c.nenc += f->nax;
		if (node_skew(f)) {
			if (l[0] == l[1])       /* the diagonal of a skew matrix */
				return node_zero(g, n.nax, n.ax);
			c.swap[i] = rat_is_int(p->f[i].exp) ? (p->f[i].exp.num % 2 ? 2 : 1) : 0;
		} else if (f->nax == 2 && f->ax[0] == f->ax[1] && node_symmetric(g, f)) {
			c.swap[i] = 1;
		}
		for (int j = 0; j < f->nax; j++)
			if (!seen[l[j]]) {
				seen[l[j]] = true;
				c.act[c.nact++] = l[j];
			}
	}
	for (int i = 0; i < p->nout; i++) {
		if (!seen[p->out[i]]) {
			seen[p->out[i]] = true;
			c.act[c.nact++] = p->out[i];
		}
		col[p->out[i]] += mix64((uint64_t)i + 1);
	}
	c.best = NEWN(g->a, int, c.nenc + 1);
	c.order = NEWN(g->a, int, c.nf + 1);
	c.num = NEWN(g->a, int, p->nl + 1);
	c.path = NEWN(g->a, int, 2 * c.nact + 1);
	c.best_path = c.path + c.nact;
	mark = arena_mark(g->a);
	if (all_different(&c)) {
		leaf(&c, col, 0);
	} else {
		c.most = WORK / (c.nf * c.nf);
		c.most = c.most > LEAVES ? LEAVES : c.most < 4 ? 4 : c.most;
		for (int i = 0; i < c.nact; i++)
			col[c.act[i]] = mix64(col[c.act[i]] + 1);
		search(&c, col, 0);
		if (g->canon_mode && g->budget >= 0)
			g->budget -= (long)c.leaves * c.nf * c.nf / TERM;
	}
	arena_release(g->a, mark);
	if (c.both_signs)
		return node_zero(g, n.nax, n.ax);
	n.kid = NEWN(g->a, Node *, n.n + 1);
	n.lab = c.best;
	n.nlab = c.nact;
	n.labdim = NEWN(g->a, Dim *, c.nact + 1);
	n.out = NEWN(g->a, int, n.nax + 1);
	n.coef = NEW(g->a, Rat);
	n.coef[0] = c.best_sign < 0 ? rat_neg(g->a, p->coef) : p->coef;

	int e = 0;
	for (int i = 0; i < p->nout; i++) {
		n.out[i] = c.num[p->out[i]];
		n.labdim[n.out[i]] = p->dim[p->out[i]];
	}
	for (int i = 0; i < n.n; i++) {
		const Factor *f = &p->f[c.order[i]];

		n.kid[i] = rat_is(f->exp, 1) ? f->node : node_pow(g, f->node, f->exp);
		for (int j = 0; j < f->node->nax; j++)
			n.labdim[c.best[e++]] = f->node->ax[j];
	}
	if (n.n == 1 && rat_is(n.coef[0], 1) && n.nax == n.kid[0]->nax && n.nlab == n.nax) {
		bool identity = true, once = true;      /* once: no label stands on two axes of the factor
		                                           or of the result */

		for (int i = 0; i < n.nax; i++) {
			identity &= n.lab[i] == i && n.out[i] == i;
			for (int j = 0; j < i; j++)
				once &= n.lab[i] != n.lab[j] && n.out[i] != n.out[j];
		}
		if (identity)
			return n.kid[0];
		if (n.kid[0]->kind == N_SUM && once) {
			/* a permuted sum is the sum of the permuted: axis i of the result is the axis of the
			   sum that has label i */
			int *perm = NEWN(g->a, int, n.nax);

			for (int i = 0; i < n.nax; i++)
				for (int j = 0; j < n.nax; j++)
					if (n.lab[j] == n.out[i])
						perm[i] = j;
			return node_permute(g, n.kid[0], perm);
		}
	}
	return node_intern(g, &n);
}
