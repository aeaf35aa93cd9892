/* SPDX-License-Identifier: MIT */
/*
 * The policy behind struct pinfold_seccomp, and the list of rules that either half of it comes down to: the caller's
 * own, or those of the presets. Everything after this (export, compile, dump) works on such a list.
 */
#ifndef SECCOMP_POLICY_H
#define SECCOMP_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pinfold/error.h>
#include <pinfold/seccomp.h>

#include "seccomp/numbers.h"

struct arch;

/* With what the hardening adds to the caller's (hardening.h). */
#define RULE_ARGS_MAX (PINFOLD_SECCOMP_ARGS_MAX + 2)

/* Among the extra presets below: containers can be made inside. Refuses nothing. */
#define PRESET_NESTED (1u << 31)

struct rule {
        char name[SYSCALL_NAME_MAX]; /* "": known by its number only */
        int number;                  /* then; on the machine's architecture */
        uint32_t action;
        uint32_t first_arg; /* among those of the list */
        uint32_t count;
};

struct rules {
        struct rule *rule;
        size_t count;
        size_t room;
        struct pinfold_seccomp_arg *arg;
        size_t arg_count;
        size_t arg_room;
        int error; /* 0, or -ENOMEM: a rule is missing */
};

/* At the end. `name`: "" for a rule by number. Returns `error`. */
int rules_add(struct rules *rules, const char *name, int number, uint32_t action,
              const struct pinfold_seccomp_arg *args, size_t count);
void rules_free(struct rules *rules);

static inline const struct pinfold_seccomp_arg *rule_args(const struct rules *rules, const struct rule *rule)
{
        return rules->arg + rule->first_arg;
}

/* What people call it: its name, or else its number. */
void rule_label(const char *name, int number, char ret_label[SYSCALL_NAME_MAX]);

struct pinfold_seccomp {
        unsigned presets;
        unsigned flags;
        bool hardening;
        uint32_t default_action;
        struct rules own;
        bool sealed; /* it is in force somewhere: a change would come too late */
        struct pinfold_error failure; /* the first one; error 0: none */
};

/* Whether the caller's own rules are in force, and not the presets. */
bool policy_is_own(const struct pinfold_seccomp *policy);

/* The architectures that the policy lets run, the native one first. Returns how many. */
size_t policy_archs(const struct pinfold_seccomp *policy, const struct arch *native, const struct arch *ret_archs[2]);

/*
 * The rules in force, in order. `loaded`: as they are loaded, and not as they are exported. `extra_presets` are added
 * to the policy's. Those of presets are made in `made`, for the caller to free; the policy's own are where they are.
 * A failure of an earlier function on this policy is returned here.
 */
int policy_rules(const struct pinfold_seccomp *policy, unsigned extra_presets, bool loaded, struct rules *made,
                 const struct rules **ret_rules, struct pinfold_error *err);

/* Checks and adds a rule. `name` or, when that is NULL, `number`. */
int policy_add(struct pinfold_seccomp *policy, const char *name, int number, uint32_t action,
               const struct pinfold_seccomp_arg *args, size_t count, struct pinfold_error *err);

/* A copy, which is not sealed. NULL: out of memory. */
struct pinfold_seccomp *policy_copy(const struct pinfold_seccomp *policy);

/* Whether `action` is one of those in the public header. */
bool action_valid(uint32_t action);

#endif
