/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * known.c: the shapes of definitions that are made of declared names only. Nothing but a change of
 * what the session knows can change them, so that where only shapes are wanted (Elab.brief) a
 * definition need not be looked into, and a long chain of definitions takes linear time. Between
 * entry.c, which keeps them, and term.c, which uses them.
 */
#include "infer.h"

static bool
keep_dim(const Dim *d, KnownDim *k)
{
	if (d->n > KNOWN_TERMS || dim_flexible(d))
		return false;
	k->n = d->n;
	for (int i = 0; i < d->n; i++) {
		if (d->term[i].nsym > KNOWN_FACTORS)
			return false;
		k->term[i].coef = d->term[i].coef;
		k->term[i].nsym = d->term[i].nsym;
		for (int j = 0; j < d->term[i].nsym; j++)
			k->term[i].sym[j] = d->term[i].sym[j];
	}
	return true;
}

static Dim *
kept_dim(Dims *dims, const KnownDim *k)
{
	Dim *d = dim_num(dims, 0);
	for (int i = 0; i < k->n; i++) {
		Dim *t = dim_num(dims, k->term[i].coef);
		for (int j = 0; j < k->term[i].nsym; j++)
			t = dim_mul(dims, t, dim_sym(dims, k->term[i].sym[j]));
		d = dim_add(dims, d, t);
	}
	return d;
}

/* Are all names variables, definitions and sizes of the session, and was nothing to be guessed? */
static bool
settled(const Elab *e)
{
	const Names *nm = e->names;
	if (e->taken.n || e->infer->next_name || unify_unknowns(e->infer))
		return false;
	for (unsigned i = 0; i < nm->ntable; i++)
		for (const Local *l = nm->table[i]; l; l = l->next)
			if (l->role == ROLE_INDEX || (l->role == ROLE_DIM && !mention_sizes(e->s, l->name)))
				return false;
	return true;
}

/* needs: en is in the session, t is its definition, elaborated in e. Keeps its shape if it is
   settled. */
void
known_keep(const Elab *e, const Term *t, Entry *en)
{
	en->known_at = 0;
	if (t->nax <= 2 && settled(e) && keep_dim(t->row, &en->known[0]) &&
		keep_dim(t->col, &en->known[1]))
		en->known_at = e->s->changes;
}

bool
known_is(const Elab *e, const Entry *en)
{
	return e->brief && en->known_at && en->known_at == e->s->changes;
}

/* A leaf in the place of the definition. */
Var *
known_var(Elab *e, const Entry *en, Loc loc)
{
	Var *v = NEW(e->a, Var);
	v->name = en->name;
	v->declared = true;
	v->loc = loc;
	v->serial = e->names->nvar++;
	v->row = kept_dim(e->dims, &en->known[0]);
	v->col = kept_dim(e->dims, &en->known[1]);
	return v;
}
