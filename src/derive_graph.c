/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * derive_graph.c: the expression that is differentiated, as the list of definitions that a person
 * would draw as its graph: one operation each, names of the user kept, the others given a free
 * letter. Works on terms, since the tensor graph has flattened the products that a textbook keeps.
 * What does not depend on the variable stays within the definitions. First stage of `derive`.
 */
#include "derive.h"

#include <string.h>

#include "infer.h"

/* ---- names */

static void
take_name(Derive *d, Sym name)
{
	PUSH(d->a, d->taken, d->ntaken, d->cap_taken, name);
}

static void
take_dim(Derive *d, const Dim *x)
{
	for (int i = 0; x && i < x->n; i++)
		for (int j = 0; j < x->term[i].nsym; j++)
			take_name(d, x->term[i].sym[j]);
}

/* all names in the terms, those of definitions and sizes too; and the terms that are names */
static void
take_names(Derive *d, Term *t)
{
	if (t->seen == d)
		return;
	t->seen = d;
	if (t->name)
		take_name(d, t->name);
	if (t->kind == TM_VAR || t->kind == TM_NAMED)
		PUSH(d->a, d->named, d->nnamed, d->cap_named, t);
	take_dim(d, t->row);
	take_dim(d, t->col);
	for (int i = 0; i < t->nidx; i++)
		take_dim(d, t->idx[i]);
	for (int i = 0; i < t->n; i++)
		take_names(d, t->kid[i]);
}

static bool
name_free(Derive *d, Sym name)
{
	if (fun_find(name) || names_in_use(d->e->names, name))
		return false;
	for (int i = 0; i < d->ntaken; i++)
		if (d->taken[i] == name)
			return false;
	return true;
}

Sym
derive_fresh(Derive *d, const char *const *want)
{
	Sym name = NULL;
	for (int i = 0; want[i] && !name; i++)
		if (name_free(d, sym(want[i])))
			name = sym(want[i]);
	for (int k = 1; !name; k++) {
		Sym t = sym(arena_printf(d->a, "t%d", k));
		if (name_free(d, t))
			name = t;
	}
	take_name(d, name);
	return name;
}

/* letters that mean nothing else: no d, e, i, j, I, J, T; none that would be read as 0 or 1 */
static Sym
letter(Derive *d, const Dim *row, const Dim *col, bool output)
{
	static const char *const out_small[] = {"f", "y", "a", "b", "c", "g", "h", NULL};
	static const char *const small[] = {
		"a", "b", "c", "f", "g", "h", "k", "p", "q", "r", "s", "t", "u", "v", "w", "y", "z", NULL};
	static const char *const out_large[] = {"F", "Y", "A", "B", "C", NULL};
	static const char *const large[] = {"M", "N", "P", "Q", "R", "S", "U", "V", "A", "B", "C", "F",
		"G", "H", "K", "L", "W", "Y", "Z", NULL};
	bool matrix = !dim_is(row, 1) && !dim_is(col, 1);
	return derive_fresh(d, matrix ? output ? out_large : large : output ? out_small : small);
}

/* ---- what depends on the variable */

static bool
is_variable(Derive *d, Term *t)
{
	return (t->kind == TM_VAR || t->kind == TM_NAMED) && build(d->g, t) == d->x;
}

bool
derive_active(Derive *d, Term *t)
{
	Node *n;
	if (t->n == 0)
		return is_variable(d, t);
	n = build(d->g, t);
	return n == d->x || node_depends(d->g, n, d->x);
}

static int
active_kids(Derive *d, const Term *t)
{
	int n = 0;
	for (int i = 0; i < t->n; i++)
		n += derive_active(d, t->kid[i]);
	return n;
}

/* ---- steps */

static Term *
unnamed(Derive *d, Term *t)
{
	while (t->kind == TM_NAMED && build(d->g, t) != d->x)
		t = t->kid[0];
	return t;
}

/* The same, written in the same way: what is equal only by a rule (inv(inv(A)) and A) stays apart,
   or a step could come to use itself. */
static Step *
find_step(Derive *d, Term *t)
{
	const Node *n = build(d->g, t);
	const char *text = NULL;
	for (int i = 0; i < d->nstep; i++) {
		Step *s = d->step[i];
		if (s->node != n || s->row != t->row || s->col != t->col)
			continue;
		if (!text)
			text = print_tree(d->a, derive_tree(d, t), STYLE_ASCII);
		if (strcmp(s->text, text) == 0)
			return s;
	}
	return NULL;
}

