/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * given_piece.c: the pieces that the solutions of the equations of `given` are made of. A*x == 0
 * holds where x is 0, with any A, and where A is singular: solved for x at random A, only the first
 * would ever be drawn. What holds at all points that are drawn is true only if every piece of the
 * solutions was drawn from.
 *
 * An equation that is linear in a variable v says M*vec(v) == b, with M and b of the other
 * variables. Where M has one rank, its solutions are one piece, for M*vec(v) == b has as many
 * solutions everywhere. If M is a product of v with other variables, L*v*R, its rank follows from
 * theirs, and so the others are drawn of every rank in turn: full, 0, 1, one less than full. Where
 * b is out of reach at random values of some ranks, there may be special values at which it is not;
 * these are no piece of their own if they are too few (field_facts.c counts dimensions).
 *
 * One equation between scalars that is not linear says that a product of irreducible factors is 0,
 * and a piece is where one of them is: the variables take turns, unless every factor has to have
 * the same one.
 */
#include "graph_intern.h"

enum { MOST_PIECES = 64 };

/* ---- the rank of a coefficient */

/* A term with v, looked at as a coefficient times v. */
typedef struct Coefficient {
	Graph *g;
	const Node *term, *v;
	int at;                 /* the factor that is v */
	int *off;               /* where the labels of a factor begin */
	int *uses;              /* of a label, by factors and by axes of the term */
	int *part;              /* of a factor: factors that share labels are one part */
	Node **ranked;
	int n, cap;
} Coefficient;

static bool
has_variable(Graph *g, const Node *n)
{
	bool yes = n->kind == N_VAR || n->kind == N_UNKNOWN;

	for (int i = 0; i < n->n && !yes; i++)
		yes = has_variable(g, n->kid[i]);
	return yes;
}

static bool
full_rank(const Node *v)
{
	unsigned p = props_close(v->var->props);

	return p & (P_INVERTIBLE | P_ORTHOGONAL | P_COLUMNS | P_ROWS | P_INVOLUTORY) ||
		   (p & P_POSITIVE && v->nax < 2);
}

/* The rank of the coefficient follows from that of v; false: v cannot be drawn of each rank. */
static bool
by_rank(Coefficient *c, Node *v)
{
	unsigned p = props_close(v->var->props);

	if (full_rank(v))
		return true;
	if (v->nax > 2 || p & (P_POSITIVE | P_DIAGONAL | P_LOWER | P_UPPER))
		return false;
	for (int i = 0; i < c->n; i++)
		if (c->ranked[i] == v)
			return true;
	PUSH(c->g->a, c->ranked, c->n, c->cap, v);
	return true;
}

static bool
is_out(const Node *n, int l)
{
	for (int i = 0; i < n->nax; i++)
		if (n->out[i] == l)
			return true;
	return false;
}

/* x'*x: of which variable factor i is the sum of all squares; or NULL */
static Node *
square_norm(const Coefficient *c, int i)
{
	const Node *n = c->term->kid[i];

	if (n->kind == N_PROD && n->n == 1 && n->nax == 0 && n->nlab == n->kid[0]->nax)
		n = n->kid[0];
	if (n->kind != N_POW || n->kid[0]->kind != N_VAR || !rat_is(n->coef[0], 2))
		return NULL;
	for (int k = 0; k < c->term->kid[i]->nax; k++) {
		int l = c->term->lab[c->off[i] + k];

		if (c->uses[l] != 1 || is_out(c->term, l))
			return NULL;
	}
	return n->kid[0];
}

/* no label of factor i is summed there alone, as in sum(X) */
static bool
all_used(const Coefficient *c, int i)
{
	for (int k = 0; k < c->term->kid[i]->nax; k++)
		if (c->uses[c->term->lab[c->off[i] + k]] != 2)
			return false;
	return true;
}

/* a part of one factor */
static bool
one_factor(Coefficient *c, int i)
{
	Node *n = c->term->kid[i];

	if (square_norm(c, i))
		return by_rank(c, square_norm(c, i));
	if (!all_used(c, i))
		return false;
	switch (n->kind) {
	case N_VAR: /* but not its trace */
		return (n->nax < 2 || c->term->lab[c->off[i]] != c->term->lab[c->off[i] + 1]) &&
			   by_rank(c, n);
	case N_POW:
		return n->nax == 0 && n->kid[0]->kind == N_VAR && rat_is_int(n->coef[0]) &&
			   (rat_sign(n->coef[0]) < 0 || by_rank(c, n->kid[0]));
	case N_FN: /* regular wherever they have values */
		return n->nax == 2 && (n->fun->id == F_inv || (n->fun->id == F_expm && n->param == 0));
	case N_MAP:
		return n->nax == 0 && n->fun->id == F_exp;
	default:
		return false;
	}
}

