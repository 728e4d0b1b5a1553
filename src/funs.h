/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * funs.h: the function table, the one place that says what a function is. Parser, shapes, differentiation, evaluation,
 * printing, help, completion and tests read it; adding a function is adding a row (and a kernel in funs.c or a case in
 * ops.c and eval.c).
 *
 *   FUN(id, name, aliases, class, min, max, args, shape, rule, kernel, domain, domain_ok, latex, help, cookbook, example)
 *
 * The columns are those of struct Fun in core.h. What needs more words:
 *
 * min, max  numbers of arguments; max 0: internal, has no name a user could call.
 * rule      the derivative, in mdx. z and y are the arguments, G the upstream gradient (the shape of the value).
 *           FC_ELEM: the derivative by z; with two arguments `by z; by y`. At a kink the choice is the one that
 *           help shows: abs'(0) = sign(0) = 0, relu'(0) = step(0) = 0, and step' = sign' = 0 everywhere.
 *           FC_MATFUN: what G contributes to the gradient by z, linear in G; several, separated by `;`, belong to the
 *           values 0, 1, 2 of the node's parameter. expm and mpow are differentiated in diff.c.
 *           Others: the same, for help; their nodes are products and sums, which need no rule.
 * axes      of FN nodes. det, logdet: none. inv, adj, mpow, softmax, tril, triu: those of the argument. pinv: those of
 *           the argument, exchanged. logsumexp: none for parameter 0 (a vector), one for 1 (down the columns, n of
 *           m x n) and 2 (along the rows, m). expm with parameter k: [i,j,k1,l1,...], its k-th derivative.
 * param     of FN nodes. softmax, logsumexp: 0 a vector, 1 down the columns, 2 along the rows. mpow: the exponent.
 *           expm: the order of the derivative.
 * latex     with #1, #2: a pattern; otherwise the name of the operator.
 * cookbook  equation numbers of the Matrix Cookbook, version of 15 November 2012.
 */

/* ---- elementwise, one argument */
FUN(exp, "exp", "", FC_ELEM, 1, 1, "X", "m x n -> m x n", "exp(z)",
    k_exp, "", NULL, "\\exp", "exponential function, entry by entry", "", "grad(sum(exp(x)), x)")
FUN(log, "log", "ln", FC_ELEM, 1, 1, "X", "m x n -> m x n", "1./z",
    k_log, "x > 0", dom_positive, "\\log", "natural logarithm, entry by entry", "", "grad(sum(log(x)), x)")
FUN(sqrt, "sqrt", "", FC_ELEM, 1, 1, "X", "m x n -> m x n", "1./(2*sqrt(z))",
    k_sqrt, "x >= 0", dom_nonneg, "\\sqrt{#1}", "square root, entry by entry", "", "grad(sum(sqrt(x)), x)")
FUN(abs, "abs", "", FC_ELEM, 1, 1, "X", "m x n -> m x n", "sign(z)",
    k_abs, "", NULL, "\\left\\lvert #1\\right\\rvert", "absolute value, entry by entry; its derivative at 0 is 0", "",
    "grad(sum(abs(x)), x)")
FUN(sign, "sign", "", FC_ELEM, 1, 1, "X", "m x n -> m x n", "0",
    k_sign, "", NULL, "\\operatorname{sign}", "-1, 0 or 1, entry by entry; its derivative is 0", "", "grad(norm1(x), x)")
FUN(sin, "sin", "", FC_ELEM, 1, 1, "X", "m x n -> m x n", "cos(z)",
    k_sin, "", NULL, "\\sin", "sine, entry by entry", "", "jac(sin(x), x)")
FUN(cos, "cos", "", FC_ELEM, 1, 1, "X", "m x n -> m x n", "-sin(z)",
    k_cos, "", NULL, "\\cos", "cosine, entry by entry", "", "jac(cos(x), x)")
