/* SPDX-License-Identifier: GPL-3.0-or-later */
/* eval.c: runs a plan on doubles: fetches the leaves, does the steps one after the other. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

#include "plan.h"

/* n as a person would write it, shortened when long */
const char *
node_text(Graph *g, Node *n)
{
	Formula f = matrix_form(g, n, false);
	char *s = print_tree(g->a, f.tree, STYLE_ASCII);
	size_t len = strlen(s), cut = 60;

	if (len <= 72)
		return s;
	while ((s[cut] & 0xc0) == 0x80) /* not within a UTF-8 character */
		cut++;
	return arena_printf(g->a, "%.*s ...", (int)cut, s);
}

static void
fetch_leaves(Plan *p, Env *env)
{
	for (int i = 0; i < p->nval; i++) {
		Val *v = &p->val[i];
		const Tensor *t;
		bool same;

		if (!v->var)
			continue;
		t = env->leaf(env->ctx, v->var);
		if (!t)
			raise_at(p->a, v->node->loc, "%s has no value; give it one with %s = ...", v->var->name,
				v->var->name);
		same = t->size == v->size && t->nax == v->nax;
		for (int j = 0; same && j < v->nax; j++)
			same = t->dim[j] == v->dim[j];
		if (!same)
			raise_at(p->a, v->node->loc, "the value of %s does not have the size it is used with",
				v->var->name);
		v->data = t->data;
	}
}

/* Runs the plan. The tensors belong to the plan: they hold until it is run again. */
Tensor **
plan_run(Plan *p, Env *env)
{
	gsl_set_error_handler_off();
	fetch_leaves(p, env);
	for (int i = 0; i < p->nstep; i++) {
		const Step *s = &p->step[i];

		poll_interrupt(p->a);
		switch (s->op) {
		case OP_EW:
			run_ew(p, s, env);
			break;
		case OP_ZERO:
			memset(p->val[s->out.val].data, 0, p->val[s->out.val].size * sizeof(double));
			break;
		case OP_LOOP:
			run_loop(p, s, env);
			break;
		case OP_GEMM:
			run_gemm(p, s, env);
			break;
		case OP_FACTOR:
			run_factor(p, s, env);
			break;
		case OP_INV:
			run_inv(p, s, env);
			break;
		case OP_SOLVE:
			run_solve(p, s, env);
			break;
		case OP_DET:
		case OP_LOGDET:
			run_det(p, s, env);
			break;
		case OP_FN:
			run_fn(p, s, env);
			break;
		case OP_UNKNOWN:
			run_unknown(p, s, env);
			break;
		case OP_COUNT:
			break;
		}
	}
	return p->result;
}
