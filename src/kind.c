/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kind.c: which sizes are the constant 1 (scalar, column, row, matrix), for every term. Undeclared
 * names start with the kind of their convention; a sum or an elementwise operation may overrule it.
 * Runs to a fixed point before shape.c equates sizes, so that there it is settled what is scaled,
 * what is broadcast and what is a product.
 */
#include <string.h>

#include "infer.h"

/* ---------------------------------------------------------------- the convention */

static bool
greek_name(const char *s)
{
	static const char *const greek[] = {"alpha", "beta", "gamma", "delta", "epsilon", "varepsilon",
		"zeta", "eta", "theta", "vartheta", "iota", "kappa", "lambda", "mu", "nu", "xi", "omicron",
		"rho", "sigma", "tau", "upsilon", "phi", "varphi", "chi", "psi", "omega"};

	for (size_t i = 0; i < sizeof greek / sizeof *greek; i++) {
		size_t n = strlen(greek[i]);
		if (strncmp(s, greek[i], n) == 0 && !((s[n] | 32) >= 'a' && (s[n] | 32) <= 'z'))
			return true;
	}
	return false;
}

static unsigned
convention(const char *name)
{
	const unsigned char *s = (const unsigned char *)name;
	unsigned c = s[0];

	if (c >= 'A' && c <= 'Z')
		return KIND_MATRIX;
	if (c < 0x80)
		return greek_name(name) || (c >= 'a' && c <= 'g') ? KIND_SCALAR : KIND_COL;
	if (c >= 0xC2 && c < 0xE0)
		c = (c & 31) << 6 | (s[1] & 63);
	if (c >= 0x391 && c <= 0x3A9) /* Greek capitals */
		return KIND_MATRIX;
	if (c >= 0x3AC && c <= 0x3F5) /* small Greek letters and their variants */
		return KIND_SCALAR;
	return KIND_COL;
}

/* by its name; but \mathbf{a} of LaTeX is a vector, \mathcal{L} a scalar */
static unsigned
first_kind(const Mdx *s, Sym name)
{
	for (int i = 0; i < s->nmeant; i++)
		if (s->meant[i].name == name)
			return s->meant[i].scalar ? KIND_SCALAR : KIND_COL;
	return convention(name);
}

/* ---------------------------------------------------------------- terms in order */

static bool
collected(const Infer *in, const Term *t)
{
	return t->id > 0 && t->id <= in->n && in->term[t->id - 1] == t;
}

static void
meet_var(Infer *in, Var *v)
{
	VarKind none = {0};
	VarKind *k;

	while (in->nvar <= v->serial)
		PUSH(in->a, in->var, in->nvar, in->cap_var, none);
	k = &in->var[v->serial];
	if (k->var)
		return;
	k->var = v;
	if (v->row) {
		k->kind = (dim_is(v->row, 1) ? KIND_ROW : 0u) | (dim_is(v->col, 1) ? KIND_COL : 0u);
		k->known = true;
		return;
	}
	k->kind = first_kind(in->e->s, v->name);
	k->weak = k->kind != KIND_MATRIX;
	if (v->props & ~(unsigned)(P_POSITIVE)) {
		k->kind = KIND_MATRIX;
		k->weak = false;
	}
}

void
kind_collect(Infer *in, Term **root, int n)
{
	struct Frame {
		Term *t;
		int at;
	} *stack = NULL, f;
	int ns = 0, cap = 0;

	in->n = 0;
	for (int i = 0; i < n; i++) {
		if (root[i]->row || collected(in, root[i]))
			continue;
		f = (struct Frame){root[i], 0};
		PUSH(in->a, stack, ns, cap, f);
		while (ns > 0) {
			struct Frame *top = &stack[ns - 1];
			Term *t = top->t;
			if (top->at < t->n) {
				Term *k = t->kid[top->at++];
				if (!k->row && !collected(in, k)) {
					f = (struct Frame){k, 0};
					PUSH(in->a, stack, ns, cap, f);
				}
				continue;
			}
			ns--;
			if (collected(in, t))
				continue;
			PUSH(in->a, in->term, in->n, in->cap, t);
			t->id = in->n;
			if (t->kind == TM_VAR)
				meet_var(in, t->var);
		}
	}
	in->kind = NEWN(in->a, unsigned char, in->n + 1);
}

