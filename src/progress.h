/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress.h: what a long statement is at, on the terminal. */
#ifndef MDX_PROGRESS_H
#define MDX_PROGRESS_H

#include "mdx.h"

/* From now on a statement that takes longer than a moment says on standard error what it is at,
   when that is a terminal; otherwise nothing happens. Takes SIGALRM and the real-time interval
   timer for itself. */
void progress_start(void);
/* What is shown is wiped out, before other text comes. */
void progress_hide(void);
/* Nothing is shown any more; what is shown is wiped out. */
void progress_stop(void);

#endif
