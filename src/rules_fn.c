/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rules_fn.c: what node_fn() knows of the matrix functions before it makes a node: inverses,
 * determinants and powers of products, transposes, diagonals, Kronecker products and of each other.
 * See rules.c for the conventions.
 */
#include <limits.h>

#include "graph_intern.h"

static Node *
fn(Graph *g, FunId f, int param, Node *x)
{
	return node_fn(g, &fun_table[f], param, 1, &x);
}

static Node *
map1(Graph *g, FunId f, Node *x)
{
	return node_map(g, &fun_table[f], 1, &x);
}

static bool
is_fn(const Node *n, FunId f)
{
	return n->kind == N_FN && n->fun->id == f && n->param == 0;
}

/* x^e for a scalar x and a size e */
static Node *
size_power(Graph *g, Node *x, Dim *e)
{
	return node_map(g, &fun_table[F_pow], 2, (Node *[]){x, node_dim(g, e)});
}

/* ---- square networks A product with two axes is a square network when it maps a (multi-)index to
   another one of the same size step by step: out[0] and out[1], or the parts of a fusion that
   stands on them, are joined by paths (`threads`) of square matrices, each thread maybe with
   vectors on its labels (diag(v)), besides scalars, and there is nothing else. So are A*B,
   A*diag(v)*B', c*I, kron(A*B, C), commutation(m,n). It is invertible when all its matrices and
   entries of vectors are. */

enum { THREADS = 8 };

typedef struct Net {
	Node *n;
	int nthread;
	int from[THREADS];                      /* the label at which each thread starts */
	bool straight;                          /* thread t ends at the t-th part */
	int *thread;                            /* of each label, -1: none (the fused ones) */
	bool *used;                             /* factors that were passed */
	int edges, weights;                     /* how many matrices and vectors */
} Net;

/* the terminals of one side: the parts of the fusion on label l, or l itself; -1: too many */
static int
terminals(Net *net, int l, int *part)
{
	const Node *n = net->n;

	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax) {
		int k = n->kid[i]->nax - 1;

		if (n->kid[i]->kind != N_FUSE || n->lab[off + k] != l)
			continue;
		if (k > THREADS)
			return -1;
		for (int j = 0; j < k; j++)
			part[j] = n->lab[off + j];
		net->used[i] = true;
		net->thread[l] = -2;
		return k;
	}
	part[0] = l;
	return 1;
}

/* Follows thread t from its first label to one of the `end` labels; which, or -1. */
static int
follow(Net *net, int t, const int *end)
{
	const Node *n = net->n;
	int l = net->from[t];

	for (;;) {
		bool moved = false;

		if (net->thread[l] != -1)
			return -1;
		net->thread[l] = t;
		for (int s = 0; s < net->nthread; s++)
			if (end[s] == l)
				return s;
		for (int i = 0, off = 0; i < n->n && !moved; off += n->kid[i++]->nax) {
			int p, q;

			if (n->kid[i]->nax != 2 || net->used[i] || n->kid[i]->kind == N_INJ)
				continue;
			p = n->lab[off];
			q = n->lab[off + 1];
			if (p == q || (p != l && q != l))
				continue;
			net->used[i] = moved = true;
			net->edges++;
			l = p == l ? q : p;
		}
		if (!moved || n->labdim[l] != n->labdim[net->from[t]])
			return -1;
	}
}

static bool
square_network(Graph *g, Node *n, Net *net)
{
	int end[THREADS], nend;

	if (n->kind != N_PROD || n->nax != 2 || n->ax[0] != n->ax[1])
		return false;
	*net = (Net){.n = n, .straight = true};
	net->used = NEWN(g->a, bool, n->n + 1);
	net->thread = NEWN(g->a, int, n->nlab + 1);
	for (int l = 0; l < n->nlab; l++)
		net->thread[l] = -1;
	net->nthread = terminals(net, n->out[0], net->from);
	nend = n->out[0] == n->out[1] ? net->nthread : terminals(net, n->out[1], end);
	if (n->out[0] == n->out[1])
		for (int t = 0; t < net->nthread; t++)
			end[t] = net->from[t];
	if (net->nthread < 1 || nend != net->nthread)
		return false;
	for (int t = 0; t < net->nthread; t++) {
		int s = follow(net, t, end);

		if (s < 0)
			return false;
		net->straight = net->straight && s == t;
	}
	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax) {
		const Node *k = n->kid[i];

		if (k->nax == 1 && k->kind != N_UNIT && net->thread[n->lab[off]] != -1) {
			net->used[i] = true;
			net->weights++;
			net->straight = net->straight && net->thread[n->lab[off]] >= 0;
		}
		if (k->nax && !net->used[i])
			return false;
	}
	for (int l = 0; l < n->nlab; l++)
		if (net->thread[l] == -1)
			return false;
	return true;
}

