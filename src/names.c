/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * names.c: what each name of a statement stands for. One Local per name, found once in the session;
 * its role (variable, dimension, index) is checked to be the same wherever the statement uses it.
 * Also: sizes and indices read from trees, and the order in which definitions are needed. Used by
 * term.c.
 */
#include <math.h>
#include <string.h>

#include "infer.h"

static const char *
role_text(Role r)
{
	return r == ROLE_VAR ? "a variable" : r == ROLE_DIM ? "a dimension" : "an index";
}

/* ---------------------------------------------------------------- the table of names */

Names *
names_new(Elab *e)
{
	Names *nm = NEW(e->a, Names);

	nm->e = e;
	nm->ntable = 64;
	nm->table = NEWN(e->a, Local *, nm->ntable);
	return nm;
}

static unsigned
slot(Sym name, unsigned ntable)
{
	return (unsigned)(((uintptr_t)name >> 4) * 2654435761u >> 8) & (ntable - 1);
}

static void
table_grow(Names *nm)
{
	unsigned n = nm->ntable * 2;
	Local **table = NEWN(nm->e->a, Local *, n);

	for (unsigned i = 0; i < nm->ntable; i++)
		for (Local *l = nm->table[i], *next; l; l = next) {
			next = l->next;
			l->next = table[slot(l->name, n)];
			table[slot(l->name, n)] = l;
		}
	nm->table = table;
	nm->ntable = n;
}

static Local *
lookup(const Names *nm, Sym name)
{
	Local *l = nm->table[slot(name, nm->ntable)];

	while (l && l->name != name)
		l = l->next;
	return l;
}

Local *
names_get(Names *nm, Sym name)
{
	Local *l = lookup(nm, name);

	if (l)
		return l;
	if (nm->nlocal++ > nm->ntable)
		table_grow(nm);
	l = NEW(nm->e->a, Local);
	l->name = name;
	l->entry = session_find(nm->e->s, name);
	l->next = nm->table[slot(name, nm->ntable)];
	nm->table[slot(name, nm->ntable)] = l;
	return l;
}

void
names_role(Names *nm, Local *l, Role role, Loc loc)
{
	if (l->role == role)
		return;
	if (l->role != ROLE_NONE) {
		Arena *a = nm->e->a;
		Diag d = {.kind = DIAG_ERROR, .loc = loc, .loc2 = l->role_loc};
		d.msg = arena_printf(a, "%s is %s here and %s elsewhere in this statement", l->name,
			role_text(role), role_text(l->role));
		d.msg2 = arena_printf(a, "%s as %s", l->name, role_text(l->role));
		d.hint = "one name is one thing: rename one of them";
		raise_diag(a, &d);
	}
	l->role = role;
	l->role_loc = loc;
}

/* ---------------------------------------------------------------- dimensions that the session
 * declares */

/* of an entry of the session, or of what the running statement declares */
static bool
is_declared_dim(const Mdx *s, Sym name)
{
	if (mention_sizes(s, name))
		return true;
	for (int i = 0; i < s->nhidden; i++) {
		const Decl *d = s->hidden[i]->decl;
		for (int k = 0; d && k < d->ndim; k++)
			if (tree_mentions(d->dim[k], name))
				return true;
	}
	return false;
}

bool
names_is_dim(Names *nm, Local *l)
{
	if (l->role != ROLE_NONE)
		return l->role == ROLE_DIM;
	return is_declared_dim(nm->e->s, l->name);
}

bool
names_in_use(Names *nm, Sym name)
{
	const Local *l = names_get(nm, name);

	return l->entry || l->role != ROLE_NONE || is_declared_dim(nm->e->s, name);
}

/* ---------------------------------------------------------------- bindings */

Scope *
scope_find(Scope *sc, Sym name)
{
	while (sc && sc->name != name)
		sc = sc->up;
	return sc;
}

/* ---------------------------------------------------------------- sizes and indices */

