/* SPDX-License-Identifier: MIT */
/* The program's environment, and what a run without --empty takes over from the caller's. */
#ifndef CLI_ENVIRONMENT_H
#define CLI_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

#include <pinfold/pinfold.h>

/* That of a container, and the names of what has been added, some of them several times. */
struct environment {
        struct pinfold *box; /* borrowed */
        char **names;
        size_t count;
};

void environment_add(struct environment *environment, const char *name, const char *value);

/* Adds all that the program gets without being asked; `network`: it has the host's. */
void environment_pass(struct environment *environment, bool network);

/* The first `length` characters of `name` are the name of one that is added elsewhere. */
void environment_note(struct environment *environment, const char *name, size_t length);

/* Each name once, in order. */
void environment_sort(struct environment *environment);

/* Whether the variable "NAME=VALUE" has a name that has been added; sorted. */
bool environment_has(const struct environment *environment, const char *variable);

void environment_free(struct environment *environment);

#endif
