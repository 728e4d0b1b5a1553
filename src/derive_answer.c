/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * derive_answer.c: the end of a derivation: from what the sweep gives to the form that was asked
 * for, the differential of the output with all others put in, and the answer as the program prints
 * it. After derive_sweep.c.
 */
#include "derive.h"

#include <string.h>

/* longer sides are left out */
enum { SHORT = 64 };

/* ---- the answer */

/* The derivative as the program prints it: a graph of its own, since the order of terms is that in
   which nodes were made. */
Formula
derive_result(Derive *d, Tree *t, const char **shape)
{
	Elab *e = elab_new(d->s, d->a, dims_new(d->a));
	Term *term = elab_expr(e, t);
	Graph *g = graph_new(d->a, e->dims);
	Node *n = build(g, term);
	if (t->kind == TREE_NAME && n->kind == N_NAMED)
		n = n->kid[0]; /* a name alone asks for what it stands for */
	*shape = term_shape(d->a, term);
	return matrix_form_inner(g, n, term->nax <= 2 && dim_is(term->row, 1) && !dim_is(term->col, 1));
}

static bool
occurs(const Tree *t, Sym name)
{
	bool yes = t->kind == TREE_NAME && t->name == name;
	for (int i = 0; i < t->n && !yes; i++)
		yes = occurs(t->kid[i], name);
	return yes;
}

/* the names of ours that stand in the last row and not in the answer: "b and f put in" */
static const char *
put_in(Derive *d, const Tree *answer)
{
	const DeriveRow *last = d->rows->row[d->rows->n - 1];
	const char *names = "", *before = "";
	for (int i = 0; i < d->nstep && last->n; i++) {
		const Step *s = d->step[i];
		if (!s->made_up || !occurs(last->side[last->n - 1], s->name) || occurs(answer, s->name))
			continue;
		if (*names)
			before = *before ? arena_printf(d->a, "%s, %s", before, names) : names;
		names = s->name;
	}
	return !*names
			   ? ""
			   : arena_printf(d->a, "with %s%s%s put in, ", before, *before ? " and " : "", names);
}

/* Does the page define all names of the statement's where clause? */
static bool
defines(const Derive *d, const Tree *asked)
{
	for (int i = 1; asked->kind == TREE_WHERE && i < asked->n; i++) {
		bool there = false;
		for (int k = 0; k < d->nbind && !there; k++)
			there = d->bind[k]->name == asked->kid[i]->name;
		if (!there)
			return false;
	}
	return true;
}

void
derive_answer(Derive *d, const char *title)
{
	const char *shape;
	if (d->renamed) /* in the names of the page */
		d->asked = derive_bound(d, derive_tree(d, d->form));
	Formula f = derive_result(d, d->asked, &shape);
	Tree *left = derive_without_where(d->asked);
	if (title)
		derive_title(d, arena_printf(d->a, "%s, %sverified at random points", title,
							f.nindex ? "" : put_in(d, f.tree)));
	if (f.nindex) {
		Text t = text_new(d->a);
		for (const char *s = print_formula(d->a, &f, d->s->style, 0); *s; s++)
			text_addn(&t, *s == '\n' ? " " : s, 1);
		derive_row(
			d, DERIVE_NOTE, NULL, "", arena_printf(d->a, "%s = %s", derive_words(d, left), t.s));
		return;
	}
	DeriveRow *r = derive_row(d, DERIVE_CHECK, left, shape, "");
	derive_side(d, r, f.tree);
	/* the derivative of an unknown function is its own answer */
	if (r->n == 0)
		PUSH(d->a, r->side, r->n, r->cap, f.tree);
	if (!defines(d, d->asked))
		r->side[0] = derive_with_where(d->a, d->asked, r->side[0]);
	derive_check(d, r);
}

static Tree *
half_sum(Derive *d, Tree *x, bool minus)
{
	Loc loc = d->form->loc;
	Tree *t = tree(d->a, TREE_TRANS, loc, 1, x);
	return tree(d->a, TREE_MUL, loc, 2, tree_num(d->a, loc, rat(1, 2)),
		tree(d->a, TREE_ADD, loc, 2, x, minus ? tree(d->a, TREE_NEG, loc, 1, t) : t));
}

