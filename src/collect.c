/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * collect.c: sums and products that differentiation made, with fewer symbols in them. Products are
 * multiplied out, and quotients brought over one denominator, only where terms cancel by that, so
 * that what is left is strictly shorter: s.*(1 - s).*(y./s + (y - 1)./(1 - s)) is y - s, and
 * 1./(1 + x.^2) - x.^2./(1 + x.^2).^2 is 1./(1 + x.^2).^2. Beside simplify.c, which takes out what
 * is common.
 */
#include "simplify.h"

enum { HEAVY = 400, MANY = 40 };        /* symbols in what is looked at; terms that may be made */

/* ---- how long a node is on paper: symbols, to no more than `most` */

static int
weigh(const Node *n, int most)
{
	int w = 0;

	switch (n->kind) {
	case N_SUM:
		for (int i = 0; i < n->n && w < most; i++)
			w += !(rat_is(n->coef[i], 1) || rat_is(n->coef[i], -1)) + weigh(n->kid[i], most - w);
		return w ? w : 1;
	case N_PROD:
		w = !(rat_is(n->coef[0], 1) || rat_is(n->coef[0], -1));
		for (int i = 0; i < n->n && w < most; i++)
			w += weigh(n->kid[i], most - w);
		return w ? w : 1;
	case N_POW:
		return weigh(n->kid[0], most) + !rat_is(n->coef[0], -1);
	case N_MAP:
	case N_FN:
	case N_UNKNOWN:
		w = 1;
		for (int i = 0; i < n->n && w < most; i++)
			w += weigh(n->kid[i], most - w);
		return w;
	default:
		return 1;
	}
}

static bool
lighter(const Node *x, const Node *y)
{
	int most = weigh(y, HEAVY);

	return most < HEAVY && weigh(x, most) < most;
}

static Node *
base_of(Node *f)
{
	return f->kind == N_POW ? f->kid[0] : f;
}

static Rat
exponent_of(const Node *f)
{
	return f->kind == N_POW ? f->coef[0] : RAT1;
}

/* ---- products multiplied out */

/* the product p with the factor `by` in the place of factor at, times c */
static Node *
with_factor(Graph *g, const Node *p, int at, Node *by, Rat c)
{
	Prod *q = prod_begin(g);

	for (int l = 0; l < p->nlab; l++)
		prod_label(q, p->labdim[l]);
	prod_coef(q, rat_mul(g->a, p->coef[0], c));
	for (int i = 0, off = 0; i < p->n; off += p->kid[i++]->nax)
		prod_factor(q, i == at ? by : p->kid[i], p->lab + off);
	return prod_end(q, p->nax, p->out);
}

/* a matrix of numbers is a sum of numbers at unit vectors, and stays together */
static bool
is_literal(const Node *s)
{
	for (int i = 0; i < s->n; i++) {
		const Node *t = s->kid[i];
		bool unit = t->kind == N_UNIT;

		for (int j = 0; t->kind == N_PROD && j < t->n; j++)
			unit |= t->kid[j]->kind == N_UNIT;
		if (!unit)
			return false;
	}
	return true;
}

/* the factor of n that is a sum, or a product with such a factor; -1: none */
static int
sum_factor(const Node *n)
{
	if (n->kind == N_PROD)
		for (int i = 0; i < n->n; i++)
			if ((n->kid[i]->kind == N_SUM && !is_literal(n->kid[i])) ||
				sum_factor(n->kid[i]) >= 0)
				return i;
	return -1;
}

static int
sum_terms(const Node *n)
{
	return n->kind == N_SUM ? n->n : sum_terms(n->kid[sum_factor(n)]);
}

/* n, which is or has a sum, with only term i of that */
static Node *
one_term(Graph *g, Node *n, int i)
{
	int at;

	if (n->kind == N_SUM)
		return node_scale(g, n->coef[i], n->kid[i]);
	at = sum_factor(n);
	return with_factor(g, n, at, one_term(g, n->kid[at], i), RAT1);
}

/* Is f summed along its axis k nothing? What is centred is: x - mean(x), and a name for it. */
static bool
centred(Graph *g, Node *f, int k)
{
	const Node *def = f->kind == N_NAMED ? f->kid[0] : f;
	int l[2], n = 0;
	Node *c;
	Prod *p;

	if (def->kind != N_SUM || def->n < 2 || f->nax > 2 || is_literal(def) ||
		weigh(def, HEAVY) >= HEAVY)
		return false;
	p = prod_begin(g);
	for (int i = 0; i < f->nax; i++)
		l[i] = prod_label(p, f->ax[i]);
	prod_factor(p, f, l);
	for (int i = 0; i < f->nax; i++)
		if (i != k)
			l[n++] = l[i];
	c = canon(g, prod_end(p, n, l));
	return c && node_is_zero(c);
}

