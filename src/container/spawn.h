/* SPDX-License-Identifier: MIT */
/* Creating the namespaces and PID 1, without a copy of the caller. */
#ifndef CONTAINER_SPAWN_H
#define CONTAINER_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct spawned {
        pid_t pid;
        int pidfd;
        int socket; /* the caller's end of the setup socket */
};

/* `cgroup`: a cgroup v2 directory or -1. */
int spawn_init(bool host_net, int cgroup, struct spawned *ret, struct pinfold_error *err);

#endif
