/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_fact.c: a false identity that would hold if a variable satisfied an equation that people
 * have in mind and do not write: weights that sum to 1, a vector of length 1, orthonormal columns
 * or rows. Each is tried as `given` would take it.
 */
#include "explain.h"

#include <string.h>

typedef enum { SUM_ONE, LENGTH_ONE, COLUMNS, ROWS, FACTS } Fact;

/* sum(v) == 1, v'*v == 1, v'*v == I, v*v' == I */
static Tree *
fact_tree(Explain *x, Fact fact, Sym v)
{
	Arena *a = x->a;
	Loc loc = x->eq->loc;
	Tree *name = tree_name(a, loc, v), *turned = tree(a, TREE_TRANS, loc, 1, tree_name(a, loc, v));
	Tree *one = fact == SUM_ONE || fact == LENGTH_ONE ? tree_num(a, loc, RAT1)
													  : tree_name(a, loc, sym("I"));
	Tree *left = fact == SUM_ONE ? tree_call(a, loc, "sum", 1, name)
				 : fact == ROWS  ? tree(a, TREE_MUL, loc, 2, name, turned)
								 : tree(a, TREE_MUL, loc, 2, turned, name);
	return tree(a, TREE_EQ, loc, 2, left, one);
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
	static const char *const sums[] = {"sum", "mean", NULL};
	static const char *const lengths[] = {"norm", "norm2", "sqnorm", "dot", NULL};
	const char *const *f = fact == SUM_ONE ? sums : lengths;
	for (; t->kind == TREE_CALL && t->n == 2 && *f; f++)
		if (t->kid[0]->name == sym(*f) && is_name(t->kid[1], v))
			return true;
	for (int i = 0; i + 1 < t->n && t->kind == TREE_MUL && fact != SUM_ONE; i++) {
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

/* rows and columns of a square matrix are orthonormal together: that is a property */
static bool
concerns(const ExplainName *k, Fact fact)
{
	return fact == SUM_ONE || fact == LENGTH_ONE ? k->axes == 1 : k->axes == 2 && !k->square;
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
	for (int i = 0; k && i < n; i++)
		for (Fact fact = 0; fact < FACTS && !explain_over(x); fact++) {
			Decl *d;
			if (!concerns(&k[i], fact) || writes(x->side[x->claim], fact, k[i].name) == unwritten)
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
