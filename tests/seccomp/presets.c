/* SPDX-License-Identifier: MIT */
/*
 * What presets come to: tables of verdicts, and the loaded program against the exported one, call by call, for all
 * presets and flags on both machines.
 */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "bpf.h"
#include "seccomp/compile.h"

#define HIGH (UINT64_C(1) << 32)
#define X32 0x40000000u
#define CLONE_THREADS 0x3d0f00u
#define MULTIARCH PINFOLD_SECCOMP_MULTIARCH

/* ---- Tables ---------------------------------------------------------------------------------------------------- */

struct row {
        const char *name;
        uint64_t arg0;
        uint64_t arg1;
        uint32_t verdict;
};

static void check(const struct buffer *program, const struct arch *arch, const struct row *rows, size_t count)
{
        for (const struct row *row = rows; row < rows + count; row++) {
                uint32_t actual = verdict_of(program, arch, row->name, row->arg0, row->arg1);

                if (actual != row->verdict)
                        fail_msg("%s(0x%llx, 0x%llx) on %s: 0x%x, expected 0x%x", row->name,
                                 (unsigned long long)row->arg0, (unsigned long long)row->arg1, arch->name, actual,
                                 row->verdict);
        }
}

/* Both forms of the program. */
static void check_policy(const struct arch *arch, unsigned flags, unsigned presets, const struct row *rows,
                         size_t count)
{
        struct pinfold_seccomp *policy = policy_of(flags, presets);
        struct buffer one = exported(arch, policy), other = loaded(arch, policy);

        check(&one, arch, rows, count);
        check(&other, arch, rows, count);
        buffer_free(&one);
        buffer_free(&other);
        pinfold_seccomp_free(policy);
}

static const struct row strict[] = {
        {"getppid", 0, 0, ALLOW},
        {"openat", 0, 0, ALLOW},
        {"execve", 0, 0, ALLOW},
        {"seccomp", 0, 0, ALLOW},
        {"syslog", 0, 0, ERRNO(EPERM)},
        {"keyctl", 0, 0, ERRNO(EPERM)},
        {"migrate_pages", 0, 0, ERRNO(EPERM)},
        {"unshare", 0, 0, ERRNO(EPERM)},
        {"mount", 0, 0, ERRNO(EPERM)},
        {"umount2", 0, 0, ERRNO(EPERM)},
        {"chroot", 0, 0, ERRNO(EPERM)},
        {"clone3", 0, 0, ERRNO(ENOSYS)},
        {"mount_setattr", 0, 0, ERRNO(ENOSYS)},
        {"open_tree", 0, 0, ERRNO(ENOSYS)},
        {"clone", CLONE_THREADS, 0, ALLOW},
        {"clone", CLONE_NEWNET, 0, ALLOW},
        {"clone", CLONE_NEWUSER, 0, ERRNO(EPERM)},
        {"clone", CLONE_NEWUSER | CLONE_THREADS, 0, ERRNO(EPERM)},
        {"clone", CLONE_NEWUSER | HIGH, 0, ERRNO(EPERM)},
        {"clone", CLONE_NEWUSER | UINT64_C(1) << 63, 0, ERRNO(EPERM)},
        {"ioctl", 0, TIOCSTI, ERRNO(EPERM)},
        {"ioctl", 0, TIOCLINUX, ERRNO(EPERM)},
        {"ioctl", 0, TIOCSTI | HIGH, ERRNO(EPERM)},
        {"ioctl", 0, TIOCLINUX | UINT64_C(0xffffffff00000000), ERRNO(EPERM)},
        {"ioctl", TIOCSTI, TIOCGWINSZ, ALLOW},
        {"ioctl", 0, TIOCSTI - 1, ALLOW},
        {"ioctl", 0, TIOCSTI + 1, ALLOW},
        {"personality", 0, 0, ALLOW},
        {"personality", 8, 0, ERRNO(EPERM)},
        {"personality", 0xffffffff, 0, ERRNO(EPERM)},
        {"personality", HIGH, 0, ERRNO(EPERM)},
        {"ptrace", 0, 0, ERRNO(EPERM)},
        {"perf_event_open", 0, 0, ERRNO(EPERM)},
        {"clock_settime", 0, 0, ERRNO(EPERM)},
        {"clock_gettime", 0, 0, ALLOW},
        {"kexec_load", 0, 0, ERRNO(EPERM)},
        {"setuid", 0, 0, ERRNO(EPERM)},
        {"fchownat", 0, 0, ERRNO(EPERM)},
        {"socket", AF_UNSPEC, 0, ALLOW},
        {"socket", AF_UNIX, 0, ALLOW},
        {"socket", AF_INET, 0, ALLOW},
        {"socket", AF_AX25, 0, ERRNO(EAFNOSUPPORT)},
        {"socket", AF_INET6, 0, ALLOW},
        {"socket", AF_NETLINK, 0, ALLOW},
        {"socket", AF_PACKET, 0, ERRNO(EAFNOSUPPORT)},
        {"socket", AF_CAN, 0, ERRNO(EAFNOSUPPORT)},
        {"socket", AF_BLUETOOTH, 0, ERRNO(EAFNOSUPPORT)},
        {"socket", AF_VSOCK, 0, ERRNO(EAFNOSUPPORT)},
        {"socket", 0xffffffff, 0, ERRNO(EAFNOSUPPORT)},
        {"socket", UINT64_MAX, 0, ERRNO(EAFNOSUPPORT)},
        {"socket", AF_VSOCK | HIGH, 0, ERRNO(EAFNOSUPPORT)},
};

