/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tex_index.c: sums over indices of LaTeX, for tex.c, in matrix notation:
 *
 *   \sum_i f(x_i) y_i               entry by entry: sum(f(x).*y)
 *   \sum_{i,j} A_{ij} x_i x_j       a product of entries: indices that two factors share are
 *   \sum_k A_{ik} B_{kj}            summed by matrix products: x'*A*x, (A*B)[i,j]
 *   \sum_i A_{ii}                   tr(A)
 *
 * Sums over vectors that are numbered, as x_i in w^\top x_i, are none of these and are refused.
 */
#include "tex.h"

#include <string.h>

enum { INDICES = 4 };

typedef struct Indices { Tex *t; Sym name[INDICES]; int n; Loc loc; } Indices;

static const char *const sum_hint =
	"sums go over entries, as in \\sum_i x_i y_i or \\sum_{i,j} A_{ij} x_j";

static bool
mentions_index(const Indices *x, const Tree *t)
{
	for (int i = 0; i < x->n; i++)
		if (tree_mentions(t, x->name[i]))
			return true;
	return false;
}

static bool
is_index_name(const Tree *t, Sym name)
{
	return t->kind == TREE_NAME && t->name == name;
}

/* ---- entry by entry */

/* Why a sum is not understood, and where; text NULL: nothing is wrong. */
typedef struct Trouble { const Tree *at; const char *text, *hint; } Trouble;

/* What is the same for all indices has to be a number there. */
static Trouble
find_trouble_apart(const Indices *x, const Tree *t)
{
	static const char *const rows =
		"an entry is a number; vectors that are numbered are the rows of a matrix: "
		"\\sum_i f(w^\\top x_i) is \\sum_i f((Xw)_i)";
	Form f = tex_form(x->t, t);
	if (f == FORM_SCALAR || f == FORM_UNKNOWN)
		return (Trouble){0};
	return (Trouble){t, "this sum is not understood: a vector or matrix among entries", rows};
}

static bool
is_elementwise_call(const Indices *x, const Tree *t)
{
	if (t->kind != TREE_CALL)
		return false;
	const Fun *f = t->kid[0]->prime ? NULL : fun_find(t->kid[0]->name);
	const Entry *e = session_find(x->t->s, t->kid[0]->name);
	return (f && f->cls == FC_ELEM) || (e && e->kind == NAME_UFUN && e->ufun->elementwise);
}

/* an entry with just the indices that are summed, in their order or, turned, in the other */
static bool
is_entry_of_all(const Indices *x, const Tree *t, bool *turned)
{
	if (t->kind != TREE_INDEX || mentions_index(x, t->kid[0]) || t->n != x->n + 1 || x->n > 2)
		return false;
	*turned = x->n == 2 && is_index_name(t->kid[1], x->name[1]) &&
		is_index_name(t->kid[2], x->name[0]);
	bool all = true;
	for (int i = 0; i < x->n; i++)
		all &= is_index_name(t->kid[i + 1], x->name[i]);
	return all || *turned;
}

/* whether t goes entry by entry */
static Trouble
find_trouble(const Indices *x, const Tree *t)
{
	bool turned;
	if (!mentions_index(x, t))
		return find_trouble_apart(x, t);
	if (t->kind == TREE_INDEX && is_entry_of_all(x, t, &turned))
		return (Trouble){0};
	if (t->kind == TREE_INDEX)
		return (Trouble){t, "this sum is not understood: an entry of it has other indices", NULL};
	switch (t->kind) {
	case TREE_ADD: case TREE_NEG: case TREE_POS: case TREE_EMUL: case TREE_EDIV: case TREE_EPOW:
	case TREE_MUL: case TREE_DIV:
		break;
	case TREE_POW:
		if (mentions_index(x, t->kid[1]) && t->kid[1]->kind != TREE_INDEX)
			return (Trouble){t, "this sum is not understood", NULL};
		break;
	default:
		if (is_elementwise_call(x, t))
			break;
		return (Trouble){t, "this sum is not understood: it does not go entry by entry", NULL};
	}
	for (int i = t->kind == TREE_CALL; i < t->n; i++) {
		Trouble found = find_trouble(x, t->kid[i]);
		if (found.text)
			return found;
	}
	return (Trouble){0};
}