/* a name that has only a value, a positive integer: it can stand for a size or an index */
static bool
entry_integer(const Entry *en, long *out)
{
	double v;

	if (!en || en->kind != NAME_VAR || en->decl || !en->value || en->value->size != 1)
		return false;
	v = en->value->data[0];
	if (!(v >= 1 && v <= 9007199254740992.0) || v != floor(v))
		return false;
	*out = (long)v;
	return true;
}

static _Noreturn void
no_size(Names *nm, const Tree *t, Role role)
{
	if (role == ROLE_INDEX)
		raise_at(nm->e->a, t->loc, "an index is a positive integer or a name, like 2, i or i + 1");
	raise_at(nm->e->a, t->loc,
		"a size is a positive integer or made of dimension names, like 3, n or m*n + 1");
}

/* a name of the session that is a variable or a definition cannot be a size or an index */
static void
no_entry(Names *nm, const Local *l, Role role, Loc loc)
{
	Arena *a = nm->e->a;
	const Entry *en = l->entry;
	Diag d = {.kind = DIAG_ERROR, .loc = loc};

	if (!en)
		return;
	d.loc2 = en->decl ? en->decl->loc : en->loc;
	d.msg = arena_printf(a, "%s is %s here, but it is %s", l->name, role_text(role),
		en->kind == NAME_VAR ? "a variable" : en->kind == NAME_DEF ? "defined" : "a function");
	d.msg2 = arena_printf(a, "%s is %s here", l->name, en->decl ? "declared" : "defined");
	if (en->kind == NAME_VAR && !en->decl && en->value)
		d.hint = arena_printf(a, "the value of %s is not a positive integer", l->name);
	else
		d.hint = "one name is one thing: rename one of them";
	raise_diag(a, &d);
}

/* Is the name in an index a size? One of a declaration is; any size in x[n + 1], which is more than
   an index name, and where the same call has it as a size, as in e(n,n). */
static bool
size_in_index(Names *nm, Local *l, bool alone)
{
	if (!names_is_dim(nm, l))
		return false;
	if (!alone || is_declared_dim(nm->e->s, l->name))
		return true;
	for (int i = 1; nm->call && i < nm->call->n; i++)
		if (fun_arg_role(nm->call_fun, i - 1) == 'd' && tree_mentions(nm->call->kid[i], l->name))
			return true;
	return false;
}

static Dim *
dim_read(Names *nm, Scope *sc, const Tree *t, Role role, bool alone)
{
	Elab *e = nm->e;
	Dim *d;
	long v;

	switch (t->kind) {
	case TREE_NUM:
		if (!rat_long(t->num, &v))
			no_size(nm, t, role);
		return dim_num(e->dims, v);
	case TREE_NAME: {
		Scope *b = scope_find(sc, t->name);
		Local *l;
		if (b) {
			if (++nm->depth > TREE_MAX_DEPTH)
				raise_at(e->a, t->loc, "nesting too deep");
			d = dim_read(nm, b->env, b->tree, role, alone);
			nm->depth--;
			return d;
		}
		l = names_get(nm, t->name);
		if (entry_integer(l->entry, &v))
			return dim_num(e->dims, v);
		no_entry(nm, l, role, t->loc);
		if (role == ROLE_INDEX && size_in_index(nm, l, alone))
			role = ROLE_DIM;
		names_role(nm, l, role, t->loc);
		return dim_sym(e->dims, t->name);
	}
	case TREE_POS:
		return dim_read(nm, sc, t->kid[0], role, alone);
	case TREE_NEG:
		return dim_scale(e->dims, dim_read(nm, sc, t->kid[0], role, false), -1);
	case TREE_ADD:
	case TREE_MUL:
		d = dim_read(nm, sc, t->kid[0], role, false);
		for (int i = 1; i < t->n; i++) {
			Dim *k = dim_read(nm, sc, t->kid[i], role, false);
			d = t->kind == TREE_ADD ? dim_add(e->dims, d, k) : dim_mul(e->dims, d, k);
		}
		return d;
	case TREE_POW:
		if (t->kid[1]->kind != TREE_NUM || !rat_long(t->kid[1]->num, &v) || v < 1 || v > 16)
			no_size(nm, t, role);
		Dim *base = dim_read(nm, sc, t->kid[0], role, false);
		for (d = base; v > 1; v--)
			d = dim_mul(e->dims, d, base);
		return d;
	default:
		no_size(nm, t, role);
	}
}

