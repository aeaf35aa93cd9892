/* SPDX-License-Identifier: MIT */
/* Starts per second with every processor busy: a process for each, that makes one start after the other. */
#define _GNU_SOURCE

#include "bench.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STARTS (quick ? 1 : 25)

static _Noreturn void work(const struct contender *started)
{
        for (int i = 0; i < STARTS; i++)
                if (isnan(started->sample(started)))
                        _exit(1);
        _exit(0);
}

double starts_per_second(const struct contender *contender)
{
        long workers = sysconf(_SC_NPROCESSORS_ONLN);
        double start = now_us();
        bool failed = false;
        int status;

        for (long i = 0; i < workers; i++) {
                int pid = fork();

                if (pid < 0)
                        die("fork: %s", strerror(errno));
                if (pid == 0)
                        work(contender->argument);
        }
        for (long i = 0; i < workers; i++)
                failed |= wait(&status) < 0 || status != 0;
        return failed ? NAN : (double)workers * STARTS / ((now_us() - start) / 1e6);
}
