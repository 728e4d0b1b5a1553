/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dual_fn.c: matrix functions and unknown functions of dual numbers, for dual.c: eliminations,
 * series, sums. */
#include <math.h>
#include <string.h>

#include "dual.h"

/* ---- matrices of dual numbers, n x n and dense; d is never NULL here */

typedef struct Mat {
	long n;
	double *v, *d;
} Mat;

static Mat
mat_new(Walk *w, long n)
{
	return (Mat){n, NEWN(w->a, double, n *n), NEWN(w->a, double, n *n)};
}

static Mat
mat_of(Walk *w, const Dual *x)
{
	Mat m = mat_new(w, x->nax ? x->dim[0] : 1);

	memcpy(m.v, x->v, sizeof *m.v * x->size);
	if (x->d)
		memcpy(m.d, x->d, sizeof *m.d * x->size);
	return m;
}

static Mat
mat_mul(Walk *w, Mat x, Mat y)
{
	Mat z = mat_new(w, x.n);
	long n = x.n;

	for (long i = 0; i < n; i++)
		for (long k = 0; k < n; k++)
			for (long j = 0; j < n; j++) {
				z.v[i * n + j] += x.v[i * n + k] * y.v[k * n + j];
				z.d[i * n + j] += x.d[i * n + k] * y.v[k * n + j] + x.v[i * n + k] * y.d[k * n + j];
			}
	return z;
}

/* A pivot that is nothing but rounding, or next to it: what is divided by it has no digits. row
 * and col are the largest entries of its row and column of the matrix as it was. */
static bool
pivot_noise(double pivot, double row, double col)
{
	return fabs(pivot) <= 1e-13 * fmin(row, col);
}

static void
mat_largest(Mat x, double *row, double *col)
{
	for (long i = 0; i < x.n; i++)
		for (long j = 0; j < x.n; j++) {
			row[i] = fmax(row[i], fabs(x.v[i * x.n + j]));
			col[j] = fmax(col[j], fabs(x.v[i * x.n + j]));
		}
}

static void
mat_nothing(Mat x)
{
	for (long i = 0; i < x.n * x.n; i++)
		x.v[i] = x.d[i] = NAN;
}

/* Gauss-Jordan elimination with row pivots; x becomes its inverse. det: its determinant, logdet:
 * log of its modulus. NAN: of a singular matrix; a determinant of 0 has a value and, where the
 * rank is n - 1, a slope. */
static void
mat_invert(Walk *w, Mat x, double det[2], double logdet[2])
{
	long n = x.n;
	Mat y = mat_new(w, n);
	double *row = NEWN(w->a, double, n + 1), *col = NEWN(w->a, double, n + 1);

	mat_largest(x, row, col);
	det[0] = 1;
	det[1] = logdet[0] = logdet[1] = 0;
	for (long i = 0; i < n; i++)
		y.v[i * n + i] = 1;
	for (long c = 0; c < n; c++) {
		long p = c;
		double v, d, t;

		for (long i = c; i < n; i++)
			if (fabs(x.v[i * n + c]) > fabs(x.v[p * n + c]))
				p = i;
		for (long j = 0; j < n && p != c; j++)
			for (int k = 0; k < 4; k++) {
				double *m = k == 0 ? x.v : k == 1 ? x.d : k == 2 ? y.v : y.d;

				t = m[p * n + j];
				m[p * n + j] = m[c * n + j];
				m[c * n + j] = t;
			}
		t = row[p];
		row[p] = row[c];
		row[c] = t;
		v = x.v[c * n + c];
		d = x.d[c * n + c];
		det[1] = (det[1] * v + det[0] * d) * (p == c ? 1 : -1);
		det[0] *= p == c ? v : -v;
		if (pivot_noise(v, row[c], col[c])) {
			logdet[0] = logdet[1] = NAN;
			if (c < n - 1)
				det[0] = det[1] = NAN;
			mat_nothing(x);
			return;
		}
		logdet[0] += log(fabs(v));
		logdet[1] += d / v;
		for (long j = 0; j < n; j++) { /* (a + b e)/(v + d e) = a/v + (b - a d/v)/v e */
			x.d[c * n + j] = (x.d[c * n + j] - x.v[c * n + j] * d / v) / v;
			x.v[c * n + j] /= v;
			y.d[c * n + j] = (y.d[c * n + j] - y.v[c * n + j] * d / v) / v;
			y.v[c * n + j] /= v;
		}
		for (long i = 0; i < n; i++) {
			double fv = x.v[i * n + c], fd = x.d[i * n + c];

			for (long j = 0; j < n && i != c; j++) {
				x.d[i * n + j] -= fd * x.v[c * n + j] + fv * x.d[c * n + j];
				x.v[i * n + j] -= fv * x.v[c * n + j];
				y.d[i * n + j] -= fd * y.v[c * n + j] + fv * y.d[c * n + j];
				y.v[i * n + j] -= fv * y.v[c * n + j];
			}
		}
	}
	memcpy(x.v, y.v, sizeof *x.v * (size_t)(n * n));
	memcpy(x.d, y.d, sizeof *x.d * (size_t)(n * n));
}

