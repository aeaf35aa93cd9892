/* SPDX-License-Identifier: MIT */
/* The same start from processes that differ: each is a child that starts a container when it is told to. */
#define _GNU_SOURCE

#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LARGE ((size_t)1 << (quick ? 26 : 30))
#define THREADS (quick ? 20 : 200)

struct caller {
        int orders, answers;
};

static void become_large(void)
{
        char *memory = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory == MAP_FAILED)
                die("%zu bytes: %s", LARGE, strerror(errno));
        /* Pages of the usual size: the most page tables that a fork could have to copy. */
        madvise(memory, LARGE, MADV_NOHUGEPAGE);
        memset(memory, 1, LARGE);
}

static void *idle(void *argument)
{
        for (;;)
                pause();
        return argument;
}

static void start_threads(void)
{
        pthread_attr_t attributes;
        pthread_t thread;

        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, (size_t)128 << 10);
        for (int i = 0; i < THREADS; i++)
                if (pthread_create(&thread, &attributes, idle, NULL) != 0)
                        die("cannot start %d threads", THREADS);
        pthread_attr_destroy(&attributes);
}

static _Noreturn void serve(const struct caller *caller)
{
        char order;

        while (read(caller->orders, &order, 1) == 1) {
                double took = library_us(NULL);

                if (write(caller->answers, &took, sizeof(took)) != sizeof(took))
                        break;
        }
        _exit(0);
}

static void *make_caller(void (*become)(void))
{
        struct caller *ours = malloc(sizeof(*ours)), theirs;
        int orders[2], answers[2];
        int pid;

        if (!ours || pipe2(orders, O_CLOEXEC) < 0 || pipe2(answers, O_CLOEXEC) < 0)
                die("pipe: %s", strerror(errno));
        *ours = (struct caller){orders[1], answers[0]};
        theirs = (struct caller){orders[0], answers[1]};
        pid = fork();
        if (pid < 0)
                die("fork: %s", strerror(errno));
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                if (become)
                        become();
                serve(&theirs);
        }
        close(orders[0]);
        close(answers[1]);
        return ours;
}

void *caller_small(void)
{
        return make_caller(NULL);
}

void *caller_large(void)
{
        return make_caller(become_large);
}

void *caller_threads(void)
{
        return make_caller(start_threads);
}

double caller_us(const struct contender *contender)
{
        const struct caller *caller = contender->argument;
        double took = NAN;

        if (write(caller->orders, "", 1) != 1 || read(caller->answers, &took, sizeof(took)) != sizeof(took))
                return NAN;
        return took;
}
