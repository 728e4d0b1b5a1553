/* SPDX-License-Identifier: GPL-3.0-or-later */
/* point.c: random values for the leaves, with what the leaves were declared to be, and bent so that
   what is given holds. */
#include <string.h>

#include "judge.h"

/* the leaf's value becomes that of the text, but for rounding, which the samples show */
static void
set_leaf(Arena *a, Point *p, const char *leaf, const char *text)
{
	for (int i = 0; i < grow_nleaf; i++) {
		Value v;

		if (strcmp(grow_leaf[i].name, leaf) == 0
				&& value_of(a, p, parse_expr(a, "point", text), WIDE, &v))
			p->leaf[i] = v;
	}
}

Point
point_draw(Arena *a, Random *r, int m, int n, double scale, const Given *given)
{
	int most = m > n ? m : n, least = m < n ? m : n;
	Point p = {.m = m, .n = n, .given = given, .seed = random_next(r)};

	if (given && given->tall) {
		p.m = given->tall > 0 ? most : least;
		p.n = given->tall > 0 ? least : most;
	}
	for (int k = 0; k < grow_nleaf; k++) {
		const GrowLeaf *l = &grow_leaf[k];
		const int size[] = {0, 1, p.m, p.n};
		Value v = value_make(a, size[l->rows], size[l->cols]);
		double *x = NEWN(a, double, v.r * v.c);

		grow_draw(r, l, v.r, v.c, scale, x);
		for (int i = 0; i < v.r * v.c; i++)
			v.x[i] = num(x[i]);
		p.leaf[k] = v;
	}
	/* orthogonal but for the rounding of doubles; one step of Newton's leaves that of samples */
	set_leaf(a, &p, "Q", "Q*(3*eye(n) - Q'*Q)/2");
	if (given)
		set_leaf(a, &p, given->leaf, given->by);
	return p;
}

char
point_kind(const Point *p, int leaf)
{
	const GrowLeaf *l = &grow_leaf[leaf];

	return p->given && p->given->kind && strcmp(p->given->leaf, l->name) == 0 ? p->given->kind
		: l->kind;
}
