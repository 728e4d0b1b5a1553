/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mem.c: arenas, growable arrays, text under construction, interned names. Stands under every
 * other file: whatever a statement makes is allocated here and goes when its arena goes.
 */
#include "core.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

/* Under the address sanitizer, memory not handed out is poisoned and allocations stand apart. */
#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   __asan_poison_memory_region((p), (n))
#define UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#define RED_ZONE       ((size_t)16)
#else
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#define RED_ZONE       ((size_t)0)
#endif

#define ALIGN      ((size_t)16)
#define FIRST_SIZE ((size_t)4096)               /* definitions own an arena each: begin small */
#define KEEP_SIZE  ((size_t)1 << 20)            /* largest block that outlives a reset */
#define GROW_SIZE  ((size_t)64 << 20)           /* blocks double up to this size */
#define HUGE_PAGE  ((size_t)2 << 20)            /* blocks that have one ask for them: a large
                                                   statement would spend half its time on faults of
                                                   small pages */
#define ARENA_MAX  ((size_t)8 << 30)            /* one arena holds no more than this */
#define ASK_SIZE   ((size_t)256 << 20)          /* beyond, at most half of the machine's */

/* A piece of memory from malloc; what it hands out follows the header. */
typedef struct Block {
	struct Block *prev;
	size_t size, used;
	size_t pad;                             /* keeps sizeof(Block) a multiple of ALIGN */
} Block;

typedef struct Defer {
	struct Defer *next;
	void (*fn)(void *);
	void *arg;
} Defer;

struct Arena {
	Block *block;                           /* the newest; older ones are full */
	Block *spare;                           /* an empty one, against thrashing */
	Defer *defer;                           /* newest first */
	Trap *trap;
	Arena *of;                              /* a scratch arena: the one with its traps */
	size_t total;                           /* sum of the blocks' sizes, spare aside */
	size_t full;                            /* what is in use of the blocks but the newest */
};

static char *
block_data(Block *b)
{
	return (char *)(b + 1);
}

static void
block_free(Block *b)
{
	if (!b)
		return;
	UNPOISON(block_data(b), b->size);
	free(b);
}

/* Makes a block empty; it is the spare one afterwards, or gone when it is too large or smaller than
   the spare one. */
static void
block_retire(Arena *a, Block *b)
{
	if (b->size > KEEP_SIZE || (a->spare && a->spare->size >= b->size)) {
		block_free(b);
		return;
	}
	block_free(a->spare);
	POISON(block_data(b), b->size);
	b->used = 0;
	a->spare = b;
}

Arena *
arena_new(void)
{
	return calloc(1, sizeof(Arena));
}

/* those younger than `stop` */
static void
run_defers(Arena *a, const Defer *stop)
{
	while (a->defer != stop) {
		Defer *d = a->defer;
		a->defer = d->next;
		d->fn(d->arg);
	}
}

static void
drop_blocks(Arena *a, const Block *stop)
{
	while (a->block != stop) {
		Block *b = a->block;
		a->block = b->prev;
		a->total -= b->size;
		a->full -= b->prev ? b->prev->used : 0;
		block_retire(a, b);
	}
}

void
arena_free(Arena *a)
{
	if (!a)
		return;
	run_defers(a, NULL);
	drop_blocks(a, NULL);
	block_free(a->spare);
	free(a);
}

void
arena_reset(Arena *a)
{
	run_defers(a, NULL);
	drop_blocks(a, NULL);
	a->trap = NULL;
}

static _Noreturn void
raise_memory(Arena *a)
{
	/* raise_at() would allocate */
	Diag d = {.kind = DIAG_ERROR, .msg = "out of memory"};
	raise_diag(a, &d);
}

static void
end_scratch(void *a)
{
	arena_free(a);
}

Arena *
arena_scratch(Arena *a)
{
	Arena *s = arena_new();
	if (!s)
		raise_memory(a);
	s->of = a;
	Trap t;
	if (TRY(&t, a)) {
		arena_defer(a, end_scratch, s);
		trap_end(&t);
		return s;
	}
	arena_free(s);
	raise_diag(a, &t.diag);
}

static bool
too_much(size_t total)
{
	if (total < ASK_SIZE)
		return false;
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	return total > ARENA_MAX ||
		(pages > 0 && size > 0 && total / (size_t)size > (size_t)pages / 2);
}

