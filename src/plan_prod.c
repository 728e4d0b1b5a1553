/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan_prod.c: a labelled product becomes loops over strided operands. Labels that constants tie
 * together are one loop:
 *
 *   UNIT  fixes a label:                 an offset
 *   INJ   label t = label j + offset:    one loop over the range that both allow
 *   FUSE  label f = (l1, l2, ...):       f is replaced by its parts everywhere, f's stride by
 * theirs equal labels in one factor:          a diagonal, the sum of their strides a label of no
 * factor, not kept:      a number
 *
 * so that none of these constants is ever stored. Only a fused label that is cut (a slice of
 * vec(X)) or fused in two incompatible ways needs its operands copied into fused order first.
 */
#include "plan.h"

typedef struct Raw { /* a factor before loops are known */
	Node *node;      /* or NULL: a value */
	int val;
	long off;
	long *stride;
	int n, *lab;
	bool gone;
} Raw;

typedef struct Label {
	long size;
	int up;
	long c;
} Label; /* value = value of up + c */

typedef struct Expr {
	int n;
	int *var;
	long *mult;
	long off;
} Expr;

typedef struct Pb {
	Build *b;
	Node *node;
	double coef;
	bool zero;
	int nraw, capraw;
	Raw *raw;
	int nlab, caplab;
	Label *lab;
	/* while solving */
	int *subst;    /* by root label: 1 + the FUSE that replaces it */
	long *lo, *hi; /* by root label: its range */
	int nfix, capfix;
	struct Fix {
		int lab;
		long at;
	} * fix;
} Pb;

static int
new_label(Pb *p, long size)
{
	Label l = {size, p->nlab, 0};

	PUSH(p->b->a, p->lab, p->nlab, p->caplab, l);
	return p->nlab - 1;
}

/* the root of x; *c: value of x minus value of the root */
static int
find(const Pb *p, int x, long *c)
{
	*c = 0;
	while (p->lab[x].up != x) {
		*c += p->lab[x].c;
		x = p->lab[x].up;
	}
	return x;
}

/* value of y = value of x + off */
static void
tie(Pb *p, int x, int y, long off)
{
	long cx, cy;
	int rx = find(p, x, &cx), ry = find(p, y, &cy);

	if (rx == ry) {
		if (cx + off != cy)
			p->zero = true;
		return;
	}
	p->lab[ry].up = rx;
	p->lab[ry].c = cx + off - cy;
}

/* ---- collecting the factors */

/* A nested product (under a name) is opened when nobody else wants its value, or when its value
 * would only be larger. */
static bool
openable(Build *b, Node *n)
{
	Low *l = plan_low(b, n);

	n = l->node;
	if (n->kind != N_PROD || l->done)
		return false;
	if (l->uses <= 1 || n->n <= 1)
		return true;
	for (int i = 0; i < n->n; i++)
		if (n->kid[i]->nax >= n->nax)
			return false;
	for (int i = 0, m = 0; i < n->n; i++)
		for (int j = 0; j < n->kid[i]->nax; j++, m++) {
			bool open = false;

			for (int k = 0; k < n->nax; k++)
				open = open || n->out[k] == n->lab[m];
			if (!open)
				return false;
		}
	return true;
}

static void
collect(Pb *p, Node *n, const int *ax)
{
	Build *b = p->b;
	Raw r = {.node = n, .n = n->nax, .lab = NEWN(b->a, int, n->nax + 1)};

	if (n->kind == N_PROD) {
		int *map = NEWN(b->a, int, n->nlab + 1), m = 0;

		for (int i = 0; i < n->nax; i++)
			if (map[n->out[i]])
				tie(p, map[n->out[i]] - 1, ax[i], 0);
			else
				map[n->out[i]] = ax[i] + 1;
		for (int i = 0; i < n->nlab; i++)
			if (!map[i])
				map[i] = new_label(p, plan_size(b, n->labdim[i], n)) + 1;
		p->coef *= rat_double(n->coef[0]);
		for (int i = 0; i < n->n; i++) {
			Node *k = plan_strip(n->kid[i]);
			int *lab = NEWN(b->a, int, k->nax + 1);

			for (int j = 0; j < k->nax; j++)
				lab[j] = map[n->lab[m++]] - 1;
			if (openable(b, k)) {
				collect(p, k, lab);
			} else if (node_is_zero(k)) {
				p->zero = true;
			} else {
				r = (Raw){.node = k, .n = k->nax, .lab = lab};
				PUSH(b->a, p->raw, p->nraw, p->capraw, r);
			}
		}
		return;
	}
	for (int j = 0; j < n->nax; j++)
		r.lab[j] = ax[j];
	PUSH(b->a, p->raw, p->nraw, p->capraw, r);
}

