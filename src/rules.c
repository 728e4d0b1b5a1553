/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rules.c: what node_map() knows of the elementwise functions before it makes a node. Every rule is
 * named by its equation in a comment; it holds wherever both sides are defined, under the condition
 * that stands with it. Rules never multiply out. Those marked `proofs` apply in canonical mode
 * only, where a unique form counts more than a short one. Each rule gives something smaller: fewer
 * functions around a node, or a smaller argument. rules_fn.c has the matrix functions.
 */
#include "graph_intern.h"

static Node *
map1(Graph *g, FunId f, Node *x)
{
	return node_map(g, &fun_table[f], 1, &x);
}

static Node *
fill(Graph *g, Rat c, const Node *like)
{
	return rat_sign(c) ? node_broadcast(g, node_num(g, c), like->nax, like->ax)
					   : node_zero(g, like->nax, like->ax);
}

/* the same rational in every entry */
static bool
constant(const Node *n, Rat *c)
{
	if (node_is_zero(n)) {
		*c = RAT0;
		return true;
	}
	if (n->kind != N_PROD || n->n || n->nlab != n->nax)
		return false;
	*c = n->coef[0];
	return true;
}

static bool
is_odd(FunId f)
{
	switch (f) {
	case F_sin:
	case F_tan:
	case F_asin:
	case F_atan:
	case F_sinh:
	case F_tanh:
	case F_erf:
	case F_sign:
		return true;
	default:
		return false;
	}
}

/* ---- values at rationals that are rational */

static bool
exact(const Fun *f, Rat x, Rat *out)
{
	int s = rat_sign(x);

	switch (f->id) {
	case F_abs:
		*out = x;
		if (s < 0 && x.big)
			return false;
		if (s < 0)
			out->num = -x.num;
		return true;
	case F_sign:
		*out = rat(s, 1);
		return true;
	case F_step:
		*out = rat(s > 0, 1);
		return true;
	case F_relu:
		*out = s > 0 ? x : RAT0;
		return true;
	case F_exp: case F_cos: case F_cosh:                    /* exp 0 = cos 0 = cosh 0 = 1 */
		*out = RAT1;
		return s == 0;
	case F_sigmoid:                                         /* sigmoid 0 = 1/2 */
		*out = rat(1, 2);
		return s == 0;
	case F_log: case F_acos:                                /* log 1 = acos 1 = 0 */
		*out = RAT0;
		return rat_is(x, 1);
	default:
		*out = RAT0;                                    /* f(0) = 0 */
		return s == 0 && (is_odd(f->id) || f->id == F_swish);
	}
}

/* ---- signs */

static Node *
negative(Graph *g, Node *n)
{
	Sum *s = sum_begin(g, n->nax, n->ax);

	sum_add(s, rat(-1, 1), n);
	return sum_end(s);
}

/* -n, when n is the one of the two with a minus in front: of a sum, when all its terms have one
   (proofs: the first) */
static Node *
without_minus(Graph *g, Node *n)
{
	if (n->kind == N_PROD)
		return rat_sign(n->coef[0]) < 0 ? negative(g, n) : NULL;
	if (n->kind != N_SUM || n->n == 0)
		return NULL;
	for (int i = 0; i < (g->canon_mode ? 1 : n->n); i++)
		if (rat_sign(n->coef[i]) > 0)
			return NULL;
	return negative(g, n);
}

static bool
nonnegative(Graph *g, Node *n)
{
	Rat c;

	if (constant(n, &c))
		return rat_sign(c) >= 0;
	return node_positive(g, n) || n->pos_fact > 0;
}

static bool
odd_integer(Rat e)
{
	long k;

	return rat_long(e, &k) && k % 2 != 0;
}

static bool
even_integer(Rat e)
{
	long k;

	return rat_long(e, &k) && k % 2 == 0;
}

/* May a function be taken factor by factor? Only where no label is summed. */
static bool
pointwise(const Node *n)
{
	for (int l = 0; l < n->nlab; l++) {
		bool open = false;

		for (int i = 0; i < n->nax; i++)
			open = open || n->out[i] == l;
		if (!open)
			return false;
	}
	return true;
}

static bool
distinct_axes(const Node *n)
{
	for (int i = 0; i < n->nax; i++)
		for (int j = 0; j < i; j++)
			if (n->out[i] == n->out[j])
				return false;
	return true;
}

