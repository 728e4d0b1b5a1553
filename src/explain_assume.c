/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_assume.c: under which assumption a false identity would hold. Properties of single
 * variables are given to decide() as the user would give them; that two variables are equal or
 * commute, or that one is 1 or the identity, is put into the graph.
 */
#include "explain.h"

#include <math.h>
#include <string.h>

/* ---- what there is to assume something of */

typedef struct Leaves {
	Node **node;
	int n, cap;
} Leaves;

static void
collect(Explain *x, Leaves *all, Node *n, bool *seen)
{
	if (seen[n->id])
		return;
	seen[n->id] = true;
	if (n->kind == N_VAR)
		PUSH(x->at.a, all->node, all->n, all->cap, n);
	for (int i = 0; i < n->n; i++)
		collect(x, all, n->kid[i], seen);
}

static Leaves
leaves(Explain *x)
{
	Leaves all = {0};
	bool *seen = NEWN(x->at.a, bool, x->at.g->nnode + 1);
	for (int i = 0; i < 2; i++)
		collect(x, &all, x->at.side[i], seen);
	return all;
}

static bool
square(const Node *n)
{
	return n->nax == 2 && n->ax[0] == n->ax[1];
}

/* ---- properties */

/* in the order of how often they are overlooked; square matrices only where `square` */
static const struct {
	unsigned prop;
	bool square;
	AssumeKind kind;
} order[] = {
	{P_INVERTIBLE, true, ASSUME_COMMON},
	{P_SYMMETRIC, true, ASSUME_COMMON},
	{P_POSITIVE, false, ASSUME_COMMON},
	{P_DIAGONAL, true, ASSUME_OTHER},
	{P_ORTHOGONAL, true, ASSUME_OTHER},
	{P_SKEW, true, ASSUME_STRAINED},
	{P_POSDEF, true, ASSUME_STRAINED},
	{P_LOWER, true, ASSUME_STRAINED},
	{P_UPPER, true, ASSUME_STRAINED},
};

static bool
mentions(const Explain *x, const char *fun)
{
	return explain_calls(x->side[0], fun) || explain_calls(x->side[1], fun);
}

/* Much is 1 under it: the determinant of an orthogonal matrix, what is skew where 0 is the claim.
 */
static AssumeKind
kind_of(const Explain *x, size_t i)
{
	bool zero = node_is_zero(x->at.side[0]) || node_is_zero(x->at.side[1]);
	if (order[i].prop == P_ORTHOGONAL && x->at.side[0]->nax == 0 &&
		mentions(x, "det"))
		return ASSUME_STRAINED;
	/* what has no inverse has a pseudo-inverse; of all else every matrix has one, nearly */
	if (order[i].prop == P_INVERTIBLE && !mentions(x, "pinv"))
		return ASSUME_NEVER;
	return order[i].prop == P_SKEW && zero ? ASSUME_COMMON : order[i].kind;
}

static bool
all_zero(const Tensor *t)
{
	for (size_t i = 0; i < t->size; i++)
		if (t->data[i] != 0)
			return false;
	return true;
}

/* One side is 0 and the other, but for rounding, too: measured by what it is where nothing is
   assumed. */
static bool
vanishes(const Explain *x, Tensor *const *v)
{
	for (int i = 0; i < 2; i++) {
		double usual = 0;
		for (int k = 0; k < x->at.npoint; k++)
			usual = fmax(usual, tensor_largest(x->at.point[k].value[!i]));
		if (all_zero(v[i]) && tensor_largest(v[!i]) <= 1e-9 * usual)
			return true;
	}
	return false;
}

/* Both sides are 0 but for rounding. */
static bool
both_vanish(const Explain *x, Tensor *const *v)
{
	double usual = 0;
	for (int i = 0; i < 2; i++)
		for (int k = 0; k < x->at.npoint; k++)
			usual = fmax(usual, tensor_largest(x->at.point[k].value[i]));
	return tensor_largest(v[0]) <= 1e-12 * usual && tensor_largest(v[1]) <= 1e-12 * usual;
}

/* A quick look with numbers at two points: the sides built anew with the property, under which
   they are not to vanish both. */
