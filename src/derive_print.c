/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * derive_print.c: the rows of a derivation as text that can be typed in again: definitions, checks,
 * and all that is said as comments. Last stage of `derive`.
 */
#include "derive.h"
#include "latex.h"

#include <string.h>

enum {
	COLUMNS = 100,   /* of a page */
	COLUMN_MAX = 60, /* comments stand no further to the right */
	INDENT = 4
};

static int
columns(const char *s)
{
	int n = 0;
	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

/* left == side == .., broken after a == where it is too long; the language goes on there */
static const char *
chain(Arena *a, const DeriveRow *r, Style style)
{
	Text out = text_new(a);
	const Tree *where = NULL;
	int at;
	text_addf(&out, "check %s", print_tree(a, r->left, style));
	at = columns(out.s);
	for (int i = 0; i < r->n; i++) {
		const Tree *t = r->side[i];
		if (t->kind == TREE_WHERE) {
			where = t;
			t = t->kid[0];
		}
		const char *s = print_tree(a, t, style);
		if (at + 4 + columns(s) > COLUMNS) {
			text_addf(&out, " ==\n%*s%s", INDENT, "", s);
			at = INDENT + columns(s);
		} else {
			text_addf(&out, " == %s", s);
			at += 4 + columns(s);
		}
	}
	for (int i = 1; where && i < where->n; i++)
		text_addf(&out,
			i > 1               ? ", %s"
			: at > COLUMNS - 30 ? " where\n    %s"
								: " where %s",
			print_tree(a, where->kid[i], style));
	return out.s;
}

static const char *
row_text(Arena *a, const DeriveRow *r, Style style)
{
	switch (r->kind) {
	case DERIVE_TITLE:
	case DERIVE_NOTE:
		return r->words;
	case DERIVE_DECLARE:
		return arena_printf(a, "var %s", print_tree(a, r->left, style));
	case DERIVE_FUN:
		return arena_printf(a, "fun %s %s", print_tree(a, r->left, style),
			r->elementwise ? "elementwise" : "scalar");
	case DERIVE_DEFINE:
		return arena_printf(
			a, "%s = %s", print_tree(a, r->left, style), print_tree(a, r->side[0], style));
	case DERIVE_CHECK:
		return chain(a, r, style);
	}
	return "";
}

static bool
said(const DeriveRow *r)
{
	return r->kind != DERIVE_TITLE && r->kind != DERIVE_NOTE &&
		   (r->n > 0 || r->kind == DERIVE_DECLARE || r->kind == DERIVE_FUN);
}

/* where the comments of the rows from i to the next title stand */
static int
comment_column(Arena *a, const Derivation *rows, int i, Style style)
{
	int at = 0;
	for (; i < rows->n && rows->row[i]->kind != DERIVE_TITLE; i++) {
		const DeriveRow *r = rows->row[i];
		bool formula = r->kind == DERIVE_DEFINE || r->kind == DERIVE_CHECK;
		const char *s = formula && said(r) ? row_text(a, r, style) : "";
		if (!strchr(s, '\n') && columns(s) > at && columns(s) <= COLUMN_MAX)
			at = columns(s);
	}
	return at + 2;
}

static void
print_comment(Mdx *s, const char *text)
{
	session_print(s, s->color ? "\033[2m# %s\033[0m\n" : "# %s\n", text);
}

/* declarations in one line, or more where they do not fit it; *i: the last one */
static void
print_declarations(Mdx *s, Arena *a, const Derivation *rows, int *i)
{
	int at = 0;
	for (int k = *i; k < rows->n; k++) {
		const DeriveRow *r = rows->row[k];
		if (r->kind != DERIVE_DECLARE || *r->words)
			break;
		const char *t = print_tree(a, r->left, s->style);
		if (r->props)
			t = arena_printf(a, "%s %s", t, props_text(a, r->props));
		if (at && at + 2 + columns(t) > COLUMNS) {
			session_print(s, ",\n%*s", INDENT, "");
			at = INDENT;
		} else {
			session_print(s, at ? ", " : "var ");
			at += at ? 2 : INDENT;
		}
		session_print(s, "%s", t);
		at += columns(t);
		*i = k;
	}
	session_print(s, "\n");
}

/* words as comments, broken at blanks where they are too long for a line */
static void
print_words(Mdx *s, Arena *a, const char *text)
{
	while (columns(text) > COLUMNS - 2) {
		const char *cut = NULL, *t = text;
		for (int n = 0; *t && n < COLUMNS - 2; t++) {
			n += (*t & 0xc0) != 0x80;
			if (*t == ' ')
				cut = t;
		}
		if (!cut)
			break;
		print_comment(s, arena_printf(a, "%.*s", (int)(cut - text), text));
		text = arena_printf(a, "  %s", cut + 1);
	}
	print_comment(s, text);
}

/* The rule above the row, its shape behind it. */
static void
print_row(Mdx *s, Arena *a, const DeriveRow *r, int at)
{
	const char *text = row_text(a, r, s->style);
	if (!said(r)) {
		if (r->kind == DERIVE_TITLE || r->kind == DERIVE_NOTE)
			print_words(s, a, text);
		return;
	}
	if (*r->words)
		print_words(s, a, r->words);
	if (r->departs)
		print_words(s, a, r->departs);
	const char *last = strrchr(text, '\n');
	int n = columns(last ? last + 1 : text);
	if (*r->shape && r->kind != DERIVE_DECLARE) {
		session_print(s, "%s%*s", text, n < at ? at - n : 2, "");
		print_comment(s, r->shape);
	} else {
		session_print(s, "%s\n", text);
	}
}

MdxStatus
cmd_derive(Mdx *s, Arena *a, const Stmt *st)
{
	if (st->redirect)
		raise_hint(a, st->loc, "latex derive EXPR gives LaTeX", "derive does not write to a file");
	Derivation *rows = derivation(s, a, st);
	if (s->style == STYLE_LATEX) {
		session_print(s, "%s", latex_derivation(s, a, rows));
		return rows->claim == VERDICT_TRUE ? MDX_OK : MDX_FALSE;
	}
	int at = comment_column(a, rows, 0, s->style);
	for (int i = 0; i < rows->n; i++) {
		if (rows->row[i]->kind == DERIVE_TITLE) {
			at = comment_column(a, rows, i + 1, s->style);
			if (i > 0)
				session_print(s, "\n");
		}
		if (rows->row[i]->kind == DERIVE_DECLARE && !*rows->row[i]->words)
			print_declarations(s, a, rows, &i);
		else
			print_row(s, a, rows->row[i], at);
	}
	return rows->claim == VERDICT_TRUE ? MDX_OK : MDX_FALSE;
}
