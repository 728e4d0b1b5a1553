/* SPDX-License-Identifier: GPL-3.0-or-later */
/* identities.c: random true identities, a random expression and what sound rules make of it, must
   never be called false; random false ones, the same with one edit, must never be called true,
   wherever values that are found without the program (value.h) tell the sides apart. Some are given
   a fact that the rules use: with it they are true, without it they are false where values say so.
   `eval` must give those values too. MDX_RANDOM=N runs N of each (default 300), MDX_SEED=N makes
   another row of them; a failure prints its own seed, which MDX_RANDOM=1 MDX_SEED=THAT repeats, and
   the smallest statement next to it that fails as well. MDX_SHOW=1 prints all identities with their
   verdicts. The cases run in a process of their own, so that a crash is one more failure. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cases.h"

/* what was said of the true ones, the false ones, and of values; shared between the processes */
typedef struct Count {
	long proved, tested, unknown, wrong;            /* of true ones */
	long empty;                                     /* ... without values, and called so */
	long missed, needless, credulous;               /* true ones without what they were given:
	                                                   not called true, true as well, called
	                                                   true */
	long refuted, undecided, fooled, same, dim;     /* of false ones; same: not told apart here;
	                                                   dim: for rounding */
	long agree, differ, undefined;                  /* eval */
	long alike, unlike;                             /* canonical forms */
	long several, single, split;                    /* strengths with a verdict: two or more that
	                                                   agree, one, that do not */
	long unsound, crashed;
	double slowest;
	uint64_t slowest_seed;
	long at;                                        /* the case that runs */
	char asked[1 << 16];                            /* its statement */
} Count;

enum { SECONDS = 20, SHRINK_SECONDS = 3 };
#define MEMORY ((rlim_t)2 << 30)

/* ---- asking */

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static const char *
check_text(const Case *c, const Tree *x, const Tree *y)
{
	return arena_printf(c->a, "check %s == %s%s%s", print_tree(c->a, x, STYLE_ASCII),
		print_tree(c->a, y, STYLE_ASCII), c->w.given ? " given " : "",
		c->w.given ? c->w.given->text : "");
}

static void
ask(const Case *c, Session *s, const char *text, Count *n)
{
	double start = now(), took;

	snprintf(n->asked, sizeof n->asked, "%s", text);
	run(s, "%s", text);
	took = now() - start;
	if (took > n->slowest) {
		n->slowest = took;
		n->slowest_seed = c->seed;
	}
	if (env_long("MDX_SHOW", 0))
		note("%s\n%s", text, s->out);
}

/* ---- failures, made small */

typedef bool Fails(Case *c, Session *s, const Tree *x, const Tree *y);

static bool
called_false(Case *c, Session *s, const Tree *x, const Tree *y)
{
	int equal = 0;

	for (int i = 0; i < POINTS; i++) {
		Match k = case_match(c, &c->point[i], x, y, c->derivative ? 1e-6 : 1e-9);

		if (k == DIFFERENT)
			return false;
		equal += k == EQUAL;
	}
	if (equal == 0)
		return false;
	run(s, "%s", check_text(c, x, y));
	return !prefix(s->out, "true") && !prefix(s->out, "unknown");
}

static bool
called_true(Case *c, Session *s, const Tree *x, const Tree *y)
{
	if (case_tells_apart(c, x, y, NULL) != DIFFERENT)
		return false;
	run(s, "%s", check_text(c, x, y));
	return prefix(s->out, "true");
}

/* what a process of its own may take; the sanitizers reserve address space without end */
static void
limit(int seconds)
{
#if !defined(__SANITIZE_ADDRESS__)
	setrlimit(RLIMIT_AS, &(struct rlimit){MEMORY, MEMORY});
#endif
	setitimer(ITIMER_PROF, &(struct itimerval){.it_value.tv_sec = seconds}, NULL);
}

/* whether it fails, or crashes, in a process of its own */
static bool
fails_apart(Case *c, Session *s, const Tree *x, const Tree *y, Fails *fails, bool crash)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		Trap t;
		bool bad = false;

		limit(SHRINK_SECONDS);
		if (TRY(&t, c->a)) {
			if (crash) {
				run(s, "%s", check_text(c, x, y));
				bad = strstr(s->out, "memory") != NULL;
			} else
				bad = fails(c, s, x, y);
			trap_end(&t);
		}
		_exit(bad);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	return WIFSIGNALED(status) ? crash : WEXITSTATUS(status) == 1;
}

