/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cases.c: random identities, and what the values of their sides say of them. */
#include <math.h>
#include <string.h>

#include "cases.h"

/* ---- making them */

/* May it be differentiated by? Any direction has to be one of its own; by a symmetric one there is
   a gradient. */
static bool
is_free(const Case *c, const GrowLeaf *l, bool scalar)
{
	const Given *g = c->w.given;
	char kind = l->kind;

	if (g && strchr(g->bound, *l->name) && g->kind != '+') {
		if (!g->kind)
			return false;
		kind = g->kind;
	}
	return kind == 0 || (kind == 'S' && scalar);
}

/* both sides differentiated by a leaf */
static void
differentiate(Case *c)
{
	Shape s = shape_of(c->left);
	bool scalar = s.r == 1 && s.c == 1;
	const GrowLeaf *by = NULL;
	const char *along = NULL;

	for (int tries = 0; tries < 20 && !by; tries++) {
		const GrowLeaf *l = &grow_leaf[random_below(c->w.r, grow_nleaf)];

		if ((tree_mentions(c->left, sym(l->name)) || tries > 15) && is_free(c, l, scalar))
			by = l;
	}
	if (!by)
		return;
	if (!scalar && random_below(c->w.r, 3)) {
		for (int i = 0; i < grow_nleaf; i++)
			if (grow_leaf[i].rows == by->rows && grow_leaf[i].cols == by->cols &&
				(!along || &grow_leaf[i] != by))
				along = grow_leaf[i].name;
	}
	const char *fun = scalar ? "grad" : along ? "dir" : "jac";
	c->left = rewrite_derivative(&c->w, fun, c->left, by->name, along);
	c->right = rewrite_derivative(&c->w, fun, c->right, by->name, along);
	c->right = rewrite(&c->w, c->right, random_below(c->w.r, 3));
	c->derivative = true;
}

static void
draw_points(Case *c)
{
	static const int sizes[POINTS][2] = {{2, 3}, {3, 2}, {2, 3}, {3, 4}};

	for (int i = 0; i < POINTS; i++) {
		int m = sizes[i][0], n = sizes[i][1];
		double scale = i == 2 ? 3 : 1;

		c->point[i] = point_draw(c->a, c->w.r, m, n, scale, c->w.given);
		if (c->w.given)
			c->bare[i] = point_draw(c->a, c->w.r, m, n, scale, NULL);
	}
}

void
case_make(Case *c)
{
	Random *r = c->w.r;
	bool scalar = random_below(r, 2);
	int rows = scalar ? 1 : 1 + random_below(r, 3), cols = scalar ? 1 : 1 + random_below(r, 3);

	c->w.unknown = random_below(r, 6) == 0;
	c->w.exponential = random_below(r, 8) == 0;
	if (random_below(r, 4) == 0)
		c->w.given = &given_table[random_below(r, given_count)];
	c->left = rewrite_grow(&c->w, rows, cols, 1 + random_below(r, 8));
	c->left = rewrite_adorn(&c->w, c->left);
	c->right = c->w.given ? rewrite_given(&c->w, c->left) : c->left;
	c->right = rewrite(&c->w, c->right, 1 + random_below(r, 10));
	if (random_below(r, 4) == 0)
		c->left = rewrite(&c->w, c->left, 1 + random_below(r, 3));
	if (random_below(r, 3) == 0)
		differentiate(c);
	c->spoilt = rewrite_spoil(&c->w, c->right);
	draw_points(c);
}

/* ---- comparing values */

enum { MARGIN = 100 };          /* rounding stays so many times below what is compared */

/* A value that rounding decides is none. */
static bool
clear_value(const Case *c, const Point *p, const Tree *x, Width width, double tolerance, Value *v)
{
	double size;

	if (!value_of(c->a, p, x, width, v))
		return false;
	size = value_largest(v);
	return size < 1e6 && MARGIN * value_spread(v) <= tolerance * (1 + size);
}

Match
case_match(const Case *c, const Point *p, const Tree *x, const Tree *y, double tolerance)
{
	Value v, w;
	double size;

	if (!clear_value(c, p, x, WIDE, tolerance, &v) || !clear_value(c, p, y, WIDE, tolerance, &w))
		return UNCLEAR;
	size = value_largest(&v) + value_largest(&w);
	return value_distance(&v, &w) <= tolerance * (1 + size) ? EQUAL : DIFFERENT;
}

bool
case_seems_true(const Case *c, const Tree *x, const Tree *y)
{
	for (int i = 0; i < POINTS; i++)
		if (case_match(c, &c->point[i], x, y, c->derivative ? 1e-6 : 1e-8) == DIFFERENT)
			return false;
	return true;
}

Match
case_tells_apart(const Case *c, const Tree *x, const Tree *y, const Tree *sound)
{
	double tolerance = c->derivative ? 1e-4 : 1e-6;
	Match best = UNCLEAR;

	for (int i = 0; i < POINTS; i++) {
		Match k = case_match(c, &c->point[i], x, y, tolerance);

		if (k == DIFFERENT
				&& (!sound || case_match(c, &c->point[i], x, sound, tolerance / 100) == EQUAL))
			return DIFFERENT;
		if (k == EQUAL)
			best = EQUAL;
	}
	return best;
}

bool
case_has_value_anywhere(const Case *c, const Tree *x, const Tree *y)
{
	for (int i = 0; i < POINTS; i++)
		if (case_match(c, &c->point[i], x, y, 1e-6) != UNCLEAR)
			return true;
	return false;
}

bool
case_has_value(const Case *c, const Tree *x, const Tree *y)
{
	const Point *p = &c->point[0];
	double tolerance = c->derivative ? 1e-5 : 1e-8;
	Value v;

	return case_match(c, p, x, y, 1e-8) == EQUAL && clear_value(c, p, x, NARROW, tolerance, &v) &&
		clear_value(c, p, y, NARROW, tolerance, &v);
}
