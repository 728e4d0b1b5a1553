/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * matrix_calls.c: matrix expressions that are written as functions: diag, traces, sums of entries,
 * norms, kron, vec. What looks like one is brought to the shortest form: the sum of a.*b is a'*b,
 * that of A*x*ones is sum(A*x), the trace of a product any of its rotations. Beside matrix_ex.c,
 * which has the operators.
 */
#include "matrix.h"

/* ---- calls */

static Ex *
call1(Form *f, const char *fn, Dim *row, Dim *col, Ex *x)
{
	return ex_call(f, fn, row, col, 1, 1, &x, 0, NULL);
}

static bool
is_call(const Ex *x, const char *fn)
{
	return x->kind == EX_CALL && x->fn == sym(fn);
}

/* coef and scalars of a TERM around fn of its body */
static Ex *
around(Form *f, Ex *t, Ex *body)
{
	return ex_term(f, t->coef, t->n - t->nden, t->kid, t->nden, t->kid + t->n - t->nden, body);
}

Ex *
ex_diag(Form *f, Ex *x)
{
	if (x->kind == EX_ONES)
		return ex_eye(f, x->row);
	if (x->kind == EX_TERM)
		return around(f, x, ex_diag(f, x->body));
	return call1(f, "diag", x->row, x->row, x);
}

/* where a product falls apart into a column and a row: the number of factors before, 0: nowhere */
static int
outer_at(const Ex *x)
{
	if (x->kind == EX_MUL)
		for (int i = 1; i < x->n; i++)
			if (!x->kid[i]->row)
				return i;
	return 0;
}

Ex *
ex_diagonal(Form *f, Ex *x)
{
	int at;

	if (x->kind == EX_EYE || x->kind == EX_ONES)
		return ex_ones(f, x->row, NULL);
	if (is_call(x, "diag"))
		return x->kid[0];
	if (x->kind == EX_TERM)
		return around(f, x, ex_diagonal(f, x->body));
	if ((at = outer_at(x)))
		return ex_emul2(f, ex_chain(f, at, x->kid),
			ex_trans(f, ex_chain(f, x->n - at, x->kid + at)));
	return call1(f, "diag", x->row, NULL, ex_cheaper(f, x));
}

static Ex *
size_of(Form *f, Dim *d)
{
	return ex_leaf(f, form_dim(f, d), NULL, NULL, ~0U, d->n == 1 ? 0 : 2);
}

/* the trace of a product: any of its rotations, either way round */
static Ex *
tr_chain(Form *f, int n, Ex **k)
{
	Ex **r = NEWN(f->a, Ex *, n), **best = NEWN(f->a, Ex *, n), **way;
	int cost = 0, rcost = 0, from = 0;

	for (int i = 0; i < n; i++) {
		r[i] = ex_trans(f, k[n - 1 - i]);
		cost += k[i]->cost;
		rcost += r[i]->cost;
	}
	way = rcost < cost ? r : k;
	for (int i = 1; i < n; i++)
		if (way[i]->key < way[from]->key ||
		    (way[i]->key == way[from]->key && ex_equal(way[from], way[(from + n - 1) % n])))
			from = i;
	for (int i = 0; i < n; i++)
		best[i] = way[(from + i) % n];
	return call1(f, "tr", NULL, NULL, ex_chain(f, n, best));
}

Ex *
ex_tr(Form *f, Ex *x)
{
	int at;

	if (x->kind == EX_EYE || x->kind == EX_ONES)
		return size_of(f, x->row);
	if (is_call(x, "diag"))
		return ex_all(f, x->kid[0]);
	if (x->kind == EX_TERM)
		return around(f, x, ex_tr(f, x->body));
	if ((at = outer_at(x))) {
		Ex **k = NEWN(f->a, Ex *, x->n);

		for (int i = 0; i < x->n; i++)
			k[i] = x->kid[(at + i) % x->n];
		return ex_mul(f, x->n, k);
	}
	if (x->kind == EX_MUL)
		return tr_chain(f, x->n, x->kid);
	return call1(f, "tr", NULL, NULL, ex_cheaper(f, x));
}

/* the sum of a .* b .* (A*c), the product at place `at`: (a.*b)'*A*c; of (A*a) .* b .* (B*c):
   a'*A'*(b.*(B*c)) */
static Ex *
around_chain(Form *f, Ex *x, int at)
{
	int m = x->n - x->nden;
	Ex *rest = NULL, *row = ex_trans(f, x->kid[at]);

	for (int i = 0; i < x->n; i++)
		if (i != at)
			rest = ex_emul2(
				f, rest, i < m ? x->kid[i] : ex_pow(f, x->kid[i], rat(-1, 1)));
	return ex_mul2(f, row, rest);
}

