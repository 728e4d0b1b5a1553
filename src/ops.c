/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ops.c: the operators of matrix notation on nodes: each becomes one labelled product or sum. Below
 * build.c (terms), calls.c (functions), forms.c and adjoint.c (rules of the table). The comments
 * say what happens to the entries.
 */
#include <limits.h>

#include "build.h"

static bool
is_one(const Dim *d)
{
	return dim_is(d, 1);
}

static Dim *
one(Graph *g)
{
	return dim_num(g->dims, 1);
}

/* ---- making operands */

Operand
op_node(Graph *g, Node *n)
{
	Operand x = {n, one(g), one(g)};

	if (n->nax > 2) {
		x.row = x.col = NULL;
		return x;
	}
	if (n->nax > 0)
		x.row = n->ax[0];
	if (n->nax > 1)
		x.col = n->ax[1];
	return x;
}

Operand
op_scalar(Graph *g, Node *n)
{
	return (Operand){n, one(g), one(g)};
}

Operand
op_fill(Graph *g, Node *scalar, Dim *row, Dim *col)
{
	Dim *ax[2];
	int n = 0;

	if (!is_one(row))
		ax[n++] = row;
	if (!is_one(col))
		ax[n++] = col;
	if (n == 0)
		return op_scalar(g, scalar);
	return (Operand){
		node_is_zero(scalar) ? node_zero(g, n, ax) : node_broadcast(g, scalar, n, ax), row, col};
}

Operand
op_ident(Graph *g, Dim *d)
{
	return (Operand){is_one(d) ? node_num(g, RAT1) : node_eye(g, d), d, d};
}

/* ---- elementwise */

/* the operand that gives the result its shape: the first that is no scalar, if there is one */
static Operand
widest(int n, const Operand *x)
{
	for (int i = 0; i < n; i++)
		if (!op_is_scalar(x[i]))
			return x[i];
	return x[0];
}

Operand
op_add(Graph *g, int n, const Operand *x, const int *sign)
{
	Operand r = widest(n, x);
	Sum *s = sum_begin(g, r.n->nax, r.n->ax);

	for (int i = 0; i < n; i++) {
		Node *k = x[i].n;

		if (node_is_zero(k))
			continue;
		if (k->nax < r.n->nax)
			k = node_broadcast(g, k, r.n->nax, r.n->ax);
		sum_add(s, rat(sign ? sign[i] : 1, 1), k);
	}
	r.n = sum_end_written(s);
	return r;
}

/* x[i,j] y[i,j] ... */
Operand
op_emul(Graph *g, int n, const Operand *x)
{
	Operand r = widest(n, x);
	Prod *p = prod_begin(g);
	int *l = NEWN(g->a, int, r.n->nax + 1);

	for (int i = 0; i < r.n->nax; i++)
		l[i] = prod_label(p, r.n->ax[i]);
	for (int i = 0; i < n; i++)
		prod_factor(p, x[i].n, l);
	r.n = prod_end(p, r.n->nax, l);
	return r;
}

Operand
op_ediv(Graph *g, Operand x, Operand y)
{
	y.n = node_pow(g, y.n, rat(-1, 1));
	return op_emul(g, 2, (Operand[]){x, y});
}

Operand
op_epow(Graph *g, Operand x, Operand y)
{
	Operand r = widest(2, (Operand[]){x, y});
	Rat e;

	if (node_is_num(y.n, &e))
		return (Operand){node_pow(g, x.n, e), x.row, x.col};
	r.n = node_map(g, &fun_table[F_pow], 2, (Node *[]){x.n, y.n});
	return r;
}

/* ---- matrix products */

/* a label for an axis of that size; -1 where there is no axis */
static int
axis(Prod *p, Dim *d)
{
	return is_one(d) ? -1 : prod_label(p, d);
}

