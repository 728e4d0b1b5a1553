/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * matrix_net.c: a product of labelled factors as a network: labels are vertices, columns decorate
 * them, matrices are edges. Series-parallel steps turn it into one matrix expression:
 *      u -A- k -B- v, k summed and decorated with d    A*diag(d)*B between u and v
 *      u -A- k, k summed and decorated with d          A*d on u
 *      u =A,B= v                                       A.*B
 * and what is left is a trace, a sum of entries, an outer product, diag(d)*A. Networks that are no
 * tree of such steps go to matrix_mat.c, combined labels to matrix_fuse.c first.
 */
#include "matrix.h"

/* ---- making */

int
net_vert(Net *n, Dim *d)
{
	PUSH(n->f->a, n->v, n->nv, n->cap_v, (Vert){.dim = d});
	return n->nv - 1;
}

void
net_edge(Net *n, int u, int v, Ex *m)
{
	PUSH(n->f->a, n->e, n->ne, n->cap_e, ((Edge){u, v, m, false}));
}

void
net_dec(Net *n, int v, Ex *x)
{
	n->v[v].dec = ex_emul2(n->f, n->v[v].dec, x);
}

void
net_fuse(Net *n, int k, const int *part, int whole)
{
	Fuse h = {.k = k, .part = NEWN(n->f->a, int, k), .whole = whole};

	for (int i = 0; i < k; i++)
		h.part[i] = part[i];
	PUSH(n->f->a, n->h, n->nh, n->cap_h, h);
}

Net *
net_copy(const Net *n, const bool *keep)
{
	Net *c = NEW(n->f->a, Net);

	c->f = n->f;
	for (int i = 0; i < n->nv; i++) {
		PUSH(n->f->a, c->v, c->nv, c->cap_v, n->v[i]);
		c->v[i].dead |= keep && !keep[i];
	}
	for (int i = 0; i < n->ne; i++)
		if (!n->e[i].dead && (!keep || keep[n->e[i].u]))
			PUSH(n->f->a, c->e, c->ne, c->cap_e, n->e[i]);
	for (int i = 0; i < n->nh; i++)
		if (!n->h[i].dead && (!keep || keep[n->h[i].whole]))
			PUSH(n->f->a, c->h, c->nh, c->cap_h, n->h[i]);
	for (int i = 0; i < n->nt; i++)
		if (!n->t[i].dead && (!keep || keep[n->t[i].lab[0]]))
			PUSH(n->f->a, c->t, c->nt, c->cap_t, n->t[i]);
	return c;
}

/* ---- series-parallel reduction */

/* edge e with its rows on vertex u */
static Ex *
oriented(Net *n, const Edge *e, int u)
{
	return e->u == u ? e->m : ex_trans(n->f, e->m);
}

static int
other_end(const Edge *e, int u)
{
	return e->u == u ? e->v : e->u;
}

static void
drop_dead(Net *n)
{
	int m = 0;

	for (int i = 0; i < n->ne; i++)
		if (!n->e[i].dead)
			n->e[m++] = n->e[i];
	n->ne = m;
}

static int
degree(const Net *n, int v)
{
	int d = 0;

	for (int i = 0; i < n->ne; i++)
		if (!n->e[i].dead)
			d += (n->e[i].u == v) + (n->e[i].v == v);
	return d;
}

static void
merge_parallel(Net *n, Edge *x, Edge *y)
{
	x->m = ex_emul2(n->f, x->m, oriented(n, y, x->u));
	y->dead = true;
}

/* two edges between the summed v and its neighbour w, nothing else on v: a column on w */
static void
double_pendant(Net *n, int v, Edge *x, Edge *y)
{
	int w = other_end(x, v);
	Ex *a = oriented(n, x, w), *b = oriented(n, y, w), *col;

	if (!n->v[v].dec && ex_plain(a) && ex_plain(b))
		col = ex_diagonal(n->f, ex_mul2(n->f, a, ex_trans(n->f, b)));
	else
		col = ex_mul2(n->f, ex_emul2(n->f, a, b),
		              n->v[v].dec ? n->v[v].dec : ex_ones(n->f, n->v[v].dim, NULL));
	x->dead = y->dead = true;
	n->v[v].dead = true;
	net_dec(n, w, col);
}

