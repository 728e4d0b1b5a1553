/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * numeric.c: an identity tried out with doubles at random sizes and values, for decide.c: where
 * real functions matter that neither canonical form nor the exact field knows. Equality to rounding
 * over many draws is true, a clear difference is false; a draw at which a side has no value says
 * nothing, and one that amplifies small changes of the leaves is drawn again.
 */
#include "core.h"

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
	int small;              /* the first of them at small sizes: counterexamples are read more easily */
} Patience;

static const Patience patience[] = {
	[DECIDE_QUICK] = {4, 4, 4, 1, 24, 0},
	[DECIDE_FULL] = {16, 64, 12, 8, 160, 10},
};

enum {
	MAX_SIZE = 5,
	SHOWN = 12              /* entries of a matrix that is shown in full */
};
#define EPS 0x1p-26             /* relative perturbation of the leaves */
#define ROUNDING 1e-12          /* relative rounding error of a well-conditioned side, with room */
#define MAX_COND 1e6            /* draws that amplify perturbations more are drawn again */
#define FAINT 1e4               /* a difference of no more than this many times what rounding explains */
#define TELLING 1e-7            /* sides that agree to no more than this say nothing */

/* ---- magnitudes: what a rounding error of a node is relative to */

/* Nodes whose numbers are wanted beside those of the two sides: the terms that may cancel. */
typedef struct Probe {
	Node **node; int n, cap;
	int *at;                /* by node id: 1 + its place in node, 0: not there */
	bool *walked;           /* by node id */
	Tensor **value;         /* of a draw */
	double *size;           /* of a draw, by node id; NaN: not found yet */
	bool plain;             /* steep functions do not make anything larger */
} Probe;

static Tensor *
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
	if (inner || (n->kind == N_FN && (n->fun->id == F_det || n->fun->id == F_logdet || n->fun->id == F_adj)))
		probe_add(a, p, n->kid[0]);
	for (int i = 0; i < n->n; i++)
		probe_walk(a, p, n->kid[i]);
}

static Probe
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
largest(const Tensor *t)
{
	double m = 0;
	for (size_t i = 0; i < t->size; i++)
		m = fmax(m, fabs(t->data[i]));
	return m;
}

static double
value_at(const Node *n, double x)
{
	return n->kind == N_POW ? pow(x, rat_double(n->coef[0])) : n->fun->kernel(x, 0);
}

/* The largest slope of an elementwise function of one argument at the entries of its argument:
   what a relative error of the argument's terms becomes. As steep as rounding finds it, too: acos just
   below 1. */
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

static double magnitude(Probe *p, const Node *n);

static double
find_magnitude(Probe *p, const Node *n)
{
	const Tensor *value = probe_value(p, n), *arg = n->n == 1 ? probe_value(p, n->kid[0]) : NULL;
	double m = value ? largest(value) : 0;
	switch (n->kind) {
	case N_MAP:
		/* step and sign have no slope to speak of */
		if (!arg || !n->fun->kernel || !*n->fun->rule || strcmp(n->fun->rule, "0") == 0)
			return m;
		return fmax(m, slope_of(p, n, arg) * magnitude(p, n->kid[0]));
	case N_POW:
		return arg ? fmax(m, slope_of(p, n, arg) * magnitude(p, n->kid[0])) : m;
	case N_NAMED:
		return magnitude(p, n->kid[0]);
	case N_SUM:
		for (int i = 0; i < n->n; i++)
			m = fmax(m, fabs(rat_double(n->coef[i])) * magnitude(p, n->kid[i]));
		return m;
	case N_PROD:
		m = fabs(rat_double(n->coef[0]));
		for (int i = 0; i < n->n; i++)
			m *= magnitude(p, n->kid[i]);
		return m;
	case N_FN:
		if (n->fun->id == F_logdet)
			/* a relative error of the determinant, a sum of products of entries, is an absolute one of
			   its logarithm */
			return arg && !p->plain ? fmax(m, pow(largest(arg), (double)arg->dim[0]) / exp(value->data[0]))
				: fmax(m, 1);
		if (arg && arg->nax == 2)
			m = fmax(m, pow(largest(arg), (double)arg->dim[0]));
		return m;
	default:
		return m;
	}
}

