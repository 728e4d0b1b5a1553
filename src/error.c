/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * error.c: raising to the statement, the interrupt flag, what a long statement is at, and the one
 * function that writes diagnostics. Stands under every other file, beside mem.c.
 */
#include "core.h"

#include <stdlib.h>
#include <string.h>

volatile sig_atomic_t interrupt_asked;

bool
mdx_interrupt(void)
{
	bool before = interrupt_asked;
	interrupt_asked = 1;
	return before;
}

/* ---- what the running statement is at */

static const char *volatile doing_now;
static volatile sig_atomic_t statement;

void
doing(const char *what)
{
	doing_now = what;
}

void
doing_next(void)
{
	doing_now = "";
	statement++;
}

const char *
mdx_doing(int *number)
{
	*number = statement;
	return doing_now;
}

/* ---- raise */

void
trap_begin(Trap *t, Arena *a)
{
	Trap **top = arena_trap(a);
	t->up = *top;
	t->a = a;
	t->diag = (Diag){.kind = DIAG_ERROR};
	*top = t;
}

/* t is the innermost trap of its arena */
void
trap_end(Trap *t)
{
	*arena_trap(t->a) = t->up;
}

/* The strings of the diagnostic live in the arena, or for ever. Raising where nobody catches is a
   mistake of the program. */
void
raise_diag(Arena *a, const Diag *d)
{
	Trap **top = arena_trap(a);
	Trap *t = *top;
	if (!t) {
		fprintf(stderr, "mdx: raised outside of a statement: %s\n", d->msg);
		abort();
	}
	*top = t->up;
	t->diag = *d;
	longjmp(t->env, 1);
}

void
raise_at(Arena *a, Loc loc, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	Diag d = {.kind = DIAG_ERROR, .loc = loc, .msg = arena_vprintf(a, fmt, ap)};
	va_end(ap);
	raise_diag(a, &d);
}

/* hint may be a caller's own buffer: it is copied */
void
raise_hint(Arena *a, Loc loc, const char *hint, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	Diag d = {.kind = DIAG_ERROR, .loc = loc, .msg = arena_vprintf(a, fmt, ap)};
	va_end(ap);
	if (hint)
		d.hint = arena_strndup(a, hint, strlen(hint));
	raise_diag(a, &d);
}

/* A mistake of the program: ends the statement, not the process. */
void
bug_at(Arena *a, const char *file, int line, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *what = arena_vprintf(a, fmt, ap);
	va_end(ap);
	const char *base = strrchr(file, '/');
	Diag d = {
		.kind = DIAG_BUG,
		.msg = arena_printf(a, "(%s:%d): %s", base ? base + 1 : file, line, what),
		.hint = "this is a mistake in mdx, not in your input; please report it with the "
			"statements that led to it",
	};
	raise_diag(a, &d);
}

/* Outside of a trap the flag stays for the next statement's first allocation. */
void
poll_interrupt(Arena *a)
{
	if (!interrupt_asked || !*arena_trap(a))
		return;
	interrupt_asked = 0;
	Diag d = {.kind = DIAG_ERROR, .msg = "interrupted", .interrupted = true};
	raise_diag(a, &d);
}

/* ---- what a terminal shows */

#define TAB 8                           /* columns between tab stops */
#define MAX_SHOWN 200                   /* columns of a source line that are shown */
#define BEFORE 80                       /* of them, before the place */
#define INDENT "    "

typedef struct Range { uint32_t lo, hi; } Range;

