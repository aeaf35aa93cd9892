/* SPDX-License-Identifier: MIT */
/* Policies as text, in both directions. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bpf.h"
#include "seccomp/text.h"

/* ---- Words ----------------------------------------------------------------------------------------------------- */

TEST(presets)
{
        struct pinfold_error err = {0};
        unsigned bits = 77;

        assert_int_equal(pinfold_seccomp_parse_presets("ext,deny-ns", &bits, &err), 0);
        assert_int_equal(bits, PINFOLD_SECCOMP_EXT | PINFOLD_SECCOMP_DENY_NS);
        assert_int_equal(pinfold_seccomp_parse_presets("strict,linux32", &bits, &err), 0);
        assert_int_equal(bits, 31);
        assert_int_equal(pinfold_seccomp_parse_presets("deny-devel,deny-tty", &bits, NULL), 0);
        assert_int_equal(bits, PINFOLD_SECCOMP_DENY_DEVEL | PINFOLD_SECCOMP_DENY_TTY);
        assert_int_equal(pinfold_seccomp_parse_presets("none", &bits, &err), 0);
        assert_int_equal(bits, 0);
        assert_int_equal(err.error, 0);
}

TEST(wrong_presets)
{
        static const char *const wrong[] = {"",    ",",  "ext,", ",ext",       "ext,,deny-ns",
                                            "EXT", "ex", "extt", "ext deny-ns"};
        struct pinfold_error err = {0};
        unsigned bits = 77;

        for (size_t i = 0; i < ELEMENTS(wrong); i++)
                assert_int_equal(pinfold_seccomp_parse_presets(wrong[i], &bits, NULL), -EINVAL);
        assert_int_equal(pinfold_seccomp_parse_presets("ext,dney\033", &bits, &err), -EINVAL);
        assert_string_equal(err.text, "cannot set syscall filter: presets \"ext,dney\\x1b\": unknown word "
                                      "\"dney\\x1b\": Invalid argument");
        assert_int_equal(err.stage, PINFOLD_STAGE_CONFIGURE);
        assert_int_equal(bits, 77);
}

TEST(flags)
{
        unsigned bits = 77;

        assert_int_equal(pinfold_seccomp_parse_flags("multiarch,can,bluetooth", &bits, NULL), 0);
        assert_int_equal(bits, 7);
        assert_int_equal(pinfold_seccomp_parse_flags("none", &bits, NULL), 0);
        assert_int_equal(bits, 0);
        assert_int_equal(pinfold_seccomp_parse_flags("ext", &bits, NULL), -EINVAL);
}

TEST(actions)
{
        static const struct {
                const char *text;
                uint32_t action;
        } rows[] = {
                {"allow", ALLOW},
                {"kill", KILL},
                {"trap", PINFOLD_SECCOMP_TRAP},
                {"log", PINFOLD_SECCOMP_LOG},
                {"errno=EPERM", ERRNO(EPERM)},
                {"errno=EWOULDBLOCK", ERRNO(EAGAIN)},
                {"errno=ENOTSUP", ERRNO(EOPNOTSUPP)},
                {"errno=38", ERRNO(ENOSYS)},
                {"errno=0x26", ERRNO(ENOSYS)},
                {"errno=4095", ERRNO(4095)},
        };
        static const char *const wrong[] = {"", "deny", "errno", "errno=", "errno=0", "errno=4096", "errno=EFOO",
                                            "errno=eperm", "errno=+1", "errno= 1", "ALLOW", "kill "};
        uint32_t action;

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                char text[ACTION_TEXT_MAX];
                uint32_t again;

                assert_int_equal(pinfold_seccomp_parse_action(rows[i].text, &action, NULL), 0);
                assert_int_equal(action, rows[i].action);
                action_text(action, text);
                assert_int_equal(pinfold_seccomp_parse_action(text, &again, NULL), 0);
                assert_int_equal(again, action);
        }
        for (size_t i = 0; i < ELEMENTS(wrong); i++)
                assert_int_equal(pinfold_seccomp_parse_action(wrong[i], &action, NULL), -EINVAL);
}

/* ---- Rules ----------------------------------------------------------------------------------------------------- */

static const struct pinfold_seccomp_arg *args;

