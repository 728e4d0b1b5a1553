/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ball.c: both sides of an identity at one point, in balls of as many bits as it takes: the judge
 * of what doubles say, for numeric.c. The values of the leaves are taken for exact numbers. Sizes
 * are tiny, so nothing is planned.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "ball.h"
#include "contraction.h"

#ifdef HAVE_ARB_HEADERS

enum {
	MAX_ENTRIES = 1 << 12,
	MAX_WORK = 1 << 18,     /* multiplications of few bits; those of many take longer */
	FEW = 160,
	FUNCTION = 20           /* multiplications that take as long as a function */
};

BallVec *
ball_value(BallWalk *w, const Node *n)
{
	return &w->value[w->at[n->id] - 1];
}

arb_ptr
ball_room(BallWalk *w, long n)
{
	arb_ptr x = arb._arb_vec_init(n);
	int k = w->nhold;

	PUSH(w->a, w->nheld, k, w->cap_nhold, n);
	PUSH(w->a, w->held, w->nhold, w->cap_hold, x);
	return x;
}

void
ball_rat(BallWalk *w, arb_t z, Rat r)
{
	char *text, *bar;
	arb_ptr den;

	if (!r.big && r.den == 1) {
		arb.arb_set_si(z, r.num);
		return;
	}
	text = rat_text(w->a, r);
	bar = strchr(text, '/');
	if (bar)
		*bar = 0;
	arb.arb_set_str(z, text, w->prec);
	if (bar) {
		den = ball_room(w, 1);
		arb.arb_set_str(den, bar + 1, w->prec);
		arb.arb_div(z, z, den, w->prec);
	}
}

/* ---- nodes */

static long
size_of(BallWalk *w, const Dim *d)
{
	Sym missing = NULL;
	long s;

	return dim_is_num(d, &s) ? s : dim_eval(w->a, d, w->env->size, w->env->ctx, &missing);
}

/* kids first */
static void
collect(BallWalk *w, Node *n)
{
	if (w->at[n->id])
		return;
	for (int i = 0; i < n->n; i++)
		collect(w, n->kid[i]);
	PUSH(w->a, w->node, w->n, w->cap, n);
	w->at[n->id] = w->n;
}

static bool
prepare(BallWalk *w, const Node *n, BallVec *out)
{
	double size = 1;

	out->nax = n->nax;
	out->dim = NEWN(w->a, long, n->nax + 1);
	for (int i = 0; i < n->nax; i++) {
		out->dim[i] = size_of(w, n->ax[i]);
		size *= (double)out->dim[i];
	}
	w->work += n->kind == N_MAP || n->kind == N_POW ? FUNCTION * size : size;
	if (size > MAX_ENTRIES || w->work > w->most)
		return false;
	out->size = (long)size;
	if (n->kind != N_NAMED)
		out->x = ball_room(w, out->size);
	return true;
}

/* a bound of |x|: the next double above, so that it is 0 for 0 only */
static double
bound(const arb_t x)
{
	arf_t f;
	double d;

	arf_init(f);
	arb.arb_get_abs_ubound_arf(f, x, 30);
	d = arb.arf_get_d(f, ARF_RND_UP);
	arb.arf_clear(f);
	return d;
}

/* What is given makes terms cancel, but holds for the leaves to rounding only: what is left of them
   would be 0. */
static void
snap(BallWalk *w, const Node *n, BallVec *sum)
{
	enum { BITS = 36 };
	double terms = 0;

	for (int i = 0; i < n->n; i++) {
		const BallVec *x = ball_value(w, n->kid[i]);

		for (long j = 0; j < x->size; j++)
			terms = fmax(terms, fabs(rat_double(n->coef[i])) * bound(x->x + j));
	}
	for (long j = 0; j < sum->size; j++)
		if (bound(sum->x + j) < ldexp(terms, -BITS))
			arb.arb_set_si(sum->x + j, 0);
}

