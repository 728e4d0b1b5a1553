/* SPDX-License-Identifier: GPL-3.0-or-later */
/* repl.c: the prompt in a pseudo-terminal: editing, completion, continuation, Ctrl-C, Ctrl-D,
   history. */
#define _DEFAULT_SOURCE
#define _XOPEN_SOURCE 700           /* posix_openpt */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

/* milliseconds that an answer may take, on a slow machine with sanitizers */
enum { PATIENCE = 20000 };

/* mdx at the other end of a pseudo-terminal, and what it has shown */
typedef struct Terminal {
	int fd;
	pid_t pid;
	char text[1 << 16];
	size_t n, seen;         /* seen: up to the end of the last text that was waited for */
} Terminal;

static long
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
child(const char *mdx, const char *end, char *const *argv)
{
	int fd;

	setsid();
	fd = open(end, O_RDWR);
	if (fd < 0)
		_exit(99);
	ioctl(fd, TIOCSCTTY, 0);
	dup2(fd, 0);
	dup2(fd, 1);
	dup2(fd, 2);
	if (fd > 2)
		close(fd);
	setenv("TERM", "dumb", 1);
	setenv("INPUTRC", "/dev/null", 1);
	execv(mdx, argv);
	_exit(99);
}

static bool
terminal_open(Terminal *t, char *const *argv)
{
	const char *mdx = getenv("MDX");
	struct winsize size = {.ws_row = 24, .ws_col = 100};

	memset(t, 0, sizeof *t);
	t->fd = posix_openpt(O_RDWR | O_NOCTTY);
	if (t->fd < 0 || grantpt(t->fd) != 0 || unlockpt(t->fd) != 0)
		return false;
	ioctl(t->fd, TIOCSWINSZ, &size);
	t->pid = fork();
	if (t->pid == 0)
		child(mdx ? mdx : "./mdx", ptsname(t->fd), argv);
	return t->pid > 0;
}

/* Reads for a while; false when there is nothing more. */
static bool
terminal_read(Terminal *t, int patience)
{
	struct pollfd p = {.fd = t->fd, .events = POLLIN};
	ssize_t n;

	if (poll(&p, 1, patience) <= 0 || t->n + 1 >= sizeof t->text)
		return false;
	n = read(t->fd, t->text + t->n, sizeof t->text - t->n - 1);
	if (n <= 0)
		return false;
	t->n += (size_t)n;
	t->text[t->n] = '\0';
	return true;
}

/* Waits until text is shown, behind what was waited for before. */
static bool
shows(Terminal *t, const char *text, const char *what)
{
	long end = now() + PATIENCE;
	char *at;

	while (!(at = strstr(t->text + t->seen, text))) {
		long left = end - now();

		if (left <= 0 || !terminal_read(t, (int)left))
			break;
	}
	if (!ok(at != NULL, "%s", what))
		note("waited for: %s\nshown: %s", text, t->text + t->seen);
	if (at)
		t->seen = (size_t)(at - t->text) + strlen(text);
	return at != NULL;
}

static void
type(Terminal *t, const char *keys)
{
	size_t n = strlen(keys);

	while (n > 0) {
		ssize_t k = write(t->fd, keys, n);

		if (k <= 0)
			return;
		keys += k;
		n -= (size_t)k;
	}
}

/* The exit status, or -1 when it did not end by itself. */
static int
terminal_close(Terminal *t)
{
	long end = now() + PATIENCE;
	int status = 0;
	pid_t done = 0;

	while (done == 0 && now() < end) {
		terminal_read(t, 20);
		done = waitpid(t->pid, &status, WNOHANG);
	}
	if (done == 0) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, &status, 0);
		status = -1;
	}
	close(t->fd);
	return done && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- the sessions */

static char *const plain[] = {"mdx", "-q", NULL};

