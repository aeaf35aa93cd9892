/* SPDX-License-Identifier: MIT */
/* The order of a life: new, start, serve, wait, free; and what is said to those who do not keep it. */
#include "test.h"

#include <errno.h>
#include <signal.h>

#include "life/child.h"
#include "support/box.h"

static void assert_refused(int result, const struct pinfold_error *err, int stage, int error, const char *text)
{
        assert_int_equal(result, -error);
        assert_string_equal(pinfold_stage_name(err->stage), pinfold_stage_name(stage));
        assert_int_equal(err->error, error);
        assert_string_equal(err->text, text);
        assert_int_equal(err->op_index, -1);
        assert_readable(err);
}

TEST(output_and_status)
{
        char *output = box_output(box_new("echo hello; exit 3"), 3);

        assert_string_equal(output, "hello\n");
        free(output);
}

TEST(nothing_is_known_before_start_and_after_wait)
{
        struct pinfold *box = box_new("exit 0");

        assert_int_equal(pinfold_pid(box), 0);
        assert_int_equal(pinfold_pidfd(box), -1);
        assert_int_equal(pinfold_poll_fd(box), -1);
        assert_int_equal(pinfold_poll_events(box), 0);
        assert_int_equal(pinfold_cancel(box), -ESRCH);
        assert_int_equal(pinfold_signal(box, SIGUSR1), -ESRCH);
        box_begin(box);
        assert_true(pinfold_pid(box) > 0);
        assert_true(pinfold_pidfd(box) >= 0);
        box_wait(box);
        assert_int_equal(pinfold_pidfd(box), -1);
        assert_int_equal(pinfold_poll_fd(box), -1);
        assert_int_equal(pinfold_poll_events(box), 0);
        assert_int_equal(pinfold_cancel(box), -ESRCH);
        assert_int_equal(pinfold_signal(box, SIGUSR1), -ESRCH);
        pinfold_free(box);
        assert_no_children();
}

TEST(steps_before_their_time)
{
        struct pinfold_error err = {0};
        struct pinfold *box = box_new("exit 4");

        assert_refused(pinfold_serve(box, &err), &err, PINFOLD_STAGE_SERVE, EINVAL,
                       "cannot set up container: it is not waiting for parameters: Invalid argument");
        assert_refused(pinfold_serve_step(box, &err), &err, PINFOLD_STAGE_SERVE, EINVAL,
                       "cannot set up container: serve was not begun: Invalid argument");
        assert_refused(pinfold_wait(box, -1, NULL, &err), &err, PINFOLD_STAGE_WAIT, EINVAL,
                       "cannot wait for container: it is not running: Invalid argument");
        assert_int_equal(pinfold_start(box, &err), 0);
        assert_refused(pinfold_serve_step(box, &err), &err, PINFOLD_STAGE_SERVE, EINVAL,
                       "cannot set up container: serve was not begun: Invalid argument");
        assert_refused(pinfold_wait(box, -1, NULL, &err), &err, PINFOLD_STAGE_WAIT, EINVAL,
                       "cannot wait for container: it is not running: Invalid argument");
        /* None of this did the container any harm. */
        assert_int_equal(pinfold_serve(box, &err), 0);
        assert_int_equal(box_wait(box).status, 4);
        pinfold_free(box);
}

TEST(steps_that_were_done_already)
{
        struct pinfold_error err = {0};
        struct pinfold *box = box_new("read line; exit 5");
        int ends[2];

        assert_int_equal(pipe(ends), 0);
        pinfold_set_stdin(box, ends[0]);
        assert_int_equal(pinfold_start(box, &err), 0);
        assert_refused(pinfold_start(box, &err), &err, PINFOLD_STAGE_START, EBUSY,
                       "cannot start container: it was started already: Device or resource busy");
        assert_int_equal(pinfold_serve(box, &err), 0);
        assert_int_equal(pinfold_start(box, &err), -EBUSY);
        assert_refused(pinfold_serve(box, &err), &err, PINFOLD_STAGE_SERVE, EINVAL,
                       "cannot set up container: it is not waiting for parameters: Invalid argument");
        assert_refused(pinfold_serve_begin(box, &err), &err, PINFOLD_STAGE_SERVE, EINVAL,
                       "cannot set up container: it is not waiting for parameters: Invalid argument");
        assert_int_equal(pinfold_serve_step(box, &err), -EINVAL);
        assert_int_equal(write(ends[1], "\n", 1), 1);
        assert_int_equal(box_wait(box).status, 5);
        assert_int_equal(pinfold_start(box, &err), -EBUSY);
        assert_int_equal(pinfold_serve(box, &err), -EINVAL);
        assert_int_equal(box_wait(box).status, 5);
        pinfold_free(box);
        close(ends[0]);
        close(ends[1]);
}

