/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/job.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char scratch[] = "/tmp/pinfold-test-XXXXXX";
static pid_t owner;

/* A test may have forked; only the first process clears up. */
static void remove_scratch(void)
{
        char command[64];

        snprintf(command, sizeof(command), "rm -rf %s", scratch);
        if (getpid() == owner && system(command) != 0)
                fprintf(stderr, "# left behind: %s\n", scratch);
}

/* How many times as long everything takes on the machine at hand. */
static unsigned patience(void)
{
        const char *times = getenv("PINFOLD_TEST_PATIENCE");

        return times ? (unsigned)atoi(times) : 1;
}

__attribute__((constructor)) static void prepare(void)
{
        char path[PATH_MAX], moment[32];

        if (!getenv("PINFOLD") || !realpath(getenv("PINFOLD"), path)) {
                fprintf(stderr, "PINFOLD must be the path of the pinfold command\n");
                exit(1);
        }
        setenv("PINFOLD", path, 1);
        setenv("SYSTEM", SYSTEM, 1);
        setenv("LC_ALL", "C", 1);
        setenv("PATH", "/usr/bin:/bin:/usr/sbin:/sbin", 1);
        umask(022);
        if (!mkdtemp(scratch) || chdir(scratch) < 0)
                exit(1);
        setenv("DIR", scratch, 1);
        snprintf(moment, sizeof(moment), "%ums", 400 * patience());
        setenv("MOMENT", moment, 1);
        owner = getpid();
        atexit(remove_scratch);
}

struct job job_start(const char *command)
{
        struct job job = {
                .out = memfd_create("stdout", MFD_CLOEXEC),
                .err = memfd_create("stderr", MFD_CLOEXEC),
        };

        assert_true(job.out > 2 && job.err > 2);
        job.pid = fork();
        assert_true(job.pid >= 0);
        if (job.pid == 0) {
                int null = open("/dev/null", O_RDONLY);

                /* Whoever runs the tests may ignore some: nohup(1), or a shell's background. */
                for (int number = 1; number < NSIG; number++)
                        signal(number, SIG_DFL);
                alarm(60 * patience());
                dup2(null, 0);
                dup2(job.out, 1);
                dup2(job.err, 2);
                close(null);
                execl("/bin/sh", "sh", "-c", command, (char *)NULL);
                _exit(120);
        }
        return job;
}

static void text_of(int fd, char text[TEXT_MAX])
{
        ssize_t size = pread(fd, text, TEXT_MAX - 1, 0);

        text[size < 0 ? 0 : size] = '\0';
}

void job_expect(struct job *job, const char *marker)
{
        const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
        char text[TEXT_MAX];

        for (int i = 0; i < 2000; i++) {
                text_of(job->out, text);
                if (strstr(text, marker))
                        return;
                nanosleep(&pause, NULL);
        }
        kill(job->pid, SIGKILL);
        text_of(job->err, text);
        print_error("waited for \"%s\"; standard error:\n%s", marker, text);
        job_finish(job);
        fail();
}

struct outcome job_finish(struct job *job)
{
        struct outcome outcome;
        int status = 0;

        assert_int_equal(waitpid(job->pid, &status, 0), job->pid);
        outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        text_of(job->out, outcome.out);
        text_of(job->err, outcome.err);
        close(job->out);
        close(job->err);
        return outcome;
}

const struct outcome *run(const char *command)
{
        static struct outcome outcome;
        struct job job = job_start(command);

        outcome = job_finish(&job);
        return &outcome;
}

static const struct outcome *compare(const char *command, int status, const char *out, const char *err)
{
        const struct outcome *outcome = run(command);

        if (outcome->status == status && (!out || strcmp(outcome->out, out) == 0) &&
            (!err || strstr(outcome->err, err)))
                return outcome;
        print_error("%s\nstatus %d, expected %d\nstandard output:\n%s", command, outcome->status, status, outcome->out);
        if (out)
                print_error("expected:\n%s", out);
        print_error("standard error:\n%s", outcome->err);
        if (err)
                print_error("expected in it: %s\n", err);
        fail();
        return outcome;
}

const struct outcome *check(const char *command, int status, const char *out)
{
        return compare(command, status, out, NULL);
}

const struct outcome *check_error(const char *command, int status, const char *err)
{
        return compare(command, status, NULL, err);
}
