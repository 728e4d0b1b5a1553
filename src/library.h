/* SPDX-License-Identifier: GPL-3.0-or-later */
/* library.h: libraries that are loaded when they are first asked for, since that takes longer than
   most statements take in all (field_flint.c, ball_arb.c). */
#ifndef MDX_LIBRARY_H
#define MDX_LIBRARY_H

#include <stdbool.h>

/* to: the place of a function pointer */
typedef struct LibrarySymbol { const char *name; void *to; } LibrarySymbol;

typedef struct Library {
	const char *title;              /* "FLINT" */
	const char *const *file;        /* names to try in turn, then NULL */
	const char *version;            /* of the headers: "2.9.0" */
	const char *(*have)(void *lib); /* of the library; NULL: not known */
	const LibrarySymbol *symbol;    /* then one without a name */
	bool tried;                     /* library.c: it was asked for, and this came of it */
	const char *missing;
	char text[120];
} Library;

/* NULL: every symbol has been found, for the life of the process; or why not. It is loaded when this
   is first asked. A library of another version than 2.9.x may have other structures than the headers
   say, and is not taken. */
const char *library_missing(Library *l);

#endif
