/* SPDX-License-Identifier: MIT */
/* Capabilities by their names in capabilities(7). */
#ifndef BASE_CAPABILITY_H
#define BASE_CAPABILITY_H

#include <stdint.h>

/* "CAP_NET_RAW", "net_raw", or "all", in any case; its bits. -EINVAL: there is none. */
int capability_find(const char *name, uint64_t *ret);

/* "net_raw"; NULL past the last. */
const char *capability_name(unsigned number);

#endif
