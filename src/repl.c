/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * repl.c: the prompt: lines from the terminal through Readline, with history and completion, into
 * statements. A client of mdx.h. Readline is loaded only here, when someone sits at a terminal: a
 * script starts faster without it; where it cannot be loaded, lines are read plainly.
 */
#include "repl.h"

#include "progress.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#define PROMPT "mdx> "
#define MORE "...> "
#define HISTORY_MAX 10000
#define PATIENCE 3                      /* seconds that a statement has to notice Ctrl-C */

/* What is used of Readline; X(name) for each function and variable. */
#define READLINE(X) \
	X(rl_callback_handler_install) X(rl_callback_handler_remove) X(rl_callback_read_char) \
	X(rl_callback_sigcleanup) X(rl_completion_matches) X(add_history) X(read_history) \
	X(append_history) X(history_truncate_file) X(using_history) X(rl_resize_terminal) \
	X(rl_line_buffer) X(rl_readline_name) X(rl_attempted_completion_function) \
	X(rl_attempted_completion_over) X(rl_completion_append_character) \
	X(rl_basic_word_break_characters) X(rl_completer_quote_characters)

typedef struct Readline {
#define X(name) __typeof__(&name) name;
	READLINE(X)
#undef X
} Readline;

typedef struct Repl {
	Mdx *s;
	const Readline *rl;             /* NULL: plain lines */
	char *history;                  /* path of the history file, or NULL */
	char *last;                     /* the last line put into the history */
	char *text;                     /* an unfinished statement */
	size_t len, cap;
	bool end;
	char **match;                   /* completions that are being handed over */
} Repl;

/* Readline calls back without a context. */
static Repl *current;

/* A statement runs, out of reach of the prompt. */
static volatile sig_atomic_t running;

/* Ctrl-C asks the statement to stop. Where that has not been noticed for some seconds, in a long
   call of a library, another one ends the program; before that, another one is impatience. The
   terminal has echoed ^C without a newline. */
static void
on_interrupt(int sig)
{
	static const char stubborn[] = "mdx: the computation does not answer; mdx ends\n";
	static struct timespec first;
	struct timespec now;
	int before = errno;
	bool again = mdx_interrupt();
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!again)
		first = now;
	bool end = running && write(STDOUT_FILENO, "\n", 1) < 0;
	if (running && again && now.tv_sec - first.tv_sec >= PATIENCE)
		end = write(STDERR_FILENO, stubborn, sizeof stubborn - 1) || true;
	if (end) {
		signal(sig, SIG_DFL);
		raise(sig);
	}
	errno = before;
}

/* ---- Readline */

/* dlsym gives an object pointer, which C does not turn into a function pointer by a cast */
static bool
load_symbol(void *lib, const char *name, void *to)
{
	void *p = dlsym(lib, name);
	memcpy(to, &p, sizeof p);
	return p != NULL;
}

/* The library, or NULL. It stays loaded. */
static const Readline *
readline_load(Readline *rl)
{
	static const char *const names[] = {
		"libreadline.so.8",
		"libreadline.so.7",
		"libreadline.so",
		"libreadline.8.dylib",
		"libreadline.dylib",
	};
	void *lib = NULL;
	for (size_t i = 0; !lib && i < sizeof names / sizeof *names; i++)
		lib = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
	if (!lib)
		return NULL;
	bool all = true;
#define X(name) all = load_symbol(lib, #name, &rl->name) && all;
	READLINE(X)
#undef X
	return all ? rl : NULL;
}

/* Gives the matches one after the other; Readline frees them. */
static char *
next_match(const char *text, int state)
{
	static size_t i;
	(void)text;
	if (state == 0)
		i = 0;
	return current->match[i] ? current->match[i++] : NULL;
}

/* Within a string mdx_complete() gives nothing and Readline completes file names. */
static char **
complete(const char *text, int start, int end)
{
	(void)start;
	const char *line = *current->rl->rl_line_buffer;
	bool string = false;
	for (int i = 0; i < end; i++)
		string ^= line[i] == '"';
	*current->rl->rl_attempted_completion_over = !string;
	*current->rl->rl_completion_append_character = '\0';
	if (string)
		return NULL;
	current->match = mdx_complete(current->s, line, (size_t)end);
	if (!current->match)
		return NULL;
	char **found = current->rl->rl_completion_matches(text, next_match);
	free(current->match);
	current->match = NULL;
	return found;
}

/* ---- history */

/* Makes the folders of a path. */
static void
make_folders(char *path)
{
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		mkdir(path, 0700);
		*p = '/';
	}
}

/* $XDG_STATE_HOME/mdx/history, by default ~/.local/state/mdx/history; NULL when there is no
   home. */
static char *
history_path(void)
{
	const char *base = getenv("XDG_STATE_HOME"), *rest = "/mdx/history";
	if (!base || base[0] != '/') {
		base = getenv("HOME");
		rest = "/.local/state/mdx/history";
	}
	if (!base || !*base)
		return NULL;
	char *path = malloc(strlen(base) + strlen(rest) + 1);
	if (!path)
		return NULL;
	strcpy(path, base);
	strcat(path, rest);
	make_folders(path);
	return path;
}

static void
history_add(Repl *r, const char *line)
{
	if (line[strspn(line, " \t")] == '\0' || (r->last && strcmp(r->last, line) == 0))
		return;
	r->rl->add_history(line);
	free(r->last);
	r->last = strdup(line);
	/* at once, so that nothing is lost and sessions side by side keep all their lines */
	if (r->history && r->rl->append_history(1, r->history) == ENOENT) {
		FILE *f = fopen(r->history, "a");
		if (f)
			fclose(f);
		r->rl->append_history(1, r->history);
	}
}

