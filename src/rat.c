/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rat.c: exact rational numbers, for literals, coefficients and exponents. A number is two longs as
 * long as it fits, else a GMP rational that goes with its arena. The form is canonical: whatever
 * fits two longs is kept in two longs.
 *
 * GMP ends the process when memory is out, so sizes are bounded here, before GMP is asked. Nothing
 * is raised between the init and the clear of a local GMP number.
 */
#include "core.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include <gmp.h>

#define MAX_BITS 1000000ul              /* of a numerator or denominator */
#define MAX_DIGITS 301029l              /* 10^MAX_DIGITS < 2^MAX_BITS */

enum {
	SMALL_DEN = 10,         /* 3/10, never 0.3 */
	LARGE_DEN = 1000,       /* 9/500, but 0.009; below, 3.14 saves two characters or more */
	LONG_INTEGER = 16,      /* digits from which on 1e20 is easier to read */
	LEAST_POWER = -4        /* 0.0001, but 1e-5 */
};

struct BigRat { mpq_t q; };

__extension__ typedef __int128 Wide;

static const Loc nowhere = {0};

/* ---- the two forms */

static void
big_clear(void *q)
{
	mpq_clear(((BigRat *)q)->q);
}

static BigRat *
big_new(Arena *a)
{
	BigRat *b = NEW(a, BigRat);
	arena_defer(a, big_clear, b);   /* may raise: so nothing is initialised before */
	mpq_init(b->q);
	return b;
}

static _Noreturn void
raise_huge(Arena *a)
{
	raise_at(a, nowhere, "a number is out of range: its numerator or denominator has more "
		"than a million bits");
}

static unsigned long
mpq_bits(const mpq_t q)
{
	size_t n = mpz_sizeinbase(mpq_numref(q), 2), d = mpz_sizeinbase(mpq_denref(q), 2);
	return n > d ? n : d;
}

/* The canonical form of a result in lowest terms. */
static Rat
big_done(Arena *a, const BigRat *b)
{
	if (mpz_fits_slong_p(mpq_numref(b->q)) && mpz_fits_slong_p(mpq_denref(b->q)))
		return (Rat){mpz_get_si(mpq_numref(b->q)), mpz_get_si(mpq_denref(b->q)), NULL};
	if (mpq_bits(b->q) > MAX_BITS)
		raise_huge(a);
	return (Rat){0, 0, b};
}

static void
mpq_init_rat(mpq_t q, Rat x)
{
	mpq_init(q);
	if (x.big)
		mpq_set(q, x.big->q);
	else
		mpq_set_si(q, x.num, (unsigned long)x.den);
}

/* x op y where long arithmetic does not do */
static Rat
big_op(Arena *a, void (*op)(mpq_ptr, mpq_srcptr, mpq_srcptr), Rat x, Rat y)
{
	BigRat *b = big_new(a);
	mpq_t p, q;
	mpq_init_rat(p, x);
	mpq_init_rat(q, y);
	op(b->q, p, q);
	mpq_clear(p);
	mpq_clear(q);
	return big_done(a, b);
}

static unsigned long
mag(long n)
{
	return n < 0 ? -(unsigned long)n : (unsigned long)n;
}

static unsigned long
gcd(unsigned long x, unsigned long y)
{
	while (y) {
		unsigned long r = x % y;
		x = y;
		y = r;
	}
	return x;
}

long
rat_gcd(long x, long y)
{
	return (long)gcd(mag(x), mag(y));
}

/* den != 0, and neither is LONG_MIN when den < 0 */
Rat
rat(long num, long den)
{
	if (den < 0) {
		num = -num;
		den = -den;
	}
	if (den == 1)
		return (Rat){num, 1, NULL};
	long g = (long)gcd((unsigned long)den, mag(num));
	return (Rat){num / g, den / g, NULL};
}

/* ---- arithmetic */

