/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mdx.h: the library as the REPL, the command line, tests and fuzzers see it. */
#ifndef MDX_H
#define MDX_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Mdx Mdx;

/* Where output goes: called with complete pieces of text, in order. err: diagnostics. */
typedef struct MdxOutput {
	void *ctx;
	void (*write)(void *ctx, bool err, const char *text, size_t len);
} MdxOutput;

/* How a run ended; the numeric values of the first three are the program's exit status. */
typedef enum {
	MDX_OK = 0,             /* all well */
	MDX_FALSE = 1,          /* a check was false or unknown */
	MDX_ERROR = 2,          /* syntax, shape, missing value, file ... */
	MDX_INCOMPLETE,         /* the text ends within a statement (only with MDX_MORE) */
	MDX_QUIT                /* quit was asked for */
} MdxStatus;

enum {
	MDX_KEEP_GOING = 1,     /* go on after an error */
	MDX_MORE = 2            /* a statement unfinished at the end of the text is MDX_INCOMPLETE, not
	                           an error; nothing has then been run of that statement, and *used
	                           tells where it starts */
};

Mdx *mdx_open(MdxOutput out);                   /* NULL when memory is out */
void mdx_close(Mdx *s);
/* Runs the statements of a text. name: for messages (a file's name, "-e"), NULL for the REPL;
   first_line: number of its first line. Returns the worst status. used (may be NULL): bytes
   consumed. */
MdxStatus mdx_run(Mdx *s, const char *name, const char *text, size_t len, int first_line, int flags,
	size_t *used);
/* A LaTeX document of what is run between the two: comments as text, definitions, answers and
   checks as displays. title: a file's name, or NULL. false: memory is out */
bool mdx_document_begin(Mdx *s, const char *title);
void mdx_document_end(Mdx *s);
/* `set NAME VALUE`; false with a message on the error stream when it is not valid */
bool mdx_set(Mdx *s, const char *name, const char *value);
/* Completions of the word that ends at `point` in `line`: malloc'd strings, NULL-terminated array,
   malloc'd; NULL if none */
char **mdx_complete(Mdx *s, const char *line, size_t point);
/* The worst of MDX_OK, MDX_FALSE, MDX_ERROR since mdx_open: the exit status of a script that
   quits */
MdxStatus mdx_worst(const Mdx *s);
/* Safe in a signal handler: the running statement stops at the next poll. true: it has not even
   noticed the call before. */
bool mdx_interrupt(void);
bool mdx_interrupted(void);                     /* was it called since a statement last stopped for
                                                   it? forgets it */
/* What the running statement is at, in a few words, "" when it has not said, and its number, for
   those who wait; NULL: none is running. Safe in a signal handler; the text is constant. */
const char *mdx_doing(int *number);
const char *mdx_version(void);                  /* several lines: version, libraries, CBLAS,
                                                   licence */

#endif
