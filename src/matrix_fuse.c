/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * matrix_fuse.c: combined labels. The part of a network that hangs on combined labels and at most
 * one more becomes one matrix between them (matrix_mat.c); a column on a combined label becomes the
 * matrix it is the vec of. Tensors of order 3 and more come in as matrices on combined labels, the
 * derivative of expm as the directional one where it can.
 */
#include "matrix.h"

Ex *
ex_reshape(Form *f, Ex *x, Dim *row, Dim *col)
{
	if (x->kind == EX_ONES)
		return ex_ones(f, row, col);
	if (x->kind == EX_CALL && (x->fn == sym("vec") || x->fn == sym("reshape")))
		x = x->kid[0];
	if (x->row == row && x->col == col)
		return x;
	if (x->kind == EX_TERM)
		return ex_term(f, x->coef, x->n - x->nden, x->kid, x->nden, x->kid + x->n - x->nden,
		               ex_reshape(f, x->body, row, col));
	return ex_call(f, "reshape", row, col, 1, 1, &x, 2,
		(Tree *[]){form_dim(f, row), form_dim(f, col)});
}

/* ---- tensors as matrices */

/* the tensor n, given entry by entry as a function of its kids, over combined axes */
static Node *
combine_axes(Form *f, Node *n, int nrow)
{
	Graph *g = f->g;
	Prod *p = prod_begin(g);
	int *l = NEWN(f->a, int, n->nax + 1), out[2];
	int from[3] = {0, nrow, n->nax};

	for (int i = 0; i < n->nax; i++)
		l[i] = prod_label(p, n->ax[i]);
	prod_factor(p, n, l);
	for (int side = 0; side < 2; side++) {
		int k = from[side + 1] - from[side], *part = NEWN(f->a, int, k + 1);
		Node *fuse;

		out[side] = l[from[side]];
		if (k == 1)
			continue;
		fuse = node_fuse(g, k, n->ax + from[side]);
		for (int i = 0; i < k; i++)
			part[i] = l[from[side] + i];
		part[k] = out[side] = prod_label(p, fuse->ax[k]);
		prod_factor(p, fuse, part);
	}
	return prod_end(p, 2, out);
}

static Ex *
entrywise_matrix(Form *f, Node *n, int *order, int *nrow)
{
	Node **kid = NEWN(f->a, Node *, n->n);

	*nrow = n->nax / 2;
	for (int i = 0; i < n->nax; i++)
		order[i] = i;
	for (int i = 0; i < n->n; i++)
		kid[i] = combine_axes(f, n->kid[i], *nrow);
	if (n->kind == N_POW)
		return form_node(f, node_pow(f->g, kid[0], n->coef[0]));
	if (n->kind == N_MAP)
		return form_node(f, node_map(f->g, n->fun, n->n, kid));
	return form_node(f, node_unknown(f->g, n->ufun, n->n, kid, n->nder, n->der));
}

/* the vertex of a tuple: its own, or a combined one */
static int
tuple_vertex(Net *n, int k, const int *order, const int *lab)
{
	int *part = NEWN(n->f->a, int, k);
	Dim *d = dim_num(n->f->g->dims, 1);
	int v;

	for (int i = 0; i < k; i++) {
		part[i] = lab[order[i]];
		d = dim_mul(n->f->g->dims, d, n->v[part[i]].dim);
	}
	if (k == 1)
		return part[0];
	v = net_vert(n, d);
	net_fuse(n, k, part, v);
	return v;
}

void
net_tensor(Net *n, Node *t, const int *lab)
{
	int *order = NEWN(n->f->a, int, t->nax + 1), nrow = 0, r, c;
	Ex *m;

	if (t->kind == N_UNKNOWN && !t->ufun->elementwise)
		m = unknown_matrix(n->f, t, order, &nrow);
	else if (t->kind == N_FN)
		m = expm_matrix(n->f, t, order, &nrow);
	else
		m = entrywise_matrix(n->f, t, order, &nrow);
	r = tuple_vertex(n, nrow, order, lab);
	c = tuple_vertex(n, t->nax - nrow, order + nrow, lab);
	net_edge(n, r, c, m);
}

/* ---- the derivatives of expm along directions */

/* the vertices that hang on the labels lab[at] and lab[at + 1] alone; NULL when open ones or other
   axes of `lab` are there too, even such as have one of the two labels again: D[i,j,k,j] */
