/* SPDX-License-Identifier: MIT */
/*
 * The memory of an idle container: the proportional set size (proc(5), smaps_rollup), in which a page that several processes
 * share counts in parts. Without the program, which is the same everywhere.
 */
#include "bench.h"

#include <stdio.h>
#include <unistd.h>

double memory_of_kib(int pid)
{
        char path[64], line[128];
        double kib = NAN;
        FILE *file;

        snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
        file = fopen(path, "re");
        if (!file)
                return NAN;
        while (isnan(kib) && fgets(line, sizeof(line), file))
                if (sscanf(line, "Pss: %lf kB", &kib) != 1)
                        kib = NAN;
        fclose(file);
        if (isnan(kib))
                fprintf(stderr, "measure: %s has no Pss that can be read\n", path);
        return kib;
}

int memory_child(int pid)
{
        char path[64];
        int child = 0;
        FILE *file;

        snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
        file = fopen(path, "re");
        if (!file)
                return 0;
        if (fscanf(file, "%d", &child) != 1)
                child = 0;
        fclose(file);
        return child;
}

static double measure(const struct contender *contender, bool total)
{
        double kib = NAN;
        struct job job;

        if (!job_start(&job, contender->argument))
                return NAN;
        if (!quick)
                sleep(1); /* idle: what is given back has been */
        kib = memory_of_kib(memory_child(job.pid));
        if (total)
                kib += memory_of_kib(job.pid);
        close(job.in);
        return job_wait(&job) ? kib : NAN;
}

double memory_init_kib(const struct contender *contender)
{
        return measure(contender, false);
}

double memory_total_kib(const struct contender *contender)
{
        return measure(contender, true);
}
