/* SPDX-License-Identifier: MIT */
/*
 * From rules to the program that is loaded. libseccomp could do it, and does for the export; but a start of a whole
 * container takes a few milliseconds, and its compiler alone some tenths of one; and a long row of comparisons costs
 * twice more: in every call that is looked at, and when the kernel, at load, tries all numbers to find the calls that
 * are always allowed, so that it need not run the filter for these at all. Here numbers are found by halving.
 * Moreover the order of rules has a meaning here, and 2.5.4 gets some pairs of 64-bit comparisons wrong
 * (fuzz/filter.c).
 *
 * The program:
 *
 *      architecture? ── other: kill
 *        └─ number, by halving ── allowed, or refused whatever the arguments
 *             └─ arguments (match.c)
 *
 * A call made through a foreign ABI would have other numbers, and so other verdicts: it ends the process. On x86-64
 * that is i386 unless multiarch is set, and always x32, which says that it is x86-64 but sets bit 30 of the number.
 */
#include "seccomp/compile.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "seccomp/arch.h"
#include "seccomp/assemble.h"
#include "seccomp/match.h"

#define X32_FIRST 0x40000000u

/* The number of a call that a tracer has cancelled; not one of x32. */
#define NO_SYSCALL 0xffffffffu

/* Those of one architecture. */
struct entries {
        struct entry *entry;
        size_t count;
};

static void cleanup_entries(struct entries *entries)
{
        free(entries->entry);
}

static void add_entry(struct entries *entries, uint32_t number, uint32_t action,
                      const struct pinfold_seccomp_arg *args, size_t count)
{
        struct entry *entry = &entries->entry[entries->count];

        *entry = (struct entry){number, (uint32_t)entries->count, action, count, args};
        entries->count++;
}

/* What a rule comes to on `arch`: nothing, one entry, or, where an old call has a selector, a second one. */
static void add_rule(struct entries *entries, const struct arch *arch, const struct rules *rules,
                     const struct rule *rule, bool native)
{
        const struct multiplexed *call = *rule->name ? arch_multiplexed(arch, rule->name) : NULL;
        int number = rule->number;

        if (*rule->name)
                number = arch_syscall(arch, rule->name);
        else if (!native && number < SYSCALL_UNIFIED)
                return;
        if (number >= 0)
                add_entry(entries, (uint32_t)number, rule->action, rule_args(rules, rule), rule->count);
        if (call && rule->count == 0)
                add_entry(entries, (uint32_t)call->via, rule->action, &call->selector, 1);
}

static bool comes_after(const struct entry *one, const struct entry *other)
{
        return one->number != other->number ? one->number > other->number : one->order > other->order;
}

/* Shell's sort. qsort(3) would allocate, and ask the system how much memory there is. */
static void sort_entries(struct entry *entries, size_t count)
{
        for (size_t gap = count / 2; gap > 0; gap /= 2)
                for (size_t i = gap; i < count; i++) {
                        struct entry moved = entries[i];
                        size_t to = i;

                        for (; to >= gap && comes_after(&entries[to - gap], &moved); to -= gap)
                                entries[to] = entries[to - gap];
                        entries[to] = moved;
                }
}

/* All rules of `arch`, by number, then in their order. */
static int list_entries(const struct rules *rules, const struct arch *arch, bool native, struct entries *ret_entries)
{
        struct entries entries = {0};

        entries.entry = reallocarray(NULL, 2 * rules->count + 1, sizeof(*entries.entry));
        if (!entries.entry)
                return -ENOMEM;
        for (size_t i = 0; i < rules->count; i++)
                add_rule(&entries, arch, rules, &rules->rule[i], native);
        sort_entries(entries.entry, entries.count);
        *ret_entries = entries;
        return 0;
}

/* The numbers of system calls, divided by what becomes of them. */
struct division {
        struct span *span;
        size_t count;
};

static void cleanup_division(struct division *division)
{
        free(division->span);
}

