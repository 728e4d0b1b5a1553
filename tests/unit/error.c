/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raising and catching; diagnostics word for word, the caret where a terminal shows the place. */
#include "arena.h"

static Source
source(const char *name, const char *text)
{
	return (Source){.name = name, .text = text, .len = strlen(text), .line = 1};
}

/* the diagnostic "m" at bytes beg to end of a text */
static char *
shown_at(const char *name, const char *text, int beg, int end)
{
	Source s = source(name, text);
	Diag d = {.loc = {&s, beg, end}, .msg = "m"};
	return diag_format(a, &d, false);
}

static void
test_traps_nest(void **state)
{
	(void)state;
	Trap outer, inner;
	volatile int steps = 0;
	if (TRY(&outer, a)) {
		if (TRY(&inner, a)) {
			raise_at(a, (Loc){0}, "first %d", 1);
		} else {
			steps++;
			assert_string_equal(inner.diag.msg, "first 1");
			assert_ptr_equal(*arena_trap(a), &outer);
		}
		if (TRY(&inner, a)) {
			steps++;
			trap_end(&inner);
		}
		char hint[] = "try this";
		raise_hint(a, (Loc){0}, hint, "second");
	} else {
		steps++;
		assert_string_equal(outer.diag.msg, "second");
		assert_string_equal(outer.diag.hint, "try this");
		assert_null(*arena_trap(a));
	}
	assert_int_equal(steps, 3);
}

static void
test_interrupt(void **state)
{
	(void)state;
	Trap t;
	volatile bool raised = false;
	mdx_interrupt();
	arena_alloc(a, 1);              /* nobody catches: it waits */
	if (TRY(&t, a)) {
		arena_alloc(a, 1);
		trap_end(&t);
	} else {
		raised = true;
		assert_true(t.diag.interrupted);
	}
	assert_true(raised);
	arena_alloc(a, 1);
	poll_interrupt(a);
	assert_int_equal(interrupt_asked, 0);
}

static void
test_bug(void **state)
{
	(void)state;
	Trap t;
	if (TRY(&t, a)) {
		bug_at(a, "../src/x.c", 12, "lost %s", "it");
	} else {
		const char *s = diag_format(a, &t.diag, false);
		const char *want = "internal error (x.c:12): lost it\nhint: ";
		assert_int_equal(strncmp(s, want, strlen(want)), 0);
		assert_non_null(strstr(s, "report"));
	}
}

static void
test_places(void **state)
{
	(void)state;
	assert_string_equal(shown_at("f.mdx", "a\nb + cc*d\n", 6, 8),
		"f.mdx:2:5: error: m\n    b + cc*d\n        ^~\n");
	/* at the prompt */
	assert_string_equal(shown_at(NULL, "a + b", 4, 5), "error: m\n    a + b\n        ^\n");
	/* an empty place, the end of the text, places beyond it */
	assert_string_equal(shown_at("f", "ab", 1, 1), "f:1:2: error: m\n    ab\n     ^\n");
	assert_string_equal(shown_at("f", "ab\n", 3, 3), "f:1:3: error: m\n    ab\n      ^\n");
	assert_string_equal(shown_at("f", "ab\n", 90, 99), "f:1:3: error: m\n    ab\n      ^\n");
	assert_string_equal(shown_at("f", "", 0, 0), "f:1:1: error: m\n    \n    ^\n");
	/* a place of several lines ends with its first */
	assert_string_equal(shown_at("f", "ab(\n1)\n", 2, 6),
		"f:1:3: error: m\n    ab(\n      ^\n");
	assert_string_equal(shown_at("f", "ab\r\ncd\r\n", 4, 6),
		"f:2:1: error: m\n    cd\n    ^~\n");
	/* no place at all */
	Diag d = {.kind = DIAG_WARNING, .msg = "m"};
	assert_string_equal(diag_format(a, &d, false), "warning: m\n");
}

