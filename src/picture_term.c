/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * picture_term.c: terms to gates: one for every operation as it was written, a product of several
 * factors cut where it is cheapest, names of definitions at the values. Short coefficients are
 * drawn as leaves.
 */
#include "picture_sketch.h"

#include <string.h>

enum { SHORT_LEAF = 12 };       /* columns of a coefficient that is drawn as a leaf */
enum { CHAIN_MAX = 64 };        /* factors of a product for which the cheapest order is sought */

static int
variable(Sketch *k, const Term *t)
{
	for (int i = 0; i < k->p->n; i++) {
		const Gate *g = &k->p->gate[i];
		if (g->kind == GATE_LEAF && g->term->kind == TM_VAR && g->term->var == t->var)
			return i;
	}
	return sketch_leaf(k, t, sketch_name(k, t->name), false);
}

/* ---- coefficients: what is drawn as a leaf though it is written with operators */

/* numbers only, or at most one variable under quotients, products, signs and inverses */
static bool
is_coefficient(const Sketch *k, const Term *t, int *vars)
{
	switch (t->kind) {
	case TM_NUM:
	case TM_PI:
	case TM_IDENT:
		return true;
	case TM_VAR:
		return term_is_scalar(t) && !(k->by && k->by->kind == TM_VAR && k->by->var == t->var) &&
			++*vars <= 1;
	case TM_DIM:
		return ++*vars <= 1;
	case TM_ADD:
		if (t->n > 1 && *vars)
			return false;
		break;
	case TM_MUL:
	case TM_DIV:
	case TM_POW:
		break;
	case TM_CALL:
		if (t->fun->id != F_inv)
			return false;
		break;
	default:
		return false;
	}
	int before = *vars;
	for (int i = 0; i < t->n; i++)
		if (!is_coefficient(k, t->kid[i], vars))
			return false;
	bool number = *vars == before;
	if (t->kind == TM_ADD)
		return t->n == 1 || number;
	return t->kind != TM_POW || number || (t->kid[1]->kind == TM_NUM && rat_is(t->kid[1]->num, -1));
}

static Tree *
coefficient_tree(Arena *a, const Term *t)
{
	static const TreeKind same[] = {
		[TM_ADD] = TREE_ADD, [TM_MUL] = TREE_MUL, [TM_DIV] = TREE_DIV, [TM_POW] = TREE_POW,
	};
	switch (t->kind) {
	case TM_NUM:
		return tree_num(a, t->loc, t->num);
	case TM_PI:
		return tree_name(a, t->loc, sym("pi"));
	case TM_IDENT:
		return tree_name(a, t->loc, sym("I"));
	case TM_VAR:
	case TM_DIM:
		return tree_name(a, t->loc, t->name);
	case TM_CALL:
		return tree_call(a, t->loc, "inv", 1, coefficient_tree(a, t->kid[0]));
	default:
		break;
	}
	Tree *r = tree(a, same[t->kind], t->loc, 0);
	for (int i = 0; i < t->n; i++) {
		Tree *kid = coefficient_tree(a, t->kid[i]);
		if (t->kind == TM_ADD && t->sign[i] < 0)
			kid = tree(a, TREE_NEG, t->loc, 1, kid);
		tree_push(a, r, kid);
	}
	return r->n == 1 ? r->kid[0] : r;
}

/* the text of a short coefficient, or NULL */
static const char *
coefficient(const Sketch *k, const Term *t)
{
	int vars = 0;
	if (t->n == 0 || (!term_is_scalar(t) && t->kind != TM_MUL) || !is_coefficient(k, t, &vars))
		return NULL;
	const char *s = print_tree(k->a, coefficient_tree(k->a, t), k->p->style);
	return text_columns(s) <= SHORT_LEAF ? s : NULL;
}

/* An operand. A definition's own operation is drawn in full; coefficients within it are not, unless
   all of it is made of such (parent: what it is an operand of). */
static int
operand(Sketch *k, const Term *t, const Term *parent)
{
	int vars = 0, none = 0;
	const char *text = coefficient(k, t);
	bool number = text && is_coefficient(k, t, &none) && none == 0;
	if (text && (number || !is_coefficient(k, parent, &vars)))
		return sketch_leaf(k, t, text, true);
	return sketch_term(k, t, NULL);
}

/* first: the gate that stands for the first operand, or -1 */
static int *
operands(Sketch *k, const Term *t, int first)
{
	int *in = NEWN(k->a, int, t->n + 1);
	for (int i = 0; i < t->n; i++)
		in[i] = i == 0 && first >= 0 ? first : operand(k, t->kid[i], t);
	return in;
}

/* ---- products */

