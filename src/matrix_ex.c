/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * matrix_ex.c: the operators of matrix expressions on their way from the graph to a tree. The
 * constructors choose the better of equal forms: fewer transposes, then what appeared first in the
 * user's text. Between matrix_net.c, which reduces networks by these operations, and
 * matrix_factors.c, which writes the result.
 */
#include "matrix.h"

static Ex *
make(Form *f, ExKind kind, Dim *row, Dim *col, int n)
{
	Ex *x = NEW(f->a, Ex);

	x->kind = kind;
	x->row = row;
	x->col = col;
	x->n = n;
	if (n > 0)
		x->kid = NEWN(f->a, Ex *, n);
	x->coef = RAT1;
	x->key = ~0U;
	return x;
}

/* a column that is written as the transpose of a row: of a name that stands for one, or what is
   made of it */
static bool
is_turned(const Ex *x)
{
	return x->kind == EX_TRANS && !x->kid[0]->row && x->kid[0]->col;
}

#define COST_MOST 10000 /* nobody reads as many transposes */

/* kids are in place: what follows from them */
static Ex *
sum_up(Ex *x)
{
	for (int i = 0; i < x->n; i++) {
		/* shared parts count each time, so that it doubles with every layer of some networks */
		x->cost = x->cost + x->kid[i]->cost < COST_MOST ? x->cost + x->kid[i]->cost : COST_MOST;
		x->has_row |= x->kid[i]->has_row;
		x->capital |= x->kid[i]->capital;
		if (x->kid[i]->key < x->key)
			x->key = x->kid[i]->key;
	}
	x->has_row |= is_turned(x);
	return x;
}

static Ex *
make1(Form *f, ExKind kind, Dim *row, Dim *col, Ex *kid)
{
	Ex *x = make(f, kind, row, col, 1);

	x->kid[0] = kid;
	x->rank = kid->rank;
	return sum_up(x);
}

Ex *
ex_leaf(Form *f, Tree *t, Dim *row, Dim *col, unsigned key, int rank)
{
	Ex *x = make(f, EX_LEAF, row, col, 0);

	x->tree = t;
	x->key = key;
	x->rank = rank;
	return x;
}

Ex *
ex_ones(Form *f, Dim *row, Dim *col)
{
	if (!row && !col)
		return ex_leaf(f, form_num(f, RAT1), NULL, NULL, ~0U, 0);
	return make(f, EX_ONES, row, col, 0);
}

Ex *
ex_eye(Form *f, Dim *d)
{
	return make(f, EX_EYE, d, d, 0);
}

/* ---- equality */

bool
ex_equal(const Ex *x, const Ex *y)
{
	if (x == y)
		return true;
	if (x->kind != y->kind || x->row != y->row || x->col != y->col || x->n != y->n ||
		x->nden != y->nden || x->narg != y->narg || x->fn != y->fn ||
		!rat_eq(x->coef, y->coef) || !x->body != !y->body)
		return false;
	if (x->kind == EX_LEAF)
		return x->node && y->node ? x->node == y->node
		                          : x->node == y->node && tree_equal(x->tree, y->tree);
	for (int i = 0; i < x->n; i++)
		if (!ex_equal(x->kid[i], y->kid[i]))
			return false;
	for (int i = 0; x->coefs && i < x->n; i++)
		if (!rat_eq(x->coefs[i], y->coefs[i]))
			return false;
	for (int i = 0; i < x->narg; i++)
		if (!tree_equal(x->arg[i], y->arg[i]))
			return false;
	return !x->body || ex_equal(x->body, y->body);
}

bool
ex_plain(const Ex *x)
{
	switch (x->kind) {
	case EX_TRANS:
		return ex_plain(x->kid[0]);
	case EX_LEAF:
		return !x->node || x->node->kind != N_MAP;
	case EX_EMUL:
	case EX_POW:
	case EX_ONES:
		return false;
	case EX_TERM:
		return !x->body || ex_plain(x->body);
	case EX_SUM:
		for (int i = 0; i < x->n; i++)
			if (!ex_plain(x->kid[i]))
				return false;
		return true;
	default:
		return true;
	}
}

/* ---- transposes */

static Ex *
flipped(Form *f, Ex *x)
{
	Ex *t = make1(f, EX_TRANS, x->col, x->row, x);

	t->cost++;
	return t;
}

