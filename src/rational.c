/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rational.c: canonical form (canon.c) of what is rational in matrices and scalars. The inverse Z
 * of a sum S = T + R, where T is the leading term, satisfies Z T = I - Z R and T Z = I - R Z: read
 * from left to right these are rewritings that lower the order of terms, and so bring products with
 * inverses of sums to a form in which Z never stands beside T (push-through, Woodbury, resolvent
 * identities). Likewise for a scalar or elementwise quotient: T/S = 1 - R/S. What is common to all
 * terms of S leaves the inverse first, so that 1/(1 + exp(-z)) and exp(z)/(1 + exp(z)) agree.
 */
#include "prod.h"

/* ---- exponentials: exp(u) with the sign of u normalised, exp(-u) = exp(u)^-1 */

static bool
leads_negative(const Node *u)
{
	if (u->kind == N_SUM)
		return u->n && rat_sign(u->coef[u->n - 1]) < 0;
	return u->kind == N_PROD && rat_sign(u->coef[0]) < 0;
}

Node *
canon_exp(Graph *g, const Fun *f, Node *u)
{
	Node pow = {.kind = N_POW, .n = 1, .nax = u->nax, .ax = u->ax},
		 map = {.kind = N_MAP, .fun = f, .n = 1};
	bool minus = leads_negative(u);
	Node *e;

	if (minus)
		u = node_scale(g, rat(-1, 1), u);
	map.nax = u->nax;
	map.ax = u->ax;
	map.kid = NEW(g->a, Node *);
	map.kid[0] = u;
	e = node_intern(g, &map);
	if (!minus)
		return e;
	pow.kid = NEW(g->a, Node *);
	pow.kid[0] = e;
	pow.coef = NEW(g->a, Rat);
	pow.coef[0] = rat(-1, 1);
	return node_intern(g, &pow);
}

/* ---- the monomials of a sum */

/* an elementwise factor: scalar, or on all axes of the node in order */
typedef struct Power { Node *base; Rat exp; } Power;
typedef struct Mono { int n, cap; Power *p; } Mono;

static void
mono_add(Graph *g, Mono *m, Node *base, Rat e)
{
	for (int i = 0; i < m->n; i++)
		if (m->p[i].base == base) {
			m->p[i].exp = rat_add(g->a, m->p[i].exp, e);
			return;
		}
	PUSH(g->a, m->p, m->n, m->cap, ((Power){base, e}));
}

static Rat
mono_exp(const Mono *m, const Node *base)
{
	for (int i = 0; i < m->n; i++)
		if (m->p[i].base == base)
			return m->p[i].exp;
	return RAT0;
}

/* The elementwise factors of a term; *whole when there is nothing else in it (no network with inner
   labels). scalars: only those. */
static Mono
mono_of(Graph *g, Node *t, bool scalars, bool *whole)
{
	Mono m = {0};

	*whole = true;
	if (t->kind != N_PROD || (t->nax == 0 && t->nlab)) {
		if (!scalars || t->nax == 0)
			mono_add(g, &m, t->kind == N_POW ? t->kid[0] : t, t->kind == N_POW ? t->coef[0] : RAT1);
		else
			*whole = false;
		return m;
	}
	for (int i = 0, off = 0; i < t->n; off += t->kid[i++]->nax) {
		Node *k = t->kid[i];
		bool direct = k->nax == 0 || (!scalars && k->nax == t->nax && t->nlab == t->nax);

		for (int j = 0; j < k->nax && direct; j++)
			direct = t->out[j] == t->lab[off + j] && t->out[j] == j;
		if (direct)
			mono_add(g, &m, k->kind == N_POW ? k->kid[0] : k, k->kind == N_POW ? k->coef[0] : RAT1);
		else
			*whole = false;
	}
	return m;
}

/* ---- content: what all terms of a sum share, with the least exponent */

/* s = content * rest. Returns the rest (a sum or not) and the content as powers and a rational;
   false when it is 1. */
