/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shape.c: the shape of every term. infer_run() settles first which sizes are 1 (kind.c,
 * overrule.c), then walks the terms, kids before parents, and equates sizes (unify.c); shape_call.c
 * knows the functions. Needs: resolved terms. Gives: row and col (or ax) of every term and variable
 * without unknowns; raises located errors that tell both shapes and where the other one comes from.
 */
#include "infer.h"

Infer *
infer_new(Elab *e)
{
	Infer *in = NEW(e->a, Infer);

	in->e = e;
	in->a = e->a;
	in->dims = e->dims;
	in->one = dim_num(e->dims, 1);
	return in;
}

/* ---------------------------------------------------------------- shapes */

void
shape_set(Term *t, Dim *row, Dim *col)
{
	t->row = row;
	t->col = col;
	t->nax = 0;
	t->ax = NULL;
}

void
shape_copy(Term *t, const Term *from)
{
	t->row = from->row;
	t->col = from->col;
	t->nax = from->nax;
	t->ax = from->ax;
}

void
shape_no_tensor(Infer *in, const Term *t, const char *who)
{
	for (int i = 0; i < t->n; i++)
		if (t->kid[i]->nax > 2)
			raise_hint(in->a, term_at(t, i), "jac(F, X) is the derivative as a matrix",
				"%s wants a matrix, this is a tensor of order %d", who, t->kid[i]->nax);
}

static bool
unify_shapes(Infer *in, const Term *x, const Term *y, Loc loc)
{
	if (x->nax > 2 || y->nax > 2) {
		if (x->nax != y->nax)
			return false;
		for (int i = 0; i < x->nax; i++)
			if (!unify(in, x->ax[i], y->ax[i], loc))
				return false;
		return true;
	}
	return unify(in, x->row, y->row, loc) && unify(in, x->col, y->col, loc);
}

void
shape_broadcast(Infer *in, Term *t, const char *what)
{
	int ref = -1;

	for (int i = 0; i < t->n; i++) {
		if (kind_of(in, t->kid[i]) == KIND_SCALAR)
			continue;
		if (ref < 0) {
			ref = i;
			continue;
		}
		if (unify_shapes(in, t->kid[ref], t->kid[i], t->loc))
			continue;
		const char *x = term_text(in, t, ref), *y = term_text(in, t, i);
		bool turned = shape_transposed(in, t->kid[ref], t->kid[i]);
		char *p = term_shape_text(in, t->kid[ref]), *q = term_shape_text(in, t->kid[i]);
		shape_raise(in, t, i, ref, turned ? "one of them is transposed" : NULL,
			"%s wants equal shapes: %s is %s, %s is %s", what, x, p, y, q);
	}
	if (ref < 0)
		shape_set(t, in->one, in->one);
	else
		shape_copy(t, t->kid[ref]);
}

void
shape_square(Infer *in, const Term *t, int kid, const char *who)
{
	const Term *k = t->kid[kid];

	shape_no_tensor(in, t, who);
	if (!unify(in, k->row, k->col, t->loc))
		shape_raise(in, t, kid, -1, NULL, "%s wants a square matrix, %s is %s", who,
			term_text(in, t, kid), term_shape_text(in, k));
}

static void
shape_product(Infer *in, Term *t)
{
	Term *k = t->kid[0];
	unsigned acc = kind_of(in, k), kind;
	int last = 0; /* the factor before, scalars aside */

	shape_copy(t, k);
	for (int i = 1; i < t->n; i++) {
		k = t->kid[i];
		kind = kind_of(in, k);
		if (kind == KIND_SCALAR)
			continue;
		if (acc == KIND_SCALAR) {
			acc = kind;
			last = i;
			shape_copy(t, k);
			continue;
		}
		if (acc == KIND_TENSOR || kind == KIND_TENSOR)
			raise_hint(in->a, term_at(t, kind == KIND_TENSOR ? i : last),
				"jac(F, X) is the derivative as a matrix",
				"a product wants matrices, this is a tensor");
		if (!unify(in, t->col, k->row, t->loc))
			shape_raise_product(in, t, i - 1, i, t->row, t->col);
		shape_set(t, t->row, k->col);
		acc = (acc & KIND_ROW) | (kind & KIND_COL);
		last = i;
	}
}

