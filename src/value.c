/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * value.c: what is a value rather than a definition (rand, randn, load, matrices of numbers), how
 * it is found, and numbers as text. Values inside an expression become leaves with hidden names,
 * so that everything else is elaborated, built and evaluated as usual.
 */
#include "core.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- what is a value */

typedef struct Bound { Sym name; const struct Bound *up; } Bound;

static bool
is_bound(const Bound *b, Sym name)
{
	while (b && b->name != name)
		b = b->up;
	return b != NULL;
}

/* The function of the language that a call means, or NULL when the name has another meaning. */
static const Fun *
called(Mdx *s, const Tree *call, const Bound *b)
{
	Sym name = call->kid[0]->kind == TREE_NAME ? call->kid[0]->name : NULL;
	if (!name || is_bound(b, name))
		return NULL;
	const Entry *e = session_find(s, name);
	return e && (e->kind == NAME_FUNCTION || e->kind == NAME_UFUN) ? NULL : fun_find(name);
}

static bool closed(Mdx *s, const Tree *t, const Bound *b);

static bool
closed_call(Mdx *s, const Tree *t, const Bound *b)
{
	const Fun *f = called(s, t, b);
	if (f && f->cls == FC_VALUE)
		return true;    /* its sizes must be known in any case */
	if (f && (f->cls == FC_DERIV || f->id == F_vector || f->id == F_matrix))
		return false;
	for (int i = 1; i < t->n; i++) {
		if (!closed(s, t->kid[i], b))
			return false;
	}
	if (f)
		return true;
	const Entry *e = session_find(s, t->kid[0]->name);
	if (!e || e->kind != NAME_FUNCTION)
		return false;
	Bound *param = NEWN(s->arena, Bound, e->nparam + 1);
	for (int i = 0; i < e->nparam; i++)
		param[i] = (Bound){e->param[i], i ? &param[i - 1] : NULL};
	return closed(s, e->tree, e->nparam ? &param[e->nparam - 1] : NULL);
}

static bool
closed(Mdx *s, const Tree *t, const Bound *b)
{
	switch (t->kind) {
	case TREE_NAME:
		return is_bound(b, t->name) || t->name == sym("pi") || t->name == sym("π");
	case TREE_CALL:
		return t->kid[0]->kind == TREE_NAME && closed_call(s, t, b);
	case TREE_DERIV:
	case TREE_EQ:
	case TREE_LAST:
		return false;
	case TREE_WHERE: {
		Bound *here = NEWN(s->arena, Bound, t->n);
		for (int i = 1; i < t->n; i++) {
			if (!closed(s, t->kid[i]->kid[0], b))
				return false;
			here[i] = (Bound){t->kid[i]->name, b};
			b = &here[i];
		}
		return closed(s, t->kid[0], b);
	}
	default:
		for (int i = 0; i < t->n; i++) {
			if (!closed(s, t->kid[i], b))
				return false;
		}
		return true;
	}
}

bool
value_closed(Mdx *s, const Tree *t)
{
	return closed(s, t, NULL);
}

static bool
is_value_call(Mdx *s, const Tree *t)
{
	const Fun *f = t->kind == TREE_CALL ? called(s, t, NULL) : NULL;
	return f && f->cls == FC_VALUE;
}

const Tree *
value_call(Mdx *s, const Tree *t)
{
	if (is_value_call(s, t))
		return t;
	for (int i = 0; i < t->n; i++) {
		const Tree *found = value_call(s, t->kid[i]);
		if (found)
			return found;
	}
	return NULL;
}

/* a matrix literal that is data rather than part of a formula */
static bool
has_large_literal(const Tree *t)
{
	enum { LARGE = 64 };
	if (t->kind == TREE_MATRIX &&
		(t->n > LARGE || t->kid[0]->n > LARGE || t->n * t->kid[0]->n > LARGE))
		return true;
	for (int i = 0; i < t->n; i++) {
		if (has_large_literal(t->kid[i]))
			return true;
	}
	return false;
}

bool
value_wanted(Mdx *s, const Tree *t)
{
	return value_call(s, t) || (has_large_literal(t) && closed(s, t, NULL));
}

/* ---- random numbers */

/* splitmix64: one word of state, the same everywhere */
static uint64_t
random_word(Mdx *s)
{
	if (s->seed == 0) {
		/* not seeded by the user: from the system */
		int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, &s->seed, sizeof s->seed) != sizeof s->seed)
			s->seed = (uint64_t)time(NULL) * 0x9e3779b97f4a7c15u;
		if (fd >= 0)
			close(fd);
		s->seed |= 1;
	}
	s->seed += 0x9e3779b97f4a7c15u;
	if (s->seed == 0)
		s->seed = 1;
	uint64_t z = s->seed;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* in (0, 1) */
static double
random_unit(Mdx *s)
{
	return ((double)(random_word(s) >> 11) + 0.5) * 0x1p-53;
}

