/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan_order.c: in which order a product's operands are contracted. Exact (dynamic programming over
 * subsets) up to ten operands when there is something to gain, greedy otherwise. What another
 * product has computed already costs nothing, so that orders which share are preferred. Operands
 * that are only multiplied entry by entry are left as a list: whoever takes the product does that
 * in its own loop.
 */
#include <math.h>
#include <string.h>

#include "plan.h"

enum { DP_MOST = 10, TINY = 256 };

typedef struct Elem { /* operands to be multiplied, and the loops they run over */
	int n;
	Oper *op;
	uint64_t *set;
	bool dead;
} Elem;

typedef struct Merge {
	int x, y;
} Merge; /* element x becomes x times y */

typedef struct Order {
	Build *b;
	Lazy *z;
	Node *node;
	int words;
	int n;
	Elem *el;
	int *cnt; /* by loop: how many elements have it */
	uint64_t *open;
	int nmerge;
	Merge *merge;
} Order;

static bool
has(const uint64_t *set, int v)
{
	return set[v >> 6] >> (v & 63) & 1;
}

static double
set_size(const Order *o, const uint64_t *set)
{
	double s = 1;

	for (int w = 0; w < o->words; w++)
		for (uint64_t m = set[w]; m; m &= m - 1)
			s *= (double)o->z->size[w * 64 + __builtin_ctzll(m)];
	return s;
}

static void
add_elem(Order *o, const Oper *op)
{
	Elem *e = &o->el[o->n++];

	e->n = 1;
	e->op = NEW(o->b->a, Oper);
	*e->op = *op;
	e->set = NEWN(o->b->a, uint64_t, o->words);
	for (int i = 0; i < op->n; i++)
		if (op->var[i] >= 0 && !has(e->set, op->var[i])) {
			e->set[op->var[i] >> 6] |= (uint64_t)1 << (op->var[i] & 63);
			o->cnt[op->var[i]]++;
		}
}

/* Could a solve compute inv times y, when `con` are the loops that it contracts? */
static bool
solvable(const Oper *inv, const uint64_t *y, const uint64_t *con)
{
	bool x0 = has(y, inv->var[0]), x1 = has(y, inv->var[1]);

	return x0 != x1 && has(con, x0 ? inv->var[0] : inv->var[1]);
}

/* The cost of multiplying elements with the loops x and y, which contracts those in con; ix, iy: an
 * inverse alone there. */
static double
cost_of(const Order *o, const uint64_t *x, const uint64_t *y, const uint64_t *con, const Oper *ix,
	const Oper *iy)
{
	uint64_t small[2] = {0}, *u = o->words <= 2 ? small : NEWN(o->b->a, uint64_t, o->words);
	double cost;

	for (int w = 0; w < o->words; w++)
		u[w] = x[w] | y[w];
	cost = set_size(o, u);
	for (int w = 0; w < o->words; w++)
		u[w] &= ~con[w];
	cost += set_size(o, u);
	if (ix && !solvable(ix, y, con))
		cost += 2 * pow((double)o->z->size[ix->var[0]], 3);
	if (iy && (ix || !solvable(iy, x, con)))
		cost += 2 * pow((double)o->z->size[iy->var[0]], 3);
	return cost;
}

static const Oper *
lone_inverse(const Elem *e)
{
	return e->n == 1 && e->op[0].kind == O_INV ? &e->op[0] : NULL;
}

/* which loops stay when elements i and j are multiplied */
static bool *
kept(const Order *o, int i, int j)
{
	bool *keep = NEWN(o->b->a, bool, o->z->nvar + 1);

	for (int v = 0; v < o->z->nvar; v++)
		keep[v] = o->z->open[v] || o->cnt[v] > (has(o->el[i].set, v) ? 1 : 0) +
												   (i != j && has(o->el[j].set, v) ? 1 : 0);
	return keep;
}

static double
pair_cost(const Order *o, int i, int j, uint64_t *con)
{
	const Elem *x = &o->el[i], *y = &o->el[j];
	uint64_t shared = 0;

	for (int w = 0; w < o->words; w++) {
		con[w] = 0;
		for (uint64_t m = (x->set[w] | y->set[w]) & ~o->open[w]; m; m &= m - 1) {
			int v = w * 64 + __builtin_ctzll(m), in = (int)has(x->set, v) + (int)has(y->set, v);

			shared |= in == 2;
			if (o->cnt[v] == in)
				con[w] |= m & -m;
		}
	}
	if (!shared)
		return INFINITY;
	if (x->n == 1 && y->n == 1 && x->op->kind == O_REF && y->op->kind == O_REF &&
		pair_known(o->b, o->z, x->op, y->op, kept(o, i, j)))
		return 0;
	return cost_of(o, x->set, y->set, con, lone_inverse(x), lone_inverse(y));
}

