/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * forms.c: the derivative forms grad, jac, hess, diff, dir, vjp, structgrad of a term: what they
 * ask of diff(), and how its result is brought into the shape that the language promises. Part of
 * building, since derivatives are expressions. Every derivative that is taken here is verified
 * against the independent evaluation before it goes on.
 */
#include "build.h"

/* what a derivative is taken by */
typedef struct By {
	Node *x;                /* VAR or NAMED; or a leaf for it, see below */
	Node *real;             /* ... which stands for this */
	unsigned since;         /* nodes that were made over the leaf are younger */
	Dim *row, *col;
	unsigned props;         /* of a declared variable; a defined name has none */
	Dim *i, *j;             /* an entry of x, i NULL: all of it; j NULL: of a vector */
} By;

static By
by_term(Graph *g, Term *t)
{
	By by = {0};

	if (t->kind == TM_ENTRY) {
		by = by_term(g, t->kid[0]);
		if (by.i)
			raise_at(g->a, t->loc, "an entry of an entry");
		by.i = t->idx[0];
		by.j = t->idx[1];
		return by;
	}
	if (t->kind != TM_VAR && t->kind != TM_NAMED)
		raise_hint(g->a, t->loc,
			"give the expression a name, as in U = W', and use the name throughout",
			"a derivative is taken by a variable, by a defined name or by an entry of one");
	by.x = by.real = build(g, t);
	by.row = t->row;
	by.col = t->col;
	if (t->kind == TM_VAR)
		by.props = props_close(t->var->of ? t->var->of->props : t->var->props);
	return by;
}

/* ---- the variable as a free one
   What the engine knows of the variable (that K' is K, that Q'*Q is I) is true at its value, but
   not near it, and is used while nodes are made: tr(A*K) and tr(A*K') are one node when K is
   symmetric, though their derivatives are not. So the expression is built again over a leaf of
   which nothing of the kind is known, differentiated by that, and only the result has the variable
   in it. */

enum { OPEN = P_POSITIVE | P_INVERTIBLE }; /* of all matrices around as well */

/* Of a name, its definition may be known: a square matrix may be symmetric, and commutes with what
 * it is made of; with c = a*v, c*v' is symmetric. */
bool
node_constrained(const Node *x)
{
	if (x->kind == N_VAR)
		return (props_close(x->var->props) & ~(unsigned)OPEN) != 0;
	return x->kind == N_NAMED;
}

/* Is t a derivative by something else that x depends on? By way of x's definition it is one of x,
   too, which a leaf has not. */
static bool
derives_through(Graph *g, const Term *t, const Node *x)
{
	if (t->kind != TM_CALL || t->fun->cls != FC_DERIV || x->kind != N_NAMED)
		return false;
	Term *by = t->kid[1];
	while (by->kind == TM_ENTRY)
		by = by->kid[0];
	Node *z = build(g, by);
	return z != x && node_depends(g, x, z);
}

static Term *put_leaf(Graph *g, Term *t, Node *x, Term *leaf);

/* put_leaf() below the root of t */
static Term *
put_below(Graph *g, Term *t, Node *x, Term *leaf)
{
	Term *c = t;
	for (int i = 0; i < t->n; i++) {
		Term *k = put_leaf(g, t->kid[i], x, leaf);
		if (k == t->kid[i])
			continue;
		if (c == t) {
			c = NEW(g->a, Term);
			*c = *t;
			c->node = NULL;
			c->kid = NEWN(g->a, Term *, t->n);
			for (int j = 0; j < t->n; j++)
				c->kid[j] = t->kid[j];
		}
		c->kid[i] = k;
	}
	return c;
}

/* t with its result, in which `leaf` is in the place of x */
static Term *
put_in_result(Graph *g, Term *t, Node *x, Term *leaf)
{
	Term *c = NEW(g->a, Term);
	*c = *t;
	c->node = node_replace(g, build(g, t), x, build(g, leaf));
	return c;
}

