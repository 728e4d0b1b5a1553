/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * calls.c: calls of functions on operands: those that are sums and products are written out, the
 * elementwise ones and the matrix functions become nodes. Used by build.c for what the user wrote
 * and by adjoint.c for the rules of the table.
 */
#include "build.h"

static bool
is_one(const Dim *d)
{
	return dim_is(d, 1);
}

static Operand
map1(Graph *g, FunId id, Operand x)
{
	x.n = node_map(g, &fun_table[id], 1, &x.n);
	return x;
}

static Operand
raised(Graph *g, Operand x, Rat e)
{
	x.n = node_pow(g, x.n, e);
	return x;
}

/* ---- sums */

/* x[i,j] -> r[] or r[j] or r[i]: axis 0, all; 1, down the columns; 2, along the rows */
static Operand
op_sum(Graph *g, Operand x, int axis)
{
	Prod *p = prod_begin(g);
	int *l = NEWN(g->a, int, x.n->nax + 1), out[2], nout = 0;
	Operand r = op_scalar(g, NULL);

	for (int i = 0; i < x.n->nax; i++)
		l[i] = prod_label(p, x.n->ax[i]);
	prod_factor(p, x.n, l);
	if (axis == 1 && !is_one(x.col)) {
		out[nout++] = l[x.n->nax - 1];
		r.col = x.col;
	}
	if (axis == 2 && !is_one(x.row)) {
		out[nout++] = l[0];
		r.row = x.row;
	}
	r.n = prod_end(p, nout, out);
	return r;
}

static Operand
mean(Graph *g, Operand x, int axis)
{
	Dim *n = axis == 1 ? x.row : axis == 2 ? x.col : dim_mul(g->dims, x.row, x.col);

	return op_ediv(g, op_sum(g, x, axis), op_scalar(g, node_dim(g, n)));
}

/* x[a,a] -> r[] */
static Operand
trace(Graph *g, Operand x)
{
	Prod *p;
	int l;

	if (op_is_scalar(x))
		return x;
	p = prod_begin(g);
	l = prod_label(p, x.row);
	prod_factor(p, x.n, (int[]){l, l});
	return op_scalar(g, prod_end(p, 0, NULL));
}

static Operand
sqnorm(Graph *g, Operand x)
{
	return op_sum(g, raised(g, x, rat(2, 1)), 0);
}

static Operand
norm(Graph *g, Operand x)
{
	if (op_is_scalar(x))
		return map1(g, F_abs, x);
	return raised(g, sqnorm(g, x), rat(1, 2));
}

/* x[i,j] y[i,j] -> r[]; two vectors in any orientation */
static Operand
dot(Graph *g, Operand x, Operand y)
{
	return op_scalar(g, node_contract_all(g, x.n, y.n));
}

/* ---- structure */

/* v[a] -> r[a,a]; x[a,a] -> r[a] */
Operand
op_diag(Graph *g, Operand x)
{
	Prod *p;
	int l;

	if (op_is_scalar(x))
		return x;
	p = prod_begin(g);
	l = prod_label(p, x.n->ax[0]);
	prod_factor(p, x.n, (int[]){l, l});
	if (x.n->nax == 1)
		return (Operand){prod_end(p, 2, (int[]){l, l}), x.n->ax[0], x.n->ax[0]};
	return (Operand){prod_end(p, 1, &l), x.row, dim_num(g->dims, 1)};
}

/* x[i,j] fuse[j,i,a] -> r[a]: down the columns */
static Operand
vec(Graph *g, Operand x)
{
	Dim *size = dim_mul(g->dims, x.row, x.col);

	if (x.n->nax == 2) {
		Prod *p = prod_begin(g);
		int i = prod_label(p, x.row), j = prod_label(p, x.col), a = prod_label(p, size);

		prod_factor(p, x.n, (int[]){i, j});
		prod_factor(p, node_fuse(g, 2, (Dim *[]){x.col, x.row}), (int[]){j, i, a});
		x.n = prod_end(p, 1, &a);
	}
	return (Operand){x.n, size, dim_num(g->dims, 1)};
}

