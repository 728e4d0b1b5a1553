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

enum {
	GROUND_MAX = 24 << 20, /* bytes after which the ground is made anew */
	MAX_SIZE = 3,          /* of dimensions at the points */
	ATTEMPTS = 24
};

#define HURRY 0.3 /* of the time that is left */

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
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
		if (kid != t->kid[i])
			tree_replace(a, t, &r, i, kid);
	}
	return r ? r : (Tree *)t;
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

int
explain_column(Loc loc)
{
	int col = 1;
	for (int i = loc.beg - 1; i >= 0 && loc.src->text[i] != '\n'; i--)
		col += (loc.src->text[i] & 0xc0) != 0x80;
	return col;
}

/* ---- numbers */

static bool
finite_all(const Tensor *t)
{
	for (size_t i = 0; i < t->size; i++)
		if (!isfinite(t->data[i]))
			return false;
	return true;
}

static double
largest(const Tensor *t)
{
	double m = 0;
	for (size_t i = 0; i < t->size; i++)
		m = fmax(m, fabs(t->data[i]));
	return m;
}

bool
explain_close(const Tensor *x, const Tensor *y)
{
	double tol = 1e-7 * fmax(largest(x), largest(y));
	if (x->nax != y->nax || x->size != y->size || !finite_all(x) || !finite_all(y))
		return false;
	for (size_t i = 0; i < x->size; i++)
		if (!(fabs(x->data[i] - y->data[i]) <= tol))
			return false;
	return true;
}

double
explain_ratio(const Tensor *x, const Tensor *y)
{
	size_t k = 0;
	double c;
	if (x->size != y->size || !finite_all(x) || !finite_all(y))
		return NAN;
	for (size_t i = 0; i < y->size; i++)
		if (fabs(y->data[i]) > fabs(y->data[k]))
			k = i;
	if (y->data[k] == 0)
		return NAN;
	c = x->data[k] / y->data[k];
	for (size_t i = 0; i < x->size; i++)
		if (!(fabs(x->data[i] - c * y->data[i]) <= 1e-8 * (largest(x) + fabs(c) * largest(y))))
			return NAN;
	return c;
}

Tensor *
explain_value(Explain *x, Node *n, int point)
{
	Env *env = x->at.point[point].env;
	return plan_run(plan_new(x->at.g, &n, 1, env), env)[0];
}

/* ---- the ground */

static bool
same_shape(const Term *x, const Term *y)
{
	if (x->nax > 2 || y->nax > 2) {
		bool same = x->nax == y->nax;
		for (int i = 0; same && i < x->nax; i++)
			same = x->ax[i] == y->ax[i];
		return same;
	}
	return x->row == y->row && x->col == y->col;
}

/* Values of any signs, positive, small and large ones until both sides have some. */
static void
find_points(Ground *at)
{
	static const unsigned kind[] = {0, 1, 2, 3, 5, 0, 6, 7};
	for (unsigned i = 0; i < ATTEMPTS && at->npoint < POINTS; i++) {
		uint64_t seed = ((i + 1) * 0x9e3779b97f4a7c15u & ~(uint64_t)7) | kind[i % 8];
		Point p = {.env = env_random(at->g, at->side, 2, seed, MAX_SIZE + (int)(i % 2))};
		Trap t;
		if (TRY(&t, at->a)) {
			Tensor **v = plan_run(plan_new(at->g, at->side, 2, p.env), p.env);
			p.value[0] = v[0];
			p.value[1] = v[1];
			trap_end(&t);
		} else {
			if (t.diag.interrupted || t.diag.kind == DIAG_BUG)
				raise_diag(at->a, &t.diag);
			continue;
		}
		if (finite_all(p.value[0]) && finite_all(p.value[1]) && largest(p.value[0]) < 1e9 &&
			largest(p.value[1]) < 1e9)
			at->point[at->npoint++] = p;
	}
}

/* zeros(rows, columns) of a term's shape */
static Tree *
stub_of(Arena *a, const Term *t)
{
	return tree_call(a, (Loc){0}, "zeros", 2, parse_expr(a, NULL, dim_text(a, t->row)),
		parse_expr(a, NULL, dim_text(a, t->col)));
}

static void
make_ground(Explain *x)
{
	Ground *at = &x->at;
	Term **side;
	int n;
	at->e = elab_new(x->s, at->a, dims_new(at->a));
	at->e->given = x->given;
	side = elab_sides(at->e, x->whole, &n);
	at->g = graph_new(at->a, at->e->dims);
	for (int i = 0; i < 2; i++) {
		at->term[i] = side[x->step + i];
		at->side[i] = given_build(at->e, at->g, at->term[i]);
	}
	at->same_shape = same_shape(at->term[0], at->term[1]);
	at->npoint = 0;
	find_points(at);
	if (at->term[1 - x->claim]->nax <= 2)
		at->stub = stub_of(at->a, at->term[1 - x->claim]);
}

