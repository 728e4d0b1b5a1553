/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * field.c: the exact test of an identity: both sides at random points of random prime fields of 62
 * bits, at several random sizes. Two rational functions that differ do so at all points but a
 * fraction degree/p of them (Schwartz and Zippel), and there is no rounding: so equality is true
 * with a known tiny chance of error, and a difference of rational sides is a proof. Elementwise
 * functions that a field does not have are random oracles (field_map.c): equality still counts, a
 * difference then proves nothing.
 *
 * The files: field_flint.c arithmetic; field_draw.c sizes and leaves; field_walk.c, field_fn.c,
 * field_map.c values. Stands between prove.c and numeric.c; decide.c calls it.
 */
#include <math.h>
#include <string.h>

#include "field.h"

#define PRIME_CHANCE 0x1p-40 /* that a number of thousands of bits is divisible by a random prime  \
							  */

/* ---- degrees: entries of a node are fractions with a common denominator, in the entries of leaves
   and the values of oracles */

typedef struct Degree {
	double num, den;
} Degree;

static Degree
degree_product(const Point *p, const Node *n, const Degree *d)
{
	Degree sum = {0, 0};

	for (int i = 0; i < n->n; i++) {
		Degree k = d[p->s->slot[n->kid[i]->id] - 1];

		sum.num += k.num;
		sum.den += k.den;
	}
	return sum;
}

static Degree
degree_leaf(const Node *n, double size)
{
	unsigned p = n->var->props;

	if (p & (P_ORTHOGONAL | P_COLUMNS | P_ROWS | P_SQUARE))
		return (Degree){2 * size, 2 * size};
	return (Degree){p & (P_POSITIVE | P_POSDEF) ? 2 : 1, 0};
}

static Degree
degree_of(Point *p, const Node *n, const Degree *d)
{
	Degree x = n->n ? d[p->s->slot[n->kid[0]->id] - 1] : (Degree){0, 0};
	double size = n->n && n->kid[0]->nax ? (double)point_val(p, n->kid[0])->dim[0] : 1, e;

	switch (n->kind) {
	case N_VAR:
		if (p->s->g->facts) /* bent, or a polynomial of others */
			return (Degree){64 * (size + 1), 64 * (size + 1)};
		return degree_leaf(n, n->nax ? (double)point_val(p, n)->dim[0] : 1);
	case N_SUM: {
		Degree s = {0, 0};

		for (int i = 0; i < n->n; i++) {
			Degree k = d[p->s->slot[n->kid[i]->id] - 1];

			s.den += k.den;
			s.num = fmax(s.num, k.num - k.den);
		}
		s.num += s.den;
		return s;
	}
	case N_PROD:
		return degree_product(p, n, d);
	case N_NAMED:
		return x;
	case N_POW:
		e = fabs(rat_double(n->coef[0]));
		if (rat_sign(n->coef[0]) >= 0)
			return (Degree){ceil(e) * x.num, ceil(e) * x.den};
		/* the common denominator is the product of all entries */
		size = (double)point_val(p, n)->size;
		return (Degree){ceil(e) * (x.den + size * x.num), ceil(e) * size * x.num};
	case N_FN:
		switch (n->fun->id) {
		case F_inv:
			return (Degree){x.den + size * x.num, size * x.num};
		case F_adj:
		case F_det:
			return (Degree){size * x.num, size * x.den};
		case F_pinv:
			return (Degree){8 * size * (x.num + x.den), 8 * size * (x.num + x.den)};
		case F_mpow:
			e = fabs((double)n->param) * size;
			return (Degree){e * (x.num + x.den), e * (x.num + x.den)};
		default:
			return (Degree){64 * (x.num + 1), 64 * x.den};
		}
	case N_MAP:
		/* one variable an entry, to small powers; their quotients */
		size = (double)point_val(p, n)->size * fmax(p->exponent, 1);
		return (Degree){64 * size, 64 * size};
	default:
		return (Degree){1, 0};
	}
}