/* t with `leaf` in the place of x; the same term where x is not in it */
static Term *
put_leaf(Graph *g, Term *t, Node *x, Term *leaf)
{
	if ((t->kind == TM_VAR || t->kind == TM_NAMED) && t->name == x->name && build(g, t) == x)
		return leaf;
	if (t->put_for != leaf) {
		t->put = derives_through(g, t, x) ? put_in_result(g, t, x, leaf)
			: put_below(g, t, x, leaf);
		t->put_for = leaf;
	}
	return t->put;
}

/* f over a leaf in the place of by->x, which is the leaf from then on; f itself where that makes no
 * difference */
static Node *
over_leaf(Graph *g, Term *t, By *by)
{
	Node *x = by->real;

	by->since = g->nnode;
	if (!node_constrained(x))
		return build(g, t);
	Term *leaf = NEW(g->a, Term);
	Var *v = NEW(g->a, Var);
	*v = (Var){.name = x->name,
		.row = by->row,
		.col = by->col,
		.loc = g->loc,
		.serial = (1 << 18) + (int)g->nnode};
	if (x->kind == N_VAR) {
		v->of = x->var->of ? x->var->of : x->var;
		v->props = x->var->props & OPEN;
	}
	*leaf = (Term){
		.kind = TM_VAR, .loc = t->loc, .name = v->name, .var = v, .row = v->row, .col = v->col};
	Term *over = put_leaf(g, t, x, leaf);
	if (over != t)
		by->x = build(g, leaf);
	return build(g, over);
}

/* the derivative d, with the variable in it again */
static Node *
put_back(Graph *g, const By *by, Node *d)
{
	if (by->x == by->real)
		return d;
	Sum *sum = sum_begin(g, d->nax, d->ax);
	bool terms = d->kind == N_SUM;
	for (int i = 0; i < (terms ? d->n : 1); i++) { /* terms stay in their order */
		int k = d->written ? d->written[i] : i;
		sum_add(sum, terms ? d->coef[k] : RAT1,
			node_replace(g, terms ? d->kid[k] : d, by->x, by->real));
	}
	Node *r = simplify(g, sum_end_written(sum), by->since);
	verify_replaced(g, d, by->x, by->real, r);
	return r;
}

/* e_i[a] e_j[b]: the direction in which only the entry changes; of all of a scalar: 1 */
static Node *
direction(Graph *g, const By *by)
{
	Operand x = {by->x, by->row, by->col};
	Dim *i = by->i, *j = by->j, *one = dim_num(g->dims, 1);

	if (!i)
		return node_num(g, RAT1);
	if (!j && dim_is(x.row, 1)) {
		j = i;
		i = one;
	} else if (!j) {
		j = one;
	}
	return op_mul(g, 2, (Operand[]){op_unit(g, i, x.row), op_trans(g, op_unit(g, j, x.col))}).n;
}

/* diff() with its check; see core.h. Zero at once where f does not depend on x. */
static Node *
derivative(Graph *g, Node *f, Node *x, Node *seed, int nextra)
{
	Node *d;
	unsigned since;

	if (f != x && !node_depends(g, f, x)) {
		int n = nextra + x->nax;
		Dim **ax = NEWN(g->a, Dim *, n + 1);

		for (int i = 0; i < n; i++)
			ax[i] = i >= nextra ? x->ax[i - nextra] : seed ? seed->ax[i] : f->ax[i];
		return node_zero(g, n, ax);
	}
	since = g->nnode;
	d = simplify(g, node_fold(g, diff(g, f, x, seed, nextra), f, x), since);
	verify_derivative(g, f, x, seed, nextra, d);
	return d;
}

static Node *
full(Graph *g, Node *f, Node *x)
{
	return derivative(g, f, x, NULL, f->nax);
}

/* f[..,x..] v[x..] summed over the last v->nax axes */
static Node *
contract_tail(Graph *g, Node *d, Node *v)
{
	Prod *p = prod_begin(g);
	int *l = NEWN(g->a, int, d->nax + 1), n = d->nax - v->nax;

	for (int i = 0; i < d->nax; i++)
		l[i] = prod_label(p, d->ax[i]);
	prod_factor(p, d, l);
	prod_factor(p, v, l + n);
	return prod_end(p, n, l);
}

