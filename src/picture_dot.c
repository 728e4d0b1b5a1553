/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * picture_dot.c: a picture in the language of Graphviz, and files by way of its program `dot'. From
 * left to right: gates are circles (operators) and boxes (functions); a value is a piece of wire,
 * with its name above and its shape or its adjoint below, so that Graphviz keeps room for both.
 */
#include "latex.h"
#include "picture.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- the text */

static void
put_html(Text *out, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '&': text_add(out, "&amp;"); break;
		case '<': text_add(out, "&lt;"); break;
		case '>': text_add(out, "&gt;"); break;
		case '"': text_add(out, "&quot;"); break;
		default: text_addn(out, s, 1);
		}
	}
}

/* Text with names as textbooks set them: Greek letters, digits at the end lowered. */
static void
put_names(Text *out, Arena *a, const char *s)
{
	while (*s) {
		size_t stem = 0, end;
		while (isalpha((unsigned char)s[stem]))
			stem++;
		if (stem == 0) {
			size_t n = 1;
			while ((s[n] & 0xc0) == 0x80)
				n++;
			put_html(out, arena_strndup(a, s, n));
			s += n;
			continue;
		}
		const char *word = arena_strndup(a, s, stem), *letter = latex_letter(word);
		for (end = stem; isdigit((unsigned char)s[end]); end++)
			;
		text_add(out, letter ? letter : word);
		if (end > stem && !isalpha((unsigned char)s[end]) && s[end] != '_')
			text_addf(out, "<SUB>%.*s</SUB>", (int)(end - stem), s + stem);
		else
			text_addn(out, s + stem, end - stem);
		s += end;
	}
}

/* "m x n" with the sign for times */
static const char *
shape_sign(Arena *a, const char *shape)
{
	Text t = text_new(a);
	for (const char *s = shape; *s;) {
		bool times = strncmp(s, " x ", 3) == 0;
		text_addn(&t, times ? "×" : s, times ? 2 : 1);
		s += times ? 3 : 1;
	}
	return t.n ? t.s : "";
}

/* What stands on one side of a wire. Both sides of an upright picture's wire are of one height, so
   that the wire is in the middle. */
static void
put_side(Text *out, Arena *a, const char *text, bool slanted, const char *color)
{
	text_addf(out, "<TD HEIGHT=\"27\"><FONT COLOR=\"%s\">%s", color, slanted ? "<I>" : "");
	text_add(out, *text ? "" : " ");
	put_names(out, a, text);
	text_addf(out, "%s</FONT></TD>", slanted ? "</I>" : "");
}

/* A sum of many or with different signs: each operand has a place of its own, with its sign. */
static bool
has_ports(const Gate *g)
{
	return g->kind == GATE_SIGN && (g->sign || g->n > 3);
}

static void
put_ports(Text *out, const Gate *g, bool across)
{
	text_add(out, "<TABLE BORDER=\"2\" STYLE=\"ROUNDED\" CELLBORDER=\"0\" CELLSPACING=\"0\" "
		"CELLPADDING=\"2\">");
	for (int j = 0; j < g->n; j++) {
		text_add(out, across || j == 0 ? "<TR>" : "");
		text_addf(out, "<TD PORT=\"p%d\" WIDTH=\"%d\" HEIGHT=\"%d\">%s</TD>", j,
			across && !g->sign ? 6 : 20, across ? 32 : g->sign ? 20 : 6,
			!g->sign ? "" : g->sign[j] > 0 ? "+" : "−");
		if (across && j == 0 && !g->sign) {
			text_addf(out, "<TD ROWSPAN=\"%d\" WIDTH=\"28\">", g->n);
			put_html(out, g->op);
			text_add(out, "</TD>");
		}
		text_add(out, across || j + 1 == g->n ? "</TR>" : "");
	}
	if (!across && !g->sign) {
		text_addf(out, "<TR><TD COLSPAN=\"%d\">", g->n);
		put_html(out, g->op);
		text_add(out, "</TD></TR>");
	}
	text_add(out, "</TABLE>");
}

static void
put_gate(Text *out, const Gate *g, int i, bool across)
{
	if (has_ports(g)) {
		text_addf(out, "\tg%d [fontsize=20, label=<", i);
		put_ports(out, g, across);
		text_add(out, ">];\n");
		return;
	}
	text_addf(out, "\tg%d [label=<", i);
	put_html(out, g->op);
	text_addf(out, ">, %s%s];\n", g->kind == GATE_SIGN && text_columns(g->op) < 4 ?
		"shape=circle, fixedsize=true, width=0.5, fontsize=22" :
		"shape=box, style=rounded, height=0.45, margin=\"0.12,0.04\"",
		g->ordered && g->n > 1 ? ", ordering=in" : "");
}

/* ---- columns: a long picture is cut into several, side by side. A value that is needed in another
   column is drawn again there. */

enum {
	ACROSS = 8,             /* gates in a row, at most, of a picture from left to right */
	LONG = 18,              /* layers of gates in one column, about */
	LEEWAY = 3              /* layers by which a cut may be earlier or later */
};

typedef struct Columns {
	int n, *of;             /* of: by gate */
	bool across;
	int *mark;              /* of a value that is needed in another column: its number */
	int *layer, *last;      /* of a gate's value, of the last that needs it; from the top */
	int nlayer;
} Columns;

/* A gate stands just before the first that needs it. */
static void
find_layers(const Picture *p, Columns *c)
{
	int top = 0;
	c->layer = NEWN(p->a, int, p->n + 1);
	c->last = NEWN(p->a, int, p->n + 1);
	for (int i = p->n - 1; i >= 0; i--) {
		for (int j = 0; j < p->gate[i].n; j++)
			if (c->layer[p->gate[i].in[j]] < c->layer[i] + 1)
				c->layer[p->gate[i].in[j]] = c->layer[i] + 1;
		top = p->gate[i].kind != GATE_LEAF && c->layer[i] > top ? c->layer[i] : top;
	}
	for (int i = 0; i < p->n; i++) {
		c->layer[i] = c->last[i] = top - c->layer[i];
		for (int j = 0; j < p->gate[i].n; j++)
			if (c->last[p->gate[i].in[j]] < c->layer[i])
				c->last[p->gate[i].in[j]] = c->layer[i];
	}
	c->nlayer = top + 1;
}

/* how bad it is to cut before that layer: values that go across, worse without a name */
static int
cut_cost(const Picture *p, const Columns *c, int layer)
{
	int cost = 0;
	for (int i = 0; i < p->n; i++)
		if (p->gate[i].kind != GATE_LEAF && c->layer[i] < layer && c->last[i] >= layer)
			cost += *p->gate[i].name ? 10 : 15;
	return cost;
}

static Columns
columns(const Picture *p)
{
	Columns c = {.of = NEWN(p->a, int, p->n + 1)};
	find_layers(p, &c);
	c.across = c.nlayer <= ACROSS;
	c.n = (c.nlayer - 1) / LONG + 1;
	for (int k = 1; k < c.n; k++) {
		int ideal = k * c.nlayer / c.n, best = ideal, least = cut_cost(p, &c, ideal);
		for (int off = 1; off <= LEEWAY; off++)
			for (int sign = -1; sign <= 1; sign += 2) {
				int cost = cut_cost(p, &c, ideal + sign * off) + off;
				best = cost < least ? ideal + sign * off : best;
				least = cost < least ? cost : least;
			}
		/* a leaf is in the column of the first that needs it */
		for (int i = 0; i < p->n; i++)
			c.of[i] += c.layer[i] + (p->gate[i].kind == GATE_LEAF) >= best;
	}
	c.mark = NEWN(p->a, int, p->n + 1);
	for (int i = 0, n = 0; i < p->n; i++)
		for (int j = 0; j < p->gate[i].n; j++) {
			int value = p->gate[i].in[j];
			if (c.of[value] != c.of[i] && p->gate[value].kind != GATE_LEAF && !c.mark[value])
				c.mark[value] = ++n;
		}
	return c;
}

/* The node of a value in a column: the value itself, or its repetition there. */
static const char *
value_node(const Picture *p, const Columns *c, int value, int column)
{
	return c->of[value] == column ? arena_printf(p->a, "v%d", value) :
		arena_printf(p->a, "v%d_%d", value, column);
}

/* A value in a column: a piece of wire in the middle of a table. One without a name that is drawn
   again elsewhere has a number. */
static void
put_value(Text *out, const Picture *p, const Columns *c, int i, int column)
{
	const Gate *g = &p->gate[i];
	const char *shape = strcmp(g->shape, "scalar") == 0 ? "" : shape_sign(p->a, g->shape);
	const char *first = g->name, *second = *g->below ? g->below : shape;
	if (!*first && c->mark[i])
		first = arena_printf(p->a, "(%d)", c->mark[i]);
	if (*g->below && *shape)
		first = arena_printf(p->a, "%s : %s", g->name, shape);
	text_addf(out, "\t%s [label=<<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\" "
		"CELLPADDING=\"%d\"><TR>", value_node(p, c, i, column),
		c->across ? 0 : 3);
	put_side(out, p->a, first, !g->number, "black");
	text_add(out, c->across ? "</TR><TR><TD HEIGHT=\"2\" BGCOLOR=\"black\"></TD></TR><TR>" :
		"<TD PORT=\"w\" CELLPADDING=\"0\" WIDTH=\"2\" BGCOLOR=\"black\"></TD>");
	put_side(out, p->a, second, *g->below != '\0', *g->below ? "#b00000" : "#555555");
	text_add(out, "</TR></TABLE>>];\n");
}

/* One column: its gates, and what they need. */
static void
put_column(Text *out, const Picture *p, const Columns *c, int k)
{
	const char *in = c->across ? "w" : "\"w:n\"", *end = c->across ? "e" : "\"w:s\"";
	int *here = NEWN(p->a, int, p->n + 1);  /* values of other columns that have been repeated */
	if (c->n > 1)
		text_addf(out, "\tsubgraph cluster_%d {\n\tpenwidth=0; label=\"\"; margin=20;\n", k);
	for (int i = 0; i < p->n; i++) {
		const Gate *g = &p->gate[i];
		if (c->of[i] != k)
			continue;
		put_value(out, p, c, i, k);
		if (g->kind == GATE_LEAF)
			continue;
		put_gate(out, g, i, c->across);
		text_addf(out, "\tg%d -> v%d [arrowhead=none, headport=%s, weight=8];\n", i, i, in);
		for (int j = 0; j < g->n; j++) {
			int value = g->in[j];
			const char *node = value_node(p, c, value, k), *head = "";
			if (c->of[value] != k && !here[value]++)
				put_value(out, p, c, value, k);
			if (has_ports(g))
				head = arena_printf(p->a, ", headport=\"p%d:%s\"", j, c->across ? "w" : "n");
			text_addf(out, "\t%s -> g%d [tailport=%s%s];\n", node, i, end, head);
		}
		if (i == p->root || c->mark[i])
			text_addf(out, "\tend%d [shape=point, style=invis];\n"
				"\tv%d -> end%d [tailport=%s];\n", i, i, i, end);
	}
	if (c->n > 1)
		text_add(out, "\t}\n");
}

/* Between layers, in hundredths of an inch: many wires to one gate want room for their bends. */
static int
layer_gap(const Picture *p, bool across)
{
	enum { LEAST_ACROSS = 35, LEAST_DOWN = 25, WIRE = 12, MOST = 150 };
	int gap = across ? LEAST_ACROSS : LEAST_DOWN;
	for (int i = 0; i < p->n && across; i++)
		if (has_ports(&p->gate[i]) && WIRE * p->gate[i].n > gap)
			gap = WIRE * p->gate[i].n;
	return gap < MOST ? gap : MOST;
}

char *
picture_dot(const Picture *p)
{
	const Columns c = columns(p);
	int gap = layer_gap(p, c.across);
	Text out = text_new(p->a);
	text_addf(&out, "digraph mdx {\n"
		"\trankdir=%s; nodesep=0.3; ranksep=%d.%02d; labelloc=t; labeljust=l;\n"
		"\tfontname=\"Times\"; fontsize=22;\n"
		"\tnode [fontname=\"Times\", fontsize=18, shape=plain, penwidth=1.6];\n"
		"\tedge [arrowsize=0.8, penwidth=1.6];\n", c.across ? "LR" : "TB",
		gap / 100, gap % 100);
	if (p->title) {
		text_add(&out, "\tlabel=<<I>");
		put_names(&out, p->a, p->title);
		text_add(&out, "</I>>;\n");
	}
	for (int k = 0; k < c.n; k++)
		put_column(&out, p, &c, k);
	text_add(&out, "}\n");
	return out.s;
}

/* ---- files */

typedef struct Job { FILE *in, *err; pid_t pid; } Job;

static void
end_job(void *arg)
{
	Job *j = arg;
	if (j->pid > 0) {
		kill(j->pid, SIGTERM);
		while (waitpid(j->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (j->in)
		fclose(j->in);
	if (j->err)
		fclose(j->err);
}

static int
start(Job *j, char **argv)
{
	doing("waiting for Graphviz");
	posix_spawn_file_actions_t act;
	int fail = posix_spawn_file_actions_init(&act);
	if (fail)
		return fail;
	fail = posix_spawn_file_actions_adddup2(&act, fileno(j->in), 0);
	if (!fail)
		fail = posix_spawn_file_actions_adddup2(&act, fileno(j->err), 2);
	if (!fail)
		fail = posix_spawnp(&j->pid, argv[0], &act, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&act);
	if (fail)
		j->pid = 0;
	return fail;
}

/* what dot said, on one line */
static const char *
complaint(Arena *a, FILE *err)
{
	char line[400];
	rewind(err);
	size_t n = fread(line, 1, sizeof line - 1, err);
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return *line ? arena_strndup(a, line, strlen(line)) : "it failed";
}

static void
run_dot(Arena *a, Loc loc, const char *text, const char *format, const char *path)
{
	Job *j = NEW(a, Job);
	char *argv[] = {
		"dot", arena_printf(a, "-T%s", format), "-Gdpi=144", arena_printf(a, "-o%s", path), NULL,
	};
	if (strcmp(format, "svg") == 0)
		argv[2] = "-Gdpi=72";
	arena_defer(a, end_job, j);
	j->in = tmpfile();
	j->err = tmpfile();
	if (!j->in || !j->err || fputs(text, j->in) < 0 || fflush(j->in) != 0)
		raise_at(a, loc, "cannot make a temporary file: %s", strerror(errno));
	rewind(j->in);
	int fail = start(j, argv), status = 0;
	if (fail == ENOENT)
		raise_hint(a, loc, "Debian, Ubuntu: apt-get install graphviz; graph EXPR > \"file.dot\" "
			"needs nothing", "the program dot of Graphviz, which draws .%s files, is not installed",
			format);
	if (fail)
		raise_at(a, loc, "cannot run dot: %s", strerror(fail));
	while (waitpid(j->pid, &status, 0) < 0) {
		if (errno != EINTR)
			raise_at(a, loc, "cannot wait for dot: %s", strerror(errno));
		poll_interrupt(a);
	}
	j->pid = 0;
	poll_interrupt(a);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		raise_at(a, loc, "dot could not write \"%s\": %s", path,
			WIFEXITED(status) && WEXITSTATUS(status) == 127 ? "it is not installed" :
			complaint(a, j->err));
}

static void
write_dot(Arena *a, Loc loc, const char *text, const char *path)
{
	FILE *f = fopen(path, "w");
	bool good = f && fputs(text, f) >= 0;
	int why = errno;
	if (f && fclose(f) != 0 && good) {
		good = false;
		why = errno;
	}
	if (!good)
		raise_at(a, loc, "cannot write \"%s\": %s", path, strerror(why));
}

void
picture_write(const Picture *p, Loc loc, const char *path)
{
	static const char *const format[] = {"dot", "gv", "svg", "png", "pdf"};
	const char *slash = strrchr(path, '/'), *end = strrchr(slash ? slash : path, '.');
	size_t i = 0, n = sizeof format / sizeof *format;
	while (i < n && !(end && strcmp(end + 1, format[i]) == 0))
		i++;
	if (i == n)
		raise_hint(p->a, loc, "its ending says what it is: .svg, .png, .pdf or .dot",
			"\"%s\" is no file for a graph", path);
	const char *text = picture_dot(p);
	if (i < 2)
		write_dot(p->a, loc, text, path);
	else
		run_dot(p->a, loc, text, format[i], path);
}
