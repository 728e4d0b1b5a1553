/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prod_rules.c: what special factors do to their neighbours in a product under construction
 * (constants: prod_const.c): an inverse meets its matrix, an orthogonal matrix its transpose, a
 * power its base, an exponential one of a multiple, the Frechet derivative of expm a matrix that
 * commutes. Every rule lowers the number of factors or of joined slots, so passes end.
 */
#include <limits.h>

#include "prod.h"

/* P = inv(C) on labels (near, far), near towards C: C matched with its axis `side` on near */
static bool
cancel_side(Prod *p, int at, int near, int far, int side)
{
	Node *c = p->f[at].node->kid[0];
	Graph *g = p->g;
	Match m;
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
			prod_consume(p, near);
			prod_join(p, far, other);
			return true;
		}
		return false;
	}
	if (c->n == 0 || c->n > 8 || c->out[0] == c->out[1])
		return false;
	m = match_new(p, c, at);
	m.lab[c->out[side]] = near;
	for (int i = 0, off = 0; i < c->n; i++)
		for (int j = 0; j < c->kid[i]->nax; j++)
			uses += c->lab[off++] == c->out[side];
	if (prod_uses(p, near) != uses + 1 || !match_run(&m))
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
	prod_consume(p, near);
	for (int l = 0; l < c->nlab; l++)
		if (l != c->out[0] && l != c->out[1])
			prod_consume(p, m.lab[l]);
	prod_join(p, far, other);
	return true;
}

/* inv(C)[i,j] C[j,k] -> d[i,k], C[i,j] inv(C)[j,k] -> d[i,k], in either orientation when C is
   symmetric */
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
	Match m;

	if (rat_is(p->f[at].exp, 1) || c->n == 0 || c->n > 8 || c->nax == 0)
		return false;
	m = match_new(p, c, at);
	for (int i = 0; i < c->nax; i++) {
		int l = prod_labs(p, &p->f[at])[i];

		if (m.lab[c->out[i]] >= 0 && m.lab[c->out[i]] != l)
			return false;
		m.lab[c->out[i]] = l;
	}
	for (int i = 0; i < c->n; i++)
		if (c->kid[i]->nax == 0)        /* a scalar inside the power would have to be found, not
		                                   divided out */
			return false;
	if (!match_run(&m))
		return false;
	prod_coef(p, rat_inv(g->a, c->coef[0]));
	for (int i = 0; i < c->n; i++)
		p->f[m.hit[i]].dead = true;
	for (int l = 0; l < c->nlab; l++) {
		bool outer = false;

		for (int i = 0; i < c->nax; i++)
			outer |= c->out[i] == l;
		if (!outer)
			prod_consume(p, m.lab[l]);
	}
	p->f[at].exp = rat_add(g->a, p->f[at].exp, RAT1);
	p->f[at].dead = rat_sign(p->f[at].exp) == 0;
	return true;
}

/* u[i] u[i] -> 1 for a unit vector */
static bool
cancel_unit_vector(Prod *p, int at)
{
	Factor *f = &p->f[at];
	int l = prod_labs(p, f)[0];

	if (!rat_is(f->exp, 2) || prod_uses(p, l) != 1 || prod_open(p, l))
		return false;
	f->dead = true;
	prod_consume(p, l);
	return true;
}

/* Q[i,a] Q[j,a] -> d[i,j] for orthogonal Q, by rows and by columns; by one of them for orthonormal
   rows or columns */
static bool
cancel_orthogonal(Prod *p, int at)
{
	Factor *f = &p->f[at];
	int *l = prod_labs(p, f);
	bool sym = node_symmetric(p->g, f->node);

	for (int s = 0; s < 2; s++) {
		if (prod_open(p, l[s]) ||
			!(f->node->var->props & (P_ORTHOGONAL | (s ? P_ROWS : P_COLUMNS))))
			continue;
		/* the squares of a row sum to one */
		if (rat_is(f->exp, 2) && prod_uses(p, l[s]) == 1 && l[0] != l[1]) {
			f->dead = true;
			prod_consume(p, l[s]);
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
				prod_consume(p, l[s]);
				prod_join(p, l[!s], o);
				return true;
			}
		}
	}
	return false;
}

/* A[i,a] A[a,j] -> A[i,j] for A*A == A, d[i,j] for A*A == I, 0 for A*A == 0 */
static bool
square_root(Prod *p, int at)
{
	Factor *f = &p->f[at];
	int *l = prod_labs(p, f);
	bool sym = node_symmetric(p->g, f->node);
	unsigned props = f->node->var->props;

	if (!rat_is(f->exp, 1) || l[0] == l[1] || prod_open(p, l[1]) || prod_uses(p, l[1]) != 2)
		return false;
	for (int i = 0; i < p->nf; i++) {
		Factor *h = &p->f[i];
		int *m = prod_labs(p, h);

		if (i == at || h->dead || h->node != f->node || !rat_is(h->exp, 1) || m[0] == m[1] ||
			(m[0] != l[1] && !(sym && m[1] == l[1])))
			continue;
		int end = m[0] == l[1] ? m[1] : m[0], from = l[0], mid = l[1];

		p->zero = p->zero || props & P_SQUARE_ZERO;
		f->dead = !(props & P_IDEMPOTENT);
		h->dead = true;
		prod_consume(p, mid);
		if (props & P_INVOLUTORY)
			prod_join(p, from, end);
		else
			prod_replace(p, f, f->node, (int[]){from, end});
		return true;
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
		prod_consume(p, mid);
		n = node_fn(p->g, power->fun, power->param + k, 1, &base);
		prod_replace(p, &p->f[at], n, (int[]){from, to});
		return true;
	}
	return false;
}

