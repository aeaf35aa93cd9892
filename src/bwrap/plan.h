/* SPDX-License-Identifier: MIT */
/* A request as a container of libpinfold, or as the command line of `pinfold run` that would make the same. */
#ifndef BWRAP_PLAN_H
#define BWRAP_PLAN_H

#include <stdio.h>

#include <pinfold/pinfold.h>

#include "bwrap/request.h"

/* What an operation of the container was for. */
struct step {
        const struct operation *operation;
        enum step_role {
                STEP_PARENTS, /* of its place */
                STEP_MAIN,
                STEP_PART, /* something in it */
        } role;
};

struct plan {
        const struct request *request;
        struct pinfold *box; /* NULL: only print */
        FILE *out;           /* with no box */
        struct step *steps;  /* one for each operation of the box, by its index */
        size_t count;
};

/* Adds everything to plan->box, or prints it. Exits with a message where that is not possible. */
void plan_make(struct plan *plan, const struct request *request, const int *files, size_t file_count);

/* Says in the words of bubblewrap what went wrong, and exits. */
_Noreturn void plan_fail(const struct plan *plan, const struct pinfold_error *err);

#endif
