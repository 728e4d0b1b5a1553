/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The grammar: which tree each spelling gives, which statement, which error where, and what comes
   after an error. Trees are compared as text: (ADD a (NEG b)). */
#include <glob.h>

#include "arena.h"

/* ---- trees as text */

static const char *const kind_name[] = {
#define X(k, s) #k,
	TREE_KINDS(X)
#undef X
};

static void
dump(Text *out, const Tree *t)
{
	switch (t->kind) {
	case TREE_NUM:
		text_add(out, rat_text(a, t->num));
		return;
	case TREE_NAME:
		text_add(out, t->name);
		for (int i = 0; i < t->prime; i++)
			text_add(out, "'");
		return;
	case TREE_STR:
		text_addf(out, "\"%s\"", t->name);
		return;
	case TREE_LAST:
		text_addf(out, "%%%s", rat_text(a, t->num));
		return;
	default:
		break;
	}
	text_addf(out, "(%s%s%s", kind_name[t->kind], t->name ? " " : "", t->name ? t->name : "");
	for (int i = 0; i < t->n; i++) {
		text_add(out, " ");
		dump(out, t->kid[i]);
	}
	text_add(out, ")");
}

static char *
dumped(const Tree *t)
{
	Text out = text_new(a);
	dump(&out, t);
	return out.s;
}

/* ---- the next statement, or its diagnostic in *diag */

static Stmt *
next(Parser *p, Diag *diag)
{
	Trap t;
	*diag = (Diag){0};
	if (TRY(&t, a)) {
		Stmt *st = parser_next(p, a);
		trap_end(&t);
		return st;
	}
	*diag = t.diag;
	return NULL;
}

static Stmt *
only(const char *text, Diag *diag)
{
	Parser *p = parser_open("t", text, strlen(text), 1);
	assert_non_null(p);
	Stmt *st = next(p, diag);
	parser_close(p);
	return st;
}

static void
gives(const char *text, const char *want)
{
	Diag d;
	const Stmt *st = only(text, &d);
	if (!st)
		fail_msg("%s: %s", text, d.msg ? d.msg : "nothing");
	else if (strcmp(dumped(st->expr), want) != 0)
		fail_msg("%s gives %s, not %s", text, dumped(st->expr), want);
}

/* ---- expressions */

static void
operators(void **state)
{
	(void)state;
	gives("a - b - c + (d + e) + -f", "(ADD a (NEG b) (NEG c) (ADD d e) (NEG f))");
	gives("a*b*c/d*e", "(MUL (DIV (MUL a b c) d) e)");
	gives("(a*b)*c", "(MUL (MUL a b) c)");
	gives("a*(b*c)", "(MUL a (MUL b c))");
	gives("-a*b", "(NEG (MUL a b))");
	gives("(-a)*b", "(MUL (NEG a) b)");
	gives("A*-x", "(MUL A (NEG x))");
	gives("phi*-(1/6)*phi", "(MUL phi (NEG 1/6) phi)");
	gives("-a^2", "(NEG (POW a 2))");
	gives("2^-1", "(POW 2 (NEG 1))");
	gives("2^3^2", "(POW (POW 2 3) 2)");
	gives("K^-1'", "(TRANS (POW K (NEG 1)))");
	gives("a.^b'", "(TRANS (EPOW a b))");
	gives("A\\b", "(LDIV A b)");
	gives("a.*b.*c./d", "(EDIV (EMUL a b c) d)");
	gives("W^T*y", "(MUL (TRANS W) y)");
	gives("x^(T)", "(POW x T)");
	gives("x^Ta", "(POW x Ta)");
	gives("f'*x", "(MUL (TRANS f) x)");
}

static void
numbers(void **state)
{
	(void)state;
	gives("0.5", "1/2");
	gives("1e-3", "1/1000");
	gives("2.*x", "(EMUL 2 x)");
	gives("2e3.*x", "(EMUL 2000 x)");
	gives("1./x", "(EDIV 1 x)");
	gives("2.^x", "(EPOW 2 x)");
	gives(".5*x", "(MUL 1/2 x)");
	gives("3.", "3");
	gives("1/2*x", "(MUL 1/2 x)");
	gives("x^(3/2)", "(POW x 3/2)");
	gives("x*1/2", "(DIV (MUL x 1) 2)");
	gives("1/0", "(DIV 1 0)");
}

