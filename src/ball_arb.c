/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ball_arb.c: Arb, the library of ball arithmetic, loaded when it is first asked for, as FLINT is
 * (field_flint.c), which it is built upon and has become a part of.
 */
#include <string.h>

#include "ball.h"

#ifdef HAVE_ARB_HEADERS

#include <dlfcn.h>

Arb arb;

/* A library of another version may have other structures than the headers say. */
static bool
same_version(void *lib)
{
#ifdef __ARB_RELEASE
	const char *const *have = dlsym(lib, "arb_version");
	const char *want = ARB_VERSION;
#else
	const char *name = dlsym(lib, "flint_version"), *const *have = &name;
	const char *want = FLINT_VERSION;
#endif
	const char *dot = strrchr(want, '.');

	return have && *have && dot && strncmp(*have, want, (size_t)(dot + 1 - want)) == 0;
}

static const char *
load(void)
{
	static const char *const name[] = {
#ifdef ARB_SONAME
		ARB_SONAME,
#endif
		"libflint-arb.so.2", "libarb.so.2", "libarb.so", "libarb.dylib", "libflint.so",
		"libflint.dylib",
	};
	const char *why = "Arb is not installed";

	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		void *lib = dlopen(name[i], RTLD_NOW | RTLD_LOCAL), *f;
		bool all = lib && same_version(lib);

		if (!lib)
			continue;
#define X(result, fun, params)                                                                     \
	f = dlsym(lib, #fun);                                                                          \
	all = all && f;                                                                                \
	memcpy(&arb.fun, &f, sizeof f);
		ARB_FUNCTIONS(X)
#undef X
		if (all)
			return NULL;
		why = "the installed Arb has another version than mdx was built with";
		dlclose(lib);
	}
	return why;
}

const char *
ball_missing(void)
{
	static bool tried;
	static const char *missing;

	if (!tried)
		missing = load();
	tried = true;
	return missing;
}

#else

const char *
ball_missing(void)
{
	return "mdx was built without Arb";
}

#endif
