/* SPDX-License-Identifier: MIT */
/* Rules of the caller's own: what they mean, and mistakes in them. Random ones: fuzz/filter.c. */
#include "test.h"

#include <errno.h>
#include <seccomp.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "bpf.h"
#include "seccomp/compile.h"

#define EQ PINFOLD_SECCOMP_EQ
#define MASKED_EQ PINFOLD_SECCOMP_MASKED_EQ
#define HIGH (UINT64_C(1) << 32)

static void add(struct pinfold_seccomp *policy, const char *name, uint32_t action)
{
        assert_int_equal(pinfold_seccomp_add_rule(policy, name, action, NULL, 0), 0);
}

static void add_if(struct pinfold_seccomp *policy, const char *name, uint32_t action, struct pinfold_seccomp_arg arg)
{
        assert_int_equal(pinfold_seccomp_add_rule(policy, name, action, &arg, 1), 0);
}

/* ---- Meaning --------------------------------------------------------------------------------------------------- */

TEST(each_action)
{
        struct pinfold_seccomp *policy = policy_of(0, PINFOLD_SECCOMP_STRICT);
        struct buffer program;

        add(policy, "getppid", PINFOLD_SECCOMP_LOG);
        add(policy, "ptrace", PINFOLD_SECCOMP_KILL);
        add(policy, "mount", PINFOLD_SECCOMP_TRAP);
        add(policy, "keyctl", ERRNO(4095));
        assert_int_equal(pinfold_seccomp_rules(policy), 4);
        program = loaded(&arch_x86_64, policy);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "getppid", 0, 0), PINFOLD_SECCOMP_LOG);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "ptrace", 0, 0), KILL);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "mount", 0, 0), PINFOLD_SECCOMP_TRAP);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "keyctl", 0, 0), ERRNO(4095));
        /* Rules replace presets. */
        assert_int_equal(verdict_of(&program, &arch_x86_64, "unshare", 0, 0), ALLOW);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "socket", 40, 0), ALLOW);
        buffer_free(&program);
        pinfold_seccomp_free(policy);
}

TEST(default_deny)
{
        struct pinfold_seccomp *policy = policy_of(0, PINFOLD_SECCOMP_STRICT);
        struct buffer program;

        assert_int_equal(pinfold_seccomp_set_default(policy, ERRNO(ENOSYS)), 0);
        program = loaded(&arch_x86_64, policy);
        for (uint32_t number = 0; number < 500; number++)
                assert_int_equal(verdict(&program, &arch_x86_64, number, 0, 0), ERRNO(ENOSYS));
        buffer_free(&program);

        add(policy, "read", ALLOW);
        add(policy, "execve", ALLOW);
        add_if(policy, "socket", ALLOW, (struct pinfold_seccomp_arg){0, EQ, 1, 0});
        add_if(policy, "socket", ALLOW, (struct pinfold_seccomp_arg){0, EQ, 2, 0});
        program = loaded(&arch_x86_64, policy);
        assert_int_equal(verdict(&program, &arch_x86_64, 0, 0, 0), ALLOW);
        assert_int_equal(verdict(&program, &arch_x86_64, 1, 0, 0), ERRNO(ENOSYS));
        assert_int_equal(verdict(&program, &arch_x86_64, 59, 0, 0), ALLOW);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "socket", 2, 0), ALLOW);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "socket", 3, 0), ERRNO(ENOSYS));
        assert_int_equal(verdict_of(&program, &arch_x86_64, "socket", 2 | HIGH, 0), ERRNO(ENOSYS));
        assert_int_equal(verdict(&program, &arch_x86_64, 0x40000000, 0, 0), KILL);
        assert_int_equal(verdict(&program, &arch_x86, 3, 0, 0), KILL);
        buffer_free(&program);
        pinfold_seccomp_free(policy);
}

