/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cookbook.h: the real-valued identities of the Matrix Cookbook (K. B. Petersen and M. S. Pedersen,
 * version of 15 November 2012) in mdx's own notation. cookbook.c reads it; a test checks every row.
 *
 *   BOOK_SECTION(number, title)      a section of the book, in its order
 *   BOOK(number, place, title, names, identity, conditions, note, printed)
 *
 * number      of the equation, or of several in a row ("358-364"); "" where the book gives none.
 * place       the section it stands in. Rows are in the book's order.
 * names       statements that declare and define the names, as a user would type them.
 * identity    what must be true.
 * conditions  on its names, in words; the book's own and unstated ones.
 * note        what else to know: what the book leaves out, which form of a general statement this
 *             is, a misprint.
 * printed     the equation as the book prints it, where that is false.
 */
#ifndef BOOK_SECTION
#define BOOK_SECTION(number, title)
#endif
#ifndef BOOK
#define BOOK(number, place, title, names, identity, conditions, note, printed)
#endif

/* ---------------------------------------------------------------- 1 */
BOOK_SECTION("1", "Basics")
BOOK("1", "1", "inverse of a product", "var A(n,n), B(n,n)", "inv(A*B) == inv(B)*inv(A)",
	"A, B invertible", "", "")
BOOK("2", "1", "inverse of several factors", "var A(n,n), B(n,n), C(n,n)",
	"inv(A*B*C) == inv(C)*inv(B)*inv(A)", "A, B, C invertible", "for three factors", "")
BOOK("3", "1", "inverse of a transpose", "var A(n,n)", "inv(A') == inv(A)'", "A invertible", "", "")
BOOK("4", "1", "transpose of a sum", "var A(m,n), B(m,n)", "(A + B)' == A' + B'", "", "", "")
BOOK("5", "1", "transpose of a product", "var A(m,n), B(n,p)", "(A*B)' == B'*A'", "", "", "")
BOOK("6", "1", "transpose of several factors", "var A(m,n), B(n,p), C(p,q)", "(A*B*C)' == C'*B'*A'",
	"", "for three factors", "")

BOOK_SECTION("1.1", "Trace")
BOOK("11", "1.1", "trace as the sum of the diagonal", "var A(n,n)", "tr(A) == sum(diag(A))", "", "",
	"")
BOOK("13", "1.1", "trace of a transpose", "var A(n,n)", "tr(A) == tr(A')", "", "", "")
BOOK("14", "1.1", "trace of a product, either order", "var A(m,n), B(n,m)", "tr(A*B) == tr(B*A)",
	"", "", "")
BOOK("15", "1.1", "trace of a sum", "var A(n,n), B(n,n)", "tr(A + B) == tr(A) + tr(B)", "", "", "")
BOOK("16", "1.1", "trace is cyclic", "var A(m,n), B(n,p), C(p,m)",
	"tr(A*B*C) == tr(B*C*A) == tr(C*A*B)", "", "", "")
BOOK("17", "1.1", "inner product as a trace", "var a(n)", "a'*a == tr(a*a')", "", "", "")

BOOK_SECTION("1.2", "Determinant")
BOOK("19", "1.2", "determinant of a multiple", "var A(n,n), c", "det(c*A) == c^n*det(A)", "A n x n",
	"", "")
BOOK("20", "1.2", "determinant of a transpose", "var A(n,n)", "det(A') == det(A)", "", "", "")
BOOK("21", "1.2", "determinant of a product", "var A(n,n), B(n,n)", "det(A*B) == det(A)*det(B)",
	"A, B square", "", "")
BOOK("22", "1.2", "determinant of an inverse", "var A(n,n)", "det(inv(A)) == 1/det(A)",
	"A invertible", "", "")
BOOK("23", "1.2", "determinant of a power", "var A(n,n)", "det(A^3) == det(A)^3", "",
	"for the third power", "")
BOOK("24", "1.2", "determinant of I plus a dyad", "var u(n), v(n)", "det(I + u*v') == 1 + u'*v", "",
	"", "")
BOOK("25", "1.2", "det(I + A), 2 x 2", "var A(2,2)", "det(I + A) == 1 + det(A) + tr(A)", "A 2 x 2",
	"", "")
BOOK("26", "1.2", "det(I + A), 3 x 3", "var A(3,3)",
	"det(I + A) == 1 + det(A) + tr(A) + 1/2*tr(A)^2 - 1/2*tr(A^2)", "A 3 x 3", "", "")
BOOK("27", "1.2", "det(I + A), 4 x 4", "var A(4,4)",
	"det(I + A) == 1 + det(A) + tr(A) + 1/2*tr(A)^2 - 1/2*tr(A^2) + 1/6*tr(A)^3 - "
	"1/2*tr(A)*tr(A^2) + 1/3*tr(A^3)", "A 4 x 4",
	"misprint: the factor 1/2 has come apart from tr(A)^2 and stands as a term of its own",
	"det(I + A) == 1 + det(A) + tr(A) + 1/2 + tr(A)^2 - 1/2*tr(A^2) + 1/6*tr(A)^3 - "
	"1/2*tr(A)*tr(A^2) + 1/3*tr(A^3)")
BOOK("28", "1.2", "det(I + c*A) for small c", "var A(2,2), c",
	"det(I + c*A) == 1 + c*tr(A) + 1/2*c^2*tr(A)^2 - 1/2*c^2*tr(A^2)",
	"A 2 x 2; an approximation for larger ones",
	"misprint: the term det(A) does not belong there (c = 0 gives det(I) = 1)",
	"det(I + c*A) == 1 + det(A) + c*tr(A) + 1/2*c^2*tr(A)^2 - 1/2*c^2*tr(A^2)")

BOOK_SECTION("1.3", "The special case 2 x 2")
BOOK("29", "1.3", "determinant, 2 x 2", "var A(2,2)", "det(A) == A[1,1]*A[2,2] - A[1,2]*A[2,1]",
	"A 2 x 2", "", "")
BOOK("30", "1.3", "trace, 2 x 2", "var A(2,2)", "tr(A) == A[1,1] + A[2,2]", "A 2 x 2", "", "")
BOOK("31", "1.3", "inverse, 2 x 2", "var A(2,2)",
	"inv(A) == 1/det(A)*[A[2,2], -A[1,2]; -A[2,1], A[1,1]]", "A 2 x 2, invertible", "", "")

/* ---------------------------------------------------------------- 2 */
BOOK_SECTION("2", "Derivatives")
BOOK("32", "2", "an entry by an entry", "var X(m,n)",
	"diff(X[k,l], X[i,j]) == eye(m)[i,k]*eye(n)[l,j]", "", "X has no structure", "")
BOOK("33", "2", "differential of a constant", "var A(m,n), X(m,n), V(m,n)",
	"dir(A, X, V) == zeros(m,n)", "", "V stands for the differential of X here and below", "")
BOOK("34", "2", "differential of a multiple", "var X(m,n), V(m,n), c", "dir(c*X, X, V) == c*V", "",
	"", "")
BOOK("35", "2", "differential of a sum", "var X(m,n), Y(m,n), V(m,n), W(m,n)",
	"dir(X + Y, X, V) + dir(X + Y, Y, W) == V + W", "", "", "")
BOOK("36", "2", "differential of a trace", "var X(n,n), V(n,n)", "dir(tr(X), X, V) == tr(V)", "",
	"", "")
BOOK("37", "2", "differential of a product", "var X(m,n), Y(n,p), V(m,n), W(n,p)",
	"dir(X*Y, X, V) + dir(X*Y, Y, W) == V*Y + X*W", "", "", "")
BOOK("38", "2", "differential of an elementwise product", "var X(m,n), Y(m,n), V(m,n), W(m,n)",
	"dir(X.*Y, X, V) + dir(X.*Y, Y, W) == V.*Y + X.*W", "", "", "")
BOOK("39", "2", "differential of a Kronecker product", "var X(m,n), Y(p,q), V(m,n), W(p,q)",
	"dir(kron(X, Y), X, V) + dir(kron(X, Y), Y, W) == kron(V, Y) + kron(X, W)", "", "", "")
BOOK("40", "2", "differential of an inverse", "var X(n,n), V(n,n)",
	"dir(inv(X), X, V) == -inv(X)*V*inv(X)", "X invertible", "", "")
BOOK("41", "2", "differential of a determinant, by the adjugate", "var X(n,n), V(n,n)",
	"dir(det(X), X, V) == tr(adj(X)*V)", "", "", "")
BOOK("42", "2", "differential of a determinant", "var X(n,n), V(n,n)",
	"dir(det(X), X, V) == det(X)*tr(inv(X)*V)", "X invertible",
	"the book leaves the condition out; (41) needs none", "")
BOOK("43", "2", "differential of a log-determinant", "var X(n,n), V(n,n)",
	"dir(log(det(X)), X, V) == tr(inv(X)*V)", "det(X) > 0", "", "")
BOOK("44", "2", "differential of a transpose", "var X(m,n), V(m,n)", "dir(X', X, V) == V'", "", "",
	"")

BOOK_SECTION("2.1", "Derivatives of a determinant")
BOOK("46", "2.1.1", "determinant by a scalar", "var A(n,n), B(n,n), C(n,n), t; Y = A + t*B + t^2*C",
	"diff(det(Y), t) == det(Y)*tr(inv(Y)*diff(Y, t))", "Y invertible", "for Y a polynomial in t",
	"")
BOOK("47", "2.1.1", "derivatives of a determinant along the rows", "var X(n,n)",
	"grad(det(X), X)*X' == det(X)*I", "", "printed again as (50)", "")
