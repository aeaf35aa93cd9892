/* SPDX-License-Identifier: MIT */
/* Many containers alive at once, all of one process: what the first of them cost, and what the last did. */
#define _GNU_SOURCE

#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <pinfold/pinfold.h>

#define ALIVE (quick ? 20u : 1000u)
#define ALIVE_MAX 1000
#define PART (ALIVE / 10)

enum { FIRST, LAST, PARTS };

/* What one run gives; each value is used once. */
static struct {
        double start_us[PARTS], pss_kib[PARTS];
} result = {{NAN, NAN}, {NAN, NAN}};

static bool start(struct pinfold **ret, int in, int out, double *ret_us)
{
        struct pinfold_error err = {0};
        double begin = now_us();
        struct pinfold *box = library_idle(in, out);
        bool runs = pinfold_start(box, &err) == 0 && pinfold_serve(box, &err) == 0;

        *ret_us = now_us() - begin;
        *ret = box;
        if (!runs)
                fprintf(stderr, "measure: library: %s\n", err.text);
        return runs;
}

static double pss(struct pinfold *const *boxes)
{
        double values[ALIVE_MAX];

        for (unsigned i = 0; i < PART; i++)
                values[i] = memory_of_kib(pinfold_pid(boxes[i]));
        return median(values, PART);
}

static bool start_all(struct pinfold **boxes, int in, int out)
{
        double took[ALIVE_MAX];

        for (unsigned i = 0; i < ALIVE; i++)
                if (!start(&boxes[i], in, out, &took[i]))
                        return false;
        result.start_us[FIRST] = median(took, PART);
        result.start_us[LAST] = median(took + ALIVE - PART, PART);
        result.pss_kib[FIRST] = pss(boxes);
        result.pss_kib[LAST] = pss(boxes + ALIVE - PART);
        return true;
}

static void raise_limit(void)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
                die("limits: %s", strerror(errno));
        limit.rlim_cur = limit.rlim_max;
        if (limit.rlim_max < 3 * ALIVE || setrlimit(RLIMIT_NOFILE, &limit) < 0)
                die("%u containers at once take a limit of %u open files", ALIVE, 3 * ALIVE);
}

static bool run(void)
{
        static struct pinfold *boxes[ALIVE_MAX];
        int in[2], out;
        bool done;

        raise_limit();
        out = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (out < 0 || pipe2(in, O_CLOEXEC) < 0)
                die("pipe: %s", strerror(errno));
        memset(boxes, 0, sizeof(boxes));
        done = start_all(boxes, in[0], out);
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

static double take(double *value)
{
        double taken;

        if (isnan(*value) && !run())
                return NAN;
        taken = *value;
        *value = NAN;
        return taken;
}

double alive_start_us(const struct contender *contender)
{
        return take(&result.start_us[contender->argument ? LAST : FIRST]);
}

double alive_pss_kib(const struct contender *contender)
{
        return take(&result.pss_kib[contender->argument ? LAST : FIRST]);
}
