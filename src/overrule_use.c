/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * overrule_use.c: how the terms of a statement use their undeclared names: as a vector, as only a
 * number can be, as only a matrix can be. It notes; overrule.c draws the conclusions.
 */
#include "overrule.h"

static void
note_use(Infer *in, VarKind *k, unsigned flag)
{
	if ((flag & (USE_SCALAR | USE_MATRIX)) && !(k->use & flag))
		k->place = in->here;
	k->use |= flag;
}

/* The conventional vectors that t is made of, entry by entry: x and y in exp(2*x) - y. With flag 0
   nothing is marked. False: it has other parts that are no scalars. */
static bool
mark(Infer *in, Term *t, unsigned flag, int depth)
{
	bool flipped, all = true;
	int n = t->n;

	if (kind_of(in, t) == KIND_SCALAR)
		return true;
	if (!kind_open(in, t) || depth > OVERRULE_DEPTH)
		return false;
	if (t->kind == TM_VAR) {
		VarKind *k = overrule_leaf(in, t, &flipped);
		if (k)
			note_use(in, k, flag);
		return k != NULL;
	}
	if (overrule_met(in, t, flag ? 1 : 0))
		return true;
	if (t->kind == TM_EPOW || t->kind == TM_DIV)
		n = 1;
	else if (!term_is_elementwise(t) && !term_is_transpose(t) && t->kind != TM_NAMED &&
			 t->kind != TM_MUL)
		return false;
	for (int i = 0, large = 0; i < n && t->kind == TM_MUL; i++) {
		large += kind_of(in, t->kid[i]) != KIND_SCALAR;
		if (large > 1)
			return false;
	}
	for (int i = 0; i < n; i++)
		all = mark(in, t->kid[i], flag, depth + 1) && all;
	return all;
}

static void
use(Infer *in, Term *t, unsigned flag)
{
	bool flipped;
	VarKind *k = overrule_leaf(in, t, &flipped);

	if (k) {
		note_use(in, k, flag);
		return;
	}
	if (flag == USE_VECTOR) /* in A*(x'*W + y)' the sum is a column, its terms may be rows */
		flag = USE_LINE;
	overrule_walk(in);
	if (flag == USE_SCALAR && !mark(in, t, 0, 0))
		return;
	if (flag == USE_LINE || flag == USE_SCALAR) {
		overrule_walk(in);
		mark(in, t, flag, 0);
	}
}

/* The factor to the right that is no scalar says what a name is: a*A, a*x, a*I want a number, a*x'
   may be of a vector. */
static void
product_uses(Infer *in, const Term *t)
{
	int first = t->n; /* the first factor that is no scalar */
	bool only_ident = true; /* all that are no scalars are I */
	bool entrywise = false; /* next is made entry by entry: then exp(x)*exp(y) lacks a dot */
	unsigned next = KIND_SCALAR;

	for (int i = t->n - 1; i >= 0; i--)
		if (kind_of(in, t->kid[i]) != KIND_SCALAR) {
			first = i;
			only_ident = only_ident && term_is_ident(t->kid[i]);
		}
	for (int i = t->n - 1; i >= 0; i--) {
		unsigned is = kind_of(in, t->kid[i]);
		bool number = next == KIND_MATRIX || next == KIND_COL;
		if (is == KIND_SCALAR ? number || (only_ident && first < t->n) : number && i == first)
			use(in, t->kid[i], entrywise && term_is_elementwise(t->kid[i]) ? 0 : USE_SCALAR);
		else if (is != KIND_SCALAR && (i > first || next == KIND_ROW) && t->kid[i]->kind != TM_CALL)
			use(in, t->kid[i], USE_VECTOR);
		if (is != KIND_SCALAR) {
			next = is;
			entrywise = term_is_elementwise(t->kid[i]);
		}
	}
}

/* beside a number, a block of a matrix of numbers is one: t in [1 t; 0 1] */
static void
block_uses(Infer *in, const Term *t)
{
	bool flipped;

	for (int i = 0; i < t->n; i++)
		if (kind_of(in, t->kid[i]) != KIND_SCALAR && !overrule_leaf(in, t->kid[i], &flipped))
			return;
	for (int i = 0, k = 0; i < t->nrow; k += t->rowlen[i++]) {
		bool scalar = false;
		for (int j = k; j < k + t->rowlen[i]; j++)
			scalar = scalar || kind_of(in, t->kid[j]) == KIND_SCALAR;
		for (int j = k; scalar && j < k + t->rowlen[i]; j++)
			if (kind_of(in, t->kid[j]) == KIND_COL)
				use(in, t->kid[j], USE_SCALAR);
	}
}

