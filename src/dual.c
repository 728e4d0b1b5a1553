/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dual.c: the value of a graph together with its slope along one direction, by dual numbers. It is the judge of diff.c and
 * of the derivative rules in the function table, so it shares nothing with them, nor with the planner: a walk over the
 * nodes, products summed out label by label, matrix functions by eliminations and series carried out on dual numbers, and
 * elementwise functions by differences of their kernels. Slow, plain, for sizes of two and three.
 */
#include <math.h>
#include <string.h>

#include "plan.h"

typedef struct Dual {           /* a tensor of dual numbers */
	int nax; long *dim;
	size_t size;
	double *v;
	double *d;              /* NULL: zero */
} Dual;

typedef struct Walk {
	Graph *g; Env *env; Arena *a;
	Node *x;
	const Tensor *tangent;
	Dual **memo;            /* by id */
} Walk;

static const Dual *walk(Walk *w, Node *n);

static long
size_of(Walk *w, const Dim *d, const Node *n)
{
	Sym missing = NULL;
	long s;

	if (dim_is_num(d, &s))
		return s;
	s = dim_eval(w->a, d, w->env->size, w->env->ctx, &missing);
	if (missing)
		raise_at(w->a, n->loc, "the size of %s is not known", missing);
	return s;
}

static Dual *
dual_new(Walk *w, int nax, const long *dim, bool slope)
{
	Dual *t = NEW(w->a, Dual);

	t->nax = nax;
	t->dim = NEWN(w->a, long, nax + 1);
	t->size = 1;
	for (int i = 0; i < nax; i++) {
		t->dim[i] = dim[i];
		t->size *= (size_t)dim[i];
	}
	t->v = NEWN(w->a, double, t->size);
	if (slope)
		t->d = NEWN(w->a, double, t->size);
	return t;
}

static Dual *
dual_for(Walk *w, Node *n, bool slope)
{
	long few[8], *dim = n->nax <= 8 ? few : NEWN(w->a, long, n->nax);

	for (int i = 0; i < n->nax; i++)
		dim[i] = size_of(w, n->ax[i], n);
	return dual_new(w, n->nax, dim, slope);
}

/* ---- products: factor after factor, each label summed when no later factor has it */

typedef struct Elim {
	int nlab; long *size;
	int *left;              /* by label: how many factors to come have it, + 1 if it comes out */
	long *place;            /* by label: stride in the tensor at hand */
} Elim;

static double
span(const Elim *e, const bool *with, const int *lab, int n)
{
	double s = 1;

	for (int l = 0; l < e->nlab; l++) {
		bool in = with[l];

		for (int j = 0; j < n && !in; j++)
			in = lab[j] == l;
		s *= in ? (double)e->size[l] : 1;
	}
	return s;
}

/* cur over the live labels times factor f; result over the labels that are still wanted */
static Dual *
eliminate(Walk *w, Elim *e, const Dual *cur, bool *live, const Dual *f, const int *lab)
{
	int *loop = NEWN(w->a, int, e->nlab + 1), n = 0, nout = 0;
	long *idx = NEWN(w->a, long, e->nlab + 1), *dim = NEWN(w->a, long, e->nlab + 1);
	long *sc = NEWN(w->a, long, e->nlab + 1), *sf = NEWN(w->a, long, e->nlab + 1), *so = NEWN(w->a, long, e->nlab + 1);
	long s = 1, ic = 0, jf = 0, io = 0;
	Dual *out;

	for (int l = 0; l < e->nlab; l++) {
		bool in = live[l];

		for (int j = 0; j < f->nax && !in; j++)
			in = lab[j] == l;
		if (in)
			loop[n++] = l;
	}
	for (int k = n; k-- > 0;)
		if (live[loop[k]]) {
			sc[k] = s;
			s *= e->size[loop[k]];
		}
	s = 1;
	for (int j = f->nax; j-- > 0; s *= f->dim[j])
		for (int k = 0; k < n; k++)
			if (loop[k] == lab[j])
				sf[k] += s;
	s = 1;
	for (int k = n; k-- > 0;)
		if (e->left[loop[k]]) {
			so[k] = s;
			s *= e->size[loop[k]];
		}
	for (int k = 0; k < n; k++) {
		live[loop[k]] = e->left[loop[k]] > 0;
		if (live[loop[k]])
			dim[nout++] = e->size[loop[k]];
	}
	out = dual_new(w, nout, dim, cur->d || f->d);
	for (;;) {
		int k = n - 1;

		out->v[io] += cur->v[ic] * f->v[jf];
		if (cur->d)
			out->d[io] += cur->d[ic] * f->v[jf];
		if (f->d)
			out->d[io] += cur->v[ic] * f->d[jf];
		for (; k >= 0; k--) {
			ic += sc[k];
			jf += sf[k];
			io += so[k];
			if (++idx[k] < e->size[loop[k]])
				break;
			ic -= sc[k] * e->size[loop[k]];
			jf -= sf[k] * e->size[loop[k]];
			io -= so[k] * e->size[loop[k]];
			idx[k] = 0;
		}
		if (k < 0)
			return out;
	}
}

