/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * overrule.c: what undeclared names are, where their uses say more than their first letter. kind.c
 * starts with the convention; here the uses are read in the order of how much they tell, and after
 * each change all is measured again. A name is only ever made larger (a scalar becomes a vector)
 * or, where it stands as nothing but a scalar can, a vector or what a scalar is divided by becomes
 * a scalar; the sides of an identity never make a name smaller.
 */
#include "overrule.h"

/* ---------------------------------------------------------------- what uses demand */

/* Nobody writes a' for a number, or norm(a), dot(a, x), kron(a, x), sum(a), a[i], A\a: a vector. */
static bool
certain_vectors(Infer *in, const Term *t)
{
	bool changed = false;
	int kid = 0, n = 1;

	switch (t->kind) {
	case TM_TRANS:
		break;
	case TM_KRON:
		n = t->n;
		break;
	case TM_ENTRY:
		if (t->nidx != 1)
			return false;
		break;
	case TM_LDIV:
		if (kind_of(in, t->kid[0]) == KIND_SCALAR)
			return false;
		kid = 1;
		n = 2;
		break;
	case TM_CALL:
		switch (t->fun->id) {
		case F_dot:
		case F_kron:
			n = 2;
			break;
		case F_transpose:
		case F_sum:
		case F_mean:
		case F_logsumexp:
		case F_softmax:
		case F_sqnorm:
		case F_norm:
		case F_norm1:
		case F_norm2:
		case F_diag:
			break;
		default:
			return false;
		}
		break;
	default:
		return false;
	}
	for (; kid < n; kid++)
		if (kind_of(in, t->kid[kid]) == KIND_SCALAR)
			changed |= overrule_make(in, t->kid[kid], KIND_COL, true, t->loc);
	return changed;
}

/* Vectors by convention that stand where only a number, or only a matrix, can, and nowhere as a
   vector */
static bool
names_settled(Infer *in)
{
	bool changed = false;

	for (int i = 0; i < in->nvar; i++) {
		VarKind *k = &in->var[i];
		if (!k->var || k->known || !k->weak || k->changes ||
			(k->use & (USE_VECTOR | USE_LINE | USE_ENTRIES)))
			continue;
		if ((k->use & USE_SCALAR) && k->kind == KIND_COL)
			changed |= overrule(k, KIND_SCALAR, k->place);
		else if ((k->use & USE_MATRIX) && !(k->use & USE_SCALAR))
			changed |= overrule(k, KIND_MATRIX, k->place);
	}
	return changed;
}

/* A row times a scalar behind it: the scalar is a vector, as b in x'*A*b; likewise between a matrix
   and a row, b in A*b*x'. */
static bool
trailing_vectors(Infer *in, const Term *t)
{
	unsigned acc = KIND_SCALAR;
	Term *last = NULL; /* what could be a vector, since the last factor that is no scalar */

	if (t->kind != TM_MUL)
		return false;
	for (int i = 0; i < t->n; i++) {
		unsigned k = kind_of(in, t->kid[i]);
		if (k == KIND_TENSOR)
			return false;
		if (k == KIND_SCALAR) {
			if (acc != KIND_SCALAR && !(acc & KIND_COL) && overrule_could(in, t->kid[i], KIND_COL))
				last = t->kid[i];
			continue;
		}
		if (last && k == KIND_ROW)
			return overrule_make(in, last, KIND_COL, false, t->loc);
		last = NULL;
		if (!term_is_ident(t->kid[i]))
			acc = acc == KIND_SCALAR ? k : (acc & KIND_ROW) | (k & KIND_COL);
	}
	return last && acc == KIND_ROW && overrule_make(in, last, KIND_COL, false, t->loc);
}

/* A conventional vector may become a matrix, or a row, as the others are, unless it stands
   somewhere as a vector. */
static bool
liftable(Infer *in, Term *t, unsigned kind)
{
	bool flipped;
	const VarKind *k = overrule_leaf(in, t, &flipped);

	return k && !k->changes && !(k->use & USE_VECTOR) && k->kind == KIND_COL && !flipped &&
		   (kind == KIND_ROW || (kind == KIND_MATRIX && !(k->use & USE_LINE)));
}

