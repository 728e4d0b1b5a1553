/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * matrix.c: the graph back to matrix notation, the back door of the engine. Nodes that are not
 * products are written here, products by matrix_net.c. Stands between simplify.c and print.c;
 * changes nothing but adds nodes where it needs them. Whatever the form chosen, the tree, parsed
 * and built again, is the same node.
 */
#include "matrix.h"

/* ---- memo by node */

static Ex **
memo_slot(Form *f, Node *n)
{
	unsigned i;

	if (f->nmemo * 2 >= f->cap_memo) {
		unsigned old = f->cap_memo;
		Ex **v = f->memo;
		Node **k = f->memo_key;

		f->cap_memo = old ? old * 2 : 64;
		f->memo = NEWN(f->a, Ex *, f->cap_memo);
		f->memo_key = NEWN(f->a, Node *, f->cap_memo);
		for (unsigned j = 0; j < old; j++)
			if (k[j]) {
				for (i = node_spread(k[j]) & (f->cap_memo - 1); f->memo_key[i];
					i = (i + 1) & (f->cap_memo - 1))
					;
				f->memo_key[i] = k[j];
				f->memo[i] = v[j];
			}
	}
	for (i = node_spread(n) & (f->cap_memo - 1); f->memo_key[i]; i = (i + 1) & (f->cap_memo - 1))
		if (f->memo_key[i] == n)
			return &f->memo[i];
	f->memo_key[i] = n;
	f->nmemo++;
	return &f->memo[i];
}

/* ---- leaves */

bool
node_is_row(const Node *n)
{
	return n->nax == 1 &&
	       ((n->kind == N_VAR && dim_is(n->var->row, 1)) ||
		       (n->kind == N_NAMED && (n->param & NAMED_ROW)) ||
		       (n->kind == N_FN && n->fun->id == F_logsumexp && n->param == 1));
}

static Ex *
leaf_of(Form *f, Node *n, Tree *t, unsigned key, int rank)
{
	Ex *x = ex_leaf(
		f, t, n->nax > 0 ? n->ax[0] : NULL, n->nax > 1 ? n->ax[1] : NULL, key, rank);

	x->node = n;
	return x;
}

/* the column of x, a leaf that stands for a row: its transpose */
static Ex *
upright(Form *f, Ex *x)
{
	x->col = x->row;
	x->row = NULL;
	return ex_trans(f, x);
}

static Ex *
form_name_leaf(Form *f, Node *n)
{
	Ex *x = leaf_of(f, n, form_name(f, n->name), n->id, 0);

	x->capital = n->kind == N_VAR && n->nax == 0 && !n->var->declared && name_says_matrix(n->name);
	return node_is_row(n) ? upright(f, x) : x;
}

static unsigned
first_key(Form *f, Node *n)
{
	unsigned key = ~0U;

	for (int i = 0; i < n->n; i++) {
		unsigned k = form_node(f, n->kid[i])->key;

		if (k < key)
			key = k;
	}
	return key;
}

/* ---- sums, powers, functions */

static Ex *
form_sum(Form *f, Node *n)
{
	Ex **x = NEWN(f->a, Ex *, n->n + 1), *block = form_block(f, n);
	Rat *coef = NEWN(f->a, Rat, n->n + 1);

	if (block)
		return block;
	for (int i = 0; i < n->n; i++) {
		int k = n->written ? n->written[i] : i;

		x[i] = form_node(f, n->kid[k]);
		coef[i] = n->coef[k];
	}
	return ex_sum(
		f, n->nax > 0 ? n->ax[0] : NULL, n->nax > 1 ? n->ax[1] : NULL, n->n, coef, x);
}