static bool
fits(Explain *x, Decl *given)
{
	Arena *a = arena_new();
	volatile int agree = 0;
	volatile bool differ = false, empty = true;
	bool zero = node_is_zero(x->at.side[0]) || node_is_zero(x->at.side[1]);
	Trap t;
	if (!a)
		return false;
	if (TRY(&t, a)) {
		Elab *e = elab_new(x->s, a, dims_new(a));
		Graph *g;
		Term **term;
		Node *side[2];
		int n;
		e->given = given;
		term = elab_sides(e, x->eq, &n);
		g = graph_new(a, e->dims);
		for (int i = 0; i < 2; i++)
			side[i] = given_build(e, g, term[i]);
		for (uint64_t i = 1; i <= 6 && agree < 2 && !differ; i++) {
			Env *env = env_random(g, side, 2, i << 3 | (i == 4 ? 5 : i > 4 ? i + 1 : 0), 3);
			Tensor **v = plan_run(plan_new(g, side, 2, env), env);
			bool finite = true;
			for (int k = 0; k < 2; k++)
				for (size_t j = 0; j < v[k]->size; j++)
					finite = finite && isfinite(v[k]->data[j]);
			empty = empty && (!finite || both_vanish(x, v));
			if (finite && (explain_close(v[0], v[1]) || vanishes(x, v)))
				agree++;
			else if (finite)
				differ = true;
		}
		trap_end(&t);
	} else {
		explain_failed(x, &t.diag);
	}
	arena_free(a);
	return agree > 0 && !differ && (zero || !empty);
}

static Decl *
assume(Explain *x, Sym name, unsigned prop, Decl *rest)
{
	Decl *d = NEW(x->a, Decl);
	*d = (Decl){.name = name, .props = prop, .next = rest};
	return d;
}

bool
explain_assuming(Explain *x, Decl *given)
{
	return fits(x, given) && explain_holds(x, NULL, 0, given);
}

/* The claim's facts and the property of name[0..n) but for `but`. */
static Decl *
assume_all(Explain *x, const Sym *name, int n, int but, unsigned prop)
{
	Decl *given = x->given;
	for (int i = 0; i < n; i++)
		if (i != but)
			given = assume(x, name[i], prop, given);
	return given;
}

/* The property of several variables together, of no more than it takes: name, what they were
   without it. */
static bool
all_have(Explain *x, Sym *name, int n, unsigned prop, Finding *f)
{
	Text t = text_new(x->a);
	if (n < 2 || !explain_assuming(x, assume_all(x, name, n, -1, prop)))
		return false;
	for (int i = n - 1; i >= 0 && n > 2; i--) /* each alone was not enough */
		if (explain_assuming(x, assume_all(x, name, n, i, prop))) {
			memmove(name + i, name + i + 1, sizeof *name * (size_t)(n - 1 - i));
			n--;
		}
	for (int i = 0; i < n; i++)
		text_addf(&t, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " and ", name[i]);
	f->reason = arena_printf(x->a, "it would hold if %s were %s", t.s, props_text(x->a, prop));
	return true;
}

ExplainName *
explain_names(Explain *x, int *n)
{
	ExplainName *k = NULL;
	Trap t;
	*n = 0;
	if (TRY(&t, x->at.a)) {
		Leaves all = leaves(x);
		k = NEWN(x->a, ExplainName, all.n + 1);
		for (int i = 0; i < all.n; i++) {
			const Var *v = all.node[i]->var;
			k[i] = (ExplainName){
				v->name, props_close(v->props), all.node[i]->nax, square(all.node[i])};
		}
		*n = all.n;
		trap_end(&t);
		return k;
	}
	explain_failed(x, &t.diag);
	return NULL;
}

/* together with what is known it leaves only 0, the identity or the like */
static bool
absurd(unsigned known, unsigned p)
{
	return (known & P_SYMMETRIC && p & (P_SKEW | P_LOWER | P_UPPER)) ||
		   (known & P_POSDEF && p & P_ORTHOGONAL) ||
		   (known & P_ORTHOGONAL && p & (P_POSITIVE | P_POSDEF | P_LOWER | P_UPPER)) ||
		   (known & P_SKEW && p & (P_SYMMETRIC | P_DIAGONAL | P_LOWER | P_UPPER | P_POSDEF));
}

static const char *
prop_words(Arena *a, unsigned p)
{
	switch (p) {
	case P_POSDEF:
		return "symmetric and positive definite";
	case P_LOWER:
		return "lower triangular";
	case P_UPPER:
		return "upper triangular";
	case P_SKEW:
		return "skew-symmetric";
	default:
		return props_text(a, p);
	}
}