/* the one edge of the summed vertex v folded into its neighbour, and on along a path */
static bool
reduce_pendant(Net *n, int v)
{
	Form *f = n->f;
	bool any = false;

	while (!n->v[v].open && !n->v[v].dead) {
		Edge *e = NULL;
		int d = 0, w;

		for (int i = 0; i < n->ne && d < 2; i++)
			if (!n->e[i].dead && (n->e[i].u == v || n->e[i].v == v)) {
				e = &n->e[i];
				d++;
			}
		if (d != 1 || e->u == e->v)
			break;
		w = other_end(e, v);
		e->dead = n->v[v].dead = any = true;
		net_dec(n, w,
			ex_mul2(f, oriented(n, e, w),
				n->v[v].dec ? n->v[v].dec : ex_ones(f, n->v[v].dim, NULL)));
		v = w;
	}
	return any;
}

/* one step at the summed vertex v of two edges or with a loop; false when there is none */
static bool
reduce_at(Net *n, int v)
{
	Form *f = n->f;
	Vert *q = &n->v[v];
	Edge *e[3] = {0};
	int d = 0;

	for (int i = 0; i < n->ne && d < 3; i++) {
		Edge *x = &n->e[i];

		if (x->dead || (x->u != v && x->v != v))
			continue;
		if (x->u == x->v) { /* a loop: its diagonal, unless it is a trace */
			if (!q->dec && degree(n, v) == 2)
				return false;
			x->dead = true;
			net_dec(n, v, ex_diagonal(f, x->m));
			return true;
		}
		e[d++] = x;
	}
	if (d != 2)
		return false;
	int w0 = other_end(e[0], v), w1 = other_end(e[1], v);
	if (w0 == w1) {
		if (!n->v[w0].open && degree(n, w0) == 2)
			return false;                   /* a trace or a sum of entries */
		double_pendant(n, v, e[0], e[1]);
		return true;
	}
	e[0]->m = ex_mul(f, 3, (Ex *[]){oriented(n, e[0], w0), q->dec ? ex_diag(f, q->dec) : NULL,
	                                oriented(n, e[1], v)});
	e[0]->u = w0;
	e[0]->v = w1;
	e[1]->dead = q->dead = true;
	return true;
}

/* merges one pair of parallel edges, but not the two of a trace */
static bool
reduce_parallel(Net *n)
{
	for (int i = 0; i < n->ne; i++)
		for (int j = i + 1; j < n->ne; j++) {
			Edge *x = &n->e[i], *y = &n->e[j];

			if (x->dead || y->dead || x->u == x->v ||
			    !((x->u == y->u && x->v == y->v) || (x->u == y->v && x->v == y->u)))
				continue;
			if (!n->v[x->u].open && !n->v[x->v].open && degree(n, x->u) == 2 &&
				degree(n, x->v) == 2)
				continue;
			merge_parallel(n, x, y);
			return true;
		}
	return false;
}

void
net_fold(Net *n)
{
	bool *open = NEWN(n->f->a, bool, n->nv + 1);

	for (int v = 0; v < n->nv; v++)
		open[v] = n->v[v].open;
	for (int i = 0; i < n->nh; i++)
		for (int j = 0; j <= n->h[i].k && !n->h[i].dead; j++)
			n->v[j < n->h[i].k ? n->h[i].part[j] : n->h[i].whole].open = true;
	for (int v = 0; v < n->nv; v++)
		reduce_pendant(n, v);
	for (int v = 0; v < n->nv; v++)
		n->v[v].open = open[v];
}

void
net_reduce(Net *n)
{
	bool changed;

	for (int i = 0; i < n->ne; i++)         /* the diagonal of a matrix on an open label */
		if (!n->e[i].dead && n->e[i].u == n->e[i].v && n->v[n->e[i].u].open) {
			n->e[i].dead = true;
			net_dec(n, n->e[i].u, ex_diagonal(n->f, n->e[i].m));
		}
	do {
		changed = false;
		for (int v = 0; v < n->nv; v++)
			changed |= reduce_pendant(n, v);
		for (int decorated = 0; decorated < 2 && !changed; decorated++)
			for (int v = 0; v < n->nv; v++)
				if (!n->v[v].dead && !n->v[v].open && (decorated || !n->v[v].dec))
					changed |= reduce_at(n, v);
		drop_dead(n);
		if (!changed)
			changed = reduce_parallel(n);
	} while (changed);
	drop_dead(n);
}

