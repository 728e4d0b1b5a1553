/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * numeric.c: an identity tried out with doubles at random sizes and values, for decide.c: where
 * real functions matter that neither canonical form nor the exact field knows. Equality to rounding
 * over many draws is true, a clear difference is false; a draw at which a side has no value says
 * nothing, and one that amplifies small changes of the leaves is drawn again. Balls have the last
 * word (numeric_judge.c).
 */
#include "numeric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How long a test goes on. */
typedef struct Patience {
	int wanted;             /* usable draws with values of either sign for a verdict of true; */
	/* ... where all sizes are fixed: few entries, and only some signs may make it false; */
	int wanted_few;
	/* of any kind, where those of either sign are mostly outside of a domain */
	int wanted_all;
	int different;          /* draws that differ, after which no more are asked for */
	int draws;              /* attempts */
	int small;              /* the first of them at small sizes: easy to read as counterexamples */
} Patience;

static const Patience patience[] = {
	[DECIDE_QUICK] = {4, 4, 4, 1, 24, 0},
	[DECIDE_SURE] = {4, 4, 4, 1, 24, 0},
	[DECIDE_FULL] = {16, 64, 12, 8, 160, 10},
};

enum { MAX_SIZE = 5 };

/* ---- points */

/* lower: matrices are not of full rank */
static Draw
draw(Test *t, uint64_t seed, int max_size, bool lower)
{
	Env *env = env_random(t->g, t->side, 2, seed, max_size);
	env->allow_unknown = env->quiet_domain = true;
	if (lower)
		env_lower_ranks(env);
	return test_draw(t, env);
}

/* Every third draw, after a few at small sizes, has values of all magnitudes, which are not taken
   for equal readily: they are there to find out what happens far from 0 and 1. */
static bool
is_wide(int attempt)
{
	return attempt % 3 == 1 && attempt > 9;
}

/* The seed of an attempt. Most draws have values of either sign, one in three is positive, small
   or large, as the lowest bits of a seed tell env_random(). */
static uint64_t
seed_of(int attempt)
{
	uint64_t z = (uint64_t)(attempt + 1) * 0x9e3779b97f4a7c15u;
	z = ((z ^ z >> 31) * 0xbf58476d1ce4e5b9u) & ~(uint64_t)15;
	if (is_wide(attempt))
		return z | 4 | (attempt % 2 ? 8 : 0);
	return attempt % 3 == 2 ? z | (5 + (uint64_t)(attempt / 3) % 3) : z;
}

/* ---- what a test varies */

static void
add_dims(Test *t, const Dim *d)
{
	for (int i = 0; i < d->n; i++) {
		for (int k = 0; k < d->term[i].nsym; k++) {
			Sym s = d->term[i].sym[k];
			int j = 0;
			while (j < t->ndim && t->dim[j] != s)
				j++;
			if (j == t->ndim)
				PUSH(t->a, t->dim, t->ndim, t->cap_dim, s);
		}
	}
}

static int
by_id(const void *x, const void *y)
{
	const Node *p = *(Node *const *)x, *q = *(Node *const *)y;
	return (p->id > q->id) - (p->id < q->id);
}

/* All nodes below the two sides, in order of creation, for what they vary in. */
static void
collect(Test *t)
{
	bool *done = NEWN(t->a, bool, t->g->nnode + 1);
	Node **todo = NULL;
	int n = 0, cap = 0;
	for (int i = 0; i < 2; i++)
		PUSH(t->a, todo, n, cap, t->side[i]);
	for (int at = 0; at < n; at++) {
		Node *x = todo[at];
		for (int i = 0; i < x->n; i++) {
			Node *k = x->kid[i];
			if (!done[k->id])
				PUSH(t->a, todo, n, cap, k);
			done[k->id] = true;
		}
	}
	qsort(todo, (size_t)n, sizeof *todo, by_id);
	for (int at = 0; at < n; at++) {
		Node *x = todo[at];
		for (int i = 0; i < x->nax; i++)
			add_dims(t, x->ax[i]);
		for (int i = 0; i < x->nlab; i++)
			add_dims(t, x->labdim[i]);
		if (x->dim)
			add_dims(t, x->dim);
		t->kinks |= node_has_kinks(x);
		t->jumps |= x->kind == N_MAP && (x->fun->id == F_sign || x->fun->id == F_step);
		t->pinv |= x->kind == N_FN && x->fun->id == F_pinv && !t->g->facts;
		if (x->kind == N_VAR && (t->nvar == 0 || t->var[t->nvar - 1] != x->var))
			PUSH(t->a, t->var, t->nvar, t->cap_var, x->var);
	}
}