static bool *
hanging(const Net *n, const int *comp, int at, int nlab, const int *lab)
{
	bool *keep = NEWN(n->f->a, bool, n->nv + 1);

	for (int i = 0; i < n->nv; i++) {
		keep[i] = !n->v[i].dead && (comp[i] == comp[lab[at]] || comp[i] == comp[lab[at + 1]]);
		if (keep[i] && n->v[i].open)
			return NULL;
	}
	for (int i = 0; i < nlab; i++)
		if (keep[lab[i]] && i != at && i != at + 1)
			return NULL;
	return keep;
}

static void
bury(Net *n, const bool *keep)
{
	for (int i = 0; i < n->nv; i++)
		n->v[i].dead |= keep[i];
	for (int i = 0; i < n->ne; i++)
		n->e[i].dead |= keep[n->e[i].u];
	for (int i = 0; i < n->nh; i++)
		n->h[i].dead |= keep[n->h[i].whole];
	for (int i = 0; i < n->nt; i++)
		n->t[i].dead |= keep[n->t[i].lab[0]];
}

/* D[i,j,k,l,..] with nothing but a matrix E on k and l, and so on: dir(expm(t), t, E) on i and j.
   The first derivative works from its other side too: D[i,j,k,l] E[i,j] is the derivative at t'
   along E. */
static bool
contract_tens(Net *n, int at, bool adjoint)
{
	Form *f = n->f;
	Tens t = n->t[at];
	int k = t.node->param, *comp, *lab = t.lab;
	int u = lab[adjoint ? 2 : 0], w = lab[adjoint ? 3 : 1];
	Node *arg = t.node->kid[0];
	bool **keep = NEWN(f->a, bool *, k);
	Tree *v, *d;

	if (adjoint && k > 1)
		return false;
	n->t[at].dead = true;
	comp = net_components(n, true);
	for (int i = 0; i < k; i++) {
		if (!(keep[i] = hanging(n, comp, adjoint ? 0 : 2 + 2 * i, t.node->nax, lab))) {
			n->t[at].dead = false;
			return false;
		}
	}
	v = form_variable(f, adjoint ? node_transpose(f->g, arg) : arg, 0, k == 1);
	d = form_call(f, "expm", 1, &v);
	for (int i = 0; i < k; i++) {
		int *pair = adjoint ? lab : lab + 2 + 2 * i;
		Ex *e = net_form(net_copy(n, keep[i]), pair[0], pair[1]);

		d = form_call(f, "dir", 3, (Tree *[]){d, v, ex_tree(f, e)});
		bury(n, keep[i]);
	}
	net_edge(n, u, w, ex_leaf(f, d, n->v[u].dim, n->v[w].dim, t.node->id, 1));
	return true;
}

void
net_resolve_tens(Net *n)
{
	bool changed;

	if (n->nt == 0)
		return;
	do {
		changed = false;
		for (int adjoint = 0; adjoint < 2 && !changed; adjoint++)
			for (int i = 0; i < n->nt && !changed; i++)
				changed = !n->t[i].dead && contract_tens(n, i, adjoint);
	} while (changed);
	for (int i = 0; i < n->nt; i++)
		if (!n->t[i].dead) {
			n->t[i].dead = true;
			net_tensor(n, n->t[i].node, n->t[i].lab);
		}
	n->nt = 0;
}

/* ---- combined labels */

/* a label that two fusions make gets a twin for the second */
static void
one_fuse_each(Net *n)
{
	for (int i = 0; i < n->nh; i++)
		for (int j = 0; j < i; j++)
			if (!n->h[i].dead && !n->h[j].dead && n->h[i].whole == n->h[j].whole) {
				int v = net_vert(n, n->v[n->h[i].whole].dim);

				net_edge(n, n->h[i].whole, v, ex_eye(n->f, n->v[v].dim));
				n->h[i].whole = v;
				break;
			}
}

typedef struct Regions {
	int *up;
	bool *fused;            /* vertex: made by a fusion */
	bool *bad;              /* region (by root): part of a fusion that reaches beyond it */
} Regions;

