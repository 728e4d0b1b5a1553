/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * env.c: what the session's names stand for when numbers are wanted: the values of leaves, and the
 * sizes of dimension names, which follow from the values of declared leaves. Stands between
 * session.c, which keeps the values, and plan.c, which asks for them.
 */
#include "core.h"

#include <string.h>

/* ---- sizes */

/* a name that has only a value, a positive integer: it can stand for a size */
static bool
value_integer(const Entry *e, long *out)
{
	if (!e || e->kind != NAME_VAR || e->decl || !e->value || e->value->size != 1)
		return false;
	double v = e->value->data[0];
	*out = v >= 1 && v <= 1e15 ? (long)v : 0;
	return *out > 0 && (double)*out == v;
}

/* A dimension expression as c0 + c1*u with at most one unknown name u. */
typedef struct Linear { long c0, c1; Sym u; bool bad; } Linear;

typedef struct SizeOf { Sym dim; long size; const Entry *from; } SizeOf;
typedef struct Sizes { const Mdx *s; Arena *a; SizeOf *of; int n, cap; } Sizes;

static const SizeOf *
size_find(const Sizes *z, Sym dim)
{
	for (int i = 0; i < z->n; i++) {
		if (z->of[i].dim == dim)
			return &z->of[i];
	}
	return NULL;
}

static Linear
linear_add(Linear x, Linear y)
{
	Linear r = {.bad = x.bad || y.bad || (x.u && y.u && x.u != y.u), .u = x.u ? x.u : y.u};
	r.bad = r.bad || __builtin_add_overflow(x.c0, y.c0, &r.c0);
	r.bad = r.bad || __builtin_add_overflow(x.c1, y.c1, &r.c1);
	r.u = r.c1 ? r.u : NULL;
	return r;
}

static Linear
linear_mul(Linear x, Linear y)
{
	if (x.u && y.u)
		return (Linear){.bad = true};
	if (y.u)
		return linear_mul(y, x);
	Linear r = {.bad = x.bad || y.bad, .u = x.u};
	r.bad = r.bad || __builtin_mul_overflow(x.c0, y.c0, &r.c0);
	r.bad = r.bad || __builtin_mul_overflow(x.c1, y.c0, &r.c1);
	r.u = r.c1 ? r.u : NULL;
	return r;
}

static Linear
linear_of(const Sizes *z, const Tree *t)
{
	Linear r = {.bad = true};
	long k;
	switch (t->kind) {
	case TREE_NUM:
		if (rat_long(t->num, &k))
			r = (Linear){.c0 = k};
		return r;
	case TREE_NAME: {
		const SizeOf *known = size_find(z, t->name);
		if (!known && value_integer(session_find(z->s, t->name), &k))
			return (Linear){.c0 = k};
		return known ? (Linear){.c0 = known->size} : (Linear){.c1 = 1, .u = t->name};
	}
	case TREE_POS:
		return linear_of(z, t->kid[0]);
	case TREE_NEG:
		return linear_mul((Linear){.c0 = -1}, linear_of(z, t->kid[0]));
	case TREE_ADD:
		r = (Linear){.c0 = 0};
		for (int i = 0; i < t->n; i++)
			r = linear_add(r, linear_of(z, t->kid[i]));
		return r;
	case TREE_MUL:
		r = (Linear){.c0 = 1};
		for (int i = 0; i < t->n; i++)
			r = linear_mul(r, linear_of(z, t->kid[i]));
		return r;
	case TREE_POW:
		if (t->kid[1]->kind != TREE_NUM || !rat_long(t->kid[1]->num, &k) || k < 0 || k > 16)
			return r;
		r = (Linear){.c0 = 1};
		while (k-- > 0)
			r = linear_mul(r, linear_of(z, t->kid[0]));
		return r;
	default:
		return r;
	}
}

/* Learns from one side of a leaf: the tree is `size`. True when a name became known. */
static bool
size_learn(Sizes *z, const Tree *t, long size, const Entry *from)
{
	Linear x = linear_of(z, t);
	if (x.bad || !x.u || (size - x.c0) % x.c1 != 0 || (size - x.c0) / x.c1 < 1)
		return false;
	SizeOf known = {x.u, (size - x.c0) / x.c1, from};
	PUSH(z->a, z->of, z->n, z->cap, known);
	return true;
}

static Sizes
sizes_solve(const Mdx *s, Arena *a, const Entry *skip)
{
	Sizes z = {.s = s, .a = a};
	bool more = true;
	while (more) {
		more = false;
		for (int i = 0; i < s->nentry; i++) {
			const Entry *e = s->entry[i];
			if (e == skip || e->kind != NAME_VAR || !e->decl || !e->value)
				continue;
			for (int k = 0; k < e->decl->ndim; k++)
				more = size_learn(&z, e->decl->dim[k], e->value->dim[k], e) || more;
		}
	}
	return z;
}