/* ---- the test */

static NumericResult
undefined_result(Test *t, int side, const char *why)
{
	static const char *const name[] = {"a side", "the left side", "the right side"};
	const char *text = arena_printf(t->a, "%s is undefined: %s", name[side + 1],
		why ? why : "it has no finite value");
	return (NumericResult){.verdict = VERDICT_FALSE, .undefined = true, .text = text};
}

/* What the draws have shown. */
typedef struct Tally {
	Draw bad, none;         /* the clearest difference, the last draw without a value */
	int equal, signs, differ, undefined, unstable;
	int jumps;              /* draws of common values where a function jumps and sides differ */
	double clearest;        /* the largest difference, as a multiple of what rounding may explain */
	double ratio;           /* the same in all draws so far */
	bool same_ratio;
} Tally;

/* Small sizes do not count for a verdict of true. */
static void
count(Tally *y, const Draw *d, bool signs, bool large)
{
	switch (d->kind) {
	case DRAW_EQUAL:
		y->equal += large;
		y->signs += signs && large;
		if (tensor_largest(d->left) > d->tol)
			y->same_ratio = false;          /* 0 == 0 goes with any ratio */
		break;
	case DRAW_DIFFER:
		y->clearest = fmax(y->clearest, d->diff / d->tol);
		if (y->differ++ == 0)
			y->ratio = d->ratio;
		else if (!(fabs(d->ratio - y->ratio) <= 1e-7 * fabs(y->ratio)))
			y->same_ratio = false;
		/* the clearest at the smallest sizes */
		if (y->differ == 1 || d->total < y->bad.total ||
				(d->total == y->bad.total && d->diff / d->tol > 1e3 * (y->bad.diff / y->bad.tol)))
			y->bad = *d;
		break;
	case DRAW_UNDEFINED:
		y->undefined++;
		y->none = *d;
		break;
	case DRAW_JUMP:
		y->jumps += signs;
		y->unstable++;
		break;
	case DRAW_UNSTABLE:
		y->unstable++;
		break;
	}
}

/* one clear counterexample is enough when it is not asked to be a good one; a faint one is not */
static bool
clear(const Tally *y)
{
	return y->differ > 1 || (y->differ == 1 && y->bad.diff > FAINT * y->bad.tol);
}

/* the sides looked through; nothing can be drawn yet */
static Test
test_looked(Graph *g, Node *x, Node *y)
{
	Test t = {.a = g->a, .g = g, .side = {x, y}, .nnode = g->nnode};
	collect(&t);
	return t;
}

static void
test_begin(Test *t)
{
	t->scratch = arena_scratch(t->a);
	t->probe = probe_new(t->a, t->g, t->side);
}

static Test
test_new(Graph *g, Node *x, Node *y)
{
	Test t = test_looked(g, x, y);
	test_begin(&t);
	return t;
}

/* Have the sides values together where the variables are far smaller or larger, or of one sign? */
static bool
has_values(Test *t)
{
	static const double by[] = {0.1, -0.1, 3, -3, 0.01, 30, -30, 1e-4};
	enum { DRAWS = 80, SIZES = sizeof by / sizeof *by };

	for (int i = 0; i < DRAWS; i++) {
		Env *env = env_random(t->g, t->side, 2, seed_of(i / SIZES), 1 + i % 2);

		env->allow_unknown = env->quiet_domain = true;
		env_scale(env, by[i % SIZES]);
		if (test_draw(t, env).kind != DRAW_UNDEFINED)
			return true;
	}
	return false;
}

/* One test, from its draws to its verdict. */
typedef struct Trial {
	Test t;
	Tally n;
	Judge help;
	const Patience *p;
	bool full;
	int more;               /* times as many draws */
	int wanted;
	Blind *blind;           /* FULL */
	Env *last;              /* FULL: where the sides agreed */
} Trial;

