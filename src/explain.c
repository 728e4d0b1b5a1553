/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain.c: why an identity is false. After check.c has found out that it is. Reasons are searched
 * in the order in which people err: shapes, factors, properties, edits, terms, two errors at once.
 * A candidate is first compared with numbers at a few random points, in a scratch arena where the
 * two sides stand ready (the ground); one that fits is confirmed by decide() before it is said.
 */
#include "explain.h"

#include <math.h>
#include <string.h>
#include <time.h>

#define HURRY 0.3  /* of the time that is left */
#define LINGER 0.2 /* seconds for a counterexample when it is up */

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double
explain_deadline(const Mdx *s)
{
	return now() + s->budget;
}

bool
explain_over(const Explain *x)
{
	return x->stopped || now() > x->deadline;
}

void
explain_hurry(Explain *x)
{
	double t = now();
	if (x->deadline > t)
		x->deadline = t + HURRY * (x->deadline - t);
}

void
explain_failed(Explain *x, const Diag *d)
{
	if (d->interrupted)
		x->stopped = true;
}

const Tree *
explain_truth(const Explain *x)
{
	return x->side[1 - x->claim];
}

/* ---- trees and words */

/* a scalar that is made of numbers */
static bool
of_numbers(const Tree *t)
{
	if (t->kind == TREE_NAME)
		return strcmp(t->name, "pi") == 0;
	for (int i = t->kind == TREE_CALL; i < t->n; i++)
		if (!of_numbers(t->kid[i]))
			return false;
	return t->kind != TREE_MATRIX && t->kind != TREE_STR;
}

/* 2*pi*a for 6.2832*a, without brackets: the factors of products of numbers that have come into t;
   none where that is 1 */
static Tree *
flattened(Arena *a, const Tree *old, Tree *t)
{
	Tree *r = tree(a, TREE_MUL, t->loc, 0);
	for (int i = 0; i < t->n; i++) {
		Tree *k = t->kid[i];
		bool flat = k != old->kid[i] && k->kind == TREE_MUL && of_numbers(k);
		if (k != old->kid[i] && k->kind == TREE_NUM && rat_is(k->num, 1))
			continue;
		for (int j = 0; j < (flat ? k->n : 1); j++)
			tree_push(a, r, flat ? k->kid[j] : k);
	}
	return r->n == t->n || r->n == 0 ? t : r->n == 1 ? r->kid[0] : r;
}

/* t with the substitutions; a tree that is put in may hold the one it replaces, and other places
   within that. t itself when nothing is replaced in it. */
Tree *
explain_subst(Arena *a, const Tree *t, const Sub *sub, int n)
{
	Sub *rest;
	Tree *r = NULL;
	for (int i = 0; i < n; i++) {
		if (sub[i].site != t)
			continue;
		rest = NEWN(a, Sub, n);
		memcpy(rest, sub, sizeof *sub * (size_t)i);
		memcpy(rest + i, sub + i + 1, sizeof *sub * (size_t)(n - i - 1));
		return explain_subst(a, sub[i].to, rest, n - 1);
	}
	for (int i = 0; i < t->n; i++) {
		Tree *kid = explain_subst(a, t->kid[i], sub, n);
		if (kid == t->kid[i])
			continue;
		if (t->kind == TREE_TRANS && kid->kind == TREE_TRANS)
			return kid->kid[0];
		tree_replace(a, t, &r, i, kid);
	}
	if (r && t->kind == TREE_MUL)
		return flattened(a, t, r);
	return r ? r : (Tree *)t;
}

bool
explain_place_in(const Tree *t, const Tree *part)
{
	if (t == part)
		return true;
	for (int i = 0; i < t->n; i++)
		if (explain_place_in(t->kid[i], part))
			return true;
	return false;
}

Tree *
explain_minus(Arena *a, Tree *t)
{
	if (t->kind == TREE_NEG)
		return t->kid[0];
	if (t->kind == TREE_NUM)
		return tree_num(a, t->loc, rat_neg(a, t->num));
	return tree(a, TREE_NEG, t->loc, 1, t);
}

/* A copy with two names exchanged (NULL: none): its places are no places of the claim. */
Tree *
explain_exchanged(Arena *a, const Tree *t, Sym m, Sym n)
{
	Tree *r;
	if (t->kind == TREE_NAME) {
		r = tree_name(a, t->loc, t->name == m ? n : t->name == n ? m : t->name);
		r->prime = t->prime;
		return r;
	}
	r = tree(a, t->kind, t->loc, 0);
	r->num = t->num;
	r->name = t->name;
	for (int i = 0; i < t->n; i++)
		tree_push(a, r, explain_exchanged(a, t->kid[i], m, n));
	return r;
}

char *
explain_text(const Explain *x, const Tree *t)
{
	return print_tree(x->a, t, x->s->style == STYLE_LATEX ? STYLE_ASCII : x->s->style);
}

