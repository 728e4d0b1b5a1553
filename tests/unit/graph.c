/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graph's promises: one pointer for one meaning, whatever the order of writing and the names of
   labels. */
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core.h"

static Arena *a;
static Dims *dims;
static Graph *g;

static int
setup(void **state)
{
	(void)state;
	a = arena_new();
	dims = dims_new(a);
	g = graph_new(a, dims);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static Node *
var(const char *name, const char *row, const char *col, unsigned props)
{
	Var *v = NEW(a, Var);

	v->name = sym(name);
	v->row = row ? dim_sym(dims, sym(row)) : dim_num(dims, 1);
	v->col = col ? dim_sym(dims, sym(col)) : dim_num(dims, 1);
	v->props = props_close(props);
	return node_var(g, v);
}

/* prod("ij", A, "ik", B, "kj", NULL): Einstein's notation */
static Node *
prod(const char *out, ...)
{
	Prod *p = prod_begin(g);
	int label[128], o[8], no = (int)strlen(out);
	va_list ap;
	Node *n;

	memset(label, -1, sizeof label);
	va_start(ap, out);
	while ((n = va_arg(ap, Node *))) {
		const char *l = va_arg(ap, const char *);
		int lab[8];

		for (int i = 0; i < n->nax; i++) {
			if (label[(int)l[i]] < 0)
				label[(int)l[i]] = prod_label(p, n->ax[i]);
			lab[i] = label[(int)l[i]];
		}
		prod_factor(p, n, lab);
	}
	va_end(ap);
	for (int i = 0; i < no; i++)
		o[i] = label[(int)out[i]];
	return prod_end(p, no, o);
}

static void
one_pointer_for_one_meaning(void **state)
{
	Node *A = var("A", "n", "n", 0), *B = var("B", "n", "n", 0), *x = var("x", "n", NULL, 0),
		 *y = var("y", "n", NULL, 0);
	Node *S = var("S", "n", "n", P_SYMMETRIC), *K = var("K", "n", "n", P_SKEW),
		 *Q = var("Q", "n", "n", P_ORTHOGONAL);

	(void)state;
	assert_ptr_equal(prod("", A, "ij", B, "ji", NULL), prod("", B, "ij", A, "ji", NULL));
	assert_ptr_equal(
		prod("", x, "i", A, "ij", y, "j", NULL), prod("", y, "i", A, "ji", x, "j", NULL));
	assert_ptr_not_equal(
		prod("", x, "i", A, "ij", y, "j", NULL), prod("", x, "i", A, "ji", y, "j", NULL));
	assert_ptr_equal(prod("", S, "ij", S, "jk", S, "kl", S, "li", NULL),
		prod("", S, "ij", S, "kj", S, "kl", S, "il", NULL));
	assert_true(node_is_zero(prod("", x, "i", K, "ij", x, "j", NULL)));
	assert_ptr_equal(prod("ij", Q, "ia", Q, "ja", NULL), node_eye(g, x->ax[0]));
	assert_ptr_equal(node_matmul(g, node_transpose(g, A), node_transpose(g, B)),
		node_transpose(g, node_matmul(g, B, A)));
	assert_true(node_symmetric(g, prod("ij", A, "ik", A, "jk", NULL)));
	assert_false(node_symmetric(g, prod("ij", A, "ik", A, "kj", NULL)));
}

static unsigned long seed = 20240611;

static int
rnd(int n)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (int)((seed >> 33) % (unsigned)n);
}

/* Random networks over few different factors (so that ties abound), written twice with factors
   shuffled, labels renamed and symmetric factors turned: the same pointer; with one label moved
   elsewhere the pointer mostly differs, and where it does not, the encodings agree by
   construction. */
