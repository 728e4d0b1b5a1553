/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_misfit.c: what people write by mistake, place by place, where that makes an expression
 * that does not conform; the order of factors, the operators of entries, ones and the identity. For
 * explain_site.c, beside explain_slip.c: for an identity of sound sides these would be strained.
 */
#include "explain_site.h"

#include <string.h>

/* ---- the order of factors */

/* v'*u and v*u' for u*v */
static void
turned_pairs(Sites *s, const Tree *t)
{
	for (int i = 0; i + 1 < t->n; i++)
		for (int k = 0; k < 2; k++) {
			Tree *pair[2] = {t->kid[i + 1], t->kid[i]}, *r = tree(s->a, TREE_MUL, t->loc, 0);
			if (site_scalar(s, t->kid[i]) || site_scalar(s, t->kid[i + 1]))
				continue;
			pair[k] = site_trans(s, pair[k]);
			for (int j = 0; j < t->n; j++)
				tree_push(s->a, r, j == i || j == i + 1 ? pair[j - i] : t->kid[j]);
			site_edit_shown(
				s, R_SWAP, t, r, site_part(s, t, i, i + 2), site_part(s, r, i, i + 2));
		}
}

/* One factor at another place; neighbours are exchanged by explain_slip.c. */
static void
displaced(Sites *s, const Tree *t)
{
	for (int from = 0; from < t->n; from++)
		for (int to = 0; to < t->n; to++) {
			int lo = from < to ? from : to, hi = from < to ? to : from;
			Tree *r = tree(s->a, TREE_MUL, t->loc, 0);
			if (hi - lo < 2 || site_scalar(s, t->kid[lo]) || site_scalar(s, t->kid[from]))
				continue;
			for (int k = 0; k < t->n; k++) {
				int shift = k < lo || k > hi ? 0 : from < to ? 1 : -1;
				tree_push(s->a, r, t->kid[k == to ? from : k + shift]);
			}
			site_edit_shown(
				s, R_SWAP, t, r, site_part(s, t, lo, hi + 1), site_part(s, r, lo, hi + 1));
		}
}

void
slip_misordered(Sites *s, const Tree *t)
{
	turned_pairs(s, t);
	displaced(s, t);
}

/* ---- terms */

/* a term too many; within brackets that is explain_slip.c's */
static void
terms(Sites *s, const Tree *t)
{
	for (int i = 0; i < t->n; i++)
		site_edit_words(s, R_AGAIN, t, site_spliced(s, t, i, i + 1, NULL), t->kid[i], t->kid[i],
			arena_printf(s->a, "without the term %s", explain_text(s->x, t->kid[i])));
}

/* ---- entry by entry */

/* x./y for x/y */
static void
quotient(Sites *s, const Tree *t)
{
	if (!site_scalar(s, t->kid[1]))
		site_edit(s, R_OPERATOR, t, site_binary(s, TREE_EDIV, t->kid[0], t->kid[1]));
}

/* x'*x and x*x' for x^2 */
static void
square(Sites *s, const Tree *t)
{
	Tree *turned = site_trans(s, t->kid[0]);
	if (t->kid[1]->kind != TREE_NUM || !rat_is(t->kid[1]->num, 2))
		return;
	site_edit(s, R_POWER, t, site_binary(s, TREE_MUL, turned, t->kid[0]));
	site_edit(s, R_POWER, t, site_binary(s, TREE_MUL, t->kid[0], turned));
}

/* ---- ones and the identity */

/* a variable, or ones, for the identity */
static void
identity(Sites *s, const Tree *t)
{
	const Term *truth = s->x->at.term[1 - s->x->claim];
	for (int i = 0; i < s->nname; i++)
		if (!s->name[i].scalar)
			site_edit(s, R_NAME, t, tree_name(s->a, t->loc, s->name[i].name));
	if (truth->nax <= 2)
		site_edit(s, R_NAME, t,
			tree_call(s->a, t->loc, "ones", 2,
				parse_expr(s->a, NULL, dim_text(s->a, truth->row)),
				parse_expr(s->a, NULL, dim_text(s->a, truth->col))));
}

/* ones(m,1) for ones(n,1), and the identity for it */
static void
ones(Sites *s, const Tree *t)
{
	for (int i = 1; i < t->n; i++)
		for (int k = 0; k < s->nsize; k++) {
			Tree *r = site_swapped(s, t, 0, 0);
			if (t->kid[i]->kind != TREE_NAME || t->kid[i]->name == s->size[k])
				continue;
			r->kid[i] = tree_name(s->a, t->kid[i]->loc, s->size[k]);
			site_edit(s, R_NAME, t, r);
		}
	site_edit(s, R_NAME, t, tree_name(s->a, t->loc, sym("I")));
}

static void
call(Sites *s, const Tree *t)
{
	const Fun *f = t->kid[0]->kind == TREE_NAME ? fun_find(t->kid[0]->name) : NULL;
	if (f && (f->id == F_ones || f->id == F_zeros))
		ones(s, t);
	else if (f && f->id == F_inv)
		site_edit(s, R_FUNCTION, t, site_call(s, t, sym("pinv"), 0));
	slip_wrap(s, t);
}

/* ---- */

void
slip_misfit(Sites *s, const Tree *t, const Tree *up)
{
	switch (t->kind) {
	case TREE_ADD:
		if (!up)
			terms(s, t);
		return;
	case TREE_DIV:
		quotient(s, t);
		return;
	case TREE_POW:
		square(s, t);
		return;
	case TREE_NAME:
		if (strcmp(t->name, "I") == 0)
			identity(s, t);
		return;
	case TREE_CALL:
		call(s, t);
		return;
	default:
		return;
	}
}
