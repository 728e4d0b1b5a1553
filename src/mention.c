/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mention.c: by which entries of a session a name is mentioned, so that a new name costs no look at
 * all the others: the definitions and functions that use it, the declarations in which it is a
 * size. Kept by entry.c when entries come and go.
 */
#include "core.h"

#include <stdlib.h>

/* a name and the entries that mention it, the newest first; stays when they have gone */
struct Mention {
	Sym name;
	NameUse *use, *size;
};

static Mention *
slot_of(const Mdx *s, Sym name)
{
	unsigned mask = (unsigned)s->cap_mention - 1;
	unsigned i = ((unsigned)((uintptr_t)name >> 4) * 2654435769u) >> 7 & mask;
	while (s->mention[i].name && s->mention[i].name != name)
		i = (i + 1) & mask;
	return &s->mention[i];
}

static const Mention *
find(const Mdx *s, Sym name)
{
	static const Mention none;
	return s->cap_mention ? slot_of(s, name) : &none;
}

/* Room for n more names, so that mention_add() cannot fail; false: no memory. */
bool
mention_reserve(Mdx *s, int n)
{
	if (2 * (s->nmention + n) <= s->cap_mention)
		return true;
	int size = 64;
	while (size < 4 * (s->nmention + n))
		size *= 2;
	Mention *old = s->mention, *more = calloc((size_t)size, sizeof *more);
	if (!more)
		return false;
	int cap = s->cap_mention;
	s->mention = more;
	s->cap_mention = size;
	for (int i = 0; i < cap; i++) {
		if (!old[i].name)
			continue;
		Mention *m = slot_of(s, old[i].name);
		*m = old[i];
		if (m->use)
			m->use->back = &m->use;
		if (m->size)
			m->size->back = &m->size;
	}
	free(old);
	return true;
}

void
mention_add(Mdx *s, Entry *e)
{
	for (int i = 0; i < e->nlink; i++) {
		NameUse *l = &e->link[i];
		Mention *m = slot_of(s, l->name);
		NameUse **list = l->size ? &m->size : &m->use;
		if (!m->name) {
			m->name = l->name;
			s->nmention++;
		}
		l->back = list;
		l->next = *list;
		if (l->next)
			l->next->back = &l->next;
		*list = l;
	}
}

void
mention_remove(Entry *e)
{
	for (int i = 0; i < e->nlink; i++) {
		NameUse *l = &e->link[i];
		*l->back = l->next;
		if (l->next)
			l->next->back = l->back;
		l->back = NULL;
	}
}

const NameUse *
mention_uses(const Mdx *s, Sym name)
{
	return find(s, name)->use;
}

const NameUse *
mention_sizes(const Mdx *s, Sym name)
{
	return find(s, name)->size;
}
