/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * matrix_unit.c: unit vectors and entries in matrix notation. A number, an index name, n + 1 (the
 * last) or i + m (an entry of the lower block) can be typed as an index where it is clear which
 * names are sizes; otherwise, and for (i - 1)*n + j (an entry of a vec), blocks, Kronecker products
 * and reshaped columns are written.
 */
#include "matrix.h"

#include <string.h>

/* does a symbol of x occur in y (all of them: every)? */
static bool
shares(const Dim *x, const Dim *y, bool every)
{
	bool any = false;

	for (int i = 0; i < x->n; i++)
		for (int j = 0; j < x->term[i].nsym; j++) {
			bool found = false;

			for (int k = 0; k < y->n && !found; k++)
				for (int m = 0; m < y->term[k].nsym && !found; m++)
					found = y->term[k].sym[m] == x->term[i].sym[j];
			any |= found;
			if (every && !found)
				return false;
		}
	return every || any;
}

/* a size of something in the expression */
static bool
is_size(const Form *f, Sym s)
{
	Dim *name = dim_sym(f->g->dims, s);

	for (unsigned i = 0; i < f->g->ntable; i++)
		for (const Node *n = f->g->table[i]; n; n = n->next)
			for (int k = 0; k < n->nax; k++)
				if (shares(name, n->ax[k], false))
					return true;
	return false;
}

/* the sizes that the expression declares: a name among them is read as a size wherever it stands */
static bool
declared(const Form *f, Sym s)
{
	Dim *name = dim_sym(f->g->dims, s);

	for (unsigned i = 0; i < f->g->ntable; i++)
		for (const Node *n = f->g->table[i]; n; n = n->next)
			for (int k = 0; n->kind == N_VAR && n->var->declared && k < n->nax; k++)
				if (shares(name, n->ax[k], false))
					return true;
	return false;
}

/* Can the index be typed where only the index itself tells what its names are (with `call`: as in
   e(n + 1, n + 1), where the size stands beside it)? Linear, and each size known to be one. */
static bool
typable(const Form *f, const Dim *index, const Dim *size, bool call)
{
	for (int i = 0; i < index->n; i++) {
		const DimTerm *m = &index->term[i];
		Dim *name;

		if (m->nsym > 1 || (m->nsym == 1 && m->coef != 1 && m->coef != -1))
			return false;
		if (m->nsym == 0)
			continue;
		name = dim_sym(f->g->dims, m->sym[0]);
		if (is_size(f, m->sym[0]) && !(call && shares(name, size, false)) &&
			!declared(f, m->sym[0]))
			return false;
	}
	return true;
}

static Tree *
zeros(Form *f, Dim *n)
{
	return form_call(f, "zeros", 2, (Tree *[]){form_dim(f, n), form_dim(f, NULL)});
}

/* [zeros; block; zeros] */
static Ex *
stacked(Form *f, Dim *before, Tree *block, Dim *after, Dim *size)
{
	Tree *row[3];
	int n = 0;

	for (int i = 0; i < 3; i++) {
		Dim *d = i == 0 ? before : after;
		Tree *t = block;

		if (i != 1)
			t = dim_is(d, 0) ? NULL : dim_is(d, 1) ? form_num(f, RAT0) : zeros(f, d);

		if (t)
			row[n++] = form_tree(f, TREE_ROW, 1, &t);
	}
	return ex_leaf(f, form_tree(f, TREE_MATRIX, n, row), size, NULL, ~0U, 1);
}

/* the terms of x that have the factor d (a monomial with coefficient 1), divided by it; the others
   go to *rest */
static Dim *
divided(Dims *t, const Dim *x, const DimTerm *d, Dim **rest)
{
	Dim *q = dim_num(t, 0);

	*rest = dim_num(t, 0);
	for (int i = 0; i < x->n; i++) {
		const DimTerm *m = &x->term[i];
		Dim *p = dim_num(t, m->coef), *whole = p;
		int k = 0;

		for (int j = 0; j < m->nsym; j++) {     /* both lists are sorted */
			whole = dim_mul(t, whole, dim_sym(t, m->sym[j]));
			if (k < d->nsym && m->sym[j] == d->sym[k])
				k++;
			else
				p = dim_mul(t, p, dim_sym(t, m->sym[j]));
		}
		if (k == d->nsym)
			q = dim_add(t, q, p);
		else
			*rest = dim_add(t, *rest, whole);
	}
	return q;
}

/* index = (i - 1)*inner + j in size = outer*inner */
typedef struct Split { Dim *i, *outer, *j, *inner; } Split;

/* numbers: the coefficient of an index name is the inner size */
static bool
split_number(Form *f, Dim *index, long size, Split *s)
{
	Dims *t = f->g->dims;

	for (int k = 0; k < index->n; k++) {
		long c = index->term[k].coef;

		if (index->term[k].nsym == 0 || c < 2 || size % c)
			continue;
		*s = (Split){dim_num(t, 1), dim_num(t, size / c), dim_num(t, 0), dim_num(t, c)};
		for (int m = 0; m < index->n; m++) {
			const DimTerm *d = &index->term[m];
			Dim *name = d->nsym ? dim_sym(t, d->sym[0]) : dim_num(t, 1);
			bool outer = d->coef % c == 0;

			if (d->nsym > 1)
				return false;
			if (outer)
				s->i = dim_add(t, s->i, dim_scale(t, name, d->coef / c));
			else
				s->j = dim_add(t, s->j, dim_scale(t, name, d->coef));
		}
		if (s->j->n)
			return true;
	}
	return false;
}

