/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * token.c: the scanner's tokens to those of the grammar. Here is what depends on the
 * surroundings of a token: whether a line end ends the statement, whether a blank separates
 * elements of a matrix, which bracket closes which, the statement words, ^T, phi'(z),
 * d(l)/d(W). Tokens are read ahead as far as that takes.
 */
#include <stdlib.h>
#include <string.h>

#include "parser.h"

/* ---- the queue of tokens read ahead */

bool
token_after_tex(const Parser *p, int at)
{
	const char *s = p->text;
	while (at > 0 && (s[at - 1] == ' ' || s[at - 1] == '\t'))
		at--;
	if (at < 3 || memcmp(s + at - 3, "tex", 3) != 0)
		return false;
	for (at -= 3; at > 0 && (s[at - 1] == ' ' || s[at - 1] == '\t');)
		at--;
	return at == 0 || s[at - 1] == '\n' || s[at - 1] == ';';
}

/* Whether only blanks and a comment stand at s: a \ before them is that of a line that goes on
   where the text does not. */
static bool
text_ends(const Parser *p, const char *s)
{
	const char *end = p->text + p->len;
	while (s < end && (*s == ' ' || *s == '\t' || *s == '\r'))
		s++;
	return s == end || (*s == '#' && !memchr(s, '\n', (size_t)(end - s)));
}

static void
read_token(Parser *p)
{
	if (p->nqueue == p->cap_queue) {
		int cap = p->cap_queue ? 2 * p->cap_queue : 64;
		Token *q = realloc(p->queue, (size_t)cap * sizeof *q);
		if (!q)
			raise_at(p->a, (Loc){0}, "out of memory");
		p->queue = q;
		p->cap_queue = cap;
	}
	Token t = {0};
	p->blank = p->cont = false;
	t.kind = scan_token(p, &t.beg, &t.end);
	t.bol = p->bol;
	t.line = p->line;
	t.blank = p->blank;
	t.cont = p->cont;
	if (t.kind == TOK_LDIV && text_ends(p, p->text + t.end)) {
		t.kind = TOK_END;
		t.cont = true;
		t.beg = t.end = p->len;
	}
	if (t.kind == TOK_NEWLINE) {
		p->line++;
		p->bol = t.end;
	}
	for (int i = t.beg; t.kind == TOK_STR && i < t.end; i++)
		if (p->text[i] == '\n') {
			p->line++;
			p->bol = i + 1;
		}
	p->queue[p->nqueue++] = t;
}

/* The k-th token ahead. The end of the text stays at the end of the queue: Flex is not asked
   for more. */
Token
token_peek(Parser *p, int k)
{
	while (p->head + k >= p->nqueue) {
		if (p->nqueue > p->head && p->queue[p->nqueue - 1].kind == TOK_END)
			return p->queue[p->nqueue - 1];
		read_token(p);
	}
	return p->queue[p->head + k];
}

void
token_drop(Parser *p)
{
	if (++p->head == p->nqueue)
		p->head = p->nqueue = 0;
}

static Token
take(Parser *p)
{
	p->cur = token_peek(p, 0);
	if (p->cur.kind != TOK_END)
		token_drop(p);
	return p->cur;
}

/* Goes on at the beginning of a line. */
void
token_seek(Parser *p, int pos, int line)
{
	scan_seek(p, pos);
	p->head = p->nqueue = 0;
	p->bol = pos;
	p->line = line;
}

/* ---- tokens in their surroundings */

Loc
token_loc(const Parser *p, Token t)
{
	return (Loc){p->src, t.beg - p->base, t.end - p->base};
}

static bool
spells(const Parser *p, Token t, const char *word)
{
	size_t n = strlen(word);
	return (size_t)(t.end - t.beg) == n && memcmp(p->text + t.beg, word, n) == 0;
}

static Sym
name_of(const Parser *p, Token t)
{
	return spells(p, t, "∇") ? sym("grad") : symn(p->text + t.beg, (size_t)(t.end - t.beg));
}