static void
calls_and_entries(void **state)
{
	(void)state;
	gives("rand()", "(CALL rand)");
	gives("f(x, 2)", "(CALL f x 2)");
	gives("phi'(z)", "(CALL phi' z)");
	gives("phi''(z)", "(CALL phi'' z)");
	gives("(A*X)[i,j]", "(INDEX (MUL A X) i j)");
	gives("U'[i,j]", "(INDEX (TRANS U) i j)");
	gives("2^x[i]", "(POW 2 (INDEX x i))");
	gives("K^-1[1,2]", "(INDEX (POW K (NEG 1)) 1 2)");
	gives("d(l)/d(W)*x", "(MUL (DERIV l W) x)");
	gives("a*d(f(x))/d(X[1,2])'", "(MUL a (TRANS (DERIV (CALL f x) (INDEX X 1 2))))");
	gives("d(x)*2/d(y)", "(DIV (MUL (CALL d x) 2) (CALL d y))");
	gives("%; x", "%0");
	gives("%3 + ans", "(ADD %3 %0)");
	gives("x where a = 1, b = a + 1", "(WHERE x (BIND a 1) (BIND b (ADD a 1)))");
	gives("(x where x = 3)*2", "(MUL (WHERE x (BIND x 3)) 2)");
	gives("load(\"a \"\"b\"\" \\c.csv\")", "(CALL load \"a \"b\" \\c.csv\")");
}

static void
unicode(void **state)
{
	(void)state;
	gives("a ⊙ b ∘ c ⊘ d ⊗ e · f − g",
		"(ADD (MUL (KRON (EDIV (EMUL a b c) d) e) f) (NEG g))");
	gives("Wᵀ*K⁻¹*x²*y⁻²", "(MUL (TRANS W) (INV K) (POW x 2) (POW y (NEG 2)))");
	gives("∂l/∂W", "(DERIV l W)");
	gives("∂f(x)/∂X[1,2]'", "(TRANS (DERIV (CALL f x) (INDEX X 1 2)))");
	gives("∇(l, W)", "(CALL grad l W)");
	gives("σ(z₁) + Σ_y⁻¹*α₁₂", "(ADD (CALL σ z₁) (MUL (INV Σ_y) α₁₂))");
	gives("φ′(z)", "(CALL φ' z)");
	gives("ℓ + ж + 数 + x̂", "(ADD ℓ ж 数 x̂)");
	gives("\xef\xbb\xbfx\xc2\xa0+ y\r\n", "(ADD x y)");
}

static void
matrices(void **state)
{
	(void)state;
	gives("[a -b]", "(MATRIX (ROW a (NEG b)))");
	gives("[a - b]", "(MATRIX (ROW (ADD a (NEG b))))");
	gives("[a-b]", "(MATRIX (ROW (ADD a (NEG b))))");
	gives("[a, b c; 1 2 3]", "(MATRIX (ROW a b c) (ROW 1 2 3))");
	gives("[1 2\n 3 4\n]", "(MATRIX (ROW 1 2) (ROW 3 4))");
	gives("[1, 2;\n\n 3,\n 4;]", "(MATRIX (ROW 1 2) (ROW 3 4))");
	gives("[a' -b' (c) (d -e)]", "(MATRIX (ROW (TRANS a) (NEG (TRANS b)) c (ADD d (NEG e))))");
	gives("[X[1, 2] y[i -1]]", "(MATRIX (ROW (INDEX X 1 2) (INDEX y (ADD i (NEG 1)))))");
	gives("[a +\n b]", "(MATRIX (ROW (ADD a b)))");
	gives("[f (x) 2]", "(MATRIX (ROW f x 2))");
	gives("[a .* b, c *d]", "(MATRIX (ROW (EMUL a b) (MUL c d)))");
	gives("[[1 2][1] 3]", "(MATRIX (ROW (INDEX (MATRIX (ROW 1 2)) 1) 3))");
}

static void
line_ends(void **state)
{
	(void)state;
	gives("(a +\n b)\n", "(ADD a b)");
	gives("a + # comment\n\n b", "(ADD a b)");
	gives("a \\\n + b", "(ADD a b)");
	gives("a \\ # comment\n + b", "(ADD a b)");
	gives("f(a,\n b\n)", "(CALL f a b)");
	gives("a where\n b = 1,\n c = 2", "(WHERE a (BIND b 1) (BIND c 2))");
	gives("# comment\n\n ; \n a", "a");
}

/* ---- statements */

