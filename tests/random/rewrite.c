/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rewrite.c: a table of sound rules, each a function from a tree to an equal one (or to NULL where
   it does not apply), and a table of edits that keep the shape. Every rule holds for all sizes and
   all values. */
#include <stdlib.h>
#include <string.h>

#include "rewrite.h"

enum { M = 5, N = 7 };          /* what stands for the sizes in a Shape */
enum { MAX_NODES = 140 };       /* trees do not grow beyond this */

static const Loc nowhere;

/* ---- shapes */

static Shape
leaf_shape(const char *name)
{
	static const int size[] = {0, 1, M, N};

	for (int i = 0; i < grow_nleaf; i++)
		if (strcmp(grow_leaf[i].name, name) == 0)
			return (Shape){size[grow_leaf[i].rows], size[grow_leaf[i].cols]};
	return (Shape){1, 1};
}

/* what a leaf was declared as, or 0 */
static char
kind_of(const Tree *t)
{
	for (int i = 0; i < grow_nleaf && t->kind == TREE_NAME; i++)
		if (strcmp(grow_leaf[i].name, t->name) == 0)
			return grow_leaf[i].kind;
	return 0;
}

static bool
is_scalar(const Tree *t)
{
	Shape s = shape_of(t);

	return s.r == 1 && s.c == 1;
}

/* a size that stands as an argument */
static int
size_of(const Tree *t)
{
	int k = 1;

	if (t->kind == TREE_NAME)
		return *t->name == 'm' ? M : N;
	if (t->kind == TREE_NUM)
		return (int)t->num.num;
	for (int i = 0; i < t->n; i++)
		k *= size_of(t->kid[i]);
	return k;
}

static bool
is_call(const Tree *t, const char *name)
{
	return t->kind == TREE_CALL && strcmp(t->kid[0]->name, name) == 0;
}

static bool
is_elementwise(const Tree *t)
{
	const Fun *f = t->kind == TREE_CALL ? fun_find(t->kid[0]->name) : NULL;

	return f && f->cls == FC_ELEM && t->n == 2;
}

static Shape
call_shape(const Tree *t)
{
	static const char *const to_scalar[] = {
		"sum", "mean", "tr", "sqnorm", "norm", "normfro", "det", "logdet", "logsumexp", "dot"};
	const char *f = t->kid[0]->name;
	Shape s = t->n > 1 ? shape_of(t->kid[1]) : (Shape){1, 1};

	for (size_t i = 0; i < sizeof to_scalar / sizeof *to_scalar; i++)
		if (strcmp(to_scalar[i], f) == 0)
			return (Shape){1, 1};
	if (strcmp(f, "eye") == 0)
		return (Shape){size_of(t->kid[1]), size_of(t->kid[1])};
	if (strcmp(f, "ones") == 0 || strcmp(f, "zeros") == 0)
		return (Shape){size_of(t->kid[1]), size_of(t->kid[2])};
	if (strcmp(f, "reshape") == 0)
		return (Shape){size_of(t->kid[2]), size_of(t->kid[3])};
	if (strcmp(f, "vec") == 0)
		return (Shape){s.r * s.c, 1};
	if (strcmp(f, "diag") == 0)
		return s.c == 1 ? (Shape){s.r, s.r} : (Shape){s.r, 1};
	if (strcmp(f, "kron") == 0) {
		Shape y = shape_of(t->kid[2]);
		return (Shape){s.r * y.r, s.c * y.c};
	}
	if (strcmp(f, "grad") == 0)
		return shape_of(t->kid[2]);
	if (strcmp(f, "jac") == 0) {
		Shape y = shape_of(t->kid[2]);
		return (Shape){s.r * s.c, y.r * y.c};
	}
	return s;
}

Shape
shape_of(const Tree *t)
{
	Shape s = {1, 1}, k;

	switch (t->kind) {
	case TREE_NAME:
		return leaf_shape(t->name);
	case TREE_TRANS:
		s = shape_of(t->kid[0]);
		return (Shape){s.c, s.r};
	case TREE_ADD:
	case TREE_EMUL:
	case TREE_EDIV:
		for (int i = 0; i < t->n; i++) {
			k = shape_of(t->kid[i]);
			if (k.r * k.c > s.r * s.c)
				s = k;
		}
		return s;
	case TREE_MUL:
		for (int i = 0; i < t->n; i++) {
			k = shape_of(t->kid[i]);
			if (s.r == 1 && s.c == 1)
				s = k;
			else if (k.r != 1 || k.c != 1)
				s.c = k.c;
		}
		return s;
	case TREE_CALL:
		return call_shape(t);
	case TREE_MATRIX:
		s = (Shape){0, 0};
		for (int i = 0; i < t->n; i++)
			s.r += shape_of(t->kid[i]->kid[0]).r;
		for (int j = 0; j < t->kid[0]->n; j++)
			s.c += shape_of(t->kid[0]->kid[j]).c;
		return s;
	case TREE_NEG:
	case TREE_POS:
	case TREE_DIV:
	case TREE_POW:
	case TREE_EPOW:
		return shape_of(t->kid[0]);
	default:
		return s;
	}
}

static bool
same_shape(const Tree *x, const Tree *y)
{
	Shape s = shape_of(x), t = shape_of(y);

	return s.r == t.r && s.c == t.c;
}

static bool
is_square(const Tree *t)
{
	Shape s = shape_of(t);

	return s.r == s.c;
}

/* every operand has the shape of the whole: no scalar that goes with all entries */
static bool
is_plain(const Tree *t)
{
	for (int i = 0; i < t->n; i++)
		if (!same_shape(t, t->kid[i]))
			return false;
	return true;
}

/* Whether all operations conform: a rule may regroup a product whose inner products are scalars. */
static bool
conforms(const Tree *t)
{
	Shape s = {1, 1}, whole = shape_of(t);

	for (int i = 0; i < t->n; i++) {
		Shape k = shape_of(t->kid[i]);
		bool scalar = (k.r == 1 && k.c == 1) || (s.r == 1 && s.c == 1);

		if (t->kind != TREE_CALL || i > 0)
			if (!conforms(t->kid[i]))
				return false;
		if (t->kind == TREE_MUL) {
			if (!scalar && s.c != k.r)
				return false;
			s = !scalar ? (Shape){s.r, k.c} : s.r == 1 && s.c == 1 ? k : s;
		}
		if ((t->kind == TREE_ADD || t->kind == TREE_EMUL || t->kind == TREE_EDIV) &&
			(k.r != 1 || k.c != 1) && (k.r != whole.r || k.c != whole.c))
			return false;
	}
	return true;
}

