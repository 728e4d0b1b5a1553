/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan.c: a tensor graph with known sizes becomes a list of steps (plan.h). Here: the entrance,
 * what is no sum, product or elementwise program, and storage.
 *
 *   plan.c        walks the graph; matrix functions, factorisations; storage by lifetime
 *   plan_sum.c    sums: one buffer that everything is added into
 *   plan_ew.c     elementwise programs: every chain of +, .*, powers and maps is one loop
 *   plan_prod.c   a product's labels become loops: fused, injected and unit labels disappear into
 * strides plan_order.c  the cheapest order of contraction plan_pair.c   one contraction: gemm,
 * solve or loop
 *
 * Nodes are computed at most once; contractions that several products share are computed once too
 * (plan_cons).
 */
#include <string.h>

#include "plan.h"

Node *
plan_strip(Node *n)
{
	while (n->kind == N_NAMED)
		n = n->kid[0];
	return n;
}

Node *
plan_inv_arg(const Node *n)
{
	return n->kind == N_FN && n->fun->id == F_inv && n->nax == 2 ? n->kid[0] : NULL;
}

/* ---- tables */

static void
low_grow(Build *b)
{
	unsigned cap = b->caplow ? b->caplow * 2 : 64;
	Low **t = NEWN(b->a, Low *, cap);

	for (unsigned i = 0; i < b->caplow; i++)
		if (b->low[i]) {
			unsigned h = node_spread(b->low[i]->node);

			while (t[h & (cap - 1)])
				h++;
			t[h & (cap - 1)] = b->low[i];
		}
	b->low = t;
	b->caplow = cap;
}

Low *
plan_low(Build *b, Node *n)
{
	unsigned h;
	Low *l;

	n = plan_strip(n);
	if (b->nlow * 2 >= b->caplow)
		low_grow(b);
	for (h = node_spread(n); (l = b->low[h & (b->caplow - 1)]) != NULL; h++)
		if (l->node == n)
			return l;
	l = NEW(b->a, Low);
	l->node = n;
	l->val = -1;
	b->low[h & (b->caplow - 1)] = l;
	b->nlow++;
	return l;
}

int *
plan_cons(Build *b, int n, const long *key)
{
	uint32_t h = 2166136261u;
	Cons *c;

	for (int i = 0; i < n; i++)
		h = (h ^ (uint32_t)key[i] ^ (uint32_t)((unsigned long)key[i] >> 32)) * 16777619u;
	if (b->ncons >= b->capcons) {
		unsigned cap = b->capcons ? b->capcons * 2 : 64;
		Cons **t = NEWN(b->a, Cons *, cap);

		for (unsigned i = 0; i < b->capcons; i++)
			for (Cons *next, *x = b->cons[i]; x; x = next) {
				next = x->next;
				x->next = t[x->hash & (cap - 1)];
				t[x->hash & (cap - 1)] = x;
			}
		b->cons = t;
		b->capcons = cap;
	}
	for (c = b->cons[h & (b->capcons - 1)]; c; c = c->next)
		if (c->hash == h && c->n == n && memcmp(c->key, key, sizeof *key * (size_t)n) == 0)
			return &c->val;
	c = NEW(b->a, Cons);
	c->hash = h;
	c->n = n;
	c->key = NEWN(b->a, long, n);
	memcpy(c->key, key, sizeof *key * (size_t)n);
	c->val = -1;
	c->next = b->cons[h & (b->capcons - 1)];
	b->cons[h & (b->capcons - 1)] = c;
	b->ncons++;
	return &c->val;
}

/* ---- sizes, values, steps */

long
plan_size(Build *b, const Dim *d, const Node *n)
{
	unsigned slot = d->hash & 63;
	Sym missing = NULL;
	long size;

	if (dim_is_num(d, &size))
		return size;
	if (b->sizes[slot].dim == d)
		return b->sizes[slot].size;
	size = dim_eval(b->a, d, b->env->size, b->env->ctx, &missing);
	if (missing && n->kind == N_UNIT)
		raise_hint(b->a, n->loc, "write a number for it", "the index %s has no value", missing);
	if (missing)
		raise_hint(b->a, n->loc, "it follows from the values of the matrices that have it",
			"the size of %s is not known", missing);
	b->sizes[slot].dim = d;
	b->sizes[slot].size = size;
	return size;
}

int
plan_val(Build *b, size_t size)
{
	Plan *p = b->p;
	Val v = {.size = size, .last = -1};

	PUSH(b->a, p->val, p->nval, p->capval, v);
	return p->nval - 1;
}

