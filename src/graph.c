/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * graph.c: the interned tensor graph: the table of nodes and every constructor but that of products (prod.c).
 * Stands between build.c (terms to nodes) and everything that reads nodes. Nodes are immutable; what is
 * always right (flattening, collecting, dropping zeros and ones) is done here, so that equal things are one pointer.
 */
#include <stdlib.h>
#include <string.h>

#include "core.h"

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
	if (x->hash != y->hash || x->kind != y->kind || x->n != y->n || x->nax != y->nax || x->fun != y->fun ||
	    x->name != y->name || x->var != y->var || x->ufun != y->ufun || x->dim != y->dim ||
	    x->param != y->param || x->nder != y->nder)
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

static Node **
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

static Node *
named(Graph *g, Sym name, int row, Node *kid)
{
	Node n = {.kind = N_NAMED, .name = name, .n = 1, .nax = kid->nax, .ax = kid->ax, .param = row};

	if (g->canon_mode)
		return kid;
	n.kid = kids_copy(g, 1, &kid);
	return node_intern(g, &n);
}

Node *
node_named(Graph *g, Sym name, Node *kid)
{
	return named(g, name, 0, kid);
}

Node *
node_named_row(Graph *g, Sym name, Node *kid)
{
	return named(g, name, 1, kid);
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

/* ---- sums */

struct Sum {
	Graph *g;
	int nax; Dim **ax;
	int n, cap;
	struct SumTerm { Node *node; Rat coef; } *term;
};

Sum *
sum_begin(Graph *g, int nax, Dim **ax)
{
	Sum *s = NEW(g->a, Sum);

	s->g = g;
	s->nax = nax;
	s->ax = axes_copy(g, nax, ax);
	return s;
}

/* coef * (c*n) -> (coef*c) * n; a sum inside with coefficient 1 or -1 is flattened, and any sum for proofs. */
void
sum_add(Sum *s, Rat coef, Node *n)
{
	Graph *g = s->g;

	if (n->nax != s->nax)
		bug(g->a, "a summand of order %d in a sum of order %d", n->nax, s->nax);
	if (rat_sign(coef) == 0 || node_is_zero(n))
		return;
	if (n->kind == N_PROD && !rat_is(n->coef[0], 1)) {
		coef = rat_mul(g->a, coef, n->coef[0]);
		n = prod_monic(g, n);
	}
	if (n->kind == N_SUM && (g->canon_mode || rat_is(coef, 1) || rat_is(coef, -1))) {
		for (int i = 0; i < n->n; i++)
			sum_add(s, rat_mul(g->a, coef, n->coef[i]), n->kid[i]);
		return;
	}
	PUSH(g->a, s->term, s->n, s->cap, ((struct SumTerm){n, coef}));
}

/* Merge sort by id, stable: a merge needs no worst case and no recursion of depth n. */
static void
terms_sort(Arena *a, struct SumTerm *t, int n)
{
	bool sorted = true;

	for (int i = 1; i < n && sorted; i++)
		sorted = t[i - 1].node->id <= t[i].node->id;
	if (sorted)
		return;
	struct SumTerm *u = NEWN(a, struct SumTerm, n);
	for (int w = 1; w < n; w *= 2) {
		for (int lo = 0; lo < n; lo += 2 * w) {
			int mid = lo + w < n ? lo + w : n, hi = lo + 2 * w < n ? lo + 2 * w : n;
			int i = lo, j = mid;

			for (int k = lo; k < hi; k++)
				u[k] = j >= hi || (i < mid && t[i].node->id <= t[j].node->id) ? t[i++] : t[j++];
		}
		memcpy(t, u, sizeof *t * (size_t)n);
	}
}

Node *
sum_end(Sum *s)
{
	Graph *g = s->g;
	int n = 0;
	Node node = {.kind = N_SUM, .nax = s->nax, .ax = s->ax};

	terms_sort(g->a, s->term, s->n);
	for (int i = 0, j; i < s->n; i = j) {
		Rat c = s->term[i].coef;

		for (j = i + 1; j < s->n && s->term[j].node == s->term[i].node; j++)
			c = rat_add(g->a, c, s->term[j].coef);
		if (rat_sign(c))
			s->term[n++] = (struct SumTerm){s->term[i].node, c};
	}
	s->n = n;
	if (n == 0)
		return node_intern(g, &node);
	if (n == 1)
		return node_scale(g, s->term[0].coef, s->term[0].node);
	node.n = n;
	node.kid = NEWN(g->a, Node *, n);
	node.coef = NEWN(g->a, Rat, n);
	for (int i = 0; i < n; i++) {
		node.kid[i] = s->term[i].node;
		node.coef[i] = s->term[i].coef;
	}
	return node_intern(g, &node);
}

/* ---- elementwise powers and functions */

static bool
even(Rat e)
{
	long k;

	return rat_long(e, &k) && k % 2 == 0;
}

/* A scalar spread over axes (a product all of whose labels belong to no factor and are distinct): the scalar, else NULL. */
static Node *
unbroadcast(Graph *g, Node *n)
{
	if (n->kind != N_PROD || n->nax == 0 || n->nlab != n->nax)
		return NULL;
	for (int i = 0; i < n->n; i++)
		if (n->kid[i]->nax)
			return NULL;
	for (int i = 0; i < n->nax; i++)
		if (n->out[i] != i)
			return NULL;
	Prod *p = prod_begin(g);
	prod_coef(p, n->coef[0]);
	for (int i = 0; i < n->n; i++)
		prod_factor(p, n->kid[i], NULL);
	return prod_end(p, 0, NULL);
}

/* Does n not vary along axis k (a label in no factor that comes out once)? */
static bool
constant_along(const Node *n, int k)
{
	if (n->kind == N_SUM) {
		for (int i = 0; i < n->n; i++)
			if (!constant_along(n->kid[i], k))
				return false;
		return true;
	}
	if (n->kind != N_PROD)
		return false;
	for (int i = 0; i < n->nax; i++)
		if (i != k && n->out[i] == n->out[k])
			return false;
	for (int i = 0, off = 0; i < n->n; i++)
		for (int j = 0; j < n->kid[i]->nax; j++)
			if (n->lab[off++] == n->out[k])
				return false;
	return true;
}

/* n, constant along axis k, without that axis */
static Node *
drop_axis(Graph *g, Node *n, int k)
{
	if (n->kind == N_SUM) {
		Dim **ax = NEWN(g->a, Dim *, n->nax);
		Sum *s;

		for (int i = 0, j = 0; i < n->nax; i++)
			if (i != k)
				ax[j++] = n->ax[i];
		s = sum_begin(g, n->nax - 1, ax);
		for (int i = 0; i < n->n; i++)
			sum_add(s, n->coef[i], drop_axis(g, n->kid[i], k));
		return sum_end(s);
	}
	Prod *p = prod_begin(g);
	int *out = NEWN(g->a, int, n->nax);
	for (int l = 0; l < n->nlab; l++)
		prod_label(p, l == n->out[k] ? NULL : n->labdim[l]);
	prod_coef(p, n->coef[0]);
	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax)
		prod_factor(p, n->kid[i], n->lab + off);
	for (int i = 0, j = 0; i < n->nax; i++)
		if (i != k)
			out[j++] = n->out[i];
	return prod_end(p, n->nax - 1, out);
}

