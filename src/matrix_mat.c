/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * matrix_mat.c: the matrix of a network whose rows are the combined index of the labels R and whose
 * columns that of the labels C. With one label each it is an ordinary matrix; with more, Kronecker
 * products, vec, commutation matrices and diagonals come out by how the labels hang together:
 *
 *      no path from R to C                             vec(..)*vec(..)'
 *      independent blocks in the same order            kron(.., ..)
 *      independent blocks in another order             commutation(m, n)*kron(.., ..)
 *      a matrix between two labels of R                diag(vec(..))*..
 *      one way on from a label of R to a summed label  kron(A, ..)*..  and on from there
 *      anything else                                   elementwise products of the above, summed
 *                                                      labels as a middle index
 *
 * The last line makes it complete: every network has a form. Each step hands on less than it got:
 * summed labels become open ones (peel, middle), tuples become shorter (outer, kron, permuted, the
 * diagonal), or there are fewer edges (the rest beside a diagonal, layers).
 */
#include "matrix.h"

static bool
among(int v, int n, const int *list)
{
	for (int i = 0; i < n; i++)
		if (list[i] == v)
			return true;
	return false;
}

static bool *
all_alive(const Net *n)
{
	bool *k = NEWN(n->f->a, bool, n->nv + 1);

	for (int i = 0; i < n->nv; i++)
		k[i] = !n->v[i].dead;
	return k;
}

/* the part of n with the edges that pick() wants; decorations kept or not */
static Net *
part_of(const Net *n, const bool *edge, bool decorated)
{
	Net *c = net_copy(n, all_alive(n));

	c->ne = 0;
	for (int i = 0; i < n->ne; i++)
		if (!n->e[i].dead && edge[i])
			PUSH(n->f->a, c->e, c->ne, c->cap_e, n->e[i]);
	for (int i = 0; i < c->nv && !decorated; i++)
		c->v[i].dec = NULL;
	return c;
}

static Dim *
tuple_dim(const Net *n, int k, const int *t)
{
	Dim *d = k ? n->v[t[0]].dim : NULL;

	for (int i = 1; i < k; i++)
		d = dim_mul(n->f->g->dims, d, n->v[t[i]].dim);
	return d;
}

static Ex *
column_at(Net *n, int v)
{
	return n->v[v].dec ? n->v[v].dec : ex_ones(n->f, n->v[v].dim, NULL);
}

/* ---- permutations of a tuple */

/* identity of the tuple's first k, or NULL when k is 0 */
static Ex *
eye_of(const Net *n, int k, const int *t)
{
	return k ? ex_eye(n->f, tuple_dim(n, k, t)) : NULL;
}

static Ex *
kron_opt(Form *f, Ex *x, Ex *y)
{
	return !x ? y : !y ? x : ex_kron(f, x, y);
}

/* A permutation matrix: rows the tuple to, columns the tuple from */
static Ex *
mat_perm(Form *f, const Net *n, int k, const int *to, const int *from)
{
	int *cur = NEWN(f->a, int, k);
	Ex *p = ex_eye(f, tuple_dim(n, k, to));

	for (int i = 0; i < k; i++)
		cur[i] = to[i];
	for (int i = 0; i < k; i++) { /* bring from[i] to place i by exchanging neighbours */
		int j = i;

		while (cur[j] != from[i])
			j++;
		for (; j > i; j--) {
			int x = cur[j - 1];
			Dim *dx = n->v[x].dim, *dy = n->v[cur[j]].dim,
			    *d = dim_mul(f->g->dims, dx, dy);
			Ex *c = ex_call(f, "commutation", d, d, 1, 0, NULL, 2,
			                (Tree *[]){form_dim(f, dx), form_dim(f, dy)});

			c = kron_opt(f, eye_of(n, j - 1, cur),
				kron_opt(f, c, eye_of(n, k - j - 1, cur + j + 1)));
			p = ex_mul2(f, p, c);
			cur[j - 1] = cur[j];
			cur[j] = x;
		}
	}
	return p;
}

/* ---- one label on each side, nothing summed */

