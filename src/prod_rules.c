/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prod_rules.c: what special factors do to their neighbours in a product under construction: unit vectors pick entries,
 * fusions and injections of axes cancel, an inverse meets its matrix, an orthogonal matrix its transpose, the Frechet
 * derivative of expm a matrix that commutes. Every rule lowers the number of factors or of joined slots, so passes end.
 */
#include <limits.h>

#include "prod.h"

static bool
is_kind(const Factor *f, NodeKind k)
{
	return !f->dead && f->node->kind == k;
}

static void
replace(Prod *p, Factor *f, Node *n, const int *labels)
{
	int *l = NEWN(p->g->a, int, n->nax + 1);

	for (int i = 0; i < n->nax; i++)
		l[i] = labels[i];
	f->dead = true;
	prod_factor(p, n, l);
}

/* A summed label whose sum has been carried out: it no longer counts as a free label (whose sum is its size). */
static void
consume(Prod *p, int l)
{
	p->dim[prod_find(p, l)] = NULL;
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

/* All units of a label against each other, then every other incidence of the label gets a unit of its own. */
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
		for (int j = 0; j < f->node->nax; j++)
			others += prod_labs(p, f)[j] == l;
	}
	for (int i = 0; i < p->nout; i++)
		outs += p->out[i] == l;
	if (others + outs == 0) {               /* the sum of a unit vector's entries */
		u->dead = true;
		consume(p, l);
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

			if (prod_labs(p, &p->f[i])[j] != l)
				continue;
			if (first && outs == 0) {       /* the first keeps the old unit */
				first = false;
				continue;
			}
			nl = prod_label(p, unit->ax[0]);
			prod_labs(p, &p->f[i])[j] = nl;
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
		consume(p, i);
		replace(p, f, e, &a);
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
			consume(p, a);
			replace(p, f, e, &i);
			return true;
		}
	}
	if (!prod_open(p, a) && prod_uses(p, a) == 1) { /* sum over a: 1 for every i */
		f->dead = true;
		consume(p, a);
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
		if (b == a && !prod_open(p, a) && prod_uses(p, a) == 2) {       /* S[i,a] T[a,c] -> (S T)[i,c] */
			int l[2] = {i, c};
			Node *t = node_inj(p->g, s->ax[0], dim_add(d, s->dim, h->node->dim), h->node->ax[1]);

			h->dead = true;
			consume(p, a);
			replace(p, f, t, l);
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
		consume(p, a);
		return true;
	}
	if (lonely) {                           /* summed over all parts: 1 for every a */
		f->dead = true;
		for (int i = 0; i < n; i++)
			consume(p, l[i]);
		return true;
	}
	if (all_units) {                        /* the unit vector of the combined index */
		Dim *q = dim_num(d, 0);
		Factor *u;

		for (int i = 0; i < n; i++) {
			u = unit_on(p, l[i]);
			q = dim_add(d, dim_mul(d, q, s->ax[i]), dim_sub(d, u->node->dim, dim_num(d, 1)));
			u->dead = true;
			consume(p, l[i]);
		}
		replace(p, f, node_unit(g, dim_add(d, q, dim_num(d, 1)), s->ax[n]), &a);
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
			consume(p, a);
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
		for (int i = 0; i < nh; i++)    /* F[..,a] H[..,a,..,b] with a only there -> one fusion of all parts */
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
				consume(p, a);
				replace(p, f, node_fuse(g, nn, dim), lab);
				return true;
			}
	}
	return false;
}

/* ---- inverses */

/* the network `c` (a PROD, or one factor) matched inside p: which factors, and what its labels are there */
typedef struct Match {
	Prod *p;
	Node *c;
	int *lab;               /* of c's labels, -1: not bound */
	int *hit;               /* factor of p for each factor of c */
	int nc;
	int self;               /* the inverse itself is no candidate */
} Match;

static bool
bind(Match *m, const int *cl, const int *pl, int n, bool swapped)
{
	for (int i = 0; i < n; i++) {
		int c = cl[i], l = pl[swapped ? n - 1 - i : i];

		if (m->lab[c] >= 0 && m->lab[c] != l)
			return false;
		m->lab[c] = l;
	}
	return true;
}