/* From `first` on it is `target`. A span that this leaves empty, or that is the same as the one before it, goes. */
static void divide(struct division *division, uint32_t first, struct target target)
{
        if (division->count > 0 && division->span[division->count - 1].first == first)
                division->count--;
        if (division->count > 0 && target_same(division->span[division->count - 1].target, target))
                return;
        division->span[division->count++] = (struct span){first, target};
}

static int compile_entries(struct program *program, const struct entries *entries, uint32_t default_action,
                           struct division *division)
{
        divide(division, 0, RETURN(default_action));
        for (size_t i = 0, next; i < entries->count; i = next) {
                struct target target;
                int r;

                for (next = i; next < entries->count && entries->entry[next].number == entries->entry[i].number;)
                        next++;
                r = match(program, entries->entry + i, next - i, default_action, &target);
                if (r < 0)
                        return r;
                divide(division, entries->entry[i].number, target);
                divide(division, entries->entry[i].number + 1, RETURN(default_action));
        }
        return 0;
}

static int compile_arch(struct program *program, const struct pinfold_seccomp *policy, const struct rules *rules,
                        const struct arch *arch, bool native, struct target *ret_target)
{
        _cleanup_(cleanup_entries) struct entries entries = {0};
        _cleanup_(cleanup_division) struct division division = {0};
        int r;

        r = list_entries(rules, arch, native, &entries);
        if (r < 0)
                return r;
        division.span = reallocarray(NULL, 2 * entries.count + 3, sizeof(*division.span));
        if (!division.span)
                return -ENOMEM;
        r = compile_entries(program, &entries, policy->default_action, &division);
        if (r < 0)
                return r;
        if (arch->x32) {
                divide(&division, X32_FIRST, RETURN(PINFOLD_SECCOMP_KILL));
                divide(&division, NO_SYSCALL, RETURN(policy->default_action));
        }
        *ret_target = program_load(program, offsetof(struct seccomp_data, nr),
                                   program_search(program, division.span, division.count));
        return 0;
}

static int compile_archs(struct program *program, const struct arch *native, const struct pinfold_seccomp *policy,
                         const struct rules *rules)
{
        struct target next = RETURN(PINFOLD_SECCOMP_KILL);
        const struct arch *archs[2];

        for (size_t i = policy_archs(policy, native, archs); i-- > 0;) {
                struct target there;
                int r;

                r = compile_arch(program, policy, rules, archs[i], archs[i] == native, &there);
                if (r < 0)
                        return r;
                next = program_jump(program, BPF_JEQ, archs[i]->audit, there, next);
        }
        program_load(program, offsetof(struct seccomp_data, arch), next);
        return 0;
}

int seccomp_compile_for(const struct arch *native, const struct pinfold_seccomp *policy, unsigned extra_presets,
                        struct buffer *ret_program, struct pinfold_error *err)
{
        _cleanup_free_ struct program *program = malloc(sizeof(*program));
        _cleanup_(rules_free) struct rules made = {0};
        const struct rules *rules;
        struct buffer bytes = {0};
        int r;

        if (!program)
                return error_set(err, ENOMEM, "make room for the syscall filter");
        program_init(program);
        r = policy_rules(policy, extra_presets, true, &made, &rules, err);
        if (r < 0)
                return r;
        r = compile_archs(program, native, policy, rules);
        if (r < 0)
                return error_set(err, -r, "compile the rules of the syscall filter");
        if (program->full)
                return error_set(err, E2BIG, "syscall filter of more than %zu instructions", ELEMENTS(program->code));
        buffer_append(&bytes, program->code + ELEMENTS(program->code) - program->used,
                      program->used * sizeof(*program->code));
        if (bytes.error)
                return error_set(err, ENOMEM, "make room for the syscall filter");
        *ret_program = bytes;
        return 0;
}

int seccomp_compile(const struct pinfold_seccomp *policy, unsigned extra_presets, struct buffer *ret_program,
                    struct pinfold_error *err)
{
        return seccomp_compile_for(arch_native(), policy, extra_presets, ret_program, err);
}
