/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * unknown.c: values for unknown functions, where an identity is tried out. A function that was
 * declared with `fun` stands for any smooth function; here it is a sum of waves, amp * sin(weight .
 * arguments + phase), drawn from its name and a seed, so that its derivatives of all orders are
 * known and agree with each other.
 */
#include <math.h>

#include "plan.h"

static uint64_t
mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static double
unit(uint64_t x)
{
	return (double)(mix(x) >> 11) * 0x1p-53;
}

Wave
unknown_wave(const UFun *u, uint64_t seed, int r)
{
	Wave w;
	uint64_t h = seed;

	for (const char *s = u->name; *s; s++)
		h = mix(h ^ (unsigned char)*s);
	w.key = mix(h + 1000003u * (uint64_t)(r + 1));
	w.amp = 0.25 + unit(w.key ^ 1);
	if (mix(w.key ^ 2) & 1)
		w.amp = -w.amp;
	w.phase = 6.283185307179586 * unit(w.key ^ 3);
	return w;
}

double
unknown_weight(const Wave *w, int arg, size_t entry)
{
	double x = unit(mix(w->key + 7919u * (uint64_t)(arg + 1)) + entry);

	return x < 0.5 ? -1.2 + 2 * x : 0.2 + 2 * (x - 0.5); /* never near 0 */
}

double
unknown_sin(int order, double x)
{
	switch (order & 3) {
	case 0:
		return sin(x);
	case 1:
		return cos(x);
	case 2:
		return -sin(x);
	default:
		return -cos(x);
	}
}