/* inner labels of c must be summed in p too and lead nowhere else */
static bool
closed(Match *m)
{
	Node *c = m->c;

	for (int l = 0; l < c->nlab; l++) {
		int uses = 0, off = 0;
		bool outer = false;

		for (int i = 0; i < c->nax; i++)
			outer |= c->out[i] == l;
		if (outer)
			continue;
		if (m->lab[l] < 0)
			return false;
		for (int i = 0; i < c->n; i++)
			for (int j = 0; j < c->kid[i]->nax; j++)
				uses += c->lab[off++] == l;
		if (prod_open(m->p, m->lab[l]) || prod_uses(m->p, m->lab[l]) != uses)
			return false;
	}
	return true;
}

static bool
match_from(Match *m, int k)
{
	Node *c = m->c, *kid;
	const int *cl;

	if (k == c->n)
		return closed(m);
	kid = c->kid[k];
	if (kid->nax == 0) {                    /* scalars are divided out by the caller */
		m->hit[k] = -1;
		return match_from(m, k + 1);
	}
	cl = node_labels(c, k);
	for (int i = 0; i < m->p->nf; i++) {
		Factor *f = &m->p->f[i];
		Node *base = kid->kind == N_POW ? kid->kid[0] : kid;
		Rat e = kid->kind == N_POW ? kid->coef[0] : RAT1;
		bool used = i == m->self;

		for (int j = 0; j < k; j++)
			used |= m->hit[j] == i;
		if (used || f->dead || f->node != base || !rat_eq(f->exp, e))
			continue;
		for (int s = 0; s < (kid->nax == 2 && node_symmetric(m->p->g, kid) ? 2 : 1); s++) {
			int *save = NEWN(m->p->g->a, int, c->nlab + 1);

			for (int l = 0; l < c->nlab; l++)
				save[l] = m->lab[l];
			m->hit[k] = i;
			if (bind(m, cl, prod_labs(m->p, f), kid->nax, s == 1) && match_from(m, k + 1))
				return true;
			for (int l = 0; l < c->nlab; l++)
				m->lab[l] = save[l];
			m->hit[k] = -1;
		}
	}
	return false;
}

/* P = inv(C) on labels (near, far), near towards C: C matched with its axis `side` on near */
static bool
cancel_side(Prod *p, int at, int near, int far, int side)
{
	Node *c = p->f[at].node->kid[0];
	Graph *g = p->g;
	Match m = {.p = p, .c = c, .self = at};
	int uses = 0, other;

	if (prod_open(p, near))
		return false;
	if (c->kind != N_PROD) {
		for (int i = 0; i < p->nf; i++) {
			Factor *f = &p->f[i];
			int *l = prod_labs(p, f);

			if (i == at || f->dead || f->node != c || !rat_is(f->exp, 1) || l[side] != near ||
			    l[0] == l[1] || prod_uses(p, near) != 2)
				continue;
			other = l[!side];
			f->dead = p->f[at].dead = true;
			consume(p, near);
			prod_join(p, far, other);
			return true;
		}
		return false;
	}
	if (c->n == 0 || c->n > 8 || c->out[0] == c->out[1])
		return false;
	m.lab = NEWN(g->a, int, c->nlab + 1);
	m.hit = NEWN(g->a, int, c->n + 1);
	for (int l = 0; l < c->nlab; l++)
		m.lab[l] = -1;
	m.lab[c->out[side]] = near;
	for (int i = 0, off = 0; i < c->n; i++)
		for (int j = 0; j < c->kid[i]->nax; j++)
			uses += c->lab[off++] == c->out[side];
	if (prod_uses(p, near) != uses + 1 || !match_from(&m, 0))
		return false;
	for (int l = 0; l < c->nlab; l++)
		if (m.lab[l] < 0)
			return false;
	other = m.lab[c->out[!side]];
	prod_coef(p, rat_inv(g->a, c->coef[0]));
	for (int i = 0; i < c->n; i++) {
		if (m.hit[i] >= 0)
			p->f[m.hit[i]].dead = true;
		else
			prod_factor(p, node_pow(g, c->kid[i], rat(-1, 1)), NULL);
	}
	p->f[at].dead = true;
	consume(p, near);
	for (int l = 0; l < c->nlab; l++)
		if (l != c->out[0] && l != c->out[1])
			consume(p, m.lab[l]);
	prod_join(p, far, other);
	return true;
}