static void
is_statement(const char *text, StmtKind kind, const char *word, const char *args)
{
	Diag d;
	const Stmt *st = only(text, &d);
	if (!st) {
		fail_msg("%s: %s", text, d.msg ? d.msg : "nothing");
		return;
	}
	assert_int_equal(st->kind, kind);
	Text out = text_new(a);
	for (int i = 0; i < st->narg; i++) {
		text_add(&out, i ? " " : "");
		dump(&out, st->arg[i]);
	}
	Sym w = kind == ST_COMMAND ? st->word : st->name;
	assert_string_equal(w ? w : "", word);
	assert_string_equal(out.s, args);
}

static void
statements(void **state)
{
	(void)state;
	is_statement("x = 3", ST_DEFINE, "x", "");
	is_statement("f(x, A) = x'*A*x", ST_FUNCTION, "f", "x A");
	is_statement("graph = 3", ST_DEFINE, "graph", "");
	is_statement("eval(x) = x^2", ST_FUNCTION, "eval", "x");
	is_statement("graph*2", ST_EXPR, "", "");
	is_statement("eval(x)", ST_COMMAND, "eval", "x");
	is_statement("eval -x where x = 2", ST_COMMAND, "eval", "(WHERE (NEG x) (BIND x 2))");
	is_statement("help", ST_COMMAND, "help", "");
	is_statement("help norm where .* [", ST_COMMAND, "help", "norm \"where\" \".*\" \"[\"");
	is_statement("help =", ST_COMMAND, "help", "\"=\"");
	is_statement("set style unicode", ST_COMMAND, "set", "style unicode");
	is_statement("set digits 4", ST_COMMAND, "set", "digits 4");
	is_statement("clear x, y z", ST_COMMAND, "clear", "x y z");
	is_statement("save W*x \"f.csv\"", ST_COMMAND, "save", "(MUL W x) \"f.csv\"");
	is_statement("source \"g\"", ST_COMMAND, "source", "\"g\"");
	is_statement("emit c (a + b)", ST_COMMAND, "emit", "c (ADD a b)");
	is_statement("derive differential l", ST_COMMAND, "derive", "differential l");
	is_statement("derive differential", ST_COMMAND, "derive", "differential");
	is_statement("cookbook 57", ST_COMMAND, "cookbook", "57");
	is_statement("vars", ST_COMMAND, "vars", "");
	is_statement("fun phi, psi elementwise", ST_FUN, "elementwise", "");
}

/* the grammar has a form for every statement word that there is help for */
static void
statement_words(void **state)
{
	(void)state;
	for (int i = 0; cmd_at(i); i++) {
		Diag d;
		const char *word = cmd_at(i)->word;
		const Stmt *st = only(word, &d);
		if (st && st->kind == ST_EXPR)
			fail_msg("%s is no statement to the grammar", word);
	}
}

static void
parts_of_statements(void **state)
{
	(void)state;
	Diag d;
	const Stmt *st = only("var W(m,n+1), a positive, K(n,n) symmetric posdef;", &d);
	assert_non_null(st);
	assert_true(st->quiet);
	const Decl *w = st->decls, *x = w->next, *k = x->next;
	assert_string_equal(w->name, "W");
	assert_int_equal(w->ndim, 2);
	assert_string_equal(dumped(w->dim[1]), "(ADD n 1)");
	assert_int_equal(x->ndim, 0);
	assert_int_equal(x->props, P_POSITIVE);
	assert_int_equal(k->props, P_SYMMETRIC | P_POSDEF);
	assert_null(k->next);

	const char *check[] = {
		"check A == B == C given K symmetric posdef, Q orthogonal where a = 1, b = 2",
		"check A == B == C where a = 1, b = 2 given K symmetric posdef, Q orthogonal",
	};
	for (int i = 0; i < 2; i++) {
		st = only(check[i], &d);
		assert_non_null(st);
		assert_int_equal(st->kind, ST_CHECK);
		assert_string_equal(dumped(st->expr), "(WHERE (EQ A B C) (BIND a 1) (BIND b 2))");
		assert_string_equal(st->decls->next->name, "Q");
		assert_int_equal(st->decls->next->props, P_ORTHOGONAL);
	}
	st = only("graph l > \"l.svg\"", &d);
	assert_non_null(st);
	assert_string_equal(st->redirect, "l.svg");
}

