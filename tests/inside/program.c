/* SPDX-License-Identifier: MIT */
/* What the program finds when it begins: words, descriptors, session, signals, umask, limits. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inside/probe.h"
#include "life/child.h"
#include "support/box.h"

/* /inside itself as the program, without a shell before it. */
static struct pinfold *box_direct(const char *const argv[])
{
        struct pinfold *box = box_with_probe("");

        pinfold_set_path(box, "/inside");
        pinfold_set_args(box, argv);
        pinfold_set_env(box, NULL);
        return box;
}

/* ---- Words ------------------------------------------------------------------------------------------------------- */

TEST(arguments_are_exact)
{
        static const char *const argv[] = {"any name", "words", "", " a  b ", "-x", "\n\t", "\xff\xfe", "ü", NULL};

        box_prints(box_direct(argv), "[any name][words][][ a  b ][-x][\n\t][\xff\xfe][ü]\n\n");
}

TEST(without_arguments_argv_is_the_path)
{
        struct pinfold *box = box_new("");
        char *output;

        pinfold_set_path(box, "/usr/bin/id");
        pinfold_set_args(box, NULL);
        output = box_output(box, 0);
        assert_true(strncmp(output, "uid=", 4) == 0);
        free(output);
        box = box_direct((const char *const[]){NULL});
        output = box_output(box, 2); /* it misses its argument */
        assert_string_equal(output, "probe: unknown\n");
        free(output);
}

TEST(the_environment_is_exact)
{
        struct pinfold *box = box_direct((const char *const[]){"x", "words", NULL});

        setenv("PINFOLD_TEST_LEAK", "1", 1);
        box_prints(box, "[x][words]\n\n");
        box = box_direct((const char *const[]){"x", "words", NULL});
        pinfold_set_env(box, (const char *const[]){"A=1", "EMPTY=", "B=a=b", "A=twice", NULL});
        pinfold_add_env(box, "C", " x\n");
        pinfold_add_env(box, "B", "replaced");
        pinfold_add_env(box, "EMPT", "another");
        box_prints(box, "[x][words]\n[A=1][EMPTY=][B=replaced][A=twice][C= x\n][EMPT=another]\n");
        unsetenv("PINFOLD_TEST_LEAK");
}

TEST(a_hundred_thousand_arguments)
{
        enum { COUNT = 100000 };
        const char **argv = calloc(COUNT + 1, sizeof(*argv));
        struct pinfold *box = box_new("");

        assert_non_null(argv);
        argv[0] = "sh";
        argv[1] = "-c";
        argv[2] = "echo $# ${99996} $0";
        argv[3] = "zero";
        for (int i = 4; i < COUNT; i++)
                argv[i] = "x";
        argv[COUNT - 1] = "end";
        pinfold_set_args(box, argv);
        box_prints(box, "99996 end zero\n");
        free(argv);
}

TEST(the_working_directory)
{
        struct pinfold *box = box_new("pwd -P");

        box_prints(box, "/\n");
        box = box_new("pwd -P");
        pinfold_set_dir(box, "/usr/bin");
        box_prints(box, "/usr/bin\n");
        box = box_new("pwd -P");
        pinfold_symlink(box, "../usr/lib", "/tmp/link", 0);
        pinfold_set_dir(box, "/tmp/link/..");
        assert_int_equal(pinfold_start(box, NULL), -EINVAL); /* ".." is refused everywhere */
        pinfold_free(box);
        box = box_new("pwd -P");
        pinfold_symlink(box, "../usr/lib", "/tmp/link", 0);
        pinfold_set_dir(box, "/tmp/link");
        box_prints(box, "/usr/lib\n");
}

TEST(a_working_directory_that_is_none)
{
        struct pinfold *box = box_new("");
        struct pinfold_error err;

        pinfold_set_dir(box, "/nonexistent");
        err = box_error(box, PINFOLD_STAGE_DIRECTORY, ENOENT);
        assert_string_equal(err.text, "cannot set up container: enter the working directory: enter /nonexistent: "
                                      "No such file or directory");
        assert_string_equal(err.path, "/nonexistent");
        box = box_new("");
        pinfold_set_dir(box, "/etc/passwd");
        box_error(box, PINFOLD_STAGE_DIRECTORY, ENOTDIR);
}