BOOK("48", "2.1.1", "second derivative of a determinant by a scalar",
	"var A(n,n), B(n,n), C(n,n), t; Y = A + t*B + t^2*C; Z = inv(Y)*diff(Y, t)",
	"diff(diff(det(Y), t), t) == det(Y)*(tr(inv(Y)*diff(diff(Y, t), t)) + tr(Z)*tr(Z) - tr(Z*Z))",
	"Y invertible", "for Y a polynomial in t", "")
BOOK("49", "2.1.2", "determinant", "var X(n,n)", "grad(det(X), X) == det(X)*inv(X)'",
	"X invertible", "", "")
BOOK("50", "2.1.2", "derivatives of a determinant along the rows", "var X(n,n)",
	"grad(det(X), X)*X' == det(X)*I", "", "the same as (47)", "")
BOOK("51", "2.1.2", "determinant of a product", "var A(n,n), B(n,n), X(n,n)",
	"grad(det(A*X*B), X) == det(A*X*B)*inv(X)' == det(A*X*B)*inv(X')",
	"A, B, X square, X invertible", "unstated assumption: A and B are square, not only A*X*B", "")
BOOK("52", "2.1.3", "determinant of a square form, X square", "var A(n,n), X(n,n)",
	"grad(det(X'*A*X), X) == 2*det(X'*A*X)*inv(X)'", "X square and invertible", "", "")
BOOK("53", "2.1.3", "determinant of a square form, A symmetric", "var A(m,m) symmetric, X(m,n)",
	"grad(det(X'*A*X), X) == 2*det(X'*A*X)*A*X*inv(X'*A*X)", "A symmetric, X'*A*X invertible", "",
	"")
BOOK("54", "2.1.3", "determinant of a square form", "var A(m,m), X(m,n)",
	"grad(det(X'*A*X), X) == det(X'*A*X)*(A*X*inv(X'*A*X) + A'*X*inv(X'*A'*X))",
	"X'*A*X invertible", "", "")
BOOK("55", "2.1.4", "log-determinant of X'*X", "var X(m,n)",
	"grad(log(det(X'*X)), X) == 2*(inv(X'*X)*X')'", "X of full column rank",
	"the pseudo-inverse of X is written out", "")
BOOK("56", "2.1.4", "log-determinant of X'*X, by the pseudo-inverse", "var P(n,m)",
	"grad(-logdet(P*P'), P) == -2*X' where X = P'*inv(P*P')", "X of full column rank",
	"P is the pseudo-inverse of X: det(X'*X) = 1/det(P*P')", "")
BOOK("57", "2.1.4", "log-determinant", "var X(n,n)", "grad(logdet(X), X) == inv(X)' == inv(X')",
	"X invertible", "logdet(X) is log(abs(det(X)))", "")
BOOK("58", "2.1.4", "determinant of a power", "var X(n,n)",
	"grad(det(X^3), X) == 3*det(X^3)*inv(X)'", "X invertible", "for the third power", "")

BOOK_SECTION("2.2", "Derivatives of an inverse")
BOOK("59", "2.2", "inverse by a scalar", "var A(n,n), B(n,n), C(n,n), t; Y = A + t*B + t^2*C",
	"diff(inv(Y), t) == -inv(Y)*diff(Y, t)*inv(Y)", "Y invertible", "for Y a polynomial in t", "")
BOOK("60", "2.2", "entries of an inverse", "var X(n,n)",
	"diff(inv(X)[k,l], X[i,j]) == -inv(X)[k,i]*inv(X)[j,l]", "X invertible", "", "")
BOOK("61", "2.2", "bilinear form of an inverse", "var X(n,n), a(n), b(n)",
	"grad(a'*inv(X)*b, X) == -inv(X)'*a*b'*inv(X)'", "X invertible", "", "")
BOOK("62", "2.2", "determinant of an inverse", "var X(n,n)",
	"grad(det(inv(X)), X) == -det(inv(X))*inv(X)'", "X invertible", "", "")
BOOK("63", "2.2", "trace with an inverse", "var X(n,n), A(m,n), B(n,m)",
	"grad(tr(A*inv(X)*B), X) == -(inv(X)*B*A*inv(X))'", "X invertible", "", "")
BOOK("64", "2.2", "trace of the inverse of a sum", "var X(n,n), A(n,n)",
	"grad(tr(inv(X + A)), X) == -(inv(X + A)*inv(X + A))'", "X + A invertible", "", "")
BOOK("", "2.2", "any function of an inverse",
	"var A(n,n); fun loss scalar; W = inv(A); L = loss(W)",
	"grad(L, A) == -inv(A)'*grad(L, W)*inv(A)'", "A invertible", "", "")

BOOK_SECTION("2.3", "Derivatives of eigenvalues")
BOOK("65", "2.3", "sum of the eigenvalues", "var X(n,n)", "grad(tr(X), X) == I", "",
	"the sum of the eigenvalues is the trace", "")
BOOK("66", "2.3", "product of the eigenvalues", "var X(n,n)", "grad(det(X), X) == det(X)*inv(X)'",
	"X invertible", "the product of the eigenvalues is the determinant", "")

BOOK_SECTION("2.4", "Derivatives of matrices, vectors and scalar forms")
BOOK("69", "2.4.1", "inner product", "var x(n), a(n)", "grad(x'*a, x) == grad(a'*x, x) == a", "",
	"", "")
BOOK("70", "2.4.1", "bilinear form by its matrix", "var X(m,n), a(m), b(n)",
	"grad(a'*X*b, X) == a*b'", "", "", "")
BOOK("71", "2.4.1", "bilinear form of a transpose", "var X(m,n), a(n), b(m)",
	"grad(a'*X'*b, X) == b*a'", "", "", "")
BOOK("72", "2.4.1", "quadratic form by its matrix", "var X(n,n), a(n)",
	"grad(a'*X*a, X) == grad(a'*X'*a, X) == a*a'", "", "", "")
BOOK("73", "2.4.1", "a matrix by an entry", "var X(m,n)", "diff(X, X[i,j]) == J(i,j,m,n)", "", "",
	"")
BOOK("74", "2.4.1", "a product by an entry", "var X(m,n), A(n,p)",
	"diff((X*A)[i,j], X[k,l]) == eye(m)[i,k]*A[l,j] == (J(k,l,m,n)*A)[i,j]", "", "", "")
BOOK("75", "2.4.1", "a product with a transpose by an entry", "var X(m,n), A(m,p)",
	"diff((X'*A)[i,j], X[k,l]) == eye(n)[i,l]*A[k,j] == (J(l,k,n,m)*A)[i,j]", "", "", "")
BOOK("76", "2.4.2", "sum of all products of two entries", "var X(m,n)",
	"diff(sum(X)^2, X[i,j]) == 2*sum(X)", "", "", "")
BOOK("77", "2.4.2", "bilinear form of X'*X", "var X(m,n), b(n), c(n)",
	"grad(b'*X'*X*c, X) == X*(b*c' + c*b')", "", "", "")
BOOK("78", "2.4.2", "product of two affine forms", "var B(m,n), b(m), C(m,p), D(p,n), d(p), x(n)",
	"grad((B*x + b)'*C*(D*x + d), x) == B'*C*(D*x + d) + D'*C'*(B*x + b)", "", "", "")
BOOK("79", "2.4.2", "entries of X'*B*X by an entry", "var X(m,n), B(m,m)",
	"diff((X'*B*X)[k,l], X[i,j]) == eye(n)[l,j]*(X'*B)[k,i] + eye(n)[k,j]*(B*X)[i,l]", "", "", "")
BOOK("80", "2.4.2", "X'*B*X by an entry", "var X(m,n), B(m,m)",
	"diff(X'*B*X, X[i,j]) == X'*B*J(i,j,m,n) + J(j,i,n,m)*B*X", "", "", "")
BOOK("81", "2.4.2", "quadratic form", "var B(n,n), x(n)", "grad(x'*B*x, x) == (B + B')*x", "", "",
	"")
BOOK("82", "2.4.2", "bilinear form of X'*D*X", "var X(m,n), D(m,m), b(n), c(n)",
	"grad(b'*X'*D*X*c, X) == D'*X*b*c' + D*X*c*b'", "", "", "")
BOOK("83", "2.4.2", "quadratic form of X*b + c", "var X(m,n), D(m,m), b(n), c(m)",
	"grad((X*b + c)'*D*(X*b + c), X) == (D + D')*(X*b + c)*b'", "", "", "")
BOOK("84", "2.4.2", "weighted squares by the coefficients",
	"var A(m,n), x(m), s(n), W(m,m) symmetric",
	"grad((x - A*s)'*W*(x - A*s), s) == -2*A'*W*(x - A*s)", "W symmetric", "", "")
BOOK("85", "2.4.2", "weighted squares by the first vector", "var x(n), s(n), W(n,n) symmetric",
	"grad((x - s)'*W*(x - s), x) == 2*W*(x - s)", "W symmetric", "", "")
BOOK("86", "2.4.2", "weighted squares by the second vector", "var x(n), s(n), W(n,n) symmetric",
	"grad((x - s)'*W*(x - s), s) == -2*W*(x - s)", "W symmetric", "", "")
BOOK("87", "2.4.2", "weighted squares by the observation",
	"var A(m,n), x(m), s(n), W(m,m) symmetric", "grad((x - A*s)'*W*(x - A*s), x) == 2*W*(x - A*s)",
	"W symmetric", "", "")
