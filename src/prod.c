/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prod.c: products of labelled factors, the one way to make a PROD node. prod_end() brings what was
 * pushed to normal form: flattened, deltas contracted, equal factors merged to powers, constants
 * resolved, scalars split off, sums multiplied out in canonical mode; prod_canon.c then orders it.
 */
#include "prod.h"

Prod *
prod_begin(Graph *g)
{
	Prod *p = NEW(g->a, Prod);

	p->g = g;
	p->coef = RAT1;
	return p;
}

int
prod_label(Prod *p, Dim *d)
{
	Arena *a = p->g->a;
	int n = p->nl;

	PUSH(a, p->up, n, p->capup, p->nl);
	PUSH(a, p->dim, p->nl, p->capl, d);
	return p->nl - 1;
}

void
prod_coef(Prod *p, Rat r)
{
	p->coef = rat_mul(p->g->a, p->coef, r);
	if (rat_sign(r) == 0)
		p->zero = true;
}

int
prod_find(Prod *p, int l)
{
	while (p->up[l] != l)
		l = p->up[l] = p->up[p->up[l]];
	return l;
}

void
prod_join(Prod *p, int l1, int l2)
{
	l1 = prod_find(p, l1);
	l2 = prod_find(p, l2);
	if (l1 == l2)
		return;
	if (p->dim[l1] != p->dim[l2])
		bug(p->g->a, "labels of sizes %s and %s are joined", dim_text(p->g->a, p->dim[l1]),
		    dim_text(p->g->a, p->dim[l2]));
	if (l1 < l2)
		p->up[l2] = l1;
	else
		p->up[l1] = l2;
}

/* a scalar product that cannot be split: one connected network */
static bool
atomic(const Node *n)
{
	return n->nax == 0 && n->nlab > 0;
}

/* Products of more factors than a person reads at a glance stay one factor (for proofs: far more),
   so that the adjoints of a deep network, each a product with the one before, take linear and not
   cubic time. */
enum { FLAT_MAX = 24, FLAT_MAX_CANON = 400 };

static bool
stays_whole(const Graph *g, const Node *n)
{
	return n->nax > 0 && n->n > (g->canon_mode ? FLAT_MAX_CANON : FLAT_MAX);
}

static unsigned
kind_flags(const Node *n)
{
	switch (n->kind) {
	case N_UNIT:
	case N_FUSE:
	case N_INJ:
		return HAS_CONST;
	case N_FN:
		return (n->fun->id == F_inv ? HAS_INV : 0) |
			   (n->fun->id == F_expm ? HAS_EXPM : 0) |
			   (n->fun->id == F_mpow ? HAS_POWER : 0) | (n->fun->id == F_pinv ? HAS_PINV : 0);
	case N_VAR:
		return (n->var->props & (P_ORTHOGONAL | P_COLUMNS | P_ROWS | P_SQUARE) ? HAS_ORTHO : 0) |
			   (n->var->props & P_DIAGONAL ? HAS_DIAG : 0);
	case N_MAP:
		return n->fun->id == F_exp ? HAS_EXP : 0;
	case N_SUM:
		return HAS_SUM;
	case N_PROD:            /* e_i'*e_j */
		return n->nax == 0 && n->n == 2 && n->kid[0]->kind == N_UNIT ? HAS_CONST : 0;
	default:
		return 0;
	}
}

static void
push(Prod *p, Node *n, Rat exp, const int *labels)
{
	Factor f = {n, exp, p->nlabs, false};

	for (int i = 0; i < n->nax; i++)
		PUSH(p->g->a, p->lab, p->nlabs, p->caplabs, labels[i]);
	PUSH(p->g->a, p->f, p->nf, p->capf, f);
	p->has |= kind_flags(n);
	if (n->kind == N_PROD && n->nax)
		p->has |= HAS_NETPOW;
}

