/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names and shapes: for each row the statements of a session, an expression, and what inference
 * says of it: its shape, then what was taken for undeclared names; or the error, its place in the
 * text and its second place.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core.h"

static Mdx *session;
static Arena *a;
static char *noise; /* what the session wrote on its error stream */

static void
collect(void *ctx, bool err, const char *text, size_t len)
{
	(void)ctx;
	if (err) {
		size_t n = noise ? strlen(noise) : 0;
		noise = realloc(noise, n + len + 1);
		memcpy(noise + n, text, len);
		noise[n + len] = 0;
	}
}

static int
setup(void **state)
{
	(void)state;
	session = mdx_open((MdxOutput){NULL, collect});
	a = arena_new();
	return session && a ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	mdx_close(session);
	arena_free(a);
	free(noise);
	noise = NULL;
	return 0;
}

static void
run(const char *text)
{
	mdx_run(session, "session", text, strlen(text), 1, 0, NULL);
	if (noise && strstr(noise, "error"))
		fail_msg("%s: %s", text, noise);
}

static char *
shape_of(const Term *t)
{
	Text s;

	if (t->nax <= 2)
		return shape_text(a, t->row, t->col);
	s = text_new(a);
	for (int i = 0; i < t->nax; i++)
		text_addf(&s, "%s%s", i ? " x " : "", dim_text(a, t->ax[i]));
	return s.s;
}

static char *
place(Loc l)
{
	if (!l.src)
		return "";
	return arena_strndup(a, l.src->text + l.beg, (size_t)(l.end - l.beg));
}

/* the expression may be an identity (sides apart by " == ") */
static char *
infer(const char *text)
{
	Trap t;
	Text s = text_new(a);

	if (TRY(&t, a)) {
		Elab *e = elab_new(session, a, dims_new(a));
		const char *eq = strstr(text, " == ");
		if (eq) {
			Tree *l = parse_expr(a, "test", arena_strndup(a, text, (size_t)(eq - text)));
			Tree *r = parse_expr(a, "test", eq + 4);
			int n;
			Term **side = elab_sides(e, tree(a, TREE_EQ, l->loc, 2, l, r), &n);
			text_addf(&s, "%s == %s", shape_of(side[0]), shape_of(side[1]));
		} else {
			text_add(&s, shape_of(elab_expr(e, parse_expr(a, "test", text))));
		}
		for (int i = 0; i < e->taken.n; i++) {
			const Var *v = e->taken.var[i];
			text_addf(&s, "%s %s : %s", i ? "," : ";", v->name, shape_text(a, v->row, v->col));
		}
		trap_end(&t);
		return s.s;
	}
	s = text_new(a);
	text_addf(&s, "error at <%s>: %s", place(t.diag.loc), t.diag.msg);
	if (t.diag.msg2)
		text_addf(&s, "; at <%s>: %s", place(t.diag.loc2), t.diag.msg2);
	if (t.diag.msg3)
		text_addf(&s, "; at <%s>: %s", place(t.diag.loc3), t.diag.msg3);
	if (t.diag.hint)
		text_addf(&s, "; hint: %s", t.diag.hint);
	return s.s;
}

typedef struct Row {
	const char *session, *expr, *want;
} Row;

static const Row rows[] = {
#include "shape_rows.h"
};

static void
test_row(void **state)
{
	const Row *r = *state;
	char *got;

	if (r->session)
		run(r->session);
	got = infer(r->expr);
	if (strcmp(got, r->want) != 0)
		fail_msg("%s\n\twant %s\n\tgot  %s", r->expr, r->want, got);
}

static int
setup_row(void **state)
{
	const Row *r = *state;

	if (setup(state) != 0)
		return -1;
	*state = (void *)(uintptr_t)r;
	return 0;
}

/* ---------------------------------------------------------------- sizes of input */

static double
seconds(const char *text)
{
	clock_t begin = clock();
	char *got = infer(text);

	assert_true(strncmp(got, "error", 5) != 0);
	return (double)(clock() - begin) / CLOCKS_PER_SEC;
}

/* a sum of 10,000 terms takes no worse than in proportion to its length */
static void
test_long_sum(void **state)
{
	Text s = text_new(a), t = text_new(a);

	(void)state;
	for (int i = 0; i < 10000; i++) {
		Text *to[2] = {&s, &t};
		for (int k = 0; k < (i < 1000 ? 2 : 1); k++)
			text_addf(to[k], "%sx%d'*W%d*y", i ? " + " : "", i, i);
	}
	double small = seconds(t.s), large = seconds(s.s);
	assert_true(large < 40 * small + 0.5);
}

/* a chain of 10,000 definitions nests no calls; a circle of as many is an error */
static void
test_long_chain(void **state)
{
	Text s = text_new(a);
	char *got;

	(void)state;
	text_add(&s, "z0 = x;");
	for (int i = 1; i <= 3000; i++)
		text_addf(&s, "z%d = tanh(z%d) + z%d;", i, i - 1, i - 1);
	run(s.s);
	got = infer("sum(z3000)");
	assert_true(strcmp(got, "scalar; x : m x 1") == 0 || strstr(got, "too deep"));
}

/* nesting by substitution is limited */
static void
test_deep_calls(void **state)
{
	Text s = text_new(a);

	(void)state;
	run("f(x) = x + 1");
	for (int i = 0; i < 900; i++)
		text_add(&s, "f(");
	text_add(&s, "y");
	for (int i = 0; i < 900; i++)
		text_add(&s, ")");
	infer(s.s);
}

int
main(void)
{
	enum { N = sizeof rows / sizeof *rows };
	struct CMUnitTest test[N + 3];

	memset(test, 0, sizeof test);
	for (int i = 0; i < N; i++) {
		test[i].name = rows[i].expr;
		test[i].test_func = test_row;
		test[i].setup_func = setup_row;
		test[i].teardown_func = teardown;
		test[i].initial_state = (void *)(uintptr_t)&rows[i];
	}
	test[N] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(test_long_sum, setup, teardown);
	test[N + 1] =
		(struct CMUnitTest)cmocka_unit_test_setup_teardown(test_long_chain, setup, teardown);
	test[N + 2] =
		(struct CMUnitTest)cmocka_unit_test_setup_teardown(test_deep_calls, setup, teardown);
	return cmocka_run_group_tests(test, NULL, NULL);
}
