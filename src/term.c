/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * term.c: syntax trees to terms. Every name is resolved (bindings, session, dimensions,
 * convention), definitions are elaborated once per statement, functions are called by substitution;
 * sugar goes (unary signs, d(l)/d(W); the session has put earlier results in the place of %). Terms
 * are a DAG: what is reached twice is one Term. Shapes come afterwards, from infer_run().
 *
 * Definitions are elaborated in the order of need, so that a long chain of them does not nest calls
 * here.
 */
#include <string.h>

#include "infer.h"

#define DEPTH_MAX 4000 /* nesting of trees through parameters and `where` */

static Term *elab(Names *nm, Scope *sc, const Tree *t);

Elab *
elab_new(Mdx *s, Arena *a, Dims *dims)
{
	Elab *e = NEW(a, Elab);

	e->s = s;
	e->a = a;
	e->dims = dims;
	e->names = names_new(e);
	e->infer = infer_new(e);
	return e;
}

/* ---------------------------------------------------------------- constructing */

static Term *
term(Names *nm, TermKind kind, Loc loc, int n)
{
	Term *t = NEW(nm->e->a, Term);

	t->kind = kind;
	t->loc = loc;
	t->n = n;
	if (n) {
		t->kid = NEWN(nm->e->a, Term *, n);
		t->at = NEWN(nm->e->a, Loc, n);
	}
	return t;
}

static void
set_kid(Names *nm, Scope *sc, Term *t, int i, const Tree *from)
{
	t->kid[i] = elab(nm, sc, from);
	t->at[i] = from->loc;
}

/* kids from the tree's kids `from`.. */
static Term *
term_kids(Names *nm, Scope *sc, TermKind kind, const Tree *t, int from)
{
	Term *r = term(nm, kind, t->loc, t->n - from);

	for (int i = from; i < t->n; i++)
		set_kid(nm, sc, r, i - from, t->kid[i]);
	return r;
}

static Term *
term_num(Names *nm, Loc loc, Rat q)
{
	Term *t = term(nm, TM_NUM, loc, 0);

	t->num = q;
	return t;
}

/* The rational number that a term is, if it is made of numbers only. */
static bool
constant(Arena *a, const Term *t, Rat *out)
{
	Rat x;

	switch (t->kind) {
	case TM_NUM:
		*out = t->num;
		return true;
	case TM_NAMED:
		return constant(a, t->kid[0], out);
	case TM_ADD:
	case TM_MUL:
		*out = t->kind == TM_ADD ? RAT0 : RAT1;
		for (int i = 0; i < t->n; i++) {
			if (!constant(a, t->kid[i], &x))
				return false;
			*out = t->kind == TM_MUL ? rat_mul(a, *out, x)
									 : rat_add(a, *out, t->sign[i] < 0 ? rat_neg(a, x) : x);
		}
		return true;
	case TM_DIV:
		if (!constant(a, t->kid[0], out) || !constant(a, t->kid[1], &x) || rat_sign(x) == 0)
			return false;
		*out = rat_mul(a, *out, rat_inv(a, x));
		return true;
	default:
		return false;
	}
}

/* ---------------------------------------------------------------- names */

static Term *
elab_named(Names *nm, Scope *sc, Sym name, Loc loc, const Tree *definition)
{
	Term *t = term(nm, TM_NAMED, loc, 1);

	t->name = name;
	set_kid(nm, sc, t, 0, definition);
	return t;
}

