/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * given.c: equations that the variables of an identity satisfy: check ... given W'*W == I, sum(p)
 * == 1. What they say is read off their graphs: a property of a variable (orthonormal columns,
 * symmetric), a variable that stands for an expression and is replaced by it, matrices that
 * commute, or an equation between scalars, for which random values are bent so that they satisfy
 * it. Between term.c, which has the shapes of the two sides, and decide.c; draw.c and field_draw.c
 * draw values.
 */
#include <math.h>
#include <string.h>

#include "graph_intern.h"

/* what the facts of a statement say, in terms of its variables */
typedef struct Subst {
	Var *var;
	Term *by;
} Subst;
typedef struct Scalars {
	Term *left, *right;
	Loc loc;
} Scalars;
struct Given {
	Subst *subst;
	int nsubst, cap_subst;
	Scalars *eq;
	int neq, cap_eq;
	Var **commute;
	int ncommute, cap_commute; /* pairs */
	Loc commuting;             /* the first such fact */
};

/* ---- reading the facts */

static Node *
minus(Graph *g, Node *x, Node *y)
{
	Sum *s = sum_begin(g, x->nax, x->ax);

	sum_add(s, RAT1, x);
	sum_add(s, rat(-1, 1), y);
	return sum_end(s);
}

/* the same, or one the other's negative */
static bool
same_equation(Graph *g, Node *x, Node *y)
{
	return x == y || node_is_zero(node_add(g, x, y));
}

typedef struct Vars {
	Node **var;
	int n, cap;
	bool *seen;
} Vars;

static void
collect_vars(Arena *a, Vars *v, Node *n)
{
	if (v->seen[n->id])
		return;
	v->seen[n->id] = true;
	if (n->kind == N_VAR)
		PUSH(a, v->var, v->n, v->cap, n);
	for (int i = 0; i < n->n; i++)
		collect_vars(a, v, n->kid[i]);
}

static Vars
vars_of(Graph *g, Node *n)
{
	Vars v = {.seen = NEWN(g->a, bool, g->nnode + 1)};

	collect_vars(g->a, &v, n);
	return v;
}

static bool
shape_is(const Node *n, const Node *like)
{
	bool same = n->nax == like->nax;

	for (int i = 0; same && i < n->nax; i++)
		same = n->ax[i] == like->ax[i];
	return same;
}

/* x'*x - I, or x*x' - I when turned, or x'*x - 1 of a vector */
static Node *
gram_equation(Graph *g, Node *x, bool turned)
{
	Node *t;

	if (x->nax == 1)
		return minus(g, node_contract_all(g, x, x), node_num(g, RAT1));
	t = node_transpose(g, x);
	return turned ? minus(g, node_matmul(g, x, t), node_eye(g, x->ax[0]))
				  : minus(g, node_matmul(g, t, x), node_eye(g, x->ax[1]));
}

/* The property of one variable that d == 0 says, if it does. */
static bool
read_property(Graph *g, Node *d, const Vars *vars)
{
	for (int i = 0; i < vars->n; i++) {
		Node *x = vars->var[i];
		bool square = x->nax == 2 && x->ax[0] == x->ax[1];
		unsigned p = 0;

		for (int turned = 0; turned < 2 && !p && (x->nax == 2 || (x->nax == 1 && !turned));
			 turned++) {
			Node *gram = gram_equation(g, x, turned);

			if (shape_is(gram, d) && same_equation(g, gram, d))
				p = square ? P_ORTHOGONAL : turned ? P_ROWS : P_COLUMNS;
		}
		if (square && !p && shape_is(x, d)) {
			Node *t = node_transpose(g, x);

			if (same_equation(g, minus(g, x, t), d))
				p = P_SYMMETRIC;
			else if (same_equation(g, node_add(g, x, t), d))
				p = P_SKEW;
		}
		if (p) {
			x->var->props = props_close(x->var->props | p);
			return true;
		}
	}
	return false;
}

static bool
read_commuting(Graph *g, struct Given *f, Node *d, const Vars *vars, Loc loc)
{
	if (vars->n != 2 || d->nax != 2 || !shape_is(vars->var[0], d) || !shape_is(vars->var[1], d))
		return false;
	Node *x = vars->var[0], *y = vars->var[1];

	if (!same_equation(g, minus(g, node_matmul(g, x, y), node_matmul(g, y, x)), d))
		return false;
	if (f->ncommute == 0)
		f->commuting = loc;
	PUSH(g->a, f->commute, f->ncommute, f->cap_commute, x->var);
	PUSH(g->a, f->commute, f->ncommute, f->cap_commute, y->var);
	return true;
}

