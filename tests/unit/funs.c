/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The function table and what is made of it: names, rules, kernels; operators by their definitions;
   that the rules of the constructors change no value; that derivative rules are linear in the
   upstream gradient. */
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "build.h"

static Arena *a;
static Dims *dims;
static Graph *g;
static Dim *M, *N, *P, *ONE;            /* 4, 3, 2 */

/* ---- leaves with values */

enum { LEAVES = 64 };
static struct { const Var *var; Tensor *value; } leaf[LEAVES];
static int nleaf;
static uint64_t seed;

static double
draw(double lo, double hi)
{
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return lo + (hi - lo) * (double)(seed >> 11) / 9007199254740992.0;
}

static long
size_of(void *ctx, Sym s)
{
	(void)ctx;
	return s[0] == 'm' ? 4 : s[0] == 'n' ? 3 : s[0] == 'p' ? 2 : -1;
}

static const Tensor *
value_of(void *ctx, const Var *v)
{
	(void)ctx;
	for (int i = 0; i < nleaf; i++)
		if (leaf[i].var == v)
			return leaf[i].value;
	return NULL;
}

static Tensor *
eval(Node *n)
{
	Env env = {.a = a, .size = size_of, .leaf = value_of, .seed = 1};

	return eval_node(g, n, &env);
}

static Node *
leaf_with(Dim *row, Dim *col, unsigned props, Tensor *t)
{
	Var *v = NEW(a, Var);

	v->name = sym(arena_printf(a, "x%d", nleaf));
	v->row = row;
	v->col = col;
	v->props = props;
	leaf[nleaf].var = v;
	leaf[nleaf++].value = t;
	return node_var(g, v);
}

/* a random leaf with entries in (lo, hi); a square one is far from singular */
static Node *
random_leaf(Dim *row, Dim *col, unsigned props, double lo, double hi)
{
	Dim *d[2] = {row, col};
	long size[2];
	int nax = 0;
	Tensor *t;

	for (int i = 0; i < 2; i++)
		if (d[i] != ONE)
			size[nax++] = dim_eval(a, d[i], size_of, NULL, NULL);
	t = tensor_new(a, nax, size);
	for (size_t i = 0; i < t->size; i++)
		t->data[i] = draw(lo, hi);
	if (nax == 2 && row == col)
		for (long i = 0; i < size[0]; i++)
			t->data[i * size[0] + i] += 2;
	return leaf_with(row, col, props, t);
}

