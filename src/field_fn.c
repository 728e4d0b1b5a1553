/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * field_fn.c: matrix functions and unknown functions at a point of the prime field, for
 * field_walk.c; elementwise ones are in field_map.c. A function that a field does not have is a
 * random oracle: a hash of what it is applied to, so that equal arguments give equal values.
 */
#include <string.h>

#include "field.h"

static uint64_t
mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* a hash as a number of the field, not 0 */
static uint64_t
number(const Point *p, uint64_t h)
{
	uint64_t x;

	do
		x = (h = mix(h)) >> (64 - FIELD_BITS);
	while (x == 0 || x >= p->f.p);
	return x;
}

uint64_t
point_oracle(Point *p, uint64_t tag, uint64_t x)
{
	p->oracles++;
	return number(p, mix(p->key ^ tag) ^ x);
}

/* ---- matrices */

static uint64_t *
copy(Point *p, const uint64_t *x, size_t n)
{
	uint64_t *y = NEWN(p->a, uint64_t, n + 1);

	memcpy(y, x, sizeof *x * n);
	return y;
}

static uint64_t *
identity(Point *p, long n)
{
	uint64_t *y = NEWN(p->a, uint64_t, n * n);

	for (long i = 0; i < n; i++)
		y[i * (n + 1)] = 1;
	return y;
}

static uint64_t *
transposed(Point *p, const uint64_t *x, long r, long c)
{
	uint64_t *y = NEWN(p->a, uint64_t, r * c);

	for (long i = 0; i < r; i++)
		for (long j = 0; j < c; j++)
			y[j * r + i] = x[i * c + j];
	return y;
}

static uint64_t *
multiplied(Point *p, const uint64_t *x, const uint64_t *y, long r, long k, long c)
{
	uint64_t *z = NEWN(p->a, uint64_t, r * c);

	p->work += (double)r * (double)k * (double)c;
	flint_mul(&p->f, x, y, z, r, k, c);
	return z;
}

static void
fn_inv(Point *p, Node *n, const Val *x, Val *out, bool adjugate)
{
	long r = x->dim[0];
	uint64_t det = adjugate ? flint_det(&p->f, x->v, r) : 1;

	if (!flint_inv(&p->f, x->v, out->v, r))
		point_fail(p, POINT_SINGULAR, n);
	for (size_t i = 0; i < out->size && adjugate; i++)
		out->v[i] = fp_mul(&p->f, out->v[i], det);
}

/* From a rank factorisation X = B*C: C'*inv(C*C')*inv(B'*B)*B'. C: the rows of the echelon form,
   B: the columns of X at its pivots. */
static void
fn_pinv(Point *p, Node *n, const Val *x, Val *out)
{
	long r = x->nax ? x->dim[0] : 1, c = x->nax > 1 ? x->dim[1] : 1, k;
	uint64_t *cc = copy(p, x->v, x->size), *b, *bt, *ct, *g, *h, *left, *right;

	k = flint_rref(&p->f, cc, r, c);
	if (k == 0)
		return;
	b = NEWN(p->a, uint64_t, r * k);
	for (long i = 0; i < k; i++) {
		long pivot = 0;

		while (cc[i * c + pivot] == 0)
			pivot++;
		for (long j = 0; j < r; j++)
			b[j * k + i] = x->v[j * c + pivot];
	}
	bt = transposed(p, b, r, k);
	ct = transposed(p, cc, k, c);
	g = multiplied(p, bt, b, k, r, k);
	h = multiplied(p, cc, ct, k, c, k);
	left = NEWN(p->a, uint64_t, k * k);
	right = NEWN(p->a, uint64_t, k * k);
	if (!flint_inv(&p->f, h, left, k) || !flint_inv(&p->f, g, right, k)) {
		point_fail(p, POINT_SINGULAR, n);
		return;
	}
	left = multiplied(p, ct, left, c, k, k);
	right = multiplied(p, right, bt, k, k, r);
	memcpy(out->v, multiplied(p, left, right, c, k, r), sizeof *out->v * out->size);
}

static void
fn_mpow(Point *p, Node *n, const Val *x, Val *out)
{
	long r = x->dim[0];
	uint64_t *base = copy(p, x->v, x->size), *y = identity(p, r);
	int e = n->param < 0 ? -n->param : n->param;

	if (n->param < 0 && !flint_inv(&p->f, x->v, base, r)) {
		point_fail(p, POINT_SINGULAR, n);
		return;
	}
	for (; e; e >>= 1) {
		if (e & 1)
			y = multiplied(p, y, base, r, r, r);
		if (e > 1)
			base = multiplied(p, base, base, r, r, r);
	}
	memcpy(out->v, y, sizeof *out->v * out->size);
}

/* ---- expm: some power series, cut off where the eigenvalues at hand cannot tell it from others */

static int
series_length(Point *p)
{
	double n = 2;

	for (int i = 0; i < p->s->n; i++) {
		const Node *k = p->s->node[i];

		if (k->kind == N_FN && k->fun->id == F_expm)
			n += (double)(k->param + 1) * (double)point_size(p, k->ax[0]);
	}
	return n > 64 ? 0 : (int)n;
}

