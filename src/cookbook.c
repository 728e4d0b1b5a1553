/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cookbook.c: `cookbook`, `cookbook N`: the library of identities in cookbook.h. An equation is
 * shown as it can be typed in, and checked as if it had been: in a session of its own, so that the
 * user's names play no part.
 */
#include "core.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct Section { const char *number, *title; } Section;

static const Section sections[] = {
#define BOOK_SECTION(number, title) {number, title},
#include "cookbook.h"
};

static const BookEntry book[] = {
#define BOOK(...) {__VA_ARGS__},
#include "cookbook.h"
};

enum { NSECTION = sizeof sections / sizeof *sections, NBOOK = sizeof book / sizeof *book };

const BookEntry *
book_at(int i)
{
	return i >= 0 && i < NBOOK ? &book[i] : NULL;
}

/* The first and the last equation of an entry; 0 when it has no number. */
static void
span(const BookEntry *b, long *first, long *last)
{
	char *end;
	*first = *last = strtol(b->number, &end, 10);
	if (*end == '-')
		*last = strtol(end + 1, NULL, 10);
}

const BookEntry *
book_find(long number)
{
	for (int i = 0; i < NBOOK; i++) {
		long first, last;
		span(&book[i], &first, &last);
		if (first > 0 && first <= number && number <= last)
			return &book[i];
	}
	return NULL;
}

/* Whether a place is the section or lies in it: 2.1.4 in 2.1 and in 2, but 2.10 is not in 2.1. */
static bool
within(const char *place, const char *section)
{
	size_t n = strlen(section);
	return strncmp(place, section, n) == 0 && (place[n] == '\0' || place[n] == '.');
}

/* the innermost section of the table that holds the place */
static const Section *
section_of(const char *place)
{
	const Section *found = NULL;
	for (int i = 0; i < NSECTION; i++) {
		const Section *s = &sections[i];
		if (within(place, s->number) && (!found || strlen(s->number) > strlen(found->number)))
			found = s;
	}
	return found;
}

/* ---- texts in the session's style */

/* Statements, separated by `;', a line for each, with expressions as the session prints them. */
static const char *
in_style(Mdx *s, Arena *a, const char *text)
{
	Parser *p = parser_open(NULL, text, strlen(text), 1);
	if (!p)
		return text;
	Text out = text_new(a);
	Trap t;
	if (TRY(&t, a)) {
		for (Stmt *st; (st = parser_next(p, a)) != NULL;) {
			if (st->kind == ST_EMPTY)
				continue;
			text_add(&out, out.n ? "\n" : "");
			if (st->kind == ST_DEFINE)
				text_addf(&out, "%s = ", st->name);
			const Loc *at = st->expr && st->kind != ST_VAR ? &st->expr->loc : &st->loc;
			if (at != &st->loc && s->style != STYLE_ASCII)
				text_add(&out, print_tree(a, st->expr, s->style));
			else
				text_addn(&out, at->src->text + at->beg, (size_t)(at->end - at->beg));
			while (out.n && strchr("; ", out.s[out.n - 1]))
				out.s[--out.n] = '\0';
		}
		trap_end(&t);
		parser_close(p);
		return out.s;
	}
	parser_close(p);
	raise_diag(a, &t.diag);
}

static const char *
identity_in_style(Mdx *s, Arena *a, const char *text)
{
	return in_style(s, a, arena_printf(a, "check %s", text));
}

/* ---- the verdict */

/* A session whose output is kept. Not in the arena: a raise must not leave the other session's
   run. */
typedef struct Private { Mdx *mdx; char *text; size_t n, cap; bool failed; } Private;

static void
keep(void *ctx, bool err, const char *text, size_t len)
{
	Private *p = ctx;
	(void)err;
	if (p->n + len + 1 > p->cap) {
		size_t cap = 2 * (p->n + len + 1);
		char *more = realloc(p->text, cap);
		if (!more) {
			p->failed = true;
			return;
		}
		p->text = more;
		p->cap = cap;
	}
	memcpy(p->text + p->n, text, len);
	p->n += len;
	p->text[p->n] = '\0';
}

static void
drop(void *arg)
{
	Private *p = arg;
	mdx_close(p->mdx);
	free(p->text);
}

static MdxStatus
run_private(Private *p, const char *text)
{
	p->n = 0;
	MdxStatus st = mdx_run(p->mdx, NULL, text, strlen(text), 1, 0, NULL);
	return p->failed ? MDX_ERROR : st;
}

/* What check says of an identity (the entry's, or the printed one) with the entry's names, in a
   session of its own */
static const char *
book_verdict(Mdx *s, Arena *a, const BookEntry *b, const char *identity)
{
	Private *p = NEW(a, Private);
	arena_defer(a, drop, p);
	p->mdx = mdx_open((MdxOutput){p, keep});
	if (!p->mdx)
		raise_at(a, (Loc){0}, "out of memory");
	p->mdx->style = s->style;
	p->mdx->budget = s->budget;
	MdxStatus st = *b->names ? run_private(p, b->names) : MDX_OK;
	if (st == MDX_OK)
		st = run_private(p, arena_printf(a, "check %s", identity));
	if (p->mdx->stop) {
		Diag d = {.kind = DIAG_ERROR, .msg = "interrupted", .interrupted = true};
		raise_diag(a, &d);
	}
	if (p->failed || !p->text)
		raise_at(a, (Loc){0}, "out of memory");
	return arena_strndup(a, p->text, p->n);
}

