/* SPDX-License-Identifier: MIT */
/*
 * A judge: runs many small programs that nobody trusts, gives each its input, compares what it says, and prints how many it did
 * in a second and how long one took; first with containers that are made when they are needed, then with a pool.
 *
 *      cc judge.c $(pkg-config --cflags --libs pinfold) -lpthread && ./a.out [COUNT]
 */
#define _GNU_SOURCE

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <pinfold/pinfold.h>

#define COUNT 1000
#define POOL 32

/* What all submissions get: the system, no network, a second of processor time, few processes, no files that grow. */
static struct pinfold *model(void)
{
        struct pinfold *box = pinfold_new("/bin/sh", NULL);

        pinfold_bind(box, "/usr", "/usr", 0);
        pinfold_symlink(box, "usr/bin", "/bin", 0);
        pinfold_symlink(box, "usr/lib", "/lib", 0);
        pinfold_symlink(box, "usr/lib64", "/lib64", 0);
        pinfold_proc(box, "/proc");
        pinfold_dev(box, "/dev", 0);
        pinfold_tmpfs(box, "/tmp", 1 << 20, 01777);
        pinfold_add_env(box, "PATH", "/usr/bin:/bin");
        pinfold_seccomp_use(pinfold_seccomp(box), "strict", NULL);
        pinfold_set_rlimit(box, RLIMIT_CPU, 1, 1);
        pinfold_set_rlimit(box, RLIMIT_FSIZE, 1 << 20, 1 << 20);
        pinfold_set_timeout(box, 5000);
        return box;
}

static double now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The program ended well; what it has said is in `said`. */
static bool judge(struct pinfold *box, int number, char *said, size_t size)
{
        struct pinfold_status status = {.size = sizeof(status)};
        struct pinfold_error err = {0};
        int in[2], out[2];
        ssize_t length;
        size_t used = 0;

        if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
                return false;
        dprintf(in[1], "%d\n", number);
        close(in[1]);
        pinfold_set_args(box, (const char *[]){"sh", "-c", "read n; echo $((n * n))", NULL});
        pinfold_set_stdin(box, in[0]);
        pinfold_set_stdout(box, out[1]);
        if (pinfold_serve(box, &err) < 0)
                fprintf(stderr, "%s\n", err.text);
        close(in[0]);
        close(out[1]);
        while ((length = read(out[0], said + used, size - 1 - used)) > 0)
                used += (size_t)length;
        said[used] = '\0';
        close(out[0]);
        return pinfold_wait(box, -1, &status, &err) == 0 && status.status == 0;
}

static struct pinfold *make(struct pinfold_pool *pool)
{
        struct pinfold_error err = {0};
        struct pinfold *box = NULL;

        if (pool)
                pinfold_pool_take(pool, &box, &err);
        else if (pinfold_start(box = model(), &err) < 0)
                pinfold_free(box), box = NULL;
        if (!box)
                fprintf(stderr, "%s\n", err.text);
        return box;
}

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

/* Returns whether all answers were right. */
static bool run(const char *name, struct pinfold_pool *pool, int count)
{
        double *took = calloc((size_t)count, sizeof(*took)), start = now(), end;
        bool good = took;

        for (int i = 0; good && i < count; i++) {
                char said[64], wanted[32];
                double begun = now();
                struct pinfold *box = make(pool);

                snprintf(wanted, sizeof(wanted), "%d\n", i * i);
                good = box && judge(box, i, said, sizeof(said)) && strcmp(said, wanted) == 0;
                pinfold_free(box);
                took[i] = now() - begun;
        }
        end = now();
        if (good) {
                qsort(took, (size_t)count, sizeof(*took), compare);
                printf("%-8s %d programs, %.0f in a second; p50 %.2f ms, p99 %.2f ms\n", name, count, count / (end - start),
                       took[count / 2] * 1e3, took[count * 99 / 100] * 1e3);
        }
        free(took);
        return good;
}

static void *refill(void *pool)
{
        pinfold_pool_run(pool);
        return NULL;
}

int main(int argc, char **argv)
{
        int count = argc > 1 ? atoi(argv[1]) : COUNT;
        struct pinfold_error err = {0};
        struct pinfold_pool *pool = pinfold_pool_new(model(), POOL, PINFOLD_POOL_PREPARED, &err);
        pthread_t thread;
        bool good;

        if (count < 1 || !pool || pthread_create(&thread, NULL, refill, pool) != 0) {
                fprintf(stderr, "%s\n", pool ? "usage: judge [COUNT]" : err.text);
                return EXIT_FAILURE;
        }
        good = run("cold", NULL, count) && run("pool", pool, count);
        pinfold_pool_stop(pool);
        pthread_join(thread, NULL);
        pinfold_pool_free(pool);
        return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
