/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * matrix_factors.c: matrix expressions to syntax trees: coefficients in front, scalar divisors as
 * one quotient, repeated factors as powers, sums with their signs, norms. The last step of
 * matrix_form(). The trees are flat where the printer's left-to-right reading gives the same value,
 * so that few brackets are needed.
 */
#include "matrix.h"

#include <string.h>

enum { DEEP = 1200 }; /* levels of a tree before a part of it gets a name */

static const Loc nowhere = {0};

/* ---- small trees */

/* kid, or a name for it when it is very deep */
static Tree *
named_if_deep(Form *f, Tree *kid)
{
	static const char *const wish[] = {"t", "s", "r", NULL};
	Tree *b;

	if (kid->depth <= DEEP || kid->kind == TREE_ROW || kid->kind == TREE_BIND)
		return kid;
	for (int i = 0; i < f->nbind; i++)
		if (f->bind[i]->kid[0] == kid)
			return tree_name(f->a, nowhere, f->bind[i]->name);
	b = tree(f->a, TREE_BIND, nowhere, 1, kid);
	b->name = form_fresh(f, wish);
	PUSH(f->a, f->bind, f->nbind, f->cap_bind, b);
	return tree_name(f->a, nowhere, b->name);
}

Tree *
form_tree(Form *f, TreeKind kind, int n, Tree *const *kid)
{
	Tree *t = tree(f->a, kind, nowhere, 0);

	t->kid = NEWN(f->a, Tree *, n + 1);
	t->cap = n + 1;
	for (int i = 0; i < n; i++)
		tree_push(f->a, t, named_if_deep(f, kid[i]));
	return t;
}

static Tree *
tree1(Form *f, TreeKind kind, Tree *x)
{
	return form_tree(f, kind, 1, &x);
}

static Tree *
tree2(Form *f, TreeKind kind, Tree *x, Tree *y)
{
	return form_tree(f, kind, 2, (Tree *[]){x, y});
}

Tree *
form_call(Form *f, const char *fn, int n, Tree *const *kid)
{
	Tree **k = NEWN(f->a, Tree *, n + 1);

	k[0] = form_name(f, sym(fn));
	for (int i = 0; i < n; i++)
		k[i + 1] = kid[i];
	return form_tree(f, TREE_CALL, n + 1, k);
}

Tree *
form_name(Form *f, Sym s)
{
	return tree_name(f->a, nowhere, s);
}

/* -t; a sign stands before a whole product */
static Tree *
negated(Form *f, Tree *t)
{
	return t->kind == TREE_NEG ? t->kid[0] : tree1(f, TREE_NEG, t);
}

Tree *
form_num(Form *f, Rat r)
{
	bool neg = rat_sign(r) < 0;
	const char *text, *slash;
	Tree *t;

	if (neg)
		r = rat_neg(f->a, r);
	if (!rat_barred(f->a, r)) {
		t = tree_num(f->a, nowhere, r);
		return neg ? negated(f, t) : t;
	}
	text = rat_text(f->a, r);
	slash = strchr(text, '/');
	t = tree_num(f->a, nowhere, rat_parse(f->a, text, (size_t)(slash - text)));
	t = tree2(f, TREE_DIV, t,
		tree_num(f->a, nowhere, rat_parse(f->a, slash + 1, strlen(slash + 1))));
	return neg ? negated(f, t) : t;
}

static Tree *
times(Form *f, int n, Tree *const *kid)
{
	return n == 1 ? kid[0] : form_tree(f, TREE_MUL, n, kid);
}

/* a polynomial as one types it: m*n + 2*p - 1 */
Tree *
form_dim(Form *f, const Dim *d)
{
	Tree **term;

	if (!d || d->n == 0)
		return tree_num(f->a, nowhere, rat(d ? 0 : 1, 1));
	term = NEWN(f->a, Tree *, d->n);
	for (int i = 0; i < d->n; i++) {
		const DimTerm *t = &d->term[i];
		long c = t->coef < 0 ? -t->coef : t->coef;
		Tree **k = NEWN(f->a, Tree *, t->nsym + 1);
		int n = 0;

		if (c != 1 || t->nsym == 0)
			k[n++] = tree_num(f->a, nowhere, rat(c, 1));
		for (int j = 0; j < t->nsym; j++)
			k[n++] = form_name(f, t->sym[j]);
		term[i] = times(f, n, k);
		if (t->coef < 0)
			term[i] = negated(f, term[i]);
	}
	return d->n == 1 ? term[0] : form_tree(f, TREE_ADD, d->n, term);
}