BOOK("88", "2.4.2", "weighted squares by the matrix", "var A(m,n), x(m), s(n), W(m,m) symmetric",
	"grad((x - A*s)'*W*(x - A*s), A) == -2*W*(x - A*s)*s'", "W symmetric", "", "")
BOOK("90", "2.4.3", "entries of a power by an entry", "var X(n,n)",
	"diff((X^3)[k,l], X[i,j]) == (J(i,j,n,n)*X^2 + X*J(i,j,n,n)*X + X^2*J(i,j,n,n))[k,l]", "",
	"for the third power", "")
BOOK("91", "2.4.3", "bilinear form of a power", "var X(n,n), a(n), b(n)",
	"grad(a'*X^3*b, X) == a*b'*(X^2)' + X'*a*b'*X' + (X^2)'*a*b'", "", "for the third power", "")
BOOK("92", "2.4.3", "bilinear form of a power with its transpose", "var X(n,n), a(n), b(n)",
	"grad(a'*(X^2)'*X^2*b, X) == X^2*b*a'*X' + X'*X^2*b*a' + X^2*a*b'*X' + X'*X^2*a*b'", "",
	"for the second power. Misprint: in the first terms, X^(n-1-r)*a*b'*(X^n)'*X^r is the "
	"transpose of what it must be",
	"grad(a'*(X^2)'*X^2*b, X) == X*a*b'*(X^2)' + a*b'*(X^2)'*X + X^2*a*b'*X' + X'*X^2*a*b'")
BOOK("93", "2.4.3", "bilinear form of two functions",
	"var x(n), A(n,n), P(n,n), Q(n,n); fun phi elementwise; fun psi elementwise; s = phi(P*x); r = "
	"psi(Q*x)", "grad(s'*A*r, x) == jac(s, x)'*A*r + jac(r, x)'*A'*s", "A constant",
	"for s and r elementwise functions of P*x and Q*x", "")
BOOK("94-95", "2.4.3", "quotient of two quadratic forms", "var A(m,n), B(n,n), x(n)",
	"grad((A*x)'*(A*x)/((B*x)'*(B*x)), x) == 2*A'*A*x/(x'*B'*B*x) - "
	"2*(x'*A'*A*x)*B'*B*x/(x'*B'*B*x)^2", "B*x is not 0",
	"misprint: the first denominator lacks the transpose, x'*B*B*x",
	"grad((A*x)'*(A*x)/((B*x)'*(B*x)), x) == 2*A'*A*x/(x'*B*B*x) - "
	"2*(x'*A'*A*x)*B'*B*x/(x'*B'*B*x)^2")
BOOK("96-97", "2.4.4", "gradient of a quadratic function",
	"var A(n,n), b(n), x(n); f = x'*A*x + b'*x", "grad(f, x) == (A + A')*x + b", "", "", "")
BOOK("98", "2.4.4", "Hessian of a quadratic function", "var A(n,n), b(n), x(n); f = x'*A*x + b'*x",
	"hess(f, x) == A + A'", "", "", "")

BOOK_SECTION("2.5", "Derivatives of traces")
BOOK("", "2.5", "trace of a matrix function", "var X(n,n)", "grad(tr(expm(X)), X) == expm(X)'", "",
	"for the exponential, which is its own derivative", "")
BOOK("99", "2.5.1", "tr(X)", "var X(n,n)", "grad(tr(X), X) == I", "", "", "")
BOOK("100", "2.5.1", "tr(X*A)", "var X(m,n), A(n,m)", "grad(tr(X*A), X) == A'", "", "", "")
BOOK("101", "2.5.1", "tr(A*X*B)", "var X(m,n), A(p,m), B(n,p)", "grad(tr(A*X*B), X) == A'*B'", "",
	"", "")
BOOK("102", "2.5.1", "tr(A*X'*B)", "var X(m,n), A(p,n), B(m,p)", "grad(tr(A*X'*B), X) == B*A", "",
	"", "")
BOOK("103", "2.5.1", "tr(X'*A)", "var X(m,n), A(m,n)", "grad(tr(X'*A), X) == A", "", "", "")
BOOK("104", "2.5.1", "tr(A*X')", "var X(m,n), A(m,n)", "grad(tr(A*X'), X) == A", "", "", "")
BOOK("105", "2.5.1", "trace of a Kronecker product", "var X(n,n), A(m,m)",
	"grad(tr(kron(A, X)), X) == tr(A)*I", "", "", "")
BOOK("106", "2.5.2", "tr(X^2)", "var X(n,n)", "grad(tr(X^2), X) == 2*X'", "", "", "")
BOOK("107", "2.5.2", "tr(X^2*B)", "var X(n,n), B(n,n)", "grad(tr(X^2*B), X) == (X*B + B*X)'", "",
	"", "")
BOOK("108", "2.5.2", "tr(X'*B*X)", "var X(m,n), B(m,m)", "grad(tr(X'*B*X), X) == B*X + B'*X", "",
	"", "")
BOOK("109", "2.5.2", "tr(B*X*X')", "var X(m,n), B(m,m)", "grad(tr(B*X*X'), X) == B*X + B'*X", "",
	"", "")
BOOK("110", "2.5.2", "tr(X*X'*B)", "var X(m,n), B(m,m)", "grad(tr(X*X'*B), X) == B*X + B'*X", "",
	"", "")
BOOK("111", "2.5.2", "tr(X*B*X')", "var X(m,n), B(n,n)", "grad(tr(X*B*X'), X) == X*B' + X*B", "",
	"", "")
BOOK("112", "2.5.2", "tr(B*X'*X)", "var X(m,n), B(n,n)", "grad(tr(B*X'*X), X) == X*B' + X*B", "",
	"", "")
BOOK("113", "2.5.2", "tr(X'*X*B)", "var X(m,n), B(n,n)", "grad(tr(X'*X*B), X) == X*B' + X*B", "",
	"", "")
BOOK("114", "2.5.2", "tr(A*X*B*X)", "var X(m,n), A(n,m), B(n,m)",
	"grad(tr(A*X*B*X), X) == A'*X'*B' + B'*X'*A'", "", "", "")
BOOK("115", "2.5.2", "tr(X'*X)", "var X(m,n)", "grad(tr(X'*X), X) == grad(tr(X*X'), X) == 2*X", "",
	"", "")
BOOK("116", "2.5.2", "tr(B'*X'*C*X*B)", "var X(m,n), B(n,p), C(m,m)",
	"grad(tr(B'*X'*C*X*B), X) == C'*X*B*B' + C*X*B*B'", "", "", "")
BOOK("117", "2.5.2", "tr(X'*B*X*C)", "var X(m,n), B(m,m), C(n,n)",
	"grad(tr(X'*B*X*C), X) == B*X*C + B'*X*C'", "", "", "")
BOOK("118", "2.5.2", "tr(A*X*B*X'*C)", "var X(m,n), A(p,m), B(n,n), C(m,p)",
	"grad(tr(A*X*B*X'*C), X) == A'*C'*X*B' + C*A*X*B", "", "", "")
BOOK("119", "2.5.2", "squares of A*X*B + C", "var X(m,n), A(p,m), B(n,q), C(p,q)",
	"grad(tr((A*X*B + C)*(A*X*B + C)'), X) == 2*A'*(A*X*B + C)*B'", "", "", "")
BOOK("120", "2.5.2", "trace of a Kronecker square", "var X(n,n)",
	"grad(tr(kron(X, X)), X) == grad(tr(X)*tr(X), X) == 2*tr(X)*I", "", "", "")
BOOK("121", "2.5.3", "trace of a power", "var X(n,n)", "grad(tr(X^4), X) == 4*(X^3)'", "",
	"for the fourth power", "")
BOOK("122", "2.5.3", "trace with a power", "var X(n,n), A(n,n)",
	"grad(tr(A*X^3), X) == (A*X^2 + X*A*X + X^2*A)'", "", "for the third power", "")
BOOK("123", "2.5.3", "trace of fourth order", "var X(m,n), B(n,p), C(m,m)",
	"grad(tr(B'*X'*C*X*X'*C*X*B), X) == C*X*X'*C*X*B*B' + C'*X*B*B'*X'*C'*X + C*X*B*B'*X'*C*X + "
	"C'*X*X'*C'*X*B*B'", "", "", "")
BOOK("124", "2.5.4", "tr(A*inv(X)*B)", "var X(n,n), A(m,n), B(n,m)",
	"grad(tr(A*inv(X)*B), X) == -(inv(X)*B*A*inv(X))' == -inv(X)'*A'*B'*inv(X)'", "X invertible",
	"", "")
BOOK("125", "2.5.4", "trace with the inverse of X'*C*X", "var X(m,n), A(n,n), C(m,m) symmetric",
	"grad(tr(inv(X'*C*X)*A), X) == -(C*X*inv(X'*C*X))*(A + A')*inv(X'*C*X)",
	"C symmetric, X'*C*X invertible", "", "")
BOOK("126", "2.5.4", "trace of a quotient of square forms",
	"var X(m,n), B(m,m) symmetric, C(m,m) symmetric",
	"grad(tr(inv(X'*C*X)*(X'*B*X)), X) == -2*C*X*inv(X'*C*X)*X'*B*X*inv(X'*C*X) + "
	"2*B*X*inv(X'*C*X)", "B, C symmetric, X'*C*X invertible", "", "")
BOOK("127", "2.5.4", "the same with A + X'*C*X",
	"var X(m,n), A(n,n) symmetric, B(m,m) symmetric, C(m,m) symmetric; Z = inv(A + X'*C*X)",
	"grad(tr(Z*(X'*B*X)), X) == -2*C*X*Z*X'*B*X*Z + 2*B*X*Z",
	"A, B, C symmetric, A + X'*C*X invertible", "unstated assumption: A is symmetric too", "")

