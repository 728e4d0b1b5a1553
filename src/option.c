/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * option.c: the settings of a session: `set NAME VALUE`, `seed N`, the options of the command line
 * through mdx_set(). One table: names, what they may be, how they are read and shown.
 */
#include "core.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef struct Option {
	const char *name;
	const char *values;             /* choices apart by |, or a description in capitals */
	bool hidden;                    /* for programs: not shown by set and help */
	bool (*put)(Mdx *s, const char *value);         /* false: not valid */
	const char *(*get)(const Mdx *s, Arena *a);
} Option;

/* ---- reading */

static bool
integer(const char *text, long min, long max, long *out)
{
	char *end;
	errno = 0;
	*out = strtol(text, &end, 10);
	return end != text && !*end && errno == 0 && *out >= min && *out <= max;
}

/* the place of value among the choices, or -1 */
static int
choice(const char *choices, const char *value)
{
	size_t n = strlen(value);
	int i = 0;
	for (const char *p = choices; *p; p += strcspn(p, "|"), p += *p == '|', i++) {
		if (strcspn(p, "|") == n && memcmp(p, value, n) == 0)
			return i;
	}
	return -1;
}

static const char *
chosen(Arena *a, const char *choices, int i)
{
	const char *p = choices;
	while (i-- > 0)
		p += strcspn(p, "|") + 1;
	return arena_strndup(a, p, strcspn(p, "|"));
}

#define STYLES "ascii|unicode|latex"
#define LAYOUTS "mixed|numerator|denominator"
#define WHEN "auto|on|off"
#define ON_OFF "off|on"

/* ---- the settings */

static bool
put_style(Mdx *s, const char *value)
{
	int i = choice(STYLES, value);
	if (i >= 0)
		s->style = (Style)i;
	return i >= 0;
}

static const char *
get_style(const Mdx *s, Arena *a)
{
	return chosen(a, STYLES, (int)s->style);
}

static bool
put_layout(Mdx *s, const char *value)
{
	int i = choice(LAYOUTS, value);
	if (i >= 0)
		s->layout = i;
	return i >= 0;
}

static const char *
get_layout(const Mdx *s, Arena *a)
{
	return chosen(a, LAYOUTS, s->layout);
}

static bool
put_digits(Mdx *s, const char *value)
{
	long n;
	bool good = integer(value, 1, 17, &n);
	if (good)
		s->digits = (int)n;
	return good;
}

static const char *
get_digits(const Mdx *s, Arena *a)
{
	return arena_printf(a, "%d", s->digits);
}

static bool
put_color(Mdx *s, const char *value)
{
	/* always and never, as other programs say */
	int i = strcmp(value, "always") == 0  ? 1
			: strcmp(value, "never") == 0 ? 2
										  : choice(WHEN, value);
	if (i >= 0)
		s->color_when = i;
	if (i >= 0)
		s->color = i == 0 ? s->terminal : i == 1;
	return i >= 0;
}

static const char *
get_color(const Mdx *s, Arena *a)
{
	return chosen(a, WHEN, s->color_when);
}

static bool
put_width(Mdx *s, const char *value)
{
	long n;
	bool good = integer(value, 0, INT_MAX, &n);
	if (good)
		s->width = (int)n;
	return good;
}

static const char *
get_width(const Mdx *s, Arena *a)
{
	return arena_printf(a, "%d", s->width);
}

static bool
put_budget(Mdx *s, const char *value)
{
	char *end;
	double x = strtod(value, &end);
	bool good = end != value && !*end && x >= 0 && x <= 1e6;
	if (good)
		s->budget = x;
	return good;
}

static const char *
get_budget(const Mdx *s, Arena *a)
{
	return arena_printf(a, "%g", s->budget);
}

/* A seed is stirred, so that neighbours give unlike numbers; 0 stays for "not seeded". */
static bool
put_seed(Mdx *s, const char *value)
{
	long n;
	bool good = integer(value, LONG_MIN, LONG_MAX, &n);
	if (good) {
		uint64_t z = (uint64_t)n + 0x632be59bd9b4e019u;
		z = (z ^ z >> 32) * 0xd6e8feb86659fd93u;
		z = (z ^ z >> 32) * 0xd6e8feb86659fd93u;
		s->seed = (z ^ z >> 32) | 1;
		s->seeded = n;
	}
	return good;
}

