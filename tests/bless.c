/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bless.c: rewrites transcripts: under each statement the `#> ` lines with what it says now. Read
   the difference: a blessed file proves nothing until someone has. usage, in tests/: bless
   FILE... */
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static void
bless(const char *path)
{
	Session *s = session_open();
	Script f;
	Step step;
	char *old, *text = NULL;
	size_t len = 0, i;
	FILE *to = open_memstream(&text, &len);
	char *bare = NULL;
	FILE *strip = open_memstream(&bare, &i);
	const char *line;
	int shift = 0;

	/* without the old expectations; they come anew */
	script_open(&f, path, path);
	for (line = f.text; *line; ) {
		const char *end = strchr(line, '\n');

		end = end ? end + 1 : line + strlen(line);
		if (!prefix(line, "#>"))
			fwrite(line, 1, (size_t)(end - line), strip);
		line = end;
	}
	fclose(strip);
	old = f.text;
	f.text = bare;
	f.len = strlen(bare);
	while (script_next(&f, s, &step)) {
		fwrite(step.text, 1, step.len, to);
		for (line = s->out; *line; ) {
			size_t n = strcspn(line, "\n");

			fprintf(to, n ? "#> %.*s\n" : "#>\n", (int)n, line);
			shift++;
			line += n + (line[n] == '\n');
		}
		f.line += shift;        /* the numbers in messages count the expectations too */
		shift = 0;
	}
	fclose(to);
	if (strcmp(old, text) != 0) {
		FILE *out = fopen(path, "w");

		if (!out || fwrite(text, 1, len, out) != len || fclose(out) != 0) {
			perror(path);
			exit(1);
		}
		printf("%s\n", path);
	}
	free(old);
	free(text);
	script_close(&f);
	session_close(s);
}

int
main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		bless(argv[i]);
	return 0;
}
