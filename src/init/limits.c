/* SPDX-License-Identifier: MIT */
/*
 * The program's limits, nice value and CPUs. Late, so that setup has the caller's; and in the process that becomes the
 * program alone, so that PID 1 is neither limited nor slowed.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

#include "base/limits.h"
#include "init/init.h"

static int set_limit(const struct setup_limit *limit, struct pinfold_error *err)
{
        const struct rlimit wanted = {limit->soft, limit->hard};
        struct rlimit present;

        if (prlimit(0, (unsigned)limit->resource, NULL, &present) < 0)
                return error_set(err, errno, "read the limit %s", limit_name(limit->resource));
        if (wanted.rlim_max > present.rlim_max)
                return error_set(err, EPERM, "%s would be raised above the caller's hard limit of %llu",
                                 limit_name(limit->resource), (unsigned long long)present.rlim_max);
        if (prlimit(0, (unsigned)limit->resource, &wanted, NULL) < 0)
                return error_set(err, errno, "%s", limit_name(limit->resource));
        return 0;
}

int stage_limits(struct init *init, struct pinfold_error *err)
{
        const struct program *program = &init->setup.program;
        int nice = 20 - (int)program->priority;

        if (program->priority > 0 && setpriority(PRIO_PROCESS, 0, nice) < 0)
                return error_set(err, errno, "nice value %d", nice);
        if (program->cpus.size > 0) {
                cpu_set_t cpus;

                CPU_ZERO(&cpus);
                memcpy(&cpus, program->cpus.data, program->cpus.size);
                if (sched_setaffinity(0, sizeof(cpus), &cpus) < 0)
                        return error_set(err, errno, "choose CPUs");
        }
        for (size_t at = 0; at < program->limits.size; at += sizeof(struct setup_limit)) {
                struct setup_limit limit;
                int r;

                memcpy(&limit, (const char *)program->limits.data + at, sizeof(limit)); /* not aligned */
                r = set_limit(&limit, err);
                if (r < 0)
                        return r;
        }
        return 0;
}