static Ex *
outer(Net *n, int r, int c)
{
	Ex *u = column_at(n, r), *v = column_at(n, c);

	return ex_mul2(n->f, u, ex_row(n->f, v));
}

static Ex *
small(Net *n, int nr, const int *R, int nc, const int *C)
{
	Form *f = n->f;
	Ex *m = NULL;
	int r = nr ? R[0] : -1, c = nc ? C[0] : -1;

	if (nc == 0)
		return column_at(n, r);
	if (r == c)
		return n->v[r].dec ? ex_diag(f, n->v[r].dec) : ex_eye(f, n->v[r].dim);
	for (int i = 0; i < n->ne; i++)
		if (!n->e[i].dead)
			m = ex_emul2(f, m, n->e[i].u == r ? n->e[i].m : ex_trans(f, n->e[i].m));
	if (!m)
		return outer(n, r, c);
	return ex_mul(f, 3, (Ex *[]){n->v[r].dec ? ex_diag(f, n->v[r].dec) : NULL, m,
	                             n->v[c].dec ? ex_diag(f, n->v[c].dec) : NULL});
}

/* ---- ways to take a network apart; each gives NULL when it does not apply */

/* n without the vertices of the components that `in` marks (or with only them) */
static Net *
only(Net *n, const int *comp, const bool *in, bool want)
{
	bool *keep = NEWN(n->f->a, bool, n->nv + 1);

	for (int i = 0; i < n->nv; i++)
		keep[i] = !n->v[i].dead && in[comp[i]] == want;
	return net_copy(n, keep);
}

static bool *
touched(const Net *n, const int *comp, int k, const int *t)
{
	bool *in = NEWN(n->f->a, bool, n->nv + 1);

	for (int i = 0; i < k; i++)
		in[comp[t[i]]] = true;
	return in;
}

/* nothing joins rows and columns: a column times a row */
static Ex *
split_outer(Net *n, int nr, const int *R, int nc, const int *C)
{
	int *comp = net_components(n, false);
	bool *in = touched(n, comp, nr, R);
	Ex *u, *v;

	for (int i = 0; i < nc; i++)
		if (in[comp[C[i]]])
			return NULL;
	u = net_mat(only(n, comp, in, true), nr, R, 0, NULL);
	v = net_mat(only(n, comp, in, false), nc, C, 0, NULL);
	return ex_mul2(n->f, u, ex_row(n->f, v));
}

/* the first p of R and q of C are a world of their own */
static bool
separable(const Net *n, const int *comp, int nr, const int *R, int nc, const int *C, int p, int q)
{
	bool *in = touched(n, comp, p, R);

	for (int i = 0; i < q; i++)
		in[comp[C[i]]] = true;
	for (int i = p; i < nr; i++)
		if (in[comp[R[i]]])
			return false;
	for (int i = q; i < nc; i++)
		if (in[comp[C[i]]])
			return false;
	return true;
}

static Ex *
split_at(Net *n, const int *comp, int nr, const int *R, int nc, const int *C, int p, int q)
{
	bool *in = touched(n, comp, p, R);

	for (int i = 0; i < q; i++)
		in[comp[C[i]]] = true;
	return ex_kron(n->f, net_mat(only(n, comp, in, true), p, R, q, C),
	               net_mat(only(n, comp, in, false), nr - p, R + p, nc - q, C + q));
}

static Ex *
split_kron(Net *n, int nr, const int *R, int nc, const int *C)
{
	int *comp = net_components(n, false);

	for (int pass = 0; pass < 2; pass++)    /* first try: rows and columns from both, kron(y*y',
	                                           A) */
		for (int s = 1; s < nr + nc; s++)
			for (int p = s < nr ? s : nr; p >= 0 && s - p <= nc; p--) {
				if (pass == 0 && (p == 0 || p == s || p == nr || s - p == nc))
					continue;
				if (separable(n, comp, nr, R, nc, C, p, s - p))
					return split_at(n, comp, nr, R, nc, C, p, s - p);
			}
	return NULL;
}