/* a part of two factors: X'*X, X*X' */
static bool
two_factors(Coefficient *c, int i, int j)
{
	const int *l = c->term->lab + c->off[i], *m = c->term->lab + c->off[j];
	Node *x = c->term->kid[i];

	return x == c->term->kid[j] && x->kind == N_VAR && x->nax == 2 && all_used(c, i) &&
		   all_used(c, j) && ((l[0] == m[0]) != (l[1] == m[1])) && by_rank(c, x);
}

static void
find_parts(Coefficient *c)
{
	const Node *t = c->term;

	for (int i = 0; i < t->n; i++)
		c->part[i] = i;
	for (int i = 0; i < t->n; i++)
		for (int j = 0; j < i && i != c->at; j++)
			for (int k = 0; k < t->kid[i]->nax && j != c->at; k++)
				for (int m = 0; m < t->kid[j]->nax; m++)
					if (t->lab[c->off[i] + k] == t->lab[c->off[j] + m] &&
						c->part[i] != c->part[j])
						for (int q = 0, from = c->part[i], to = c->part[j]; q < t->n; q++)
							c->part[q] = c->part[q] == from ? to : c->part[q];
}

/* How the parts meet v. Of a symmetric v, both sides at once only if that is X'*v*X or x'*v*y; of
   one with zeros, not at all. */
static bool
meets(const Coefficient *c)
{
	unsigned p = c->v->nax == 2 ? props_close(c->v->var->props) : 0;
	const int *lab = c->term->lab + c->off[c->at];
	const Node *side[2] = {NULL, NULL};
	int part[2] = {-1, -1}, axes[2] = {0, 0}, by[2] = {0, 0};

	for (int i = 0; i < c->term->n; i++)
		for (int k = 0; k < c->term->kid[i]->nax && i != c->at; k++)
			for (int s = 0; s < c->v->nax; s++)
				if (c->term->lab[c->off[i] + k] == lab[s]) {
					side[s] = c->term->kid[i];
					part[s] = c->part[i];
					axes[s] = side[s]->nax;
					by[s] = k;
				}
	if (!(p & (P_SYMMETRIC | P_SKEW | P_DIAGONAL | P_LOWER | P_UPPER)))
		return true;
	if (p & (P_DIAGONAL | P_LOWER | P_UPPER))
		return !side[0] && !side[1];
	if (!side[0] || !side[1])
		return true;
	if (p & P_SKEW || part[0] == part[1])
		return false;
	return axes[0] < 2 || axes[1] < 2 || (side[0] == side[1] && by[0] == by[1]);
}

/* Has the coefficient one rank where the ranked variables have? */
static bool
one_rank(Coefficient *c)
{
	const Node *t = c->term;

	for (int l = 0; l < t->nlab; l++)
		if (c->uses[l] > 2)
			return false;
	find_parts(c);
	if (!meets(c))
		return false;
	for (int i = 0; i < t->n; i++) {
		int with = -1, n = 0;
		bool variable = false;

		for (int k = 0; k < t->n && i != c->at && c->part[i] == i; k++)
			if (c->part[k] == i && k != c->at) {
				variable = variable || has_variable(c->g, t->kid[k]);
				with = k == i ? with : k;
				n++;
			}
		if (variable && !(n == 1   ? one_factor(c, i)
						  : n == 2 ? two_factors(c, i, with)
								   : false))
			return false;
	}
	return true;
}

