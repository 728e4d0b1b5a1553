/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * entry.c: the table of a session's names. A new Entry is built completely in an arena of its own
 * and checked against everything that uses the name; only then it takes the old one's place, so
 * that an error leaves the session as it was. Called by define.c.
 */
#include "core.h"

#include <stdlib.h>
#include <string.h>

static const Loc nowhere = {0};

/* ---- the table of names */

static unsigned
slot_hash(Sym name)
{
	return (unsigned)((uintptr_t)name >> 4) * 2654435769u;
}

static void
slot_put(Mdx *s, Entry *e)
{
	unsigned mask = (unsigned)s->nslot - 1, i = slot_hash(e->name) & mask;
	while (s->slot[i])
		i = (i + 1) & mask;
	s->slot[i] = e;
}

Entry *
session_find(const Mdx *s, Sym name)
{
	for (int i = 0; i < s->nhidden; i++) {
		if (s->hidden[i]->name == name)
			return s->hidden[i];
	}
	if (s->nslot == 0)
		return NULL;
	unsigned mask = (unsigned)s->nslot - 1, i = slot_hash(name) & mask;
	while (s->slot[i] && s->slot[i]->name != name)
		i = (i + 1) & mask;
	return s->slot[i];
}

/* Room for the drafts, so that table_put() cannot fail. */
static void
table_reserve(Mdx *s, Arena *a, int n, Draft **d)
{
	if (s->nentry + n > s->cap_entry) {
		int cap = 2 * (s->nentry + n) + 32;
		Entry **more = realloc(s->entry, (size_t)cap * sizeof(Entry *));
		if (!more)
			raise_at(a, nowhere, "out of memory");
		s->entry = more;
		s->cap_entry = cap;
	}
	int names = 0;
	for (int i = 0; i < n; i++)
		names += d[i]->e->nlink;
	if (!mention_reserve(s, names))
		raise_at(a, nowhere, "out of memory");
	if (2 * (s->nentry + n) > s->nslot) {
		int size = 64;
		while (size < 2 * s->cap_entry)
			size *= 2;
		Entry **more = calloc((size_t)size, sizeof(Entry *));
		if (!more)
			raise_at(a, nowhere, "out of memory");
		free(s->slot);
		s->slot = more;
		s->nslot = size;
		for (int i = 0; i < s->nentry; i++)
			slot_put(s, s->entry[i]);
	}
}

static void
table_remove(Mdx *s, Entry *old)
{
	mention_remove(old);
	int i = 0;
	while (s->entry[i] != old)
		i++;
	memmove(s->entry + i, s->entry + i + 1, sizeof *s->entry * (size_t)(s->nentry - i - 1));
	s->nentry--;
	memset(s->slot, 0, sizeof *s->slot * (size_t)s->nslot);
	for (int k = 0; k < s->nentry; k++)
		slot_put(s, s->entry[k]);
}

/* Puts e in, behind all others; an entry of that name goes out, and is not freed. After
   table_reserve(). */
static void
table_put(Mdx *s, Entry *e)
{
	Entry *old = session_find(s, e->name);
	if (old || mention_uses(s, e->name))
		s->changes++;
	if (old)
		table_remove(s, old);
	s->entry[s->nentry++] = e;
	slot_put(s, e);
	mention_add(s, e);
}

/* Undoes table_put(). */
static void
table_back(Mdx *s, Entry *e, Entry *old, int at)
{
	s->changes++;
	table_remove(s, e);
	if (!old)
		return;
	memmove(s->entry + at + 1, s->entry + at, sizeof *s->entry * (size_t)(s->nentry - at));
	s->entry[at] = old;
	s->nentry++;
	slot_put(s, old);
	mention_add(s, old);
}

void
entry_remove(Mdx *s, Entry *e)
{
	s->changes++;
	table_remove(s, e);
	entry_free(e);
}

void
entry_free(Entry *e)
{
	arena_free(e->value_own);
	arena_free(e->own);
}

/* The name among those of the session that is nearest to one that is none, or NULL. */
const char *
session_nearest(const Mdx *s, const char *name)
{
	const char *found = NULL;
	int best = 0;
	for (int i = 0; i < s->nentry; i++) {
		Sym known = s->entry[i]->name;
		if (name_nearer(name, known, strlen(known), &best))
			found = known;
	}
	return found;
}