static void
several(void **state)
{
	(void)state;
	const char *text = "a; b\n\nc = 1 +\n  2;  # c\nd";
	Parser *p = parser_open("file", text, strlen(text), 10);
	Diag d;
	const Stmt *st = next(p, &d);
	assert_true(st->quiet);
	assert_int_equal(parser_offset(p), 2);
	st = next(p, &d);
	assert_false(st->quiet);
	assert_int_equal(st->loc.src->line, 10);
	assert_int_equal(st->loc.beg, 3);
	assert_int_equal(st->loc.end, 4);
	assert_string_equal(st->loc.src->text, "a; b");
	st = next(p, &d);
	assert_int_equal(st->loc.src->line, 12);
	assert_string_equal(st->loc.src->text, "c = 1 +\n  2;  # c");
	assert_string_equal(st->loc.src->name, "file");
	assert_int_equal(st->expr->kid[1]->loc.beg, 10);
	st = next(p, &d);
	assert_int_equal(st->loc.src->line, 14);
	assert_null(next(p, &d));
	assert_null(d.msg);
	assert_int_equal(parser_offset(p), strlen(text));
	parser_close(p);
}

/* ---- errors */

/* at: the offset of the place in its line; hint: a part of it, or NULL */
static const struct { const char *text; int at; const char *msg, *hint; } wrong[] = {
	{"2x", 1, "expected an operator or the end of the statement, found 'x'", "write *"},
	{"(a)(b)", 3, "expected an operator or the end of the statement, found '('", "write *"},
	{"W x", 2, "expected an operator or the end of the statement, found 'x'", "write *"},
	{"A'x", 2, "expected an operator or the end of the statement, found 'x'", "write *"},
	{"a + * b", 4, "expected an expression, found '*'", NULL},
	{"x = (1 + 2; y", 10, "expected an operator or ')', found ';'", NULL},
	{"(a]", 2, "']' does not close the bracket that is open", NULL},
	{"a)", 1, "')' without a bracket to close", NULL},
	{"a ** b", 2, "'**' means nothing here", "write ^"},
	{"x := 3", 2, "':=' means nothing here", "write ="},
	{"x == 3", 2, "expected an operator or the end of the statement, found '=='", "check"},
	{"check a = b", 8, "expected an operator or '==', found '='", "=="},
	{"check a\nb", 7, "expected an operator or '==', found the end of the line", NULL},
	{"\"abc", 0, "a string without its closing \"", NULL},
	{"load('x')", 5, "expected an expression or ')', found \"'\"", "double quotes"},
	{"a × b", 2, "'×' means nothing here", "write *"},
	{"a ≠ b", 2, "'≠' (U+2260) means nothing here", NULL},
	{"a \x07", 2, "a control character, U+0007", NULL},
	{"a \xff b", 2, "byte 0xFF is no valid UTF-8", NULL},
	{"a\xed\xa0\x80", 1, "byte 0xED is no valid UTF-8", NULL},
	{"{a}", 0, "'{' means nothing here", "[ ]"},
	{"fun phi", 7, "expected 'scalar', 'elementwise' or ',', found the end of the line", NULL},
	{"fun phi foo", 8, "a function is 'scalar' or 'elementwise', not 'foo'", NULL},
	{"var A(n) symetric", 9, "'symetric' is no property of a variable", "symmetric"},
	{"var A(n,n,n)", 10, "a variable has at most two dimensions", NULL},
	{"X[1,2,3]", 6, "an entry has one or two indices", "X[i,j]"},
	{"2*x = 3", 0, "a definition has a name on its left side, or f(x, y)", "check"},
	{"f(1) = 3", 2, "the parameters of a function are names", NULL},
	{"% = 3", 0, "this stands for an earlier result and cannot be defined", NULL},
	{"eval", 4, "expected an expression, found the end of the line", NULL},
	{"save x", 6, "expected a string in double quotes or an operator, found the end of the line",
		NULL},
	{"∂l/x", 4, "expected '/∂', found '/'", NULL},
	{"1e99999999", 0, NULL, NULL},
};

static void
errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		Diag d;
		if (only(wrong[i].text, &d))
			fail_msg("%s is accepted", wrong[i].text);
		if (wrong[i].msg && strcmp(d.msg, wrong[i].msg) != 0)
			fail_msg("%s: %s", wrong[i].text, d.msg);
		if (d.loc.beg != wrong[i].at)
			fail_msg("%s: error at %d", wrong[i].text, d.loc.beg);
		if (wrong[i].hint && (!d.hint || !strstr(d.hint, wrong[i].hint)))
			fail_msg("%s: hint: %s", wrong[i].text, d.hint ? d.hint : "none");
		assert_false(d.incomplete);
	}
}

