/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_site.c: the edits of what the user wrote that could make a false identity true: every
 * place of the claim is visited, with what is known of the shapes there, and explain_slip.c says
 * what people write there by mistake. Whether an edit fits is found out by explain_edit.c.
 */
#include "explain_site.h"

#include <string.h>

#include "infer.h"

enum { MAX_EDITS = 6000 };

/* ---- shapes of places, by where they stand */

static bool
same_loc(Loc x, Loc y)
{
	return x.src == y.src && x.beg == y.beg && x.end == y.end;
}

static void
add_shape(Sites *s, const Term *t)
{
	Shape h = {.loc = t->loc, .term = t};
	if (!t->loc.src || !t->row || !t->col || t->nax > 2)
		return;
	h.scalar = dim_is(t->row, 1) && dim_is(t->col, 1);
	h.square = !h.scalar && t->row == t->col;
	PUSH(s->a, s->shape, s->nshape, s->cap_shape, h);
}

static void
add_name(Sites *s, const Term *t)
{
	Name n = {t->name, t->row, t->col, dim_is(t->row, 1) && dim_is(t->col, 1)};
	for (int i = 0; i < s->nname; i++)
		if (s->name[i].name == n.name)
			return;
	PUSH(s->a, s->name, s->nname, s->cap_name, n);
}

/* definitions that are reached only through others are names, too, but no places */
static void
walk_terms(Sites *s, const Term *t, bool inside, const Term ***seen, int *nseen, int *cap)
{
	for (int i = 0; i < *nseen; i++)
		if ((*seen)[i] == t)
			return;
	PUSH(s->a, *seen, *nseen, *cap, t);
	if (!inside)
		add_shape(s, t);
	if ((t->kind == TM_VAR || t->kind == TM_NAMED) && t->nax <= 2)
		add_name(s, t);
	for (int i = 0; i < t->n; i++)
		walk_terms(s, t->kid[i], inside || t->kind == TM_NAMED, seen, nseen, cap);
}

const Shape *
site_shape(const Sites *s, const Tree *t)
{
	static const Shape unknown = {0};
	for (int i = 0; i < s->nshape; i++)
		if (same_loc(s->shape[i].loc, t->loc))
			return &s->shape[i];
	return &unknown;
}

static const Name *
name_of(const Sites *s, const Tree *t)
{
	for (int i = 0; i < s->nname && t->kind == TREE_NAME; i++)
		if (s->name[i].name == t->name)
			return &s->name[i];
	return NULL;
}

bool
site_scalar(const Sites *s, const Tree *t)
{
	const Name *n = name_of(s, t);
	return t->kind == TREE_NUM || (n ? n->scalar : site_shape(s, t)->scalar);
}

bool
site_square(const Sites *s, const Tree *t)
{
	const Name *n = name_of(s, t);
	return n ? !n->scalar && n->row == n->col : site_shape(s, t)->square;
}

/* a column */
bool
site_vector(const Sites *s, const Tree *t)
{
	const Name *n = name_of(s, t);
	const Shape *h = site_shape(s, t);
	const Dim *col = n ? n->col : h->term ? h->term->col : NULL;
	return col && dim_is(col, 1) && !site_scalar(s, t);
}

/* ---- edits */

void
site_edit_words(Sites *s, int rank, const Tree *site, Tree *to, const Tree *old, const Tree *new,
	const char *words)
{
	Edit e = {{site, to}, old, new, words, old->loc, rank};
	PUSH(s->a, s->out.edit, s->out.n, s->out.cap, e);
}

void
site_edit_shown(Sites *s, int rank, const Tree *site, Tree *to, const Tree *old, const Tree *new)
{
	site_edit_words(s, rank, site, to, old, new, NULL);
}

void
site_edit(Sites *s, int rank, const Tree *site, Tree *to)
{
	site_edit_shown(s, rank, site, to, site, to);
}

Tree *
site_binary(Sites *s, TreeKind kind, const Tree *x, const Tree *y)
{
	return tree(s->a, kind, x->loc, 2, (Tree *)x, (Tree *)y);
}

Tree *
site_trans(Sites *s, const Tree *t)
{
	return explain_turned(s->a, t, site_shape(s, t)->term);
}