Rat
rat_add(Arena *a, Rat x, Rat y)
{
	if (x.big || y.big)
		return big_op(a, mpq_add, x, y);
	long num, den;
	if (x.den == 1 && y.den == 1) {
		if (!__builtin_add_overflow(x.num, y.num, &num))
			return (Rat){num, 1, NULL};
		return big_op(a, mpq_add, x, y);
	}
	/* Knuth 4.5.1: with g = gcd of the denominators, only a divisor of g can cancel */
	long g = (long)gcd((unsigned long)x.den, (unsigned long)y.den);
	Wide sum = (Wide)x.num * (y.den / g) + (Wide)y.num * (x.den / g);
	long r = (long)(sum % g);
	long h = (long)gcd((unsigned long)g, mag(r));
	sum /= h;
	num = (long)sum;
	if (num != sum || __builtin_mul_overflow(x.den / g, y.den / h, &den))
		return big_op(a, mpq_add, x, y);
	return (Rat){num, den, NULL};
}

Rat
rat_mul(Arena *a, Rat x, Rat y)
{
	if (x.big || y.big)
		return big_op(a, mpq_mul, x, y);
	long num, den;
	long g = (long)gcd((unsigned long)y.den, mag(x.num));
	long h = (long)gcd((unsigned long)x.den, mag(y.num));
	if (__builtin_mul_overflow(x.num / g, y.num / h, &num) ||
	    __builtin_mul_overflow(x.den / h, y.den / g, &den))
		return big_op(a, mpq_mul, x, y);
	return (Rat){num, den, NULL};
}

Rat
rat_neg(Arena *a, Rat x)
{
	if (!x.big && x.num != LONG_MIN)
		return (Rat){-x.num, x.den, NULL};
	return big_op(a, mpq_mul, x, rat(-1, 1));
}

Rat
rat_inv(Arena *a, Rat x)
{
	if (rat_is(x, 0))
		bug(a, "inverse of the number 0");
	if (!x.big && x.num > 0)
		return (Rat){x.den, x.num, NULL};
	if (!x.big && x.num != LONG_MIN)
		return (Rat){-x.den, -x.num, NULL};
	return big_op(a, mpq_div, RAT1, x);
}

/* x^n when it fits longs, in *out */
static bool
small_pow(Rat x, unsigned long n, Rat *out)
{
	if (x.big)
		return false;
	Rat y = RAT1;
	for (;;) {
		if (n & 1 && (__builtin_mul_overflow(y.num, x.num, &y.num) ||
			__builtin_mul_overflow(y.den, x.den, &y.den)))
			return false;
		n >>= 1;
		if (n == 0)
			break;
		if (__builtin_mul_overflow(x.num, x.num, &x.num) ||
		    __builtin_mul_overflow(x.den, x.den, &x.den))
			return false;
	}
	*out = y;
	return true;
}

/* A power of 0 with e < 0 raises. */
Rat
rat_pow(Arena *a, Rat x, long e)
{
	if (e == 0)
		return RAT1;
	if (rat_is(x, 0)) {
		if (e < 0)
			raise_at(a, nowhere, "division by zero: 0^%ld", e);
		return x;
	}
	if (rat_is(x, 1) || rat_is(x, -1))
		return e % 2 ? x : RAT1;
	unsigned long n = mag(e);
	Rat y;
	if (small_pow(x, n, &y))
		return e < 0 ? rat_inv(a, y) : y;
	BigRat *b = big_new(a);
	if (x.big)
		mpq_set(b->q, x.big->q);
	else
		mpq_set_si(b->q, x.num, (unsigned long)x.den);
	/* a number of k bits is at least 2^(k - 1) */
	unsigned long bits = mpq_bits(b->q) - 1;
	if (n > MAX_BITS || bits * n > MAX_BITS)
		raise_huge(a);
	mpz_pow_ui(mpq_numref(b->q), mpq_numref(b->q), n);
	mpz_pow_ui(mpq_denref(b->q), mpq_denref(b->q), n);
	if (e < 0)
		mpq_inv(b->q, b->q);
	return big_done(a, b);
}