/* ---- products */

typedef struct List { Tree **t; int n, cap; } List;

/* sum(m, 2) for m*ones(n,1), sum(m, 1) for ones(1,m)*m: along the rows, down the columns */
static Tree *
sums_tree(Form *f, Ex *m, bool rows)
{
	bool flip = m->kind == EX_TRANS;
	Tree *t = form_call(f, "sum", 2, (Tree *[]){ex_tree(f, flip ? m->kid[0] : m),
		form_num(f, rat(rows != flip ? 2 : 1, 1))});

	return flip ? tree1(f, TREE_TRANS, t) : t;
}

/* the factors of a matrix product; equal neighbours become powers, a matrix beside ones its sums */
static void
chain_list(Form *f, Ex *x, List *l)
{
	for (int i = 0, run; i < x->n; i += run) {
		Ex *k = x->kid[i], *b = k->kind == EX_TRANS ? k->kid[0] : k;
		Ex *next = i + 1 < x->n ? x->kid[i + 1] : NULL;
		Tree *t;

		if (next && ((ex_is_col(next) && next->kind == EX_ONES && k->row && k->col) ||
			(ex_is_row(k) && k->kind == EX_ONES && next->row && next->col))) {
			t = k->kind == EX_ONES ? sums_tree(f, next, false) : sums_tree(f, k, true);
			PUSH(f->a, l->t, l->n, l->cap, t);
			run = 2;
			continue;
		}
		for (run = 1; i + run < x->n && k->row && k->row == k->col &&
		     ex_equal(k, x->kid[i + run]); run++)
			;
		if (run > 1 && i + run < x->n && x->kid[i + run]->kind == EX_ONES &&
			ex_is_col(x->kid[i + run]))
			run--;
		t = ex_tree(f, run > 1 ? b : k);
		if (run > 1)
			t = tree2(f, TREE_POW, t, form_num(f, rat(run, 1)));
		if (run > 1 && b != k)
			t = tree1(f, TREE_TRANS, t);
		PUSH(f->a, l->t, l->n, l->cap, t);
	}
}

/* x.*y./z; a reciprocal takes the scalars in l for its numerator: 2*a./z, where otherwise they
   stand before: 2*(x.*y) */
static Tree *
emul_tree(Form *f, Ex *x, List *l)
{
	int m = x->n - x->nden;
	Tree *t, **k = NEWN(f->a, Tree *, x->n + 1);

	for (int i = 0; i < x->n; i++)
		k[i] = ex_tree(f, x->kid[i]);
	if (m == 0) {
		if (l->n == 0)
			PUSH(f->a, l->t, l->n, l->cap, form_num(f, RAT1));
		t = times(f, l->n, l->t);
		l->n = 0;
	} else {
		t = m == 1 ? k[0] : form_tree(f, TREE_EMUL, m, k);
	}
	if (x->nden)
		t = tree2(f, TREE_EDIV, t,
			x->nden == 1 ? k[m] : form_tree(f, TREE_EMUL, x->nden, k + m));
	PUSH(f->a, l->t, l->n, l->cap, t);
	return times(f, l->n, l->t);
}

static bool
is_eye(const Ex *x)
{
	return x->kind == EX_EYE || (x->kind == EX_TERM && x->body && x->body->kind == EX_EYE);
}

bool
ex_broadcast(const Ex *x)
{
	return x->kind == EX_ONES || (x->kind == EX_TERM && x->body && x->body->kind == EX_ONES) ||
	       (x->kind == EX_SUM && x->n == 0 && !ex_is_scalar(x));
}

/* the last of these scalars is a product, the only one: it needs no brackets behind the others */
static bool
lone_chain(Ex *const *x, int n)
{
	for (int i = 0; i < n; i++)
		if ((x[i]->kind == EX_MUL || x[i]->kind == EX_SQ) != (i == n - 1))
			return false;
	return x[n - 1]->kind == EX_MUL;
}