static int
setup(void **state)
{
	(void)state;
	a = arena_new();
	dims = dims_new(a);
	g = graph_new(a, dims);
	M = dim_sym(dims, sym("m"));
	N = dim_sym(dims, sym("n"));
	P = dim_sym(dims, sym("p"));
	ONE = dim_num(dims, 1);
	nleaf = 0;
	seed = 20240229;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static void
assert_near(double x, double y, double tol, const char *what)
{
	if (!(fabs(x - y) <= tol * (1 + fabs(y))))
		fail_msg("%s: %.12g is not %.12g", what, x, y);
}

static void
assert_same(Node *x, Node *y, double tol, const char *what)
{
	Tensor *s = eval(x), *t = eval(y);

	assert_int_equal(x->nax, y->nax);
	assert_int_equal(s->size, t->size);
	for (size_t i = 0; i < s->size; i++)
		assert_near(s->data[i], t->data[i], tol, what);
}

/* ---- the table */

static void
rows_are_complete(void **state)
{
	(void)state;
	for (int i = 0; i < F_COUNT; i++) {
		const Fun *f = &fun_table[i];

		assert_int_equal(f->id, i);
		assert_true(*f->name && *f->help && *f->shape && *f->args && *f->example);
		assert_true(f->min <= f->max);
		assert_true((f->cls == FC_ELEM) == (f->kernel != NULL));
		assert_true(!f->domain_ok || *f->domain);
		assert_true(*f->latex || f->cls == FC_VALUE);
		assert_ptr_equal(fun_find(sym(f->name)), f->max ? f : NULL);
	}
	assert_int_equal(fun_find(sym("sigma"))->id, F_sigmoid);
	assert_int_equal(fun_find(sym("\317\203"))->id, F_sigmoid);
	assert_int_equal(fun_find(sym("silu"))->id, F_swish);
	assert_int_equal(fun_find(sym("ln"))->id, F_log);
	assert_int_equal(fun_find(sym("\342\210\207"))->id, F_grad);
	assert_int_equal(fun_find(sym("trace"))->id, F_tr);
	assert_null(fun_find(sym("nothing")));
}

static void
near_names(void **state)
{
	(void)state;
	assert_string_equal(fun_nearest("sofmax"), "softmax");
	assert_string_equal(fun_nearest("logdte"), "logdet");
	assert_string_equal(fun_nearest("Det"), "det");
	assert_string_equal(fun_nearest("comutation"), "commutation");
	assert_null(fun_nearest("x1"));
	assert_null(fun_nearest("W"));
	assert_null(fun_nearest("gradientdescentwithmomentum"));
}

/* what a rule may mention: its arguments, G, sizes (macros, for help), pi, I and functions of the
   table */
static void
check_names(const Fun *f, const Tree *t)
{
	if (t->kind == TREE_NAME && !strstr(" z y G pi I m n p q ", arena_printf(a, " %s ", t->name)))
		fail_msg("the rule of %s mentions %s", f->name, t->name);
	if (t->kind == TREE_CALL)
		assert_non_null(fun_find(t->kid[0]->name));
	for (int i = t->kind == TREE_CALL; i < t->n; i++)
		check_names(f, t->kid[i]);
}

static int
parts(const Fun *f)
{
	int n = *f->rule != 0;

	for (const char *p = f->rule; *p; p++)
		n += *p == ';';
	return n;
}

static void
rules_parse(void **state)
{
	(void)state;
	for (int i = 0; i < F_COUNT; i++) {
		const Fun *f = &fun_table[i];

		for (int k = 0; k < parts(f); k++) {
			check_names(f, fun_rule(a, f, k));
			assert_ptr_equal(fun_rule(a, f, k), fun_rule(a, f, k));
		}
		if (f->cls == FC_ELEM)
			assert_int_equal(parts(f), f->max);
		if (f->cls == FC_MATFUN && f->id != F_expm && f->id != F_mpow)
			assert_true(parts(f) > 0);
	}
}

/* rule against central differences of the kernel, at points where every function is defined and
   smooth */
static void
elementwise_rules(void **state)
{
	const double h = 1e-6;
	double at[2];

	(void)state;
	for (int i = 0; i < F_COUNT; i++) {
		const Fun *f = &fun_table[i];

		if (f->cls != FC_ELEM)
			continue;
		for (int arg = 0; arg < f->max; arg++) {
			Node *kid[2] = {random_leaf(N, ONE, 0, 0.2, 0.8), random_leaf(N, ONE, 0, 0.2, 0.8)};
			Node *G = random_leaf(N, ONE, 0, 0.5, 1);
			/* as it stands here, whatever node_map() would make of it */
			Node map = {
				.kind = N_MAP, .fun = f, .n = f->max, .kid = kid, .nax = 1, .ax = kid[0]->ax};
			Tensor *x = eval(kid[0]), *y = eval(kid[1]), *up = eval(G), *d;

			d = eval(build_rule(g, &map, arg, G, 0));
			for (size_t k = 0; k < x->size; k++) {
				double hi, lo;

				at[0] = x->data[k];
				at[1] = y->data[k];
				at[arg] += h;
				hi = f->kernel(at[0], at[1]);
				at[arg] -= 2 * h;
				lo = f->kernel(at[0], at[1]);
				assert_near(d->data[k], up->data[k] * (hi - lo) / (2 * h), 1e-7, f->name);
			}
		}
		nleaf = 0;
	}
}

static void
kinks(void **state)
{
	(void)state;
	assert_true(fun_table[F_sign].kernel(0, 0) == 0);
	assert_true(fun_table[F_step].kernel(0, 0) == 0);
	assert_true(fun_table[F_relu].kernel(-1, 0) == 0);
	assert_true(isnan(fun_table[F_relu].kernel(NAN, 0)));
	assert_true(isnan(fun_table[F_max].kernel(NAN, 1)) && isnan(fun_table[F_max].kernel(1, NAN)));
	assert_true(fun_table[F_softplus].kernel(800, 0) == 800);
	assert_true(
		fun_table[F_sigmoid].kernel(-800, 0) == 0 && fun_table[F_sigmoid].kernel(800, 0) == 1);
	assert_false(fun_table[F_log].domain_ok(0, 0));
	assert_true(fun_table[F_sqrt].domain_ok(0, 0));
	assert_false(fun_table[F_asin].domain_ok(1.5, 0));
	assert_true(fun_table[F_pow].domain_ok(-2, 3));
	assert_false(fun_table[F_pow].domain_ok(-2, 0.5));
}

/* ---- operators by their definitions */

static Operand
operand(Dim *row, Dim *col)
{
	return (Operand){random_leaf(row, col, 0, -1, 1), row, col};
}

static Operand
call(FunId f, int n, const Operand *x, int nidx, Dim **idx)
{
	return op_call(g, &fun_table[f], n, x, nidx, idx, NULL, NULL);
}

static void
combined_axes(void **state)
{
	Operand X
	= operand(M, N), Y = operand(P, M), u = operand(M, ONE), v = op_trans(g, operand(N, ONE));
	Operand k = op_kron(g, X, Y), w = op_kron(g, u, v),
			c = call(F_commutation, 0, NULL, 2, (Dim *[]){M, N});
	Operand vx = call(F_vec, 1, &X, 0, NULL), xt = op_trans(g, X), back = op_reshape(g, vx, M, N);
	Tensor *x = eval(X.n), *y = eval(Y.n), *t = eval(k.n);

	(void)state;
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 3; j++)
			for (int r = 0; r < 2; r++)
				for (int s = 0; s < 4; s++)
					assert_near(t->data[(i * 2 + r) * 12 + j * 4 + s],
						x->data[i * 3 + j] * y->data[r * 4 + s], 1e-14, "kron");
	t = eval(w.n);
	x = eval(u.n);
	y = eval(v.n);
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 3; j++)
			assert_near(t->data[i * 3 + j], x->data[i] * y->data[j], 1e-14, "kron of vectors");
	x = eval(X.n);
	t = eval(vx.n);
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 3; j++)
			assert_near(t->data[j * 4 + i], x->data[i * 3 + j], 0, "vec");
	assert_same(
		op_mul(g, 2, (Operand[]){c, vx}).n, call(F_vec, 1, &xt, 0, NULL).n, 1e-14, "commutation");
	assert_ptr_equal(back.n, X.n);
	t = eval(op_reshape(g, X, N, M).n);
	for (int q = 0; q < 12; q++)
		assert_near(t->data[q % 3 * 4 + q / 3], x->data[q % 4 * 3 + q / 4], 0, "reshape");
}