bool
rat_root(Arena *a, Rat x, long k, Rat *out)
{
	if (k < 1 || rat_sign(x) < 0)
		return false;
	if (k == 1 || rat_is(x, 0) || rat_is(x, 1)) {
		*out = x;
		return true;
	}
	BigRat *b = big_new(a);
	mpq_t q;
	mpq_init_rat(q, x);
	bool exact = mpz_root(mpq_numref(b->q), mpq_numref(q), (unsigned long)k) &&
		mpz_root(mpq_denref(b->q), mpq_denref(q), (unsigned long)k);
	mpq_clear(q);
	if (exact)
		*out = big_done(a, b);
	return exact;
}

/* ---- comparison */

int
rat_cmp(Rat x, Rat y)
{
	if (!x.big && !y.big) {
		Wide l = (Wide)x.num * y.den, r = (Wide)y.num * x.den;
		return (l > r) - (l < r);
	}
	mpq_t p, q;
	mpq_init_rat(p, x);
	mpq_init_rat(q, y);
	int c = mpq_cmp(p, q);
	mpq_clear(p);
	mpq_clear(q);
	return (c > 0) - (c < 0);
}

int
rat_sign(Rat x)
{
	return x.big ? mpq_sgn(x.big->q) : (x.num > 0) - (x.num < 0);
}

bool
rat_eq(Rat x, Rat y)
{
	if (x.big && y.big)
		return x.big == y.big || mpq_equal(x.big->q, y.big->q);
	return !x.big && !y.big && x.num == y.num && x.den == y.den;
}

bool
rat_is(Rat x, long n)
{
	return !x.big && x.num == n && x.den == 1;
}

bool
rat_is_int(Rat x)
{
	return x.big ? mpz_cmp_ui(mpq_denref(x.big->q), 1) == 0 : x.den == 1;
}

bool
rat_long(Rat x, long *out)
{
	if (x.big || x.den != 1)
		return false;
	*out = x.num;
	return true;
}

static uint32_t
mix(uint32_t h, uint64_t x)
{
	uint64_t z = (h + x) * 0x9e3779b97f4a7c15u;
	return (uint32_t)(z >> 32) ^ (uint32_t)z;
}

static uint32_t
mix_mpz(uint32_t h, const mpz_t z)
{
	h = mix(h, (uint64_t)(mpz_sgn(z) + 1));
	for (size_t i = 0; i < mpz_size(z); i++)
		h = mix(h, mpz_getlimbn(z, (mp_size_t)i));
	return h;
}

uint32_t
rat_hash(Rat x)
{
	if (x.big)
		return mix_mpz(mix_mpz(3, mpq_numref(x.big->q)), mpq_denref(x.big->q));
	return mix(mix(7, (uint64_t)x.num), (uint64_t)x.den);
}

/* ---- to and from text and doubles */

/* The nearest double: the quotient to 64 bits or more, the lost ones gathered in the last. */
static double
mpq_nearest(const mpq_t q)
{
	mpz_t n, r;
	mpz_init(n);
	mpz_init(r);
	mpz_abs(n, mpq_numref(q));
	long nbits = (long)mpz_sizeinbase(n, 2), dbits = (long)mpz_sizeinbase(mpq_denref(q), 2);
	long shift = 65 + dbits - nbits;
	bool lost = false;
	if (shift >= 0) {
		mpz_mul_2exp(n, n, (mp_bitcnt_t)shift);
	} else {
		lost = mpz_scan1(n, 0) < (mp_bitcnt_t)-shift;
		mpz_tdiv_q_2exp(n, n, (mp_bitcnt_t)-shift);
	}
	mpz_tdiv_qr(n, r, n, mpq_denref(q));
	lost |= mpz_sgn(r) != 0;
	long drop = (long)mpz_sizeinbase(n, 2) - 64;
	if (drop > 0) {
		lost |= mpz_scan1(n, 0) < (mp_bitcnt_t)drop;
		mpz_tdiv_q_2exp(n, n, (mp_bitcnt_t)drop);
		shift -= drop;
	}
	double d = (double)(mpz_get_ui(n) | lost);
	mpz_clear(n);
	mpz_clear(r);
	d = ldexp(d, (int)-shift);      /* |shift| is bounded by MAX_BITS */
	return mpq_sgn(q) < 0 ? -d : d;
}

