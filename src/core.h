/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core.h: the map of mdx. Every shared type, in the order in which the data flows, and the
 * prototypes of every file under a banner with its name.
 *
 *   text -> tokens -> Tree -> Term (names resolved, shapes inferred) -> Node (tensor graph)
 *        -> Node (derivative, simplified, canonical) -> Tree -> text
 *        -> Plan -> Tensor (numbers)
 *
 * Memory: everything that a statement makes lives in its Arena and goes with it. Nobody frees.
 * Errors: raise() jumps to the innermost TRY of the arena's Trap chain (one per statement).
 */
#ifndef MDX_CORE_H
#define MDX_CORE_H

#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <setjmp.h>

#include "mdx.h"

/* ---------------------------------------------------------------- mem.c: arenas, names, text */

typedef struct Arena Arena;
typedef const char *Sym;        /* an interned name: equal names are the same pointer */

Arena *arena_new(void);                       /* NULL when memory is out */
void arena_free(Arena *a);                    /* runs the deferred functions, last first */
/* An arena that ends with a and raises where a does: for what is given back again and again while a
   keeps what it gets, as the nodes of a graph. Raises when memory is out. */
Arena *arena_scratch(Arena *a);
void arena_reset(Arena *a);                   /* as freeing and making anew, but keeps a block */
void *arena_alloc(Arena *a, size_t size);     /* zeroed, 16-byte aligned; polls the interrupt flag;
                                                 raises when memory is out */
void arena_defer(Arena *a, void (*fn)(void *), void *arg);   /* called when the arena ends */
size_t arena_used(const Arena *a);            /* bytes handed out */
/* arena_mark/arena_release: give back all that was allocated since the mark, and run what was
   deferred since */
typedef struct ArenaMark { void *block; size_t used; void *defer; } ArenaMark;
ArenaMark arena_mark(Arena *a);
void arena_release(Arena *a, ArenaMark m);
char *arena_strndup(Arena *a, const char *s, size_t n);
char *arena_printf(Arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(Arena *a, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0), nonnull));

#define NEW(a, T)      ((T *)arena_alloc((a), sizeof(T)))
#define NEWN(a, T, n)  ((T *)arena_alloc((a), sizeof(T) * (size_t)(n)))

/* a growable array in an arena: PUSH(a, v.item, v.n, v.cap, x) */
void *arena_grow(Arena *a, void *old, int *cap, size_t size);
#define PUSH(a, arr, n, cap, x) \
	do { \
		if ((n) == (cap)) \
			(arr) = arena_grow((a), (arr), &(cap), sizeof *(arr)); \
		(arr)[(n)++] = (x); \
	} while (0)

