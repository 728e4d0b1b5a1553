/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * numeric_size.c: how large the numbers are that make up a side, before they cancel: a rounding
 * error is relative to these.
 */
#include "numeric.h"

#include <math.h>
#include <string.h>

Tensor *
probe_value(const Probe *p, const Node *n)
{
	return p->at[n->id] ? p->value[p->at[n->id] - 1] : NULL;
}

static void
probe_add(Arena *a, Probe *p, Node *n)
{
	enum { MAX = 200 };
	if (p->at[n->id] || p->n >= MAX)
		return;
	PUSH(a, p->node, p->n, p->cap, n);
	p->at[n->id] = p->n;
}

/* Sums are as large as their terms, products as their factors: down to nodes whose values must
   be seen. */
static void
probe_walk(Arena *a, Probe *p, Node *n)
{
	bool inner = n->kind == N_MAP || n->kind == N_POW;
	if (p->walked[n->id])
		return;
	p->walked[n->id] = true;
	if (inner || (n->kind != N_NAMED && n->kind != N_SUM && n->kind != N_PROD))
		probe_add(a, p, n);
	/* a determinant is a sum of products of entries */
	if (inner || (n->kind == N_FN &&
					 (n->fun->id == F_det || n->fun->id == F_logdet || n->fun->id == F_adj)))
		probe_add(a, p, n->kid[0]);
	for (int i = 0; i < n->n; i++)
		probe_walk(a, p, n->kid[i]);
}

Probe
probe_new(Arena *a, const Graph *g, Node **side)
{
	Probe p = {.at = NEWN(a, int, g->nnode + 1), .walked = NEWN(a, bool, g->nnode + 1),
		.size = NEWN(a, double, g->nnode + 1)};
	for (int i = 0; i < 2; i++)
		probe_add(a, &p, side[i]);
	for (int i = 0; i < 2; i++)
		probe_walk(a, &p, side[i]);
	return p;
}

static double
value_at(const Node *n, double x)
{
	return n->kind == N_POW ? pow(x, rat_double(n->coef[0])) : n->fun->kernel(x, 0);
}

/* The largest slope of an elementwise function of one argument at the entries of its argument:
   what a relative error of the argument's terms becomes. As steep as rounding finds it, too: acos
   just below 1. */
static double
steepest(const Node *n, const Tensor *arg)
{
	static const double step[] = {1e-6, -1e-6, ROUNDING, -ROUNDING};
	double m = 0;
	for (size_t i = 0; i < arg->size; i++) {
		double x = arg->data[i], y = value_at(n, x);
		for (int k = 0; k < 4; k++) {
			double h = step[k] * fmax(fabs(x), 1e-6), slope = (value_at(n, x + h) - y) / h;
			if (isfinite(slope))
				m = fmax(m, fabs(slope));
		}
	}
	return m;
}

static double
slope_of(const Probe *p, const Node *n, const Tensor *arg)
{
	double m = steepest(n, arg);
	return p->plain ? fmin(m, 1) : m;
}

static double
find_magnitude(Probe *p, const Node *n)
{
	const Tensor *value = probe_value(p, n), *arg = n->n == 1 ? probe_value(p, n->kid[0]) : NULL;
	double m = value ? tensor_largest(value) : 0;
	switch (n->kind) {
	case N_MAP:
		/* step and sign have no slope to speak of */
		if (!arg || !n->fun->kernel || !*n->fun->rule || strcmp(n->fun->rule, "0") == 0)
			return m;
		return fmax(m, slope_of(p, n, arg) * probe_magnitude(p, n->kid[0]));
	case N_POW:
		return arg ? fmax(m, slope_of(p, n, arg) * probe_magnitude(p, n->kid[0])) : m;
	case N_NAMED:
		return probe_magnitude(p, n->kid[0]);
	case N_SUM:
		for (int i = 0; i < n->n; i++)
			m = fmax(m, fabs(rat_double(n->coef[i])) * probe_magnitude(p, n->kid[i]));
		return m;
	case N_PROD:
		m = fabs(rat_double(n->coef[0]));
		for (int i = 0; i < n->n; i++)
			m *= probe_magnitude(p, n->kid[i]);
		return m;
	case N_FN:
		if (n->fun->id == F_logdet)
			/* a relative error of the determinant, a sum of products of entries, is an absolute
			   one of its logarithm */
			return arg && !p->plain
				? fmax(m, pow(tensor_largest(arg), (double)arg->dim[0]) / exp(value->data[0]))
				: fmax(m, 1);
		if (arg && arg->nax == 2)
			m = fmax(m, pow(tensor_largest(arg), (double)arg->dim[0]));
		return m;
	default:
		return m;
	}
}

double
probe_magnitude(Probe *p, const Node *n)
{
	double *m = &p->size[n->id];
	if (isnan(*m))
		*m = find_magnitude(p, n);
	return *m;
}