static Dual *
walk_prod(Walk *w, Node *n)
{
	Elim e = {.nlab = n->nlab};
	const Dual **f = NEWN(w->a, const Dual *, n->n + 1);
	bool *live = NEWN(w->a, bool, n->nlab + 1), *done = NEWN(w->a, bool, n->n + 1);
	bool *seen = NEWN(w->a, bool, n->nlab + 1);
	long *stride = NEWN(w->a, long, n->nlab + 1), *idx = NEWN(w->a, long, n->nlab + 1), s = 1, io = 0, ic = 0;
	int *loop = NEWN(w->a, int, n->nlab + 1), nloop = 0, m = 0;
	Dual *cur = dual_new(w, 0, NULL, false), *out;

	e.size = NEWN(w->a, long, n->nlab + 1);
	e.left = NEWN(w->a, int, n->nlab + 1);
	for (int l = 0; l < n->nlab; l++)
		e.size[l] = size_of(w, n->labdim[l], n);
	for (int i = 0; i < n->nax; i++)
		e.left[n->out[i]] = 1;
	for (int i = 0; i < n->n; i++) {
		f[i] = walk(w, n->kid[i]);
		for (int j = 0; j < n->kid[i]->nax; j++, m++) {
			e.left[n->lab[m]]++;
			seen[n->lab[m]] = true;
		}
	}
	cur->v[0] = rat_double(n->coef[0]);
	for (int l = 0; l < n->nlab; l++)
		if (!seen[l] && !e.left[l])
			cur->v[0] *= (double)e.size[l];
	for (int k = 0; k < n->n; k++) {
		int best = -1;
		double least = 0;
		const int *lab = n->lab, *at = NULL;

		for (int i = 0; i < n->n; lab += n->kid[i]->nax, i++) {
			double c = done[i] ? 0 : span(&e, live, lab, n->kid[i]->nax);

			if (!done[i] && (best < 0 || c < least)) {
				best = i;
				least = c;
				at = lab;
			}
		}
		done[best] = true;
		for (int j = 0; j < n->kid[best]->nax; j++)
			e.left[at[j]]--;
		cur = eliminate(w, &e, cur, live, f[best], at);
	}
	/* from the live labels, in their order, to the axes */
	out = dual_for(w, n, cur->d != NULL);
	for (int i = n->nax; i-- > 0; s *= out->dim[i])
		stride[n->out[i]] += s;
	for (int l = 0; l < n->nlab; l++)
		if (stride[l])
			loop[nloop++] = l;
	s = 1;
	e.place = NEWN(w->a, long, n->nlab + 1);
	for (int l = n->nlab; l-- > 0;)
		if (live[l]) {
			e.place[l] = s;
			s *= e.size[l];
		}
	for (;;) {
		int k = nloop - 1;

		out->v[io] = cur->v[ic];
		if (out->d)
			out->d[io] = cur->d[ic];
		for (; k >= 0; k--) {
			int l = loop[k];

			io += stride[l];
			ic += e.place[l];
			if (++idx[k] < e.size[l])
				break;
			io -= stride[l] * e.size[l];
			ic -= e.place[l] * e.size[l];
			idx[k] = 0;
		}
		if (k < 0)
			return out;
	}
}

/* ---- elementwise functions */

/* The slope of a kernel in its first (which 0) or second argument: differences of order eight, with two steps that have to
   agree; NAN when they never do (a kink, a jump, the edge of the domain). */
