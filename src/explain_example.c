/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_example.c: a counterexample that can be checked by hand: the smallest sizes and small
 * integers at which the two sides of an identity differ; or the values that its variables have.
 */
#include "explain.h"

#include <math.h>
#include <stdlib.h>

enum {
	TRIES = 12,             /* at each choice of sizes, */
	FAINT_TRIES = 2,        /* ... for sides that doubles cannot tell apart */
	BITS = 100, MANY_BITS = 2000,
	SHOWN_LEAVES = 24
};

typedef struct Example {
	Explain *x;
	Arena *a;
	Graph *g;
	Sym *dim;
	long *size;
	int ndim, cap_dim;
	Node **unit;
	int nunit, cap_unit;
	Node **var;
	Tensor **value;
	int nvar, cap_var;
	bool unknown;
	bool faint;             /* what agrees in doubles may differ behind them */
	uint64_t state;
	Env *own; /* the session's values, while they are tried */
} Example;

/* ---- what there is to choose */

static void
add_dims(Example *e, const Dim *d)
{
	for (int i = 0; i < d->n; i++)
		for (int k = 0; k < d->term[i].nsym; k++) {
			Sym s = d->term[i].sym[k];
			int j = 0;
			while (j < e->ndim && e->dim[j] != s)
				j++;
			if (j == e->ndim)
				PUSH(e->a, e->dim, e->ndim, e->cap_dim, s);
		}
}

static void
collect(Example *e, Node *n, bool *seen)
{
	if (seen[n->id])
		return;
	seen[n->id] = true;
	for (int i = 0; i < n->nax; i++)
		add_dims(e, n->ax[i]);
	for (int i = 0; i < n->nlab; i++)
		add_dims(e, n->labdim[i]);
	if (n->dim)
		add_dims(e, n->dim);
	if (n->kind == N_UNIT)
		PUSH(e->a, e->unit, e->nunit, e->cap_unit, n);
	if (n->kind == N_VAR)
		PUSH(e->a, e->var, e->nvar, e->cap_var, n);
	e->unknown |= n->kind == N_UNKNOWN;
	for (int i = 0; i < n->n; i++)
		collect(e, n->kid[i], seen);
}

/* the variables of what is given, too */
static void
collect_facts(Example *e, bool *seen)
{
	const Facts *f = e->g->facts;
	for (int i = 0; f && i < f->neq; i++)
		for (int k = 0; k < f->eq[i].n; k++)
			collect(e, f->eq[i].zero[k], seen);
	for (int i = 0; f && i < f->nranked; i++)
		collect(e, f->ranked[i], seen);
}

static long
get_size(void *ctx, Sym s)
{
	const Example *e = ctx;
	for (int i = 0; i < e->ndim; i++)
		if (e->dim[i] == s)
			return e->size[i];
	return -1;
}

static const Tensor *
get_leaf(void *ctx, const Var *v)
{
	const Example *e = ctx;
	for (int i = 0; i < e->nvar; i++)
		if (e->var[i]->var == v)
			return e->value[i];
	return NULL;
}

static long
size_of(Example *e, const Dim *d)
{
	Sym missing;
	long n;
	return dim_is_num(d, &n) ? n : dim_eval(e->a, d, get_size, e, &missing);
}

static bool
sizes_valid(Example *e)
{
	for (int i = 0; i < e->nvar; i++)
		for (int k = 0; k < e->var[i]->nax; k++)
			if (size_of(e, e->var[i]->ax[k]) < 1)
				return false;
	for (int i = 0; i < e->nunit; i++) {
		long at = size_of(e, e->unit[i]->dim);
		if (at < 1 || at > size_of(e, e->unit[i]->ax[0]))
			return false;
	}
	return true;
}

/* ---- values */

static long
small(Example *e, unsigned p)
{
	static const long any[] = {1, 2, -1, 3, 1, 2, -2, 1};
	uint64_t z = e->state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	long v = any[(z ^ z >> 31) & 7];
	return p & P_POSITIVE ? labs(v) : v;
}

static void
fill_square(Example *e, double *d, long n, unsigned p)
{
	bool diagonal = p & P_DIAGONAL;
	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++)
			d[i * n + j] = (double)small(e, p);
	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++) {
			double *v = &d[i * n + j];
			if (p & P_ORTHOGONAL) /* a turn of the axes, or of their directions */
				*v = p & (P_SYMMETRIC | P_LOWER | P_UPPER) ? (i == j ? (i % 2 ? 1 : -1) : 0)
					 : j == (i + 1) % n                    ? (i == 0 ? -1 : 1)
														   : 0;
			else if (p & P_POSDEF)
				*v = i != j ? (diagonal ? 0 : 1) : 2 + (double)(i % 2);
			else if ((diagonal && i != j) || (p & P_LOWER && j > i) || (p & P_UPPER && j < i))
				*v = 0;
			else if (p & P_SKEW)
				*v = i == j ? 0 : i > j ? -d[j * n + i] : *v;
			else if (p & P_SYMMETRIC && j < i)
				*v = d[j * n + i];
		}
}

