/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * parser.y: the grammar of statements. It builds trees and decides nothing: names have no
 * meaning and no shape yet. The tokens come from lexer.l, which has dealt with blanks, line
 * ends, spellings and statement words; what comes out is a Stmt. Syntax errors are put into
 * words at the end of this file.
 *
 * The parser is a push parser, so that all its memory belongs to the Parser of lexer.l: an
 * action may allocate, and thereby be left by a raise (Ctrl-C, memory), and nothing is lost.
 * Errors of the text are recorded and raised when Bison has returned.
 */
%require "3.8"
%expect 0                               /* conflicts are errors */

%code requires {
	#include "parse.h"
}

%code provides {
	/* token.c: the next token, its value and its place; -1 after an error, which is recorded */
	int token_first(Parser *p, YYSTYPE *val, Loc *loc);
	int token_next(Parser *p, YYSTYPE *val, Loc *loc);
}

%code {
	#include <string.h>

	#define YYMAXDEPTH 16000                /* of brackets; beyond it yyerror() is called */

	/* From the first to the last symbol of a rule; an empty one stands behind what precedes it. */
	#define YYLLOC_DEFAULT(cur, rhs, n) \
		((cur).src = YYRHSLOC(rhs, (n) > 0).src, \
		 (cur).beg = (n) > 0 ? YYRHSLOC(rhs, 1).beg : YYRHSLOC(rhs, 0).end, \
		 (cur).end = YYRHSLOC(rhs, n).end)

	static void yyerror(const Loc *loc, Parser *p, const char *msg);

	static Tree *chain(Parser *p, TreeKind kind, Loc loc, Tree *left, Loc at, Tree *right);
	static Tree *quotient(Parser *p, Loc loc, Tree *left, Tree *right);
	static Tree *call(Parser *p, Loc loc, Tree *name, Tree *args);
	static Tree *entry(Parser *p, Loc loc, Tree *of, Tree *args);
	static Tree *quoted(Parser *p, Loc loc, Tree *name, Tree *args, Tree *by);
	static Tree *bind(Parser *p, Loc loc, Tree *name, Tree *value);
	static Tree *where(Parser *p, Loc loc, Tree *expr, Tree *binds);
	static bool define(Parser *p, Loc loc, Tree *left, Tree *right);
	static Decl *decl(Parser *p, Tree *name, Tree *dims, unsigned props);
	static Decl *equation(Parser *p, Loc loc, Tree *left, Tree *right);
	static Decl *append(Decl *last, Decl *d);
	static Decl *first(Decl *last);
	static Decl *name_decls(Parser *p, Tree *names);
	static unsigned prop(Parser *p, Loc loc, Tree *word);
	static void statement(Parser *p, StmtKind kind, Tree *expr);
	static void command(Parser *p, Sym word, Tree *args, Tree *expr, Tree *to);
	static Tree *list(Parser *p, Loc loc, Tree *first);
}

%define api.pure full
%define api.push-pull push
%define api.value.type union
%define api.location.type {Loc}
%define api.token.prefix {TOK_}
%define api.header.include {"parser.h"}
%define parse.error custom
%define parse.lac full                  /* makes the list of expected tokens right */
%locations
%parse-param {Parser *p}

/* the names are those of messages */
%token END 0 "the end of the statement"
%token <Tree *> NUM "a number" NAME "a name" STR "a string" LAST "%"
%token <Tree *> PRIMED "the derivative of a function"   /* phi' before ( */
%token <Tree *> WORD "a word"
%token <Tree *> SUPER "an exponent"                     /* superscript digits */
%token TRANS "'" INV "⁻¹" POW "^" EPOW ".^"
%token EMUL ".*" EDIV "./" LDIV "\\" KRON "⊗" EQEQ "=="
%token PARTIAL "∂" BYPARTIAL "/∂" BYD "/d("
%token WHERE "where" GIVEN "given"
/* statement words, by what follows them */
%token <Sym> VAR FUN CHECK COMMAND EMIT SAVE FILES WORDS
%token EXPRESSION                       /* the text is an expression and nothing else */
/* never given to the grammar */
%token NEWLINE QUOTE BAD

