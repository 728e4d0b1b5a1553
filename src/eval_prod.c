/* SPDX-License-Identifier: GPL-3.0-or-later */
/* eval_prod.c: runs contractions: matrix products through GSL's BLAS interface, and plain loops. */
#include <gsl/gsl_blas.h>
#include <math.h>
#include <string.h>

#include "plan.h"

#define TILE_WORK 5e8           /* multiplications between two looks at the interrupt flag */
#define TILE_MIN 512            /* rows and columns of a tile: fewer cost speed */

static double
coefficient(const Plan *p, const Step *s)
{
	double c = s->coef;

	for (int i = 0; i < s->nscal; i++)
		c *= p->val[s->scal[i].val].data[s->scal[i].off];
	return c;
}

/* ---- loops */

static double
dot(const double *x, long sx, const double *y, long sy, long n)
{
	double a = 0, b = 0, c = 0, d = 0;
	long i = 0;

	for (; i + 4 <= n; i += 4) {
		a += x[i * sx] * y[i * sy];
		b += x[(i + 1) * sx] * y[(i + 1) * sy];
		c += x[(i + 2) * sx] * y[(i + 2) * sy];
		d += x[(i + 3) * sx] * y[(i + 3) * sy];
	}
	for (; i < n; i++)
		a += x[i * sx] * y[i * sy];
	return a + b + (c + d);
}

static double
total(const double *x, long sx, long n)
{
	double a = 0, b = 0, c = 0, d = 0;
	long i = 0;

	for (; i + 4 <= n; i += 4) {
		a += x[i * sx];
		b += x[(i + 1) * sx];
		c += x[(i + 2) * sx];
		d += x[(i + 3) * sx];
	}
	for (; i < n; i++)
		a += x[i * sx];
	return a + b + (c + d);
}

/* out[i] += product of the operands along the last loop; so == 0: their sum */
static void
inner(const Step *s, double *out, long so, const double *const *x, long n)
{
	int last = s->nd - 1;
	long s0 = s->nd ? s->in[0].stride[last] : 0,
		 s1 = s->nd && s->nin > 1 ? s->in[1].stride[last] : 0;

	if (s->nin == 1 && so == 0) {
		*out += total(x[0], s0, n);
	} else if (s->nin == 1) {
		for (long i = 0; i < n; i++)
			out[i * so] += x[0][i * s0];
	} else if (s->nin == 2 && so == 0) {
		*out += dot(x[0], s0, x[1], s1, n);
	} else if (s->nin == 2 && s0 == 0) {
		for (long i = 0; i < n; i++)
			out[i * so] += x[0][0] * x[1][i * s1];
	} else if (s->nin == 2) {
		for (long i = 0; i < n; i++)
			out[i * so] += x[0][i * s0] * x[1][i * s1];
	} else {
		for (long i = 0; i < n; i++) {
			double c = 1;

			for (int k = 0; k < s->nin; k++)
				c *= x[k][i * (s->nd ? s->in[k].stride[last] : 0)];
			out[i * so] += c;
		}
	}
}

void
run_loop(Plan *p, const Step *s, Env *env)
{
	const double *room[8], **x = room;
	long index[16] = {0}, *idx = index, so = s->nd ? s->out.stride[s->nd - 1] : 0;
	long len = s->nd ? s->dim[s->nd - 1] : 1;
	int outer = s->nd ? s->nd - 1 : 0;
	double *out = p->val[s->out.val].data + s->out.off;
	ArenaMark mark = arena_mark(p->a);
	size_t done = 0;

	(void)env;
	memset(p->val[s->out.val].data, 0, p->val[s->out.val].size * sizeof(double));
	if (s->nin > 8)
		x = NEWN(p->a, const double *, s->nin);
	if (outer > 16)
		idx = NEWN(p->a, long, outer);
	for (int k = 0; k < s->nin; k++)
		x[k] = p->val[s->in[k].val].data + s->in[k].off;
	for (;;) {
		int d = outer - 1;

		inner(s, out, so, x, len);
		if ((done += (size_t)len + 16) > (1u << 22)) {
			poll_interrupt(p->a);
			done = 0;
		}
		for (; d >= 0; d--) {
			out += s->out.stride[d];
			for (int k = 0; k < s->nin; k++)
				x[k] += s->in[k].stride[d];
			if (++idx[d] < s->dim[d])
				break;
			out -= s->out.stride[d] * s->dim[d];
			for (int k = 0; k < s->nin; k++)
				x[k] -= s->in[k].stride[d] * s->dim[d];
			idx[d] = 0;
		}
		if (d < 0)
			break;
	}
	arena_release(p->a, mark);
}