/* no column of their own: combining marks, joiners, variation selectors */
static const Range range_zero[] = {
	{0x300, 0x36f}, {0x483, 0x489}, {0x591, 0x5bd}, {0x610, 0x61a}, {0x64b, 0x65f},
	{0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200d}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f},
	{0xfe20, 0xfe2f}, {0xe0100, 0xe01ef},
};
/* two columns: East Asian scripts, full-width forms, emoji */
static const Range range_wide[] = {
	{0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0xa4cf}, {0xa960, 0xa97c}, {0xac00, 0xd7a3},
	{0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6},
	{0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};
/* would move the cursor, hide or reorder what follows: shown as a replacement character */
static const Range range_hidden[] = {
	{0x80, 0x9f}, {0xad, 0xad}, {0x61c, 0x61c}, {0x200e, 0x200f}, {0x2028, 0x202e},
	{0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xe0000, 0xe007f},
};

static bool
in_range(const Range *r, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++) {
		if (c >= r[i].lo && c <= r[i].hi)
			return true;
	}
	return false;
}
#define IN_RANGE(r, c) in_range((r), sizeof(r) / sizeof *(r), (c))

/* Decodes the character at s (n > 0 bytes); returns its length, 0 when it is not valid UTF-8. */
static size_t
utf8_decode(const unsigned char *s, size_t n, uint32_t *c)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 :
		s[0] < 0xf5 ? 4 : 0;
	if (len == 0 || len > n)
		return 0;
	if (len == 1) {
		*c = s[0];
		return 1;
	}
	uint32_t u = s[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		u = u << 6 | (s[i] & 0x3fu);
	}
	if (u < least[len] || u > 0x10ffff || (u >= 0xd800 && u <= 0xdfff))
		return 0;
	*c = u;
	return len;
}

/* One character of a line as it is shown. */
typedef struct Cell {
	size_t len;                     /* bytes of input */
	int width;                      /* columns */
	const char *shown;
	size_t nshown;
	char pic[4];
} Cell;

static void
cell_at(Cell *c, const char *s, size_t n, int col)
{
	uint32_t u = 0;
	c->len = utf8_decode((const unsigned char *)s, n, &u);
	c->shown = s;
	c->nshown = c->len;
	c->width = 1;
	if (u == '\t' && c->len) {
		c->width = TAB - col % TAB;
		c->shown = "        ";
		c->nshown = (size_t)c->width;
	} else if (c->len == 0 || IN_RANGE(range_hidden, u)) {
		c->len = c->len ? c->len : 1;
		c->shown = "\xef\xbf\xbd";
		c->nshown = 3;
	} else if (u < 0x20 || u == 0x7f) {
		/* control pictures: U+2400 + c; U+2421 for DEL */
		c->pic[0] = '\xe2';
		c->pic[1] = '\x90';
		c->pic[2] = (char)(u == 0x7f ? 0xa1 : 0x80 + u);
		c->shown = c->pic;
		c->nshown = 3;
	} else if (IN_RANGE(range_zero, u)) {
		c->width = 0;
	} else if (IN_RANGE(range_wide, u)) {
		c->width = 2;
	}
}

/* ---- diagnostics */

/* Where a Loc stands in its text. */
typedef struct Place {
	const char *name;
	int line;
	const char *text;               /* the line that is shown, without its newline */
	size_t len;
	size_t beg, end;                /* bytes within it; beg == end: a point */
	int col, endcol;                /* columns, from 0 */
} Place;

static Place
place_of(Loc loc)
{
	const Source *src = loc.src;
	size_t beg = loc.beg < 0 ? 0 : (size_t)loc.beg;
	size_t end = loc.end < 0 ? 0 : (size_t)loc.end;
	if (beg > src->len)
		beg = src->len;
	/* the end of the text is shown behind its last line */
	while (beg == src->len && beg > 0 && src->text[beg - 1] == '\n')
		beg--;
	if (end < beg)
		end = beg;
	size_t from = beg, to = beg;
	while (from > 0 && src->text[from - 1] != '\n')
		from--;
	while (to < src->len && src->text[to] != '\n')
		to++;
	Place p = {
		.name = src->name, .line = src->line, .text = src->text + from, .len = to - from,
	};
	for (size_t i = 0; i < from; i++)
		p.line += src->text[i] == '\n';
	if (p.len > 0 && p.text[p.len - 1] == '\r')
		p.len--;
	p.beg = beg - from < p.len ? beg - from : p.len;
	p.end = end - from < p.len ? end - from : p.len;
	int col = 0;
	Cell c;
	for (size_t i = 0; i < p.end; i += c.len) {
		if (i <= p.beg)
			p.col = col;
		cell_at(&c, p.text + i, p.len - i, col);
		col += c.width;
	}
	if (p.beg == p.end)
		p.col = col;
	p.endcol = col;
	return p;
}

