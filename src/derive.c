/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * derive.c: `derive`: the derivation of a derivative as on paper. What is asked for is taken apart
 * here, sent through derive_graph.c and derive_sweep.c, and ended with the answer. A derivation is
 * a list of rows, each of which is mdx and was checked; derive_print.c writes them.
 */
#include "derive.h"

#include <string.h>

enum { STEPS = 24 }; /* of the graph: what fits a page */

/* ---- rows */

void
derive_title(Derive *d, const char *text)
{
	const Derivation *rows = d->rows;
	if (rows->n && rows->row[rows->n - 1]->kind == DERIVE_TITLE) /* nothing stands under it */
		d->rows->n--;
	derive_row(d, DERIVE_TITLE, NULL, "", text);
}

DeriveRow *
derive_row(Derive *d, DeriveKind kind, Tree *left, const char *shape, const char *words)
{
	DeriveRow *r = NEW(d->a, DeriveRow);
	*r = (DeriveRow){.kind = kind, .left = left, .shape = shape, .words = words ? words : ""};
	PUSH(d->a, d->rows->row, d->rows->n, d->rows->cap, r);
	return r;
}

void
derive_side(Derive *d, DeriveRow *r, Tree *t)
{
	const Tree *last = r->n ? r->side[r->n - 1] : r->left;
	if (!tree_equal(last, t))
		PUSH(d->a, r->side, r->n, r->cap, t);
}

char *
derive_words(Derive *d, const Tree *t)
{
	return print_tree(d->a, t, d->s->style == STYLE_UNICODE ? STYLE_UNICODE : STYLE_ASCII);
}

void
derive_bind(Derive *d, Sym name, Tree *t)
{
	Tree *b = tree(d->a, TREE_BIND, t->loc, 1, t);
	b->name = name;
	PUSH(d->a, d->bind, d->nbind, d->cap_bind, b);
}

Tree *
derive_bound(Derive *d, Tree *t)
{
	if (d->nbind == 0)
		return t;
	Tree *w = tree(d->a, TREE_WHERE, t->loc, 1, t);
	for (int i = 0; i < d->nbind; i++)
		tree_push(d->a, w, d->bind[i]);
	return w;
}

/* Two nodes of one shape; UNKNOWN: this did not show them equal. Exact, and where the canonical
   form of a polynomial would grow beyond all bounds as fast as elsewhere. */
Verdict
derive_field(Graph *g, Node *x, Node *y)
{
	enum { DRAWS = 3, SIZE = 4 };
	Node *both[2] = {x, y};
	if (x == y)
		return VERDICT_TRUE;
	if (node_large(g, 2, both))
		return VERDICT_UNKNOWN;
	FieldResult r = field_equal(g, x, y, DRAWS, SIZE, 1);
	return r.verdict == FIELD_EQUAL && r.log10_chance < -15 ? VERDICT_TRUE : VERDICT_UNKNOWN;
}

/* Step by step; a pair that is not shown equal in the exact field is left to numbers, or for
 * `exact` is unknown. */
static Verdict
by_values(Derive *d, const Tree *eq, bool exact)
{
	Elab *e = elab_new(d->s, d->a, dims_new(d->a));
	int n;
	Term **side = elab_sides(e, eq, &n);
	Graph *g = graph_new(d->a, e->dims);
	Verdict v = VERDICT_TRUE;
	for (int i = 0; i + 1 < n && v == VERDICT_TRUE; i++) {
		bool same_shape = side[i]->row == side[i + 1]->row && side[i]->col == side[i + 1]->col;
		Node *x = build(g, side[i]), *y = build(g, side[i + 1]);
		NumericResult r = {.verdict = VERDICT_FALSE};
		v = same_shape ? derive_field(g, x, y) : VERDICT_UNKNOWN;
		if (v == VERDICT_TRUE || exact)
			continue;
		if (same_shape)
			r = numeric_equal(g, x, y, DECIDE_QUICK);
		v = r.undefined ? VERDICT_UNKNOWN : r.verdict;
	}
	return v;
}