BOOK_SECTION("2.6", "Derivatives of vector norms")
BOOK("129", "2.6.1", "2-norm", "var x(n), a(n)", "grad(norm(x - a), x) == (x - a)/norm(x - a)",
	"x is not a", "", "")
BOOK("130", "2.6.1", "vector of length one", "var x(n), a(n)",
	"jac((x - a)/norm(x - a), x) == I/norm(x - a) - (x - a)*(x - a)'/norm(x - a)^3", "x is not a",
	"", "")
BOOK("131", "2.6.1", "square of the 2-norm", "var x(n)",
	"grad(norm(x)^2, x) == grad(x'*x, x) == 2*x", "", "", "")

BOOK_SECTION("2.7", "Derivatives of matrix norms")
BOOK("132", "2.7.1", "square of the Frobenius norm", "var X(m,n)",
	"grad(normfro(X)^2, X) == grad(tr(X*X'), X) == 2*X", "", "", "")

BOOK_SECTION("2.8", "Derivatives of structured matrices")
BOOK("133", "2.8", "derivative by an entry", "var A(m,n); fun loss scalar",
	"diff(loss(A), A[i,j]) == tr(grad(loss(A), A)'*diff(A, A[i,j]))", "", "A without structure", "")
BOOK("134", "2.8", "structure matrix", "var A(m,n)", "diff(A, A[i,j]) == J(i,j,m,n)", "",
	"A without structure", "")
BOOK("136-137", "2.8.1", "chain rule",
	"var X(m,n), A(n,p); fun phi elementwise; fun loss scalar; U = phi(X)*A; g = loss(U)",
	"diff(g, X[i,j]) == tr(grad(g, U)'*diff(U, X[i,j]))", "", "for U = phi(X)*A", "")
BOOK("138", "2.8.2", "by a symmetric matrix", "var A(n,n) symmetric; fun loss scalar",
	"structgrad(loss(A), A) == G + G' - G.*I where G = grad(loss(A), A)", "A symmetric",
	"structgrad is the book's derivative, by the entries on and above the diagonal; grad is the "
	"gradient within the symmetric matrices", "")
BOOK("139", "2.8.2", "trace by a symmetric matrix", "var A(n,n), X(n,n) symmetric",
	"structgrad(tr(A*X), X) == A + A' - A.*I", "X symmetric", "", "")
BOOK("140", "2.8.2", "determinant by a symmetric matrix", "var X(n,n) symmetric",
	"structgrad(det(X), X) == det(X)*(2*inv(X) - inv(X).*I)", "X symmetric and invertible", "", "")
BOOK("141", "2.8.2", "log-determinant by a symmetric matrix", "var X(n,n) symmetric posdef",
	"structgrad(logdet(X), X) == 2*inv(X) - inv(X).*I", "X symmetric, det(X) > 0", "", "")
BOOK("142", "2.8.3", "trace by a diagonal matrix", "var A(n,n), X(n,n) diagonal",
	"grad(tr(A*X), X) == A.*I", "X diagonal", "", "")

/* ---------------------------------------------------------------- 3 */
BOOK_SECTION("3.1", "Inverses: basic")
BOOK("145", "3.1.1", "definition", "var A(n,n)", "A*inv(A) == inv(A)*A == I", "A invertible", "",
	"")
BOOK("146-148", "3.1.2", "adjugate as the transposed cofactors", "var A(3,3)",
	"adj(A) == [A[2,2]*A[3,3] - A[2,3]*A[3,2], A[2,3]*A[3,1] - A[2,1]*A[3,3], A[2,1]*A[3,2] - "
	"A[2,2]*A[3,1]; A[1,3]*A[3,2] - A[1,2]*A[3,3], A[1,1]*A[3,3] - A[1,3]*A[3,1], A[1,2]*A[3,1] - "
	"A[1,1]*A[3,2]; A[1,2]*A[2,3] - A[1,3]*A[2,2], A[1,3]*A[2,1] - A[1,1]*A[2,3], A[1,1]*A[2,2] - "
	"A[1,2]*A[2,1]]'", "", "for 3 x 3", "")
BOOK("149-150", "3.1.3", "determinant by the first row", "var A(3,3)",
	"det(A) == A[1,1]*(A[2,2]*A[3,3] - A[2,3]*A[3,2]) - A[1,2]*(A[2,1]*A[3,3] - A[2,3]*A[3,1]) + "
	"A[1,3]*(A[2,1]*A[3,2] - A[2,2]*A[3,1]) == A[1,1]*adj(A)[1,1] + A[1,2]*adj(A)[2,1] + "
	"A[1,3]*adj(A)[3,1]", "", "for 3 x 3", "")
BOOK("151", "3.1.4", "inverse by the adjugate", "var A(n,n)", "inv(A) == 1/det(A)*adj(A)",
	"A invertible", "", "")

BOOK_SECTION("3.2", "Inverses: exact relations")
BOOK("155", "3.2.1", "inverse of a product", "var A(n,n), B(n,n)", "inv(A*B) == inv(B)*inv(A)",
	"A, B invertible", "", "")
BOOK("156", "3.2.2", "Woodbury, symmetric form", "var A(n,n), B(p,p), C(n,p)",
	"inv(A + C*B*C') == inv(A) - inv(A)*C*inv(inv(B) + C'*inv(A)*C)*C'*inv(A)",
	"the inverses exist", "", "")
BOOK("157", "3.2.2", "Woodbury", "var A(n,n), B(p,p), U(n,p), V(p,n)",
	"inv(A + U*B*V) == inv(A) - inv(A)*U*inv(inv(B) + V*inv(A)*U)*V*inv(A)", "the inverses exist",
	"", "")
BOOK("158", "3.2.2", "gain of a filter, two ways",
	"var P(n,n) symmetric posdef, R(m,m) symmetric posdef, B(m,n)",
	"inv(inv(P) + B'*inv(R)*B)*B'*inv(R) == P*B'*inv(B*P*B' + R)", "P, R positive definite", "", "")
BOOK("159", "3.2.3", "Kailath's variant", "var A(n,n), B(n,p), C(p,n)",
	"inv(A + B*C) == inv(A) - inv(A)*B*inv(I + C*inv(A)*B)*C*inv(A)", "the inverses exist", "", "")
BOOK("160", "3.2.4", "Sherman and Morrison", "var A(n,n), b(n), c(n)",
	"inv(A + b*c') == inv(A) - inv(A)*b*c'*inv(A)/(1 + c'*inv(A)*b)",
	"A invertible, 1 + c'*inv(A)*b not 0", "", "")
BOOK("161", "3.2.5", "Searle: I plus an inverse", "var A(n,n)", "inv(I + inv(A)) == A*inv(A + I)",
	"A, A + I invertible", "", "")
BOOK("162", "3.2.5", "Searle: A + B*B'", "var A(n,n), B(n,p)",
	"inv(A + B*B')*B == inv(A)*B*inv(I + B'*inv(A)*B)", "the inverses exist", "", "")
BOOK("163", "3.2.5", "Searle: parallel sum", "var A(n,n), B(n,n)",
	"inv(inv(A) + inv(B)) == A*inv(A + B)*B == B*inv(A + B)*A", "A, B, A + B invertible", "", "")
BOOK("164", "3.2.5", "Searle: A less its part", "var A(n,n), B(n,n)",
	"A - A*inv(A + B)*A == B - B*inv(A + B)*B", "A + B invertible", "", "")
BOOK("165", "3.2.5", "Searle: sum of inverses", "var A(n,n), B(n,n)",
	"inv(A) + inv(B) == inv(A)*(A + B)*inv(B)", "A, B invertible", "", "")
BOOK("166", "3.2.5", "Searle: inv(I + A*B)", "var A(m,n), B(n,m)",
	"inv(I + A*B) == I - A*inv(I + B*A)*B", "I + A*B invertible", "", "")
BOOK("167", "3.2.5", "Searle: push-through", "var A(m,n), B(n,m)",
	"inv(I + A*B)*A == A*inv(I + B*A)", "I + A*B invertible", "", "")
BOOK("", "3.2.6", "one more column in X'*X",
	"var X(m,n), v(m); A = inv(X'*X); c = v'*v - v'*X*A*X'*v",
	"inv([X, v]'*[X, v]) == [A + A*X'*v*v'*X*A'/c, -A*X'*v/c; -v'*X*A'/c, 1/c]",
	"X of full column rank, v not in its range", "", "")
BOOK("168-175", "3.2.7", "pseudo-inverse with one more dyad, case 1",
	"var B(4,2), C(2,4), c(4), d(4); A = B*C; P = C'*inv(C*C')*inv(B'*B)*B'; b = 1 + d'*P*c; v = "
	"P*c; n = P'*d; w = (I - A*P)*c; m = (I - P*A)'*d",
	"pinv(A + c*d') == P - v*w'/sqnorm(w) - m*n'/sqnorm(m) + b/(sqnorm(m)*sqnorm(w))*m*w'",
	"w, m not 0", "A is 4 x 4 of rank 2 here, P its pseudo-inverse", "")
BOOK("178", "3.2.7", "pseudo-inverse with one more dyad, case 3",
	"var A(2,4), c(2), d(4); P = A'*inv(A*A'); b = 1 + d'*P*c; v = P*c; n = P'*d; m = (I - P*A)'*d",
	"pinv(A + c*d') == P + 1/b*m*v'*P - b/(sqnorm(v)*sqnorm(m) + b^2)*(sqnorm(v)/b*m + "
	"v)*(sqnorm(m)/b*P'*v + n)'", "w is 0, b not 0",
	"A is 2 x 4 of full rank here, P its pseudo-inverse", "")
