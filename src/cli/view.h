/* SPDX-License-Identifier: MIT */
/* What a run without --empty shows before any option has its say. */
#ifndef CLI_VIEW_H
#define CLI_VIEW_H

#include "cli/plan.h"

/* The operating system read-only, fresh proc, dev, tmp and run, and a scratch home directory with toolchains. */
void view_system(struct plan *plan, const char *home, bool host_pid);

/*
 * The current directory `path`, read-only, and returns true; or, where that would show a home or hide what is private,
 * nothing but a place to be in, and false.
 */
bool view_current(struct plan *plan, const char *path, const char *home);

/* With the host's network: what name resolution and TLS need beside /etc. */
void view_network(struct plan *plan);

/* After everything else: what was made in memory on the way is not for writing. */
void view_seal(struct plan *plan);

#endif
