/* SPDX-License-Identifier: MIT */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <sys/time.h>
#include <time.h>

/* Milliseconds on the clock that nobody can set: CLOCK_MONOTONIC of clock_gettime(2). */
static inline int64_t monotonic_ms(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static inline uint64_t microseconds(const struct timeval *time)
{
        return (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_usec;
}

#endif
