/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * main.c: the command line: options, files, -e, standard input; exit status. A client of mdx.h.
 */
#include "repl.h"

#include "progress.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { TROUBLE = 2 };

static const char usage[] =
"Usage: mdx [OPTION]... [FILE]...\n"
"Derivatives of matrix expressions: formulas, numbers, and checks of identities.\n"
"Runs script files; with none, reads standard input (a terminal: a prompt).\n"
"\n"
"  -e STATEMENTS     run the statements; may be repeated, in order with the files\n"
"  -i                stay interactive afterwards\n"
"  -k                keep going after an error\n"
"  -q                no banner\n"
"  --latex           writes a LaTeX document: definitions, answers, checks, the comments as text\n"
"  --style=STYLE     ascii, unicode or latex\n"
"  --digits=N        significant digits of numbers, 1 to 17\n"
"  --seed=N          makes random numbers repeatable\n"
"  --color=WHEN      auto, on or off\n"
"  --help            this text\n"
"  --version         versions of mdx and of the libraries it uses\n"
"\n"
"Exit status: 0 all well, 1 a check was false or unknown, 2 trouble.\n"
"At the prompt, or with -e, `help' tells about the language.\n";

/* Both streams stay in order: what was written before a diagnostic is out before it. */
static void
write_stream(void *ctx, bool err, const char *text, size_t len)
{
	(void)ctx;
	progress_hide();
	if (err)
		fflush(stdout);
	fwrite(text, 1, len, err ? stderr : stdout);
}

/* ---- texts */

typedef struct Input { char *text; size_t len, cap; } Input;

/* Reads up to `want` more bytes; false at the end, or on an error (errno; otherwise 0). */
static bool
input_more(Input *in, int fd, size_t want)
{
	if (in->len + want + 1 > in->cap) {
		size_t cap = 2 * (in->len + want + 1);
		char *more = realloc(in->text, cap);
		if (!more) {
			errno = ENOMEM;
			return false;
		}
		in->text = more;
		in->cap = cap;
	}
	ssize_t n;
	do
		n = read(fd, in->text + in->len, want);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		in->len += (size_t)n;
	if (n == 0)
		errno = 0;
	in->text[in->len] = '\0';
	return n > 0;
}

static MdxStatus
fail(const char *name)
{
	int err = errno;
	fflush(stdout);
	fprintf(stderr, "mdx: %s: %s\n", name, strerror(err));
	return MDX_ERROR;
}

static MdxStatus
run_file(Mdx *s, const char *name, int flags)
{
	Input in = {0};
	FILE *f = fopen(name, "rb");
	if (!f)
		return fail(name);
	while (input_more(&in, fileno(f), 65536))
		;
	MdxStatus st = errno ? fail(name) : mdx_run(s, name, in.text, in.len, 1, flags, NULL);
	fclose(f);
	free(in.text);
	return st;
}

static int
count_lines(const char *s, size_t len)
{
	int n = 0;
	while (len-- > 0)
		n += *s++ == '\n';
	return n;
}

/* The length of the whole lines at the beginning of the input. */
static size_t
whole_lines(const Input *in)
{
	size_t n = in->len;
	while (n > 0 && in->text[n - 1] != '\n')
		n--;
	return n;
}

/* Runs statements as they come, so that another program can converse with this one through
   pipes. */
static MdxStatus
run_stream(Mdx *s, int fd, int flags)
{
	Input in = {0};
	int line = 1;
	size_t want = 65536;
	MdxStatus worst = MDX_OK, st = MDX_OK;
	bool more = true;
	while (more) {
		size_t used = 0;
		more = input_more(&in, fd, want);
		if (!more && errno) {
			worst = fail("standard input");
			break;
		}
		size_t n = more ? whole_lines(&in) : in.len;
		if (n == 0)
			continue;
		st = mdx_run(s, "<stdin>", in.text, n, line, flags | (more ? MDX_MORE : 0), &used);
		fflush(stdout);
		/* a long statement is not read again for every piece of it */
		want = st == MDX_INCOMPLETE ? 2 * want : 65536;
		if (st != MDX_INCOMPLETE && st > worst)
			worst = st;
		if (st == MDX_QUIT || (st == MDX_ERROR && !(flags & MDX_KEEP_GOING)))
			break;
		line += count_lines(in.text, used);
		in.len -= used;
		memmove(in.text, in.text + used, in.len + 1);
	}
	free(in.text);
	return worst;
}

/* ---- options */

typedef struct Job { const char *text; bool statements; } Job;

typedef struct Options {
	Job *job; int njob;     /* -e and files, in order */
	int flags;
	bool interactive, quiet, latex;
} Options;

