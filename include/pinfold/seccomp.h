/* SPDX-License-Identifier: MIT */
/*
 * The syscall filter: a policy says which system calls a program may make (seccomp(2)). A container owns one, see
 * pinfold_seccomp() in <pinfold/container.h>; a policy can also stand alone, to be exported.
 *
 *      struct pinfold_seccomp *policy = pinfold_seccomp_new();
 *
 *      pinfold_seccomp_set_presets(policy, PINFOLD_SECCOMP_STRICT);
 *      if (pinfold_seccomp_export(policy, fd, &err) < 0)
 *              fprintf(stderr, "%s\n", err.text);
 *      pinfold_seccomp_free(policy);
 *
 * A policy is one of two things. As long as it has no rules of its own and allows by default, it is made of presets:
 * lists of calls to refuse. With rules, or with another default, these are the whole policy, and presets and the
 * flags for socket families mean nothing. On top of either comes the hardening, unless it is switched off.
 *
 * Functions that take no error struct return 0 or a negative errno, and keep their first failure in the policy: it is
 * returned, with its message, by every later export, dump or serve of a container, so that a policy in which
 * something is missing is never used. They accept NULL, from a failed pinfold_seccomp_new, and return -ENOMEM then. A
 * policy is used by one thread at a time. Policies know x86-64 and arm64, and their 32-bit architectures.
 */
#ifndef PINFOLD_SECCOMP_H
#define PINFOLD_SECCOMP_H

#include <stddef.h>
#include <stdint.h>

#include <pinfold/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pinfold_seccomp;

/* A policy of presets 0 with hardening. NULL: out of memory. */
struct pinfold_seccomp *pinfold_seccomp_new(void);

/* Not for the policy of a container, which is the container's. NULL is accepted. */
void pinfold_seccomp_free(struct pinfold_seccomp *policy);

/* ---- Presets --------------------------------------------------------------------------------------------------- */

/*
 * Lists of calls to refuse. Presets 0 is not empty: it refuses what no program in a container needs (syslog(2),
 * keyctl(2), mbind(2), ...), and sockets of uncommon families. pinfold-seccomp(1) holds the lists; pinfold_seccomp_dump
 * prints them.
 */
enum pinfold_seccomp_preset {
        PINFOLD_SECCOMP_EXT = 1u << 0,        /* clocks, modules, kexec, swap; with DENY_NS changing owners and ids */
        PINFOLD_SECCOMP_DENY_NS = 1u << 1,    /* new namespaces and mounts */
        PINFOLD_SECCOMP_DENY_TTY = 1u << 2,   /* putting input into a terminal: TIOCSTI, TIOCLINUX (ioctl_tty(2)) */
        PINFOLD_SECCOMP_DENY_DEVEL = 1u << 3, /* ptrace(2), perf_event_open(2), personality(2) other than PER_LINUX */
        PINFOLD_SECCOMP_LINUX32 = 1u << 4,    /* DENY_DEVEL allows PER_LINUX32 in place of PER_LINUX */

        PINFOLD_SECCOMP_DENY_PERF = 1u << 5,  /* perf_event_open(2) alone, of DENY_DEVEL */

        PINFOLD_SECCOMP_STRICT = (1u << 4) - 1, /* the first four */
        /* For build tools, debuggers and installers: ptrace, personality, chown and set*id stay possible. */
        PINFOLD_SECCOMP_EVERYDAY = PINFOLD_SECCOMP_DENY_NS | PINFOLD_SECCOMP_DENY_TTY | PINFOLD_SECCOMP_DENY_PERF,
};

enum pinfold_seccomp_flag {
        /*
         * The machine's 32-bit architecture is filtered, and not killed: i386 on x86-64, arm on arm64. Socket families
         * cannot be told apart in socketcall(2) of i386, where they are in memory.
         */
        PINFOLD_SECCOMP_MULTIARCH = 1u << 0,
        PINFOLD_SECCOMP_CAN = 1u << 1,       /* AF_CAN sockets are allowed */
        PINFOLD_SECCOMP_BLUETOOTH = 1u << 2, /* AF_BLUETOOTH sockets are allowed */
};

