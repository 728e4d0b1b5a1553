/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * picture_place.c: where the gates of a picture in characters stand. Layers from top to bottom,
 * every gate as late as its users allow, or earlier where a layer would be too wide; the order
 * within the layers by barycenters, keeping the one with the
 * fewest crossings; columns by weighted medians, so that long wires and chains of
 * gates become straight. (Sugiyama, Tagawa, Toda, 1981.) Between picture.c and picture_text.c.
 */
#include "picture.h"

#include <stdlib.h>
#include <string.h>

enum {
	GAP = 3,                /* columns between neighbours */
	SWEEPS = 12,
	BIG = 3000              /* cells beyond which the order is left as it came */
};

/* ---- layers */

/* the layer of each gate, counted from the root, which is 0 */
static int *
heights(const Picture *p, int *max)
{
	int *h = NEWN(p->a, int, p->n + 1);
	*max = 0;
	for (int i = p->n - 1; i >= 0; i--) {
		const Gate *g = &p->gate[i];
		for (int j = 0; j < g->n; j++)
			if (h[g->in[j]] < h[i] + 1)
				h[g->in[j]] = h[i] + 1;
		*max = h[i] > *max ? h[i] : *max;
	}
	return h;
}

/* columns of a gate with its label and adjoint; *out: where its wire leaves */
static int
cell_width(const Picture *p, const Gate *g, int *out)
{
	int sign = gate_width(g), label = text_columns(gate_label(p, g));
	int width = sign + (sign && label) + label;
	*out = sign ? sign / 2 : (text_columns(g->name) - 1) / 2;
	if (*g->below) {
		int below = (sign ? sign + 1 : *out + 2) + text_columns(g->below);
		width = below > width ? below : width;
	}
	return width;
}

/* ---- layers that fit */

typedef struct Fit {
	const Picture *p;
	int *height, *width;    /* by gate */
	int *order;             /* the gates from left to right */
	int limit;              /* columns of a layer */
} Fit;

/* the gates by depth first: the order in which a tree has no crossings */
static int *
left_to_right(const Picture *p)
{
	int *stack = NULL, n = 0, cap = 0, *done = NEWN(p->a, int, p->n + 1),
		*order = NEWN(p->a, int, p->n + 1), norder = 0;
	PUSH(p->a, stack, n, cap, p->root);
	while (n > 0) {
		int i = stack[n - 1];
		const Gate *g = &p->gate[i];
		if (done[i] > g->n) {
			n--;
		} else if (done[i] == g->n) {
			done[i]++;
			order[norder++] = i;
			n--;
		} else {
			int kid = g->in[done[i]++];
			if (!done[kid])
				PUSH(p->a, stack, n, cap, kid);
		}
	}
	order[norder] = -1;
	return order;
}

/* columns of a layer at least, with the wires that pass it; *gates: how many stand there */
static int
layer_width(const Fit *f, int layer, int *gates)
{
	const Picture *p = f->p;
	int *first = NEWN(p->a, int, p->n + 1);         /* height of the lowest user */
	int width = 0, cells = 0;
	for (int i = p->n - 1; i >= 0; i--)
		for (int j = 0; j < p->gate[i].n; j++) {
			int in = p->gate[i].in[j];
			if (first[in] == 0 || f->height[i] < first[in] - 1)
				first[in] = f->height[i] + 1;
		}
	*gates = 0;
	for (int i = 0; i < p->n; i++) {
		bool here = f->height[i] == layer && (first[i] > 0 || i == p->root);
		if (!here && !(f->height[i] > layer && first[i] > 0 && first[i] - 1 < layer))
			continue;
		width += here ? f->width[i] : 1;
		*gates += here;
		cells++;
	}
	return width + (cells > 0 ? (cells - 1) * (GAP - 1) : 0);
}

/* What a gate needs stands above it. */
static void
lift_operands(Fit *f, int gate)
{
	for (int i = gate; i >= 0; i--) {
		const Gate *g = &f->p->gate[i];
		for (int j = 0; j < g->n; j++)
			if (f->height[g->in[j]] <= f->height[i])
				f->height[g->in[j]] = f->height[i] + 1;
	}
}