/* The gradient within the matrices that have the variable's properties, from the free one x. */
static Tree *
structured(Derive *d, Tree *x, const char **words)
{
	Loc loc = d->form->loc;
	unsigned props = d->by->kind == TM_VAR ? props_close(d->by->var->props) : 0;
	bool entries = d->form->fun->id == F_structgrad;
	Tree *diagonal = tree_call(d->a, loc, "diag", 1, tree_call(d->a, loc, "diag", 1, x));
	Tree *turned = tree(d->a, TREE_TRANS, loc, 1, x);
	if (props & P_DIAGONAL) {
		*words = "the variable is diagonal: so is its gradient";
		return diagonal;
	}
	if (props & P_SKEW) {
		*words = "the variable is skew: the skew part";
		return entries ? tree(d->a, TREE_ADD, loc, 2, x, tree(d->a, TREE_NEG, loc, 1, turned))
					   : half_sum(d, x, true);
	}
	if (!entries && props & P_SYMMETRIC) {
		*words = "the variable is symmetric: the symmetric part";
		return half_sum(d, x, false);
	}
	if (props & (P_LOWER | P_UPPER)) {
		*words = "the variable is triangular: so is its gradient";
		return tree_call(d->a, loc, props & P_LOWER ? "tril" : "triu", 1, x);
	}
	*words = "by the free entries of a symmetric matrix: both of a pair change";
	return tree(d->a, TREE_ADD, loc, 3, x, turned, tree(d->a, TREE_NEG, loc, 1, diagonal));
}

static void
last_step(Derive *d, Tree *left, Tree *right, const char *words)
{
	DeriveRow *r = derive_row(d, DERIVE_CHECK, left, "", words);
	derive_side(d, r, right);
	derive_check(d, r);
}

/* The steps from what the sweep gives to the form that was asked for, where they are not the same.
 */
void
derive_last_steps(Derive *d)
{
	Loc loc = d->form->loc;
	Tree *of = d->var->spelled, *out = derive_name(d, d->out), *var = derive_name(d, d->var);
	const Term *by = d->form->kid[1];
	FunId f = d->form->fun->id;
	if (d->free && (f == F_grad || f == F_structgrad || d->form->prime)) {
		const char *words;
		Tree *right = structured(d, tree_name(d->a, loc, d->free), &words);
		last_step(d, f == F_structgrad ? tree_call(d->a, loc, "structgrad", 2, out, var) : of,
			right, words);
	} else if (d->free) {
		of = tree_name(d->a, loc, d->free);
		last_step(
			d, tree_call(d->a, loc, "diff", 2, out, var), of, "diff takes the variable as free");
	}
	if (by->kind != TM_ENTRY)
		return;
	Tree *entry = derive_tree(d, by);
	if (d->way == BY_ADJOINTS) {
		Tree *right = derive_tree(d, by);
		right->kid[0] = of;
		last_step(
			d, tree(d->a, TREE_DERIV, loc, 2, out, entry), right, "the entry of the gradient");
	} else if (f == F_jac) {
		last_step(d, tree_call(d->a, loc, "jac", 2, out, entry),
			tree_call(d->a, loc, "vec", 1, d->out->spelled), "one column");
	}
}

/* ---- where differentials stand */

static bool
has_differential(const Derive *d, const Tree *t)
{
	for (int i = 0; t->kind == TREE_NAME && i < d->nstep; i++)
		if (d->step[i]->seed && d->step[i]->spelled->name == t->name)
			return true;
	for (int i = 0; i < t->n; i++)
		if (has_differential(d, t->kid[i]))
			return true;
	return false;
}

/* Is it known to be its own transpose? A name, or the inverse of one. */
static bool
is_symmetric(Derive *d, const Tree *t)
{
	if (t->kind == TREE_CALL && t->n == 2 && t->kid[0]->name == sym("inv"))
		t = t->kid[1];
	for (int i = 0; t->kind == TREE_NAME && i < d->nstep; i++)
		if (d->step[i]->name == t->name)
			return node_symmetric(d->g, d->step[i]->real);
	for (int i = 0; t->kind == TREE_NAME && i < d->nnamed; i++)
		if (d->named[i]->name == t->name)
			return node_symmetric(d->g, build(d->g, d->named[i]));
	return t->kind == TREE_NUM;
}

