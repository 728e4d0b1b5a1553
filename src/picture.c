/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * picture.c: `graph`. The expression as the graph that a person draws for it: one gate for every
 * operation as it was written, a product of several factors cut where it is cheapest, a shared
 * value once, names of definitions at the values. Works on shaped terms, since the tensor graph has
 * flattened what was written. Of a derivative, the graph of what is differentiated, with the
 * adjoint of every value on the way.
 */
#include "picture.h"

#include <stdlib.h>
#include <string.h>

#include "infer.h"

typedef struct Drawn { const Term *term; int gate; } Drawn;

typedef struct Sketch {
	Arena *a;
	Elab *e;
	Picture *p;
	Drawn *drawn; unsigned ndrawn, cap_drawn;       /* open addressing, at most half full */
	const Term *by;         /* the variable of the derivative, or NULL */
	Sym *taken; int ntaken, cap_taken;
} Sketch;

enum { SHORT_LEAF = 12 };       /* columns of a coefficient that is drawn as a leaf */
enum { CHAIN_MAX = 64 };        /* factors of a product for which the cheapest order is sought */

static int draw(Sketch *k, const Term *t, Sym name);

static bool
unicode(const Sketch *k)
{
	return k->p->style == STYLE_UNICODE;
}

static bool
is_scalar(const Term *t)
{
	return t->nax <= 2 && dim_is(t->row, 1) && dim_is(t->col, 1);
}

static const char *
name_text(const Sketch *k, Sym name)
{
	return print_tree(k->a, tree_name(k->a, (Loc){0}, name), k->p->style);
}

/* ---- terms that have been drawn */

static Drawn *
find_drawn(const Sketch *k, const Term *t)
{
	unsigned i = (unsigned)((uintptr_t)t >> 4) * 2654435761u;
	while (k->drawn[i & (k->cap_drawn - 1)].term && k->drawn[i & (k->cap_drawn - 1)].term != t)
		i++;
	return &k->drawn[i & (k->cap_drawn - 1)];
}

/* the gate of a term, -1 when it has none yet */
static int
drawn(const Sketch *k, const Term *t)
{
	const Drawn *d = k->cap_drawn ? find_drawn(k, t) : NULL;
	return d && d->term ? d->gate : -1;
}

static void
keep_drawn(Sketch *k, const Term *t, int gate)
{
	if (2 * k->ndrawn >= k->cap_drawn) {
		unsigned old = k->cap_drawn;
		const Drawn *d = k->drawn;
		k->cap_drawn = old ? 2 * old : 64;
		k->drawn = NEWN(k->a, Drawn, k->cap_drawn);
		for (unsigned i = 0; i < old; i++)
			if (d[i].term)
				*find_drawn(k, d[i].term) = d[i];
	}
	*find_drawn(k, t) = (Drawn){t, gate};
	k->ndrawn++;
}

/* ---- gates */

static int
gate_new(Sketch *k, Gate g)
{
	g.use = g.next_use = -1;
	g.below = "";
	g.name = g.name ? g.name : "";
	g.op = g.op ? g.op : "";
	PUSH(k->a, k->p->gate, k->p->n, k->p->cap, g);
	if (g.n > 0) {
		Gate *first = &k->p->gate[g.in[0]];
		k->p->gate[k->p->n - 1].next_use = first->use;
		first->use = k->p->n - 1;
	}
	return k->p->n - 1;
}

/* a gate with its shape; the one that is there when there is such a one already */
static int
gate_of(Sketch *k, Gate g, const Term *t, Sym name)
{
	g.term = t;
	g.name = name ? name_text(k, name) : "";
	if (name)
		PUSH(k->a, k->taken, k->ntaken, k->cap_taken, name);
	if (!g.shape)
		g.shape = g.row ? short_shape(k->a, g.row, g.col) : term_shape(k->a, t);
	for (int i = g.n ? k->p->gate[g.in[0]].use : -1; i >= 0; i = k->p->gate[i].next_use) {
		const Gate *o = &k->p->gate[i];
		bool signs = !o->sign == !g.sign &&
			(!g.sign || memcmp(o->sign, g.sign, sizeof *g.sign * (size_t)g.n) == 0);
		if (o->n == g.n && signs && strcmp(o->op, g.op) == 0 && strcmp(o->name, g.name) == 0 &&
			strcmp(o->shape, g.shape) == 0 && memcmp(o->in, g.in, sizeof *g.in * (size_t)g.n) == 0)
			return i;
	}
	return gate_new(k, g);
}

