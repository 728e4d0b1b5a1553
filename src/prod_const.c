/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prod_const.c: what constant factors do to their neighbours in a product under construction: unit
 * vectors pick entries, injections and fusions of axes cancel, compose, or vanish where they are
 * summed.
 */
#include "prod.h"

static bool
is_kind(const Factor *f, NodeKind k)
{
	return !f->dead && f->node->kind == k;
}

/* ---- unit vectors */

/* e_i and e_j of one label: 1 equal, 0 provably different, -1 not known */
static int
units_equal(Prod *p, const Dim *i, const Dim *j)
{
	long d;

	if (i == j)
		return 1;
	if (dim_is_num(dim_sub(p->g->dims, i, j), &d))
		return 0;
	return dim_less(p->g->dims, i, j) || dim_less(p->g->dims, j, i) ? 0 : -1;
}

/* For proofs a diagonal matrix has one label on both axes, and keeps it. */
static bool
on_diagonal(Prod *p, const Factor *f)
{
	const Node *n = f->node;

	return p->g->canon_mode && n->kind == N_VAR && n->nax == 2 && n->var->props & P_DIAGONAL &&
	       prod_labs(p, f)[0] == prod_labs(p, f)[1];
}

/* All units of a label against each other, then every other incidence of the label gets a unit of
   its own. */
static bool
explode_unit(Prod *p, int at)
{
	Factor *u = &p->f[at];
	int l = prod_labs(p, u)[0], others = 0, outs = 0;
	bool changed = false;

	for (int i = 0; i < p->nf; i++) {
		Factor *f = &p->f[i];

		if (f->dead || i == at)
			continue;
		if (f->node->kind == N_UNIT && prod_labs(p, f)[0] == l) {
			int eq = units_equal(p, u->node->dim, f->node->dim);

			if (eq == 1) {
				f->dead = changed = true;
				continue;
			}
			if (eq == 0) {
				p->zero = true;
				return true;
			}
			if (dim_cmp(f->node->dim, u->node->dim) < 0)
				return changed;         /* the smaller index does it */
		}
		for (int j = 0; j < f->node->nax - on_diagonal(p, f); j++)
			others += prod_labs(p, f)[j] == l;
	}
	for (int i = 0; i < p->nout; i++)
		outs += p->out[i] == l;
	if (others + outs == 0) {               /* the sum of a unit vector's entries */
		u->dead = true;
		prod_consume(p, l);
		return true;
	}
	if (others + outs == 1)
		return changed;
	/* e_i[l] A[l,..] b[l] out[l] -> e_i[l1] A[l1,..] e_i[l2] b[l2] e_i[l]: one each */
	bool first = true;
	int nf = p->nf;
	Node *unit = u->node;
	for (int i = 0; i < nf; i++) {
		if (p->f[i].dead || i == at)
			continue;
		for (int j = 0; j < p->f[i].node->nax; j++) {
			int nl;

			bool both = on_diagonal(p, &p->f[i]);

			if (prod_labs(p, &p->f[i])[j] != l)
				continue;
			if (first && outs == 0) {       /* the first keeps the old unit */
				first = false;
				j += both;
				continue;
			}
			nl = prod_label(p, unit->ax[0]);
			prod_labs(p, &p->f[i])[j] = nl;
			if (both)
				prod_labs(p, &p->f[i])[1 - j] = nl;
			prod_factor(p, unit, &nl);
		}
	}
	for (int i = 0, k = 0; i < p->nout; i++)
		if (p->out[i] == l && k++) {
			int nl = prod_label(p, unit->ax[0]);

			p->out[i] = nl;
			prod_factor(p, unit, &nl);
		}
	return true;
}

/* e_i[a] e_j[a] is 1 only where i = j: beside it every other e_j is e_i. The factor `at` is that
   scalar network. */
bool
prod_equal_indices(Prod *p, int at)
{
	Graph *g = p->g;
	Node *d = p->f[at].node, *ei, *ej;
	bool changed = false;

	if (d->kind != N_PROD || d->nax || d->n != 2 || d->kid[0]->kind != N_UNIT ||
		d->kid[1]->kind != N_UNIT)
		return false;
	ei = dim_cmp(d->kid[0]->dim, d->kid[1]->dim) < 0 ? d->kid[0] : d->kid[1];
	ej = ei == d->kid[0] ? d->kid[1] : d->kid[0];
	for (int i = 0; i < p->nf; i++) {
		Node *n;

		if (i == at || p->f[i].dead || !node_depends(g, p->f[i].node, ej))
			continue;
		n = node_replace(g, p->f[i].node, ej, ei);
		changed = true;
		p->f[i].dead = true;
		prod_factor(p, node_pow(g, n, p->f[i].exp), prod_labs(p, &p->f[i]));
	}
	return changed;
}

