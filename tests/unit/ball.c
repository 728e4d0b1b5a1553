/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Balls: values of functions against constants that are known to 60 digits (found with bc -l, those
   of erf from tables), differences that doubles cannot see, leaves that are orthogonal. */
#include "names.h"

static const char *const declared =
	"var A(n,n), B(n,n), K(n,n) posdef, Q(n,n) orthogonal, R(n,n) orthogonal symmetric, X(m,n)\n"
	"var D(n,n) diagonal, x(n), y(n), a, b, p positive\n"
	"fun f scalar\nfun phi elementwise\n";

static BallVerdict
compare(const char *text, uint64_t seed, int bits, double *by)
{
	Arena *a = arena_new();
	Graph *g;
	Node *side[2];
	BallVerdict v;
	BallDiff d;

	build_sides(a, text, &g, side);
	v = ball_compare(g, side[0], side[1], env_random(g, side, 2, seed << 4, 3), bits, &d);
	*by = d.by;
	arena_free(a);
	return v;
}

/* they are equal but for the digits that are not there */
static void
constants(void **state)
{
	static const char *const close[] = {
		"sin(1) == 0.8414709848078965066525023216302989996225630607983710656727517",
		"cos(1) == 0.5403023058681397174009366074429766037323104206179222276700973",
		"tan(1) == 1.5574077246549022305069748074583601730872507723815200383839466",
		"4*atan(1) == 3.1415926535897932384626433832795028841971693993751058209749445",
		"pi == 3.1415926535897932384626433832795028841971693993751058209749445",
		"log(2) == 0.6931471805599453094172321214581765680755001343602552541206800",
		"exp(1) == 2.7182818284590452353602874713526624977572470936999595749669676",
		"sqrt(2) == 1.4142135623730950488016887242096980785696718753769480731766797",
		"2^(1/2) == 1.4142135623730950488016887242096980785696718753769480731766797",
		"sinh(1) == 1.1752011936438014568823818505956008151557179813340958702295654",
		"sigmoid(1) == 0.7310585786300048792511592418218362743651446401650565192763659",
		"softplus(1) == 1.3132616875182228340489954949678556419152800856703483747190635",
		"erf(1) == 0.8427007929497148693412206350826092592960669979663029084599379",
		"logsumexp([0; 1]) == 1.3132616875182228340489954949678556419152800856703483747190635",
		"softmax([1; 0])[1] == 0.7310585786300048792511592418218362743651446401650565192763659",
		"exp(logdet([4 2; 2 2])/4) == 1.4142135623730950488016887242096980785696718753769480731766797",
		"expm([0 1; 0 1])[1,2] == 1.7182818284590452353602874713526624977572470936999595749669676",
		"cosh(a)^2 - sinh(a)^2 == 1.0000000000000000000000000000000000000000000000000000000000001",
	};

	(void)state;
	for (size_t i = 0; i < sizeof close / sizeof *close; i++) {
		double by;

		if (compare(close[i], 1, 100, &by) != BALL_EQUAL || compare(close[i], 1, 400, &by) !=
				BALL_DIFFER || by > 2e-61)
			fail_msg("%s: by %g", close[i], by);
	}
}

static void
verdicts(void **state)
{
	static const struct { const char *text; BallVerdict want; } c[] = {
		{"log(sigmoid(a + 40)) == -softplus(-a - 40)", BALL_EQUAL},
		{"tanh(a + 50) == 1", BALL_DIFFER},
		{"exp(-400 - a)*exp(400) == exp(-a)", BALL_EQUAL},
		{"exp(exp(a + 6))/exp(exp(a + 6)) == 1", BALL_EQUAL},
		{"Q'*Q == I", BALL_EQUAL},
		{"Q*x == x", BALL_DIFFER},
		{"R*R == I", BALL_EQUAL},
		{"R == R'", BALL_EQUAL},
		{"norm(Q*x) == norm(x)", BALL_EQUAL},
		{"inv(A*B) == inv(B)*inv(A)", BALL_EQUAL},
		{"det(A*B) == det(A)*det(B)", BALL_EQUAL},
		{"adj(A)*A == det(A)*I", BALL_EQUAL},
		{"A^3*inv(A)^2 == A", BALL_EQUAL},
		{"A^-2*A^3 == A", BALL_EQUAL},
		{"X*pinv(X)*X == X", BALL_EQUAL},
		{"expm(A)*expm(-A) == I", BALL_EQUAL},
		{"diff(expm(a*A), a) == A*expm(a*A)", BALL_EQUAL},
		{"dir(expm(A), A, B) == B*expm(A)", BALL_DIFFER},
		{"tr(dir(expm(A), A, B)) == tr(B*expm(A))", BALL_EQUAL},
		{"sum(softmax(X, 2), 2) == ones(m, 1)", BALL_EQUAL},
		{"softmax(X, 1)' == softmax(X', 2)", BALL_EQUAL},
		{"tril(A) + triu(A) == A + diag(diag(A))", BALL_EQUAL},
		{"max(x, y) + min(x, y) == x + y", BALL_EQUAL},
		{"abs(a) == a*sign(a)", BALL_EQUAL},
		{"relu(a) == a*step(a)", BALL_EQUAL},
		{"p^b == exp(b*log(p))", BALL_EQUAL},
		{"sqrt(a^2) == abs(a)", BALL_EQUAL},
		{"f(a + b) == f(b + a)", BALL_EQUAL},
		{"f(a + 1e-30) == f(a)", BALL_DIFFER},
		{"grad(sum(phi(x)), x) == jac(phi(x), x)'*ones(n, 1)", BALL_EQUAL},
		{"kron(A, B)*vec(B) == vec(B*B*A')", BALL_EQUAL},
		{"log(-abs(a)) == a", BALL_UNCLEAR},
		{"inv(x*x') == A", BALL_UNCLEAR},
		{"sigmoid(inv(x*x')) == sigmoid(A)", BALL_UNCLEAR},
		{"step(inv(x*x')) == step(A)", BALL_UNCLEAR},
		{"max(inv(x*x'), A) == A", BALL_UNCLEAR},
		{"sign(a - a + 0*log(2)) == 0", BALL_EQUAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		double by;

		for (uint64_t seed = 1; seed <= 3; seed++) {
			BallVerdict v = compare(c[i].text, seed, 90, &by);

			if (v != c[i].want)
				fail_msg("%s: verdict %d, by %g", c[i].text, (int)v, by);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constants),
		cmocka_unit_test(verdicts),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