/* inv(C)[i,j] C[j,k] -> d[i,k], C[i,j] inv(C)[j,k] -> d[i,k], in either orientation when C is symmetric */
static bool
cancel_inverse(Prod *p, int at)
{
	int *l = prod_labs(p, &p->f[at]), a = l[0], b = l[1];
	Node *c = p->f[at].node->kid[0];

	if (!rat_is(p->f[at].exp, 1) || a == b)
		return false;
	if (cancel_side(p, at, b, a, 0) || cancel_side(p, at, a, b, 1))
		return true;
	return node_symmetric(p->g, c) && (cancel_side(p, at, b, a, 1) || cancel_side(p, at, a, b, 0));
}

/* (A*B).^e beside A[i,k] B[k,j] on the same labels -> (A*B).^(e+1): the network is one more base */
static bool
absorb_network(Prod *p, int at)
{
	Graph *g = p->g;
	Node *c = p->f[at].node;
	Match m = {.p = p, .c = c, .self = at};

	if (rat_is(p->f[at].exp, 1) || c->n == 0 || c->n > 8 || c->nax == 0)
		return false;
	m.lab = NEWN(g->a, int, c->nlab + 1);
	m.hit = NEWN(g->a, int, c->n + 1);
	for (int l = 0; l < c->nlab; l++)
		m.lab[l] = -1;
	for (int i = 0; i < c->nax; i++) {
		int l = prod_labs(p, &p->f[at])[i];

		if (m.lab[c->out[i]] >= 0 && m.lab[c->out[i]] != l)
			return false;
		m.lab[c->out[i]] = l;
	}
	for (int i = 0; i < c->n; i++)
		if (c->kid[i]->nax == 0)        /* a scalar inside the power would have to be found, not divided out */
			return false;
	if (!match_from(&m, 0))
		return false;
	prod_coef(p, rat_inv(g->a, c->coef[0]));
	for (int i = 0; i < c->n; i++)
		p->f[m.hit[i]].dead = true;
	for (int l = 0; l < c->nlab; l++) {
		bool outer = false;

		for (int i = 0; i < c->nax; i++)
			outer |= c->out[i] == l;
		if (!outer)
			consume(p, m.lab[l]);
	}
	p->f[at].exp = rat_add(g->a, p->f[at].exp, RAT1);
	p->f[at].dead = rat_sign(p->f[at].exp) == 0;
	return true;
}

/* Q[i,a] Q[j,a] -> d[i,j] for orthogonal Q, by rows and by columns */
static bool
cancel_orthogonal(Prod *p, int at)
{
	Factor *f = &p->f[at];
	int *l = prod_labs(p, f);
	bool sym = node_symmetric(p->g, f->node);

	for (int s = 0; s < 2; s++) {
		if (prod_open(p, l[s]))
			continue;
		if (rat_is(f->exp, 2) && prod_uses(p, l[s]) == 1 && l[0] != l[1]) {    /* the squares of a row sum to one */
			f->dead = true;
			consume(p, l[s]);
			return true;
		}
		if (!rat_is(f->exp, 1) || prod_uses(p, l[s]) != 2 || l[0] == l[1])
			continue;
		for (int i = 0; i < p->nf; i++) {
			Factor *h = &p->f[i];
			int *m = prod_labs(p, h);

			if (i == at || h->dead || h->node != f->node || !rat_is(h->exp, 1) || m[0] == m[1])
				continue;
			if (m[s] == l[s] || (sym && m[!s] == l[s])) {
				int o = m[s] == l[s] ? m[!s] : m[s];

				f->dead = h->dead = true;
				consume(p, l[s]);
				prod_join(p, l[!s], o);
				return true;
			}
		}
	}
	return false;
}