static Term *
elab_name(Names *nm, Scope *sc, const Tree *t)
{
	Elab *e = nm->e;
	Scope *b = scope_find(sc, t->name);
	const Fun *f;
	Local *l;
	Term *r;

	if (t->prime)
		raise_hint(e->a, t->loc,
			arena_printf(e->a, "write %s%.*s(z)", t->name, t->prime < 8 ? t->prime : 8, "''''''''"),
			"the derivative of a function wants an argument");
	if (b) {
		if (!b->term && b->where) {
			b->term = elab_named(nm, b->env, b->name, t->loc, b->tree);
			b->term->inner = b->inner;
		}
		if (!b->term)
			b->term = elab(nm, b->env, b->tree);
		return b->term;
	}
	if (strcmp(t->name, "I") == 0)
		return term(nm, TM_IDENT, t->loc, 0);
	if (strcmp(t->name, "pi") == 0 || strcmp(t->name, "π") == 0)
		return term(nm, TM_PI, t->loc, 0);
	l = names_get(nm, t->name);
	switch (l->entry ? l->entry->kind : NAME_NONE) {
	case NAME_DEF:
		names_role(nm, l, ROLE_VAR, l->entry->loc.src ? l->entry->loc : t->loc);
		if (!l->named && known_is(e, l->entry)) {
			l->named = term(nm, TM_VAR, t->loc, 0);
			l->named->name = l->name;
			l->named->var = known_var(e, l->entry, t->loc);
		}
		if (!l->named)
			l->named = elab_named(nm, NULL, l->name, t->loc, l->entry->tree);
		return l->named;
	case NAME_FUNCTION:
	case NAME_UFUN:
		raise_hint(e->a, t->loc, arena_printf(e->a, "write %s(...)", t->name),
			"%s is a function and wants an argument", t->name);
	case NAME_VAR:
		break;
	case NAME_NONE:
		if (names_is_dim(nm, l)) {
			names_role(nm, l, ROLE_DIM, t->loc);
			r = term(nm, TM_DIM, t->loc, 0);
			r->name = t->name;
			r->idx[r->nidx++] = dim_sym(e->dims, t->name);
			return r;
		}
		f = fun_find(t->name);
		if (f && strlen(t->name) > 1 && strcmp(f->name, t->name) == 0)
			raise_hint(e->a, t->loc, arena_printf(e->a, "write %s(%s)", f->name, f->args),
				"%s is a function and wants an argument", t->name);
	}
	r = term(nm, TM_VAR, t->loc, 0);
	r->name = t->name;
	r->var = names_var(nm, l, t->loc);
	return r;
}

/* ---------------------------------------------------------------- calls */

static _Noreturn void
raise_count(Names *nm, const Tree *t, const char *name, int min, int max, const char *args)
{
	char *want = min == max ? arena_printf(nm->e->a, "%d", min)
							: arena_printf(nm->e->a, "%d to %d", min, max);

	raise_hint(nm->e->a, t->loc, arena_printf(nm->e->a, "write %s(%s)", name, args),
		"%s wants %s argument%s, got %d", name, want, max == 1 ? "" : "s", t->n - 1);
}

static Term *
call_function(Names *nm, Scope *sc, const Tree *t, const Entry *en)
{
	Elab *e = nm->e;
	Scope *body = NULL;

	if (t->n - 1 != en->nparam) {
		Text args = text_new(e->a);
		for (int i = 0; i < en->nparam; i++)
			text_addf(&args, "%s%s", i ? ", " : "", en->param[i]);
		raise_count(nm, t, en->name, en->nparam, en->nparam, args.s ? args.s : "");
	}
	for (int i = 0; i < en->nparam; i++) {
		Scope *b = NEW(e->a, Scope);
		*b = (Scope){.name = en->param[i], .tree = t->kid[i + 1], .env = sc, .up = body};
		body = b;
	}
	return elab(nm, body, en->tree);
}

static Term *
call_unknown(Names *nm, Scope *sc, const Tree *t, const Entry *en)
{
	Term *r;
	int prime = t->kid[0]->prime;

	if (t->n < 2)
		raise_at(nm->e->a, t->loc, "%s wants an argument", en->name);
	if (prime && !en->ufun->elementwise)
		raise_hint(nm->e->a, t->loc, arena_printf(nm->e->a, "write grad(%s(z), z)", en->name),
			"%s is scalar-valued: its derivative is a gradient", en->name);
	if (prime && t->n > 2)
		raise_hint(nm->e->a, t->loc, "use diff", "a prime wants a function of one argument");
	r = term_kids(nm, sc, TM_UNKNOWN, t, 1);
	r->name = en->name;
	r->ufun = en->ufun;
	r->prime = prime;
	return r;
}