TEST(strict)
{
        check_policy(&arch_x86_64, 0, PINFOLD_SECCOMP_STRICT, strict, ELEMENTS(strict));
        check_policy(&arch_aarch64, 0, PINFOLD_SECCOMP_STRICT, strict, ELEMENTS(strict));
}

static const struct row nothing[] = {
        {"syslog", 0, 0, ERRNO(EPERM)},
        {"unshare", 0, 0, ALLOW},
        {"clone", CLONE_NEWUSER, 0, ALLOW},
        {"clone3", 0, 0, ALLOW},
        {"ioctl", 0, TIOCSTI, ALLOW},
        {"ptrace", 0, 0, ALLOW},
        {"personality", 8, 0, ALLOW},
        {"setuid", 0, 0, ALLOW},
        {"clock_settime", 0, 0, ALLOW},
        {"socket", AF_VSOCK, 0, ERRNO(EAFNOSUPPORT)},
};

TEST(nothing)
{
        check_policy(&arch_x86_64, 0, 0, nothing, ELEMENTS(nothing));
        check_policy(&arch_aarch64, 0, 0, nothing, ELEMENTS(nothing));
}

TEST(linux32)
{
        static const struct row rows[] = {
                {"personality", 0, 0, ERRNO(EPERM)},
                {"personality", 8, 0, ALLOW},
                {"personality", 8 | HIGH, 0, ERRNO(EPERM)},
        };

        check_policy(&arch_x86_64, 0, PINFOLD_SECCOMP_DENY_DEVEL | PINFOLD_SECCOMP_LINUX32, rows, ELEMENTS(rows));
}

TEST(ext_without_deny_ns_leaves_ids)
{
        static const struct row rows[] = {
                {"setuid", 0, 0, ALLOW},
                {"chown", 0, 0, ALLOW},
                {"setfsuid", 0, 0, ALLOW},
                {"swapon", 0, 0, ERRNO(EPERM)},
                {"modify_ldt", 0, 0, ERRNO(EPERM)},
        };

        check_policy(&arch_x86_64, 0, PINFOLD_SECCOMP_EXT, rows, ELEMENTS(rows));
}

TEST(families_on_request)
{
        static const struct row can[] = {
                {"socket", AF_CAN, 0, ALLOW},
                {"socket", AF_CAN - 1, 0, ERRNO(EAFNOSUPPORT)},
                {"socket", AF_CAN + 1, 0, ERRNO(EAFNOSUPPORT)},
                {"socket", AF_BLUETOOTH, 0, ERRNO(EAFNOSUPPORT)},
        };
        static const struct row bluetooth[] = {
                {"socket", AF_CAN, 0, ERRNO(EAFNOSUPPORT)},
                {"socket", AF_BLUETOOTH, 0, ALLOW},
                {"socket", AF_BLUETOOTH + 1, 0, ERRNO(EAFNOSUPPORT)},
        };

        check_policy(&arch_x86_64, PINFOLD_SECCOMP_CAN, 0, can, ELEMENTS(can));
        check_policy(&arch_x86_64, PINFOLD_SECCOMP_BLUETOOTH, 0, bluetooth, ELEMENTS(bluetooth));
}