/* A leaf of f's shape that stands nowhere else. */
static Node *
stand_in(Graph *g, Node *f)
{
	Var *v = NEW(g->a, Var);
	Operand x = op_node(g, f);

	v->name = sym("G");
	v->row = x.row;
	v->col = x.col;
	v->loc = g->loc;
	return node_var(g, v);
}

/* The derivative of f at x along v (x's axes), of f's axes. Of a matrix: the pull-back r(G) of a
   stand-in G is linear in G, and the gradient of <r(G), v> by G is what is wanted. So no tensor of
   order 4 is made, and sums stay together. */
static Node *
along(Graph *g, Node *f, Node *x, Node *v)
{
	Node *u, *r;

	if (f->nax == 0 || f->nax > 2)
		return contract_tail(g, full(g, f, x), v);
	u = stand_in(g, f);
	r = derivative(g, f, x, u, 0);
	return derivative(g, node_contract_all(g, r, v), u, NULL, 0);
}

/* ---- gradients and structure */

/* the matrices that stand transposed in n, along the chains of factors from both of its axes */
static int
transposes(Graph *g, Node *n)
{
	bool *used;
	int count = 0;

	if (n->kind == N_SUM)
		for (int i = 0; i < n->n; i++)
			count += transposes(g, n->kid[i]);
	if (n->kind != N_PROD)
		return count;
	used = NEWN(g->a, bool, n->n + 1);
	for (int end = 0; end < 2; end++) {
		int at = n->out[end];

		for (int i = 0; i < n->n; i++) {
			const int *l = node_labels(n, i);

			if (used[i] || n->kid[i]->nax != 2 || (l[0] != at && l[1] != at))
				continue;
			used[i] = true;
			count += l[end] != at && !node_symmetric(g, n->kid[i]);
			at = l[0] == at ? l[1] : l[0];
			i = -1;
		}
	}
	return count;
}

/* x and its transpose, the one with fewer transposed matrices first: A + A' */
static Operand
with_transpose(Graph *g, Operand x, int sign)
{
	Operand t = op_trans(g, x);

	if (sign > 0 && transposes(g, t.n) < transposes(g, x.n))
		return op_add(g, 2, (Operand[]){t, x}, NULL);
	return op_add(g, 2, (Operand[]){x, t}, (int[]){1, sign});
}

static Operand
scaled_pair(Graph *g, Operand x, int sign, Rat c)
{
	Operand s = with_transpose(g, x, sign);
	Sum *sum = sum_begin(g, s.n->nax, s.n->ax);

	sum_add(sum, c, s.n);
	s.n = sum_end(sum);
	return s;
}

static Operand
masked(Graph *g, Operand x, FunId triangle)
{
	return op_call(g, &fun_table[triangle], 1, &x, 0, NULL, x.row, x.col);
}

static Operand
diagonal(Graph *g, Operand x)
{
	return op_diag(g, op_diag(g, x));
}

/* equal to its transpose, maybe only when multiplied out */
static bool
symmetric(Graph *g, Node *n)
{
	Node *c;

	if (node_symmetric(g, n))
		return true;
	c = canon(g, n);
	return c && c != n && node_symmetric(g, c);
}

/* The orthogonal projection of a gradient on the matrices that have the properties. */
static Operand
project(Graph *g, Operand x, unsigned props)
{
	if (x.n->nax != 2)
		return x;
	if (props & P_DIAGONAL)
		return diagonal(g, x);
	if (props & P_SKEW)
		return scaled_pair(g, x, -1, rat(1, 2));
	if (props & P_SYMMETRIC)
		return symmetric(g, x.n) ? x : scaled_pair(g, x, 1, rat(1, 2));
	if (props & P_LOWER)
		return masked(g, x, F_tril);
	if (props & P_UPPER)
		return masked(g, x, F_triu);
	return x;
}

