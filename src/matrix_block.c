/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * matrix_block.c: sums (or single products) of blocks, put into place by INJ and UNIT factors, as
 * [A, B; C, D]; sums of single entries as literals [1, 2; 3, 4]. Called by matrix.c before a sum is
 * written term by term.
 */
#include "matrix.h"

/* where a term stands on an axis: size entries from off; unit: one entry, no axis of its own */
typedef struct Span { Dim *off, *size; bool whole, unit; } Span;
typedef struct Cell { Span s[2]; Node *node; Rat coef; } Cell;  /* node: without placing factors */

/* every symbol of x occurs in y: x is made of sizes, not of an index name */
static bool
symbols_within(const Dim *x, const Dim *y)
{
	for (int i = 0; i < x->n; i++)
		for (int j = 0; j < x->term[i].nsym; j++) {
			bool found = false;

			for (int k = 0; k < y->n; k++)
				for (int m = 0; m < y->term[k].nsym; m++)
					found |= y->term[k].sym[m] == x->term[i].sym[j];
			if (!found)
				return false;
		}
	return true;
}

/* the factor of p that places it on axis ax, or -1; the others keep off that label */
static int
placing(const Node *p, int ax)
{
	int l = p->out[ax], off = 0, found = -1;

	for (int i = 0; i < p->nax; i++)
		if (i != ax && p->out[i] == l)
			return -1;
	for (int i = 0; i < p->n; off += p->kid[i++]->nax)
		for (int j = 0; j < p->kid[i]->nax; j++) {
			const Node *k = p->kid[i];

			if (p->lab[off + j] != l)
				continue;
			if (found >= 0 || !((k->kind == N_INJ && j == 1) || k->kind == N_UNIT))
				return -1;
			if (!symbols_within(k->dim, k->ax[k->nax - 1]))
				return -1;
			found = i;
		}
	return found;
}

static Cell
cell_of(Form *f, Node *n, Rat coef)
{
	Dims *d = f->g->dims;
	Cell c = {.node = n, .coef = coef};
	int at[2] = {-1, -1}, out[2], nout = 0;

	for (int ax = 0; ax < 2; ax++) {
		c.s[ax] = (Span){
			dim_num(d, 0), ax < n->nax ? n->ax[ax] : dim_num(d, 1), true, ax >= n->nax};
		if (ax < n->nax && n->kind == N_PROD)
			at[ax] = placing(n, ax);
		if (at[ax] < 0)
			continue;
		Node *k = n->kid[at[ax]];
		c.s[ax].whole = false;
		c.s[ax].unit = k->kind == N_UNIT;
		c.s[ax].off = k->kind == N_UNIT ? dim_sub(d, k->dim, dim_num(d, 1)) : k->dim;
		c.s[ax].size = k->kind == N_UNIT ? dim_num(d, 1) : k->ax[0];
	}
	if (at[0] < 0 && at[1] < 0)
		return c;
	Prod *p = prod_begin(f->g);
	int *map = NEWN(f->a, int, n->nlab + 1), *lab;
	for (int l = 0; l < n->nlab; l++) {     /* without the axes that the placing factors make */
		bool gone = (at[0] >= 0 && l == n->out[0]) || (at[1] >= 0 && l == n->out[1]);

		map[l] = gone ? -1 : prod_label(p, n->labdim[l]);
	}
	prod_coef(p, n->coef[0]);
	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax) {
		if (i == at[0] || i == at[1])
			continue;
		lab = NEWN(f->a, int, n->kid[i]->nax + 1);
		for (int j = 0; j < n->kid[i]->nax; j++)
			lab[j] = map[n->lab[off + j]];
		prod_factor(p, n->kid[i], lab);
	}
	for (int ax = 0; ax < n->nax; ax++) {
		if (at[ax] < 0)
			out[nout++] = map[n->out[ax]];
		else if (!c.s[ax].unit)
			out[nout++] = map[node_labels(n, at[ax])[0]];
	}
	c.node = prod_end(p, nout, out);
	return c;
}

/* sorts cuts; false when their order is not certain */
static bool
sort_cuts(Form *f, Dim **cut, int *ncut)
{
	int n = 0;

	for (int i = 0; i < *ncut; i++) {
		Dim *x = cut[i];
		int j = n;

		while (j > 0 && dim_less(f->g->dims, x, cut[j - 1]))
			j--;
		if (j > 0 && cut[j - 1] == x)
			continue;
		if (j > 0 && !dim_less(f->g->dims, cut[j - 1], x))
			return false;
		for (int k = n; k > j; k--)
			cut[k] = cut[k - 1];
		cut[j] = x;
		n++;
	}
	*ncut = n;
	return true;
}

