/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_shape.c: sides of a false identity of different shapes, and sides that are the transpose
 * of one another: a mix-up of layouts, something around the claim that was forgotten.
 */
#include "explain.h"

#include <string.h>

static bool
scalar_term(const Term *t)
{
	return t->nax <= 2 && dim_is(t->row, 1) && dim_is(t->col, 1);
}

static const char *
shape_words(const Explain *x, const Term *t)
{
	const char *s = term_shape(x->a, t);
	return strcmp(s, "scalar") == 0 ? "a scalar" : s;
}

/* t' as one would write it: that of A*b' is b*A'. term: what t stands for, if that is known */
Tree *
explain_turned(Arena *a, const Tree *t, const Term *term)
{
	Tree *r;
	bool product = t->kind == TREE_MUL && term && term->kind == TM_MUL && term->n == t->n;
	int first = 0;
	if (t->kind == TREE_TRANS)
		return t->kid[0];
	if (t->kind == TREE_NAME && strcmp(t->name, "I") == 0)
		return (Tree *)t;
	if (term && term->kind == TM_VAR && term->var->props & P_SYMMETRIC)
		return (Tree *)t;
	if (term && term->kind == TM_CALL && term->fun->id == F_commutation && t->n == 3)
		return tree(a, TREE_CALL, t->loc, 3, t->kid[0], t->kid[2], t->kid[1]);
	if (term && term->kind == TM_CALL && term->fun->id == F_kron && t->kind == TREE_CALL)
		return tree(a, TREE_CALL, t->loc, 3, t->kid[0], explain_turned(a, t->kid[1], term->kid[0]),
			explain_turned(a, t->kid[2], term->kid[1]));
	if (t->kind == TREE_NEG && term && term->kind == TM_ADD && term->n == 1)
		return tree(a, TREE_NEG, t->loc, 1, explain_turned(a, t->kid[0], term->kid[0]));
	if (!product)
		return tree(a, TREE_TRANS, t->loc, 1, (Tree *)t);
	r = tree(a, TREE_MUL, t->loc, 0);
	while (first < t->n && scalar_term(term->kid[first]))
		tree_push(a, r, t->kid[first++]);
	for (int i = t->n - 1; i >= first; i--)
		tree_push(a, r,
			scalar_term(term->kid[i]) ? t->kid[i] : explain_turned(a, t->kid[i], term->kid[i]));
	return r;
}

/* The layout in which the other side, a derivative, would be transposed: NULL when it is none. */
static const char *
other_layout(const Explain *x)
{
	const Tree *t = explain_truth(x);
	const Term *m = x->at.term[1 - x->claim];
	const Fun *f = NULL;
	bool turned = false, gradient;
	for (; t->kind == TREE_TRANS; t = t->kid[0])
		turned = !turned;
	while (m->kind == TM_TRANS)
		m = m->kid[0];
	if (m->kind == TM_CALL && m->fun->cls == FC_DERIV)
		f = m->fun;
	if (!f || f->id == F_dir || f->id == F_vjp)
		return NULL;
	gradient = scalar_term(m->kid[0]) && f->id != F_jac; /* jac of a scalar is a row */
	return gradient != turned ? "numerator layout" : "denominator layout";
}

bool
explain_transposed(Explain *x, Finding *f)
{
	const Tree *claim = x->side[x->claim];
	const Term *l = x->at.term[0], *r = x->at.term[1];
	Sub sub = {claim, explain_turned(x->a, claim, x->at.term[x->claim])};
	const char *layout, *note[2] = {"", ""};
	if (l->nax > 2 || r->nax > 2 || l->row != r->col || l->col != r->row)
		return false;
	if (explain_fit(x, &sub, 1).kind != FIT_EQUAL || !explain_holds(x, &sub, 1, x->given))
		return false;
	layout = other_layout(x);
	for (int i = 0; i < 2; i++) {
		const char *shape = x->at.same_shape ? NULL : shape_words(x, x->at.term[i]);
		const char *mine = i == x->claim ? layout : NULL;
		if (shape || mine)
			note[i] = arena_printf(x->a, " (%s%s%s)", shape ? shape : "", shape && mine ? ", " : "",
				mine ? arena_printf(x->a, "in %s", mine) : "");
	}
	f->reason = arena_printf(
		x->a, "the left side%s is the transpose of the right side%s", note[0], note[1]);
	if (explain_plainly(x, sub.to))
		return true;
	f->tree = explain_tidy(x, sub.to);
	f->part = explain_side(x, x->claim);
	return true;
}

const char *
explain_shapes(Explain *x)
{
	return arena_printf(x->a, "the shapes differ: the left side is %s, the right side %s",
		shape_words(x, x->at.term[0]), shape_words(x, x->at.term[1]));
}

/* a column times a row, as in x*y': where a scalar is wanted, rather x'*y than tr(x*y') */
static bool
outer_product(const Term *t)
{
	return t->kind == TM_MUL && t->nax <= 2 && dim_is(t->kid[0]->col, 1) &&
		   dim_is(t->kid[t->n - 1]->row, 1);
}

/* A number where a multiple of the identity, or of ones, is meant: I for 1 */
static bool
matrix_meant(Explain *x, Finding *f)
{
	int side = x->at.term[0]->kind == TM_NUM ? 0 : 1;
	const Term *number = x->at.term[side], *other = x->at.term[1 - side];
	Tree *was = x->side[side];
	Sub sub = {was, NULL};

	if (number->kind != TM_NUM || other->nax > 2)
		return false;
	for (int i = other->row == other->col ? 0 : 1; i < 2; i++) {
		sub.to = i == 0 ? tree_name(x->a, was->loc, sym("I"))
						: tree_call(x->a, was->loc, "ones", 2,
							  parse_expr(x->a, NULL, dim_text(x->a, other->row)),
							  parse_expr(x->a, NULL, dim_text(x->a, other->col)));
		if (!rat_is(number->num, 1))
			sub.to = tree(x->a, TREE_MUL, was->loc, 2, was, sub.to);
		if (!explain_holds(x, &sub, 1, x->given))
			continue;
		f->tree = sub.to;
		f->part = explain_side(x, side);
		return true;
	}
	return false;
}

/* The shapes differ: something around the claim, or a factor of the transpose. */
bool
explain_reshaped(Explain *x, Finding *f)
{
	static const char *const around[] = {"diag", "vec", "tr", "sum", "det", "logdet", "norm"};
	const Tree *claim = x->side[x->claim];
	Tree *turned = explain_turned(x->a, claim, x->at.term[x->claim]), *factor;
	Sub sub = {claim, turned};
	FactorKind kind;
	Fit fit;
	f->reason = explain_shapes(x);
	f->part = explain_side(x, x->claim);
	if (matrix_meant(x, f))
		return true;
	for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
		if (i > 1 && outer_product(x->at.term[x->claim]))
			break;
		sub.to = tree_call(x->a, claim->loc, around[i], 1, (Tree *)claim);
		if (explain_fit(x, &sub, 1).kind == FIT_EQUAL && explain_holds(x, &sub, 1, x->given)) {
			f->tree = sub.to;
			return true;
		}
	}
	sub.to = turned;
	fit = explain_fit(x, &sub, 1);
	factor = fit.kind == FIT_RATIO ? explain_scalar(x, fit.ratio, &kind) : NULL;
	if (!factor || !x->claim)
		return false;
	sub.to = explain_times(x, factor, turned);
	if (!explain_holds(x, &sub, 1, x->given))
		return false;
	f->reason = arena_printf(
		x->a, "the left side is %s times the transpose of the right side", explain_text(x, factor));
	f->tree = sub.to;
	return true;
}
