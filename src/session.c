/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session.c: a session and how its statements run. The pipeline is session_statement() and
 * session_show(); everything a statement makes lives in the arena of its run and goes with it.
 */
#include "latex.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DIGITS 6

static const Loc nowhere = {0};

/* ---- what a statement says */

void
session_print(Mdx *s, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = arena_vprintf(s->arena, fmt, ap);
	va_end(ap);
	s->out.write(s->out.ctx, false, text, strlen(text));
}

/* Never fails: when there is no memory for the place and the line, the message alone is written. */
static void
session_diag(Mdx *s, const Diag *d)
{
	Trap t;
	if (TRY(&t, s->arena)) {
		char *text = diag_format(s->arena, d, s->color);
		trap_end(&t);
		s->out.write(s->out.ctx, true, text, strlen(text));
	} else {
		s->out.write(s->out.ctx, true, d->msg, strlen(d->msg));
		s->out.write(s->out.ctx, true, "\n", 1);
	}
}

/* MDX_DUMP=build,simplify,...: the graph after these stages, on the error stream. */
static void
dump(Mdx *s, const char *stage, const Node *n)
{
	const char *want = getenv("MDX_DUMP");
	if (!want || !strstr(want, stage))
		return;
	char *text = arena_printf(s->arena, "%s: %s\n", stage, node_dump(s->arena, n));
	s->out.write(s->out.ctx, true, text, strlen(text));
}

/* ---- earlier results */

static Tree *
earlier(Mdx *s, Arena *a, const Tree *last)
{
	long k = s->nresult;
	if (s->nresult == 0)
		raise_at(a, last->loc, "there is no earlier result yet");
	if (!rat_is(last->num, 0) && (!rat_long(last->num, &k) || k < 1 || k > s->nresult))
		raise_at(a, last->loc, "there is no result %%%s; the last one is %%%d",
			rat_text(a, last->num), s->nresult);
	if (k <= s->nresult - RESULT_MAX)
		raise_at(a, last->loc, "only the last %d results are kept", RESULT_MAX);
	return s->result[(k - 1) % RESULT_MAX].tree;
}

/* t with earlier results in the place of % and %3; t itself when there are none in it */
static Tree *
put_earlier(Mdx *s, Arena *a, Tree *t)
{
	if (!t)
		return NULL;
	if (t->kind == TREE_LAST)
		return earlier(s, a, t);
	Tree *copy = NULL;
	for (int i = 0; i < t->n; i++) {
		Tree *kid = put_earlier(s, a, t->kid[i]);
		if (kid != t->kid[i])
			tree_replace(a, t, &copy, i, kid);
	}
	if (copy && !tree_depth_ok(copy))
		raise_at(a, t->loc, "with the earlier result put in, this is nested too deeply");
	return copy ? copy : t;
}

void
session_keep(Mdx *s, Arena *a, const Tree *t)
{
	Arena *own = arena_new();
	Tree *volatile copy = NULL;
	Trap trap;
	if (own && TRY(&trap, own)) {
		copy = tree_copy(own, t);
		trap_end(&trap);
	}
	if (!copy) {
		arena_free(own);
		raise_at(a, nowhere, "out of memory");
	}
	int i = s->nresult % RESULT_MAX;
	arena_free(s->result[i].own);
	s->result[i].own = own;
	s->result[i].tree = copy;
	s->nresult++;
}

/* ---- the pipeline */

/* Whether this is a derivative whose layout `set layout` turns: the outermost operation only.
   Gradients of scalars are columns in the mixed and the denominator layout, rows in the
   numerator layout; Jacobians are size(F) x size(X) in the mixed and the numerator layout, the
   transpose in the denominator layout. */
static bool
layout_turns(const Mdx *s, const Term *t)
{
	if (s->layout == 0 || t->kind != TM_CALL || t->nax > 2 || t->n < 1)
		return false;
	const Term *f = t->kid[0];
	bool scalar = f->nax <= 2 && dim_is(f->row, 1) && dim_is(f->col, 1);
	switch (t->fun->id) {
	case F_grad:
	case F_structgrad:
		return s->layout == 1;
	case F_jac:
		return s->layout == (scalar ? 1 : 2);
	case F_diff:
		return s->layout == (scalar ? 1 : 2) && dim_is(f->col, 1);
	default:
		return false;
	}
}