/* symbols: every product of the size's names but the whole may be the inner size */
static bool
split_index(Form *f, Dim *index, Dim *size, Split *s)
{
	Dims *t = f->g->dims;
	const DimTerm *m = size->term;
	long n;

	if (dim_is_num(size, &n))
		return split_number(f, index, n, s);
	if (size->n != 1 || m->nsym > 10)
		return false;
	for (int set = 1; set < (1 << m->nsym); set++) {
		DimTerm d = {1, 0, NEWN(f->a, Sym, m->nsym)};

		s->inner = dim_num(t, 1);
		s->outer = dim_num(t, m->coef);
		for (int k = 0; k < m->nsym; k++) {
			if (set & 1 << k) {
				d.sym[d.nsym++] = m->sym[k];
				s->inner = dim_mul(t, s->inner, dim_sym(t, m->sym[k]));
			} else {
				s->outer = dim_mul(t, s->outer, dim_sym(t, m->sym[k]));
			}
		}
		s->i = dim_add(t, divided(t, index, &d, &s->j), dim_num(t, 1));
		if (!dim_is(s->outer, 1) && !shares(s->i, s->inner, false) &&
			!shares(s->j, size, false))
			return true;
	}
	return false;
}

static Ex *unit_ex(Form *f, Dim *index, Dim *size);

/* kron(e(i,outer), e(j,inner)) */
static Ex *
unit_kron(Form *f, Dim *index, Dim *size)
{
	Split s;

	if (!split_index(f, index, size, &s))
		return NULL;
	return ex_kron(f, unit_ex(f, s.i, s.outer), unit_ex(f, s.j, s.inner));
}

static Ex *
unit_ex(Form *f, Dim *index, Dim *size)
{
	Dims *t = f->g->dims;
	Dim *one = dim_num(t, 1);
	Ex *x;

	if (typable(f, index, size, true)) {
		x = ex_leaf(f,
			form_call(f, "e", 2, (Tree *[]){form_dim(f, index), form_dim(f, size)}),
			size, NULL, ~0U, 1);
		x->node = node_unit(f->g, index, size);
		return x;
	}
	if (shares(index, size, true))
		return stacked(f, dim_sub(t, index, one), form_num(f, RAT1),
			dim_sub(t, size, index), size);
	if ((x = unit_kron(f, index, size)))
		return x;
	for (int i = 0; i < index->n; i++)              /* i + offset */
		if (index->term[i].coef == 1 && index->term[i].nsym == 1) {
			Dim *name = dim_sym(t, index->term[i].sym[0]),
			    *off = dim_sub(t, index, name);
			Dim *left = dim_sub(t, size, off);

			if (shares(name, size, false) || !shares(off, size, true))
				continue;
			return stacked(
				f, off, ex_tree(f, unit_ex(f, name, left)), dim_num(t, 0), size);
		}
	return ex_leaf(f, form_call(f, "e", 2, (Tree *[]){form_dim(f, index), form_dim(f, size)}),
		size, NULL, ~0U, 1);
}

Ex *
form_unit(Form *f, Node *n)
{
	return unit_ex(f, n->dim, n->ax[0]);
}

/* ---- entries */

static bool
is_unit(const Ex *x)
{
	return x->kind == EX_LEAF && x->node && x->node->kind == N_UNIT;
}

/* an entry of the matrix that the column is the vec of, else e_i'*x*e_j with unit vectors as they
   can be typed */
static Ex *
index_by_units(Form *f, Ex *x, Dim *i, Dim *j)
{
	Split s;
	Ex *u;

	if (!j && split_index(f, i, x->row, &s))
		return ex_index(f, ex_reshape(f, x, s.inner, s.outer), s.j, s.i);
	u = ex_trans(f, unit_ex(f, i, x->row));

	return j ? ex_mul(f, 3, (Ex *[]){u, x, unit_ex(f, j, x->col)}) : ex_mul2(f, u, x);
}

/* x[i,j] (or x[i], j NULL), through powers and elementwise products to their parts */
Ex *
ex_index(Form *f, Ex *x, Dim *i, Dim *j)
{
	Ex *t, *r, **k;
	Tree *kid[3];

	switch (x->kind) {
	case EX_ONES:
		return ex_ones(f, NULL, NULL);
	case EX_TERM:
		return ex_term(f, x->coef, x->n - x->nden, x->kid, x->nden, x->kid + x->n - x->nden,
		               ex_index(f, x->body, i, j));
	case EX_TRANS:
		if (j)
			return ex_index(f, x->kid[0], j, i);
		break;
	case EX_POW:
		return ex_pow(f, ex_index(f, x->kid[0], i, j), x->coef);
	case EX_EMUL:
		k = NEWN(f->a, Ex *, x->n);
		for (int s = 0; s < x->n; s++)
			k[s] = ex_index(f, x->kid[s], i, j);
		return ex_term(f, RAT1, x->n - x->nden, k, x->nden, k + x->n - x->nden, NULL);
	default:
		break;
	}
	if (!typable(f, i, x->row, false) || (j && !typable(f, j, x->col, false)))
		return index_by_units(f, x, i, j);
	if (j && (t = ex_trans(f, x))->cost < x->cost)
		return ex_index(f, t, j, i);
	if (x->kind == EX_EYE && j && strcmp(dim_text(f->a, i), dim_text(f->a, j)) > 0) {
		Dim *d = i;                     /* either order is right: by name */

		i = j;
		j = d;
	}
	if (!j && is_unit(x))                   /* e(k,n)[i] is eye(n)[i,k] */
		return ex_index(f, ex_eye(f, x->row), i, x->node->dim);
	kid[0] = ex_tree(f, x);
	kid[1] = form_dim(f, i);
	kid[2] = j ? form_dim(f, j) : NULL;
	r = ex_leaf(f, form_tree(f, TREE_INDEX, j ? 3 : 2, kid), NULL, NULL, x->key, 1);
	r->cost = x->cost;
	return r;
}
