/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * funs.c: the function table as data, with the kernels and domains of its elementwise functions;
 * finding a function by name; the derivative rules, parsed. Read by every stage; the rules are the
 * one place where a later stage calls the parser.
 */
#include <math.h>
#include <string.h>

#include "core.h"

/* ---- kernels: one value. The second argument counts for functions of two only. */

#define KERNEL(name, expr) \
	static double \
	k_##name(double x, double y) \
	{ \
		(void)y; \
		return (expr); \
	}

static double
logistic(double x)
{
	/* exp of a positive argument would overflow first */
	return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

KERNEL(exp, exp(x))
KERNEL(log, log(x))
KERNEL(sqrt, sqrt(x))
KERNEL(abs, fabs(x))
KERNEL(sign, isnan(x) ? x : (double)((x > 0) - (x < 0)))
KERNEL(sin, sin(x))
KERNEL(cos, cos(x))
KERNEL(tan, tan(x))
KERNEL(asin, asin(x))
KERNEL(acos, acos(x))
KERNEL(atan, atan(x))
KERNEL(sinh, sinh(x))
KERNEL(cosh, cosh(x))
KERNEL(tanh, tanh(x))
KERNEL(relu, x > 0 || isnan(x) ? x : 0)
KERNEL(step, isnan(x) ? x : (double)(x > 0))
KERNEL(sigmoid, logistic(x))
KERNEL(softplus, x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)))
KERNEL(swish, x * logistic(x))
KERNEL(erf, erf(x))
KERNEL(square, x * x)
KERNEL(max, x > y || isnan(x) ? x : y)
KERNEL(min, x < y || isnan(x) ? x : y)
KERNEL(pow, pow(x, y))

/* ---- domains; NaN belongs to all of them: it was reported where it arose */

static bool
dom_positive(double x, double y)
{
	(void)y;
	return !(x <= 0);
}

static bool
dom_nonneg(double x, double y)
{
	(void)y;
	return !(x < 0);
}

static bool
dom_unit(double x, double y)
{
	(void)y;
	return !(fabs(x) > 1);
}

static bool
dom_pow(double x, double y)
{
	if (x == 0)
		return !(y < 0);
	return !(x < 0) || isnan(y) || y == nearbyint(y);
}

const Fun fun_table[F_COUNT] = {
#define FUN(id, ...) [F_##id] = {F_##id, __VA_ARGS__},
#include "funs.h"
#undef FUN
};

/* ---- by name */

/* Filled at the first use and never changed again; the names are interned for the life of the
   process. */
enum { SLOTS = 512 };
static struct Slot { Sym name; const Fun *fun; } slots[SLOTS];

static struct Slot *
slot_of(Sym name)
{
	size_t i = ((uintptr_t)name >> 4) * 0x9e3779b1U % SLOTS;

	while (slots[i].name && slots[i].name != name)
		i = (i + 1) % SLOTS;
	return &slots[i];
}

static void
slots_fill(void)
{
	for (int i = 0; i < F_COUNT; i++) {
		const Fun *f = &fun_table[i];

		if (f->max == 0)
			continue;
		*slot_of(sym(f->name)) = (struct Slot){sym(f->name), f};
		for (const char *p = f->aliases; *p; ) {
			size_t n = strcspn(p, " ");
			Sym s = symn(p, n);

			*slot_of(s) = (struct Slot){s, f};
			p += n + strspn(p + n, " ");
		}
	}
}

/* The function a name or an alias stands for, or NULL. */
const Fun *
fun_find(Sym name)
{
	static bool filled;

	if (!filled) {
		slots_fill();
		filled = true;
	}
	return slot_of(name)->fun;
}

enum { NEAR_MAX = 24 };         /* longest name that is compared; all of the table's are shorter */

/* Number of insertions, deletions, replacements and exchanges of neighbours that make y of x; a
   difference in case only is half of one. In halves. Both are at most NEAR_MAX long. */
