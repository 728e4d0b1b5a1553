/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_ground.c: the two sides of a false identity, ready in a scratch arena with their values
 * at a few random points, and candidates compared with them there: the quick look before decide()
 * confirms what is said.
 */
#include "explain.h"

#include <math.h>
#include <string.h>

enum {
	GROUND_MAX = 24 << 20, /* bytes that candidates may leave before the ground is made anew */
	MAX_SIZE = 3,          /* of dimensions at the points */
	ATTEMPTS = 24
};

#define LARGE 1e9     /* values are below that */
#define UNSTEADY 1e-3 /* change of a side, relative to both, where leaves change by some 1e-8 */
#define TINY 1e-6     /* smaller sides may be rounding */

/* ---- numbers */

bool
explain_close(const Tensor *x, const Tensor *y)
{
	double tol = 1e-7 * fmax(tensor_largest(x), tensor_largest(y));
	if (x->nax != y->nax || x->size != y->size || !tensor_finite(x) || !tensor_finite(y))
		return false;
	for (size_t i = 0; i < x->size; i++)
		if (!(fabs(x->data[i] - y->data[i]) <= tol))
			return false;
	return true;
}

double
explain_ratio(const Tensor *x, const Tensor *y)
{
	size_t k = 0;
	double c;
	if (x->size != y->size || !tensor_finite(x) || !tensor_finite(y))
		return NAN;
	for (size_t i = 0; i < y->size; i++)
		if (fabs(y->data[i]) > fabs(y->data[k]))
			k = i;
	if (y->data[k] == 0)
		return NAN;
	c = x->data[k] / y->data[k];
	for (size_t i = 0; i < x->size; i++)
		if (!(fabs(x->data[i] - c * y->data[i]) <=
				1e-8 * (tensor_largest(x) + fabs(c) * tensor_largest(y))))
			return NAN;
	return c;
}

Tensor *
explain_value(Explain *x, Node *n, int point)
{
	Env *env = x->at.point[point].env;
	return plan_run(plan_new(x->at.g, &n, 1, env), env)[0];
}

/* ---- the ground */

static bool
same_shape(const Term *x, const Term *y)
{
	if (x->nax > 2 || y->nax > 2) {
		bool same = x->nax == y->nax;
		for (int i = 0; same && i < x->nax; i++)
			same = x->ax[i] == y->ax[i];
		return same;
	}
	return x->row == y->row && x->col == y->col;
}

typedef struct Sizes {
	Sym *dim;
	int n, cap;
} Sizes;

static void
collect_sizes(Ground *at, Sizes *s, const Node *n, bool *seen)
{
	if (seen[n->id])
		return;
	seen[n->id] = true;
	for (int i = 0; i < n->nax; i++)
		for (int j = 0; j < n->ax[i]->n; j++)
			for (int k = 0; k < n->ax[i]->term[j].nsym; k++)
				PUSH(at->a, s->dim, s->n, s->cap, n->ax[i]->term[j].sym[k]);
	for (int i = 0; i < n->n; i++)
		collect_sizes(at, s, n->kid[i], seen);
}

/* Every size differs from what it is at one of the points there are: otherwise a size would be
   taken for a number. */
static bool
sizes_vary(const Ground *at, const Sizes *s, const Env *env)
{
	for (int i = 0; i < s->n; i++) {
		long size = env->size(env->ctx, s->dim[i]);
		bool vary = false;
		for (int k = 0; k < at->npoint && !vary; k++)
			vary = at->point[k].env->size(at->point[k].env->ctx, s->dim[i]) != size;
		if (!vary)
			return false;
	}
	return true;
}

/* The values change little when the leaves do: those of inv(X'*X) for a wide X are rounding. */
static bool
steady(Ground *at, const Point *p)
{
	Env *near = env_shaken(at->a, p->env, true);
	Tensor **v = plan_run(plan_new(at->g, at->side, 2, near), near);
	double most = fmax(tensor_largest(p->value[0]), tensor_largest(p->value[1]));
	for (int i = 0; i < 2; i++)
		for (size_t k = 0; k < v[i]->size; k++)
			if (!(fabs(v[i]->data[k] - p->value[i]->data[k]) <= UNSTEADY * fmax(most, TINY)))
				return false;
	return true;
}