/* b' beside what is a column not by its name alone, where b, a scalar by its name, stands nowhere
   else (but beside a row, and as what is differentiated by): b is a row. That is how the bias of
   x'*W + b comes back. */
static bool
turnable(Infer *in, Term *t, unsigned kind)
{
	bool flipped, f;
	const VarKind *k = overrule_leaf(in, t, &flipped);

	if (!k || k->kind != KIND_COL || kind != KIND_COL || !flipped || k->changes != 1)
		return false;
	for (int i = 0; i < in->n; i++) {
		const Term *u = in->term[i];
		bool beside = false; /* a row */
		for (int j = 0; j < u->n && term_is_elementwise(u); j++)
			beside |= kind_of(in, u->kid[j]) == KIND_ROW && !overrule_leaf(in, u->kid[j], &f);
		for (int j = 0; j < u->n; j++)
			if (overrule_leaf(in, u->kid[j], &f) == k && u->kid[j] != t && !beside &&
				!term_is_transpose(u) &&
				!(u->kind == TM_CALL && u->fun->cls == FC_DERIV && j == 1))
				return false;
	}
	return true;
}

static bool
conforms_to(Infer *in, Term **kid, int n, unsigned kind, bool firm)
{
	for (int i = 0; i < n; i++) {
		unsigned is = kind_of(in, kid[i]);
		if (is != KIND_SCALAR && is != kind && !liftable(in, kid[i], kind) &&
			!(firm && turnable(in, kid[i], kind)) && !overrule_could(in, kid[i], kind))
			return false;
	}
	return true;
}

/* The kind that operands of one shape are to have; KIND_SCALAR: as they are */
static unsigned
common_kind(Infer *in, Term **kid, int n)
{
	static const unsigned vector[] = {KIND_COL, KIND_ROW};
	unsigned seen = 0; /* kinds among them, as bits */
	bool scalar = false, flipped;

	for (int i = 0; i < n; i++) {
		const VarKind *k = overrule_leaf(in, kid[i], &flipped);
		scalar = scalar || (k && k->kind == KIND_SCALAR && !(k->use & USE_SCALAR));
		seen |= 1u << kind_of(in, kid[i]);
	}
	seen &= ~(1u << KIND_SCALAR);
	if (seen == 0 || (seen & 1u << KIND_TENSOR))
		return KIND_SCALAR;
	for (int firm = 1; firm >= 0; firm--) /* what a name says is worth less */
		for (int v = 0; v < 2; v++)
			for (int i = 0; i < n; i++)
				if (kind_of(in, kid[i]) == vector[v] &&
					firm == !overrule_leaf(in, kid[i], &flipped) &&
					(firm || !(seen & 1u << (KIND_ROW + KIND_COL - vector[v]))) &&
					conforms_to(in, kid, n, vector[v], firm))
					return vector[v];
	/* W*a + b: a name of a scalar is no matrix where a vector will do */
	if (scalar && conforms_to(in, kid, n, KIND_COL, false))
		return KIND_COL;
	return (seen & 1u << KIND_MATRIX) && conforms_to(in, kid, n, KIND_MATRIX, false) ? KIND_MATRIX
																			  : KIND_SCALAR;
}

/* Operands of one shape. equal: a scalar is not broadcast. */
static bool
conform(Infer *in, Term **kid, int n, bool equal, Loc why)
{
	unsigned target = n > 1 ? common_kind(in, kid, n) : KIND_SCALAR;
	bool changed = false, flipped;

	if (target == KIND_SCALAR)
		return false;
	for (int i = 0; i < n; i++) {
		VarKind *k = overrule_leaf(in, kid[i], &flipped);
		unsigned is = kind_of(in, kid[i]);
		if (is == target)
			continue;
		if (liftable(in, kid[i], target) || turnable(in, kid[i], target) ||
			(equal && k && k->kind == KIND_SCALAR))
			changed |= overrule(k, flipped ? kind_flip(target) : target, why);
		else if (is != KIND_SCALAR || k)
			changed |= overrule_make(in, kid[i], target, false, why);
	}
	return changed;
}

