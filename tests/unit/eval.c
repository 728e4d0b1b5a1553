/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans against dual numbers: two evaluators that share no code must agree on every kind of node,
   at small sizes (where plans are plain loops) and at larger ones (where they are BLAS calls,
   solves and packed operands). */
#include <math.h>

#include "names.h"
#include "plan.h"

static const char *const declared =
	"var A(m,n), B(n,p), C(p,m), D(m,n), M(n,n), N(n,n), S(n,n) symmetric, K(n,n) posdef, "
	"T(n,n) lower\n"
	"var Q(n,n) orthogonal, Z(n,n) skew, V(n,n) invertible, E(n,n) diagonal\n"
	"var x(n), y(n), u(m), v(m), w(p), a, b, c positive, q(n) positive, P(m,n) positive, "
	"F(m+n,m+n)\n"
	"fun loss scalar\nfun phi elementwise\nfun psi elementwise\n";

static Arena *a;
static Graph *g;

static Node *
node(const char *text)
{
	Dims *dims = dims_new(a);

	g = graph_new(a, dims);
	return build(g, elab_expr(elab_new(mdx, a, dims), parse_expr(a, "test", text)));
}

/* how much the i-th entry moves when all leaves move by a few parts in 10^9 */
static double
sensitivity(Node *n, Env *env, size_t i, double value)
{
	bool *seen = NEWN(a, bool, g->nnode + 1);
	Node **todo = NEWN(a, Node *, g->nnode + 1);
	int left = 0;
	Tensor *got, *slope, none = {0};

	todo[left++] = n;
	while (left) {
		Node *x = todo[--left];

		if (x->kind == N_VAR) {
			const Tensor *t = env->leaf(env->ctx, x->var);

			for (size_t k = 0; k < t->size; k++)
				t->data[k] *= 1 + 1e-9 * (double)(1 + k % 3);
		}
		for (int k = 0; k < x->n; k++)
			if (!seen[x->kid[k]->id]) {
				seen[x->kid[k]->id] = true;
				todo[left++] = x->kid[k];
			}
	}
	dual_eval(g, n, NULL, &none, env, &got, &slope);
	return fabs(got->data[i] - value);
}

/* plan and dual numbers at one random point */
static void
agree(const char *text, Node *n, uint64_t seed, int max_size)
{
	Env *env = env_random(g, &n, 1, seed, max_size);
	Tensor *got = eval_node(g, n, env), *want, *slope, none = {0};
	double size = 1e-3;

	dual_eval(g, n, NULL, &none, env, &want, &slope);
	assert_int_equal(got->size, want->size);
	for (size_t i = 0; i < got->size; i++)
		if (isfinite(want->data[i]))
			size = fmax(size, fabs(want->data[i]));
	for (size_t i = 0; i < got->size; i++) {
		if (!isfinite(want->data[i])) /* a power of a power that has overflowed */
			continue;
		if (!(got->data[i] == want->data[i] || fabs(got->data[i] - want->data[i]) <= 1e-7 * size ||
				fabs(got->data[i] - want->data[i]) <= sensitivity(n, env, i, want->data[i]))) {
			Plan *p = plan_new(g, &n, 1, env);
			fail_msg("%s: entry %zu is %.15g, should be %.15g (seed %lu, sizes to %d)\n%s\n%s",
				text, i, got->data[i], want->data[i], (unsigned long)seed, max_size,
				node_dump(a, n), plan_dump(a, p));
		}
	}
}

static void
try(const char *text, uint64_t seed, int max_size)
{
	Trap t;

	a = arena_new();
	if (TRY(&t, a)) {
		agree(text, node(text), seed, max_size);
		trap_end(&t);
	} else {
		fail_msg("%s: %s", text, diag_format(a, &t.diag, false));
	}
	arena_free(a);
}

static void
check(const char *text, int most)
{
	static const int sizes[] = {2, 3, 4, 7, 12, 20, 45};

	for (int i = 0; i < 7 && sizes[i] <= most; i++)
		for (uint64_t seed = 0; seed < (sizes[i] < 10 ? 10 : 1); seed++)
			try(text, 16 * seed + (seed % 3 == 2 ? 5 : 0), sizes[i]);
}