static bool
differentiable_by(const Term *x)
{
	return x->kind == TM_VAR || x->kind == TM_NAMED;
}

/* the second argument of a derivative: a leaf, a defined name, or an entry of one */
static void
check_by(Names *nm, const Term *t)
{
	const Term *x = t->kid[1];
	bool entry = x->kind == TM_ENTRY;

	if (differentiable_by(x))
		return;
	if (entry && differentiable_by(x->kid[0])) {
		if (t->fun->id == F_grad || t->fun->id == F_diff || t->fun->id == F_jac)
			return;
		raise_hint(nm->e->a, t->at[1], "grad, diff and jac can be taken by an entry",
			"%s by an entry", t->fun->name);
	}
	if (x->kind == TM_NUM || x->kind == TM_PI || x->kind == TM_DIM || x->kind == TM_IDENT)
		raise_at(nm->e->a, t->at[1], "%s differentiates by a variable, and this is a constant",
			t->fun->name);
	raise_hint(nm->e->a, t->at[1],
		"give the expression a name (u = ...), use the name where it occurs, and differentiate "
		"by that",
		"%s differentiates by a variable, a defined name or an entry of one, not by an expression",
		t->fun->name);
}

static Term *
call_builtin(Names *nm, Scope *sc, const Tree *t, const Fun *f)
{
	Elab *e = nm->e;
	int nargs = t->n - 1, nx = 0;
	Term *r;

	if (t->kid[0]->prime)
		raise_hint(e->a, t->loc, "differentiate with grad or diff",
			"a prime is for functions declared with fun");
	if (nargs == 1 && (f->id == F_ones || f->id == F_zeros))
		raise_hint(e->a, t->loc, "a column: ones(n,1); a row: ones(1,n); a matrix: ones(n,n)",
			"%s wants the number of rows and of columns", f->name);
	if (nargs < f->min || nargs > f->max)
		raise_count(nm, t, f->name, f->min, f->max, f->args);
	if (f->id == F_load)
		raise_hint(e->a, t->loc, "W = load(\"w.csv\")",
			"load gives a value: it stands alone on the right of `name =`");
	for (int i = 0; i < nargs; i++)
		nx += fun_arg_role(f, i) == 'x';
	r = term(nm, TM_CALL, t->loc, nx);
	r->fun = f;
	nx = 0;
	for (int i = 0; i < nargs; i++) {
		const Tree *arg = t->kid[i + 1];
		char role = fun_arg_role(f, i);
		if (role == 'x') {
			set_kid(nm, sc, r, nx++, arg);
			continue;
		}
		if (role != 'a') {
			nm->call = t;
			nm->call_fun = f;
			r->idx[r->nidx++] = names_dim(nm, sc, arg, role == 'i' ? ROLE_INDEX : ROLE_DIM);
			nm->call = NULL;
			continue;
		}
		if (arg->kind != TREE_NUM || !(rat_is(arg->num, 1) || rat_is(arg->num, 2)))
			raise_hint(e->a, arg->loc,
				arena_printf(e->a, "%s(X,1) goes down the columns, %s(X,2) along the rows", f->name,
					f->name),
				"the direction of %s is 1 or 2", f->name);
		r->idx[r->nidx++] = dim_num(e->dims, rat_is(arg->num, 1) ? 1 : 2);
	}
	if (f->cls == FC_DERIV)
		check_by(nm, r);
	return r;
}

/* x(1), A(2,3): more likely an entry than a call */
static bool
like_indices(const Tree *t)
{
	for (int i = 1; i < t->n; i++)
		if (t->kid[i]->kind != TREE_NUM || !rat_is_int(t->kid[i]->num))
			return false;
	return t->n == 2 || t->n == 3;
}

