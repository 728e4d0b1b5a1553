/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * explain_slip.c: what people write by mistake, place by place: transposes and inverses, the order
 * and the operators of products, signs, names, powers, functions. For explain_site.c.
 */
#include "explain_site.h"

#include <string.h>

/* ---- transposes and inverses */

/* a product with a number or an inverse in it */
static bool
odd_to_invert(const Sites *s, const Tree *t)
{
	for (int i = 0; i < t->n; i++)
		if (site_scalar(s, t->kid[i]) || site_inverted(t->kid[i]))
			return true;
	return false;
}

void
slip_transposes(Sites *s, const Tree *t, const Tree *up)
{
	const Tree *of = site_inverted(t);
	bool under = up && up->kind == TREE_TRANS;
	if (t->kind == TREE_NUM || t->kind == TREE_NEG || t->kind == TREE_POS ||
		(up && up->kind == TREE_CALL && site_vector(s, t)))
		return;
	if (t->kind == TREE_TRANS) {
		const Tree *k = t->kid[0];
		if (!site_scalar(s, k))
			site_edit(s, R_TRANS, t, (Tree *)k);
		site_edit(s, R_TRANS, t, site_inverse(s, k));
		site_edit(s, R_MOVED, t, site_inverse(s, t));
		return;
	}
	if (of) {
		site_edit(s, R_TRANS, t, site_trans(s, of));
		site_edit(s, R_MOVED, t, (Tree *)of);
	}
	if (site_scalar(s, t))
		return;
	if (!under)
		site_edit(s, R_TRANS, t, site_trans(s, t));
	if (!of && site_square(s, t) && !(up && site_inverted(up)) &&
		!(t->kind == TREE_MUL && odd_to_invert(s, t)))
		site_edit(s, R_MOVED, t, site_inverse(s, t));
}

/* A*B' for A'*B, A*inv(B) for inv(A)*B */
static void
moved(Sites *s, const Tree *t)
{
	for (int i = 0; i < t->n; i++)
		for (int j = 0; j < t->n; j++) {
			const Tree *from = t->kid[i], *to = t->kid[j], *of = site_inverted(from);
			int lo = i < j ? i : j, hi = i < j ? j : i;
			Tree *r;
			if (i == j || site_scalar(s, to))
				continue;
			if (!(from->kind == TREE_TRANS && to->kind != TREE_TRANS) &&
				!(of && !site_inverted(to)))
				continue;
			r = tree(s->a, t->kind, t->loc, 0);
			for (int k = 0; k < t->n; k++)
				tree_push(s->a, r,
					k == i   ? (of ? (Tree *)of : from->kid[0])
					: k == j ? (of ? site_inverse(s, to) : site_trans(s, to))
							 : t->kid[k]);
			site_edit_shown(
				s, R_MOVED, t, r, site_part(s, t, lo, hi + 1), site_part(s, r, lo, hi + 1));
		}
}

/* ---- products */

static void
swaps(Sites *s, const Tree *t)
{
	for (int gap = 1; gap < t->n; gap++)
		for (int i = 0; i + gap < t->n; i++) {
			Tree *r;
			if (site_scalar(s, t->kid[i]) || site_scalar(s, t->kid[i + gap]))
				continue;
			r = site_swapped(s, t, i, i + gap);
			site_edit_shown(
				s, R_SWAP, t, r, site_part(s, t, i, i + gap + 1), site_part(s, r, i, i + gap + 1));
		}
	for (int i = 0; i + 2 <= t->n && t->n > 2 && t->kind == TREE_MUL; i++) {
		Tree *pair = site_part(s, t, i, i + 2), *r;
		if (site_scalar(s, t->kid[i]) || site_scalar(s, t->kid[i + 1]))
			continue;
		/* u*v' for v*u' */
		r = tree(s->a, TREE_MUL, t->loc, 0);
		for (int k = 0; k < t->n; k++)
			tree_push(s->a, r,
				k == i       ? site_trans(s, t->kid[i + 1])
				: k == i + 1 ? site_trans(s, t->kid[i])
							 : t->kid[k]);
		site_edit_shown(s, R_SWAP, t, r, pair, site_part(s, r, i, i + 2));
	}
	if (t->n > 2) {
		Tree *r = tree(s->a, t->kind, t->loc, 0);
		int first = 0;
		while (first < t->n && site_scalar(s, t->kid[first]))
			first++;
		for (int i = 0; i < t->n; i++)
			tree_push(s->a, r, t->kid[i < first ? i : t->n - 1 - (i - first)]);
		if (t->n - first > 2)
			site_edit_shown(
				s, R_SWAP, t, r, site_part(s, t, first, t->n), site_part(s, r, first, t->n));
	}
}

