/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * diff.c: reverse sweep over the tensor graph. Every node that depends on the variable gets an
 * adjoint: its axes are the seed's extra axes, which ride along, then the node's own; a rule maps
 * (node, adjoint) to what each child receives and does not recurse. Adjoints are ordinary nodes, so
 * results differentiate again. (Laue, Mitterreiter, Giesen, NeurIPS 2018.)
 */
#include "core.h"

typedef struct Sweep {
	Graph *g;
	Node *x;
	int nextra; Dim **extra;
	signed char *dep;       /* by node id: depends on x (1), not (-1) */
	Sum **adj;              /* by node id */
	unsigned nmemo;
	Node **order; int norder, cap;  /* children first */
} Sweep;

static bool
visit(Sweep *s, Node *n)
{
	bool d = n == s->x;

	if (s->dep[n->id])
		return s->dep[n->id] > 0;
	s->dep[n->id] = -1;
	for (int i = n->n - 1; i >= 0 && n != s->x; i--)        /* so that the sweep meets earlier terms
	                                                           first */
		d |= visit(s, n->kid[i]);
	s->dep[n->id] = d ? 1 : -1;
	if (d)
		PUSH(s->g->a, s->order, s->norder, s->cap, n);
	return d;
}

static bool
active(Sweep *s, const Node *n)
{
	return n->id < s->nmemo && s->dep[n->id] > 0;
}

static void
give(Sweep *s, Node *kid, Rat coef, Node *part)
{
	Graph *g = s->g;

	if (!active(s, kid))
		return;
	if (!s->adj[kid->id]) {
		Dim **ax = NEWN(g->a, Dim *, s->nextra + kid->nax + 1);

		for (int i = 0; i < s->nextra; i++)
			ax[i] = s->extra[i];
		for (int i = 0; i < kid->nax; i++)
			ax[s->nextra + i] = kid->ax[i];
		s->adj[kid->id] = sum_begin(g, s->nextra + kid->nax, ax);
	}
	sum_add(s->adj[kid->id], coef, part);
}

/* A product with the labels of the extra axes first: G's labels are extra[], then `rest`. */
static Prod *
riding(Sweep *s, int *lab)
{
	Prod *p = prod_begin(s->g);

	for (int i = 0; i < s->nextra; i++)
		lab[i] = prod_label(p, s->extra[i]);
	return p;
}

/* product rule: factor i receives the adjoint times the other factors, labels as they are
   P = f_i[s..] rest[..] -> out:  f_i receives G[e.., out] rest[..] -> [e.., s..] */
static void
step_prod(Sweep *s, Node *n, Node *G)
{
	Arena *a = s->g->a;
	int ne = s->nextra;

	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax) {
		int *lab = NEWN(a, int, ne + n->nax + 1), *out, *map = NEWN(a, int, n->nlab + 1);
		Prod *p;

		if (!active(s, n->kid[i]))
			continue;
		out = NEWN(a, int, ne + n->kid[i]->nax + 1);
		p = riding(s, lab);
		for (int l = 0; l < n->nlab; l++)
			map[l] = prod_label(p, n->labdim[l]);
		for (int j = 0; j < n->nax; j++)
			lab[ne + j] = map[n->out[j]];
		prod_coef(p, n->coef[0]);
		prod_factor(p, G, lab);
		for (int k = 0, o = 0; k < n->n; o += n->kid[k++]->nax) {
			int *l = NEWN(a, int, n->kid[k]->nax + 1);

			for (int j = 0; j < n->kid[k]->nax; j++)
				l[j] = map[n->lab[o + j]];
			if (k != i)
				prod_factor(p, n->kid[k], l);
		}
		for (int j = 0; j < ne; j++)
			out[j] = lab[j];
		for (int j = 0; j < n->kid[i]->nax; j++)
			out[ne + j] = map[n->lab[off + j]];
		give(s, n->kid[i], RAT1, prod_end(p, ne + n->kid[i]->nax, out));
	}
}

