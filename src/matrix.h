/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * matrix.h: what the matrix*.c files share, nobody else needs it: matrix expressions on their way
 * from the tensor graph to a syntax tree. An Ex is a matrix expression whose orientation is known
 * and whose notation is still open: which factor is transposed, what becomes a quotient or a power,
 * is decided when it is made (matrix_ex.c) or written (matrix_factors.c).
 *
 *   matrix.c          nodes other than products; the entry point
 *   matrix_net.c      a product as a network of labels, reduced step by step
 *   matrix_mat.c      a network with tuples of open labels as one matrix: kron, vec
 *   matrix_fuse.c     combined labels (FUSE), tensors of order 3 and more as matrices
 *   matrix_ex.c       the algebra of expressions: products, transposes, powers
 *   matrix_calls.c    traces, sums of entries, diagonals, kron, vec
 *   matrix_factors.c  expressions to trees: coefficients, quotients, powers, signs
 *   matrix_block.c    block matrices and literals
 *   matrix_unit.c     unit vectors and entries
 *   matrix_unknown.c  unknown functions and their derivatives; names made up
 */
#ifndef MDX_MATRIX_H
#define MDX_MATRIX_H

#include "core.h"

typedef enum {
	EX_LEAF,        /* written by tree */
	EX_ONES,        /* all ones */
	EX_EYE,         /* identity */
	EX_TRANS,       /* kid[0]' */
	EX_MUL,         /* matrix product of two or more; 1 x 1 too */
	EX_EMUL,        /* kid[0] .* kid[1] ..; the last nden kids divide */
	EX_POW,         /* kid[0] to the power coef, entry by entry or scalar; coef > 0 */
	EX_SUM,         /* coefs[i] * kid[i] */
	EX_TERM,        /* coef times scalars kid[0..]; the last nden kids divide; times body */
	EX_CALL,        /* fn(kid..., arg...) */
	EX_SQ           /* the sum of the squares of kid[0]'s entries */
} ExKind;

typedef struct Ex {
	ExKind kind;
	Dim *row, *col;         /* NULL: 1 */
	int n; struct Ex **kid;
	int nden;
	Rat coef, *coefs;
	struct Ex *body;        /* TERM; NULL: a scalar */
	Node *node;             /* LEAF: the node it stands for in its own orientation */
	const char *fn;         /* CALL */
	int narg; Tree **arg;   /* CALL: sizes behind the kids */
	Tree *tree;             /* LEAF: its text; others: once it is written */
	unsigned key;           /* order of first appearance */
	int cost;               /* transposes in its text */
	int rank;               /* 0 a name, 1 a call or an entry, 2 a sum, 3 a product */
	bool turning;           /* its transpose is being made */
	bool capital;           /* in it is a scalar that is a matrix by its name */
	bool has_row;           /* in it is the transpose of a row, as a column */
} Ex;

typedef struct Bound { Node *node; int twin; Sym name; } Bound;

typedef struct Form {
	Graph *g;
	Arena *a;
	Ex **memo; unsigned nmemo, cap_memo;    /* by node: open addressing */
	Node **memo_key;
	Tree **bind; int nbind, cap_bind;       /* where: BIND trees, in order */
	Bound *bound; int nbound, cap_bound;    /* nodes that got a name there */
	Sym *taken; int ntaken, cap_taken;      /* names in use; NULL: not looked for yet */
	Node **named; int nnamed; bool named_known;     /* NAMED nodes of unknown calls */
	Folds folds;                    /* names by what they stand for */
	bool odd;                       /* a network was not series-parallel: right, not pretty */
} Form;

/* ---- matrix.c */
Ex *form_node(Form *f, Node *n);                /* scalar, column, or axis 0 = rows. Memoised. */
Ex *form_entry(Form *f, Node *n, Dim **index);  /* at 1-based indices, of any order */
bool node_is_row(const Node *n);                /* a leaf whose name stands for a row vector */

/* ---- matrix_net.c: networks */
typedef struct Vert {
	Dim *dim;
	Dim *pin;               /* fixed at this index (then not open) */
	bool open, dead;
	Ex *dec;                /* a column on this label, or NULL */
} Vert;
typedef struct Edge { int u, v; Ex *m; bool dead; } Edge;       /* rows on u, columns on v */
typedef struct Fuse { int k; int *part; int whole; bool dead; } Fuse;
typedef struct Tens { Node *node; int *lab; bool dead; } Tens;  /* a derivative of expm */
typedef struct Net {
	Form *f;
	Vert *v; int nv, cap_v;
	Edge *e; int ne, cap_e;
	Fuse *h; int nh, cap_h;
	Tens *t; int nt, cap_t;
} Net;

Ex *form_prod(Form *f, Node *n);                /* a PROD of order <= 2 */
Ex *form_network(Form *f, int nfactor, Node **factor, const int *lab, int nlab, Dim **dim,
	Rat coef, int nout, const int *out);
int net_vert(Net *n, Dim *d);
/* The label that stands for x in a forest of labels, up[x] being another one of its tree or x
   itself */
int net_root(int *up, int x);
/* For each label one that stands for all that edges join with it; all: and combined labels and the
   derivatives of expm, each of which joins all of its labels */