/* The line, or its part around the place, and the caret line. */
static void
show_line(Text *t, const Place *p, const char *on, const char *off)
{
	int lo = 0;
	Cell c;
	int col = 0;
	for (size_t i = 0; i < p->len && col <= MAX_SHOWN; i += c.len) {
		cell_at(&c, p->text + i, p->len - i, col);
		col += c.width;
	}
	bool cut = col > MAX_SHOWN;
	if (cut && p->col > BEFORE)
		lo = p->col - BEFORE;
	int hi = cut ? lo + MAX_SHOWN : col;

	text_add(t, INDENT);
	if (lo > 0)
		text_add(t, "...");
	col = 0;
	size_t i = 0;
	int first = -1;                         /* column of the first character shown */
	for (; i < p->len; i += c.len) {
		cell_at(&c, p->text + i, p->len - i, col);
		if (col + c.width > hi)
			break;
		if (col >= lo && (first >= 0 || c.width > 0)) {
			if (first < 0)
				first = col;
			text_addn(t, c.shown, c.nshown);
		}
		col += c.width;
	}
	if (i < p->len)
		text_add(t, "...");
	text_add(t, "\n" INDENT);
	int shift = (lo > 0 ? 3 : 0) - (first < 0 ? 0 : first);
	text_addf(t, "%*s%s^", p->col + shift, "", on);
	int end = p->endcol < hi ? p->endcol : hi;
	for (int k = p->col + 1; k < end; k++)
		text_add(t, "~");
	text_addf(t, "%s\n", off);
}

static void
show_diag(Text *t, Loc loc, const char *kind, const char *colour, const char *msg, bool color)
{
	const char *off = color ? "\033[0m" : "", *bold = color ? "\033[1m" : "";
	Place p = {0};
	if (!color)
		colour = "";
	if (loc.src) {
		p = place_of(loc);
		if (p.name)
			text_addf(t, "%s%s:%d:%d:%s ", bold, p.name, p.line, p.col + 1, off);
	}
	/* the place of a bug, "(file:line):", belongs to the word */
	text_addf(t, "%s%s%s %s\n", colour, kind, off, msg);
	if (loc.src)
		show_line(t, &p, colour, off);
}

/* The whole text of a diagnostic, each line with its newline. At the prompt (Source without a name)
   there is no file:line:col, since the line is in sight. */
char *
diag_format(Arena *a, const Diag *d, bool color)
{
	static const struct { const char *word, *colour; } kind[] = {
		[DIAG_ERROR] = {"error:", "\033[1;31m"},
		[DIAG_WARNING] = {"warning:", "\033[1;35m"},
		[DIAG_NOTE] = {"note:", "\033[1;36m"},
		[DIAG_BUG] = {"internal error", "\033[1;31m"},
	};
	Text t = text_new(a);
	const DiagKind k = d->kind, note = DIAG_NOTE;
	show_diag(&t, d->loc, kind[k].word, kind[k].colour, d->msg, color);
	if (d->msg2)
		show_diag(&t, d->loc2, kind[note].word, kind[note].colour, d->msg2, color);
	if (d->msg3)
		show_diag(&t, d->loc3, kind[note].word, kind[note].colour, d->msg3, color);
	for (int i = 0; i < 2; i++)
		if (i ? d->hint2 : d->hint)
			text_addf(&t, "%s %s\n", color ? "\033[1mhint:\033[0m" : "hint:",
				i ? d->hint2 : d->hint);
	return t.s;
}
