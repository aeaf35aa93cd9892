/* SPDX-License-Identifier: MIT */
#ifndef SECCOMP_ERRNOS_H
#define SECCOMP_ERRNOS_H

/* "EPERM"; NULL: there is none. Where a number has two names, the usual one. */
const char *errno_name(int number);

/* 0: no such name. */
int errno_find(const char *name);

#endif
