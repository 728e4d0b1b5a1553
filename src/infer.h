/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * infer.h: what the files between syntax trees and shaped terms share among themselves.
 * names.c: what a name is in this statement; term.c: Tree -> Term; kind.c, overrule*.c: which sizes
 * are 1; unify.c: equations between sizes; shape.c, shape_call.c: the shape of every term.
 */
#ifndef MDX_INFER_H
#define MDX_INFER_H

#include "core.h"

/* ---------------------------------------------------------------- names.c */

/* What a name is used as. One name has one role in a statement. */
typedef enum { ROLE_NONE, ROLE_VAR, ROLE_DIM, ROLE_INDEX } Role;

typedef struct Local {
	Sym name;
	struct Local *next; /* hash chain */
	Entry *entry;       /* of the session, or NULL */
	Role role;
	Loc role_loc;      /* where that comes from */
	Var *var;          /* once made */
	Term *named;       /* NAME_DEF: once elaborated */
	bool open, listed; /* names_order: being visited, visited */
} Local;

/* Lexical bindings, innermost first: parameters of functions and `where`. The tree is elaborated
   when it is first used, in the scope it was written in; in the place of a size or an index it is
   read as one. */
typedef struct Scope {
	Sym name;
	const Tree *tree;
	struct Scope *env; /* of the tree */
	struct Scope *up;
	bool where; /* else a parameter */
	bool inner; /* of a where clause that is not the statement's own */
	Term *term; /* once elaborated */
} Scope;

typedef struct Names {
	Elab *e;
	Local **table;
	unsigned ntable, nlocal;
	int nvar;        /* serial of the next Var */
	const Tree *statement; /* its where clause is known outside */
	int depth;       /* of the elaboration that runs */
	const Tree *call;       /* e or J while its indices are read, and which of them */
	const Fun *call_fun;
} Names;

Names *names_new(Elab *e);
Local *names_get(Names *nm, Sym name);
/* Makes the role of a name; raises when it has another one in this statement. */
void names_role(Names *nm, Local *l, Role role, Loc loc);
/* the name of a dimension, here or in a declaration of the session */
bool names_is_dim(Names *nm, Local *l);
/* a name that inference had better not take for a fresh dimension */
bool names_in_use(Names *nm, Sym name);
/* The leaf of that name: declared, with a value, or undeclared (row and col NULL: to be inferred).
 */
Var *names_var(Names *nm, Local *l, Loc loc);
Scope *scope_find(Scope *sc, Sym name);
/* A size or (role ROLE_INDEX) a 1-based index read from a tree; raises when it is none. */
Dim *names_dim(Names *nm, Scope *sc, const Tree *t, Role role);
/* The definitions that a tree reaches, those that others need first; raises on a cycle. Also gives
   their role to the names that stand in the place of a size. */
void names_order(Names *nm, const Tree *t, Local ***def, int *ndef);
/* Which argument of a call is a size ('d'), an index ('i'), an axis ('a'), or an expression ('x')
 */
char fun_arg_role(const Fun *f, int arg);

/* ---------------------------------------------------------------- known.c */

bool known_is(const Elab *e, const Entry *en);
Var *known_var(Elab *e, const Entry *en, Loc loc);

/* ---------------------------------------------------------------- kind.c */

/* Which sizes of a term are the constant 1: a set */
enum { KIND_MATRIX = 0, KIND_ROW = 1, KIND_COL = 2, KIND_SCALAR = 3, KIND_TENSOR = 4 };

typedef struct VarKind { /* of an undeclared variable, or of any: var->row tells */
	Var *var;
	unsigned kind;
	bool weak;       /* a scalar or vector by convention only */
	unsigned use;    /* overrule_use.c: how the name is used */
	Loc place;       /* where it is as only a number, or only a matrix, can be */
	bool known;      /* had its shape before this inference */
	int changes;
	Loc why; /* what overruled the convention; src NULL: nothing did */
} VarKind;

/* unknown ?k: what it is equal to, and where that was found */
typedef struct Flex {
	Dim *to;
	Loc loc;
	bool large; /* of a name that was taken as a vector or matrix: it is not 1 */
} Flex;
/* a declared dimension whose number the values tell */
typedef struct Fixed {
	Sym sym;
	Dim *to;
} Fixed;
typedef struct Pending {
	Dim *x, *y;
	Loc loc;
} Pending;

