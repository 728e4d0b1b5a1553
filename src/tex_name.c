/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tex_name.c: names of LaTeX, and what stands above and below them, for tex.c.
 *
 * A subscript of digits belongs to the name: z_1 is z1 (or z_1, z₁, when one of these is in the
 * session); but where only a vector z or a matrix Z is, z_1 and Z_{12} are entries. One or two of
 * the letters i j k l, or several indices apart by commas, are an entry: X_{ij} is X[i,j], unless a
 * name like that is in the session. Other letters and words belong to the name: W_h, x_{\text{in}}.
 * W^{(1)} is W1, \hat{x} is x_hat, x^* is x_star. Small letters that are bold or transposed are
 * vectors, calligraphic ones scalars, unless the session knows better; \delta_{ij} is I[i,j].
 */
#include "tex.h"

#include <ctype.h>
#include <string.h>

bool
tex_is_vector(const Tex *t, Sym name)
{
	for (int i = 0; i < t->s->nmeant; i++)
		if (t->s->meant[i].name == name)
			return t->s->meant[i].as == MEANT_VECTOR;
	return false;
}

void
tex_mean(Tex *t, Sym name, Meaning as)
{
	Mdx *s = t->s;
	if (session_find(s, name))
		return;
	for (int i = 0; i < s->nmeant; i++)
		if (s->meant[i].name == name)
			return;
	PUSH(t->a, s->meant, s->nmeant, s->cap_meant, ((Meant){name, as}));
}

/* ---- scripts */

bool
tex_range_is(const Tex *t, Range r, const char *text)
{
	if (r.end != r.beg + 1)
		return false;
	const TexToken *tok = &t->tok[r.beg];
	bool command = *text == '\\' && text[1];
	return (command == (tok->kind == TEX_COMMAND)) && strcmp(tok->text, text + command) == 0;
}

/* T, \top, \mathsf{T} */
static bool
is_top(const Tex *t, int at)
{
	Range r = {at, at + 1};
	return tex_range_is(t, r, "T") || tex_range_is(t, r, "\\top");
}

static bool
is_transpose(const Tex *t, Range r)
{
	return r.end == r.beg + 1 && is_top(t, r.beg);
}

/* What stands above and below at this point. A prime is one of its own. */
Scripts
tex_scripts(Tex *t)
{
	Scripts x = {.beg = t->at};
	for (;;) {
		if (tex_is(t, 0, "'")) {
			t->at++;
			x.prime++;
		} else if (tex_is(t, 0, "^") && !x.has_up) {
			t->at++;
			x.up = tex_argument(t);
			/* ^\prime */
			if (tex_range_is(t, x.up, "'"))
				x.prime++;
			else
				x.has_up = true;
		} else if (tex_is(t, 0, "_") && !x.has_down) {
			t->at++;
			x.down = tex_argument(t);
			x.has_down = true;
		} else {
			break;
		}
	}
	x.end = t->at;
	if (x.has_up && x.up.beg == x.up.end)
		x.has_up = false;       /* A^{} */
	if (x.has_down && x.down.beg == x.down.end)
		x.has_down = false;
	return x;
}

static Tree *
transposed(Tex *t, Loc loc, Tree *x)
{
	return tree(t->a, TREE_TRANS, loc, 1, x);
}

static Tree *
inverse(Tex *t, Loc loc, Tree *x)
{
	return tree_call(t->a, loc, "inv", 1, x);
}

/* e^{A}: the matrix exponential, of a scalar the exponential function */
static Tree *
exponential(Tex *t, Loc loc, Tree *up)
{
	return tree_call(t->a, loc, tex_form(t, up) == FORM_MATRIX ? "expm" : "exp", 1, up);
}

static Tree *
raised(Tex *t, Tree *base, Range up, Loc loc)
{
	bool minus = tex_range_is(t, (Range){up.beg, up.beg + 1}, "-");
	Range rest = {up.beg + minus, up.end};
	if (is_transpose(t, rest)) {
		/* nobody transposes a scalar */
		if (base->kind == TREE_NAME && !minus && islower((unsigned char)*base->name))
			tex_mean(t, base->name, MEANT_VECTOR);
		return transposed(t, loc, minus ? inverse(t, loc, base) : base);
	}
	if (minus && tex_range_is(t, rest, "1"))
		return inverse(t, loc, base);
	/* A^{-1\top} */
	if (minus && rest.end == rest.beg + 2 && is_top(t, rest.beg + 1))
		return transposed(t, loc, inverse(t, loc, base));
	if (tex_range_is(t, up, "+") || tex_range_is(t, up, "\\dagger"))
		return tree_call(t->a, loc, "pinv", 1, base);
	if (tex_range_is(t, up, "H") || tex_range_is(t, up, "*"))
		tex_fail(t, up, "matrices are real: write ^\\top",
			"conjugate transposes are not there");
	if (up.end - up.beg > 1 && (tex_range_is(t, (Range){up.beg, up.beg + 1}, "\\circ") ||
		tex_range_is(t, (Range){up.beg, up.beg + 1}, "\\odot"))) {
		Tree *k = tex_range(t, (Range){up.beg + 1, up.end}, tex_sum_of_terms);
		return tree(t->a, TREE_EPOW, loc, 2, base, k);
	}
	Tree *k = tex_range(t, up, tex_sum_of_terms);
	if (base->kind == TREE_NAME && strcmp(base->name, "e") == 0 && !session_find(t->s, sym("e")))
		return exponential(t, loc, k);
	return tree(t->a, TREE_POW, loc, 2, base, k);
}

