/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * facts.c: what can be proved about a node (symmetric, positive entries, positive definite, depends
 * on x), found on demand and kept in the node; and whole-graph services: replacement, dump,
 * checker.
 */
#include "graph_intern.h"

enum { YES = 1, NO = -1, NONNEG = 2 };

static bool
all_symmetric(Graph *g, Node *n)
{
	for (int i = 0; i < n->n; i++)
		if (!node_symmetric(g, n->kid[i]))
			return false;
	return true;
}

/* A node is symmetric when its transpose is the same node; where definitions hide that, when the
   canonical forms agree. */
static bool
symmetric(Graph *g, Node *n)
{
	switch (n->kind) {
	case N_VAR:
		return (n->var->props & P_SYMMETRIC) != 0;
	case N_NAMED:
		if (node_symmetric(g, n->kid[0]))
			return true;
		Node *c = canon(g, n);
		return c && c != n && c->nax == 2 && node_symmetric(g, c);
	case N_POW:
		return node_symmetric(g, n->kid[0]);
	case N_MAP:
		return all_symmetric(g, n);
	case N_FN:
		switch (n->fun->id) {
		case F_inv:
		case F_adj:
		case F_mpow:
		case F_pinv:
			return node_symmetric(g, n->kid[0]);
		case F_expm:
			return n->param == 0 && node_symmetric(g, n->kid[0]);
		default:
			return false;
		}
	case N_SUM:
	case N_PROD:
		return node_transpose(g, n) == n;
	case N_UNKNOWN:         /* a Hessian by one vector argument */
		return n->ufun->elementwise
		       ? all_symmetric(g, n)
		       : n->nder == 2 && n->der[0] == n->der[1] && n->kid[n->der[0]]->nax == 1;
	default:
		return false;
	}
}

bool
node_symmetric(Graph *g, Node *n)
{
	if (n->nax != 2 || n->ax[0] != n->ax[1])
		return false;
	if (!n->sym_fact) {
		bool mode = g->canon_mode;

		n->sym_fact = NO;       /* while it is being found out */
		g->canon_mode = false;  /* multiplied out, the transpose could not be the same pointer */
		n->sym_fact = symmetric(g, n) ? YES : NO;
		g->canon_mode = mode;
	}
	return n->sym_fact == YES;
}

bool
node_posdef(Graph *g, Node *n)
{
	if (n->nax != 2)
		return false;
	switch (n->kind) {
	case N_VAR:
		return (n->var->props & P_POSDEF) != 0;
	case N_NAMED:
		return node_posdef(g, n->kid[0]);
	case N_FN:
		return n->fun->id == F_inv ? node_posdef(g, n->kid[0])
		       : n->fun->id == F_expm && n->param == 0 && node_symmetric(g, n->kid[0]);
	case N_SUM:
		for (int i = 0; i < n->n; i++)
			if (rat_sign(n->coef[i]) <= 0 || !node_posdef(g, n->kid[i]))
				return false;
		return true;
	case N_PROD:            /* positive scalars times one such matrix, or times the identity */
		if (rat_sign(n->coef[0]) <= 0)
			return false;
		int matrices = 0;
		for (int i = 0; i < n->n; i++) {
			if (n->kid[i]->nax == 0 ? !node_positive(g, n->kid[i]) : !node_posdef(g, n->kid[i]))
				return false;
			matrices += n->kid[i]->nax > 0;
		}
		return matrices == 1 ? n->nlab == 2 && n->out[0] != n->out[1]
							 : matrices == 0 && n->out[0] == n->out[1];
	default:
		return false;
	}
}

