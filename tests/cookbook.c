/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cookbook.c: the library of cookbook identities: every entry is true as it stands there, and false
   as the book prints it where that is misprinted; the equation numbers in the function table are in
   the library; `cookbook` in its forms.
   usage: cookbook [NUMBER]...; with numbers only those entries. */
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "harness.h"

static void
test_form(Session *s, const BookEntry *b, const char *identity, const char *want)
{
	run(s, "clear");
	if (*b->names && run(s, "%s", b->names) != MDX_OK)
		note("%s", s->out);
	run(s, "check %s", identity);
	if (!ok(prefix(s->out, want), "(%s) %s %s: %s", b->number, b->place, want, identity))
		note("%s", s->out);
}

static void
test_entry(Session *s, const BookEntry *b)
{
	test_form(s, b, b->identity, "true");
	if (*b->printed)
		test_form(s, b, b->printed, "false");
}

/* "46-58, 18": every one of them must be there */
static bool
all_there(const char *list)
{
	bool good = true;
	char *end;

	for (const char *p = list; *p; p = end + strspn(end, ", ")) {
		long number = strtol(p, &end, 10), last = number;

		if (end == p)
			return false;
		if (*end == '-')
			last = strtol(end + 1, &end, 10);
		for (; number <= last; number++) {
			if (!book_find(number)) {
				note("%ld is not in the library", number);
				good = false;
			}
		}
	}
	return good;
}

static void
test_table(Session *s)
{
	int i;

	for (i = 0; i < F_COUNT; i++) {
		const Fun *f = &fun_table[i];

		if (!*f->cookbook)
			continue;
		ok(all_there(f->cookbook), "equations of %s: %s", f->name, f->cookbook);
		if (f->max == 0)
			continue;
		run(s, "help %s", f->name);
		ok(strstr(s->out, f->cookbook) != NULL, "help %s names them", f->name);
	}
}

static void
test_statement(Session *s)
{
	const BookEntry *b;
	int i;

	ok(run(s, "cookbook") == MDX_OK && strstr(s->out, "(57)") && strstr(s->out, "\n2.1 "),
		"cookbook lists");
	run(s, "var X(2,3)");
	ok(run(s, "cookbook 57") == MDX_OK && strstr(s->out, "true (proved)") && strstr(s->out,
		"grad(logdet(X), X)"),
		"cookbook 57 in spite of another X");
	ok(run(s, "vars") == MDX_OK && !strstr(s->out, "n x n"),
		"the session's own names are as before");
	ok(run(s, "cookbook 524") == MDX_OK && strstr(s->out, "\n  as printed: ") && strstr(s->out,
		"\n  false"),
		"a misprint is shown as printed");
	ok(run(s, "cookbook 360") == MDX_OK && strstr(s->out, "(358-364)"), "a number within a range");
	ok(run(s, "cookbook 9.1.1") == MDX_OK && strstr(s->out, "true"), "a place with one entry");
	ok(run(s, "cookbook \"any function of\"") == MDX_OK && strstr(s->out, "true"), "a title");
	ok(run(s, "cookbook 2.5") == MDX_OK && strstr(s->out, "(99)") && !strstr(s->out, "(57)"),
		"a section");
	ok(run(s, "cookbook determinant") == MDX_OK && strstr(s->out, "(49)"), "a word of the titles");
	ok(run(s, "cookbook 7") == MDX_ERROR && strstr(s->out, "6 and 11"),
		"an unknown number: the nearest");
	ok(run(s, "cookbook 1000") == MDX_ERROR && strstr(s->out, "nearest is 569"),
		"a number past the end");
	ok(run(s, "cookbook zebra") == MDX_ERROR, "an unknown word");
	for (i = 0; (b = book_at(i)) != NULL; i++) {
		if (!*b->number && !*b->place)
			ok(false, "entry %d has neither number nor place", i);
	}
	mdx_set(s->mdx, "style", "unicode");
	ok(run(s, "cookbook 57") == MDX_OK && strstr(s->out, "X⁻¹"), "in the style of the session");
}

int
main(int argc, char **argv)
{
	Session *s;
	const BookEntry *b;
	int i, j;

	begin();
	s = session_open();
	for (i = 0; (b = book_at(i)) != NULL; i++) {
		bool wanted = argc == 1;

		for (j = 1; j < argc; j++)
			wanted |= book_find(atol(argv[j])) == b;
		if (wanted)
			test_entry(s, b);
	}
	if (argc == 1) {
		test_table(s);
		test_statement(s);
	}
	session_close(s);
	return done();
}