static int
nodes(const Tree *t)
{
	int k = 1;

	for (int i = 0; i < t->n; i++)
		k += nodes(t->kid[i]);
	return k;
}

/* ---- making trees */

static Tree *num(Rewriter *w, long p, long q) { return tree_num(w->a, nowhere, rat(p, q)); }
static Tree *name(Rewriter *w, const char *s) { return tree_name(w->a, nowhere, sym(s)); }
static Tree *add(Rewriter *w, Tree *x, Tree *y) { return tree(w->a, TREE_ADD, nowhere, 2, x, y); }
static Tree *neg(Rewriter *w, Tree *x) { return tree(w->a, TREE_NEG, nowhere, 1, x); }
static Tree *sub(Rewriter *w, Tree *x, Tree *y) { return add(w, x, neg(w, y)); }
static Tree *mul(Rewriter *w, Tree *x, Tree *y) { return tree(w->a, TREE_MUL, nowhere, 2, x, y); }
static Tree *
mul3(Rewriter *w, Tree *x, Tree *y, Tree *z)
{
	return tree(w->a, TREE_MUL, nowhere, 3, x, y, z);
}
static Tree *emul(Rewriter *w, Tree *x, Tree *y) { return tree(w->a, TREE_EMUL, nowhere, 2, x, y); }
static Tree *over(Rewriter *w, Tree *x, Tree *y) { return tree(w->a, TREE_DIV, nowhere, 2, x, y); }
static Tree *
eover(Rewriter *w, Tree *x, Tree *y)
{
	return tree(w->a, TREE_EDIV, nowhere, 2, x, y);
}
static Tree *trans(Rewriter *w, Tree *x) { return tree(w->a, TREE_TRANS, nowhere, 1, x); }
static Tree *epow(Rewriter *w, Tree *x, Tree *y) { return tree(w->a, TREE_EPOW, nowhere, 2, x, y); }
static Tree *fn(Rewriter *w, const char *f, Tree *x) { return tree_call(w->a, nowhere, f, 1, x); }
static Tree *
fn2(Rewriter *w, const char *f, Tree *x, Tree *y)
{
	return tree_call(w->a, nowhere, f, 2, x, y);
}

/* a size as it is written: 1, m, n, m*n ... ; m + n is not, and the rule that asks for it does not
   apply */
static Tree *
size(Rewriter *w, int k)
{
	Tree *t = NULL;

	for (; k % M == 0; k /= M)
		t = t ? mul(w, t, name(w, "m")) : name(w, "m");
	for (; k % N == 0; k /= N)
		t = t ? mul(w, t, name(w, "n")) : name(w, "n");
	w->unwritable |= k != 1;
	return k == 1 && t ? t : num(w, k, 1);
}

static Tree *
eye(Rewriter *w, int k)
{
	return fn(w, "eye", size(w, k));
}

static Tree *
ones(Rewriter *w, int r, int c)
{
	return fn2(w, "ones", size(w, r), size(w, c));
}

static Tree *
vec(Rewriter *w, Tree *x)
{
	return fn(w, "vec", x);
}

static Tree *
reshape(Rewriter *w, Tree *x, Shape s)
{
	return tree_call(w->a, nowhere, "reshape", 3, x, size(w, s.r), size(w, s.c));
}

/* a row or a column of two blocks */
static Tree *
blocks(Rewriter *w, Tree *x, Tree *y, bool column)
{
	Tree *row = tree(w->a, TREE_ROW, nowhere, 1, x);

	if (column)
		return tree(w->a, TREE_MATRIX, nowhere, 2, row, tree(w->a, TREE_ROW, nowhere, 1, y));
	tree_push(w->a, row, y);
	return tree(w->a, TREE_MATRIX, nowhere, 1, row);
}

/* the kids from..to-1 of a sum or product as one tree */
static Tree *
part(Rewriter *w, const Tree *t, int from, int to)
{
	Tree *p;

	if (to - from == 1)
		return t->kid[from];
	p = tree(w->a, t->kind, nowhere, 1, t->kid[from]);
	for (int i = from + 1; i < to; i++)
		tree_push(w->a, p, t->kid[i]);
	return p;
}

/* t with another i-th kid */
static Tree *
with_kid(Rewriter *w, const Tree *t, int i, Tree *kid)
{
	Tree *copy = NEW(w->a, Tree);

	*copy = *t;
	copy->kid = NEWN(w->a, Tree *, t->n);
	copy->cap = t->n;
	memcpy(copy->kid, t->kid, sizeof *t->kid * (size_t)t->n);
	copy->kid[i] = kid;
	if (copy->depth <= kid->depth)
		copy->depth = kid->depth + 1;
	return copy;
}

/* I where a sum has it becomes eye(n), whose shape stands in it */
static Tree *
sized(Rewriter *w, Tree *t)
{
	Shape s = shape_of(t);

	for (int i = 0; i < t->n; i++) {
		Tree *kid = sized(w, t->kid[i]);

		if (kid->kind == TREE_NAME && strcmp(kid->name, "I") == 0)
			kid = eye(w, s.r);
		if (kid != t->kid[i])
			t = with_kid(w, t, i, kid);
	}
	return t;
}

Tree *
rewrite_grow(Rewriter *w, int rows, int cols, int size_)
{
	char *text = grow(w->r, rows, cols, size_);
	Parser *p = parser_open(NULL, text, strlen(text), 1);
	Stmt *st = p ? parser_next(p, w->a) : NULL;

	if (!st || !st->expr)
		abort();
	parser_close(p);
	free(text);
	return sized(w, st->expr);
}

/* a small random expression of that shape, or NULL when it has one that leaves do not have */
static Tree *
small(Rewriter *w, Shape s)
{
	int r = s.r == 1   ? 1
			: s.r == M ? 2
			: s.r == N ? 3
					   : 0,
		c = s.c == 1   ? 1
			: s.c == M ? 2
			: s.c == N ? 3
					   : 0;

	return r && c ? rewrite_grow(w, r, c, random_below(w->r, 3)) : NULL;
}

/* eye + H*H', which has an inverse and a positive determinant */
static Tree *
definite(Rewriter *w, int k)
{
	Tree *h = small(w, (Shape){k, random_below(w->r, 2) ? 1 : M});

	return h ? add(w, eye(w, k), mul(w, h, trans(w, h))) : NULL;
}