long
sizes_eval(const Mdx *s, Arena *a, const Tree *t)
{
	Sizes z = sizes_solve(s, a, NULL);
	Linear x = linear_of(&z, t);
	return x.bad || x.u ? -1 : x.c0;
}

/* the first known name in a dimension expression */
static const SizeOf *
known_name(const Sizes *z, const Tree *t)
{
	if (t->kind == TREE_NAME)
		return size_find(z, t->name);
	for (int i = 0; i < t->n; i++) {
		const SizeOf *k = known_name(z, t->kid[i]);
		if (k)
			return k;
	}
	return NULL;
}

static const char *
counted(Arena *a, long n, const char *what)
{
	return arena_printf(a, "%ld %s%s", n, what, n == 1 ? "" : "s");
}

/* `x has 4 rows, but n = 3 from W` */
static _Noreturn void
raise_size(
	Arena *a, Loc loc, const Sizes *z, const Decl *d, const Tree *t, const char *has, long want)
{
	const SizeOf *k = known_name(z, t);
	const char *text = print_tree(a, t, STYLE_ASCII);
	Diag diag = {.kind = DIAG_ERROR, .loc = loc};
	if (k && k->from) {
		diag.msg = t->kind == TREE_NAME
					   ? arena_printf(a, "%s has %s, but %s = %ld from %s", d->name, has, text,
							 k->size, k->from->name)
					   : arena_printf(a, "%s has %s, but %s = %ld, since %s = %ld from %s", d->name,
							 has, text, want, k->dim, k->size, k->from->name);
		if (k->from->name != d->name)
			diag.hint = arena_printf(a, "clear %s first if the sizes are to change", k->from->name);
	} else if (want > 0) {
		diag.msg = arena_printf(a, "%s has %s, but it was declared with %ld", d->name, has, want);
	} else {
		diag.msg = arena_printf(a, "%s has %s, which %s cannot be", d->name, has, text);
	}
	diag.loc2 = d->loc;
	diag.msg2 = arena_printf(a, "%s is declared here", d->name);
	raise_diag(a, &diag);
}

void
sizes_check(Mdx *s, Arena *a, Loc loc, const Decl *d, const Entry *skip, long rows, long cols)
{
	long size[2] = {rows, cols};
	static const char *const side[2] = {"row", "column"};
	Sizes z = sizes_solve(s, a, skip);
	Entry *self = NEW(a, Entry);
	self->name = d->name;
	for (int k = d->ndim; k < 2; k++) {
		if (size[k] == 1)
			continue;
		const char *shape = d->ndim == 0 ? "a scalar" : "a column";
		const char *hint = d->ndim == 1 && rows == 1 ?
			"write [1; 2; 3], or [1 2 3]', for a column" : NULL;
		raise_hint(a, loc, hint, "%s is declared %s, but this has %s and %s", d->name, shape,
			counted(a, rows, "row"), counted(a, cols, "column"));
	}
	/* twice: A(m+p, p) can tell m only after p */
	for (int pass = 0; pass < 2; pass++) {
		for (int k = 0; k < d->ndim; k++)
			size_learn(&z, d->dim[k], size[k], self);
	}
	for (int k = 0; k < d->ndim; k++) {
		Linear x = linear_of(&z, d->dim[k]);
		if (x.bad || (x.u && (size[k] - x.c0) % x.c1 == 0 && (size[k] - x.c0) / x.c1 >= 1))
			continue;
		if (x.u || x.c0 != size[k])
			raise_size(a, loc, &z, d, d->dim[k], counted(a, size[k], side[k]), x.u ? 0 : x.c0);
	}
}

/* ---- the environment of an evaluation */

typedef struct Names { Mdx *s; Arena *a; Sizes sizes; } Names;

static long
env_size(void *ctx, Sym dim)
{
	const Names *n = ctx;
	const SizeOf *known = size_find(&n->sizes, dim);
	return known ? known->size : -1;
}

/* The value with the axes of the leaf's node: sides that are 1 by their shape are not axes. */
static const Tensor *
env_leaf(void *ctx, const Var *v)
{
	const Names *n = ctx;
	const Entry *e = session_find(n->s, v->name);
	if (!e || e->kind != NAME_VAR || !e->value)
		return NULL;
	Tensor *t = NEW(n->a, Tensor);
	*t = *e->value;
	t->dim = NEWN(n->a, long, 2);
	t->nax = 0;
	if (!dim_is(v->row, 1))
		t->dim[t->nax++] = e->value->dim[0];
	if (!dim_is(v->col, 1))
		t->dim[t->nax++] = e->value->dim[1];
	return t;
}

Env *
session_env(Mdx *s, Graph *g)
{
	Arena *a = g->a;
	Names *n = NEW(a, Names);
	*n = (Names){s, a, sizes_solve(s, a, NULL)};
	Env *env = NEW(a, Env);
	*env = (Env){.a = a, .ctx = n, .size = env_size, .leaf = env_leaf, .seed = s->seed};
	return env;
}