/* ---- labels to loops */

static bool
ranges(Pb *p)
{
	long c;

	for (int i = 0; i < p->nlab; i++) {
		p->lo[i] = -(1L << 60);
		p->hi[i] = 1L << 60;
		p->subst[i] = 0;
	}
	for (int i = 0; i < p->nlab; i++) {
		int r = find(p, i, &c);

		if (p->lo[r] < -c)
			p->lo[r] = -c;
		if (p->hi[r] > p->lab[i].size - c)
			p->hi[r] = p->lab[i].size - c;
	}
	for (int i = 0; i < p->nfix; i++) {
		int r = find(p, p->fix[i].lab, &c);

		if (p->lo[r] < p->fix[i].at - c)
			p->lo[r] = p->fix[i].at - c;
		if (p->hi[r] > p->fix[i].at - c + 1)
			p->hi[r] = p->fix[i].at - c + 1;
	}
	for (int i = 0; i < p->nlab; i++)
		if (p->lab[i].up == i && p->lo[i] >= p->hi[i])
			return false;
	return true;
}

static void
fix(Pb *p, int lab, long at)
{
	struct Fix f = {lab, at};

	PUSH(p->b->a, p->fix, p->nfix, p->capfix, f);
}

/* is label x fixed by the ranges? *at: its value */
static bool
fixed(const Pb *p, int x, long *at)
{
	long c;
	int r = find(p, x, &c);

	*at = p->lo[r] + c;
	return p->hi[r] - p->lo[r] == 1;
}

static bool
same_parts(Pb *p, const Raw *x, const Raw *y)
{
	if (x->n != y->n)
		return false;
	for (int i = 0; i + 1 < x->n; i++)
		if (p->lab[x->lab[i]].size != p->lab[y->lab[i]].size)
			return false;
	return true;
}

typedef enum { FUSE_OK, FUSE_AGAIN, FUSE_CLASH } FuseResult;

/* One FUSE: f replaced by its parts, or reduced to something simpler (AGAIN), or impossible
 * (CLASH). */
static FuseResult
fuse_one(Pb *p, int which)
{
	Raw *r = &p->raw[which];
	int k = r->n - 1, f = r->lab[k], parts = 0, last = -1, root;
	bool all = true;
	long c, at, sum = 0, c2;

	for (int i = 0; i < k; i++) {
		if (p->lab[r->lab[i]].size > 1) {
			parts++;
			last = r->lab[i];
		}
		all = fixed(p, r->lab[i], &at) && all;
		sum = sum * p->lab[r->lab[i]].size + at;
	}
	root = find(p, f, &c);
	if (parts <= 1) {
		if (last >= 0)
			tie(p, last, f, 0);
		r->gone = true;
		return FUSE_AGAIN;
	}
	if (all) {
		fix(p, f, sum);
		r->gone = true;
		return FUSE_AGAIN;
	}
	if (fixed(p, f, &at)) {
		for (int i = k; i-- > 0;) {
			fix(p, r->lab[i], at % p->lab[r->lab[i]].size);
			at /= p->lab[r->lab[i]].size;
		}
		r->gone = true;
		return FUSE_AGAIN;
	}
	if (p->subst[root]) {
		Raw *o = &p->raw[p->subst[root] - 1];

		find(p, o->lab[o->n - 1], &c2);
		if (c != c2 || !same_parts(p, r, o))
			return FUSE_CLASH;
		for (int i = 0; i < k; i++)
			tie(p, o->lab[i], r->lab[i], 0);
		r->gone = true;
		return FUSE_AGAIN;
	}
	if (p->lo[root] + c != 0 || p->hi[root] - p->lo[root] != p->lab[f].size)
		return FUSE_CLASH;
	p->subst[root] = which + 1;
	return FUSE_OK;
}

static Lazy *solve(Pb *p, int nax, const int *ax);

static bool
touches(const Pb *p, const Raw *r, const bool *root)
{
	long c;

	for (int i = 0; i < r->n; i++)
		if (root[find(p, r->lab[i], &c)])
			return true;
	return false;
}