/* x of matrices with every kid transposed */
static Ex *
all_trans(Form *f, Ex *x)
{
	Ex *p = make(f, x->kind, x->col, x->row, x->n);
	for (int i = 0; i < x->n; i++)
		p->kid[i] = ex_trans(f, x->kid[i]);
	p->nden = x->nden;
	p->coef = x->coef;
	p->coefs = x->coefs;
	p->rank = x->rank;
	return sum_up(p);
}

/* that, or x', whichever has fewer transposes; a column is (A*x + b)' but with the name of a row
   x'*A + b */
static Ex *
push_trans(Form *f, Ex *x)
{
	Ex *p;

	if ((!x->row || !x->col) && !x->has_row)
		return flipped(f, x);
	p = all_trans(f, x);
	return p->cost < x->cost + (x->kind == EX_SUM && ex_plain(x) ? 2 : 1) ? p : flipped(f, x);
}

/* the literal t as the transpose of one that was there before: at the price of a transpose */
static Ex *
flipped_literal(Form *f, const Ex *t)
{
	Ex *x = NEW(f->a, Ex);

	*x = *t;
	x->cost++;
	return x;
}

Ex *
ex_trans(Form *f, Ex *x)
{
	Ex **k, *t;

	if (ex_is_scalar(x))
		return x;
	switch (x->kind) {
	case EX_ONES:
		return ex_ones(f, x->col, x->row);
	case EX_EYE:
		return x;
	case EX_TRANS:
		return x->kid[0];
	case EX_LEAF:
		if (!x->node || !x->row || !x->col)
			return flipped(f, x);
		if (node_symmetric(f->g, x->node))
			return x;
		/* the transpose may itself be found by turning x, when it is no literal of blocks */
		if (x->tree->kind != TREE_MATRIX || x->turning)
			return flipped(f, x);
		x->turning = true;
		t = form_node(f, node_transpose(f->g, x->node));
		x->turning = false;
		if (t->cost > x->cost)
			return flipped(f, x);
		return t->node && t->node->id > x->node->id ? flipped_literal(f, t) : t;
	case EX_MUL:
		k = NEWN(f->a, Ex *, x->n);
		for (int i = 0; i < x->n; i++)
			k[i] = ex_trans(f, x->kid[x->n - 1 - i]);
		return ex_mul(f, x->n, k);
	case EX_EMUL:
	case EX_POW:
	case EX_SUM:
		return push_trans(f, x);
	case EX_TERM:
		return ex_term(f, x->coef, x->n - x->nden, x->kid, x->nden, x->kid + x->n - x->nden,
		               ex_trans(f, x->body));
	case EX_CALL:
		if (x->fn == sym("kron"))
			return ex_kron(f, ex_trans(f, x->kid[0]), ex_trans(f, x->kid[1]));
		if (x->fn == sym("diag") && x->row && x->col)
			return x;
		if (x->fn == sym("J"))
			return ex_call(f, "J", x->col, x->row, 1, 0, NULL, 4,
			               (Tree *[]){x->arg[1], x->arg[0], x->arg[3], x->arg[2]});
		return flipped(f, x);
	default:
		return flipped(f, x);
	}
}

/* x' of a column, as the right factor of an outer product: y'*A for A'*y, but (A*y)' rather than
   y'*A' */
Ex *
ex_row(Form *f, Ex *x)
{
	Ex *t = ex_trans(f, x);

	return x->kind == EX_MUL && x->cost + 1 < t->cost ? flipped(f, x) : t;
}

/* x or its transpose, for where both are equally right */
Ex *
ex_cheaper(Form *f, Ex *x)
{
	Ex *t;

	if (x->cost == 0)
		return x;
	t = ex_trans(f, x);
	return t->cost < x->cost ? t : x;
}

/* ---- matrix products */

Ex *
ex_chain(Form *f, int n, Ex *const *k)
{
	Ex *x;

	if (n == 1)
		return k[0];
	x = make(f, EX_MUL, k[0]->row, k[n - 1]->col, n);
	for (int i = 0; i < n; i++)
		x->kid[i] = k[i];
	x->rank = 3;
	return sum_up(x);
}