/* (AX)_{ij}, (x)_i: the entries of what is no name */
static Tree *
entry(Tex *t, Tree *base, Range r, Loc loc)
{
	Tree *x = tree(t->a, TREE_INDEX, loc, 1, base);
	while (r.beg < r.end) {
		int end = r.beg;
		bool commas = false;
		for (int i = r.beg; i < r.end; i++)
			commas |= tex_range_is(t, (Range){i, i + 1}, ",");
		while (end < r.end && !tex_range_is(t, (Range){end, end + 1}, ","))
			end++;
		if (!commas) {
			const TexToken *tok = &t->tok[r.beg];
			end = r.beg + 1;
			bool sum = end < r.end && t->tok[end].kind == TEX_CHAR;
			if (sum)
				end = r.end;
			/* _{12}: the entry 1, 2 */
			if (tok->kind == TEX_NUM && tok->text[1] && !sum && tex_form(t, base) != FORM_COLUMN) {
				for (const char *d = tok->text; *d; d++)
					tree_push(t->a, x, tree_num(t->a, loc, rat(*d - '0', 1)));
				r.beg = end;
				continue;
			}
		}
		if (end == r.beg)
			tex_fail(t, r, NULL, "an index is missing");
		tree_push(t->a, x, tex_range(t, (Range){r.beg, end}, tex_sum_of_terms));
		r.beg = end + commas;
	}
	if (x->n > 3)
		tex_fail(t, r, "X_{ij} for a matrix, x_i for a vector", "an entry has one or two indices");
	return x;
}

Tree *
tex_with_scripts(Tex *t, Tree *x, const Scripts *sc, int beg)
{
	Loc loc = tex_loc(t, (Range){beg, sc->end > beg ? sc->end : beg + 1});
	if (sc->has_down)
		x = entry(t, x, sc->down, loc);
	for (int i = 0; i < sc->prime; i++)
		x = transposed(t, loc, x);
	return sc->has_up ? raised(t, x, sc->up, loc) : x;
}

/* ---- names */

/* one letter, a Greek one, a word */
static bool
is_letter(const TexToken *tok)
{
	return tok->kind == TEX_LETTER || tok->kind == TEX_WORD ||
		(tok->kind == TEX_COMMAND && latex_greek(tok->text, strlen(tok->text)));
}

/* the {z} of \mathbf{z}_1 */
static bool
is_braced_letter(const Tex *t)
{
	return tex_is(t, 0, "{") && is_letter(tex_peek(t, 1)) && tex_is(t, 2, "}");
}

bool
tex_begins_name(const Tex *t)
{
	const TexToken *tok = tex_peek(t, 0);
	return is_letter(tok) || is_braced_letter(t) || (tok->kind == TEX_COMMAND &&
		(latex_accent(tok->text) || strcmp(tok->text, "vec") == 0));
}

/* A name under construction: the stem as it may be spelled, and what is added. */
typedef struct Spelling {
	Tex *t;
	Sym stem[3]; int nstem;
	Text tail, bare;        /* with _ before subscripts, and without */
	bool letters;           /* a subscript has letters: then the first of the two is meant */
	bool bold, script;
} Spelling;

static void
add_stem(Spelling *n, const char *s)
{
	n->stem[n->nstem++] = sym(s);
}

