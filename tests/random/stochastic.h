/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stochastic.h: numbers that know what rounding did to them. A number is computed several times
   side by side, and whatever an operation has to round is moved by a random amount, larger than the
   rounding itself: what the samples agree on is true of the exact value, and where they differ,
   rounding decides (Monte Carlo arithmetic, D. S. Parker; the CESTAC method, J. Vignes). An
   operation whose result is exact moves nothing, so that a zero by construction is zero in all
   samples, and a zero by cancellation is not. */
#ifndef MDX_TESTS_STOCHASTIC_H
#define MDX_TESTS_STOCHASTIC_H

#include "harness.h"

enum { SAMPLES = 3 };
typedef struct Num { long double s[SAMPLES]; } Num;     /* NaN in all when it has no value */

/* how much rounding there is supposed to be */
typedef enum {
	WIDE,           /* as little as there can be: for what is true */
	NARROW          /* as much as in doubles: for what a program with doubles can find */
} Width;

typedef struct Rounding {
	Random random;
	Width width;
	bool moved;     /* within a difference: there is none where a root begins */
} Rounding;

static inline Num
num(long double x)
{
	return (Num){{x, x, x}};
}

Num num_add(Rounding *r, Num x, Num y);
Num num_sub(Rounding *r, Num x, Num y);
Num num_mul(Rounding *r, Num x, Num y);
Num num_div(Rounding *r, Num x, Num y);
Num num_neg(Num x);
Num num_abs(Num x);
Num num_max(Num x, Num y);
Num num_min(Num x, Num y);
Num num_sqrt(Rounding *r, Num x);
Num num_pow(Rounding *r, Num x, Num y);
/* a smooth function */
Num num_map(Rounding *r, long double (*f)(long double), Num x);
/* -1, 0 or 1; no value where rounding decides */
Num num_sign(Num x);

bool num_is_zero(Num x);                /* exactly */
double num_middle(Num x);
double num_spread(Num x);               /* between the samples */

#endif