static void
products(void **state)
{
	static const char *const text[] = {"A*B", "A*B*C", "C*A*B*w", "A'*A*x", "A*A'", "A'*A",
		"u'*A*x", "u*x'", "tr(A*B*C)", "tr(M*N)", "sum(A)", "sum(A,1)", "sum(A,2)", "A.*D",
		"diag(u)*A*diag(x)", "A'*diag(u)*D", "diag(diag(M*N))", "diag(M)", "sum(M.*N)", "x'*y*A",
		"u'*A*B*w", "sqnorm(A*x - u)", "(u'*v)*A + 2*u*x'", "x", "A'", "A' + D'", "x*y' + y*x'",
		"M*x + diag(M).*y", "sum(x)*M + I", "a*M + b*I", "M + diag(x)", "M*M*M", "M^3",
		"A*diag(x.*y)*B", "x.*y.*(M*x)", "ones(m,n)*B", "sum(x)", "(M.*N)*(N.*M)", "diag(M*N)'*x",
		"5", "pi*x", "n*x + m", "0*x", "A*ones(n,1)", "ones(1,m)*A*ones(n,1)", "a*A*B",
		"a*b*c*A*B + D*B", "A*B + D*B + u*w'", "A*B*w + u", "tr(M)*tr(N)", "tr(M*N*M*N)",
		"(x'*y)^2*x", "u*x' + v*y'", "M*x*y'*N", "x*x'*M*y*y'", NULL};

	(void)state;
	for (int i = 0; text[i]; i++)
		check(text[i], 45);
}

static void
structure(void **state)
{
	static const char *const text[] = {"vec(A)", "kron(A, B)", "kron(x, y)", "kron(A, B)*vec(B')",
		"reshape(A, n, m)", "reshape(A*B, p, m)", "reshape(A, m*n, 1)", "commutation(m,n)",
		"commutation(m,n)*vec(A)", "kron(A, u)'", "kron(kron(A, x), w)", "vec(A)*vec(A)'", "[A; D]",
		"[A D]", "[A u; x' a]", "[M N; N M]*[x; y]", "[A; D]*x", "[x; y]", "[x y]", "[x y]'*M",
		"A[1,2]", "(A*B)[i,j]", "x[i]", "M[i,i]", "A*e(1,n)", "e(i,m)*e(j,n)'", "J(1,2,m,n)",
		"J(i,j,m,n).*A", "vec(A)[2]", "(kron(M,N)*vec(M))[i]", "vec([A; D])",
		"vec([A D])'*vec([D A])", "[vec(A); x]", "[vec(A); vec(D)]'*[vec(D); vec(A)]",
		"sum([A u; x' a])", "tr(kron(M,N))", "kron(M,N)*kron(N,M)", "commutation(m,n)*kron(x,u)",
		"diag(vec(A))", "diag(vec(A))*kron(x,u)", "[I M; N I]", "reshape(reshape(A,n,m),m,n)",
		"reshape(vec(A)', n, m)*A", "det([M x; y' a])", "kron(I, A)", "kron(A, ones(n,1))",
		"reshape(kron(A,B),m*n,n*p)", "vec(kron(A,B))", "vec(A*B)'*vec(A*B)", NULL};

	(void)state;
	for (int i = 0; text[i]; i++)
		check(text[i], 4);
}

static void
functions(void **state)
{
	static const char *const text[] = {"exp(A)", "sum(log(1 + exp(-u.*(A*x))))",
		"exp(x.*y) + sin(M*x).^2", "log(q)", "sqrt(P)*x", "P.^(1/3)", "1./P", "tanh(A*x + u)",
		"max(A, D)", "min(x, y)*x'", "sigmoid(A*x).*u", "exp(a)*M", "norm(A*x - u)", "abs(A - D)",
		"exp(A)*exp(B)", "exp(u)*exp(x)'", "sum(exp(A)*exp(x))", "exp(A').*D'", "a^b*0 + c^b",
		"c^(1/2)*x", "erf(x) + relu(y) + step(x) + sign(y)", "exp(exp(-x.^2))", "exp(x + y*a) - x",
		"swish(A*x)'*u", "x'*exp(M)*y", "exp(u'*A*x)", "log(sum(exp(x)))", "u./sum(P*q)", NULL};

	(void)state;
	for (int i = 0; text[i]; i++)
		check(text[i], 20);
}