static double
magnitude(Probe *p, const Node *n)
{
	double *m = &p->size[n->id];
	if (isnan(*m))
		*m = find_magnitude(p, n);
	return *m;
}

static bool has_kinks(const Node *n);

/* ---- draws */

/* A draw's leaves, perturbed: entries that are equal by a symmetry stay equal. */
typedef struct Shaken {
	Env *env;
	Arena *a;
	const Var **var;
	Tensor **value;
	int n, cap, cap_value;
} Shaken;

static double
shake(const Var *v, long i, long j)
{
	long lo = i < j ? i : j, hi = i < j ? j : i;
	uint64_t z = (uint64_t)(v->serial + 1) * 0x9e3779b97f4a7c15u +
				 (uint64_t)lo * 0xbf58476d1ce4e5b9u + (uint64_t)hi * 0x94d049bb133111ebu;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z ^= z >> 31;
	return 1 + EPS * ((double)(z >> 11) * 0x1p-52 - 1);
}

static const Tensor *
shaken_leaf(void *ctx, const Var *v)
{
	Shaken *s = ctx;
	for (int i = 0; i < s->n; i++) {
		if (s->var[i] == v)
			return s->value[i];
	}
	const Tensor *x = s->env->leaf(s->env->ctx, v);
	if (!x)
		return NULL;
	Tensor *y = tensor_new(s->a, x->nax, x->dim);
	long cols = x->nax == 2 ? x->dim[1] : 1;
	for (size_t k = 0; k < x->size; k++)
		y->data[k] = x->data[k] * shake(v, (long)k / cols, (long)k % cols);
	int n = s->n;
	PUSH(s->a, s->var, n, s->cap, v);
	PUSH(s->a, s->value, s->n, s->cap_value, y);
	return y;
}

static long
shaken_size(void *ctx, Sym dim)
{
	const Shaken *s = ctx;
	return s->env->size(s->env->ctx, dim);
}

typedef enum { DRAW_EQUAL, DRAW_DIFFER, DRAW_UNDEFINED, DRAW_UNSTABLE, DRAW_JUMP } DrawKind;

typedef struct Draw {
	DrawKind kind;
	Env *env;
	Tensor *left, *right;
	double diff, tol;       /* largest difference of entries, and what rounding may explain */
	double ratio;           /* left = ratio*right in every entry; NaN when there is none */
	const char *why;        /* undefined: the reason */
	int side;               /* undefined: 0 left, 1 right, -1 not known */
	long total;             /* sum of the sizes */
} Draw;

typedef struct Test {
	Arena *a;
	Graph *g;
	Node *side[2];
	Probe probe;            /* the two sides first */
	unsigned nnode;         /* of the graph when the probe was made */
	Sym *dim; int ndim, cap_dim;    /* names of sizes */
	const Var **var; int nvar, cap_var;
	bool kinks;             /* something in it changes its course at some values */
} Test;

static bool
finite_all(const Tensor *t)
{
	for (size_t i = 0; i < t->size; i++) {
		if (!isfinite(t->data[i]))
			return false;
	}
	return true;
}

/* Runs a plan, which is made when there is none yet; NULL with the reason when there is no value.
   Interrupts pass. */
static Tensor **
try_plan(Test *t, Plan **plan, Node **node, int n, Env *env, const char **why)
{
	Trap trap;
	if (TRY(&trap, t->a)) {
		if (!*plan)
			*plan = plan_new(t->g, node, n, env);
		Tensor **v = plan_run(*plan, env);
		trap_end(&trap);
		return v;
	}
	if (trap.diag.interrupted || trap.diag.kind == DIAG_BUG)
		raise_diag(t->a, &trap.diag);
	*why = trap.diag.msg;
	return NULL;
}

