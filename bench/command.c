/* SPDX-License-Identifier: MIT */
/* Commands, started with posix_spawn(3): a caller's own fork would cost as much as the caller is large. */
#define _GNU_SOURCE

#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLANKS " \n"

char **words(const char *text)
{
        char *copy = strdup(text), *rest = NULL, *word, **all = calloc(strlen(text) / 2 + 2, sizeof(*all));
        size_t count = 0;

        if (!copy || !all)
                die("out of memory");
        for (word = strtok_r(copy, BLANKS, &rest); word; word = strtok_r(NULL, BLANKS, &rest))
                all[count++] = word;
        return all;
}

char **words_file(const char *path)
{
        static char text[1 << 16];
        FILE *file = fopen(path, "re");
        size_t size = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

        if (size == 0)
                die("%s: nothing in it", path);
        fclose(file);
        text[size] = '\0';
        return words(text);
}

static size_t length(char **all)
{
        size_t count = 0;

        while (all[count])
                count++;
        return count;
}

char **words_join(char **first, char **second)
{
        size_t before = length(first), after = length(second);
        char **all = calloc(before + after + 1, sizeof(*all));

        if (!all)
                die("out of memory");
        memcpy(all, first, before * sizeof(*all));
        memcpy(all + before, second, after * sizeof(*all));
        return all;
}

static bool ended_well(int pid, const char *name)
{
        int status;

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        die("wait: %s", strerror(errno));
        if (status == 0)
                return true;
        fprintf(stderr, "measure: %s ended with status %#x\n", name, (unsigned)status);
        return false;
}

static double timed(char **argv, const posix_spawn_file_actions_t *actions)
{
        double start = now_us();
        pid_t pid;
        int r = posix_spawnp(&pid, argv[0], actions, NULL, argv, environ);

        if (r != 0) {
                fprintf(stderr, "measure: %s: %s\n", argv[0], strerror(r));
                return NAN;
        }
        if (!ended_well(pid, argv[0]))
                return NAN;
        return now_us() - start;
}

double command_us(const struct contender *contender)
{
        return timed(contender->argument, NULL);
}

double command_filter_us(const struct contender *contender)
{
        posix_spawn_file_actions_t actions;
        double took;

        /* Opened each time: what reads it moves the offset, which would be shared. */
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, COMMAND_FILTER_FD, "strict.bpf", O_RDONLY, 0);
        took = timed(contender->argument, &actions);
        posix_spawn_file_actions_destroy(&actions);
        return took;
}

/* ---- Jobs ------------------------------------------------------------------------------------------------------ */

static int spawn_between(char **argv, int in, int out)
{
        posix_spawn_file_actions_t actions;
        pid_t pid;
        int r;

        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in, 0);
        posix_spawn_file_actions_adddup2(&actions, out, 1);
        r = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
        posix_spawn_file_actions_destroy(&actions);
        if (r == 0)
                return pid;
        fprintf(stderr, "measure: %s: %s\n", argv[0], strerror(r));
        return -1;
}

bool job_start(struct job *ret, char **argv)
{
        int in[2], out[2];
        bool echoed;
        char echo;

        if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
                die("pipe: %s", strerror(errno));
        *ret = (struct job){.pid = spawn_between(argv, in[0], out[1]), .in = in[1]};
        close(in[0]);
        close(out[1]);
        echoed = ret->pid > 0 && write(in[1], "x", 1) == 1 && read(out[0], &echo, 1) == 1;
        close(out[0]);
        if (echoed)
                return true;
        close(in[1]);
        if (ret->pid > 0)
                ended_well(ret->pid, argv[0]);
        return false;
}

bool job_wait(struct job *job)
{
        return ended_well(job->pid, "the job");
}