static void
blocks_and_entries(void **state)
{
	Operand b[4] = {
		operand(N, N), operand(N, ONE), op_trans(g, operand(N, ONE)), operand(ONE, ONE)};
	Dim *size = dim_add(dims, N, ONE);
	Operand x = op_blocks(g, 2, (int[]){2, 2}, b, size, size);
	Tensor *t = eval(x.n), *A = eval(b[0].n), *c = eval(b[1].n), *r = eval(b[2].n),
		   *s = eval(b[3].n);

	(void)state;
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 4; j++)
			assert_near(t->data[i * 4 + j], i < 3 ? j < 3 ? A->data[i * 3 + j] : c->data[i]
				    : j < 3 ? r->data[j] : s->data[0], 0, "blocks");
	assert_near(eval(op_entry(g, b[0], dim_num(dims, 2), dim_num(dims, 3)).n)->data[0], A->data[5],
		0, "entry");
	assert_near(eval(op_entry(g, b[2], dim_num(dims, 2), NULL).n)->data[0], r->data[1], 0,
		"entry of a row");
	assert_same(op_mul(g, 3, (Operand[]){op_trans(g, b[1]), b[0], b[1]}).n,
		call(F_dot, 2, (Operand[]){b[1], op_mul(g, 2, (Operand[]){b[0], b[1]})}, 0, NULL).n, 1e-14,
		"quadratic form");
}