static void
test_columns(void **state)
{
	(void)state;
	/* two-byte letter, wide character, combining mark, tab */
	assert_string_equal(shown_at("f", "\xce\xb1+x", 3, 4),
		"f:1:3: error: m\n    \xce\xb1+x\n      ^\n");
	assert_string_equal(shown_at("f", "\xe6\xbc\xa2+x", 4, 5),
		"f:1:4: error: m\n    \xe6\xbc\xa2+x\n       ^\n");
	assert_string_equal(shown_at("f", "e\xcc\x81+x", 4, 5),
		"f:1:3: error: m\n    e\xcc\x81+x\n      ^\n");
	assert_string_equal(shown_at("f", "a\tx", 2, 3),
		"f:1:9: error: m\n    a       x\n            ^\n");
	/* what a terminal must not get: controls, invalid bytes, bidirectional overrides */
	assert_string_equal(shown_at("f", "\x1b[x", 2, 3),
		"f:1:3: error: m\n    \xe2\x90\x9b[x\n      ^\n");
	assert_string_equal(shown_at("f", "\xff\xc3(x", 3, 4),
		"f:1:4: error: m\n    \xef\xbf\xbd\xef\xbf\xbd(x\n       ^\n");
	assert_string_equal(shown_at("f", "\xe2\x80\xaex", 3, 4),
		"f:1:2: error: m\n    \xef\xbf\xbdx\n     ^\n");
	Source nul = {.name = "f", .text = "a\0b", .len = 3, .line = 7};
	Diag d = {.loc = {&nul, 2, 3}, .msg = "m"};
	assert_string_equal(diag_format(a, &d, false),
		"f:7:3: error: m\n    a\xe2\x90\x80" "b\n      ^\n");
}

/* The caret of a long line stands under the same character, and little of the line is shown. */
static void
test_long_lines(void **state)
{
	(void)state;
	const int len = 100000;
	char *text = arena_alloc(a, (size_t)len + 1);
	static const int at[] = {0, 1, 79, 80, 81, 150, 199, 200, 201, 5000, 99900, 99998, 99999};
	for (size_t k = 0; k < sizeof at / sizeof *at; k++) {
		memset(text, '.', (size_t)len);
		text[at[k]] = 'x';
		char *s = shown_at("f", text, at[k], at[k] + 1);
		char *line = strchr(s, '\n') + 1, *caret = strchr(line, '\n') + 1;
		assert_true(caret - line < 220);
		assert_int_equal(line[strchr(caret, '^') - caret], 'x');
		assert_int_equal(atoi(s + 4), at[k] + 1);
	}
	/* a span longer than the window is clipped */
	char *s = shown_at("f", text, 10, len);
	char *caret = strrchr(s, '^');
	assert_true(strlen(caret) < 220);
	/* 200 columns are shown whole */
	text[200] = '\0';
	assert_null(strstr(shown_at("f", text, 150, 151), "... "));
	assert_int_equal(strcspn(strchr(shown_at("f", text, 150, 151), '\n') + 1, "\n"), 204);
}

static void
test_two_places(void **state)
{
	(void)state;
	Source s = source("f", "W*W\nvar W(m,n)\n");
	Diag d = {
		.loc = {&s, 0, 3}, .msg = "sizes differ", .loc2 = {&s, 8, 14}, .msg2 = "W is m x n",
		.hint = "W'*W",
	};
	assert_string_equal(diag_format(a, &d, false),
		"f:1:1: error: sizes differ\n    W*W\n    ^~~\n"
		"f:2:5: note: W is m x n\n    var W(m,n)\n        ^~~~~~\n"
		"hint: W'*W\n");
	const char *c = diag_format(a, &d, true);
	assert_non_null(strstr(c, "\033[1;31merror:\033[0m sizes differ\n"));
	assert_non_null(strstr(c, "\033[1;31m^~~\033[0m\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_traps_nest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_interrupt, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bug, setup, teardown),
		cmocka_unit_test_setup_teardown(test_places, setup, teardown),
		cmocka_unit_test_setup_teardown(test_columns, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_places, setup, teardown),
	};
	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
