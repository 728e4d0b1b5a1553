/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules_matrix.c: rules for transposes, reductions, inverses, determinants and the matrix
   exponential. */
#include <string.h>

#include "rules.h"

/* ---- rules: transposes */

Tree *
transpose_pushed(Rewriter *w, Tree *t)
{
	Tree *x = t->kind == TREE_TRANS ? t->kid[0] : NULL, *p;
	char kind = x ? leaf_kind(w, x) : 0;

	if (!x)
		return NULL;
	if (x->kind == TREE_TRANS)
		return x->kid[0];
	if (is_scalar(x))
		return x;
	if (kind && strchr("SPD", kind))
		return x;
	if (kind == 'K')
		return neg(w, x);
	if (kind == 'Q')
		return fn(w, "inv", x);
	if (x->kind == TREE_MUL) {
		p = tree(w->a, TREE_MUL, NOWHERE, 1, trans(w, x->kid[x->n - 1]));
		for (int i = x->n - 2; i >= 0; i--)
			tree_push(w->a, p, trans(w, x->kid[i]));
		return p;
	}
	if (x->kind == TREE_ADD || x->kind == TREE_EMUL || x->kind == TREE_NEG ||
		x->kind == TREE_EDIV) {
		p = x;
		for (int i = 0; i < x->n; i++)
			p = make_with_kid(w, p, i, trans(w, x->kid[i]));
		return p;
	}
	if (x->kind == TREE_DIV && is_scalar(x->kid[1]))
		return over(w, trans(w, x->kid[0]), x->kid[1]);
	if (is_elementwise(x) || is_call_to(x, "inv") || is_call_to(x, "expm"))
		return make_with_kid(w, x, 1, trans(w, x->kid[1]));
	if (is_call_to(x, "diag") && shape_of(x->kid[1]).c == 1)
		return x;
	if (is_call_to(x, "kron"))
		return fn2(w, "kron", trans(w, x->kid[1]), trans(w, x->kid[2]));
	return NULL;
}

/* ---- rules: reductions */

Tree *
trace_rewritten(Rewriter *w, Tree *t)
{
	Tree *x = is_call_to(t, "tr") ? t->kid[1] : NULL, *p, *q;

	if (!x || is_scalar(x))
		return NULL;
	if (x->kind == TREE_ADD && is_plain(x)) {
		p = fn(w, "tr", x->kid[0]);
		for (int i = 1; i < x->n; i++)
			p = add(w, p, fn(w, "tr", x->kid[i]));
		return p;
	}
	if (x->kind != TREE_MUL)
		return fn(w, "tr", trans(w, x));
	p = make_part(w, x, 0, x->n - 1);
	q = x->kid[x->n - 1];
	if (is_scalar(p) || is_scalar(q))
		return NULL;
	switch (random_below(w->r, 4)) {
	case 0: return fn(w, "sum", emul(w, trans(w, p), q));
	case 1: return mul(w, trans(w, make_vec(w, trans(w, p))), make_vec(w, q));
	default: return fn(w, "tr", mul(w, q, p));
	}
}

Tree *
sum_rewritten(Rewriter *w, Tree *t)
{
	Tree *x = is_call_to(t, "sum") && t->n == 2 ? t->kid[1] : NULL, *p;
	Shape s;

	if (!x || is_scalar(x))
		return NULL;
	s = shape_of(x);
	if (x->kind == TREE_ADD && is_plain(x) && random_below(w->r, 2)) {
		p = fn(w, "sum", x->kid[0]);
		for (int i = 1; i < x->n; i++)
			p = add(w, p, fn(w, "sum", x->kid[i]));
		return p;
	}
	switch (random_below(w->r, 4)) {
	case 0: return mul3(w, make_ones(w, 1, s.r), x, make_ones(w, s.c, 1));
	case 1: return fn(w, "sum", trans(w, x));
	case 2: return fn(w, "tr", mul(w, make_ones(w, s.c, s.r), x));
	default: return mul(w, make_ones(w, 1, s.r * s.c), make_vec(w, x));
	}
}

