/* SPDX-License-Identifier: MIT */
/*
 * The same attack inside and outside: `attacks` is a static program (attacks.c), at /attacks in the container. Outside it
 * shows that the probe can tell.
 */
#ifndef SECURITY_ATTACK_H
#define SECURITY_ATTACK_H

#include "support/box.h"

/* box_new with the program. */
struct pinfold *box_with_attacks(unsigned flags);

/* Runs `/attacks COMMAND`, which must exit with 0; its output is to be freed. attack_inside frees the box. */
char *attack_inside(struct pinfold *box, const char *command);
char *attack_outside(const char *command);

/* Compared. */
void assert_inside(struct pinfold *box, const char *command, const char *expected);
void assert_outside(const char *command, const char *expected);

/* Listening unix sockets of the host, to be closed: at a path, or, with a name, abstract. */
int listen_at(const char *path);
int listen_abstract(const char *name);

#endif
