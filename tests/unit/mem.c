/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arenas: what is handed out is zeroed, aligned and kept; marks, resets, deferred calls. */
#include "arena.h"

static void
test_alloc(void **state)
{
	(void)state;
	/* sizes around block ends, many blocks, each filled to catch overlaps */
	unsigned char *p[2000];
	size_t size[2000];
	for (size_t i = 0; i < 2000; i++) {
		size[i] = i * 37 % 4099;
		p[i] = arena_alloc(a, size[i]);
		assert_non_null(p[i]);
		assert_int_equal((uintptr_t)p[i] % 16, 0);
		for (size_t k = 0; k < size[i]; k++)
			assert_int_equal(p[i][k], 0);
		memset(p[i], (int)(i % 255) + 1, size[i]);
	}
	for (size_t i = 0; i < 2000; i++) {
		for (size_t k = 0; k < size[i]; k++)
			assert_int_equal(p[i][k], i % 255 + 1);
	}
	assert_true(arena_used(a) >= 2000 * 2000);
}

static void
test_reset_and_release(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		unsigned char *p = arena_alloc(a, 5000);
		memset(p, 255, 5000);
		ArenaMark m = arena_mark(a);
		size_t used = arena_used(a);
		for (int i = 0; i < 1000; i++)
			memset(arena_alloc(a, 3000), 255, 3000);
		arena_release(a, m);
		assert_int_equal(arena_used(a), used);
		unsigned char *q = arena_alloc(a, 5000);        /* zeroed though used before */
		for (int i = 0; i < 5000; i++)
			assert_int_equal(q[i], 0);
		assert_int_equal(p[4999], 255);
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	ArenaMark empty = arena_mark(a);
	arena_alloc(a, 10);
	arena_release(a, empty);
	assert_int_equal(arena_used(a), 0);
}

static char order[16];

static void
note(void *c)
{
	size_t n = strlen(order);
	order[n] = *(char *)c;
	order[n + 1] = '\0';
}

static void
test_defer(void **state)
{
	(void)state;
	arena_defer(a, note, "a");
	arena_defer(a, note, "b");
	arena_defer(a, note, "c");
	arena_reset(a);
	assert_string_equal(order, "cba");
	arena_defer(a, note, "d");
	arena_reset(a);
	arena_reset(a);
	assert_string_equal(order, "cbad");
	arena_defer(a, note, "e");
	ArenaMark m = arena_mark(a);
	arena_defer(a, note, "f");
	arena_defer(a, note, "g");
	arena_release(a, m);
	assert_string_equal(order, "cbadgf");
	arena_reset(a);
	assert_string_equal(order, "cbadgfe");
}

static void
test_grow(void **state)
{
	(void)state;
	struct { int *item, n, cap; } v = {0};
	for (int i = 0; i < 10000; i++)
		PUSH(a, v.item, v.n, v.cap, i);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(v.item[i], i);
	/* where nothing was allocated behind it, and where something was; what is new is zeroed */
	typedef struct { char c[3]; } Three;
	struct { Three *item; int n, cap; } w = {0};
	for (int i = 0; i < 1000; i++) {
		if (i % 100 == 99)
			memset(arena_alloc(a, 40), 255, 40);
		PUSH(a, w.item, w.n, w.cap, ((Three){{1, 2, 3}}));
		for (int k = w.n; k < w.cap; k++)
			assert_int_equal(w.item[k].c[0] | w.item[k].c[1] | w.item[k].c[2], 0);
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(w.item[i].c[2], 3);
}

static void
test_text(void **state)
{
	(void)state;
	Text t = text_new(a);
	assert_string_equal(t.s, "");
	for (int i = 0; i < 1000; i++)
		text_addf(&t, "%d,", i % 10);
	text_add(&t, "end");
	text_addn(&t, "xyz", 2);
	text_addn(&t, "", 0);
	assert_int_equal(t.n, 2005);
	assert_int_equal(strlen(t.s), t.n);
	assert_string_equal(t.s + 1998, "9,endxy");
	char *big = arena_printf(a, "%5000d|", 7);
	assert_int_equal(strlen(big), 5001);
	assert_string_equal(arena_strndup(a, "hello", 2), "he");
}

static void
test_sym(void **state)
{
	(void)state;
	assert_ptr_equal(sym("alpha"), symn("alphabet", 5));
	assert_ptr_not_equal(sym("alpha"), sym("alphabet"));
	assert_ptr_equal(sym(""), symn("x", 0));
	/* growing the table moves no name */
	Sym first = sym("n0");
	for (int i = 0; i < 20000; i++)
		sym(arena_printf(a, "n%d", i));
	assert_ptr_equal(first, sym("n0"));
	assert_string_equal(sym("n19999"), "n19999");
}

static void
test_out_of_memory(void **state)
{
	(void)state;
	Trap t;
	volatile bool raised = false;
	if (TRY(&t, a)) {
		arena_alloc(a, SIZE_MAX / 2);
		trap_end(&t);
	} else {
		raised = true;
		assert_string_equal(t.diag.msg, "out of memory");
	}
	assert_true(raised);
	assert_non_null(arena_alloc(a, 100));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_alloc, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reset_and_release, setup, teardown),
		cmocka_unit_test_setup_teardown(test_defer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_grow, setup, teardown),
		cmocka_unit_test_setup_teardown(test_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sym, setup, teardown),
		cmocka_unit_test_setup_teardown(test_out_of_memory, setup, teardown),
	};
	return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