Dim *
names_dim(Names *nm, Scope *sc, const Tree *t, Role role)
{
	Dim *d = dim_read(nm, sc, t, role, true);

	if (dim_never(d))
		raise_at(nm->e->a, t->loc, "%s is positive, not %s",
			role == ROLE_INDEX ? "an index" : "a size", dim_text(nm->e->a, d));
	return d;
}

/* ---------------------------------------------------------------- leaves */

static unsigned
given_props(Names *nm, Local *l)
{
	unsigned p = 0;

	for (const Decl *d = nm->e->given; d; d = d->next)
		if (d->name == l->name)
			p |= d->props;
	return p;
}

Var *
names_var(Names *nm, Local *l, Loc loc)
{
	Elab *e = nm->e;
	Entry *en = l->entry;
	Var *v = l->var;
	Dim *one = dim_num(e->dims, 1);

	if (v)
		return v;
	v = NEW(e->a, Var);
	v->name = l->name;
	v->serial = nm->nvar++;
	v->loc = loc;
	v->props = given_props(nm, l);
	if (en && en->kind == NAME_VAR && en->decl) {
		const Decl *d = en->decl;
		names_role(nm, l, ROLE_VAR, d->loc);
		v->declared = true;
		v->loc = d->loc;
		v->props |= d->props;
		v->row = d->ndim > 0 ? names_dim(nm, NULL, d->dim[0], ROLE_DIM) : one;
		v->col = d->ndim > 1 ? names_dim(nm, NULL, d->dim[1], ROLE_DIM) : one;
	} else if (en && en->kind == NAME_VAR && en->value) {
		names_role(nm, l, ROLE_VAR, loc);
		v->declared = true;
		v->loc = en->loc.src ? en->loc : loc;
		v->row = dim_num(e->dims, en->value->dim[0]);
		v->col = dim_num(e->dims, en->value->dim[1]);
	} else {
		names_role(nm, l, ROLE_VAR, loc);
		PUSH(e->a, e->taken.var, e->taken.n, e->taken.cap, v);
	}
	v->props = props_close(v->props);
	l->var = v;
	return v;
}

/* ---------------------------------------------------------------- the order of definitions */

char
fun_arg_role(const Fun *f, int arg)
{
	switch (f->id) {
	case F_eye:
	case F_ones:
	case F_zeros:
	case F_rand:
	case F_randn:
	case F_commutation:
		return 'd';
	case F_e:
		return arg == 0 ? 'i' : 'd';
	case F_J:
		return arg < 2 ? 'i' : 'd';
	case F_reshape:
		return arg == 0 ? 'x' : 'd';
	case F_sum:
	case F_mean:
	case F_softmax:
	case F_logsumexp:
		return arg == 0 ? 'x' : 'a';
	default:
		return 'x';
	}
}

typedef struct Bound {
	Sym name;
	const struct Bound *up;
} Bound;
typedef struct Deps {
	Local **l;
	int n, cap;
} Deps;

static bool
is_bound(const Bound *b, Sym name)
{
	while (b && b->name != name)
		b = b->up;
	return b != NULL;
}

/* names in the place of a size are dimensions, wherever else they stand */
static void
scan_dim(Names *nm, const Tree *t, const Bound *b)
{
	if (t->kind == TREE_NAME && !is_bound(b, t->name)) {
		Local *l = names_get(nm, t->name);
		long v;
		if (!entry_integer(l->entry, &v))
			names_role(nm, l, ROLE_DIM, t->loc);
	}
	if (t->kind != TREE_CALL && t->kind != TREE_INDEX)
		for (int i = 0; i < t->n; i++)
			scan_dim(nm, t->kid[i], b);
}

/* the definitions and functions that a tree mentions where they are not bound by a parameter or
   `where` */
