/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan_ew.c: elementwise programs. A chain of sums, elementwise products, powers and maps becomes
 * one postfix program that is run over strips; operands are strided views, so that an outer product
 * or a broadcast is a matter of strides too: u*x' + v*b' is one pass over the result.
 */
#include <math.h>
#include <string.h>

#include "plan.h"

void
ew_begin(Build *b, Ew *e, int nd, const long *dim)
{
	memset(e, 0, sizeof *e);
	e->nd = nd;
	e->dim = NEWN(b->a, long, nd + 1);
	if (nd)
		memcpy(e->dim, dim, sizeof *dim * (size_t)nd);
}

void
ew_op(Build *b, Ew *e, InsKind kind, int arg, double c, Node *n)
{
	Ins ins = {kind, arg, c, n};

	if (kind == I_SCALE && c == 1)
		return;
	PUSH(b->a, e->ins, e->n, e->cap, ins);
	switch (kind) {
	case I_LOAD:
	case I_CONST:
		if (++e->depth > e->most)
			e->most = e->depth;
		break;
	case I_ADD:
	case I_MUL:
		e->depth--;
		break;
	case I_MAP:
	case I_UNKNOWN:
		e->depth -= arg - 1;
		break;
	default:
		break;
	}
}

void
ew_load(Build *b, Ew *e, int val, long off, const long *stride)
{
	View v = {val, off, NULL};
	size_t bytes = sizeof *stride * (size_t)e->nd;

	for (int i = e->nin - 1; i >= 0 && i >= e->nin - 16; i--)
		if (e->in[i].val == val && e->in[i].off == off && !memcmp(e->in[i].stride, stride, bytes)) {
			ew_op(b, e, I_LOAD, i, 0, NULL);
			return;
		}
	v.stride = NEWN(b->a, long, e->nd + 1);
	if (bytes)
		memcpy(v.stride, stride, bytes);
	PUSH(b->a, e->in, e->nin, e->capin, v);
	ew_op(b, e, I_LOAD, e->nin - 1, 0, NULL);
}

static void
load_low(Build *b, Ew *e, const Low *l, const int *ax)
{
	long *stride = NEWN(b->a, long, e->nd + 1);

	for (int i = 0; i < l->node->nax; i++)
		if (ax[i] >= 0) /* < 0: of size 1 */
			stride[ax[i]] += l->stride[i];
	ew_load(b, e, l->val, l->off, stride);
}

void
ew_opers(Build *b, Ew *e, Lazy *z, int n, Oper *o, const int *loop)
{
	for (int i = 0; i < n; i++) {
		if (o[i].kind == O_LAZY) {
			int *ax = NEWN(b->a, int, o[i].n + 1);

			for (int j = 0; j < o[i].n; j++)
				ax[j] = o[i].var[j] < 0 ? -1 : loop[o[i].var[j]];
			ew_node(b, e, o[i].node, ax);
		} else {
			long *stride = NEWN(b->a, long, e->nd + 1);

			pair_force(b, z, &o[i], o[i].node);
			for (int j = 0; j < o[i].n; j++)
				stride[loop[o[i].var[j]]] += o[i].stride[j];
			ew_load(b, e, o[i].val, o[i].off, stride);
		}
		if (i)
			ew_op(b, e, I_MUL, 0, 0, NULL);
	}
	if (!n)
		ew_op(b, e, I_CONST, 0, 1, NULL);
}

static void
body_prod(Build *b, Ew *e, Node *n, const int *ax)
{
	Lazy *z = plan_prod(b, n);
	int *loop = NEWN(b->a, int, z->nvar + 1);

	if (z->zero || z->nop == 0) {
		ew_op(b, e, I_CONST, 0, z->zero ? 0 : z->coef, NULL);
		return;
	}
	for (int i = 0; i < z->nax; i++)
		if (z->ax[i].n)
			loop[z->ax[i].var[0]] = ax[i];
	ew_opers(b, e, z, z->nop, z->op, loop);
	ew_op(b, e, I_SCALE, 0, z->coef, NULL);
}

void
ew_body(Build *b, Ew *e, Node *n, const int *ax)
{
	switch (n->kind) {
	case N_PI:
		ew_op(b, e, I_CONST, 0, M_PI, NULL);
		break;
	case N_DIM:
		ew_op(b, e, I_CONST, 0, (double)plan_size(b, n->dim, n), NULL);
		break;
	case N_SUM:
		if (!n->n)
			ew_op(b, e, I_CONST, 0, 0, NULL);
		for (int i = 0; i < n->n; i++) {
			ew_node(b, e, n->kid[i], ax);
			ew_op(b, e, i ? I_ADD : I_SCALE, 0, rat_double(n->coef[i]), NULL);
		}
		break;
	case N_PROD:
		body_prod(b, e, n, ax);
		break;
	case N_POW:
		ew_node(b, e, n->kid[0], ax);
		ew_op(b, e, I_POW, 0, rat_double(n->coef[0]), n);
		break;
	default: /* MAP, elementwise UNKNOWN */
		for (int i = 0; i < n->n; i++)
			ew_node(b, e, n->kid[i], ax);
		ew_op(b, e, n->kind == N_MAP ? I_MAP : I_UNKNOWN, n->n, 0, n);
	}
}