/* the operation of term t on gates */
static Gate
operation(Sketch *k, const Term *t, GateKind kind, const char *op, int n, const int *in)
{
	Gate g = {.kind = kind, .op = op, .n = n, .in = NEWN(k->a, int, n + 1)};
	for (int i = 0; i < n; i++)
		g.in[i] = in[i];
	if (t->nax <= 2) {
		g.row = t->row;
		g.col = t->col;
	}
	return g;
}

static int
leaf(Sketch *k, const Term *t, const char *text, bool number)
{
	Gate g = operation(k, t, GATE_LEAF, "", 0, NULL);
	g.name = text;
	g.term = t;
	g.number = number;
	g.shape = number && is_scalar(t) ? "" : term_shape(k->a, t);
	return gate_new(k, g);
}

static int
variable(Sketch *k, const Term *t)
{
	for (int i = 0; i < k->p->n; i++) {
		const Gate *g = &k->p->gate[i];
		if (g->kind == GATE_LEAF && g->term->kind == TM_VAR && g->term->var == t->var)
			return i;
	}
	return leaf(k, t, name_text(k, t->name), false);
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
		return is_scalar(t) && !(k->by && k->by->kind == TM_VAR && k->by->var == t->var) &&
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
	if (t->n == 0 || (!is_scalar(t) && t->kind != TM_MUL) || !is_coefficient(k, t, &vars))
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
		return leaf(k, t, text, true);
	return draw(k, t, NULL);
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
	Gate g = {.kind = GATE_SIGN, .op = unicode(k) ? "×" : "*", .n = 2, .in = NEWN(k->a, int, 2)};
	memcpy(g.in, in, sizeof in);
	g.ordered = true;
	g.row = k->p->gate[c->in[i]].row;
	g.col = k->p->gate[c->in[j]].col;
	return gate_of(k, g, c->t, i == 0 && j == c->n - 1 ? c->name : NULL);
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
	int *in = operands(k, t, first), *part = NEWN(k->a, int, t->n + 1), *seq = NEWN(k->a, int, t->n + 1);
	int nseq = 0, nscalar = 0;
	for (int i = 0; i < t->n; i++)
		nscalar += is_scalar(t->kid[i]);
	int npart = 0;
	const Gate *gate = k->p->gate;
	for (int i = 0; i < t->n; i++) {
		if (is_scalar(t->kid[i])) {
			part[npart++] = in[i];
			continue;
		}
		seq[nseq++] = in[i];
		const Dim *row = gate[seq[0]].row, *col = t->kid[i]->col;
		bool closed = t->kid[i]->nax <= 2 && row && dim_is(row, 1) && dim_is(col, 1);
		bool last = true;
		for (int j = i + 1; j < t->n && last; j++)
			last = is_scalar(t->kid[j]);
		if (!closed && !last)
			continue;
		bool whole = npart == 0 && last && nscalar == 0;
		part[npart++] = nseq == 1 ? seq[0] : chain(k, t, nseq, seq, whole ? name : NULL);
		gate = k->p->gate;
		nseq = 0;
	}
	if (npart == 1)
		return part[0];
	return gate_of(k, operation(k, t, GATE_SIGN, unicode(k) ? "×" : "*", npart, part), t, name);
}

/* ---- sums */

/* -1/2*a: the sign goes to the coefficient; -1: there is none */
static int
negative_product(Sketch *k, const Term *t, Sym name)
{
	const Term *p = t->kid[0], *c = p->n ? p->kid[0] : NULL;
	int vars = 0, factors = 0;
	if (p->kind != TM_MUL || !is_scalar(c) || !is_coefficient(k, c, &vars) ||
		is_coefficient(k, p, &factors))
		return -1;
	Tree *tree_of = tree(k->a, TREE_NEG, t->loc, 1, coefficient_tree(k->a, c));
	const char *text = print_tree(k->a, tree_of, k->p->style);
	if (text_columns(text) > SHORT_LEAF)
		return -1;
	return product(k, p, leaf(k, c, text, true), name);
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
	Gate g = operation(k, t, GATE_SIGN, "+", t->n, operands(k, t, -1));
	bool minus = t->n == 1 || (t->n == 2 && t->sign[0] > 0);
	if (negative && minus) {
		g.op = unicode(k) ? "−" : "-";
		g.ordered = true;
	} else if (negative) {
		g.sign = t->sign;
	}
	return gate_of(k, g, t, name);
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
		text_addf(&s, "%s%s", i ? "," : "", unicode(k) ? "·" : ".");
	for (int i = 0; i < t->nidx && t->idx[i]; i++)
		text_addf(&s, "%s%s", i || t->n ? "," : "", dim_text(k->a, t->idx[i]));
	text_add(&s, ")");
	return s.s;
}