static int
sign_of(Graph *g, Node *n)
{
	int all = YES;
	Rat c;

	switch (n->kind) {
	case N_VAR:
		return n->var->props & P_POSITIVE ? YES : NO;
	case N_PI:
	case N_DIM:
		return YES;
	case N_UNIT:
	case N_FUSE:
	case N_INJ:
		return NONNEG;
	case N_NAMED:
		return node_positive(g, n->kid[0]) ? YES : node_nonnegative(g, n->kid[0]) ? NONNEG : NO;
	case N_POW:
		if (node_positive(g, n->kid[0]))
			return YES;
		if (n->coef[0].den % 2 == 0 || (!n->coef[0].big && n->coef[0].num % 2 == 0))
			return rat_sign(n->coef[0]) < 0 ? YES : NONNEG;
		return NO;
	case N_MAP:
		switch (n->fun->id) {
		case F_exp: case F_sigmoid: case F_cosh: case F_softplus:
			return YES;
		case F_abs: case F_relu: case F_step: case F_acos:
			return NONNEG;
		case F_pow:
			return node_positive(g, n->kid[0]) ? YES : NO;
		default:
			return NO;
		}
	case N_FN:
		if (n->fun->id == F_softmax)
			return YES;
		return n->fun->id == F_det && node_posdef(g, n->kid[0]) ? YES : NO;
	case N_SUM:
	case N_PROD:
		if (node_is_num(n, &c))
			return rat_sign(c) > 0 ? YES : rat_sign(c) == 0 ? NONNEG : NO;
		if (node_is_zero(n))
			return NONNEG;
		if (n->kind == N_SUM)
			all = NONNEG;
		for (int i = 0; i < n->n; i++) {
			bool pos = node_positive(g, n->kid[i]);

			if ((n->kind == N_SUM || i == 0) && rat_sign(n->coef[n->kind == N_SUM ? i : 0]) <= 0)
				return NO;
			if (!node_nonnegative(g, n->kid[i]))
				return NO;
			if (n->kind == N_SUM && pos)
				all = YES;
			if (n->kind == N_PROD && !pos)
				all = NONNEG;
		}
		if (n->kind == N_PROD) {
			if (rat_sign(n->coef[0]) <= 0)
				return NO;
			for (int i = 0; i < n->nax; i++)        /* zeros off a diagonal */
				for (int j = 0; j < i; j++)
					if (n->out[i] == n->out[j])
						all = NONNEG;
		}
		return all;
	default:
		return NO;
	}
}

bool
node_positive(Graph *g, Node *n)
{
	if (!n->pos_fact)
		n->pos_fact = (signed char)sign_of(g, n);
	return n->pos_fact == YES;
}

bool
node_nonnegative(Graph *g, Node *n)
{
	return node_positive(g, n) || n->pos_fact == NONNEG;
}

/* zeros off a diagonal, or of a function that stays at 0 for a while; of anything built upon them
   it is not asked whether it has zeros, too */
static bool
flat(Node *n)
{
	switch (n->kind) {
	case N_UNIT:
	case N_FUSE:
	case N_INJ:
		return true;
	case N_VAR:
		return n->nax == 2 && n->var->props & (P_DIAGONAL | P_LOWER | P_UPPER | P_SKEW);
	case N_MAP:
		if (n->fun->id == F_relu || n->fun->id == F_step || n->fun->id == F_max || n->fun->id == F_min)
			return true;
		break;
	case N_FN:
		if (n->fun->id == F_tril || n->fun->id == F_triu)
			return true;
		break;
	case N_PROD:
		for (int i = 0; i < n->nax; i++)
			for (int j = 0; j < i; j++)
				if (n->out[i] == n->out[j])
					return true;
		break;
	default:
		break;
	}
	for (int i = 0; i < n->n; i++)
		if (node_flat(n->kid[i]))
			return true;
	return false;
}

bool
node_flat(Node *n)
{
	if (!n->flat_fact)
		n->flat_fact = flat(n) ? YES : NO;
	return n->flat_fact == YES;
}

/* ---- dependence and replacement: a memo by node id */

static bool
depends(const Node *n, const Node *x, signed char *memo, unsigned nmemo)
{
	if (n == x)
		return true;
	if (n->id < nmemo && memo[n->id])
		return memo[n->id] > 0;
	bool d = false;
	for (int i = 0; i < n->n && !d; i++)
		d = depends(n->kid[i], x, memo, nmemo);
	if (n->id < nmemo)
		memo[n->id] = d ? 1 : -1;
	return d;
}

bool
node_depends(Graph *g, const Node *n, const Node *x)
{
	ArenaMark mark;
	bool d;

	if (n == x || n->n == 0)
		return n == x;
	mark = arena_mark(g->a);
	d = depends(n, x, NEWN(g->a, signed char, g->nnode + 1), g->nnode + 1);
	arena_release(g->a, mark);
	return d;
}

static Node *
replace(Graph *g, Node *n, Node *from, Node *to, Node **memo, unsigned nmemo)
{
	Node **kid, *r;
	bool changed = false;

	if (n == from)
		return to;
	if (n->n == 0)
		return n;
	if (n->id < nmemo && memo[n->id])
		return memo[n->id];
	kid = NEWN(g->a, Node *, n->n);
	for (int i = 0; i < n->n; i++) {
		kid[i] = replace(g, n->kid[i], from, to, memo, nmemo);
		changed |= kid[i] != n->kid[i];
	}
	r = changed ? node_rebuild(g, n, kid) : n;
	if (n->id < nmemo)
		memo[n->id] = r;
	return r;
}

