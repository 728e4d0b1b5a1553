/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * complete.c: what a word under construction may become: statement words, functions, the session's
 * names, settings, properties, by its place in the line. Reads the tables; called by the REPL.
 */
#include "core.h"

#include <stdlib.h>
#include <string.h>

typedef struct Words {
	char **word;
	size_t n, cap;
	const char *prefix;
	size_t len;
	bool failed;
} Words;

/* Adds a word that begins as the line does, once. */
static void
offer(Words *w, const char *word, size_t n)
{
	if (n < w->len || strncmp(word, w->prefix, w->len) != 0)
		return;
	for (size_t i = 0; i < w->n; i++) {
		if (strlen(w->word[i]) == n && memcmp(w->word[i], word, n) == 0)
			return;
	}
	if (w->n + 2 > w->cap) {
		size_t cap = w->cap ? 2 * w->cap : 64;
		char **more = realloc(w->word, cap * sizeof *more);
		if (!more) {
			w->failed = true;
			return;
		}
		w->word = more;
		w->cap = cap;
	}
	char *copy = strndup(word, n);
	if (!copy) {
		w->failed = true;
		return;
	}
	w->word[w->n++] = copy;
	w->word[w->n] = NULL;
}

/* words apart by a separator */
static void
offer_list(Words *w, const char *list, char separator)
{
	const char apart[2] = {separator, '\0'};
	while (*list) {
		size_t n = strcspn(list, apart);
		offer(w, list, n);
		list += n + (list[n] != '\0');
	}
}

static void
offer_functions(Words *w)
{
	for (int i = 0; i < F_COUNT; i++) {
		if (fun_table[i].max > 0) {
			offer(w, fun_table[i].name, strlen(fun_table[i].name));
			offer_list(w, fun_table[i].aliases, ' ');
		}
	}
}

static void
offer_statements(Words *w)
{
	for (int i = 0; cmd_at(i); i++)
		offer(w, cmd_at(i)->word, strlen(cmd_at(i)->word));
}

static void
offer_names(Words *w, const Mdx *s)
{
	for (int i = 0; i < s->nentry; i++)
		offer(w, s->entry[i]->name, strlen(s->entry[i]->name));
}

static void
offer_properties(Words *w)
{
#define X(bit, id, word) offer(w, word, strlen(word));
	PROPS(X)
#undef X
}

static bool
in_name(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(unsigned char)c >= 0x80;
}

static bool
is_word(const char *beg, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(beg, word, n) == 0;
}

/* The statement that the point is in: from behind the last ; outside of strings and brackets. In
   a string: NULL. */
static const char *
statement_at(const char *line, const char *point)
{
	const char *beg = line;
	bool string = false;
	int depth = 0;
	for (const char *p = line; p < point; p++) {
		if (*p == '"')
			string = !string;
		if (string)
			continue;
		depth += (*p == '(' || *p == '[') - (*p == ')' || *p == ']');
		if (*p == ';' && depth <= 0)
			beg = p + 1;
	}
	return string ? NULL : beg + strspn(beg, " \t");
}

char **
mdx_complete(Mdx *s, const char *line, size_t point)
{
	const char *end = line + point, *beg = end, *st = statement_at(line, end), *values = NULL;
	if (!st)
		return NULL;
	while (beg > st && in_name(beg[-1]))
		beg--;
	char *prefix = strndup(beg, (size_t)(end - beg));
	if (!prefix)
		return NULL;
	Words w = {.prefix = prefix, .len = (size_t)(end - beg)};

	size_t nword = strcspn(st, " \t(=");
	bool first = beg == st;
	const char *second = st + nword + strspn(st + nword, " \t");
	if (first) {
		offer_statements(&w);
		offer_names(&w, s);
		offer_functions(&w);
	} else if (is_word(st, nword, "help")) {
		offer_functions(&w);
		offer_statements(&w);
		for (int i = 0; help_topic(i); i++)
			offer(&w, help_topic(i), strlen(help_topic(i)));
	} else if (is_word(st, nword, "set") && beg == second) {
		for (int i = 0; set_name(i, NULL); i++)
			offer(&w, set_name(i, NULL), strlen(set_name(i, NULL)));
	} else if (is_word(st, nword, "set")) {
		for (int i = 0; set_name(i, &values); i++) {
			if (is_word(second, strcspn(second, " \t"), set_name(i, NULL)) && strchr(values, '|'))
				offer_list(&w, values, '|');
		}
	} else if (is_word(st, nword, "clear")) {
		offer_names(&w, s);
	} else if (is_word(st, nword, "fun")) {
		offer_list(&w, "scalar elementwise", ' ');
	} else {
		if (is_word(st, nword, "var"))
			offer_properties(&w);
		else
			offer_functions(&w);
		offer_names(&w, s);
		if (is_word(st, nword, "check")) {
			offer_list(&w, "given where", ' ');
			offer_properties(&w);
		}
	}
	free(prefix);
	return w.word;
}
