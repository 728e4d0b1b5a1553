/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * picture_sketch.h: a picture while its gates are made. picture_gate.c: gates, each once;
 * picture_term.c: terms to gates; picture.c: the statement, and adjoints below the values.
 */
#ifndef MDX_PICTURE_SKETCH_H
#define MDX_PICTURE_SKETCH_H

#include "infer.h"
#include "picture.h"

typedef struct Drawn { const Term *term; int gate; } Drawn;

typedef struct Sketch {
	Arena *a;
	Elab *e;
	Picture *p;
	Drawn *drawn; unsigned ndrawn, cap_drawn;       /* open addressing, at most half full */
	const Term *by;         /* the variable of the derivative, or NULL */
	Sym *taken; int ntaken, cap_taken;
} Sketch;

/* ---- picture_gate.c */
bool sketch_unicode(const Sketch *k);
bool term_is_scalar(const Term *t);
const char *sketch_name(const Sketch *k, Sym name);     /* in the style of the picture */
int sketch_drawn(const Sketch *k, const Term *t);       /* its gate, -1 when it has none yet */
void sketch_keep(Sketch *k, const Term *t, int gate);
/* a gate with its shape; the one that is there when there is such a one already */
int sketch_gate(Sketch *k, Gate g, const Term *t, Sym name);
/* the operation of term t on gates */
Gate sketch_operation(Sketch *k, const Term *t, GateKind kind, const char *op, int n,
	const int *in);
int sketch_leaf(Sketch *k, const Term *t, const char *text, bool number);

/* ---- picture_term.c */
/* needs: a shaped term. gives: the gate of its value, named when name is not NULL; each term is
   drawn once. */
int sketch_term(Sketch *k, const Term *t, Sym name);

#endif