static void
shape_quotient(Infer *in, Term *t)
{
	Term *x = t->kid[0], *y = t->kid[1];

	if (kind_of(in, y) == KIND_SCALAR) {
		shape_copy(t, x);
		return;
	}
	shape_no_tensor(in, t, "a quotient");
	if (kind_of(in, x) == KIND_SCALAR)
		shape_raise(in, t, 1, -1,
			kind_of(in, y) == KIND_MATRIX ? "inv(A) is the inverse, 1 ./ A divides by each entry"
										  : "1 ./ x divides by each entry",
			"a scalar divided by %s, which is %s", term_text(in, t, 1), term_shape_text(in, y));
	if (kind_of(in, y) != KIND_MATRIX)
		shape_raise(in, t, 1, -1, "./ divides entry by entry", "A/B is A*inv(B), but %s is %s",
			term_text(in, t, 1), term_shape_text(in, y));
	shape_square(in, t, 1, "division by a matrix");
	if (!unify(in, x->col, y->row, t->loc))
		shape_raise_product(in, t, 0, 1, x->row, x->col);
	shape_set(t, x->row, y->col);
}

static void
shape_left_quotient(Infer *in, Term *t)
{
	Term *x = t->kid[0], *y = t->kid[1];

	if (kind_of(in, x) == KIND_SCALAR) {
		shape_copy(t, y);
		return;
	}
	shape_no_tensor(in, t, "a quotient");
	shape_square(in, t, 0, "A\\B, which is inv(A)*B,");
	if (!unify(in, x->row, y->row, t->loc))
		shape_raise_product(in, t, 0, 1, x->row, x->col);
	shape_set(t, x->col, y->col);
}

static void
shape_power(Infer *in, Term *t)
{
	Term *x = t->kid[0], *k = t->kid[1];

	shape_no_tensor(in, t, "a power");
	if (kind_of(in, k) != KIND_SCALAR)
		shape_raise(in, t, 1, -1, "A.^B takes powers entry by entry",
			"an exponent is a scalar, %s is %s", term_text(in, t, 1), term_shape_text(in, k));
	if (kind_of(in, x) == KIND_SCALAR) {
		shape_set(t, in->one, in->one);
		return;
	}
	if (kind_of(in, x) != KIND_MATRIX || !unify(in, x->row, x->col, t->loc)) {
		const char *s = term_text(in, t, 0),
			*e = term_text(in, t, 1);
		if (k->kind == TM_NUM && rat_is_int(k->num)) /* x² : the exponent as it would be typed */
			e = rat_text(in->a, k->num);
		shape_raise(in, t, 0, -1,
			arena_printf(in->a, "%s.^%s takes the power of each entry", s, e),
			"a power wants a square matrix, %s is %s", s, term_shape_text(in, x));
	}
	if (k->kind != TM_NUM || !rat_is_int(k->num))
		shape_raise(in, t, 1, -1, "A.^k takes the power of each entry",
			"the power of a matrix wants an integer exponent");
	shape_copy(t, x);
}

static void
shape_entry(Infer *in, Term *t)
{
	const Term *x = t->kid[0];

	if (t->nidx != x->nax && (x->nax > 2 || t->nidx > 2))
		raise_at(in->a, t->loc, "an entry of %s wants %d indices, got %d", term_text(in, t, 0),
			x->nax > 2 ? x->nax : 2, t->nidx);
	if (t->nidx == 1 && kind_of(in, x) == KIND_MATRIX)
		shape_raise(in, t, 0, -1, NULL, "an entry of a matrix has two indices, X[i,j]; %s is %s",
			term_text(in, t, 0), term_shape_text(in, t->kid[0]));
	shape_set(t, in->one, in->one);
}