Tree *
site_inverse(Sites *s, const Tree *t)
{
	return tree_call(s->a, t->loc, "inv", 1, (Tree *)t);
}

static bool
is_call(const Tree *t, const char *fun, int nargs)
{
	return t->kind == TREE_CALL && t->n == nargs + 1 && t->kid[0]->kind == TREE_NAME &&
		   strcmp(t->kid[0]->name, fun) == 0;
}

static bool
is_minus_one(const Tree *t)
{
	return (t->kind == TREE_NUM && rat_is(t->num, -1)) ||
		   (t->kind == TREE_NEG && t->kid[0]->kind == TREE_NUM && rat_is(t->kid[0]->num, 1));
}

/* what t is the inverse of, or NULL */
const Tree *
site_inverted(const Tree *t)
{
	if (t->kind == TREE_INV)
		return t->kid[0];
	if (t->kind == TREE_POW && is_minus_one(t->kid[1]))
		return t->kid[0];
	return is_call(t, "inv", 1) ? t->kid[1] : NULL;
}

/* t with kids from..to-1, or the only one itself */
Tree *
site_part(Sites *s, const Tree *t, int from, int to)
{
	Tree *r;
	if (to - from == 1)
		return t->kid[from];
	r = tree(s->a, t->kind, (Loc){t->loc.src, t->kid[from]->loc.beg, t->kid[to - 1]->loc.end}, 0);
	for (int i = from; i < to; i++)
		tree_push(s->a, r, t->kid[i]);
	return r;
}

/* t with kids from..to-1 replaced by one (NULL: left out), or what is left alone */
Tree *
site_spliced(Sites *s, const Tree *t, int from, int to, Tree *by)
{
	Tree *r = tree(s->a, t->kind, t->loc, 0);
	for (int i = 0; i < t->n; i++) {
		if (i == from && by)
			tree_push(s->a, r, by);
		if (i < from || i >= to)
			tree_push(s->a, r, t->kid[i]);
	}
	if (from == t->n && by)
		tree_push(s->a, r, by);
	return r->n == 1 ? r->kid[0] : r;
}

Tree *
site_swapped(Sites *s, const Tree *t, int i, int j)
{
	Tree *r = tree(s->a, t->kind, t->loc, 0);
	r->name = t->name;
	for (int k = 0; k < t->n; k++)
		tree_push(s->a, r, t->kid[k == i ? j : k == j ? i : k]);
	return r;
}

/* ---- expressions in the place of others */

/* what the identity is made of, each once, no names and numbers */
static void
collect_parts(Sites *s, const Tree *t)
{
	const Fun *f =
		t->kind == TREE_CALL && t->kid[0]->kind == TREE_NAME ? fun_find(t->kid[0]->name) : NULL;
	bool known = t->n == 0 || (f && f->cls == FC_DERIV);
	for (int i = 0; i < s->npart && !known; i++)
		known = tree_equal(s->part[i], t);
	if (!known && site_shape(s, t)->term)
		PUSH(s->a, s->part, s->npart, s->cap_part, t);
	for (int i = t->kind == TREE_CALL; i < t->n; i++)
		collect_parts(s, t->kid[i]);
}

/* each in the place of t, if it has its shape */
void
site_parts(Sites *s, const Tree *t)
{
	const Term *mine = site_shape(s, t)->term;
	/* smaller ones first */
	for (int i = s->npart - 1; i >= 0 && mine && s->npart <= MAX_PARTS; i--) {
		const Term *other = site_shape(s, s->part[i])->term;
		if (other->row == mine->row && other->col == mine->col && s->part[i]->depth < MAX_PARTS &&
			!tree_equal(s->part[i], t))
			site_edit(s, R_PART, t, explain_exchanged(s->a, s->part[i], NULL, NULL));
	}
}

Tree *
site_call(Sites *s, const Tree *call, Sym name, int prime)
{
	Tree *r = tree(s->a, TREE_CALL, call->loc, 0), *head = tree_name(s->a, call->loc, name);
	head->prime = prime;
	tree_push(s->a, r, head);
	for (int i = 1; i < call->n; i++)
		tree_push(s->a, r, call->kid[i]);
	return r;
}

