/* SPDX-License-Identifier: MIT */
/* A container that is prepared ahead: what may still be set, what is there while it waits, and every end. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "life/child.h"
#include "support/box.h"

static struct pinfold *prepared_box(struct pinfold *box)
{
        struct pinfold_error err = {0};

        if (pinfold_start(box, &err) < 0 || pinfold_prepare(box, &err) < 0)
                fail_msg("%s", err.text);
        return box;
}

static struct pinfold *prepared(const char *script)
{
        return prepared_box(box_new(script));
}

static char *read_end(int fd)
{
        static char text[4096];
        size_t used = 0;
        ssize_t length;

        while ((length = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
                used += (size_t)length;
        text[used] = '\0';
        return text;
}

/* serve, wait: the output. */
static char *finish(struct pinfold *box, int status)
{
        struct pinfold_error err = {0};
        char *output;
        int ends[2];

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        pinfold_set_stdout(box, ends[1]);
        pinfold_set_stderr(box, ends[1]);
        if (pinfold_serve(box, &err) < 0)
                fail_msg("%s", err.text);
        close(ends[1]);
        output = read_end(ends[0]);
        close(ends[0]);
        assert_int_equal(box_wait(box).status, status);
        return output;
}

static void refused(struct pinfold *box, const char *text)
{
        struct pinfold_error err = {0};

        assert_int_equal(pinfold_serve(box, &err), -EBUSY);
        if (!strstr(err.text, text))
                fail_msg("%s", err.text);
        pinfold_free(box);
        assert_no_children();
}

TEST(all_of_the_program_comes_later)
{
        struct pinfold *box = prepared("exit 1");
        static const char *const dirs[] = {"/nowhere", "/usr", NULL};
        const unsigned cpu = 0;
        int file = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

        pinfold_set_path(box, "sh");
        pinfold_set_search(box, "/nowhere:/bin");
        pinfold_set_args(box, (const char *[]){"name", "-c",
                "echo $0 $ONE $PWD; ulimit -n; nice; nproc; umask; test /proc/self/fd/3 -ef /etc/passwd && exit 9", NULL});
        pinfold_add_env(box, "ONE", "two");
        pinfold_add_env(box, "PWD", "");
        pinfold_try_dirs(box, dirs);
        pinfold_set_rlimit(box, RLIMIT_NOFILE, 77, 77);
        pinfold_set_nice(box, 7);
        pinfold_set_umask(box, 027);
        pinfold_set_cpus(box, &cpu, 1);
        pinfold_add_file(box, file);
        assert_string_equal(finish(box, 9), "name two /usr\n77\n7\n1\n0027\n");
        pinfold_free(box);
        close(file);
}

TEST(what_is_the_containers_is_fixed)
{
        struct pinfold *box = prepared("exit 0");

        assert_int_equal(pinfold_set_uid(box, 1), -EBUSY);
        assert_int_equal(pinfold_set_gid(box, 1), -EBUSY);
        assert_int_equal(pinfold_map_uids(box, 0, 0, 1), -EBUSY);
        assert_int_equal(pinfold_map_gids(box, 0, 0, 1), -EBUSY);
        assert_int_equal(pinfold_set_hostname(box, "name"), -EBUSY);
        assert_int_equal(pinfold_set_terminal(box, 24, 80), -EBUSY);
        assert_int_equal(pinfold_set_cgroup(box, 0), -EBUSY);
        assert_int_equal(pinfold_set_adopt_wait_delay(box, 1), -EBUSY);
        assert_int_equal(pinfold_set_wait_delay(box, 1), -EBUSY);
        assert_int_equal(pinfold_set_parent_perm(box, 0700), -EBUSY);
        assert_int_equal(pinfold_set_flags(box, PINFOLD_FORWARD_CANCEL, 1), -EBUSY);
        assert_int_equal(pinfold_keep_capability(box, "all", 1), -EBUSY);
        assert_int_equal(pinfold_add_filter(box, 0), -EBUSY);
        refused(box, "the container has been set up: ids are chosen before");

        box = prepared("exit 0");
        assert_int_equal(pinfold_tmpfs(box, "/tmp", 0, 0755), -EBUSY);
        refused(box, "tmpfs: the container has been set up");
}

