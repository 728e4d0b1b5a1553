/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_conform.c: one side of an identity does not conform, and the other one does: what it
 * should be. That is an error, which check.c has caught; here it gets a hint. The edits and their
 * tests are those of a false identity: the other side is what is known to be right, and of the
 * claim those parts have a shape that conform by themselves.
 */
#include "explain.h"

#include <string.h>

#include "infer.h"

enum { LONG_VALUE = 60 };

/* ---- what conforms */

/* elab_sides() of one expression in the place of both sides */
static Term **
alone(Explain *x, Elab *e, const Tree *t)
{
	Sub sub[2] = {{x->side[0], (Tree *)t}, {x->side[1], (Tree *)t}};
	int n;
	return elab_sides(e, explain_subst(e->a, x->eq, sub, 2), &n);
}

/* the term of a part of the claim, or NULL when that does not conform; in the ground's arena */
static Term *
part_term(Explain *x, const Tree *t)
{
	Trap trap;
	if (TRY(&trap, x->at.a)) {
		Term *r = alone(x, x->at.e, t)[0];
		trap_end(&trap);
		return r;
	}
	if (trap.diag.interrupted || trap.diag.kind == DIAG_BUG)
		raise_diag(x->at.a, &trap.diag);
	return NULL;
}

/* the tree that a name of the where clause stands for, or NULL */
static const Tree *
bound(const Explain *x, Sym name)
{
	for (const Tree *eq = x->eq; eq->kind == TREE_WHERE; eq = eq->kid[0])
		for (int i = eq->n - 1; i > 0; i--)
			if (eq->kid[i]->name == name)
				return eq->kid[i]->kid[0];
	return NULL;
}

/* The parts of t that conform, as far up as they do, and the smallest that do not. */
static void
find_parts(Explain *x, const Tree *t)
{
	Ground *at = &x->at;
	const Tree *binding = t->kind == TREE_NAME ? bound(x, t->name) : NULL;
	const Fun *f =
		t->kind == TREE_CALL && t->kid[0]->kind == TREE_NAME ? fun_find(t->kid[0]->name) : NULL;
	int before = at->nbad;
	Term *term;
	if (t->kind == TREE_STR)
		return;
	term = t->kind == TREE_ROW ? NULL : part_term(x, t);
	if (term) {
		PUSH(at->a, at->part, at->npart, at->cap_part, term);
		return;
	}
	if (binding)
		find_parts(x, binding);
	for (int i = t->kind == TREE_CALL; i < t->n; i++)
		if (!f || fun_arg_role(f, i - 1) == 'x')
			find_parts(x, t->kid[i]);
	if (at->nbad == before && t->kind != TREE_ROW)
		PUSH(at->a, at->bad, at->nbad, at->cap_bad, t);
}

Term **
explain_unbroken(Explain *x)
{
	Ground *at = &x->at;
	Term **side = alone(x, at->e, explain_truth(x));
	int known = at->e->taken.n;
	find_parts(x, x->side[x->claim]);
	at->alone = at->e->taken.n > known;
	return side;
}

static void
collect_leaves(Explain *x, Term *t, Node ***out, int *n, int *cap)
{
	Ground *at = &x->at;
	if (t->seen == out)
		return;
	t->seen = out;
	if (t->kind == TM_VAR)
		PUSH(at->a, *out, *n, *cap, given_build(at->e, at->g, t));
	for (int i = 0; i < t->n; i++)
		collect_leaves(x, t->kid[i], out, n, cap);
}

Node **
explain_leaves(Explain *x, int *n)
{
	Node ***out = NEW(x->at.a, Node **);    /* its address marks what the walk has seen */
	int cap = 0;
	*n = 0;
	for (int i = 0; i < 2; i++)
		PUSH(x->at.a, *out, *n, cap, x->at.side[i]);
	for (int i = 0; i < x->at.npart; i++)
		collect_leaves(x, x->at.part[i], out, n, &cap);
	return *out;
}

/* ---- edits that reach what does not conform */

bool
explain_mends(const Explain *x, const Unit *const *u, int n)
{
	for (int b = 0; b < x->at.nbad; b++) {
		bool reached = false;
		for (int i = 0; i < n && !reached; i++)
			for (int k = 0; k < u[i]->n && !reached; k++) {
				const Tree *site = u[i]->edit[k]->sub.site;
				reached = explain_place_in(site, x->at.bad[b]) || explain_place_in(x->at.bad[b], site);
			}
		if (!reached)
			return false;
	}
	return true;
}

/* Of two edits: neither makes a sum of a product or the reverse, nor transposes what has no shape;
   that only leads to long ways round. */
static bool
half(const Explain *x, const Edit *e)
{
	const Tree *site = e->sub.site, *to = e->sub.to;
	bool bad = false;
	for (int b = 0; b < x->at.nbad; b++)
		bad = bad || explain_place_in(site, x->at.bad[b]);
	return explain_left(e->rank) && (site->kind == TREE_ADD) == (to->kind == TREE_ADD) &&
		   !(bad && to->kind == TREE_TRANS);
}

/* Only such edits are tried in pairs. */
static void
halves(const Explain *x, Units *u)
{
	for (int i = 0; i < u->n; i++)
		u->unit[i].dull = u->unit[i].dull || !half(x, u->unit[i].edit[0]);
}

/* ---- which side */

