/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arena.h: for the unit tests that need no more than an arena, a new one for each test; and what
   cmocka wants included. */
#ifndef MDX_TESTS_UNIT_ARENA_H
#define MDX_TESTS_UNIT_ARENA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core.h"

static Arena *a;

static int
setup(void **state)
{
	(void)state;
	a = arena_new();
	return a ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

#endif
