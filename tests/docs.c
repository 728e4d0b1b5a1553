/* SPDX-License-Identifier: GPL-3.0-or-later */
/* docs.c: the transcripts of the README and of the manual are what mdx answers today. A transcript is a block of code
   (fenced or indented in Markdown, .EX to .EE in the manual) with lines `mdx> STATEMENT'; a statement goes on on
   lines `...> '. Each block is a session of its own; answers must be the same, byte for byte.
   usage: docs [FILE]... */
#include <stdlib.h>
#include <string.h>

#include "harness.h"

/* what a terminal shows of a line of the manual's source */
static void
unroff(char *s)
{
	static const struct { const char *from, *to; } table[] = {
		{"\\-", "-"}, {"\\(aq", "'"}, {"\\(rs", "\\"}, {"\\e", "\\"}, {"\\&", ""}, {"\\(ha", "^"},
		{"\\(ti", "~"}, {"\\(ga", "`"}, {"\\(dq", "\""},
	};
	char *to = s;
	size_t i;

	while (*s) {
		for (i = 0; i < sizeof table / sizeof *table; i++) {
			if (prefix(s, table[i].from))
				break;
		}
		if (i < sizeof table / sizeof *table) {
			s += strlen(table[i].from);
			to = stpcpy(to, table[i].to);
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

typedef struct Block {
	const char *file;
	int line;               /* of the statement */
	Session *s;             /* NULL outside a block */
	char statement[8192], want[65536];
} Block;

static void
add(char *to, size_t cap, const char *s)
{
	size_t n = strlen(to);

	snprintf(to + n, cap - n, "%s\n", s);
}

/* run the statement that has been collected, and compare */
static void
settle(Block *b)
{
	size_t n = strlen(b->want);

	if (!*b->statement)
		return;
	while (n > 0 && b->want[n - 1] == '\n' && (n == 1 || b->want[n - 2] == '\n'))
		b->want[--n] = '\0';
	run(b->s, "%s", b->statement);
	b->statement[strlen(b->statement) - 1] = '\0';
	if (!ok(strcmp(b->s->out, b->want) == 0, "%s:%d: %s", b->file, b->line, b->statement)) {
		note("wanted:\n%s", b->want);
		note("got:\n%s", b->s->out);
	}
	*b->statement = *b->want = '\0';
}

static void
end_block(Block *b)
{
	if (!b->s)
		return;
	settle(b);
	session_close(b->s);
	b->s = NULL;
}

static void
test_file(const char *path, const char *name, bool roff)
{
	static Block b;
	char *text = read_file(path, NULL), *line, *next;
	bool fenced = false;
	int number = 0, seen = 0;

	b = (Block){.file = name};
	for (line = text; *line; line = next) {
		size_t indent;
		bool code;

		number++;
		next = strchr(line, '\n');
		next = next ? next + 1 : line + strlen(line);
		if (next > line && next[-1] == '\n')
			next[-1] = '\0';
		if (roff ? prefix(line, ".EX") || prefix(line, ".EE") : prefix(line, "```")) {
			fenced = !fenced;
			end_block(&b);
			continue;
		}
		if (roff)
			unroff(line);
		indent = !roff && !fenced && prefix(line, "    ") ? 4 : 0;
		code = fenced || indent > 0 || (b.s && !*line);
		if (!code) {
			end_block(&b);
			continue;
		}
		line += indent;
		if (prefix(line, "mdx> ")) {
			if (!b.s)
				b.s = session_open();
			settle(&b);
			b.line = number;
			add(b.statement, sizeof b.statement, line + 5);
			seen++;
		} else if (prefix(line, "...> ") && *b.statement) {
			add(b.statement, sizeof b.statement, line + 5);
		} else if (*b.statement) {
			add(b.want, sizeof b.want, line);
		}
	}
	end_block(&b);
	ok(seen > 0, "%s has %d statements in transcripts", name, seen);
	free(text);
}

int
main(int argc, char **argv)
{
	const char *src = getenv("SRC"), *build = getenv("BUILD");
	char path[4096];
	int i;

	for (i = 1; i < argc; i++)
		test_file(argv[i], argv[i], strstr(argv[i], ".1") != NULL);
	if (argc == 1) {
		snprintf(path, sizeof path, "%s/README.md", src ? src : ".");
		test_file(path, "README.md", false);
		snprintf(path, sizeof path, "%s/man/mdx.1", build ? build : ".");
		test_file(path, "man/mdx.1", true);
	}
	return done();
}
