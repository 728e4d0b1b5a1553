/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shape_call.c: the shapes that the functions of the table take and give. Called by shape.c for a
 * TM_CALL whose arguments have their shapes; raises when they do not fit.
 */
#include "infer.h"

static bool
scalar(Infer *in, const Term *t)
{
	return kind_of(in, t) == KIND_SCALAR;
}

static Dim *
size(Infer *in, const Term *t)
{
	return dim_mul(in->dims, t->row, t->col);
}

static void
want_vector(Infer *in, const Term *t, int kid, const char *hint)
{
	if (kind_of(in, t->kid[kid]) == KIND_MATRIX)
		shape_raise(in, t, kid, -1, hint, "%s wants a vector, %s is %s", t->fun->name,
			term_text(in, t, kid), term_shape_text(in, t->kid[kid]));
}

static void
want_scalar(Infer *in, const Term *t, int kid, const char *hint)
{
	if (!scalar(in, t->kid[kid]))
		shape_raise(in, t, kid, -1, hint, "%s wants a scalar, %s is %s", t->fun->name,
			term_text(in, t, kid), term_shape_text(in, t->kid[kid]));
}

/* kid is to have the shape of `like` */
static void
want_same(Infer *in, const Term *t, int kid, int like)
{
	const Term *x = t->kid[like], *y = t->kid[kid];
	bool same = x->nax <= 2 && y->nax <= 2 && unify(in, x->row, y->row, t->loc) &&
				unify(in, x->col, y->col, t->loc);

	if (!same)
		shape_raise(in, t, kid, like, NULL, "%s wants equal shapes: %s is %s, %s is %s",
			t->fun->name, term_text(in, t, like), term_shape_text(in, x), term_text(in, t, kid),
			term_shape_text(in, y));
}

/* ---------------------------------------------------------------- derivatives */

static int
axes(Infer *in, const Term *t, Dim **ax)
{
	unsigned k = kind_of(in, t);
	int n = 0;

	if (k == KIND_TENSOR) {
		for (int i = 0; i < t->nax; i++)
			ax[i] = t->ax[i];
		return t->nax;
	}
	if (!(k & KIND_ROW))
		ax[n++] = t->row;
	if (!(k & KIND_COL))
		ax[n++] = t->col;
	return n;
}

/* the derivative in its natural shape: F's axes, then X's */
static void
shape_diff(Infer *in, Term *t)
{
	Term *f = t->kid[0], *x = t->kid[1];
	Dim *ax[16];
	int n;

	if (t->prime) /* d(l)/d(W): the gradient of a scalar */
		t->fun = &fun_table[scalar(in, f) ? F_grad : F_diff];
	if (scalar(in, f) || scalar(in, x)) {
		shape_copy(t, scalar(in, f) ? x : f);
		return;
	}
	if (f->nax > 6)
		raise_at(in->a, term_at(t, 0),
			"the derivative of a tensor of order %d has too many indices to be written down",
			f->nax);
	n = axes(in, f, ax);
	n += axes(in, x, ax + n);
	if (n == 2) {
		shape_set(t, ax[0], ax[1]);
		return;
	}
	t->row = t->col = in->one;
	t->nax = n;
	t->ax = NEWN(in->a, Dim *, n);
	for (int i = 0; i < n; i++)
		t->ax[i] = ax[i];
}

static void
shape_derivative(Infer *in, Term *t)
{
	static const char no_scalar[] =
		"jac(F, X) is the derivative of a vector or matrix; sum(F), sqnorm(F) make a scalar";
	const Term *f = t->kid[0], *x = t->kid[1];

	if (t->prime || t->fun->id == F_diff) {
		shape_diff(in, t);
		return;
	}
	shape_no_tensor(in, t, t->fun->name);
	switch (t->fun->id) {
	case F_grad:
		want_scalar(in, t, 0, no_scalar);
		shape_copy(t, x);
		return;
	case F_structgrad:
		want_scalar(in, t, 0, no_scalar);
		shape_square(in, t, 1, "structgrad");
		shape_copy(t, x);
		return;
	case F_hess:
		want_scalar(in, t, 0, "jac(grad(f, X), X) with a scalar f");
		shape_set(t, size(in, x), size(in, x));
		return;
	case F_jac:
		shape_set(t, size(in, f), size(in, x));
		return;
	case F_dir:
		want_same(in, t, 2, 1);
		shape_copy(t, f);
		return;
	default: /* vjp */
		want_same(in, t, 2, 0);
		shape_copy(t, x);
	}
}

