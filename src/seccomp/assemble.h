/* SPDX-License-Identifier: MIT */
/*
 * Classic BPF, written from its last instruction to its first. Jumps only go forward, so that whatever a jump leads to
 * exists before the jump does, and nothing has to be patched.
 */
#ifndef SECCOMP_ASSEMBLE_H
#define SECCOMP_ASSEMBLE_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where control may go: to an instruction, by its place counted from the end; or, with label 0, out with `action`. */
struct target {
        uint32_t label;
        uint32_t action;
};

#define RETURN(action_) ((struct target){.action = (action_)})

bool target_same(struct target one, struct target other);

struct program {
        struct sock_filter code[BPF_MAXINSNS]; /* the last `used` ones are filled in */
        uint32_t used;
        bool full; /* it did not fit, and is of no use */
        struct target returns[31]; /* the newest return of an action, in the place of its value modulo 31 */
};

/*
 * It begins empty. `code` is left alone: pages that are not needed are not touched, which would cost more than the
 * rest.
 */
void program_init(struct program *program);

/* Each writes in front of what there is, and returns where it begins. */

/* Loads the 32-bit word at `offset` of struct seccomp_data. */
struct target program_load(struct program *program, size_t offset, struct target next);

/* Keeps only the bits of `mask` of what is loaded. */
struct target program_mask(struct program *program, uint32_t mask, struct target next);

/* `comparison`: BPF_JEQ, BPF_JGT or BPF_JGE of what is loaded with `value`. */
struct target program_jump(struct program *program, uint16_t comparison, uint32_t value, struct target yes,
                           struct target no);

/* From `first` up to the next one's first. */
struct span {
        uint32_t first;
        struct target target;
};

/* Finds what is loaded among `count` spans by halving. They are in order; the first one begins at 0. */
struct target program_search(struct program *program, const struct span *spans, size_t count);

#endif
