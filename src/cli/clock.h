/* SPDX-License-Identifier: MIT */
/* The monotonic clock. */
#ifndef CLI_CLOCK_H
#define CLI_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_usec(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static inline int64_t clock_msec(void)
{
        return clock_usec() / 1000;
}

#endif