/* the factor x on the labels of its axes (-1: no axis) */
static void
place(Prod *p, Node *x, int row, int col)
{
	int l[2], n = 0;

	if (row >= 0)
		l[n++] = row;
	if (col >= 0)
		l[n++] = col;
	prod_factor(p, x, l);
}

static Node *
finish(Prod *p, int row, int col)
{
	int l[2], n = 0;

	if (row >= 0)
		l[n++] = row;
	if (col >= 0)
		l[n++] = col;
	return prod_end(p, n, l);
}

/* From left to right in one product: x[i,k] y[k,j]; a factor that is a scalar, or meets one, only
   scales. */
Operand
op_mul(Graph *g, int n, const Operand *x)
{
	Prod *p;
	Operand r = op_scalar(g, NULL);
	int row = -1, col = -1;

	for (int i = 0; i < n; i++)
		if (!x[i].row)
			return op_emul(g, n, x);        /* a tensor: the others are scalars */
	p = prod_begin(g);
	for (int i = 0; i < n; i++) {
		if (op_is_scalar(x[i])) {
			place(p, x[i].n, -1, -1);
			continue;
		}
		if (row < 0 && col < 0) {               /* a scalar so far */
			row = axis(p, x[i].row);
			col = axis(p, x[i].col);
			place(p, x[i].n, row, col);
			r.row = x[i].row;
		} else {
			int next = axis(p, x[i].col);

			place(p, x[i].n, col, next);
			col = next;
		}
		r.col = x[i].col;
	}
	r.n = finish(p, row, col);
	return r;
}

/* x[i,j] -> r[j,i] */
Operand
op_trans(Graph *g, Operand x)
{
	return (Operand){x.n->nax == 2 ? node_transpose(g, x.n) : x.n, x.col, x.row};
}

Operand
op_inv(Graph *g, Operand x)
{
	if (op_is_scalar(x))
		x.n = node_pow(g, x.n, rat(-1, 1));
	else
		x.n = node_fn(g, &fun_table[F_inv], 0, 1, &x.n);
	return x;
}

Operand
op_div(Graph *g, Operand x, Operand y)
{
	if (op_is_scalar(y))
		return op_ediv(g, x, y);
	return op_mul(g, 2, (Operand[]){x, op_inv(g, y)});
}

Operand
op_ldiv(Graph *g, Operand x, Operand y)
{
	return op_mul(g, 2, (Operand[]){op_inv(g, x), y});
}

Operand
op_pow(Graph *g, Operand x, Operand k)
{
	Rat e;
	long n;

	if (op_is_scalar(x))
		return op_epow(g, x, k);
	if (!node_is_num(k.n, &e) || !rat_is_int(e))
		raise_hint(g->a, g->loc, "`.^` is the power of every entry, expm(X) the matrix exponential",
			   "a matrix power needs an integer exponent");
	if (!rat_long(e, &n) || n > INT_MAX || n < -INT_MAX)
		raise_at(
			g->a, g->loc, "the exponent %s is too large for a matrix power", rat_written(g->a, e));
	if (n == 0)
		return op_ident(g, x.row);
	if (n < 0) {
		x = op_inv(g, x);
		n = -n;
	}
	if (n > 1)
		x.n = node_fn(g, &fun_table[F_mpow], (int)n, 1, &x.n);
	return x;
}

/* ---- combined axes, single entries, blocks */

/* the label of the combined index of two axes, the first slowest: fuse[i,k,a]; an axis that is not
   there adds nothing */
static int
fuse(Graph *g, Prod *p, Dim *d1, int l1, Dim *d2, int l2)
{
	int l[3] = {l1, l2, -1};

	if (l1 < 0 || l2 < 0)
		return l1 < 0 ? l2 : l1;
	l[2] = prod_label(p, dim_mul(g->dims, d1, d2));
	prod_factor(p, node_fuse(g, 2, (Dim *[]){d1, d2}), l);
	return l[2];
}

