/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bare.c: the least a C program can do; what its start costs is the unit of bench/start.c. */
#include <stdio.h>

int
main(void)
{
	puts("2*x");
	return 0;
}
