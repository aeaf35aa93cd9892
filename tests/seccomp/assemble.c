/* SPDX-License-Identifier: MIT */
/* The assembler alone: targets far away, targets that are not next, and a program that does not fit. */
#include "test.h"

#include "base/cleanup.h"
#include "bpf.h"
#include "seccomp/assemble.h"

static const struct target allow = RETURN(ALLOW);
static const struct target deny = RETURN(ERRNO(1));

static struct program *begin(void)
{
        struct program *program = malloc(sizeof(*program));

        assert_non_null(program);
        program_init(program);
        return program;
}

/* What the program, which begins with its last written instruction, says about a call. */
static uint32_t judge(struct program *program, uint32_t number)
{
        struct buffer bytes = {
                .data = (uint8_t *)(program->code + ELEMENTS(program->code) - program->used),
                .size = program->used * sizeof(*program->code),
        };
        struct seccomp_data data = {.nr = (int)number};

        assert_false(program->full);
        return bpf_run(&bytes, &data);
}

/* So many instructions that nobody wants. */
static void pad(struct program *program, size_t count)
{
        for (size_t i = 0; i < count; i++)
                program_mask(program, 0, (struct target){.label = program->used});
}

TEST(load_of_a_target_that_is_not_next)
{
        struct program *program = begin();
        struct target block = program_jump(program, BPF_JEQ, 7, deny, allow);

        pad(program, 3);
        program_load(program, offsetof(struct seccomp_data, nr), block);
        assert_int_equal(judge(program, 7), ERRNO(1));
        assert_int_equal(judge(program, 8), ALLOW);
        free(program);
}

/* Both targets of one jump, at every distance around the 255 that it can skip. */
TEST(far_targets)
{
        for (size_t distance = 240; distance < 270; distance++)
                for (size_t between = 0; between < 20; between++) {
                        struct program *program = begin();
                        struct target one = program_jump(program, BPF_JGE, 9, deny, allow), other;

                        pad(program, between);
                        other = program_jump(program, BPF_JGE, 3, allow, RETURN(ERRNO(2)));
                        pad(program, distance);
                        program_load(program, offsetof(struct seccomp_data, nr),
                                     program_jump(program, BPF_JGT, 5, one, other));
                        assert_int_equal(judge(program, 9), ERRNO(1));
                        assert_int_equal(judge(program, 8), ALLOW);
                        assert_int_equal(judge(program, 5), ALLOW);
                        assert_int_equal(judge(program, 2), ERRNO(2));
                        free(program);
                }
}

TEST(search)
{
        struct program *program = begin();
        struct span spans[64];

        for (uint32_t i = 0; i < ELEMENTS(spans); i++)
                spans[i] = (struct span){i * i, RETURN(ERRNO(i + 1))};
        program_load(program, offsetof(struct seccomp_data, nr), program_search(program, spans, ELEMENTS(spans)));
        for (uint32_t i = 0; i < ELEMENTS(spans); i++) {
                assert_int_equal(judge(program, i * i), ERRNO(i + 1));
                assert_int_equal(judge(program, i * i + 2 * i), ERRNO(i + 1));
        }
        assert_int_equal(judge(program, UINT32_MAX), ERRNO(64));
        free(program);
}

TEST(equal_targets_need_no_jump)
{
        struct program *program = begin();
        struct target target = program_jump(program, BPF_JEQ, 7, allow, allow);

        assert_int_equal(program->used, 0);
        assert_true(target_same(target, allow));
        free(program);
}

TEST(full)
{
        struct program *program = begin();

        program_load(program, 0, allow);
        pad(program, BPF_MAXINSNS - 2);
        assert_false(program->full);
        pad(program, 1);
        assert_true(program->full);
        assert_int_equal(program->used, BPF_MAXINSNS);
        free(program);
}