static bool
is_definite(const Tree *t)
{
	return t->kind == TREE_ADD && t->n == 2 && is_call(t->kid[0], "eye") &&
		   t->kid[1]->kind == TREE_MUL && t->kid[1]->n == 2 &&
		   t->kid[1]->kid[1]->kind == TREE_TRANS &&
		   tree_equal(t->kid[1]->kid[1]->kid[0], t->kid[1]->kid[0]);
}

/* ---- rules: anything */

static Tree *
twice_turned(Rewriter *w, Tree *t)
{
	return trans(w, trans(w, t));
}

static Tree *
add_and_subtract(Rewriter *w, Tree *t)
{
	Tree *d = small(w, shape_of(t));

	return d ? sub(w, add(w, t, d), d) : NULL;
}

static Tree *
in_halves(Rewriter *w, Tree *t)
{
	switch (random_below(w->r, 3)) {
	case 0: return add(w, mul(w, num(w, 1, 2), t), over(w, t, num(w, 2, 1)));
	case 1: return sub(w, mul(w, num(w, 3, 1), t), mul(w, num(w, 2, 1), t));
	default: return over(w, mul(w, t, num(w, 3, 1)), num(w, 3, 1));
	}
}

static Tree *
times_identity(Rewriter *w, Tree *t)
{
	Shape s = shape_of(t);

	if (s.r == 1)
		return NULL;
	return random_below(w->r, 2) ? mul(w, eye(w, s.r), t) : mul(w, t, eye(w, s.c));
}

static Tree *
times_ones(Rewriter *w, Tree *t)
{
	Shape s = shape_of(t);

	return emul(w, t, ones(w, s.r, s.c));
}

/* Q*Q' = I */
static Tree *
orthogonal_inserted(Rewriter *w, Tree *t)
{
	Tree *q = name(w, "Q");

	if (shape_of(t).r != N)
		return NULL;
	return random_below(w->r, 2) ? mul(w, trans(w, q), mul(w, q, t))
								 : mul(w, q, mul(w, trans(w, q), t));
}

/* x'*K*x = 0 */
static Tree *
skew_form_added(Rewriter *w, Tree *t)
{
	Tree *x = is_scalar(t) ? small(w, (Shape){N, 1}) : NULL;

	return x ? add(w, t, mul3(w, trans(w, x), name(w, "K"), x)) : NULL;
}

static Tree *
inverse_inserted(Rewriter *w, Tree *t)
{
	Tree *d = shape_of(t).r > 1 ? definite(w, shape_of(t).r) : NULL;

	if (!d)
		return NULL;
	return random_below(w->r, 2) ? mul(w, fn(w, "inv", d), mul(w, d, t))
								 : mul(w, d, mul(w, fn(w, "inv", d), t));
}

static Tree *
unstacked(Rewriter *w, Tree *t)
{
	Shape s = shape_of(t);

	return is_scalar(t) ? NULL : reshape(w, vec(w, t), s);
}

static Tree *
log_of_exp(Rewriter *w, Tree *t)
{
	return fn(w, "log", fn(w, "exp", t));
}

static Tree *
scaled(Rewriter *w, Tree *t)
{
	Tree *d = add(w, num(w, 2, 1), fn(w, "square", small(w, (Shape){1, 1})));

	return random_below(w->r, 2) ? over(w, mul(w, d, t), d) : mul(w, over(w, t, d), d);
}

static Tree *
from_blocks(Rewriter *w, Tree *t)
{
	Shape s = shape_of(t);
	Tree *other, *c = eye(w, s.c), *half = mul(w, num(w, 1, 2), c);

	if (s.c == 1 || s.r == 1)
		return NULL;
	if (random_below(w->r, 2))
		return mul(w, blocks(w, t, t, false), blocks(w, half, half, true));
	other = small(w, s);
	if (!other)
		return NULL;
	return mul(w, blocks(w, t, other, false),
		blocks(w, c, fn2(w, "zeros", size(w, s.c), size(w, s.c)), true));
}

static Tree *
as_trace(Rewriter *w, Tree *t)
{
	if (!is_scalar(t))
		return NULL;
	return random_below(w->r, 2) ? fn(w, "sum", t) : fn(w, "tr", t);
}

/* ---- rules: sums */

/* another order of the kids */
static Tree *
shuffled(Rewriter *w, const Tree *t)
{
	Tree *p = tree(w->a, t->kind, nowhere, 1, t->kid[0]);
	Tree **kid;

	for (int i = 1; i < t->n; i++)
		tree_push(w->a, p, t->kid[i]);
	kid = p->kid;
	for (int i = t->n - 1; i > 0; i--) {
		int j = random_below(w->r, i + 1);
		Tree *x = kid[i];

		kid[i] = kid[j];
		kid[j] = x;
	}
	return p;
}

static Tree *
sum_in_another_order(Rewriter *w, Tree *t)
{
	return t->kind == TREE_ADD || t->kind == TREE_EMUL ? shuffled(w, t) : NULL;
}

static Tree *
regrouped(Rewriter *w, Tree *t)
{
	int k;

	if ((t->kind != TREE_ADD && t->kind != TREE_EMUL && t->kind != TREE_MUL) || t->n < 3)
		return NULL;
	k = 1 + random_below(w->r, t->n - 1);
	return tree(w->a, t->kind, nowhere, 2, part(w, t, 0, k), part(w, t, k, t->n));
}

static Tree *
ungrouped(Rewriter *w, Tree *t)
{
	Tree *p = NULL;

	if (t->kind != TREE_ADD && t->kind != TREE_MUL && t->kind != TREE_EMUL)
		return NULL;
	for (int i = 0; i < t->n; i++) {
		Tree *k = t->kid[i];
		int n = k->kind == t->kind ? k->n : 1;

		for (int j = 0; j < n; j++) {
			Tree *x = k->kind == t->kind ? k->kid[j] : k;

			if (p)
				tree_push(w->a, p, x);
			else
				p = tree(w->a, t->kind, nowhere, 1, x);
		}
	}
	return p;
}

static Tree *
negated_twice(Rewriter *w, Tree *t)
{
	Tree *p;

	if (t->kind != TREE_ADD)
		return neg(w, neg(w, t));
	p = tree(w->a, TREE_ADD, nowhere, 1, neg(w, t->kid[0]));
	for (int i = 1; i < t->n; i++)
		tree_push(w->a, p, neg(w, t->kid[i]));
	return neg(w, p);
}