/* what a variable was declared to be holds of what replaces it */
static void
check_substitute(Graph *g, const Var *v, Node *by, Loc loc)
{
	unsigned p = v->props;

	if (by->kind == N_VAR) {
		by->var->props = props_close(by->var->props | p);
		return;
	}
	if (node_posdef(g, by))
		p &= ~(unsigned)(P_POSDEF | P_SYMMETRIC | P_INVERTIBLE);
	if (node_symmetric(g, by))
		p &= ~(unsigned)P_SYMMETRIC;
	if (node_positive(g, by))
		p &= ~(unsigned)P_POSITIVE;
	if (p)
		raise_at(g->a, loc, "%s is declared %s, and it is not known that what it is equal to is so",
			v->name, props_text(g->a, p));
}

static bool
replaced_already(const struct Given *f, const Vars *vars)
{
	for (int i = 0; i < f->nsubst; i++)
		for (int k = 0; k < vars->n; k++)
			if (vars->var[k]->var == f->subst[i].var)
				return true;
	return false;
}

static bool
read_substitute(Graph *g, struct Given *f, Node **side, Term **term)
{
	for (int i = 0; i < 2; i++) {
		Node *x = side[i], *by = side[!i];
		Vars vars;

		if (x->kind != N_VAR || node_depends(g, by, x))
			continue;
		vars = vars_of(g, x);
		if (replaced_already(f, &vars))
			continue;
		vars = vars_of(g, by);
		if (replaced_already(f, &vars))
			continue;
		check_substitute(g, x->var, by, term[i]->loc);
		PUSH(g->a, f->subst, f->nsubst, f->cap_subst, ((Subst){x->var, term[!i]}));
		return true;
	}
	return false;
}

/* nodes of a graph that is given up */
static void
forget_nodes(Term *t)
{
	if (!t->node)
		return;
	t->node = NULL;
	for (int i = 0; i < t->n; i++)
		forget_nodes(t->kid[i]);
}

/* what is 0 when two nodes are equal; norm(x) == c says x'*x == c^2 */
static Node *
zero_of(Graph *g, Node *x, Node *y)
{
	Rat c;

	for (int i = 0; i < 2; i++) {
		Node *root = i ? y : x, *value = i ? x : y;

		if (root->kind == N_POW && rat_eq(root->coef[0], rat(1, 2)) && node_is_num(value, &c) &&
			rat_sign(c) > 0)
			return minus(g, root->kid[0], node_num(g, rat_mul(g->a, c, c)));
	}
	return minus(g, x, y);
}

static void
read_fact(Graph *g, struct Given *f, Term **term)
{
	Node *side[2], *d;
	Vars vars;

	if (term[0]->nax > 2 || term[1]->nax > 2 || term[0]->row != term[1]->row ||
		term[0]->col != term[1]->col)
		raise_at(g->a, term[1]->loc,
			"the sides of this fact differ in shape: the left side is %s, the right side %s",
			term_shape(g->a, term[0]), term_shape(g->a, term[1]));
	for (int i = 0; i < 2; i++)
		side[i] = build(g, term[i]);
	d = zero_of(g, side[0], side[1]);
	if (node_is_zero(d))
		return;
	vars = vars_of(g, d);
	if (vars.n == 0)
		raise_at(g->a, term[0]->loc, "this fact says nothing about a variable");
	if (read_property(g, d, &vars) || read_commuting(g, f, d, &vars, term[0]->loc))
		return;
	if (read_substitute(g, f, side, term))
		return;
	if (d->nax > 0)
		raise_hint(g->a, term[0]->loc,
			"K == K', X'*X == I, A*B == B*A, NAME == EXPR, equations of scalars as sum(p) == 1",
			"no values are known that satisfy this fact");
	PUSH(g->a, f->eq, f->neq, f->cap_eq, ((Scalars){term[0], term[1], term[0]->loc}));
}

static struct Given *
read_facts(Elab *e)
{
	Graph *g = graph_new(e->a, e->dims); /* for reading only: constructors go by the properties */
	struct Given *f = NEW(e->a, struct Given);

	for (int i = 0; i < e->nfact; i += 2)
		read_fact(g, f, e->fact + i);
	for (int i = 0; i < e->nfact; i++)
		forget_nodes(e->fact[i]);
	return f;
}

/* ---- facts in a graph */

static Node *
replaced(const struct Given *f, Graph *g, Node *n)
{
	for (int i = 0; i < f->nsubst; i++)
		n = node_replace(g, n, node_var(g, f->subst[i].var), build(g, f->subst[i].by));
	return n;
}