/* ---- matrix products */

/* r x c entries with strides (sr, sc), one of which is 1 (or its axis of size 1), as a GSL matrix;
   *trans: it is the transpose that lies there */
static _gsl_matrix_const_view
as_matrix(const double *x, long r, long c, const long stride[2], CBLAS_TRANSPOSE_t *trans)
{
	bool rows = stride[1] == 1 || c == 1;

	if (r == 1 && stride[1] != 1)
		rows = false;
	*trans = rows ? CblasNoTrans : CblasTrans;
	if (rows)
		return gsl_matrix_const_view_array_with_tda(
			x, (size_t)r, (size_t)c, (size_t)(r == 1 || stride[0] < c ? c : stride[0]));
	return gsl_matrix_const_view_array_with_tda(
		x, (size_t)c, (size_t)r, (size_t)(c == 1 || stride[1] < r ? r : stride[1]));
}

static _gsl_vector_const_view
as_vector(const double *x, long n, long stride)
{
	return gsl_vector_const_view_array_with_stride(x, (size_t)stride, (size_t)n);
}

/* The rows (or columns, for op(m) = m') at..at+n of op(m). */
static _gsl_matrix_const_view
op_rows(const gsl_matrix *m, CBLAS_TRANSPOSE_t trans, long at, long n)
{
	if (trans == CblasNoTrans)
		return gsl_matrix_const_submatrix(m, (size_t)at, 0, (size_t)n, m->size2);
	return gsl_matrix_const_submatrix(m, 0, (size_t)at, m->size1, (size_t)n);
}

/* Large products are done in tiles that take a fraction of a second each, so that Ctrl-C is noticed
   between them: how many rows and columns each has */
static long
tile_size(const Step *s, double work)
{
	long size = (long)sqrt(TILE_WORK / (double)s->k);

	if (work < 2 * TILE_WORK)
		return s->m > s->n ? s->m : s->n;
	return size < TILE_MIN ? TILE_MIN : size;
}

static gsl_matrix_view
tile(gsl_matrix *z, long i, long rows, long j, long cols)
{
	return gsl_matrix_submatrix(z, (size_t)i, (size_t)j, (size_t)rows, (size_t)cols);
}

/* z = coef*op(x)*op(y) + beta*z */
static void
tiled_dgemm(Plan *p, const Step *s, double coef, CBLAS_TRANSPOSE_t ta, const gsl_matrix *x,
	CBLAS_TRANSPOSE_t tb, const gsl_matrix *y, gsl_matrix *z)
{
	CBLAS_TRANSPOSE_t across = tb == CblasNoTrans ? CblasTrans : CblasNoTrans;
	long size = tile_size(s, (double)s->m * (double)s->n * (double)s->k);

	for (long i = 0; i < s->m; i += size) {
		long rows = s->m - i < size ? s->m - i : size;
		gsl_matrix_const_view xi = op_rows(x, ta, i, rows);

		for (long j = 0; j < s->n; j += size) {
			long cols = s->n - j < size ? s->n - j : size;
			gsl_matrix_const_view yj = op_rows(y, across, j, cols);
			gsl_matrix_view zij = tile(z, i, rows, j, cols);

			gsl_blas_dgemm(ta, tb, coef, &xi.matrix, &yj.matrix, s->beta, &zij.matrix);
			if (size < s->m || size < s->n)
				poll_interrupt(p->a);
		}
	}
}

