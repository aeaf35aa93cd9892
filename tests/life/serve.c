/* SPDX-License-Identifier: MIT */
/* serve: returns once the program has been executed, or with what kept it from that. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include "life/child.h"
#include "support/box.h"

/* ---- When it returns --------------------------------------------------------------------------------------------- */

TEST(returns_after_the_execution)
{
        for (int i = 0; i < 50; i++) {
                struct pinfold *box = box_sleep();
                pid_t program[2];
                char *comm;

                box_begin(box);
                assert_int_equal(box_processes(box, program, 2), 1);
                comm = read_file(format("/proc/%d/comm", (int)program[0]));
                assert_string_equal(comm, "sleep\n");
                free(comm);
                pinfold_free(box);
        }
}

/* Nobody has to wait for serve to find out that the program has ended since. */
TEST(a_program_that_ends_at_once)
{
        for (int i = 0; i < 50; i++) {
                struct pinfold *box = box_new("exit 3");

                box_begin(box);
                assert_int_equal(box_wait(box).status, 3);
                pinfold_free(box);
        }
}

TEST(descriptors_may_be_closed_and_strings_freed_once_served)
{
        struct pinfold *box = box_new("");
        char text[32] = "TEXT=kept", path[64] = "/bin/sh", script[] = "read x; echo $x $TEXT", result[32] = "";
        char *const argv[] = {(char[]){"sh"}, (char[]){"-c"}, script, NULL};
        int in[2], out[2];

        assert_int_equal(pipe(in), 0);
        assert_int_equal(pipe(out), 0);
        pinfold_set_path(box, path);
        pinfold_set_args(box, (const char *const *)argv);
        pinfold_set_env(box, (const char *const[]){text, NULL});
        memset(path, 'x', sizeof(path) - 1);
        memset(text, 'x', sizeof(text) - 1);
        memset(script, 'x', sizeof(script) - 1);
        pinfold_set_stdin(box, in[0]);
        pinfold_set_stdout(box, out[1]);
        box_begin(box);
        close(in[0]);
        close(out[1]);
        assert_int_equal(write(in[1], "hello\n", 6), 6);
        close(in[1]);
        assert_int_equal(box_wait(box).status, 0);
        assert_int_equal(read(out[0], result, sizeof(result) - 1), 11);
        assert_string_equal(result, "hello kept\n");
        close(out[0]);
        pinfold_free(box);
}

TEST(parameters_may_be_set_until_serve)
{
        struct pinfold_error err = {0};
        struct pinfold *box = pinfold_new(NULL, NULL);

        assert_int_equal(pinfold_start(box, &err), 0);
        pinfold_set_path(box, "/bin/sh");
        pinfold_set_args(box, (const char *[]){"sh", "-c", "exit 8", NULL});
        pinfold_bind(box, "/", "/", 0);
        assert_int_equal(pinfold_serve(box, &err), 0);
        assert_int_equal(box_wait(box).status, 8);
        pinfold_free(box);
}

/* ---- Execution that fails ---------------------------------------------------------------------------------------- */

static void exec_fails(struct pinfold *box, int error, const char *path)
{
        struct pinfold_error err;
        int descriptors = open_descriptors();

        err = box_error(box, PINFOLD_STAGE_EXEC, error);
        assert_string_equal(err.text, format("cannot execute program: %s: %s", path, strerror(error)));
        assert_string_equal(err.path, path);
        assert_int_equal(err.op_index, -1);
        assert_int_equal(err.fatal, 0);
        assert_readable(&err);
        assert_no_children();
        assert_int_equal(open_descriptors(), descriptors);
}

static struct pinfold *box_of(const char *path)
{
        struct pinfold *box = box_new("");

        pinfold_set_path(box, path);
        return box;
}

/* A directory of the host with a program in it, shown at /tmp/bin. */
static struct pinfold *box_with(const char *path, const char *content, mode_t mode)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_of(path);

        write_file(format("%s/program", directory), content);
        assert_int_equal(chmod(format("%s/program", directory), mode), 0);
        pinfold_bind(box, directory, "/tmp/bin", 0);
        return box;
}

