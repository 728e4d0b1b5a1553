/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decide.c: is an identity true? The strengths in their order: shapes; canonical forms and a proof
 * for all sizes; the exact test modulo random primes; numbers, where real functions matter. Who
 * wants to know why one is false asks explain.c.
 */
#include "core.h"

#include <math.h>
#include <string.h>

enum {
	EXACT = 4,        /* points of the exact test, */
	EXACT_MOST = 160, /* ... where signs and roots leave much to chance */
	EXACT_SIZE = 4,
	PROBE_SIZE = 3
};
#define SURE (-9.0) /* log10 of the chance of error that an exact test may leave */

typedef struct Step {
	Verdict verdict;
	Strength by;
	bool undefined;
	const char *text, *except;
} Step;

/* ---- shapes */

static const char *
with_article(Arena *a, const Term *t)
{
	return strcmp(term_shape(a, t), "scalar") == 0 ? "a scalar" : term_shape(a, t);
}

static bool
same_shape(const Term *x, const Term *y)
{
	if (x->nax <= 2 || y->nax <= 2)
		return x->nax <= 2 && y->nax <= 2 && x->row == y->row && x->col == y->col;
	bool same = x->nax == y->nax;
	for (int i = 0; same && i < x->nax; i++)
		same = x->ax[i] == y->ax[i];
	return same;
}

static Step
shapes_differ(Arena *a, const Term *l, const Term *r)
{
	bool turned = l->nax <= 2 && r->nax <= 2 && l->row == r->col && l->col == r->row;

	return (Step){.verdict = VERDICT_FALSE,
		.by = BY_SHAPES,
		.text = arena_printf(a, "the shapes differ: the left side is %s, the right side %s%s",
			with_article(a, l), with_article(a, r), turned ? " (the shape of its transpose)" : "")};
}

/* ---- sizes */

/* Nodes at small sizes, and the facts of the graph with them. */
static bool
resize_with_facts(Graph *g, int nside, Node **side)
{
	const Facts *f = g->facts;
	Node **root, **next;
	int n = nside, neq;

	if (!f)
		return node_resize(g, nside, side);
	neq = f->neq + f->nother;
	for (int i = 0; i < neq; i++)
		n += 2 * f->eq[i].n + f->eq[i].nvar;
	n += f->ncommute + f->nranked + f->nany;
	next = root = NEWN(g->a, Node *, n);
	for (int i = 0; i < nside; i++)
		*next++ = side[i];
	for (int i = 0; i < neq; i++) {
		const Equation *eq = &f->eq[i];

		for (int k = 0; k < eq->n; k++) {
			*next++ = eq->zero[k];
			*next++ = eq->left[k] ? eq->left[k] : eq->zero[k];
		}
		for (int k = 0; k < eq->nvar; k++)
			*next++ = eq->var[k];
	}
	for (int i = 0; i < f->ncommute; i++)
		*next++ = f->commute[i];
	for (int i = 0; i < f->nranked; i++)
		*next++ = f->ranked[i];
	for (int i = 0; i < f->nany; i++)
		*next++ = f->any[i];
	if (!node_resize(g, n, root))
		return false;
	next = root;
	for (int i = 0; i < nside; i++)
		side[i] = *next++;
	g->facts = NEW(g->a, Facts);
	*g->facts = *f;
	g->facts->eq = NEWN(g->a, Equation, neq + 1);
	for (int i = 0; i < neq; i++) {
		const Equation *eq = &f->eq[i];
		Equation *to = &g->facts->eq[i];

		*to = *eq;
		to->zero = NEWN(g->a, Node *, eq->n);
		to->left = NEWN(g->a, Node *, eq->n);
		for (int k = 0; k < eq->n; k++, next += 2) {
			to->zero[k] = next[0];
			to->left[k] = eq->left[k] ? next[1] : NULL;
		}
		to->var = next;
		next += eq->nvar;
	}
	g->facts->commute = next;
	g->facts->ranked = next + f->ncommute;
	g->facts->any = next + f->ncommute + f->nranked;
	pieces_forget(g->a, g->facts);
	g->facts->met = g->facts->met_exactly = false;
	return true;
}

