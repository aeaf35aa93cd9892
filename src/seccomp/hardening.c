/* SPDX-License-Identifier: MIT */
/* The groups here are ours, and free to grow: none of them is part of an exported program. */
#define _GNU_SOURCE

#include "seccomp/hardening.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>

#include "base/cleanup.h"
#include "seccomp/arch.h"
#include "seccomp/group.h"

#define IOPRIO_WHO_USER 3 /* linux/ioprio.h */
#define TMPFILE (O_TMPFILE & ~O_DIRECTORY)

/* For every policy. */
static const struct group always[] = {
        {
                /* IORING_OP_SOCKET and its like are not system calls: no filter sees them. */
                .error = ENOSYS,
                .names = "io_uring_setup io_uring_enter io_uring_register",
        },
        /*
         * The container's PID 1 has the program's ids. With RLIMIT_CPU the kernel would kill it from inside; with other
         * limits it would lose what it has to report; without processor time it would outlive a caller that was killed.
         */
        {.error = EPERM, .names = "prlimit64", .args = {LOW_HALF(0, 1)}},
        {
                .error = EPERM,
                .names = "sched_setaffinity sched_setattr sched_setparam sched_setscheduler",
                .args = {LOW_HALF(0, 1)},
        },
        {.error = EPERM, .names = "setpriority ioprio_set", .args = {LOW_HALF(1, 1)}},
        /* In a retained session it could be joined, and then be meant by all that is for one's own group. */
        {.error = EPERM, .names = "setpgid", .args = {LOW_HALF(1, 1)}},
        {.error = EPERM, .names = "setpriority", .args = {LOW_HALF(0, PRIO_USER)}},
        {.error = EPERM, .names = "ioprio_set", .args = {LOW_HALF(0, IOPRIO_WHO_USER)}},
        /*
         * A set-user-ID file, made in a directory of the host or of a file given as standard output, would give the
         * caller's ids to whoever executes it outside. open(2) looks at the mode with O_CREAT and O_TMPFILE only.
         */
        {.error = EPERM, .names = "chmod fchmod creat mknod", .args = {BITS(1, S_ISUID)}},
        {.error = EPERM, .names = "chmod fchmod creat mknod", .args = {BITS(1, S_ISGID)}},
        {.error = EPERM, .names = "fchmodat fchmodat2 mknodat", .args = {BITS(2, S_ISUID)}},
        {.error = EPERM, .names = "fchmodat fchmodat2 mknodat", .args = {BITS(2, S_ISGID)}},
        {.error = EPERM, .names = "open", .args = {BITS(1, O_CREAT), BITS(2, S_ISUID)}},
        {.error = EPERM, .names = "open", .args = {BITS(1, O_CREAT), BITS(2, S_ISGID)}},
        {.error = EPERM, .names = "open", .args = {BITS(1, TMPFILE), BITS(2, S_ISUID)}},
        {.error = EPERM, .names = "open", .args = {BITS(1, TMPFILE), BITS(2, S_ISGID)}},
        {.error = EPERM, .names = "openat", .args = {BITS(2, O_CREAT), BITS(3, S_ISUID)}},
        {.error = EPERM, .names = "openat", .args = {BITS(2, O_CREAT), BITS(3, S_ISGID)}},
        {.error = EPERM, .names = "openat", .args = {BITS(2, TMPFILE), BITS(3, S_ISUID)}},
        {.error = EPERM, .names = "openat", .args = {BITS(2, TMPFILE), BITS(3, S_ISGID)}},
        /* Its mode is in memory. Programs do without; a container that is set up inside of this one cannot. */
        {.not_preset = PRESET_NESTED, .error = ENOSYS, .names = "openat2"},
};

/* For the presets. */
static const struct group kin[] = {
        /* quotactl and set_mempolicy in newer clothes. */
        {.error = EPERM, .names = "quotactl_fd set_mempolicy_home_node"},
        /*
         * open_tree with mount_setattr in it. Its siblings statmount, listmount and listns stay: they read, and show
         * no more than /proc/self/mountinfo.
         */
        {.presets = DENY_NS, .error = ENOSYS, .names = "open_tree_attr"},
        /* The last two of the calls that change ids. */
        {.presets = EXT | DENY_NS, .error = EPERM, .names = "setfsuid setfsuid32 setfsgid setfsgid32"},
        /* Line disciplines are code of the kernel's; and an exclusive terminal is lost to the caller. */
        {.presets = DENY_TTY, .error = EPERM, .names = "ioctl", .args = {LOW_HALF(1, TIOCSETD)}},
        {.presets = DENY_TTY, .error = EPERM, .names = "ioctl", .args = {LOW_HALF(1, TIOCEXCL)}},
        /* It holds output up, also after the program's end, and no key brings it back. */
        {.presets = DENY_TTY, .error = EPERM, .names = "ioctl", .args = {LOW_HALF(1, TCXONC), LOW_HALF(2, TCOOFF)}},
        /* One on a file of the host makes others wait, also through a read-only bind. */
        {.error = EPERM, .names = "fcntl fcntl64", .args = {LOW_HALF(1, F_SETLEASE)}},
};

void hardening_rules(unsigned presets, unsigned flags, struct rules *rules)
{
        groups_add(rules, always, ELEMENTS(always), presets, flags);
        groups_add(rules, kin, ELEMENTS(kin), presets, flags);
}

/* ---- Rules of the caller's own --------------------------------------------------------------------------------- */

static bool lets_through(uint32_t action)
{
        return action == PINFOLD_SECCOMP_ALLOW || action == PINFOLD_SECCOMP_LOG;
}

static bool same_call(const struct rule *own, const struct rule *ours)
{
        return *own->name ? strcmp(own->name, ours->name) == 0 : own->number == arch_syscall(arch_native(), ours->name);
}

/* The calls for which the conditions of both hold. */
static void add_both(struct rules *rules, const struct rules *owns, const struct rule *own, const struct rules *all,
                     const struct rule *ours)
{
        struct pinfold_seccomp_arg args[RULE_ARGS_MAX];

        if (own->count)
                memcpy(args, rule_args(owns, own), own->count * sizeof(*args));
        if (ours->count)
                memcpy(args + own->count, rule_args(all, ours), ours->count * sizeof(*args));
        rules_add(rules, own->name, own->number, ours->action, args, own->count + ours->count);
}

void hardening_of_own(const struct rules *own, uint32_t default_action, unsigned presets, struct rules *rules)
{
        _cleanup_(rules_free) struct rules all = {0};

        groups_add(&all, always, ELEMENTS(always), presets, 0);
        if (all.error)
                rules->error = all.error;
        for (size_t i = 0; i < own->count; i++) {
                const struct rule *rule = &own->rule[i];

                for (size_t j = 0; j < all.count; j++)
                        if (lets_through(rule->action) && same_call(rule, &all.rule[j]))
                                add_both(rules, own, rule, &all, &all.rule[j]);
                rules_add(rules, rule->name, rule->number, rule->action, rule_args(own, rule), rule->count);
        }
        for (const struct rule *ours = all.rule; ours < all.rule + all.count; ours++)
                if (lets_through(default_action))
                        rules_add(rules, ours->name, ours->number, ours->action, rule_args(&all, ours), ours->count);
}
