/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * derive.h: what the files of `derive` share. derive_term.c: terms copied, and written as trees;
 * derive_graph.c: the expression as a list of definitions, one operation each; derive_sweep.c: the
 * derivative from node to node; derive_rule.c: the rules in words; derive_answer.c: from there to
 * the answer; derive_claim.c: where a claim departs; derive.c: the statement; derive_print.c: the
 * rows as text; derive_used.c: the names that it takes.
 */
#ifndef MDX_DERIVE_H
#define MDX_DERIVE_H

#include "core.h"

typedef struct Step Step;

enum { DERIVE_LARGE = 32 }; /* steps; more are checked by numbers only */

/* One place at which a step's definition uses another step. */
typedef struct Use {
	Step *of;
	Term *leaf;   /* a variable that stands for it, a different one at each place */
	Term *turned; /* the transposition right around the leaf, or NULL */
	int sign;     /* of a term of a sum: -1 when it is subtracted */
} Use;

typedef enum {
	STEP_NODE,     /* depends on the variable: has an adjoint */
	STEP_VARIABLE, /* the variable itself */
	STEP_GIVEN     /* does not depend on it; listed because of its name */
} StepRole;

/* A node of the computation graph as a person would draw it: a name and an operation. */
struct Step {
	StepRole role;
	Sym name;
	bool made_up;     /* the name is ours */
	Node *node;       /* what it stands for, as the user wrote it */
	const char *text; /* as it is written */
	Term *body;       /* the same, without its name */
	Dim *row, *col;
	Term *def; /* the operation: a term over leaves */
	Use *use;
	int nuse, cap_use;
	bool packed;  /* several operations in one, since there may be no more steps */
	bool visited; /* while they are put in order */
	Node *tried;  /* derive_claim.c */
	/* one variable for all places, and the definition over such variables */
	Var *var;
	Node *opaque, *def_opaque;
	Node *real; /* the name around the definition over the others' */
	/* derive_sweep.c */
	Term *seed;    /* a variable that stands for its adjoint (its tangent) */
	Tree *spelled; /* how the adjoint is written */
	Node *value;   /* the adjoint over the names of steps */
	Node *rule;    /* the tangent over seeds and opaque variables */
	bool symbol;   /* it stays a symbol: an unknown function's */
	int nparts;    /* places at which it is used */
};

/* what a page is about */
typedef enum {
	BY_ADJOINTS,     /* d(l)/d(c), from the output back */
	BY_PULLBACK,     /* vjp(F, c, G), likewise */
	BY_JACOBIANS,    /* jac(F, c), likewise */
	BY_TANGENTS,     /* d(c)/d(t) or dir(c, X, V), from the variable on */
	BY_DIFFERENTIALS /* dc, from the variable on */
} Way;

/* A contribution to a row that a claim may have got wrong: see derive_claim.c */
typedef struct Link {
	Step *to, *from; /* the adjoint of `to' receives this from that of `from' */
	const Use *use;
	Node *part; /* over opaque variables and seeds */
	int row;    /* the row that shows it */
} Link;

typedef struct Derive {
	const struct Derive *before; /* the page that this one goes on from, with its names; or NULL */
	Mdx *s;
	Arena *a;
	Elab *e;
	Graph *g;
	Tree *asked; /* the derivative as the user wrote it, under its where */
	Term *form;  /* the derivative: of kid[0] by kid[1] */
	Term *by;    /* the variable: kid[1], or what it is an entry of */
	Node *x;
	Way way;
	Sym free;    /* of the gradient without the structure of the variable, or NULL */
	long budget; /* steps it may still make */
	int serial;  /* of made-up variables */
	Sym *taken;
	int ntaken, cap_taken;
	Term **named; /* variables and defined names in the form */
	int nnamed, cap_named;
	Sym *listed; /* names that the page has said the shape of */
	int nlisted, cap_listed;
	bool defined; /* by their definitions, rather than mentioned */
	DeriveRow **given; /* definitions of the user's that the variable is not in */
	int ngiven, cap_given;
	bool renamed; /* a step has another name than the user gave it */
	Step **step;
	int nstep, cap_step; /* children first once the graph is complete */
	Step **back; /* the same, the output last, in another order */
	int nback;
	Step *out, *var;
	Tree **bind;
	int nbind, cap_bind; /* what rows may use, as bindings of a where */
	Link *link;
	int nlink, cap_link;
	unsigned since; /* nodes that the derivation made are younger */
	Derivation *rows;
} Derive;

