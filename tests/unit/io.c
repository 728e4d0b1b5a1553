/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix files: every format both ways, doubles unchanged, and what is wrong said exactly. */
#include <math.h>
#include <unistd.h>

#include "arena.h"

static char folder[] = "/tmp/mdx-io-XXXXXX";

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int
drop_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static const char *
path_of(const char *name)
{
	return arena_printf(a, "%s/%s", folder, name);
}

/* io_load() of a file with these bytes; *err is the message when it raises */
static Tensor *
load_bytes(const char *bytes, size_t n, const char **err)
{
	const char *path = path_of("file");
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
	Trap t;
	Tensor *volatile x = NULL;
	*err = NULL;
	if (TRY(&t, a)) {
		x = io_load(a, (Loc){0}, path);
		trap_end(&t);
	} else {
		*err = t.diag.msg;
	}
	unlink(path);
	return x;
}

static void
check_matrix(const Tensor *t, long rows, long cols, const double *want)
{
	assert_int_equal(t->nax, 2);
	assert_int_equal(t->dim[0], rows);
	assert_int_equal(t->dim[1], cols);
	for (long i = 0; i < rows * cols; i++) {
		if (t->data[i] != want[i] && !(isnan(want[i]) && isnan(t->data[i])))
			fail_msg("entry %ld: wanted %g, got %g", i, want[i], t->data[i]);
	}
}

static void
loads_bytes(const char *bytes, size_t n, long rows, long cols, const double *want)
{
	const char *err;
	Tensor *t = load_bytes(bytes, n, &err);
	if (!t)
		fail_msg("%s", err);
	check_matrix(t, rows, cols, want);
}

/* LOADS(text, rows, cols, numbers...) */
#define LOADS(text, rows, cols, ...) \
	loads_bytes((text), sizeof(text) - 1, (rows), (cols), (double[]){__VA_ARGS__})

/* FAILS(text, the message behind the file's name) */
#define FAILS(text, msg) fails((text), sizeof(text) - 1, (msg))

static void
fails(const char *bytes, size_t n, const char *msg)
{
	const char *err;
	assert_null(load_bytes(bytes, n, &err));
	const char *name = path_of("file");
	const char *tail = strstr(err, name);
	assert_non_null(tail);
	assert_string_equal(tail + strlen(name) + 1, msg);
}

static void
test_text(void **state)
{
	(void)state;
	LOADS("1,2\n3,4\n", 2, 2, 1, 2, 3, 4);
	LOADS("1;2;3", 1, 3, 1, 2, 3);
	LOADS(" 1 2\t3 \n4  5 6\n", 2, 3, 1, 2, 3, 4, 5, 6);
	LOADS("1\t2\n3\t4\n", 2, 2, 1, 2, 3, 4);
	LOADS("1\r\n2\r\n3\r\n", 3, 1, 1, 2, 3);
	LOADS("1\r2\r3", 3, 1, 1, 2, 3);
	LOADS("# by hand\n\nx, \"y, z\"\n1, 2 # first\n\"3\",-4e-1\n", 2, 2, 1, 2, 3, -0.4);
	LOADS("\xef\xbb\xbf" "1,nan\n-inf,+4\n", 2, 2, 1, NAN, -INFINITY, 4);
	FAILS("1,2\n3\n", ", line 2: wanted 2 numbers as in the first row, got 1");
	FAILS("1\n2,3\n", ", line 2: wanted a number, got \"2,3\"");
	FAILS("1,2\n3,x\n", ", line 2: wanted a number, got \"x\"");
	FAILS("1,2\n3,\n", ", line 2: wanted a number, got nothing");
	FAILS("1,b\n", ", line 1: wanted a number, got \"b\"");
	FAILS("1,2 3\n", ", line 1: wanted a number, got \"2 3\"");
	FAILS("a,b\nc,d\n", ", line 2: wanted a number, got \"c\"");
	FAILS("1\n\x01\x02\n", ", line 2: wanted a number, got \"??\"");
	FAILS("1\0,2\n", ", line 1: wanted a number, got \"1\"");
	FAILS("", " has no numbers in it");
	FAILS("\n# nothing\n", " has no numbers in it");
	FAILS("a,b\n", " has no numbers in it");
}

#define MM "%%MatrixMarket matrix "