/* one operator of a chain: as it would be read when typed, and with its neighbours only */
static void
operators(Sites *s, const Tree *t, TreeKind other)
{
	for (int i = 1; i < t->n; i++) {
		Tree *near = site_binary(s, other, t->kid[i - 1], t->kid[i]);
		near->loc = (Loc){t->loc.src, t->kid[i - 1]->loc.beg, t->kid[i]->loc.end};
		if (t->n > 2) {
			Tree *wide = site_binary(s, other, site_part(s, t, 0, i), site_part(s, t, i, t->n));
			site_edit_shown(s, R_OPERATOR, t, wide, t, wide);
		}
		site_edit_shown(s, R_OPERATOR, t, site_spliced(s, t, i - 1, i + 1, near),
			site_part(s, t, i - 1, i + 1), near);
	}
}

/* + for * between all of them, or the reverse */
static void
sum_or_product(Sites *s, const Tree *t, TreeKind other)
{
	Tree *r;
	if (other == TREE_EMUL && site_scalar(s, t))
		other = TREE_MUL;
	for (int i = 0; i < t->n; i++)
		if (other != TREE_ADD && t->kid[i]->kind == TREE_NUM && rat_is(t->kid[i]->num, 1))
			return; /* 1*x for 1 + x */
	r = tree(s->a, other, t->loc, 0);
	for (int i = 0; i < t->n; i++)
		tree_push(s->a, r, t->kid[i]);
	site_edit(s, R_OPERATOR, t, r);
}

/* t again beside itself */
static void
again(Sites *s, const Tree *t)
{
	for (int i = 0; i < t->n; i++) {
		Tree *twice = tree(s->a, t->kind, t->kid[i]->loc, 2, t->kid[i], t->kid[i]), *r;
		if (t->kid[i]->kind == TREE_NUM)
			continue;
		r = site_spliced(s, t, i, i, t->kid[i]);
		site_edit_shown(s, t->kind == TREE_EMUL ? R_POWER : R_AGAIN, t, r, t->kid[i], twice);
		if (t->n > 1)
			site_edit_words(s, R_AGAIN, t, site_spliced(s, t, i, i + 1, NULL), t->kid[i], t->kid[i],
				arena_printf(s->a, "without the factor %s", explain_text(s->x, t->kid[i])));
	}
}

/* (A*x).*y for A*(x.*y), and the reverse */
static void
regrouped(Sites *s, const Tree *t)
{
	for (int i = 0; i < t->n; i++) {
		const Tree *k = t->kid[i];
		if (t->kind == TREE_EMUL && k->kind == TREE_MUL)
			for (int at = 1; at < k->n; at++)
				site_edit(s, R_OPERATOR, t,
					site_binary(s, TREE_MUL, site_part(s, k, 0, at),
						site_spliced(s, t, i, i + 1, site_part(s, k, at, k->n))));
		if (t->kind == TREE_MUL && k->kind == TREE_EMUL && i > 0)
			for (int at = 0; at < k->n; at++) {
				Tree *r = tree(s->a, TREE_MUL, t->loc, 0);
				for (int j = 0; j < t->n; j++)
					tree_push(s->a, r, j == i ? k->kid[at] : t->kid[j]);
				site_edit(s, R_OPERATOR, t, site_spliced(s, k, at, at + 1, r));
			}
	}
}

