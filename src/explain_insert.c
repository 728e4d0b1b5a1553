/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_insert.c: what people leave out, place by place: a factor, the inner derivative of the
 * chain rule, a power, a function. For explain_site.c.
 */
#include "explain_site.h"

#include <string.h>

/* ---- factors */

/* before factor i of t, which stands at `site` */
static void
insert_at(Sites *s, const Tree *site, const Tree *t, int i, Tree *what)
{
	const Tree *beside = t->kid[i < t->n ? i : t->n - 1];
	site_edit_words(s, R_INSERT, site, site_spliced(s, t, i, i, what), beside, what,
		arena_printf(s->a, "with the factor %s %s %s", explain_text(s->x, what),
			i < t->n ? "before" : "after", explain_text(s->x, beside)));
}

static void
insert_name(Sites *s, const Tree *site, const Tree *t, int k, const Name *n)
{
	Tree *name = tree_name(s->a, t->loc, n->name);
	insert_at(s, site, t, k, name);
	insert_at(s, site, t, k, site_trans(s, name));
	if (n->row == n->col)
		insert_at(s, site, t, k, site_inverse(s, name));
}

/* a factor of a product: nothing stands before its number */
void
slip_factors(Sites *s, const Tree *t)
{
	/* to scalars it is written last */
	int number = t->kid[0]->kind == TREE_NUM, first = site_scalar(s, t) ? t->n : number;
	for (int i = 0; i < s->nname; i++) {
		if (s->name[i].scalar || t->kind == TREE_EMUL)
			insert_at(s, t, t, number, tree_name(s->a, t->loc, s->name[i].name));
		else
			for (int k = first; k <= t->n; k++)
				insert_name(s, t, t, k, &s->name[i]);
	}
	for (int i = 0; i < s->npart && t->kind == TREE_MUL && s->npart <= MAX_PARTS; i++) {
		Tree *part = explain_exchanged(s->a, s->part[i], NULL, NULL);
		if (site_scalar(s, s->part[i]) || part->kind == TREE_TRANS || part->kind == TREE_NEG)
			continue;
		for (int k = first; k <= t->n; k++) {
			insert_at(s, t, t, k, part);
			insert_at(s, t, t, k, site_trans(s, part));
		}
	}
}

/* a factor beside what is no product */
void
slip_beside(Sites *s, const Tree *t, const Tree *up)
{
	Tree *alone = tree(s->a, TREE_MUL, t->loc, 1, (Tree *)t);
	bool one_over = t->kind == TREE_DIV && t->kid[0]->kind == TREE_NUM && rat_is(t->kid[0]->num, 1);
	if (t->kind == TREE_NUM || t->kind == TREE_MUL || t->kind == TREE_NEG ||
		(up && (up->kind == TREE_MUL || up->kind == TREE_EMUL || up->kind == TREE_KRON ||
				   up->kind == TREE_TRANS || up->kind == TREE_POW)))
		return;
	for (int i = 0; i < s->nname; i++) {
		if (one_over && !s->name[i].scalar)
			site_edit(s, R_INSERT, t,
				site_binary(s, TREE_DIV, tree_name(s->a, t->loc, s->name[i].name), t->kid[1]));
		else if (!s->name[i].scalar)
			for (int k = site_scalar(s, t); k <= 1; k++)
				insert_name(s, t, alone, k, &s->name[i]);
		else if (up && up->kind == TREE_CALL)
			insert_at(s, t, alone, 0, tree_name(s->a, t->loc, s->name[i].name));
	}
}

/* ---- inner derivatives */

/* the derivative of an elementwise function at its argument, by the rule of the table; NULL: none
 */
Tree *
slip_derivative(Sites *s, const Tree *call)
{
	const Fun *f = fun_find(call->kid[0]->name);
	const Tree *rule;
	Sub *sub = NULL;
	int n = 0, cap = 0, cap_todo = 0, ntodo = 0;
	const Tree **todo = NULL;
	if (!f)
		return site_call(s, call, call->kid[0]->name, call->kid[0]->prime + 1);
	rule = fun_rule(s->a, f, 0);
	if (!rule)
		return NULL;
	PUSH(s->a, todo, ntodo, cap_todo, rule);
	while (ntodo > 0) {
		const Tree *t = todo[--ntodo];
		if (t->kind == TREE_NAME && strcmp(t->name, "z") == 0)
			PUSH(s->a, sub, n, cap, ((Sub){t, call->kid[1]}));
		for (int i = 0; i < t->n; i++)
			PUSH(s->a, todo, ntodo, cap_todo, t->kid[i]);
	}
	return explain_subst(s->a, rule, sub, n);
}