static int
function(Sketch *k, const Term *t, Sym name)
{
	Gate g = operation(k, t, GATE_FUN, call_text(k, t->fun->name, t), t->n, operands(k, t, -1));
	if (t->fun->id == F_transpose) {
		g.kind = GATE_SIGN;
		g.op = unicode(k) ? "T" : "'";
	}
	g.ordered = t->n > 1 && t->fun->id != F_dot && t->fun->id != F_max && t->fun->id != F_min;
	return gate_of(k, g, t, name);
}

static int
unknown(Sketch *k, const Term *t, Sym name)
{
	const char *fun = name_text(k, t->ufun->name);
	for (int i = 0; i < t->prime && i < 4; i++)
		fun = arena_printf(k->a, "%s'", fun);
	Gate g = operation(k, t, GATE_FUN, fun, t->n, operands(k, t, -1));
	g.ordered = t->n > 1;
	return gate_of(k, g, t, name);
}

static int
entry(Sketch *k, const Term *t, Sym name)
{
	Text s = text_new(k->a);
	for (int i = 0; i < t->nidx && t->idx[i]; i++)
		text_addf(&s, "%s%s", i ? "," : "[", dim_text(k->a, t->idx[i]));
	text_add(&s, "]");
	return gate_of(k, operation(k, t, GATE_FUN, s.s, 1, operands(k, t, -1)), t, name);
}

static int
blocks(Sketch *k, const Term *t, Sym name)
{
	Text s = text_new(k->a);
	for (int i = 0; i < t->nrow; i++) {
		text_add(&s, i ? "; " : "[");
		for (int j = 0; j < t->rowlen[i]; j++)
			text_add(&s, unicode(k) ? j ? " ·" : "·" : j ? " ." : ".");
	}
	text_add(&s, "]");
	Gate g = operation(k, t, GATE_FUN, s.s, t->n, operands(k, t, -1));
	g.ordered = true;
	return gate_of(k, g, t, name);
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
		Gate g = operation(k, t, GATE_FUN,
			arena_printf(k->a, brackets ? "%s(%s)" : "%s%s", sign, text), 1, &in);
		return gate_of(k, g, t, name);
	}
	Gate g = operation(k, t, GATE_SIGN, sign, t->n, operands(k, t, -1));
	g.ordered = true;
	return gate_of(k, g, t, name);
}

/* ---- terms */

static const struct { const char *ascii, *unicode; bool ordered; } sign_of[] = {
	[TM_EMUL] = {".*", "⊙", false}, [TM_EDIV] = {"./", "⊘", true}, [TM_DIV] = {"/", "/", true},
	[TM_LDIV] = {"\\", "\\", true}, [TM_TRANS] = {"'", "T", false}, [TM_KRON] = {"kron", "⊗", true},
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
	Gate g = operation(k, t, GATE_SIGN, unicode(k) ? sign_of[t->kind].unicode :
		sign_of[t->kind].ascii, t->n, operands(k, t, -1));
	g.ordered = sign_of[t->kind].ordered;
	return gate_of(k, g, t, name);
}

/* a matrix of numbers as it is written when it is short, otherwise its size; NULL: of other things */
static const char *
numbers_text(Sketch *k, const Term *t)
{
	Text s = text_new(k->a);
	for (int i = 0, kid = 0; i < t->nrow; i++) {
		text_add(&s, i ? "; " : "[");
		for (int j = 0; j < t->rowlen[i]; j++, kid++) {
			int vars = 0;
			const Term *x = t->kid[kid];
			if (!is_scalar(x) || !is_coefficient(k, x, &vars) || vars)
				return NULL;
			text_addf(&s, j ? " %s" : "%s",
				print_tree(k->a, coefficient_tree(k->a, x), k->p->style));
		}
	}
	text_add(&s, "]");
	return text_columns(s.s) <= SHORT_LEAF ? s.s : "numbers";
}

