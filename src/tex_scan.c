/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tex_scan.c: LaTeX to tokens, for tex.c. What only says how something looks is left out here:
 * blanks, sizes, bold letters; \left and \right are marks on the delimiter behind them. Words in
 * upright letters are one token. Unicode signs are the commands that make them.
 */
#include "tex.h"

#include <ctype.h>
#include <string.h>

/* commands that change nothing */
static const char *const ignored[] = {
	",", ";", ":", "!", " ", "/", ">", "quad", "qquad", "thinspace", "enspace", "displaystyle",
	"textstyle", "scriptstyle", "limits", "nolimits", "nonumber", "notag", "big", "Big", "bigg",
	"Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr", "bigm", "middle",
	"mathbf", "boldsymbol", "bm", "pmb", "mathcal", "mathscr", "mathfrak", "mathnormal", "bf",
	"it", "cal", "sf", "tt", "mathstrut", "hfill", "allowbreak", "(", ")", "[", "]", "mathop",
	"mathord", "mathbin",
};

/* environments around a display: what is in them counts */
static const char *const displays[] = {
	"align", "align*", "aligned", "equation", "equation*", "gather", "gather*", "split", "gathered",
	"eqnarray", "eqnarray*", "multline", "multline*", "displaymath", "math", "alignat", "alignat*",
};

/* commands with a word in braces */
static const char *const upright[] = {
	"operatorname", "operatorname*", "mathrm", "text", "textrm", "textnormal", "mathsf", "mathtt",
	"mathit", "textit", "textsf", "mbox", "rm",
};

/* other spellings of a command or character */
static const struct { const char *from, *to; } same[] = {
	{"lbrace", "{"}, {"vert", "|"}, {"mid", "|"}, {"Vert", "\\|"}, {"lbrack", "["}, {"rbrack", "]"},
	{"ast", "*"}, {"star", "*"}, {"dfrac", "frac"}, {"tfrac", "frac"}, {"cfrac", "frac"},
	{"hadamard", "odot"}, {"div", "/"}, {"lt", "<"}, {"gt", ">"}, {"intercal", "top"},
	{"prime", "'"}, {"dag", "dagger"}, {"trace", "tr"}, {"Tr", "tr"}, {"Diag", "diag"},
	{"odiv", "oslash"}, {"kron", "otimes"}, {"equiv", "="}, {"triangleq", "="}, {"coloneqq", "="},
	{"boxtimes", "otimes"}, {"trans", "top"}, {"sgn", "sign"},
};

static const struct { const char *sign, *command;
} signs[] = {
	{"∂", "\\partial"},
	{"∇", "\\nabla"},
	{"⊙", "\\odot"},
	{"∘", "\\circ"},
	{"⊘", "\\oslash"},
	{"⊗", "\\otimes"},
	{"·", "\\cdot"},
	{"⋅", "\\cdot"},
	{"×", "\\times"},
	{"−", "-"},
	{"′", "'"},
	{"’", "'"},
	{"‖", "\\|"},
	{"∥", "\\|"},
	{"∑", "\\sum"},
	{"⊤", "\\top"},
	{"√", "\\sqrt"},
	{"⟨", "\\langle"},
	{"⟩", "\\rangle"},
	{"†", "\\dagger"},
	{"∞", "\\infty"},
	{"∈", "\\in"},
	{"≈", "\\approx"},
	{"≠", "\\neq"},
	{"≤", "\\leq"},
	{"≥", "\\geq"},
};

#define COUNT(x) (sizeof (x) / sizeof *(x))
#define LISTED(list, word) is_listed((list), COUNT(list), (word))

static bool
is_listed(const char *const *list, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], word) == 0)
			return true;
	return false;
}

/* ---- places */

Loc
tex_loc(const Tex *t, Range r)
{
	int last = r.end > r.beg ? r.end - 1 : r.beg;
	return (Loc){t->src, t->tok[r.beg].beg, t->tok[last].end};
}

void
tex_fail(const Tex *t, Range r, const char *hint, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *msg = arena_vprintf(t->a, fmt, ap);
	va_end(ap);
	raise_hint(t->a, tex_loc(t, r), hint, "%s", msg);
}

/* ---- scanning */