/* A filter that was believed to be stricter than the one that is in force is the worst of surprises. */
TEST(the_filter_is_fixed)
{
        for (int i = 0; i < 5; i++) {
                struct pinfold *box = prepared("exit 0");
                struct pinfold_seccomp *policy = pinfold_seccomp(box);
                int r = i == 0   ? pinfold_seccomp_set_presets(policy, PINFOLD_SECCOMP_STRICT)
                        : i == 1 ? pinfold_seccomp_set_flags(policy, 0)
                        : i == 2 ? pinfold_seccomp_set_default(policy, PINFOLD_SECCOMP_KILL)
                        : i == 3 ? pinfold_seccomp_add_rule(policy, "uname", PINFOLD_SECCOMP_ERRNO(EPERM), NULL, 0)
                                 : pinfold_seccomp_set_hardening(policy, 1);

                assert_int_equal(r, -EBUSY);
                refused(box, "the syscall filter is fixed once the container is prepared");
        }
}

/* The control of the test before: set in time it is in force, and the program finds itself under it. */
TEST(the_filter_is_in_force)
{
        struct pinfold *box = box_new("uname 2>&1");
        struct pinfold_error err = {0};

        pinfold_seccomp_add_rule(pinfold_seccomp(box), "uname", PINFOLD_SECCOMP_ERRNO(EPERM), NULL, 0);
        if (pinfold_start(box, &err) < 0 || pinfold_prepare(box, &err) < 0)
                fail_msg("%s", err.text);
        if (!strstr(finish(box, 1), "Operation not permitted"))
                fail_msg("it was not refused");
        pinfold_free(box);
}

/* ---- The filter, loaded ahead ------------------------------------------------------------------------------------ */

/* Of the process that waits: how many filters it is behind. */
static int filters_while_it_waits(const struct pinfold *box)
{
        pid_t inside[2] = {0};
        int filters = -1;
        char *status;

        assert_int_equal(box_processes(box, inside, 2), 1);
        status = read_file(format("/proc/%d/status", inside[0]));
        assert_non_null(status);
        sscanf(strstr(status, "Seccomp_filters:"), "Seccomp_filters: %d", &filters);
        free(status);
        return filters;
}

/* Where it would refuse what setup still has to do, it is not; in force it is in any case. */
TEST(the_filter_is_loaded_ahead_if_it_may_be)
{
        static const char *const needed[] = {"recvmsg", "chdir", "close_range", "umask", "rt_sigprocmask", "fcntl"};
        struct pinfold *box = prepared("grep -c 'Seccomp_filters:.1' /proc/self/status");

        assert_int_equal(filters_while_it_waits(box), 1);
        assert_string_equal(finish(box, 0), "1\n");
        pinfold_free(box);
        for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
                box = box_new("grep -c 'Seccomp_filters:.1' /proc/self/status");
                pinfold_seccomp_add_rule(pinfold_seccomp(box), needed[i], PINFOLD_SECCOMP_LOG, NULL, 0);
                prepared_box(box);
                assert_int_equal(filters_while_it_waits(box), 0);
                assert_string_equal(finish(box, 0), "1\n");
                pinfold_free(box);
        }
        box = box_new("exit 7");
        pinfold_set_flags(box, PINFOLD_NO_SECCOMP, 1);
        prepared_box(box);
        assert_int_equal(filters_while_it_waits(box), 0);
        finish(box, 7);
        pinfold_free(box);
}