/* vec(x)[a] fuse[j,i,a] -> r[i,j] */
Operand
op_reshape(Graph *g, Operand x, Dim *row, Dim *col)
{
	Operand r = {x.n, row, col};

	if (row == x.row && col == x.col)
		return r;
	x = vec(g, x);
	r.n = x.n;
	if (!is_one(row) && !is_one(col)) {
		Prod *p = prod_begin(g);
		int i = prod_label(p, row), j = prod_label(p, col), a = prod_label(p, x.row);

		prod_factor(p, x.n, &a);
		prod_factor(p, node_fuse(g, 2, (Dim *[]){col, row}), (int[]){j, i, a});
		r.n = prod_end(p, 2, (int[]){i, j});
	}
	return r;
}

/* fuse[i,j,a] fuse[j,i,b] -> r[a,b]: vec(X')[a] is X[i,j], and so is vec(X)[b] */
static Operand
commutation(Graph *g, Dim *m, Dim *n)
{
	Dim *size = dim_mul(g->dims, m, n);
	Prod *p;
	int i, j, a, b;

	if (is_one(m) || is_one(n))
		return op_ident(g, size);
	p = prod_begin(g);
	i = prod_label(p, m);
	j = prod_label(p, n);
	a = prod_label(p, size);
	b = prod_label(p, size);
	prod_factor(p, node_fuse(g, 2, (Dim *[]){m, n}), (int[]){i, j, a});
	prod_factor(p, node_fuse(g, 2, (Dim *[]){n, m}), (int[]){j, i, b});
	return (Operand){prod_end(p, 2, (int[]){a, b}), size, size};
}

/* The mask tril(ones(m,n)) times x, entry by entry: so what is linear in x stays a product with
   x. */
static Operand
triangle(Graph *g, const Fun *f, Operand x)
{
	Operand mask;

	if (op_is_scalar(x))
		return x;
	if (x.n->nax != 2)
		raise_at(g->a, g->loc, "%s wants a square matrix, got %s", f->name,
			shape_text(g->a, x.row, x.col));
	mask = op_fill(g, node_num(g, RAT1), x.row, x.col);
	if (mask.n != x.n)
		return op_emul(g, 2, (Operand[]){triangle(g, f, mask), x});
	x.n = node_fn(g, f, 0, 1, &x.n);
	return x;
}

/* ---- matrix functions */

/* Of a scalar: the function on 1 x 1 matrices. */
static Operand
matrix_function_1x1(Graph *g, FunId id, Operand x)
{
	switch (id) {
	case F_inv:
	case F_pinv:
		return raised(g, x, rat(-1, 1));
	case F_logdet:
		return map1(g, F_log, map1(g, F_abs, x));
	case F_expm:
		return map1(g, F_exp, x);
	case F_adj:
		return op_scalar(g, node_num(g, RAT1));
	default:                /* det */
		return x;
	}
}

static Operand
matrix_function(Graph *g, const Fun *f, Operand x)
{
	if (op_is_scalar(x))
		return matrix_function_1x1(g, f->id, x);
	if (f->id == F_pinv && x.n->nax == 1)           /* x'/(x'*x) */
		return op_ediv(g, op_trans(g, x), sqnorm(g, x));
	if (f->id == F_pinv) {
		Dim *row = x.row;

		x.row = x.col;
		x.col = row;
	} else if (x.n->nax != 2 || x.row != x.col) {
		raise_at(g->a, g->loc, "%s wants a square matrix, got %s", f->name,
			shape_text(g->a, x.row, x.col));
	}
	x.n = node_fn(g, f, 0, 1, &x.n);
	return f->id == F_det || f->id == F_logdet ? op_scalar(g, x.n) : x;
}

static Operand
softmax(Graph *g, const Fun *f, Operand x, int axis)
{
	/* alone in its direction: 1 */
	if (op_is_scalar(x) || (axis == 1 && is_one(x.row)) || (axis == 2 && is_one(x.col)))
		return op_fill(g, node_num(g, RAT1), x.row, x.col);
	if (x.n->nax == 2 && axis == 0)
		raise_hint(g->a, g->loc,
			"softmax(X,1) is that of each column, softmax(X,2) that of each row",
			"the softmax of a matrix needs a direction");
	x.n = node_fn(g, f, x.n->nax == 1 ? 0 : axis, 1, &x.n);
	return x;
}