/* log10 of the chance that sides that differ agree at this point */
static double
point_chance(Point *p)
{
	Degree *d = NEWN(p->a, Degree, p->s->n + 1);
	double most = 1, each;

	for (int i = 0; i < p->s->n; i++) {
		d[i] = degree_of(p, p->s->node[i], d);
		most = fmax(most, d[i].num + d[i].den);
	}
	/* the sides may agree by chance, and so may two arguments of an oracle */
	each = (2 * most + p->oracles * p->oracles * most) * ldexp(1, 1 - FIELD_BITS) + PRIME_CHANCE;
	if (each >= 1)
		return 0;
	if (p->coins)
		each = 1 - ldexp(1 - each, -(p->coins < 60 ? p->coins : 60));
	return log10(each);
}

/* ---- points */

static void
point_start(Point *p, uint64_t seed, int attempt)
{
	p->state = seed * 0x9e3779b97f4a7c15u + (uint64_t)attempt * 0xd1342543de82ef95u + 1;
	p->f = field_random(&p->state);
	p->key = point_next(p);
}

/* At room->size the sizes are kept beyond the point's arena. */
static Point *
point_new(const Point *room, uint64_t seed, int attempt, int max_size)
{
	Point *p = NEW(room->a, Point);

	*p = *room;
	p->attempt = attempt / (room->pieces ? room->pieces : 1); /* each piece has each size in turn */
	point_start(p, seed, attempt);
	if (point_sizes(p, max_size))
		point_walk(p);
	else
		point_fail(p, POINT_LARGE, NULL);
	return p;
}

static Point
room_for(Survey *s)
{
	return (Point){.s = s, .a = s->a, .size = NEWN(s->a, long, s->nsym + 1)};
}

/* the sizes of a point, unless they are there already or there are enough */
static void
add_sizes(Text *t, const Point *p, int *shown)
{
	enum { SHOWN = 3 };
	Text here = text_new(t->a);

	for (int i = 0; i < p->s->nsym; i++)
		text_addf(&here, "%s%s", i ? ", " : "", size_text(t->a, p->s->sym[i], p->size[i]));
	if (*shown == SHOWN || strstr(t->s, here.s))
		return;
	text_addf(t, "%s%s", t->n ? "; " : "", here.s);
	(*shown)++;
}

static const char *
fail_words(const Point *p)
{
	switch (p->fail) {
	case POINT_SINGULAR:
		if (p->at->kind == N_FN)
			return "a matrix that is inverted is singular";
		return p->at->kind == N_VAR ? "there is no such matrix at these sizes"
									: "a division by zero";
	case POINT_ROOT:
		return "a root of a number that has none in the field";
	case POINT_LARGE:
		return "too much work";
	default:
		return p->why ? p->why : arena_printf(p->a, "the function %s", p->at->fun->name);
	}
}

enum {
	PATIENCE = 24,       /* attempts that may fail at first, */
	FOR_ONE = 8,         /* for every one that does not, */
	MUCH_PATIENCE = 480, /* ... where only few sizes are right: chains of tall matrices */
	MORE_SIZE = 3,
	ALIKE = 2            /* the point at which all sizes are the same */
};

const char *
field_missing(void)
{
	return flint_missing();
}

/* Is there no value at any size? Sizes that are alike go with tall and broad matrices, small and
   large ones with [X, Y] of more rows than columns. */
static const char *
undefined(Survey *s, Point *room, int max_size, uint64_t seed)
{
	const char *why = NULL;

	for (int i = 0; i < PATIENCE; i++) {
		ArenaMark mark = arena_mark(s->a);
		Point p;

		room->alike = i % 3 == 0;
		room->spread = i % 3 == 2;
		p = *point_new(room, seed, i, max_size);
		arena_release(s->a, mark);
		if (p.fail != POINT_SINGULAR) {
			why = NULL;
			break;
		}
		why = fail_words(&p);
	}
	room->alike = room->spread = false;
	return why;
}