/* f(X, Y): broadcast scalars among the arguments stay scalars when another one tells the shape */
static Ex *
form_map(Form *f, Node *n)
{
	Tree **k = NEWN(f->a, Tree *, n->n + 1), *t;
	bool shaped = false, turned = n->nax == 1;
	Ex *x;

	for (int i = 0; i < n->n; i++) {
		x = form_node(f, n->kid[i]);
		shaped |= !ex_broadcast(x);
		turned &= x->kind == EX_TRANS || ex_is_scalar(x);
	}
	for (int i = 0; i < n->n; i++) {
		x = form_node(f, n->kid[i]);
		if (turned)             /* f(b')' is f(b) */
			x = ex_trans(f, x);
		k[i] = shaped ? ex_tree_bare(f, x) : ex_tree(f, x);
	}
	if (n->fun->id == F_pow)
		t = form_tree(f, n->nax ? TREE_EPOW : TREE_POW, 2, k);
	else
		t = form_call(f, n->fun->name, n->n, k);
	x = leaf_of(f, n, t, first_key(f, n), 1);
	for (int i = 0; i < n->n; i++)
		x->capital |= form_node(f, n->kid[i])->capital;
	return turned ? upright(f, x) : x;
}

static Ex *
form_fn(Form *f, Node *n)
{
	Tree **k = NEWN(f->a, Tree *, n->n + 2), *t;
	int nk = n->n;

	bool turned =
		n->fun->id == F_softmax && n->nax == 1 && form_node(f, n->kid[0])->kind == EX_TRANS;

	for (int i = 0; i < n->n; i++) {
		Ex *x = form_node(f, n->kid[i]);

		k[i] = ex_tree(f, turned ? ex_trans(f, x) : x);
	}
	if (n->fun->id == F_mpow) {
		k[1] = form_num(f, rat(n->param, 1));
		t = form_tree(f, TREE_POW, 2, k);
	} else {
		if (n->param)
			k[nk++] = form_num(f, rat(n->param, 1));
		t = form_call(f, n->fun->name, nk, k);
	}
	Ex *x = leaf_of(f, n, t, first_key(f, n), 1);

	return node_is_row(n) || turned ? upright(f, x) : x;
}

static Ex *
form_new(Form *f, Node *n)
{
	switch (n->kind) {
	case N_VAR:
	case N_NAMED:
		return form_name_leaf(f, n);
	case N_PI:
		return leaf_of(f, n, form_name(f, sym("pi")), n->id, 0);
	case N_DIM:
		return leaf_of(f, n, form_dim(f, n->dim), n->id, 0);
	case N_UNIT:
		return form_unit(f, n);
	case N_INJ:
		return form_inj(f, n);
	case N_SUM:
		return form_sum(f, n);
	case N_PROD: {
		Ex *x = n->nax ? form_block(f, n) : NULL;

		return x ? x : form_prod(f, n);
	}
	case N_POW:
		return ex_pow(f, form_node(f, n->kid[0]), n->coef[0]);
	case N_MAP:
		return form_map(f, n);
	case N_FN:
		return form_fn(f, n);
	case N_UNKNOWN:
		return form_unknown(f, n);
	default:
		bug(f->a, "node %u of kind %d has no matrix form", n->id, (int)n->kind);
	}
}

Ex *
form_node(Form *f, Node *n)
{
	Ex **slot = memo_slot(f, n), *x = *slot;

	if (!x) {
		Node *name = fold_name(&f->folds, n);

		x = name ? form_node(f, name) : form_new(f, n);
		*memo_slot(f, n) = x;
	}
	return x;
}

/* ---- entries */

/* the network of the one factor n with a unit vector on each axis */
static Ex *
entry_of_factor(Form *f, Node *n, Dim **index)
{
	Node **factor = NEWN(f->a, Node *, n->nax + 1);
	int *lab = NEWN(f->a, int, 2 * n->nax + 1);

	factor[0] = n;
	for (int i = 0; i < n->nax; i++) {
		lab[i] = lab[n->nax + i] = i;
		factor[i + 1] = node_unit(f->g, index[i], n->ax[i]);
	}
	return form_network(f, n->nax + 1, factor, lab, n->nax, n->ax, RAT1, 0, NULL);
}

