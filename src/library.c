/* SPDX-License-Identifier: GPL-3.0-or-later */
/* library.c: loading what is not linked; see library.h. */
#include "library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static bool
same_version(const Library *l, void *lib)
{
	const char *have = l->have(lib), *dot = strrchr(l->version, '.');

	return have && dot && strncmp(have, l->version, (size_t)(dot + 1 - l->version)) == 0;
}

/* dlsym gives an object pointer, which C does not turn into a function pointer by a cast */
static bool
find_symbols(const Library *l, void *lib)
{
	bool all = true;

	for (const LibrarySymbol *s = l->symbol; s->name; s++) {
		void *f = dlsym(lib, s->name);

		all = all && f;
		memcpy(s->to, &f, sizeof f);
	}
	return all;
}

static const char *
load(Library *l)
{
	snprintf(l->text, sizeof l->text, "%s is not installed", l->title);
	for (const char *const *file = l->file; *file; file++) {
		void *lib = dlopen(*file, RTLD_NOW | RTLD_LOCAL);

		if (!lib)
			continue;
		if (same_version(l, lib) && find_symbols(l, lib))
			return NULL;
		snprintf(l->text, sizeof l->text,
			"the installed %s has another version than mdx was built with", l->title);
		dlclose(lib);
	}
	return l->text;
}

const char *
library_missing(Library *l)
{
	if (!l->tried)
		l->missing = load(l);
	l->tried = true;
	return l->missing;
}