FUN(tan, "tan", "", FC_ELEM, 1, 1, "X", "m x n -> m x n", "1 + tan(z).^2",
    k_tan, "", NULL, "\\tan", "tangent, entry by entry", "", "grad(sum(tan(x)), x)")
FUN(asin, "asin", "arcsin", FC_ELEM, 1, 1, "X", "m x n -> m x n", "1./sqrt(1 - z.^2)",
    k_asin, "|x| <= 1", dom_unit, "\\arcsin", "inverse sine, entry by entry", "", "grad(sum(asin(x)), x)")
FUN(acos, "acos", "arccos", FC_ELEM, 1, 1, "X", "m x n -> m x n", "-1./sqrt(1 - z.^2)",
    k_acos, "|x| <= 1", dom_unit, "\\arccos", "inverse cosine, entry by entry", "", "grad(sum(acos(x)), x)")
FUN(atan, "atan", "arctan", FC_ELEM, 1, 1, "X", "m x n -> m x n", "1./(1 + z.^2)",
    k_atan, "", NULL, "\\arctan", "inverse tangent, entry by entry", "", "grad(sum(atan(x)), x)")
FUN(sinh, "sinh", "", FC_ELEM, 1, 1, "X", "m x n -> m x n", "cosh(z)",
    k_sinh, "", NULL, "\\sinh", "hyperbolic sine, entry by entry", "", "grad(sum(sinh(x)), x)")
FUN(cosh, "cosh", "", FC_ELEM, 1, 1, "X", "m x n -> m x n", "sinh(z)",
    k_cosh, "", NULL, "\\cosh", "hyperbolic cosine, entry by entry", "", "grad(sum(cosh(x)), x)")
FUN(tanh, "tanh", "", FC_ELEM, 1, 1, "X", "m x n -> m x n", "1 - tanh(z).^2",
    k_tanh, "", NULL, "\\tanh", "hyperbolic tangent, entry by entry", "", "grad(sqnorm(tanh(W*x) - y), W)")
FUN(relu, "relu", "", FC_ELEM, 1, 1, "X", "m x n -> m x n", "step(z)",
    k_relu, "", NULL, "\\operatorname{relu}", "max(x, 0), entry by entry; its derivative at 0 is 0", "",
    "grad(sum(relu(W*x)), W)")
FUN(step, "step", "", FC_ELEM, 1, 1, "X", "m x n -> m x n", "0",
    k_step, "", NULL, "\\operatorname{step}", "1 where x > 0, else 0; its derivative is 0", "", "grad(sum(relu(x)), x)")
FUN(sigmoid, "sigmoid", "sigma \317\203", FC_ELEM, 1, 1, "X", "m x n -> m x n", "sigmoid(z).*(1 - sigmoid(z))",
    k_sigmoid, "", NULL, "\\sigma", "logistic function 1/(1 + exp(-x)), entry by entry", "", "grad(sum(sigmoid(x)), x)")
FUN(softplus, "softplus", "", FC_ELEM, 1, 1, "X", "m x n -> m x n", "sigmoid(z)",
    k_softplus, "", NULL, "\\operatorname{softplus}", "log(1 + exp(x)), entry by entry", "",
    "grad(sum(softplus(-y.*(X*w))), w)")
FUN(swish, "swish", "silu", FC_ELEM, 1, 1, "X", "m x n -> m x n", "sigmoid(z).*(z + 1 - z.*sigmoid(z))",
    k_swish, "", NULL, "\\operatorname{swish}", "x.*sigmoid(x), entry by entry", "", "grad(sum(swish(W*x)), W)")
FUN(erf, "erf", "", FC_ELEM, 1, 1, "X", "m x n -> m x n", "2/sqrt(pi)*exp(-z.^2)",
    k_erf, "", NULL, "\\operatorname{erf}", "error function, entry by entry", "", "grad(sum(erf(x)), x)")