Step *
plan_step(Build *b, OpKind op, Node *n, int out)
{
	Plan *p = b->p;
	Step s = {.op = op, .node = n, .out = {.val = out}, .coef = 1};

	PUSH(b->a, p->step, p->nstep, p->capstep, s);
	return &p->step[p->nstep - 1];
}

long *
plan_dense(Build *b, int n, const long *dim, size_t *size)
{
	long *stride = NEWN(b->a, long, n + 1), s = 1;

	for (int i = n; i-- > 0;) {
		stride[i] = s;
		if (__builtin_mul_overflow(s, dim[i], &s) || s > (1L << 46))
			raise_at(b->a, b->g->loc, "a tensor of more than 2^46 entries does not fit in memory");
	}
	*size = (size_t)s;
	return stride;
}

static void
low_dims(Build *b, Low *l)
{
	Node *n = l->node;

	if (l->dim)
		return;
	l->dim = NEWN(b->a, long, n->nax + 1);
	for (int i = 0; i < n->nax; i++) {
		l->dim[i] = plan_size(b, n->ax[i], n);
		if (l->dim[i] < 1)
			raise_at(
				b->a, n->loc, "the dimension %s would be %ld", dim_text(b->a, n->ax[i]), l->dim[i]);
	}
}

/* ---- the walk */

typedef struct Missing {
	int n, cap;
	Node **node;
} Missing;

/* Counts how often each node is used, and finds what has no value. */
static void
count(Build *b, Node *n, Missing *m)
{
	Low *l = plan_low(b, n);

	n = l->node;
	if (l->uses++)
		return;
	arena_alloc(b->a, 0);
	if (n->kind == N_VAR && !b->env->leaf(b->env->ctx, n->var))
		PUSH(b->a, m->node, m->n, m->cap, n);
	if (n->kind == N_UNKNOWN && !b->env->allow_unknown)
		raise_at(b->a, n->loc, "%s is an unknown function: it has no value", n->ufun->name);
	for (int i = 0; i < n->n; i++)
		count(b, n->kid[i], m);
}

static void
report_missing(Build *b, const Missing *m)
{
	Text t = text_new(b->a);

	if (m->n == 1)
		raise_at(b->a, m->node[0]->loc, "%s has no value; give it one with %s = ...",
			m->node[0]->name, m->node[0]->name);
	for (int i = 0; i < m->n; i++)
		text_addf(&t, "%s%s", i == 0 ? "" : i + 1 < m->n ? ", " : " and ", m->node[i]->name);
	raise_at(b->a, m->node[0]->loc, "%s have no values; give them with %s = ..., ...", t.s,
		m->node[0]->name);
}

void
plan_has(Build *b, Low *l, int val)
{
	size_t size;

	l->val = val;
	l->stride = plan_dense(b, l->node->nax, l->dim, &size);
	l->done = true;
}

/* A value of the node's own, entries in order, none skipped. */
static int
dense_value(Build *b, Node *n)
{
	Low *l = plan_need(b, n);
	size_t size;
	long *stride = plan_dense(b, l->node->nax, l->dim, &size);
	bool same = l->off == 0 && b->p->val[l->val].size == size;
	int val;
	Ew e;

	for (int i = 0; i < l->node->nax; i++)
		same = same && (l->stride[i] == stride[i] || l->dim[i] == 1);
	if (same)
		return l->val;
	val = plan_val(b, size);
	ew_begin(b, &e, l->node->nax, l->dim);
	ew_load(b, &e, l->val, l->off, l->stride);
	ew_end(b, &e, val, 0, stride, false, n);
	return val;
}

static View *
one_view(Build *b, int val)
{
	View *v = NEW(b->a, View);

	v->val = val;
	return v;
}

int
plan_factor(Build *b, Node *n)
{
	Low *l = plan_need(b, n);
	long size = l->node->nax ? l->dim[0] : 1;
	Factors f = {.n = size, .node = n};
	Step *s;

	if (l->factor)
		return l->factor - 1;
	f.perm = NEWN(b->a, size_t, size);
	PUSH(b->a, b->p->factor, b->p->nfactor, b->p->capfactor, f);
	l->factor = b->p->nfactor;
	s = plan_step(b, OP_FACTOR, l->node, plan_val(b, (size_t)size * (size_t)size));
	s->n = size;
	s->factor = l->factor - 1;
	s->nin = 1;
	s->in = one_view(b, l->val);
	s->in->off = l->off;
	s->in->stride = l->stride;
	/* for a small matrix, to find out that it is symmetric takes longer than LU */
	s->chol = size >= 8 && node_symmetric(b->g, l->node);
	return s->factor;
}

