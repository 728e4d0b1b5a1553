/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document.c: a script as a LaTeX document (mdx --latex). Its comments are the text; its
 * definitions, answers, checks and derivations are displays, one align* for those that follow one
 * another. Statements run as always; session.c asks here instead of having them print.
 */
#include "latex.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAGE = 76,              /* small letters in a line of the page */
	LINE = 68,              /* of a right side alone */
	REMARK = 30,            /* of a comment that stands beside a display */
	ENTRIES = 100,          /* of a matrix that is shown */
	PICTURE = 76            /* characters beside one another */
};

/* ---- displays and text */

static void
put(Mdx *s, const char *text)
{
	s->out.write(s->out.ctx, false, text, strlen(text));
}

static void
end_display(Mdx *s)
{
	if (s->document.display)
		put(s, "\n\\end{align*}\n");
	s->document.display = false;
}

static void
put_row(Mdx *s, const char *row)
{
	put(s, s->document.display ? " \\\\\n" : "\\begin{align*}\n");
	put(s, row);
	s->document.display = true;
}

static void
put_paragraph(Mdx *s, const char *text)
{
	end_display(s);
	put(s, "\n");
	put(s, text);
	put(s, "\n");
}

static const char newline[] = " \\\\\n& \\qquad ";

/* left = right, over several lines where they are long. Those of a display stand below one another:
   where that would be too wide, another display begins. */
static void
put_equation(
	Mdx *s, Arena *a, const char *left, const char *sign, const char *right, const char *more)
{
	int l = latex_width(left) + 3, r = latex_widest(a, right, newline), m = latex_width(more);
	bool wide = l + r > PAGE, apart = (wide ? 4 : l) + r + m > PAGE && m > 0;
	int over = wide ? 0 : l, under = (wide ? (l > r + 4 ? l : r + 4) : r) + (apart ? 0 : m);
	int most_left = over > s->document.left ? over : s->document.left,
		most_right = under > s->document.right ? under : s->document.right;
	if (most_left + most_right > PAGE + 4)
		end_display(s);
	if (!s->document.display) {
		most_left = over;
		most_right = under;
	}
	s->document.left = most_left;
	s->document.right = most_right;
	put_row(s, arena_printf(a, wide ? "& %s%s%s %s%s%s" : "%s%s&%s %s%s%s", left,
		wide ? newline : " ", sign, right, apart ? newline : "", more));
}

static char *
set_tree(Mdx *s, Arena *a, const Tree *t, Decl *given)
{
	return latex_lines(a, latex_notation(s, a, t, t, given), LINE, newline);
}

static char *
inline_tree(Mdx *s, Arena *a, const Tree *t)
{
	return print_tree(a, latex_notation(s, a, t, t, NULL), STYLE_LATEX);
}

/* ---- comments */

/* A paragraph of comment lines. */
static void
put_comment(Mdx *s, Arena *a, const Text *t)
{
	if (t->n == 0)
		return;
	Text out = text_new(a);
	latex_words(s, &out, t->s, t->n);
	put_paragraph(s, out.s);
}

/* A short comment on the line of a statement stands beside its display. */
static size_t
put_remark(Mdx *s, Arena *a, const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	while (p < end && (*p == ' ' || *p == '\t' || *p == ';'))
		p++;
	if (p == end || *p != '#' || !s->document.display || s->document.right == 0)
		return 0;
	const char *nl = memchr(p, '\n', (size_t)(end - p));
	const char *stop = nl ? nl : end;
	while (p < stop && strchr("#! \t", *p))
		p++;
	if (p == stop || stop - p > REMARK || s->document.left + s->document.right + (stop - p) > PAGE)
		return 0;
	Text out = text_new(a);
	text_add(&out, " \\qquad\\text{");
	latex_words(s, &out, p, (size_t)(stop - p));
	text_add(&out, "}");
	put(s, out.s);
	return (size_t)(stop - text);
}

