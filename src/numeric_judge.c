/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * numeric_judge.c: what balls (ball.c) say of a draw, for numeric.c. Doubles tell a difference from
 * rounding by how far changes of the leaves and the sizes of terms explain it, and that can fail:
 * log(sigmoid(40)) has lost all digits that matter. Balls do not fail; they are slow, so they are
 * asked where doubles see a difference, where they see nothing, and twice where they see none.
 */
#include "numeric.h"

#include <math.h>

enum {
	BITS = 100,             /* to which balls must agree to be called equal, */
	BITS_SURE = 2000,       /* ... when doubles already say so, */
	BITS_LARGE = 200,       /* ... or so many, when those take too long */
	MOST_BALLS = 40         /* draws that doubles cannot tell, which balls are asked for */
};
#define MISSED 1e-13    /* of their size, by how much leaves may miss what is given */

static void
differs(Judge *j, Draw *d, const BallDiff *b)
{
	j->differ = true;
	d->kind = DRAW_DIFFER;
	d->left = b->side[0];
	d->right = b->side[1];
	d->diff = b->by;
	d->tol = b->by / (1e3 * FAINT);    /* as clear as can be */
}

/* many digits of large matrices take long */
static void
keep(Judge *j, const Draw *d)
{
	int worst = 0;

	if (j->nequal < SURE_DRAWS) {
		j->equal[j->nequal++] = *d;
		return;
	}
	for (int i = 1; i < SURE_DRAWS; i++)
		if (j->equal[i].total > j->equal[worst].total)
			worst = i;
	if (d->total < j->equal[worst].total)
		j->equal[worst] = *d;
}

Judge
judge_new(const Test *t, bool wanted)
{
	return (Judge){.on = wanted && !ball_missing(), .rough = given_equations(t->g)};
}

/* What is given does not hold exactly for the leaves: does that explain it? */
static void
differs_rough(Judge *j, Draw *d, const BallDiff *b)
{
	double size = fmax(tensor_largest(d->left), tensor_largest(d->right));
	double explained = MISSED * d->moved;

	/* how far the sides move is known where they move little */
	if (!(d->moved * SHAKEN <= 1e-3 * size))
		d->kind = DRAW_UNSTABLE;
	else if (b->by > 1e3 * explained)
		differs(j, d, b);
	else
		d->kind = b->by <= explained && explained <= 1e-6 * size ? DRAW_EQUAL : DRAW_UNSTABLE;
}

void
judge(Judge *j, Test *t, Draw *d)
{
	BallVerdict v;
	BallDiff by;

	if (!j->on || !d->left)
		return;
	if (d->kind == DRAW_EQUAL) {
		keep(j, d);
		return;
	}
	/* of what amplifies a rounding of the leaves, exact values of them tell nothing either */
	if (d->kind != DRAW_DIFFER && (j->rough || j->asked++ >= MOST_BALLS))
		return;
	v = ball_compare(t->g, t->side[0], t->side[1], d->env, BITS, &by);
	j->able = j->able || v != BALL_UNABLE;
	if (v == BALL_DIFFER && j->rough)
		differs_rough(j, d, &by);
	else if (v == BALL_DIFFER)
		differs(j, d, &by);
	else if (v == BALL_EQUAL)
		d->kind = DRAW_EQUAL;
	else if (d->kind == DRAW_DIFFER && j->able && !t->pinv)
		d->kind = DRAW_UNSTABLE;        /* what they cannot confirm where they can at all */
}

bool
judge_confirms(Judge *j, Test *t)
{
	BallDiff by;

	for (int i = 0; i < j->nequal && !j->able; i++)
		j->able = ball_compare(t->g, t->side[0], t->side[1], j->equal[i].env, BITS, &by) !=
			BALL_UNABLE;
	return j->differ || !j->able || t->pinv;    /* of lower ranks they know nothing */
}

bool
judge_again(Judge *j, Test *t, Draw *out)
{
	BallDiff by;

	j->sharp = j->nequal > 0 && !j->rough;
	for (int i = 0; i < j->nequal && !j->rough; i++) {
		Env *env = j->equal[i].env;
		BallVerdict v = ball_compare(t->g, t->side[0], t->side[1], env, BITS_SURE, &by);

		if (v == BALL_UNABLE)
			v = ball_compare(t->g, t->side[0], t->side[1], env, BITS_LARGE, &by);

		j->sharp = j->sharp && v == BALL_EQUAL;
		if (v == BALL_DIFFER) {
			*out = test_draw(t, env);
			differs(j, out, &by);
			return true;
		}
	}
	return false;
}

bool
judge_differs(Test *t, Draw *d)
{
	Judge j = {.on = true};
	BallDiff by;

	if (!d->left || ball_compare(t->g, t->side[0], t->side[1], d->env, BITS, &by) != BALL_DIFFER)
		return false;
	differs(&j, d, &by);
	return true;
}