/* t with the members of component c in front (or at the end), else in order; how many there are */
static int
gather(const int *comp, int k, const int *t, int c, bool front, int *out)
{
	int m = 0, n = 0;

	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < k; i++)
			if ((comp[t[i]] == c) == (front == (pass == 0)))
				out[n++] = t[i];
	for (int i = 0; i < k; i++)
		m += comp[t[i]] == c;
	return m;
}

static bool
same_tuple(int k, const int *x, const int *y)
{
	for (int i = 0; i < k; i++)
		if (x[i] != y[i])
			return false;
	return true;
}

/* Several components, but out of order: the rows, if need be the columns too, are permuted. */
static Ex *
split_permuted(Net *n, int nr, const int *R, int nc, const int *C)
{
	Form *f = n->f;
	int *comp = net_components(n, false), *r = NEWN(f->a, int, nr + 1),
		*c = NEWN(f->a, int, nc + 1);
	int first = nr ? comp[R[0]] : comp[C[0]];
	bool several = false;
	Ex *x;

	for (int i = 0; i < nr; i++)
		several |= comp[R[i]] != first;
	for (int i = 0; i < nc; i++)
		several |= comp[C[i]] != first;
	if (!several)
		return NULL;
	for (int want = 0; want < 2; want++)    /* first try: the columns stay as they are */
		for (int i = 0; i < nr + nc; i++)
			for (int front = 1; front >= 0; front--) {
				int k = comp[i < nc ? C[i] : R[i - nc]];
				int p = gather(comp, nr, R, k, front, r),
				    q = gather(comp, nc, C, k, front, c);

				if (want == 0 && !same_tuple(nc, c, C))
					continue;
				x = front ? split_at(n, comp, nr, r, nc, c, p, q)
				          : split_at(n, comp, nr, r, nc, c, nr - p, nc - q);
				if (!same_tuple(nr, r, R))
					x = ex_mul2(f, mat_perm(f, n, nr, R, r), x);
				if (!same_tuple(nc, c, C))
					x = ex_mul2(f, x, mat_perm(f, n, nc, c, C));
				return x;
			}
	return NULL;
}

/* edges within R (or within C) go to a diagonal factor */
static Ex *
split_diag(Net *n, int nr, const int *R, int nc, const int *C, bool left)
{
	Form *f = n->f;
	int k = left ? nr : nc, nin = 0;
	const int *t = left ? R : C;
	bool *in = NEWN(f->a, bool, n->ne + 1), *out = NEWN(f->a, bool, n->ne + 1), bare = true;
	Ex *d, *rest;

	for (int i = 0; i < n->ne; i++) {
		in[i] = among(n->e[i].u, k, t) && among(n->e[i].v, k, t);
		out[i] = !in[i];
		nin += in[i];
		bare &= in[i];
	}
	if (nin == 0)
		return NULL;
	bare &= nr == nc && same_tuple(nr, R, C);
	d = ex_diag(f, net_mat(part_of(n, in, bare), k, t, 0, NULL));
	if (bare)
		return d;
	rest = net_mat(part_of(n, out, true), nr, R, nc, C);
	return left ? ex_mul2(f, d, rest) : ex_mul2(f, rest, d);
}

/* All of C hangs together with part of R only: its diagonal factor should come out before the
   Kronecker product. */
static bool
whole_side(Net *n, int nr, const int *R, int nc, const int *C)
{
	int *comp = net_components(n, false);
	bool apart = false;

	for (int i = 1; i < nc; i++)
		if (comp[C[i]] != comp[C[0]])
			return false;
	for (int i = 0; i < nr; i++)
		apart |= comp[R[i]] != comp[C[0]];
	return apart && nc > 1;
}

/* the one edge of v, when it leads to a summed vertex */
static Edge *
way_on(Net *n, int v, int nr, const int *R, int nc, const int *C)
{
	Edge *e = NULL;

	for (int i = 0; i < n->ne; i++)
		if (!n->e[i].dead && (n->e[i].u == v || n->e[i].v == v)) {
			if (e)
				return NULL;
			e = &n->e[i];
		}
	if (e && (among(e->u == v ? e->v : e->u, nr, R) || among(e->u == v ? e->v : e->u, nc, C)))
		return NULL;
	return e;
}