static void
open_bracket(void **state)
{
	(void)state;
	Diag d;
	assert_null(only("x = [1, (2; 3]", &d));
	assert_int_equal(d.loc2.beg, 8);
	assert_string_equal(d.msg2, "this '(' is still open");
	assert_null(only("x = f(1,\n  2\ny = 3", &d));
	assert_int_equal(d.loc2.beg, 5);
	assert_int_equal(d.loc.beg, 13);
}

static void
unfinished(void **state)
{
	(void)state;
	static const char *const more[] = {
		"x +", "x +\n", "x = ", "f(a", "f(a,\n\n", "[1 2\n", "[1 2;\n", "(x'",
		"check a ==", "x where", "check a == b given",
		"x = 3 \\\n", "x = 3 \\", "x = 3 \\ # c", "f(a, # c",
	};
	for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
		Diag d;
		assert_null(only(more[i], &d));
		if (!d.incomplete)
			fail_msg("%s: %s", more[i], d.msg);
	}
}

/* an error costs its own line only */
static void
recovery(void **state)
{
	(void)state;
	const char *text = "a = (1 2) + (\nb = 1\n@ c\nd = 2; e f; g\nh = [1\n= 2]\ni";
	Parser *p = parser_open(NULL, text, strlen(text), 1);
	static const char *const want[] = {"!1", "b", "!3", "d", "!4", "!6", ""};
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		Diag d;
		const Stmt *st = next(p, &d);
		if (*want[i] == '!') {
			assert_null(st);
			int line = d.loc.src->line;
			for (int k = 0; k < d.loc.beg; k++)
				line += d.loc.src->text[k] == '\n';
			assert_int_equal(line, atoi(want[i] + 1));
		} else {
			assert_non_null(st);
			assert_string_equal(st->name ? st->name : "", want[i]);
		}
	}
	parser_close(p);
}

static void
interrupted(void **state)
{
	(void)state;
	const char *text = "a + b\nc";
	Parser *p = parser_open(NULL, text, strlen(text), 1);
	Diag d;
	mdx_interrupt();
	assert_null(next(p, &d));
	assert_true(d.interrupted);
	assert_non_null(next(p, &d));
	parser_close(p);
}

/* ---- hostile input */

/* before, n times what, behind; msg: how the error begins, NULL: there is none */
static void
many(const char *before, const char *what, int n, const char *behind, const char *msg)
{
	size_t w = strlen(what), b = strlen(before), e = strlen(behind);
	size_t len = b + w * (size_t)n + e;
	char *text = malloc(len + 1);
	assert_non_null(text);
	memcpy(text, before, b);
	for (int i = 0; i < n; i++)
		memcpy(text + b + w * (size_t)i, what, w);
	memcpy(text + b + w * (size_t)n, behind, e + 1);
	Parser *p = parser_open(NULL, text, len, 1);
	Diag d;
	const Stmt *st = next(p, &d);
	if (!st != !!msg || (msg && strncmp(d.msg, msg, strlen(msg)) != 0))
		fail_msg("%s%s...: %s", before, what, d.msg ? d.msg : "fine");
	st = next(p, &d);
	assert_non_null(st);
	assert_string_equal(st->name, "last");
	parser_close(p);
	free(text);
	arena_reset(a);
}

static void
hostile(void **state)
{
	(void)state;
	const char *deep = "this is nested too deeply";
	many("", "(", 100000, "\nlast = 1", deep);
	many("", "[", 100000, "\nlast = 1", deep);
	many("x = ", "f(", 100000, "\nlast = 1", deep);
	many("", "d(", 100000, "\nlast = 1", deep);
	many("", "-", 1000000, "a\nlast = 1", deep);
	many("a", "'", 1000000, "\nlast = 1", deep);
	many("a", "^a", 60000, "\nlast = 1", deep);
	many("a", "/a", 60000, "\nlast = 1", deep);
	many("a", " + a", 60000, "\nlast = 1", NULL);
	many("a", " - a*b", 60000, "\nlast = 1", NULL);
	many("a", "*a", 60000, "\nlast = 1", NULL);
	many("a", "⊙a", 60000, "\nlast = 1", NULL);
	many("[", "1 ", 500000, "]\nlast = 1", NULL);
	many("a", "a", 1000000, "\nlast = 1", NULL);
	many("", "×", 500000, "\nlast = 1", "'×'");
	many("\"", "é", 500000, "\nlast = 1", "a string");
	many("", "1", 1000000, "\nlast = 1", "a number is out of range");
}

