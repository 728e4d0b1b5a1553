/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check.c: the answer to a check statement, in words: decide.c has the verdict, explain.c says why
 * an identity is false.
 */
#include "core.h"

/* The decision; an error of one side says what that side should be. */
static Decision
decided(Elab *e, const Stmt *st)
{
	Trap t;
	Diag d;

	if (TRY(&t, e->a)) {
		Decision r = decide_in(e, st->expr, DECIDE_FULL);
		trap_end(&t);
		return r;
	}
	d = explain_conform(e->s, e->a, st->expr, st->decls, &t.diag);
	raise_diag(e->a, &d);
}

/* needs: a parsed check. Raises on a side that is wrong in itself. */
CheckResult
check_identity(Mdx *s, Arena *a, const Stmt *st)
{
	static const char *const word[] = {
		[VERDICT_TRUE] = "true", [VERDICT_FALSE] = "false", [VERDICT_UNKNOWN] = "unknown",
	};
	Elab *e = elab_new(s, a, dims_new(a));
	Decision d;
	const char *step = "", *why;

	e->given = st->decls;
	doing("deciding it");
	d = decided(e, st);
	if (d.verdict == VERDICT_TRUE && d.except)
		return (CheckResult){d.verdict,
			arena_printf(a, "true (%s), except where a function jumps:\n  %s", d.text, d.except), e};
	if (d.verdict == VERDICT_TRUE)
		return (CheckResult){d.verdict, arena_printf(a, "true (%s)", d.text), e};
	if (d.steps > 1)
		step = arena_printf(a, " at step %d", d.step);
	why = d.verdict == VERDICT_FALSE && !d.undefined ? explain_false(s, a, st->expr, st->decls, &d)
													 : d.text;
	return (CheckResult){d.verdict, arena_printf(a, "%s%s: %s", word[d.verdict], step, why), e};
}