/* a scalar that is neither a number nor a name, among what t is made of entry by entry */
static bool
has_scalar(Infer *in, Term *t, int depth)
{
	bool flipped;

	if (kind_of(in, t) == KIND_SCALAR)
		return !term_is_number(t) && !overrule_leaf(in, t, &flipped) && t->kind != TM_ADD &&
			   !term_is_elementwise(t);
	if (!term_is_elementwise(t) && t->kind != TM_MUL && t->kind != TM_DIV)
		return false;
	for (int i = 0; i < t->n && depth < OVERRULE_DEPTH; i++)
		if (has_scalar(in, t->kid[i], depth + 1))
			return true;
	return false;
}

/* names that are terms or factors of what is to be a scalar */
static void
scalar_parts(Infer *in, Term *t, int depth)
{
	bool flipped;
	VarKind *k = overrule_leaf(in, t, &flipped);

	if (k && k->kind == KIND_SCALAR)
		note_use(in, k, USE_SCALAR);
	else if (kind_of(in, t) == KIND_SCALAR && depth < OVERRULE_DEPTH &&
			 (t->kind == TM_ADD || t->kind == TM_MUL || t->kind == TM_DIV))
		for (int i = 0; i < t->n; i++)
			scalar_parts(in, t->kid[i], depth + 1);
}

/* lambda in grad(x'*A*x - lambda*(x'*b - r), x) is a number, and so is r */
static void
objective_uses(Infer *in, Term *t)
{
	if (kind_of(in, t) == KIND_SCALAR)
		scalar_parts(in, t, 0);
	else if (has_scalar(in, t, 0))
		use(in, t, USE_SCALAR);
}

static void
call_uses(Infer *in, const Term *t)
{
	switch (t->fun->id) {
	case F_inv:
	case F_vector:
	case F_matrix:
		use(in, t->kid[0], USE_SCALAR);
		return;
	case F_grad:
	case F_hess:
		objective_uses(in, t->kid[0]);
		return;
	case F_tr:
	case F_det:
	case F_logdet:
	case F_expm:
	case F_adj:
	case F_tril:
	case F_triu:
		use(in, t->kid[0], USE_MATRIX);
		return;
	default:
		if (t->fun->cls == FC_MACRO || t->fun->id == F_softmax || t->fun->id == F_logsumexp)
			for (int i = 0; i < t->n; i++)
				use(in, t->kid[i], USE_LINE);
	}
}

static void
term_uses(Infer *in, const Term *t)
{
	switch (t->kind) {
	case TM_MUL:
		product_uses(in, t);
		return;
	case TM_EMUL:
	case TM_EDIV:
		for (int i = 0; i < t->n; i++)
			use(in, t->kid[i], USE_ENTRIES);
		return;
	case TM_DIV:
		use(in, t->kid[1], USE_SCALAR);
		return;
	case TM_LDIV:
		use(in, t->kid[0], USE_SCALAR);
		return;
	case TM_POW:
		use(in, t->kid[0], USE_SCALAR);
		use(in, t->kid[1], USE_SCALAR);
		return;
	case TM_TRANS:
		use(in, t->kid[0], USE_VECTOR);
		return;
	case TM_ENTRY:
		if (t->nidx < 3)
			use(in, t->kid[0], t->nidx == 2 ? USE_MATRIX : USE_VECTOR);
		return;
	case TM_MATRIX:
		block_uses(in, t);
		return;
	case TM_CALL:
		call_uses(in, t);
		return;
	default:
		return;
	}
}

void
overrule_uses(Infer *in)
{
	poll_interrupt(in->a);
	for (int i = 0; i < in->nvar; i++)
		in->var[i].use = 0;
	for (int i = 0; i < in->n; i++) {
		kind_measure(in, i);
		in->here = in->term[i]->loc;
		term_uses(in, in->term[i]);
	}
}
