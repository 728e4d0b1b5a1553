/* SPDX-License-Identifier: GPL-3.0-or-later */
/* identities.c: random true identities, a random expression and what sound rules make of it, must never be called
   false; random false ones, the same with one edit, must never be called true, wherever values that are found without
   the program (value.h) tell the sides apart. `eval` must give those values too.
   MDX_RANDOM=N runs N of each (default 300), MDX_SEED=N makes another row of them; a failure prints its own seed, and
   MDX_RANDOM=1 MDX_SEED=THAT repeats it. MDX_SHOW=1 prints all identities with their verdicts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rewrite.h"
#include "value.h"

/* what was said of the true ones, the false ones, and of values */
typedef struct Count {
	long proved, tested, unknown, wrong;            /* of true ones */
	long refuted, undecided, fooled, same;          /* of false ones; same: not told apart here */
	long agree, differ, undefined;                  /* eval */
	long unsound;
	double slowest;
	uint64_t slowest_seed;
} Count;

typedef struct Case {
	Arena *a;
	uint64_t seed;
	Rewriter w;
	bool derivative;
	Tree *left, *right;
	Point point[4];
} Case;

enum { POINTS = 4 };

/* ---- making them */

static bool
mentions(const Tree *t, const char *name)
{
	return tree_mentions(t, sym(name));
}

/* both sides differentiated by a leaf */
static void
differentiate(Case *c)
{
	Shape s = shape_of(c->left);
	bool scalar = s.r == 1 && s.c == 1;
	const GrowLeaf *by = NULL;

	for (int tries = 0; tries < 20 && !by; tries++) {
		const GrowLeaf *l = &grow_leaf[random_below(c->w.r, grow_nleaf)];

		if ((mentions(c->left, l->name) || tries > 15) && (scalar || strcmp(l->name, "S") != 0))
			by = l;
	}
	if (!by)
		return;
	c->derivative = true;
	if (scalar) {
		c->left = rewrite_derivative(&c->w, "grad", c->left, by->name, NULL);
		c->right = rewrite_derivative(&c->w, "grad", c->right, by->name, NULL);
	} else if (random_below(c->w.r, 3) == 0) {
		c->left = rewrite_derivative(&c->w, "jac", c->left, by->name, NULL);
		c->right = rewrite_derivative(&c->w, "jac", c->right, by->name, NULL);
	} else {
		const char *along = by->name;

		for (int i = 0; i < grow_nleaf; i++)
			if (grow_leaf[i].rows == by->rows && grow_leaf[i].cols == by->cols && &grow_leaf[i] != by)
				along = grow_leaf[i].name;
		c->left = rewrite_derivative(&c->w, "dir", c->left, by->name, along);
		c->right = rewrite_derivative(&c->w, "dir", c->right, by->name, along);
	}
	c->right = rewrite(&c->w, c->right, random_below(c->w.r, 3));
}

static void
make_case(Case *c, Random *r)
{
	static const int sizes[POINTS][2] = {{2, 3}, {3, 2}, {2, 3}, {3, 4}};
	bool scalar = random_below(r, 2);
	int rows = scalar ? 1 : 1 + random_below(r, 3), cols = scalar ? 1 : 1 + random_below(r, 3);

	c->left = rewrite_grow(&c->w, rows, cols, 1 + random_below(r, 8));
	c->right = rewrite(&c->w, c->left, 1 + random_below(r, 10));
	if (random_below(r, 4) == 0)
		c->left = rewrite(&c->w, c->left, 1 + random_below(r, 3));
	if (random_below(r, 3) == 0)
		differentiate(c);
	for (int i = 0; i < POINTS; i++)
		c->point[i] = point_draw(c->a, r, sizes[i][0], sizes[i][1], i == 2 ? 3 : 1);
}

/* ---- comparing values */

typedef enum { EQUAL, DIFFERENT, UNCLEAR } Match;

static Match
match_at(const Case *c, const Point *p, const Tree *x, const Tree *y, double tolerance)
{
	Value v, w;
	double size;

	if (!value_of(c->a, p, x, &v) || !value_of(c->a, p, y, &w))
		return UNCLEAR;
	size = fmax(value_largest(&v), value_largest(&w));
	if (!isfinite(size) || size > 1e6)
		return UNCLEAR;
	return value_distance(&v, &w) <= tolerance * (1 + size) ? EQUAL : DIFFERENT;
}

