/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resize.c: the same expression at other sizes. A matrix of 500 x 1000 values makes expressions
 * whose sizes are numbers; to try something out at random points (verify.c, numeric.c), small
 * matrices do as well. Every large number among the sizes becomes a name, equal numbers the same
 * one, but for those that are made of others: the size of a block matrix is the sum of its blocks',
 * that of a Kronecker product the product of its factors'. Where that does not work out (the same
 * number of rows from two different products, say) there is no such expression.
 */
#include <string.h>

#include "core.h"

enum { SMALL = 8, CHEAP = 4096, MANY = 64 };    /* sizes that stay; entries in all that are no
                                                   trouble; most parts of a size */

/* What a number is made of: parts along an axis, which end at cut[0] < cut[1] < .. < size, or
   factors */
typedef struct Size {
	long size;
	int ncut; long cut[MANY];
	int nfactor; Dim *factor[MANY];
} Size;

typedef struct Resize {
	Graph *g;
	Node **memo;
	Node **tie; int ntie, cap_tie;  /* FUSE, INJ and UNIT nodes */
	Size **size; int nsize, cap_size;
	bool fails;
} Resize;

/* ---- sizes */

static Size *
size_of(Resize *r, long n)
{
	for (int i = 0; i < r->nsize; i++)
		if (r->size[i]->size == n)
			return r->size[i];
	Size *s = NEW(r->g->a, Size);
	s->size = n;
	PUSH(r->g->a, r->size, r->nsize, r->cap_size, s);
	return s;
}

/* a part of an axis ends there; true: that is new */
static bool
add_cut(Resize *r, Size *s, long at)
{
	int i = s->ncut;

	if (at <= 0 || at >= s->size)
		return false;
	while (i > 0 && s->cut[i - 1] > at)
		i--;
	if (i > 0 && s->cut[i - 1] == at)
		return false;
	if (s->ncut == MANY) {
		r->fails = true;
		return false;
	}
	memmove(&s->cut[i + 1], &s->cut[i], sizeof *s->cut * (size_t)(s->ncut - i));
	s->cut[i] = at;
	s->ncut++;
	return true;
}

static Dim *resized(Resize *r, Dim *d);

/* Large numbers are names that nobody can type. */
static Dim *
image(Resize *r, long n)
{
	Dims *t = r->g->dims;
	Dim *d;
	Size *s = NULL;

	for (int i = 0; i < r->nsize && !s; i++)
		if (r->size[i]->size == n)
			s = r->size[i];
	if (s && s->nfactor) {
		d = dim_num(t, 1);
		for (int i = 0; i < s->nfactor; i++)
			d = dim_mul(t, d, resized(r, s->factor[i]));
		return d;
	}
	if (s && s->ncut) {
		d = dim_num(t, 0);
		for (int i = 0; i <= s->ncut; i++)
			d = dim_add(t, d, image(r, (i < s->ncut ? s->cut[i] : n) - (i ? s->cut[i - 1] : 0)));
		return d;
	}
	return n > SMALL ? dim_sym(t, sym(arena_printf(r->g->a, "#%ld", n))) : dim_num(t, n);
}

static Dim *
resized(Resize *r, Dim *d)
{
	Dims *t = r->g->dims;
	Dim *sum = dim_num(t, 0);

	for (int i = 0; i < d->n; i++) {
		const DimTerm *m = &d->term[i];
		Dim *p = m->coef > SMALL ? image(r, m->coef) : dim_num(t, m->coef);

		for (int k = 0; k < m->nsym; k++)
			p = dim_mul(t, p, dim_sym(t, m->sym[k]));
		sum = dim_add(t, sum, p);
	}
	return sum;
}

/* the place `at` on the axis of size `total`: the parts before it */
static Dim *
resized_place(Resize *r, Dim *at, Dim *total)
{
	Dims *t = r->g->dims;
	Dim *d = dim_num(t, 0);
	long n, size, from = 0;
	const Size *s;

	if (!dim_is_num(at, &n) || !dim_is_num(total, &size)) {
		r->fails |= resized(r, at) != at || resized(r, total) != total;
		return at;
	}
	s = size_of(r, size);
	for (int i = 0; i <= s->ncut && from < n; i++) {
		long to = i < s->ncut ? s->cut[i] : size;

		d = dim_add(t, d, image(r, to - from));
		from = to;
	}
	r->fails |= from != n || s->nfactor;
	return d;
}

/* ---- what ties sizes together */

static void
note_factors(Resize *r, Node *fuse)
{
	int k = fuse->nax - 1;
	long n;
	Size *s;

	if (!dim_is_num(fuse->ax[k], &n))
		return;
	s = size_of(r, n);
	if (s->nfactor)
		return;                 /* what differs from it will be found when the node is made */
	if (k > MANY) {
		r->fails = true;
		return;
	}
	for (int i = 0; i < k; i++)
		s->factor[s->nfactor++] = fuse->ax[i];
}