TEST(no_such_program)
{
        exec_fails(box_of("/nonexistent"), ENOENT, "/nonexistent");
        exec_fails(box_of("/etc/passwd/x"), ENOTDIR, "/etc/passwd/x");
        exec_fails(box_with("/tmp/bin/program", "#!/nonexistent\n", 0755), ENOENT, "/tmp/bin/program");
}

TEST(not_executable)
{
        exec_fails(box_of("/etc/passwd"), EACCES, "/etc/passwd");
        exec_fails(box_of("/usr"), EACCES, "/usr");
}

TEST(no_program_that_the_kernel_knows)
{
        exec_fails(box_with("/tmp/bin/program", "neither ELF nor a script", 0755), ENOEXEC, "/tmp/bin/program");
        exec_fails(box_with("/tmp/bin/program", "", 0755), ENOEXEC, "/tmp/bin/program");
}

TEST(a_name_with_control_characters)
{
        struct pinfold_error err = box_error(box_of("/a\n\033[2J\x7f" "b"), PINFOLD_STAGE_EXEC, ENOENT);

        assert_string_equal(err.text, "cannot execute program: /a\\x0a\\x1b[2J\\x7fb: No such file or directory");
        assert_string_equal(err.path, "/a\\x0a\\x1b[2J\\x7fb");
}

TEST(more_arguments_than_the_kernel_takes)
{
        enum { LENGTH = 200000 };
        char *argument = malloc(LENGTH + 1);
        struct pinfold *box = box_new("");

        assert_non_null(argument);
        memset(argument, 'x', LENGTH);
        argument[LENGTH] = '\0';
        pinfold_set_args(box, (const char *[]){"sh", "-c", "exit 0", argument, NULL}); /* a single one: 128 KiB */
        exec_fails(box, E2BIG, "/bin/sh");
        free(argument);
}

TEST(the_search_path)
{
        struct pinfold *box = box_with("program", "#!/bin/sh\nexit 21\n", 0755);
        char *output;

        pinfold_set_search(box, "/nonexistent:/etc/passwd::/tmp/bin:/usr/bin");
        free(box_output(box, 21));
        box = box_of("no-such-program");
        pinfold_set_search(box, "/usr/bin:/bin");
        exec_fails(box, ENOENT, "no-such-program");
        /* As execvp(3): what may not be executed is passed over, and is the answer when there is nothing else. */
        box = box_with("program", "#!/bin/sh\nexit 22\n", 0644);
        pinfold_set_search(box, "/tmp/bin:/usr/bin");
        exec_fails(box, EACCES, "program");
        box = box_with("sh", "", 0755);
        pinfold_symlink(box, "/etc/passwd", "/tmp/first/sh", 0);
        pinfold_set_search(box, "/tmp/first:/usr/bin");
        pinfold_set_args(box, (const char *[]){"sh", "-c", "exit 23", NULL});
        free(box_output(box, 23));
        /* Also as there: what has no format is for the shell, with its path and all arguments but the first. */
        box = box_with("program", "echo $0 $*; exit 24", 0755);
        pinfold_set_search(box, "/tmp/bin:/usr/bin");
        pinfold_set_args(box, (const char *[]){"name", "one", "two", NULL});
        output = box_output(box, 24);
        assert_string_equal(output, "/tmp/bin/program one two\n");
        free(output);
}

/* A path with a slash is never looked up. */
TEST(an_absolute_path_is_not_searched)
{
        struct pinfold *box = box_of("/sh");

        pinfold_set_search(box, "/usr/bin");
        exec_fails(box, ENOENT, "/sh");
}

/* ---- Filters under which the failing process can do nothing any more --------------------------------------------- */

static struct pinfold *box_filtered(uint32_t action)
{
        struct pinfold *box = box_of("/nonexistent");

        assert_int_equal(pinfold_seccomp_set_default(pinfold_seccomp(box), action), 0);
        assert_int_equal(pinfold_seccomp_add_rule(pinfold_seccomp(box), "execve", PINFOLD_SECCOMP_ALLOW, NULL, 0), 0);
        return box;
}