static void
report(const Case *c, const char *what, const Tree *x, const Tree *y, const char *said)
{
	note("MDX_SEED=%llu: %s", (unsigned long long)c->seed, what);
	note("%s", grow_names);
	note("check %s == %s", print_tree(c->a, x, STYLE_ASCII), print_tree(c->a, y, STYLE_ASCII));
	note("%s", said);
	for (int i = 0; i < c->w.nrule; i++)
		note("  %s", c->w.rule[i]);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
ask(const Case *c, Session *s, const Tree *x, const Tree *y, Count *n)
{
	double start = now(), took;

	run(s, "check %s == %s", print_tree(c->a, x, STYLE_ASCII), print_tree(c->a, y, STYLE_ASCII));
	took = now() - start;
	if (took > n->slowest) {
		n->slowest = took;
		n->slowest_seed = c->seed;
	}
	if (env_long("MDX_SHOW", 0))
		note("check %s == %s\n%s", print_tree(c->a, x, STYLE_ASCII), print_tree(c->a, y, STYLE_ASCII), s->out);
}

/* ---- the three questions */

/* the identity holds: is it called false? */
static void
ask_true(Case *c, Session *s, Count *n)
{
	double tolerance = c->derivative ? 1e-5 : 1e-7;
	int different = 0, equal = 0;

	for (int i = 0; i < POINTS; i++) {
		Match k = match_at(c, &c->point[i], c->left, c->right, tolerance);

		different += k == DIFFERENT;
		equal += k == EQUAL;
	}
	/* a test of this test: a single point may be ill-conditioned */
	if (different > 1 && different > equal) {
		report(c, "the rules are not sound", c->left, c->right, "");
		n->unsound++;
		return;
	}
	ask(c, s, c->left, c->right, n);
	if (prefix(s->out, "true (proved)"))
		n->proved++;
	else if (prefix(s->out, "true"))
		n->tested++;
	else if (prefix(s->out, "unknown"))
		n->unknown++;
	else {
		report(c, "true, but called", c->left, c->right, s->out);
		n->wrong++;
	}
}

/* the identity is spoilt, and values tell: is it called true? */
static void
ask_false(Case *c, Session *s, Count *n)
{
	double tolerance = c->derivative ? 1e-4 : 1e-6;
	Tree *right = rewrite_spoil(&c->w, c->right);
	bool differs = false;

	for (int i = 0; right && i < POINTS; i++) {
		/* only where the true one is seen to hold to rounding */
		differs |= match_at(c, &c->point[i], c->left, right, tolerance) == DIFFERENT
			&& match_at(c, &c->point[i], c->left, c->right, tolerance / 100) == EQUAL;
	}
	if (!differs) {
		n->same++;
		return;
	}
	ask(c, s, c->left, right, n);
	if (prefix(s->out, "false"))
		n->refuted++;
	else if (prefix(s->out, "unknown") || (s->err && !strstr(s->out, "internal")))
		n->undecided++;
	else {
		report(c, "false, but called", c->left, right, s->out);
		n->fooled++;
	}
}

static void
give(Session *s, const GrowLeaf *l, Value v)
{
	char text[2048], *p = text;

	p += sprintf(p, "%s = [", l->name);
	for (int i = 0; i < v.r * v.c; i++)
		p += sprintf(p, "%s%.17g", i == 0 ? "" : i % v.c ? ", " : "; ", v.x[i]);
	sprintf(p, "];");
	if (run(s, "%s", text) != MDX_OK)
		note("%s: %s", text, s->out);
}

/* what eval prints against the values found here */
static void
ask_value(Case *c, Session *s, Count *n)
{
	enum { MAX = 256 };
	double x[MAX], worst = 0, size;
	Value v;
	int k;

	for (int i = 0; i < grow_nleaf; i++)
		give(s, &grow_leaf[i], c->point[0].leaf[i]);
	if (!value_of(c->a, &c->point[0], c->right, &v) || !isfinite(size = value_largest(&v)) || size > 1e6
			|| match_at(c, &c->point[0], c->left, c->right, 1e-8) != EQUAL) {
		n->undefined++;
		return;
	}
	k = eval(s, x, MAX, "%s", print_tree(c->a, c->right, STYLE_ASCII));
	for (int i = 0; i < k && i < MAX && i < v.r * v.c; i++)
		worst = fmax(worst, fabs(x[i] - v.x[i]));
	if (k == v.r * v.c && worst <= (c->derivative ? 1e-5 : 1e-8) * (1 + size)) {
		n->agree++;
		return;
	}
	report(c, "eval gives another value", c->left, c->right, s->out);
	note("largest difference %g", worst);
	n->differ++;
}

int
main(void)
{
	long n = env_long("MDX_RANDOM", 300), i;
	uint64_t seed = (uint64_t)env_long("MDX_SEED", 1);
	Session *s = session_open(), *valued = session_open();
	Arena *a = arena_new();
	Count k = {0};

	run(s, "%s", grow_names);
	run(s, "set budget 0");
	run(valued, "%s", grow_names);
	for (i = 0; i < n; i++) {
		Random r = {seed + (uint64_t)i};
		Case c = {.a = a, .seed = r.state, .w = {.a = a, .r = &r}};
		Trap t;

		arena_reset(a);
		if (TRY(&t, a)) {
			make_case(&c, &r);
			ask_true(&c, s, &k);
			ask_value(&c, valued, &k);
			ask_false(&c, s, &k);
			trap_end(&t);
		} else {
			note("MDX_SEED=%llu: %s", (unsigned long long)(seed + (uint64_t)i), t.diag.msg);
			k.unsound++;
		}
	}
	ok(k.unsound == 0, "%ld random identities (seed %llu) are as the rules have them", n, (unsigned long long)seed);
	ok(k.wrong == 0, "true ones: %ld proved, %ld tested, %ld unknown, %ld called false", k.proved, k.tested, k.unknown,
		k.wrong);
	ok(k.unknown <= n / 10, "few of the true ones are unknown");
	ok(k.fooled == 0, "false ones: %ld refuted, %ld unknown, %ld called true; %ld were not told apart here", k.refuted,
		k.undecided, k.fooled, k.same);
	ok(k.differ == 0, "values: %ld agree, %ld differ, %ld had none here", k.agree, k.differ, k.undefined);
	note("the slowest took %.3f s (MDX_SEED=%llu)", k.slowest, (unsigned long long)k.slowest_seed);
	arena_free(a);
	session_close(s);
	session_close(valued);
	return done();
}