BOOK("181", "3.2.7", "pseudo-inverse with one more dyad, case 5",
	"var A(4,2), c(4), d(2); P = inv(A'*A)*A'; b = 1 + d'*P*c; v = P*c; n = P'*d; w = (I - A*P)*c",
	"pinv(A + c*d') == P + 1/b*P*n*w' - b/(sqnorm(n)*sqnorm(w) + b^2)*(sqnorm(w)/b*P*n + "
	"v)*(sqnorm(n)/b*w + n)'", "m is 0, b not 0",
	"A is 4 x 2 of full rank here, P its pseudo-inverse", "")

BOOK_SECTION("3.3", "Implication on inverses")
BOOK("185", "3.3.1", "an identity of positive definite matrices",
	"var P(n,n) symmetric posdef, R(m,m) symmetric posdef, B(m,n)",
	"inv(inv(P) + B'*inv(R)*B)*B'*inv(R) == P*B'*inv(B*P*B' + R)", "P, R positive definite",
	"the same as (158)", "")

BOOK_SECTION("3.4", "Approximations")
BOOK("192-195", "3.4", "factoring a perturbed matrix", "var Q(n,n), M(n,n), s",
	"inv(Q + s^2*M) == inv(Q*inv(Q)*Q + s^2*M*inv(Q)*Q) == inv((I + s^2*M*inv(Q))*Q) == "
	"inv(Q)*inv(I + s^2*M*inv(Q))", "Q, Q + s^2*M invertible", "the exact part of a proof", "")

BOOK_SECTION("3.6", "Pseudo-inverse")
BOOK("", "3.6.1", "condition I", "var A(m,n)", "A*pinv(A)*A == A", "", "", "")
BOOK("", "3.6.1", "condition II", "var A(m,n)", "pinv(A)*A*pinv(A) == pinv(A)", "", "", "")
BOOK("", "3.6.1", "condition III", "var A(m,n)", "(A*pinv(A))' == A*pinv(A)", "", "", "")
BOOK("", "3.6.1", "condition IV", "var A(m,n)", "(pinv(A)*A)' == pinv(A)*A", "", "", "")
BOOK("199", "3.6.2", "of a pseudo-inverse", "var A(m,n)", "pinv(pinv(A)) == A", "", "", "")
BOOK("200", "3.6.2", "of a transpose", "var A(m,n)", "pinv(A') == pinv(A)'", "", "", "")
BOOK("203", "3.6.2", "cancelled beside the transpose", "var A(m,n)", "pinv(A)*A*A' == A'", "A real",
	"", "")
BOOK("204", "3.6.2", "cancelled beside the transpose", "var A(m,n)", "pinv(A)*A*A' == A'", "A real",
	"the book says that the two differ, which is so for complex matrices only", "")
BOOK("205", "3.6.2", "of a multiple", "var A(m,n), c", "pinv(c*A) == 1/c*pinv(A)", "c not 0", "",
	"")
BOOK("206", "3.6.2", "by A'*A", "var A(m,n)", "pinv(A) == pinv(A'*A)*A'", "", "", "")
BOOK("207", "3.6.2", "by A*A'", "var A(m,n)", "pinv(A) == A'*pinv(A*A')", "", "", "")
BOOK("208", "3.6.2", "of A'*A", "var A(m,n)", "pinv(A'*A) == pinv(A)*pinv(A')", "", "", "")
BOOK("209", "3.6.2", "of A*A'", "var A(m,n)", "pinv(A*A') == pinv(A')*pinv(A)", "", "", "")
BOOK("214", "3.6.2", "of a product", "var A(m,n), B(n,p)",
	"pinv(A*B) == pinv(pinv(A)*A*B)*pinv(A*B*pinv(B))", "", "", "")
BOOK("215", "3.6.2", "functions of A'*A", "var A(m,n)",
	"expm(A'*A) - I == pinv(A)*(expm(A*A') - I)*A", "A real", "for the exponential", "")
BOOK("216", "3.6.2", "functions of A*A'", "var A(m,n)",
	"expm(A*A') - I == A*(expm(A'*A) - I)*pinv(A)", "A real", "for the exponential", "")
BOOK("217", "3.6.2", "A*pinv(A) is idempotent", "var A(m,n)",
	"(A*pinv(A))*(A*pinv(A)) == A*pinv(A)", "", "holds for any rank", "")
BOOK("218", "3.6.2", "pinv(A)*A is idempotent", "var A(m,n)",
	"(pinv(A)*A)*(pinv(A)*A) == pinv(A)*A", "", "holds for any rank", "")
BOOK("219", "3.6.2", "trace as the rank, tall", "var A(m,n)", "tr(A*inv(A'*A)*A') == tr(eye(n))",
	"A of full column rank", "the pseudo-inverse is written out; the rank is n", "")
BOOK("220", "3.6.2", "trace as the rank, broad", "var A(m,n)", "tr(A'*inv(A*A')*A) == tr(eye(m))",
	"A of full row rank", "the pseudo-inverse is written out; the rank is m", "")
BOOK("221", "3.6.2", "of a product", "var A(m,n), B(n,p)",
	"pinv(A*B) == pinv(pinv(A)*A*B)*pinv(A*B*pinv(B))", "", "the same as (214)", "")
BOOK("222", "3.6.2", "of a Kronecker product", "var A(m,n), B(p,q)",
	"pinv(kron(A, B)) == kron(pinv(A), pinv(B))", "", "", "")
BOOK("", "3.6.3", "square, of full rank", "var A(n,n) invertible", "pinv(A) == inv(A)",
	"A invertible", "", "")
BOOK("", "3.6.3", "broad, of full rank", "var A(2,3)", "pinv(A) == A'*inv(A*A')",
	"A of full row rank", "for 2 x 3", "")
BOOK("", "3.6.3", "tall, of full rank", "var A(3,2)", "pinv(A) == inv(A'*A)*A'",
	"A of full column rank", "for 3 x 2", "")
BOOK("224", "3.6.3", "by a factorization of full rank",
	"var C(m,r), D(r,n); P = D'*inv(D*D')*inv(C'*C)*C'; A = C*D", "A*P*A == A", "C, D of rank r",
	"the first of the four conditions for P", "")

/* ---------------------------------------------------------------- 5 */
BOOK_SECTION("5.1", "Solutions to linear equations")
BOOK("260", "5.1.1", "a line through points", "var x(m), y(m); o = ones(m,1)",
	"inv([x, o]'*[x, o])*[x, o]'*y == inv([x'*x, x'*o; x'*o, o'*o])*[x'*y; y'*o]",
	"the points differ", "", "")
BOOK("262", "5.1.3", "square system", "var A(n,n), x(n)", "inv(A)*(A*x) == x", "A invertible", "",
	"")
BOOK("263-264", "5.1.5", "Cramer's rule", "var A(3,3), b(3)",
	"(inv(A)*b)[1] == det([b, A*e(2,3), A*e(3,3)])/det(A)", "A invertible",
	"for 3 x 3, the first entry", "")
BOOK("265", "5.1.6", "over-determined system with a solution", "var A(m,n), x(n)",
	"inv(A'*A)*A'*(A*x) == x", "A of full column rank", "", "")
BOOK("266", "5.1.6", "least squares", "var A(m,n), b(m)",
	"A'*(A*x - b) == zeros(n,1) where x = inv(A'*A)*A'*b", "A of full column rank",
	"the residual is orthogonal to the range of A", "")
BOOK("267", "5.1.7", "under-determined system", "var A(m,n), b(m)",
	"A*x == b where x = A'*inv(A*A')*b", "A of full row rank", "", "")
BOOK("268", "5.1.7", "under-determined matrix equation", "var A(m,n), B(m,p)",
	"A*X == B where X = A'*inv(A*A')*B", "A of full row rank", "the pseudo-inverse is written out",
	"")
BOOK("269", "5.1.7", "linear map by least squares", "var P(n,q), Q(n,q); A = Q*P'*inv(P*P')",
	"(A*P - Q)*P' == zeros(n,n)", "P of full row rank", "P and Q stand for B0 and B1", "")
BOOK("272-273", "5.1.10", "Lyapunov's equation", "var A(m,m), B(n,n), X(m,n)",
	"vec(X) == inv(kron(eye(n), A) + kron(B', eye(m)))*vec(A*X + X*B)", "the inverse exists", "",
	"")
BOOK("274-275", "5.1.11", "sum of products with X", "var A(m,m), B(n,n), C(m,m), D(n,n), X(m,n)",
	"vec(X) == inv(kron(B', A) + kron(D', C))*vec(A*X*B + C*X*D)", "the inverse exists",
	"for two terms", "")

BOOK_SECTION("5.2", "Eigenvalues and eigenvectors")
BOOK("289-290", "5.2.5", "characteristic polynomial", "var A(3,3), c",
	"det(c*I - A) == c^3 - tr(A)*c^2 + 1/2*(tr(A)^2 - tr(A^2))*c - det(A)", "",
	"for 3 x 3. The book has det(A - c*I), which is (-1)^n times this polynomial; the zeros are "
	"the same", "")

/* ---------------------------------------------------------------- 8 */
BOOK_SECTION("8.1", "Gaussians: basics")
BOOK("346", "8.1.1", "density",
	"var x(n), m(n), S(n,n) symmetric posdef; p = exp(-1/2*(x - m)'*inv(S)*(x - "
	"m))/sqrt(det(2*pi*S))", "log(p) == -1/2*logdet(2*pi*S) - 1/2*(x - m)'*inv(S)*(x - m)",
	"S positive definite", "the logarithm of the definition", "")
