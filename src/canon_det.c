/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * canon_det.c: determinants of sums in canonical mode, for proofs: the matrix determinant lemma,
 * Sylvester's theorem and Schur complements, as one normal form.
 *
 *   det(A + M) = det(A) det(I + inv(A) M)       A a term that has an inverse: a matrix, a number
 * times I, an inverse ... det(I + u v') = 1 + v' u det(I + U N) = det(I + N U)                 of
 * all that come by turning factors round, the oldest one det([A, B; C, D]) = det(A) det(D - C
 * inv(A) B)
 *
 * det(I - M*M) = det(I - M) det(I + M)
 *
 * and, with no inverse, det([A, B; 0, D]) = det(A) det(D), det([0, B; C, D]) = (-1)^n det(B) det(C)
 * and det([A, B; B, A]) = det(A + B) det(A - B) for n x n blocks.
 *
 * A need not have an inverse for given values: both sides are rational functions, and for almost
 * all values it has one. That is so for matrices whose entries are free, symmetric, triangular ...
 * , but not for skew ones of odd size, nor where equations hold between variables.
 */
#include "graph_intern.h"

enum { TURNS = 8 };

static Node *
inverse(Graph *g, Node *x)
{
	return node_fn(g, &fun_table[F_inv], 0, 1, &x);
}

/* ---- what has an inverse for almost all values */

static bool
almost_never_zero(Graph *g, Node *n)
{
	return n->kind == N_VAR || (n->kind == N_POW && almost_never_zero(g, n->kid[0])) ||
		   node_positive(g, n);
}

/* a matrix that has one, or a product of such */
bool
canon_regular(Graph *g, Node *n)
{
	if (n->nax != 2 || n->ax[0] != n->ax[1])
		return false;
	switch (n->kind) {
	case N_VAR:
		return !(n->var->props & P_SKEW);
	case N_FN:
		return n->fun->id == F_inv;
	case N_PROD:
		if (n->out[0] == n->out[1] && n->nlab > 1)
			return false;
		for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax) {
			Node *k = n->kid[i];

			if (k->nax == 0 ? !almost_never_zero(g, k)
							: !canon_regular(g, k) || n->lab[off] == n->lab[off + 1])
				return false;
		}
		/* a chain from one axis to the other: every label between two factors, or between one and
		   an axis */
		for (int l = 0; l < n->nlab; l++) {
			int uses = 0;

			for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax)
				for (int j = 0; j < n->kid[i]->nax; j++)
					uses += n->lab[off + j] == l;
			if (uses + (n->out[0] == l) + (n->out[1] == l) != 2)
				return false;
		}
		return true;
	default:
		return false;
	}
}

/* ---- terms: coef * node, as they stand in a sum */

typedef struct Terms { Node **node; Rat *coef; int n; } Terms;

static Terms
terms_of(Graph *g, Node *s)
{
	Terms t = {0};

	if (s->kind == N_SUM)
		return (Terms){s->kid, s->coef, s->n};
	t.node = NEWN(g->a, Node *, 1);
	t.coef = NEWN(g->a, Rat, 1);
	t.node[0] = s;
	t.coef[0] = RAT1;
	t.n = !node_is_zero(s);
	return t;
}

static Node *
plus(Graph *g, Node *x, Rat c, Node *y)
{
	Sum *s = sum_begin(g, x->nax, x->ax);

	sum_add(s, RAT1, x);
	sum_add(s, c, y);
	return sum_end(s);
}

Node *
prod_trace(Graph *g, Node *x)
{
	Prod *p = prod_begin(g);
	int l = prod_label(p, x->ax[0]);

	prod_factor(p, x, (int[]){l, l});
	return prod_end(p, 0, NULL);
}

/* The factor of a term at its end `axis`, alone there, as a matrix: F on (end, *label) with the
   rest of the term on it. -1: none. */
