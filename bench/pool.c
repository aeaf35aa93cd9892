/* SPDX-License-Identifier: MIT */
/*
 * Programs in containers that were prepared ahead. The pool is filled before a sample, outside of what is timed, unless
 * refilling is what is measured.
 */
#define _GNU_SOURCE

#include "bench.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pinfold/pinfold.h>

#define SOCKET "crun/state/pool.socket"

/* The view of the case "cold", and the smallest program in it. */
static struct pinfold *model(void)
{
        struct pinfold *box = pinfold_new(NULL, NULL);
        char *program = realpath("nothing", NULL);

        pinfold_bind(box, "/", "/", 0);
        pinfold_proc(box, "/proc");
        pinfold_dev(box, "/dev", 0);
        pinfold_tmpfs(box, "/tmp", 0, 01777);
        pinfold_seccomp_use(pinfold_seccomp(box), "strict", NULL);
        pinfold_bind(box, program, "/tmp/nothing", 0);
        pinfold_set_path(box, "/tmp/nothing");
        free(program);
        return box;
}

static struct pinfold_pool *filled(struct pinfold_pool **pool, unsigned size)
{
        struct pinfold_error err = {0};

        if (!*pool)
                *pool = pinfold_pool_new(model(), size, PINFOLD_POOL_PREPARED, &err);
        while (*pool && pinfold_pool_ready(*pool) < size) {
                struct pollfd work = {.fd = pinfold_pool_fd(*pool), .events = POLLIN};

                if (poll(&work, 1, -1) < 0 || pinfold_pool_step(*pool, &err) < 0)
                        break;
        }
        if (!*pool || pinfold_pool_ready(*pool) < size)
                die("pool: %s", err.text);
        return *pool;
}

struct moments {
        double executed, gone; /* microseconds from the beginning */
};

static bool run_one(struct pinfold_pool *pool, struct moments *ret)
{
        struct pinfold_status status = {.size = sizeof(status)};
        struct pinfold_error err = {0};
        struct pinfold *box;
        double start = now_us();
        int r = pinfold_pool_take(pool, &box, &err);

        if (r == 0)
                r = pinfold_serve(box, &err);
        ret->executed = now_us() - start;
        if (r == 0)
                r = pinfold_wait(box, -1, &status, &err);
        ret->gone = now_us() - start;
        pinfold_free(box);
        if (r == 0 && status.status == 0)
                return true;
        fprintf(stderr, "measure: pool: %s (status %d)\n", err.text, status.status);
        return false;
}

/* posix_spawn(3) returns once the program has been executed. */
static bool spawn_one(struct moments *ret)
{
        char *const argv[] = {(char[]){"nothing"}, NULL}, *const env[] = {NULL};
        double start = now_us();
        int status = -1;
        pid_t pid;

        if (posix_spawn(&pid, "nothing", NULL, NULL, argv, env) != 0)
                return false;
        ret->executed = now_us() - start;
        waitpid(pid, &status, 0);
        ret->gone = now_us() - start;
        return status == 0;
}

double pool_us(const struct contender *contender)
{
        const struct pooled *pooled = contender->argument;
        static struct pinfold_pool *pool;
        struct moments moments;
        bool good;

        if (!pooled->pool) {
                good = spawn_one(&moments);
        } else {
                filled(&pool, 4);
                good = run_one(pool, &moments);
        }
        return !good ? NAN : pooled->whole ? moments.gone : moments.executed;
}

/* ---- A burst ----------------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

/* Two contenders have one burst between them. */
double burst_us(const struct contender *contender)
{
        enum { BURST = 100 };
        static struct pinfold_pool *pool;
        static double took[BURST];
        static bool used = true;
        size_t size = quick ? 4 : BURST;
        const int *percentile = contender->argument;

        used = !used;
        if (!used) {
                filled(&pool, (unsigned)size);
                for (size_t i = 0; i < size; i++) {
                        struct moments moments;

                        if (!run_one(pool, &moments))
                                return NAN;
                        took[i] = moments.executed;
                }
                qsort(took, size, sizeof(took[0]), compare);
        }
        return took[(size - 1) * (size_t)*percentile / 100];
}

/* ---- Refilling --------------------------------------------------------------------------------------------------- */

static void pin(unsigned cpu)
{
        cpu_set_t set;

        CPU_ZERO(&set);
        CPU_SET(cpu, &set);
        sched_setaffinity(0, sizeof(set), &set);
}

static void *refill(void *pool)
{
        pin(1);
        pinfold_pool_run(pool);
        return NULL;
}

/* Programs in a second, one after the other on the first processor; the second one refills, or nobody does. */
double refilled_per_second(const struct contender *contender)
{
        static struct pinfold_pool *pools[2];
        const bool *refilling = contender->argument;
        size_t count = quick ? 8 : 200, size = quick ? 8 : 200;
        struct moments moments;
        cpu_set_t before;
        pthread_t thread;
        bool good = true;
        double start;

        sched_getaffinity(0, sizeof(before), &before);
        filled(&pools[*refilling], *refilling ? 16 : (unsigned)size);
        if (*refilling && pthread_create(&thread, NULL, refill, pools[1]) != 0)
                return NAN;
        pin(0);
        start = now_us();
        for (size_t i = 0; good && i < count; i++)
                good = run_one(pools[*refilling], &moments);
        start = now_us() - start;
        sched_setaffinity(0, sizeof(before), &before);
        if (*refilling) {
                pinfold_pool_stop(pools[1]);
                pthread_join(thread, NULL);
        }
        return good ? (double)count / (start / 1e6) : NAN;
}

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

/* Of PID 1 and the process that becomes the program, which have one memory until then. */
double memory_prepared_kib(const struct contender *contender)
{
        static struct pinfold_pool *pool;
        struct pinfold_error err = {0};
        struct pinfold *box;
        double kib;

        (void)contender;
        filled(&pool, 16);
        if (!quick)
                sleep(1);
        if (pinfold_pool_take(pool, &box, &err) < 0)
                return NAN;
        kib = memory_of_kib(pinfold_pid(box));
        pinfold_free(box);
        return kib;
}

/* ---- The command ------------------------------------------------------------------------------------------------- */

static pid_t server;

static void end_server(void)
{
        kill(server, SIGTERM);
        waitpid(server, NULL, 0);
}

/* A server for as long as this process lives. */
void pool_serve(void)
{
        char **argv = words("./pinfold serve --empty --filter strict --bind /:/ --proc /proc --dev /dev --tmpfs /tmp:mode=1777 "
                            "--socket " SOCKET " --size 8"), *const env[] = {NULL};
        struct stat info;

        if (server > 0)
                return;
        if (posix_spawn(&server, argv[0], NULL, NULL, argv, env) != 0)
                die("pinfold serve does not start");
        atexit(end_server);
        for (int i = 0; i < 1000 && stat(SOCKET, &info) < 0; i++)
                usleep(5000);
        usleep(100000);
}