TEST(errors_are_optional)
{
        struct pinfold *box = box_new("exit 6");

        assert_int_equal(pinfold_serve(box, NULL), -EINVAL);
        assert_int_equal(pinfold_wait(box, 0, NULL, NULL), -EINVAL);
        assert_int_equal(pinfold_start(box, NULL), 0);
        assert_int_equal(pinfold_start(box, NULL), -EBUSY);
        assert_int_equal(pinfold_serve(box, NULL), 0);
        assert_int_equal(pinfold_wait(box, -1, NULL, NULL), 0);
        assert_int_equal(box_wait(box).status, 6);
        pinfold_free(box);
}

TEST(success_leaves_the_error_untouched)
{
        struct pinfold_error err, before;
        struct pinfold *box = box_new("exit 0");

        memset(&err, 0x5a, sizeof(err));
        before = err;
        assert_int_equal(pinfold_start(box, &err), 0);
        assert_int_equal(pinfold_serve(box, &err), 0);
        assert_int_equal(pinfold_wait(box, -1, NULL, &err), 0);
        pinfold_free(box);
        assert_memory_equal(&err, &before, sizeof(err));
}

/* A failed serve ends the container, whatever the reason. */
static void serve_fails(struct pinfold *box, int stage, int error, const char *text)
{
        struct pinfold_error err = {0};
        int descriptors = open_descriptors();
        pid_t pid;

        assert_int_equal(pinfold_start(box, &err), 0);
        pid = pinfold_pid(box);
        assert_true(is_running(pid));
        assert_refused(pinfold_serve(box, &err), &err, stage, error, text);
        assert_false(is_running(pid));
        assert_no_children();
        assert_int_equal(open_descriptors(), descriptors);
        assert_int_equal(pinfold_wait(box, -1, NULL, &err), -EINVAL);
        assert_int_equal(pinfold_serve(box, &err), -EINVAL);
        assert_int_equal(pinfold_cancel(box), -ESRCH);
        pinfold_free(box);
}

TEST(without_a_program)
{
        struct pinfold *box = pinfold_new(NULL, NULL);

        pinfold_bind(box, "/usr", "/usr", 0);
        serve_fails(box, PINFOLD_STAGE_CONFIGURE, EINVAL,
                    "cannot set up container: no program was given: Invalid argument");
}

TEST(without_an_operation)
{
        serve_fails(pinfold_new("/bin/true", NULL), PINFOLD_STAGE_CONFIGURE, EINVAL,
                    "cannot set up container: it is empty: there is no setup operation: Invalid argument");
}

TEST(with_a_program_that_is_not_absolute)
{
        struct pinfold *box = pinfold_new("true", NULL);

        pinfold_bind(box, "/usr", "/usr", 0);
        serve_fails(box, PINFOLD_STAGE_CONFIGURE, EINVAL,
                    "cannot set up container: the path of the program, \"true\", is not absolute: Invalid argument");
        box = pinfold_new("bin/true", NULL);
        pinfold_bind(box, "/usr", "/usr", 0);
        serve_fails(box, PINFOLD_STAGE_CONFIGURE, EINVAL,
                    "cannot set up container: the path of the program, \"bin/true\", is not absolute: "
                    "Invalid argument");
}

TEST(the_first_configuring_failure_is_kept)
{
        struct pinfold_error err = {0};
        struct pinfold *box = pinfold_new("/bin/true", NULL);

        assert_int_equal(pinfold_set_flags(box, 1u << 30, 1), -EINVAL);
        assert_int_equal(pinfold_set_stdin(box, -1), -EBADF);
        assert_int_equal(pinfold_set_hostname(box, ""), -EINVAL);
        for (int i = 0; i < 2; i++)
                assert_refused(pinfold_start(box, &err), &err, PINFOLD_STAGE_CONFIGURE, EINVAL,
                               "cannot start container: unknown flags 0x40000000: Invalid argument");
        assert_int_equal(pinfold_pid(box), 0);
        pinfold_free(box);
}

TEST(a_configuring_failure_between_start_and_serve)
{
        struct pinfold_error err = {0};
        struct pinfold *box = box_new("exit 0");

        assert_int_equal(pinfold_start(box, &err), 0);
        assert_int_equal(pinfold_set_stdout(box, -7), -EBADF);
        assert_refused(pinfold_serve(box, &err), &err, PINFOLD_STAGE_CONFIGURE, EBADF,
                       "cannot set up container: descriptor -7: Bad file descriptor");
        pinfold_free(box);
        assert_no_children();
}