/* Blocks above each other, as many in both rows: where unknowns allow it, as wide as each other one
   by one. */
static void
align_blocks(Infer *in, const Term *t, int above, int below, int n)
{
	for (int j = 0; j < n; j++)
		if (!unify_could(in, t->kid[above + j]->col, t->kid[below + j]->col))
			return;
	for (int j = 0; j < n; j++)
		unify_try(in, t->kid[above + j]->col, t->kid[below + j]->col, t->loc);
}

/* blocks: those of a row have as many rows, rows of blocks as many columns */
static void
shape_matrix(Infer *in, Term *t)
{
	Dim *rows = NULL, *cols = NULL;
	long nrow = 0;
	int k = 0;

	shape_no_tensor(in, t, "a block of a matrix");
	for (int i = 0; i < t->nrow; i++) {
		int first = k;
		if (i > 0 && t->rowlen[i] == t->rowlen[0] && t->n < 1000)
			align_blocks(in, t, 0, first, t->rowlen[0]);
		Dim *row = t->kid[first]->row, *col = NULL;
		long ncol = 0;
		for (int j = 0; j < t->rowlen[i]; j++, k++) {
			const Term *b = t->kid[k];
			long c;
			if (!unify(in, row, b->row, t->loc))
				shape_raise(in, t, k, first,
					b->kind == TM_NUM && rat_sign(b->num) == 0 ? "a block of zeros is zeros(m,n)"
															   : NULL,
					"blocks side by side want as many rows: %s has %s, %s has %s",
					term_text(in, t, first), shape_count_text(in, row, "row"), term_text(in, t, k),
					shape_count_text(in, b->row, "row"));
			if (dim_is_num(b->col, &c))
				ncol += c;
			else
				col = col ? dim_add(in->dims, col, b->col) : b->col;
		}
		if (ncol || !col)
			col = col ? dim_add(in->dims, col, dim_num(in->dims, ncol)) : dim_num(in->dims, ncol);
		if (!cols)
			cols = col;
		else if (!unify(in, cols, col, t->loc)) {
			unify_name(in, true);
			raise_at(in->a, term_at(t, first),
				"the rows of a matrix differ in length: the first has %s, row %d has %s",
				shape_count_text(in, cols, "column"), i + 1, shape_count_text(in, col, "column"));
		}
		long r;
		if (dim_is_num(row, &r))
			nrow += r;
		else
			rows = rows ? dim_add(in->dims, rows, row) : row;
	}
	if (nrow || !rows)
		rows = rows ? dim_add(in->dims, rows, dim_num(in->dims, nrow)) : dim_num(in->dims, nrow);
	shape_set(t, rows, cols);
}

static void
no_ident(Infer *in, const Term *t, const char *what)
{
	for (int i = 0; i < t->n; i++)
		if (term_is_ident(t->kid[i]))
			raise_hint(in->a, term_at(t, i), "write eye(n) for an identity matrix as such",
				"%s acts on each entry, and that of I is hardly meant", what);
}

