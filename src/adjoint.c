/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * adjoint.c: the derivative rules of the function table, applied to nodes. A rule is a syntax tree
 * in z, y and G (funs.h); here it is evaluated on operands. Called by diff.c for MAP and FN nodes.
 */
#include <string.h>

#include "build.h"

typedef struct RuleEnv {
	Graph *g;
	const Fun *fun;                 /* whose rule, for messages */
	Operand z, y, upstream;         /* node NULL: not there */
} RuleEnv;

static Operand eval_rule(const RuleEnv *env, const Tree *t);

static bool
is_ident(const Tree *t)
{
	return t->kind == TREE_NAME && strcmp(t->name, "I") == 0;
}

static Operand
rule_name(const RuleEnv *env, Sym name)
{
	Operand x = {0};

	if (strcmp(name, "pi") == 0)
		return op_scalar(env->g, node_pi(env->g));
	if (strcmp(name, "z") == 0)
		x = env->z;
	else if (strcmp(name, "y") == 0)
		x = env->y;
	else if (strcmp(name, "G") == 0)
		x = env->upstream;
	if (!x.n)
		bug(env->g->a, "the rule of %s mentions %s", env->fun->name, name);
	return x;
}

/* A sum; a minus belongs to the term, and an I takes the size of the others. */
static Operand
rule_sum(const RuleEnv *env, const Tree *t)
{
	Arena *a = env->g->a;
	Operand *x = NEWN(a, Operand, t->n);
	int *sign = NEWN(a, int, t->n), ident = -1, other = -1;

	for (int i = 0; i < t->n; i++) {
		const Tree *k = t->kid[i];

		sign[i] = 1;
		for (; k->kind == TREE_NEG; k = k->kid[0])
			sign[i] = -sign[i];
		if (is_ident(k)) {
			ident = i;
		} else {
			x[i] = eval_rule(env, k);
			other = i;
		}
	}
	if (ident >= 0 && other < 0)
		bug(a, "the rule of %s has an I of unknown size", env->fun->name);
	if (ident >= 0)
		x[ident] = op_ident(env->g, x[other].row);
	return op_add(env->g, t->n, x, sign);
}

static Operand
rule_call(const RuleEnv *env, const Tree *t)
{
	Graph *g = env->g;
	const Fun *f = fun_find(t->kid[0]->name);
	Dim *idx[1];
	Operand x[2];
	int n = 0, nidx = 0;
	bool axis;

	if (!f)
		bug(g->a, "the rule of %s calls %s", env->fun->name, t->kid[0]->name);
	axis = f->id == F_sum || f->id == F_softmax || f->id == F_logsumexp;
	for (int i = 1; i < t->n && i <= 2; i++) {
		long k;

		if (i == 2 && axis && t->kid[i]->kind == TREE_NUM && rat_long(t->kid[i]->num, &k))
			idx[nidx++] = dim_num(g->dims, k);
		else
			x[n++] = eval_rule(env, t->kid[i]);
	}
	return op_call(g, f, n, x, nidx, idx, NULL, NULL);
}

static Operand
eval_rule(const RuleEnv *env, const Tree *t)
{
	Graph *g = env->g;
	Operand *x;

	switch (t->kind) {
	case TREE_NUM:
		return op_scalar(g, node_num(g, t->num));
	case TREE_NAME:
		return rule_name(env, t->name);
	case TREE_ADD:
		return rule_sum(env, t);
	case TREE_CALL:
		return rule_call(env, t);
	default:
		break;
	}
	x = NEWN(g->a, Operand, t->n + 1);
	for (int i = 0; i < t->n; i++)
		x[i] = eval_rule(env, t->kid[i]);
	switch (t->kind) {
	case TREE_NEG:
		return op_add(g, 1, x, (int[]){-1});
	case TREE_POS:
		return x[0];
	case TREE_MUL:
		return op_mul(g, t->n, x);
	case TREE_EMUL:
		return op_emul(g, t->n, x);
	case TREE_DIV:
		return op_div(g, x[0], x[1]);
	case TREE_EDIV:
		return op_ediv(g, x[0], x[1]);
	case TREE_POW:
		return op_pow(g, x[0], x[1]);
	case TREE_EPOW:
		return op_epow(g, x[0], x[1]);
	case TREE_TRANS:
		return op_trans(g, x[0]);
	default:
		bug(g->a, "the rule of %s has an operator that rules do not have", env->fun->name);
	}
}

static Operand
instantiate(const RuleEnv *env, int part)
{
	const Tree *rule = fun_rule(env->g->a, env->fun, part);

	if (!rule)
		bug(env->g->a, "%s has no derivative rule", env->fun->name);
	return eval_rule(env, rule);
}

/* ---- elementwise functions: G[e..,a..] f'(z)[a..] */

/* a number, maybe in every entry of a matrix */
static bool
number_everywhere(const Node *n)
{
	return n->n == 0 && (n->kind == N_SUM || (n->kind == N_PROD && n->nlab == n->nax));
}