/* text under construction */
typedef struct Text { Arena *a; char *s; size_t n, cap; } Text;
Text text_new(Arena *a);
void text_add(Text *t, const char *s);
void text_addn(Text *t, const char *s, size_t n);
void text_addf(Text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* interned names; they live as long as the process */
Sym sym(const char *s);
Sym symn(const char *s, size_t n);

/* ---------------------------------------------------------- error.c: raise, places, diagnostics */

/* One statement's text (whole lines) and where it stands. Trees point into it; a definition keeps
   its own copy. */
typedef struct Source {
	const char *name;       /* file name, "-e", or NULL for the REPL */
	const char *text;       /* NUL-terminated (but may contain NUL bytes: see len) */
	size_t len;
	int line;               /* number of the first line in the file, from 1 */
} Source;

typedef struct Loc { const Source *src; int beg, end; } Loc;  /* byte offsets; src NULL: no place */

typedef enum { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE, DIAG_BUG } DiagKind;

typedef struct Diag {
	DiagKind kind;
	Loc loc;
	const char *msg, *hint, *hint2; /* the hints may be NULL */
	Loc loc2, loc3;                 /* further places (origins of what does not fit), or src NULL */
	const char *msg2, *msg3;        /* what is there; NULL: nothing */
	bool misfit;                    /* shapes that do not fit */
	bool incomplete;                /* unexpected end of input: the REPL asks for more */
	bool interrupted;
} Diag;

/* a jump buffer and the diagnostic that was raised to it */
typedef struct Trap { jmp_buf env; struct Trap *up; Arena *a; Diag diag; } Trap;
/* Usage:  Trap t; if (TRY(&t, a)) { ...; trap_end(&t); } else { t.diag says what; the trap is already off }
   Locals that are changed between TRY and the raise and read after it must be volatile or behind a pointer. */
#define TRY(t, arena) (trap_begin((t), (arena)), setjmp((t)->env) == 0)
void trap_begin(Trap *t, Arena *a);
void trap_end(Trap *t);
Trap **arena_trap(Arena *a);            /* mem.c keeps the innermost trap of each arena */

_Noreturn void raise_diag(Arena *a, const Diag *d);
_Noreturn void raise_at(Arena *a, Loc loc, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
_Noreturn void raise_hint(Arena *a, Loc loc, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
_Noreturn void bug_at(Arena *a, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
#define bug(a, ...) bug_at((a), __FILE__, __LINE__, __VA_ARGS__)

extern volatile sig_atomic_t interrupt_asked;   /* set by mdx_interrupt(), cleared when it is
                                                   raised */
void doing(const char *what);           /* for mdx_doing(): a constant text, set where work of
                                           another kind begins; NULL when the statement has ended */
void doing_next(void);                  /* another statement begins */
void poll_interrupt(Arena *a);          /* raises (diag.interrupted) when Ctrl-C was pressed */
/* file:line:col: error: msg / the line / the caret / hint: ..; columns and carets count what a
   terminal shows (UTF-8) */
char *diag_format(Arena *a, const Diag *d, bool color);

/* ---------------------------------------- rat.c: exact rationals (GMP when they outgrow a long) */

typedef struct BigRat BigRat;
/* lowest terms, den > 0; big: the value is there */
typedef struct Rat { long num, den; const BigRat *big; } Rat;

Rat rat(long num, long den);                  /* den != 0 */
#define RAT0 ((Rat){0, 1, NULL})
#define RAT1 ((Rat){1, 1, NULL})
Rat rat_parse(Arena *a, const char *s, size_t n);   /* "12", "0.5", "1e-3", "1.5e10" */
Rat rat_add(Arena *a, Rat x, Rat y);
Rat rat_mul(Arena *a, Rat x, Rat y);
Rat rat_neg(Arena *a, Rat x);
Rat rat_inv(Arena *a, Rat x);                 /* x != 0 */
Rat rat_pow(Arena *a, Rat x, long e);         /* raises when the result would be huge (over a
                                                 million bits) */
bool rat_root(Arena *a, Rat x, long k, Rat *out);   /* the exact k-th root of x >= 0, if rational */
long rat_gcd(long x, long y);                 /* of two longs, >= 0; neither is LONG_MIN */
int rat_cmp(Rat x, Rat y);
int rat_sign(Rat x);
bool rat_eq(Rat x, Rat y);
bool rat_is(Rat x, long n);                   /* equals the integer n */
bool rat_is_int(Rat x);
bool rat_long(Rat x, long *out);              /* an integer that fits */
uint32_t rat_hash(Rat x);
double rat_double(Rat x);
char *rat_text(Arena *a, Rat x);              /* "3", "-1/2" */
char *rat_written(Arena *a, Rat x);           /* as people write it: also "0.001", "-2.5e-9" */
int rat_digits(Rat x, long *places);          /* significant ones of its decimal; how many stand
                                                 after the point. 0: it has no finite one, or is 0 */
bool rat_barred(Arena *a, Rat x);             /* that is a fraction with a bar */

/* ----------------------------------------------- dim.c: sizes as polynomials in dimension names */

/* Interned: equal polynomials of one Dims table are the same pointer. Terms are sorted; the zero
   polynomial has none. A symbol is a declared ("rigid") dimension name, an unknown of inference
   ("flexible", name starts with '?'), or an index name (in UNIT's index, e.g. i or n + 1); the
   polynomial does not care which. */
typedef struct DimTerm { long coef; int nsym; Sym *sym; /* sorted, repeated for powers */ } DimTerm;
typedef struct Dim { int n; DimTerm *term; uint32_t hash; struct Dim *next; } Dim;
typedef struct Dims Dims;

Dims *dims_new(Arena *a);
Dim *dim_num(Dims *t, long n);
Dim *dim_sym(Dims *t, Sym s);
Dim *dim_add(Dims *t, const Dim *x, const Dim *y);
Dim *dim_mul(Dims *t, const Dim *x, const Dim *y);
Dim *dim_scale(Dims *t, const Dim *x, long k);
Dim *dim_sub(Dims *t, const Dim *x, const Dim *y);
Dim *dim_subst(Dims *t, const Dim *x, Sym s, const Dim *by);
bool dim_is_num(const Dim *d, long *n);       /* a constant; n may be NULL */
bool dim_is(const Dim *d, long n);
bool dim_less(Dims *t, const Dim *x, const Dim *y); /* x < y for all sizes >= 1, for sure
                                                       (sufficient test) */
bool dim_never(const Dim *d);                    /* below 1 for all sizes >= 1, for sure: no size
                                                    can be that */
int dim_cmp(const Dim *x, const Dim *y);      /* a fixed total order, not that of sizes */
char *dim_text(Arena *a, const Dim *d);       /* "m*n + 1", as it can be typed in */
char *shape_text(Arena *a, const Dim *row, const Dim *col);   /* "scalar", "m x n" */
/* "scalar", "n" (a column), "m x n" */
const char *short_shape(Arena *a, const Dim *row, const Dim *col);
/* value under sizes given by name; raises (without a place) on overflow; get returns < 0 for an
   unknown name, which makes dim_eval return -1 and set *missing */
long dim_eval(Arena *a, const Dim *d, long (*get)(void *ctx, Sym s), void *ctx, Sym *missing);

/* ------------------------------------------------------------- tree.c: syntax trees, statements */

/* X(kind, "what it is") */
#define TREE_KINDS(X) \
	X(NUM,    "a number")                   /* num */ \
	X(NAME,   "a name")                     /* name; with `prime` > 0: phi', phi'' as in phi'(z) only inside CALL */ \
	X(STR,    "a string")                   /* name = the text */ \
	X(ADD,    "a sum")                      /* n-ary; a - b is ADD(a, NEG(b)) */ \
	X(NEG,    "a negation")                 \
	X(POS,    "a unary plus")               \
	X(MUL,    "a product")                  /* *, n-ary, left to right */ \
	X(DIV,    "a quotient")                 /* A/B */ \
	X(LDIV,   "a left quotient")            /* A\B */ \
	X(EMUL,   "an elementwise product")     /* .*, n-ary */ \
	X(EDIV,   "an elementwise quotient")    /* ./ */ \
	X(KRON,   "a Kronecker product")        /* the operator; kron(A,B) is a CALL */ \
	X(POW,    "a power")                    /* A^k */ \
	X(EPOW,   "an elementwise power")       /* A.^k */ \
	X(TRANS,  "a transpose")                /* A' */ \
	X(INV,    "an inverse")                 /* A^-1 written as A⁻¹; A^-1 is POW(A, NEG(1)) */ \
	X(CALL,   "a call")                     /* kid[0] = the function's NAME, then the arguments */ \
	X(INDEX,  "an entry")                   /* kid[0][kid[1], kid[2]]; X[i,j] or x[i] */ \
	X(MATRIX, "a matrix literal")           /* kids are ROWs */ \
	X(ROW,    "a row")                      \
	X(DERIV,  "a derivative")               /* d(l)/d(W), ∂l/∂W: kid[0] by kid[1]; nabla is CALL grad */ \
	X(LAST,   "an earlier result")          /* %, %3: num (0: the last) */ \
	X(EQ,     "an identity")                /* A == B == C, only in check */ \
	X(WHERE,  "a where clause")             /* kid[0] where kid[1], ..: BIND */ \
	X(BIND,   "a binding")                  /* name = kid[0] */

typedef enum {
#define X(k, s) TREE_##k,
	TREE_KINDS(X)
#undef X
	TREE_COUNT
} TreeKind;

typedef struct Tree {
	TreeKind kind;
	Loc loc;
	int n, cap;
	struct Tree **kid;
	Rat num;
	Sym name;
	int prime;              /* NAME: number of primes, as in phi''(z) */
	int depth;              /* 1 + the deepest kid; limited by tree() */
} Tree;

/* Properties of variables, a set. X(bit, ID, "word") */
#define PROPS(X) \
	X(0, SYMMETRIC,  "symmetric") \
	X(1, SKEW,       "skew") \
	X(2, DIAGONAL,   "diagonal") \
	X(3, LOWER,      "lower") \
	X(4, UPPER,      "upper") \
	X(5, ORTHOGONAL, "orthogonal") \
	X(6, POSDEF,     "posdef") \
	X(7, INVERTIBLE, "invertible") \
	X(8, POSITIVE,   "positive")
enum {
#define X(b, id, w) P_##id = 1 << (b),
	PROPS(X)
#undef X
	P_COUNT = 9,
	/* X'*X == I, X*X' == I: what `given` may say of a matrix that is not square; x'*x == 1 of a
	   vector */
	P_COLUMNS = 1 << 9,
	P_ROWS = 1 << 10,
	/* A*A == A, A*A == I, A*A == 0 of a square one */
	P_IDEMPOTENT = 1 << 11,
	P_INVOLUTORY = 1 << 12,
	P_SQUARE_ZERO = 1 << 13,
	P_SQUARE = P_IDEMPOTENT | P_INVOLUTORY | P_SQUARE_ZERO
};
unsigned prop_find(const char *word);         /* 0 when it is none */
unsigned props_close(unsigned p);             /* adds what is implied: posdef -> symmetric
                                                 invertible, orthogonal -> invertible, diagonal ->
                                                 symmetric, lower and upper -> diagonal */
char *props_text(Arena *a, unsigned p);       /* "symmetric posdef" */

typedef struct Decl {                   /* one name of `var`, one fact of `given` */
	Sym name;
	Loc loc;
	int ndim;                       /* 0, 1, 2 */
	Tree *dim[2];                   /* dimension expressions */
	unsigned props;
	Tree *eq;                       /* given L == R: an EQ, and the name is NULL */
	struct Decl *next;
} Decl;

/* Statements. cmd.c has a table by this kind: word, help, function. */
typedef enum {
	ST_EMPTY,
	ST_EXPR,        /* expr */
	ST_DEFINE,      /* name = expr */
	ST_FUNCTION,    /* name(params) = expr */
	ST_VAR,         /* decls */
	ST_FUN,         /* name + word: "scalar" or "elementwise" (decls: several names of one kind may
	                   be given) */
	ST_CHECK,       /* expr is an EQ (maybe under WHERE); given: decls */
	ST_COMMAND      /* word (eval, shape, expand, help, ...); expr, args */
} StmtKind;

typedef struct Stmt {
	StmtKind kind;
	Loc loc;
	bool quiet;             /* ended with ; */
	Sym name;               /* DEFINE, FUNCTION; the word of FUN ("scalar", "elementwise") */
	Loc name_loc;
	Sym word;               /* COMMAND: its word */
	Tree *expr;             /* the expression, if there is one */
	Tree **arg;             /* COMMAND: all arguments, in order (expr is the first expression);
	                           FUNCTION: the parameters as NAMEs */
	int narg;
	Sym redirect;           /* graph l > "file" */
	Decl *decls;            /* VAR, FUN, and the given of CHECK */
} Stmt;

/* n kids follow; raises past the depth limit: so it must not be called inside a grammar action but
   through tree_try() */
Tree *tree(Arena *a, TreeKind kind, Loc loc, int n, ...);
/* the same without the limit: see tree_depth_ok() */
Tree *tree_try(Arena *a, TreeKind kind, Loc loc, int n, ...);
bool tree_depth_ok(const Tree *t);
#define TREE_MAX_DEPTH 2000
Tree *tree_num(Arena *a, Loc loc, Rat r);
Tree *tree_name(Arena *a, Loc loc, Sym s);
Tree *tree_call(Arena *a, Loc loc, const char *fun, int n, ...);
void tree_push(Arena *a, Tree *t, Tree *kid);
/* Another kid i in *copy, which is made of t by the first replacement (*copy is NULL before); t
   stays as it is. */
void tree_replace(Arena *a, const Tree *t, Tree **copy, int i, Tree *kid);
bool tree_equal(const Tree *x, const Tree *y);                   /* same structure, places aside */
bool tree_mentions(const Tree *t, Sym name);
Tree *tree_copy(Arena *a, const Tree *t);  /* deep copy, the Source too (shared among the copy's
                                              nodes) */

/* ---------------------------------------------------------- lexer.l, token.c, parser.y, parse.c */

/* A parser over one text (a file, a line). parser_next() gives the next statement, its trees in
   arena a with a Source of their own (the statement's whole lines); NULL at the end of the text. On
   an error it raises in arena a, having skipped to the end of the offending line, so that the next
   call goes on there. Never jumps out of Bison or Flex code. */
typedef struct Parser Parser;
/* malloc'd; NULL: no memory */
Parser *parser_open(const char *name, const char *text, size_t len, int first_line);
Stmt *parser_next(Parser *p, Arena *a);
size_t parser_offset(const Parser *p);          /* bytes read so far: the next statement begins
                                                   there or behind */
void parser_close(Parser *p);
/* the expression in a NUL-terminated text (function table, tests); raises */
Tree *parse_expr(Arena *a, const char *name, const char *text);

/* ----------------------------------------------------------- funs.h, funs.c: the function table */

typedef struct Graph Graph;
typedef struct Node Node;
typedef struct Term Term;
typedef struct Fun Fun;
typedef struct Infer Infer;
typedef struct Mdx Mdx;

/* What a function is; decides who implements it. See funs.h. */
typedef enum {
	FC_ELEM,        /* real function of each entry; 1 or 2 arguments of one shape (a scalar
	                   broadcasts) */
	FC_MATFUN,      /* a node of its own in the graph: inv det logdet expm softmax ... */
	FC_MACRO,       /* build.c turns it into products and sums: sum tr dot vec kron diag ... */
	FC_CONST,       /* eye ones zeros e J commutation vector matrix */
	FC_DERIV,       /* grad jac hess diff dir vjp structgrad */
	FC_VALUE        /* rand randn load: only where a value is wanted */
} FunClass;

typedef enum {
#define FUN(id, ...) F_##id,
#include "funs.h"
#undef FUN
	F_COUNT
} FunId;

struct Fun {
	FunId id;
	const char *name;
	const char *aliases;    /* space-separated, or "" */
	FunClass cls;
	int min, max;           /* number of arguments */
	const char *args;       /* their names for help: "X, Y" */
	const char *shape;      /* shapes for help and messages: "n x n -> scalar" */
	const char *rule;       /* derivative in mdx; see funs.h; "" where build.c needs none */
	double (*kernel)(double, double);       /* FC_ELEM: value at (x) or (x, y) */
	const char *domain;     /* "x > 0", "" for all; FC_ELEM: checked by domain_ok */
	bool (*domain_ok)(double, double);      /* NULL: everywhere */
	const char *latex;      /* \\name or pattern with #1, #2 */
	const char *help;       /* one line */
	const char *cookbook;   /* equation numbers of the Matrix Cookbook, or "" */
	const char *example;    /* an expression that uses it, for help */
};

extern const Fun fun_table[F_COUNT];
const Fun *fun_find(Sym name);                  /* by name or alias (also sigma, σ, silu, ln, ∇), or
                                                   NULL */
const char *fun_nearest(const char *name);      /* a known name within a small edit distance, or
                                                   NULL */
/* is y (ny bytes) a likelier meaning of x than what gave *best (0 at first)? for `did you mean` */
bool name_nearer(const char *x, const char *y, size_t ny, int *best);
/* the parsed derivative rule number `part` (see funs.h; cached for the process), or NULL; its free
   names: z, y (arguments), G (upstream). a: where an interrupt is raised */
const Tree *fun_rule(Arena *a, const Fun *f, int part);

/* --------------------------------------------- term.c, shape.c: names resolved, shapes inferred */

typedef struct Var {                    /* a leaf of the graph */
	Sym name;
	Dim *row, *col;                 /* 1 for an axis that is not there */
	unsigned props;
	bool declared;                  /* by var, or it has a value */
	Loc loc;                        /* where it was declared, or first used */
	int serial;                     /* order of first appearance in the statement */
	const struct Var *of;           /* forms.c: a leaf for this variable, without its properties */
} Var;

typedef struct UFun { Sym name; bool elementwise; } UFun;  /* fun loss scalar; fun phi
                                                              elementwise */

typedef enum {
	TM_NUM,         /* num */
	TM_PI,
	TM_VAR,         /* var */
	TM_NAMED,       /* name, kid[0]: a defined name around its definition */
	TM_DIM,         /* dim: a dimension name used as a number */
	TM_INDEXNAME,   /* an index name used as a number is an error; kept for messages */
	TM_IDENT,       /* I; its size is row = col */
	TM_ADD,         /* n-ary, each kid with coef +1 or -1 in sign[]; scalars among them broadcast */
	TM_MUL,         /* matrix or scalar product of two or more */
	TM_EMUL, TM_EDIV, TM_EPOW, TM_DIV, TM_LDIV, TM_POW, TM_TRANS,
	TM_KRON,
	TM_CALL,        /* fun, kids = the arguments that are expressions; idx[] = dimension or index
	                   arguments */
	TM_UNKNOWN,     /* ufun, kids = arguments; prime: order of derivative of an elementwise one */
	TM_ENTRY,       /* kid[0] at idx[0], idx[1] (idx[1] NULL for x[i]) */
	TM_MATRIX       /* blocks: nrow x ncol kids, row by row (ragged rows allowed: rowlen[]) */
} TermKind;

struct Term {
	TermKind kind;
	Loc loc;
	int n;
	Term **kid;
	const Fun *fun;
	Rat num;
	Sym name;
	bool inner;             /* TM_NAMED: bound by a where clause that is not the statement's own */
	Var *var;
	UFun *ufun;
	int prime;
	int *sign;              /* TM_ADD */
	int nrow, *rowlen;      /* TM_MATRIX */
	Dim *idx[4]; int nidx;  /* sizes or 1-based indices, by function */
	Dim *row, *col;         /* shape; after infer() free of flexible symbols. A tensor (diff of
	                           matrix by matrix) has */
	int nax; Dim **ax;      /* ... nax > 2 and its axes here (row, col meaningless); otherwise nax
	                           <= 2 and ax NULL */
	Node *node;             /* build.c: the node, once built */
	Term *put; const Term *put_for; /* forms.c: the same over a leaf for the variable; for which
	                                   leaf */
	const void *seen;       /* by whom: for walks that meet a shared term once */
	int id;                 /* kind.c: place in the list of terms under inference, from 1 */
	Loc *at;                /* where each kid stands here (a kid that is shared has one loc only),
	                           or NULL */
};

/* What the statement took for names that were not declared, for the echo; in order of appearance */
typedef struct Taken { Var **var; int n, cap; } Taken;

/* Resolve the names of a tree in the session's scope and infer all shapes; raises located errors.
   several trees (the sides of an EQ) are inferred together and, with same_shape, a literal 0 or I
   on one side takes the other's shape; differing shapes are *not* an error here (check says
   false). */
typedef struct Elab {
	Mdx *s; Arena *a; Dims *dims;
	Decl *given;            /* extra properties */
	Taken taken;
	Infer *infer;
	struct Names *names;    /* term.c: what each name stands for in this statement */
	Term **fact; int nfact; /* the sides of the equations among `given`, two of each; set by
	                           elab_sides() */
	struct Given *facts;    /* given.c: what they say, once it was asked */
	bool brief;             /* only shapes are wanted: the terms are not to be built; see known.c */
} Elab;
Elab *elab_new(Mdx *s, Arena *a, Dims *dims);
Dim *elab_size(Elab *e, const Tree *t);  /* of a declaration: m*n + 1; raises when it is none */
Term *elab_expr(Elab *e, const Tree *t);                       /* one expression */
Term *elab_shape(Mdx *s, Arena *a, const Tree *t, Elab **e);   /* the same, only for its shape */
Term **elab_sides(Elab *e, const Tree *eq, int *n);  /* the sides of A == B == C (under WHERE or
                                                        not) */
/* the same expression with one side's shapes conformed: check, explanations. See check.c */

/* shape.c */
Infer *infer_new(Elab *e);
/* shapes of everything reachable from the roots: the sides of an identity, which are to have one
   shape if they can (sides of them; 0: roots of no identity), then the two sides of each fact */
void infer_run(Elab *e, Term **root, int n, int sides);
Dim *infer_fresh(Elab *e);                                      /* a flexible dimension */
Dim *infer_resolve(Elab *e, Dim *d);                            /* with what is known so far */
const char *term_shape(Arena *a, const Term *t);        /* of any term, tensors too */

/* ---------------------------------------------------------------- graph.c: the tensor graph */

/* X(ID, "sentence"). Axes of a node are ordered; `ax` gives their sizes. Size-1 axes of matrices
   are no axes at all: a column or row vector has order 1, a scalar order 0; build.c keeps the
   orientation outside the graph. */
#define NODE_KINDS(X) \
	X(VAR,     "a leaf") \
	X(PI,      "the number pi, order 0") \
	X(DIM,     "a dimension as a number, order 0") \
	X(UNIT,    "the unit vector e_i of size ax[0]; dim = the 1-based index (number, index name, or a polynomial)") \
	X(FUSE,    "constant of order k+1: 1 where the last axis is the others' combined index, first axis slowest") \
	X(INJ,     "constant of order 2: 1 where axis 1 (size total) equals axis 0 plus the offset dim") \
	X(NAMED,   "a defined name around its definition kid[0]: a barrier that canonical form looks through") \
	X(SUM,     "sum of coef[i] * kid[i], all on the same axes; no kids: zero") \
	X(PROD,    "coef[0] times labelled factors; labels that are not in out are summed; a label in no factor is all ones") \
	X(POW,     "kid[0] to the rational power coef[0], entry by entry") \
	X(MAP,     "a function of the table, entry by entry; every kid has the node's own axes") \
	X(FN,      "a matrix function of the table; see funs.h for its axes; param: its integer parameter") \
	X(UNKNOWN, "an unknown function of kids or one of its formal derivatives")

typedef enum {
#define X(k, s) N_##k,
	NODE_KINDS(X)
#undef X
	N_COUNT
} NodeKind;

/*
 * All nodes are immutable and interned: equal nodes are the same pointer. PROD is in canonical
 * order (graph isomorphism of the label graph), so tr(A*B) and tr(B*A), x'*A*y and y'*A'*x are the
 * same pointer.
 *
 * PROD: factor i is kid[i]; its axes carry labels lab[off(i)] .. (kid[i]->nax of them, factor after
 * factor). Labels are 0..nlab-1, labdim their sizes. out[0..nax-1] are the labels of the node's own
 * axes; a label may stand there more than once (out = {0,0} without factors is the identity; v[0],
 * out {0,0} is diag(v)). Examples:
 *      W'*W*x      W[1,0] W[1,2] x[2]   out {0}
 *      tr(A*B)     A[0,1] B[1,0]        out {}
 *      eye(n)      no factor            out {0,0}
 *      ones(m,n)   no factor            out {0,1}
 *      5           coef 5               out {}
 *      A'          A[0,1]               out {1,0}
 *      a .* b      a[0] b[0]            out {0}
 * Normal form: no factor is a PROD (they are flattened in) unless it is a connected scalar network
 * beside other factors, or very long (dozens of factors); equal factors on equal labels are merged
 * to a POW; sums are not multiplied out.
 *
 * UNKNOWN: a scalar one has the axes of its derivatives: der[0..nder-1] name the kids it was
 * differentiated by, and the node's axes are those of kid[der[0]], then kid[der[1]], ... (der is
 * sorted: formal derivatives commute). An elementwise one has the axes of its kids (all equal) and
 * der as a multiset of derivatives.
 */
struct Node {
	NodeKind kind;
	unsigned id;            /* order of creation in the graph: earlier written, smaller */
	uint32_t hash;
	int nax; Dim **ax;
	int n; Node **kid;
	Rat *coef;
	int nlab; int *lab; int *out; Dim **labdim;     /* PROD */
	int *written;           /* SUM: its kids in the order in which they were written, for people; or
	                           NULL */
	const Fun *fun; int param;                      /* MAP, FN */
	Sym name;                                       /* NAMED, VAR (= var->name) */
	Var *var;
	UFun *ufun; int nder; int *der;
	Dim *dim;                                       /* DIM, UNIT index, INJ offset */
	Loc loc;                                        /* where in the input it comes from, for errors
	                                                   of evaluation */
	Node *next;                                     /* intern chain */
	/* facts, found on demand (graph.c, canon.c) */
	Node *canon;
	bool canon_over;        /* it has none within the budget */
	signed char sym_fact;   /* 0 not asked yet, 1 yes, -1 no */
	signed char pos_fact;
	signed char flat_fact;
};

struct Graph {
	Arena *a;
	Dims *dims;
	Node **table; unsigned ntable, nnode;   /* intern table */
	Loc loc;                /* given to new nodes */
	bool canon_mode;        /* constructors expand (canon.c) */
	long budget;            /* canonical form: terms it may still make; below 0 it gives up */
	size_t room;            /* ... and how much the arena may hold by then */
	struct Rewriting *rewriting;    /* products that are being rewritten beside inverses
	                                   (rational.c) */
	Node *last;
	bool inner_names;       /* some of its names are NAMED_INNER */
	struct Facts *facts;    /* equations that the variables satisfy (given.c), or NULL: drawn values
	                           do too */
};

Graph *graph_new(Arena *a, Dims *dims);

Node *node_var(Graph *g, Var *v);
Node *node_num(Graph *g, Rat r);
Node *node_pi(Graph *g);
Node *node_dim(Graph *g, Dim *d);                       /* a number when d is constant; a
                                                           sum/product for polynomials */
Node *node_unit(Graph *g, Dim *index, Dim *size);
Node *node_fuse(Graph *g, int k, Dim **d);              /* k >= 2 */
Node *node_inj(Graph *g, Dim *d, Dim *offset, Dim *total);
/* how a name stands, its param: for a row vector; bound by a where clause inside a definition or
   expression, so that the statement does not know it */
enum { NAMED_ROW = 1, NAMED_INNER = 2 };
Node *node_named(Graph *g, Sym name, int how, Node *n);
bool node_is_inner(const Node *n);
Node *node_pow(Graph *g, Node *n, Rat e);               /* elementwise, e rational */
Node *node_map(Graph *g, const Fun *f, int n, Node **kid);  /* kids: the same axes, or scalars
                                                               (broadcast) */
Node *node_fn(Graph *g, const Fun *f, int param, int n, Node **kid);
Node *node_unknown(Graph *g, UFun *u, int n, Node **kid, int nder, const int *der);
Node *node_zero(Graph *g, int nax, Dim **ax);
Node *node_ones(Graph *g, int nax, Dim **ax);
Node *node_eye(Graph *g, Dim *d);

bool node_is_num(const Node *n, Rat *r);                /* order 0 and a rational constant */
bool node_is_zero(const Node *n);
const int *node_labels(const Node *prod, int i);        /* PROD: the labels of factor i */

/* for tables by node: where the search for n begins. The ids of alike nodes come in strides; their
   low bits would pile up. */
static inline unsigned
node_spread(const Node *n)
{
	unsigned h = n->id * 0x9e3779b1u;

	return h ^ h >> 16;
}

/* products under construction: the one way to make them. Labels are small ints of this product. */
typedef struct Prod Prod;
Prod *prod_begin(Graph *g);
int prod_label(Prod *p, Dim *d);                        /* a fresh label of size d */
void prod_coef(Prod *p, Rat r);
void prod_factor(Prod *p, Node *n, const int *labels);  /* n->nax labels; PRODs are flattened in */
void prod_factors(Prod *p, Node *n, const int *labels); /* of a PROD, very long ones too */
void prod_join(Prod *p, int l1, int l2);                /* delta: the two labels are one */
Node *prod_end(Prod *p, int nout, const int *out);      /* the normalised, interned node */

/* sums under construction */
typedef struct Sum Sum;
Sum *sum_begin(Graph *g, int nax, Dim **ax);
void sum_add(Sum *s, Rat coef, Node *n);                /* n has exactly these axes; SUMs are
                                                           flattened in */
Node *sum_end(Sum *s);
Node *sum_end_written(Sum *s);                          /* the terms were added as someone wrote
                                                           them */

/* conveniences on top of them */
Node *node_scale(Graph *g, Rat r, Node *n);
Node *node_add(Graph *g, Node *x, Node *y);
Node *node_permute(Graph *g, Node *n, const int *perm); /* axis i of the result is axis perm[i] of
                                                           n */
Node *node_transpose(Graph *g, Node *n);                /* order 2 */
Node *node_matmul(Graph *g, Node *x, Node *y);          /* last axis of x with first of y */
Node *node_emul(Graph *g, Node *x, Node *y);            /* same axes, or one is scalar */
Node *node_broadcast(Graph *g, Node *scalar, int nax, Dim **ax);
Node *node_contract_all(Graph *g, Node *x, Node *y);    /* full contraction, same axes -> scalar */

bool node_symmetric(Graph *g, Node *n);                 /* order 2 and equal to its transpose,
                                                           provably */
/* is something known of the variable x (a leaf or a definition) that is not true of what is near
   it? forms.c */
bool node_constrained(const Node *x);
bool node_positive(Graph *g, Node *n);                  /* every entry > 0 wherever defined,
                                                           provably */
bool node_nonnegative(Graph *g, Node *n);              /* every entry >= 0 wherever defined,
                                                          provably */
/* May entries be 0 at more than a few values of the variables? Those of relu(x), a diagonal matrix. */
bool node_flat(Node *n);
bool node_depends(Graph *g, const Node *n, const Node *x);  /* x reachable from n (through NAMED
                                                               too) */
/* a copy of n with every occurrence of `from` replaced */
Node *node_replace(Graph *g, Node *n, Node *from, Node *to);
char *node_dump(Arena *a, const Node *n);               /* einsum-like text form, for MDX_DUMP and
                                                           tests */
Node *graph_checked(Graph *g, Node *n);                 /* n (or NULL), after graph_check() where
                                                           --enable-debug was given */
void graph_check(Graph *g, const Node *n);              /* invariants; bug() on violation */

/* ---------------------------------------------------- rules.c: what constructors know of functions
   (inv of a product, det of a transpose, exp of log, orthogonal inverses ...); NULL when no rule applies */
Node *rule_map(Graph *g, const Fun *f, int n, Node **kid);
Node *rule_fn(Graph *g, const Fun *f, int param, int n, Node **kid);

/* ---------------------------------------------------------------- build.c: terms to graph */
/* The node of a term: axes are the dimensions of its shape that are not the constant 1, row first
   (a tensor: ax). */
Node *build(Graph *g, Term *t);
/* derivative rule of the table applied: adjoint of child `arg` of FN/MAP node n for the upstream
   gradient G, whose first nextra axes ride along and whose others are n's axes; result: the extra
   axes, then the child's. */
Node *build_rule(Graph *g, Node *n, int arg, Node *G, int nextra);

/* ---------------------------------------------------------------- diff.c: reverse sweep */
/* d f / d x contracted with seed: seed has nextra axes, then f's; the result nextra axes, then x's.
   x is a VAR or NAMED node (for an entry the caller contracts with unit vectors). seed NULL: the
   identity, nextra = f->nax: the full derivative. */
Node *diff(Graph *g, Node *f, Node *x, Node *seed, int nextra);

/* -------------------------------------------------- fold.c: definitions to their names and back */
typedef struct Folds { Node **name; unsigned n; } Folds;  /* NAMED nodes by what they stand for:
                                                             open addressing */
/* the names that root reaches, but for `except` (or NULL); inner: those that only a definition
   knows, too */
Folds folds_of(Graph *g, Node *root, const Node *except, bool inner);
Node *fold_name(const Folds *f, const Node *def);       /* the name of def, or NULL */
/* n with the names that `of` reaches in the place of what they stand for, but for `except`: the
   name by which n was differentiated stands for a variable, and what it is defined as does not */
Node *node_fold(Graph *g, Node *n, Node *of, const Node *except);
Node *node_outer(Graph *g, Node *n);                    /* n without names that only a definition
                                                           knows */

/* ---------------------------------------------------------------- simplify.c, canon.c */
Node *simplify(Graph *g, Node *n, unsigned since);      /* for people: common factors of sums
                                                           younger than node `since` taken out */
Node *expand(Graph *g, Node *n);                /* products multiplied out, names inlined */
Node *canon(Graph *g, Node *n);                 /* for proofs; NULL when over budget */
/* the same canonical form but for products over sums, which are left: cheap in the deepest network,
   and enough where both sides are written alike */
bool canon_whole_equal(Graph *g, Node *x, Node *y);

Node *canon_difference(Graph *g, Node *x, Node *y);     /* of two canonical forms x - y; NULL when
                                                           over budget */

/* ---------------------------------------------------------------- prove.c */
/* equal for all sizes and values at which both are defined, provably; false: could not tell */
bool prove_equal(Graph *g, Node *x, Node *y);

bool name_says_matrix(const char *name);                /* kind.c: by its first letter */

/* ------------------------------------------------------ matrix.c: graph back to matrix notation */
/* The tree a person would write for n: matrix operations; row tells the orientation of an order-1
   node (true: a row vector). An order 3 or 4 node becomes a scalar expression in the indices
   `index` (set to the names used: i, j, k, l ...), to be printed as `EXPR over [i,j,k,l]`. All
   names it makes up avoid `taken`. Never fails. */
typedef struct Formula { Tree *tree; int nindex; Sym index[8]; } Formula;
Formula matrix_form(Graph *g, Node *n, bool row);
Formula matrix_form_inner(Graph *g, Node *n, bool row); /* with names of where clauses inside
                                                           definitions: for derivations, which
                                                           define them */

/* ---------------------------------------------------- print.c, latex.c, abbrev.c: trees to text */
typedef enum { STYLE_ASCII, STYLE_UNICODE, STYLE_LATEX, STYLE_COUNT } Style;
char *print_tree(Arena *a, const Tree *t, Style style);
/* t, or when its parts are shared so much that it would be far too long to write out: with a where
   clause that names them. Trees made of a graph are to go through it before anybody copies, walks
   or prints them. */
const Tree *abbreviate_endless(Arena *a, const Tree *t);
/* with `where t1 = ...` lines when the text is longer than width columns (0: never) */
char *print_formula(Arena *a, const Formula *f, Style style, int width);

/* ---------------------------------------------------------------- tensor.c: arrays of doubles */
/* last axis fastest */
typedef struct Tensor { int nax; long *dim; size_t size; double *data; } Tensor;
Tensor *tensor_new(Arena *a, int nax, const long *dim);  /* zeroed; malloc'd data, freed with the
                                                            arena; raises when too large */
bool tensor_finite(const Tensor *t);                     /* all its entries are */
double tensor_largest(const Tensor *t);                  /* of the absolute values of its entries */
Tensor *tensor_dusted(Arena *a, const Tensor *t);       /* a copy, what rounding left of 0 being 0 */

/* What names stand for in an evaluation */
typedef struct Env {
	Arena *a;
	void *ctx;
	long (*size)(void *ctx, Sym dim);               /* of a dimension or index name (1-based for an
	                                                   index); < 0: unknown */
	const Tensor *(*leaf)(void *ctx, const Var *v); /* axes as the VAR node's; NULL: has no value */
	uint64_t seed;                                  /* of unknown functions (random smooth ones in
	                                                   verify and check) */
	bool allow_unknown;                             /* false: evaluating an unknown function is an
	                                                   error */
	bool quiet_domain;                              /* domain errors give NaN instead of raising */
} Env;

/* ---------------------------------------------------------------- plan.c, eval.c */
typedef struct Plan Plan;
Plan *plan_new(Graph *g, Node **root, int n, Env *env);  /* sizes are known: the cheapest order,
                                                            shared steps once */
Tensor **plan_run(Plan *p, Env *env);  /* one tensor per root, the plan's own: they hold until its
                                          next run; raises located errors */
Tensor *eval_node(Graph *g, Node *n, Env *env);                 /* plan and run for one */
char *plan_dump(Arena *a, const Plan *p);

/* blas.c: cblas_* for GSL and for us; OpenBLAS loaded at the first large product */
const char *blas_name(void);                    /* "OpenBLAS 0.3.21 (loaded on demand)" or "GSL" */

/* --------------------------------------------------- draw.c: random values for verify and check */
/* An environment in which every dimension has a random size, every leaf a random value that
   satisfies its properties, every unknown function a random smooth one. Deterministic in seed,
   whose three lowest bits choose the entries: 4 any of magnitude 1/100 to 50, or with 8, as large
   or small as the numbers in the graph suggest, 5 positive, 6 between 0 and 1/2, 7 above 1,
   otherwise any of magnitude about 1. */
Env *env_random(Graph *g, Node **root, int n, uint64_t seed, int max_size);
/* Its matrices become of lower rank, unless they are invertible, or a row or a column. */
void env_lower_ranks(Env *env);
/* Its entries become -1, 0 or 1, positive ones 1 or 2, but for matrices that have to be of a kind. */
void env_few_values(Env *env);
/* Its entries become as many times as large; of positive ones the sign stays. */
void env_scale(Env *env, double by);

/* ------------------------------------------------- resize.c: the same expression at small sizes */
/* Replaces each root by the same expression with a name for every large number among the sizes, so
   that random sizes can be small. false, and nothing is changed: there are no large matrices, or
   their sizes depend on each other. What holds at small sizes holds at the given ones, too; what
   fails may fail because of a number that comes of a size. */
bool node_resize(Graph *g, int n, Node **root);
bool node_large(Graph *g, int n, Node **root);          /* are there large matrices? */
bool node_large_numbers(Graph *g, int n, Node **root);  /* coefficients or exponents that might be
                                                           such a size */
/* a name of a size as it is shown, with its value: "n = 3"; that of a large number: "3 for 500" */
char *size_text(Arena *a, Sym dim, long value);

/* ---------------------------------------------------- given.c: equations that variables satisfy */
typedef struct Equation {
	Node **zero; int n;     /* all of these are 0 */
	Node **left;            /* the left sides, which are not all 0 then; NULL: one side is 0 as
	                           given */
	int linear;             /* the first of them: of any shape, linear in each variable below; the
	                           others are scalars */
	Node **var; int nvar;   /* which variable may be bent to make it so */
	bool turns;             /* it takes turns: no one of them alone reaches all solutions */
	bool sure;              /* pieces reach all solutions (given_piece.c); then there is one
	                           variable, or they take turns */
	bool constant, unit;    /* sure: what is without the variable is a number; a multiple of I */
} Equation;
/* The rank that a variable is drawn with: all that its sizes allow, none, 1, or 1 less than all. */
typedef enum { RANK_FULL, RANK_ZERO, RANK_ONE, RANK_LESS, RANKS } Rank;
typedef enum { PIECE_UNKNOWN, PIECE_THERE, PIECE_EMPTY, PIECE_OPEN } PieceState;
typedef struct Facts {
	Equation *eq; int neq;                          /* in this order; */
	int nother;                                     /* behind them: the same, to be solved for
	                                                   others of their variables */
	bool met, met_exactly;                          /* numbers that satisfy them were found; points
	                                                   of a field */
	Node **commute; int ncommute, cap_commute;      /* each with each */
	/* given_piece.c: the solutions are a union of pieces, by the ranks of some variables and by
	   which variable is bent; state: what the field says of each, drawn: how often numbers did */
	Node **ranked; int nranked, cap_ranked;
	Node **any; int nany;                           /* where they are not all: variables that are
	                                                   tried with zeros, or as equal */
	int turns, pieces;
	int next, turn, tries;                          /* numbers: which one, how often it had been
	                                                   drawn before, how often it was tried since */
	PieceState *state;
	int *drawn;
	bool whole;                                     /* together they are all solutions */
	bool rational;                                  /* and each has real points wherever the field
	                                                   has points */
} Facts;
/* build() for an elaborated identity with facts: in the graph it sets what its variables satisfy,
   and replaces those that stand for an expression. Raises at a fact for which no values are
   known. */
Node *given_build(Elab *e, Graph *g, Term *t);
/* Bends the leaves of a random environment so that the facts of the graph hold; false: not possible
   here. For env_random(). */
bool given_equations(const Graph *g);           /* hold between leaves: given.c */
bool given_impose(Graph *g, Env *env, uint64_t seed);           /* given_solve.c */
/* given_piece.c: which variable an equation is solved for, of those that can be bent for it, so
   that no solution is left out; false: none is known to be such */
bool given_sure(Graph *g, Equation *eq, Node **var, int n);
void given_ranked(Graph *g, Facts *f, Node *v); /* v is drawn of each rank */
void given_pieces(Graph *g, Facts *f);          /* the rest of what it says, all equations there */
int piece_turn(const Facts *f, int piece, int eq);      /* which of its variables is bent */
/* the rank of the k-th ranked variable, or how many of its eigenvalues are 1, of that size */
long piece_rank(const Facts *f, int piece, int k, const long *dim);
bool piece_empty(unsigned props, long n, long rank);    /* there is none such, A*A == A and the like */
/* May what holds at all points that were drawn not hold at all that satisfy the facts? numbers:
   drawn by those */
bool pieces_missed(Graph *g, bool numbers);
bool pieces_all(const Facts *f);                /* are they all solutions, for all that is known? */
void pieces_forget(Arena *a, Facts *f);         /* nothing was drawn yet */
enum { WILD = 8 };      /* beyond the pieces, where they are not all: any values that numbers find */
/* How a variable of these sizes can move and keep its properties: k of n ways move entry at[k], and
   with it with[k] (the same where it moves alone) as far, or as far the other way. */
typedef struct Moves { size_t *at, *with; int n; bool skew; } Moves;
Moves given_moves(Arena *a, const Node *var, const long *dim);

/* ------------------------------------------------- dual.c, verify.c: the independent evaluation */
/* value and directional derivative of f at env along `tangent` (a tensor with x's axes): dual
   numbers through the graph, sharing no code with diff.c. */
void dual_eval(Graph *g, Node *f, Node *x, const Tensor *tangent, Env *env, Tensor **value, Tensor **slope);
/* is d (axes: f's, then x's; or already contracted with seed, as diff() gives it) the derivative of
   f by x? bug() if not */
void verify_derivative(Graph *g, Node *f, Node *x, Node *seed, int nextra, Node *d);
/* has r, made of d with x in the place of the leaf, its value? bug() if not */
void verify_replaced(Graph *g, Node *d, Node *leaf, Node *x, Node *r);

/* ----------------------- field.c: exact evaluation over a prime field (FLINT, loaded on demand) */
/* Both nodes at random points of a random 62-bit prime field, `draws` times, sizes up to
   max_size. */
typedef enum { FIELD_EQUAL, FIELD_DIFFERENT, FIELD_UNABLE } FieldVerdict;
typedef struct FieldResult {
	FieldVerdict verdict;
	bool rational;          /* no random oracle was involved: a difference is a proof of
	                           falsehood */
	int draws;              /* usable ones */
	double log10_chance;    /* of a wrong FIELD_EQUAL, at most */
	const char *sizes;      /* "m = 3, n = 2; m = 4, n = 5" */
	const char *why;        /* FIELD_UNABLE: in words */
	bool undefined;         /* FIELD_UNABLE: at every point a matrix that is inverted was singular,
	                           or a divisor 0 */
} FieldResult;
const char *field_missing(void);                /* why there is no exact test, or NULL; loads
                                                   FLINT */
FieldResult field_equal(Graph *g, Node *x, Node *y, int draws, int max_size, uint64_t seed);
/* NULL: the nodes have values, all at one point (or nobody knows); else why they never have */
const char *field_undefined(Graph *g, Node **node, int n, int max_size, uint64_t seed);
/* Has the node an entry that is 0 for all values, wherever sizes are more than 1? false: not for
   sure */
bool field_zero_entry(Graph *g, Node *n, int max_size, uint64_t seed);
void field_pieces(Graph *g, int max_size);      /* finds the state of the pieces of its facts */

/* ------------------------------------------- blind.c: what numbers at random points cannot show */
typedef struct Blind Blind;
Blind *blind_new(Graph *g, Node **side);        /* of two sides */
void blind_watch(Blind *b, Env *env);           /* a point at which they agreed */
/* Why the points so far prove little, or NULL; digits: all of them were compared, not those of
   doubles only. */
const char *blind_reason(const Blind *b, bool digits);
Env *blind_search(Blind *b, Env *from);         /* a point beyond a kink that none was beyond so
                                                   far, or NULL */

/* ----------------------------------- ball.c: both sides at one point, with bounds of all errors */
typedef enum {
	BALL_UNABLE,            /* no Arb, or too large */
	BALL_UNCLEAR,           /* no value there, or one that hangs on an exact 0 */
	BALL_EQUAL, BALL_DIFFER
} BallVerdict;
const char *ball_missing(void);                 /* why there are no balls, or NULL; loads Arb */
typedef struct BallDiff {
	double by;              /* how far they are apart at most */
	Tensor *side[2];        /* their values, to all digits of a double */
} BallDiff;
/* x and y with the same axes; the leaves' values are taken for exact, but what is given holds for
   them to rounding only. DIFFER is certain, and how is in *d then; EQUAL: they agree to so many bits
   of their largest entry. */
BallVerdict ball_compare(Graph *g, Node *x, Node *y, const Env *env, int bits, BallDiff *d);

/* ---------------------------------------------- numeric.c: doubles, where real functions matter */
typedef enum { VERDICT_TRUE, VERDICT_FALSE, VERDICT_UNKNOWN } Verdict;
/* quick: fewer draws, for candidates of explanations; sure: as few, but a difference is certain */
enum { DECIDE_QUICK, DECIDE_SURE, DECIDE_FULL };
typedef struct NumericResult {
	Verdict verdict;
	bool undefined;         /* not true because a side has no value wherever it was tried */
	int draws;              /* that agreed */
	const char *text;       /* "tested with numbers at ...", where and how they differ, why it is
	                           unknown */
} NumericResult;
/* numeric_draw.c: the leaves' values changed a little; ranks: matrices keep theirs */
Env *env_shaken(Arena *a, Env *env, bool ranks);
NumericResult numeric_equal(Graph *g, Node *x, Node *y, int effort);
/* sides that are equal: where they are not, because sign or step jumps there; or NULL */
const char *numeric_exception(Graph *g, Node *x, Node *y);
/* "the left side is 4, the right side 2", in as many digits as it takes to see that they differ;
   by: how far they are apart if that is known better than from these values, or NAN */
const char *sides_text(Arena *a, const Tensor *l, const Tensor *r, double by);
const char *numeric_example(Graph *g, Node *x, Node *y);  /* sides that differ: where, in words; or
                                                             NULL */
const char *numeric_undefined(Graph *g, Node **node, int n);  /* as field_undefined(), by numbers */

/* ------------------------------- decide.c: shapes, proof, exact field, numbers; no explanations */
typedef enum { BY_SHAPES, BY_PROOF, BY_FIELD, BY_NUMBERS } Strength;
typedef struct Decision {
	Verdict verdict;
	Strength by;            /* of the weakest step of a chain that was used, or of the one that
	                           failed */
	int step, steps;        /* the first step that fails (1-based; 0: none), how many there are */
	const char *text;       /* "proved", "exact test: m = 3, n = 2; error chance below 1e-40", the
	                           shapes that differ, ... */
	bool undefined;         /* not true because a side has no value anywhere */
	const char *except;     /* true nearly everywhere: where it is not, since a function jumps;
	                           or NULL */
} Decision;
/* eq: an EQ tree, maybe under WHERE; raises located errors of shapes and names as elab_sides
   does */
Decision decide(Mdx *s, Arena *a, const Tree *eq, Decl *given, int effort);
bool decide_equal(Graph *g, Node *x, Node *y);  /* true, for all that decide() does */
Decision decide_in(Elab *e, const Tree *eq, int effort);  /* the same, with e->given, for the echo
                                                             of what was taken */

/* ---------------------------------------------------------- explain.c: why an identity is false */
/* The lines after "false", in the user's terms, for the step that fails; searches within s->budget
   seconds, stops on Ctrl-C keeping the verdict; never NULL. */
const char *explain_false(Mdx *s, Arena *a, const Tree *eq, Decl *given, const Decision *d);
/* d: the error that an identity raised. gives: the same with a hint of what the side should be that
   does not conform, if only one does not and that can be told; never raises. */
Diag explain_conform(Mdx *s, Arena *a, const Tree *eq, Decl *given, const Diag *d);

/* ---------------------------------------------------------------- check.c */
/* the whole line(s), first word true/false/unknown */
typedef struct CheckResult { Verdict verdict; const char *text;
	Elab *elab; } CheckResult;
CheckResult check_identity(Mdx *s, Arena *a, const Stmt *st);

/* ---------------------------------------------------------------- io.c: matrix files */
Tensor *io_load(Arena *a, Loc loc, const char *path);  /* CSV, Matrix Market, NumPy .npy by content;
                                                          raises located errors */
char *io_path(Arena *a, Loc loc, const char *path);  /* of a file that a script names: beside the
                                                        script */
/* by the ending: .csv .mtx .npy */
void io_save(Arena *a, Loc loc, const char *path, const Tensor *t);

/* ------------------------------------------ session.c: names, definitions, values; the pipeline */

typedef enum { NAME_NONE, NAME_VAR, NAME_DEF, NAME_FUNCTION, NAME_UFUN } NameKind;

/* One name that an entry mentions; see mention.c. */
typedef struct Entry Entry;
typedef struct Mention Mention;
typedef struct Told Told;
typedef struct NameUse {
	Entry *e;
	Sym name;
	bool size;                      /* in a declaration, as a size */
	struct NameUse *next, **back;      /* of those that mention the name likewise */
} NameUse;

/* A size without memory of its own; larger ones are not kept. See known.c. */
enum { KNOWN_TERMS = 2, KNOWN_FACTORS = 2 };
typedef struct KnownDim {
	int n;
	struct { long coef; int nsym; Sym sym[KNOWN_FACTORS]; } term[KNOWN_TERMS];
} KnownDim;

/* A session holds syntax trees and values, nothing else. */
struct Entry {
	Sym name;
	NameKind kind;
	Arena *own;             /* holds what follows; dropped on redefinition */
	Decl *decl;             /* VAR: dimensions as trees, properties (NULL: never declared, only has
	                           a value) */
	Tree *tree;             /* DEF, FUNCTION */
	Sym *param; int nparam; /* FUNCTION */
	UFun *ufun;             /* UFUN */
	Arena *value_own;
	Tensor *value;          /* VAR: order 2 always (rows, cols), or NULL */
	Loc loc;                /* of the defining statement */
	int serial;             /* order of definition */
	Sym *use; int nuse;     /* DEF, FUNCTION: the names it mentions that are not bound inside it,
	                           sorted by address */
	NameUse *link; int nlink;  /* these and the sizes of its declaration, while it is in the
	                              session */
	unsigned walk;          /* the last walk that met it */
	KnownDim known[2];      /* DEF: its shape, ... */
	unsigned known_at;      /* ... as long as the session has seen so many changes; 0: none */
};

#define RESULT_MAX 100          /* how many earlier results are kept for % */

/* what a name is by how LaTeX writes it: \mathbf{a} a vector, \mathcal{L} a scalar, dX as X */
typedef enum { MEANT_MATRIX, MEANT_VECTOR, MEANT_SCALAR } Meaning;
typedef struct Meant { Sym name; Meaning as; } Meant;

struct Mdx {
	MdxOutput out;
	Entry **entry; int nentry, cap_entry;   /* by order of definition */
	Entry **slot; int nslot;                /* the same by name: open addressing, at most half
	                                           full */
	Mention *mention; int nmention, cap_mention;    /* who mentions a name: likewise */
	unsigned walk;                          /* along mentions, counted */
	unsigned changes;                       /* of what a name means that was there or used before,
	                                           from 1 */
	Entry **hidden; int nhidden, cap_hidden;/* of the running statement only: its values (value.c), what it declares (derive.c) */
	struct { bool on, display; int left, right; } document; /* mdx --latex: a document is being
	                                                           written, and in it a display with
	                                                           sides of these widths */
	Meant *meant; int nmeant, cap_meant;    /* names of the running statement's LaTeX */
	Arena *arena;                           /* the running statement's */
	Style style;
	int digits;
	int layout;                             /* 0 mixed, 1 numerator, 2 denominator */
	uint64_t seed;                          /* of rand and randn; 0: not seeded yet */
	long seeded;                            /* as the user gave it */
	int color_when;                         /* 0 auto, 1 on, 2 off */
	bool color, numbered, keep_going;
	bool terminal;                          /* what `set color auto` follows */
	bool stop;                              /* interrupted or quit: nothing more of the running
	                                           texts */
	const struct Running *running;          /* the texts that are being run, innermost first; see
	                                           session.c */
	MdxStatus worst;                        /* of all statements so far */
	int width;                              /* columns of the terminal, 0 when there is none */
	double budget;                          /* seconds for explanations */
	/* %k is result[(k - 1) % RESULT_MAX] */
	struct { Arena *own; Tree *tree; } result[RESULT_MAX]; int nresult;
	Told *told; int ntold, cap_told;        /* `W : m x n` as echoed, by name and shape: open
	                                           addressing */
	int serial;
};

/* or NULL; a value that a literal, rand, load ... stands for in the running statement is found too
   (a VAR without decl) */
Entry *session_find(const Mdx *s, Sym name);
const char *session_nearest(const Mdx *s, const char *name);
Term *session_term(Mdx *s, Arena *a, Tree *t, Elab **e);  /* elaborated for printing: `set layout`
                                                             applied */
MdxStatus session_statement(Mdx *s, Arena *a, Stmt *st);
/* what is printed for an expression after `pass` (simplify, expand), and its term */
Formula session_formula(Mdx *s, Arena *a, Tree *expr, Node *(*pass)(Graph *, Node *), Term **t, Elab **e);
void session_keep(Mdx *s, Arena *a, const Tree *t);     /* as the result that % stands for */
/* prints an expression after `pass` (simplify, expand), its shape, what was taken; keeps it for
   % */
MdxStatus session_show(Mdx *s, Arena *a, const Stmt *st, Node *(*pass)(Graph *, Node *));
void session_print(Mdx *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* names, sizes (those that follow from the values of declared names) and values of the session, for
   evaluation */
Env *session_env(Mdx *s, Graph *g);
/* TREE_LAST never reaches elaboration: session.c puts the earlier result in its place */

/* ----------------------------------- entry.c: the table of names; entries are made and replaced */
/* An entry that is not in the session yet, in an arena of its own; it goes with the statement
   unless it is installed. */
/* same_shape: its users need no look */
typedef struct Draft { Entry *e; Loc loc; bool same_shape; } Draft;
typedef struct EntryParts {             /* what it copies from the statement */
	Sym name;
	NameKind kind;
	Loc loc;
	const Tree *tree;
	Tree **param; int nparam;
	const Decl *decl;
	const Tensor *value;
	bool elementwise;
} EntryParts;
Draft *entry_draft(Arena *a, const EntryParts *p);
/* Puts the drafts in; what was there goes. The definitions that use the names must fit their new
   meaning (unless they did not fit before), otherwise raises with the session as it was. Raises
   when one would be defined through itself. */
void entry_install(Mdx *s, Arena *a, int n, Draft **d);
void entry_remove(Mdx *s, Entry *e);
void entry_free(Entry *e);
/* the names in t that are not bound inside it, sorted by address, each once; param: names that are
   bound outside */
int free_names(Arena *a, const Tree *t, int nparam, const Sym *param, Sym **out);
/* definitions that reach name, in order of definition */
int entry_follow(Mdx *s, Arena *a, Sym name, Entry ***out);

/* ------------------------------------------------- known.c: shapes of definitions that are sure */
/* en is in the session, t is its definition, elaborated in e; kept if it is sure */
void known_keep(const Elab *e, const Term *t, Entry *en);

/* --------------------------------------------------------------- mention.c: who mentions a name */
bool mention_reserve(Mdx *s, int n);            /* room for n more names; false: no memory */
void mention_add(Mdx *s, Entry *e);
void mention_remove(Entry *e);
const NameUse *mention_uses(const Mdx *s, Sym name);       /* the definitions and functions that use
                                                              it, or NULL */
const NameUse *mention_sizes(const Mdx *s, Sym name);      /* the declarations in which it is a
                                                              size, or NULL */

/* ---------------------------------------- define.c: names get definitions, declarations, values */
MdxStatus define_name(Mdx *s, Arena *a, const Stmt *st);  /* name = expr: a value or a definition */
MdxStatus define_function(Mdx *s, Arena *a, const Stmt *st);
MdxStatus define_vars(Mdx *s, Arena *a, const Stmt *st);
MdxStatus define_unknown(Mdx *s, Arena *a, const Stmt *st);     /* fun */
MdxStatus define_clear(Mdx *s, Arena *a, const Stmt *st);
/* What was taken for names that are not declared holds while the statement runs. */
void define_taken(Mdx *s, Arena *a, const Elab *e);
/* a name of that shape while the statement runs */
void define_hidden(Mdx *s, Arena *a, Loc loc, Sym name, const Dim *rows, const Dim *cols);

/* ----------------------------------------------- env.c: sizes and values of the session's names */
long sizes_eval(const Mdx *s, Arena *a, const Tree *t);  /* a size as a number; -1 when it is not
                                                            known */
/* checks that decl with a rows x cols value fits the known sizes; raises at loc */
void sizes_check(Mdx *s, Arena *a, Loc loc, const Decl *d, const Entry *skip, long rows, long cols);

/* -------------------------------------------- cmd.c, help.c, complete.c: statements with a word */
typedef struct Cmd {
	const char *word, *args, *help;                 /* "eval", "EXPR", "prints its number or
	                                                   matrix" */
	MdxStatus (*run)(Mdx *s, Arena *a, const Stmt *st);     /* NULL: a word of the grammar (var,
	                                                           fun, check) */
} Cmd;
const Cmd *cmd_find(const char *word);                  /* also for the parser: is this word a
                                                           statement's? or NULL */
const char *cmd_nearest(const char *name);              /* a word that is near to one that is none,
                                                           or NULL */
const Cmd *cmd_at(int i);                               /* all of them, in the order of the help;
                                                           NULL past the end */
Node *simplify_all(Graph *g, Node *n);                  /* `simplify`: the user's sums too */
MdxStatus cmd_expr(Mdx *s, Arena *a, const Stmt *st);   /* EXPR: prints the simplified expression
                                                           and its shape */
MdxStatus cmd_check(Mdx *s, Arena *a, const Stmt *st);
MdxStatus cmd_source(Mdx *s, Arena *a, const Stmt *st);         /* session.c */
/* option.c; raises when not valid */
void set_option(Mdx *s, Arena *a, Loc loc, const char *name, const char *value);
const char *set_name(int i, const char **values);       /* names of `set`, and what they may be;
                                                           NULL past the end */
MdxStatus cmd_set(Mdx *s, Arena *a, const Stmt *st);
MdxStatus cmd_seed(Mdx *s, Arena *a, const Stmt *st);
MdxStatus cmd_graph(Mdx *s, Arena *a, const Stmt *st);  /* picture.c */
MdxStatus cmd_shape(Mdx *s, Arena *a, const Stmt *st);  /* outline.c */
MdxStatus cmd_vars(Mdx *s, Arena *a, const Stmt *st);
MdxStatus cmd_help(Mdx *s, Arena *a, const Stmt *st);
const char *help_topic(int i);                          /* topics that are neither functions nor
                                                           statements; NULL past the end */
void print_taken(Mdx *s, Arena *a, const Elab *e);      /* ` taking W : m x n`, each name once while
                                                           it stays the same */

/* --------------------------------- cookbook.c: the Matrix Cookbook's identities; see cookbook.h */
typedef struct BookEntry {
	const char *number, *place, *title, *names, *identity, *conditions, *note, *printed;
} BookEntry;
const BookEntry *book_at(int i);                        /* in the book's order; NULL past the end */
const BookEntry *book_find(long number);                /* the entry with that equation, or NULL */
MdxStatus cmd_cookbook(Mdx *s, Arena *a, const Stmt *st);

/* ------------------------------------------------------------ derive.c: derivations as on paper */
typedef enum {
	DERIVE_TITLE,           /* words: of what follows */
	DERIVE_NOTE,            /* words alone */
	DERIVE_DECLARE,         /* left is a call of the name with its sizes: dW(m, n) */
	DERIVE_FUN,             /* left is the name of an unknown function */
	DERIVE_DEFINE,          /* left, a name, is side[0] */
	DERIVE_CHECK            /* left == side[0] == .., which was checked */
} DeriveKind;
typedef struct DeriveRow {
	DeriveKind kind;
	Tree *left, **side; int n, cap;
	const char *words;      /* the rule that was used, or "" */
	const char *shape;      /* "m x n", or "" */
	unsigned props;         /* DECLARE */
	bool elementwise;       /* FUN */
	bool known;             /* it says what the session knows already, for who has the page alone */
	Tree *of; int part;     /* left is the name of a part of this derivative, counted from 1; 0: it
	                           is none */
	const char *departs;    /* at the first row at which the claim of `derive check' is another one:
	                           what it has */
} DeriveRow;
typedef struct Derivation {
	DeriveRow **row; int n, cap;
	DeriveRow **taken; int ntaken, cap_taken;       /* declarations of names that were never
	                                                   declared: rows once used */
	Verdict claim;          /* of `derive check' */
} Derivation;
/* The rows of a derive statement (the words before its expression are st->arg, in front); raises
   when it asks for no derivative. Every row was checked. */
Derivation *derivation(Mdx *s, Arena *a, const Stmt *st);
/* t for a page that nobody types in: the names of parts replaced by (dl/dW)[1] */
Tree *derivation_paper(Arena *a, const Derivation *rows, const Tree *t);
MdxStatus cmd_derive(Mdx *s, Arena *a, const Stmt *st);

/* -------------------------------------------- latex_page.c, tex.c, document.c: LaTeX out and in */
MdxStatus cmd_latex(Mdx *s, Arena *a, const Stmt *st);
MdxStatus cmd_tex(Mdx *s, Arena *a, const Stmt *st);
Tree *tex_read(Mdx *s, Arena *a, const Tree *str);  /* the LaTeX in a string: an expression or an
                                                       EQ; raises */
MdxStatus document_statement(Mdx *s, Arena *a, Stmt *st);  /* runs it and writes it into the
                                                              document */
/* the comments that a text begins with */
void document_prose(Mdx *s, Arena *a, const char *text, size_t len);

/* ------------------------------------------------ value.c: what is a value, and numbers as text */
bool value_closed(Mdx *s, const Tree *t);               /* has no free names: its value can be found
                                                           at once */
const Tree *value_call(Mdx *s, const Tree *t);          /* the first call of rand, randn or load in
                                                           it, or NULL */
bool value_wanted(Mdx *s, const Tree *t);               /* contains rand, randn or load, or is
                                                           numbers and large */
/* the tree with rand, randn, load and matrices of numbers replaced by names that have those values
   while the statement runs */
Tree *value_leaves(Mdx *s, Arena *a, Tree *t);
Tensor *value_eval(Mdx *s, Arena *a, Tree *t);          /* its value, order 2 */
Tensor *value_matrix(Arena *a, const Term *t, Tensor *x);  /* a tensor of t's axes as rows and
                                                              columns; t: a matrix */
void value_text(Text *out, const Tensor *x, int digits);  /* aligned columns; order 3 and 4 in
                                                             slices */
char *value_literal(Arena *a, const Tensor *x, int digits);     /* [1 2; 3 4] */

#endif
