/* SPDX-License-Identifier: GPL-3.0-or-later */
/* eval_fn.c: runs factorisations, what is computed from them, and the other matrix functions. */
#include <float.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <string.h>

#include "plan.h"

static gsl_matrix
square(double *x, long n)
{
	return gsl_matrix_view_array(x, (size_t)n, (size_t)n).matrix;
}

static double *
scratch(Plan *p, long n, long m)
{
	return NEWN(p->a, double, (size_t)n *(size_t)m);
}

_Noreturn static void
singular(Plan *p, Node *n, const char *wanted)
{
	raise_at(p->a, n->loc, "%s is singular: it has no %s", node_text(p->g, n), wanted);
}

static bool
all_finite(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return false;
	return true;
}

/* A pivot that is nothing but rounding: small against its column and its row of the matrix as it
 * was. */
static bool
lu_singular(
	const double *lu, const double *rowmax, const double *colmax, const size_t *perm, long n)
{
	for (long i = 0; i < n; i++) {
		double pivot = fabs(lu[i * n + i]);

		if (pivot == 0 || pivot <= (double)n * DBL_EPSILON * fmin(colmax[i], rowmax[perm[i]]))
			return true;
	}
	return false;
}

static int
lu_decompose(Plan *p, double *a, long n, size_t *perm, bool *sing)
{
	double *rowmax = scratch(p, n, 1), *colmax = scratch(p, n, 1);
	gsl_permutation gp = {(size_t)n, perm};
	gsl_matrix m = square(a, n);
	bool finite = all_finite(a, (size_t)n * (size_t)n), zero = false;
	int sign = 1;

	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++) {
			rowmax[i] = fmax(rowmax[i], fabs(a[i * n + j]));
			colmax[j] = fmax(colmax[j], fabs(a[i * n + j]));
		}
	gsl_linalg_LU_decomp(&m, &gp, &sign);
	/* what comes after a pivot of 0 was divided by it; the determinant is 0 */
	for (long i = 0; i < n && finite; i++) {
		zero = zero || a[i * (n + 1)] == 0;
		if (zero)
			a[i * (n + 1)] = 0;
	}
	*sing = lu_singular(a, rowmax, colmax, perm, n);
	return sign;
}

void
run_factor(Plan *p, const Step *s, Env *env)
{
	Factors *f = &p->factor[s->factor];
	const double *in = p->val[s->in[0].val].data + s->in[0].off;
	double *a = p->val[s->out.val].data;
	long n = s->n, s0 = s->in[0].stride[0], s1 = s->in[0].stride[1];
	ArenaMark mark = arena_mark(p->a);

	(void)env;
	if (n == 1)
		s0 = s1 = 0;
	f->chol = f->singular = false;
	for (int try = s->chol ? 0 : 1; try < 2; try++) {
		for (long i = 0; i < n; i++)
			for (long j = 0; j < n; j++)
				a[i * n + j] = in[i * s0 + j * s1];
		if (try == 0) {
			gsl_matrix m = square(a, n);

			if (gsl_linalg_cholesky_decomp1(&m) == GSL_SUCCESS) {
				f->chol = true;
				for (long i = 0; i < n && f->chol;
					 i++) /* hardly definite: rather LU, which can tell */
					f->chol = a[i * n + i] * a[i * n + i] >
							  (double)n * DBL_EPSILON * fabs(in[i * (s0 + s1)]);
				if (f->chol)
					break;
			}
		} else {
			f->sign = lu_decompose(p, a, n, f->perm, &f->singular);
		}
	}
	arena_release(p->a, mark);
}

static void
fill(double *x, size_t n, double c)
{
	for (size_t i = 0; i < n; i++)
		x[i] = c;
}