/* Do the nodes have values together, for some sizes and values? NULL: yes, or it could not be found
 * out. */
const char *
field_undefined(Graph *g, Node **node, int n, int max_size, uint64_t seed)
{
	Survey *s;
	Point room;

	if (n == 0 || flint_missing())
		return NULL;
	s = survey_new(g, node, n);
	room = room_for(s);
	return undefined(s, &room, max_size, seed);
}

/* Random values are 0 by chance at none of these points; a random oracle may be made to be. */
bool
field_zero_entry(Graph *g, Node *n, int max_size, uint64_t seed)
{
	enum { POINTS = 4, TRIES = 12 };
	Survey *s;
	Point room;
	int points = 0;
	bool zero = true;

	if (flint_missing())
		return false;
	s = survey_new(g, &n, 1);
	room = room_for(s);
	for (int i = 0; i < TRIES && points < POINTS && zero; i++) {
		ArenaMark mark = arena_mark(g->a);
		Point *p = point_new(&room, seed, i, max_size);

		if (p->fail == POINT_OK) {
			const Val *v = point_val(p, n);

			zero = false;
			for (size_t k = 0; k < v->size && !p->oracle; k++)
				zero = zero || v->v[k] == 0;
			points++;
		}
		arena_release(g->a, mark);
	}
	return zero && points == POINTS;
}

/* ---- the pieces of what satisfies the facts */

/* Without facts, all is one piece. */
typedef struct Pieces {
	Facts *facts;
	int n, left;            /* of which points are still wanted */
	int *drawn, *failed;
	double *chance;
	bool *less;             /* sizes that are one less than otherwise fail */
} Pieces;

enum { PIECE_TRIES = 9 };

void
field_pieces(Graph *g, int max_size)
{
	Facts *f = g->facts;
	Survey *s;
	Point room;

	if (!f || f->neq + f->nranked == 0 || f->state[0] != PIECE_UNKNOWN || flint_missing())
		return;
	s = survey_new(g, NULL, 0);
	room = room_for(s);
	for (int i = 0; i < f->pieces; i++)
		for (int k = 0; k < PIECE_TRIES; k++) {
			ArenaMark mark = arena_mark(g->a);
			Point *p = NEW(g->a, Point);

			*p = room;
			p->piece = i;
			p->attempt = k;
			point_start(p, 5, k);
			if (point_sizes(p, max_size))
				point_piece(p, &f->state[i]);
			arena_release(g->a, mark);
		}
}

static Pieces
pieces_new(Graph *g, int max_size)
{
	Pieces s = {.facts = g->facts, .n = g->facts ? g->facts->pieces : 1};

	field_pieces(g, max_size);
	s.drawn = NEWN(g->a, int, s.n);
	s.failed = NEWN(g->a, int, s.n);
	s.chance = NEWN(g->a, double, s.n);
	s.less = NEWN(g->a, bool, s.n);
	for (int i = 0; i < s.n; i++)
		s.left += !(g->facts && g->facts->state[i] == PIECE_EMPTY);
	return s;
}

/* Is a piece done with: drawn as often as is wanted, or without values of the sides? */
static bool
done_with(const Pieces *s, int i, int each)
{
	if (s->facts && s->facts->state[i] == PIECE_EMPTY)
		return true;
	return s->drawn[i] >= each || (s->n > 1 && s->drawn[i] == 0 && s->failed[i] >= PATIENCE);
}

/* the next in turn, or -1 */
static int
next_piece(const Pieces *s, int last, int each)
{
	for (int k = 1; k <= s->n; k++) {
		int i = (last + k) % s->n;

		if (!done_with(s, i, each))
			return i;
	}
	return -1;
}

