/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * outline.c: shapes as text: `shape EXPR` writes an expression with the shape of every operand in
 * its place, `vars` lists the names of the session. Called through the table in cmd.c.
 */
#include "core.h"

#include <string.h>

/* ---- shape */

/* how tightly what stands around an operand binds */
enum { IN_SUM = 1, IN_PRODUCT, IN_POSTFIX };

static void outline(Text *out, const Term *t, int around);

static void
operand_shape(Text *out, const Term *t, int around)
{
	bool scalar = t->nax <= 2 && dim_is(t->row, 1) && dim_is(t->col, 1);
	const char *shape = t->nax <= 2 ? shape_text(out->a, t->row, t->col) : term_shape(out->a, t);
	text_addf(out, around && !scalar ? "(%s)" : "%s", shape);
}

static void
outline_all(Text *out, const Term *t, const char *between, int around)
{
	for (int i = 0; i < t->n; i++) {
		text_add(out, i ? between : "");
		outline(out, t->kid[i], around);
	}
}

/* a product or power: a later operand that is one too stands in brackets */
static void
operation(Text *out, const Term *t, const char *symbol, int inside, int around)
{
	text_add(out, around > inside ? "(" : "");
	for (int i = 0; i < t->n; i++) {
		text_add(out, i ? symbol : "");
		outline(out, t->kid[i], i ? IN_POSTFIX : inside);
	}
	text_add(out, around > inside ? ")" : "");
}

static void
outline_sum(Text *out, const Term *t, int around)
{
	text_add(out, around > IN_SUM ? "(" : "");
	for (int i = 0; i < t->n; i++) {
		text_add(out, t->sign[i] < 0 ? i ? " - " : "-" : i ? " + " : "");
		outline(out, t->kid[i], t->sign[i] < 0 ? IN_PRODUCT : IN_SUM);
	}
	text_add(out, around > IN_SUM ? ")" : "");
}

static void
outline_matrix(Text *out, const Term *t)
{
	int k = 0;
	text_add(out, "[");
	for (int i = 0; i < t->nrow; i++) {
		for (int j = 0; j < t->rowlen[i]; j++, k++) {
			text_add(out, j ? ", " : i ? "; " : "");
			outline(out, t->kid[k], IN_SUM);
		}
	}
	text_add(out, "]");
}

/* with the sizes and directions among the arguments; a derivative's arguments by their shapes
   alone */
static void
outline_call(Text *out, const Term *t, int around)
{
	if (t->n == 0) {
		operand_shape(out, t, around);
		return;
	}
	text_addf(out, "%s(", t->fun->name);
	for (int i = 0; i < t->n; i++) {
		text_add(out, i ? ", " : "");
		if (t->fun->cls == FC_DERIV)
			operand_shape(out, t->kid[i], 0);
		else
			outline(out, t->kid[i], 0);
	}
	for (int i = 0; i < t->nidx && t->idx[i]; i++)
		text_addf(out, ", %s", dim_text(out->a, t->idx[i]));
	text_add(out, ")");
}

static void
outline(Text *out, const Term *t, int around)
{
	switch (t->kind) {
	case TM_NUM: {
		const char *number = rat_written(out->a, t->num);
		bool brackets = (rat_sign(t->num) < 0 && around > IN_SUM) ||
			(strchr(number, '/') && around >= IN_POSTFIX);
		text_addf(out, brackets ? "(%s)" : "%s", number);
		return;
	}
	case TM_PI:
		text_add(out, "pi");
		return;
	case TM_ADD:
		outline_sum(out, t, around);
		return;
	case TM_MUL:
		operation(out, t, "*", IN_PRODUCT, around);
		return;
	case TM_EMUL:
		operation(out, t, ".*", IN_PRODUCT, around);
		return;
	case TM_EDIV:
		operation(out, t, "./", IN_PRODUCT, around);
		return;
	case TM_DIV:
		operation(out, t, "/", IN_PRODUCT, around);
		return;
	case TM_LDIV:
		operation(out, t, "\\", IN_PRODUCT, around);
		return;
	case TM_EPOW:
		operation(out, t, ".^", IN_POSTFIX, around);
		return;
	case TM_POW:
		if (t->n == 2) {
			operation(out, t, "^", IN_POSTFIX, around);
		} else {
			outline_all(out, t, "", IN_POSTFIX);
			text_addf(out, "^%s", rat_text(out->a, t->num));
		}
		return;
	case TM_KRON:
		text_add(out, "kron(");
		outline_all(out, t, ", ", 0);
		text_add(out, ")");
		return;
	case TM_TRANS: {
		const Term *k = t->kid[0];
		if (k->kind == TM_VAR || k->kind == TM_NAMED || k->kind == TM_IDENT) {
			operand_shape(out, t, around);
		} else {
			outline(out, k, IN_POSTFIX);
			text_add(out, "'");
		}
		return;
	}
	case TM_CALL:
		outline_call(out, t, around);
		return;
	case TM_UNKNOWN:
		text_addf(out, "%s(", t->ufun->name);
		outline_all(out, t, ", ", 0);
		text_add(out, ")");
		return;
	case TM_MATRIX:
		outline_matrix(out, t);
		return;
	case TM_VAR:
	case TM_NAMED:
	case TM_DIM:
	case TM_INDEXNAME:
	case TM_IDENT:
		operand_shape(out, t, around);
		return;
	case TM_ENTRY:
		operand_shape(out, t->kid[0], IN_POSTFIX);
		for (int i = 0; i < t->nidx && t->idx[i]; i++)
			text_addf(out, "%s%s", i ? "," : "[", dim_text(out->a, t->idx[i]));
		text_add(out, "]");
		return;
	}
}