/* Nothing is allowed but what init says it needs, and what /bin/true needs beyond that. */
static struct pinfold *meagre(void)
{
        static const char *const allowed[] = {
                "recvmsg", "sendmsg", "close", "restart_syscall", "poll", "ppoll", "brk", "mmap", "munmap", "mremap", "mprotect", "madvise",
                "chdir", "close_range", "dup2", "dup3", "prlimit64", "umask", "rt_sigpending", "rt_sigaction", "setpriority",
                "sched_setaffinity", "getrusage", "rt_sigprocmask", "execve", "exit_group",
                "openat", "read", "pread64", "newfstatat", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "getrandom", "access",
                "readlinkat", "readlink", "faccessat",
        };
        const struct pinfold_seccomp_arg duplicate = {.index = 1, .op = PINFOLD_SECCOMP_EQ, .a = F_DUPFD_CLOEXEC};
        struct pinfold *box = box_new("");
        struct pinfold_seccomp *policy = pinfold_seccomp(box);

        pinfold_seccomp_set_default(policy, PINFOLD_SECCOMP_KILL);
        assert_int_equal(pinfold_seccomp_add_rule(policy, "fcntl", PINFOLD_SECCOMP_ALLOW, &duplicate, 1), 0);
        for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
                assert_int_equal(pinfold_seccomp_add_rule(policy, allowed[i], PINFOLD_SECCOMP_ALLOW, NULL, 0), 0);
        pinfold_set_path(box, "/bin/true");
        pinfold_set_args(box, (const char *[]){"true", NULL});
        return box;
}

TEST(what_is_left_to_do_is_among_what_it_has_to_allow)
{
        static const char *const dirs[] = {"/nowhere", "/usr", NULL};
        struct pinfold_error err = {0};
        const unsigned cpu = 0;
        struct pinfold *box;
        int file = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

        for (unsigned verbose = 0; verbose < 2; verbose++) {
                box = meagre();
                pinfold_set_flags(box, PINFOLD_VERBOSE, (int)verbose);
                assert_int_equal(pinfold_hold_file(box, file), 0);
                prepared_box(box);
                assert_int_equal(filters_while_it_waits(box), 1);
                pinfold_set_search(box, "/nowhere:/bin");
                pinfold_set_path(box, "true");
                pinfold_add_env(box, "PWD", "");
                pinfold_try_dirs(box, dirs);
                for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
                        struct rlimit limit;

                        assert_int_equal(getrlimit((__rlimit_resource_t)resource, &limit), 0);
                        pinfold_set_rlimit(box, resource, limit.rlim_cur, limit.rlim_max);
                }
                pinfold_set_nice(box, 19);
                pinfold_set_umask(box, 027);
                pinfold_set_cpus(box, &cpu, 1);
                for (int i = 0; i < 20; i++)
                        pinfold_add_file(box, file);
                pinfold_add_file_as(box, file, 100);
                finish(box, 0);
                pinfold_free(box);
        }

        /* Failures, too. */
        box = prepared_box(meagre());
        pinfold_set_path(box, "/nowhere");
        assert_int_equal(pinfold_serve(box, &err), -ENOENT);
        assert_string_equal(err.text, "cannot execute program: /nowhere: No such file or directory");
        assert_int_equal(err.stage, PINFOLD_STAGE_EXEC);
        assert_string_equal(err.path, "/nowhere");
        pinfold_free(box);
        box = prepared_box(meagre());
        pinfold_set_dir(box, "/nowhere");
        assert_int_equal(pinfold_serve(box, &err), -ENOENT);
        assert_int_equal(err.stage, PINFOLD_STAGE_DIRECTORY);
        pinfold_free(box);
        close(file);
        assert_no_children();
}

/* The caller knows before PID 1 has looked, which must not take the program for one that is not there yet. */
TEST(a_cancel_right_after_serve_is_the_programs)
{
        for (int i = 0; i < 100; i++) {
                struct pinfold *box = box_sleep();

                pinfold_set_flags(box, PINFOLD_FORWARD_CANCEL, 1);
                prepared_box(box);
                assert_int_equal(pinfold_serve(box, NULL), 0);
                assert_int_equal(pinfold_cancel(box), 0);
                assert_int_equal(box_wait(box).status, 128 + SIGINT);
                pinfold_free(box);
        }
}