/* A name of a where clause may hide another one of the same name, which a definition in the same
 * clause uses. */
static bool
name_clashes(Derive *d, Term *t)
{
	for (int i = 0; i < d->nnamed; i++)
		if (d->named[i]->name == t->name && build(d->g, d->named[i]) != build(d->g, t))
			return true;
	return false;
}

/* The step for a term, made when there is none yet; its definition comes later. */
static Step *
step_for(Derive *d, Term *t, StepRole role)
{
	Step *s = find_step(d, t);
	if (s)
		return s;
	s = NEW(d->a, Step);
	s->role = role;
	s->node = build(d->g, t);
	s->text = print_tree(d->a, derive_tree(d, t), STYLE_ASCII);
	s->row = t->row;
	s->col = t->col;
	s->body = t->kind == TM_NAMED ? t->kid[0] : t;
	if (t->kind == TM_VAR || (t->kind == TM_NAMED && !name_clashes(d, t)))
		s->name = t->name;
	s->made_up = !s->name;
	d->renamed |= s->made_up && t->kind == TM_NAMED;
	if (!s->name)
		s->name = letter(d, s->row, s->col, d->nstep == 0);
	d->budget -= role == STEP_NODE;
	PUSH(d->a, d->step, d->nstep, d->cap_step, s);
	return s;
}

/* ---- definitions */

static Term *definition(Derive *d, Step *s, Term *t);

static bool
of_session(Derive *d, Term *t)
{
	const Local *l = names_get(d->e->names, t->name);
	return l->named && (l->named == t || build(d->g, l->named) == build(d->g, t));
}

/* Names of the user's where clause in what does not depend on the variable: they are listed. Those
   of the session are known anyway. A name may depend on the variable all the same, as y does in
   grad(y, V) where y = f(V) + x: it is a step like others. */
static void
list_given(Derive *d, Term *t)
{
	if (t->kind == TM_NAMED) {
		if (of_session(d, t) || find_step(d, t))
			return;
		if (derive_active(d, t)) {
			step_for(d, t, STEP_NODE);
			return;
		}
		Step *s = step_for(d, t, STEP_GIVEN);
		s->def = s->body;
	}
	for (int i = 0; i < t->n; i++)
		list_given(d, t->kid[i]);
}

static Term *
use(Derive *d, Step *s, Step *of)
{
	Use u = {.of = of, .leaf = derive_leaf(d, of->name, of->row, of->col), .sign = 1};
	PUSH(d->a, s->use, s->nuse, s->cap_use, u);
	return u.leaf;
}

/* An expression that one would not want to see differentiated in one line; what it is made of is
   written out, so that deep ones would grow beyond all bounds. */
static bool
too_large(Derive *d, const Term *t)
{
	enum { LARGE = 120 };
	return strlen(print_tree(d->a, derive_tree(d, t), STYLE_ASCII)) > LARGE;
}

/* An operand of an operation: as it is, a name, a transposed name; what is more becomes a step of
   its own, while there may be more steps. */
static Term *
operand(Derive *d, Step *s, Term *t)
{
	if (!derive_active(d, t)) {
		list_given(d, t);
		return t;
	}
	if (is_variable(d, t))
		return use(d, s, d->var);
	if (t->kind == TM_TRANS) {
		int before = s->nuse;
		Term *c = derive_copy(d, t);
		c->kid[0] = operand(d, s, t->kid[0]);
		if (s->nuse == before + 1 && c->kid[0] == s->use[before].leaf)
			s->use[before].turned = c;
		return c;
	}
	Step *there = find_step(d, t);
	if (there)
		return use(d, s, there);
	if (d->budget > 0 || t->kind == TM_NAMED || too_large(d, t))
		return use(d, s, step_for(d, t, STEP_NODE));
	s->packed = true;
	return definition(d, s, unnamed(d, t));
}

static Term *
operands(Derive *d, Step *s, Term *t)
{
	Term *c = derive_copy(d, t);
	for (int i = 0; i < t->n; i++) {
		int before = s->nuse;
		c->kid[i] = operand(d, s, t->kid[i]);
		if (t->kind == TM_ADD && s->nuse == before + 1 && c->kid[i] == s->use[before].leaf)
			s->use[before].sign = t->sign[i];
	}
	return c;
}