static void
report(Case *c, Session *s, const char *what, Tree *x, Tree *y, Fails *fails, bool crash)
{
	note("MDX_SEED=%llu: %s: %s", (unsigned long long)c->seed, what, check_text(c, x, y));
	for (int i = 0; i < c->w.nrule; i++)
		printf("%s%s%s", i ? ", " : "#   by ", c->w.rule[i], i == c->w.nrule - 1 ? "\n" : "");
	for (int side = 0, still = 0; still < 2 && (fails || crash); side = !side) {
		bool found = false;

		for (int k = 0; !found; k++) {
			Tree *small = rewrite_smaller(&c->w, side ? y : x, k);

			if (!small)
				break;
			if (rewrite_conforms(small)
					&& fails_apart(c, s, side ? x : small, side ? small : y, fails, crash)) {
				*(side ? &y : &x) = small;
				found = true;
			}
		}
		still = found ? 0 : still + 1;
	}
	note("smallest: %s", check_text(c, x, y));
	if (!crash)
		run(s, "%s", check_text(c, x, y));
	note("%s", crash ? "a crash" : s->out);
}

/* ---- the questions */

/* the identity holds: is it called false? */
static void
ask_true(Case *c, Session *s, Count *n)
{
	if (!case_seems_true(c, c->left, c->right)) {
		report(c, s, "the rules are not sound", c->left, c->right, NULL, false);
		n->unsound++;
		return;
	}
	ask(c, s, check_text(c, c->left, c->right), n);
	if (prefix(s->out, "true (proved)"))
		n->proved++;
	else if (prefix(s->out, "true"))
		n->tested++;
	else if (prefix(s->out, "unknown"))
		n->unknown++;
	else if (strstr(s->out, "is undefined") && !case_has_value_anywhere(c, c->left, c->right))
		n->empty++;
	else {
		report(c, s, "true, but not called so", c->left, c->right, called_false, false);
		n->wrong++;
	}
}

/* the identity is spoilt, and values tell: is it called true? */
static void
ask_false(Case *c, Session *s, Count *n)
{
	Match k = c->spoilt ? case_tells_apart(c, c->left, c->spoilt, c->right) : EQUAL;

	if (k != DIFFERENT) {
		n->same++;
		n->dim += k == UNCLEAR;
		return;
	}
	ask(c, s, check_text(c, c->left, c->spoilt), n);
	if (prefix(s->out, "false"))
		n->refuted++;
	else if (prefix(s->out, "unknown") || (s->err && !strstr(s->out, "internal")))
		n->undecided++;
	else {
		report(c, s, "false, but called true", c->left, c->spoilt, called_true, false);
		n->fooled++;
	}
}

static Case
without_given(const Case *c)
{
	Case bare = *c;

	bare.w.given = NULL;
	memcpy(bare.point, bare.bare, sizeof bare.point);
	return bare;
}

/* The identity needs what it was given, and values tell: is it called true without? */
static void
ask_bare(const Case *given, Session *s, Count *n)
{
	Case c = without_given(given);

	if (case_tells_apart(&c, c.left, c.right, NULL) != DIFFERENT) {
		n->needless++;
		return;
	}
	ask(&c, s, check_text(&c, c.left, c.right), n);
	if (prefix(s->out, "true")) {
		report(&c, s, "false without what it was given, but called true", c.left, c.right,
			called_true, false);
		n->credulous++;
	} else
		n->missed++;
}

static void
give(Session *s, const GrowLeaf *l, Value v)
{
	char text[2048], *p = text;

	p += sprintf(p, "%s = [", l->name);
	for (int i = 0; i < v.r * v.c; i++)
		p += sprintf(p, "%s%.17g", i == 0 ? "" : i % v.c ? ", " : "; ", num_middle(v.x[i]));
	sprintf(p, "];");
	if (run(s, "%s", text) != MDX_OK)
		note("%s: %s", text, s->out);
}

