/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * derive_used.c: the names that a derivation uses and does not make: the top of its page. Variables
 * and unknown functions are declared, definitions that the variable is not in are repeated, so that
 * the page runs alone; in the session where it was asked for they change nothing.
 */
#include "derive.h"

#include <string.h>

enum { GIVEN = 6 }; /* definitions that the variable is not in; of more, names and shapes */

static const Step *
step_named(const Derive *d, Sym name)
{
	for (int i = 0; i < d->nstep; i++)
		if (d->step[i]->name == name)
			return d->step[i];
	return NULL;
}

/* What was taken for a name that was never declared is declared on the page. */
static bool
list_taken(Derive *d, Sym name)
{
	const Derivation *rows = d->rows;
	for (int i = 0; i < rows->ntaken; i++) {
		DeriveRow *r = rows->taken[i];
		if ((r->left->kind == TREE_CALL ? r->left->kid[0] : r->left)->name != name)
			continue;
		for (int k = 0; k < rows->n; k++)
			if (rows->row[k] == r)
				return true;
		PUSH(d->a, d->rows->row, d->rows->n, d->rows->cap, r);
		return true;
	}
	return false;
}

static Sym
left_name(const DeriveRow *r)
{
	return r->left->kind == TREE_CALL ? r->left->kid[0]->name : r->left->name;
}

/* A row of that kind for the name, on this page or an earlier one. */
static bool
has_row(const Derive *d, DeriveKind kind, Sym name)
{
	for (int i = 0; i < d->rows->n; i++) {
		const DeriveRow *r = d->rows->row[i];
		if (r->kind == kind && left_name(r) == name)
			return true;
	}
	return false;
}

static bool
binds(const Tree *t, Sym name)
{
	bool yes = t->kind == TREE_BIND && t->name == name;
	for (int i = 0; i < t->n && !yes; i++)
		yes = binds(t->kid[i], name);
	return yes;
}

static DeriveRow *
known_row(Derive *d, DeriveKind kind, Tree *left, const char *shape)
{
	DeriveRow *r = NEW(d->a, DeriveRow);
	*r = (DeriveRow){.kind = kind, .left = left, .words = "", .shape = shape, .known = true};
	return r;
}

/* The user's functions in t, with what they call. */
static void
list_functions(Derive *d, const Tree *t)
{
	for (int i = 0; i < t->n; i++)
		list_functions(d, t->kid[i]);
	if (t->kind != TREE_CALL || binds(d->asked, t->kid[0]->name))
		return;
	const Entry *en = session_find(d->s, t->kid[0]->name);
	if (!en || en->kind != NAME_FUNCTION)
		return;
	Tree *left = tree_call(d->a, t->loc, en->name, 0);
	for (int i = 0; i < en->nparam; i++)
		tree_push(d->a, left, tree_name(d->a, t->loc, en->param[i]));
	if (has_row(d, DERIVE_DEFINE, en->name))
		return;
	for (int i = 0; i < d->ngiven; i++)
		if (left_name(d->given[i]) == en->name)
			return;
	list_functions(d, en->tree);
	DeriveRow *r = known_row(d, DERIVE_DEFINE, left, "");
	PUSH(d->a, r->side, r->n, r->cap, tree_copy(d->a, en->tree));
	PUSH(d->a, d->given, d->ngiven, d->cap_given, r);
}

/* What the session knows of a variable or an unknown function, as a statement of the page: in the
   session it changes nothing. */
static void
list_known(Derive *d, const Term *t, const Entry *en)
{
	bool fun = t->kind == TM_UNKNOWN;
	DeriveKind kind = fun ? DERIVE_FUN : DERIVE_DECLARE;
	if (has_row(d, kind, en->name))
		return;
	Tree *left = fun ? tree_name(d->a, d->form->loc, en->name) :
		derive_declaration(d->a, d->form->loc, en->name, t->row, t->col);
	DeriveRow *r = known_row(d, kind, left, fun ? "" : short_shape(d->a, t->row, t->col));
	r->props = en->decl ? en->decl->props : 0;
	r->elementwise = fun && t->ufun->elementwise;
	PUSH(d->a, d->rows->row, d->rows->n, d->rows->cap, r);
}

/* Names in t that the page does not define: each once. Variables are declared; definitions stand in
   d->given after what they use; what is bound by the statement alone goes into the comment `out',
   with its shape. */