/* a product that is zero for all values, since a centred factor stands alone on a summed label */
static bool
vanishes(Graph *g, const Node *n)
{
	if (n->kind != N_PROD)
		return false;
	for (int i = 0; i < n->n; i++) {
		const int *l = node_labels(n, i);

		if (vanishes(g, n->kid[i]))
			return true;
		for (int k = 0; k < n->kid[i]->nax; k++) {
			int on = 0;

			for (int m = 0; m < n->nax; m++)
				on += n->out[m] == l[k];
			for (int j = 0; j < n->n && on < 2; j++)
				for (int m = 0; m < n->kid[j]->nax; m++)
					on += node_labels(n, j)[m] == l[k];
			if (on == 1 && centred(g, n->kid[i], k))
				return true;
		}
	}
	return false;
}

/* adds c*n, multiplied out over its sums; false when that makes too many terms */
static bool
add_out(Graph *g, Sum *sum, Rat c, Node *n, int *left)
{
	if (vanishes(g, n))
		return true;
	if (sum_factor(n) < 0) {
		sum_add(sum, c, n);
		return --*left >= 0;
	}
	for (int i = 0; i < sum_terms(n); i++)
		if (!add_out(g, sum, c, one_term(g, n, i), left))
			return false;
	return true;
}

/* the sum of the n terms multiplied out, or NULL */
static Node *
out_of(Graph *g, const Node *s, int n, Node **term, const Rat *coef)
{
	Sum *sum = sum_begin(g, s->nax, s->ax);
	int left = MANY;

	for (int i = 0; i < n; i++)
		if (!add_out(g, sum, coef[i], term[i], &left))
			return NULL;
	return sum_end(sum);
}

/* the term t with the older one of A and A' in the place of each sum A: A*x and (A'*...)' are
   one */
static Node *
upright(Graph *g, Node *t)
{
	for (int i = 0; t->kind == N_PROD && i < t->n; i++) {
		Node *s = t->kid[i], *turned;
		Prod *p;

		if (s->kind != N_SUM || s->nax != 2 || (turned = node_transpose(g, s))->id >= s->id)
			continue;
		p = prod_begin(g);
		for (int l = 0; l < t->nlab; l++)
			prod_label(p, t->labdim[l]);
		prod_coef(p, t->coef[0]);
		for (int k = 0; k < t->n; k++) {
			const int *l = node_labels(t, k);

			if (k == i)
				prod_factor(p, turned, (int[]){l[1], l[0]});
			else
				prod_factor(p, t->kid[k], l);
		}
		return upright(g, prod_end(p, t->nax, t->out));
	}
	return t;
}

/* each term, then all of them together, multiplied out where that is shorter */
static Node *
multiplied_out(Graph *g, Node *s)
{
	Sum *sum = sum_begin(g, s->nax, s->ax);
	bool changed = false, any = false;

	for (int k = 0; k < s->n; k++) {
		int i = s->written ? s->written[k] : k;
		Node *t = s->kid[i], *r = NULL;

		/* what is too heavy to be weighed is not tried at all: in a deep network every sum has many
		   such terms */
		if (sum_factor(t) >= 0 && weigh(t, HEAVY) < HEAVY) {
			any = true;
			t = upright(g, t);
			r = out_of(g, s, 1, &t, (Rat[]){RAT1});
		}
		if (r && lighter(r, t))
			t = r;
		changed |= t != s->kid[i];
		sum_add(sum, s->coef[i], t);
	}
	if (changed) {
		s = s->written ? sum_end_written(sum) : sum_end(sum);
		if (s->kind != N_SUM)
			return s;
	}
	if (any && s->n <= MANY / 2 && weigh(s, HEAVY) < HEAVY) {
		Node *r = out_of(g, s, s->n, s->kid, s->coef);

		if (r && lighter(r, s))
			return r;
	}
	return s;
}

/* ---- quotients over one denominator */

/* Where the base d stands in a term: the axes of the term that those of d are on. */
typedef struct Place { int factor; int axis[2]; } Place;

