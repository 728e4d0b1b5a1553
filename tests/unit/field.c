/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exact test: arithmetic modulo a prime, verdicts on identities that hold and that do not, the
   values that leaves get. */
#include "field.h"
#include "names.h"

static const char *const declared =
	"var K(n,n) posdef, S(n,n) symmetric, L(n,n) lower, Q(n,n) orthogonal, Z(n,n) skew\n"
	"var D(n,n) diagonal, V(n,n) invertible, U(n,n) upper, p(n) positive, b positive, c "
	"positive\n"
	"var R(n,n) orthogonal symmetric, A(n,n), B(n,n), X(m,n), x(n), y(n), a, g, t\n"
	"var H(q,r), J1(r,s), M(s,u), h(u)\n"
	"fun loss scalar\nfun phi elementwise\n";

/* both sides as they are, or in canonical form */
static FieldResult
field(const char *text, bool canonical)
{
	Arena *a = arena_new();
	Graph *g;
	Node *side[2];
	FieldResult r;

	build_sides(a, text, &g, side);
	for (int i = 0; i < 2 && canonical; i++)
		side[i] = canon(g, side[i]);
	r = field_equal(g, side[0], side[1], 4, 4, 7);
	arena_free(a);
	return r;
}

/* what the test says of both sides as they are, and of their canonical forms */
typedef struct Row {
	const char *text;
	FieldVerdict raw, canonical;
	bool rational; /* of the raw sides */
} Row;