/* t over q and the divisors of the TERM x */
static Tree *
quotient(Form *f, Tree *t, Rat q, Ex *x)
{
	Ex **den = x->kid + x->n - x->nden;
	List d = {0};

	if (!rat_is(q, 1))
		PUSH(f->a, d.t, d.n, d.cap, form_num(f, q));
	for (int i = 0; i < x->nden; i++) {
		if (i == x->nden - 1 && lone_chain(den, x->nden))
			chain_list(f, den[i], &d);
		else
			PUSH(f->a, d.t, d.n, d.cap, ex_tree(f, den[i]));
	}
	return tree2(f, TREE_DIV, t, times(f, d.n, d.t));
}

enum { LONE_I = 1, BARE = 2 };  /* an identity as I; ones left out */

/* |coef| times the scalars and the body of x (a TERM or not), without its sign */
static Tree *
term_tree(Form *f, Rat coef, Ex *x, unsigned how)
{
	Ex *body = x;
	List l = {0};
	Rat p = rat_sign(coef) < 0 ? rat_neg(f->a, coef) : coef, q = RAT1;
	int nnum = 0, nden = 0;
	Tree *t;
	bool first = false;     /* the quotient, before the body: X'*X/N divides by a matrix, 1/N*X'*X
	                           does not */

	if (x->kind == EX_TERM) {
		nden = x->nden;
		nnum = x->n - nden;
		body = x->body;
	}
	if (body && (how & BARE) && body->kind == EX_ONES)
		body = NULL;
	if (body && ex_is_scalar(body) && body->kind == EX_LEAF && body->tree->kind == TREE_NUM) {
		p = rat_mul(f->a, p, body->tree->num);
		body = NULL;
	}
	for (int i = 0; i < nden && body && !ex_is_scalar(body); i++)
		first |= x->kid[nnum + i]->capital;
	if (nden > 0 && rat_barred(f->a, p)) {    /* 3*x/(2*c) */
		const char *text = rat_text(f->a, p), *slash = strchr(text, '/');

		q = rat_parse(f->a, slash + 1, strlen(slash + 1));
		p = rat_parse(f->a, text, (size_t)(slash - text));
	}
	if (!rat_is(p, 1) || (nnum == 0 && (!body || first)))
		PUSH(f->a, l.t, l.n, l.cap, form_num(f, p));
	for (int i = 0; i < nnum; i++) {
		if (i == nnum - 1 && !body && lone_chain(x->kid, nnum))
			chain_list(f, x->kid[i], &l);
		else
			PUSH(f->a, l.t, l.n, l.cap, ex_tree(f, x->kid[i]));
	}
	if (first) {
		t = quotient(f, times(f, l.n, l.t), q, x);
		l = (List){0};
		PUSH(f->a, l.t, l.n, l.cap, t);
	}
	if (body && body->kind == EX_EMUL) {
		t = emul_tree(f, body, &l);
	} else {
		if (body && body->kind == EX_MUL)
			chain_list(f, body, &l);
		else if (body && body->kind == EX_EYE && (how & LONE_I))
			PUSH(f->a, l.t, l.n, l.cap, form_name(f, sym("I")));
		else if (body)
			PUSH(f->a, l.t, l.n, l.cap, ex_tree(f, body));
		t = times(f, l.n, l.t);
	}
	return nden == 0 || first ? t : quotient(f, t, q, x);
}

static Rat
sign_part(Form *f, Rat c, const Ex *x)
{
	return x->kind == EX_TERM ? rat_mul(f->a, c, x->coef) : c;
}

static Tree *
signed_term(Form *f, Ex *x, unsigned how)
{
	Rat c = sign_part(f, RAT1, x);
	Tree *t = term_tree(f, c, x, how);

	return rat_sign(c) < 0 ? negated(f, t) : t;
}

/* ---- sums */

/* The order of writing: as the terms come, but a positive one first. */
static void
sum_order(Form *f, const Ex *x, int *order)
{
	int first = 0, n = 0;

	while (first < x->n && rat_sign(sign_part(f, x->coefs[first], x->kid[first])) <= 0)
		first++;
	if (first < x->n)
		order[n++] = first;
	for (int i = 0; i < x->n; i++)
		if (i != first)
			order[n++] = i;
}

