/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * define.c: the statements that give names a meaning: definitions, values, functions, var, fun,
 * clear. They say what a name may be; entry.c puts it into the session. Called by run_statement().
 */
#include "core.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a name may not be */

static void
check_reserved(Arena *a, Sym name, Loc loc)
{
	if (name == sym("I"))
		raise_hint(a, loc, "choose another name",
			"I is the identity matrix and cannot be given another meaning");
	if (name == sym("pi") || name == sym("π"))
		raise_hint(a, loc, "choose another name",
			"%s is the number 3.14159... and cannot be given another meaning", name);
}

/* Raises when name is a dimension of a declared variable (of another one than itself). */
static void
check_not_dim(Mdx *s, Arena *a, Sym name, Loc loc)
{
	const Entry *e = NULL;          /* the first one */
	for (const NameUse *l = mention_sizes(s, name); l; l = l->next) {
		if (l->e->name != name && (!e || l->e->serial < e->serial))
			e = l->e;
	}
	if (!e)
		return;
	Diag d = {.kind = DIAG_ERROR,
		.loc = loc,
		.loc2 = e->loc,
		.msg = arena_printf(
			a, "%s is already a dimension, of %s; it cannot be a variable too", name, e->name),
		.msg2 = arena_printf(a, "%s is declared here", e->name),
		.hint = arena_printf(
			a, "sizes follow from values: give %s one, or choose another name", e->name)};
	raise_diag(a, &d);
}

static const Tree *
first_name(const Tree *t, Sym name)
{
	if (t->kind == TREE_NAME && t->name == name)
		return t;
	for (int i = 0; i < t->n; i++) {
		const Tree *f = first_name(t->kid[i], name);
		if (f)
			return f;
	}
	return NULL;
}

static const char *
kind_text(const Entry *e)
{
	return e->kind == NAME_VAR   ? "a variable"
		   : e->kind == NAME_DEF ? "a defined name"
								 : "a function";
}

/* The dimensions of a declaration: names that are nothing else, positive numbers, sums and
   products of them. */
static void
check_dims(Mdx *s, Arena *a, const Decl *all, const Decl *d)
{
	Elab *elab = elab_new(s, a, dims_new(a));
	for (int k = 0; k < d->ndim; k++) {
		const Tree *t = d->dim[k];
		long v;
		if (t->kind == TREE_NUM && (!rat_long(t->num, &v) || v < 1))
			raise_at(a, t->loc, "a dimension is a positive integer, not %s", rat_written(a, t->num));
		Sym *name;
		int n = free_names(a, t, 0, NULL, &name);
		for (int i = 0; i < n; i++) {
			const Tree *at = first_name(t, name[i]);
			for (const Decl *o = all; o; o = o->next) {
				if (o->name == name[i])
					raise_at(a, at->loc,
						"%s is a variable of this declaration; it cannot be a dimension too",
						name[i]);
			}
			const Entry *e = session_find(s, name[i]);
			if (!e || (e->kind == NAME_VAR && !e->decl && e->value && e->value->size == 1))
				continue;
			Diag x = {.kind = DIAG_ERROR,
				.loc = at->loc,
				.loc2 = e->loc,
				.msg = arena_printf(
					a, "%s is already %s; it cannot be a dimension too", name[i], kind_text(e)),
				.msg2 = arena_printf(a, "%s comes from here", name[i]),
				.hint = arena_printf(a, "clear %s, or name the dimension otherwise", name[i])};
			raise_diag(a, &x);
		}
		elab_size(elab, t);
	}
}

/* ---- values */

static bool
near(double x, double y, double scale)
{
	return fabs(x - y) <= 1e-8 * scale;
}

/* Whether a square matrix has a Cholesky factor. */
static bool
positive_definite(Arena *a, const Tensor *t)
{
	long n = t->dim[0];
	double *l = NEWN(a, double, n * n);
	for (long j = 0; j < n; j++) {
		poll_interrupt(a);
		for (long i = j; i < n; i++) {
			double x = t->data[i * n + j];
			for (long k = 0; k < j; k++)
				x -= l[i * n + k] * l[j * n + k];
			if (i == j && !(x > 0))
				return false;
			l[i * n + j] = i == j ? sqrt(x) : x / l[j * n + j];
		}
	}
	return true;
}

