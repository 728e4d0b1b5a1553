/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The self-check of derivatives: right ones pass at every draw, wrong ones are found, and drawn
   values have the properties that were declared. */
#include <math.h>

#include "names.h"

static const char *const declared =
	"var K(n,n) posdef, S(n,n) symmetric, L(n,n) lower, Q(n,n) orthogonal, Z(n,n) skew\n"
	"var D(n,n) diagonal, V(n,n) invertible, U(n,n) upper, p(n) positive, R(n,n) orthogonal "
	"symmetric\n"
	"var P(n,n) symmetric positive\nvar W1(80,70), x1(70), y1(81), z1(9), W2(70,80)\nfun loss scalar\nfun phi elementwise\n";

static Arena *a;
static Graph *g;

static Node *
find(Node *n, Sym name)
{
	if (n->kind == N_VAR && n->name == name)
		return n;
	for (int i = 0; i < n->n; i++) {
		Node *v = find(n->kid[i], name);

		if (v)
			return v;
	}
	return NULL;
}

/* a derivative with a mistake in it; NULL: there is no such mistake for this one */
static Node *
spoil(Node *d, int mistake)
{
	int perm[8];

	switch (mistake) {
	case 0:
		return node_scale(g, rat(2, 1), d);
	case 1:
		return node_scale(g, rat(-1, 1), d);
	case 2:
		return node_zero(g, d->nax, d->ax);
	case 3:
		return node_add(g, d, node_broadcast(g, node_num(g, rat(1, 1000)), d->nax, d->ax));
	case 4:
		if (d->nax < 2 || d->ax[0] != d->ax[1])
			return NULL;
		for (int i = 0; i < d->nax; i++)
			perm[i] = i < 2 ? 1 - i : i;
		return node_permute(g, d, perm);
	default:
		return node_emul(g, d, node_named(g, sym("two"), 0, node_num(g, rat(1001, 1000))));
	}
}

/* does the self-check accept d? */
static bool
accepts(Node *f, Node *x, Node *d)
{
	Trap t;

	if (TRY(&t, a)) {
		verify_derivative(g, f, x, NULL, f->nax, d);
		trap_end(&t);
		return true;
	}
	assert_int_equal(t.diag.kind, DIAG_BUG);
	return false;
}

static void
spoil_all(const char *text, const char *name)
{
	Dims *dims = dims_new(a);
	Node *f, *x, *d;

	g = graph_new(a, dims);
	f = build(g, elab_expr(elab_new(mdx, a, dims), parse_expr(a, "test", text)));
	x = find(f, sym(name));
	d = diff(g, f, x, NULL, f->nax);
	if (!accepts(f, x, d))
		fail_msg("%s by %s: the right derivative is refused", text, name);
	for (int i = 0; i <= 5; i++) {
		Node *wrong = spoil(d, i);

		if (i == 3 && x->nax > 1 && dim_is_num(x->ax[0], NULL))
			continue;       /* lost among so many entries */
		if (wrong && wrong != d && !(i == 4 && node_symmetric(g, d)) && accepts(f, x, wrong))
			fail_msg("%s by %s: mistake %d is not found", text, name, i);
	}
}

static void
try(const char *text, const char *name)
{
	Trap t;

	a = arena_new();
	if (TRY(&t, a)) {
		spoil_all(text, name);
		trap_end(&t);
	} else {
		fail_msg("%s: %s", text, diag_format(a, &t.diag, false));
	}
	arena_free(a);
}

static void
mistakes_are_found(void **state)
{
	static const char *const text[][2] = {{"sqnorm(W'*W*x - x)", "W"},
		{"sum(log(1 + exp(-y.*(X*w))))", "w"}, {"logdet(alpha*X*X' + I)", "X"},
		{"loss(W*swish(A*x + v) + u)", "A"}, {"x'*A*x", "x"}, {"tr(inv(X)*A)", "X"},
		{"det(X)", "X"}, {"sum(expm(X))", "X"}, {"norm(A*x - y)", "x"}, {"logsumexp(X*w)", "w"},
		{"inv(X)", "X"}, {"pinv(X)*u", "X"}, {"expm(X)", "X"}, {"logdet(K)", "K"},
		{"sum(abs(x).*y)", "x"}, {"sum(relu(W*x))", "W"}, {"sum(sqrt(log(x)))", "x"},
		{"sum(asin(x))", "x"}, {"adj(X)", "X"}, {"sum(max(x,y).*y)", "x"}, {"a^b", "b"},
		{"tr(S^3*A)", "S"}, {"softmax(X,1)", "X"}, {"phi(A*x)", "x"}, {"sum(tan(x))", "x"},
		{"kron(X, Y)", "X"}, {"x[2]^3", "x"}, {"X*Y*X", "X"}, {"sum(sqrt(x - 1).*log(2 - x))", "x"},
		{"tr(Q*A)", "Q"}, {"sum(X.^Y)", "Y"},
		/* sizes that are large numbers: the same at small ones */
		{"sqnorm(W1'*W1*x1 - x1)", "W1"}, {"sqnorm([W1; x1']*x1 - y1)", "x1"},
		{"sum(exp(W1 + C))", "C"}, {"sqnorm(kron(x1, z1) - vec(x1*z1'))", "z1"},
		{"x1[3]*W1[80,70]*sum(W1)", "W1"}, {"sqnorm(reshape(W1, 70, 80) - W2)", "W1"},
		{"sqnorm(reshape(W1, 56, 100))", "W1"}, {NULL, NULL}};

	(void)state;
	for (int i = 0; text[i][0]; i++)
		try(text[i][0], text[i][1]);
}