/* the values of the sides, when they are of use */
static bool
values_at(Ground *at, Point *p)
{
	Trap t;
	if (TRY(&t, at->a)) {
		Tensor **v = plan_run(plan_new(at->g, at->side, 2, p->env), p->env);
		bool good = true;
		for (int i = 0; i < 2; i++) {
			p->value[i] = v[i];
			good = good && tensor_finite(v[i]) && tensor_largest(v[i]) < LARGE;
		}
		good = good && steady(at, p);
		trap_end(&t);
		return good;
	}
	if (t.diag.interrupted || t.diag.kind == DIAG_BUG)
		raise_diag(at->a, &t.diag);
	return false;
}

/* Values of any signs, positive, small and large ones until both sides have some; root: all that is
   to have values. */
static void
find_points(Ground *at, Node **root, int nroot)
{
	static const unsigned kind[] = {0, 1, 2, 3, 5, 0, 6, 7};
	bool *seen = NEWN(at->a, bool, at->g->nnode + 1);
	Sizes sizes = {0};
	for (int i = 0; i < nroot; i++)
		collect_sizes(at, &sizes, root[i], seen);
	for (unsigned i = 0; i < ATTEMPTS && at->npoint < POINTS; i++) {
		uint64_t seed = ((i + 1) * 0x9e3779b97f4a7c15u & ~(uint64_t)7) | kind[i % 8];
		Point p = {.env = env_random(at->g, root, nroot, seed, MAX_SIZE + (int)(i % 3))};
		if (at->npoint == POINTS - 1 && i < ATTEMPTS / 2 && !sizes_vary(at, &sizes, p.env))
			continue;
		if (!values_at(at, &p))
			continue;
		/* what is given may leave nothing of both */
		if (!at->g->facts || i >= ATTEMPTS / 2 || tensor_largest(p.value[0]) > 0 ||
			tensor_largest(p.value[1]) > 0)
			at->point[at->npoint++] = p;
	}
}

/* zeros(rows, columns) of a term's shape */
static Tree *
stand_in_of(Arena *a, const Term *t)
{
	return tree_call(a, (Loc){0}, "zeros", 2, parse_expr(a, NULL, dim_text(a, t->row)),
		parse_expr(a, NULL, dim_text(a, t->col)));
}

static void
make_ground(Explain *x)
{
	Ground *at = &x->at;
	Node **root = at->side;
	Term **side;
	int n, nroot = 2;
	at->e = elab_new(x->s, at->a, dims_new(at->a));
	at->e->given = x->given;
	side = x->broken ? explain_unbroken(x) : elab_sides(at->e, x->whole, &n) + x->step;
	at->g = graph_new(at->a, at->e->dims);
	for (int i = 0; i < 2; i++) {
		at->term[i] = side[i];
		at->side[i] = given_build(at->e, at->g, at->term[i]);
	}
	if (x->broken)
		root = explain_leaves(x, &nroot);
	at->same_shape = !x->broken && same_shape(at->term[0], at->term[1]);
	at->npoint = 0;
	find_points(at, root, nroot);
	if (at->term[1 - x->claim]->nax <= 2)
		at->stand_in = stand_in_of(at->a, at->term[1 - x->claim]);
}

bool
explain_ground(Explain *x)
{
	Trap t;
	if (x->at.a && arena_used(x->at.a) < x->at.full)
		return true;
	arena_free(x->at.a);
	x->at = (Ground){.a = arena_new()};
	if (!x->at.a)
		return false;
	if (TRY(&t, x->at.a)) {
		make_ground(x);
		x->at.full = arena_used(x->at.a) + GROUND_MAX;
		trap_end(&t);
		return true;
	}
	explain_failed(x, &t.diag);
	arena_free(x->at.a);
	x->at = (Ground){0};
	return false;
}

/* ---- candidates */

/* The claim with the substitutions, as a term; its shape is to be that of the other side. */
static Term *
candidate(Explain *x, const Sub *sub, int n)
{
	Ground *at = &x->at;
	Sub *all = NEWN(at->a, Sub, n + 1);
	Term **side;
	int nside;
	if (n)
		memcpy(all, sub, sizeof *sub * (size_t)n);
	all[n] = (Sub){explain_truth(x), at->stand_in};
	side = elab_sides(at->e, explain_subst(at->a, x->eq, all, n + 1), &nside);
	return side[x->claim];
}

