/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exact test: arithmetic modulo a prime, verdicts on identities that hold and that do not, the
   values that leaves get. */
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "field.h"

static Mdx *mdx;

static void
quiet(void *ctx, bool err, const char *text, size_t len)
{
	(void)ctx;
	if (err)
		print_error("%.*s", (int)len, text);
}

static int
setup(void **state)
{
	static const char text[] =
		"var K(n,n) posdef, S(n,n) symmetric, L(n,n) lower, Q(n,n) orthogonal, Z(n,n) skew\n"
		"var D(n,n) diagonal, V(n,n) invertible, U(n,n) upper, p(n) positive, b positive, c positive\n"
		"var R(n,n) orthogonal symmetric, A(n,n), B(n,n), X(m,n), x(n), y(n), a, g, t\n"
		"fun loss scalar\nfun phi elementwise\n";

	(void)state;
	mdx = mdx_open((MdxOutput){NULL, quiet});
	assert_int_equal(mdx_run(mdx, "test", text, strlen(text), 1, 0, NULL), MDX_OK);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	mdx_close(mdx);
	return 0;
}

/* both sides as they are, or in canonical form */
static FieldResult
field(const char *text, bool canonical)
{
	Arena *a = arena_new();
	Dims *dims = dims_new(a);
	Graph *g = graph_new(a, dims);
	const char *eq = strstr(text, "==");
	Tree *t = tree(a, TREE_EQ, (Loc){0}, 2, parse_expr(a, "test", arena_strndup(a, text, (size_t)(eq - text))),
		parse_expr(a, "test", eq + 2));
	Term **side;
	Node *x, *y;
	FieldResult r;
	int n;

	side = elab_sides(elab_new(mdx, a, dims), t, &n);
	x = build(g, side[0]);
	y = build(g, side[1]);
	if (canonical) {
		x = canon(g, x);
		y = canon(g, y);
	}
	r = field_equal(g, x, y, 4, 4, 7);
	if (r.verdict == FIELD_UNABLE)
		print_message("%s: %s\n", text, r.why);
	arena_free(a);
	return r;
}

static void
print_rows(void **state)
{
	const char *row[] = {"tr(A*B) == tr(B*A)", "A*B == B*A", "inv(A*B) == inv(B)*inv(A)", "det(A*B) == det(A)*det(B)",
		"inv(X'*X)*X'*X == I", "inv(x*x')*x == x", "det(Q)^2 == 1", "det(Q) == 1", "sqrt(a^2) == a", "sqrt(b^2) == b",
		"sqrt(b*c) == sqrt(b)*sqrt(c)", "norm(x)^2 == x'*x", "sqrt(a^2 + 2*a*g + g^2) == a + g", "exp(a + g) == exp(a)*exp(g)",
		"sigmoid(a) == 1 - sigmoid(-a)", "tanh(x) == 2*sigmoid(2*x) - 1", "sin(2*a) == 2*sin(a)*cos(a)",
		"sin(a + g) == sin(a)*cos(g) + cos(a)*sin(g)", "relu(x) == max(x, 0)", "log(b*c) == log(b) + log(c)",
		"pinv(X)*X*pinv(X) == pinv(X)", "pinv(x*x') == x*x'/(x'*x)^2", "expm(t*A)*A == A*expm(t*A)", "expm(A)' == expm(A')",
		"hess(loss(x), x) == hess(loss(x), x)'", "phi(x)'*y == y'*phi(x)", "loss(x) == loss(y)", "a^n*det(A) == det(a*A)",
		"b^t*b^a == b^(t + a)", "softmax(x)'*ones(n,1) == 1", "adj(A)*A == det(A)*I", "logdet(A*B) == logdet(A) + logdet(B)",
		"grad(logdet(X'*X), X) == 2*X*inv(X'*X)", "K == K'", "tr(Z) == 0", "x'*Z*x == 0", "R*R == I", "Q'*Q == I", "L*U == U*L",
		"cosh(x).^2 - sinh(x).^2 == ones(n,1)", "A == A'", "b^(1/3)*b^(2/3) == b", "pi*a == a*pi",
		"abs(a*g) == abs(a)*abs(g)", "abs(a + g) == abs(a) + abs(g)","asin(x) + acos(x) == pi/2*ones(n,1)", "exp(logdet(K)) == det(K)"};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		for (int c = 0; c < 2; c++) {
			FieldResult r = field(row[i], c);
			print_message("%-45s %s rational %d draws %d chance %g\n", row[i], r.verdict == FIELD_EQUAL ? "equal" : r.verdict == FIELD_DIFFERENT ? "DIFFERENT" : "unable", r.rational, r.draws, r.log10_chance);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(print_rows),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
