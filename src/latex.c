/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * latex.c: trees to LaTeX, for print.c. Notation of textbooks: products without a sign,
 * fractions for /, A^\top, K^{-1}, \odot for the elementwise product; functions as the column
 * `latex` of the function table has them. It cannot be typed in again.
 */
#include "print.h"

#include <ctype.h>
#include <string.h>

static void emit(Text *out, const Tree *t, Level min);

/* ---- names */

static const char *const greek[] = {
	"alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta",
	"vartheta", "iota", "kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau",
	"upsilon", "phi", "varphi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda",
	"Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega", "ell", "hbar",
};

static const struct { const char *letter, *name; } letters[] = {
	{"α", "\\alpha"}, {"β", "\\beta"}, {"γ", "\\gamma"}, {"δ", "\\delta"},
	{"ε", "\\varepsilon"}, {"ϵ", "\\epsilon"}, {"ζ", "\\zeta"}, {"η", "\\eta"},
	{"θ", "\\theta"}, {"ϑ", "\\vartheta"}, {"ι", "\\iota"}, {"κ", "\\kappa"},
	{"λ", "\\lambda"}, {"μ", "\\mu"}, {"ν", "\\nu"}, {"ξ", "\\xi"}, {"π", "\\pi"},
	{"ρ", "\\rho"}, {"σ", "\\sigma"}, {"τ", "\\tau"}, {"υ", "\\upsilon"},
	{"φ", "\\varphi"}, {"ϕ", "\\phi"}, {"χ", "\\chi"}, {"ψ", "\\psi"}, {"ω", "\\omega"},
	{"Γ", "\\Gamma"}, {"Δ", "\\Delta"}, {"Θ", "\\Theta"}, {"Λ", "\\Lambda"}, {"Ξ", "\\Xi"},
	{"Π", "\\Pi"}, {"Σ", "\\Sigma"}, {"Υ", "\\Upsilon"}, {"Φ", "\\Phi"}, {"Ψ", "\\Psi"},
	{"Ω", "\\Omega"}, {"ℓ", "\\ell"},
};

static const char *const subscript[] = {
	"₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉",
};