/* The term of an expression to be shown, in the session's layout. *e: its elaboration. */
Term *
session_term(Mdx *s, Arena *a, Tree *t, Elab **e)
{
	*e = elab_new(s, a, dims_new(a));
	Term *term = elab_expr(*e, t);
	if (!layout_turns(s, term))
		return term;
	*e = elab_new(s, a, dims_new(a));
	return elab_expr(*e, tree(a, TREE_TRANS, t->loc, 1, t));
}

/* The result with those bindings of the statement's `where' that it still speaks of, and those
   that they need: grad(r'*r, x) where r = W*x - b gives 2*W'*r where r = W*x - b. */
static Tree *
with_where(Arena *a, const Tree *asked, Tree *result)
{
	Tree *out =
		tree(a, TREE_WHERE, asked->loc, 1, result->kind == TREE_WHERE ? result->kid[0] : result);
	bool *kept = NEWN(a, bool, asked->n);
	bool any = false;
	for (int i = asked->n - 1; i > 0; i--) {
		Sym name = asked->kid[i]->name;
		kept[i] = tree_mentions(result, name);
		for (int j = i + 1; j < asked->n && !kept[i]; j++)
			kept[i] = kept[j] && tree_mentions(asked->kid[j]->kid[0], name);
		any |= kept[i];
	}
	for (int i = 1; i < asked->n; i++)
		if (kept[i])
			tree_push(a, out, asked->kid[i]);
	for (int i = 1; result->kind == TREE_WHERE && i < result->n; i++)
		tree_push(a, out, result->kid[i]);
	return any ? out : result;
}

/* An expression to what is printed for it: tree -> term -> graph -> simplified (by `pass`) ->
   tree. */
Formula
session_formula(Mdx *s, Arena *a, Tree *expr, Node *(*pass)(Graph *, Node *), Term **term, Elab **e)
{
	Term *t = *term = session_term(s, a, expr, e);
	Graph *g = graph_new(a, (*e)->dims);
	Node *n = graph_checked(g, build(g, t));
	dump(s, "build", n);
	if (expr->kind == TREE_NAME && n->kind == N_NAMED)
		n = n->kid[0];          /* a name alone asks for what it stands for */
	if (pass)
		n = graph_checked(g, pass(g, n));
	dump(s, "simplify", n);
	bool row = t->nax <= 2 && dim_is(t->row, 1) && !dim_is(t->col, 1);
	Formula f = matrix_form(g, n, row);
	if (expr->kind == TREE_WHERE)
		f.tree = with_where(a, expr, f.tree);
	return f;
}

MdxStatus
session_show(Mdx *s, Arena *a, const Stmt *st, Node *(*pass)(Graph *, Node *))
{
	Elab *e;
	Term *t;
	Formula f = session_formula(s, a, st->expr, pass, &t, &e);
	const char *shape = term_shape(a, t);
	session_keep(s, a, f.nindex ? st->expr : f.tree);
	if (s->style == STYLE_LATEX) {
		define_taken(s, a, e);
		f.tree = latex_notation(s, a, f.tree, f.tree, NULL);
	}
	const char *text = print_formula(a, &f, s->style, s->width);
	if (st->quiet)
		return MDX_OK;
	const char *dim = s->color ? "\033[2m" : "", *off = s->color ? "\033[0m" : "";
	if (s->numbered)
		session_print(s, "%s\n%s  : %s  [%%%d]%s\n", text, dim, shape, s->nresult, off);
	else
		session_print(s, "%s\n%s  : %s%s\n", text, dim, shape, off);
	print_taken(s, a, e);
	return MDX_OK;
}

/* Whoever has a T may mean a power by ^T, which is always the transpose. */
static void
note_transpose(Mdx *s, const Tree *t)
{
	const Source *src = t->loc.src;
	if (t->kind == TREE_TRANS && src && t->loc.end >= 2 &&
		memcmp(src->text + t->loc.end - 2, "^T", 2) == 0) {
		Diag d = {.kind = DIAG_NOTE, .loc = {src, t->loc.end - 2, t->loc.end},
			.msg = "^T is the transpose; the power T is written ^(T)"};
		session_diag(s, &d);
	}
	for (int i = 0; i < t->n; i++)
		note_transpose(s, t->kid[i]);
}