static void
matrices(void **state)
{
	static const char *const text[] = {"inv(K)", "inv(V)*x", "inv(V)'*x", "x'*inv(V)",
		"inv(K)*M*inv(K)", "det(K)", "logdet(K)", "logdet(V) + det(V)*sum(inv(V)*x)",
		"tr(inv(K)*M)", "x'*inv(K)*y", "inv(V)*inv(K)", "inv(V)*A'", "A*inv(V)*A'", "A*inv(K)*B",
		"sum(inv(K))", "ones(1,n)*inv(V)", "inv(K).*inv(V)", "diag(inv(K))", "tr(inv(K))",
		"K\\x + V\\y", "x'/V", "adj(V)", "pinv(A)", "pinv(A')", "pinv(A)*u", "expm(a*M/4)",
		"expm(M/4)*x", "M^2 + V^-2", "softmax(x)", "softmax(A,1)", "softmax(A,2)", "logsumexp(x)",
		"logsumexp(A,1)", "logsumexp(A,2)", "inv(T)*x", "Q*x", "Q*M*Q'", "Z*x", "E*M", "inv(E)*M",
		"S*x", "inv(a*A*A' + I)*u", "inv(K + I)*x*x'*inv(K + I)", "logdet(a^2*A'*A + I)",
		"det(M*N)", "inv(V)*(x.*y) + (inv(V)*x)*sum(y)", "inv(V)*diag(x)*inv(V)", "exp(inv(K)*x)",
		"inv([K x; x' (10 + x'*x)])", "inv(F + 20*I)", "inv(V)'*A'*A*inv(V)", NULL};

	(void)state;
	for (int i = 0; text[i]; i++)
		check(text[i], 20);
}

static void
derivatives(void **state)
{
	static const char *const text[] = {"grad(sqnorm(A'*A*x - x), A)", "hess(sqnorm(A'*A*x - x), x)",
		"jac(A*M*A', M)", "jac(inv(V), V)", "diff(A*M, M)", "grad(logdet(a*A*A' + I), A)",
		"hess(logdet(V), V)", "jac(expm(M/4), M)", "grad(sum(expm(M/4)), M)",
		"hess(sum(log(1 + exp(u.*(A*x)))), x)", "grad(loss(A*x), x)", "hess(loss(x), x)",
		"hess(loss(x, y), x)", "jac(phi(A*x), x)", "hess(sum(phi(x, y)), x)",
		"grad(sum(phi(psi(A*x))), A)", "jac(softmax(x), x)", "diff(kron(M,N), M)",
		"jac(kron(A,B), A)", "jac(M^3, M)", "hess(norm(x), x)", "grad(sum(exp(A).*D), A)",
		"hess(x'*M*x*(y'*x), x)", "jac(diag(x)*M, x)", "dir(inv(V), V, M)", "vjp(A*B, A, u*w')",
		"grad(det([M x; y' a]), M)", "jac(vec(A)*u', A)", "jac(pinv(A), A)*0",
		"diff(expm(M/4)[1,2], M[1,1])", "diff(inv(V), V[1,2])", "grad(tr(M^5), M)",
		"diff(diff(expm(a*M/4), a), a)", NULL};

	(void)state;
	for (int i = 0; text[i]; i++)
		check(text[i], 3);
}

/* ---- random graphs: products with random labels, constants among the factors, nested in sums,
 * powers and maps */

static uint64_t state;

static int
below(int n)
{
	state += 0x9e3779b97f4a7c15u;
	uint64_t x = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return (int)((x ^ (x >> 31)) >> 33) % n;
}

enum { NDIM = 5 };
static Dim *dim[NDIM]; /* m, n, p, m*n, m + n */

static Node *
random_leaf(void)
{
	Var *v = NEW(a, Var);
	int order = below(3);

	v->name = sym(arena_printf(a, "X%d", below(1000000)));
	v->row = order > 0 ? dim[below(NDIM)] : dim_num(g->dims, 1);
	v->col = order > 1 ? dim[below(NDIM)] : dim_num(g->dims, 1);
	return node_var(g, v);
}

static Node *
random_constant(void)
{
	switch (below(5)) {
	case 0:
		return node_fuse(g, 2, (Dim *[]){dim[0], dim[1]});
	case 1:
		return node_fuse(g, 2, (Dim *[]){dim[1], dim[0]});
	case 2:
		return node_inj(g, dim[0], below(2) ? dim_num(g->dims, 0) : dim[1], dim[4]);
	case 3:
		return node_inj(g, dim[1], below(2) ? dim_num(g->dims, 0) : dim[0], dim[4]);
	default: {
		Dim *d = dim[below(NDIM)];
		return node_unit(g,
			below(2)   ? dim_num(g->dims, 1 + below(2))
			: below(2) ? d
					   : dim_sym(g->dims, sym("i")),
			d);
	}
	}
}

