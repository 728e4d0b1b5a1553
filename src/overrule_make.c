/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * overrule_make.c: can a term be a column, a row, a scalar, when names in it are not what their
 * first letter says? Then they are made so. First asked, then done: a term that can only half be
 * changed is left alone.
 */
#include "overrule.h"

/* ---------------------------------------------------------------- names under signs, transposes */

bool
overrule(VarKind *k, unsigned kind, Loc why)
{
	if (k->kind == kind || k->changes >= 3)
		return false;
	k->kind = kind;
	k->changes++;
	k->why = why;
	return true;
}

VarKind *
overrule_leaf(Infer *in, Term *t, bool *flipped)
{
	VarKind *k = kind_leaf(in, t, flipped);

	return k && k->weak ? k : NULL;
}

bool
term_is_number(const Term *t)
{
	return t->kind == TM_NUM || t->kind == TM_PI || t->kind == TM_DIM;
}

bool
term_is_elementwise(const Term *t)
{
	switch (t->kind) {
	case TM_ADD:
	case TM_EMUL:
	case TM_EDIV:
		return true;
	case TM_UNKNOWN:
		return t->ufun->elementwise;
	case TM_CALL:
		return t->fun->cls == FC_ELEM || (t->fun->id == F_softmax && !t->nidx);
	default:
		return false;
	}
}

void
overrule_walk(Infer *in)
{
	in->walk += 8;
}

bool
overrule_met(Infer *in, const Term *t, unsigned kind)
{
	unsigned *seen = &in->seen[t->id - 1];
	bool met = *seen == in->walk + kind;

	*seen = in->walk + kind;
	return met;
}

/* ---------------------------------------------------------------- scalars that could be vectors */

typedef struct Want {
	Infer *in;
	bool certain; /* also names that are elsewhere used as a scalar */
	bool apply, changed;
	int depth;
	Loc why;
} Want;

static bool want(Want *w, Term *t, unsigned kind);

/* Factors that come out as scalars may be vectors at the ends of a product: b in A*b, a in a*x'. */
static bool
want_product(Want *w, Term *t, unsigned kind)
{
	unsigned is = kind_of(w->in, t), other = kind ^ is;
	int first = -1, last = -1, i;

	for (i = 0; i < t->n; i++)
		if (kind_of(w->in, t->kid[i]) != KIND_SCALAR) {
			first = first < 0 ? i : first;
			last = i;
		}
	if (first < 0) { /* scalars alone: the last one, as in 2*a */
		i = t->n - 1;
		return !term_is_number(t->kid[i]) && want(w, t->kid[i], kind);
	}
	if ((first == last && other == KIND_SCALAR) || (other & is & KIND_COL))
		return false;
	if (other & KIND_COL) {
		for (i = t->n - 1; i > last && term_is_number(t->kid[i]); i--)
			;
		if (i > last) {
			if (!want(w, t->kid[i], KIND_COL))
				return false;
		} else if (!want(w, t->kid[last], KIND_COL | (kind_of(w->in, t->kid[last]) & KIND_ROW))) {
			return false;
		}
	}
	if (!(other & KIND_ROW))
		return true;
	if (is & KIND_ROW)
		return first > 0 && want(w, t->kid[first - 1], KIND_COL);
	return want(w, t->kid[first], KIND_ROW | (kind_of(w->in, t->kid[first]) & KIND_COL));
}

/* operands of one shape */
static bool
want_operands(Want *w, Term *t, int n, unsigned kind)
{
	bool all_scalar = kind_of(w->in, t) == KIND_SCALAR, any = false;

	for (int i = 0; i < n; i++) {
		unsigned is = kind_of(w->in, t->kid[i]);
		if (term_is_number(t->kid[i]) || (is == KIND_SCALAR && !all_scalar))
			continue;
		if (!want(w, t->kid[i], kind))
			return false;
		any = true;
	}
	return any;
}

/* Can t be of that kind, when conventional scalars in it are vectors? With `apply` they are. */
static bool
want_kind(Want *w, Term *t, unsigned kind)
{
	bool flipped;
	VarKind *k;

	if (t->kind == TM_VAR) {
		k = overrule_leaf(w->in, t, &flipped);
		if (!k || k->kind != KIND_SCALAR || k->changes >= 3 ||
			(kind != KIND_COL && kind != KIND_ROW) || (!w->certain && (k->use & USE_SCALAR)))
			return false;
		if (w->apply)
			w->changed |= overrule(k, kind, w->why);
		return true;
	}
	if (term_is_transpose(t))
		return want(w, t->kid[0], kind_flip(kind));
	if (term_is_elementwise(t))
		return want_operands(w, t, t->n, kind);
	switch (t->kind) {
	case TM_NAMED:
		return want(w, t->kid[0], kind);
	case TM_EPOW:
		return want_operands(w, t, 1, kind);
	case TM_MUL:
		return want_product(w, t, kind);
	case TM_DIV:
		return kind_of(w->in, t->kid[1]) == KIND_SCALAR && want(w, t->kid[0], kind);
	case TM_LDIV:
		return kind == KIND_COL && want(w, t->kid[1], kind);
	default:
		return false;
	}
}

static bool
want(Want *w, Term *t, unsigned kind)
{
	bool yes;

	if (kind_of(w->in, t) == kind)
		return true;
	if (!kind_open(w->in, t) || kind_of(w->in, t) == KIND_TENSOR || w->depth >= OVERRULE_DEPTH)
		return false;
	if (overrule_met(w->in, t, kind)) /* it was found possible: what is not ends the walk */
		return true;
	w->depth++;
	yes = want_kind(w, t, kind);
	w->depth--;
	return yes;
}

bool
overrule_could(Infer *in, Term *t, unsigned kind)
{
	Want w = {.in = in};

	overrule_walk(in);
	return want(&w, t, kind);
}

bool
overrule_make(Infer *in, Term *t, unsigned kind, bool certain, Loc why)
{
	Want w = {.in = in, .certain = certain, .why = why};

	overrule_walk(in);
	if (!want(&w, t, kind))
		return false;
	w.apply = true;
	overrule_walk(in);
	want(&w, t, kind);
	return w.changed;
}