/* Part of this program, or a value that it loads? What is used twice is computed once, unless that
 * is only a factor. */
void
ew_node(Build *b, Ew *e, Node *n, const int *ax)
{
	Low *l = plan_low(b, n);
	bool inlined = !l->done && l->uses <= 1 && e->depth < EW_DEPTH - 4;

	n = l->node;
	switch (n->kind) {
	case N_PI:
	case N_DIM:
		inlined = true;
		break;
	case N_SUM:
		inlined = n->n == 0 || (inlined && plan_sum_inline(b, l));
		break;
	case N_PROD: {
		Lazy *z;

		if (l->done)
			break;
		z = plan_prod(b, n);
		if (z->zero || (z->nop == 0 && z->simple)) {
			inlined = true;
		} else if (l->uses > 1 && z->nop == 1 && z->simple) {
			pair_force(b, z, &z->op[0], n);
			inlined = true;
		} else {
			inlined = inlined && z->simple;
		}
		break;
	}
	case N_POW:
	case N_MAP:
		break;
	case N_UNKNOWN:
		inlined = inlined && n->ufun->elementwise;
		break;
	default:
		inlined = false;
	}
	if (inlined)
		ew_body(b, e, n, ax);
	else
		load_low(b, e, plan_need(b, n), ax);
}

static bool
mergeable(const Ew *e, const View *out, int i, int j)
{
	if (out->stride[i] != out->stride[j] * e->dim[j])
		return false;
	for (int k = 0; k < e->nin; k++)
		if (e->in[k].stride[i] != e->in[k].stride[j] * e->dim[j])
			return false;
	return true;
}

static void
swap_dims(Ew *e, View *out, int i, int j)
{
	long t = e->dim[i];

	e->dim[i] = e->dim[j];
	e->dim[j] = t;
	for (int k = -1; k < e->nin; k++) {
		long *s = k < 0 ? out->stride : e->in[k].stride;

		t = s[i];
		s[i] = s[j];
		s[j] = t;
	}
}

static void
drop_dim(Ew *e, View *out, int i)
{
	for (int j = i; j + 1 < e->nd; j++)
		swap_dims(e, out, j, j + 1);
	e->nd--;
}

/* The program becomes a step: loops of size 1 dropped, in the order of the result's storage, those
 * that are one merged. */
void
ew_end(Build *b, Ew *e, int val, long off, const long *stride, bool acc, Node *n)
{
	View out = {val, off, NEWN(b->a, long, e->nd + 1)};
	int longest = 0;
	Step *s;

	if (e->nd)
		memcpy(out.stride, stride, sizeof *stride * (size_t)e->nd);
	for (int i = e->nd; i-- > 0;)
		if (e->dim[i] == 1)
			drop_dim(e, &out, i);
	for (int i = 1; i < e->nd; i++)
		for (int j = i; j > 0 && out.stride[j] > out.stride[j - 1]; j--)
			swap_dims(e, &out, j, j - 1);
	for (int i = e->nd - 1; i > 0; i--)
		if (mergeable(e, &out, i - 1, i)) {
			e->dim[i] *= e->dim[i - 1];
			drop_dim(e, &out, i - 1);
		}
	for (int i = 0; i < e->nd; i++)
		if (e->dim[i] > e->dim[longest])
			longest = i;
	if (e->nd > 1 && e->dim[e->nd - 1] < 16 && e->dim[longest] > 4 * e->dim[e->nd - 1])
		swap_dims(e, &out, longest, e->nd - 1);
	s = plan_step(b, OP_EW, n, val);
	s->out = out;
	s->acc = acc;
	s->nin = e->nin;
	s->in = e->in;
	s->nd = e->nd;
	s->dim = e->dim;
	s->nins = e->n;
	s->ins = e->ins;
	s->depth = e->most;
}

/* out[place(loops)] = or += coef * the product; stride: of the value, by axis */
void
ew_scatter(Build *b, Lazy *z, int val, const long *stride, double coef, bool acc, Node *n)
{
	int *loop = NEWN(b->a, int, z->nvar + 1), nd = 0;
	long *dim = NEWN(b->a, long, z->nvar + 1), *to = NEWN(b->a, long, z->nvar + 1), off = 0;
	Ew e;

	if (z->zero)
		return;
	for (int i = 0; i < z->nvar; i++) {
		loop[i] = -1;
		if (z->open[i]) {
			loop[i] = nd;
			dim[nd++] = z->size[i];
		}
	}
	for (int i = 0; i < z->nax; i++) {
		off += stride[i] * z->ax[i].off;
		for (int j = 0; j < z->ax[i].n; j++)
			to[loop[z->ax[i].var[j]]] += stride[i] * z->ax[i].mult[j];
	}
	ew_begin(b, &e, nd, dim);
	ew_opers(b, &e, z, z->nop, z->op, loop);
	ew_op(b, &e, I_SCALE, 0, coef * z->coef, NULL);
	ew_end(b, &e, val, off, to, acc, n);
}