/* The whole of which t is the entry with these indices: x_i to x, x_i y_i to x.*y. */
static Tree *
whole(const Indices *x, const Tree *t)
{
	Arena *a = x->t->a;
	bool turned;
	if (!mentions_index(x, t))
		return tree_copy(a, t);
	if (t->kind == TREE_INDEX) {
		is_entry_of_all(x, t, &turned);
		Tree *of = tree_copy(a, t->kid[0]);
		return turned ? tree(a, TREE_TRANS, t->loc, 1, of) : of;
	}
	TreeKind kind = t->kind;
	int with = 0;
	for (int i = 0; i < t->n; i++)
		with += mentions_index(x, t->kid[i]);
	if (kind == TREE_MUL && with > 1)
		kind = TREE_EMUL;
	else if (kind == TREE_DIV && mentions_index(x, t->kid[1]))
		kind = TREE_EDIV;
	else if (kind == TREE_POW)
		kind = TREE_EPOW;
	Tree *out = tree(a, kind, t->loc, 0);
	for (int i = 0; i < t->n; i++)
		tree_push(
			a, out, kind == TREE_CALL && i == 0 ? tree_copy(a, t->kid[i]) : whole(x, t->kid[i]));
	out->name = t->name;
	return out;
}

/* ---- products of entries */

/* of[index], of[index, index], or with n = 0 a number */
typedef struct Factor { Tree *of; int n; Sym index[2]; } Factor;

typedef struct Factors { const Indices *x; Arena *a; Loc loc; Factor *v; int n, cap; } Factors;

static bool
is_summed(const Indices *x, Sym name)
{
	for (int i = 0; i < x->n; i++)
		if (x->name[i] == name)
			return true;
	return false;
}

static Tree *
turned(const Factors *f, Tree *t)
{
	if (t->kind == TREE_TRANS)
		return t->kid[0];
	return tree(f->a, TREE_TRANS, f->loc, 1, t);
}

/* u*v as one flat product */
static Tree *
times(const Factors *f, Tree *u, Tree *v)
{
	Tree *out = tree(f->a, TREE_MUL, f->loc, 0);
	Tree *part[2] = {u, v};
	for (int k = 0; k < 2; k++) {
		if (part[k]->kind != TREE_MUL) {
			tree_push(f->a, out, part[k]);
			continue;
		}
		for (int i = 0; i < part[k]->n; i++)
			tree_push(f->a, out, part[k]->kid[i]);
	}
	return out;
}

/* \partial f/\partial X_{ij}: the entry i, j of the gradient; otherwise t */
static const Tree *
gradient_entry(const Factors *f, const Tree *t)
{
	bool d = t->kind == TREE_DERIV || is_call(t, "grad", 2);
	const Tree *of = d ? t->kid[t->n - 2] : NULL, *by = d ? t->kid[t->n - 1] : NULL;
	if (!d || by->kind != TREE_INDEX || mentions_index(f->x, of) ||
		tex_form(f->x->t, of) != FORM_SCALAR)
		return t;
	Tree *e = tree_copy(f->a, by);
	e->kid[0] = tree_call(f->a, t->loc, "grad", 2, tree_copy(f->a, of), e->kid[0]);
	return e;
}

/* f(x_i): the entry i of f(x), i the one summed index in it; NULL: it is not like that */
static Tree *
function_entry(const Factors *f, const Tree *t)
{
	Indices one = {.t = f->x->t, .n = 1};
	int n = 0;
	for (int i = 0; i < f->x->n; i++)
		if (tree_mentions(t, f->x->name[i])) {
			one.name[0] = f->x->name[i];
			n++;
		}
	if (n != 1 || find_trouble(&one, t).text)
		return NULL;
	Tree *index = tree_name(f->a, t->loc, one.name[0]);
	return tree(f->a, TREE_INDEX, t->loc, 2, whole(&one, t), index);
}

static bool
add_factor(Factors *f, const Tree *t)
{
	if (t->kind == TREE_MUL) {
		for (int i = 0; i < t->n; i++)
			if (!add_factor(f, t->kid[i]))
				return false;
		return true;
	}
	if (!mentions_index(f->x, t)) {
		Factor number = {.of = tree_copy(f->a, t)};
		PUSH(f->a, f->v, f->n, f->cap, number);
		return !find_trouble_apart(f->x, t).text;
	}
	t = gradient_entry(f, t);
	bool plain = t->kind == TREE_INDEX && !mentions_index(f->x, t->kid[0]);
	for (int i = 1; i < t->n && plain; i++)
		plain = t->kid[i]->kind == TREE_NAME;
	if (!plain)
		t = function_entry(f, t);
	if (!t)
		return false;
	Factor e = {.of = tree_copy(f->a, t->kid[0]), .n = t->n - 1};
	for (int i = 0; i < e.n; i++)
		e.index[i] = t->kid[i + 1]->name;
	PUSH(f->a, f->v, f->n, f->cap, e);
	return true;
}

static void
drop(Factors *f, int k)
{
	f->n--;
	for (int i = k; i < f->n; i++)
		f->v[i] = f->v[i + 1];
}

/* A_{ii} is an entry of the diagonal, u_i v_i of u.*v, A_{ij} B_{ji} of A.*B'; whether one was
   found */