static int
end_factor(const Node *t, int axis, int *label)
{
	int at = -1, uses = 0, o;

	if (t->kind != N_PROD || t->nax != 2 || t->out[0] == t->out[1])
		return -1;
	o = t->out[axis];
	for (int i = 0, off = 0; i < t->n; off += t->kid[i++]->nax)
		for (int j = 0; j < t->kid[i]->nax; j++)
			if (t->lab[off + j] == o) {
				uses++;
				at = i;
				if (t->kid[i]->nax == 2)
					*label = t->lab[off + !j];
			}
	if (uses != 1 || (t->kid[at]->nax == 2 && *label == t->out[!axis]))
		return -1;
	return t->kid[at]->nax <= 2 ? at : -1;
}

/* Do the two axes of a term hang together? u*v' does not. */
static bool
connected(const Node *t)
{
	bool *in, changed = true;

	if (t->kind != N_PROD)
		return true;
	in = (bool[64]){false};
	if (t->nlab > 64)
		return true;
	in[t->out[0]] = true;
	while (changed) {
		changed = false;
		for (int i = 0, off = 0; i < t->n; off += t->kid[i++]->nax) {
			bool any = false;

			for (int j = 0; j < t->kid[i]->nax; j++)
				any |= in[t->lab[off + j]];
			for (int j = 0; any && j < t->kid[i]->nax; j++) {
				changed |= !in[t->lab[off + j]];
				in[t->lab[off + j]] = true;
			}
		}
	}
	return in[t->out[1]];
}

bool
canon_dyad(const Node *t)
{
	return t->nax == 2 && !connected(t);
}

/* m without the factor at its end `axis`, which goes to the other end; NULL: the terms do not have
   one in common */
static Node *
turned(Graph *g, Node *m, int axis)
{
	Terms t = terms_of(g, m);
	Node *common = NULL;
	Dim *size = NULL;
	Sum *s = NULL;
	int side = -1;

	for (int k = 0; k < t.n; k++) {
		const Node *n = t.node[k];
		int inner = -1, at = end_factor(n, axis, &inner), l[2], out[2];
		bool flip;
		Prod *p;

		if (at < 0 || n->kid[at]->nax != 2 || (common && n->kid[at] != common))
			return NULL;
		common = n->kid[at];
		p = prod_begin(g);
		for (int i = 0; i < n->nlab; i++)
			prod_label(p, n->labdim[i]);
		for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax) {
			if (i != at) {
				prod_factor(p, n->kid[i], n->lab + off);
				continue;
			}
			/* its outer axis meets the other end, its inner one is the new end there */
			flip = n->lab[off] != n->out[axis];
			if ((side >= 0 && side != flip) || (size && size != n->labdim[inner]))
				return NULL;
			side = flip;
			size = n->labdim[inner];
			out[!axis] = prod_label(p, size);
			out[axis] = inner;
			l[flip] = n->out[!axis];
			l[!flip] = out[!axis];
		}
		prod_coef(p, n->coef[0]);
		prod_factor(p, common, l);
		/* the label of the old end is gone with the factor: let the one that takes its place stand
		   for it */
		prod_join(p, n->out[axis], n->out[!axis]);
		if (!s)
			s = sum_begin(g, 2, (Dim *[]){size, size});
		sum_add(s, t.coef[k], prod_end(p, 2, out));
	}
	return s ? sum_end(s) : NULL;
}

/* ---- det(I + m) */

static Node *
raw(Graph *g, const Fun *f, Node *x)
{
	Node **kid = NEWN(g->a, Node *, 1);

	kid[0] = x;
	return node_intern(g, &(Node){.kind = N_FN, .fun = f, .n = 1, .kid = kid});
}

static Node *
of_scalar(Graph *g, const Fun *f, Node *x)
{
	if (f->id == F_det)
		return x;
	x = node_map(g, &fun_table[F_abs], 1, &x);
	return node_map(g, &fun_table[F_log], 1, &x);
}

