/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * matrix_unit.c: unit vectors and entries in matrix notation. One can type a number or an index
 * name as an index; the graph knows more: i + m (an entry of the lower block), (i - 1)*n + j (of a
 * vec), n + 1 (the last). Those are written as blocks and Kronecker products of what can be typed.
 */
#include "matrix.h"

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

/* a number, or a name that is no size */
static bool
typable(const Dim *index, const Dim *size)
{
	if (dim_is_num(index, NULL))
		return true;
	return index->n == 1 && index->term[0].coef == 1 && index->term[0].nsym == 1 &&
	       !shares(index, size, false);
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

static Ex *unit_ex(Form *f, Dim *index, Dim *size);

/* index = (i - 1)*d + j in size = c*d: kron(e(i,c), e(j,d)); d: every product of the size's names
   but the whole */
static Ex *
unit_kron(Form *f, Dim *index, Dim *size)
{
	Dims *t = f->g->dims;
	const DimTerm *m = size->term;

	if (size->n != 1 || m->nsym > 10)
		return NULL;
	for (int set = 1; set < (1 << m->nsym); set++) {
		DimTerm d = {1, 0, NEWN(f->a, Sym, m->nsym)};
		Dim *inner = dim_num(t, 1), *outer = dim_num(t, m->coef), *i, *j;

		for (int k = 0; k < m->nsym; k++) {
			if (set & 1 << k) {
				d.sym[d.nsym++] = m->sym[k];
				inner = dim_mul(t, inner, dim_sym(t, m->sym[k]));
			} else {
				outer = dim_mul(t, outer, dim_sym(t, m->sym[k]));
			}
		}
		i = dim_add(t, divided(t, index, &d, &j), dim_num(t, 1));
		if (dim_is(outer, 1) || shares(i, inner, false) || shares(j, size, false))
			continue;
		return ex_kron(f, unit_ex(f, i, outer), unit_ex(f, j, inner));
	}
	return NULL;
}

static Ex *
unit_ex(Form *f, Dim *index, Dim *size)
{
	Dims *t = f->g->dims;
	Dim *one = dim_num(t, 1);
	Ex *x;

	if (typable(index, size)) {
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

/* e_i'*x*e_j with unit vectors as they can be typed */
static Ex *
index_by_units(Form *f, Ex *x, Dim *i, Dim *j)
{
	Ex *u = ex_trans(f, unit_ex(f, i, x->row));

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
	if (!typable(i, x->row) || (j && !typable(j, x->col)))
		return index_by_units(f, x, i, j);
	if (j && (t = ex_trans(f, x))->cost < x->cost)
		return ex_index(f, t, j, i);
	if (!j && is_unit(x))                   /* e(k,n)[i] is eye(n)[i,k] */
		return ex_index(f, ex_eye(f, x->row), i, x->node->dim);
	kid[0] = ex_tree(f, x);
	kid[1] = form_dim(f, i);
	kid[2] = j ? form_dim(f, j) : NULL;
	r = ex_leaf(f, form_tree(f, TREE_INDEX, j ? 3 : 2, kid), NULL, NULL, x->key, 1);
	r->cost = x->cost;
	return r;
}