/* ---- rules of the constructors: f(X) as it is made equals f of a leaf that has X's value */

static void
no_value_changes(const char *what, const Fun *f, int param, Node *x)
{
	Node *plain, *r;
	Dim *row = x->nax ? x->ax[0] : ONE, *col = x->nax > 1 ? x->ax[1] : ONE;

	plain = leaf_with(row, col, 0, eval(x));
	for (int mode = 0; mode < 2; mode++) {
		g->canon_mode = mode;
		g->budget = 1000;
		r = f->cls == FC_ELEM ? node_map(g, f, 1, &x) : node_fn(g, f, param, 1, &x);
		g->canon_mode = false;
		graph_check(g, r);
		assert_same(r,
			f->cls == FC_ELEM ? node_map(g, f, 1, &plain) : node_fn(g, f, param, 1, &plain), 1e-8,
			arena_printf(a, "%s of %s", f->name, what));
	}
	nleaf--;
}

static void
matrix_rules_are_sound(void **state)
{
	Operand A = operand(N, N), B = operand(N, N), C = operand(P, P), X = operand(M, N);
	Operand c = {random_leaf(ONE, ONE, 0, -2, -1), ONE, ONE},
			d = {random_leaf(ONE, ONE, P_POSITIVE, 1, 2), ONE, ONE};
	Operand v = {random_leaf(N, ONE, 0, -2, -1), N, ONE},
			two = op_scalar(g, node_num(g, rat(-2, 1)));
	Operand I = op_ident(g, N), At = op_trans(g, A), D = op_diag(g, v),
			V = op_diag(g, (Operand){node_pow(g, v.n, rat(2, 1)), N, ONE});
	const FunId square[] = {F_inv, F_det, F_logdet, F_pinv, F_adj, F_expm};
	struct { const char *what; Operand x;
	} form[] = {
		{"A'", At},
		{"A*B", op_mul(g, 2, (Operand[]){A, B})},
		{"c*A", op_mul(g, 2, (Operand[]){c, A})},
		{"-2*d*A'*B", op_mul(g, 4, (Operand[]){two, d, At, B})},
		{"D", D},
		{"V", V},
		{"I", I},
		{"d*I", op_mul(g, 2, (Operand[]){d, I})},
		{"A*D*B'", op_mul(g, 3, (Operand[]){A, D, op_trans(g, B)})},
		{"c*D*A*V", op_mul(g, 4, (Operand[]){c, D, A, V})},
		{"X'*X", op_mul(
					 g, 2, (Operand[]) { op_trans(g, X), X })},
		{"d*X'*X", op_mul(
					   g, 3, (Operand[]) { d, op_trans(g, X), X })},
		{"A .* B", op_emul(g, 2, (Operand[]){A, B})},
		{"kron(A, C)", op_kron(g, A, C)},
		{"kron(A*B, c*C')", op_kron(g, op_mul(g, 2, (Operand[]){A, B}),
								op_mul(g, 2, (Operand[]){c, op_trans(g, C)}))},
		{"kron(D, C)", op_kron(g, D, C)},
		{"kron(I, C)", op_kron(g, I, C)},
		{"commutation", call(F_commutation, 0, NULL, 2, (Dim *[]){P, N})},
		{"commutation*kron(A, C)",
			op_mul(g, 2,
				(Operand[]){call(F_commutation, 0, NULL, 2, (Dim *[]){P, N}), op_kron(g, A, C)})},
		{"inv(A)", op_inv(g, A)},
		{"expm(A)", call(F_expm, 1, &A, 0, NULL)},
		{"A + B'", op_add(g, 2, (Operand[]){A, op_trans(g, B)}, NULL)},
		{"A' + B", op_add(g, 2, (Operand[]){At, B}, NULL)},
		{"A^9", op_pow(g, A, op_scalar(g, node_num(g, rat(9, 1))))},
	};

	(void)state;
	for (size_t i = 0; i < sizeof form / sizeof *form; i++) {
		for (size_t k = 0; k < sizeof square / sizeof *square; k++)
			if (square[k] != F_adj || form[i].x.row == N)
				no_value_changes(form[i].what, &fun_table[square[k]], 0, form[i].x.n);
		for (int k = 0; k < 12; k += k < 2 ? 1 : 9)
			no_value_changes(form[i].what, &fun_table[F_mpow], k, form[i].x.n);
	}
	no_value_changes("-2*X'", &fun_table[F_pinv], 0,
		op_mul(
			g, 2, (Operand[]) { two, op_trans(g, X) })
			.n);
	no_value_changes("X*0", &fun_table[F_pinv], 0, op_fill(g, node_num(g, RAT0), M, N).n);
	for (int p = 1; p < 3; p++) {
		no_value_changes("ones", &fun_table[F_softmax], p, op_fill(g, node_num(g, RAT1), M, N).n);
		no_value_changes(
			"twos", &fun_table[F_logsumexp], p, op_fill(g, node_num(g, rat(2, 1)), M, N).n);
	}
}