typedef struct Chain {
	Sketch *k;
	const Term *t;
	int n, *in;             /* the factors */
	double *size;           /* n + 1: rows of factor i, columns of factor i - 1 */
	double *cost;           /* of the product of factors i .. j */
	int *cut;               /* its right part begins there */
	Sym name;
} Chain;

static long
some_size(void *ctx, Sym dim)
{
	(void)ctx;
	(void)dim;
	return 100;             /* a name counts as large, a number as itself */
}

static double
guess(Arena *a, const Dim *d)
{
	Sym missing;
	return (double)dim_eval(a, d, some_size, NULL, &missing);
}

static int
multiply(Chain *c, int i, int j)
{
	if (i == j)
		return c->in[i];
	Sketch *k = c->k;
	int cut = c->n > CHAIN_MAX ? j : c->cut[i * c->n + j];
	int in[2] = {multiply(c, i, cut - 1), multiply(c, cut, j)};
	Gate g = {.kind = GATE_SIGN, .op = sketch_unicode(k) ? "×" : "*", .n = 2};
	g.in = NEWN(k->a, int, 2);
	memcpy(g.in, in, sizeof in);
	g.ordered = true;
	g.row = k->p->gate[c->in[i]].row;
	g.col = k->p->gate[c->in[j]].col;
	return sketch_gate(k, g, c->t, i == 0 && j == c->n - 1 ? c->name : NULL);
}

/* W'*W*x as W'*(W*x): the cheapest order, from the left among equals, but a column is multiplied
   first: x'*(A*x), as derivations have it */
static int
chain(Sketch *k, const Term *t, int n, int *in, Sym name)
{
	Chain c = {.k = k, .t = t, .n = n, .in = in, .name = name};
	if (n > CHAIN_MAX) {
		int last = in[0];
		for (int i = 1; i < n; i++) {
			c.in = (int[]){last, in[i]};
			c.n = 2;
			c.cut = (int[]){0, 1, 0, 0};
			c.name = i == n - 1 ? name : NULL;
			last = multiply(&c, 0, 1);
		}
		return last;
	}
	c.size = NEWN(k->a, double, n + 1);
	c.cost = NEWN(k->a, double, n * n);
	c.cut = NEWN(k->a, int, n * n);
	for (int i = 0; i < n; i++) {
		c.size[i] = guess(k->a, k->p->gate[in[i]].row);
		c.size[i + 1] = guess(k->a, k->p->gate[in[i]].col);
	}
	for (int len = 2; len <= n; len++) {
		for (int i = 0, j = len - 1; j < n; i++, j++) {
			double best = -1;
			bool column = c.size[j + 1] == 1;
			for (int step = 1; step <= j - i; step++) {
				int m = column ? i + step : j + 1 - step;
				double w = c.cost[i * n + m - 1] + c.cost[m * n + j] +
					c.size[i] * c.size[m] * c.size[j + 1];
				if (best >= 0 && w >= best)
					continue;
				best = w;
				c.cut[i * n + j] = m;
			}
			c.cost[i * n + j] = best;
		}
	}
	return multiply(&c, 0, n - 1);
}

/* Scalars scale the product of the matrices; a row times a column is a scalar, with which a new
   product begins. first: what stands for the first factor, or -1. */
static int
product(Sketch *k, const Term *t, int first, Sym name)
{
	int *in = operands(k, t, first);
	int *part = NEWN(k->a, int, t->n + 1), *seq = NEWN(k->a, int, t->n + 1);
	int nseq = 0, nscalar = 0;
	for (int i = 0; i < t->n; i++)
		nscalar += term_is_scalar(t->kid[i]);
	int npart = 0;
	const Gate *gate = k->p->gate;
	for (int i = 0; i < t->n; i++) {
		if (term_is_scalar(t->kid[i])) {
			part[npart++] = in[i];
			continue;
		}
		seq[nseq++] = in[i];
		const Dim *row = gate[seq[0]].row, *col = t->kid[i]->col;
		bool closed = t->kid[i]->nax <= 2 && row && dim_is(row, 1) && dim_is(col, 1);
		bool last = true;
		for (int j = i + 1; j < t->n && last; j++)
			last = term_is_scalar(t->kid[j]);
		if (!closed && !last)
			continue;
		bool whole = npart == 0 && last && nscalar == 0;
		part[npart++] = nseq == 1 ? seq[0] : chain(k, t, nseq, seq, whole ? name : NULL);
		gate = k->p->gate;
		nseq = 0;
	}
	if (npart == 1)
		return part[0];
	Gate g = sketch_operation(k, t, GATE_SIGN, sketch_unicode(k) ? "×" : "*", npart, part);
	return sketch_gate(k, g, t, name);
}

/* ---- sums */