static bool
content_of(Graph *g, Node *s, bool scalars, Mono *c, Rat *r, Node **rest)
{
	Mono *m = NEWN(g->a, Mono, s->n);
	bool whole, any = false;
	Sum *t;

	if (s->n == 0 || g->budget < 0) /* sums in the terms stay as they are: divided by their own
	                                   inverse they are not gone */
		return false;
	*c = (Mono){0};
	for (int i = 0; i < s->n; i++)
		m[i] = mono_of(g, s->kid[i], scalars, &whole);
	for (int i = 0; i < s->n; i++)
		for (int j = 0; j < m[i].n; j++) {
			Node *b = m[i].p[j].base;
			Rat least = m[i].p[j].exp;
			bool seen = false;

			for (int k = 0; k < c->n; k++)
				seen |= c->p[k].base == b;
			if (seen)
				continue;
			for (int k = 0; k < s->n; k++) {
				Rat e = mono_exp(&m[k], b);

				if (rat_cmp(e, least) < 0)
					least = e;
			}
			mono_add(g, c, b, least);
			any |= rat_sign(least) != 0;
		}
	*r = s->coef[s->n - 1];
	if (!any && rat_is(*r, 1))
		return false;
	t = sum_begin(g, s->nax, s->ax);
	for (int i = 0; i < s->n; i++) {
		Prod *p = prod_begin(g);
		int *l = NEWN(g->a, int, s->nax + 1);

		for (int j = 0; j < s->nax; j++)
			l[j] = prod_label(p, s->ax[j]);
		prod_coef(p, rat_mul(g->a, s->coef[i], rat_inv(g->a, *r)));
		prod_factor(p, s->kid[i], l);
		for (int k = 0; k < c->n; k++)
			if (rat_sign(c->p[k].exp))
				prod_factor(p, node_pow(g, c->p[k].base, rat_neg(g->a, c->p[k].exp)), l);
		sum_add(t, RAT1, prod_end(p, s->nax, l));
	}
	*rest = sum_end(t);
	return true;
}

/* c^e * x, elementwise; x on all axes */
static Node *
with_content(Graph *g, const Mono *c, Rat r, Rat e, Node *x)
{
	Prod *p = prod_begin(g);
	int *l = NEWN(g->a, int, x->nax + 1);

	for (int j = 0; j < x->nax; j++)
		l[j] = prod_label(p, x->ax[j]);
	prod_factor(p, node_pow(g, node_num(g, r), e), NULL);
	for (int k = 0; k < c->n; k++)
		if (rat_sign(c->p[k].exp))
			prod_factor(p, node_pow(g, c->p[k].base, rat_mul(g->a, c->p[k].exp, e)), l);
	prod_factor(p, x, l);
	return prod_end(p, x->nax, l);
}

/* S^e for a sum S, e a negative integer: the content outside, the rest with leading coefficient 1.
   NULL: as it is. */
Node *
canon_sum_power(Graph *g, Node *s, Rat e)
{
	Mono c;
	Rat r;
	Node *rest;

	if (!rat_is_int(e) || !content_of(g, s, false, &c, &r, &rest))
		return NULL;
	return with_content(g, &c, r, e, node_pow(g, rest, e));
}

/* inv(S): scalar content outside. NULL: as it is. */
Node *
canon_sum_inverse(Graph *g, const Fun *inv, Node *s)
{
	Mono c;
	Rat r;
	Node *rest;

	if (!content_of(g, s, true, &c, &r, &rest))
		return NULL;
	return with_content(g, &c, r, rat(-1, 1), node_fn(g, inv, 0, 1, &rest));
}

/* ---- logarithms: log(c * a^s * b^t ...) = log(c) + s*log(a) + t*log(b) ... as far as the factors
   are positive */

static Node *
log_of(Graph *g, const Fun *log, Node *z)
{
	return node_map(g, log, 1, &z);
}