static void
elementwise_rules_are_sound(void **state)
{
	/* entries within (0, 0.8), so that every function is defined; y is positive for sure, x only as
	   it happens */
	Operand x = {random_leaf(N, ONE, 0, 0.2, 0.8), N, ONE},
			y = {random_leaf(N, ONE, P_POSITIVE, 0.2, 0.8), N, ONE};
	Operand s = {random_leaf(ONE, ONE, 0, 0.2, 0.8), ONE, ONE}, X
	= {random_leaf(M, N, 0, 0.2, 0.8), M, N};
	Operand minus = op_add(g, 1, &x, (int[]){-1}),
			d = op_add(g, 2, (Operand[]){x, y}, (int[]){1, -1});
	Node *p = node_emul(g, s.n, node_pow(g, y.n, rat(3, 1)));
	struct { const char *what; Node *n; bool positive;
	} form[] = {
		{"-x", minus.n, false},
		{"x - y", d.n, false},
		{"y", y.n, true},
		{"s*y^3", p, true},
		{"x^2", node_pow(g, x.n, rat(2, 1)), true},
		{"x^3", node_pow(g, x.n, rat(3, 1)), true},
		{"sqrt(x)", node_pow(g, x.n, rat(1, 2)), true},
		{"1/2*x.*y", node_scale(g, rat(1, 2), node_emul(g, x.n, y.n)), true},
		{"X'", op_trans(g, X).n, true},
		{"zeros", op_fill(g, node_num(g, RAT0), N, ONE).n, false},
		{"-1/2*X", node_scale(g, rat(-1, 2), X.n), false},
		{"log(x)/8", node_scale(g, rat(1, 8), node_map(g, &fun_table[F_log], 1, &x.n)), false},
		{"exp(-x)", node_map(g, &fun_table[F_exp], 1, &minus.n), true},
		{"sign(x)/2", node_scale(g, rat(1, 2), node_map(g, &fun_table[F_sign], 1, &minus.n)),
			false},
		{"diag(y)", op_diag(g, y).n, false},
		{"atan(x)", node_map(g, &fun_table[F_atan], 1, &x.n), true},
		{"asin(x)/2", node_scale(g, rat(1, 2), node_map(g, &fun_table[F_asin], 1, &x.n)), true},
		{"3/4", node_num(g, rat(3, 4)), true},
	};

	(void)state;
	for (int i = 0; i < F_COUNT; i++)
		for (size_t k = 0; k < sizeof form / sizeof *form; k++) {
			const Fun *f = &fun_table[i];
			bool defined = form[k].positive || !f->domain_ok || f->id == F_asin || f->id == F_acos;

			if (f->cls == FC_ELEM && f->max == 1 && f->id != F_sqrt && f->id != F_square && defined)
				no_value_changes(form[k].what, f, 0, form[k].n);
		}
}