/* ---------------------------------------------------------------- the rest */

/* sum, mean, logsumexp: of all entries, down the columns, along the rows */
static void
shape_reduce(Infer *in, Term *t)
{
	const Term *x = t->kid[0];

	if (!t->nidx)
		shape_set(t, in->one, in->one);
	else if (dim_is(t->idx[0], 1))
		shape_set(t, in->one, x->col);
	else
		shape_set(t, x->row, in->one);
}

static void
shape_diag(Infer *in, Term *t)
{
	const Term *x = t->kid[0];
	Dim *d;

	switch (kind_of(in, x)) {
	case KIND_SCALAR:
		shape_set(t, in->one, in->one);
		return;
	case KIND_MATRIX:
		shape_square(in, t, 0, "the diagonal of a matrix");
		shape_set(t, x->row, in->one);
		return;
	default:
		d = kind_of(in, x) == KIND_COL ? x->row : x->col;
		shape_set(t, d, d);
	}
}

void
shape_call(Infer *in, Term *t)
{
	const Fun *f = t->fun;
	Term *x = t->n ? t->kid[0] : NULL;

	if (f->cls == FC_DERIV) {
		shape_derivative(in, t);
		return;
	}
	shape_no_tensor(in, t, f->name);
	switch (f->id) {
	case F_sum:
	case F_mean:
	case F_logsumexp:
		shape_reduce(in, t);
		return;
	case F_softmax:
		if (!t->nidx)
			want_vector(
				in, t, 0, "softmax(X,1) goes down the columns, softmax(X,2) along the rows");
		shape_copy(t, x);
		return;
	case F_det:
	case F_logdet:
	case F_tr:
		shape_square(in, t, 0, f->name);
		shape_set(t, in->one, in->one);
		return;
	case F_inv:
	case F_adj:
	case F_expm:
	case F_tril:
	case F_triu:
		shape_square(in, t, 0, f->name);
		shape_copy(t, x);
		return;
	case F_pinv:
	case F_transpose:
		shape_set(t, x->col, x->row);
		return;
	case F_dot:
		want_same(in, t, 1, 0);
		shape_set(t, in->one, in->one);
		return;
	case F_norm2:
		want_vector(in, t, 0, "normfro(X) is the Frobenius norm; the spectral norm is not offered");
		shape_set(t, in->one, in->one);
		return;
	case F_sqnorm:
	case F_norm:
	case F_norm1:
	case F_normfro:
		shape_set(t, in->one, in->one);
		return;
	case F_diag:
		shape_diag(in, t);
		return;
	case F_vec:
		shape_set(t, size(in, x), in->one);
		return;
	case F_reshape: {
		Dim *want = dim_mul(in->dims, t->idx[0], t->idx[1]);
		if (!unify(in, size(in, x), want, t->loc))
			shape_raise(in, t, 0, -1, NULL,
				"reshape keeps the number of entries: %s is %s, but %s are asked for",
				term_text(in, t, 0), term_shape_text(in, x), dim_text(in->a, want));
		shape_set(t, t->idx[0], t->idx[1]);
		return;
	}
	case F_kron:
		shape_copy(t, x);
		for (int i = 1; i < t->n; i++)
			shape_set(t, dim_mul(in->dims, t->row, t->kid[i]->row),
				dim_mul(in->dims, t->col, t->kid[i]->col));
		return;
	case F_commutation: {
		Dim *d = dim_mul(in->dims, t->idx[0], t->idx[1]);
		shape_set(t, d, d);
		return;
	}
	case F_eye:
	case F_ones:
	case F_zeros:
	case F_rand:
	case F_randn:
		shape_set(t, t->nidx ? t->idx[0] : in->one,
			t->nidx > 1                 ? t->idx[1]
			: t->nidx && f->id == F_eye ? t->idx[0]
										: in->one);
		return;
	case F_e:
		shape_set(t, t->idx[1], in->one);
		return;
	case F_J:
		shape_set(t, t->idx[2], t->idx[t->nidx - 1]);
		return;
	case F_vector:
	case F_matrix:
		want_scalar(in, t, 0, NULL);
		shape_set(t, infer_fresh(in->e), f->id == F_vector ? in->one : infer_fresh(in->e));
		return;
	default: /* of each entry */
		shape_broadcast(in, t, f->name);
	}
}
