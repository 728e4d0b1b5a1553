/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prod_pinv.c: a pseudo-inverse P of C beside C in a product under construction: C P C = C, P C P =
 * P, and C P, P C are symmetric, so that each may be turned round when what comes next asks for it:
 * C' C P = C', P C C' = C', P' P C = P'.
 */
#include "prod.h"

/* factor i other than a and b: the node n, to the first power, with its axis `side` on label l,
   which ends there; -1: none */
static int
partner(Prod *p, const Node *n, int side, int l, int a, int b)
{
	if (prod_open(p, l) || prod_uses(p, l) != 2)
		return -1;
	for (int i = 0; i < p->nf; i++) {
		const Factor *f = &p->f[i];
		int *m = prod_labs(p, f);

		if (i != a && i != b && !f->dead && f->node == n && rat_is(f->exp, 1) && m[side] == l &&
			m[!side] != l)
			return i;
	}
	return -1;
}

/* The projection made of c and P on the inner label `in`, with the ends c_end and p_end: what it
   leaves as it is goes next to it, at either end. */
static bool
absorb(Prod *p, int pinv, int c, int in, int c_end, int p_end, int side)
{
	Node *node[2] = {p->f[c].node, p->f[pinv].node};
	int end[2] = {c_end, p_end};

	/* c has its axis `side` on c_end, and so does a c that is absorbed; P its other one */
	for (int what = 0; what < 2; what++)
		for (int e = 0; e < 2; e++) {
			int at = what ? !side : side, i = partner(p, node[what], at, end[e], pinv, c), l[2];

			if (i < 0)
				continue;
			l[at] = end[!e];
			l[!at] = prod_labs(p, &p->f[i])[!at];
			p->f[pinv].dead = p->f[c].dead = true;
			prod_consume(p, in);
			prod_consume(p, end[e]);
			prod_replace(p, &p->f[i], node[what], l);
			return true;
		}
	return false;
}

/* needs: factor `at` a pseudo-inverse, to the first power */
bool
prod_pinv_rule(Prod *p, int at)
{
	Node *c = p->f[at].node->kid[0];
	int *l = prod_labs(p, &p->f[at]);

	if (c->nax != 2 || !rat_is(p->f[at].exp, 1) || l[0] == l[1])
		return false;
	for (int side = 0; side < 2; side++) {
		/* c[c_end, in] P[in, p_end] or P[p_end, in] c[in, c_end] */
		int in = l[side], i = partner(p, c, !side, in, at, at);

		if (i >= 0 && absorb(p, at, i, in, prod_labs(p, &p->f[i])[side], l[!side], side))
			return true;
	}
	return false;
}
