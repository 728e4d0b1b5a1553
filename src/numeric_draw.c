/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * numeric_draw.c: both sides at one point: equal, or different beyond what rounding explains, or
 * without a value, or where rounding alone decides. The leaves are perturbed for that, and the
 * sides evaluated once more.
 */
#include "numeric.h"

#include <math.h>
#include <string.h>

#define MAX_COND 1e6            /* draws that amplify perturbations more are drawn again */
#define TELLING 1e-7            /* sides that agree to no more than this say nothing */

/* ---- perturbed leaves */

/* A draw's leaves, perturbed: entries that are equal by a symmetry stay equal. */
typedef struct Shaken {
	Env *env;
	Arena *a;
	bool ranks;             /* matrices keep their ranks */
	const Var **var;
	Tensor **value;
	int n, cap, cap_value;
} Shaken;

/* between -1 and 1, the same for (i, j) and (j, i) */
static double
tremor(const Var *v, long i, long j)
{
	long lo = i < j ? i : j, hi = i < j ? j : i;
	uint64_t z = (uint64_t)(v->serial + 1) * 0x9e3779b97f4a7c15u +
				 (uint64_t)lo * 0xbf58476d1ce4e5b9u + (uint64_t)hi * 0x94d049bb133111ebu;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z ^= z >> 31;
	return (double)(z >> 11) * 0x1p-52 - 1;
}