/* -1/2*a: the sign goes to the coefficient; -1: there is none */
static int
negative_product(Sketch *k, const Term *t, Sym name)
{
	const Term *p = t->kid[0], *c = p->n ? p->kid[0] : NULL;
	int vars = 0, factors = 0;
	if (p->kind != TM_MUL || !term_is_scalar(c) || !is_coefficient(k, c, &vars) ||
		is_coefficient(k, p, &factors))
		return -1;
	Tree *tree_of = tree(k->a, TREE_NEG, t->loc, 1, coefficient_tree(k->a, c));
	const char *text = print_tree(k->a, tree_of, k->p->style);
	if (text_columns(text) > SHORT_LEAF)
		return -1;
	return product(k, p, sketch_leaf(k, c, text, true), name);
}

static int
sum(Sketch *k, const Term *t, Sym name)
{
	bool negative = false;
	int scaled = t->n == 1 && t->sign[0] < 0 ? negative_product(k, t, name) : -1;
	if (scaled >= 0)
		return scaled;
	for (int i = 0; i < t->n; i++)
		negative |= t->sign[i] < 0;
	Gate g = sketch_operation(k, t, GATE_SIGN, "+", t->n, operands(k, t, -1));
	bool minus = t->n == 1 || (t->n == 2 && t->sign[0] > 0);
	if (negative && minus) {
		g.op = sketch_unicode(k) ? "−" : "-";
		g.ordered = true;
	} else if (negative) {
		g.sign = t->sign;
	}
	return sketch_gate(k, g, t, name);
}

/* ---- functions */

/* sum(.,1), reshape(.,m,n): a function with the arguments that are no operands */
static const char *
call_text(const Sketch *k, const char *fun, const Term *t)
{
	if (t->nidx == 0)
		return fun;
	Text s = text_new(k->a);
	text_addf(&s, "%s(", fun);
	for (int i = 0; i < t->n; i++)
		text_addf(&s, "%s%s", i ? "," : "", sketch_unicode(k) ? "·" : ".");
	for (int i = 0; i < t->nidx && t->idx[i]; i++)
		text_addf(&s, "%s%s", i || t->n ? "," : "", dim_text(k->a, t->idx[i]));
	text_add(&s, ")");
	return s.s;
}

static int
function(Sketch *k, const Term *t, Sym name)
{
	const char *fun = call_text(k, t->fun->name, t);
	Gate g = sketch_operation(k, t, GATE_FUN, fun, t->n, operands(k, t, -1));
	if (t->fun->id == F_transpose) {
		g.kind = GATE_SIGN;
		g.op = sketch_unicode(k) ? "T" : "'";
	}
	g.ordered = t->n > 1 && t->fun->id != F_dot && t->fun->id != F_max && t->fun->id != F_min;
	return sketch_gate(k, g, t, name);
}

static int
unknown(Sketch *k, const Term *t, Sym name)
{
	const char *fun = sketch_name(k, t->ufun->name);
	for (int i = 0; i < t->prime && i < 4; i++)
		fun = arena_printf(k->a, "%s'", fun);
	Gate g = sketch_operation(k, t, GATE_FUN, fun, t->n, operands(k, t, -1));
	g.ordered = t->n > 1;
	return sketch_gate(k, g, t, name);
}

static int
entry(Sketch *k, const Term *t, Sym name)
{
	Text s = text_new(k->a);
	for (int i = 0; i < t->nidx && t->idx[i]; i++)
		text_addf(&s, "%s%s", i ? "," : "[", dim_text(k->a, t->idx[i]));
	text_add(&s, "]");
	return sketch_gate(k, sketch_operation(k, t, GATE_FUN, s.s, 1, operands(k, t, -1)), t, name);
}

static int
blocks(Sketch *k, const Term *t, Sym name)
{
	Text s = text_new(k->a);
	for (int i = 0; i < t->nrow; i++) {
		text_add(&s, i ? "; " : "[");
		for (int j = 0; j < t->rowlen[i]; j++)
			text_add(&s, sketch_unicode(k) ? j ? " ·" : "·" : j ? " ." : ".");
	}
	text_add(&s, "]");
	Gate g = sketch_operation(k, t, GATE_FUN, s.s, t->n, operands(k, t, -1));
	g.ordered = true;
	return sketch_gate(k, g, t, name);
}