Node *
canon_log(Graph *g, const Fun *log, Node *z)
{
	Mono c = {0};
	Rat r = RAT1;
	Node *rest = NULL;
	Sum *s;
	bool whole, any = false;

	if (z->kind == N_SUM && z->n) {
		if (!content_of(g, z, false, &c, &r, &rest))
			return NULL;
	} else if (z->kind == N_PROD && z->n) {
		int *l = NEWN(g->a, int, z->nax + 1);
		Prod *p = prod_begin(g);

		c = mono_of(g, z, false, &whole);
		if (c.n == 1 && c.p[0].base == z)       /* a positive sum of entries: nothing to take
		                                           apart */
			return NULL;
		for (int i = 0; i < z->nax; i++)
			l[i] = prod_label(p, z->ax[i]);
		prod_factor(p, z, l);
		for (int i = 0; i < c.n; i++)   /* what is positive leaves the logarithm */
			if (node_positive(g, c.p[i].base))
				prod_factor(p, node_pow(g, c.p[i].base, rat_neg(g->a, c.p[i].exp)), l);
		rest = prod_end(p, z->nax, l);
	} else if (z->kind == N_POW) {
		mono_add(g, &c, z->kid[0], z->coef[0]);
		rest = node_ones(g, z->nax, z->ax);
	} else {
		return NULL;
	}
	if (rat_sign(r) < 0) {
		r = rat_neg(g->a, r);
		rest = node_scale(g, rat(-1, 1), rest);
	}
	s = sum_begin(g, z->nax, z->ax);
	for (int i = 0; i < c.n; i++) {
		Node *b = c.p[i].base;

		if (rat_sign(c.p[i].exp) == 0)
			continue;
		if (!node_positive(g, b)) {
			if (z->kind == N_PROD)
				continue;       /* it stayed in the rest */
			return NULL;
		}
		any = true;
		b = log_of(g, log, b);
		sum_add(s, c.p[i].exp, b->nax == z->nax ? b : node_broadcast(g, b, z->nax, z->ax));
	}
	if (!any && rat_is(r, 1))
		return NULL;
	if (!rat_is(r, 1))
		sum_add(s, RAT1, node_broadcast(g, log_of(g, log, node_num(g, r)), z->nax, z->ax));
	sum_add(s, RAT1, log_of(g, log, rest));
	return sum_end(s);
}

/* ---- rewriting beside inverses */

static int
matrix_factors(const Node *t)
{
	int n = 0;

	if (t->kind != N_PROD)
		return t->nax > 0;
	for (int i = 0; i < t->n; i++)
		n += t->kid[i]->nax > 0;
	return n;
}

/* The leading term of a sum: most matrix factors, then the youngest; -1 when no term has any. */
static int
leading(const Node *s)
{
	int best = -1;

	for (int i = 0; i < s->n; i++) {
		int n = matrix_factors(s->kid[i]), b = best < 0 ? 0 : matrix_factors(s->kid[best]);

		if (n > b || (n && n == b && s->kid[i]->id > s->kid[best]->id))
			best = i;
	}
	return best;
}

/* p with some factors gone, as a new product over the same labels */
static Prod *
remaining(Prod *p, const bool *gone)
{
	Prod *q = prod_begin(p->g);

	for (int l = 0; l < p->nl; l++)
		prod_label(q, p->up[l] == l ? p->dim[l] : NULL);
	prod_coef(q, p->coef);
	for (int i = 0; i < p->nf; i++) {
		const Factor *f = &p->f[i];

		if (!gone[i])
			prod_factor(
				q, rat_is(f->exp, 1) ? f->node : node_pow(p->g, f->node, f->exp), prod_labs(p, f));
	}
	return q;
}

/* a label in no factor of q and not open is no free label here: its sum went into what was
   replaced; but the axis `other` of that stays one, though nothing may be left on it: C*C'*1 beside
   inv(1*1' + C*C') leaves 1*1'*1 */
static void
forget_unused(Prod *p, Prod *q, int other)
{
	bool *used = NEWN(p->g->a, bool, q->nl + 1);

	/* labels that were joined on the way count as one */
	for (int i = 0; i < q->nlabs; i++)
		used[prod_find(q, q->lab[i])] = true;
	used[prod_find(q, other)] = true;
	for (int l = 0; l < p->nl; l++)
		if (prod_open(p, l))
			used[prod_find(q, l)] = true;
	for (int l = 0; l < p->nl; l++)
		if (!used[prod_find(q, l)])
			q->dim[l] = NULL;
}