/* NULL: there is no such matrix of that size */
static Tensor *
choose(Example *e, const Node *n)
{
	long dim[2] = {1, 1};
	unsigned p = props_close(n->var->props);
	const Tensor *mine = e->own ? e->own->leaf(e->own->ctx, n->var) : NULL;
	Tensor *t;
	if (mine)
		return (Tensor *)mine;
	for (int i = 0; i < n->nax; i++)
		dim[i] = size_of(e, n->ax[i]);
	t = tensor_new(e->a, n->nax, dim);
	if (n->nax == 2 && n->ax[0] == n->ax[1]) {
		fill_square(e, t->data, dim[0], p);
		return t;
	}
	for (size_t i = 0; i < t->size; i++)
		t->data[i] = (double)small(e, p);
	if (n->nax == 0 || !(p & (P_ORTHOGONAL | P_COLUMNS | P_ROWS)))
		return t;
	if (n->nax == 2 && ((p & P_COLUMNS && dim[0] < dim[1]) || (p & P_ROWS && dim[0] > dim[1])))
		return NULL;
	for (size_t i = 0; i < t->size; i++)
		t->data[i] = (long)i / dim[1] == (long)i % dim[1];
	return t;
}

/* ---- trying */

static bool
usable(const Tensor *t)
{
	for (size_t i = 0; i < t->size; i++)
		if (!isfinite(t->data[i]) || fabs(t->data[i]) > 1e6)
			return false;
	return true;
}

static char *
words(Example *e, Tensor *const *side, double by)
{
	Arena *a = e->x->a;
	Text t = text_new(a);
	size_t entries = 0;
	for (int i = 0; i < e->ndim; i++)
		text_addf(&t, "%s%s", i ? ", " : "at ", size_text(a, e->dim[i], e->size[i]));
	for (int i = 0; i < e->nvar; i++)
		entries += e->value[i]->size;
	for (int i = 0; i < e->nvar && entries <= SHOWN_LEAVES; i++)
		text_addf(&t, "%s%s = %s", i || e->ndim ? ", " : "at ", e->var[i]->name,
			value_literal(a, tensor_dusted(a, e->value[i]), 6));
	text_addf(&t, "%s%s", t.n ? " " : "", sides_text(a, side[0], side[1], by));
	return t.s;
}

/* The sides' values at a point, if they differ: in doubles, and in balls where those can tell. */
static char *
apart(Example *e, const Env *env, Tensor *const *v)
{
	Node *const *side = e->x->at.side;
	bool close = explain_close(v[0], v[1]);
	BallVerdict told;
	BallDiff d;
	if (close && !e->faint)
		return NULL;
	told = ball_compare(e->g, side[0], side[1], env, e->faint ? MANY_BITS : BITS, &d);
	if (told == BALL_DIFFER && usable(d.side[0]) && usable(d.side[1]))
		return words(e, d.side, d.by);
	return close || told == BALL_EQUAL ? NULL : words(e, v, NAN);
}

static char *
attempt(Example *e)
{
	Env env = {.a = e->a,
		.ctx = e,
		.size = get_size,
		.leaf = get_leaf,
		.seed = 1,
		.allow_unknown = true,
		.quiet_domain = true};
	Tensor **v;
	for (int i = 0; i < e->nvar; i++) {
		e->value[i] = choose(e, e->var[i]);
		if (!e->value[i])
			return NULL;
	}
	if (!given_impose(e->g, &env, e->state))
		return NULL;
	v = plan_run(plan_new(e->g, e->x->at.side, 2, &env), &env);
	if (!usable(v[0]) || !usable(v[1]))
		return NULL;
	return apart(e, &env, v);
}

/* NULL also when something has no value there */
static char *
attempt_safely(Example *e)
{
	Trap t;
	if (TRY(&t, e->a)) {
		char *s = attempt(e);
		trap_end(&t);
		return s;
	}
	explain_failed(e->x, &t.diag);
	return NULL;
}

/* The values that the variables have; what has none is chosen. Facts would bend them. */
static char *
by_values(Example *e)
{
	bool any = false;
	char *s = NULL;
	e->own = session_env(e->x->s, e->g);
	for (int i = 0; i < e->ndim; i++) {
		long n = e->own->size(e->own->ctx, e->dim[i]);
		e->size[i] = n < 1 ? 2 : n;
	}
	for (int i = 0; i < e->nvar; i++)
		any = any || e->own->leaf(e->own->ctx, e->var[i]->var);
	if (any && !e->g->facts && sizes_valid(e))
		s = attempt_safely(e);
	e->own = NULL;
	return s;
}

/* sizes 1 everywhere, one of them 2, 2 everywhere, different ones */
static char *
by_sizes(Example *e)
{
	for (int round = 0; round < e->ndim + 3; round++) {
		for (int i = 0; i < e->ndim; i++)
			e->size[i] = round <= e->ndim       ? 1 + (round == i + 1)
						 : round == e->ndim + 1 ? 2
												: 2 + (i + 1) % 2;
		if (!sizes_valid(e))
			continue;
		for (int i = 0; i < (e->faint ? FAINT_TRIES : TRIES) && !explain_over(e->x); i++) {
			char *s = attempt_safely(e);
			if (s)
				return s;
		}
	}
	return NULL;
}

const char *
explain_example(Explain *x)
{
	Example e = {.x = x};
	Trap t;
	if (!explain_ground(x) || !x->at.same_shape)
		return NULL;
	e.a = x->at.a;
	e.g = x->at.g;
	if (TRY(&t, e.a)) {
		bool *seen = NEWN(e.a, bool, e.g->nnode + 1);
		const char *s;
		for (int i = 0; i < 2; i++)
			collect(&e, x->at.side[i], seen);
		collect_facts(&e, seen);
		e.size = NEWN(e.a, long, e.ndim + 1);
		e.value = NEWN(e.a, Tensor *, e.nvar + 1);
		s = by_values(&e);
		if (!s)
			s = by_sizes(&e);
		e.faint = !ball_missing();
		if (!s && e.faint)
			s = by_sizes(&e);
		trap_end(&t);
		return s;
	}
	explain_failed(x, &t.diag);
	return NULL;
}
