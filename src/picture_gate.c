/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * picture_gate.c: the gates of a picture. A term that was drawn has its gate, and of two gates with
 * one operation on the same operands there is one.
 */
#include "picture_sketch.h"

#include <string.h>

bool
sketch_unicode(const Sketch *k)
{
	return k->p->style == STYLE_UNICODE;
}

bool
term_is_scalar(const Term *t)
{
	return t->nax <= 2 && dim_is(t->row, 1) && dim_is(t->col, 1);
}

const char *
sketch_name(const Sketch *k, Sym name)
{
	return print_tree(k->a, tree_name(k->a, (Loc){0}, name), k->p->style);
}

/* ---- terms that have been drawn */

static Drawn *
find_drawn(const Sketch *k, const Term *t)
{
	unsigned i = (unsigned)((uintptr_t)t >> 4) * 2654435761u;
	while (k->drawn[i & (k->cap_drawn - 1)].term && k->drawn[i & (k->cap_drawn - 1)].term != t)
		i++;
	return &k->drawn[i & (k->cap_drawn - 1)];
}

int
sketch_drawn(const Sketch *k, const Term *t)
{
	const Drawn *d = k->cap_drawn ? find_drawn(k, t) : NULL;
	return d && d->term ? d->gate : -1;
}

void
sketch_keep(Sketch *k, const Term *t, int gate)
{
	if (2 * k->ndrawn >= k->cap_drawn) {
		unsigned old = k->cap_drawn;
		const Drawn *d = k->drawn;
		k->cap_drawn = old ? 2 * old : 64;
		k->drawn = NEWN(k->a, Drawn, k->cap_drawn);
		for (unsigned i = 0; i < old; i++)
			if (d[i].term)
				*find_drawn(k, d[i].term) = d[i];
	}
	*find_drawn(k, t) = (Drawn){t, gate};
	k->ndrawn++;
}

/* ---- gates */

static int
gate_new(Sketch *k, Gate g)
{
	g.use = g.next_use = -1;
	g.below = "";
	g.name = g.name ? g.name : "";
	g.op = g.op ? g.op : "";
	PUSH(k->a, k->p->gate, k->p->n, k->p->cap, g);
	if (g.n > 0) {
		Gate *first = &k->p->gate[g.in[0]];
		k->p->gate[k->p->n - 1].next_use = first->use;
		first->use = k->p->n - 1;
	}
	return k->p->n - 1;
}

int
sketch_gate(Sketch *k, Gate g, const Term *t, Sym name)
{
	g.term = t;
	g.name = name ? sketch_name(k, name) : "";
	if (name)
		PUSH(k->a, k->taken, k->ntaken, k->cap_taken, name);
	if (!g.shape)
		g.shape = g.row ? short_shape(k->a, g.row, g.col) : term_shape(k->a, t);
	for (int i = g.n ? k->p->gate[g.in[0]].use : -1; i >= 0; i = k->p->gate[i].next_use) {
		const Gate *o = &k->p->gate[i];
		bool signs = !o->sign == !g.sign &&
			(!g.sign || memcmp(o->sign, g.sign, sizeof *g.sign * (size_t)g.n) == 0);
		if (o->n == g.n && signs && strcmp(o->op, g.op) == 0 && strcmp(o->name, g.name) == 0 &&
			strcmp(o->shape, g.shape) == 0 && memcmp(o->in, g.in, sizeof *g.in * (size_t)g.n) == 0)
			return i;
	}
	return gate_new(k, g);
}

Gate
sketch_operation(Sketch *k, const Term *t, GateKind kind, const char *op, int n, const int *in)
{
	Gate g = {.kind = kind, .op = op, .n = n, .in = NEWN(k->a, int, n + 1)};
	for (int i = 0; i < n; i++)
		g.in[i] = in[i];
	if (t->nax <= 2) {
		g.row = t->row;
		g.col = t->col;
	}
	return g;
}

int
sketch_leaf(Sketch *k, const Term *t, const char *text, bool number)
{
	Gate g = sketch_operation(k, t, GATE_LEAF, "", 0, NULL);
	g.name = text;
	g.term = t;
	g.number = number;
	g.shape = number && term_is_scalar(t) ? "" : term_shape(k->a, t);
	return gate_new(k, g);
}