/* the live unit on label l, when it is the label's only partner of factor `self` */
static Factor *
unit_on(Prod *p, int l)
{
	if (prod_open(p, l) || prod_uses(p, l) != 2)
		return NULL;
	for (int i = 0; i < p->nf; i++)
		if (is_kind(&p->f[i], N_UNIT) && prod_labs(p, &p->f[i])[0] == l)
			return &p->f[i];
	return NULL;
}

/* ---- injections: S[i,a] = 1 where a = i + offset */

static bool
inj_rules(Prod *p, int at)
{
	Dims *d = p->g->dims;
	Factor *f = &p->f[at], *u;
	Node *s = f->node;
	int i = prod_labs(p, f)[0], a = prod_labs(p, f)[1];

	if ((u = unit_on(p, i))) {                      /* e_q[i] S[i,a] -> e_(q+offset)[a] */
		Node *e = node_unit(p->g, dim_add(d, u->node->dim, s->dim), s->ax[1]);

		u->dead = true;
		prod_consume(p, i);
		prod_replace(p, f, e, &a);
		return true;
	}
	if ((u = unit_on(p, a))) {                      /* e_q[a] S[i,a] -> e_(q-offset)[i] or 0 */
		Dim *q = u->node->dim, *hi = dim_add(d, s->dim, s->ax[0]);

		if (!dim_less(d, s->dim, q) && (dim_less(d, q, dim_add(d, s->dim, dim_num(d, 1))))) {
			p->zero = true;
			return true;
		}
		if (dim_less(d, hi, q)) {
			p->zero = true;
			return true;
		}
		if (dim_less(d, s->dim, q) && dim_less(d, q, dim_add(d, hi, dim_num(d, 1)))) {
			Node *e = node_unit(p->g, dim_sub(d, q, s->dim), s->ax[0]);

			u->dead = true;
			prod_consume(p, a);
			prod_replace(p, f, e, &i);
			return true;
		}
	}
	if (!prod_open(p, a) && prod_uses(p, a) == 1) { /* sum over a: 1 for every i */
		f->dead = true;
		prod_consume(p, a);
		return true;
	}
	for (int k = 0; k < p->nf; k++) {
		Factor *h = &p->f[k];
		int b, c;

		if (k == at || !is_kind(h, N_INJ))
			continue;
		b = prod_labs(p, h)[0];
		c = prod_labs(p, h)[1];
		if (c == a) {
			Dim *end = dim_add(d, s->dim, s->ax[0]), *one = dim_num(d, 1);

			if (h->node == s) {             /* S[i,a] S[b,a] -> S[i,a] d[i,b] */
				h->dead = true;
				prod_join(p, i, b);
				return true;
			}
			/* ranges that do not meet: end of one <= offset of the other */
			if (dim_less(d, dim_sub(d, end, one), h->node->dim) ||
			    dim_less(d, dim_sub(d, dim_add(d, h->node->dim, h->node->ax[0]), one), s->dim)) {
				p->zero = true;
				return true;
			}
		}
		if (b == i && h->node == s) {           /* S[i,a] S[i,c] -> S[i,a] d[a,c] */
			h->dead = true;
			prod_join(p, a, c);
			return true;
		}
		if (b == a && !prod_open(p, a) && prod_uses(p, a) == 2) {  /* S[i,a] T[a,c] -> (S T)[i,c] */
			int l[2] = {i, c};
			Node *t = node_inj(p->g, s->ax[0], dim_add(d, s->dim, h->node->dim), h->node->ax[1]);

			h->dead = true;
			prod_consume(p, a);
			prod_replace(p, f, t, l);
			return true;
		}
	}
	return false;
}

/* ---- fusions: F[i,k,a] = 1 where a is the combined index of i and k */

