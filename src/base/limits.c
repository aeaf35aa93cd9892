/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "base/limits.h"

#include <string.h>
#include <sys/resource.h>

static const char *const names[LIMITS] = {
        [RLIMIT_CPU] = "cpu",
        [RLIMIT_FSIZE] = "fsize",
        [RLIMIT_DATA] = "data",
        [RLIMIT_STACK] = "stack",
        [RLIMIT_CORE] = "core",
        [RLIMIT_RSS] = "rss",
        [RLIMIT_NPROC] = "nproc",
        [RLIMIT_NOFILE] = "nofile",
        [RLIMIT_MEMLOCK] = "memlock",
        [RLIMIT_AS] = "as",
        [RLIMIT_LOCKS] = "locks",
        [RLIMIT_SIGPENDING] = "sigpending",
        [RLIMIT_MSGQUEUE] = "msgqueue",
        [RLIMIT_NICE] = "nice",
        [RLIMIT_RTPRIO] = "rtprio",
        [RLIMIT_RTTIME] = "rttime",
};

const char *limit_name(uint64_t resource)
{
        return resource < LIMITS ? names[resource] : NULL;
}

int limit_find(const char *name)
{
        for (int i = 0; i < LIMITS; i++)
                if (strcmp(names[i], name) == 0)
                        return i;
        return -1;
}
