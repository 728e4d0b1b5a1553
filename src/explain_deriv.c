/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_deriv.c: the side of a false identity that is taken for right is a derivative: worked
 * out; the claim is another derivative, or only the part through one of several places.
 */
#include "explain.h"

/* ---- worked out */

/* A name for an expression that the claim's where clause has, too, is the claim's. */
static const Tree *
bound_names(Explain *x, const Tree *t)
{
	const Tree *r = t->kid[0];
	for (int i = 1; t->kind == TREE_WHERE && i < t->n; i++) {
		const Tree *b = t->kid[i], *mine = NULL;
		for (const Tree *eq = x->eq; eq->kind == TREE_WHERE; eq = eq->kid[0])
			for (int k = 1; k < eq->n; k++)
				if (tree_equal(eq->kid[k]->kid[0], b->kid[0]))
					mine = eq->kid[k];
		if (!mine)
			return t;
		r = explain_exchanged(x->a, r, b->name, mine->name);
	}
	return t->kind == TREE_WHERE ? r : t;
}

/* The other side, when that is a derivative and no correction is known yet. */
void
explain_worked_out(Explain *x, Finding *f)
{
	Trap t;
	if (f->tree || !explain_derivative(explain_truth(x)) || !explain_ground(x))
		return;
	if (x->at.term[1 - x->claim]->nax > 2)
		return;
	if (TRY(&t, x->at.a)) {
		const Node *n = x->at.side[1 - x->claim];
		bool row = n->nax == 1 && dim_is(x->at.term[1 - x->claim]->row, 1);
		Formula form = matrix_form(x->at.g, x->at.side[1 - x->claim], row);
		trap_end(&t);
		if (form.nindex)
			return;
		f->tree = tree_copy(x->a, form.tree);
		if (f->tree->kind == TREE_WHERE)
			f->tree = bound_names(x, f->tree);
		f->part = explain_side(x, x->claim);
	} else {
		explain_failed(x, &t.diag);
	}
}

/* ---- another derivative */

/* the claim's value at the points, compared with what another tree has there */
static bool
claim_is(Explain *x, Tree *t)
{
	Arena *a = arena_new();
	volatile bool yes = false;
	Trap trap;
	Sub sub = {explain_truth(x), t};
	if (!a)
		return false;
	if (TRY(&trap, a)) {
		Tree *eq = explain_subst(a, x->eq, &sub, 1);
		yes = decide(x->s, a, eq, x->given, DECIDE_QUICK).verdict == VERDICT_TRUE &&
			  decide(x->s, a, eq, x->given, DECIDE_FULL).verdict == VERDICT_TRUE;
		trap_end(&trap);
	} else {
		explain_failed(x, &trap.diag);
	}
	arena_free(a);
	return yes;
}

static bool
is_gradient(const Tree *t)
{
	const Fun *f;
	if (t->kind == TREE_DERIV)
		return t->kid[1]->kind == TREE_NAME;
	if (t->kind != TREE_CALL || t->n != 3 || t->kid[0]->kind != TREE_NAME)
		return false;
	f = fun_find(t->kid[0]->name);
	return f && f->cls == FC_DERIV && t->kid[2]->kind == TREE_NAME;
}

static Sym
fresh_name(const Explain *x)
{
	for (int i = 1;; i++) {
		Sym s = sym(arena_printf(x->a, "path%d", i));
		if (!session_find(x->s, s))
			return s;
	}
}

/* The derivative `t` of `of` by a node of its own, which stands for `by`. */
static Tree *
by_node(Explain *x, const Tree *t, Tree *of, Tree *by, Sym u)
{
	Arena *a = x->a;
	Tree *bind = tree(a, TREE_BIND, t->loc, 1, by), *d;
	bind->name = u;
	if (t->kind == TREE_DERIV) {
		d = tree(a, TREE_DERIV, t->loc, 2, of, tree_name(a, t->loc, u));
	} else {
		d = tree(a, TREE_CALL, t->loc, 0);
		tree_push(a, d, t->kid[0]);
		tree_push(a, d, of);
		tree_push(a, d, tree_name(a, t->loc, u));
	}
	return tree(a, TREE_WHERE, t->loc, 2, d, bind);
}