%nterm <Tree *> clause expr term product operand postfix entry closed powered primary
%nterm <Tree *> signed_number signed_entry args arg_list rows row binds binding
%nterm <Tree *> sides names words word modifiers words_before redirect dims
%nterm <Decl *> decls decl facts fact givens
%nterm <unsigned> props some_props

/*
 * Operators, loosest first (print.c puts brackets by the same table):
 *
 *   where
 *   ==                          only in check
 *   + -
 *   - +  before a product       -a*b is -(a*b), which is the same as (-a)*b
 *   * / \ .* ./ ⊗               left to right
 *   - +  before a later factor  a*-b
 *   ^ .^ ' and superscripts     one chain, left to right: 2^3^2 is (2^3)^2; a sign may follow ^
 *   f(...) X[i,j] (...) [...]
 */
%%

start
	: clause			{ statement(p, ST_EXPR, $1); }
	| expr '=' clause		{ if (!define(p, @1, $1, $3)) YYABORT; }
	| VAR decls			{ statement(p, ST_VAR, NULL); p->stmt->decls = first($2); }
	| FUN names NAME		{
		statement(p, ST_FUN, NULL);
		p->stmt->name = $3->name;
		p->stmt->name_loc = @3;
		p->stmt->decls = name_decls(p, $2);
		if (strcmp($3->name, "scalar") != 0 && strcmp($3->name, "elementwise") != 0) {
			parser_fail(p, @3, NULL, "a function is 'scalar' or 'elementwise', not '%s'", $3->name);
			YYABORT;
		}
	}
	| CHECK sides			{ statement(p, ST_CHECK, $2); }
	| CHECK sides WHERE binds	{ statement(p, ST_CHECK, where(p, @$, $2, $4)); }
	| CHECK sides givens		{ statement(p, ST_CHECK, $2); p->stmt->decls = first($3); }
	| CHECK sides givens WHERE binds {
		statement(p, ST_CHECK, where(p, @$, $2, $5));
		p->stmt->decls = first($3);
	}
	| CHECK sides WHERE binds givens {
		statement(p, ST_CHECK, where(p, @$, $2, $4));
		p->stmt->decls = first($5);
	}
	| COMMAND modifiers clause redirect	{ command(p, $1, $2, $3, $4); }
	| COMMAND modifiers sides	{ command(p, $1, $2, $3, NULL); }       /* derive check */
	| COMMAND modifiers sides WHERE binds	{
		command(p, $1, $2, where(p, @3, $3, $5), NULL);
	}
	| EMIT WORD clause redirect	{ command(p, $1, list(p, @2, $2), $3, $4); }
	| SAVE expr STR			{ command(p, $1, NULL, $2, NULL);
					  p->stmt->arg[p->stmt->narg++] = $3; }
	| FILES STR			{ command(p, $1, list(p, @2, $2), NULL, NULL); }
	| WORDS				{ command(p, $1, NULL, NULL, NULL); }
	| WORDS words			{ command(p, $1, $2, NULL, NULL); }
	| EXPRESSION clause		{ statement(p, ST_EXPR, $2); }
	;

/* ---- statements */

modifiers
	: %empty			{ $$ = NULL; }
	| words_before
	;
words_before
	: WORD				{ $$ = list(p, @$, $1); }
	| words_before WORD		{ tree_push(p->a, $1, $2); $$ = $1; }
	;
redirect
	: %empty			{ $$ = NULL; }
	| '>' STR			{ $$ = $2; }
	;
words
	: word				{ $$ = list(p, @$, $1); }
	| words word			{ tree_push(p->a, $1, $2); $$ = $1; }
	| words ',' word		{ tree_push(p->a, $1, $3); $$ = $1; }
	;
word
	: NAME | NUM | STR | LAST
	;
names
	: NAME				{ $$ = list(p, @$, $1); }
	| names ',' NAME		{ tree_push(p->a, $1, $3); $$ = $1; }
	;

decls
	: decl				{ $$ = append(NULL, $1); }
	| decls ',' decl		{ $$ = append($1, $3); }
	;
decl
	: NAME dims props		{ if (!($$ = decl(p, $1, $2, $3))) YYABORT; }
	;
dims
	: %empty			{ $$ = NULL; }
	| '(' arg_list ')'		{ $$ = $2; }
	;
props
	: %empty			{ $$ = 0; }
	| some_props
	;
