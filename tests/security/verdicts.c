/* SPDX-License-Identifier: MIT */
/*
 * Every system call in the three ABIs of an x86-64 machine, against every preset and policy with a name: what is refused
 * stands here once more, by name, and everything else has to pass. Each table is checked twice: the program runs in an
 * interpreter, and a container tries the calls (calls.c).
 */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>

#include "base/cleanup.h"
#include "seccomp/bpf.h"
#include "security/trial.h"
#include "support/box.h"

#define EXT PINFOLD_SECCOMP_EXT
#define DENY_NS PINFOLD_SECCOMP_DENY_NS
#define DENY_TTY PINFOLD_SECCOMP_DENY_TTY
#define DENY_DEVEL PINFOLD_SECCOMP_DENY_DEVEL
#define DENY_PERF PINFOLD_SECCOMP_DENY_PERF
#define LINUX32 PINFOLD_SECCOMP_LINUX32
#define NOT_MULTIARCH (1u << 31) /* where presets are asked for: this is not */

/* The newest call has number 470; then some that do not exist yet. */
#define NUMBERS 600
#define X32 0x40000000u
#define HIGH (UINT64_C(1) << 32)

/* ---- What presets refuse ----------------------------------------------------------------------------------------- */

/* Whatever the arguments. `presets`: all of them have to be set. */
static const struct refusal {
        unsigned presets;
        int error;
        const char *names;
} refusals[] = {
        {0, EPERM,
         "syslog uselib acct quotactl quotactl_fd add_key keyctl request_key move_pages mbind get_mempolicy set_mempolicy "
         "set_mempolicy_home_node migrate_pages"},
        {0, ENOSYS, "io_uring_setup io_uring_enter io_uring_register openat2"},
        {NOT_MULTIARCH, EPERM, "modify_ldt"},
        {DENY_NS, EPERM, "unshare setns mount umount umount2 pivot_root chroot"},
        {DENY_NS, ENOSYS,
         "clone3 open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick mount_setattr"},
        {DENY_DEVEL, EPERM, "ptrace perf_event_open"},
        {DENY_PERF, EPERM, "perf_event_open"},
        {EXT, EPERM,
         "adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 settimeofday delete_module finit_module "
         "init_module kexec_file_load kexec_load reboot swapoff swapon"},
        {EXT | NOT_MULTIARCH, ENOSYS, "vm86 vm86old"},
        {EXT | DENY_NS, EPERM,
         "chown chown32 fchown fchown32 fchownat lchown lchown32 setgid setgid32 setgroups setgroups32 setregid "
         "setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32 setfsuid "
         "setfsuid32 setfsgid setfsgid32"},
};

#define TMPFILE (O_TMPFILE | O_RDWR)
#define OTHER_LINUX32 (DENY_DEVEL | LINUX32)