int
plan_factor_val(const Build *b, int factor)
{
	for (int i = b->p->nstep; i-- > 0;)
		if (b->p->step[i].op == OP_FACTOR && b->p->step[i].factor == factor)
			return b->p->step[i].out.val;
	return -1;
}

/* a step on a factorisation: its factors are the last input */
static Step *
factor_step(Build *b, OpKind op, Node *n, Node *arg, int out)
{
	int f = plan_factor(b, arg);
	Step *s = plan_step(b, op, n, out);

	s->factor = f;
	s->n = b->p->factor[f].n;
	s->nin = 1;
	s->in = one_view(b, plan_factor_val(b, f));
	return s;
}

int
plan_inverse(Build *b, Node *n)
{
	Low *l = plan_need(b, n);
	int *val = plan_cons(b, 2, (long[]){OP_INV, plan_factor(b, n)});

	if (*val < 0) {
		*val = plan_val(
			b, (size_t)b->p->factor[l->factor - 1].n * (size_t)b->p->factor[l->factor - 1].n);
		factor_step(b, OP_INV, l->node, n, *val);
	}
	return *val;
}

static void
lower_fn(Build *b, Low *l)
{
	Node *n = l->node;
	size_t size;
	Step *s;

	plan_dense(b, n->nax, l->dim, &size);
	switch (n->fun->id) {
	case F_inv:
		plan_has(b, l, plan_inverse(b, n->kid[0]));
		return;
	case F_det:
	case F_logdet:
		plan_has(b, l, plan_val(b, 1));
		factor_step(b, n->fun->id == F_det ? OP_DET : OP_LOGDET, n, n->kid[0], l->val);
		return;
	default: {
		int in = dense_value(b, n->kid[0]);
		Low *k = plan_low(b, n->kid[0]);

		plan_has(b, l, plan_val(b, size));
		s = plan_step(b, OP_FN, n, l->val);
		s->nin = 1;
		s->in = one_view(b, in);
		s->nd = 2;
		s->dim = NEWN(b->a, long, 2);
		s->dim[0] = k->node->nax > 0 ? k->dim[0] : 1;
		s->dim[1] = k->node->nax > 1 ? k->dim[1] : 1;
	}
	}
}

static void
lower_unknown(Build *b, Low *l)
{
	Node *n = l->node;
	View *in = NEWN(b->a, View, n->n + 1);
	size_t size;
	Step *s;

	for (int i = 0; i < n->n; i++)
		in[i].val = dense_value(b, n->kid[i]);
	plan_dense(b, n->nax, l->dim, &size);
	plan_has(b, l, plan_val(b, size));
	s = plan_step(b, OP_UNKNOWN, n, l->val);
	s->nin = n->n;
	s->in = in;
}

/* A product that is one operand is that operand, seen through other strides. */
static bool
prod_view(Build *b, Low *l, Lazy *z)
{
	long *stride = NEWN(b->a, long, l->node->nax + 1);
	Oper *o = z->op;

	if (z->nop != 1 || z->coef != 1 || !z->full)
		return false;
	pair_force(b, z, o, l->node);
	for (int i = 0; i < z->nax; i++) {
		long s = -1;

		for (int j = 0; j < z->ax[i].n; j++) {
			long have = 0, mult = z->ax[i].mult[j];

			for (int k = 0; k < o->n; k++)
				if (o->var[k] == z->ax[i].var[j])
					have += o->stride[k];
			if (have % mult != 0 || (s >= 0 && s != have / mult))
				return false;
			s = have / mult;
		}
		stride[i] = s < 0 ? 0 : s;
	}
	l->val = o->val;
	l->off = o->off;
	l->stride = stride;
	l->done = true;
	return true;
}

static void
lower_prod(Build *b, Low *l)
{
	Lazy *z = plan_prod(b, l->node);
	size_t size;
	long *stride;
	int val;

	if (prod_view(b, l, z))
		return;
	stride = plan_dense(b, l->node->nax, l->dim, &size);
	val = plan_val(b, size);
	if (z->zero)
		plan_step(b, OP_ZERO, l->node, val);
	else if (!plan_sum_into(l, z) || !pair_into(b, z, val, stride, 1, 0, l->node)) {
		if (!z->full)
			plan_step(b, OP_ZERO, l->node, val);
		ew_scatter(b, z, val, stride, 1, false, l->node);
	}
	plan_has(b, l, val);
}