Verdict
derive_decide(Derive *d, Tree *eq)
{
	Tree *bound = derive_bound(d, eq);
	if (d->nstep > DERIVE_LARGE)
		return by_values(d, bound, false);
	if (by_values(d, bound, true) == VERDICT_TRUE)
		return VERDICT_TRUE;
	Decision r = decide(d->s, d->a, bound, NULL, DECIDE_FULL);
	return r.undefined ? VERDICT_UNKNOWN : r.verdict;
}

void
derive_check(Derive *d, const DeriveRow *r)
{
	int bound = d->nbind;
	if (r->n == 0)
		return;
	Tree *eq = tree(d->a, TREE_EQ, d->form->loc, 0);
	if (r->kind == DERIVE_CHECK)
		tree_push(d->a, eq, r->left);
	else if (r->n == 1)
		tree_push(d->a, eq, r->side[0]);
	for (int i = 0; i < r->n; i++) {
		Tree *t = r->side[i];
		for (int k = 1; t->kind == TREE_WHERE && k < t->n; k++)
			PUSH(d->a, d->bind, d->nbind, d->cap_bind, t->kid[k]);
		tree_push(d->a, eq, t->kind == TREE_WHERE ? t->kid[0] : t);
	}
	if (derive_decide(d, eq) == VERDICT_FALSE)
		bug(d->a, "a line of the derivation does not hold, and the derivation is not shown: %s",
			print_tree(d->a, eq, STYLE_ASCII));
	d->nbind = bound;
}

/* ---- the graph as rows */

static bool
defined_before(const Derive *d, const Step *s, const Tree *def)
{
	for (int i = 0; d->before && i < d->before->nbind; i++)
		if (d->before->bind[i]->name == s->name)
			return tree_equal(d->before->bind[i]->kid[0], def);
	return false;
}

static void
list_graph(Derive *d)
{
	derive_used(d);
	for (int i = 0; i < d->nstep; i++) {
		Step *s = d->step[i];
		if (!s->def)
			continue;
		Tree *def = derive_tree(d, s->def);
		derive_bind(d, s->name, def);
		if (defined_before(d, s, def))
			continue;
		DeriveRow *r =
			derive_row(d, DERIVE_DEFINE, derive_name(d, s), short_shape(d->a, s->row, s->col), "");
		PUSH(d->a, r->side, r->n, r->cap, def);
	}
}

/* ---- variables that were never declared */

/* What was taken for them holds for the whole page: they are declared while the statement runs, and
   on the page where they are used. */
static void
declare_taken(Mdx *s, Arena *a, const Elab *e, Loc loc, Derivation *rows)
{
	define_taken(s, a, e);
	for (int i = 0; i < e->taken.n; i++) {
		const Var *v = e->taken.var[i];
		Tree *t = derive_declaration(a, loc, v->name, v->row, v->col);
		DeriveRow *r = NEW(a, DeriveRow);
		*r = (DeriveRow){.kind = DERIVE_DECLARE,
			.left = t,
			.words = "",
			.shape = short_shape(a, v->row, v->col)};
		PUSH(a, rows->taken, rows->ntaken, rows->cap_taken, r);
	}
}

Tree *
derive_without_where(Tree *t)
{
	return t->kind == TREE_WHERE ? t->kid[0] : t;
}

/* t under the where clause of the statement */
Tree *
derive_with_where(Arena *a, const Tree *stmt, Tree *t)
{
	if (stmt->kind != TREE_WHERE)
		return t;
	Tree *w = tree(a, TREE_WHERE, t->loc, 1, t);
	for (int i = 1; i < stmt->n; i++)
		tree_push(a, w, stmt->kid[i]);
	return w;
}

/* ---- what is asked for */

static bool
is_scalar_step(const Term *t)
{
	return t->nax <= 2 && dim_is(t->row, 1) && dim_is(t->col, 1);
}

