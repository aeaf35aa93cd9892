/* SPDX-License-Identifier: MIT */
/*
 * The exported programs are the original's, byte for byte: its own tests hold these SHA-512 sums. Made with
 * libseccomp 2.5; a later one that lays programs out differently fails here, and is then the thing to look at.
 */
#define _GNU_SOURCE

#include "test.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bpf.h"

#define ALL_FLAGS (PINFOLD_SECCOMP_MULTIARCH | PINFOLD_SECCOMP_CAN | PINFOLD_SECCOMP_BLUETOOTH)
#define EXT PINFOLD_SECCOMP_EXT
#define DENY_NS PINFOLD_SECCOMP_DENY_NS
#define DENY_TTY PINFOLD_SECCOMP_DENY_TTY
#define DENY_DEVEL PINFOLD_SECCOMP_DENY_DEVEL
#define STRICT PINFOLD_SECCOMP_STRICT
#define LINUX32 PINFOLD_SECCOMP_LINUX32

/* By sha512sum(1), on a descriptor that holds the bytes. */
static void checksum(int fd, char ret_sum[129])
{
        char command[64];
        FILE *pipe;

        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        snprintf(command, sizeof(command), "sha512sum <&%d", fd);
        pipe = popen(command, "r");
        assert_non_null(pipe);
        assert_int_equal(fread(ret_sum, 1, 128, pipe), 128);
        ret_sum[128] = '\0';
        assert_int_equal(pclose(pipe), 0);
}

static void expect(const struct arch *arch, unsigned flags, unsigned presets, const char *sum)
{
        struct pinfold_seccomp *policy = policy_of(flags, presets);
        struct buffer program = exported(arch, policy);
        _cleanup_close_ int fd = memfd_create("program", 0);
        char actual[129];

        assert_true(fd >= 0);
        assert_int_equal(write(fd, program.data, program.size), (ssize_t)program.size);
        checksum(fd, actual);
        assert_string_equal(actual, sum);
        buffer_free(&program);
        pinfold_seccomp_free(policy);
}

TEST(x86_64_everything)
{
        expect(&arch_x86_64, ALL_FLAGS, STRICT | LINUX32,
               "e99dd345e195413473d3cbee07b4ed57b908bfa89ea2072fe93482847f50b5b7"
               "58da17e74ca2bbc00813de49a2b9bf834c024ed48850be69b68a9a4c5f53a9db");
}

TEST(x86_64_nothing)
{
        expect(&arch_x86_64, 0, 0,
               "95ec69d017733e072160e0da80fdebecdf27ae8166f5e2a731270c98ea2d2946"
               "cb5231029063668af215879155da21aca79b070e04c0ee9acdf58f55cfa815a5");
}

TEST(x86_64_ext)
{
        expect(&arch_x86_64, 0, EXT,
               "dc7f2e1c5e829b79ebb7efc759150f54a83a75c8df6fee4dce5dadc4736c585d"
               "4deebfeb3c7969af3a077e90b77bb4741db05d90997c8659b95891206ac9952d");
}

TEST(x86_64_strict)
{
        expect(&arch_x86_64, 0, STRICT,
               "e880298df2bd6751d0040fc21bc0ed4c00f95dc0d7ba506c244d8b8cf6866dba"
               "8ef4a33296f287b66cccc1d78e97026597f84cc7dec1573e148960fbd35cd735");
}

TEST(x86_64_without_ext)
{
        expect(&arch_x86_64, 0, DENY_NS | DENY_TTY | DENY_DEVEL,
               "39871b93ffafc8b979fcedc0b0c37b9e03922f5b02748dc5c3c17c92527f6e02"
               "2ede1f48bff59246ea452c0d1de54827808b1a6f84f32bbde1aa02ae30eedcfa");
}

TEST(x86_64_ext_deny_devel)
{
        expect(&arch_x86_64, 0, EXT | DENY_DEVEL,
               "c698b081ff957afe17a6d94374537d37f2a63f6f9dd75da7546542407a9e3247"
               "6ebda3312ba7785d7f618542bcfaf27ca27dcc2dddba852069d28bcfe8cad39a");
}

TEST(x86_64_ext_deny_ns_deny_devel)
{
        expect(&arch_x86_64, 0, EXT | DENY_NS | DENY_DEVEL,
               "0b76007476c1c9e25dbf674c29fdf609a1656a70063e49327654e1b5360ad3da"
               "06e1a3e32bf80e961c5516ad83d4b9e7e9bde876a93797e27627d2555c25858b");
}

