/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * picture_text.c: a placed picture as lines of characters. Between two layers every value has at
 * most one horizontal track, from which its users' wires go down; tracks are chosen so that wires
 * of different values cross but never share a place. Where they cross, the vertical one is drawn
 * through. What is too wide for the terminal becomes a list.
 */
#include "picture.h"

#include <string.h>

enum { UP = 1, DOWN = 2, LEFT = 4, RIGHT = 8 };

typedef struct Spot {           /* one character */
	unsigned char wire;     /* directions in which it goes on */
	int across, along;      /* gate + 1 of the horizontal and of the vertical wire here */
	char text[8];           /* over the wires */
} Spot;

typedef struct Sheet {
	Arena *a;
	bool unicode;
	int width, height;
	Spot *spot;             /* row by row */
} Sheet;

int
text_columns(const char *s)
{
	int n = 0;
	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

/* ---- gates and labels */

/* [tanh], but [i,j] for an entry */
static bool
has_brackets(const Gate *g)
{
	return g->kind == GATE_FUN && *g->op == '[';
}

/* (*) has room for the wires of its operands */
int
gate_width(const Gate *g)
{
	int op = text_columns(g->op), ports = g->sign ? 2 * g->n - 1 : 2 * g->n - 3;
	if (g->kind == GATE_LEAF)
		return 0;
	if ((op > ports ? op : ports) % 2 == 0 && g->n % 2 && g->n > 1)
		ports++;
	return (op > ports ? op : ports) + (has_brackets(g) ? 0 : 2);
}

const char *
gate_label(const Picture *p, const Gate *g)
{
	if (!*g->name || !*g->shape)
		return *g->name ? g->name : g->shape;
	return arena_printf(p->a, "%s : %s", g->name, g->shape);
}

/* ---- the sheet */

static Spot *
spot(Sheet *s, int row, int col)
{
	if (row < 0 || row >= s->height || col < 0 || col >= s->width)
		bug(s->a, "outside of the picture: row %d of %d, column %d of %d", row, s->height, col,
			s->width);
	return &s->spot[row * s->width + col];
}

static void
write_text(Sheet *s, int row, int col, const char *text)
{
	for (; *text; col++) {
		Spot *x = spot(s, row, col);
		size_t n = 1;
		while ((text[n] & 0xc0) == 0x80 && n < sizeof x->text - 1)
			n++;
		memcpy(x->text, text, n);
		x->text[n] = '\0';
		text += n;
	}
}

static void
own(Sheet *s, int *wire, int gate)
{
	if (*wire && *wire != gate + 1)
		bug(s->a, "the wires of two values are drawn over each other");
	*wire = gate + 1;
}

/* a wire of the gate's value from row to row, at both of which something goes on */
static void
vertical(Sheet *s, int col, int from, int to, int gate)
{
	for (int r = from; r <= to; r++) {
		Spot *x = spot(s, r, col);
		x->wire |= (unsigned char)((r > from ? UP : 0) | (r < to ? DOWN : 0));
		own(s, &x->along, gate);
	}
}

static void
horizontal(Sheet *s, int row, int from, int to, int gate)
{
	for (int c = from; c <= to; c++) {
		Spot *x = spot(s, row, c);
		x->wire |= (unsigned char)((c > from ? LEFT : 0) | (c < to ? RIGHT : 0));
		own(s, &x->across, gate);
	}
}

static const char *
spot_text(const Sheet *s, const Spot *x)
{
	static const char *const line[16] = {
		[0] = " ",
		[UP] = "│",
		[DOWN] = "│",
		[UP | DOWN] = "│",
		[LEFT] = "─",
		[RIGHT] = "─",
		[LEFT | RIGHT] = "─",
		[DOWN | RIGHT] = "╭",
		[DOWN | LEFT] = "╮",
		[UP | RIGHT] = "╰",
		[UP | LEFT] = "╯",
		[UP | DOWN | RIGHT] = "├",
		[UP | DOWN | LEFT] = "┤",
		[DOWN | LEFT | RIGHT] = "┬",
		[UP | LEFT | RIGHT] = "┴",
		[UP | DOWN | LEFT | RIGHT] = "┼",
	};
	if (*x->text)
		return x->text;
	bool crossing = x->across && x->along && x->across != x->along;
	if (s->unicode)
		return crossing ? "│" : line[x->wire];
	if (!x->wire)
		return " ";
	if (crossing || !(x->wire & (LEFT | RIGHT)))
		return "|";
	return x->wire & (UP | DOWN) ? "+" : "-";
}

/* ---- tracks */

/* A value's wire between two rows: down from column `from', along a track, down to `to'. */
typedef struct Strand {
	int gate, from;
	int *to, n, cap;
	int left, right;
	int track;              /* -1: not yet; straight wires have none */
	bool straight;
} Strand;

typedef struct Channel { Strand *v; int n, cap, tracks; } Channel;

static void
span(Strand *s)
{
	s->left = s->right = s->from;
	s->straight = true;
	for (int i = 0; i < s->n; i++) {
		s->left = s->to[i] < s->left ? s->to[i] : s->left;
		s->right = s->to[i] > s->right ? s->to[i] : s->right;
		s->straight &= s->to[i] == s->from;
	}
}

static bool
goes_to(const Strand *s, int col)
{
	for (int i = 0; i < s->n; i++)
		if (s->to[i] == col)
			return true;
	return false;
}

/* y must be above x: y's wire comes down where x's goes down to the gate. The two parts of a wire
   that goes round are joined. */
static bool
must_be_above(const Strand *y, const Strand *x)
{
	if (x == y || x->straight || y->straight)
		return false;
	return x->gate == y->gate ? goes_to(y, x->from) : goes_to(x, y->from);
}

static bool
waits(const Channel *c, const Strand *x)
{
	for (int i = 0; i < c->n; i++)
		if (c->v[i].track < 0 && must_be_above(&c->v[i], x))
			return true;
	return false;
}

/* When each of several strands must be above the next, one goes a way round, by a free column. */
static void
go_round(Arena *a, Channel *c, int *width)
{
	for (int i = 0; i < c->n; i++) {
		Strand *s = &c->v[i];
		if (s->track >= 0 || s->straight)
			continue;
		Strand rest = *s;
		int *way = NEWN(a, int, 1);
		way[0] = rest.from = *width + 1;
		*width += 2;
		s->to = way;
		s->n = s->cap = 1;
		span(s);
		span(&rest);
		PUSH(a, c->v, c->n, c->cap, rest);
		return;
	}
}

/* Gives every strand a track: from the top, each as high as those that must be above it allow. */
static void
choose_tracks(Arena *a, Channel *c, int *width)
{
	int left = 0;
	for (int i = 0; i < c->n; i++) {
		span(&c->v[i]);
		c->v[i].track = -1;
		left += !c->v[i].straight;
	}
	while (left > 0) {
		int end = -2, placed = 0;
		int *ready = NEWN(a, int, c->n + 1), nready = 0;
		for (int i = 0; i < c->n; i++)
			if (!c->v[i].straight && c->v[i].track < 0 && !waits(c, &c->v[i]))
				ready[nready++] = i;
		/* from left to right, those that have room */
		for (;;) {
			Strand *next = NULL;
			for (int i = 0; i < nready; i++) {
				Strand *s = &c->v[ready[i]];
				if (s->track < 0 && s->left > end + 1 && (!next || s->left < next->left))
					next = s;
			}
			if (!next)
				break;
			next->track = c->tracks;
			end = next->right;
			placed++;
		}
		if (placed == 0) {
			go_round(a, c, width);
			left++;
			continue;
		}
		left -= placed;
		c->tracks++;
	}
}

/* The strands between rows r and r + 1. */
static Channel
channel(const Plane *pl, int r)
{
	Arena *a = pl->p->a;
	Channel c = {0};
	int *at = NEWN(a, int, pl->p->n + 1);   /* gate: strand + 1 */
	for (int i = 0; i < pl->row[r].n; i++) {
		const Cell *from = pl->row[r].cell[i];
		PUSH(a, c.v, c.n, c.cap, ((Strand){.gate = from->gate, .from = from->x + from->out}));
		at[from->gate] = c.n;
	}
	for (int i = 0; i < pl->row[r + 1].n; i++) {
		const Cell *to = pl->row[r + 1].cell[i];
		const Gate *g = &pl->p->gate[to->gate];
		for (int j = 0; j < (to->wire ? 1 : g->n); j++) {
			Strand *s = &c.v[at[to->wire ? to->gate : g->in[j]] - 1];
			PUSH(a, s->to, s->n, s->cap, to->x + (to->wire ? 0 : to->port[j]));
		}
	}
	return c;
}

/* ---- drawing */

static int
row_height(const Plane *pl, int r)
{
	for (int i = 0; i < pl->row[r].n; i++) {
		const Cell *c = pl->row[r].cell[i];
		if (!c->wire && *pl->p->gate[c->gate].below)
			return 2;
	}
	return 1;
}

static void
draw_cell(Sheet *s, const Plane *pl, const Cell *c, int y, int height, bool last)
{
	const Gate *g = &pl->p->gate[c->gate];
	int sign = c->wire ? 0 : gate_width(g), label = c->x + sign + (sign > 0);
	if (c->wire || !last)
		vertical(s, c->x + c->out, c->wire ? y - 1 : y, y + height, c->gate);
	if (c->wire)
		return;
	write_text(s, y, label, gate_label(pl->p, g));
	if (*g->below)
		write_text(s, y + 1, sign ? label : c->x + c->out + 2, g->below);
	if (!sign)
		return;
	for (int i = 0; i < sign; i++)
		write_text(s, y, c->x + i, " ");
	if (!has_brackets(g)) {
		write_text(s, y, c->x, g->kind == GATE_FUN ? "[" : "(");
		write_text(s, y, c->x + sign - 1, g->kind == GATE_FUN ? "]" : ")");
	}
	if (!g->sign)
		write_text(s, y, c->x + (sign - text_columns(g->op)) / 2, g->op);
	for (int i = 0; g->sign && i < g->n; i++)
		write_text(s, y, c->x + c->port[i], g->sign[i] > 0 ? "+" : s->unicode ? "−" : "-");
}

/* top: the first line after the row above; below the tracks stand the arrow heads */
static void
draw_channel(Sheet *s, const Plane *pl, int r, const Channel *c, int top)
{
	int bottom = top + c->tracks;
	for (int i = 0; i < c->n; i++) {
		const Strand *x = &c->v[i];
		bool round = false, comes_round = false;
		for (int j = 0; j < c->n; j++) {
			round |= j > i && c->v[j].gate == x->gate;
			comes_round |= j < i && c->v[j].gate == x->gate;
		}
		int start = top - 1, end = round ? top : bottom;
		for (int j = 0; j < i && comes_round; j++)
			if (c->v[j].gate == x->gate)
				start = top + c->v[j].track;
		for (int j = i + 1; j < c->n && round; j++)
			if (c->v[j].gate == x->gate)
				end = top + c->v[j].track;
		int track = x->straight ? bottom : top + x->track;
		vertical(s, x->from, start, track, x->gate);
		if (!x->straight)
			horizontal(s, top + x->track, x->left, x->right, x->gate);
		for (int k = 0; k < x->n && !x->straight; k++)
			vertical(s, x->to[k], track, end, x->gate);
	}
	for (int i = 0; i < pl->row[r + 1].n; i++) {
		const Cell *to = pl->row[r + 1].cell[i];
		for (int j = 0; !to->wire && j < pl->p->gate[to->gate].n; j++)
			write_text(s, bottom, to->x + to->port[j], s->unicode ? "▼" : "v");
	}
}

static char *
sheet_text(const Sheet *s, const Picture *p)
{
	Text t = text_new(s->a);
	if (p->title)
		text_addf(&t, "%s\n", p->title);
	for (int r = 0; r < s->height; r++) {
		const Spot *row = &s->spot[r * s->width];
		int end = s->width;
		while (end > 0 && (strcmp(spot_text(s, &row[end - 1]), " ") == 0))
			end--;
		for (int c = 0; c < end; c++)
			text_add(&t, spot_text(s, &row[c]));
		text_add(&t, "\n");
	}
	return t.s;
}

/* ---- the list, when the drawing is too wide */

/* a*b, a + b - c, A', sqnorm(a): ref has how each value is called */
static void
put_operation(Text *t, const Picture *p, const Gate *g, const char *const *ref)
{
	bool infix = g->kind == GATE_SIGN && g->n > 1, sum = infix && strchr("+-", *g->op);
	bool turned = g->n == 1 && (strcmp(g->op, "'") == 0 || strcmp(g->op, "T") == 0);
	const char *between = infix ? g->op : ", ";
	if (!infix && !turned)
		text_addf(t, g->kind == GATE_FUN ? "%s(" : "%s", g->op);
	for (int j = 0; j < g->n; j++) {
		if (g->sign)
			between = g->sign[j] > 0 ? "+" : "-";
		if (j || (g->sign && g->sign[j] < 0))
			text_addf(t, sum && j ? " %s " : "%s", between);
		text_add(t, ref[g->in[j]]);
	}
	if (g->kind == GATE_FUN)
		text_add(t, ")");
	if (turned)
		text_add(t, p->style == STYLE_UNICODE ? "ᵀ" : "'");
}

/* One line for every value: its name or number, the operation on others, its shape. */
static char *
picture_list(const Picture *p)
{
	Text t = text_new(p->a);
	if (p->title)
		text_addf(&t, "%s\n", p->title);
	const char **ref = NEWN(p->a, const char *, p->n + 1);
	int number = 0;
	for (int i = 0; i < p->n; i++) {
		const Gate *g = &p->gate[i];
		ref[i] = *g->name ? g->name : arena_printf(p->a, "(%d)", ++number);
		if (g->kind == GATE_LEAF && !*g->shape)
			continue;
		text_add(&t, ref[i]);
		if (g->kind != GATE_LEAF) {
			text_add(&t, " = ");
			put_operation(&t, p, g, ref);
		}
		text_addf(&t, " : %s%s%s\n", g->shape, *g->below ? "   " : "", g->below);
	}
	return t.s;
}

/* ---- the door */

/* The sheet with the wires between the rows chosen; NULL: it is too wide, or far too high. */
static Sheet *
sheet(const Picture *p, const Plane *pl, int width, Channel **channels)
{
	enum { CELLS = 1 << 22 };
	Sheet *s = NEW(p->a, Sheet);
	Channel *c = *channels = NEWN(p->a, Channel, pl->nrow + 1);
	*s = (Sheet){.a = p->a, .unicode = p->style == STYLE_UNICODE, .width = pl->width};
	for (int r = 0; r < pl->nrow; r++) {
		s->height += row_height(pl, r);
		if (r + 1 == pl->nrow)
			break;
		c[r] = channel(pl, r);
		int beside = pl->width;
		choose_tracks(p->a, &c[r], &beside);
		s->width = beside > s->width ? beside : s->width;
		s->height += c[r].tracks + 1;
	}
	if (s->width > width || (long)s->width * s->height > CELLS)
		return NULL;
	s->spot = NEWN(p->a, Spot, s->width * s->height);
	return s;
}

static char *
drawing(const Picture *p, const Plane *pl, Sheet *s, const Channel *c)
{
	for (int r = 0, y = 0; r < pl->nrow; r++) {
		int h = row_height(pl, r);
		for (int i = 0; i < pl->row[r].n; i++)
			draw_cell(s, pl, pl->row[r].cell[i], y, h - 1, r + 1 == pl->nrow);
		y += h;
		if (r + 1 < pl->nrow)
			draw_channel(s, pl, r, &c[r], y);
		y += r + 1 < pl->nrow ? c[r].tracks + 1 : 0;
	}
	return sheet_text(s, p);
}

/* Layers that have room one by one may need more together, for the ways of their wires: then these
   are bent, and the layers made narrower. */
char *
picture_text(const Picture *p, int width)
{
	enum { PARTS = 8, LEAST = 4 };
	for (int part = PARTS + 1; part >= LEAST; part--) {
		Channel *c;
		bool first = part > PARTS;
		int limit = first ? width : width * part / PARTS;
		const Plane *pl = picture_place(p, width, limit, !first);
		Sheet *s = pl ? sheet(p, pl, width, &c) : NULL;
		if (s)
			return drawing(p, pl, s, c);
	}
	return picture_list(p);
}