/* ---- Foreign ABIs ---------------------------------------------------------------------------------------------- */

static void foreign(const struct buffer *program, const struct arch *others[], size_t count)
{
        for (size_t i = 0; i < count; i++)
                for (uint32_t number = 0; number < 500; number++)
                        assert_int_equal(verdict(program, others[i], number, 0, 0), KILL);
}

TEST(foreign_architectures_are_killed)
{
        const struct arch *for_x86_64[] = {&arch_x86, &arch_aarch64, &arch_arm};
        const struct arch *for_aarch64[] = {&arch_arm, &arch_x86_64, &arch_x86};
        struct pinfold_seccomp *policy = policy_of(0, PINFOLD_SECCOMP_STRICT);
        struct buffer x86_64 = loaded(&arch_x86_64, policy), aarch64 = loaded(&arch_aarch64, policy);

        foreign(&x86_64, for_x86_64, 3);
        foreign(&aarch64, for_aarch64, 3);
        buffer_free(&x86_64);
        buffer_free(&aarch64);

        assert_int_equal(pinfold_seccomp_set_flags(policy, MULTIARCH), 0);
        x86_64 = loaded(&arch_x86_64, policy);
        aarch64 = loaded(&arch_aarch64, policy);
        foreign(&x86_64, for_x86_64 + 1, 2);
        foreign(&aarch64, for_aarch64 + 1, 2);
        buffer_free(&x86_64);
        buffer_free(&aarch64);
        pinfold_seccomp_free(policy);
}

TEST(x32_is_killed)
{
        struct pinfold_seccomp *policy = policy_of(MULTIARCH, 0);
        struct buffer program = loaded(&arch_x86_64, policy);

        for (uint32_t number = 0; number < 600; number++)
                assert_int_equal(verdict(&program, &arch_x86_64, number | X32, 0, 0), KILL);
        assert_int_equal(verdict(&program, &arch_x86_64, 0xfffffffe, 0, 0), KILL);
        assert_int_equal(verdict(&program, &arch_x86_64, 0x3fffffff, 0, 0), ALLOW);
        /* A tracer's "no call". */
        assert_int_equal(verdict(&program, &arch_x86_64, 0xffffffff, 0, 0), ALLOW);
        buffer_free(&program);
        pinfold_seccomp_free(policy);
}

TEST(multiarch)
{
        static const struct row narrow[] = {
                {"getppid", 0, 0, ALLOW},
                {"umount", 0, 0, ERRNO(EPERM)},
                {"umount2", 0, 0, ERRNO(EPERM)},
                {"setuid32", 0, 0, ERRNO(EPERM)},
                {"chown32", 0, 0, ERRNO(EPERM)},
                {"clock_settime64", 0, 0, ERRNO(EPERM)},
                {"clone", CLONE_NEWUSER, 0, ERRNO(EPERM)},
                {"clone3", 0, 0, ERRNO(ENOSYS)},
                {"ioctl", 0, TIOCSTI, ERRNO(EPERM)},
                {"ptrace", 0, 0, ERRNO(EPERM)},
        };
        static const struct row hardened[] = {
                {"socket", AF_VSOCK, 0, ERRNO(EAFNOSUPPORT)},
                {"socket", AF_INET, 0, ALLOW},
                {"io_uring_setup", 0, 0, ERRNO(ENOSYS)},
                {"setfsuid32", 0, 0, ERRNO(EPERM)},
                {"setfsgid32", 0, 0, ERRNO(EPERM)},
        };
        struct pinfold_seccomp *policy = policy_of(MULTIARCH, PINFOLD_SECCOMP_STRICT);
        struct buffer x86_64 = loaded(&arch_x86_64, policy), aarch64 = loaded(&arch_aarch64, policy);
        struct buffer original = exported(&arch_x86_64, policy);

        check(&x86_64, &arch_x86_64, strict, ELEMENTS(strict));
        check(&aarch64, &arch_aarch64, strict, ELEMENTS(strict));
        check(&x86_64, &arch_x86, narrow, ELEMENTS(narrow));
        check(&original, &arch_x86, narrow, ELEMENTS(narrow));
        check(&x86_64, &arch_x86, hardened, ELEMENTS(hardened));
        check(&aarch64, &arch_arm, hardened, ELEMENTS(hardened));
        assert_int_equal(verdict_of(&x86_64, &arch_x86_64, "modify_ldt", 0, 0), ALLOW);
        /* The hole that the loaded program does not have. */
        assert_int_equal(verdict_of(&original, &arch_x86_64, "socket", AF_VSOCK, 0), ALLOW);
        buffer_free(&original);
        buffer_free(&x86_64);
        buffer_free(&aarch64);
        pinfold_seccomp_free(policy);
}

