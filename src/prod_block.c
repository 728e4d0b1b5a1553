/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prod_block.c: block matrices multiplied block by block in a product under construction. A block
 * matrix is a sum whose terms sit on an injection or a unit vector; where two of them meet, or one
 * meets a single injection or unit vector, and the blocks conform, the terms that belong to
 * different blocks vanish: [A b]*[x; 1] is A*x + b. Beside prod_const.c, which knows single ones.
 */
#include "prod.h"

enum { MANY = 64 };     /* pairs of terms that are looked at */

/* the part of an axis that a term fills: 1 + at .. at + size */
typedef struct Part { Dim *at, *size; bool unit; } Part;

static bool
part_of_factor(Graph *g, const Node *f, int axis, Part *part)
{
	if (f->kind == N_INJ && axis == 1)
		*part = (Part){f->dim, f->ax[0], false};
	else if (f->kind == N_UNIT)
		*part = (Part){dim_sub(g->dims, f->dim, dim_num(g->dims, 1)), dim_num(g->dims, 1), true};
	else
		return false;
	return true;
}

static bool
part_of(Graph *g, const Node *t, int axis, Part *part)
{
	int uses = 0;
	bool found = false;

	if (t->kind != N_PROD)
		return part_of_factor(g, t, axis, part);
	for (int i = 0; i < t->nax; i++)
		uses += t->out[i] == t->out[axis];
	for (int i = 0, off = 0; i < t->n; off += t->kid[i++]->nax)
		for (int j = 0; j < t->kid[i]->nax; j++)
			if (t->lab[off + j] == t->out[axis]) {
				uses++;
				found = part_of_factor(g, t->kid[i], j, part);
			}
	return found && uses == 2;
}

/* 1: both are the same part, or one is a place within the other; 0: they have nothing in common;
   -1: neither, or nobody knows */
static int
meet(Dims *d, const Part *x, const Part *y)
{
	Dim *one = dim_num(d, 1), *xend = dim_add(d, x->at, x->size),
		*yend = dim_add(d, y->at, y->size);

	if (x->at == y->at && x->size == y->size)
		return 1;
	if (dim_less(d, xend, dim_add(d, y->at, one)) || dim_less(d, yend, dim_add(d, x->at, one)))
		return 0;
	if (y->unit) {
		const Part *t = x;

		x = y;
		y = t;
	}
	yend = dim_add(d, y->at, y->size);
	return x->unit && dim_less(d, y->at, dim_add(d, x->at, one)) && dim_less(d, x->at, yend) ? 1
																							 : -1;
}

/* the terms of a sum, or the node itself as the only one */
typedef struct Terms { int n; Node **t; Rat *coef; Part *part; int axis; bool blocks; } Terms;

static bool
terms_of(Graph *g, Node *n, int axis, Terms *out)
{
	static Rat one[1] = {{1, 1, NULL}};

	*out = (Terms){.axis = axis, .n = n->kind == N_SUM ? n->n : 1};
	out->t = n->kind == N_SUM ? n->kid : kids_copy(g, 1, &n);
	out->coef = n->kind == N_SUM ? n->coef : one;
	out->part = NEWN(g->a, Part, out->n + 1);
	for (int i = 0; i < out->n; i++) {
		if (!part_of(g, out->t[i], axis, &out->part[i]))
			return false;
		out->blocks |= !out->part[i].unit;
	}
	return out->n > 0;
}

/* x and y contracted over their axes, of what is left x's then y's axes; NULL: the blocks do not
   conform */
static Node *
contracted(Graph *g, Node *xn, const Terms *x, Node *yn, const Terms *y)
{
	int nx = xn->nax, ny = yn->nax, n = 0;
	Dim **ax = NEWN(g->a, Dim *, nx + ny);
	int *l = NEWN(g->a, int, nx + ny), *out = NEWN(g->a, int, nx + ny);
	signed char *at = NEWN(g->a, signed char, x->n * y->n);
	Sum *sum;

	for (int i = 0; i < x->n * y->n; i++)
		if ((at[i] = (signed char)meet(g->dims, &x->part[i / y->n], &y->part[i % y->n])) < 0)
			return NULL;
	for (int i = 0; i < nx + ny; i++)
		if (i != x->axis && i != nx + y->axis)
			ax[n++] = i < nx ? xn->ax[i] : yn->ax[i - nx];
	sum = sum_begin(g, n, ax);
	for (int i = 0; i < x->n * y->n; i++) {
		Prod *p;
		int m = 0;

		if (!at[i])
			continue;
		p = prod_begin(g);
		for (int k = 0; k < nx + ny; k++) {
			l[k] =
				k == nx + y->axis ? l[x->axis] : prod_label(p, k < nx ? xn->ax[k] : yn->ax[k - nx]);
			if (k != x->axis && k != nx + y->axis)
				out[m++] = l[k];
		}
		prod_factor(p, x->t[i / y->n], l);
		prod_factor(p, y->t[i % y->n], l + nx);
		sum_add(sum, rat_mul(g->a, x->coef[i / y->n], y->coef[i % y->n]), prod_end(p, n, out));
	}
	return sum_end_written(sum);
}

/* factor i, a sum, with its only neighbour on its axis k */
static bool
multiply(Prod *p, int i, int k)
{
	Graph *g = p->g;
	int l = prod_labs(p, &p->f[i])[k], j, at = -1, n = 0, *lab;
	Node *x = p->f[i].node, *y, *r;
	Terms tx, ty;

	if (prod_open(p, l) || prod_uses(p, l) != 2)
		return false;
	for (j = 0; j < p->nf && at < 0; j++)
		for (int m = 0; j != i && !p->f[j].dead && m < p->f[j].node->nax && at < 0; m++)
			if (prod_labs(p, &p->f[j])[m] == l)
				at = m;
	if (at < 0)
		return false;
	y = p->f[--j].node;
	if ((y->kind != N_SUM && y->kind != N_INJ && y->kind != N_UNIT) || !rat_is(p->f[j].exp, 1))
		return false;
	if (!terms_of(g, x, k, &tx) || !tx.blocks || !terms_of(g, y, at, &ty) ||
		(y->kind == N_SUM && !ty.blocks) || tx.n * ty.n > MANY)
		return false;
	if (!(r = contracted(g, x, &tx, y, &ty)))
		return false;
	lab = NEWN(g->a, int, x->nax + y->nax);
	for (int m = 0; m < x->nax; m++)
		if (m != k)
			lab[n++] = prod_labs(p, &p->f[i])[m];
	for (int m = 0; m < y->nax; m++)
		if (m != at)
			lab[n++] = prod_labs(p, &p->f[j])[m];
	p->f[i].dead = p->f[j].dead = true;
	prod_consume(p, l);
	prod_factor(p, r, lab);
	return true;
}

bool
prod_block_rule(Prod *p, int at)
{
	if (p->g->canon_mode || !rat_is(p->f[at].exp, 1))
		return false;
	for (int k = 0; k < p->f[at].node->nax; k++)
		if (multiply(p, at, k))
			return true;
	return false;
}