static void
prepare_statement(Mdx *s, Arena *a, Stmt *st)
{
	if (st->expr && session_find(s, sym("T")))
		note_transpose(s, st->expr);
	st->expr = put_earlier(s, a, st->expr);
	for (int i = 0; i < st->narg; i++)
		st->arg[i] = put_earlier(s, a, st->arg[i]);
}

/* needs: a prepared statement. gives: its output and its effect on the session; when it raises the
   session is as before. */
MdxStatus
session_statement(Mdx *s, Arena *a, Stmt *st)
{
	for (Decl *d = st->decls; d; d = d->next)
		d->eq = put_earlier(s, a, d->eq);
	switch (st->kind) {
	case ST_EMPTY:
		return MDX_OK;
	case ST_EXPR:
		return cmd_expr(s, a, st);
	case ST_DEFINE:
		return define_name(s, a, st);
	case ST_FUNCTION:
		return define_function(s, a, st);
	case ST_VAR:
		return define_vars(s, a, st);
	case ST_FUN:
		return define_unknown(s, a, st);
	case ST_CHECK:
		return cmd_check(s, a, st);
	case ST_COMMAND:
		break;
	}
	const Cmd *cmd = cmd_find(st->word);
	if (!cmd || !cmd->run)
		bug(a, "no statement `%s'", st->word);
	return cmd->run(s, a, st);
}

/* ---- texts */

/* The texts that are being run, innermost first: scripts that run scripts. */
typedef struct Running { const char *name; const struct Running *up; } Running;

/* One text that is being run. It is behind a pointer, since its fields change between TRY and a
   raise. */
typedef struct Run {
	Mdx *s;
	Arena *a;
	Parser *p;
	const char *text;
	size_t len;
	int flags;
	size_t used;            /* bytes up to the end of the last whole statement */
	const Stmt *stmt;       /* the one that runs, or NULL */
	MdxStatus status;       /* worst so far */
	bool end;
} Run;

static void
run_next(Run *r)
{
	Mdx *s = r->s;
	Trap t;
	arena_reset(r->a);
	r->stmt = NULL;
	if (TRY(&t, r->a)) {
		MdxStatus st = MDX_OK;
		size_t from = parser_offset(r->p);
		Stmt *stmt = parser_next(r->p, r->a);
		if (s->document.on)
			document_prose(s, r->a, r->text + from, r->len - from);
		if (stmt) {
			r->stmt = stmt;
			r->used = parser_offset(r->p);
			doing_next();
			prepare_statement(s, r->a, stmt);
			st = s->document.on ? document_statement(s, r->a, stmt)
								: session_statement(s, r->a, stmt);
		} else {
			r->end = true;
		}
		trap_end(&t);
		if (st == MDX_QUIT)
			s->stop = r->end = true;
		if (st > r->status)
			r->status = st;
	} else if (t.diag.incomplete && (r->flags & MDX_MORE)) {
		r->status = MDX_INCOMPLETE;
		r->end = true;
	} else {
		/* what has no place of its own (memory, say) is the statement's */
		if (!t.diag.loc.src && r->stmt && t.diag.kind == DIAG_ERROR && !t.diag.interrupted)
			t.diag.loc = r->stmt->loc;
		session_diag(s, &t.diag);
		r->used = parser_offset(r->p);
		r->status = MDX_ERROR;
		if (t.diag.interrupted)
			s->stop = true;
		if (t.diag.interrupted || !(r->flags & MDX_KEEP_GOING))
			r->end = true;
	}
	doing(NULL);
	s->hidden = NULL;
	s->nhidden = s->cap_hidden = 0;
	s->meant = NULL;
	s->nmeant = s->cap_meant = 0;
	r->end = r->end || s->stop;
}

MdxStatus
mdx_run(Mdx *s, const char *name, const char *text, size_t len, int first_line, int flags,
	size_t *used)
{
	Run r = {.s = s, .text = text, .len = len, .flags = flags, .status = MDX_OK};
	Arena *outer = s->arena;
	bool keep = s->keep_going;
	Running here = {name, s->running};
	r.p = parser_open(name, text, len, first_line);
	r.a = arena_new();
	if (!r.p || !r.a) {
		const char *msg = "mdx: out of memory\n";
		s->out.write(s->out.ctx, true, msg, strlen(msg));
		r.end = true;
		r.status = MDX_ERROR;
	}
	s->arena = r.a;
	s->keep_going = flags & MDX_KEEP_GOING;
	if (!s->running)
		s->stop = false;
	s->running = &here;
	while (!r.end)
		run_next(&r);
	s->running = here.up;
	s->arena = outer;
	s->keep_going = keep;
	parser_close(r.p);
	arena_free(r.a);
	if (r.status <= MDX_ERROR && r.status > s->worst)
		s->worst = r.status;
	if (used)
		*used = r.status == MDX_INCOMPLETE ? r.used : len;
	return r.status;
}