double
rat_double(Rat x)
{
	const long exact = 1l << 53;
	if (!x.big && (x.den == 1 || (x.den <= exact && x.num <= exact && x.num >= -exact)))
		return (double)x.num / (double)x.den;
	mpq_t q;
	mpq_init_rat(q, x);
	double d = mpq_nearest(q);
	mpq_clear(q);
	return d;
}

char *
rat_text(Arena *a, Rat x)
{
	if (!x.big && x.den == 1)
		return arena_printf(a, "%ld", x.num);
	if (!x.big)
		return arena_printf(a, "%ld/%ld", x.num, x.den);
	size_t n = mpz_sizeinbase(mpq_numref(x.big->q), 10) +
		mpz_sizeinbase(mpq_denref(x.big->q), 10);
	char *s = arena_alloc(a, n + 3);        /* sign, slash, NUL */
	return mpq_get_str(s, 10, x.big->q);
}

/* ---- as people write numbers */

/* The digits of x with a point k places before their end, for the least k; false when there are
   none. No sign. */
static bool
decimal_digits(Rat x, mpz_t digits, long *k)
{
	static const unsigned long prime[] = {2, 5};
	bool finite;
	mpz_t rest, p;
	mpq_t q;

	mpq_init_rat(q, x);
	mpz_init_set(rest, mpq_denref(q));
	mpz_init(p);
	*k = 0;
	for (int i = 0; i < 2; i++) {
		mpz_set_ui(p, prime[i]);
		long n = (long)mpz_remove(rest, rest, p);
		*k = n > *k ? n : *k;
	}
	finite = mpz_cmp_ui(rest, 1) == 0 && *k <= MAX_DIGITS;
	if (finite) {
		mpz_ui_pow_ui(p, 10, (unsigned long)*k);
		mpz_mul(digits, mpq_numref(q), p);
		mpz_divexact(digits, digits, mpq_denref(q));
		mpz_abs(digits, digits);
		finite = mpz_sizeinbase(digits, 10) <= MAX_DIGITS;
	}
	mpz_clear(rest);
	mpz_clear(p);
	mpq_clear(q);
	return finite;
}

/* 0.0012 or 1.2e-5, as long as it has no more than `most` characters; else nothing is added. Of
   an integer (k = 0) its zeros become an exponent where that is much shorter. */
static void
add_decimal(Text *t, const char *digit, long k, size_t most)
{
	int n = (int)strlen(digit), shown = n;
	long power = n - 1 - k;         /* of ten, of the first digit */
	size_t start = t->n;

	while (k == 0 && shown > 1 && digit[shown - 1] == '0')
		shown--;
	if (k == 0 && 2 * shown > n)
		return;
	if (k == 0 || power < LEAST_POWER)
		text_addf(t, "%c%s%.*se%ld", *digit, shown > 1 ? "." : "", shown - 1, digit + 1, power);
	else if (power < 0)
		text_addf(t, "0.%.*s%s", (int)(-power - 1), "0000000000", digit);
	else
		text_addf(t, "%.*s.%s", (int)power + 1, digit, digit + power + 1);
	if (t->n - start > most) {
		t->n = start;
		t->s[start] = '\0';
	}
}

