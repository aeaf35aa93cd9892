/* SPDX-License-Identifier: MIT */
/* How capabilities go: capabilities(7). Which ones init works with: wire/handover.h. */
#ifndef INIT_CAPABILITIES_H
#define INIT_CAPABILITIES_H

#include <linux/capability.h>
#include <stdint.h>

#include "base/error.h"

/* Of a privileged container's program. */
#define CAPABILITIES_PRIVILEGED (UINT64_C(1) << CAP_SYS_ADMIN)

/* The bounding set shrinks to `kept`. It is inherited; a new user namespace begins with a full one. */
int capabilities_bound(uint64_t kept, struct pinfold_error *err);

/* The other four sets shrink to `kept`, for this process and what it executes. */
int capabilities_keep(uint64_t kept, struct pinfold_error *err);

#endif