static void
bad_token(Parser *p, Token t)
{
	const char *s = p->text + t.beg;
	int n = t.end - t.beg, len, c = utf8_decode(s, (size_t)n, &len);
	Loc loc = token_loc(p, t);
	static const struct { const char *text, *hint; } known[] = {
		{":=", "write = to define a name"}, {"**", "write ^ for a power"},
		{".\\", "write y./x for x.\\y"}, {"!=", "identities are tested with =="},
		{"~=", "identities are tested with =="},
		{"...", "a line that ends in \\ goes on on the next one"},
		{"×", "write * for a product"}, {"÷", "write / for a quotient"},
		{"√", "write sqrt(...)"}, {"|", "write abs(x), norm(x) or det(A)"},
		{"‖", "write norm(x)"}, {"∥", "write norm(x)"},
		{"{", "brackets are ( ) in expressions, [ ] around matrices"},
		{"}", "brackets are ( ) and [ ]"}, {"∑", "write sum(...)"},
		{"⊤", "write A' for the transpose"}, {"≡", "write =="}, {"“", "write \""},
		{"”", "write \""}, {"‘", "strings stand in \" \""}, {"ⁿ", "write ^n"},
		{"ⁱ", "write ^i"}, {"⁻ᵀ", "write inv(K)' or K⁻¹'"},
		{".T", "write A' for the transpose"},
		{".+", "+ adds entry by entry"}, {".-", "- subtracts entry by entry"},
		{":", "an entry is X[i,j]; row i is e(i,m)'*X, column j is X*e(j,n)"},
		{"½", "write 1/2"}, {"@", "write * for a product"},
	};

	if (*s == '"') {
		parser_fail(p, loc, NULL, "a string without its closing \"");
		p->diag.incomplete = token_after_tex(p, t.beg);
		return;
	}
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		size_t k = strlen(known[i].text);
		/* maybe beyond the token: .T */
		if (k <= (size_t)(p->len - t.beg) && memcmp(s, known[i].text, k) == 0) {
			loc.end = loc.beg + (int)k;
			parser_fail(p, loc, known[i].hint, "'%s' means nothing here", known[i].text);
			return;
		}
	}
	loc.end = loc.beg + len;
	if (c < 0)
		parser_fail(p, loc, "the text is read as UTF-8", "byte 0x%02X is no valid UTF-8",
			(unsigned char)*s);
	else if (c == 0)
		parser_fail(p, loc, NULL, "a NUL byte in the text");
	else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		parser_fail(p, loc, NULL, "a control character, U+%04X", (unsigned)c);
	else if (c < 0x80)
		parser_fail(p, loc, NULL, "'%.*s' means nothing here", n, s);
	else
		parser_fail(p, loc, NULL, "'%.*s' (U+%04X) means nothing here", len, s, (unsigned)c);
}

static void
push_open(Parser *p, int kind, bool d, Loc loc)
{
	if (p->nopen == p->cap_open) {
		int cap = p->cap_open ? 2 * p->cap_open : 32;
		Open *o = realloc(p->open, (size_t)cap * sizeof *o);
		if (!o)
			raise_at(p->a, (Loc){0}, "out of memory");
		p->open = o;
		p->cap_open = cap;
	}
	p->open[p->nopen++] = (Open){(char)kind, d, loc};
}

/* the kind of the innermost open bracket (see Open), or 0 */
static int
innermost(const Parser *p)
{
	return p->nopen ? p->open[p->nopen - 1].kind : 0;
}

/* false: it closes nothing */
static bool
close_bracket(Parser *p, Token t)
{
	Loc loc = token_loc(p, t);
	int open = innermost(p);
	if (open && (open == '(') == (t.kind == ')')) {
		p->by_d = p->open[--p->nopen].d;
		return true;
	}
	parser_fail(p, loc, NULL, open ? "'%c' does not close the bracket that is open" :
		"'%c' without a bracket to close", t.kind);
	if (open) {
		p->diag.loc2 = p->open[p->nopen - 1].loc;
		p->diag.msg2 = arena_printf(p->a, "this '%c'", open == '(' ? '(' : '[');
	}
	return false;
}

/* ---- statement words */