/* \alpha may be alpha or α in the session; \varepsilon is ε */
static void
read_stem(Spelling *n)
{
	Tex *t = n->t;
	bool braced = is_braced_letter(t);
	t->at += braced;
	const TexToken *tok = &t->tok[t->at++];
	t->at += braced;
	const char *greek = tok->kind == TEX_COMMAND ? tok->text : NULL;
	const char *accent = greek ? latex_accent(greek) : NULL;
	if (accent || (greek && strcmp(greek, "vec") == 0)) {
		Range r = tex_argument(t);
		Tex inner = *t;
		inner.at = r.beg;
		inner.end = r.end;
		if (!tex_begins_name(&inner) || r.end != r.beg + 1)
			tex_fail(t, r, NULL, "an accent stands on one letter");
		n->t = &inner;
		read_stem(n);
		n->t = t;
		n->bold |= !accent;
		if (accent) {
			text_addf(&n->tail, "_%s", accent);
			text_addf(&n->bare, "_%s", accent);
		}
		return;
	}
	n->bold |= tok->bold;
	n->script |= tok->script;
	add_stem(n, tok->text);
	const char *letter = greek ? latex_letter(greek) : NULL;
	if (letter)
		add_stem(n, letter);
	if (greek && strncmp(greek, "var", 3) == 0)
		add_stem(n, greek + 3);
}

/* The first spelling that the session knows; otherwise the first that there is. */
static Sym
spelled(const Spelling *n, bool *known)
{
	const char *tail[2] = {n->bare.s ? n->bare.s : "", n->tail.s ? n->tail.s : ""};
	*known = true;
	for (int i = 0; i < n->nstem; i++)
		for (int k = 0; k < 2; k++) {
			Sym name = sym(arena_printf(n->t->a, "%s%s", n->stem[i], tail[k]));
			if (session_find(n->t->s, name))
				return name;
		}
	*known = false;
	return sym(arena_printf(n->t->a, "%s%s", n->stem[0], tail[n->letters]));
}

/* what a subscript adds to a name: 1, in, h; false: it is none */
static bool
name_part(const Tex *t, Range r, Text *part, bool *letters)
{
	*letters = false;
	for (int i = r.beg; i < r.end; i++) {
		const TexToken *tok = &t->tok[i];
		bool greek = tok->kind == TEX_COMMAND && latex_greek(tok->text, strlen(tok->text));
		if (tok->kind == TEX_CHAR && strchr("{}", *tok->text))
			continue;
		if (tok->kind != TEX_NUM && tok->kind != TEX_LETTER && tok->kind != TEX_WORD && !greek)
			return false;
		if (tok->kind == TEX_NUM && strchr(tok->text, '.'))
			return false;
		*letters |= tok->kind != TEX_NUM;
		text_add(part, tok->text);
	}
	return part->n > 0;
}

/* one or two of i j k l or of the indices of sums, or anything with commas */
static bool
is_index(const Tex *t, Range r)
{
	bool letters = r.end - r.beg <= 2;
	for (int i = r.beg; i < r.end; i++) {
		const TexToken *tok = &t->tok[i];
		if (tok->kind == TEX_CHAR && strchr(",+-", *tok->text))
			return true;
		bool bound = false;
		for (int k = 0; k < t->nbound; k++)
			bound |= tok->text == t->bound[k];
		letters &= bound ||
			(tok->kind == TEX_LETTER && !tok->text[1] && strchr("ijkl", *tok->text));
	}
	return letters;
}

static void
add_part(Spelling *n, const Text *part, bool letters)
{
	n->letters |= letters;
	text_addf(&n->tail, "_%s", part->s);
	text_add(&n->bare, part->s);
}

/* ^{(1)} and ^{[1]}: the first layer */
static bool
take_layer(Spelling *n, Scripts *sc)
{
	const Tex *t = n->t;
	Range r = sc->up;
	if (!sc->has_up || r.end - r.beg < 3)
		return false;
	bool round = tex_range_is(t, (Range){r.beg, r.beg + 1}, "("),
		square = tex_range_is(t, (Range){r.beg, r.beg + 1}, "[");
	Text part = text_new(t->a);
	bool letters;
	if ((!round && !square) || !tex_range_is(t, (Range){r.end - 1, r.end}, round ? ")" : "]") ||
		!name_part(t, (Range){r.beg + 1, r.end - 1}, &part, &letters))
		return false;
	add_part(n, &part, letters);
	sc->has_up = false;
	return true;
}

/* y_1 is an entry when y is a vector of the session and has no relative y1; X_{12} likewise. */
static bool
is_entry(const Spelling *n, Range down)
{
	Tex *t = n->t;
	bool known;
	Sym name = spelled(n, &known);
	if (!known)
		return false;
	Spelling with = *n;
	with.tail = text_new(t->a);
	with.bare = text_new(t->a);
	const char *digits = t->tok[down.beg].text;
	text_addf(&with.tail, "%s_%s", n->tail.s ? n->tail.s : "", digits);
	text_addf(&with.bare, "%s%s", n->bare.s ? n->bare.s : "", digits);
	spelled(&with, &known);
	Form f = tex_form(t, tree_name(t->a, tex_loc(t, down), name));
	return !known && (f == FORM_COLUMN || (f == FORM_MATRIX && strlen(digits) == 2));
}