/* A*B + C*D is [A, C]*[B; D] */
static Tree *
products_as_blocks(Rewriter *w, Tree *t)
{
	Tree *x, *y;

	if (t->kind != TREE_ADD || t->n != 2 || t->kid[0]->kind != TREE_MUL ||
		t->kid[1]->kind != TREE_MUL || !is_plain(t))
		return NULL;
	x = t->kid[0];
	y = t->kid[1];
	if (x->n != 2 || y->n != 2 || is_scalar(x->kid[0]) || is_scalar(x->kid[1]) ||
		is_scalar(y->kid[0]) || is_scalar(y->kid[1]))
		return NULL;
	return mul(w, blocks(w, x->kid[0], y->kid[0], false), blocks(w, x->kid[1], y->kid[1], true));
}

/* ---- rules: products */

/* x*(a + b)*y is x*a*y + x*b*y */
static Tree *
distributed(Rewriter *w, Tree *t)
{
	Tree *p = NULL;
	int at;

	if (t->kind != TREE_MUL && t->kind != TREE_EMUL)
		return NULL;
	at = random_below(w->r, t->n);
	if (t->kid[at]->kind != TREE_ADD || !is_plain(t->kid[at]))
		return NULL;
	for (int i = 0; i < t->kid[at]->n; i++) {
		Tree *x = with_kid(w, t, at, t->kid[at]->kid[i]);

		if (p)
			tree_push(w->a, p, x);
		else
			p = tree(w->a, TREE_ADD, nowhere, 1, x);
	}
	return p;
}

static Tree *
scalar_moved(Rewriter *w, Tree *t)
{
	Tree *p = NULL;
	int from;

	if (t->kind != TREE_MUL || t->n < 2)
		return NULL;
	from = random_below(w->r, t->n);
	if (!is_scalar(t->kid[from]))
		return NULL;
	for (int i = 0; i < t->n; i++) {
		if (i == from)
			continue;
		p = p ? mul(w, p, t->kid[i]) : t->kid[i];
	}
	return random_below(w->r, 2) ? mul(w, p, t->kid[from]) : mul(w, t->kid[from], p);
}

/* a product of row and column: u'*v */
static Tree *
inner_product(Rewriter *w, Tree *t)
{
	Tree *x, *y;

	if (t->kind != TREE_MUL || t->n < 2 || !is_scalar(t))
		return NULL;
	x = part(w, t, 0, t->n - 1);
	y = t->kid[t->n - 1];
	if (is_scalar(y) || shape_of(x).c != shape_of(y).r || shape_of(x).r != 1)
		return NULL;
	switch (random_below(w->r, 5)) {
	case 0: return fn(w, "tr", mul(w, y, x));
	case 1: return fn(w, "sum", emul(w, trans(w, x), y));
	case 2: return fn2(w, "dot", trans(w, x), y);
	case 3: return mul(w, trans(w, y), trans(w, x));
	default: return fn(w, "tr", mul(w, fn(w, "diag", y), mul(w, ones(w, shape_of(y).r, 1), x)));
	}
}

static Tree *
product_turned(Rewriter *w, Tree *t)
{
	Tree *p;

	if (t->kind != TREE_MUL)
		return NULL;
	p = tree(w->a, TREE_MUL, nowhere, 1, trans(w, t->kid[t->n - 1]));
	for (int i = t->n - 2; i >= 0; i--)
		tree_push(w->a, p, trans(w, t->kid[i]));
	return trans(w, p);
}

/* A*X*B by vec(A*X*B) = kron(B', A)*vec(X) */
static Tree *
product_by_kron(Rewriter *w, Tree *t)
{
	Shape s = shape_of(t), x;

	if (t->kind != TREE_MUL || t->n < 2)
		return NULL;
	for (int i = 0; i < t->n; i++)
		if (is_scalar(t->kid[i]))
			return NULL;
	if (t->n == 2) {
		x = shape_of(t->kid[1]);
		if (x.c == 1)
			return NULL;
		return reshape(w, mul(w, fn2(w, "kron", eye(w, x.c), t->kid[0]), vec(w, t->kid[1])), s);
	}
	return reshape(
		w, mul(w, fn2(w, "kron", trans(w, part(w, t, 2, t->n)), t->kid[0]), vec(w, t->kid[1])), s);
}

/* diag(x)*A is x*ones(1,n) .* A */
static Tree *
diag_as_scaling(Rewriter *w, Tree *t)
{
	Tree *a;

	if (t->kind != TREE_MUL || !is_call(t->kid[0], "diag") || t->n < 2 ||
		shape_of(t->kid[0]->kid[1]).c != 1)
		return NULL;
	a = part(w, t, 1, t->n);
	if (is_scalar(a))
		return NULL;
	return emul(w, mul(w, t->kid[0]->kid[1], ones(w, 1, shape_of(a).c)), a);
}

static Tree *
elementwise_as_diag(Rewriter *w, Tree *t)
{
	if (t->kind != TREE_EMUL || t->n != 2 || !is_plain(t) || shape_of(t).c != 1 ||
		shape_of(t).r == 1)
		return NULL;
	return mul(w, fn(w, "diag", t->kid[0]), t->kid[1]);
}

/* kron(A, B)*kron(C, D) is kron(A*C, B*D) */
static Tree *
mixed_product(Rewriter *w, Tree *t)
{
	Tree *x, *y;

	if (t->kind != TREE_MUL || t->n != 2 || !is_call(t->kid[0], "kron") ||
		!is_call(t->kid[1], "kron"))
		return NULL;
	x = t->kid[0];
	y = t->kid[1];
	if (shape_of(x->kid[1]).c != shape_of(y->kid[1]).r ||
		shape_of(x->kid[2]).c != shape_of(y->kid[2]).r)
		return NULL;
	return fn2(w, "kron", mul(w, x->kid[1], y->kid[1]), mul(w, x->kid[2], y->kid[2]));
}

/* ---- rules: transposes */