struct Infer {
	Elab *e;
	Arena *a;
	Dims *dims;
	Term **term;
	int n, cap;          /* kids before parents */
	unsigned char *kind; /* of each */
	unsigned *seen, walk; /* overrule_make.c: in which walk each was met */
	Loc here;             /* of the term whose uses are read */
	VarKind *var;
	int nvar, cap_var; /* by serial */
	Flex *flex;
	int nflex, cap_flex;
	Fixed *fixed;
	int nfixed, cap_fixed;
	bool fixed_known;
	int next_name; /* of the fresh dimension names */
	Pending *pend;
	int npend, cap_pend;
	Dim *one;
};

/* fills term: all that is reachable and has no shape yet */
void kind_collect(Infer *in, Term **root, int n);
void kind_measure(Infer *in, int i);  /* of in->term[i], by those of its kids */
bool kind_open(const Infer *in, const Term *t); /* it has no shape yet */
unsigned kind_of(const Infer *in, const Term *t);
unsigned kind_flip(unsigned kind);    /* of the transpose */
/* the undeclared name under minus signs and transposes, or NULL */
VarKind *kind_leaf(Infer *in, Term *t, bool *flipped);
/* I, also under minus signs and transposes */
bool term_is_ident(const Term *t);
bool term_is_transpose(const Term *t);

/* ---------------------------------------------------------------- overrule.c */

/* the kinds of all variables and terms; roots as for infer_run() */
void overrule_run(Infer *in, Term **root, int n, int sides);

/* ---------------------------------------------------------------- unify.c */

/* x and y are to be equal. false: they cannot be. What cannot be decided yet is kept for
   unify_finish. */
bool unify(Infer *in, const Dim *x, const Dim *y, Loc loc);
/* equal, or an unknown is left in one of them */
bool unify_could(Infer *in, const Dim *x, const Dim *y);
/* makes them equal if that can be done now */
void unify_try(Infer *in, const Dim *x, const Dim *y, Loc loc);
/* both rows and columns, or nothing */
void unify_both(Infer *in, const Term *x, const Term *y, Loc loc);
Dim *unify_large(Infer *in);          /* a fresh unknown that is not 1 */
void unify_finish(Infer *in);         /* retries; raises what is left over */
/* names for the unknowns that are left, in order of first appearance; all: also of those that are
   in no variable's shape */
void unify_name(Infer *in, bool all);
bool unify_unknowns(const Infer *in); /* is an unknown left? */
bool dim_flexible(const Dim *d);
/* where an unknown got its value; src NULL: nowhere */
Loc unify_origin(Infer *in, const Dim *d);

/* ------------------------------------------- shape.c, shape_call.c, shape_error.c */

void shape_call(Infer *in, Term *t); /* TM_CALL */
void shape_set(Term *t, Dim *row, Dim *col);
void shape_copy(Term *t, const Term *from);
/* kids of one shape, scalars aside; t gets it */
void shape_broadcast(Infer *in, Term *t, const char *what);
void shape_square(Infer *in, const Term *t, int kid, const char *who);
/* raises when a kid is one */
void shape_no_tensor(Infer *in, const Term *t, const char *who);
Loc term_at(const Term *t, int kid);                            /* the place of a kid */
char *shape_count_text(Infer *in, Dim *d, const char *what);    /* "n rows" */
/* has x the shape of y', or could have it? asked before sizes are named */
bool shape_transposed(Infer *in, const Term *x, const Term *y);
/* kids 0..last of a product make row x col, and kid `kid` does not fit to that */
_Noreturn void shape_raise_product(Infer *in, const Term *t, int last, int kid, Dim *row, Dim *col);
/* its source text when short, else "this" */
const char *term_text(Infer *in, const Term *t, int kid);
/* for messages; names the unknowns */
char *term_shape_text(Infer *in, const Term *t);
/* Raises at a kid; the second place is where the shape of `other` comes from (a kid as well, -1: of
   the kid itself). */
_Noreturn void shape_raise(Infer *in, const Term *t, int kid, int other, const char *hint,
	const char *fmt, ...) __attribute__((format(printf, 6, 7)));

#endif
