/* SPDX-License-Identifier: MIT */
/* Containers with tests/inside/probe.c in them, at /inside. */
#ifndef INSIDE_PROBE_H
#define INSIDE_PROBE_H

#include "support/box.h"

/* box_new with the probe. */
struct pinfold *box_with_probe(const char *script);

/* Runs `/inside COMMAND` in it, which must exit with 0; frees the box. Its output is to be freed. */
char *inside(struct pinfold *box, const char *command);

/* inside, compared. */
void assert_inside(struct pinfold *box, const char *command, const char *expected);

#endif