static void
join_sets(Order *o, Elem *x, Elem *y, const uint64_t *con)
{
	for (int v = 0; v < o->z->nvar; v++) {
		if (has(x->set, v) && has(y->set, v))
			o->cnt[v]--;
		if (con && has(con, v))
			o->cnt[v] = 0;
	}
	for (int w = 0; w < o->words; w++)
		x->set[w] = (x->set[w] | y->set[w]) & (con ? ~con[w] : ~(uint64_t)0);
	y->dead = true;
}

/* out: which elements share a loop with element i that has to be summed; member: by loop, which
 * elements have it, a set of `words` words */
static void
neighbours(const Order *o, const uint64_t *member, int words, int i, uint64_t *out)
{
	memset(out, 0, sizeof *out * (size_t)words);
	for (int w = 0; w < o->words; w++)
		for (uint64_t m = o->el[i].set[w] & ~o->open[w]; m; m &= m - 1)
			for (int k = 0; k < words; k++)
				out[k] |= member[(w * 64 + __builtin_ctzll(m)) * words + k];
	out[i >> 6] &= ~((uint64_t)1 << (i & 63));
}

/* the cheapest partner of element i among its neighbours after it; n: there is none */
static int
best_partner(const Order *o, const uint64_t *near, int words, int i, double *least, uint64_t *con)
{
	int best = o->n;

	*least = INFINITY;
	for (int w = i >> 6; w < words; w++)
		for (uint64_t m = near[w]; m; m &= m - 1) {
			int j = w * 64 + __builtin_ctzll(m);
			double cost = j > i ? pair_cost(o, i, j, con) : INFINITY;

			if (cost < *least) {
				*least = cost;
				best = j;
			}
		}
	return best;
}

/* element x takes over the loops of element y, but for those in con, which are summed */
static void
join_members(const Order *o, uint64_t *member, int words, int x, int y, const uint64_t *con)
{
	for (int w = 0; w < o->words; w++)
		for (uint64_t m = o->el[x].set[w] | o->el[y].set[w]; m; m &= m - 1) {
			uint64_t *in = member + (w * 64 + __builtin_ctzll(m)) * words;

			in[y >> 6] &= ~((uint64_t)1 << (y & 63));
			if (con[w] & m & -m)
				in[x >> 6] &= ~((uint64_t)1 << (x & 63));
			else
				in[x >> 6] |= (uint64_t)1 << (x & 63);
		}
}

/* The cheapest pair first. Gives the total cost; the merges are left in o, the elements as they
   were. A merge changes the costs of pairs with a neighbour of the two, and of no others: chains of
   many layers have products of many factors with few neighbours each. */
static double
order_greedy(Order *o)
{
	Build *b = o->b;
	int n = o->n, words = n / 64 + 1, *cnt = NEWN(b->a, int, o->z->nvar + 1);
	int *best = NEWN(b->a, int, n);
	double *cost = NEWN(b->a, double, n), total = 0;
	uint64_t *con = NEWN(b->a, uint64_t, o->words), **set = NEWN(b->a, uint64_t *, n);
	uint64_t *member = NEWN(b->a, uint64_t, (size_t)(o->words * 64) * (size_t)words);
	uint64_t *near = NEWN(b->a, uint64_t, words), *changed = NEWN(b->a, uint64_t, words);
	uint64_t *todo = NEWN(b->a, uint64_t, words);

	memcpy(cnt, o->cnt, sizeof *cnt * (size_t)o->z->nvar);
	for (int i = 0; i < n; i++) {
		set[i] = NEWN(b->a, uint64_t, o->words);
		memcpy(set[i], o->el[i].set, sizeof **set * (size_t)o->words);
		todo[i >> 6] |= (uint64_t)1 << (i & 63);
		for (int w = 0; w < o->words; w++)
			for (uint64_t m = set[i][w]; m; m &= m - 1)
				member[(w * 64 + __builtin_ctzll(m)) * words + (i >> 6)] |= (uint64_t)1 << (i & 63);
	}
	for (;;) {
		int x = 0, y;

		for (int w = 0; w < words; w++)
			for (uint64_t m = todo[w]; m; m &= m - 1) {
				int i = w * 64 + __builtin_ctzll(m);

				neighbours(o, member, words, i, near);
				best[i] = best_partner(o, near, words, i, &cost[i], con);
			}
		for (int i = 1; i < n; i++)
			if (cost[i] < cost[x])
				x = i;
		y = best[x];
		if (y == n)
			break;
		total += pair_cost(o, x, y, con);
		neighbours(o, member, words, x, changed);
		neighbours(o, member, words, y, near);
		for (int w = 0; w < words; w++)
			todo[w] = changed[w] |= near[w];
		for (int w = 0; w < words; w++)
			for (uint64_t m = changed[w]; m; m &= m - 1) {
				neighbours(o, member, words, w * 64 + __builtin_ctzll(m), near);
				for (int k = 0; k < words; k++)
					todo[k] |= near[k];
			}
		todo[y >> 6] &= ~((uint64_t)1 << (y & 63));
		cost[y] = INFINITY;
		best[y] = n;
		o->merge[o->nmerge++] = (Merge){x, y};
		o->el[x].n += o->el[y].n; /* so that it is no operand alone any more */
		join_members(o, member, words, x, y, con);
		join_sets(o, &o->el[x], &o->el[y], con);
	}
	memcpy(o->cnt, cnt, sizeof *cnt * (size_t)o->z->nvar);
	for (int i = 0; i < n; i++) {
		memcpy(o->el[i].set, set[i], sizeof **set * (size_t)o->words);
		o->el[i].dead = false;
		o->el[i].n = 1;
	}
	return total;
}