TEST(wrong_parameters)
{
        static const char long_name[] = "0123456789012345678901234567890123456789012345678901234567890123x";
        struct pinfold *box = pinfold_new("/bin/true", NULL);

        assert_int_equal(pinfold_set_path(box, ""), -EINVAL);
        assert_int_equal(pinfold_set_dir(box, "tmp"), -EINVAL);
        assert_int_equal(pinfold_set_dir(box, ""), -EINVAL);
        assert_int_equal(pinfold_set_env(box, (const char *const[]){"A", NULL}), -EINVAL);
        assert_int_equal(pinfold_set_env(box, (const char *const[]){"=A", NULL}), -EINVAL);
        assert_int_equal(pinfold_add_env(box, "", "x"), -EINVAL);
        assert_int_equal(pinfold_add_env(box, "A=B", "x"), -EINVAL);
        assert_int_equal(pinfold_add_env(box, NULL, "x"), -EINVAL);
        assert_int_equal(pinfold_add_env(box, "A", NULL), -EINVAL);
        assert_int_equal(pinfold_set_uid(box, (uid_t)-1), -EINVAL);
        assert_int_equal(pinfold_set_gid(box, (gid_t)-1), -EINVAL);
        assert_int_equal(pinfold_map_uids(box, 0, 0, 0), -EINVAL);
        assert_int_equal(pinfold_map_uids(box, 0xfffffffe, 0, 2), -EINVAL);
        assert_int_equal(pinfold_map_gids(box, 0, 0xfffffffe, 2), -EINVAL);
        assert_int_equal(pinfold_set_hostname(box, long_name), -ENAMETOOLONG);
        assert_int_equal(pinfold_add_file(box, -1), -EBADF);
        assert_int_equal(pinfold_set_cgroup(box, -1), -EBADF);
        assert_int_equal(pinfold_set_parent_perm(box, 010000), -EINVAL);
        pinfold_free(box);
}

/* A pinfold_new that failed need not be noticed before start. */
TEST(no_container_at_all)
{
        struct pinfold_status status = {.size = sizeof(status)};
        struct pinfold_error err = {0};
        char line[8];

        assert_int_equal(pinfold_set_path(NULL, "/"), -ENOMEM);
        assert_int_equal(pinfold_set_args(NULL, NULL), -ENOMEM);
        assert_int_equal(pinfold_set_search(NULL, "/bin"), -ENOMEM);
        assert_int_equal(pinfold_set_dir(NULL, "/"), -ENOMEM);
        assert_int_equal(pinfold_set_env(NULL, NULL), -ENOMEM);
        assert_int_equal(pinfold_add_env(NULL, "A", "B"), -ENOMEM);
        assert_int_equal(pinfold_set_uid(NULL, 0), -ENOMEM);
        assert_int_equal(pinfold_set_gid(NULL, 0), -ENOMEM);
        assert_int_equal(pinfold_map_uids(NULL, 0, 0, 1), -ENOMEM);
        assert_int_equal(pinfold_map_gids(NULL, 0, 0, 1), -ENOMEM);
        assert_int_equal(pinfold_set_hostname(NULL, "x"), -ENOMEM);
        assert_int_equal(pinfold_set_stdin(NULL, 0), -ENOMEM);
        assert_int_equal(pinfold_add_file(NULL, 0), -ENOMEM);
        assert_int_equal(pinfold_set_cgroup(NULL, 0), -ENOMEM);
        assert_int_equal(pinfold_set_adopt_wait_delay(NULL, 0), -ENOMEM);
        assert_int_equal(pinfold_set_wait_delay(NULL, 0), -ENOMEM);
        assert_int_equal(pinfold_set_parent_perm(NULL, 0), -ENOMEM);
        assert_int_equal(pinfold_set_flags(NULL, 0, 1), -ENOMEM);
        assert_int_equal(pinfold_set_log(NULL, NULL, NULL), -ENOMEM);
        assert_int_equal(pinfold_bind(NULL, "/", "/", 0), -ENOMEM);
        assert_null(pinfold_seccomp(NULL));
        assert_refused(pinfold_start(NULL, &err), &err, PINFOLD_STAGE_START, ENOMEM,
                       "cannot start container: no container: Cannot allocate memory");
        assert_refused(pinfold_serve(NULL, &err), &err, PINFOLD_STAGE_SERVE, ENOMEM,
                       "cannot set up container: no container: Cannot allocate memory");
        assert_int_equal(pinfold_serve_step(NULL, &err), -EINVAL);
        assert_refused(pinfold_wait(NULL, -1, &status, &err), &err, PINFOLD_STAGE_WAIT, ENOMEM,
                       "cannot wait for container: no container: Cannot allocate memory");
        assert_int_equal(pinfold_cancel(NULL), -ESRCH);
        assert_int_equal(pinfold_signal(NULL, SIGTERM), -ESRCH);
        assert_int_equal(pinfold_pidfd(NULL), -1);
        assert_int_equal(pinfold_pid(NULL), 0);
        assert_int_equal(pinfold_poll_fd(NULL), -1);
        assert_int_equal(pinfold_poll_events(NULL), 0);
        assert_int_equal(pinfold_describe(NULL, line, sizeof(line)), -ENOMEM);
        pinfold_free(NULL);
}
