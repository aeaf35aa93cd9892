/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "faults/calls.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#define CALL(name, ...) {#name, __NR_##name, {__VA_ARGS__}, false}

/* Errors by the manual pages, without those that arguments alone decide about (EBADF, EFAULT, EINVAL). */
static const struct call calls[] = {
#ifdef __NR_open
        CALL(open, EACCES, EMFILE, ENFILE, ENOENT, ENOMEM),
        CALL(access, EACCES, ENOENT, ENOMEM),
        CALL(readlink, EACCES, ENOENT, ENOMEM),
        CALL(poll, ENOMEM, EINTR),
        CALL(dup2, EINTR, EMFILE),
        CALL(arch_prctl, 0),
        CALL(stat, EACCES, ENOENT, ENOMEM),
        CALL(lstat, EACCES, ENOENT, ENOMEM),
        CALL(unlink, EACCES, EBUSY, EROFS),
        CALL(rmdir, EACCES, EBUSY, EROFS),
        CALL(mkdir, EACCES, ENOSPC, EROFS),
        CALL(fork, EAGAIN, ENOMEM),
        CALL(vfork, EAGAIN, ENOMEM),
        CALL(pipe, EMFILE, ENFILE),
        CALL(epoll_wait, EINTR),
        CALL(getdents, ENOMEM),
#endif
        CALL(brk, ENOMEM),
        CALL(capget, EPERM),
        CALL(capset, EPERM),
        CALL(chdir, EACCES, EIO, ENOENT, ENOMEM),
        CALL(clock_gettime, 0), /* where the vDSO has none */
        CALL(clone, EAGAIN, ENOMEM, ENOSPC, EPERM, ENOSYS),
        CALL(clone3, EAGAIN, ENOMEM, ENOSPC, EPERM, ENOSYS),
        {"close", __NR_close, {EIO, EINTR}, true},
        CALL(close_range, ENOMEM, ENOSYS),
        CALL(dup, EMFILE),
        CALL(dup3, EBUSY, EMFILE),
        CALL(epoll_create1, EMFILE, ENFILE, ENOMEM),
        CALL(epoll_ctl, ENOMEM, ENOSPC),
        CALL(epoll_pwait, EINTR),
        CALL(execve, EACCES, E2BIG, EAGAIN, ENOENT, ENOMEM, ENOEXEC, ETXTBSY),
        CALL(execveat, EACCES, E2BIG, EPERM, ENOMEM, ENOSYS),
        CALL(exit_group, 0),
        CALL(exit, 0),
        CALL(faccessat, EACCES, ENOENT),
        CALL(faccessat2, EACCES, ENOENT, ENOSYS),
        CALL(fchdir, EACCES),
        CALL(fchmod, EIO, EPERM, EROFS),
        CALL(fchmodat, EIO, EPERM, EROFS),
        CALL(fchown, EIO, EPERM, EROFS),
        CALL(fchownat, EIO, EPERM, EROFS, EOVERFLOW),
        CALL(fcntl, EMFILE),
        CALL(flock, EINTR, ENOLCK, EWOULDBLOCK),
        CALL(fsconfig, EBUSY, ENODEV, ENOMEM, EPERM, ENOSYS),
        CALL(fsmount, EBUSY, EMFILE, ENOMEM, ENOSPC, EPERM, ENOSYS),
        CALL(fsopen, EMFILE, ENODEV, ENOMEM, EPERM, ENOSYS),
        CALL(fstat, ENOMEM, EOVERFLOW),
        CALL(fstatfs, EINTR, EIO, ENOMEM, ENOSYS),
        CALL(ftruncate, EINTR, EFBIG, EIO),
        CALL(futex, 0),
        CALL(getcwd, EACCES, ENOENT, ENOMEM),
        CALL(getdents64, ENOMEM),
        CALL(getegid, 0),
        CALL(geteuid, 0),
        CALL(getgid, 0),
        CALL(getgroups, EPERM),
        CALL(getpgid, ESRCH),
        CALL(getpid, 0),
        CALL(getppid, 0),
        CALL(getpriority, ESRCH),
        CALL(getrandom, EAGAIN, ENOSYS),
        CALL(getrlimit, EPERM),
        CALL(getrusage, 0),
        CALL(getsid, ESRCH),
        CALL(getsockopt, 0),
        CALL(gettid, 0),
        CALL(getuid, 0),
        CALL(getxattr, ENODATA, ENOTSUP, ENOMEM),
        CALL(ioctl, ENOTTY, EPERM, ENOMEM, EIO),
        CALL(keyctl, EDQUOT, ENOMEM, EACCES),
        CALL(kill, EPERM, ESRCH),
        CALL(landlock_create_ruleset, ENOMEM, EMFILE, EOPNOTSUPP, ENOSYS),
        CALL(landlock_restrict_self, E2BIG, ENOMEM, EPERM),
        CALL(lseek, 0),
        CALL(memfd_create, EMFILE, ENFILE, ENOMEM, EACCES),
        CALL(mkdirat, EACCES, EDQUOT, ENOENT, ENOSPC, EROFS),
        CALL(mknodat, EACCES, EDQUOT, ENOSPC, EPERM, EROFS),
        CALL(mmap, ENOMEM),
        CALL(mount, ENOMEM, EPERM, EACCES),
        CALL(mount_setattr, ENOMEM, EPERM, EBUSY, ENOSYS),
        CALL(move_mount, EBUSY, ENOMEM, ENOSPC, EPERM, ENOSYS),
        CALL(mprotect, ENOMEM),
        CALL(mremap, ENOMEM),
        CALL(munmap, ENOMEM),
        CALL(nanosleep, EINTR),
        CALL(newfstatat, EACCES, ENOENT, ENOMEM),
        CALL(open_tree, EACCES, EMFILE, ENOENT, ENOMEM, EPERM, ENOSYS),
        CALL(openat, EACCES, EMFILE, ENFILE, ENOENT, ENOMEM, ENOSPC),
        CALL(openat2, EACCES, EMFILE, ENFILE, ENOENT, ENOMEM, EXDEV, ENOSYS),
        CALL(pidfd_open, EMFILE, ENFILE, ENOMEM, ENOSYS),
        CALL(pidfd_send_signal, EPERM, ENOSYS),
        CALL(pipe2, EMFILE, ENFILE),
        CALL(pivot_root, EBUSY, EINVAL, EPERM),
        CALL(ppoll, ENOMEM, EINTR),
        CALL(prctl, EPERM),
        CALL(pread64, EIO, EINTR),
        CALL(prlimit64, EPERM),
        CALL(pwrite64, EIO, ENOSPC),
        CALL(read, EIO, EINTR),
        CALL(readlinkat, EACCES, ENOENT, ENOMEM),
        CALL(recvmsg, ENOMEM, EINTR),
        CALL(rseq, ENOSYS),
        CALL(rt_sigaction, 0),
        CALL(rt_sigpending, 0),
        CALL(rt_sigprocmask, 0),
        CALL(rt_sigreturn, 0),
        CALL(rt_sigtimedwait, EAGAIN, EINTR),
        CALL(sched_getaffinity, EPERM),
        CALL(sched_setaffinity, EPERM, EINVAL),
        CALL(seccomp, EACCES, ENOMEM, EINVAL, ENOSYS),
        CALL(sendmsg, ENOBUFS, ENOMEM, ETOOMANYREFS, EINTR),
        CALL(sendto, ENOTSOCK, EINTR),
        CALL(madvise, ENOMEM),
        CALL(set_robust_list, ENOSYS),
        CALL(set_tid_address, 0),
        CALL(setgroups, EPERM, ENOMEM),
        CALL(sethostname, EPERM),
        CALL(setpgid, EACCES, EPERM),
        CALL(setpriority, EACCES, EPERM),
        CALL(setresgid, EAGAIN, EPERM),
        CALL(setresuid, EAGAIN, EPERM),
        CALL(setsid, EPERM),
        CALL(signalfd4, EMFILE, ENFILE, ENOMEM, ENODEV),
        CALL(socket, EACCES, EAFNOSUPPORT, EMFILE, ENOMEM),
        CALL(socketpair, EMFILE, ENFILE, ENOMEM),
        CALL(statfs, EACCES, ENOENT, EIO),
        CALL(statx, EACCES, ENOENT, ENOMEM, ENOSYS),
        CALL(symlinkat, EACCES, EDQUOT, ENOSPC, EROFS),
        CALL(sysinfo, 0),
        CALL(tgkill, 0),
        CALL(umask, 0),
        CALL(umount2, EBUSY, ENOMEM, EPERM),
        CALL(uname, 0),
        CALL(unlinkat, EACCES, EBUSY, EROFS),
        CALL(unshare, ENOMEM, ENOSPC, EPERM),
        CALL(wait4, EINTR),
        CALL(waitid, EINTR),
        CALL(write, EINTR, EIO, ENOSPC),
        CALL(writev, EIO, ENOSPC),
};

