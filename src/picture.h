/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * picture.h: the computation graph as a drawing, shared by picture.c (which makes it, with
 * picture_term.c and picture_gate.c), picture_place.c (gates to rows and columns), picture_text.c
 * (characters) and picture_dot.c (Graphviz).
 */
#ifndef MDX_PICTURE_H
#define MDX_PICTURE_H

#include "core.h"

typedef enum {
	GATE_LEAF,              /* no operation: a variable or a constant */
	GATE_SIGN,              /* an operator */
	GATE_FUN                /* a function, by its name */
} GateKind;

/* An operation and the value that it gives. Gates stand after those that they need. */
typedef struct Gate {
	GateKind kind;
	const char *op;         /* what stands in the gate; a leaf: NULL */
	const char *name;       /* of the value, in the style of the picture; "" when it has none */
	const char *shape;      /* "m x n", "scalar" */
	const char *below;      /* adjoint or tangent, "" when there is none */
	bool active;            /* on a path from the variable of the derivative */
	bool ordered;           /* its operands cannot be exchanged */
	int n, *in;             /* operands, as indices of gates */
	const int *sign;        /* GATE_SIGN of a sum with different signs: of each operand; or NULL */
	const Term *term;       /* whose value it is; for a part of a product: the product */
	Dim *row, *col;         /* NULL: a tensor */
	bool number;            /* a leaf without a variable: not shared */
	int use, next_use;      /* gates with the same first operand, chained; -1 ends */
} Gate;

typedef struct Picture {
	Arena *a;
	Style style;            /* ASCII or UNICODE */
	const char *title;      /* the derivative that is shown, or NULL */
	Gate *gate;
	int n, cap;
	int root;
} Picture;

typedef struct Goal { int x, weight; } Goal;

/* picture_place.c: layers from top to bottom. A wire that passes a layer has a cell there. */
typedef struct Cell {
	int gate;               /* whose value comes out of it */
	bool wire;              /* only passes */
	int layer, at;          /* at: place within the layer, from the left */
	int x, width;           /* columns */
	int out;                /* column of the wire that leaves, from x */
	int *port;              /* gates: column of each operand's wire, from x */
	Goal *goal; int ngoal, cap_goal;        /* columns that x should have */
} Cell;

typedef struct Row { Cell **cell; int n, cap; } Row;

typedef struct Plane {
	const Picture *p;
	int nrow; Row *row;
	Cell **home;            /* of each gate */
	int width;              /* columns of all */
	int within;             /* columns that no row may leave; 0: any */
} Plane;

int text_columns(const char *s);                /* on a terminal */
int gate_width(const Gate *g);                  /* columns of the gate itself; 0 for a leaf */
const char *gate_label(const Picture *p, const Gate *g);        /* "f : m" */
/* no layer wider than `limit' columns, and all not wider than `width'; within: wires are bent for
   that. NULL: it does not fit */
Plane *picture_place(const Picture *p, int width, int limit, bool within);

/* The drawing, lines ending in newlines; when it would be wider than `width` columns, a list. */
char *picture_text(const Picture *p, int width);

char *picture_dot(const Picture *p);            /* the DOT language */
void picture_write(const Picture *p, Loc loc, const char *path);        /* by the ending; raises */

#endif