/* memory for a block of so many bytes, its header included, or NULL */
static Block *
block_memory(size_t total)
{
#ifdef MADV_HUGEPAGE
	if (total >= HUGE_PAGE) {
		size_t whole = (total + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
		Block *b = aligned_alloc(HUGE_PAGE, whole);
		if (b)
			madvise(b, whole, MADV_HUGEPAGE);       /* advice; without it all is as well */
		return b;
	}
#endif
	return malloc(total);
}

/* Puts a block with room for `need` bytes on top. */
static void
add_block(Arena *a, size_t need)
{
	Block *b = a->spare;
	if (b && b->size >= need) {
		a->spare = NULL;
	} else {
		size_t total = a->block ? 2 * (sizeof(Block) + a->block->size) : FIRST_SIZE;
		if (total > GROW_SIZE)
			total = GROW_SIZE;
		if (total < sizeof(Block) + need)
			total = sizeof(Block) + need;
		size_t size = total - sizeof(Block);
		if (too_much(a->total + size))
			raise_memory(a);
		b = block_memory(total);
		if (!b)
			raise_memory(a);
		b->size = size;
		b->used = 0;
		POISON(block_data(b), size);
	}
	a->full += a->block ? a->block->used : 0;
	b->prev = a->block;
	a->block = b;
	a->total += b->size;
}

void *
arena_alloc(Arena *a, size_t size)
{
	if (interrupt_asked)
		poll_interrupt(a);
	if (size > ARENA_MAX)
		raise_memory(a);
	size_t need = ((size + ALIGN - 1) & ~(ALIGN - 1)) + RED_ZONE;
	if (!a->block || a->block->size - a->block->used < need)
		add_block(a, need);
	Block *b = a->block;
	char *p = block_data(b) + b->used;
	b->used += need;
	UNPOISON(p, size);
	return memset(p, 0, size);
}

void
arena_defer(Arena *a, void (*fn)(void *), void *arg)
{
	Defer *d = NEW(a, Defer);
	*d = (Defer){a->defer, fn, arg};
	a->defer = d;
}

size_t
arena_used(const Arena *a)
{
	return a->full + (a->block ? a->block->used : 0);
}

ArenaMark
arena_mark(Arena *a)
{
	return (ArenaMark){a->block, a->block ? a->block->used : 0, a->defer};
}

void
arena_release(Arena *a, ArenaMark m)
{
	run_defers(a, m.defer);
	drop_blocks(a, m.block);
	if (a->block) {
		POISON(block_data(a->block) + m.used, a->block->used - m.used);
		a->block->used = m.used;
	}
}

/* Where the innermost trap of an arena hangs: for error.c. */
Trap **
arena_trap(Arena *a)
{
	return a->of ? arena_trap(a->of) : &a->trap;
}

char *
arena_strndup(Arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);
	if (n)
		memcpy(p, s, n);
	return p;
}

char *
arena_vprintf(Arena *a, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		bug(a, "vsnprintf cannot format \"%.40s\"", fmt);
	char *p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	return p;
}

char *
arena_printf(Arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *p = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}

/* more bytes for what was allocated last, if there is room behind it */
static bool
extend(Arena *a, void *old, size_t had, size_t more)
{
	Block *b = a->block;
	size_t from = (had + ALIGN - 1) & ~(ALIGN - 1), to = (had + more + ALIGN - 1) & ~(ALIGN - 1);
	if (RED_ZONE || !b || (const char *)old + from != block_data(b) + b->used ||
		to - from > b->size - b->used)
		return false;
	memset((char *)old + had, 0, to - had);
	b->used += to - from;
	return true;
}

/* The array `old` of *cap items with room for at least one more, where it is or copied. */
void *
arena_grow(Arena *a, void *old, int *cap, size_t size)
{
	if (*cap > INT_MAX / 2)
		raise_memory(a);
	int n = *cap ? 2 * *cap : 8;
	if (*cap && extend(a, old, (size_t)*cap * size, (size_t)(n - *cap) * size)) {
		*cap = n;
		return old;
	}
	void *p = arena_alloc(a, (size_t)n * size);
	if (*cap)
		memcpy(p, old, (size_t)*cap * size);
	*cap = n;
	return p;
}

/* ---- text */

Text
text_new(Arena *a)
{
	Text t = {.a = a, .cap = 64};
	t.s = arena_alloc(a, t.cap);
	return t;
}

/* room for n more bytes and the NUL */
static void
text_reserve(Text *t, size_t n)
{
	if (n < t->cap - t->n)
		return;
	size_t cap = 2 * t->cap;
	if (cap - t->n <= n)
		cap = t->n + n + 1;
	char *s = arena_alloc(t->a, cap);
	memcpy(s, t->s, t->n);
	t->s = s;
	t->cap = cap;
}

void
text_addn(Text *t, const char *s, size_t n)
{
	text_reserve(t, n);
	if (n)
		memcpy(t->s + t->n, s, n);
	t->n += n;
	t->s[t->n] = '\0';
}

void
text_add(Text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

void
text_addf(Text *t, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(t->s + t->n, t->cap - t->n, fmt, ap);
	va_end(ap);
	if (n < 0)
		bug(t->a, "vsnprintf cannot format \"%.40s\"", fmt);
	if ((size_t)n >= t->cap - t->n) {
		text_reserve(t, (size_t)n);
		vsnprintf(t->s + t->n, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	t->n += (size_t)n;
}

/* ---- names */

/* The one table of names of the process: open addressing, at most half full, never shrinks. */
static struct {
	char **name;
	size_t size, n;
} names;

static _Noreturn void
die_memory(void)
{
	fputs("mdx: out of memory\n", stderr);
	abort();
}

static size_t
name_hash(const char *s, size_t n)
{
	uint64_t h = 14695981039346656037u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 1099511628211u;
	return (size_t)(h ^ h >> 32);
}

/* The slot of a name: where it stands, or where it would. */
static char **
name_slot(char **table, size_t size, const char *s, size_t n)
{
	size_t i = name_hash(s, n) & (size - 1);
	while (table[i] && (strncmp(table[i], s, n) != 0 || table[i][n] != '\0'))
		i = (i + 1) & (size - 1);
	return &table[i];
}

static void
names_grow(void)
{
	size_t size = names.size ? 2 * names.size : 1024;
	char **table = calloc(size, sizeof *table);
	if (!table)
		die_memory();
	for (size_t i = 0; i < names.size; i++) {
		char *s = names.name[i];
		if (s)
			*name_slot(table, size, s, strlen(s)) = s;
	}
	free(names.name);
	names.name = table;
	names.size = size;
}

/* s may hold a NUL before n: the name ends there */
Sym
symn(const char *s, size_t n)
{
	n = strnlen(s, n);
	if (2 * names.n >= names.size)
		names_grow();
	char **slot = name_slot(names.name, names.size, s, n);
	if (!*slot) {
		*slot = strndup(s, n);
		if (!*slot)
			die_memory();
		names.n++;
	}
	return *slot;
}

Sym
sym(const char *s)
{
	return symn(s, strlen(s));
}
