/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench.h: what the parts of the benchmark share. All print rows: what, the measured value, a
   ratio, the bound. */
#ifndef MDX_BENCH_H
#define MDX_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#include "mdx.h"

double now(void);                                       /* seconds, of a clock that never goes
                                                           back */
double worked(void);                                    /* seconds of this process alone: other load
                                                           does not count */
double median(double *x, int n);                        /* sorts x */
Mdx *quiet_session(void);                               /* one whose output goes nowhere */
MdxStatus quiet_run(Mdx *s, const char *text);          /* complains on stderr about an error */
/* what, value and its unit, a ratio (0: none) */
void row(const char *what, double value, const char *unit, double ratio);
/* the same with what it should be at most: the ratio if there is one, else the value */
void goal(const char *what, double value, const char *unit, double ratio, double most);
void head(const char *title);

void bench_start(const char *mdx, const char *bare);    /* start.c: processes */
void bench_examples(const char *examples);              /* warm.c: formulas in a warm process */
void bench_growth(void);                                /* growth.c: how the time grows with terms,
                                                           layers, statements */
void bench_checks(const char *corpus);                  /* checks.c: verdicts and explanations in a
                                                           warm process */
void bench_numbers(void);                               /* numbers.c: eval against C by hand */
void bench_memory(void);                                /* start.c: memory over many statements */

#endif