/* a factor that should divide */
static void
divided(Sites *s, const Tree *t)
{
	int others = t->n;
	for (int i = 0; i < t->n; i++)
		others -= site_scalar(s, t->kid[i]);
	for (int i = 0; i < t->n && t->n > 1; i++) {
		Tree *k = t->kid[i], *rest = site_spliced(s, t, i, i + 1, NULL);
		if (k->kind == TREE_NUM)
			continue;
		if (site_scalar(s, k))
			site_edit(s, R_OPERATOR, t, site_binary(s, TREE_DIV, rest, k));
		else if (t->kind == TREE_EMUL || others == 1)
			site_edit(s, R_OPERATOR, t, site_binary(s, TREE_EDIV, rest, k));
	}
}

/* 2*t for t^2, 3*t for t^3 */
static void
multiplied(Sites *s, const Tree *t)
{
	enum { MOST = 9 };
	Tree *rest;
	long k;
	if (t->kid[0]->kind != TREE_NUM || t->n < 2 || !rat_long(t->kid[0]->num, &k) || k < 2 || k > MOST)
		return;
	rest = site_part(s, t, 1, t->n);
	site_edit(s, R_POWER, t,
		site_binary(s, site_scalar(s, rest) || site_square(s, rest) ? TREE_POW : TREE_EPOW, rest,
			t->kid[0]));
}

void
slip_product(Sites *s, const Tree *t)
{
	swaps(s, t);
	if (t->kind == TREE_KRON)
		return;
	if (t->kind == TREE_MUL)
		moved(s, t);
	operators(s, t, t->kind == TREE_MUL ? TREE_EMUL : TREE_MUL);
	regrouped(s, t);
	sum_or_product(s, t, TREE_ADD);
	divided(s, t);
	multiplied(s, t);
	again(s, t);
	slip_factors(s, t);
}

void
slip_quotient(Sites *s, const Tree *t)
{
	const Tree *x = t->kid[0], *y = t->kid[1];
	switch (t->kind) {
	case TREE_EDIV:
		site_edit(s, R_OPERATOR, t, site_binary(s, TREE_EMUL, x, y));
		site_edit(s, R_SWAP, t, site_binary(s, TREE_EDIV, y, x));
		break;
	case TREE_DIV:
		site_edit(s, R_OPERATOR, t, site_binary(s, TREE_MUL, x, y));
		site_edit(s, R_OPERATOR, t, site_binary(s, TREE_LDIV, y, x));
		site_edit(s, R_SWAP, t, site_binary(s, TREE_DIV, y, x));
		break;
	default:
		site_edit(s, R_OPERATOR, t, site_binary(s, TREE_MUL, x, y));
		site_edit(s, R_OPERATOR, t, site_binary(s, TREE_DIV, y, x));
	}
	site_edit_words(s, R_AGAIN, t, (Tree *)(t->kind == TREE_LDIV ? y : x), t, t,
		arena_printf(
			s->a, "without dividing by %s", explain_text(s->x, t->kind == TREE_LDIV ? x : y)));
}

/* ---- sums and signs */

/* where the sign before a term stands: at the term itself when it is not found */
static Loc
sign_loc(const Tree *t)
{
	Loc loc = t->loc;
	int i = loc.beg - 1;
	if (!loc.src || t->kind == TREE_NEG)
		return loc;
	while (
		i > 0 && (loc.src->text[i] == ' ' || loc.src->text[i] == '(' || loc.src->text[i] == '\n'))
		i--;
	if (i >= 0 && loc.src->text[i] == '+')
		loc.beg = i;
	return loc;
}