/* Nor, where it is to outlive the caller, for one that ends with him. */
TEST(a_caller_that_ends_right_after_serve_is_outlived)
{
        const char *shared = temporary_directory();

        adopt_orphans();
        for (int i = 0; i < 3; i++) {
                const char *late = format("%s/late%d", shared, i);
                pid_t pid1, caller;
                int ends[2];

                assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
                caller = fork();
                if (caller == 0) {
                        struct pinfold *box = box_new(format("sleep .1; echo >/shared/late%d", i));

                        pinfold_bind(box, shared, "/shared", PINFOLD_BIND_WRITABLE);
                        pinfold_set_flags(box, PINFOLD_OUTLIVE, 1);
                        prepared_box(box);
                        pid1 = pinfold_pid(box);
                        kill(pid1, SIGSTOP); /* it is not quicker than we are */
                        _exit(pinfold_serve(box, NULL) < 0 || write(ends[1], &pid1, sizeof(pid1)) != sizeof(pid1));
                }
                close(ends[1]);
                assert_int_equal(read(ends[0], &pid1, sizeof(pid1)), sizeof(pid1));
                close(ends[0]);
                assert_int_equal(waitpid(caller, NULL, 0), caller);
                kill(pid1, SIGCONT);
                all_gone(10);
                assert_int_equal(access(late, F_OK), 0);
        }
}

/* Nothing of the host's is in its reach, and no capability is left, before anybody knows the program. */
TEST(while_it_waits)
{
        struct pinfold *box = prepared("exit 0");
        pid_t inside[2] = {0};
        char *status;

        assert_int_equal(box_processes(box, inside, 2), 1);
        status = read_file(format("/proc/%d/status", inside[0]));
        assert_non_null(status);
        if (!strstr(status, "CapEff:\t0000000000000000") || !strstr(status, "CapPrm:\t0000000000000000") ||
            !strstr(status, "NoNewPrivs:\t1"))
                fail_msg("%s", status);
        free(status);
        assert_int_equal(pinfold_wait(box, 0, NULL, NULL), -EINVAL);
        finish(box, 0);
        pinfold_free(box);
}

/* The same while it is prepared, and all of it once it is served: it would be taken, and have no effect. */
TEST(nothing_is_taken_and_lost)
{
        struct pinfold *box = box_new("exit 0");
        struct pinfold_error err = {0};
        int r;

        assert_int_equal(pinfold_start(box, &err), 0);
        assert_int_equal(pinfold_prepare_begin(box, &err), 0);
        assert_int_equal(pinfold_tmpfs(box, "/srv", 0, 0755), -EBUSY);
        assert_int_equal(pinfold_set_hostname(box, "name"), -EBUSY);
        assert_int_equal(pinfold_seccomp_add_rule(pinfold_seccomp(box), "mkdir", PINFOLD_SECCOMP_KILL, NULL, 0), -EBUSY);
        while ((r = pinfold_prepare_step(box, &err)) == 0)
                pause_ms(1);
        assert_int_equal(r, 1);
        refused(box, "tmpfs: the container has been set up");

        box = box_new("exec sleep 60");
        box_begin(box);
        assert_int_equal(pinfold_set_rlimit(box, RLIMIT_CORE, 0, 0), -EBUSY);
        assert_int_equal(pinfold_set_timeout(box, 1), -EBUSY);
        assert_int_equal(pinfold_set_umask(box, 0), -EBUSY);
        assert_int_equal(pinfold_add_env(box, "A", "b"), -EBUSY);
        assert_int_equal(pinfold_set_stdin(box, 0), -EBUSY);
        assert_int_equal(pinfold_mkdir(box, "/x", 0755), -EBUSY);
        assert_int_equal(pinfold_set_flags(box, PINFOLD_FORWARD_CANCEL, 1), -EBUSY);
        pinfold_free(box);
        assert_no_children();
}

