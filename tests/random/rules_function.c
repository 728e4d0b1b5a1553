/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules_function.c: rules for elementwise functions, constants and derivatives. */
#include <string.h>

#include "rules.h"

/* ---- rules: elementwise functions */

Tree *
function_by_definition(Rewriter *w, Tree *t)
{
	Tree *x = is_elementwise(t) ? t->kid[1] : NULL, *one = num(w, 1, 1), *two = num(w, 2, 1);

	if (!x)
		return NULL;
	if (is_call_to(t, "swish"))
		return emul(w, x, fn(w, "sigmoid", x));
	if (is_call_to(t, "sigmoid"))
		return random_below(w->r, 2) ? eover(w, one, add(w, one, fn(w, "exp", neg(w, x))))
			: sub(w, one, fn(w, "sigmoid", neg(w, x)));
	if (is_call_to(t, "tanh"))
		return sub(w, mul(w, two, fn(w, "sigmoid", mul(w, two, x))), one);
	if (is_call_to(t, "softplus"))
		return random_below(w->r, 2) ? fn(w, "log", add(w, one, fn(w, "exp", x)))
			: add(w, x, fn(w, "softplus", neg(w, x)));
	if (is_call_to(t, "relu"))
		return random_below(w->r, 2) ? emul(w, x, fn(w, "step", x))
									 : over(w, add(w, x, fn(w, "abs", x)), two);
	if (is_call_to(t, "abs"))
		return random_below(w->r, 2) ? emul(w, x, fn(w, "sign", x))
									 : fn(w, "sqrt", fn(w, "square", x));
	if (is_call_to(t, "square"))
		return random_below(w->r, 2) ? emul(w, x, x) : epow(w, x, two);
	if (is_call_to(t, "cosh"))
		return over(w, add(w, fn(w, "exp", x), fn(w, "exp", neg(w, x))), two);
	if (is_call_to(t, "sinh"))
		return over(w, sub(w, fn(w, "exp", x), fn(w, "exp", neg(w, x))), two);
	if (is_call_to(t, "tan"))
		return eover(w, fn(w, "sin", x), fn(w, "cos", x));
	if (is_call_to(t, "sin"))
		return random_below(w->r, 2) ? neg(w, fn(w, "sin", neg(w, x)))
			: emul(w, mul(w, two, fn(w, "sin", over(w, x, two))), fn(w, "cos", over(w, x, two)));
	if (is_call_to(t, "cos"))
		return random_below(w->r, 2) ? fn(w, "cos", neg(w, x))
			: sub(w, one, mul(w, two, fn(w, "square", fn(w, "sin", over(w, x, two)))));
	if (is_call_to(t, "sqrt"))
		return epow(w, x, num(w, 1, 2));
	if (is_call_to(t, "erf") || is_call_to(t, "atan") || is_call_to(t, "asin"))
		return neg(w, fn(w, t->kid[0]->name, neg(w, x)));
	if (is_call_to(t, "acos"))
		return sub(w, over(w, name(w, "pi"), two), fn(w, "asin", x));
	if (is_call_to(t, "exp") && x->kind == TREE_ADD && x->n == 2)
		return emul(w, fn(w, "exp", x->kid[0]), fn(w, "exp", x->kid[1]));
	if (is_call_to(t, "exp"))
		return eover(w, one, fn(w, "exp", neg(w, x)));
	return NULL;
}

Tree *
number_rewritten(Rewriter *w, Tree *t)
{
	if (t->kind != TREE_NUM)
		return NULL;
	return random_below(w->r, 2) ? sub(w, add(w, t, num(w, 1, 1)), num(w, 1, 1))
		: over(w, mul(w, num(w, 2, 1), t), num(w, 2, 1));
}

Tree *
identity_rewritten(Rewriter *w, Tree *t)
{
	Tree *d;
	int k;

	if (!is_call_to(t, "eye"))
		return NULL;
	k = shape_of(t).r;
	switch (random_below(w->r, w->exponential ? 4 : 3)) {
	case 0: return fn(w, "diag", make_ones(w, k, 1));
	case 1: return fn(w, "inv", t);
	case 3: return fn(w, "expm", fn2(w, "zeros", make_size(w, k), make_size(w, k)));
	default:
		d = make_definite(w, k);
		return d ? mul(w, fn(w, "inv", d), d) : NULL;
	}
}

Tree *
diagonal_rewritten(Rewriter *w, Tree *t)
{
	Tree *x = is_call_to(t, "diag") ? t->kid[1] : NULL;
	int k;

	if (!x)
		return NULL;
	k = shape_of(x).r;
	if (shape_of(x).c == 1)
		return emul(w, make_eye(w, k), mul(w, x, make_ones(w, 1, k)));
	return mul(w, emul(w, make_eye(w, k), x), make_ones(w, k, 1));
}

Tree *
division_rewritten(Rewriter *w, Tree *t)
{
	if (t->kind == TREE_DIV && is_scalar(t->kid[1]))
		return random_below(w->r, 2) ? mul(w, over(w, num(w, 1, 1), t->kid[1]), t->kid[0])
			: eover(w, t->kid[0], t->kid[1]);
	return t->kind == TREE_EDIV ? emul(w, t->kid[0], eover(w, num(w, 1, 1), t->kid[1])) : NULL;
}

