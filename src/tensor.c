/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tensor.c: arrays of doubles, what evaluation computes with and what names of the session hold.
 */
#include "core.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LARGE ((size_t)64 << 20)        /* bytes from which the memory at hand is asked for */

static void
tensor_free(void *t)
{
	free(((Tensor *)t)->data);
}

/* Bytes that can be had without swapping: what the kernel says is available, else all there are. */
static double
memory_at_hand(void)
{
	double kib = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "r");
	while (f && fgets(line, sizeof line, f)) {
		if (sscanf(line, "MemAvailable: %lf", &kib) == 1)
			break;
	}
	if (f)
		fclose(f);
	if (kib > 0)
		return kib * 1024;
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	return pages > 0 && size > 0 ? (double)pages * (double)size : (double)SIZE_MAX;
}

static _Noreturn void
raise_too_large(Arena *a, int nax, const long *dim)
{
	Text t = text_new(a);
	text_add(&t, nax == 1 ? "a vector of " : nax == 2 ? "a matrix of " : "an array of ");
	double gib = 8 / (1024.0 * 1024.0 * 1024.0);
	for (int i = 0; i < nax; i++) {
		text_addf(&t, "%s%ld", i ? " x " : "", dim[i]);
		gib *= (double)dim[i];
	}
	text_addf(&t, " needs %.3g GiB of memory, more than there is", gib);
	raise_at(a, (Loc){0}, "%s", t.s);
}

/* All sizes are >= 0; order 0 has one entry. */
Tensor *
tensor_new(Arena *a, int nax, const long *dim)
{
	Tensor *t = NEW(a, Tensor);
	t->nax = nax;
	t->dim = NEWN(a, long, nax);
	t->size = 1;
	bool over = false, empty = false;
	for (int i = 0; i < nax; i++) {
		if (dim[i] < 0)
			bug(a, "an axis of size %ld", dim[i]);
		t->dim[i] = dim[i];
		empty |= dim[i] == 0;
		over |= __builtin_mul_overflow(t->size, (size_t)dim[i], &t->size);
	}
	if (empty)
		t->size = 0;
	else if (over || t->size > (size_t)LONG_MAX / sizeof(double))
		raise_too_large(a, nax, dim);
	size_t bytes = t->size * sizeof(double);
	if (bytes >= LARGE && (double)bytes > memory_at_hand())
		raise_too_large(a, nax, dim);
	arena_defer(a, tensor_free, t);
	t->data = calloc(t->size ? t->size : 1, sizeof(double));
	if (!t->data)
		raise_too_large(a, nax, dim);
	return t;
}

bool
tensor_finite(const Tensor *t)
{
	for (size_t i = 0; i < t->size; i++)
		if (!isfinite(t->data[i]))
			return false;
	return true;
}

double
tensor_largest(const Tensor *t)
{
	double m = 0;
	for (size_t i = 0; i < t->size; i++)
		m = fmax(m, fabs(t->data[i]));
	return m;
}

Tensor *
tensor_dusted(Arena *a, const Tensor *t)
{
	double dust = 1e-13 * tensor_largest(t);
	Tensor *r = tensor_new(a, t->nax, t->dim);

	for (size_t i = 0; i < t->size; i++)
		r->data[i] = fabs(t->data[i]) <= dust ? 0 : t->data[i];
	return r;
}
