/* SPDX-License-Identifier: MIT */
/* pinfold seccomp: what it writes where, and its exit status. */
#define _GNU_SOURCE

#include "test.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bpf.h"
#include "cli/command.h"

struct result {
        int status;
        char output[65536];
        size_t size;
        char errors[4096];
};

static size_t slurp(int fd, char *text, size_t room)
{
        ssize_t n = pread(fd, text, room - 1, 0);

        assert_true(n >= 0);
        text[n] = '\0';
        close(fd);
        return (size_t)n;
}

/* Runs the words in a child, with `output_fd` or a file as standard output. */
static struct result run_on(int output_fd, const char *const words[])
{
        static struct result result;
        char *argv[20] = {strdup("seccomp")};
        int argc = 1, status, output = memfd_create("output", 0), errors = memfd_create("errors", 0);
        pid_t pid;

        for (; *words; words++)
                argv[argc++] = strdup(*words);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                dup2(output_fd >= 0 ? output_fd : output, STDOUT_FILENO);
                dup2(errors, STDERR_FILENO);
                status = command_seccomp.run(argc, argv);
                fflush(NULL);
                _exit(status);
        }
        while (argc > 0)
                free(argv[--argc]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        result.status = WEXITSTATUS(status);
        result.size = slurp(output, result.output, sizeof(result.output));
        slurp(errors, result.errors, sizeof(result.errors));
        return result;
}

#define RUN(...) run_on(-1, (const char *const[]){__VA_ARGS__, NULL})

static void expect_program(const struct result *result, struct buffer *program)
{
        assert_int_equal(result->status, 0);
        assert_string_equal(result->errors, "");
        assert_int_equal(result->size, program->size);
        assert_memory_equal(result->output, program->data, program->size);
        buffer_free(program);
}

TEST(export)
{
        struct pinfold_seccomp *policy = policy_of(7, 31);
        struct buffer program = exported(arch_native(), policy);
        struct result result = RUN("export", "--presets", "ext,deny-ns,deny-tty,deny-devel,linux32", "--multiarch",
                                   "--can", "--bluetooth");

        expect_program(&result, &program);
        program = loaded(arch_native(), policy);
        result = RUN("export", "--loaded", "--presets=strict,linux32", "--multiarch", "--can", "--bluetooth");
        expect_program(&result, &program);
        pinfold_seccomp_set_hardening(policy, 0);
        program = loaded(arch_native(), policy);
        result = RUN("export", "--loaded", "--presets=strict,linux32", "--multiarch", "--can", "--bluetooth",
                     "--no-hardening");
        expect_program(&result, &program);
        pinfold_seccomp_free(policy);
}

TEST(export_without_presets)
{
        struct pinfold_seccomp *policy = policy_of(0, 0);
        struct buffer program = exported(arch_native(), policy);
        struct result result = RUN("export");

        expect_program(&result, &program);
        pinfold_seccomp_free(policy);
}

TEST(own_rules)
{
        struct pinfold_seccomp *policy = policy_of(0, 0);
        struct result result = RUN("export", "--loaded", "--default=errno=ENOSYS", "--rule", "read:allow",
                                   "--rule=write:allow:0<=2");
        struct buffer program;

        pinfold_seccomp_set_default(policy, ERRNO(38));
        assert_int_equal(pinfold_seccomp_add_rule_text(policy, "read:allow", NULL), 0);
        assert_int_equal(pinfold_seccomp_add_rule_text(policy, "write:allow:0<=2", NULL), 0);
        program = loaded(arch_native(), policy);
        expect_program(&result, &program);
        pinfold_seccomp_free(policy);
}

TEST(dump)
{
        struct result result = RUN("dump", "--presets=deny-ns");

        assert_int_equal(result.status, 0);
        assert_non_null(strstr(result.output, "\nunshare "));
        assert_null(strstr(result.output, "\nptrace "));
        assert_null(strstr(result.output, "\nio_uring_setup "));
        result = RUN("dump", "--loaded");
        assert_non_null(strstr(result.output, "\nio_uring_setup "));
}

TEST(help)
{
        assert_non_null(strstr(RUN("--help").output, "Usage: pinfold seccomp export"));
        assert_non_null(strstr(RUN("export", "--help").output, "--presets LIST"));
        assert_int_equal(RUN("dump", "--presets", "strict", "--help").status, 0);
}

static void expect_usage_error(struct result result, const char *words)
{
        assert_int_equal(result.status, 125);
        assert_int_equal(result.size, 0);
        assert_int_equal(strncmp(result.errors, "pinfold: seccomp: ", 18), 0);
        if (!strstr(result.errors, words))
                fail_msg("no \"%s\" in: %s", words, result.errors);
}

TEST(mistakes)
{
        expect_usage_error(run_on(-1, (const char *const[]){NULL}), "neither export nor dump");
        expect_usage_error(RUN("exprot"), "did you mean export?");
        expect_usage_error(RUN("export", "--nonsense"), "unknown option --nonsense\nhint: --help lists the options");
        expect_usage_error(RUN("export", "--prests=strict"), "did you mean --presets?");
        expect_usage_error(RUN("export", "--presets"), "option --presets needs a value: --presets LIST");
        expect_usage_error(RUN("export", "--presets", "ext,what"), "unknown word \"what\"");
        expect_usage_error(RUN("export", "--presets", ""), "unknown word");
        expect_usage_error(RUN("export", "--multiarch=yes"), "option --multiarch takes no value");
        expect_usage_error(RUN("export", "--bind", "/"), "unknown option --bind"); /* those of run are not ours */
        expect_usage_error(RUN("export", "-p", "strict"), "unknown option -p");
        expect_usage_error(RUN("export", "word"), "word");
        expect_usage_error(RUN("export", "--rule", "opnat:kill"), "did you mean openat?");
        expect_usage_error(RUN("export", "--default", "deny"), "unknown action");
        /* What libseccomp cannot express. */
        expect_usage_error(RUN("export", "--rule", "read:allow"), "rule 1, for read");
}

TEST(refuses_a_terminal)
{
        int terminal = posix_openpt(O_RDWR | O_NOCTTY);
        struct result result;

        assert_true(terminal >= 0);
        assert_int_equal(grantpt(terminal), 0);
        assert_int_equal(unlockpt(terminal), 0);
        result = run_on(terminal, (const char *const[]){"export", NULL});
        expect_usage_error(result, "terminal");
        result = run_on(terminal, (const char *const[]){"dump", NULL});
        assert_int_equal(result.status, 0);
        close(terminal);
}

TEST(full_disk)
{
        int full = open("/dev/full", O_WRONLY);

        expect_usage_error(run_on(full, (const char *const[]){"export", NULL}), "No space left on device");
        expect_usage_error(run_on(full, (const char *const[]){"dump", NULL}), "No space left on device");
        close(full);
}