BOOK("347", "8.1.1", "gradient of the density",
	"var x(n), m(n), S(n,n) symmetric posdef; p = exp(-1/2*(x - m)'*inv(S)*(x - "
	"m))/sqrt(det(2*pi*S))", "grad(p, x) == -p*inv(S)*(x - m)", "S positive definite", "", "")
BOOK("348", "8.1.1", "Hessian of the density",
	"var x(n), m(n), S(n,n) symmetric posdef; p = exp(-1/2*(x - m)'*inv(S)*(x - "
	"m))/sqrt(det(2*pi*S))", "hess(p, x) == p*(inv(S)*(x - m)*(x - m)'*inv(S) - inv(S))",
	"S positive definite", "", "")
BOOK("352-354", "8.1.3", "conditional distribution",
	"var x(m), y(n), A(m,m) symmetric, B(n,n) symmetric invertible, C(m,n); M = C*inv(B)*y; S = A "
	"- C*inv(B)*C'", "[x; y]'*inv([A, C; C', B])*[x; y] == (x - M)'*inv(S)*(x - M) + y'*inv(B)*y",
	"the covariance is invertible",
	"the exponents of the joint density, the conditional and the marginal one; the means are 0", "")
BOOK("357", "8.1.5", "rearranging means, A square",
	"var x(n), m(n), A(n,n) invertible, S(n,n) symmetric posdef; B = inv(A'*inv(S)*A); a = "
	"inv(A)*m",
	"exp(-1/2*(A*x - m)'*inv(S)*(A*x - m))/sqrt(det(2*pi*S)) == 1/abs(det(A))*exp(-1/2*(x - "
	"a)'*inv(B)*(x - a))/sqrt(det(2*pi*B))", "A square and invertible", "", "")
BOOK("", "8.1.6", "completing the square", "var A(n,n) symmetric invertible, b(n), x(n)",
	"-1/2*x'*A*x + b'*x == -1/2*(x - inv(A)*b)'*A*(x - inv(A)*b) + 1/2*b'*inv(A)*b",
	"A symmetric and invertible", "", "")
BOOK("", "8.1.6", "completing the square, matrices",
	"var A(n,n) symmetric invertible, B(n,p), X(n,p)",
	"-1/2*tr(X'*A*X) + tr(B'*X) == -1/2*tr((X - inv(A)*B)'*A*(X - inv(A)*B)) + 1/2*tr(B'*inv(A)*B)",
	"A symmetric and invertible", "", "")
BOOK("358-364", "8.1.7", "sum of two squared forms",
	"var x(n), m1(n), m2(n), S1(n,n) symmetric invertible, S2(n,n) symmetric invertible; K = "
	"inv(inv(S1) + inv(S2)); r = inv(S1)*m1 + inv(S2)*m2; mc = K*r; C = 1/2*r'*K*r - "
	"1/2*(m1'*inv(S1)*m1 + m2'*inv(S2)*m2)",
	"-1/2*(x - m1)'*inv(S1)*(x - m1) - 1/2*(x - m2)'*inv(S2)*(x - m2) == -1/2*(x - mc)'*inv(K)*(x "
	"- mc) + C", "S1, S2 symmetric", "", "")
BOOK("365-370", "8.1.7", "sum of two squared forms, traces",
	"var X(n,p), M1(n,p), M2(n,p), S1(n,n) symmetric invertible, S2(n,n) symmetric invertible; K = "
	"inv(inv(S1) + inv(S2)); R = inv(S1)*M1 + inv(S2)*M2; Mc = K*R; C = 1/2*tr(R'*K*R) - "
	"1/2*tr(M1'*inv(S1)*M1 + M2'*inv(S2)*M2)",
	"-1/2*tr((X - M1)'*inv(S1)*(X - M1)) - 1/2*tr((X - M2)'*inv(S2)*(X - M2)) == -1/2*tr((X - "
	"Mc)'*inv(K)*(X - Mc)) + C", "S1, S2 symmetric", "", "")
BOOK("371", "8.1.8", "product of two densities",
	"var x(n), m1(n), m2(n), S1(n,n) symmetric posdef, S2(n,n) symmetric posdef; K = inv(inv(S1) + "
	"inv(S2)); mc = K*(inv(S1)*m1 + inv(S2)*m2)",
	"exp(-1/2*(x - m1)'*inv(S1)*(x - m1))/sqrt(det(2*pi*S1))*exp(-1/2*(x - m2)'*inv(S2)*(x - "
	"m2))/sqrt(det(2*pi*S2)) == exp(-1/2*(m1 - m2)'*inv(S1 + S2)*(m1 - m2))/sqrt(det(2*pi*(S1 + "
	"S2)))*exp(-1/2*(x - mc)'*inv(K)*(x - mc))/sqrt(det(2*pi*K))", "S1, S2 positive definite", "",
	"")

BOOK_SECTION("8.4", "Mixtures of Gaussians")
#define MIXTURE "var s(n), m1(n), m2(n), S1(n,n) symmetric posdef, S2(n,n) symmetric posdef, " \
	"r1 positive, r2 positive; " \
	"N1 = exp(-1/2*(s - m1)'*inv(S1)*(s - m1))/sqrt(det(2*pi*S1)); " \
	"N2 = exp(-1/2*(s - m2)'*inv(S2)*(s - m2))/sqrt(det(2*pi*S2)); p = r1*N1 + r2*N2"
BOOK("391-392", "8.4.2", "by a weight", MIXTURE,
	"diff(log(p), r1) == r1*N1/p*diff(log(r1*N1), r1) == r1*N1/p*(1/r1)", "", "for two densities",
	"")
BOOK("393-394", "8.4.2", "by a mean", MIXTURE,
	"grad(log(p), m1) == r1*N1/p*grad(log(r1*N1), m1) == r1*N1/p*inv(S1)*(s - m1)", "",
	"for two densities", "")
BOOK("395-396", "8.4.2", "by a covariance", MIXTURE,
	"grad(log(p), S1) == r1*N1/p*1/2*(-inv(S1) + inv(S1)*(s - m1)*(s - m1)'*inv(S1))",
	"S1 symmetric",
	"for two densities; the derivative by all entries of S1, not by those of one triangle", "")
#undef MIXTURE

/* ---------------------------------------------------------------- 9 */
BOOK_SECTION("9.1", "Block matrices")
BOOK("", "9.1.1", "product of blocks",
	"var A(m,n), B(m,p), C(q,n), D(q,p), E(n,r), F(n,s), G(p,r), H(p,s)",
	"[A, B; C, D]*[E, F; G, H] == [A*E + B*G, A*F + B*H; C*E + D*G, C*F + D*H]", "", "", "")
BOOK("397-398", "9.1.2", "determinant of blocks",
	"var A(m,m), B(m,n), C(n,m), D(n,n); C1 = A - B*inv(D)*C; C2 = D - C*inv(A)*B",
	"det([A, B; C, D]) == det(D)*det(C1) == det(A)*det(C2)", "A, D invertible", "", "")
BOOK("399-400", "9.1.3", "inverse of blocks",
	"var A(m,m), B(m,n), C(n,m), D(n,n); C1 = A - B*inv(D)*C; C2 = D - C*inv(A)*B",
	"inv([A, B; C, D]) == [inv(C1), -inv(A)*B*inv(C2); -inv(C2)*C*inv(A), inv(C2)] == [inv(A) + "
	"inv(A)*B*inv(C2)*C*inv(A), -inv(C1)*B*inv(D); -inv(D)*C*inv(C1), inv(D) + "
	"inv(D)*C*inv(C1)*B*inv(D)]", "A, D and the two Schur complements invertible", "", "")
BOOK("401", "9.1.4", "inverse of a block diagonal matrix", "var A(m,m), D(n,n)",
	"inv([A, zeros(m,n); zeros(n,m), D]) == [inv(A), zeros(m,n); zeros(n,m), inv(D)]",
	"A, D invertible", "", "")
BOOK("402", "9.1.4", "determinant of a block diagonal matrix", "var A(m,m), D(n,n)",
	"det([A, zeros(m,n); zeros(n,m), D]) == det(A)*det(D)", "", "", "")
BOOK("", "9.1.5", "inverse by the Schur complement",
	"var A(m,m), B(m,n), C(n,m), D(n,n); S = A - B*inv(D)*C",
	"inv([A, B; C, D]) == [eye(m), zeros(m,n); -inv(D)*C, eye(n)]*[inv(S), zeros(m,n); zeros(n,m), "
	"inv(D)]*[eye(m), -B*inv(D); zeros(n,m), eye(n)]", "D, S invertible", "", "")
BOOK("", "9.1.5", "block elimination", "var A(m,m), B(m,n), C(n,m), D(n,n), x(m), y(n)",
	"(A - B*inv(D)*C)*x == b - B*inv(D)*c where b = A*x + B*y, c = C*x + D*y", "D invertible", "",
	"")

BOOK_SECTION("9.4", "Idempotent matrices")
#define PROJECTION "var X(n,r); A = X*inv(X'*X)*X'"
#define ANY_PROJECTION "A is the projection onto the range of X"
BOOK("418", "9.4", "powers", PROJECTION, "A^3 == A", "A idempotent", ANY_PROJECTION, "")
BOOK("419", "9.4", "the complement", PROJECTION, "(I - A)*(I - A) == I - A", "A idempotent",
	ANY_PROJECTION, "")
