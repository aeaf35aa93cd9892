/* SPDX-License-Identifier: MIT */
/*
 * What library and init agree on at the moment of execution.
 *
 * argv: "pinfold-init", the number of the setup socket's descriptor, the number of a pidfd of the caller, the capabilities that the
 * program is to keep as a hexadecimal number, and behind it HANDOVER_HOST_PID when it is not to be PID 1, HANDOVER_CGROUP when it has a
 * cgroup namespace of its own. No environment.
 * All signals are blocked. No other descriptor is open. The capabilities below and those to keep are ambient.
 *
 * With three arguments more, the flags of the namespaces as a hexadecimal number and the numbers of descriptors of a user and a
 * process namespace to join before (-1: none), and without any of that it is the launcher: it creates the namespaces in the caller's
 * place (init/launch.c).
 */
#ifndef WIRE_HANDOVER_H
#define WIRE_HANDOVER_H

#include <linux/capability.h>
#include <stdint.h>

#define INIT_NAME "pinfold-init"
#define INIT_ARGUMENTS 4
#define HANDOVER_HOST_PID 'p'
#define HANDOVER_CGROUP 'g'
#define LAUNCHER_ARGUMENTS 7

#define CAPABILITY(number) (UINT64_C(1) << (number))

/* In the container's own user namespace: an id other than 0 would lose them when init is executed. */
#define SETUP_CAPABILITIES                                                                          \
        (CAPABILITY(CAP_SYS_ADMIN)       /* mounts, host name, namespaces */                        \
         | CAPABILITY(CAP_SETPCAP)       /* the bounding set */                                     \
         | CAPABILITY(CAP_DAC_OVERRIDE)  /* upper and work of overlays */                           \
         | CAPABILITY(CAP_NET_ADMIN)     /* loopback */                                             \
         | CAPABILITY(CAP_SYS_RESOURCE)  /* max_user_namespaces */                                  \
         | CAPABILITY(CAP_SETUID)        /* ids other than the caller's */                          \
         | CAPABILITY(CAP_SETFCAP)       /* a map of id 0 into a nested namespace */                \
         | CAPABILITY(CAP_SETGID))       /* the same, and supplementary groups */

#endif
