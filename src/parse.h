/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse.h: what lexer.l, token.c, parser.y and parse.c share. The kinds of tokens are in the
   parser.h that Bison makes. */
#ifndef MDX_PARSE_H
#define MDX_PARSE_H

#include "core.h"

/* What the scanner found: a kind of token, and where it stands in the parser's text. */
typedef struct Token {
	int kind;
	int beg, end;
	int bol, line;          /* where its line begins, and the line's number */
	bool blank;             /* blanks stand before it */
	bool cont;              /* the end of the text, and the last line ends in a \ */
} Token;

/* a bracket that was opened */
typedef struct Open {
	char kind;              /* ( , [ of a matrix literal, i for the [ of an entry */
	bool d;                 /* the ( of d(...) */
	Loc loc;
} Open;

enum { WANT_MAX = 96 };

struct Parser {
	const char *name, *text;
	int len;
	/* the scanner */
	char *buf;              /* its own copy of the text, and two NULs */
	void *scanner;
	int line, bol;
	bool blank, cont;
	jmp_buf no_memory;      /* only while the scanner is made */
	/* tokens read ahead */
	Token *queue;
	int head, nqueue, cap_queue;
	/* the statement */
	Arena *a;
	Source *src;
	int base;               /* where src begins in the text */
	Token cur;              /* the last token taken from the queue */
	int first, prev;        /* kinds of the first token given to the grammar, and of the last */
	bool name_d;            /* the last name was d */
	bool by_d;              /* the last closing bracket was that of a d(...) */
	bool help;              /* everything up to the line's end is a word */
	bool word;              /* the next name or number is a word (emit TARGET, derive steps 5) */
	bool derive;            /* ... and words may follow it: within derive */
	bool given;             /* within given */
	Open *open;
	int nopen, cap_open;
	bool unfinished;        /* the text ended where it cannot */
	Stmt *stmt;
	int offset;             /* see parser_offset() */
	/* the grammar */
	struct yypstate *state;
	bool failed;
	Diag diag;              /* what failed */
	bool syntax;            /* ... or a syntax error: */
	int found;              /* the unexpected token */
	Loc found_loc;
	bool want[WANT_MAX];    /* what could have stood there, by symbol */
};

/* lexer.l */
bool scan_open(Parser *p, int pos);
void scan_close(Parser *p);
int scan_token(Parser *p, int *beg, int *end);
void scan_seek(Parser *p, int pos);
/* the character at s, of n bytes at least 1, and its length; -1: no UTF-8 (one byte then) */
int utf8_decode(const char *s, size_t n, int *len);

/* token.c; token_first() and token_next(), which give the grammar its tokens, are declared in
   parser.y */
Token token_peek(Parser *p, int k);             /* the k-th token ahead, from 0 */
void token_drop(Parser *p);                     /* the one ahead */
bool token_after_tex(const Parser *p, int at);   /* the word before place `at' is the statement
                                                    `tex' */
void token_seek(Parser *p, int pos, int line);
Loc token_loc(const Parser *p, Token t);
Loc token_here(const Parser *p);                /* behind what was read last */

/* parser.y */
/* records an error; the first wins */
void parser_fail(Parser *p, Loc loc, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void parser_explain(Parser *p);                 /* a syntax error in words, into p->diag */
bool token_continues(int kind);                 /* a statement cannot end behind it */
bool token_ends_operand(int kind);
bool token_begins_operand(int kind);

#endif