/* the series, on x halved until its terms fall quickly, then squared back */
static Mat
mat_exp(Walk *w, Mat x)
{
	Mat sum = mat_new(w, x.n), term = mat_new(w, x.n);
	size_t size = (size_t)(x.n * x.n);
	double norm = 0;
	int halved = 0;

	for (size_t i = 0; i < size; i++)
		norm += fabs(x.v[i]);
	if (!isfinite(norm))
		norm = 0;
	for (; norm > 0.5; norm /= 2)
		halved++;
	for (size_t i = 0; i < size; i++) {
		x.v[i] = ldexp(x.v[i], -halved);
		x.d[i] = ldexp(x.d[i], -halved);
		sum.v[i] = term.v[i] = i % ((size_t)x.n + 1) == 0;
	}
	for (int k = 1; k <= 18; k++) {
		term = mat_mul(w, term, x);
		for (size_t i = 0; i < size; i++) {
			term.v[i] /= k;
			term.d[i] /= k;
			sum.v[i] += term.v[i];
			sum.d[i] += term.d[i];
		}
	}
	while (halved-- > 0)
		sum = mat_mul(w, sum, sum);
	return sum;
}

/* the k-th derivative of exp, [i,j,k1,l1,...], as a block of exp of a block matrix: blocks are sets
   of directions that have been taken, and taking direction r leads from a set without r to the set
   with r */
static void
walk_expm(Walk *w, Dual *out, const Dual *x, int k)
{
	long n = x->nax ? x->dim[0] : 1, sets = 1L << k, big = n * sets, all = 1;

	for (int r = 0; r < k; r++)
		all *= n * n;
	for (long which = 0; which < all; which++) {
		Mat b = mat_new(w, big), e;
		long rest = which;

		for (long s = 0; s < sets; s++)
			for (long i = 0; i < n; i++)
				for (long j = 0; j < n; j++) {
					b.v[(s * n + i) * big + s * n + j] = x->v[i * n + j];
					b.d[(s * n + i) * big + s * n + j] = x->d ? x->d[i * n + j] : 0;
				}
		for (int r = k - 1; r >= 0; r--) {
			long i = rest % (n * n) / n, j = rest % n;

			rest /= n * n;
			for (long s = 0; s < sets; s++)
				if (!(s & 1L << r))
					b.v[(s * n + i) * big + (s | 1L << r) * n + j] = 1;
		}
		e = mat_exp(w, b);
		for (long i = 0; i < n; i++)
			for (long j = 0; j < n; j++) {
				out->v[(i * n + j) * all + which] = e.v[i * big + (sets - 1) * n + j];
				if (out->d)
					out->d[(i * n + j) * all + which] = e.d[i * big + (sets - 1) * n + j];
			}
	}
}

/* pinv of full rank: inv(X'X)X' or X'inv(XX') */
static void
walk_pinv(Walk *w, Dual *out, const Dual *x)
{
	long r = x->nax ? x->dim[0] : 1, c = x->nax > 1 ? x->dim[1] : 1, n = r > c ? c : r,
		 m = r > c ? r : c;
	long in = r > c ? c : 1, step = r > c ? 1 : c; /* entry (i of m, j of n) is at i*in + j*step */
	Mat gram = mat_new(w, n);
	double det[2], logdet[2];

	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++)
			for (long k = 0; k < m; k++) {
				long p = k * in + i * step, q = k * in + j * step;

				gram.v[i * n + j] += x->v[p] * x->v[q];
				if (x->d)
					gram.d[i * n + j] += x->d[p] * x->v[q] + x->v[p] * x->d[q];
			}
	mat_invert(w, gram, det, logdet);
	for (long i = 0; i < n; i++)
		for (long k = 0; k < m; k++) {
			long to = r > c ? i * r + k : k * r + i;

			for (long j = 0; j < n; j++) {
				long q = k * in + j * step;

				out->v[to] += gram.v[i * n + j] * x->v[q];
				if (out->d)
					out->d[to] += gram.d[i * n + j] * x->v[q] + gram.v[i * n + j] * x->d[q];
			}
		}
}

/* softmax or logsumexp of n dual numbers, `step` apart */
static void
soft_line(const Dual *x, size_t at, long n, long step, Dual *out, size_t to, bool log_sum)
{
	double top = x->v[at], sum = 0, slope = 0;

	for (long i = 0; i < n; i++)
		top = fmax(top, x->v[at + (size_t)(i * step)]);
	for (long i = 0; i < n; i++) {
		double e = exp(x->v[at + (size_t)(i * step)] - top);

		sum += e;
		slope += x->d ? e * x->d[at + (size_t)(i * step)] : 0;
	}
	if (log_sum) {
		out->v[to] = top + log(sum);
		if (out->d)
			out->d[to] = slope / sum;
		return;
	}
	for (long i = 0; i < n; i++) {
		size_t k = (size_t)(i * step);
		double p = exp(x->v[at + k] - top) / sum;

		out->v[to + k] = p;
		if (out->d)
			out->d[to + k] = p * (x->d[at + k] - slope / sum);
	}
}