BOOK("420", "9.4", "the transpose", PROJECTION, "A'*A' == A'", "A idempotent", ANY_PROJECTION, "")
BOOK("421", "9.4", "the transposed complement", PROJECTION, "(I - A')*(I - A') == I - A'",
	"A idempotent", ANY_PROJECTION, "")
BOOK("422", "9.4", "product of two that commute",
	"var X(n,r), Y(m,s); A = kron(X*inv(X'*X)*X', eye(m)); B = kron(eye(n), Y*inv(Y'*Y)*Y')",
	"(A*B)*(A*B) == A*B", "A, B idempotent, A*B is B*A",
	"A and B are Kronecker products of projections and identities", "")
BOOK("423", "9.4", "trace as the rank", PROJECTION, "tr(A) == tr(eye(r))", "A idempotent",
	ANY_PROJECTION "; its rank is r", "")
BOOK("424", "9.4", "times the complement", PROJECTION, "A*(I - A) == zeros(n,n)", "A idempotent",
	ANY_PROJECTION, "")
BOOK("425", "9.4", "the complement times it", PROJECTION, "(I - A)*A == zeros(n,n)", "A idempotent",
	ANY_PROJECTION, "")
BOOK("426", "9.4", "pseudo-inverse", PROJECTION, "pinv(A) == A", "A idempotent and symmetric",
	ANY_PROJECTION "; unstated assumption: A is symmetric", "")
BOOK("427", "9.4", "functions of s*I + t*A", "var X(n,r), s, t; A = X*inv(X'*X)*X'",
	"expm(s*I + t*A) == (I - A)*exp(s) + A*exp(s + t)", "A idempotent",
	"for the exponential; " ANY_PROJECTION, "")
BOOK("428", "9.4.1", "functions of a nilpotent matrix",
	"var u(n), v(n), s, t; A = u*(v - (u'*v)/(u'*u)*u)'",
	"expm(s*I + t*A) == exp(s)*I + t*exp(s)*A", "A*A is 0",
	"for the exponential and a dyad of orthogonal vectors", "")
BOOK("429", "9.4.2", "functions of a unipotent matrix", "var u(n), s, t; A = I - 2*u*u'/(u'*u)",
	"expm(s*I + t*A) == ((I + A)*exp(s + t) + (I - A)*exp(s - t))/2", "A*A is I",
	"for the exponential and a reflection", "")
#undef PROJECTION
#undef ANY_PROJECTION

BOOK_SECTION("9.5", "Orthogonal matrices")
BOOK("", "9.5", "inverse", "var Q(n,n) orthogonal", "inv(Q) == Q'", "Q orthogonal", "", "")
BOOK("", "9.5", "inverse of the transpose", "var Q(n,n) orthogonal", "inv(Q)' == Q", "Q orthogonal",
	"", "")
BOOK("", "9.5", "products with the transpose", "var Q(n,n) orthogonal", "Q*Q' == Q'*Q == I",
	"Q orthogonal", "", "")
BOOK("", "9.5", "determinant", "var Q(n,n) orthogonal", "det(Q)^2 == 1", "Q orthogonal",
	"that is, det(Q) is 1 or -1", "")
BOOK("430-431", "9.5.1", "orthogonal and symmetric", "var Q(n,n) orthogonal symmetric",
	"Q'*Q == Q*Q == I", "Q orthogonal and symmetric", "", "")
BOOK("432-433", "9.5.1", "powers, orthogonal and symmetric", "var Q(n,n) orthogonal symmetric",
	"Q^3 == Q", "Q orthogonal and symmetric", "for the third power", "")
BOOK("438", "9.5.3", "symmetric and skew part", "var A(n,n)", "A == (A + A')/2 + (A - A')/2", "",
	"", "")

BOOK_SECTION("9.6", "Positive definite matrices")
BOOK("", "9.6.14", "elementwise product of two Gram matrices",
	"var a1(n), a2(n), b1(n), b2(n); A = [a1, a2]; B = [b1, b2]; R = [a1.*b1, a2.*b1, a1.*b2, "
	"a2.*b2]", "(A*A').*(B*B') == R*R'", "", "for two columns each", "")

BOOK_SECTION("9.7", "Single-entry matrix")
BOOK("443", "9.7.1", "an example", "", "J(2,3,4,4) == [0 0 0 0; 0 0 1 0; 0 0 0 0; 0 0 0 0]", "", "",
	"")
BOOK("444", "9.7.2", "moves a column", "var A(n,m)", "A*J(i,j,m,p) == A*e(i,m)*e(j,p)'", "", "", "")
BOOK("445", "9.7.2", "moves a row", "var A(n,m)", "J(i,j,p,n)*A == e(i,p)*e(j,n)'*A", "", "", "")
BOOK("446", "9.7.3", "A[k,i]*B[j,l]", "var A(m,n), B(n,p)",
	"A[k,i]*B[j,l] == (A*e(i,n)*e(j,n)'*B)[k,l] == (A*J(i,j,n,n)*B)[k,l]", "", "", "")
BOOK("447", "9.7.3", "A[i,k]*B[l,j]", "var A(n,m), B(p,n)",
	"A[i,k]*B[l,j] == (A'*e(i,n)*e(j,n)'*B')[k,l] == (A'*J(i,j,n,n)*B')[k,l]", "", "", "")
BOOK("448", "9.7.3", "A[i,k]*B[j,l]", "var A(n,m), B(n,p)",
	"A[i,k]*B[j,l] == (A'*e(i,n)*e(j,n)'*B)[k,l] == (A'*J(i,j,n,n)*B)[k,l]", "", "", "")
BOOK("449", "9.7.3", "A[k,i]*B[l,j]", "var A(m,n), B(p,n)",
	"A[k,i]*B[l,j] == (A*e(i,n)*e(j,n)'*B')[k,l] == (A*J(i,j,n,n)*B')[k,l]", "", "", "")
BOOK("", "9.7.4", "square, i = j", "", "J(i,i,n,n)*J(i,i,n,n) == J(i,i,n,n)", "", "", "")
BOOK("", "9.7.4", "with its transpose", "", "J(i,j,n,n)*J(i,j,n,n)' == J(i,i,n,n)", "", "", "")
BOOK("", "9.7.4", "its transpose with it", "", "J(i,j,n,n)'*J(i,j,n,n) == J(j,j,n,n)", "", "", "")
BOOK("", "9.7.4", "square, i not j", "", "J(1,2,3,3)*J(1,2,3,3) == zeros(3,3)", "",
	"for i = 1, j = 2", "")
BOOK("450", "9.7.5", "tr(A*J)", "var A(n,m)", "tr(A*J(i,j,m,n)) == tr(J(i,j,m,n)*A) == A'[i,j]", "",
	"", "")
BOOK("451", "9.7.5", "tr(A*J*B)", "var A(n,n), B(m,n)", "tr(A*J(i,j,n,m)*B) == (A'*B')[i,j]", "",
	"", "")
BOOK("452", "9.7.5", "tr(A*J'*B)", "var A(n,m), B(n,n)", "tr(A*J(j,i,m,n)*B) == (B*A)[i,j]", "", "",
	"")
BOOK("453", "9.7.5", "tr(A*J*J*B)", "var A(n,n), B(n,n)",
	"tr(A*J(i,j,n,n)*J(i,j,n,n)*B) == ((A'*B').*I)[i,j]", "",
	"the book's diag of a matrix is a matrix", "")
BOOK("454", "9.7.5", "x'*A*J*B*x", "var A(n,n), B(m,n), x(n)",
	"x'*A*J(i,j,n,m)*B*x == (A'*x*x'*B')[i,j]", "", "", "")
BOOK("455", "9.7.5", "x'*A*J*J*B*x", "var A(n,n), B(n,n), x(n)",
	"x'*A*J(i,j,n,n)*J(i,j,n,n)*B*x == ((A'*x*x'*B').*I)[i,j]", "", "", "")
BOOK("456-457", "9.7.6", "structure matrix, no structure", "var A(m,n)",
	"diff(A, A[i,j]) == J(i,j,m,n)", "", "", "")

BOOK_SECTION("9.8", "Symmetric and skew-symmetric matrices")
BOOK("459", "9.8.1", "symmetric", "var A(n,n) symmetric", "A == A'", "A symmetric", "", "")
BOOK("460", "9.8.2", "skew", "var A(n,n) skew", "A == -A'", "A skew", "", "")
BOOK("461", "9.8.2", "determinant of a skew matrix", "var A(n,n) skew",
	"det(A') == det(-A) == (-1)^n*det(A)", "A skew", "", "")
BOOK("462", "9.8.2", "determinant of a skew matrix of odd size", "var A(3,3) skew",
	"-det(A) == det(-A) == 0", "A skew", "for 3 x 3", "")
BOOK("463-464", "9.8.3", "symmetric and skew part", "var A(n,n)", "A == (A + A')/2 + (A - A')/2",
	"", "", "")

BOOK_SECTION("9.11", "Units, permutation and shift")
BOOK("475", "9.11.2", "row of a matrix", "var A(m,n)", "e(i,m)'*A*e(j,n) == A[i,j]", "",
	"entry by entry", "")
BOOK("476", "9.11.2", "column of a matrix", "var A(m,n)", "(A*e(j,n))[i] == A[i,j]", "",
	"entry by entry", "")
BOOK("477", "9.11.3", "a permutation", "",
	"[0 1 0; 1 0 0; 0 0 1] == [e(2,3), e(1,3), e(3,3)] == [e(2,3)'; e(1,3)'; e(3,3)']", "", "", "")