static const struct Word { const char *word; int kind; } statement_words[] = {
	{"check", TOK_CHECK}, {"var", TOK_VAR}, {"fun", TOK_FUN}, {"eval", TOK_COMMAND},
	{"derive", TOK_COMMAND}, {"shape", TOK_COMMAND}, {"graph", TOK_COMMAND},
	{"latex", TOK_COMMAND}, {"expand", TOK_COMMAND}, {"simplify", TOK_COMMAND},
	{"emit", TOK_EMIT}, {"save", TOK_SAVE}, {"source", TOK_FILES}, {"tex", TOK_FILES},
	{"set", TOK_WORDS}, {"seed", TOK_WORDS}, {"vars", TOK_WORDS}, {"clear", TOK_WORDS},
	{"cookbook", TOK_WORDS}, {"help", TOK_WORDS}, {"quit", TOK_WORDS}, {"exit", TOK_WORDS},
};

/* f(...) = : whether an = follows the bracket that is ahead */
static bool
defines_function(Parser *p)
{
	int depth = 0, k = 1;
	do {
		int kind = token_peek(p, k++).kind;
		depth += (kind == '(') - (kind == ')');
		if (kind == TOK_END || kind == ';')
			return false;
	} while (depth > 0);
	return token_peek(p, k).kind == '=';
}

static bool
ends_line(int kind)
{
	return kind == TOK_END || kind == TOK_NEWLINE || kind == ';';
}

/* The token kind of the statement word that begins the statement, or 0. A name that is defined,
   f = or f(..) =, is none, nor is one that an operator or an index follows. */
static int
statement_word(Parser *p)
{
	const struct Word *w = statement_words, *end = w + sizeof statement_words / sizeof *w;
	while (w < end && !spells(p, token_peek(p, 0), w->word))
		w++;
	if (w == end)
		return 0;
	Token next = token_peek(p, 1);
	bool help = strcmp(w->word, "help") == 0;
	if (next.kind == '=')
		return help && ends_line(token_peek(p, 2).kind) ? w->kind : 0;
	if (next.kind == '(' && defines_function(p))
		return 0;
	bool argument = next.kind == '+' || next.kind == '-' || next.kind == TOK_BAD ||
		token_begins_operand(next.kind);
	return help || argument || ends_line(next.kind) ? w->kind : 0;
}

/* ---- values of tokens */

static Tree *
tree_text(Parser *p, TreeKind kind, Loc loc, Sym text)
{
	Tree *t = tree_try(p->a, kind, loc, 0);
	t->name = text;
	return t;
}

/* "..." with "" for a " */
static Tree *
string(Parser *p, Token t)
{
	char *out = arena_alloc(p->a, (size_t)(t.end - t.beg)), *o = out;
	for (const char *s = p->text + t.beg + 1, *end = p->text + t.end - 1; s < end; s++) {
		s += *s == '"';
		*o++ = *s;
	}
	return tree_text(p, TREE_STR, token_loc(p, t), symn(out, (size_t)(o - out)));
}

/* ², ⁻² ... */
static Tree *
superscript(Parser *p, Token t)
{
	static const char *const digit[] = {
		"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹",
	};
	Loc loc = token_loc(p, t);
	char *out = arena_alloc(p->a, (size_t)(t.end - t.beg) + 1);
	size_t n = 0;
	for (const char *s = p->text + t.beg, *end = p->text + t.end; s < end; s++)
		for (int d = 0; d < 10; d++)
			if (strncmp(s, digit[d], strlen(digit[d])) == 0)
				out[n++] = (char)('0' + d);
	Tree *num = tree_num(p->a, loc, rat_parse(p->a, out, n));
	if (strncmp(p->text + t.beg, "⁻", strlen("⁻")) != 0)
		return num;
	return tree_try(p->a, TREE_NEG, loc, 1, num);
}

static Tree *
number(Parser *p, Token t)
{
	Rat r = rat_parse(p->a, p->text + t.beg, (size_t)(t.end - t.beg));
	return tree_num(p->a, token_loc(p, t), r);
}

static Tree *
last_result(Parser *p, Token t)
{
	Tree *u = tree_try(p->a, TREE_LAST, token_loc(p, t), 0);
	u->num = *(p->text + t.beg) == '%' && t.end > t.beg + 1 ?
		rat_parse(p->a, p->text + t.beg + 1, (size_t)(t.end - t.beg - 1)) : RAT0;
	return u;
}

/* ---- the doors */

/* behind what was read last */
Loc
token_here(const Parser *p)
{
	return (Loc){p->src, p->cur.end - p->base, p->cur.end - p->base};
}

/* What the line end ahead is: the end of the statement, the ; between rows, or nothing
   (NEWLINE; it is dropped then). */