/* Moves gates of a layer up, from the left and the variables first, until the rest has room; only
   their wires pass then. One stays. false: not even that has room. */
static bool
fit_layer(Fit *f, int layer)
{
	int gates, width = layer_width(f, layer, &gates);
	for (int pass = 0; pass < 2; pass++)
		for (int k = 0; f->order[k] >= 0 && width > f->limit && gates > 1; k++) {
			int i = f->order[k];
			bool leaf = f->p->gate[i].kind == GATE_LEAF;
			if (f->height[i] != layer || (pass == 0 && !leaf))
				continue;
			f->height[i]++;
			lift_operands(f, i);
			width -= f->width[i] - 1;
			gates--;
		}
	return width <= f->limit;
}

static bool
fit_layers(const Picture *p, int *height, int *top, int limit)
{
	Fit f = {.p = p, .height = height, .limit = limit, .width = NEWN(p->a, int, p->n + 1)};
	int out;
	for (int i = 0; i < p->n; i++)
		f.width[i] = cell_width(p, &p->gate[i], &out);
	f.order = left_to_right(p);
	for (int layer = 0; layer <= *top; layer++) {
		ArenaMark mark = arena_mark(p->a);
		bool good = fit_layer(&f, layer);
		arena_release(p->a, mark);
		poll_interrupt(p->a);
		if (!good)
			return false;
		for (int i = 0; i < p->n; i++)
			*top = height[i] > *top ? height[i] : *top;
	}
	return true;
}

/* ---- cells */

static Cell *
add_cell(Plane *pl, int layer, int gate, bool wire)
{
	Row *r = &pl->row[layer];
	Cell *c = NEW(pl->p->a, Cell);
	const Gate *g = &pl->p->gate[gate];
	*c = (Cell){.gate = gate, .wire = wire, .layer = layer, .at = r->n, .width = 1};
	if (!wire) {
		int sign = gate_width(g);
		c->width = cell_width(pl->p, g, &c->out);
		c->port = NEWN(pl->p->a, int, g->n + 1);
		for (int i = 0; i < g->n; i++)
			c->port[i] = g->n == 1 ? c->out : sign / 2 - (g->n - 1) + 2 * i;
		pl->home[gate] = c;
	}
	PUSH(pl->p->a, r->cell, r->n, r->cap, c);
	return c;
}

/* Cells for the wires that pass layers: beside where they come from. */
static void
put_wires(Plane *pl)
{
	const Picture *p = pl->p;
	int *last = NEWN(p->a, int, p->n + 1);
	for (int i = 0; i < p->n; i++)
		for (int j = 0; j < p->gate[i].n && pl->home[i]; j++)
			if (last[p->gate[i].in[j]] < pl->home[i]->layer)
				last[p->gate[i].in[j]] = pl->home[i]->layer;
	for (int r = 1; r < pl->nrow; r++) {
		Row old = pl->row[r];
		pl->row[r] = (Row){0};
		/* in the order of the row above: wires before the gates that stand at the same place */
		int used = 0;
		for (int i = 0; i < pl->row[r - 1].n; i++) {
			int g = pl->row[r - 1].cell[i]->gate;
			while (used < old.n && i * old.n > used * pl->row[r - 1].n)
				PUSH(p->a, pl->row[r].cell, pl->row[r].n, pl->row[r].cap, old.cell[used++]);
			if (last[g] > r)
				add_cell(pl, r, g, true);
		}
		while (used < old.n)
			PUSH(p->a, pl->row[r].cell, pl->row[r].n, pl->row[r].cap, old.cell[used++]);
		for (int i = 0; i < pl->row[r].n; i++)
			pl->row[r].cell[i]->at = i;
	}
}

/* ---- wires between two rows */

typedef struct Link { Cell *from, *to; int port; } Link;        /* port -1: a wire's cell */

typedef struct Links { Link *v; int n, cap; } Links;