static bool
orthogonal(Arena *a, const Tensor *t)
{
	long n = t->dim[0];
	for (long i = 0; i < n; i++) {
		poll_interrupt(a);
		for (long j = i; j < n; j++) {
			double x = 0;
			for (long k = 0; k < n; k++)
				x += t->data[k * n + i] * t->data[k * n + j];
			if (!near(x, i == j, 1))
				return false;
		}
	}
	return true;
}

/* The first declared property that a value does not have, or 0. Cheap ones; invertible shows
   when it is used. */
static unsigned
property_missing(Arena *a, const Tensor *t, unsigned props)
{
	long m = t->dim[0], n = t->dim[1];
	double scale = 0;
	unsigned bad = 0;
	for (size_t i = 0; i < t->size; i++)
		scale = fmax(scale, fabs(t->data[i]));
	if (props & P_POSITIVE) {
		for (size_t i = 0; i < t->size; i++) {
			if (!(t->data[i] > 0))
				return P_POSITIVE;
		}
	}
	if (m != n)
		return 0;
	for (long i = 0; i < n; i++) {
		for (long j = 0; j < n; j++) {
			double x = t->data[i * n + j], y = t->data[j * n + i];
			if (!near(x, y, scale))
				bad |= P_SYMMETRIC;
			if (!near(x, -y, scale))
				bad |= P_SKEW;
			if (i != j && x != 0)
				bad |= P_DIAGONAL | (i < j ? (unsigned)P_LOWER : (unsigned)P_UPPER);
		}
	}
	if ((props & P_POSDEF) && !((props & bad) & P_SYMMETRIC) && !positive_definite(a, t))
		bad |= P_POSDEF;
	if ((props & P_ORTHOGONAL) && !orthogonal(a, t))
		bad |= P_ORTHOGONAL;
	bad &= props;
	return bad & (~bad + 1);
}

/* ---- statements */

/* `note: l, grad_l follow`: the definitions that use names which have got another meaning */
static void
print_followers(Mdx *s, Arena *a, int n, const Sym *name)
{
	enum { SHOWN = 8 };
	Text t = text_new(a);
	int count = 0;
	bool *told = NEWN(a, bool, s->serial + 1);
	for (int i = 0; i < n; i++) {
		Entry **f;
		int nf = entry_follow(s, a, name[i], &f);
		for (int k = 0; k < nf; k++) {
			if (told[f[k]->serial])
				continue;
			told[f[k]->serial] = true;
			if (count++ < SHOWN)
				text_addf(&t, "%s%s", count > 1 ? ", " : "", f[k]->name);
		}
	}
	if (count > SHOWN)
		text_addf(&t, " and %d more", count - SHOWN);
	if (count)
		session_print(s, "  note: %s follow%s\n", t.s, count == 1 ? "s" : "");
}

/* The leaf keeps its declaration when it has one; a value replaces any definition. */
static MdxStatus
define_value(Mdx *s, Arena *a, const Stmt *st)
{
	Tensor *x = value_eval(s, a, st->expr);
	const Entry *old = session_find(s, st->name);
	const Decl *decl = old && old->kind == NAME_VAR ? old->decl : NULL;
	if (decl) {
		sizes_check(s, a, st->expr->loc, decl, old, x->dim[0], x->dim[1]);
		unsigned bad = property_missing(a, x, props_close(decl->props));
		if (bad)
			raise_at(a, st->expr->loc, "%s was declared %s, which this value is not", st->name,
				props_text(a, bad));
	}
	EntryParts p = {.name = st->name,
		.kind = NAME_VAR,
		.loc = decl ? decl->loc : st->name_loc,
		.decl = decl,
		.value = x};
	Draft *d = entry_draft(a, &p);
	d->loc = st->expr->loc;
	/* a single number may stand for a size: then the shapes of its users change with it */
	d->same_shape = decl || (old && old->value && x->size > 1 && x->dim[0] == old->value->dim[0] &&
		x->dim[1] == old->value->dim[1]);
	/* a value that takes the place of a definition is more than a new value */
	bool again = old && old->kind != NAME_VAR;
	entry_install(s, a, 1, &d);
	if (again && !st->quiet)
		print_followers(s, a, 1, &st->name);
	return MDX_OK;
}