static double
kernel_slope(const Fun *f, double x, double y, int which)
{
	static const double c[4] = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280};
	double before = NAN;

	for (double h = 0.02; h > 1e-7; h /= 4) {
		double slope = 0, size = 0;
		bool ok = true;

		for (int k = 1; k <= 4; k++) {
			double hx = which ? 0 : k * h, hy = which ? k * h : 0;
			double p = f->kernel(x + hx, y + hy), m = f->kernel(x - hx, y - hy);

			slope += c[k - 1] * (p - m) / h;
			size = fmax(size, fmax(fabs(p), fabs(m)));
		}
		if (f->domain_ok)       /* well within the domain: 30 steps to either side */
			ok = f->domain_ok(x + (which ? 0 : 30 * h), y + (which ? 30 * h : 0)) &&
			    f->domain_ok(x - (which ? 0 : 30 * h), y - (which ? 30 * h : 0));
		if (ok && isfinite(slope) && fabs(slope - before) <= 1e-9 * fabs(slope) + 1e-14 * size / h)
			return slope;
		before = ok ? slope : NAN;
	}
	return NAN;
}

static Dual *
walk_map(Walk *w, Node *n)
{
	const Dual *x = walk(w, n->kid[0]), *y = n->n > 1 ? walk(w, n->kid[1]) : NULL;
	Dual *out = dual_for(w, n, x->d || (y && y->d));

	for (size_t i = 0; i < out->size; i++) {
		double b = y ? y->v[i] : 0;

		out->v[i] = n->fun->domain_ok && !n->fun->domain_ok(x->v[i], b) ? NAN : n->fun->kernel(x->v[i], b);
		if (x->d && x->d[i] != 0)
			out->d[i] += kernel_slope(n->fun, x->v[i], b, 0) * x->d[i];
		if (y && y->d && y->d[i] != 0)
			out->d[i] += kernel_slope(n->fun, x->v[i], b, 1) * y->d[i];
	}
	return out;
}

/* ---- matrices of dual numbers, n x n and dense; d is never NULL here */

typedef struct Mat { long n; double *v, *d; } Mat;