/* the session's leaves have the values of the first point; does eval give another value? */
static bool
evaluates_otherwise(Case *c, Session *s, const Tree *x)
{
	enum { MAX = 256 };
	double found[MAX], worst = 0, size;
	Value v;
	int k;

	if (!value_of(c->a, &c->point[0], x, WIDE, &v))
		return false;
	size = value_largest(&v);
	k = eval(s, found, MAX, "%s", print_tree(c->a, x, STYLE_ASCII));
	for (int i = 0; i < k && i < MAX && i < v.r * v.c; i++)
		worst = fmax(worst, fabs(found[i] - num_middle(v.x[i])));
	return k != v.r * v.c || !(worst <= (c->derivative ? 1e-5 : 1e-8) * (1 + size));
}

/* What eval prints against the values found here. It knows no values of unknown functions, and
   nothing of what was given: that the sizes are others, that a gradient is one within the symmetric
   matrices. */
static void
ask_value(Case *c, Session *s, Count *n)
{
	const Given *g = c->w.given;

	if (c->w.unknown || (g && g->tall > 0) || (g && g->kind == 'S' && c->derivative))
		return;
	for (int i = 0; i < grow_nleaf; i++)
		give(s, &grow_leaf[i], c->point[0].leaf[i]);
	snprintf(n->asked, sizeof n->asked, "eval %s", print_tree(c->a, c->right, STYLE_ASCII));
	if (!case_has_value(c, c->left, c->right))
		n->undefined++;
	else if (!evaluates_otherwise(c, s, c->right))
		n->agree++;
	else {
		note("MDX_SEED=%llu: another value: %s\n%s", (unsigned long long)c->seed, n->asked, s->out);
		n->differ++;
	}
}

/* ---- canonical forms: the same values as what they are the form of */

/* whether values that differ in doubles do so without rounding, as far as balls can tell */
static bool
is_sure(Graph *g, Node *const *two, const Env *env)
{
	enum { BITS = 30 };
	BallDiff by;
	BallVerdict v = ball_compare(g, two[0], two[1], env, BITS, &by);

	return v == BALL_DIFFER || v == BALL_UNABLE;
}

/* does the canonical form have other values, at most of some points? Evaluated by the program's own
   means. */
static bool
form_differs(Session *s, const char *text, Arena *a)
{
	enum { DRAWS = 5 };
	Dims *dims = dims_new(a);
	Graph *g = graph_new(a, dims);
	Tree *t = parse_expr(a, "test", text);
	int n, differ = 0, equal = 0;
	Term **side = elab_sides(elab_new(s->mdx, a, dims), tree(a, TREE_EQ, (Loc){0}, 2, t, t), &n);
	Node *two[2] = {build(g, side[0]), NULL};

	two[1] = canon(g, two[0]);
	for (int k = 1; two[1] && k <= DRAWS; k++) {
		Env *env = env_random(g, two, 2, (uint64_t)k * 0x9e3779b97f4a7c10u, 3);
		Tensor **v;
		double most = 0, size = 0;

		env->quiet_domain = true;
		v = plan_run(plan_new(g, two, 2, env), env);
		for (size_t i = 0; i < v[0]->size; i++) {
			most = fmax(most, fabs(v[0]->data[i] - v[1]->data[i]));
			size = fmax(size, fmax(fabs(v[0]->data[i]), fabs(v[1]->data[i])));
			/* a form may divide by what is 0 though nobody sees it, and then says nothing */
			if (isfinite(v[0]->data[i]) && !isfinite(v[1]->data[i]))
				return false;
			if (!isfinite(v[0]->data[i]))
				size = INFINITY;
		}
		differ += size < 1e6 && most > 1e-5 * (1 + size) && is_sure(g, two, env);
		equal += size < 1e6 && most <= 1e-5 * (1 + size);
	}
	return differ >= 3 && differ > equal;
}

static void
ask_form_of(Case *c, Session *s, const Tree *side, Count *n)
{
	const char *text = print_tree(c->a, side, STYLE_ASCII);
	Arena *a = arena_new();
	Trap t;
	volatile bool bad = false;

	snprintf(n->asked, sizeof n->asked, "the canonical form of %s", text);
	if (TRY(&t, a)) {
		bad = form_differs(s, text, a);
		trap_end(&t);
	}
	arena_free(a);
	if (bad)
		note("MDX_SEED=%llu: the canonical form has another value: %s",
			(unsigned long long)c->seed, text);
	n->unlike += bad;
	n->alike += !bad;
}