/* ---- sides without a value */

/* The inverses in a term whose arguments are not mere variables: what canonical form has cancelled
   may not exist. */
static void
collect_inverses(Elab *e, Graph *g, Term *x, Node ***out, int *n, int *cap)
{
	Term *arg = NULL;

	if (x->seen == out)
		return;
	x->seen = out;
	if (x->kind == TM_CALL && (x->fun->id == F_inv || x->fun->id == F_logdet))
		arg = x->kid[0];
	else if (x->kind == TM_DIV)
		arg = x->kid[1];
	else if (x->kind == TM_LDIV)
		arg = x->kid[0];
	else if (x->kind == TM_POW &&
			 (x->n == 1 ? rat_sign(x->num) < 0
						: x->kid[1]->kind != TM_NUM || rat_sign(x->kid[1]->num) < 0))
		arg = x->kid[0];
	if (arg && arg->nax <= 2 && !dim_is(arg->row, 1) && arg->row == arg->col && arg->kind != TM_VAR)
		PUSH(g->a, *out, *n, *cap,
			node_fn(g, &fun_table[F_inv], 0, 1, (Node *[]){given_build(e, g, arg)}));
	for (int i = 0; i < x->n; i++)
		collect_inverses(e, g, x->kid[i], out, n, cap);
}

/* Why f has no value at 0, entry by entry; or NULL. */
static const char *
zero_undefined(Arena *a, const Term *x)
{
	if (x->kind == TM_EDIV || (x->kind == TM_DIV && dim_is(x->kid[1]->row, 1)))
		return "a division by an entry that is always 0";
	if (x->kind == TM_EPOW && x->n == 2 && x->kid[1]->kind == TM_NUM && rat_sign(x->kid[1]->num) < 0)
		return "a negative power of an entry that is always 0";
	if (x->kind == TM_CALL && x->n == 1 && x->fun->cls == FC_ELEM && x->fun->domain_ok &&
		!x->fun->domain_ok(0, 0))
		return arena_printf(a, "%s of an entry that is always 0", x->fun->name);
	return NULL;
}

/* Zeros where there can be none, as those of diag(x) in log(diag(x)). */
static const char *
structural_zero(Elab *e, Graph *g, Term *x, void *seen)
{
	const char *why = zero_undefined(g->a, x);
	Term *arg = x->kind == TM_EDIV || x->kind == TM_DIV ? x->kid[1] : why ? x->kid[0] : NULL;

	if (x->seen == seen)
		return NULL;
	x->seen = seen;
	if (why && arg->nax <= 2 && (arg->kind != TM_VAR || arg->var->props)) {
		Facts *facts = g->facts;
		Node *n = given_build(e, g, arg);
		bool zero;

		resize_with_facts(g, 1, &n);
		zero = field_zero_entry(g, n, EXACT_SIZE, 1);
		g->facts = facts;
		if (zero)
			return why;
	}
	for (int i = 0; i < x->n; i++)
		if ((why = structural_zero(e, g, x->kid[i], seen)))
			return why;
	return NULL;
}

/* NULL, or why a side has no value for any sizes that were tried. */
static const char *
never_defined(Elab *e, Graph *g, Term *x)
{
	Node ***inv = NEW(g->a, Node **);       /* an address of this walk's own */
	int n = 0, cap = 0;

	const char *why = structural_zero(e, g, x, NEW(g->a, Node *));

	if (why)
		return why;
	collect_inverses(e, g, x, inv, &n, &cap);
	if (n == 0)
		return NULL;
	Facts *facts = g->facts;

	resize_with_facts(g, n, *inv);
	why = field_missing() ? numeric_undefined(g, *inv, n)
						  : field_undefined(g, *inv, n, EXACT_SIZE, 1);
	g->facts = facts;
	return why;
}

static Step
undefined_step(Arena *a, const char *side, const char *why)
{
	return (Step){.verdict = VERDICT_FALSE,
		.by = BY_FIELD,
		.undefined = true,
		.text = arena_printf(a, "%s is undefined: %s", side, why)};
}