TEST(aarch64_everything)
{
        expect(&arch_aarch64, ALL_FLAGS, STRICT | LINUX32,
               "1431c013f2ddac3adae577821cb5d351b1514e7c754d62346ddffd31f46ea02f"
               "b368e46e3f8104f81019617e721fe687ddd83f1e79580622ccc991da12622170");
}

TEST(aarch64_nothing)
{
        expect(&arch_aarch64, 0, 0,
               "450c21210dbf124dfa7ae56d0130f9c2e24b26f5bce8795ee75766c75850438f"
               "f9e7d91c5e73d63bbe51a5d4b06c2a0791c4de2903b2b9805f16265318183235");
}

TEST(aarch64_strict)
{
        expect(&arch_aarch64, 0, STRICT,
               "79318538a3dc851314b6bd96f10d5861acb2aa7e13cb8de0619d0f6a76709d67"
               "f01ef3fd67e195862b02f9711e5b769bc4d1eb4fc0dfc41a723c89c968a93297");
}

/* The hardening is no part of it, on or off. */
TEST(hardening_is_not_exported)
{
        struct pinfold_seccomp *policy = policy_of(0, STRICT);
        struct buffer on = exported(&arch_x86_64, policy), off;

        assert_int_equal(pinfold_seccomp_set_hardening(policy, 0), 0);
        off = exported(&arch_x86_64, policy);
        assert_int_equal(on.size, off.size);
        assert_memory_equal(on.data, off.data, on.size);
        buffer_free(&on);
        buffer_free(&off);
        pinfold_seccomp_free(policy);
}

/* The public functions, into a pipe, and on to descriptors that cannot be written to. */
TEST(writes_to_descriptors)
{
        struct pinfold_seccomp *policy = policy_of(0, STRICT);
        struct buffer whole = exported(arch_native(), policy);
        struct pinfold_error err = {0};
        char bytes[16384];
        int ends[2], full = open("/dev/full", O_WRONLY);

        assert_int_equal(pipe(ends), 0);
        assert_int_equal(pinfold_seccomp_export(policy, ends[1], &err), 0);
        assert_int_equal(err.error, 0);
        assert_int_equal(read(ends[0], bytes, sizeof(bytes)), (ssize_t)whole.size);
        assert_memory_equal(bytes, whole.data, whole.size);
        assert_int_equal(pinfold_seccomp_export_loaded(policy, ends[1], NULL), 0);
        assert_true(read(ends[0], bytes, sizeof(bytes)) > 0);

        assert_int_equal(pinfold_seccomp_export(policy, full, &err), -ENOSPC);
        assert_int_equal(err.stage, PINFOLD_STAGE_FILTER);
        assert_non_null(strstr(err.text, "No space left"));
        assert_int_equal(pinfold_seccomp_export_loaded(policy, -1, &err), -EBADF);
        assert_int_equal(pinfold_seccomp_dump(policy, -1, NULL), -EBADF);
        assert_int_equal(pinfold_seccomp_export(NULL, full, &err), -ENOMEM);
        close(ends[0]);
        close(ends[1]);
        close(full);
        buffer_free(&whole);
        pinfold_seccomp_free(policy);
}

/* Rules of one's own go to libseccomp too; what it cannot say is refused, and not left out. */
TEST(own_rules)
{
        struct pinfold_seccomp_arg range[] = {{0, PINFOLD_SECCOMP_GE, 3, 0}, {0, PINFOLD_SECCOMP_LE, 9, 0}};
        struct pinfold_seccomp *policy = policy_of(0, 0);
        struct pinfold_error err = {0};
        struct buffer program;
        int null = open("/dev/null", O_WRONLY);

        assert_int_equal(pinfold_seccomp_add_rule(policy, "ptrace", ERRNO(EXDEV), NULL, 0), 0);
        assert_int_equal(pinfold_seccomp_add_rule(policy, "socket", KILL, range, 1), 0);
        program = exported(&arch_x86_64, policy);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "ptrace", 0, 0), ERRNO(EXDEV));
        assert_int_equal(verdict_of(&program, &arch_x86_64, "socket", 3, 0), KILL);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "socket", 2, 0), ALLOW);
        assert_int_equal(verdict_of(&program, &arch_x86_64, "syslog", 0, 0), ALLOW);
        buffer_free(&program);

        assert_int_equal(pinfold_seccomp_add_rule(policy, "bind", KILL, range, 2), 0);
        assert_int_equal(pinfold_seccomp_export(policy, null, &err), -EOPNOTSUPP);
        assert_non_null(strstr(err.text, "rule 3, for bind"));
        assert_int_equal(pinfold_seccomp_export_loaded(policy, null, &err), 0);
        pinfold_seccomp_free(policy);
        close(null);
}