/* ---- Hardening ------------------------------------------------------------------------------------------------- */

TEST(hardening)
{
        static const struct row always[] = {
                {"io_uring_setup", 0, 0, ERRNO(ENOSYS)},
                {"io_uring_enter", 0, 0, ERRNO(ENOSYS)},
                {"io_uring_register", 0, 0, ERRNO(ENOSYS)},
                {"quotactl_fd", 0, 0, ERRNO(EPERM)},
                {"set_mempolicy_home_node", 0, 0, ERRNO(EPERM)},
                {"socketpair", AF_UNIX, 0, ALLOW},
                {"socketpair", AF_TIPC, 0, ERRNO(EAFNOSUPPORT)},
                {"prlimit64", 1, 0, ERRNO(EPERM)},
                {"prlimit64", (UINT64_C(1) << 32) + 1, 0, ERRNO(EPERM)},
                {"prlimit64", 0, 0, ALLOW},
                {"prlimit64", 2, 0, ALLOW},
                {"sched_setaffinity", 1, 0, ERRNO(EPERM)},
                {"sched_setattr", HIGH | 1, 0, ERRNO(EPERM)},
                {"sched_setparam", 1, 0, ERRNO(EPERM)},
                {"sched_setscheduler", 1, 0, ERRNO(EPERM)},
                {"sched_setscheduler", 0, 1, ALLOW},
                {"sched_getscheduler", 1, 0, ALLOW},
                {"setpriority", PRIO_PROCESS, 1, ERRNO(EPERM)},
                {"setpriority", PRIO_PROCESS, 0, ALLOW},
                {"setpriority", PRIO_PGRP, 1, ERRNO(EPERM)},
                {"setpriority", PRIO_USER, 0, ERRNO(EPERM)},
                {"ioprio_set", 1, 1, ERRNO(EPERM)},
                {"ioprio_set", 1, 0, ALLOW},
                {"ioprio_set", 3, 0, ERRNO(EPERM)},
                {"openat2", 0, 0, ERRNO(ENOSYS)},
                {"fcntl", 0, F_SETLEASE, ERRNO(EPERM)},
                {"fcntl", 0, F_SETLK, ALLOW},
                {"statmount", 0, 0, ALLOW},
                {"listmount", 0, 0, ALLOW},
        };
        static const struct row only_strict[] = {
                {"open_tree_attr", 0, 0, ERRNO(ENOSYS)},
                {"setfsuid", 0, 0, ERRNO(EPERM)},
                {"setfsgid", 0, 0, ERRNO(EPERM)},
        };
        static const struct row elsewhere[] = {
                {"open_tree_attr", 0, 0, ALLOW},
                {"setfsuid", 0, 0, ALLOW},
                {"setfsgid", 0, 0, ALLOW},
        };
        const struct arch *archs[] = {&arch_x86_64, &arch_aarch64};

        for (size_t i = 0; i < ELEMENTS(archs); i++) {
                struct pinfold_seccomp *policy = policy_of(0, 0);
                struct buffer nothing_set = loaded(archs[i], policy), all_set;

                assert_int_equal(pinfold_seccomp_set_presets(policy, PINFOLD_SECCOMP_STRICT), 0);
                all_set = loaded(archs[i], policy);
                check(&nothing_set, archs[i], always, ELEMENTS(always));
                check(&all_set, archs[i], always, ELEMENTS(always));
                check(&nothing_set, archs[i], elsewhere, ELEMENTS(elsewhere));
                check(&all_set, archs[i], only_strict, ELEMENTS(only_strict));
                buffer_free(&nothing_set);
                buffer_free(&all_set);
                pinfold_seccomp_free(policy);
        }
}