static Tree *
transpose_pushed(Rewriter *w, Tree *t)
{
	Tree *x = t->kind == TREE_TRANS ? t->kid[0] : NULL, *p;

	if (!x)
		return NULL;
	if (x->kind == TREE_TRANS)
		return x->kid[0];
	if (is_scalar(x))
		return x;
	if (kind_of(x) && strchr("SPD", kind_of(x)))
		return x;
	if (kind_of(x) == 'K')
		return neg(w, x);
	if (kind_of(x) == 'Q')
		return fn(w, "inv", x);
	if (x->kind == TREE_MUL) {
		p = tree(w->a, TREE_MUL, nowhere, 1, trans(w, x->kid[x->n - 1]));
		for (int i = x->n - 2; i >= 0; i--)
			tree_push(w->a, p, trans(w, x->kid[i]));
		return p;
	}
	if (x->kind == TREE_ADD || x->kind == TREE_EMUL || x->kind == TREE_NEG ||
		x->kind == TREE_EDIV) {
		p = x;
		for (int i = 0; i < x->n; i++)
			p = with_kid(w, p, i, trans(w, x->kid[i]));
		return p;
	}
	if (x->kind == TREE_DIV && is_scalar(x->kid[1]))
		return over(w, trans(w, x->kid[0]), x->kid[1]);
	if (is_elementwise(x) || is_call(x, "inv"))
		return fn(w, x->kid[0]->name, trans(w, x->kid[1]));
	if (is_call(x, "diag") && shape_of(x->kid[1]).c == 1)
		return x;
	if (is_call(x, "kron"))
		return fn2(w, "kron", trans(w, x->kid[1]), trans(w, x->kid[2]));
	return NULL;
}

static Tree *
symmetric_turned(Rewriter *w, Tree *t)
{
	if (kind_of(t) == 'D' && random_below(w->r, 2))
		return emul(w, t, eye(w, N));
	if (kind_of(t) && strchr("SPD", kind_of(t)))
		return trans(w, t);
	if (kind_of(t) == 'K')
		return trans(w, neg(w, t));
	return is_elementwise(t) ? trans(w, fn(w, t->kid[0]->name, trans(w, t->kid[1]))) : NULL;
}

/* ---- rules: reductions */

static Tree *
trace_rewritten(Rewriter *w, Tree *t)
{
	Tree *x = is_call(t, "tr") ? t->kid[1] : NULL, *p, *q;

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
	p = part(w, x, 0, x->n - 1);
	q = x->kid[x->n - 1];
	if (is_scalar(p) || is_scalar(q))
		return NULL;
	switch (random_below(w->r, 4)) {
	case 0: return fn(w, "sum", emul(w, trans(w, p), q));
	case 1: return mul(w, trans(w, vec(w, trans(w, p))), vec(w, q));
	default: return fn(w, "tr", mul(w, q, p));
	}
}

static Tree *
sum_rewritten(Rewriter *w, Tree *t)
{
	Tree *x = is_call(t, "sum") && t->n == 2 ? t->kid[1] : NULL, *p;
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
	case 0: return mul3(w, ones(w, 1, s.r), x, ones(w, s.c, 1));
	case 1: return fn(w, "sum", trans(w, x));
	case 2: return fn(w, "tr", mul(w, ones(w, s.c, s.r), x));
	default: return mul(w, ones(w, 1, s.r * s.c), vec(w, x));
	}
}

static Tree *
norm_rewritten(Rewriter *w, Tree *t)
{
	Tree *x = t->kind == TREE_CALL && t->n == 2 ? t->kid[1] : NULL;
	Shape s;

	if (!x)
		return NULL;
	s = shape_of(x);
	if (is_call(t, "norm"))
		return fn(w, "sqrt", fn(w, "sqnorm", x));
	if (is_call(t, "mean"))
		return over(w, fn(w, "sum", x), mul(w, size(w, s.r), size(w, s.c)));
	if (!is_call(t, "sqnorm"))
		return NULL;
	switch (random_below(w->r, 4)) {
	case 0: return fn(w, "tr", mul(w, trans(w, x), x));
	case 1: return fn(w, "sum", emul(w, x, x));
	case 2: return fn(w, "sum", epow(w, x, num(w, 2, 1)));
	default: return mul(w, trans(w, vec(w, x)), vec(w, x));
	}
}

static Tree *
softmax_rewritten(Rewriter *w, Tree *t)
{
	Tree *x = t->kind == TREE_CALL && t->n == 2 ? t->kid[1] : NULL, *a;

	if (!x || (!is_call(t, "softmax") && !is_call(t, "logsumexp")))
		return NULL;
	a = name(w, random_below(w->r, 2) ? "a" : "b");
	if (is_call(t, "softmax")) {
		if (random_below(w->r, 2))
			return fn(w, "softmax", add(w, x, a));
		return over(w, fn(w, "exp", x), fn(w, "sum", fn(w, "exp", x)));
	}
	if (random_below(w->r, 2))
		return sub(w, fn(w, "logsumexp", add(w, x, a)), a);
	return fn(w, "log", fn(w, "sum", fn(w, "exp", x)));
}

/* ---- rules: inverses, determinants */

static Tree *
inverse_rewritten(Rewriter *w, Tree *t)
{
	Tree *x = is_call(t, "inv") ? t->kid[1] : NULL, *h, *d;
	int k;

	if (!x || is_scalar(x))
		return NULL;
	k = shape_of(x).r;
	switch (random_below(w->r, 6)) {
	case 0: return mul3(w, t, x, t);
	case 1: return trans(w, fn(w, "inv", trans(w, x)));
	case 2: return mul(w, num(w, 2, 1), fn(w, "inv", mul(w, num(w, 2, 1), x)));
	case 3:
		d = definite(w, k);
		return d ? mul(w, d, fn(w, "inv", mul(w, x, d))) : NULL;
	default:
		if (!is_definite(x))
			return NULL;
		h = x->kid[1]->kid[0];
		d = fn(w, "inv", add(w, eye(w, shape_of(h).c), mul(w, trans(w, h), h)));
		return sub(w, eye(w, k), mul3(w, h, d, trans(w, h)));
	}
}

/* inv(I + H*H')*H is H*inv(I + H'*H) */
static Tree *
pushed_through(Rewriter *w, Tree *t)
{
	Tree *x, *h;

	if (t->kind != TREE_MUL || t->n != 2 || !is_call(t->kid[0], "inv"))
		return NULL;
	x = t->kid[0]->kid[1];
	if (!is_definite(x) || !tree_equal(h = x->kid[1]->kid[0], t->kid[1]))
		return NULL;
	return mul(w, h, fn(w, "inv", add(w, eye(w, shape_of(h).c), mul(w, trans(w, h), h))));
}

