/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ball_leaf.c: the values of leaves as balls, for ball.c. A double is an exact number; but a matrix
 * of doubles has orthonormal columns to rounding only, and is replaced by the nearest one that has:
 * the orthogonal factor of its polar decomposition, by the iteration of Newton and Schulz,
 * X (3I - X'X)/2 (N. J. Higham, Functions of Matrices, 2008, section 8.3).
 */
#include "ball.h"

#ifdef HAVE_ARB_HEADERS

/* Entry (i, j) of the m x n matrix with orthonormal columns is x[i*in + j*step]. */
typedef struct Tall { long m, n, in, step; } Tall;

/* out = X'X - I, n x n */
static void
gram(BallWalk *w, const Tall *t, arb_srcptr x, arb_ptr out)
{
	arb_ptr sum = ball_room(w, 2), one = sum + 1;

	arb.arb_set_si(one, 1);
	for (long i = 0; i < t->n; i++)
		for (long j = 0; j < t->n; j++) {
			arb.arb_set_si(sum, 0);
			for (long k = 0; k < t->m; k++)
				arb.arb_addmul(sum, x + k * t->in + i * t->step, x + k * t->in + j * t->step, w->prec);
			if (i == j)
				arb.arb_sub(sum, sum, one, w->prec);
			arb.arb_set(out + i * t->n + j, sum);
		}
}

/* x = x - x e/2 */
static void
improve(BallWalk *w, const Tall *t, arb_ptr x, arb_srcptr e)
{
	arb_ptr old = ball_room(w, t->m * t->n), half = ball_room(w, 2), by = half + 1;

	for (long i = 0; i < t->m * t->n; i++)
		arb.arb_set(old + i, x + i);
	arb.arb_set_d(half, -0.5);
	for (long i = 0; i < t->m; i++)
		for (long j = 0; j < t->n; j++)
			for (long k = 0; k < t->n; k++) {
				arb.arb_mul(by, half, e + k * t->n + j, w->prec);
				arb.arb_addmul(x + i * t->in + j * t->step, old + i * t->in + k * t->step, by, w->prec);
			}
}

/* Each step squares the departure from orthonormality, which is a rounding error at first; what is
   left of it bounds the distance. */
static void
orthonormalize(BallWalk *w, const Tall *t, arb_ptr x)
{
	arb_ptr e = ball_room(w, t->n * t->n), left = ball_room(w, 2), size = left + 1;

	for (slong bits = 40; bits < 2 * w->prec; bits *= 2) {
		gram(w, t, x, e);
		improve(w, t, x, e);
	}
	gram(w, t, x, e);
	for (long i = 0; i < t->n * t->n; i++) {
		arb.arb_abs(size, e + i);
		arb.arb_add(left, left, size, w->prec);
	}
	for (long i = 0; i < t->m * t->n; i++)
		arb.arb_add_error(x + i, left);
}

void
ball_leaf(BallWalk *w, const Node *n, BallVec *out)
{
	const Tensor *v = w->env->leaf(w->env->ctx, n->var);
	unsigned p = props_close(n->var->props);

	if (!v || (long)v->size != out->size) {
		w->unable = true;
		return;
	}
	for (long i = 0; i < out->size; i++)
		arb.arb_set_d(out->x + i, v->data[i]);
	if (p & (P_ORTHOGONAL | P_COLUMNS | P_ROWS)) {
		long r = out->nax ? out->dim[0] : 1, c = out->nax > 1 ? out->dim[1] : 1;
		Tall t = {.m = r, .n = c, .in = c, .step = 1};

		if (c > r)
			t = (Tall){.m = c, .n = r, .in = 1, .step = c};
		orthonormalize(w, &t, out->x);
	}
}

#endif
