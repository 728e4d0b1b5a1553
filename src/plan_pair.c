/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan_pair.c: one contraction becomes one step. Two operands' loops are of four sorts: batch (in
 * both, kept), rows (in the first), columns (in the second), inner (in both, summed). When each
 * sort is one stride it is a matrix product; when not, an operand is packed if it is used often
 * enough, or a plain loop does it. An inverse is a solve.
 */
#include <string.h>

#include "plan.h"

enum { SMALL = 512 }; /* multiplications below which a plain loop is as good as a call */

void
pair_force(Build *b, Lazy *z, Oper *o, Node *n)
{
	Oper r = {.kind = O_REF, .node = o->node};

	switch (o->kind) {
	case O_REF:
		return;
	case O_PAIR:
		*o = pair_contract(b, z, &o->pair->x, &o->pair->y, z->open, n);
		return;
	case O_INV:
		r.val = plan_inverse(b, o->node);
		r.n = 2;
		r.var = o->var;
		r.stride = NEWN(b->a, long, 2);
		r.stride[0] = z->size[o->var[0]];
		r.stride[1] = 1;
		break;
	case O_LAZY: {
		Low *l = plan_need(b, o->node);

		r.val = l->val;
		r.off = l->off;
		r.var = NEWN(b->a, int, o->n + 1);
		r.stride = NEWN(b->a, long, o->n + 1);
		for (int i = 0; i < o->n; i++)
			if (o->var[i] >= 0) {
				r.var[r.n] = o->var[i];
				r.stride[r.n++] = l->stride[i];
			}
	}
	}
	*o = r;
}

/* loops by falling stride: the order in which the operand lies in memory */
static void
sort_oper(Oper *o)
{
	for (int i = 1; i < o->n; i++)
		for (int j = i; j > 0 && o->stride[j] > o->stride[j - 1]; j--) {
			long s = o->stride[j];
			int v = o->var[j];

			o->stride[j] = o->stride[j - 1];
			o->var[j] = o->var[j - 1];
			o->stride[j - 1] = s;
			o->var[j - 1] = v;
		}
}

static Oper
sorted(Build *b, const Oper *o)
{
	Oper r = *o;

	r.var = NEWN(b->a, int, o->n + 1);
	r.stride = NEWN(b->a, long, o->n + 1);
	for (int i = 0; i < o->n; i++) {
		r.var[i] = o->var[i];
		r.stride[i] = o->stride[i];
	}
	sort_oper(&r);
	return r;
}

static int
oper_cmp(const Oper *x, const Oper *y)
{
	if (x->val != y->val)
		return x->val < y->val ? -1 : 1;
	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	for (int i = 0; i < x->n; i++)
		if (x->stride[i] != y->stride[i])
			return x->stride[i] < y->stride[i] ? -1 : 1;
	return 0;
}

static long
stride_of(const Oper *o, int var)
{
	for (int i = 0; i < o->n; i++)
		if (o->var[i] == var)
			return o->stride[i];
	return 0;
}

static bool
has_var(const Oper *o, int var)
{
	for (int i = 0; i < o->n; i++)
		if (o->var[i] == var)
			return true;
	return false;
}

/* A key that two products of the same operands share, whatever their loops are called; operands are
 * sorted and REFs. */
static int *
find_known(Build *b, const Lazy *z, long tag, int n, const Oper *o, const bool *keep)
{
	int len = 2, m = 0, *name = NEWN(b->a, int, z->nvar + 1);
	long *key;

	for (int i = 0; i < n; i++)
		len += 3 + 4 * o[i].n;
	key = NEWN(b->a, long, len);
	key[m++] = tag;
	key[m++] = n;
	for (int i = 0, names = 0; i < n; i++) {
		key[m++] = o[i].val;
		key[m++] = o[i].off;
		key[m++] = o[i].n;
		for (int j = 0; j < o[i].n; j++) {
			int v = o[i].var[j];

			if (!name[v])
				name[v] = ++names;
			key[m++] = name[v];
			key[m++] = o[i].stride[j];
			key[m++] = z->size[v];
			key[m++] = keep[v];
		}
	}
	return plan_cons(b, m, key);
}

