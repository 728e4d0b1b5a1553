/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * blas.c: the CBLAS under GSL and under the kernels of eval.c. GSL's own CBLAS is there from the
 * start but slow on large operands; OpenBLAS is fast but takes longer to load than most statements
 * take in all. So the program itself defines the double precision cblas_* functions that GSL calls
 * (the dynamic linker finds the program's before those of any library). They pass the work on to
 * GSL's CBLAS, until enough has been done that loading OpenBLAS pays; then to OpenBLAS.
 *
 * MDX_CBLAS_GSL at compile time, or MDX_BLAS=gsl in the environment, leaves GSL's CBLAS alone. The
 * single precision and complex functions are not ours: they stay GSL's.
 */
#include "core.h"

#ifdef MDX_CBLAS_GSL

const char *
blas_name(void)
{
	return "GSL";
}

#else

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cblas.h>

#define LOAD_WORK 2e6           /* multiplications that take as long as loading OpenBLAS */
#define SMALL_WORK 16           /* a call of fewer is as fast in GSL's CBLAS */

typedef enum CBLAS_ORDER Order;
typedef enum CBLAS_TRANSPOSE Trans;
typedef enum CBLAS_UPLO Uplo;
typedef enum CBLAS_DIAG Unit;
typedef enum CBLAS_SIDE Side;

/* multiplications of a triangular or symmetric matrix on side s of an m x n one */
#define SIDED(s, m, n) ((s) == CblasLeft ? (double)(m) * (m) * (n) : (double)(m) * (n) * (n))

typedef const double *In;
typedef double *Io;

/* X(result, `return` when there is one, name, parameters, arguments, multiplications) */
#define ROUTINES(X) \
	X(double, return, ddot, (int n, In x, int ix, In y, int iy), \
		(n, x, ix, y, iy), n) \
	X(double, return, dnrm2, (int n, In x, int ix), (n, x, ix), n) \
	X(double, return, dasum, (int n, In x, int ix), (n, x, ix), n) \
	X(CBLAS_INDEX, return, idamax, (int n, In x, int ix), (n, x, ix), n) \
	X(void, , dswap, (int n, Io x, int ix, Io y, int iy), (n, x, ix, y, iy), n) \
	X(void, , dcopy, (int n, In x, int ix, Io y, int iy), (n, x, ix, y, iy), n) \
	X(void, , daxpy, (int n, double c, In x, int ix, Io y, int iy), \
		(n, c, x, ix, y, iy), n) \
	X(void, , dscal, (int n, double c, Io x, int ix), (n, c, x, ix), n) \
	X(void, , drot, (int n, Io x, int ix, Io y, int iy, double c, double s), \
		(n, x, ix, y, iy, c, s), 4.0 * n) \
	X(void, , dgemv, (Order o, Trans t, int m, int n, double c, In a, int la, \
		In x, int ix, double d, Io y, int iy), \
		(o, t, m, n, c, a, la, x, ix, d, y, iy), (double)m * n) \
	X(void, , dsymv, (Order o, Uplo u, int n, double c, In a, int la, \
		In x, int ix, double d, Io y, int iy), \
		(o, u, n, c, a, la, x, ix, d, y, iy), (double)n * n) \
	X(void, , dtrmv, (Order o, Uplo u, Trans t, Unit g, int n, In a, int la, Io x, int ix), \
		(o, u, t, g, n, a, la, x, ix), 0.5 * n * n) \
	X(void, , dtrsv, (Order o, Uplo u, Trans t, Unit g, int n, In a, int la, Io x, int ix), \
		(o, u, t, g, n, a, la, x, ix), 0.5 * n * n) \
	X(void, , dger, (Order o, int m, int n, double c, In x, int ix, In y, int iy, \
		Io a, int la), (o, m, n, c, x, ix, y, iy, a, la), (double)m * n) \
	X(void, , dsyr, (Order o, Uplo u, int n, double c, In x, int ix, Io a, int la), \
		(o, u, n, c, x, ix, a, la), 0.5 * n * n) \
	X(void, , dsyr2, (Order o, Uplo u, int n, double c, In x, int ix, In y, int iy, \
		Io a, int la), (o, u, n, c, x, ix, y, iy, a, la), (double)n * n) \
	X(void, , dgemm, (Order o, Trans s, Trans t, int m, int n, int k, double c, In a, int la, \
		In b, int lb, double d, Io e, int le), \
		(o, s, t, m, n, k, c, a, la, b, lb, d, e, le), (double)m * n * k) \
	X(void, , dsymm, (Order o, Side s, Uplo u, int m, int n, double c, In a, int la, \
		In b, int lb, double d, Io e, int le), \
		(o, s, u, m, n, c, a, la, b, lb, d, e, le), SIDED(s, m, n)) \
	X(void, , dsyrk, (Order o, Uplo u, Trans t, int n, int k, double c, In a, int la, \
		double d, Io e, int le), (o, u, t, n, k, c, a, la, d, e, le), 0.5 * n * n * k) \
	X(void, , dsyr2k, (Order o, Uplo u, Trans t, int n, int k, double c, In a, int la, \
		In b, int lb, double d, Io e, int le), \
		(o, u, t, n, k, c, a, la, b, lb, d, e, le), (double)n * n * k) \
	X(void, , dtrmm, (Order o, Side s, Uplo u, Trans t, Unit g, int m, int n, double c, \
		In a, int la, Io b, int lb), \
		(o, s, u, t, g, m, n, c, a, la, b, lb), 0.5 * SIDED(s, m, n)) \
	X(void, , dtrsm, (Order o, Side s, Uplo u, Trans t, Unit g, int m, int n, double c, \
		In a, int la, Io b, int lb), \
		(o, s, u, t, g, m, n, c, a, la, b, lb), 0.5 * SIDED(s, m, n))

typedef struct Routines {
#define X(result, ret, name, params, args, work) result (*name) params;
	ROUTINES(X)
#undef X
} Routines;

/* The interface of CBLAS has no place for a state, so it is the process's. */
static struct {
	bool found;             /* gsl is filled in */
	bool decided;           /* openblas is loaded, or will not be */
	bool loaded;
	double work;            /* done so far, until decided */
	Routines gsl, openblas;
	char name[64];
} blas;

static void *
must_find(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);
	if (!f) {
		fprintf(stderr, "mdx: no CBLAS: %s\n", name);
		abort();
	}
	return f;
}