/* labels: at most three of each size, so that they meet often */
static Node *
random_product(Node **pool, int npool)
{
	Prod *p = prod_begin(g);
	int label[NDIM][3], n = 1 + below(4), used[64], nused = 0, out[8], nout;

	for (int i = 0; i < NDIM; i++)
		for (int j = 0; j < 3; j++)
			label[i][j] = prod_label(p, dim[i]);
	prod_coef(p, rat(1 + below(5), 1 + below(3)));
	for (int i = 0; i < n; i++) {
		Node *f = below(3) ? pool[below(npool)] : random_constant();
		int lab[8];

		for (int j = 0; j < f->nax; j++) {
			int d = 0;

			while (dim[d] != f->ax[j])
				d++;
			lab[j] = used[nused++] = label[d][below(d > 2 ? 2 : 3)];
		}
		prod_factor(p, f, lab);
	}
	nout = below(4);
	for (int i = 0; i < nout; i++)
		out[i] = nused && below(6) ? used[below(nused)] : label[below(3)][below(3)];
	return prod_end(p, nout, out);
}

static Node *
random_graph(int steps)
{
	Node *pool[40];
	int n = 3;

	for (int i = 0; i < n; i++)
		pool[i] = random_leaf();
	while (n < 3 + steps) {
		Node *x = pool[n - 1 - below(n < 3 ? n : 3)], *y = random_product(pool, n);
		Sum *s;

		switch (below(8)) {
		case 0:
			y = node_map(g, &fun_table[F_abs], 1, &y);
			break;
		case 1:
			y = node_named(g, sym("h"), 0, y);
			break;
		case 2:
			s = sum_begin(g, y->nax, y->ax);
			sum_add(s, rat(1, 2), y);
			for (int k = 0; k < 20; k++) {
				x = random_product(pool, n);
				if (x->nax == y->nax && memcmp(x->ax, y->ax, sizeof *x->ax * (size_t)x->nax) == 0)
					sum_add(s, rat(-3, 2), x);
			}
			y = sum_end(s);
			break;
		case 3:
			y = node_pow(g, y, rat(2, 1));
			break;
		default:
			break;
		}
		if (y->nax <= 3)
			pool[n++] = y;
	}
	return pool[n - 1];
}

static void
try_graph(int i)
{
	Trap t;

	a = arena_new();
	state = (uint64_t)i;
	if (TRY(&t, a)) {
		Dims *dims = dims_new(a);

		g = graph_new(a, dims);
		for (int k = 0; k < 3; k++)
			dim[k] = dim_sym(dims, sym((const char *[]){"m", "n", "p"}[k]));
		dim[3] = dim_mul(dims, dim[0], dim[1]);
		dim[4] = dim_add(dims, dim[0], dim[1]);
		agree(arena_printf(a, "graph %d", i), random_graph(1 + i % 6), (uint64_t)i, 2 + i / 10 % 3);
		trap_end(&t);
	} else if (!strstr(t.diag.msg, "no sizes")) {
		fail_msg("graph %d: %s", i, diag_format(a, &t.diag, false));
	}
	arena_free(a);
}

static void
random_graphs(void **unused)
{
	const char *many = getenv("MDX_RANDOM");

	(void)unused;
	for (int i = 0, n = many ? atoi(many) : 1500; i < n; i++)
		try_graph(i);
}

/* multiplications of a plan, about */
static double
work(const Plan *p)
{
	double sum = 0;

	for (int i = 0; i < p->nstep; i++) {
		const Step *s = &p->step[i];
		double n = (double)s->n, loops = 1;

		for (int j = 0; j < s->nd; j++)
			loops *= (double)s->dim[j];
		sum += s->op == OP_GEMM ? loops * (double)s->m * n * (double)s->k :
			s->op == OP_FACTOR ? n * n * n / 3 : s->op == OP_INV ? n * n * n :
			s->op == OP_SOLVE ? n * loops : loops;
	}
	return sum;
}