static void
nul_bytes(void **state)
{
	(void)state;
	static const char text[] = "x = 1\0 + 2\ny = 1";
	Parser *p = parser_open(NULL, text, sizeof text - 1, 1);
	Diag d;
	assert_null(next(p, &d));
	assert_string_equal(d.msg, "a NUL byte in the text");
	assert_int_equal(d.loc.beg, 5);
	assert_non_null(next(p, &d));
	parser_close(p);
}

/* a line of very many statements is not copied for each of them */
static void
long_line(void **state)
{
	(void)state;
	enum { N = 200000 };
	char *text = malloc(4 * N + 1);
	assert_non_null(text);
	for (int i = 0; i < N; i++)
		memcpy(text + 4 * i, "x=1;", 5);
	Parser *p = parser_open(NULL, text, 4 * N, 1);
	Diag d;
	int n = 0;
	for (; next(p, &d); n++)
		arena_reset(a);
	assert_int_equal(n, N);
	parser_close(p);
	free(text);
}

/* ---- trees */

static void
copies(void **state)
{
	(void)state;
	Arena *own = arena_new();
	Trap t;
	Tree *volatile copy = NULL;
	if (TRY(&t, own)) {
		Diag d;
		const char *text = "f(x, [1, 2])*123456789012345678901234567890 + \"s\"";
		copy = tree_copy(own, only(text, &d)->expr);
		trap_end(&t);
	}
	arena_reset(a);
	assert_string_equal(dumped(copy), "(ADD (MUL (CALL f x (MATRIX (ROW 1 2)))"
		" 123456789012345678901234567890) \"s\")");
	assert_string_equal(copy->loc.src->text,
		"f(x, [1, 2])*123456789012345678901234567890 + \"s\"");
	assert_ptr_equal(copy->loc.src, copy->kid[0]->loc.src);
	assert_true(tree_mentions(copy, sym("x")));
	assert_false(tree_mentions(copy, sym("s")));
	arena_free(own);
}

static void
properties(void **state)
{
	(void)state;
	assert_int_equal(prop_find("posdef"), P_POSDEF);
	assert_int_equal(prop_find("foo"), 0);
	assert_int_equal(props_close(P_POSDEF), P_POSDEF | P_SYMMETRIC | P_INVERTIBLE);
	assert_int_equal(props_close(P_LOWER | P_UPPER), P_LOWER | P_UPPER | P_DIAGONAL | P_SYMMETRIC);
	assert_string_equal(props_text(a, P_POSDEF | P_SYMMETRIC), "symmetric posdef");
}

/* every line of the scripts that come with mdx */
static void
scripts(void **state)
{
	(void)state;
	const char *top = getenv("SRC");
	glob_t files;
	char *corpus = arena_printf(a, "%s/tests/corpus/*.mdx", top ? top : ".");
	char *examples = arena_printf(a, "%s/examples/*.mdx", top ? top : ".");
	int none = glob(corpus, 0, NULL, &files);
	if (none || glob(examples, GLOB_APPEND, NULL, &files) != 0)
		skip();
	for (size_t i = 0; i < files.gl_pathc; i++) {
		FILE *f = fopen(files.gl_pathv[i], "rb");
		assert_non_null(f);
		size_t size = 1 << 20;
		char *text = malloc(size);
		size_t len = fread(text, 1, size, f);
		fclose(f);
		Parser *p = parser_open(files.gl_pathv[i], text, len, 1);
		Diag d;
		while (next(p, &d))
			;
		if (d.msg)
			fail_msg("%s", diag_format(a, &d, false));
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
		TEST(operators), TEST(numbers), TEST(calls_and_entries), TEST(unicode), TEST(matrices),
		TEST(line_ends), TEST(statements), TEST(statement_words), TEST(parts_of_statements),
		TEST(several), TEST(errors), TEST(open_bracket), TEST(unfinished), TEST(recovery),
		TEST(interrupted), TEST(hostile), TEST(nul_bytes), TEST(long_line), TEST(copies),
		TEST(properties), TEST(scripts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