static Way
way_of(Derive *d, bool differential)
{
	const Term *f = d->form->kid[0];
	bool entry = d->form->kid[1]->kind == TM_ENTRY;
	if (differential)
		return BY_DIFFERENTIALS;
	switch (d->form->fun->id) {
	case F_vjp:
		return BY_PULLBACK;
	case F_dir:
		return BY_TANGENTS;
	case F_jac:
		return entry ? BY_TANGENTS : BY_JACOBIANS;
	case F_diff:
		if (is_scalar_step(f))
			return BY_ADJOINTS;
		return entry || is_scalar_step(d->by) ? BY_TANGENTS : BY_JACOBIANS;
	default:
		return BY_ADJOINTS;
	}
}

/* The name of the gradient before the structure of the variable is put on it, when that makes a
   difference. */
static Sym
free_name(Derive *d)
{
	FunId f = d->form->fun->id;
	Term *kid[3] = {d->form->kid[0], d->by,
		derive_term(d, TM_NUM, 0, d->form->kid[0]->row, d->form->kid[0]->col)};
	bool plain_variable = d->by->kind != TM_VAR || !(d->by->var->props & ~(unsigned)P_POSITIVE);
	if (d->way != BY_ADJOINTS || !is_scalar_step(kid[0]) || is_scalar_step(d->by) ||
		(f != F_structgrad && plain_variable))
		return NULL;
	kid[2]->num = RAT1;
	Node *plain = build(d->g, derive_call(d, F_vjp, 3, kid, d->by->row, d->by->col));
	Node *within = build(d->g,
		derive_call(d, f == F_structgrad ? F_structgrad : F_grad, 2, kid, d->by->row, d->by->col));
	if (prove_equal(d->g, plain, within))
		return NULL;
	const char *const want[] = {arena_printf(d->a, "d%s_d%s", d->out->name, d->by->name), NULL};
	return derive_fresh(d, want);
}

/* one page: the graph, the sweep, the answer */
static void
page(Derive *d, bool differential)
{
	d->by = d->form->kid[1];
	while (d->by->kind == TM_ENTRY)
		d->by = d->by->kid[0];
	d->x = build(d->g, d->by);
	if (d->form->kid[0]->nax > 2)
		raise_at(d->a, d->form->kid[0]->loc, "derive wants a scalar, a vector or a matrix");
	if (differential && d->form->kid[1]->kind == TM_ENTRY)
		raise_at(d->a, d->form->kid[1]->loc, "a differential is by all of a variable");
	d->way = way_of(d, differential);
	build(d->g, d->form);
	if (!derive_active(d, d->form->kid[0])) {
		derive_used(d);
		derive_row(d, DERIVE_NOTE, NULL, "",
			arena_printf(d->a, "%s does not occur in it", derive_words(d, derive_tree(d, d->by))));
		derive_answer(d, NULL);
		return;
	}
	derive_graph(d);
	d->free = free_name(d);
	d->since = d->g->nnode;
	list_graph(d);
	if (d->way == BY_DIFFERENTIALS)
		derive_title(d, "the differentials, line by line");
	else if (d->way == BY_TANGENTS)
		derive_title(d, arena_printf(d->a, "from %s on to %s", d->var->name, d->out->name));
	else
		derive_title(d, arena_printf(d->a, "from %s back to %s", d->out->name, d->var->name));
	derive_prepare(d);
	if (d->way == BY_DIFFERENTIALS)
		derive_declare_change(d);
	derive_sweep(d);
	if (d->way == BY_DIFFERENTIALS)
		derive_total(d);
	else
		derive_last_steps(d);
	derive_answer(d, "the answer");
}

static Derive *
derive_new(Mdx *s, Arena *a, Elab *e, Tree *asked, Term *form, Derivation *rows, int steps)
{
	Derive *d = NEW(a, Derive);
	*d = (Derive){.s = s,
		.a = a,
		.e = e,
		.g = graph_new(a, e->dims),
		.asked = asked,
		.form = form,
		.budget = steps,
		.serial = 1 << 20,
		.rows = rows};
	return d;
}

