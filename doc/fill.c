/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fill.c: copies a text to standard output, with the lists of statements, functions and settings in
   the place of the lines @STATEMENTS@, @FUNCTIONS@ and @SETTINGS@. */
#include <stdio.h>
#include <string.h>

#include "fill.h"

int
main(int argc, char **argv)
{
	FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
	char line[4096];

	if (!f) {
		fprintf(stderr, "usage: %s FILE\n", argv[0]);
		return 2;
	}
	while (fgets(line, sizeof line, f)) {
		if (strcmp(line, "@STATEMENTS@\n") == 0)
			put_statements();
		else if (strcmp(line, "@FUNCTIONS@\n") == 0)
			put_functions();
		else if (strcmp(line, "@SETTINGS@\n") == 0)
			put_settings();
		else
			fputs(line, stdout);
	}
	fclose(f);
	return fflush(stdout) != 0;
}
