/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan_sum.c: a sum of the graph. Its elementwise terms are one loop into one buffer; blocks and
 * diagonals go to their places in that buffer, and large contractions add to it themselves.
 */
#include "plan.h"

/* A product that ends in one big contraction is added into a sum's storage by that contraction
 * itself. */
bool
plan_sum_into(const Low *k, const Lazy *z)
{
	int pairs = 0, others = 0;
	double work = 1;

	if (k->uses > 1 || !z->simple || z->nax < 2)
		return false;
	for (int i = 0; i < z->nop; i++)
		if (z->op[i].kind == O_PAIR)
			pairs++;
		else if (z->op[i].n)
			others++;
	for (int i = 0; i < z->nvar; i++)
		work *= (double)z->size[i];
	return pairs == 1 && !others && work > 4096;
}

/* May the sum be a part of a longer elementwise program? Not when it wants a buffer to add blocks
 * or contractions into. */
bool
plan_sum_inline(Build *b, Low *l)
{
	for (int i = 0; i < l->node->n; i++) {
		Low *k = plan_low(b, l->node->kid[i]);

		if (k->node->kind == N_PROD && !k->done) {
			Lazy *z = plan_prod(b, k->node);

			if (!z->zero && (!z->simple || plan_sum_into(k, z)))
				return false;
		}
	}
	return true;
}

/* Where a product lies in its result: box[2*i] .. box[2*i+1] along axis i. Gives the number of
 * entries it writes. */
static double
box_of(Build *b, const Lazy *z, long **box)
{
	double entries = 1;

	*box = NEWN(b->a, long, 2 * z->nax + 1);
	for (int i = 0; i < z->nax; i++) {
		long *at = *box + 2 * i;

		at[0] = at[1] = z->ax[i].off;
		for (int j = 0; j < z->ax[i].n; j++)
			at[1] += z->ax[i].mult[j] * (z->size[z->ax[i].var[j]] - 1);
	}
	for (int i = 0; i < z->nvar; i++)
		entries *= z->open[i] ? (double)z->size[i] : 1;
	return entries;
}

/* Blocks that do not meet are written, not added; when they fill the whole, nothing has to be zero
 * before. */
static bool
blocks_disjoint(Build *b, const Node *n, double size, bool *fill)
{
	long **box = NEWN(b->a, long *, n->n + 1);
	double entries = 0;

	*fill = false;
	if (n->n > 16)
		return false;
	for (int i = 0; i < n->n; i++) {
		entries += box_of(b, plan_prod(b, n->kid[i]), &box[i]);
		for (int j = 0; j < i; j++) {
			bool apart = false;

			for (int k = 0; k < n->nax; k++)
				apart =
					apart || box[i][2 * k] > box[j][2 * k + 1] || box[j][2 * k] > box[i][2 * k + 1];
			if (!apart)
				return false;
		}
	}
	*fill = entries == size;
	return true;
}

/* SUM: what is elementwise in one loop, then blocks and diagonals, then contractions, all into one
 * buffer */
void
plan_sum(Build *b, Low *l)
{
	Node *n = l->node;
	enum { EW, PLACED, INTO, NOTHING } *how = arena_alloc(b->a, sizeof *how * (size_t)(n->n + 1));
	int *ax = NEWN(b->a, int, n->nax + 1), new = 0, placed = 0;
	bool started = false, apart, fill = false;
	size_t size;
	long *stride = plan_dense(b, n->nax, l->dim, &size);
	int val;
	Ew e;

	for (int i = 0; i < n->nax; i++)
		ax[i] = i;
	ew_begin(b, &e, n->nax, l->dim);
	for (int i = 0; i < n->n; i++) {
		Low *k = plan_low(b, n->kid[i]);

		how[i] = EW;
		if (k->node->kind == N_PROD && !k->done) {
			Lazy *z = plan_prod(b, k->node);

			if (z->zero)
				how[i] = NOTHING;
			else if (!z->simple && k->uses <= 1) {
				how[i] = PLACED;
				placed++;
			} else if (plan_sum_into(k, z))
				how[i] = INTO;
		}
		if (how[i] == EW) {
			ew_node(b, &e, k->node, ax);
			if (new ++)
				ew_op(b, &e, I_ADD, 0, rat_double(n->coef[i]), NULL);
			else
				ew_op(b, &e, I_SCALE, 0, rat_double(n->coef[i]), NULL);
		}
	}
	val = plan_val(b, size);
	if (new) {
		ew_end(b, &e, val, 0, stride, false, n);
		started = true;
	}
	for (int i = 0; i < n->n; i++) {
		double c = rat_double(n->coef[i]);

		if (how[i] != INTO)
			continue;
		if (!pair_into(b, plan_prod(b, n->kid[i]), val, stride, c, started ? 1 : 0, n)) {
			ew_begin(b, &e, n->nax, l->dim);
			ew_node(b, &e, n->kid[i], ax);
			ew_op(b, &e, I_SCALE, 0, c, NULL);
			ew_end(b, &e, val, 0, stride, started, n);
		}
		started = true;
	}
	apart = placed == n->n && blocks_disjoint(b, n, (double)size, &fill);
	if (!started && !fill)
		plan_step(b, OP_ZERO, n, val);
	for (int i = 0; i < n->n; i++)
		if (how[i] == PLACED)
			ew_scatter(b, plan_prod(b, n->kid[i]), val, stride, rat_double(n->coef[i]), !apart, n);
	plan_has(b, l, val);
}