void
run_inv(Plan *p, const Step *s, Env *env)
{
	Factors *f = &p->factor[s->factor];
	double *lu = p->val[s->in[0].val].data, *out = p->val[s->out.val].data;
	gsl_matrix m = square(lu, s->n), inv = square(out, s->n);
	gsl_permutation perm = {(size_t)s->n, f->perm};

	if (f->singular) {
		if (!env->quiet_domain)
			singular(p, f->node, "inverse");
		fill(out, (size_t)s->n * (size_t)s->n, NAN);
	} else if (f->chol) {
		memcpy(out, lu, sizeof *out * (size_t)s->n * (size_t)s->n);
		gsl_linalg_cholesky_invert(&inv);
	} else {
		gsl_linalg_LU_invert(&m, &perm, &inv);
	}
}

/* in[0], with its strides, as rows of `cols` entries: row i of out is row perm[i] (perm NULL: row
 * i) */
static void
gather(Plan *p, const Step *s, double *out, long cols, const size_t *perm)
{
	const double *in = p->val[s->in[0].val].data + s->in[0].off;
	long *idx = NEWN(p->a, long, s->nd + 1);

	for (long i = 0; i < s->n; i++) {
		const double *x = in + (perm ? (long)perm[i] : i) * s->in[0].stride[0];

		for (long j = 0; j < cols; j++) {
			out[i * cols + j] = *x;
			for (int d = s->nd - 1; d > 0; d--) {
				x += s->in[0].stride[d];
				if (++idx[d] < s->dim[d])
					break;
				x -= s->in[0].stride[d] * s->dim[d];
				idx[d] = 0;
			}
		}
	}
}

static void
triangle(const gsl_matrix *t, CBLAS_UPLO_t uplo, CBLAS_TRANSPOSE_t trans, CBLAS_DIAG_t diag,
	double *x, long cols)
{
	if (cols == 1) {
		gsl_vector_view v = gsl_vector_view_array(x, t->size1);

		gsl_blas_dtrsv(uplo, trans, diag, t, &v.vector);
	} else {
		gsl_matrix_view m = gsl_matrix_view_array(x, t->size1, (size_t)cols);

		gsl_blas_dtrsm(CblasLeft, uplo, trans, diag, 1, t, &m.matrix);
	}
}

void
run_solve(Plan *p, const Step *s, Env *env)
{
	Factors *f = &p->factor[s->factor];
	gsl_matrix lu = square(p->val[s->in[1].val].data, s->n);
	double *out = p->val[s->out.val].data, *x;
	long cols = 1;
	ArenaMark mark = arena_mark(p->a);

	for (int i = 1; i < s->nd; i++)
		cols *= s->dim[i];
	if (f->singular) {
		if (!env->quiet_domain)
			singular(p, f->node, "inverse");
		fill(out, (size_t)s->n * (size_t)cols, NAN);
	} else if (f->chol) {
		gather(p, s, out, cols, NULL);
		triangle(&lu, CblasLower, CblasNoTrans, CblasNonUnit, out, cols);
		triangle(&lu, CblasLower, CblasTrans, CblasNonUnit, out, cols);
	} else if (!s->trans) { /* P K = L U */
		gather(p, s, out, cols, f->perm);
		triangle(&lu, CblasLower, CblasNoTrans, CblasUnit, out, cols);
		triangle(&lu, CblasUpper, CblasNoTrans, CblasNonUnit, out, cols);
	} else { /* K' = U' L' P */
		x = scratch(p, s->n, cols);
		gather(p, s, x, cols, NULL);
		triangle(&lu, CblasUpper, CblasTrans, CblasNonUnit, x, cols);
		triangle(&lu, CblasLower, CblasTrans, CblasUnit, x, cols);
		for (long i = 0; i < s->n; i++)
			memcpy(out + (long)f->perm[i] * cols, x + i * cols, sizeof *x * (size_t)cols);
	}
	arena_release(p->a, mark);
}