static void
find_gsl(void)
{
	void *f;
#define X(result, ret, name, params, args, work) \
	f = must_find("cblas_" #name); \
	memcpy(&blas.gsl.name, &f, sizeof f);
	ROUTINES(X)
#undef X
	blas.found = true;
}

/* With one thread, unless the user asks for more: its pool costs more than it gives on small
   products. The number must be known before the library starts its threads. */
static void *
open_openblas(void)
{
	bool mine = !getenv("OPENBLAS_NUM_THREADS") && !getenv("OMP_NUM_THREADS");
	if (mine)
		setenv("OPENBLAS_NUM_THREADS", "1", 1);
	void *lib = dlopen("libopenblas.so.0", RTLD_LAZY | RTLD_LOCAL);
	if (!lib)
		lib = dlopen("libopenblas.so", RTLD_LAZY | RTLD_LOCAL);
	if (mine)
		unsetenv("OPENBLAS_NUM_THREADS");
	return lib;
}

static bool
disabled(void)
{
	const char *want = getenv("MDX_BLAS");
	return want && strcmp(want, "gsl") == 0;
}

static void
load_openblas(void)
{
	blas.decided = true;
	void *lib = disabled() ? NULL : open_openblas();
	if (!lib)
		return;
	void *f;
#define X(result, ret, name, params, args, work) \
	f = dlsym(lib, "cblas_" #name); \
	if (f) \
		memcpy(&blas.openblas.name, &f, sizeof f); \
	else \
		blas.openblas.name = blas.gsl.name;
	ROUTINES(X)
#undef X
	char *(*config)(void) = NULL;
	f = dlsym(lib, "openblas_get_config");
	memcpy(&config, &f, sizeof f);
	/* the first two words of "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..." */
	const char *s = config ? config() : "OpenBLAS";
	size_t len = strcspn(s, " ");
	if (s[len])
		len += 1 + strcspn(s + len + 1, " ");
	snprintf(blas.name, sizeof blas.name, "%.*s", (int)len, s);
	blas.loaded = true;
}

/* Which library takes a call of that much work */
static const Routines *
choose(double work)
{
	if (!blas.found)
		find_gsl();
	if (!blas.decided) {
		blas.work += work;
		if (blas.work > LOAD_WORK)
			load_openblas();
	}
	return blas.loaded && work > SMALL_WORK ? &blas.openblas : &blas.gsl;
}

#define X(result, ret, name, params, args, work) \
	result cblas_##name params \
	{ \
		ret choose(work)->name args; \
	}
ROUTINES(X)
#undef X

/* Says what large products use, without loading it. */
const char *
blas_name(void)
{
	if (blas.loaded)
		return blas.name;
	if (disabled() || blas.decided)
		return "GSL";
	return "OpenBLAS (loaded on demand, if it is there), GSL";
}

#endif
