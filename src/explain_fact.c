/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_fact.c: a false identity that would hold if a variable satisfied an equation that people
 * have in mind and do not write: weights that sum to 1, also in each row or column, a vector of
 * length 1, orthonormal columns or rows, centred data. Each is tried as `given` would take it.
 */
#include "explain.h"

#include <string.h>

typedef enum {
	SUM_ONE,
	LENGTH_ONE,
	COLUMNS,
	ROWS,
	ROW_SUMS,
	COLUMN_SUMS,
	CENTRED,
	CENTRED_COLUMNS,
	FACTS
} Fact;

static bool
sums(Fact fact)
{
	return fact == SUM_ONE || fact >= ROW_SUMS;
}

static bool
of_vector(Fact fact)
{
	return fact == SUM_ONE || fact == LENGTH_ONE || fact == CENTRED;
}

/* sum(v) == 1, v'*v == 1, v'*v == I, v*v' == I, sum(v, 2) == 1, sum(v, 1) == 1,
   sum(v) == 0, sum(v, 1) == 0 */
static Tree *
fact_tree(Explain *x, Fact fact, Sym v)
{
	Arena *a = x->a;
	Loc loc = x->eq->loc;
	Tree *name = tree_name(a, loc, v), *turned = tree(a, TREE_TRANS, loc, 1, tree_name(a, loc, v));
	Tree *right = fact >= CENTRED                      ? tree_num(a, loc, RAT0)
				  : sums(fact) || fact == LENGTH_ONE ? tree_num(a, loc, RAT1)
													 : tree_name(a, loc, sym("I"));
	Tree *left = of_vector(fact) && sums(fact) ? tree_call(a, loc, "sum", 1, name)
				 : sums(fact)    ? tree_call(a, loc, "sum", 2, name,
									   tree_num(a, loc, rat(fact == ROW_SUMS ? 2 : 1, 1)))
				 : fact == ROWS  ? tree(a, TREE_MUL, loc, 2, name, turned)
								 : tree(a, TREE_MUL, loc, 2, turned, name);
	return tree(a, TREE_EQ, loc, 2, left, right);
}

static bool
is_name(const Tree *t, Sym v)
{
	return t->kind == TREE_NAME && t->name == v;
}

/* Does t have what the fact is about? Who writes it has not forgotten it. */
static bool
writes(const Tree *t, Fact fact, Sym v)
{
	static const char *const means[] = {"sum", "mean", NULL};
	static const char *const lengths[] = {"norm", "norm2", "sqnorm", "dot", NULL};
	const char *const *f = sums(fact) ? means : lengths;
	for (; t->kind == TREE_CALL && t->n == (of_vector(fact) || !sums(fact) ? 2 : 3) && *f; f++)
		if (t->kid[0]->name == sym(*f) && is_name(t->kid[1], v))
			return true;
	for (int i = 0; i + 1 < t->n && t->kind == TREE_MUL && !sums(fact); i++) {
		const Tree *l = t->kid[i], *r = t->kid[i + 1];
		if (fact == ROWS ? is_name(l, v) && r->kind == TREE_TRANS && is_name(r->kid[0], v)
						 : l->kind == TREE_TRANS && is_name(l->kid[0], v) && is_name(r, v))
			return true;
	}
	for (int i = 0; i < t->n; i++)
		if (writes(t->kid[i], fact, v))
			return true;
	return false;
}

/* Rows and columns of a square matrix are orthonormal together: that is a property. Of a diagonal
   matrix with sums of 1 only the identity is left. */
static bool
concerns(const ExplainName *k, Fact fact)
{
	if (of_vector(fact))
		return k->axes == 1;
	if (fact == ROW_SUMS || fact == COLUMN_SUMS)
		return k->axes == 2 &&
			   !(k->props & (P_DIAGONAL | P_LOWER | P_UPPER | P_SYMMETRIC | P_SKEW));
	return k->axes == 2 && !k->square;
}

/* Of a derivative a path is more likely to be missing than W*W' to be I, which may cancel it. */
static bool
strained(const Explain *x, Fact fact)
{
	return (fact == COLUMNS || fact == ROWS) && explain_derivative(explain_truth(x));
}

/* The identity itself, in other words. */
static bool
restated(Explain *x, const Tree *fact)
{
	Trap t;
	if (!explain_ground(x))
		return false;
	if (TRY(&t, x->at.a)) {
		Node *left = canon(x->at.g, explain_claimed(x, fact->kid[0]));
		bool yes = false;
		for (int i = 0; i < 2; i++)
			yes = yes || (left && left == canon(x->at.g, x->at.side[i]));
		trap_end(&t);
		return yes;
	}
	explain_failed(x, &t.diag);     /* it is of another shape */
	return false;
}

bool
explain_fact(Explain *x, bool unwritten, Finding *f)
{
	int n;
	const ExplainName *k = explain_ground(x) ? explain_names(x, &n) : NULL;
	bool zero = k && (node_is_zero(x->at.side[0]) || node_is_zero(x->at.side[1]));
	Fact facts = zero ? CENTRED : FACTS; /* of 0 much is 0 */
	for (int i = 0; k && i < n; i++)
		for (Fact fact = 0; fact < facts && !explain_over(x); fact++) {
			Decl *d;
			if (!concerns(&k[i], fact) ||
				(strained(x, fact) || writes(x->side[x->claim], fact, k[i].name)) == unwritten)
				continue;
			d = NEW(x->a, Decl);
			*d = (Decl){.eq = fact_tree(x, fact, k[i].name), .next = x->given};
			d->loc = d->eq->loc;
			if (restated(x, d->eq) || !explain_assuming(x, d))
				continue;
			f->reason = arena_printf(x->a, "it would hold if %s were %s",
				explain_text(x, d->eq->kid[0]), explain_text(x, d->eq->kid[1]));
			f->assumed = true;
			return true;
		}
	return false;
}