Dual *
dual_fn(Walk *w, Node *n)
{
	const Dual *x = dual_walk(w, n->kid[0]);
	Dual *out = dual_for(w, n, x->d != NULL);
	long r = x->nax ? x->dim[0] : 1, c = x->nax > 1 ? x->dim[1] : 1;
	double det[2], logdet[2];
	Mat m;

	switch (n->fun->id) {
	case F_det:
	case F_logdet:
		mat_invert(w, mat_of(w, x), det, logdet);
		out->v[0] = n->fun->id == F_det ? det[0] : logdet[0];
		if (out->d)
			out->d[0] = n->fun->id == F_det ? det[1] : logdet[1];
		break;
	case F_inv:
	case F_adj:
		m = mat_of(w, x);
		mat_invert(w, m, det, logdet);
		for (size_t i = 0; i < out->size; i++) {
			bool adj = n->fun->id == F_adj;

			out->v[i] = m.v[i] * (adj ? det[0] : 1);
			if (out->d)
				out->d[i] = m.d[i] * (adj ? det[0] : 1) + (adj ? m.v[i] * det[1] : 0);
		}
		break;
	case F_pinv:
		walk_pinv(w, out, x);
		break;
	case F_expm:
		walk_expm(w, out, x, n->param);
		break;
	case F_mpow: {
		Mat p = mat_new(w, r);

		m = mat_of(w, x);
		if (n->param < 0)
			mat_invert(w, m, det, logdet);
		for (long i = 0; i < r; i++)
			p.v[i * r + i] = 1;
		for (int k = n->param < 0 ? -n->param : n->param; k > 0; k--)
			p = mat_mul(w, p, m);
		memcpy(out->v, p.v, sizeof *p.v * out->size);
		if (out->d)
			memcpy(out->d, p.d, sizeof *p.d * out->size);
		break;
	}
	case F_softmax:
	case F_logsumexp: {
		bool log_sum = n->fun->id == F_logsumexp;

		if (n->param == 0)
			soft_line(x, 0, r * c, 1, out, 0, log_sum);
		for (long j = 0; n->param == 1 && j < c; j++)
			soft_line(x, (size_t)j, r, c, out, (size_t)j, log_sum);
		for (long i = 0; n->param == 2 && i < r; i++)
			soft_line(x, (size_t)(i * c), c, 1, out, (size_t)(log_sum ? i : i * c), log_sum);
		break;
	}
	case F_tril:
	case F_triu:
		for (long i = 0; i < r; i++)
			for (long j = 0; j < c; j++) {
				bool keep = n->fun->id == F_tril ? j <= i : j >= i;

				out->v[i * c + j] = keep ? x->v[i * c + j] : 0;
				if (out->d)
					out->d[i * c + j] = keep ? x->d[i * c + j] : 0;
			}
		break;
	default:
		bug(w->a, "%s has no dual value", n->fun->name);
	}
	return out;
}

/* ---- unknown functions: the waves of unknown.c, differentiated once more along the arguments'
 * slopes */

Dual *
dual_unknown(Walk *w, Node *n)
{
	const Dual **arg = NEWN(w->a, const Dual *, n->n + 1);
	bool slope = false, each = n->ufun->elementwise;
	Dual *out;

	for (int j = 0; j < n->n; j++) {
		arg[j] = dual_walk(w, n->kid[j]);
		slope = slope || arg[j]->d;
	}
	out = dual_for(w, n, slope);
	for (int r = 0; r < WAVES; r++) {
		Wave wave = unknown_wave(n->ufun, w->env->seed, r);

		for (size_t i = 0; i < out->size; i++) {
			double z = wave.phase, dz = 0, c = wave.amp;
			size_t rest = i;

			for (int j = 0; j < n->n; j++)
				for (size_t k = each ? i : 0; k < (each ? i + 1 : arg[j]->size); k++) {
					double weight = unknown_weight(&wave, j, each ? 0 : k);

					z += weight * arg[j]->v[k];
					dz += arg[j]->d ? weight * arg[j]->d[k] : 0;
				}
			for (int j = n->nder - 1; j >= 0; j--) {
				size_t size = each ? 1 : arg[n->der[j]]->size;

				c *= unknown_weight(&wave, n->der[j], rest % size);
				rest /= size;
			}
			out->v[i] += c * unknown_sin(n->nder, z);
			if (slope)
				out->d[i] += c * unknown_sin(n->nder + 1, z) * dz;
		}
	}
	return out;
}
