/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * field_draw.c: random sizes and leaves for the exact test of field.c. As in draw.c, different
 * names get different sizes where there are enough, and every leaf has the properties it was
 * declared with, as far as a field knows them: a positive number is a random square, so that roots
 * of positive numbers exist and their products are again such; a positive definite matrix is L*L'.
 */
#include <string.h>

#include "field.h"

/* ---- what there is to draw */

static void
add_sym(Survey *s, Sym name)
{
	for (int i = 0; i < s->nsym; i++)
		if (s->sym[i] == name)
			return;
	PUSH(s->a, s->sym, s->nsym, s->capsym, name);
}

static void
add_syms(Survey *s, const Dim *d)
{
	for (int i = 0; i < d->n; i++)
		for (int j = 0; j < d->term[i].nsym; j++)
			add_sym(s, d->term[i].sym[j]);
}

static void
add_axis(Survey *s, Dim *d)
{
	if (dim_is_num(d, NULL))
		return;
	for (int i = s->naxis - 1; i >= 0 && i >= s->naxis - 32; i--)
		if (s->axis[i] == d)
			return;
	PUSH(s->a, s->axis, s->naxis, s->capaxis, d);
	add_syms(s, d);
}

static void
look_through(Survey *s, Node *n)
{
	if (s->slot[n->id])
		return;
	s->slot[n->id] = -1;
	for (int i = 0; i < n->n; i++)
		look_through(s, n->kid[i]);
	for (int i = 0; i < n->nax; i++)
		add_axis(s, n->ax[i]);
	for (int i = 0; i < n->nlab; i++)
		add_axis(s, n->labdim[i]);
	if (n->kind == N_DIM)
		add_axis(s, n->dim);
	if (n->kind == N_UNIT)
		PUSH(s->a, s->unit, s->nunit, s->capunit, n);
	s->pinv = s->pinv || (n->kind == N_FN && n->fun->id == F_pinv);
	if (n->kind == N_VAR && n->nax == 2 && (n->var->props & (P_COLUMNS | P_ROWS)))
		PUSH(s->a, s->var, s->nvar, s->capvar, n);
	PUSH(s->a, s->node, s->n, s->cap, n);
	s->slot[n->id] = s->n;
}

Survey *
survey_new(Graph *g, Node **root, int n)
{
	Survey *s = NEW(g->a, Survey);

	s->g = g;
	s->a = g->a;
	s->slot = NEWN(s->a, int, g->nnode + 1);
	s->upto = NEWN(s->a, int, (g->facts ? g->facts->neq : 0) + 1);
	for (int i = 0; g->facts && i < g->facts->neq; i++) {
		for (int k = 0; k < g->facts->eq[i].n; k++) {
			look_through(s, g->facts->eq[i].zero[k]);
			if (g->facts->eq[i].left[k])
				look_through(s, g->facts->eq[i].left[k]);
		}
		s->upto[i] = s->n;
	}
	for (int i = 0; g->facts && i < g->facts->ncommute; i++)
		look_through(s, g->facts->commute[i]);
	for (int i = 0; g->facts && i < g->facts->nranked; i++)
		look_through(s, g->facts->ranked[i]);
	for (int i = 0; i < n; i++)
		look_through(s, root[i]);
	s->ndim = s->nsym;
	for (int i = 0; i < s->nunit; i++)
		add_syms(s, s->unit[i]->dim);
	return s;
}

/* ---- sizes */

static long
size_named(void *ctx, Sym name)
{
	const Point *p = ctx;

	for (int i = 0; i < p->s->nsym; i++)
		if (p->s->sym[i] == name)
			return p->size[i];
	return -1;
}

long
point_size(Point *p, const Dim *d)
{
	Sym missing = NULL;
	long n;

	if (dim_is_num(d, &n))
		return n;
	if (d->n == 1 && d->term[0].coef == 1 && d->term[0].nsym == 1)
		return size_named(p, d->term[0].sym[0]);
	return dim_eval(p->a, d, size_named, p, &missing);
}

