/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * derive_rule.c: the rules of differentiation in words, by operation: what a lecturer says while
 * writing the line. The mathematics is elsewhere; this is a table and what chooses from it.
 */
#include "derive.h"

#include <string.h>

/* an operation: what it is called; how it hands the gradient to an operand; its differential; the
   equations of the Matrix Cookbook (15 November 2012) for both */
typedef struct Rule {
	const char *noun, *back, *forward;
	const char *book_back, *book_forward;
} Rule;

static const Rule sum = {"a sum", "a sum passes the gradient on", "a sum, term by term", "", "35"};
static const Rule difference = {"a difference", "a difference passes the gradient on with its sign",
	"a difference, term by term", "", "35"};
static const Rule broadcast = {"a scalar added to every entry",
	"a scalar added to every entry gets the sum of the gradient", "a sum, term by term", "", ""};
static const Rule minus = {
	"a minus sign", "a minus sign goes along with the gradient", "a minus sign stays", "", "34"};
static const Rule multiple = {"a constant multiple",
	"a constant factor goes along with the gradient", "a constant factor stays", "", "34"};
static const Rule product = {"a product",
	"a product hands each factor the gradient times the other", "the product rule", "", "37"};
static const Rule linear = {"a product", "a product hands each factor the gradient times the other",
	"a constant factor stays", "", ""};
static const Rule scaling = {"a scalar multiple",
	"a product hands the scalar the inner product of the gradient with the other factor",
	"the product rule", "", "37"};
static const Rule elementwise = {"an elementwise product",
	"an elementwise product hands each factor the gradient times the other, entry by entry",
	"the product rule, entry by entry", "", "38"};
static const Rule over = {"a quotient",
	"a quotient hands its numerator the gradient over the denominator", "the quotient rule", "",
	""};
static const Rule under = {"a quotient",
	"a quotient hands its denominator minus the gradient times the quotient, over the denominator",
	"the quotient rule", "", ""};
static const Rule kron = {"a Kronecker product",
	"a Kronecker product hands each factor the blocks of the gradient, weighted by the other",
	"the product rule", "", "39"};
static const Rule power = {"a power", "the power rule", "the power rule", "", ""};
static const Rule exponent = {"a power",
	"a power by its exponent: itself times the logarithm of the base",
	"a power by its exponent: itself times the logarithm of the base", "", ""};
static const Rule matrix_power = {"a matrix power",
	"a matrix power is a product: each of its factors gets the gradient times the others",
	"the product rule, for each factor", "", "37"};
static const Rule entrywise_power = {"an elementwise power", "the power rule, entry by entry",
	"the power rule, entry by entry", "", ""};
static const Rule transpose = {"a transpose", "a transpose transposes the gradient",
	"the differential of a transpose is the transpose", "", "44"};
static const Rule entry = {"an entry", "an entry puts the gradient at its place, zeros elsewhere",
	"the entry of the differential", "", ""};
static const Rule blocks = {"a matrix of blocks",
	"a matrix of blocks hands each block its part of the gradient", "block by block", "", ""};
static const Rule alias = {"another name", "another name for the same, and the same gradient",
	"another name for the same", "", ""};
static const Rule unknown = {"an unknown function",
	"the function is unknown, and its gradient stays a symbol",
	"the function is unknown: its gradient times the differential", "", ""};
static const Rule inner = {"a derivative", "a derivative, differentiated again",
	"a derivative, differentiated again", "", ""};
static const Rule log_det = {"log-determinant", "log-determinant", "log-determinant", "57", "43"};
static const Rule softmax_each = {"softmax", "softmax p of each column or row: p.*G - p*(p'*G)",
	"softmax p of each column or row: p.*dx - p*(p'*dx)", "", ""};
static const Rule trace_inverse = {"the trace of a product with an inverse",
	"the trace of a product with an inverse", "the trace of a product with an inverse", "124",
	"40"};
static const Rule trace_product = {"the trace of a product",
	"the trace of a product: the other factors, transposed", "the trace is linear", "101", "36"};

