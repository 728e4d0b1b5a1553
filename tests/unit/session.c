/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session.c: how texts run, what they leave behind, and that an error leaves nothing behind. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "core.h"

typedef struct Out { char text[1 << 16]; size_t n; } Out;

static void
keep(void *ctx, bool err, const char *text, size_t len)
{
	Out *o = ctx;

	(void)err;
	if (o->n + len + 1 > sizeof o->text)
		return;
	memcpy(o->text + o->n, text, len);
	o->n += len;
	o->text[o->n] = '\0';
}

static Out out;
static Mdx *s;

static int
set_up(void **state)
{
	(void)state;
	s = mdx_open((MdxOutput){&out, keep});
	return s == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	mdx_close(s);
	return 0;
}

/* what a text says; its status goes to *st when that is not NULL */
static const char *
says(const char *text, MdxStatus *st)
{
	out.n = 0;
	out.text[0] = '\0';
	MdxStatus got = mdx_run(s, "t", text, strlen(text), 1, 0, NULL);
	if (st)
		*st = got;
	return out.text;
}

static void
assert_error(const char *text, const char *part)
{
	MdxStatus st;
	const char *said = says(text, &st);

	assert_int_equal(st, MDX_ERROR);
	if (!strstr(said, part))
		fail_msg("%s: said %s", text, said);
}

static void
test_status(void **state)
{
	MdxStatus st;

	(void)state;
	says("x = 1", &st);
	assert_int_equal(st, MDX_OK);
	says("check 1 == 1", &st);
	assert_int_equal(st, MDX_OK);
	assert_int_equal(mdx_worst(s), MDX_OK);
	says("check 1 == 2\ncheck 1 == 1", &st);
	assert_int_equal(st, MDX_FALSE);
	says("eval q*q\ncheck 1 == 2", &st);
	assert_int_equal(st, MDX_ERROR);
	says("quit\neval 1", &st);
	assert_int_equal(st, MDX_QUIT);
	assert_string_equal(out.text, "");
	assert_int_equal(mdx_worst(s), MDX_ERROR);
}

static void
test_more(void **state)
{
	const char *text = "x = 1; eval 2 + \n";
	size_t used = 0;

	(void)state;
	out.n = 0;
	assert_int_equal(mdx_run(s, NULL, text, strlen(text), 1, MDX_MORE, &used), MDX_INCOMPLETE);
	assert_true(used >= strlen("x = 1") && used <= strlen("x = 1; "));
	assert_non_null(session_find(s, sym("x")));
	assert_int_equal(out.n, 0);
	assert_int_equal(mdx_run(s, NULL, text, strlen(text), 1, 0, &used), MDX_ERROR);
	assert_non_null(strstr(out.text, "error"));
}

static void
test_as_before(void **state)
{
	const Entry *w;

	(void)state;
	says("var W(m,n), x(n), K(n,n) symmetric\nW = [1 2 0; 0 1 1]\nl = sqnorm(W*x)", NULL);
	w = session_find(s, sym("W"));
	assert_error("x = [1; 2; 3; 4]", "x has 4 rows, but n = 3 from W");
	assert_null(session_find(s, sym("x"))->value);
	assert_error("x = [1 2 3]", "column");
	assert_error("K = [1 2 3; 4 5 6; 7 8 9]", "symmetric");
	assert_error("var W(p,q)", "does not fit the definition of l");
	assert_ptr_equal(session_find(s, sym("W")), w);
	assert_error("W = l*x'", "l -> W");
	assert_ptr_equal(session_find(s, sym("W")), w);
	assert_error("n = 4", "dimension");
	assert_error("var y(x)", "cannot be a dimension");
	assert_error("var A(n,n), A(n,n)", "twice");
	assert_null(session_find(s, sym("A")));
	assert_error("var B(m,n) symmetric", "square");
	assert_error("z = W*W", "does not conform");
	assert_null(session_find(s, sym("z")));
	assert_error("f(x, x) = x", "twice");
	assert_error("sum(x) = x", "function of the language");
	assert_error("clear lll", "no name");
	/* both at once */
	assert_string_equal(says("var W(p,q), x(q)", NULL), "  note: l follows\n");
}

static void
test_results(void **state)
{
	(void)state;
	assert_error("%", "no earlier result");
	says("a + a\nb*b", NULL);
	assert_string_equal(says("%1 - %", NULL), "2*a - b^2\n  : scalar\n");
	assert_error("%9", "no result %9");
	for (int i = 0; i < RESULT_MAX; i++)
		says("c;", NULL);
	assert_error("%1", "last 100");
	assert_string_equal(says("x = %", NULL), "x : scalar\n  taking c : scalar\n");
}

