/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * given.c: equations that the variables of an identity satisfy: check ... given W'*W == I, sum(Y, 2)
 * == 1. What they say is read off their graphs: a property of a variable (orthonormal columns,
 * symmetric), a variable that stands for an expression and is replaced by it, matrices that
 * commute, or an equation for which a variable of random values is bent so that it is satisfied:
 * any between scalars, and between matrices those of degree 1 in some variable. Between term.c,
 * which has the shapes of the two sides, and decide.c; given_solve.c and field_facts.c bend.
 */
#include <string.h>

#include "graph_intern.h"

/* what the facts of a statement say, in terms of its variables */
typedef struct Subst {
	Var *var;
	Term *by;
} Subst;
typedef struct Pair {
	Term *left, *right;
	Loc loc;
} Pair;
struct Given {
	Subst *subst;
	int nsubst, cap_subst;
	Pair *eq;
	int neq, cap_eq;
	Var **square; /* idempotent, involutory, of square 0 */
	int nsquare, cap_square;
	Loc squared; /* the last such fact */
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

/* A*A == A, A*A == I, A*A == 0; P'*P == P, of a projection that is orthogonal */
static bool
read_square(Graph *g, struct Given *f, Node *d, const Vars *vars, Loc loc)
{
	Node *x = vars->var[0], *square, *says;

	if (vars->n != 1 || x->nax != 2 || x->ax[0] != x->ax[1] || !shape_is(x, d))
		return false;
	d = canon(g, d);
	for (unsigned p = P_IDEMPOTENT; d && p <= P_SQUARE_ZERO; p *= 2)
		for (int turned = 0; turned < 3; turned++) {
			square = node_matmul(g, turned == 1 ? node_transpose(g, x) : x,
				turned == 2 ? node_transpose(g, x) : x);
			says = p == P_IDEMPOTENT   ? minus(g, square, x)
				   : p == P_INVOLUTORY ? minus(g, square, node_eye(g, x->ax[0]))
									   : square;
			says = canon(g, says);
			if (!says || !same_equation(g, says, d) || (turned && p != P_IDEMPOTENT))
				continue;
			x->var->props = props_close(x->var->props | p | (turned ? P_SYMMETRIC : 0));
			PUSH(g->a, f->square, f->nsquare, f->cap_square, x->var);
			f->squared = loc;
			return true;
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

/* What a matrix is said to be when it is said to be a scalar: sum(Y, 2) == 1. */
static Node *
every_entry(Graph *g, Node *n, const Node *like)
{
	return n->nax == 0 && like->nax > 0 ? node_broadcast(g, n, like->nax, like->ax) : n;
}

static bool
is_scalar(const Term *t)
{
	return t->nax <= 2 && dim_is(t->row, 1) && dim_is(t->col, 1);
}

static bool
comparable(const Term *l, const Term *r)
{
	if (l->nax > 2 || r->nax > 2)
		return false;
	return (l->row == r->row && l->col == r->col) || is_scalar(l) || is_scalar(r);
}

/* what is 0 when the two sides of a fact are equal */
static Node *
fact_zero(Graph *g, Node *x, Node *y)
{
	return zero_of(g, every_entry(g, x, y), every_entry(g, y, x));
}

static void
read_fact(Elab *e, Graph *g, struct Given *f, Term **term)
{
	Node *side[2], *d;
	Vars vars;

	if (!comparable(term[0], term[1]))
		raise_at(g->a, term[1]->loc,
			"the sides of this fact differ in shape: the left side is %s, the right side %s",
			term_shape(g->a, term[0]), term_shape(g->a, term[1]));
	for (int i = 0; i < 2; i++)
		side[i] = build(g, term[i]);
	d = fact_zero(g, side[0], side[1]);
	if (node_is_zero(d))
		return;
	vars = vars_of(g, d);
	if (vars.n == 0)
		raise_at(g->a, term[0]->loc,
			term == e->fact ? "this fact says nothing about a variable"
							: "this fact contradicts those before it");
	if (read_property(g, d, &vars) || read_square(g, f, d, &vars, term[0]->loc) ||
		read_commuting(g, f, d, &vars, term[0]->loc))
		return;
	if (read_substitute(g, f, side, term))
		return;
	PUSH(g->a, f->eq, f->neq, f->cap_eq, ((Pair){term[0], term[1], term[0]->loc}));
}

/* What was said of a variable after it was said to be equal to something holds of that. */
static void
check_substitutes(Graph *g, const struct Given *f)
{
	for (int i = 0; i < f->nsubst; i++)
		check_substitute(g, f->subst[i].var, build(g, f->subst[i].by), f->subst[i].by->loc);
}

/* Matrices with A*A == A and the like are drawn by their eigenvalues: of any that also have some
   other property, or of two such facts, no values are known. */
static void
check_squares(Graph *g, const struct Given *given)
{
	static const unsigned any = P_SYMMETRIC | P_DIAGONAL | P_ORTHOGONAL | P_POSDEF | P_INVERTIBLE;

	for (int i = 0; i < given->nsquare; i++) {
		unsigned p = given->square[i]->props, which = p & P_SQUARE;

		if (p & ~(any | P_SQUARE))
			raise_at(g->a, given->squared,
				"%s is %s, and of such no values are known that satisfy this fact",
				given->square[i]->name, props_text(g->a, p & ~(any | P_SQUARE)));
		if (which & (which - 1))
			raise_at(g->a, given->squared, "no values are known that satisfy these facts together");
	}
}

static struct Given *
read_facts(Elab *e)
{
	Graph *g = graph_new(e->a, e->dims); /* for reading only: constructors go by the properties */
	struct Given *f = NEW(e->a, struct Given);

	for (int i = 0; i < e->nfact; i += 2)
		read_fact(e, g, f, e->fact + i);
	check_substitutes(g, f);
	check_squares(g, f);
	for (int i = 0; i < e->nfact; i++)
		forget_nodes(e->fact[i]);
	return f;
}

/* ---- facts in a graph */

static Node *
replaced(const struct Given *f, Graph *g, Node *n)
{
	for (int i = 0; i < f->nsubst; i++) {
		Node *var = node_var(g, f->subst[i].var);

		n = node_replace(g, n, var, every_entry(g, build(g, f->subst[i].by), var));
	}
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
	static const unsigned drawn = P_ORTHOGONAL | P_COLUMNS | P_ROWS | P_SQUARE;

	return !(v->var->props & drawn) && !commutes(f, v->var);
}

/* of a variable in a node: 0, 1, or 2 for what is not known to be less */
static int
degree_in(Graph *g, Node *n, Node *v)
{
	int d = 0;

	if (n == v)
		return 1;
	if (!node_depends(g, n, v))
		return 0;
	if (n->kind != N_NAMED && n->kind != N_SUM && n->kind != N_PROD)
		return 2;
	for (int i = 0; i < n->n; i++) {
		int k = degree_in(g, n->kid[i], v);

		d = n->kind == N_PROD ? d + k : k > d ? k : d;
	}
	return d > 2 ? 2 : d;
}

/* an equation that is not yet satisfied */
typedef struct Open {
	Node *zero, *left;
	Loc loc;
	bool done;
} Open;

static bool
occurs(Graph *g, Node *v, const Open *eq, int n, int but)
{
	for (int i = 0; i < n; i++)
		if (i != but && !eq[i].done && node_depends(g, eq[i].zero, v))
			return true;
	return false;
}

static void
add_equation(Equation *eq, const Open *o)
{
	eq->zero[eq->n] = o->zero;
	eq->left[eq->n++] = o->left;
}

/* how well a variable can be bent for one equation between scalars */
static int
fitness(Graph *g, Node *zero, Node *v)
{
	return 2 * (degree_in(g, zero, v) < 2) + !(v->var->props & (P_POSITIVE | P_POSDEF));
}

/* The variables for an equation, those first that are in none of the others, done or not. */
static Node **
in_this_first(Graph *g, const Open *open, int n, int at, const Equation *eq)
{
	Node **var = NEWN(g->a, Node *, eq->nvar);
	int k = 0;

	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < eq->nvar; i++) {
			bool elsewhere = false;

			for (int j = 0; j < n && !elsewhere; j++)
				elsewhere = j != at && node_depends(g, open[j].zero, eq->var[i]);
			if (elsewhere == (pass == 1))
				var[k++] = eq->var[i];
		}
	return var;
}

/* One equation, by any of the variables that are in no other: one that leaves out no solution; or
   matrices first, for they always can where vectors may have too few entries. Between scalars it
   need not be linear, and one is taken. */
static bool
open_alone(Graph *g, const Facts *f, Open *open, int n, Equation *out)
{
	for (int i = 0; i < n; i++) {
		Vars v = vars_of(g, open[i].zero);
		bool scalar = open[i].zero->nax == 0;

		if (open[i].done)
			continue;
		*out = (Equation){.var = NEWN(g->a, Node *, v.n + 1)};
		for (int rank = 3; rank >= 0; rank--)
			for (int k = 0; k < v.n; k++) {
				Node *x = v.var[k];

				if ((scalar ? fitness(g, open[i].zero, x) : x->nax) == rank && bendable(f, x) &&
					!occurs(g, x, open, n, i) && (scalar || degree_in(g, open[i].zero, x) < 2))
					out->var[out->nvar++] = x;
			}
		if (out->nvar == 0)
			continue;
		out->zero = NEW(g->a, Node *);
		out->left = NEW(g->a, Node *);
		add_equation(out, &open[i]);
		out->linear = !scalar;
		out->sure = given_sure(g, out, in_this_first(g, open, n, i, out), out->nvar);
		if (scalar && !out->sure)
			out->nvar = 1;
		open[i].done = true;
		return true;
	}
	return false;
}

/* All equations that a variable is in, at once: linear in it, but for one of scalars. several: of
   more than one. */
static bool
open_together(Graph *g, const Facts *f, Open *open, int n, bool several, Equation *out)
{
	for (int i = 0; i < n; i++) {
		Vars v = vars_of(g, open[i].zero);

		for (int k = 0; k < v.n && !open[i].done; k++) {
			Node *x = v.var[k];
			const Open *last = NULL;
			bool able = bendable(f, x);

			*out = (Equation){.zero = NEWN(g->a, Node *, n),
				.left = NEWN(g->a, Node *, n),
				.var = NEW(g->a, Node *),
				.nvar = 1};
			for (int j = 0; j < n && able; j++) {
				if (open[j].done || !node_depends(g, open[j].zero, x))
					continue;
				if (degree_in(g, open[j].zero, x) < 2) {
					add_equation(out, &open[j]);
				} else {
					able = !last && open[j].zero->nax == 0;
					last = &open[j];
				}
			}
			if (!able || (several && out->n < 2))
				continue;
			out->var[0] = x;
			out->linear = out->n;
			if (last)
				add_equation(out, last);
			out->sure = given_sure(g, out, out->var, 1);
			for (int j = 0; j < n; j++)
				open[j].done = open[j].done || node_depends(g, open[j].zero, x);
			return true;
		}
	}
	return false;
}

/* Which variables are bent for which equations: they are in none of those before. How many there
   are, at the end of eq[0..n); together: first several
   that one variable is in. */
static int
choose_variables(Graph *g, const Facts *f, Open *open, int n, bool together, Equation *eq)
{
	int first = n;

	while ((together && open_together(g, f, open, n, true, &eq[first - 1])) ||
		   open_alone(g, f, open, n, &eq[first - 1]) ||
		   open_together(g, f, open, n, false, &eq[first - 1]))
		first--;
	return n - first;
}

static void
all_open(Open *open, int n)
{
	for (int i = 0; i < n; i++)
		open[i].done = false;
}

static void
choose_equations(Graph *g, Facts *f, Open *open, int n)
{
	Equation *eq = NEWN(g->a, Equation, n + 1), *all = NEWN(g->a, Equation, 2 * n + 1);
	int left = 0;

	f->neq = choose_variables(g, f, open, n, false, eq);
	for (int i = 0; i < n; i++)
		if (!open[i].done && left++ == 0)
			open[0].loc = open[i].loc;
	if (left)
		raise_hint(g->a, open[0].loc,
			"K == K', X'*X == I, P*P == P, A*B == B*A, NAME == EXPR, scalars as x'*x == 1, what is "
			"linear in a variable as sum(Y, 2) == 1",
			left > 1 ? "no values are known that satisfy these facts together"
					 : "no values are known that satisfy this fact");
	f->eq = all;
	for (int i = 0; i < f->neq; i++)
		all[i] = eq[n - f->neq + i];
	given_pieces(g, f);
	if (n < 2)
		return;
	all_open(open, n);
	f->nother = choose_variables(g, f, open, n, true, eq);
	for (int i = 0; i < f->nother; i++)
		all[f->neq + i] = eq[n - f->nother + i];
	for (int i = 0; i < n; i++)
		if (!open[i].done)
			f->nother = 0;
}

static void
facts_new(Graph *g, const struct Given *given)
{
	Facts *f = g->facts = NEW(g->a, Facts);
	Open *open = NEWN(g->a, Open, given->neq + 1);
	int n = 0;
	Rat c;

	for (int i = 0; i < given->neq; i++) {
		const Pair *s = &given->eq[i];
		Node *left = replaced(given, g, build(g, s->left)),
			 *right = replaced(given, g, build(g, s->right)), *d = fact_zero(g, left, right);

		if (node_is_num(d, &c) && rat_sign(c) != 0)
			raise_at(g->a, s->loc, "this fact contradicts the others");
		if (!node_is_zero(d))
			open[n++] = (Open){.zero = d,
				.left = node_is_zero(left) || node_is_zero(right) ? NULL : left,
				.loc = s->loc};
	}
	if (given->ncommute)
		check_commuting(g, given, f);
	for (int i = 0; i < given->nsquare; i++)
		given_ranked(g, f, node_var(g, given->square[i]));
	choose_equations(g, f, open, n);
}

Node *
given_build(Elab *e, Graph *g, Term *t)
{
	if (!e->nfact)
		return build(g, t);
	if (!e->facts)
		e->facts = read_facts(e);
	if (!g->facts)
		facts_new(g, e->facts);
	return replaced(e->facts, g, build(g, t));
}

bool
given_equations(const Graph *g)
{
	const Facts *f = g->facts;

	return f && (f->neq || f->ncommute || f->nranked);
}
