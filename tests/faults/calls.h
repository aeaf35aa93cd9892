/* SPDX-License-Identifier: MIT */
/* Which errors each system call of a start can have, and what becomes of it then. */
#ifndef FAULTS_CALLS_H
#define FAULTS_CALLS_H

#include <stdbool.h>

#include "faults/trace.h"

#define ERRORS_MAX 8

struct call {
        const char *name;
        long number;
        int errors[ERRORS_MAX]; /* up to 0; none: it cannot fail as it is called here */
        bool done;              /* also where it fails it has done its work: close(2) */
};

/* NULL: not known, which is a failure of the sweep. */
const struct call *call_find(long number);
const struct call *call_named(const char *name);

/* Whether it makes sense to let it fail so. */
bool call_can_fail(const struct point *point, int error);

/* Where nothing has to come of it when this call of this process fails. */
struct ignored {
        int part;    /* -1: each */
        long call;
        int error;   /* 0: each */
        bool less;   /* the program may see less of the host then */
        const char *why;
        bool other;  /* something else is tried; if that fails, too, it is its cause that is told */
};

/* NULL: it has to be an error. */
const struct ignored *call_may_be_ignored(const struct point *point, int error);

#endif
