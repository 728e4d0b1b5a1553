/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * build.c: shaped terms to the tensor graph. After shape inference, before differentiation and
 * everything else that reads nodes. Needs: shapes without unknowns. Gives: one node per term, kept
 * in the term, so that shared terms are built once.
 */
#include "build.h"

static Operand
operand(Graph *g, Term *t)
{
	Operand x = {build(g, t), t->row, t->col};

	if (t->nax > 2)
		x.row = x.col = NULL;
	return x;
}

static Operand *
operands(Graph *g, Term *t)
{
	Operand *x = NEWN(g->a, Operand, t->n + 1);

	for (int i = 0; i < t->n; i++)
		x[i] = operand(g, t->kid[i]);
	return x;
}

/* A number in the place of a matrix (the 0 of `A == 0`) is that number in every entry. */
static Node *
number(Graph *g, Term *t)
{
	if (t->nax > 2)
		return node_zero(g, t->nax, t->ax);
	return op_fill(g, node_num(g, t->num), t->row, t->col).n;
}

static Node *
unknown(Graph *g, Term *t, const Operand *x)
{
	Node **kid = NEWN(g->a, Node *, t->n);
	int *der = NEWN(g->a, int, t->prime + 1);

	for (int i = 0; i < t->n; i++)
		kid[i] = x[i].n;
	return node_unknown(g, t->ufun, t->n, kid, t->prime, der);
}

/* an entry of anything; a tensor has as many indices as axes */
static Node *
entry(Graph *g, Term *t, Operand x)
{
	Prod *p;
	int *l;

	if (x.row)
		return op_entry(g, x, t->idx[0], t->idx[1]).n;
	p = prod_begin(g);
	l = NEWN(g->a, int, x.n->nax);
	if (t->nidx != x.n->nax)
		raise_at(g->a, t->loc, "this has %d indices, but %d are given", x.n->nax, t->nidx);
	for (int i = 0; i < x.n->nax; i++) {
		l[i] = prod_label(p, x.n->ax[i]);
		prod_factor(p, op_unit(g, t->idx[i], x.n->ax[i]).n, &l[i]);
	}
	prod_factor(p, x.n, l);
	return prod_end(p, 0, NULL);
}

static Node *
call(Graph *g, Term *t)
{
	if (t->fun->cls == FC_DERIV)
		return build_derivative(g, t).n;
	if (t->fun->cls == FC_VALUE)
		raise_hint(g->a, t->loc, "give the value a name first: X = ...",
			"%s makes a value, not a formula", t->fun->name);
	return op_call(g, t->fun, t->n, operands(g, t), t->nidx, t->idx, t->row, t->col).n;
}

static Node *
build_term(Graph *g, Term *t)
{
	Operand *x;

	switch (t->kind) {
	case TM_NUM:
		return number(g, t);
	case TM_PI:
		return node_pi(g);
	case TM_VAR:
		return node_var(g, t->var);
	case TM_DIM:
		return node_dim(g, t->idx[0]);
	case TM_INDEXNAME:
		raise_at(g->a, t->loc, "%s is an index here; it has no value of its own", t->name);
	case TM_IDENT:
		return op_ident(g, t->row).n;
	case TM_CALL:
		return call(g, t);
	default:
		break;
	}
	x = operands(g, t);
	g->loc = t->loc;
	switch (t->kind) {
	case TM_NAMED:
		return node_named(g, t->name,
			(x[0].n->nax == 1 && dim_is(t->row, 1) ? NAMED_ROW : 0) | (t->inner ? NAMED_INNER : 0),
			x[0].n);
	case TM_ADD:
		return op_add(g, t->n, x, t->sign).n;
	case TM_MUL:
		return op_mul(g, t->n, x).n;
	case TM_EMUL:
		return op_emul(g, t->n, x).n;
	case TM_EDIV:
		return op_ediv(g, x[0], x[1]).n;
	case TM_EPOW:
		return op_epow(g, x[0], x[1]).n;
	case TM_DIV:
		return op_div(g, x[0], x[1]).n;
	case TM_LDIV:
		return op_ldiv(g, x[0], x[1]).n;
	case TM_POW:
		return op_pow(g, x[0], x[1]).n;
	case TM_TRANS:
		return op_trans(g, x[0]).n;
	case TM_KRON:
		return op_kron(g, x[0], x[1]).n;
	case TM_UNKNOWN:
		return unknown(g, t, x);
	case TM_ENTRY:
		return entry(g, t, x[0]);
	case TM_MATRIX:
		return op_blocks(g, t->nrow, t->rowlen, x, t->row, t->col).n;
	default:
		bug(g->a, "a term of kind %d cannot be built", (int)t->kind);
	}
}

/* Has the node the axes that the term's shape says? A disagreement of inference and building shows
   here first. */
static void
check_axes(Graph *g, const Term *t, const Node *n)
{
	Dim *const shape[2] = {t->row, t->col};
	int k = 0;

	if (t->nax > 2) {
		if (n->nax != t->nax)
			bug(g->a, "a tensor of order %d was built with order %d", t->nax, n->nax);
		return;
	}
	for (int i = 0; i < 2; i++)
		if (!dim_is(shape[i], 1)) {
			if (k >= n->nax || n->ax[k] != shape[i])
				bug(g->a, "%s was built with other axes (order %d)",
					shape_text(g->a, t->row, t->col), n->nax);
			k++;
		}
	if (k != n->nax)
		bug(g->a, "%s was built with order %d", shape_text(g->a, t->row, t->col), n->nax);
}

/* needs: the term's shape, free of unknowns. gives: its node. Raises located errors for what shapes
   cannot tell (an exponent that is no integer, a division by zero). */
Node *
build(Graph *g, Term *t)
{
	Loc outer = g->loc;

	if (t->node)
		return t->node;
	g->loc = t->loc;
	t->node = build_term(g, t);
	check_axes(g, t, t->node);
	g->loc = outer;
	return t->node;
}