static bool
operands(Infer *in, const Term *t)
{
	if (term_is_elementwise(t))
		return conform(in, t->kid, t->n, false, t->loc);
	if (t->kind != TM_CALL)
		return false;
	if (t->fun->id == F_dot)
		return conform(in, t->kid, 2, true, t->loc);
	if (t->fun->id == F_dir)
		return conform(in, t->kid + 1, 2, true, t->loc);
	if (t->fun->id == F_vjp) {
		Term *pair[] = {t->kid[0], t->kid[2]};
		return conform(in, pair, 2, true, t->loc);
	}
	return false;
}

/* A direction is of the shape of its variable, whatever else is done with it: dX in
   dir(f, X, dX). */
static bool
directions(Infer *in, const Term *t)
{
	bool flipped;
	VarKind *k;
	unsigned kind;

	if (t->kind != TM_CALL || t->fun->id != F_dir)
		return false;
	k = overrule_leaf(in, t->kid[2], &flipped);
	kind = kind_of(in, t->kid[1]);
	return k && kind != KIND_SCALAR && kind != KIND_TENSOR && kind_of(in, t->kid[2]) != kind &&
		   overrule(k, flipped ? kind_flip(kind) : kind, t->loc);
}

/* conventional scalars among the blocks of a matrix: as high as what stands beside, as wide as what
   stands above or below */
static bool
blocks(Infer *in, const Term *t)
{
	int width = t->rowlen[0];
	bool changed = false, flipped;

	for (int i = 1; i < t->nrow; i++)
		if (t->rowlen[i] != width)
			return false;
	for (int i = 0; i < t->n; i++) {
		bool tall = false, wide = false;
		const VarKind *k = overrule_leaf(in, t->kid[i], &flipped);
		if (!k || k->kind != KIND_SCALAR)
			continue;
		for (int j = i - i % width; j < i - i % width + width; j++)
			tall = tall || !(kind_of(in, t->kid[j]) & KIND_ROW);
		for (int j = i % width; j < t->n; j += width)
			wide = wide || !(kind_of(in, t->kid[j]) & KIND_COL);
		if (tall != wide)
			changed |= overrule_make(in, t->kid[i], tall ? KIND_COL : KIND_ROW, false, t->loc);
	}
	return changed;
}

/* Functions that want a scalar, a square matrix, a vector */
static bool
arguments(Infer *in, const Term *t)
{
	unsigned is;

	if (t->kind == TM_MATRIX)
		return t->n < 1000 && blocks(in, t);
	if (t->kind != TM_CALL || t->n == 0)
		return false;
	is = kind_of(in, t->kid[0]);
	switch (t->fun->id) {
	case F_grad:
	case F_structgrad:
	case F_hess:
		return overrule_make(in, t->kid[0], KIND_SCALAR, false, t->loc);
	case F_tr:
	case F_det:
	case F_logdet:
	case F_inv:
	case F_adj:
	case F_expm:
		return is != KIND_SCALAR && overrule_make(in, t->kid[0], KIND_MATRIX, false, t->loc);
	case F_softmax:
	case F_norm2:
		return is == KIND_MATRIX && !t->nidx &&
			   overrule_make(in, t->kid[0], KIND_COL, false, t->loc);
	case F_vjp:
		return kind_of(in, t->kid[2]) == KIND_SCALAR &&
			   overrule_make(in, t->kid[0], KIND_SCALAR, false, t->loc);
	default:
		return false;
	}
}

/* ---- what a scalar is divided by, and exponents: N in sum(x)/N, R and T in a/(R*T), a^N */

/* a matrix by nothing but its capital letter */
static VarKind *
capital(Infer *in, Term *t)
{
	bool flipped;
	VarKind *k = kind_leaf(in, t, &flipped);

	return k && k->kind == KIND_MATRIX && !k->weak && !k->changes && !k->var->props ? k : NULL;
}