/* With the program's rights, not with those of setup: which can read everything that the caller owns. */
TEST(a_working_directory_that_it_may_not_enter)
{
        struct pinfold *box = box_new("");

        pinfold_mkdir(box, "/tmp/closed", 0);
        pinfold_set_dir(box, "/tmp/closed");
        box_error(box, PINFOLD_STAGE_DIRECTORY, EACCES);
}

/* ---- Descriptors ------------------------------------------------------------------------------------------------- */

TEST(unset_streams_are_dev_null)
{
        struct pinfold *box = box_direct((const char *const[]){"x", "streams", NULL});
        char text[256] = "";
        int ends[2];
        ssize_t length;

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        pinfold_add_file(box, ends[1]);
        box_begin(box);
        close(ends[1]);
        assert_int_equal(box_wait(box).status, 0);
        pinfold_free(box);
        length = read(ends[0], text, sizeof(text) - 1);
        assert_true(length > 0);
        assert_string_equal(text, "1:3 2\n1:3 2\n1:3 2\nread 0\nwrite 1 1\n");
        close(ends[0]);
}

static unsigned long inode(int fd)
{
        struct stat stat_;

        assert_int_equal(fstat(fd, &stat_), 0);
        return (unsigned long)stat_.st_ino;
}

enum { FILES = 8 };

static void open_files(const char *directory, int fds[FILES])
{
        for (int i = 0; i < FILES; i++) {
                const char *path = format("%s/%d", directory, i);

                write_file(path, path);
                fds[i] = open(path, O_RDONLY);
                assert_true(fds[i] >= 0);
        }
}

/* Exactly these, in this order, none close-on-exec; output is read from descriptor 1. */
static void assert_descriptors(const int *fds, size_t count)
{
        struct pinfold *box = box_direct((const char *const[]){"x", "descriptors", NULL});
        char expected[1024] = "", text[1024] = "";
        int ends[2];
        ssize_t length;

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        pinfold_set_stdin(box, fds[0]);
        pinfold_set_stdout(box, ends[1]);
        pinfold_set_stderr(box, fds[1]);
        for (size_t i = 2; i < count; i++)
                pinfold_add_file(box, fds[i]);
        for (size_t i = 0; i <= count; i++)
                strcat(expected, format("%zu %lu 0\n", i, inode(i == 0 ? fds[0] : i == 1 ? ends[1] : fds[i - 1])));
        box_begin(box);
        close(ends[1]);
        assert_int_equal(box_wait(box).status, 0);
        pinfold_free(box);
        length = read(ends[0], text, sizeof(text) - 1);
        assert_true(length > 0);
        assert_string_equal(text, expected);
        close(ends[0]);
}

TEST(descriptors_are_exactly_those_given)
{
        int fds[FILES];

        open_files(temporary_directory(), fds);
        assert_descriptors(fds, 2);
        assert_descriptors(fds, FILES);
        for (int i = 0; i < FILES; i++)
                close(fds[i]);
}

/* One may be given as often as one likes. */
TEST(a_descriptor_given_twice)
{
        int fds[FILES];

        open_files(temporary_directory(), fds);
        assert_descriptors((const int[]){fds[0], fds[0], fds[1], fds[0], fds[1]}, 5);
        for (int i = 0; i < FILES; i++)
                close(fds[i]);
}

/* ---- Those with numbers of one's own ----------------------------------------------------------------------------- */

enum { PLACED = 4 };

