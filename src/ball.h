/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ball.h: what the files of the evaluation with balls share. A ball is a number with a bound of its
 * error, so that two sides whose balls are apart differ for certain (F. Johansson, Arb: efficient
 * arbitrary-precision midpoint-radius interval arithmetic, IEEE Trans. Computers 66, 2017).
 * ball_arb.c: the library; ball.c: nodes, and the comparison; ball_leaf.c: values of leaves;
 * ball_fn.c: functions.
 */
#ifndef MDX_BALL_H
#define MDX_BALL_H

#include "core.h"

#if defined __has_include
#if __has_include(<flint/arb.h>)
#include <flint/arb.h>
#include <flint/arb_hypgeom.h>
#include <flint/arb_mat.h>
#define HAVE_ARB_HEADERS 1
#elif __has_include(<arb.h>)
#include <arb.h>
#include <arb_hypgeom.h>
#include <arb_mat.h>
#define HAVE_ARB_HEADERS 1
#endif
#endif

#ifdef HAVE_ARB_HEADERS

/* X(result, name, parameters): what is used of Arb */
#define ARB_FUNCTIONS(X)                                                                           \
	X(arb_ptr, _arb_vec_init, (slong n))                                                           \
	X(void, _arb_vec_clear, (arb_ptr v, slong n))                                                  \
	X(void, arb_set, (arb_t z, const arb_t x))                                                     \
	X(void, arb_set_d, (arb_t z, double x))                                                        \
	X(void, arb_set_si, (arb_t z, slong x))                                                        \
	X(int, arb_set_str, (arb_t z, const char *s, slong prec))                                      \
	X(void, arb_const_pi, (arb_t z, slong prec))                                                   \
	X(void, arb_neg, (arb_t z, const arb_t x))                                                     \
	X(void, arb_abs, (arb_t z, const arb_t x))                                                     \
	X(void, arb_sgn, (arb_t z, const arb_t x))                                                     \
	X(void, arb_add, (arb_t z, const arb_t x, const arb_t y, slong prec))                          \
	X(void, arb_sub, (arb_t z, const arb_t x, const arb_t y, slong prec))                          \
	X(void, arb_mul, (arb_t z, const arb_t x, const arb_t y, slong prec))                          \
	X(void, arb_addmul, (arb_t z, const arb_t x, const arb_t y, slong prec))                       \
	X(void, arb_mul_2exp_si, (arb_t z, const arb_t x, slong e))                                    \
	X(void, arb_div, (arb_t z, const arb_t x, const arb_t y, slong prec))                          \
	X(void, arb_max, (arb_t z, const arb_t x, const arb_t y, slong prec))                          \
	X(void, arb_min, (arb_t z, const arb_t x, const arb_t y, slong prec))                          \
	X(void, arb_pow, (arb_t z, const arb_t x, const arb_t y, slong prec))                          \
	X(void, arb_sqrt, (arb_t z, const arb_t x, slong prec))                                        \
	X(void, arb_exp, (arb_t z, const arb_t x, slong prec))                                         \
	X(void, arb_log, (arb_t z, const arb_t x, slong prec))                                         \
	X(void, arb_log1p, (arb_t z, const arb_t x, slong prec))                                       \
	X(void, arb_sin, (arb_t z, const arb_t x, slong prec))                                         \
	X(void, arb_cos, (arb_t z, const arb_t x, slong prec))                                         \
	X(void, arb_tan, (arb_t z, const arb_t x, slong prec))                                         \
	X(void, arb_asin, (arb_t z, const arb_t x, slong prec))                                        \
	X(void, arb_acos, (arb_t z, const arb_t x, slong prec))                                        \
	X(void, arb_atan, (arb_t z, const arb_t x, slong prec))                                        \
	X(void, arb_sinh, (arb_t z, const arb_t x, slong prec))                                        \
	X(void, arb_cosh, (arb_t z, const arb_t x, slong prec))                                        \
	X(void, arb_tanh, (arb_t z, const arb_t x, slong prec))                                        \
	X(void, arb_hypgeom_erf, (arb_t z, const arb_t x, slong prec))                                 \
	X(int, arb_is_finite, (const arb_t x))                                                         \
	X(int, arb_is_zero, (const arb_t x))                                                           \
	X(int, arb_is_positive, (const arb_t x))                                                       \
	X(int, arb_is_negative, (const arb_t x))                                                       \
	X(int, arb_is_nonnegative, (const arb_t x))                                                    \
	X(int, arb_is_nonpositive, (const arb_t x))                                                    \
	X(int, arb_overlaps, (const arb_t x, const arb_t y))                                           \
	X(void, arb_add_error, (arb_t x, const arb_t error))                                           \
	X(void, arb_get_abs_ubound_arf, (arf_t z, const arb_t x, slong prec))                          \
	X(double, arf_get_d, (const arf_t x, arf_rnd_t rnd))                                           \
	X(void, arf_clear, (arf_t x))                                                                  \
	X(void, arb_mat_init, (arb_mat_t m, slong r, slong c))                                         \
	X(void, arb_mat_clear, (arb_mat_t m))                                                          \
	X(int, arb_mat_inv, (arb_mat_t y, const arb_mat_t x, slong prec))                              \
	X(void, arb_mat_det, (arb_t d, const arb_mat_t x, slong prec))                                 \
	X(void, arb_mat_exp, (arb_mat_t y, const arb_mat_t x, slong prec))

/* The functions, by the names that they have in the manual of Arb; what the dynamic linker found
   belongs to the process. */
typedef struct Arb {
#define X(result, name, params) result(*name) params;
	ARB_FUNCTIONS(X)
#undef X
} Arb;
extern Arb arb;

typedef struct BallVec {        /* by row, as a Tensor */
	int nax;
	long *dim;
	long size;
	arb_ptr x;
} BallVec;

typedef struct BallWalk {
	Graph *g;
	Arena *a;
	const Env *env;
	slong prec;             /* bits */
	double work, most;      /* multiplications so far, and allowed */
	bool given;             /* equations hold between the leaves, to rounding */
	bool unable;            /* too large, or a function that balls do not have */
	Node **node; int n, cap;        /* kids first */
	int *at;                /* by node id: 1 + its place in node */
	BallVec *value;         /* by place */
	arb_ptr *held; long *nheld; int nhold, cap_hold, cap_nhold;     /* to be cleared */
} BallWalk;

/* ---- ball.c */
BallVec *ball_value(BallWalk *w, const Node *n);        /* of a node that has been walked */
arb_ptr ball_room(BallWalk *w, long n);                 /* n zeros, cleared with the walk */
void ball_rat(BallWalk *w, arb_t z, Rat r);

/* ---- ball_leaf.c */
void ball_leaf(BallWalk *w, const Node *n, BallVec *out);

/* ---- ball_fn.c; out has its size and room, zeros */
void ball_pow(BallWalk *w, const Node *n, BallVec *out);
void ball_map(BallWalk *w, const Node *n, BallVec *out);
void ball_fn(BallWalk *w, const Node *n, BallVec *out);
void ball_unknown(BallWalk *w, const Node *n, BallVec *out);

#endif
#endif