/* n with a new axis k of size d along which it is constant */
static Node *
add_axis(Graph *g, Node *n, int k, Dim *d)
{
	Prod *p = prod_begin(g);
	int *l = NEWN(g->a, int, n->nax + 1), *out = NEWN(g->a, int, n->nax + 2);

	for (int i = 0; i < n->nax; i++)
		l[i] = prod_label(p, n->ax[i]);
	for (int i = 0; i <= n->nax; i++)
		out[i] = i < k ? l[i] : i > k ? l[i - 1] : -1;
	out[k] = prod_label(p, d);
	prod_factor(p, n, l);
	return prod_end(p, n->nax + 1, out);
}

/* May the power be taken factor by factor? Only when no label is summed; where zeros are structural (a diagonal, a
   unit vector), only for a positive exponent. */
static bool
pow_distributes(const Node *n, Rat e)
{
	if (n->nlab > n->nax)
		return false;
	for (int i = 0; i < n->nax; i++)
		for (int j = 0; j < i; j++)
			if (n->out[i] == n->out[j] && rat_sign(e) < 0)
				return false;
	for (int l = 0; l < n->nlab; l++) {
		bool outer = false;
		for (int i = 0; i < n->nax; i++)
			outer |= n->out[i] == l;
		if (!outer)
			return false;
	}
	for (int i = 0; i < n->n; i++)
		if (rat_sign(e) < 0 && (n->kid[i]->kind == N_UNIT || n->kid[i]->kind == N_FUSE || n->kid[i]->kind == N_INJ))
			return false;
	return true;
}