static void
test_statements(void)
{
	Terminal t;
	char *argv[] = {"mdx", NULL};

	if (!terminal_open(&t, argv)) {
		skip("no pseudo-terminals here", "the prompt");
		return;
	}
	shows(&t, "help", "a banner says how to get help");
	shows(&t, "mdx> ", "the prompt");
	type(&t, "grad(x'*x, x)\r");
	shows(&t, "2*x", "a formula");
	shows(&t, "%1", "results are numbered");
	shows(&t, "mdx> ", "the prompt again");
	type(&t, "%1 +\r");
	shows(&t, "...> ", "an unfinished statement asks for more");
	type(&t, "x\r");
	shows(&t, "3*x", "and is run when it is whole");
	shows(&t, "mdx> ", "the prompt again");
	type(&t, "y = 2; z = (1\r");
	shows(&t, "...> ", "statements before an unfinished one on the line");
	type(&t, "+ y); eval z\r");
	shows(&t, "3", "have been run once");
	shows(&t, "mdx> ", "the prompt again");
	type(&t, "tex \"x = \r");
	shows(&t, "...> ", "LaTeX goes over lines");
	type(&t, "x\"\r");
	shows(&t, "true", "up to its closing quote");
	shows(&t, "mdx> ", "the prompt again");
	type(&t, "1 + )\r");
	shows(&t, "error: ", "an error is shown");
	shows(&t, "mdx> ", "and the prompt again");
	type(&t, "\x04");
	ok(terminal_close(&t) == 0, "Ctrl-D leaves");
}

static void
test_interrupt(void)
{
	Terminal t;

	if (!terminal_open(&t, plain))
		return;
	shows(&t, "mdx> ", "no banner with -q");
	type(&t, "garbage (((");
	shows(&t, "garbage (((", "a line is being typed");
	type(&t, "\x03");
	shows(&t, "mdx> ", "Ctrl-C gives a new prompt");
	type(&t, "1 + (\r");
	shows(&t, "...> ", "an unfinished statement");
	type(&t, "\x03");
	shows(&t, "mdx> ", "Ctrl-C drops it");
	type(&t, "eval 6*7\r");
	shows(&t, "42", "and nothing of it is left");
	shows(&t, "mdx> ", "the prompt again");
	type(&t,
		"A = rand(1500,1500); eval sum(inv(expm(A)*inv(A)*A*inv(A)*inv(A + A'))*inv(A*A + A))\r");
	shows(&t, "\n", "a long computation begins");
	terminal_read(&t, 300);
	type(&t, "\x03");
	shows(&t, "interrupted", "Ctrl-C stops it");
	shows(&t, "mdx> ", "and the prompt is there again");
	type(&t, "eval sum(expm(A)*inv(A)*expm(A')*inv(A + A')*expm(2*A)*expm(3*A))\r");
	shows(&t, "evaluating, ", "another one says what it is at");
	type(&t, "\x03\x03\x03");
	shows(&t, "interrupted", "several Ctrl-C stop it");
	shows(&t, "mdx> ", "and the prompt is there again");
	type(&t, "eval 6*7 + 0*A[1,1]\r");
	shows(&t, "42", "the session has kept its values");
	shows(&t, "mdx> ", "the prompt again");
	type(&t, "quit\r");
	ok(terminal_close(&t) == 0, "quit leaves");
}

static void
test_editing(void)
{
	Terminal t;

	if (!terminal_open(&t, plain))
		return;
	shows(&t, "mdx> ", "the prompt");
	type(&t, "my_long_name = 7\r");
	shows(&t, "mdx> ", "a name is defined");
	type(&t, "eval my_l\t + softp\t(0)\r");
	shows(&t, "my_long_name", "names are completed");
	shows(&t, "softplus", "functions are completed");
	shows(&t, "7.69315", "the line is run as completed");
	shows(&t, "mdx> ", "the prompt again");
	type(&t, "\x10\r");
	shows(&t, "7.69315", "Ctrl-P brings back the last line");
	shows(&t, "mdx> ", "the prompt again");
	type(&t, "quit\r");
	ok(terminal_close(&t) == 0, "quit leaves");

	if (!terminal_open(&t, plain))
		return;
	shows(&t, "mdx> ", "another session");
	type(&t, "\x10\x10\x01my_long_name = 1; \r");
	shows(&t, "1.69315", "has the lines of the one before");
	shows(&t, "mdx> ", "the prompt again");
	type(&t, "\x04");
	ok(terminal_close(&t) == 0, "Ctrl-D leaves");
}

int
main(void)
{
	char home[] = "/tmp/mdx-repl.XXXXXX";
	char command[64];

	begin();
	if (!mkdtemp(home))
		return 99;
	setenv("XDG_STATE_HOME", home, 1);
	signal(SIGPIPE, SIG_IGN);
	test_statements();
	test_interrupt();
	test_editing();
	snprintf(command, sizeof command, "rm -rf %s", home);
	if (system(command) != 0)
		note("%s is left", home);
	return done();
}