static int
find_cut(Dim **cut, int n, const Dim *x)
{
	for (int i = 0; i < n; i++)
		if (cut[i] == x)
			return i;
	return -1;
}

/* the cuts of these cells along an axis, 0 and total included; every number when all are single
   entries of a small axis */
static Dim **
cuts(Form *f, int n, Cell **c, int ax, Dim *total, int *ncut)
{
	long size = 0;
	bool single = dim_is_num(total, &size) && size <= 64;
	Dim **cut;
	int k = 0;

	for (int i = 0; i < n; i++)
		single &= c[i]->s[ax].unit;
	cut = NEWN(f->a, Dim *, 2 * n + 2 + (single ? (int)size : 0));
	for (long i = 1; single && i < size; i++)
		cut[k++] = dim_num(f->g->dims, i);
	cut[k++] = dim_num(f->g->dims, 0);
	cut[k++] = total;
	for (int i = 0; i < n; i++) {
		cut[k++] = c[i]->s[ax].off;
		cut[k++] = dim_add(f->g->dims, c[i]->s[ax].off, c[i]->s[ax].size);
	}
	*ncut = k;
	return sort_cuts(f, cut, ncut) ? cut : NULL;
}

/* the block that is the sum of the given cells of one place, all with the same axes */
static Tree *
block_tree(Form *f, int n, Cell **c, Dim *rows, Dim *cols, int *cost)
{
	Dim *one = dim_num(f->g->dims, 1);
	Node *s;
	Ex *x;

	if (n == 0) {
		if (rows == one && cols == one)
			return form_num(f, RAT0);
		return form_call(f, "zeros", 2, (Tree *[]){form_dim(f, rows), form_dim(f, cols)});
	}
	Sum *sum = sum_begin(f->g, c[0]->node->nax, c[0]->node->ax);
	for (int i = 0; i < n; i++)
		sum_add(sum, c[i]->coef, c[i]->node);
	s = sum_end_written(sum);
	x = form_node(f, s);
	if (s->nax == 1 && rows == one)
		x = ex_trans(f, x);
	*cost += x->cost;
	return ex_tree(f, x);
}

/* one band of rows: the cells of c, each exactly one block high */
static Tree *
row_tree(Form *f, int n, Cell **c, Dim *rows, Dim *total, int *cost)
{
	int ncut;
	Dim **cut = cuts(f, n, c, 1, total, &ncut);

	if (!cut)
		return NULL;
	Tree **k = NEWN(f->a, Tree *, ncut);
	Cell **here = NEWN(f->a, Cell *, n + 1);
	for (int i = 0; i + 1 < ncut; i++) {
		int m = 0;

		for (int j = 0; j < n; j++)
			if (c[j]->s[1].off == cut[i])
				here[m++] = c[j];
		for (int j = 0; j < m; j++) {
			Dim *end = dim_add(f->g->dims, here[j]->s[1].off, here[j]->s[1].size);

			if (end != cut[i + 1] || here[j]->node->nax != here[0]->node->nax)
				return NULL;
		}
		k[i] = block_tree(f, m, here, rows, dim_sub(f->g->dims, cut[i + 1], cut[i]), cost);
	}
	return form_tree(f, TREE_ROW, ncut - 1, k);
}

static bool
worth_a_literal(int n, Cell *c, const Dim *rows, const Dim *cols)
{
	long r, q;

	for (int i = 0; i < n; i++)
		if (!c[i].s[0].unit || !c[i].s[1].unit)
			return true;
	return dim_is_num(rows, &r) && dim_is_num(cols, &q) && (r * q <= 64 || r * q <= 4 * n);
}

