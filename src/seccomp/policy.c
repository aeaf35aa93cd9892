/* SPDX-License-Identifier: MIT */
#include "seccomp/policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "seccomp/arch.h"
#include "seccomp/hardening.h"
#include "seccomp/presets.h"

#define ALL_PRESETS ((unsigned)(PINFOLD_SECCOMP_STRICT | PINFOLD_SECCOMP_LINUX32 | PINFOLD_SECCOMP_DENY_PERF))
#define ALL_FLAGS ((unsigned)(PINFOLD_SECCOMP_MULTIARCH | PINFOLD_SECCOMP_CAN | PINFOLD_SECCOMP_BLUETOOTH))

/* Bit 30 marks calls of the x32 ABI, which are killed before any rule. */
#define NUMBER_MAX 0x3fffffff

/* The array, with room for `more` elements of `size` bytes after `count`; moved, perhaps. NULL: out of memory. */
static void *reserve(void *elements, size_t *room, size_t count, size_t more, size_t size)
{
        size_t wanted = *room ? *room : 128;

        while (wanted < count + more)
                wanted *= 2;
        if (wanted == *room)
                return elements;
        elements = reallocarray(elements, wanted, size);
        if (elements)
                *room = wanted;
        return elements;
}

static bool make_room(struct rules *rules, size_t args)
{
        struct rule *rule = reserve(rules->rule, &rules->room, rules->count, 1, sizeof(*rule));
        struct pinfold_seccomp_arg *arg;

        if (!rule)
                return false;
        rules->rule = rule;
        arg = reserve(rules->arg, &rules->arg_room, rules->arg_count, args, sizeof(*arg));
        if (!arg)
                return false;
        rules->arg = arg;
        return true;
}

int rules_add(struct rules *rules, const char *name, int number, uint32_t action,
              const struct pinfold_seccomp_arg *args, size_t count)
{
        struct rule *rule;

        if (rules->error)
                return rules->error;
        if (!make_room(rules, count))
                return rules->error = -ENOMEM;
        rule = &rules->rule[rules->count++];
        *rule = (struct rule){.number = number, .action = action, .first_arg = (uint32_t)rules->arg_count,
                              .count = (uint32_t)count};
        memcpy(rule->name, name, strlen(name) + 1);
        if (count)
                memcpy(rules->arg + rules->arg_count, args, count * sizeof(*args));
        rules->arg_count += count;
        return 0;
}

void rules_free(struct rules *rules)
{
        free(rules->rule);
        free(rules->arg);
        *rules = (struct rules){0};
}

struct pinfold_seccomp *pinfold_seccomp_new(void)
{
        struct pinfold_seccomp *policy = calloc(1, sizeof(*policy));

        if (!policy)
                return NULL;
        policy->hardening = true;
        policy->default_action = PINFOLD_SECCOMP_ALLOW;
        return policy;
}

void pinfold_seccomp_free(struct pinfold_seccomp *policy)
{
        if (!policy)
                return;
        rules_free(&policy->own);
        free(policy);
}

struct pinfold_seccomp *policy_copy(const struct pinfold_seccomp *policy)
{
        struct pinfold_seccomp *copy = pinfold_seccomp_new();

        if (!copy)
                return NULL;
        *copy = *policy;
        copy->own = (struct rules){0};
        copy->sealed = false;
        for (size_t i = 0; i < policy->own.count; i++) {
                const struct rule *rule = &policy->own.rule[i];

                rules_add(&copy->own, rule->name, rule->number, rule->action, rule_args(&policy->own, rule), rule->count);
        }
        if (copy->own.error) {
                pinfold_seccomp_free(copy);
                return NULL;
        }
        return copy;
}

/* Keeps the first failure. */
static int fail(struct pinfold_seccomp *policy, const struct pinfold_error *err)
{
        if (!policy->failure.error) {
                policy->failure = *err;
                error_stage(&policy->failure, PINFOLD_STAGE_CONFIGURE);
        }
        return -err->error;
}

