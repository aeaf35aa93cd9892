/* SPDX-License-Identifier: MIT */
/* The table of system calls against libseccomp's, the kernel's headers, and the presets that name them. */
#define _GNU_SOURCE

#include "test.h"

#include <seccomp.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "bpf.h"
#include "seccomp/presets.h"

static const struct arch *const archs[] = {&arch_x86_64, &arch_x86, &arch_aarch64, &arch_arm};

/* What a line of the table should say, as far as libseccomp knows. */
static void print_line(const char *name)
{
        fprintf(stderr, "# {\"%s\", {", name);
        for (size_t i = 0; i < ELEMENTS(archs); i++) {
                int number = seccomp_syscall_resolve_name_arch(archs[i]->audit, name);

                fprintf(stderr, "%d%s", number < 0 ? -1 : number, i < 3 ? ", " : "}},\n");
        }
}

static void compare_name(const char *name)
{
        for (size_t i = 0; i < ELEMENTS(archs); i++) {
                int theirs = seccomp_syscall_resolve_name_arch(archs[i]->audit, name);
                int ours = arch_syscall(archs[i], name);

                /* What it calls multiplexed may have a number of its own as well. */
                if (theirs < 0 && arch_multiplexed(archs[i], name))
                        continue;
                if (ours == (theirs < 0 ? -1 : theirs))
                        continue;
                print_line(name);
                fail_msg("%s on %s: %d, expected %d", name, archs[i]->name, ours, theirs);
        }
}

/* Every call that libseccomp has a name for, with those of arm alone, which start at 0xf0000. */
TEST(agrees_with_libseccomp)
{
        size_t count = 0;

        for (size_t i = 0; i < ELEMENTS(archs); i++)
                for (int number = 0; number < 0xf0010; number = number == 1000 ? 0xf0000 : number + 1) {
                        char *name = seccomp_syscall_resolve_num_arch(archs[i]->audit, number);

                        if (name) {
                                compare_name(name);
                                count++;
                        }
                        free(name);
                }
        assert_true(count > 1400);
}

/*
 * There and back, for every number that a name is known for: that also finds two lines with one number, or out of
 * order.
 */
TEST(names_and_numbers)
{
        for (size_t i = 0; i < ELEMENTS(archs); i++)
                for (int number = 0; number < 1000; number++) {
                        char name[SYSCALL_NAME_MAX];

                        if (syscall_name(number, archs[i]->table, name) && arch_syscall(archs[i], name) != number)
                                fail_msg("%s, %d on %s, is not found", name, number, archs[i]->name);
                }
}

TEST(unified_calls)
{
        static const struct {
                const char *name;
                int number;
        } rows[] = {
                {"pidfd_send_signal", SYS_pidfd_send_signal},
                {"io_uring_setup", SYS_io_uring_setup},
                {"clone3", SYS_clone3},
                {"mount_setattr", SYS_mount_setattr},
                {"set_mempolicy_home_node", 450},
                {"cachestat", 451},
                {"fchmodat2", 452},
                {"statmount", 457},
                {"mseal", 462},
                {"removexattrat", 466},
                {"open_tree_attr", 467},
                {"listns", 470},
        };
        char name[SYSCALL_NAME_MAX];

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                for (size_t j = 0; j < ELEMENTS(archs); j++)
                        assert_int_equal(arch_syscall(archs[j], rows[i].name), rows[i].number);
        for (int number = SYSCALL_UNIFIED; number <= 470; number++)
                assert_true(syscall_name(number, SYSCALL_X86_64, name));
}

TEST(architectures)
{
        static const uint32_t tokens[] = {SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_AARCH64, SCMP_ARCH_ARM};

        for (size_t i = 0; i < ELEMENTS(archs); i++)
                assert_int_equal(archs[i]->audit, tokens[i]);
        assert_int_equal(arch_native()->audit, seccomp_arch_native());
        assert_int_equal(arch_syscall(arch_native(), "read"), SYS_read);
        assert_int_equal(arch_syscall(arch_native(), "socket"), SYS_socket);
        assert_int_equal(arch_syscall(&arch_aarch64, "open"), -1);
        assert_int_equal(arch_syscall(&arch_x86, "accept"), -1);
}

/* libseccomp's own numbers for multiplexed calls are -100 less the sub-call for socketcall, and -200 for ipc. */
TEST(multiplexed_calls)
{
        size_t count = 0;

        for (const struct multiplexed *call = arch_x86.multiplexed; *call->name; call++, count++) {
                int theirs = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, call->name);
                int subcall = (int)(call->selector.op == PINFOLD_SECCOMP_EQ ? call->selector.a : call->selector.b);

                assert_int_equal(theirs, (call->via == 102 ? -100 : -200) - subcall);
                assert_int_equal(call->via, arch_syscall(&arch_x86, call->via == 102 ? "socketcall" : "ipc"));
        }
        assert_int_equal(count, 32);
}

/* A slip in a preset's list would be a rule less, and nothing else. */
TEST(presets_name_system_calls)
{
        for (unsigned presets = 0; presets < 32; presets++) {
                struct rules rules = {0};

                presets_rules(presets, 0, PRESETS_HARDENED, &rules);
                assert_int_equal(rules.error, 0);
                for (size_t i = 0; i < rules.count; i++)
                        if (!syscall_exists(rules.rule[i].name))
                                fail_msg("no system call %s", rules.rule[i].name);
                rules_free(&rules);
        }
}

TEST(unknown)
{
        char name[SYSCALL_NAME_MAX];

        assert_false(syscall_exists("frobnicate"));
        assert_false(syscall_exists(""));
        assert_true(syscall_exists("subpage_prot")); /* of an architecture that we do not know */
        assert_int_equal(syscall_number("subpage_prot", SYSCALL_X86_64), -1);
        assert_false(syscall_name(-1, SYSCALL_X86_64, name));
        assert_false(syscall_name(600, SYSCALL_X86_64, name));
        assert_true(syscall_name(seccomp_syscall_resolve_name("subpage_prot"), arch_native()->table, name));
        assert_string_equal(name, "subpage_prot");
}

TEST(nearest)
{
        assert_string_equal(syscall_nearest("opneat"), "openat");
        assert_string_equal(syscall_nearest("opentreeattr"), "open_tree_attr");
        assert_null(syscall_nearest("frobnicate"));
        assert_null(syscall_nearest(""));
        assert_null(syscall_nearest("a_very_long_word_that_is_the_name_of_no_system_call"));
}