static void
sort_pair(Build *b, const Oper *x, const Oper *y, Oper pair[2])
{
	pair[0] = sorted(b, x);
	pair[1] = sorted(b, y);
	if (oper_cmp(&pair[0], &pair[1]) > 0) {
		Oper t = pair[0];

		pair[0] = pair[1];
		pair[1] = t;
	}
}

/* the value of this contraction if some product has it already, or NULL; both are REFs */
int *
pair_known(Build *b, Lazy *z, const Oper *x, const Oper *y, const bool *keep)
{
	Oper pair[2];
	int *val;

	sort_pair(b, x, y, pair);
	val = find_known(b, z, OP_GEMM, 2, pair, keep);
	return *val < 0 ? NULL : val;
}

/* a dense operand over the given loops */
static Oper
dense_oper(Build *b, const Lazy *z, int n, const int *var, size_t *size)
{
	Oper o = {.kind = O_REF, .n = n, .val = -1};
	long *dim = NEWN(b->a, long, n + 1);

	o.var = NEWN(b->a, int, n + 1);
	for (int i = 0; i < n; i++) {
		o.var[i] = var[i];
		dim[i] = z->size[var[i]];
	}
	o.stride = plan_dense(b, n, dim, size);
	return o;
}

/* the product of REFs, entry by entry, in a new value laid out in the order of the given loops */
static Oper
multiply(Build *b, Lazy *z, int n, Oper *o, int nvar, const int *var, Node *node)
{
	int *loop = NEWN(b->a, int, z->nvar + 1);
	long *dim = NEWN(b->a, long, nvar + 1);
	size_t size;
	Oper r = dense_oper(b, z, nvar, var, &size);
	Ew e;

	for (int i = 0; i < nvar; i++) {
		loop[var[i]] = i;
		dim[i] = z->size[var[i]];
	}
	ew_begin(b, &e, nvar, dim);
	ew_opers(b, &e, z, n, o, loop);
	r.val = plan_val(b, size);
	r.node = node;
	ew_end(b, &e, r.val, 0, r.stride, false, node);
	return r;
}

Oper
pair_merge(Build *b, Lazy *z, int n, Oper *o, Node *node)
{
	int *var = NEWN(b->a, int, z->nvar + 1), nvar = 0, *val, big = 0;
	bool *keep = NEWN(b->a, bool, z->nvar + 1);
	size_t size;
	Oper r;

	if (n == 1)
		return o[0];
	for (int i = 0; i < n; i++) {
		pair_force(b, z, &o[i], node);
		o[i] = sorted(b, &o[i]);
	}
	for (int i = 1; i < n; i++)
		for (int j = i; j > 0 && oper_cmp(&o[j - 1], &o[j]) > 0; j--) {
			Oper t = o[j];

			o[j] = o[j - 1];
			o[j - 1] = t;
		}
	/* the layout follows from what find_known() looks at, in the order in which it does */
	for (int i = 1; i < n; i++)
		if (o[i].n > o[big].n)
			big = i;
	for (int i = -1; i < n; i++)
		for (int j = 0; j < o[i < 0 ? big : i].n; j++) {
			int v = o[i < 0 ? big : i].var[j];

			if (!keep[v]) {
				keep[v] = true;
				var[nvar++] = v;
			}
		}
	val = find_known(b, z, OP_EW, n, o, keep);
	if (*val >= 0) {
		r = dense_oper(b, z, nvar, var, &size);
		r.val = *val;
		r.node = node;
		return r;
	}
	r = multiply(b, z, n, o, nvar, var, node);
	*val = r.val;
	return r;
}

/* ---- plain loops */

typedef struct Loops {
	int nd;
	long *dim;
	int n;
	View *v;
} Loops;

static bool
loops_merge(const Loops *l, int i, int j)
{
	for (int k = 0; k < l->n; k++)
		if (l->v[k].stride[i] != l->v[k].stride[j] * l->dim[j])
			return false;
	return true;
}

static void
loops_move(Loops *l, int from, int to)
{
	for (int step = from < to ? 1 : -1; from != to; from += step) {
		long t = l->dim[from];

		l->dim[from] = l->dim[from + step];
		l->dim[from + step] = t;
		for (int k = 0; k < l->n; k++) {
			t = l->v[k].stride[from];
			l->v[k].stride[from] = l->v[k].stride[from + step];
			l->v[k].stride[from + step] = t;
		}
	}
}