static bool
sizes_valid(Point *p)
{
	const Survey *s = p->s;

	for (int i = 0; i < s->naxis; i++)
		if (point_size(p, s->axis[i]) < 1)
			return false;
	for (int i = 0; i < s->nunit; i++) {
		long at = point_size(p, s->unit[i]->dim);

		if (at < 1 || at > point_size(p, s->unit[i]->ax[0]))
			return false;
	}
	for (int i = 0; i < s->nvar; i++) { /* orthonormal columns and rows */
		const Node *v = s->var[i];
		long r = point_size(p, v->ax[0]), c = point_size(p, v->ax[1]);

		if (v->var->props & P_COLUMNS ? r < c : c < r)
			return false;
	}
	return true;
}

static long
below(Point *p, long n)
{
	return n < 2 ? 0 : (long)(point_next(p) % (uint64_t)n);
}

static const Dim *
unit_index_axis(const Survey *s, int unit, Sym name)
{
	const Dim *d = s->unit[unit]->dim;
	bool alone =
		d->n == 1 && d->term[0].coef == 1 && d->term[0].nsym == 1 && d->term[0].sym[0] == name;

	return alone ? s->unit[unit]->ax[0] : NULL;
}

/* The place of each name in the order of sizes. Every order of up to three comes in turn, of more
   random ones; and after each its reverse, so that of any two sizes either is the larger at one of
   two points: X*pinv(X) is I for broad X only. */
static int *
size_order(Point *p, int turn)
{
	static const unsigned char three[3][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}};
	int n = p->s->ndim, *order = NEWN(p->a, int, n + 1);
	uint64_t z = (uint64_t)(turn / 2 + 1) * 0x9e3779b97f4a7c15u;

	for (int i = 0; i < n; i++) {
		int j = n <= 3 ? i : (int)(z % (uint64_t)(i + 1));

		z = (z ^ (z >> 29)) * 0xbf58476d1ce4e5b9u;
		order[i] = order[j];
		order[j] = n == 3 ? three[turn / 2 % 3][i] : i;
	}
	for (int i = 0; i < n && turn % 2; i++)
		order[i] = n - 1 - order[i];
	return order;
}

/* Sizes 2 .. most, again when there are more names; indices within their axes. A single name gets
   each size in turn. */
bool
point_sizes(Point *p, int max_size)
{
	const Survey *s = p->s;

	for (int try = 0; try < 200; try++) {
		long most = (max_size < 2 ? 2 : max_size) + try / 20, kinds = most - 1, from, gap = 1;
		int turn = p->attempt + try, *order = size_order(p, turn);

		if (s->ndim < 2)
			from = turn % kinds;
		else if (s->ndim >= kinds)
			from = turn / 2 % (s->ndim - kinds + 1);
		else {
			from = below(p, kinds - s->ndim + 1);
			gap += below(p, (kinds - 1 - from) / (s->ndim - 1));
		}
		for (int i = 0; i < s->ndim; i++) {
			long *size = &p->size[i];

			*size = 2 + (p->alike ? from : (from + order[i] * gap) % kinds);
			if (p->spread)
				*size = below(p, 2) ? 2 : 2 * most;
			else if (p->less)
				*size -= 1;
		}
		for (int i = s->ndim; i < s->nsym; i++) {
			long bound = most;

			for (int j = 0; j < s->nunit; j++) {
				const Dim *axis = unit_index_axis(s, j, s->sym[i]);
				long n = axis ? point_size(p, axis) : bound;

				bound = n < bound ? n : bound;
			}
			p->size[i] = 1 + below(p, bound);
		}
		if (sizes_valid(p))
			return true;
	}
	return false;
}

/* ---- leaves */

static uint64_t
random_square(Point *p)
{
	uint64_t x = point_random(p);

	return fp_mul(&p->f, x, x);
}

static uint64_t
random_sign(Point *p)
{
	p->coins++;
	return point_next(p) >> 63 ? p->f.p - 1 : 1;
}

static void
fill(Point *p, uint64_t *x, size_t n, bool square)
{
	for (size_t i = 0; i < n; i++)
		x[i] = square ? random_square(p) : point_random(p);
}

/* (I - K)*inv(I + K) for a skew K: all rotations but those by half a turn */
static void
rotation(Point *p, uint64_t *q, long n)
{
	const Field *f = &p->f;
	uint64_t *k = NEWN(p->a, uint64_t, n * n), *inv = NEWN(p->a, uint64_t, n * n);

	do {
		for (long i = 0; i < n; i++) {
			k[i * n + i] = 1;
			for (long j = 0; j < i; j++) {
				k[i * n + j] = point_random(p);
				k[j * n + i] = fp_neg(f, k[i * n + j]);
			}
		}
	} while (!flint_inv(f, k, inv, n));
	/* (2I - (I + K))*inv(I + K) */
	for (long i = 0; i < n * n; i++)
		q[i] = fp_sub(f, fp_add(f, inv[i], inv[i]), i % (n + 1) == 0);
}