/* A definition is a formula: it follows its parts, and random numbers would be others each time. */
static void
check_formula(Mdx *s, Arena *a, const Tree *t)
{
	const Tree *call = value_call(s, t);
	if (call)
		raise_hint(a, call->loc,
			arena_printf(
				a, "give the value a name first: R = %s", print_tree(a, call, STYLE_ASCII)),
			"%s makes a value, not a formula", call->kid[0]->name);
}

MdxStatus
define_name(Mdx *s, Arena *a, const Stmt *st)
{
	check_reserved(a, st->name, st->name_loc);
	check_not_dim(s, a, st->name, st->name_loc);
	if (value_closed(s, st->expr))
		return define_value(s, a, st);
	check_formula(s, a, st->expr);
	EntryParts p = {.name = st->name, .kind = NAME_DEF, .loc = st->name_loc, .tree = st->expr};
	Draft *d = entry_draft(a, &p);
	/* a cycle is found when it is put in; the old meaning of the name in its own new one would
	   hide it here */
	bool again = session_find(s, st->name) != NULL;
	Elab *e = NULL;
	Term *t = tree_mentions(st->expr, st->name) ? NULL : elab_shape(s, a, st->expr, &e);
	const char *echo = t ? arena_printf(a, "%s : %s\n", st->name, term_shape(a, t)) : "";
	entry_install(s, a, 1, &d);
	if (t)
		known_keep(e, t, session_find(s, st->name));
	if (st->quiet)
		return MDX_OK;
	session_print(s, "%s", echo);
	if (e)
		print_taken(s, a, e);
	if (again)
		print_followers(s, a, 1, &st->name);
	return MDX_OK;
}

/* Raises when the name is that of a function of the language; an alias (ln, sigma) may be given
   away. */
static void
check_not_builtin(Arena *a, Sym name, Loc loc)
{
	const Fun *f = fun_find(name);
	if (f && strcmp(f->name, name) == 0)
		raise_hint(a, loc, "choose another name",
			"%s is a function of the language and cannot be given another meaning", name);
}

/* The body is checked where it is called: its parameters have no shapes of their own. */
MdxStatus
define_function(Mdx *s, Arena *a, const Stmt *st)
{
	check_reserved(a, st->name, st->name_loc);
	check_not_dim(s, a, st->name, st->name_loc);
	check_not_builtin(a, st->name, st->name_loc);
	for (int i = 0; i < st->narg; i++) {
		if (st->arg[i]->kind != TREE_NAME)
			raise_at(a, st->arg[i]->loc, "a parameter is a name");
		check_reserved(a, st->arg[i]->name, st->arg[i]->loc);
		for (int k = 0; k < i; k++) {
			if (st->arg[k]->name == st->arg[i]->name)
				raise_at(
					a, st->arg[i]->loc, "the parameter %s stands there twice", st->arg[i]->name);
		}
	}
	check_formula(s, a, st->expr);
	EntryParts p = {.name = st->name, .kind = NAME_FUNCTION, .loc = st->name_loc, .tree = st->expr,
		.param = st->arg, .nparam = st->narg};
	Draft *d = entry_draft(a, &p);
	bool again = session_find(s, st->name) != NULL;
	entry_install(s, a, 1, &d);
	if (again && !st->quiet)
		print_followers(s, a, 1, &st->name);
	return MDX_OK;
}

static void
check_decl(Mdx *s, Arena *a, const Decl *all, const Decl *d)
{
	unsigned square = d->props & ~(unsigned)P_POSITIVE;
	check_reserved(a, d->name, d->loc);
	check_not_dim(s, a, d->name, d->loc);
	check_dims(s, a, all, d);
	for (const Decl *o = all; o != d; o = o->next) {
		if (o->name == d->name)
			raise_at(a, d->loc, "%s is declared twice here", d->name);
	}
	if (square && (d->ndim < 2 || !tree_equal(d->dim[0], d->dim[1])))
		raise_at(a, d->loc, "%s: only a square matrix can be %s", d->name, props_text(a, square));
}

/* Is the name declared just so already? Then it is left as it is, with its value: a page of
   `derive` declares what it uses, and changes nothing where that is known. */