/* The Hessian: the gradient, then the Jacobian of it. */
static Derive *
two_pages(Derive *d, bool differential, int steps)
{
	Mdx *s = d->s;
	Arena *a = d->a;
	Loc loc = d->form->loc;
	Term *hess = d->form;
	if (differential)
		raise_hint(a, loc,
			"derive hess(f, X); derive differential jac(g, X) where g is the gradient",
			"the differential of a Hessian is of third order");
	Tree *f = derive_tree(d, hess->kid[0]), *x = derive_tree(d, hess->kid[1]);
	Tree *one = tree_num(a, loc, RAT1);
	Tree *gradient = derive_with_where(a, d->asked, tree_call(a, loc, "vjp", 3, f, x, one));
	Elab *e = elab_new(s, a, dims_new(a));
	/* of a structured variable, grad is not the whole derivative */
	const Term *by = hess->kid[1];
	bool free = by->kind == TM_VAR && (by->var->props & ~(unsigned)P_POSITIVE);
	Derive *first = derive_new(s, a, e,
		derive_with_where(a, d->asked, tree_call(a, loc, free ? "diff" : "grad", 2, f, x)), NULL,
		d->rows, steps);
	first->form = elab_expr(e, first->asked);
	page(first, false);
	/* the gradient in the names of the first page, which go on to stand for the same */
	Tree *g = first->var && first->var->value
				  ? derive_form(first, first->var->value, first->var->row, first->var->col)
				  : NULL;
	bool goes_on = g && g->kind != TREE_WHERE;
	if (!goes_on) {
		const char *shape;
		g = derive_result(first, gradient, &shape).tree;
	}
	Tree *jacobian = tree_call(a, loc, "jac", 2, g, x);
	e = elab_new(s, a, dims_new(a));
	Derive *second = derive_new(s, a, e,
		goes_on ? derive_bound(first, jacobian) : derive_with_where(a, d->asked, jacobian), NULL,
		d->rows, steps);
	second->form = elab_expr(e, second->asked);
	for (int i = 0; i < first->nstep; i++)
		if (first->step[i]->made_up)
			PUSH(a, second->taken, second->ntaken, second->cap_taken, first->step[i]->name);
	for (int i = 0; i < first->nbind; i++)
		PUSH(a, second->bind, second->nbind, second->cap_bind, first->bind[i]);
	if (goes_on)
		second->before = first;
	derive_title(second, "the Hessian: the Jacobian of the gradient");
	second->asked = d->asked;
	page(second, false);
	return second;
}

/* The words before the expression: differential, check, steps N. */
typedef struct Words {
	bool differential, check;
	int steps;
} Words;

static Words
words_of(Arena *a, const Stmt *st)
{
	Words w = {.steps = STEPS};
	for (int i = 0; i < st->narg; i++) {
		const Tree *t = st->arg[i];
		long n;
		if (t == st->expr)
			continue;
		if (t->kind == TREE_NUM) {
			if (!rat_long(t->num, &n) || n < 1 || n > 100000)
				raise_at(a, t->loc, "the number of steps is a positive integer");
			w.steps = (int)n;
		} else if (strcmp(t->name, "differential") == 0) {
			w.differential = true;
		} else if (strcmp(t->name, "check") == 0) {
			w.check = true;
		}
	}
	return w;
}

/* the derivatives in an expression, outermost ones, each once */
typedef struct Forms {
	Term **form;
	int n, cap;
} Forms;

static void
collect_forms(Arena *a, Forms *f, Term *t)
{
	if (t->kind == TM_CALL && t->fun->cls == FC_DERIV) {
		for (int i = 0; i < f->n; i++)
			if (f->form[i] == t)
				return;
		PUSH(a, f->form, f->n, f->cap, t);
		return;
	}
	for (int i = 0; i < t->n; i++)
		collect_forms(a, f, t->kid[i]);
}