/* the variable of the derivative as a term, when it is a variable */
static const Term *
by_term(const Explain *x)
{
	const Term *m = x->at.term[1 - x->claim];
	return m->kind == TM_CALL && m->fun->cls == FC_DERIV && m->n == 2 && m->kid[1]->kind == TM_VAR
			   ? m->kid[1]
			   : NULL;
}

/* t with the definitions put in, but for that of `by` */
static Tree *
inlined(Explain *x, const Tree *t, Sym by, int depth)
{
	const Entry *en = t->kind == TREE_NAME ? session_find(x->s, t->name) : NULL;
	Tree *r;
	if (t->name == by || depth > 40)
		return (Tree *)t;
	if (en && en->kind == NAME_DEF)
		return inlined(x, en->tree, by, depth + 1);
	r = NEW(x->a, Tree);
	*r = *t; /* a copy: a definition that is used twice stands at two places */
	r->kid = NEWN(x->a, Tree *, t->n + 1);
	for (int i = 0; i < t->n; i++) {
		r->kid[i] = inlined(x, t->kid[i], by, depth);
		if (r->depth <= r->kid[i]->depth)
			r->depth = r->kid[i]->depth + 1;
	}
	if (!tree_depth_ok(r))
		raise_at(x->a, t->loc, "nested too deeply");
	return r;
}

/* The gradient by the free entries of a symmetric matrix, the one within the symmetric matrices and
   the one that knows of no symmetry are taken for one another. */
bool
explain_confused(Explain *x, Finding *f)
{
	enum { PROJECTED = P_SYMMETRIC | P_SKEW | P_DIAGONAL | P_LOWER | P_UPPER };
	const Tree *t = explain_truth(x);
	const Term *m = x->at.term[1 - x->claim], *by = by_term(x);
	const char *side = explain_side(x, x->claim);
	bool grad, structured;
	if (!by || t->kind != TREE_CALL || by->row != by->col || dim_is(by->row, 1))
		return false;
	grad = m->fun->id == F_grad;
	structured = m->fun->id == F_structgrad;
	if (grad || structured) {
		const char *other = fun_table[grad ? F_structgrad : F_grad].name;
		Tree *d = tree_call(x->a, t->loc, other, 2, t->kid[1], t->kid[2]);
		if (claim_is(x, d)) {
			f->reason = arena_printf(x->a, "%s is %s", side, explain_text(x, d));
			explain_worked_out(x, f);
			return true;
		}
	}
	if (grad && by->var->props & PROJECTED) {
		Sym u = fresh_name(x);
		Sym name = t->kid[2]->name;
		Tree *of = explain_exchanged(x->a, inlined(x, t->kid[1], name, 0), name, u);
		if (claim_is(x, by_node(x, t, of, t->kid[2], u))) {
			f->reason = arena_printf(x->a, "%s is the gradient by a matrix %s that is not %s", side,
				t->kid[2]->name, props_text(x->a, by->var->props & PROJECTED));
			explain_worked_out(x, f);
			return true;
		}
	}
	return false;
}

/* names of variables of the shape of one */
typedef struct Alike {
	const Term *like;
	Sym *name;
	int n, cap;
} Alike;

static void
alike(Explain *x, Term *t, Alike *all)
{
	if (t->seen == all)
		return;
	t->seen = all;
	bool known = t->kind != TM_VAR || t->nax > 2 || t->row != all->like->row ||
				 t->col != all->like->col || t->name == all->like->name;
	for (int i = 0; i < all->n && !known; i++)
		known = all->name[i] == t->name;
	if (!known)
		PUSH(x->a, all->name, all->n, all->cap, t->name);
	for (int i = 0; i < t->n; i++)
		alike(x, t->kid[i], all);
}