/* ---- lines */

static void
set_width(Repl *r)
{
	struct winsize w;
	char text[16];
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col == 0)
		return;
	snprintf(text, sizeof text, "%d", w.ws_col);
	mdx_set(r->s, "width", text);
}

/* Runs a line, together with the unfinished statement before it. */
static void
run_line(Repl *r, const char *line)
{
	size_t n = strlen(line), used = 0;
	if (r->len + n + 2 > r->cap) {
		size_t cap = 2 * (r->len + n + 2);
		char *more = realloc(r->text, cap);
		if (!more) {
			fputs("mdx: out of memory\n", stderr);
			r->len = 0;
			return;
		}
		r->text = more;
		r->cap = cap;
	}
	memcpy(r->text + r->len, line, n);
	r->len += n;
	r->text[r->len++] = '\n';
	r->text[r->len] = '\0';
	set_width(r);
	running = 1;
	progress_start();
	MdxStatus st = mdx_run(r->s, NULL, r->text, r->len, 1, MDX_KEEP_GOING | MDX_MORE, &used);
	progress_stop();
	running = 0;
	r->end = r->end || st == MDX_QUIT;
	r->len = st == MDX_INCOMPLETE ? r->len - used : 0;
	if (r->len)
		memmove(r->text, r->text + used, r->len + 1);
	fflush(stdout);
}

/* Readline has a whole line, or NULL at the end of the input. */
static void
take_line(char *line)
{
	Repl *r = current;
	/* the terminal is as usual while a statement runs: Ctrl-C makes a signal */
	r->rl->rl_callback_handler_remove();
	if (!line) {
		fputc('\n', stdout);
		r->end = true;
		return;
	}
	history_add(r, line);
	sigset_t intr, old;
	sigemptyset(&intr);
	sigaddset(&intr, SIGINT);
	sigprocmask(SIG_UNBLOCK, &intr, &old);
	run_line(r, line);
	sigprocmask(SIG_SETMASK, &old, NULL);
	mdx_interrupted();
	free(line);
	if (!r->end)
		r->rl->rl_callback_handler_install(r->len ? MORE : PROMPT, take_line);
}

/* SIGINT is blocked but for the wait and while a statement runs: it cannot fall between looking
   and waiting. */
static void
loop_readline(Repl *r)
{
	sigset_t intr, old;
	sigemptyset(&intr);
	sigaddset(&intr, SIGINT);
	sigprocmask(SIG_BLOCK, &intr, &old);
	sigset_t wait = old;
	sigdelset(&wait, SIGINT);
	r->rl->rl_callback_handler_install(PROMPT, take_line);
	while (!r->end) {
		fd_set in;
		FD_ZERO(&in);
		FD_SET(STDIN_FILENO, &in);
		int n = pselect(STDIN_FILENO + 1, &in, NULL, NULL, NULL, &wait);
		if (n > 0) {
			r->rl->rl_callback_read_char();
		} else if (mdx_interrupted()) {
			/* back to an empty prompt; what was typed is dropped */
			fputs("^C", stdout);    /* now: removing the handler moves to the line's beginning */
			fflush(stdout);
			r->rl->rl_callback_sigcleanup();
			r->rl->rl_callback_handler_remove();
			fputc('\n', stdout);
			r->len = 0;
			r->rl->rl_callback_handler_install(PROMPT, take_line);
		} else if (n < 0 && errno == EINTR) {
			r->rl->rl_resize_terminal();
		} else {
			r->end = true;
		}
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void
loop_plain(Repl *r)
{
	char *line = NULL;
	size_t cap = 0;
	while (!r->end) {
		fputs(r->len ? MORE : PROMPT, stdout);
		fflush(stdout);
		ssize_t n = getline(&line, &cap, stdin);
		if (n < 0 && mdx_interrupted()) {
			clearerr(stdin);
			fputc('\n', stdout);
			r->len = 0;
			continue;
		}
		if (n < 0) {
			fputc('\n', stdout);
			break;
		}
		line[strcspn(line, "\n")] = '\0';
		run_line(r, line);
		mdx_interrupted();
	}
	free(line);
}

void
repl(Mdx *s, bool banner)
{
	Readline lib;
	Repl r = {.s = s};
	struct sigaction on = {.sa_handler = on_interrupt}, before;
	sigemptyset(&on.sa_mask);
	sigaction(SIGINT, &on, &before);
	mdx_set(s, "numbered", "on");
	if (banner)
		puts("mdx " PACKAGE_VERSION
			 ": matrix derivatives. `help' tells what there is, `quit' or Ctrl-D leaves.");
	current = &r;
	r.rl = readline_load(&lib);
	if (r.rl) {
		*r.rl->rl_readline_name = "mdx";
		*r.rl->rl_attempted_completion_function = complete;
		*r.rl->rl_basic_word_break_characters = " \t\n\"'`@$><=;|&{}()[]+-*/^.,:!\\%#~?";
		*r.rl->rl_completer_quote_characters = "\"";
		r.history = history_path();
		r.rl->using_history();
		if (r.history)
			r.rl->read_history(r.history);
		loop_readline(&r);
		if (r.history)
			r.rl->history_truncate_file(r.history, HISTORY_MAX);
	} else {
		loop_plain(&r);
	}
	current = NULL;
	sigaction(SIGINT, &before, NULL);
	free(r.history);
	free(r.last);
	free(r.text);
}
