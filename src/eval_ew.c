/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * eval_ew.c: runs elementwise programs over strips of STRIP entries. A slot of the stack is s *
 * p[i] (or s alone, p NULL): scaling costs nothing, and u*x' + v*b' is one multiplication and one
 * addition an entry, written where it belongs.
 */
#include <math.h>
#include <string.h>

#include "plan.h"

typedef double Pack __attribute__((vector_size(32), aligned(8), may_alias));
enum { LANES = 4 };

typedef struct Slot {
	const double *p;
	double s;
} Slot;

/* one loop with a vector body and a scalar tail; expr(T) reads its operands as T at the place where
   the loop stands; each entry of out may overwrite an operand's entry of the same place */
#define STRIPS(n, out, expr)                                                                       \
	do {                                                                                           \
		long i_ = 0;                                                                               \
		for (; i_ + LANES <= (n); i_ += LANES)                                                     \
			*(Pack *)((out) + i_) = expr(Pack);                                                    \
		for (; i_ < (n); i_++)                                                                     \
			(out)[i_] = expr(double);                                                              \
	} while (0)
#define AT(T, q) (*(const T *)((q) + i_))

static void
add(double *out, long n, Slot x, Slot y)
{
	const double s = x.s, t = y.s, *const p = x.p, *const q = y.p;

	if (p && q) {
		if (s == 1 && t == 1) {
#define E(T) (AT(T, p) + AT(T, q))
			STRIPS(n, out, E);
#undef E
		} else {
#define E(T) (s * AT(T, p) + t * AT(T, q))
			STRIPS(n, out, E);
#undef E
		}
	} else if (p) {
#define E(T) (s * AT(T, p) + t)
		STRIPS(n, out, E);
#undef E
	} else {
#define E(T) (s + t * AT(T, q))
		STRIPS(n, out, E);
#undef E
	}
}

static void
multiply(double *out, long n, const double *p, const double *q)
{
#define E(T) (AT(T, p) * AT(T, q))
	STRIPS(n, out, E);
#undef E
}

static void
scale(double *out, long n, Slot x)
{
	const double s = x.s, *const p = x.p;

	if (!p) {
		for (long i = 0; i < n; i++)
			out[i] = s;
	} else if (s == 1) {
		if (p != out)
			memcpy(out, p, sizeof *out * (size_t)n);
	} else {
#define E(T) (s * AT(T, p))
		STRIPS(n, out, E);
#undef E
	}
}

static double
power(double x, double e)
{
	return e == 2      ? x * x
		   : e == -1   ? 1 / x
		   : e == 0.5  ? sqrt(x)
		   : e == -0.5 ? 1 / sqrt(x)
		   : e == 3    ? x * x * x
		   : e == -2   ? 1 / (x * x)
					   : pow(x, e);
}

/* the frequent whole ones a vector at a time */
static void
powers(double *out, long n, Slot x, double e)
{
	const double s = x.s, *const p = x.p;

	if (e == 2) {
#define E(T) ((s * AT(T, p)) * (s * AT(T, p)))
		STRIPS(n, out, E);
#undef E
	} else if (e == -1) {
#define E(T) (1 / (s * AT(T, p)))
		STRIPS(n, out, E);
#undef E
	} else if (e == -2) {
#define E(T) (1 / ((s * AT(T, p)) * (s * AT(T, p))))
		STRIPS(n, out, E);
#undef E
	} else {
		for (long i = 0; i < n; i++)
			out[i] = power(s * p[i], e);
	}
}

_Noreturn static void
domain_error(Plan *p, const Node *n, double x, double y)
{
	const char *arg = node_text(p->g, n->kid[0]);
	const char *what = n->kid[0]->nax ? "an entry of " : "", *hint = NULL;

	if (n->kind == N_POW && x == 0 && n->kid[0]->nax)
		raise_at(p->a, n->loc, "division by zero: an entry of %s is 0", arg);
	if (n->kind == N_POW && x == 0)
		raise_at(p->a, n->loc, "division by zero: %s is 0", arg);
	if (n->kind == N_POW && rat_eq(n->coef[0], rat(1, 2)))
		raise_at(p->a, n->loc, "the square root of a negative number: %s%s is %g", what, arg, x);
	if (n->kind == N_POW)
		raise_at(p->a, n->loc, "the power %s of a negative number: %s%s is %g",
			rat_written(p->a, n->coef[0]), what, arg, x);
	if (n->fun->domain[0])
		hint = arena_printf(p->a, "%s needs %s", n->fun->name, n->fun->domain);
	if (n->n == 2)
		raise_hint(p->a, n->loc, hint, "%s of %g and %g: %s%s is outside its domain", n->fun->name,
			x, y, what, arg);
	raise_hint(p->a, n->loc, hint, "%s of %s%g: %s%s is outside its domain", n->fun->name,
		x < 0 ? "a negative number, " : "", x, what, arg);
}