static const Row rows[] = {
	{"tr(A*B) == tr(B*A)", FIELD_EQUAL, FIELD_EQUAL, true},
	{"A*B == B*A", FIELD_DIFFERENT, FIELD_DIFFERENT, true},
	{"A == A'", FIELD_DIFFERENT, FIELD_DIFFERENT, true},
	{"inv(A*B) == inv(B)*inv(A)", FIELD_EQUAL, FIELD_EQUAL, true},
	{"inv(A + B) == inv(A) + inv(B)", FIELD_DIFFERENT, FIELD_DIFFERENT, true},
	{"det(A*B) == det(A)*det(B)", FIELD_EQUAL, FIELD_EQUAL, true},
	{"det(a*A) == a^n*det(A)", FIELD_EQUAL, FIELD_EQUAL, true},
	{"adj(A)*A == det(A)*I", FIELD_EQUAL, FIELD_EQUAL, true},
	{"A^3*inv(A)^2 == A", FIELD_EQUAL, FIELD_EQUAL, true},
	{"grad(logdet(X'*X), X) == 2*X*inv(X'*X)", FIELD_EQUAL, FIELD_EQUAL, true},
	{"inv(X'*X)*X'*X == I", FIELD_EQUAL, FIELD_EQUAL, true},
	{"exp(-50)*a + b == b", FIELD_DIFFERENT, FIELD_DIFFERENT, true},
	{"exp(2)*exp(3) == exp(5)", FIELD_EQUAL, FIELD_EQUAL, true},
	{"sin(1)^2 + cos(1)^2 == 1", FIELD_EQUAL, FIELD_EQUAL, true},
	{"exp(1) == pi", FIELD_DIFFERENT, FIELD_DIFFERENT, false},
	{"exp(a) == 1 + a", FIELD_DIFFERENT, FIELD_DIFFERENT, false},
	{"inv(x*x')*x == x", FIELD_UNABLE, FIELD_UNABLE, true},
	{"pinv(X)*X*pinv(X) == pinv(X)", FIELD_EQUAL, FIELD_EQUAL, true},
	{"pinv(x*x') == x*x'/(x'*x)^2", FIELD_EQUAL, FIELD_EQUAL, true},
	{"tril(A) + triu(A) == A + A.*I", FIELD_EQUAL, FIELD_EQUAL, true},
	{"vec(A*B) == kron(eye(n), A)*vec(B)", FIELD_EQUAL, FIELD_EQUAL, true},
	{"x[2]*y[3] == (x*y')[2,3]", FIELD_EQUAL, FIELD_EQUAL, true},
	{"1/3*x + 1/6*x == 1/2*x", FIELD_EQUAL, FIELD_EQUAL, true},
	{"123456789012345678901234567890*a == 123456789012345678901234567891*a", FIELD_DIFFERENT,
		FIELD_DIFFERENT, true},
	/* properties */
	{"K == K'", FIELD_EQUAL, FIELD_EQUAL, true},
	{"S*A == A*S", FIELD_DIFFERENT, FIELD_DIFFERENT, true},
	{"x'*Z*x == 0", FIELD_EQUAL, FIELD_EQUAL, true},
	{"L*U == U*L", FIELD_DIFFERENT, FIELD_DIFFERENT, true},
	{"det(L) == det(L.*I)", FIELD_EQUAL, FIELD_EQUAL, true},
	{"inv(L) == tril(inv(L))", FIELD_EQUAL, FIELD_EQUAL, true},
	{"R*R == I", FIELD_EQUAL, FIELD_EQUAL, true},
	{"inv(Q) == Q'", FIELD_EQUAL, FIELD_EQUAL, true},
	{"det(Q)^2 == 1", FIELD_EQUAL, FIELD_EQUAL, true},
	{"det(Q) == 1", FIELD_DIFFERENT, FIELD_DIFFERENT, true},
	{"D*S == S*D", FIELD_DIFFERENT, FIELD_DIFFERENT, true},
	/* roots */
	{"sqrt(b^2) == b", FIELD_EQUAL, FIELD_EQUAL, true},
	{"sqrt(b*c) == sqrt(b)*sqrt(c)", FIELD_EQUAL, FIELD_EQUAL, true},
	{"sqrt(b + c) == sqrt(b) + sqrt(c)", FIELD_DIFFERENT, FIELD_DIFFERENT, false},
	{"b^(1/3)*b^(2/3) == b", FIELD_EQUAL, FIELD_EQUAL, true},
	{"sqrt(6*b) == sqrt(2)*sqrt(3*b)", FIELD_EQUAL, FIELD_EQUAL, true},
	{"norm(x)^2 == x'*x", FIELD_EQUAL, FIELD_EQUAL, true},
	{"sqrt(a^2) == a", FIELD_DIFFERENT, FIELD_DIFFERENT, false},
	{"sqrt(a^2 + 2*a*g + g^2) == a + g", FIELD_DIFFERENT, FIELD_DIFFERENT, false},
	/* exponentials, logarithms, angles */
	{"exp(a + g) == exp(a)*exp(g)", FIELD_EQUAL, FIELD_EQUAL, false},
	{"exp(a/3)^3 == exp(a)", FIELD_EQUAL, FIELD_EQUAL, false},
	{"exp(a*g) == exp(a)*exp(g)", FIELD_DIFFERENT, FIELD_DIFFERENT, false},
	{"b^t*b^a == b^(t + a)", FIELD_EQUAL, FIELD_EQUAL, false},
	{"log(b*c) == log(b) + log(c)", FIELD_EQUAL, FIELD_EQUAL, false},
	{"log(b + c) == log(b) + log(c)", FIELD_DIFFERENT, FIELD_DIFFERENT, false},
	{"log(12*b) == 2*log(2) + log(3) + log(b)", FIELD_EQUAL, FIELD_EQUAL, false},
	{"exp(2*log(b)) == b^2", FIELD_EQUAL, FIELD_EQUAL, false},
	{"logdet(A*B) == logdet(A) + logdet(B)", FIELD_EQUAL, FIELD_EQUAL, false},
	{"sin(2*a) == 2*sin(a)*cos(a)", FIELD_EQUAL, FIELD_EQUAL, false},
	{"sin(a + g) == sin(a)*cos(g) + cos(a)*sin(g)", FIELD_EQUAL, FIELD_EQUAL, false},
	{"sin(-a) == sin(a)", FIELD_DIFFERENT, FIELD_DIFFERENT, false},
	{"tanh(x) == 2*sigmoid(2*x) - 1", FIELD_EQUAL, FIELD_EQUAL, false},
	{"softmax(x)'*ones(n,1) == 1", FIELD_EQUAL, FIELD_EQUAL, false},
	{"asin(x) + acos(x) == pi/2*ones(n,1)", FIELD_EQUAL, FIELD_EQUAL, false},
	/* signs: relu(0) is 0 */
	{"relu(x) == max(x, 0)", FIELD_EQUAL, FIELD_EQUAL, false},
	{"abs(a*g) == abs(a)*abs(g)", FIELD_EQUAL, FIELD_EQUAL, false},
	{"abs(a + g) == abs(a) + abs(g)", FIELD_DIFFERENT, FIELD_DIFFERENT, false},
	{"abs(a^2 + 1) == a^2 + 1", FIELD_EQUAL, FIELD_EQUAL, true},
	/* matrix functions of no field */
	{"expm(t*A)*A == A*expm(t*A)", FIELD_EQUAL, FIELD_EQUAL, false},
	{"expm(A)' == expm(A')", FIELD_EQUAL, FIELD_EQUAL, false},
	{"expm(A + B) == expm(A)*expm(B)", FIELD_DIFFERENT, FIELD_DIFFERENT, false},
	/* unknown functions: a difference is a proof */
	{"hess(loss(x), x) == hess(loss(x), x)'", FIELD_EQUAL, FIELD_EQUAL, true},
	{"loss(x) == loss(y)", FIELD_DIFFERENT, FIELD_DIFFERENT, true},
	{"loss(x + y - x) == loss(y)", FIELD_EQUAL, FIELD_EQUAL, true},
	{"phi(x)'*y == y'*phi(x)", FIELD_EQUAL, FIELD_EQUAL, true},
	{"phi'(x) == phi(x)", FIELD_DIFFERENT, FIELD_DIFFERENT, true},
	{"grad(loss(A*x), x) == A'*grad(loss(A*x), x)", FIELD_DIFFERENT, FIELD_DIFFERENT, true},
};