/* A comment without its sign, and without the rules that people draw around headings. */
static const char *
without_rule(const char *text, const char **end)
{
	while (text < *end && strchr("#! \t", *text))
		text++;
	const char *rule = text + strspn(text, "-=*~#");
	if (rule >= text + 3 && rule <= *end)
		for (text = rule; text < *end && *text == ' ';)
			text++;
	const char *last = *end;
	while (last > text && strchr("-=*~# \t\r", last[-1]))
		last--;
	if (*end - last > 3)
		*end = last;
	return text;
}

/* The comments at the beginning of a text; what is no comment, blank or ; ends them. */
void
document_prose(Mdx *s, Arena *a, const char *text, size_t len)
{
	size_t remark = put_remark(s, a, text, len);
	text += remark;
	len -= remark;
	Text t = text_new(a);
	int lines = 0;          /* ends since the last comment */
	for (const char *end = text + len; text < end;) {
		/* what a script should say, as in mdx's own tests, is no comment */
		if (*text == '#' && text + 1 < end && text[1] == '>') {
			const char *nl = memchr(text, '\n', (size_t)(end - text));
			text = nl ? nl : end;
		} else if (*text == '#') {
			const char *nl = memchr(text, '\n', (size_t)(end - text));
			const char *stop = nl ? nl : end;
			text = without_rule(text, &stop);
			if (lines > 1 || text == stop) {
				put_comment(s, a, &t);
				t = text_new(a);
			}
			text_add(&t, t.n > 0 ? "\n" : "");
			text_addn(&t, text, (size_t)(stop - text));
			lines = 0;
			text = nl ? nl : end;
		} else if (*text == '\n' || isspace((unsigned char)*text) || *text == ';') {
			lines += *text == '\n';
			text++;
		} else {
			break;
		}
	}
	put_comment(s, a, &t);
}

/* ---- statements that run quietly */

typedef struct Catch { MdxOutput to; Text text; } Catch;

static void
catch_output(void *ctx, bool err, const char *text, size_t len)
{
	Catch *c = ctx;
	if (err)
		c->to.write(c->to.ctx, true, text, len);
	else
		text_addn(&c->text, text, len);
}

/* Runs a statement; *said: what it printed. */
static MdxStatus
run(Mdx *s, Arena *a, Stmt *st, const char **said)
{
	Catch c = {s->out, text_new(a)};
	Style style = s->style;
	MdxStatus volatile status = MDX_ERROR;
	bool picture = st->kind == ST_COMMAND && strcmp(st->word, "graph") == 0, terminal = s->terminal;
	int width = s->width;
	Trap t;
	s->out = (MdxOutput){&c, catch_output};
	s->style = STYLE_ASCII;
	s->terminal = false;
	s->width = picture ? PICTURE : width;
	bool good = TRY(&t, a);
	if (good) {
		status = session_statement(s, a, st);
		trap_end(&t);
	}
	s->out = c.to;
	s->terminal = terminal;
	if (picture)
		s->width = width;
	if (s->style == STYLE_ASCII)
		s->style = style;
	if (!good)
		raise_diag(a, &t.diag);
	*said = c.text.s ? c.text.s : "";
	return status;
}

/* `  taking W : m x n`: with W of its space */
static const char *
taken(Arena *a, const char *said)
{
	const char *line = strstr(said, "  taking ");
	Text t = text_new(a);
	if (!line)
		return "";
	line += strlen("  taking ");
	text_add(&t, "\\quad\\text{with ");
	bool good = latex_spaces(&t, arena_strndup(a, line, strcspn(line, "\n")));
	text_add(&t, "}");
	return good ? t.s : "";
}

/* ---- statements */

/* Let W be a matrix of its space, ... */
static void
put_variables(Mdx *s, Arena *a, const Stmt *st)
{
	Text t = text_new(a);
	text_add(&t, "Let ");
	for (const Decl *d = st->decls; d; d = d->next) {
		text_add(&t, d == st->decls ? "" : d->next ? ", " : " and ");
		Text shape = text_new(a);
		for (int i = 0; i < d->ndim; i++)
			text_addf(&shape, "%s%s", i ? " x " : "", print_tree(a, d->dim[i], STYLE_ASCII));
		latex_variable(&t, d->name, d->ndim ? shape.s : "scalar", d->props);
	}
	text_add(&t, ".");
	put_paragraph(s, t.s);
}