/* the variables of an expression, matrices before vectors before scalars, each once */
static void
collect_variables(Arena *a, Forms *f, Term *t)
{
	if (t->seen == f)
		return;
	t->seen = f;
	for (int i = 0; i < t->n; i++)
		collect_variables(a, f, t->kid[i]);
	if (t->kind != TM_VAR)
		return;
	for (int i = 0; i < f->n; i++)
		if (f->form[i]->name == t->name)
			return;
	PUSH(a, f->form, f->n, f->cap, t);
	int rank = !dim_is(t->row, 1) + !dim_is(t->col, 1);
	for (int i = f->n - 1; i > 0; i--) {
		Term *before = f->form[i - 1];
		if (!dim_is(before->row, 1) + !dim_is(before->col, 1) >= rank)
			break;
		f->form[i] = before;
		f->form[i - 1] = t;
	}
}

/* What the statement asks for: one derivative, maybe transposed, or an expression with some. */
typedef struct Request {
	Mdx *s;
	Arena *a;
	const Stmt *st;
	Words words;
	Tree *expr; /* the expression, or the identity's left side, under its where */
	Derivation *rows;
	bool alone, turned; /* it is a derivative itself; transposed */
} Request;

static Elab *
elaborate(const Request *q, Term **left)
{
	Elab *e = elab_new(q->s, q->a, dims_new(q->a));
	int n;
	*left = q->words.check ? elab_sides(e, q->st->expr, &n)[0] : elab_expr(e, q->expr);
	return e;
}

/* t differentiated by the name */
static Tree *
derivative(Arena *a, Tree *t, bool scalar, Sym by)
{
	return tree_call(a, t->loc, scalar ? "grad" : "jac", 2, t, tree_name(a, t->loc, by));
}

/* What is asked for has no derivative in it: says what could be asked for instead. */
_Noreturn static void
no_derivative(Request *q, Term *left)
{
	enum { SHOWN = 3, LONG = 40 };
	Tree *t = derive_without_where(q->expr);
	Style style = q->s->style == STYLE_UNICODE ? STYLE_UNICODE : STYLE_ASCII;
	Forms x = {0};
	Text hint = text_new(q->a);
	collect_variables(q->a, &x, left);
	bool short_enough = strlen(print_tree(q->a, t, style)) <= LONG;
	if (short_enough && !q->words.check && left->kind != TM_VAR && left->nax <= 2)
		for (int i = 0; i < x.n && i < SHOWN; i++) {
			Tree *by = derivative(q->a, t, is_scalar_step(left), x.form[i]->name);
			text_addf(&hint, "%s%s%s", i > 0 ? " or " : "derive ",
				i == 0 && q->words.differential ? "differential " : "",
				print_tree(q->a, by, style));
		}
	if (q->words.differential && x.n > 1)
		raise_hint(q->a, t->loc, hint.n ? hint.s : "derive differential grad(l, W)",
			"a differential is by one variable: by which?");
	raise_hint(q->a, t->loc, hint.n ? hint.s : "derive grad(l, W)",
		"derive wants a derivative: grad, jac, hess, diff, dir or vjp of something%s",
		q->words.check ? ", on the left side" : "");
}

/* A differential of an expression in one variable is by that. */
static void
by_the_variable(Request *q, Term *left)
{
	Forms f = {0}, x = {0};
	collect_forms(q->a, &f, left);
	collect_variables(q->a, &x, left);
	if (!q->words.differential || q->words.check || f.n > 0 || x.n != 1 || left->nax > 2)
		return;
	Tree *t = derive_without_where(q->expr);
	t = derivative(q->a, t, is_scalar_step(left), x.form[0]->name);
	q->expr = derive_with_where(q->a, q->expr, t);
}

/* Derives the k-th derivative; names that earlier pages made up are not used again. NULL: there are
   not as many. A page has a graph and terms of its own. */