void
run_det(Plan *p, const Step *s, Env *env)
{
	Factors *f = &p->factor[s->factor];
	const double *lu = p->val[s->in[0].val].data;
	double *out = p->val[s->out.val].data, det = f->chol ? 1 : f->sign, log_det = 0;

	for (long i = 0; i < s->n; i++) {
		double d = lu[i * (s->n + 1)];

		if (f->chol)
			d *= d;
		det *= d;
		log_det += log(fabs(d));
	}
	if (s->op == OP_LOGDET && f->singular) {
		if (!env->quiet_domain)
			raise_at(p->a, s->node->loc,
				"%s is singular: the logarithm of its determinant is not defined",
				node_text(p->g, f->node));
		log_det = NAN;
	}
	*out = s->op == OP_DET ? det : log_det;
}

/* ---- the others; in and out are dense */

static void
matmul(Plan *p, double *c, double *a, double *b, long n)
{
	gsl_matrix x = square(a, n), y = square(b, n), z = square(c, n);

	poll_interrupt(p->a);
	gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1, &x, &y, 0, &z);
}

/* out = exp(a): Pade approximation of order 13 of the scaled matrix, squared back (Higham 2005). a
 * is overwritten. */
static void
exponential(Plan *p, double *a, double *out, long n)
{
	static const double c[] = {64764752532480000, 32382376266240000, 7771770303897600,
		1187353796428800, 129060195264000, 10559470521600, 670442572800, 33522128640, 1323241920,
		40840800, 960960, 16380, 182, 1};
	size_t size = (size_t)n * (size_t)n, *perm = NEWN(p->a, size_t, n);
	double *a2 = scratch(p, n, n), *a4 = scratch(p, n, n), *a6 = scratch(p, n, n),
		   *u = scratch(p, n, n);
	double *v = scratch(p, n, n), *t = scratch(p, n, n), norm = 0;
	gsl_permutation gp = {(size_t)n, perm};
	gsl_matrix den, x;
	int squarings = 0, sign;

	for (long j = 0; j < n; j++) {
		double sum = 0;

		for (long i = 0; i < n; i++)
			sum += fabs(a[i * n + j]);
		norm = fmax(norm, sum);
	}
	if (!isfinite(norm)) {
		fill(out, size, NAN);
		return;
	}
	if (norm > 5.371920351148152)
		squarings = (int)ceil(log2(norm / 5.371920351148152));
	for (size_t i = 0; i < size; i++)
		a[i] = ldexp(a[i], -squarings);
	matmul(p, a2, a, a, n);
	matmul(p, a4, a2, a2, n);
	matmul(p, a6, a4, a2, n);
	/* u = a*(a6*(c13*a6 + c11*a4 + c9*a2) + c7*a6 + c5*a4 + c3*a2 + c1*I), v the even half */
	for (size_t i = 0; i < size; i++)
		t[i] = c[13] * a6[i] + c[11] * a4[i] + c[9] * a2[i];
	matmul(p, v, a6, t, n);
	for (size_t i = 0; i < size; i++)
		v[i] += c[7] * a6[i] + c[5] * a4[i] + c[3] * a2[i] + (i % ((size_t)n + 1) == 0 ? c[1] : 0);
	matmul(p, u, a, v, n);
	for (size_t i = 0; i < size; i++)
		t[i] = c[12] * a6[i] + c[10] * a4[i] + c[8] * a2[i];
	matmul(p, v, a6, t, n);
	for (size_t i = 0; i < size; i++)
		v[i] += c[6] * a6[i] + c[4] * a4[i] + c[2] * a2[i] + (i % ((size_t)n + 1) == 0 ? c[0] : 0);
	for (size_t i = 0; i < size; i++) {
		out[i] = v[i] + u[i];
		t[i] = v[i] - u[i];
	}
	den = square(t, n);
	x = square(out, n);
	gsl_linalg_LU_decomp(&den, &gp, &sign);
	memcpy(v, out, sizeof *out * size);
	for (long i = 0; i < n; i++)
		memcpy(out + i * n, v + (long)perm[i] * n, sizeof *out * (size_t)n);
	gsl_blas_dtrsm(CblasLeft, CblasLower, CblasNoTrans, CblasUnit, 1, &den, &x);
	gsl_blas_dtrsm(CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, 1, &den, &x);
	for (int i = 0; i < squarings; i++) {
		matmul(p, t, out, out, n);
		memcpy(out, t, sizeof *out * size);
	}
}