/* Depending on arguments: at least one that is refused, and one that is not (error 0). */
static const struct row {
        unsigned presets, without;
        int error;
        const char *names;
        uint64_t args[4];
} rows[] = {
        {0, 0, EPERM, "prlimit64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler", {1}},
        {0, 0, EPERM, "prlimit64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler", {HIGH | 1}},
        {0, 0, 0, "prlimit64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler", {0}},
        {0, 0, 0, "prlimit64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler", {2}},
        {0, 0, EPERM, "setpriority ioprio_set setpgid", {1, 1}},
        {0, 0, EPERM, "setpriority ioprio_set setpgid", {1, HIGH | 1}},
        {0, 0, 0, "setpriority ioprio_set setpgid", {0, 0}},
        {0, 0, EPERM, "setpriority", {PRIO_USER, 0}},
        {0, 0, EPERM, "setpriority", {HIGH | PRIO_USER, 0}},
        {0, 0, EPERM, "ioprio_set", {3 /* IOPRIO_WHO_USER */, 0}},
        {0, 0, EPERM, "chmod fchmod creat mknod", {0, 04755}},
        {0, 0, EPERM, "chmod fchmod creat mknod", {0, HIGH | 02755}},
        {0, 0, 0, "chmod fchmod creat mknod", {0, 01777}},
        {0, 0, EPERM, "fchmodat fchmodat2 mknodat", {0, 0, 04000}},
        {0, 0, EPERM, "fchmodat fchmodat2 mknodat", {0, 0, HIGH | 02000}},
        {0, 0, 0, "fchmodat fchmodat2 mknodat", {0, 0, 0777}},
        {0, 0, EPERM, "open", {0, O_CREAT | O_WRONLY, 04755}},
        {0, 0, EPERM, "open", {0, HIGH | O_CREAT, HIGH | 02755}},
        {0, 0, EPERM, "open", {0, TMPFILE, 02755}},
        {0, 0, 0, "open", {0, O_CREAT | O_WRONLY, 0755}},
        {0, 0, 0, "open", {0, O_RDONLY | O_DIRECTORY, 04755}},
        {0, 0, EPERM, "openat", {0, 0, O_CREAT | O_WRONLY, 04755}},
        {0, 0, EPERM, "openat", {0, 0, TMPFILE, 02755}},
        {0, 0, 0, "openat", {0, 0, O_CREAT | O_WRONLY, 01777}},
        {0, 0, 0, "openat", {0, 0, O_RDONLY, UINT64_MAX}},
        {0, 0, EPERM, "fcntl fcntl64", {0, F_SETLEASE}},
        {0, 0, EPERM, "fcntl fcntl64", {0, HIGH | F_SETLEASE}},
        {0, 0, 0, "fcntl fcntl64", {0, F_SETLK}},
        {0, 0, 0, "socket socketpair", {AF_UNSPEC}},
        {0, 0, 0, "socket socketpair", {AF_UNIX}},
        {0, 0, 0, "socket socketpair", {AF_INET}},
        {0, 0, EAFNOSUPPORT, "socket socketpair", {AF_AX25}},
        {0, 0, EAFNOSUPPORT, "socket socketpair", {AF_X25}},
        {0, 0, 0, "socket socketpair", {AF_INET6}},
        {0, 0, EAFNOSUPPORT, "socket socketpair", {AF_KEY}},
        {0, 0, 0, "socket socketpair", {AF_NETLINK}},
        {0, 0, EAFNOSUPPORT, "socket socketpair", {AF_PACKET}},
        {0, 0, EAFNOSUPPORT, "socket socketpair", {AF_CAN}},
        {0, 0, EAFNOSUPPORT, "socket socketpair", {AF_BLUETOOTH}},
        {0, 0, EAFNOSUPPORT, "socket socketpair", {AF_ALG}},
        {0, 0, EAFNOSUPPORT, "socket socketpair", {HIGH | AF_VSOCK}},
        {0, 0, EAFNOSUPPORT, "socket socketpair", {AF_XDP}},
        {0, 0, EAFNOSUPPORT, "socket socketpair", {0xffffffff}},
        {DENY_NS, 0, EPERM, "clone", {CLONE_NEWUSER}},
        {DENY_NS, 0, EPERM, "clone", {HIGH | CLONE_NEWUSER | CLONE_NEWNS | SIGCHLD}},
        {DENY_NS, 0, 0, "clone", {SIGCHLD}},
        {DENY_NS, 0, 0, "clone", {CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM}},
        {DENY_TTY, 0, EPERM, "ioctl", {0, TIOCSTI}},
        {DENY_TTY, 0, EPERM, "ioctl", {0, HIGH | TIOCSTI}},
        {DENY_TTY, 0, EPERM, "ioctl", {UINT64_MAX, (UINT64_C(1) << 63) | TIOCLINUX, UINT64_MAX}},
        {DENY_TTY, 0, EPERM, "ioctl", {0, TIOCSETD}},
        {DENY_TTY, 0, EPERM, "ioctl", {0, TIOCEXCL}},
        {DENY_TTY, 0, EPERM, "ioctl", {0, TCXONC, TCOOFF}},
        {DENY_TTY, 0, 0, "ioctl", {0, TCXONC, TCOON}},
        {DENY_TTY, 0, 0, "ioctl", {0, TIOCGWINSZ}},
        {DENY_TTY, 0, 0, "ioctl", {TIOCSTI, 0, TIOCSTI}},
        {DENY_DEVEL, LINUX32, 0, "personality", {PER_LINUX}},
        {DENY_DEVEL, LINUX32, EPERM, "personality", {PER_LINUX32}},
        {OTHER_LINUX32, 0, 0, "personality", {PER_LINUX32}},
        {OTHER_LINUX32, 0, EPERM, "personality", {PER_LINUX}},
        {DENY_DEVEL, 0, EPERM, "personality", {ADDR_NO_RANDOMIZE}},
        {DENY_DEVEL, 0, EPERM, "personality", {0xffffffff}},
};

