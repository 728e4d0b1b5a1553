/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * latex_name.c: names and words in LaTeX, for latex.c and document.c. A name is a stem with
 * accents and subscripts: z1 and z_1 are z_1, x_hat has a hat, W_in is W_{\mathrm{in}},
 * alpha is \alpha. tex_name.c reads all of it back.
 */
#include "latex.h"

#include <ctype.h>
#include <string.h>

static const char *const greek[] = {
	"alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta",
	"vartheta", "iota", "kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "varrho", "sigma",
	"tau", "upsilon", "phi", "varphi", "chi", "psi", "omega", "Gamma", "Delta", "Theta",
	"Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega", "ell", "hbar",
};

static const struct { const char *letter, *name; } letters[] = {
	{"α", "alpha"}, {"β", "beta"}, {"γ", "gamma"}, {"δ", "delta"}, {"ε", "varepsilon"},
	{"ϵ", "epsilon"}, {"ζ", "zeta"}, {"η", "eta"}, {"θ", "theta"}, {"ϑ", "vartheta"},
	{"ι", "iota"}, {"κ", "kappa"}, {"λ", "lambda"}, {"μ", "mu"}, {"ν", "nu"}, {"ξ", "xi"},
	{"π", "pi"}, {"ρ", "rho"}, {"ϱ", "varrho"}, {"σ", "sigma"}, {"τ", "tau"},
	{"υ", "upsilon"}, {"φ", "varphi"}, {"ϕ", "phi"}, {"χ", "chi"}, {"ψ", "psi"},
	{"ω", "omega"}, {"Γ", "Gamma"}, {"Δ", "Delta"}, {"Θ", "Theta"}, {"Λ", "Lambda"},
	{"Ξ", "Xi"}, {"Π", "Pi"}, {"Σ", "Sigma"}, {"Υ", "Upsilon"}, {"Φ", "Phi"}, {"Ψ", "Psi"},
	{"Ω", "Omega"}, {"ℓ", "ell"}, {"ℏ", "hbar"},
	/* Greek capitals that are Latin ones to look at */
	{"Α", "A"}, {"Β", "B"}, {"Ε", "E"}, {"Ζ", "Z"}, {"Η", "H"}, {"Ι", "I"}, {"Κ", "K"},
	{"Μ", "M"}, {"Ν", "N"}, {"Ο", "O"}, {"Ρ", "P"}, {"Τ", "T"}, {"Χ", "X"}, {"ο", "o"},
};

static const struct { const char *letter, *plain;
} subscripts[] = {
	{"₀", "0"},
	{"₁", "1"},
	{"₂", "2"},
	{"₃", "3"},
	{"₄", "4"},
	{"₅", "5"},
	{"₆", "6"},
	{"₇", "7"},
	{"₈", "8"},
	{"₉", "9"},
	{"ₐ", "a"},
	{"ₑ", "e"},
	{"ₒ", "o"},
	{"ₓ", "x"},
	{"ₕ", "h"},
	{"ₖ", "k"},
	{"ₗ", "l"},
	{"ₘ", "m"},
	{"ₙ", "n"},
	{"ₚ", "p"},
	{"ₛ", "s"},
	{"ₜ", "t"},
	{"ᵢ", "i"},
	{"ᵣ", "r"},
	{"ᵤ", "u"},
	{"ᵥ", "v"},
};

static const struct { const char *word, *narrow, *wide; } accents[] = {
	{"hat", "\\hat", "\\widehat"}, {"bar", "\\bar", "\\overline"},
	{"tilde", "\\tilde", "\\widetilde"}, {"dot", "\\dot", "\\dot"}, {"ddot", "\\ddot", "\\ddot"},
};

#define COUNT(x) (sizeof (x) / sizeof *(x))