TEST(order)
{
        struct pinfold *box = box_new("exit 0");
        struct pinfold_error err = {0};

        assert_int_equal(pinfold_prepare(box, &err), -EINVAL);
        assert_int_equal(pinfold_start(box, &err), 0);
        assert_int_equal(pinfold_prepare_step(box, &err), -EINVAL);
        assert_int_equal(pinfold_prepare(box, &err), 0);
        assert_int_equal(pinfold_prepare(box, &err), -EINVAL);
        assert_int_equal(pinfold_prepare_begin(box, &err), -EINVAL);
        assert_int_equal(pinfold_start(box, &err), -EBUSY);
        finish(box, 0);
        assert_int_equal(pinfold_serve(box, &err), -EINVAL);
        pinfold_free(box);
        assert_int_equal(pinfold_prepare(NULL, &err), -ENOMEM);
}

TEST(a_retained_session_is_refused)
{
        struct pinfold *box = box_new("exit 0");
        struct pinfold_error err = {0};

        pinfold_set_flags(box, PINFOLD_RETAIN_SESSION, 1);
        assert_int_equal(pinfold_start(box, &err), 0);
        assert_int_equal(pinfold_prepare(box, &err), -EINVAL);
        assert_string_equal(err.text, "cannot set up container: what keeps the caller's session cannot be prepared ahead: Invalid argument");
        pinfold_free(box);
        assert_no_children();
}

/* What is wrong with the container is said by prepare, what is wrong with the program by serve. */
TEST(failures)
{
        struct pinfold *box = box_new("exit 0");
        struct pinfold_error err = {0};

        pinfold_bind(box, "/nonexistent", "/mnt", 0);
        assert_int_equal(pinfold_start(box, &err), 0);
        assert_int_equal(pinfold_prepare(box, &err), -ENOENT);
        assert_int_equal(err.stage, PINFOLD_STAGE_PREPARE);
        pinfold_free(box);
        assert_no_children();

        box = prepared("exit 0");
        pinfold_set_path(box, "/nonexistent");
        assert_int_equal(pinfold_serve(box, &err), -ENOENT);
        assert_int_equal(err.stage, PINFOLD_STAGE_EXEC);
        pinfold_free(box);
        assert_no_children();

        box = prepared("exit 0");
        pinfold_set_dir(box, "/nonexistent");
        assert_int_equal(pinfold_serve(box, &err), -ENOENT);
        assert_int_equal(err.stage, PINFOLD_STAGE_DIRECTORY);
        pinfold_free(box);
        assert_no_children();
}

TEST(freed_cancelled_or_killed_while_it_waits)
{
        struct pinfold *box = prepared("exit 0");
        struct pollfd gone = {.events = POLLIN};
        struct pinfold_error err = {0};
        pid_t inside[2] = {0};

        pinfold_free(box);
        assert_no_children();

        box = prepared("exit 0");
        assert_int_equal(pinfold_cancel(box), 0);
        assert_int_equal(pinfold_serve(box, &err), -ECANCELED);
        pinfold_free(box);
        assert_no_children();

        box = prepared("exit 0");
        assert_int_equal(kill(pinfold_pid(box), SIGKILL), 0);
        gone.fd = pinfold_pidfd(box);
        assert_int_equal(poll(&gone, 1, 10000), 1); /* until then the program might still be executed */
        assert_int_equal(pinfold_serve(box, &err), -ECHILD);
        pinfold_free(box);
        assert_no_children();

        box = prepared("exit 0");
        assert_int_equal(box_processes(box, inside, 2), 1);
        assert_int_equal(kill(inside[0], SIGKILL), 0);
        assert_int_equal(pinfold_serve(box, &err), -ECHILD);
        assert_non_null(strstr(err.text, "killed by signal 9 during setup"));
        pinfold_free(box);
        assert_no_children();
}