static const char *const side_name[] = {"the left side", "the right side"};

/* The exact test found no point at which both sides have values. */
static Step
undefined_nodes(Graph *g, Node **side, const char *why)
{
	for (int i = 0; i < 2; i++) {
		const char *here = field_undefined(g, &side[i], 1, EXACT_SIZE, 2);

		if (here)
			return undefined_step(g->a, side_name[i], here);
	}
	return undefined_step(g->a, "one side or the other", why);
}

/* ---- the exact test */

/* With as many points as it takes to be sure. */
static FieldResult
exact(Graph *g, Node *x, Node *y, uint64_t seed)
{
	FieldResult r = field_equal(g, x, y, EXACT, EXACT_SIZE, seed);

	if (r.verdict == FIELD_EQUAL && r.log10_chance > SURE) {
		double more = r.log10_chance < -1e-6 ? ceil(1.1 * EXACT * SURE / r.log10_chance) : INFINITY;

		if (more <= EXACT_MOST)
			r = field_equal(g, x, y, (int)more, EXACT_SIZE, seed + 1);
		if (r.verdict == FIELD_EQUAL && r.log10_chance > SURE) {
			r.verdict = FIELD_UNABLE;
			r.why = "signs and roots leave too much to chance";
		}
	}
	return r;
}

static Step
exact_step(Graph *g, const FieldResult *r)
{
	double chance = ceil(r->log10_chance);
	const char *at = *r->sizes ? r->sizes : arena_printf(g->a, "%d random points", r->draws);

	if (r->verdict == FIELD_DIFFERENT)
		return (Step){.verdict = VERDICT_FALSE,
			.by = BY_FIELD,
			.text = *r->sizes ? arena_printf(g->a, "the sides differ at %s", r->sizes)
							  : "the sides differ"};
	return (Step){.verdict = VERDICT_TRUE,
		.by = BY_FIELD,
		.text = arena_printf(g->a, "exact test: %s; error chance below 1e%.0f", at, chance)};
}

/* ---- one step */

/* Equal by the exact test, with functions that it knows only in part: do both sides have values? */
static Step
with_values(Graph *g, Node **side, Step s)
{
	NumericResult n = numeric_equal(g, side[0], side[1], DECIDE_SURE);

	if (n.verdict == VERDICT_FALSE && n.undefined)
		return (Step){
			.verdict = VERDICT_FALSE, .by = BY_NUMBERS, .undefined = true, .text = n.text};
	if (n.verdict == VERDICT_FALSE)
		return (Step){.verdict = VERDICT_UNKNOWN,
			.by = BY_NUMBERS,
			.text = arena_printf(g->a, "the exact test finds the sides equal, but %s", n.text)};
	if (n.undefined)
		return (Step){
			.verdict = VERDICT_UNKNOWN, .by = BY_NUMBERS, .undefined = true, .text = n.text};
	return s;
}

static Step
numbers_step(Graph *g, Node **side, int effort)
{
	NumericResult n = numeric_equal(g, side[0], side[1], effort);
	Step s = {.verdict = n.verdict, .by = BY_NUMBERS, .undefined = n.undefined, .text = n.text};

	if (n.verdict == VERDICT_TRUE && field_missing())
		s.text = arena_printf(g->a, "%s; no exact test: %s", n.text, field_missing());
	return s;
}

/* Sides that agree to rounding where the exact test found no equality: what remains of their
   difference, all that cancels gone, may show that they differ. */
static Step
remainder_step(Graph *g, Node *x, Node *y, Step s)
{
	Node *d = canon_difference(g, x, y);
	NumericResult n;

	if (!d || node_is_zero(d))
		return s;
	if (node_positive(g, d) || node_positive(g, node_scale(g, rat(-1, 1), d)))
		return (Step){
			.verdict = VERDICT_FALSE, .by = BY_NUMBERS, .text = "their difference is nowhere 0"};
	n = numeric_equal(g, d, node_zero(g, d->nax, d->ax), DECIDE_SURE);
	if (n.verdict == VERDICT_FALSE && !n.undefined)
		return (Step){.verdict = VERDICT_FALSE, .by = BY_NUMBERS,
			.text = arena_printf(g->a, "for their difference, %s", n.text)};
	return s;
}