/* x becomes Q*x*Q' for a random rotation Q */
static void
turn(Point *p, uint64_t *x, long n)
{
	uint64_t *q = NEWN(p->a, uint64_t, n * n), *t = NEWN(p->a, uint64_t, n * n),
			 *y = NEWN(p->a, uint64_t, n * n);

	rotation(p, q, n);
	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++)
			t[i * n + j] = q[j * n + i];
	flint_mul(&p->f, q, x, y, n, n, n);
	flint_mul(&p->f, y, t, x, n, n, n);
}

static void
draw_orthogonal(Point *p, Node *node, uint64_t *x, long n, unsigned props)
{
	if (props & (P_POSITIVE | P_POSDEF)) {
		for (long i = 0; i < n; i++)
			x[i * (n + 1)] = 1;
	} else if (props & (P_SYMMETRIC | P_LOWER | P_UPPER)) {
		for (long i = 0; i < n; i++)
			x[i * (n + 1)] = random_sign(p);
		if (!(props & (P_DIAGONAL | P_LOWER | P_UPPER)))
			turn(p, x, n);
	} else if (props & P_SKEW) { /* quarter turns, which take an even size */
		for (long i = 0; i + 1 < n; i += 2) {
			x[i * n + i + 1] = random_sign(p);
			x[(i + 1) * n + i] = fp_neg(&p->f, x[i * n + i + 1]);
		}
		if (n % 2)
			point_fail(p, POINT_SINGULAR, node);
		turn(p, x, n);
	} else {
		uint64_t sign = random_sign(p);

		rotation(p, x, n);
		for (long i = 0; i < n; i++)
			x[i * n] = fp_mul(&p->f, x[i * n], sign);
	}
}

/* L*L' for a lower triangular L: its determinant is a square */
static void
draw_posdef(Point *p, uint64_t *x, long n)
{
	uint64_t *l = NEWN(p->a, uint64_t, n * n), *t = NEWN(p->a, uint64_t, n * n);

	for (long i = 0; i < n; i++)
		for (long j = 0; j <= i; j++)
			l[i * n + j] = t[j * n + i] = point_random(p);
	flint_mul(&p->f, l, t, x, n, n, n);
}

static void
draw_square(Point *p, Node *node, uint64_t *x, long n, unsigned props)
{
	const Field *f = &p->f;

	if ((props & P_LOWER && props & P_UPPER) ||
		(props & P_SYMMETRIC && props & (P_LOWER | P_UPPER)))
		props |= P_DIAGONAL;
	if (props & P_ORTHOGONAL) {
		draw_orthogonal(p, node, x, n, props);
		return;
	}
	if (props & P_SKEW && props & (P_SYMMETRIC | P_DIAGONAL | P_LOWER | P_UPPER)) {
		if (props & P_INVERTIBLE)
			point_fail(p, POINT_SINGULAR, node);
		return; /* only zero is both */
	}
	if (props & P_SKEW && props & P_INVERTIBLE && n % 2)
		point_fail(p, POINT_SINGULAR, node);
	if (props & P_POSDEF && !(props & (P_DIAGONAL | P_POSITIVE))) {
		draw_posdef(p, x, n);
		return;
	}
	fill(p, x, (size_t)(n * n), props & P_POSITIVE || props & P_POSDEF);
	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++) {
			uint64_t *e = &x[i * n + j];

			if (props & P_DIAGONAL)
				*e = i == j ? *e : 0;
			else if (props & P_LOWER)
				*e = j <= i ? *e : 0;
			else if (props & P_UPPER)
				*e = j >= i ? *e : 0;
			else if (props & P_SKEW)
				*e = i < j ? *e : i > j ? fp_neg(f, x[j * n + i]) : 0;
			else if (props & P_SYMMETRIC && i > j)
				*e = x[j * n + i];
		}
}

