/* SPDX-License-Identifier: GPL-3.0-or-later */
/* field.h: what field.c and field_*.c share: arithmetic modulo a prime, tensors over it, points. */
#ifndef MDX_FIELD_H
#define MDX_FIELD_H

#include "core.h"

__extension__ typedef unsigned __int128 Wide;

/* ---- the prime field: numbers 0 .. p-1, p of 62 bits and such that
   -1 is no square (p = 3 mod 4), so that one of b and -b always is one, as one of them is positive;
   2, 3, 5 and 7 are squares; and squares have unique roots of order 2, 3, 5, 7 that are squares. */
typedef struct Field { uint64_t p, inverse; } Field;

enum { FIELD_BITS = 62 };

static inline uint64_t
fp_reduce(const Field *f, Wide x)       /* x < p * 2^62: a division by multiplications */
{
	uint64_t p = f->p << (64 - FIELD_BITS), hi, lo, r;
	Wide q;

	x <<= 64 - FIELD_BITS;
	hi = (uint64_t)(x >> 64);
	lo = (uint64_t)x;
	q = (Wide)f->inverse * hi + x;
	r = lo - ((uint64_t)(q >> 64) + 1) * p;
	if (r > (uint64_t)q)
		r += p;
	if (r >= p)
		r -= p;
	return r >> (64 - FIELD_BITS);
}

static inline uint64_t
fp_mul(const Field *f, uint64_t x, uint64_t y)
{
	return fp_reduce(f, (Wide)x * y);
}

static inline uint64_t
fp_add(const Field *f, uint64_t x, uint64_t y)
{
	uint64_t s = x + y;

	return s >= f->p ? s - f->p : s;
}

static inline uint64_t
fp_neg(const Field *f, uint64_t x)
{
	return x ? f->p - x : 0;
}

static inline uint64_t
fp_sub(const Field *f, uint64_t x, uint64_t y)
{
	return fp_add(f, x, fp_neg(f, y));
}

uint64_t fp_pow(const Field *f, uint64_t x, uint64_t e);
uint64_t fp_inv(const Field *f, uint64_t x);            /* x != 0 */
uint64_t fp_long(const Field *f, long n);
bool fp_square(const Field *f, uint64_t x);             /* is x, not 0, a square? */
/* false: p divides the denominator */
bool fp_rat(const Field *f, Arena *a, Rat r, uint64_t *out);
/* x^e for a square x, the root that is a square; false: not unique for this prime */
bool fp_root_pow(const Field *f, Arena *a, uint64_t x, Rat e, uint64_t *out);

/* ---- field_flint.c: FLINT. n x n matrices are dense, row by row */
const char *flint_missing(void);        /* NULL: it is there (it is loaded now); else why not */
Field field_random(uint64_t *state);
/* false: singular */
bool flint_inv(const Field *f, const uint64_t *x, uint64_t *out, long n);
uint64_t flint_det(const Field *f, const uint64_t *x, long n);
void flint_mul(const Field *f, const uint64_t *x, const uint64_t *y, uint64_t *out, long r, long k,
	long c);
/* reduced row echelon form, in place; the rank */
long flint_rref(const Field *f, uint64_t *x, long r, long c);

/* ---- a graph, looked through once; points, one per attempt */

/* Two nodes and all below them: what there is to draw, in order of evaluation. */
typedef struct Survey {
	Graph *g;
	Arena *a;
	Node **node; int n, cap;        /* children first; those of the facts' equations before
	                                   others: */
	int *upto;                      /* how many there are up to the i-th equation */
	int *slot;                      /* by node id: 1 + its place; 0: not there */
	unsigned nslot;
	Sym *sym; int nsym, capsym;     /* names of dimensions, ndim of them, then of indices */
	int ndim;
	Dim **axis; int naxis, capaxis;
	Node **unit; int nunit, capunit;
	Node **var; int nvar, capvar;   /* with orthonormal columns or rows */
	bool pinv;                      /* there is a pseudo-inverse in it */
} Survey;

Survey *survey_new(Graph *g, Node **root, int n);

typedef enum {
	POINT_OK,
	POINT_SINGULAR,         /* a matrix that is inverted; a division by zero */
	POINT_ROOT,             /* a root of something that has none */
	POINT_LARGE,            /* too much work at these sizes */
	POINT_UNABLE            /* never works */
} PointFail;

typedef struct Val {
	int nax; long *dim;
	size_t size;
	uint64_t *v;
	bool square;            /* every entry is a square, at every point */
} Val;

typedef struct Point {
	Survey *s;
	Arena *a;
	Field f;
	uint64_t state;         /* of random numbers */
	uint64_t key;           /* of oracles */
	long *size;             /* by symbol */
	int attempt;
	int piece, pieces;      /* of the solutions of the facts; how many there are, or 0 */
	bool alike;             /* all sizes are the same, where they can be */
	bool spread;            /* each size is small or large */
	bool less;              /* sizes are one less than otherwise, so that there is a 1 */
	Val *val;               /* by slot - 1 */
	uint64_t **leaf;        /* by slot - 1: what a VAR was drawn as, where there are facts */
	PointFail fail;
	Node *at;               /* which node failed */
	const char *why;        /* POINT_UNABLE: what is the matter; NULL: the function at `at` */
	bool oracle;            /* a function without a field meaning was involved */
	bool euler, pi;         /* exp of numbers (sin and cos, too); pi: each is as good as a
	                           variable */
	double exponent;        /* the largest to which exp of something was raised */
	bool loose;             /* variables need not be positive: what pieces there are is asked */
	bool missed;            /* the facts cannot be satisfied at what was drawn, */
	bool never;             /* ... nor at any values of these ranks; */
	long dropped;           /* by how much the ranks of linear equations are less than full */
	int coins;              /* choices of one of two: a false identity may hold for all but one */
	double oracles;         /* how many of their values were asked for */
	double work;
} Point;

uint64_t point_next(Point *p);          /* random bits */
uint64_t point_random(Point *p);        /* in the field, not 0 */
bool point_fail(Point *p, PointFail why, Node *at);     /* the first one counts; returns false */
Val *point_val(Point *p, const Node *n);
long point_size(Point *p, const Dim *d);

/* field_draw.c */
bool point_sizes(Point *p, int max_size);               /* false: none were found */
void point_leaf(Point *p, Node *n, Val *out);           /* a VAR: by its properties */
/* a direction in which n may move without losing its properties */
uint64_t *point_direction(Point *p, Node *n, const Val *x);
void point_commuting(Point *p);         /* the leaves of the graph's facts that commute */
void point_ranked(Point *p);            /* those that are drawn of each rank */

/* field_walk.c */
void point_walk(Point *p);              /* all values, or fail */
void point_upto(Point *p, int n);       /* those of the first n nodes */

/* field_facts.c: moves the leaves so that the facts of the graph hold, or fails */
void point_facts(Point *p);
void point_piece(Point *p, PieceState *state);       /* ... or says that they never do */

/* field_fn.c: matrix functions, unknown functions */
/* a number, not 0, that depends on tag and x only */
uint64_t point_oracle(Point *p, uint64_t tag, uint64_t x);
void point_fn(Point *p, Node *n, Val *out);
void point_unknown(Point *p, Node *n, Val *out);

/* field_map.c: elementwise functions */
void point_map(Point *p, Node *n, Val *out);
void point_pow(Point *p, Node *n, Val *out);
/* exp(c*u), entry by entry */
void point_exp(Point *p, Node *u, Rat c, uint64_t *out, size_t size);
uint64_t point_log(Point *p, uint64_t x, Node *n);
uint64_t point_pi(Point *p);

#endif
