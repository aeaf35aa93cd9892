/* SPDX-License-Identifier: MIT */
/*
 * In general the rules are tested one after the other. The common case is better off: where all conditions compare
 * one and the same argument with small numbers (socket families, ioctl requests), the argument's values fall into
 * spans with one outcome each, and are searched by halving.
 */
#include "seccomp/match.h"

#include <endian.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>

#include "base/cleanup.h"

#if __BYTE_ORDER != __LITTLE_ENDIAN
#error "the halves of arguments are the other way round here"
#endif

static size_t low_half(unsigned index)
{
        return offsetof(struct seccomp_data, args) + index * sizeof(uint64_t);
}

static size_t high_half(unsigned index)
{
        return low_half(index) + sizeof(uint32_t);
}

/* ---- One after the other --------------------------------------------------------------------------------------- */

static struct target test_equal(struct program *program, const struct pinfold_seccomp_arg *arg, struct target yes,
                                struct target no)
{
        struct target low = program_jump(program, BPF_JEQ, (uint32_t)arg->a, yes, no);

        low = program_load(program, low_half(arg->index), low);
        return program_load(program, high_half(arg->index),
                            program_jump(program, BPF_JEQ, (uint32_t)(arg->a >> 32), low, no));
}

/* `comparison` of the lower halves: BPF_JGE or BPF_JGT. */
static struct target test_greater(struct program *program, uint16_t comparison, const struct pinfold_seccomp_arg *arg,
                                  struct target yes, struct target no)
{
        struct target low = program_jump(program, comparison, (uint32_t)arg->a, yes, no);
        struct target not_above;

        low = program_load(program, low_half(arg->index), low);
        not_above = program_jump(program, BPF_JEQ, (uint32_t)(arg->a >> 32), low, no);
        return program_load(program, high_half(arg->index),
                            program_jump(program, BPF_JGT, (uint32_t)(arg->a >> 32), yes, not_above));
}

static struct target test_half(struct program *program, size_t offset, uint32_t mask, uint32_t value, struct target yes,
                               struct target no)
{
        struct target next;

        if (mask == 0)
                return yes;
        next = program_jump(program, BPF_JEQ, value, yes, no);
        if (mask != UINT32_MAX)
                next = program_mask(program, mask, next);
        return program_load(program, offset, next);
}

static struct target test(struct program *program, const struct pinfold_seccomp_arg *arg, struct target yes,
                          struct target no)
{
        switch (arg->op) {
        case PINFOLD_SECCOMP_EQ:
                return test_equal(program, arg, yes, no);
        case PINFOLD_SECCOMP_NE:
                return test_equal(program, arg, no, yes);
        case PINFOLD_SECCOMP_GE:
                return test_greater(program, BPF_JGE, arg, yes, no);
        case PINFOLD_SECCOMP_LT:
                return test_greater(program, BPF_JGE, arg, no, yes);
        case PINFOLD_SECCOMP_GT:
                return test_greater(program, BPF_JGT, arg, yes, no);
        case PINFOLD_SECCOMP_LE:
                return test_greater(program, BPF_JGT, arg, no, yes);
        default:
                yes = test_half(program, low_half(arg->index), (uint32_t)arg->a, (uint32_t)arg->b, yes, no);
                return test_half(program, high_half(arg->index), (uint32_t)(arg->a >> 32), (uint32_t)(arg->b >> 32),
                                 yes, no);
        }
}

static struct target test_each(struct program *program, const struct entry *entries, size_t count, uint32_t fallback)
{
        struct target next = RETURN(fallback);

        for (size_t i = count; i-- > 0;) {
                struct target yes = RETURN(entries[i].action);

                for (size_t j = entries[i].count; j-- > 0;)
                        yes = test(program, &entries[i].args[j], yes, next);
                next = yes;
        }
        return next;
}

/* ---- Spans of one argument ------------------------------------------------------------------------------------- */

/* What an argument is taken for: a number of 64 bits, or (MASKED_EQ with 0xffffffff) only its lower half. */
enum width {
        WIDTH_NONE, /* neither will do */
        WIDTH_WHOLE,
        WIDTH_HALF,
};

