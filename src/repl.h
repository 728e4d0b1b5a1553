/* SPDX-License-Identifier: GPL-3.0-or-later */
/* repl.h: the prompt, for main.c. */
#ifndef MDX_REPL_H
#define MDX_REPL_H

#include "mdx.h"

/* Reads statements from the terminal and runs them until quit or the end of the input. */
void repl(Mdx *s, bool banner);

#endif