/* The innermost loop is the one along which most data lie together; view 0 is the result. */
static void
loops_order(Loops *l)
{
	int big = 0, best = 0;
	double most = -1, top = -1;

	for (int k = 0; k < l->n; k++) {
		double size = 1;

		for (int i = 0; i < l->nd; i++)
			size *= l->v[k].stride[i] ? (double)l->dim[i] : 1;
		if (size > most) {
			most = size;
			big = k;
		}
	}
	for (int i = 1; i < l->nd; i++)
		for (int j = i; j > 0 && l->v[big].stride[j] > l->v[big].stride[j - 1]; j--)
			loops_move(l, j, j - 1);
	for (int i = l->nd - 1; i > 0; i--)
		if (loops_merge(l, i - 1, i)) {
			l->dim[i] *= l->dim[i - 1];
			loops_move(l, i - 1, l->nd - 1);
			l->nd--;
		}
	for (int i = 0; i < l->nd; i++) {
		double score = (double)(l->dim[i] < 8 ? l->dim[i] : 8) / 8;

		for (int k = 0; k < l->n; k++)
			if (l->v[k].stride[i] == 1 || l->v[k].stride[i] == 0)
				score *= k == big ? 8 : 2;
		if (score >= top) {
			top = score;
			best = i;
		}
	}
	if (l->nd)
		loops_move(l, best, l->nd - 1);
}

static void
emit_loop(Build *b, Lazy *z, int n, const Oper *o, const Oper *out, Node *node)
{
	Loops l = {.n = n + 1};
	int *var = NEWN(b->a, int, z->nvar + 1);
	bool *seen = NEWN(b->a, bool, z->nvar + 1);
	Step *s;

	l.dim = NEWN(b->a, long, z->nvar + 1);
	l.v = NEWN(b->a, View, n + 1);
	for (int i = 0; i < n; i++)
		for (int j = 0; j < o[i].n; j++)
			if (!seen[o[i].var[j]]) {
				seen[o[i].var[j]] = true;
				l.dim[l.nd] = z->size[o[i].var[j]];
				var[l.nd++] = o[i].var[j];
			}
	for (int k = 0; k <= n; k++) {
		const Oper *x = k ? &o[k - 1] : out;

		l.v[k] = (View){x->val, x->off, NEWN(b->a, long, l.nd + 1)};
		for (int i = 0; i < l.nd; i++)
			l.v[k].stride[i] = stride_of(x, var[i]);
	}
	loops_order(&l);
	s = plan_step(b, OP_LOOP, node, out->val);
	s->out = l.v[0];
	s->nin = n;
	s->in = l.v + 1;
	s->nd = l.nd;
	s->dim = l.dim;
}

/* any number of operands at once, summed over what is not kept: for small products and sums of one
 * operand */
Oper
pair_loop(Build *b, Lazy *z, int n, Oper *o, const bool *keep, Node *node)
{
	int *var = NEWN(b->a, int, z->nvar + 1), nvar = 0, *val;
	bool *seen = NEWN(b->a, bool, z->nvar + 1);
	Oper *x = NEWN(b->a, Oper, n), r;
	size_t size;

	for (int i = 0; i < n; i++) {
		pair_force(b, z, &o[i], node);
		x[i] = sorted(b, &o[i]);
		for (int j = i; j > 0 && oper_cmp(&x[j - 1], &x[j]) > 0; j--) {
			Oper t = x[j];

			x[j] = x[j - 1];
			x[j - 1] = t;
		}
	}
	for (int i = 0; i < n; i++)
		for (int j = 0; j < x[i].n; j++)
			if (keep[x[i].var[j]] && !seen[x[i].var[j]]) {
				seen[x[i].var[j]] = true;
				var[nvar++] = x[i].var[j];
			}
	r = dense_oper(b, z, nvar, var, &size);
	r.node = node;
	val = find_known(b, z, OP_LOOP, n, x, keep);
	if (*val < 0) {
		*val = r.val = plan_val(b, size);
		emit_loop(b, z, n, x, &r, node);
	}
	r.val = *val;
	return r;
}