static void
draw_points(Trial *r)
{
	const Patience *p = r->p;
	Test *t = &r->t;
	Tally *n = &r->n;

	for (int i = 0; i < r->more * p->draws && n->signs < r->wanted && n->differ < p->different; i++) {
		int max_size = i >= p->small ? MAX_SIZE
			: i < p->small / 5 ? 1
			: i < p->small * 3 / 5 ? 2 : 3;
		Draw d = draw(t, seed_of(i), max_size, t->pinv && i % 4 == 3);
		judge(&r->help, t, &d);
		if (!r->help.on && is_wide(i) && d.kind == DRAW_DIFFER && d.diff <= 1e6 * d.tol)
			d.kind = DRAW_UNSTABLE;
		count(n, &d, i % 3 != 2 && !is_wide(i), max_size > 2 || t->ndim == 0);
		if (n->differ >= 3 && n->equal > 0 && n->bad.diff > 1e4 * n->bad.tol)
			break;
		if (!r->full && n->equal >= r->wanted)
			break;
		if (r->full && d.kind == DRAW_EQUAL && !n->differ) {
			blind_watch(r->blind, d.env);
			r->last = d.env;
		}
	}
}

/* beyond the kinks that no draw was beyond */
static void
draw_beyond_kinks(Trial *r)
{
	for (Env *env = r->last; env && !r->n.differ && (env = blind_search(r->blind, r->last));) {
		Draw d = test_draw(&r->t, env);
		judge(&r->help, &r->t, &d);
		if (d.kind == DRAW_DIFFER)
			count(&r->n, &d, true, false);
		else if (d.kind == DRAW_EQUAL)
			blind_watch(r->blind, env);
	}
}

/* Which differences are believed: none that nobody confirms, and few faint ones among many
   equalities are rounding that was not foreseen. Where there is none, behind the digits of doubles
   there may be one. */
static void
weigh(Trial *r)
{
	Tally *n = &r->n;
	bool confirmed = !n->differ || !r->help.on || judge_confirms(&r->help, &r->t);
	bool faint = !r->help.differ && n->clearest <= FAINT && 8 * n->differ <= n->equal;
	Draw d;

	if (!confirmed || faint) {
		n->unstable += n->differ;
		n->differ = 0;
	}
	if (!n->differ && judge_again(&r->help, &r->t, &d))
		count(n, &d, false, false);
}

static NumericResult
unknown_result(const char *text)
{
	return (NumericResult){.verdict = VERDICT_UNKNOWN, .text = text};
}

/* The sides had no values together. */
static NumericResult
no_values(Trial *r, bool quick)
{
	bool given = r->t.g->facts != NULL;     /* the equations would not hold for other values */
	NumericResult v = unknown_result(
		"the two sides were never defined together at random sizes and values");

	if (!given && !quick && has_values(&r->t))
		return unknown_result("the two sides have values together at few points only");
	if (!given && (r->n.none.side >= 0 || r->n.none.why))
		return undefined_result(&r->t, r->n.none.side, r->n.none.why);
	v.undefined = true;
	return v;
}

/* Enough draws have agreed, and none differed. */
static NumericResult
agreement(Trial *r)
{
	Arena *a = r->t.a;
	int equal = r->n.equal;
	const char *unseen = r->n.jumps ? "not where a function in it jumps"
		: r->blind ? blind_reason(r->blind, r->help.sharp) : NULL;

	if (unseen)
		return unknown_result(
			arena_printf(a, "the sides agree at %d random points, but %s", equal, unseen));
	return (NumericResult){.verdict = VERDICT_TRUE, .draws = equal,
		.text = arena_printf(a, "tested with numbers at %d random points%s", equal,
			r->t.ndim ? arena_printf(a, ", sizes up to %d", MAX_SIZE) : "")};
}