static void
ask_form(Case *c, Session *s, Count *n)
{
	ask_form_of(c, s, c->left, n);
	ask_form_of(c, s, c->right, n);
}

/* ---- the strengths, each asked by itself, agree */

typedef struct Strengths {
	Verdict proof, field, numbers;
} Strengths;

static Strengths
strengths(Session *s, const char *text, Arena *a)
{
	enum { DRAWS = 3, SIZE = 4, SURE = -9 };        /* as decide.c has it */
	static const char check[] = "check ";
	Dims *dims = dims_new(a);
	Graph *g = graph_new(a, dims);
	Parser *p = parser_open("test", text, strlen(text), 1);
	Stmt *st = parser_next(p, a);
	Strengths r = {VERDICT_UNKNOWN, VERDICT_UNKNOWN, VERDICT_UNKNOWN};
	Node *side[2], *x;
	FieldResult f;
	NumericResult d;
	int n;
	Elab *e = elab_new(s->mdx, a, dims);
	Term **term;

	parser_close(p);
	e->given = st->decls;
	term = elab_sides(e, st->expr, &n);
	if (!prefix(text, check) || term[0]->row != term[1]->row || term[0]->col != term[1]->col)
		return r;
	for (int i = 0; i < 2; i++)
		side[i] = given_build(e, g, term[i]);
	x = canon(g, side[0]);
	if (side[0] == side[1] || (x && x == canon(g, side[1])) || prove_equal(g, side[0], side[1]))
		r.proof = VERDICT_TRUE;
	f = field_equal(g, side[0], side[1], DRAWS, SIZE, 1);
	if (f.verdict == FIELD_EQUAL && f.log10_chance <= SURE)
		r.field = VERDICT_TRUE;
	else if (f.verdict == FIELD_DIFFERENT && f.rational)
		r.field = VERDICT_FALSE;
	d = numeric_equal(g, side[0], side[1], DECIDE_FULL);
	if (!d.undefined)
		r.numbers = d.verdict;
	return r;
}

/* A proof holds for all values; a field and numbers are asked at other points, but for one and the
   same truth. */
static void
ask_strengths(Case *c, Session *s, const Tree *x, const Tree *y, Count *n)
{
	static const char *const word[] = {
		[VERDICT_TRUE] = "true", [VERDICT_FALSE] = "false", [VERDICT_UNKNOWN] = "unknown",
	};
	const char *text = check_text(c, x, y);
	Arena *a = arena_new();
	Strengths r = {VERDICT_UNKNOWN, VERDICT_UNKNOWN, VERDICT_UNKNOWN};
	int yes, no;
	Trap t;

	snprintf(n->asked, sizeof n->asked, "the strengths apart: %s", text);
	if (TRY(&t, a)) {
		Strengths *got = NEW(c->a, Strengths);

		*got = strengths(s, text, a);
		r = *got;
		trap_end(&t);
	}
	arena_free(a);
	yes = (r.proof == VERDICT_TRUE) + (r.field == VERDICT_TRUE) + (r.numbers == VERDICT_TRUE);
	no = (r.field == VERDICT_FALSE) + (r.numbers == VERDICT_FALSE);
	n->several += (yes >= 2 && !no) || (no >= 2 && !yes);
	n->single += yes + no == 1;
	if (yes && no) {
		n->split++;
		note("MDX_SEED=%llu: by proof %s, in fields %s, by numbers %s: %s",
			(unsigned long long)c->seed, word[r.proof], word[r.field], word[r.numbers], text);
	}
}

/* ---- the row of them */

/* a session that knows the leaves, and takes its time: the answers are the same everywhere */
static void
declare(Session *s)
{
	run(s, "set budget 0");
	run(s, "%s", grow_names);
	for (int i = 0; i < grow_nfun; i++)
		run(s, "fun %s %s", grow_fun[i].name, grow_fun[i].elementwise ? "elementwise" : "scalar");
}

