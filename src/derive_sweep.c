/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * derive_sweep.c: the derivative from node to node: from the output back for adjoints and
 * Jacobians, from the variable on for tangents. A contribution is the derivative of one definition
 * by one place in it, taken by the engine as any other, with a variable for the adjoint that comes
 * in; so there is nothing to know of operations here. Writes rows; derive_rule.c gives the words.
 */
#include "derive.h"

#include <string.h>

/* a value longer than this is not put beside the rule that made it */
enum { SHORT = 64 };

/* ---- shapes and spellings */

static bool
backward(const Derive *d)
{
	return d->way <= BY_JACOBIANS;
}

static bool
one(const Dim *x)
{
	return dim_is(x, 1);
}

/* of the adjoint (Jacobian, tangent) of a step */
static void
shape_of(Derive *d, const Step *s, Dim **row, Dim **col)
{
	*row = s->row;
	*col = s->col;
	if (d->way == BY_JACOBIANS) {
		*row = dim_mul(d->g->dims, d->out->row, d->out->col);
		*col = dim_mul(d->g->dims, s->row, s->col);
	}
}

static Tree *
spelled(Derive *d, Step *s)
{
	Loc loc = d->form->loc;
	Tree *by = NULL;
	switch (d->way) {
	case BY_ADJOINTS:
		return tree(d->a, TREE_DERIV, loc, 2, derive_name(d, d->out), derive_name(d, s));
	case BY_PULLBACK:
		return tree_call(d->a, loc, "vjp", 3, derive_name(d, d->out), derive_name(d, s),
			derive_tree(d, d->form->kid[2]));
	case BY_JACOBIANS:
		return tree_call(d->a, loc, "jac", 2, derive_name(d, d->out), derive_name(d, s));
	case BY_TANGENTS:
		if (d->form->fun->id == F_dir)
			return tree_call(d->a, loc, "dir", 3, derive_name(d, s), derive_name(d, d->var),
				derive_tree(d, d->form->kid[2]));
		by = derive_name(d, d->var);
		if (d->form->kid[1]->kind == TM_ENTRY) {
			by = derive_tree(d, d->form->kid[1]);
			by->kid[0] = derive_name(d, d->var);
		}
		return tree(d->a, TREE_DERIV, loc, 2, derive_name(d, s), by);
	case BY_DIFFERENTIALS:
		break;
	}
	const char *const want[] = {
		arena_printf(d->a, "d%s", s->name), arena_printf(d->a, "d_%s", s->name), NULL};
	return tree_name(d->a, loc, derive_fresh(d, want));
}

void
derive_prepare(Derive *d)
{
	for (int i = 0; i < d->nstep; i++) {
		Step *s = d->step[i];
		Dim *row, *col;
		if (s->role == STEP_GIVEN)
			continue;
		shape_of(d, s, &row, &col);
		s->seed = derive_leaf(d, sym(arena_printf(d->a, "[%s]", s->name)), row, col);
		s->spelled = spelled(d, s);
	}
}

/* ---- contributions */

/* what comes in at the output, or at the variable when it goes forward; NULL: the identity */
static Term *
start(Derive *d)
{
	Term *t;
	switch (d->way) {
	case BY_ADJOINTS:
		t = derive_term(d, TM_NUM, 0, d->out->row, d->out->col);
		t->num = RAT1;
		return t;
	case BY_PULLBACK:
		return d->form->kid[2];
	case BY_JACOBIANS:
		return NULL;
	case BY_TANGENTS:
		break;
	case BY_DIFFERENTIALS:
		return d->var->seed;
	}
	if (d->form->fun->id == F_dir)
		return d->form->kid[2];
	t = derive_term(d, TM_NUM, 0, d->var->row, d->var->col);
	t->num = RAT1;
	if (d->form->kid[1]->kind != TM_ENTRY)
		return t;
	const Term *entry = d->form->kid[1];
	Dim *first = dim_num(d->g->dims, 1), *i = entry->idx[0], *j = entry->idx[1];
	if (!j && one(d->var->row)) {
		j = i;
		i = first;
	} else if (!j) {
		j = first;
	}
	t = derive_term(d, TM_CALL, 0, d->var->row, d->var->col);
	t->fun = &fun_table[F_J];
	t->nidx = 4;
	t->idx[0] = i;
	t->idx[1] = j;
	t->idx[2] = d->var->row;
	t->idx[3] = d->var->col;
	return t;
}