/* ---- drafts */

static void
draft_drop(void *arg)
{
	Draft *d = arg;
	if (d->e)
		entry_free(d->e);
}

/* A new arena that outlives the statement, filled by fill(); what that raises is raised in a. */
static Arena *
arena_filled(Arena *a, void (*fill)(Arena *own, void *ctx), void *ctx)
{
	Arena *own = arena_new();
	if (!own)
		raise_at(a, nowhere, "out of memory");
	Trap t;
	if (TRY(&t, own)) {
		fill(own, ctx);
		trap_end(&t);
		return own;
	}
	/* the message is in the arena that goes */
	Diag d = {.kind = t.diag.kind, .interrupted = t.diag.interrupted, .msg = "out of memory"};
	Trap copying;
	if (TRY(&copying, a)) {
		d.msg = arena_strndup(a, t.diag.msg, strlen(t.diag.msg));
		trap_end(&copying);
	}
	arena_free(own);
	raise_diag(a, &d);
}

typedef struct Filling { const EntryParts *p; Entry *e; Tensor *value; } Filling;

static Loc
copy_loc(Arena *own, Sym name, Loc loc)
{
	return loc.src ? tree_copy(own, tree_name(own, loc, name))->loc : loc;
}

static void
make_links(Entry *e)
{
	Sym *size[2];
	int n[2] = {0, 0};
	for (int k = 0; e->decl && k < e->decl->ndim; k++)
		n[k] = free_names(e->own, e->decl->dim[k], 0, NULL, &size[k]);
	e->link = NEWN(e->own, NameUse, e->nuse + n[0] + n[1]);
	for (int i = 0; i < e->nuse; i++)
		e->link[e->nlink++] = (NameUse){.e = e, .name = e->use[i]};
	for (int k = 0; k < 2; k++)
		for (int i = 0; i < n[k]; i++)
			e->link[e->nlink++] = (NameUse){.e = e, .name = size[k][i], .size = true};
}

static void
fill_entry(Arena *own, void *ctx)
{
	Filling *f = ctx;
	const EntryParts *p = f->p;
	Entry *e = f->e = NEW(own, Entry);
	e->name = p->name;
	e->kind = p->kind;
	e->own = own;
	e->loc = copy_loc(own, p->name, p->loc);
	e->param = NEWN(own, Sym, p->nparam);
	e->nparam = p->nparam;
	for (int i = 0; i < p->nparam; i++)
		e->param[i] = p->param[i]->name;
	if (p->tree) {
		e->tree = tree_copy(own, p->tree);
		e->nuse = free_names(own, e->tree, e->nparam, e->param, &e->use);
	}
	if (p->decl) {
		Decl *d = NEW(own, Decl);
		*d = *p->decl;
		d->next = NULL;
		d->loc = e->loc;
		for (int k = 0; k < d->ndim; k++)
			d->dim[k] = tree_copy(own, d->dim[k]);
		e->decl = d;
	}
	make_links(e);
	if (p->kind == NAME_UFUN) {
		e->ufun = NEW(own, UFun);
		*e->ufun = (UFun){p->name, p->elementwise};
	}
}

static void
fill_value(Arena *own, void *ctx)
{
	Filling *f = ctx;
	const Tensor *x = f->p->value;
	f->value = tensor_new(own, x->nax, x->dim);
	memcpy(f->value->data, x->data, x->size * sizeof(double));
}

Draft *
entry_draft(Arena *a, const EntryParts *p)
{
	Filling f = {.p = p};
	Draft *d = NEW(a, Draft);
	arena_defer(a, draft_drop, d);
	d->loc = p->loc;
	arena_filled(a, fill_entry, &f);
	d->e = f.e;
	if (p->value) {
		d->e->value_own = arena_filled(a, fill_value, &f);
		d->e->value = f.value;
	}
	return d;
}

/* ---- names in trees */

typedef struct Bound { Sym name; const struct Bound *up; } Bound;
typedef struct Found { Arena *a; Sym *name; int n, cap; } Found;