int *net_components(const Net *n, bool all);
void net_edge(Net *n, int u, int v, Ex *m);
void net_dec(Net *n, int v, Ex *x);             /* one more column on v */
void net_fuse(Net *n, int k, const int *part, int whole);
/* the part on these vertices (NULL: all), which keep their numbers */
Net *net_copy(const Net *n, const bool *keep);
void net_fold(Net *n);                          /* columns at the ends of edges move to where labels
                                                   are open or combined */
void net_reduce(Net *n);                        /* steps on vertices not open; no fuses */
/* with at most one row and one column vertex (-1: none), fuses and all; consumes n */
Ex *net_form(Net *n, int row, int col);

/* ---- matrix_mat.c: rows are the combined index of R, columns that of C; no fuses; consumes n */
Ex *net_mat(Net *n, int nr, const int *R, int nc, const int *C);

/* ---- matrix_fuse.c */
void net_tensor(Net *n, Node *t, const int *lab);       /* a factor of order 3 or more */
void net_resolve_tens(Net *n);
void net_unfuse(Net *n, int row);
/* x on the combined label (rows: last axis of parts varies fastest) */
Ex *ex_reshape(Form *f, Ex *x, Dim *row, Dim *col);

/* ---- matrix_ex.c */
Ex *ex_leaf(Form *f, Tree *t, Dim *row, Dim *col, unsigned key, int rank);
Ex *ex_ones(Form *f, Dim *row, Dim *col);
Ex *ex_eye(Form *f, Dim *d);
Ex *ex_trans(Form *f, Ex *x);
Ex *ex_cheaper(Form *f, Ex *x);                 /* x or x', whichever has fewer transposes */
Ex *ex_row(Form *f, Ex *x);                     /* x' of a column beside another column */
Ex *ex_mul(Form *f, int n, Ex *const *x);       /* without NULLs; 1 x 1: in its best order */
Ex *ex_chain(Form *f, int n, Ex *const *x);     /* a product as it stands */
Ex *ex_mul2(Form *f, Ex *x, Ex *y);
Ex *ex_emul2(Form *f, Ex *x, Ex *y);
Ex *ex_pow(Form *f, Ex *x, Rat e);              /* entry by entry, any e but 0 */
Ex *ex_term(Form *f, Rat coef, int nnum, Ex *const *num, int nden, Ex *const *den, Ex *body);
Ex *ex_sum(Form *f, Dim *row, Dim *col, int n, const Rat *coef, Ex *const *x);
Ex *ex_call(Form *f, const char *fn, Dim *row, Dim *col, int rank, int n,
	Ex *const *x, int narg, Tree *const *arg);
Ex *ex_square(Form *f, Ex *x);                  /* the sum of the squares of its entries */
bool ex_equal(const Ex *x, const Ex *y);
bool ex_plain(const Ex *x);                     /* no elementwise construct */
bool ex_is_dot(const Ex *x);                    /* a SQ that is written x'*x */
static inline bool
ex_is_scalar(const Ex *x)
{
	return !x->row && !x->col;
}
static inline bool
ex_is_row(const Ex *x)
{
	return !x->row && x->col;
}
static inline bool
ex_is_col(const Ex *x)
{
	return x->row && !x->col;
}

/* ---- matrix_calls.c */
Ex *ex_diag(Form *f, Ex *column);               /* column to diagonal matrix */
Ex *ex_diagonal(Form *f, Ex *matrix);           /* matrix to column */
Ex *ex_tr(Form *f, Ex *matrix);
Ex *ex_all(Form *f, Ex *x);                     /* the sum of all entries */
Ex *ex_kron(Form *f, Ex *x, Ex *y);
Ex *ex_vec(Form *f, Ex *matrix);

/* ---- matrix_factors.c */
Tree *ex_tree(Form *f, Ex *x);
Tree *ex_tree_whole(Form *f, Ex *x);            /* as the whole result: a lone identity is I */
Tree *ex_tree_bare(Form *f, Ex *x);             /* a broadcast scalar as the scalar */
bool ex_broadcast(const Ex *x);                 /* a scalar times ones of order >= 1 */
Tree *form_tree(Form *f, TreeKind kind, int n, Tree *const *kid);       /* names too deep kids */
Tree *form_call(Form *f, const char *fn, int n, Tree *const *kid);
Tree *form_num(Form *f, Rat r);                 /* as it is typed: -1/2 is NEG(DIV(1, 2)) */
Tree *form_name(Form *f, Sym s);
Tree *form_dim(Form *f, const Dim *d);          /* NULL: 1 */

/* ---- matrix_block.c */
Ex *form_block(Form *f, Node *n);               /* NULL when n is no block matrix or literal */
Ex *form_inj(Form *f, Node *n);

/* ---- matrix_unit.c */
Ex *form_unit(Form *f, Node *n);
Ex *ex_index(Form *f, Ex *x, Dim *i, Dim *j);   /* entry; j NULL for a column */

/* ---- matrix_unknown.c */
Ex *form_unknown(Form *f, Node *n);             /* order <= 2 */
/* its matrix when rows and columns are combined: parts, slowest first, as axes of n; *nrow of the
   n->nax go to the rows */
Ex *unknown_matrix(Form *f, Node *n, int *order, int *nrow);
Ex *expm_matrix(Form *f, Node *n, int *order, int *nrow);
Sym form_fresh(Form *f, const char *const *wish);       /* wish: NULL-terminated */
/* direct: its own will do; twin: which of several names for the same node */
Tree *form_variable(Form *f, Node *n, int twin, bool direct);

#endif