static void
list_names(Derive *d, Text *out, Term *t)
{
	if (t->seen == out)
		return;
	t->seen = out;
	if (t->kind == TM_UNKNOWN && session_find(d->s, t->ufun->name))
		list_known(d, t, session_find(d->s, t->ufun->name));
	if (t->kind != TM_VAR && t->kind != TM_NAMED) {
		for (int i = 0; i < t->n; i++)
			list_names(d, out, t->kid[i]);
		return;
	}
	const Step *s = step_named(d, t->name);
	for (int i = 0; i < d->nlisted; i++)
		if (d->listed[i] == t->name)
			return;
	if ((s && s->def) || list_taken(d, t->name))
		return;
	PUSH(d->a, d->listed, d->nlisted, d->cap_listed, t->name);
	if (s && s == d->var)
		t = d->by; /* and not a leaf in its place */
	const Entry *en = binds(d->asked, t->name) ? NULL : session_find(d->s, t->name);
	if (en && en->kind == NAME_VAR && t->kind == TM_VAR) {
		list_known(d, t, en);
	} else if (d->defined && en && en->kind == NAME_DEF && t->kind == TM_NAMED) {
		list_names(d, out, t->kid[0]);
		list_functions(d, en->tree);
		DeriveRow *r = known_row(d, DERIVE_DEFINE, tree_name(d->a, d->form->loc, t->name),
			short_shape(d->a, t->row, t->col));
		PUSH(d->a, r->side, r->n, r->cap, tree_copy(d->a, en->tree));
		PUSH(d->a, d->given, d->ngiven, d->cap_given, r);
	} else {
		text_addf(out, "%s%s : %s", out->n ? ", " : "", t->name, short_shape(d->a, t->row, t->col));
	}
}

/* What the derivative names and the page does not come upon: it is gone from the form that is
   derived. */
static void
list_asked(Derive *d, Text *out, const Tree *t)
{
	const Entry *en = NULL;
	if (t->kind == TREE_NAME && !binds(d->asked, t->name))
		en = session_find(d->s, t->name);
	if (en && (en->kind == NAME_DEF || en->kind == NAME_VAR))
		list_names(d, out, elab_expr(d->e, tree_name(d->a, t->loc, t->name)));
	for (int i = 0; i < t->n; i++)
		list_asked(d, out, t->kid[i]);
}

/* false: that would be more of the user's definitions than a page should begin with */
static bool
list_names_of(Derive *d, Text *out)
{
	for (int i = 0; i < d->nstep; i++)
		if (d->step[i]->def)
			list_names(d, out, d->step[i]->def);
	for (int i = d->nstep ? 1 : 0; i < d->form->n; i++)
		list_names(d, out, d->form->kid[i]);
	list_asked(d, out, d->asked);
	return d->ngiven <= GIVEN;
}

/* Functions before variables, what was declared before what was taken; each in the order of the
   page. */
static void
in_order(Derive *d, int from)
{
	int n = d->rows->n - from, at = from;
	DeriveRow **row = NEWN(d->a, DeriveRow *, n);
	memcpy(row, d->rows->row + from, sizeof *row * (size_t)n);
	for (int rank = 0; rank < 3; rank++)
		for (int i = 0; i < n; i++)
			if ((row[i]->kind == DERIVE_FUN ? 0 : row[i]->known ? 1 : 2) == rank)
				d->rows->row[at++] = row[i];
}

void
derive_used(Derive *d)
{
	Text names = text_new(d->a), all = text_new(d->a);
	int nrow = d->rows->n;
	for (int i = 0; d->before && i < d->before->nlisted; i++)
		PUSH(d->a, d->listed, d->nlisted, d->cap_listed, d->before->listed[i]);
	int nlisted = d->nlisted;
	d->defined = true;
	if (!list_names_of(d, &all)) {
		d->defined = false; /* they are mentioned */
		d->ngiven = 0;
		d->rows->n = nrow;
		d->nlisted = nlisted;
		list_names_of(d, &names);
	} else {
		names = all;
	}
	list_functions(d, d->asked);
	in_order(d, nrow);
	if (names.n)
		derive_row(d, DERIVE_NOTE, NULL, "", names.s);
	for (int i = 0; i < d->ngiven; i++)
		if (!has_row(d, DERIVE_DEFINE, left_name(d->given[i])))
			PUSH(d->a, d->rows->row, d->rows->n, d->rows->cap, d->given[i]);
}