/* ---- products */

/* The shape of the product of kids from..to - 1, read from left to right; false: they do not
   conform so. */
static bool
chain_shape(const Term *t, int from, int to, Dim **row, Dim **col)
{
	*row = t->kid[from]->row;
	*col = t->kid[from]->col;
	for (int i = from + 1; i < to; i++) {
		const Term *k = t->kid[i];
		bool scalar = dim_is(*row, 1) && dim_is(*col, 1);
		if (derive_scalar(k))
			continue;
		if (!scalar && *col != k->row)
			return false;
		if (scalar)
			*row = k->row;
		*col = k->col;
	}
	return true;
}

static Term *
part_of_product(Derive *d, Term *t, int from, int to, Dim *row, Dim *col)
{
	Term *p = derive_term(d, t->kind, to - from, row, col);
	for (int i = from; i < to; i++)
		p->kid[i - from] = t->kid[i];
	p->loc = t->loc;
	return p;
}

/* scalars that do not depend on the variable, times the rest */
static Term *
without_scalars(Derive *d, Step *s, Term *t)
{
	Term *scalars = derive_copy(d, t), *rest = derive_term(d, TM_MUL, t->n, t->row, t->col);
	int n = 0;
	rest->n = 0;
	for (int i = 0; i < t->n; i++) {
		bool scalar = derive_scalar(t->kid[i]) && !derive_active(d, t->kid[i]);
		if (scalar)
			scalars->kid[n++] = t->kid[i];
		else
			rest->kid[rest->n++] = t->kid[i];
	}
	Dim *row, *col;
	if (n == 0 || !chain_shape(rest, 0, rest->n, &row, &col) || row != t->row || col != t->col)
		return NULL;
	scalars->kid[n] = operand(d, s, rest);
	scalars->n = n + 1;
	for (int i = 0; i < n; i++)
		list_given(d, scalars->kid[i]);
	return scalars;
}

/* A product with the variable in two or more factors, cut in two: a column at its end is multiplied
   first, otherwise from the left. */
static Term *
cut_product(Derive *d, Step *s, Term *t)
{
	const Term *last = t->kid[t->n - 1];
	Dim *row, *col, *row2, *col2;
	int first = -1, final = 0;
	for (int i = 0; i < t->n; i++)
		if (derive_active(d, t->kid[i])) {
			final = i;
			if (first < 0)
				first = i;
		}
	bool right = t->kind == TM_MUL && dim_is(last->col, 1) && !dim_is(last->row, 1);
	int cut = right ? first + 1 : final;
	int from = right ? cut : 0, to = right ? t->n : cut;
	if (to - from < 2)
		return operands(d, s, t);
	if (t->kind == TM_MUL) {
		if (!chain_shape(t, from, to, &row, &col))
			return operands(d, s, t);
		/* the whole must conform with this part as one factor */
		Term *whole =
			part_of_product(d, t, right ? 0 : cut - 1, right ? cut + 1 : t->n, NULL, NULL);
		whole->kid[right ? cut : 0] = derive_term(d, TM_MUL, 0, row, col);
		if (!chain_shape(whole, 0, whole->n, &row2, &col2) || row2 != t->row || col2 != t->col)
			return operands(d, s, t);
	} else {
		row = t->row;
		col = t->col;
	}
	Term *part = operand(d, s, part_of_product(d, t, from, to, row, col));
	Term *c = derive_term(d, t->kind, t->n - (to - from) + 1, t->row, t->col);
	c->loc = t->loc;
	int n = 0;
	for (int i = 0; i < t->n; i++) {
		if (i < from || i >= to)
			c->kid[n++] = operand(d, s, t->kid[i]);
		else if (i == from)
			c->kid[n++] = part;
	}
	return c;
}

static Term *
product(Derive *d, Step *s, Term *t)
{
	Term *r = NULL;
	if (t->n < 3 || active_kids(d, t) < 2)
		return operands(d, s, t);
	if (t->kind == TM_MUL)
		r = without_scalars(d, s, t);
	return r ? r : cut_product(d, s, t);
}

/* ---- functions */

static bool
is_call(const Term *t, FunId f)
{
	return t->kind == TM_CALL && t->fun->id == f;
}