static bool
commutes(const Facts *f, const Var *v)
{
	for (int i = 0; i < f->ncommute; i++)
		if (f->commute[i]->var == v)
			return true;
	return false;
}

/* matrices that commute are drawn as polynomials of one: so each has to commute with each */
static void
check_commuting(Graph *g, const struct Given *given, Facts *f)
{
	Loc loc = given->commuting;
	int pairs = given->ncommute / 2;

	for (int i = 0; i < given->ncommute; i++)
		if (!commutes(f, given->commute[i]))
			PUSH(g->a, f->commute, f->ncommute, f->cap_commute, node_var(g, given->commute[i]));
	for (int i = 0; i < f->ncommute; i++) {
		unsigned other =
			f->commute[i]->var->props & ~(unsigned)(P_SYMMETRIC | P_POSDEF | P_INVERTIBLE);

		if (other ||
			(f->commute[i]->var->props & P_SYMMETRIC) != (f->commute[0]->var->props & P_SYMMETRIC))
			raise_at(g->a, loc, "matrices that commute are all symmetric, or have no properties");
		if (f->commute[i]->ax[0] != f->commute[0]->ax[0])
			raise_at(g->a, loc, "all matrices that are said to commute have to be of one size");
	}
	if (pairs < f->ncommute * (f->ncommute - 1) / 2)
		raise_at(g->a, loc, "of matrices that commute, each has to commute with each");
}

static bool
bendable(const Facts *f, const Node *v)
{
	return !(v->var->props & (P_ORTHOGONAL | P_COLUMNS | P_ROWS)) && !commutes(f, v->var);
}

static bool
occurs(Graph *g, Node *v, const Equation *eq, int n, int but)
{
	for (int i = 0; i < n; i++)
		if (i != but && node_depends(g, eq[i].zero, v))
			return true;
	return false;
}

/* The variable of each equation that is bent: it is in none of the equations before it. */
static void
choose_variables(Graph *g, Facts *f, const struct Given *given)
{
	for (int n = f->neq; n > 0; n--) {
		int last = -1;

		for (int i = n - 1; i >= 0 && last < 0; i--) {
			Vars v = vars_of(g, f->eq[i].zero);

			for (int k = 0; k < v.n && last < 0; k++) {
				if (!bendable(f, v.var[k]) || occurs(g, v.var[k], f->eq, n, i))
					continue;
				f->eq[i].var = v.var[k];
				last = i;
			}
		}
		if (last < 0)
			raise_at(
				g->a, given->eq[0].loc, "no values are known that satisfy these facts together");
		Equation e = f->eq[last];
		memmove(f->eq + last, f->eq + last + 1, sizeof e * (size_t)(n - 1 - last));
		f->eq[n - 1] = e;
	}
}

static Facts *
facts_new(Graph *g, const struct Given *given)
{
	Facts *f = NEW(g->a, Facts);
	Rat c;

	f->eq = NEWN(g->a, Equation, given->neq + 1);
	for (int i = 0; i < given->neq; i++) {
		const Scalars *s = &given->eq[i];
		Node *d = zero_of(
			g, replaced(given, g, build(g, s->left)), replaced(given, g, build(g, s->right)));

		if (node_is_num(d, &c) && rat_sign(c) != 0)
			raise_at(g->a, s->loc, "this fact contradicts the others");
		if (!node_is_num(d, &c))
			f->eq[f->neq++].zero = d;
	}
	if (given->ncommute)
		check_commuting(g, given, f);
	choose_variables(g, f, given);
	return f;
}

Node *
given_build(Elab *e, Graph *g, Term *t)
{
	if (!e->nfact)
		return build(g, t);
	if (!e->facts)
		e->facts = read_facts(e);
	if (!g->facts)
		g->facts = facts_new(g, e->facts);
	return replaced(e->facts, g, build(g, t));
}

/* ---- numbers that satisfy them */

typedef struct Random {
	uint64_t state;
} Random;

static double
uniform(Random *r)
{
	uint64_t x = r->state += 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return (double)((x ^ (x >> 31)) >> 11) * 0x1p-52 - 1;
}

/* A direction in which the variable may move without losing its properties: a dyad, in which
   determinants are linear, or one entry of a matrix with zeros, or itself when it is positive. */
