/* SPDX-License-Identifier: GPL-3.0-or-later */
/* grow.c: random expressions that conform, from the shape down: pick an operation that gives the
   shape, then grow its operands. Elementwise functions come from the function table; one with a
   domain gets an argument within (0, 1), which all domains hold; an inverse or a determinant gets I
   + A*A'. */
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "grow.h"

const char grow_names[] =
	"var W(m,n), V(m,n), A(n,n), B(n,n), S(n,n) symmetric, C(m,m), x(n), y(n), u(m), v(m), a, b, "
	"P(n,n) posdef, K(n,n) skew, Q(n,n) orthogonal, D(n,n) diagonal";

const GrowLeaf grow_leaf[] = {
	{"W", 2, 3, 0},
	{"V", 2, 3, 0},
	{"A", 3, 3, 0},
	{"B", 3, 3, 0},
	{"S", 3, 3, 'S'},
	{"C", 2, 2, 0},
	{"x", 3, 1, 0},
	{"y", 3, 1, 0},
	{"u", 2, 1, 0},
	{"v", 2, 1, 0},
	{"a", 1, 1, 0},
	{"b", 1, 1, 0},
	{"P", 3, 3, 'P'},
	{"K", 3, 3, 'K'},
	{"Q", 3, 3, 'Q'},
	{"D", 3, 3, 'D'},
};
const int grow_nleaf = (int)(sizeof grow_leaf / sizeof *grow_leaf);

const GrowFun grow_fun[] = {{"f", false}, {"g", false}, {"phi", true}, {"psi", true}};
const int grow_nfun = (int)(sizeof grow_fun / sizeof *grow_fun);

const GrowFun *
grow_find_fun(const char *name)
{
	for (int i = 0; i < grow_nfun; i++)
		if (strcmp(grow_fun[i].name, name) == 0)
			return &grow_fun[i];
	return NULL;
}

/* x becomes x*(I - 2*v*v'/(v'*v)) for a random v */
static void
reflect(Random *r, int n, double *x)
{
	double v[16], norm = 0;

	for (int i = 0; i < n; i++) {
		v[i] = 2 * random_unit(r) - 1;
		norm += v[i] * v[i];
	}
	for (int i = 0; i < n; i++) {
		double dot = 0;

		for (int j = 0; j < n; j++)
			dot += x[i * n + j] * v[j];
		for (int j = 0; j < n; j++)
			x[i * n + j] -= 2 * dot / norm * v[j];
	}
}

void
grow_draw(Random *r, const GrowLeaf *l, int rows, int cols, double scale, double *x)
{
	int n = rows;
	double half[256];

	for (int i = 0; i < rows * cols; i++)
		x[i] = half[i] = scale * (2 * random_unit(r) - 1);
	for (int i = 0; i < n && l->kind; i++)
		for (int j = 0; j < n; j++) {
			double *e = &x[i * n + j];

			switch (l->kind) {
			case 'S':
				*e = j < i ? x[j * n + i] : *e;
				break;
			case 'K':
				*e = j < i ? -x[j * n + i] : j == i ? 0 : *e;
				break;
			case 'D':
				*e = i == j ? *e : 0;
				break;
			case 'Q':
				*e = i == j;
				break;
			default:        /* I + half*half' */
				*e = i == j;
				for (int k = 0; k < n; k++)
					*e += half[i * n + k] * half[j * n + k];
			}
		}
	for (int k = l->kind == 'Q' ? 1 + random_below(r, 2) : 0; k > 0; k--)
		reflect(r, n, x);
}

static void grow_at(Random *r, FILE *to, int rows, int cols, int size);

static void
leaf(Random *r, FILE *to, int rows, int cols)
{
	int start = random_below(r, grow_nleaf), i;

	for (i = 0; i < grow_nleaf; i++) {
		const GrowLeaf *l = &grow_leaf[(start + i) % grow_nleaf];

		if (l->rows == rows && l->cols == cols) {
			fputs(l->name, to);
			return;
		}
		if (l->rows == cols && l->cols == rows) {
			fprintf(to, "%s'", l->name);
			return;
		}
	}
}

/* an elementwise function of one argument from the table */
static void
map(Random *r, FILE *to, int rows, int cols, int size)
{
	const Fun *f;

	do
		f = &fun_table[random_below(r, F_COUNT)];
	while (f->cls != FC_ELEM || f->min != 1);
	fprintf(to, f->domain_ok ? "%s(sigmoid(" : "%s(", f->name);
	grow_at(r, to, rows, cols, size - 1);
	fputs(f->domain_ok ? "))" : ")", to);
}

