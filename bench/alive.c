/* SPDX-License-Identifier: MIT */
/* Many containers alive at once, all of one process: what the first of them cost, and what the last did. */
#define _GNU_SOURCE

#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <pinfold/pinfold.h>

#define ALIVE (quick ? 10u : 1000u)
#define ALIVE_MAX 1000
#define PART (ALIVE / 10)

/* What one run gives; each value is used once. */
struct result {
        double start_us[2], pss_kib[2]; /* of the first tenth, and of the last */
};

/* ---- Of the library's ------------------------------------------------------------------------------------------ */

static bool start(struct pinfold **ret, int in, int out)
{
        struct pinfold_error err = {0};

        *ret = library_idle(in, out);
        if (pinfold_start(*ret, &err) == 0 && pinfold_serve(*ret, &err) == 0)
                return true;
        fprintf(stderr, "measure: library: %s\n", err.text);
        return false;
}

static double pss(struct pinfold *const *boxes)
{
        double values[ALIVE_MAX];

        for (unsigned i = 0; i < PART; i++)
                values[i] = memory_of_kib(pinfold_pid(boxes[i]));
        return median(values, PART);
}

static bool start_all(struct pinfold **boxes, int in, int out, struct result *ret)
{
        double took[ALIVE_MAX];

        for (unsigned i = 0; i < ALIVE; i++) {
                double begin = now_us();

                if (!start(&boxes[i], in, out))
                        return false;
                took[i] = now_us() - begin;
        }
        sleep(1); /* so long the last ones keep what they have used to get there */
        *ret = (struct result){
                .start_us = {median(took, PART), median(took + ALIVE - PART, PART)},
                .pss_kib = {pss(boxes), pss(boxes + ALIVE - PART)},
        };
        return true;
}

static bool run_library(struct result *ret)
{
        struct pinfold *boxes[ALIVE_MAX] = {NULL};
        int in[2], out = open("/dev/null", O_WRONLY | O_CLOEXEC);
        bool done;

        if (out < 0 || pipe2(in, O_CLOEXEC) < 0)
                die("pipe: %s", strerror(errno));
        done = start_all(boxes, in[0], out, ret);
        /* The end of their input: all programs end by themselves. */
        close(in[1]);
        close(in[0]);
        close(out);
        for (unsigned i = 0; i < ALIVE; i++) {
                if (done && pinfold_wait(boxes[i], -1, NULL, NULL) < 0)
                        done = false;
                pinfold_free(boxes[i]);
        }
        return done;
}

/* ---- Of the bare calls': what the kernel makes of so many ------------------------------------------------------- */

static bool run_bare(char **argv, struct result *ret)
{
        double took[ALIVE_MAX];
        struct job jobs[ALIVE_MAX];
        unsigned count = 0;
        bool done = true;

        for (; count < ALIVE && done; count += done) {
                double begin = now_us();

                done = job_start(&jobs[count], argv);
                took[count] = now_us() - begin;
        }
        for (unsigned i = 0; i < count; i++)
                close(jobs[i].in);
        for (unsigned i = 0; i < count; i++)
                done = job_wait(&jobs[i]) && done;
        if (done)
                *ret = (struct result){.start_us = {median(took, PART), median(took + ALIVE - PART, PART)}};
        return done;
}

/* ---- The samples ----------------------------------------------------------------------------------------------- */

static void raise_limit(void)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
                die("limits: %s", strerror(errno));
        limit.rlim_cur = limit.rlim_max;
        if (limit.rlim_max < 3 * ALIVE || setrlimit(RLIMIT_NOFILE, &limit) < 0)
                die("%u containers at once take a limit of %u open files", ALIVE, 3 * ALIVE);
}

static double take(const struct alive *alive, bool memory)
{
        static struct result results[2] = {{{NAN, NAN}, {NAN, NAN}}, {{NAN, NAN}, {NAN, NAN}}};
        struct result *result = &results[alive->bare ? 1 : 0];
        double *value = memory ? &result->pss_kib[alive->last] : &result->start_us[alive->last], taken;

        raise_limit();
        if (isnan(*value) && !(alive->bare ? run_bare(alive->bare, result) : run_library(result)))
                return NAN;
        taken = *value;
        *value = NAN;
        return taken;
}

double alive_start_us(const struct contender *contender)
{
        return take(contender->argument, false);
}

double alive_pss_kib(const struct contender *contender)
{
        return take(contender->argument, true);
}