const char *
explain_side(const Explain *x, int side)
{
	(void)x;
	return side ? "the right side" : "the left side";
}

/* "column 7", from the beginning of the line; of a statement of several lines also which one */
const char *
explain_place(const Explain *x, Loc loc)
{
	int col = 1, line = 1;
	for (int i = loc.beg - 1; i >= 0 && loc.src->text[i] != '\n'; i--)
		col += (loc.src->text[i] & 0xc0) != 0x80;
	for (int i = x->whole->loc.beg; i < loc.beg; i++)
		line += loc.src->text[i] == '\n';
	return line == 1 ? arena_printf(x->a, "column %d", col)
					 : arena_printf(x->a, "line %d, column %d", line, col);
}

/* ---- the search */

bool
explain_derivative(const Tree *t)
{
	const Fun *f;
	if (t->kind == TREE_DERIV)
		return true;
	if (t->kind == TREE_CALL && t->kid[0]->kind == TREE_NAME) {
		f = fun_find(t->kid[0]->name);
		if (f && f->cls == FC_DERIV)
			return true;
	}
	for (int i = 0; i < t->n; i++)
		if (explain_derivative(t->kid[i]))
			return true;
	return false;
}

bool
explain_calls(const Tree *t, const char *fun)
{
	if (t->kind == TREE_CALL && t->kid[0]->kind == TREE_NAME && strcmp(t->kid[0]->name, fun) == 0)
		return true;
	for (int i = 0; i < t->n; i++)
		if (explain_calls(t->kid[i], fun))
			return true;
	return false;
}

/* Where anything could be meant, only the plainest slips are worth saying. */
static void
only(Units *u, bool (*plain)(int rank))
{
	while (u->n > 0 && !plain(u->unit[u->n - 1].rank))
		u->n--;
}

/* The side that was taken for right is taken for the claim. */
static void
turn_sides(Explain *x)
{
	arena_free(x->at.a);
	x->at = (Ground){0};
	x->claim = 1 - x->claim;
}

/* The other side is what is wrong: with one of these edits. */
static bool
other_side(Explain *x, bool (*plain)(int rank), Finding *f)
{
	Units u;
	turn_sides(x);
	u = explain_units(x);
	only(&u, plain);
	if (explain_edit(x, &u, EDITS_COMMON, f))
		return true;
	turn_sides(x);
	return false;
}

/* Neither side is a derivative: the left one may be what is wrong. */
static bool
left_edit(Explain *x, Finding *f)
{
	return x->claim && !explain_derivative(explain_truth(x)) && other_side(x, explain_left, f);
}

/* A rounded number is wrong on any side. */
static bool
other_constant(Explain *x, Finding *f)
{
	return explain_rounded(x, explain_truth(x)) && other_side(x, explain_constant, f);
}

/* What an assumption leaves open: how the claim would read without it. */
static void
without_assumption(Explain *x, Units *u, Finding *f)
{
	Finding edit = {0};
	if (explain_edit(x, u, EDITS_COMMON, &edit) || left_edit(x, &edit)) {
		f->also = edit.reason + strlen("it would hold ");
		f->tree = edit.tree;
		f->part = edit.part;
	}
	explain_worked_out(x, f);
}

static Units
edits_of(Explain *x)
{
	Units u = explain_units(x);
	if (x->side[x->claim]->n == 0 && !explain_derivative(explain_truth(x)) &&
		x->at.side[x->claim]->kind != N_DIM)
		only(&u, explain_plain);
	return u;
}

static bool
other_shape(Explain *x, Finding *f)
{
	Units u;
	const char *shapes;
	doing("looking for what is wrong: the shapes");
	if (explain_transposed(x, f) || explain_reshaped(x, f))
		return true;
	u = edits_of(x);
	shapes = explain_shapes(x);
	if (!explain_edit(x, &u, EDITS_ALL, f) && !left_edit(x, f) && !explain_two_edits(x, &u, f))
		return false;
	f->reason = arena_printf(x->a, "%s; %s", shapes, f->reason);
	return true;
}

/* Where a transpose would only write the other side down, that matrices would have to commute says
   more. */
static bool
turned(Explain *x, Finding *f)
{
	Finding commuting = {0};
	if (!explain_transposed(x, f))
		return false;
	if (!f->tree && explain_commuting(x, &commuting))
		*f = commuting;
	return true;
}

