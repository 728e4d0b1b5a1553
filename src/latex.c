/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * latex.c: trees to LaTeX, for print.c. Notation of textbooks: products without a sign,
 * fractions for /, A^\top, K^{-1}, \odot for the elementwise product; functions as the column
 * `latex` of the function table has them. What depends on shapes is latex_form.c's. `tex` reads
 * it back.
 */
#include "latex.h"

#include <ctype.h>
#include <string.h>

static void emit(Text *out, const Tree *t, Level min);
static char *piece(Text *out, const Tree *t, Level min);

/* ---- functions */

/* grad(L, z): a quotient where both are names, \nabla otherwise */
static bool
is_partial(const Tree *t)
{
	return is_call(t, "grad", 2) && t->kid[1]->kind == TREE_NAME &&
		(t->kid[2]->kind == TREE_NAME || t->kid[2]->kind == TREE_INDEX);
}

/* 1_n, 1_n^\top, 1_{m x n} */
static const char *
constant_pattern(const Tree *t)
{
	bool ones = is_call(t, "ones", 2),
		 row = t->kid[1]->kind == TREE_NUM && rat_is(t->kid[1]->num, 1);
	if (t->kid[2]->kind == TREE_NUM && rat_is(t->kid[2]->num, 1))
		return ones ? "\\mathbf{1}_{#1}" : "\\mathbf{0}_{#1}";
	if (row)
		return ones ? "\\mathbf{1}_{#2}^\\top" : "\\mathbf{0}_{#2}^\\top";
	return ones ? "\\mathbf{1}_{#1\\times #2}" : "\\mathbf{0}_{#1\\times #2}";
}

/* The table's pattern for a call, or NULL: then it is an operator before brackets. */
static const char *
pattern(const Tree *t)
{
	const Tree *name = t->kid[0];
	if (is_partial(t))
		return "\\frac{\\partial #1}{\\partial #2}";
	if (is_call(t, LATEX_JAC, 2))
		return "\\frac{\\partial #1}{\\partial #2^\\top}";
	if (is_call(t, "ones", 2) || is_call(t, "zeros", 2))
		return constant_pattern(t);
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
	if (s[n - 2] == '#' && (s[0] == '\\' || s[0] == '#'))
		return LEVEL_PRODUCT;
	if (script)
		return LEVEL_POSTFIX;
	if (strncmp(s, "\\left", 5) == 0 || strchr(s, '_') || strncmp(s, "\\sqrt", 5) == 0)
		return LEVEL_ATOM;
	return LEVEL_FACTOR;
}

static bool
stands_before(const char *pat, const char *s, const char *word)
{
	size_t n = strlen(word);
	return (size_t)(s - pat) >= n && memcmp(s - n, word, n) == 0;
}

/* What an argument t at s of a pattern needs: an atom under a script, a factor where nothing
   encloses it. */
static Level
argument_level(const char *pat, const char *s, const Tree *t)
{
	if (s[2] == '^')
		return LEVEL_ATOM;
	if (stands_before(pat, s, "\\partial "))
		return t->kind == TREE_MUL ? LEVEL_PRODUCT : LEVEL_FACTOR;
	if (stands_before(pat, s, "vert ") || stands_before(pat, s, "Vert ") ||
		stands_before(pat, s, "langle ") || stands_before(pat, s, "#1, "))
		return LEVEL_SUM;
	if (stands_before(pat, s, "times "))
		return LEVEL_PRODUCT;
	return s == pat || s[-1] == ' ' || !s[2] ? LEVEL_FACTOR : LEVEL_SUM;
}

static bool
is_tall(const char *s)
{
	return strstr(s, "\\frac{") || strstr(s, "\\begin") || strstr(s, "\\left") ||
		   strstr(s, "\\sum") || strstr(s, "\\big") || strstr(s, "\\Big");
}