static void
collect(Found *f, const Tree *t, const Bound *b)
{
	if (t->kind == TREE_NAME) {
		while (b && b->name != t->name)
			b = b->up;
		if (!b)
			PUSH(f->a, f->name, f->n, f->cap, t->name);
		return;
	}
	if (t->kind != TREE_WHERE) {
		for (int i = 0; i < t->n; i++)
			collect(f, t->kid[i], b);
		return;
	}
	Bound *here = NEWN(f->a, Bound, t->n);
	for (int i = 1; i < t->n; i++) {
		collect(f, t->kid[i]->kid[0], b);
		here[i] = (Bound){t->kid[i]->name, b};
		b = &here[i];
	}
	collect(f, t->kid[0], b);
}

static int
by_address(const void *x, const void *y)
{
	uintptr_t p = (uintptr_t)*(const Sym *)x, q = (uintptr_t)*(const Sym *)y;
	return (p > q) - (p < q);
}

int
free_names(Arena *a, const Tree *t, int nparam, const Sym *param, Sym **out)
{
	Found f = {.a = a};
	Bound *b = NEWN(a, Bound, nparam + 1);
	for (int i = 0; i < nparam; i++)
		b[i] = (Bound){param[i], i ? &b[i - 1] : NULL};
	collect(&f, t, nparam ? &b[nparam - 1] : NULL);
	int n = 0;
	if (f.n)
		qsort(f.name, (size_t)f.n, sizeof *f.name, by_address);
	for (int i = 0; i < f.n; i++) {
		if (n == 0 || f.name[n - 1] != f.name[i])
			f.name[n++] = f.name[i];
	}
	*out = f.name;
	return n;
}

static bool
uses(const Entry *e, Sym name)
{
	return e->nuse > 0 && (uintptr_t)name >= (uintptr_t)e->use[0] &&
		bsearch(&name, e->use, (size_t)e->nuse, sizeof *e->use, by_address);
}

/* A definition that reaches a name, and the name by which it does: the follower whose it is, -1
   for the name itself. */
typedef struct Follower { Entry *e; int via; } Follower;

static int
by_age(const void *x, const void *y)
{
	return ((const Follower *)x)->e->serial - ((const Follower *)y)->e->serial;
}

static int
followers(Mdx *s, Arena *a, Sym name, Follower **out)
{
	Follower *f = NULL;
	int n = 0, cap = 0;
	s->walk++;
	for (int i = -1; i < n; i++) {
		int from = n;
		poll_interrupt(a);
		for (const NameUse *l = mention_uses(s, i < 0 ? name : f[i].e->name); l; l = l->next) {
			if (l->e->walk == s->walk || l->e->name == name)
				continue;
			l->e->walk = s->walk;
			Follower new = {l->e, i};
			PUSH(a, f, n, cap, new);
		}
		if (n - from > 1)
			qsort(f + from, (size_t)(n - from), sizeof *f, by_age);
	}
	*out = f;
	return n;
}

static int
by_serial(const void *x, const void *y)
{
	return (*(Entry *const *)x)->serial - (*(Entry *const *)y)->serial;
}

int
entry_follow(Mdx *s, Arena *a, Sym name, Entry ***out)
{
	Follower *f;
	int n = followers(s, a, name, &f);
	*out = NEWN(a, Entry *, n);
	for (int i = 0; i < n; i++)
		(*out)[i] = f[i].e;
	if (n > 1)
		qsort(*out, (size_t)n, sizeof **out, by_serial);
	return n;
}

/* ---- installing */

/* Raises when the draft uses its own name, itself or through definitions. */
static void
check_cycle(Mdx *s, Arena *a, const Draft *d)
{
	static const char hint[] = "a definition holds from then on, like a cell of a spreadsheet; "
		"give the new one another name";
	const Entry *e = d->e;
	Follower *f;
	if (e->nuse == 0)
		return;
	if (uses(e, e->name))
		raise_hint(a, d->loc, hint, "%s would be defined through itself: %s -> %s", e->name,
			e->name, e->name);
	int n = followers(s, a, e->name, &f);
	for (int i = 0; i < n; i++) {
		if (!uses(e, f[i].e->name))
			continue;
		Text t = text_new(a);
		text_addf(&t, "%s -> ", e->name);
		for (int k = i, shown = 0; k >= 0; k = f[k].via, shown++) {
			if (shown < 8)
				text_addf(&t, "%s -> ", f[k].e->name);
			else if (shown == 8)
				text_add(&t, "... -> ");
		}
		raise_hint(
			a, d->loc, hint, "%s would be defined through itself: %s%s", e->name, t.s, e->name);
	}
}