/* needs: x and y with the same axes. */
NumericResult
numeric_equal(Graph *g, Node *x, Node *y, int effort)
{
	if (x == y) /* a test wants two nodes, and there is nothing to test */
		return (NumericResult){.verdict = VERDICT_TRUE, .text = "the sides are one and the same"};
	Trial r = {.t = test_new(g, x, y), .n = {.ratio = NAN, .same_ratio = true},
		.p = &patience[effort], .full = effort == DECIDE_FULL};
	const Tally *n = &r.n;
	r.more = r.t.kinks && r.full ? 4 : 1;
	r.wanted = r.more * (r.t.ndim == 0 ? r.p->wanted_few : r.p->wanted);
	r.blind = r.full ? blind_new(g, r.t.side) : NULL;
	r.help = judge_new(&r.t, effort != DECIDE_QUICK);

	draw_points(&r);
	draw_beyond_kinks(&r);
	weigh(&r);
	if (clear(n)) {
		bool constant = n->same_ratio && n->differ >= 3;
		return (NumericResult){
			.verdict = VERDICT_FALSE,
			.text = test_differ_text(&r.t, &n->bad, constant ? n->ratio : NAN)};
	}
	if (n->differ == 0 && (n->signs >= r.wanted || n->equal >= r.p->wanted_all))
		return agreement(&r);
	if (n->equal == 0 && n->unstable == 0 && n->undefined > 0)
		return no_values(&r, effort == DECIDE_QUICK);
	return unknown_result(arena_printf(r.t.a,
		"of %d random draws, %d agreed, %d had no finite value, %d were too ill-conditioned to tell",
		n->equal + n->differ + n->undefined + n->unstable, n->equal, n->undefined, n->unstable));
}

/* needs: sides that are known to differ. Where they do, at small sizes; NULL: at no draw. */
const char *
numeric_example(Graph *g, Node *x, Node *y)
{
	Test t = test_new(g, x, y);
	Tally n = {.ratio = NAN, .same_ratio = true};
	Judge help = {.on = !ball_missing()};
	Draw d;

	for (int i = 0; i < 12 && n.differ < 3; i++) {
		d = draw(&t, seed_of(i), i < 2 ? 1 : i < 6 ? 2 : 3, t.pinv && i % 2 == 1);
		if (d.kind == DRAW_EQUAL)
			judge(&help, &t, &d);
		count(&n, &d, true, true);
	}
	if (n.differ == 0 && judge_again(&help, &t, &d))
		count(&n, &d, true, true);
	if (n.differ == 0)
		return NULL;
	return test_differ_text(&t, &n.bad, n.same_ratio && n.differ >= 3 ? n.ratio : NAN);
}

/* needs: sides that are known to be equal at random points, which never are where a function jumps;
   at points whose entries are -1, 0 and 1 many arguments are 0. */
const char *
numeric_exception(Graph *g, Node *x, Node *y)
{
	enum { DRAWS = 60 };
	Test t;

	if (x == y || g->facts)
		return NULL;
	t = test_looked(g, x, y);
	if (!t.jumps || ball_missing()) /* nearly always: nothing is loaded for that */
		return NULL;
	test_begin(&t);
	for (int i = 0; i < DRAWS; i++) {
		Env *env = env_random(g, t.side, 2, seed_of(i), i < DRAWS / 2 ? 1 : 2);
		Draw d;

		env->quiet_domain = true;
		env_few_values(env);
		d = test_draw(&t, env);
		if (d.kind != DRAW_EQUAL && judge_differs(&t, &d))
			return test_differ_text(&t, &d, NAN);
	}
	return NULL;
}

/* Have all nodes finite values in env? *why: or why not. */
static bool
finite_at(Test *t, Node **node, int n, Env *env, const char **why)
{
	ArenaMark mark = arena_mark(t->scratch);
	const char *here = NULL;
	Tensor **v = test_values(t, node, n, env, &here);
	int k = 0;

	while (v && k < n && tensor_finite(v[k]) && tensor_largest(v[k]) < 1e12)
		k++;
	if (here)
		*why = arena_strndup(t->a, here, strlen(here));
	arena_release(t->scratch, mark);
	return v && k == n;
}

/* Do the nodes have values together, at one of the points? NULL, or why they have none. */
const char *
numeric_undefined(Graph *g, Node **node, int n)
{
	enum { DRAWS = 80 };
	Test t = {.a = g->a, .scratch = arena_scratch(g->a), .g = g};
	const char *why = NULL;

	for (int i = 0; i < DRAWS; i++) {
		Env *env = env_random(g, node, n, seed_of(i), MAX_SIZE);
		env->allow_unknown = env->quiet_domain = true;
		if (finite_at(&t, node, n, env, &why))
			return NULL;
	}
	return why ? why : "a matrix that it inverts is singular";
}