static Term *
seed_of(Derive *d, const Step *s)
{
	return s == (backward(d) ? d->out : d->var) ? start(d) : s->seed;
}

/* the definition def of s, its uses and s itself as the one variable of each; functions are written
   with their own value where they have it: y.*(1 - y) */
static Node *
tidy(Derive *d, const Step *s, Node *n)
{
	const Node *def = s->def_opaque;
	for (int i = 0; i < s->nuse; i++)
		n = node_replace(d->g, n, node_var(d->g, s->use[i].leaf->var), s->use[i].of->opaque);
	if (def->kind == N_MAP || def->kind == N_FN || def->kind == N_POW)
		n = node_replace(d->g, n, s->def_opaque, s->opaque);
	return n;
}

/* What the place u in the definition of s gives: to the adjoint of what stands there from that of
   s, or the other way round. */
static Node *
contribution(Derive *d, const Step *s, const Use *u)
{
	Dim *row, *col;
	Term *kid[3] = {s->def, u->leaf, NULL};
	switch (d->way) {
	case BY_ADJOINTS:
	case BY_PULLBACK:
		kid[2] = seed_of(d, s);
		return tidy(d, s, build(d->g, derive_call(d, F_vjp, 3, kid, u->of->row, u->of->col)));
	case BY_JACOBIANS:
		row = dim_mul(d->g->dims, s->row, s->col);
		col = dim_mul(d->g->dims, u->of->row, u->of->col);
		kid[0] = derive_call(d, F_jac, 2, kid, row, col);
		if (s == d->out)
			return tidy(d, s, build(d->g, kid[0]));
		Term *t = derive_term(d, TM_MUL, 2, s->seed->row, col);
		t->kid[0] = s->seed;
		t->kid[1] = kid[0];
		return tidy(d, s, build(d->g, t));
	default:
		kid[2] = seed_of(d, u->of);
		return tidy(d, s, build(d->g, derive_call(d, F_dir, 3, kid, s->row, s->col)));
	}
}

/* The same by the transposed operand, transposed: (X'*G)' before G'*X. NULL: there is none. */
static Tree *
turned(Derive *d, const Step *s, const Use *u)
{
	if (!u->turned || d->way > BY_PULLBACK)
		return NULL;
	Term *leaf = derive_leaf(d, u->of->name, u->of->col, u->of->row);
	Term *kid[3] = {derive_put(d, s->def, u->turned, leaf), leaf, seed_of(d, s)};
	Node *n = build(d->g, derive_call(d, F_vjp, 3, kid, leaf->row, leaf->col));
	Node *x = u->of->opaque;
	n = node_replace(d->g, n, node_var(d->g, leaf->var), x->nax == 2 ? node_transpose(d->g, x) : x);
	Tree *t = derive_form(d, tidy(d, s, n), leaf->row, leaf->col);
	if (!t || t->kind == TREE_WHERE || t->kind == TREE_TRANS)
		return NULL;
	return tree(d->a, TREE_TRANS, t->loc, 1, t);
}

Node *
derive_value(Derive *d, Node *n)
{
	for (int i = 0; i < d->nstep; i++) {
		const Step *s = d->step[i];
		if (s->seed && s->value && !s->symbol)
			n = node_replace(d->g, n, node_var(d->g, s->seed->var), s->value);
		if (s->opaque != s->real)
			n = node_replace(d->g, n, s->opaque, s->real);
	}
	return simplify(d->g, n, d->since);
}

