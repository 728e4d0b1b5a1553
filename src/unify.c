/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * unify.c: equations between sizes. A size is a polynomial in declared ("rigid") and unknown
 * ("flexible", named ?1, ?2, ...) dimensions. An equation is solved for an unknown that occurs
 * once, linearly, with coefficient 1 or -1; what cannot be solved yet waits until the others are. A
 * declared dimension to which values have given a number may become that number.
 */
#include <string.h>

#include "infer.h"

typedef enum { SOLVED, WAITS, NEVER } Outcome;

static bool
flexible(Sym s)
{
	return s[0] == '?';
}

static int
flex_index(Sym s)
{
	int k = 0;

	for (s++; *s; s++)
		k = 10 * k + (*s - '0');
	return k;
}

bool
dim_flexible(const Dim *d)
{
	for (int i = 0; i < d->n; i++)
		for (int k = 0; k < d->term[i].nsym; k++)
			if (flexible(d->term[i].sym[k]))
				return true;
	return false;
}

Dim *
infer_fresh(Elab *e)
{
	Infer *in = e->infer;
	Flex f = {0};
	char name[24];

	snprintf(name, sizeof name, "?%d", in->nflex);
	PUSH(in->a, in->flex, in->nflex, in->cap_flex, f);
	return dim_sym(in->dims, sym(name));
}

Dim *
unify_large(Infer *in)
{
	Dim *d = infer_fresh(in->e);

	in->flex[in->nflex - 1].large = true;
	return d;
}

/* what a symbol is known to be, or NULL */
static Dim *
known(const Infer *in, Sym s)
{
	if (flexible(s))
		return in->flex[flex_index(s)].to;
	for (int i = 0; i < in->nfixed; i++)
		if (in->fixed[i].sym == s)
			return in->fixed[i].to;
	return NULL;
}

static Dim *
single_symbol(const Dim *d, Sym *s)
{
	if (d->n == 1 && d->term[0].coef == 1 && d->term[0].nsym == 1) {
		*s = d->term[0].sym[0];
		return (Dim *)d;
	}
	return NULL;
}

static Dim *
resolve(Infer *in, Dim *d)
{
	Sym s;
	Dim *to;

	if (single_symbol(d, &s)) { /* the usual case: follow the chain, then shorten it */
		Dim *end = d;
		while (single_symbol(end, &s) && (to = known(in, s)) != NULL)
			end = to;
		if (!single_symbol(end, &s))
			end = resolve(in, end);
		for (Dim *next; d != end && single_symbol(d, &s); d = next) {
			next = known(in, s);
			if (!next)
				break;
			if (flexible(s))
				in->flex[flex_index(s)].to = end;
		}
		return end;
	}
	for (int i = 0; i < d->n; i++)
		for (int k = 0; k < d->term[i].nsym; k++) {
			to = known(in, d->term[i].sym[k]);
			if (to) {
				d = dim_subst(in->dims, d, d->term[i].sym[k], resolve(in, to));
				i = -1;
				break;
			}
		}
	return d;
}

Dim *
infer_resolve(Elab *e, Dim *d)
{
	return resolve(e->infer, d);
}

/* ---------------------------------------------------------------- numbers that values give to
 * declared dimensions */

static void
know_fixed(Infer *in)
{
	const Mdx *s = in->e->s;

	if (in->fixed_known)
		return;
	in->fixed_known = true;
	for (int i = 0; i < s->nentry; i++) {
		const Entry *en = s->entry[i];
		if (!en || !en->decl || !en->value)
			continue;
		for (int k = 0; k < en->decl->ndim; k++) {
			const Tree *t = en->decl->dim[k];
			if (t->kind == TREE_NAME && !known(in, t->name)) {
				Fixed f = {t->name, dim_num(in->dims, en->value->dim[k])};
				PUSH(in->a, in->fixed, in->nfixed, in->cap_fixed, f);
			}
		}
	}
}

/* ---------------------------------------------------------------- one equation, d = 0 */

static int
occurrences(const Dim *d, Sym s)
{
	int n = 0;

	for (int i = 0; i < d->n; i++)
		for (int k = 0; k < d->term[i].nsym; k++)
			n += d->term[i].sym[k] == s;
	return n;
}

/* the term without one occurrence of s */
static Dim *
without(Infer *in, const DimTerm *t, Sym s)
{
	Dim *d = dim_num(in->dims, t->coef);
	bool gone = false;

	for (int k = 0; k < t->nsym; k++)
		if (t->sym[k] == s && !gone)
			gone = true;
		else
			d = dim_mul(in->dims, d, dim_sym(in->dims, t->sym[k]));
	return d;
}