/* expm, and its k-th derivative [i,j,k1,l1,...]: the corner block of exp of X_k, where X_0 = A and
   X_r = [X_(r-1), kron(I,E_r); 0, X_(r-1)], E_r the single-entry matrix at (kr,lr) */
static void
fn_expm(Plan *p, double *a, double *out, long n, int k)
{
	long big = n << k, nn = n * n, all = 1;
	double *x, *e;

	for (int r = 0; r < k; r++)
		all *= nn;
	x = scratch(p, big, big);
	e = scratch(p, big, big);
	for (long which = 0; which < all; which++) {
		ArenaMark mark = arena_mark(p->a);
		long rest = which;

		memset(x, 0, sizeof *x * (size_t)(big * big));
		for (long blk = 0; blk < 1L << k; blk++)
			for (long i = 0; i < n; i++)
				memcpy(x + (blk * n + i) * big + blk * n, a + i * n, sizeof *x * (size_t)n);
		for (int r = k; r-- > 0; rest /= nn) /* the last pair of axes is the fastest */
			for (long blk = 0; blk < 1L << k; blk++)
				if (!(blk >> r & 1))
					x[(blk * n + rest % nn / n) * big + (blk | 1L << r) * n + rest % n] += 1;
		exponential(p, x, e, big);
		for (long i = 0; i < n; i++)
			for (long j = 0; j < n; j++)
				out[(i * n + j) * all + which] = e[i * big + big - n + j];
		arena_release(p->a, mark);
		poll_interrupt(p->a);
	}
}

/* a (rows >= cols) becomes U of its singular value decomposition */
static void
decompose(Plan *p, double *a, long rows, long cols, double *v, double *sv)
{
	gsl_matrix_view m = gsl_matrix_view_array(a, (size_t)rows, (size_t)cols);
	gsl_matrix_view vm = gsl_matrix_view_array(v, (size_t)cols, (size_t)cols);
	gsl_vector_view s = gsl_vector_view_array(sv, (size_t)cols);

	(void)p;
	gsl_linalg_SV_decomp_jacobi(&m.matrix, &vm.matrix, &s.vector);
}

static void
fn_pinv(Plan *p, const double *a, double *out, long r, long c)
{
	long m = r > c ? r : c, n = r > c ? c : r;
	double *u = scratch(p, m, n), *v = scratch(p, n, n), *sv = scratch(p, n, 1);

	for (long i = 0; i < r; i++)
		for (long j = 0; j < c; j++)
			u[r > c ? i * n + j : j * n + i] = a[i * c + j];
	if (!all_finite(u, (size_t)(m * n))) {
		fill(out, (size_t)(m * n), NAN);
		return;
	}
	decompose(p, u, m, n, v, sv);
	for (long i = 0; i < n; i++) /* v[:,i] / sv[i] */
		for (long j = 0; j < n; j++)
			v[j * n + i] *= sv[i] > (double)m * DBL_EPSILON * sv[0] ? 1 / sv[i] : 0;
	for (long i = 0; i < c; i++)
		for (long j = 0; j < r; j++) {
			const double *x = r > c ? v + i * n : u + i * n, *y = r > c ? u + j * n : v + j * n;

			out[i * r + j] = 0;
			for (long k = 0; k < n; k++)
				out[i * r + j] += x[k] * y[k];
		}
}