static int
edit_distance(const char *x, size_t nx, const char *y, size_t ny)
{
	int d[NEAR_MAX + 1][NEAR_MAX + 1];

	for (size_t i = 0; i <= nx; i++)
		d[i][0] = 2 * (int)i;
	for (size_t j = 0; j <= ny; j++)
		d[0][j] = 2 * (int)j;
	for (size_t i = 1; i <= nx; i++)
		for (size_t j = 1; j <= ny; j++) {
			char a = x[i - 1], b = y[j - 1];
			int best = d[i - 1][j - 1] + (a == b ? 0 : (a | 32) == (b | 32) ? 1 : 2);

			if (d[i - 1][j] + 2 < best)
				best = d[i - 1][j] + 2;
			if (d[i][j - 1] + 2 < best)
				best = d[i][j - 1] + 2;
			if (i > 1 && j > 1 && a == y[j - 2] && x[i - 2] == b && d[i - 2][j - 2] + 2 < best)
				best = d[i - 2][j - 2] + 2;
			d[i][j] = best;
		}
	return d[nx][ny];
}

/* Whether y, of ny bytes, is nearer to x than *best, which starts as 0: at most one slip in a name
   of three or four letters, two up to eight, three beyond; none for shorter names, which are near
   to everything. */
bool
name_nearer(const char *x, const char *y, size_t ny, int *best)
{
	size_t nx = strlen(x);

	if (*best == 0)
		*best = (nx < 3 ? 0 : nx < 5 ? 2 : nx < 9 ? 4 : 6) + 1;
	if (nx > NEAR_MAX || ny > NEAR_MAX)
		return false;
	int d = edit_distance(x, nx, y, ny);
	if (d == 0 || d >= *best || d >= 2 * (int)ny)
		return false;
	*best = d;
	return true;
}

/* The known name nearest to one that is none, or NULL. */
const char *
fun_nearest(const char *name)
{
	int best = 0;
	const char *found = NULL;

	for (int i = 0; i < F_COUNT; i++) {
		const char *names[2] = {fun_table[i].name, fun_table[i].aliases};

		for (int k = 0; k < 2 && fun_table[i].max; k++)
			for (const char *p = names[k]; *p; ) {
				size_t len = strcspn(p, " ");

				if (name_nearer(name, p, len, &best))
					found = symn(p, len);
				p += len + strspn(p + len, " ");
			}
	}
	return found;
}

/* ---- rules */

enum { PARTS = 3 };             /* most rules of one function, see funs.h */

/* Parsed once per process, in an arena of their own: a statement uses the same few rules again and
   again. */
static struct {
	Arena *arena;
	const Tree *tree[F_COUNT][PARTS];
} rules;

static const Tree *
rule_parse(const Fun *f, int part)
{
	const char *text = f->rule;

	for (int i = 0; i < part; i++) {
		text += strcspn(text, ";");
		if (*text)
			text++;
	}
	return parse_expr(rules.arena, f->name, arena_strndup(rules.arena, text, strcspn(text, ";")));
}

/* The parsed derivative rule number `part` (funs.h) of f, NULL when it has none; its free names are
   z, y and G. The tree lives as long as the process; a is the statement's arena, where an interrupt
   is raised. */
const Tree *
fun_rule(Arena *a, const Fun *f, int part)
{
	Trap t;

	if (!*f->rule || part < 0 || part >= PARTS)
		return NULL;
	if (rules.tree[f->id][part])
		return rules.tree[f->id][part];
	if (!rules.arena && !(rules.arena = arena_new()))
		raise_at(a, (Loc){0}, "out of memory");
	/* what goes wrong below is raised in the rules' arena, which has no statement: it is passed on
	   to the caller's */
	if (TRY(&t, rules.arena)) {
		rules.tree[f->id][part] = rule_parse(f, part);
		trap_end(&t);
	} else if (t.diag.interrupted) {
		raise_diag(a, &t.diag);
	} else {
		bug(a, "rule %d of %s: %s", part, f->name, t.diag.msg);
	}
	return rules.tree[f->id][part];
}
