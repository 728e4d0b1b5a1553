/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * progress.c: what a long statement is at, in one line on the terminal that goes away when the
 * statement has ended. A timer's signal looks in now and then: a statement that is quick pays
 * nothing, and one within a long call of a library is seen as well. A client of mdx.h.
 */
#include "progress.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define TICK 500000                     /* microseconds between two looks */
#define QUIET 2                         /* looks at the same statement before it is shown */
#define LINE 76

static volatile sig_atomic_t shown;     /* the line is on the terminal */
static volatile sig_atomic_t busy;      /* other text is being written */
static bool on;

/* The handler writes nothing but this: no stdio. A failure to write is nobody's business here. */
static void
put(const char *s, size_t n)
{
	if (write(STDERR_FILENO, s, n) < 0)
		return;
}

static void
wipe(void)
{
	static const char blank[] =
		"\r                                                                            \r";
	if (shown)
		put(blank, sizeof blank - 1);
	shown = 0;
}

static size_t
append(char *line, size_t n, const char *s)
{
	while (*s && n < LINE)
		line[n++] = *s++;
	return n;
}

static void
on_tick(int sig)
{
	static int last, looks;
	int number, before = errno;
	const char *what = mdx_doing(&number);
	char line[LINE + 1] = "\r", seconds[12];
	size_t n = 1, i = sizeof seconds - 1;
	(void)sig;
	if (!what)
		return;
	looks = number == last ? looks + 1 : 1;
	last = number;
	if (looks >= QUIET && !busy) {
		seconds[i] = '\0';
		for (int s = looks * (TICK / 1000) / 1000; s > 0 || i == sizeof seconds - 1; s /= 10)
			seconds[--i] = (char)('0' + s % 10);
		n = append(line, n, *what ? what : "working");
		n = append(line, n, ", ");
		n = append(line, n, seconds + i);
		n = append(line, n, " s (Ctrl-C stops it)");
		if (shown)
			wipe();
		put(line, n);
		shown = 1;
	}
	errno = before;
}

static void
set_timer(long microseconds)
{
	struct itimerval t = {{0, microseconds}, {0, microseconds}};
	setitimer(ITIMER_REAL, &t, NULL);
}

void
progress_start(void)
{
	struct sigaction look = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
	if (on || !isatty(STDERR_FILENO))
		return;
	sigemptyset(&look.sa_mask);
	on = sigaction(SIGALRM, &look, NULL) == 0;
	if (on)
		set_timer(TICK);
}

void
progress_hide(void)
{
	busy = 1;
	wipe();
	busy = 0;
}

void
progress_stop(void)
{
	if (!on)
		return;
	set_timer(0);
	on = false;
	progress_hide();
}
