/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * derive_term.c: terms for `derive`: made, copied with a part replaced, and written as trees. A
 * term has its shape already, so that a piece of the expression can be built and differentiated
 * alone.
 */
#include "derive.h"

#include <string.h>

#include "infer.h"

/* ---- making */

Term *
derive_term(Derive *d, TermKind kind, int n, Dim *row, Dim *col)
{
	Term *t = NEW(d->a, Term);
	t->kind = kind;
	t->loc = d->form->loc;
	t->n = n;
	t->kid = NEWN(d->a, Term *, n + 1);
	t->row = row;
	t->col = col;
	return t;
}

Term *
derive_leaf(Derive *d, Sym name, Dim *row, Dim *col)
{
	Term *t = derive_term(d, TM_VAR, 0, row, col);
	Var *v = NEW(d->a, Var);
	*v = (Var){.name = name,
		.row = row,
		.col = col,
		.declared = true,
		.loc = t->loc,
		.serial = d->serial++};
	t->name = name;
	t->var = v;
	return t;
}

Term *
derive_call(Derive *d, FunId f, int n, Term **kid, Dim *row, Dim *col)
{
	Term *t = derive_term(d, TM_CALL, n, row, col);
	t->fun = &fun_table[f];
	memcpy(t->kid, kid, sizeof *kid * (size_t)n);
	return t;
}

Term *
derive_copy(Derive *d, const Term *t)
{
	Term *c = NEW(d->a, Term);
	*c = *t;
	c->node = NULL;
	c->put_for = NULL;
	c->kid = NEWN(d->a, Term *, t->n + 1);
	memcpy(c->kid, t->kid, sizeof *t->kid * (size_t)t->n);
	return c;
}

Term *
derive_put(Derive *d, Term *t, const Term *from, Term *to)
{
	if (t == from)
		return to;
	Term *c = NULL;
	for (int i = 0; i < t->n; i++) {
		Term *k = derive_put(d, t->kid[i], from, to);
		if (k == t->kid[i])
			continue;
		if (!c)
			c = derive_copy(d, t);
		c->kid[i] = k;
	}
	return c ? c : t;
}

bool
derive_scalar(const Term *t)
{
	return t->nax <= 2 && dim_is(t->row, 1) && dim_is(t->col, 1);
}

/* ---- writing */

Tree *
derive_dim(Derive *d, const Dim *x)
{
	return parse_expr(d->a, NULL, dim_text(d->a, x));
}

Tree *
derive_name(Derive *d, const Step *s)
{
	return tree_name(d->a, d->form->loc, s->name);
}

static Tree *
name_tree(Derive *d, const char *name)
{
	return tree_name(d->a, d->form->loc, sym(name));
}

/* The name that a named term has here. */
static Sym
named(Derive *d, const Term *t)
{
	for (int i = 0; i < d->nstep; i++)
		if (t->node && d->step[i]->node == t->node && (!d->step[i]->made_up || d->renamed))
			return d->step[i]->name;
	return t->name;
}

static Tree *write_term(Derive *d, const Term *t, bool sized);

static Tree *
write_kids(Derive *d, const Term *t, TreeKind kind, bool sized)
{
	Tree *r = tree(d->a, kind, t->loc, 0);
	for (int i = 0; i < t->n; i++)
		tree_push(d->a, r, write_term(d, t->kid[i], sized));
	return r;
}

static Tree *
write_sum(Derive *d, const Term *t)
{
	Tree *r = tree(d->a, TREE_ADD, t->loc, 0);
	for (int i = 0; i < t->n; i++) {
		Tree *k = write_term(d, t->kid[i], t->n > 1);
		tree_push(d->a, r, t->sign[i] < 0 ? tree(d->a, TREE_NEG, t->loc, 1, k) : k);
	}
	return r->n == 1 ? r->kid[0] : r;
}

static Tree *
write_call(Derive *d, const Term *t)
{
	if (t->prime && t->fun->id == F_diff)
		return tree(d->a, TREE_DERIV, t->loc, 2, write_term(d, t->kid[0], false),
			write_term(d, t->kid[1], false));
	Tree *r = tree(d->a, TREE_CALL, t->loc, 1, name_tree(d, t->fun->name));
	for (int i = 0, kid = 0, idx = 0; i < t->n + t->nidx; i++)
		tree_push(d->a, r,
			fun_arg_role(t->fun, i) == 'x' && kid < t->n ? write_term(d, t->kid[kid++], false)
														 : derive_dim(d, t->idx[idx++]));
	return r;
}