static void
draw_one(const char *name, void (*check)(const double *x, long n))
{
	for (uint64_t seed = 0; seed < 24; seed++) {
		Dims *dims;
		Node *v;
		Env *env;
		const Tensor *t;

		a = arena_new();
		dims = dims_new(a);
		g = graph_new(a, dims);
		v = build(g, elab_expr(elab_new(mdx, a, dims), parse_expr(a, "test", name)));
		env = env_random(g, &v, 1, seed, 5);
		t = env->leaf(env->ctx, v->var);
		assert_true(t->dim[0] >= 2 && t->dim[0] <= 5);
		assert_int_equal(t->dim[0], env->size(env->ctx, sym("n")));
		check(t->data, t->dim[0]);
		arena_free(a);
	}
}

static void
is_symmetric(const double *x, long n)
{
	for (long i = 0; i < n * n; i++)
		assert_true(x[i] == x[i % n * n + i / n]);
}

static void
is_skew(const double *x, long n)
{
	for (long i = 0; i < n * n; i++)
		assert_true(x[i] == -x[i % n * n + i / n]);
}

static void
is_lower(const double *x, long n)
{
	for (long i = 0; i < n * n; i++)
		assert_true(i / n >= i % n ? x[i] != 0 : x[i] == 0);
}

static void
is_upper(const double *x, long n)
{
	for (long i = 0; i < n * n; i++)
		assert_true(i / n <= i % n ? x[i] != 0 : x[i] == 0);
}

static void
is_diagonal(const double *x, long n)
{
	is_lower(x, 1);
	for (long i = 0; i < n * n; i++)
		assert_true(i / n == i % n ? x[i] != 0 : x[i] == 0);
}

static void
is_orthogonal(const double *x, long n)
{
	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++) {
			double dot = 0;

			for (long k = 0; k < n; k++)
				dot += x[i * n + k] * x[j * n + k];
			assert_true(fabs(dot - (i == j)) < 1e-12);
		}
}

static void
is_posdef(const double *x, long n)
{
	double l[25] = {0};

	is_symmetric(x, n);
	for (long i = 0; i < n; i++) /* Cholesky succeeds */
		for (long j = 0; j <= i; j++) {
			double s = x[i * n + j];

			for (long k = 0; k < j; k++)
				s -= l[i * n + k] * l[j * n + k];
			assert_true(i != j || s > 0);
			l[i * n + j] = i == j ? sqrt(s) : s / l[j * n + j];
		}
}

static void
is_positive(const double *x, long n)
{
	for (long i = 0; i < n; i++)
		assert_true(x[i] > 0);
}

static void
is_reflection(const double *x, long n)
{
	is_orthogonal(x, n);
	for (long i = 0; i < n * n; i++)
		assert_true(fabs(x[i] - x[i % n * n + i / n]) < 1e-15);
}

static void
is_symmetric_positive(const double *x, long n)
{
	is_symmetric(x, n);
	is_positive(x, n * n);
}

static void
draws_have_their_properties(void **state)
{
	(void)state;
	draw_one("S", is_symmetric);
	draw_one("Z", is_skew);
	draw_one("L", is_lower);
	draw_one("U", is_upper);
	draw_one("D", is_diagonal);
	draw_one("Q", is_orthogonal);
	draw_one("R", is_reflection);
	draw_one("K", is_posdef);
	draw_one("p", is_positive);
	draw_one("P", is_symmetric_positive);
}

/* names of sizes get different sizes when there are enough, indices stay within what they index */
static void
sizes_differ_and_indices_fit(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 50; seed++) {
		Dims *dims;
		Node *n;
		Env *env;
		long m, k;

		a = arena_new();
		dims = dims_new(a);
		g = graph_new(a, dims);
		n = build(
			g, elab_expr(elab_new(mdx, a, dims), parse_expr(a, "test", "(A*B)[i,j] + A[1,3]")));
		env = env_random(g, &n, 1, seed, 4);
		m = env->leaf(env->ctx, find(n, sym("A"))->var)->dim[0];
		k = env->leaf(env->ctx, find(n, sym("A"))->var)->dim[1];
		if (!(m != k && m >= 2 && k >= 3))
			fail_msg(
				"sizes %ld and %ld at seed %lu: %s", m, k, (unsigned long)seed, node_dump(a, n));
		assert_true(env->size(env->ctx, sym("i")) >= 1 && env->size(env->ctx, sym("i")) <= m);
		assert_true(isfinite(eval_node(g, n, env)->data[0]));
		arena_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(mistakes_are_found, setup, teardown),
		cmocka_unit_test_setup_teardown(draws_have_their_properties, setup, teardown),
		cmocka_unit_test_setup_teardown(sizes_differ_and_indices_fit, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