static Tree *
determinant_rewritten(Rewriter *w, Tree *t)
{
	bool logarithm = is_call(t, "logdet");
	Tree *x = logarithm || is_call(t, "det") ? t->kid[1] : NULL, *h, *d;

	if (!x || is_scalar(x))
		return NULL;
	switch (random_below(w->r, 5)) {
	case 0: return fn(w, t->kid[0]->name, trans(w, x));
	case 1:
		d = definite(w, shape_of(x).r);
		if (!d)
			return NULL;
		if (logarithm)
			return sub(w, fn(w, "logdet", mul(w, x, d)), fn(w, "logdet", d));
		return over(w, fn(w, "det", mul(w, d, x)), fn(w, "det", d));
	case 2:
		if (logarithm)
			return is_definite(x) ? fn(w, "log", fn(w, "det", x))
								  : neg(w, fn(w, "logdet", fn(w, "inv", x)));
		return is_definite(x) ? over(w, num(w, 1, 1), fn(w, "det", fn(w, "inv", x))) : NULL;
	default:
		if (!is_definite(x))
			return NULL;
		h = x->kid[1]->kid[0];
		return fn(w, t->kid[0]->name, add(w, eye(w, shape_of(h).c), mul(w, trans(w, h), h)));
	}
}

/* ---- rules: elementwise functions */

static Tree *
function_by_definition(Rewriter *w, Tree *t)
{
	Tree *x = is_elementwise(t) ? t->kid[1] : NULL, *one = num(w, 1, 1), *two = num(w, 2, 1);

	if (!x)
		return NULL;
	if (is_call(t, "swish"))
		return emul(w, x, fn(w, "sigmoid", x));
	if (is_call(t, "sigmoid"))
		return random_below(w->r, 2) ? eover(w, one, add(w, one, fn(w, "exp", neg(w, x))))
			: sub(w, one, fn(w, "sigmoid", neg(w, x)));
	if (is_call(t, "tanh"))
		return sub(w, mul(w, two, fn(w, "sigmoid", mul(w, two, x))), one);
	if (is_call(t, "softplus"))
		return random_below(w->r, 2) ? fn(w, "log", add(w, one, fn(w, "exp", x)))
			: add(w, x, fn(w, "softplus", neg(w, x)));
	if (is_call(t, "relu"))
		return random_below(w->r, 2) ? emul(w, x, fn(w, "step", x))
									 : over(w, add(w, x, fn(w, "abs", x)), two);
	if (is_call(t, "abs"))
		return random_below(w->r, 2) ? emul(w, x, fn(w, "sign", x))
									 : fn(w, "sqrt", fn(w, "square", x));
	if (is_call(t, "square"))
		return random_below(w->r, 2) ? emul(w, x, x) : epow(w, x, two);
	if (is_call(t, "cosh"))
		return over(w, add(w, fn(w, "exp", x), fn(w, "exp", neg(w, x))), two);
	if (is_call(t, "sinh"))
		return over(w, sub(w, fn(w, "exp", x), fn(w, "exp", neg(w, x))), two);
	if (is_call(t, "tan"))
		return eover(w, fn(w, "sin", x), fn(w, "cos", x));
	if (is_call(t, "sin"))
		return random_below(w->r, 2) ? neg(w, fn(w, "sin", neg(w, x)))
			: emul(w, mul(w, two, fn(w, "sin", over(w, x, two))), fn(w, "cos", over(w, x, two)));
	if (is_call(t, "cos"))
		return random_below(w->r, 2) ? fn(w, "cos", neg(w, x))
			: sub(w, one, mul(w, two, fn(w, "square", fn(w, "sin", over(w, x, two)))));
	if (is_call(t, "sqrt"))
		return epow(w, x, num(w, 1, 2));
	if (is_call(t, "erf") || is_call(t, "atan") || is_call(t, "asin"))
		return neg(w, fn(w, t->kid[0]->name, neg(w, x)));
	if (is_call(t, "acos"))
		return sub(w, over(w, name(w, "pi"), two), fn(w, "asin", x));
	if (is_call(t, "exp") && x->kind == TREE_ADD && x->n == 2)
		return emul(w, fn(w, "exp", x->kid[0]), fn(w, "exp", x->kid[1]));
	if (is_call(t, "exp"))
		return eover(w, one, fn(w, "exp", neg(w, x)));
	return NULL;
}

static Tree *
number_rewritten(Rewriter *w, Tree *t)
{
	if (t->kind != TREE_NUM)
		return NULL;
	return random_below(w->r, 2) ? sub(w, add(w, t, num(w, 1, 1)), num(w, 1, 1))
		: over(w, mul(w, num(w, 2, 1), t), num(w, 2, 1));
}

static Tree *
identity_rewritten(Rewriter *w, Tree *t)
{
	Tree *d;
	int k;

	if (!is_call(t, "eye"))
		return NULL;
	k = shape_of(t).r;
	switch (random_below(w->r, 3)) {
	case 0: return fn(w, "diag", ones(w, k, 1));
	case 1: return fn(w, "inv", t);
	default:
		d = definite(w, k);
		return d ? mul(w, fn(w, "inv", d), d) : NULL;
	}
}

static Tree *
diagonal_rewritten(Rewriter *w, Tree *t)
{
	Tree *x = is_call(t, "diag") ? t->kid[1] : NULL;
	int k;

	if (!x)
		return NULL;
	k = shape_of(x).r;
	if (shape_of(x).c == 1)
		return emul(w, eye(w, k), mul(w, x, ones(w, 1, k)));
	return mul(w, emul(w, eye(w, k), x), ones(w, k, 1));
}

static Tree *
division_rewritten(Rewriter *w, Tree *t)
{
	if (t->kind == TREE_DIV && is_scalar(t->kid[1]))
		return random_below(w->r, 2) ? mul(w, over(w, num(w, 1, 1), t->kid[1]), t->kid[0])
			: eover(w, t->kid[0], t->kid[1]);
	return t->kind == TREE_EDIV ? emul(w, t->kid[0], eover(w, num(w, 1, 1), t->kid[1])) : NULL;
}

/* ---- rules: derivatives */