/* The size of a product's label where it is an axis of the result, else NULL: what is summed in the
   rest is not summed beside it, over nothing, once more. */
static Dim *
open_size(const Node *n, int label)
{
	for (int i = 0; i < n->nax; i++)
		if (n->out[i] == label)
			return n->labdim[label];
	return NULL;
}

/* proofs: |x y| = |x| |y|, sign(x y) = sign(x) sign(y); where labels are summed, scalar factors
   only */
static Node *
per_factor(Graph *g, const Fun *f, Node *n)
{
	bool all = pointwise(n);
	Prod *in, *out;
	int *l, rest = 0, done = 0;

	in = prod_begin(g);
	out = prod_begin(g);
	l = NEWN(g->a, int, n->nax + 1);
	for (int i = 0; i < n->nlab; i++) {
		prod_label(in, n->labdim[i]);
		prod_label(out, open_size(n, i));
	}
	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax) {
		Node *k = n->kid[i];

		if (k->nax == 0 || all) {
			prod_factor(out, node_map(g, f, 1, &k), n->lab + off);
			done++;
		} else {
			prod_factor(in, k, n->lab + off);
			rest++;
		}
	}
	if (!done)
		return NULL;
	for (int i = 0; i < n->nax; i++)
		l[i] = n->out[i];
	if (rest) {
		Node *k = prod_end(in, n->nax, n->out);

		prod_factor(out, node_map(g, f, 1, &k), l);
	}
	return prod_end(out, n->nax, l);
}

/* abs, sign, step, relu of something of known sign, and of multiples */
static Node *
rule_sign(Graph *g, const Fun *f, Node *x)
{
	Node *m;
	Rat c;

	if (node_positive(g, x)) {
		if (f->id == F_abs || f->id == F_relu)          /* |x| = relu(x) = x, x > 0 */
			return x;
		return fill(g, RAT1, x);                        /* sign(x) = step(x) = 1, x > 0 */
	}
	if ((f->id == F_abs || f->id == F_relu) && nonnegative(g, x))
		return x;                                       /* |x| = relu(x) = x, x >= 0 */
	if (x->kind == N_PROD && !rat_is(x->coef[0], 1)) {
		c = x->coef[0];
		m = node_scale(g, rat_inv(g->a, c), x);
		if (f->id == F_abs)                             /* |c x| = |c| |x| */
			return node_scale(g, rat_sign(c) < 0 ? rat_neg(g->a, c) : c, map1(g, F_abs, m));
		if (f->id == F_sign)                            /* sign(c x) = sign(c) sign(x) */
			return node_scale(g, rat(rat_sign(c), 1), map1(g, F_sign, m));
		if (rat_sign(c) > 0 && f->id == F_relu)         /* relu(c x) = c relu(x), c > 0 */
			return node_scale(g, c, map1(g, F_relu, m));
		if (rat_sign(c) > 0)                            /* step(c x) = step(x), c > 0 */
			return map1(g, F_step, m);
		return NULL;
	}
	if (f->id == F_sign && x->kind == N_MAP && x->fun->id == F_sign)
		return x;                                       /* sign(sign(x)) = sign(x) */
	if (f->id == F_abs && (m = without_minus(g, x)))
		return map1(g, F_abs, m);                       /* |-x| = |x| */
	if (!g->canon_mode)
		return NULL;
	if (x->kind == N_POW && odd_integer(x->coef[0])) {
		if (f->id == F_sign || f->id == F_step)         /* sign(x^k) = sign(x), step(x^k) = step(x),
		                                                   k odd */
			return map1(g, f->id, x->kid[0]);
		if (f->id == F_abs)                             /* |x^k| = |x|^k */
			return node_pow(g, map1(g, F_abs, x->kid[0]), x->coef[0]);
	}
	if ((f->id == F_abs || f->id == F_sign) && x->kind == N_PROD)
		return per_factor(g, f, x);
	return NULL;
}

/* ---- logarithms */

enum { TRIAL = 100 };           /* primes below that are taken out of a logarithm */

/* proofs: log(p^a q^b ..) = a log(p) + b log(q) .., for a positive rational; NULL when it is prime,
   as far as is tried */
