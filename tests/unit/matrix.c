/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Matrix notation: expressions come back as a person would write them, and random networks of
 * labels, however tangled, come back as something that is the same tensor when it is typed in
 * again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <cmocka.h>

#include "core.h"

static Mdx *s;

static void
silent(void *ctx, bool err, const char *text, size_t len)
{
	(void)ctx;
	if (err)
		fprintf(stderr, "%.*s", (int)len, text);
}

static void
run(const char *text)
{
	assert_int_equal(mdx_run(s, "test", text, strlen(text), 1, 0, NULL), MDX_OK);
}

static int
setup(void **state)
{
	(void)state;
	s = mdx_open((MdxOutput){NULL, silent});
	return s ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	mdx_close(s);
	return 0;
}

/* ---- what is printed */

static void
prints(const char *text, const char *want)
{
	Arena *a = arena_new();
	Trap t;

	s->arena = a;
	if (TRY(&t, a)) {
		Elab *e = elab_new(s, a, dims_new(a));
		Term *term = elab_expr(e, parse_expr(a, "test", text));
		Graph *g = graph_new(a, e->dims);
		Formula f = matrix_form(
			g, build(g, term), dim_is(term->row, 1) && !dim_is(term->col, 1));

		assert_string_equal(print_formula(a, &f, STYLE_ASCII, 0), want);
		trap_end(&t);
	} else {
		fail_msg("%s: %s", text, t.diag.msg);
	}
	arena_free(a);
}

static void
same(const char *text)
{
	prints(text, text);
}

static void
test_products(void **state)
{
	(void)state;
	run("var A(m,n), B(n,p), C(n,n), S(n,n) symmetric, x(n), y(m), z(n), w(n), a, b");
	same("A*B");
	same("B'*A'");
	same("A*C*x");
	same("x'*A'");
	same("A*diag(x)*B");
	same("diag(y)*A");
	same("y'*A*x");
	prints("x'*A'*y", "y'*A*x");
	same("x'*S*z");
	same("S^3*x");
	same("(C^3)'");
	same("(x'*z)*A");
	same("2*a*(x'*z)*w");
	same("A*(x.*z)");
	same("y*x'");
	same("y*(C*x)'");
	same("x'*x");
	same("sum(A)");
	same("sum(A*x)");
	same("diag(C)");
	same("diag(diag(C))");
	prints("C.*I", "diag(diag(C))");
	prints("A.*(y*x')", "diag(y)*A*diag(x)");
}

static void
test_scalars(void **state)
{
	(void)state;
	run("var A(m,n), C(n,n), x(n), z(n), w(n), a, b, c");
	same("tr(C)");
	same("x'*z/(z'*w)");
	same("2*a/b");
	same("-1/2*a");
	same("a^2*x/b");
	same("x/(x'*x)");
	same("norm(x - z)");
	same("sqnorm(x - z)");
	same("norm(A)^3");
	prints("sqrt(x'*x)", "norm(x)");
	prints("sum(x.*z)", "x'*z");
	prints("sum(abs(x - z))", "norm1(x - z)");
	same("sum(x.*z.*w)");
	same("x./z");
	same("1./x");
	same("sqrt(x)");
	same("x.^2");
	same("(a + b)*x");
	same("x + 1");
	same("x - a*z + b");
	same("1 - x");
	same("2*ones(n, 1)");
	same("C + 2*I");
	prints("inv(C)*C", "I");
}

static void
test_entries(void **state)
{
	(void)state;
	run("var A(m,n), B(n,p), x(n), y(m), C(n,n)");
	same("A[i,j]");
	same("(A*B)[i,j]");
	same("(A*x)[i]");
	same("x[1]*y[2]");
	prints("e(i, m)'*A*e(j, n)", "A[i,j]");
	prints("A'[j,i]", "A[i,j]");
	same("A*e(j, n)");
	same("J(i, j, m, n)*B");
	same("[A, y; x', 1]");
	same("[1, 2; 3, 4]");
	same("[x; y]");
	prints("x.^2*x[i]", "x[i]*x.^2");
}

static void
test_jacobians(void **state)
{
	(void)state;
	run("var A(m,n), X(n,p), B(p,q), C(n,n), x(n), y(m)");
	same("kron(A, B)");
	same("vec(A*X)");
	prints("jac(A*X*B, X)", "kron(B', A)");
	prints("jac(X', X)", "commutation(n, p)");
	prints("jac(exp(X), X)", "diag(vec(exp(X)))");
	prints("jac(x*x', x)", "kron(x, eye(n)) + kron(eye(n), x)");
	prints("jac(tr(C)*C, C)", "tr(C)*I + vec(C)*vec(eye(n))'");
	prints("jac(A*(C.*C)*X, C)", "2*kron(X', A)*diag(vec(C))");
	prints("jac(A*exp(C*X), X)", "kron(eye(p), A)*diag(vec(exp(C*X)))*kron(eye(p), C)");
	prints("diff(A*X*B, X)", "A[i,k]*B[l,j]\n  over [i, j, k, l]");
	prints("diff(inv(C), C)", "-inv(C)[i,k]*inv(C)[l,j]\n  over [i, j, k, l]");
	prints("dir(expm(C), C, C')", "dir(expm(C), C, C')");
}

