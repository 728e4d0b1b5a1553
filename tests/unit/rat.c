/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rationals: the same answers on both sides of the border between longs and GMP, in one form. */
#include <limits.h>

#include "arena.h"

static Rat
q(const char *s)
{
	return rat_parse(a, s, strlen(s));
}

static void
is(Rat x, const char *want)
{
	assert_string_equal(rat_text(a, x), want);
}

static void
test_parse(void **state)
{
	(void)state;
	is(q("12"), "12");
	is(q("0.5"), "1/2");
	is(q(".25"), "1/4");
	is(q("2."), "2");
	is(q("1e-3"), "1/1000");
	is(q("1.5e10"), "15000000000");
	is(q("1.50E+1"), "15");
	is(q("0007"), "7");
	is(q("0.000"), "0");
	is(q("0e999999999999999999999"), "0");
	is(q("1.000000000000000000000000000000"), "1");
	is(q("9223372036854775807"), "9223372036854775807");
	is(q("9223372036854775808"), "9223372036854775808");
	is(q("0.12345678901234567890123"), "12345678901234567890123/100000000000000000000000");
	is(q("12345678901234567890e-1"), "1234567890123456789");
	assert_null(q("12345678901234567890e-1").big);
}

static bool
raises(const char *s)
{
	Trap t;
	if (TRY(&t, a)) {
		q(s);
		trap_end(&t);
		return false;
	}
	return strstr(t.diag.msg, "out of range") != NULL;
}

static void
test_limits(void **state)
{
	(void)state;
	assert_true(raises("1e400000"));
	assert_true(raises("1e-400000"));
	assert_true(raises("1e99999999999999999999999"));
	assert_false(raises("1e300000"));
	Trap t;
	volatile bool raised = false;
	if (TRY(&t, a)) {
		rat_pow(a, rat(3, 2), 10000000);
		trap_end(&t);
	} else {
		raised = true;
	}
	assert_true(raised);
	raised = false;
	if (TRY(&t, a)) {
		/* squared again and again: stopped long before memory is out */
		Rat x = rat(3, 1);
		for (int i = 0; i < 40; i++)
			x = rat_mul(a, x, x);
		trap_end(&t);
	} else {
		raised = true;
	}
	assert_true(raised);
	is(rat_pow(a, rat(-1, 1), LONG_MAX), "-1");
	is(rat_pow(a, RAT1, LONG_MIN), "1");
}

/* numbers small and large, with the edges of long */
static int
samples(Rat *x)
{
	static const char *const text[] = {
		"0", "1", "2", "3", "7", "12", "0.5", "0.75", "1.2", "1e-18", "3037000499",
		"3037000500", "4611686018427387904", "9223372036854775807",
		"9223372036854775808", "18446744073709551616",
		"1e40", "1e-40", "123456789.123456789", "12345678901234567890.5",
	};
	int n = 0;
	for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
		x[n++] = q(text[i]);
		x[n++] = rat_neg(a, q(text[i]));
	}
	return n;
}

static void
check_canonical(Rat x)
{
	if (!x.big) {
		assert_true(x.den > 0);
		assert_true(rat_eq(x, rat(x.num, x.den)));
	} else {
		/* what fits is never big */
		assert_true(strlen(rat_text(a, x)) >= 19);
	}
}

/* x is written so, and that is read as x again */
static void
written(const char *x, const char *want)
{
	for (int minus = 0; minus < 2; minus++) {
		Rat r = minus ? rat_neg(a, q(x)) : q(x);
		const char *s = rat_written(a, r), *bar = strchr(s, '/');
		assert_string_equal(s + minus, want);
		assert_int_equal(*s == '-', minus);
		s += minus;
		Rat back = q(bar ? arena_strndup(a, s, (size_t)(bar - s)) : s);
		if (bar)
			back = rat_mul(a, back, rat_inv(a, q(bar + 1)));
		assert_true(rat_eq(minus ? rat_neg(a, back) : back, r));
	}
}

static void
test_written(void **state)
{
	(void)state;
	written("7", "7");
	written("0.5", "1/2");
	written("0.75", "3/4");
	written("0.125", "1/8");
	written("0.008", "1/125");
	written("1.05", "21/20");
	written("312.5", "625/2");
	written("3.14", "3.14");                /* 157/50 is two characters more */
	written("0.998", "0.998");
	written("0.999", "0.999");
	written("0.001", "0.001");
	written("0.0001", "0.0001");
	written("0.00001", "1e-5");
	written("0.00025", "1/4000");           /* shorter */
	written("0.0009765625", "1/1024");
	written("3.14159", "3.14159");
	written("31.4159", "31.4159");
	written("6.283185307179586", "6.283185307179586");
	written("6.28318530717958647692528676655900577", "6.28318530717958647692528676655900577");
	written("0.0000123", "1.23e-5");
	written("1e-9", "1e-9");
	written("1e-30000", "1e-30000");
	written("100000", "100000");
	written("100000000000000", "100000000000000");
	written("1000000000000000", "1e15");
	written("1e20", "1e20");
	written("1.25e40", "1.25e40");
	written("12345678901000000000", "12345678901000000000");
	written("12345678901234567890.5", "12345678901234567890.5");
	assert_string_equal(rat_written(a, rat(1, 3000)), "1/3000");
	assert_string_equal(rat_written(a, rat_pow(a, rat(1, 2), 900000)),
		rat_text(a, rat_pow(a, rat(1, 2), 900000)));
	assert_string_equal(rat_written(a, rat_pow(a, rat(2, 3), 100)),
		rat_text(a, rat_pow(a, rat(2, 3), 100)));
}

