/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The printer: brackets, spellings, LaTeX, abbreviations; what is printed is what was read. */
#include <glob.h>

#include "arena.h"

static Tree *
parsed(const char *text)
{
	Trap t;
	if (TRY(&t, a)) {
		Tree *e = parse_expr(a, "t", text);
		trap_end(&t);
		return e;
	}
	fail_msg("%s: %s", text, t.diag.msg);
	return NULL;
}

static void
prints(Style style, const char *text, const char *want)
{
	const char *got = print_tree(a, parsed(text), style);
	if (strcmp(got, want) != 0)
		fail_msg("%s is printed as %s, not %s", text, got, want);
}

/* is printed as it stands */
static void
stays(const char *text)
{
	prints(STYLE_ASCII, text, text);
	assert_true(tree_equal(parsed(text), parsed(print_tree(a, parsed(text), STYLE_ASCII))));
}

static void
ascii(void **state)
{
	(void)state;
	stays("2*W*(W'*W*x - x)*x' + 2*W*x*(W'*W*x - x)'");
	stays("-alpha*D/2*logdet(K)");
	stays("(sigmoid(z1).*(z1 + 1 - z1.*sigmoid(z1)).*(W2'*grad(L, z2)))*x'");
	stays("alpha*(inv(K)*Y*Y' - D*I)*inv(K)*X");
	stays("1/2*x + x/2 - a*(-b)");
	stays("a - (-b) + (c - d) - (e + f)");
	stays("-(a + b)*c");
	stays("-a^2*(-a)^2");
	stays("a*(b*c) + (a*b)*c + a*b*c");
	stays("a/(b*c) + a/b*c + a*b/c + a/b/c");
	stays("(a.*b)*c - a./b.*c + (a*b).*c");
	stays("A\\b\\c");
	stays("(S^2)'*(A')^2*K^-1*x^(1/2)*x^n*x^-n*x.^2");
	stays("A''*(2^3)^2");
	stays("x^(T)*x^(a + b)*2^x[i]*2^(A'[1,2])");
	stays("A'[1,2] + (2)[1,1] + (A + B)[i,j] + f(x)[k]");
	stays("[1, 2; 3, -x]");
	stays("kron(A, B)*phi''(z)*rand()");
	stays("d(l)/d(W)*x + d(x)/(d(y))");
	stays("% + %3");
	stays("load(\"a \"\"b\"\" \\c\")");
	stays("x where a = 1, b = a + 1");
	stays("(x where a = 1)*2");
	prints(STYLE_ASCII, "K⁻¹*Wᵀ ⊗ B", "kron(inv(K)*W', B)");
	prints(STYLE_ASCII, "0.5*x + 2^1.5", "1/2*x + 2^(3/2)");
	prints(STYLE_ASCII, "A*-x + + y", "A*(-x) + (+y)");
}

static void
unicode(void **state)
{
	(void)state;
	const Style u = STYLE_UNICODE;
	prints(u, "2*W*b*x' + inv(K)", "2·W·b·xᵀ + K⁻¹");
	prints(u, "(a.*b)*c - a./b", "(a⊙b)·c - a⊘b");
	prints(u, "kron(A, B*C)*x^2*x^-10", "(A⊗(B·C))·x²·x⁻¹⁰");
	prints(u, "inv(K)'*inv(A + B)", "(K⁻¹)ᵀ·(A + B)⁻¹");
	prints(u, "grad(L, z2) + W'*grad(f(x), x)", "∂L/∂z2 + Wᵀ·(∂f(x)/∂x)");
	prints(u, "d(x'*x)/d(X[1,2])", "∂(xᵀ·x)/∂X[1,2]");
}

static void
latex(void **state)
{
	(void)state;
	const Style l = STYLE_LATEX;
	prints(l, "2*W*(W'*W*x - x)*x'", "2 W (W^\\top W x - x) x^\\top");
	prints(l, "-alpha*D/2*x", "-\\frac{\\alpha D}{2} x");
	prints(l, "1/2*x - x/n", "\\frac{1}{2} x - \\frac{x}{n}");
	prints(l, "(x/2)'*(1/2)^2",
		"\\left(\\frac{x}{2}\\right)^\\top \\left(\\frac{1}{2}\\right)^2");
	prints(l, "z1 + z_1 + z₁ + z₁₂", "z_1 + z_1 + z_1 + z_{12}");
	prints(l, "W_in + x2y + mse", "W_{\\mathrm{in}} + \\mathrm{x2y} + \\mathrm{mse}");
	prints(l, "Sigma1 + Σ + φ", "\\Sigma_1 + \\Sigma + \\varphi");
	prints(l, "A.*B./C + A⊗B", "A \\odot B \\oslash C + A \\otimes B");
	prints(l, "2*3*x*2", "2 \\cdot 3 x \\cdot 2");
	prints(l, "K^-1*(A')^2*x.^2", "K^{-1} (A^\\top)^2 x^{\\circ 2}");
	prints(l, "inv(K)'*(A\\b)", "K^{-\\top} (A^{-1} b)");
	prints(l, "tr(A) + phi'(z) + loss(x, y) + exp(x/2)", "\\operatorname{tr}(A) + \\phi'(z)"
		" + \\operatorname{loss}(x, y) + \\exp\\left(\\frac{x}{2}\\right)");
	prints(l, "norm(x - y)^2", "\\lVert x - y\\rVert^2");
	prints(l, "[1, 2; 3, 4]*A[i,j]", "\\begin{bmatrix} 1 & 2 \\\\ 3 & 4 \\end{bmatrix} A_{ij}");
	prints(l, "d(l)/d(W)", "\\frac{\\partial l}{\\partial W}");
	prints(l, "x where a = 1, b = 2", "x \\quad\\text{where } a = 1,\\; b = 2");
}