Ex *
form_block(Form *f, Node *n)
{
	int nterm = n->kind == N_SUM ? n->n : 1, nplaced = 0, ncut;
	Dim *total[2], *one = dim_num(f->g->dims, 1), **cut;
	Cell *cell, **placed;

	if (n->nax == 0 || n->nax > 2 || nterm == 0)
		return NULL;
	for (int i = 0; i < nterm; i++) {       /* is there anything placed at all? cheaply */
		Node *k = n->kind == N_SUM ? n->kid[i] : n;

		for (int j = 0; j < k->n && k->kind == N_PROD; j++)
			nplaced += k->kid[j]->kind == N_INJ || k->kid[j]->kind == N_UNIT;
		nplaced += k->kind == N_UNIT;
	}
	if (nplaced == 0)
		return NULL;
	for (int ax = 0; ax < 2; ax++)
		total[ax] = ax < n->nax ? n->ax[ax] : one;
	cell = NEWN(f->a, Cell, nterm);
	placed = NEWN(f->a, Cell *, nterm);
	nplaced = 0;
	for (int i = 0; i < nterm; i++) {       /* in the order in which the terms were written */
		int at = n->kind == N_SUM && n->written ? n->written[i] : i;
		Node *k = n->kind == N_SUM ? n->kid[at] : n;

		if (k->kind == N_UNIT && symbols_within(k->dim, k->ax[0])) {
			Dims *d = f->g->dims;

			cell[i] = (Cell){.node = node_num(f->g, RAT1), .coef = n->coef[at]};
			cell[i].s[0] = (Span){dim_sub(d, k->dim, one), one, false, true};
			cell[i].s[1] = (Span){dim_num(d, 0), one, true, true};
		} else {
			cell[i] = cell_of(f, k, n->kind == N_SUM ? n->coef[at] : RAT1);
		}
		if (!cell[i].s[0].whole || !cell[i].s[1].whole)
			placed[nplaced++] = &cell[i];
	}
	if (nplaced == 0 || (n->kind == N_PROD && (cell[0].s[0].unit || cell[0].s[1].unit)))
		return NULL;
	if (nplaced == nterm && !worth_a_literal(nterm, cell, total[0], total[1]))
		return NULL;
	if (!(cut = cuts(f, nplaced, placed, 0, total[0], &ncut)))
		return NULL;
	Tree **row = NEWN(f->a, Tree *, ncut);
	Cell **here = NEWN(f->a, Cell *, nplaced);
	int cost = 0;
	for (int i = 0; i + 1 < ncut; i++) {
		int m = 0;

		for (int j = 0; j < nplaced; j++)
			if (find_cut(cut, ncut, placed[j]->s[0].off) == i) {
				if (dim_add(f->g->dims, placed[j]->s[0].off,
					    placed[j]->s[0].size) != cut[i + 1])
					return NULL;
				here[m++] = placed[j];
			}
		row[i] = row_tree(
			f, m, here, dim_sub(f->g->dims, cut[i + 1], cut[i]), total[1], &cost);
		if (!row[i])
			return NULL;
	}
	Ex *x = ex_leaf(f, form_tree(f, TREE_MATRIX, ncut - 1, row), n->ax[0],
		n->nax > 1 ? n->ax[1] : NULL, n->id, 1);
	x->cost = cost;
	if (nplaced == nterm) {
		x->node = n;
		return x;
	}
	Ex **t = NEWN(f->a, Ex *, nterm); /* a sum of the blocks and what fills the whole place */
	Rat *coef = NEWN(f->a, Rat, nterm);
	int m = 0;
	for (int i = 0; i < nterm; i++)
		if (cell[i].s[0].whole && cell[i].s[1].whole) {
			int at = n->written ? n->written[i] : i;

			coef[m] = n->coef[at];
			t[m++] = form_node(f, n->kid[at]);
		}
	coef[m] = RAT1;
	t[m++] = x;
	return ex_sum(f, x->row, x->col, m, coef, t);
}

/* rows offset+1 .. offset+size of the identity: [zeros, eye, zeros] */
Ex *
form_inj(Form *f, Node *n)
{
	Dims *d = f->g->dims;
	Dim *before = n->dim, *size = n->ax[0],
	    *after = dim_sub(d, dim_sub(d, n->ax[1], before), size);
	Tree *k[3], *rows = form_dim(f, size), *row;
	int m = 0;
	Ex *x;

	if (!dim_is(before, 0))
		k[m++] = form_call(f, "zeros", 2, (Tree *[]){rows, form_dim(f, before)});
	k[m++] = form_call(f, "eye", 1, &rows);
	if (!dim_is(after, 0))
		k[m++] = form_call(f, "zeros", 2, (Tree *[]){rows, form_dim(f, after)});
	row = form_tree(f, TREE_ROW, m, k);
	x = ex_leaf(f, form_tree(f, TREE_MATRIX, 1, &row), size, n->ax[1], n->id, 1);
	x->node = n;
	return x;
}
