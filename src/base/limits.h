/* SPDX-License-Identifier: MIT */
/* The resources of getrlimit(2) by their names: those of its page without RLIMIT_, in lower case. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stdint.h>

#define LIMITS 16

/* "nofile"; NULL: no such resource. */
const char *limit_name(uint64_t resource);

/* The resource of that name; -1: none. */
int limit_find(const char *name);

#endif