static void
verdicts(void **state)
{
	static const char *const word[] = {"equal", "different", "unable"};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		FieldResult raw = field(rows[i].text, false), canonical = field(rows[i].text, true);

		if (raw.verdict != rows[i].raw || canonical.verdict != rows[i].canonical)
			fail_msg("%s: %s, %s", rows[i].text, word[raw.verdict], word[canonical.verdict]);
		if (raw.rational != rows[i].rational)
			fail_msg("%s: rational: %d", rows[i].text, raw.rational);
		if (raw.verdict == FIELD_EQUAL)
			assert_true(
				raw.draws >= 4 && raw.log10_chance < (strpbrk(rows[i].text, "QR") ? -0.3 : -40));
	}
}

/* no value at any point is another thing than sizes that are hard to find: q > r > s > u */
static void
definedness(void **state)
{
	FieldResult r = field("inv(x*x')*x == x", false);

	(void)state;
	assert_true(r.undefined);
	assert_string_equal(r.why, "a matrix that is inverted is singular");
	r = field("tr(inv(H'*H))*tr(inv(J1'*J1))*tr(inv(M'*M)) == a", false);
	assert_false(r.undefined);
	assert_int_equal(r.verdict, FIELD_DIFFERENT);
	r = field(
		"inv(H'*H)*(H'*H)*J1*inv(J1'*J1)*M*inv(M'*M)*h == J1*inv(J1'*J1)*M*inv(M'*M)*h", false);
	assert_int_equal(r.verdict, FIELD_EQUAL);
}

static void
arithmetic(void **state)
{
	uint64_t seed = 1;

	(void)state;
	assert_null(flint_missing());
	for (int i = 0; i < 50; i++) {
		Field f = field_random(&seed);
		uint64_t x = seed % f.p, y = (seed >> 3) % f.p;
		Arena *a = arena_new();
		uint64_t r;

		assert_true(f.p >> (FIELD_BITS - 1) == 1 && f.p % 8 == 7);
		assert_true(fp_square(&f, 2) && fp_square(&f, 3) && fp_square(&f, 5) && fp_square(&f, 7));
		assert_false(fp_square(&f, f.p - 1));
		assert_int_equal(fp_mul(&f, x, y), (uint64_t)((Wide)x * y % f.p));
		assert_int_equal(fp_mul(&f, f.p - 1, f.p - 1), 1);
		assert_int_equal(fp_mul(&f, x, fp_inv(&f, x)), 1);
		assert_int_equal(fp_add(&f, x, fp_neg(&f, x)), 0);
		assert_true(fp_rat(&f, a, rat(-7, 3), &r));
		assert_int_equal(fp_mul(&f, r, 3), f.p - 7);
		assert_true(fp_root_pow(&f, a, fp_mul(&f, x, x), rat(2, 15), &r));
		assert_int_equal(fp_pow(&f, r, 15), fp_pow(&f, x, 4));
		arena_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arithmetic),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(definedness),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