Low *
plan_need(Build *b, Node *n)
{
	Low *l = plan_low(b, n);
	size_t size;
	Ew e;

	if (l->done)
		return l;
	low_dims(b, l);
	n = l->node;
	switch (n->kind) {
	case N_VAR: {
		int val;

		plan_dense(b, n->nax, l->dim, &size);
		val = plan_val(b, size);
		b->p->val[val].var = n->var;
		b->p->val[val].node = n;
		b->p->val[val].dim = l->dim;
		b->p->val[val].nax = n->nax;
		plan_has(b, l, val);
		break;
	}
	case N_SUM:
		plan_sum(b, l);
		break;
	case N_PROD:
	case N_UNIT:
	case N_FUSE:
	case N_INJ:
		lower_prod(b, l);
		break;
	case N_FN:
		lower_fn(b, l);
		break;
	default: {
		int *ax = NEWN(b->a, int, n->nax + 1), val;
		long *stride;

		if (n->kind == N_UNKNOWN && !n->ufun->elementwise) {
			lower_unknown(b, l);
			break;
		}
		for (int i = 0; i < n->nax; i++)
			ax[i] = i;
		stride = plan_dense(b, n->nax, l->dim, &size);
		ew_begin(b, &e, n->nax, l->dim);
		ew_body(b, &e, n, ax);
		val = plan_val(b, size);
		ew_end(b, &e, val, 0, stride, false, n);
		plan_has(b, l, val);
	}
	}
	return l;
}

/* ---- storage */

typedef struct Hole {
	size_t at, size;
} Hole;

static void
touch(Plan *p, const View *v, int step)
{
	if (p->val[v->val].last < step)
		p->val[v->val].last = step;
}

/* n doubles, or NULL when memory is short */
static double *
try_storage(Plan *p, size_t n)
{
	Trap t;

	if (TRY(&t, p->a)) {
		double *buf = tensor_new(p->a, 1, (long[]){(long)n})->data;

		trap_end(&t);
		return buf;
	}
	if (t.diag.interrupted)
		raise_diag(p->a, &t.diag);
	return NULL;
}

/* The buffer; when there is not enough memory, the error says which expression's value is the
 * largest. */
static void
get_storage(Plan *p)
{
	const Step *big = p->step;

	p->buf = p->storage <= 4096 ? NEWN(p->a, double, p->storage + 1) : try_storage(p, p->storage);
	if (p->buf)
		return;
	for (int i = 0; i < p->nstep; i++)
		if (p->val[p->step[i].out.val].size > p->val[big->out.val].size)
			big = &p->step[i];
	raise_at(p->a, big->node->loc, "the %.3g numbers of %s do not fit in memory",
		(double)p->val[big->out.val].size, node_text(p->g, big->node));
}

/* Every value gets a place in one buffer; places are used again when their value is dead. */
static void
assign_storage(Build *b)
{
	Plan *p = b->p;
	int nhole = 0, caphole = 0, *next = NEWN(b->a, int, p->nval + 1),
		*head = NEWN(b->a, int, p->nstep + 1);
	bool *placed = NEWN(b->a, bool, p->nval + 1);
	Hole *hole = NULL;

	for (int i = 0; i < p->nstep; i++) {
		Step *s = &p->step[i];

		touch(p, &s->out, i);
		for (int j = 0; j < s->nin; j++)
			touch(p, &s->in[j], i);
		for (int j = 0; j < s->nscal; j++)
			touch(p, &s->scal[j], i);
	}
	for (int i = 0; i < p->nroot; i++)
		p->val[p->root[i].val].last = p->nstep;
	for (int i = 0; i < p->nval;
		 i++) /* values by the step at which they die, as lists; 0 ends a list */
		if (p->val[i].last >= 0 && p->val[i].last < p->nstep && !p->val[i].var) {
			next[i] = head[p->val[i].last];
			head[p->val[i].last] = i + 1;
		}
	for (int i = 0; i < p->nstep; i++) {
		int v = p->step[i].out.val, best = -1;
		size_t size = (p->val[v].size + 7) & ~(size_t)7;

		if (!placed[v]) {
			placed[v] = true;
			for (int j = 0; j < nhole; j++)
				if (hole[j].size >= size && (best < 0 || hole[j].size < hole[best].size))
					best = j;
			if (best >= 0) {
				p->val[v].at = hole[best].at;
				hole[best].at += size;
				hole[best].size -= size;
				if (hole[best].size == 0)
					hole[best] = hole[--nhole];
			} else {
				p->val[v].at = p->storage;
				p->storage += size;
			}
		}
		for (int d = head[i]; d; d = next[d - 1])
			if (nhole < 256) {
				Hole h = {p->val[d - 1].at, (p->val[d - 1].size + 7) & ~(size_t)7};
				PUSH(b->a, hole, nhole, caphole, h);
			}
	}
	get_storage(p);
	for (int i = 0; i < p->nval; i++)
		if (!p->val[i].var)
			p->val[i].data = p->buf + p->val[i].at;
}