/* ---- source */

typedef struct FileText { FILE *f; char *text; } FileText;

static void
drop_file(void *arg)
{
	FileText *x = arg;
	if (x->f)
		fclose(x->f);
	free(x->text);
}

/* The bytes of a file. They are freed with the arena. */
static char *
read_file(Arena *a, Loc loc, const char *path, size_t *len)
{
	FileText *x = NEW(a, FileText);
	arena_defer(a, drop_file, x);
	x->f = fopen(path, "rb");
	if (!x->f)
		raise_at(a, loc, "cannot read \"%s\": %s", path, strerror(errno));
	size_t n = 0, cap = 0, got;
	do {
		if (n + 1 >= cap) {
			cap = cap ? 2 * cap : 8192;
			char *more = realloc(x->text, cap);
			if (!more)
				raise_at(a, loc, "\"%s\" is too large for memory", path);
			x->text = more;
		}
		got = fread(x->text + n, 1, cap - n - 1, x->f);
		n += got;
		poll_interrupt(a);
	} while (got > 0);
	if (ferror(x->f))
		raise_at(a, loc, "cannot read \"%s\": %s", path, strerror(errno));
	fclose(x->f);
	x->f = NULL;
	x->text[n] = '\0';
	*len = n;
	return x->text;
}

/* Whether a script with this path is being run already. */
static bool
is_running(const Mdx *s, const char *path)
{
	struct stat new, old;
	if (stat(path, &new) != 0)
		return false;
	for (const Running *r = s->running; r; r = r->up) {
		if (r->name && stat(r->name, &old) == 0 &&
			old.st_dev == new.st_dev && old.st_ino == new.st_ino)
			return true;
	}
	return false;
}

/* The statements of the other file run in arenas of their own; what they define stays when a
   later one fails. */
MdxStatus
cmd_source(Mdx *s, Arena *a, const Stmt *st)
{
	if (st->narg != 1 || st->arg[0]->kind != TREE_STR)
		raise_hint(a, st->loc, "source \"file.mdx\"", "source wants a file name in quotes");
	Loc loc = st->arg[0]->loc;
	const char *path = io_path(a, loc, st->arg[0]->name);
	if (is_running(s, path))
		raise_at(a, loc, "\"%s\" is being run already: a script cannot run itself", path);
	size_t len;
	char *text = read_file(a, loc, path, &len);
	MdxStatus status = mdx_run(s, path, text, len, 1, s->keep_going ? MDX_KEEP_GOING : 0, NULL);
	if (status == MDX_ERROR && !s->stop) {
		Diag d = {.kind = DIAG_NOTE, .loc = loc, .msg = "in a script that was run from here"};
		session_diag(s, &d);
	}
	return status;
}

/* ---- open and close */

Mdx *
mdx_open(MdxOutput out)
{
	Mdx *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->out = out;
	s->digits = DIGITS;
	s->budget = 2;
	s->changes = 1;
	return s;
}

void
mdx_close(Mdx *s)
{
	if (!s)
		return;
	for (int i = 0; i < s->nentry; i++)
		entry_free(s->entry[i]);
	for (int i = 0; i < RESULT_MAX; i++)
		arena_free(s->result[i].own);
	free(s->entry);
	free(s->slot);
	free(s->mention);
	free(s->told);
	free(s);
}

bool
mdx_set(Mdx *s, const char *name, const char *value)
{
	Arena *outer = s->arena, *a = arena_new();
	if (!a)
		return false;
	volatile bool good = false;
	Trap t;
	s->arena = a;
	if (TRY(&t, a)) {
		set_option(s, a, nowhere, name, value);
		trap_end(&t);
		good = true;
	} else {
		session_diag(s, &t.diag);
	}
	s->arena = outer;
	arena_free(a);
	return good;
}

MdxStatus
mdx_worst(const Mdx *s)
{
	return s->worst;
}

bool
mdx_interrupted(void)
{
	bool asked = interrupt_asked;
	interrupt_asked = 0;
	return asked;
}