bool
explain_ground(Explain *x)
{
	Trap t;
	if (x->at.a && arena_used(x->at.a) < GROUND_MAX)
		return true;
	arena_free(x->at.a);
	x->at = (Ground){.a = arena_new()};
	if (!x->at.a)
		return false;
	if (TRY(&t, x->at.a)) {
		make_ground(x);
		trap_end(&t);
		return true;
	}
	explain_failed(x, &t.diag);
	arena_free(x->at.a);
	x->at = (Ground){0};
	return false;
}

/* ---- candidates */

/* The claim with the substitutions, as a term; its shape is to be that of the other side. */
static Term *
candidate(Explain *x, const Sub *sub, int n)
{
	Ground *at = &x->at;
	Sub *all = NEWN(at->a, Sub, n + 1);
	Term **side;
	int nside;
	if (n)
		memcpy(all, sub, sizeof *sub * (size_t)n);
	all[n] = (Sub){explain_truth(x), at->stub};
	side = elab_sides(at->e, explain_subst(at->a, x->eq, all, n + 1), &nside);
	return side[x->claim];
}

static Fit
fit(Explain *x, const Sub *sub, int n)
{
	Ground *at = &x->at;
	Term *t = candidate(x, sub, n);
	Fit f = {.kind = FIT_EQUAL};
	Node *node;
	if (!same_shape(t, at->term[1 - x->claim]))
		return (Fit){0};
	node = given_build(at->e, at->g, t);
	if (at->same_shape && node == at->side[x->claim])
		return (Fit){0};
	for (int i = 0; i < at->npoint; i++) {
		const Tensor *want = at->point[i].value[1 - x->claim], *got = explain_value(x, node, i);
		if (f.kind == FIT_EQUAL && !explain_close(got, want))
			f.kind = FIT_RATIO;
		if (x->claim)
			f.ratio[i] = explain_ratio(want, got);
		else
			f.ratio[i] = explain_ratio(got, want);
		if (f.kind == FIT_RATIO && !isfinite(f.ratio[i]))
			return (Fit){0};
	}
	return f;
}

Fit
explain_fit(Explain *x, const Sub *sub, int n)
{
	Trap t;
	if (!explain_ground(x) || !x->at.stub || x->at.npoint == 0)
		return (Fit){0};
	if (TRY(&t, x->at.a)) {
		Fit f = fit(x, sub, n);
		trap_end(&t);
		return f;
	}
	explain_failed(x, &t.diag);
	return (Fit){0};
}

bool
explain_holds(Explain *x, const Sub *sub, int n, Decl *given)
{
	Arena *a = arena_new();
	volatile bool yes = false;
	Trap t;
	if (!a)
		return false;
	if (TRY(&t, a)) {
		Tree *eq = explain_subst(a, x->eq, sub, n);
		yes = decide(x->s, a, eq, given, DECIDE_FULL).verdict == VERDICT_TRUE;
		trap_end(&t);
	} else {
		explain_failed(x, &t.diag);
	}
	arena_free(a);
	return yes;
}

/* ---- shapes and layouts */

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
	gradient = scalar_term(m->kid[0]);
	return gradient != turned ? "numerator layout" : "denominator layout";
}

static bool
transposed(Explain *x, Finding *f)
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
	f->tree = sub.to;
	f->part = explain_side(x, x->claim);
	return true;
}

static const char *
shapes_differ(Explain *x)
{
	return arena_printf(x->a, "the shapes differ: the left side is %s, the right side %s",
		shape_words(x, x->at.term[0]), shape_words(x, x->at.term[1]));
}

/* The shapes differ: something around the claim, or a factor of the transpose. */
static bool
reshaped(Explain *x, Finding *f)
{
	static const char *const around[] = {"diag", "vec", "tr", "sum", "det", "logdet", "norm"};
	const Tree *claim = x->side[x->claim];
	Tree *turned = explain_turned(x->a, claim, x->at.term[x->claim]), *factor;
	Sub sub = {claim, turned};
	Fit fit;
	f->reason = shapes_differ(x);
	f->part = explain_side(x, x->claim);
	for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
		sub.to = tree_call(x->a, claim->loc, around[i], 1, (Tree *)claim);
		if (explain_fit(x, &sub, 1).kind == FIT_EQUAL && explain_holds(x, &sub, 1, x->given)) {
			f->tree = sub.to;
			return true;
		}
	}
	sub.to = turned;
	fit = explain_fit(x, &sub, 1);
	factor = fit.kind == FIT_RATIO ? explain_scalar(x, fit.ratio) : NULL;
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

/* ---- the search */

static bool
has_derivative(const Tree *t)
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
		if (has_derivative(t->kid[i]))
			return true;
	return false;
}