void
prod_factors(Prod *p, Node *n, const int *labels)
{
	int *map = NEWN(p->g->a, int, n->nlab + 1);

	prod_coef(p, n->coef[0]);
	for (int l = 0; l < n->nlab; l++)
		map[l] = -1;
	for (int i = 0; i < n->nax; i++) {
		if (map[n->out[i]] >= 0)
			prod_join(p, map[n->out[i]], labels[i]);
		else
			map[n->out[i]] = labels[i];
	}
	for (int l = 0; l < n->nlab; l++)
		if (map[l] < 0)
			map[l] = prod_label(p, n->labdim[l]);
	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax) {
		Node *k = n->kid[i];
		int l[8], *lk = k->nax <= 8 ? l : NEWN(p->g->a, int, k->nax);

		for (int j = 0; j < k->nax; j++)
			lk[j] = map[n->lab[off + j]];
		if (k->kind == N_POW)
			push(p, k->kid[0], k->coef[0], lk);
		else
			push(p, k, RAT1, lk);
	}
}

/* the factors of the PROD n, whose axes are `labels`, with its coefficient; or n as a factor */
static void
push_prod(Prod *p, Node *n, const int *labels)
{
	if (!atomic(n) && !stays_whole(p->g, n)) {
		prod_factors(p, n, labels);
		return;
	}
	prod_coef(p, n->coef[0]);
	push(p, prod_monic(p->g, n), RAT1, labels);
}

void
prod_factor(Prod *p, Node *n, const int *labels)
{
	for (int i = 0; i < n->nax; i++)
		if (p->dim[labels[i]] != n->ax[i])
			bug(p->g->a, "a label of size %s is put on an axis of size %s",
			    dim_text(p->g->a, p->dim[labels[i]]), dim_text(p->g->a, n->ax[i]));
	if (node_is_zero(n))
		p->zero = true;
	else if (n->kind == N_PROD)
		push_prod(p, n, labels);
	else if (n->kind == N_POW)
		push(p, n->kid[0], n->coef[0], labels);
	else
		push(p, n, RAT1, labels);
}

int
prod_uses(Prod *p, int l)
{
	int n = 0;

	for (int i = 0; i < p->nf; i++)
		if (!p->f[i].dead)
			for (int j = 0; j < p->f[i].node->nax; j++)
				n += p->lab[p->f[i].off + j] == l;
	return n;
}

bool
prod_open(Prod *p, int l)
{
	for (int i = 0; i < p->nout; i++)
		if (p->out[i] == l)
			return true;
	return false;
}

/* ---- normal form, pass by pass */

static void
to_roots(Prod *p)
{
	for (int i = 0; i < p->nlabs; i++)
		p->lab[i] = prod_find(p, p->lab[i]);
	for (int i = 0; i < p->nout; i++)
		p->out[i] = prod_find(p, p->out[i]);
}

/* A base that has become a number or a product again is taken apart; POW bases of numbers give
   their integer part. */
