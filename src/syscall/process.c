/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "syscall/process.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "syscall/common.h"

#define P_PIDFD_ 3
#define CLOSE_RANGE_CLOEXEC_ 4u

int sys_pidfd_open(pid_t pid)
{
        return sys_result(syscall(__NR_pidfd_open, pid, 0));
}

int sys_pidfd_signal(int pidfd, int signal)
{
        return sys_result(syscall(__NR_pidfd_send_signal, pidfd, signal, NULL, 0));
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
                r = sys_result(waitid((idtype_t)P_PIDFD_, (id_t)pidfd, &info, WEXITED | __WALL | (block ? 0 : WNOHANG)));
        while (r == -EINTR);
        if (r < 0)
                return r;
        if (info.si_pid == 0)
                return 0;
        *ret_status = info.si_code == CLD_EXITED ? (info.si_status & 0xff) << 8
                                                 : info.si_status | (info.si_code == CLD_DUMPED ? 0x80 : 0);
        return 1;
}

int sys_cloexec_from(unsigned first)
{
        return sys_result(syscall(__NR_close_range, first, ~0u, CLOSE_RANGE_CLOEXEC_));
}