/* The derivative by the free entries of a structured matrix; a square one of no declared structure
   counts as symmetric. */
static Operand
structured(Graph *g, Operand x, unsigned props)
{
	if (x.n->nax != 2)
		return x;
	if (props & P_DIAGONAL)
		return diagonal(g, x);
	if (props & P_SKEW)
		return scaled_pair(g, x, -1, RAT1);
	if (props & P_LOWER)
		return masked(g, x, F_tril);
	if (props & P_UPPER)
		return masked(g, x, F_triu);
	return op_add(g, 2, (Operand[]){with_transpose(g, x, 1), diagonal(g, x)}, (int[]){1, -1});
}

static void
want_scalar(Graph *g, const Term *t, const Node *f)
{
	if (f->nax)
		raise_hint(g->a, t->kid[0]->loc, "jac(F, X) is the Jacobian of a vector or matrix",
			   "%s wants a scalar, got %s", t->fun->name,
			   f->nax > 2 ? "a tensor" : shape_text(g->a, t->kid[0]->row, t->kid[0]->col));
}

static Operand
gradient(Graph *g, const Term *t, Node *f, const By *by)
{
	Operand r = {NULL, by->row, by->col};

	want_scalar(g, t, f);
	r.n = put_back(g, by, full(g, f, by->x));
	r = t->fun->id == F_structgrad ? structured(g, r, by->props) : project(g, r, by->props);
	return by->i ? op_entry(g, r, by->i, by->j) : r;
}

/* ---- Jacobians and Hessians */

/* d[i,j,k,l] fuse[j,i,a] fuse[l,k,b] -> r[a,b], for axes that are there: the last nx of d are those
   of x */
static Node *
flat_term(Graph *g, Node *d, int nx)
{
	Prod *p = prod_begin(g);
	int *l = NEWN(g->a, int, d->nax + 1), out[2], nout = 0;

	for (int i = 0; i < d->nax; i++)
		l[i] = prod_label(p, d->ax[i]);
	prod_factor(p, d, l);
	for (int side = 0; side < 2; side++) {
		int n = side ? nx : d->nax - nx, at = side ? d->nax - nx : 0, a;

		if (n == 0)
			continue;
		a = l[at];
		if (n == 2) {
			Dim *down = d->ax[at], *right = d->ax[at + 1];

			a = prod_label(p, dim_mul(g->dims, down, right));
			prod_factor(p, node_fuse(g, 2, (Dim *[]){right, down}), (int[]){l[at + 1], l[at], a});
		}
		out[nout++] = a;
	}
	return prod_end(p, nout, out);
}

/* the factor of the product d that is a sum of order 3 or more, or -1 */
static int
tensor_sum(const Node *d)
{
	if (d->kind == N_PROD)
		for (int i = 0; i < d->n; i++)
			if (d->kid[i]->kind == N_SUM && d->kid[i]->nax > 2)
				return i;
	return -1;
}

/* adds c*flat(d) term by term: no matrix notation has a sum of tensors in it, but each term may be
   a Kronecker product */
static void
flat_add(Graph *g, Sum *sum, Rat c, Node *d, int nx)
{
	int at = tensor_sum(d);

	if (d->kind == N_SUM) {
		for (int i = 0; i < d->n; i++)
			flat_add(g, sum, rat_mul(g->a, c, d->coef[i]), d->kid[i], nx);
		return;
	}
	if (at < 0) {
		sum_add(sum, c, flat_term(g, d, nx));
		return;
	}
	for (int t = 0; t < d->kid[at]->n; t++) {
		Prod *p = prod_begin(g);

		for (int l = 0; l < d->nlab; l++)
			prod_label(p, d->labdim[l]);
		prod_coef(p, rat_mul(g->a, d->coef[0], d->kid[at]->coef[t]));
		for (int i = 0, off = 0; i < d->n; off += d->kid[i++]->nax)
			prod_factor(p, i == at ? d->kid[at]->kid[t] : d->kid[i], d->lab + off);
		flat_add(g, sum, c, prod_end(p, d->nax, d->out), nx);
	}
}