static Node *
log_number(Graph *g, Rat c)
{
	Sum *s = sum_begin(g, 0, NULL);
	long part[2] = {c.num, c.den};
	int terms = 0;

	if (c.big || rat_sign(c) <= 0)
		return NULL;
	for (int side = 0; side < 2; side++) {
		long sign = side ? -1 : 1;

		for (long p = 2; p < TRIAL; p++) {
			long k = 0;

			for (; part[side] % p == 0; part[side] /= p)
				k++;
			if (k && rat_is(c, p))
				return NULL;
			if (k)
				sum_add(s, rat(sign * k, 1), map1(g, F_log, node_num(g, rat(p, 1))));
			terms += k > 0;
		}
		if (part[side] > 1) {
			if (rat_is(c, part[side]))
				return NULL;
			sum_add(s, rat(sign, 1), map1(g, F_log, node_num(g, rat(part[side], 1))));
			terms++;
		}
	}
	return terms ? sum_end(s) : NULL;
}

/* proofs: log(c x y) = log(c) + log(x) + log(y) where all but one are positive for sure: the
   product is, so the last is */
static Node *
log_product(Graph *g, Node *n)
{
	bool all = pointwise(n);
	Sum *s = sum_begin(g, n->nax, n->ax);
	Prod *rest = prod_begin(g);
	int left = 0, done = 0;

	if (!distinct_axes(n) || rat_sign(n->coef[0]) < 0)
		return NULL;
	for (int i = 0; i < n->nlab; i++)
		prod_label(rest, n->labdim[i]);
	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax) {
		Node *k = n->kid[i];
		Prod *p;

		if ((k->nax && !all) || !node_positive(g, k)) {
			prod_factor(rest, k, n->lab + off);
			left++;
			continue;
		}
		/* log(k) on the labels of k, in every entry of the other axes */
		p = prod_begin(g);
		for (int l = 0; l < n->nlab; l++)
			prod_label(p, open_size(n, l));
		prod_factor(p, map1(g, F_log, k), n->lab + off);
		sum_add(s, RAT1, prod_end(p, n->nax, n->out));
		done++;
	}
	if (!rat_is(n->coef[0], 1)) {
		Node *c = map1(g, F_log, node_num(g, n->coef[0]));

		sum_add(s, RAT1, n->nax ? node_broadcast(g, c, n->nax, n->ax) : c);
		done++;
	}
	if (!done || done + left < 2)
		return NULL;
	if (left)
		sum_add(s, RAT1, map1(g, F_log, prod_end(rest, n->nax, n->out)));
	return sum_end(s);
}

static Node *
rule_log(Graph *g, Node *x)
{
	Rat c;

	if (x->kind == N_MAP && x->fun->id == F_exp)
		return x->kid[0];                               /* log(exp(x)) = x */
	if (x->kind == N_POW && (node_positive(g, x->kid[0]) || !even_integer(x->coef[0])))
		/* log(x^e) = e log(x), x > 0: of an even power only where it is known */
		return node_scale(g, x->coef[0], map1(g, F_log, x->kid[0]));
	if (x->kind == N_MAP && x->fun->id == F_pow && node_positive(g, x->kid[0]))
		return node_emul(g, x->kid[1], map1(g, F_log, x->kid[0]));  /* log(x^y) = y log(x), x > 0 */
	if (!g->canon_mode)
		return NULL;
	if (x->kind == N_POW)                                   /* proofs: log(x^e) = e log|x|, e
	                                                           even */
		return node_scale(g, x->coef[0], map1(g, F_log, map1(g, F_abs, x->kid[0])));
	if (node_is_num(x, &c))
		return log_number(g, c);
	if (x->kind == N_MAP && x->fun->id == F_abs)            /* proofs: log|det(A)| = logdet(A) */
		x = x->kid[0];
	if (x->kind == N_FN && x->fun->id == F_det)             /* proofs: log(det(A)) = logdet(A),
	                                                           where det(A) > 0 */
		return node_fn(g, &fun_table[F_logdet], 0, 1, x->kid);
	return x->kind == N_PROD ? log_product(g, x) : NULL;
}

/* ---- exponentials */

/* proofs: the factor that the term c t of an exponent is: x^c for t = log(x), |det(A)|^c for t =
   logdet(A); or NULL */