static Links *
all_links(const Plane *pl)
{
	Arena *a = pl->p->a;
	Links *l = NEWN(a, Links, pl->nrow + 1);
	Cell **above = NEWN(a, Cell *, pl->p->n + 1);
	for (int r = 0; r + 1 < pl->nrow; r++) {
		for (int i = 0; i < pl->row[r].n; i++)
			above[pl->row[r].cell[i]->gate] = pl->row[r].cell[i];
		for (int i = 0; i < pl->row[r + 1].n; i++) {
			Cell *c = pl->row[r + 1].cell[i];
			const Gate *g = &pl->p->gate[c->gate];
			if (c->wire) {
				PUSH(a, l[r].v, l[r].n, l[r].cap, ((Link){above[c->gate], c, -1}));
				continue;
			}
			for (int j = 0; j < g->n; j++)
				PUSH(a, l[r].v, l[r].n, l[r].cap, ((Link){above[g->in[j]], c, j}));
		}
	}
	return l;
}

/* where a wire ends, in units of places; ports of a gate whose operands can be exchanged count as
   one */
static double
end_of(const Plane *pl, const Link *l)
{
	const Gate *g = &pl->p->gate[l->to->gate];
	if (l->port < 0 || !g->ordered || g->n < 2)
		return l->to->at;
	return l->to->at + 0.8 * l->port / (g->n - 1) - 0.4;
}

static long
crossings(const Plane *pl, const Links *links)
{
	long n = 0;
	for (int r = 0; r + 1 < pl->nrow; r++) {
		poll_interrupt(pl->p->a);
		for (int i = 0; i < links[r].n; i++) {
			const Link *x = &links[r].v[i];
			double end = end_of(pl, x);
			for (int j = 0; j < i; j++) {
				const Link *y = &links[r].v[j];
				n += (x->from->at - y->from->at) * (end - end_of(pl, y)) < 0;
			}
		}
	}
	return n;
}

/* ---- order */

typedef struct Key { double key; Cell *c; } Key;

static int
by_key(const void *x, const void *y)
{
	const Key *a = x, *b = y;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return (a->c->at > b->c->at) - (a->c->at < b->c->at);
}

/* Orders row r by the mean of the places that its cells are joined to: above (down) or below. */
static void
order_row(Plane *pl, const Links *links, int r, bool down)
{
	Arena *a = pl->p->a;
	Row *row = &pl->row[r];
	Key *key = NEWN(a, Key, row->n + 1);
	double *sum = NEWN(a, double, row->n + 1);
	int *n = NEWN(a, int, row->n + 1);
	const Links *l = &links[down ? r - 1 : r];
	for (int i = 0; i < l->n; i++) {
		const Cell *c = down ? l->v[i].to : l->v[i].from;
		sum[c->at] += down ? l->v[i].from->at : end_of(pl, &l->v[i]);
		n[c->at]++;
	}
	for (int i = 0; i < row->n; i++)
		key[i] = (Key){n[i] ? sum[i] / n[i] : i, row->cell[i]};
	qsort(key, (size_t)row->n, sizeof *key, by_key);
	for (int i = 0; i < row->n; i++) {
		row->cell[i] = key[i].c;
		row->cell[i]->at = i;
	}
}

static void
set_places(Plane *pl, Cell **order, bool save)
{
	for (int r = 0, k = 0; r < pl->nrow; r++)
		for (int i = 0; i < pl->row[r].n; i++, k++) {
			if (save) {
				order[k] = pl->row[r].cell[i];
			} else {
				pl->row[r].cell[i] = order[k];
				order[k]->at = i;
			}
		}
}

/* swaps neighbours while that removes crossings */
static void
swap_neighbours(Plane *pl, const Links *links, long *best)
{
	for (int r = 0; r < pl->nrow; r++) {
		Row *row = &pl->row[r];
		for (int i = 0; i + 1 < row->n; i++) {
			for (int undo = 0; undo < 2; undo++) {
				Cell *c = row->cell[i];
				row->cell[i] = row->cell[i + 1];
				row->cell[i + 1] = c;
				row->cell[i]->at = i;
				row->cell[i + 1]->at = i + 1;
				long n = undo ? *best : crossings(pl, links);
				if (n < *best || undo) {
					*best = n;
					break;
				}
			}
		}
	}
}