static bool
flatten(Prod *p)
{
	Arena *a = p->g->a;
	bool changed = false;

	for (int i = 0; i < p->nf; i++) {
		Factor *f = &p->f[i];
		Rat c;
		long e;

		if (!f->dead && f->node->kind == N_MAP && !rat_is(f->exp, 1) &&
		    ((f->node->fun->id == F_abs && rat_long(f->exp, &e) && e % 2 == 0) ||
		     (f->node->fun->id == F_exp && p->g->canon_mode && !rat_is(f->exp, -1)))) {
			/* |x|^2k -> x^2k; for proofs exp(u)^e -> exp(e*u) */
			if (f->node->fun->id == F_abs) {
				f->node = f->node->kid[0];
			} else {
				Node *n = node_map(p->g, f->node->fun, 1,
				                   (Node *[]){node_scale(p->g, f->exp, f->node->kid[0])});

				f->exp = n->kind == N_POW ? n->coef[0] : RAT1;
				f->node = n->kind == N_POW ? n->kid[0] : n;
			}
			changed = true;
		}
		if (!f->dead && f->node->kind == N_MAP && f->node->fun->id == F_step &&
			rat_sign(f->exp) > 0 && !rat_is(f->exp, 1)) {
			f->exp = RAT1;          /* step is 0 or 1 */
			changed = true;
		}
		if (!f->dead && is_sign(f->node) && rat_long(f->exp, &e) && e != 1 && e != 0) {
			f->exp = rat(e & 1, 1);
			f->dead = !(e & 1);
			changed = true;
		}
		if (!f->dead && f->node->kind == N_POW) {
			f->exp = rat_mul(a, f->exp, f->node->coef[0]);
			f->node = f->node->kid[0];
		}
		if (f->dead || f->node->kind != N_PROD)
			continue;
		if (node_is_num(f->node, &c)) {
			long fl;

			if (f->exp.big)
				continue;
			fl = f->exp.num / f->exp.den - (f->exp.num % f->exp.den < 0);
			if (fl == 0 || fl > 4096 || fl < -4096)
				continue;
			prod_coef(p, rat_pow(a, c, fl));
			f->exp = rat_add(a, f->exp, rat(-fl, 1));
			f->dead = rat_sign(f->exp) == 0;
			changed = true;
		} else if (rat_is(f->exp, 1) && !((atomic(f->node) || stays_whole(p->g, f->node)) &&
		             rat_is(f->node->coef[0], 1))) {
			int n = f->node->nax, *l = NEWN(a, int, n + 1);

			for (int j = 0; j < n; j++)
				l[j] = p->lab[f->off + j];
			f->dead = true;
			push_prod(p, p->f[i].node, l);
			changed = true;
		} else if (!rat_is(f->exp, 1) && rat_long(f->exp, &e) && !atomic(f->node)) {
			/* an elementwise base: its power by the constructor, which distributes it where that is
			   right */
			Node *q = node_pow(p->g, f->node, f->exp);

			if (q->kind == N_PROD) {
				int n = f->node->nax, *l = NEWN(a, int, n + 1);

				for (int j = 0; j < n; j++)
					l[j] = p->lab[f->off + j];
				f->dead = true;
				push_prod(p, q, l);
				changed = true;
			}
		}
	}
	return changed;
}

/* equal label lists, a symmetric factor's in either order */
static bool
same_labels(Prod *p, const Factor *f, const Factor *h)
{
	const int *x = prod_labs(p, f), *y = prod_labs(p, h);
	int n = f->node->nax;
	bool same = true;

	for (int i = 0; i < n && same; i++)
		same = x[i] == y[i];
	return same || (n == 2 && x[0] == y[1] && x[1] == y[0] && node_symmetric(p->g, f->node));
}

/* b^s * b^t -> b^(s+t) on the same labels; a unit vector is its own square. For proofs exp(u) *
   exp(v) -> exp(u + v). */
static bool
merge_equal(Prod *p)
{
	Graph *g = p->g;
	bool changed = false;

	for (int i = 0; i < p->nf; i++) {
		for (int j = i + 1; j < p->nf && !p->f[i].dead; j++) {
			Factor *f = &p->f[i], *h = &p->f[j];

			if (h->dead || h->node->nax != f->node->nax)
				continue;
			if (h->node == f->node && same_labels(p, f, h)) {
				h->dead = changed = true;
				if (f->node->kind == N_UNIT || f->node->kind == N_FUSE || f->node->kind == N_INJ)
					continue;
				f->exp = rat_add(g->a, f->exp, h->exp);
				if (rat_sign(f->exp) == 0)
					f->dead = true;
			} else if (g->canon_mode && (p->has & HAS_EXP) && f->node->kind == N_MAP &&
					   h->node->kind == N_MAP && f->node->fun->id == F_exp &&
					   h->node->fun->id == F_exp && same_labels(p, f, h)) {
				Sum *s = sum_begin(g, f->node->nax, f->node->ax);
				Node *n;

				if (f->node->nax == 2 && prod_labs(p, f)[0] != prod_labs(p, h)[0])
					continue;
				sum_add(s, f->exp, f->node->kid[0]);
				sum_add(s, h->exp, h->node->kid[0]);
				n = node_map(g, f->node->fun, 1, (Node *[]){sum_end(s)});
				f->dead = h->dead = changed = true;
				int *l = NEWN(g->a, int, n->nax + 1);
				for (int k = 0; k < n->nax; k++)
					l[k] = p->lab[f->off + k];
				prod_factor(p, n, l);
			}
		}
	}
	return changed;
}

