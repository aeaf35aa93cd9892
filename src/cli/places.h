/* SPDX-License-Identifier: MIT */
/*
 * Where profiles are looked for by name, in this order: the user's, the administrator's, the package's; and how these places are
 * kept from a program that could leave a profile there, and from checkouts. The fourth, of trusted ones: trusted.h.
 */
#ifndef CLI_PLACES_H
#define CLI_PLACES_H

#include "cli/plan.h"

#define PLACES 3
#define PLACE_OF_THE_USER 0

/* NULL: there is no such place. For places_free. */
void places_get(char *places[PLACES]);
void places_free(char *places[PLACES]);

/*
 * Of a directory that is the user's, in which `path` was found: it is not in a checkout, and others cannot write to it. Returns 0, or -1
 * after a message.
 */
int places_check(const char *directory, const char *path);

/*
 * Protects all of them in what the program may write to: one that it left there would decide for the next run. Returns 1, 0 where there is
 * no need, or -1 after a message.
 */
int places_keep(struct plan *plan);

#endif