/* ---- matrix products */

typedef struct Sorts {
	int n[4];
	int *var[4];
	double size[4];
} Sorts;
enum { BATCH, ROWS, COLS, INNER };

static Sorts
sort_loops(Build *b, const Lazy *z, const Oper *x, const Oper *y, const bool *keep)
{
	Sorts s = {.size = {1, 1, 1, 1}};

	for (int i = 0; i < 4; i++)
		s.var[i] = NEWN(b->a, int, z->nvar + 1);
	for (int k = 0; k < 2; k++) {
		const Oper *o = k ? y : x, *other = k ? x : y;

		for (int i = 0; i < o->n; i++) {
			bool both = has_var(other, o->var[i]);
			int sort = both ? (keep[o->var[i]] ? BATCH : INNER) : k ? COLS : ROWS;

			if (both && k)
				continue;
			s.var[sort][s.n[sort]++] = o->var[i];
			s.size[sort] *= (double)z->size[o->var[i]];
		}
	}
	return s;
}

/* do these loops, in this order, go through o with one stride? */
static bool
one_stride(const Lazy *z, const Oper *o, int n, const int *var, long *stride)
{
	*stride = n ? stride_of(o, var[n - 1]) : 1;
	for (int i = n - 1; i > 0; i--)
		if (stride_of(o, var[i - 1]) != stride_of(o, var[i]) * z->size[var[i]])
			return false;
	return n == 0 || *stride > 0;
}

/* can BLAS read r x c entries with these strides as a matrix? */
static bool
is_matrix(long r, long c, long sr, long sc)
{
	return r == 1 || c == 1 || (sc == 1 && sr >= c) || (sr == 1 && sc >= r);
}

static bool
fits(const Lazy *z, const Oper *o, const Sorts *s, int rows, int cols, long stride[2])
{
	return one_stride(z, o, s->n[rows], s->var[rows], &stride[0]) &&
		   one_stride(z, o, s->n[cols], s->var[cols], &stride[1]) &&
		   is_matrix((long)s->size[rows], (long)s->size[cols], stride[0], stride[1]);
}

static Oper
pack(Build *b, Lazy *z, Oper *o, const Sorts *s, int rows, Node *node)
{
	int *var = NEWN(b->a, int, z->nvar + 1), n = 0;
	const int order[3] = {BATCH, rows, INNER};
	Oper r;

	for (int k = 0; k < 3; k++)
		for (int i = 0; i < s->n[order[k]]; i++)
			if (has_var(o, s->var[order[k]][i]))
				var[n++] = s->var[order[k]][i];
	r = multiply(b, z, 1, o, n, var, node);
	return r;
}

static View
batch_view(Build *b, const Oper *o, const Sorts *s)
{
	View v = {o->val, o->off, NEWN(b->a, long, s->n[BATCH] + 1)};

	for (int i = 0; i < s->n[BATCH]; i++)
		v.stride[i] = stride_of(o, s->var[BATCH][i]);
	return v;
}

/* out = coef*x*y + beta*out as matrix products; false (and nothing done) when the strides do not
   allow that or a loop is as good */