/* f'(u), d, beside the factors of t from..to-1, which stands at `site` */
static void
inner(Sites *s, const Tree *site, const Tree *t, int from, int to, Tree *d)
{
	Tree *part = site_part(s, t, from, to), *r = tree(s->a, TREE_EMUL, part->loc, 1, part);
	if (d->kind == TREE_EMUL)
		for (int i = 0; i < d->n; i++)
			tree_push(s->a, r, d->kid[i]);
	else
		tree_push(s->a, r, d);
	site_edit_shown(s, R_INSERT, site, site_spliced(s, t, from, to, r), part, r);
}

/* f'(u) for a f(u) on the other side: beside the first factors of a product, the last, one of them,
   or beside what is no product */
void
slip_inner(Sites *s, const Tree *t, const Tree *up)
{
	bool product = t->kind == TREE_MUL;
	const Tree *k = product ? t : tree(s->a, TREE_MUL, t->loc, 1, (Tree *)t);
	int first = 0;
	if (t->kind == TREE_NUM || t->kind == TREE_NEG ||
		(!product && up && (up->kind == TREE_MUL || up->kind == TREE_EMUL)) || site_scalar(s, t))
		return;
	while (first < k->n && site_scalar(s, k->kid[first]))
		first++;
	for (int i = 0; i < s->nmap; i++) {
		Tree *d = slip_derivative(s, s->map[i]);
		for (int to = first + 1; d && to <= k->n; to++)
			inner(s, t, k, first, to, d);
		for (int from = first + 1; d && from < k->n; from++)
			inner(s, t, k, from, k->n, d);
		for (int at = first + 1; d && at + 1 < k->n; at++)
			inner(s, t, k, at, at + 1, d);
	}
}

/* ---- powers */

/* a power that was forgotten */
void
slip_raised(Sites *s, const Tree *t, const Tree *up)
{
	TreeKind kind = site_scalar(s, t) || site_square(s, t) ? TREE_POW : TREE_EPOW;
	if (up && (up->kind == TREE_POW || up->kind == TREE_EPOW))
		return;
	site_edit(s, R_POWER, t, site_binary(s, kind, t, tree_num(s->a, t->loc, rat(2, 1))));
	if (site_square(s, t))
		site_edit(s, R_POWER, t, site_binary(s, TREE_EPOW, t, tree_num(s->a, t->loc, rat(2, 1))));
	if (site_scalar(s, t)) {
		site_edit(s, R_POWER, t, site_binary(s, kind, t, tree_num(s->a, t->loc, rat(3, 1))));
		site_edit(s, R_POWER, t, tree_call(s->a, t->loc, "sqrt", 1, (Tree *)t));
	}
}

/* ---- elementwise factors, functions */

/* another elementwise factor is missing */
void
slip_factor(Sites *s, const Tree *t)
{
	const Term *mine = site_shape(s, t)->term;
	for (int i = 0; i < s->nname && mine && !site_scalar(s, t); i++) {
		Tree *n = tree_name(s->a, t->loc, s->name[i].name);
		if (s->name[i].row == mine->row && s->name[i].col == mine->col)
			site_edit(s, R_INSERT, t, site_binary(s, TREE_EMUL, n, t));
	}
}

/* a function around it was forgotten */
void
slip_wrap(Sites *s, const Tree *t)
{
	static const char *const around[] = {"diag", "tr", "sum", "det", "norm", "sqnorm"};
	if (t->kind == TREE_NUM)
		return;
	for (int i = 0; i < s->nmap; i++) /* one of the other side */
		if (!explain_calls(t, s->map[i]->kid[0]->name)) {
			Tree *head = s->map[i]->kid[0];
			site_edit(s, R_WRAP, t, tree(s->a, TREE_CALL, t->loc, 2, head, t));
		}
	if (site_scalar(s, t) || s->calls)
		return;
	for (size_t i = 0; i < sizeof around / sizeof *around; i++)
		site_edit(s, R_WRAP, t, tree_call(s->a, t->loc, around[i], 1, (Tree *)t));
	if (site_square(s, t))
		site_edit(s, R_WRAP, t,
			tree_call(s->a, t->loc, "diag", 1, tree_call(s->a, t->loc, "diag", 1, (Tree *)t)));
}