/* orthonormal columns (rows when there are more columns than rows): part of a rotation */
static void
draw_orthonormal(Point *p, uint64_t *x, long r, long c)
{
	long n = r > c ? r : c;
	uint64_t *q = NEWN(p->a, uint64_t, n * n);

	rotation(p, q, n);
	for (long i = 0; i < r; i++)
		for (long j = 0; j < c; j++)
			x[i * c + j] = q[i * n + j];
}

/* row `to` becomes a multiple of row `from`, or columns do */
static void
repeat(Point *p, uint64_t *x, long r, long c, bool rows, uint64_t by)
{
	for (long k = 0; k < (rows ? c : r); k++)
		x[rows ? k : k * c] = fp_mul(&p->f, by, x[rows ? c + k : k * c + 1]);
}

/* The rank falls short, the properties stay. */
static void
lower_rank(Point *p, uint64_t *x, long r, long c, unsigned props)
{
	uint64_t by = random_square(p);

	if (r < 2 || c < 2 || props & (P_INVERTIBLE | P_COLUMNS | P_ROWS))
		return;
	if (props & (P_DIAGONAL | P_LOWER))
		x[0] = 0;
	else if (props & P_UPPER)
		x[r * c - 1] = 0;
	else
		repeat(p, x, r, c, r <= c, by);
	if (props & (P_SYMMETRIC | P_SKEW) && !(props & P_DIAGONAL))
		repeat(p, x, r, c, false, by);
}

void
point_leaf(Point *p, Node *n, Val *out)
{
	unsigned props = props_close(n->var->props);

	out->square = props & P_POSITIVE;
	if (n->nax > 0 && props & (P_COLUMNS | P_ROWS))
		draw_orthonormal(p, out->v, out->dim[0], n->nax > 1 ? out->dim[1] : 1);
	else if (n->nax == 2 && n->ax[0] == n->ax[1])
		draw_square(p, n, out->v, out->dim[0], props);
	else if (n->nax == 2 && props & P_ORTHOGONAL)
		draw_orthonormal(p, out->v, out->dim[0], out->dim[1]);
	else
		fill(p, out->v, out->size, props & P_POSITIVE);
	/* a pseudo-inverse is there for those, too, and jumps */
	if (p->s->pinv && !p->s->g->facts && p->attempt % 4 == 1 && n->nax == 2)
		lower_rank(p, out->v, out->dim[0], out->dim[1], props);
}

/* ---- facts: matrices that commute, leaves that satisfy equations */

uint64_t *
point_direction(Point *p, Node *n, const Val *x)
{
	unsigned props = n->var->props;
	long r = x->nax ? x->dim[0] : 1, c = x->nax > 1 ? x->dim[1] : 1;
	uint64_t *w = NEWN(p->a, uint64_t, x->size + 1), *u = NEWN(p->a, uint64_t, r),
			 *v = NEWN(p->a, uint64_t, c);

	if (props & (P_POSITIVE | P_POSDEF)) { /* it grows as a whole */
		memcpy(w, x->v, sizeof *w * x->size);
		return w;
	}
	if (props & (P_DIAGONAL | P_LOWER | P_UPPER)) {
		Moves m = given_moves(p->a, n, x->dim);

		w[m.at[below(p, m.n)]] = 1;
		return w;
	}
	fill(p, u, (size_t)r, false);
	fill(p, v, (size_t)c, false);
	if (x->nax < 2)
		v[0] = 1;
	for (long i = 0; i < r; i++) /* a dyad: determinants are linear along it */
		for (long j = 0; j < c; j++) {
			w[i * c + j] = fp_mul(&p->f, u[i], props & P_SYMMETRIC ? u[j] : v[j]);
			if (props & P_SKEW)
				w[i * c + j] = fp_sub(&p->f, w[i * c + j], fp_mul(&p->f, u[j], v[i]));
		}
	return w;
}