/* the product of the net with each part replaced: matrices by f(matrix) on exchanged labels, and so
   the axes; vectors, scalars and the coefficient by their inverses; fusions as they are */
static Node *
inverse_network(Graph *g, const Net *net)
{
	Node *n = net->n;
	Prod *p = prod_begin(g);
	Rat minus1 = rat(-1, 1);

	for (int l = 0; l < n->nlab; l++)
		prod_label(p, n->labdim[l]);
	prod_coef(p, rat_inv(g->a, n->coef[0]));
	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax) {
		Node *k = n->kid[i];
		const int *l = n->lab + off;

		if (k->kind == N_FUSE)
			prod_factor(p, k, l);
		else if (k->nax < 2)
			prod_factor(p, node_pow(g, k, minus1), l);
		else
			prod_factor(p, fn(g, F_inv, 0, k), (int[]){l[1], l[0]});
	}
	return prod_end(p, 2, (int[]){n->out[1], n->out[0]});
}

/* the scalar in front of a net: its coefficient times its factors of order 0 */
static Node *
net_scalar(Graph *g, const Net *net)
{
	Prod *p = prod_begin(g);

	prod_coef(p, net->n->coef[0]);
	for (int i = 0; i < net->n->n; i++)
		if (net->n->kid[i]->nax == 0)
			prod_factor(p, net->n->kid[i], NULL);
	return prod_end(p, 0, NULL);
}

/* the product of the vectors on a thread; NULL when there is none */
static Node *
net_vector(Graph *g, const Net *net, int t)
{
	const Node *n = net->n;
	Node *v = NULL;

	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax)
		if (n->kid[i]->nax == 1 && net->thread[n->lab[off]] == t)
			v = v ? node_emul(g, v, n->kid[i]) : n->kid[i];
	return v;
}

static Node *
diagonal(Graph *g, Node *v)
{
	Prod *p = prod_begin(g);
	int l = prod_label(p, v->ax[0]);

	prod_factor(p, v, &l);
	return prod_end(p, 2, (int[]){l, l});
}

/* how often thread t's determinant is a factor: the product of the other threads' sizes */
static Dim *
multiplicity(Graph *g, const Net *net, int t)
{
	Dim *d = dim_num(g->dims, 1);

	for (int s = 0; s < net->nthread; s++)
		if (s != t)
			d = dim_mul(g->dims, d, net->n->labdim[net->from[s]]);
	return d;
}

/* ---- transposes */

/* A sum has its coefficient taken out in canonical forms only, and there it is that of its last
   term, which need not be the same term in its transpose: whether X or X' was made first must not
   depend on it, or 2*D*x*x' + D and x*x'*D + 1/2*D would take turns for ever. */
static Node *
monic(Graph *g, Node *x)
{
	if (x->kind == N_SUM && x->n && g->canon_mode)
		return node_scale(g, rat_inv(g->a, x->coef[x->n - 1]), x);
	return x->kind == N_PROD ? prod_monic(g, x) : x;
}

/* Of X and X' the one that was made first, when that is not X: the function is then taken of it.
   Coefficients do not count, since they may be taken out of the function next; of X and X' = -X it
   is the one with the positive one. */