static void
put_functions(Mdx *s, Arena *a, const Stmt *st)
{
	Text t = text_new(a);
	bool one = !st->decls->next, scalar = strcmp(st->name, "scalar") == 0;
	text_add(&t, "Let ");
	for (const Decl *d = st->decls; d; d = d->next) {
		text_add(&t, d == st->decls ? "$" : d->next ? ", $" : " and $");
		latex_operator(&t, d->name);
		text_add(&t, "$");
	}
	text_addf(&t, " be %s%s%s.", one ? "a " : "", scalar ? "scalar-valued " : "",
		scalar ? (one ? "function" : "functions")
		: one  ? "function that is applied to each entry"
			   : "functions that are applied to each entry");
	put_paragraph(s, t.s);
}

/* a matrix of numbers, if it is not too large to be shown */
static const char *
set_numbers(const Mdx *s, Arena *a, const Tensor *x)
{
	Text t = text_new(a);
	if (x->nax > 2 || x->size > ENTRIES)
		return NULL;
	latex_tensor(&t, x, s->digits);
	return t.s;
}

static MdxStatus
document_definition(Mdx *s, Arena *a, Stmt *st)
{
	const char *said;
	MdxStatus status = run(s, a, st, &said);
	const Entry *e = session_find(s, st->name);
	Text name = text_new(a);
	latex_name(&name, st->name);
	if (e && e->kind == NAME_VAR && e->value) {
		const char *numbers = set_numbers(s, a, e->value);
		if (numbers) {
			put_equation(s, a, name.s, "=", numbers, "");
		} else {
			Text space = text_new(a);
			latex_space(
				&space, arena_printf(a, "%ld x %ld", e->value->dim[0], e->value->dim[1]), false);
			put_equation(s, a, name.s, "\\in", space.s, "\\text{, numbers}");
		}
		return status;
	}
	Elab *el = elab_new(s, a, dims_new(a));
	const char *shape = term_shape(a, elab_expr(el, st->expr)), *by = strstr(shape, " x ");
	Text more = text_new(a);
	if (strcmp(shape, "scalar") != 0 && (!by || by + 1 == strrchr(shape, 'x'))) {
		text_add(&more, " \\in ");
		latex_space(&more, shape, false);
	}
	text_add(&more, taken(a, said));
	put_equation(s, a, name.s, "=", set_tree(s, a, st->expr, NULL), more.s);
	return status;
}

static MdxStatus
document_function(Mdx *s, Arena *a, Stmt *st)
{
	const char *said;
	MdxStatus status = run(s, a, st, &said);
	Text left = text_new(a);
	latex_operator(&left, st->name);
	for (int i = 0; i < st->narg; i++) {
		text_add(&left, i ? ", " : "(");
		latex_name(&left, st->arg[i]->name);
	}
	text_add(&left, ")");
	put_equation(s, a, left.s, "=", set_tree(s, a, st->expr, NULL), "");
	return status;
}

/* expr = its numbers */
static MdxStatus
document_value(Mdx *s, Arena *a, Stmt *st)
{
	Tensor *x = value_eval(s, a, st->expr);
	const char *numbers = set_numbers(s, a, x);
	if (numbers && !st->quiet)
		put_equation(s, a, inline_tree(s, a, st->expr), "=", numbers, "");
	return MDX_OK;
}

/* expr = what mdx answers */
static MdxStatus
document_answer(Mdx *s, Arena *a, Stmt *st, Node *(*pass)(Graph *, Node *))
{
	if (value_wanted(s, st->expr))
		return document_value(s, a, st);
	Elab *e;
	Term *term;
	Formula f = session_formula(s, a, st->expr, pass, &term, &e);
	session_keep(s, a, f.nindex ? st->expr : f.tree);
	if (st->quiet)
		return MDX_OK;
	define_taken(s, a, e);
	const char *left = inline_tree(s, a, st->expr);
	const char *right = latex_formula(s, a, &f, LINE, newline);
	if (strcmp(left, right) == 0)
		put_equation(s, a, "", "", left, "");
	else
		put_equation(s, a, left, "=", right, "");
	return MDX_OK;
}

