/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * field_facts.c: points of the exact test at which the equations of `given` hold (given.c), as
 * given_solve.c has them for numbers. One between scalars: along a random line, on which most are
 * quadratic. Those that are linear in a variable: solved for some of its entries, the others stay
 * random; then one between scalars along a line on which they stay satisfied.
 */
#include "field.h"

#include <string.h>

/* The work of one point is limited. */
#define MOST 1e6

/* the value of an equation's node with x + t*w in the place of a variable */
static uint64_t
equation_at(Point *p, int i, const Node *zero, const Node *var, const uint64_t *x,
	const uint64_t *w, uint64_t t)
{
	const Val *val = point_val(p, var);
	uint64_t *v = p->leaf[p->s->slot[var->id] - 1];

	for (size_t k = 0; k < val->size; k++)
		v[k] = fp_add(&p->f, x[k], fp_mul(&p->f, t, w[k]));
	point_upto(p, p->s->upto[i]);
	return point_val(p, zero)->v[0];
}

/* Moves var along w to where zero is 0. grows: w is var itself, and it has to stay a square. */
static void
along(Point *p, int i, Node *zero, Node *var, const uint64_t *w, bool grows)
{
	const Field *f = &p->f;
	const Val *x = point_val(p, var);
	uint64_t *from = NEWN(p->a, uint64_t, x->size + 1), d[3], a, b, t, half = (f->p + 1) / 2;

	memcpy(from, x->v, sizeof *from * x->size);
	d[0] = point_val(p, zero)->v[0];
	d[1] = equation_at(p, i, zero, var, from, w, 1);
	d[2] = equation_at(p, i, zero, var, from, w, f->p - 1);
	a = fp_sub(f, fp_mul(f, fp_add(f, d[1], d[2]), half), d[0]);
	b = fp_mul(f, fp_sub(f, d[1], d[2]), half);
	if (a == 0) {
		t = b ? fp_neg(f, fp_mul(f, d[0], fp_inv(f, b))) : 0;
	} else { /* the roots of a quadratic equation: a coin */
		uint64_t disc = fp_sub(f, fp_mul(f, b, b), fp_mul(f, fp_long(f, 4), fp_mul(f, a, d[0])));
		uint64_t root = fp_pow(f, disc, (f->p + 1) / 4);

		if (fp_mul(f, root, root) != disc) {
			point_fail(p, POINT_ROOT, zero);
			return;
		}
		p->coins++;
		t = fp_sub(f, point_next(p) >> 63 ? root : fp_neg(f, root), b);
		t = fp_mul(f, t, fp_inv(f, fp_add(f, a, a)));
	}
	/* a positive variable remains a square only if what it was multiplied by is one */
	if (equation_at(p, i, zero, var, from, w, t) != 0 || p->fail != POINT_OK ||
		(grows && !fp_square(f, fp_add(f, t, 1))))
		point_fail(p, POINT_ROOT, zero);
}

/* A*x == c*x by x = 0, and what else holds since both sides vanish, is hardly meant */
static bool
vanish(Point *p, const Equation *eq)
{
	for (int i = 0; i < eq->n && p->fail == POINT_OK; i++) {
		const Val *v = eq->left[i] ? point_val(p, eq->left[i]) : NULL;
		bool zero = v != NULL;

		for (size_t k = 0; zero && k < v->size; k++)
			zero = v->v[k] == 0;
		if (zero)
			return true;
	}
	return false;
}

/* What has an inverse has to keep it. The determinant of a positive definite matrix is a square in
   the field. */
static void
keep_properties(Point *p, const Node *var)
{
	unsigned props = props_close(var->var->props);
	const Val *x = point_val(p, var);
	uint64_t det;

	if (p->fail != POINT_OK || x->nax < 2 || !(props & P_INVERTIBLE))
		return;
	det = flint_det(&p->f, x->v, x->dim[0]);
	if (det == 0) { /* at random ones of these solutions, so at all of them */
		p->missed = p->never = true;
		point_fail(p, POINT_ROOT, NULL);
	} else if (props & P_POSDEF && !fp_square(&p->f, det)) {
		point_fail(p, POINT_ROOT, NULL);
	}
}