static bool
find_base(const Piece *p, const Node *d, Place *at)
{
	for (int i = 0; i < p->n; i++) {
		bool on = base_of(p->f[i]) == d;

		for (int k = 0; k < d->nax && on; k++) {
			at->axis[k] = -1;
			for (int j = p->term->nax - 1; j >= 0; j--)
				if (p->out[j] == p->lab[p->off[i] + k])
					at->axis[k] = j;
			on = at->axis[k] >= 0;
		}
		at->factor = i;
		if (on)
			return true;
	}
	return false;
}

/* adds the term p, without its factor `skip`, times d^k multiplied out */
static void
add_times(Graph *g, Sum *sum, const Piece *p, int skip, const Node *d, const int *axis, long k,
	Rat c, int ntimes, Node **times)
{
	Prod *q;
	int l[2] = {0, 0};

	if (k > 0) {
		for (int i = 0; i < d->n; i++) {
			times[ntimes] = d->kid[i];
			add_times(
				g, sum, p, skip, d, axis, k - 1, rat_mul(g->a, c, d->coef[i]), ntimes + 1, times);
		}
		return;
	}
	q = prod_begin(g);
	for (int i = 0; i < p->nlab; i++)
		prod_label(q, p->dim[i]);
	for (int i = 0; i < p->n; i++)
		if (i != skip)
			prod_factor(q, p->f[i], p->lab + p->off[i]);
	for (int i = 0; i < d->nax; i++)
		l[i] = p->out[axis[i]];
	for (int i = 0; i < ntimes; i++)
		prod_factor(q, times[i], l);
	sum_add(sum, c, prod_end(q, p->term->nax, p->out));
}

/* s with all its terms over the lowest power of d, or NULL */
static Node *
over(Graph *g, const Node *s, Node *d)
{
	enum { POWERS = 2 };
	Place *at = NEWN(g->a, Place, s->n), place = {-1, {0, 0}};
	Piece *p = NEWN(g->a, Piece, s->n);
	Rat *e = NEWN(g->a, Rat, s->n), least = RAT0;
	Node *times[POWERS], *top;
	Sum *sum = sum_begin(g, s->nax, s->ax);
	Prod *r;
	int *l = NEWN(g->a, int, s->nax + 1), dl[2];

	for (int i = 0; i < s->n; i++) {
		p[i] = piece(g, s->coef[i], s->kid[i]);
		e[i] = RAT0;
		if (!find_base(&p[i], d, &at[i])) {
			at[i].factor = -1;
			continue;
		}
		for (int k = 0; k < d->nax; k++)
			if (place.factor >= 0 && place.axis[k] != at[i].axis[k])
				return NULL;
		place = at[i];
		e[i] = exponent_of(p[i].f[at[i].factor]);
		if (rat_cmp(e[i], least) < 0)
			least = e[i];
	}
	if (place.factor < 0)
		return NULL;
	for (int i = 0; i < s->n; i++) {
		long k;

		if (!rat_long(rat_add(g->a, e[i], rat_neg(g->a, least)), &k) || k > POWERS)
			return NULL;
		add_times(g, sum, &p[i], at[i].factor, d, place.axis, k, s->coef[i], 0, times);
	}
	top = sum_end(sum);
	if (top->kind == N_SUM && (top->nax > 2 || top->n >= s->n))
		return NULL;
	r = prod_begin(g);
	for (int i = 0; i < s->nax; i++)
		l[i] = prod_label(r, s->ax[i]);
	for (int k = 0; k < d->nax; k++)
		dl[k] = l[place.axis[k]];
	prod_factor(r, top, l);
	prod_factor(r, node_pow(g, d, least), dl);
	return prod_end(r, s->nax, l);
}

/* the sum over a common denominator where that is shorter */
static Node *
one_denominator(Graph *g, Node *s)
{
	Node *seen[4];
	int nseen = 0;

	if (s->n > MANY / 4)
		return s;
	for (int i = 0; i < s->n; i++) {
		Piece p = piece(g, s->coef[i], s->kid[i]);

		for (int j = 0; j < p.n; j++) {
			Node *d = p.f[j]->kind == N_POW ? p.f[j]->kid[0] : NULL, *r;
			bool old = !d || d->kind != N_SUM || d->n > 4 || rat_sign(p.f[j]->coef[0]) > 0;

			for (int k = 0; k < nseen; k++)
				old |= seen[k] == d;
			if (old || nseen == 4)
				continue;
			seen[nseen++] = d;
			r = over(g, s, d);
			if (r && lighter(r, s))
				return r;
		}
	}
	return s;
}

Node *
collect_sum(Graph *g, Node *s)
{
	Node *r = s;

	if (s->kind != N_SUM || s->n == 0)
		return s;
	r = multiplied_out(g, r);
	if (r->kind == N_SUM && r->n > 1)
		r = one_denominator(g, r);
	return r;
}

