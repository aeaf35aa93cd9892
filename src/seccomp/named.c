/* SPDX-License-Identifier: MIT */
/*
 * Policies by name. `everyday` and `strict` are presets; `allowlist` refuses what it does not name. Its groups hold what
 * ordinary programs use: one more call is one more word.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/socket.h>

#include <pinfold/seccomp.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "seccomp/group.h"
#include "seccomp/policy.h"

static const char *const allowed[] = {
        /* Files. */
        "access chdir close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fadvise64_64 "
        "fallocate fchdir fchmod fchmodat fchmodat2 fcntl fcntl64 fdatasync fgetxattr flistxattr flock fremovexattr "
        "fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents "
        "getdents64 getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch lgetxattr link linkat "
        "listxattr llistxattr lremovexattr lseek lsetxattr lstat lstat64 _llseek mkdir mkdirat mknod mknodat newfstatat "
        "open openat pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv "
        "removexattr rename renameat renameat2 rmdir sendfile sendfile64 setxattr splice stat stat64 statfs statfs64 "
        "statx symlink symlinkat sync_file_range syncfs tee truncate truncate64 umask unlink unlinkat utime utimensat "
        "utimensat_time64 utimes vmsplice write writev chmod",
        /* Waiting. */
        "epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 poll ppoll "
        "ppoll_time64 pselect6 pselect6_time64 select _newselect pause pipe pipe2 signalfd signalfd4 timerfd_create "
        "timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 restart_syscall",
        /* Memory. */
        "brk cachestat madvise membarrier memfd_create mincore mlock mlock2 mlockall mmap mmap2 mprotect mremap mseal "
        "msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect map_shadow_stack remap_file_pages",
        /* Processes and threads. */
        "arch_prctl capget capset execve execveat exit exit_group fork futex futex_time64 futex_waitv futex_wait "
        "futex_wake futex_requeue get_robust_list get_thread_area getcpu getpgid getpgrp getpid getppid getpriority "
        "getrandom getresgid getresgid32 getresuid getresuid32 getrlimit getrusage getsid gettid getuid getuid32 geteuid "
        "geteuid32 getgid getgid32 getegid getegid32 getgroups getgroups32 ioprio_get kill pidfd_open pidfd_send_signal "
        "prctl prlimit64 rseq sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr "
        "sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity "
        "sched_yield set_robust_list set_thread_area set_tid_address set_tls setpgid setpriority setrlimit setsid "
        "sysinfo tgkill time times tkill ugetrlimit uname vfork wait4 waitid waitpid landlock_create_ruleset "
        "landlock_add_rule landlock_restrict_self seccomp",
        /* Signals and time. */
        "alarm clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 "
        "getitimer gettimeofday nanosleep rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn "
        "rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo setitimer sigaction sigaltstack signal "
        "sigpending sigprocmask sigreturn sigsuspend timer_create timer_delete timer_getoverrun timer_gettime "
        "timer_gettime64 timer_settime timer_settime64",
        /* Talking to others. */
        "accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 "
        "recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketcall mq_getsetattr mq_notify mq_open "
        "mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd "
        "semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget ipc",
};

static void allow(struct pinfold_seccomp *policy, const char *names)
{
        for (const char *at = names; *at; at += *at == ' ') {
                const char *end = strchrnul(at, ' ');
                char name[SYSCALL_NAME_MAX] = "";

                memcpy(name, at, (size_t)(end - at));
                pinfold_seccomp_add_rule(policy, name, PINFOLD_SECCOMP_ALLOW, NULL, 0);
                at = end;
        }
}

static void allow_if(struct pinfold_seccomp *policy, const char *name, struct pinfold_seccomp_arg arg)
{
        pinfold_seccomp_add_rule(policy, name, PINFOLD_SECCOMP_ALLOW, &arg, 1);
}

static void refuse_if(struct pinfold_seccomp *policy, const char *name, struct pinfold_seccomp_arg arg)
{
        pinfold_seccomp_add_rule(policy, name, PINFOLD_SECCOMP_ERRNO(EPERM), &arg, 1);
}

static void use_allowlist(struct pinfold_seccomp *policy)
{
        static const unsigned families[] = {AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
        static const unsigned requests[] = {TIOCSTI, TIOCLINUX, TIOCSETD, TIOCEXCL};
        const uint64_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                    CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME;

        /* Programs take ENOSYS for an older kernel, and do without; clone3(2) is among these, its flags are in memory. */
        pinfold_seccomp_set_default(policy, PINFOLD_SECCOMP_ERRNO(ENOSYS));
        for (size_t i = 0; i < ELEMENTS(allowed); i++)
                allow(policy, allowed[i]);
        for (size_t i = 0; i < ELEMENTS(families); i++) {
                allow_if(policy, "socket", (struct pinfold_seccomp_arg)LOW_HALF(0, families[i]));
                allow_if(policy, "socketpair", (struct pinfold_seccomp_arg)LOW_HALF(0, families[i]));
        }
        for (size_t i = 0; i < ELEMENTS(requests); i++)
                refuse_if(policy, "ioctl", (struct pinfold_seccomp_arg)LOW_HALF(1, requests[i]));
        allow(policy, "ioctl");
        /* CLONE_NEWTIME is one of the signal's bits in clone(2), and means nothing there. */
        allow_if(policy, "clone", (struct pinfold_seccomp_arg){0, PINFOLD_SECCOMP_MASKED_EQ, namespaces & ~0xffu, 0});
        allow_if(policy, "personality", (struct pinfold_seccomp_arg)LOW_HALF(0, PER_LINUX));
        allow_if(policy, "personality", (struct pinfold_seccomp_arg)LOW_HALF(0, 0xffffffff)); /* asks only */
}

int pinfold_seccomp_use(struct pinfold_seccomp *policy, const char *name, struct pinfold_error *err)
{
        struct pinfold_error own;

        if (!err)
                err = &own;
        if (!policy)
                error_set(err, ENOMEM, "no policy");
        else if (strcmp(name, "everyday") == 0)
                return pinfold_seccomp_set_presets(policy, PINFOLD_SECCOMP_EVERYDAY);
        else if (strcmp(name, "strict") == 0)
                return pinfold_seccomp_set_presets(policy, PINFOLD_SECCOMP_STRICT);
        else if (strcmp(name, "allowlist") == 0)
                return use_allowlist(policy), 0;
        else
                error_set(err, EINVAL, "no policy \"%s\"; there are everyday, strict and allowlist", name);
        error_stage(err, PINFOLD_STAGE_CONFIGURE);
        return error_finish(err, "cannot set syscall filter");
}
