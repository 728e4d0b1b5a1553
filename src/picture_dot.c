/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * picture_dot.c: a picture in the language of Graphviz, and files by way of its program `dot'. From
 * left to right: gates are circles (operators) and boxes (functions); a value is a piece of wire,
 * with its name above and its shape or its adjoint below, so that Graphviz keeps room for both.
 */
#include "picture.h"

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

/* One half of a value's label. The table's border is the wire. */
static void
put_half(Text *out, const char *text, const char *border, bool slanted, const char *color)
{
	text_addf(out, "<TR><TD SIDES=\"%s\" BORDER=\"%d\" HEIGHT=\"26\" FIXEDSIZE=\"FALSE\">", border,
		*border ? 1 : 0);
	if (*color)
		text_addf(out, "<FONT COLOR=\"%s\">", color);
	text_add(out, slanted ? "<I>" : "");
	text_add(out, *text ? "" : " ");
	put_html(out, text);
	text_add(out, slanted ? "</I>" : "");
	text_add(out, *color ? "</FONT>" : "");
	text_add(out, "</TD></TR>");
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

static void
put_value(Text *out, const Picture *p, int i)
{
	const Gate *g = &p->gate[i];
	const char *shape = strcmp(g->shape, "scalar") == 0 ? "" : shape_sign(p->a, g->shape);
	const char *above = g->name, *below = *g->below ? g->below : shape;
	if (*g->below && *shape)
		above = arena_printf(p->a, "%s : %s", g->name, shape);
	text_addf(out, "\tv%d [shape=plain, label=<<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\" "
		"CELLPADDING=\"3\">", i);
	put_half(out, above, "B", *above != '\0', "");
	put_half(out, below, "", *g->below != '\0', *g->below ? "#b00000" : "#555555");
	text_add(out, "</TABLE>>];\n");
}

static void
put_gate(Text *out, const Gate *g, int i)
{
	text_addf(out, "\tg%d [label=<", i);
	put_html(out, g->op);
	text_addf(out, ">, %s%s];\n", g->kind == GATE_SIGN && text_columns(g->op) < 4 ?
		"shape=circle, fixedsize=true, width=0.5, fontsize=22" :
		"shape=box, style=rounded, height=0.45, margin=\"0.12,0.04\"",
		g->ordered && g->n > 1 ? ", ordering=in" : "");
}

char *
picture_dot(const Picture *p)
{
	Text out = text_new(p->a);
	text_add(&out, "digraph mdx {\n"
		"\trankdir=LR; nodesep=0.3; ranksep=0.35; splines=spline;\n"
		"\tfontname=\"Times\"; fontsize=18; labelloc=t;\n"
		"\tnode [fontname=\"Times\", fontsize=18];\n"
		"\tedge [arrowsize=0.8];\n");
	if (p->title) {
		text_add(&out, "\tlabel=<<I>");
		put_html(&out, p->title);
		text_add(&out, "</I>>;\n");
	}
	for (int i = 0; i < p->n; i++) {
		const Gate *g = &p->gate[i];
		put_value(&out, p, i);
		if (g->kind == GATE_LEAF)
			continue;
		put_gate(&out, g, i);
		text_addf(&out, "\tg%d -> v%d [arrowhead=none, headport=w, weight=8];\n", i, i);
		for (int j = 0; j < g->n; j++) {
			bool minus = g->sign && g->sign[j] < 0;
			text_addf(&out, "\tv%d -> g%d [tailport=e%s];\n", g->in[j], i,
				minus ? ", headlabel=\"−\", labeldistance=1.6, fontsize=20" : "");
		}
	}
	text_addf(&out, "\tend [shape=point, style=invis];\n\tv%d -> end [tailport=e];\n}\n", p->root);
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
