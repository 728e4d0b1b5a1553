/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fill.h: what man/manpage.c and doc/reference.c each write in their own markup; fill.c says where. */
#ifndef MDX_DOC_FILL_H
#define MDX_DOC_FILL_H

void put_statements(void);
void put_functions(void);
void put_settings(void);

#endif