/* A term without its scalar factors, which go to *scalars (NULL: it has none). */
static Node *
matrix_part(Graph *g, Node *t, Node **scalars)
{
	int *l, *out;
	Prod *p;

	*scalars = NULL;
	if (t->kind != N_PROD)
		return t;
	l = NEWN(g->a, int, t->nlab + 1);
	out = NEWN(g->a, int, t->nax + 1);
	p = prod_begin(g);
	for (int i = 0; i < t->nlab; i++)
		l[i] = prod_label(p, t->labdim[i]);
	for (int i = 0, off = 0; i < t->n; off += t->kid[i++]->nax) {
		int *at = NEWN(g->a, int, t->kid[i]->nax + 1);

		for (int j = 0; j < t->kid[i]->nax; j++)
			at[j] = l[t->lab[off + j]];
		if (t->kid[i]->nax)
			prod_factor(p, t->kid[i], at);
		else
			*scalars = *scalars ? node_emul(g, *scalars, t->kid[i]) : t->kid[i];
	}
	for (int i = 0; i < t->nax; i++)
		out[i] = l[t->out[i]];
	return *scalars ? prod_end(p, t->nax, out) : t;
}

/* T found beside Z = p->f[at] = inv(S) on label near (T's axis `side` there): the sum of the
   rewritten products. The terms of S that are T but for scalars go together: T = (S - the
   others)/(their sum). turned: Z is symmetric and T is looked for on its other axis; not where S
   has the transpose of T too, which would take turns with T for ever: but under a trace both are
   one. */
static Node *
rewrite_side(Prod *p, int at, int near, int far, int side, bool turned)
{
	Graph *g = p->g;
	Node *z = p->f[at].node, *s = z->kid[0], *t, *alone, *scalars;
	int lead = leading(s), other = -1, uses = 0;
	bool *gone, *like, several = false, transposed = false;
	Rat scale;
	Sum *sum;
	Node *by = NULL;        /* the scalar factors of T, divided out */
	Dim **ax;

	if (lead < 0 || prod_open(p, near))
		return NULL;
	t = s->kid[lead];
	gone = NEWN(g->a, bool, p->nf + 1);
	gone[at] = true;
	scale = rat_inv(g->a, s->coef[lead]);
	like = NEWN(g->a, bool, s->n);
	like[lead] = true;
	alone = matrix_part(g, t, &scalars);
	for (int k = 0; k < s->n; k++) {
		Node *part = matrix_part(g, s->kid[k], &scalars);

		if (k == lead)
			continue;
		transposed |= turned && part == node_transpose(g, alone);
		like[k] = part == alone;
		several |= like[k];
	}
	if (several) {
		Sum *c = sum_begin(g, 0, NULL);

		for (int k = 0; k < s->n; k++) {
			if (!like[k])
				continue;
			matrix_part(g, s->kid[k], &scalars);
			sum_add(c, s->coef[k], scalars ? scalars : node_num(g, RAT1));
		}
		by = sum_end(c);
		if (node_is_zero(by))
			return NULL;
		scale = RAT1;
		t = alone;
	}
	if (t->kind != N_PROD) {
		for (int i = 0; i < p->nf && other < 0; i++) {
			int *l = prod_labs(p, &p->f[i]);

			if (i != at && p->f[i].node == t && rat_is(p->f[i].exp, 1) && l[0] != l[1] &&
				(l[side] == near || (node_symmetric(g, t) && l[!side] == near)) &&
				prod_uses(p, near) == 2) {
				other = l[side] == near ? l[!side] : l[side];
				gone[i] = true;
			}
		}
		if (other < 0)
			return NULL;
	} else {
		Match m = match_new(p, t, at);

		if (t->out[0] == t->out[1])
			return NULL;
		m.lab[t->out[side]] = near;
		for (int i = 0, off = 0; i < t->n; i++)
			for (int j = 0; j < t->kid[i]->nax; j++)
				uses += t->lab[off++] == t->out[side];
		if (uses == 0 || prod_uses(p, near) != uses + 1 || !match_run(&m))
			return NULL;
		other = m.lab[t->out[!side]];
		if (other < 0 || other == near)
			return NULL;
		for (int i = 0; i < t->n; i++) {
			if (m.hit[i] >= 0)
				gone[m.hit[i]] = true;
			else
				by = by ? node_emul(g, by, t->kid[i]) : t->kid[i];
		}
	}
	if (transposed && other != far)
		return NULL;
	ax = NEWN(g->a, Dim *, p->nout + 1);
	for (int i = 0; i < p->nout; i++)
		ax[i] = p->dim[p->out[i]];
	sum = sum_begin(g, p->nout, ax);
	for (int k = -1; k < s->n; k++) {
		Prod *q;
		int l[2];

		if (k >= 0 && like[k])
			continue;
		graph_spend(g);
		q = remaining(p, gone);
		q->nout = p->nout;
		q->out = p->out;
		prod_coef(q, scale);
		if (by)
			prod_factor(q, node_pow(g, by, rat(-1, 1)), NULL);
		if (k < 0) {                    /* the identity between far and other */
			if (other != far && prod_open(p, far))
				q->dim[far] = p->dim[far];
			for (int i = 0; i < p->nl; i++)
				if (i != far && i != other && q->dim[i] && !prod_uses(q, i) && !prod_open(p, i))
					q->dim[i] = NULL;
			prod_join(q, far, other);
			sum_add(sum, RAT1, prod_end(q, p->nout, p->out));
			continue;
		}
		prod_coef(q, rat_neg(g->a, s->coef[k]));
		l[side] = near;
		l[!side] = other;
		prod_factor(q, z, prod_labs(p, &p->f[at]));
		prod_factor(q, s->kid[k], l);
		forget_unused(p, q, other);
		sum_add(sum, RAT1, prod_end(q, p->nout, p->out));
	}
	return sum_end(sum);
}