/* A FUSE whose f cannot be replaced: it and the factors on its parts are computed first, with f as
   an axis. The labels are those before UNIT, INJ and FUSE were looked at. */
static void
split(Pb *p, int which, int nax, const int *ax)
{
	Build *b = p->b;
	bool *part = NEWN(b->a, bool, p->nlab), *out = NEWN(b->a, bool, p->nlab);
	bool *here = NEWN(b->a, bool, p->nlab), whole = true;
	Raw fuse = p->raw[which], made = {0};
	Pb q = {.b = b, .node = p->node, .coef = 1};
	int *keep = NEWN(b->a, int, p->nlab + 1), nkeep = 0, val;
	long c, *dim = NEWN(b->a, long, p->nlab + 1);
	size_t size;
	Lazy *z;

	q.lab = NEWN(b->a, Label, p->nlab);
	q.nlab = q.caplab = p->nlab;
	for (int i = 0; i < p->nlab; i++)
		q.lab[i] = p->lab[i];
	for (int i = 0; i + 1 < fuse.n; i++)
		part[find(p, fuse.lab[i], &c)] = true;
	for (int i = 0; i < p->nraw; i++)
		whole = whole && touches(p, &p->raw[i], part);
	for (int i = 0; i < p->nraw; i++) {
		Raw *r = &p->raw[i];

		if (i == which || (!whole && touches(p, r, part)))
			PUSH(b->a, q.raw, q.nraw, q.capraw, *r);
	}
	/* kept: f, and what the rest or the result needs; a label that is here alone has no size there,
	 * and the other way round */
	out[find(p, fuse.lab[fuse.n - 1], &c)] = true;
	for (int i = 0; i < nax; i++)
		out[find(p, ax[i], &c)] = true;
	for (int i = 0, n = 0; i < p->nraw; i++) {
		Raw *r = &p->raw[i];

		if (i == which || (!whole && touches(p, r, part)))
			continue;
		for (int j = 0; j < r->n; j++)
			out[find(p, r->lab[j], &c)] = true;
		p->raw[n++] = *r;
		made.n = n;
	}
	p->nraw = made.n;
	for (int j = 0; j < q.nraw; j++)
		for (int k = 0; k < q.raw[j].n; k++)
			here[find(p, q.raw[j].lab[k], &c)] = true;
	for (int i = 0; i < p->nlab; i++)
		if (here[i] && out[i]) {
			dim[nkeep] = p->lab[i].size;
			keep[nkeep++] = i;
		}
	for (int i = 0; i < p->nlab; i++) {
		int r = find(p, i, &c);

		if (!here[r])
			q.lab[i].size = 1;
		else if (!out[r])
			p->lab[i].size = 1;
	}
	z = solve(&q, nkeep, keep);
	made.stride = plan_dense(b, nkeep, dim, &size);
	made.val = val = plan_val(b, size);
	made.n = nkeep;
	made.lab = keep;
	if (!z->full || z->zero)
		plan_step(b, OP_ZERO, p->node, val);
	ew_scatter(b, z, val, made.stride, 1, false, p->node);
	PUSH(b->a, p->raw, p->nraw, p->capraw, made);
}

/* Of two FUSEs of one label the one to be computed first: not the one whose parts come out, which
   would be an array of all three; of reshape(W, p, q) the vec is made. */
static int
first_fuse(Pb *p, int which, int nax, const int *ax)
{
	long c;
	int root = find(p, p->raw[which].lab[p->raw[which].n - 1], &c);

	for (int i = 0; i < p->nraw; i++) {
		const Raw *r = &p->raw[i];
		bool out = false;

		if (!r->node || r->node->kind != N_FUSE || find(p, r->lab[r->n - 1], &c) != root)
			continue;
		for (int j = 0; j + 1 < r->n; j++)
			for (int k = 0; k < nax; k++)
				out = out || find(p, r->lab[j], &c) == find(p, ax[k], &c);
		if (!out)
			return i;
	}
	return which;
}

