/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * matrix_unknown.c: unknown functions and their formal derivatives in matrix notation: grad(L, z),
 * hess(loss(z), z), phi''(z); what is differentiated by and has no name gets one in a where clause.
 * Also where names are made up.
 */
#include "matrix.h"

#include <stdio.h>

/* ---- names */

static void
take(Form *f, Sym s)
{
	if (s && (f->ntaken == 0 || f->taken[f->ntaken - 1] != s))
		PUSH(f->a, f->taken, f->ntaken, f->cap_taken, s);
}

static void
take_dim(Form *f, const Dim *d)
{
	for (int i = 0; d && i < d->n; i++)
		for (int j = 0; j < d->term[i].nsym; j++)
			take(f, d->term[i].sym[j]);
}

/* every name in the graph */
static void
collect_names(Form *f)
{
	take(f, sym("I"));
	take(f, sym("pi"));
	for (unsigned i = 0; i < f->g->ntable; i++)
		for (const Node *n = f->g->table[i]; n; n = n->next) {
			take(f, n->name);
			take_dim(f, n->dim);
			if (n->ufun)
				take(f, n->ufun->name);
			for (int j = 0; j < n->nax; j++)
				take_dim(f, n->ax[j]);
		}
}

static bool
is_free(Form *f, Sym s)
{
	if (fun_find(s))
		return false;
	for (int i = 0; i < f->ntaken; i++)
		if (f->taken[i] == s)
			return false;
	return true;
}

Sym
form_fresh(Form *f, const char *const *wish)
{
	Sym s = NULL;

	if (!f->taken)
		collect_names(f);
	for (int i = 0; wish[i] && !s; i++)
		if (is_free(f, sym(wish[i])))
			s = sym(wish[i]);
	for (int i = 1; !s; i++) {
		Sym t = sym(arena_printf(f->a, "%s%d", wish[0], i));

		if (is_free(f, t))
			s = t;
	}
	PUSH(f->a, f->taken, f->ntaken, f->cap_taken, s);
	return s;
}

Tree *
form_variable(Form *f, Node *n, int twin, bool direct)
{
	static const char *const vectors[] = {"g", "h", "u", "v", "w", NULL};
	static const char *const matrices[] = {"G", "H", "P", "Q", "R", NULL};
	Tree *b;

	if (direct && (n->kind == N_VAR || n->kind == N_NAMED) && !node_is_row(n))
		return form_name(f, n->name);
	for (int i = 0; i < f->nbound; i++)
		if (f->bound[i].node == n && f->bound[i].twin == twin)
			return form_name(f, f->bound[i].name);
	b = tree(f->a, TREE_BIND, (Loc){0}, 1, ex_tree(f, form_node(f, n)));
	b->name = form_fresh(f, n->nax == 2 ? matrices : vectors);
	PUSH(f->a, f->bind, f->nbind, f->cap_bind, b);
	PUSH(f->a, f->bound, f->nbound, f->cap_bound, ((Bound){n, twin, b->name}));
	return form_name(f, b->name);
}

/* a NAMED node that is this unknown call, or NULL */
static Node *
name_of_call(Form *f, Node *call)
{
	int cap = 0;

	if (!f->named_known) {
		f->named_known = true;
		for (unsigned i = 0; i < f->g->ntable; i++)
			for (Node *n = f->g->table[i]; n; n = n->next)
				if (n->kind == N_NAMED && n->kid[0]->kind == N_UNKNOWN)
					PUSH(f->a, f->named, f->nnamed, cap, n);
	}
	for (int i = 0; i < f->nnamed; i++)
		if (f->named[i]->kid[0] == call)
			return f->named[i];
	return NULL;
}

/* ---- derivatives */

/* May kid d of n be differentiated by under its own name? Its gradient must be the formal
   derivative: the name occurs in no other argument and has no structure for grad to project on. */
static bool
own_name(Form *f, const Node *n, int d)
{
	Node *k = n->kid[d];

	if ((k->kind != N_VAR && k->kind != N_NAMED) || node_is_row(k))
		return false;
	if (k->kind == N_VAR &&
		(k->var->props & (P_SYMMETRIC | P_SKEW | P_DIAGONAL | P_LOWER | P_UPPER)))
		return false;
	for (int i = 0; i < n->n; i++)
		if (i != d && node_depends(f->g, n->kid[i], k))
			return false;
	return true;
}

/* f(...) with the arguments that are differentiated by as variables, which go to var */
static Tree *
base_call(Form *f, Node *n, Tree **var)
{
	Tree **arg = NEWN(f->a, Tree *, n->n + 1);
	bool own = true;
	Node *call, *name;

	for (int i = 0; i < n->n; i++)
		arg[i] = ex_tree(f, form_node(f, n->kid[i]));
	for (int i = 0; i < n->nder; i++) {
		int d = n->der[i];
		bool o = own_name(f, n, d);
		int twin = 0;

		/* nor in the text of another argument, where it may stand for something */
		for (int j = 0; j < n->n && o; j++)
			o = j == d || !tree_mentions(arg[j], n->kid[d]->name);
		own &= o;
		for (int j = 0; j < n->n; j++)  /* f(x, x) by both: two variables with one value */
			twin += j != d && var[j] && n->kid[j] == n->kid[d];
		if (!var[d])
			var[d] = form_variable(f, n->kid[d], twin, o);
	}
	if (own && n->nder && !n->ufun->elementwise) {
		call = node_unknown(f->g, n->ufun, n->n, n->kid, 0, NULL);
		if ((name = name_of_call(f, call)))
			return form_name(f, name->name);
	}
	for (int i = 0; i < n->n; i++)
		arg[i] = var[i] ? var[i] : arg[i];
	return form_call(f, n->ufun->name, n->n, arg);
}