/* ---------------------------------------------------------------- derive_term.c */
Term *derive_term(Derive *d, TermKind kind, int n, Dim *row, Dim *col); /* kids to be filled in */
Term *derive_leaf(Derive *d, Sym name, Dim *row, Dim *col);             /* a variable of its own */
Term *derive_call(Derive *d, FunId f, int n, Term **kid, Dim *row, Dim *col);
Term *derive_copy(Derive *d, const Term *t); /* the same kids, not built yet */
Term *derive_put(
	Derive *d, Term *t, const Term *from, Term *to); /* t with `to' in the place of `from' */
bool derive_scalar(const Term *t);
/* The term as a tree; names of steps in the place of what they stand for. */
Tree *derive_tree(Derive *d, const Term *t);
Tree *derive_dim(Derive *d, const Dim *x);
Tree *derive_name(Derive *d, const Step *s);
Tree *derive_names(
	Derive *d, const Tree *t); /* names of seeds replaced by how adjoints are written */
/* the matrix form of a node of that shape; where several rows fit, NULL for a tensor */
Tree *derive_form(Derive *d, Node *n, const Dim *row, const Dim *col);

/* ---------------------------------------------------------------- derive_graph.c */
/* Fills step, out, var. needs: form. The graph stands for the expression: that is proved here. */
void derive_graph(Derive *d);
Sym derive_fresh(Derive *d,
	const char *const *want); /* the first of these (NULL-terminated) that is free, or t1, t2 .. */
bool derive_active(Derive *d, Term *t);

/* ---------------------------------------------------------------- derive_sweep.c */
void derive_prepare(Derive *d);         /* how adjoints are written */
void derive_sweep(Derive *d);           /* the rows */
Node *derive_value(Derive *d, Node *n); /* over real nodes: seeds and opaque variables replaced */
Node *derive_gradient(Derive *d, Node *f); /* of f by the variable, in the form in which grad gives
                                              it */

/* ---------------------------------------------------------------- derive_used.c */
void derive_used(Derive *d); /* the rows of names that the page uses and does not make */

/* ---------------------------------------------------------------- derive_answer.c */
void derive_last_steps(
	Derive *d); /* from the adjoint of the variable to the form that was asked for */
/* A scalar, written so that the differential is the last factor of each product: b'*dc, tr(A*dX);
   where there is one way to do that. t itself when nothing is to be done. */
Tree *derive_differential_last(Derive *d, Tree *t);
void derive_declare_change(Derive *d); /* var dW(m,n) */
void derive_total(Derive *d);          /* the differential of the output */
void derive_answer(Derive *d, const char *title); /* under its title; NULL: without */
/* The derivative as the program prints it; *shape: in words. */
Formula derive_result(Derive *d, Tree *t, const char **shape);
Tree *derive_declaration(
	Arena *a, Loc loc, Sym name, const Dim *row, const Dim *col); /* dW(m, n) */

/* ---------------------------------------------------------------- derive_rule.c */
const char *derive_rule(
	Derive *d, const Step *s, const Use *u);       /* how s hands it on to u, in words */

/* ---------------------------------------------------------------- derive_claim.c */
/* Decides whether the claim is the answer; marks the row at which it departs. */
Verdict derive_claim(Derive *d, Tree *claim);

/* ---------------------------------------------------------------- derive.c */
Tree *derive_without_where(Tree *t);
Tree *derive_with_where(Arena *a, const Tree *stmt, Tree *t); /* t under the where clause of stmt */
Verdict derive_field(Graph *g, Node *x, Node *y); /* in the exact field: true or unknown */
/* Under all that is bound; unknown also where a side is undefined everywhere. */
Verdict derive_decide(Derive *d, Tree *eq);
void derive_title(Derive *d, const char *text);
DeriveRow *derive_row(Derive *d, DeriveKind kind, Tree *left, const char *shape, const char *words);
void derive_side(
	Derive *d, DeriveRow *r, Tree *t); /* one more side, unless it is the one before it */
/* Decides the row; an internal error when it is false. */
void derive_check(Derive *d, const DeriveRow *r);
void derive_bind(Derive *d, Sym name, Tree *t);
Tree *derive_bound(Derive *d, Tree *t);       /* t under a where of all that is bound */
char *derive_words(Derive *d, const Tree *t); /* as text within words */

#endif
