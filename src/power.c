/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * power.c: elementwise powers and functions, the constructors of POW and MAP nodes, with what is
 * always right about them (broadcast scalars stay scalars, powers of powers and products), and what
 * is right for proofs.
 */
#include <stdlib.h>

#include "graph_intern.h"

static bool
even(Rat e)
{
	long k;

	return rat_long(e, &k) && k % 2 == 0;
}

/* A scalar spread over axes (a product all of whose labels belong to no factor and are distinct):
   the scalar, else NULL. */
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

/* May the power be taken factor by factor? Only when no label is summed; where zeros are structural
   (a diagonal, a unit vector), only for a positive exponent. */
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
	for (int i = 0, off = 0; i < n->n && rat_sign(e) < 0; off += n->kid[i++]->nax) {
		const Node *k = n->kid[i];

		if (k->kind == N_UNIT || k->kind == N_FUSE || k->kind == N_INJ)
			return false;
		for (int j = 0; j < k->nax; j++)        /* beside its diagonal a matrix may be 0 */
			for (int m = 0; m < j; m++)
				if (n->lab[off + j] == n->lab[off + m])
					return false;
	}
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

static bool
all_nonnegative(Graph *g, const Node *n)
{
	for (int i = 0; i < n->n; i++)
		if (!node_nonnegative(g, n->kid[i]))
			return false;
	return rat_sign(n->coef[0]) > 0;
}

/* (c * f1 * f2 ...)^e: what may leave the power does, the rest stays below one POW. A root of what
   is 0 beside a factor that may be negative: sqrt(relu(x)*x) is 0 where sqrt(x) has no value, so
   that relu(x) stays where it is. */
static Node *
pow_prod(Graph *g, Node *n, Rat e)
{
	bool integer = rat_is_int(e), all = integer || all_nonnegative(g, n);
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

		if (all || node_positive(g, f) || (node_nonnegative(g, f) && !node_flat(f))) {
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

/* det of an orthogonal variable: 1 or -1; and (-1)^n */
bool
is_sign(const Node *n)
{
	Rat c;

	if (n->kind == N_MAP && n->fun->id == F_pow)
		return n->nax == 0 && node_is_num(n->kid[0], &c) && rat_is(c, -1) &&
		       node_integer(n->kid[1]);
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
	if (n->kind == N_PROD && !node_is_num(n, &c) &&
		(n->n > 1 || !rat_is(n->coef[0], 1) || n->nlab == n->nax) && pow_distributes(n, e) &&
		(r = pow_prod(g, n, e)))
		return r;
	if (n->kind == N_PROD && n->nax == 0 && n->nlab && !rat_is(n->coef[0], 1)) {
		/* (c * connected scalar)^e: the coefficient leaves when it may */
		Node *m = prod_monic(g, n);
		if (num_pow(g, n->coef[0], e, &c))
			return node_scale(g, c, node_pow(g, m, e));
		if (rat_sign(n->coef[0]) > 0)
			return node_emul(g, node_pow(g, node_num(g, n->coef[0]), e), node_pow(g, m, e));
	}
	/* over budget, prod_end() would not multiply it out but make this power of it again */
	if (g->canon_mode && g->budget >= 0 && (n->kind == N_SUM || (n->kind == N_PROD && n->nax)) &&
	    rat_long(e, &k) && k > 1 && k <= 8)
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
	return node_intern(
		g, &(Node){.kind = N_MAP, .fun = f, .n = n, .kid = k, .nax = wide->nax, .ax = wide->ax});
}