TEST(first_match_decides)
{
        struct pinfold_seccomp *policy = policy_of(0, 0);
        struct buffer program;

        add_if(policy, "ioctl", ALLOW, (struct pinfold_seccomp_arg){1, EQ, 7, 0});
        add_if(policy, "ioctl", ERRNO(EPERM), (struct pinfold_seccomp_arg){1, PINFOLD_SECCOMP_LE, 9, 0});
        add(policy, "ioctl", ERRNO(ENOTTY));
        add(policy, "ioctl", KILL);
        program = loaded(&arch_x86_64, policy);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "ioctl", 0, 6), ERRNO(EPERM));
        assert_int_equal(verdict_of(&program, &arch_x86_64, "ioctl", 0, 7), ALLOW);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "ioctl", 0, 9), ERRNO(EPERM));
        assert_int_equal(verdict_of(&program, &arch_x86_64, "ioctl", 0, 10), ERRNO(ENOTTY));
        assert_int_equal(verdict_of(&program, &arch_x86_64, "ioctl", 0, 7 | HIGH), ERRNO(ENOTTY));
        buffer_free(&program);
        pinfold_seccomp_free(policy);
}

TEST(several_conditions)
{
        struct pinfold_seccomp_arg args[] = {
                {0, PINFOLD_SECCOMP_GE, 3, 0},
                {0, PINFOLD_SECCOMP_LT, 9, 0},
                {1, PINFOLD_SECCOMP_NE, HIGH, 0},
        };
        struct pinfold_seccomp *policy = policy_of(0, 0);
        struct buffer program;

        assert_int_equal(pinfold_seccomp_add_rule(policy, "socket", ERRNO(EACCES), args, 3), 0);
        program = loaded(&arch_x86_64, policy);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "socket", 2, 0), ALLOW);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "socket", 3, 0), ERRNO(EACCES));
        assert_int_equal(verdict_of(&program, &arch_x86_64, "socket", 8, 0), ERRNO(EACCES));
        assert_int_equal(verdict_of(&program, &arch_x86_64, "socket", 8, HIGH), ALLOW);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "socket", 9, 0), ALLOW);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "socket", 3 | HIGH, 0), ALLOW);
        buffer_free(&program);
        pinfold_seccomp_free(policy);
}

TEST(hardening_of_own_rules)
{
        struct pinfold_seccomp *policy = policy_of(0, 0);
        struct buffer program;

        add(policy, "io_uring_setup", ALLOW);
        add(policy, "io_uring_enter", KILL);
        program = loaded(&arch_x86_64, policy);
        assert_int_equal(verdict(&program, &arch_x86_64, 425, 0, 0), ERRNO(ENOSYS));
        assert_int_equal(verdict(&program, &arch_x86_64, 426, 0, 0), KILL);
        assert_int_equal(verdict(&program, &arch_x86_64, 427, 0, 0), ERRNO(ENOSYS));
        assert_int_equal(verdict_of(&program, &arch_x86_64, "quotactl_fd", 0, 0), ALLOW);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "prlimit64", 1, 0), ERRNO(EPERM));
        assert_int_equal(verdict_of(&program, &arch_x86_64, "fchmod", 0, 04755), ERRNO(EPERM));
        buffer_free(&program);

        /* The conditions of both: what an own rule lets through is refused where ours says so, and not where it does not. */
        add_if(policy, "fchmod", ALLOW, (struct pinfold_seccomp_arg){0, EQ, 3, 0});
        add_if(policy, "fchmod", PINFOLD_SECCOMP_TRAP, (struct pinfold_seccomp_arg){0, EQ, 4, 0});
        program = loaded(&arch_x86_64, policy);
        for (uint64_t fd = 2; fd < 6; fd++)
                for (unsigned mode = 0; mode < 010000; mode += 0200)
                        assert_int_equal(verdict_of(&program, &arch_x86_64, "fchmod", fd, mode),
                                         fd == 4 ? PINFOLD_SECCOMP_TRAP : mode & 06000 ? ERRNO(EPERM) : ALLOW);
        buffer_free(&program);

        /* By number, or all its calls. */
        assert_int_equal(pinfold_seccomp_add_rule_number(policy, arch_syscall(arch_native(), "prlimit64"), ALLOW, NULL, 0),
                         0);
        add(policy, "setpriority", ERRNO(EACCES));
        program = loaded(arch_native(), policy);
        assert_int_equal(verdict_of(&program, arch_native(), "prlimit64", 1, 0), ERRNO(EPERM));
        assert_int_equal(verdict_of(&program, arch_native(), "prlimit64", 0, 0), ALLOW);
        assert_int_equal(verdict_of(&program, arch_native(), "setpriority", 0, 1), ERRNO(EACCES));
        buffer_free(&program);

        assert_int_equal(pinfold_seccomp_set_default(policy, KILL), 0);
        program = loaded(&arch_x86_64, policy);
        assert_int_equal(verdict(&program, &arch_x86_64, 425, 0, 0), ERRNO(ENOSYS));
        assert_int_equal(verdict(&program, &arch_x86_64, 427, 0, 0), KILL);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "fchmod", 3, 0644), ALLOW);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "fchmod", 3, 04755), ERRNO(EPERM));
        assert_int_equal(verdict_of(&program, &arch_x86_64, "fchmod", 5, 04755), KILL);
        buffer_free(&program);

        assert_int_equal(pinfold_seccomp_set_hardening(policy, 0), 0);
        program = loaded(&arch_x86_64, policy);
        assert_int_equal(verdict(&program, &arch_x86_64, 425, 0, 0), ALLOW);
        buffer_free(&program);
        pinfold_seccomp_free(policy);
}

