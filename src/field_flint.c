/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * field_flint.c: arithmetic modulo a prime for field.c: primes and matrices by FLINT, single
 * numbers here. FLINT takes longer to load than most statements take in all, so it is loaded when
 * it is first asked for; without it the exact test is left out and check says so.
 */
#include <string.h>

#include "field.h"
#include "library.h"

/* ---- single numbers */

uint64_t
fp_pow(const Field *f, uint64_t x, uint64_t e)
{
	uint64_t r = 1;

	for (; e; e >>= 1) {
		if (e & 1)
			r = fp_mul(f, r, x);
		x = fp_mul(f, x, x);
	}
	return r;
}

/* the y with x*y = 1 modulo n, which is prime to x (Euclid); 0 when it is not */
static uint64_t
inverse_mod(uint64_t x, uint64_t n)
{
	int64_t s = 0, t = 1;
	uint64_t a = n, b = x % n;

	while (b) {
		uint64_t q = a / b, r = a % b;
		int64_t u = s - (int64_t)q * t;

		a = b;
		b = r;
		s = t;
		t = u;
	}
	return a != 1 ? 0 : s < 0 ? (uint64_t)(s + (int64_t)n) : (uint64_t)s;
}

uint64_t
fp_inv(const Field *f, uint64_t x)
{
	return x == 2 ? (f->p + 1) / 2 : inverse_mod(x, f->p);
}

static uint64_t
reduced(long n, uint64_t m)
{
	uint64_t u = n < 0 ? (uint64_t) - (n + 1) + 1 : (uint64_t)n;

	u %= m;
	return n < 0 && u ? m - u : u;
}

uint64_t
fp_long(const Field *f, long n)
{
	return reduced(n, f->p);
}

bool
fp_square(const Field *f, uint64_t x)
{
	return fp_pow(f, x, (f->p - 1) / 2) == 1;
}

/* numerator and denominator modulo m */
static void
parts(Arena *a, Rat r, uint64_t m, uint64_t *num, uint64_t *den)
{
	uint64_t part[2] = {0, 0};
	int k = 0;
	bool minus = false;

	if (!r.big) {
		*num = reduced(r.num, m);
		*den = reduced(r.den, m);
		return;
	}
	for (const char *s = rat_text(a, r); *s; s++) {
		if (*s == '-')
			minus = true;
		else if (*s == '/')
			k = 1;
		else
			part[k] = (uint64_t)(((Wide)part[k] * 10 + (Wide)(*s - '0')) % m);
	}
	*num = minus && part[0] ? m - part[0] : part[0];
	*den = k ? part[1] : 1;
}

bool
fp_rat(const Field *f, Arena *a, Rat r, uint64_t *out)
{
	uint64_t num, den;

	parts(a, r, f->p, &num, &den);
	*out = den == 1 || !den ? num : fp_mul(f, num, fp_inv(f, den));
	return den != 0;
}

/* the squares are a group of odd order (p-1)/2: exponents are fractions modulo it */
bool
fp_root_pow(const Field *f, Arena *a, uint64_t x, Rat e, uint64_t *out)
{
	uint64_t m = (f->p - 1) / 2, num, den;

	parts(a, e, m, &num, &den);
	if (den != 1)
		den = inverse_mod(den, m);
	*out = fp_pow(f, x, (uint64_t)((Wide)num * den % m));
	return den != 0;
}

/* ---- FLINT */

#if defined __has_include
#if __has_include(<flint/nmod_mat.h>)
#define HAVE_FLINT_HEADERS 1
#endif
#endif

#ifdef HAVE_FLINT_HEADERS

#include <dlfcn.h>

#include <flint/flint.h>
#include <flint/nmod_mat.h>
#include <flint/ulong_extras.h>

/* X(result, name, parameters) */
#define FLINT_FUNCTIONS(X)                                                                         \
	X(int, n_is_prime, (mp_limb_t n))                                                              \
	X(void, nmod_mat_init, (nmod_mat_t m, slong r, slong c, mp_limb_t p))                          \
	X(void, nmod_mat_clear, (nmod_mat_t m))                                                        \
	X(void, nmod_mat_mul, (nmod_mat_t z, const nmod_mat_t x, const nmod_mat_t y))                  \
	X(int, nmod_mat_inv, (nmod_mat_t y, const nmod_mat_t x))                                       \
	X(mp_limb_t, nmod_mat_det, (const nmod_mat_t x))                                               \
	X(slong, nmod_mat_rref, (nmod_mat_t x))

static struct {
#define X(result, name, params) result(*name) params;
	FLINT_FUNCTIONS(X)
#undef X
} flint;

static const char *
version(void *lib)
{
	return dlsym(lib, "flint_version");
}

