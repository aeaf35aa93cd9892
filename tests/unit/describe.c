/* SPDX-License-Identifier: MIT */
/* pinfold_describe: one line, whatever the arguments are. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>

#include <pinfold/pinfold.h>

static void check(const char *const argv[], const char *expected)
{
        struct pinfold *box = pinfold_new("/bin/true", argv);
        char line[256], *end;
        int length;

        assert_non_null(box);
        length = pinfold_describe(box, line, sizeof(line));
        assert_int_equal(length, strlen(line));
        end = strstr(line, "], filter");
        assert_non_null(end);
        end[1] = '\0';
        assert_string_equal(line, expected);
        assert_int_equal(pinfold_describe(box, NULL, 0), length);
        assert_int_equal(pinfold_describe(box, line, 8), length);
        assert_string_equal(line, "argv: [");
        pinfold_free(box);
}

TEST(arguments_are_quoted)
{
        check((const char *[]){"sh", "-c", "", NULL}, "argv: [\"sh\" \"-c\" \"\"]");
        check((const char *[]){"a\"b\\c", NULL}, "argv: [\"a\\\"b\\\\c\"]");
        check(NULL, "argv: [\"/bin/true\"]");
}

TEST(nothing_reaches_a_terminal)
{
        check((const char *[]){"\x1b[2J\n\x7f", NULL}, "argv: [\"\\x1b[2J\\x0a\\x7f\"]");
        check((const char *[]){"\xc2\x9b" "2J \x9b", NULL}, "argv: [\"\\xc2\\x9b2J \\x9b\"]");
        check((const char *[]){"grün 日本", NULL}, "argv: [\"grün 日本\"]");
}

TEST(the_rest_of_the_line)
{
        struct pinfold *box = pinfold_new("/bin/true", NULL);
        char line[256];

        pinfold_describe(box, line, sizeof(line));
        assert_string_equal(line, "argv: [\"/bin/true\"], filter: true, rules: 0, flags: 0x0, presets: 0x4");
        pinfold_set_flags(box, PINFOLD_RETAIN_SESSION | PINFOLD_NO_SECCOMP, 1);
        pinfold_seccomp_set_flags(pinfold_seccomp(box), PINFOLD_SECCOMP_CAN);
        pinfold_seccomp_set_presets(pinfold_seccomp(box), PINFOLD_SECCOMP_EXT);
        pinfold_describe(box, line, sizeof(line));
        assert_string_equal(line, "argv: [\"/bin/true\"], filter: false, rules: 0, flags: 0x2, presets: 0x1");
        pinfold_free(box);
        assert_int_equal(pinfold_describe(NULL, line, sizeof(line)), -ENOMEM);
}