static int
line_end(Parser *p)
{
	int open = innermost(p);
	if (open == '[') {
		while (token_peek(p, 0).kind == TOK_NEWLINE)
			token_drop(p);
		int next = token_peek(p, 0).kind;
		bool begun = p->prev != '[' && p->prev != ';' && !token_continues(p->prev);
		return begun && next != ']' && next != ';' && next != TOK_END ? ';' : TOK_NEWLINE;
	}
	if (open || token_continues(p->prev)) {
		token_drop(p);
		return TOK_NEWLINE;
	}
	return TOK_END;
}

/* In a matrix a blank separates elements, unless an operator stands there: [a -b] are two,
   [a - b] is one. */
static bool
blank_separates(Parser *p, Token t)
{
	if (!t.blank || innermost(p) != '[' || !token_ends_operand(p->prev))
		return false;
	if (t.kind != '+' && t.kind != '-')
		return token_begins_operand(t.kind);
	Token next = token_peek(p, 1);
	return !next.blank && next.kind != TOK_NEWLINE;
}

/* Whether what is ahead says how to derive, and is not what is derived: a word that a blank and
   an operand follow. before: the word or number that was read last. */
static bool
derive_word_ahead(Parser *p, Token before)
{
	Token t = token_peek(p, 0), next = token_peek(p, 1);
	bool operand = next.blank && (token_begins_operand(next.kind) || next.kind == '-');
	if (spells(p, before, "steps"))
		return t.kind == TOK_NUM && operand;
	if (spells(p, before, "latex"))
		return spells(p, t, "derive") && operand;
	if (spells(p, t, "steps")) {
		Token last = token_peek(p, 2);
		return next.kind == TOK_NUM && last.blank &&
			(token_begins_operand(last.kind) || last.kind == '-');
	}
	return operand && (spells(p, t, "differential") || spells(p, t, "check"));
}

static int
word_token(Parser *p, Token t, YYSTYPE *val, Loc *loc)
{
	p->word = p->derive && derive_word_ahead(p, t);
	val->TOK_WORD = t.kind == TOK_NUM ? number(p, t) : tree_name(p->a, *loc, name_of(p, t));
	return TOK_WORD;
}

static int
name_token(Parser *p, Token t, YYSTYPE *val, Loc *loc)
{
	if (p->word)
		return word_token(p, t, val, loc);
	if (spells(p, t, "ans") && token_peek(p, 0).kind != '(') {
		val->TOK_LAST = last_result(p, t);
		return TOK_LAST;
	}
	int primes = 0, end = t.end;
	for (; token_peek(p, primes).kind == TOK_QUOTE && token_peek(p, primes).beg == end; primes++)
		end = token_peek(p, primes).end;
	bool derivative = primes > 0 && token_peek(p, primes).kind == '(' &&
		token_peek(p, primes).beg == end;
	if (derivative) {
		loc->end = end - p->base;
		for (int i = 0; i < primes; i++)
			take(p);
	}
	Tree *u = tree_name(p->a, *loc, name_of(p, t));
	p->name_d = spells(p, t, "d");
	if (!derivative) {
		val->TOK_NAME = u;
		return TOK_NAME;
	}
	u->prime = primes;
	val->TOK_PRIMED = u;
	return TOK_PRIMED;
}

/* /∂ and the /d( that follows a d(...) are one token */
static int
slash_token(Parser *p, Loc *loc)
{
	if (token_peek(p, 0).kind == TOK_PARTIAL) {
		loc->end = take(p).end - p->base;
		return TOK_BYPARTIAL;
	}
	if (p->prev == ')' && p->by_d && spells(p, token_peek(p, 0), "d") &&
		token_peek(p, 1).kind == '(' && token_peek(p, 0).end == token_peek(p, 1).beg) {
		take(p);
		Token open = take(p);
		loc->end = open.end - p->base;
		push_open(p, '(', false, token_loc(p, open));
		return TOK_BYD;
	}
	return '/';
}

/* After help every token is a word. */
static int
help_token(Parser *p, YYSTYPE *val, Loc *loc)
{
	Token t = take(p);
	*loc = token_loc(p, t);
	if (t.kind == TOK_NAME) {
		val->TOK_NAME = tree_name(p->a, *loc, name_of(p, t));
		return TOK_NAME;
	}
	if (t.kind == TOK_BAD) {
		bad_token(p, t);
		return -1;
	}
	val->TOK_STR = t.kind == TOK_STR ? string(p, t) :
		tree_text(p, TREE_STR, *loc, symn(p->text + t.beg, (size_t)(t.end - t.beg)));
	return TOK_STR;
}