/* u*(v + w ..)', u at the end `axis` of all terms */
static bool
has_common_end(const Terms *t, int axis)
{
	Node *u = NULL;

	for (int k = 0; k < t->n; k++) {
		const Node *n = t->node[k];
		int inner, at = t->n > 1 ? end_factor(n, axis, &inner) : -1;

		if (connected(n) ||
			(t->n > 1 && (at < 0 || n->kid[at]->nax != 1 || (u && u != n->kid[at]))))
			return false;
		u = at < 0 ? NULL : n->kid[at];
	}
	return t->n > 0;
}

static bool
is_dyad(Graph *g, Node *m)
{
	Terms t = terms_of(g, m);

	return has_common_end(&t, 0) || has_common_end(&t, 1);
}

static Node *
beside_dyad(Graph *g, const Fun *f, Node *m)
{
	return of_scalar(g, f, plus(g, node_num(g, RAT1), RAT1, canon_again(g, prod_trace(g, m))));
}

static Node *
combined(Graph *g, const Fun *f, Node *x, Node *y)
{
	return f->id == F_det ? node_emul(g, x, y) : node_add(g, x, y);
}

/* the factor of m, but `before`, with label l on axis *axis; -1: none */
static int
link_at(const Node *m, int l, int before, int *axis)
{
	for (int i = 0, off = 0; i < m->n; off += m->kid[i++]->nax)
		for (int k = 0; k < m->kid[i]->nax; k++)
			if (i != before && m->lab[off + k] == l) {
				*axis = k;
				return i;
			}
	return -1;
}

/* M where m is -M*M: a chain of matrices that is twice the same; NULL: it is none */
static Node *
minus_square(Graph *g, Node *m)
{
	int n = m->n, *link = NEWN(g->a, int, n + 1), *axis = NEWN(g->a, int, n + 1), l, from, to, out[2];
	bool *seen;
	Rat root;
	Prod *p;

	if (m->kind != N_PROD || n == 0 || n % 2 || m->nlab != n + 1 || m->out[0] == m->out[1] ||
		!rat_root(g->a, rat_neg(g->a, m->coef[0]), 2, &root))
		return NULL;
	seen = NEWN(g->a, bool, m->nlab);
	l = m->out[0];
	for (int i = 0; i < n; i++) {
		seen[l] = true;
		link[i] = link_at(m, l, i ? link[i - 1] : -1, &axis[i]);
		if (link[i] < 0 || m->kid[link[i]]->nax != 2)
			return NULL;
		l = node_labels(m, link[i])[!axis[i]];
		if (seen[l])
			return NULL;
	}
	for (int i = 0; i < n / 2; i++) {
		Node *k = m->kid[link[i]];

		if (m->kid[link[i + n / 2]] != k || (axis[i] != axis[i + n / 2] && !node_symmetric(g, k)))
			return NULL;
	}
	p = prod_begin(g);
	prod_coef(p, root);
	out[0] = from = prod_label(p, m->ax[0]);
	for (int i = 0; i < n / 2; i++, from = to) {
		Node *k = m->kid[link[i]];

		to = prod_label(p, k->ax[!axis[i]]);
		prod_factor(p, k, axis[i] ? (int[]){to, from} : (int[]){from, to});
	}
	out[1] = from;
	return prod_end(p, 2, out);
}