static void
order_rows(Plane *pl, const Links *links)
{
	int cells = 0;
	for (int r = 0; r < pl->nrow; r++)
		cells += pl->row[r].n;
	if (cells > BIG)
		return;
	Cell **kept = NEWN(pl->p->a, Cell *, cells + 1);
	long best = crossings(pl, links);
	set_places(pl, kept, true);
	for (int i = 0; i < SWEEPS && best > 0; i++) {
		for (int r = 1; r < pl->nrow && i % 2 == 0; r++)
			order_row(pl, links, r, true);
		for (int r = pl->nrow - 2; r >= 0 && i % 2; r--)
			order_row(pl, links, r, false);
		long n = crossings(pl, links);
		if (n < best)
			set_places(pl, kept, true);
		best = n < best ? n : best;
	}
	set_places(pl, kept, false);
	for (int i = 0; i < 3 && best > 0 && cells < BIG / 20; i++)
		swap_neighbours(pl, links, &best);
}

/* ---- columns */

static int
end_column(const Link *l)
{
	return l->port < 0 ? 0 : l->to->port[l->port];
}

/* how much a wire wants to be straight: long ones, then the way from gate to gate */
static int
weight(const Plane *pl, const Link *l)
{
	if (l->from->wire && l->to->wire)
		return 8;
	if (l->from->wire || l->to->wire)
		return 4;
	return pl->p->gate[l->from->gate].kind == GATE_LEAF ? 1 : 3;
}

typedef struct Block { int first, n, x; } Block;        /* cells that stand close together */

static int
by_goal(const void *x, const void *y)
{
	const Goal *a = x, *b = y;
	return (a->x > b->x) - (a->x < b->x);
}

/* The weighted median of where the block's first cell should be, given the goals of all. */
static int
median(Arena *a, const Row *row, const int *offset, const Block *b)
{
	int n = 0, k = 0, total = 0, sum = 0;
	for (int i = b->first; i < b->first + b->n; i++)
		n += row->cell[i]->ngoal;
	Goal *g = NEWN(a, Goal, n + 1);
	for (int i = b->first; i < b->first + b->n; i++) {
		const Cell *c = row->cell[i];
		for (int j = 0; j < c->ngoal; j++, k++) {
			g[k] = c->goal[j];
			g[k].x -= offset[i] - offset[b->first];
			total += g[k].weight;
		}
	}
	if (n == 0)
		return b->x;
	qsort(g, (size_t)n, sizeof *g, by_goal);
	for (k = 0; k < n - 1 && 2 * (sum += g[k].weight) < total; k++)
		;
	return g[k].x;
}

/* Columns of a row that are nearest to the goals, in order and apart (pool adjacent violators). */
static void
place_row(Plane *pl, Row *row)
{
	Arena *a = pl->p->a;
	int *offset = NEWN(a, int, row->n + 1), n = 0;
	Block *b = NEWN(a, Block, row->n + 1);
	for (int i = 1; i < row->n; i++) {
		bool wires = row->cell[i - 1]->wire || row->cell[i]->wire;
		offset[i] = offset[i - 1] + row->cell[i - 1]->width + (wires ? GAP - 1 : GAP);
	}
	for (int i = 0; i < row->n; i++) {
		b[n] = (Block){.first = i, .n = 1, .x = row->cell[i]->x};
		b[n].x = median(a, row, offset, &b[n]);
		n++;
		while (n > 1) {
			Block *l = &b[n - 2];
			if (l->x + offset[i] - offset[l->first] <=
				b[n - 1].x + offset[i] - offset[b[n - 1].first])
				break;
			l->n += b[n - 1].n;
			l->x = median(a, row, offset, l);
			n--;
		}
	}
	for (int k = 0; k < n; k++)
		for (int i = b[k].first; i < b[k].first + b[k].n; i++)
			row->cell[i]->x = b[k].x + offset[i] - offset[b[k].first];
	if (!pl->within || row->n == 0)
		return;
	int all = offset[row->n - 1] + row->cell[row->n - 1]->width;
	for (int i = 0; i < row->n; i++) {
		int most = pl->within - all + offset[i];
		int *x = &row->cell[i]->x;
		*x = *x < offset[i] ? offset[i] : *x > most ? most : *x;
	}
}

