/* SPDX-License-Identifier: GPL-3.0-or-later */
/* start.c: whole processes: the time to the first answer, their peak memory; and the memory of a
   long session. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS 101

extern char **environ;

/* One run: seconds and peak memory in MiB; input is given on a pipe. Negative when it fails. */
static double
once(char *const argv[], const char *input, double *mib)
{
	posix_spawn_file_actions_t io;
	struct rusage use;
	double start = now();
	int status, in[2];
	pid_t pid;

	if (pipe(in) != 0)
		return -1;
	posix_spawn_file_actions_init(&io);
	posix_spawn_file_actions_adddup2(&io, in[0], 0);
	posix_spawn_file_actions_addclose(&io, in[1]);
	posix_spawn_file_actions_addopen(&io, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&io, 2, "/dev/null", O_WRONLY, 0);
	status = posix_spawnp(&pid, argv[0], &io, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&io);
	close(in[0]);
	if (status != 0 || write(in[1], input, strlen(input)) < 0) {
		close(in[1]);
		return -1;
	}
	close(in[1]);
	if (wait4(pid, &status, 0, &use) != pid || !WIFEXITED(status) || WEXITSTATUS(status) == 127)
		return -1;
	*mib = (double)use.ru_maxrss / 1024;
	return now() - start;
}

void
bench_start(const char *mdx, const char *bare)
{
	char *const nothing[] = {(char *)bare, NULL};
	char *const first[] = {(char *)mdx, "-e", "grad(sqnorm(W'*W*x - x), W)", NULL};
	char *const number[] = {(char *)mdx, "-e", "x = [1; 2; 3]; eval grad(sqnorm(x), x)", NULL};
	char *const ginsh[] = {"ginsh", NULL};
	struct {
		const char *what;
		char *const *argv;
		const char *input;
		double t[ROUNDS], mib;
		bool there;
	} p[] = {
		{"a bare C process", nothing, "", {0}, 0, true},
		{"ginsh: diff(sin(x)^2*x, x)", ginsh, "diff(sin(x)^2*x, x);\n", {0}, 0, true},
		{"mdx: the first gradient", first, "", {0}, 0, true},
		{"mdx: a first number", number, "", {0}, 0, true},
	};
	enum { N = sizeof p / sizeof *p };
	double bare_time;
	int i, k;

	head("cold start (ratio to a bare C process)");
	/* in turn, so that a busy moment strikes all alike */
	for (i = 0; i < ROUNDS; i++) {
		for (k = 0; k < N; k++) {
			if (p[k].there && (p[k].t[i] = once(p[k].argv, p[k].input, &p[k].mib)) < 0)
				p[k].there = false;
		}
	}
	bare_time = median(p[0].t, ROUNDS);
	for (k = 0; k < N; k++) {
		double t = median(p[k].t, ROUNDS);

		if (!p[k].there)
			printf("  %-58s (not installed)\n", p[k].what);
		else
			row(p[k].what, 1e3 * t, "ms", t / bare_time);
	}
	if (p[1].there)
		goal("mdx's first gradient over ginsh's derivative", 1e3 * p[2].t[ROUNDS / 2], "ms",
			p[2].t[ROUNDS / 2] / p[1].t[ROUNDS / 2], 0.5);
	goal("peak memory of mdx's first gradient", p[2].mib, "MiB", 0, 30);
	goal("peak memory of mdx's first number", p[3].mib, "MiB", 0, 30);
}

/* resident memory now, in MiB, as Linux tells it; 0 elsewhere */
static double
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long total, pages = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%ld %ld", &total, &pages) != 2)
		pages = 0;
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

static void
nothing(void *ctx, bool err, const char *text, size_t len)
{
	(void)ctx, (void)err, (void)text, (void)len;
}

void
bench_memory(void)
{
	static const char *const text[] = {
		"grad(sqnorm(W'*W*x - x), W)",
		"x1 = [1; 2; 3]; l = sqnorm(A*x1); eval sqnorm(x1)",
		"check tr(A*B*C) == tr(C*A*B)",
		"grad(logdet(alpha*X*X' + I), X)",
		"nonsense(",
		"f(t) = t'*t; f(u)",
	};
	enum { N = sizeof text / sizeof *text };
	Mdx *s = mdx_open((MdxOutput){NULL, nothing});  /* one of the statements is wrong, on purpose */
	double early = 0, late;
	int i;

	if (!s)
		abort();
	for (i = 0; i < 10000; i++) {
		quiet_run(s, text[i % N]);
		if (i == 99)
			early = resident();
	}
	late = resident();
	head("memory of a session");
	row("after 100 statements", early, "MiB", 0);
	goal("after 10,000 statements", late, "MiB", late / early, 1.1);
	mdx_close(s);
}