static void
test_unknown(void **state)
{
	(void)state;
	run("var W(m,n), x(n), Z(m,n), K(n,n) symmetric\nfun loss scalar\nfun phi elementwise\n"
	    "z1 = W*x\nL = loss(z1)");
	prints("grad(L, W)", "grad(L, z1)*x'");
	prints("grad(loss(x), x)", "grad(loss(x), x)");
	prints("grad(loss(W*x), x)", "W'*grad(loss(g), g) where g = W*x");
	prints("hess(loss(W*x), x)", "W'*hess(loss(g), g)*W where g = W*x");
	prints("grad(loss(x, W*x), x)",
		"grad(loss(g, W*x), g) + W'*grad(loss(x, h), h) where g = x, h = W*x");
	prints("grad(loss(Z), Z)", "grad(loss(Z), Z)");
	prints("jac(phi(W*x), x)", "diag(phi'(W*x))*W");
	same("phi''(x)");
}

/* ---- random networks: typed in again they are the same */

static uint64_t seed;

static int
pick(int n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (int)((seed >> 33) % (unsigned)n);
}

enum { LABELS = 8, FACTORS = 20 };
static const char *const sizes[] = {"m", "n", "p"};

/* Independent of a graph, so that it can be made in two. dim: 0..2, or for a combined label
   3 + 3*x + y */
typedef struct Random {
	int nlab, dim[LABELS], nfactor, nout, out[4];
	struct { char kind, name[8]; int nax, lab[3]; } f[FACTORS];     /* kind: see make() */
} Random;

static void
add(Random *r, char kind, int nax, const int *lab)
{
	int i = r->nfactor++;

	r->f[i].kind = kind;
	r->f[i].nax = nax;
	for (int j = 0; j < nax; j++)
		r->f[i].lab[j] = lab[j];
	if (nax == 2)
		snprintf(r->f[i].name, sizeof r->f[i].name, "%c%s%s", "AB"[pick(2)],
			sizes[r->dim[lab[0]]], sizes[r->dim[lab[1]]]);
	else if (nax == 1)
		snprintf(r->f[i].name, sizeof r->f[i].name, "%c%s", "xy"[pick(2)],
			sizes[r->dim[lab[0]]]);
}

static Random
random_network(int order, bool fused)
{
	Random r = {.nlab = 1 + pick(5)};
	int small = r.nlab;

	for (int i = 0; i < small; i++)
		r.dim[i] = pick(3);
	for (int i = pick(2 * small); i > 0; i--)
		add(&r, "   e/+"[pick(6)], 2, (int[]){pick(small), pick(small)});
	for (int i = pick(3); i > 0; i--)
		add(&r, "  e/"[pick(4)], 1, (int[]){pick(small)});
	if (pick(3) == 0)
		add(&r, 'u', 1, (int[]){pick(small)});
	r.nout = order;
	for (int i = 0; i < order; i++) {
		int part[3] = {pick(small), pick(small), r.nlab};

		r.out[i] = part[0];
		if (fused) {
			r.dim[r.nlab] = 3 + 3 * r.dim[part[0]] + r.dim[part[1]];
			r.out[i] = r.nlab++;
			add(&r, 'f', 3, part);
		}
	}
	return r;
}

static Dim *
size_of(Graph *g, int d)
{
	if (d < 3)
		return dim_sym(g->dims, sym(sizes[d]));
	return dim_mul(g->dims, size_of(g, (d - 3) / 3), size_of(g, (d - 3) % 3));
}

/* the variable of this name in g: as the typed expression has it, or a new one */
static Node *
variable(Graph *g, const char *name, Dim *row, Dim *col)
{
	Var *v;

	for (unsigned i = 0; i < g->ntable; i++)
		for (Node *n = g->table[i]; n; n = n->next)
			if (n->kind == N_VAR && n->name == sym(name))
				return n;
	v = NEW(g->a, Var);
	*v = (Var){
		.name = sym(name), .row = row, .col = col, .props = P_POSITIVE, .declared = true};
	return node_var(g, v);
}