static Regions
find_regions(Net *n)
{
	Arena *a = n->f->a;
	Regions r = {NEWN(a, int, n->nv + 1), NEWN(a, bool, n->nv + 1), NEWN(a, bool, n->nv + 1)};

	for (int i = 0; i < n->nv; i++)
		r.up[i] = i;
	for (int i = 0; i < n->nh; i++)
		if (!n->h[i].dead)
			r.fused[n->h[i].whole] = true;
	for (int i = 0; i < n->ne; i++) {
		Edge *e = &n->e[i];

		if (!e->dead && !r.fused[e->u] && !r.fused[e->v])
			r.up[net_root(r.up, e->u)] = net_root(r.up, e->v);
	}
	for (int i = 0; i < n->nh; i++)
		for (int j = 1; j < n->h[i].k && !n->h[i].dead; j++)
			r.up[net_root(r.up, n->h[i].part[j])] = net_root(r.up, n->h[i].part[0]);
	for (int i = 0; i < n->nh; i++)
		for (int j = 0; j < n->h[i].k && !n->h[i].dead; j++)
			if (r.fused[n->h[i].part[j]])
				r.bad[net_root(r.up, n->h[i].part[0])] = true;
	for (int i = 0; i < n->nv; i++)
		r.up[i] = net_root(r.up, i);
	return r;
}

typedef struct Port { int k; const int *tuple; int vertex, fuse; } Port;        /* fuse -1: none */

static bool
leads_out(const Net *n, const Regions *r, int v)
{
	if (n->v[v].open)
		return true;
	for (int i = 0; i < n->ne; i++) {
		const Edge *e = &n->e[i];

		if (!e->dead && ((e->u == v && r->fused[e->v]) || (e->v == v && r->fused[e->u])))
			return true;
	}
	return false;
}

/* the region becomes one matrix between its two ports, or a column on its only one */
static void
close_region(Net *n, const Regions *r, int reg, int nport, Port *port)
{
	bool *keep = NEWN(n->f->a, bool, n->nv + 1);
	Net *sub;
	Ex *m;

	for (int i = 0; i < n->nv; i++)
		keep[i] = !n->v[i].dead && r->up[i] == reg;
	sub = net_copy(n, keep);
	for (int i = 0; i < sub->ne; i++)
		sub->e[i].dead |= !keep[sub->e[i].v];
	sub->nh = 0;
	m = net_mat(sub, port[0].k, port[0].tuple, nport > 1 ? port[1].k : 0,
		nport > 1 ? port[1].tuple : NULL);
	for (int i = 0; i < n->ne; i++)
		n->e[i].dead |= keep[n->e[i].u] && keep[n->e[i].v];
	for (int i = 0; i < n->nv; i++)
		if (keep[i]) {
			n->v[i].dead = true;
			n->v[i].dec = NULL;
		}
	for (int i = 0; i < nport; i++) {
		n->v[port[i].vertex].dead = false;
		if (port[i].fuse >= 0)
			n->h[port[i].fuse].dead = true;
	}
	if (nport == 1)
		net_dec(n, port[0].vertex, m);
	else
		net_edge(n, port[0].vertex, port[1].vertex, m);
}

static bool
unfuse_region(Net *n, int row)
{
	Regions r = find_regions(n);
	int *single = NEWN(n->f->a, int, n->nv + 1);

	for (int reg = 0; reg < n->nv; reg++) {
		Port port[2];
		int nport = 0, nfuse = 0;

		if (n->v[reg].dead || r.up[reg] != reg || r.fused[reg] || r.bad[reg])
			continue;
		for (int i = 0; i < n->nh; i++)
			if (!n->h[i].dead && r.up[n->h[i].part[0]] == reg) {
				if (nport < 2)
					port[nport] =
						(Port){n->h[i].k, n->h[i].part, n->h[i].whole, i};
				nport++;
				nfuse++;
			}
		if (nfuse == 0 || nport > 2)
			continue;
		for (int i = 0; i < n->nv; i++)
			if (!n->v[i].dead && r.up[i] == reg && leads_out(n, &r, i)) {
				single[i] = i;
				if (nport < 2)
					port[nport] = (Port){1, &single[i], i, -1};
				nport++;
			}
		if (nport > 2)
			continue;
		if (nport == 2 && port[1].vertex == row) {
			Port p = port[0];

			port[0] = port[1];
			port[1] = p;
		}
		close_region(n, &r, reg, nport, port);
		return true;
	}
	return false;
}