static double
lu_det(const double *lu, long n, int sign)
{
	double d = sign;

	for (long i = 0; i < n; i++)
		d *= lu[i * (n + 1)];
	return d;
}

/* det(A)*inv(A); of a singular A = U S V': det(U)*det(V) * V*adj(S)*U' */
static void
fn_adj(Plan *p, const double *a, double *out, long n)
{
	size_t size = (size_t)(n * n), *perm = NEWN(p->a, size_t, n);
	double *u = scratch(p, n, n), *v = scratch(p, n, n), *t = scratch(p, n, n),
		   *sv = scratch(p, n, 1), det;
	gsl_permutation gp = {(size_t)n, perm};
	bool sing;
	int sign;

	memcpy(u, a, sizeof *a * size);
	sign = lu_decompose(p, u, n, perm, &sing);
	if (n == 1) {
		out[0] = 1;
		return;
	}
	if (!all_finite(a, size)) {
		fill(out, size, NAN);
		return;
	}
	if (!sing) {
		gsl_matrix lu = square(u, n), inv = square(out, n);

		gsl_linalg_LU_invert(&lu, &gp, &inv);
		det = lu_det(u, n, sign);
		for (size_t i = 0; i < size; i++)
			out[i] *= det;
		return;
	}
	memcpy(u, a, sizeof *a * size);
	decompose(p, u, n, n, v, sv);
	for (long i = n;
		 i-- > 0 &&
		 sv[i] == 0;) /* columns of U that belong to zeros are not made: any that complete it */
		for (long e = 0; e < n; e++) {
			double norm = 0;

			for (long k = 0; k < n; k++)
				u[k * n + i] = k == e;
			for (int twice = 0; twice < 2; twice++)
				for (long j = 0; j < n; j++) {
					double dot = 0;

					for (long k = 0; k < n; k++)
						dot += u[k * n + j] * u[k * n + i];
					for (long k = 0; k < n && j != i; k++)
						u[k * n + i] -= dot * u[k * n + j];
				}
			for (long k = 0; k < n; k++)
				norm += u[k * n + i] * u[k * n + i];
			if (norm < 0.5 / (double)n)
				continue;
			for (long k = 0; k < n; k++)
				u[k * n + i] /= sqrt(norm);
			break;
		}
	memcpy(t, u, sizeof *u * size);
	sign = lu_decompose(p, t, n, perm, &sing);
	det = lu_det(t, n, sign);
	memcpy(t, v, sizeof *u * size);
	sign = lu_decompose(p, t, n, perm, &sing);
	det = det * lu_det(t, n, sign) > 0 ? 1 : -1;
	for (long k = 0; k < n; k++) {
		double others = det;

		for (long i = 0; i < n; i++)
			others *= i == k ? 1 : sv[i];
		for (long i = 0; i < n; i++)
			v[i * n + k] *= others;
	}
	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++) {
			out[i * n + j] = 0;
			for (long k = 0; k < n; k++)
				out[i * n + j] += v[i * n + k] * u[j * n + k];
		}
}

static void
fn_mpow(Plan *p, const Step *s, const double *a, double *out, long n, Env *env)
{
	size_t size = (size_t)(n * n), *perm = NEWN(p->a, size_t, n);
	double *x = scratch(p, n, n), *t = scratch(p, n, n);
	long e = s->node->param;

	memcpy(x, a, sizeof *a * size);
	if (e < 0) {
		gsl_permutation gp = {(size_t)n, perm};
		bool sing;

		lu_decompose(p, x, n, perm, &sing);
		if (sing) {
			if (!env->quiet_domain)
				singular(p, s->node->kid[0], "inverse");
			fill(out, size, NAN);
			return;
		}
		gsl_matrix lu = square(x, n), inv = square(t, n);
		gsl_linalg_LU_invert(&lu, &gp, &inv);
		memcpy(x, t, sizeof *a * size);
		e = -e;
	}
	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++)
			out[i * n + j] = i == j;
	for (bool first = true; e; e >>= 1) {
		if ((e & 1) && first) {
			memcpy(out, x, sizeof *a * size);
			first = false;
		} else if (e & 1) {
			matmul(p, t, out, x, n);
			memcpy(out, t, sizeof *a * size);
		}
		if (e > 1) {
			matmul(p, t, x, x, n);
			memcpy(x, t, sizeof *a * size);
		}
	}
}