/* Products are contracted in an order that costs no more than the one found by hand. */
static void
orders(void **unused)
{
	enum { M = 30, N = 20, NN = N * N, MN = M * N, LU = NN * N / 3 };
	static const struct { const char *text; double most; } row[] = {
		{"A*V*x", NN + MN},
		{"x'*V*V*V*x", 3 * NN + N},
		{"inv(V)*V*K*x", NN},
		{"inv(V)*x*y'*K", LU + NN + NN + NN},
		{"u'*A*inv(V)*K*M*x", NN + NN + LU + NN + MN + N},
		{"A*inv(K)*A'*u", MN + LU + NN + MN},
		{"tr(inv(V)*x*y')", LU + NN + N},
		{"inv(V)*inv(K)*x", 2 * (LU + NN)},
		{"A*A'", M * M * N},
		{"A*diag(x)*y", N + MN},
		{"sum(A*V*M)", MN + NN + NN + N},
		{"x'*inv(V)*A'*A*x + y'*inv(V)*A'*A*x", LU + 2 * (NN + MN + MN + N)},
		{"grad(sqnorm(A*x - u), x)", 2 * MN + 3 * M + 3 * N},
		{"grad(sqnorm(A*V*x), V)", MN + NN + MN + NN + 2 * NN},
	};

	(void)unused;
	a = arena_new();
	say("A = rand(30,20); V = rand(20,20); K = eye(20); M = rand(20,20); x = rand(20,1); "
		"y = rand(20,1); u = rand(30,1)");
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		Node *n = node(row[i].text);
		const Plan *p = plan_new(g, &n, 1, session_env(mdx, g));

		if (!(work(p) <= 1.01 * row[i].most))
			fail_msg("%s: %g multiplications, should be %g\n%s", row[i].text, work(p), row[i].most,
				plan_dump(a, p));
	}
	arena_free(a);
}

/* the slope of text by b, which is to have that value */
static double
slope_at(const char *text, const char *b)
{
	Tensor *value, *slope, by = {.size = 1, .data = (double[]){1}, .dim = (long[]){0}};
	Tree *t = parse_expr(a, "test", text);
	Dims *dims = dims_new(a);
	Term *term;

	say(arena_printf(a, "clear\nvar b\nb = %s;", b));
	g = graph_new(a, dims);
	term = elab_expr(elab_new(mdx, a, dims), t);
	for (Node *n = build(g, term);; n = n->kid[0])
		if (n->kind == N_VAR) {
			dual_eval(g, build(g, term), n, &by, session_env(mdx, g), &value, &slope);
			return slope->data[0];
		}
}

/* Slopes of functions by differences, beside small and large arguments, and of functions of
   matrices that may be singular: right, or none at all. */
static void
slopes(void **unused)
{
	static const struct { const char *text, *b; double want; } row[] = {
		{"log(b)", "1e-3", 1e3},
		{"log(b)", "1e30", 1e-30},
		{"log(b)", "1e300", 1e-300},
		{"tanh(b)", "0", 1},
		{"tanh(b)", "1e300", 0},
		{"sin(b)", "100", 0.862318872287684},
		{"sin(b)", "1e30", NAN},
		{"sin(b)", "1e300", NAN},
		{"log(b)", "1e999", NAN},
		{"tanh(b)", "-1e999", NAN},
		{"logdet([b, 1; 2, 3])", "1", 3},
		{"logdet(b*[0.1; 0.7]*[0.3, 0.9])", "1", NAN},
		{"sum(inv(b*[0.1; 0.7]*[0.3, 0.9]))", "1", NAN},
		{"sum(pinv(b*[0.1; 0.7]*[0.3, 0.9]))", "1", NAN},
		{"det([b, 2; 2, 4])", "1", 4},
		{"det([b, 0, 0; 0, b, 0; 0, 0, 2])", "0", NAN},
		{"sum(inv([b, 0; 0, 1e-200]))", "1", -1},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		double got, want = row[i].want;

		a = arena_new();
		got = slope_at(row[i].text, row[i].b);
		if (isnan(want) ? !isnan(got) : !(fabs(got - want) <= 1e-9 * fabs(want)))
			fail_msg("%s has slope %g at %s, should be %g", row[i].text, got, row[i].b, want);
		arena_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(products, setup, teardown),
		cmocka_unit_test_setup_teardown(structure, setup, teardown),
		cmocka_unit_test_setup_teardown(functions, setup, teardown),
		cmocka_unit_test_setup_teardown(matrices, setup, teardown),
		cmocka_unit_test_setup_teardown(derivatives, setup, teardown),
		cmocka_unit_test_setup_teardown(orders, setup, teardown),
		cmocka_unit_test_setup_teardown(slopes, setup, teardown),
		cmocka_unit_test(random_graphs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