/* labels of R from which one edge leads on to a summed label, each to another: kron of those
   matrices, and the rest */
static Ex *
split_peel(Net *n, int nr, const int *R, int nc, const int *C)
{
	Form *f = n->f;
	int *next = NEWN(f->a, int, nr + 1), peeled = 0;
	Ex *layer = NULL;

	for (int i = 0; i < nr; i++)
		next[i] = R[i];
	for (int i = 0; i < nr; i++) {
		Edge *e = among(R[i], nc, C) ? NULL : way_on(n, R[i], nr, R, nc, C);
		int to = e ? (e->u == R[i] ? e->v : e->u) : -1;
		Ex *m;

		if (to < 0 || among(to, nr, next)) {
			layer = kron_opt(f, layer, ex_eye(f, n->v[R[i]].dim));
			continue;
		}
		m = e->u == R[i] ? e->m : ex_trans(f, e->m);
		if (n->v[R[i]].dec)
			m = ex_mul2(f, ex_diag(f, n->v[R[i]].dec), m);
		layer = kron_opt(f, layer, m);
		next[i] = to;
		e->dead = true;
		n->v[R[i]].dead = true;
		peeled++;
	}
	if (!peeled)
		return NULL;
	return ex_mul2(f, layer, net_mat(net_copy(n, NULL), nr, next, nc, C));
}

/* nothing is summed any more: matchings between the labels, multiplied entry by entry */
static Ex *
split_layers(Net *n, int nr, const int *R, int nc, const int *C)
{
	Form *f = n->f;
	bool *in = NEWN(f->a, bool, n->ne + 1), *out = NEWN(f->a, bool, n->ne + 1);
	bool *used = NEWN(f->a, bool, n->nv + 1), rest = false;
	Ex *x, *y;

	for (int i = 0; i < n->ne; i++) {
		in[i] = !used[n->e[i].u] && !used[n->e[i].v];
		out[i] = !in[i];
		rest |= out[i];
		if (in[i])
			used[n->e[i].u] = used[n->e[i].v] = true;
	}
	if (!rest)      /* a matching is no less than itself: other forms are there for those */
		bug(f->a, "a network of %d edges has no form", n->ne);
	f->odd = true;
	x = net_mat(part_of(n, in, true), nr, R, nc, C);
	y = net_mat(part_of(n, out, false), nr, R, nc, C);
	return ex_emul2(f, x, y);
}

/* All summed labels S as one middle index: (rows to S)*diag(within S)*(S to columns), times what is
   without S. */
static Ex *
split_middle(Net *n, int nr, const int *R, int nc, const int *C, int ns, const int *S)
{
	Form *f = n->f;
	bool *part[4];
	int count[4] = {0};
	Ex *within, *x, *y;
	Net *p[4];

	for (int k = 0; k < 4; k++)
		part[k] = NEWN(f->a, bool, n->ne + 1);
	for (int i = 0; i < n->ne; i++) { /* 0: within S, 1: R to S, 2: S to C, 3: without S */
		int su = among(n->e[i].u, ns, S), sv = among(n->e[i].v, ns, S),
		    o = su ? n->e[i].v : n->e[i].u, k;

		k = su && sv ? 0 : !su && !sv ? 3 : among(o, nr, R) ? 1 : 2;
		part[k][i] = true;
		count[k]++;
	}
	f->odd = true;
	for (int k = 0; k < 4; k++)
		p[k] = part_of(n, part[k], true);
	for (int i = 0; i < n->nv; i++) {       /* decorations count once: 0 in S, 1 in R, 2 in C */
		bool s = among(i, ns, S), r = among(i, nr, R);

		if (!s)
			p[0]->v[i].dec = NULL;
		if (s || !r)
			p[1]->v[i].dec = NULL;
		if (s || r)
			p[2]->v[i].dec = NULL;
		p[3]->v[i].dec = NULL;
	}
	within = net_mat(p[0], ns, S, 0, NULL);
	if (nr == 0)
		return ex_all(f, within);
	x = net_mat(p[1], nr, R, ns, S);
	if (nc == 0) {
		x = ex_mul2(f, x, within);
	} else {
		y = net_mat(p[2], ns, S, nc, C);
		x = ex_mul(f, 3, (Ex *[]){x, ex_diag(f, within), y});
	}
	return count[3] ? ex_emul2(f, x, net_mat(p[3], nr, R, nc, C)) : x;
}