/* Applies UNIT, INJ and FUSE; true when it has to start over after a split. */
static bool
tie_constants(Pb *p, int nax, const int *ax)
{
	Build *b = p->b;
	Label *old = NEWN(b->a, Label, p->nlab + 1);
	bool again;
	long idx;

	for (int i = 0; i < p->nlab; i++)
		old[i] = p->lab[i];
	p->lo = NEWN(b->a, long, p->nlab + 1);
	p->hi = NEWN(b->a, long, p->nlab + 1);
	p->subst = NEWN(b->a, int, p->nlab + 1);
	p->nfix = 0;
	for (int i = 0; i < p->nraw; i++) {
		Raw *r = &p->raw[i];

		r->gone = false;
		if (!r->node)
			continue;
		if (r->node->kind == N_UNIT) {
			idx = plan_size(b, r->node->dim, r->node);
			if (idx < 1 || idx > p->lab[r->lab[0]].size)
				raise_at(b->a, r->node->loc, "the index %s%ld is not within 1 .. %ld",
					dim_is_num(r->node->dim, NULL) ? "" :
						arena_printf(b->a, "%s = ", dim_text(b->a, r->node->dim)),
					idx, p->lab[r->lab[0]].size);
			fix(p, r->lab[0], idx - 1);
			r->gone = true;
		} else if (r->node->kind == N_INJ) {
			tie(p, r->lab[0], r->lab[1], plan_size(b, r->node->dim, r->node));
			r->gone = true;
		}
	}
	do {
		again = false;
		p->zero = p->zero || !ranges(p);
		for (int i = 0; i < p->nraw && !p->zero && !again; i++) {
			if (!p->raw[i].node || p->raw[i].node->kind != N_FUSE || p->raw[i].gone)
				continue;
			switch (fuse_one(p, i)) {
			case FUSE_OK:
				break;
			case FUSE_AGAIN:
				again = true;
				break;
			case FUSE_CLASH:
				for (int j = 0; j < p->nlab; j++)
					p->lab[j] = old[j];
				split(p, first_fuse(p, i, nax, ax), nax, ax);
				return true;
			}
		}
	} while (again);
	return false;
}

static void
expr_add(Pb *p, Expr *e, int var, long mult)
{
	for (int i = 0; i < e->n; i++)
		if (e->var[i] == var) {
			e->mult[i] += mult;
			return;
		}
	if (!e->var) {
		e->var = NEWN(p->b->a, int, p->nlab + 1);
		e->mult = NEWN(p->b->a, long, p->nlab + 1);
	}
	e->var[e->n] = var;
	e->mult[e->n++] = mult;
}

/* adds mult * value of label x to e, in terms of root labels that are loops */
static void
expr_of(Pb *p, Expr *e, int x, long mult)
{
	long c, cf, at;
	int r = find(p, x, &c);

	if (p->subst[r]) {
		const Raw *f = &p->raw[p->subst[r] - 1];

		find(p, f->lab[f->n - 1], &cf);
		e->off += mult * (c - cf);
		for (int i = f->n - 1; i-- > 0;) {
			expr_of(p, e, f->lab[i], mult);
			mult *= p->lab[f->lab[i]].size;
		}
		return;
	}
	if (fixed(p, x, &at)) {
		e->off += mult * at;
		return;
	}
	e->off += mult * at; /* the loop starts at 0 */
	expr_add(p, e, r, mult);
}

static Oper
oper_of(Pb *p, const Raw *r, const int *loop)
{
	Build *b = p->b;
	Oper o = {.kind = O_REF, .node = r->node};
	Expr *e = NEWN(b->a, Expr, r->n + 1), sum = {0};
	bool plain = true; /* each axis is one whole loop of its own */
	long off, *stride;

	for (int i = 0; i < r->n; i++) {
		expr_of(p, &e[i], r->lab[i], 1);
		if (e[i].n == 0 && e[i].off == 0 && p->lab[r->lab[i]].size == 1)
			continue;
		plain = plain && e[i].n == 1 && e[i].mult[0] == 1 && e[i].off == 0 &&
				p->hi[e[i].var[0]] - p->lo[e[i].var[0]] == p->lab[r->lab[i]].size;
		for (int j = 0; j < i && plain; j++)
			plain = e[j].n == 0 || e[j].var[0] != e[i].var[0];
	}
	if (plain && r->node) {
		Low *l = plan_low(b, r->node);
		Node *inv = plan_inv_arg(r->node);
		NodeKind k = r->node->kind;

		if (inv && e[0].n && e[1].n)
			o.kind = O_INV;
		else if (!l->done && l->uses <= 1 &&
				 (k == N_POW || k == N_MAP || k == N_SUM ||
					 (k == N_UNKNOWN && r->node->ufun->elementwise)))
			o.kind = O_LAZY;
		else if (k == N_PI || k == N_DIM)
			o.kind = O_LAZY;
		if (o.kind != O_REF) {
			o.n = r->n;
			o.var = NEWN(b->a, int, r->n + 1);
			for (int i = 0; i < r->n; i++)
				o.var[i] = e[i].n ? loop[e[i].var[0]] : -1;
			if (inv && o.kind == O_INV)
				o.node = inv;
			return o;
		}
	}
	if (r->node) {
		Low *l = plan_need(b, r->node);

		o.val = l->val;
		off = l->off;
		stride = l->stride;
	} else {
		o.val = r->val;
		off = r->off;
		stride = r->stride;
	}
	for (int i = 0; i < r->n; i++) {
		off += stride[i] * e[i].off;
		for (int j = 0; j < e[i].n; j++)
			expr_add(p, &sum, e[i].var[j], stride[i] * e[i].mult[j]);
	}
	o.off = off;
	o.n = sum.n;
	o.stride = sum.mult;
	o.var = NEWN(b->a, int, sum.n + 1);
	for (int i = 0; i < sum.n; i++)
		o.var[i] = loop[sum.var[i]];
	return o;
}