/* The derivative d, of f's axes and then nx of x's, as a matrix: vec(f) by vec(x). */
static Operand
flat(Graph *g, Node *d, int nx, const Dim *frow, const Dim *fcol, const By *by)
{
	Dim *one = dim_num(g->dims, 1);
	Operand r = {NULL, dim_mul(g->dims, frow, fcol), nx ? dim_mul(g->dims, by->row, by->col) : one};
	Sum *sum;
	Dim *ax[2];
	int nax = 0;

	if (!dim_is(r.row, 1))
		ax[nax++] = r.row;
	if (!dim_is(r.col, 1))
		ax[nax++] = r.col;
	sum = sum_begin(g, nax, ax);
	flat_add(g, sum, RAT1, d, nx);
	r.n = sum_end(sum);
	return r;
}

static Operand
jacobian(Graph *g, const Term *t, Node *f, const By *by)
{
	const Term *of = t->kid[0];

	if (f->nax > 2)
		raise_at(g->a, of->loc, "jac wants a matrix, got a tensor of order %d", f->nax);
	if (by->i || by->x->nax == 0)
		return flat(
			g, put_back(g, by, along(g, f, by->x, direction(g, by))), 0, of->row, of->col, by);
	return flat(g, put_back(g, by, full(g, f, by->x)), by->x->nax, of->row, of->col, by);
}

/* the Jacobian of the unconstrained gradient */
static Operand
hessian(Graph *g, const Term *t, Node *f, const By *by)
{
	want_scalar(g, t, f);
	return flat(
		g, put_back(g, by, full(g, full(g, f, by->x), by->x)), by->x->nax, by->row, by->col, by);
}

/* ---- the other forms */

static Operand
natural(Graph *g, const Term *t, Node *f, const By *by)
{
	const Term *of = t->kid[0];

	if (by->i || by->x->nax == 0) {
		Operand r = {put_back(g, by, along(g, f, by->x, direction(g, by))), of->row, of->col};

		if (f->nax > 2)
			r.row = r.col = NULL;
		return r;
	}
	if (f->nax == 0)
		return (Operand){put_back(g, by, full(g, f, by->x)), by->row, by->col};
	return op_node(g, put_back(g, by, full(g, f, by->x)));
}

static Operand
directional(Graph *g, Term *t, Node *f, const By *by)
{
	Node *v = build(g, t->kid[2]);

	if (v->nax < by->x->nax)
		v = node_broadcast(g, v, by->x->nax, by->x->ax);
	return (Operand){put_back(g, by, along(g, f, by->x, v)), t->kid[0]->row, t->kid[0]->col};
}

static Operand
pull_back(Graph *g, Term *t, Node *f, const By *by)
{
	Node *seed = build(g, t->kid[2]);
	Operand r = {NULL, by->row, by->col};

	if (seed->nax < f->nax)
		seed = node_broadcast(g, seed, f->nax, f->ax);
	r.n = put_back(g, by, derivative(g, f, by->x, seed, 0));
	return r;
}

/* needs: a TM_CALL of a derivative form; an entry in the place of X only for grad, jac and diff.
   gives: its value in the shape that the language promises for it. */
Operand
build_derivative(Graph *g, Term *t)
{
	build(g, t->kid[0]);    /* before all else, since what is made first is written first */
	By by = by_term(g, t->kid[1]);
	Node *f = over_leaf(g, t->kid[0], &by);

	g->loc = t->loc;
	switch (t->fun->id) {
	case F_grad:
	case F_structgrad:
		return gradient(g, t, f, &by);
	case F_jac:
		return jacobian(g, t, f, &by);
	case F_hess:
		return hessian(g, t, f, &by);
	case F_diff:
		return natural(g, t, f, &by);
	case F_dir:
		return directional(g, t, f, &by);
	case F_vjp:
		return pull_back(g, t, f, &by);
	default:
		bug(g->a, "%s is no derivative", t->fun->name);
	}
}