some_props
	: NAME				{ if (!($$ = prop(p, @1, $1))) YYABORT; }
	| some_props NAME		{ unsigned p2 = prop(p, @2, $2); if (!p2) YYABORT; $$ = $1 | p2; }
	;
givens
	: GIVEN facts			{ $$ = $2; }
	;
facts
	: fact				{ $$ = append(NULL, $1); }
	| facts ',' fact		{ $$ = append($1, $3); }
	;
fact
	: NAME some_props		{ $$ = decl(p, $1, NULL, $2); }
	| expr EQEQ expr		{ $$ = equation(p, @$, $1, $3); }
	;

sides
	: expr EQEQ expr		{ $$ = tree_try(p->a, TREE_EQ, @$, 2, $1, $3); }
	| sides EQEQ expr		{ tree_push(p->a, $1, $3); $1->loc = @$; $$ = $1; }
	;

/* ---- expressions */

clause
	: expr
	| expr WHERE binds		{ $$ = where(p, @$, $1, $3); }
	;
binds
	: binding			{ $$ = list(p, @$, $1); }
	| binds ',' binding		{ tree_push(p->a, $1, $3); $$ = $1; }
	;
binding
	: NAME '=' expr			{ $$ = bind(p, @$, $1, $3); }
	;

expr
	: term
	| expr '+' term			{ $$ = chain(p, TREE_ADD, @$, $1, @1, $3); }
	| expr '-' term			{
		Loc loc = {@2.src, @2.beg, @3.end};
		$$ = chain(p, TREE_ADD, @$, $1, @1, tree_try(p->a, TREE_NEG, loc, 1, $3));
	}
	;
term
	: product
	| '-' term			{ $$ = tree_try(p->a, TREE_NEG, @$, 1, $2); }
	| '+' term			{ $$ = tree_try(p->a, TREE_POS, @$, 1, $2); }
	;
product
	: postfix
	| product '*' operand		{ $$ = chain(p, TREE_MUL, @$, $1, @1, $3); }
	| product '/' operand		{ $$ = quotient(p, @$, $1, $3); }
	| product LDIV operand		{ $$ = tree_try(p->a, TREE_LDIV, @$, 2, $1, $3); }
	| product EMUL operand		{ $$ = chain(p, TREE_EMUL, @$, $1, @1, $3); }
	| product EDIV operand		{ $$ = tree_try(p->a, TREE_EDIV, @$, 2, $1, $3); }
	| product KRON operand		{ $$ = tree_try(p->a, TREE_KRON, @$, 2, $1, $3); }
	;
operand
	: postfix
	| '-' operand			{ $$ = tree_try(p->a, TREE_NEG, @$, 1, $2); }
	| '+' operand			{ $$ = tree_try(p->a, TREE_POS, @$, 1, $2); }
	;

/* x^y[i] is x^(y[i]), but x'[i] is (x')[i] and x^2[i] is (x^2)[i] */
postfix
	: NUM
	| entry
	| closed
	| powered
	| PARTIAL entry BYPARTIAL entry	{ $$ = tree_try(p->a, TREE_DERIV, @$, 2, $2, $4); }
	;
closed
	: postfix TRANS			{ $$ = tree_try(p->a, TREE_TRANS, @$, 1, $1); }
	| postfix INV			{ $$ = tree_try(p->a, TREE_INV, @$, 1, $1); }
	| postfix SUPER			{ $$ = tree_try(p->a, TREE_POW, @$, 2, $1, $2); }
	| postfix POW signed_number	{ $$ = tree_try(p->a, TREE_POW, @$, 2, $1, $3); }
	| postfix EPOW signed_number	{ $$ = tree_try(p->a, TREE_EPOW, @$, 2, $1, $3); }
	| closed '[' arg_list ']'	{ if (!($$ = entry(p, @$, $1, $3))) YYABORT; }
	;
powered
	: postfix POW signed_entry	{ $$ = tree_try(p->a, TREE_POW, @$, 2, $1, $3); }
	| postfix EPOW signed_entry	{ $$ = tree_try(p->a, TREE_EPOW, @$, 2, $1, $3); }
	;
signed_number
	: NUM
	| '-' signed_number		{ $$ = tree_try(p->a, TREE_NEG, @$, 1, $2); }
	| '+' signed_number		{ $$ = tree_try(p->a, TREE_POS, @$, 1, $2); }
	;