/* ---- the entrance */

/* needs: every leaf that is reached has a value in env, every dimension a size. gives: a plan that
   plan_run() can run again and again, with other values of the same sizes; it lives in env's arena.
   Raises located errors. */
Plan *
plan_new(Graph *g, Node **root, int n, Env *env)
{
	Build *b = NEW(env->a, Build);
	Missing missing = {0};
	Plan *p = NEW(env->a, Plan);

	b->g = g;
	b->env = env;
	b->a = p->a = env->a;
	b->p = p;
	p->g = g;
	p->nroot = n;
	p->root = NEWN(b->a, View, n + 1);
	p->result = NEWN(b->a, Tensor *, n + 1);
	for (int i = 0; i < n; i++)
		count(b, root[i], &missing);
	if (missing.n)
		report_missing(b, &missing);
	for (int i = 0; i < n; i++) {
		int val = dense_value(b, root[i]);
		Low *l = plan_low(b, root[i]);
		Tensor *t = NEW(b->a, Tensor);

		if (p->val[val].var) { /* a leaf itself: the caller gets a copy */
			size_t size;
			long *stride = plan_dense(b, l->node->nax, l->dim, &size);
			int leaf = val;
			Ew e;

			val = plan_val(b, size);
			ew_begin(b, &e, l->node->nax, l->dim);
			ew_load(b, &e, leaf, 0, stride);
			ew_end(b, &e, val, 0, stride, false, root[i]);
		}
		p->root[i].val = val;
		t->nax = l->node->nax;
		t->dim = l->dim;
		t->size = p->val[val].size;
		p->result[i] = t;
	}
	assign_storage(b);
	for (int i = 0; i < n; i++)
		p->result[i]->data = p->val[p->root[i].val].data;
	return p;
}

Tensor *
eval_node(Graph *g, Node *n, Env *env)
{
	return plan_run(plan_new(g, &n, 1, env), env)[0];
}

/* ---- the text form */

static void
dump_view(Text *t, const View *v, int nd)
{
	text_addf(t, " %%%d", v->val);
	if (v->off)
		text_addf(t, "+%ld", v->off);
	if (v->stride) {
		text_add(t, "(");
		for (int i = 0; i < nd; i++)
			text_addf(t, "%s%ld", i ? "," : "", v->stride[i]);
		text_add(t, ")");
	}
}

/* one line for each step: what, over which loops, into which value, from which; for tests and
 * MDX_DUMP */
char *
plan_dump(Arena *a, const Plan *p)
{
	static const char *const word[] = {
#define X(k, s) s,
		STEP_KINDS(X)
#undef X
	};
	Text t = text_new(a);

	for (int i = 0; i < p->nval; i++)
		if (p->val[i].var)
			text_addf(&t, "%%%d = %s\n", i, p->val[i].var->name);
	for (int i = 0; i < p->nstep; i++) {
		const Step *s = &p->step[i];

		text_addf(&t, "%s", word[s->op]);
		if (s->op == OP_GEMM)
			text_addf(&t, " %ldx%ldx%ld%s%s", s->m, s->n, s->k, s->syrk ? " symmetric" : "",
				s->beta != 0 ? " +=" : "");
		for (int j = 0; j < s->nd; j++)
			text_addf(&t, "%s%ld", j ? "x" : " over ", s->dim[j]);
		dump_view(&t, &s->out, s->nd);
		text_add(&t, s->acc ? " +=" : " =");
		for (int j = 0; j < s->nin; j++)
			dump_view(
				&t, &s->in[j], s->op == OP_GEMM || s->op == OP_EW || s->op == OP_LOOP ? s->nd : 0);
		if (s->nins)
			text_addf(&t, " in %d instructions", s->nins);
		text_add(&t, "\n");
	}
	return t.s;
}