/* x[i,j] y[k,l] fuse[i,k,a] fuse[j,l,b] -> r[a,b] */
Operand
op_kron(Graph *g, Operand x, Operand y)
{
	Prod *p = prod_begin(g);
	int i = axis(p, x.row), j = axis(p, x.col), k = axis(p, y.row), l = axis(p, y.col), a, b;
	Operand r = {NULL, dim_mul(g->dims, x.row, y.row), dim_mul(g->dims, x.col, y.col)};

	place(p, x.n, i, j);
	place(p, y.n, k, l);
	a = fuse(g, p, x.row, i, y.row, k);
	b = fuse(g, p, x.col, j, y.col, l);
	r.n = finish(p, a, b);
	return r;
}

static void
check_index(Graph *g, const Dim *index, const Dim *size)
{
	long i, n;

	if (!dim_is_num(index, &i))
		return;
	if (i < 1)
		raise_at(g->a, g->loc, "the index %ld is out of range: indices start at 1", i);
	if (dim_is_num(size, &n) && i > n)
		raise_at(g->a, g->loc, "the index %ld is out of range: there are %ld", i, n);
}

Operand
op_unit(Graph *g, Dim *index, Dim *size)
{
	check_index(g, index, size);
	return (Operand){is_one(size) ? node_num(g, RAT1) : node_unit(g, index, size), size, one(g)};
}

/* x[a,b] e_i[a] e_j[b]; a vector's one index counts along it; a tensor has no entries here */
Operand
op_entry(Graph *g, Operand x, Dim *i, Dim *j)
{
	Prod *p = prod_begin(g);
	int row = axis(p, x.row), col = axis(p, x.col);

	if (!j && row < 0 && col >= 0) {
		j = i;
		i = one(g);
	} else if (!j) {
		j = one(g);
	}
	check_index(g, i, x.row);
	check_index(g, j, x.col);
	place(p, x.n, row, col);
	if (row >= 0)
		prod_factor(p, node_unit(g, i, x.row), &row);
	if (col >= 0)
		prod_factor(p, node_unit(g, j, x.col), &col);
	return op_scalar(g, prod_end(p, 0, NULL));
}

/* The label of a block's axis of size d at an offset within the total axis, whose label is
   `all`. */
static int
embed(Graph *g, Prod *p, Dim *d, Dim *offset, Dim *total, int all)
{
	int l[2];

	if (d == total)
		return all;
	if (is_one(d)) {
		prod_factor(p, node_unit(g, dim_add(g->dims, offset, one(g)), total), &all);
		return -1;
	}
	l[0] = prod_label(p, d);
	l[1] = all;
	prod_factor(p, node_inj(g, d, offset, total), l);
	return l[0];
}

/* The sum of all blocks, each moved to its place: x[i,j] S[i,a] T[j,b] -> r[a,b] */
Operand
op_blocks(Graph *g, int nrow, const int *rowlen, const Operand *x, Dim *row, Dim *col)
{
	Operand r = op_fill(g, node_num(g, RAT0), row, col);
	Sum *s = sum_begin(g, r.n->nax, r.n->ax);
	Dim *down = dim_num(g->dims, 0);

	for (int i = 0; i < nrow; i++) {
		Dim *right = dim_num(g->dims, 0);

		for (int j = 0; j < rowlen[i]; j++) {
			const Operand *b = &x[j];
			Prod *p = prod_begin(g);
			int a = axis(p, row), c = axis(p, col), la, lc;

			la = embed(g, p, b->row, down, row, a);
			lc = embed(g, p, b->col, right, col, c);
			place(p, b->n, la, lc);
			sum_add(s, RAT1, finish(p, a, c));
			right = dim_add(g->dims, right, b->col);
		}
		if (rowlen[i])
			down = dim_add(g->dims, down, x[0].row);
		x += rowlen[i];
	}
	r.n = sum_end(s);
	return r;
}