static Tree *
sum_tree(Form *f, Ex *x)
{
	int *order = NEWN(f->a, int, x->n + 1);
	Tree **k = NEWN(f->a, Tree *, x->n + 1);
	bool shaped = false, sized = false;     /* a term is not broadcast; nor an identity */
	bool eye = false;                       /* I - 1/n is no I - ones(n,n)/n on paper */

	if (x->n == 0) {
		if (ex_is_scalar(x))
			return form_num(f, RAT0);
		return form_call(
			f, "zeros", 2, (Tree *[]){form_dim(f, x->row), form_dim(f, x->col)});
	}
	for (int i = 0; i < x->n; i++) {
		bool broad = ex_broadcast(x->kid[i]);

		shaped |= !broad;
		sized |= !broad && !is_eye(x->kid[i]);
		eye |= is_eye(x->kid[i]);
	}
	for (int i = 0; i < x->n && eye; i++)
		sized |= ex_broadcast(x->kid[i]);
	sum_order(f, x, order);
	for (int i = 0; i < x->n; i++) {
		Ex *t = x->kid[order[i]];
		Rat c = sign_part(f, x->coefs[order[i]], t);

		k[i] = term_tree(f, c, t, (sized ? LONE_I : 0) | (!eye && (shaped || i > 0) ? BARE : 0));
		if (rat_sign(c) < 0)
			k[i] = negated(f, k[i]);
	}
	return x->n == 1 ? k[0] : form_tree(f, TREE_ADD, x->n, k);
}

/* ---- the rest */

static Tree *
pow_tree(Form *f, Ex *x)
{
	Ex *b = x->kid[0];
	Tree *t = ex_tree(f, b);
	bool root = x->coef.den == 2 && !x->coef.big;

	if (b->kind == EX_SQ && root) {
		t = ex_tree(f, b->kid[0]);
		t = form_call(f, "norm", 1, &t);
		return x->coef.num == 1 ? t
		                        : tree2(f, TREE_POW, t, form_num(f, rat(x->coef.num, 1)));
	}
	if (root && x->coef.num == 1)
		return form_call(f, "sqrt", 1, &t);
	return tree2(f, ex_is_scalar(x) ? TREE_POW : TREE_EPOW, t, form_num(f, x->coef));
}

static Tree *
call_tree(Form *f, Ex *x)
{
	Tree **k = NEWN(f->a, Tree *, x->n + x->narg + 1);

	for (int i = 0; i < x->n; i++)
		k[i] = ex_tree(f, x->kid[i]);
	for (int i = 0; i < x->narg; i++)
		k[x->n + i] = x->arg[i];
	return form_call(f, x->fn, x->n + x->narg, k);
}

static Tree *
make_tree(Form *f, Ex *x)
{
	Tree *t;

	switch (x->kind) {
	case EX_LEAF:
		return x->tree;
	case EX_ONES:
		return form_call(
			f, "ones", 2, (Tree *[]){form_dim(f, x->row), form_dim(f, x->col)});
	case EX_EYE:
		t = form_dim(f, x->row);
		return form_call(f, "eye", 1, &t);
	case EX_TRANS:
		return tree1(f, TREE_TRANS, ex_tree(f, x->kid[0]));
	case EX_POW:
		return pow_tree(f, x);
	case EX_SUM:
		return sum_tree(f, x);
	case EX_CALL:
		return call_tree(f, x);
	case EX_SQ:
		t = ex_tree(f, x->kid[0]);
		if (ex_is_dot(x))
			return tree2(f, TREE_MUL, tree1(f, TREE_TRANS, t), t);
		return form_call(f, "sqnorm", 1, &t);
	default:        /* MUL EMUL TERM */
		return signed_term(f, x, 0);
	}
}

Tree *
ex_tree(Form *f, Ex *x)
{
	if (!x->tree)
		x->tree = make_tree(f, x);
	return x->tree;
}

Tree *
ex_tree_whole(Form *f, Ex *x)
{
	return is_eye(x) ? signed_term(f, x, LONE_I) : ex_tree(f, x);
}

Tree *
ex_tree_bare(Form *f, Ex *x)
{
	if (x->kind == EX_SUM && x->n == 0)
		return form_num(f, RAT0);
	return ex_broadcast(x) ? signed_term(f, x, BARE) : ex_tree(f, x);
}