static void
place_rows(Plane *pl, const Links *links)
{
	Arena *a = pl->p->a;
	for (int r = 0; r < pl->nrow; r++)
		place_row(pl, &pl->row[r]);
	for (int i = 0; i < SWEEPS; i++) {
		ArenaMark mark = arena_mark(a);
		for (int k = 0; k < pl->nrow; k++) {
			int r = i % 2 ? pl->nrow - 1 - k : k;
			Row *row = &pl->row[r];
			for (int j = 0; j < row->n; j++) {
				row->cell[j]->ngoal = row->cell[j]->cap_goal = 0;
				row->cell[j]->goal = NULL;
			}
			for (int j = 0; r > 0 && j < links[r - 1].n; j++) {
				const Link *l = &links[r - 1].v[j];
				Goal to = {l->from->x + l->from->out - end_column(l), weight(pl, l)};
				PUSH(a, l->to->goal, l->to->ngoal, l->to->cap_goal, to);
			}
			/* the first sweep knows nothing yet of what is below */
			for (int j = 0; i > 0 && r + 1 < pl->nrow && j < links[r].n; j++) {
				const Link *l = &links[r].v[j];
				Goal to = {l->to->x + end_column(l) - l->from->out, weight(pl, l)};
				PUSH(a, l->from->goal, l->from->ngoal, l->from->cap_goal, to);
			}
			place_row(pl, row);
		}
		arena_release(a, mark);
	}
}

/* Operands that can be exchanged come in the order in which they stand above. */
static void
order_ports(Plane *pl, const Links *links)
{
	for (int r = 0; r + 1 < pl->nrow; r++) {
		for (int i = 0; i < links[r].n;) {
			Link *l = &links[r].v[i];
			const Gate *g = &pl->p->gate[l->to->gate];
			if (l->port < 0 || g->ordered || g->n < 2) {
				i++;
				continue;
			}
			/* the gate's links stand together; the ports' columns are exchanged */
			for (int x = 0; x < g->n; x++) {
				int before = 0;
				for (int y = 0; y < g->n; y++)
					before += l[y].from->at < l[x].from->at || (y < x && l[y].from == l[x].from);
				l->to->port[x] = gate_width(g) / 2 - (g->n - 1) + 2 * before;
			}
			i += g->n;
		}
	}
}

/* columns that a row takes at least */
static int
row_width(const Row *row)
{
	int n = 0;
	for (int i = 0; i < row->n; i++)
		n += row->cell[i]->width + (i ? GAP - 1 : 0);
	return n;
}

Plane *
picture_place(const Picture *p, int width, int limit, bool within)
{
	Plane *pl = NEW(p->a, Plane);
	pl->within = within ? width : 0;
	int top, left = 0;
	int *height = heights(p, &top);
	if (p->n <= BIG && !fit_layers(p, height, &top, limit))
		return NULL;
	pl->p = p;
	pl->nrow = top + 1;
	pl->row = NEWN(p->a, Row, pl->nrow);
	pl->home = NEWN(p->a, Cell *, p->n + 1);
	for (const int *i = left_to_right(p); *i >= 0; i++)
		add_cell(pl, top - height[*i], *i, false);
	put_wires(pl);
	for (int r = 0; r < pl->nrow; r++)
		if (row_width(&pl->row[r]) > width)
			return NULL;
	Links *links = all_links(pl);
	order_rows(pl, links);
	order_ports(pl, links);
	place_rows(pl, links);
	for (int r = 0; r < pl->nrow; r++)
		for (int i = 0; i < pl->row[r].n; i++)
			left =
				pl->row[r].cell[i]->x < left || (r == 0 && i == 0) ? pl->row[r].cell[i]->x : left;
	for (int r = 0; r < pl->nrow; r++)
		for (int i = 0; i < pl->row[r].n; i++) {
			Cell *c = pl->row[r].cell[i];
			c->x -= left;
			pl->width = c->x + c->width > pl->width ? c->x + c->width : pl->width;
		}
	return pl->width <= width ? pl : NULL;
}