static void
signs(Sites *s, const Tree *t, bool top)
{
	for (int i = 0; i < t->n; i++) {
		Tree *k = t->kid[i], *rest;
		bool minus = k->kind == TREE_NEG;
		const char *body = explain_text(s->x, minus ? k->kid[0] : k);
		site_edit_words(s, R_SIGN, t, site_spliced(s, t, i, i + 1, explain_minus(s->a, k)), k, k,
			i == 0 && !minus ? arena_printf(s->a, "with -%s for %s", body, body)
							 : arena_printf(s->a, "with %s for %s before %s", minus ? "+" : "-",
								   minus ? "-" : "+", body));
		s->out.edit[s->out.n - 1].loc = sign_loc(k);
		if (top)
			continue;
		rest = site_spliced(s, t, i, i + 1, NULL);
		site_edit_words(s, R_AGAIN, t, rest, k, k,
			arena_printf(s->a, "without the term %s", explain_text(s->x, k)));
	}
}

/* a factor that one term of a sum lacks or has too many */
static void
scales(Sites *s, const Tree *t)
{
	static const Rat factor[] = {{2, 1, NULL}, {1, 2, NULL}, {-2, 1, NULL}, {3, 1, NULL}};
	for (int i = 0; i < t->n; i++) {
		Tree *k = t->kid[i], *r;
		for (size_t f = 0; f < sizeof factor / sizeof *factor; f++) {
			r = explain_times(s->x, tree_num(s->a, k->loc, factor[f]), k);
			site_edit_shown(s, R_SCALE, t, site_spliced(s, t, i, i + 1, r), k, r);
		}
		for (int j = 0; j < s->nname; j++) {
			Tree *n = tree_name(s->a, k->loc, s->name[j].name);
			if (!s->name[j].scalar)
				continue;
			r = explain_times(s->x, n, k);
			site_edit_shown(s, R_SCALE, t, site_spliced(s, t, i, i + 1, r), k, r);
			r = site_binary(s, TREE_DIV, k, n);
			site_edit_shown(s, R_SCALE, t, site_spliced(s, t, i, i + 1, r), k, r);
		}
		for (int j = 0; j < s->nsize; j++) {
			Tree *n = tree_name(s->a, k->loc, s->size[j]);
			r = explain_times(s->x, n, k);
			site_edit_shown(s, R_SCALE, t, site_spliced(s, t, i, i + 1, r), k, r);
			r = site_binary(s, TREE_DIV, k, n);
			site_edit_shown(s, R_SCALE, t, site_spliced(s, t, i, i + 1, r), k, r);
		}
	}
}

void
slip_sum(Sites *s, const Tree *t, bool top)
{
	signs(s, t, top);
	sum_or_product(s, t, TREE_EMUL);
	scales(s, t);
}

/* ---- names, numbers, powers */

void
slip_name(Sites *s, const Tree *t, const Tree *up)
{
	const Name *mine = NULL;
	bool size = false;
	Sym truth = explain_truth(s->x)->kind == TREE_NAME ? explain_truth(s->x)->name : NULL;
	/* what a derivative is by: another would only write the other side down */
	if (up && ((up->kind == TREE_CALL && up->n > 2 && t == up->kid[2] && explain_derivative(up)) ||
				  (up->kind == TREE_DERIV && t == up->kid[1])))
		return;
	for (int i = 0; i < s->nname; i++)
		if (s->name[i].name == t->name)
			mine = &s->name[i];
	for (int i = 0; i < s->nname && mine; i++) {
		const Name *n = &s->name[i];
		bool fits = n->row == mine->row && n->col == mine->col;
		if (n != mine && n->name != truth && (fits || !s->x->at.same_shape))
			site_edit(s, R_NAME, t, tree_name(s->a, t->loc, n->name));
	}
	for (int i = 0; i < s->nsize && !mine; i++)
		size = size || s->size[i] == t->name;
	for (int i = 0; i < s->nsize && size; i++)
		if (s->size[i] != t->name && s->size[i] != truth)
			site_edit(s, R_NAME, t, tree_name(s->a, t->loc, s->size[i]));
}