/* The exact test of two nodes; false when it has no verdict. differ: for all it knows the sides are
   not equal. */
static bool
by_exact_test(Graph *g, Node **side, Node *x, Node *y, uint64_t seed, bool *differ, Step *out)
{
	FieldResult r = exact(g, x, y, seed);

	*differ = r.verdict == FIELD_DIFFERENT;
	if (r.verdict == FIELD_UNABLE || (r.verdict == FIELD_DIFFERENT && !r.rational))
		return false;
	*out = exact_step(g, &r);
	if (r.verdict == FIELD_EQUAL && !r.rational)
		*out = with_values(g, side, *out);
	return true;
}

static bool
divides(const Node *n, bool *seen)
{
	if (seen[n->id])
		return false;
	seen[n->id] = true;
	if (n->kind == N_FN || (n->kind == N_POW && rat_sign(n->coef[0]) < 0))
		return true;
	for (int i = 0; i < n->n; i++)
		if (divides(n->kid[i], seen))
			return true;
	return false;
}

/* Canonical forms move denominators about, and one may vanish. A random point of a prime field
   tells at once when that went wrong; what contradicts itself is no verdict. */
static Step
proved_step(Graph *g, Node **side)
{
	static const Step proved = {.verdict = VERDICT_TRUE, .by = BY_PROOF, .text = "proved"};
	bool *seen = NEWN(g->a, bool, g->nnode + 1);
	FieldResult r;

	if (!divides(side[0], seen) && !divides(side[1], seen))
		return proved;
	r = field_equal(g, side[0], side[1], 1, PROBE_SIZE, 4);
	if (r.verdict != FIELD_DIFFERENT || !r.rational)
		return proved;
	return (Step){.verdict = VERDICT_UNKNOWN,
		.by = BY_FIELD,
		.text = "a proof and the exact test contradict one another; this is a fault of mdx, please "
				"report it"};
}

/* Cheap tests that refute come first, where a refutation is likely. */
static Step
decide_nodes(Graph *g, Node **side, int effort)
{
	static const Step proved = {.verdict = VERDICT_TRUE, .by = BY_PROOF, .text = "proved"};
	Node *x, *y;
	FieldResult probe;
	bool differ, again = true;
	Step s;

	if (side[0] == side[1])
		return proved;
	if (effort == DECIDE_FULL && canon_whole_equal(g, side[0], side[1]))
		return proved;
	if (effort == DECIDE_FULL && (x = canon(g, side[0])) && x == canon(g, side[1]))
		return proved_step(g, side);
	probe = field_equal(g, side[0], side[1], 1, PROBE_SIZE, 1);
	if (probe.undefined)
		return undefined_nodes(g, side, probe.why);
	if (probe.verdict == FIELD_DIFFERENT && probe.rational)
		return exact_step(g, &probe);
	if (probe.verdict != FIELD_EQUAL && effort == DECIDE_QUICK) {
		s = numbers_step(g, side, effort);
		if (s.verdict == VERDICT_FALSE)
			return s;
	}
	if (prove_equal(g, side[0], side[1]))
		return proved;
	if (by_exact_test(g, side, side[0], side[1], 2, &differ, &s))
		return s;
	x = canon(g, side[0]);
	y = canon(g, side[1]);
	if (x && y && (x != side[0] || y != side[1]) && by_exact_test(g, side, x, y, 3, &again, &s))
		return s;
	s = numbers_step(g, side, effort);
	if (s.verdict != VERDICT_FALSE && !s.undefined && differ && again && x && y)
		s = remainder_step(g, x, y, s);
	return s;
}

/* Large matrices are made small. Where a number may come of a size, sum(x + 1) == sum(x) + 1000,
   only what is true at small sizes is decided by that; otherwise side[] is left at the small
   ones. */
