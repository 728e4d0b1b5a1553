/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reasons.c: what a false identity of the corpus is said to be wrong with is what its `#!` comment
   says: factor C, transpose, symmetric K (orthogonal K ...), edit NEW for OLD, missing TERM, extra
   TERM, shape, step N: any of these with ` | ' between equally good ones and a remark behind ` --
   '. Comments of other kinds (none, nearly, ...) ask for nothing but a reason that is not empty; of
   a term only is asked that it is one, since it may be written in many ways. usage: reasons
   [FILE]...; without files all of tests/corpus. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"

/* what is said, without blanks */
static char *
packed(const char *s, size_t n)
{
	char *p = malloc(n + 1), *q = p;
	if (!p)
		abort();
	for (size_t i = 0; i < n && s[i]; i++)
		if (s[i] != ' ' && s[i] != '\n')
			*q++ = s[i];
	*q = '\0';
	return p;
}

/* Does what was said contain before + middle + after? middle: n characters of the comment; blanks
   count for nothing. */
static bool
says(const char *said, const char *before, const char *middle, size_t n, const char *after)
{
	char whole[1000];
	int len = snprintf(whole, sizeof whole, "%s%.*s%s", before, (int)n, middle, after);
	char *want = packed(whole, (size_t)len), *got = packed(said, strlen(said));
	bool yes = strstr(got, want) != NULL;
	free(want);
	free(got);
	return yes;
}

static bool fits(const char *why, size_t n, const char *said);

/* edit NEW for OLD: at one place, or at every one */
static bool
fits_edit(const char *edit, size_t n, const char *said)
{
	const char *mid = NULL;
	for (const char *p = edit; p + 5 <= edit + n; p++)
		if (memcmp(p, " for ", 5) == 0)
			mid = p;
	if (!mid)
		return true;
	char every[1000];
	snprintf(every, sizeof every, "%.*s for every %.*s", (int)(mid - edit), edit,
		(int)(edit + n - mid - 5), mid + 5);
	return says(said, "with ", edit, n, "") || says(said, "with ", every, strlen(every), "");
}

/* one alternative of a comment */
static bool
fits(const char *why, size_t n, const char *said)
{
	static const struct {
		const char *word, *before, *after;
		bool argument;
	} kinds[] = {
		{"factor ", "side is ", " times the ", true},
		{"transpose", "is the transpose of ", "", false},
		{"missing ", " lacks the term", "", false},
		{"extra ", " too many", "", false},
		{"shape", "the shapes differ", "", false},
		{"symmetric ", "if ", " were symmetric", true},
		{"orthogonal ", "if ", " were orthogonal", true},
		{"diagonal ", "if ", " were diagonal", true},
		{"positive ", "if ", " were positive", true},
		{"skew ", "if ", " were skew-symmetric", true},
	};
	if (n > 5 && strncmp(why, "edit ", 5) == 0)
		return fits_edit(why + 5, n - 5, said);
	if (n > 5 && strncmp(why, "step ", 5) == 0) {
		const char *colon = memchr(why, ':', n);
		if (!colon || !says(said, "false at ", why, (size_t)(colon - why), ":"))
			return false;
		return fits(colon + 2, n - (size_t)(colon + 2 - why), said);
	}
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t len = strlen(kinds[i].word);
		if (n >= len && strncmp(why, kinds[i].word, len) == 0)
			return says(said, kinds[i].before, why + len, kinds[i].argument ? n - len : 0,
				kinds[i].after);
	}
	return says(said, "false", ":", 1, "") || says(said, "false at step", "", 0, "");
}

/* any alternative */
static bool
fits_any(const char *comment, const char *said)
{
	size_t n = strcspn(comment, "\n");
	const char *remark = strstr(comment, " -- "), *end = comment + n;
	if (remark && remark < end)
		end = remark;
	for (const char *p = comment; p < end;) {
		const char *bar = strstr(p, " | "), *stop = bar && bar < end ? bar : end;
		while (stop > p && stop[-1] == ' ')
			stop--;
		if (fits(p, (size_t)(stop - p), said))
			return true;
		p = bar && bar < end ? bar + 3 : end;
	}
	return false;
}

static void
test_file(const char *path, const char *name)
{
	Session *s = session_open();
	Script f;
	Step step;
	script_open(&f, path, name);
	while (script_next(&f, s, &step)) {
		char *text = strndup(step.text, step.len);
		const char *comment = text ? strstr(text, "#! ") : NULL;
		if (comment && step_kind(&step, NULL) == KIND_CHECK &&
			!ok(fits_any(comment + 3, s->out), "%s:%d %.60s", name, step.line, comment))
			note("%s%s", text, s->out);
		free(text);
	}
	script_close(&f);
	session_close(s);
}

int
main(int argc, char **argv)
{
	begin();
	each_file(argc, argv, "tests/corpus/*.mdx", test_file);
	return done();
}
