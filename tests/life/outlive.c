/* SPDX-License-Identifier: MIT */
/* PINFOLD_OUTLIVE, and what PID 1 holds: pinfold_hold_file, pinfold_lock. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life/child.h"
#include "support/box.h"

/* Runs `script` with a directory of the host at /shared. */
static struct pinfold *box_shared(const char *script, const char *shared, unsigned flags)
{
        struct pinfold *box = box_new(script);

        pinfold_bind(box, shared, "/shared", PINFOLD_BIND_WRITABLE);
        pinfold_set_flags(box, flags, 1);
        pinfold_set_adopt_wait_delay(box, 0);
        return box;
}

static bool exists(const char *directory, const char *name)
{
        return access(format("%s/%s", directory, name), F_OK) == 0;
}

/* Has everybody closed the other end? */
static bool is_closed(int fd)
{
        struct pollfd end = {.fd = fd, .events = POLLIN};

        return poll(&end, 1, 0) == 1 && (end.revents & POLLHUP);
}

/* Those that are left write "late" when they find "go". */
#define LEAVES "(while ! [ -e /shared/go ] && [ $((n+=1)) -lt 1200 ]; do sleep .05; done; echo >/shared/late) & exit 7"

TEST(others_go_on)
{
        const char *shared = temporary_directory();
        struct pinfold *box = box_shared(LEAVES, shared, PINFOLD_OUTLIVE);
        struct pinfold_status status;
        pid_t pid;

        box_begin(box);
        pid = pinfold_pid(box);
        status = box_wait(box);
        assert_int_equal(status.status, 7);
        assert_int_equal(status.exited, 1);
        assert_int_equal(status.left, 1);
        assert_int_equal(status.lingered, 0);
        assert_int_equal(pinfold_cancel(box), -ESRCH);
        pinfold_free(box);
        assert_true(is_running(pid));
        assert_false(exists(shared, "late"));
        write_file(format("%s/go", shared), "");
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_true(exists(shared, "late"));
}

/* Has PID 1 said how the program ended? That is more than that it was executed. */
static bool is_told(const struct pinfold *box)
{
        int bytes = 0;

        return ioctl(pinfold_poll_fd(box), FIONREAD, &bytes) == 0 && bytes > 8;
}

/* Whoever was left when the program ended, but is not any more when the caller asks. */
TEST(others_are_gone_meanwhile)
{
        struct pinfold *box = box_shared(LEAVES, temporary_directory(), PINFOLD_OUTLIVE);
        struct pinfold_status status;
        siginfo_t info;

        box_begin(box);
        eventually(is_told(box));
        kill(pinfold_pid(box), SIGKILL);
        assert_int_equal(waitid(P_PID, (id_t)pinfold_pid(box), &info, WEXITED | WNOWAIT), 0);
        status = box_wait(box);
        assert_int_equal(status.status, 7);
        assert_int_equal(status.left, 0);
        pinfold_free(box);
        assert_no_children();
}

/* A loop that asks what to poll does not spin on a socket that has been closed, while PID 1 goes on. */
TEST(a_socket_that_is_closed)
{
        struct pinfold *box = box_shared("while :; do sleep 1; done", temporary_directory(), PINFOLD_OUTLIVE);

        box_begin(box);
        assert_int_not_equal(pinfold_poll_fd(box), pinfold_pidfd(box));
        shutdown(pinfold_poll_fd(box), SHUT_RDWR);
        assert_int_equal(pinfold_wait(box, 0, NULL, NULL), -ETIMEDOUT);
        assert_int_equal(pinfold_poll_fd(box), pinfold_pidfd(box));
        pinfold_free(box);
        assert_no_children();
}

/* So that the one above can tell. */
TEST(others_do_not_without_it)
{
        const char *shared = temporary_directory();
        struct pinfold *box = box_shared(LEAVES, shared, 0);
        struct pinfold_status status;

        box_begin(box);
        status = box_wait(box);
        assert_int_equal(status.status, 7);
        assert_int_equal(status.left, 0);
        assert_int_equal(status.lingered, 1);
        pinfold_free(box);
        assert_no_children();
}