/* row, col (ax) of a term whose kids have theirs */
static void
shape_term(Infer *in, Term *t)
{
	switch (t->kind) {
	case TM_NUM:
	case TM_PI:
	case TM_DIM:
	case TM_INDEXNAME:
		shape_set(t, in->one, in->one);
		return;
	case TM_VAR:
		shape_set(t, t->var->row, t->var->col);
		return;
	case TM_IDENT: {
		Dim *d = unify_large(in);
		shape_set(t, d, d);
		return;
	}
	case TM_NAMED:
		shape_copy(t, t->kid[0]);
		return;
	case TM_ADD:
		shape_broadcast(in, t, "a sum");
		return;
	case TM_EMUL:
		shape_broadcast(in, t, "an elementwise product");
		return;
	case TM_EDIV:
		shape_broadcast(in, t, "an elementwise quotient");
		return;
	case TM_EPOW:
		no_ident(in, t, "an elementwise power");
		shape_broadcast(in, t, "an elementwise power");
		return;
	case TM_MUL:
		shape_product(in, t);
		return;
	case TM_DIV:
		shape_quotient(in, t);
		return;
	case TM_LDIV:
		shape_left_quotient(in, t);
		return;
	case TM_POW:
		shape_power(in, t);
		return;
	case TM_TRANS:
		shape_no_tensor(in, t, "a transpose");
		shape_set(t, t->kid[0]->col, t->kid[0]->row);
		return;
	case TM_KRON:
		shape_no_tensor(in, t, "a Kronecker product");
		shape_copy(t, t->kid[0]);
		for (int i = 1; i < t->n; i++)
			shape_set(t, dim_mul(in->dims, t->row, t->kid[i]->row),
				dim_mul(in->dims, t->col, t->kid[i]->col));
		return;
	case TM_UNKNOWN:
		shape_no_tensor(in, t, t->name);
		if (!t->ufun->elementwise) {
			shape_set(t, in->one, in->one);
			return;
		}
		no_ident(in, t, t->name);
		shape_broadcast(in, t, t->name);
		return;
	case TM_ENTRY:
		shape_entry(in, t);
		return;
	case TM_MATRIX:
		shape_matrix(in, t);
		return;
	case TM_CALL:
		if (t->fun->cls == FC_ELEM)
			no_ident(in, t, t->fun->name);
		shape_call(in, t);
		return;
	}
	bug(in->a, "no shape for term kind %d", (int)t->kind);
}

/* ---------------------------------------------------------------- the run */

static bool
is_zero_literal(const Term *t)
{
	return t->kind == TM_NUM && rat_sign(t->num) == 0;
}

static Term *
reference_side(Term **side, int n)
{
	for (int i = 0; i < n; i++)
		if (!is_zero_literal(side[i]) && !term_is_ident(side[i]))
			return side[i];
	for (int i = 0; i < n; i++)
		if (term_is_ident(side[i]))
			return side[i];
	return NULL;
}

/* The sides of an identity: equal shapes where unknowns allow it; where they do not, check says so.
 */
static void
conform_sides(Infer *in, Term **side, int n)
{
	Term *ref = reference_side(side, n);

	for (int i = 0; ref && i < n; i++) {
		Term *t = side[i];
		if (t == ref || t->nax > 2 || ref->nax > 2 || is_zero_literal(t))
			continue;
		if (t->kind == TM_IDENT && kind_of(in, ref) == KIND_SCALAR)
			shape_set(t, in->one, in->one); /* a literal I takes the other side's shape */
		else
			unify_both(in, t, ref, t->loc);
	}
}

/* a literal 0 means zeros: it takes the other side's shape */
static void
conform_zeros(Term **side, int n)
{
	Term *ref = reference_side(side, n);

	for (int i = 0; ref && i < n; i++)
		if (is_zero_literal(side[i]))
			shape_copy(side[i], ref);
}

static void
begin(Infer *in)
{
	in->npend = 0;
	for (int i = 0; i < in->nvar; i++) {
		const VarKind *k = &in->var[i];
		if (!k->var || k->known)
			continue;
		k->var->row = k->kind & KIND_ROW ? in->one : unify_large(in);
		k->var->col = k->kind & KIND_COL ? in->one : unify_large(in);
		if ((k->var->props & ~(unsigned)P_POSITIVE) &&
			!unify(in, k->var->row, k->var->col, k->var->loc))
			raise_at(in->a, k->var->loc, "%s is %s and must be square", k->var->name,
				props_text(in->a, k->var->props));
	}
}

/* the identity beside scalars only: no size to be had */
static void
check_ident(Infer *in)
{
	for (int i = 0; i < in->n; i++) {
		const Term *t = in->term[i];
		int ident = -1;
		bool scalar = false;
		if (t->kind != TM_ADD || t->n < 2 || t->nax > 2 ||
			!dim_flexible(infer_resolve(in->e, t->row)))
			continue;
		for (int k = 0; k < t->n; k++) {
			scalar = scalar || kind_of(in, t->kid[k]) == KIND_SCALAR;
			if (term_is_ident(t->kid[k]))
				ident = k;
		}
		if (scalar && ident >= 0)
			raise_hint(in->a, term_at(t, ident), "write eye(n), or 1 for the number",
				"the size of I cannot be inferred here: it stands beside scalars");
	}
}

