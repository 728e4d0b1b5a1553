/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names.h: for the unit tests that need declared names: an mdx of their own, in which `declared`
   has been run; and what cmocka wants included. */
#ifndef MDX_TESTS_UNIT_NAMES_H
#define MDX_TESTS_UNIT_NAMES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core.h"

static Mdx *mdx;
static const char *const declared;       /* the test has it */

static void
quiet(void *ctx, bool err, const char *text, size_t len)
{
	(void)ctx;
	if (err)
		print_error("%.*s", (int)len, text);
}

static void
say(const char *text)
{
	assert_true(mdx_run(mdx, "test", text, strlen(text), 1, 0, NULL) <= MDX_FALSE);
}

static int
setup(void **state)
{
	(void)state;
	mdx = mdx_open((MdxOutput){NULL, quiet});
	say(declared);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	mdx_close(mdx);
	return 0;
}

#endif