static void
scan(Names *nm, const Tree *t, const Bound *b, Deps *out)
{
	Arena *a = nm->e->a;
	Local *l;

	switch (t->kind) {
	case TREE_NAME:
		if (is_bound(b, t->name))
			return;
		l = names_get(nm, t->name);
		if (l->entry && l->entry->kind == NAME_DEF && !known_is(nm->e, l->entry))
			PUSH(a, out->l, out->n, out->cap, l);
		return;
	case TREE_CALL: {
		const Fun *f = NULL;
		l = t->kid[0]->kind == TREE_NAME ? names_get(nm, t->kid[0]->name) : NULL;
		if (l && l->entry && l->entry->kind == NAME_FUNCTION)
			PUSH(a, out->l, out->n, out->cap, l);
		else if (l && !(l->entry && l->entry->kind == NAME_UFUN))
			f = fun_find(l->name);
		for (int i = 1; i < t->n; i++)
			if (f && fun_arg_role(f, i - 1) == 'd')
				scan_dim(nm, t->kid[i], b);
			else if (!f || fun_arg_role(f, i - 1) == 'x')
				scan(nm, t->kid[i], b, out);
		return;
	}
	case TREE_INDEX:
		scan(nm, t->kid[0], b, out);
		return;
	case TREE_WHERE: {
		Bound *here = NEWN(a, Bound, t->n);
		for (int i = 1; i < t->n; i++) {
			scan(nm, t->kid[i]->kid[0], b, out);
			here[i] = (Bound){t->kid[i]->name, b};
			b = &here[i];
		}
		scan(nm, t->kid[0], b, out);
		return;
	}
	default:
		for (int i = 0; i < t->n; i++)
			scan(nm, t->kid[i], b, out);
	}
}

typedef struct Visit {
	Local *l;
	Deps deps;
	int at;
} Visit;

static _Noreturn void
raise_cycle(Names *nm, const Visit *path, int n, const Local *l)
{
	Text t = text_new(nm->e->a);
	int i = n - 1;

	while (i > 0 && path[i].l != l)
		i--;
	for (int from = i; i < n; i++) {
		/* a long way round: its beginning and its end */
		if (i > from && i == from + 8 && n - i > 2) {
			text_add(&t, "... -> ");
			i = n - 1;
		}
		text_addf(&t, "%s -> ", path[i].l->name);
	}
	text_add(&t, l->name);
	raise_hint(nm->e->a, l->entry->loc, "break the circle: redefine one of them, or clear it",
		"%s is defined through itself: %s", l->name, t.s);
}

static void
visit(Names *nm, Local *l, Visit **path, int *n, int *cap)
{
	Visit v = {.l = l};
	const Entry *en = l->entry;
	Bound *b = NEWN(nm->e->a, Bound, en->nparam + 1);

	l->open = l->listed = true;
	for (int i = 0; i < en->nparam; i++)
		b[i + 1] = (Bound){en->param[i], i ? &b[i] : NULL};
	scan(nm, en->tree, en->nparam ? &b[en->nparam] : NULL, &v.deps);
	PUSH(nm->e->a, *path, *n, *cap, v);
}

void
names_order(Names *nm, const Tree *t, Local ***def, int *ndef)
{
	Arena *a = nm->e->a;
	Visit *path = NULL;
	int n = 0, cap = 0, capdef = 0;
	Deps top = {0};

	*def = NULL;
	*ndef = 0;
	scan(nm, t, NULL, &top);
	for (int i = 0; i < top.n; i++) {
		if (top.l[i]->listed)
			continue;
		visit(nm, top.l[i], &path, &n, &cap);
		while (n > 0) {
			Visit *v = &path[n - 1];
			if (v->at == v->deps.n) {
				v->l->open = false;
				if (v->l->entry->kind == NAME_DEF)
					PUSH(a, *def, *ndef, capdef, v->l);
				n--;
				continue;
			}
			Local *l = v->deps.l[v->at++];
			if (l->open)
				raise_cycle(nm, path, n, l);
			if (!l->listed)
				visit(nm, l, &path, &n, &cap);
		}
	}
}
