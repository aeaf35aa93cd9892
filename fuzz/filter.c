/* SPDX-License-Identifier: MIT */
/*
 * The filter compiler: the program's verdicts, in an interpreter (tests/seccomp/bpf.h), are what a direct reading of the rules
 * says; or, where the order of rules does not matter, what libseccomp's program says. The input is a policy; the calls that
 * are tried are made from its values, their neighbours, and chance.
 */
#define _GNU_SOURCE

#include "fuzz.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "seccomp/bpf.h"
#include "seccomp/compile.h"

#define HIGH (UINT64_C(1) << 32)
#define X32 0x40000000u
#define CALLS 200
#define RULES_MAX 100
#define PROBES_MAX (3 * RULES_MAX)

/* The compiler has ways of its own for one argument and small values; conditions are to meet, so there are few values. */
static uint64_t choose_value(struct decisions *left)
{
        static const uint64_t base[] = {0,    3,        10,       0x5412,            0x7fffffff, 0xffffffff,
                                        HIGH, HIGH | 3, 3 * HIGH, 0xffffffff00000000};

        return base[choose(left, ELEMENTS(base))] + choose(left, 3) - 1;
}

static struct pinfold_seccomp_arg choose_arg(struct decisions *left, unsigned index, bool small)
{
        static const uint64_t masks[] = {0xffffffff, UINT64_MAX, 1, 0xff, HIGH, 0xffffffff00000000, 0x100000001, 0};
        struct pinfold_seccomp_arg arg = {index, 1 + choose(left, 7), choose_value(left), 0};

        if (arg.op == PINFOLD_SECCOMP_MASKED_EQ) {
                arg.a = masks[choose(left, ELEMENTS(masks))];
                arg.b = choose_value(left) & arg.a;
        } else if (small) {
                arg.a = choose(left, 12);
        }
        return arg;
}

static uint32_t choose_action(struct decisions *left)
{
        static const uint32_t actions[] = {ALLOW, ERRNO(EPERM), ERRNO(ENOSYS), KILL, PINFOLD_SECCOMP_TRAP, PINFOLD_SECCOMP_LOG};
        uint32_t which = choose(left, ELEMENTS(actions) + 1);

        return which < ELEMENTS(actions) ? actions[which] : ERRNO(1 + choose(left, 4095));
}

/* `apart`: each condition on an argument of its own. */
static void choose_rule(struct decisions *left, struct pinfold_seccomp *policy, const char *name, uint32_t number,
                        uint32_t action, bool apart)
{
        struct pinfold_seccomp_arg args[PINFOLD_SECCOMP_ARGS_MAX];
        bool small = choose(left, 2), one = choose(left, 2);
        size_t count = one ? 1 : choose(left, 4);

        for (size_t i = 0; i < count; i++)
                args[i] = choose_arg(left, apart ? (unsigned)i : one ? 0 : choose(left, 6), small);
        if (name)
                CHECK(pinfold_seccomp_add_rule(policy, name, action, args, count) == 0);
        else
                CHECK(pinfold_seccomp_add_rule_number(policy, (int)number, action, args, count) == 0);
}

/* ---- The meaning of a policy, as <pinfold/seccomp.h> tells it ---------------------------------------------------- */

static bool holds(const struct pinfold_seccomp_arg *arg, const struct seccomp_data *data)
{
        uint64_t value = data->args[arg->index];

        return arg->op == PINFOLD_SECCOMP_NE   ? value != arg->a
               : arg->op == PINFOLD_SECCOMP_LT ? value < arg->a
               : arg->op == PINFOLD_SECCOMP_LE ? value <= arg->a
               : arg->op == PINFOLD_SECCOMP_EQ ? value == arg->a
               : arg->op == PINFOLD_SECCOMP_GE ? value >= arg->a
               : arg->op == PINFOLD_SECCOMP_GT ? value > arg->a
                                               : (value & arg->a) == arg->b;
}

static bool is_call(const struct rule *rule, const struct arch *arch, const struct seccomp_data *data)
{
        const struct multiplexed *call = *rule->name ? arch_multiplexed(arch, rule->name) : NULL;

        if (call && rule->count == 0 && data->nr == call->via && holds(&call->selector, data))
                return true;
        if (*rule->name)
                return data->nr >= 0 && data->nr == arch_syscall(arch, rule->name);
        return data->nr == rule->number && (arch == arch_native() || rule->number >= SYSCALL_UNIFIED);
}

static const struct arch *let_run(const struct pinfold_seccomp *policy, const struct seccomp_data *data)
{
        const struct arch *archs[2];

        for (size_t i = policy_archs(policy, arch_native(), archs); i-- > 0;)
                if (archs[i]->audit == data->arch && !(archs[i]->x32 && data->nr != -1 && (uint32_t)data->nr >= X32))
                        return archs[i];
        return NULL;
}

static uint32_t read_rules(const struct pinfold_seccomp *policy, const struct seccomp_data *data)
{
        const struct arch *arch = let_run(policy, data);

        for (size_t i = 0; arch && i < policy->own.count; i++) {
                const struct rule *rule = &policy->own.rule[i];
                bool all = is_call(rule, arch, data);

                for (size_t j = 0; j < rule->count && all; j++)
                        all = holds(&rule_args(&policy->own, rule)[j], data);
                if (all)
                        return rule->action;
        }
        return arch ? policy->default_action : KILL;
}

/* ---- Calls ------------------------------------------------------------------------------------------------------ */

struct probes {
        uint64_t values[PROBES_MAX];
        size_t value_count;
        int numbers[PROBES_MAX];
        size_t number_count;
        uint64_t seed;
};

static void add_number(struct probes *probes, int number)
{
        if (probes->number_count < PROBES_MAX)
                probes->numbers[probes->number_count++] = number;
}