/* \left and \right of a pattern stand only around what is tall. */
static void
emit_pattern(Text *out, const Tree *t, const char *pat)
{
	char *arg[5] = {NULL};
	bool tall = false;
	for (const char *s = pat; (s = strchr(s, '#')); s++) {
		int i = s[1] - '0';
		arg[i] = piece(out, t->kid[i], argument_level(pat, s, t->kid[i]));
		tall |= is_tall(arg[i]);
	}
	for (const char *s = pat; *s; s++) {
		/* x_1, but x_{12} */
		bool braced = *s == '{' && s > pat && strchr("_^", s[-1]) && s[1] == '#' && s[3] == '}';
		if (braced && !arg[s[2] - '0'][1]) {
			text_add(out, arg[s[2] - '0']);
			s += 3;
		} else if (*s == '#')
			text_add(out, arg[*++s - '0']);
		else if (!tall && strncmp(s, "\\left", 5) == 0 && !isalpha((unsigned char)s[5]))
			s += 4;
		else if (!tall && strncmp(s, "\\right", 6) == 0 && !isalpha((unsigned char)s[6]))
			s += 5;
		else
			text_addn(out, s, 1);
	}
}

/* ---- levels */

static bool
is_sum(const Tree *t)
{
	return is_call(t, LATEX_SUM, 2) || is_call(t, LATEX_SUM, 3);
}

static bool
is_inverse(const Tree *t)
{
	return t->kind == TREE_INV || is_call(t, "inv", 1);
}

/* -1, \frac{1}{2}, 1.2 \cdot 10^{-9}, 10^{-9}, 0.001 */
static Level
number_level(const char *s)
{
	const char *e = strchr(s, 'e');

	if (*s == '-')
		return LEVEL_TERM;
	if (strchr(s, '/'))
		return LEVEL_FACTOR;
	return !e ? LEVEL_ATOM : e == s + 1 && *s == '1' ? LEVEL_POSTFIX : LEVEL_PRODUCT;
}