static Derive *
derive_form_of(Request *q, int k, const Derive *before)
{
	Term *left;
	Elab *e = elaborate(q, &left);
	Forms f = {0};
	while (left->kind == TM_NAMED)
		left = left->kid[0];
	q->turned = left->kind == TM_TRANS && left->kid[0]->kind == TM_CALL &&
				left->kid[0]->fun->cls == FC_DERIV;
	q->alone = q->turned || (left->kind == TM_CALL && left->fun->cls == FC_DERIV);
	collect_forms(q->a, &f, left);
	if (f.n == 0)
		no_derivative(q, left);
	if (k >= f.n)
		return NULL;
	Derive *d = derive_new(q->s, q->a, e, q->expr, f.form[k], q->rows, q->words.steps);
	for (int i = 0; before && i < before->ntaken; i++)
		PUSH(q->a, d->taken, d->ntaken, d->cap_taken, before->taken[i]);
	if (!q->alone || q->turned)
		d->asked = derive_with_where(q->a, q->expr, derive_tree(d, d->form));
	if (f.n > 1)
		derive_title(d, derive_words(d, derive_without_where(d->asked)));
	if (d->form->fun->id == F_hess)
		return two_pages(d, q->words.differential, q->words.steps);
	page(d, q->words.differential);
	return d;
}

static Verdict
claimed(Request *q, Derive *d, Tree *claim)
{
	Tree *where = q->st->expr;
	if (q->turned)
		claim = tree(q->a, TREE_TRANS, claim->loc, 1, claim);
	if (q->alone)
		return derive_claim(d, derive_with_where(q->a, where, claim));
	Verdict v =
		derive_decide(d, tree(q->a, TREE_EQ, claim->loc, 2, derive_without_where(q->expr), claim));
	if (v == VERDICT_FALSE)
		q->rows->row[q->rows->n - 1]->departs = "here the claim departs";
	return v;
}

Derivation *
derivation(Mdx *s, Arena *a, const Stmt *st)
{
	Derivation *rows = NEW(a, Derivation);
	Tree *eq = derive_without_where(st->expr);
	Request q = {
		.s = s, .a = a, .st = st, .words = words_of(a, st), .expr = st->expr, .rows = rows};
	Term *left;
	rows->claim = VERDICT_TRUE;
	if (q.words.check != (eq->kind == TREE_EQ))
		raise_hint(a, st->expr->loc, "derive grad(l, W), or derive check grad(l, W) == 2*W",
			q.words.check ? "derive check wants an identity"
						  : "an identity is derived by derive check");
	if (q.words.check)
		q.expr = derive_with_where(a, st->expr, eq->kid[0]);
	Elab *e = elaborate(&q, &left);
	by_the_variable(&q, left);
	doing("checking the lines of the derivation");
	declare_taken(s, a, e, st->loc, rows);
	Derive *d = derive_form_of(&q, 0, NULL), *next = d;
	for (int k = 1; (next = derive_form_of(&q, k, d)); k++)
		d = next;
	if (!q.alone) {
		d->asked = q.expr;
		derive_title(d, "together");
		derive_answer(d, NULL);
	}
	for (int i = 1; q.words.check && i < eq->n && rows->claim == VERDICT_TRUE; i++)
		rows->claim = claimed(&q, d, eq->kid[i]);
	if (q.words.check)
		derive_row(d, DERIVE_NOTE, NULL, "",
			rows->claim == VERDICT_TRUE    ? "the claim holds"
			: rows->claim == VERDICT_FALSE ? "the claim does not hold"
										   : "the claim could not be decided");
	return rows;
}

/* ---- parts on paper */

Tree *
derivation_paper(Arena *a, const Derivation *rows, const Tree *t)
{
	for (int i = 0; i < rows->n && t->kind == TREE_NAME; i++) {
		const DeriveRow *r = rows->row[i];
		if (r->part && r->left->name == t->name)
			return tree(a, TREE_INDEX, t->loc, 2, r->of, tree_num(a, t->loc, rat(r->part, 1)));
	}
	Tree *copy = NULL;
	for (int i = 0; i < t->n; i++) {
		Tree *kid = derivation_paper(a, rows, t->kid[i]);
		if (kid != t->kid[i])
			tree_replace(a, t, &copy, i, kid);
	}
	return copy ? copy : (Tree *)t;
}