BOOK("478", "9.11.3", "permutations are orthogonal", "",
	"[0 1 0; 1 0 0; 0 0 1]*[0 1 0; 1 0 0; 0 0 1]' == eye(3)", "", "for one of them", "")
BOOK("479", "9.11.3", "permuted columns and rows", "var A(3,3)",
	"[A*[0 1 0; 1 0 0; 0 0 1], [0 1 0; 1 0 0; 0 0 1]*A] == [A*e(2,3), A*e(1,3), A*e(3,3), "
	"[e(2,3)'*A; e(1,3)'*A; e(3,3)'*A]]", "", "", "")
BOOK("480-481", "9.11.4", "shift", "var x(4)",
	"[0 0 0 0; 1 0 0 0; 0 1 0 0; 0 0 1 0]*x == [0; x[1]; x[2]; x[3]]", "", "for size 4", "")
BOOK("482-483", "9.11.4", "cyclic shift", "var x(4)",
	"[0 0 0 1; 1 0 0 0; 0 1 0 0; 0 0 1 0]*x == [x[4]; x[1]; x[2]; x[3]]", "",
	"for size 4 and one step", "")
BOOK("484", "9.11.4", "the cyclic shift is orthogonal", "",
	"inv([0 0 0 1; 1 0 0 0; 0 1 0 0; 0 0 1 0]) == [0 0 0 1; 1 0 0 0; 0 1 0 0; 0 0 1 0]'", "",
	"for size 4", "")

BOOK_SECTION("9.12", "Vandermonde matrices")
BOOK("485-486", "9.12", "determinant", "var a, b, c",
	"det([1, a, a^2; 1, b, b^2; 1, c, c^2]) == (b - a)*(c - a)*(c - b)", "", "for 3 x 3", "")

/* ---------------------------------------------------------------- 10 */
BOOK_SECTION("10.1", "Functions and series")
BOOK("487", "10.1.1", "geometric series", "var X(n,n)", "(X^4 - I)*inv(X - I) == I + X + X^2 + X^3",
	"X - I invertible", "for four terms; unstated assumption: X - I is invertible", "")
BOOK("490", "10.1.3", "Cayley and Hamilton", "var A(2,2)", "A^2 - tr(A)*A + det(A)*I == zeros(2,2)",
	"", "for 2 x 2", "")
BOOK("491", "10.1.3", "function of similar matrices", "var U(n,n), B(n,n)",
	"expm(U*B*inv(U)) == U*expm(B)*inv(U)", "U invertible", "for the exponential", "")
BOOK("493", "10.1.4", "function of A*B and of B*A", "var A(m,n), B(n,m)",
	"expm(A*B)*A == A*expm(B*A)", "", "for the exponential", "")
BOOK("498", "10.1.5", "product of exponentials", "var X(n,n), s, t",
	"expm(s*X)*expm(t*X) == expm(s*X + t*X)", "the two matrices commute",
	"for two multiples of one matrix", "")
BOOK("499", "10.1.5", "inverse of an exponential", "var A(n,n)", "inv(expm(A)) == expm(-A)", "", "",
	"")
BOOK("500", "10.1.5", "derivative of an exponential", "var A(n,n), t",
	"diff(expm(t*A), t) == A*expm(t*A) == expm(t*A)*A", "", "", "")
BOOK("501", "10.1.5", "trace of an exponential", "var A(n,n), t",
	"diff(tr(expm(t*A)), t) == tr(A*expm(t*A))", "", "", "")
BOOK("502", "10.1.5", "determinant of an exponential", "var A(n,n)", "det(expm(A)) == exp(tr(A))",
	"", "", "")

BOOK_SECTION("10.2", "Kronecker product and vec")
BOOK("505", "10.2.1", "definition", "var A(2,2), B(m,n)",
	"kron(A, B) == [A[1,1]*B, A[1,2]*B; A[2,1]*B, A[2,2]*B]", "", "for A 2 x 2", "")
BOOK("506", "10.2.1", "distributes over sums", "var A(m,n), B(p,q), C(p,q)",
	"kron(A, B + C) == kron(A, B) + kron(A, C)", "", "", "")
BOOK("507", "10.2.1", "the order matters", "var A(m,n), B(p,q)",
	"kron(A, B) == commutation(m,p)*kron(B, A)*commutation(q,n)", "",
	"the book says only that kron(A, B) and kron(B, A) differ; this is how", "")
BOOK("508", "10.2.1", "associates", "var A(m,n), B(p,q), C(r,s)",
	"kron(A, kron(B, C)) == kron(kron(A, B), C)", "", "", "")
BOOK("509", "10.2.1", "factors come out", "var A(m,n), B(p,q), a, b",
	"kron(a*A, b*B) == a*b*kron(A, B)", "", "", "")
BOOK("510", "10.2.1", "transpose", "var A(m,n), B(p,q)", "kron(A, B)' == kron(A', B')", "", "", "")
BOOK("511", "10.2.1", "mixed product", "var A(m,n), B(p,q), C(n,r), D(q,s)",
	"kron(A, B)*kron(C, D) == kron(A*C, B*D)", "", "", "")
BOOK("512", "10.2.1", "inverse", "var A(m,m), B(n,n)", "inv(kron(A, B)) == kron(inv(A), inv(B))",
	"A, B invertible", "", "")
BOOK("513", "10.2.1", "pseudo-inverse", "var A(m,n), B(p,q)",
	"pinv(kron(A, B)) == kron(pinv(A), pinv(B))", "", "", "")
BOOK("515", "10.2.1", "trace", "var A(m,m), B(n,n)", "tr(kron(A, B)) == tr(A)*tr(B)", "A, B square",
	"", "")
BOOK("516", "10.2.1", "determinant", "var A(m,m), B(n,n)", "det(kron(A, B)) == det(A)^n*det(B)^m",
	"A, B square",
	"the book has the ranks as exponents: right for invertible matrices, where they are the sizes",
	"")
BOOK("", "10.2.2", "definition of vec", "var A(2,2)", "vec(A) == [A[1,1]; A[2,1]; A[1,2]; A[2,2]]",
	"", "for 2 x 2", "")
BOOK("520", "10.2.2", "vec of a product", "var A(m,n), X(n,p), B(p,q)",
	"vec(A*X*B) == kron(B', A)*vec(X)", "", "", "")
BOOK("521", "10.2.2", "trace as an inner product", "var A(m,n), B(m,n)",
	"tr(A'*B) == vec(A)'*vec(B)", "", "", "")
BOOK("522", "10.2.2", "vec of a sum", "var A(m,n), B(m,n)", "vec(A + B) == vec(A) + vec(B)", "", "",
	"")
BOOK("523", "10.2.2", "vec of a multiple", "var A(m,n), c", "vec(c*A) == c*vec(A)", "", "", "")
BOOK("524", "10.2.2", "bilinear form of X*B*X'", "var X(m,n), B(n,n), a(m), c(m)",
	"a'*X*B*X'*c == vec(X)'*kron(B', c*a')*vec(X)", "",
	"misprint: B stands there without the transpose (right if B is symmetric)",
	"a'*X*B*X'*c == vec(X)'*kron(B, c*a')*vec(X)")

BOOK_SECTION("10.3", "Vector norms")
BOOK("525", "10.3.1", "1-norm", "var x(n)", "norm1(x) == sum(abs(x))", "", "", "")
BOOK("526", "10.3.1", "2-norm", "var x(n)", "norm2(x)^2 == x'*x", "", "", "")

BOOK_SECTION("10.4", "Matrix norms")
BOOK("531", "10.4.1", "norm of a multiple", "var A(m,n), c", "normfro(c*A) == abs(c)*normfro(A)",
	"", "for the Frobenius norm", "")
BOOK("541", "10.4.3", "Frobenius norm", "var A(m,n)",
	"normfro(A) == sqrt(sum(abs(A).^2)) == sqrt(tr(A*A'))", "", "", "")

/* ---------------------------------------------------------------- A */
BOOK_SECTION("A", "One-dimensional results")
#define GAUSS "var s, m, sigma positive; p = exp(-(s - m)^2/(2*sigma^2))/sqrt(2*pi*sigma^2)"
BOOK("551", "A.1", "density", GAUSS, "log(p) == -(s - m)^2/(2*sigma^2) - 1/2*log(2*pi*sigma^2)",
	"sigma > 0", "the logarithm of the definition", "")
BOOK("555", "A.1", "density by the mean", GAUSS, "diff(p, m) == p*(s - m)/sigma^2", "sigma > 0", "",
	"")
BOOK("556", "A.1", "log-density by the mean", GAUSS, "diff(log(p), m) == (s - m)/sigma^2",
	"sigma > 0", "", "")
BOOK("557", "A.1", "density by the deviation", GAUSS,
	"diff(p, sigma) == p*(1/sigma)*((s - m)^2/sigma^2 - 1)", "sigma > 0", "", "")
BOOK("558", "A.1", "log-density by the deviation", GAUSS,
	"diff(log(p), sigma) == (1/sigma)*((s - m)^2/sigma^2 - 1)", "sigma > 0", "", "")
#undef GAUSS
BOOK("", "A.1", "completing the square", "var p, q, r, x; m = -q/(2*p); v = -1/(2*p)",
	"p*x^2 + q*x + r == -(x - m)^2/(2*v) + r - q^2/(4*p)", "p not 0",
	"m and v are mean and variance of the density that has this exponent", "")
BOOK("569", "A.2", "softmax weights", "var r(n)",
	"jac(softmax(r), r) == diag(softmax(r)) - softmax(r)*softmax(r)'", "", "", "")

#undef BOOK_SECTION
#undef BOOK
