/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explicit.c: a node of small numeric sizes written out entry by entry: every matrix is its entries
 * X[i,j], determinants are Leibniz's sums, inverses are adjugates over determinants. For proofs of
 * identities of 2 x 2 and 3 x 3 matrices (prove.c).
 */
#include "graph_intern.h"

enum { MAX_ENTRIES = 64, MAX_SIZE = 4, MAX_LABELS = 4096 };

/* entries, last axis fastest */
typedef struct Table { Node **entry; long n; int nax; long size[8]; } Table;
typedef struct Explicit { Graph *g; Table **memo; unsigned nmemo; } Explicit;

static bool
sizes(const Node *n, Table *t)
{
	t->n = 1;
	t->nax = n->nax;
	if (n->nax > 8)
		return false;
	for (int i = 0; i < n->nax; i++) {
		if (!dim_is_num(n->ax[i], &t->size[i]) || t->size[i] > MAX_ENTRIES)
			return false;
		t->n *= t->size[i];
	}
	return t->n <= MAX_ENTRIES;
}

static void
unravel(const Table *t, long at, long *index)
{
	for (int i = t->nax - 1; i >= 0; i--) {
		index[i] = at % t->size[i];
		at /= t->size[i];
	}
}

/* the entry itself, as a product with unit vectors */
static Node *
entry_of(Graph *g, Node *n, const long *index)
{
	Prod *p = prod_begin(g);
	int l[8];

	for (int i = 0; i < n->nax; i++) {
		l[i] = prod_label(p, n->ax[i]);
		prod_factor(p, node_unit(g, dim_num(g->dims, index[i] + 1), n->ax[i]), &l[i]);
	}
	prod_factor(p, n, l);
	return prod_end(p, 0, NULL);
}

static Table *explicit_of(Explicit *x, Node *n);

static Node *
times(Graph *g, Node *x, Node *y)
{
	Prod *p = prod_begin(g);

	prod_factor(p, x, NULL);
	prod_factor(p, y, NULL);
	return prod_end(p, 0, NULL);
}

/* the determinant of the k x k minor of rows r.. and the columns not in `used`, by the first row */
static Node *
minor_det(Graph *g, const Table *t, const int *rows, int nrow, unsigned cols)
{
	Sum *s;
	int sign = 1;

	if (nrow == 0)
		return node_num(g, RAT1);
	s = sum_begin(g, 0, NULL);
	for (int c = 0; c < t->size[1]; c++) {
		Node *e;

		if (!(cols & 1U << c))
			continue;
		e = t->entry[rows[0] * t->size[1] + c];
		if (!node_is_zero(e))
			sum_add(s, rat(sign, 1),
				times(g, e, minor_det(g, t, rows + 1, nrow - 1, cols & ~(1U << c))));
		sign = -sign;
	}
	return sum_end(s);
}

static Node *
determinant(Graph *g, const Table *t)
{
	int rows[MAX_SIZE] = {0, 1, 2, 3};

	return minor_det(g, t, rows, (int)t->size[0], (1U << t->size[0]) - 1);
}

static bool
matrix_function(Explicit *x, Node *n, Table *t)
{
	Graph *g = x->g;
	Table *k = explicit_of(x, n->kid[0]);
	Node *det;
	int size;

	if (!k || k->nax != 2 || k->size[0] != k->size[1] || k->size[0] > MAX_SIZE)
		return false;
	size = (int)k->size[0];
	switch (n->fun->id) {
	case F_det:
		t->entry[0] = determinant(g, k);
		return true;
	case F_logdet:
		det = determinant(g, k);
		det = node_map(g, &fun_table[F_abs], 1, &det);
		t->entry[0] = node_map(g, &fun_table[F_log], 1, &det);
		return true;
	case F_inv:
	case F_adj:
		det = n->fun->id == F_inv ? node_pow(g, determinant(g, k), rat(-1, 1)) : node_num(g, RAT1);
		for (int i = 0; i < size; i++)
			for (int j = 0; j < size; j++) {
				int rows[MAX_SIZE], nr = 0;     /* adj[i,j]: the cofactor of [j,i] */
				Node *m;

				for (int r = 0; r < size; r++)
					if (r != j)
						rows[nr++] = r;
				m = minor_det(g, k, rows, nr, ((1U << size) - 1) & ~(1U << i));
				t->entry[i * size + j] =
					node_scale(g, rat((i + j) % 2 ? -1 : 1, 1), times(g, det, m));
			}
		return true;
	default:
		return false;
	}
}

