/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * latex_words.c: prose in LaTeX. Comments of scripts and the words of derivations speak of
 * formulas in mdx: `the residual b = W'*W*x - x`. What reads as one, and whose names are known or
 * letters, is set as one; the rest is text.
 */
#include "latex.h"

#include <ctype.h>
#include <string.h>

typedef struct Words { Mdx *s; Arena *a; const char **beg, **end; int n, cap; } Words;

/* ---- formulas among words */

static bool
is_letter_name(const char *s)
{
	size_t n = 1;
	while ((s[n] & 0xc0) == 0x80)
		n++;
	if (!isalpha((unsigned char)*s) && !(*s & 0x80))
		return false;
	while (isdigit((unsigned char)s[n]) || s[n] == '_' || (s[n] & 0x80))
		n++;
	return !s[n];
}

/* Whether all names are such as stand in formulas. calls: some function is called. */
static bool
is_formal(const Words *w, const Tree *t)
{
	int from = 0;
	if (t->kind == TREE_STR || t->kind == TREE_LAST)
		return false;
	if (t->kind == TREE_CALL) {
		const char *f = t->kid[0]->name;
		if (!fun_find(f) && !session_find(w->s, f) && !is_letter_name(f))
			return false;
		from = 1;
	}
	if (t->kind == TREE_NAME)
		return is_letter_name(t->name) || session_find(w->s, t->name) ||
			latex_greek(t->name, strlen(t->name));
	for (int i = from; i < t->n; i++)
		if (!is_formal(w, t->kid[i]))
			return false;
	return true;
}

/* A single name: a word of English unless the session knows it. */
static bool
is_word(const Words *w, const Tree *t)
{
	if (t->kind == TREE_NUM)
		return rat_sign(t->num) >= 0;
	while (t->kind == TREE_NEG || t->kind == TREE_POS)
		t = t->kid[0];
	if (t->kind != TREE_NAME)
		return false;
	/* single letters are symbols, but for the articles */
	bool article =
		strcmp(t->name, "a") == 0 || strcmp(t->name, "A") == 0 || strcmp(t->name, "I") == 0;
	return article || (!is_letter_name(t->name) && !session_find(w->s, t->name));
}

static Tree *
read_part(const Words *w, const char *s, size_t n)
{
	Trap t;
	const char *dashes = strstr(arena_strndup(w->a, s, n), "--");
	if (n == 0 || memchr(s, '\n', n) || dashes)
		return NULL;
	if (TRY(&t, w->a)) {
		Tree *e = parse_expr(w->a, NULL, arena_strndup(w->a, s, n));
		trap_end(&t);
		return is_formal(w, e) ? e : NULL;
	}
	if (t.diag.interrupted)
		raise_diag(w->a, &t.diag);
	return NULL;
}

/* The formula that the text is: an expression, or two with a sign between them; NULL: it is none.
 */
static const char *
read_formula(const Words *w, const char *s, size_t n)
{
	static const struct { const char *sign, *tex; } signs[] = {
		{" == ", " = "}, {" = ", " = "}, {" > ", " > "}, {" < ", " < "}, {" >= ", " \\ge "},
		{" <= ", " \\le "},
	};
	Text out = text_new(w->a);
	s = arena_strndup(w->a, s, n);
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		const char *at = strstr(s, signs[i].sign);
		if (!at)
			continue;
		size_t left = (size_t)(at - s), over = left + strlen(signs[i].sign);
		const Tree *x = read_part(w, s, left), *y = read_part(w, s + over, n - over);
		if (!x || !y)
			return NULL;
		latex_tree(&out, latex_notation(w->s, w->a, x, x, NULL), LEVEL_SUM);
		text_add(&out, signs[i].tex);
		latex_tree(&out, latex_notation(w->s, w->a, y, y, NULL), LEVEL_SUM);
		return out.s;
	}
	const Tree *x = read_part(w, s, n);
	if (!x || is_word(w, x))
		return NULL;
	latex_tree(&out, latex_notation(w->s, w->a, x, x, NULL), LEVEL_SUM);
	return out.s;
}

/* ---- words */

/* Sentences end in what is no part of a formula. */
static const char *
without_punctuation(const char *beg, const char *end)
{
	while (end > beg && strchr(".,;:!?", end[-1]))
		end--;
	return end;
}