typedef struct Scan {
	Tex *t;
	const char *s;
	int at, end;
	int side;               /* of the next token */
	int depth;              /* of braces */
	bool bold, script;      /* the next token or group */
	int bold_depth, script_depth;           /* of the braces that are such; -1: none */
	Range label[8]; int nlabel;             /* below braces: left out */
} Scan;

/* {\rm tr}, \mathop{\mathrm{tr}}, \stackrel{!}{=}: a word or =, without the braces around it */
static void
drop_braces(Scan *c)
{
	Tex *t = c->t;
	TexToken *last = t->tok + t->n - 1;
	if (t->n < 3 || last->kind != TEX_CHAR || *last->text != '}' || last[-2].kind != TEX_CHAR ||
		*last[-2].text != '{')
		return;
	bool equals = last[-1].kind == TEX_CHAR && *last[-1].text == '=';
	if (last[-1].kind != TEX_WORD && !equals)
		return;
	last[-2] = last[-1];
	t->n -= 2;
}

static void
push(Scan *c, TexKind kind, const char *text, size_t n, int beg, int end)
{
	bool open = kind == TEX_CHAR && *text == '{', close = kind == TEX_CHAR && *text == '}';
	TexToken tok = {kind, symn(text, n), beg, end, c->side, c->bold || c->bold_depth >= 0,
		c->script || c->script_depth >= 0};
	PUSH(c->t->a, c->t->tok, c->t->n, c->t->cap, tok);
	if (open && c->bold && c->bold_depth < 0)
		c->bold_depth = c->depth;
	if (open && c->script && c->script_depth < 0)
		c->script_depth = c->depth;
	c->depth += open - close;
	if (close && c->depth <= c->bold_depth)
		c->bold_depth = -1;
	if (close && c->depth <= c->script_depth)
		c->script_depth = -1;
	c->side = 0;
	c->bold = c->script = false;
	drop_braces(c);
}

static _Noreturn void
fail_at(Scan *c, int beg, int end, const char *fmt, const char *what)
{
	raise_at(c->t->a, (Loc){c->t->src, beg, end}, fmt, what);
}

static void
skip_blanks(Scan *c)
{
	while (c->at < c->end && isspace((unsigned char)c->s[c->at]))
		c->at++;
}

/* The text in braces at c->at, trimmed; or one character. */
static Sym
braced_text(Scan *c, const char *command)
{
	skip_blanks(c);
	int beg = c->at;
	if (beg >= c->end)
		fail_at(c, c->end - 1, c->end, "\\%s has nothing behind it", command);
	if (c->s[beg] != '{') {
		c->at++;
		/* \rm has everything behind it in upright letters */
		while (strcmp(command, "rm") == 0 && c->at < c->end && isalpha((unsigned char)c->s[c->at]))
			c->at++;
		return symn(c->s + beg, (size_t)(c->at - beg));
	}
	const char *close = memchr(c->s + beg, '}', (size_t)(c->end - beg));
	if (!close)
		fail_at(c, beg, beg + 1, "this { is not closed%s", "");
	c->at = (int)(close - c->s) + 1;
	const char *from = c->s + beg + 1;
	while (from < close && isspace((unsigned char)*from))
		from++;
	while (close > from && isspace((unsigned char)close[-1]))
		close--;
	return symn(from, (size_t)(close - from));
}

static bool
is_plain_word(const char *s)
{
	for (const char *p = s; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '_' && *p != '-')
			return false;
	return *s;
}

/* a word in upright letters; \mathrm{d}, \mathsf{T} too. What is no word is read as if the command
   were not there. */
static void
scan_word(Scan *c, const char *command, int beg)
{
	int from = c->at;
	Sym word = braced_text(c, command);
	if (strcmp(word, "\\top") == 0) {
		push(c, TEX_COMMAND, "top", 3, beg, c->at);
	} else if (strncmp(command, "text", 4) == 0 && strchr(word, ' ')) {
		fail_at(c, beg, c->at, "words are not understood: \"%s\"", word);
	} else if (!is_plain_word(word) || isdigit((unsigned char)*word)) {
		c->at = from;
	} else {
		push(c, TEX_WORD, word, strlen(word), beg, c->at);
	}
}

