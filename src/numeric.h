/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * numeric.h: what the files of the test with doubles share. numeric_size.c: how large a rounding
 * error may be; numeric_draw.c: both sides at one point; numeric_judge.c: what balls say of it;
 * numeric_text.c: how they differ, in words; numeric.c: at which points, and the verdict.
 */
#ifndef MDX_NUMERIC_H
#define MDX_NUMERIC_H

#include "core.h"

#define SHAKEN 0x1p-26          /* relative perturbation of the leaves */
#define ROUNDING 1e-12          /* relative rounding error of a well-conditioned side, with room */

/* Nodes whose numbers are wanted beside those of the two sides: the terms that may cancel. */
typedef struct Probe {
	Node **node; int n, cap;
	int *at;                /* by node id: 1 + its place in node, 0: not there */
	bool *walked;           /* by node id */
	Tensor **value;         /* of a draw */
	double *size;           /* of a draw, by node id; NaN: not found yet */
	bool plain;             /* steep functions do not make anything larger */
} Probe;

typedef enum { DRAW_EQUAL, DRAW_DIFFER, DRAW_UNDEFINED, DRAW_UNSTABLE, DRAW_JUMP } DrawKind;

typedef struct Draw {
	DrawKind kind;
	Env *env;
	Tensor *left, *right;
	double diff, tol;       /* largest difference of entries, and what rounding may explain */
	double moved;           /* how far the sides move when the leaves do, relatively; NaN: not
	                           known */
	double ratio;           /* left = ratio*right in every entry; NaN when there is none */
	const char *why;        /* undefined: the reason */
	int side;               /* undefined: 0 left, 1 right, -1 not known */
	long total;             /* sum of the sizes */
} Draw;

typedef struct Test {
	Arena *a;
	Arena *scratch;         /* of one draw: its plans and all values but those of the leaves */
	Graph *g;
	Node *side[2];
	Probe probe;            /* the two sides first */
	unsigned nnode;         /* of the graph when the probe was made */
	Sym *dim; int ndim, cap_dim;    /* names of sizes */
	const Var **var; int nvar, cap_var;
	bool kinks;             /* something in it changes its course at some values */
	bool jumps;             /* there is sign or step in it */
	bool pinv;              /* a pseudo-inverse in it is there for matrices of any rank */
} Test;

/* ---- numeric_size.c */
Probe probe_new(Arena *a, const Graph *g, Node **side);
/* of the draw that p->value is from; NULL: not one of the nodes */
Tensor *probe_value(const Probe *p, const Node *n);
/* what a rounding error of the node is relative to */
double probe_magnitude(Probe *p, const Node *n);

/* ---- numeric_draw.c */
Draw test_draw(Test *t, Env *env);              /* both sides with these values */
/* of some nodes, in the scratch arena, as the reason is; NULL with the reason when there are none;
   interrupts pass */
Tensor **test_values(Test *t, Node **node, int n, Env *env, const char **why);
/* Whether a node is not one formula everywhere: what differs may do so at few values only. */
bool node_has_kinks(const Node *n);

/* ---- numeric_judge.c */
#define FAINT 1e4       /* a difference of no more than this many times what rounding explains */
enum { SURE_DRAWS = 2 };        /* draws that doubles find equal, looked at once more */

/* How far the help of balls has gone. */
typedef struct Judge {
	bool on;                /* there is such help, and it is wanted */
	bool rough;             /* what is given holds for the leaves to rounding only */
	bool able;              /* it has said something */
	bool differ;            /* the sides were found to differ: that is certain */
	int asked;              /* for draws that doubles could not tell */
	Draw equal[SURE_DRAWS]; int nequal;     /* draws that doubles found equal, the smallest */
	bool sharp;             /* they are equal to all digits that anybody writes */
} Judge;

Judge judge_new(const Test *t, bool wanted);
void judge(Judge *j, Test *t, Draw *d);         /* d->kind becomes what balls say */
/* Of sides that differed at some draws: is there one where that was confirmed, or could it never be,
   not even where they were equal? */
bool judge_confirms(Judge *j, Test *t);
/* The draws that were equal once more, in many digits: do the sides differ behind those of doubles?
   *out is such a draw. */
bool judge_again(Judge *j, Test *t, Draw *out);
/* The sides differ at d for certain, wherever that is. */
bool judge_differs(Test *t, Draw *d);

/* ---- numeric_text.c */
/* The sides differ at d; ratio: the same constant in all draws, or NaN. */
const char *test_differ_text(Test *t, const Draw *d, double ratio);

#endif