/* The subscript, where it belongs to the name. */
static void
take_subscript(Spelling *n, Scripts *sc)
{
	const Tex *t = n->t;
	Text part = text_new(t->a);
	bool letters, known;
	if (!sc->has_down || !name_part(t, sc->down, &part, &letters))
		return;
	if (!letters && is_entry(n, sc->down))
		return;
	Spelling with = *n;
	with.tail = text_new(t->a);
	with.bare = text_new(t->a);
	text_add(&with.tail, n->tail.s ? n->tail.s : "");
	text_add(&with.bare, n->bare.s ? n->bare.s : "");
	add_part(&with, &part, letters);
	spelled(&with, &known);
	if (!known && is_index(t, sc->down))
		return;
	*n = with;
	sc->has_down = false;
}

/* ---- calls */

/* The letters that are functions wherever they have brackets behind them. */
static bool
is_function_letter(Sym name)
{
	static const char *const letters[] = {"f", "g", "phi", "varphi", "psi"};
	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
		if (strcmp(letters[i], name) == 0)
			return true;
	return false;
}

/* \sigma'(z) of s = sigmoid(z) */
static Tree *
sigmoid_slope(Tex *t, Tree *s)
{
	Tree *one = tree_num(t->a, s->loc, RAT1), *minus = tree(t->a, TREE_NEG, s->loc, 1, s);
	return tree(t->a, TREE_EMUL, s->loc, 2, tree_copy(t->a, s),
		tree(t->a, TREE_ADD, s->loc, 2, one, minus));
}

/* (x, y): nobody writes a product like that */
static bool
names_in_brackets(const Tex *t)
{
	int k = 1;
	if (!tex_is(t, 0, "("))
		return false;
	for (; is_letter(tex_peek(t, k)); k += 2)
		if (!tex_is(t, k + 1, ","))
			return tex_is(t, k + 1, ")");
	return false;
}

/* f(x), f'(z): a call, when the name is a function's; NULL: it is none */
static Tree *
call(Tex *t, Sym name, const Scripts *sc, int beg)
{
	const Entry *e = session_find(t->s, name);
	bool brackets = tex_is(t, 0, "(") || tex_is(t, 0, "[") || tex_is(t, 0, "\\{");
	bool function = e && (e->kind == NAME_FUNCTION || e->kind == NAME_UFUN);
	bool sigmoid = !e && brackets && strcmp(name, "sigma") == 0;
	bool names = !function && !sigmoid && names_in_brackets(t);
	if (e && e->kind == NAME_DEF && names) {
		/* L(\theta) is L, whatever it depends on */
		while (!tex_is(t, -1, ")"))
			t->at++;
		return NULL;
	}
	if (!function && !sigmoid) {
		if (!e && brackets && (sc->prime || is_function_letter(name) || names))
			tex_fail(t, (Range){beg, t->at},
				arena_printf(t->a,
					"fun %s elementwise (or scalar) declares a function; write %s \\cdot (..) for "
					"a product",
					name, name),
				"%s looks like a function, and there is none of that name", name);
		return NULL;
	}
	Tree *f = tree_name(t->a, tex_loc(t, (Range){beg, beg + 1}), sigmoid ? sym("sigmoid") : name);
	f->prime = sigmoid ? 0 : sc->prime;
	if (sigmoid && sc->prime > 1)
		tex_fail(t, (Range){beg, t->at}, "nest diff(.., z)",
			"only the first derivative of the sigmoid is understood");
	if (!brackets)
		tex_fail(
			t, (Range){beg, t->at}, NULL, "the function %s wants its arguments in brackets", name);
	Tree *x = tree(t->a, TREE_CALL, f->loc, 1, f);
	tex_arguments(t, x);
	x->loc = tex_loc(t, (Range){beg, t->at});
	return sigmoid && sc->prime ? sigmoid_slope(t, x) : x;
}

/* \operatorname{rank} and \text{if} are no names of variables. */
static void
check_word(const Tex *t, const TexToken *tok, bool known)
{
	const char *s = t->src->text + tok->beg;
	bool text = strncmp(s, "\\text", 5) == 0 || strncmp(s, "\\mbox", 5) == 0;
	if (tok->kind != TEX_WORD || known || !tok->text[1] ||
		(!text && strncmp(s, "\\operatorname", 13) != 0 && !tex_is(t, 0, "(")))
		return;
	int at = (int)(tok - t->tok);
	const char *like = fun_nearest(tok->text);
	tex_fail(t, (Range){at, at + 1}, like ? arena_printf(t->a, "did you mean %s?", like) : NULL,
		text ? "the word %s is not understood" : "there is no function %s", tok->text);
}