char *
rat_written(Arena *a, Rat x)
{
	char *fraction = rat_text(a, x), *digit;
	size_t length = strlen(fraction), sign = rat_sign(x) < 0;
	Text t = text_new(a);
	bool finite;
	long k;
	mpz_t m;

	if (!x.big && (x.den > 1 ? x.den <= SMALL_DEN : length - sign < LONG_INTEGER))
		return fraction;
	text_add(&t, sign ? "-" : "");
	digit = arena_alloc(a, 2 * length + 3);
	mpz_init(m);
	finite = decimal_digits(x, m, &k) && mpz_sizeinbase(m, 10) <= 2 * length;
	if (finite)
		mpz_get_str(digit, 10, m);
	mpz_clear(m);
	if (finite)
		add_decimal(&t, digit, k, length - sign - (!x.big && x.den < LARGE_DEN ? 2 : 0));
	return t.n > sign ? t.s : fraction;
}

int
rat_digits(Rat x, long *places)
{
	int n = 0;
	mpz_t digits, most;

	if (!rat_sign(x))
		return 0;
	mpz_init(digits);
	mpz_init(most);
	if (decimal_digits(x, digits, places)) {
		n = (int)mpz_sizeinbase(digits, 10);    /* may be one too many */
		mpz_ui_pow_ui(most, 10, (unsigned long)n - 1);
		n -= mpz_cmp(digits, most) < 0;
	}
	mpz_clear(digits);
	mpz_clear(most);
	return n;
}

bool
rat_barred(Arena *a, Rat x)
{
	return !rat_is_int(x) && strchr(rat_written(a, x), '/');
}

/* The value of 0-9 digits with a point and an exponent, as the lexer accepts them. */
Rat
rat_parse(Arena *a, const char *s, size_t n)
{
	char *digit = arena_alloc(a, n + 1);    /* the significant digits */
	size_t i = 0, ndigit = 0;
	long exp10 = 0;                         /* value = digits * 10^exp10 */
	bool point = false;
	for (; i < n && (s[i] == '.' || (s[i] >= '0' && s[i] <= '9')); i++) {
		if (s[i] == '.') {
			if (point)
				bug(a, "a number with two points");
			point = true;
			continue;
		}
		if (ndigit > 0 || s[i] != '0')
			digit[ndigit++] = s[i];
		exp10 -= point;
	}
	if (i < n && (s[i] == 'e' || s[i] == 'E')) {
		i++;
		bool neg = i < n && s[i] == '-';
		i += i < n && (s[i] == '-' || s[i] == '+');
		long e = 0;
		for (; i < n && s[i] >= '0' && s[i] <= '9'; i++)
			e = e > LONG_MAX / 100 ? e : e * 10 + (s[i] - '0');
		exp10 += neg ? -e : e;
	}
	if (i < n)
		bug(a, "not a number: %.*s", n > 40 ? 40 : (int)n, s);
	while (ndigit > 0 && digit[ndigit - 1] == '0') {
		ndigit--;
		exp10++;
	}
	if (ndigit == 0)
		return RAT0;
	digit[ndigit] = '\0';
	if (ndigit > MAX_DIGITS || exp10 > MAX_DIGITS - (long)ndigit || exp10 < -MAX_DIGITS)
		raise_huge(a);
	if (exp10 >= -18 && exp10 + (long)ndigit <= 18 && ndigit <= 18) {
		long num = 0, den = 1;
		for (i = 0; i < ndigit; i++)
			num = num * 10 + (digit[i] - '0');
		for (; exp10 > 0; exp10--)
			num *= 10;
		for (; exp10 < 0; exp10++)
			den *= 10;
		return rat(num, den);
	}
	BigRat *b = big_new(a);
	mpz_set_str(mpq_numref(b->q), digit, 10);
	mpz_t p;
	mpz_init(p);
	mpz_ui_pow_ui(p, 10, (unsigned long)(exp10 < 0 ? -exp10 : exp10));
	if (exp10 < 0)
		mpz_set(mpq_denref(b->q), p);
	else
		mpz_mul(mpq_numref(b->q), mpq_numref(b->q), p);
	mpz_clear(p);
	mpq_canonicalize(b->q);
	return big_done(a, b);
}