Tree *
norm_rewritten(Rewriter *w, Tree *t)
{
	Tree *x = t->kind == TREE_CALL && t->n == 2 ? t->kid[1] : NULL;
	Shape s;

	if (!x)
		return NULL;
	s = shape_of(x);
	if (is_call_to(t, "norm"))
		return fn(w, "sqrt", fn(w, "sqnorm", x));
	if (is_call_to(t, "mean"))
		return over(w, fn(w, "sum", x), mul(w, make_size(w, s.r), make_size(w, s.c)));
	if (!is_call_to(t, "sqnorm"))
		return NULL;
	switch (random_below(w->r, 4)) {
	case 0: return fn(w, "tr", mul(w, trans(w, x), x));
	case 1: return fn(w, "sum", emul(w, x, x));
	case 2: return fn(w, "sum", epow(w, x, num(w, 2, 1)));
	default: return mul(w, trans(w, make_vec(w, x)), make_vec(w, x));
	}
}

Tree *
softmax_rewritten(Rewriter *w, Tree *t)
{
	Tree *x = t->kind == TREE_CALL && t->n == 2 ? t->kid[1] : NULL, *a;

	if (!x || (!is_call_to(t, "softmax") && !is_call_to(t, "logsumexp")))
		return NULL;
	a = name(w, random_below(w->r, 2) ? "a" : "b");
	if (is_call_to(t, "softmax")) {
		if (random_below(w->r, 2))
			return fn(w, "softmax", add(w, x, a));
		return over(w, fn(w, "exp", x), fn(w, "sum", fn(w, "exp", x)));
	}
	if (random_below(w->r, 2))
		return sub(w, fn(w, "logsumexp", add(w, x, a)), a);
	return fn(w, "log", fn(w, "sum", fn(w, "exp", x)));
}

/* ---- rules: inverses, determinants */

Tree *
inverse_rewritten(Rewriter *w, Tree *t)
{
	Tree *x = is_call_to(t, "inv") ? t->kid[1] : NULL, *h, *d;
	int k;

	if (!x || is_scalar(x))
		return NULL;
	k = shape_of(x).r;
	switch (random_below(w->r, 6)) {
	case 0: return mul3(w, t, x, t);
	case 1: return trans(w, fn(w, "inv", trans(w, x)));
	case 2: return mul(w, num(w, 2, 1), fn(w, "inv", mul(w, num(w, 2, 1), x)));
	case 3:
		d = make_definite(w, k);
		return d ? mul(w, d, fn(w, "inv", mul(w, x, d))) : NULL;
	default:
		if (!is_definite(x))
			return NULL;
		h = x->kid[1]->kid[0];
		d = fn(w, "inv", add(w, make_eye(w, shape_of(h).c), mul(w, trans(w, h), h)));
		return sub(w, make_eye(w, k), mul3(w, h, d, trans(w, h)));
	}
}

/* inv(I + H*H')*H is H*inv(I + H'*H) */
Tree *
pushed_through(Rewriter *w, Tree *t)
{
	Tree *x, *h;

	if (t->kind != TREE_MUL || t->n != 2 || !is_call_to(t->kid[0], "inv"))
		return NULL;
	x = t->kid[0]->kid[1];
	if (!is_definite(x) || !tree_equal(h = x->kid[1]->kid[0], t->kid[1]))
		return NULL;
	return mul(w, h, fn(w, "inv", add(w, make_eye(w, shape_of(h).c), mul(w, trans(w, h), h))));
}

Tree *
determinant_rewritten(Rewriter *w, Tree *t)
{
	bool logarithm = is_call_to(t, "logdet");
	Tree *x = logarithm || is_call_to(t, "det") ? t->kid[1] : NULL, *h, *d;

	if (!x || is_scalar(x))
		return NULL;
	switch (random_below(w->r, 5)) {
	case 0: return fn(w, t->kid[0]->name, trans(w, x));
	case 1:
		d = make_definite(w, shape_of(x).r);
		if (!d)
			return NULL;
		if (logarithm)
			return sub(w, fn(w, "logdet", mul(w, x, d)), fn(w, "logdet", d));
		return over(w, fn(w, "det", mul(w, d, x)), fn(w, "det", d));
	case 2:
		if (logarithm)
			return is_definite(x) || leaf_kind(w, x) == 'P' ? fn(w, "log", fn(w, "det", x))
								  : neg(w, fn(w, "logdet", fn(w, "inv", x)));
		return is_definite(x) ? over(w, num(w, 1, 1), fn(w, "det", fn(w, "inv", x))) : NULL;
	default:
		if (!is_definite(x))
			return NULL;
		h = x->kid[1]->kid[0];
		return fn(w, t->kid[0]->name, add(w, make_eye(w, shape_of(h).c), mul(w, trans(w, h), h)));
	}
}