/* {1} or 1 behind \mathbf: the vector of ones; {0}: of zeros */
static bool
scan_one(Scan *c, int beg)
{
	int from = c->at;
	skip_blanks(c);
	const char *s = c->s + c->at;
	bool braces = c->end - c->at >= 3 && *s == '{' && s[2] == '}';
	char digit = c->at < c->end ? s[braces] : '\0';
	if (digit != '0' && digit != '1') {
		c->at = from;
		return false;
	}
	c->at += braces ? 3 : 1;
	push(c, TEX_COMMAND, digit == '1' ? "one" : "zero", digit == '1' ? 3 : 4, beg, c->at);
	return true;
}

static void
scan_environment(Scan *c, const char *command, int beg)
{
	Sym name = braced_text(c, command);
	if (LISTED(displays, name))
		return;
	push(c, *command == 'b' ? TEX_BEGIN : TEX_CLOSE, name, strlen(name), beg, c->at);
}

/* behind the } of the { that is the next character; where scanning is when there is none */
static int
behind_braces(Scan *c, int at)
{
	int depth = 0;
	while (at < c->end && isspace((unsigned char)c->s[at]))
		at++;
	for (int i = at; i < c->end && c->s[at] == '{'; i++) {
		if (c->s[i] == '\\') {
			i++;
			continue;
		}
		depth += (c->s[i] == '{') - (c->s[i] == '}');
		if (depth == 0)
			return i + 1;
	}
	return c->at;
}

/* \underbrace{A x}_{m}: what stands below it is a remark */
static void
find_label(Scan *c)
{
	int at = behind_braces(c, c->at);
	while (at < c->end && isspace((unsigned char)c->s[at]))
		at++;
	if (at == c->at || at >= c->end || !strchr("_^", c->s[at]) || c->nlabel == 8)
		return;
	int end = behind_braces(c, at + 1);
	c->label[c->nlabel++] = (Range){at, end > at ? end : at + 2};
}

/* the [2pt] and the * of a line break */
static void
skip_space(Scan *c)
{
	const char *s = c->s + c->at, *end = c->s + c->end;
	if (s < end && *s == '*')
		s++;
	const char *p = s + (s < end && *s == '[');
	while (p < end && (isdigit((unsigned char)*p) || strchr(".- ", *p)))
		p++;
	if (p > s && end - p > 2 && isalpha((unsigned char)p[0]) && isalpha((unsigned char)p[1]) &&
		p[2] == ']')
		s = p + 3;
	c->at = (int)(s - c->s);
}

/* \\frac: a string of another language has its backslashes doubled */
static void
fail_on_escaped(Scan *c, int beg)
{
	static const char *const commands[] = {"frac", "dfrac", "tfrac", "partial", "nabla", "begin",
		"end", "top", "mathbf", "boldsymbol", "mathrm", "operatorname", "left", "right", "sum",
		"odot", "otimes", "cdot", "alpha", "beta", "sigma", "Sigma", "lVert", "text"};
	int n = c->at;
	while (n < c->end && isalpha((unsigned char)c->s[n]))
		n++;
	if (LISTED(commands, symn(c->s + c->at, (size_t)(n - c->at))))
		raise_hint(c->t->a, (Loc){c->t->src, beg, n}, "a backslash in a string is itself",
			"a line break, and a command without its backslash");
}