/* `fds` as `numbers`, with one more as 3; the program has these, streams, and nothing else. */
static void assert_placed(const int fds[PLACED], const int numbers[PLACED])
{
        struct pinfold *box = box_direct((const char *const[]){"x", "descriptors", NULL});
        char expected[1024] = "", text[1024] = "";
        int ends[2], highest = 0;

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        pinfold_set_stdin(box, fds[0]);
        pinfold_set_stdout(box, ends[1]);
        pinfold_set_stderr(box, fds[0]);
        for (int i = 0; i < PLACED; i++) {
                assert_int_equal(pinfold_add_file_as(box, fds[i], numbers[i]), 0);
                highest = numbers[i] > highest ? numbers[i] : highest;
        }
        pinfold_add_file(box, fds[0]);
        for (int number = 0; number <= highest; number++) {
                int fd = number == 1 ? ends[1] : number <= 3 ? fds[0] : -1;

                for (int i = 0; i < PLACED; i++)
                        if (numbers[i] == number)
                                fd = fds[i];
                if (fd >= 0)
                        strcat(expected, format("%d %lu 0\n", number, inode(fd)));
        }
        box_begin(box);
        close(ends[1]);
        assert_int_equal(box_wait(box).status, 0);
        pinfold_free(box);
        assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
        assert_string_equal(text, expected);
        close(ends[0]);
}

TEST(descriptors_with_numbers_of_ones_own)
{
        int fds[FILES];

        open_files(temporary_directory(), fds);
        assert_placed(fds, (const int[PLACED]){4, 5, 6, 7});
        assert_placed(fds, (const int[PLACED]){90, 7, 1000, 4});
        /* Each is called as another is here. */
        assert_placed(fds, (const int[PLACED]){fds[1] + 1, fds[2] + 1, fds[3] + 1, fds[0] + 1});
        assert_placed(fds + 1, (const int[PLACED]){fds[2], fds[3], fds[4], fds[1]});
        /* One as often as one likes. */
        assert_placed((const int[PLACED]){fds[0], fds[0], fds[1], fds[0]}, (const int[PLACED]){8, 6, 5, 4});
        for (int i = 0; i < FILES; i++)
                close(fds[i]);
}

static struct pinfold_error placed_badly(struct pinfold *box, int error)
{
        struct pinfold_error err = {0};
        int r = pinfold_start(box, &err);

        if (r == 0)
                r = pinfold_serve(box, &err);
        assert_int_equal(r, -error);
        assert_int_equal(err.error, error);
        assert_readable(&err);
        pinfold_free(box);
        assert_no_children();
        return err;
}

TEST(numbers_of_descriptors_that_are_refused)
{
        struct pinfold_error err;
        struct pinfold *box;

        for (int number = -1; number < 3; number++) {
                box = box_new("");
                assert_int_equal(pinfold_add_file_as(box, 2, number), -EINVAL);
                placed_badly(box, EINVAL);
        }
        box = box_new("");
        assert_int_equal(pinfold_add_file_as(box, 2, 4), 0);
        assert_int_equal(pinfold_add_file_as(box, 0, 4), -EINVAL);
        err = placed_badly(box, EINVAL);
        assert_string_equal(err.text, "cannot start container: descriptor 0 as 4, which is taken: Invalid argument");
        box = box_new("");
        assert_int_equal(pinfold_add_file_as(box, 2, 4), 0);
        pinfold_add_file(box, 2);
        pinfold_add_file(box, 2); /* which is 4 */
        err = placed_badly(box, EINVAL);
        assert_int_equal(err.stage, PINFOLD_STAGE_CONFIGURE);
        assert_string_equal(err.text, "cannot set up container: descriptor 4 is given twice: Invalid argument");
        assert_int_equal(pinfold_add_file_as(NULL, 0, 3), -ENOMEM);
}

/* A number that no descriptor can have here. */
TEST(a_number_beyond_the_limit)
{
        static const int numbers[] = {INT_MAX, INT_MAX - 1, 1 << 30};

        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
                struct pinfold *box = box_new("");
                struct pinfold_error err;

                pinfold_add_file_as(box, 2, numbers[i]);
                err = placed_badly(box, EINVAL);
                assert_int_equal(err.stage, PINFOLD_STAGE_DESCRIPTORS);
                assert_string_equal(err.text, format("cannot set up container: place descriptors: move descriptor 0 above %d: "
                                                     "Invalid argument", numbers[i]));
        }
}

