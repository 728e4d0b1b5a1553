/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd.c: the table of statements that begin with a word, and what most of them do. The scanner
 * knows which words there are; run_statement() finds their functions here, help and completion
 * read the table.
 */
#include "latex.h"

#include <stdlib.h>
#include <string.h>

/* ---- what statements say */

struct Told { Sym name, shape; };

static Told *
told_slot(const Mdx *s, Sym name, Sym shape)
{
	unsigned mask = (unsigned)s->cap_told - 1;
	unsigned i = (unsigned)((uintptr_t)name >> 4) * 2654435769u ^ (unsigned)((uintptr_t)shape >> 4);
	for (i ^= i >> 15;; i++) {
		Told *t = &s->told[i & mask];
		if (!t->name || (t->name == name && t->shape == shape))
			return t;
	}
}

/* Was the user told before that the name was taken for that? From now on, yes. */
static bool
told_before(Mdx *s, Arena *a, Sym name, Sym shape)
{
	if (2 * s->ntold >= s->cap_told) {
		Told *old = s->told,
			 *more = calloc(s->cap_told ? 2 * (size_t)s->cap_told : 64, sizeof *more);
		int cap = s->cap_told;
		if (!more)
			raise_at(a, (Loc){0}, "out of memory");
		s->told = more;
		s->cap_told = cap ? 2 * cap : 64;
		for (int i = 0; i < cap; i++)
			if (old[i].name)
				*told_slot(s, old[i].name, old[i].shape) = old[i];
		free(old);
	}
	Told *t = told_slot(s, name, shape);
	if (t->name)
		return true;
	*t = (Told){name, shape};
	s->ntold++;
	return false;
}

void
print_taken(Mdx *s, Arena *a, const Elab *e)
{
	Text t = text_new(a);
	const Var *last = NULL;
	Sym shape = NULL;
	for (int i = 0; i < e->taken.n; i++) {
		const Var *v = e->taken.var[i];
		if (!last || last->row != v->row || last->col != v->col)
			shape = sym(short_shape(a, v->row, v->col));
		last = v;
		if (!told_before(s, a, v->name, shape))
			text_addf(&t, "%s%s : %s", t.n ? ", " : "", v->name, shape);
	}
	if (t.n)
		session_print(s, s->color ? "\033[2m  taking %s\033[0m\n" : "  taking %s\n", t.s);
}

/* ---- expressions */

/* building has collected and cancelled; the user's sums stay as they were written */
static Node *
as_it_is(Graph *g, Node *n)
{
	(void)g;
	return n;
}

/* `simplify EXPR`: the user's sums too, and the whole expression when it is one */
Node *
simplify_all(Graph *g, Node *n)
{
	return simplify(g, n, 0);
}

MdxStatus
cmd_expr(Mdx *s, Arena *a, const Stmt *st)
{
	if (value_wanted(s, st->expr))
		return cmd_find("eval")->run(s, a, st);
	return session_show(s, a, st, as_it_is);
}

static void
no_redirect(Arena *a, const Stmt *st)
{
	if (st->redirect)
		raise_hint(a, st->loc, "save EXPR \"file\" writes the numbers of an expression to a file",
			"%s does not write to a file", st->word);
}

static MdxStatus
cmd_simplify(Mdx *s, Arena *a, const Stmt *st)
{
	no_redirect(a, st);
	return session_show(s, a, st, simplify_all);
}

static MdxStatus
cmd_expand(Mdx *s, Arena *a, const Stmt *st)
{
	no_redirect(a, st);
	return session_show(s, a, st, expand);
}

/* The value of an expression, in matrix form where it has one. */
static Tensor *
evaluate(Mdx *s, Arena *a, Tree *expr)
{
	Elab *e;
	Term *t = session_term(s, a, value_leaves(s, a, expr), &e);
	Graph *g = graph_new(a, e->dims);
	doing("evaluating");
	Tensor *x = eval_node(g, build(g, t), session_env(s, g));
	return t->nax <= 2 ? value_matrix(a, t, x) : x;
}

static MdxStatus
cmd_eval(Mdx *s, Arena *a, const Stmt *st)
{
	if (st->kind == ST_COMMAND)
		no_redirect(a, st);
	Tensor *x = evaluate(s, a, st->expr);
	if (st->kind == ST_EXPR && st->quiet)
		return MDX_OK;
	Text t = text_new(a);
	value_text(&t, x, s->digits);
	s->out.write(s->out.ctx, false, t.s, t.n);
	return MDX_OK;
}

static MdxStatus
cmd_save(Mdx *s, Arena *a, const Stmt *st)
{
	const Tree *file = st->narg ? st->arg[st->narg - 1] : NULL;
	if (!st->expr || !file || file->kind != TREE_STR)
		raise_hint(a, st->loc, "save W \"w.csv\"",
			"save wants an expression and a file name in quotes");
	Tensor *x = evaluate(s, a, st->expr);
	if (x->nax > 2)
		raise_at(a, st->expr->loc, "only matrices can be saved, and this has %d axes", x->nax);
	io_save(a, file->loc, io_path(a, file->loc, file->name), x);
	return MDX_OK;
}