static void
scan_command(Scan *c)
{
	int beg = c->at++;
	int from = c->at;
	while (c->at < c->end && isalpha((unsigned char)c->s[c->at]))
		c->at++;
	if (c->at > from && c->at < c->end && c->s[c->at] == '*')
		c->at++;
	if (c->at == from && c->at < c->end)
		c->at++;
	Sym name = symn(c->s + from, (size_t)(c->at - from));
	if (c->s[c->at - 1] == '*' && !LISTED(upright, name)) {
		c->at--;
		name = symn(c->s + from, (size_t)(c->at - from));
	}
	if (strcmp(name, "left") == 0 || strcmp(name, "right") == 0) {
		c->side = *name == 'l' ? 1 : -1;
		skip_blanks(c);
		if (c->at < c->end && c->s[c->at] == '.') {
			c->at++;
			c->side = 0;
		}
		return;
	}
	bool bold = strcmp(name, "mathbf") == 0 || strcmp(name, "boldsymbol") == 0 ||
		strcmp(name, "bm") == 0 || strcmp(name, "mathbb") == 0 || strcmp(name, "mathds") == 0 ||
		strcmp(name, "vec") == 0;
	if (bold && scan_one(c, beg))
		return;
	if (strcmp(name, "begin") == 0 || strcmp(name, "end") == 0) {
		scan_environment(c, name, beg);
		return;
	}
	if (strcmp(name, "label") == 0 || strcmp(name, "tag") == 0) {
		braced_text(c, name);
		return;
	}
	if (strcmp(name, "\\") == 0) {
		fail_on_escaped(c, beg);
		skip_space(c);
		push(c, TEX_COMMAND, name, 1, beg, c->at);
		return;
	}
	if (strcmp(name, "underbrace") == 0 || strcmp(name, "overbrace") == 0) {
		find_label(c);
		return;
	}
	if (strcmp(name, "stackrel") == 0 || strcmp(name, "overset") == 0 ||
		strcmp(name, "underset") == 0) {
		c->at = behind_braces(c, c->at);
		return;
	}
	if (LISTED(upright, name)) {
		scan_word(c, name, beg);
		return;
	}
	if (LISTED(ignored, name)) {
		c->bold = bold || strcmp(name, "pmb") == 0 || strcmp(name, "bf") == 0;
		c->script = strcmp(name, "mathcal") == 0 || strcmp(name, "mathscr") == 0 ||
			strcmp(name, "cal") == 0;
		return;
	}
	for (size_t i = 0; i < COUNT(same); i++)
		if (strcmp(same[i].from, name) == 0) {
			const char *to = same[i].to;
			bool sign = !isalpha((unsigned char)*to);
			if (*to == '\\')
				push(c, TEX_COMMAND, to + 1, strlen(to + 1), beg, c->at);
			else if (strcmp(name, "lbrace") == 0)
				push(c, TEX_COMMAND, "{", 1, beg, c->at);
			else
				push(c, sign ? TEX_CHAR : TEX_COMMAND, to, strlen(to), beg, c->at);
			return;
		}
	push(c, TEX_COMMAND, name, strlen(name), beg, c->at);
}

/* \frac12 is one half: its arguments are single digits where they have no braces */
static bool
wants_digit(const Scan *c)
{
	int n = c->t->n;
	if (n == 0)
		return false;
	const TexToken *last = c->t->tok + n - 1;
	if (n >= 2 && last->kind == TEX_NUM && !last->text[1])
		last--;
	return last->kind == TEX_COMMAND && strcmp(last->text, "frac") == 0;
}

static void
scan_number(Scan *c)
{
	int beg = c->at;
	if (wants_digit(c)) {
		c->at++;
		push(c, TEX_NUM, c->s + beg, 1, beg, c->at);
		return;
	}
	while (c->at < c->end && isdigit((unsigned char)c->s[c->at]))
		c->at++;
	if (c->at + 1 < c->end && c->s[c->at] == '.' && isdigit((unsigned char)c->s[c->at + 1]))
		for (c->at++; c->at < c->end && isdigit((unsigned char)c->s[c->at]);)
			c->at++;
	push(c, TEX_NUM, c->s + beg, (size_t)(c->at - beg), beg, c->at);
}