/* The next token for the grammar, with its value and place; -1 after an error, which is
   recorded. */
int
token_next(Parser *p, YYSTYPE *val, Loc *loc)
{
	Token ahead = token_peek(p, 0);
	while (ahead.kind == TOK_NEWLINE) {
		int kind = p->help ? TOK_END : line_end(p);
		if (kind != TOK_NEWLINE) {
			*loc = token_here(p);
			return kind;
		}
		ahead = token_peek(p, 0);
	}
	if (ahead.kind == TOK_END) {
		p->unfinished = p->nopen > 0 || token_continues(p->prev) || ahead.cont;
		*loc = token_here(p);
		if (ahead.cont && !token_continues(p->prev) && p->nopen == 0) {
			parser_fail(p, *loc, NULL, "the last line ends in \\, which goes on on the next one");
			p->diag.incomplete = true;
			return -1;
		}
		return TOK_END;
	}
	if (ahead.kind == ';' && (p->nopen == 0 || p->help)) {
		Token t = take(p);
		*loc = token_loc(p, t);
		p->stmt->quiet = true;
		return TOK_END;
	}
	if (p->help)
		return help_token(p, val, loc);
	if (blank_separates(p, ahead)) {
		*loc = (Loc){p->src, ahead.beg - p->base, ahead.beg - p->base};
		return ',';
	}

	Token t = take(p);
	*loc = token_loc(p, t);
	switch (t.kind) {
	case TOK_BAD:
		bad_token(p, t);
		return -1;
	case TOK_NUM:
		if (p->word)
			return word_token(p, t, val, loc);
		val->TOK_NUM = number(p, t);
		return TOK_NUM;
	case TOK_NAME:
		return name_token(p, t, val, loc);
	case TOK_STR:
		val->TOK_STR = string(p, t);
		return TOK_STR;
	case TOK_LAST:
		val->TOK_LAST = last_result(p, t);
		return TOK_LAST;
	case TOK_SUPER:
		if (spells(p, t, "⁻¹"))
			return TOK_INV;
		val->TOK_SUPER = superscript(p, t);
		return TOK_SUPER;
	case TOK_QUOTE:
		return TOK_TRANS;
	case TOK_POW:
		if (token_peek(p, 0).kind == TOK_NAME && spells(p, token_peek(p, 0), "T")) {
			loc->end = take(p).end - p->base;
			return TOK_TRANS;
		}
		return TOK_POW;
	case '/':
		return slash_token(p, loc);
	case '(':
		push_open(p, '(', p->prev == TOK_NAME && p->name_d, *loc);
		return '(';
	case '[':
		push_open(p, token_ends_operand(p->prev) ? 'i' : '[', false, *loc);
		return '[';
	case ')':
	case ']':
		return close_bracket(p, t) ? t.kind : -1;
	case ';':       /* of rows; the last may end in one */
		while (innermost(p) == '[' && token_peek(p, 0).kind != TOK_END &&
			ends_line(token_peek(p, 0).kind))
			token_drop(p);
		if (innermost(p) == '[' && token_peek(p, 0).kind == ']')
			return token_next(p, val, loc);
		return ';';
	case TOK_GIVEN:
		p->given = true;
		return t.kind;
	case TOK_WHERE:
		p->given = false;
		return t.kind;
	default:
		return t.kind;
	}
}

/* The first token of a statement: the statement words are known only here. */
int
token_first(Parser *p, YYSTYPE *val, Loc *loc)
{
	int kind = statement_word(p);
	if (!kind)
		return token_next(p, val, loc);
	Token t = take(p);
	Sym word = name_of(p, t);
	*loc = token_loc(p, t);
	/* the members of the union for these tokens are one and the same type */
	val->TOK_WORDS = word;
	p->help = strcmp(word, "help") == 0;
	p->derive = strcmp(word, "derive") == 0 || strcmp(word, "latex") == 0;
	p->word = kind == TOK_EMIT || (p->derive && derive_word_ahead(p, t));
	return kind;
}