signed_entry
	: entry
	| '-' signed_entry		{ $$ = tree_try(p->a, TREE_NEG, @$, 1, $2); }
	| '+' signed_entry		{ $$ = tree_try(p->a, TREE_POS, @$, 1, $2); }
	;
entry
	: primary
	| entry '[' arg_list ']'	{ if (!($$ = entry(p, @$, $1, $3))) YYABORT; }
	;
primary
	: NAME
	| STR
	| LAST
	| '(' clause ')'		{ $$ = $2; }    /* keeps its place within: see chain() */
	| '[' rows ']'			{ $2->loc = @$; $$ = $2; }
	| NAME '(' args ')'		{ $$ = call(p, @$, $1, $3); }
	| PRIMED '(' args ')'		{ $$ = call(p, @$, $1, $3); }
	| NAME '(' args ')' BYD expr ')'	{ if (!($$ = quoted(p, @$, $1, $3, $6))) YYABORT; }
	;
args
	: %empty			{ $$ = list(p, @$, NULL); }
	| arg_list
	;
arg_list
	: expr				{ $$ = list(p, @$, $1); }
	| arg_list ',' expr		{ tree_push(p->a, $1, $3); $$ = $1; }
	;
rows
	: row				{ $$ = tree_try(p->a, TREE_MATRIX, @$, 1, $1); }
	| rows ';' row			{ tree_push(p->a, $1, $3); $$ = $1; }
	;
row
	: expr				{ $$ = list(p, @$, $1); }
	| row ',' expr			{ tree_push(p->a, $1, $3); $1->loc = @$; $$ = $1; }
	;

%%

/* ---- trees */

/* Lists are rows while they are under construction. */
static Tree *
list(Parser *p, Loc loc, Tree *first_item)
{
	Tree *t = tree_try(p->a, TREE_ROW, loc, 0);
	if (first_item)
		tree_push(p->a, t, first_item);
	return t;
}

/* a + b + c is one sum and (a + b) + c is two: the place of a tree in brackets is not that of
   its symbol, `at` */
static Tree *
chain(Parser *p, TreeKind kind, Loc loc, Tree *left, Loc at, Tree *right)
{
	if (left->kind != kind || left->loc.beg != at.beg || left->loc.end != at.end)
		return tree_try(p->a, kind, loc, 2, left, right);
	tree_push(p->a, left, right);
	left->loc = loc;
	return left;
}

/* 1/2 is a number, as 0.5 is */
static Tree *
quotient(Parser *p, Loc loc, Tree *left, Tree *right)
{
	if (left->kind == TREE_NUM && right->kind == TREE_NUM && rat_sign(right->num) != 0)
		return tree_num(p->a, loc, rat_mul(p->a, left->num, rat_inv(p->a, right->num)));
	return tree_try(p->a, TREE_DIV, loc, 2, left, right);
}

static Tree *
call(Parser *p, Loc loc, Tree *name, Tree *args)
{
	Tree *t = tree_try(p->a, TREE_CALL, loc, 1, name);
	for (int i = 0; i < args->n; i++)
		tree_push(p->a, t, args->kid[i]);
	return t;
}

static Tree *
entry(Parser *p, Loc loc, Tree *of, Tree *args)
{
	if (args->n > 2) {
		parser_fail(p, args->kid[2]->loc, "X[i,j] for a matrix, x[i] for a vector",
			"an entry has one or two indices");
		return NULL;
	}
	Tree *t = tree_try(p->a, TREE_INDEX, loc, 1, of);
	for (int i = 0; i < args->n; i++)
		tree_push(p->a, t, args->kid[i]);
	return t;
}

/* d(args)/d(by) */
static Tree *
quoted(Parser *p, Loc loc, Tree *name, Tree *args, Tree *by)
{
	if (args->n != 1) {
		parser_fail(p, name->loc, NULL, "d(...)/d(...) takes one expression in each bracket");
		return NULL;
	}
	return tree_try(p->a, TREE_DERIV, loc, 2, args->kid[0], by);
}

static Tree *
bind(Parser *p, Loc loc, Tree *name, Tree *value)
{
	Tree *t = tree_try(p->a, TREE_BIND, loc, 1, value);
	t->name = name->name;
	return t;
}