/* y = c*x for a rational c */
static bool
is_multiple(Graph *g, Node *x, Node *y)
{
	Node *n[2] = {x, y};
	Rat c[2];

	for (int i = 0; i < 2; i++)
		c[i] = n[i]->kind == N_PROD || (n[i]->kind == N_SUM && n[i]->n) ? n[i]->coef[0] : RAT1;
	return node_scale(g, rat_mul(g->a, c[1], rat_inv(g->a, c[0])), x) == y;
}

/* expm(X)[i,j] expm(c*X)[j,m] -> expm((1 + c)*X)[i,m] */
static bool
merge_exponentials(Prod *p, int at)
{
	Node *n = p->f[at].node;
	int *l = prod_labs(p, &p->f[at]);

	if (!rat_is(p->f[at].exp, 1) || l[0] == l[1] || prod_open(p, l[1]) || prod_uses(p, l[1]) != 2)
		return false;
	for (int i = 0; i < p->nf; i++) {
		Factor *h = &p->f[i];
		int *m = prod_labs(p, h), out[2];
		Node *sum;

		if (i == at || h->dead || !rat_is(h->exp, 1) || h->node->kind != N_FN ||
			h->node->fun != n->fun || h->node->param || m[0] != l[1] || m[0] == m[1] ||
			!is_multiple(p->g, n->kid[0], h->node->kid[0]))
			continue;
		out[0] = l[0];
		out[1] = m[1];
		h->dead = true;
		prod_consume(p, m[0]);
		sum = node_add(p->g, n->kid[0], h->node->kid[0]);
		prod_replace(p, &p->f[at], node_fn(p->g, n->fun, 0, 1, &sum), out);
		return true;
	}
	return false;
}

/* More than RUN factors A in a row, A[i,j] A[j,k] ..., are one power node, however the product came
   about. */
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
				prod_consume(p, m[s]);
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
	/* tr: d tr expm(A)/dA[k,l] = expm(A)[l,k] */
	if (l[0] == l[1] && !prod_open(p, l[0]) && prod_uses(p, l[0]) == 2) {
		prod_consume(p, l[0]);
		prod_replace(p, f, whole, (int[]){l[3], l[2]});
		return true;
	}
	if (l[2] == l[3] && !prod_open(p, l[2]) && prod_uses(p, l[2]) == 2) {   /* along the identity */
		prod_consume(p, l[2]);
		prod_replace(p, f, whole, (int[]){l[0], l[1]});
		return true;
	}
	for (int i = 0; i < p->nf; i++) {       /* along a matrix M that commutes with A: M*expm(A) */
		Factor *h = &p->f[i];
		int *m = prod_labs(p, h);

		if (i == at || h->dead || h->node->nax != 2 || !rat_is(h->exp, 1) || l[2] == l[3] ||
			m[0] != l[2] || m[1] != l[3] || prod_open(p, l[2]) || prod_open(p, l[3]) ||
			prod_uses(p, l[2]) != 2 || prod_uses(p, l[3]) != 2 || !commutes(arg, h->node))
			continue;
		int k = prod_label(p, arg->ax[0]);
		prod_consume(p, l[2]);
		prod_consume(p, l[3]);
		prod_labs(p, h)[0] = l[0];
		prod_labs(p, h)[1] = k;
		prod_replace(p, &p->f[at], whole, (int[]){k, prod_labs(p, &p->f[at])[1]});
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
	case N_INJ:
	case N_FUSE:
		return prod_const_rule(p, i);
	case N_FN:
		if (n->fun->id == F_inv)
			return cancel_inverse(p, i);
		if (n->fun->id == F_mpow)
			return merge_powers(p, i);
		if (n->fun->id == F_pinv)
			return prod_pinv_rule(p, i);
		if (n->fun->id == F_expm)
			return n->param ? frechet_rules(p, i) : merge_exponentials(p, i);
		return false;
	case N_PROD:
		return absorb_network(p, i);
	case N_SUM:
		return prod_block_rule(p, i);
	case N_VAR:
		if (n->nax == 2 && (n->var->props & (P_ORTHOGONAL | P_COLUMNS | P_ROWS)) &&
			cancel_orthogonal(p, i))
			return true;
		if (n->nax == 2 && (n->var->props & P_SQUARE) && square_root(p, i))
			return true;
		if (n->nax == 1 && (n->var->props & P_COLUMNS) && cancel_unit_vector(p, i))
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

		if (!f->dead && f->node->nax == 2 && rat_is(f->exp, 1) &&
			prod_labs(p, f)[0] != prod_labs(p, f)[1] && !node_symmetric(p->g, f->node) &&
			collapse_run(p, i)) {
			changed = true;
			refresh(p);
		}
	}
	if (!(p->has & (HAS_CONST | HAS_INV | HAS_ORTHO | HAS_EXPM | HAS_DIAG | HAS_POWER |
					   HAS_NETPOW | HAS_SUM | HAS_PINV)))
		return changed;
	for (int i = 0; i < p->nf && !p->zero; i++)
		if (!p->f[i].dead && apply_to(p, i)) {
			changed = true;
			refresh(p);
		}
	return changed;
}