/* ---- What the allowlist allows ----------------------------------------------------------------------------------- */

static const char allowed[] =
        "_llseek _newselect accept accept4 access alarm arch_prctl bind brk cachestat capget capset chdir clock_getres "
        "clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 close close_range "
        "connect copy_file_range dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait "
        "eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 fadvise64_64 fallocate fchdir "
        "fcntl fcntl64 fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs "
        "fstatfs64 fsync ftruncate ftruncate64 futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake "
        "futimesat get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid getegid32 geteuid "
        "geteuid32 getgid getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid getppid "
        "getpriority getrandom getresgid getresgid32 getresuid getresuid32 getrlimit getrusage getsid getsockname "
        "getsockopt gettid gettimeofday getuid getuid32 getxattr inotify_add_watch inotify_init inotify_init1 "
        "inotify_rm_watch ioprio_get ipc kill landlock_add_rule landlock_create_ruleset landlock_restrict_self "
        "lgetxattr link linkat listen listxattr llistxattr lremovexattr lseek lsetxattr lstat lstat64 madvise "
        "map_shadow_stack membarrier memfd_create mincore mkdir mkdirat mlock mlock2 mlockall mmap mmap2 mprotect "
        "mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 "
        "mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap nanosleep newfstatat pause "
        "pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll ppoll_time64 prctl "
        "pread64 preadv preadv2 pselect6 pselect6_time64 pwrite64 pwritev pwritev2 read readahead readlink readlinkat "
        "readv recvfrom recvmmsg recvmmsg_time64 recvmsg remap_file_pages removexattr rename renameat renameat2 "
        "restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn "
        "rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max "
        "sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler "
        "sched_rr_get_interval sched_rr_get_interval_time64 sched_yield seccomp select semctl semget semop semtimedop "
        "semtimedop_time64 sendfile sendfile64 sendmmsg sendmsg sendto set_robust_list set_thread_area "
        "set_tid_address setitimer setrlimit setsid setsockopt setxattr shmat shmctl shmdt shmget shutdown sigaction "
        "sigaltstack signal signalfd signalfd4 sigpending sigprocmask sigreturn sigsuspend socketcall splice stat "
        "stat64 statfs statfs64 statx symlink symlinkat sync_file_range syncfs sysinfo tee tgkill time timer_create "
        "timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create "
        "timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill truncate truncate64 "
        "ugetrlimit umask uname unlink unlinkat utime utimensat utimensat_time64 utimes vfork vmsplice wait4 waitid "
        "waitpid write writev";

static const struct row allowlist_rows[] = {
        {0, 0, EPERM, "prlimit64 sched_setaffinity", {1}},
        {0, 0, EPERM, "prlimit64 sched_setaffinity", {HIGH | 1}},
        {0, 0, 0, "prlimit64 sched_setaffinity", {0}},
        {0, 0, EPERM, "setpriority setpgid", {0, 1}},
        {0, 0, EPERM, "setpriority", {PRIO_USER}},
        {0, 0, 0, "setpriority setpgid", {0, 0}},
        {0, 0, EPERM, "chmod fchmod creat mknod", {0, 04755}},
        {0, 0, 0, "chmod fchmod creat mknod", {0, 0755}},
        {0, 0, EPERM, "fchmodat fchmodat2 mknodat", {0, 0, 02755}},
        {0, 0, 0, "fchmodat fchmodat2 mknodat", {0, 0, 0755}},
        {0, 0, EPERM, "open", {0, TMPFILE, 04755}},
        {0, 0, 0, "open", {0, O_CREAT, 0755}},
        {0, 0, EPERM, "openat", {0, 0, O_CREAT, 04755}},
        {0, 0, 0, "openat", {0, 0, O_CREAT, 0755}},
        {0, 0, 0, "socket socketpair", {AF_UNSPEC}},
        {0, 0, 0, "socket socketpair", {AF_UNIX}},
        {0, 0, 0, "socket socketpair", {AF_INET}},
        {0, 0, ENOSYS, "socket socketpair", {AF_AX25}},
        {0, 0, 0, "socket socketpair", {AF_INET6}},
        {0, 0, 0, "socket socketpair", {AF_NETLINK}},
        {0, 0, ENOSYS, "socket socketpair", {AF_PACKET}},
        {0, 0, ENOSYS, "socket socketpair", {AF_ALG}},
        {0, 0, ENOSYS, "socket socketpair", {AF_VSOCK}},
        {0, 0, 0, "clone", {SIGCHLD}},
        {0, 0, ENOSYS, "clone", {CLONE_NEWUSER | SIGCHLD}},
        {0, 0, ENOSYS, "clone", {CLONE_NEWNET}},
        {0, 0, ENOSYS, "clone", {CLONE_NEWPID}},
        {0, 0, EPERM, "ioctl", {0, TIOCSTI}},
        {0, 0, EPERM, "ioctl", {0, HIGH | TIOCLINUX}},
        {0, 0, EPERM, "ioctl", {0, TIOCSETD}},
        {0, 0, EPERM, "ioctl", {0, TIOCEXCL}},
        {0, 0, 0, "ioctl", {0, TIOCGWINSZ}},
        {0, 0, 0, "personality", {PER_LINUX}},
        {0, 0, 0, "personality", {0xffffffff}},
        {0, 0, ENOSYS, "personality", {ADDR_NO_RANDOMIZE}},
};