/* Tries a definition in the session as it is now; false with the reason in *why. */
static bool
conforms(Mdx *s, Arena *a, Entry *e, Diag *why)
{
	Trap t;
	Elab *el;
	if (e->kind != NAME_DEF)
		return true;
	if (TRY(&t, a)) {
		const Term *shaped = elab_shape(s, a, e->tree, &el);
		known_keep(el, shaped, e);
		trap_end(&t);
		return true;
	}
	if (t.diag.interrupted)
		raise_diag(a, &t.diag);
	*why = t.diag;
	return false;
}

/* What the drafts displaced; in: they are in the session. */
typedef struct Swap { int n; Draft **d; Entry **old; int *at; bool in; } Swap;

static void
swap_in(Mdx *s, Swap *w)
{
	w->in = true;
	for (int i = 0; i < w->n; i++) {
		w->old[i] = session_find(s, w->d[i]->e->name);
		while (w->old[i] && s->entry[w->at[i]] != w->old[i])
			w->at[i]++;
		table_put(s, w->d[i]->e);
	}
}

/* Nothing when they are out already. */

static void
swap_out(Mdx *s, Swap *w)
{
	for (int i = w->in ? w->n : 0; i-- > 0; w->at[i] = 0)
		table_back(s, w->d[i]->e, w->old[i], w->at[i]);
	w->in = false;
}

/* A definition that reaches one of the drafts and does not conform with them in place, but did
   before. */
typedef struct Misfit { Entry *e; const Draft *d; Diag why; } Misfit;

static bool
find_misfit(Mdx *s, Arena *a, Swap *w, Misfit *m)
{
	Misfit *bad = NULL;
	int nbad = 0, cap = 0;
	for (int i = 0; i < w->n; i++) {
		Entry **f;
		int n = w->d[i]->same_shape ? 0 : entry_follow(s, a, w->d[i]->e->name, &f);
		for (int k = 0; k < n; k++) {
			m->e = f[k];
			m->d = w->d[i];
			if (!conforms(s, a, f[k], &m->why))
				PUSH(a, bad, nbad, cap, *m);
		}
	}
	if (nbad == 0)
		return false;
	swap_out(s, w);
	int i = 0;
	Diag before;
	while (i < nbad && !conforms(s, a, bad[i].e, &before))
		i++;
	swap_in(s, w);
	if (i < nbad)
		*m = bad[i];
	return i < nbad;
}

void
entry_install(Mdx *s, Arena *a, int n, Draft **d)
{
	Swap *w = NEW(a, Swap);
	*w = (Swap){.n = n, .d = d, .old = NEWN(a, Entry *, n), .at = NEWN(a, int, n)};
	Misfit *m = NEW(a, Misfit);
	volatile bool bad = false;
	Trap t;
	for (int i = 0; i < n; i++)
		check_cycle(s, a, d[i]);
	table_reserve(s, a, n, d);
	swap_in(s, w);
	if (TRY(&t, a)) {
		bad = find_misfit(s, a, w, m);
		trap_end(&t);
	} else {
		swap_out(s, w);
		raise_diag(a, &t.diag);
	}
	if (bad) {
		swap_out(s, w);
		Diag x = {.kind = DIAG_ERROR,
			.loc = m->d->loc,
			.loc2 = m->why.loc,
			.msg2 = m->why.msg,
			.msg =
				arena_printf(a, "%s does not fit the definition of %s", m->d->e->name, m->e->name),
			.hint = arena_printf(a,
				m->d->e->value ? "clear the values that have other sizes first, or %s"
							   : "clear %s first, or define it anew",
				m->e->name)};
		raise_diag(a, &x);
	}
	for (int i = 0; i < n; i++) {
		d[i]->e->serial = ++s->serial;
		d[i]->e = NULL;
		if (w->old[i])
			entry_free(w->old[i]);
	}
}