static void
walk_sum(BallWalk *w, const Node *n, BallVec *out)
{
	arb_ptr c = ball_room(w, 1);

	for (int i = 0; i < n->n; i++) {
		arb_ptr x = ball_value(w, n->kid[i])->x;

		ball_rat(w, c, n->coef[i]);
		for (long j = 0; j < out->size; j++)
			arb.arb_addmul(out->x + j, c, x + j, w->prec);
	}
	if (w->given)
		snap(w, n, out);
}

static void
walk_prod(BallWalk *w, const Node *n, BallVec *out)
{
	long *size = NEWN(w->a, long, n->nlab + 1);
	arb_ptr two = ball_room(w, 2), sofar = two, one = two + 1;
	Contraction c;

	for (int l = 0; l < n->nlab; l++)
		size[l] = size_of(w, n->labdim[l]);
	c = contraction(w->a, n, size);
	ball_rat(w, two, n->coef[0]);
	arb.arb_set_d(one, c.unused);
	arb.arb_mul(two, two, one, w->prec);
	arb.arb_set_si(one, 1);
	for (int i = 0; i < c.n; i++) {
		const ContractionStep *s = &c.step[i];
		ContractionAt at = contraction_first(w->a, s);
		arb_ptr x = s->factor < 0 ? one : ball_value(w, n->kid[s->factor])->x, to = out->x;

		w->work += s->work;
		if (w->work > w->most || s->result > MAX_ENTRIES) {
			w->unable = true;
			return;
		}
		if (i + 1 < c.n)
			to = ball_room(w, s->result);
		do
			arb.arb_addmul(to + at.out, sofar + at.sofar, x + at.kid, w->prec);
		while (contraction_next(s, &at));
		sofar = to;
	}
}

static void
walk_constant(BallWalk *w, const Node *n, BallVec *out)
{
	long at = n->kind == N_UNIT || n->kind == N_INJ || n->kind == N_DIM ? size_of(w, n->dim) : 0;
	long total = out->nax ? out->dim[out->nax - 1] : 1;

	switch (n->kind) {
	case N_PI:
		arb.arb_const_pi(out->x, w->prec);
		break;
	case N_DIM:
		arb.arb_set_si(out->x, at);
		break;
	case N_UNIT:
		arb.arb_set_si(out->x + at - 1, 1);
		break;
	case N_INJ:
		for (long i = 0; i < out->dim[0]; i++)
			arb.arb_set_si(out->x + i * out->dim[1] + i + at, 1);
		break;
	default:        /* FUSE: the first axes, flattened, are the last */
		for (long i = 0; i < total; i++)
			arb.arb_set_si(out->x + i * total + i, 1);
	}
}

static void
walk_node(BallWalk *w, const Node *n, BallVec *out)
{
	switch (n->kind) {
	case N_VAR:
		ball_leaf(w, n, out);
		break;
	case N_NAMED:
		out->x = ball_value(w, n->kid[0])->x;
		break;
	case N_SUM:
		walk_sum(w, n, out);
		break;
	case N_PROD:
		walk_prod(w, n, out);
		break;
	case N_POW:
		ball_pow(w, n, out);
		break;
	case N_MAP:
		ball_map(w, n, out);
		break;
	case N_FN:
		ball_fn(w, n, out);
		break;
	case N_UNKNOWN:
		ball_unknown(w, n, out);
		break;
	default:
		walk_constant(w, n, out);
	}
}

/* ---- the comparison */

/* the largest entry of both, in magnitude */
static void
largest(BallWalk *w, const BallVec *x, const BallVec *y, arb_t out)
{
	arb_ptr t = ball_room(w, 1);

	for (long i = 0; i < 2 * x->size; i++) {
		arb.arb_abs(t, i < x->size ? x->x + i : y->x + i - x->size);
		arb.arb_max(out, out, t, w->prec);
	}
}

static bool
all_finite(const BallVec *x)
{
	for (long i = 0; i < x->size; i++)
		if (!arb.arb_is_finite(x->x + i))
			return false;
	return true;
}

/* Do the sides agree to so many bits of their largest entry? Where that may be 0, to more than a
   double can tell from 0. */