static Tree *
write_unknown(Derive *d, const Term *t)
{
	Tree *r = tree(d->a, TREE_CALL, t->loc, 1, name_tree(d, t->ufun->name));
	r->kid[0]->prime = t->prime;
	for (int i = 0; i < t->n; i++)
		tree_push(d->a, r, write_term(d, t->kid[i], false));
	return r;
}

static Tree *
write_entry(Derive *d, const Term *t)
{
	Tree *r = tree(d->a, TREE_INDEX, t->loc, 1, write_term(d, t->kid[0], false));
	for (int i = 0; i < t->nidx && t->idx[i]; i++)
		tree_push(d->a, r, derive_dim(d, t->idx[i]));
	return r;
}

static Tree *
write_matrix(Derive *d, const Term *t)
{
	Tree *r = tree(d->a, TREE_MATRIX, t->loc, 0);
	for (int i = 0, k = 0; i < t->nrow; i++) {
		Tree *row = tree(d->a, TREE_ROW, t->loc, 0);
		for (int j = 0; j < t->rowlen[i]; j++)
			tree_push(d->a, row, write_term(d, t->kid[k++], false));
		tree_push(d->a, r, row);
	}
	return r;
}

/* in a product with another matrix, I has its size from that */
static bool
sizes_identity(const Term *t)
{
	for (int i = 0; i < t->n; i++)
		if (!derive_scalar(t->kid[i]) && t->kid[i]->kind != TM_IDENT)
			return true;
	return false;
}

/* sized: the place fixes the size of an I */
static Tree *
write_term(Derive *d, const Term *t, bool sized)
{
	static const TreeKind same[] = {
		[TM_MUL] = TREE_MUL,
		[TM_EMUL] = TREE_EMUL,
		[TM_EDIV] = TREE_EDIV,
		[TM_EPOW] = TREE_EPOW,
		[TM_DIV] = TREE_DIV,
		[TM_LDIV] = TREE_LDIV,
		[TM_POW] = TREE_POW,
		[TM_TRANS] = TREE_TRANS,
		[TM_KRON] = TREE_KRON,
		[TM_MATRIX] = TREE_MATRIX,
	};
	switch (t->kind) {
	case TM_NUM:
		return tree_num(d->a, t->loc, t->num);
	case TM_PI:
		return name_tree(d, "pi");
	case TM_VAR:
	case TM_INDEXNAME:
		return name_tree(d, t->name);
	case TM_NAMED:
		return name_tree(d, named(d, t));
	case TM_DIM:
		return derive_dim(d, t->idx[0]);
	case TM_IDENT:
		return sized ? name_tree(d, "I") : tree_call(d->a, t->loc, "eye", 1, derive_dim(d, t->row));
	case TM_ADD:
		return write_sum(d, t);
	case TM_MUL:
		return write_kids(d, t, TREE_MUL, sized || sizes_identity(t));
	case TM_CALL:
		return write_call(d, t);
	case TM_UNKNOWN:
		return write_unknown(d, t);
	case TM_ENTRY:
		return write_entry(d, t);
	case TM_MATRIX:
		return write_matrix(d, t);
	default:
		return write_kids(d, t, same[t->kind], false);
	}
}

Tree *
derive_tree(Derive *d, const Term *t)
{
	return write_term(d, t, false);
}

Tree *
derive_names(Derive *d, const Tree *t)
{
	if (t->kind == TREE_NAME)
		for (int i = 0; i < d->nstep; i++)
			if (d->step[i]->seed && d->step[i]->seed->name == t->name)
				return d->step[i]->spelled;
	Tree *c = NEW(d->a, Tree);
	*c = *t;
	c->kid = NEWN(d->a, Tree *, t->n + 1);
	c->cap = t->n + 1;
	for (int i = 0; i < t->n; i++) {
		c->kid[i] = derive_names(d, t->kid[i]);
		if (c->depth <= c->kid[i]->depth)
			c->depth = c->kid[i]->depth + 1;
	}
	return c;
}

Tree *
derive_form(Derive *d, Node *n, const Dim *row, const Dim *col)
{
	Formula f = matrix_form_inner(d->g, n, dim_is(row, 1) && !dim_is(col, 1));
	return f.nindex ? NULL : derive_names(d, f.tree);
}