static bool
emit_gemm(Build *b, Lazy *z, Oper x, Oper y, const Oper *out, const bool *keep, double coef,
	double beta, Node *node)
{
	Sorts s = sort_loops(b, z, &x, &y, keep);
	long sa[2], sb[2], sc[2], t;
	double work = s.size[ROWS] * s.size[COLS] * s.size[INNER];
	bool fx, fy;
	Step *st;

	if (s.size[ROWS] * s.size[COLS] < 2 || work < 64 || work * s.size[BATCH] <= SMALL)
		return false;
	if (!one_stride(z, out, s.n[ROWS], s.var[ROWS], &sc[0]) ||
		!one_stride(z, out, s.n[COLS], s.var[COLS], &sc[1]) ||
		!is_matrix((long)s.size[ROWS], (long)s.size[COLS], sc[0], sc[1]))
		return false;
	fx = fits(z, &x, &s, ROWS, INNER, sa);
	fy = fits(z, &y, &s, INNER, COLS, sb);
	if (!fx && !fy) { /* perhaps the second operand's order of the inner loops suits both */
		Sorts r = s;

		r.var[INNER] = NEWN(b->a, int, z->nvar + 1);
		r.n[INNER] = 0;
		for (int i = 0; i < y.n; i++)
			if (has_var(&x, y.var[i]) && !keep[y.var[i]])
				r.var[INNER][r.n[INNER]++] = y.var[i];
		if (fits(z, &y, &r, INNER, COLS, sb)) {
			fy = true;
			s = r;
			fx = fits(z, &x, &s, ROWS, INNER, sa);
		}
	}
	if ((!fx && s.size[COLS] < 8) || (!fy && s.size[ROWS] < 8))
		return false;
	if (!fx) {
		x = pack(b, z, &x, &s, ROWS, node);
		fits(z, &x, &s, ROWS, INNER, sa);
	}
	if (!fy) {
		y = pack(b, z, &y, &s, COLS, node);
		fits(z, &y, &s, INNER, COLS, sb);
	}
	st = plan_step(b, OP_GEMM, node, out->val);
	st->nin = 2;
	st->in = NEWN(b->a, View, 2);
	st->in[0] = batch_view(b, &x, &s);
	st->in[1] = batch_view(b, &y, &s);
	st->out = batch_view(b, out, &s);
	st->nd = s.n[BATCH];
	st->dim = NEWN(b->a, long, s.n[BATCH] + 1);
	for (int i = 0; i < st->nd; i++)
		st->dim[i] = z->size[s.var[BATCH][i]];
	st->m = (long)s.size[ROWS];
	st->n = (long)s.size[COLS];
	st->k = (long)s.size[INNER];
	st->coef = coef;
	st->beta = beta;
	st->syrk = beta == 0 && st->nd == 0 && st->m == st->n && st->m >= 32 && x.val == y.val &&
			   x.off == y.off && sa[0] == sb[1] && sa[1] == sb[0];
	if (st->m > 1 && st->n > 1 && sc[1] != 1) { /* the result by columns: compute the transpose */
		View v = st->in[0];

		st->in[0] = st->in[1];
		st->in[1] = v;
		t = st->m;
		st->m = st->n;
		st->n = t;
		st->sa[0] = sb[1];
		st->sa[1] = sb[0];
		st->sb[0] = sa[1];
		st->sb[1] = sa[0];
		st->sc[0] = sc[1];
		st->sc[1] = sc[0];
		return true;
	}
	for (int i = 0; i < 2; i++) {
		st->sa[i] = sa[i];
		st->sb[i] = sb[i];
		st->sc[i] = sc[i];
	}
	return true;
}

/* ---- solves */

/* inv times y as a solve; false when the loops are not those of a matrix product */
static bool
try_solve(Build *b, Lazy *z, const Oper *inv, Oper *y, const bool *keep, Node *node, Oper *out)
{
	int in, *var, n = 0, *val;
	bool trans;
	size_t size;
	Oper yy;
	Step *s;

	if (y->kind != O_INV)
		pair_force(b, z, y, node);
	if (has_var(y, inv->var[0]) == has_var(y, inv->var[1]))
		return false;
	trans = has_var(y, inv->var[0]); /* inv[j,i] y[j]: the transpose's inverse */
	in = inv->var[trans ? 0 : 1];
	if (keep[in])
		return false;
	for (int i = 0; i < y->n; i++)
		if (y->var[i] != in && !keep[y->var[i]])
			return false;
	pair_force(b, z, y, node);
	yy = sorted(b, y);
	var = NEWN(b->a, int, yy.n + 1);
	var[n++] = in;
	for (int i = 0; i < yy.n; i++)
		if (yy.var[i] != in)
			var[n++] = yy.var[i];
	val = find_known(b, z, 100 + 2 * (long)plan_factor(b, inv->node) + trans, 1, &yy, keep);
	if (*val < 0) {
		int f = plan_factor(b, inv->node);

		*out = dense_oper(b, z, n, var, &size);
		*val = plan_val(b, size);
		s = plan_step(b, OP_SOLVE, node, *val);
		s->factor = f;
		s->trans = trans;
		s->n = z->size[in];
		s->nin = 2;
		s->in = NEWN(b->a, View, 2);
		s->in[1].val = plan_factor_val(b, f);
		s->in[0] = (View){yy.val, yy.off, NEWN(b->a, long, n)};
		s->nd = n;
		s->dim = NEWN(b->a, long, n);
		for (int i = 0; i < n; i++) {
			s->dim[i] = z->size[var[i]];
			s->in[0].stride[i] = stride_of(&yy, var[i]);
		}
	}
	var[0] = inv->var[trans ? 1 : 0];
	*out = dense_oper(b, z, n, var, &size);
	out->val = *val;
	out->node = node;
	return true;
}