/* Does the name stand somewhere as a matrix: N', N[i,j], tr(N), N*x? */
static bool
stands_as_matrix(Infer *in, const VarKind *k)
{
	for (int i = 0; i < in->n; i++) {
		const Term *t = in->term[i];
		bool in_it = false, other = false;

		for (int j = 0; j < t->n; j++) {
			bool it = capital(in, t->kid[j]) == k;
			in_it |= it;
			other |= !it && kind_of(in, t->kid[j]) != KIND_SCALAR && !capital(in, t->kid[j]);
		}
		if (!in_it)
			continue;
		switch (t->kind) {
		case TM_TRANS:
		case TM_ENTRY:
		case TM_KRON:
		case TM_LDIV:
		case TM_MATRIX:
			return true;
		case TM_CALL:
			if (t->fun->cls != FC_ELEM && t->fun->cls != FC_DERIV)
				return true;
			break;
		case TM_MUL:
			if (other)
				return true;
			break;
		default:
			break;
		}
	}
	return false;
}

static bool
number_below(Infer *in, Term *t, bool apply, Loc why, int depth)
{
	VarKind *k;

	if (kind_of(in, t) == KIND_SCALAR)
		return true;
	if (!kind_open(in, t) || depth > OVERRULE_DEPTH)
		return false;
	if ((k = capital(in, t)))
		return apply ? overrule(k, KIND_SCALAR, why) : !stands_as_matrix(in, k);
	if (t->kind != TM_MUL && t->kind != TM_ADD && t->kind != TM_DIV && t->kind != TM_POW)
		return false;
	for (int i = 0; i < t->n; i++)
		if (!number_below(in, t->kid[i], apply, why, depth + 1))
			return false;
	return true;
}

static bool
divisors(Infer *in, const Term *t)
{
	bool below = (t->kind == TM_DIV || t->kind == TM_POW) &&
				 kind_of(in, t->kid[0]) == KIND_SCALAR && kind_of(in, t->kid[1]) == KIND_MATRIX;

	return below && number_below(in, t->kid[1], false, t->loc, 0) &&
		   number_below(in, t->kid[1], true, t->loc, 0);
}

/* a name that a fact of `given` defines is what the other side is */
static bool
defined_by(Infer *in, Term *name, unsigned kind, Loc why)
{
	bool flipped;
	VarKind *k = overrule_leaf(in, name, &flipped);

	return k && !k->changes && !(k->use & (USE_VECTOR | USE_LINE | USE_MATRIX)) &&
		   overrule(k, flipped ? kind_flip(kind) : kind, why);
}

/* Two sides of an identity: conventional scalars on one become vectors where that gives it the
   other's kind. */
static bool
sides_conform(Infer *in, Term *l, Term *r, bool fact)
{
	unsigned kl = kind_of(in, l), kr = kind_of(in, r);

	if (kl == kr || kl == KIND_TENSOR || kr == KIND_TENSOR)
		return false;
	return overrule_make(in, r, kl, false, l->loc) || overrule_make(in, l, kr, false, r->loc) ||
		   (fact && (defined_by(in, l, kr, r->loc) || defined_by(in, r, kl, l->loc)));
}

/* sides that are to have one shape; 0 and I have any */
static bool
group_conforms(Infer *in, Term **root, int n, bool fact)
{
	Term *before = NULL;
	bool changed = false;

	for (int i = 0; i < n; i++) {
		if (term_is_ident(root[i]) || (root[i]->kind == TM_NUM && rat_sign(root[i]->num) == 0))
			continue;
		if (before)
			changed |= sides_conform(in, before, root[i], fact);
		before = root[i];
	}
	return changed;
}

/* ---------------------------------------------------------------- the run */

void
overrule_run(Infer *in, Term **root, int n, int sides)
{
	static bool (*const stage[])(Infer *, const Term *) = {
		directions, certain_vectors, NULL, trailing_vectors, operands, arguments, divisors};
	bool changed = true;

	while (changed) {
		changed = false;
		overrule_uses(in);
		for (size_t s = 0; s < sizeof stage / sizeof *stage && !changed; s++) {
			if (!stage[s])
				changed = names_settled(in);
			for (int i = 0; stage[s] && i < in->n; i++) {
				if (changed)
					kind_measure(in, i);
				if (stage[s](in, in->term[i])) {
					changed = true;
					kind_measure(in, i);
				}
			}
		}
		for (int i = 0, k = sides; !changed && sides && i < n; i += k, k = 2)
			changed = group_conforms(in, root + i, k, i > 0);
	}
}
