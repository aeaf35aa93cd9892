/* SPDX-License-Identifier: MIT */
/*
 * Runs a command under ptrace(2), and lets one system call of one of its processes go wrong. strace(1) counts calls in
 * each process alike; here a point is a process, by its part in the container, a call, and which of its occurrences.
 */
#ifndef FAULTS_TRACE_H
#define FAULTS_TRACE_H

#include <stdbool.h>
#include <stddef.h>

enum part { PART_CALLER, PART_INIT, PART_PROGRAM, PART_MAPPER, PART_HELPER, PARTS };

/* Of the loader and of the program that is executed in the container no call is seen. */
struct point {
        enum part part;
        long call;
        int occurrence; /* from 1 */
};

enum fault { FAULT_NONE, FAULT_ERROR, FAULT_DELAY, FAULT_KILL };

struct trial {
        const char *const *command; /* until NULL */
        struct point point;
        enum fault fault;
        int error;
        bool done; /* the call is made all the same, and its result replaced */
};

struct trace {
        bool reached;
        bool hung; /* nothing has happened for a minute; it has been killed */
        int wait_status;
        int descriptors; /* that the caller still had when it ended */
        int left;        /* processes ten seconds after its end */
        char out[65536], err[8192];

        /* With FAULT_NONE: the calls, until the program's execution. */
        struct point *points;
        size_t count;
};

/* Fills ret; its points are the caller's to free. -1: it cannot be traced. */
int trace_run(const struct trial *trial, struct trace *ret);

const char *part_name(enum part part);

#endif