unsigned
kind_of(const Infer *in, const Term *t)
{
	if (collected(in, t))
		return in->kind[t->id - 1];
	if (t->nax > 2)
		return KIND_TENSOR;
	return (dim_is(t->row, 1) ? KIND_ROW : 0u) | (dim_is(t->col, 1) ? KIND_COL : 0u);
}

static bool
is_transpose(const Term *t)
{
	return t->kind == TM_TRANS || (t->kind == TM_CALL && t->fun->id == F_transpose);
}

bool
term_is_ident(const Term *t)
{
	while (is_transpose(t) || (t->kind == TM_ADD && t->n == 1))
		t = t->kid[0];
	return t->kind == TM_IDENT;
}

VarKind *
kind_leaf(Infer *in, Term *t, bool *flipped)
{
	*flipped = false;
	for (; is_transpose(t) || (t->kind == TM_ADD && t->n == 1); t = t->kid[0])
		*flipped ^= is_transpose(t);
	if (t->kind != TM_VAR || t->var->serial >= in->nvar)
		return NULL;
	VarKind *k = &in->var[t->var->serial];
	return k->var == t->var && !k->known && !k->fixed ? k : NULL;
}

static unsigned
flip(unsigned kind)
{
	return kind == KIND_ROW ? KIND_COL : kind == KIND_COL ? KIND_ROW : kind;
}

/* ---------------------------------------------------------------- overruling the convention */

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

static int
order(unsigned kind)
{
	return 2 - (int)(kind & 1) - (int)(kind >> 1 & 1);
}

/* Operands of one shape: what is a scalar or vector by convention only, takes the others' kind. */
static bool
conform(Infer *in, Term **kid, int n, Loc why)
{
	unsigned target = KIND_SCALAR;
	bool firm = false, changed = false, flipped;

	for (int pass = 0; pass < 2 && target == KIND_SCALAR; pass++)
		for (int i = 0; i < n && target == KIND_SCALAR; i++) {
			VarKind *k = kind_leaf(in, kid[i], &flipped);
			if ((pass == 0) == (k && k->weak))
				continue;
			target = kind_of(in, kid[i]);
			firm = pass == 0;
		}
	if (target == KIND_SCALAR || target == KIND_TENSOR)
		return false;
	for (int i = 0; i < n; i++) {
		VarKind *k = kind_leaf(in, kid[i], &flipped);
		unsigned is = kind_of(in, kid[i]);
		if (!k || !k->weak || is == target)
			continue;
		if (is == KIND_SCALAR || order(target) > order(is) || (firm && !k->changes))
			changed |= overrule(k, flipped ? flip(target) : target, why);
	}
	return changed;
}

/* A vector by convention where only a scalar (or, for `square`, a matrix) makes sense, and that is
   nowhere a vector */
static bool
demote(Infer *in, Term *kid, unsigned to, Loc why)
{
	bool flipped;
	VarKind *k = kind_leaf(in, kid, &flipped);

	return k && k->weak && !k->vector_use && !k->changes && k->kind == KIND_COL &&
		   overrule(k, to, why);
}

static void
vector_use(Infer *in, Term *kid)
{
	bool flipped;
	VarKind *k = kind_leaf(in, kid, &flipped);

	if (k)
		k->vector_use = true;
}

/* ---------------------------------------------------------------- the kind of a term */

static unsigned
broadcast(Infer *in, const Term *t)
{
	for (int i = 0; i < t->n; i++) {
		unsigned k = kind_of(in, t->kid[i]);
		if (k != KIND_SCALAR)
			return k;
	}
	return KIND_SCALAR;
}