/* ---- what is shown */

/* Text with every line indented; no empty line at its end. */
static void
print_lines(Mdx *s, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		session_print(s, "  %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static const char *
label(Arena *a, const BookEntry *b)
{
	if (*b->number)
		return arena_printf(a, "(%s)", b->number);
	return arena_printf(a, "section %s", b->place);
}

static void
print_entry(Mdx *s, Arena *a, const BookEntry *b)
{
	const Section *in = section_of(b->place);
	if (*b->number)
		session_print(s, "(%s) ", b->number);
	session_print(s, "%s\n  section %s, %s\n", b->title, b->place, in ? in->title : "");
	if (*b->names)
		print_lines(s, in_style(s, a, b->names));
	session_print(s, "  %s\n", identity_in_style(s, a, b->identity));
	if (*b->conditions)
		session_print(s, "  conditions: %s\n", b->conditions);
	if (*b->note)
		session_print(s, "  note: %s\n", b->note);
	print_lines(s, book_verdict(s, a, b, b->identity));
	if (!*b->printed)
		return;
	session_print(s, "  as printed: %s\n", identity_in_style(s, a, b->printed));
	print_lines(s, book_verdict(s, a, b, b->printed));
}

static void
print_line(Mdx *s, Arena *a, const BookEntry *b)
{
	session_print(s, "  %-14s %s%s\n", label(a, b), b->title, *b->printed ? " (misprinted)" : "");
}

/* The entries that `wanted' takes, under their sections; a single one in full. How many they
   are. */
static int
list(Mdx *s, Arena *a, bool (*wanted)(const BookEntry *b, const char *what), const char *what)
{
	const BookEntry **found = NEWN(a, const BookEntry *, NBOOK);
	const Section *last = NULL;
	int n = 0;
	for (int i = 0; i < NBOOK; i++) {
		if (wanted(&book[i], what))
			found[n++] = &book[i];
	}
	if (n == 1)
		print_entry(s, a, found[0]);
	for (int i = 0; n > 1 && i < n; i++) {
		const Section *in = section_of(found[i]->place);
		if (in && in != last)
			session_print(s, "%s %s\n", in->number, in->title);
		last = in;
		print_line(s, a, found[i]);
	}
	return n;
}

static bool
any(const BookEntry *b, const char *what)
{
	(void)b;
	(void)what;
	return true;
}

static bool
in_section(const BookEntry *b, const char *what)
{
	return within(b->place, what);
}

/* Whether the title contains the word; upper and lower case are the same. */
static bool
in_title(const BookEntry *b, const char *what)
{
	size_t n = strlen(what);
	for (const char *p = b->title; *p; p++) {
		size_t i = 0;
		while (i < n && p[i] && tolower((unsigned char)p[i]) == tolower((unsigned char)what[i]))
			i++;
		if (i == n)
			return true;
	}
	return false;
}

/* ---- the statement */

static _Noreturn void
raise_unknown(Arena *a, Loc loc, long number)
{
	long below = 0, above = 0;
	for (int i = 0; i < NBOOK; i++) {
		long first, last;
		span(&book[i], &first, &last);
		if (first > 0 && last < number && last > below)
			below = last;
		if (first > number && (above == 0 || first < above))
			above = first;
	}
	const char *hint = below && above ?
		arena_printf(a, "the nearest are %ld and %ld; cookbook alone lists them all",
			below, above) :
		arena_printf(a, "the nearest is %ld; cookbook alone lists them all", below ? below : above);
	raise_hint(a, loc, hint, "equation %ld of the Matrix Cookbook is not in the library", number);
}

/* What was asked for, as it was typed: 57, 2.1.4, "9.5", determinant; with `section' before it or
   not. */
static const char *
asked(Arena *a, const Stmt *st)
{
	int from = st->narg > 1 && st->arg[0]->name && strcmp(st->arg[0]->name, "section") == 0;
	const Tree *first = st->arg[from], *last = st->arg[st->narg - 1];
	if (first->kind == TREE_STR && first == last)
		return first->name;
	const char *text = first->loc.src->text + first->loc.beg;
	return arena_strndup(a, text, (size_t)(last->loc.end - first->loc.beg));
}

MdxStatus
cmd_cookbook(Mdx *s, Arena *a, const Stmt *st)
{
	if (st->narg == 0) {
		list(s, a, any, NULL);
		return MDX_OK;
	}
	const char *what = asked(a, st);
	Loc loc = st->arg[0]->loc;
	char *end;
	long number = strtol(what, &end, 10);
	if (*what && isdigit((unsigned char)*what) && *end == '\0') {
		const BookEntry *b = book_find(number);
		if (!b)
			raise_unknown(a, loc, number);
		print_entry(s, a, b);
		return MDX_OK;
	}
	int found = list(s, a, in_section, what);
	if (found == 0 && *what)
		found = list(s, a, in_title, what);
	if (found == 0)
		raise_hint(a, loc, "cookbook alone lists everything by section",
			"the library has no equation, section or title \"%s\"", what);
	return MDX_OK;
}