static Tensor **
try_values(Test *t, Node **node, int n, Env *env, const char **why)
{
	Plan *plan = NULL;
	return try_plan(t, &plan, node, n, env, why);
}

/* a value that outlives the next run of its plan */
static Tensor *
kept(Arena *a, const Tensor *x)
{
	Tensor *y = NEW(a, Tensor);
	*y = *x;
	y->data = NEWN(a, double, x->size + 1);
	memcpy(y->data, x->data, sizeof *x->data * x->size);
	return y;
}

static double
largest_difference(const Tensor *x, const Tensor *y)
{
	double m = 0;
	for (size_t i = 0; i < x->size; i++)
		m = fmax(m, fabs(x->data[i] - y->data[i]));
	return m;
}

/* The c with left = c*right up to tol, or NaN. */
static double
common_ratio(const Tensor *left, const Tensor *right, double tol)
{
	double top = 0, c = NAN;
	for (size_t i = 0; i < right->size; i++) {
		if (fabs(right->data[i]) > top) {
			top = fabs(right->data[i]);
			c = left->data[i] / right->data[i];
		}
	}
	if (!(top > 1e3 * tol))
		return NAN;
	for (size_t i = 0; i < right->size; i++) {
		if (!(fabs(left->data[i] - c * right->data[i]) <= tol * (2 + fabs(c))))
			return NAN;
	}
	return c;
}

/* Which side has no value at this draw, and why. */
static void
find_undefined(Test *t, Draw *d)
{
	const char *why = "it has no finite value";
	Env *loud = NEW(t->a, Env);
	*loud = *d->env;
	loud->quiet_domain = false;
	for (d->side = 0; d->side < 2; d->side++) {
		Tensor **v = try_values(t, &t->side[d->side], 1, loud, &why);
		if (!v || !finite_all(v[0])) {
			d->why = why;
			return;
		}
	}
	d->side = -1;
}

/* how large the sides are, or what makes them up; plain: as they are, otherwise as rounding errors are */
static double
scale_of(Test *t, const Draw *d, bool plain)
{
	Probe *p = &t->probe;
	p->plain = plain;
	for (unsigned i = 0; i <= t->nnode; i++)
		p->size[i] = NAN;
	return fmax(fmax(magnitude(p, t->side[0]), magnitude(p, t->side[1])),
		fmax(largest(d->left), largest(d->right)));
}

/* Where a function jumps, at an argument that rounding may have moved across, the draw says nothing. */
static bool
near_jump(Test *t)
{
	Probe *p = &t->probe;
	for (int i = 0; i < p->n; i++) {
		const Node *n = p->node[i], *kid = n->n == 1 ? n->kid[0] : NULL;
		const Tensor *arg = kid ? probe_value(p, kid) : NULL;
		if (n->kind != N_MAP || !arg || (n->fun->id != F_step && n->fun->id != F_sign))
			continue;
		/* 0 to all digits, as relu(x) is for half of all x */
		bool clean = kid->kind == N_MAP && has_kinks(kid);
		double near = ROUNDING * magnitude(p, kid);
		for (size_t k = 0; k < arg->size; k++)
			if (fabs(arg->data[k]) < near && !(clean && arg->data[k] == 0))
				return true;
	}
	return false;
}