/* Cuts of a part are cuts of the whole and the other way round; true: there is a new one. */
static bool
note_part(Resize *r, Node *inj)
{
	long part, from, total;
	bool any = false;
	Size *p, *t;

	if (!dim_is_num(inj->ax[0], &part) || !dim_is_num(inj->dim, &from) ||
		!dim_is_num(inj->ax[1], &total))
		return false;
	p = size_of(r, part);
	t = size_of(r, total);
	any |= add_cut(r, t, from);
	any |= add_cut(r, t, from + part);
	for (int i = 0; i < p->ncut; i++)
		any |= add_cut(r, t, from + p->cut[i]);
	for (int i = 0; i < t->ncut; i++)
		if (t->cut[i] > from && t->cut[i] < from + part)
			any |= add_cut(r, p, t->cut[i] - from);
	return any;
}

static bool
note_entry(Resize *r, Node *unit)
{
	long at, n;
	Size *s;
	bool any;

	if (!dim_is_num(unit->dim, &at) || !dim_is_num(unit->ax[0], &n))
		return false;
	s = size_of(r, n);
	any = add_cut(r, s, at - 1);
	return add_cut(r, s, at) || any;
}

static void
note_ties(Resize *r)
{
	for (int i = 0; i < r->ntie; i++)
		if (r->tie[i]->kind == N_FUSE)
			note_factors(r, r->tie[i]);
	for (bool any = true; any && !r->fails;) {
		any = false;
		for (int i = 0; i < r->ntie; i++) {
			Node *n = r->tie[i];

			any |= n->kind == N_INJ    ? note_part(r, n)
				   : n->kind == N_UNIT ? note_entry(r, n)
									   : false;
		}
	}
	for (int i = 0; i < r->nsize; i++)
		r->fails |= r->size[i]->nfactor && r->size[i]->ncut;
}

static Node *
resized_fuse(Resize *r, Node *n)
{
	Graph *g = r->g;
	int k = n->nax - 1;
	Dim **part = NEWN(g->a, Dim *, k + 1), *whole = dim_num(g->dims, 1);

	for (int i = 0; i < k; i++) {
		part[i] = resized(r, n->ax[i]);
		whole = dim_mul(g->dims, whole, part[i]);
	}
	r->fails |= whole != resized(r, n->ax[k]);
	return node_fuse(g, k, part);
}

static Node *
resized_inj(Resize *r, Node *n)
{
	Dim *part = resized(r, n->ax[0]), *total = resized(r, n->ax[1]),
		*from = resized_place(r, n->dim, n->ax[1]);
	Dim *to = resized_place(r, dim_add(r->g->dims, n->dim, n->ax[0]), n->ax[1]);

	r->fails |= dim_add(r->g->dims, from, part) != to;
	return r->fails ? n : node_inj(r->g, part, from, total);
}

static Node *
resized_unit(Resize *r, Node *n)
{
	Dim *at = n->dim;

	if (dim_is_num(at, NULL))
		at = resized_place(r, at, n->ax[0]);
	else
		r->fails |= resized(r, at) != at;
	return r->fails ? n : node_unit(r->g, at, resized(r, n->ax[0]));
}

/* ---- nodes */

static Dim **
resized_axes(Resize *r, int n, Dim **ax)
{
	Dim **to = NEWN(r->g->a, Dim *, n + 1);

	for (int i = 0; i < n; i++)
		to[i] = resized(r, ax[i]);
	return to;
}

static Node *
resized_product(Resize *r, Node *n)
{
	Prod *p = prod_begin(r->g);

	for (int l = 0; l < n->nlab; l++)
		prod_label(p, resized(r, n->labdim[l]));
	prod_coef(p, n->coef[0]);
	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax)
		prod_factor(p, r->memo[n->kid[i]->id], n->lab + off);
	return prod_end(p, n->nax, n->out);
}

static Node *
resized_sum(Resize *r, Node *n)
{
	Sum *s = sum_begin(r->g, n->nax, resized_axes(r, n->nax, n->ax));

	for (int i = 0; i < n->n; i++)
		sum_add(s, n->coef[i], r->memo[n->kid[i]->id]);
	return sum_end(s);
}

static Node *
resized_var(Resize *r, Node *n)
{
	Var *v = NEW(r->g->a, Var);

	*v = *n->var;
	v->row = resized(r, v->row);
	v->col = resized(r, v->col);
	return v->row == n->var->row && v->col == n->var->col ? n : node_var(r->g, v);
}