/* Does that side of the step not conform, whatever the other one is? */
static bool
fails(Explain *x, int side)
{
	Arena *a = arena_new();
	volatile bool yes = false;
	Trap t;
	if (!a)
		return false;
	if (TRY(&t, a)) {
		Elab *e = elab_new(x->s, a, dims_new(a));
		e->given = x->given;
		alone(x, e, x->side[side]);
		trap_end(&t);
	} else {
		explain_failed(x, &t.diag);
		yes = !t.diag.interrupted;
	}
	arena_free(a);
	return yes;
}

/* The first step of which one side does not conform and the other one does. Where each of them does
   by itself, and names were taken for what does not suit both, a derivative is what is right. */
static bool
find_claim(Explain *x)
{
	const Tree *eq = x->whole;
	while (eq->kind == TREE_WHERE)
		eq = eq->kid[0];
	if (eq->kind != TREE_EQ)
		return false;
	for (x->step = 0; x->step + 1 < eq->n; x->step++) {
		x->eq = explain_step(x, x->whole);
		bool l = fails(x, 0), r = fails(x, 1);
		if (l && r)
			return false;
		x->claim = l ? 0 : 1;
		if (l || r)
			return true;
	}
	x->step = 0;
	x->claim = explain_derivative(x->side[1]) && !explain_derivative(x->side[0]) ? 0 : 1;
	return eq->n == 2;
}

/* 0 and I have no shape of their own */
static bool
shapeless(const Tree *t)
{
	return (t->kind == TREE_NUM && rat_sign(t->num) == 0) ||
		   (t->kind == TREE_NAME && strcmp(t->name, "I") == 0);
}

/* ---- what is said */

/* The reason, and the side as it should be, unless that has just been said. */
static const char *
mended(Explain *x, const Finding *f)
{
	const char *is = explain_text(x, f->tree);
	const char *whole = arena_printf(
		x->a, "with %s for %s (", is, explain_text(x, x->side[x->claim]));
	if (strstr(f->reason, whole))
		return f->reason;
	return arena_printf(x->a, "%s; %s should be %s", f->reason, f->part, is);
}

/* the other side simplified, or NULL when that is no matrix expression */
static Tree *
simplified(Explain *x)
{
	const Term *m = x->at.term[1 - x->claim];
	Trap t;
	if (m->nax > 2)
		return NULL;
	if (TRY(&t, x->at.a)) {
		Node *n = simplify(x->at.g, x->at.side[1 - x->claim], 0);
		bool row = n->nax == 1 && dim_is(m->row, 1);
		Formula form = matrix_form(x->at.g, n, row);
		trap_end(&t);
		return form.nindex || form.tree->kind == TREE_WHERE ? NULL : tree_copy(x->a, form.tree);
	}
	explain_failed(x, &t.diag);
	return NULL;
}

/* What the other side comes to and its shape, which without declarations is only a guess; NULL when
   that says nothing, beside a hint nothing new. */
static const char *
value(Explain *x, bool hinted)
{
	const Term *m = x->at.term[1 - x->claim];
	const Tree *t = simplified(x);
	const char *text = t ? explain_text(x, t) : "", *shape = term_shape(x->a, m);
	if (strlen(text) > LONG_VALUE || (t && tree_equal(t, explain_truth(x))))
		text = "";
	if (m->nax <= 2)
		shape = shape_text(x->a, m->row, m->col);
	if (strcmp(shape, "scalar") == 0)
		shape = "a scalar";
	if (x->at.e->taken.n > 0)
		shape = "";
	if (!*text && (!*shape || hinted || explain_truth(x)->n == 0))
		return NULL;
	return arena_printf(x->a, "%s is %s%s%s", explain_side(x, 1 - x->claim), text,
		*text && *shape ? ", " : "", shape);
}

static bool
edited(Explain *x, Units *u, Finding *f)
{
	if (explain_edit(x, u, EDITS_ALL, f) || explain_edit_factor(x, u, f))
		return true;
	halves(x, u);
	return explain_two_edits(x, u, f);
}

/* of a chain, at which step */
static const char *
at_step(Explain *x, const char *text)
{
	const Tree *eq = x->whole;
	while (eq->kind == TREE_WHERE)
		eq = eq->kid[0];
	return text && eq->n > 2 ? arena_printf(x->a, "at step %d, %s", x->step + 1, text) : text;
}

/* hints, the first in the place of the one there is */
static void
look(Explain *x, Diag *d)
{
	Finding f = {0};
	Units u;
	const char *more;
	if (!find_claim(x) || shapeless(explain_truth(x)) || !explain_ground(x) || x->at.alone ||
		x->at.nbad == 0)
		return;
	u = explain_units(x);
	if (x->at.npoint > 0 && edited(x, &u, &f)) {
		d->hint = at_step(x, mended(x, &f));
		return;
	}
	more = explain_ground(x) ? at_step(x, value(x, d->hint)) : NULL;
	if (d->hint)
		d->hint2 = more;
	else
		d->hint = more;
}

/* Ctrl-C ends the search, not the statement; the scratch arena is given back in any case. */
Diag
explain_conform(Mdx *s, Arena *a, const Tree *eq, Decl *given, const Diag *d)
{
	Explain *x = NEW(a, Explain);
	Diag *r = NEW(a, Diag);
	Trap t;
	*r = *d;
	if (!d->misfit)
		return *r;
	doing("looking for what the side should be that does not conform");
	*x = (Explain){.s = s, .a = a, .whole = eq, .given = given, .broken = true};
	x->deadline = explain_deadline(s);
	if (TRY(&t, a)) {
		look(x, r);
		trap_end(&t);
	}
	arena_free(x->at.a);
	return *r;
}