/* false: v is not one of the factors, nor in one that is a product of its own, which then is v */
static bool
read_coefficient(Coefficient *c)
{
	const Node *t = c->term;
	Arena *a = c->g->a;

	c->off = NEWN(a, int, t->n + 1);
	c->uses = NEWN(a, int, t->nlab + 1);
	c->part = NEWN(a, int, t->n + 1);
	c->at = -1;
	for (int i = 0, m = 0; i < t->n; i++) {
		c->off[i] = m;
		for (int k = 0; k < t->kid[i]->nax; k++)
			c->uses[t->lab[m++]]++;
		if (!node_depends(c->g, t->kid[i], c->v))
			continue;
		if (c->at >= 0 ||
			(t->kid[i] != c->v && (t->kid[i]->kind != N_PROD || t->kid[i]->nax > 0)))
			return false;
		c->at = i;
	}
	for (int i = 0; i < t->nax; i++)
		c->uses[t->out[i]]++;
	return c->at >= 0;
}

static bool
constant_coefficient(const Coefficient *c)
{
	for (int i = 0; i < c->term->n; i++)
		if (i != c->at && has_variable(c->g, c->term->kid[i]))
			return false;
	return true;
}

/* The coefficient of v in a term: constant, or of one rank where what is then ranked has one? */
static bool
read_term(Coefficient *c, const Node *term, const Node *v, bool *constant, bool *one)
{
	*constant = *one = true;
	while (term != v) {
		c->v = v;
		c->term = term;
		if (term->kind != N_PROD || !read_coefficient(c))
			return false;
		c->v = term->kid[c->at];
		*constant = *constant && constant_coefficient(c);
		*one = *one && (constant_coefficient(c) || one_rank(c));
		term = c->v;
	}
	return true;
}

/* ---- one equation */

static int
terms(const Node *zero)
{
	return zero->kind == N_SUM ? zero->n : 1;
}

static Node *
term_of(Node *zero, int i)
{
	return zero->kind == N_SUM ? zero->kid[i] : zero;
}

static bool
is_unit(const Node *n)
{
	return n->kind == N_PROD && n->n == 0 && n->nax == 2 && n->out[0] == n->out[1];
}

/* Is v in one term, with a coefficient whose rank follows from those of variables, or in any with
   constants? */
static bool
sure_linear(Graph *g, Equation *eq, int k, Node *v, bool *zero_rest)
{
	Node *zero = canon(g, eq->zero[k]);
	int with = 0, rest = 0, variables = 0, units = 0;
	bool constant = true, one = true;

	if (!zero)
		return false;
	for (int i = 0; i < terms(zero); i++) {
		Node *term = term_of(zero, i);
		Coefficient c = {.g = g};
		bool constant_here;

		if (!node_depends(g, term, v)) {
			rest++;
			units += is_unit(term);
			variables += has_variable(g, term);
			continue;
		}
		with++;
		if (!read_term(&c, term, v, &constant_here, &one))
			return false;
		constant = constant && constant_here;
	}
	*zero_rest = rest == 0;
	eq->constant = rest > 0 && variables == 0;
	eq->unit = rest == 1 && units == 1;
	return constant || (with == 1 && eq->n == 1 && one);
}

void
given_ranked(Graph *g, Facts *f, Node *v)
{
	for (int i = 0; i < f->nranked; i++)
		if (f->ranked[i] == v)
			return;
	PUSH(g->a, f->ranked, f->nranked, f->cap_ranked, v);
}

static void
rank_coefficient(Graph *g, Facts *f, const Equation *eq)
{
	Node *zero = canon(g, eq->zero[0]);

	for (int i = 0; zero && i < terms(zero); i++) {
		Node *term = term_of(zero, i);
		Coefficient c = {.g = g};
		bool constant, one;

		if (!node_depends(g, term, eq->var[0]))
			continue;
		read_term(&c, term, eq->var[0], &constant, &one);
		for (int k = 0; k < c.n; k++)
			given_ranked(g, f, c.ranked[k]);
	}
}

/* of polynomials and their quotients */
static bool
is_rational(const Node *n)
{
	switch (n->kind) {
	case N_POW:
		if (!rat_is_int(n->coef[0]))
			return false;
		break;
	case N_MAP:
	case N_UNKNOWN:
		return false;
	case N_FN:
		if (n->fun->id != F_inv && n->fun->id != F_det && n->fun->id != F_adj)
			return false;
		break;
	default:
		break;
	}
	for (int i = 0; i < n->n; i++)
		if (!is_rational(n->kid[i]))
			return false;
	return true;
}

static bool
only_variable(Graph *g, Node *n, const Node *v)
{
	if (n->kind == N_VAR || n->kind == N_UNKNOWN)
		return n == v;
	for (int i = 0; i < n->n; i++)
		if (!only_variable(g, n->kid[i], v))
			return false;
	return true;
}

