/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * overrule.c: what undeclared names are, where their uses say more than their first letter. kind.c
 * starts with the convention; here the uses are read in the order of how much they tell, and after
 * each change all is measured again. A name is only ever made larger (a scalar becomes a vector)
 * or, where it stands as nothing but a scalar can, a vector or what a scalar is divided by becomes
 * a scalar; the sides of an identity never make a name smaller.
 */
#include "infer.h"

/* How a name is used, as flags of VarKind */
enum {
	USE_VECTOR = 1, /* as a column: x', A*x, x*y' */
	USE_SCALAR = 2, /* as only a number can be: a*A, x/a, a^2, a*I */
	USE_MATRIX = 4, /* as only a matrix can be: x[i,j], det(x) */
	USE_ENTRIES = 8, /* as what has entries: x.*y */
	USE_LINE = 16 /* as a column or row: norm(x) */
};

#define DEPTH_MAX 200 /* of expressions that are searched for names */

/* ---------------------------------------------------------------- names under signs, transposes */

static bool
overrule(VarKind *k, unsigned kind, Loc why)
{
	if (k->kind == kind || k->changes >= 3)
		return false;
	k->kind = kind;
	k->changes++;
	k->why = why;
	return true;
}

/* a name whose shape is its convention's, and may be another one */
static VarKind *
weak_leaf(Infer *in, Term *t, bool *flipped)
{
	VarKind *k = kind_leaf(in, t, flipped);

	return k && k->weak ? k : NULL;
}

static bool
is_number(const Term *t)
{
	return t->kind == TM_NUM || t->kind == TM_PI || t->kind == TM_DIM;
}

static bool
is_elementwise(const Term *t)
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

/* A walk through a term meets each part once for each kind. */
static void
walk_begin(Infer *in)
{
	in->walk += 8;
}

static bool
walk_met(Infer *in, const Term *t, unsigned kind)
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
		return !is_number(t->kid[i]) && want(w, t->kid[i], kind);
	}
	if ((first == last && other == KIND_SCALAR) || (other & is & KIND_COL))
		return false;
	if (other & KIND_COL) {
		for (i = t->n - 1; i > last && is_number(t->kid[i]); i--)
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
		if (is_number(t->kid[i]) || (is == KIND_SCALAR && !all_scalar))
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
		k = weak_leaf(w->in, t, &flipped);
		if (!k || k->kind != KIND_SCALAR || k->changes >= 3 ||
			(kind != KIND_COL && kind != KIND_ROW) || (!w->certain && (k->use & USE_SCALAR)))
			return false;
		if (w->apply)
			w->changed |= overrule(k, kind, w->why);
		return true;
	}
	if (term_is_transpose(t))
		return want(w, t->kid[0], kind_flip(kind));
	if (is_elementwise(t))
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
	if (!kind_open(w->in, t) || kind_of(w->in, t) == KIND_TENSOR || w->depth >= DEPTH_MAX)
		return false;
	if (walk_met(w->in, t, kind)) /* it was found possible: what is not ends the walk */
		return true;
	w->depth++;
	yes = want_kind(w, t, kind);
	w->depth--;
	return yes;
}

static bool
could_be(Infer *in, Term *t, unsigned kind)
{
	Want w = {.in = in};

	walk_begin(in);
	return want(&w, t, kind);
}

/* Makes it so, if it can be; true when something changed. */
static bool
make(Infer *in, Term *t, unsigned kind, bool certain, Loc why)
{
	Want w = {.in = in, .certain = certain, .why = why};

	walk_begin(in);
	if (!want(&w, t, kind))
		return false;
	w.apply = true;
	walk_begin(in);
	want(&w, t, kind);
	return w.changed;
}

/* ---------------------------------------------------------------- the uses of names */

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
	if (!kind_open(in, t) || depth > DEPTH_MAX)
		return false;
	if (t->kind == TM_VAR) {
		VarKind *k = weak_leaf(in, t, &flipped);
		if (k)
			note_use(in, k, flag);
		return k != NULL;
	}
	if (walk_met(in, t, flag ? 1 : 0))
		return true;
	if (t->kind == TM_EPOW || t->kind == TM_DIV)
		n = 1;
	else if (!is_elementwise(t) && !term_is_transpose(t) && t->kind != TM_NAMED &&
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
	VarKind *k = weak_leaf(in, t, &flipped);

	if (k) {
		note_use(in, k, flag);
		return;
	}
	if (flag == USE_VECTOR) /* in A*(x'*W + y)' the sum is a column, its terms may be rows */
		flag = USE_LINE;
	walk_begin(in);
	if (flag == USE_SCALAR && !mark(in, t, 0, 0))
		return;
	if (flag == USE_LINE || flag == USE_SCALAR) {
		walk_begin(in);
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
			use(in, t->kid[i], entrywise && is_elementwise(t->kid[i]) ? 0 : USE_SCALAR);
		else if (is != KIND_SCALAR && (i > first || next == KIND_ROW) && t->kid[i]->kind != TM_CALL)
			use(in, t->kid[i], USE_VECTOR);
		if (is != KIND_SCALAR) {
			next = is;
			entrywise = is_elementwise(t->kid[i]);
		}
	}
}

/* beside a number, a block of a matrix of numbers is one: t in [1 t; 0 1] */
static void
block_uses(Infer *in, const Term *t)
{
	bool flipped;

	for (int i = 0; i < t->n; i++)
		if (kind_of(in, t->kid[i]) != KIND_SCALAR && !weak_leaf(in, t->kid[i], &flipped))
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
		return !is_number(t) && !weak_leaf(in, t, &flipped) && t->kind != TM_ADD &&
			   !is_elementwise(t);
	if (!is_elementwise(t) && t->kind != TM_MUL && t->kind != TM_DIV)
		return false;
	for (int i = 0; i < t->n && depth < DEPTH_MAX; i++)
		if (has_scalar(in, t->kid[i], depth + 1))
			return true;
	return false;
}