static void
solve_scalar(Point *p, int i)
{
	const Equation *eq = &p->s->g->facts->eq[i];
	Node *var = eq->var[piece_turn(p->s->g->facts, p->piece, i)];

	point_upto(p, p->s->upto[i]);
	if (p->fail == POINT_OK)
		along(p, i, eq->zero[0], var, point_direction(p, var, point_val(p, var)),
			var->var->props & (P_POSITIVE | P_POSDEF));
	keep_properties(p, var);
	if (!eq->sure && vanish(p, eq))
		point_fail(p, POINT_ROOT, eq->zero[0]);
}

/* ---- equations that are linear in a variable */

static void
move(const Field *f, const Moves *m, int k, uint64_t *v, uint64_t t)
{
	v[m->at[k]] = fp_add(f, v[m->at[k]], t);
	if (m->with[k] != m->at[k])
		v[m->with[k]] = fp_add(f, v[m->with[k]], m->skew ? fp_neg(f, t) : t);
}

/* what the linear equations miss, into column col of a matrix of `cols` */
static void
missed(Point *p, int i, uint64_t *out, long col, long cols)
{
	const Equation *eq = &p->s->g->facts->eq[i];
	long row = 0;

	point_upto(p, p->s->upto[i]);
	for (int e = 0; e < eq->linear && p->fail == POINT_OK; e++) {
		const Val *v = point_val(p, eq->zero[e]);

		for (size_t k = 0; k < v->size; k++)
			out[row++ * cols + col] = v->v[k];
	}
}

/* a random move along which the linear equations stay satisfied, from their reduced slope */
static uint64_t *
free_direction(Point *p, const Moves *m, const uint64_t *slope, long rank, size_t size)
{
	const Field *f = &p->f;
	long n = m->n, cols = n + 1;
	uint64_t *d = NEWN(p->a, uint64_t, n + 1), *w = NEWN(p->a, uint64_t, size + 1);
	bool *pivot = NEWN(p->a, bool, n + 1);

	for (long r = 0, k = 0; r < rank; r++) {
		while (slope[r * cols + k] == 0)
			k++;
		pivot[k] = true;
	}
	for (long k = 0; k < n; k++)
		d[k] = pivot[k] ? 0 : point_random(p);
	for (long r = 0, k = 0; r < rank; r++, k++) {
		while (slope[r * cols + k] == 0)
			k++;
		for (long j = k + 1; j < n; j++)
			if (!pivot[j])
				d[k] = fp_sub(f, d[k], fp_mul(f, slope[r * cols + j], d[j]));
	}
	for (long k = 0; k < n; k++)
		move(f, m, (int)k, w, d[k]);
	return w;
}

/* There is no solution at what was drawn for the other variables. */
static void
no_solution(Point *p, const Equation *eq, long rank)
{
	p->missed = true;
	p->never = p->never || eq->unit || (eq->constant && rank == 0);
}

/* false: not by this variable */
static bool
solve_for(Point *p, int i, Node *var)
{
	const Field *f = &p->f;
	const Equation *eq = &p->s->g->facts->eq[i];
	const Val *x = point_val(p, var);
	uint64_t *v = p->leaf[p->s->slot[var->id] - 1], *slope,
			 *from = NEWN(p->a, uint64_t, x->size + 1);
	bool zero = true;
	Moves m = given_moves(p->a, var, x->dim);
	long rows = 0, cols = m.n + 1, rank;

	for (int e = 0; e < eq->linear; e++)
		rows += (long)point_val(p, eq->zero[e])->size;
	if (m.n == 0 || ((double)rows * (double)rows + (double)x->size) * (double)cols > MOST)
		return false;
	slope = NEWN(p->a, uint64_t, rows * cols);
	missed(p, i, slope, m.n, cols);
	for (int k = 0; k < m.n && p->fail == POINT_OK; k++) {
		move(f, &m, k, v, 1);
		missed(p, i, slope, k, cols);
		move(f, &m, k, v, f->p - 1);
		for (long r = 0; r < rows; r++)
			slope[r * cols + k] = fp_sub(f, slope[r * cols + k], slope[r * cols + m.n]);
	}
	if (p->fail != POINT_OK)
		return true;
	rank = flint_rref(f, slope, rows, cols);
	p->dropped += rows - rank;
	for (long r = 0, k = 0; r < rank; r++, k++) {
		while (k < m.n && slope[r * cols + k] == 0)
			k++;
		if (k == m.n) { /* 0 == 1 */
			p->dropped++;
			point_upto(p, p->s->upto[i]);
			if (eq->sure)
				no_solution(p, eq, rank - 1);
			return eq->sure;
		}
	}
	memcpy(from, v, sizeof *v * x->size);
	for (long r = 0, k = 0; r < rank; r++, k++) {
		while (slope[r * cols + k] == 0)
			k++;
		move(f, &m, (int)k, v, fp_neg(f, slope[r * cols + m.n]));
	}
	for (size_t k = 0; k < x->size; k++)
		zero = zero && v[k] == 0;
	point_upto(p, p->s->upto[i]);
	if (!eq->sure && ((zero && eq->nvar > 1) || vanish(p, eq))) { /* nor A*x == 0 by x = 0 */
		memcpy(v, from, sizeof *v * x->size);
		point_upto(p, p->s->upto[i]);
		return false;
	}
	if (eq->n > eq->linear && p->fail == POINT_OK)
		along(p, i, eq->zero[eq->linear], var, free_direction(p, &m, slope, rank, x->size), false);
	keep_properties(p, var);
	return true;
}