static Operand
logsumexp(Graph *g, const Fun *f, Operand x, int axis)
{
	Dim *one = dim_num(g->dims, 1);

	if (op_is_scalar(x) || (axis == 1 && is_one(x.row)) || (axis == 2 && is_one(x.col)))
		return x;
	if (axis == 0)
		x = vec(g, x);
	x.n = node_fn(g, f, x.n->nax == 1 ? 0 : axis, 1, &x.n);
	if (axis != 2)
		x.row = one;
	if (axis != 1)
		x.col = one;
	return x;
}

/* ---- the call */

static Operand
elementwise(Graph *g, const Fun *f, int n, const Operand *x)
{
	Operand r = x[0];
	Node *k[2];

	if (f->id == F_sqrt)
		return raised(g, x[0], rat(1, 2));
	if (f->id == F_square)
		return raised(g, x[0], rat(2, 1));
	if (f->id == F_pow)
		return op_epow(g, x[0], x[1]);
	for (int i = 0; i < n; i++) {
		k[i] = x[i].n;
		if (op_is_scalar(r))
			r = x[i];
	}
	r.n = node_map(g, f, n, k);
	return r;
}

static int
axis_of(Graph *g, int nidx, Dim *const *idx)
{
	long k = 0;

	if (nidx && (!dim_is_num(idx[0], &k) || k < 1 || k > 2))
		raise_hint(
			g->a, g->loc, "1 goes down the columns, 2 along the rows", "the direction is 1 or 2");
	return (int)k;
}

static Operand
macro(Graph *g, const Fun *f, const Operand *x, int nidx, Dim *const *idx)
{
	switch (f->id) {
	case F_sum:
		return op_sum(g, x[0], axis_of(g, nidx, idx));
	case F_mean:
		return mean(g, x[0], axis_of(g, nidx, idx));
	case F_tr:
		return trace(g, x[0]);
	case F_dot:
		return dot(g, x[0], x[1]);
	case F_sqnorm:
		return sqnorm(g, x[0]);
	case F_norm:
	case F_norm2:
	case F_normfro:
		return norm(g, x[0]);
	case F_norm1:
		return op_sum(g, map1(g, F_abs, x[0]), 0);
	case F_transpose:
		return op_trans(g, x[0]);
	case F_diag:
		return op_diag(g, x[0]);
	case F_vec:
		return vec(g, x[0]);
	case F_reshape:
		return op_reshape(g, x[0], idx[0], idx[1]);
	case F_kron:
		return op_kron(g, x[0], x[1]);
	default:
		bug(g->a, "%s is not written out", f->name);
	}
}

static Operand
constant(Graph *g, const Fun *f, const Operand *x, Dim *const *idx, Dim *row, Dim *col)
{
	switch (f->id) {
	case F_commutation:
		return commutation(g, idx[0], idx[1]);
	case F_eye:
		return op_ident(g, idx[0]);
	case F_ones:
		return op_fill(g, node_num(g, RAT1), idx[0], idx[1]);
	case F_zeros:
		return op_fill(g, node_num(g, RAT0), idx[0], idx[1]);
	case F_e:
		return op_unit(g, idx[0], idx[1]);
	case F_J:
		return op_mul(
			g, 2, (Operand[]){op_unit(g, idx[0], idx[2]), op_trans(g, op_unit(g, idx[1], idx[3]))});
	case F_vector:
	case F_matrix:
		return op_fill(g, x[0].n, row, col);
	default:
		bug(g->a, "%s is no known constant", f->name);
	}
}

Operand
op_call(
	Graph *g, const Fun *f, int n, const Operand *x, int nidx, Dim *const *idx, Dim *row, Dim *col)
{
	switch (f->cls) {
	case FC_ELEM:
		return elementwise(g, f, n, x);
	case FC_MACRO:
		return macro(g, f, x, nidx, idx);
	case FC_CONST:
		return constant(g, f, x, idx, row, col);
	case FC_MATFUN:
		if (f->id == F_softmax)
			return softmax(g, f, x[0], axis_of(g, nidx, idx));
		if (f->id == F_logsumexp)
			return logsumexp(g, f, x[0], axis_of(g, nidx, idx));
		if (f->id == F_tril || f->id == F_triu)
			return triangle(g, f, x[0]);
		return matrix_function(g, f, x[0]);
	default:
		bug(g->a, "%s is no function of operands", f->name);
	}
}