static _Noreturn void
misuse(void)
{
	fputs("Try 'mdx --help'.\n", stderr);
	exit(TROUBLE);
}

static void
add_job(Options *o, const char *text, bool statements)
{
	o->job = realloc(o->job, (size_t)(o->njob + 1) * sizeof *o->job);
	if (!o->job) {
		fputs("mdx: out of memory\n", stderr);
		exit(TROUBLE);
	}
	o->job[o->njob++] = (Job){text, statements};
}

static void
read_options(Options *o, Mdx *s, int argc, char **argv)
{
	enum { STYLE = 256, DIGITS, SEED, COLOR, LATEX, HELP, VERSION };
	static const struct option options[] = {
		{"style", required_argument, NULL, STYLE},
		{"digits", required_argument, NULL, DIGITS},
		{"seed", required_argument, NULL, SEED},
		{"color", required_argument, NULL, COLOR},
		{"latex", no_argument, NULL, LATEX},
		{"help", no_argument, NULL, HELP},
		{"version", no_argument, NULL, VERSION},
		{NULL, 0, NULL, 0},
	};
	int c, at;
	/* "-": files come as option 1, in order with the others */
	while ((c = getopt_long(argc, argv, "-e:ikqh", options, &at)) != -1) {
		switch (c) {
		case 1:
			add_job(o, optarg, false);
			break;
		case 'e':
			add_job(o, optarg, true);
			break;
		case 'i':
			o->interactive = true;
			break;
		case 'k':
			o->flags |= MDX_KEEP_GOING;
			break;
		case 'q':
			o->quiet = true;
			break;
		case STYLE:
		case DIGITS:
		case SEED:
		case COLOR:
			if (!mdx_set(s, options[at].name, optarg))
				misuse();
			break;
		case LATEX:
			o->latex = true;
			break;
		case 'h':
		case HELP:
			fputs(usage, stdout);
			exit(0);
		case VERSION:
			fputs(mdx_version(), stdout);
			exit(0);
		default:
			misuse();
		}
	}
	for (; optind < argc; optind++)
		add_job(o, argv[optind], false);
}

/* The library knows no terminal: it is told. */
static void
tell_terminal(Mdx *s)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	struct winsize w;
	char width[16];
	bool out = isatty(STDOUT_FILENO);
	if (out && isatty(STDERR_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0)
		mdx_set(s, "terminal", "on");
	if (out && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0) {
		snprintf(width, sizeof width, "%d", w.ws_col);
		mdx_set(s, "width", width);
	}
}

static MdxStatus
run_job(Mdx *s, const Job *j, int flags)
{
	if (j->statements)
		return mdx_run(s, "-e", j->text, strlen(j->text), 1, flags, NULL);
	if (strcmp(j->text, "-") == 0)
		return run_stream(s, STDIN_FILENO, flags);
	return run_file(s, j->text, flags);
}

int
main(int argc, char **argv)
{
	Options o = {0};
	Mdx *s = mdx_open((MdxOutput){NULL, write_stream});
	if (!s) {
		fputs("mdx: out of memory\n", stderr);
		return TROUBLE;
	}
	tell_terminal(s);
	read_options(&o, s, argc, argv);

	MdxStatus status = MDX_OK, st = MDX_OK;
	bool stop = false;
	if (o.latex) {
		o.interactive = false;
		mdx_document_begin(s, o.njob > 0 && !o.job[0].statements ? o.job[0].text : NULL);
	}
	progress_start();
	for (int i = 0; i < o.njob && !stop; i++) {
		st = run_job(s, &o.job[i], o.flags);
		stop = st == MDX_QUIT || (st == MDX_ERROR && !(o.flags & MDX_KEEP_GOING));
		if (st == MDX_ERROR)
			status = MDX_ERROR;
	}
	progress_stop();
	if (st != MDX_QUIT && (o.interactive || o.njob == 0)) {
		if (isatty(STDIN_FILENO) && !o.latex) {
			repl(s, !o.quiet && isatty(STDOUT_FILENO));
			status = MDX_OK;
			o.interactive = true;
		} else {
			progress_start();
			st = run_stream(s, STDIN_FILENO, o.flags);
			progress_stop();
			if (st == MDX_ERROR)
				status = MDX_ERROR;
		}
	}
	if (o.latex)
		mdx_document_end(s);
	/* at the prompt an error is seen and mended; a script's shows in the status */
	bool prompt = o.interactive && isatty(STDIN_FILENO);
	if (!prompt && mdx_worst(s) > status)
		status = mdx_worst(s);
	mdx_close(s);
	free(o.job);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "mdx: cannot write the output: %s\n", strerror(errno));
		return TROUBLE;
	}
	return (int)status;
}