/* x^2 has its exponent in the gate */
static int
power(Sketch *k, const Term *t, Sym name)
{
	const char *sign = t->kind == TM_POW ? "^" : ".^";
	const Term *e = t->kid[1];
	int vars = 0;
	if (t->n == 2 && (coefficient(k, e) || e->n == 0) && is_coefficient(k, e, &vars) && vars == 0) {
		const char *text = print_tree(k->a, coefficient_tree(k->a, e), k->p->style);
		int in = operand(k, t->kid[0], t);
		bool brackets = rat_sign(e->num) < 0 || e->n;
		Gate g = sketch_operation(k, t, GATE_FUN,
			arena_printf(k->a, brackets ? "%s(%s)" : "%s%s", sign, text), 1, &in);
		return sketch_gate(k, g, t, name);
	}
	Gate g = sketch_operation(k, t, GATE_SIGN, sign, t->n, operands(k, t, -1));
	g.ordered = true;
	return sketch_gate(k, g, t, name);
}

/* ---- terms */

static const struct { const char *ascii, *unicode; bool ordered;
} sign_of[] = {
	[TM_EMUL] = {".*", "⊙", false},
	[TM_EDIV] = {"./", "⊘", true},
	[TM_DIV] = {"/", "/", true},
	[TM_LDIV] = {"\\", "\\", true},
	[TM_TRANS] = {"'", "T", false},
	[TM_KRON] = {"kron", "⊗", true},
};

static int
draw_operation(Sketch *k, const Term *t, Sym name)
{
	switch (t->kind) {
	case TM_ADD:
		return sum(k, t, name);
	case TM_MUL:
		return product(k, t, -1, name);
	case TM_POW:
	case TM_EPOW:
		return power(k, t, name);
	case TM_CALL:
		return function(k, t, name);
	case TM_UNKNOWN:
		return unknown(k, t, name);
	case TM_ENTRY:
		return entry(k, t, name);
	case TM_MATRIX:
		return blocks(k, t, name);
	default:
		break;
	}
	Gate g = sketch_operation(k, t, GATE_SIGN, sketch_unicode(k) ? sign_of[t->kind].unicode :
		sign_of[t->kind].ascii, t->n, operands(k, t, -1));
	g.ordered = sign_of[t->kind].ordered;
	return sketch_gate(k, g, t, name);
}

/* a matrix of numbers as it is written when it is short, otherwise "numbers"; NULL: of other
   things */
static const char *
numbers_text(Sketch *k, const Term *t)
{
	Text s = text_new(k->a);
	for (int i = 0, kid = 0; i < t->nrow; i++) {
		text_add(&s, i ? "; " : "[");
		for (int j = 0; j < t->rowlen[i]; j++, kid++) {
			int vars = 0;
			const Term *x = t->kid[kid];
			if (!term_is_scalar(x) || !is_coefficient(k, x, &vars) || vars)
				return NULL;
			text_addf(&s, j ? " %s" : "%s",
				print_tree(k->a, coefficient_tree(k->a, x), k->p->style));
		}
	}
	text_add(&s, "]");
	return text_columns(s.s) <= SHORT_LEAF ? s.s : "numbers";
}

/* the gate of a definition: its operation gets the name; what is only another name has a gate,
   too */
static int
named(Sketch *k, const Term *t)
{
	const Term *body = t->kid[0];
	bool operation_itself = body->n > 0 && body->kind != TM_NAMED &&
		!(body->kind == TM_MUL && body->n == 1);
	if (body->kind == TM_MATRIX && numbers_text(k, body))
		return sketch_leaf(k, t, sketch_name(k, t->name), false);
	if (operation_itself)
		return draw_operation(k, body, t->name);
	int in = sketch_term(k, body, NULL);
	return sketch_gate(k, sketch_operation(k, t, GATE_SIGN, "=", 1, &in), t, t->name);
}

static int
draw_anew(Sketch *k, const Term *t)
{
	switch (t->kind) {
	case TM_NUM:
		return sketch_leaf(
			k, t, print_tree(k->a, tree_num(k->a, t->loc, t->num), k->p->style), true);
	case TM_PI:
		return sketch_leaf(k, t, sketch_name(k, sym("pi")), true);
	case TM_IDENT:
		return sketch_leaf(k, t, "I", true);
	case TM_DIM:
	case TM_INDEXNAME:
		return sketch_leaf(k, t, sketch_name(k, t->name), true);
	case TM_VAR:
		return variable(k, t);
	case TM_NAMED:
		return named(k, t);
	default:
		break;
	}
	if (t->n == 0)
		return sketch_leaf(k, t, call_text(k, t->fun->name, t), true);
	const char *numbers = t->kind == TM_MATRIX ? numbers_text(k, t) : NULL;
	if (numbers)
		return sketch_leaf(k, t, numbers, true);
	return draw_operation(k, t, NULL);
}

int
sketch_term(Sketch *k, const Term *t, Sym name)
{
	if (name)
		return draw_operation(k, t, name);
	int g = sketch_drawn(k, t);
	if (g >= 0)
		return g;
	g = draw_anew(k, t);
	if (t->n > 0)
		sketch_keep(k, t, g);
	return g;
}