static void
direction(Random *r, const Node *n, const Tensor *x, double *w)
{
	unsigned p = n->var->props;
	long rows = x->nax ? x->dim[0] : 1, cols = x->nax > 1 ? x->dim[1] : 1;
	double *u = w + x->size, *v = u + rows;

	for (size_t k = 0; k < x->size; k++)
		w[k] = p & (P_POSITIVE | P_POSDEF) ? x->data[k] : 0;
	if (p & (P_POSITIVE | P_POSDEF))
		return;
	if (p & (P_DIAGONAL | P_LOWER | P_UPPER)) {
		size_t at;

		do
			at = (size_t)((uniform(r) + 1) / 2 * (double)x->size) % x->size;
		while (x->data[at] == 0);
		w[at] = 1;
		return;
	}
	for (long i = 0; i < rows; i++)
		u[i] = uniform(r);
	for (long j = 0; j < cols; j++)
		v[j] = x->nax < 2 ? 1 : p & P_SYMMETRIC ? u[j] : uniform(r);
	for (long i = 0; i < rows; i++)
		for (long j = 0; j < cols; j++)
			w[i * cols + j] = u[i] * v[j] - (p & P_SKEW ? u[j] * v[i] : 0);
}

/* the value of an equation's node with x + t*w in the place of x; NaN: it has none */
static double
value_at(Graph *g, const Equation *eq, Env *env, const Tensor *x, const double *from,
	const double *w, double t)
{
	Trap trap;
	double d = NAN;

	for (size_t k = 0; k < x->size; k++)
		x->data[k] = from[k] + t * w[k];
	if (TRY(&trap, g->a)) {
		double got = eval_node(g, eq->zero, env)->data[0];
		trap_end(&trap);
		return got;
	}
	if (trap.diag.interrupted || trap.diag.kind == DIAG_BUG)
		raise_diag(g->a, &trap.diag);
	return d;
}

/* the root of a t^2 + b t + c nearest to 0; NaN: there is none */
static double
root_of(double a, double b, double c)
{
	double d = b * b - 4 * a * c, q;

	if (fabs(a) <= 1e-12 * (fabs(b) + fabs(c)))
		return -c / b;
	q = -0.5 * (b + copysign(sqrt(d), b));
	return c / q;
}

static bool
bend(Graph *g, const Equation *eq, Env *env, Random *r)
{
	const Tensor *x = env->leaf(env->ctx, eq->var->var);
	double *from, *w, d[3], t, top = 0, a, b;
	bool positive = eq->var->var->props & (P_POSITIVE | P_POSDEF);

	if (!x)
		return true;
	from = NEWN(g->a, double, x->size + 1);
	w = NEWN(g->a, double, 3 * x->size + 4);
	memcpy(from, x->data, sizeof *from * x->size);
	direction(r, eq->var, x, w);
	for (int i = 0; i < 3; i++)
		d[i] = value_at(g, eq, env, x, from, w, i - 1);
	a = (d[0] + d[2]) / 2 - d[1];
	b = (d[2] - d[0]) / 2;
	t = root_of(a, b, d[1]);
	if (positive && !(t > -1))
		return false;
	/* of rounding, once more: on a line, from where we are */
	d[1] = value_at(g, eq, env, x, from, w, t);
	t -= d[1] / (2 * a * t + b);
	d[0] = value_at(g, eq, env, x, from, w, t);
	for (size_t k = 0; k < x->size; k++)
		top = fmax(top, fabs(x->data[k]));
	return top < 20 && fabs(d[0]) <= 1e-12 * (fabs(a) + fabs(b) + fabs(d[1]) + 1);
}

/* x becomes c0 I + c1 m + c2 m^2 */
static void
polynomial(Random *r, const Tensor *x, const Tensor *m, unsigned p)
{
	long n = m->dim[0];
	double c[3];

	for (int i = 0; i < 3; i++)
		c[i] = p & P_POSDEF ? fabs(uniform(r)) + 0.1 : uniform(r);
	if (p & P_POSDEF) /* m may be any symmetric matrix */
		c[1] = 0;
	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++) {
			double s = 0;

			for (long k = 0; k < n; k++)
				s += m->data[i * n + k] * m->data[k * n + j];
			x->data[i * n + j] = (i == j) * c[0] + c[1] * m->data[i * n + j] + c[2] * s;
		}
}

bool
given_impose(Graph *g, Env *env, uint64_t seed)
{
	const Facts *f = g->facts;
	Random r = {seed ^ 0x5851f42d4c957f2du};
	const Tensor *m = NULL;

	if (!f)
		return true;
	for (int i = 0; i < f->ncommute; i++) {
		const Tensor *x = env->leaf(env->ctx, f->commute[i]->var);

		if (x && m && x->size == m->size)
			polynomial(&r, x, m, f->commute[i]->var->props);
		m = m ? m : x;
	}
	for (int i = 0; i < f->neq; i++)
		if (!bend(g, &f->eq[i], env, &r))
			return false;
	return true;
}