/* A^k[i,j] A^l[j,m] -> A^(k+l)[i,m]; l may be 1 */
static bool
merge_powers(Prod *p, int at)
{
	Node *power = p->f[at].node, *base = power->kid[0];
	int *l = prod_labs(p, &p->f[at]);

	if (!rat_is(p->f[at].exp, 1) || l[0] == l[1])
		return false;
	for (int i = 0; i < p->nf; i++) {
		Factor *h = &p->f[i];
		int *m = prod_labs(p, h), k, from, to, mid;
		Node *n;

		if (i == at || h->dead || !rat_is(h->exp, 1) || h->node->nax != 2 || m[0] == m[1])
			continue;
		if (h->node == base)
			k = 1;
		else if (h->node->kind == N_FN && h->node->fun == power->fun && h->node->kid[0] == base)
			k = h->node->param;
		else
			continue;
		if (l[1] == m[0]) {
			from = l[0];
			mid = l[1];
			to = m[1];
		} else if (m[1] == l[0]) {
			from = m[0];
			mid = l[0];
			to = l[1];
		} else {
			continue;
		}
		if (prod_open(p, mid) || prod_uses(p, mid) != 2 || power->param > INT_MAX - k)
			continue;
		h->dead = true;
		consume(p, mid);
		n = node_fn(p->g, power->fun, power->param + k, 1, &base);
		replace(p, &p->f[at], n, (int[]){from, to});
		return true;
	}
	return false;
}

/* More than RUN factors A in a row, A[i,j] A[j,k] ..., are one power node, however the product came about. */
enum { RUN = 16, RUN_CANON = 32 };

static bool
collapse_run(Prod *p, int at)
{
	Node *base = p->f[at].node;
	int *run = NEWN(p->g->a, int, p->nf + 1), n = 0, from, to;
	bool grown = true;

	run[n++] = at;
	from = prod_labs(p, &p->f[at])[0];
	to = prod_labs(p, &p->f[at])[1];
	while (grown) {
		grown = false;
		for (int i = 0; i < p->nf; i++) {
			Factor *h = &p->f[i];
			int *m = prod_labs(p, h);
			bool in = false;

			for (int j = 0; j < n; j++)
				in |= run[j] == i;
			if (in || h->dead || h->node != base || !rat_is(h->exp, 1) || m[0] == m[1])
				continue;
			if (m[0] == to && !prod_open(p, to) && prod_uses(p, to) == 2)
				to = m[1];
			else if (m[1] == from && !prod_open(p, from) && prod_uses(p, from) == 2)
				from = m[0];
			else
				continue;
			run[n++] = i;
			grown = true;
		}
	}
	if (n <= (p->g->canon_mode ? RUN_CANON : RUN) || from == to)
		return false;
	for (int j = 0; j < n; j++) {
		int *m = prod_labs(p, &p->f[run[j]]);

		for (int s = 0; s < 2; s++)
			if (m[s] != from && m[s] != to)
				consume(p, m[s]);
		p->f[run[j]].dead = true;
	}
	prod_factor(p, node_fn(p->g, &fun_table[F_mpow], n, 1, &base), (int[]){from, to});
	return true;
}

/* ---- the derivative tensor of expm, D[i,j,k,l] = d expm(A)[i,j] / d A[k,l] */

/* does M commute with A for sure: A is made of scalars times M and the identity */
static bool
commutes(const Node *a, const Node *m)
{
	if (a == m)
		return true;
	if (a->kind == N_NAMED)
		return commutes(a->kid[0], m);
	if (m->kind == N_NAMED)
		return commutes(a, m->kid[0]);
	if (a->kind == N_SUM) {
		for (int i = 0; i < a->n; i++)
			if (!commutes(a->kid[i], m))
				return false;
		return true;
	}
	if (a->kind == N_PROD) {
		int matrices = 0;

		for (int i = 0; i < a->n; i++)
			if (a->kid[i]->nax) {
				const int *l = node_labels(a, i);

				matrices++;
				if (a->kid[i] != m || l[0] != a->out[0] || l[1] != a->out[1])
					return false;
			}
		return matrices == 1 || a->out[0] == a->out[1];
	}
	return false;
}