static double
get(Slot x, long i)
{
	return x.p ? x.s * x.p[i] : x.s;
}

/* The result may overwrite the operand, so that its domain is looked at before. */
static void
do_power(Plan *p, const Ins *ins, Env *env, double *out, long n, Slot x)
{
	const bool whole = ins->c == floor(ins->c), divides = ins->c < 0;

	for (long i = 0; i < n && (divides || !whole) && !env->quiet_domain; i++) {
		double v = get(x, i);

		if ((divides && v == 0) || (!whole && v < 0))
			domain_error(p, ins->node, v, 0);
	}
	if (x.p)
		powers(out, n, x, ins->c);
	else
		for (long i = 0; i < n; i++)
			out[i] = power(x.s, ins->c);
}

static void
do_map(Plan *p, const Ins *ins, Env *env, double *out, long n, const Slot *arg)
{
	const Fun *f = ins->node->fun;
	Slot x = arg[0], y = ins->arg > 1 ? arg[1] : (Slot){NULL, 0};

	if (!y.p && x.p && x.s == 1)
		for (long i = 0; i < n; i++)
			out[i] = f->kernel(x.p[i], y.s);
	else
		for (long i = 0; i < n; i++)
			out[i] = f->kernel(get(x, i), get(y, i));
	if (!f->domain_ok)
		return;
	/* outside its domain a kernel gives no finite number; the domain is asked only then */
	for (long i = 0; i < n; i++)
		if (!isfinite(out[i]) && !isnan(get(arg[0], i)) &&
			!f->domain_ok(get(arg[0], i), get(y, i))) {
			if (!env->quiet_domain)
				domain_error(p, ins->node, get(arg[0], i), get(y, i));
			out[i] = NAN;
		}
}

static void
do_unknown(const Ins *ins, const Env *env, double *out, long n, const Slot *arg)
{
	const Node *u = ins->node;
	Wave wave[WAVES];

	for (int r = 0; r < WAVES; r++) {
		wave[r] = unknown_wave(u->ufun, env->seed, r);
		for (int j = 0; j < u->nder; j++)
			wave[r].amp *= unknown_weight(&wave[r], u->der[j], 0);
	}
	for (long i = 0; i < n; i++) {
		double sum = 0;

		for (int r = 0; r < WAVES; r++) {
			double z = wave[r].phase;

			for (int j = 0; j < ins->arg; j++)
				z += unknown_weight(&wave[r], j, 0) * get(arg[j], i);
			sum += wave[r].amp * unknown_sin(u->nder, z);
		}
		out[i] = sum;
	}
}

typedef struct Run {
	Plan *p;
	const Step *s;
	Env *env;
	double *work;
	const double **base;
} Run;

/* One strip: n entries along the last loop, from entry `at`. The result may be written to dst at
   once (if not NULL). The slot that a result goes to is that of its first argument, and so is the
   buffer; dst takes the last one. */