/* What two indices stand at: \delta_{ij} is an entry of I, a_{ij} one of A. */
static Sym
matrix_of(const Tex *t, Sym name, const Scripts *sc)
{
	int n = 0;
	for (int i = sc->down.beg; sc->has_down && i < sc->down.end; i++)
		n += !tex_range_is(t, (Range){i, i + 1}, ",");
	if (n != 2)
		return name;
	if (strcmp(name, "delta") == 0)
		return sym("I");
	char c = (char)toupper((unsigned char)*name);
	return islower((unsigned char)*name) && !name[1] ? symn(&c, 1) : name;
}

/* J^{ij}, the single-entry matrix, whose size is nowhere to be seen */
static bool
is_single_entry(const Tex *t, Sym name, const Scripts *sc)
{
	bool letters = strcmp(name, "J") == 0 && sc->has_up && sc->up.end == sc->up.beg + 2;
	for (int i = sc->up.beg; letters && i < sc->up.end; i++)
		letters = t->tok[i].kind == TEX_LETTER && strchr("ijklmn", *t->tok[i].text);
	return letters;
}

/* \mathbf{e}_i, unless the session has an e */
static bool
is_unit_vector(const Spelling *n, const Scripts *sc)
{
	return n->bold && strcmp(n->stem[0], "e") == 0 && !session_find(n->t->s, sym("e")) &&
		sc->has_down && sc->down.end == sc->down.beg + 1 &&
		(n->t->tok[sc->down.beg].kind == TEX_NUM || is_index(n->t, sc->down));
}

/* Its size is one that nothing else is called, the same for all of a formula. */
static Tree *
unit_vector(Tex *t, Range index, Loc loc)
{
	for (int i = 1; !t->size || session_find(t->s, t->size) || strstr(t->src->text, t->size); i++)
		t->size = sym(arena_printf(t->a, "n%d", i));
	return tree_call(t->a, loc, "e", 2, tex_range(t, index, tex_sum_of_terms),
		tree_name(t->a, loc, t->size));
}

Tree *
tex_name(Tex *t)
{
	int beg = t->at;
	bool known;
	Spelling n = {.t = t, .tail = text_new(t->a), .bare = text_new(t->a)};
	read_stem(&n);
	Scripts sc = tex_scripts(t);
	take_layer(&n, &sc);
	bool identity = strcmp(n.stem[0], "I") == 0 && sc.has_down && !tex_range_is(t, sc.down, "0");
	if (identity) {
		Tree *size = tex_range(t, sc.down, tex_sum_of_terms);
		sc.has_down = false;
		return tex_with_scripts(
			t, tree_call(t->a, tex_loc(t, (Range){beg, sc.end}), "eye", 1, size), &sc, beg);
	}
	if (is_unit_vector(&n, &sc)) {
		Tree *x = unit_vector(t, sc.down, tex_loc(t, (Range){beg, sc.end}));
		sc.has_down = false;
		return tex_with_scripts(t, x, &sc, beg);
	}
	take_subscript(&n, &sc);
	if (sc.has_up && (tex_range_is(t, sc.up, "*") || tex_range_is(t, sc.up, "\\star"))) {
		text_add(&n.tail, "_star");
		text_add(&n.bare, "_star");
		sc.has_up = false;
	}
	Sym name = spelled(&n, &known);
	/* \mathbf{a} is a vector, \mathbf{A} a matrix, as capitals are */
	char first = *n.stem[0];
	if ((n.bold && (first < 'A' || first > 'Z')) || n.script)
		tex_mean(t, name, n.script ? MEANT_SCALAR : MEANT_VECTOR);
	check_word(t, &t->tok[beg], known);
	if (!known && is_single_entry(t, name, &sc))
		tex_fail(t, (Range){beg, sc.end}, "J(i, j, m, n) has one, as does diff(X, X[i,j])",
			"the single-entry matrix wants a size");
	Tree *x = call(t, name, &sc, beg);
	if (x) {
		sc.prime = 0;
		if (!sc.has_up && !sc.has_down)
			return x;
		return tex_with_scripts(t, x, &sc, beg);
	}
	x = tree_name(t->a, tex_loc(t, (Range){beg, sc.end > beg ? sc.end : beg + 1}),
		known ? name : matrix_of(t, name, &sc));
	return tex_with_scripts(t, x, &sc, beg);
}