static void
order_of_writing_is_irrelevant(void **state)
{
	Node *pool[5] = {var("A", "n", "n", 0), var("S", "n", "n", P_SYMMETRIC), var("x", "n", NULL, 0),
	                 var("B", "n", "n", 0), var("T", "n", "n", P_SYMMETRIC)};

	(void)state;
	for (int trial = 0; trial < 3000; trial++) {
		int nf = 1 + rnd(6), nl = 1 + rnd(6), no = rnd(3), f[8], lab[8][2], out[2], perm[8],
			name[8];
		Node *n[2];

		for (int i = 0; i < nf; i++) {
			f[i] = rnd(5);
			lab[i][0] = rnd(nl);
			lab[i][1] = rnd(nl);
			perm[i] = i;
		}
		for (int i = 0; i < no; i++)
			out[i] = rnd(nl);
		for (int i = 0; i < nl; i++)
			name[i] = i;
		for (int time = 0; time < 2; time++) {
			Prod *p = prod_begin(g);
			int o[2];

			for (int l = 0; l < nl; l++)
				prod_label(p, pool[0]->ax[0]);
			for (int i = 0; i < nf; i++) {
				int k = perm[i], l[2] = {name[lab[k][0]], name[lab[k][1]]};

				if (time && (f[k] == 1 || f[k] == 4) && rnd(2)) {
					int t = l[0];
					l[0] = l[1];
					l[1] = t;
				}
				prod_factor(p, pool[f[k]], l);
			}
			for (int i = 0; i < no; i++)
				o[i] = name[out[i]];
			n[time] = prod_end(p, no, o);
			graph_check(g, n[time]);
			for (int i = nf - 1; i > 0; i--) {
				int j = rnd(i + 1), t = perm[i];
				perm[i] = perm[j];
				perm[j] = t;
			}
			for (int i = nl - 1; i > 0; i--) {
				int j = rnd(i + 1), t = name[i];
				name[i] = name[j];
				name[j] = t;
			}
		}
		if (n[0] != n[1])
			print_message(
				"trial %d: %s\n         %s\n", trial, node_dump(a, n[0]), node_dump(a, n[1]));
		assert_ptr_equal(n[0], n[1]);
	}
}

static void
constants_cancel(void **state)
{
	Node *X = var("X", "m", "n", 0), *A = var("A", "n", "n", 0), *x = var("x", "n", NULL, 0);
	Dim *m = X->ax[0], *n = X->ax[1], *mn = dim_mul(dims, m, n);
	Node *f = node_fuse(g, 2, (Dim *[]){n, m}), *inv;

	(void)state;
	/* vec then its inverse; F F' = I */
	assert_ptr_equal(prod("ij", X, "kl", f, "lka", f, "jia", NULL), X);
	assert_ptr_equal(prod("ab", f, "jia", f, "jib", NULL), node_eye(g, mn));
	/* sum over vec(X) is the sum over X */
	assert_ptr_equal(prod("", X, "ij", f, "jia", NULL), prod("", X, "ij", NULL));
	assert_ptr_equal(prod("", node_eye(g, n), "ii", NULL), node_dim(g, n));
	inv = node_fn(g, &fun_table[F_inv], 0, 1, &A);
	assert_ptr_equal(prod("ij", inv, "ik", A, "kj", NULL), node_eye(g, n));
	assert_ptr_equal(prod("ij", A, "ik", inv, "kj", NULL), node_eye(g, n));
	assert_ptr_not_equal(prod("ij", A, "ki", inv, "kj", NULL), node_eye(g, n));
	assert_ptr_equal(prod("", inv, "ik", A, "ki", NULL), node_dim(g, n));
	/* an inverse of a product network meets its factors: X inv(X'X) X'X = X */
	Node *gram = prod("ij", X, "ki", X, "kj", NULL);
	inv = node_fn(g, &fun_table[F_inv], 0, 1, &gram);
	assert_ptr_equal(prod("aj", X, "ai", inv, "ib", X, "kb", X, "kj", NULL), X);
	/* block injections */
	Dim *one = dim_num(dims, 1), *total = dim_add(dims, n, one), *zero = dim_num(dims, 0);
	Node *s = node_inj(g, n, zero, total), *e = node_unit(g, total, total);
	assert_ptr_equal(prod("j", x, "i", s, "ia", s, "ja", NULL), x);
	assert_true(node_is_zero(prod("i", s, "ia", e, "a", NULL)));
	Node *e2 = node_unit(g, dim_num(dims, 2), n), *e1 = node_unit(g, one, n);
	assert_true(node_is_zero(prod("", e1, "i", e2, "i", NULL)));
	assert_true(rat_is(prod("", e1, "i", e1, "i", NULL)->coef[0], 1));
	assert_ptr_equal(
		prod("ij", A, "ij", e1, "i", NULL), prod("ij", A, "kj", e1, "k", e1, "i", NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_pointer_for_one_meaning, setup, teardown),
		cmocka_unit_test_setup_teardown(order_of_writing_is_irrelevant, setup, teardown),
		cmocka_unit_test_setup_teardown(constants_cancel, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