/* the gate of a definition: its operation gets the name; what is only another name has a gate too */
static int
named(Sketch *k, const Term *t)
{
	const Term *body = t->kid[0];
	bool operation_itself = body->n > 0 && body->kind != TM_NAMED &&
		!(body->kind == TM_MUL && body->n == 1);
	if (body->kind == TM_MATRIX && numbers_text(k, body))
		return leaf(k, t, name_text(k, t->name), false);
	if (operation_itself)
		return draw_operation(k, body, t->name);
	int in = draw(k, body, NULL);
	return gate_of(k, operation(k, t, GATE_SIGN, "=", 1, &in), t, t->name);
}

static int
draw_anew(Sketch *k, const Term *t)
{
	switch (t->kind) {
	case TM_NUM:
		return leaf(k, t, print_tree(k->a, tree_num(k->a, t->loc, t->num), k->p->style), true);
	case TM_PI:
		return leaf(k, t, name_text(k, sym("pi")), true);
	case TM_IDENT:
		return leaf(k, t, "I", true);
	case TM_DIM:
	case TM_INDEXNAME:
		return leaf(k, t, name_text(k, t->name), true);
	case TM_VAR:
		return variable(k, t);
	case TM_NAMED:
		return named(k, t);
	default:
		break;
	}
	if (t->n == 0)
		return leaf(k, t, call_text(k, t->fun->name, t), true);
	const char *numbers = t->kind == TM_MATRIX ? numbers_text(k, t) : NULL;
	if (numbers)
		return leaf(k, t, numbers, true);
	return draw_operation(k, t, NULL);
}

/* needs: a shaped term. gives: the gate of its value; each term is drawn once. */
static int
draw(Sketch *k, const Term *t, Sym name)
{
	if (name)
		return draw_operation(k, t, name);
	int g = drawn(k, t);
	if (g >= 0)
		return g;
	g = draw_anew(k, t);
	if (t->n > 0)
		keep_drawn(k, t, g);
	return g;
}

/* ---- adjoints */

static void
take_dim(Sketch *k, const Dim *d)
{
	for (int i = 0; d && i < d->n; i++)
		for (int j = 0; j < d->term[i].nsym; j++)
			PUSH(k->a, k->taken, k->ntaken, k->cap_taken, d->term[i].sym[j]);
}

static bool
is_free(const Sketch *k, Sym name)
{
	if (fun_find(name) || names_in_use(k->e->names, name))
		return false;
	for (int i = 0; i < k->ntaken; i++)
		if (k->taken[i] == name)
			return false;
	return true;
}

/* A letter for a value without a name; none that could be read as something else. */
static const char *
letter(Sketch *k, const Gate *g, bool root)
{
	static const char *const small = "abcfghkpqrstuvwyz", *const large = "MNPQRSUVABCFGHKLWYZ";
	bool matrix = !g->row || (!dim_is(g->row, 1) && !dim_is(g->col, 1));
	Sym name = root ? sym(matrix ? "F" : "f") : NULL;
	if (name && !is_free(k, name))
		name = NULL;
	for (const char *s = matrix ? large : small; *s && !name; s++)
		if (is_free(k, symn(s, 1)))
			name = symn(s, 1);
	for (int i = 1; !name; i++) {
		Sym t = sym(arena_printf(k->a, "t%d", i));
		if (is_free(k, t))
			name = t;
	}
	PUSH(k->a, k->taken, k->ntaken, k->cap_taken, name);
	return name_text(k, name);
}

/* from the root down, so that letters come in that order */
static void
name_values(Sketch *k)
{
	Picture *p = k->p;
	for (int i = 0; i < p->n; i++) {
		take_dim(k, p->gate[i].row);
		take_dim(k, p->gate[i].col);
	}
	for (int i = p->n - 1; i >= 0; i--) {
		Gate *g = &p->gate[i];
		if (!g->active || *g->name)
			continue;
		const Gate *of = g->n == 1 ? &p->gate[g->in[0]] : NULL;
		/* W' of a W that has a name; operands come later, so that it is one of the user's */
		bool turned = of && *of->name && (strcmp(g->op, "'") == 0 || strcmp(g->op, "T") == 0);
		if (turned)
			g->name = arena_printf(k->a, "%s%s", of->name, unicode(k) ? "ᵀ" : "'");
		else
			g->name = letter(k, g, i == p->root);
	}
}