static bool
frechet_rules(Prod *p, int at)
{
	Graph *g = p->g;
	Factor *f = &p->f[at];
	int *l = prod_labs(p, f);
	Node *arg = f->node->kid[0], *whole;

	if (f->node->param != 1 || !rat_is(f->exp, 1))
		return false;
	whole = node_fn(g, f->node->fun, 0, 1, &arg);
	if (l[0] == l[1] && !prod_open(p, l[0]) && prod_uses(p, l[0]) == 2) {   /* tr: d tr expm(A)/dA[k,l] = expm(A)[l,k] */
		consume(p, l[0]);
		replace(p, f, whole, (int[]){l[3], l[2]});
		return true;
	}
	if (l[2] == l[3] && !prod_open(p, l[2]) && prod_uses(p, l[2]) == 2) {   /* along the identity */
		consume(p, l[2]);
		replace(p, f, whole, (int[]){l[0], l[1]});
		return true;
	}
	for (int i = 0; i < p->nf; i++) {       /* along a matrix M that commutes with A: M*expm(A) */
		Factor *h = &p->f[i];
		int *m = prod_labs(p, h);

		if (i == at || h->dead || h->node->nax != 2 || !rat_is(h->exp, 1) || l[2] == l[3] || m[0] != l[2] ||
		    m[1] != l[3] || prod_open(p, l[2]) || prod_open(p, l[3]) || prod_uses(p, l[2]) != 2 ||
		    prod_uses(p, l[3]) != 2 || !commutes(arg, h->node))
			continue;
		int k = prod_label(p, arg->ax[0]);
		consume(p, l[2]);
		consume(p, l[3]);
		prod_labs(p, h)[0] = l[0];
		prod_labs(p, h)[1] = k;
		replace(p, &p->f[at], whole, (int[]){k, prod_labs(p, &p->f[at])[1]});
		return true;
	}
	return false;
}

static bool
apply_to(Prod *p, int i)
{
	Node *n = p->f[i].node;

	switch (n->kind) {
	case N_UNIT:
		return explode_unit(p, i);
	case N_INJ:
		return inj_rules(p, i);
	case N_FUSE:
		return fuse_rules(p, i);
	case N_FN:
		if (n->fun->id == F_inv)
			return cancel_inverse(p, i);
		if (n->fun->id == F_mpow)
			return merge_powers(p, i);
		return n->fun->id == F_expm && n->param && frechet_rules(p, i);
	case N_PROD:
		return absorb_network(p, i);
	case N_VAR:
		if (n->nax == 2 && (n->var->props & P_ORTHOGONAL) && cancel_orthogonal(p, i))
			return true;
		if (p->g->canon_mode && n->nax == 2 && (n->var->props & P_DIAGONAL)) {
			int *l = prod_labs(p, &p->f[i]);        /* D[i,j] -> D[i,i] d[i,j] */

			if (l[0] != l[1]) {
				prod_join(p, l[0], l[1]);
				return true;
			}
		}
		return false;
	default:
		return false;
	}
}

static void
refresh(Prod *p)
{
	for (int i = 0; i < p->nlabs; i++)
		p->lab[i] = prod_find(p, p->lab[i]);
	for (int i = 0; i < p->nout; i++)
		p->out[i] = prod_find(p, p->out[i]);
}

bool
prod_apply_rules(Prod *p)
{
	bool changed = false;

	for (int i = 0; i < p->nf && p->nf > RUN; i++) {
		Factor *f = &p->f[i];

		if (!f->dead && f->node->nax == 2 && rat_is(f->exp, 1) && prod_labs(p, f)[0] != prod_labs(p, f)[1] &&
		    !node_symmetric(p->g, f->node) && collapse_run(p, i)) {
			changed = true;
			refresh(p);
		}
	}
	if (!(p->has & (HAS_CONST | HAS_INV | HAS_ORTHO | HAS_FRECHET | HAS_DIAG | HAS_POWER | HAS_NETPOW)))
		return changed;
	for (int i = 0; i < p->nf && !p->zero; i++)
		if (!p->f[i].dead && apply_to(p, i)) {
			changed = true;
			refresh(p);
		}
	return changed;
}