static bool
bounded(const Node *v)
{
	return v->var->props & (P_POSITIVE | P_POSDEF);
}

/* not only as a whole */
static bool
moves_freely(const Node *v)
{
	return v->nax == 0 || !bounded(v);
}

/* Is every factor solved for, sooner or later, by moving v? One without v would be a factor of what
   is left when v is 0, and so would one that stays 0 or not when v only grows. */
static bool
in_all_factors(Graph *g, Node *zero, Node *v)
{
	Node *rest;
	Rat c;

	if (only_variable(g, zero, v) && moves_freely(v))
		return true;
	rest = canon(g, node_replace(g, zero, v, node_zero(g, v->nax, v->ax)));
	return rest && node_is_num(rest, &c) && rat_sign(c) != 0;
}

/* Those with zeros move one entry at a time. */
static bool
moves_whole(const Node *v)
{
	return !(v->var->props & (P_DIAGONAL | P_LOWER | P_UPPER));
}

static int
variables_of(Graph *g, Node *n, Node **out, int found, bool *seen)
{
	if (seen[n->id])
		return found;
	seen[n->id] = true;
	if (n->kind == N_VAR)
		out[found++] = n;
	for (int i = 0; i < n->n; i++)
		found = variables_of(g, n->kid[i], out, found, seen);
	return found;
}

static int
count_variables(Graph *g, Node *n)
{
	return variables_of(
		g, n, NEWN(g->a, Node *, g->nnode + 1), 0, NEWN(g->a, bool, g->nnode + 1));
}

static bool
sure_scalar(Graph *g, Equation *eq, Node **var, int n)
{
	if (!is_rational(eq->zero[0]))
		return false;
	for (int i = 0; i < n; i++)
		if (moves_whole(var[i]) && in_all_factors(g, eq->zero[0], var[i])) {
			eq->var = NEW(g->a, Node *);
			eq->var[0] = var[i];
			eq->nvar = 1;
			return true;
		}
	for (int i = 0; i < n; i++)
		if (!moves_freely(var[i]) || !moves_whole(var[i]))
			return false;
	if (n < count_variables(g, eq->zero[0]))
		return false;
	eq->var = var;
	eq->nvar = n;
	return eq->turns = true;
}

bool
given_sure(Graph *g, Equation *eq, Node **var, int n)
{
	bool scalar = eq->zero[0]->nax == 0;

	for (int pass = 0; pass < 3 && eq->n == 1; pass++)
		for (int i = 0; i < n; i++) {
			bool bound = bounded(var[i]), zero_rest;

			if ((scalar && bound) || !sure_linear(g, eq, 0, var[i], &zero_rest))
				continue;
			/* what has too few entries may be solved for at special values of the others only */
			bool few = var[i]->nax < eq->zero[0]->nax && !zero_rest;

			if ((few ? 2 : bound ? 1 : 0) != pass)
				continue;
			eq->var = NEW(g->a, Node *);
			eq->var[0] = var[i];
			eq->nvar = eq->linear = 1;
			return true;
		}
	if (eq->n == 1)
		return scalar && sure_scalar(g, eq, var, n);
	bool rest;

	for (int k = 0; k < eq->n; k++)
		if (k < eq->linear ? !sure_linear(g, eq, k, var[0], &rest)
						   : !is_rational(eq->zero[k]) || !only_variable(g, eq->zero[k], var[0]))
			return false;
	for (int k = 0; k < eq->linear && eq->n > eq->linear; k++)
		if (!only_variable(g, eq->zero[k], var[0]))
			return false;
	return true;
}

/* ---- all equations */

static bool
commuting(const Facts *f, const Node *v)
{
	for (int i = 0; i < f->ncommute; i++)
		if (f->commute[i] == v)
			return true;
	return false;
}

static bool
is_bent(const Facts *f, const Node *v)
{
	for (int i = 0; i < f->neq; i++)
		for (int k = 0; k < f->eq[i].nvar; k++)
			if (f->eq[i].var[k] == v)
				return true;
	return commuting(f, v);
}

static int
ranks(const Node *v)
{
	return v->nax == 2 ? RANKS : 2;
}

