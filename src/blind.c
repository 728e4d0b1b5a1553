/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * blind.c: what a test with numbers could not have seen, for numeric.c. Two sides that agree at all
 * random points need not be equal: exp(-50 - x^2) beside 1 is lost in rounding, tanh(20 + x^2) is 1
 * to all digits, relu(x - 100) was never tried above 100. So while points are tried it is watched
 * whether every term of a sum was large enough to show, whether every function reacted to its
 * argument, and on which sides of its kinks a function was seen; points on the other sides are
 * searched for.
 */
#include "core.h"

#include <math.h>
#include <stdlib.h>

enum {
	MAX_WATCHED = 100,
	MAX_VALUES = 400,
	TRIES = 120             /* of a search for the other side of a kink */
};
#define SHOWS 1e-10             /* of the largest term of a sum, of a value: what rounding does not
                                   hide */

typedef struct Watched {
	Node *node;
	int first;              /* where the values of its kids begin; its own is behind them */
	bool *touched, *shown;  /* SUM: by term; otherwise one: not 0 somewhere, seen there */
	bool above, below;      /* kinks: on which sides of it */
	bool given_up;
} Watched;

struct Blind {
	Graph *g;
	Arena *a;
	Arena *scratch;         /* of the values at one point */
	Watched *w; int n, cap;
	Node **value; int nvalue, cap_value;
	Node **leaf; int nleaf, cap_leaf;
	bool digits;            /* a number has more of them than a double */
	uint64_t state;
};

/* ---- what is watched */

static bool
is_kink(const Node *n)
{
	if (n->kind != N_MAP)
		return false;
	switch (n->fun->id) {
	case F_abs: case F_sign: case F_step: case F_relu: case F_max: case F_min:
		return true;
	default:
		return false;
	}
}

static bool
is_smooth(const Node *n)
{
	return n->kind == N_MAP && n->n == 1 && n->fun->kernel && !is_kink(n);
}

/* softmax, logsumexp: of terms that may be lost beside others */
static bool
is_soft(const Node *n)
{
	return n->kind == N_FN && (n->fun->id == F_softmax || n->fun->id == F_logsumexp);
}

/* digits of a number, not counting zeros at the ends: does a double with room for rounding have
   them? */
static bool
many_digits(Rat r)
{
	long part[2] = {r.num, r.den};

	if (r.big)
		return fabs(rat_double(r)) < 1e300 && rat_double(r) != 0;
	for (int k = 0; k < 2; k++) {
		while (part[k] && part[k] % 10 == 0)
			part[k] /= 10;
		while (k && part[k] % 2 == 0)
			part[k] /= 2;
		while (k && part[k] % 5 == 0)
			part[k] /= 5;
		if (labs(part[k]) > 100000000000)
			return true;
	}
	return false;
}

static void
watch(Blind *b, Node *n)
{
	Watched w = {.node = n, .first = b->nvalue, .touched = NEWN(b->a, bool, n->n + 1),
		.shown = NEWN(b->a, bool, n->n + 1)};

	if (b->n >= MAX_WATCHED || b->nvalue + n->n >= MAX_VALUES)
		return;
	for (int i = 0; i < n->n; i++)
		PUSH(b->a, b->value, b->nvalue, b->cap_value, n->kid[i]);
	PUSH(b->a, b->value, b->nvalue, b->cap_value, n);
	PUSH(b->a, b->w, b->n, b->cap, w);
}

static void
look(Blind *b, Node *n, bool *done)
{
	if (done[n->id])
		return;
	done[n->id] = true;
	for (int i = 0; i < n->n; i++)
		look(b, n->kid[i], done);
	if ((n->kind == N_SUM && n->n > 1) || is_smooth(n) || is_soft(n) || is_kink(n))
		watch(b, n);
	if (n->kind == N_VAR)
		PUSH(b->a, b->leaf, b->nleaf, b->cap_leaf, n);
	for (int i = 0; n->coef && i < (n->kind == N_SUM ? n->n : 1); i++)
		b->digits |= many_digits(n->coef[i]);
}

Blind *
blind_new(Graph *g, Node **side)
{
	Blind *b = NEW(g->a, Blind);
	bool *done = NEWN(g->a, bool, g->nnode + 1);

	b->g = g;
	b->a = g->a;
	b->scratch = arena_scratch(g->a);
	b->state = 1;
	for (int i = 0; i < 2; i++)
		look(b, side[i], done);
	return b;
}

