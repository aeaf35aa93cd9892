/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "syscall/seccomp.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <unistd.h>

#include "syscall/common.h"

int sys_seccomp_load(const void *instructions, size_t count)
{
        struct sock_fprog program = {
                .len = (unsigned short)count,
                .filter = (struct sock_filter *)(void *)(size_t)instructions,
        };

        if (count == 0 || count > BPF_MAXINSNS)
                return -EINVAL;
        return sys_call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}
