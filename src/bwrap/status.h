/* SPDX-License-Identifier: MIT */
/* What --info-fd and --json-status-fd get, in the form of the original. */
#ifndef BWRAP_STATUS_H
#define BWRAP_STATUS_H

#include <pinfold/container.h>

#include "bwrap/request.h"

/* There are the namespaces, and a process in them, which waits. */
void status_started(const struct request *request, const struct pinfold *box);

/* The program, which had been executed, ended. */
void status_ended(const struct request *request, int status);

#endif
