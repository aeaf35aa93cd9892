/* SPDX-License-Identifier: MIT */
/* The kinds of namespaces, namespaces(7), in the order of their names. */
#ifndef BASE_NAMESPACES_H
#define BASE_NAMESPACES_H

#define NAMESPACES 7
#define NAMESPACE_CGROUP 0

/* As below /proc/PID/ns. */
extern const char *const namespace_names[NAMESPACES];

#endif