/* The other side, when that is a derivative: worked out. */
static void
worked_out(Explain *x, Finding *f)
{
	Trap t;
	if (f->tree || !has_derivative(explain_truth(x)) || !explain_ground(x))
		return;
	if (x->at.term[1 - x->claim]->nax > 2)
		return;
	if (TRY(&t, x->at.a)) {
		const Node *n = x->at.side[1 - x->claim];
		bool row = n->nax == 1 && dim_is(x->at.term[1 - x->claim]->row, 1);
		Formula form = matrix_form(x->at.g, x->at.side[1 - x->claim], row);
		trap_end(&t);
		if (form.nindex)
			return;
		f->tree = tree_copy(x->a, form.tree);
		f->part = explain_side(x, x->claim);
	} else {
		explain_failed(x, &t.diag);
	}
}

/* What an assumption leaves open: how the claim would read without it. */
static void
without_assumption(Explain *x, Finding *f)
{
	Units u = explain_units(x);
	Finding edit = {0};
	if (explain_edit(x, &u, &edit)) {
		f->also = edit.reason + strlen("it would hold ");
		f->tree = edit.tree;
		f->part = edit.part;
	}
	worked_out(x, f);
}

/* Where anything could be meant, only the plainest slips are worth saying. */
static void
only_plain(Units *u)
{
	while (u->n > 0 && !explain_plain(u->unit[u->n - 1].rank))
		u->n--;
}

/* Neither side is a derivative: the left one may be what is wrong. */
static bool
left_edit(Explain *x, Finding *f)
{
	Units u;
	bool found;
	if (!x->claim || has_derivative(explain_truth(x)))
		return false;
	arena_free(x->at.a);
	x->at = (Ground){0};
	x->claim = 0;
	u = explain_units(x);
	only_plain(&u);
	found = explain_edit(x, &u, f);
	if (found)
		return true;
	arena_free(x->at.a);
	x->at = (Ground){0};
	x->claim = 1;
	return false;
}

static bool
search_edits(Explain *x, Finding *f)
{
	Units u = explain_units(x);
	if (x->side[x->claim]->n == 0 && !has_derivative(explain_truth(x)))
		only_plain(&u);
	if (!x->at.same_shape) {
		const char *shapes = shapes_differ(x);
		if (!explain_edit(x, &u, f) && !left_edit(x, f))
			return false;
		f->reason = arena_printf(x->a, "%s; %s", shapes, f->reason);
		return true;
	}
	if (explain_edit(x, &u, f))
		return true;
	if (explain_special(x, f)) {
		worked_out(x, f);
		return true;
	}
	return explain_terms(x, f) || left_edit(x, f) || explain_edit_factor(x, &u, f) ||
		   explain_two_edits(x, &u, f);
}

static bool
only_numbers(const Explain *x)
{
	Rat r;
	return node_is_num(x->at.side[0], &r) && node_is_num(x->at.side[1], &r) &&
		   !has_derivative(x->side[0]) && !has_derivative(x->side[1]);
}

static bool
search(Explain *x, Finding *f)
{
	if (!explain_ground(x) || x->at.npoint == 0 || only_numbers(x))
		return false;
	if (transposed(x, f) || (!x->at.same_shape && reshaped(x, f)))
		return true;
	if (x->at.same_shape) {
		if (explain_factor(x, f))
			return true;
		if (explain_assume(x, f)) {
			without_assumption(x, f);
			return true;
		}
	}
	return search_edits(x, f);
}

/* The two sides of a step, with the where clauses around them. */
static Tree *
two_sides(Explain *x, const Tree *eq)
{
	Tree *pair, *w;
	if (eq->kind == TREE_EQ) {
		x->side[0] = eq->kid[x->step];
		x->side[1] = eq->kid[x->step + 1];
		return tree(x->a, TREE_EQ, eq->loc, 2, x->side[0], x->side[1]);
	}
	pair = two_sides(x, eq->kid[0]);
	w = tree(x->a, TREE_WHERE, eq->loc, 1, pair);
	for (int i = 1; i < eq->n; i++)
		tree_push(x->a, w, eq->kid[i]);
	return w;
}

/* The reason, and what is right on a line of its own. */
static const char *
finding_text(const Explain *x, const Finding *f)
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
	if (!explain_ground(x) || x->at.npoint == 0)
		return d->text ? d->text : "the sides differ";
	if (!x->at.same_shape) {
		f.reason = shapes_differ(x);
		worked_out(x, &f);
		return finding_text(x, &f);
	}
	differ = only_numbers(x) ? NULL : explain_difference(x);
	at = explain_example(x);
	worked_out(x, &f);
	f.reason = at ? at : d->text ? d->text : "the sides differ";
	if (differ)
		f.reason = arena_printf(x->a, "%s\n  %s", differ, f.reason);
	return finding_text(x, &f);
}

static const char *
explain(Explain *x, const Decision *d)
{
	Finding f = {0};
	if (search(x, &f))
		return finding_text(x, &f);
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
	x->eq = two_sides(x, eq);
	x->claim = has_derivative(x->side[1]) && !has_derivative(x->side[0]) ? 0 : 1;
	x->deadline = now() + s->budget;
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