/* ---- factors that cancel against denominators in a sum beside them */

/* p with its factor i inside the sum, its factor j, where it stands on the same labels; or NULL */
static Node *
drawn_in(Graph *g, const Node *p, int i, int j)
{
	const int *fl = node_labels(p, i), *sl = node_labels(p, j);
	Node *f = p->kid[i], *s = p->kid[j];
	int on[2];
	bool cancels = false;
	Sum *sum;
	Prod *q;

	if (f->nax > 2 || s->nax > 2 || (s->nax == 2 && sl[0] == sl[1]))
		return NULL;
	for (int k = 0; k < f->nax; k++) {
		on[k] = -1;
		for (int m = 0; m < s->nax; m++)
			if (sl[m] == fl[k])
				on[k] = m;
		if (on[k] < 0)
			return NULL;
	}
	sum = sum_begin(g, s->nax, s->ax);
	for (int t = 0; t < s->n; t++) {
		Piece term = piece(g, s->coef[t], s->kid[t]);
		int l[2], lf[2];
		Place at;

		if (find_base(&term, base_of(f), &at))
			cancels |= rat_sign(exponent_of(term.f[at.factor])) != rat_sign(exponent_of(f));
		q = prod_begin(g);
		for (int m = 0; m < s->nax; m++)
			l[m] = prod_label(q, s->ax[m]);
		for (int k = 0; k < f->nax; k++)
			lf[k] = l[on[k]];
		prod_factor(q, s->kid[t], l);
		prod_factor(q, f, lf);
		sum_add(sum, s->coef[t], prod_end(q, s->nax, l));
	}
	if (!cancels)
		return NULL;
	q = prod_begin(g);
	for (int l = 0; l < p->nlab; l++)
		prod_label(q, p->labdim[l]);
	prod_coef(q, p->coef[0]);
	for (int k = 0; k < p->n; k++)
		if (k != i)
			prod_factor(q, k == j ? collect_sum(g, sum_end(sum)) : p->kid[k], node_labels(p, k));
	return prod_end(q, p->nax, p->out);
}

/* ---- pairs of functions on the same labels: x.*sign(x) is abs(x), sinh(x)./cosh(x) is tanh(x) */

static bool
calls(const Node *n, FunId f, const Node *of)
{
	return n->kind == N_MAP && n->fun->id == f && (!of || n->kid[0] == of);
}

/* x^e*y^d as *z^k*x^(e - k); false when it is nothing of the kind */
static bool
pair(Graph *g, Node *x, Node *y, Rat e, Rat d, Node **z, Rat *k)
{
	static const FunId quotient[][3] = {{F_sin, F_cos, F_tan}, {F_sinh, F_cosh, F_tanh}};

	*k = RAT1;
	if (calls(y, F_sign, x) && rat_is(d, 1) && rat_cmp(e, RAT1) >= 0) {
		*z = node_map(g, &fun_table[F_abs], 1, &x);
		return true;
	}
	if (calls(y, F_sign, NULL) && calls(x, F_abs, y->kid[0]) && rat_is(d, 1) &&
		rat_cmp(e, RAT1) >= 0) {
		*z = y->kid[0];
		return true;
	}
	for (int i = 0; i < 2; i++)
		if (calls(x, quotient[i][0], NULL) && calls(y, quotient[i][1], x->kid[0]) &&
			rat_eq(d, rat_neg(g->a, e)) && rat_sign(e) > 0) {
			*k = e;
			*z = node_map(g, &fun_table[quotient[i][2]], 1, x->kid);
			return true;
		}
	return false;
}

static Node *
paired(Graph *g, const Node *p, int i, int j)
{
	const int *li = node_labels(p, i), *lj = node_labels(p, j);
	Node *x = base_of(p->kid[i]), *y = base_of(p->kid[j]), *z;
	Rat e = exponent_of(p->kid[i]), k;
	Prod *q;

	if (i == j || x->nax != y->nax || !pair(g, x, y, e, exponent_of(p->kid[j]), &z, &k))
		return NULL;
	for (int m = 0; m < x->nax; m++)
		if (li[m] != lj[m])
			return NULL;
	q = prod_begin(g);
	for (int l = 0; l < p->nlab; l++)
		prod_label(q, p->labdim[l]);
	prod_coef(q, p->coef[0]);
	prod_factor(q, node_pow(g, z, k), li);
	prod_factor(q, node_pow(g, x, rat_add(g->a, e, rat_neg(g->a, k))), li);
	for (int m = 0; m < p->n; m++)
		if (m != i && m != j)
			prod_factor(q, p->kid[m], node_labels(p, m));
	return prod_end(q, p->nax, p->out);
}