/* Replace all presets, all flags. -EINVAL: an unknown bit. */
int pinfold_seccomp_set_presets(struct pinfold_seccomp *policy, unsigned presets);
int pinfold_seccomp_set_flags(struct pinfold_seccomp *policy, unsigned flags);

/* The bits as set; 0 for NULL. */
unsigned pinfold_seccomp_presets(const struct pinfold_seccomp *policy);
unsigned pinfold_seccomp_flags(const struct pinfold_seccomp *policy);

/*
 * Hardening, on in a new policy: what is refused in addition when the filter is loaded. For every policy: io_uring(7),
 * which makes sockets of any family behind the filter's back; limits and scheduling of PID 1 (prlimit(2), sched(7)),
 * which has the program's ids; and set-user-ID and set-group-ID bits in the modes of files (chmod(2), inode(7)), which
 * others on the host could execute. With presets also: calls that are newer than their lists, or were forgotten there,
 * beside their kin; and the socket families for socketpair(2). pinfold-seccomp(1) lists them. `on` 0 switches it off.
 */
int pinfold_seccomp_set_hardening(struct pinfold_seccomp *policy, int on);

/* ---- Rules of one's own ---------------------------------------------------------------------------------------- */

/*
 * What happens to a call: these are the kernel's own values, seccomp(2). ERRNO makes it fail with `error`, 1 to 4095;
 * KILL ends the whole process, and TRAP sends it SIGSYS; LOG allows the call and logs it.
 */
#define PINFOLD_SECCOMP_ALLOW 0x7fff0000u
#define PINFOLD_SECCOMP_LOG 0x7ffc0000u
#define PINFOLD_SECCOMP_ERRNO(error) (0x00050000u | (uint32_t)(error))
#define PINFOLD_SECCOMP_TRAP 0x00030000u
#define PINFOLD_SECCOMP_KILL 0x80000000u

/* How an argument is compared, as an unsigned number of 64 bits (on 32-bit architectures: widened with zeros). */
enum pinfold_seccomp_op {
        PINFOLD_SECCOMP_NE = 1,
        PINFOLD_SECCOMP_LT = 2,
        PINFOLD_SECCOMP_LE = 3,
        PINFOLD_SECCOMP_EQ = 4,
        PINFOLD_SECCOMP_GE = 5,
        PINFOLD_SECCOMP_GT = 6,
        PINFOLD_SECCOMP_MASKED_EQ = 7, /* (argument & a) == b */
};

/*
 * One condition on one argument. The kernel ignores the upper half of arguments that are an int: compare those with
 * MASKED_EQ and a = 0xffffffff, or the call gets past the condition with a bit above set.
 */
struct pinfold_seccomp_arg {
        unsigned index; /* 0 to 5 */
        unsigned op;    /* enum pinfold_seccomp_op */
        uint64_t a;
        uint64_t b; /* only for MASKED_EQ; has no bits that a has not */
};

#define PINFOLD_SECCOMP_ARGS_MAX 6

/*
 * What happens to calls that no rule matches; ALLOW in a new policy. With anything else presets are out of force, and
 * what is not allowed by rules does not happen. Such a policy has to allow execve(2), the last call before the
 * program; nothing else on pinfold's account. Where it kills instead, the run looks like one of a program that SIGSYS
 * ended at once.
 */
int pinfold_seccomp_set_default(struct pinfold_seccomp *policy, uint32_t action);

/*
 * Adds a rule: `action` for calls of `syscall` whose arguments fulfil all `count` conditions of `args`, at most
 * PINFOLD_SECCOMP_ARGS_MAX; NULL and 0: for all its calls. The rules of one system call are tried in the order in
 * which they were added; the first that matches decides. A call that an architecture does not have is skipped there.
 * Where i386 calls through socketcall(2) or ipc(2), a rule without conditions reaches it there as well; one with
 * conditions does not, because the arguments are in memory. -EINVAL: no architecture has such a call, or action or
 * conditions are wrong.
 */
