/* SPDX-License-Identifier: MIT */
#include "seccomp/arch.h"

#include <linux/audit.h>
#include <string.h>

#define VIA_SOCKETCALL(call) 102, {0, PINFOLD_SECCOMP_EQ, (call), 0}
/* The kernel looks at the lower 16 bits of ipc(2)'s first argument; a version number may stand above. */
#define VIA_IPC(call) 117, {0, PINFOLD_SECCOMP_MASKED_EQ, 0xffff, (call)}

static const struct multiplexed x86_multiplexed[] = {
        {"socket", VIA_SOCKETCALL(1)},
        {"bind", VIA_SOCKETCALL(2)},
        {"connect", VIA_SOCKETCALL(3)},
        {"listen", VIA_SOCKETCALL(4)},
        {"accept", VIA_SOCKETCALL(5)},
        {"getsockname", VIA_SOCKETCALL(6)},
        {"getpeername", VIA_SOCKETCALL(7)},
        {"socketpair", VIA_SOCKETCALL(8)},
        {"send", VIA_SOCKETCALL(9)},
        {"recv", VIA_SOCKETCALL(10)},
        {"sendto", VIA_SOCKETCALL(11)},
        {"recvfrom", VIA_SOCKETCALL(12)},
        {"shutdown", VIA_SOCKETCALL(13)},
        {"setsockopt", VIA_SOCKETCALL(14)},
        {"getsockopt", VIA_SOCKETCALL(15)},
        {"sendmsg", VIA_SOCKETCALL(16)},
        {"recvmsg", VIA_SOCKETCALL(17)},
        {"accept4", VIA_SOCKETCALL(18)},
        {"recvmmsg", VIA_SOCKETCALL(19)},
        {"sendmmsg", VIA_SOCKETCALL(20)},
        {"semop", VIA_IPC(1)},
        {"semget", VIA_IPC(2)},
        {"semctl", VIA_IPC(3)},
        {"semtimedop", VIA_IPC(4)},
        {"msgsnd", VIA_IPC(11)},
        {"msgrcv", VIA_IPC(12)},
        {"msgget", VIA_IPC(13)},
        {"msgctl", VIA_IPC(14)},
        {"shmat", VIA_IPC(21)},
        {"shmdt", VIA_IPC(22)},
        {"shmget", VIA_IPC(23)},
        {"shmctl", VIA_IPC(24)},
        {"", 0, {0}},
};

const struct arch arch_x86 = {
        .name = "x86",
        .table = SYSCALL_X86,
        .audit = AUDIT_ARCH_I386,
        .multiplexed = x86_multiplexed,
};

const struct arch arch_x86_64 = {
        .name = "x86_64",
        .table = SYSCALL_X86_64,
        .audit = AUDIT_ARCH_X86_64,
        .x32 = true,
        .narrow = &arch_x86,
};

const struct arch arch_arm = {
        .name = "arm",
        .table = SYSCALL_ARM,
        .audit = AUDIT_ARCH_ARM,
};

const struct arch arch_aarch64 = {
        .name = "aarch64",
        .table = SYSCALL_AARCH64,
        .audit = AUDIT_ARCH_AARCH64,
        .narrow = &arch_arm,
};

const struct arch *arch_native(void)
{
#if defined(__x86_64__) && !defined(__ILP32__)
        return &arch_x86_64;
#elif defined(__aarch64__) && !defined(__ILP32__)
        return &arch_aarch64;
#else
#error "the syscall filter knows no such architecture: add it to this file"
#endif
}

const struct multiplexed *arch_multiplexed(const struct arch *arch, const char *name)
{
        for (const struct multiplexed *call = arch->multiplexed; call && *call->name; call++)
                if (strcmp(call->name, name) == 0)
                        return call;
        return NULL;
}

int arch_syscall(const struct arch *arch, const char *name)
{
        return syscall_number(name, arch->table);
}