/* labels in no factor that do not come out are summed over nothing: the size */
static bool
free_labels(Prod *p)
{
	bool changed = false;

	for (int l = 0; l < p->nl; l++)
		if (p->up[l] == l && p->dim[l] && !prod_open(p, l) && !prod_uses(p, l)) {
			prod_factor(p, node_dim(p->g, p->dim[l]), NULL);
			p->dim[l] = NULL;
			changed = true;
		}
	return changed;
}

static void
compact(Prod *p)
{
	int n = 0;

	for (int i = 0; i < p->nf; i++)
		if (!p->f[i].dead)
			p->f[n++] = p->f[i];
	p->nf = n;
}

static int
root_of(int *up, int x)
{
	while (up[x] != x)
		x = up[x] = up[up[x]];
	return x;
}

static Dim **
out_axes(Prod *p)
{
	Dim **ax = NEWN(p->g->a, Dim *, p->nout + 1);

	for (int i = 0; i < p->nout; i++)
		ax[i] = p->dim[p->out[i]];
	return ax;
}

/* Terms of very many factors fill memory before the budget is spent. */
bool
prod_budget(Graph *g)
{
	enum { MEMORY = 200 << 20 };

	if (g->budget >= 0 && arena_used(g->a) > MEMORY)
		g->budget = -1;
	return g->budget >= 0;
}

/* for proofs: the first factor that is a sum (or a small power of one) is multiplied out */
static Node *
distribute(Prod *p)
{
	Graph *g = p->g;
	Sum *s;
	long e = 0;
	int at = -1;

	for (int i = 0; i < p->nf && at < 0; i++)
		if (p->f[i].node->kind == N_SUM && rat_long(p->f[i].exp, &e) && e >= 1 && e <= 8)
			at = i;
	if (at < 0 || !prod_budget(g))
		return NULL;
	s = sum_begin(g, p->nout, out_axes(p));
	for (int t = 0; t < p->f[at].node->n; t++) {
		Prod *q = prod_begin(g);

		graph_spend(g);
		for (int l = 0; l < p->nl; l++)
			prod_label(q, p->up[l] == l ? p->dim[l] : NULL);
		q->coef = rat_mul(g->a, p->coef, p->f[at].node->coef[t]);
		for (int i = 0; i < p->nf; i++) {
			const Factor *f = &p->f[i];

			if (i != at)
				push(q, f->node, f->exp, prod_labs(p, f));
			else if (e > 1)
				push(q, f->node, rat(e - 1, 1), prod_labs(p, f));
		}
		prod_factor(q, p->f[at].node->kid[t], prod_labs(p, &p->f[at]));
		sum_add(s, RAT1, prod_end(q, p->nout, p->out));
	}
	return sum_end(s);
}