/* needs: labels, raw factors; ax: the labels of the result's axes. gives: the product as loops,
 * contracted. */
static Lazy *
solve(Pb *p, int nax, const int *ax)
{
	Build *b = p->b;
	Lazy *z = NEW(b->a, Lazy);
	int *loop, *seen;
	long c;

	while (tie_constants(p, nax, ax))
		;
	z->nax = nax;
	z->ax = NEWN(b->a, Place, nax + 1);
	z->dim = NEWN(b->a, long, nax + 1);
	for (int i = 0; i < nax; i++)
		z->dim[i] = p->lab[ax[i]].size;
	z->zero = p->zero;
	if (p->zero)
		return z;
	loop = NEWN(b->a, int, p->nlab + 1);
	z->size = NEWN(b->a, long, p->nlab + 1);
	for (int i = 0; i < p->nlab; i++)
		if (find(p, i, &c) == i && !p->subst[i] && p->hi[i] - p->lo[i] > 1) {
			loop[i] = z->nvar;
			z->size[z->nvar++] = p->hi[i] - p->lo[i];
		}
	z->open = NEWN(b->a, bool, z->nvar + 1);
	seen = NEWN(b->a, int, z->nvar + 1);
	z->full = z->simple = true;
	for (int i = 0; i < nax; i++) {
		Expr e = {0};
		long covered = 1;

		expr_of(p, &e, ax[i], 1);
		z->ax[i] = (Place){e.n, e.var, e.mult, e.off};
		for (int j = 0; j < e.n; j++) {
			e.var[j] = loop[e.var[j]];
			covered *= z->size[e.var[j]];
			z->open[e.var[j]] = true;
			if (seen[e.var[j]]++)
				z->full = false;
		}
		if (covered != z->dim[i])
			z->full = false;
		if (e.n > 1)
			z->simple = false;
	}
	z->simple = z->simple && z->full;
	z->op = NEWN(b->a, Oper, p->nraw + 1);
	for (int i = 0; i < p->nraw; i++)
		if (!p->raw[i].gone && !(p->raw[i].node && p->raw[i].node->kind == N_FUSE))
			z->op[z->nop++] = oper_of(p, &p->raw[i], loop);
	z->coef = p->coef;
	for (int i = 0; i < z->nvar; i++)
		seen[i] = z->open[i];
	for (int i = 0; i < z->nop; i++)
		for (int j = 0; j < z->op[i].n; j++)
			if (z->op[i].var[j] >= 0)
				seen[z->op[i].var[j]] = 1;
	for (int i = 0; i < z->nvar; i++)
		if (!seen[i])
			z->coef *= (double)z->size[i];
	order_product(b, z, p->node);
	return z;
}

/* The product n (or a bare UNIT, FUSE, INJ) as loops over operands; what has to be contracted is,
   but for a last pending contraction (O_PAIR). Done once for each node. */
Lazy *
plan_prod(Build *b, Node *n)
{
	Low *l = plan_low(b, n);
	Pb p = {.b = b, .coef = 1};
	int *ax;

	if (l->lazy)
		return l->lazy;
	p.node = n = l->node;
	ax = NEWN(b->a, int, n->nax + 1);
	for (int i = 0; i < n->nax; i++)
		ax[i] = new_label(&p, plan_size(b, n->ax[i], n));
	collect(&p, n, ax);
	l->lazy = solve(&p, n->nax, ax);
	return l->lazy;
}
