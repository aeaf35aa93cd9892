/* SPDX-License-Identifier: MIT */
/*
 * The syscall filter of PID 1: only what watch.c needs from its first turn on. It reads packets of the caller and signals
 * of anybody inside; should one of them ever get the better of it, there is nothing that it could do with it.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "init/init.h"
#include "syscall/seccomp.h"

#define LOAD(field) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field)))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
#define ALLOW(number)                                    \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), RETURN(SECCOMP_RET_ALLOW)

/* What the runtime of the sanitizers calls on its own, in a build for debugging. */
#ifdef __SANITIZE_ADDRESS__
#define ALLOW_SANITIZER                                                                                       \
        ALLOW(__NR_sigaltstack), ALLOW(__NR_gettid), ALLOW(__NR_getpid), ALLOW(__NR_futex),                   \
                ALLOW(__NR_mprotect), ALLOW(__NR_sched_yield), ALLOW(__NR_write),                                \
                ALLOW(__NR_writev), ALLOW(__NR_rt_sigaction), ALLOW(__NR_rt_sigprocmask), ALLOW(__NR_tgkill),
#else
#define ALLOW_SANITIZER
#endif

int filter_load(struct init *init, struct pinfold_error *err)
{
        const unsigned program = (unsigned)init->program;
        const struct sock_filter filter[] = {
                LOAD(arch),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_AUDIT_ARCH, 1, 0),
                RETURN(SECCOMP_RET_KILL_PROCESS),
                LOAD(nr),
#ifdef __NR_epoll_wait
                ALLOW(__NR_epoll_wait),
#endif
                ALLOW(__NR_epoll_pwait),
                ALLOW(__NR_epoll_ctl),
                ALLOW(__NR_wait4),
                ALLOW(__NR_read),
                ALLOW(__NR_recvmsg),
                ALLOW(__NR_sendmsg),
                /* Without a process namespace it is for the program alone: "all" would be all that the caller has. */
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_kill, 0, 4),
                init->host_pid ? LOAD(args[0]) : (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, program),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, program, 0, 1),
                RETURN(SECCOMP_RET_ALLOW),
                RETURN(SECCOMP_RET_ERRNO | 1 /* EPERM */),
                ALLOW(__NR_close),
                ALLOW(__NR_clock_gettime), /* where the vDSO has none */
                ALLOW(__NR_exit_group),
                /* Encoding an error allocates. */
                ALLOW(__NR_brk),
                ALLOW(__NR_mmap),
                ALLOW(__NR_munmap),
                ALLOW(__NR_mremap),
                ALLOW(__NR_madvise), /* pages_rest */
                ALLOW(__NR_restart_syscall),
                ALLOW_SANITIZER
                RETURN(SECCOMP_RET_ERRNO | 1 /* EPERM */),
        };
        int r = sys_seccomp_load(filter, ELEMENTS(filter));

        return r < 0 ? error_set(err, -r, "load its syscall filter") : 0;
}