static void
test_market(void **state)
{
	(void)state;
	LOADS(MM "array real general\n% by hand\n2 3\n1\n2\n3\n4\n5\n6\n", 2, 3, 1, 3, 5, 2, 4, 6);
	LOADS(MM "array real symmetric\n2 2\n1\n2\n3\n", 2, 2, 1, 2, 2, 3);
	LOADS(MM "array integer skew-symmetric\n3 3\n1\n2\n3\n",
		3, 3, 0, -1, -2, 1, 0, -3, 2, 3, 0);
	LOADS("%%matrixmarket MATRIX Coordinate Real General\n\n2 2 2\n\n1 2 5.5\n2 1 -1\n",
		2, 2, 0, 5.5, -1, 0);
	LOADS(MM "coordinate pattern symmetric\n3 3 2\n2 1\n3 3\n",
		3, 3, 0, 1, 0, 1, 0, 0, 0, 0, 1);
	LOADS(MM "coordinate real skew-symmetric\n2 2 1\n2 1 7\n", 2, 2, 0, -7, 7, 0);
	LOADS(MM "coordinate real general\n1 1 2\n1 1 2\n1 1 3\n", 1, 1, 5);
	FAILS(MM "coordinate complex general\n1 1 0\n",
		", line 1: wanted real, integer or pattern, got \"complex\"");
	FAILS(MM "array pattern general\n1 1\n1\n",
		", line 1: wanted real, integer or pattern, got \"pattern\"");
	FAILS(MM "array real\n",
		", line 1: wanted general, symmetric or skew-symmetric, got nothing");
	FAILS(MM "array real symmetric\n2 3\n", ", line 2: wanted a square matrix, got 2 x 3");
	FAILS(MM "array real general\n2 1\n1\n",
		", line 4: wanted a number, got the end of the file");
	FAILS(MM "array real general\n1 1\n1\n2\n",
		", line 4: wanted the end of the file, got \"2\"");
	FAILS(MM "array real general\n1 1 1\n1\n",
		", line 2: wanted the end of the line, got \"1\"");
	FAILS(MM "coordinate real general\n2 2 1\n3 1 1\n",
		", line 3: wanted a row number within the matrix, got \"3 1 1\"");
	FAILS(MM "coordinate real symmetric\n2 2 1\n1 2 1\n",
		", line 3: wanted an entry of the lower triangle, got row 1, column 2");
	FAILS(MM "coordinate real skew-symmetric\n2 2 1\n1 1 1\n",
		", line 3: wanted 0 on the diagonal of a skew-symmetric matrix, got 1");
	FAILS(MM "array real general\n0 3\n", " holds a matrix of 0 x 3, which has no entries");
}

/* a version 1 file: its header padded as NumPy does */
static void
npy(const char *dict, const char *data, size_t n, long rows, long cols, const double *want,
	const char *msg)
{
	Text t = text_new(a);
	size_t len = (strlen(dict) + 1 + 10 + 63) / 64 * 64 - 10;
	char head[10] = {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, (char)len, 0};
	text_addn(&t, head, 10);
	text_addf(&t, "%-*s\n", (int)len - 1, dict);
	text_addn(&t, data, n);
	if (msg)
		fails(t.s, t.n, msg);
	else
		loads_bytes(t.s, t.n, rows, cols, want);
}

#define DICT(type, order, shape) \
	"{'descr': '" type "', 'fortran_order': " order ", 'shape': " shape ", }"
#define NPY(type, order, shape, rows, cols, ...) \
	npy(DICT(type, order, shape), data, sizeof data, rows, cols, (double[]){__VA_ARGS__}, NULL)
#define NPY_FAILS(dict, msg) npy(dict, data, sizeof data, 0, 0, NULL, msg)

static void
test_npy(void **state)
{
	(void)state;
	/* read as bytes, little and big words */
	static const char data[16] = {
		1, 0, 0, 0, 0, 0, 0, 0, '\xff', '\xff', '\xff', '\xff', '\xff', '\xff', '\xff', '\xff',
	};
	NPY("<i8", "False", "(2,)", 2, 1, 1, -1);
	NPY("<i8", "False", "(1, 2)", 1, 2, 1, -1);
	NPY("<i8", "False", "()", 1, 1, 1);
	NPY("<i4", "False", "(2, 2)", 2, 2, 1, 0, -1, -1);
	NPY("<i4", "True", "(2, 2)", 2, 2, 1, -1, 0, -1);
	NPY("<u2", "False", "(1L, 5L)", 1, 5, 1, 0, 0, 0, 65535);
	NPY(">i2", "False", "(1,)", 1, 1, 256);
	NPY("|i1", "False", "(1, 9)", 1, 9, 1, 0, 0, 0, 0, 0, 0, 0, -1);
	NPY("|u1", "False", "(1, 9)", 1, 9, 1, 0, 0, 0, 0, 0, 0, 0, 255);
	NPY("|b1", "False", "(1, 9)", 1, 9, 1, 0, 0, 0, 0, 0, 0, 0, 1);
	NPY_FAILS(DICT("<f8", "False", "(3,)"), ": wanted 24 bytes of numbers, got 16");
	NPY_FAILS(DICT("<f8", "False", "(1, 1, 2)"),
		": wanted a shape of at most two axes, got \"(1, 1, 2)\"");
	NPY_FAILS(DICT("<f8", "False", "(0, 2)"), " holds a matrix of 0 x 2, which has no entries");
	NPY_FAILS(DICT("<c16", "False", "(1,)"),
		": wanted items that are real numbers (f8, f4, i8 .. u1, b1), got \"'<c16'\"");
	NPY_FAILS(DICT("<U5", "False", "(1,)"),
		": wanted items that are real numbers (f8, f4, i8 .. u1, b1), got \"'<U5'\"");
	NPY_FAILS("{'descr': '<f8', 'fortran_order': False}",
		": wanted a NumPy header with 'shape', got \"{'descr': '<f8', "
		"'fortran_order': False}...\"");
	FAILS("\x93NUMPY\x01\x00\xff\xff{",
		": wanted a NumPy header, got a file that ends within it");
	FAILS("\x93NUMPY\x09\x00\x01\x00\n",
		": wanted a NumPy file of version 1, 2 or 3, got another version");
	FAILS("\x93NUMPY", ": wanted a NumPy file of version 1, 2 or 3, got another version");
	/* version 2 has a longer length */
	static const char two[] = "\x93NUMPY\x02\x00\x3c\x00\x00\x00"
		"{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2)}  \n\x07\x08";
	loads_bytes(two, sizeof two - 1, 1, 2, (double[]){7, 8});
	double f8[] = {0.1, -2.5e300};
	npy(DICT("=f8", "False", "(2,)"), (const char *)f8, sizeof f8, 2, 1, f8, NULL);
	float f4[] = {0.5f, -3};
	npy(DICT("=f4", "False", "(1, 2)"), (const char *)f4, sizeof f4, 1, 2,
		(double[]){0.5, -3}, NULL);
}

