/* SPDX-License-Identifier: MIT */
/* System calls to try, in memory that a test shares with calls.c. */
#ifndef SECURITY_TRIAL_H
#define SECURITY_TRIAL_H

#include <stdint.h>

/* Verdicts beside errno numbers. */
#define PASSED 0x10000u            /* it would have been made */
#define KILLED(signal) (0x20000u | (signal))

struct trial {
        uint64_t number; /* as in the register: x32 is bit 30 */
        uint64_t args[4];
        uint32_t wide; /* by syscall, and not by int 0x80 */
        uint32_t verdict;
};

struct trials {
        uint64_t count;
        uint64_t next; /* the first that has not been tried */
        struct trial trial[];
};

#endif
