/* SPDX-License-Identifier: GPL-3.0-or-later */
/* contraction.c: the order of a product's factors, and the loops of each step; see contraction.h. */
#include "contraction.h"

#define MOST 1e15               /* more work than anybody does: strides need not be right then */

typedef struct Labels {
	const long *size;
	int *left;              /* factors to come that have it; more when it is on an axis */
	bool *live;             /* the product so far has it, */
	long *sofar;            /* ... with this stride */
	long *axis;             /* its stride in the whole product */
	int *first;             /* by factor: where its labels begin */
	bool *done;             /* by factor */
} Labels;

/* The factor whose labels add least to the live ones. */
static int
next_factor(const Node *n, const Labels *l)
{
	int best = -1;
	double least = 0;

	for (int i = 0; i < n->n; i++) {
		double cost = 1;

		if (l->done[i])
			continue;
		for (int j = 0; j < n->kid[i]->nax; j++) {
			int lab = n->lab[l->first[i] + j];

			if (!l->live[lab])
				cost *= (double)l->size[lab];
		}
		if (best < 0 || cost < least) {
			best = i;
			least = cost;
		}
	}
	return best;
}

static Labels
labels_new(Arena *a, const Node *n, const long *size, double *unused)
{
	Labels l = {
		.size = size,
		.left = NEWN(a, int, n->nlab + 1),
		.live = NEWN(a, bool, n->nlab + 1),
		.sofar = NEWN(a, long, n->nlab + 1),
		.axis = NEWN(a, long, n->nlab + 1),
		.first = NEWN(a, int, n->n + 1),
		.done = NEWN(a, bool, n->n + 1),
	};
	long stride = 1;

	for (int i = 0, m = 0; i < n->n; i++) {
		l.first[i] = m;
		for (int j = 0; j < n->kid[i]->nax; j++)
			l.left[n->lab[m++]]++;
	}
	for (int i = n->nax; i-- > 0; stride *= size[n->out[i]]) {
		l.axis[n->out[i]] += stride;
		l.left[n->out[i]] += n->n + 1;  /* never done with */
	}
	*unused = 1;
	for (int k = 0; k < n->nlab; k++)
		if (l.left[k] == 0)
			*unused *= (double)size[k];
	return l;
}

static ContractionStep
next_step(Arena *a, const Node *n, Labels *l, bool last)
{
	ContractionStep s = {.factor = next_factor(n, l), .result = 1, .work = 1};
	long *kid_stride = NEWN(a, long, n->nlab + 1), *room = NEWN(a, long, 4 * (n->nlab + 1));
	const Node *kid = s.factor < 0 ? NULL : n->kid[s.factor];
	long stride = 1;

	s.size = room;
	s.sofar = room + n->nlab + 1;
	s.kid = s.sofar + n->nlab + 1;
	s.out = s.kid + n->nlab + 1;
	for (int j = kid ? kid->nax : 0; j-- > 0;) {
		int lab = n->lab[l->first[s.factor] + j];

		kid_stride[lab] += stride;
		stride *= l->size[lab];
		l->left[lab]--;
	}
	for (int lab = n->nlab; lab-- > 0;) {
		bool was = l->live[lab];

		if (!was && !kid_stride[lab] && !(last && l->axis[lab]))
			continue;
		s.size[s.n] = l->size[lab];
		s.sofar[s.n] = was ? l->sofar[lab] : 0;
		s.kid[s.n] = kid_stride[lab];
		l->live[lab] = l->left[lab] > 0;
		l->sofar[lab] = l->live[lab] ? s.result : 0;
		s.work *= (double)l->size[lab];
		if (l->live[lab] && s.work < MOST)
			s.result *= l->size[lab];
		s.out[s.n++] = last ? l->axis[lab] : l->sofar[lab];
	}
	if (kid)
		l->done[s.factor] = true;
	return s;
}

Contraction
contraction(Arena *a, const Node *n, const long *size)
{
	Contraction c = {.n = n->n ? n->n : 1};
	Labels l = labels_new(a, n, size, &c.unused);

	c.step = NEWN(a, ContractionStep, c.n);
	for (int i = 0; i < c.n; i++)
		c.step[i] = next_step(a, n, &l, i + 1 == c.n);
	return c;
}