/* n over the new kids */
static Node *
resized_node(Resize *r, Node *n)
{
	Graph *g = r->g;
	Node **kid = NEWN(g->a, Node *, n->n + 1);

	for (int i = 0; i < n->n; i++)
		kid[i] = r->memo[n->kid[i]->id];
	switch (n->kind) {
	case N_VAR:
		return resized_var(r, n);
	case N_PI:
		return n;
	case N_DIM:
		r->fails |= resized(r, n->dim) != n->dim;
		return n;
	case N_UNIT:
		return resized_unit(r, n);
	case N_FUSE:
		return resized_fuse(r, n);
	case N_INJ:
		return resized_inj(r, n);
	case N_NAMED:
		return node_named(g, n->name, n->param, kid[0]);
	case N_SUM:
		return resized_sum(r, n);
	case N_PROD:
		return resized_product(r, n);
	case N_POW:
		return node_pow(g, kid[0], n->coef[0]);
	case N_MAP:
		return node_map(g, n->fun, n->n, kid);
	case N_FN:
		return node_fn(g, n->fun, n->param, n->n, kid);
	case N_UNKNOWN:
		return node_unknown(g, n->ufun, n->n, kid, n->nder, n->der);
	default:
		bug(g->a, "node %u of kind %d at another size", n->id, (int)n->kind);
	}
}

typedef struct Frame { Node *n; int at; } Frame;

/* kids before parents, without recursion; true: some of it is large */
static bool
walk(Resize *r, Node *root, bool (*visit)(Resize *, Node *))
{
	Frame *stack = NULL;
	int top = 0, cap = 0;
	bool any = false;

	if (r->memo[root->id])
		return false;
	PUSH(r->g->a, stack, top, cap, ((Frame){root, 0}));
	while (top > 0) {
		Frame *f = &stack[top - 1];
		Node *n = f->n;

		if (f->at < n->n) {
			Node *k = n->kid[f->at++];

			if (!r->memo[k->id])
				PUSH(r->g->a, stack, top, cap, ((Frame){k, 0}));
			continue;
		}
		top--;
		if (!r->memo[n->id])
			any |= visit(r, n);
	}
	return any;
}

static bool
visit_large(Resize *r, Node *n)
{
	long entries = 1, d;

	r->memo[n->id] = n;
	if (n->kind == N_FUSE || n->kind == N_INJ || n->kind == N_UNIT)
		PUSH(r->g->a, r->tie, r->ntie, r->cap_tie, n);
	for (int i = 0; i < n->nax; i++)
		if (dim_is_num(n->ax[i], &d) && d > 0)
			entries = entries > CHEAP / d ? CHEAP + 1 : entries * d;
	return entries > CHEAP;
}

static bool
visit_resize(Resize *r, Node *n)
{
	r->memo[n->id] = r->fails ? n : resized_node(r, n);
	return false;
}

/* what there is; true: large matrices */
static bool
look(Resize *r, int n, Node **root)
{
	bool large = false;

	r->memo = NEWN(r->g->a, Node *, r->g->nnode + 1);
	for (int i = 0; i < n; i++)
		large |= walk(r, root[i], visit_large);
	return large;
}

static bool
large(Rat r)
{
	return r.big || r.num > SMALL || r.num < -SMALL || r.den > SMALL;
}

static bool
visit_numbers(Resize *r, Node *n)
{
	int ncoef = n->kind == N_SUM ? n->n : n->coef ? 1 : 0;

	r->memo[n->id] = n;
	for (int i = 0; i < ncoef; i++)
		if (large(n->coef[i]))
			return true;
	return n->kind == N_FN && n->param > SMALL;
}

bool
node_large_numbers(Graph *g, int n, Node **root)
{
	Resize r = {.g = g, .memo = NEWN(g->a, Node *, g->nnode + 1)};
	bool any = false;

	for (int i = 0; i < n; i++)
		any |= walk(&r, root[i], visit_numbers);
	return any;
}

char *
size_text(Arena *a, Sym dim, long value)
{
	return *dim == '#' ? arena_printf(a, "%ld for %s", value, dim + 1)
			   : arena_printf(a, "%s = %ld", dim, value);
}

bool
node_large(Graph *g, int n, Node **root)
{
	return look(&(Resize){.g = g}, n, root);
}

bool
node_resize(Graph *g, int n, Node **root)
{
	Resize r = {.g = g};
	unsigned before = g->nnode;

	if (!look(&r, n, root))
		return false;
	note_ties(&r);
	memset(r.memo, 0, sizeof(Node *) * (before + 1));
	for (int i = 0; i < n; i++)
		walk(&r, root[i], visit_resize);
	for (int i = 0; i < n && !r.fails; i++)
		root[i] = r.memo[root[i]->id];
	return !r.fails;
}