FUN(square, "square", "", FC_ELEM, 1, 1, "X", "m x n -> m x n", "2*z",
    k_square, "", NULL, "#1^{\\circ 2}", "x.^2, entry by entry", "", "grad(sum(square(A*x - b)), x)")

/* ---- elementwise, two arguments */
FUN(max, "max", "", FC_ELEM, 2, 2, "X, Y", "m x n, m x n -> m x n", "step(z - y); 1 - step(z - y)",
    k_max, "", NULL, "\\max", "the larger, entry by entry; where both are equal, the derivative is that of Y, or of a number", "",
    "grad(sum(max(x, y)), x)")
FUN(min, "min", "", FC_ELEM, 2, 2, "X, Y", "m x n, m x n -> m x n", "step(y - z); 1 - step(y - z)",
    k_min, "", NULL, "\\min", "the smaller, entry by entry; where both are equal, the derivative is that of Y, or of a number", "",
    "grad(sum(min(x, y)), x)")
FUN(pow, "pow", "", FC_ELEM, 2, 2, "X, Y", "m x n, m x n -> m x n", "y.*z.^(y - 1); log(z).*z.^y",
    k_pow, "x > 0, or y an integer", dom_pow, "#1^{#2}", "X.^Y, entry by entry", "", "diff(a^b, a)")

/* ---- made of products and sums by ops.c */
FUN(sum, "sum", "", FC_MACRO, 1, 2, "X, axis", "m x n -> scalar; sum(X,1): 1 x n; sum(X,2): m x 1", "G*ones(m,n)",
    NULL, "", NULL, "\\operatorname{sum}", "sum of all entries; sum(X,1) of each column, sum(X,2) of each row", "",
    "grad(sum(X), X)")
FUN(mean, "mean", "", FC_MACRO, 1, 2, "X, axis", "m x n -> scalar; mean(X,1): 1 x n; mean(X,2): m x 1",
    "G/(m*n)*ones(m,n)",
    NULL, "", NULL, "\\operatorname{mean}", "mean of all entries; mean(X,1) of each column, mean(X,2) of each row", "",
    "grad(mean(x), x)")
FUN(tr, "tr", "trace", FC_MACRO, 1, 1, "X", "n x n -> scalar", "G*I",
    NULL, "", NULL, "\\operatorname{tr}", "trace: the sum of the diagonal", "11, 13-17, 99-127", "grad(tr(A*X), X)")
FUN(dot, "dot", "", FC_MACRO, 2, 2, "X, Y", "m x n, m x n -> scalar", "G*y; G*z",
    NULL, "", NULL, "\\left\\langle #1, #2\\right\\rangle", "inner product: sum(X.*Y)", "", "grad(dot(A*x, y), x)")
FUN(sqnorm, "sqnorm", "", FC_MACRO, 1, 1, "X", "m x n -> scalar", "2*G*z",
    NULL, "", NULL, "\\left\\lVert #1\\right\\rVert^2", "sum of the squares of all entries", "131, 132, 526", "grad(sqnorm(A*x - b), x)")
FUN(norm, "norm", "", FC_MACRO, 1, 1, "X", "m x n -> scalar", "G*z/norm(z)",
    NULL, "", NULL, "\\left\\lVert #1\\right\\rVert", "2-norm of a vector, Frobenius norm of a matrix", "129-131, 531, 541",
    "grad(norm(A*x - b), x)")
FUN(norm1, "norm1", "", FC_MACRO, 1, 1, "x", "n x 1 -> scalar", "G*sign(z)",
    NULL, "", NULL, "\\left\\lVert #1\\right\\rVert_1", "sum of the absolute values of a vector", "525", "grad(norm1(A*x - b), x)")
FUN(norm2, "norm2", "", FC_MACRO, 1, 1, "x", "n x 1 -> scalar", "G*z/norm(z)",
    NULL, "", NULL, "\\left\\lVert #1\\right\\rVert_2", "2-norm of a vector", "129-131, 526", "grad(norm2(A*x - b), x)")