/* Box and Muller; the second of each pair is not kept, so that seed is all the state there is */
static double
random_normal(Mdx *s)
{
	double r = sqrt(-2 * log(random_unit(s)));
	return r * cos(6.283185307179586477 * random_unit(s));
}

/* ---- values found at once */

/* A number made of numbers, as an entry of a matrix literal is; false for anything else. */
static bool
constant(const Tree *t, double *x)
{
	double y;
	switch (t->kind) {
	case TREE_NUM:
		*x = rat_double(t->num);
		return true;
	case TREE_POS:
		return constant(t->kid[0], x);
	case TREE_NEG:
		if (!constant(t->kid[0], x))
			return false;
		*x = -*x;
		return true;
	case TREE_DIV:
		if (t->n != 2 || !constant(t->kid[0], x) || !constant(t->kid[1], &y) || y == 0)
			return false;
		*x /= y;
		return true;
	default:
		return false;
	}
}

/* The value of a rectangular matrix literal of numbers, or NULL. */
static Tensor *
literal(Arena *a, const Tree *t)
{
	if (t->kind != TREE_MATRIX || t->n == 0 || t->kid[0]->n == 0)
		return NULL;
	long dim[2] = {t->n, t->kid[0]->n};
	double x;
	for (int i = 0; i < t->n; i++) {
		if (t->kid[i]->n != dim[1])
			return NULL;
		for (int j = 0; j < t->kid[i]->n; j++) {
			if (!constant(t->kid[i]->kid[j], &x))
				return NULL;
		}
	}
	Tensor *v = tensor_new(a, 2, dim);
	for (int i = 0; i < t->n; i++) {
		for (int j = 0; j < t->kid[i]->n; j++)
			constant(t->kid[i]->kid[j], &v->data[i * dim[1] + j]);
	}
	return v;
}

static Tensor *
as_matrix(Arena *a, Tensor *t)
{
	if (t->nax == 2)
		return t;
	Tensor *m = NEW(a, Tensor);
	*m = *t;
	m->nax = 2;
	m->dim = NEWN(a, long, 2);
	m->dim[0] = t->nax > 0 ? t->dim[0] : 1;
	m->dim[1] = 1;
	return m;
}

/* rand(m,n), randn(m,n), load("file") */
static Tensor *
call_value(Mdx *s, Arena *a, const Fun *f, const Tree *t)
{
	int narg = t->n - 1;
	if (narg < f->min || narg > f->max) {
		const char *hint =
			f->id != F_load && narg == 1
				? arena_printf(a, "%s(n,1) is a column, %s(n,n) a square matrix", f->name, f->name)
				: NULL;
		raise_hint(a, t->loc, hint, "%s wants %d argument%s (%s), got %d", f->name, f->min,
			f->min == 1 ? "" : "s", f->args, narg);
	}
	if (f->id == F_load) {
		const Tree *file = t->kid[1];
		if (file->kind != TREE_STR)
			raise_hint(a, file->loc, "load(\"w.csv\")", "load wants a file name in quotes");
		return as_matrix(a, io_load(a, file->loc, io_path(a, file->loc, file->name)));
	}
	long dim[2];
	for (int i = 0; i < 2; i++) {
		const Tree *d = t->kid[i + 1];
		dim[i] = sizes_eval(s, a, d);
		if (dim[i] < 1)
			raise_at(a, d->loc,
				dim[i] < 0 ? "%s wants a size it can know: a positive integer, or a "
							 "dimension name whose size follows from a value"
						   : "%s wants a positive integer for a size",
				f->name);
	}
	Tensor *v = tensor_new(a, 2, dim);
	for (size_t i = 0; i < v->size; i++) {
		if (i % 65536 == 0)
			poll_interrupt(a);
		v->data[i] = f->id == F_rand ? random_unit(s) : random_normal(s);
	}
	return v;
}

/* ---- values as leaves */

/* A hidden entry with this value; its name is what messages call it: the text itself when it is
   short. */
static Tree *
hide(Mdx *s, Arena *a, const Tree *t, Tensor *v)
{
	const char *text =
		t->kind != TREE_MATRIX || v->size <= 8 ? print_tree(a, t, STYLE_ASCII) : "[ ... ]";
	Sym name = sym(text);
	for (int k = 2; session_find(s, name); k++)
		name = sym(arena_printf(a, "%s #%d", text, k));
	Entry *e = NEW(a, Entry);
	*e = (Entry){.name = name, .kind = NAME_VAR, .value = v, .loc = t->loc};
	PUSH(a, s->hidden, s->nhidden, s->cap_hidden, e);
	return tree_name(a, t->loc, name);
}

Tree *
value_leaves(Mdx *s, Arena *a, Tree *t)
{
	Tensor *v = literal(a, t);
	if (!v && is_value_call(s, t))
		v = call_value(s, a, called(s, t, NULL), t);
	if (v)
		return hide(s, a, t, v);
	Tree *copy = NULL;
	for (int i = 0; i < t->n; i++) {
		Tree *kid = value_leaves(s, a, t->kid[i]);
		if (kid != t->kid[i])
			tree_replace(a, t, &copy, i, kid);
	}
	return copy ? copy : t;
}

