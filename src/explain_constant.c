/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_constant.c: the constants that a number was meant for: 6.2832 is 2*pi, 0.3333 is 1/3,
 * 22/7 is pi, each as near as its own digits say. For explain_site.c; whether the identity holds
 * with a constant is found out as for all other edits.
 */
#include "explain_site.h"

#include <math.h>
#include <string.h>

enum {
	FEW_DIGITS = 3,         /* of a number that may be a rounded one; */
	MULTIPLES = 6,          /* how large p*q may be for p/q times a constant then, twice as much */
	MOST_MULTIPLES = 24,    /* ... with each further digit up to this */
	DENOMINATORS = 4,       /* of a fraction, times the digits, */
	MOST_DENOMINATOR = 99,  /* ... up to this */
	LEAST_QUOTIENT = 5,     /* the denominator: 7/5 may be sqrt(2), 3/2 is none; */
	TWICE = 2               /* ... such a fraction may be half of a constant, or twice one */
};

#define HALF_TURN 180           /* degrees */
#define EPSILON 4.5e-16         /* relative: the shortest decimals of doubles are so near */

typedef struct Constant {
	const char *over, *under;       /* factors above and below the bar, or "" */
	double value;
} Constant;

static const Constant constants[] = {
	{"pi", "", 3.14159265358979323846},
	{"exp(1)", "", 2.71828182845904523536},
	{"sqrt(2)", "", 1.41421356237309504880},
	{"sqrt(3)", "", 1.73205080756887729353},
	{"log(2)", "", 0.69314718055994530942},
	{"log(10)", "", 2.30258509299404568402},
	{"", "pi", 0.31830988618379067154},
	{"sqrt(2/pi)", "", 0.79788456080286535588},
	{"sqrt(pi)", "", 1.77245385090551602730},
	{"", "sqrt(pi)", 0.56418958354775628695},
	{"sqrt(2*pi)", "", 2.50662827463100050242},
	{"", "sqrt(2*pi)", 0.39894228040143267794},
	{"log(2*pi)", "", 1.83787706640934548356},
	{"log(pi)", "", 1.14472988584940017414},
	{"pi^2", "", 9.86960440108935861883},
	{"exp(-1)", "", 0.36787944117144232160},
	{"exp(2)", "", 7.38905609893065022723},
	{"", "log(2)", 1.44269504088896340736},
	{"", "log(10)", 0.43429448190325182765},
	{"log(3)", "", 1.09861228866810969140},
	{"log(5)", "", 1.60943791243410037460},
	{"log(7)", "", 1.94591014905531330511},
	{"sqrt(5)", "", 2.23606797749978969641},
	{"sqrt(6)", "", 2.44948974278317809820},
	{"sqrt(7)", "", 2.64575131106459059050},
	{"sqrt(10)", "", 3.16227766016837933200},
	{"(1 + sqrt(5))", "", 3.23606797749978969641},
};

/* How near a constant has to be to a number: to its absolute value. */
typedef struct Rounded {
	Sites *s;
	const Tree *site;
	Tree *const *part;      /* NULL, or of a quotient: its numerator and denominator */
	int which;              /* of them is the number */
	Rat number;
	double value, tol;
	long most;              /* p*q of multiples */
	long most_den;          /* of fractions; 0: none */
} Rounded;

/* ---- what is proposed */

/* a session may have names of its own in the place of these */
static bool
known(const Sites *s, const char *text)
{
	static const char *const names[] = {"pi", "exp", "sqrt", "log"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strstr(text, names[i]) && session_find(s->x->s, sym(names[i])))
			return false;
	return true;
}

/* p/q times the constant as it is written: 3*pi/4, 1/(2*pi) */
static const char *
multiple_text(Arena *a, long p, long q, const Constant *c)
{
	Text t = text_new(a);
	bool both = q > 1 && *c->under;
	if (p > 1 || !*c->over)
		text_addf(&t, "%ld%s", p, *c->over ? "*" : "");
	text_add(&t, c->over);
	if (q > 1 || *c->under)
		text_add(&t, both ? "/(" : "/");
	if (q > 1)
		text_addf(&t, "%ld%s", q, *c->under ? "*" : "");
	text_addf(&t, "%s%s", c->under, both ? ")" : "");
	return t.s;
}

static void
propose(const Rounded *r, const char *text)
{
	Sites *s = r->s;
	Tree *t = parse_expr(s->a, NULL, text);
	if (rat_sign(r->number) < 0)
		t = explain_minus(s->a, t);
	if (!r->part)
		site_edit(s, R_CONSTANT, r->site, t);
	else if (r->which)
		site_edit_shown(
			s, R_CONSTANT, r->site, site_binary(s, TREE_DIV, r->part[0], t), r->part[1], t);
	else
		site_edit_shown(
			s, R_CONSTANT, r->site, site_binary(s, TREE_DIV, t, r->part[1]), r->part[0], t);
}

/* ---- what is near */