/* The derivative by another variable of the shape. */
bool
explain_other_variable(Explain *x, Finding *f)
{
	const Tree *t = explain_truth(x);
	Alike *all = NEW(x->a, Alike);          /* its address marks what the walk has seen */
	if (!explain_ground(x))
		return false;
	all->like = by_term(x);
	if (!is_gradient(t) || t->kind != TREE_CALL || !all->like)
		return false;
	for (int i = 0; i < 2; i++)
		alike(x, x->at.term[i], all);
	for (int i = 0; i < all->n && !explain_over(x); i++) {
		Tree *d = tree(x->a, TREE_CALL, t->loc, 3, t->kid[0], t->kid[1],
			tree_name(x->a, t->kid[2]->loc, all->name[i]));
		if (!tree_mentions(t->kid[1], all->name[i]) || !claim_is(x, d))
			continue;
		f->reason = arena_printf(x->a, "%s is %s", explain_side(x, x->claim), explain_text(x, d));
		explain_worked_out(x, f);
		return true;
	}
	return false;
}

/* ---- one path of several */

/* Places where a gradient's variable stands in its function, definitions put in. */
typedef struct Paths {
	const Tree **site, **up;
	int n, cap, cap_up;
} Paths;

static void
find_paths(Explain *x, const Tree *t, const Tree *up, Sym by, Paths *p)
{
	if (t->kind == TREE_NAME && t->name == by) {
		PUSH(x->a, p->up, p->n, p->cap_up, up);
		p->n--;
		PUSH(x->a, p->site, p->n, p->cap, t);
	}
	for (int i = t->kind == TREE_CALL; i < t->n; i++)
		find_paths(x, t->kid[i], t, by, p);
}

/* each occurrence needs a node of its own */
static Tree *
own_names(Explain *x, const Tree *t, Sym by)
{
	Tree *r = NEW(x->a, Tree);
	*r = *t;
	r->kid = NEWN(x->a, Tree *, t->n + 1);
	for (int i = 0; i < t->n; i++)
		r->kid[i] = own_names(x, t->kid[i], by);
	return r;
}

/* The derivative `t` through the place `site` alone: the variable there is a node of its own. */
static Tree *
through(Explain *x, const Tree *t, Tree *of, Tree *by, const Tree *site)
{
	Sym u = fresh_name(x);
	Sub sub = {site, tree_name(x->a, t->loc, u)};
	return by_node(x, t, explain_subst(x->a, of, &sub, 1), by, u);
}

/* W', the W of W*x */
static const char *
path_words(Explain *x, const Tree *site, const Tree *up)
{
	int i = 0;
	if (!up)
		return site->name;
	if (up->kind == TREE_TRANS)
		return arena_printf(x->a, "%s'", site->name);
	if (up->kind == TREE_MUL || up->kind == TREE_EMUL) {
		while (up->kid[i] != site)
			i++;
		i = i + 1 < up->n ? i : i - 1;
		up = tree(x->a, up->kind, up->loc, 2, up->kid[i], up->kid[i + 1]);
	}
	return arena_printf(x->a, "the %s of %s", site->name, explain_text(x, up));
}

/* which path of the gradient the claim is, in words; NULL: none */
const char *
explain_path(Explain *x)
{
	const Tree *t = explain_truth(x);
	Paths p = {0};
	Tree *of, *by;
	int arg = t->kind == TREE_CALL;
	if (!is_gradient(t))
		return NULL;
	by = t->kid[arg + 1];
	of = own_names(x, inlined(x, t->kid[arg], by->name, 0), by->name);
	find_paths(x, of, NULL, by->name, &p);
	if (p.n < 2 || p.n > 8)
		return NULL;
	for (int i = 0; i < p.n && !explain_over(x); i++) {
		const Tree *up = p.up[i];
		if (!claim_is(x, through(x, t, of, by, p.site[i])))
			continue;
		return path_words(x, p.site[i], up);
	}
	return NULL;
}