Tensor *
value_matrix(Arena *a, const Term *t, Tensor *x)
{
	Tensor *m = NEW(a, Tensor);
	*m = *x;
	m->nax = 2;
	m->dim = NEWN(a, long, 2);
	int i = 0;
	m->dim[0] = dim_is(t->row, 1) ? 1 : x->dim[i++];
	m->dim[1] = dim_is(t->col, 1) ? 1 : x->dim[i++];
	if (i != x->nax)
		bug(a, "a value with %d axes for a shape with %d", x->nax, i);
	return m;
}

Tensor *
value_eval(Mdx *s, Arena *a, Tree *t)
{
	Tensor *v = literal(a, t);
	if (!v && is_value_call(s, t))
		v = call_value(s, a, called(s, t, NULL), t);
	if (v)
		return v;
	Elab *e = elab_new(s, a, dims_new(a));
	Term *term = elab_expr(e, value_leaves(s, a, t));
	if (term->nax > 2)
		raise_at(a, t->loc, "a name stands for a matrix, and this has %d axes", term->nax);
	Graph *g = graph_new(a, e->dims);
	return value_matrix(a, term, eval_node(g, build(g, term), session_env(s, g)));
}

/* ---- numbers as text */

static const char *
number(Arena *a, double x, int digits)
{
	if (isnan(x))
		return "NaN";
	if (isinf(x))
		return x > 0 ? "Inf" : "-Inf";
	return arena_printf(a, "%.*g", digits, x == 0 ? 0.0 : x);
}

/* characters before the decimal point (or the end), and from it on; a number with an exponent is
   aligned at its end */
static void
split(const char *text, int *before, int *after)
{
	size_t n = strlen(text), point = strcspn(text, ".");
	if (strpbrk(text, "eIN"))
		point = n;
	*before = (int)point;
	*after = (int)(n - point);
}

/* One matrix: columns aligned at their decimal points, two spaces between them. */
static void
matrix_text(
	Text *out, const double *x, long rows, long cols, long step_row, long step_col, int digits)
{
	Arena *a = out->a;
	const char **cell = NEWN(a, const char *, rows * cols);
	int *wide = NEWN(a, int, 2 * cols);
	for (long j = 0; j < cols; j++) {
		for (long i = 0; i < rows; i++) {
			const char *text = cell[i * cols + j] =
				number(a, x[i * step_row + j * step_col], digits);
			int before, after;
			split(text, &before, &after);
			wide[2 * j] = before > wide[2 * j] ? before : wide[2 * j];
			wide[2 * j + 1] = after > wide[2 * j + 1] ? after : wide[2 * j + 1];
		}
	}
	for (long i = 0; i < rows; i++) {
		for (long j = 0; j < cols; j++) {
			const char *text = cell[i * cols + j];
			int before, after;
			split(text, &before, &after);
			text_addf(out, "%s%*s%s", j ? "  " : "", wide[2 * j] - before, "", text);
			if (j + 1 < cols)
				text_addf(out, "%*s", wide[2 * j + 1] - after, "");
		}
		text_add(out, "\n");
	}
}

/* The last two of more than two axes are no special ones: a slice is shown for each index of the
   third and on. */
void
value_text(Text *out, const Tensor *x, int digits)
{
	long rows = x->nax > 0 ? x->dim[0] : 1, cols = x->nax > 1 ? x->dim[1] : 1;
	long inner = 1;
	for (int k = 2; k < x->nax; k++)
		inner *= x->dim[k];
	if (x->size == 1 && x->nax <= 2) {
		text_addf(out, "%s\n", number(out->a, x->data[0], digits));
		return;
	}
	for (long slice = 0; slice < inner; slice++) {
		if (x->nax > 2) {
			/* slice = ((i2*d3 + i3)*d4 + i4) ... */
			Text index = text_new(out->a);
			long rest = slice, scale = inner;
			for (int k = 2; k < x->nax; k++) {
				scale /= x->dim[k];
				text_addf(&index, ",%ld", rest / scale + 1);
				rest %= scale;
			}
			text_addf(out, "(:,:%s)\n", index.s);
		}
		matrix_text(out, x->data + slice, rows, cols, cols * inner, inner, digits);
	}
}

char *
value_literal(Arena *a, const Tensor *x, int digits)
{
	long rows = x->nax > 0 ? x->dim[0] : 1, cols = x->nax > 1 ? x->dim[1] : 1;
	Text t = text_new(a);
	if (x->size == 1) {
		text_add(&t, number(a, x->data[0], digits));
		return t.s;
	}
	text_add(&t, "[");
	for (long i = 0; i < rows; i++) {
		for (long j = 0; j < cols; j++)
			text_addf(&t, "%s%s",
				j   ? " "
				: i ? "; "
					: "",
				number(a, x->data[i * cols + j], digits));
	}
	text_add(&t, "]");
	return t.s;
}