/* names that are terms or factors of what is to be a scalar */
static void
scalar_parts(Infer *in, Term *t, int depth)
{
	bool flipped;
	VarKind *k = weak_leaf(in, t, &flipped);

	if (k && k->kind == KIND_SCALAR)
		note_use(in, k, USE_SCALAR);
	else if (kind_of(in, t) == KIND_SCALAR && depth < DEPTH_MAX &&
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

static void
measure(Infer *in)
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
			changed |= make(in, t->kid[kid], KIND_COL, true, t->loc);
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
			if (acc != KIND_SCALAR && !(acc & KIND_COL) && could_be(in, t->kid[i], KIND_COL))
				last = t->kid[i];
			continue;
		}
		if (last && k == KIND_ROW)
			return make(in, last, KIND_COL, false, t->loc);
		last = NULL;
		if (!term_is_ident(t->kid[i]))
			acc = acc == KIND_SCALAR ? k : (acc & KIND_ROW) | (k & KIND_COL);
	}
	return last && acc == KIND_ROW && make(in, last, KIND_COL, false, t->loc);
}

/* A conventional vector may become a matrix, or a row, as the others are, unless it stands
   somewhere as a vector. */
static bool
liftable(Infer *in, Term *t, unsigned kind)
{
	bool flipped;
	const VarKind *k = weak_leaf(in, t, &flipped);

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
	const VarKind *k = weak_leaf(in, t, &flipped);

	if (!k || k->kind != KIND_COL || kind != KIND_COL || !flipped || k->changes != 1)
		return false;
	for (int i = 0; i < in->n; i++) {
		const Term *u = in->term[i];
		bool beside = false; /* a row */
		for (int j = 0; j < u->n && is_elementwise(u); j++)
			beside |= kind_of(in, u->kid[j]) == KIND_ROW && !weak_leaf(in, u->kid[j], &f);
		for (int j = 0; j < u->n; j++)
			if (weak_leaf(in, u->kid[j], &f) == k && u->kid[j] != t && !beside && !term_is_transpose(u) &&
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
			!(firm && turnable(in, kid[i], kind)) && !could_be(in, kid[i], kind))
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
		const VarKind *k = weak_leaf(in, kid[i], &flipped);
		scalar = scalar || (k && k->kind == KIND_SCALAR && !(k->use & USE_SCALAR));
		seen |= 1u << kind_of(in, kid[i]);
	}
	seen &= ~(1u << KIND_SCALAR);
	if (seen == 0 || (seen & 1u << KIND_TENSOR))
		return KIND_SCALAR;
	for (int firm = 1; firm >= 0; firm--) /* what a name says is worth less */
		for (int v = 0; v < 2; v++)
			for (int i = 0; i < n; i++)
				if (kind_of(in, kid[i]) == vector[v] && firm == !weak_leaf(in, kid[i], &flipped) &&
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
		VarKind *k = weak_leaf(in, kid[i], &flipped);
		unsigned is = kind_of(in, kid[i]);
		if (is == target)
			continue;
		if (liftable(in, kid[i], target) || turnable(in, kid[i], target) ||
			(equal && k && k->kind == KIND_SCALAR))
			changed |= overrule(k, flipped ? kind_flip(target) : target, why);
		else if (is != KIND_SCALAR || k)
			changed |= make(in, kid[i], target, false, why);
	}
	return changed;
}

static bool
operands(Infer *in, const Term *t)
{
	if (is_elementwise(t))
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
	k = weak_leaf(in, t->kid[2], &flipped);
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
		const VarKind *k = weak_leaf(in, t->kid[i], &flipped);
		if (!k || k->kind != KIND_SCALAR)
			continue;
		for (int j = i - i % width; j < i - i % width + width; j++)
			tall = tall || !(kind_of(in, t->kid[j]) & KIND_ROW);
		for (int j = i % width; j < t->n; j += width)
			wide = wide || !(kind_of(in, t->kid[j]) & KIND_COL);
		if (tall != wide)
			changed |= make(in, t->kid[i], tall ? KIND_COL : KIND_ROW, false, t->loc);
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
		return make(in, t->kid[0], KIND_SCALAR, false, t->loc);
	case F_tr:
	case F_det:
	case F_logdet:
	case F_inv:
	case F_adj:
	case F_expm:
		return is != KIND_SCALAR && make(in, t->kid[0], KIND_MATRIX, false, t->loc);
	case F_softmax:
	case F_norm2:
		return is == KIND_MATRIX && !t->nidx && make(in, t->kid[0], KIND_COL, false, t->loc);
	case F_vjp:
		return kind_of(in, t->kid[2]) == KIND_SCALAR &&
			   make(in, t->kid[0], KIND_SCALAR, false, t->loc);
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
	if (!kind_open(in, t) || depth > DEPTH_MAX)
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
	bool below = (t->kind == TM_DIV || t->kind == TM_POW) && kind_of(in, t->kid[0]) == KIND_SCALAR &&
				 kind_of(in, t->kid[1]) == KIND_MATRIX;

	return below && number_below(in, t->kid[1], false, t->loc, 0) &&
		   number_below(in, t->kid[1], true, t->loc, 0);
}

/* a name that a fact of `given` defines is what the other side is */
static bool
defined_by(Infer *in, Term *name, unsigned kind, Loc why)
{
	bool flipped;
	VarKind *k = weak_leaf(in, name, &flipped);

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
	return make(in, r, kl, false, l->loc) || make(in, l, kr, false, r->loc) ||
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
		measure(in);
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