/* tr(A*inv(K)*B): one operation, whose derivative is in every collection of formulas */
static Term *
trace(Derive *d, Step *s, Term *t)
{
	Term *p = t->kid[0], *c = derive_copy(d, t);
	if (p->kind != TM_MUL || active_kids(d, p) != 1 || find_step(d, p))
		return operands(d, s, t);
	c->kid[0] = derive_copy(d, p);
	for (int i = 0; i < p->n; i++) {
		Term *k = p->kid[i];
		bool within = is_call(k, F_inv) && derive_active(d, k);
		c->kid[0]->kid[i] = within ? operands(d, s, k) : operand(d, s, k);
	}
	return c;
}

/* a name in t that depends on the variable, or NULL */
static Term *
active_name(Derive *d, Term *t)
{
	if (!derive_active(d, t) || t->kind == TM_VAR || t->kind == TM_NAMED)
		return derive_active(d, t) ? t : NULL;
	for (int i = 0; i < t->n; i++) {
		Term *k = active_name(d, t->kid[i]);
		if (k)
			return k;
	}
	return NULL;
}

static Term *
put_name(Derive *d, Term *t, const Node *n, Term *to)
{
	if (t->kind == TM_VAR || t->kind == TM_NAMED)
		return build(d->g, t) == n ? to : t;
	Term *c = t->n ? derive_copy(d, t) : t;
	for (int i = 0; i < t->n; i++)
		c->kid[i] = put_name(d, t->kid[i], n, to);
	return c;
}

/* t without the names of what depends on z: in grad(L, z), L as one variable would not */
static Term *
without_names(Derive *d, Term *t, const Node *z)
{
	while (
		t->kind == TM_NAMED && build(d->g, t) != z && node_depends(d->g, build(d->g, t), (Node *)z))
		t = t->kid[0];
	if (t->kind == TM_NAMED || t->n == 0)
		return t;
	Term *c = derive_copy(d, t);
	for (int i = 0; i < t->n; i++)
		c->kid[i] = without_names(d, t->kid[i], z);
	return c;
}

/* All of t as one operation: a name is one variable in whatever places it stands. */
static Term *
as_one(Derive *d, Step *s, Term *t)
{
	Term *k;
	while ((k = active_name(d, t))) {
		Step *of = is_variable(d, k) ? d->var : step_for(d, k, STEP_NODE);
		t = put_name(d, t, build(d->g, k), use(d, s, of));
	}
	return t;
}

/* A derivative within the expression: its result takes its place, unless it is an unknown
   function's and stays a symbol. */
static Term *
inner_derivative(Derive *d, Step *s, Term *t)
{
	Node *n = build(d->g, t);
	Formula f = matrix_form_inner(d->g, n, dim_is(t->row, 1) && !dim_is(t->col, 1));
	bool symbol = n->kind == N_UNKNOWN && n->nder > 0 && !n->ufun->elementwise;
	if (!symbol && t->nax <= 2 && f.nindex == 0) {
		Tree *tree = f.tree;
		if (d->asked->kind == TREE_WHERE) {
			Tree *w = tree_copy(d->a, d->asked);
			w->kid[0] = tree;
			tree = w;
		}
		Term *r = elab_expr(d->e, tree);
		if (r->row == t->row && r->col == t->col && prove_equal(d->g, build(d->g, r), n))
			return definition(d, s, unnamed(d, r));
	}
	t = derive_copy(d, t);
	t->kid[0] = without_names(d, t->kid[0], build(d->g, t->kid[1]));
	return as_one(d, s, t);
}

static Term *
call(Derive *d, Step *s, Term *t)
{
	if (t->fun->cls == FC_DERIV)
		return inner_derivative(d, s, t);
	if (t->fun->id == F_tr)
		return trace(d, s, t);
	if (t->fun->id == F_log && is_call(t->kid[0], F_det)) {
		Term *c = derive_copy(d, t);
		c->kid[0] = operands(d, s, t->kid[0]);
		return c;
	}
	return operands(d, s, t);
}

/* a term of a sum or under a minus sign: a multiple stays with it when it is one factor's */
static Term *
negative(Derive *d, Step *s, Term *t)
{
	Term *k = t->kid[0], *c = derive_copy(d, t);
	bool multiple = (k->kind == TM_MUL && active_kids(d, k) == 1) ||
					(k->kind == TM_DIV && derive_scalar(k->kid[1]) && active_kids(d, k) == 1);
	c->kid[0] = multiple ? operands(d, s, k) : operand(d, s, k);
	return c;
}