/* Are all powers of m among the elementwise factors of p beside factor `at`, with the same sign (or
   the opposite) and at least as high? left: the exponents that remain when they are divided out. */
static bool
has_powers(Prod *p, int at, const Mono *m, int sign, Rat *left)
{
	Arena *a = p->g->a;
	const int *zl = prod_labs(p, &p->f[at]);
	int n = p->f[at].node->nax;

	for (int i = 0; i < p->nf; i++)
		left[i] = p->f[i].exp;
	for (int j = 0; j < m->n; j++) {
		Rat want = sign > 0 ? m->p[j].exp : rat_neg(a, m->p[j].exp);
		bool found = false;

		for (int i = 0; i < p->nf && !found; i++) {
			const Factor *f = &p->f[i];
			int *l = prod_labs(p, f);

			if (i == at || f->node != m->p[j].base || (f->node->nax && f->node->nax != n))
				continue;
			found = true;
			for (int k = 0; k < f->node->nax && found; k++)
				found = l[k] == zl[k];
			found = found && rat_sign(f->exp) == rat_sign(want) &&
			        (rat_sign(want) > 0 ? rat_cmp(f->exp, want) >= 0 : rat_cmp(f->exp, want) <= 0);
			if (found)
				left[i] = rat_add(a, f->exp, rat_neg(a, want));
		}
		if (!found)
			return false;
	}
	return true;
}

/* S^e, e < 0, with T = the term `lead` of S: T S^e = S^(e+1) - R S^e; `left` are the exponents of
   the other factors after T */
static Node *
divide(Prod *p, int at, int lead, const Rat *left)
{
	Graph *g = p->g;
	const Factor *z = &p->f[at];
	Node *s = z->node;
	int *zl = prod_labs(p, z);
	Dim **ax = NEWN(g->a, Dim *, p->nout + 1);
	Sum *sum;

	for (int i = 0; i < p->nout; i++)
		ax[i] = p->dim[p->out[i]];
	sum = sum_begin(g, p->nout, ax);
	for (int k = -1; k < s->n; k++) {
		Prod *q;

		if (k == lead)
			continue;
		graph_spend(g);
		q = prod_begin(g);
		for (int l = 0; l < p->nl; l++)
			prod_label(q, p->up[l] == l ? p->dim[l] : NULL);
		prod_coef(q, rat_mul(g->a, p->coef, rat_inv(g->a, s->coef[lead])));
		for (int i = 0; i < p->nf; i++)
			if (i != at && rat_sign(left[i]))
				prod_factor(q, node_pow(g, p->f[i].node, left[i]), prod_labs(p, &p->f[i]));
		prod_factor(q, node_pow(g, s, k < 0 ? rat_add(g->a, z->exp, RAT1) : z->exp), zl);
		if (k >= 0) {
			prod_coef(q, rat_neg(g->a, s->coef[k]));
			prod_factor(q, s->kid[k], zl);
		}
		sum_add(sum, RAT1, prod_end(q, p->nout, p->out));
	}
	return sum_end(sum);
}