/* ---- Tables to trials -------------------------------------------------------------------------------------------- */

static const struct policy {
        const char *name; /* of those with one, or else only for messages */
        unsigned presets;
        bool named;
} policies[] = {
        {"no preset", 0, false},
        {"ext", EXT, false},
        {"deny-ns", DENY_NS, false},
        {"deny-tty", DENY_TTY, false},
        {"deny-devel", DENY_DEVEL, false},
        {"deny-devel, linux32", DENY_DEVEL | LINUX32, false},
        {"deny-perf", DENY_PERF, false},
        {"everyday", DENY_NS | DENY_TTY | DENY_PERF, true},
        {"strict", EXT | DENY_NS | DENY_TTY | DENY_DEVEL, true},
        {"allowlist", 0, true},
};

static bool is_allowlist(const struct policy *policy)
{
        return strcmp(policy->name, "allowlist") == 0;
}

static void set(struct pinfold_seccomp *target, const struct policy *policy, unsigned flags)
{
        assert_int_equal(pinfold_seccomp_set_flags(target, flags), 0);
        if (policy->named)
                assert_int_equal(pinfold_seccomp_use(target, policy->name, NULL), 0);
        else
                assert_int_equal(pinfold_seccomp_set_presets(target, policy->presets), 0);
}

enum abi { X86_64, X32_ABI, I386 };

static const struct arch *arch_of(enum abi abi)
{
        return abi == I386 ? &arch_x86 : &arch_x86_64;
}

#define TRIALS_MAX 4096

/* What is tried under one policy, in memory for calls.c; and what has to become of it. */
static struct trials *trials;
static int trials_fd = -1;
static enum abi abi_of[TRIALS_MAX];
static uint32_t expected[TRIALS_MAX];

static void begin(void)
{
        size_t size = sizeof(struct trials) + TRIALS_MAX * sizeof(struct trial);

        if (trials_fd < 0) {
                trials_fd = memfd_create("trials", MFD_CLOEXEC);
                assert_true(trials_fd >= 0);
                assert_int_equal(ftruncate(trials_fd, (off_t)size), 0);
                trials = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, trials_fd, 0);
                assert_true(trials != MAP_FAILED);
        }
        trials->count = trials->next = 0;
}

static void add(enum abi abi, uint64_t number, const uint64_t args[4], uint32_t verdict)
{
        struct trial *trial = &trials->trial[trials->count];

        assert_true(trials->count < TRIALS_MAX);
        *trial = (struct trial){.number = number, .wide = abi != I386};
        memcpy(trial->args, args, sizeof(trial->args));
        abi_of[trials->count] = abi;
        expected[trials->count++] = verdict;
}

/* The word that begins at *at, and the next one. False at the end. */
static bool next_word(const char **at, char word[64])
{
        size_t length = strcspn(*at, " ");

        if (length == 0)
                return false;
        snprintf(word, 64, "%.*s", (int)length, *at);
        *at += length + ((*at)[length] == ' ');
        return true;
}

static bool has_word(const char *words, const char *wanted)
{
        char word[64];

        while (next_word(&words, word))
                if (strcmp(word, wanted) == 0)
                        return true;
        return false;
}