/* one variable, then all that may have it */
static bool
with_property(Explain *x, const ExplainName *k, int n, size_t o, Finding *f)
{
	unsigned p = order[o].prop;
	bool together = true;
	Sym *name = NEWN(x->a, Sym, n + 1);
	int nname = 0;
	for (int i = 0; i < n && !explain_over(x); i++) {
		if (props_close(k[i].props | p) == k[i].props || absurd(k[i].props, p) ||
			(order[o].square && !k[i].square))
			continue;
		name[nname++] = k[i].name;
		together = together && (p == P_SYMMETRIC || p == P_INVERTIBLE ||
			(p == P_POSITIVE && k[i].axes == 0));
		if (!explain_assuming(x, assume(x, k[i].name, p, x->given)))
			continue;
		f->reason =
			arena_printf(x->a, "it would hold if %s were %s", k[i].name, prop_words(x->a, p));
		return true;
	}
	return together && all_have(x, name, nname, p, f);
}

bool
explain_assume(Explain *x, AssumeKind kind, Finding *f)
{
	int n;
	const ExplainName *k = explain_ground(x) ? explain_names(x, &n) : NULL;
	for (size_t o = 0; k && o < sizeof order / sizeof *order; o++)
		if (kind_of(x, o) == kind && with_property(x, k, n, o, f)) {
			f->assumed = true;
			return true;
		}
	return false;
}

/* ---- special values */

/* The sides with `from` replaced: equal, at further points and as decide() finds, and neither zero
   nor the same number at all points: cos(a) and sqrt(1 - sin(a)^2) are equal at 1, too. */
static bool
same_with(Explain *x, Node *from, Node *to)
{
	Graph *g = x->at.g;
	Node *side[2];
	Tensor *first = NULL;
	bool empty = true, varies = false;
	int agree = 0;
	for (int i = 0; i < 2; i++)
		side[i] = node_replace(g, x->at.side[i], from, to);
	for (uint64_t i = 1; i <= 24 && agree < 8; i++) {
		Env *env = env_random(g, side, 2, i << 3 | (i % 4 == 0 ? 5 + i / 4 % 3 : 0), 4);
		Tensor **v = plan_run(plan_new(g, side, 2, env), env);
		bool finite = true;
		for (int k = 0; k < 2; k++)
			for (size_t j = 0; j < v[k]->size; j++)
				finite = finite && isfinite(v[k]->data[j]);
		if (finite && !explain_close(v[0], v[1]))
			return false;
		empty = empty && all_zero(v[0]) && all_zero(v[1]);
		varies = varies || (finite && first && !explain_close(first, v[0]));
		first = finite ? v[0] : first;
		agree += finite;
	}
	return !empty && varies && agree > 0 && decide_equal(g, side[0], side[1]);
}

static bool
try_same(Explain *x, Node *from, Node *to)
{
	Trap t;
	if (explain_over(x))
		return false;
	if (TRY(&t, x->at.a)) {
		bool yes = same_with(x, from, to);
		trap_end(&t);
		return yes;
	}
	explain_failed(x, &t.diag);
	return false;
}

/* c0*I + c1*n + c2*n*n + c3*n*n*n with unknown numbers: what commutes with a matrix n */
static Node *
commuting_with(Explain *x, Node *n)
{
	Graph *g = x->at.g;
	Node *power = node_eye(g, n->ax[0]);
	Sum *sum = sum_begin(g, 2, n->ax);
	for (int i = 0; i < 4; i++) {
		Var *v = NEW(x->at.a, Var);
		v->name = sym("c");
		v->row = v->col = dim_num(g->dims, 1);
		v->serial = 1000 + i;
		sum_add(sum, RAT1, node_emul(g, node_var(g, v), power));
		power = node_matmul(g, power, n);
	}
	return sum_end(sum);
}

static bool
same_axes(const Node *m, const Node *n)
{
	bool same = m->nax == n->nax;
	for (int i = 0; same && i < m->nax; i++)
		same = m->ax[i] == n->ax[i];
	return same;
}

/* every two variables of one shape */
static bool
pairs(Explain *x, bool (*test)(Explain *, Node *, Node *), const char *how, Finding *f)
{
	Leaves all = leaves(x);
	for (int i = 0; i < all.n; i++)
		for (int j = 0; j < i; j++) {
			Node *m = all.node[j], *n = all.node[i];
			if (!same_axes(m, n) || !test(x, m, n))
				continue;
			f->reason = arena_printf(x->a, "it would hold if %s and %s %s", m->name, n->name, how);
			return true;
		}
	return false;
}