/* Where each call has its mode, and, to create, its flags; -1: none. */
static const struct mode_call {
        const char *name;
        int mode, flags;
} mode_calls[] = {
        {"chmod", 1, -1},  {"fchmod", 1, -1},  {"fchmodat", 2, -1}, {"fchmodat2", 2, -1}, {"creat", 1, -1},
        {"mknod", 1, -1},  {"mknodat", 2, -1}, {"open", 2, 1},      {"openat", 3, 2},
};

static uint32_t with_mode(const struct buffer *program, const struct arch *arch, const struct mode_call *call,
                          uint64_t mode, uint64_t flags)
{
        struct seccomp_data data = {.nr = arch_syscall(arch, call->name), .arch = arch->audit};

        data.args[call->mode] = mode;
        if (call->flags >= 0)
                data.args[call->flags] = flags;
        return bpf_run(program, &data);
}

TEST(files_with_ids)
{
        const struct arch *archs[] = {&arch_x86_64, &arch_x86, &arch_aarch64, &arch_arm};

        for (size_t i = 0; i < ELEMENTS(archs); i++) {
                struct pinfold_seccomp *policy = policy_of(MULTIARCH, 0);
                struct buffer program = loaded(archs[i / 2 * 2], policy);

                for (size_t j = 0; j < ELEMENTS(mode_calls); j++) {
                        const struct mode_call *call = &mode_calls[j];

                        if (arch_syscall(archs[i], call->name) < 0) {
                                assert_ptr_equal(archs[i], &arch_aarch64);
                                continue;
                        }
                        assert_int_equal(with_mode(&program, archs[i], call, 01777, O_CREAT), ALLOW);
                        assert_int_equal(with_mode(&program, archs[i], call, 04755, O_CREAT | O_WRONLY), ERRNO(EPERM));
                        assert_int_equal(with_mode(&program, archs[i], call, 02000, O_CREAT), ERRNO(EPERM));
                        assert_int_equal(with_mode(&program, archs[i], call, HIGH | 06777, O_CREAT | HIGH),
                                         ERRNO(EPERM));
                        assert_int_equal(with_mode(&program, archs[i], call, 04755, O_TMPFILE | O_RDWR), ERRNO(EPERM));
                        assert_int_equal(with_mode(&program, archs[i], call, 02755, O_TMPFILE | O_RDWR), ERRNO(EPERM));
                        /* Whatever stands where the mode would be. */
                        if (call->flags >= 0)
                                assert_int_equal(with_mode(&program, archs[i], call, UINT64_MAX, O_RDWR | O_DIRECTORY),
                                                 ALLOW);
                }
                buffer_free(&program);
                pinfold_seccomp_free(policy);
        }
}

/* A container that is made inside needs openat2(2). */
TEST(nested_containers)
{
        struct pinfold_seccomp *policy = policy_of(0, 0);
        struct pinfold_error err = {0};
        struct buffer program = {0};

        assert_int_equal(seccomp_compile(policy, PRESET_NESTED, &program, &err), 0);
        assert_int_equal(verdict_of(&program, arch_native(), "openat2", 0, 0), ALLOW);
        assert_int_equal(verdict_of(&program, arch_native(), "fchmod", 0, 04755), ERRNO(EPERM));
        buffer_free(&program);
        pinfold_seccomp_free(policy);
}

TEST(everyday)
{
        static const struct row rows[] = {
                {"perf_event_open", 0, 0, ERRNO(EPERM)}, {"unshare", 0, 0, ERRNO(EPERM)},
                {"ioctl", 0, TIOCSTI, ERRNO(EPERM)},     {"ptrace", 0, 0, ALLOW},
                {"personality", 0x40000, 0, ALLOW},      {"fchown", 0, 0, ALLOW},
                {"setresuid", 0, 0, ALLOW},              {"io_uring_setup", 0, 0, ERRNO(ENOSYS)},
                {"keyctl", 0, 0, ERRNO(EPERM)},
        };
        struct pinfold_seccomp *policy = policy_of(0, 0);
        struct buffer program;

        assert_int_equal(pinfold_seccomp_use(policy, "everyday", NULL), 0);
        assert_int_equal(pinfold_seccomp_presets(policy), PINFOLD_SECCOMP_EVERYDAY);
        program = loaded(arch_native(), policy);
        check(&program, arch_native(), rows, ELEMENTS(rows));
        buffer_free(&program);
        pinfold_seccomp_free(policy);
}