static Node *
older_transpose(Graph *g, Node *x)
{
	Node *t, *mx, *mt;

	if (x->nax != 2 || (x->kind != N_PROD && x->kind != N_SUM))
		return NULL;
	t = node_transpose(g, x);
	mx = monic(g, x);
	mt = monic(g, t);
	if (mt == mx)
		return x->kind == N_PROD && t != x && rat_sign(x->coef[0]) < 0 ? t : NULL;
	return mt->id < mx->id ? t : NULL;
}

/* c*M for scalars c: the rest of the product, c in *scale; NULL when there is no scalar in it */
static Node *
split_scale(Graph *g, Node *x, Node **scale)
{
	Prod *s, *rest;
	int off = 0;

	if (x->kind != N_PROD || x->nax == 0)
		return NULL;
	s = prod_begin(g);
	rest = prod_begin(g);
	prod_coef(s, x->coef[0]);
	for (int l = 0; l < x->nlab; l++)
		prod_label(rest, x->labdim[l]);
	for (int i = 0; i < x->n; off += x->kid[i++]->nax) {
		if (x->kid[i]->nax == 0)
			prod_factor(s, x->kid[i], NULL);
		else
			prod_factor(rest, x->kid[i], x->lab + off);
	}
	*scale = prod_end(s, 0, NULL);
	if (*scale == node_num(g, RAT1))
		return NULL;
	return prod_end(rest, x->nax, x->out);
}

/* ---- inv */

static Node *
rule_inv(Graph *g, Node *x)
{
	Node *t, *c;
	Net net;

	if (is_fn(x, F_inv))
		return x->kid[0];                               /* inv(inv(A)) = A */
	if (is_fn(x, F_expm))                                   /* inv(expm(A)) = expm(-A) */
		return fn(g, F_expm, 0, node_scale(g, rat(-1, 1), x->kid[0]));
	if (x->kind == N_FN && x->fun->id == F_mpow)            /* inv(A^k) = inv(A)^k */
		return fn(g, F_mpow, x->param, fn(g, F_inv, 0, x->kid[0]));
	if (x->kind == N_VAR && (x->var->props & P_ORTHOGONAL))
		return node_transpose(g, x);                    /* inv(Q) = Q', Q orthogonal */
	if (x->kind == N_VAR && (x->var->props & P_INVOLUTORY))
		return x;                                       /* inv(A) = A where A*A = I */
	/* inv(c*A*B) = 1/c*inv(B)*inv(A), inv(A') = inv(A)', inv(diag(v)) = diag(1./v), inv(I) = I,
	   inv(kron(A, B)) = kron(inv(A), inv(B)); all matrices square */
	if (square_network(g, x, &net))
		return inverse_network(g, &net);
	if ((t = split_scale(g, x, &c)))                        /* inv(c A) = 1/c inv(A) */
		return node_emul(g, node_pow(g, c, rat(-1, 1)), fn(g, F_inv, 0, t));
	if ((t = older_transpose(g, x)))
		return node_transpose(g, fn(g, F_inv, 0, t));   /* inv(A') = inv(A)' */
	return NULL;
}

/* X where x is X'*X, or X' where it is X*X'; or NULL */
static Node *
gram_root(Graph *g, Node *x)
{
	const int *l = x->lab;

	if (x->kind != N_PROD || x->nax != 2 || x->n != 2 || x->nlab != 3 || x->kid[0] != x->kid[1] ||
		x->kid[0]->nax != 2 || !rat_is(x->coef[0], 1))
		return NULL;
	if (l[0] == l[2] && l[1] != l[3])
		return x->kid[0];
	return l[1] == l[3] && l[0] != l[2] ? node_transpose(g, x->kid[0]) : NULL;
}