static const char *directory_of_parent; /* who cleans up */

/* The numbers in the caller are the ones they shall have, in every other order. */
static void colliding(void **state)
{
        int fds[FILES], numbers[FILES] = {0, 2, 3, 4, 5, 6, 7, 8};

        (void)state;
        open_files(directory_of_parent, fds);
        for (int i = 0; i < FILES; i++)
                fds[i] = fcntl(fds[i], F_DUPFD, 100);
        for (int i = 0; i < FILES; i++)
                assert_int_equal(dup2(fds[i], numbers[i]), numbers[i]);
        for (unsigned round = 0; round < 40; round++) {
                assert_descriptors(numbers, FILES);
                /* A permutation: swaps, that come round in the end. */
                for (unsigned i = 0; i < FILES; i++) {
                        unsigned other = (i * 7 + round * 3 + 1) % FILES;
                        int number = numbers[i];

                        numbers[i] = numbers[other];
                        numbers[other] = number;
                }
        }
}

TEST(descriptors_whose_numbers_collide)
{
        directory_of_parent = temporary_directory();
        in_child(colliding);
}

/* A caller without 0, 1 and 2: what it opens gets those numbers. */
static void without_streams(void **state)
{
        struct pinfold *box;
        struct pinfold_status status;
        char text[16] = "";
        int saved[3], ends[2], r;

        (void)state;
        for (int i = 0; i < 3; i++) {
                saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 200);
                close(i);
        }
        r = pipe(ends); /* 0 and 1 */
        box = box_new("for fd in 0 1 2; do stat -Lc %t:%T /proc/$$/fd/$fd; done | grep -c 1:3 >&3");
        pinfold_add_file(box, ends[1]);
        box_begin(box);
        status = box_wait(box);
        pinfold_free(box);
        if (read(ends[0], text, sizeof(text) - 1) < 0)
                text[0] = '-';
        for (int i = 0; i < 3; i++)
                dup2(saved[i], i);
        assert_int_equal(r, 0);
        assert_int_equal(ends[1], 1);
        assert_int_equal(status.status, 0);
        assert_string_equal(text, "3\n");
}

TEST(a_caller_without_standard_streams)
{
        in_child(without_streams);
}

/* Whatever else the caller has open, close-on-exec or not, stays outside: threats, 3. */
TEST(nothing_of_the_callers_leaks)
{
        int leaks[] = {open("/", O_RDONLY | O_DIRECTORY), open("/etc/passwd", O_RDONLY), dup2(1, 500)};

        box_prints(box_new("ls /proc/self/fd | wc -l; ls /proc/1/fd 2>/dev/null | wc -l >/dev/null"), "4\n");
        for (size_t i = 0; i < sizeof(leaks) / sizeof(leaks[0]); i++)
                close(leaks[i]);
}

TEST(a_descriptor_that_is_closed_is_an_error)
{
        struct pinfold *box = box_new("");
        struct pinfold_error err = {0};

        pinfold_add_file(box, 999);
        assert_int_equal(pinfold_start(box, &err), 0);
        assert_int_equal(pinfold_serve(box, &err), -EBADF);
        assert_int_equal(err.stage, PINFOLD_STAGE_SERVE);
        assert_readable(&err);
        pinfold_free(box);
        assert_no_children();
}

/* ---- Session and signals ----------------------------------------------------------------------------------------- */

TEST(a_session_of_its_own)
{
        box_prints(box_direct((const char *const[]){"x", "session", NULL}), "pid 2 ppid 1 session 2 group 2\n");
}