/* c^e exactly, when it is rational: roots of perfect powers */
static bool
num_pow(Graph *g, Rat c, Rat e, Rat *out)
{
	long p, q;

	if (!rat_long((Rat){e.num, 1, NULL}, &p) || e.big || labs(p) > 4096)
		return false;
	q = e.den;
	if (q > 1 && (rat_sign(c) < 0 || !rat_root(g->a, c, q, &c)))
		return false;
	*out = rat_pow(g->a, c, p);
	return true;
}

/* (c * f1 * f2 ...)^e: what may leave the power does, the rest stays below one POW */
static Node *
pow_prod(Graph *g, Node *n, Rat e)
{
	bool integer = rat_is_int(e);
	Prod *out = prod_begin(g), *in = prod_begin(g);
	int *label = NEWN(g->a, int, n->nlab + 1), *inner = NEWN(g->a, int, n->nlab + 1);
	int *o = NEWN(g->a, int, n->nax + 1), *oi = NEWN(g->a, int, n->nax + 1), rest = 0;
	Rat c;

	for (int l = 0; l < n->nlab; l++) {
		label[l] = prod_label(out, n->labdim[l]);
		inner[l] = prod_label(in, n->labdim[l]);
	}
	if (num_pow(g, n->coef[0], e, &c)) {
		prod_coef(out, c);
	} else if (rat_sign(n->coef[0]) > 0) {
		prod_factor(out, node_pow(g, node_num(g, n->coef[0]), e), NULL);
	} else {
		prod_coef(in, n->coef[0]);
		rest++;
	}
	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax) {
		Node *f = n->kid[i];
		int l[8], *lf = f->nax <= 8 ? l : NEWN(g->a, int, f->nax);

		if (integer || node_nonnegative(g, f)) {
			for (int j = 0; j < f->nax; j++)
				lf[j] = label[n->lab[off + j]];
			prod_factor(out, node_pow(g, f, e), lf);
		} else {
			for (int j = 0; j < f->nax; j++)
				lf[j] = inner[n->lab[off + j]];
			prod_factor(in, f, lf);
			rest++;
		}
	}
	if (rest == n->n + (rat_is(n->coef[0], 1) ? 0 : 1))
		return NULL;
	for (int i = 0; i < n->nax; i++) {
		o[i] = label[n->out[i]];
		oi[i] = inner[n->out[i]];
	}
	if (rest)
		prod_factor(out, node_pow(g, prod_end(in, n->nax, oi), e), o);
	return prod_end(out, n->nax, o);
}

/* det of an orthogonal variable: 1 or -1 */
bool
is_sign(const Node *n)
{
	return n->kind == N_FN && n->fun->id == F_det && n->kid[0]->kind == N_VAR &&
	       (n->kid[0]->var->props & P_ORTHOGONAL);
}

static Node *
pow_expand(Graph *g, Node *n, long e)
{
	Prod *p = prod_begin(g);
	int *l = NEWN(g->a, int, n->nax + 1);

	for (int i = 0; i < n->nax; i++)
		l[i] = prod_label(p, n->ax[i]);
	for (long k = 0; k < e; k++)
		prod_factor(p, n, l);
	return prod_end(p, n->nax, l);
}