static Tree *
derivative_rewritten(Rewriter *w, Tree *t)
{
	Tree *f, *p;
	Shape s;

	if (!is_call(t, "grad") && !is_call(t, "jac") && !is_call(t, "dir"))
		return NULL;
	f = t->kid[1];
	if (f->kind == TREE_ADD && is_plain(f)) {
		p = with_kid(w, t, 1, f->kid[0]);
		for (int i = 1; i < f->n; i++)
			p = add(w, p, with_kid(w, t, 1, f->kid[i]));
		return p;
	}
	if (f->kind == TREE_NEG)
		return neg(w, with_kid(w, t, 1, f->kid[0]));
	if (f->kind == TREE_MUL && f->n == 2 && is_scalar(f->kid[0]) && is_scalar(f->kid[1]))
		return add(w, mul(w, f->kid[0], with_kid(w, t, 1, f->kid[1])),
			mul(w, f->kid[1], with_kid(w, t, 1, f->kid[0])));
	if (is_call(t, "grad") && strcmp(t->kid[2]->name, "S") != 0) {
		s = shape_of(t->kid[2]);
		return reshape(w, trans(w, fn2(w, "jac", f, t->kid[2])), s);
	}
	if (is_call(t, "jac") && is_scalar(f) && strcmp(t->kid[2]->name, "S") != 0)
		return trans(w, vec(w, fn2(w, "grad", f, t->kid[2])));
	return NULL;
}

/* ---- the table */

typedef Tree *Rule(Rewriter *w, Tree *t);

#define RULES(X) \
	X(twice_turned, 1) X(add_and_subtract, 1) X(in_halves, 1) X(times_identity, 1) X(times_ones, 1) \
	X(inverse_inserted, 1) X(orthogonal_inserted, 1) X(skew_form_added, 1) X(unstacked, 1) X(log_of_exp, 1) X(scaled, 1) X(from_blocks, 1) X(as_trace, 1) \
	X(sum_in_another_order, 4) X(regrouped, 4) X(ungrouped, 3) X(negated_twice, 1) X(products_as_blocks, 6) \
	X(distributed, 8) X(scalar_moved, 6) X(inner_product, 6) X(product_turned, 4) X(product_by_kron, 4) \
	X(diag_as_scaling, 6) X(elementwise_as_diag, 6) X(mixed_product, 8) X(transpose_pushed, 8) \
	X(symmetric_turned, 4) X(trace_rewritten, 8) X(sum_rewritten, 6) X(norm_rewritten, 8) X(softmax_rewritten, 8) \
	X(inverse_rewritten, 8) X(pushed_through, 12) X(determinant_rewritten, 8) X(function_by_definition, 8) \
	X(number_rewritten, 1) X(identity_rewritten, 4) X(diagonal_rewritten, 6) X(division_rewritten, 4) \
	X(derivative_rewritten, 12)

static const struct { const char *name; Rule *f; int weight; } rules[] = {
#define X(f, weight) {#f, f, weight},
	RULES(X)
#undef X
};
enum { NRULE = sizeof rules / sizeof *rules };

/* ---- places */

/* whether the i-th kid of t may be rewritten: names of functions, sizes and variables may not */
static bool
open_kid(const Tree *t, int i)
{
	if (t->kind != TREE_CALL)
		return !((t->kind == TREE_POW || t->kind == TREE_EPOW) && i == 1) && t->kind != TREE_INDEX;
	if (i == 0 || is_call(t, "eye") || is_call(t, "ones") || is_call(t, "zeros"))
		return false;
	return i == 1 || is_call(t, "kron") || is_call(t, "dot") || is_call(t, "max") ||
		   is_call(t, "min");
}

/* the number of places in t */
static int
places(const Tree *t)
{
	int k = t->kind != TREE_ROW;

	for (int i = 0; i < t->n; i++)
		if (open_kid(t, i))
			k += places(t->kid[i]);
	return k;
}

/* t with the k-th of its places replaced by what f makes of it; NULL when f makes nothing of it */
static Tree *
at_place(Rewriter *w, Tree *t, int *k, Rule *f)
{
	if (t->kind != TREE_ROW && (*k)-- == 0)
		return f(w, t);
	for (int i = 0; i < t->n; i++) {
		Tree *kid;
		int before = *k;

		if (!open_kid(t, i))
			continue;
		kid = at_place(w, t->kid[i], k, f);
		if (kid)
			return with_kid(w, t, i, kid);
		if (before >= 0 && *k < 0)
			return NULL;
	}
	return NULL;
}

static Tree *
anywhere(Rewriter *w, Tree *t, Rule *f)
{
	int k = random_below(w->r, places(t));

	return at_place(w, t, &k, f);
}

Tree *
rewrite(Rewriter *w, Tree *t, int steps)
{
	int total = 0;

	for (int i = 0; i < NRULE; i++)
		total += rules[i].weight;
	for (int tries = 0, done = 0; tries < 60 * steps && done < steps; tries++) {
		int pick = random_below(w->r, total), i = 0;
		Tree *x;

		while (pick >= rules[i].weight)
			pick -= rules[i++].weight;
		w->unwritable = false;
		x = anywhere(w, t, rules[i].f);
		if (!x || w->unwritable || nodes(x) > MAX_NODES || !tree_depth_ok(x) || !conforms(x))
			continue;
		t = x;
		done++;
		if (w->nrule < 64)
			w->rule[w->nrule++] = rules[i].name;
	}
	return t;
}

Tree *
rewrite_derivative(Rewriter *w, const char *fun, Tree *t, const char *by, const char *along)
{
	if (along)
		return tree_call(w->a, nowhere, fun, 3, t, name(w, by), name(w, along));
	return fn2(w, fun, t, name(w, by));
}

/* ---- edits */

/* another leaf of the same shape, turned if need be */
static Tree *
another_name(Rewriter *w, Tree *t)
{
	Shape s = shape_of(t);
	int start = random_below(w->r, grow_nleaf);

	if (t->kind != TREE_NAME || strcmp(t->name, "pi") == 0)
		return NULL;
	for (int i = 0; i < grow_nleaf; i++) {
		const char *other = grow_leaf[(start + i) % grow_nleaf].name;
		Shape k = leaf_shape(other);

		if (strcmp(other, t->name) == 0)
			continue;
		if (k.r == s.r && k.c == s.c)
			return name(w, other);
		if (k.r == s.c && k.c == s.r)
			return trans(w, name(w, other));
	}
	return NULL;
}

static Tree *
another_number(Rewriter *w, Tree *t)
{
	if (t->kind != TREE_NUM)
		return NULL;
	switch (random_below(w->r, 3)) {
	case 0: return add(w, t, num(w, 1, 1));
	case 1: return neg(w, t);
	default: return mul(w, t, num(w, 10001, 10000));
	}
}

