/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * build.h: what the files between shaped terms and the tensor graph share. ops.c: operators on
 * operands; calls.c: the functions that are products and sums; build.c: terms to nodes; forms.c:
 * the derivative forms; adjoint.c: the rules of the function table on nodes.
 */
#ifndef MDX_BUILD_H
#define MDX_BUILD_H

#include "core.h"

/* A node and its shape in matrix notation. The node's axes are row and col, but for those that are
   the constant 1; so a scalar is a node of order 0. A tensor of order 3 or more has no shape: row
   and col are NULL. */
typedef struct Operand { Node *n; Dim *row, *col; } Operand;

static inline bool
op_is_scalar(Operand x)
{
	return x.n->nax == 0;
}

/* ----------------------------------------- ops.c: operators. Shapes conform (inference saw to it);
   a scalar among the operands of +, .*, ./, .^ and * broadcasts. */
Operand op_node(Graph *g, Node *n);                     /* order 1: a column */
Operand op_scalar(Graph *g, Node *n);
Operand op_fill(Graph *g, Node *scalar, Dim *row, Dim *col);    /* the scalar in every entry */
Operand op_ident(Graph *g, Dim *d);
Operand op_add(Graph *g, int n, const Operand *x, const int *sign);     /* sign NULL: all + */
Operand op_mul(Graph *g, int n, const Operand *x);
Operand op_emul(Graph *g, int n, const Operand *x);
Operand op_ediv(Graph *g, Operand x, Operand y);
Operand op_epow(Graph *g, Operand x, Operand y);
Operand op_div(Graph *g, Operand x, Operand y);
Operand op_ldiv(Graph *g, Operand x, Operand y);
Operand op_pow(Graph *g, Operand x, Operand k);         /* raises when x is a matrix and k no
                                                           integer */
Operand op_trans(Graph *g, Operand x);
Operand op_inv(Graph *g, Operand x);
Operand op_kron(Graph *g, Operand x, Operand y);
Operand op_unit(Graph *g, Dim *index, Dim *size);       /* raises when a number is out of range */
Operand op_entry(Graph *g, Operand x, Dim *i, Dim *j);  /* j NULL: of a vector */
Operand op_blocks(Graph *g, int nrow, const int *rowlen, const Operand *x, Dim *row, Dim *col);

/* ---------------------------------------------------------------- calls.c: functions */
Operand op_diag(Graph *g, Operand x);
Operand op_reshape(Graph *g, Operand x, Dim *row, Dim *col);
/* The call of any function that is no derivative and no value. idx: sizes and indices; row, col:
   shape of the result. */
Operand op_call(
	Graph *g, const Fun *f, int n, const Operand *x, int nidx, Dim *const *idx, Dim *row, Dim *col);

/* ---------------------------------------------------------------- forms.c: derivatives */
Operand build_derivative(Graph *g, Term *t);            /* TM_CALL of FC_DERIV */

#endif