static void
power_rules_are_sound(void **state)
{
	Node *x = random_leaf(ONE, ONE, P_POSITIVE, 1, 2), *s = random_leaf(ONE, ONE, 0, -2, -1),
		 *t = random_leaf(ONE, ONE, 0, 0.2, 0.8);
	Node *n = node_dim(g, N), *one = node_num(g, RAT1),
		 *xs = node_emul(g, x, node_scale(g, rat(-3, 1), s));
	Node *n1 = node_add(g, node_scale(g, rat(2, 1), n), node_scale(g, rat(-1, 1), one));
	Node *t1 = node_add(g, node_scale(g, rat(1, 2), t), one);
	struct { Node *base, *exponent;
	} form[] = {
		{s, n},
		{s, n1},
		{x, t},
		{x, t1},
		{xs, n1},
		{xs, t1},
		{node_pow(g, x, rat(1, 2)), t},
		{node_map(g, &fun_table[F_exp], 1, &s), t1},
		{one, t},
		{x, node_num(g, rat(3, 1))},
		{node_num(g, rat(2, 1)), n1},
		{node_map(g, &fun_table[F_pow], 2, (Node *[]){x, t}), t1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof form / sizeof *form; i++)
		for (int mode = 0; mode < 2; mode++) {
			Node *r;

			g->canon_mode = mode;
			g->budget = 1000;
			r = node_map(g, &fun_table[F_pow], 2, (Node *[]){form[i].base, form[i].exponent});
			g->canon_mode = false;
			assert_near(eval(r)->data[0],
				pow(eval(form[i].base)->data[0], eval(form[i].exponent)->data[0]), 1e-10,
				arena_printf(a, "power %zu, mode %d", i, mode));
		}
}

/* Some forms are wanted, not only right ones. */
static void
wanted_forms(void **state)
{
	Operand A = operand(N, N), B = operand(N, N),
			Q = {random_leaf(N, N, P_ORTHOGONAL | P_INVERTIBLE, -1, 1), N, N};
	Operand z = {random_leaf(N, ONE, P_POSITIVE, 1, 2), N, ONE},
			AB = op_mul(g, 2, (Operand[]){A, B});
	Operand I = op_ident(g, N), zero = op_fill(g, node_num(g, RAT0), N, N), x = operand(N, ONE);
	Operand minus = op_add(g, 1, &x, (int[]){-1});

	(void)state;
	assert_ptr_equal(op_inv(g, AB).n, op_mul(g, 2, (Operand[]){op_inv(g, B), op_inv(g, A)}).n);
	assert_ptr_equal(op_inv(g, op_inv(g, A)).n, A.n);
	assert_ptr_equal(op_inv(g, Q).n, op_trans(g, Q).n);
	assert_ptr_equal(op_inv(g, I).n, I.n);
	assert_ptr_equal(call(F_expm, 1, &zero, 0, NULL).n, I.n);
	assert_true(node_is_zero(call(F_logdet, 1, &Q, 0, NULL).n));
	assert_ptr_equal(call(F_abs, 1, &z, 0, NULL).n, z.n);
	assert_ptr_equal(call(F_cos, 1, &minus, 0, NULL).n, call(F_cos, 1, &x, 0, NULL).n);
	assert_ptr_equal(call(F_tril, 1, &zero, 0, NULL).n, zero.n);
	assert_ptr_equal(op_pow(g, A, op_scalar(g, node_num(g, RAT0))).n, I.n);
}

/* ---- derivative rules of matrix functions: with an axis that rides along, each slice is the rule
   for that slice */

static void
rules_are_linear(void **state)
{
	const FunId ids[] = {
		F_det, F_logdet, F_inv, F_pinv, F_adj, F_softmax, F_logsumexp, F_tril, F_triu};

	(void)state;
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		const Fun *f = &fun_table[ids[i]];
		int last = f->max == 2 ? 2 : 0;

		for (int param = 0; param <= last; param++) {
			bool any = f->id == F_pinv || param > 0, vector = f->max == 2 && param == 0;
			Node *z = random_leaf(any ? M : N, vector ? ONE : N, 0, -1, 1),
				 *n = node_fn(g, f, param, 1, &z);
			Operand v = op_node(g, n);
			Node *G1 = random_leaf(v.row, v.col, 0, -1, 1),
				 *G2 = random_leaf(v.row, v.col, 0, -1, 1);
			Node *e[2] = {node_unit(g, dim_num(dims, 1), P), node_unit(g, dim_num(dims, 2), P)},
				 *G[2] = {G1, G2};
			Dim **ax = NEWN(a, Dim *, n->nax + 1);
			Node *all, *one;
			Sum *s;

			ax[0] = P;
			for (int k = 0; k < n->nax; k++)
				ax[k + 1] = n->ax[k];
			s = sum_begin(g, n->nax + 1, ax);
			for (int k = 0; k < 2; k++) {   /* e_k[q] G_k[..] */
				Prod *p = prod_begin(g);
				int l[3];

				for (int r = 0; r <= n->nax; r++)
					l[r] = prod_label(p, ax[r]);
				prod_factor(p, e[k], l);
				prod_factor(p, G[k], l + 1);
				sum_add(s, RAT1, prod_end(p, n->nax + 1, l));
			}
			all = build_rule(g, n, 0, sum_end(s), 1);
			assert_int_equal(all->nax, z->nax + 1);
			for (int k = 0; k < 2; k++) {
				Prod *p = prod_begin(g);
				int l[3];

				for (int r = 0; r < all->nax; r++)
					l[r] = prod_label(p, all->ax[r]);
				prod_factor(p, all, l);
				prod_factor(p, e[k], l);
				one = build_rule(g, n, 0, G[k], 0);
				assert_same(prod_end(p, z->nax, l + 1), one, 1e-10, f->name);
			}
			nleaf = 0;
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rows_are_complete, setup, teardown),
		cmocka_unit_test_setup_teardown(near_names, setup, teardown),
		cmocka_unit_test_setup_teardown(rules_parse, setup, teardown),
		cmocka_unit_test_setup_teardown(elementwise_rules, setup, teardown),
		cmocka_unit_test_setup_teardown(kinks, setup, teardown),
		cmocka_unit_test_setup_teardown(combined_axes, setup, teardown),
		cmocka_unit_test_setup_teardown(blocks_and_entries, setup, teardown),
		cmocka_unit_test_setup_teardown(matrix_rules_are_sound, setup, teardown),
		cmocka_unit_test_setup_teardown(elementwise_rules_are_sound, setup, teardown),
		cmocka_unit_test_setup_teardown(power_rules_are_sound, setup, teardown),
		cmocka_unit_test_setup_teardown(wanted_forms, setup, teardown),
		cmocka_unit_test_setup_teardown(rules_are_linear, setup, teardown),
	};

	return cmocka_run_group_tests_name("funs", tests, NULL, NULL);
}