static bool
merge(Factors *f)
{
	for (int i = 0; i < f->n; i++) {
		Factor *u = &f->v[i];
		if (u->n == 2 && u->index[0] == u->index[1] && is_summed(f->x, u->index[0])) {
			u->of = tree_call(f->a, f->loc, "diag", 1, u->of);
			u->n = 1;
			return true;
		}
		for (int k = i + 1; k < f->n; k++) {
			const Factor *v = &f->v[k];
			bool same = u->n == v->n && u->n > 0 && u->index[0] == v->index[0] &&
				u->index[u->n - 1] == v->index[u->n - 1];
			bool other = u->n == 2 && v->n == 2 && u->index[0] == v->index[1] &&
				u->index[1] == v->index[0];
			int used = 0;
			for (int m = 0; m < f->n; m++)
				used += f->v[m].n > 0 && (f->v[m].index[0] == u->index[0] ||
					(f->v[m].n == 2 && f->v[m].index[1] == u->index[0]));
			/* two vectors alone are better an inner product */
			if ((!same && !other) || (u->n == 1 && used == 2))
				continue;
			u->of = tree(f->a, TREE_EMUL, f->loc, 2, u->of, other ? turned(f, v->of) : v->of);
			drop(f, k);
			return true;
		}
	}
	return false;
}

static int
count(const Factors *f, Sym index, int *at)
{
	int n = 0;
	for (int i = 0; i < f->n; i++)
		for (int k = 0; k < f->v[i].n; k++)
			if (f->v[i].index[k] == index && n++ < 2)
				at[n - 1] = i;
	return n;
}

/* sums over an index that only one factor has */
static void
sum_one(Factors *f, Sym index, int at)
{
	Factor *u = &f->v[at];
	if (u->n == 1) {
		bool diagonal = is_call(u->of, "diag", 1);
		Tree *of = diagonal ? u->of->kid[1] : u->of;
		u->of = tree_call(f->a, f->loc, diagonal ? "tr" : "sum", 1, of);
		u->n = 0;
		return;
	}
	Sym rest = u->index[u->index[0] == index];
	int where[2];
	if (is_summed(f->x, rest) && count(f, rest, where) == 1) {
		u->of = tree_call(f->a, f->loc, "sum", 1, u->of);
		u->n = 0;
		return;
	}
	Tree *along = tree_num(f->a, f->loc, rat(u->index[0] == index ? 1 : 2, 1));
	Tree *sum = tree_call(f->a, f->loc, "sum", 2, u->of, along);
	u->of = u->index[0] == index ? turned(f, sum) : sum;
	u->index[0] = rest;
	u->n = 1;
}

/* sums over an index that just two factors have, one each: their product */
static void
sum_two(Factors *f, Sym index, const int *at)
{
	Factor *u = &f->v[at[0]], *v = &f->v[at[1]];
	if (u->n == 1 && v->n == 2) {   /* the matrix first */
		Factor *w = u;
		u = v;
		v = w;
	} else if (u->n == 2 && v->n == 2 && u->index[0] == index && v->index[1] == index) {
		Factor *w = u;
		u = v;
		v = w;
	}
	Factor out = {0};
	bool last = u->n == 1 || u->index[1] == index;
	if (u->n == 1) {                /* x'*(A*x), rather than (A*x)'*x */
		bool first = u->of->kind != TREE_MUL;
		out.of = times(f, turned(f, first ? u->of : v->of), first ? v->of : u->of);
	} else if (v->n == 1) {
		out.of = times(f, last ? u->of : turned(f, u->of), v->of);
		out.index[out.n++] = u->index[!last ? 1 : 0];
	} else {
		bool first = v->index[0] == index;
		out.of = times(f, last ? u->of : turned(f, u->of), first ? v->of : turned(f, v->of));
		out.index[out.n++] = u->index[!last ? 1 : 0];
		out.index[out.n++] = v->index[first ? 1 : 0];
	}
	f->v[at[0]] = out;
	drop(f, at[1]);
}

/* the next index to sum over: first one by which a matrix is the left one of a product */
static bool
sum_next(Factors *f)
{
	Sym found = NULL;
	int best = -1, at[2];
	for (int i = 0; i < f->x->n; i++) {
		int n = count(f, f->x->name[i], at);
		if (n == 0 || n > 2 || (n == 2 && at[0] == at[1]))
			continue;
		int good = n == 1;
		for (int k = 0; k < n; k++)
			good += 2 * (f->v[at[k]].n == 2 && f->v[at[k]].index[1] == f->x->name[i]);
		if (good > best) {
			best = good;
			found = f->x->name[i];
		}
	}
	if (!found)
		return false;
	if (count(f, found, at) == 1)
		sum_one(f, found, at[0]);
	else
		sum_two(f, found, at);
	return true;
}