static int refuse_sealed(const struct pinfold_seccomp *policy, struct pinfold_error *err)
{
        return policy->sealed ? error_set(err, EBUSY, "the syscall filter is fixed once the container is prepared") : 0;
}

int pinfold_seccomp_set_presets(struct pinfold_seccomp *policy, unsigned presets)
{
        struct pinfold_error err;

        if (!policy)
                return -ENOMEM;
        if (refuse_sealed(policy, &err) < 0)
                return fail(policy, &err);
        if (presets & ~ALL_PRESETS) {
                error_set(&err, EINVAL, "unknown filter presets 0x%x", presets & ~ALL_PRESETS);
                return fail(policy, &err);
        }
        policy->presets = presets;
        return 0;
}

int pinfold_seccomp_set_flags(struct pinfold_seccomp *policy, unsigned flags)
{
        struct pinfold_error err;

        if (!policy)
                return -ENOMEM;
        if (refuse_sealed(policy, &err) < 0)
                return fail(policy, &err);
        if (flags & ~ALL_FLAGS) {
                error_set(&err, EINVAL, "unknown filter flags 0x%x", flags & ~ALL_FLAGS);
                return fail(policy, &err);
        }
        policy->flags = flags;
        return 0;
}

int pinfold_seccomp_set_hardening(struct pinfold_seccomp *policy, int on)
{
        struct pinfold_error err;

        if (!policy)
                return -ENOMEM;
        if (refuse_sealed(policy, &err) < 0)
                return fail(policy, &err);
        policy->hardening = on != 0;
        return 0;
}

bool action_valid(uint32_t action)
{
        switch (action) {
        case PINFOLD_SECCOMP_ALLOW:
        case PINFOLD_SECCOMP_LOG:
        case PINFOLD_SECCOMP_TRAP:
        case PINFOLD_SECCOMP_KILL:
                return true;
        default:
                return action >= PINFOLD_SECCOMP_ERRNO(1) && action <= PINFOLD_SECCOMP_ERRNO(4095);
        }
}

int pinfold_seccomp_set_default(struct pinfold_seccomp *policy, uint32_t action)
{
        struct pinfold_error err;

        if (!policy)
                return -ENOMEM;
        if (refuse_sealed(policy, &err) < 0)
                return fail(policy, &err);
        if (!action_valid(action)) {
                error_set(&err, EINVAL, "unknown default action 0x%x", action);
                return fail(policy, &err);
        }
        policy->default_action = action;
        return 0;
}

static int check_args(const char *name, const struct pinfold_seccomp_arg *args, size_t count,
                      struct pinfold_error *err)
{
        if (count > PINFOLD_SECCOMP_ARGS_MAX)
                return error_set(err, EINVAL, "rule for %s: %zu conditions, more than %d", name, count,
                                 PINFOLD_SECCOMP_ARGS_MAX);
        for (size_t i = 0; i < count; i++) {
                if (args[i].index > 5)
                        return error_set(err, EINVAL, "rule for %s: no argument %u, the last is 5", name,
                                         args[i].index);
                if (args[i].op < PINFOLD_SECCOMP_NE || args[i].op > PINFOLD_SECCOMP_MASKED_EQ)
                        return error_set(err, EINVAL, "rule for %s: unknown comparison %u", name, args[i].op);
                if (args[i].op == PINFOLD_SECCOMP_MASKED_EQ && (args[i].b & ~args[i].a))
                        return error_set(err, EINVAL, "rule for %s: 0x%llx has bits outside of the mask 0x%llx", name,
                                         (unsigned long long)args[i].b, (unsigned long long)args[i].a);
        }
        return 0;
}

static int unknown_syscall(const char *name, struct pinfold_error *err)
{
        const char *nearest = syscall_nearest(name);

        if (nearest)
                return error_set(err, EINVAL, "unknown system call %s, did you mean %s?", name, nearest);
        return error_set(err, EINVAL, "unknown system call %s", name);
}