/* ---- watching */

static double
at(const Tensor *t, size_t k)
{
	return t->data[t->size == 1 ? 0 : k];
}

static void
watch_sum(Watched *w, Tensor **v)
{
	const Node *n = w->node;

	for (size_t k = 0; k < v[n->n]->size; k++) {
		double most = 0;

		for (int i = 0; i < n->n; i++)
			most = fmax(most, fabs(rat_double(n->coef[i]) * at(v[i], k)));
		for (int i = 0; i < n->n; i++) {
			double x = fabs(rat_double(n->coef[i]) * at(v[i], k));

			w->touched[i] |= x > 0;
			w->shown[i] |= x > SHOWS * most;
		}
	}
}

/* does the value change when the argument does, by a hundredth of it? */
static void
watch_smooth(Watched *w, Tensor **v)
{
	const Node *n = w->node;
	bool vanishes = n->fun->id == F_exp || n->fun->id == F_sigmoid || n->fun->id == F_softplus;

	for (size_t k = 0; k < v[0]->size; k++) {
		double x = v[0]->data[k], y = v[1]->data[k], z = n->fun->kernel(1.01 * x, 0);

		w->touched[0] |= x != 0;
		/* nothing of it is left where it vanishes only far away */
		w->shown[0] |= isfinite(z) && fabs(z - y) > SHOWS * fabs(y) && !(vanishes && y == 0);
	}
}

/* is no term lost beside the sum of all? */
static void
watch_soft(Watched *w, Tensor **v)
{
	double least = INFINITY, most = -INFINITY;

	for (size_t k = 0; k < v[0]->size; k++)
		least = fmin(least, v[0]->data[k]);
	for (size_t k = 0; k < v[0]->size; k++)
		most = fmax(most, v[0]->data[k]);
	w->touched[0] = true;
	w->shown[0] |= exp(least - most) > SHOWS;
}

/* what decides on which side of the kink an entry is */
static double
beside(const Node *n, Tensor **v, size_t k)
{
	return at(v[0], k) - (n->n == 2 ? at(v[1], k) : 0);
}

static void
watch_kink(Watched *w, Tensor **v)
{
	for (size_t k = 0; k < v[w->node->n]->size; k++) {
		double x = beside(w->node, v, k);

		w->above |= x > 0;
		w->below |= x < 0;
	}
}

/* in the scratch arena */
static Tensor **
values(Blind *b, Env *env)
{
	Trap trap;

	if (TRY(&trap, b->a)) {
		Env here = *env;
		here.a = b->scratch;
		Tensor **v = plan_run(plan_new(b->g, b->value, b->nvalue, &here), &here);

		trap_end(&trap);
		return v;
	}
	if (trap.diag.interrupted || trap.diag.kind == DIAG_BUG)
		raise_diag(b->a, &trap.diag);
	return NULL;
}

static void
watch_all(Blind *b, Tensor **v)
{
	for (int i = 0; i < b->n; i++) {
		Watched *w = &b->w[i];

		if (w->node->kind == N_SUM)
			watch_sum(w, v + w->first);
		else if (is_kink(w->node))
			watch_kink(w, v + w->first);
		else if (is_soft(w->node))
			watch_soft(w, v + w->first);
		else
			watch_smooth(w, v + w->first);
	}
}

/* A point at which the sides agreed. */
void
blind_watch(Blind *b, Env *env)
{
	ArenaMark mark = arena_mark(b->scratch);
	Tensor **v = b->n ? values(b, env) : NULL;

	if (v)
		watch_all(b, v);
	arena_release(b->scratch, mark);
}

/* NULL, or what the points so far could not have shown. */
const char *
blind_reason(const Blind *b, bool digits)
{
	if (b->digits && !digits)
		return "a number in it has more digits than such a test can tell";
	for (int i = 0; i < b->n; i++) {
		const Watched *w = &b->w[i];

		for (int j = 0; w->node->kind == N_SUM && j < w->node->n; j++)
			if (w->touched[j] && !w->shown[j])
				return "a term of a sum in it is lost in rounding";
		if ((is_smooth(w->node) || is_soft(w->node)) && w->touched[0] && !w->shown[0])
			return arena_printf(
				b->a, "the function %s in it is at its limit to all digits", w->node->fun->name);
	}
	return NULL;
}

/* ---- searching: the other side of a kink */

