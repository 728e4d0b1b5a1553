/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * parse.c: statements, one at a time: the only door to lexer.l, token.c and parser.y. It gives
 * the tokens of a statement to the grammar, keeps the statement's lines with its trees, and
 * finds the next statement after an error.
 *
 * All memory of Flex and Bison hangs on the Parser. So a raise out of them (Ctrl-C, memory, a
 * number that is out of range) loses nothing; parser_next() catches it, gets everything ready
 * for the next statement and raises again.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"

/* Long lines are not kept whole, lest a line of a megabyte that holds many statements is copied
   for each. */
enum { LINE_KEPT = 1 << 16 };

static void
begin_statement(Parser *p, Arena *a)
{
	Token t = token_peek(p, 0);
	p->base = t.beg - t.bol > LINE_KEPT ? t.beg : t.bol;
	p->src = NEW(a, Source);
	p->src->name = p->name;
	p->src->line = t.line;
	p->src->text = "";
	p->stmt = NEW(a, Stmt);
	p->stmt->loc = (Loc){p->src, t.beg - p->base, t.beg - p->base};
	p->cur = (Token){.beg = t.beg, .end = t.beg, .bol = t.bol, .line = t.line};
	p->prev = 0;
	p->nopen = 0;
	p->by_d = p->help = p->word = p->given = p->unfinished = p->failed = p->syntax = false;
	p->diag = (Diag){0};
}

/* The source is whole lines, from that of the first token to that of the last one read. */
static void
end_source(Parser *p, Arena *a)
{
	int end = p->cur.end;
	const char *nl = memchr(p->text + end, '\n', (size_t)(p->len - end));
	int line_end_at = nl ? (int)(nl - p->text) : p->len;
	if (line_end_at - end <= LINE_KEPT)
		end = line_end_at;
	p->src->len = (size_t)(end - p->base);
	p->src->text = arena_strndup(a, p->text + p->base, p->src->len);
}

/* Where a tree is too deep: its first part, from the outside, that is just as deep as may be. */
static void
check_depth(Parser *p, const Tree *t)
{
	if (!t || tree_depth_ok(t))
		return;
	int depth = t->depth - TREE_MAX_DEPTH;
	while (depth-- > 0)
		for (int i = 0; i < t->n; i++)
			if (t->kid[i]->depth == t->depth - 1) {
				t = t->kid[i];
				break;
			}
	parser_fail(p, t->loc, NULL, "this is nested too deeply (more than %d levels)", TREE_MAX_DEPTH);
}

static void
check_depths(Parser *p)
{
	const Stmt *st = p->stmt;
	check_depth(p, st->expr);
	for (int i = 0; i < st->narg; i++)
		check_depth(p, st->arg[i]);
	for (const Decl *d = st->decls; d; d = d->next) {
		check_depth(p, d->eq);
		for (int i = 0; i < d->ndim; i++)
			check_depth(p, d->dim[i]);
	}
}

/* One statement through the grammar. What is wrong is recorded in p, unless it is raised. */
static void
run_grammar(Parser *p, bool expression)
{
	if (!p->state && !(p->state = yypstate_new()))
		raise_at(p->a, (Loc){0}, "out of memory");
	YYSTYPE val = {0};
	Loc loc = token_here(p);
	p->first = expression ? TOK_EXPRESSION : token_first(p, &val, &loc);
	int kind = p->first, status = YYPUSH_MORE;
	while (kind >= 0 && (status = yypush_parse(p->state, kind, &val, &loc, p)) == YYPUSH_MORE) {
		p->prev = kind;
		kind = token_next(p, &val, &loc);
	}
	if (status == YYPUSH_MORE) {    /* it would go on with the next statement */
		yypstate_delete(p->state);
		p->state = NULL;
	}
	if (p->syntax)
		parser_explain(p);
	if (!p->failed)
		check_depths(p);
}

/* After an error: on to the line behind the one with the last token read. */
static void
skip_line(Parser *p)
{
	const char *nl = memchr(p->text + p->cur.end, '\n', (size_t)(p->len - p->cur.end));
	int pos = nl ? (int)(nl - p->text) + 1 : p->len;
	token_seek(p, pos, p->cur.line + (nl != NULL));
	p->offset = pos;
}

static Stmt *
parse(Parser *p, Arena *a, bool expression)
{
	p->a = a;
	while (token_peek(p, 0).kind == TOK_NEWLINE || token_peek(p, 0).kind == ';')
		token_drop(p);
	if (token_peek(p, 0).kind == TOK_END && !expression && !token_peek(p, 0).cont) {
		p->offset = p->len;
		return NULL;
	}
	begin_statement(p, a);
	Trap t;
	if (TRY(&t, a)) {
		run_grammar(p, expression);
		trap_end(&t);
	} else {
		yypstate_delete(p->state);
		p->state = NULL;
		p->failed = true;
		p->diag = t.diag;
		if (!p->diag.loc.src && !p->diag.interrupted && p->diag.kind != DIAG_BUG)
			p->diag.loc = token_loc(p, p->cur);
	}
	if (p->failed) {
		skip_line(p);
		end_source(p, a);
		raise_diag(a, &p->diag);
	}
	p->offset = p->cur.end;
	end_source(p, a);
	p->stmt->loc.end = p->cur.end - p->base;
	return p->stmt;
}

Stmt *
parser_next(Parser *p, Arena *a)
{
	return parse(p, a, false);
}

size_t
parser_offset(const Parser *p)
{
	return (size_t)p->offset;
}

/* name and text must outlive the parser, but nothing that it gives needs them */
Parser *
parser_open(const char *name, const char *text, size_t len, int first_line)
{
	Parser *p = len < INT_MAX - 2 ? calloc(1, sizeof *p) : NULL;
	if (!p)
		return NULL;
	p->name = name ? sym(name) : NULL;
	p->text = text;
	p->len = (int)len;
	p->line = first_line;
	/* a byte order mark is no part of the text */
	bool mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
	if (!scan_open(p, mark ? 3 : 0)) {
		parser_close(p);
		return NULL;
	}
	return p;
}

void
parser_close(Parser *p)
{
	if (!p)
		return;
	if (p->state)
		yypstate_delete(p->state);
	scan_close(p);
	free(p->queue);
	free(p->open);
	free(p);
}

Tree *
parse_expr(Arena *a, const char *name, const char *text)
{
	Parser *p = parser_open(name, text, strlen(text), 1);
	Tree *volatile expr = NULL;
	Trap t;
	if (!p)
		raise_at(a, (Loc){0}, "out of memory");
	if (TRY(&t, a)) {
		Stmt *st = parse(p, a, true);
		if (parse(p, a, false))
			raise_at(a, p->stmt->loc, "one expression is expected");
		expr = st->expr;
		trap_end(&t);
	}
	parser_close(p);
	if (!expr)
		raise_diag(a, &t.diag);
	return expr;
}