/* Calls that i386 makes through socketcall(2) and ipc(2), whose selector may carry a version above its 16 bits. */
TEST(multiplexed_calls)
{
        struct pinfold_seccomp *policy = policy_of(PINFOLD_SECCOMP_MULTIARCH, 0);
        struct buffer program;

        add(policy, "connect", ERRNO(EACCES));
        add(policy, "shmat", ERRNO(EACCES));
        add_if(policy, "bind", ERRNO(EACCES), (struct pinfold_seccomp_arg){0, EQ, 3, 0});
        program = loaded(&arch_x86_64, policy);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "connect", 0, 0), ERRNO(EACCES));
        assert_int_equal(verdict(&program, &arch_x86, 362, 0, 0), ERRNO(EACCES));
        assert_int_equal(verdict(&program, &arch_x86, 102, 3, 0), ERRNO(EACCES));
        assert_int_equal(verdict(&program, &arch_x86, 102, 2, 0), ALLOW);
        assert_int_equal(verdict(&program, &arch_x86, 361, 3, 0), ERRNO(EACCES));
        assert_int_equal(verdict(&program, &arch_x86, 397, 0, 0), ERRNO(EACCES));
        assert_int_equal(verdict(&program, &arch_x86, 117, 21, 0), ERRNO(EACCES));
        assert_int_equal(verdict(&program, &arch_x86, 117, 21 | 1 << 16, 0), ERRNO(EACCES));
        assert_int_equal(verdict(&program, &arch_x86, 117, 22, 0), ALLOW);
        buffer_free(&program);
        pinfold_seccomp_free(policy);
}