/* The operation at the root of t, over leaves. */
static Term *
definition(Derive *d, Step *s, Term *t)
{
	if (is_variable(d, t) || t->kind == TM_NAMED || !derive_active(d, t))
		return operand(d, s, t);
	switch (t->kind) {
	case TM_MUL:
	case TM_EMUL:
		return product(d, s, t);
	case TM_ADD:
		return t->n == 1 ? negative(d, s, t) : operands(d, s, t);
	case TM_CALL:
		return call(d, s, t);
	case TM_TRANS:
		return operand(d, s, t);
	default:
		return operands(d, s, t);
	}
}

/* ---- the whole */

/* its operands first: those that are written first before the others, or the other way round */
static void
visit(Derive *d, Step *s, Step **order, int *n, bool last_first)
{
	if (s->visited)
		return;
	s->visited = true;
	for (int i = 0; i < s->nuse; i++)
		visit(d, s->use[last_first ? s->nuse - 1 - i : i].of, order, n, last_first);
	order[(*n)++] = s;
}

/* Children first, what is given and has names before all else, as it was met; and, for the way
   back, so that from the end the first term of a sum comes first. */
static void
put_in_order(Derive *d)
{
	Step **order = NEWN(d->a, Step *, d->nstep + 1);
	int n = 0;
	d->back = NEWN(d->a, Step *, d->nstep + 1);
	visit(d, d->out, d->back, &d->nback, true);
	for (int i = 0; i < d->nstep; i++) {
		Step *s = d->step[i];
		if (!s->visited && s->role == STEP_NODE && !s->made_up) { /* mentioned, not used */
			s->role = STEP_GIVEN;
			s->def = s->body;
			s->nuse = 0;
		}
		s->visited = false;
	}
	for (int i = d->nstep - 1; i >= 0; i--)
		if (d->step[i]->role == STEP_GIVEN)
			visit(d, d->step[i], order, &n, false);
	visit(d, d->var, order, &n, false);
	visit(d, d->out, order, &n, false);
	d->step = order;
	d->nstep = n;
}

/* the definition over what every use stands for: variables, or the steps themselves */
static Node *
over(Derive *d, Step *s, Node *n, bool real)
{
	for (int i = 0; i < s->nuse; i++)
		n = node_replace(d->g, n, node_var(d->g, s->use[i].leaf->var),
			real ? s->use[i].of->real : s->use[i].of->opaque);
	return n;
}

static void
make_nodes(Derive *d, Step *s)
{
	bool row = dim_is(s->row, 1) && !dim_is(s->col, 1);
	s->var = derive_leaf(d, s->name, s->row, s->col)->var;
	s->opaque = node_var(d->g, s->var);
	if (s == d->var || s->role == STEP_GIVEN) {
		s->real = s->node;
		return;
	}
	Node *def = build(d->g, s->def);
	s->def_opaque = over(d, s, def, false);
	def = over(d, s, def, true);
	s->real =
		node_named(d->g, s->name, row && def->nax == 1 ? NAMED_ROW : 0, def);
}

static bool
same_value(Derive *d, Node *x, Node *y)
{
	if (derive_field(d->g, x, y) == VERDICT_TRUE ||
		(d->nstep <= DERIVE_LARGE && prove_equal(d->g, x, y)))
		return true;
	return numeric_equal(d->g, x, y, DECIDE_QUICK).verdict != VERDICT_FALSE;
}

void
derive_graph(Derive *d)
{
	take_names(d, d->form);
	d->out = step_for(d, d->form->kid[0], STEP_NODE);
	if (d->out->node == d->x) {
		d->var = d->out;
		d->var->role = STEP_VARIABLE;
	} else {
		d->var = step_for(d, d->by, STEP_VARIABLE);
	}
	if (d->by->kind == TM_NAMED && !of_session(d, d->by)) {
		d->var->def = d->var->body;
		list_given(d, d->var->body);
	}
	/* the list grows while it is walked: from the output back, breadth first */
	for (int i = 0; i < d->nstep; i++) {
		Step *s = d->step[i];
		if (s->role == STEP_NODE)
			s->def = definition(d, s, s->body);
	}
	put_in_order(d);
	for (int i = 0; i < d->nstep; i++)
		make_nodes(d, d->step[i]);
	if (d->out != d->var && !same_value(d, d->out->real, d->out->node))
		bug(d->a, "the graph of a derivation does not stand for its expression");
}
