/* SPDX-License-Identifier: MIT */
/*
 * The program's filters. To load one is a good part of the kernel's work for a start. A container that is prepared does it before it
 * waits for its program, where the filter allows each call that is still to be made; all others load them last.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "init/init.h"
#include "syscall/seccomp.h"

/* A call that is still to be made: of its arguments those first ones that are known, each below 2^32. */
struct call {
        uint32_t number;
        uint32_t known; /* bit N: argument N */
        uint32_t arguments[2];
};

/* What the stages from "await program" on may call. One that is missing here would be refused, or kill. */
static const struct call ahead[] = {
        /* waiting, telling */
        {.number = __NR_recvmsg}, {.number = __NR_sendmsg}, {.number = __NR_close}, {.number = __NR_restart_syscall},
#ifdef __NR_poll
        {.number = __NR_poll},
#endif
        {.number = __NR_ppoll},
        /* memory */
        {.number = __NR_brk}, {.number = __NR_mmap}, {.number = __NR_munmap}, {.number = __NR_mremap},
        {.number = __NR_mprotect}, {.number = __NR_madvise},
        /* directory, descriptors */
        {.number = __NR_chdir}, {__NR_fcntl, 1u << 1, {0, F_DUPFD_CLOEXEC}}, {.number = __NR_close_range},
#ifdef __NR_dup2
        {.number = __NR_dup2},
#endif
        {.number = __NR_dup3}, {__NR_prlimit64, 1u << 0, {0, 0}}, {.number = __NR_umask},
        {.number = __NR_rt_sigpending}, {.number = __NR_rt_sigaction},
        /* limits */
        {__NR_setpriority, 3u, {PRIO_PROCESS, 0}}, {__NR_sched_setaffinity, 1u << 0, {0, 0}},
        /* execution, or the end */
        {.number = __NR_getrusage}, {.number = __NR_rt_sigprocmask}, {.number = __NR_execve}, {.number = __NR_exit_group},
};

/* A word of struct seccomp_data; false: it is not known. */
static bool look_up(const struct call *call, uint32_t at, uint32_t *ret)
{
        uint32_t index = (at - (uint32_t)offsetof(struct seccomp_data, args)) / 8, half = at % 8;

        if (at == offsetof(struct seccomp_data, nr))
                *ret = call->number;
        else if (at == offsetof(struct seccomp_data, arch))
                *ret = SYS_AUDIT_ARCH;
        else if (at >= offsetof(struct seccomp_data, args) && index < ELEMENTS(call->arguments) && call->known >> index & 1)
                *ret = half == 0 ? call->arguments[index] : 0; /* little-endian, both architectures */
        else
                return false;
        return true;
}

/* Whether that is the answer to every such call. Where it depends on more, or something here is not known, it is not. */
static bool allows(const struct bytes *filter, const struct call *call)
{
        uint32_t value = 0;

        for (size_t at = 0; at < filter->size / SYS_INSTRUCTION_SIZE; at++) {
                struct sock_filter now;
                bool yes;

                memcpy(&now, (const char *)filter->data + at * SYS_INSTRUCTION_SIZE, sizeof(now)); /* not aligned */
                switch (now.code) {
                case BPF_LD | BPF_W | BPF_ABS:
                        if (!look_up(call, now.k, &value))
                                return false;
                        continue;
                case BPF_ALU | BPF_AND | BPF_K:
                        value &= now.k;
                        continue;
                case BPF_RET | BPF_K:
                        return now.k == SECCOMP_RET_ALLOW;
                case BPF_JMP | BPF_JA:
                        at += now.k;
                        continue;
                case BPF_JMP | BPF_JEQ | BPF_K:
                        yes = value == now.k;
                        break;
                case BPF_JMP | BPF_JGE | BPF_K:
                        yes = value >= now.k;
                        break;
                case BPF_JMP | BPF_JGT | BPF_K:
                        yes = value > now.k;
                        break;
                case BPF_JMP | BPF_JSET | BPF_K:
                        yes = value & now.k;
                        break;
                default:
                        return false;
                }
                at += yes ? now.jt : now.jf;
        }
        return false;
}

bool seccomp_goes_ahead(const struct init *init)
{
        const struct setup *setup = &init->setup;

        if (!awaits_program(init) || setup->filters.size > 0)
                return false;
        for (size_t i = 0; setup->filter.size > 0 && i < ELEMENTS(ahead); i++)
                if (!allows(&setup->filter, &ahead[i]))
                        return false;
        return true;
}

bool seccomp_is_left(const struct init *init)
{
        return !init->filtered;
}

static int load(const void *filter, size_t size, struct pinfold_error *err)
{
        int r = sys_seccomp_load(filter, size / SYS_INSTRUCTION_SIZE);

        return r < 0 ? error_set(err, -r, "%zu instructions", size / SYS_INSTRUCTION_SIZE) : 0;
}

int stage_seccomp(struct init *init, struct pinfold_error *err)
{
        const struct bytes *filter = &init->setup.filter, *more = &init->setup.filters;

        if (filter->size > 0 && load(filter->data, filter->size, err) < 0)
                return -err->error;
        for (size_t at = 0; at < more->size;) {
                uint32_t size;

                memcpy(&size, (const char *)more->data + at, sizeof(size));
                at += sizeof(size);
                if (size > more->size - at)
                        return error_set(err, EBADMSG, "a filter is cut");
                if (load((const char *)more->data + at, size, err) < 0)
                        return -err->error;
                at += size;
        }
        return 0;
}

int stage_seccomp_ahead(struct init *init, struct pinfold_error *err)
{
        init->filtered = true;
        return stage_seccomp(init, err);
}