static bool
is_map(const Sites *s, const Tree *t)
{
	const Entry *en;
	const Fun *f;
	if (t->kind != TREE_CALL || t->n != 2 || t->kid[0]->kind != TREE_NAME)
		return false;
	en = session_find(s->x->s, t->kid[0]->name);
	f = fun_find(t->kid[0]->name);
	return en ? en->kind == NAME_UFUN && en->ufun->elementwise : f && f->cls == FC_ELEM;
}

/* functions of entries in t and in the definitions of its names, each once */
static void
collect_maps(Sites *s, const Tree *t, int depth)
{
	const Entry *en = t->kind == TREE_NAME ? session_find(s->x->s, t->name) : NULL;
	bool known = !is_map(s, t);
	for (int i = 0; i < s->nmap && !known; i++)
		known = tree_equal(s->map[i], t);
	if (!known && s->nmap < MAX_MAPS)
		PUSH(s->a, s->map, s->nmap, s->cap_map, t);
	if (en && en->kind == NAME_DEF && depth < 8)
		collect_maps(s, en->tree, depth + 1);
	for (int i = 0; i < t->n; i++)
		collect_maps(s, t->kid[i], depth);
}

/* the sizes' names */
static void
collect_sizes(Sites *s)
{
	for (int i = 0; i < s->nname; i++) {
		const Dim *d[2] = {s->name[i].row, s->name[i].col};
		for (int k = 0; k < 2; k++) {
			bool known = d[k]->n != 1 || d[k]->term[0].nsym != 1;
			for (int j = 0; j < s->nsize && !known; j++)
				known = s->size[j] == d[k]->term[0].sym[0];
			if (!known)
				PUSH(s->a, s->size, s->nsize, s->cap_size, d[k]->term[0].sym[0]);
		}
	}
}

static void
exchange(Sites *s, const Tree *claim, Sym m, Sym n)
{
	Tree *r;
	if (!tree_mentions(claim, m) || !tree_mentions(claim, n))
		return;
	r = explain_exchanged(s->a, claim, m, n);
	site_edit_words(
		s, R_NAME, claim, r, claim, r, arena_printf(s->a, "with %s and %s exchanged", m, n));
}

/* two names of one shape, or of sizes, exchanged everywhere */
static void
exchanges(Sites *s, const Tree *claim)
{
	for (int i = 0; i < s->nname; i++)
		for (int j = 0; j < i; j++) {
			const Name *m = &s->name[j], *n = &s->name[i];
			if (m->row == n->row && m->col == n->col)
				exchange(s, claim, m->name, n->name);
		}
	for (int i = 0; i < s->nsize; i++)
		for (int j = 0; j < i; j++)
			exchange(s, claim, s->size[j], s->size[i]);
}

/* ---- all places */

