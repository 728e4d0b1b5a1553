/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan.h: what the planner (plan.c, plan_*.c) makes and the evaluator (eval.c, eval_*.c) runs.
 * Nobody else needs it.
 *
 * A plan is a list of steps over values. A value is a buffer of doubles, known by a number; what a
 * step reads is a view of one: an offset and a stride for each axis that it loops over. So
 * transposes, diagonals, blocks, single entries, broadcasts and reshapes cost nothing: they are
 * strides.
 */
#ifndef MDX_PLAN_H
#define MDX_PLAN_H

#include "core.h"

enum {
	STRIP = 512,            /* entries an elementwise program handles at a time */
	EW_DEPTH = 12           /* values on an elementwise program's stack */
};

typedef struct View { int val; long off; long *stride; } View;

/* ---- steps */

/* X(ID, "what it is", for the dump) */
#define STEP_KINDS(X) \
	X(EW,      "elementwise")       /* out = (or +=) program(in...) */ \
	X(ZERO,    "zero")              \
	X(LOOP,    "loop")              /* out = product of in[], over all dims: little reuse */ \
	X(GEMM,    "gemm")              /* out = coef*in[0]*in[1] + beta*out, in batches */ \
	X(FACTOR,  "factor")            /* out: LU or Cholesky factors of in[0] */ \
	X(INV,     "inv")               /* out = inverse, from a factorisation */ \
	X(SOLVE,   "solve")             /* out = inverse * in[0] */ \
	X(DET,     "det")               \
	X(LOGDET,  "logdet")            \
	X(FN,      "function")          /* the other matrix functions */ \
	X(UNKNOWN, "unknown")           /* a scalar unknown function or its derivative */

typedef enum {
#define X(k, s) OP_##k,
	STEP_KINDS(X)
#undef X
	OP_COUNT
} OpKind;

/* elementwise programs: postfix, over strips */
typedef enum { I_LOAD, I_CONST, I_SCALE, I_ADD, I_MUL, I_POW, I_MAP, I_UNKNOWN } InsKind;
typedef struct Ins {
	InsKind kind;
	int arg;                /* LOAD: which input; UNKNOWN: number of arguments */
	double c;               /* CONST, SCALE; ADD: factor of the top; POW: exponent */
	Node *node;             /* POW, MAP, UNKNOWN: for the function and for messages */
} Ins;

typedef struct Step {
	OpKind op;
	Node *node;             /* what it belongs to, for messages */
	View out;
	bool acc;               /* EW: add to out */
	int nin; View *in;
	int nd; long *dim;      /* EW, LOOP: the loops; GEMM: the batch loops; others: of in[0] */
	int nins, depth; Ins *ins;      /* EW */
	double coef, beta;      /* LOOP, GEMM */
	int nscal; View *scal;  /* LOOP, GEMM: scalars that multiply coef */
	long m, n, k;           /* GEMM; n also the order of FACTOR, INV, SOLVE */
	long sa[2], sb[2], sc[2];       /* strides of A (m, k), B (k, n), C (m, n) */
	bool syrk;              /* A*A': half the work */
	int factor;             /* FACTOR, INV, SOLVE, DET, LOGDET: number of the factorisation */
	bool trans;             /* SOLVE: with the transpose */
	bool chol;              /* FACTOR: symmetric, try Cholesky first */
} Step;

typedef struct Val {
	size_t size;
	Var *var;               /* a leaf: the data are the caller's */
	Node *node;             /* the leaf's, for messages */
	long *dim; int nax;     /* the leaf's */
	int last;               /* the last step that reads it; roots: never dies */
	size_t at;              /* where in the plan's storage */
	double *data;
} Val;

typedef struct Factors {        /* a factorisation; the factors themselves are a value */
	Node *node;             /* of what, for messages */
	long n;
	size_t *perm;
	int sign;
	bool chol, singular;
} Factors;

struct Plan {
	Graph *g;
	Arena *a;
	int nval, capval; Val *val;
	int nstep, capstep; Step *step;
	int nfactor, capfactor; Factors *factor;
	int nroot; View *root; Tensor **result;
	size_t storage;
	double *buf;
};

/* ---- planning */

typedef struct Lazy Lazy;

/* what the planner knows of a node */
typedef struct Low {
	Node *node;
	int uses;               /* by nodes reachable from the roots */
	bool done;              /* it has a value: */
	int val; long off; long *stride;
	long *dim;              /* its axes' sizes */
	Lazy *lazy;             /* PROD: analysed, not yet computed */
	int factor;             /* 1 + its factorisation's number */
} Low;

typedef struct Pair Pair;
typedef enum { O_REF, O_LAZY, O_INV, O_PAIR } OperKind;
/* an operand of a product: a view over some of its loops, or something that can be made one */
typedef struct Oper {
	OperKind kind;
	int val; long off;
	int n; int *var; long *stride;
	Node *node;             /* LAZY: axis i runs over var[i]; INV: the matrix that is inverted */
	Pair *pair;
} Oper;
struct Pair { Oper x, y; };

/* a linear form in loop variables: an axis of the result */
typedef struct Place { int n; int *var; long *mult; long off; } Place;