Node *
node_pow(Graph *g, Node *n, Rat e)
{
	Rat c;
	long k;
	Node node = {.kind = N_POW, .n = 1, .nax = n->nax, .ax = n->ax};
	Node *r;

	if (rat_is(e, 1))
		return n;
	if (rat_sign(e) == 0)
		return node_ones(g, n->nax, n->ax);
	if (node_is_zero(n)) {
		if (rat_sign(e) < 0)
			raise_at(g->a, g->loc, "division by zero");
		return n;
	}
	if (node_is_num(n, &c) && num_pow(g, c, e, &c))
		return node_num(g, c);
	if (node_is_num(n, &c) && !rat_is(c, 1) && rat_is_int(e) == false && c.num == 1 && !c.big)
		return node_pow(g, node_num(g, rat_inv(g->a, c)), rat_neg(g->a, e));
	if (n->kind == N_POW && (rat_is_int(e) || node_positive(g, n->kid[0])))
		return node_pow(g, n->kid[0], rat_mul(g->a, n->coef[0], e));
	if (n->kind == N_POW && even(n->coef[0]))       /* (b^2k)^e = |b|^(2k e) */
		return node_pow(g, node_map(g, &fun_table[F_abs], 1, n->kid), rat_mul(g->a, n->coef[0], e));
	if (is_sign(n) && rat_long(e, &k))
		return k % 2 ? n : node_num(g, RAT1);
	if (n->kind == N_UNIT && rat_sign(e) > 0)
		return n;
	if (n->kind == N_MAP && n->fun->id == F_abs && even(e))
		return node_pow(g, n->kid[0], e);
	if (n->kind == N_MAP && n->fun->id == F_exp && g->canon_mode)
		return node_map(g, n->fun, 1, (Node *[]){node_scale(g, e, n->kid[0])});
	if ((r = unbroadcast(g, n)))
		return node_broadcast(g, node_pow(g, r, e), n->nax, n->ax);
	for (int i = 0; i < n->nax && g->canon_mode; i++)
		if (constant_along(n, i))
			return add_axis(g, node_pow(g, drop_axis(g, n, i), e), i, n->ax[i]);
	if (n->kind == N_PROD && !node_is_num(n, &c) && (n->n > 1 || !rat_is(n->coef[0], 1) || n->nlab == n->nax) &&
	    pow_distributes(n, e) && (r = pow_prod(g, n, e)))
		return r;
	if (n->kind == N_PROD && n->nax == 0 && n->nlab && !rat_is(n->coef[0], 1)) {
		/* (c * connected scalar)^e: the coefficient leaves when it may */
		Node *m = prod_monic(g, n);
		if (num_pow(g, n->coef[0], e, &c))
			return node_scale(g, c, node_pow(g, m, e));
		if (rat_sign(n->coef[0]) > 0)
			return node_emul(g, node_pow(g, node_num(g, n->coef[0]), e), node_pow(g, m, e));
	}
	if (g->canon_mode && n->kind == N_SUM && rat_long(e, &k) && k > 1 && k <= 8)
		return pow_expand(g, n, k);
	if (g->canon_mode && n->kind == N_SUM && rat_sign(e) < 0 && (r = canon_sum_power(g, n, e)))
		return r;
	node.kid = kids_copy(g, 1, &n);
	node.coef = NEW(g->a, Rat);
	node.coef[0] = e;
	return node_intern(g, &node);
}

Node *
node_map(Graph *g, const Fun *f, int n, Node **kid)
{
	Node *r, **k = kids_copy(g, n, kid), **scalar = NEWN(g->a, Node *, n);
	Node *wide = kid[0];
	bool all = true;

	for (int i = 1; i < n; i++)
		if (kid[i]->nax > wide->nax)
			wide = kid[i];
	for (int i = 0; i < n; i++) {
		scalar[i] = k[i]->nax ? unbroadcast(g, k[i]) : k[i];
		all &= scalar[i] != NULL;
	}
	if (all && wide->nax)
		return node_broadcast(g, node_map(g, f, n, scalar), wide->nax, wide->ax);
	for (int i = 0; i < n; i++)
		if (k[i]->nax != wide->nax)
			k[i] = node_broadcast(g, k[i], wide->nax, wide->ax);
	for (int i = 0; i < wide->nax && g->canon_mode; i++) {
		bool constant = true;

		for (int j = 0; j < n; j++)
			constant = constant && constant_along(k[j], i);
		if (!constant)
			continue;
		for (int j = 0; j < n; j++)
			k[j] = drop_axis(g, k[j], i);
		return add_axis(g, node_map(g, f, n, k), i, wide->ax[i]);
	}
	if ((r = rule_map(g, f, n, k)))
		return r;
	if (g->canon_mode && f->id == F_exp)
		return canon_exp(g, f, k[0]);
	if (g->canon_mode && f->id == F_log && (r = canon_log(g, f, k[0])))
		return r;
	return node_intern(g, &(Node){.kind = N_MAP, .fun = f, .n = n, .kid = k, .nax = wide->nax, .ax = wide->ax});
}

Node *
node_fn(Graph *g, const Fun *f, int param, int n, Node **kid)
{
	Node node = {.kind = N_FN, .fun = f, .param = param, .n = n};
	Dim **k = kid[0]->ax;
	Node *r = rule_fn(g, f, param, n, kid);

	if (r)
		return r;
	if (g->canon_mode && f->id == F_inv && kid[0]->kind == N_SUM && (r = canon_sum_inverse(g, f, kid[0])))
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
		/* a factor (a - b)' stays one: the sum is transposed term by term only to be compared or added */
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
	int *lx = NEWN(g->a, int, x->nax), *ly = NEWN(g->a, int, y->nax), *out = NEWN(g->a, int, x->nax + y->nax);
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
		return named(g, n->name, n->param, kid[0]);
	case N_SUM: {
		Sum *s = sum_begin(g, n->nax, n->ax);

		for (int i = 0; i < n->n; i++)
			sum_add(s, n->coef[i], kid[i]);
		return sum_end(s);
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
