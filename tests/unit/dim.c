/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sizes: equal polynomials are one pointer, print as they are typed, and compare soundly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core.h"

static Arena *a;
static Dims *t;

static int
setup(void **state)
{
	(void)state;
	a = arena_new();
	t = a ? dims_new(a) : NULL;
	return a ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static Dim *
n(long k)
{
	return dim_num(t, k);
}

static Dim *
s(const char *name)
{
	return dim_sym(t, sym(name));
}

#define ADD(x, y) dim_add(t, (x), (y))
#define SUB(x, y) dim_sub(t, (x), (y))
#define MUL(x, y) dim_mul(t, (x), (y))

static void
test_interned(void **state)
{
	(void)state;
	Dim *m = s("m"), *p = s("p");
	assert_ptr_equal(ADD(m, p), ADD(p, m));
	assert_ptr_equal(MUL(m, p), MUL(p, m));
	assert_ptr_equal(SUB(m, m), n(0));
	assert_ptr_equal(MUL(m, n(0)), n(0));
	assert_ptr_equal(MUL(m, n(1)), m);
	assert_ptr_equal(dim_scale(t, m, 2), ADD(m, m));
	assert_ptr_equal(dim_scale(t, m, 0), n(0));
	/* (m + p)*(m - p) = m^2 - p^2 */
	assert_ptr_equal(MUL(ADD(m, p), SUB(m, p)), SUB(MUL(m, m), MUL(p, p)));
	/* the table grows and keeps what it has */
	for (int i = 0; i < 1000; i++)
		assert_ptr_equal(ADD(m, n(i)), ADD(n(i), m));
	assert_ptr_equal(ADD(m, n(3)), ADD(ADD(m, n(1)), n(2)));
}

static void
is(const Dim *d, const char *want)
{
	assert_string_equal(dim_text(a, d), want);
}

static void
test_text(void **state)
{
	(void)state;
	Dim *m = s("m"), *k = s("n");
	is(ADD(MUL(k, m), n(1)), "m*n + 1");
	is(MUL(k, k), "n^2");
	is(SUB(dim_scale(t, k, 2), n(1)), "2*n - 1");
	is(SUB(n(1), k), "-n + 1");
	is(n(0), "0");
	is(n(-3), "-3");
	is(n(7), "7");
	is(ADD(k, ADD(m, MUL(MUL(m, m), dim_scale(t, k, 3)))), "3*m^2*n + m + n");
	assert_string_equal(shape_text(a, n(1), n(1)), "scalar");
	assert_string_equal(shape_text(a, m, k), "m x n");
	assert_string_equal(shape_text(a, k, n(1)), "n x 1");
	assert_string_equal(shape_text(a, ADD(m, k), MUL(m, k)), "(m + n) x m*n");
}

static void
test_subst(void **state)
{
	(void)state;
	Dim *m = s("m"), *k = s("n"), *d = ADD(MUL(m, MUL(m, k)), SUB(k, n(2)));
	assert_ptr_equal(dim_subst(t, d, sym("q"), n(9)), d);
	is(dim_subst(t, d, sym("m"), n(3)), "10*n - 2");
	is(dim_subst(t, d, sym("m"), ADD(k, n(1))), "n^3 + 2*n^2 + 2*n - 2");
	is(dim_subst(t, dim_subst(t, d, sym("m"), n(1)), sym("n"), n(1)), "0");
	long v = -1;
	assert_true(dim_is_num(dim_subst(t, m, sym("m"), n(5)), &v));
	assert_int_equal(v, 5);
	assert_false(dim_is_num(m, NULL));
	assert_true(dim_is(n(0), 0));
}

static void
test_less(void **state)
{
	(void)state;
	Dim *m = s("m"), *k = s("n");
	assert_true(dim_less(t, n(2), n(3)));
	assert_false(dim_less(t, n(3), n(3)));
	assert_false(dim_less(t, n(4), n(3)));
	assert_true(dim_less(t, k, ADD(k, n(1))));
	assert_true(dim_less(t, k, ADD(k, m)));
	assert_true(dim_less(t, n(0), k));
	assert_false(dim_less(t, n(1), k));                     /* n may be 1 */
	assert_true(dim_less(t, n(1), ADD(k, m)));
	assert_true(dim_less(t, SUB(k, n(1)), MUL(k, m)));      /* (1+x)(1+y) - (1+x) + 1 > 0 */
	assert_false(dim_less(t, k, MUL(k, m)));
	assert_false(dim_less(t, m, k));
	assert_true(dim_less(t, k, ADD(MUL(k, k), n(1))));
	/* too large to expand is not known, not an error */
	Dim *big = k;
	for (int i = 0; i < 5; i++)
		big = MUL(big, big);
	assert_false(dim_less(t, dim_scale(t, big, -(1l << 60)), big));
}

static void
test_order(void **state)
{
	(void)state;
	Dim *d[] = {
		n(0), n(1), n(-2), s("m"), s("n"), ADD(s("m"), n(1)), MUL(s("m"), s("n")),
		MUL(s("n"), s("n")),
	};
	const int count = sizeof d / sizeof *d;
	for (int i = 0; i < count; i++) {
		for (int j = 0; j < count; j++) {
			int c = dim_cmp(d[i], d[j]);
			assert_int_equal(c == 0, i == j);
			assert_int_equal(c < 0, dim_cmp(d[j], d[i]) > 0);
			for (int k = 0; k < count; k++) {
				if (c < 0 && dim_cmp(d[j], d[k]) < 0)
					assert_true(dim_cmp(d[i], d[k]) < 0);
			}
		}
	}
}

static long
size_of(void *ctx, Sym name)
{
	return name == sym("m") ? *(long *)ctx : name == sym("n") ? 3 : -1;
}

static void
test_eval(void **state)
{
	(void)state;
	long m = 5;
	Sym missing = "?";
	Dim *d = ADD(MUL(s("m"), s("n")), n(1));
	assert_int_equal(dim_eval(a, d, size_of, &m, &missing), 16);
	assert_null(missing);
	assert_int_equal(dim_eval(a, MUL(d, s("q")), size_of, &m, &missing), -1);
	assert_string_equal(missing, "q");
	Trap trap;
	volatile bool raised = false;
	m = 1l << 40;
	if (TRY(&trap, a)) {
		dim_eval(a, MUL(s("m"), s("m")), size_of, &m, &missing);
		trap_end(&trap);
	} else {
		raised = true;
		assert_string_equal(trap.diag.msg, "the dimension m^2 is too large");
	}
	assert_true(raised);
}

static void
test_limits(void **state)
{
	(void)state;
	Trap trap;
	volatile int raised = 0;
	Dim *sum = n(1);
	for (int i = 0; i < 20; i++)
		sum = ADD(sum, s(arena_printf(a, "x%d", i)));
	if (TRY(&trap, a)) {
		for (int i = 0; i < 20; i++)
			sum = MUL(sum, sum);
		trap_end(&trap);
	} else {
		raised++;
	}
	if (TRY(&trap, a)) {
		dim_scale(t, n(1l << 62), 2);
		trap_end(&trap);
	} else {
		raised++;
	}
	assert_int_equal(raised, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_interned, setup, teardown),
		cmocka_unit_test_setup_teardown(test_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_subst, setup, teardown),
		cmocka_unit_test_setup_teardown(test_less, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_eval, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
	};
	return cmocka_run_group_tests_name("dim", tests, NULL, NULL);
}