/* G[e.., i..] f'[i..] -> [e.., i..]: an elementwise derivative */
static Node *
elementwise(Sweep *s, Node *G, Node *slope)
{
	int n = slope->nax, *lab = NEWN(s->g->a, int, s->nextra + n + 1);
	Prod *p = riding(s, lab);

	for (int i = 0; i < n; i++)
		lab[s->nextra + i] = prod_label(p, slope->ax[i]);
	prod_factor(p, G, lab);
	prod_factor(p, slope, lab + s->nextra);
	return prod_end(p, s->nextra + n, lab);
}

static void
step_pow(Sweep *s, Node *n, Node *G)
{
	Graph *g = s->g;
	Node *b = n->kid[0];
	Node *slope = node_scale(g, n->coef[0], node_pow(g, b, rat_add(g->a, n->coef[0], rat(-1, 1))));

	give(s, b, RAT1, elementwise(s, G, slope));
}

/* loss(z): z receives G[e.., d..] loss'[d.., z..], where d are the axes of the derivatives already
   taken. The new derivative stands among the sorted ones; those by the same argument are
   interchangeable. */
static void
step_unknown(Sweep *s, Node *n, Node *G)
{
	Graph *g = s->g;
	int *der = NEWN(g->a, int, n->nder + 1);

	for (int k = 0; k < n->n; k++) {
		Node *d;
		Prod *p;
		int *lab, *dlab, *out, at = 0, m = 0, before = 0;

		if (!active(s, n->kid[k]))
			continue;
		for (int i = 0; i < n->nder; i++)
			der[i] = n->der[i];
		der[n->nder] = k;
		d = node_unknown(g, n->ufun, n->n, n->kid, n->nder + 1, der);
		if (n->ufun->elementwise) {
			give(s, n->kid[k], RAT1, elementwise(s, G, d));
			continue;
		}
		while (at < n->nder && n->der[at] <= k)
			before += n->kid[n->der[at++]]->nax;
		lab = NEWN(g->a, int, s->nextra + n->nax + 1);
		dlab = NEWN(g->a, int, d->nax + 1);
		out = NEWN(g->a, int, s->nextra + n->kid[k]->nax + 1);
		p = riding(s, lab);
		for (int i = 0; i < s->nextra; i++)
			out[i] = lab[i];
		for (int i = 0; i < d->nax; i++) {
			dlab[i] = prod_label(p, d->ax[i]);
			if (i >= before && i < before + n->kid[k]->nax)
				out[s->nextra + i - before] = dlab[i];
			else
				lab[s->nextra + m++] = dlab[i];
		}
		prod_factor(p, G, lab);
		prod_factor(p, d, dlab);
		give(s, n->kid[k], RAT1, prod_end(p, s->nextra + n->kid[k]->nax, out));
	}
}

/* expm and its derivative tensors: A receives G[e.., i,j,..] D[i,j,..,k,l] -> [e.., k,l] with D one
   order higher */
static void
step_expm(Sweep *s, Node *n, Node *G)
{
	Graph *g = s->g;
	Node *d = node_fn(g, n->fun, n->param + 1, 1, n->kid);
	int *lab = NEWN(g->a, int, s->nextra + n->nax + 1), *dlab = NEWN(g->a, int, d->nax + 1);
	int *out = NEWN(g->a, int, s->nextra + 2);
	Prod *p = riding(s, lab);

	for (int i = 0; i < d->nax; i++)
		dlab[i] = prod_label(p, d->ax[i]);
	for (int i = 0; i < n->nax; i++)
		lab[s->nextra + i] = dlab[i];
	for (int i = 0; i < s->nextra; i++)
		out[i] = lab[i];
	out[s->nextra] = dlab[d->nax - 2];
	out[s->nextra + 1] = dlab[d->nax - 1];
	prod_factor(p, G, lab);
	prod_factor(p, d, dlab);
	give(s, n->kid[0], RAT1, prod_end(p, s->nextra + 2, out));
}

static Node *
power(Graph *g, const Fun *mpow, Node *z, int k)
{
	return k == 0 ? NULL : k == 1 ? z : node_fn(g, mpow, k, 1, &z);
}

/* z^k: z receives the sum over r of (z^r)' G (z^(k-1-r))': z^r[i,a] G[e..,i,j] z^q[b,j] ->
   [e..,a,b] */