TEST(exec_failure_behind_a_filter_that_refuses_everything)
{
        exec_fails(box_filtered(PINFOLD_SECCOMP_ERRNO(EPERM)), ENOENT, "/nonexistent");
        exec_fails(box_filtered(PINFOLD_SECCOMP_ERRNO(ENOSYS)), ENOENT, "/nonexistent");
}

TEST(exec_failure_behind_a_filter_that_kills)
{
        exec_fails(box_filtered(PINFOLD_SECCOMP_KILL), ENOENT, "/nonexistent");
        exec_fails(box_filtered(PINFOLD_SECCOMP_TRAP), ENOENT, "/nonexistent");
}

/* Where even execve is refused, that is its failure. */
TEST(a_filter_that_refuses_the_execution)
{
        struct pinfold *box = box_of("/bin/true");

        pinfold_seccomp_add_rule(pinfold_seccomp(box), "execve", PINFOLD_SECCOMP_ERRNO(EPERM), NULL, 0);
        exec_fails(box, EPERM, "/bin/true");
}

/* ---- Event loops ------------------------------------------------------------------------------------------------- */

enum { BIG = 10 * 1000 * 1000 };

TEST(an_event_loop_sends_ten_megabytes)
{
        struct pinfold_error err = {0};
        struct pinfold *box = box_new("test $(wc -c </tmp/big) = 10000000 && "
                                      "test \"$(tr -d x </tmp/big)\" = '' && exit 31");
        char *content = malloc(BIG);
        int r, steps = 0, outgoing = 0;

        assert_non_null(content);
        memset(content, 'x', BIG);
        assert_int_equal(pinfold_place(box, "/tmp/big", content, BIG), 0);
        free(content);
        assert_int_equal(pinfold_start(box, &err), 0);
        assert_int_equal(pinfold_serve_begin(box, &err), 0);
        while ((r = pinfold_serve_step(box, &err)) == 0) {
                struct pollfd socket = {.fd = pinfold_poll_fd(box), .events = pinfold_poll_events(box)};

                steps++;
                outgoing += (socket.events & POLLOUT) != 0;
                assert_true(socket.fd >= 0);
                assert_true(socket.events & POLLIN);
                assert_int_equal(poll(&socket, 1, 10000), 1);
        }
        if (r < 0)
                fail_msg("%s", err.text);
        assert_int_equal(r, 1);
        assert_true(outgoing > 1); /* it did not fit in the socket, and nobody blocked */
        assert_true(steps > outgoing);
        assert_int_equal(pinfold_poll_events(box), POLLIN);
        assert_int_equal(box_wait(box).status, 31);
        pinfold_free(box);
}

TEST(an_event_loop_learns_of_failure)
{
        struct pinfold_error err = {0};
        struct pinfold *box = box_of("/nonexistent");
        int r;

        assert_int_equal(pinfold_start(box, &err), 0);
        assert_int_equal(pinfold_serve_begin(box, &err), 0);
        while ((r = pinfold_serve_step(box, &err)) == 0) {
                struct pollfd socket = {.fd = pinfold_poll_fd(box), .events = pinfold_poll_events(box)};

                assert_int_equal(poll(&socket, 1, 10000), 1);
        }
        assert_int_equal(r, -ENOENT);
        assert_int_equal(err.stage, PINFOLD_STAGE_EXEC);
        assert_int_equal(pinfold_poll_fd(box), -1);
        assert_int_equal(pinfold_serve_step(box, &err), -EINVAL);
        pinfold_free(box);
        assert_no_children();
}

TEST(many_descriptors)
{
        enum { FILES = 700 }; /* several packets full */
        struct pinfold *box = box_new("exec 3<&-; test -e /proc/self/fd/702 && ! test -e /proc/self/fd/703 && "
                                      "test /proc/self/fd/700 -ef /etc/passwd && exit 32");
        int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        for (int i = 0; i < FILES; i++)
                assert_int_equal(pinfold_add_file(box, fd), 0);
        box_begin(box);
        assert_int_equal(box_wait(box).status, 32);
        pinfold_free(box);
        close(fd);
}