Node *
derive_gradient(Derive *d, Node *f)
{
	Node *x = d->var->real;
	return simplify(d->g, node_fold(d->g, diff(d->g, f, x, NULL, 0), f, x), d->since);
}

static Node *
add(Derive *d, Node *x, Node *y)
{
	return x ? node_add(d->g, x, y) : y;
}

/* ---- rows */

static bool
transposes(const Tree *t, Sym name)
{
	if (t->kind == TREE_TRANS) {
		const Tree *k = t->kid[0];
		if (k->kind == TREE_CALL && k->n == 2 && strcmp(k->kid[0]->name, "inv") == 0)
			k = k->kid[1];
		if (k->kind == TREE_NAME && k->name == name)
			return true;
	}
	for (int i = 0; i < t->n; i++)
		if (transposes(t->kid[i], name))
			return true;
	return false;
}

/* What was used to get from one side to the next, beside bookkeeping: steps that are symmetric. */
static const char *
rewriting(Derive *d, const char *words, const Tree *before, const Tree *after)
{
	for (int i = 0; before && after && i < d->nstep; i++) {
		const Step *s = d->step[i];
		if (s->row != s->col || one(s->row) || s->role == STEP_GIVEN)
			continue;
		if (transposes(before, s->name) && !transposes(after, s->name) &&
			node_symmetric(d->g, s->real))
			words = arena_printf(d->a, "%s; %s is symmetric%s", words, s->name,
				s->real->kind == N_VAR ? "" : ", since its transpose is itself");
	}
	return words;
}

static bool
is_short(Derive *d, const Tree *t)
{
	return t && t->kind != TREE_WHERE && strlen(derive_words(d, t)) <= SHORT;
}

/* the value of n beside the rule, when it is short */
static const char *
put_value(Derive *d, DeriveRow *r, const Tree *rule, Node *value, const Dim *row, const Dim *col,
	const char *words)
{
	Tree *t = derive_form(d, value, row, col);
	if (!is_short(d, t))
		return words;
	derive_side(d, r, t);
	return rewriting(d, words, rule, t);
}

static const char *
shape_words(Derive *d, const Step *s)
{
	Dim *row, *col;
	shape_of(d, s, &row, &col);
	return short_shape(d->a, row, col);
}

static void
add_link(Derive *d, Step *to, Step *from, const Use *u, Node *part)
{
	Link l = {.to = to, .from = from, .use = u, .part = part, .row = d->rows->n};
	PUSH(d->a, d->link, d->nlink, d->cap_link, l);
}

/* the words for all places, each once */
static const char *
join_words(Derive *d, const char *words, const char *more)
{
	return !words ? more : strstr(words, more) ? words : arena_printf(d->a, "%s; %s", words, more);
}

static Tree *
rule_tree(Derive *d, Node *n, const Dim *row, const Dim *col)
{
	Tree *t = derive_form(d, n, row, col);
	return t && t->kind != TREE_WHERE ? t : NULL;
}

/* The gradient of an unknown function has no other form: it stays as it is written. */
static bool
unknown(const Node *n)
{
	return n->kind == N_UNKNOWN && n->nder > 0 && !n->ufun->elementwise;
}

static const char *
times(Derive *d, int n)
{
	return n == 2 ? "twice" : arena_printf(d->a, "%d times", n);
}