/* Errors that tell of a world in which there is nothing to protect, or that the call cannot have as it is made there. */
static const struct point_error {
        enum part part;
        long call;
        int error;
} meaningless[] = {
        {PART_CALLER, __NR_openat, ENOENT},
        {PART_CALLER, __NR_openat2, ENOENT},
        {PART_CALLER, __NR_newfstatat, ENOENT},
        {PART_CALLER, __NR_newfstatat, EACCES},
        /* Before main, which a static program does not survive. */
        {PART_CALLER, __NR_brk, ENOMEM},
        {PART_CALLER, __NR_mprotect, ENOMEM},
        {PART_INIT, __NR_sendmsg, ETOOMANYREFS},
};

/* Reviewed, each: none of them takes a protection away. */
static const struct ignored ignored[] = {
#ifdef __NR_open
        {-1, __NR_poll, 0, false, "it is tried again"},
        {PART_CALLER, __NR_readlink, 0, true, "what cannot be looked at is not shown"},
        {PART_CALLER, __NR_access, 0, true, "what cannot be looked at is not shown"},
#endif
        {-1, __NR_ppoll, 0, false, "it is tried again"},
        {-1, __NR_close, 0, false, "the descriptor is closed all the same"},
        {-1, __NR_munmap, 0, false, "memory that is not given back"},
        {-1, __NR_madvise, 0, false, "memory that is not given back"},
        {-1, __NR_sendto, 0, false, "it is written, or tried again"},
        {-1, __NR_set_robust_list, 0, false, "the C library's; there are no threads that need it"},
        {-1, __NR_rseq, 0, false, "the C library's; it does without"},
        {-1, __NR_brk, 0, false, "malloc maps memory instead"},
        {-1, __NR_mremap, 0, false, "malloc copies instead"},
        {-1, __NR_read, EINTR, false, "it is tried again"},
        {-1, __NR_write, EINTR, false, "it is tried again"},
        {-1, __NR_sendmsg, EINTR, false, "it is tried again"},
        {-1, __NR_recvmsg, EINTR, false, "it is tried again"},
        {-1, __NR_epoll_pwait, EINTR, false, "it is tried again"},
        {-1, __NR_waitid, EINTR, false, "it is tried again"},
        {-1, __NR_wait4, EINTR, false, "it is tried again"},

        {PART_CALLER, __NR_clone3, ENOSYS, false, "clone is used instead"},
        {PART_CALLER, __NR_clone3, ENOSPC, false, "the cgroup namespace is made by init then"},
        {PART_INIT, __NR_clone3, ENOSYS, false, "clone is used instead"},
        {PART_CALLER, __NR_memfd_create, EACCES, false, "the installed init is executed instead", true},
        {PART_INIT, __NR_execveat, EACCES, false, "the installed init is executed instead", true},
        {PART_INIT, __NR_execveat, EPERM, false, "the installed init is executed instead", true},
        {PART_CALLER, __NR_prlimit64, 0, false, "without knowing the limit of file sizes the memory file is tried"},
        {PART_CALLER, __NR_capget, 0, false, "the caller counts as one without privileges"},
        {PART_CALLER, __NR_getrandom, 0, false, "the C library's, for its allocator"},
        {PART_CALLER, __NR_flock, 0, false, "a mount point of its own that is removed"},
        {PART_CALLER, __NR_newfstatat, 0, true, "what cannot be looked at is not shown"},
        {PART_CALLER, __NR_readlinkat, 0, true, "what cannot be looked at is not shown"},
        {PART_CALLER, __NR_getdents64, 0, true, "what cannot be looked at is not shown"},
        {PART_CALLER, __NR_openat, 0, true, "not shown; or git is not told whose changes there are"},
        {PART_CALLER, __NR_openat2, 0, true, "what git may run is taken for there, and protected"},
        {PART_CALLER, __NR_getcwd, 0, true, "there is no PWD"},
        {PART_CALLER, __NR_ioctl, 0, false, "not a terminal"},
        {PART_CALLER, __NR_read, EIO, true, "whose changes git shows is not known"},
        {PART_CALLER, __NR_open_tree, EPERM, false, "only who may mount can have a read-only mount of a stream"},
        {PART_CALLER, __NR_open_tree, EACCES, false, "as EPERM"},
        {PART_CALLER, __NR_open_tree, ENOENT, false, "as EPERM: no /proc"},
        {PART_CALLER, __NR_open_tree, ENOSYS, false, "a kernel without it starts no container"},
        {PART_CALLER, __NR_mount_setattr, EPERM, false, "as open_tree"},
        {PART_CALLER, __NR_mount_setattr, EBUSY, false, "as open_tree"},
        {PART_CALLER, __NR_mount_setattr, ENOSYS, false, "a kernel without it starts no container"},
        {PART_CALLER, __NR_recvmsg, ENOMEM, false, "the last, where only the end of PID 1 is still to come"},
        {PART_INIT, __NR_sendmsg, ENOBUFS, false, "it is tried again"},
        {PART_INIT, __NR_sendmsg, ENOMEM, false, "it is tried again"},
        {PART_PROGRAM, __NR_sendmsg, ENOBUFS, false, "it is tried again"},
        {PART_PROGRAM, __NR_sendmsg, ENOMEM, false, "it is tried again"},

        {PART_PROGRAM, __NR_landlock_create_ruleset, EOPNOTSUPP, true, "no Landlock here; pid and network namespace are"},
        {PART_PROGRAM, __NR_landlock_create_ruleset, ENOSYS, true, "no Landlock here; pid and network namespace are"},
        {PART_INIT, __NR_landlock_create_ruleset, 0, false, "signals of the program are told from others by their origin"},
        {PART_PROGRAM, __NR_socket, EAFNOSUPPORT, true, "a kernel without IP has no loopback device"},
        {PART_PROGRAM, __NR_open_tree, ENOENT, true, "an entry of --root that is gone since it was listed"},
        {PART_PROGRAM, __NR_openat2, ENOENT, true, "an entry of --root that is gone since it was listed"},
        {PART_PROGRAM, __NR_openat2, EXDEV, false, "a setting that something covers in the container's proc is set in the host's"},
        {PART_PROGRAM, __NR_openat2, EACCES, false, "what may not be looked at is no proc of the host's that the program could see"},
        {PART_PROGRAM, __NR_statx, ENOENT, true, "an entry of --root that is gone since it was listed"},
        {PART_PROGRAM, __NR_openat, ENOENT, false, "a mount point without a lock"},
        {PART_PROGRAM, __NR_openat, EACCES, false, "a mount point without a lock"},
        {PART_PROGRAM, __NR_openat, ENOSPC, false, "a mount point without a lock"},
        {PART_PROGRAM, __NR_fstat, 0, false, "a mount point without a lock"},
        {PART_PROGRAM, __NR_fstatfs, 0, false, "a mount point without a lock"},
        {PART_PROGRAM, __NR_flock, 0, false, "a mount point without a lock"},
};

const struct call *call_find(long number)
{
        for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
                if (calls[i].number == number)
                        return &calls[i];
        return NULL;
}

const struct call *call_named(const char *name)
{
        for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
                if (strcmp(calls[i].name, name) == 0)
                        return &calls[i];
        return NULL;
}

bool call_can_fail(const struct point *point, int error)
{
        for (size_t i = 0; i < sizeof(meaningless) / sizeof(meaningless[0]); i++)
                if (meaningless[i].part == point->part && meaningless[i].call == point->call && meaningless[i].error == error)
                        return false;
        return true;
}

const struct ignored *call_may_be_ignored(const struct point *point, int error)
{
        for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
                if ((ignored[i].part < 0 || ignored[i].part == (int)point->part) && ignored[i].call == point->call &&
                    (ignored[i].error == 0 || ignored[i].error == error))
                        return &ignored[i];
        return NULL;
}