static Draw
draw_at(Test *t, Env *env)
{
	Draw d = {.kind = DRAW_UNDEFINED, .side = -1, .ratio = NAN, .env = env};
	const char *why = NULL;
	for (int i = 0; i < t->ndim; i++)
		d.total += d.env->size(d.env->ctx, t->dim[i]);
	Plan *plan = NULL;
	Tensor **v = try_plan(t, &plan, t->probe.node, t->probe.n, d.env, &why);
	if (!v || !finite_all(v[0]) || !finite_all(v[1])) {
		d.why = why;
		find_undefined(t, &d);
		return d;
	}
	d.left = kept(t->a, v[0]);
	d.right = kept(t->a, v[1]);
	t->probe.value = v;
	double seen = scale_of(t, &d, true), scale = scale_of(t, &d, false);
	if (near_jump(t)) {
		d.kind = largest_difference(d.left, d.right) > 1e-6 * seen ? DRAW_JUMP : DRAW_UNSTABLE;
		return d;
	}
	d.kind = DRAW_UNSTABLE;

	Shaken *shaken = NEW(t->a, Shaken);
	*shaken = (Shaken){.env = d.env, .a = t->a};
	Env near = *d.env;
	near.ctx = shaken;
	near.size = shaken_size;
	near.leaf = shaken_leaf;
	Tensor **w = try_plan(t, &plan, t->probe.node, t->probe.n, &near, &why);
	if (!w || !finite_all(w[0]) || !finite_all(w[1]))
		return d;
	double moved =
		fmax(largest_difference(d.left, w[0]), largest_difference(d.right, w[1])) / EPS;
	double cond = scale > 0 ? moved / scale : 0;
	if (cond > MAX_COND || !isfinite(scale))
		return d;
	d.tol = ROUNDING * fmax(scale, moved) * fmax(1, sqrt(cond));
	d.diff = largest_difference(d.left, d.right);
	if (d.diff <= d.tol)
		d.kind = d.tol <= TELLING * seen || scale == 0 ? DRAW_EQUAL : DRAW_UNSTABLE;
	else
		d.kind = DRAW_DIFFER;
	d.ratio = common_ratio(d.left, d.right, d.tol);
	return d;
}

static Draw
draw(Test *t, uint64_t seed, int max_size)
{
	Env *env = env_random(t->g, t->side, 2, seed, max_size);
	env->allow_unknown = env->quiet_domain = true;
	return draw_at(t, env);
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

/* Whether a node is not one formula everywhere: what differs may do so at few values only. */
static bool
has_kinks(const Node *n)
{
	if (n->kind == N_POW)
		return !rat_is_int(n->coef[0]);
	if (n->kind != N_MAP)
		return false;
	switch (n->fun->id) {
	case F_abs:
	case F_sign:
	case F_relu:
	case F_step:
	case F_max:
	case F_min:
	case F_sqrt:
	case F_asin:
	case F_acos:
	case F_atan:
		return true;
	default:
		return false;
	}
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
		t->kinks |= has_kinks(x);
		if (x->kind == N_VAR && (t->nvar == 0 || t->var[t->nvar - 1] != x->var))
			PUSH(t->a, t->var, t->nvar, t->cap_var, x->var);
	}
}

/* ---- words */

static const char *
sizes_text(Test *t, const Draw *d)
{
	Text x = text_new(t->a);
	for (int i = 0; i < t->ndim; i++)
		text_addf(&x, "%s%s", i ? ", " : "",
			size_text(t->a, t->dim[i], d->env->size(d->env->ctx, t->dim[i])));
	return x.s;
}

/* the values of the variables, when they are few */
static const char *
values_text(Test *t, const Draw *d)
{
	Text x = text_new(t->a);
	size_t entries = 0;
	for (int i = 0; i < t->nvar; i++) {
		const Tensor *v = d->env->leaf(d->env->ctx, t->var[i]);
		entries += v ? v->size : 0;
		if (!v || entries > SHOWN)
			return "";
		text_addf(
			&x, "%s%s = %s", i ? ", " : "\n  where ", t->var[i]->name, value_literal(t->a, v, 4));
	}
	return x.s;
}

/* c as a fraction of small numbers, if it is one */
static bool
small_fraction(double c, Rat *out)
{
	for (long den = 1; den <= 60; den++) {
		double num = c * (double)den;
		if (fabs(num) < 1e4 && fabs(num - nearbyint(num)) <= 1e-9 * fmax(1, fabs(num))) {
			*out = rat((long)nearbyint(num), den);
			return true;
		}
	}
	return false;
}