static bool
is_scalar(const Derive *d, const Tree *t)
{
	for (int i = 0; t->kind == TREE_NAME && i < d->nstep; i++)
		if (d->step[i]->name == t->name)
			return dim_is(d->step[i]->row, 1) && dim_is(d->step[i]->col, 1);
	for (int i = 0; t->kind == TREE_NAME && i < d->nnamed; i++)
		if (d->named[i]->name == t->name)
			return derive_scalar(d->named[i]);
	return false;
}

/* The factors from `from' on, transposed and in the other order. */
static Tree *
turned_product(Derive *d, const Tree *p, int from)
{
	Tree *out = tree(d->a, TREE_MUL, p->loc, 0);
	for (int i = 0; i < from; i++)
		tree_push(d->a, out, p->kid[i]);
	for (int i = p->n - 1; i >= from; i--) {
		Tree *k = p->kid[i];
		if (k->kind == TREE_TRANS)
			k = k->kid[0];
		else if (!is_symmetric(d, k))
			k = tree(d->a, TREE_TRANS, k->loc, 1, k);
		tree_push(d->a, out, k);
	}
	return out;
}

/* The only factor with a differential in it; -1: there is none, or more of them. */
static int
moving_factor(const Derive *d, const Tree *p)
{
	int at = -1;
	for (int i = 0; i < p->n; i++)
		if (has_differential(d, p->kid[i])) {
			if (at >= 0)
				return -1;
			at = i;
		}
	return at;
}

/* Within a trace, a product goes around until its differential is the last factor. */
static Tree *
last_in_trace(Derive *d, Tree *p)
{
	int at = p->kind == TREE_MUL ? moving_factor(d, p) : -1;
	if (at < 0)
		return p;
	if (p->kid[at]->kind == TREE_TRANS && p->kid[at]->kid[0]->kind == TREE_NAME) {
		p = turned_product(d, p, 0);
		at = p->n - 1 - at;
	}
	Tree *out = tree(d->a, TREE_MUL, p->loc, 0);
	for (int i = 1; i <= p->n; i++)
		tree_push(d->a, out, p->kid[(at + i) % p->n]);
	return out;
}

Tree *
derive_differential_last(Derive *d, Tree *t)
{
	Tree *copy = NULL;
	if (t->kind == TREE_CALL && t->n == 2 && t->kid[0]->name == sym("tr")) {
		Tree *p = last_in_trace(d, t->kid[1]);
		if (p != t->kid[1])
			tree_replace(d->a, t, &copy, 1, p);
		return copy ? copy : t;
	}
	if (t->kind == TREE_MUL) {
		int at = moving_factor(d, t);
		/* a row times a column: what stands before is a number */
		if (at >= 0 && at + 1 < t->n && t->kid[at]->kind == TREE_TRANS) {
			bool first = true;
			for (int i = 0; i < at; i++)
				first = first && (t->kid[i]->kind == TREE_NUM || is_scalar(d, t->kid[i]));
			return first ? turned_product(d, t, at) : t;
		}
	}
	bool inside = t->kind == TREE_ADD || t->kind == TREE_NEG || t->kind == TREE_MUL ||
				  t->kind == TREE_DIV;
	for (int i = 0; inside && i < t->n; i++) {
		/* a factor is a scalar by itself when it is a trace */
		if (t->kind == TREE_MUL && t->kid[i]->kind != TREE_CALL)
			continue;
		Tree *kid = derive_differential_last(d, t->kid[i]);
		if (kid != t->kid[i])
			tree_replace(d->a, t, &copy, i, kid);
	}
	return copy ? copy : t;
}

/* ---- differentials */