/* one row: what s gets from everything that uses it */
static void
row_of(Derive *d, Step *s)
{
	Tree *rule = tree(d->a, TREE_ADD, d->form->loc, 0);
	Node *sum = NULL;
	const char *words = NULL;
	Dim *row, *col;
	shape_of(d, s, &row, &col);
	for (int i = 0; i < d->nstep; i++)
		for (int k = 0; k < d->step[i]->nuse; k++) {
			Step *p = d->step[i];
			if (p->use[k].of != s || p->role != STEP_NODE)
				continue;
			Node *part = contribution(d, p, &p->use[k]);
			add_link(d, s, p, &p->use[k], part);
			sum = add(d, sum, part);
			words = join_words(d, words, derive_rule(d, p, &p->use[k]));
			Tree *t = rule_tree(d, part, row, col);
			if (t && rule)
				tree_push(d->a, rule, t);
			else
				rule = NULL;
		}
	if (s->nparts > 1)
		words = arena_printf(d->a, "%s is used %s, and what it gets adds up: %s", s->name,
			times(d, s->nparts), words);
	s->value = derive_value(d, sum);
	s->symbol = unknown(s->value);
	DeriveRow *r = derive_row(d, DERIVE_CHECK, s->spelled, shape_words(d, s), words);
	if (rule && rule->n == 1)
		rule = rule->kid[0];
	if (rule)
		derive_side(d, r, rule);
	if (!s->symbol)
		r->words = put_value(d, r, rule, s->value, row, col, words);
	derive_check(d, r);
}

/* ---- several paths to the variable */

static Tree *
part_name(Derive *d, int k)
{
	const char *const want[] = {
		arena_printf(d->a, "d%s_d%s_%d", d->out->name, d->var->name, k), NULL};
	return tree_name(d->a, d->form->loc, derive_fresh(d, want));
}

/* the path by its last definition, the place in that where the variable stands more than once or
 * transposed, and the rule */
static const char *
through(Derive *d, const Step *p, const Use *u, bool turned)
{
	int places = 0;
	for (int i = 0; i < p->nuse; i++)
		places += p->use[i].of == d->var;
	const char *place = places == 1 && !turned
							? ""
							: arena_printf(d->a, "%s%s in ", d->var->name, u->turned ? "'" : "");
	return arena_printf(d->a, "through %s%s = %s: %s%s%s", place, p->name,
		derive_words(d, derive_tree(d, p->def)), derive_rule(d, p, u),
		turned ? "; transposed for " : "", turned ? d->var->name : "");
}

/* (dl/dW)_k: what comes through one place */
static Tree *
path(Derive *d, Step *p, const Use *u, int k)
{
	Dim *row, *col;
	Node *part = contribution(d, p, u);
	shape_of(d, d->var, &row, &col);
	Tree *rule = derive_form(d, part, row, col), *turn = turned(d, p, u);
	if (turn && tree_equal(turn, rule))
		turn = NULL;
	const char *words = through(d, p, u, turn != NULL);
	add_link(d, d->var, p, u, part);
	if (!rule)
		return NULL;
	bool alone = d->var->nparts == 1;
	Tree *left = alone ? tree_name(d->a, d->form->loc, d->free) : part_name(d, k);
	DeriveRow *r = derive_row(d, DERIVE_DEFINE, left, shape_words(d, d->var), words);
	r->of = d->var->spelled;
	r->part = alone ? 0 : k;
	derive_side(d, r, turn ? turn : rule);
	derive_check(d, r);
	derive_bind(d, left->name, r->side[0]);
	r = derive_row(d, DERIVE_CHECK, left, "", "");
	if (turn)
		derive_side(d, r, rule);
	r->words = put_value(d, r, rule, derive_value(d, part), row, col, "");
	if (*r->words)
		r->words += 2; /* the ; */
	if (r->n > 1 || (r->n == 1 && (turn || !tree_equal(r->side[0], rule))))
		derive_check(d, r);
	else
		d->rows->n--;
	return left;
}