static Tree *
where(Parser *p, Loc loc, Tree *expr, Tree *binds)
{
	Tree *t = tree_try(p->a, TREE_WHERE, loc, 1, expr);
	for (int i = 0; i < binds->n; i++)
		tree_push(p->a, t, binds->kid[i]);
	return t;
}

/* ---- statements */

static void
statement(Parser *p, StmtKind kind, Tree *expr)
{
	p->stmt->kind = kind;
	p->stmt->expr = expr;
}

/* word, then the args, then the expression, and room for one more; to: the file it is
   redirected to */
static void
command(Parser *p, Sym word, Tree *args, Tree *expr, Tree *to)
{
	Stmt *st = p->stmt;
	statement(p, ST_COMMAND, expr);
	st->word = word;
	st->narg = args ? args->n : 0;
	st->arg = NEWN(p->a, Tree *, st->narg + 2);
	for (int i = 0; i < st->narg; i++)
		st->arg[i] = args->kid[i];
	if (expr)
		st->arg[st->narg++] = expr;
	if (to)
		st->redirect = to->name;
}

static bool
define(Parser *p, Loc loc, Tree *left, Tree *right)
{
	Stmt *st = p->stmt;
	const char *hint = "write == for an identity: check A == B";
	Tree *name = left;

	if (left->kind == TREE_LAST) {
		parser_fail(p, loc, NULL, "this stands for an earlier result and cannot be defined");
		return false;
	}
	if (left->kind == TREE_CALL) {
		name = left->kid[0];
		st->narg = left->n - 1;
		st->arg = left->kid + 1;
	}
	if (name->kind != TREE_NAME || name->prime) {
		parser_fail(p, loc, hint, "a definition has a name on its left side, or f(x, y)");
		return false;
	}
	for (int i = 0; i < st->narg; i++)
		if (st->arg[i]->kind != TREE_NAME) {
			parser_fail(p, st->arg[i]->loc, hint, "the parameters of a function are names");
			return false;
		}
	if (left->kind == TREE_CALL && st->narg == 0) {
		parser_fail(p, loc, NULL, "a function has at least one parameter");
		return false;
	}
	statement(p, left->kind == TREE_CALL ? ST_FUNCTION : ST_DEFINE, right);
	st->name = name->name;
	st->name_loc = name->loc;
	return true;
}

static Decl *
decl(Parser *p, Tree *name, Tree *dims, unsigned props)
{
	Decl *d = NEW(p->a, Decl);
	d->name = name->name;
	d->loc = name->loc;
	d->props = props;
	if (dims && dims->n > 2) {
		parser_fail(p, dims->kid[2]->loc, NULL, "a variable has at most two dimensions");
		return NULL;
	}
	d->ndim = dims ? dims->n : 0;
	for (int i = 0; i < d->ndim; i++)
		d->dim[i] = dims->kid[i];
	return d;
}

static Decl *
equation(Parser *p, Loc loc, Tree *left, Tree *right)
{
	Decl *d = NEW(p->a, Decl);
	d->loc = loc;
	d->eq = tree_try(p->a, TREE_EQ, loc, 2, left, right);
	return d;
}

/* Lists of declarations are rings, held by their last, until they are complete. */
static Decl *
append(Decl *last, Decl *d)
{
	d->next = last ? last->next : d;
	if (last)
		last->next = d;
	return d;
}

static Decl *
first(Decl *last)
{
	Decl *d = last->next;
	last->next = NULL;
	return d;
}

static Decl *
name_decls(Parser *p, Tree *names)
{
	Decl *last = NULL;
	for (int i = 0; i < names->n; i++)
		last = append(last, decl(p, names->kid[i], NULL, 0));
	return first(last);
}

static unsigned
prop(Parser *p, Loc loc, Tree *word)
{
	unsigned b = prop_find(word->name);
	if (!b) {
		const char *all = props_text(p->a, (1u << P_COUNT) - 1);
		parser_fail(p, loc, arena_printf(p->a, "properties are: %s", all),
			"'%s' is no property of a variable", word->name);
	}
	return b;
}

/* ---- errors */

void
parser_fail(Parser *p, Loc loc, const char *hint, const char *fmt, ...)
{
	if (p->failed)
		return;
	p->failed = true;
	va_list ap;
	va_start(ap, fmt);
	p->diag = (Diag){.kind = DIAG_ERROR, .loc = loc, .hint = hint};
	p->diag.msg = arena_vprintf(p->a, fmt, ap);
	va_end(ap);
}