/* ---- rules: the matrix exponential */

Tree *
exponential_rewritten(Rewriter *w, Tree *t)
{
	bool inverse = is_call_to(t, "inv") && is_call_to(t->kid[1], "expm");
	bool logarithm = is_call_to(t, "logdet");
	Tree *x, *d, *a;

	if ((logarithm || is_call_to(t, "det")) && is_call_to(t->kid[1], "expm")) {
		x = fn(w, "tr", t->kid[1]->kid[1]);
		return logarithm ? x : fn(w, "exp", x);
	}
	if (!inverse && !is_call_to(t, "expm"))
		return NULL;
	x = inverse ? t->kid[1]->kid[1] : t->kid[1];
	if (is_scalar(x))
		return fn(w, "exp", inverse ? neg(w, x) : x);
	if (inverse)
		return fn(w, "expm", neg(w, x));
	if (is_call_to(x, "diag") && shape_of(x->kid[1]).c == 1)
		return fn(w, "diag", fn(w, "exp", x->kid[1]));
	switch (random_below(w->r, 5)) {
	case 0: return trans(w, fn(w, "expm", trans(w, x)));
	case 1: return fn(w, "inv", fn(w, "expm", neg(w, x)));
	case 2:
		d = fn(w, "expm", over(w, x, num(w, 2, 1)));
		return mul(w, d, d);
	case 3:
		a = name(w, random_below(w->r, 2) ? "a" : "b");
		return mul(w, fn(w, "exp", a),
			fn(w, "expm", sub(w, x, mul(w, a, make_eye(w, shape_of(x).r)))));
	default:
		d = make_definite(w, shape_of(x).r);
		if (!d)
			return NULL;
		a = fn(w, "inv", d);
		return mul3(w, a, fn(w, "expm", mul3(w, d, x, a)), d);
	}
}

/* a matrix commutes with its exponential */
Tree *
exponential_commuted(Rewriter *w, Tree *t)
{
	if (t->kind != TREE_MUL || t->n != 2)
		return NULL;
	for (int i = 0; i < 2; i++)
		if (is_call_to(t->kid[i], "expm") && tree_equal(t->kid[i]->kid[1], t->kid[1 - i]))
			return mul(w, t->kid[1], t->kid[0]);
	return NULL;
}

Tree *
exponential_inserted(Rewriter *w, Tree *t)
{
	int k = shape_of(t).r;
	Tree *x, *e;

	if (!w->exponential || k == 1)
		return NULL;
	if (k == N && random_below(w->r, 2)) {
		e = fn(w, "expm", name(w, "K"));
		return mul3(w, trans(w, e), e, t);
	}
	x = make_small(w, (Shape){k, k});
	if (!x)
		return NULL;
	e = fn(w, "expm", x);
	if (is_square(t) && random_below(w->r, 2))
		return add(w, t, sub(w, mul(w, x, e), mul(w, e, x)));
	return mul3(w, fn(w, "expm", neg(w, x)), e, t);
}

/* t in an exponential, or multiplied by one */
Tree *
make_exponential(Rewriter *w, Tree *t)
{
	int k = shape_of(t).r;
	Tree *x;

	if (k > 1 && is_square(t) && random_below(w->r, 2))
		return fn(w, "expm", over(w, t, num(w, 2, 1)));
	x = k > 1 ? make_small(w, (Shape){k, k}) : NULL;
	return x ? mul(w, fn(w, "expm", x), t) : NULL;
}
