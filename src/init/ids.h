/* SPDX-License-Identifier: MIT */
/* The id maps of the user namespace, and the ids that the program runs under: user_namespaces(7). */
#ifndef INIT_IDS_H
#define INIT_IDS_H

#include "wire/message.h"

/* PID 1 must be dumpable for this: the files in /proc belong to root otherwise. */
int ids_map(const struct setup *setup, struct pinfold_error *err);

/* Drops supplementary groups where that is possible, and takes on uid and gid. Keeps the capabilities. */
int ids_become(const struct setup *setup, struct pinfold_error *err);

#endif