TEST(by_number)
{
        struct pinfold_seccomp *policy = policy_of(PINFOLD_SECCOMP_MULTIARCH, 0);
        struct buffer program;
        int socketcall = seccomp_syscall_resolve_name("socketcall");

        assert_true(socketcall < 0); /* i386 alone has it */
        assert_int_equal(pinfold_seccomp_add_rule_number(policy, socketcall, ERRNO(EACCES), NULL, 0), 0);
        assert_int_equal(pinfold_seccomp_add_rule_number(policy, 467, ERRNO(EACCES), NULL, 0), 0);
        assert_int_equal(pinfold_seccomp_add_rule_number(policy, 700, ERRNO(EACCES), NULL, 0), 0);
        add(policy, "mseal", ERRNO(EXDEV));
        program = loaded(&arch_x86_64, policy);
        assert_int_equal(verdict(&program, &arch_x86, 102, 0, 0), ERRNO(EACCES));
        assert_int_equal(verdict(&program, &arch_x86_64, 102, 0, 0), ALLOW);
        assert_int_equal(verdict(&program, &arch_x86_64, 467, 0, 0), ERRNO(EACCES));
        assert_int_equal(verdict(&program, &arch_x86, 467, 0, 0), ERRNO(EACCES));
        assert_int_equal(verdict(&program, &arch_x86_64, 700, 0, 0), ERRNO(EACCES));
        assert_int_equal(verdict(&program, &arch_x86, 700, 0, 0), ERRNO(EACCES));
        assert_int_equal(verdict(&program, &arch_x86_64, 462, 0, 0), ERRNO(EXDEV));
        buffer_free(&program);
        pinfold_seccomp_free(policy);
}

#ifdef __x86_64__
TEST(by_native_number)
{
        struct pinfold_seccomp *policy = policy_of(PINFOLD_SECCOMP_MULTIARCH, 0);
        struct buffer program;

        assert_int_equal(pinfold_seccomp_add_rule_number(policy, 2, ERRNO(EACCES), NULL, 0), 0); /* open */
        assert_int_equal(pinfold_seccomp_add_rule_number(policy, 390, ERRNO(EACCES), NULL, 0), 0); /* nobody's here */
        program = loaded(&arch_x86_64, policy);
        assert_int_equal(verdict(&program, &arch_x86_64, 2, 0, 0), ERRNO(EACCES));
        assert_int_equal(verdict(&program, &arch_x86, 2, 0, 0), ALLOW);
        assert_int_equal(verdict(&program, &arch_x86, 5, 0, 0), ERRNO(EACCES));
        assert_int_equal(verdict(&program, &arch_x86_64, 390, 0, 0), ERRNO(EACCES));
        assert_int_equal(verdict(&program, &arch_x86, 390, 0, 0), ALLOW);
        buffer_free(&program);
        pinfold_seccomp_free(policy);
}
#endif

/* ---- Mistakes -------------------------------------------------------------------------------------------------- */

/* Refuses to compile or export, with the message of the mistake. */
static void expect_refusal(struct pinfold_seccomp *policy, int error, const char *words)
{
        struct pinfold_error err = {0};
        struct buffer program = {0};

        assert_int_equal(seccomp_compile(policy, 0, &program, &err), -error);
        assert_null(program.data);
        assert_non_null(strstr(err.text, words));
        assert_int_equal(err.stage, PINFOLD_STAGE_CONFIGURE);
        memset(&err, 0, sizeof(err));
        assert_int_equal(pinfold_seccomp_export(policy, -1, &err), -error);
        assert_non_null(strstr(err.text, words));
        assert_int_equal(pinfold_seccomp_dump(policy, -1, NULL), -error);
        pinfold_seccomp_free(policy);
}

TEST(unknown_call)
{
        struct pinfold_seccomp *policy = policy_of(0, 0);

        assert_int_equal(pinfold_seccomp_add_rule(policy, "opneat", KILL, NULL, 0), -EINVAL);
        /* The first mistake is the one that is told. */
        assert_int_equal(pinfold_seccomp_set_presets(policy, 1u << 6), -EINVAL);
        add(policy, "openat", KILL);
        expect_refusal(policy, EINVAL, "unknown system call opneat, did you mean openat?");
}

TEST(unknown_bits)
{
        struct pinfold_seccomp *policy = policy_of(0, 0);

        assert_int_equal(pinfold_seccomp_set_flags(policy, 1u << 3), -EINVAL);
        expect_refusal(policy, EINVAL, "0x8");
        policy = policy_of(0, 0);
        assert_int_equal(pinfold_seccomp_set_presets(policy, 1u << 6 | 1), -EINVAL);
        expect_refusal(policy, EINVAL, "0x40");
}