static void
walk(Sites *s, const Tree *t, const Tree *up)
{
	const Fun *f = NULL;
	poll_interrupt(s->a);
	if (s->out.n > MAX_EDITS)
		return;
	slip_transposes(s, t, up);
	slip_inner(s, t, up);
	slip_beside(s, t, up);
	if (s->x->broken)
		slip_misfit(s, t, up);
	switch (t->kind) {
	case TREE_NUM:
		slip_number(s, t);
		return;
	case TREE_NAME:
		slip_name(s, t, up);
		site_parts(s, t);
		slip_raised(s, t, up);
		slip_reciprocal(s, t, up);
		slip_wrap(s, t);
		return;
	case TREE_MUL:
		slip_product(s, t);
		if (s->x->broken)
			slip_misordered(s, t);
		slip_wrap(s, t);
		if (site_scalar(s, t))
			slip_raised(s, t, up);
		break;
	case TREE_EMUL:
	case TREE_KRON:
		slip_product(s, t);
		break;
	case TREE_DIV:
	case TREE_LDIV:
	case TREE_EDIV:
		slip_quotient(s, t);
		break;
	case TREE_ADD:
		slip_sum(s, t, up == NULL);
		break;
	case TREE_NEG:
		if (up && up->kind != TREE_ADD && up->kind != TREE_POW && up->kind != TREE_EPOW)
			site_edit(s, R_SIGN, t, t->kid[0]);
		break;
	case TREE_POW:
	case TREE_EPOW:
		slip_power(s, t);
		walk(s, t->kid[0], t);
		/* whole numbers are slip_power()'s */
		if (t->kid[1]->kind != TREE_NUM && t->kid[1]->kind != TREE_NEG)
			walk(s, t->kid[1], t);
		return;
	case TREE_INDEX:
		if (t->n == 3)
			site_edit(s, R_SWAP, t, site_swapped(s, t, 1, 2));
		walk(s, t->kid[0], t);
		return;
	case TREE_CALL:
		slip_call(s, t);
		slip_raised(s, t, up);
		slip_reciprocal(s, t, up);
		if (!up || up->kind != TREE_EMUL)
			slip_factor(s, t);
		if (t->kid[0]->kind == TREE_NAME)
			f = fun_find(t->kid[0]->name);
		break;
	default:
		break;
	}
	s->calls += t->kind == TREE_CALL;
	for (int i = t->kind == TREE_CALL; i < t->n; i++)
		if (!f || fun_arg_role(f, i - 1) == 'x') {
			if (t->kind == TREE_ADD || t->kind == TREE_MUL || t->kind == TREE_EMUL)
				s->term = t->kid[i]->kind == TREE_NEG ? t->kid[i]->kid[0] : t->kid[i];
			walk(s, t->kid[i], t);
		}
	s->calls -= t->kind == TREE_CALL;
}

bool
explain_constant(int rank)
{
	return rank == R_CONSTANT;
}

bool
explain_leaves_out(int rank)
{
	return rank == R_AGAIN;
}

bool
explain_plain(int rank)
{
	return rank <= R_SWAP;
}

bool
explain_left(int rank)
{
	return rank <= R_OPERATOR;
}

bool
explain_common(int rank)
{
	return rank <= R_FUNCTION;
}

bool
explain_mixable(int rank)
{
	return rank <= R_OPERATOR || rank == R_FUNCTION;
}

/* Of what does not conform one transpose less comes before one more: x for x' before (x')'. */
static bool
sooner(const Sites *s, const Edit *e)
{
	return !s->x->broken || e->rank != R_TRANS || e->sub.site->kind == TREE_TRANS;
}

/* stable, by rank */
static void
sort(Sites *s)
{
	Edits *e = &s->out;
	Edit *r = NEWN(s->a, Edit, e->n + 1);
	int n = 0;
	for (int rank = 0; rank <= R_WRAP; rank++)
		for (int later = 0; later < 2; later++)
			for (int i = 0; i < e->n; i++)
				if (e->edit[i].rank == rank && sooner(s, &e->edit[i]) == !later)
					r[n++] = e->edit[i];
	e->edit = r;
}

/* bindings that only the claim uses */
static void
bindings(Sites *s, const Tree *eq)
{
	for (; eq->kind == TREE_WHERE; eq = eq->kid[0])
		for (int i = 1; i < eq->n; i++)
			if (tree_mentions(s->x->side[s->x->claim], eq->kid[i]->name) &&
				!tree_mentions(explain_truth(s->x), eq->kid[i]->name))
				walk(s, eq->kid[i]->kid[0], eq->kid[i]);
}

Edits
explain_sites(Explain *x)
{
	Sites s = {.x = x, .a = x->a};
	const Term **seen = NULL;
	int nseen = 0, cap = 0;
	for (int i = 0; i < 2; i++)
		walk_terms(&s, x->at.term[i], false, &seen, &nseen, &cap);
	for (int i = 0; i < x->at.npart; i++)
		walk_terms(&s, x->at.part[i], false, &seen, &nseen, &cap);
	for (int i = 0; i < 2; i++) /* the side as a whole is no part of it */
		for (int k = x->side[i]->kind == TREE_CALL; k < x->side[i]->n; k++)
			collect_parts(&s, x->side[i]->kid[k]);
	collect_maps(&s, explain_truth(x), 0);
	collect_sizes(&s);
	walk(&s, x->side[x->claim], NULL);
	exchanges(&s, x->side[x->claim]);
	bindings(&s, x->eq);
	sort(&s);
	return s.out;
}