static Node *
rule_pinv(Graph *g, Node *x)
{
	Node *t, *c;

	if (node_is_zero(x))                                    /* pinv(0) = 0 */
		return node_zero(g, 2, (Dim *[]){x->ax[1], x->ax[0]});
	if (is_fn(x, F_pinv))
		return x->kid[0];                               /* pinv(pinv(A)) = A */
	if (x->kind == N_VAR && x->ax[0] == x->ax[1] && (props_close(x->var->props) & P_INVERTIBLE))
		return fn(g, F_inv, 0, x);                      /* pinv(A) = inv(A), A invertible */
	if (x == node_eye(g, x->ax[0]))
		return x;                                       /* pinv(I) = I */
	if (g->canon_mode && (t = gram_root(g, x)))             /* pinv(X'*X) = pinv(X)*pinv(X)' */
		return node_matmul(g, fn(g, F_pinv, 0, t), node_transpose(g, fn(g, F_pinv, 0, t)));
	if ((t = split_scale(g, x, &c)))                      /* pinv(c A) = 1/c pinv(A) */
		return node_emul(g, node_pow(g, c, rat(-1, 1)), fn(g, F_pinv, 0, t));
	if ((t = older_transpose(g, x)))
		return node_transpose(g, fn(g, F_pinv, 0, t));  /* pinv(A') = pinv(A)' */
	return NULL;
}

/* ---- det, logdet */

/* det(c A B diag(v)) = c^n det(A) det(B) det(diag(v)), det(I) = 1, det(kron(A, B)) = det(A)^p
   det(B)^n for A n x n, B p x p; all matrices square */
static Node *
det_network(Graph *g, const Net *net)
{
	Node *n = net->n, *c = net_scalar(g, net);
	Prod *p;

	if (!net->straight || (net->weights && !net->edges && net->nthread == 1 &&
							  node_is_num(c, NULL) && rat_is(n->coef[0], 1)))
		return NULL;
	p = prod_begin(g);
	prod_factor(p, size_power(g, c, n->ax[0]), NULL);
	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax)
		if (n->kid[i]->nax == 2) {
			Node *d = fn(g, F_det, 0, n->kid[i]);

			prod_factor(p, size_power(g, d, multiplicity(g, net, net->thread[n->lab[off]])), NULL);
		}
	for (int t = 0; t < net->nthread; t++) {
		Node *v = net_vector(g, net, t);

		if (v)
			prod_factor(
				p, size_power(g, fn(g, F_det, 0, diagonal(g, v)), multiplicity(g, net, t)), NULL);
	}
	return prod_end(p, 0, NULL);
}

static Node *
rule_det(Graph *g, Node *x)
{
	Node *t, *c;
	Net net;

	if (node_is_zero(x))
		return node_num(g, RAT0);                       /* det(0) = 0 */
	if (is_fn(x, F_inv))                                    /* det(inv(A)) = 1/det(A) */
		return node_pow(g, fn(g, F_det, 0, x->kid[0]), rat(-1, 1));
	if (x->kind == N_FN && x->fun->id == F_mpow)            /* det(A^k) = det(A)^k */
		return node_pow(g, fn(g, F_det, 0, x->kid[0]), rat(x->param, 1));
	if (is_fn(x, F_expm)) {                                 /* det(expm(A)) = exp(tr(A)) */
		Prod *p = prod_begin(g);
		int l = prod_label(p, x->ax[0]);

		prod_factor(p, x->kid[0], (int[]){l, l});
		return map1(g, F_exp, prod_end(p, 0, NULL));
	}
	if (square_network(g, x, &net) && (t = det_network(g, &net)))
		return t;
	if ((t = split_scale(g, x, &c)))                        /* det(c A) = c^n det(A) */
		return node_emul(g, size_power(g, c, x->ax[0]), fn(g, F_det, 0, t));
	if ((t = older_transpose(g, x)))
		return fn(g, F_det, 0, t);                      /* det(A') = det(A) */
	return NULL;
}

/* n log|c| for a scalar factor c; proofs: always, otherwise where c > 0 or a number. NULL: cannot
   leave */
static Node *
log_scalar(Graph *g, Node *c, Dim *n)
{
	if (!g->canon_mode && !node_is_num(c, NULL) && !node_positive(g, c))
		return NULL;
	return node_emul(g, node_dim(g, n), map1(g, F_log, map1(g, F_abs, c)));
}

/* logdet(diag(v)) = sum(log|v|); proofs: always, otherwise where v > 0. NULL: stays */
static Node *
log_diagonal(Graph *g, Node *v)
{
	Prod *p;
	int l;

	if (!g->canon_mode && !node_positive(g, v))
		return NULL;
	p = prod_begin(g);
	l = prod_label(p, v->ax[0]);
	prod_factor(p, map1(g, F_log, map1(g, F_abs, v)), &l);
	return prod_end(p, 0, NULL);
}