/* ---- rules: derivatives */

/* a gradient by a symmetric leaf is one within the symmetric matrices */
static bool
is_projected(const Rewriter *w, const Tree *t)
{
	return leaf_kind(w, t->kid[2]) == 'S';
}

Tree *
derivative_rewritten(Rewriter *w, Tree *t)
{
	Tree *f, *p;
	Shape s;

	if (!is_call_to(t, "grad") && !is_call_to(t, "jac") && !is_call_to(t, "dir"))
		return NULL;
	f = t->kid[1];
	if (f->kind == TREE_ADD && is_plain(f)) {
		p = make_with_kid(w, t, 1, f->kid[0]);
		for (int i = 1; i < f->n; i++)
			p = add(w, p, make_with_kid(w, t, 1, f->kid[i]));
		return p;
	}
	if (f->kind == TREE_NEG)
		return neg(w, make_with_kid(w, t, 1, f->kid[0]));
	if (f->kind == TREE_MUL && f->n == 2 && is_scalar(f->kid[0]) && is_scalar(f->kid[1]))
		return add(w, mul(w, f->kid[0], make_with_kid(w, t, 1, f->kid[1])),
			mul(w, f->kid[1], make_with_kid(w, t, 1, f->kid[0])));
	if (is_call_to(t, "grad") && !is_projected(w, t)) {
		s = shape_of(t->kid[2]);
		return make_reshape(w, trans(w, fn2(w, "jac", f, t->kid[2])), s);
	}
	if (is_call_to(t, "jac") && is_scalar(f) && !is_projected(w, t))
		return trans(w, make_vec(w, fn2(w, "grad", f, t->kid[2])));
	return NULL;
}

/* ---- unknown functions */

/* a name of one, with primes if it is elementwise */
static Tree *
unknown(Rewriter *w, bool elementwise, int prime, Tree *x)
{
	Tree *t;
	int i;

	do
		i = random_below(w->r, grow_nfun);
	while (grow_fun[i].elementwise != elementwise);
	t = fn(w, grow_fun[i].name, x);
	t->kid[0]->prime = prime;
	return t;
}

/* the derivative of one, two terms that are equal by the chain rule; NULL: none of that shape */
static Tree *
chain_rule(Rewriter *w, Shape s, Tree **right)
{
	int k = s.r == 1 ? random_below(w->r, 2) ? M : N : s.r;
	Tree *x = name(w, k == M ? "u" : "x"), *y = name(w, k == M ? "v" : "y");
	Tree *phi = unknown(w, true, 0, x), *slope = make_with_kid(w, phi, 0, NULL), *f, *inner;

	slope->kid[0] = name(w, phi->kid[0]->name);
	slope->kid[0]->prime = 1;
	if (s.r == 1 && s.c == 1) {
		f = unknown(w, false, 0, x);
		*right = mul(w, trans(w, y), fn2(w, "grad", f, x));
		return tree_call(w->a, NOWHERE, "dir", 3, f, x, y);
	}
	if (s.c == 1) {
		switch (random_below(w->r, 3)) {
		case 0:
			*right = slope;
			return fn2(w, "grad", fn(w, "sum", phi), x);
		case 1:
			*right = emul(w, slope, y);
			return tree_call(w->a, NOWHERE, "dir", 3, phi, x, y);
		default:
			inner = mul(w, trans(w, y), x);
			*right = mul(w, make_with_kid(w, slope, 1, inner), y);
			return fn2(w, "grad", make_with_kid(w, phi, 1, inner), x);
		}
	}
	if (s.r != s.c || s.r != k)
		return NULL;
	if (random_below(w->r, 2)) {
		*right = fn(w, "diag", slope);
		return fn2(w, "jac", phi, x);
	}
	f = fn2(w, "jac", fn2(w, "grad", unknown(w, false, 0, x), x), x);
	*right = trans(w, f);
	return f;
}

Tree *
chain_rule_added(Rewriter *w, Tree *t)
{
	Shape s = shape_of(t);
	Tree *left, *right = NULL;

	if (!w->unknown || (s.r != 1 && s.r != M && s.r != N) || (s.r == 1 && s.c != 1))
		return NULL;
	left = chain_rule(w, s, &right);
	return left ? add(w, t, sub(w, left, right)) : NULL;
}

/* t as the argument of an unknown function, or beside one */
Tree *
make_unknown(Rewriter *w, Tree *t)
{
	Tree *x, *f;

	if (random_below(w->r, 2))
		return unknown(w, true, random_below(w->r, 4) ? 0 : 1, t);
	x = rewrite_grow(w, 1 + random_below(w->r, 3), 1 + random_below(w->r, 2),
		random_below(w->r, 3));
	f = unknown(w, false, 0, x);
	if (is_scalar(t) && random_below(w->r, 2)) {
		tree_push(w->a, f, t);
		return f;
	}
	return mul(w, f, t);
}