TEST(wrong_rules)
{
        struct pinfold_seccomp_arg args[7] = {{0, EQ, 0, 0}};
        static const uint32_t actions[] = {0, ERRNO(0), ERRNO(4096), 0x7fc00000, 0x7ff00000, ALLOW | 1, UINT32_MAX};
        static const struct pinfold_seccomp_arg wrong[] = {
                {6, EQ, 0, 0}, {0, 0, 0, 0}, {0, 8, 0, 0}, {0, MASKED_EQ, 1, 2},
        };

        for (size_t i = 0; i < ELEMENTS(actions); i++) {
                struct pinfold_seccomp *policy = policy_of(0, 0);

                assert_int_equal(pinfold_seccomp_add_rule(policy, "read", actions[i], NULL, 0), -EINVAL);
                expect_refusal(policy, EINVAL, "rule for read: unknown action");
                policy = policy_of(0, 0);
                assert_int_equal(pinfold_seccomp_set_default(policy, actions[i]), -EINVAL);
                expect_refusal(policy, EINVAL, "unknown default action");
        }
        for (size_t i = 0; i < ELEMENTS(wrong); i++) {
                struct pinfold_seccomp *policy = policy_of(0, 0);

                assert_int_equal(pinfold_seccomp_add_rule(policy, "read", KILL, &wrong[i], 1), -EINVAL);
                expect_refusal(policy, EINVAL, "rule for read: ");
        }
        for (size_t i = 0; i < 2; i++) {
                struct pinfold_seccomp *policy = policy_of(0, 0);
                int r = i ? pinfold_seccomp_add_rule(policy, "read", KILL, args, 7)
                          : pinfold_seccomp_add_rule_number(policy, 999, KILL, args, 7);

                assert_int_equal(r, -EINVAL);
                expect_refusal(policy, EINVAL, i ? "rule for read: 7 conditions" : "rule for 999: 7 conditions");
        }
}

TEST(wrong_numbers)
{
        static const int numbers[] = {-1, -2, INT32_MIN, INT32_MAX, 0x40000000, 0x40000001};

        for (size_t i = 0; i < ELEMENTS(numbers); i++) {
                struct pinfold_seccomp *policy = policy_of(0, 0);

                assert_int_equal(pinfold_seccomp_add_rule_number(policy, numbers[i], KILL, NULL, 0), -EINVAL);
                expect_refusal(policy, EINVAL, "unknown system call");
        }
}

TEST(null_policy)
{
        assert_int_equal(pinfold_seccomp_set_presets(NULL, 0), -ENOMEM);
        assert_int_equal(pinfold_seccomp_set_flags(NULL, 0), -ENOMEM);
        assert_int_equal(pinfold_seccomp_set_hardening(NULL, 0), -ENOMEM);
        assert_int_equal(pinfold_seccomp_set_default(NULL, KILL), -ENOMEM);
        assert_int_equal(pinfold_seccomp_add_rule(NULL, "read", KILL, NULL, 0), -ENOMEM);
        assert_int_equal(pinfold_seccomp_add_rule_number(NULL, 0, KILL, NULL, 0), -ENOMEM);
        assert_int_equal(pinfold_seccomp_presets(NULL), 0);
        assert_int_equal(pinfold_seccomp_rules(NULL), 0);
        pinfold_seccomp_free(NULL);
}

TEST(too_large)
{
        struct pinfold_seccomp *policy = policy_of(0, 0);
        struct pinfold_error err = {0};
        struct buffer program = {0};

        for (uint64_t i = 0; i < 5000; i++)
                add_if(policy, "ioctl", ERRNO(1 + i % 2), (struct pinfold_seccomp_arg){1, EQ, i << 33, 0});
        assert_int_equal(seccomp_compile(policy, 0, &program, &err), -E2BIG);
        assert_null(program.data);
        pinfold_seccomp_free(policy);
}
