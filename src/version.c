/* SPDX-License-Identifier: GPL-3.0-or-later */
/* version.c: what `mdx --version' says: versions of mdx and of the libraries it runs with. */
#include "core.h"

#include <gmp.h>
#include <gsl/gsl_version.h>

/* Several lines; the text stays. */
const char *
mdx_version(void)
{
	static char text[512];
	snprintf(text, sizeof text,
		"mdx " PACKAGE_VERSION "\n"
		"GSL %s, GMP %s, CBLAS: %s\n"
		"Licence GPL-3.0-or-later: free software, without warranty.\n",
		gsl_version, gmp_version, blas_name());
	return text;
}
