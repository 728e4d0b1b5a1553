/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dual.c: the value of a graph together with its slope along one direction, by dual numbers. It is
 * the judge of diff.c and of the derivative rules in the function table, so it shares nothing with
 * them, nor with the planner: a walk over the nodes, products summed out label by label, matrix
 * functions by eliminations and series carried out on dual numbers, and elementwise functions by
 * differences of their kernels. Slow, plain, for sizes of two and three.
 */
#include <math.h>
#include <string.h>

#include "dual.h"

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

Dual *
dual_for(Walk *w, Node *n, bool slope)
{
	long few[8], *dim = n->nax <= 8 ? few : NEWN(w->a, long, n->nax);

	for (int i = 0; i < n->nax; i++)
		dim[i] = size_of(w, n->ax[i], n);
	return dual_new(w, n->nax, dim, slope);
}

/* ---- products: factor after factor, each label summed when no later factor has it */

typedef struct Elim {
	int nlab;
	long *size;
	int *left;   /* by label: how many factors to come have it, + 1 if it comes out */
	long *place; /* by label: stride in the tensor at hand */
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
	long *sc = NEWN(w->a, long, e->nlab + 1), *sf = NEWN(w->a, long, e->nlab + 1),
		 *so = NEWN(w->a, long, e->nlab + 1);
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
	long *stride = NEWN(w->a, long, n->nlab + 1), *idx = NEWN(w->a, long, n->nlab + 1), s = 1,
		 io = 0, ic = 0;
	int *loop = NEWN(w->a, int, n->nlab + 1), nloop = 0, m = 0;
	Dual *cur = dual_new(w, 0, NULL, false), *out;

	e.size = NEWN(w->a, long, n->nlab + 1);
	e.left = NEWN(w->a, int, n->nlab + 1);
	for (int l = 0; l < n->nlab; l++)
		e.size[l] = size_of(w, n->labdim[l], n);
	for (int i = 0; i < n->nax; i++)
		e.left[n->out[i]] = 1;
	for (int i = 0; i < n->n; i++) {
		f[i] = dual_walk(w, n->kid[i]);
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

/* The slope of a kernel in its first (which 0) or second argument: differences of order eight, with
   two steps that have to agree; NAN when they never do (a kink, a jump, the edge of the domain). */
static double
kernel_slope(const Fun *f, double x, double y, int which)
{
	static const double c[4] = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280};
	double unit = fmax(1, fabs(which ? y : x)), before = NAN;

	/* beside 1e30 a small step would be none: the logarithm would have no slope there, the cosine
	   one of 0; beside infinity no step is one */
	for (double h = 0.02 * unit; h > 1e-7 * unit; h /= 4) {
		double slope = 0, size = 0;
		bool ok = true;

		for (int k = 1; k <= 4; k++) {
			double hx = which ? 0 : k * h, hy = which ? k * h : 0;
			double p = f->kernel(x + hx, y + hy), m = f->kernel(x - hx, y - hy);

			slope += c[k - 1] * (p - m) / h;
			size = fmax(size, fmax(fabs(p), fabs(m)));
		}
		if (f->domain_ok) /* well within the domain: 30 steps to either side */
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
	const Dual *x = dual_walk(w, n->kid[0]), *y = n->n > 1 ? dual_walk(w, n->kid[1]) : NULL;
	Dual *out = dual_for(w, n, x->d || (y && y->d));

	for (size_t i = 0; i < out->size; i++) {
		double b = y ? y->v[i] : 0;

		out->v[i] =
			n->fun->domain_ok && !n->fun->domain_ok(x->v[i], b) ? NAN : n->fun->kernel(x->v[i], b);
		/* too small to have all its digits: log(2*exp(-740)) has no slope worth comparing */
		if (out->v[i] != 0 && fabs(out->v[i]) < 1e-290)
			out->v[i] = NAN;
		if (x->d && x->d[i] != 0)
			out->d[i] += kernel_slope(n->fun, x->v[i], b, 0) * x->d[i];
		if (y && y->d && y->d[i] != 0)
			out->d[i] += kernel_slope(n->fun, x->v[i], b, 1) * y->d[i];
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
	default: { /* FUSE: the first axes, flattened, are the last */
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
			raise_at(
				w->a, n->loc, "the value of %s does not have the size it is used with", n->name);
		memcpy(out->v, t->data, sizeof *out->v * out->size);
		return out;
	}
	case N_NAMED:
		out = NEW(w->a, Dual);
		*out = *dual_walk(w, n->kid[0]);
		return out;
	case N_SUM: {
		bool slope = false;

		for (int i = 0; i < n->n; i++)
			slope = dual_walk(w, n->kid[i])->d || slope;
		out = dual_for(w, n, slope);
		for (int i = 0; i < n->n; i++) {
			double c = rat_double(n->coef[i]);

			k = dual_walk(w, n->kid[i]);
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

		k = dual_walk(w, n->kid[0]);
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
		return dual_fn(w, n);
	case N_UNKNOWN:
		return dual_unknown(w, n);
	default:
		return walk_constant(w, n);
	}
}

const Dual *
dual_walk(Walk *w, Node *n)
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
dual_eval(
	Graph *g, Node *f, Node *x, const Tensor *tangent, Env *env, Tensor **value, Tensor **slope)
{
	Walk w = {.g = g, .env = env, .a = env->a, .x = x, .tangent = tangent};
	const Dual *y;

	w.memo = NEWN(w.a, Dual *, g->nnode + 1);
	y = dual_walk(&w, f);
	*value = tensor_of(&w, y, y->v);
	*slope = tensor_of(&w, y, y->d);
}