MdxStatus
cmd_shape(Mdx *s, Arena *a, const Stmt *st)
{
	Elab *e;
	const Term *t = session_term(s, a, st->expr, &e), *made = t;
	/* of a defined name, its definition is what one wants to see */
	while (made->kind == TM_NAMED)
		made = made->kid[0];
	Text parts = text_new(a), whole = text_new(a);
	outline(&parts, made, 0);
	operand_shape(&whole, t, 0);
	if (strcmp(parts.s, whole.s) == 0)
		session_print(s, "%s\n", whole.s);
	else
		session_print(s, "%s = %s\n", parts.s, whole.s);
	print_taken(s, a, e);
	return MDX_OK;
}

/* ---- vars */

/* the shape of a definition, or why it has none now */
static const char *
def_shape(Mdx *s, Arena *a, const Entry *e)
{
	Trap t;
	Elab *el;
	if (TRY(&t, a)) {
		const char *shape = term_shape(a, elab_shape(s, a, e->tree, &el));
		trap_end(&t);
		return shape;
	}
	if (t.diag.interrupted)
		raise_diag(a, &t.diag);
	return t.diag.msg;
}

static const char *
decl_shape(Arena *a, const Decl *d)
{
	if (d->ndim == 0)
		return "scalar";
	const char *rows = print_tree(a, d->dim[0], STYLE_ASCII);
	return d->ndim == 1 ? rows
						: arena_printf(a, "%s x %s", rows, print_tree(a, d->dim[1], STYLE_ASCII));
}

static const char *
value_shape(Arena *a, const Tensor *x)
{
	if (x->size == 1)
		return "scalar";
	return x->dim[1] == 1 ? arena_printf(a, "%ld", x->dim[0])
						  : arena_printf(a, "%ld x %ld", x->dim[0], x->dim[1]);
}

static const char *
value_note(Arena *a, const Tensor *x, int digits)
{
	if (x->size <= 6)
		return value_literal(a, x, digits);
	return arena_printf(a, "%ld x %ld numbers", x->dim[0], x->dim[1]);
}

static void
list_entry(Mdx *s, Arena *a, const Entry *e)
{
	switch (e->kind) {
	case NAME_NONE:
		return;
	case NAME_VAR:
		session_print(
			s, "%s : %s", e->name, e->decl ? decl_shape(a, e->decl) : value_shape(a, e->value));
		if (e->decl && e->decl->props)
			session_print(s, ", %s", props_text(a, e->decl->props));
		if (e->value)
			session_print(s, " = %s", value_note(a, e->value, s->digits));
		session_print(s, "\n");
		return;
	case NAME_DEF:
		session_print(
			s, "%s = %s : %s\n", e->name, print_tree(a, e->tree, s->style), def_shape(s, a, e));
		return;
	case NAME_FUNCTION:
		session_print(s, "%s(", e->name);
		for (int i = 0; i < e->nparam; i++)
			session_print(s, "%s%s", i ? ", " : "", e->param[i]);
		session_print(s, ") = %s\n", print_tree(a, e->tree, s->style));
		return;
	case NAME_UFUN:
		session_print(s, "fun %s %s\n", e->name, e->ufun->elementwise ? "elementwise" : "scalar");
		return;
	}
}

MdxStatus
cmd_vars(Mdx *s, Arena *a, const Stmt *st)
{
	if (st->narg > 0)
		raise_at(a, st->arg[0]->loc, "vars stands alone");
	for (int i = 0; i < s->nentry; i++)
		list_entry(s, a, s->entry[i]);
	return MDX_OK;
}