static unsigned
product(Infer *in, const Term *t, bool first, bool *changed)
{
	unsigned acc = kind_of(in, t->kid[0]);
	Term *alone = t->kid[0]; /* acc is this one factor but for scalars */

	for (int i = 1; i < t->n; i++) {
		unsigned k = kind_of(in, t->kid[i]);
		if (k == KIND_SCALAR)
			continue;
		if (acc == KIND_SCALAR) {
			acc = k;
			alone = t->kid[i];
			continue;
		}
		if (first)
			vector_use(in, t->kid[i]);
		else if (k != KIND_TENSOR && (acc & KIND_COL) && !(k & KIND_ROW) && alone &&
				 demote(in, alone, KIND_SCALAR, t->loc)) {
			*changed = true;
			acc = k;
			continue;
		}
		if (acc == KIND_TENSOR || k == KIND_TENSOR)
			return KIND_TENSOR;
		acc = (acc & KIND_ROW) | (k & KIND_COL);
		alone = NULL;
	}
	return acc;
}

static unsigned
call(Infer *in, const Term *t, bool first, bool *changed)
{
	unsigned x = t->n > 0 ? kind_of(in, t->kid[0]) : 0, y = t->n > 1 ? kind_of(in, t->kid[1]) : 0;
	bool down = t->nidx && dim_is(t->idx[0], 1);

	if (first && t->fun->cls == FC_MACRO && t->fun->id != F_tr)
		for (int i = 0; i < t->n; i++)
			vector_use(in, t->kid[i]);
	switch (t->fun->id) {
	case F_sum:
	case F_mean:
	case F_logsumexp:
		if (!t->nidx)
			return KIND_SCALAR;
		return down ? KIND_ROW | (x & KIND_COL) : KIND_COL | (x & KIND_ROW);
	case F_tr:
	case F_det:
	case F_logdet:
		*changed |= !first && demote(in, t->kid[0], KIND_MATRIX, t->loc);
		return KIND_SCALAR;
	case F_inv:
		*changed |= !first && demote(in, t->kid[0], KIND_SCALAR, t->loc);
		return x;
	case F_expm:
	case F_adj:
		*changed |= !first && demote(in, t->kid[0], KIND_MATRIX, t->loc);
		return x;
	case F_dot:
		*changed |= conform(in, t->kid, t->n, t->loc);
		return KIND_SCALAR;
	case F_sqnorm:
	case F_norm:
	case F_norm1:
	case F_norm2:
	case F_normfro:
		return KIND_SCALAR;
	case F_transpose:
	case F_pinv:
		return flip(x);
	case F_diag:
		return x == KIND_SCALAR ? KIND_SCALAR : x == KIND_MATRIX ? KIND_COL : KIND_MATRIX;
	case F_vec:
		return x == KIND_SCALAR ? KIND_SCALAR : KIND_COL;
	case F_kron:
		return x == KIND_TENSOR || y == KIND_TENSOR ? KIND_TENSOR : x & y;
	case F_reshape:
	case F_ones:
	case F_zeros:
	case F_rand:
	case F_randn:
		return (dim_is(t->idx[0], 1) ? KIND_ROW : 0u) |
			   (t->nidx > 1 && dim_is(t->idx[1], 1) ? KIND_COL : 0u);
	case F_e:
		return KIND_COL | (dim_is(t->idx[1], 1) ? KIND_ROW : 0u);
	case F_J:
		return (dim_is(t->idx[2], 1) ? KIND_ROW : 0u) |
			   (t->nidx > 3 && dim_is(t->idx[3], 1) ? KIND_COL : 0u);
	case F_eye:
		return dim_is(t->idx[0], 1) && (t->nidx < 2 || dim_is(t->idx[1], 1)) ? KIND_SCALAR
																			 : KIND_MATRIX;
	case F_commutation:
	case F_matrix:
		return KIND_MATRIX;
	case F_vector:
		return KIND_COL;
	case F_grad:
	case F_structgrad:
	case F_vjp:
		return y;
	case F_dir:
		*changed |= conform(in, t->kid + 1, 2, t->loc);
		return x;
	case F_hess:
		return y == KIND_SCALAR ? KIND_SCALAR : KIND_MATRIX;
	case F_jac:
		return (x == KIND_SCALAR ? KIND_ROW : 0u) | (y == KIND_SCALAR ? KIND_COL : 0u);
	case F_diff:
		if (x == KIND_SCALAR || y == KIND_SCALAR)
			return x == KIND_SCALAR ? y : x;
		return (x == KIND_COL || x == KIND_ROW) && (y == KIND_COL || y == KIND_ROW) ? KIND_MATRIX
																					: KIND_TENSOR;
	default: /* of each entry; softmax */
		*changed |= conform(in, t->kid, t->n, t->loc);
		return broadcast(in, t);
	}
}