/* logdet(c A B diag(v)) = n log|c| + logdet(A) + logdet(B) + sum(log|v|), logdet(I) = 0,
   logdet(kron(A, B)) = p logdet(A) + n logdet(B); all matrices square */
static Node *
logdet_network(Graph *g, const Net *net)
{
	Node *n = net->n, *c = log_scalar(g, net_scalar(g, net), n->ax[0]);
	Sum *s;

	if (!net->straight || !c)
		return NULL;
	s = sum_begin(g, 0, NULL);
	sum_add(s, RAT1, c);
	for (int i = 0, off = 0; i < n->n; off += n->kid[i++]->nax)
		if (n->kid[i]->nax == 2) {
			Dim *k = multiplicity(g, net, net->thread[n->lab[off]]);

			sum_add(s, RAT1, node_emul(g, node_dim(g, k), fn(g, F_logdet, 0, n->kid[i])));
		}
	for (int t = 0; t < net->nthread; t++) {
		Node *v = net_vector(g, net, t), *l;

		if (!v)
			continue;
		if (!(l = log_diagonal(g, v))) {
			if (!net->edges && net->nthread == 1 && node_is_zero(c))
				return NULL;    /* the diagonal itself */
			l = fn(g, F_logdet, 0, diagonal(g, v));
		}
		sum_add(s, RAT1, node_emul(g, node_dim(g, multiplicity(g, net, t)), l));
	}
	return sum_end(s);
}

static Node *
rule_logdet(Graph *g, Node *x)
{
	Node *t, *c;
	Net net;

	if (is_fn(x, F_inv))                                    /* logdet(inv(A)) = -logdet(A) */
		return node_scale(g, rat(-1, 1), fn(g, F_logdet, 0, x->kid[0]));
	if (x->kind == N_FN && x->fun->id == F_mpow)            /* logdet(A^k) = k logdet(A) */
		return node_scale(g, rat(x->param, 1), fn(g, F_logdet, 0, x->kid[0]));
	if (is_fn(x, F_expm)) {                                 /* logdet(expm(A)) = tr(A) */
		Prod *p = prod_begin(g);
		int l = prod_label(p, x->ax[0]);

		prod_factor(p, x->kid[0], (int[]){l, l});
		return prod_end(p, 0, NULL);
	}
	if (x->kind == N_VAR && (x->var->props & P_ORTHOGONAL))
		return node_num(g, RAT0);                       /* logdet(Q) = 0, Q orthogonal: |det(Q)| =
		                                                   1 */
	if (square_network(g, x, &net) && (t = logdet_network(g, &net)))
		return t;
	/* logdet(c A) = n log|c| + logdet(A) */
	if ((t = split_scale(g, x, &c)) && (c = log_scalar(g, c, x->ax[0])))
		return node_add(g, c, fn(g, F_logdet, 0, t));
	if ((t = older_transpose(g, x)))
		return fn(g, F_logdet, 0, t);                   /* logdet(A') = logdet(A) */
	return NULL;
}

/* ---- functions that commute with transposition: adj, expm, integer powers */

/* c*diag(v), c*I: the vector of the diagonal; or NULL */
static Node *
diagonal_of(Graph *g, Node *x)
{
	Prod *p;
	int l;

	if (x->kind != N_PROD || x->nax != 2 || x->nlab != 1)
		return NULL;
	for (int i = 0; i < x->n; i++)
		if (x->kid[i]->nax > 1)
			return NULL;
	p = prod_begin(g);
	l = prod_label(p, x->ax[0]);
	prod_coef(p, x->coef[0]);
	for (int i = 0; i < x->n; i++)
		prod_factor(p, x->kid[i], &l);
	return prod_end(p, 1, &l);
}

static Node *
rule_adj(Graph *g, Node *x)
{
	Node *t;

	if (x == node_eye(g, x->ax[0]))
		return x;                                       /* adj(I) = I */
	if ((t = older_transpose(g, x)))
		return node_transpose(g, fn(g, F_adj, 0, t));   /* adj(A') = adj(A)' */
	return NULL;
}

