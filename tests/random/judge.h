/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge.h: what the files that find values share. */
#ifndef MDX_TESTS_JUDGE_H
#define MDX_TESTS_JUDGE_H

#include "value.h"

typedef struct Judge {
	Arena *a;
	const Point *p;
	Rounding r;
} Judge;

/* ---- value.c: false when there is none, or it is not known here */
bool value_in(Judge *j, const Tree *t, Value *out);

/* ---- value_matrix.c */
Value value_make(Arena *a, int r, int c);               /* zeros */
Value value_copy(Arena *a, Value v);
Value value_scalar(Arena *a, Num x);
Value value_identity(Arena *a, int n);
bool value_is_scalar(Value v);
int value_whole(Value v);                               /* a size, an index or an exponent */
Value value_transpose(Arena *a, Value v);
bool value_reshape(Arena *a, Value v, int r, int c, Value *out);
Value value_diagonal(Arena *a, Value v);                /* of a column: the matrix */

typedef Num Binary(Rounding *r, Num x, Num y);
/* f of the entries; a scalar goes with every entry of a matrix */
bool value_entrywise(Judge *j, Binary *f, Value v, Value w, Value *out);
Num value_total(Judge *j, Value v);
Num value_squares(Judge *j, Value v);
bool value_product(Judge *j, Value v, Value w, Value *out);
Value value_kron(Judge *j, Value v, Value w);
/* solves v*out = w; *det is the determinant of v; false when v is singular */
bool value_solve(Judge *j, Value v, Value w, Value *out, Num *det);
Num value_determinant(Judge *j, Value v);
bool value_expm(Judge *j, Value v, Value *out);

/* ---- value_map.c: both false when f is no such function */
bool value_map(Judge *j, const Tree *f, Value v, Value *out);
/* an unknown function of several arguments whose value is a number */
bool value_unknown(Judge *j, const Tree *f, int n, const Value *v, Value *out);

#endif