/* x and y, both between u and v, summed over both */
static Ex *
close_pair(Net *n, Edge *x, Edge *y)
{
	Form *f = n->f;
	Vert *u = &n->v[x->u], *v = &n->v[x->v];
	Ex *a = x->m, *b = oriented(n, y, x->u);

	if ((u->dec && v->dec) || !ex_plain(a) || !ex_plain(b)) {
		Ex *m = ex_emul2(f, a, b);

		if (!u->dec && !v->dec)
			return ex_all(f, m);
		return ex_mul(f, 3,
			(Ex *[]){u->dec ? ex_trans(f, u->dec) : ex_ones(f, NULL, u->dim), m,
				v->dec ? v->dec : ex_ones(f, v->dim, NULL)});
	}
	return ex_tr(f, ex_mul(f, 4, (Ex *[]){u->dec ? ex_diag(f, u->dec) : NULL, a,
	                                      v->dec ? ex_diag(f, v->dec) : NULL, ex_trans(f, b)}));
}

/* One connected network, nothing open; no fuses */
static Ex *
net_scalar(Net *n)
{
	Form *f = n->f;
	int left = 0, at = -1;

	net_reduce(n);
	for (int v = 0; v < n->nv; v++)
		if (!n->v[v].dead) {
			left++;
			at = v;
		}
	if (left == 2 && n->ne == 2)
		return close_pair(n, &n->e[0], &n->e[1]);
	if (left != 1)
		return net_mat(n, 0, NULL, 0, NULL);
	if (n->ne == 1)
		return n->v[at].dec ? ex_tr(f, ex_mul2(f, ex_diag(f, n->v[at].dec), n->e[0].m))
		                    : ex_tr(f, n->e[0].m);
	return ex_all(f, n->v[at].dec ? n->v[at].dec : ex_ones(f, n->v[at].dim, NULL));
}

/* ---- whole networks */

int
net_root(int *up, int x)
{
	while (up[x] != x)
		x = up[x] = up[up[x]];
	return x;
}

int *
net_components(const Net *n, bool all)
{
	int *up = NEWN(n->f->a, int, n->nv + 1);

	for (int i = 0; i < n->nv; i++)
		up[i] = i;
	for (int i = 0; i < n->ne; i++)
		if (!n->e[i].dead)
			up[net_root(up, n->e[i].u)] = net_root(up, n->e[i].v);
	for (int i = 0; i < n->nh && all; i++)
		for (int j = 0; j < n->h[i].k && !n->h[i].dead; j++)
			up[net_root(up, n->h[i].part[j])] = net_root(up, n->h[i].whole);
	for (int i = 0; i < n->nt && all; i++)
		for (int j = 1; j < n->t[i].node->nax && !n->t[i].dead; j++)
			up[net_root(up, n->t[i].lab[j])] = net_root(up, n->t[i].lab[0]);
	for (int i = 0; i < n->nv; i++)
		up[i] = net_root(up, i);
	return up;
}

Ex *
net_form(Net *n, int row, int col)
{
	if (row >= 0)
		n->v[row].open = true;
	if (col >= 0)
		n->v[col].open = true;
	net_resolve_tens(n);
	net_unfuse(n, row);
	if (row < 0 && col < 0)
		return net_scalar(n);
	return net_mat(n, row >= 0, &row, col >= 0, &col);
}

/* a fixed vertex as an ordinary one with its unit vector on it */
static void
pin_to_unit(Net *n, int v)
{
	if (n->v[v].dead || !n->v[v].pin)
		return;
	net_dec(n, v, form_node(n->f, node_unit(n->f->g, n->v[v].pin, n->v[v].dim)));
	n->v[v].pin = NULL;
}

/* fixed vertices: at most two go to pin[] */
static int
count_pins(const Net *n, int *pin)
{
	int npin = 0;

	for (int v = 0; v < n->nv; v++)
		if (!n->v[v].dead && n->v[v].pin) {
			if (npin < 2)
				pin[npin] = v;
			npin++;
		}
	return npin;
}

