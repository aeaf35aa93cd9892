/* SPDX-License-Identifier: MIT */
/* A configured container, from start to its end: one poll loop over the container, the signals and the terminal. */
#ifndef CLI_SUPERVISE_H
#define CLI_SUPERVISE_H

#include <pinfold/pinfold.h>

#include "cli/events.h"
#include "cli/plan.h"
#include "cli/streams.h"
#include "cli/terminal.h"
#include "cli/via.h"

/*
 * `via` may name a server that the container comes from, and `plan` says where its operations are from. Returns the status that pinfold
 * is to end with, after a message if that is not the program's.
 */
int supervise(struct pinfold *box, const struct via *via, const struct plan *plan, struct streams *streams, struct terminal *terminal,
              struct events *events);

#endif