/* The rule, and its conditions in `args`. */
static const struct rule *add(struct pinfold_seccomp *policy, const char *text)
{
        struct pinfold_error err = {0};

        if (pinfold_seccomp_add_rule_text(policy, text, &err) < 0)
                fail_msg("%s", err.text);
        args = rule_args(&policy->own, &policy->own.rule[policy->own.count - 1]);
        return &policy->own.rule[policy->own.count - 1];
}

static void expect_arg(const struct pinfold_seccomp_arg *arg, unsigned index, unsigned op, uint64_t a, uint64_t b)
{
        assert_int_equal(arg->index, index);
        assert_int_equal(arg->op, op);
        assert_int_equal(arg->a, a);
        assert_int_equal(arg->b, b);
}

TEST(rules)
{
        struct pinfold_seccomp *policy = policy_of(0, 0);
        const struct rule *rule = add(policy, "openat:allow");

        assert_string_equal(rule->name, "openat");
        assert_int_equal(rule->action, ALLOW);
        assert_int_equal(rule->count, 0);

        rule = add(policy, "ioctl:errno=EPERM:1&0xffffffff==0x5412");
        assert_int_equal(rule->action, ERRNO(EPERM));
        assert_int_equal(rule->count, 1);
        expect_arg(args, 1, PINFOLD_SECCOMP_MASKED_EQ, 0xffffffff, 0x5412);

        rule = add(policy, "socket:kill:0>=3,0<=9,1!=2,2<1,3>0xffffffffffffffff,4==18446744073709551615");
        assert_int_equal(rule->count, 6);
        expect_arg(&args[0], 0, PINFOLD_SECCOMP_GE, 3, 0);
        expect_arg(&args[1], 0, PINFOLD_SECCOMP_LE, 9, 0);
        expect_arg(&args[2], 1, PINFOLD_SECCOMP_NE, 2, 0);
        expect_arg(&args[3], 2, PINFOLD_SECCOMP_LT, 1, 0);
        expect_arg(&args[4], 3, PINFOLD_SECCOMP_GT, UINT64_MAX, 0);
        expect_arg(&args[5], 4, PINFOLD_SECCOMP_EQ, UINT64_MAX, 0);

        rule = add(policy, "0:log");
        assert_int_equal(rule->number, 0);
        rule = add(policy, "999:log");
        assert_int_equal(rule->number, 999);
        assert_string_equal(rule->name, "");
        pinfold_seccomp_free(policy);
}

/* Wrong rules are refused at once, and are not held against the policy later. */
TEST(wrong_rules)
{
        static const char *const wrong[] = {
                "",
                "openat",
                "openat:",
                ":allow",
                "openat:allow:",
                "openat:allow:0",
                "openat:allow:0==",
                "openat:allow:==1",
                "openat:allow:0=1",
                "openat:allow:0==1,",
                "openat:allow:,0==1",
                "openat:allow:0 == 1",
                "openat:allow:6==1",
                "openat:allow:-1==1",
                "openat:allow:0==-1",
                "openat:allow:0==0x",
                "openat:allow:0==18446744073709551616",
                "openat:allow:0==1x",
                "openat:allow:0&1!=1",
                "openat:allow:0&==1",
                "openat:allow:0&1",
                "openat:allow:0&1==2",
                "openat:allow:0==1:0==1",
                "openat:allow:0==1,0==1,0==1,0==1,0==1,0==1,0==1",
                "nosuchcall:allow",
                "-1:allow",
                "4294967296:allow",
                "2147483647:allow",
                "1073741824:allow",
                "openat:errno=NOPE",
                "openat::0==1",
        };
        struct pinfold_seccomp *policy = policy_of(0, 0);
        struct buffer program;

        for (size_t i = 0; i < ELEMENTS(wrong); i++)
                if (pinfold_seccomp_add_rule_text(policy, wrong[i], NULL) != -EINVAL)
                        fail_msg("%s is taken", wrong[i]);
        assert_int_equal(pinfold_seccomp_rules(policy), 0);
        program = loaded(arch_native(), policy);
        buffer_free(&program);
        assert_int_equal(pinfold_seccomp_add_rule_text(NULL, "openat:allow", NULL), -ENOMEM);
        pinfold_seccomp_free(policy);
}

