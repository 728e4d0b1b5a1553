/* SPDX-License-Identifier: GPL-3.0-or-later */
/* harness.h: what the test programs share: sessions whose output is kept, scripts run statement by
   statement, and results in TAP, the Test Anything Protocol, which Automake's driver counts. */
#ifndef MDX_TESTS_HARNESS_H
#define MDX_TESTS_HARNESS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "mdx.h"

/* ---- results */
/* The first call of main: what follows runs in a child, so that there is a plan, and a message,
   whatever becomes of it. */
void begin(void);
bool ok(bool good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));  /* returns good */
void skip(const char *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));  /* each line behind a # */
int done(void);                                 /* prints the plan; the program's exit status */

/* ---- a session that keeps what it writes */
typedef struct Session {
	Mdx *mdx;
	char *out;              /* all output since the last run, NUL-terminated */
	size_t len, cap;
	bool err;               /* something went to the error stream */
} Session;

Session *session_open(void);
void session_close(Session *s);
/* clears out first */
MdxStatus run(Session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* eval EXPR with 17 digits: how many numbers were printed (at most max are stored), or -1 on an
   error */
int eval(Session *s, double *x, int max, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
bool prefix(const char *s, const char *start);

/* ---- a script, statement by statement (a step is a line, or the lines that make its statements
   whole) */
typedef struct Script {
	const char *name;       /* as it stands in messages */
	char *text;
	size_t len, pos;
	int line;
} Script;

typedef struct Step {
	const char *text;       /* the step's lines in the script, not NUL-terminated */
	size_t len;
	int line;               /* the first one's number */
	MdxStatus status;
} Step;

typedef enum { KIND_NONE, KIND_EXPR, KIND_CHECK, KIND_OTHER } Kind;

/* test(path, name) for each file of the arguments, or, where there are none, of the pattern within
   the source tree; no such file is a failure */
void each_file(
	int argc, char **argv, const char *pattern, void (*test)(const char *path, const char *name));
char *read_file(const char *path, size_t *len);         /* malloc'd and NUL-terminated; exits when
                                                           it cannot */
bool script_open(Script *f, const char *path, const char *name);
bool script_next(Script *f, Session *s, Step *step);    /* runs the next step; s->out is its
                                                           output */
void script_close(Script *f);
/* what the step's only statement is (KIND_OTHER when there are several, or an error); *quiet: it
   ends with ; */
Kind step_kind(const Step *step, bool *quiet);

/* ---- random numbers that are the same everywhere */
typedef struct Random { uint64_t state; } Random;
uint64_t random_next(Random *r);
int random_below(Random *r, int n);
double random_unit(Random *r);                  /* in (0, 1) */
long env_long(const char *name, long otherwise);

#endif