static void
test_laws(void **state)
{
	(void)state;
	Rat x[64];
	int n = samples(x);
	for (int i = 0; i < n; i++) {
		for (int j = 0; j < n; j++) {
			Rat sum = rat_add(a, x[i], x[j]), product = rat_mul(a, x[i], x[j]);
			check_canonical(sum);
			check_canonical(product);
			assert_true(rat_eq(sum, rat_add(a, x[j], x[i])));
			assert_true(rat_eq(product, rat_mul(a, x[j], x[i])));
			assert_int_equal(rat_hash(product), rat_hash(rat_mul(a, x[j], x[i])));
			/* x + y - y and x * y / y come back in the same form */
			assert_true(rat_eq(rat_add(a, sum, rat_neg(a, x[j])), x[i]));
			if (rat_sign(x[j]) != 0)
				assert_true(rat_eq(rat_mul(a, product, rat_inv(a, x[j])), x[i]));
			assert_int_equal(rat_cmp(x[i], x[j]),
				rat_sign(rat_add(a, x[i], rat_neg(a, x[j]))));
			assert_int_equal(rat_eq(x[i], x[j]), rat_cmp(x[i], x[j]) == 0);
			for (int k = 0; k < n; k += 3) {
				Rat l = rat_mul(a, x[i], x[k]), r = rat_mul(a, x[j], x[k]);
				assert_true(rat_eq(rat_mul(a, sum, x[k]), rat_add(a, l, r)));
			}
		}
		Rat p = RAT1;
		for (int e = 0; e < 6; e++) {
			assert_true(rat_eq(rat_pow(a, x[i], e), p));
			if (rat_sign(x[i]) != 0)
				assert_true(rat_eq(rat_mul(a, rat_pow(a, x[i], -e), p), RAT1));
			Rat r;
			if (e > 0 && rat_sign(x[i]) >= 0) {
				assert_true(rat_root(a, p, e, &r));
				assert_true(rat_eq(r, x[i]));
			}
			p = rat_mul(a, p, x[i]);
		}
	}
}

static void
test_edges(void **state)
{
	(void)state;
	is(rat(4, -6), "-2/3");
	is(rat(0, -5), "0");
	is(rat_add(a, rat(LONG_MAX, 1), rat(1, 1)), "9223372036854775808");
	is(rat_add(a, rat(LONG_MIN, 1), rat(-1, 1)), "-9223372036854775809");
	is(rat_neg(a, rat(LONG_MIN, 1)), "9223372036854775808");
	is(rat_neg(a, rat_neg(a, rat(LONG_MIN, 1))), "-9223372036854775808");
	is(rat_inv(a, rat(LONG_MIN, 1)), "-1/9223372036854775808");
	is(rat_mul(a, rat(LONG_MIN, 3), rat(3, 1)), "-9223372036854775808");
	is(rat_mul(a, rat(LONG_MIN, 1), rat(-1, 1)), "9223372036854775808");
	is(rat_add(a, rat(1, LONG_MAX), rat(-1, LONG_MAX)), "0");
	Rat r;
	assert_false(rat_root(a, rat(2, 1), 2, &r));
	assert_false(rat_root(a, rat(1, 2), 2, &r));
	assert_false(rat_root(a, rat(-8, 1), 3, &r));
	assert_true(rat_root(a, rat(9, 4), 2, &r));
	is(r, "3/2");
	long n = 0;
	assert_true(rat_long(rat(-7, 1), &n));
	assert_int_equal(n, -7);
	assert_false(rat_long(rat(1, 2), &n));
	assert_false(rat_long(q("1e30"), &n));
	assert_true(rat_is_int(q("1e30")));
	assert_false(rat_is_int(q("1e-30")));
	assert_true(rat_is(rat(6, 3), 2));
}

/* the nearest double, as strtod finds it */
static void
test_double(void **state)
{
	(void)state;
	static const char *const text[] = {
		"0.1", "0.3", "2.385", "1e22", "1e23", "9007199254740993",
		"9007199254740992.9999999999",
		"123456789012345678901234567890", "1.7976931348623157e308", "1e-300", "1e400",
		"0.12345678901234567890123456789", "5e-324", "9223372036854775807", "1e-18",
	};
	for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
		double want = strtod(text[i], NULL);
		assert_true(rat_double(q(text[i])) == want);
		assert_true(rat_double(rat_neg(a, q(text[i]))) == -want);
	}
	assert_true(rat_double(RAT0) == 0);
	assert_true(rat_double(rat(1, 3)) == 1.0 / 3.0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_parse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
cmocka_unit_test_setup_teardown(test_written, setup, teardown),
		cmocka_unit_test_setup_teardown(test_laws, setup, teardown),
		cmocka_unit_test_setup_teardown(test_edges, setup, teardown),
		cmocka_unit_test_setup_teardown(test_double, setup, teardown),
	};
	return cmocka_run_group_tests_name("rat", tests, NULL, NULL);
}