static BallVerdict
compare(BallWalk *w, const BallVec *x, const BallVec *y, int bits, double *by)
{
	arb_ptr d = ball_room(w, 2), top = d + 1;
	bool apart = false, equal = true;

	*by = 0;
	largest(w, x, y, top);
	for (long i = 0; i < x->size; i++) {
		arb.arb_sub(d, x->x + i, y->x + i, w->prec);
		if (!arb.arb_overlaps(x->x + i, y->x + i)) {
			apart = true;
			*by = fmax(*by, bound(d));
		}
		if (!arb.arb_is_positive(top)) {
			equal = equal && bound(d) <= DBL_TRUE_MIN;
			continue;
		}
		arb.arb_div(d, d, top, w->prec);
		arb.arb_mul_2exp_si(d, d, bits);
		equal = equal && bound(d) <= 1;
	}
	return apart ? BALL_DIFFER : equal ? BALL_EQUAL : BALL_UNCLEAR;
}

/* the nearest doubles */
static Tensor *
rounded(BallWalk *w, const BallVec *x)
{
	Tensor *t = tensor_new(w->a, x->nax, x->dim);

	for (long i = 0; i < x->size; i++)
		t->data[i] = arb.arf_get_d(arb_midref(x->x + i), ARF_RND_NEAR);
	return t;
}

static BallVerdict
walk_both(BallWalk *w, Node *x, Node *y, int bits, BallDiff *d)
{
	BallVerdict v;

	for (int i = 0; i < w->n; i++) {
		BallVec *out = &w->value[i];

		if (!prepare(w, w->node[i], out))
			return BALL_UNABLE;
		walk_node(w, w->node[i], out);
		if (w->unable)
			return BALL_UNABLE;
		if (!all_finite(out))   /* 1/x would be 0 for an infinite x that nobody knows */
			return BALL_UNCLEAR;
	}
	v = compare(w, ball_value(w, x), ball_value(w, y), bits, &d->by);
	if (v == BALL_DIFFER) {
		d->side[0] = rounded(w, ball_value(w, x));
		d->side[1] = rounded(w, ball_value(w, y));
	}
	return v;
}

/* with as many bits as it takes */
static BallVerdict
judged(BallWalk *w, Node *x, Node *y, int bits, BallDiff *d)
{
	enum { TRIES = 3 };
	BallVerdict v = BALL_UNCLEAR, last = BALL_UNABLE;

	w->prec = bits + 64;
	for (int i = 0; i < TRIES && v == BALL_UNCLEAR; i++, w->prec *= 4) {
		w->work = 0;
		w->most = MAX_WORK / pow(fmax(1, (double)w->prec / FEW), 1.6);
		v = walk_both(w, x, y, bits, d);
		if (v == BALL_UNABLE)   /* to use more bits, perhaps */
			v = last;
		last = v;
		for (int k = 0; k < w->nhold; k++)
			arb._arb_vec_clear(w->held[k], w->nheld[k]);
		w->nhold = 0;
	}
	return v;
}

BallVerdict
ball_compare(Graph *g, Node *x, Node *y, const Env *env, int bits, BallDiff *d)
{
	BallWalk w = {.g = g, .a = g->a, .env = env};
	BallVerdict v;
	BallDiff snapped = {.by = NAN};

	*d = snapped;
	if (ball_missing())
		return BALL_UNABLE;
	w.at = NEWN(w.a, int, g->nnode + 1);
	collect(&w, x);
	collect(&w, y);
	w.value = NEWN(w.a, BallVec, w.n + 1);
	v = judged(&w, x, y, bits, d);
	/* what nearly cancels is 0 by what is given, or a small number in its own right: they have to
	   differ either way */
	if (v == BALL_DIFFER && given_equations(g)) {
		w.given = true;
		v = judged(&w, x, y, bits, &snapped);
		if (v == BALL_DIFFER && snapped.by < d->by)
			*d = snapped;
	}
	return v;
}

#else

BallVerdict
ball_compare(Graph *g, Node *x, Node *y, const Env *env, int bits, BallDiff *d)
{
	(void)g, (void)x, (void)y, (void)env, (void)bits;
	*d = (BallDiff){.by = NAN};
	return BALL_UNABLE;
}

#endif