/* The order of monomials: by the sum of their exponents, then by the exponents of the bases, older
   ones first. more: whether x or y has other factors too, which count for a first power. */
static bool
mono_greater(Graph *g, const Mono *x, bool more_x, const Mono *y, bool more_y)
{
	Rat degree = rat((long)more_x - (long)more_y, 1), first = RAT0;
	unsigned oldest = 0;

	for (int i = 0; i < x->n; i++)
		degree = rat_add(g->a, degree, x->p[i].exp);
	for (int i = 0; i < y->n; i++)
		degree = rat_add(g->a, degree, rat_neg(g->a, y->p[i].exp));
	if (rat_sign(degree))
		return rat_sign(degree) > 0;
	for (int i = 0; i < x->n + y->n; i++) {
		const Node *b = i < x->n ? x->p[i].base : y->p[i - x->n].base;
		Rat e = rat_add(g->a, mono_exp(x, b), rat_neg(g->a, mono_exp(y, b)));

		if (rat_sign(e) && (rat_sign(first) == 0 || b->id < oldest)) {
			first = e;
			oldest = b->id;
		}
	}
	return rat_sign(first) > 0;
}

/* T/S = 1 - R/S where S^e, e < 0, stands beside the elementwise factors of T; and partial fractions
   where S = c + T stands beside a negative power of T: 1/(T S) = (1/T - 1/S)/c */
static Node *
rewrite_quotient(Prod *p, int at)
{
	Graph *g = p->g;
	Node *s = p->f[at].node;
	int lead = -1, number = -1;
	bool lead_whole = false;
	Mono m = {0}, t;
	Rat *left = NEWN(g->a, Rat, p->nf + 1);

	for (int i = s->n - 1; i >= 0; i--) {
		bool whole;

		t = mono_of(g, s->kid[i], false, &whole);
		if (whole && !t.n) {
			number = i;
			continue;
		}
		if (lead >= 0 && !mono_greater(g, &t, !whole, &m, !lead_whole))
			continue;
		lead = i;
		lead_whole = whole;
		m = t;
	}
	/* another term than the greatest would come back in the rest, and that for ever */
	if (lead < 0 || !lead_whole)
		return NULL;
	if (has_powers(p, at, &m, 1, left))
		return divide(p, at, lead, left);
	if (s->n == 2 && number >= 0 && has_powers(p, at, &m, -1, left)) {
		for (int i = 0; i < p->nf; i++)
			left[i] = p->f[i].exp;
		return divide(p, at, number, left);
	}
	return NULL;
}

Node *
canon_rewrite_once(Prod *p)
{
	Graph *g = p->g;
	Node *r = NULL;

	for (int i = 0; i < p->nf && !r && prod_budget(g); i++) {
		Node *n = p->f[i].node;
		int *l = prod_labs(p, &p->f[i]);

		if (n->kind == N_SUM && rat_is_int(p->f[i].exp) && rat_sign(p->f[i].exp) < 0) {
			r = rewrite_quotient(p, i);
		} else if (n->kind == N_FN && n->fun->id == F_inv && n->kid[0]->kind == N_SUM &&
				   rat_is(p->f[i].exp, 1) && l[0] != l[1]) {
			bool sym = node_symmetric(g, n);

			r = rewrite_side(p, i, l[1], l[0], 0, false);
			if (!r)
				r = rewrite_side(p, i, l[0], l[1], 1, false);
			if (!r && sym)
				r = rewrite_side(p, i, l[1], l[0], 1, true);
			if (!r && sym)
				r = rewrite_side(p, i, l[0], l[1], 0, true);
		}
	}
	return r;
}