/* x'*A*y: the orientation with fewer transposes, then with the earlier name first */
static Ex *
scalar_chain(Form *f, int n, Ex **k)
{
	Ex **r;
	int cost = 0, rcost = 0;

	if (n == 1)
		return k[0];
	if (k[0]->kind == EX_ONES)
		return n == 2 ? ex_all(f, k[1]) : ex_all(f, ex_chain(f, n - 1, k + 1));
	if (k[n - 1]->kind == EX_ONES)
		return ex_all(f, ex_trans(f, ex_chain(f, n - 1, k)));
	r = NEWN(f->a, Ex *, n);
	for (int i = 0; i < n; i++) {
		r[i] = ex_trans(f, k[n - 1 - i]);
		cost += k[i]->cost;
		rcost += r[i]->cost;
	}
	if (rcost < cost || (rcost == cost && r[0]->key < k[0]->key))
		k = r;
	return ex_chain(f, n, k);
}

static bool
is_unit(const Ex *x)
{
	return x->kind == EX_LEAF && x->node && x->node->kind == N_UNIT;
}

/* ones(m,1)*ones(1,n) and e(i,m)*e(j,n)' have names of their own */
static Ex *
constant_outer(Form *f, Ex *u, Ex *v)
{
	if (u->kind == EX_ONES && v->kind == EX_ONES)
		return ex_ones(f, u->row, v->col);
	if (!is_unit(u) || v->kind != EX_TRANS || !is_unit(v->kid[0]))
		return NULL;
	return ex_call(f, "J", u->row, v->col, 1, 0, NULL, 4,
	               (Tree *[]){form_dim(f, u->node->dim), form_dim(f, v->kid[0]->node->dim),
	                          form_dim(f, u->row), form_dim(f, v->col)});
}

/* x = (A*b*e(j,n))' behind e(i,m): e(j,n)'*b'*A', so that the two unit vectors meet; the number of
   factors, 0 when x is nothing of the kind */
static int
turn_unit(Form *f, const Ex *x, Ex ***out)
{
	const Ex *m = x->kind == EX_TRANS ? x->kid[0] : x;

	if (m->kind != EX_MUL || !is_unit(m->kid[m->n - 1]))
		return 0;
	*out = NEWN(f->a, Ex *, m->n);
	for (int i = 0; i < m->n; i++)
		(*out)[i] = ex_trans(f, m->kid[m->n - 1 - i]);
	return m->n;
}

/* kids of products in a row; identities go, ones(m,1)*ones(1,n) become one */
static int
flatten_mul(Form *f, int n, Ex *const *x, Ex ***out)
{
	int m = 0, cap = 0;
	Ex **k = NULL, **turned, *o;

	for (int i = 0; i < n; i++) {
		int nk;
		Ex *const *part = &x[i];

		if (!x[i] || x[i]->kind == EX_EYE)
			continue;
		if (x[i]->kind == EX_MUL) {
			nk = x[i]->n;
			part = x[i]->kid;
		} else if (m > 0 && is_unit(k[m - 1]) && ex_is_row(x[i]) &&
			(nk = turn_unit(f, x[i], &turned)) > 0) {
			part = turned;
		} else {
			nk = 1;
		}
		for (int j = 0; j < nk; j++) {
			if (m > 0 && ex_is_col(k[m - 1]) && ex_is_row(part[j]) &&
				(o = constant_outer(f, k[m - 1], part[j])))
				k[m - 1] = o;
			else
				PUSH(f->a, k, m, cap, part[j]);
		}
	}
	*out = k;
	return m;
}

Ex *
ex_mul(Form *f, int n, Ex *const *x)
{
	Ex **k, *eye = NULL, *body;
	int m;

	for (int i = 0; i < n; i++)
		if (x[i] && x[i]->kind == EX_TERM) {    /* scalars to the front */
			Ex **y = NEWN(f->a, Ex *, n), *t = x[i];

			for (int j = 0; j < n; j++)
				y[j] = j == i ? t->body : x[j];
			body = ex_mul(f, n, y);
			return ex_term(f, t->coef, t->n - t->nden, t->kid, t->nden,
				t->kid + t->n - t->nden, body);
		}
	for (int i = 0; i < n; i++)
		if (x[i] && x[i]->kind == EX_EYE)
			eye = x[i];
	m = flatten_mul(f, n, x, &k);
	if (m == 0)
		return eye;
	return !k[0]->row && !k[m - 1]->col ? scalar_chain(f, m, k) : ex_chain(f, m, k);
}

Ex *
ex_mul2(Form *f, Ex *x, Ex *y)
{
	return ex_mul(f, 2, (Ex *[]){x, y});
}

/* ---- elementwise products */