/* The lower triangle of z = coef*op(x)*op(x)' */
static void
tiled_dsyrk(
	Plan *p, const Step *s, double coef, CBLAS_TRANSPOSE_t t, const gsl_matrix *x, gsl_matrix *z)
{
	CBLAS_TRANSPOSE_t across = t == CblasNoTrans ? CblasTrans : CblasNoTrans;
	long size = tile_size(s, 0.5 * (double)s->m * (double)s->m * (double)s->k);

	for (long i = 0; i < s->m; i += size) {
		long rows = s->m - i < size ? s->m - i : size;
		gsl_matrix_const_view xi = op_rows(x, t, i, rows);
		gsl_matrix_view zii = tile(z, i, rows, i, rows);

		for (long j = 0; j < i; j += size) {
			gsl_matrix_const_view xj = op_rows(x, t, j, size);
			gsl_matrix_view zij = tile(z, i, rows, j, size);

			gsl_blas_dgemm(t, across, coef, &xi.matrix, &xj.matrix, 0, &zij.matrix);
			poll_interrupt(p->a);
		}
		gsl_blas_dsyrk(CblasLower, t, coef, &xi.matrix, 0, &zii.matrix);
	}
}

static void
one_product(Plan *p, const Step *s, double coef, const double *a, const double *b, double *c)
{
	CBLAS_TRANSPOSE_t ta, tb;

	if (s->m == 1 && s->n == 1) {
		gsl_vector_const_view x = as_vector(a, s->k, s->sa[1]), y = as_vector(b, s->k, s->sb[0]);
		double d = 0;

		gsl_blas_ddot(&x.vector, &y.vector, &d);
		*c = coef * d + (s->beta == 0 ? 0 : s->beta * *c);
	} else if (s->n == 1) {
		gsl_matrix_const_view m = as_matrix(a, s->m, s->k, s->sa, &ta);
		gsl_vector_const_view x = as_vector(b, s->k, s->sb[0]);
		gsl_vector_view y = gsl_vector_view_array_with_stride(c, (size_t)s->sc[0], (size_t)s->m);

		gsl_blas_dgemv(ta, coef, &m.matrix, &x.vector, s->beta, &y.vector);
	} else if (s->m == 1) {
		gsl_matrix_const_view m = as_matrix(b, s->k, s->n, s->sb, &tb);
		gsl_vector_const_view x = as_vector(a, s->k, s->sa[1]);
		gsl_vector_view y = gsl_vector_view_array_with_stride(c, (size_t)s->sc[1], (size_t)s->n);

		gsl_blas_dgemv(tb == CblasTrans ? CblasNoTrans : CblasTrans, coef, &m.matrix, &x.vector,
			s->beta, &y.vector);
	} else {
		gsl_matrix_const_view x = as_matrix(a, s->m, s->k, s->sa, &ta),
							  y = as_matrix(b, s->k, s->n, s->sb, &tb);
		gsl_matrix_view z =
			gsl_matrix_view_array_with_tda(c, (size_t)s->m, (size_t)s->n, (size_t)s->sc[0]);

		if (!s->syrk) {
			tiled_dgemm(p, s, coef, ta, &x.matrix, tb, &y.matrix, &z.matrix);
			return;
		}
		tiled_dsyrk(p, s, coef, ta, &x.matrix, &z.matrix);
		for (long i = 0; i < s->m; i++)
			for (long j = 0; j < i; j++)
				c[j * s->sc[0] + i] = c[i * s->sc[0] + j];
	}
}

void
run_gemm(Plan *p, const Step *s, Env *env)
{
	const double *a = p->val[s->in[0].val].data + s->in[0].off,
				 *b = p->val[s->in[1].val].data + s->in[1].off;
	double *c = p->val[s->out.val].data + s->out.off, coef = coefficient(p, s);
	long index[16] = {0}, *idx = index, calls = 0;
	ArenaMark mark = arena_mark(p->a);

	(void)env;
	if (s->nd > 16)
		idx = NEWN(p->a, long, s->nd);
	for (;;) {
		int d = s->nd - 1;

		one_product(p, s, coef, a, b, c);
		if (++calls % 256 == 0)
			poll_interrupt(p->a);
		for (; d >= 0; d--) {
			a += s->in[0].stride[d];
			b += s->in[1].stride[d];
			c += s->out.stride[d];
			if (++idx[d] < s->dim[d])
				break;
			a -= s->in[0].stride[d] * s->dim[d];
			b -= s->in[1].stride[d] * s->dim[d];
			c -= s->out.stride[d] * s->dim[d];
			idx[d] = 0;
		}
		if (d < 0)
			break;
	}
	arena_release(p->a, mark);
}
