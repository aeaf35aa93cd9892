/* SPDX-License-Identifier: MIT */
/* How capabilities go: capabilities(7). Which ones init works with: wire/handover.h. */
#ifndef INIT_CAPABILITIES_H
#define INIT_CAPABILITIES_H

#include <stdint.h>

#include "base/error.h"

/* All five sets shrink to `kept`, for this process and what it executes. */
int capabilities_keep(uint64_t kept, struct pinfold_error *err);

#endif