/* Bison calls this when its stack is at its limit (or memory is out, which then shows elsewhere
   too). */
static void
yyerror(const Loc *loc, Parser *p, const char *msg)
{
	(void)msg;
	parser_fail(p, *loc, NULL, "this is nested too deeply");
}

/* Takes notes: they are put into words when Bison has been left. */
static int
yyreport_syntax_error(const yypcontext_t *ctx, Parser *p)
{
	_Static_assert(YYNTOKENS <= WANT_MAX, "too many tokens");
	yysymbol_kind_t want[YYNTOKENS];
	int n = yypcontext_expected_tokens(ctx, want, YYNTOKENS);

	memset(p->want, 0, sizeof p->want);
	for (int i = 0; i < n; i++)
		p->want[want[i]] = true;
	p->syntax = true;
	p->found = (int)yypcontext_token(ctx);
	p->found_loc = *yypcontext_location(ctx);
	return 0;
}

bool
token_continues(int kind)
{
	switch (kind) {
	case '+': case '-': case '*': case '/': case ',': case '=': case '>':
	case TOK_POW: case TOK_EPOW: case TOK_EMUL: case TOK_EDIV: case TOK_LDIV: case TOK_KRON:
	case TOK_EQEQ: case TOK_PARTIAL: case TOK_BYPARTIAL: case TOK_WHERE: case TOK_GIVEN:
		return true;
	default:
		return false;
	}
}

bool
token_ends_operand(int kind)
{
	switch (kind) {
	case TOK_NUM: case TOK_NAME: case TOK_STR: case TOK_LAST: case TOK_SUPER: case TOK_TRANS:
	case TOK_INV: case ')': case ']':
		return true;
	default:
		return false;
	}
}

bool
token_begins_operand(int kind)
{
	switch (kind) {
	case TOK_NUM: case TOK_NAME: case TOK_STR: case TOK_LAST: case TOK_PRIMED: case TOK_PARTIAL:
	case '(': case '[':
		return true;
	default:
		return false;
	}
}

/* the token kind of a symbol; 0 when there is none of interest */
static int
token_of(int symbol)
{
	static const int kinds[] = {
		TOK_NUM, TOK_NAME, TOK_STR, TOK_LAST, TOK_PRIMED, TOK_PARTIAL, '(', '[', ')', ']', '=', '>',
		TOK_EQEQ, TOK_TRANS,
	};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (YYTRANSLATE(kinds[i]) == symbol)
			return kinds[i];
	return 0;
}

/* "an expression or ')'": what could have stood there, in few words */
static const char *
wanted(const Parser *p)
{
	#define WANTS(kind) (p->want[YYTRANSLATE(kind)])
	const char *item[10];
	int n = 0;
	bool operators = WANTS('*');

	if (WANTS(TOK_NUM) && WANTS('('))
		item[n++] = "an expression";
	else if (WANTS(TOK_NAME))
		item[n++] = WANTS(TOK_NUM) ? "a word" : p->prev != TOK_NAME ? "a name" :
			p->first == TOK_FUN ? "'scalar', 'elementwise'" : "a property";
	else if (WANTS(TOK_NUM))
		item[n++] = "a number";
	if (WANTS(TOK_BYPARTIAL))
		item[n++] = "'/∂'";
	if (WANTS(TOK_STR) && !WANTS(TOK_NUM))
		item[n++] = "a string in double quotes";
	if (WANTS(TOK_WORD) && !operators && n == 0)
		item[n++] = "a word";
	if (operators)
		item[n++] = "an operator";
	if (WANTS(')'))
		item[n++] = "')'";
	if (WANTS(']'))
		item[n++] = "']'";
	if (WANTS('=') && !operators)
		item[n++] = "'='";
	if (WANTS(TOK_EQEQ))
		item[n++] = "'=='";
	if (WANTS(',') && !operators && n < 2)
		item[n++] = "','";
	if (WANTS(TOK_END) && n < 2)
		item[n++] = "the end of the statement";
	#undef WANTS
	Text t = text_new(p->a);
	for (int i = 0; i < n; i++) {
		text_add(&t, i == 0 ? "" : i < n - 1 ? ", " : " or ");
		text_add(&t, item[i]);
	}
	return n ? t.s : "something else";
}

