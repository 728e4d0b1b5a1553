/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reference.c: writes the manual: copies its source and puts the lists of statements, functions and
   settings, which it reads from the program's tables, in the place of the lines @STATEMENTS@,
   @FUNCTIONS@ and @SETTINGS@. The examples of functions are run, and stand there with their
   answers. usage: reference mdx.texi.in > mdx.texi */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "fill.h"

/* text that Texinfo must not take for commands */
static void
put(const char *s)
{
	for (; *s; s++) {
		if (strchr("@{}", *s))
			putchar('@');
		putchar(*s);
	}
}

static void
field(const char *before, const char *text, const char *after)
{
	if (!*text)
		return;
	fputs(before, stdout);
	put(text);
	fputs(after, stdout);
}

void
put_statements(void)
{
	const Cmd *c;
	int i;

	fputs("@table @code\n", stdout);
	for (i = 0; (c = cmd_at(i)) != NULL; i++) {
		fputs("@item ", stdout);
		put(c->word);
		putchar(' ');
		put(c->args);
		putchar('\n');
		printf("@findex %s\n", c->word);
		put(c->help);
		fputs(".\n\n", stdout);
	}
	fputs("@end table\n", stdout);
}

void
put_settings(void)
{
	const char *name, *values;
	int i;

	fputs("@table @code\n", stdout);
	for (i = 0; (name = set_name(i, &values)) != NULL; i++) {
		fputs("@item set ", stdout);
		put(name);
		fputs("\n", stdout);
		put(values);
		fputs("\n\n", stdout);
	}
	fputs("@end table\n", stdout);
}

static void
show(void *ctx, bool err, const char *text, size_t len)
{
	char *copy = strndup(text, len);

	(void)ctx;
	(void)err;
	if (!copy)
		exit(2);
	put(copy);
	free(copy);
}

/* a transcript: the example in a session of its own */
static void
put_example(const char *example)
{
	Mdx *s = mdx_open((MdxOutput){NULL, show});

	if (!s)
		exit(2);
	fputs("@example\nmdx> ", stdout);
	put(example);
	putchar('\n');
	mdx_run(s, NULL, example, strlen(example), 1, 0, NULL);
	mdx_close(s);
	fputs("@end example\n", stdout);
}

/* what a domain begins with when the value has a larger one */
static const char of_derivative[] = "derivative: ";

static void
put_function(const Fun *f)
{
	fputs("@item ", stdout);
	put(f->name);
	putchar('(');
	put(f->args);
	fputs(")\n@findex ", stdout);
	put(f->name);
	putchar('\n');
	put(f->help);
	field("; also called @code{", f->aliases, "}");
	fputs(".\n", stdout);
	field("Shapes: ", f->shape, ".\n");
	bool derivative = strncmp(f->domain, of_derivative, strlen(of_derivative)) == 0;
	if (derivative)
		field("The derivative is defined for ", f->domain + strlen(of_derivative), ".\n");
	else
		field("Defined for ", f->domain, ".\n");
	field("Derivative: @code{", f->rule, "}.\n");
	field("Matrix Cookbook: ", f->cookbook, ".\n");
	if (*f->example && f->cls != FC_VALUE)
		put_example(f->example);
	putchar('\n');
}

void
put_functions(void)
{
	static const struct { FunClass cls; const char *title; } part[] = {
		{FC_ELEM, "Elementwise functions"}, {FC_MACRO, "Sums, norms, structure"},
		{FC_MATFUN, "Matrix functions"}, {FC_CONST, "Constants"},
		{FC_DERIV, "Derivatives"}, {FC_VALUE, "Values"},
	};
	size_t k;
	int i;

	for (k = 0; k < sizeof part / sizeof *part; k++) {
		printf("@section %s\n@table @code\n", part[k].title);
		for (i = 0; i < F_COUNT; i++) {
			if (fun_table[i].cls == part[k].cls && fun_table[i].max > 0)
				put_function(&fun_table[i]);
		}
		fputs("@end table\n\n", stdout);
	}
}