static Tree *
by(Form *f, const char *fn, Tree *t, Tree *var)
{
	return form_call(f, fn, 2, (Tree *[]){t, var});
}

/* All derivatives of a scalar one after the other: first by the scalar arguments. nvec: by how many
   others. */
static Tree *
derivative_tree(Form *f, Node *n, int *nvec)
{
	Tree **var = NEWN(f->a, Tree *, n->n + 1), *t = base_call(f, n, var), *first = NULL,
	     *before = NULL;

	*nvec = 0;
	for (int i = 0; i < n->nder; i++)
		if (n->kid[n->der[i]]->nax == 0)
			t = by(f, "grad", t, var[n->der[i]]);
	for (int i = 0; i < n->nder; i++) {
		Tree *v = var[n->der[i]];

		if (n->kid[n->der[i]]->nax == 0)
			continue;
		if (*nvec == 0) {
			first = v;
			before = t;
			t = by(f, "grad", t, v);
		} else if (*nvec == 1 && tree_equal(v, first)) {
			t = by(f, "hess", before, v);
		} else {
			t = by(f, "jac", t, v);
		}
		++*nvec;
	}
	return t;
}

/* phi'(z); of several arguments the diagonal of the Jacobian */
static Tree *
elementwise_tree(Form *f, Node *n)
{
	Tree **var = NEWN(f->a, Tree *, n->n + 1), *t;

	if (n->n == 1) {
		Tree *arg = ex_tree(f, form_node(f, n->kid[0]));

		t = form_call(f, n->ufun->name, 1, &arg);
		t->kid[0]->prime = n->nder;
		return t;
	}
	t = base_call(f, n, var);
	for (int i = 0; i < n->nder; i++) {
		Tree *v = var[n->der[i]];

		if (n->nax == 0) {
			t = by(f, "grad", t, v);
			continue;
		}
		t = by(f, "jac", t, v);
		t = form_call(f, "diag", 1, &t);
		if (n->nax == 2)
			t = form_call(f, "reshape", 3,
				(Tree *[]){t, form_dim(f, n->ax[0]), form_dim(f, n->ax[1])});
	}
	return t;
}

Ex *
form_unknown(Form *f, Node *n)
{
	unsigned key = ~0U;
	int nvec;
	Tree *t = n->ufun->elementwise ? elementwise_tree(f, n) : derivative_tree(f, n, &nvec);
	Ex *x;

	for (int i = 0; i < n->n; i++)
		if (form_node(f, n->kid[i])->key < key)
			key = form_node(f, n->kid[i])->key;
	x = ex_leaf(f, t, n->nax > 0 ? n->ax[0] : NULL, n->nax > 1 ? n->ax[1] : NULL, key, 1);
	x->node = n;
	return x;
}

/* ---- of order 3 and more: nested Jacobians. jac(F, X): rows vec(F), columns vec(X), so the rows
   of the next one are the columns of this one, then its rows. */

typedef struct Parts { int row[16], nrow, col[16], ncol; } Parts;

static void
next_jac(Arena *a, Parts *p, const int *vec, int nvec)
{
	if (p->nrow + p->ncol + nvec > 16)
		bug(a, "a derivative of order over 16 is to be written");
	for (int i = 0; i < p->nrow; i++)
		p->col[p->ncol++] = p->row[i];
	for (int i = 0; i < p->ncol; i++)
		p->row[i] = p->col[i];
	p->nrow = p->ncol;
	for (int i = 0; i < nvec; i++)
		p->col[i] = vec[i];
	p->ncol = nvec;
}

static void
parts_out(const Parts *p, int *order, int *nrow)
{
	*nrow = p->nrow;
	for (int i = 0; i < p->nrow; i++)
		order[i] = p->row[i];
	for (int i = 0; i < p->ncol; i++)
		order[p->nrow + i] = p->col[i];
}

static Dim *
parts_dim(Form *f, const Node *n, int k, const int *part)
{
	Dim *d = dim_num(f->g->dims, 1);

	for (int i = 0; i < k; i++)
		d = dim_mul(f->g->dims, d, n->ax[part[i]]);
	return d;
}

Ex *
unknown_matrix(Form *f, Node *n, int *order, int *nrow)
{
	int nvec, ax = 0;
	Tree *t = derivative_tree(f, n, &nvec);
	Parts p = {.nrow = 0};

	for (int i = 0; i < n->nder; i++) {
		int k = n->kid[n->der[i]]->nax, vec[2] = {ax + k - 1, ax};

		if (k)
			next_jac(f->a, &p, vec, k);
		ax += k;
	}
	parts_out(&p, order, nrow);
	return ex_leaf(
		f, t, parts_dim(f, n, p.nrow, p.row), parts_dim(f, n, p.ncol, p.col), n->id, 1);
}

Ex *
expm_matrix(Form *f, Node *n, int *order, int *nrow)
{
	Tree *v = form_variable(f, n->kid[0], 0, true), *t = form_call(f, "expm", 1, &v);
	Parts p = {.nrow = 0};

	for (int i = 0; i <= n->param; i++) {
		int vec[2] = {2 * i + 1, 2 * i};

		next_jac(f->a, &p, vec, 2);
		if (i)
			t = by(f, "jac", t, v);
	}
	parts_out(&p, order, nrow);
	return ex_leaf(
		f, t, parts_dim(f, n, p.nrow, p.row), parts_dim(f, n, p.ncol, p.col), n->id, 1);
}
