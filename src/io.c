/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * io.c: matrices in files. Reads text (commas, semicolons, tabs or blanks between the numbers),
 * Matrix Market and NumPy's .npy, told apart by content; writes .csv, .mtx and .npy, told apart by
 * name. Doubles survive a round trip unchanged. A file holds a matrix: one of order 1 is n x 1.
 */
#include "core.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* ---- files */

/* An open file that the arena closes when a raise gets in the way. */
typedef struct File { FILE *f; } File;

static void
file_close(void *file)
{
	File *x = file;
	if (x->f)
		fclose(x->f);
	x->f = NULL;
}

static File *
file_open(Arena *a, Loc loc, const char *path, const char *mode)
{
	File *x = NEW(a, File);
	arena_defer(a, file_close, x);
	x->f = fopen(path, mode);
	if (!x->f)
		raise_at(a, loc, "cannot open \"%s\": %s", path, strerror(errno));
	return x;
}

/* A file being read: all its bytes (NUL-terminated) and how far we are. */
typedef struct Input {
	Arena *a;
	Loc loc;
	const char *path;
	const char *p, *end;
	long line;                      /* number of the line last read; 0: none */
} Input;

static Input
input_open(Arena *a, Loc loc, const char *path)
{
	File *x = file_open(a, loc, path, "rb");
	struct stat st;
	size_t size = 0;
	if (fstat(fileno(x->f), &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		size = (size_t)st.st_size;
	/* one byte more, so that the end of the file is met without growing */
	size_t cap = size + 2 < 4096 ? 4096 : size + 2, n = 0, got;
	char *text = arena_alloc(a, cap);
	while ((got = fread(text + n, 1, cap - 1 - n, x->f)) > 0) {
		n += got;
		if (n == cap - 1) {
			char *more = arena_alloc(a, 2 * cap);
			memcpy(more, text, n);
			text = more;
			cap *= 2;
		}
	}
	if (ferror(x->f)) {
		poll_interrupt(a);      /* Ctrl-C ends a read that waits */
		raise_at(a, loc, "cannot read \"%s\": %s", path, strerror(errno));
	}
	file_close(x);
	return (Input){.a = a, .loc = loc, .path = path, .p = text, .end = text + n};
}

/* bytes of a file as they can be shown in a message */
static char *
shown(Arena *a, const char *s, size_t n)
{
	const size_t most = 40;
	const char *more = n > most ? "..." : "";
	char *t = arena_printf(a, "\"%.*s%s\"", (int)(n < most ? n : most), s, more);
	for (char *c = t; *c; c++) {
		if (!isprint((unsigned char)*c))
			*c = '?';
	}
	return t;
}

__attribute__((format(printf, 2, 3)))
static _Noreturn void
raise_line(const Input *in, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *msg = arena_vprintf(in->a, fmt, ap);
	va_end(ap);
	raise_at(in->a, in->loc, "\"%s\", line %ld: %s", in->path, in->line, msg);
}

static _Noreturn void
wanted(const Input *in, const char *want, const char *got, size_t n)
{
	raise_line(in, "wanted %s, got %s", want, n ? shown(in->a, got, n) : "nothing");
}

/* The next line, without its end (LF, CR LF or CR); false when there is none. */
static bool
next_line(Input *in, const char **s, const char **e)
{
	if (in->p == in->end)
		return false;
	const char *p = in->p;
	while (p < in->end && *p != '\n' && *p != '\r')
		p++;
	*s = in->p;
	*e = p;
	if (p < in->end)
		p += p[0] == '\r' && p[1] == '\n' ? 2 : 1;
	in->p = p;
	in->line++;
	poll_interrupt(in->a);
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

static void
trim(const char **s, const char **e)
{
	while (*s < *e && is_blank(**s))
		++*s;
	while (*e > *s && is_blank((*e)[-1]))
		--*e;
}

/* The number that fills s to e. The text behind e is a separator, an end of line or the NUL. */
static bool
to_number(const char *s, const char *e, double *x)
{
	if (s == e || isspace((unsigned char)*s))
		return false;
	char *stop;
	*x = strtod(s, &stop);
	return stop == e;
}

/* a matrix whose size the file gives: too large a one is an error at the name of the file */
static Tensor *
matrix_new(const Input *in, long rows, long cols)
{
	if (rows < 1 || cols < 1)
		raise_at(in->a, in->loc, "\"%s\" holds a matrix of %ld x %ld, which has no entries",
			in->path, rows, cols);
	Trap t;
	if (TRY(&t, in->a)) {
		Tensor *x = tensor_new(in->a, 2, (long[]){rows, cols});
		trap_end(&t);
		return x;
	}
	t.diag.loc = in->loc;
	raise_diag(in->a, &t.diag);
}

/* ---- text: numbers between separators */

/* Takes one field off a line: up to the separator, or up to a blank or tab when that is ' '. */
static void
next_field(const char **p, const char *e, char sep, const char **fs, const char **fe)
{
	if (sep == ' ') {
		while (*p < e && is_blank(**p))
			++*p;
		*fs = *p;
		while (*p < e && !is_blank(**p))
			++*p;
		*fe = *p;
		while (*p < e && is_blank(**p))
			++*p;
		return;
	}
	bool quoted = false;
	*fs = *p;
	while (*p < e && (quoted || **p != sep)) {
		quoted ^= **p == '"';
		++*p;
	}
	*fe = *p;
	trim(fs, fe);
}

typedef struct Numbers { double *x; int n, cap; } Numbers;

/* Reads the numbers of a line; gives their count. A header (no field of the line is a number) gives
   0, which only the first line may be. */
static long
read_row(const Input *in, const char *s, const char *e, char sep, bool first, Numbers *out)
{
	long n = 0;
	const char *bad = NULL, *badend = NULL;
	for (const char *p = s;; p += sep != ' ') {
		const char *fs, *fe;
		double x = 0;
		next_field(&p, e, sep, &fs, &fe);
		if (fe - fs >= 2 && *fs == '"' && fe[-1] == '"') {
			fs++;
			fe--;
		}
		if (to_number(fs, fe, &x)) {
			PUSH(in->a, out->x, out->n, out->cap, x);
			n++;
		} else if (!bad) {
			bad = fs;
			badend = fe;
		}
		if (p == e)
			break;
	}
	if (bad && (!first || n > 0))
		wanted(in, "a number", bad, (size_t)(badend - bad));
	return n;
}

static Tensor *
read_text(Input *in)
{
	Numbers all = {0};
	const char *s, *e;
	char sep = 0;
	long rows = 0, cols = 0;
	if (in->end - in->p >= 3 && memcmp(in->p, "\xef\xbb\xbf", 3) == 0)
		in->p += 3;
	while (next_line(in, &s, &e)) {
		const char *hash = memchr(s, '#', (size_t)(e - s));
		if (hash)
			e = hash;
		trim(&s, &e);
		if (s == e)
			continue;
		bool first = sep == 0;
		if (first) {
			size_t n = (size_t)(e - s);
			sep = memchr(s, ';', n) ? ';' : memchr(s, ',', n) ? ',' : ' ';
		}
		long n = read_row(in, s, e, sep, first, &all);
		if (n == 0)
			continue;
		if (rows == 0)
			cols = n;
		if (n != cols)
			raise_line(in, "wanted %ld number%s as in the first row, got %ld", cols,
				cols == 1 ? "" : "s", n);
		rows++;
	}
	if (rows == 0)
		raise_at(in->a, in->loc, "\"%s\" has no numbers in it", in->path);
	Tensor *t = matrix_new(in, rows, cols);
	memcpy(t->data, all.x, sizeof(double) * t->size);
	return t;
}

/* ---- Matrix Market */

typedef enum { MM_GENERAL, MM_SYMMETRIC, MM_SKEW } MarketShape;

typedef struct Market { bool coordinate, pattern; MarketShape shape; } Market;

/* "%%MatrixMarket matrix coordinate real general" */
static Market
market_header(const Input *in, const char *s, const char *e)
{
	Market m = {0};
	static const char *const want[5] = {
		"%%MatrixMarket", "matrix", "array or coordinate", "real, integer or pattern",
		"general, symmetric or skew-symmetric",
	};
	for (int i = 0; i < 5; i++) {
		const char *fs, *fe;
		next_field(&s, e, ' ', &fs, &fe);
		const char *w = arena_strndup(in->a, fs, (size_t)(fe - fs));
		bool ok = true;
		if (i == 1) {
			ok = strcasecmp(w, "matrix") == 0;
		} else if (i == 2) {
			m.coordinate = strcasecmp(w, "coordinate") == 0;
			ok = m.coordinate || strcasecmp(w, "array") == 0;
		} else if (i == 3) {
			m.pattern = strcasecmp(w, "pattern") == 0;
			ok = strcasecmp(w, "real") == 0 || strcasecmp(w, "integer") == 0 ||
				strcasecmp(w, "double") == 0 || (m.pattern && m.coordinate);
		} else if (i == 4) {
			m.shape = strcasecmp(w, "symmetric") == 0 ? MM_SYMMETRIC :
				strcasecmp(w, "skew-symmetric") == 0 ? MM_SKEW : MM_GENERAL;
			ok = m.shape != MM_GENERAL || strcasecmp(w, "general") == 0;
		}
		if (!ok)
			wanted(in, want[i], fs, (size_t)(fe - fs));
	}
	return m;
}

/* the next line that is neither a comment nor blank; the end of the file is an error */
static void
market_line(Input *in, const char *want, const char **s, const char **e)
{
	do {
		if (!next_line(in, s, e)) {
			in->line++;
			raise_line(in, "wanted %s, got the end of the file", want);
		}
		trim(s, e);
	} while (*s == *e || **s == '%');
}

static double
market_number(const Input *in, const char **s, const char *e, const char *want)
{
	const char *fs, *fe;
	double x;
	next_field(s, e, ' ', &fs, &fe);
	if (!to_number(fs, fe, &x))
		wanted(in, want, fs, (size_t)(fe - fs));
	return x;
}

static long
market_count(const Input *in, const char **s, const char *e, const char *want, long lo, long hi)
{
	const char *at = *s;
	double x = market_number(in, s, e, want);
	/* also false for NaN; counts up to 2^53 are exact */
	if (!(x >= (double)lo && x <= (double)hi && x == (double)(long)x))
		wanted(in, want, at, (size_t)(e - at));
	return (long)x;
}

static void
market_end(const Input *in, const char *s, const char *e)
{
	if (s != e)
		wanted(in, "the end of the line", s, (size_t)(e - s));
}

static void
market_entry(const Input *in, Market m, Tensor *t, long i, long j, double x)
{
	const long cols = t->dim[1];
	double *p = &t->data[i * cols + j];
	*p = *p == 0 ? x : *p + x;      /* entries of one place add up; a first -0.0 stays */
	if (m.shape == MM_GENERAL || (m.shape == MM_SYMMETRIC && i == j))
		return;
	if (m.shape == MM_SKEW && i == j) {
		if (x != 0)
			raise_line(in, "wanted 0 on the diagonal of a skew-symmetric matrix, "
				"got %g", x);
		return;
	}
	if (i < j)
		raise_line(in, "wanted an entry of the lower triangle, got row %ld, column %ld",
			i + 1, j + 1);
	t->data[j * cols + i] += m.shape == MM_SKEW ? -x : x;
}

static Tensor *
read_market(Input *in)
{
	const long most = 1l << 53;
	const char *s = in->p, *e = s;
	next_line(in, &s, &e);          /* there is one: the file is not empty */
	Market m = market_header(in, s, e);
	const char *want = m.coordinate ? "rows, columns and the number of entries" :
		"rows and columns";
	market_line(in, want, &s, &e);
	long rows = market_count(in, &s, e, want, 0, most);
	long cols = market_count(in, &s, e, want, 0, most);
	long n = m.coordinate ? market_count(in, &s, e, want, 0, most) : 0;
	market_end(in, s, e);
	if (m.shape != MM_GENERAL && rows != cols)
		raise_line(in, "wanted a square matrix, got %ld x %ld", rows, cols);
	Tensor *t = matrix_new(in, rows, cols);
	for (long k = 0; k < n; k++) {
		market_line(in, "an entry", &s, &e);
		long i = market_count(in, &s, e, "a row number within the matrix", 1, rows);
		long j = market_count(in, &s, e, "a column number within the matrix", 1, cols);
		double x = m.pattern ? 1 : market_number(in, &s, e, "a number");
		market_end(in, s, e);
		market_entry(in, m, t, i - 1, j - 1, x);
	}
	/* an array: all entries column by column, of a symmetric one the lower triangle */
	for (long j = 0; j < cols && !m.coordinate; j++) {
		long i = m.shape == MM_GENERAL ? 0 : m.shape == MM_SYMMETRIC ? j : j + 1;
		for (; i < rows; i++) {
			market_line(in, "a number", &s, &e);
			double x = market_number(in, &s, e, "a number");
			market_end(in, s, e);
			market_entry(in, m, t, i, j, x);
		}
	}
	while (next_line(in, &s, &e)) {
		trim(&s, &e);
		if (s < e && *s != '%')
			wanted(in, "the end of the file", s, (size_t)(e - s));
	}
	return t;
}

/* ---- NumPy */

#define NPY_MAGIC "\x93NUMPY"
enum { NPY_MAGIC_LEN = 6, NPY_ALIGN = 64 };

static _Noreturn void
npy_wanted(const Input *in, const char *want, const char *got)
{
	raise_at(in->a, in->loc, "\"%s\": wanted %s, got %s", in->path, want, got);
}

/* the item at p, size bytes in the file's byte order */
static double
npy_item(const char *p, char type, int size, bool swap)
{
	union {
		char c[8];
		double f8;
		float f4;
		uint8_t u1;
		uint16_t u2;
		uint32_t u4;
		uint64_t u8;
	} v;
	for (int i = 0; i < size; i++)
		v.c[i] = p[swap ? size - 1 - i : i];
	switch (type) {
	case 'f':
		return size == 8 ? v.f8 : (double)v.f4;
	case 'i':
		return size == 8 ? (double)(int64_t)v.u8 : size == 4 ? (int32_t)v.u4 :
			size == 2 ? (int16_t)v.u2 : (int8_t)v.u1;
	case 'u':
		return size == 8 ? (double)v.u8 : size == 4 ? v.u4 : size == 2 ? v.u2 : v.u1;
	default:
		return v.u1 != 0;
	}
}

/* The value of a key of the header, a Python dictionary: the text after the colon. */
static const char *
npy_key(const Input *in, const char *head, const char *key)
{
	const char *p = strstr(head, key);
	p = p ? strchr(p, ':') : NULL;
	if (!p)
		npy_wanted(in, arena_printf(in->a, "a NumPy header with %s", key),
			shown(in->a, head, strlen(head)));
	do
		p++;
	while (*p == ' ');
	return p;
}

/* "(3, 4)", "(3,)", "()" */
static void
npy_shape(const Input *in, const char *p, long dim[2])
{
	const char *start = p;
	int n = 0;
	dim[0] = dim[1] = 1;
	for (p += *start == '('; *p && *p != ')';) {
		char *stop;
		errno = 0;
		long d = strtol(p, &stop, 10);
		if (stop == p || n == 2 || errno || d < 0)
			break;
		dim[n++] = d;
		for (p = stop; *p == ',' || *p == ' ' || *p == 'L';)
			p++;
	}
	if (*start != '(' || *p != ')')
		npy_wanted(in, "a shape of at most two axes",
			shown(in->a, start, strcspn(start, ")") + 1));
}

static Tensor *
read_npy(Input *in)
{
	const unsigned char *h = (const unsigned char *)in->p + NPY_MAGIC_LEN;
	size_t left = (size_t)(in->end - in->p) - NPY_MAGIC_LEN;
	size_t fixed = left >= 2 && h[0] >= 2 ? 6 : 4;
	if (left < fixed || h[0] < 1 || h[0] > 3)
		npy_wanted(in, "a NumPy file of version 1, 2 or 3", "another version");
	size_t len = (size_t)h[2] | (size_t)h[3] << 8;
	if (fixed == 6)
		len |= (size_t)h[4] << 16 | (size_t)h[5] << 24;
	if (len > left - fixed)
		npy_wanted(in, "a NumPy header", "a file that ends within it");
	const char *head = arena_strndup(in->a, (const char *)h + fixed, len);
	const char *data = (const char *)h + fixed + len;
	left -= fixed + len;

	const char *descr = npy_key(in, head, "'descr'");
	char order = descr[0] ? descr[1] : 0, type = order ? descr[2] : 0;
	int size = type && isdigit((unsigned char)descr[3]) ? descr[3] - '0' : 0;
	bool word = size == 4 || size == 8, integer = word || size == 1 || size == 2;
	bool known = (type == 'f' && word) || ((type == 'i' || type == 'u') && integer) ||
		(type == 'b' && size == 1);
	if (!known || !strchr("<>=|", order) || descr[4] != descr[0])
		npy_wanted(in, "items that are real numbers (f8, f4, i8 .. u1, b1)",
			shown(in->a, descr, strcspn(descr, ",")));
	const uint16_t one = 1;
	const bool little = *(const char *)&one == 1;
	bool swap = (order == '<' && !little) || (order == '>' && little);
	bool fortran = strncmp(npy_key(in, head, "'fortran_order'"), "True", 4) == 0;
	long dim[2];
	npy_shape(in, npy_key(in, head, "'shape'"), dim);

	Tensor *t = matrix_new(in, dim[0], dim[1]);
	if (left / (size_t)size < t->size)
		npy_wanted(in, arena_printf(in->a, "%zu bytes of numbers", t->size * (size_t)size),
			arena_printf(in->a, "%zu", left));
	long k = 0;
	for (long i = 0; i < dim[0]; i++) {
		poll_interrupt(in->a);
		for (long j = 0; j < dim[1]; j++, k++) {
			long from = fortran ? i + j * dim[0] : k;
			t->data[k] = npy_item(data + from * size, type, size, swap);
		}
	}
	return t;
}

/* Always of order 2. A missing or malformed file is an error at loc that names the file, the line,
   what was wanted and what was there. */
Tensor *
io_load(Arena *a, Loc loc, const char *path)
{
	static const char market[] = "%%MatrixMarket";
	Input in = input_open(a, loc, path);
	size_t n = (size_t)(in.end - in.p);
	if (n >= NPY_MAGIC_LEN && memcmp(in.p, NPY_MAGIC, NPY_MAGIC_LEN) == 0)
		return read_npy(&in);
	if (n >= sizeof market - 1 && strncasecmp(in.p, market, sizeof market - 1) == 0)
		return read_market(&in);
	return read_text(&in);
}

/* ---- writing */

typedef struct Output { Arena *a; FILE *f; const Tensor *t; long rows, cols; } Output;

/* the shortest decimal that reads back as the same double */
static void
put_number(FILE *f, double x)
{
	char s[32];
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(s, sizeof s, "%.*g", digits, x);
		if (strtod(s, NULL) == x)
			break;
	}
	fputs(s, f);
}

static void
write_csv(const Output *o)
{
	for (long i = 0; i < o->rows; i++) {
		poll_interrupt(o->a);
		for (long j = 0; j < o->cols; j++) {
			put_number(o->f, o->t->data[i * o->cols + j]);
			fputc(j + 1 < o->cols ? ',' : '\n', o->f);
		}
	}
}

static void
write_market(const Output *o)
{
	fprintf(o->f, "%%%%MatrixMarket matrix array real general\n%ld %ld\n", o->rows, o->cols);
	for (long j = 0; j < o->cols; j++) {
		poll_interrupt(o->a);
		for (long i = 0; i < o->rows; i++) {
			put_number(o->f, o->t->data[i * o->cols + j]);
			fputc('\n', o->f);
		}
	}
}

/* Version 1.0, in this machine's byte order; the header is padded to align the numbers. */
static void
write_npy(const Output *o)
{
	const uint16_t one = 1;
	const bool little = *(const char *)&one == 1;
	const char *head = arena_printf(o->a,
		"{'descr': '%cf8', 'fortran_order': False, 'shape': (%ld, %ld), }",
		little ? '<' : '>', o->rows, o->cols);
	int n = (int)strlen(head) + 1, fixed = NPY_MAGIC_LEN + 4;
	int pad = (NPY_ALIGN - (fixed + n) % NPY_ALIGN) % NPY_ALIGN, len = n + pad;
	fputs(NPY_MAGIC, o->f);
	fputc(1, o->f);
	fputc(0, o->f);
	fputc(len & 0xff, o->f);
	fputc(len >> 8, o->f);
	fprintf(o->f, "%s%*s\n", head, pad, "");
	fwrite(o->t->data, sizeof(double), o->t->size, o->f);
}

static const struct { const char *ending; void (*write)(const Output *o); } formats[] = {
	{".csv", write_csv}, {".mtx", write_market}, {".npy", write_npy},
};

/* An order 1 tensor is written as n x 1, an order 0 one as 1 x 1. */
void
io_save(Arena *a, Loc loc, const char *path, const Tensor *t)
{
	if (t->nax > 2)
		raise_at(a, loc, "a file holds a matrix, and this is an array of order %d", t->nax);
	const char *dot = strrchr(path, '.');
	size_t k = 0;
	while (k < 3 && (!dot || strcasecmp(dot, formats[k].ending) != 0))
		k++;
	if (k == 3)
		raise_at(a, loc, "wanted a file name that ends in .csv, .mtx or .npy, got \"%s\"",
			path);
	File *x = file_open(a, loc, path, "wb");
	Output o = {a, x->f, t, t->nax > 0 ? t->dim[0] : 1, t->nax > 1 ? t->dim[1] : 1};
	formats[k].write(&o);
	x->f = NULL;
	bool bad = ferror(o.f) != 0;
	if (fclose(o.f) != 0 || bad)
		raise_at(a, loc, "cannot write \"%s\": %s", path, strerror(errno));
}

/* ---- names */

/* The path of a file that a statement names: as it stands when absolute or typed in, otherwise
   beside the script. */
char *
io_path(Arena *a, Loc loc, const char *path)
{
	const char *from = loc.src ? loc.src->name : NULL;
	const char *slash = from ? strrchr(from, '/') : NULL;
	if (path[0] == '/' || !slash)
		return arena_strndup(a, path, strlen(path));
	return arena_printf(a, "%.*s/%s", (int)(slash - from), from, path);
}
