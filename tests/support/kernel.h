/* SPDX-License-Identifier: MIT */
/* What differs from kernel to kernel, for tests that have to expect exactly that. */
#ifndef SUPPORT_KERNEL_H
#define SUPPORT_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static inline bool kernel_is_before(int major, int minor)
{
        struct utsname name;
        int here[2] = {0};

        uname(&name);
        sscanf(name.release, "%d.%d", &here[0], &here[1]);
        return here[0] < major || (here[0] == major && here[1] < minor);
}

/* Landlock can keep signals inside, and abstract sockets of the host outside: ABI 6, Linux 6.12. */
static inline bool landlock_scopes(void)
{
        return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 6;
}

/* Without it nothing can be created in a cgroup; it is moved there (tools/missing.sh). */
static inline bool has_clone3(void)
{
        return syscall(SYS_clone3, NULL, 0) < 0 && errno != ENOSYS;
}

#endif