static void
step_mpow(Sweep *s, Node *n, Node *G)
{
	Graph *g = s->g;
	Node *z = n->kid[0];
	int k = n->param;

	for (int r = 0; r < k; r++) {
		int *lab = NEWN(g->a, int, s->nextra + 2), *out = NEWN(g->a, int, s->nextra + 2);
		Prod *p = riding(s, lab);
		Node *left = power(g, n->fun, z, r), *right = power(g, n->fun, z, k - 1 - r);
		int l[2], q[2];

		poll_interrupt(g->a);
		for (int i = 0; i < s->nextra; i++)
			out[i] = lab[i];
		for (int i = 0; i < 2; i++) {
			lab[s->nextra + i] = prod_label(p, z->ax[0]);
			out[s->nextra + i] = prod_label(p, z->ax[0]);
		}
		l[0] = lab[s->nextra];
		l[1] = out[s->nextra];
		q[0] = out[s->nextra + 1];
		q[1] = lab[s->nextra + 1];
		if (left)
			prod_factor(p, left, l);
		else
			prod_join(p, l[0], l[1]);
		prod_factor(p, G, lab);
		if (right)
			prod_factor(p, right, q);
		else
			prod_join(p, q[0], q[1]);
		give(s, z, RAT1, prod_end(p, s->nextra + 2, out));
	}
}

static void
step(Sweep *s, Node *n, Node *G)
{
	switch (n->kind) {
	case N_NAMED:
		give(s, n->kid[0], RAT1, G);
		break;
	case N_SUM:
		for (int i = 0; i < n->n; i++)
			give(s, n->kid[i], n->coef[i], G);
		break;
	case N_PROD:
		step_prod(s, n, G);
		break;
	case N_POW:
		step_pow(s, n, G);
		break;
	case N_UNKNOWN:
		step_unknown(s, n, G);
		break;
	case N_FN:
		if (n->fun->id == F_expm) {
			step_expm(s, n, G);
			break;
		}
		if (n->fun->id == F_mpow) {
			step_mpow(s, n, G);
			break;
		}
		/* fall through */
	case N_MAP:
		for (int i = 0; i < n->n; i++)
			if (active(s, n->kid[i]))
				give(s, n->kid[i], RAT1, build_rule(s->g, n, i, G, s->nextra));
		break;
	default:
		bug(s->g->a, "a leaf of kind %d depends on something", (int)n->kind);
	}
}

static Node *
identity_seed(Graph *g, Node *f)
{
	Prod *p = prod_begin(g);
	int *l = NEWN(g->a, int, 2 * f->nax + 1);

	for (int i = 0; i < f->nax; i++)
		l[i] = l[f->nax + i] = prod_label(p, f->ax[i]);
	return prod_end(p, 2 * f->nax, l);
}

/* the derivative of what does not depend on x */
static Node *
nothing(const Sweep *s)
{
	Dim **ax = NEWN(s->g->a, Dim *, s->nextra + s->x->nax + 1);

	for (int i = 0; i < s->nextra; i++)
		ax[i] = s->extra[i];
	for (int i = 0; i < s->x->nax; i++)
		ax[s->nextra + i] = s->x->ax[i];
	return node_zero(s->g, s->nextra + s->x->nax, ax);
}

Node *
diff(Graph *g, Node *f, Node *x, Node *seed, int nextra)
{
	Sweep s = {.g = g, .x = x, .nextra = seed ? nextra : f->nax};

	if (!seed)
		seed = identity_seed(g, f);
	s.extra = seed->ax;
	s.nmemo = g->nnode + 1;
	s.dep = NEWN(g->a, signed char, s.nmemo);
	s.adj = NEWN(g->a, Sum *, s.nmemo);
	if (!visit(&s, f))
		return nothing(&s);
	give(&s, f, RAT1, seed);
	for (int i = s.norder - 1; i >= 0; i--) {
		Node *n = s.order[i], *G;

		if (!s.adj[n->id])
			continue;
		G = sum_end(s.adj[n->id]);
		if (n == x)
			return graph_checked(g, G);
		if (!node_is_zero(G))
			step(&s, n, G);
	}
	return nothing(&s);     /* every path was cut: step' is 0 */
}
