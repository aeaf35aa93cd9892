/* SPDX-License-Identifier: MIT */
/*
 * Setup that hangs: a source on a file server that does not answer. The caller's death, cancel and free end everything
 * all the same. The server is a FUSE one, in its raw protocol: it agrees on a version, and says no more.
 */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life/child.h"
#include "support/box.h"

/* ---- The server ------------------------------------------------------------------------------------------------ */

static pid_t server;
static const char *mounted;

/* The helper opens the device and mounts; it sends the descriptor. */
static int mount_with_helper(const char *path)
{
        char space[CMSG_SPACE(sizeof(int))], byte;
        struct iovec part = {&byte, 1};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space)};
        int pair[2], fd;
        pid_t pid;

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                setenv("_FUSE_COMMFD", format("%d", pair[1]), 1);
                execl("/usr/bin/fusermount3", "fusermount3", "-o", "nosuid,nodev", "--", path, (char *)NULL);
                _exit(127);
        }
        close(pair[1]);
        if (recvmsg(pair[0], &message, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&message))
                fail_msg("fusermount3 (package fuse3) did not mount");
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
        close(pair[0]);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        return fd;
}

static int mount_as_root(const char *path)
{
        int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

        if (fd < 0)
                fail_msg("/dev/fuse: %s", strerror(errno));
        assert_int_equal(unshare(CLONE_NEWNS), 0);
        assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        assert_int_equal(mount("silent", path, "fuse", MS_NOSUID | MS_NODEV,
                               format("fd=%d,rootmode=40755,user_id=0,group_id=0", fd)),
                         0);
        return fd;
}

static void agree(int fd)
{
        struct {
                struct fuse_in_header head;
                char body[65536];
        } request;
        struct {
                struct fuse_out_header head;
                struct fuse_init_out body;
        } answer = {.body = {.major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 4096}};

        if (read(fd, &request, sizeof(request)) < (ssize_t)sizeof(request.head) || request.head.opcode != FUSE_INIT)
                _exit(1);
        answer.head.len = sizeof(answer);
        answer.head.unique = request.head.unique;
        if (write(fd, &answer, sizeof(answer)) != sizeof(answer))
                _exit(2);
}

/* A file system at a directory of its own, with a server that is there, but does not answer. */
static const char *silent(void)
{
        int fd, ready[2];
        char byte;

        assert_null(mounted);
        mounted = temporary_directory();
        fd = geteuid() == 0 ? mount_as_root(mounted) : mount_with_helper(mounted);
        assert_int_equal(pipe(ready), 0);
        server = fork();
        assert_true(server >= 0);
        if (server == 0) {
                agree(fd);
                close(ready[0]);
                close(ready[1]);
                for (;;)
                        pause();
        }
        close(ready[1]);
        close(fd);
        assert_int_equal(read(ready[0], &byte, 1), 0);
        close(ready[0]);
        return mounted;
}

static void end_server(void)
{
        kill(server, SIGKILL);
        assert_int_equal(waitpid(server, NULL, 0), server);
}

static void unmount(void)
{
        if (geteuid() == 0)
                assert_int_equal(umount2(mounted, MNT_DETACH), 0);
        else
                assert_int_equal(system(format("fusermount3 -u -z -- %s", mounted)), 0);
}

/* ---- Tests, each in a process whose mounts are its own --------------------------------------------------------- */

static struct pinfold *box_that_hangs(const char *path)
{
        struct pinfold *box = box_new("exit 0");

        assert_int_equal(pinfold_bind(box, format("%s/sub", path), "/tmp/sub", 0), 0);
        return box;
}

/* Begins to serve, and sees that it does not get on. */
static void hang(struct pinfold *box)
{
        struct pinfold_error err = {0};

        assert_int_equal(pinfold_start(box, &err), 0);
        assert_int_equal(pinfold_serve_begin(box, &err), 0);
        for (int i = 0; i < 30; i++) {
                if (pinfold_serve_step(box, &err) != 0)
                        fail_msg("it does not hang: %s", err.text);
                pause_ms(10);
        }
}

static void assert_only_the_server_is_left(void)
{
        assert_int_equal(waitpid(-1, NULL, WNOHANG), 0);
        end_server();
        assert_no_children();
        unmount();
}