const char *
flint_missing(void)
{
	static const char *const file[] = {
#ifdef FLINT_SONAME
		FLINT_SONAME,
#elif __FLINT_RELEASE < 30000
		"libflint.so.17",
#elif __FLINT_RELEASE < 30100
		"libflint.so.18",
#elif __FLINT_RELEASE < 30200
		"libflint.so.19",
#elif __FLINT_RELEASE < 30300
		"libflint.so.20",
#else
		"libflint.so.21",
#endif
		"libflint.so", "libflint.dylib", NULL,
	};
	static const LibrarySymbol symbol[] = {
#define X(result, name, params) {#name, &flint.name},
		FLINT_FUNCTIONS(X)
#undef X
		{NULL, NULL},
	};
	static Library library = {
		.title = "FLINT", .file = file, .version = FLINT_VERSION, .have = version, .symbol = symbol};

	return library_missing(&library);
}

static void
fill(nmod_mat_t m, const uint64_t *x, long r, long c)
{
	for (long i = 0; i < r; i++)
		for (long j = 0; j < c; j++)
			nmod_mat_entry(m, i, j) = x[i * c + j];
}

static void
read_back(uint64_t *x, const nmod_mat_t m, long r, long c)
{
	for (long i = 0; i < r; i++)
		for (long j = 0; j < c; j++)
			x[i * c + j] = nmod_mat_entry(m, i, j);
}

bool
flint_inv(const Field *f, const uint64_t *x, uint64_t *out, long n)
{
	nmod_mat_t m, y;
	bool ok;

	flint.nmod_mat_init(m, n, n, f->p);
	flint.nmod_mat_init(y, n, n, f->p);
	fill(m, x, n, n);
	ok = flint.nmod_mat_inv(y, m);
	if (ok)
		read_back(out, y, n, n);
	flint.nmod_mat_clear(m);
	flint.nmod_mat_clear(y);
	return ok;
}

uint64_t
flint_det(const Field *f, const uint64_t *x, long n)
{
	nmod_mat_t m;
	uint64_t d;

	flint.nmod_mat_init(m, n, n, f->p);
	fill(m, x, n, n);
	d = flint.nmod_mat_det(m);
	flint.nmod_mat_clear(m);
	return d;
}

void
flint_mul(
	const Field *f, const uint64_t *x, const uint64_t *y, uint64_t *out, long r, long k, long c)
{
	nmod_mat_t a, b, z;

	flint.nmod_mat_init(a, r, k, f->p);
	flint.nmod_mat_init(b, k, c, f->p);
	flint.nmod_mat_init(z, r, c, f->p);
	fill(a, x, r, k);
	fill(b, y, k, c);
	flint.nmod_mat_mul(z, a, b);
	read_back(out, z, r, c);
	flint.nmod_mat_clear(a);
	flint.nmod_mat_clear(b);
	flint.nmod_mat_clear(z);
}

long
flint_rref(const Field *f, uint64_t *x, long r, long c)
{
	nmod_mat_t m;
	long rank;

	flint.nmod_mat_init(m, r, c, f->p);
	fill(m, x, r, c);
	rank = flint.nmod_mat_rref(m);
	read_back(x, m, r, c);
	flint.nmod_mat_clear(m);
	return rank;
}

static bool
is_prime(uint64_t n)
{
	return flint.n_is_prime(n);
}

#else

const char *
flint_missing(void)
{
	return "mdx was built without FLINT";
}

/* never called: flint_missing() has been asked */
bool
flint_inv(const Field *f, const uint64_t *x, uint64_t *out, long n)
{
	(void)f, (void)x, (void)out, (void)n;
	return false;
}

uint64_t
flint_det(const Field *f, const uint64_t *x, long n)
{
	(void)f, (void)x, (void)n;
	return 0;
}

void
flint_mul(
	const Field *f, const uint64_t *x, const uint64_t *y, uint64_t *out, long r, long k, long c)
{
	(void)f, (void)x, (void)y, (void)out, (void)r, (void)k, (void)c;
}

long
flint_rref(const Field *f, uint64_t *x, long r, long c)
{
	(void)f, (void)x, (void)r, (void)c;
	return 0;
}

static bool
is_prime(uint64_t n)
{
	(void)n;
	return true;
}

#endif

/* ---- primes */

static uint64_t
random_bits(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* A prime p = -1 modulo 8*3*5*7: -1 is no square, and by reciprocity 2, 3, 5 and 7 are; p - 1 has
   none of the factors 4, 3, 5, 7, which makes roots of these orders unique. */
Field
field_random(uint64_t *state)
{
	static const unsigned char small[] = {11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61};
	enum { STEP = 8 * 3 * 5 * 7 };
	uint64_t low = (uint64_t)1 << (FIELD_BITS - 1), p;
	Field f;

	for (;;) {
		bool maybe = true;

		p = low + random_bits(state) % low;
		p -= p % STEP + 1;
		for (size_t i = 0; i < sizeof small && maybe; i++)
			maybe = p % small[i] != 0;
		if (maybe && p > low && is_prime(p))
			break;
	}
	f.p = p;
	p <<= 64 - FIELD_BITS;
	f.inverse = (uint64_t)(~(Wide)0 / p - ((Wide)1 << 64));
	return f;
}