/* the simplest multiples first: by p*q for p/q times a constant, in lowest terms */
static void
multiples(const Rounded *r, long size)
{
	for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
		const Constant *c = &constants[i];
		for (long q = 1; q <= size; q++) {
			long p = size / q;
			if (p * q == size && rat_gcd(p, q) == 1 &&
				fabs(r->value - (double)p / (double)q * c->value) <= r->tol &&
				known(r->s, c->over) && known(r->s, c->under))
				propose(r, multiple_text(r->s->a, p, q, c));
		}
	}
}

/* a number of degrees in radians, and the reverse */
static void
degrees(const Rounded *r)
{
	const Constant *pi = &constants[0];
	double radian = pi->value / HALF_TURN;
	if (fabs(r->value - radian) <= r->tol)
		propose(r, multiple_text(r->s->a, 1, HALF_TURN, pi));
	if (fabs(r->value - 1 / radian) <= r->tol)
		propose(r, arena_printf(r->s->a, "%d/pi", HALF_TURN));
}

static void
fraction(const Rounded *r)
{
	for (long q = 1; q <= r->most_den; q++) {
		double p = nearbyint(r->value * (double)q);
		Rat f;
		if (p < 1 || p > 1e6 || !(fabs(r->value - p / (double)q) <= r->tol))
			continue;
		f = rat((long)p, q);
		if (!rat_eq(f, rat_sign(r->number) < 0 ? rat_neg(r->s->a, r->number) : r->number))
			propose(r, rat_text(r->s->a, f));
		return;
	}
}

static void
near(const Rounded *r)
{
	fraction(r);
	for (long size = 1; size <= r->most; size++)
		multiples(r, size);
	if (known(r->s, "pi"))
		degrees(r);
}

/* a decimal of some digits, whose last one may be wrong by one */
static bool
decimal(Rounded *r)
{
	long places;
	int digits = rat_digits(r->number, &places);
	if (digits < FEW_DIGITS || places < 1)
		return false;
	r->tol = 1.000001 * pow(10, -(double)places) + EPSILON * r->value;
	r->most = MULTIPLES;
	for (int i = FEW_DIGITS; i < digits && r->most < MOST_MULTIPLES; i++)
		r->most *= 2;
	r->most_den =
		digits > MOST_DENOMINATOR / DENOMINATORS ? MOST_DENOMINATOR : DENOMINATORS * digits;
	return true;
}

/* a fraction as near as one with this denominator can be: 22/7, 355/113 */
static bool
convergent(Rounded *r)
{
	Rat q = r->number;
	if (q.big || q.den < LEAST_QUOTIENT || q.num == 1 || q.num == -1)
		return false;
	r->tol = 1 / ((double)q.den * (double)q.den);
	r->most = TWICE;
	return true;
}

static bool
rounded(Sites *s, const Tree *t, Rounded *r)
{
	*r = (Rounded){.s = s, .site = t, .number = t->num, .value = fabs(rat_double(t->num))};
	return decimal(r) || convergent(r);
}

/* ---- quotients that the parser has worked out: 1/3.1416 */

/* the number that is typed between, and nothing else; or NULL */
static Tree *
typed_number(Arena *a, const Source *src, int beg, int end)
{
	const char *s = src->text;
	while (beg < end && s[beg] == ' ')
		beg++;
	while (beg < end && s[end - 1] == ' ')
		end--;
	if (beg == end || strspn(s + beg, "0123456789.") < (size_t)(end - beg))
		return NULL;
	return tree_num(a, (Loc){src, beg, end}, rat_parse(a, s + beg, (size_t)(end - beg)));
}

static bool
typed_quotient(Arena *a, const Tree *t, Tree **part)
{
	const Loc at = t->loc;
	int bar = at.beg;
	if (!at.src)
		return false;
	while (bar < at.end && at.src->text[bar] != '/')
		bar++;
	if (bar == at.end)
		return false;
	part[0] = typed_number(a, at.src, at.beg, bar);
	part[1] = typed_number(a, at.src, bar + 1, at.end);
	return part[0] && part[1] && rat_sign(part[1]->num) &&
		   rat_eq(t->num, rat_mul(a, part[0]->num, rat_inv(a, part[1]->num)));
}

/* one of its parts is a rounded decimal */
static bool
rounded_part(Sites *s, Arena *a, const Tree *t, Rounded *r)
{
	Tree **part = NEWN(a, Tree *, 2);
	if (!typed_quotient(a, t, part))
		return false;
	for (int i = 1; i >= 0; i--) {
		*r = (Rounded){.s = s, .site = t, .number = part[i]->num, .part = part, .which = i};
		r->value = rat_double(r->number);
		if (decimal(r))
			return true;
	}
	return false;
}

/* ---- the doors */

void
slip_constant(Sites *s, const Tree *t)
{
	Rounded r;
	if (rounded_part(s, s->a, t, &r) || rounded(s, t, &r))
		near(&r);
}

bool
explain_rounded(const Explain *x, const Tree *t)
{
	Rounded r;
	if (t->kind == TREE_NUM)
		return rounded_part(NULL, x->a, t, &r) || rounded(NULL, t, &r);
	for (int i = 0; i < t->n; i++)
		if (explain_rounded(x, t->kid[i]))
			return true;
	return false;
}