static void
test_round_trip(void **state)
{
	(void)state;
	static const char *const name[] = {"x.csv", "x.mtx", "x.npy", "X.CSV"};
	static const double edge[] = {
		0.1, -0.0, 1.0 / 3, 5e-324, 1.7976931348623157e308, INFINITY, -INFINITY, NAN,
		123456789, 2.385, 1e22, -1e-7,
	};
	static const long shape[][2] = {{3, 4}, {12, 1}, {1, 12}};
	for (size_t k = 0; k < 4; k++) {
		const char *path = path_of(name[k]);
		for (size_t s = 0; s < 3; s++) {
			Tensor *t = tensor_new(a, 2, shape[s]);
			memcpy(t->data, edge, sizeof edge);
			io_save(a, (Loc){0}, path, t);
			Tensor *u = io_load(a, (Loc){0}, path);
			check_matrix(u, shape[s][0], shape[s][1], edge);
			assert_true(signbit(u->data[1]));
		}
		/* order 1 and 0 */
		Tensor *v = tensor_new(a, 1, (long[]){3});
		memcpy(v->data, edge, 3 * sizeof(double));
		io_save(a, (Loc){0}, path, v);
		check_matrix(io_load(a, (Loc){0}, path), 3, 1, edge);
		Tensor *c = tensor_new(a, 0, NULL);
		c->data[0] = 7;
		io_save(a, (Loc){0}, path, c);
		check_matrix(io_load(a, (Loc){0}, path), 1, 1, c->data);
		unlink(path);
	}
}

/* what goes wrong before a file is read or written; place and message are the caller's to show */
static void
test_trouble(void **state)
{
	(void)state;
	static const char *const msg[] = {
		"No such file", "Is a directory", "wanted a file name that ends in", "cannot open",
		"of order 3", "GiB",
	};
	Source src = {.name = "f", .text = "load", .len = 4, .line = 1};
	Loc loc = {&src, 0, 4};
	Tensor *m = tensor_new(a, 0, NULL), *cube = tensor_new(a, 3, (long[]){2, 2, 2});
	const char *huge = path_of("huge.mtx");
	FILE *f = fopen(huge, "w");
	fputs(MM "coordinate real general\n100000000 100000000 0\n", f);
	fclose(f);
	for (volatile int i = 0; i < 6; i++) {
		Trap t;
		volatile bool raised = false;
		if (TRY(&t, a)) {
			switch (i) {
			case 0: io_load(a, loc, path_of("missing")); break;
			case 1: io_load(a, loc, folder); break;
			case 2: io_save(a, loc, path_of("x.foo"), m); break;
			case 3: io_save(a, loc, path_of("no/x.csv"), m); break;
			case 4: io_save(a, loc, path_of("x.csv"), cube); break;
			case 5: io_load(a, loc, huge); break;
			}
			trap_end(&t);
		} else {
			raised = true;
			assert_non_null(strstr(t.diag.msg, msg[i]));
			assert_ptr_equal(t.diag.loc.src, &src);
		}
		assert_true(raised);
	}
	unlink(huge);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_market, setup, teardown),
		cmocka_unit_test_setup_teardown(test_npy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_trouble, setup, teardown),
	};
	return cmocka_run_group_tests_name("io", tests, make_folder, drop_folder);
}