/* ---- checks */

static void
put_given(Text *t, const Decl *given)
{
	text_add(t, "\\quad\\text{for ");
	for (const Decl *d = given; d; d = d->next) {
		text_add(t, d == given ? "$" : d->next ? ", $" : " and $");
		if (d->eq) {
			text_add(t, print_tree(t->a, d->eq, STYLE_LATEX));
			text_add(t, "$");
			continue;
		}
		latex_name(t, d->name);
		text_add(t, "$");
		latex_properties(t, d->props);
		if (d->props & P_POSITIVE)
			text_add(t, " positive");
	}
	text_add(t, "}");
}

/* The lines of an explanation as one sentence: "...; the right side should be ...". */
static const char *
sentence(Arena *a, const char *text)
{
	Text t = text_new(a);
	for (const char *line = text; *line;) {
		size_t n = strcspn(line, "\n"), blank = strspn(line, " ");
		bool goes_on = strncmp(line + blank, "where ", 6) == 0 ||
			(t.n > 2 && strcmp(t.s + t.n - 3, " be") == 0);
		text_add(&t, t.n == 0 ? "" : goes_on ? " " : "; ");
		text_addn(&t, line + blank, n - blank);
		line += n + (line[n] == '\n');
	}
	text_add(&t, t.n > 0 ? "." : "");
	return t.n ? t.s : "";
}

static MdxStatus
document_check(Mdx *s, Arena *a, Stmt *st)
{
	static const char *const sign[] = {
		[VERDICT_TRUE] = "=", [VERDICT_FALSE] = "\\neq", [VERDICT_UNKNOWN] = "\\stackrel{?}{=}",
	};
	CheckResult r = check_identity(s, a, st);
	Text more = text_new(a), words = text_new(a);
	const Tree *t = latex_notation(s, a, st->expr, st->expr, st->decls), *eq = t;
	while (eq->kind == TREE_WHERE)
		eq = eq->kid[0];
	text_add(&more, "");
	if (st->decls)
		put_given(&more, st->decls);
	for (int i = 1; t->kind == TREE_WHERE && i < t->n; i++)
		text_addf(&more, "%s%s", i > 1 ? ",\\; " : "\\quad\\text{where } ",
			print_tree(a, t->kid[i], STYLE_LATEX));
	if (r.verdict == VERDICT_TRUE)
		text_add(&more, " \\quad\\checkmark");
	for (int i = 1; i < eq->n; i++) {
		const char *left = i == 1 ? print_tree(a, eq->kid[0], STYLE_LATEX) : "";
		/* in a chain that fails nobody knows here which step did: the words say so */
		const char *equals =
			eq->n > 2 && r.verdict == VERDICT_FALSE ? "\\stackrel{?}{=}" : sign[r.verdict];
		put_equation(s, a, left, equals,
			latex_lines(a, eq->kid[i], LINE, newline), i == eq->n - 1 ? more.s : "");
	}
	if (r.verdict == VERDICT_TRUE)
		return MDX_OK;
	const char *said = sentence(a, r.text);
	latex_words(s, &words, said, strlen(said));
	if (words.n > 0)
		words.s[0] = (char)toupper((unsigned char)words.s[0]);
	put_paragraph(s, words.s);
	return MDX_FALSE;
}

/* ---- the others */

/* What a statement prints, as it stands; signs beyond ASCII have no place in it. */
static MdxStatus
document_printed(Mdx *s, Arena *a, Stmt *st)
{
	const char *said;
	MdxStatus status = run(s, a, st, &said);
	if (!*said)
		return status;
	Text t = text_new(a);
	for (const char *p = said; *p; p++) {
		if (!(*p & 0x80))
			text_addn(&t, p, 1);
		else if ((*p & 0xc0) == 0xc0)
			text_add(&t, "?");
	}
	put_paragraph(s, arena_printf(a, "\\begin{verbatim}\n%s\\end{verbatim}", t.s));
	return status;
}