static bool
product(Explicit *x, Node *n, Table *t)
{
	Graph *g = x->g;
	Table **k = NEWN(g->a, Table *, n->n + 1);
	long size[16], index[16], total = 1;
	Sum **s = NEWN(g->a, Sum *, t->n);

	if (n->nlab > 16)
		return false;
	for (int l = 0; l < n->nlab; l++) {
		if (!dim_is_num(n->labdim[l], &size[l]) || size[l] > MAX_ENTRIES)
			return false;
		total *= size[l];
		if (total > MAX_LABELS)
			return false;
	}
	for (int i = 0; i < n->n; i++)
		if (!(k[i] = explicit_of(x, n->kid[i])))
			return false;
	for (long i = 0; i < t->n; i++)
		s[i] = sum_begin(g, 0, NULL);
	for (long at = 0; at < total; at++) {
		Prod *p = prod_begin(g);
		long rest = at, out = 0;
		bool zero = false;

		for (int l = n->nlab - 1; l >= 0; l--) {
			index[l] = rest % size[l];
			rest /= size[l];
		}
		prod_coef(p, n->coef[0]);
		for (int i = 0, off = 0; i < n->n && !zero; off += n->kid[i++]->nax) {
			long e = 0;

			for (int j = 0; j < n->kid[i]->nax; j++)
				e = e * k[i]->size[j] + index[n->lab[off + j]];
			zero = node_is_zero(k[i]->entry[e]);
			prod_factor(p, k[i]->entry[e], NULL);
		}
		if (zero)
			continue;
		for (int i = 0; i < n->nax; i++)
			out = out * t->size[i] + index[n->out[i]];
		sum_add(s[out], RAT1, prod_end(p, 0, NULL));
		graph_spend(g);
		if (g->budget < 0)
			return false;
	}
	for (long i = 0; i < t->n; i++)
		t->entry[i] = sum_end(s[i]);
	/* entries off a diagonal are in no assignment: their sums are empty, which is right */
	return true;
}

static bool
constant(Graph *g, Node *n, Table *t)
{
	for (long at = 0; at < t->n; at++) {
		long index[8], want = 0, number;
		bool one;

		unravel(t, at, index);
		switch (n->kind) {
		case N_UNIT:
			if (!dim_is_num(n->dim, &number))
				return false;
			one = index[0] == number - 1;
			break;
		case N_INJ:
			if (!dim_is_num(n->dim, &number))
				return false;
			one = index[1] == index[0] + number;
			break;
		default:        /* FUSE */
			for (int i = 0; i < n->nax - 1; i++)
				want = want * t->size[i] + index[i];
			one = index[n->nax - 1] == want;
		}
		t->entry[at] = node_num(g, rat(one, 1));
	}
	return true;
}

static bool
fill(Explicit *x, Node *n, Table *t)
{
	Graph *g = x->g;
	Table **k;
	long index[8];

	switch (n->kind) {
	case N_VAR:
		for (long at = 0; at < t->n; at++) {
			unravel(t, at, index);
			if (n->nax == 2 && (n->var->props & (P_SYMMETRIC | P_SKEW)) && index[0] > index[1]) {
				long h = index[0];
				index[0] = index[1];
				index[1] = h;
				t->entry[at] = node_scale(g, rat(node_skew(n) ? -1 : 1, 1), entry_of(g, n, index));
			} else if (n->nax == 2 && ((node_skew(n) && index[0] == index[1]) ||
			                           ((n->var->props & P_LOWER) && index[0] < index[1]) ||
			                           ((n->var->props & P_UPPER) && index[0] > index[1]) ||
			                           ((n->var->props & P_DIAGONAL) && index[0] != index[1]))) {
				t->entry[at] = node_zero(g, 0, NULL);
			} else {
				t->entry[at] = entry_of(g, n, index);
			}
		}
		return true;
	case N_UNIT:
	case N_INJ:
	case N_FUSE:
		return constant(g, n, t);
	case N_NAMED: {
		Table *u = explicit_of(x, n->kid[0]);

		if (u)
			t->entry = u->entry;
		return u != NULL;
	}
	case N_PROD:
		return product(x, n, t);
	case N_FN:
		return matrix_function(x, n, t);
	case N_SUM:
	case N_POW:
	case N_MAP:
		k = NEWN(g->a, Table *, n->n + 1);
		for (int i = 0; i < n->n; i++)
			if (!(k[i] = explicit_of(x, n->kid[i])))
				return false;
		for (long at = 0; at < t->n; at++) {
			Node **e = NEWN(g->a, Node *, n->n + 1);
			Sum *s = sum_begin(g, 0, NULL);

			for (int i = 0; i < n->n; i++) {
				e[i] = k[i]->entry[at];
				if (n->kind == N_SUM)
					sum_add(s, n->coef[i], e[i]);
			}
			if (n->kind == N_POW && rat_sign(n->coef[0]) < 0 && node_is_zero(e[0]))
				return false;
			t->entry[at] = n->kind == N_SUM ? sum_end(s)
			               : n->kind == N_POW ? node_pow(g, e[0], n->coef[0])
			               : node_map(g, n->fun, n->n, e);
		}
		return true;
	case N_PI:
	case N_DIM:
		t->entry[0] = n;
		return true;
	default:
		return false;
	}
}

static Table *
explicit_of(Explicit *x, Node *n)
{
	Table *t;

	if (n->id < x->nmemo && x->memo[n->id])
		return x->memo[n->id]->entry ? x->memo[n->id] : NULL;
	t = NEW(x->g->a, Table);
	if (n->id < x->nmemo)
		x->memo[n->id] = t;
	if (!sizes(n, t))
		return NULL;
	t->entry = NEWN(x->g->a, Node *, t->n);
	if (x->g->budget < 0 || !fill(x, n, t)) {
		t->entry = NULL;
		return NULL;
	}
	return t;
}

Node **
explicit_entries(Graph *g, Node *n, long *count)
{
	Explicit x = {g, NEWN(g->a, Table *, g->nnode + 1), g->nnode + 1};
	Table *t = explicit_of(&x, n);

	*count = t ? t->n : 0;
	return t ? t->entry : NULL;
}
