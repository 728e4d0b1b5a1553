/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stochastic.c: numbers that know what rounding did to them; see stochastic.h. */
#include <float.h>
#include <math.h>

#include "stochastic.h"

/* The random part is larger than the rounding of long doubles by far: otherwise the samples, which
   are rounded too, would often be the same by chance. */
static const long double noise[] = {[WIDE] = 32 * LDBL_EPSILON, [NARROW] = 4 * DBL_EPSILON};
/* beyond these, a product may overflow, or lose digits to underflow */
static const long double most[] = {[WIDE] = LDBL_MAX / 4, [NARROW] = 1e300L};
static const long double least[] = {[WIDE] = LDBL_MIN * 4, [NARROW] = 1e-300L};

/* What an operation found for one sample. It is kept when it is exact, and would be so in numbers
   of that width. */
static long double
rounded(Rounding *r, long double x, bool exact)
{
	long double size = fabsl(x);

	if (x == 0 && exact)
		return x;
	if (!(size > least[r->width] && size < most[r->width]))
		return NAN;
	if (exact && (r->width == WIDE || x == (double)x))
		return x;
	return x + x * noise[r->width] * (2 * (long double)random_unit(&r->random) - 1);
}

/* a number of few digits: products of two are exact */
static bool
is_short(long double x)
{
	return x == (float)x;
}

/* products with these are exact */
static bool
is_unit(long double x)
{
	x = fabsl(x);
	return x == 1 || x == 2 || x == 0.5L;
}

static long double
add(Rounding *r, long double x, long double y)
{
	long double sum = x + y, part = sum - x, lost = (x - (sum - part)) + (y - part);

	return x == 0 || y == 0 ? sum : rounded(r, sum, lost == 0);
}

static long double
multiply(Rounding *r, long double x, long double y)
{
	long double z = x * y;

	if (x == 0 || y == 0 || is_unit(x) || is_unit(y))
		return z;
	return rounded(r, z, is_short(x) && is_short(y));
}

static long double
divide(Rounding *r, long double x, long double y)
{
	long double z = x / y;

	if (y == 0)
		return NAN;
	if (x == 0 || is_unit(y))
		return z;
	return rounded(r, z, is_short(z) && is_short(y) && z * y == x);
}

static long double
root(Rounding *r, long double x)
{
	long double z = sqrtl(x);

	if (x == 0 && r->moved)
		return NAN;
	return rounded(r, z, is_short(z) && z * z == x);
}

static long double
power(Rounding *r, long double x, long double y)
{
	long double z = powl(x, y);

	if (x == 0 && y < 1 && r->moved)
		return NAN;
	return rounded(r, z, y == 0 || x == 1 || (x == 0 && y > 0)
		|| (x == rintl(x) && y > 0 && y == rintl(y) && fabsl(z) < 1e9L));
}

/* f(x) is exact only at 0, where f(0) is 0, 1 or 1/2, and where it is 0: log(1), acos(1) */
static long double
map(Rounding *r, long double (*f)(long double), long double x)
{
	long double z = f(x);

	return rounded(r, z, x == 0 ? 2 * z == rintl(2 * z) : x == 1 && z == 0);
}

/* ---- of all samples */

bool
num_is_zero(Num x)
{
	for (int k = 0; k < SAMPLES; k++)
		if (x.s[k] != 0)
			return false;
	return true;
}

static long double
middle(Num x)
{
	long double sum = 0;

	for (int k = 0; k < SAMPLES; k++)
		sum += x.s[k];
	return sum / SAMPLES;
}

static long double
spread(Num x)
{
	long double low = x.s[0], high = x.s[0];

	for (int k = 0; k < SAMPLES; k++) {
		if (isnan(x.s[k]))
			return NAN;
		low = fminl(low, x.s[k]);
		high = fmaxl(high, x.s[k]);
	}
	return high - low;
}

double num_middle(Num x) { return (double)middle(x); }
double num_spread(Num x) { return (double)spread(x); }

/* Whether x lies on one side of 0, or is 0. Three samples on one side by chance are not rare; that
   they lie so much closer to each other than to 0 is. */
static bool
is_sure(Num x)
{
	enum { SURE = 100 };

	return num_is_zero(x) || SURE * spread(x) < fabsl(middle(x));
}

/* the noise may be of a size that a function does not show, as 1 - exp(-x) does not show a large
   one */
static bool
is_lost(Num x)
{
	return !is_sure(x) && !(spread(x) < 1e-2L);
}

#define EACH(expr) \
	Num z; \
	for (int k = 0; k < SAMPLES; k++) \
		z.s[k] = expr; \
	return z
Num num_add(Rounding *r, Num x, Num y) { EACH(add(r, x.s[k], y.s[k])); }
Num num_sub(Rounding *r, Num x, Num y) { EACH(add(r, x.s[k], -y.s[k])); }
Num num_mul(Rounding *r, Num x, Num y) { EACH(multiply(r, x.s[k], y.s[k])); }
Num num_neg(Num x) { EACH(-x.s[k]); }
Num num_abs(Num x) { EACH(fabsl(x.s[k])); }
Num num_sqrt(Rounding *r, Num x) { EACH(root(r, x.s[k])); }

/* Where rounding decides which is larger, the samples are of both. */
Num
num_max(Num x, Num y)
{
	Num z, more;

	for (int k = 0; k < SAMPLES; k++) {
		more.s[k] = x.s[k] - y.s[k];
		z.s[k] = more.s[k] > 0 || isnan(x.s[k]) ? x.s[k] : y.s[k];
	}
	if (!is_sure(more)) {
		z.s[0] = x.s[0];
		z.s[1] = y.s[1];
	}
	return z;
}

Num
num_min(Num x, Num y)
{
	return num_neg(num_max(num_neg(x), num_neg(y)));
}

/* a quotient by something that may be 0 is hidden when it comes out small */
Num
num_div(Rounding *r, Num x, Num y)
{
	Num z;

	if (!is_sure(y))
		return num(NAN);
	for (int k = 0; k < SAMPLES; k++)
		z.s[k] = divide(r, x.s[k], y.s[k]);
	return z;
}

Num
num_pow(Rounding *r, Num x, Num y)
{
	Num z;

	if (!is_sure(x) && !(middle(y) > 0))
		return num(NAN);
	for (int k = 0; k < SAMPLES; k++)
		z.s[k] = power(r, x.s[k], y.s[k]);
	return z;
}

Num
num_map(Rounding *r, long double (*f)(long double), Num x)
{
	Num z;

	if (is_lost(x))
		return num(NAN);
	for (int k = 0; k < SAMPLES; k++)
		z.s[k] = map(r, f, x.s[k]);
	return z;
}

Num
num_sign(Num x)
{
	if (!is_sure(x))
		return num(NAN);
	return num_is_zero(x) ? x : num(x.s[0] > 0 ? 1 : -1);
}