/* what stands there instead */
static const char *
found(const Parser *p)
{
	enum { SHOWN = 24 };
	const char *s = p->text + p->base + p->found_loc.beg;
	int n = p->found_loc.end - p->found_loc.beg;

	if (p->found == YYSYMBOL_YYEOF)
		return p->unfinished ? "the end of the input" :
			p->cur.kind == ';' ? "';'" : "the end of the line";
	if (n <= 0)
		return "a blank, which separates elements here";
	if (n > SHOWN) {
		for (n = SHOWN; (s[n] & 0xc0) == 0x80; n--)
			;
		return arena_printf(p->a, "'%.*s...'", n, s);
	}
	return arena_printf(p->a, memchr(s, '\'', (size_t)n) ? "\"%.*s\"" : "'%.*s'", n, s);
}

/* `evla x`, `grad x`: the statement begins with a name and goes on with an operand */
static const char *
first_name_hint(const Parser *p)
{
	const char *s = p->text + p->base + p->stmt->loc.beg;
	int n = p->found_loc.beg - p->stmt->loc.beg;
	char *name;
	const char *near;
	const Fun *f;

	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	if (p->prev != TOK_NAME || n <= 0 || memchr(s, ' ', (size_t)n) || memchr(s, '\t', (size_t)n))
		return NULL;
	name = arena_strndup(p->a, s, (size_t)n);
	f = fun_find(sym(name));
	if (f && n > 1)
		return arena_printf(p->a, "write %s(%s)", name, f->args);
	near = cmd_nearest(name);
	return near ? arena_printf(p->a, "did you mean %s?", near) : NULL;
}

/* Is the unexpected token the first one on a later line than the statement's first? */
static bool
begins_line(const Parser *p)
{
	const char *s = p->text + p->base;
	int i = p->found_loc.beg;

	while (i > p->stmt->loc.beg && (s[i - 1] == ' ' || s[i - 1] == '\t'))
		i--;
	return i > p->stmt->loc.beg && s[i - 1] == '\n';
}

static const char *
hint(const Parser *p)
{
	int kind = token_of(p->found);
	const char *first, *s = p->text + p->base + p->stmt->loc.beg;

	if (strncmp(s, "tex \\", 5) == 0)
		return "tex wants LaTeX in double quotes: tex \"X^\\top X\"";
	if (kind == '=')
		return "did you mean == ? A single = defines a name: NAME = EXPR";
	if (kind == TOK_EQEQ && !p->want[YYTRANSLATE(TOK_EQEQ)])
		return "an identity is tested with `check A == B`";
	if (kind == TOK_TRANS && !token_ends_operand(p->prev))
		return "strings stand in double quotes";
	if (p->want[YYTRANSLATE('*')] && token_begins_operand(kind) && begins_line(p))
		return "a statement goes on on the next line while a bracket is open";
	if (p->want[YYTRANSLATE('*')] && token_begins_operand(kind))
		return (first = first_name_hint(p)) ? first : "write * for a product";
	return NULL;
}

/* The bracket that matters: the innermost that was open before the unexpected token. */
static const Open *
still_open(const Parser *p)
{
	int n = p->nopen;
	if (n > 0 && p->open[n - 1].loc.beg >= p->found_loc.beg)
		n--;
	return n > 0 ? &p->open[n - 1] : NULL;
}

void
parser_explain(Parser *p)
{
	const Open *o = still_open(p);
	bool end = p->found == YYSYMBOL_YYEOF;
	if (p->given && p->found != YYSYMBOL_GIVEN && (!end || !p->unfinished))
		parser_fail(p, p->found_loc, "as in: given K symmetric posdef, W'*W == I",
			"given takes properties of names and equations: expected %s, found %s", wanted(p), found(p));
	else
		parser_fail(p, p->found_loc, hint(p), "expected %s, found %s", wanted(p), found(p));
	p->diag.incomplete = end && p->unfinished;
	if (o && (end || p->want[YYTRANSLATE(o->kind == '(' ? ')' : ']')])) {
		p->diag.loc2 = o->loc;
		p->diag.msg2 = arena_printf(p->a, "this '%c' is still open", o->kind == '(' ? '(' : '[');
	}
}