static int
emit_merges(Order *o, const unsigned *split, unsigned mask)
{
	int x, y;

	if (!(mask & (mask - 1)))
		return __builtin_ctz(mask);
	x = emit_merges(o, split, split[mask]);
	y = emit_merges(o, split, mask & ~split[mask]);
	o->merge[o->nmerge++] = (Merge){x, y};
	return x;
}

/* The best tree of all, when the loops fit in one word. ext[m]: loops of the product of the
 * elements in m. */
static void
order_exact(Order *o, double greedy)
{
	int n = o->n, was = o->nmerge;
	unsigned all = (1u << n) - 1;
	double *best = NEWN(o->b->a, double, all + 1);
	unsigned *split = NEWN(o->b->a, unsigned, all + 1);
	uint64_t *any = NEWN(o->b->a, uint64_t, all + 1), *ext = NEWN(o->b->a, uint64_t, all + 1), con;

	for (unsigned m = 1; m <= all; m++)
		any[m] = any[m & (m - 1)] | o->el[__builtin_ctz(m)].set[0];
	for (unsigned m = 1; m <= all; m++)
		ext[m] = any[m] & (o->open[0] | any[all & ~m]);
	for (unsigned m = 1; m <= all; m++) {
		if (!(m & (m - 1)))
			continue;
		best[m] = INFINITY;
		arena_alloc(o->b->a, 0);
		for (unsigned l = (m - 1) & m; l; l = (l - 1) & m) {
			unsigned r = m & ~l;
			double c;

			if (l < r)
				continue;
			con = (ext[l] | ext[r]) & ~ext[m];
			if (best[l] + best[r] >= best[m])
				continue;
			if (!(l & (l - 1)) && !(r & (r - 1)) &&
				pair_cost(o, __builtin_ctz(l), __builtin_ctz(r), &(uint64_t){0}) == 0)
				c = best[l] + best[r];
			else if (!(ext[m] & ~o->open[0]) && !con)
				c = best[l] + best[r]; /* left to whoever takes the product */
			else
				c = best[l] + best[r] +
					cost_of(o, &ext[l], &ext[r], &con,
						l & (l - 1) ? NULL : lone_inverse(&o->el[__builtin_ctz(l)]),
						r & (r - 1) ? NULL : lone_inverse(&o->el[__builtin_ctz(r)]));
			if (c < best[m]) {
				best[m] = c;
				split[m] = l;
			}
		}
	}
	if (best[all] < greedy || was == 0) {
		o->nmerge = 0;
		emit_merges(o, split, all);
	}
}

static void
run_merges(Order *o)
{
	Build *b = o->b;
	Lazy *z = o->z;
	uint64_t *con = NEWN(b->a, uint64_t, o->words);

	for (int k = 0; k < o->nmerge; k++) {
		Elem *x = &o->el[o->merge[k].x], *y = &o->el[o->merge[k].y];
		bool *keep = kept(o, o->merge[k].x, o->merge[k].y), contracts = false, later = false;

		for (int w = 0; w < o->words; w++) {
			con[w] = 0;
			for (uint64_t m = x->set[w] | y->set[w]; m; m &= m - 1)
				if (!keep[w * 64 + __builtin_ctzll(m)])
					con[w] |= m & -m;
			contracts = contracts || con[w];
		}
		if (!contracts) {
			Oper *op = NEWN(b->a, Oper, x->n + y->n);

			memcpy(op, x->op, sizeof *op * (size_t)x->n);
			memcpy(op + x->n, y->op, sizeof *op * (size_t)y->n);
			x->op = op;
			x->n += y->n;
		} else {
			Oper p = pair_merge(b, z, x->n, x->op, o->node),
				 q = pair_merge(b, z, y->n, y->op, o->node);

			/* what nobody contracts further may wait for the storage it is to go to */
			for (int v = 0; v < z->nvar; v++)
				later = later || (keep[v] && !z->open[v] && (has(x->set, v) || has(y->set, v)));
			x->op = NEW(b->a, Oper);
			x->n = 1;
			if (later) {
				*x->op = pair_contract(b, z, &p, &q, keep, o->node);
			} else {
				x->op->kind = O_PAIR;
				x->op->node = o->node;
				x->op->pair = NEW(b->a, Pair);
				x->op->pair->x = p;
				x->op->pair->y = q;
				x->op->var = NEWN(b->a, int, z->nvar + 1);
				for (int v = 0; v < z->nvar; v++)
					if (keep[v] && (has(x->set, v) || has(y->set, v)))
						x->op->var[x->op->n++] = v;
			}
		}
		join_sets(o, x, y, con);
	}
}

