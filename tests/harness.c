/* SPDX-License-Identifier: GPL-3.0-or-later */
/* harness.c: sessions, scripts and TAP for the test programs; see harness.h. */
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core.h"
#include "harness.h"

/* ---- results */

/* what the process that watches knows of the one that tests */
typedef struct Progress {
	int count, failed;
	bool planned;           /* done() was reached */
	char at[400];           /* the statement or line that ran last */
} Progress;

static Progress unwatched, *progress = &unwatched;

void
begin(void)
{
	pid_t child;
	int status = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	progress =
		mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (progress == MAP_FAILED || (child = fork()) < 0) {
		printf("Bail out! the tests cannot be started: %s\n", strerror(errno));
		exit(99);
	}
	if (child == 0)
		return;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (progress->planned || (WIFEXITED(status) && WEXITSTATUS(status) == 99))
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	printf("not ok %d - the test program ended early, ", ++progress->count);
	if (WIFSIGNALED(status))
		printf("by signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		printf("with status %d\n", WEXITSTATUS(status));
	if (*progress->at)
		note("at %s", progress->at);
	printf("1..%d\n", progress->count);
	fflush(stdout);
	_exit(1);
}

static void
print_result(const char *word, const char *fmt, va_list ap)
{
	printf("%s %d - ", word, ++progress->count);
	vprintf(fmt, ap);
}

bool
ok(bool good, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_result(good ? "ok" : "not ok", fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	progress->failed += !good;
	return good;
}

void
skip(const char *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_result("ok", fmt, ap);
	va_end(ap);
	printf(" # SKIP %s\n", why);
}

void
note(const char *fmt, ...)
{
	char text[4096], *line, *rest;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		printf("# %s\n", line);
}

int
done(void)
{
	printf("1..%d\n", progress->count);
	progress->planned = fflush(stdout) == 0 && !ferror(stdout);
	return progress->failed > 0;
}

/* ---- sessions */

static void
keep(void *ctx, bool err, const char *text, size_t len)
{
	Session *s = ctx;

	if (s->len + len + 1 > s->cap) {
		s->cap = 2 * (s->len + len + 1);
		s->out = realloc(s->out, s->cap);
		if (!s->out)
			abort();
	}
	memcpy(s->out + s->len, text, len);
	s->len += len;
	s->out[s->len] = '\0';
	s->err |= err;
}

static void
clear(Session *s)
{
	s->len = 0;
	s->err = false;
	keep(s, false, "", 0);
}

Session *
session_open(void)
{
	Session *s = calloc(1, sizeof *s);

	if (!s)
		abort();
	clear(s);
	s->mdx = mdx_open((MdxOutput){s, keep});
	if (!s->mdx)
		abort();
	return s;
}

void
session_close(Session *s)
{
	mdx_close(s->mdx);
	free(s->out);
	free(s);
}

static char *
format(const char *fmt, va_list ap)
{
	va_list copy;
	char *text;
	int n;

	va_copy(copy, ap);
	n = vsnprintf(NULL, 0, fmt, copy);
	va_end(copy);
	text = malloc((size_t)n + 1);
	if (!text)
		abort();
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	return text;
}

MdxStatus
run(Session *s, const char *fmt, ...)
{
	va_list ap;
	char *text;
	MdxStatus st;

	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	clear(s);
	snprintf(progress->at, sizeof progress->at, "%s", text);
	st = mdx_run(s->mdx, NULL, text, strlen(text), 1, 0, NULL);
	free(text);
	return st;
}

int
eval(Session *s, double *x, int max, const char *fmt, ...)
{
	va_list ap;
	char *text, *p, *end;
	MdxStatus st;
	int n = 0;

	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	mdx_set(s->mdx, "digits", "17");
	st = run(s, "eval %s", text);
	free(text);
	if (st != MDX_OK)
		return -1;
	for (p = s->out; *p; p = end) {
		double v = strtod(p, &end);

		if (end == p) {
			end++;
			continue;
		}
		if (n < max)
			x[n] = v;
		n++;
	}
	return n;
}

bool
prefix(const char *s, const char *start)
{
	return strncmp(s, start, strlen(start)) == 0;
}

/* ---- scripts */

void
each_file(
	int argc, char **argv, const char *pattern, void (*test)(const char *path, const char *name))
{
	const char *src = getenv("SRC") ? getenv("SRC") : ".";
	char path[4096];
	glob_t g;

	for (int i = 1; i < argc; i++)
		test(argv[i], argv[i]);
	if (argc > 1)
		return;
	snprintf(path, sizeof path, "%s/%s", src, pattern);
	if (glob(path, 0, NULL, &g) != 0) {
		ok(false, "there are files %s", path);
		return;
	}
	for (size_t i = 0; i < g.gl_pathc; i++)
		test(g.gl_pathv[i], g.gl_pathv[i] + strlen(src) + 1);
	globfree(&g);
}

char *
read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	size_t n = 0, cap = 0, got;

	if (!f) {
		printf("Bail out! %s: %s\n", path, strerror(errno));
		exit(99);
	}
	do {
		if (n + 4096 > cap) {
			cap = 2 * cap + 8192;
			text = realloc(text, cap);
			if (!text)
				abort();
		}
		got = fread(text + n, 1, 4095, f);
		n += got;
	} while (got > 0);
	fclose(f);
	text[n] = '\0';
	if (len)
		*len = n;
	return text;
}

bool
script_open(Script *f, const char *path, const char *name)
{
	*f = (Script){.name = name, .line = 1};
	f->text = read_file(path, &f->len);
	return f->text != NULL;
}

void
script_close(Script *f)
{
	free(f->text);
}

static size_t
line_end(const Script *f, size_t pos)
{
	const char *nl = memchr(f->text + pos, '\n', f->len - pos);

	return nl ? (size_t)(nl - f->text) + 1 : f->len;
}

static int
count_lines(const char *s, size_t len)
{
	int n = 0;

	while (len-- > 0)
		n += *s++ == '\n';
	return n;
}

bool
script_next(Script *f, Session *s, Step *step)
{
	size_t begin = f->pos, from = begin, to = begin, used;
	MdxStatus worst = MDX_OK, st;

	if (f->pos >= f->len)
		return false;
	clear(s);
	snprintf(progress->at, sizeof progress->at, "%s:%d", f->name, f->line);
	do {
		to = line_end(f, to);
		used = 0;
		st = mdx_run(s->mdx, f->name, f->text + from, to - from,
			f->line + count_lines(f->text + begin, from - begin),
			MDX_KEEP_GOING | (to < f->len ? MDX_MORE : 0), &used);
		if (st == MDX_INCOMPLETE)
			from += used;
		else if (st > worst)
			worst = st;
	} while (st == MDX_INCOMPLETE && to < f->len);
	*step = (Step){f->text + begin, to - begin, f->line, worst};
	f->line += count_lines(step->text, step->len);
	f->pos = to;
	return true;
}

Kind
step_kind(const Step *step, bool *quiet)
{
	Arena *a = arena_new();
	Parser *p = parser_open(NULL, step->text, step->len, step->line);
	volatile Kind kind = KIND_NONE;
	volatile bool semicolon = false;
	Trap t;

	if (!a || !p)
		abort();
	if (TRY(&t, a)) {
		Stmt *st;

		while ((st = parser_next(p, a)) != NULL) {
			if (st->kind == ST_EMPTY)
				continue;
			if (kind != KIND_NONE)
				kind = KIND_OTHER;
			else
				kind = st->kind == ST_EXPR ? KIND_EXPR :
					st->kind == ST_CHECK ? KIND_CHECK : KIND_OTHER;
			semicolon = st->quiet;
		}
		trap_end(&t);
	} else {
		kind = KIND_OTHER;
	}
	parser_close(p);
	arena_free(a);
	if (quiet)
		*quiet = semicolon;
	return kind;
}

/* ---- random numbers: splitmix64 */

uint64_t
random_next(Random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

int
random_below(Random *r, int n)
{
	return (int)(random_next(r) % (uint64_t)n);
}

double
random_unit(Random *r)
{
	return ((double)(random_next(r) >> 11) + 0.5) / 9007199254740992.0;
}

long
env_long(const char *name, long otherwise)
{
	const char *s = getenv(name);

	return s && *s ? strtol(s, NULL, 10) : otherwise;
}