static enum width arg_width(const struct pinfold_seccomp_arg *arg)
{
        if (arg->op == PINFOLD_SECCOMP_MASKED_EQ)
                return arg->a == UINT32_MAX ? WIDTH_HALF : WIDTH_NONE;
        /* The value after it must still be one of 32 bits, see the spans below. */
        return arg->a < UINT32_MAX ? WIDTH_WHOLE : WIDTH_NONE;
}

static enum width common_width(const struct entry *entries, size_t count)
{
        enum width width = WIDTH_NONE;

        for (size_t i = 0; i < count; i++) {
                if (entries[i].count == 0)
                        continue;
                if (entries[i].count > 1 || entries[i].args->index != entries[0].args->index)
                        return WIDTH_NONE;
                if (i > 0 && arg_width(entries[i].args) != width)
                        return WIDTH_NONE;
                width = arg_width(entries[i].args);
        }
        return width;
}

static bool holds(const struct pinfold_seccomp_arg *arg, uint64_t value)
{
        switch (arg->op) {
        case PINFOLD_SECCOMP_EQ:
                return value == arg->a;
        case PINFOLD_SECCOMP_NE:
                return value != arg->a;
        case PINFOLD_SECCOMP_GE:
                return value >= arg->a;
        case PINFOLD_SECCOMP_GT:
                return value > arg->a;
        case PINFOLD_SECCOMP_LE:
                return value <= arg->a;
        case PINFOLD_SECCOMP_LT:
                return value < arg->a;
        default:
                return (value & arg->a) == arg->b;
        }
}

/* Only for entries with at most one condition. */
static uint32_t outcome(const struct entry *entries, size_t count, uint32_t fallback, uint64_t value)
{
        for (size_t i = 0; i < count; i++)
                if (entries[i].count == 0 || holds(entries[i].args, value))
                        return entries[i].action;
        return fallback;
}

static int compare_values(const void *one, const void *other)
{
        uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;

        return (a > b) - (a < b);
}

/* The values at which the outcome may change: each that is compared with, and the one after it. */
static size_t list_edges(const struct entry *entries, size_t count, uint32_t *edges)
{
        size_t used = 0;

        edges[used++] = 0;
        for (size_t i = 0; i < count; i++) {
                const struct pinfold_seccomp_arg *arg = entries[i].args;
                uint32_t value;

                if (entries[i].count == 0)
                        continue;
                value = (uint32_t)(arg->op == PINFOLD_SECCOMP_MASKED_EQ ? arg->b : arg->a);
                edges[used++] = value;
                if (value < UINT32_MAX)
                        edges[used++] = value + 1;
        }
        qsort(edges, used, sizeof(*edges), compare_values);
        return used;
}

static int search_argument(struct program *program, const struct entry *entries, size_t count, uint32_t fallback,
                           enum width width, struct target *ret_target)
{
        _cleanup_free_ uint32_t *edges = reallocarray(NULL, 2 * count + 1, sizeof(*edges));
        _cleanup_free_ struct span *spans = reallocarray(NULL, 2 * count + 1, sizeof(*spans));
        struct target low, above;
        size_t used, span_count = 0;

        if (!edges || !spans)
                return -ENOMEM;
        used = list_edges(entries, count, edges);
        for (size_t i = 0; i < used; i++) {
                struct target target = RETURN(outcome(entries, count, fallback, edges[i]));

                if (span_count == 0 || !target_same(spans[span_count - 1].target, target))
                        spans[span_count++] = (struct span){edges[i], target};
        }
        low = program_load(program, low_half(entries->args->index), program_search(program, spans, span_count));
        if (width == WIDTH_HALF) {
                *ret_target = low;
                return 0;
        }
        above = RETURN(outcome(entries, count, fallback, UINT64_C(1) << 32));
        *ret_target = program_load(program, high_half(entries->args->index),
                                   program_jump(program, BPF_JEQ, 0, low, above));
        return 0;
}

int match(struct program *program, const struct entry *entries, size_t count, uint32_t fallback,
          struct target *ret_target)
{
        enum width width;

        if (entries->count == 0) {
                *ret_target = RETURN(entries->action);
                return 0;
        }
        width = common_width(entries, count);
        if (width != WIDTH_NONE)
                return search_argument(program, entries, count, fallback, width, ret_target);
        *ret_target = test_each(program, entries, count, fallback);
        return 0;
}