/* a new label that is equal to v by an identity matrix */
static int
equal_label(Net *n, int v)
{
	int w = net_vert(n, n->v[v].dim);

	net_edge(n, v, w, ex_eye(n->f, n->v[v].dim));
	n->v[w].open = n->v[v].open;
	return w;
}

/* a label that stands in the tuple twice is split in two that are equal */
static void
split_repeated(Net *n, int k, int *t)
{
	for (int i = 1; i < k; i++)
		for (int j = 0; j < i; j++)
			if (t[i] == t[j]) {
				t[i] = equal_label(n, t[j]);
				break;
			}
}

static bool
lonely(const Net *n, int v)
{
	for (int i = 0; i < n->ne; i++)
		if (!n->e[i].dead && (n->e[i].u == v || n->e[i].v == v))
			return false;
	return true;
}

static int *
copy_tuple(Form *f, int k, const int *t)
{
	int *c = NEWN(f->a, int, k + 1);

	for (int i = 0; i < k; i++)
		c[i] = t[i];
	return c;
}

Ex *
net_mat(Net *n, int nr, const int *R0, int nc, const int *C0)
{
	Form *f = n->f;
	int *R = copy_tuple(f, nr, R0), *C = copy_tuple(f, nc, C0), *S, ns = 0;
	Ex *x;

	if (nr == 0 && nc > 0)
		return ex_row(f, net_mat(n, nc, C, 0, NULL));
	split_repeated(n, nr, R);
	split_repeated(n, nc, C);
	for (int i = 0; i < n->nv; i++)
		n->v[i].open = among(i, nr, R) || among(i, nc, C);
	net_reduce(n);
	S = NEWN(f->a, int, n->nv + 1);
	for (int i = 0; i < n->nv; i++) {
		if (n->v[i].dead || n->v[i].open)
			continue;
		if (n->v[i].dec || !lonely(n, i))
			S[ns++] = i;
		else
			n->v[i].dead = true;    /* left over from a part that was taken out */
	}
	if (ns == 0 && nr == 1 && nc <= 1)
		return small(n, nr, R, nc, C);
	if (nr == 1 && nc == 1 && R[0] == C[0])
		return ex_diag(f, net_mat(n, 1, R, 0, NULL));
	if (nc > 0 && (x = split_outer(n, nr, R, nc, C)))
		return x;
	if (ns == 0 && nr == 2 && nc == 0 && n->ne == 1)
		return ex_vec(f, small(n, 1, &R[1], 1, &R[0]));
	if (nc > 0 && whole_side(n, nr, R, nc, C) && (x = split_diag(n, nr, R, nc, C, false)))
		return x;
	if (nc > 0 && whole_side(n, nc, C, nr, R) && (x = split_diag(n, nr, R, nc, C, true)))
		return x;
	if (nr > 0 && (x = split_kron(n, nr, R, nc, C)))
		return x;
	if (nr > 0 && (x = split_permuted(n, nr, R, nc, C)))
		return x;
	if (nc > 0 && ((x = split_diag(n, nr, R, nc, C, true)) ||
			      (x = split_diag(n, nr, R, nc, C, false))))
		return x;
	if (ns > 0 && nr > 0 && (x = split_peel(n, nr, R, nc, C)))
		return x;
	if (ns > 0 && nc > 0 && nr > 0) {
		bool onward = false;

		for (int i = 0; i < nc; i++)
			onward |= !among(C[i], nr, R) && way_on(n, C[i], nr, R, nc, C);
		if (onward)
			return ex_trans(f, net_mat(n, nc, C, nr, R));
	}
	if (ns > 0) {
		for (int i = 0; i < nc; i++)
			if (among(C[i], nr, R))
				C[i] = equal_label(n, C[i]);
		return split_middle(n, nr, R, nc, C, ns, S);
	}
	return split_layers(n, nr, R, nc, C);
}