/* a summed label that an identity joins to the whole of a fusion: they are one label */
static bool
merge_twins(Net *n)
{
	for (int i = 0; i < n->nh; i++)
		for (int j = 0; j < n->ne && !n->h[i].dead; j++) {
			Edge *e = &n->e[j];
			int w = n->h[i].whole, v = e->u == w ? e->v : e->u;
			bool whole = false;

			if (e->dead || e->m->kind != EX_EYE || (e->u != w && e->v != w) || v == w ||
				n->v[v].open)
				continue;
			for (int k = 0; k < n->nh; k++)
				for (int part = 0; part <= n->h[k].k && !n->h[k].dead; part++)
					whole |= v == (part < n->h[k].k ? n->h[k].part[part] : n->h[k].whole);
			if (whole)
				continue;
			e->dead = n->v[v].dead = true;
			for (int k = 0; k < n->ne; k++) {
				n->e[k].u = n->e[k].u == v ? w : n->e[k].u;
				n->e[k].v = n->e[k].v == v ? w : n->e[k].v;
			}
			if (n->v[v].dec)
				net_dec(n, w, n->v[v].dec);
			n->v[v].dec = NULL;
			return true;
		}
	return false;
}

/* another fusion combines labels that hang together with h's: kron(A, B)*x, not vec(B*X*A') */
static bool
fused_besides(const Net *n, int h)
{
	int *up = NEWN(n->f->a, int, n->nv + 1);

	for (int i = 0; i < n->nv; i++)
		up[i] = i;
	for (int i = 0; i < n->ne; i++)
		if (!n->e[i].dead)
			up[net_root(up, n->e[i].u)] = net_root(up, n->e[i].v);
	for (int j = 1; j < n->h[h].k; j++)
		up[net_root(up, n->h[h].part[j])] = net_root(up, n->h[h].part[0]);
	for (int i = 0; i < n->nh; i++)
		for (int j = 0; j < n->h[i].k && i != h && !n->h[i].dead; j++)
			if (net_root(up, n->h[i].part[j]) == net_root(up, n->h[h].part[0]))
				return true;
	return false;
}

/* a column that is all there is on a combined label of two: the matrix it is the vec of. At first
   only where nothing else is combined. */
static bool
unfuse_reshape(Net *n, bool first)
{
	for (int i = 0; i < n->nh; i++) {
		Fuse *h = &n->h[i];
		Vert *w = &n->v[h->whole];
		bool alone = !h->dead && h->k == 2 && !w->open && w->dec;

		for (int j = 0; j < n->ne && alone; j++)
			alone = n->e[j].dead || (n->e[j].u != h->whole && n->e[j].v != h->whole);
		for (int j = 0; j < n->nh && alone; j++)
			for (int k = 0; k < n->h[j].k && !n->h[j].dead; k++)
				alone &= n->h[j].part[k] != h->whole;
		if (!alone || (first && fused_besides(n, i)))
			continue;
		h->dead = w->dead = true;
		net_edge(n, h->part[1], h->part[0],
		         ex_reshape(n->f, w->dec, n->v[h->part[1]].dim, n->v[h->part[0]].dim));
		return true;
	}
	return false;
}

/* FUSE[i,k,a] = kron(eye, ones')[i,a] kron(ones', eye)[k,a] */
static void
unfuse_edges(Net *n)
{
	Form *f = n->f;

	f->odd = true;
	for (int i = 0; i < n->nh; i++) {
		Fuse h = n->h[i];

		if (h.dead)
			continue;
		for (int j = 0; j < h.k; j++) {
			Ex *m = NULL;

			for (int k = 0; k < h.k; k++) {
				Dim *d = n->v[h.part[k]].dim;
				Ex *x = k == j ? ex_eye(f, d) : ex_ones(f, NULL, d);

				m = m ? ex_kron(f, m, x) : x;
			}
			net_edge(n, h.part[j], h.whole, m);
		}
		n->h[i].dead = true;
		return;
	}
}

void
net_unfuse(Net *n, int row)
{
	one_fuse_each(n);
	for (;;) {
		bool any = false;

		for (int i = 0; i < n->nh; i++)
			any |= !n->h[i].dead;
		if (!any)
			break;
		net_fold(n);
		if (!merge_twins(n) && !unfuse_reshape(n, true) && !unfuse_region(n, row) &&
			!unfuse_reshape(n, false))
			unfuse_edges(n);
	}
	n->nh = 0;
}