static void
check_index(Infer *in, const Term *t, Dim *index, Dim *size)
{
	long i, n;

	if (dim_is_num(index, &i) && dim_is_num(size, &n) && i > n)
		raise_at(in->a, t->loc, "index %ld is beyond the size %ld", i, n);
	if (dim_less(in->dims, size, index))
		raise_at(in->a, t->loc, "index %s is beyond the size %s", dim_text(in->a, index),
			dim_text(in->a, size));
	if (dim_less(in->dims, index, in->one))
		raise_at(in->a, t->loc, "an index is positive, not %s", dim_text(in->a, index));
}

static void
check_indices(Infer *in, const Term *t)
{
	if (t->kind == TM_ENTRY) {
		const Term *x = t->kid[0];
		if (x->nax > 2) {
			for (int i = 0; i < t->nidx; i++)
				check_index(in, t, t->idx[i], x->ax[i]);
		} else if (t->nidx == 2) {
			check_index(in, t, t->idx[0], x->row);
			check_index(in, t, t->idx[1], x->col);
		} else {
			check_index(in, t, t->idx[0], dim_is(x->row, 1) ? x->col : x->row);
		}
	} else if (t->kind == TM_CALL && t->fun->id == F_e) {
		check_index(in, t, t->idx[0], t->idx[1]);
	} else if (t->kind == TM_CALL && t->fun->id == F_J && t->nidx == 4) {
		check_index(in, t, t->idx[0], t->idx[2]);
		check_index(in, t, t->idx[1], t->idx[3]);
	}
}

static void
finish(Infer *in)
{
	Elab *e = in->e;

	for (int i = 0; i < in->nvar; i++) {
		VarKind *k = &in->var[i];
		if (!k->var)
			continue;
		k->var->row = infer_resolve(e, k->var->row);
		k->var->col = infer_resolve(e, k->var->col);
		k->known = true;
	}
	for (int i = 0; i < in->n; i++) {
		Term *t = in->term[i];
		if (t->nax > 2) {
			Dim **ax = NEWN(in->a, Dim *, t->nax);
			for (int k = 0; k < t->nax; k++)
				ax[k] = infer_resolve(e, t->ax[k]);
			t->ax = ax;
		}
		t->row = infer_resolve(e, t->row);
		t->col = infer_resolve(e, t->col);
		for (int k = 0; k < t->nidx; k++)
			t->idx[k] = infer_resolve(e, t->idx[k]);
		check_indices(in, t);
		t->id = 0;
	}
	in->n = 0;
}

void
infer_run(Elab *e, Term **root, int n, int sides)
{
	Infer *in = e->infer;

	kind_collect(in, root, n);
	overrule_run(in, root, n, sides);
	begin(in);
	for (int i = 0; i < in->n; i++)
		shape_term(in, in->term[i]);
	for (int i = 0, k = sides; sides && i < n; i += k, k = 2)
		conform_sides(in, root + i, k);
	unify_finish(in);
	for (int i = 0, k = sides; sides && i < n; i += k, k = 2)
		conform_zeros(root + i, k);
	unify_name(in, false);
	if (unify_unknowns(in)) {
		check_ident(in);
		unify_name(in, true);
	}
	finish(in);
}

const char *
term_shape(Arena *a, const Term *t)
{
	if (t->nax <= 2)
		return short_shape(a, t->row, t->col);
	Text s = text_new(a);
	for (int i = 0; i < t->nax; i++) {
		bool sum = t->ax[i]->n > 1;
		text_addf(&s, sum ? "%s(%s)" : "%s%s", i ? " x " : "", dim_text(a, t->ax[i]));
	}
	return s.s;
}