/* max(1, Y) has the derivative of max(Y, 1), which is 0 where both are equal. */
static Node *
adjoint_map(Graph *g, Node *n, int arg, Node *G, int nextra)
{
	RuleEnv env = {g, n->fun, op_node(g, n->kid[0]), {0}, {0}};
	Node *d;
	Prod *p;
	int *l;

	if (n->n > 1)
		env.y = op_node(g, n->kid[1]);
	if (arg == 1 && (n->fun->id == F_max || n->fun->id == F_min) && number_everywhere(n->kid[0])) {
		env.z = env.y;
		env.y = op_node(g, n->kid[0]);
		arg = 0;
	}
	d = instantiate(&env, arg).n;
	if (node_is_zero(d))
		return node_zero(g, G->nax, G->ax);
	p = prod_begin(g);
	l = NEWN(g->a, int, G->nax + 1);
	for (int i = 0; i < G->nax; i++)
		l[i] = prod_label(p, G->ax[i]);
	prod_factor(p, G, l);
	prod_factor(p, d, l + nextra);          /* a constant derivative has no axes */
	return prod_end(p, G->nax, l);
}

/* ---- matrix functions: a rule linear in G */

static bool
mentions(const Node *n, const Node *x)
{
	if (n == x)
		return true;
	if (n->id <= x->id)             /* older than x */
		return false;
	for (int i = 0; i < n->n; i++)
		if (mentions(n->kid[i], x))
			return true;
	return false;
}

/* n, which is linear in x, with the node `by` in the place of x; by has nextra more axes in front,
   and so has the result */
static Node *
replace_linear(Graph *g, Node *n, const Node *x, Node *by, int nextra)
{
	int nax = nextra + n->nax;

	if (n == x)
		return by;
	if (n->kind == N_SUM) {
		Dim **ax = NEWN(g->a, Dim *, nax + 1);
		Sum *s;

		for (int i = 0; i < nax; i++)
			ax[i] = i < nextra ? by->ax[i] : n->ax[i - nextra];
		s = sum_begin(g, nax, ax);
		for (int i = 0; i < n->n; i++)
			sum_add(s, n->coef[i], replace_linear(g, n->kid[i], x, by, nextra));
		return sum_end(s);
	}
	if (n->kind == N_PROD) {
		Prod *p = prod_begin(g);
		int *l = NEWN(g->a, int, nax + 1), off = 0, found = 0;

		for (int i = 0; i < n->nlab; i++)
			prod_label(p, n->labdim[i]);
		for (int i = 0; i < nax; i++)
			l[i] = i < nextra ? prod_label(p, by->ax[i]) : n->out[i - nextra];
		prod_coef(p, n->coef[0]);
		for (int i = 0; i < n->n; off += n->kid[i++]->nax) {
			Node *k = n->kid[i];
			int *lk;

			if (!mentions(k, x)) {
				prod_factor(p, k, n->lab + off);
				continue;
			}
			lk = NEWN(g->a, int, nextra + k->nax + 1);
			for (int j = 0; j < nextra + k->nax; j++)
				lk[j] = j < nextra ? l[j] : n->lab[off + j - nextra];
			prod_factor(p, replace_linear(g, k, x, by, nextra), lk);
			found++;
		}
		if (found == 1)
			return prod_end(p, nax, l);
	}
	bug(g->a, "a derivative rule is not linear in G");
}

/* G as the rule sees it: the shape of the function's value */
static Operand
shaped(Graph *g, const Node *n, Node *G)
{
	Operand x = op_node(g, G);

	if (n->fun->id == F_logsumexp && n->param == 1)         /* a row: one value per column */
		return op_trans(g, x);
	return x;
}

static Node *
adjoint_fn(Graph *g, Node *n, Node *G, int nextra)
{
	RuleEnv env = {g, n->fun, op_node(g, n->kid[0]), {0}, {0}};
	int part = n->fun->id == F_softmax || n->fun->id == F_logsumexp ? n->param : 0;
	Node *stand_in;
	Operand x;
	Var *v;

	if (nextra == 0) {
		env.upstream = shaped(g, n, G);
		return instantiate(&env, part).n;
	}
	/* the rule for one G, then for all of them at once */
	v = NEW(g->a, Var);
	x = op_node(g, n);
	v->name = sym("G");
	v->row = x.row;
	v->col = x.col;
	v->loc = g->loc;
	stand_in = node_var(g, v);
	env.upstream = shaped(g, n, stand_in);
	return replace_linear(g, instantiate(&env, part).n, stand_in, G, nextra);
}

/* needs: a MAP or FN node with a rule in the table. gives: what the upstream gradient G of n (its
   first nextra axes ride along, the others are n's) contributes to the gradient by child `arg`: the
   extra axes, then the child's. */
Node *
build_rule(Graph *g, Node *n, int arg, Node *G, int nextra)
{
	if (n->kind == N_MAP)
		return adjoint_map(g, n, arg, G, nextra);
	if (n->kind == N_FN)
		return adjoint_fn(g, n, G, nextra);
	bug(g->a, "only functions of the table have derivative rules");
}