static void
add_sorted(Form *f, Ex ***v, int *n, int *cap, Ex *x)
{
	int i;

	for (i = 0; i < *n; i++) {              /* equal ones become a power */
		Ex *y = (*v)[i], *xb = x->kind == EX_POW ? x->kid[0] : x,
		   *yb = y->kind == EX_POW ? y->kid[0] : y;

		if (ex_equal(xb, yb)) {
			(*v)[i] = ex_pow(f, xb, rat_add(f->a, x->kind == EX_POW ? x->coef : RAT1,
			                                y->kind == EX_POW ? y->coef : RAT1));
			return;
		}
	}
	PUSH(f->a, *v, *n, *cap, x);
	for (i = *n - 1; i > 0; i--) {
		Ex *y = (*v)[i - 1];

		if (y->rank < x->rank || (y->rank == x->rank && y->key <= x->key))
			break;
		(*v)[i] = y;
	}
	(*v)[i] = x;
}

/* x[0] .* x[1] ..; NULLs are left out */
static Ex *
ex_emul(Form *f, int n, Ex *const *x)
{
	Ex **num = NULL, **den = NULL, *ones = NULL, *r;
	int nnum = 0, nden = 0, cnum = 0, cden = 0;

	for (int i = 0; i < n; i++) {
		if (!x[i])
			continue;
		if (x[i]->kind == EX_ONES) {
			ones = x[i];
		} else if (x[i]->kind == EX_EMUL) {
			int m = x[i]->n - x[i]->nden;

			for (int j = 0; j < x[i]->n; j++) {
				if (j < m)
					add_sorted(f, &num, &nnum, &cnum, x[i]->kid[j]);
				else
					add_sorted(f, &den, &nden, &cden, x[i]->kid[j]);
			}
		} else {
			add_sorted(f, &num, &nnum, &cnum, x[i]);
		}
	}
	if (nnum + nden == 0)
		return ones;
	if (nden == 0 && nnum == 1)
		return num[0];
	r = nnum ? num[0] : den[0];
	r = make(f, EX_EMUL, r->row, r->col, nnum + nden);
	for (int i = 0; i < nnum + nden; i++)
		r->kid[i] = i < nnum ? num[i] : den[i - nnum];
	r->nden = nden;
	r->rank = 3;
	sum_up(r);
	if (r->cost > 1 && ((r->row && r->col) || r->has_row)) {  /* A'.*B' is (A.*B)' */
		Ex *t = all_trans(f, r);

		if (t->cost < r->cost)
			return flipped(f, t);
	}
	return r;
}

Ex *
ex_emul2(Form *f, Ex *x, Ex *y)
{
	return ex_emul(f, 2, (Ex *[]){x, y});
}

Ex *
ex_pow(Form *f, Ex *x, Rat e)
{
	Ex *p;

	if (rat_is(e, 1))
		return x;
	if (rat_sign(e) < 0) {
		Ex *b = ex_pow(f, x, rat_neg(f->a, e));

		if (ex_is_scalar(x))
			return ex_term(f, RAT1, 0, NULL, 1, &b, NULL);
		p = make1(f, EX_EMUL, x->row, x->col, b);
		p->nden = 1;
		p->rank = 3;
		return p;
	}
	if (is_turned(x))
		return flipped(f, ex_pow(f, x->kid[0], e));
	p = make1(f, EX_POW, x->row, x->col, x);
	p->coef = e;
	p->rank = x->rank == 0 ? 0 : 1;
	return p;
}

/* ---- scalars times a body */

typedef struct Parts { Rat coef; Ex **num, **den; int nnum, nden, cnum, cden; } Parts;

static void
add_scalar(Form *f, Parts *p, Ex *x, bool divides)
{
	if (x->kind == EX_TERM) {
		int m = x->n - x->nden;

		p->coef = rat_mul(f->a, p->coef, divides ? rat_inv(f->a, x->coef) : x->coef);
		for (int i = 0; i < x->n; i++)
			add_scalar(f, p, x->kid[i], divides != (i >= m));
		if (x->body)
			add_scalar(f, p, x->body, divides);
		return;
	}
	if (x->kind == EX_LEAF && x->tree->kind == TREE_NUM) {
		p->coef = rat_mul(
			f->a, p->coef, divides ? rat_inv(f->a, x->tree->num) : x->tree->num);
		return;
	}
	if (divides)
		add_sorted(f, &p->den, &p->nden, &p->cden, x);
	else
		add_sorted(f, &p->num, &p->nnum, &p->cnum, x);
}