static Slot
strip(const Run *r, long at, long n, double *dst, Slot *stack)
{
	const Step *s = r->s;
	int top = -1;

	for (int k = 0; k < s->nins; k++) {
		const Ins *ins = &s->ins[k];
		int to = ins->kind <= I_CONST                           ? top + 1
				 : ins->kind == I_ADD || ins->kind == I_MUL     ? top - 1
				 : ins->kind == I_MAP || ins->kind == I_UNKNOWN ? top - ins->arg + 1
																: top;
		double *own = r->work + to * STRIP, *out = k + 1 == s->nins && dst ? dst : own;
		Slot *x = &stack[to];

		top = to;
		switch (ins->kind) {
		case I_LOAD: {
			long stride = s->nd ? s->in[ins->arg].stride[s->nd - 1] : 0;
			const double *p = r->base[ins->arg] + at * stride;

			if (stride == 0) {
				*x = (Slot){NULL, *p};
			} else if (stride == 1) {
				*x = (Slot){p, 1};
			} else {
				for (long i = 0; i < n; i++)
					out[i] = p[i * stride];
				*x = (Slot){out, 1};
			}
			break;
		}
		case I_CONST:
			*x = (Slot){NULL, ins->c};
			break;
		case I_SCALE:
			x->s *= ins->c;
			break;
		case I_ADD:
			x[1].s *= ins->c;
			if (x[0].p || x[1].p) {
				add(out, n, x[0], x[1]);
				*x = (Slot){out, 1};
			} else {
				x->s += x[1].s;
			}
			break;
		case I_MUL: {
			double c = x[0].s * x[1].s;

			if (x[0].p && x[1].p) {
				multiply(out, n, x[0].p, x[1].p);
				*x = (Slot){out, c};
			} else if (x[1].p == own + STRIP) { /* the next slot's buffer will be wanted again */
				scale(out, n, (Slot){x[1].p, c});
				*x = (Slot){out, 1};
			} else {
				*x = (Slot){x[0].p ? x[0].p : x[1].p, c};
			}
			break;
		}
		case I_POW:
			do_power(r->p, ins, r->env, out, x->p ? n : 1, *x);
			*x = x->p ? (Slot){out, 1} : (Slot){NULL, out[0]};
			break;
		case I_MAP:
		case I_UNKNOWN: {
			bool all = false;

			for (int j = 0; j < ins->arg; j++)
				all = all || x[j].p;
			if (ins->kind == I_MAP)
				do_map(r->p, ins, r->env, out, all ? n : 1, x);
			else
				do_unknown(ins, r->env, out, all ? n : 1, x);
			*x = all ? (Slot){out, 1} : (Slot){NULL, out[0]};
		}
		}
	}
	return stack[0];
}

static void
store(const Step *s, double *dst, long stride, long n, Slot x)
{
	if (s->acc) {
		for (long i = 0; i < n; i++)
			dst[i * stride] += get(x, i);
	} else if (stride == 1) {
		scale(dst, n, x);
	} else {
		for (long i = 0; i < n; i++)
			dst[i * stride] = get(x, i);
	}
}

void
run_ew(Plan *p, const Step *s, Env *env)
{
	const double *base[16];
	double work[EW_DEPTH * STRIP];
	Slot slots[EW_DEPTH + 1], *stack = slots;
	long index[16] = {0}, *idx = index;
	int nd = s->nd ? s->nd - 1 : 0;
	long len = s->nd ? s->dim[nd] : 1, step = s->nd ? s->out.stride[nd] : 1;
	double *out = p->val[s->out.val].data + s->out.off;
	Run r = {p, s, env, work, base};
	ArenaMark mark = arena_mark(p->a);
	size_t entries = 0;

	if (s->nin > 16)
		r.base = NEWN(p->a, const double *, s->nin);
	if (nd > 16)
		idx = NEWN(p->a, long, nd);
	if (s->depth > EW_DEPTH) {
		r.work = NEWN(p->a, double, (size_t)s->depth *STRIP);
		stack = NEWN(p->a, Slot, s->depth + 1);
	}
	for (int i = 0; i < s->nin; i++)
		r.base[i] = p->val[s->in[i].val].data + s->in[i].off;
	for (;;) {
		for (long at = 0; at < len; at += STRIP) {
			long n = len - at < STRIP ? len - at : STRIP;
			double *dst = out + at * step;

			store(s, dst, step, n, strip(&r, at, n, !s->acc && step == 1 ? dst : NULL, stack));
			if ((entries += (size_t)n + 16) > (1u << 20)) {
				poll_interrupt(p->a);
				entries = 0;
			}
		}
		int d = nd - 1;
		for (; d >= 0; d--) {
			out += s->out.stride[d];
			for (int i = 0; i < s->nin; i++)
				r.base[i] += s->in[i].stride[d];
			if (++idx[d] < s->dim[d])
				break;
			out -= s->out.stride[d] * s->dim[d];
			for (int i = 0; i < s->nin; i++)
				r.base[i] -= s->in[i].stride[d] * s->dim[d];
			idx[d] = 0;
		}
		if (d < 0)
			break;
	}
	arena_release(p->a, mark);
}