static bool
commute(Explain *x, Node *m, Node *n)
{
	return square(m) &&
		   (try_same(x, n, commuting_with(x, m)) || try_same(x, m, commuting_with(x, n)));
}

/* not where the sides would be written alike then, as those of kron(A, B) == kron(B, A) */
static bool
equal(Explain *x, Node *m, Node *n)
{
	Node *const *side = x->at.side;
	return node_replace(x->at.g, side[0], n, m) != node_replace(x->at.g, side[1], n, m) &&
		   try_same(x, n, m);
}

/* all variables of a kind, replaced by 1 or the identity */
static bool
units(Explain *x, bool scalar, Finding *f)
{
	Graph *g = x->at.g;
	Leaves all = leaves(x);
	for (int i = 0; i < all.n; i++) {
		Node *n = all.node[i];
		if ((scalar ? n->nax != 0 : !square(n)) ||
			!try_same(x, n, scalar ? node_num(g, RAT1) : node_eye(g, n->ax[0])))
			continue;
		f->reason = arena_printf(
			x->a, "it would hold if %s were %s", n->name, scalar ? "1" : "the identity");
		return true;
	}
	return false;
}

/* x(n), A(n,p): how a declaration names the size that is d so far */
static const char *
declared_with(Explain *x, const Var *v, const Dim *d, Sym as)
{
	const char *row = v->row == d ? as : dim_text(x->a, v->row);
	const char *col = v->col == d ? as : dim_text(x->a, v->col);
	return dim_is(v->col, 1) ? arena_printf(x->a, "%s(%s)", v->name, row)
							 : arena_printf(x->a, "%s(%s,%s)", v->name, row, col);
}

/* n, k, m2: what sizes are called */
static bool
size_name(const char *s)
{
	return *s >= 'h' && *s <= 'z' && (s[1] == '\0' || (s[1] >= '0' && s[1] <= '9'));
}

/* n in sum(x)/n, where nothing says that it is the size of x */
static const char *
meant_as_size(Explain *x, const Leaves *all)
{
	for (int i = 0; i < all->n; i++) {
		Node *n = all->node[i];
		if (n->nax > 0 || n->var->declared || !size_name(n->name))
			continue;
		for (int j = 0; j < all->n; j++) {
			const Var *v = all->node[j]->var;
			for (int k = 0; k < all->node[j]->nax; k++) {
				Graph *g = x->at.g;
				Dim *d = all->node[j]->ax[k];
				/* just any number does not do */
				Dim *other = dim_add(g->dims, d, dim_num(g->dims, 1));
				if (v->declared || !try_same(x, n, node_dim(g, d)) ||
					try_same(x, n, node_dim(g, other)))
					continue;
				return arena_printf(x->a, "%s were the number of %s of %s, as var %s says", n->name,
					v->row == d ? "rows" : "columns", v->name, declared_with(x, v, d, n->name));
			}
		}
	}
	return NULL;
}

bool
explain_as_size(Explain *x, Finding *f)
{
	Trap t;
	if (!explain_ground(x))
		return false;
	if (TRY(&t, x->at.a)) {
		Leaves all = leaves(x);
		const char *how = meant_as_size(x, &all);
		if (how)
			f->reason = arena_printf(x->a, "it would hold if %s", how);
		trap_end(&t);
		return how != NULL;
	}
	explain_failed(x, &t.diag);
	return false;
}

bool
explain_commuting(Explain *x, Finding *f)
{
	Trap t;
	if (!explain_ground(x))
		return false;
	if (TRY(&t, x->at.a)) {
		f->assumed = pairs(x, commute, "commuted", f);
		trap_end(&t);
		return f->assumed;
	}
	explain_failed(x, &t.diag);
	return false;
}

bool
explain_special(Explain *x, Finding *f)
{
	Trap t;
	if (!explain_ground(x))
		return false;
	if (TRY(&t, x->at.a)) {
		/* a derivative worked out says more than that it would be another one */
		bool more = !explain_derivative(explain_truth(x));
		f->assumed = f->weak =
			units(x, true, f) || (more && (pairs(x, equal, "were equal", f) || units(x, false, f)));
		trap_end(&t);
		return f->weak;
	}
	explain_failed(x, &t.diag);
	return false;
}