TEST(nobody_is_left)
{
        struct pinfold *box = box_new("exit 7");
        struct pinfold_status status;

        pinfold_set_flags(box, PINFOLD_OUTLIVE, 1);
        box_begin(box);
        status = box_wait(box);
        assert_int_equal(status.status, 7);
        assert_int_equal(status.left, 0);
        pinfold_free(box);
        assert_no_children();
}

/* A caller that starts the container, and is killed. */
static void caller_dies(unsigned flags, bool lives)
{
        const char *shared = temporary_directory();
        pid_t caller;

        adopt_orphans();
        caller = fork();
        if (caller == 0) {
                box_begin(box_shared("echo >/shared/ready; while ! [ -e /shared/go ] && [ $((n+=1)) -lt 1200 ]; do sleep .05; done; echo >/shared/late", shared, flags));
                pause();
        }
        eventually(exists(shared, "ready"));
        kill(caller, SIGKILL);
        assert_int_equal(waitpid(caller, NULL, 0), caller);
        if (!lives)
                all_gone(10);
        write_file(format("%s/go", shared), "");
        all_gone(10);
        assert_int_equal(exists(shared, "late"), lives);
}

static void outlives(void **state)
{
        (void)state;
        caller_dies(PINFOLD_OUTLIVE, true);
}

static void does_not(void **state)
{
        (void)state;
        caller_dies(0, false);
}

TEST(the_caller_is_outlived)
{
        in_child(outlives);
        in_child(does_not);
}

/* Before the program runs there is nothing that could. */
static void unserved(void **state)
{
        pid_t caller;

        (void)state;
        adopt_orphans();
        caller = fork();
        if (caller == 0) {
                struct pinfold *box = box_new("sleep 1000");

                pinfold_set_flags(box, PINFOLD_OUTLIVE, 1);
                pinfold_start(box, NULL);
                _exit(0);
        }
        all_gone(10);
}

TEST(a_caller_that_never_served_is_not)
{
        in_child(unserved);
}

TEST(cancel_free_and_time_end_everything)
{
        struct pinfold_status status;
        struct pinfold *box = box_new("sleep 1000 & sleep 1000");

        pinfold_set_flags(box, PINFOLD_OUTLIVE, 1);
        box_begin(box);
        assert_int_equal(pinfold_cancel(box), 0);
        status = box_wait(box);
        assert_int_equal(status.cancelled, 1);
        assert_int_equal(status.left, 0);
        pinfold_free(box);
        assert_no_children();

        box = box_new("sleep 1000 & sleep 1000");
        pinfold_set_flags(box, PINFOLD_OUTLIVE, 1);
        box_begin(box);
        pinfold_free(box);
        assert_no_children();

        box = box_new("sleep 1000 & exit 3");
        pinfold_set_flags(box, PINFOLD_OUTLIVE, 1);
        pinfold_set_timeout(box, 500);
        box_begin(box);
        status = box_wait(box);
        assert_int_equal(status.status, 3);
        assert_int_equal(status.left, 1);
        pinfold_free(box);
        eventually(waitpid(-1, NULL, WNOHANG) > 0);
        assert_no_children();
}

/* ---- What PID 1 holds ------------------------------------------------------------------------------------------- */

TEST(a_held_file_is_open_as_long_as_there_is_anything)
{
        const char *shared = temporary_directory();
        struct pinfold *box = box_shared("[ $(ls /proc/self/fd | wc -l) = 4 ] || exit 1; " LEAVES, shared, PINFOLD_OUTLIVE);
        int ends[2];

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        assert_int_equal(pinfold_hold_file(box, -1), -EBADF);
        pinfold_free(box);
        box = box_shared("[ $(ls /proc/self/fd | wc -l) = 4 ] || exit 1; " LEAVES, shared, PINFOLD_OUTLIVE);
        assert_int_equal(pinfold_hold_file(box, ends[1]), 0);
        box_begin(box);
        close(ends[1]);
        assert_int_equal(box_wait(box).status, 7);
        pinfold_free(box);
        assert_false(is_closed(ends[0]));
        write_file(format("%s/go", shared), "");
        eventually(is_closed(ends[0]));
        assert_true(exists(shared, "late"));
        close(ends[0]);
        while (waitpid(-1, NULL, 0) > 0)
                ;
}

