/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules.h: what the files of rules and edits share: shapes, makers of trees, the tables. */
#ifndef MDX_TESTS_RULES_H
#define MDX_TESTS_RULES_H

#include "rewrite.h"

enum { M = 5, N = 7 };          /* what stands for the sizes in a Shape */

/* ---- shapes.c */
Shape shape_of_leaf(const char *name);
char leaf_kind(const Rewriter *w, const Tree *t);         /* what a leaf was declared as, or 0 */
bool is_scalar(const Tree *t);
bool is_square(const Tree *t);
bool is_call_to(const Tree *t, const char *name);
bool is_elementwise(const Tree *t);
bool same_shape(const Tree *x, const Tree *y);
/* every operand has the shape of the whole: no scalar that goes with all entries */
bool is_plain(const Tree *t);
/* Whether all operations conform: a rule may regroup a product whose inner products are scalars. */
bool conforms(const Tree *t);
int nodes(const Tree *t);

/* ---- make.c */
/* a size as it is written: 1, m, n, m*n ... ; m + n is not, and the rule that asks for it does not
   apply */
Tree *make_size(Rewriter *w, int k);
Tree *make_eye(Rewriter *w, int k);
Tree *make_ones(Rewriter *w, int r, int c);
Tree *make_vec(Rewriter *w, Tree *x);
Tree *make_reshape(Rewriter *w, Tree *x, Shape s);
Tree *make_blocks(Rewriter *w, Tree *x, Tree *y, bool column);  /* a row or a column of two */
/* the kids from..to-1 of a sum or product as one tree */
Tree *make_part(Rewriter *w, const Tree *t, int from, int to);
Tree *make_with_kid(Rewriter *w, const Tree *t, int i, Tree *kid);      /* another i-th kid */
/* a small random expression of that shape, or NULL when it has one that leaves do not have */
Tree *make_small(Rewriter *w, Shape s);
/* eye + H*H', which has an inverse and a positive determinant */
Tree *make_definite(Rewriter *w, int k);
bool is_definite(const Tree *t);

#define NOWHERE ((Loc){0})
static inline Tree *
num(Rewriter *w, long p, long q)
{
	return tree_num(w->a, NOWHERE, rat(p, q));
}
static inline Tree *
name(Rewriter *w, const char *s)
{
	return tree_name(w->a, NOWHERE, sym(s));
}
#define MAKE1(f, kind) \
	static inline Tree *f(Rewriter *w, Tree *x) { return tree(w->a, kind, NOWHERE, 1, x); }
#define MAKE2(f, kind) \
	static inline Tree *f(Rewriter *w, Tree *x, Tree *y) \
	{ \
		return tree(w->a, kind, NOWHERE, 2, x, y); \
	}
MAKE1(neg, TREE_NEG)
MAKE1(trans, TREE_TRANS)
MAKE2(add, TREE_ADD)
MAKE2(mul, TREE_MUL)
MAKE2(emul, TREE_EMUL)
MAKE2(over, TREE_DIV)
MAKE2(eover, TREE_EDIV)
MAKE2(epow, TREE_EPOW)
static inline Tree *
sub(Rewriter *w, Tree *x, Tree *y)
{
	return add(w, x, neg(w, y));
}
static inline Tree *
mul3(Rewriter *w, Tree *x, Tree *y, Tree *z)
{
	return tree(w->a, TREE_MUL, NOWHERE, 3, x, y, z);
}
static inline Tree *
fn(Rewriter *w, const char *f, Tree *x)
{
	return tree_call(w->a, NOWHERE, f, 1, x);
}
static inline Tree *
fn2(Rewriter *w, const char *f, Tree *x, Tree *y)
{
	return tree_call(w->a, NOWHERE, f, 2, x, y);
}

/* ---- the tables: what a rule makes of a tree, or NULL where it does not apply */
typedef Tree *Rule(Rewriter *w, Tree *t);

/* R(rule, how often it is tried) */
#define RULES(R) \
	/* rules_product.c */ \
	R(twice_turned, 1) R(add_and_subtract, 1) R(in_halves, 1) R(times_identity, 1) \
	R(times_ones, 1) R(inverse_inserted, 1) R(unstacked, 1) R(log_of_exp, 1) R(scaled, 1) \
	R(from_blocks, 1) R(as_trace, 1) R(sum_in_another_order, 4) R(regrouped, 4) R(ungrouped, 3) \
	R(negated_twice, 1) R(products_as_blocks, 6) R(distributed, 8) R(scalar_moved, 6) \
	R(inner_product, 6) R(product_turned, 4) R(product_by_kron, 4) R(diag_as_scaling, 6) \
	R(elementwise_as_diag, 6) R(mixed_product, 8) \
	/* rules_matrix.c */ \
	R(transpose_pushed, 8) R(trace_rewritten, 8) R(sum_rewritten, 6) R(norm_rewritten, 8) \
	R(softmax_rewritten, 8) R(inverse_rewritten, 8) R(pushed_through, 12) \
	R(determinant_rewritten, 8) R(exponential_rewritten, 12) R(exponential_inserted, 1) \
	R(exponential_commuted, 12) \
	/* rules_function.c */ \
	R(function_by_definition, 8) R(number_rewritten, 1) R(identity_rewritten, 4) \
	R(diagonal_rewritten, 6) R(division_rewritten, 4) R(derivative_rewritten, 12) \
	R(chain_rule_added, 1) \
	/* rules_leaf.c */ \
	R(symmetric_turned, 4) R(orthogonal_inserted, 1) R(skew_form_added, 1) R(positive_rewritten, 8)

/* slips: the shape stays; edits.c */
#define EDITS(E) \
	E(another_name) E(another_number) E(transpose_dropped_or_added) E(sign_changed) \
	E(term_dropped) E(factor_dropped) E(factors_swapped) E(other_product) E(other_function) \
	E(times_two) E(kron_swapped)

#define DECLARE_RULE(f, weight) Rule f;
#define DECLARE_EDIT(f) Rule f;
RULES(DECLARE_RULE)
EDITS(DECLARE_EDIT)

/* rules_leaf.c, applied by themselves: what a fact that is given says */
Rule given_used, given_inserted;
/* rules_function.c, for a random expression: t as the argument of an unknown function, of expm */
Rule make_unknown, make_exponential;

#endif
