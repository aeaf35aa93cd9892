/* SPDX-License-Identifier: MIT */
/* The line that describes a container in logs. */
#include "test.h"

#include <errno.h>

#include "support/box.h"

static void assert_described(struct pinfold *box, const char *expected)
{
        char line[512];

        assert_int_equal(pinfold_describe(box, line, sizeof(line)), (int)strlen(expected));
        assert_string_equal(line, expected);
        pinfold_free(box);
}

TEST(a_container_as_it_begins)
{
        assert_described(pinfold_new("/bin/sh", (const char *const[]){"sh", "-c", "id", NULL}),
                         "argv: [\"sh\" \"-c\" \"id\"], filter: true, rules: 0, flags: 0x0, presets: 0x4");
        assert_described(pinfold_new("/bin/true", NULL),
                         "argv: [\"/bin/true\"], filter: true, rules: 0, flags: 0x0, presets: 0x4");
        assert_described(pinfold_new(NULL, NULL), "argv: [], filter: true, rules: 0, flags: 0x0, presets: 0x4");
}

TEST(its_filter)
{
        struct pinfold *box = pinfold_new("/x", NULL);

        pinfold_set_flags(box, PINFOLD_NO_SECCOMP, 1);
        assert_described(box, "argv: [\"/x\"], filter: false, rules: 0, flags: 0x0, presets: 0x4");
        box = pinfold_new("/x", NULL);
        pinfold_set_flags(box, PINFOLD_RETAIN_SESSION, 1);
        pinfold_seccomp_set_presets(pinfold_seccomp(box), PINFOLD_SECCOMP_EXT | PINFOLD_SECCOMP_DENY_NS);
        pinfold_seccomp_set_flags(pinfold_seccomp(box), PINFOLD_SECCOMP_MULTIARCH | PINFOLD_SECCOMP_CAN);
        assert_described(box, "argv: [\"/x\"], filter: true, rules: 0, flags: 0x3, presets: 0x3");
        box = pinfold_new("/x", NULL);
        pinfold_seccomp_add_rule(pinfold_seccomp(box), "ptrace", PINFOLD_SECCOMP_ERRNO(EPERM), NULL, 0);
        pinfold_seccomp_add_rule(pinfold_seccomp(box), "bpf", PINFOLD_SECCOMP_KILL, NULL, 0);
        assert_described(box, "argv: [\"/x\"], filter: true, rules: 2, flags: 0x0, presets: 0x4");
}

TEST(words_that_need_quoting)
{
        assert_described(pinfold_new("/x", (const char *const[]){"a b", "", "\"\\", "\n\x1b[1m\x7f", "ü", NULL}),
                         "argv: [\"a b\" \"\" \"\\\"\\\\\" \"\\x0a\\x1b[1m\\x7f\" \"ü\"], filter: true, rules: 0, "
                         "flags: 0x0, presets: 0x4");
}

/* As snprintf(3): the length that was needed, and as much as there is room for. */
TEST(too_little_room)
{
        struct pinfold *box = pinfold_new("/x", NULL);
        char line[16] = "untouched";
        int length = pinfold_describe(box, NULL, 0);

        assert_int_equal(length, (int)strlen("argv: [\"/x\"], filter: true, rules: 0, flags: 0x0, presets: 0x4"));
        assert_int_equal(pinfold_describe(box, line, 8), length);
        assert_string_equal(line, "argv: [");
        assert_int_equal(line[8], 'd');
        pinfold_free(box);
}