static _Noreturn void
raise_unknown(Names *nm, const Tree *t, const Tree *head)
{
	Arena *a = nm->e->a;
	const char *name = head->name, *near = fun_nearest(name), *hint;

	if (!near)
		near = session_nearest(nm->e->s, name);
	if (!near)
		near = cmd_nearest(name);
	if (strcmp(name, "I") == 0)
		hint = "the identity of size n is eye(n), an entry of it I[i,j]";
	else if (near)
		hint = arena_printf(a, "did you mean %s?", near);
	else if (like_indices(t))
		hint =
			arena_printf(a, "an entry is %s[%s], a product %s*(...); fun %s scalar declares it",
				name, t->n == 2 ? "i" : "i,j", name, name);
	else
		hint = arena_printf(a,
			"declare it: fun %s scalar, or fun %s elementwise; a product is written with *", name,
			name);
	raise_hint(a, head->loc, hint, "unknown function %s", name);
}

static Term *
elab_call(Names *nm, Scope *sc, const Tree *t)
{
	Elab *e = nm->e;
	const Tree *head = t->kid[0];
	const Fun *f;
	const Entry *en;

	if (head->kind != TREE_NAME)
		raise_hint(e->a, t->loc, "a product is written with *, an entry with [ ]",
			"this is not a function and cannot be called");
	en = names_get(nm, head->name)->entry;
	if (en && en->kind == NAME_FUNCTION) {
		if (head->prime)
			raise_hint(e->a, head->loc, "differentiate with grad or diff",
				"a prime is for functions declared with fun");
		return call_function(nm, sc, t, en);
	}
	if (en && en->kind == NAME_UFUN)
		return call_unknown(nm, sc, t, en);
	f = fun_find(head->name);
	if (f && !((en || scope_find(sc, head->name)) && strcmp(f->name, head->name) != 0))
		return call_builtin(nm, sc, t, f);
	if (en || scope_find(sc, head->name))
		raise_hint(e->a, head->loc,
			arena_printf(e->a, "a product is %s*(...), an entry %s[i,j]", head->name, head->name),
			"%s is a variable, not a function", head->name);
	raise_unknown(nm, t, head);
}

/* ---------------------------------------------------------------- operators */

/* a sum: the signs of its terms apart */
static Term *
elab_sum(Names *nm, Scope *sc, const Tree *t)
{
	Term *r = term(nm, TM_ADD, t->loc, t->kind == TREE_ADD ? t->n : 1);

	r->sign = NEWN(nm->e->a, int, r->n);
	for (int i = 0; i < r->n; i++) {
		const Tree *k = t->kind == TREE_ADD ? t->kid[i] : t;
		r->sign[i] = 1;
		for (; k->kind == TREE_NEG || k->kind == TREE_POS; k = k->kid[0])
			if (k->kind == TREE_NEG)
				r->sign[i] = -r->sign[i];
		set_kid(nm, sc, r, i, k);
	}
	if (r->n == 1 && r->sign[0] > 0)
		return r->kid[0];
	if (r->n == 1 && r->kid[0]->kind == TM_NUM)
		return term_num(nm, t->loc, rat_neg(nm->e->a, r->kid[0]->num));
	return r;
}

/* a power; an exponent made of numbers becomes one number */
static Term *
elab_power(Names *nm, Scope *sc, const Tree *t)
{
	const Tree *k = t->kid[1];
	Term *r;
	Rat q;

	if (t->kind == TREE_POW && k->kind == TREE_NEG && k->kid[0]->kind == TREE_NAME &&
		strcmp(k->kid[0]->name, "T") == 0 && !names_get(nm, k->kid[0]->name)->entry)
		raise_hint(nm->e->a, k->loc, "write inv(K)' or K^-1'", "^-T is not understood");
	r = term_kids(nm, sc, t->kind == TREE_POW ? TM_POW : TM_EPOW, t, 0);

	if (r->kid[1]->kind != TM_NUM && constant(nm->e->a, r->kid[1], &q))
		r->kid[1] = term_num(nm, t->kid[1]->loc, q);
	return r;
}