static Mat
mat_new(Walk *w, long n)
{
	return (Mat){n, NEWN(w->a, double, n * n), NEWN(w->a, double, n * n)};
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

/* Gauss-Jordan elimination with row pivots; x becomes its inverse. det: its determinant, logdet: log of its modulus */
static void
mat_invert(Walk *w, Mat x, double det[2], double logdet[2])
{
	long n = x.n;
	Mat y = mat_new(w, n);

	det[0] = 1;
	det[1] = logdet[0] = logdet[1] = 0;
	for (long i = 0; i < n; i++)
		y.v[i * n + i] = 1;
	for (long c = 0; c < n; c++) {
		long p = c;
		double v, d;

		for (long i = c; i < n; i++)
			if (fabs(x.v[i * n + c]) > fabs(x.v[p * n + c]))
				p = i;
		for (long j = 0; j < n && p != c; j++)
			for (int k = 0; k < 4; k++) {
				double *m = k == 0 ? x.v : k == 1 ? x.d : k == 2 ? y.v : y.d, t = m[p * n + j];

				m[p * n + j] = m[c * n + j];
				m[c * n + j] = t;
			}
		v = x.v[c * n + c];
		d = x.d[c * n + c];
		det[1] = (det[1] * v + det[0] * d) * (p == c ? 1 : -1);
		det[0] *= p == c ? v : -v;
		logdet[0] += log(fabs(v));
		logdet[1] += d / v;
		for (long j = 0; j < n; j++) {  /* (a + b e)/(v + d e) = a/v + (b - a d/v)/v e */
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

/* the k-th derivative of exp, [i,j,k1,l1,...], as a block of exp of a block matrix: blocks are sets of directions that
   have been taken, and taking direction r leads from a set without r to the set with r */
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
	long r = x->nax ? x->dim[0] : 1, c = x->nax > 1 ? x->dim[1] : 1, n = r > c ? c : r, m = r > c ? r : c;
	long in = r > c ? c : 1, step = r > c ? 1 : c;          /* entry (i of m, j of n) is at i*in + j*step */
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

static Dual *
walk_fn(Walk *w, Node *n)
{
	const Dual *x = walk(w, n->kid[0]);
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

/* ---- unknown functions: the waves of unknown.c, differentiated once more along the arguments' slopes */

static Dual *
walk_unknown(Walk *w, Node *n)
{
	const Dual **arg = NEWN(w->a, const Dual *, n->n + 1);
	bool slope = false, each = n->ufun->elementwise;
	Dual *out;

	for (int j = 0; j < n->n; j++) {
		arg[j] = walk(w, n->kid[j]);
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

/* ---- the walk */

static Dual *
walk_constant(Walk *w, Node *n)
{
	Dual *out = dual_for(w, n, false);
	long at = n->kind == N_UNIT || n->kind == N_INJ ? size_of(w, n->dim, n) : 0;

	switch (n->kind) {
	case N_PI:
		out->v[0] = M_PI;
		break;
	case N_DIM:
		out->v[0] = (double)size_of(w, n->dim, n);
		break;
	case N_UNIT:
		if (at < 1 || at > out->dim[0])
			raise_at(w->a, n->loc, "the index %ld is not within 1 .. %ld", at, out->dim[0]);
		out->v[at - 1] = 1;
		break;
	case N_INJ:
		for (long i = 0; i < out->dim[0]; i++)
			out->v[i * out->dim[1] + i + at] = 1;
		break;
	default: {              /* FUSE: the first axes, flattened, are the last */
		long total = out->dim[out->nax - 1];

		for (long i = 0; i < total; i++)
			out->v[i * total + i] = 1;
	}
	}
	return out;
}

static Dual *
walk_new(Walk *w, Node *n)
{
	const Dual *k;
	Dual *out;

	switch (n->kind) {
	case N_VAR: {
		const Tensor *t = w->env->leaf(w->env->ctx, n->var);

		if (!t)
			raise_at(w->a, n->loc, "%s has no value", n->name);
		out = dual_for(w, n, false);
		if (t->size != out->size)
			raise_at(w->a, n->loc, "the value of %s does not have the size it is used with", n->name);
		memcpy(out->v, t->data, sizeof *out->v * out->size);
		return out;
	}
	case N_NAMED:
		out = NEW(w->a, Dual);
		*out = *walk(w, n->kid[0]);
		return out;
	case N_SUM: {
		bool slope = false;

		for (int i = 0; i < n->n; i++)
			slope = walk(w, n->kid[i])->d || slope;
		out = dual_for(w, n, slope);
		for (int i = 0; i < n->n; i++) {
			double c = rat_double(n->coef[i]);

			k = walk(w, n->kid[i]);
			for (size_t j = 0; j < out->size; j++)
				out->v[j] += c * k->v[j];
			for (size_t j = 0; j < out->size && k->d; j++)
				out->d[j] += c * k->d[j];
		}
		return out;
	}
	case N_PROD:
		return walk_prod(w, n);
	case N_POW: {
		double e = rat_double(n->coef[0]);

		k = walk(w, n->kid[0]);
		out = dual_for(w, n, k->d != NULL);
		for (size_t i = 0; i < out->size; i++) {
			out->v[i] = pow(k->v[i], e);
			if (k->d)
				out->d[i] = k->d[i] == 0 ? 0 : e * pow(k->v[i], e - 1) * k->d[i];
		}
		return out;
	}
	case N_MAP:
		return walk_map(w, n);
	case N_FN:
		return walk_fn(w, n);
	case N_UNKNOWN:
		return walk_unknown(w, n);
	default:
		return walk_constant(w, n);
	}
}

static const Dual *
walk(Walk *w, Node *n)
{
	Dual *out = w->memo[n->id];

	if (out)
		return out;
	out = walk_new(w, n);
	if (n == w->x) {
		if (out->size != w->tangent->size)
			bug(w->a, "a direction of %zu entries for %zu", w->tangent->size, out->size);
		out->d = w->tangent->data;
	}
	w->memo[n->id] = out;
	return out;
}

static Tensor *
tensor_of(Walk *w, const Dual *x, double *data)
{
	Tensor *t = NEW(w->a, Tensor);

	t->nax = x->nax;
	t->dim = x->dim;
	t->size = x->size;
	t->data = data ? data : NEWN(w->a, double, x->size);
	return t;
}

void
dual_eval(Graph *g, Node *f, Node *x, const Tensor *tangent, Env *env, Tensor **value, Tensor **slope)
{
	Walk w = {.g = g, .env = env, .a = env->a, .x = x, .tangent = tangent};
	const Dual *y;

	w.memo = NEWN(w.a, Dual *, g->nnode + 1);
	y = walk(&w, f);
	*value = tensor_of(&w, y, y->v);
	*slope = tensor_of(&w, y, y->d);
}
