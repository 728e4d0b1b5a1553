/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ball_arb.c: Arb, the library of ball arithmetic, loaded when it is first asked for, as FLINT is
 * (field_flint.c), which it is built upon and has become a part of.
 */
#include "ball.h"
#include "library.h"

#ifdef HAVE_ARB_HEADERS

#include <dlfcn.h>

Arb arb;

static const char *
version(void *lib)
{
#ifdef __ARB_RELEASE
	const char *const *have = dlsym(lib, "arb_version");

	return have ? *have : NULL;
#else
	return dlsym(lib, "flint_version");
#endif
}

const char *
ball_missing(void)
{
	static const char *const file[] = {
#ifdef ARB_SONAME
		ARB_SONAME,
#endif
		"libflint-arb.so.2", "libarb.so.2", "libarb.so", "libarb.dylib", "libflint.so",
		"libflint.dylib", NULL,
	};
	static const LibrarySymbol symbol[] = {
#define X(result, name, params) {#name, &arb.name},
		ARB_FUNCTIONS(X)
#undef X
		{NULL, NULL},
	};
#ifdef __ARB_RELEASE
	static Library library = {
		.title = "Arb", .file = file, .version = ARB_VERSION, .have = version, .symbol = symbol};
#else
	static Library library = {
		.title = "Arb", .file = file, .version = FLINT_VERSION, .have = version, .symbol = symbol};
#endif

	return library_missing(&library);
}

#else

const char *
ball_missing(void)
{
	return "mdx was built without Arb";
}

#endif