static void prepare_and_die(void **state)
{
        struct pinfold *box = prepared("exit 0");

        (void)state;
        (void)box;
        _exit(0);
}

TEST(the_caller_dies)
{
        adopt_orphans();
        in_child(prepare_and_die);
        all_gone(10);
}

/* Its time is from serve on, however long it has waited. */
TEST(the_time_begins_with_serve)
{
        struct pinfold *box = prepared("exit 3");
        int64_t before;

        pinfold_set_timeout(box, 1000);
        pause_ms(1100);
        finish(box, 3);
        pinfold_free(box);

        box = prepared("sleep 60");
        pinfold_set_timeout(box, 300);
        before = now_ms();
        finish(box, 124);
        assert_true(now_ms() - before >= 300);
        pinfold_free(box);
}

TEST(a_terminal)
{
        struct pinfold *box = box_new("tty; stty size");
        struct pinfold_error err = {0};
        char text[256] = "";
        size_t used = 0;
        ssize_t length;
        int master;

        pinfold_set_terminal(box, 31, 77);
        if (pinfold_start(box, &err) < 0 || pinfold_prepare(box, &err) < 0)
                fail_msg("%s", err.text);
        assert_int_equal(pinfold_terminal(box), -EINVAL);
        if (pinfold_serve(box, &err) < 0)
                fail_msg("%s", err.text);
        master = pinfold_terminal(box);
        assert_true(master >= 0);
        while ((length = read(master, text + used, sizeof(text) - 1 - used)) > 0)
                used += (size_t)length;
        assert_string_equal(text, "/dev/pts/0\r\n31 77\r\n");
        assert_int_equal(box_wait(box).status, 0);
        pinfold_free(box);
        close(master);
}

/* More than its socket holds: the descriptor to poll changes, and nobody blocks. */
TEST(an_event_loop)
{
        enum { WORDS = 1000, LENGTH = 1000 };
        static char word[LENGTH + 1];
        static const char *args[WORDS + 4] = {"sh", "-c", "test $# = 999 && test ${#999} = 1000 && exit 41"};
        struct pinfold *box = box_new("");
        struct pinfold_error err = {0};
        int r;
        pid_t inside[2];

        memset(word, 'x', LENGTH);
        for (int i = 0; i < WORDS; i++)
                args[3 + i] = word;
        assert_int_equal(pinfold_start(box, &err), 0);
        assert_int_equal(pinfold_prepare_begin(box, &err), 0);
        while ((r = pinfold_prepare_step(box, &err)) == 0) {
                struct pollfd socket = {.fd = pinfold_poll_fd(box), .events = pinfold_poll_events(box)};

                assert_int_equal(poll(&socket, 1, 10000), 1);
        }
        assert_int_equal(r, 1);
        pinfold_set_args(box, args);
        assert_int_equal(box_processes(box, inside, 2), 1);
        assert_int_equal(kill(inside[0], SIGSTOP), 0); /* it does not read yet */
        assert_int_equal(pinfold_serve_begin(box, &err), 0);
        assert_int_equal(pinfold_serve_step(box, &err), 0);
        assert_true(pinfold_poll_events(box) & POLLOUT);
        assert_int_equal(kill(inside[0], SIGCONT), 0);
        while ((r = pinfold_serve_step(box, &err)) == 0) {
                struct pollfd socket = {.fd = pinfold_poll_fd(box), .events = pinfold_poll_events(box)};

                assert_int_equal(poll(&socket, 1, 10000), 1);
        }
        assert_int_equal(r, 1);
        assert_int_equal(box_wait(box).status, 41);
        pinfold_free(box);
}

TEST(descriptors)
{
        int before = open_descriptors();
        struct pinfold *box = prepared("exit 0");

        assert_int_equal(open_descriptors(), before + 3);
        assert_int_equal(fcntl(pinfold_poll_fd(box), F_GETFD), FD_CLOEXEC);
        finish(box, 0);
        pinfold_free(box);
        assert_int_equal(open_descriptors(), before);
}