static const struct {
	FunId id;
	Rule rule;
} functions[] = {
	{F_sum, {"a sum of entries", "every entry of a sum gets the gradient", "the sum is linear", "",
				""}},
	{F_mean, {"a mean", "every entry of a mean gets its share of the gradient",
				 "the mean is linear", "", ""}},
	{F_tr, {"a trace", "a trace puts the gradient on the diagonal", "the trace is linear", "99",
			   "36"}},
	{F_dot, {"an inner product", "an inner product hands each vector the gradient times the other",
				"the product rule", "", ""}},
	{F_sqnorm, {"a squared norm", "a squared norm: twice its argument",
				   "a squared norm: twice the inner product", "131, 132", ""}},
	{F_norm, {"a norm", "a norm: the argument over the norm",
				 "a norm: the inner product over the norm", "129", ""}},
	{F_norm2, {"a norm", "a norm: the argument over the norm",
				  "a norm: the inner product over the norm", "129", ""}},
	{F_normfro, {"a Frobenius norm", "a Frobenius norm: the argument over the norm",
					"a Frobenius norm: the inner product over the norm", "", ""}},
	{F_norm1, {"a 1-norm", "a 1-norm: the signs of the entries",
				  "a 1-norm: the signs of the entries", "", ""}},
	{F_transpose, {"a transpose", "a transpose transposes the gradient",
					  "the differential of a transpose is the transpose", "", "44"}},
	{F_diag, {"diag", "diag hands the gradient back through diag", "diag is linear", "", ""}},
	{F_vec, {"vec", "vec: the gradient in the argument's shape", "vec is linear", "", ""}},
	{F_reshape,
		{"reshape", "reshape: the gradient in the argument's shape", "reshape is linear", "", ""}},
	{F_kron, {"a Kronecker product",
				 "a Kronecker product hands each factor the blocks of the gradient, weighted by "
				 "the other",
				 "the product rule", "", "39"}},
	{F_det, {"a determinant", "determinant: itself times the transposed inverse",
				"determinant: itself times the trace with the inverse", "49", "41"}},
	{F_logdet, {"log-determinant", "log-determinant", "log-determinant", "57", "43"}},
	{F_inv, {"an inverse", "an inverse: minus the gradient between two transposed inverses",
				"an inverse: minus the differential between two inverses", "", "40"}},
	{F_pinv, {"a pseudo-inverse", "pseudo-inverse, at constant rank",
				 "pseudo-inverse, at constant rank", "", ""}},
	{F_adj, {"an adjugate", "the adjugate is det times the inverse",
				"the adjugate is det times the inverse", "", ""}},
	{F_expm, {"a matrix exponential", "matrix exponential: its Frechet derivative",
				 "matrix exponential: its Frechet derivative", "", ""}},
	{F_softmax, {"softmax", "softmax p: p.*G - p*(p'*G)", "softmax p: p.*dx - p*(p'*dx)", "", ""}},
	{F_logsumexp, {"log-sum-exp", "log-sum-exp: the softmax of its argument",
					  "log-sum-exp: the softmax of its argument", "", ""}},
	{F_tril, {"a lower triangle", "a lower triangle keeps that of the gradient", "tril is linear",
				 "", ""}},
	{F_triu, {"an upper triangle", "an upper triangle keeps that of the gradient", "triu is linear",
				 "", ""}},
	{F_vector, {"a vector of equal entries", "a vector of equal entries sums the gradient",
				   "every entry alike", "", ""}},
	{F_matrix, {"a matrix of equal entries", "a matrix of equal entries sums the gradient",
				   "every entry alike", "", ""}},
};

/* ---- choosing */

static bool
same_shape(const Term *x, const Step *s)
{
	return x->row == s->row && x->col == s->col;
}

/* the kid of t in which the leaf of u stands, or NULL */
static const Term *
holder(const Term *t, const Use *u)
{
	if (t == u->leaf)
		return t;
	for (int i = 0; i < t->n; i++)
		if (holder(t->kid[i], u))
			return t->kid[i];
	return NULL;
}

static const Rule *
of_product(const Step *s, const Term *t, const Use *u)
{
	bool scalars = true, matrices = false;
	for (int i = 0; i < t->n; i++) {
		if (t->kid[i] == holder(t, u))
			continue;
		scalars &= derive_scalar(t->kid[i]);
		matrices |= !derive_scalar(t->kid[i]);
	}
	if (scalars && s->nuse == 1)
		return &multiple;
	if (s->nuse == 1)
		return &linear;
	return matrices && dim_is(u->of->row, 1) && dim_is(u->of->col, 1) &&
				   !(dim_is(s->row, 1) && dim_is(s->col, 1))
			   ? &scaling
			   : &product;
}

static const Rule *
of_trace(const Term *t)
{
	const Term *p = t->kid[0];
	if (p->kind == TM_MUL)
		for (int i = 0; i < p->n; i++)
			if (p->kid[i]->kind == TM_CALL && p->kid[i]->fun->id == F_inv &&
				p->kid[i]->kid[0]->kind == TM_VAR)
				return &trace_inverse;
	return p->kind == TM_MUL ? &trace_product : NULL;
}

static const Rule *
of_function(FunId f)
{
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
		if (functions[i].id == f)
			return &functions[i].rule;
	return NULL;
}

static const Rule *
of_call(const Term *t)
{
	const Rule *r = NULL;
	if (t->fun->cls == FC_DERIV)
		return &inner;
	if (t->fun->id == F_log && t->kid[0]->kind == TM_CALL && t->kid[0]->fun->id == F_det)
		return &log_det;
	if (t->fun->id == F_softmax && t->nidx > 0)
		return &softmax_each;
	if (t->fun->id == F_tr)
		r = of_trace(t);
	return r ? r : of_function(t->fun->id);
}