static bool
is_by(const Sketch *k, int i)
{
	const Gate *g = &k->p->gate[i];
	if (k->by->kind == TM_VAR)
		return g->kind == GATE_LEAF && g->term->kind == TM_VAR && g->term->var == k->by->var;
	return drawn(k, k->by) == i;
}

/* Marks what depends on the variable; what a variable that is a definition is made of does not. */
static void
mark_active(Sketch *k)
{
	for (int i = 0; i < k->p->n; i++) {
		Gate *g = &k->p->gate[i];
		g->active = is_by(k, i);
		for (int j = 0; j < g->n; j++)
			g->active |= k->p->gate[g->in[j]].active;
	}
}

/* dl/dc below every value c on the way, or its tangent dc */
static void
put_adjoints(Sketch *k, bool tangents)
{
	Picture *p = k->p;
	const char *d = unicode(k) && !tangents ? "∂" : "d";
	mark_active(k);
	name_values(k);
	const Gate *root = &p->gate[p->root];
	for (int i = 0; i < p->n; i++) {
		Gate *g = &p->gate[i];
		if (!g->active)
			continue;
		if (tangents)
			g->below = arena_printf(k->a, "%s%s", d, g->name);
		else if (g == root)
			g->below = arena_printf(k->a, "%s%s/%s%s = %s", d, g->name, d, g->name,
				is_scalar(root->term) ? "1" : "I");
		else
			g->below = arena_printf(k->a, "%s%s/%s%s", d, root->name, d, g->name);
	}
}

/* ---- the statement */

/* The derivative whose graph is shown with adjoints: of kid[0] by kid[1]; otherwise NULL. */
static const Term *
derivative(const Term *t)
{
	while (t->kind == TM_NAMED)
		t = t->kid[0];
	if (t->kind != TM_CALL || t->fun->cls != FC_DERIV || t->fun->id == F_hess || t->fun->id == F_vjp)
		return NULL;
	return t;
}

static Picture *
picture_new(Mdx *s, Arena *a, const Tree *t, Style style, Elab **e)
{
	Picture *p = NEW(a, Picture);
	p->a = a;
	p->style = style;
	Sketch k = {.a = a, .e = *e = elab_new(s, a, dims_new(a)), .p = p};
	const Term *term = elab_expr(k.e, t), *d = derivative(term);
	if (!d) {
		p->root = draw(&k, term, NULL);
		return p;
	}
	k.by = d->kid[1]->kind == TM_ENTRY ? d->kid[1]->kid[0] : d->kid[1];
	p->root = draw(&k, d->kid[0], NULL);
	p->title = print_tree(a, t, style);
	put_adjoints(&k, d->fun->id == F_dir);
	return p;
}

/* whether the terminal shows more than ASCII: the locale's variables, as the C library reads them */
static bool
utf8_terminal(const Mdx *s)
{
	static const char *const name[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *v = NULL;
	for (size_t i = 0; i < sizeof name / sizeof *name && !(v && *v); i++)
		v = getenv(name[i]);
	return s->terminal && v && (strstr(v, "UTF-8") || strstr(v, "utf-8") || strstr(v, "utf8"));
}

/* graph EXPR, graph EXPR > "file" */
MdxStatus
cmd_graph(Mdx *s, Arena *a, const Stmt *st)
{
	enum { COLUMNS = 80 };  /* when there is no terminal */
	bool wide = s->style == STYLE_UNICODE || (s->style == STYLE_ASCII && utf8_terminal(s));
	Style style = wide || st->redirect ? STYLE_UNICODE : STYLE_ASCII;
	Elab *e;
	if (!st->expr || st->narg != 1)
		raise_hint(a, st->loc, "graph l, or graph l > \"l.svg\"", "graph wants an expression");
	Picture *p = picture_new(s, a, st->expr, style, &e);
	if (st->redirect) {
		picture_write(p, st->loc, io_path(a, st->loc, st->redirect));
	} else {
		const char *text = picture_text(p, s->width ? s->width : COLUMNS);
		s->out.write(s->out.ctx, false, text, strlen(text));
	}
	print_taken(s, a, e);
	return MDX_OK;
}