/* Rows and columns that are scaled leave a rank as it is, and scaled alike a symmetry. */
static double
shake(const Var *v, long i, long j, bool ranks)
{
	if (ranks)
		return (1 + SHAKEN * tremor(v, i, -1)) * (1 + SHAKEN * tremor(v, j, v->props ? -1 : -2));
	return 1 + SHAKEN * tremor(v, i, j);
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
		y->data[k] = x->data[k] * shake(v, (long)k / cols, (long)k % cols, s->ranks && x->nax == 2);
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

Env *
env_shaken(Arena *a, Env *env, bool ranks)
{
	Shaken *s = NEW(a, Shaken);
	Env *near = NEW(a, Env);
	*s = (Shaken){.env = env, .a = a, .ranks = ranks};
	*near = *env;
	near->ctx = s;
	near->size = shaken_size;
	near->leaf = shaken_leaf;
	return near;
}

/* ---- values */

/* Runs a plan, which is made when there is none yet; NULL with the reason when there is no value.
   Interrupts pass. */
static Tensor **
try_plan(Test *t, Plan **plan, Node **node, int n, Env *env, const char **why)
{
	Trap trap;
	if (TRY(&trap, t->a)) {
		Env here = *env;
		here.a = t->scratch;
		if (!*plan)
			*plan = plan_new(t->g, node, n, &here);
		Tensor **v = plan_run(*plan, env);
		trap_end(&trap);
		return v;
	}
	if (trap.diag.interrupted || trap.diag.kind == DIAG_BUG)
		raise_diag(t->a, &trap.diag);
	*why = trap.diag.msg;
	return NULL;
}

Tensor **
test_values(Test *t, Node **node, int n, Env *env, const char **why)
{
	Plan *plan = NULL;
	return try_plan(t, &plan, node, n, env, why);
}

/* a value that outlives its plan */
static Tensor *
kept(Arena *a, const Tensor *x)
{
	Tensor *y = tensor_new(a, x->nax, x->dim);
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
	Env loud = *d->env;
	loud.quiet_domain = false;
	for (d->side = 0; d->side < 2; d->side++) {
		Tensor **v = test_values(t, &t->side[d->side], 1, &loud, &why);
		if (!v || !tensor_finite(v[0])) {
			d->why = why;
			return;
		}
	}
	d->side = -1;
}

/* how large the sides are, or what makes them up; plain: as they are, otherwise as rounding errors
   are */
static double
scale_of(Test *t, const Draw *d, bool plain)
{
	Probe *p = &t->probe;
	p->plain = plain;
	for (unsigned i = 0; i <= t->nnode; i++)
		p->size[i] = NAN;
	return fmax(fmax(probe_magnitude(p, t->side[0]), probe_magnitude(p, t->side[1])),
		fmax(tensor_largest(d->left), tensor_largest(d->right)));
}

bool
node_has_kinks(const Node *n)
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

/* Where a function jumps, at an argument that rounding may have moved across, the draw says
   nothing. */
static bool
near_jump(Test *t)
{
	Probe *p = &t->probe;
	for (int i = 0; i < p->n; i++) {
		const Node *n = p->node[i], *kid = n->n == 1 ? n->kid[0] : NULL;
		const Tensor *arg = kid ? probe_value(p, kid) : NULL;
		if (n->kind != N_MAP || !arg || (n->fun->id != F_step && n->fun->id != F_sign))
			continue;
		/* 0 to all digits, as relu(x) is for half of all x; asin(1 - y) is so by rounding only */
		bool clean = kid->kind == N_MAP &&
			(kid->fun->id == F_relu || kid->fun->id == F_max || kid->fun->id == F_min);
		double near = ROUNDING * probe_magnitude(p, kid);
		for (size_t k = 0; k < arg->size; k++)
			if (fabs(arg->data[k]) < near && !(clean && arg->data[k] == 0))
				return true;
	}
	return false;
}

/* Something inside is too large for a number, or a power too small: what is finite behind it, as
   1/exp(1000) or exp(400)^2 exp(500)^-2, need not be right. */
static bool
overflows(const Test *t)
{
	const Probe *p = &t->probe;
	for (int i = 0; i < p->n; i++) {
		const Node *n = p->node[i];
		const Tensor *v = p->value[i], *arg = n->kind == N_POW ? probe_value(p, n->kid[0]) : NULL;
		for (size_t k = 0; k < v->size; k++) {
			if (isinf(v->data[k]))
				return true;
			if (arg && arg->size == v->size && fabs(v->data[k]) < 1e-290 && arg->data[k] != 0)
				return true;
		}
	}
	return false;
}

static Draw
draw_at(Test *t, Env *env)
{
	Draw d = {.kind = DRAW_UNDEFINED, .side = -1, .ratio = NAN, .moved = NAN, .env = env};
	const char *why = NULL;
	for (int i = 0; i < t->ndim; i++)
		d.total += d.env->size(d.env->ctx, t->dim[i]);
	Plan *plan = NULL;
	Tensor **v = try_plan(t, &plan, t->probe.node, t->probe.n, d.env, &why);
	if (!v || !tensor_finite(v[0]) || !tensor_finite(v[1])) {
		d.why = why;
		find_undefined(t, &d);
		return d;
	}
	t->probe.value = v;
	if (overflows(t))
		return d;
	d.left = kept(t->a, v[0]);
	d.right = kept(t->a, v[1]);
	double seen = scale_of(t, &d, true), scale = scale_of(t, &d, false);
	if (near_jump(t)) {
		d.kind = largest_difference(d.left, d.right) > 1e-6 * seen ? DRAW_JUMP : DRAW_UNSTABLE;
		return d;
	}
	d.kind = DRAW_UNSTABLE;

	Env *near = env_shaken(t->scratch, d.env, t->pinv);
	Tensor **w = try_plan(t, &plan, t->probe.node, t->probe.n, near, &why);
	if (!w || !tensor_finite(w[0]) || !tensor_finite(w[1]))
		return d;
	double moved =
		fmax(largest_difference(d.left, w[0]), largest_difference(d.right, w[1])) / SHAKEN;
	d.moved = moved;
	double cond = scale > 0 ? moved / scale : 0;
	if (cond > MAX_COND || !isfinite(scale))
		return d;
	d.tol = ROUNDING * fmax(scale, moved) * fmax(1, sqrt(cond));
	d.diff = largest_difference(d.left, d.right);
	/* what is as small may be what an underflow has left, as of 1/(1 + exp(400))^2 */
	if (d.diff > d.tol && fmax(tensor_largest(d.left), tensor_largest(d.right)) < 1e-100)
		return d;
	if (d.diff <= d.tol)
		d.kind = d.tol <= TELLING * seen || scale == 0 ? DRAW_EQUAL : DRAW_UNSTABLE;
	else
		d.kind = DRAW_DIFFER;
	d.ratio = common_ratio(d.left, d.right, d.tol);
	return d;
}

Draw
test_draw(Test *t, Env *env)
{
	ArenaMark mark = arena_mark(t->scratch);
	Draw d = draw_at(t, env);
	if (d.why)
		d.why = arena_strndup(t->a, d.why, strlen(d.why));
	t->probe.value = NULL;
	arena_release(t->scratch, mark);
	return d;
}