static Step
decide_sizes(Graph *g, Node **side, int effort)
{
	Node *small[2] = {side[0], side[1]};
	Facts *large = g->facts;

	if (resize_with_facts(g, 2, small)) {
		Step s = decide_nodes(g, small, effort);
		bool final = s.verdict == VERDICT_TRUE || !node_large_numbers(g, 2, side);

		if (final) {
			side[0] = small[0];
			side[1] = small[1];
			return s;
		}
		g->facts = large;
	}
	return decide_nodes(g, side, effort);
}

/* The sides are equal wherever they were tried, which is not everywhere: numbers also try values
   that are special in other ways. */
static Step
not_all_tried(Graph *g, Node **side, Step s, int effort)
{
	if (s.by == BY_FIELD)
		s = numbers_step(g, side, effort);
	if (s.verdict == VERDICT_FALSE && !s.undefined)
		return s;
	return (Step){.verdict = VERDICT_UNKNOWN,
		.by = BY_NUMBERS,
		.text = "the sides are equal wherever they were tried, but not all values that satisfy what "
				"is given could be tried"};
}

bool
decide_equal(Graph *g, Node *x, Node *y)
{
	Node *side[2] = {x, y};
	Facts *facts = g->facts;
	Step s = decide_sizes(g, side, DECIDE_FULL);

	g->facts = facts;
	return s.verdict == VERDICT_TRUE;
}

static Step
decide_terms(Elab *e, Graph *g, Term **term, int effort)
{
	Node *side[2];
	Facts *facts;
	Step s;

	if (!same_shape(term[0], term[1]))
		return shapes_differ(g->a, term[0], term[1]);
	for (int i = 0; i < 2; i++)
		side[i] = given_build(e, g, term[i]);
	facts = g->facts;
	s = decide_sizes(g, side, effort);
	if (s.undefined && g->facts && g->facts->neq &&
		!(s.by == BY_FIELD ? g->facts->met_exactly : g->facts->met))
		s = (Step){.verdict = VERDICT_UNKNOWN,
			.by = BY_NUMBERS,
			.undefined = true,
			.text = "no values were found that satisfy what is given"};
	if (s.verdict == VERDICT_TRUE && s.by != BY_PROOF && pieces_missed(g, s.by == BY_NUMBERS))
		s = not_all_tried(g, side, s, effort);
	if (effort == DECIDE_FULL && s.verdict == VERDICT_FALSE && s.by == BY_FIELD && !s.undefined) {
		const char *example = numeric_example(g, side[0], side[1]);

		s.text = example ? example : s.text;
	}
	if (effort == DECIDE_FULL && s.verdict == VERDICT_TRUE)
		s.except = numeric_exception(g, side[0], side[1]);
	g->facts = facts; /* at the sizes of the next step */
	for (int i = 0; i < 2 && s.verdict == VERDICT_TRUE && s.by == BY_PROOF; i++) {
		const char *why = never_defined(e, g, term[i]);

		if (why)
			s = undefined_step(g->a, side_name[i], why);
	}
	return s;
}

/* ---- the whole: a chain is as strong as its weakest step */

Decision
decide_in(Elab *e, const Tree *eq, int effort)
{
	Decision d = {.verdict = VERDICT_TRUE, .by = BY_PROOF, .text = "proved"};
	int n;
	Term **side = elab_sides(e, eq, &n);
	Graph *g = graph_new(e->a, e->dims);

	d.steps = n - 1;
	for (int i = 0; i + 1 < n && d.verdict != VERDICT_FALSE; i++) {
		Step s = decide_terms(e, g, side + i, effort);
		bool worse = s.verdict == VERDICT_FALSE ||
					 (d.verdict == VERDICT_TRUE && (s.verdict == VERDICT_UNKNOWN || s.by > d.by));

		if (s.except && !d.except)
			d.except = s.except;
		if (!worse)
			continue;
		d.verdict = s.verdict;
		d.by = s.by;
		d.text = s.text;
		d.undefined = s.undefined;
		d.step = s.verdict == VERDICT_TRUE ? 0 : i + 1;
	}
	return d;
}

Decision
decide(Mdx *s, Arena *a, const Tree *eq, Decl *given, int effort)
{
	Elab *e = elab_new(s, a, dims_new(a));

	e->given = given;
	return decide_in(e, eq, effort);
}
