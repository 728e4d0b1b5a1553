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

/* both sides of "L == R", as they are built; *g is new, in a */
static inline void
build_sides(Arena *a, const char *text, Graph **g, Node *side[2])
{
	Dims *dims = dims_new(a);
	const char *eq = strstr(text, "==");
	Tree *t = tree(a, TREE_EQ, (Loc){0}, 2,
		parse_expr(a, "test", arena_strndup(a, text, (size_t)(eq - text))),
		parse_expr(a, "test", eq + 2));
	int n;
	Term **term = elab_sides(elab_new(mdx, a, dims), t, &n);

	*g = graph_new(a, dims);
	for (int i = 0; i < 2; i++)
		side[i] = build(*g, term[i]);
}

#endif