/* an explanation, line by line; a line that is a formula alone is set as one */
static const char *
in_latex(Mdx *s, Arena *a, const char *text)
{
	Text out = text_new(a);
	while (*text) {
		size_t n = strcspn(text, "\n"), blank = strspn(text, " ");
		text_addn(&out, text, blank);
		latex_words(s, &out, text + blank, n - blank);
		text += n;
		if (*text == '\n') {
			text_add(&out, "\n");
			text++;
		}
	}
	return out.s;
}

MdxStatus
cmd_check(Mdx *s, Arena *a, const Stmt *st)
{
	CheckResult r = check_identity(s, a, st);
	static const char *const colour[] = {
		[VERDICT_TRUE] = "\033[32m", [VERDICT_FALSE] = "\033[31m", [VERDICT_UNKNOWN] = "\033[33m",
	};
	const char *text = s->style == STYLE_LATEX ? in_latex(s, a, r.text) : r.text;
	size_t word = strcspn(text, " :\n");
	if (s->color)
		session_print(s, "%s%.*s\033[0m%s\n", colour[r.verdict], (int)word, text, text + word);
	else
		session_print(s, "%s\n", text);
	if (r.elab)
		print_taken(s, a, r.elab);
	return r.verdict == VERDICT_TRUE ? MDX_OK : MDX_FALSE;
}

/* ---- others */

static MdxStatus
cmd_later(Mdx *s, Arena *a, const Stmt *st)
{
	(void)s;
	raise_at(a, st->loc, "%s is not there yet", st->word);
}

static MdxStatus
cmd_quit(Mdx *s, Arena *a, const Stmt *st)
{
	(void)s;
	if (st->narg > 0)
		raise_at(a, st->arg[0]->loc, "%s stands alone", st->word);
	return MDX_QUIT;
}

/* ---- the table */

static const Cmd table[] = {
	{"eval", "EXPR", "its number or matrix, from the values of its names", cmd_eval},
	{"check", "L == R [given P] [where ...]", "decides an identity, for all sizes", NULL},
	{"shape", "EXPR", "its shape, with the shapes that make it", cmd_shape},
	{"expand", "EXPR", "products over sums multiplied out, definitions put in", cmd_expand},
	{"simplify", "EXPR", "simplified, with the names of definitions kept", cmd_simplify},
	{"derive", "[differential] [steps N] [check] EXPR",
		"the derivation of a derivative, step by step", cmd_derive},
	{"graph", "EXPR [> \"file\"]",
		"draws the computation graph, here or into a .svg, .png, .pdf or .dot file", cmd_graph},
	{"latex", "EXPR | derive EXPR | L == R", "LaTeX source of the answer, or of a derivation",
		cmd_latex},
	{"tex", "\"LATEX\"", "reads LaTeX: checks an identity, prints an expression", cmd_tex},
	{"emit", "TARGET EXPR", "source code that computes it (not there yet)", cmd_later},
	{"cookbook", "[N]", "equation N of the Matrix Cookbook; else lists them", cmd_cookbook},
	{"var", "W(m,n) [PROPERTY]..., ...", "declares variables: sizes, properties", NULL},
	{"fun", "NAME, ... scalar|elementwise", "declares unknown functions", NULL},
	{"vars", "", "all names: shapes, properties, values, definitions", cmd_vars},
	{"clear", "[NAME]...", "forgets names; without one, all", define_clear},
	{"save", "EXPR \"file\"", "writes its value to a .csv, .mtx or .npy file", cmd_save},
	{"source", "\"file\"", "runs a script", cmd_source},
	{"set", "[NAME VALUE]", "changes a setting; without one, shows all", cmd_set},
	{"seed", "N", "makes rand and randn repeatable", cmd_seed},
	{"help", "[NAME]", "about a function, a statement or a topic", cmd_help},
	{"quit", "", "leaves; so does Ctrl-D", cmd_quit},
	{"exit", "", "leaves", cmd_quit},
};

const Cmd *
cmd_at(int i)
{
	return i >= 0 && (size_t)i < sizeof table / sizeof *table ? &table[i] : NULL;
}

const Cmd *
cmd_find(const char *word)
{
	for (int i = 0; cmd_at(i); i++) {
		if (strcmp(table[i].word, word) == 0)
			return &table[i];
	}
	return NULL;
}

const char *
cmd_nearest(const char *name)
{
	const char *found = NULL;
	int best = 0;

	for (int i = 0; cmd_at(i); i++)
		if (name_nearer(name, table[i].word, strlen(table[i].word), &best))
			found = table[i].word;
	return found;
}