static struct probes list_probes(const struct pinfold_seccomp *policy, uint64_t seed)
{
        struct probes probes = {.seed = seed};
        const struct rules *own = &policy->own;

        for (size_t i = 0; i < own->arg_count && probes.value_count + 2 <= PROBES_MAX; i++) {
                probes.values[probes.value_count++] = own->arg[i].a;
                probes.values[probes.value_count++] = own->arg[i].b;
        }
        for (size_t i = 0; i < own->count; i++) {
                const struct rule *rule = &own->rule[i];

                add_number(&probes, *rule->name ? arch_syscall(arch_native(), rule->name) : rule->number);
                if (*rule->name && arch_native()->narrow)
                        add_number(&probes, arch_syscall(arch_native()->narrow, rule->name));
        }
        add_number(&probes, 0);
        add_number(&probes, 102); /* socketcall(2) of i386 */
        add_number(&probes, -1);
        add_number(&probes, (int)X32);
        return probes;
}

static uint64_t pick_value(struct probes *probes)
{
        if (probes->value_count == 0 || random_below(&probes->seed, 4) == 0)
                return random_below(&probes->seed, 25);
        return probes->values[random_below(&probes->seed, (uint32_t)probes->value_count)] + random_below(&probes->seed, 3) - 1;
}

static struct seccomp_data pick_call(struct probes *probes)
{
        struct seccomp_data data = {.arch = arch_native()->audit};

        data.nr = probes->numbers[random_below(&probes->seed, (uint32_t)probes->number_count)];
        if (random_below(&probes->seed, 8) == 0)
                data.nr = (int)((unsigned)data.nr + random_below(&probes->seed, 3) - 1);
        if (arch_native()->narrow && random_below(&probes->seed, 3) == 0)
                data.arch = arch_native()->narrow->audit;
        for (size_t i = 0; i < 6; i++)
                data.args[i] = pick_value(probes);
        return data;
}

static void differ(const struct seccomp_data *data, uint32_t said, uint32_t meant)
{
        fprintf(stderr, "%s: 0x%x in place of 0x%x\n", call_text(data), said, meant);
        abort();
}

/* ---- Two comparisons --------------------------------------------------------------------------------------------- */

static struct pinfold_seccomp *choose_rules(struct decisions *left)
{
        static const char *const names[] = {"read", "ioctl", "openat", "socket", "connect", "shmat", "mseal", "fchmod"};
        struct pinfold_seccomp *policy = policy_of(choose(left, 2) ? PINFOLD_SECCOMP_MULTIARCH : 0, 0);
        uint32_t numbers = choose(left, 4) == 0 ? 600 : 1 + choose(left, 8);

        pinfold_seccomp_set_hardening(policy, 0);
        pinfold_seccomp_set_default(policy, choose_action(left));
        /* At least one: without rules it may be presets that decide. */
        for (size_t i = 0; i == 0 || (left->size > 0 && i < RULES_MAX); i++) {
                const char *name = choose(left, 4) == 0 ? names[choose(left, ELEMENTS(names))] : NULL;
                uint32_t number = choose(left, numbers);

                choose_rule(left, policy, name, number, choose_action(left), false);
        }
        return policy;
}

static void compare_with_reading(struct decisions *left, uint64_t seed)
{
        struct pinfold_seccomp *policy = choose_rules(left);
        struct buffer program = loaded(arch_native(), policy);
        struct probes probes = list_probes(policy, seed);

        for (size_t i = 0; i < CALLS; i++) {
                struct seccomp_data data = pick_call(&probes);
                uint32_t said = bpf_run(&program, &data), meant = read_rules(policy, &data);

                if (said != meant)
                        differ(&data, said, meant);
        }
        buffer_free(&program);
        pinfold_seccomp_free(policy);
}

/*
 * At most one rule for each call: libseccomp is not asked for several. 2.5.4 gets `0>0x100000001` beside `0<=0x5413` wrong, and
 * refuses 0xffffffff.
 */
static void compare_with_libseccomp(struct decisions *left, uint64_t seed)
{
        struct pinfold_seccomp *policy = policy_of(0, 0);
        bool deny = choose(left, 2);
        struct buffer program, measure;
        struct probes probes;

        pinfold_seccomp_set_hardening(policy, 0);
        pinfold_seccomp_set_default(policy, deny ? ERRNO(EPERM) : ALLOW);
        for (uint32_t number = 0; number < 4; number++)
                choose_rule(left, policy, NULL, number, deny ? ALLOW : ERRNO(1 + choose(left, 3)), true);
        program = loaded(arch_native(), policy);
        measure = exported(arch_native(), policy);
        probes = list_probes(policy, seed);
        for (size_t i = 0; i < CALLS; i++) {
                struct seccomp_data data = pick_call(&probes);
                uint32_t said, meant;

                data.arch = arch_native()->audit;
                data.nr = (int)random_below(&probes.seed, 6);
                said = bpf_run(&program, &data);
                meant = bpf_run(&measure, &data);
                if (said != meant)
                        differ(&data, said, meant);
        }
        buffer_free(&measure);
        buffer_free(&program);
        pinfold_seccomp_free(policy);
}

/* FNV-1a */
static uint64_t hash(const uint8_t *data, size_t size)
{
        uint64_t value = UINT64_C(0xcbf29ce484222325);

        for (size_t i = 0; i < size; i++)
                value = (value ^ data[i]) * UINT64_C(0x100000001b3);
        return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct decisions left = {data, size};

        if (choose(&left, 4) == 0)
                compare_with_libseccomp(&left, hash(data, size));
        else
                compare_with_reading(&left, hash(data, size));
        return 0;
}