static size_t
char_length(const char *s)
{
	size_t n = 1;
	while ((s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

static bool
is_word(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(word, s, n) == 0;
}

/* what the character at s is a subscript of, or NULL */
static const char *
lowered(const char *s)
{
	for (size_t i = 0; i < COUNT(subscripts); i++)
		if (strncmp(s, subscripts[i].letter, strlen(subscripts[i].letter)) == 0)
			return subscripts[i].plain;
	return NULL;
}

static bool
is_digit(const char *s)
{
	const char *low = lowered(s);
	return isdigit((unsigned char)(low ? *low : *s));
}

const char *
latex_greek(const char *s, size_t n)
{
	for (size_t i = 0; i < COUNT(greek); i++)
		if (is_word(s, n, greek[i]))
			return greek[i];
	return NULL;
}

const char *
latex_letter(const char *name)
{
	for (size_t i = 0; i < COUNT(letters); i++)
		if (strcmp(letters[i].name, name) == 0 && name[1])
			return letters[i].letter;
	return NULL;
}

const char *
latex_accent(const char *command)
{
	for (size_t i = 0; i < COUNT(accents); i++)
		if (strcmp(accents[i].narrow + 1, command) == 0 ||
			strcmp(accents[i].wide + 1, command) == 0)
			return accents[i].word;
	return NULL;
}

/* ---- words */

/* one letter, a Greek name, or a word, upright */
static void
put_word(Text *out, const char *s, size_t n, const char *upright)
{
	const char *name = latex_greek(s, n);
	if (name) {
		text_addf(out, "\\%s", name);
		return;
	}
	for (size_t i = 0; i < COUNT(letters); i++)
		if (is_word(s, n, letters[i].letter)) {
			text_addf(out, letters[i].name[1] ? "\\%s" : "%s", letters[i].name);
			return;
		}
	bool ascii = true;
	for (size_t i = 0; i < n; i++)
		ascii &= !(s[i] & 0x80);
	if (n == char_length(s) && ascii) {
		text_addn(out, s, n);
		return;
	}
	text_addf(out, "\\%s{", ascii ? upright : "text");
	latex_text(out, s, n);
	text_add(out, "}");
}

/* A name in its parts. */
typedef struct Name {
	size_t stem;            /* bytes */
	const char *rest;       /* subscripts; "" */
	const char *accent;     /* a command, or NULL */
	bool star;
} Name;

static size_t
part_length(const char *s)
{
	return strcspn(s, "_");
}

/* How much of a name is its stem: all of it where letters follow digits, as in x2y. */
static size_t
stem_length(const char *s)
{
	size_t n = 0;
	while (s[n] && s[n] != '_' && !is_digit(s + n) && !lowered(s + n))
		n += char_length(s + n);
	if (s[n] == '_')
		return n;
	for (size_t i = n; s[i] && s[i] != '_'; i += char_length(s + i))
		if (!is_digit(s + i) && !lowered(s + i))
			return strlen(s);
	return n;
}

static Name
parts(const char *s)
{
	Name x = {.stem = stem_length(s)};
	x.rest = s + x.stem;
	if (x.stem == 0)
		return (Name){.stem = strlen(s), .rest = ""};
	if (*x.rest == '_')
		x.rest++;
	size_t n = part_length(x.rest);
	for (size_t i = 0; i < COUNT(accents); i++)
		if (is_word(x.rest, n, accents[i].word))
			x.accent = x.stem == char_length(s) || latex_greek(s, x.stem) ? accents[i].narrow :
				accents[i].wide;
	x.star = is_word(x.rest, n, "star");
	if (x.accent || x.star)
		x.rest += n + (x.rest[n] == '_');
	return x;
}

/* one part of the subscripts: digits, or a word */
static void
put_part(Text *out, const char *s, size_t n)
{
	bool digits = n > 0;
	for (size_t i = 0; i < n; i += char_length(s + i))
		digits &= is_digit(s + i) || lowered(s + i) != NULL;
	if (!digits) {
		put_word(out, s, n, "mathrm");
		return;
	}
	for (size_t i = 0; i < n; i += char_length(s + i)) {
		const char *low = lowered(s + i);
		text_addn(out, low ? low : s + i, 1);
	}
}

static void
put_name(Text *out, const char *s, const char *upright)
{
	Name x = parts(s);
	if (x.accent)
		text_addf(out, "%s{", x.accent);
	put_word(out, s, x.stem, upright);
	text_add(out, x.accent ? "}" : "");
	text_add(out, x.star ? "^\\star" : "");
	if (!*x.rest)
		return;
	Text sub = text_new(out->a);
	for (const char *p = x.rest; *p;) {
		size_t n = part_length(p);
		text_add(&sub, sub.n > 0 ? "," : "");
		put_part(&sub, p, n);
		p += n + (p[n] == '_');
	}
	text_addf(out, sub.n == 1 ? "_%s" : "_{%s}", sub.n ? sub.s : "\\_");
}

void
latex_name(Text *out, const char *s)
{
	if (*s == '\\' || *s == '(') {   /* made by latex_form.c or latex_page.c */
		text_add(out, s);
		return;
	}
	put_name(out, s, "mathrm");
}

void
latex_operator(Text *out, const char *s)
{
	put_name(out, s, "operatorname");
}

bool
latex_has_subscript(const char *s)
{
	return *parts(s).rest;
}

bool
latex_has_superscript(const char *s)
{
	return parts(s).star;
}

/* ---- prose */

/* Signs that people put into text. */
static const struct { const char *sign, *tex;
} signs[] = {
	{"⊙", "$\\odot$"},
	{"∘", "$\\circ$"},
	{"⊗", "$\\otimes$"},
	{"·", "$\\cdot$"},
	{"×", "$\\times$"},
	{"−", "$-$"},
	{"∂", "$\\partial$"},
	{"∇", "$\\nabla$"},
	{"ᵀ", "$^\\top$"},
	{"⁻¹", "$^{-1}$"},
	{"²", "$^2$"},
	{"³", "$^3$"},
	{"≤", "$\\le$"},
	{"≥", "$\\ge$"},
	{"≠", "$\\ne$"},
	{"≈", "$\\approx$"},
	{"→", "$\\to$"},
	{"∈", "$\\in$"},
	{"∞", "$\\infty$"},
	{"±", "$\\pm$"},
	{"–", "--"},
	{"—", "---"},
	{"…", "\\dots{}"},
	{"“", "``"},
	{"”", "''"},
	{"‘", "`"},
	{"’", "'"},
	{"√", "$\\surd$"},
	{"∑", "$\\sum$"},
	{"‖", "$\\Vert$"},
	{"⇒", "$\\Rightarrow$"},
};

/* A character beyond ASCII: LaTeX knows the letters of western Europe by itself. */
static size_t
put_beyond(Text *out, const char *s)
{
	size_t n = char_length(s);
	for (size_t i = 0; i < COUNT(signs); i++)
		if (strncmp(s, signs[i].sign, strlen(signs[i].sign)) == 0) {
			text_add(out, signs[i].tex);
			return strlen(signs[i].sign);
		}
	for (size_t i = 0; i < COUNT(letters); i++)
		if (is_word(s, n, letters[i].letter)) {
			text_addf(out, letters[i].name[1] ? "$\\%s$" : "$%s$", letters[i].name);
			return n;
		}
	const char *low = lowered(s);
	unsigned char c = (unsigned char)*s;
	if (low)
		text_addf(out, "$_%s$", low);
	else if (c >= 0xc3 && c <= 0xc5)
		text_addn(out, s, n);
	else
		text_add(out, "?");
	return n;
}

/* the characters that LaTeX takes for itself */
void
latex_text(Text *out, const char *s, size_t n)
{
	for (const char *end = s + n; s < end; s++) {
		if (*s & 0x80)
			s += put_beyond(out, s) - 1;
		else if (*s == '\\')
			text_add(out, "\\textbackslash{}");
		else if (*s == '^' || *s == '~')
			text_addf(out, "\\%c{}", *s);
		else if (*s == '<' || *s == '>' || *s == '|')
			text_addf(out, "$%s$", *s == '|' ? "\\vert" : *s == '<' ? "<" : ">");
		else if (*s && strchr("#$%&_{}", *s))
			text_addf(out, "\\%c", *s);
		else
			text_addn(out, s, 1);
	}
}