static bool
declared_so(Mdx *s, Arena *a, const Decl *d)
{
	const Entry *old = session_find(s, d->name);
	if (!old || old->kind != NAME_VAR || (old->decl ? old->decl->props : 0) != d->props)
		return false;
	Elab *e = elab_new(s, a, dims_new(a));
	const Term *t = elab_expr(e, tree_name(a, d->loc, d->name));
	Dim *one = dim_num(e->dims, 1);
	return t->row == (d->ndim > 0 ? elab_size(e, d->dim[0]) : one) &&
		t->col == (d->ndim > 1 ? elab_size(e, d->dim[1]) : one);
}

/* All names of one `var` are put in together, so that several sizes can change at once. */
MdxStatus
define_vars(Mdx *s, Arena *a, const Stmt *st)
{
	int n = 0;
	for (const Decl *d = st->decls; d; d = d->next, n++)
		check_decl(s, a, st->decls, d);
	Draft **draft = NEWN(a, Draft *, n);
	Sym *again = NEWN(a, Sym, n);
	int i = 0, nagain = 0;
	for (const Decl *d = st->decls; d; d = d->next) {
		if (declared_so(s, a, d))
			continue;
		EntryParts p = {.name = d->name, .kind = NAME_VAR, .loc = d->loc, .decl = d};
		draft[i++] = entry_draft(a, &p);
		if (session_find(s, d->name))
			again[nagain++] = d->name;
	}
	entry_install(s, a, i, draft);
	if (!st->quiet)
		print_followers(s, a, nagain, again);
	return MDX_OK;
}

MdxStatus
define_unknown(Mdx *s, Arena *a, const Stmt *st)
{
	int n = 0;
	for (const Decl *d = st->decls; d; d = d->next, n++) {
		check_reserved(a, d->name, d->loc);
		check_not_dim(s, a, d->name, d->loc);
		check_not_builtin(a, d->name, d->loc);
	}
	Draft **draft = NEWN(a, Draft *, n);
	int i = 0;
	for (const Decl *d = st->decls; d; d = d->next) {
		EntryParts p = {.name = d->name, .kind = NAME_UFUN, .loc = d->loc,
			.elementwise = st->name == sym("elementwise")};
		const Entry *old = session_find(s, d->name);
		if (!old || old->kind != NAME_UFUN || old->ufun->elementwise != p.elementwise)
			draft[i++] = entry_draft(a, &p);
	}
	entry_install(s, a, i, draft);
	return MDX_OK;
}

/* clear: everything; clear NAME...: these names. What uses them takes them for undeclared from
   then on. */
MdxStatus
define_clear(Mdx *s, Arena *a, const Stmt *st)
{
	for (int i = 0; i < st->narg; i++) {
		Sym name = st->arg[i]->kind == TREE_NAME ? st->arg[i]->name : NULL;
		if (name && session_find(s, name))
			continue;
		const char *like = name ? session_nearest(s, name) : NULL;
		raise_hint(a, st->arg[i]->loc, like ? arena_printf(a, "did you mean %s?", like) : NULL,
			"there is no name %s to clear", name ? name : "like that");
	}
	for (int i = 0; i < st->narg; i++) {
		Entry *e = session_find(s, st->arg[i]->name);
		if (e)
			entry_remove(s, e);
	}
	if (st->narg == 0) {
		while (s->nentry > 0)
			entry_remove(s, s->entry[s->nentry - 1]);
		free(s->told);
		s->told = NULL;
		s->ntold = s->cap_told = 0;
	}
	return MDX_OK;
}

void
define_hidden(Mdx *s, Arena *a, Loc loc, Sym name, const Dim *rows, const Dim *cols)
{
	bool row = !dim_is(rows, 1), col = !dim_is(cols, 1);
	Entry *en = NEW(a, Entry);
	Decl *d = NEW(a, Decl);
	*d = (Decl){.name = name, .loc = loc};
	if (row || col)
		d->dim[d->ndim++] = parse_expr(a, NULL, dim_text(a, rows));
	if (col)
		d->dim[d->ndim++] = parse_expr(a, NULL, dim_text(a, cols));
	*en = (Entry){.name = name, .kind = NAME_VAR, .decl = d, .loc = loc};
	PUSH(a, s->hidden, s->nhidden, s->cap_hidden, en);
}

void
define_taken(Mdx *s, Arena *a, const Elab *e)
{
	for (int i = 0; i < e->taken.n; i++) {
		const Var *v = e->taken.var[i];
		define_hidden(s, a, v->loc, v->name, v->row, v->col);
	}
}
