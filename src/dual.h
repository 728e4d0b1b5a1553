/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dual.h: what dual.c and dual_fn.c share. */
#ifndef MDX_DUAL_H
#define MDX_DUAL_H

#include "plan.h"               /* for the waves of unknown functions, nothing else */

typedef struct Dual {           /* a tensor of dual numbers */
	int nax; long *dim;
	size_t size;
	double *v;
	double *d;              /* NULL: zero */
} Dual;

typedef struct Walk {
	Graph *g; Env *env; Arena *a;
	Node *x;
	const Tensor *tangent;
	Dual **memo;            /* by id */
} Walk;

Dual *dual_for(Walk *w, Node *n, bool slope);           /* of n's size */
const Dual *dual_walk(Walk *w, Node *n);
Dual *dual_fn(Walk *w, Node *n);
Dual *dual_unknown(Walk *w, Node *n);

#endif