/* The sum of a product of entries; NULL: it cannot be written as a matrix product. */
static Tree *
product_sum(const Indices *x, const Tree *t)
{
	Factors f = {.x = x, .a = x->t->a, .loc = x->loc};
	int at[2];
	if (!add_factor(&f, t))
		return NULL;
	for (int i = 0; i < x->n; i++)
		if (count(&f, x->name[i], at) == 0)
			return NULL;
	for (;;) {
		/* u_i A_ij v_i: vectors before what they would have to share an index with */
		if (merge(&f) || sum_next(&f))
			continue;
		int k = 0, with = -1;
		for (; k < f.n && with < 0; k++)        /* A_ik d_k B_kj: the columns of A scaled */
			for (int m = 0; m < f.n && f.v[k].n == 1 && with < 0; m++)
				if (is_summed(x, f.v[k].index[0]) && f.v[m].n == 2 &&
					(f.v[m].index[0] == f.v[k].index[0] || f.v[m].index[1] == f.v[k].index[0]))
					with = m;
		if (with < 0)
			break;
		k--;
		Factor *m = &f.v[with];
		Tree *d = tree_call(f.a, f.loc, "diag", 1, f.v[k].of);
		m->of = m->index[1] == f.v[k].index[0] ? times(&f, m->of, d) : times(&f, d, m->of);
		drop(&f, k);
	}
	Tree *out = NULL;
	for (int i = 0; i < f.n; i++) {
		Tree *part = f.v[i].of;
		if (f.v[i].n > 0)
			part = tree(f.a, TREE_INDEX, f.loc, 1, part);
		for (int k = 0; k < f.v[i].n; k++) {
			if (is_summed(x, f.v[i].index[k]))
				return NULL;
			tree_push(f.a, part, tree_name(f.a, f.loc, f.v[i].index[k]));
		}
		out = out ? times(&f, out, part) : part;
	}
	return out;
}

static Tree *
sum_of(const Indices *x, const Tree *t)
{
	Trouble trouble = find_trouble(x, t);
	if (!trouble.text)
		return tree_call(x->t->a, x->loc, "sum", 1, whole(x, t));
	if (t->kind == TREE_ADD || t->kind == TREE_NEG || t->kind == TREE_POS) {
		Tree *out = tree(x->t->a, t->kind, x->loc, 0);
		for (int i = 0; i < t->n; i++)
			tree_push(x->t->a, out, sum_of(x, t->kid[i]));
		return out;
	}
	Tree *out = product_sum(x, t);
	if (!out)
		raise_hint(x->t->a, trouble.at->loc, trouble.hint ? trouble.hint : sum_hint, "%s",
			trouble.text);
	return out;
}

/* ---- reading them */

/* the letters below \sum: i, ij, i,j, i=1 */
static void
read_indices(Indices *x, Range r)
{
	Tex *t = x->t;
	for (int i = r.beg; i < r.end; i++) {
		const TexToken *tok = &t->tok[i];
		if (tex_range_is(t, (Range){i, i + 1}, "="))
			break;
		if (tex_range_is(t, (Range){i, i + 1}, ","))
			continue;
		if (tok->kind != TEX_LETTER || x->n == INDICES)
			tex_fail(t, r, sum_hint, "below \\sum stand up to four indices");
		x->name[x->n++] = tok->text;
	}
}

/* \sum_i \sum_j: one sum over both */
static void
sum_indices(Tex *t, Indices *x)
{
	int at = t->at;
	while (tex_is(t, 0, "\\sum")) {
		t->at++;
		Scripts sc = tex_scripts(t);
		if (!sc.has_down)
			tex_fail(t, (Range){t->at - 1, t->at}, sum_hint, "\\sum wants its index: \\sum_i");
		read_indices(x, sc.down);
	}
	if (x->n == 0)
		tex_fail(t, (Range){at, t->at}, sum_hint, "\\sum wants its index: \\sum_i");
}

Tree *
tex_sum(Tex *t)
{
	int at = t->at;
	Indices x = {.t = t};
	sum_indices(t, &x);
	if (!tex_begins_factor(t))
		tex_fail(t, (Range){at, t->at}, NULL, "what is this the sum of?");
	int bound = t->nbound;
	for (int i = 0; i < x.n; i++)
		PUSH(t->a, t->bound, t->nbound, t->cap_bound, x.name[i]);
	Tree *body = tex_term(t);
	t->nbound = bound;
	x.loc = tex_loc(t, (Range){at, t->at});
	for (int i = 0; i < x.n; i++)
		if (!tree_mentions(body, x.name[i]))
			raise_hint(
				t->a, x.loc, sum_hint, "what is summed does not have the index %s", x.name[i]);
	return sum_of(&x, body);
}