/* In the order in which people err; what only holds because much vanishes or is 1 comes last. */
static bool
same_shape(Explain *x, Finding *f)
{
	bool derivative = explain_derivative(explain_truth(x));
	Units u;
	doing("looking for what is wrong: a factor, an assumption");
	if (explain_confused(x, f) || explain_as_size(x, f) || explain_factor(x, FACTOR_PLAIN, f))
		return true;
	if ((!derivative && explain_assume(x, ASSUME_COMMON, f)) || turned(x, f) ||
		(derivative && explain_assume(x, ASSUME_COMMON, f)) || explain_fact(x, true, f)) {
		if (f->assumed) {
			u = edits_of(x);
			without_assumption(x, &u, f);
		}
		return true;
	}
	u = edits_of(x);
	doing("looking for what is wrong: one edit, a term");
	if (explain_edit(x, &u, EDITS_COMMON, f) || other_constant(x, f) ||
		explain_other_variable(x, f) ||
		explain_assume(x, ASSUME_OTHER, f) || explain_commuting(x, f) ||
		explain_edit(x, &u, EDITS_RARE, f) || explain_terms(x, f) || left_edit(x, f) ||
		explain_factor(x, FACTOR_ODD, f))
		return true;
	doing("looking for what is wrong: two edits");
	return explain_edit_factor(x, &u, f) || explain_two_edits(x, &u, f) ||
		   explain_assume(x, ASSUME_STRAINED, f) || explain_fact(x, false, f) ||
		   explain_special(x, f);
}

static bool
only_numbers(const Explain *x)
{
	Rat r;
	return node_is_num(x->at.side[0], &r) && node_is_num(x->at.side[1], &r) &&
		   !explain_derivative(x->side[0]) && !explain_derivative(x->side[1]);
}

static bool
search(Explain *x, Finding *f)
{
	if (!explain_ground(x) || x->at.npoint == 0 || only_numbers(x))
		return false;
	return x->at.same_shape ? same_shape(x, f) : other_shape(x, f);
}

Tree *
explain_step(Explain *x, const Tree *eq)
{
	Tree *pair, *w;
	if (eq->kind == TREE_EQ) {
		x->side[0] = eq->kid[x->step];
		x->side[1] = eq->kid[x->step + 1];
		return tree(x->a, TREE_EQ, eq->loc, 2, x->side[0], x->side[1]);
	}
	pair = explain_step(x, eq->kid[0]);
	w = tree(x->a, TREE_WHERE, eq->loc, 1, pair);
	for (int i = 1; i < eq->n; i++)
		tree_push(x->a, w, eq->kid[i]);
	return w;
}

/* The reason, and what is right on a line of its own. */
static const char *
finding_text(Explain *x, Finding *f)
{
	const char *also = f->also ? arena_printf(x->a, ", or %s", f->also) : "";
	if (!f->tree)
		return arena_printf(x->a, "%s%s", f->reason, also);
	return arena_printf(x->a, "%s%s%s%s should be\n  %s", f->reason, also,
		strchr(f->reason, '\n') ? "\n  " : "; ", f->part, explain_text(x, f->tree));
}

static const char *
no_reason(Explain *x, const Decision *d)
{
	const char *differ, *at;
	Finding f = {0};
	doing("looking for a small counterexample");
	if (!explain_ground(x) || x->at.npoint == 0)
		return d->text ? d->text : "the sides differ";
	if (!x->at.same_shape) {
		f.reason = explain_shapes(x);
		explain_worked_out(x, &f);
		return finding_text(x, &f);
	}
	differ = only_numbers(x) ? NULL : explain_difference(x);
	at = explain_example(x);
	explain_worked_out(x, &f);
	f.reason = at ? at : d->text ? d->text : "the sides differ";
	if (differ)
		f.reason = arena_printf(x->a, "%s\n  %s", differ, f.reason);
	return finding_text(x, &f);
}

static const char *
explain(Explain *x, const Decision *d)
{
	Finding f = {0};
	const char *example;
	if (search(x, &f)) {
		if (f.weak && (example = explain_example(x)))
			f.reason = arena_printf(x->a, "%s\n  %s", f.reason, example);
		if (f.assumed)
			explain_worked_out(x, &f);
		return finding_text(x, &f);
	}
	x->deadline = fmax(x->deadline, now() + LINGER);
	return x->stopped ? NULL : no_reason(x, d);
}

/* needs: a decision of VERDICT_FALSE on eq. gives: what follows "false: ", of one or more lines.
   Ctrl-C ends the search, not the statement. Raises what is no user's error only; the scratch
   arena is given back in any case. */
const char *
explain_false(Mdx *s, Arena *a, const Tree *eq, Decl *given, const Decision *d)
{
	Explain *x = NEW(a, Explain);
	const char *volatile text = NULL;
	Trap t;
	*x = (Explain){.s = s, .a = a, .whole = eq, .given = given};
	x->step = d->step > 0 ? d->step - 1 : 0;
	x->eq = explain_step(x, eq);
	x->claim = explain_derivative(x->side[1]) && !explain_derivative(x->side[0]) ? 0 : 1;
	x->deadline = explain_deadline(s);
	if (TRY(&t, a)) {
		text = explain(x, d);
		trap_end(&t);
	} else {
		explain_failed(x, &t.diag);
	}
	arena_free(x->at.a);
	if (!text && !x->stopped)
		raise_diag(a, &t.diag);
	return text ? text
				: arena_printf(a, "%s (the search for a reason was stopped)",
					  d->text ? d->text : "the sides differ");
}