/* polynomials of the first of them */
void
point_commuting(Point *p)
{
	const Facts *facts = p->s->g->facts;
	const Field *f = &p->f;
	const uint64_t *m = NULL;

	for (int i = 0; facts && i < facts->ncommute; i++) {
		Node *node = facts->commute[i];
		int slot = p->s->slot[node->id] - 1;
		long n = point_size(p, node->ax[0]);
		uint64_t *x = NEWN(p->a, uint64_t, n * n), *power;

		p->leaf[slot] = x;
		if (!m) {
			draw_square(p, node, x, n, props_close(node->var->props));
			m = x;
			continue;
		}
		power = NEWN(p->a, uint64_t, n * n);
		for (long k = 0; k < n; k++)
			power[k * (n + 1)] = 1;
		for (long k = 0; k < n; k++) {
			uint64_t c = point_random(p), *next = NEWN(p->a, uint64_t, n * n);

			for (long j = 0; j < n * n; j++)
				x[j] = fp_add(f, x[j], fp_mul(f, c, power[j]));
			flint_mul(f, power, m, next, n, n, n);
			power = next;
		}
	}
}

/* ---- facts: variables of a certain rank */

/* a sum of k dyads u*v', or c*u*u' of a symmetric matrix; u*v' - v*u' of a skew one */
static void
dyads(Point *p, uint64_t *x, long r, long c, long k, unsigned props)
{
	const Field *f = &p->f;
	uint64_t *u = NEWN(p->a, uint64_t, r + 1), *v = NEWN(p->a, uint64_t, c + 1);

	for (; k > 0; k--) {
		uint64_t by = point_random(p);

		fill(p, u, (size_t)r, false);
		fill(p, v, (size_t)c, false);
		for (long i = 0; i < r; i++)
			for (long j = 0; j < c; j++) {
				uint64_t e = props & P_SYMMETRIC ? fp_mul(f, by, fp_mul(f, u[i], u[j]))
												 : fp_mul(f, u[i], v[j]);

				if (props & P_SKEW)
					e = fp_sub(f, e, fp_mul(f, v[i], u[j]));
				x[i * c + j] = fp_add(f, x[i * c + j], e);
			}
	}
}

/* x becomes V*x*inv(V) for a random V */
static void
change_basis(Point *p, uint64_t *x, long n)
{
	uint64_t *v = NEWN(p->a, uint64_t, n * n), *inv = NEWN(p->a, uint64_t, n * n),
			 *y = NEWN(p->a, uint64_t, n * n);

	do
		fill(p, v, (size_t)(n * n), false);
	while (!flint_inv(&p->f, v, inv, n));
	flint_mul(&p->f, v, x, y, n, n, n);
	flint_mul(&p->f, y, inv, x, n, n, n);
}

/* A*A == A or I: with k eigenvalues 1, the others 0 or -1; A*A == 0: of rank k or n/2 */
static void
draw_root(Point *p, uint64_t *x, long n, long k, unsigned props)
{
	long first = props & P_DIAGONAL ? below(p, n) : 0;

	for (long i = 0; i < n && !(props & P_SQUARE_ZERO); i++)
		x[(first + i) % n * (n + 1)] = i < k ? 1 : props & P_INVOLUTORY ? p->f.p - 1 : 0;
	for (long i = 0; i < k && 2 * i + 1 < n && props & P_SQUARE_ZERO; i++)
		x[2 * i * n + 2 * i + 1] = 1;
	if (props & P_SYMMETRIC && !(props & P_DIAGONAL))
		turn(p, x, n);
	else if (!(props & P_DIAGONAL))
		change_basis(p, x, n);
}

void
point_ranked(Point *p)
{
	const Facts *facts = p->s->g->facts;

	for (int i = 0; i < facts->nranked; i++) {
		Node *node = facts->ranked[i];
		unsigned props = node->nax == 2 ? props_close(node->var->props) : 0;
		long r = node->nax ? point_size(p, node->ax[0]) : 1,
			 c = node->nax > 1 ? point_size(p, node->ax[1]) : 1, k,
			 full = node->nax < 2 ? 1 : r < c ? r : c;
		uint64_t *x;

		k = piece_rank(facts, p->piece, i, (long[]){r, c});
		if (k == full && !(props & P_SQUARE))
			continue;
		x = p->leaf[p->s->slot[node->id] - 1] = NEWN(p->a, uint64_t, r * c + 1);
		if (props & P_SQUARE && piece_empty(props, r, k)) {
			p->missed = p->never = true;
			point_fail(p, POINT_ROOT, node);
		} else if (props & P_SQUARE) {
			draw_root(p, x, r, k, props);
		}
		else if (node->nax == 2)
			dyads(p, x, r, c, props & P_SKEW ? k / 2 : k, props);
	}
}