/* The variable at the end of several paths: a row for each, then their sum. */
static void
paths(Derive *d)
{
	Dim *row, *col;
	int k = 0;
	Node *all = NULL;
	Tree *sum = tree(d->a, TREE_ADD, d->form->loc, 0);
	shape_of(d, d->var, &row, &col);
	if (d->var->nparts > 1)
		derive_title(d, arena_printf(d->a, "%s is used %s: one part for each path", d->var->name,
							times(d, d->var->nparts)));
	for (int i = 0; i < d->nstep; i++)
		for (int j = 0; j < d->step[i]->nuse; j++) {
			Step *p = d->step[i];
			if (p->use[j].of != d->var || p->role != STEP_NODE)
				continue;
			Tree *name = path(d, p, &p->use[j], ++k);
			if (name)
				tree_push(d->a, sum, name);
			all = add(d, all, d->link[d->nlink - 1].part);
		}
	d->var->value = derive_value(d, all);
	/* the same in a better form; not where the nodes have used what is known of the variable at its
	 * value */
	if (d->way == BY_ADJOINTS && !d->free && !node_constrained(d->var->real))
		d->var->value = derive_gradient(d, d->out->real);
	if (sum->n < k || k == 1)
		return;
	Tree *left = d->var->spelled;
	if (d->free) {
		left = tree_name(d->a, d->form->loc, d->free);
		derive_bind(d, d->free, sum);
	}
	DeriveRow *r = derive_row(d, d->free ? DERIVE_DEFINE : DERIVE_CHECK, left,
		shape_words(d, d->var), "the sum over all paths");
	derive_side(d, r, sum);
	if (d->free) {
		derive_check(d, r);
		r = derive_row(d, DERIVE_CHECK, left, "", "");
	}
	r->words = put_value(d, r, sum, d->var->value, row, col, r->words);
	if (r->n)
		derive_check(d, r);
}

/* ---- directions */

static void
count_uses(Derive *d)
{
	for (int i = 0; i < d->nstep; i++)
		for (int k = 0; k < d->step[i]->nuse && d->step[i]->role == STEP_NODE; k++)
			d->step[i]->use[k].of->nparts++;
}

static void
sweep_back(Derive *d)
{
	Term *first = start(d);
	d->out->value =
		first ? build(d->g, first) : node_eye(d->g, dim_mul(d->g->dims, d->out->row, d->out->col));
	for (int i = d->nback - 2; i >= 0; i--)
		if (d->back[i]->role == STEP_NODE)
			row_of(d, d->back[i]);
	if (d->var->nparts > 1 || d->free)
		paths(d);
	else if (d->var != d->out)
		row_of(d, d->var);
}

/* the tangent of s from those of its operands */
static void
tangent(Derive *d, Step *s)
{
	Node *sum = NULL;
	const char *words = NULL;
	for (int k = 0; k < s->nuse; k++) {
		Node *part = contribution(d, s, &s->use[k]);
		add_link(d, s, s->use[k].of, &s->use[k], part);
		sum = add(d, sum, part);
		words = join_words(d, words, derive_rule(d, s, &s->use[k]));
	}
	bool define = d->way == BY_DIFFERENTIALS;
	DeriveRow *r =
		derive_row(d, define ? DERIVE_DEFINE : DERIVE_CHECK, s->spelled, shape_words(d, s), words);
	Tree *rule = derive_form(d, sum, s->row, s->col);
	if (rule && define && one(s->row) && one(s->col))
		rule = derive_differential_last(d, rule);
	if (rule)
		derive_side(d, r, rule);
	if (define) {
		derive_check(d, r);
		derive_bind(d, s->spelled->name, r->side[0]);
	}
	if (!define) {
		s->value = derive_value(d, sum);
		r->words = put_value(d, r, rule, s->value, s->row, s->col, words);
		derive_check(d, r);
	}
	s->rule = sum;
}

static void
sweep_forward(Derive *d)
{
	d->var->value = build(d->g, start(d));
	if (d->way == BY_TANGENTS && d->form->fun->id != F_dir) {
		DeriveRow *r = derive_row(
			d, DERIVE_CHECK, d->var->spelled, shape_words(d, d->var), "the variable itself");
		derive_side(d, r, derive_tree(d, start(d)));
		derive_check(d, r);
	}
	for (int i = 0; i < d->nstep; i++)
		if (d->step[i]->role == STEP_NODE)
			tangent(d, d->step[i]);
}

void
derive_sweep(Derive *d)
{
	count_uses(d);
	if (backward(d))
		sweep_back(d);
	else
		sweep_forward(d);
}
