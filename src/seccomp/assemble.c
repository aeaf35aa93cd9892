/* SPDX-License-Identifier: MIT */
#include "seccomp/assemble.h"

#include <string.h>

#include "base/cleanup.h"

/*
 * A conditional jump skips at most 255 instructions. A few less, as making one target reachable can add to the
 * other's way.
 */
#define REACH 250

void program_init(struct program *program)
{
        program->used = 0;
        program->full = false;
        memset(program->returns, 0, sizeof(program->returns));
}

bool target_same(struct target one, struct target other)
{
        return one.label == other.label && (one.label != 0 || one.action == other.action);
}

static struct target emit(struct program *program, uint16_t code, uint32_t k, uint32_t yes, uint32_t no)
{
        if (program->used == ELEMENTS(program->code)) {
                program->full = true;
                return (struct target){.label = program->used};
        }
        program->used++;
        program->code[ELEMENTS(program->code) - program->used] =
                (struct sock_filter){.code = code, .jt = (uint8_t)yes, .jf = (uint8_t)no, .k = k};
        return (struct target){.label = program->used};
}

/* So many instructions stand between the next one to be written and the target. */
static uint32_t skip(const struct program *program, struct target target)
{
        return program->used - target.label;
}

/* A return of that action that a conditional jump can reach. */
static struct target reach_return(struct program *program, uint32_t action)
{
        struct target *slot = &program->returns[action % ELEMENTS(program->returns)];

        if (slot->label == 0 || slot->action != action || skip(program, *slot) > REACH) {
                *slot = emit(program, BPF_RET | BPF_K, action, 0, 0);
                slot->action = action;
        }
        return *slot;
}

static struct target reach(struct program *program, struct target target)
{
        if (target.label == 0)
                return reach_return(program, target.action);
        if (skip(program, target) > REACH)
                return emit(program, BPF_JMP | BPF_JA, skip(program, target), 0, 0);
        return target;
}

/* Sees to it that the next instruction to be written is followed by the target. */
static void fall_into(struct program *program, struct target target)
{
        if (target.label == 0)
                emit(program, BPF_RET | BPF_K, target.action, 0, 0);
        else if (skip(program, target) > 0)
                emit(program, BPF_JMP | BPF_JA, skip(program, target), 0, 0);
}

struct target program_load(struct program *program, size_t offset, struct target next)
{
        fall_into(program, next);
        return emit(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

struct target program_mask(struct program *program, uint32_t mask, struct target next)
{
        fall_into(program, next);
        return emit(program, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
}

struct target program_jump(struct program *program, uint16_t comparison, uint32_t value, struct target yes,
                           struct target no)
{
        if (target_same(yes, no))
                return yes;
        yes = reach(program, yes);
        no = reach(program, no);
        return emit(program, BPF_JMP | BPF_K | comparison, value, skip(program, yes), skip(program, no));
}

struct target program_search(struct program *program, const struct span *spans, size_t count)
{
        struct target low, high;
        size_t middle;

        if (count == 1)
                return spans[0].target;
        /* A single value between equals, the most common thing among system calls. */
        if (count == 3 && spans[2].first - spans[1].first == 1 && target_same(spans[0].target, spans[2].target))
                return program_jump(program, BPF_JEQ, spans[1].first, spans[1].target, spans[0].target);
        middle = count / 2;
        high = program_search(program, spans + middle, count - middle);
        low = program_search(program, spans, middle);
        return program_jump(program, BPF_JGE, spans[middle].first, high, low);
}