/* The session's leader is outside: there is no number for it in here. */
TEST(the_callers_session_on_request)
{
        struct pinfold *box = box_direct((const char *const[]){"x", "session", NULL});
        pid_t program;
        char *stat, *end;
        int session, group;

        pinfold_set_flags(box, PINFOLD_RETAIN_SESSION, 1);
        box_prints(box, "pid 2 ppid 1 session 0 group 2\n");

        box = box_sleep();
        pinfold_set_flags(box, PINFOLD_RETAIN_SESSION, 1);
        box_begin(box);
        assert_int_equal(box_processes(box, &program, 1), 1);
        stat = read_file(format("/proc/%d/stat", (int)program));
        end = strrchr(stat, ')');
        assert_int_equal(sscanf(end, ") %*c %*d %d %d", &group, &session), 2);
        assert_int_equal(session, getsid(0));
        assert_int_equal(group, program);
        free(stat);
        pinfold_free(box);
}

#define QUIET_SIGNALS                                                                                               \
        "SigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n" \
        "SigCgt:\t0000000000000000\n"

static void assert_quiet(void)
{
        char *output = box_output(box_direct((const char *const[]){"x", "self", NULL}), 0);
        const char *found = strstr(output, "SigPnd");

        assert_non_null(found);
        if (strncmp(found, QUIET_SIGNALS, strlen(QUIET_SIGNALS)) != 0 && !strstr(output, "ShdPnd"))
                fail_msg("%s", output);
        assert_true(strncmp(found, QUIET_SIGNALS, strlen(QUIET_SIGNALS)) == 0);
        free(output);
}

TEST(signals_are_as_at_the_beginning)
{
        assert_quiet();
}

/* A caller that blocks and ignores everything there is, the C library's own included; and one is pending. */
static void blocking(void **state)
{
        unsigned long action[4] = {(unsigned long)SIG_IGN};
        uint64_t all = ~UINT64_C(0);

        (void)state;
        for (int signal = 1; signal <= 64; signal++)
                if (signal != SIGKILL && signal != SIGSTOP && signal != SIGSEGV)
                        syscall(SYS_rt_sigaction, signal, action, NULL, 8);
        assert_quiet();
        syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, sizeof(all));
        assert_quiet();
        action[0] = (unsigned long)SIG_DFL;
        for (int signal = 1; signal <= 64; signal++)
                syscall(SYS_rt_sigaction, signal, action, NULL, 8);
        raise(SIGUSR1);
        raise(SIGRTMIN + 1);
        assert_quiet();
        syscall(SYS_rt_sigaction, SIGUSR1, (unsigned long[4]){(unsigned long)SIG_IGN}, NULL, 8);
        syscall(SYS_rt_sigaction, SIGRTMIN + 1, (unsigned long[4]){(unsigned long)SIG_IGN}, NULL, 8);
}

TEST(also_for_a_caller_that_blocks_and_ignores_them)
{
        in_child(blocking);
}

/* ---- Everything else --------------------------------------------------------------------------------------------- */

static void masked(void **state)
{
        (void)state;
        umask(027);
        box_prints(box_new("umask; touch /tmp/x; mkdir /tmp/y; stat -c %a /tmp/x /tmp/y"), "0027\n640\n750\n");
        umask(0777);
        box_prints(box_new("umask"), "0777\n");
        /* Setup is not subject to it. */
        box_prints(box_new("stat -c %a /tmp /dev /proc"), "1777\n755\n555\n");
        umask(0);
        box_prints(box_new("umask"), "0000\n");
}

TEST(the_umask_is_the_callers)
{
        in_child(masked);
}

/* Setup raises it meanwhile. */
static void limited(void **state)
{
        struct rlimit limit;

        (void)state;
        getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = 321;
        limit.rlim_max = limit.rlim_max > 4000 ? 4000 : limit.rlim_max;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        box_prints(box_new("ulimit -Sn; ulimit -Hn"), format("321\n%d\n", (int)limit.rlim_max));
}

TEST(the_descriptor_limit_is_as_it_was)
{
        in_child(limited);
}

TEST(other_limits_are_the_callers)
{
        char *ours = read_file("/proc/self/limits"), *output = box_output(box_new("exec cat /proc/self/limits"), 0);

        assert_string_equal(output, ours);
        free(ours);
        free(output);
}