static Level
level(Arena *a, const Tree *t)
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
		return number_level(rat_written(a, t->num));
	case TREE_NAME:
		return latex_has_superscript(t->name) ? LEVEL_POSTFIX : LEVEL_ATOM;
	case TREE_CALL: {
		const char *pat = pattern(t);
		if (is_sum(t))
			return LEVEL_PRODUCT;
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

/* how many brackets stand within one another */
static int
bracket_depth(const char *s)
{
	int depth = 0, most = 0;
	for (; *s; s++) {
		depth += (*s == '(') - (*s == ')');
		most = depth > most ? depth : most;
	}
	return most;
}

/* brackets that grow with what is in them */
static void
bracketed(Text *out, const char *inner)
{
	bool tall = strstr(inner, "\\frac{") || strstr(inner, "\\begin") || strstr(inner, "\\left") ||
		strstr(inner, "\\sum");
	int depth = bracket_depth(inner);
	const char *big = tall ? NULL : depth < 2 ? "" : depth == 2 ? "\\big" : "\\Big";
	text_addf(out, big && *big ? "%sl(" : "%s(", big ? big : "\\left");
	text_add(out, inner);
	text_addf(out, big && *big ? "%sr)" : "%s)", big ? big : "\\right");
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

/* 1.2e-9 as 1.2 \cdot 10^{-9} */
static void
add_number(Text *out, const char *s)
{
	const char *e = strchr(s, 'e');
	bool sign = *s == '-';
	if (!e) {
		text_add(out, s);
		return;
	}
	text_add(out, sign ? "-" : "");
	if (e - s != 1 + sign || e[-1] != '1')
		text_addf(out, "%.*s \\cdot ", (int)(e - s - sign), s + sign);
	text_addf(out, "10^{%s}", e + 1);
}

/* an exponent: fractions on one line */
static void
emit_script(Text *out, const Tree *t)
{
	if (t->kind == TREE_NUM) {
		add_number(out, rat_written(out->a, t->num));
	} else if (t->kind == TREE_NEG) {
		text_add(out, "-");
		emit_script(out, t->kid[0]);
	} else if (t->kind == TREE_DIV) {
		emit(out, t->kid[0], LEVEL_ATOM);
		text_add(out, "/");
		emit(out, t->kid[1], LEVEL_ATOM);
	} else {
		emit(out, t, LEVEL_SUM);
	}
}

static void
emit_num(Text *out, const Tree *t)
{
	const char *s = rat_written(out->a, t->num), *slash = strchr(s, '/');
	if (!slash)
		add_number(out, s);
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

/* a sum with its indices, a gradient: they reach on to the end of the term */
static bool
is_prefix(const Tree *t)
{
	return is_sum(t) || (is_call(t, "grad", 2) && !is_partial(t)) || is_call(t, "hess", 2);
}

static void
emit_product(Text *out, const Tree *t)
{
	for (int i = 0; i < t->n; i++) {
		const Tree *k = t->kid[i];
		/* what reaches on to the end of a term may be the last factor */
		bool bare = i == 0 ? chains(t, k) : t->kind == TREE_MUL && i == t->n - 1 && is_prefix(k);
		/* a product without a sign binds tighter than one with a sign */
		bare |= (t->kind == TREE_EMUL || t->kind == TREE_KRON) && k->kind == TREE_MUL &&
			!is_prefix(k->kid[k->n - 1]);
		const char *s = piece(out, k, bare ? LEVEL_PRODUCT : LEVEL_FACTOR);
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
	const Tree *k = t->kid[0], *e = t->kid[1];
	bool inverse = t->kind == TREE_POW && is_inverse(k) && e->kind == TREE_NUM &&
		rat_sign(e->num) > 0;
	Text up = text_new(out->a);
	emit(out, inverse ? k->kid[k->n - 1] : k, LEVEL_ATOM);
	text_add(&up, inverse ? "-" : t->kind == TREE_POW ? "" : "\\circ ");
	emit_script(&up, t->kid[1]);
	text_addf(out, up.n == 1 ? "^%s" : "^{%s}", up.s);
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
	if (is_sum(t)) {
		text_addf(out, t->n == 3 ? "\\sum_%s " : "\\sum_{%s,", piece(out, t->kid[2], LEVEL_ATOM));
		if (t->n == 4)
			text_addf(out, "%s} ", piece(out, t->kid[3], LEVEL_ATOM));
		emit(out, t->kid[1], LEVEL_PRODUCT);
		return;
	}
	const Fun *f = name->prime ? NULL : fun_find(name->name);
	if (f && *f->latex && !strchr(f->latex, '#'))
		text_add(out, f->latex);
	else if (f || *name->name == '\\')
		text_addf(out, "\\operatorname{%s}", f ? f->name : name->name + 1);
	else
		latex_operator(out, name->name);
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
	bool bare = k->kind == TREE_NAME && !latex_has_subscript(k->name);
	emit(out, k, bare ? LEVEL_ATOM : LEVEL_BRACKETS);
	bool letters = true;
	for (int i = 1; i < t->n; i++)
		letters &= t->kid[i]->kind == TREE_NAME && !t->kid[i]->name[1];
	Text sub = text_new(out->a);
	emit_list(&sub, t, 1, letters ? "" : ",");
	text_addf(out, sub.n == 1 ? "_%s" : "_{%s}", sub.s);
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

static void
emit_string(Text *out, const char *s)
{
	text_add(out, "\\text{``");
	latex_text(out, s, strlen(s));
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
		latex_name(out, t->name);
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
		text_addf(out, "\\frac{\\partial %s}",
			piece(out, t->kid[0], t->kid[0]->kind == TREE_MUL ? LEVEL_PRODUCT : LEVEL_FACTOR));
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
		latex_name(out, t->name);
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
	if (level(out->a, t) >= min) {
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
