/* SPDX-License-Identifier: MIT */
/*
 * The presets are a table of groups, each with its calls, its errno and the presets that it belongs to; and the
 * socket families. All refuse: what no group names is allowed.
 *
 * The groups, their order and the order inside them are part of the exported program: a change shows in the checksums
 * of tests/seccomp/export.c.
 */
#define _GNU_SOURCE

#include "seccomp/presets.h"

#include <errno.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "seccomp/group.h"
#include "seccomp/hardening.h"

static const struct group original[] = {
        {
                .error = EPERM,
                .names = "syslog uselib acct quotactl add_key keyctl request_key move_pages mbind get_mempolicy "
                         "set_mempolicy migrate_pages",
        },
        {
                .presets = DENY_NS,
                .error = EPERM,
                .names = "unshare setns mount umount umount2 pivot_root chroot",
        },
        {
                .presets = DENY_NS,
                .error = EPERM,
                .names = "clone",
                .args = {{0, PINFOLD_SECCOMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER}},
        },
        {
                /*
                 * The flags of clone3(2) are in memory. Callers fall back to clone(2) when the call seems not to
                 * exist; EPERM would end them. The same goes for the mount calls.
                 */
                .presets = DENY_NS,
                .error = ENOSYS,
                .names = "clone3 open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr",
        },
        {.presets = DENY_TTY, .error = EPERM, .names = "ioctl", .args = {LOW_HALF(1, TIOCSTI)}},
        {.presets = DENY_TTY, .error = EPERM, .names = "ioctl", .args = {LOW_HALF(1, TIOCLINUX)}},
        {.presets = DENY_DEVEL, .error = EPERM, .names = "perf_event_open"},
        {.presets = DENY_PERF, .not_preset = DENY_DEVEL, .error = EPERM, .names = "perf_event_open"},
        {
                .presets = DENY_DEVEL,
                .not_preset = LINUX32,
                .error = EPERM,
                .names = "personality",
                .args = {{0, PINFOLD_SECCOMP_NE, PER_LINUX, 0}},
        },
        {
                .presets = DENY_DEVEL | LINUX32,
                .error = EPERM,
                .names = "personality",
                .args = {{0, PINFOLD_SECCOMP_NE, PER_LINUX32, 0}},
        },
        {.presets = DENY_DEVEL, .error = EPERM, .names = "ptrace"},
        {.not_flag = MULTIARCH, .error = EPERM, .names = "modify_ldt"},
        {
                .presets = EXT,
                .error = EPERM,
                .names = "adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 settimeofday "
                         "delete_module finit_module init_module kexec_file_load kexec_load reboot swapoff swapon",
        },
        {
                .presets = EXT | DENY_NS,
                .error = EPERM,
                .names = "chown chown32 fchown fchown32 fchownat lchown lchown32 setgid setgid32 setgroups "
                         "setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid "
                         "setreuid32 setuid setuid32",
        },
        {
                .presets = EXT,
                .not_flag = MULTIARCH,
                .error = ENOSYS,
                .names = "subpage_prot switch_endian vm86 vm86old",
        },
};

/* Refuses every family that stands between two allowed ones, and all after the last. */
static void add_families(struct rules *rules, const char *name, unsigned flags)
{
        static const struct family {
                unsigned number;
                unsigned flag;
        } allowed[] = {
                {AF_UNSPEC, 0},
                {AF_UNIX, 0},
                {AF_INET, 0},
                {AF_INET6, 0},
                {AF_NETLINK, 0},
                {AF_CAN, PINFOLD_SECCOMP_CAN},
                {AF_BLUETOOTH, PINFOLD_SECCOMP_BLUETOOTH},
        };
        const uint32_t action = PINFOLD_SECCOMP_ERRNO(EAFNOSUPPORT);
        struct pinfold_seccomp_arg arg = {0, PINFOLD_SECCOMP_EQ, 0, 0};

        for (size_t i = 0; i < ELEMENTS(allowed); i++) {
                if (allowed[i].flag && !(flags & allowed[i].flag))
                        continue;
                for (; arg.a < allowed[i].number; arg.a++)
                        rules_add(rules, name, -1, action, &arg, 1);
                arg.a = allowed[i].number + 1;
        }
        arg.op = PINFOLD_SECCOMP_GE;
        rules_add(rules, name, -1, action, &arg, 1);
}

void presets_rules(unsigned presets, unsigned flags, enum presets_form form, struct rules *rules)
{
        groups_add(rules, original, ELEMENTS(original), presets, flags);
        /*
         * The original adds these as rules that have to hold exactly on every architecture, which libseccomp refuses
         * as soon as there are two, and goes on without them: with multiarch its 64-bit programs open any family.
         */
        if (form != PRESETS_EXPORT || !(flags & MULTIARCH))
                add_families(rules, "socket", flags);
        if (form != PRESETS_HARDENED)
                return;
        hardening_rules(presets, flags, rules);
        /* It reaches the same code of the family, and loads its module, before that says that it has no pairs. */
        add_families(rules, "socketpair", flags);
}