/* a fusion combines just the two fixed vertices: it is an entry of a reshaped column */
static bool
fixed_matrix(const Net *n, int npin, const int *pin)
{
	for (int i = 0; i < n->nh && npin == 2; i++) {
		const Fuse *h = &n->h[i];

		if (!h->dead && h->k == 2 && ((h->part[0] == pin[0] && h->part[1] == pin[1]) ||
			(h->part[0] == pin[1] && h->part[1] == pin[0])))
			return true;
	}
	return false;
}

/* One closed component: an entry when one or two of its labels are fixed, else a number. */
static Ex *
close_component(Net *n)
{
	Form *f = n->f;
	int pin[2], npin = count_pins(n, pin);
	bool matrix = fixed_matrix(n, npin, pin);

	/* unit vectors along directions and in combined labels */
	for (int i = 0; i < n->nh && !matrix; i++)
		for (int j = 0; j < n->h[i].k; j++)
			pin_to_unit(n, n->h[i].part[j]);
	for (int i = 0; i < n->nt; i++)
		for (int j = 2; j < n->t[i].node->nax; j++)
			pin_to_unit(n, n->t[i].lab[j]);
	npin = count_pins(n, pin);
	for (int v = 0; v < n->nv && npin > 2; v++)
		pin_to_unit(n, v);
	npin = npin > 2 ? 0 : npin;
	if (npin == 0)
		return net_form(n, -1, -1);
	if (npin == 1)
		return ex_index(f, net_form(n, pin[0], -1), n->v[pin[0]].pin, NULL);
	return ex_index(f, net_form(n, pin[0], pin[1]), n->v[pin[0]].pin, n->v[pin[1]].pin);
}

/* closed components become scalars; what is left in n is open */
static void
split_components(Net *n, const int *open, int nopen, Ex ***num, int *nnum, int *cap)
{
	int *comp = net_components(n, true);
	bool *keep = NEWN(n->f->a, bool, n->nv + 1);

	for (int i = 0; i < n->nv; i++) {
		bool is_open = false;

		for (int j = 0; j < nopen; j++)
			is_open |= comp[open[j]] == i;
		if (comp[i] != i || n->v[i].dead || is_open)
			continue;
		for (int j = 0; j < n->nv; j++)
			keep[j] = comp[j] == i && !n->v[j].dead;
		Ex *x = close_component(net_copy(n, keep));
		PUSH(n->f->a, *num, *nnum, *cap, x);
		for (int j = 0; j < n->nv; j++)
			n->v[j].dead |= keep[j];
	}
	for (int i = 0; i < n->ne; i++)
		n->e[i].dead |= n->v[n->e[i].u].dead;
	for (int i = 0; i < n->nh; i++)
		n->h[i].dead |= n->v[n->h[i].whole].dead;
	for (int i = 0; i < n->nt; i++)
		n->t[i].dead |= n->v[n->t[i].lab[0]].dead;
	for (int v = 0; v < n->nv; v++)
		pin_to_unit(n, v);
}

static void
add_tens(Net *n, Node *k, const int *lab)
{
	Tens t = {k, NEWN(n->f->a, int, k->nax), false};

	for (int i = 0; i < k->nax; i++)
		t.lab[i] = lab[i];
	PUSH(n->f->a, n->t, n->nt, n->cap_t, t);
}

static void
add_factor(Net *n, Node *k, const int *lab)
{
	Form *f = n->f;

	if (k->nax == 1)
		net_dec(n, lab[0], form_node(f, k));
	else if (k->nax == 2)
		net_edge(n, lab[0], lab[1], form_node(f, k));
	else if (k->kind == N_FUSE)
		net_fuse(n, k->nax - 1, lab, lab[k->nax - 1]);
	else if (k->kind == N_FN && k->fun->id == F_expm)
		add_tens(n, k, lab);
	else
		net_tensor(n, k, lab);
}

/* all axes of an entrywise factor are fixed: it is its function of entries */
static bool
fixed_entrywise(const Node *k, const int *lab, Dim *const *pin)
{
	if (k->nax < 3 || (k->kind != N_MAP && k->kind != N_POW))
		return false;
	for (int i = 0; i < k->nax; i++)
		if (!pin[lab[i]])
			return false;
	return true;
}