/* Sums over loops that only one operand has are taken first; an inverse is multiplied by ones
 * instead: that is a solve. */
static void
sum_private(Order *o)
{
	Build *b = o->b;
	Lazy *z = o->z;

	for (int i = 0, n = o->n; i < n; i++) {
		Elem *e = &o->el[i];
		bool *keep = kept(o, i, i), any = false;

		for (int v = 0; v < z->nvar; v++)
			any = any || (has(e->set, v) && !keep[v]);
		if (!any)
			continue;
		if (lone_inverse(e)) {
			int *one = plan_cons(b, 1, (long[]){-1});

			if (*one < 0) {
				Ew w;

				*one = plan_val(b, 1);
				ew_begin(b, &w, 0, NULL);
				ew_op(b, &w, I_CONST, 0, 1, NULL);
				ew_end(b, &w, *one, 0, NULL, false, o->node);
			}
			for (int j = 0; j < 2; j++)
				if (!keep[e->op->var[j]]) {
					Oper ones = {.kind = O_REF, .val = *one, .n = 1, .node = o->node};

					ones.var = NEWN(b->a, int, 1);
					ones.var[0] = e->op->var[j];
					ones.stride = NEWN(b->a, long, 1);
					add_elem(o, &ones);
				}
			continue;
		}
		e->op[0] = pair_loop(b, z, 1, e->op, keep, o->node);
		for (int v = 0; v < z->nvar; v++)
			if (has(e->set, v) && !keep[v]) {
				e->set[v >> 6] &= ~((uint64_t)1 << (v & 63));
				o->cnt[v] = 0;
			}
	}
}

void
order_product(Build *b, Lazy *z, Node *n)
{
	Order o = {.b = b, .z = z, .node = n, .words = z->nvar / 64 + 1};
	bool closed = false;
	double total = 1, greedy;
	Oper *rest;
	int nrest = 0;

	for (int i = 0; i < z->nop && !closed; i++)
		for (int j = 0; j < z->op[i].n; j++)
			closed = closed || (z->op[i].var[j] >= 0 && !z->open[z->op[i].var[j]]);
	if (!closed)
		return;
	o.el = NEWN(b->a, Elem, 3 * z->nop);
	o.cnt = NEWN(b->a, int, z->nvar + 1);
	o.open = NEWN(b->a, uint64_t, o.words);
	rest = NEWN(b->a, Oper, 3 * z->nop);
	for (int i = 0; i < z->nop; i++) {
		bool loops = false;

		for (int j = 0; j < z->op[i].n; j++)
			loops = loops || z->op[i].var[j] >= 0;
		if (loops)
			add_elem(&o, &z->op[i]);
		else
			rest[nrest++] = z->op[i];
	}
	for (int v = 0; v < z->nvar; v++) {
		if (z->open[v])
			o.open[v >> 6] |= (uint64_t)1 << (v & 63);
		if (o.cnt[v])
			total *= (double)z->size[v];
	}
	if (total <= TINY && o.n <= 8) {
		Oper *op = NEWN(b->a, Oper, o.n);

		for (int i = 0; i < o.n; i++)
			op[i] = o.el[i].op[0];
		rest[nrest++] = pair_loop(b, z, o.n, op, z->open, n);
		z->op = rest;
		z->nop = nrest;
		return;
	}
	sum_private(&o);
	o.merge = NEWN(b->a, Merge, o.n);
	greedy = order_greedy(&o);
	if (o.n > 2 && o.n <= DP_MOST && o.words == 1 && greedy > (o.n <= 5 ? 2e3 : 5e4))
		order_exact(&o, greedy);
	run_merges(&o);
	for (int i = 0; i < o.n; i++)
		for (int j = 0; j < o.el[i].n && !o.el[i].dead; j++)
			rest[nrest++] = o.el[i].op[j];
	z->op = rest;
	z->nop = nrest;
}