static Fit
fit(Explain *x, const Sub *sub, int n)
{
	Ground *at = &x->at;
	Term *t = candidate(x, sub, n);
	Fit f = {.kind = FIT_EQUAL};
	Node *node;
	if (!same_shape(t, at->term[1 - x->claim]))
		return (Fit){0};
	node = given_build(at->e, at->g, t);
	if (at->same_shape && node == at->side[x->claim])
		return (Fit){0};
	for (int i = 0; i < at->npoint; i++) {
		const Tensor *want = at->point[i].value[1 - x->claim], *got = explain_value(x, node, i);
		if (f.kind == FIT_EQUAL && !explain_close(got, want))
			f.kind = FIT_RATIO;
		if (x->claim)
			f.ratio[i] = explain_ratio(want, got);
		else
			f.ratio[i] = explain_ratio(got, want);
		if (f.kind == FIT_RATIO && !isfinite(f.ratio[i]))
			return (Fit){0};
	}
	return f;
}

Fit
explain_fit(Explain *x, const Sub *sub, int n)
{
	Trap t;
	if (!explain_ground(x) || !x->at.stand_in || x->at.npoint == 0)
		return (Fit){0};
	if (TRY(&t, x->at.a)) {
		Fit f = fit(x, sub, n);
		trap_end(&t);
		return f;
	}
	explain_failed(x, &t.diag);
	return (Fit){0};
}

/* the sides, as they are, agree to rounding at all points */
static bool
nearly(const Explain *x)
{
	for (int i = 0; i < x->at.npoint; i++)
		if (!explain_close(x->at.point[i].value[0], x->at.point[i].value[1]))
			return false;
	return x->at.npoint > 0;
}

/* Values that are bent to satisfy equations do so to rounding, and balls cannot help there: of
   sides that hold nearly anyway such numbers say nothing. */
static bool
rounding_only(Explain *x, const Decl *given, const Decision *d)
{
	bool equations = false;
	for (; given; given = given->next)
		equations = equations || given->eq;
	return equations && d->by == BY_NUMBERS && explain_ground(x) && nearly(x);
}

bool
explain_holds(Explain *x, const Sub *sub, int n, Decl *given)
{
	Arena *a = arena_new();
	volatile bool yes = false;
	Trap t;
	if (!a)
		return false;
	if (TRY(&t, a)) {
		Tree *eq = explain_subst(a, x->eq, sub, n);
		Decision d = decide(x->s, a, eq, given, DECIDE_FULL);
		yes = d.verdict == VERDICT_TRUE && !rounding_only(x, given, &d);
		trap_end(&t);
	} else {
		explain_failed(x, &t.diag);
	}
	arena_free(a);
	return yes;
}

/* ---- the shape of a candidate */

Node *
explain_claimed(Explain *x, Tree *t)
{
	Sub sub = {x->side[x->claim], t};
	return given_build(x->at.e, x->at.g, candidate(x, &sub, 1));
}

bool
explain_plainly(Explain *x, Tree *t)
{
	Trap trap;
	if (explain_derivative(explain_truth(x)) || !explain_ground(x))
		return false;
	if (TRY(&trap, x->at.a)) {
		bool same = explain_claimed(x, t) == x->at.side[1 - x->claim];
		trap_end(&trap);
		return same;
	}
	explain_failed(x, &trap.diag);
	return false;
}

/* leaves, and signs: how much there is to read */
static void
measure(const Tree *t, int *leaves, int *signs)
{
	*leaves += t->n == 0;
	*signs += t->kind == TREE_NEG || t->kind == TREE_TRANS;
	for (int i = t->kind == TREE_CALL; i < t->n; i++)
		measure(t->kid[i], leaves, signs);
}

static bool
simpler(const Tree *t, const Tree *than)
{
	int leaves[2] = {0}, signs[2] = {0};
	measure(t, &leaves[0], &signs[0]);
	measure(than, &leaves[1], &signs[1]);
	return leaves[0] != leaves[1] ? leaves[0] < leaves[1] : signs[0] < signs[1];
}

/* or NULL */
static Tree *
simplified(Explain *x, Tree *t)
{
	Trap trap;
	if (!explain_ground(x) || x->at.term[x->claim]->nax > 2)
		return NULL;
	if (TRY(&trap, x->at.a)) {
		Node *n = simplify(x->at.g, explain_claimed(x, t), 0);
		bool row = n->nax == 1 && dim_is(x->at.term[1 - x->claim]->row, 1);
		Formula f = matrix_form(x->at.g, n, row);
		trap_end(&trap);
		return f.nindex || f.tree->kind == TREE_WHERE ? NULL : tree_copy(x->a, f.tree);
	}
	explain_failed(x, &trap.diag);
	return NULL;
}

Tree *
explain_tidy(Explain *x, Tree *t)
{
	Tree *other = simplified(x, t);
	return other && simpler(other, t) ? other : t;
}