void
pieces_forget(Arena *a, Facts *f)
{
	int n = f->pieces + WILD;

	f->state = NEWN(a, PieceState, n);
	f->drawn = NEWN(a, int, n);
	f->next = n - 1;
	f->turn = -1; /* the first is 0 */
	f->tries = 0;
}

/* what may be 0, here and there, or equal to another */
static void
any_variables(Graph *g, Facts *f)
{
	static const unsigned tied =
		P_INVERTIBLE | P_ORTHOGONAL | P_COLUMNS | P_ROWS | P_SQUARE | P_POSITIVE;
	Node **all = NEWN(g->a, Node *, g->nnode + 1);
	bool *seen = NEWN(g->a, bool, g->nnode + 1);
	int n = 0;

	for (int i = 0; i < f->neq; i++)
		for (int k = 0; k < f->eq[i].n; k++)
			n = variables_of(g, f->eq[i].zero[k], all, n, seen);
	f->any = all;
	for (int i = 0; i < n; i++)
		if (!(props_close(all[i]->var->props) & tied) && !commuting(f, all[i]))
			f->any[f->nany++] = all[i];
}

void
given_pieces(Graph *g, Facts *f)
{
	f->whole = f->rational = true;
	f->pieces = f->turns = 1;
	for (int i = 0; i < f->nranked; i++) /* A*A == A: of each rank, and the like */
		f->rational = f->rational && !(props_close(f->ranked[i]->var->props) & P_SYMMETRIC);
	for (int i = 0; i < f->neq; i++) {
		const Equation *eq = &f->eq[i];

		f->whole = f->whole && eq->sure;
		f->rational = f->rational && eq->linear == eq->n;
		for (int k = 0; k < eq->nvar; k++)
			f->rational = f->rational && !bounded(eq->var[k]);
		if (eq->sure && eq->linear && eq->n == 1)
			rank_coefficient(g, f, eq);
		if (eq->turns)
			f->turns *= f->turns < MOST_PIECES ? eq->nvar : 1;
	}
	f->pieces = f->turns;
	for (int i = 0; i < f->nranked; i++) {
		/* what was bent for another equation has the rank that it has */
		if (is_bent(f, f->ranked[i])) {
			f->whole = false;
			f->ranked[i--] = f->ranked[--f->nranked];
			continue;
		}
		if (f->pieces * ranks(f->ranked[i]) > MOST_PIECES) {
			f->whole = false;
			f->nranked = i;
			break;
		}
		f->pieces *= ranks(f->ranked[i]);
	}
	pieces_forget(g->a, f);
	any_variables(g, f);
}

int
piece_turn(const Facts *f, int piece, int eq)
{
	int turn = piece % f->turns;

	for (int i = 0; i < f->neq; i++)
		if (f->eq[i].turns) {
			if (i == eq)
				return turn % f->eq[i].nvar;
			turn /= f->eq[i].nvar;
		}
	return 0;
}

long
piece_rank(const Facts *f, int piece, int k, const long *dim)
{
	const Node *v = f->ranked[k];
	long full = v->nax < 2 ? 1 : dim[0] < dim[1] ? dim[0] : dim[1];
	int i = piece / f->turns;

	for (int j = 0; j < k; j++)
		i /= ranks(f->ranked[j]);
	switch (i % ranks(v)) {
	case RANK_FULL:
		return full;
	case RANK_ZERO:
		return 0;
	case RANK_ONE:
		return 1;
	default:
		return full - 1;
	}
}

bool
piece_empty(unsigned props, long n, long rank)
{
	if (props & P_SQUARE_ZERO)
		return props & P_INVERTIBLE || (props & P_SYMMETRIC && rank > 0);
	return rank < n && (props & P_POSDEF || (props & P_IDEMPOTENT && props & P_INVERTIBLE));
}

bool
pieces_all(const Facts *f)
{
	for (int i = 0; i < f->pieces; i++)
		if (f->state[i] == PIECE_OPEN)
			return false;
	return f->whole;
}

bool
pieces_missed(Graph *g, bool numbers)
{
	const Facts *f = g->facts;

	if (!f || (f->neq == 0 && f->nranked == 0))
		return false;
	for (int i = 0; f->whole && i < f->pieces; i++)
		if ((f->pieces > 1 && f->state[i] == PIECE_UNKNOWN) ||
			(numbers && f->state[i] != PIECE_EMPTY && f->drawn[i] == 0))
			return true;
	return !pieces_all(f);
}
