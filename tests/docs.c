/* SPDX-License-Identifier: GPL-3.0-or-later */
/* docs.c: the transcripts of the README, of the manual page and of the manual are what mdx answers
   today. A transcript is a block of code (fenced or indented in Markdown, .EX to .EE in troff,
   @example to @end example in Texinfo) with lines `mdx> STATEMENT'; a statement goes on on lines
   `...> '. Each block is a session of its own; answers must be the same, byte for byte. usage: docs
   [FILE]...; docs -w FILE... writes the answers into the files, as bless.c does with the cases */
#include <stdlib.h>
#include <string.h>

#include "harness.h"

typedef enum { MARKDOWN, ROFF, TEXINFO } Format;

static Format
format_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	return strstr(name, ".texi") ? TEXINFO : strstr(name, ".1") ? ROFF : MARKDOWN;
}

/* does this line begin or end a block of code? */
static bool
is_fence(Format f, const char *line)
{
	switch (f) {
	case ROFF: return prefix(line, ".EX") || prefix(line, ".EE");
	case TEXINFO: return prefix(line, "@example") || prefix(line, "@end example");
	default: return prefix(line, "```");
	}
}

/* what Texinfo shows of a line in an example */
static void
untexinfo(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '@' && s[1] && strchr("@{}", s[1]))
			s++;
		*to++ = *s;
	}
	*to = '\0';
}

static void
put_texinfo(FILE *to, const char *s, size_t n)
{
	for (; n > 0; n--, s++) {
		if (strchr("@{}", *s))
			putc('@', to);
		putc(*s, to);
	}
}

/* what a terminal shows of a line of the manual page's source */
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

/* what unroff() undoes, but \\& where a line would begin like a request */
static void
put_roff(FILE *to, const char *s, size_t n)
{
	if (n > 0 && (*s == '.' || *s == '\''))
		fputs("\\&", to);
	for (; n > 0; n--, s++) {
		switch (*s) {
		case '\\': fputs("\\(rs", to); break;
		case '-': fputs("\\-", to); break;
		case '\'': fputs("\\(aq", to); break;
		case '^': fputs("\\(ha", to); break;
		case '~': fputs("\\(ti", to); break;
		case '`': fputs("\\(ga", to); break;
		default: putc(*s, to);
		}
	}
}

typedef struct Block {
	const char *file;
	FILE *to;               /* NULL: compare; otherwise the file is written anew */
	Format format;
	int indent;             /* of an indented block */
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

static void
write_answer(Block *b)
{
	const char *line = b->s->out;

	while (*line) {
		size_t n = strcspn(line, "\n");

		fprintf(b->to, "%*s", n ? b->indent : 0, "");
		if (b->format == ROFF)
			put_roff(b->to, line, n);
		else if (b->format == TEXINFO)
			put_texinfo(b->to, line, n);
		else
			fwrite(line, 1, n, b->to);
		putc('\n', b->to);
		line += n + (line[n] == '\n');
	}
}

/* run the statement that has been collected, and compare */
static void
settle(Block *b)
{
	size_t n = strlen(b->want);

	if (!*b->statement)
		return;
	if (b->to) {
		run(b->s, "%s", b->statement);
		write_answer(b);
		*b->statement = *b->want = '\0';
		return;
	}
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

/* the text of a line without its newline, and where the next begins */
static char *
cut(char *line)
{
	char *end = strchr(line, '\n');

	if (!end)
		return line + strlen(line);
	*end = '\0';
	return end + 1;
}

static void
test_file(const char *path, const char *name, FILE *to)
{
	static Block b;
	char *text = read_file(path, NULL), *end = text + strlen(text), *line, *next, *source = NULL;
	bool fenced = false;
	int number = 0, seen = 0;
	Format format = format_of(path);

	b = (Block){.file = name, .to = to, .format = format};
	for (line = text; line < end; line = next) {
		bool fence, blank, answer = false;

		number++;
		next = cut(line);
		free(source);
		source = strdup(line);
		if (!source)
			abort();
		fence = is_fence(format, line);
		blank = !*line;
		if (format == ROFF)
			unroff(line);
		if (format == TEXINFO && !fence)
			untexinfo(line);
		b.indent = format == MARKDOWN && !fenced && prefix(line, "    ") ? 4 : 0;
		line += b.indent;
		if (fence || (!fenced && b.indent == 0 && !(b.s && blank))) {
			end_block(&b);
			fenced ^= fence;
		} else if (prefix(line, "mdx> ")) {
			if (!b.s)
				b.s = session_open();
			settle(&b);
			b.line = number;
			add(b.statement, sizeof b.statement, line + 5);
			seen++;
		} else if (prefix(line, "...> ") && *b.statement) {
			add(b.statement, sizeof b.statement, line + 5);
		} else if (*b.statement && (fenced || !blank)) {
			add(b.want, sizeof b.want, line);
			answer = true;
		}
		if (to && !answer)
			fprintf(to, "%s\n", source);
	}
	end_block(&b);
	if (!to)
		ok(seen > 0, "%s has %d statements in transcripts", name, seen);
	free(source);
	free(text);
}

static void
rewrite(const char *path)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len), *out;

	if (!to)
		abort();
	test_file(path, path, to);
	fclose(to);
	out = fopen(path, "w");
	if (!out || fwrite(text, 1, len, out) != len || fclose(out) != 0) {
		perror(path);
		exit(1);
	}
	free(text);
}

int
main(int argc, char **argv)
{
	const char *src = getenv("SRC"), *build = getenv("BUILD");
	char path[4096];
	int i;

	if (argc > 1 && strcmp(argv[1], "-w") == 0) {
		for (i = 2; i < argc; i++)
			rewrite(argv[i]);
		return 0;
	}
	begin();
	for (i = 1; i < argc; i++)
		test_file(argv[i], argv[i], NULL);
	if (argc == 1) {
		snprintf(path, sizeof path, "%s/README.md", src ? src : ".");
		test_file(path, "README.md", NULL);
		snprintf(path, sizeof path, "%s/man/mdx.1", build ? build : ".");
		test_file(path, "man/mdx.1", NULL);
		snprintf(path, sizeof path, "%s/doc/mdx.texi", build ? build : ".");
		test_file(path, "doc/mdx.texi", NULL);
	}
	return done();
}