/* softmax and logsumexp of n entries, `step` apart; out: as many, or one */
static void
soft_line(const double *x, long n, long step, double *out, bool log_sum)
{
	double top = -INFINITY, sum = 0;

	for (long i = 0; i < n; i++)
		top = x[i * step] > top || isnan(x[i * step]) ? x[i * step] : top;
	for (long i = 0; i < n; i++)
		sum += exp(x[i * step] - top);
	if (log_sum) {
		*out = isinf(top) ? top : top + log(sum);
		return;
	}
	for (long i = 0; i < n; i++)
		out[i * step] = exp(x[i * step] - top) / sum;
}

static void
fn_soft(const Step *s, const double *x, double *out)
{
	long r = s->dim[0], c = s->dim[1];
	bool log_sum = s->node->fun->id == F_logsumexp;

	switch (s->node->param) {
	case 0:
		soft_line(x, r * c, 1, out, log_sum);
		break;
	case 1:
		for (long j = 0; j < c; j++)
			soft_line(x + j, r, c, out + j, log_sum);
		break;
	default:
		for (long i = 0; i < r; i++)
			soft_line(x + i * c, c, 1, log_sum ? out + i : out + i * c, log_sum);
	}
}

void
run_fn(Plan *p, const Step *s, Env *env)
{
	double *in = p->val[s->in[0].val].data, *out = p->val[s->out.val].data;
	long r = s->dim[0], c = s->dim[1];
	ArenaMark mark = arena_mark(p->a);

	switch (s->node->fun->id) {
	case F_pinv:
		fn_pinv(p, in, out, r, c);
		break;
	case F_adj:
		fn_adj(p, in, out, r);
		break;
	case F_expm:
		fn_expm(p, in, out, r, s->node->param);
		break;
	case F_mpow:
		fn_mpow(p, s, in, out, r, env);
		break;
	case F_softmax:
	case F_logsumexp:
		fn_soft(s, in, out);
		break;
	case F_tril:
	case F_triu:
		for (long i = 0; i < r; i++)
			for (long j = 0; j < c; j++)
				out[i * c + j] = (s->node->fun->id == F_tril ? j <= i : j >= i) ? in[i * c + j] : 0;
		break;
	default:
		bug(p->a, "%s has no numeric value", s->node->fun->name);
	}
	arena_release(p->a, mark);
}

/* sum over waves r of amp_r * sin^(nder)(phase + weights . arguments) * outer product of the
 * weights derived by */
void
run_unknown(Plan *p, const Step *s, Env *env)
{
	Node *n = s->node;
	double *out = p->val[s->out.val].data;
	size_t total = p->val[s->out.val].size;

	memset(out, 0, sizeof *out * total);
	for (int r = 0; r < WAVES; r++) {
		Wave w = unknown_wave(n->ufun, env->seed, r);
		double z = w.phase, c;

		for (int j = 0; j < n->n; j++)
			for (size_t i = 0; i < p->val[s->in[j].val].size; i++)
				z += unknown_weight(&w, j, i) * p->val[s->in[j].val].data[i];
		c = w.amp * unknown_sin(n->nder, z);
		for (size_t i = 0; i < total; i++) {
			double x = c;
			size_t rest = i;

			for (int j = n->nder; j-- > 0;) {
				size_t size = p->val[s->in[n->der[j]].val].size;

				x *= unknown_weight(&w, n->der[j], rest % size);
				rest /= size;
			}
			out[i] += x;
		}
	}
}