/* More than fit into one message. */
TEST(many_held_files)
{
        struct pinfold *box = box_new("ls /proc/self/fd | wc -l");
        char *output;
        int ends[2];

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        /* More than one packet takes; and two tests at once stay below what a user may have under way. */
        for (int i = 0; i < 300; i++)
                pinfold_hold_file(box, ends[1]);
        output = box_output(box, 0);
        assert_string_equal(output, "4\n");
        free(output);
        close(ends[1]);
        assert_true(is_closed(ends[0]));
        close(ends[0]);
}

/* Could somebody else have it for himself? */
static bool is_locked(const char *path)
{
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        int fd = open(path, O_RDWR | O_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(fcntl(fd, F_GETLK, &lock), 0);
        close(fd);
        return lock.l_type != F_UNLCK;
}

TEST(a_lock_is_held_as_long_as_there_is_anything)
{
        const char *shared = temporary_directory(), *file = format("%s/lock", shared);
        struct pinfold *box = box_shared(LEAVES, shared, PINFOLD_OUTLIVE);

        write_file(file, "");
        assert_false(is_locked(file));
        assert_int_equal(pinfold_lock(box, "/shared/lock"), 0);
        box_begin(box);
        assert_true(is_locked(file));
        assert_int_equal(box_wait(box).status, 7);
        pinfold_free(box);
        assert_true(is_locked(file));
        write_file(format("%s/go", shared), "");
        eventually(!is_locked(file));
        while (waitpid(-1, NULL, 0) > 0)
                ;
}

TEST(a_lock_that_cannot_be_had)
{
        const char *shared = temporary_directory(), *file = format("%s/lock", shared);
        struct pinfold *box = box_shared("true", shared, 0);
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        struct pinfold_error err;
        int fd;

        pinfold_lock(box, "/shared/lock");
        err = box_error(box, PINFOLD_STAGE_APPLY, ENOENT);
        assert_string_equal(err.text, "cannot set up container: lock /shared/lock: open /shared/lock: No such file or directory");
        write_file(file, "");
        fd = open(file, O_RDWR | O_CLOEXEC);
        assert_int_equal(fcntl(fd, F_SETLK, &lock), 0);
        box = box_shared("true", shared, 0);
        pinfold_lock(box, "/shared/lock");
        err = box_error(box, PINFOLD_STAGE_APPLY, EAGAIN);
        assert_string_equal(err.path, "/shared/lock");
        close(fd);
        box = box_shared("true", shared, 0);
        pinfold_lock(box, "/shared");
        box_error(box, PINFOLD_STAGE_APPLY, EINVAL);
}

/* A mount point that had to be made on the host stays while something is mounted on it. */
TEST(mount_points_of_those_that_are_left)
{
        const char *shared = temporary_directory();
        struct pinfold *box = box_shared(LEAVES, shared, PINFOLD_OUTLIVE);

        pinfold_tmpfs(box, "/shared/point", 0, 0700);
        box_begin(box);
        assert_int_equal(box_wait(box).left, 1);
        pinfold_free(box);
        assert_true(exists(shared, "point"));
        /* Also where another container would remove it: it made no other. */
        box = box_shared("true", shared, 0);
        pinfold_tmpfs(box, "/shared/point", 0, 0700);
        free(box_output(box, 0));
        assert_true(exists(shared, "point"));
        write_file(format("%s/go", shared), "");
        while (waitpid(-1, NULL, 0) > 0)
                ;
}