static bool
fuse_rules(Prod *p, int at)
{
	Graph *g = p->g;
	Dims *d = g->dims;
	Factor *f = &p->f[at];
	Node *s = f->node;
	int n = s->nax - 1, *l = prod_labs(p, f), a = l[n];
	bool all_units = true, lonely = true;

	for (int i = 0; i < n; i++) {
		all_units = all_units && unit_on(p, l[i]);
		lonely = lonely && !prod_open(p, l[i]) && prod_uses(p, l[i]) == 1;
	}
	if (!prod_open(p, a) && prod_uses(p, a) == 1) { /* summed over a: 1 for all parts */
		f->dead = true;
		prod_consume(p, a);
		return true;
	}
	if (lonely) {                           /* summed over all parts: 1 for every a */
		f->dead = true;
		for (int i = 0; i < n; i++)
			prod_consume(p, l[i]);
		return true;
	}
	if (all_units) {                        /* the unit vector of the combined index */
		Dim *q = dim_num(d, 0);
		Factor *u;

		for (int i = 0; i < n; i++) {
			u = unit_on(p, l[i]);
			q = dim_add(d, dim_mul(d, q, s->ax[i]), dim_sub(d, u->node->dim, dim_num(d, 1)));
			u->dead = true;
			prod_consume(p, l[i]);
		}
		prod_replace(p, f, node_unit(g, dim_add(d, q, dim_num(d, 1)), s->ax[n]), &a);
		return true;
	}
	Factor *u = unit_on(p, a);
	long q, size;
	if (u && dim_is_num(u->node->dim, &q)) {        /* a known entry of an axis of known parts */
		bool known = true;

		for (int i = 1; i < n; i++)
			known &= dim_is_num(s->ax[i], NULL);
		if (known) {
			int *lab = NEWN(g->a, int, n);
			u->dead = f->dead = true;
			prod_consume(p, a);
			for (int i = 0; i < n; i++)
				lab[i] = l[i];
			q--;
			for (int i = n - 1; i >= 0; i--) {
				long part = q;

				if (i > 0) {
					dim_is_num(s->ax[i], &size);
					part = q % size;
					q /= size;
				}
				prod_factor(p, node_unit(g, dim_num(d, part + 1), s->ax[i]), &lab[i]);
			}
			return true;
		}
	}
	for (int k = 0; k < p->nf; k++) {
		Factor *h = &p->f[k];
		int *m, nh;
		bool same = true;

		if (k == at || !is_kind(h, N_FUSE))
			continue;
		m = prod_labs(p, h);
		nh = h->node->nax - 1;
		if (h->node == s) {
			if (m[n] == a) {        /* F[i,k,a] F[i',k',a] -> F[i,k,a] d[i,i'] d[k,k'] */
				h->dead = true;
				for (int i = 0; i < n; i++)
					prod_join(p, l[i], m[i]);
				return true;
			}
			for (int i = 0; i < n; i++)
				same &= l[i] == m[i];
			if (same) {             /* F[i,k,a] F[i,k,b] -> F[i,k,a] d[a,b] */
				h->dead = true;
				prod_join(p, a, m[n]);
				return true;
			}
		}
		for (int i = 0; i < nh; i++)    /* F[..,a] H[..,a,..,b] with a only there -> one fusion of
		                                   all parts */
			if (m[i] == a && !prod_open(p, a) && prod_uses(p, a) == 2) {
				int nn = 0, *lab = NEWN(g->a, int, n + nh + 1);
				Dim **dim = NEWN(g->a, Dim *, n + nh);

				for (int j = 0; j < nh; j++) {
					if (j != i) {
						dim[nn] = h->node->ax[j];
						lab[nn++] = m[j];
						continue;
					}
					for (int r = 0; r < n; r++) {
						dim[nn] = s->ax[r];
						lab[nn++] = l[r];
					}
				}
				lab[nn] = m[nh];
				h->dead = true;
				prod_consume(p, a);
				prod_replace(p, f, node_fuse(g, nn, dim), lab);
				return true;
			}
	}
	return false;
}

bool
prod_const_rule(Prod *p, int at)
{
	switch (p->f[at].node->kind) {
	case N_UNIT:
		return explode_unit(p, at);
	case N_INJ:
		return inj_rules(p, at);
	case N_FUSE:
		return fuse_rules(p, at);
	default:
		return false;
	}
}
