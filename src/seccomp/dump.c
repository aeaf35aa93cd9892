/* SPDX-License-Identifier: MIT */
/* The rules of a policy for people: a line with a comment's mark for what holds for all, then one line per rule. */
#define _GNU_SOURCE

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "seccomp/arch.h"
#include "seccomp/output.h"
#include "seccomp/policy.h"
#include "seccomp/text.h"

__attribute__((format(printf, 2, 3))) static void print(struct buffer *text, const char *format, ...)
{
        char line[1024];
        va_list arguments;
        int length;

        va_start(arguments, format);
        length = vsnprintf(line, sizeof(line), format, arguments);
        va_end(arguments);
        if (length > 0)
                buffer_append(text, line, (size_t)length < sizeof(line) ? (size_t)length : sizeof(line) - 1);
}

static void print_head(struct buffer *text, const struct pinfold_seccomp *policy, const struct arch *const *archs,
                       size_t count)
{
        char action[ACTION_TEXT_MAX];

        action_text(policy->default_action, action);
        print(text, "# %s%s%s: %s unless a line says otherwise; other architectures: kill\n", archs[0]->name,
              count > 1 ? ", " : "", count > 1 ? archs[1]->name : "", action);
}

static void print_conditions(struct buffer *text, const struct pinfold_seccomp_arg *args, size_t count)
{
        char conditions[RULE_ARGS_MAX * CONDITION_TEXT_MAX] = "-";

        for (size_t i = 0, used = 0; i < count; i++) {
                char condition[CONDITION_TEXT_MAX];

                condition_text(&args[i], condition);
                used += (size_t)snprintf(conditions + used, sizeof(conditions) - used, "%s%s", i ? "," : "", condition);
        }
        print(text, " %-26s", conditions);
}

static bool exists(const struct arch *arch, const struct rule *rule, bool native)
{
        if (!*rule->name)
                return native || rule->number >= SYSCALL_UNIFIED;
        return arch_syscall(arch, rule->name) >= 0 || arch_multiplexed(arch, rule->name);
}

/* Calls that no architecture of the policy has are left out; one that only one of two has is followed by its name. */
static void print_rule(struct buffer *text, const struct rules *rules, const struct rule *rule,
                       const struct arch *const *archs, size_t count)
{
        char label[SYSCALL_NAME_MAX], action[ACTION_TEXT_MAX];
        bool first = exists(archs[0], rule, true);
        bool second = count > 1 && exists(archs[1], rule, false);

        if (!first && !second)
                return;
        rule_label(rule->name, rule->number, label);
        action_text(rule->action, action);
        print(text, "%-24s", label);
        print_conditions(text, rule_args(rules, rule), rule->count);
        print(text, " %s", action);
        if (count > 1 && first != second)
                print(text, "  # %s only", archs[first ? 0 : 1]->name);
        print(text, "\n");
}

static int dump(const struct pinfold_seccomp *policy, bool loaded, int fd, struct pinfold_error *err)
{
        _cleanup_(rules_free) struct rules made = {0};
        _cleanup_(buffer_free) struct buffer text = {0};
        const struct rules *rules;
        const struct arch *archs[2];
        size_t count;
        int r;

        if (!policy)
                return error_set(err, ENOMEM, "no policy");
        r = policy_rules(policy, 0, loaded, &made, &rules, err);
        if (r < 0)
                return r;
        count = policy_archs(policy, arch_native(), archs);
        print_head(&text, policy, archs, count);
        for (size_t i = 0; i < rules->count; i++)
                print_rule(&text, rules, &rules->rule[i], archs, count);
        if (text.error)
                return error_set(err, ENOMEM, "print the rules");
        return output(fd, &text, err);
}

static int dump_and_finish(const struct pinfold_seccomp *policy, bool loaded, int fd, struct pinfold_error *err)
{
        struct pinfold_error own;

        if (!err)
                err = &own;
        if (dump(policy, loaded, fd, err) == 0)
                return 0;
        error_stage(err, PINFOLD_STAGE_FILTER);
        return error_finish(err, "cannot print syscall filter");
}

int pinfold_seccomp_dump(const struct pinfold_seccomp *policy, int fd, struct pinfold_error *err)
{
        return dump_and_finish(policy, false, fd, err);
}

int pinfold_seccomp_dump_loaded(const struct pinfold_seccomp *policy, int fd, struct pinfold_error *err)
{
        return dump_and_finish(policy, true, fd, err);
}