TEST(allowlist)
{
        static const struct row rows[] = {
                {"read", 0, 0, ALLOW},
                {"execve", 0, 0, ALLOW},
                {"socket", AF_INET6, 0, ALLOW},
                {"socket", AF_VSOCK, 0, ERRNO(ENOSYS)},
                {"socketpair", AF_UNIX, 0, ALLOW},
                {"clone", CLONE_THREADS, 0, ALLOW},
                {"clone", 17 /* SIGCHLD */, 0, ALLOW},
                {"clone", CLONE_NEWUSER, 0, ERRNO(ENOSYS)},
                {"clone", CLONE_NEWNET | 17, 0, ERRNO(ENOSYS)},
                {"clone3", 0, 0, ERRNO(ENOSYS)},
                {"ioctl", 0, TIOCSTI, ERRNO(EPERM)},
                {"ioctl", 0, HIGH | TIOCSTI, ERRNO(EPERM)},
                {"ioctl", 0, TIOCGWINSZ, ALLOW},
                {"personality", 0, 0, ALLOW},
                {"personality", 0xffffffff, 0, ALLOW},
                {"personality", 0x40000, 0, ERRNO(ENOSYS)},
                {"fchmod", 0, 0755, ALLOW},
                {"fchmod", 0, 04755, ERRNO(EPERM)},
                {"prlimit64", 1, 0, ERRNO(EPERM)},
                {"ptrace", 0, 0, ERRNO(ENOSYS)},
                {"mount", 0, 0, ERRNO(ENOSYS)},
                {"bpf", 0, 0, ERRNO(ENOSYS)},
                {"io_uring_setup", 0, 0, ERRNO(ENOSYS)},
                {"process_vm_writev", 0, 0, ERRNO(ENOSYS)},
                {"fchown", 0, 0, ERRNO(ENOSYS)},
                {"setresuid", 0, 0, ERRNO(ENOSYS)},
        };
        const struct arch *archs[] = {&arch_x86_64, &arch_aarch64};

        for (size_t i = 0; i < ELEMENTS(archs); i++) {
                struct pinfold_seccomp *policy = policy_of(0, 0);
                struct buffer program;

                assert_int_equal(pinfold_seccomp_use(policy, "allowlist", NULL), 0);
                program = loaded(archs[i], policy);
                check(&program, archs[i], rows, ELEMENTS(rows));
                buffer_free(&program);
                pinfold_seccomp_free(policy);
        }
}

TEST(no_such_name)
{
        struct pinfold_seccomp *policy = policy_of(0, 0);
        struct pinfold_error err;

        assert_int_equal(pinfold_seccomp_use(policy, "everydy", &err), -EINVAL);
        assert_non_null(strstr(err.text, "everyday, strict and allowlist"));
        assert_int_equal(pinfold_seccomp_use(NULL, "strict", NULL), -ENOMEM);
        pinfold_seccomp_free(policy);
}

TEST(engine_adds_presets)
{
        struct pinfold_seccomp *policy = policy_of(0, 0);
        struct pinfold_error err = {0};
        struct buffer program = {0};

        assert_int_equal(seccomp_compile(policy, PINFOLD_SECCOMP_DENY_TTY, &program, &err), 0);
        assert_int_equal(verdict_of(&program, arch_native(), "ioctl", 0, TIOCSTI), ERRNO(EPERM));
        buffer_free(&program);
        assert_int_equal(pinfold_seccomp_presets(policy), 0);

        assert_int_equal(pinfold_seccomp_add_rule(policy, "ptrace", KILL, NULL, 0), 0);
        assert_int_equal(seccomp_compile(policy, PINFOLD_SECCOMP_DENY_TTY, &program, &err), 0);
        assert_int_equal(verdict_of(&program, arch_native(), "ioctl", 0, TIOCSTI), ALLOW);
        buffer_free(&program);
        pinfold_seccomp_free(policy);
}

/* ---- Loaded against exported ----------------------------------------------------------------------------------- */

static const uint64_t probes[] = {
        0,          1,          2,          3,    9,    10,   11,   15,         16,         17,
        28,         29,         30,         31,   32,   40,   8,    0x5411,     TIOCSTI,    TIOCSTI + 1,
        TIOCLINUX,  CLONE_NEWUSER, 0x10000001, 0x7fffffff, 0xffffffff, HIGH, HIGH | 2, HIGH | TIOCSTI,
        HIGH | CLONE_NEWUSER, UINT64_MAX,
};