Node *
node_replace(Graph *g, Node *n, Node *from, Node *to)
{
	return replace(g, n, from, to, NEWN(g->a, Node *, g->nnode + 1), g->nnode + 1);
}

/* ---- text form: 2 W[a,b] W[a,c] x[c] -> [b] */

static void
dump(Text *t, const Node *n)
{
	switch (n->kind) {
	case N_VAR:
	case N_NAMED:
		text_add(t, n->name);
		break;
	case N_PI:
		text_add(t, "pi");
		break;
	case N_DIM:
		text_addf(t, "#%s", dim_text(t->a, n->dim));
		break;
	case N_UNIT:
		text_addf(t, "e(%s)", dim_text(t->a, n->dim));
		break;
	case N_FUSE:
		text_add(t, "fuse");
		break;
	case N_INJ:
		text_addf(t, "inj(%s)", dim_text(t->a, n->dim));
		break;
	case N_SUM:
		text_add(t, "(");
		for (int i = 0; i < n->n; i++) {
			text_addf(t, "%s%s ", i ? " + " : "", rat_text(t->a, n->coef[i]));
			dump(t, n->kid[i]);
		}
		text_add(t, n->n ? ")" : "0)");
		break;
	case N_PROD: {
		int off = 0;

		text_addf(t, "{%s", rat_text(t->a, n->coef[0]));
		for (int i = 0; i < n->n; i++) {
			text_add(t, " ");
			dump(t, n->kid[i]);
			if (n->kid[i]->nax) {
				text_add(t, "[");
				for (int j = 0; j < n->kid[i]->nax; j++)
					text_addf(t, "%s%d", j ? "," : "", n->lab[off++]);
				text_add(t, "]");
			}
		}
		text_add(t, " ->");
		for (int i = 0; i < n->nax; i++)
			text_addf(t, " %d", n->out[i]);
		text_add(t, "}");
		break;
	}
	case N_POW:
		dump(t, n->kid[0]);
		text_addf(t, "^%s", rat_text(t->a, n->coef[0]));
		break;
	case N_MAP:
	case N_FN:
	case N_UNKNOWN:
		text_add(t, n->kind == N_UNKNOWN ? n->ufun->name : n->fun->name);
		if (n->kind == N_FN && n->param)
			text_addf(t, "<%d>", n->param);
		for (int i = 0; i < n->nder; i++)
			text_addf(t, "'%d", n->der[i]);
		text_add(t, "(");
		for (int i = 0; i < n->n; i++) {
			text_add(t, i ? ", " : "");
			dump(t, n->kid[i]);
		}
		text_add(t, ")");
		break;
	default:
		text_add(t, "?");
	}
}

char *
node_dump(Arena *a, const Node *n)
{
	Text t = text_new(a);

	dump(&t, n);
	return t.s;
}

static void
check(Graph *g, const Node *n, bool *seen)
{
	if (seen[n->id])
		return;
	seen[n->id] = true;
	for (int i = 0; i < n->n; i++) {
		if (n->kid[i]->id >= n->id)
			bug(g->a, "node %u has the younger child %u", n->id, n->kid[i]->id);
		check(g, n->kid[i], seen);
	}
	if (n->kind == N_SUM || n->kind == N_MAP || n->kind == N_POW)
		for (int i = 0; i < n->n; i++)
			for (int j = 0; j < n->nax; j++)
				if (n->kid[i]->nax != n->nax || n->kid[i]->ax[j] != n->ax[j])
					bug(g->a, "child %d of node %u has other axes", i, n->id);
	if (n->kind == N_PROD) {
		int off = 0;

		for (int i = 0; i < n->n; i++)
			for (int j = 0; j < n->kid[i]->nax; j++, off++)
				if (n->lab[off] < 0 || n->lab[off] >= n->nlab ||
				    n->labdim[n->lab[off]] != n->kid[i]->ax[j])
					bug(g->a, "label %d of node %u does not fit", n->lab[off], n->id);
		for (int i = 0; i < n->nax; i++)
			if (n->out[i] < 0 || n->out[i] >= n->nlab || n->labdim[n->out[i]] != n->ax[i])
				bug(g->a, "axis %d of node %u does not fit", i, n->id);
	}
}

void
graph_check(Graph *g, const Node *n)
{
	check(g, n, NEWN(g->a, bool, g->nnode + 1));
}

Node *
graph_checked(Graph *g, Node *n)
{
#ifdef MDX_DEBUG
	if (n)
		graph_check(g, n);
#else
	(void)g;
#endif
	return n;
}