void
slip_number(Sites *s, const Tree *t)
{
	Arena *a = s->a;
	Rat q = t->num;
	Rat other[] = {rat_mul(a, q, rat(2, 1)), rat_mul(a, q, rat(1, 2)), rat_neg(a, q),
		rat_add(a, q, RAT1), rat_add(a, q, rat(-1, 1)), RAT1, RAT0};
	slip_constant(s, t);
	/* a term, alone or with factors, is rather left out than 0 */
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		if (!rat_eq(other[i], q) && !(t == s->term && rat_is(other[i], 0)))
			site_edit(s, R_NUMBER, t, tree_num(a, t->loc, other[i]));
	if (rat_sign(q) && !rat_is(q, 1) && !rat_is(q, -1))
		site_edit(s, R_NUMBER, t, tree_num(a, t->loc, rat_inv(a, q)));
}

/* A power within and around it is the same, but for a sign. */
static bool
homogeneous(const Fun *f)
{
	return f->id == F_sqrt || f->id == F_abs;
}

/* log(p^2) for log(p)^2 */
static void
power_within(Sites *s, const Tree *t)
{
	const Tree *call = t->kid[0];
	const Fun *f = call->kind == TREE_CALL && call->n == 2 && call->kid[0]->kind == TREE_NAME
					   ? fun_find(call->kid[0]->name)
					   : NULL;
	Tree *arg;
	if (!f || f->cls != FC_ELEM || homogeneous(f) || session_find(s->x->s, call->kid[0]->name))
		return;
	arg = site_binary(s, t->kind, call->kid[1], t->kid[1]);
	site_edit(s, R_OPERATOR, t, tree(s->a, TREE_CALL, t->loc, 2, call->kid[0], arg));
}

/* log(p)^2 for log(p^2) */
static void
power_outside(Sites *s, const Tree *t, const Fun *f)
{
	const Tree *arg = t->kid[1];
	if ((arg->kind == TREE_POW || arg->kind == TREE_EPOW) && !homogeneous(f))
		site_edit(s, R_OPERATOR, t,
			site_binary(s, arg->kind,
				tree(s->a, TREE_CALL, t->loc, 2, t->kid[0], arg->kid[0]), arg->kid[1]));
}

void
slip_power(Sites *s, const Tree *t)
{
	Arena *a = s->a;
	const Tree *e = t->kid[1];
	Rat q = e->kind == TREE_NEG ? rat_neg(a, e->kid[0]->num) : e->num;
	if (e->kind != TREE_NUM && !(e->kind == TREE_NEG && e->kid[0]->kind == TREE_NUM)) {
		site_edit(s, R_SIGN, e, explain_minus(s->a, (Tree *)e));
		site_edit(s, R_OPERATOR, t, site_binary(s, TREE_MUL, t->kid[0], e));
		return;
	}
	power_within(s, t);
	slip_constant(s, e->kind == TREE_NEG ? e->kid[0] : e);
	Rat other[] = {rat_add(a, q, rat(-1, 1)), rat_add(a, q, RAT1), rat_neg(a, q),
		rat_mul(a, q, rat(2, 1)), rat_mul(a, q, rat(1, 2))};
	for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
		if (rat_is(other[i], 0) || rat_eq(other[i], q))
			continue;
		site_edit(s, R_POWER, t,
			rat_is(other[i], 1)
				? t->kid[0]
				: site_binary(s, t->kind, t->kid[0], tree_num(a, e->loc, other[i])));
	}
	site_edit(
		s, R_OPERATOR, t, site_binary(s, t->kind == TREE_POW ? TREE_EPOW : TREE_POW, t->kid[0], e));
	site_edit(s, R_POWER, t, explain_times(s->x, tree_num(a, e->loc, q), t->kid[0]));
}

/* 1/t for t, where that is no factor */
void
slip_reciprocal(Sites *s, const Tree *t, const Tree *up)
{
	Tree *one = tree_num(s->a, t->loc, RAT1);
	if (up && up->kind != TREE_ADD && up->kind != TREE_NEG && up->kind != TREE_CALL)
		return;
	site_edit(s, R_POWER, t, site_binary(s, site_scalar(s, t) ? TREE_DIV : TREE_EDIV, one, t));
}