static void
formula(const char *text, int width, const char *want)
{
	Formula f = {.tree = parsed(text)};
	const char *got = print_formula(a, &f, STYLE_ASCII, width);
	if (strcmp(got, want) != 0)
		fail_msg("%s is printed as %s", text, got);
	parsed(got);
}

static void
abbreviations(void **state)
{
	(void)state;
	const char *long_sum = "2*W*(W'*W*x - x)*x' + 2*W*x*(W'*W*x - x)'";
	formula(long_sum, 0, long_sum);
	formula(long_sum, 80, long_sum);
	formula(long_sum, 40, "2*W*t1*x' + 2*W*x*t1' where\n  t1 = W'*W*x - x");
	formula("alpha*inv(alpha*X*X' + beta*I)*Y*inv(alpha*X*X' + beta*I)*X + t1", 40,
		"alpha*t2*Y*t2*X + t1 where\n  t2 = inv(alpha*X*X' + beta*I)");
	formula("inv(A + B*exp(A*x - b)*c) + inv(exp(A*x - b) + det(A + B*exp(A*x - b)*c))", 30,
		"inv(t2) + inv(t1 + det(t2)) where\n  t1 = exp(A*x - b),\n  t2 = A + B*t1*c");
	formula("sin(W*x + b1 + b2)*grad(f(W*x + b1 + b2), W)*cos(W*x + b1 + b2)", 30,
		"sin(t1)*grad(f(W*x + b1 + b2), W)*cos(t1) where\n  t1 = W*x + b1 + b2");
	formula("aaaaaaaaaaaaaaaa + bbbbbbbbbbbbbbbbbbbbbb", 20,
		"aaaaaaaaaaaaaaaa + bbbbbbbbbbbbbbbbbbbbbb");
}

static void
indices(void **state)
{
	(void)state;
	Formula f = {.tree = parsed("A[i,k]*B[l,j]"), .nindex = 4};
	f.index[0] = "i", f.index[1] = "j", f.index[2] = "k", f.index[3] = "l";
	assert_string_equal(print_formula(a, &f, STYLE_ASCII, 80),
		"A[i,k]*B[l,j]\n  over [i, j, k, l]");
}

/* equal but for ⊗ and ⁻¹, which ASCII has as calls */
static bool
same(const Tree *x, const Tree *y)
{
	if ((y->kind == TREE_KRON || y->kind == TREE_INV) && x->kind == TREE_CALL)
		return same(y, x);
	bool called = (x->kind == TREE_KRON || x->kind == TREE_INV) && y->kind == TREE_CALL;
	if (called ? x->n + 1 != y->n : x->kind != y->kind || x->n != y->n || x->name != y->name ||
		x->prime != y->prime || !rat_eq(x->num, y->num))
		return false;
	for (int i = 0; i < x->n; i++)
		if (!same(x->kid[i], y->kid[i + called]))
			return false;
	return true;
}

static void
round_trip(const Tree *t)
{
	const Tree *e = t->kind == TREE_WHERE && t->kid[0]->kind == TREE_EQ ? t->kid[0] : t;
	if (e->kind == TREE_EQ) {
		for (int i = 0; i < e->n; i++)
			round_trip(e->kid[i]);
		return;
	}
	const char *ascii_text = print_tree(a, t, STYLE_ASCII);
	if (!same(t, parsed(ascii_text)))
		fail_msg("%s is not what was read", ascii_text);
	for (Style s = STYLE_ASCII; s <= STYLE_UNICODE; s++) {
		const char *text = print_tree(a, t, s);
		assert_string_equal(print_tree(a, parsed(text), s), text);
	}
	print_tree(a, t, STYLE_LATEX);
}

/* every expression of the scripts that come with mdx */
static void
scripts(void **state)
{
	(void)state;
	const char *top = getenv("SRC");
	glob_t files;
	char *corpus = arena_printf(a, "%s/tests/corpus/*.mdx", top ? top : ".");
	if (glob(corpus, 0, NULL, &files) != 0)
		skip();
	for (size_t i = 0; i < files.gl_pathc; i++) {
		FILE *f = fopen(files.gl_pathv[i], "rb");
		assert_non_null(f);
		size_t size = 1 << 20;
		char *text = malloc(size);
		size_t len = fread(text, 1, size, f);
		fclose(f);
		Parser *p = parser_open(files.gl_pathv[i], text, len, 1);
		Trap t;
		if (TRY(&t, a)) {
			for (const Stmt *st; (st = parser_next(p, a)); )
				if (st->expr)
					round_trip(st->expr);
			trap_end(&t);
		} else {
			fail_msg("%s", diag_format(a, &t.diag, false));
		}
		parser_close(p);
		free(text);
		arena_reset(a);
	}
	globfree(&files);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ascii), TEST(unicode), TEST(latex), TEST(abbreviations), TEST(indices), TEST(scripts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