FUN(normfro, "normfro", "", FC_MACRO, 1, 1, "X", "m x n -> scalar", "G*z/normfro(z)",
    NULL, "", NULL, "\\left\\lVert #1\\right\\rVert_F", "Frobenius norm: sqrt(sum(X.^2))", "132, 531, 541", "grad(normfro(X)^2, X)")
FUN(transpose, "transpose", "", FC_MACRO, 1, 1, "X", "m x n -> n x m", "G'",
    NULL, "", NULL, "#1^\\top", "transpose, as X'", "3-6, 20, 44", "jac(transpose(X), X)")
FUN(diag, "diag", "", FC_MACRO, 1, 1, "x", "n x 1 -> n x n; n x n -> n x 1", "diag(G)",
    NULL, "", NULL, "\\operatorname{diag}", "the diagonal matrix of a vector; the diagonal of a square matrix", "",
    "grad(w'*diag(x)*w, x)")
FUN(vec, "vec", "", FC_MACRO, 1, 1, "X", "m x n -> m*n x 1", "reshape(G,m,n)",
    NULL, "", NULL, "\\operatorname{vec}", "the columns of a matrix, stacked", "272-275, 520-524", "jac(vec(A*X), X)")
FUN(reshape, "reshape", "", FC_MACRO, 3, 3, "X, m, n", "p x q -> m x n", "reshape(G,p,q)",
    NULL, "", NULL, "\\operatorname{reshape}", "the entries, taken down the columns, as an m x n matrix", "",
    "jac(reshape(x,2,3), x)")
FUN(kron, "kron", "", FC_MACRO, 2, 2, "X, Y", "m x n, p x q -> m*p x n*q", "",
    NULL, "", NULL, "#1 \\otimes #2", "Kronecker product: the blocks X[i,j]*Y; its differential is kron(dX, Y) + kron(X, dY)", "39, 105, 120, 505-513, 515, 516, 520", "jac(A*X*B, X)")

/* ---- nodes of their own */
FUN(det, "det", "", FC_MATFUN, 1, 1, "X", "n x n -> scalar", "G*det(z)*inv(z)'",
    NULL, "", NULL, "\\det", "determinant", "19-29, 41, 42, 46-54, 58, 62, 397, 398", "grad(det(X), X)")
FUN(logdet, "logdet", "", FC_MATFUN, 1, 1, "X", "n x n -> scalar", "G*inv(z)'",
    NULL, "det(X) not 0", NULL, "\\log\\left\\lvert\\det #1\\right\\rvert", "log(abs(det(X)))", "43, 55-57, 141", "grad(logdet(X), X)")
FUN(inv, "inv", "", FC_MATFUN, 1, 1, "X", "n x n -> n x n", "-inv(z)'*G*inv(z)'",
    NULL, "det(X) not 0", NULL, "#1^{-1}", "inverse; also X^-1", "1-3, 31, 40, 59-64, 124-127, 145, 151, 155-167", "grad(x'*inv(A)*y, A)")
FUN(pinv, "pinv", "", FC_MATFUN, 1, 1, "X", "m x n -> n x m",
    "-pinv(z)'*G*pinv(z)' + (I - z*pinv(z))*G'*pinv(z)*pinv(z)' + pinv(z)'*pinv(z)*G'*(I - pinv(z)*z)",
    NULL, "derivative: constant rank", NULL, "#1^{+}", "Moore-Penrose pseudo-inverse", "199, 200, 203-209, 214-222, 224, 513", "pinv(x)")
FUN(adj, "adj", "", FC_MATFUN, 1, 1, "X", "n x n -> n x n", "det(z)*(tr(G'*inv(z))*inv(z)' - inv(z)'*G*inv(z)')",
    NULL, "derivative: det(X) not 0", NULL, "\\operatorname{adj}", "adjugate: X*adj(X) is det(X)*I", "41, 146-151",
    "grad(tr(adj(X)), X)")
