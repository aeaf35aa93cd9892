/* SPDX-License-Identifier: MIT */
/* Creating the namespaces and PID 1, without a copy of the caller. */
#ifndef CONTAINER_SPAWN_H
#define CONTAINER_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/namespaces.h"

struct spawned {
        pid_t pid;
        int pidfd;
        int socket; /* the caller's end of the setup socket */
        uint64_t namespaces[NAMESPACES]; /* as in struct located */
};

/* What is decided by its creation. */
struct spawn {
        unsigned flags;        /* enum pinfold_flag: HOST_*, RETAIN_GROUP */
        uint64_t capabilities; /* in addition to those of setup */
        int cgroup;            /* a cgroup v2 directory or -1 */
        int image;             /* of spawn_image, or -1: one of its own */
        int userns, pidns;     /* to join, or -1 */
};

/* pinfold-init in a sealed memory file, for any number of starts, which then share its pages. -1: there can be none. */
int spawn_image(void);

int spawn_init(const struct spawn *spawn, struct spawned *ret, struct pinfold_error *err);

#endif