/* the sum of a .* b .* c: a'*b where that is enough */
static Ex *
all_emul(Form *f, Ex *x)
{
	int m = x->n - x->nden, at[2] = {-1, -1};
	Ex *r, *t;

	if (x->nden == 0 && m == 2) {
		Ex *a = x->kid[0], *b = x->kid[1];

		if (ex_is_col(x))
			return ex_mul2(f, ex_trans(f, a), b);
		if (ex_plain(a) && ex_plain(b) && x->row && x->col)
			return ex_tr(f, ex_mul2(f, ex_trans(f, a), b));
	}
	if (!ex_is_col(x) || m < 2)
		return NULL;
	for (int i = 0; i < m; i++)
		if (x->kid[i]->kind == EX_MUL) {
			at[0] = at[1];
			at[1] = i;
		}
	if (at[1] < 0)
		return NULL;
	r = around_chain(f, x, at[1]);
	if (at[0] >= 0 && (t = around_chain(f, x, at[0]))->cost < r->cost)
		r = t;
	return r;
}

static Ex *
all_mul(Form *f, Ex *x)
{
	int at = outer_at(x), n = x->n;

	if (at) {
		Ex *two[2] = {ex_all(f, ex_chain(f, at, x->kid)),
			ex_all(f, ex_chain(f, n - at, x->kid + at))};
		return ex_term(f, RAT1, 2, two, 0, NULL, NULL);
	}
	if (x->kid[n - 1]->kind == EX_ONES && ex_is_col(x->kid[n - 1]))
		return ex_all(f, ex_chain(f, n - 1, x->kid));
	if (x->kid[0]->kind == EX_ONES && ex_is_row(x->kid[0]))
		return ex_all(f, ex_chain(f, n - 1, x->kid + 1));
	return NULL;
}

Ex *
ex_all(Form *f, Ex *x)
{
	Ex *r = NULL;

	if (ex_is_scalar(x))
		return x;
	switch (x->kind) {
	case EX_ONES:
		if (x->row && x->col)
			return size_of(f, dim_mul(f->g->dims, x->row, x->col));
		return size_of(f, x->row ? x->row : x->col);
	case EX_EYE:
		return size_of(f, x->row);
	case EX_TRANS:
		return ex_all(f, x->kid[0]);
	case EX_TERM:
		return around(f, x, ex_all(f, x->body));
	case EX_MUL:
		r = all_mul(f, x);
		break;
	case EX_EMUL:
		r = all_emul(f, x);
		break;
	case EX_POW:
		if (!rat_is(x->coef, 2))
			break;
		return ex_square(f, x->kid[0]);
	case EX_CALL:
		if (x->fn == sym("diag") && x->col)
			return ex_all(f, x->kid[0]);
		if (x->fn == sym("diag"))
			return ex_tr(f, x->kid[0]);
		if (x->fn == sym("vec"))
			return ex_all(f, x->kid[0]);
		break;
	case EX_LEAF:
		if (x->node && x->node->kind == N_MAP && x->node->fun->id == F_abs && ex_is_col(x))
			return call1(f, "norm1", NULL, NULL, form_node(f, x->node->kid[0]));
		break;
	default:
		break;
	}
	return r ? r : call1(f, "sum", NULL, NULL, ex_cheaper(f, x));
}

static Dim *
dim_times(Form *f, Dim *x, Dim *y)
{
	return !x ? y : !y ? x : dim_mul(f->g->dims, x, y);
}

Ex *
ex_kron(Form *f, Ex *x, Ex *y)
{
	Dim *row = dim_times(f, x->row, y->row), *col = dim_times(f, x->col, y->col);

	if (x->kind == EX_EYE && y->kind == EX_EYE)
		return ex_eye(f, row);
	if (x->kind == EX_ONES && y->kind == EX_ONES)
		return ex_ones(f, row, col);
	if (is_call(y, "kron") && x->kind == y->kid[0]->kind &&
		(x->kind == EX_EYE || x->kind == EX_ONES))
		return ex_kron(f, ex_kron(f, x, y->kid[0]), y->kid[1]);
	if (ex_is_scalar(x) || ex_is_scalar(y))
		return ex_term(
			f, RAT1, 1, ex_is_scalar(x) ? &x : &y, 0, NULL, ex_is_scalar(x) ? y : x);
	if (x->kind == EX_TERM)
		return around(f, x, ex_kron(f, x->body, y));
	if (y->kind == EX_TERM)
		return around(f, y, ex_kron(f, x, y->body));
	return ex_call(f, "kron", row, col, 1, 2, (Ex *[]){x, y}, 0, NULL);
}

Ex *
ex_vec(Form *f, Ex *x)
{
	Dim *n = dim_times(f, x->row, x->col);

	if (!x->col)
		return x;
	if (!x->row)
		return ex_trans(f, x);
	if (x->kind == EX_ONES)
		return ex_ones(f, n, NULL);
	if (x->kind == EX_TERM)
		return around(f, x, ex_vec(f, x->body));
	return call1(f, "vec", n, NULL, x);
}