static const char *
get_seed(const Mdx *s, Arena *a)
{
	return s->seed ? arena_printf(a, "%ld", s->seeded) : "none";
}

static bool
put_numbered(Mdx *s, const char *value)
{
	int i = choice(ON_OFF, value);
	if (i >= 0)
		s->numbered = i;
	return i >= 0;
}

static const char *
get_numbered(const Mdx *s, Arena *a)
{
	return chosen(a, ON_OFF, s->numbered);
}

static bool
put_terminal(Mdx *s, const char *value)
{
	int i = choice(ON_OFF, value);
	if (i >= 0)
		s->terminal = i;
	if (i >= 0 && s->color_when == 0)
		s->color = s->terminal;
	return i >= 0;
}

static const char *
get_terminal(const Mdx *s, Arena *a)
{
	return chosen(a, ON_OFF, s->terminal);
}

static const Option table[] = {
	{"style", STYLES, false, put_style, get_style},
	{"layout", LAYOUTS, false, put_layout, get_layout},
	{"digits", "a number from 1 to 17", false, put_digits, get_digits},
	{"color", WHEN, false, put_color, get_color},
	{"width", "a number of columns; 0: lines are not abbreviated", false, put_width, get_width},
	{"seed", "an integer", false, put_seed, get_seed},
	{"budget", "seconds", false, put_budget, get_budget},
	{"numbered", ON_OFF, false, put_numbered, get_numbered},
	{"terminal", ON_OFF, true, put_terminal, get_terminal},
};
enum { NOPTION = sizeof table / sizeof *table };

const char *
set_name(int i, const char **values)
{
	if (i < 0 || i >= NOPTION || table[i].hidden)
		return NULL;
	if (values)
		*values = table[i].values;
	return table[i].name;
}

static _Noreturn void
no_option(Arena *a, Loc loc, const char *name)
{
	const char *like = NULL;
	int best = 0;

	for (int i = 0; i < NOPTION; i++)
		if (!table[i].hidden && name_nearer(name, table[i].name, strlen(table[i].name), &best))
			like = table[i].name;
	Text all = text_new(a);
	for (int i = 0; set_name(i, NULL); i++)
		text_addf(&all, "%s%s", i ? ", " : "settings are ", table[i].name);
	raise_hint(a, loc, like ? arena_printf(a, "did you mean %s?", like) : all.s,
		"there is no setting %s", name);
}

static const Option *
find_option(Arena *a, Loc loc, const char *name)
{
	for (int i = 0; i < NOPTION; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	no_option(a, loc, name);
}

void
set_option(Mdx *s, Arena *a, Loc loc, const char *name, const char *value)
{
	const Option *o = find_option(a, loc, name);

	if (!o->put(s, value))
		raise_at(a, loc, "%s can be %s, not %s", name, o->values, *value ? value : "nothing");
}

/* ---- statements */

/* an argument as it was written: a name, a number, a string */
static const char *
written(Arena *a, const Tree *t)
{
	return t->kind == TREE_NUM && t->loc.src
			   ? arena_strndup(a, t->loc.src->text + t->loc.beg, (size_t)(t->loc.end - t->loc.beg))
			   : t->name;
}

MdxStatus
cmd_set(Mdx *s, Arena *a, const Stmt *st)
{
	if (st->narg == 0) {
		for (int i = 0; set_name(i, NULL); i++)
			session_print(s, "%-9s %-12s %s\n", table[i].name, table[i].get(s, a), table[i].values);
		return MDX_OK;
	}
	const Tree *name = st->arg[0];
	if (name->kind != TREE_NAME || st->narg > 2)
		raise_hint(a, st->loc, "set digits 10", "set wants a setting and its value");
	const Option *o = find_option(a, name->loc, name->name);
	if (st->narg == 1 && !o->hidden)
		session_print(s, "%s\n", o->get(s, a));
	else
		set_option(s, a, st->arg[st->narg - 1]->loc, name->name,
			st->narg == 2 ? written(a, st->arg[1]) : "");
	return MDX_OK;
}

MdxStatus
cmd_seed(Mdx *s, Arena *a, const Stmt *st)
{
	if (st->narg != 1 || st->arg[0]->kind != TREE_NUM)
		raise_hint(a, st->loc, "seed 42", "seed wants an integer");
	set_option(s, a, st->arg[0]->loc, "seed", written(a, st->arg[0]));
	return MDX_OK;
}