static Node *
rule_expm(Graph *g, int order, Node *x)
{
	Node *t;

	if (order)                                              /* a derivative: stays */
		return NULL;
	if (node_is_zero(x))
		return node_eye(g, x->ax[0]);                   /* expm(0) = I */
	if ((t = diagonal_of(g, x)))
		return diagonal(g, map1(g, F_exp, t));          /* expm(diag(v)) = diag(exp(v)) */
	if ((t = older_transpose(g, x)))
		return node_transpose(g, fn(g, F_expm, 0, t));  /* expm(A') = expm(A)' */
	return NULL;
}

enum { WRITTEN_OUT = 16 };       /* powers up to this exponent are products; proofs: up to twice
                                    that */

static Node *
rule_mpow(Graph *g, int k, Node *x)
{
	Node *t, *c;

	if (k == 0)
		return node_eye(g, x->ax[0]);                   /* A^0 = I */
	if (k == 1 || node_is_zero(x))
		return x;                                       /* A^1 = A, 0^k = 0 */
	if (x->kind == N_FN && x->fun->id == F_mpow && x->param <= INT_MAX / k)
		return fn(g, F_mpow, x->param * k, x->kid[0]);  /* (A^j)^k = A^(j k) */
	if (is_fn(x, F_expm))                                   /* expm(A)^k = expm(k A) */
		return fn(g, F_expm, 0, node_scale(g, rat(k, 1), x->kid[0]));
	if ((t = diagonal_of(g, x)))
		return diagonal(g, node_pow(g, t, rat(k, 1)));  /* diag(v)^k = diag(v.^k) */
	if (k <= (g->canon_mode ? 2 * WRITTEN_OUT : WRITTEN_OUT)) {
		t = x;
		for (int i = 1; i < k; i++)
			t = node_matmul(g, t, x);
		return t;
	}
	if ((t = split_scale(g, x, &c)))                      /* (c A)^k = c^k A^k */
		return node_emul(g, node_pow(g, c, rat(k, 1)), fn(g, F_mpow, k, t));
	if ((t = older_transpose(g, x)))
		return node_transpose(g, fn(g, F_mpow, k, t));  /* (A')^k = (A^k)' */
	return NULL;
}

/* ---- softmax, logsumexp of equal entries: softmax(c,..,c) = 1/n, logsumexp(c,..,c) = c +
   log(n) */

static Node *
rule_equal_entries(Graph *g, FunId f, int param, Node *x)
{
	int axis = param == 2 ? 1 : 0;
	Node *size, *r;
	Rat c = RAT0;

	if (!node_is_zero(x)) {
		if (x->kind != N_PROD || x->n || x->nlab != x->nax)
			return NULL;
		c = x->coef[0];
	}
	size = node_dim(g, x->ax[axis]);
	if (f == F_softmax)
		return node_broadcast(g, node_pow(g, size, rat(-1, 1)), x->nax, x->ax);
	r = node_add(g, node_num(g, c), map1(g, F_log, size));
	return x->nax == 1 ? r : node_broadcast(g, r, 1, &x->ax[1 - axis]);
}

/* needs: a matrix function of the table, its parameter and argument (funs.h). gives: the node that
   it is when a rule applies, else NULL: the caller makes an FN node. */
Node *
rule_fn(Graph *g, const Fun *f, int param, int n, Node **kid)
{
	Node *x = kid[0];

	(void)n;
	switch (f->id) {
	case F_inv:
		return rule_inv(g, x);
	case F_pinv:
		return rule_pinv(g, x);
	case F_det:
		return rule_det(g, x);
	case F_logdet:
		return rule_logdet(g, x);
	case F_adj:
		return rule_adj(g, x);
	case F_expm:
		return rule_expm(g, param, x);
	case F_mpow:
		return rule_mpow(g, param, x);
	case F_softmax: case F_logsumexp:
		return rule_equal_entries(g, f->id, param, x);
	default:
		return NULL;
	}
}
