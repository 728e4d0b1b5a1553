/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * graph.c: the interned tensor graph: the table of nodes and the constructors but those of sums
 * (sum.c), powers and elementwise functions (power.c) and products (prod.c). Stands between build.c
 * (terms to nodes) and everything that reads nodes. Nodes are immutable; what is always right
 * (flattening, collecting, dropping zeros and ones) is done here, so that equal things are one
 * pointer.
 */

#include "graph_intern.h"

Graph *
graph_new(Arena *a, Dims *dims)
{
	Graph *g = NEW(a, Graph);

	g->a = a;
	g->dims = dims;
	g->ntable = 256;
	g->table = NEWN(a, Node *, g->ntable);
	return g;
}

/* ---- what a canonical form may cost: terms, and the memory for them, since one term of a deep
   network may be hundreds of factors long */

enum { ROOM = 64 << 20 };

void
graph_budget(Graph *g, long terms)
{
	g->budget = terms;
	g->room = arena_used(g->a) + ROOM;
	if (!g->canon_mode)     /* what was left when the last one was broken off */
		g->rewriting = NULL;
}

void
graph_spend(Graph *g)
{
	if (--g->budget >= 0 && arena_used(g->a) > g->room)
		g->budget = -1;
}

/* ---- interning */

static uint32_t
mix(uint32_t h, uint64_t x)
{
	uint64_t z = ((uint64_t)h << 32 | 0x9e3779b9U) ^ (x + 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (uint32_t)(z ^ (z >> 31));
}

static int
ncoef(const Node *n)
{
	return n->kind == N_SUM ? n->n : n->kind == N_PROD || n->kind == N_POW;
}

static int
nlabels(const Node *n)
{
	int k = 0;

	if (n->kind == N_PROD)
		for (int i = 0; i < n->n; i++)
			k += n->kid[i]->nax;
	return k;
}

static uint32_t
node_hash(const Node *n)
{
	uint32_t h = mix((uint32_t)n->kind, (uint64_t)n->n << 32 | (unsigned)n->nax);
	int nl = nlabels(n);

	for (int i = 0; i < n->nax; i++)
		h = mix(h, (uintptr_t)n->ax[i]);
	for (int i = 0; i < n->n; i++)
		h = mix(h, n->kid[i]->id);
	for (int i = 0; i < ncoef(n); i++)
		h = mix(h, rat_hash(n->coef[i]));
	for (int i = 0; i < nl; i++)
		h = mix(h, (unsigned)n->lab[i]);
	if (n->kind == N_PROD)
		for (int i = 0; i < n->nax; i++)
			h = mix(h, (unsigned)n->out[i]);
	for (int i = 0; i < n->nder; i++)
		h = mix(h, (unsigned)n->der[i]);
	h = mix(h, (uintptr_t)n->fun ^ (uintptr_t)n->name ^ (uintptr_t)n->var ^ (uintptr_t)n->ufun);
	return mix(h, (uintptr_t)n->dim + (unsigned)n->param);
}

static bool
node_same(const Node *x, const Node *y)
{
	if (x->hash != y->hash || x->kind != y->kind || x->n != y->n || x->nax != y->nax ||
		x->fun != y->fun || x->name != y->name || x->var != y->var || x->ufun != y->ufun ||
		x->dim != y->dim || x->param != y->param || x->nder != y->nder)
		return false;
	for (int i = 0; i < x->nax; i++)
		if (x->ax[i] != y->ax[i])
			return false;
	for (int i = 0; i < x->n; i++)
		if (x->kid[i] != y->kid[i])
			return false;
	for (int i = 0; i < ncoef(x); i++)
		if (!rat_eq(x->coef[i], y->coef[i]))
			return false;
	for (int i = 0, nl = nlabels(x); i < nl; i++)
		if (x->lab[i] != y->lab[i])
			return false;
	if (x->kind == N_PROD)
		for (int i = 0; i < x->nax; i++)
			if (x->out[i] != y->out[i])
				return false;
	for (int i = 0; i < x->nder; i++)
		if (x->der[i] != y->der[i])
			return false;
	return true;
}

static void
table_grow(Graph *g)
{
	unsigned n = g->ntable * 2;
	Node **t = NEWN(g->a, Node *, n);

	for (unsigned i = 0; i < g->ntable; i++)
		for (Node *p = g->table[i], *next; p; p = next) {
			next = p->next;
			p->next = t[p->hash & (n - 1)];
			t[p->hash & (n - 1)] = p;
		}
	g->table = t;
	g->ntable = n;
}

/* The node equal to *n: an older one, or a copy of *n (whose arrays it keeps) with a new id. */
Node *
node_intern(Graph *g, Node *n)
{
	Node *p;

	n->hash = node_hash(n);
	for (p = g->table[n->hash & (g->ntable - 1)]; p; p = p->next)
		if (node_same(p, n))
			return p;
	if (g->nnode >= g->ntable)
		table_grow(g);
	p = NEW(g->a, Node);
	*p = *n;
	p->id = ++g->nnode;
	p->loc = g->loc;
	p->next = g->table[p->hash & (g->ntable - 1)];
	g->table[p->hash & (g->ntable - 1)] = p;
	g->last = p;
	return p;
}

Dim **
axes_copy(Graph *g, int n, Dim **ax)
{
	Dim **c = NEWN(g->a, Dim *, n ? n : 1);

	for (int i = 0; i < n; i++)
		c[i] = ax[i];
	return c;
}

Node **
kids_copy(Graph *g, int n, Node **kid)
{
	Node **c = NEWN(g->a, Node *, n ? n : 1);

	for (int i = 0; i < n; i++)
		c[i] = kid[i];
	return c;
}

/* ---- leaves */

Node *
node_var(Graph *g, Var *v)
{
	Node n = {.kind = N_VAR, .var = v, .name = v->name};
	Dim *ax[2];

	n.ax = ax;
	if (!dim_is(v->row, 1))
		ax[n.nax++] = v->row;
	if (!dim_is(v->col, 1))
		ax[n.nax++] = v->col;
	n.ax = axes_copy(g, n.nax, ax);
	return node_intern(g, &n);
}

Node *
node_num(Graph *g, Rat r)
{
	if (rat_sign(r) == 0)
		return node_zero(g, 0, NULL);
	Prod *p = prod_begin(g);
	prod_coef(p, r);
	return prod_end(p, 0, NULL);
}

Node *
node_pi(Graph *g)
{
	return node_intern(g, &(Node){.kind = N_PI});
}

/* A polynomial becomes sums and products of single dimension names. */
Node *
node_dim(Graph *g, Dim *d)
{
	Sum *s = sum_begin(g, 0, NULL);

	for (int i = 0; i < d->n; i++) {
		Prod *p = prod_begin(g);

		for (int j = 0; j < d->term[i].nsym; j++) {
			Node n = {.kind = N_DIM, .dim = dim_sym(g->dims, d->term[i].sym[j])};
			prod_factor(p, node_intern(g, &n), NULL);
		}
		sum_add(s, rat(d->term[i].coef, 1), prod_end(p, 0, NULL));
	}
	return sum_end(s);
}

Node *
node_unit(Graph *g, Dim *index, Dim *size)
{
	Node n = {.kind = N_UNIT, .nax = 1, .dim = index};

	n.ax = axes_copy(g, 1, &size);
	return node_intern(g, &n);
}

Node *
node_fuse(Graph *g, int k, Dim **d)
{
	Node n = {.kind = N_FUSE, .nax = k + 1};
	Dim *total = dim_num(g->dims, 1);

	n.ax = NEWN(g->a, Dim *, k + 1);
	for (int i = 0; i < k; i++) {
		n.ax[i] = d[i];
		total = dim_mul(g->dims, total, d[i]);
	}
	n.ax[k] = total;
	return node_intern(g, &n);
}

Node *
node_inj(Graph *g, Dim *d, Dim *offset, Dim *total)
{
	Node n = {.kind = N_INJ, .nax = 2, .dim = offset};
	Dim *ax[2] = {d, total};

	if (d == total)
		return node_eye(g, d);
	n.ax = axes_copy(g, 2, ax);
	return node_intern(g, &n);
}

Node *
node_named(Graph *g, Sym name, int how, Node *kid)
{
	Node n = {.kind = N_NAMED, .name = name, .n = 1, .nax = kid->nax, .ax = kid->ax, .param = how};

	if (g->canon_mode)
		return kid;
	n.kid = kids_copy(g, 1, &kid);
	g->inner_names |= (how & NAMED_INNER) != 0;
	return node_intern(g, &n);
}

bool
node_is_inner(const Node *n)
{
	return n->kind == N_NAMED && (n->param & NAMED_INNER);
}

Node *
node_zero(Graph *g, int nax, Dim **ax)
{
	Node n = {.kind = N_SUM, .nax = nax};

	n.ax = axes_copy(g, nax, ax);
	return node_intern(g, &n);
}

Node *
node_ones(Graph *g, int nax, Dim **ax)
{
	return node_broadcast(g, node_num(g, RAT1), nax, ax);
}

Node *
node_eye(Graph *g, Dim *d)
{
	Prod *p = prod_begin(g);
	int l = prod_label(p, d);

	return prod_end(p, 2, (int[]){l, l});
}

bool
node_is_num(const Node *n, Rat *r)
{
	if (n->nax || n->n || (n->kind != N_PROD && n->kind != N_SUM))
		return false;
	if (r)
		*r = n->kind == N_PROD ? n->coef[0] : RAT0;
	return true;
}

bool
node_is_zero(const Node *n)
{
	return n->kind == N_SUM && n->n == 0;
}

const int *
node_labels(const Node *prod, int i)
{
	const int *l = prod->lab;

	for (int j = 0; j < i; j++)
		l += prod->kid[j]->nax;
	return l;
}

/* ---- functions */

Node *
node_fn(Graph *g, const Fun *f, int param, int n, Node **kid)
{
	Node node = {.kind = N_FN, .fun = f, .param = param, .n = n};
	Dim **k = kid[0]->ax;
	Node *r = rule_fn(g, f, param, n, kid);

	if (r)
		return r;
	if (g->canon_mode && f->id == F_inv && kid[0]->kind == N_SUM &&
		(r = canon_sum_inverse(g, f, kid[0])))
		return r;
	if (g->canon_mode && (f->id == F_det || f->id == F_logdet) && kid[0]->kind == N_SUM &&
		(r = canon_det_sum(g, f, kid[0])))
		return r;
	node.kid = kids_copy(g, n, kid);
	node.ax = k;
	node.nax = kid[0]->nax;
	switch (f->id) {
	case F_det:
	case F_logdet:
		node.nax = 0;
		break;
	case F_pinv:
		node.ax = axes_copy(g, 2, (Dim *[]){k[1], k[0]});
		break;
	case F_logsumexp:
		node.nax = param ? 1 : 0;
		node.ax = param == 1 ? k + 1 : k;
		break;
	case F_expm:
		node.nax = 2 + 2 * param;
		node.ax = NEWN(g->a, Dim *, node.nax);
		for (int i = 0; i < node.nax; i++)
			node.ax[i] = k[i % 2];
		break;
	default:        /* inv adj mpow softmax: the argument's axes */
		break;
	}
	return node_intern(g, &node);
}

Node *
node_unknown(Graph *g, UFun *u, int n, Node **kid, int nder, const int *der)
{
	Node node = {.kind = N_UNKNOWN, .ufun = u, .n = n, .nder = nder};
	Node **k = kids_copy(g, n, kid);
	int cap = 0;

	node.kid = k;
	node.der = NEWN(g->a, int, nder ? nder : 1);
	for (int i = 0; i < nder; i++) {
		int j = i;

		for (; j > 0 && node.der[j - 1] > der[i]; j--)
			node.der[j] = node.der[j - 1];
		node.der[j] = der[i];
	}
	if (u->elementwise) {
		Node *wide = k[0];

		for (int i = 1; i < n; i++)
			if (k[i]->nax > wide->nax)
				wide = k[i];
		for (int i = 0; i < n; i++)
			if (k[i]->nax < wide->nax)
				k[i] = node_broadcast(g, k[i], wide->nax, wide->ax);
		node.nax = wide->nax;
		node.ax = wide->ax;
		return node_intern(g, &node);
	}
	for (int i = 0; i < nder; i++)
		for (int j = 0; j < k[node.der[i]]->nax; j++)
			PUSH(g->a, node.ax, node.nax, cap, k[node.der[i]]->ax[j]);
	return node_intern(g, &node);
}

/* ---- conveniences */

Node *
node_scale(Graph *g, Rat r, Node *n)
{
	Prod *p;
	int *l;

	if (rat_is(r, 1))
		return n;
	if (rat_sign(r) == 0)
		return node_zero(g, n->nax, n->ax);
	p = prod_begin(g);
	l = NEWN(g->a, int, n->nax + 1);
	prod_coef(p, r);
	for (int i = 0; i < n->nax; i++)
		l[i] = prod_label(p, n->ax[i]);
	prod_factor(p, n, l);
	return prod_end(p, n->nax, l);
}

Node *
node_add(Graph *g, Node *x, Node *y)
{
	Sum *s = sum_begin(g, x->nax, x->ax);

	sum_add(s, RAT1, x);
	sum_add(s, RAT1, y);
	return sum_end(s);
}

Node *
node_permute(Graph *g, Node *n, const int *perm)
{
	bool same = true;
	Prod *p;
	int *l, *out;

	for (int i = 0; i < n->nax; i++)
		same &= perm[i] == i;
	if (same)
		return n;
	if (n->kind == N_SUM) {
		Dim **ax = NEWN(g->a, Dim *, n->nax);
		Sum *s;

		for (int i = 0; i < n->nax; i++)
			ax[i] = n->ax[perm[i]];
		s = sum_begin(g, n->nax, ax);
		for (int i = 0; i < n->n; i++)
			sum_add(s, n->coef[i], node_permute(g, n->kid[i], perm));
		/* a factor (a - b)' stays one: the sum is transposed term by term only to be compared or
		   added */
		return sum_end(s);
	}
	p = prod_begin(g);
	l = NEWN(g->a, int, n->nax);
	out = NEWN(g->a, int, n->nax);
	for (int i = 0; i < n->nax; i++)
		l[i] = prod_label(p, n->ax[i]);
	for (int i = 0; i < n->nax; i++)
		out[i] = l[perm[i]];
	prod_factor(p, n, l);
	return prod_end(p, n->nax, out);
}

Node *
node_transpose(Graph *g, Node *n)
{
	return node_permute(g, n, (int[]){1, 0});
}

Node *
node_matmul(Graph *g, Node *x, Node *y)
{
	Prod *p = prod_begin(g);
	int *lx = NEWN(g->a, int, x->nax), *ly = NEWN(g->a, int, y->nax),
		*out = NEWN(g->a, int, x->nax + y->nax);
	int n = 0;

	for (int i = 0; i < x->nax; i++)
		lx[i] = prod_label(p, x->ax[i]);
	for (int i = 0; i < y->nax; i++)
		ly[i] = i ? prod_label(p, y->ax[i]) : lx[x->nax - 1];
	for (int i = 0; i < x->nax - 1; i++)
		out[n++] = lx[i];
	for (int i = 1; i < y->nax; i++)
		out[n++] = ly[i];
	prod_factor(p, x, lx);
	prod_factor(p, y, ly);
	return prod_end(p, n, out);
}

Node *
node_emul(Graph *g, Node *x, Node *y)
{
	Node *wide = x->nax >= y->nax ? x : y;
	Prod *p = prod_begin(g);
	int *l = NEWN(g->a, int, wide->nax + 1);

	for (int i = 0; i < wide->nax; i++)
		l[i] = prod_label(p, wide->ax[i]);
	prod_factor(p, x, l);
	prod_factor(p, y, l);
	return prod_end(p, wide->nax, l);
}

Node *
node_broadcast(Graph *g, Node *scalar, int nax, Dim **ax)
{
	Prod *p = prod_begin(g);
	int *l = NEWN(g->a, int, nax + 1);

	for (int i = 0; i < nax; i++)
		l[i] = prod_label(p, ax[i]);
	prod_factor(p, scalar, NULL);
	return prod_end(p, nax, l);
}

Node *
node_contract_all(Graph *g, Node *x, Node *y)
{
	Prod *p = prod_begin(g);
	int *l = NEWN(g->a, int, x->nax + 1);

	for (int i = 0; i < x->nax; i++)
		l[i] = prod_label(p, x->ax[i]);
	prod_factor(p, x, l);
	prod_factor(p, y, l);
	return prod_end(p, 0, NULL);
}

/* n made again over other kids (same axes as its own), by the constructors */
Node *
node_rebuild(Graph *g, Node *n, Node **kid)
{
	switch (n->kind) {
	case N_NAMED:
		return node_named(g, n->name, n->param, kid[0]);
	case N_SUM: {
		Sum *s = sum_begin(g, n->nax, n->ax);

		for (int i = 0; i < n->n; i++)
			sum_add(
				s, n->coef[n->written ? n->written[i] : i], kid[n->written ? n->written[i] : i]);
		return n->written ? sum_end_written(s) : sum_end(s);
	}
	case N_PROD: {
		Prod *p = prod_begin(g);
		int off = 0;

		for (int l = 0; l < n->nlab; l++)
			prod_label(p, n->labdim[l]);
		prod_coef(p, n->coef[0]);
		for (int i = 0; i < n->n; i++) {
			prod_factor(p, kid[i], n->lab + off);
			off += n->kid[i]->nax;
		}
		return prod_end(p, n->nax, n->out);
	}
	case N_POW:
		return node_pow(g, kid[0], n->coef[0]);
	case N_MAP:
		return node_map(g, n->fun, n->n, kid);
	case N_FN:
		return node_fn(g, n->fun, n->param, n->n, kid);
	case N_UNKNOWN:
		return node_unknown(g, n->ufun, n->n, kid, n->nder, n->der);
	default:
		return n;
	}
}