static Term *
elab_entry(Names *nm, Scope *sc, const Tree *t)
{
	Term *r = term(nm, TM_ENTRY, t->loc, 1);

	if (t->n < 2 || t->n > 5)
		raise_at(nm->e->a, t->loc, "an entry has one or two indices, like x[i] or X[i,j]");
	set_kid(nm, sc, r, 0, t->kid[0]);
	for (int i = 1; i < t->n; i++)
		r->idx[r->nidx++] = names_dim(nm, sc, t->kid[i], ROLE_INDEX);
	return r;
}

static Term *
elab_matrix(Names *nm, Scope *sc, const Tree *t)
{
	int n = 0, k = 0;
	Term *r;

	for (int i = 0; i < t->n; i++)
		n += t->kid[i]->n;
	if (n == 0)
		raise_hint(
			nm->e->a, t->loc, "a matrix of zeros is zeros(m,n)", "a matrix has at least one entry");
	r = term(nm, TM_MATRIX, t->loc, n);
	r->rowlen = NEWN(nm->e->a, int, t->n);
	for (int i = 0; i < t->n; i++) {
		const Tree *row = t->kid[i];
		if (row->n == 0)
			continue;
		r->rowlen[r->nrow++] = row->n;
		for (int j = 0; j < row->n; j++)
			set_kid(nm, sc, r, k++, row->kid[j]);
	}
	return r;
}

/* d(l)/d(W): grad when shape.c finds l scalar, else diff; `prime` marks the spelling */
static Term *
elab_deriv(Names *nm, Scope *sc, const Tree *t)
{
	Term *r = term_kids(nm, sc, TM_CALL, t, 0);

	r->fun = fun_find(sym("diff"));
	r->prime = 1;
	check_by(nm, r);
	return r;
}

/* the scope that a where clause makes: later bindings see earlier ones */
static Scope *
bind_where(Names *nm, Scope *sc, const Tree *t, bool inner)
{
	for (int i = 1; i < t->n; i++) {
		const Tree *k = t->kid[i];
		Scope *b = NEW(nm->e->a, Scope);
		if (strcmp(k->name, "I") == 0 || strcmp(k->name, "pi") == 0 || strcmp(k->name, "π") == 0)
			raise_at(nm->e->a, k->loc, "%s is reserved", k->name);
		*b = (Scope){
			.name = k->name, .tree = k->kid[0], .env = sc, .up = sc, .where = true, .inner = inner};
		sc = b;
	}
	return sc;
}

static Term *
elab(Names *nm, Scope *sc, const Tree *t)
{
	Term *r;

	if (++nm->depth > DEPTH_MAX)
		raise_at(nm->e->a, t->loc, "nesting too deep");
	switch (t->kind) {
	case TREE_NUM:
		r = term_num(nm, t->loc, t->num);
		break;
	case TREE_NAME:
		r = elab_name(nm, sc, t);
		break;
	case TREE_STR:
		raise_at(nm->e->a, t->loc,
			"a string is no matrix; it can only name a file, as in load(\"w.csv\")");
	case TREE_ADD:
	case TREE_NEG:
	case TREE_POS:
		r = elab_sum(nm, sc, t);
		break;
	case TREE_MUL:
		r = term_kids(nm, sc, TM_MUL, t, 0);
		break;
	case TREE_DIV:
		r = term_kids(nm, sc, TM_DIV, t, 0);
		break;
	case TREE_LDIV:
		r = term_kids(nm, sc, TM_LDIV, t, 0);
		break;
	case TREE_EMUL:
		r = term_kids(nm, sc, TM_EMUL, t, 0);
		break;
	case TREE_EDIV:
		r = term_kids(nm, sc, TM_EDIV, t, 0);
		break;
	case TREE_KRON:
		r = term_kids(nm, sc, TM_KRON, t, 0);
		break;
	case TREE_TRANS:
		r = term_kids(nm, sc, TM_TRANS, t, 0);
		break;
	case TREE_POW:
	case TREE_EPOW:
		r = elab_power(nm, sc, t);
		break;
	case TREE_INV:
		r = term_kids(nm, sc, TM_CALL, t, 0);
		r->fun = fun_find(sym("inv"));
		break;
	case TREE_CALL:
		r = elab_call(nm, sc, t);
		break;
	case TREE_INDEX:
		r = elab_entry(nm, sc, t);
		break;
	case TREE_MATRIX:
		r = elab_matrix(nm, sc, t);
		break;
	case TREE_DERIV:
		r = elab_deriv(nm, sc, t);
		break;
	case TREE_WHERE:
		r = elab(nm, bind_where(nm, sc, t, t != nm->statement), t->kid[0]);
		break;
	case TREE_EQ:
		raise_hint(nm->e->a, t->loc, "check A == B", "== belongs to check");
	default:
		bug(nm->e->a, "no term for tree kind %d", (int)t->kind);
	}
	nm->depth--;
	return r;
}