static unsigned
kind_term(Infer *in, const Term *t, bool first, bool *changed)
{
	unsigned x = t->n > 0 ? kind_of(in, t->kid[0]) : 0, y = t->n > 1 ? kind_of(in, t->kid[1]) : 0;

	switch (t->kind) {
	case TM_NUM:
	case TM_PI:
	case TM_DIM:
	case TM_INDEXNAME:
		return KIND_SCALAR;
	case TM_VAR:
		return in->var[t->var->serial].kind;
	case TM_IDENT:
		return KIND_MATRIX;
	case TM_NAMED:
		return x;
	case TM_ADD:
	case TM_EMUL:
	case TM_EDIV:
		*changed |= conform(in, t->kid, t->n, t->loc);
		return broadcast(in, t);
	case TM_EPOW:
		return broadcast(in, t);
	case TM_MUL:
		return product(in, t, first, changed);
	case TM_DIV:
		return y == KIND_SCALAR || x == KIND_TENSOR
				   ? x
				   : (x & KIND_ROW) | (y & KIND_ROW ? KIND_COL : 0u);
	case TM_LDIV:
		return x == KIND_SCALAR || y == KIND_TENSOR
				   ? y
				   : (x & KIND_COL ? KIND_ROW : 0u) | (y & KIND_COL);
	case TM_POW:
		if (!first && demote(in, t->kid[0], KIND_SCALAR, t->loc))
			*changed = true;
		if (!first && demote(in, t->kid[1], KIND_SCALAR, t->loc))
			*changed = true;
		return x;
	case TM_TRANS:
		if (first)
			vector_use(in, t->kid[0]);
		return flip(x);
	case TM_KRON:
		for (int i = 1; i < t->n; i++)
			x = x == KIND_TENSOR || kind_of(in, t->kid[i]) == KIND_TENSOR
					? KIND_TENSOR
					: x & kind_of(in, t->kid[i]);
		return x;
	case TM_UNKNOWN:
		if (!t->ufun->elementwise)
			return KIND_SCALAR;
		*changed |= conform(in, t->kid, t->n, t->loc);
		return broadcast(in, t);
	case TM_ENTRY:
		if (first && t->nidx == 1)
			vector_use(in, t->kid[0]);
		else if (t->nidx == 2)
			*changed |= demote(in, t->kid[0], KIND_MATRIX, t->loc);
		return KIND_SCALAR;
	case TM_MATRIX: {
		unsigned k = (t->nrow == 1 ? x & KIND_ROW : 0u) | (t->rowlen[0] == 1 ? x & KIND_COL : 0u);
		return k;
	}
	case TM_CALL:
		return call(in, t, first, changed);
	}
	return KIND_MATRIX;
}

/* sides that are to have one shape; 0 and I have any */
static bool
conform_group(Infer *in, Term **root, int n)
{
	Term **side = NEWN(in->a, Term *, n);
	int m = 0;

	for (int i = 0; i < n; i++)
		if (root[i]->kind != TM_IDENT &&
			!(root[i]->kind == TM_NUM && rat_sign(root[i]->num) == 0))
			side[m++] = root[i];
	return conform(in, side, m, m ? side[0]->loc : (Loc){0});
}

void
kind_run(Infer *in, Term **root, int n, int sides)
{
	bool changed = true;

	for (int pass = 0; changed || pass < 2; pass++) {
		changed = false;
		poll_interrupt(in->a);
		for (int i = 0; i < in->n; i++)
			in->kind[i] = (unsigned char)kind_term(in, in->term[i], pass == 0, &changed);
		for (int i = 0, k = sides; sides && i < n; i += k, k = 2)
			changed |= conform_group(in, root + i, k);
	}
}