int pinfold_seccomp_add_rule(struct pinfold_seccomp *policy, const char *syscall, uint32_t action,
                             const struct pinfold_seccomp_arg *args, size_t count);

/*
 * The same by number on this machine's architecture; the 32-bit one gets the call of the same name. libseccomp's
 * negative numbers for calls that only other architectures have work too. A number of 424 or above is known without
 * its name: these are the same everywhere.
 */
int pinfold_seccomp_add_rule_number(struct pinfold_seccomp *policy, int number, uint32_t action,
                                    const struct pinfold_seccomp_arg *args, size_t count);

/*
 * A policy by name: "everyday" and "strict" are the presets of that name; "allowlist" adds rules that allow what ordinary
 * programs use, and refuses everything else with ENOSYS. -EINVAL: no such name; not kept in the policy. `err` may be
 * NULL.
 */
int pinfold_seccomp_use(struct pinfold_seccomp *policy, const char *name, struct pinfold_error *err);

/* The number of rules that were added; 0 for NULL. */
size_t pinfold_seccomp_rules(const struct pinfold_seccomp *policy);

/* ---- As text, for command lines and configuration files -------------------------------------------------------- */

/*
 * These say in `err` which word is wrong, and their failures are not kept in the policy. What they return is the same
 * bits and values as above. `err` may be NULL.
 *
 * presets: words joined by commas, "ext,deny-ns"; "strict"; "everyday"; "none".
 * flags:   "multiarch", "can", "bluetooth"; "none".
 * action:  "allow", "log", "trap", "kill", "errno=EPERM", "errno=1".
 * rule:    SYSCALL:ACTION[:CONDITION[,CONDITION]...], where SYSCALL is a name or a number, and CONDITION is
 *          INDEX OP VALUE with the operators == != < <= > >=, or INDEX&MASK==VALUE, without spaces. Numbers are
 *          decimal, or hexadecimal after 0x.
 *
 *      "ptrace:errno=EPERM"   "ioctl:errno=EPERM:1&0xffffffff==0x5412"   "openat:allow"   "socket:kill:0>=3,0<=9"
 */
int pinfold_seccomp_parse_presets(const char *text, unsigned *ret_presets, struct pinfold_error *err);
int pinfold_seccomp_parse_flags(const char *text, unsigned *ret_flags, struct pinfold_error *err);
int pinfold_seccomp_parse_action(const char *text, uint32_t *ret_action, struct pinfold_error *err);
int pinfold_seccomp_add_rule_text(struct pinfold_seccomp *policy, const char *text, struct pinfold_error *err);

/* ---- Output ---------------------------------------------------------------------------------------------------- */

/*
 * Writes the program, an array of struct sock_filter (seccomp(2)), to `fd`, which stays the caller's and may be a
 * pipe.
 *
 * pinfold_seccomp_export writes the policy, without hardening, as libseccomp compiles it. With presets that is, byte
 * for byte, what other users of these presets have; they compare checksums. Rules that libseccomp cannot express are
 * -EOPNOTSUPP: two conditions on one argument, the default action, calls that it does not know on the 32-bit
 * architecture. Where rules for one call contradict each other it keeps an order of its own.
 *
 * pinfold_seccomp_export_loaded writes what a container loads: one program with the same verdicts or stricter ones,
 * and the hardening. (A container that does not retain its session adds DENY_TTY to its presets.) -E2BIG: the policy
 * is too large for the kernel, which takes 4,096 instructions.
 *
 * The dumps write the same two for people: one line per rule with syscall, condition and action.
 */
int pinfold_seccomp_export(const struct pinfold_seccomp *policy, int fd, struct pinfold_error *err);
int pinfold_seccomp_export_loaded(const struct pinfold_seccomp *policy, int fd, struct pinfold_error *err);
int pinfold_seccomp_dump(const struct pinfold_seccomp *policy, int fd, struct pinfold_error *err);
int pinfold_seccomp_dump_loaded(const struct pinfold_seccomp *policy, int fd, struct pinfold_error *err);

#ifdef __cplusplus
}
#endif
#endif
