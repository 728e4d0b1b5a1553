/* SPDX-License-Identifier: GPL-3.0-or-later */
/* given.c: the table of what an identity may be given. */
#include "given.h"

#define CAYLEY(K, size) "(eye(" size ") - " K ")*inv(eye(" size ") + " K ")"

const Given given_table[] = {
	{"A symmetric", "A", "(A + A')/2", 'S', "A", "A - A'", 0},
	{"B symmetric", "B", "(B + B')/2", 'S', "B", "x'*B*y - y'*B*x", 0},
	{"C symmetric", "C", "(C + C')/2", 'S', "C", "C' - C", 0},
	{"A skew", "A", "(A - A')/2", 'K', "A", "x'*A*x", 0},
	{"C skew", "C", "(C - C')/2", 'K', "C", "C + C'", 0},
	{"A orthogonal", "A", CAYLEY("(B - B')", "n"), 'Q', "A", "A'*A - eye(n)", 0},
	{"C orthogonal", "C", CAYLEY("(u*v' - v*u')", "m"), 'Q', "C", "C*C' - eye(m)", 0},
	{"B diagonal", "B", "B.*eye(n)", 'D', "B", "B - B.*eye(n)", 0},
	{"C diagonal", "C", "C.*eye(m)", 'D', "C", "C - diag(diag(C))", 0},
	{"A posdef", "A", "eye(n) + A*A'", 'P', "A", "logdet(A) - log(det(A))", 0},
	{"C posdef", "C", "eye(m) + C*C'", 'P', "C", "C - C'", 0},
	{"x positive", "x", "abs(x) + 0.2", '+', "x", "abs(x) - x", 0},
	{"u positive", "u", "abs(u) + 0.2", '+', "u", "exp(log(u)) - u", 0},
	{"a positive", "a", "abs(a) + 0.2", '+', "a", "sqrt(a^2) - a", 0},
	{"W positive", "W", "abs(W) + 0.2", '+', "W", "relu(W) - W", 0},
	{"A*B == B*A", "B", "a*eye(n) + b*A + A*A/4", 0, "AB", "A*B - B*A", 0},
	{"B == A'*A", "B", "A'*A", 0, "AB", "B - A'*A", 0},
	{"y == A*x", "y", "A*x", 0, "Axy", "y - A*x", 0},
	{"A*x == a*x", "A", "A + (a*x - A*x)*x'/sqnorm(x)", 0, "Axa", "A*x - a*x", 0},
	{"sum(x) == 1", "x", "x + (1 - sum(x))/n", 0, "x", "sum(x) - 1", 0},
	{"x'*x == 1", "x", "x/norm(x)", 0, "x", "sqnorm(x) - 1", 0},
	{"a + b == 1", "b", "1 - a", 0, "ab", "a + b - 1", 0},
	{"W*W' == I", "W", "[eye(m), zeros(m, n - m)]*Q", 0, "W", "W*W' - eye(m)", -1},
	{"W'*W == I", "W", "(eye(m) - 2*u*u'/sqnorm(u))*[eye(n); zeros(m - n, n)]*Q", 0, "W",
		"W'*W - eye(n)", 1},
};
const int given_count = (int)(sizeof given_table / sizeof *given_table);