/* a product as loops: out[place(loops)] = coef * product of operands, summed over loops that are in
   no place */
struct Lazy {
	double coef;
	bool zero;
	int nvar; long *size; bool *open;       /* open: some axis of the result has it */
	int nop; Oper *op;
	int nax; Place *ax; long *dim;
	bool full;              /* every entry of the result is written, once */
	bool simple;            /* ... and every axis is one loop, or of size 1 */
};

typedef struct Ew {
	int nd; long *dim;
	int nin, capin; View *in;
	int n, cap; Ins *ins;
	int depth, most;        /* of the stack */
} Ew;

typedef struct Cons { uint32_t hash; int n; long *key; int val; struct Cons *next; } Cons;

typedef struct Build {
	Graph *g; Env *env; Arena *a; Plan *p;
	Low **low; unsigned nlow, caplow;
	Cons **cons; unsigned ncons, capcons;
	struct { const Dim *dim; long size; } sizes[64];
} Build;

/* plan.c */
Low *plan_low(Build *b, Node *n);                       /* looks through NAMED */
Low *plan_need(Build *b, Node *n);                      /* with a value */
long plan_size(Build *b, const Dim *d, const Node *n);
int plan_val(Build *b, size_t size);
Step *plan_step(Build *b, OpKind op, Node *n, int out);
void plan_has(Build *b, Low *l, int val);                /* l's value is val, dense */
/* strides, last axis fastest, and the number of entries */
long *plan_dense(Build *b, int n, const long *dim, size_t *size);
int plan_factor(Build *b, Node *n);                     /* the factorisation of a square matrix */
int plan_factor_val(const Build *b, int factor);        /* where its factors are */
int plan_inverse(Build *b, Node *n);                    /* its dense inverse */
/* the value under this key (-1: none yet, to be set) */
int *plan_cons(Build *b, int n, const long *key);
Node *plan_strip(Node *n);
Node *plan_inv_arg(const Node *n);                      /* K when n is inv(K) of order 2, or NULL */


/* plan_sum.c */
bool plan_sum_into(const Low *k, const Lazy *z);
bool plan_sum_inline(Build *b, Low *l);
void plan_sum(Build *b, Low *l);

/* plan_ew.c */
void ew_begin(Build *b, Ew *e, int nd, const long *dim);
void ew_load(Build *b, Ew *e, int val, long off, const long *stride);
void ew_op(Build *b, Ew *e, InsKind kind, int arg, double c, Node *n);
void ew_node(Build *b, Ew *e, Node *n, const int *ax);  /* axis i of n runs over loop ax[i] */
/* the same, but never as a value of its own */
void ew_body(Build *b, Ew *e, Node *n, const int *ax);
/* the product of operands; var v runs over loop[v] */
void ew_opers(Build *b, Ew *e, Lazy *z, int n, Oper *o, const int *loop);
void ew_end(Build *b, Ew *e, int val, long off, const long *stride, bool acc, Node *n);
/* a product into its places */
void ew_scatter(Build *b, Lazy *z, int val, const long *stride, double coef, bool acc, Node *n);

/* plan_prod.c */
Lazy *plan_prod(Build *b, Node *n);             /* last contractions stay pending (O_PAIR) */
/* plan_order.c */
void order_product(Build *b, Lazy *z, Node *n); /* contracts until all loops left are open */
/* plan_pair.c */
void pair_force(Build *b, Lazy *z, Oper *o, Node *n);   /* make it a REF */
int *pair_known(Build *b, Lazy *z, const Oper *x, const Oper *y, const bool *keep);
Oper pair_contract(Build *b, Lazy *z, Oper *x, Oper *y, const bool *keep, Node *n);
Oper pair_loop(Build *b, Lazy *z, int n, Oper *o, const bool *keep, Node *node);
/* elementwise product as one operand */
Oper pair_merge(Build *b, Lazy *z, int n, Oper *o, Node *node);
bool pair_into(Build *b, Lazy *z, int val, const long *stride, double coef, double beta, Node *n);

/* eval_prod.c, eval_ew.c, eval_fn.c: one step each */
void run_ew(Plan *p, const Step *s, Env *env);
void run_loop(Plan *p, const Step *s, Env *env);
void run_gemm(Plan *p, const Step *s, Env *env);
void run_factor(Plan *p, const Step *s, Env *env);
void run_inv(Plan *p, const Step *s, Env *env);
void run_solve(Plan *p, const Step *s, Env *env);
void run_det(Plan *p, const Step *s, Env *env);
void run_fn(Plan *p, const Step *s, Env *env);
void run_unknown(Plan *p, const Step *s, Env *env);
const char *node_text(Graph *g, Node *n);       /* as a person would write it; for messages */

/* unknown.c: sum over r of amp * sin(weight . arguments + phase) */
enum { WAVES = 6 };
typedef struct Wave { double amp, phase; uint64_t key; } Wave;
Wave unknown_wave(const UFun *u, uint64_t seed, int r);
double unknown_weight(const Wave *w, int arg, size_t entry);   /* of one entry of one argument */
double unknown_sin(int order, double x);                /* the order-th derivative of the sine */

#endif