/* ---------------------------------------------------------------- the door */

/* all definitions that the tree needs, in the order of need */
static void
prepare(Elab *e, const Tree *t)
{
	Names *nm = e->names;
	Local **def;
	int n;

	nm->depth = 0;
	for (const Decl *d = e->given; d; d = d->next) {
		const Entry *en = d->eq ? NULL : session_find(e->s, d->name);
		if (en && en->kind != NAME_VAR)
			raise_hint(e->a, d->loc, "give the properties of the variables it is made of",
				"given is about variables, and %s is defined", d->name);
	}
	names_order(nm, t, &def, &n);
	for (int i = 0; i < n; i++) {
		const Entry *en = def[i]->entry;
		if (def[i]->named)
			continue;
		names_role(nm, def[i], ROLE_VAR, en->loc);
		def[i]->named = elab_named(nm, NULL, en->name, en->loc, en->tree);
	}
}

Dim *
elab_size(Elab *e, const Tree *t)
{
	return names_dim(e->names, NULL, t, ROLE_DIM);
}

Term *
elab_expr(Elab *e, const Tree *t)
{
	Term *r;

	prepare(e, t);
	e->names->statement = t;
	r = elab(e->names, NULL, t);
	infer_run(e, &r, 1, 0);
	return r;
}

Term *
elab_shape(Mdx *s, Arena *a, const Tree *t, Elab **e)
{
	Trap trap;

	*e = elab_new(s, a, dims_new(a));
	(*e)->brief = true;
	if (TRY(&trap, a)) {
		Term *r = elab_expr(*e, t);
		trap_end(&trap);
		return r;
	}
	if (trap.diag.interrupted)
		raise_diag(a, &trap.diag);
	/* the message is to tell where sizes come from: from inside the definitions */
	*e = elab_new(s, a, dims_new(a));
	return elab_expr(*e, t);
}

Term **
elab_sides(Elab *e, const Tree *eq, int *n)
{
	Scope *sc = NULL;
	Term **side;
	bool known = e->fact != NULL;
	int m = 0;

	prepare(e, eq);
	for (const Decl *d = e->given; d; d = d->next) {
		if (d->eq)
			prepare(e, d->eq);
		m += d->eq ? 2 : 0;
	}
	for (; eq->kind == TREE_WHERE; eq = eq->kid[0])
		sc = bind_where(e->names, sc, eq, false);
	if (eq->kind != TREE_EQ)
		raise_hint(e->a, eq->loc, "check A == B", "check wants an identity");
	*n = eq->n;
	if (known)
		m = 0;
	side = NEWN(e->a, Term *, eq->n + m + 1);
	for (int i = 0; i < eq->n; i++)
		side[i] = elab(e->names, sc, eq->kid[i]);
	if (m) {
		e->fact = side + eq->n;
		for (const Decl *d = e->given; d; d = d->next)
			for (int i = 0; i < 2 && d->eq; i++)
				e->fact[e->nfact++] = elab(e->names, sc, d->eq->kid[i]);
	}
	infer_run(e, side, *n + m, *n);
	return side;
}