/* x times y, summed over the loops that are not kept; both may be changed to REFs */
Oper
pair_contract(Build *b, Lazy *z, Oper *x, Oper *y, const bool *keep, Node *node)
{
	int *var = NEWN(b->a, int, z->nvar + 1), n = 0, *val;
	Oper pair[2], out;
	size_t size;
	Sorts s;

	if (x->kind == O_INV && try_solve(b, z, x, y, keep, node, &out))
		return out;
	if (y->kind == O_INV && try_solve(b, z, y, x, keep, node, &out))
		return out;
	pair_force(b, z, x, node);
	pair_force(b, z, y, node);
	sort_pair(b, x, y, pair);
	s = sort_loops(b, z, &pair[0], &pair[1], keep);
	for (int k = BATCH; k <= COLS; k++)
		for (int i = 0; i < s.n[k]; i++)
			if (keep[s.var[k][i]])
				var[n++] = s.var[k][i];
	out = dense_oper(b, z, n, var, &size);
	out.node = node;
	val = find_known(b, z, OP_GEMM, 2, pair, keep);
	if (*val < 0) {
		bool private = false;

		*val = out.val = plan_val(b, size);
		for (int k = ROWS; k <= COLS; k++)
			for (int i = 0; i < s.n[k]; i++)
		private = private || !keep[s.var[k][i]];
		if (private || !emit_gemm(b, z, pair[0], pair[1], &out, keep, 1, 0, node))
			emit_loop(b, z, 2, pair, &out, node);
	}
	out.val = *val;
	return out;
}

/* The product (of one pending pair and scalars) = or += into a value, by axis strides; false when
   it has to be made apart: some other product has it already, it is a solve, or the strides are no
   matrix's. */
bool
pair_into(Build *b, Lazy *z, int val, const long *stride, double coef, double beta, Node *n)
{
	Oper *p = NULL, pair[2], out = {.kind = O_REF, .val = val};
	View *scal = NEWN(b->a, View, z->nop);
	int nscal = 0;
	Step *s;

	for (int i = 0; i < z->nop; i++)
		if (z->op[i].kind == O_PAIR)
			p = &z->op[i];
	if (!p || p->pair->x.kind == O_INV || p->pair->y.kind == O_INV)
		return false;
	pair_force(b, z, &p->pair->x, n);
	pair_force(b, z, &p->pair->y, n);
	sort_pair(b, &p->pair->x, &p->pair->y, pair);
	if (pair_known(b, z, &p->pair->x, &p->pair->y, z->open))
		return false;
	for (int i = 0; i < z->nop; i++)
		if (&z->op[i] != p) {
			pair_force(b, z, &z->op[i], n);
			scal[nscal++] = (View){z->op[i].val, z->op[i].off, NULL};
		}
	out.var = NEWN(b->a, int, z->nvar + 1);
	out.stride = NEWN(b->a, long, z->nvar + 1);
	for (int i = 0; i < z->nax; i++)
		if (z->ax[i].n) {
			if (!has_var(&pair[0], z->ax[i].var[0]) && !has_var(&pair[1], z->ax[i].var[0]))
				return false;
			out.var[out.n] = z->ax[i].var[0];
			out.stride[out.n++] = stride[i];
		}
	if (!emit_gemm(b, z, pair[0], pair[1], &out, z->open, coef * z->coef, beta, n))
		return false;
	s = &b->p->step[b->p->nstep - 1];
	s->scal = scal;
	s->nscal = nscal;
	return true;
}