static void
test_interrupt(void **state)
{
	MdxStatus st;

	(void)state;
	mdx_interrupt();
	assert_non_null(strstr(says("eval 1\neval 2", &st), "interrupted"));
	assert_null(strstr(out.text, "2"));
	assert_int_equal(st, MDX_ERROR);
	assert_false(mdx_interrupted());
	assert_string_equal(says("eval 1", NULL), "1\n");
}

static bool
completes(const char *line, const char *word)
{
	char **w = mdx_complete(s, line, strlen(line));
	bool found = false;

	for (int i = 0; w && w[i]; i++) {
		found |= strcmp(w[i], word) == 0;
		free(w[i]);
	}
	free(w);
	return found;
}

static void
test_complete(void **state)
{
	(void)state;
	says("my_name = 3", NULL);
	assert_true(completes("ev", "eval"));
	assert_true(completes("my", "my_name"));
	assert_true(completes("eval soft", "softmax"));
	assert_true(completes("eval 2*my_", "my_name"));
	assert_false(completes("eval soft", "eval"));
	assert_true(completes("x = 1; ev", "eval"));
	assert_true(completes("help oper", "operators"));
	assert_true(completes("set sty", "style"));
	assert_true(completes("set style u", "unicode"));
	assert_true(completes("var K(n,n) sym", "symmetric"));
	assert_true(completes("check K == K' gi", "given"));
	assert_false(completes("source \"ev", "eval"));
}

static void
test_settings(void **state)
{
	(void)state;
	assert_true(mdx_set(s, "digits", "3"));
	assert_string_equal(says("eval 2/3", NULL), "0.667\n");
	assert_false(mdx_set(s, "digits", "99"));
	assert_false(mdx_set(s, "digit", "3"));
	assert_non_null(strstr(out.text, "did you mean digits"));
	assert_true(mdx_set(s, "seed", "7"));
	char first[64];
	snprintf(first, sizeof first, "%s", says("eval rand(1,1)", NULL));
	says("seed 7", NULL);
	assert_string_equal(says("eval rand(1,1)", NULL), first);
	assert_string_not_equal(says("eval rand(1,1)", NULL), first);
}

/* The memory of a session does not grow with the number of its statements. */
static void
test_memory(void **state)
{
	static const char text[] =
		"l = sqnorm(W'*W*x - x); grad(l, W); W = [1 2 0; 0 1 1]; x = [1; 2; 3]\n"
		"eval l; check l == 189; clear; eval zzz\n";
	size_t before = 0;

	(void)state;
	for (int i = 0; i < 300; i++) {
		if (i == 150)
			before = mallinfo2().uordblks;
		out.n = 0;
		mdx_run(s, NULL, text, strlen(text), 1, MDX_KEEP_GOING, NULL);
	}
	assert_true(mallinfo2().uordblks <= before + 4096);
}

/* Ctrl-C as soon as the search for a reason has come to one edit */
static void
stop_search(int sig)
{
	int number;
	const char *what = mdx_doing(&number);
	(void)sig;
	if (what && strcmp(what, "looking for what is wrong: one edit, a term") == 0)
		mdx_interrupt();
}

static void
test_stopped_search(void **state)
{
	MdxStatus st;
	int before, after;
	const struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
	(void)state;
	assert_null(mdx_doing(&before));
	signal(SIGALRM, stop_search);
	setitimer(ITIMER_REAL, &often, NULL);
	const char *text = says("set budget 60\n"
		"var A(n,n), B(n,n), C(n,n), D(n,n), x(n), y(n), z(n), w(n)\n"
		"check tr(inv(A + B*C)*D*expm(A)*x*y'*B*inv(C + D)*z*w'*A*B*C*D*inv(B + A*D)) + "
		"log(1 + exp(x'*A*y)) == tr(inv(B + A*C)*D*expm(B)*y*y'*B*inv(C + D*A)*z*w'*B*A*C*D*"
		"inv(B + D*A)) + log(2 + exp(x'*B*y))*sin(z'*A*B*w)\n", &st);
	setitimer(ITIMER_REAL, &never, NULL);
	signal(SIGALRM, SIG_DFL);
	assert_int_equal(st, MDX_FALSE);
	assert_true(strncmp(text, "false: ", 7) == 0);
	assert_non_null(strstr(text, "(the search for a reason was stopped)"));
	assert_null(mdx_doing(&after));
	assert_int_equal(after - before, 3);
	assert_string_equal(says("1 + 1\n", &st), "2\n  : scalar\n");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_status),
		TEST(test_more),
		TEST(test_as_before),
		TEST(test_results),
		TEST(test_interrupt),
		TEST(test_complete),
		TEST(test_settings),
		TEST(test_memory),
		TEST(test_stopped_search),
	};
#undef TEST
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
