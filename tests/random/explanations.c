/* SPDX-License-Identifier: GPL-3.0-or-later */
/* explanations.c: what is said of random false identities, true ones with a slip (cases.h), holds:
   the corrected side that is printed has the values of the other side, and what would make it hold
   does, wherever values that are found without the program (value.h) tell. MDX_RANDOM=N runs N of
   them (default 150), MDX_SEED=N makes another row; a failure prints its own seed, which
   MDX_RANDOM=1 MDX_SEED=THAT repeats. MDX_SHOW=1 prints them all. */
#include <string.h>
#include <time.h>

#include "cases.h"

#define BUDGET "0.3"

typedef struct Count {
	long asked, corrected, assumed, same, wrong, unclear, untrue, plain;
	double slowest;
	uint64_t slowest_seed;
} Count;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The expression on the indented lines behind `words`, or NULL. */
static char *
behind(Arena *a, const char *out, const char *words)
{
	const char *at = strstr(out, words);
	char *text, *to;

	if (!at)
		return NULL;
	at += strlen(words);
	text = to = arena_alloc(a, strlen(at) + 1);
	while (prefix(at, "\n  ") && !prefix(at, "\n  taking")) {
		size_t n = strcspn(++at, "\n");

		memcpy(to, at, n);
		to += n;
		at += n;
	}
	*to = '\0';
	return text;
}

/* NULL: it cannot be read, which is a fault */
static Tree *
read_back(Arena *a, const char *text)
{
	Trap t;

	if (TRY(&t, a)) {
		Tree *r = parse_expr(a, "test", text);

		trap_end(&t);
		return r;
	}
	return NULL;
}

static void
complain(const Case *c, Session *s, const char *what, Count *n)
{
	note("MDX_SEED=%llu: %s\n%s", (unsigned long long)c->seed, what, s->out);
	n->wrong++;
}

/* the corrected side against the other one */
static void
look_at_side(const Case *c, Session *s, const char *text, const Tree *other, Count *n)
{
	Tree *side = read_back(c->a, text);
	Match k;

	n->corrected++;
	if (!side) {
		complain(c, s, "the corrected side cannot be typed in", n);
		return;
	}
	k = case_tells_apart(c, other, side, NULL);
	if (k == DIFFERENT)
		complain(c, s, "the corrected side has other values", n);
	n->same += k == EQUAL;
	n->unclear += k == UNCLEAR;
}

/* `it would hold if A were symmetric': the identity at points where A is */
static void
look_at_assumption(Case *c, Session *s, const char *words, Count *n)
{
	static const char *const said[] = {"symmetric", "skew-symmetric", "orthogonal", "diagonal",
		"symmetric and positive definite", "positive"};
	static const char *const property[] = {"symmetric", "skew", "orthogonal", "diagonal", "posdef",
		"positive"};
	size_t len = strcspn(words, " ");

	n->assumed++;
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		const char *rest = arena_printf(c->a, " were %s", said[i]);
		const char *want = arena_printf(c->a, "%.*s %s", (int)len, words, property[i]);
		size_t end = len + strlen(rest);

		if (!prefix(words + len, rest) || (words[end] && !strchr(";,\n", words[end])))
			continue;
		for (int g = 0; g < given_count; g++) {
			Case there = *c;
			Match k;

			if (strcmp(given_table[g].text, want) != 0 || c->w.given)
				continue;
			for (int p = 0; p < POINTS; p++)
				there.point[p] = point_draw(
					c->a, c->w.r, 2 + p % 2, 3 - p % 2, p == 2 ? 3 : 1, &given_table[g]);
			k = case_tells_apart(&there, c->left, c->spoilt, NULL);
			if (k == DIFFERENT)
				complain(c, s, "what is said to make it hold does not", n);
			n->same += k == EQUAL;
			n->unclear += k == UNCLEAR;
		}
	}
}

static void
look(Case *c, Session *s, Count *n)
{
	static const char assumed[] = "it would hold if ";
	const char *text = arena_printf(c->a, "check %s == %s%s%s", print_tree(c->a, c->left, STYLE_ASCII),
		print_tree(c->a, c->spoilt, STYLE_ASCII), c->w.given ? " given " : "",
		c->w.given ? c->w.given->text : "");
	const char *right, *left, *assume;
	double start = now(), took;

	run(s, "%s", text);
	took = now() - start;
	n->asked++;
	if (took > n->slowest) {
		n->slowest = took;
		n->slowest_seed = c->seed;
	}
	if (env_long("MDX_SHOW", 0))
		note("%s\n%s", text, s->out);
	if (!prefix(s->out, "false")) {
		n->untrue++;    /* identities.c sees to that */
		return;
	}
	right = behind(c->a, s->out, "the right side should be");
	left = behind(c->a, s->out, "the left side should be");
	assume = strstr(s->out, assumed);
	if (right)
		look_at_side(c, s, right, c->left, n);
	if (left)
		look_at_side(c, s, left, c->spoilt, n);
	if (assume)
		look_at_assumption(c, s, assume + strlen(assumed), n);
	n->plain += !right && !left && !assume;
}

int
main(void)
{
	long more = env_long("MDX_RANDOM", 150);
	uint64_t seed = (uint64_t)env_long("MDX_SEED", 1);
	Session *s = session_open();
	Arena *a = arena_new();
	Count n = {0};

	begin();
	run(s, "set budget " BUDGET);
	run(s, "%s", grow_names);
	for (int i = 0; i < grow_nfun; i++)
		run(s, "fun %s %s", grow_fun[i].name, grow_fun[i].elementwise ? "elementwise" : "scalar");
	for (uint64_t i = 0; i < (uint64_t)more; i++) {
		Random r = {seed + i};
		Case c = {.a = a, .seed = r.state, .w = {.a = a, .r = &r}};
		Trap t;

		arena_reset(a);
		if (TRY(&t, a)) {
			case_make(&c);
			if (c.spoilt && case_tells_apart(&c, c.left, c.spoilt, c.right) == DIFFERENT)
				look(&c, s, &n);
			trap_end(&t);
		} else {
			note("MDX_SEED=%llu: %s", (unsigned long long)c.seed, t.diag.msg);
			n.wrong++;
		}
	}
	ok(n.wrong == 0,
		"%ld false identities (seed %llu): %ld times a side was corrected, %ld times something was "
		"missed that would make it hold; %ld of these are seen to be right, %ld wrong, %ld could "
		"not be told", n.asked, (unsigned long long)seed, n.corrected, n.assumed, n.same, n.wrong,
		n.unclear);
	ok(n.asked == 0 || 10 * n.plain <= n.asked, "few, %ld, get their difference only", n.plain);
	note("the slowest took %.3f s (MDX_SEED=%llu)", n.slowest, (unsigned long long)n.slowest_seed);
	arena_free(a);
	session_close(s);
	return done();
}