static size_t
char_length(const char *s)
{
	size_t n = 1;
	while ((s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* the digit that the character at s is a subscript of, or -1 */
static int
subscript_digit(const char *s)
{
	for (int i = 0; i < 10; i++)
		if (strncmp(s, subscript[i], strlen(subscript[i])) == 0)
			return i;
	return -1;
}

static void
put_letters(Text *out, const char *s, size_t n)
{
	for (size_t i = 0; i < sizeof greek / sizeof *greek; i++)
		if (strlen(greek[i]) == n && memcmp(greek[i], s, n) == 0) {
			text_addf(out, "\\%s", greek[i]);
			return;
		}
	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
		if (strlen(letters[i].letter) == n && memcmp(letters[i].letter, s, n) == 0) {
			text_add(out, letters[i].name);
			return;
		}
	bool word = n > char_length(s);
	text_add(out, word ? "\\mathrm{" : "");
	for (size_t i = 0; i < n; i++) {
		text_add(out, s[i] == '_' ? "\\" : "");
		text_addn(out, s + i, 1);
	}
	text_add(out, word ? "}" : "");
}

/* how much of a name is its stem; what follows is a subscript */
static size_t
stem_length(const char *s)
{
	size_t n = 0;
	while (s[n] && s[n] != '_' && subscript_digit(s + n) < 0 && !isdigit((unsigned char)s[n]))
		n++;
	for (size_t i = n + (s[n] == '_'); s[n] != '_' && s[i]; i += char_length(s + i))
		if (subscript_digit(s + i) < 0 && !isdigit((unsigned char)s[i]))
			return strlen(s);       /* x2y */
	return n;
}

/* z1, z_1, z₁: z_1; W_in: W_{\mathrm{in}}; alpha: \alpha */
static void
put_name(Text *out, const char *s)
{
	size_t n = stem_length(s);
	put_letters(out, s, n);
	s += n;
	if (*s == '_')
		s++;
	if (!*s)
		return;
	Text sub = text_new(out->a);
	if (isdigit((unsigned char)*s) || subscript_digit(s) >= 0)
		for (; *s; s += char_length(s)) {
			int d = subscript_digit(s);
			if (d >= 0)
				text_addf(&sub, "%d", d);
			else
				text_addn(&sub, s, char_length(s));
		}
	else
		put_letters(&sub, s, strlen(s));
	text_addf(out, sub.n == 1 ? "_%s" : "_{%s}", sub.s);
}

static bool
has_subscript(const char *s)
{
	return stem_length(s) < strlen(s);
}

/* ---- functions */

/* The table's pattern for a call, or NULL: then it is an operator before brackets. */
static const char *
pattern(const Tree *t)
{
	const Tree *name = t->kid[0];
	const Fun *f = name->kind == TREE_NAME && !name->prime ? fun_find(name->name) : NULL;
	if (!f || !strchr(f->latex, '#'))
		return NULL;
	for (const char *s = f->latex; (s = strchr(s, '#')); s++)
		if (s[1] - '0' >= t->n)
			return NULL;
	return f->latex;
}

/* How tightly the text of a pattern holds together. */
static Level
pattern_level(const char *s)
{
	size_t n = strlen(s);
	int depth = 0;
	bool script = false;
	for (const char *c = s; *c; c++) {
		depth += (*c == '{') - (*c == '}');
		script |= *c == '^' && depth == 0;
	}
	if (script)
		return LEVEL_POSTFIX;
	if (s[0] == '#' || s[n - 2] == '#' || strncmp(s, "{#", 2) == 0)
		return LEVEL_PRODUCT;
	if (strncmp(s, "\\left", 5) == 0 || strchr(s, '_') || strncmp(s, "\\sqrt", 5) == 0)
		return LEVEL_ATOM;
	return LEVEL_FACTOR;
}

/* What the argument at s of a pattern needs: an atom under a script, a factor where nothing
   encloses it. */
static Level
argument_level(const char *pat, const char *s)
{
	if (s[2] == '^' || (s[2] == '}' && s[3] == '^'))
		return LEVEL_ATOM;
	bool first = s == pat || (s - 1 == pat && *pat == '{');
	return first || s[-1] == ' ' ? LEVEL_FACTOR : LEVEL_SUM;
}

static void
emit_pattern(Text *out, const Tree *t, const char *pat)
{
	for (const char *s = pat; *s; s++) {
		if (*s != '#') {
			text_addn(out, s, 1);
			continue;
		}
		emit(out, t->kid[s[1] - '0'], argument_level(pat, s));
		s++;
	}
}

/* ---- levels */

static bool
is_inverse(const Tree *t)
{
	return t->kind == TREE_INV || is_call(t, "inv", 1);
}

static Level
level(const Tree *t)
{
	switch (t->kind) {
	case TREE_WHERE:
		return LEVEL_WHERE;
	case TREE_EQ:
		return LEVEL_EQ;
	case TREE_ADD:
		return LEVEL_SUM;
	case TREE_NEG:
	case TREE_POS:
		return LEVEL_TERM;
	case TREE_MUL:
	case TREE_LDIV:
	case TREE_EMUL:
	case TREE_EDIV:
	case TREE_KRON:
		return LEVEL_PRODUCT;
	case TREE_DIV:
	case TREE_DERIV:
		return LEVEL_FACTOR;
	case TREE_POW:
	case TREE_EPOW:
	case TREE_TRANS:
	case TREE_INV:
		return LEVEL_POSTFIX;
	case TREE_NUM:
		return rat_sign(t->num) < 0 ? LEVEL_TERM : rat_is_int(t->num) ? LEVEL_ATOM : LEVEL_FACTOR;
	case TREE_CALL: {
		const char *pat = pattern(t);
		return pat ? pattern_level(pat) : LEVEL_ATOM;
	}
	default:
		return LEVEL_ATOM;
	}
}

/* ---- pieces */

static void
emit_list(Text *out, const Tree *t, int from, const char *between)
{
	for (int i = from; i < t->n; i++) {
		if (i > from)
			text_add(out, between);
		emit(out, t->kid[i], LEVEL_SUM);
	}
}

static char *
piece(Text *out, const Tree *t, Level min)
{
	Text part = text_new(out->a);
	emit(&part, t, min);
	return part.s;
}

/* brackets that grow with what is in them, where it is tall */
static void
bracketed(Text *out, const char *inner)
{
	bool tall = strstr(inner, "\\frac") || strstr(inner, "\\begin") || strstr(inner, "\\left");
	text_add(out, tall ? "\\left(" : "(");
	text_add(out, inner);
	text_add(out, tall ? "\\right)" : ")");
}

static void
fraction(Text *out, const Tree *over, const Tree *under)
{
	text_add(out, "\\frac{");
	emit(out, over, LEVEL_SUM);
	text_add(out, "}{");
	emit(out, under, LEVEL_SUM);
	text_add(out, "}");
}

static void
emit_num(Text *out, const Tree *t)
{
	const char *s = rat_text(out->a, t->num), *slash = strchr(s, '/');
	if (!slash)
		text_add(out, s);
	else
		text_addf(out, "%s\\frac{%.*s}{%s}", *s == '-' ? "-" : "",
			(int)(slash - s - (*s == '-')), s + (*s == '-'), slash + 1);
}

static void
emit_sum(Text *out, const Tree *t)
{
	for (int i = 0; i < t->n; i++) {
		const Tree *k = t->kid[i], *minus = negated_term(out->a, k);
		if (i == 0) {
			emit(out, k, LEVEL_TERM);
			continue;
		}
		text_add(out, minus ? " - " : " + ");
		emit(out, minus ? minus : k, LEVEL_PRODUCT);
	}
}

static const char *
product_sign(TreeKind kind)
{
	switch (kind) {
	case TREE_EMUL:
		return " \\odot ";
	case TREE_EDIV:
		return " \\oslash ";
	case TREE_KRON:
		return " \\otimes ";
	default:
		return " ";
	}
}

static void
emit_product(Text *out, const Tree *t)
{
	for (int i = 0; i < t->n; i++) {
		const Tree *k = t->kid[i];
		const char *s = piece(out, k, i == 0 && chains(t, k) ? LEVEL_PRODUCT : LEVEL_FACTOR);
		/* 2 3 would be read as 23 */
		bool dot = i > 0 && t->kind == TREE_MUL &&
			(isdigit((unsigned char)*s) || k->kind == TREE_NUM);
		text_add(out, i == 0 ? "" : dot ? " \\cdot " : product_sign(t->kind));
		text_add(out, s);
	}
}

static void
emit_power(Text *out, const Tree *t)
{
	emit(out, t->kid[0], LEVEL_ATOM);
	text_add(out, t->kind == TREE_POW ? "^{" : "^{\\circ ");
	emit(out, t->kid[1], LEVEL_SUM);
	text_add(out, "}");
}

static void
emit_transpose(Text *out, const Tree *t)
{
	const Tree *k = t->kid[0];
	if (is_inverse(k)) {
		emit(out, k->kid[k->n - 1], LEVEL_ATOM);
		text_add(out, "^{-\\top}");
		return;
	}
	emit(out, k, LEVEL_ATOM);
	text_add(out, "^\\top");
}

static void
emit_call(Text *out, const Tree *t)
{
	const char *pat = pattern(t);
	if (pat) {
		emit_pattern(out, t, pat);
		return;
	}
	const Tree *name = t->kid[0];
	const Fun *f = name->prime ? NULL : fun_find(name->name);
	if (f && *f->latex && !strchr(f->latex, '#'))
		text_add(out, f->latex);
	else if (f)
		text_addf(out, "\\operatorname{%s}", f->name);
	else
		put_name(out, name->name);
	for (int i = 0; i < name->prime; i++)
		text_add(out, "'");
	Text args = text_new(out->a);
	emit_list(&args, t, 1, ", ");
	bracketed(out, args.s);
}

static void
emit_index(Text *out, const Tree *t)
{
	const Tree *k = t->kid[0];
	emit(out, k, k->kind == TREE_NAME && !has_subscript(k->name) ? LEVEL_ATOM : LEVEL_BRACKETS);
	text_add(out, "_{");
	emit_list(out, t, 1, ",");
	text_add(out, "}");
}

static void
emit_matrix(Text *out, const Tree *t)
{
	text_add(out, "\\begin{bmatrix} ");
	for (int i = 0; i < t->n; i++) {
		text_add(out, i > 0 ? " \\\\ " : "");
		emit_list(out, t->kid[i], 0, " & ");
	}
	text_add(out, " \\end{bmatrix}");
}

/* text within \text{}: the characters that LaTeX takes for itself */
static void
emit_string(Text *out, const char *s)
{
	text_add(out, "\\text{``");
	for (; *s; s++) {
		if (*s == '\\')
			text_add(out, "\\textbackslash ");
		else if (*s == '^' || *s == '~')
			text_addf(out, "\\%c{}", *s);
		else
			text_addf(out, strchr("#$%&_{}", *s) ? "\\%c" : "%c", *s);
	}
	text_add(out, "''}");
}

static void
emit_where(Text *out, const Tree *t)
{
	emit(out, t->kid[0], LEVEL_EQ);
	text_add(out, " \\quad\\text{where } ");
	emit_list(out, t, 1, ",\\; ");
}

static void
emit_bare(Text *out, const Tree *t)
{
	switch (t->kind) {
	case TREE_NUM:
		emit_num(out, t);
		break;
	case TREE_NAME:
		put_name(out, t->name);
		break;
	case TREE_STR:
		emit_string(out, t->name);
		break;
	case TREE_ADD:
		emit_sum(out, t);
		break;
	case TREE_NEG:
	case TREE_POS:
		text_add(out, t->kind == TREE_NEG ? "-" : "+");
		emit(out, t->kid[0], LEVEL_PRODUCT);
		break;
	case TREE_DIV:
		fraction(out, t->kid[0], t->kid[1]);
		break;
	case TREE_LDIV:
		emit(out, t->kid[0], LEVEL_ATOM);
		text_add(out, "^{-1} ");
		emit(out, t->kid[1], LEVEL_FACTOR);
		break;
	case TREE_MUL:
	case TREE_EMUL:
	case TREE_EDIV:
	case TREE_KRON:
		emit_product(out, t);
		break;
	case TREE_POW:
	case TREE_EPOW:
		emit_power(out, t);
		break;
	case TREE_TRANS:
		emit_transpose(out, t);
		break;
	case TREE_INV:
		emit(out, t->kid[0], LEVEL_ATOM);
		text_add(out, "^{-1}");
		break;
	case TREE_CALL:
		emit_call(out, t);
		break;
	case TREE_INDEX:
		emit_index(out, t);
		break;
	case TREE_MATRIX:
		emit_matrix(out, t);
		break;
	case TREE_DERIV:
		text_addf(out, "\\frac{\\partial %s}", piece(out, t->kid[0], LEVEL_FACTOR));
		text_addf(out, "{\\partial %s}", piece(out, t->kid[1], LEVEL_FACTOR));
		break;
	case TREE_LAST:
		text_add(out, "\\%");
		if (rat_sign(t->num))
			text_add(out, rat_text(out->a, t->num));
		break;
	case TREE_EQ:
		emit_list(out, t, 0, " = ");
		break;
	case TREE_WHERE:
		emit_where(out, t);
		break;
	case TREE_BIND:
		put_name(out, t->name);
		text_add(out, " = ");
		emit(out, t->kid[0], LEVEL_SUM);
		break;
	case TREE_ROW:
		emit_list(out, t, 0, ", ");
		break;
	case TREE_COUNT:
		break;
	}
}

static void
emit(Text *out, const Tree *t, Level min)
{
	if (level(t) >= min) {
		emit_bare(out, t);
		return;
	}
	Text inner = text_new(out->a);
	emit_bare(&inner, t);
	bracketed(out, inner.s);
}

void
latex_tree(Text *out, const Tree *t, Level min)
{
	emit(out, t, min);
}