/* divides by what all terms share: a number, and symbols, since sizes are at least 1 */
static Dim *
reduce(Infer *in, Dim *d)
{
	long g = 0;

	for (int i = 0; i < d->n; i++)
		g = rat_gcd(g, d->term[i].coef);
	for (int k = 0; d->n && k < d->term[0].nsym; k++) {
		Sym s = d->term[0].sym[k];
		bool all = true;
		for (int i = 1; i < d->n && all; i++) {
			all = false;
			for (int j = 0; j < d->term[i].nsym; j++)
				all = all || d->term[i].sym[j] == s;
		}
		if (all) {
			Dim *r = dim_num(in->dims, 0);
			for (int i = 0; i < d->n; i++)
				r = dim_add(in->dims, r, without(in, &d->term[i], s));
			d = r;
			k = -1;
		}
	}
	if (g > 1) {
		Dim *r = dim_num(in->dims, 0);
		for (int i = 0; i < d->n; i++) {
			Dim *m = dim_num(in->dims, d->term[i].coef / g);
			for (int k = 0; k < d->term[i].nsym; k++)
				m = dim_mul(in->dims, m, dim_sym(in->dims, d->term[i].sym[k]));
			r = dim_add(in->dims, r, m);
		}
		d = r;
	}
	return d;
}

/* x*x - y*y = 0 for single symbols or numbers: x - y, as both are positive */
static Dim *
square_root(Infer *in, const Dim *d)
{
	Dim *root[2];

	if (d->n != 2)
		return NULL;
	for (int i = 0; i < 2; i++) {
		const DimTerm *t = &d->term[i];
		long c = t->coef < 0 ? -t->coef : t->coef, r = 1;
		while (r * r < c && r < 100000)
			r++;
		if (r * r != c || t->nsym % 2)
			return NULL;
		root[i] = dim_num(in->dims, r);
		for (int k = 0; k < t->nsym; k += 2) {
			if (t->sym[k] != t->sym[k + 1])
				return NULL;
			root[i] = dim_mul(in->dims, root[i], dim_sym(in->dims, t->sym[k]));
		}
	}
	if ((d->term[0].coef < 0) == (d->term[1].coef < 0))
		return NULL;
	return dim_sub(in->dims, root[0], root[1]);
}

/* The unknown that d = 0 is to be solved for: linear, with coefficient 1 or -1, nowhere else in d;
   best one whose value is then a sum of sizes (no minus sign). -1: none. */
static int
unknown_of(const Dim *d)
{
	int pos = 0, found = -1;

	for (int i = 0; i < d->n; i++)
		pos += d->term[i].coef > 0;
	for (int i = 0; i < d->n; i++) {
		const DimTerm *t = &d->term[i];
		if (t->nsym != 1 || !flexible(t->sym[0]) || (t->coef != 1 && t->coef != -1) ||
			occurrences(d, t->sym[0]) != 1)
			continue;
		if (t->coef > 0 ? pos == 1 : pos == d->n - 1)
			return i;
		if (found < 0)
			found = i;
	}
	return found;
}

static Outcome
solve(Infer *in, const Dim *x, const Dim *y, Loc loc)
{
	Dim *p = resolve(in, (Dim *)x), *q = resolve(in, (Dim *)y), *d, *r;
	bool positive = true, negative = true;
	Sym s;
	int i;

	if (p == q)
		return SOLVED;
	if (dim_is_num(p, NULL) && dim_is_num(q, NULL))
		return NEVER;
	d = reduce(in, dim_sub(in->dims, p, q));
	if (d->n == 0)
		return SOLVED;
	r = square_root(in, d);
	if (r)
		d = r;
	i = unknown_of(d);
	if (i >= 0) { /* coef*s + rest = 0 */
		const DimTerm *t = &d->term[i];
		Flex *f = &in->flex[flex_index(t->sym[0])];
		Dim *rest =
			dim_sub(in->dims, d, dim_scale(in->dims, dim_sym(in->dims, t->sym[0]), t->coef));
		rest = dim_scale(in->dims, rest, -t->coef);
		if (dim_never(rest) || (f->large && dim_is(rest, 1)))
			return NEVER;
		if (f->large && single_symbol(rest, &s) && flexible(s))
			in->flex[flex_index(s)].large = true;
		f->to = rest;
		f->loc = loc;
		return SOLVED;
	}
	if (dim_flexible(d)) {
		for (i = 0; i < d->n; i++) {
			positive = positive && d->term[i].coef > 0;
			negative = negative && d->term[i].coef < 0;
		}
		return positive || negative ? NEVER : WAITS;
	}
	/* no unknown left: perhaps a value has fixed one of the declared dimensions */
	know_fixed(in);
	return resolve(in, p) == resolve(in, q) ? SOLVED : NEVER;
}