static void
run_cases(Count *k, uint64_t seed, long from, long to)
{
	Session *s = session_open(), *valued = session_open();
	Arena *a = arena_new();

	declare(s);
	declare(valued);
	for (k->at = from; k->at < to; k->at++) {
		Random r = {seed + (uint64_t)k->at};
		Case c = {.a = a, .seed = r.state, .w = {.a = a, .r = &r}};
		Trap t;

		limit(SECONDS);
		arena_reset(a);
		if (TRY(&t, a)) {
			case_make(&c);
			ask_true(&c, s, k);
			ask_form(&c, s, k);
			ask_value(&c, valued, k);
			ask_false(&c, s, k);
			if (c.w.given)
				ask_bare(&c, s, k);
			ask_strengths(&c, s, c.left, c.right, k);
			if (c.spoilt)
				ask_strengths(&c, s, c.left, c.spoilt, k);
			trap_end(&t);
		} else {
			note("MDX_SEED=%llu: %s", (unsigned long long)(seed + (uint64_t)k->at), t.diag.msg);
			k->unsound++;
		}
	}
	arena_free(a);
	session_close(s);
	session_close(valued);
}

/* a case whose process ended: which statement it was, and the smallest like it */
static void
report_crash(Count *k, uint64_t seed)
{
	Session *s = session_open();
	Arena *a = arena_new();
	Random r = {seed};
	Case c = {.a = a, .seed = seed, .w = {.a = a, .r = &r}};
	Trap t;

	note("MDX_SEED=%llu: a crash: %s", (unsigned long long)seed, k->asked);
	declare(s);
	if (TRY(&t, a)) {
		Case bare;

		case_make(&c);
		bare = without_given(&c);
		if (fails_apart(&c, s, c.left, c.right, NULL, true))
			report(&c, s, "crashes", c.left, c.right, NULL, true);
		else if (c.spoilt && fails_apart(&c, s, c.left, c.spoilt, NULL, true))
			report(&c, s, "crashes", c.left, c.spoilt, NULL, true);
		else if (c.w.given && fails_apart(&bare, s, c.left, c.right, NULL, true))
			report(&bare, s, "crashes", c.left, c.right, NULL, true);
		trap_end(&t);
	}
	arena_free(a);
	session_close(s);
}

int
main(void)
{
	long n = env_long("MDX_RANDOM", 300), from = 0;
	uint64_t seed = (uint64_t)env_long("MDX_SEED", 1);
	Count *k;

	begin();
	k = mmap(NULL, sizeof *k, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (k == MAP_FAILED)
		abort();
	note("%s", grow_names);
	while (from < n) {
		int status;
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			run_cases(k, seed, from, n);
			fflush(stdout);
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			abort();
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			break;
		k->crashed++;
		report_crash(k, seed + (uint64_t)k->at);
		from = k->at + 1;
	}
	ok(k->crashed == 0, "%ld random identities (seed %llu): %ld crashes or took over %d s", n,
		(unsigned long long)seed, k->crashed, SECONDS);
	ok(k->unsound == 0, "the rules are sound");
	ok(k->wrong == 0,
		"true ones: %ld proved, %ld tested, %ld unknown, %ld rightly undefined, %ld not called true",
		k->proved, k->tested, k->unknown, k->empty, k->wrong);
	ok(k->unknown <= n / 10, "few of the true ones are unknown");
	ok(k->fooled == 0,
		"false ones: %ld refuted, %ld unknown, %ld called true; %ld were not told apart here, "
		"%ld of them for rounding",
		k->refuted, k->undecided, k->fooled, k->same, k->dim);
	ok(k->credulous == 0,
		"without what they were given: %ld not called true, %ld called true; %ld were not told "
		"apart",
		k->missed, k->credulous, k->needless);
	ok(k->differ == 0, "values: %ld agree, %ld differ, %ld had none here", k->agree, k->differ,
		k->undefined);
	ok(k->unlike == 0, "canonical forms: %ld have the same values, %ld others", k->alike,
		k->unlike);
	ok(k->split == 0,
		"strengths: %ld times two or three agree, %ld times one alone knows, %ld times they differ",
		k->several, k->single, k->split);
	note(
		"the slowest took %.3f s (MDX_SEED=%llu)", k->slowest, (unsigned long long)k->slowest_seed);
	return done();
}