/* log10 of the chance that of some piece all points agree and are wrong to do so */
static double
total_chance(const Pieces *s)
{
	double most = -INFINITY;
	int n = 0;

	for (int i = 0; i < s->n; i++)
		if (s->drawn[i] > 0) {
			most = fmax(most, s->chance[i]);
			n++;
		}
	return n ? fmin(most + log10(n), 0) : 0;
}

/* needs: x and y with the same axes. draws: how many points are wanted, of each piece if there are
 * several. The same seed gives the same answer. */
FieldResult
field_equal(Graph *g, Node *x, Node *y, int draws, int max_size, uint64_t seed)
{
	FieldResult r = {
		.verdict = FIELD_UNABLE, .rational = true, .why = flint_missing(), .sizes = ""};
	Survey *s;
	Point room;
	Text sizes;
	Pieces pieces;
	int most = max_size, failed = 0, patience = PATIENCE, shown = 0, at = -1;

	if (r.why)
		return r;
	pieces = pieces_new(g, max_size);
	s = survey_new(g, (Node *[]){x, y}, 2);
	if (draws > 1 && s->ndim > 1) /* sizes in either order, all orders of three, and sizes alike */
		draws = s->ndim > 2 ? draws + 3 : draws + 1;
	room = room_for(s);
	room.pieces = pieces.left;
	sizes = text_new(g->a);
	for (int i = 0; (draws > 1 || r.draws < draws) && r.verdict != FIELD_DIFFERENT &&
					failed < patience + FOR_ONE * r.draws &&
					(at = next_piece(&pieces, at, draws)) >= 0;
		 i++) {
		ArenaMark mark = arena_mark(g->a);
		Point p;

		/* what holds for all sizes holds for 1, too; but there some matrices have inverses that
		   have none else */
		room.alike = draws > 1 && pieces.left > 0 && i / pieces.left == ALIKE;
		room.less = draws > 1 && pieces.drawn[at] == draws - 1 && !pieces.less[at];
		room.piece = at;
		p = *point_new(&room, seed, i, most);
		if (p.fail == POINT_OK) {
			const Val *u = point_val(&p, x), *v = point_val(&p, y);
			bool same = memcmp(u->v, v->v, sizeof *u->v * u->size) == 0;

			r.verdict = same ? FIELD_EQUAL : FIELD_DIFFERENT;
			/* whether pi and exp(1) are independent of each other nobody knows */
			r.rational = r.rational && !p.oracle && !(p.euler && p.pi);
			pieces.chance[at] += same ? point_chance(&p) : 0;
			pieces.drawn[at]++;
			r.draws++;
		}
		arena_release(g->a, mark);
		if (p.fail == POINT_OK) {
			if (r.verdict == FIELD_DIFFERENT) {
				sizes = text_new(g->a);
				shown = 0;
			}
			add_sizes(&sizes, &p, &shown);
			continue;
		}
		if (room.less) {
			pieces.less[at] = true;
			continue;
		}
		r.why = fail_words(&p);
		if (p.fail == POINT_UNABLE)
			break;
		if (p.fail == POINT_SINGULAR && pieces.n > 1 && pieces.drawn[at] == 0 &&
			++pieces.failed[at] < PATIENCE)
			continue; /* maybe it has no values of the sides at all */
		failed++;
		if (p.fail != POINT_SINGULAR) {
			most = most > 2 ? most - 1 : 2;
		} else if (failed == PATIENCE) {
			r.undefined = r.draws == 0 && undefined(s, &room, max_size, seed + 1);
			patience = r.undefined ? PATIENCE : MUCH_PATIENCE;
			most = max_size + MORE_SIZE;
		}
	}
	r.sizes = sizes.s;
	r.log10_chance = total_chance(&pieces);
	if (g->facts && !g->facts->rational)
		r.rational = false;
	if (r.verdict == FIELD_EQUAL && next_piece(&pieces, -1, draws) >= 0 && draws > 1)
		r.verdict = FIELD_UNABLE;
	return r;
}