/* ---- calls */

static void
unknown_calls(Sites *s, const Tree *t, const Entry *en)
{
	const Mdx *m = s->x->s;
	int prime = t->kid[0]->prime;
	if (en->ufun->elementwise && t->n == 2) {
		site_edit(s, R_FUNCTION, t, site_call(s, t, en->name, prime + 1));
		if (prime)
			site_edit(s, R_FUNCTION, t, site_call(s, t, en->name, prime - 1));
	}
	for (int i = 0; i < m->nentry; i++) {
		const Entry *other = m->entry[i];
		if (other && other != en && other->kind == NAME_UFUN &&
			other->ufun->elementwise == en->ufun->elementwise)
			site_edit(s, R_NAME, t, site_call(s, t, other->name, prime));
	}
}

static void
elementwise(Sites *s, const Tree *t, const Fun *f)
{
	Tree *d = slip_derivative(s, t), *arg = t->kid[1];
	power_outside(s, t, f);
	if (d)
		site_edit(s, R_FUNCTION, t, d);
	for (int i = 0; i < F_COUNT; i++) {
		const Fun *g = &fun_table[i];
		if (g != f && g->cls == FC_ELEM && g->max == 1)
			site_edit(s, R_FUNCTION, t, site_call(s, t, sym(g->name), 0));
	}
	site_edit(s, R_FUNCTION, t, site_call(s, t, sym("softmax"), 0));
	/* of an odd function the sign before it is the likelier one */
	site_edit(s, R_OPERATOR, arg, explain_minus(s->a, arg));
	site_edit(s, R_SCALE, arg, explain_times(s->x, tree_num(s->a, arg->loc, rat(2, 1)), arg));
	site_edit(s, R_SCALE, arg, explain_times(s->x, tree_num(s->a, arg->loc, rat(1, 2)), arg));
	if (arg->kind != TREE_NAME)
		site_parts(s, arg);
}

/* functions of one matrix that are taken for one another */
static void
reductions(Sites *s, const Tree *t, const Fun *f)
{
	static const FunId one[] = {F_tr, F_sum, F_mean, F_det, F_logdet, F_norm, F_sqnorm, F_norm1,
		F_logsumexp, F_softmax, F_diag, F_vec, F_inv, F_pinv, F_adj};
	size_t n = sizeof one / sizeof *one, k = 0;
	while (k < n && one[k] != f->id)
		k++;
	if (k == n || t->n != 2)
		return;
	if (f->id == F_det) /* a volume, a root of a square */
		site_edit(s, R_FUNCTION, t, tree_call(s->a, t->loc, "abs", 1, t));
	for (size_t i = 0; i < n; i++)
		if (i != k)
			site_edit(s, R_WRAP, t, site_call(s, t, sym(fun_table[one[i]].name), 0));
	if (f->id == F_det || f->id == F_sum)
		site_edit(s, R_WRAP, t, tree_call(s->a, t->loc, "log", 1, (Tree *)t));
	site_edit(s, R_WRAP, t, t->kid[1]);
}

void
slip_call(Sites *s, const Tree *t)
{
	const Tree *head = t->kid[0];
	const Entry *en = head->kind == TREE_NAME ? session_find(s->x->s, head->name) : NULL;
	const Fun *f = head->kind == TREE_NAME ? fun_find(head->name) : NULL;
	if (en && en->kind == NAME_UFUN) {
		unknown_calls(s, t, en);
		return;
	}
	if (!f || (en && en->kind == NAME_FUNCTION))
		return;
	if (f->cls == FC_ELEM && f->max == 1 && t->n == 2)
		elementwise(s, t, f);
	if (f->cls == FC_MACRO || f->cls == FC_MATFUN)
		reductions(s, t, f);
	if (t->n == 3 && f->cls != FC_DERIV)
		site_edit(s, R_SWAP, t, site_swapped(s, t, 1, 2));
}