/* Closed components become scalar factors of their own, unless one is all there is. */
static bool
split_scalars(Prod *p)
{
	Graph *g = p->g;
	int *comp = NEWN(g->a, int, p->nl + 1), ngroup = 0, open = -1, nscalar = 0;
	bool changed = false;

	for (int l = 0; l < p->nl; l++)
		comp[l] = l;
	for (int i = 0; i < p->nf; i++) {
		int *l = prod_labs(p, &p->f[i]);

		nscalar += p->f[i].node->nax == 0;
		for (int j = 1; j < p->f[i].node->nax; j++)
			comp[root_of(comp, l[j])] = root_of(comp, l[0]);
	}
	for (int i = 1; i < p->nout; i++)
		comp[root_of(comp, p->out[i])] = root_of(comp, p->out[0]);
	if (p->nout)
		open = root_of(comp, p->out[0]);
	int *group = NEWN(g->a, int, p->nf + 1);
	for (int i = 0; i < p->nf; i++) {
		group[i] = p->f[i].node->nax ? root_of(comp, prod_labs(p, &p->f[i])[0]) : -1;
		if (group[i] >= 0 && group[i] != open) {
			int j = 0;

			while (j < i && group[j] != group[i])
				j++;
			ngroup += j == i;
		}
	}
	if (ngroup == 0 || (ngroup == 1 && nscalar == 0 && p->nout == 0))
		return false;
	int nf = p->nf;
	for (int i = 0; i < nf; i++) {
		Prod *q;

		if (p->f[i].dead || group[i] < 0 || group[i] == open)
			continue;
		q = prod_begin(g);
		for (int l = 0; l < p->nl; l++)
			prod_label(q, NULL);
		for (int j = i; j < nf; j++)
			if (!p->f[j].dead && group[j] == group[i]) {
				int *l = prod_labs(p, &p->f[j]);

				for (int k = 0; k < p->f[j].node->nax; k++) {   /* the labels move with them */
					if (p->dim[l[k]])
						q->dim[l[k]] = p->dim[l[k]];
					p->dim[l[k]] = NULL;
				}
				push(q, p->f[j].node, p->f[j].exp, l);
				p->f[j].dead = true;
			}
		prod_factor(p, prod_end(q, 0, NULL), NULL);
		changed = true;
	}
	compact(p);
	return changed;
}

/* a monic PROD with the coefficient c: the same network */
static Node *
scaled(Graph *g, const Node *n, Rat c)
{
	Node m = *n;

	m.coef = NEW(g->a, Rat);
	m.coef[0] = c;
	m.canon = NULL;
	m.sym_fact = m.pos_fact = m.flat_fact = 0;
	return node_intern(g, &m);
}

Node *
prod_end(Prod *p, int nout, const int *out)
{
	Graph *g = p->g;
	Node *n;

	p->nout = nout;
	p->out = NEWN(g->a, int, nout + 1);
	for (int i = 0; i < nout; i++)
		p->out[i] = out[i];
	for (;;) {
		bool changed;

		if (p->zero)
			return node_zero(g, nout, out_axes(p));
		do {
			to_roots(p);
			changed = flatten(p);
			to_roots(p);
			changed |= merge_equal(p);
			changed |= prod_apply_rules(p);
			to_roots(p);
			changed |= free_labels(p);
		} while (changed && !p->zero);
		if (p->zero)
			continue;
		compact(p);
		if (g->canon_mode && (p->has & HAS_SUM) && (n = distribute(p)))
			return n;
		if (split_scalars(p))
			continue;
		if (g->canon_mode && (p->has & HAS_CONST) && p->nf > 1) {
			bool again = false;

			for (int i = 0; i < p->nf && !again; i++)
				again = prod_equal_indices(p, i);
			if (again)
				continue;
		}
		if (g->canon_mode && (p->has & (HAS_SUM | HAS_INV)) && (n = canon_rewrite(p)))
			return n;
		if (p->nf == 1 && nout == 0 && atomic(p->f[0].node) && p->f[0].node->kind == N_PROD &&
			rat_is(p->f[0].exp, 1))
			return scaled(g, p->f[0].node, p->coef);
		return prod_intern(p);
	}
}

Node *
prod_monic(Graph *g, Node *n)
{
	if (rat_is(n->coef[0], 1))
		return n;
	if (n->n == 1) {
		bool plain = n->nax == n->nlab && n->kid[0]->nax == n->nax;

		for (int i = 0; i < n->nax && plain; i++)
			plain = n->out[i] == n->lab[i] && n->out[i] == i;
		if (plain)
			return n->kid[0];
		if (n->kid[0]->kind == N_SUM) {         /* a transposed sum: see prod_intern */
			Prod *p = prod_begin(g);

			for (int l = 0; l < n->nlab; l++)
				prod_label(p, n->labdim[l]);
			prod_factor(p, n->kid[0], n->lab);
			return prod_end(p, n->nax, n->out);
		}
	}
	return scaled(g, n, RAT1);
}
