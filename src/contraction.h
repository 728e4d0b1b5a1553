/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * contraction.h: a product of tensors, summed out factor by factor, as loops over strides; for the
 * evaluators that plan nothing because their sizes are tiny, whatever their numbers are
 * (field_walk.c, ball.c).
 */
#ifndef MDX_CONTRACTION_H
#define MDX_CONTRACTION_H

#include "core.h"

/* Multiplies what there is so far by one factor and sums over labels that no later one has. */
typedef struct ContractionStep {
	int factor;             /* which kid of the product; -1: it has none */
	int n;                  /* loops, by the innermost first: */
	long *size, *sofar, *kid, *out;     /* lengths; strides in the three tensors */
	long result;            /* entries of the result */
	double work;            /* multiplications */
} ContractionStep;

typedef struct Contraction {
	int n;
	ContractionStep *step;
	double unused;          /* sizes of labels that are on no factor and no axis, multiplied */
} Contraction;

/* n: a PROD; size: of its labels. The last step's result has n's axes; entries that no loop reaches
   are 0. */
Contraction contraction(Arena *a, const Node *n, const long *size);

/* Where a step is: at first all 0. */
typedef struct ContractionAt { long sofar, kid, out, *idx; } ContractionAt;

static inline ContractionAt
contraction_first(Arena *a, const ContractionStep *s)
{
	return (ContractionAt){.idx = NEWN(a, long, s->n + 1)};
}

/* false: that was the last */
static inline bool
contraction_next(const ContractionStep *s, ContractionAt *at)
{
	for (int k = 0; k < s->n; k++) {
		at->sofar += s->sofar[k];
		at->kid += s->kid[k];
		at->out += s->out[k];
		if (++at->idx[k] < s->size[k])
			return true;
		at->sofar -= s->sofar[k] * s->size[k];
		at->kid -= s->kid[k] * s->size[k];
		at->out -= s->out[k] * s->size[k];
		at->idx[k] = 0;
	}
	return false;
}

#endif