TEST(messages)
{
        struct pinfold_seccomp *policy = policy_of(0, 0);
        struct pinfold_error err = {0};

        assert_int_equal(pinfold_seccomp_add_rule_text(policy, "opnat:allow", &err), -EINVAL);
        assert_string_equal(err.text, "cannot set syscall filter: rule \"opnat:allow\": unknown system call opnat, "
                                      "did you mean openat?: Invalid argument");
        assert_int_equal(pinfold_seccomp_add_rule_text(policy, "openat:deny", &err), -EINVAL);
        assert_non_null(strstr(err.text, "unknown action \"deny\""));
        assert_int_equal(pinfold_seccomp_add_rule_text(policy, "openat:kill:0==1,0~1", &err), -EINVAL);
        assert_non_null(strstr(err.text, "condition \"0~1\""));
        pinfold_seccomp_free(policy);
}

/* ---- Dumps ----------------------------------------------------------------------------------------------------- */

static char *dump(const struct pinfold_seccomp *policy, int as_loaded)
{
        int fd = memfd_create("dump", 0);
        char *text = calloc(1, 1 << 16);

        assert_int_equal(as_loaded ? pinfold_seccomp_dump_loaded(policy, fd, NULL)
                                   : pinfold_seccomp_dump(policy, fd, NULL),
                         0);
        assert_true(pread(fd, text, (1 << 16) - 1, 0) > 0);
        close(fd);
        return text;
}

/* Adds every line of a dump to `policy`. */
static void add_dump(struct pinfold_seccomp *policy, char *text)
{
        for (char *line; (line = strsep(&text, "\n")) && *line;) {
                char name[64], conditions[512], action[64], rule[700];

                if (*line == '#')
                        continue;
                assert_int_equal(sscanf(line, "%63s %511s %63s", name, conditions, action), 3);
                if (strcmp(conditions, "-") == 0)
                        snprintf(rule, sizeof(rule), "%s:%s", name, action);
                else
                        snprintf(rule, sizeof(rule), "%s:%s:%s", name, action, conditions);
                add(policy, rule);
        }
}

/* What is dumped, and typed in again as rules, is the same filter; the hardening is among them. */
TEST(dump_and_back)
{
        struct pinfold_seccomp *policy = policy_of(0, PINFOLD_SECCOMP_STRICT), *copy = policy_of(0, 0);
        struct buffer program, again;
        char *text = dump(policy, 1);

        assert_int_equal(pinfold_seccomp_set_hardening(copy, 0), 0);
        add_dump(copy, text);
        assert_true(pinfold_seccomp_rules(copy) > 80);
        program = loaded(arch_native(), policy);
        again = loaded(arch_native(), copy);
        assert_int_equal(program.size, again.size);
        assert_memory_equal(program.data, again.data, program.size);
        buffer_free(&program);
        buffer_free(&again);
        free(text);
        pinfold_seccomp_free(policy);
        pinfold_seccomp_free(copy);
}

TEST(dump_lines)
{
        struct pinfold_seccomp *policy = policy_of(PINFOLD_SECCOMP_MULTIARCH, 0);
        char *text;

        add(policy, "ioctl:errno=EPERM:1&0xffffffff==0x5412,0!=2");
        add(policy, "socketcall:kill");
        add(policy, "999:trap");
        text = dump(policy, 0);
        assert_non_null(strstr(text, ": allow unless a line says otherwise; other architectures: kill\n"));
        assert_non_null(strstr(text, "\nioctl                    1&0xffffffff==0x5412,0!=2  errno=EPERM\n"));
#ifdef __x86_64__
        assert_non_null(strstr(text, "\nsocketcall               -                          kill  # x86 only\n"));
#endif
        assert_non_null(strstr(text, "\n999                      -                          trap\n"));
        assert_null(strstr(text, "io_uring"));
        free(text);
        text = dump(policy, 1);
        assert_non_null(strstr(text, "io_uring_setup"));
        free(text);
        pinfold_seccomp_free(policy);
}

TEST(dump_tells_export_from_loaded)
{
        struct pinfold_seccomp *policy = policy_of(0, 0);
        char *before = dump(policy, 0), *after = dump(policy, 1);

        assert_null(strstr(before, "io_uring_setup"));
        assert_non_null(strstr(after, "io_uring_setup"));
        assert_non_null(strstr(before, "\nsyslog "));
        assert_null(strstr(before, "\nunshare "));
        free(before);
        free(after);
        pinfold_seccomp_free(policy);
}
