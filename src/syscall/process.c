/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "syscall/process.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "syscall/common.h"

#define P_PIDFD_ 3
#define CLOSE_RANGE_CLOEXEC_ 4u

int sys_pidfd_open(pid_t pid)
{
        return sys_call(__NR_pidfd_open, pid, 0);
}

int sys_pidfd_signal(int pidfd, int signal)
{
        return sys_call(__NR_pidfd_send_signal, pidfd, signal, NULL, 0);
}

bool sys_pidfd_ended(int pidfd)
{
        struct pollfd poll_pidfd = {.fd = pidfd, .events = POLLIN};

        return poll(&poll_pidfd, 1, 0) > 0;
}

int sys_pidfd_reap(int pidfd, bool block, int *ret_status)
{
        siginfo_t info = {0};
        int r;

        do
                r = sys_call(__NR_waitid, P_PIDFD_, pidfd, &info, WEXITED | __WALL | (block ? 0 : WNOHANG), NULL);
        while (r == -EINTR);
        if (r < 0)
                return r;
        if (info.si_pid == 0)
                return 0;
        *ret_status = info.si_code == CLD_EXITED ? (info.si_status & 0xff) << 8
                                                 : info.si_status | (info.si_code == CLD_DUMPED ? 0x80 : 0);
        return 1;
}

int sys_reap_any(int *ret_status, struct rusage *ret_usage)
{
        return sys_call(__NR_wait4, -1, ret_status, WNOHANG, ret_usage);
}

int sys_signal_action(int signal, void (*handler)(int))
{
        struct {
                void (*handler)(int);
                unsigned long flags;
                void (*restorer)(void);
                uint64_t mask;
        } action = {.handler = handler};

        return sys_call(__NR_rt_sigaction, signal, &action, NULL, sizeof(action.mask));
}

int sys_kill(pid_t pid, int signal)
{
        return sys_call(__NR_kill, pid, signal);
}

int sys_cloexec_from(unsigned first)
{
        return sys_call(__NR_close_range, first, ~0u, CLOSE_RANGE_CLOEXEC_);
}