Ex *
ex_term(Form *f, Rat coef, int nnum, Ex *const *num, int nden, Ex *const *den, Ex *body)
{
	Parts p = {.coef = coef};
	Ex *x;

	for (int i = 0; i < nnum; i++)
		add_scalar(f, &p, num[i], false);
	for (int i = 0; i < nden; i++)
		add_scalar(f, &p, den[i], true);
	if (body && body->kind == EX_TERM) {
		int m = body->n - body->nden;

		p.coef = rat_mul(f->a, p.coef, body->coef);
		for (int i = 0; i < body->n; i++)
			add_scalar(f, &p, body->kid[i], i >= m);
		body = body->body;
	}
	if (rat_is(p.coef, 1) && p.nden == 0) {
		if (p.nnum == 0 && body)
			return body;
		if (p.nnum == 1 && !body)
			return p.num[0];
	}
	if (!body && p.nnum + p.nden == 0)
		return ex_leaf(f, tree_num(f->a, (Loc){0}, p.coef), NULL, NULL, ~0U, 0);
	x = make(f, EX_TERM, body ? body->row : NULL, body ? body->col : NULL, p.nnum + p.nden);
	for (int i = 0; i < x->n; i++)
		x->kid[i] = i < p.nnum ? p.num[i] : p.den[i - p.nnum];
	x->nden = p.nden;
	x->coef = p.coef;
	x->body = body;
	x->rank = 3;
	sum_up(x);
	if (body) {
		x->cost += body->cost;
		x->has_row |= body->has_row;
		if (body->key < x->key)
			x->key = body->key;
	}
	return x;
}

Ex *
ex_sum(Form *f, Dim *row, Dim *col, int n, const Rat *coef, Ex *const *x)
{
	Ex *s = make(f, EX_SUM, row, col, n), *t;

	s->coefs = NEWN(f->a, Rat, n + 1);
	s->n = 0;
	for (int i = 0; i < n; i++) {
		int j = n <= 64 ? 0 : s->n;

		while (j < s->n && !(x[i]->key == s->kid[j]->key && ex_equal(x[i], s->kid[j])))
			j++;
		s->kid[j] = x[i];
		s->coefs[j] = j < s->n ? rat_add(f->a, s->coefs[j], coef[i]) : coef[i];
		s->n += j == s->n;
	}
	/* what the graph keeps apart, a definition and its name, may cancel when both have the name */
	for (int i = n = 0; i < s->n; i++)
		if (rat_sign(s->coefs[i]) != 0) {
			s->kid[n] = s->kid[i];
			s->coefs[n++] = s->coefs[i];
		}
	s->n = n;
	s->rank = 2;
	sum_up(s);
	if (s->n == 1)
		return ex_term(f, s->coefs[0], !row && !col, s->kid, 0, NULL,
			row || col ? s->kid[0] : NULL);
	if (row && col && s->cost > 1 && (t = push_trans(f, s))->cost + 1 < s->cost)
		return flipped(f, t);
	if (row && !col && s->has_row && (t = push_trans(f, s))->cost + 1 <= s->cost)
		return flipped(f, t);   /* (x'*A + b)' says that b is a row where A'*x + b' may not */
	return s;
}

Ex *
ex_call(Form *f, const char *fn, Dim *row, Dim *col, int rank, int n, Ex *const *x, int narg,
	Tree *const *arg)
{
	Ex *c = make(f, EX_CALL, row, col, n);

	for (int i = 0; i < n; i++)
		c->kid[i] = x[i];
	c->fn = sym(fn);
	c->narg = narg;
	c->arg = NEWN(f->a, Tree *, narg + 1);
	for (int i = 0; i < narg; i++)
		c->arg[i] = arg[i];
	c->rank = rank;
	return sum_up(c);
}

/* the squares of a variable are x'*x, of anything else sqnorm(...) */
bool
ex_is_dot(const Ex *x)
{
	const Ex *k = x->kid[0];

	return x->kind == EX_SQ && k->kind == EX_LEAF && k->node && k->node->kind == N_VAR &&
	       !k->col;
}

/* the sum of the squares of x's entries */
Ex *
ex_square(Form *f, Ex *x)
{
	Ex *s = make1(f, EX_SQ, NULL, NULL, ex_cheaper(f, x));

	s->rank = ex_is_dot(s) ? 3 : 1;
	return s;
}