static bool is_one_of(const struct arch *arch, uint32_t number, const char *const *names)
{
        for (; *names; names++)
                if (arch_syscall(arch, *names) == (int)number)
                        return true;
        return false;
}

struct pair {
        struct buffer exported, plain, hardened;
        unsigned flags;
};

/*
 * Without hardening: the same, or for sockets with multiarch stricter. With it: stricter for a few calls, else the
 * same.
 */
static void compare_call(const struct pair *pair, const struct arch *arch, uint32_t number, uint64_t arg0,
                         uint64_t arg1)
{
        static const char *const sockets[] = {"socket", NULL};
        static const char *const hardened[] = {"io_uring_setup", "io_uring_enter", "io_uring_register", "quotactl_fd",
                                               "set_mempolicy_home_node", "open_tree_attr", "setfsuid", "setfsuid32",
                                               "setfsgid", "setfsgid32", "socketpair", "openat2", "prlimit64",
                                               "sched_setaffinity", "sched_setattr", "sched_setparam",
                                               "sched_setscheduler", "setpriority", "ioprio_set", "chmod", "fchmod",
                                               "fchmodat", "fchmodat2", "creat", "mknod", "mknodat", "open", "openat",
                                               "fcntl", "fcntl64", "ioctl",
                                               NULL};
        struct seccomp_data data = {.nr = (int)number, .arch = arch->audit, .args = {arg0, arg1}};
        uint32_t before = bpf_run(&pair->exported, &data);
        uint32_t after = bpf_run(&pair->plain, &data);

        if (before != after && !((pair->flags & MULTIARCH) && before == ALLOW && is_one_of(arch, number, sockets)))
                fail_msg("%s: exported 0x%x, loaded 0x%x", call_text(&data), before, after);
        before = after;
        after = bpf_run(&pair->hardened, &data);
        if (before != after && !(before == ALLOW && is_one_of(arch, number, hardened)))
                fail_msg("%s: 0x%x, with hardening 0x%x", call_text(&data), before, after);
}

static void compare_number(const struct pair *pair, const struct arch *arch, uint32_t number)
{
        static const char *const interesting[] = {"socket", "socketpair", "ioctl", "clone", "personality", "socketcall",
                                                  NULL};

        if (!is_one_of(arch, number, interesting)) {
                compare_call(pair, arch, number, 0, 0);
                compare_call(pair, arch, number, UINT64_MAX, UINT64_MAX);
                return;
        }
        for (size_t i = 0; i < ELEMENTS(probes); i++) {
                /* Arguments of 32-bit calls have no upper half. */
                uint64_t probe = arch->narrow ? probes[i] : (uint32_t)probes[i];

                compare_call(pair, arch, number, probe, 0);
                compare_call(pair, arch, number, 0, probe);
        }
}

static void compare_arch(const struct pair *pair, const struct arch *arch)
{
        for (uint32_t number = 0; number <= 600; number++) {
                compare_number(pair, arch, number);
                compare_call(pair, arch, number | X32, 0, 0);
        }
        compare_call(pair, arch, 0xf0005, 0, 0);
        compare_call(pair, arch, 0x3fffffff, 0, 0);
        compare_call(pair, arch, 0xffffffff, 0, 0);
}

static void compare_all(const struct arch *native)
{
        for (unsigned flags = 0; flags < 8; flags++)
                for (unsigned presets = 0; presets < 32; presets++) {
                        struct pinfold_seccomp *policy = policy_of(flags, presets);
                        struct pair pair = {.flags = flags};

                        pair.exported = exported(native, policy);
                        pair.hardened = loaded(native, policy);
                        assert_int_equal(pinfold_seccomp_set_hardening(policy, 0), 0);
                        pair.plain = loaded(native, policy);
                        compare_arch(&pair, native);
                        compare_arch(&pair, native->narrow);
                        buffer_free(&pair.exported);
                        buffer_free(&pair.plain);
                        buffer_free(&pair.hardened);
                        pinfold_seccomp_free(policy);
                }
}

TEST(loaded_is_exported_x86_64)
{
        compare_all(&arch_x86_64);
}

TEST(loaded_is_exported_aarch64)
{
        compare_all(&arch_aarch64);
}