static Node *
beside_identity(Graph *g, const Fun *f, Node *m)
{
	Node *best = m, *start = m, *half, *eye = node_eye(g, m->ax[0]);

	if (is_dyad(g, m))
		return beside_dyad(g, f, m);
	if ((half = minus_square(g, m))) {
		Node *x[2] = {
			canon_again(g, plus(g, eye, RAT1, half)), canon_again(g, plus(g, eye, rat(-1, 1), half))};

		return combined(g, f, node_fn(g, f, 0, 1, &x[0]), node_fn(g, f, 0, 1, &x[1]));
	}
	for (int transposed = 0; transposed < 2; transposed++) {
		Node *sum;

		start = transposed ? canon_again(g, node_transpose(g, m)) : m;
		if (start->id < best->id)
			best = start;
		for (int axis = 0; axis < 2; axis++) {
			Node *x = start;

			for (int i = 0; i < TURNS && (x = turned(g, x, axis)); i++) {
				x = canon_again(g, x);
				if (x == start)
					break;
				if (is_dyad(g, x))
					return beside_dyad(g, f, x);
				/* I - inv(A + B)*A is inv(A + B)*B */
				sum = canon_again(g, plus(g, node_eye(g, x->ax[0]), RAT1, x));
				if (sum->kind != N_SUM)
					return node_fn(g, f, 0, 1, &sum);
				if (x->id < best->id)
					best = x;
			}
		}
	}
	return raw(g, f, plus(g, node_eye(g, best->ax[0]), RAT1, best));
}

/* ---- [A, B; C, D] */

static Node *
block_index(Node *n)
{
	return n->kind == N_INJ || n->kind == N_UNIT ? n : NULL;
}

/* the block index at an end of a term: an INJ or UNIT factor alone there, both ends' where the term
   is diagonal; NULL: something else */
static Node *
block_at(const Node *t, int axis)
{
	Node *found = NULL;
	int inner, at, uses = 0;

	if (t->kind != N_PROD || t->out[0] != t->out[1]) {
		at = end_factor(t, axis, &inner);
		return at >= 0 ? block_index(t->kid[at]) : NULL;
	}
	for (int i = 0, off = 0; i < t->n; off += t->kid[i++]->nax)
		for (int k = 0; k < t->kid[i]->nax; k++)
			if (t->lab[off + k] == t->out[0]) {
				uses++;
				found = block_index(t->kid[i]);
			}
	return uses == 1 ? found : NULL;
}

static Dim *
block_size(Graph *g, const Node *b)
{
	return b->kind == N_INJ ? b->ax[0] : dim_num(g->dims, 1);
}

/* e'*s*e between two blocks: what stands there */
static Node *
block(Graph *g, Node *s, Node *row, Node *col)
{
	Prod *p = prod_begin(g);
	Node *b[2] = {row, col};
	int at[2], out[2], n = 0;

	for (int k = 0; k < 2; k++) {
		at[k] = prod_label(p, s->ax[k]);
		if (b[k]->kind == N_INJ) {
			out[n] = prod_label(p, b[k]->ax[0]);
			prod_factor(p, b[k], (int[]){out[n], at[k]});
			n++;
		} else {
			prod_factor(p, b[k], &at[k]);
		}
	}
	prod_factor(p, s, at);
	return canon_again(g, prod_end(p, n, out));
}

/* x*y, x*inv(a)*y with what is not a matrix for size 1 */
static Node *
multiplied(Graph *g, Node *x, bool inner, Node *y)
{
	Prod *p = prod_begin(g);
	int l = inner ? prod_label(p, x->ax[x->nax - 1]) : -1, out[2], n = 0, lx[2], ly[2];

	if (x->nax > inner)
		out[n++] = lx[0] = prod_label(p, x->ax[0]);
	if (inner)
		lx[x->nax - 1] = ly[0] = l;
	if (y->nax > inner)
		out[n++] = ly[y->nax - 1] = prod_label(p, y->ax[y->nax - 1]);
	prod_factor(p, x, lx);
	prod_factor(p, y, ly);
	return prod_end(p, n, out);
}

static Node *
of_block(Graph *g, const Fun *f, Node *x)
{
	return x->nax ? node_fn(g, f, 0, 1, &x) : of_scalar(g, f, x);
}

static Node *
minus_one_to(Graph *g, Dim *n)
{
	Node *x[2] = {node_num(g, rat(-1, 1)), node_dim(g, n)};

	return node_map(g, &fun_table[F_pow], 2, x);
}