static bool
stays_open(int l, int nout, const int *out)
{
	for (int i = 0; i < nout; i++)
		if (out[i] == l)
			return true;
	return false;
}

/* The product of factors on labels: coef times scalars times the matrix on out (nout <= 2). A label
   with a unit vector comes apart: each factor's axis there is fixed by itself. */
Ex *
form_network(Form *f, int nfactor, Node **factor, const int *lab, int nlab, Dim **dim, Rat coef,
	int nout, const int *out)
{
	Net n = {.f = f};
	Dim **pin = NEWN(f->a, Dim *, nlab + 1), **idx;
	Ex **num = NULL, *body = NULL;
	int nnum = 0, cap = 0, l[16], *at;

	for (int i = 0, off = 0; i < nfactor; off += factor[i++]->nax)
		if (factor[i]->kind == N_UNIT && !pin[lab[off]] && !stays_open(lab[off], nout, out))
			pin[lab[off]] = factor[i]->dim;
	for (int i = 0; i < nlab; i++) {
		net_vert(&n, dim[i]);
		n.v[i].dead = pin[i] != NULL;
	}
	for (int i = 0, off = 0; i < nfactor; off += factor[i++]->nax) {
		Node *k = factor[i];

		if (k->nax == 0) {
			PUSH(f->a, num, nnum, cap, form_node(f, k));
			continue;
		}
		if (k->kind == N_UNIT && pin[lab[off]] == k->dim)
			continue;
		if (fixed_entrywise(k, lab + off, pin)) {
			idx = NEWN(f->a, Dim *, k->nax);
			for (int j = 0; j < k->nax; j++)
				idx[j] = pin[lab[off + j]];
			PUSH(f->a, num, nnum, cap, form_entry(f, k, idx));
			continue;
		}
		at = k->nax <= 16 ? l : NEWN(f->a, int, k->nax);
		for (int j = 0; j < k->nax; j++) {
			at[j] = lab[off + j];
			if (pin[at[j]]) {
				at[j] = net_vert(&n, dim[lab[off + j]]);
				n.v[at[j]].pin = pin[lab[off + j]];
			}
		}
		add_factor(&n, k, at);
	}
	split_components(&n, out, nout, &num, &nnum, &cap);
	if (nout == 1)
		body = net_form(&n, out[0], -1);
	else if (nout == 2)
		body = net_form(&n, out[0], out[1]);
	return ex_term(f, coef, nnum, num, 0, NULL, body);
}

/* ---- products */

/* a factor that must be opened up first: a sum, a name, a long product of a tensor that is no
   matrix */
static int
unfit(const Node *n)
{
	for (int i = 0; i < n->n; i++) {
		NodeKind k = n->kid[i]->kind;

		if (n->kid[i]->nax > 2 && (k == N_SUM || k == N_NAMED || k == N_PROD))
			return i;
	}
	return -1;
}

/* n with factor `at` replaced by k, of the same axes */
static Node *
with_factor(Form *f, Node *n, int at, Node *k)
{
	Prod *p = prod_begin(f->g);

	for (int l = 0; l < n->nlab; l++)
		prod_label(p, n->labdim[l]);
	prod_coef(p, n->coef[0]);
	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax) {
		if (i != at)
			prod_factor(p, n->kid[i], n->lab + off);
		else if (k->kind == N_PROD)
			prod_factors(p, k, n->lab + off);
		else
			prod_factor(p, k, n->lab + off);
	}
	return prod_end(p, n->nax, n->out);
}

Ex *
form_prod(Form *f, Node *n)
{
	int at = unfit(n);

	if (at >= 0) {
		Node *k = n->kid[at];
		Sum *s = sum_begin(f->g, n->nax, n->ax);

		if (k->kind == N_NAMED)
			return form_node(f, with_factor(f, n, at, k->kid[0]));
		if (k->kind == N_PROD)
			return form_node(f, with_factor(f, n, at, k));
		for (int i = 0; i < k->n; i++)
			sum_add(s, k->coef[i], with_factor(f, n, at, k->kid[i]));
		return form_node(f, sum_end(s));
	}
	return form_network(
		f, n->n, n->kid, n->lab, n->nlab, n->labdim, n->coef[0], n->nax, n->out);
}