FUN(expm, "expm", "", FC_MATFUN, 1, 1, "X", "n x n -> n x n", "",
    NULL, "", NULL, "e^{#1}", "matrix exponential; its derivative is the Frechet derivative", "491, 493, 498-502", "diff(expm(t*A), t)")
FUN(mpow, "mpow", "", FC_MATFUN, 0, 0, "X, k", "n x n -> n x n", "",
    NULL, "", NULL, "#1^{#2}", "integer power of a square matrix, written X^k", "23, 58, 90-92, 106, 107, 121, 122", "grad(tr(X^3), X)")
FUN(softmax, "softmax", "", FC_MATFUN, 1, 2, "x, axis", "n x 1 -> n x 1; softmax(X,1), softmax(X,2): m x n -> m x n",
    "softmax(z).*G - softmax(z)*(softmax(z)'*G); "
    "softmax(z,1).*G - softmax(z,1)*diag(sum(softmax(z,1).*G,1)); "
    "softmax(z,2).*G - diag(sum(softmax(z,2).*G,2))*softmax(z,2)",
    NULL, "", NULL, "\\operatorname{softmax}",
    "exp(x)/sum(exp(x)); softmax(X,1) of each column, softmax(X,2) of each row", "569", "jac(softmax(x), x)")
FUN(logsumexp, "logsumexp", "", FC_MATFUN, 1, 2, "X, axis",
    "m x n -> scalar; logsumexp(X,1): 1 x n; logsumexp(X,2): m x 1",
    "G*softmax(z); softmax(z,1)*diag(G); diag(G)*softmax(z,2)",
    NULL, "", NULL, "\\operatorname{logsumexp}",
    "log(sum(exp(X))); logsumexp(X,1) of each column, logsumexp(X,2) of each row", "", "hess(logsumexp(x), x)")
FUN(tril, "tril", "", FC_MATFUN, 1, 1, "X", "n x n -> n x n", "tril(G)",
    NULL, "", NULL, "\\operatorname{tril}", "the lower triangle, the diagonal included, zeros above", "", "grad(sum(tril(A)), A)")
FUN(triu, "triu", "", FC_MATFUN, 1, 1, "X", "n x n -> n x n", "triu(G)",
    NULL, "", NULL, "\\operatorname{triu}", "the upper triangle, the diagonal included, zeros below", "", "grad(sum(triu(A)), A)")

/* ---- constants */
FUN(commutation, "commutation", "", FC_CONST, 2, 2, "m, n", "m*n x m*n", "",
    NULL, "", NULL, "K_{#1,#2}", "commutation matrix: commutation(m,n)*vec(X) is vec(X') for X m x n", "",
    "jac(X', X)")
FUN(eye, "eye", "", FC_CONST, 1, 1, "n", "n x n", "",
    NULL, "", NULL, "I_{#1}", "identity matrix; I is the one whose size follows from its place", "", "jac(A*X, X)")
FUN(ones, "ones", "", FC_CONST, 2, 2, "m, n", "m x n", "",
    NULL, "", NULL, "\\mathbf{1}_{#1\\times #2}", "matrix of ones", "", "ones(1,n)*x")
FUN(zeros, "zeros", "", FC_CONST, 2, 2, "m, n", "m x n", "",
    NULL, "", NULL, "\\mathbf{0}_{#1\\times #2}", "matrix of zeros", "", "zeros(n,n) + A*A'")
FUN(e, "e", "", FC_CONST, 2, 2, "i, n", "n x 1", "",
    NULL, "", NULL, "\\mathbf{e}_{#1}", "unit vector: 1 at i, else 0", "", "A*e(2,n)")