static void
fn_expm(Point *p, Node *n, const Val *x, Val *out)
{
	const Field *f = &p->f;
	long r = x->dim[0];
	size_t size = (size_t)(r * r);
	int len = n->param > 1 ? 0 : series_length(p);
	uint64_t **pow = NEWN(p->a, uint64_t *, len + 1);

	p->oracle = true;
	if (len == 0) {
		p->why = "matrix exponentials, many or differentiated twice";
		point_fail(p, POINT_UNABLE, n);
		return;
	}
	p->work += (double)len * (double)len * (double)(n->param ? size * size : 1);
	pow[0] = identity(p, r);
	for (int k = 1; k < len; k++)
		pow[k] = multiplied(p, pow[k - 1], x->v, r, r, r);
	for (int k = 0; k < len; k++) {
		uint64_t c = k ? point_oracle(p, F_expm, (uint64_t)k) : 1;

		if (n->param == 0)
			for (size_t i = 0; i < size; i++)
				out->v[i] = fp_add(f, out->v[i], fp_mul(f, c, pow[k][i]));
		/* c X^k -> c sum_s X^s[i,k] X^(k-1-s)[l,j] */
		for (int s = 0; s < k && n->param == 1; s++)
			for (size_t ij = 0; ij < size; ij++)
				for (size_t kl = 0; kl < size; kl++) {
					size_t i = ij / (size_t)r, j = ij % (size_t)r, a = kl / (size_t)r,
						   b = kl % (size_t)r;
					uint64_t t =
						fp_mul(f, pow[s][i * (size_t)r + a], pow[k - 1 - s][b * (size_t)r + j]);
					uint64_t *to = &out->v[ij * size + kl];

					*to = fp_add(f, *to, fp_mul(f, c, t));
				}
	}
}

/* ---- softmax, logsumexp: by their definitions */

static void
fn_soft(Point *p, Node *n, const Val *x, Val *out)
{
	const Field *f = &p->f;
	bool log_sum = n->fun->id == F_logsumexp;
	long r = x->nax ? x->dim[0] : 1, c = x->nax > 1 ? x->dim[1] : 1;
	size_t lines = n->param == 0 ? 1 : (size_t)(n->param == 1 ? c : r), len = x->size / lines;
	uint64_t *e = NEWN(p->a, uint64_t, x->size + 1);

	point_exp(p, n->kid[0], RAT1, e, x->size);
	for (size_t line = 0; line < lines; line++) {
		size_t from = n->param == 2 ? line * len : line, step = n->param == 1 ? lines : 1;
		uint64_t sum = 0;

		for (size_t i = 0; i < len; i++)
			sum = fp_add(f, sum, e[from + i * step]);
		if (log_sum) {
			out->v[line] = point_log(p, sum, n);
			continue;
		}
		if (sum == 0) {
			point_fail(p, POINT_SINGULAR, n);
			return;
		}
		sum = fp_inv(f, sum);
		for (size_t i = 0; i < len; i++)
			out->v[from + i * step] = fp_mul(f, e[from + i * step], sum);
	}
}

void
point_fn(Point *p, Node *n, Val *out)
{
	const Val *x = point_val(p, n->kid[0]);
	long c = x->nax > 1 ? x->dim[1] : 1;

	p->work += (double)x->size * (double)c;
	switch (n->fun->id) {
	case F_det:
		out->v[0] = flint_det(&p->f, x->v, x->dim[0]);
		out->square = n->kid[0]->kind == N_VAR && (n->kid[0]->var->props & P_POSDEF);
		break;
	case F_logdet:
		out->v[0] = point_log(p, flint_det(&p->f, x->v, x->dim[0]), n);
		break;
	case F_inv:
		fn_inv(p, n, x, out, false);
		break;
	case F_adj:
		fn_inv(p, n, x, out, true);
		break;
	case F_pinv:
		fn_pinv(p, n, x, out);
		break;
	case F_mpow:
		fn_mpow(p, n, x, out);
		break;
	case F_expm:
		fn_expm(p, n, x, out);
		break;
	case F_softmax:
	case F_logsumexp:
		fn_soft(p, n, x, out);
		break;
	case F_tril:
	case F_triu:
		for (size_t k = 0; k < out->size; k++) {
			long i = (long)k / c, j = (long)k % c;

			out->v[k] = (n->fun->id == F_tril ? j <= i : j >= i) ? x->v[k] : 0;
		}
		break;
	default:
		point_fail(p, POINT_UNABLE, n);
	}
}

/* ---- unknown functions: their values and those of their derivatives are free, but that formal
   derivatives commute. So a difference is a proof that the identity does not hold for all
   functions. */

typedef struct By {
	int arg;
	size_t at;
} By; /* differentiated by this entry of this argument */

static void
sort_by(By *by, int n)
{
	for (int i = 1; i < n; i++)
		for (int j = i; j > 0 && (by[j].arg < by[j - 1].arg ||
									 (by[j].arg == by[j - 1].arg && by[j].at < by[j - 1].at));
			 j--) {
			By t = by[j];

			by[j] = by[j - 1];
			by[j - 1] = t;
		}
}

void
point_unknown(Point *p, Node *n, Val *out)
{
	bool each = n->ufun->elementwise;
	uint64_t h = p->key;
	By *by = NEWN(p->a, By, n->nder + 1);

	for (const char *s = n->ufun->name; *s; s++)
		h = mix(h ^ (unsigned char)*s);
	for (int j = 0; j < n->n && !each; j++) {
		const Val *x = point_val(p, n->kid[j]);

		for (size_t k = 0; k < x->size; k++)
			h = mix(h ^ x->v[k]);
	}
	p->oracles += (double)out->size;
	for (size_t i = 0; i < out->size; i++) {
		uint64_t e = h;
		size_t rest = i;

		for (int j = 0; j < n->n && each; j++)
			e = mix(e ^ point_val(p, n->kid[j])->v[i]);
		for (int j = n->nder; j-- > 0;) {
			size_t size = each ? 1 : point_val(p, n->kid[n->der[j]])->size;

			by[j] = (By){n->der[j], rest % size};
			rest /= size;
		}
		sort_by(by, n->nder);
		for (int j = 0; j < n->nder; j++)
			e = mix(mix(e ^ (uint64_t)(by[j].arg + 1)) ^ by[j].at);
		out->v[i] = number(p, e);
	}
}