static Tree *
transpose_dropped_or_added(Rewriter *w, Tree *t)
{
	if (!is_square(t) || is_scalar(t))
		return NULL;
	return t->kind == TREE_TRANS ? t->kid[0] : trans(w, t);
}

static Tree *
sign_changed(Rewriter *w, Tree *t)
{
	if (t->kind == TREE_NEG)
		return t->kid[0];
	return t->kind == TREE_ADD ? with_kid(w, t, 0, neg(w, t->kid[0])) : neg(w, t);
}

static Tree *
term_dropped(Rewriter *w, Tree *t)
{
	return t->kind == TREE_ADD && is_plain(t) ? part(w, t, 0, t->n - 1) : NULL;
}

static Tree *
factor_dropped(Rewriter *w, Tree *t)
{
	if (t->kind != TREE_MUL && t->kind != TREE_EMUL)
		return NULL;
	for (int i = 0; i < 2; i++) {
		Tree *p = i ? part(w, t, 1, t->n) : part(w, t, 0, t->n - 1);

		if (same_shape(p, t))
			return p;
	}
	return NULL;
}

static Tree *
factors_swapped(Rewriter *w, Tree *t)
{
	int i;

	if (t->kind != TREE_MUL)
		return NULL;
	i = random_below(w->r, t->n - 1);
	if (!same_shape(t->kid[i], t->kid[i + 1]) || !is_square(t->kid[i]))
		return NULL;
	return with_kid(w, with_kid(w, t, i, t->kid[i + 1]), i + 1, t->kid[i]);
}

static Tree *
other_product(Rewriter *w, Tree *t)
{
	if ((t->kind != TREE_MUL && t->kind != TREE_EMUL) || t->n != 2 || !is_square(t) ||
		is_scalar(t) || !is_plain(t))
		return NULL;
	return t->kind == TREE_MUL ? emul(w, t->kid[0], t->kid[1]) : mul(w, t->kid[0], t->kid[1]);
}

static Tree *
other_function(Rewriter *w, Tree *t)
{
	static const char *const common[] = {
		"sin", "cos", "tanh", "sigmoid", "exp", "relu", "abs", "square", "softplus"};

	if (is_call(t, "inv"))
		return random_below(w->r, 2) ? t->kid[1] : trans(w, t->kid[1]);
	if (is_call(t, "tr"))
		return fn(w, "sum", t->kid[1]);
	if (is_call(t, "sum") && is_square(t->kid[1]))
		return fn(w, "tr", t->kid[1]);
	if (is_call(t, "softmax"))
		return fn(w, "exp", t->kid[1]);
	if (is_call(t, "det") || is_call(t, "sqnorm"))
		return fn(w, "sqrt", t);
	return is_elementwise(t) ? fn(w, common[random_below(w->r, 9)], t->kid[1]) : NULL;
}

static Tree *
times_two(Rewriter *w, Tree *t)
{
	return mul(w, random_below(w->r, 2) ? num(w, 2, 1) : num(w, 1, 2), t);
}

static Tree *
kron_swapped(Rewriter *w, Tree *t)
{
	if (!is_call(t, "kron") || !is_square(t->kid[1]) || !is_square(t->kid[2]))
		return NULL;
	return fn2(w, "kron", t->kid[2], t->kid[1]);
}

static const struct { const char *name; Rule *f;
} edits[] = {
#define X(f) {#f, f}
	X(another_name),
	X(another_number),
	X(transpose_dropped_or_added),
	X(sign_changed),
	X(term_dropped),
	X(factor_dropped),
	X(factors_swapped),
	X(other_product),
	X(other_function),
	X(times_two),
	X(kron_swapped),
#undef X
};
enum { NEDIT = sizeof edits / sizeof *edits };

Tree *
rewrite_spoil(Rewriter *w, Tree *t)
{
	for (int tries = 0; tries < 200; tries++) {
		int i = random_below(w->r, NEDIT);
		Tree *x = anywhere(w, t, edits[i].f);

		if (!x || !same_shape(x, t) || tree_equal(x, t) || !conforms(x))
			continue;
		if (w->nrule < 64)
			w->rule[w->nrule++] = edits[i].name;
		return x;
	}
	return NULL;
}

/* ---- smaller trees */

/* the leaf of that shape, or a constant */
static Tree *
plainest(Rewriter *w, Shape s)
{
	for (int i = grow_nleaf - 1; i >= 0; i--) {
		Shape k = leaf_shape(grow_leaf[i].name);

		if (k.r == s.r && k.c == s.c)
			return name(w, grow_leaf[i].name);
	}
	return ones(w, s.r, s.c);
}

/* the k-th tree that may stand for t itself: its parts of the same shape, a term or factor less, a
   leaf */
static Tree *
instead(Rewriter *w, Tree *t, int *k)
{
	bool list = t->kind == TREE_ADD || t->kind == TREE_MUL || t->kind == TREE_EMUL;

	for (int i = 0; i < t->n; i++)
		if (open_kid(t, i) && t->kid[i]->kind != TREE_ROW && same_shape(t, t->kid[i]) &&
			(*k)-- == 0)
			return t->kid[i];
	for (int i = 0; list && t->n > 2 && i < t->n; i++) {
		Tree *p = tree(w->a, t->kind, nowhere, 1, t->kid[i == 0]);

		for (int j = 1 + (i == 0); j < t->n; j++)
			if (j != i)
				tree_push(w->a, p, t->kid[j]);
		if (same_shape(p, t) && (*k)-- == 0)
			return p;
	}
	if (nodes(t) > 1 && !is_call(t, "ones") && (*k)-- == 0)
		return plainest(w, shape_of(t));
	if (t->kind == TREE_NUM && !rat_is(t->num, 1) && (*k)-- == 0)
		return num(w, 1, 1);
	return NULL;
}

static Tree *
smaller(Rewriter *w, Tree *t, int *k)
{
	Tree *x = t->kind == TREE_ROW ? NULL : instead(w, t, k);

	for (int i = 0; !x && i < t->n; i++) {
		if (!open_kid(t, i))
			continue;
		x = smaller(w, t->kid[i], k);
		if (x)
			return with_kid(w, t, i, x);
	}
	return x;
}

Tree *
rewrite_smaller(Rewriter *w, Tree *t, int k)
{
	return smaller(w, t, &k);
}

bool
rewrite_conforms(const Tree *t)
{
	return conforms(t);
}