static void cancelled(void **state)
{
        struct pinfold_error err = {0};
        struct pinfold *box = box_that_hangs(silent());
        int r;

        (void)state;
        hang(box);
        assert_int_equal(pinfold_cancel(box), 0);
        while ((r = pinfold_serve_step(box, &err)) == 0) {
                struct pollfd socket = {.fd = pinfold_poll_fd(box), .events = pinfold_poll_events(box)};

                assert_int_equal(poll(&socket, 1, 10000), 1);
        }
        assert_int_equal(r, -ECANCELED);
        pinfold_free(box);
        assert_only_the_server_is_left();
}

TEST(cancel_ends_it)
{
        in_child(cancelled);
}

static void *cancel_later(void *box)
{
        pause_ms(300);
        return (void *)(intptr_t)pinfold_cancel(box);
}

static void cancelled_by_a_thread(void **state)
{
        struct pinfold_error err = {0};
        struct pinfold *box = box_that_hangs(silent());
        pthread_t thread;
        void *result;

        (void)state;
        pinfold_set_flags(box, PINFOLD_FORWARD_CANCEL, 1); /* nobody is there that it could be forwarded to */
        assert_int_equal(pinfold_start(box, &err), 0);
        assert_int_equal(pthread_create(&thread, NULL, cancel_later, box), 0);
        assert_int_equal(pinfold_serve(box, &err), -ECANCELED);
        pthread_join(thread, &result);
        assert_int_equal((intptr_t)result, 0);
        pinfold_free(box);
        assert_only_the_server_is_left();
}

TEST(cancel_from_another_thread_ends_it)
{
        in_child(cancelled_by_a_thread);
}

static void freed(void **state)
{
        struct pinfold *box = box_that_hangs(silent());

        (void)state;
        hang(box);
        pinfold_free(box);
        assert_only_the_server_is_left();
}

TEST(free_ends_it)
{
        in_child(freed);
}

/* The caller and, to make it harder, a forked child of it that holds the socket. */
static void caller_killed(void **state)
{
        const char *path = silent();
        int ready[2];
        pid_t caller, container = 0, pids[2];

        (void)state;
        adopt_orphans();
        assert_int_equal(pipe(ready), 0);
        caller = fork();
        assert_true(caller >= 0);
        if (caller == 0) {
                struct pinfold *box = box_that_hangs(path);

                hang(box);
                pids[0] = pinfold_pid(box);
                pids[1] = fork();
                if (pids[1] == 0)
                        for (;;)
                                pause();
                if (write(ready[1], pids, sizeof(pids)) != sizeof(pids))
                        _exit(1);
                for (;;)
                        pause();
        }
        close(ready[1]);
        assert_int_equal(read(ready[0], pids, sizeof(pids)), sizeof(pids));
        close(ready[0]);
        container = pids[0];
        assert_true(is_running(container));
        assert_int_equal(kill(caller, SIGKILL), 0);
        assert_int_equal(waitpid(caller, NULL, 0), caller);
        eventually(waitpid(container, NULL, WNOHANG) == container);
        assert_true(is_running(pids[1]));
        kill(pids[1], SIGKILL);
        assert_int_equal(waitpid(pids[1], NULL, 0), pids[1]);
        assert_only_the_server_is_left();
}

TEST(the_callers_death_ends_it)
{
        in_child(caller_killed);
}

/* The root of a mount is known without asking its server. */
static void bound_as_a_whole(void **state)
{
        struct pinfold *box = box_new("exit 3");

        (void)state;
        assert_int_equal(pinfold_bind(box, silent(), "/tmp/whole", 0), 0);
        free(box_output(box, 3));
        assert_only_the_server_is_left();
}

TEST(a_silent_mount_as_a_whole_does_not_hang)
{
        in_child(bound_as_a_whole);
}

/* A server that is gone is an ordinary error. */
static void dead(void **state)
{
        struct pinfold *box = box_that_hangs(silent());
        struct pinfold_error err;

        (void)state;
        end_server();
        err = box_error(box, PINFOLD_STAGE_PREPARE, ENOTCONN);
        assert_string_equal(err.path, format("%s/sub", mounted));
        assert_readable(&err);
        assert_no_children();
        unmount();
}

TEST(a_dead_server_is_an_error)
{
        in_child(dead);
}