/* The sides differ at d; ratio: the same constant in all draws, or NaN. */
static const char *
differ_text(Test *t, const Draw *d, double ratio)
{
	Arena *a = t->a;
	Rat c;
	if (isfinite(ratio) && ratio != 0 && small_fraction(ratio, &c)) {
		if (rat_is(c, -1))
			return "the left side is the negative of the right side";
		if (rat_sign(c) > 0 && rat_is(rat_mul(a, c, rat(c.den, 1)), 1) && c.den > 1)
			return arena_printf(a, "the right side is %ld times the left side", c.den);
		return arena_printf(a, "the left side is %s times the right side", rat_text(a, c));
	}
	const char *sizes = sizes_text(t, d), *at = *sizes ? arena_printf(a, "at %s ", sizes) : "";
	/* as many digits as it takes to see the difference */
	double relative = d->diff / fmax(largest(d->left), largest(d->right));
	int digits = relative > 1e-4 ? 6 : relative > 1e-8 ? 10 : 16;
	if (d->left->size <= SHOWN)
		return arena_printf(a, "%sthe left side is %s, the right side %s%s", at,
			value_literal(a, d->left, digits), value_literal(a, d->right, digits),
			values_text(t, d));
	size_t k = 0;
	for (size_t i = 1; i < d->left->size; i++) {
		if (fabs(d->left->data[i] - d->right->data[i]) > fabs(d->left->data[k] - d->right->data[k]))
			k = i;
	}
	Text index = text_new(a);
	size_t rest = k, inner = d->left->size;
	for (int i = 0; i < d->left->nax; i++) {
		inner /= (size_t)d->left->dim[i];
		text_addf(&index, "%s%zu", i ? "," : "", rest / inner + 1);
		rest %= inner;
	}
	return arena_printf(a, "%sthe left side has %.*g at [%s], the right side %.*g", at, digits,
		d->left->data[k], index.s, digits, d->right->data[k]);
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
	int jumps;              /* draws of common values where a function jumps, and the sides differ */
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
		if (largest(d->left) > d->tol)
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

static Test
test_new(Graph *g, Node *x, Node *y)
{
	Test t = {.a = g->a, .g = g, .side = {x, y}, .nnode = g->nnode};
	collect(&t);
	t.probe = probe_new(t.a, g, t.side);
	return t;
}

/* needs: x and y with the same axes. */
NumericResult
numeric_equal(Graph *g, Node *x, Node *y, int effort)
{
	const Patience *p = &patience[effort];
	Test t = test_new(g, x, y);
	Tally n = {.ratio = NAN, .same_ratio = true};
	int more = t.kinks && effort == DECIDE_FULL ? 4 : 1;
	int wanted = more * (t.ndim == 0 ? p->wanted_few : p->wanted);
	Blind *blind = effort == DECIDE_FULL ? blind_new(g, t.side) : NULL;
	Env *last = NULL;

	for (int i = 0; i < more * p->draws && n.signs < wanted && n.differ < p->different; i++) {
		int max_size = i >= p->small ? MAX_SIZE : i < p->small / 5 ? 1 : i < p->small * 3 / 5 ? 2 : 3;
		Draw d = draw(&t, seed_of(i), max_size);
		if (is_wide(i) && d.kind == DRAW_DIFFER && d.diff <= 1e6 * d.tol)
			d.kind = DRAW_UNSTABLE;
		count(&n, &d, i % 3 != 2 && !is_wide(i), max_size > 2 || t.ndim == 0);
		if (n.differ >= 3 && n.equal > 0 && n.bad.diff > 1e4 * n.bad.tol)
			break;
		if (effort == DECIDE_QUICK && n.equal >= wanted)
			break;
		if (effort == DECIDE_FULL && d.kind == DRAW_EQUAL && !n.differ) {
			blind_watch(blind, d.env);
			last = d.env;
		}
	}
	/* beyond the kinks that no draw was beyond */
	for (Env *env = last; env && !n.differ && (env = blind_search(blind, last));) {
		Draw d = draw_at(&t, env);
		if (d.kind == DRAW_DIFFER)
			count(&n, &d, true, false);
		else if (d.kind == DRAW_EQUAL)
			blind_watch(blind, env);
	}
	/* few faint differences among many equalities are rounding that was not foreseen */
	if (n.clearest <= FAINT && 8 * n.differ <= n.equal) {
		n.unstable += n.differ;
		n.differ = 0;
	}
	if (clear(&n)) {
		bool constant = n.same_ratio && n.differ >= 3;
		return (NumericResult){
			.verdict = VERDICT_FALSE, .text = differ_text(&t, &n.bad, constant ? n.ratio : NAN)};
	}
	const char *unseen = n.jumps ? "not where a function in it jumps" : blind && !n.differ ? blind_reason(blind) : NULL;
	if ((n.signs >= wanted || n.equal >= p->wanted_all) && n.differ == 0 && unseen)
		return (NumericResult){.verdict = VERDICT_UNKNOWN,
			.text = arena_printf(t.a, "the sides agree at %d random points, but %s", n.equal, unseen)};
	if ((n.signs >= wanted || n.equal >= p->wanted_all) && n.differ == 0)
		return (NumericResult){.verdict = VERDICT_TRUE, .draws = n.equal,
			.text = arena_printf(t.a, "tested with numbers at %d random points%s", n.equal,
				t.ndim ? arena_printf(t.a, ", sizes up to %d", MAX_SIZE) : "")};
	if (n.equal == 0 && n.unstable == 0 && n.undefined > 0) {
		if (n.none.side >= 0 || n.none.why)
			return undefined_result(&t, n.none.side, n.none.why);
		return (NumericResult){.verdict = VERDICT_UNKNOWN, .undefined = true,
			.text = "the two sides were never defined together at random sizes and values"};
	}
	return (NumericResult){.verdict = VERDICT_UNKNOWN,
		.text = arena_printf(t.a,
			"of %d random draws, %d agreed, %d had no finite value, %d were too ill-conditioned to "
			"tell",
			n.equal + n.differ + n.undefined + n.unstable, n.equal, n.undefined, n.unstable)};
}

/* needs: sides that are known to differ. Where they do, at small sizes; NULL: at no draw. */
const char *
numeric_example(Graph *g, Node *x, Node *y)
{
	Test t = test_new(g, x, y);
	Tally n = {.ratio = NAN, .same_ratio = true};

	for (int i = 0; i < 12 && n.differ < 3; i++) {
		Draw d = draw(&t, seed_of(i), i < 2 ? 1 : i < 6 ? 2 : 3);
		count(&n, &d, true, true);
	}
	if (n.differ == 0)
		return NULL;
	return differ_text(&t, &n.bad, n.same_ratio && n.differ >= 3 ? n.ratio : NAN);
}

/* Do the nodes have values together, at one of the points? NULL, or why they have none. */
const char *
numeric_undefined(Graph *g, Node **node, int n)
{
	enum { DRAWS = 80 };
	Test t = {.a = g->a, .g = g};
	const char *why = NULL;

	for (int i = 0; i < DRAWS; i++) {
		Env *env = env_random(g, node, n, seed_of(i), MAX_SIZE);
		env->allow_unknown = env->quiet_domain = true;
		Tensor **v = try_values(&t, node, n, env, &why);
		int k = 0;
		while (v && k < n && finite_all(v[k]) && largest(v[k]) < 1e12)
			k++;
		if (v && k == n)
			return NULL;
	}
	return why ? why : "a matrix that it inverts is singular";
}
