/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stochastic.c: the judge of the random identities knows what rounding decides, and only that. */
#include <math.h>

#include "random/value.h"      /* first: cmocka has a macro skip */

#include "arena.h"

/* the spread of text's value, and that value; NaN: there is none */
static double
spread(const char *text, Width width, double *value)
{
	Random r = {1};
	Point p = point_draw(a, &r, 2, 3, 1, NULL);
	Value v;

	*value = NAN;
	if (!value_of(a, &p, parse_expr(a, "test", text), width, &v))
		return NAN;
	*value = value_largest(&v);
	return value_spread(&v);
}

static void
exact_operations_move_nothing(void **state)
{
	static const struct { const char *text; double value; } exact[] = {
		{"S - S'", 0},
		{"K + K'", 0},
		{"0*exp(A)", 0},
		{"(1 + 2)*3/4 - 2.25", 0},
		{"det([2, 3; 4, 6])", 0},
		{"inv([2, 0; 0, 4])", 0.5},
		{"exp(0) + cos(0) + sqrt(9) + 2^5", 37},
		{"sign(sum(K - K'')) + step(0)", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof exact / sizeof *exact; i++) {
		for (Width width = WIDE; width <= NARROW; width++) {
			double value;

			assert_true(spread(exact[i].text, width, &value) == 0);
			assert_true(value == exact[i].value);
		}
	}
}

static void
rounding_shows(void **state)
{
	static const char *const wide[] = {
		"sign(x'*K*x)",                         /* 0 but for rounding */
		"sign(log(sigmoid(60)))",               /* sigmoid(60) is 1 but for rounding */
		"x'*K*x*exp(50)",
		"inv(A*inv(A) - eye(n))",
		"(1 + exp(-50) - 1)/exp(-50)",
		"log(det(x*x'))",
		"1/(exp(70)*(x'*K*x) + 1)",                /* small, and 1 but for rounding */
		"sigmoid(exp(70)*(x'*K*x))",
		"relu(exp(50)*(x'*K*x))",
		"exp(1e5)",
		"exp(-1e5)",
	}, *const narrow[] = {
		"acos(sigmoid(39))",
		"(1 + exp(-30) - 1)/exp(-30)",
		"log(exp(800))",
		"sin(exp(30))",
	};
	double value;

	(void)state;
	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
		assert_false(spread(wide[i], WIDE, &value) < 1e-2 * (1 + fabs(value)));
	for (size_t i = 0; i < sizeof narrow / sizeof *narrow; i++) {
		assert_true(spread(narrow[i], WIDE, &value) < 1e-2 * (1 + fabs(value)));
		assert_false(spread(narrow[i], NARROW, &value) < 1e-8 * (1 + fabs(value)));
	}
}

/* differences lose little in numbers so wide */
static void
derivatives_are_sharp(void **state)
{
	static const char *const zero[] = {
		"grad(x'*A*x, x) - A*x - A'*x",
		"grad(logdet(eye(n) + A*A'), A) - 2*inv(eye(n) + A*A')*A",
		"jac(exp(x), x) - diag(exp(x))",
		"dir(inv(2*eye(n) + A), A, B) + inv(2*eye(n) + A)*B*inv(2*eye(n) + A)",
		"grad(x'*S*x, S) - x*x'",
		"det(x*x')",
		"expm(A)*expm(-A) - eye(n)",
		"grad(sum(phi(x)), x) - phi'(x)",
		"dir(f(x, A), x, y) - y'*grad(f(x, A), x)",
	};
	double value;

	(void)state;
	for (size_t i = 0; i < sizeof zero / sizeof *zero; i++) {
		assert_true(spread(zero[i], WIDE, &value) < 1e-10);
		assert_true(value < 1e-8);
	}
}

/* a kink or a jump within the differences */
static void
no_derivative_beside_a_kink(void **state)
{
	double value;

	(void)state;
	assert_true(isnan(spread("dir(abs(x), x, 9000*x)", WIDE, &value)));
	/* nor where a root begins: the rule of the chain has none, 0/0 */
	assert_true(isnan(spread("dir(sqrt(0*x), x, y)", WIDE, &value)));
	assert_true(spread("sqrt(0*x)", WIDE, &value) == 0);
	assert_true(spread("dir(abs(x), x, y)", WIDE, &value) < 1e-10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(exact_operations_move_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(rounding_shows, setup, teardown),
		cmocka_unit_test_setup_teardown(derivatives_are_sharp, setup, teardown),
		cmocka_unit_test_setup_teardown(no_derivative_beside_a_kink, setup, teardown),
	};

	return cmocka_run_group_tests_name("stochastic", tests, NULL, NULL);
}