Node *
collect_prod(Graph *g, Node *p)
{
	for (int j = 0; p->kind == N_PROD && j < p->n && p->n <= MANY; j++)
		for (int i = 0; base_of(p->kid[j])->kind == N_MAP && i < p->n; i++) {
			Node *r = paired(g, p, i, j);

			if (r)
				return collect_prod(g, r);
		}
	for (int j = 0; p->kind == N_PROD && j < p->n && p->n <= MANY; j++)
		for (int i = 0; p->kid[j]->kind == N_SUM && i < p->n; i++) {
			Node *r = i == j ? NULL : drawn_in(g, p, i, j);

			if (r && lighter(r, p))
				return collect_prod(g, r);
		}
	return p;
}

/* ---- whole results */

/* does it take more than a word to write? */
static bool
long_factor(const Node *f)
{
	switch (f->kind) {
	case N_SUM:
		return true;
	case N_MAP:
	case N_FN:
	case N_PROD:
		return f->nax == 0;
	default:
		return false;
	}
}

/* The terms of s that have f as a factor put together; NULL when fewer than two do, or that is not
   shorter. */
static Node *
gathered(Graph *g, Node *s, const Node *f)
{
	Sum *with = sum_begin(g, s->nax, s->ax), *rest = sum_begin(g, s->nax, s->ax);
	Node *group, *one;
	int n = 0;

	for (int i = 0; i < s->n; i++) {
		Piece p = piece(g, s->coef[i], s->kid[i]);
		bool in = false;

		for (int j = 0; j < p.n; j++)
			in |= p.f[j] == f;
		n += in;
		sum_add(in ? with : rest, s->coef[i], s->kid[i]);
	}
	if (n < 2)
		return NULL;
	group = sum_end(with);
	one = group->kind == N_SUM ? factored(g, group, f->nax == 0) : NULL;
	if (!one || weigh(one, HEAVY) + weigh(f, HEAVY) > weigh(group, HEAVY))
		return NULL;
	sum_add(rest, RAT1, one);
	return sum_end(rest);
}

/* the product r is a column times a row that is a name alone, as x' in (A*y - z)*x' */
static bool
outer_vector(const Node *r)
{
	if (r->nax != 2 || r->out[0] == r->out[1])
		return false;
	for (int i = 0; i < r->n; i++) {
		int uses = 0;

		if (r->kid[i]->nax != 1 || r->kid[i]->kind == N_SUM || node_labels(r, i)[0] != r->out[1])
			continue;
		for (int j = 0; j < r->n; j++)
			for (int k = 0; k < r->kid[j]->nax; k++)
				uses += node_labels(r, j)[k] == r->out[1];
		if (uses == 1)
			return true;
	}
	return false;
}

/* all terms over what they have in common, when some of them become one by that: (X*X' - Y)*X +
   (X*X' - Y')*X is (2*X*X' - Y - Y')*X, and A*x + A'*x stays */
static Node *
merged(Graph *g, Node *s)
{
	Node *r = factored(g, s, false);
	int common, rest = 0;

	if (!r || r->kind != N_PROD)
		return r;
	for (int i = 0; i < r->n; i++)
		if (r->kid[i]->kind == N_SUM)
			rest += weigh(r->kid[i], HEAVY);
	common = weigh(r, HEAVY) - rest;
	return rest < weigh(s, HEAVY) - s->n * common || outer_vector(r) ? r : NULL;
}

Node *
collect_result(Graph *g, Node *n)
{
	Node *r;

	if (n->kind == N_PROD) {
		for (int i = 0; i < n->n; i++)
			if (n->kid[i]->kind == N_SUM && (r = collect_result(g, n->kid[i])) != n->kid[i])
				return collect_result(g, with_factor(g, n, i, r, RAT1));
		return n;
	}
	if (n->kind != N_SUM || n->n < 2 || n->n > MANY || n->nax > 2 || weigh(n, HEAVY) >= HEAVY)
		return n;
	if ((r = merged(g, n)))
		return r;
	for (int i = 0; i < n->n; i++) {
		Piece p = piece(g, n->coef[i], n->kid[i]);

		for (int j = 0; j < p.n; j++)
			if (long_factor(p.f[j]) && (r = gathered(g, n, p.f[j])))
				return collect_result(g, r);
	}
	return n;
}
