/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prod_match.c: finding a network inside a product under construction (is A*B, which the inverse
 * beside it inverts, among the factors?), by backtracking over factors; and the two ways in which a
 * rule removes what it found.
 */
#include "prod.h"

void
prod_replace(Prod *p, Factor *f, Node *n, const int *labels)
{
	int *l = NEWN(p->g->a, int, n->nax + 1);

	for (int i = 0; i < n->nax; i++)
		l[i] = labels[i];
	f->dead = true;
	prod_factor(p, n, l);
}

void
prod_consume(Prod *p, int l)
{
	p->dim[prod_find(p, l)] = NULL;
}

static bool
bind(Match *m, const int *cl, const int *pl, int n, bool swapped)
{
	for (int i = 0; i < n; i++) {
		int c = cl[i], l = pl[swapped ? n - 1 - i : i];

		if (m->lab[c] >= 0 && m->lab[c] != l)
			return false;
		m->lab[c] = l;
	}
	return true;
}

/* inner labels of c must be summed in p too and lead nowhere else */
static bool
closed(Match *m)
{
	Node *c = m->c;

	for (int l = 0; l < c->nlab; l++) {
		int uses = 0, off = 0;
		bool outer = false;

		for (int i = 0; i < c->nax; i++)
			outer |= c->out[i] == l;
		if (outer)
			continue;
		if (m->lab[l] < 0)
			return false;
		for (int i = 0; i < c->n; i++)
			for (int j = 0; j < c->kid[i]->nax; j++)
				uses += c->lab[off++] == l;
		if (prod_open(m->p, m->lab[l]) || prod_uses(m->p, m->lab[l]) != uses)
			return false;
	}
	return true;
}

static bool
match_from(Match *m, int k)
{
	Node *c = m->c, *kid;
	const int *cl;

	if (k == c->n)
		return closed(m);
	kid = c->kid[k];
	if (kid->nax == 0) {                    /* scalars are divided out by the caller */
		m->hit[k] = -1;
		return match_from(m, k + 1);
	}
	cl = node_labels(c, k);
	for (int i = 0; i < m->p->nf; i++) {
		Factor *f = &m->p->f[i];
		Node *base = kid->kind == N_POW ? kid->kid[0] : kid;
		Rat e = kid->kind == N_POW ? kid->coef[0] : RAT1;
		bool used = i == m->self;

		for (int j = 0; j < k; j++)
			used |= m->hit[j] == i;
		if (used || f->dead || f->node != base || !rat_eq(f->exp, e))
			continue;
		for (int s = 0; s < (kid->nax == 2 && node_symmetric(m->p->g, kid) ? 2 : 1); s++) {
			int *save = NEWN(m->p->g->a, int, c->nlab + 1);

			for (int l = 0; l < c->nlab; l++)
				save[l] = m->lab[l];
			m->hit[k] = i;
			if (bind(m, cl, prod_labs(m->p, f), kid->nax, s == 1) && match_from(m, k + 1))
				return true;
			for (int l = 0; l < c->nlab; l++)
				m->lab[l] = save[l];
			m->hit[k] = -1;
		}
	}
	return false;
}

Match
match_new(Prod *p, Node *c, int self)
{
	Match m = {.p = p, .c = c, .self = self};

	m.lab = NEWN(p->g->a, int, c->nlab + 1);
	m.hit = NEWN(p->g->a, int, c->n + 1);
	for (int l = 0; l < c->nlab; l++)
		m.lab[l] = -1;
	return m;
}

bool
match_run(Match *m)
{
	return match_from(m, 0);
}