FUN(J, "J", "", FC_CONST, 4, 4, "i, j, m, n", "m x n", "",
    NULL, "", NULL, "J^{#1,#2}", "single-entry matrix: 1 at [i,j], else 0", "73-75, 80, 90, 443-457", "diff(X, X[i,j])")
FUN(vector, "vector", "", FC_CONST, 1, 1, "c", "n x 1", "",
    NULL, "", NULL, "#1\\,\\mathbf{1}", "vector of equal entries; its size follows from its place", "", "x + vector(2)")
FUN(matrix, "matrix", "", FC_CONST, 1, 1, "c", "m x n", "",
    NULL, "", NULL, "#1\\,\\mathbf{1}", "matrix of equal entries; its size follows from its place", "", "X + matrix(2)")

/* ---- derivatives */
FUN(grad, "grad", "\342\210\207", FC_DERIV, 2, 2, "f, X", "scalar f, X m x n -> m x n", "",
    NULL, "", NULL, "\\nabla_{#2}\\, #1",
    "gradient of a scalar; within the symmetric (diagonal, ...) matrices when X is declared so", "", "grad(x'*A*x, x)")
FUN(jac, "jac", "", FC_DERIV, 2, 2, "F, X", "F p x q, X m x n -> p*q x m*n", "",
    NULL, "", NULL, "\\frac{\\partial\\operatorname{vec}(#1)}{\\partial\\operatorname{vec}(#2)^\\top}",
    "Jacobian of vec(F) by vec(X)", "", "jac(A*X*B, X)")
FUN(hess, "hess", "", FC_DERIV, 2, 2, "f, X", "scalar f, X m x n -> m*n x m*n", "",
    NULL, "", NULL, "\\nabla^2_{#2}\\, #1", "Hessian: jac(grad(f, X), X), of the unconstrained gradient", "98, 348",
    "hess(x'*A*x, x)")
FUN(diff, "diff", "", FC_DERIV, 2, 2, "F, X", "by a scalar: F's; of a scalar: X's; of vectors: the Jacobian", "",
    NULL, "", NULL, "\\frac{\\partial #1}{\\partial #2}",
    "derivative in its natural shape; matrix by matrix in index notation", "32, 46-48, 59, 60, 73-76, 79, 80, 90", "diff(inv(X), X)")
FUN(dir, "dir", "", FC_DERIV, 3, 3, "F, X, V", "F p x q, X and V m x n -> p x q", "",
    NULL, "", NULL, "\\mathrm{D}_{#2}\\left(#1\\right)[#3]", "directional derivative of F at X along V", "33-44", "dir(inv(X), X, V)")
FUN(vjp, "vjp", "", FC_DERIV, 3, 3, "F, X, G", "F and G p x q, X m x n -> m x n", "",
    NULL, "", NULL, "\\operatorname{vjp}", "pulls the upstream gradient G back through F to X: grad(sum(G.*F), X)", "",
    "vjp(A*X*B, X, G)")
FUN(structgrad, "structgrad", "", FC_DERIV, 2, 2, "f, X", "scalar f, X n x n -> n x n", "",
    NULL, "", NULL, "\\frac{\\mathrm{d} #1}{\\mathrm{d} #2}",
    "derivative by the free entries of a symmetric X: G + G' - G.*I", "138-141", "structgrad(x'*X*y, X)")

/* ---- values */
FUN(rand, "rand", "", FC_VALUE, 2, 2, "m, n", "m x n", "",
    NULL, "", NULL, "", "random numbers between 0 and 1; see seed", "", "U = rand(3,2)")
FUN(randn, "randn", "", FC_VALUE, 2, 2, "m, n", "m x n", "",
    NULL, "", NULL, "", "normally distributed random numbers; see seed", "", "Z = randn(3,2)")
FUN(load, "load", "", FC_VALUE, 1, 1, "\"file\"", "that of the file", "",
    NULL, "", NULL, "", "a matrix from a file: CSV, Matrix Market or NumPy .npy", "", "W = load(\"w.csv\")")