/* I + A*A' */
static void
definite(Random *r, FILE *to, int n, int size)
{
	char *half = NULL;
	size_t len;
	FILE *f = open_memstream(&half, &len);
	int k = 1 + random_below(r, 3);

	grow_at(r, f, n, k, size - 1);
	fclose(f);
	fprintf(to, "(I + (%s)*(%s)')", half, half);
	free(half);
}

static void
binary(Random *r, FILE *to, const char *op, int r1, int c1, int r2, int c2, int size)
{
	int left = size > 1 ? random_below(r, size) : 0;

	fputc('(', to);
	grow_at(r, to, r1, c1, left);
	fputs(op, to);
	grow_at(r, to, r2, c2, size - 1 - left);
	fputc(')', to);
}

static void
call(Random *r, FILE *to, const char *open, int rows, int cols, int size, const char *close)
{
	fputs(open, to);
	grow_at(r, to, rows, cols, size - 1);
	fputs(close, to);
}

static void
scalar(Random *r, FILE *to, int size)
{
	int n = 1 + random_below(r, 3), m = 1 + random_below(r, 3), k = 2 + random_below(r, 2);

	switch (random_below(r, 9)) {
	case 0: call(r, to, "sum(", n, m, size, ")"); break;
	case 1: call(r, to, "tr(", k, k, size, ")"); break;
	case 2: call(r, to, "sqnorm(", n, m, size, ")"); break;
	case 3: call(r, to, "norm(1 + sigmoid(", n, m, size, "))"); break;
	case 4: call(r, to, "logsumexp(", k, 1, size, ")"); break;
	case 5: fputs("logdet", to); definite(r, to, k, size); break;
	case 6: call(r, to, "mean(", n, m, size, ")"); break;
	case 7: fputs("det", to); definite(r, to, k, size); break;
	default: binary(r, to, "*", 1, n, n, 1, size); break;
	}
}

static void
grow_at(Random *r, FILE *to, int rows, int cols, int size)
{
	static const char *const number[] = {"2", "3", "1/2", "0.7"};
	int k = 1 + random_below(r, 3);

	if (size <= 0) {
		leaf(r, to, rows, cols);
		return;
	}
	if (rows == 1 && cols == 1 && random_below(r, 2)) {
		scalar(r, to, size);
		return;
	}
	switch (random_below(r, 12)) {
	case 0: binary(r, to, " + ", rows, cols, rows, cols, size); break;
	case 1: binary(r, to, " - ", rows, cols, rows, cols, size); break;
	case 2: binary(r, to, ".*", rows, cols, rows, cols, size); break;
	case 3: map(r, to, rows, cols, size); break;
	case 4: call(r, to, "(", cols, rows, size, ")'"); break;
	case 5:
		fprintf(to, "(%s", number[random_below(r, 4)]);
		call(r, to, "*(", rows, cols, size, "))");
		break;
	case 6: binary(r, to, "*", 1, 1, rows, cols, size); break;
	case 7:
		fputs("((", to);
		grow_at(r, to, rows, cols, size / 2);
		call(r, to, ")/(2 + sin(", 1, 1, size - size / 2, ")))");
		break;
	case 8:
		if (rows > 1) {
			fputs("(inv", to);
			definite(r, to, rows, size / 2);
			fputc('*', to);
			grow_at(r, to, rows, cols, size / 2);
			fputc(')', to);
			break;
		}
		binary(r, to, "*", rows, k, k, cols, size);
		break;
	case 9:
		if (rows > 1) {
			call(r, to, "(diag(", rows, 1, size / 2, ")*");
			grow_at(r, to, rows, cols, size / 2);
			fputc(')', to);
			break;
		}
		map(r, to, rows, cols, size);
		break;
	case 10:
		if (cols == 1 && rows > 1) {
			call(r, to, "softmax(", rows, 1, size, ")");
			break;
		}
		binary(r, to, "*", rows, k, k, cols, size);
		break;
	default: binary(r, to, "*", rows, k, k, cols, size); break;
	}
}

char *
grow(Random *r, int rows, int cols, int size)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		abort();
	grow_at(r, to, rows, cols, size);
	fclose(to);
	return text;
}
