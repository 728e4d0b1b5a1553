/* SPDX-License-Identifier: GPL-3.0-or-later */
/* manpage.c: writes the manual page: copies its source and puts the lists of statements, functions
   and settings, which it reads from the program's tables, in the place of the lines @STATEMENTS@,
   @FUNCTIONS@ and @SETTINGS@. usage: manpage mdx.1.in > mdx.1 */
#include <stdio.h>
#include <string.h>

#include "core.h"
#include "fill.h"

/* text that troff must not take for requests or typographic signs */
static void
put(const char *s)
{
	if (*s == '.' || *s == '\'')
		fputs("\\&", stdout);
	for (; *s; s++) {
		switch (*s) {
		case '\\': fputs("\\(rs", stdout); break;
		case '-': fputs("\\-", stdout); break;
		case '\'': fputs("\\(aq", stdout); break;
		case '^': fputs("\\(ha", stdout); break;
		case '~': fputs("\\(ti", stdout); break;
		case '`': fputs("\\(ga", stdout); break;
		default: putchar(*s);
		}
	}
}

void
put_statements(void)
{
	const Cmd *c;
	int i;

	for (i = 0; (c = cmd_at(i)) != NULL; i++) {
		fputs(".TP\n\\fB", stdout);
		put(c->word);
		fputs("\\fR ", stdout);
		put(c->args);
		putchar('\n');
		put(c->help);
		putchar('\n');
	}
}

/* what a domain begins with when the value has a larger one */
static const char of_derivative[] = "derivative: ";

static void
put_function(const Fun *f)
{
	fputs(".TP\n\\fB", stdout);
	put(f->name);
	fputs("\\fR(", stdout);
	put(f->args);
	fputs("), ", stdout);
	put(f->shape);
	putchar('\n');
	put(f->help);
	if (*f->aliases) {
		fputs("; also called ", stdout);
		for (const char *p = f->aliases; *p; p++) {
			if (*p == ' ')
				putchar(',');
			put((const char[]){*p, '\0'});
		}
	}
	fputs(".\n", stdout);
	if (*f->domain) {
		bool derivative = strncmp(f->domain, of_derivative, strlen(of_derivative)) == 0;
		fputs(derivative ? "The derivative is defined for " : "Defined for ", stdout);
		put(derivative ? f->domain + strlen(of_derivative) : f->domain);
		fputs(".\n", stdout);
	}
	if (*f->rule) {
		fputs("Derivative: ", stdout);
		put(f->rule);
		fputs(".\n", stdout);
	}
	if (*f->cookbook) {
		fputs("Matrix Cookbook: ", stdout);
		put(f->cookbook);
		fputs(".\n", stdout);
	}
}

void
put_functions(void)
{
	static const struct { FunClass cls; const char *title; } part[] = {
		{FC_ELEM, "Elementwise"}, {FC_MACRO, "Sums, norms, structure"},
		{FC_MATFUN, "Matrix functions"}, {FC_CONST, "Constants"},
		{FC_DERIV, "Derivatives"}, {FC_VALUE, "Values"},
	};
	size_t k;
	int i;

	for (k = 0; k < sizeof part / sizeof *part; k++) {
		printf(".SS %s\n", part[k].title);
		for (i = 0; i < F_COUNT; i++) {
			if (fun_table[i].cls == part[k].cls && fun_table[i].max > 0)
				put_function(&fun_table[i]);
		}
	}
}

void
put_settings(void)
{
	const char *name, *values;
	int i;

	for (i = 0; (name = set_name(i, &values)) != NULL; i++) {
		fputs(".TP\n\\fBset ", stdout);
		put(name);
		fputs("\\fR ", stdout);
		put(values);
		fputs("\n\n", stdout);
	}
}
