/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * picture.c: `graph`. The expression as the graph that a person draws for it: one gate for every
 * operation as it was written, a product of several factors cut where it is cheapest, a shared
 * value once, names of definitions at the values. Works on shaped terms, since the tensor graph has
 * flattened what was written. Of a derivative, the graph of what is differentiated, with the
 * adjoint of every value on the way.
 */
#include "picture_sketch.h"

#include <stdlib.h>
#include <string.h>

/* ---- adjoints */

static void
take_dim(Sketch *k, const Dim *d)
{
	for (int i = 0; d && i < d->n; i++)
		for (int j = 0; j < d->term[i].nsym; j++)
			PUSH(k->a, k->taken, k->ntaken, k->cap_taken, d->term[i].sym[j]);
}

static bool
is_free(const Sketch *k, Sym name)
{
	if (fun_find(name) || names_in_use(k->e->names, name))
		return false;
	for (int i = 0; i < k->ntaken; i++)
		if (k->taken[i] == name)
			return false;
	return true;
}

/* A letter for a value without a name; none that could be read as something else. */
static const char *
letter(Sketch *k, const Gate *g, bool root)
{
	static const char *const small = "abcfghkpqrstuvwyz", *const large = "MNPQRSUVABCFGHKLWYZ";
	bool matrix = !g->row || (!dim_is(g->row, 1) && !dim_is(g->col, 1));
	Sym name = root ? sym(matrix ? "F" : "f") : NULL;
	if (name && !is_free(k, name))
		name = NULL;
	for (const char *s = matrix ? large : small; *s && !name; s++)
		if (is_free(k, symn(s, 1)))
			name = symn(s, 1);
	for (int i = 1; !name; i++) {
		Sym t = sym(arena_printf(k->a, "t%d", i));
		if (is_free(k, t))
			name = t;
	}
	PUSH(k->a, k->taken, k->ntaken, k->cap_taken, name);
	return sketch_name(k, name);
}

/* from the root down, so that letters come in that order */
static void
name_values(Sketch *k)
{
	Picture *p = k->p;
	for (int i = 0; i < p->n; i++) {
		take_dim(k, p->gate[i].row);
		take_dim(k, p->gate[i].col);
	}
	for (int i = p->n - 1; i >= 0; i--) {
		Gate *g = &p->gate[i];
		if (!g->active || *g->name)
			continue;
		const Gate *of = g->n == 1 ? &p->gate[g->in[0]] : NULL;
		/* W' of a W that has a name; operands come later, so that it is one of the user's */
		bool turned = of && *of->name && (strcmp(g->op, "'") == 0 || strcmp(g->op, "T") == 0);
		if (turned)
			g->name = arena_printf(k->a, "%s%s", of->name, sketch_unicode(k) ? "ᵀ" : "'");
		else
			g->name = letter(k, g, i == p->root);
	}
}

static bool
is_by(const Sketch *k, int i)
{
	const Gate *g = &k->p->gate[i];
	if (k->by->kind == TM_VAR)
		return g->kind == GATE_LEAF && g->term->kind == TM_VAR && g->term->var == k->by->var;
	return sketch_drawn(k, k->by) == i;
}

/* Marks what depends on the variable; what a variable that is a definition is made of does not. */
static void
mark_active(Sketch *k)
{
	for (int i = 0; i < k->p->n; i++) {
		Gate *g = &k->p->gate[i];
		g->active = is_by(k, i);
		for (int j = 0; j < g->n; j++)
			g->active |= k->p->gate[g->in[j]].active;
	}
}

/* dl/dc below every value c on the way, or its tangent dc */
static void
put_adjoints(Sketch *k, bool tangents)
{
	Picture *p = k->p;
	const char *d = sketch_unicode(k) && !tangents ? "∂" : "d";
	mark_active(k);
	name_values(k);
	const Gate *root = &p->gate[p->root];
	for (int i = 0; i < p->n; i++) {
		Gate *g = &p->gate[i];
		if (!g->active)
			continue;
		if (tangents)
			g->below = arena_printf(k->a, "%s%s", d, g->name);
		else if (g == root)
			g->below = arena_printf(k->a, "%s%s/%s%s = %s", d, g->name, d, g->name,
				term_is_scalar(root->term) ? "1" : "I");
		else
			g->below = arena_printf(k->a, "%s%s/%s%s", d, root->name, d, g->name);
	}
}

/* ---- the statement */

/* The derivative whose graph is shown with adjoints: of kid[0] by kid[1]; otherwise NULL. */
static const Term *
derivative(const Term *t)
{
	while (t->kind == TM_NAMED)
		t = t->kid[0];
	if (t->kind != TM_CALL || t->fun->cls != FC_DERIV || t->fun->id == F_hess ||
		t->fun->id == F_vjp)
		return NULL;
	return t;
}

static Picture *
picture_new(Mdx *s, Arena *a, const Tree *t, Style style, Elab **e)
{
	Picture *p = NEW(a, Picture);
	p->a = a;
	p->style = style;
	Sketch k = {.a = a, .e = *e = elab_new(s, a, dims_new(a)), .p = p};
	const Term *term = elab_expr(k.e, t), *d = derivative(term);
	if (!d) {
		p->root = sketch_term(&k, term, NULL);
		return p;
	}
	k.by = d->kid[1]->kind == TM_ENTRY ? d->kid[1]->kid[0] : d->kid[1];
	p->root = sketch_term(&k, d->kid[0], NULL);
	p->title = print_tree(a, t, style);
	put_adjoints(&k, d->fun->id == F_dir);
	return p;
}

/* whether the terminal shows more than ASCII: the locale's variables, as the C library reads
   them */
static bool
utf8_terminal(const Mdx *s)
{
	static const char *const name[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *v = NULL;
	for (size_t i = 0; i < sizeof name / sizeof *name && !(v && *v); i++)
		v = getenv(name[i]);
	return s->terminal && v && (strstr(v, "UTF-8") || strstr(v, "utf-8") || strstr(v, "utf8"));
}

/* graph EXPR, graph EXPR > "file" */
MdxStatus
cmd_graph(Mdx *s, Arena *a, const Stmt *st)
{
	enum { COLUMNS = 80 };  /* when there is no terminal */
	bool wide = s->style == STYLE_UNICODE || (s->style == STYLE_ASCII && utf8_terminal(s));
	Style style = wide || st->redirect ? STYLE_UNICODE : STYLE_ASCII;
	Elab *e;
	if (!st->expr || st->narg != 1)
		raise_hint(a, st->loc, "graph l, or graph l > \"l.svg\"", "graph wants an expression");
	Picture *p = picture_new(s, a, st->expr, style, &e);
	if (st->redirect) {
		picture_write(p, st->loc, io_path(a, st->loc, st->redirect));
	} else {
		const char *text = picture_text(p, s->width ? s->width : COLUMNS);
		s->out.write(s->out.ctx, false, text, strlen(text));
	}
	print_taken(s, a, e);
	return MDX_OK;
}