/* A declaration as a tree: dW(m, n), or the name alone. */
Tree *
derive_declaration(Arena *a, Loc loc, Sym name, const Dim *row, const Dim *col)
{
	if (dim_is(row, 1) && dim_is(col, 1))
		return tree_name(a, loc, name);
	Tree *t = tree_call(a, loc, name, 1, parse_expr(a, NULL, dim_text(a, row)));
	if (!dim_is(col, 1))
		tree_push(a, t, parse_expr(a, NULL, dim_text(a, col)));
	return t;
}

/* var dW(m,n): in rows that are checked it is a name of the right shape */
void
derive_declare_change(Derive *d)
{
	static const char *const any[] = {"H", "V", "E", "Z", NULL};
	Loc loc = d->form->loc;
	const Step *x = d->var;
	Sym name = derive_fresh(d, any);
	Tree *left = derive_declaration(d->a, loc, x->spelled->name, x->row, x->col);
	derive_row(
		d, DERIVE_DECLARE, left, short_shape(d->a, x->row, x->col), "the change of the variable");
	define_hidden(d->s, d->a, loc, name, x->row, x->col);
	derive_bind(d, x->spelled->name, tree_name(d->a, loc, name));
}

/* tr(G'*dX), G'*dx, g*dx */
static Tree *
inner_product(Derive *d, Tree *g)
{
	Loc loc = d->form->loc;
	bool row = dim_is(d->var->row, 1), col = dim_is(d->var->col, 1);
	Tree *dx = d->var->spelled;
	if (row && col)
		return tree(d->a, TREE_MUL, loc, 2, g, dx);
	if (row)
		return tree(d->a, TREE_MUL, loc, 2, g, tree(d->a, TREE_TRANS, loc, 1, dx));
	Tree *turned = g->kind == TREE_TRANS ? g->kid[0] : tree(d->a, TREE_TRANS, loc, 1, g);
	Tree *p = tree(d->a, TREE_MUL, loc, 2, turned, dx);
	return col ? p : tree_call(d->a, loc, "tr", 1, p);
}

/* dl with the differentials put in, one after the other, until only dX is left; then the gradient
   is what it is multiplied with */
void
derive_total(Derive *d)
{
	Loc loc = d->form->loc;
	Step *out = d->out;
	Node *n = out->rule;
	DeriveRow *r =
		derive_row(d, DERIVE_CHECK, out->spelled, "", "one differential after the other put in");
	bool scalar = dim_is(out->row, 1) && dim_is(out->col, 1);
	for (int i = d->nstep - 2; n && i >= 0; i--) {
		const Step *s = d->step[i];
		Node *put;
		if (s->role != STEP_NODE)
			continue;
		put = node_replace(d->g, n, node_var(d->g, s->seed->var), s->rule);
		if (put == n)
			continue;
		n = put;
		Tree *t = derive_form(d, derive_value(d, n), out->row, out->col);
		if (t && t->kind != TREE_WHERE && strlen(derive_words(d, t)) <= SHORT)
			derive_side(d, r, scalar ? derive_differential_last(d, t) : t);
	}
	if (scalar) {
		Tree *g = NULL;
		if (out != d->var && !node_constrained(d->var->real))
			g = derive_form(d, derive_gradient(d, out->real), d->var->row, d->var->col);
		if (!g || g->kind == TREE_WHERE || strlen(derive_words(d, g)) > SHORT || d->free)
			g = tree_call(d->a, loc, "vjp", 3, derive_name(d, out), derive_name(d, d->var),
				tree_num(d->a, loc, RAT1));
		derive_side(d, r, inner_product(d, g));
		r->words = arena_printf(d->a, "%s; the gradient is what %s is multiplied with", r->words,
			d->var->spelled->name);
	}
	derive_check(d, r);
	Tree *dir = tree_call(
		d->a, loc, "dir", 3, derive_name(d, out), derive_name(d, d->var), d->var->spelled);
	last_step(d, dir, out->spelled, "the differential is the directional derivative");
	if (!scalar)
		last_step(d, tree_call(d->a, loc, "vec", 1, out->spelled),
			tree(d->a, TREE_MUL, loc, 2,
				tree_call(d->a, loc, "jac", 2, derive_name(d, out), derive_name(d, d->var)),
				tree_call(d->a, loc, "vec", 1, d->var->spelled)),
			"the Jacobian is what vec of the change is multiplied with");
}