/* the rule at the root of the definition of s, for the place u; NULL: an elementwise function */
static const Rule *
choose(const Step *s, const Use *u)
{
	const Term *t = s->def;
	switch (t->kind) {
	case TM_VAR:
		return &alias;
	case TM_TRANS:
		return &transpose;
	case TM_ADD:
		if (t->n == 1)
			return t->kid[0]->kind == TM_MUL ? of_product(s, t->kid[0], u) : &minus;
		if (!same_shape(u->leaf, s) && !u->turned)
			return derive_scalar(u->leaf) ? &broadcast : &sum;
		return u->sign < 0 ? &difference : &sum;
	case TM_MUL:
		return of_product(s, t, u);
	case TM_EMUL:
		return &elementwise;
	case TM_DIV:
	case TM_EDIV:
		if (holder(t, u) == t->kid[0])
			return s->nuse == 1 && derive_scalar(t->kid[1]) ? &multiple : &over;
		return &under;
	case TM_LDIV:
		return holder(t, u) == t->kid[1] ? &over : &under;
	case TM_KRON:
		return &kron;
	case TM_POW:
		if (derive_scalar(t))
			return holder(t, u) == t->kid[1] ? &exponent : &power;
		return t->kid[1]->kind == TM_NUM && rat_is(t->kid[1]->num, -1) ? of_function(F_inv)
																	   : &matrix_power;
	case TM_EPOW:
		return holder(t, u) == t->kid[1] ? &exponent : &entrywise_power;
	case TM_ENTRY:
		return &entry;
	case TM_MATRIX:
		return &blocks;
	case TM_UNKNOWN:
		return t->ufun->elementwise ? NULL : &unknown;
	case TM_CALL:
		return of_call(t);
	default:
		return &product;
	}
}

/* A rule of the table, which says z and y, for these arguments; both at once, since an argument may
   be the user's y. */
static Tree *
put_arguments(Derive *d, const Tree *t, Tree *const arg[2])
{
	static const char *const name[] = {"z", "y"};
	for (int i = 0; i < 2; i++)
		if (t->kind == TREE_NAME && arg[i] && strcmp(t->name, name[i]) == 0)
			return arg[i];
	Tree *c = tree_copy(d->a, t);
	c->n = 0;
	for (int i = 0; i < t->n; i++) {
		Tree *kid = put_arguments(d, t->kid[i], arg);
		const Tree *term = kid->kind == TREE_NEG ? kid->kid[0] : kid;
		/* x - 0, of max(x, 0) */
		if (t->kind != TREE_ADD || term->kind != TREE_NUM || rat_sign(term->num) != 0)
			tree_push(d->a, c, kid);
	}
	return c->kind == TREE_ADD && c->n == 1 ? c->kid[0] : c;
}

/* an elementwise function: its derivative, written for this argument */
static const char *
slope(Derive *d, const Step *s, const Use *u)
{
	const Term *t = s->def;
	if (t->kind == TM_UNKNOWN) {
		Term *next = derive_copy(d, t);
		/* phi' alone would be read as a transpose */
		next->prime++;
		return arena_printf(d->a, "%s%s, entry by entry: its derivative is %s",
			t->prime ? "a derivative of " : "", t->ufun->name,
			derive_words(d, derive_tree(d, next)));
	}
	int part = t->n > 1 && holder(t, u) == t->kid[1];
	const Tree *rule = fun_rule(d->a, t->fun, part);
	const char *where = derive_scalar(t) ? "" : ", entry by entry";
	if (!rule)
		return arena_printf(d->a, "%s%s", t->fun->name, where);
	Tree *arg[2] = {derive_tree(d, t->kid[0]), t->n > 1 ? derive_tree(d, t->kid[1]) : NULL};
	Tree *r = put_arguments(d, rule, arg);
	return arena_printf(
		d->a, "%s%s: its derivative is %s", t->fun->name, where, derive_words(d, r));
}

static const char *
with_book(Derive *d, const char *words, const char *book)
{
	if (!*book)
		return words;
	return arena_printf(
		d->a, strchr(words, ':') ? "%s (cookbook %s)" : "%s: cookbook %s", words, book);
}

/* "a sum", "log-determinant" */
static const char *
derive_noun(Derive *d, const Step *s)
{
	const Term *t = s->def;
	const Rule *r = s->nuse ? choose(s, &s->use[0]) : NULL;
	if (r)
		return r->noun;
	if (t->kind == TM_CALL)
		return t->fun->name;
	return t->kind == TM_UNKNOWN ? t->ufun->name : derive_words(d, derive_tree(d, t));
}

const char *
derive_rule(Derive *d, const Step *s, const Use *u)
{
	const Rule *r = choose(s, u);
	if (d->way == BY_JACOBIANS)
		return s == d->out ? arena_printf(d->a, "the Jacobian of %s", derive_noun(d, s))
						   : arena_printf(
								 d->a, "the chain rule through %s, %s", s->name, derive_noun(d, s));
	const char *words = !r                      ? slope(d, s, u)
						: d->way <= BY_PULLBACK ? with_book(d, r->back, r->book_back)
												: with_book(d, r->forward, r->book_forward);
	return s->packed ? arena_printf(d->a, "%s; and what is within", words) : words;
}
