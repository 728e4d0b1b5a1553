/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kind.c: which sizes are the constant 1 (scalar, column, row, matrix), for every term. Undeclared
 * names start with the kind of their convention, which overrule.c may change. Known before shape.c
 * equates sizes, so that there it is settled what is scaled, what is broadcast and what is a
 * product.
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

bool
name_says_matrix(const char *name)
{
	return convention(name) == KIND_MATRIX;
}

/* by its name; but \mathbf{a} of LaTeX is a vector, \mathcal{L} a scalar */
static unsigned
first_kind(const Mdx *s, Sym name)
{
	static const unsigned kind[] = {
		[MEANT_MATRIX] = KIND_MATRIX, [MEANT_VECTOR] = KIND_COL, [MEANT_SCALAR] = KIND_SCALAR,
	};
	for (int i = 0; i < s->nmeant; i++)
		if (s->meant[i].name == name)
			return kind[s->meant[i].as];
	return convention(name);
}

/* ---------------------------------------------------------------- terms in order */

bool
kind_open(const Infer *in, const Term *t)
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
		if (root[i]->row || kind_open(in, root[i]))
			continue;
		f = (struct Frame){root[i], 0};
		PUSH(in->a, stack, ns, cap, f);
		while (ns > 0) {
			struct Frame *top = &stack[ns - 1];
			Term *t = top->t;
			if (top->at < t->n) {
				Term *k = t->kid[top->at++];
				if (!k->row && !kind_open(in, k)) {
					f = (struct Frame){k, 0};
					PUSH(in->a, stack, ns, cap, f);
				}
				continue;
			}
			ns--;
			if (kind_open(in, t))
				continue;
			PUSH(in->a, in->term, in->n, in->cap, t);
			t->id = in->n;
			if (t->kind == TM_VAR)
				meet_var(in, t->var);
		}
	}
	in->kind = NEWN(in->a, unsigned char, in->n + 1);
	in->seen = NEWN(in->a, unsigned, in->n + 1);
	in->walk = 0;
}

unsigned
kind_of(const Infer *in, const Term *t)
{
	if (kind_open(in, t)) /* that of a name may have changed since */
		return t->kind == TM_VAR ? in->var[t->var->serial].kind : in->kind[t->id - 1];
	if (t->nax > 2)
		return KIND_TENSOR;
	return (dim_is(t->row, 1) ? KIND_ROW : 0u) | (dim_is(t->col, 1) ? KIND_COL : 0u);
}

bool
term_is_transpose(const Term *t)
{
	return t->kind == TM_TRANS || (t->kind == TM_CALL && t->fun->id == F_transpose);
}

bool
term_is_ident(const Term *t)
{
	while (term_is_transpose(t) || (t->kind == TM_ADD && t->n == 1))
		t = t->kid[0];
	return t->kind == TM_IDENT;
}

VarKind *
kind_leaf(Infer *in, Term *t, bool *flipped)
{
	*flipped = false;
	for (; term_is_transpose(t) || (t->kind == TM_ADD && t->n == 1); t = t->kid[0])
		*flipped ^= term_is_transpose(t);
	if (t->kind != TM_VAR || t->var->serial >= in->nvar)
		return NULL;
	VarKind *k = &in->var[t->var->serial];
	return k->var == t->var && !k->known ? k : NULL;
}

unsigned
kind_flip(unsigned kind)
{
	return kind == KIND_ROW ? KIND_COL : kind == KIND_COL ? KIND_ROW : kind;
}

/* ---------------------------------------------------------------- the kind of a term */

static unsigned
broadcast(const Infer *in, const Term *t)
{
	for (int i = 0; i < t->n; i++) {
		unsigned k = kind_of(in, t->kid[i]);
		if (k != KIND_SCALAR)
			return k;
	}
	return KIND_SCALAR;
}

static unsigned
product(const Infer *in, const Term *t)
{
	unsigned acc = KIND_SCALAR;
	bool ident = false; /* I behind scalars only, as in x'*x*I: its neighbours tell its size */

	for (int i = 0; i < t->n; i++) {
		unsigned k = kind_of(in, t->kid[i]);
		if (k == KIND_TENSOR)
			return KIND_TENSOR;
		if (term_is_ident(t->kid[i])) {
			ident = ident || acc == KIND_SCALAR;
		} else if (k != KIND_SCALAR) {
			acc = acc == KIND_SCALAR ? k : (acc & KIND_ROW) | (k & KIND_COL);
			ident = false;
		}
	}
	return ident ? KIND_MATRIX : acc;
}

static unsigned
call(const Infer *in, const Term *t)
{
	unsigned x = t->n > 0 ? kind_of(in, t->kid[0]) : 0, y = t->n > 1 ? kind_of(in, t->kid[1]) : 0;
	bool down = t->nidx && dim_is(t->idx[0], 1);

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
	case F_dot:
	case F_sqnorm:
	case F_norm:
	case F_norm1:
	case F_norm2:
	case F_normfro:
		return KIND_SCALAR;
	case F_inv:
	case F_expm:
	case F_adj:
	case F_tril:
	case F_triu:
		return x;
	case F_transpose:
	case F_pinv:
		return kind_flip(x);
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
		return broadcast(in, t);
	}
}

static unsigned
kind_term(const Infer *in, const Term *t)
{
	unsigned x = t->n > 0 ? kind_of(in, t->kid[0]) : 0, y = t->n > 1 ? kind_of(in, t->kid[1]) : 0;

	switch (t->kind) {
	case TM_NUM:
	case TM_PI:
	case TM_DIM:
	case TM_INDEXNAME:
	case TM_ENTRY:
		return KIND_SCALAR;
	case TM_VAR:
		return in->var[t->var->serial].kind;
	case TM_IDENT:
		return KIND_MATRIX;
	case TM_NAMED:
	case TM_POW:
		return x;
	case TM_ADD:
	case TM_EMUL:
	case TM_EDIV:
	case TM_EPOW:
		return broadcast(in, t);
	case TM_MUL:
		return product(in, t);
	case TM_DIV:
		return y == KIND_SCALAR || x == KIND_TENSOR
				   ? x
				   : (x & KIND_ROW) | (y & KIND_ROW ? KIND_COL : 0u);
	case TM_LDIV:
		return x == KIND_SCALAR || y == KIND_TENSOR
				   ? y
				   : (x & KIND_COL ? KIND_ROW : 0u) | (y & KIND_COL);
	case TM_TRANS:
		return kind_flip(x);
	case TM_KRON:
		for (int i = 1; i < t->n; i++)
			x = x == KIND_TENSOR || kind_of(in, t->kid[i]) == KIND_TENSOR
					? KIND_TENSOR
					: x & kind_of(in, t->kid[i]);
		return x;
	case TM_UNKNOWN:
		return t->ufun->elementwise ? broadcast(in, t) : KIND_SCALAR;
	case TM_MATRIX:
		return (t->nrow == 1 ? x & KIND_ROW : 0u) | (t->rowlen[0] == 1 ? x & KIND_COL : 0u);
	case TM_CALL:
		return call(in, t);
	}
	return KIND_MATRIX;
}

void
kind_measure(Infer *in, int i)
{
	in->kind[i] = (unsigned char)kind_term(in, in->term[i]);
}