void rule_label(const char *name, int number, char ret_label[SYSCALL_NAME_MAX])
{
        if (*name)
                snprintf(ret_label, SYSCALL_NAME_MAX, "%s", name);
        else
                snprintf(ret_label, SYSCALL_NAME_MAX, "%d", number);
}

int policy_add(struct pinfold_seccomp *policy, const char *name, int number, uint32_t action,
               const struct pinfold_seccomp_arg *args, size_t count, struct pinfold_error *err)
{
        char known[SYSCALL_NAME_MAX] = "", label[SYSCALL_NAME_MAX];
        int r = refuse_sealed(policy, err);

        if (r < 0)
                return r;
        if (name) {
                if (strlen(name) >= sizeof(known) || !syscall_exists(name))
                        return unknown_syscall(name, err);
                memcpy(known, name, strlen(name) + 1);
        } else if (number > NUMBER_MAX || (!syscall_name(number, arch_native()->table, known) && number < 0)) {
                return error_set(err, EINVAL, "unknown system call %d", number);
        }
        rule_label(known, number, label);
        if (!action_valid(action))
                return error_set(err, EINVAL, "rule for %s: unknown action 0x%x", label, action);
        r = check_args(label, args, count, err);
        if (r < 0)
                return r;
        r = rules_add(&policy->own, known, number, action, args, count);
        return r < 0 ? error_set(err, -r, "rule for %s", label) : 0;
}

int pinfold_seccomp_add_rule(struct pinfold_seccomp *policy, const char *syscall, uint32_t action,
                                      const struct pinfold_seccomp_arg *args, size_t count)
{
        struct pinfold_error err;
        int r;

        if (!policy)
                return -ENOMEM;
        r = policy_add(policy, syscall ? syscall : "", 0, action, args, count, &err);
        return r < 0 ? fail(policy, &err) : 0;
}

int pinfold_seccomp_add_rule_number(struct pinfold_seccomp *policy, int number, uint32_t action,
                                             const struct pinfold_seccomp_arg *args, size_t count)
{
        struct pinfold_error err;
        int r;

        if (!policy)
                return -ENOMEM;
        r = policy_add(policy, NULL, number, action, args, count, &err);
        return r < 0 ? fail(policy, &err) : 0;
}

unsigned pinfold_seccomp_presets(const struct pinfold_seccomp *policy)
{
        return policy ? policy->presets : 0;
}

unsigned pinfold_seccomp_flags(const struct pinfold_seccomp *policy)
{
        return policy ? policy->flags : 0;
}

size_t pinfold_seccomp_rules(const struct pinfold_seccomp *policy)
{
        return policy ? policy->own.count : 0;
}

bool policy_is_own(const struct pinfold_seccomp *policy)
{
        return policy->own.count > 0 || policy->default_action != PINFOLD_SECCOMP_ALLOW;
}

size_t policy_archs(const struct pinfold_seccomp *policy, const struct arch *native, const struct arch *ret_archs[2])
{
        ret_archs[0] = native;
        ret_archs[1] = native->narrow;
        return (policy->flags & PINFOLD_SECCOMP_MULTIARCH) && native->narrow ? 2 : 1;
}

int policy_rules(const struct pinfold_seccomp *policy, unsigned extra_presets, bool loaded, struct rules *made,
                 const struct rules **ret_rules, struct pinfold_error *err)
{
        enum presets_form form = policy->hardening ? PRESETS_HARDENED : PRESETS_LOADED;

        if (policy->failure.error) {
                *err = policy->failure;
                return -err->error;
        }
        if (policy_is_own(policy) && !(loaded && policy->hardening)) {
                *ret_rules = &policy->own;
                return 0;
        }
        if (policy_is_own(policy))
                hardening_of_own(&policy->own, policy->default_action, extra_presets, made);
        else
                presets_rules(policy->presets | extra_presets, policy->flags, loaded ? form : PRESETS_EXPORT, made);
        if (made->error)
                return error_set(err, -made->error, "list the rules of the syscall filter");
        *ret_rules = made;
        return 0;
}