static bool applies(unsigned presets, unsigned without, const struct policy *policy, unsigned flags)
{
        if ((presets & NOT_MULTIARCH) && (flags & PINFOLD_SECCOMP_MULTIARCH))
                return false;
        presets &= ~NOT_MULTIARCH;
        return (policy->presets & presets) == presets && !(policy->presets & without);
}

static const struct row *rows_of(const struct policy *policy, size_t *ret_count)
{
        *ret_count = is_allowlist(policy) ? ELEMENTS(allowlist_rows) : ELEMENTS(rows);
        return is_allowlist(policy) ? allowlist_rows : rows;
}

/* Whether rows are about it: it cannot be told without its arguments. */
static bool depends(const struct policy *policy, const char *name)
{
        size_t count;
        const struct row *row = rows_of(policy, &count);

        for (; count > 0; row++, count--)
                if (has_word(row->names, name))
                        return true;
        return false;
}

static uint32_t verdict_on(const struct policy *policy, unsigned flags, const char *name)
{
        if (is_allowlist(policy))
                return has_word(allowed, name) ? PASSED : ENOSYS;
        for (size_t i = 0; i < ELEMENTS(refusals); i++)
                if (applies(refusals[i].presets, 0, policy, flags) && has_word(refusals[i].names, name))
                        return (uint32_t)refusals[i].error;
        return PASSED;
}

static bool is_killed(enum abi abi, unsigned flags)
{
        return abi == X32_ABI || (abi == I386 && !(flags & PINFOLD_SECCOMP_MULTIARCH));
}

/* Every number, without arguments and with all bits of them; of an ABI that is killed, one of `step`. */
static void add_numbers(enum abi abi, const struct policy *policy, unsigned flags, unsigned step)
{
        static const uint64_t none[4] = {0}, all[4] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};

        for (unsigned number = 0; number < NUMBERS; number += is_killed(abi, flags) ? step : 1) {
                char name[SYSCALL_NAME_MAX] = "";
                uint32_t verdict;

                if (is_killed(abi, flags)) {
                        add(abi, abi == X32_ABI ? number | X32 : number, none, KILLED(SIGSYS));
                        continue;
                }
                syscall_name((int)number, arch_of(abi)->table, name);
                if (*name && depends(policy, name))
                        continue;
                verdict = verdict_on(policy, flags, name);
                add(abi, number, none, verdict);
                add(abi, number, all, verdict);
                if (abi == X86_64) /* the kernel looks at the lower half alone */
                        add(abi, HIGH | number, none, verdict);
        }
}

static void add_rows(enum abi abi, const struct policy *policy, unsigned flags)
{
        size_t count;

        for (const struct row *row = rows_of(policy, &count); count > 0; row++, count--) {
                const char *at = row->names;
                char name[64];

                while (next_word(&at, name)) {
                        int number = arch_syscall(arch_of(abi), name);

                        if (number < 0 || is_killed(abi, flags))
                                continue;
                        /* Where only some of the presets are set, others of these rows may be about the same call. */
                        if (!applies(row->presets, row->without, policy, flags) && (row->presets & policy->presets))
                                continue;
                        add(abi, (uint64_t)number, row->args,
                            applies(row->presets, row->without, policy, flags) && row->error ? (uint32_t)row->error
                                                                                             : PASSED);
                }
        }
}

static void make_trials(const struct policy *policy, unsigned flags, unsigned step)
{
        static const uint64_t none[4] = {0};
        uint32_t unknown = is_allowlist(policy) ? ENOSYS : PASSED;

        begin();
        for (enum abi abi = X86_64; abi <= I386; abi++) {
                add_numbers(abi, policy, flags, step);
                add_rows(abi, policy, flags);
        }
        add(X86_64, 0x3fffffff, none, unknown);
        add(X86_64, 0x7fffffff, none, KILLED(SIGSYS));
        add(X86_64, 0x80000000, none, KILLED(SIGSYS));
        add(X86_64, 0xfffffffe, none, KILLED(SIGSYS));
        add(X86_64, 0xffffffff, none, unknown); /* a tracer's "no call" */
}