static Ex *
entry_of_prod(Form *f, Node *n, Dim **index)
{
	Prod *p = prod_begin(f->g);
	int *l = NEWN(f->a, int, n->nax);
	Node *e;

	for (int i = 0; i < n->nax; i++)
		l[i] = prod_label(p, n->ax[i]);
	prod_factor(p, n, l);
	for (int i = 0; i < n->nax; i++)
		prod_factor(p, node_unit(f->g, index[i], n->ax[i]), &l[i]);
	e = prod_end(p, 0, NULL);
	return e->kind == N_PROD ? form_prod(f, e) : form_node(f, e);
}

Ex *
form_entry(Form *f, Node *n, Dim **index)
{
	Ex **k;
	Tree **t;

	if (n->nax == 0)
		return form_node(f, n);
	switch (n->kind) {
	case N_NAMED:
		if (n->nax > 2)
			return form_entry(f, n->kid[0], index);
		break;
	case N_SUM:
		k = NEWN(f->a, Ex *, n->n + 1);
		for (int i = 0; i < n->n; i++)
			k[i] = form_entry(f, n->kid[i], index);
		return ex_sum(f, NULL, NULL, n->n, n->coef, k);
	case N_POW:
		return ex_pow(f, form_entry(f, n->kid[0], index), n->coef[0]);
	case N_MAP: {
		Ex *x;

		t = NEWN(f->a, Tree *, n->n);
		for (int i = 0; i < n->n; i++)
			t[i] = ex_tree(f, form_entry(f, n->kid[i], index));
		x = ex_leaf(f,
			n->fun->id == F_pow ? form_tree(f, TREE_POW, 2, t)
					    : form_call(f, n->fun->name, n->n, t),
			NULL, NULL, n->id, 1);
		return x;
	}
	case N_PROD:
		return entry_of_prod(f, n, index);
	default:
		break;
	}
	if (n->nax <= 2)
		return ex_index(f, form_node(f, n), index[0], n->nax > 1 ? index[1] : NULL);
	return entry_of_factor(f, n, index);
}

/* ---- the whole */

static Tree *
with_bindings(Form *f, Tree *t)
{
	Tree *w;

	if (f->nbind == 0)
		return (Tree *)abbreviate_endless(f->a, t);
	w = tree(f->a, TREE_WHERE, (Loc){0}, 1, t);
	for (int i = 0; i < f->nbind; i++)
		tree_push(f->a, w, f->bind[i]);
	return w;
}

static Formula
in_indices(Form *f, Node *n)
{
	static const char *const wish[] = {"i", "j", "k", "l", "p", "q", "r", "s", "u", "v", NULL};
	Formula r = {0};
	Dim **index = NEWN(f->a, Dim *, n->nax);

	if (n->nax > 8)
		bug(f->a, "a tensor of order %d is to be written", n->nax);
	for (int i = 0; i < n->nax; i++) {
		r.index[i] = form_fresh(f, wish);
		index[i] = dim_sym(f->g->dims, r.index[i]);
	}
	r.nindex = n->nax;
	r.tree = with_bindings(f, ex_tree(f, form_entry(f, n, index)));
	return r;
}

static Formula
whole(Graph *g, Node *n, bool row, bool inner)
{
	Form f = {.g = g, .a = g->a};
	Formula r = {0};
	Ex *x;

	f.folds = folds_of(g, n, NULL, inner);
	if (n->nax > 2)
		return in_indices(&f, n);
	x = form_node(&f, n);
	if (f.odd && n->nax > 0 && n->kind == N_PROD) { /* entries may read better */
		Form f2 = {.g = g, .a = g->a, .folds = f.folds};

		r = in_indices(&f2, n);
		if (!f2.odd)
			return r;
	}
	r = (Formula){0};
	if (row && n->nax == 1)
		x = ex_trans(&f, x);
	r.tree = with_bindings(&f, ex_tree_whole(&f, x));
	return r;
}

Formula
matrix_form(Graph *g, Node *n, bool row)
{
	return whole(g, node_outer(g, n), row, false);
}

Formula
matrix_form_inner(Graph *g, Node *n, bool row)
{
	return whole(g, n, row, true);
}