static uint64_t
next(Blind *b)
{
	uint64_t x = b->state += 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static double
uniform(Blind *b)
{
	return (double)(next(b) >> 11) * 0x1p-53;
}

/* An environment with values of its own for the leaves that may move freely. */
typedef struct Moved {
	Env *from;
	const Blind *b;
	Tensor **value;         /* by leaf */
} Moved;

static long
moved_size(void *ctx, Sym s)
{
	const Moved *m = ctx;

	return m->from->size(m->from->ctx, s);
}

static const Tensor *
moved_leaf(void *ctx, const Var *v)
{
	const Moved *m = ctx;

	for (int i = 0; i < m->b->nleaf; i++)
		if (m->b->leaf[i]->var == v)
			return m->value[i];
	return m->from->leaf(m->from->ctx, v);
}

static Tensor *
copied(Arena *a, const Tensor *x)
{
	Tensor *y = NEW(a, Tensor);

	*y = *x;
	y->data = NEWN(a, double, x->size + 1);
	for (size_t k = 0; k < x->size; k++)
		y->data[k] = x->data[k];
	return y;
}

static Env *
moved_env(Blind *b, Env *from)
{
	Env *env = NEW(b->a, Env);
	Moved *m = NEW(b->a, Moved);

	*env = *from;
	m->from = from;
	m->b = b;
	m->value = NEWN(b->a, Tensor *, b->nleaf + 1);
	for (int i = 0; i < b->nleaf; i++)
		m->value[i] = copied(b->a, from->leaf(from->ctx, b->leaf[i]->var));
	env->ctx = m;
	env->size = moved_size;
	env->leaf = moved_leaf;
	return env;
}

/* One leaf changes: all of it by a factor, or an entry by a factor, a sum or its sign. */
static void
move(Blind *b, Env *env)
{
	const unsigned free = P_POSITIVE | P_INVERTIBLE, tied = P_ORTHOGONAL | P_COLUMNS | P_ROWS;
	Moved *m = env->ctx;
	int i = (int)(next(b) % (uint64_t)b->nleaf);
	unsigned p = b->leaf[i]->var->props;
	Tensor *t = m->value[i];
	double *x = &t->data[next(b) % t->size], by = pow(10, 3 * (uniform(b) - 0.6));
	uint64_t how = next(b) % 4;

	if (p & tied)
		return;
	if (how == 0 || (p & ~free)) {
		for (size_t k = 0; k < t->size; k++)
			t->data[k] *= by;
	} else if (how == 1 || p & P_POSITIVE) {
		*x *= by;
	} else if (how == 2) {
		*x += 2 * (uniform(b) - 0.5);
	} else {
		*x *= 1 + 0.2 * (uniform(b) - 0.5);
		if (next(b) & 1)
			*x = -*x;
	}
}

/* of the entry that is nearest to the other side, or beyond it: below 0 */
static double
nearest(Blind *b, const Watched *w, Env *env)
{
	ArenaMark mark = arena_mark(b->scratch);
	Tensor **all = values(b, env), **v = all ? all + w->first : NULL;
	double least = INFINITY;

	for (size_t k = 0; v && k < v[w->node->n]->size; k++) {
		double x = beside(w->node, v, k);

		least = fmin(least, w->above ? x : -x);
	}
	arena_release(b->scratch, mark);
	return least;
}

static Env *
search(Blind *b, const Watched *w, Env *from)
{
	double best = nearest(b, w, from);

	for (int i = 0; i < TRIES && best >= 0; i++) {
		Env *env = moved_env(b, from);
		double here;

		for (int k = 0; k <= i % 3; k++)
			move(b, env);
		here = nearest(b, w, env);
		if (here < best) {
			best = here;
			from = env;
		}
	}
	return best < 0 ? from : NULL;
}

/* A point on a side of a kink that was not seen yet, starting from one that was tried; NULL: none
   was found. */
Env *
blind_search(Blind *b, Env *from)
{
	if (b->g->facts || b->nleaf == 0)
		return NULL;
	for (int i = 0; i < b->n; i++) {
		Watched *w = &b->w[i];
		Env *env;

		if (!is_kink(w->node) || w->given_up || w->above == w->below)
			continue;
		w->given_up = true;
		if (w->node->n == 1 && node_nonnegative(b->g, w->node->kid[0]))
			continue;
		if ((env = search(b, w, from)))
			return env;
	}
	return NULL;
}