/* where the blocks tell, whatever their values; n: the size of all of them, or NULL */
static Node *
of_like_blocks(Graph *g, const Fun *f, Node *x[2][2], Dim *n)
{
	Node *r;

	if (node_is_zero(x[0][1]) || node_is_zero(x[1][0]))
		return combined(g, f, of_block(g, f, x[0][0]), of_block(g, f, x[1][1]));
	if (!n)
		return NULL;
	if (node_is_zero(x[0][0]) || node_is_zero(x[1][1])) {   /* n columns change places with n */
		r = combined(g, f, of_block(g, f, x[0][1]), of_block(g, f, x[1][0]));
		return f->id == F_det ? node_emul(g, minus_one_to(g, n), r) : r;
	}
	if (x[0][0] != x[1][1] || x[0][1] != x[1][0])
		return NULL;
	r = of_block(g, f, canon_again(g, plus(g, x[0][0], RAT1, x[0][1])));
	return combined(
		g, f, r, of_block(g, f, canon_again(g, plus(g, x[0][0], rat(-1, 1), x[0][1]))));
}

/* NULL: no two blocks, or neither on the diagonal is sure to have an inverse */
static Node *
of_blocks(Graph *g, const Fun *f, Node *s)
{
	Node *b[2] = {NULL, NULL}, *x[2][2], *r;
	Dim *size;

	for (int k = 0; k < s->n; k++)
		for (int axis = 0; axis < 2; axis++) {
			Node *here = block_at(s->kid[k], axis);

			if (!here)
				return NULL;
			if (here != b[0] && here != b[1]) {
				if (b[1])
					return NULL;
				b[b[0] != NULL] = here;
			}
		}
	if (!b[1] || dim_add(g->dims, block_size(g, b[0]), block_size(g, b[1])) != s->ax[0])
		return NULL;
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 2; j++)
			x[i][j] = block(g, s, b[i], b[j]);
	size = block_size(g, b[0]);
	if ((r = of_like_blocks(g, f, x, size == block_size(g, b[1]) ? size : NULL)))
		return r;
	for (int first = 0; first < 2; first++) {
		Node *a = x[first][first], *inv, *rest;
		bool wide = a->nax == 2;

		if (wide ? !canon_regular(g, a) && a != node_eye(g, a->ax[0]) : !almost_never_zero(g, a))
			continue;
		inv = wide ? inverse(g, a) : node_pow(g, a, rat(-1, 1));
		rest = multiplied(
			g, multiplied(g, x[!first][first], wide, inv), wide, x[first][!first]);
		rest = canon_again(g, plus(g, x[!first][!first], rat(-1, 1), rest));
		return combined(g, f, of_block(g, f, a), of_block(g, f, rest));
	}
	return NULL;
}

/* ---- the sum */

/* needs: canonical mode; det or logdet; a sum with two equal axes. gives: what it is, or NULL: it
   stays. */
Node *
canon_det_sum(Graph *g, const Fun *f, Node *s)
{
	Node *r, *m, *inv, *pivot = NULL;
	int at = -1;

	if (g->facts || g->budget < 0)
		return NULL;
	if ((r = of_blocks(g, f, s)))
		return r;
	for (int k = 0; k < s->n; k++) {
		bool eye = s->kid[k]->kind == N_PROD && s->kid[k]->out[0] == s->kid[k]->out[1];

		if (!canon_regular(g, s->kid[k]) || (!eye && at >= 0 && (pivot->id < s->kid[k]->id)))
			continue;
		pivot = s->kid[k];
		at = k;
		if (eye)
			break;
	}
	if (at < 0)
		return NULL;
	pivot = node_scale(g, s->coef[at], pivot);
	inv = inverse(g, pivot);
	m = canon_again(g, node_matmul(g, inv, plus(g, s, rat(-1, 1), pivot)));
	r = beside_identity(g, f, m);
	return pivot == node_eye(g, s->ax[0]) ? r : combined(g, f, node_fn(g, f, 0, 1, &pivot), r);
}