static void
solve_linear(Point *p, int i)
{
	const Equation *eq = &p->s->g->facts->eq[i];

	point_upto(p, p->s->upto[i]);
	for (int k = 0; k < eq->nvar && p->fail == POINT_OK; k++) {
		/* what is positive is a square in the field, and would not stay one */
		if (eq->var[k]->var->props & P_POSITIVE && !p->loose) {
			point_fail(p, POINT_UNABLE, NULL);
			p->why = "of positive variables no values are known that satisfy what is given";
		} else if (solve_for(p, i, eq->var[k])) {
			return;
		}
	}
	if (p->fail == POINT_OK)
		point_fail(p, POINT_ROOT, eq->zero[0]);
}

void
point_facts(Point *p)
{
	Facts *facts = p->s->g->facts;

	for (int i = 0; i < facts->neq && p->fail == POINT_OK; i++)
		(facts->eq[i].linear ? solve_linear : solve_scalar)(p, i);
	if (p->missed)
		point_fail(p, POINT_ROOT, NULL);
	facts->met_exactly = facts->met_exactly || p->fail == POINT_OK;
}

/* ---- the pieces that the solutions are made of (given_piece.c) */

/* how many dimensions the variables have less than if their ranks were full */
static long
codimension(Point *p)
{
	const Facts *facts = p->s->g->facts;
	long sum = 0;

	for (int i = 0; i < facts->nranked; i++) {
		const Node *v = facts->ranked[i];
		unsigned props = v->nax == 2 ? props_close(v->var->props) : 0;
		long dim[2] = {1, 1}, k;

		for (int j = 0; j < v->nax; j++)
			dim[j] = point_size(p, v->ax[j]);
		k = piece_rank(facts, p->piece, i, dim);
		if (props & P_SQUARE)
			continue;
		if (v->nax < 2)
			sum += k ? 0 : dim[0];
		else if (props & P_SYMMETRIC)
			sum += (dim[0] - k) * (dim[0] - k + 1) / 2;
		else if (props & P_SKEW)
			sum += (dim[0] - k / 2 * 2) * (dim[0] - k / 2 * 2 - 1) / 2;
		else
			sum += (dim[0] - k) * (dim[1] - k);
	}
	return sum;
}

/* What a point says of its piece. Each equation takes away one dimension at most, and so every
   piece has at least as many as there are variables without as many as there are equations. Those
   that have a solution only at special values of the other variables, one dimension less of them, have
   fewer when the ranks of the equations have dropped by no more than ranks have cost. */
static PieceState
piece_at(Point *p)
{
	if (p->fail == POINT_OK)
		return PIECE_THERE;
	if (p->missed)
		return p->never || p->dropped <= codimension(p) ? PIECE_EMPTY : PIECE_OPEN;
	/* a singular matrix in the equations themselves: they have no value there */
	return p->fail == POINT_SINGULAR ? PIECE_EMPTY : PIECE_UNKNOWN;
}

void
point_piece(Point *p, PieceState *state)
{
	PieceState here;

	p->loose = true;
	p->val = NEWN(p->a, Val, p->s->n + 1);
	p->leaf = NEWN(p->a, uint64_t *, p->s->n + 1);
	point_commuting(p);
	point_ranked(p);
	point_facts(p);
	here = p->fail == POINT_LARGE || p->fail == POINT_UNABLE ? PIECE_OPEN : piece_at(p);
	if (*state == PIECE_UNKNOWN || here == PIECE_OPEN ||
		(*state == PIECE_EMPTY && here == PIECE_THERE))
		*state = here;
}