static Node *
make(Graph *g, const Random *r, char *const *index)
{
	Prod *p = prod_begin(g);

	for (int i = 0; i < r->nlab; i++)
		prod_label(p, size_of(g, r->dim[i]));
	for (int i = 0; i < r->nfactor; i++) {
		const int *l = r->f[i].lab;
		Dim *d[2] = {size_of(g, r->dim[l[0]]), NULL};
		Node *n;

		d[1] = r->f[i].nax > 1 ? size_of(g, r->dim[l[1]]) : dim_num(g->dims, 1);
		if (r->f[i].kind == 'u')
			n = node_unit(g, dim_sym(g->dims, sym("r")), d[0]);
		else if (r->f[i].kind == 'f')
			n = node_fuse(g, 2, d);
		else
			n = variable(g, r->f[i].name, d[0], d[1]);
		if (r->f[i].kind == 'e')
			n = node_map(g, &fun_table[F_exp], 1, &n);
		else if (r->f[i].kind == '/')
			n = node_pow(g, n, rat(-1, 1));
		else if (r->f[i].kind == '+')
			n = node_add(g, n, node_ones(g, n->nax, n->ax));
		prod_factor(p, n, l);
	}
	for (int i = 0; index && i < r->nout; i++)
		prod_factor(p,
			node_unit(
				g, dim_sym(g->dims, sym(index[i])), size_of(g, r->dim[r->out[i]])),
			&r->out[i]);
	return prod_end(p, index ? 0 : r->nout, r->out);
}

/* true when it is certain: the same canonical form, or the same numbers */
static bool
equal_nodes(Graph *g, Node *x, Node *y)
{
	Node *two[2] = {x, y}, *c;
	Tensor *p, *q;
	Env *env;
	double scale = 1e-300;

	if (x == y || ((c = canon(g, x)) && c == canon(g, y)))
		return true;
	if (x->nax != y->nax)
		return false;
	env = env_random(g, two, 2, 1, 3);
	p = eval_node(g, x, env);
	q = eval_node(g, y, env);
	if (p->size != q->size)
		return false;
	for (size_t i = 0; i < p->size; i++)
		scale = fmax(scale, fabs(p->data[i]));
	for (size_t i = 0; i < p->size; i++)
		if (!(fabs(p->data[i] - q->data[i]) <= 1e-8 * scale))
			return false;
	return true;
}

/* a multiple of the identity is printed with an I whose size only a larger expression could tell */
static bool
is_identity(const Node *n)
{
	if (n->kind != N_PROD || n->nax != 2 || n->out[0] != n->out[1])
		return false;
	for (int i = 0; i < n->n; i++)
		if (n->kid[i]->nax)
			return false;
	return true;
}

static void
round_trip(int order, bool fused, int count)
{
	for (volatile int k = 0; k < count; k++) {
		Arena *a = arena_new();
		Trap t;

		seed = (uint64_t)(k * 16 + order * 2 + fused);
		s->arena = a;
		if (TRY(&t, a)) {
			Random r = random_network(order, fused);
			Graph *g = graph_new(a, dims_new(a));
			Node *n = make(g, &r, NULL);
			Formula f = matrix_form(g, n, false);
			char *index[8], *text = print_tree(a, f.tree, STYLE_ASCII);

			if (!is_identity(n)) {
				Elab *e = elab_new(s, a, dims_new(a));
				Term *term = elab_expr(e, parse_expr(a, "test", text));

				for (int i = 0; i < f.nindex; i++)
					index[i] = arena_strndup(a, f.index[i], strlen(f.index[i]));
				g = graph_new(a, e->dims);
				n = build(g, term);
				if (!equal_nodes(g, n, make(g, &r, f.nindex ? index : NULL)))
					fail_msg("%d of order %d: %s", k, order, text);
			}
			trap_end(&t);
		} else {
			fail_msg("%d of order %d: %s", k, order, t.diag.msg);
		}
		arena_free(a);
	}
}

static void
test_networks(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++)
			for (int k = 0; k < 2; k++) {
				char text[40];

				snprintf(text, sizeof text, "var %c%s%s(%s,%s) positive", "AB"[k],
					sizes[i], sizes[j], sizes[i], sizes[j]);
				run(text);
				snprintf(text, sizeof text, "var %c%s(%s) positive", "xy"[k],
					sizes[i], sizes[i]);
				run(text);
			}
	for (int order = 0; order <= 4; order++)
		round_trip(order, false, 80);
	round_trip(1, true, 80);
	round_trip(2, true, 80);
}

/* ---- size */

static void
test_large(void **state)
{
	(void)state;
	Arena *a = arena_new();
	Dims *t = dims_new(a);
	Graph *g = graph_new(a, t);
	Dim *d = dim_sym(t, sym("n"));
	Sum *sum = sum_begin(g, 1, &d);
	Node *x, *n;

	s->arena = a;
	x = n = variable(g, "v", d, dim_num(t, 1));
	for (int i = 0; i < 10000; i++) {
		Node *m = variable(g, arena_printf(a, "M%d", i), d, d);

		sum_add(sum, RAT1, node_matmul(g, m, x));
		if (i < 3000) /* deeper than a tree may be: parts get names */
			n = node_map(g, &fun_table[F_tanh], 1, (Node *[]){node_emul(g, n, x)});
	}
	assert_int_equal(matrix_form(g, sum_end(sum), false).tree->n, 10000);
	assert_int_equal(matrix_form(g, n, false).tree->kind, TREE_WHERE);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_products, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scalars, setup, teardown),
		cmocka_unit_test_setup_teardown(test_entries, setup, teardown),
		cmocka_unit_test_setup_teardown(test_jacobians, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_networks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_large, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