static Node *
exp_of_log(Graph *g, Rat c, Node *t)
{
	if (t->kind == N_MAP && t->fun->id == F_log)
		return node_pow(g, t->kid[0], c);
	if (t->kind == N_FN && t->fun->id == F_logdet)
		return node_pow(g, map1(g, F_abs, node_fn(g, &fun_table[F_det], 0, 1, t->kid)), c);
	return NULL;
}

static Node *
rule_exp(Graph *g, Node *x)
{
	Node *r = NULL, *k;
	Sum *rest;
	int left = 0;

	if (x->kind == N_MAP && x->fun->id == F_log)
		return x->kid[0];                               /* exp(log(x)) = x */
	if (!g->canon_mode)
		return NULL;
	if (x->kind == N_FN)
		return exp_of_log(g, RAT1, x);
	/* proofs: exp(c log(x)) = x^c */
	if (x->kind == N_PROD && x->n == 1 && x->nax == 0 && x->kid[0]->nax == 0)
		return exp_of_log(g, x->coef[0], x->kid[0]);
	if (x->kind != N_SUM)
		return NULL;
	rest = sum_begin(g, x->nax, x->ax);                     /* proofs: exp(c log(x) + y) = x^c
	                                                           exp(y) */
	for (int i = 0; i < x->n; i++) {
		if ((k = exp_of_log(g, x->coef[i], x->kid[i]))) {
			r = r ? node_emul(g, r, k) : k;
		} else {
			sum_add(rest, x->coef[i], x->kid[i]);
			left++;
		}
	}
	return !r ? NULL : left ? node_emul(g, r, map1(g, F_exp, sum_end(rest))) : r;
}

/* ---- powers with an exponent that is no number */

bool
node_integer(const Node *n)
{
	if (n->kind == N_DIM)
		return true;
	if (n->kind == N_POW)
		return rat_is_int(n->coef[0]) && rat_sign(n->coef[0]) > 0 && node_integer(n->kid[0]);
	if (n->nax || (n->kind != N_SUM && n->kind != N_PROD))
		return false;
	for (int i = 0; i < n->n; i++)
		if (!node_integer(n->kid[i]) || (n->kind == N_SUM && !rat_is_int(n->coef[i])))
			return false;
	return n->kind == N_SUM || rat_is_int(n->coef[0]);
}

static Node *
pow2(Graph *g, Node *x, Node *y)
{
	return node_map(g, &fun_table[F_pow], 2, (Node *[]){x, y});
}

/* proofs: (x^t)^c for x^(c t): for c an integer, or x > 0 */
static Node *
pow_term(Graph *g, Node *x, Rat c, Node *t)
{
	Rat e;

	if (constant(t, &e))
		return node_pow(g, x, rat_mul(g->a, c, e));
	if (rat_is_int(c) || node_positive(g, x))
		return node_pow(g, pow2(g, x, t), c);
	return pow2(g, x, node_scale(g, c, t));
}

/* proofs: (c x y)^t = c^t x^t y^t for scalars: an integer t, or positive factors that leave */
static Node *
pow_product(Graph *g, Node *n, Node *t)
{
	bool integer = node_integer(t);
	Prod *out = prod_begin(g), *in = prod_begin(g);
	int left = 0, done = 0;

	if (n->nlab || n->nax)
		return NULL;
	if (!rat_is(n->coef[0], 1) && n->n && (integer || rat_sign(n->coef[0]) > 0)) {
		prod_factor(out, pow2(g, node_num(g, n->coef[0]), t), NULL);
		done++;
	} else {
		prod_coef(in, n->coef[0]);
		left += rat_is(n->coef[0], 1) ? 0 : 1;
	}
	for (int i = 0; i < n->n; i++) {
		if ((n->n > 1 || done) && (integer || node_positive(g, n->kid[i]))) {
			prod_factor(out, pow2(g, n->kid[i], t), NULL);
			done++;
		} else {
			prod_factor(in, n->kid[i], NULL);
			left++;
		}
	}
	if (!done)
		return NULL;
	if (left)
		prod_factor(out, pow2(g, prod_end(in, 0, NULL), t), NULL);
	return prod_end(out, 0, NULL);
}