/* Superscript and subscript digits, raised T: as the scripts they are. */
static bool
scan_raised(Scan *c, const char *s, int beg, int end)
{
	static const char *const up[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
	static const char *const down[] = {"₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉"};
	if (strcmp(s, "ᵀ") == 0) {
		push(c, TEX_CHAR, "^", 1, beg, end);
		push(c, TEX_COMMAND, "top", 3, beg, end);
		return true;
	}
	if (strcmp(s, "⁻") == 0 && strncmp(c->s + end, "¹", strlen("¹")) == 0) {
		c->at = end + (int)strlen("¹");
		push(c, TEX_CHAR, "^", 1, beg, c->at);
		push(c, TEX_CHAR, "{", 1, beg, c->at);
		push(c, TEX_CHAR, "-", 1, beg, c->at);
		push(c, TEX_NUM, "1", 1, beg, c->at);
		push(c, TEX_CHAR, "}", 1, beg, c->at);
		return true;
	}
	for (int d = 0; d < 10; d++) {
		char digit = (char)('0' + d);
		if (strcmp(s, up[d]) != 0 && strcmp(s, down[d]) != 0)
			continue;
		push(c, TEX_CHAR, strcmp(s, up[d]) == 0 ? "^" : "_", 1, beg, end);
		push(c, TEX_NUM, &digit, 1, beg, end);
		return true;
	}
	return false;
}

static void
scan_unicode(Scan *c)
{
	int beg = c->at++;
	while (c->at < c->end && (c->s[c->at] & 0xc0) == 0x80)
		c->at++;
	const char *s = arena_strndup(c->t->a, c->s + beg, (size_t)(c->at - beg));
	for (size_t i = 0; i < COUNT(signs); i++)
		if (strcmp(signs[i].sign, s) == 0) {
			const char *to = signs[i].command;
			bool command = *to == '\\';
			push(c, command ? TEX_COMMAND : TEX_CHAR, to + command, strlen(to + command), beg,
				c->at);
			return;
		}
	if (!scan_raised(c, s, beg, c->at))
		push(c, TEX_LETTER, s, strlen(s), beg, c->at);
}

/* tr(..), log(..) without a backslash, as it is often written: functions, not products of letters
 */
static bool
scan_function(Scan *c)
{
	static const char *const names[] = {"tr", "det", "log", "ln", "exp", "vec", "diag", "logdet",
		"trace", "Tr", "sin", "cos", "tanh", "sum", "rank"};
	int end = c->at;
	while (end < c->end && isalpha((unsigned char)c->s[end]))
		end++;
	Sym word = symn(c->s + c->at, (size_t)(end - c->at));
	if (end >= c->end || c->s[end] != '(' || !LISTED(names, word))
		return false;
	push(c, TEX_WORD, word, strlen(word), c->at, end);
	c->at = end;
	return true;
}

/* The tokens of the source's text from beg to end. */
void
tex_scan(Tex *t, int beg, int end)
{
	Scan c = {.t = t, .s = t->src->text, .at = beg, .end = end};
	c.bold_depth = c.script_depth = -1;
	while (c.at < end) {
		for (int i = 0; i < c.nlabel; i++)
			if (c.label[i].beg == c.at)
				c.at = c.label[i].end;
		if (c.at >= end)
			break;
		char ch = c.s[c.at];
		if (isspace((unsigned char)ch) || ch == '~' || ch == '$')
			c.at++;
		else if (ch == '%')     /* a comment */
			while (c.at < end && c.s[c.at] != '\n')
				c.at++;
		else if (ch == '\\' && c.at + 1 < end)
			scan_command(&c);
		else if (isdigit((unsigned char)ch))
			scan_number(&c);
		else if (ch & 0x80)
			scan_unicode(&c);
		else if (ch == ':' && c.at + 1 < end && c.s[c.at + 1] == '=')
			c.at++;         /* := */
		else if (!isalpha((unsigned char)ch) ||
				 (c.at > beg && isalpha((unsigned char)c.s[c.at - 1])) || !scan_function(&c)) {
			bool letter = isalpha((unsigned char)ch);
			push(&c, letter ? TEX_LETTER : TEX_CHAR, c.s + c.at, 1, c.at, c.at + 1);
			c.at++;
		}
	}
	c.side = 0;
	push(&c, TEX_END, "", 0, end, end);
	t->at = 0;
	t->end = t->n - 1;
}

/* ---- reading */

const TexToken *
tex_peek(const Tex *t, int k)
{
	return t->at + k < t->end ? &t->tok[t->at + k] : &t->tok[t->n - 1];
}

bool
tex_is(const Tex *t, int k, const char *text)
{
	const TexToken *tok = tex_peek(t, k);
	bool command = *text == '\\' && text[1];
	return tok->kind == (command ? TEX_COMMAND : TEX_CHAR) &&
		   strcmp(tok->text, text + command) == 0;
}

bool
tex_take(Tex *t, const char *text)
{
	bool is = tex_is(t, 0, text);
	t->at += is;
	return is;
}

const char *
tex_shown(const Tex *t, const TexToken *tok)
{
	if (tok->kind == TEX_END)
		return "the end";
	return arena_strndup(t->a, t->src->text + tok->beg, (size_t)(tok->end - tok->beg));
}

void
tex_expect(Tex *t, const char *text)
{
	if (tex_take(t, text))
		return;
	int at = t->at < t->end ? t->at : t->end;
	tex_fail(t, (Range){at, at + 1}, NULL, "expected %s, found %s", text,
		at == t->end && at < t->n - 1 ? "the end of this part" : tex_shown(t, &t->tok[at]));
}