bool
unify(Infer *in, const Dim *x, const Dim *y, Loc loc)
{
	Outcome o;

	if (x == y)
		return true;
	o = solve(in, x, y, loc);
	if (o == WAITS) {
		Pending p = {(Dim *)x, (Dim *)y, loc};
		PUSH(in->a, in->pend, in->npend, in->cap_pend, p);
	}
	return o != NEVER;
}

void
unify_try(Infer *in, const Dim *x, const Dim *y, Loc loc)
{
	solve(in, x, y, loc);
}

void
unify_both(Infer *in, const Term *x, const Term *y, Loc loc)
{
	int n = in->nflex;
	Flex *before = NEWN(in->a, Flex, n + 1);

	if (n > 0)
		memcpy(before, in->flex, (size_t)n * sizeof *before);
	if ((solve(in, x->row, y->row, loc) == NEVER || solve(in, x->col, y->col, loc) == NEVER) &&
		n > 0)
		memcpy(in->flex, before, (size_t)n * sizeof *before);
}

bool
unify_could(Infer *in, const Dim *x, const Dim *y)
{
	Dim *p = resolve(in, (Dim *)x), *q = resolve(in, (Dim *)y);

	return p == q || dim_flexible(p) || dim_flexible(q);
}

/* ---------------------------------------------------------------- the end */

static _Noreturn void
raise_left(Infer *in, const Pending *p, bool never)
{
	char *x, *y;

	unify_name(in, true);
	x = dim_text(in->a, resolve(in, p->x));
	y = dim_text(in->a, resolve(in, p->y));
	if (never)
		raise_at(in->a, p->loc, "the sizes do not agree: %s here must be %s", x, y);
	raise_hint(in->a, p->loc, "declare the sizes of the names here with var",
		"the sizes cannot be inferred from %s = %s", x, y);
}

void
unify_finish(Infer *in)
{
	for (bool again = true; again && in->npend;) {
		int n = in->npend, left = 0;
		again = false;
		for (int i = 0; i < n; i++) {
			Pending p = in->pend[i];
			Outcome o = solve(in, p.x, p.y, p.loc);
			if (o == NEVER)
				raise_left(in, &p, true);
			if (o == WAITS)
				in->pend[left++] = p;
			again = again || o == SOLVED;
		}
		in->npend = left;
	}
	if (in->npend)
		raise_left(in, &in->pend[0], false);
	for (int i = 0; i < in->nflex; i++) {
		const Flex *f = &in->flex[i];
		if (f->to && (dim_never(resolve(in, f->to)) ||
						 (f->large && dim_is(resolve(in, f->to), 1))))
			raise_at(in->a, f->loc, "the sizes do not agree: one of them would be %s",
				dim_text(in->a, resolve(in, f->to)));
	}
}

Loc
unify_origin(Infer *in, const Dim *d)
{
	Sym s;

	if (single_symbol(d, &s) && flexible(s))
		return in->flex[flex_index(s)].loc;
	return (Loc){0};
}

/* ---------------------------------------------------------------- names for what stays free */

static Sym
free_name(Infer *in)
{
	static const char letter[] = "mnpqrs";
	char name[24];

	for (;;) {
		int k = in->next_name++, round = k / 6;
		Sym s;
		if (round)
			snprintf(name, sizeof name, "%c%d", letter[k % 6], round);
		else
			snprintf(name, sizeof name, "%c", letter[k]);
		s = sym(name);
		if (!names_in_use(in->e->names, s))
			return s;
	}
}

static void
name_dim(Infer *in, Dim *d)
{
	if (!d)
		return;
	d = resolve(in, d);
	for (int i = 0; i < d->n; i++)
		for (int k = 0; k < d->term[i].nsym; k++) {
			Sym s = d->term[i].sym[k];
			if (flexible(s) && !in->flex[flex_index(s)].to) {
				Sym as = free_name(in);
				names_role(in->e->names, names_get(in->e->names, as), ROLE_DIM, (Loc){0});
				in->flex[flex_index(s)].to = dim_sym(in->dims, as);
			}
		}
}

bool
unify_unknowns(const Infer *in)
{
	for (int i = 0; i < in->nflex; i++)
		if (!in->flex[i].to)
			return true;
	return false;
}

void
unify_name(Infer *in, bool all)
{
	for (int i = 0; i < in->nvar; i++)
		if (in->var[i].var) {
			name_dim(in, in->var[i].var->row);
			name_dim(in, in->var[i].var->col);
		}
	for (int i = 0; all && i < in->n; i++) {
		const Term *t = in->term[i];
		name_dim(in, t->row);
		name_dim(in, t->col);
		for (int k = 0; k < t->nax; k++)
			name_dim(in, t->ax ? t->ax[k] : NULL);
	}
}