static MdxStatus
document_command(Mdx *s, Arena *a, Stmt *st)
{
	const char *word = st->word, *said;
	if (strcmp(word, "eval") == 0)
		return document_value(s, a, st);
	if (strcmp(word, "expand") == 0)
		return document_answer(s, a, st, expand);
	if (strcmp(word, "simplify") == 0)
		return document_answer(s, a, st, simplify_all);
	if (strcmp(word, "derive") == 0) {
		const Derivation *rows = derivation(s, a, st);
		put_paragraph(s, latex_derivation(s, a, rows));
		return rows->claim == VERDICT_TRUE ? MDX_OK : MDX_FALSE;
	}
	if (strcmp(word, "tex") == 0 && st->narg == 1 && st->arg[0]->kind == TREE_STR) {
		Stmt inner = *st;
		inner.expr = tex_read(s, a, st->arg[0]);
		return inner.expr->kind == TREE_EQ ? document_check(s, a, &inner) :
			document_answer(s, a, &inner, NULL);
	}
	if (strcmp(word, "latex") == 0) {
		MdxStatus status = run(s, a, st, &said);
		bool text = strstr(said, "\\begin{align*}") != NULL;
		put_paragraph(s, text ? said : arena_printf(a, "\\[\n%s\\]", said));
		return status;
	}
	if (strcmp(word, "source") == 0 || strcmp(word, "quit") == 0 || strcmp(word, "exit") == 0)
		return session_statement(s, a, st);
	if (strcmp(word, "help") == 0 || st->redirect)
		return run(s, a, st, &said);
	return document_printed(s, a, st);
}

MdxStatus
document_statement(Mdx *s, Arena *a, Stmt *st)
{
	const char *said;
	MdxStatus status;
	switch (st->kind) {
	case ST_EMPTY:
		return MDX_OK;
	case ST_VAR:
		status = run(s, a, st, &said);
		put_variables(s, a, st);
		return status;
	case ST_FUN:
		status = run(s, a, st, &said);
		put_functions(s, a, st);
		return status;
	case ST_DEFINE:
		return document_definition(s, a, st);
	case ST_FUNCTION:
		return document_function(s, a, st);
	case ST_EXPR:
		return document_answer(s, a, st, NULL);
	case ST_CHECK:
		return document_check(s, a, st);
	case ST_COMMAND:
		return document_command(s, a, st);
	}
	return MDX_OK;
}

/* ---- the document */

/* Begins a document; everything that is run until the end goes into it. title: NULL for none. */
bool
mdx_document_begin(Mdx *s, const char *title)
{
	Arena *a = arena_new();
	Trap t;
	bool good = false;
	if (!a)
		return false;
	put(s, "\\documentclass[11pt]{article}\n"
		"\\usepackage{amsmath,amssymb}\n"
		"\\usepackage[margin=25mm]{geometry}\n"
		"\\allowdisplaybreaks\n"
		"\\emergencystretch=2em\n"
		"\\setlength{\\parindent}{0pt}\n"
		"\\setlength{\\parskip}{0.5\\baselineskip}\n");
	if (TRY(&t, a)) {
		Text out = text_new(a);
		const char *slash = title ? strrchr(title, '/') : NULL;
		const char *base = slash ? slash + 1 : title ? title : "";
		char *name = arena_strndup(a, base, strcspn(base, "."));
		for (char *p = name; *p; p++)
			*p = *p == '_' ? ' ' : *p;
		*name = (char)toupper((unsigned char)*name);
		text_add(&out, "\\begin{document}\n");
		if (*name) {
			text_add(&out, "\\begin{center}\\Large ");
			latex_text(&out, name, strlen(name));
			text_add(&out, "\\end{center}\n");
		}
		trap_end(&t);
		put(s, out.s);
		s->document.on = good = true;
	}
	arena_free(a);
	return good;
}

void
mdx_document_end(Mdx *s)
{
	if (!s->document.on)
		return;
	end_display(s);
	put(s, "\n\\end{document}\n");
	s->document.on = false;
}