static _Noreturn void differs(const char *where, const struct policy *policy, unsigned flags, size_t i, uint32_t actual)
{
        const struct trial *trial = &trials->trial[i];
        char name[SYSCALL_NAME_MAX] = "unknown";

        syscall_name((int)(trial->number & ~(uint64_t)X32), arch_of(abi_of[i])->table, name);
        fail_msg("%s, under %s%s: %s, %s, number 0x%llx, arguments 0x%llx 0x%llx 0x%llx: 0x%x, expected 0x%x", where,
                 policy->name, flags ? " with multiarch" : "", name,
                 (const char *const[]){"x86_64", "x32", "i386"}[abi_of[i]], (unsigned long long)trial->number,
                 (unsigned long long)trial->args[0], (unsigned long long)trial->args[1],
                 (unsigned long long)trial->args[2], actual, expected[i]);
        abort();
}

/* ---- In the interpreter ------------------------------------------------------------------------------------------ */

static uint32_t interpreted(const struct buffer *program, size_t i)
{
        const struct trial *trial = &trials->trial[i];
        struct seccomp_data data = {.nr = (int)trial->number, .arch = arch_of(abi_of[i])->audit};
        uint32_t action;

        for (size_t j = 0; j < 4; j++)
                data.args[j] = trial->wide ? trial->args[j] : (uint32_t)trial->args[j];
        action = bpf_run(program, &data);
        if (action == KILL)
                return KILLED(SIGSYS);
        return action == ALLOW ? PASSED : action & 0xffff;
}

TEST(in_the_interpreter)
{
        for (const struct policy *policy = policies; policy < policies + ELEMENTS(policies); policy++)
                for (unsigned flags = 0; flags < 2; flags++) {
                        struct pinfold_seccomp *filter = pinfold_seccomp_new();
                        struct buffer program;

                        set(filter, policy, flags);
                        program = loaded(&arch_x86_64, filter);
                        make_trials(policy, flags, 1);
                        for (size_t i = 0; i < trials->count; i++)
                                if (interpreted(&program, i) != expected[i])
                                        differs("in the interpreter", policy, flags, i, interpreted(&program, i));
                        buffer_free(&program);
                        pinfold_seccomp_free(filter);
                }
}

/* ---- Live -------------------------------------------------------------------------------------------------------- */

static void run_outside(void)
{
        int status;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                dup2(trials_fd, 0);
                execl(CALLS, "calls", "0", (char *)NULL);
                _exit(127);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        assert_int_equal(trials->next, trials->count);
}

/*
 * What no filter decides: on a kernel without i386 int 0x80 is SIGSEGV; and since Linux 6.14 uretprobe and uprobe, which are
 * for the kernel's own code at probes, go past all filters, and fail from anywhere else.
 */
static uint32_t actual_of(size_t i)
{
        const struct trial *trial = &trials->trial[i];
        uint32_t number = (uint32_t)trial->number;

        if (abi_of[i] == I386 && trial->verdict == KILLED(SIGSEGV))
                return expected[i];
        if (abi_of[i] == X86_64 && ((number == 335 && trial->verdict == KILLED(SIGILL)) ||
                                    (number == 336 && trial->verdict == ENXIO)))
                return expected[i];
        return trial->verdict;
}

/* The control: without a container all of them pass. */
TEST(outside_everything_passes)
{
        const struct policy *policy = &policies[0];

        make_trials(policy, 0, 1);
        run_outside();
        for (size_t i = 0; i < trials->count; i++) {
                expected[i] = PASSED;
                if (actual_of(i) != PASSED)
                        differs("outside", policy, 0, i, trials->trial[i].verdict);
        }
}

static void run_inside(const struct policy *policy, unsigned flags)
{
        struct pinfold *box = pinfold_new("/calls", (const char *const[]){"calls", "3", NULL});

        pinfold_bind(box, CALLS, "/calls", 0);
        pinfold_add_file(box, trials_fd);
        pinfold_set_flags(box, PINFOLD_RETAIN_SESSION, 1); /* which would add deny-tty */
        set(pinfold_seccomp(box), policy, flags);
        free(box_output(box, 0));
        assert_int_equal(trials->next, trials->count);
}

/* To be killed takes a process for each call: all of them for what people use, of the others a sample. */
TEST(live)
{
        for (const struct policy *policy = policies; policy < policies + ELEMENTS(policies); policy++)
                for (unsigned flags = 0; flags <= policy->named; flags++) {
                        make_trials(policy, flags, policy->named && !flags ? 1 : 37);
                        run_inside(policy, flags);
                        for (size_t i = 0; i < trials->count; i++)
                                if (actual_of(i) != expected[i])
                                        differs("live", policy, flags, i, trials->trial[i].verdict);
                }
}