static Node *
rule_pow(Graph *g, Node *x, Node *y)
{
	Node *r;
	Rat c;

	if (constant(y, &c))
		return node_pow(g, x, c);                       /* a rational exponent: a POW node */
	if (constant(x, &c) && rat_is(c, 1))
		return x;                                       /* 1^y = 1 */
	if (x->kind == N_MAP && x->fun->id == F_exp)            /* exp(x)^y = exp(x y) */
		return map1(g, F_exp, node_emul(g, x->kid[0], y));
	if (x->kind == N_MAP && x->fun->id == F_pow && node_positive(g, x->kid[0]))
		return pow2(g, x->kid[0], node_emul(g, x->kid[1], y));  /* (x^s)^t = x^(s t), x > 0 */
	if (x->kind == N_POW && node_positive(g, x->kid[0]))
		return pow2(g, x->kid[0], node_scale(g, x->coef[0], y));
	if (!g->canon_mode)
		return NULL;
	if (y->kind == N_SUM) {                                 /* proofs: x^(s + t) = x^s x^t */
		r = pow_term(g, x, y->coef[0], y->kid[0]);
		for (int i = 1; i < y->n; i++)
			r = node_emul(g, r, pow_term(g, x, y->coef[i], y->kid[i]));
		return r;
	}
	if (y->kind == N_PROD && !rat_is(y->coef[0], 1) &&
		(rat_is_int(y->coef[0]) || node_positive(g, x)))
		return pow_term(g, x, y->coef[0], node_scale(g, rat_inv(g->a, y->coef[0]), y));
	return x->kind == N_PROD ? pow_product(g, x, y) : NULL;
}

/* ---- all */

/* of x and -x the older one's: the rules of odd and even functions exchange them */
static unsigned
age(Graph *g, Node *x)
{
	Node *minus = negative(g, x);

	return minus->id < x->id ? minus->id : x->id;
}

/* f(X') = f(X)': a transpose goes outside; proofs: of a matrix and its transpose the one that was
   made first goes inside */
static Node *
rule_transpose(Graph *g, const Fun *f, int n, Node **kid)
{
	Node *x = kid[0], *k[2];

	if (x->nax != 2 || (!g->canon_mode && !(x->kind == N_PROD && x->n == 1 && x->kid[0]->nax == 2)))
		return NULL;
	k[0] = node_transpose(g, x);
	if (age(g, k[0]) >= age(g, x))
		return NULL;
	if (n == 2)
		k[1] = node_transpose(g, kid[1]);
	return node_transpose(g, node_map(g, f, n, k));
}

/* needs: a function of the table and its arguments, all on the same axes. gives: the node that f of
   them is when a rule applies, else NULL: the caller makes a MAP node. */
Node *
rule_map(Graph *g, const Fun *f, int n, Node **kid)
{
	Node *x = kid[0], *r = NULL;
	Rat c, d;

	if (n == 1 && constant(x, &c) && exact(f, c, &d))
		return fill(g, d, x);
	switch (f->id) {
	case F_abs: case F_sign: case F_step: case F_relu:
		r = rule_sign(g, f, x);
		break;
	case F_log:
		r = rule_log(g, x);
		break;
	case F_exp:
		r = rule_exp(g, x);
		break;
	case F_pow:
		r = rule_pow(g, x, kid[1]);
		break;
	case F_max: case F_min:
		if (x == kid[1])                                /* max(x, x) = min(x, x) = x */
			r = x;
		else if (constant(x, &c) && constant(kid[1], &d))
			r = (rat_cmp(c, d) > 0) == (f->id == F_max) ? x : kid[1];
		break;
	case F_sin: case F_cos: case F_tan:                     /* sin(asin(x)) = cos(acos(x)) =
	                                                           tan(atan(x)) = x */
		if (x->kind == N_MAP && x->fun->id == (f->id == F_sin      ? F_asin
												  : f->id == F_cos ? F_acos
																   : F_atan))
			r = x->kid[0];
		break;
	default:
		break;
	}
	if (r)
		return r;
	if (is_odd(f->id) && (r = without_minus(g, x)))         /* f(-x) = -f(x) */
		return negative(g, node_map(g, f, 1, &r));
	if ((f->id == F_cos || f->id == F_cosh) && (r = without_minus(g, x)))
		return node_map(g, f, 1, &r);                   /* cos(-x) = cos(x), cosh(-x) = cosh(x) */
	return rule_transpose(g, f, n, kid);
}