static void
split(Words *w, const char *s, size_t n)
{
	int cap = 0;
	for (const char *p = s, *end = s + n; p < end;) {
		while (p < end && isspace((unsigned char)*p))
			p++;
		const char *from = p;
		while (p < end && !isspace((unsigned char)*p))
			p++;
		if (p == from)
			break;
		if (w->n == cap) {
			int cap2 = cap;
			w->beg = arena_grow(w->a, w->beg, &cap, sizeof *w->beg);
			w->end = arena_grow(w->a, w->end, &cap2, sizeof *w->end);
		}
		w->beg[w->n] = from;
		w->end[w->n++] = p;
	}
}

/* The longest formula that begins with word i; *last: its last word. An opening bracket before it
   is the sentence's. */
static const char *
formula_at(const Words *w, int i, int *last, const char **beg, const char **end)
{
	enum { WORDS = 14 };
	*beg = w->beg[i];
	if (!isalnum((unsigned char)**beg) && !strchr("-([|", **beg) && !(**beg & 0x80))
		return NULL;
	for (int pass = 0; pass < 2; pass++, *beg += **beg == '(') {
		int k = i + WORDS < w->n ? i + WORDS : w->n;
		while (--k >= i) {
			*end = without_punctuation(w->beg[k], w->end[k]);
			const char *tex = *end > *beg ? read_formula(w, *beg, (size_t)(*end - *beg)) : NULL;
			if (!tex && *end > *beg && (*end)[-1] == ')')
				tex = read_formula(w, *beg, (size_t)(--*end - *beg));
			*last = k;
			if (tex)
				return tex;
		}
		if (**beg != '(')
			break;
	}
	/* within a sentence an A is no article */
	*last = i;
	*beg = w->beg[i];
	*end = without_punctuation(w->beg[i], w->end[i]);
	return i > 0 && *end == *beg + 1 && **beg == 'A' && !strchr(".:!?", w->end[i - 1][-1]) ? "A" :
		NULL;
}

/* m x n: words i to i + 2 */
static bool
put_shape(const Words *w, Text *out, int i)
{
	if (i + 2 >= w->n || w->end[i + 1] - w->beg[i + 1] != 1 || *w->beg[i + 1] != 'x')
		return false;
	const char *from = w->beg[i] + (*w->beg[i] == '('), *end = w->end[i + 2];
	while (end > w->beg[i + 2] && strchr(".,;:)", end[-1]))
		end--;
	const Tree *m = read_part(w, from, (size_t)(w->end[i] - from)),
		*n = read_part(w, w->beg[i + 2], (size_t)(end - w->beg[i + 2]));
	if (!m || !n)
		return false;
	text_addf(out, "%s$", from > w->beg[i] ? "(" : "");
	latex_tree(out, m, LEVEL_PRODUCT);
	text_add(out, " \\times ");
	latex_tree(out, n, LEVEL_PRODUCT);
	text_add(out, "$");
	text_addn(out, end, (size_t)(w->end[i + 2] - end));
	return true;
}

/* "..." becomes ``...'' */
static void
put_plain(Text *out, const char *s, size_t n)
{
	for (const char *end = s + n; s < end;) {
		size_t k = strcspn(s, "\"!?");
		k = k < (size_t)(end - s) ? k : (size_t)(end - s);
		latex_text(out, s, k);
		s += k;
		if (s < end && *s != '"') {
			text_addf(out, "%c{}", *s++);   /* !` is another sign */
		} else if (s < end) {
			text_add(out, out->n == 0 || strchr(" (", out->s[out->n - 1]) ? "``" : "''");
			s++;
		}
	}
}

void
latex_words(Mdx *s, Text *out, const char *text, size_t n)
{
	Words w = {.s = s, .a = out->a};
	split(&w, text, n);
	for (int i = 0; i < w.n; i++) {
		const char *beg, *end;
		int last;
		const char *tex = formula_at(&w, i, &last, &beg, &end);
		text_add(out, i > 0 ? " " : "");
		if (put_shape(&w, out, i)) {
			i += 2;
			continue;
		}
		if (!tex) {
			put_plain(out, w.beg[i], (size_t)(w.end[i] - w.beg[i]));
			continue;
		}
		put_plain(out, w.beg[i], (size_t)(beg - w.beg[i]));
		text_addf(out, "$%s$", tex);
		put_plain(out, end, (size_t)(w.end[last] - end));
		i = last;
	}
}
