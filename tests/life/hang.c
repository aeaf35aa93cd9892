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

/* ---- The server -------------------------------------------------------------------------------------------------- */

static uid_t caller; /* whose mount it is */
static pid_t server;
static const char *mounted; /* where; on a directory of the parent's, who cleans up */

/* As the mount of an unprivileged user, who is the caller: the kernel lets nobody else in. */
static int mount_silent(const char *path)
{
        int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

        if (fd < 0)
                fail_msg("/dev/fuse: %s", strerror(errno));
        assert_int_equal(unshare(CLONE_NEWNS), 0);
        assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        assert_int_equal(mount("silent", path, "fuse", MS_NOSUID | MS_NODEV,
                               format("fd=%d,rootmode=40755,user_id=%u,group_id=%u", fd, caller, caller)),
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

/* Mounts a file system with a server that is there, but does not answer. */
static const char *silent(void)
{
        int fd, ready[2];
        char byte;

        fd = mount_silent(mounted);
        assert_int_equal(pipe(ready), 0);
        server = fork();
        assert_true(server >= 0);
        if (server == 0) {
                agree(fd);
                if (caller != 0)
                        become_user(caller); /* who may end it */
                close(ready[0]);
                close(ready[1]);
                for (;;)
                        pause();
        }
        close(ready[1]);
        close(fd);
        assert_int_equal(read(ready[0], &byte, 1), 0);
        close(ready[0]);
        if (caller != 0)
                become_user(caller);
        return mounted;
}

static void end_server(void)
{
        kill(server, SIGKILL);
        assert_int_equal(waitpid(server, NULL, 0), server);
}

/* ---- Tests, each with mounts of its own, which takes root: by root, and by an unprivileged caller --------------- */

#define HANG_TEST(name, body)                                                                                       \
        ROOT_TEST(name)                                                                                             \
        {                                                                                                           \
                static const uid_t callers[] = {0, 1234};                                                           \
                for (size_t i = 0; i < 2; i++) {                                                                    \
                        caller = callers[i];                                                                        \
                        mounted = temporary_directory();                                                            \
                        in_child(body);                                                                             \
                }                                                                                                   \
        }

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

HANG_TEST(cancel_ends_it, cancelled)

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

HANG_TEST(cancel_from_another_thread_ends_it, cancelled_by_a_thread)

static void freed(void **state)
{
        struct pinfold *box = box_that_hangs(silent());

        (void)state;
        hang(box);
        pinfold_free(box);
        assert_only_the_server_is_left();
}

HANG_TEST(free_ends_it, freed)

/* The caller and, to make it harder, a forked child of it that holds the socket. */
static void caller_killed(void **state)
{
        const char *path = silent();
        int ready[2];
        pid_t pid, container, pids[2];

        (void)state;
        adopt_orphans();
        assert_int_equal(pipe(ready), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
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
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        eventually(waitpid(container, NULL, WNOHANG) == container);
        assert_true(is_running(pids[1]));
        kill(pids[1], SIGKILL);
        assert_int_equal(waitpid(pids[1], NULL, 0), pids[1]);
        assert_only_the_server_is_left();
}

HANG_TEST(the_callers_death_ends_it, caller_killed)

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
}

HANG_TEST(a_dead_server_is_an_error, dead)

/* ---- Setup that is stopped: the same for everybody, without a server --------------------------------------------- */

enum { MANY = 20000 };

/* Stops the process that sets up, in the midst of it. */
static struct pinfold *begin_stopped(void)
{
        struct pinfold_error err = {0};
        struct pinfold *box = box_new("exit 0");
        pid_t setup;

        for (int i = 0; i < MANY; i++)
                pinfold_mkdir(box, format("/tmp/%d", i), 0700);
        assert_int_equal(pinfold_start(box, &err), 0);
        assert_int_equal(pinfold_serve_begin(box, &err), 0);
        while (box_processes(box, &setup, 1) == 0)
                assert_int_equal(pinfold_serve_step(box, &err), 0);
        assert_int_equal(kill(setup, SIGSTOP), 0);
        eventually(process_state(setup) == 'T');
        assert_int_equal(pinfold_serve_step(box, &err), 0);
        pause_ms(50);
        assert_int_equal(pinfold_serve_step(box, &err), 0);
        return box;
}

TEST(cancel_ends_a_stopped_setup)
{
        struct pinfold *box = begin_stopped();
        int r;

        assert_int_equal(pinfold_cancel(box), 0);
        while ((r = pinfold_serve_step(box, NULL)) == 0)
                pause_ms(1);
        assert_int_equal(r, -ECANCELED);
        pinfold_free(box);
        assert_no_children();
}

TEST(free_ends_a_stopped_setup)
{
        pinfold_free(begin_stopped());
        assert_no_children();
}

static void stopped_and_orphaned(void **state)
{
        int ready[2];
        char byte;
        pid_t pid;

        (void)state;
        adopt_orphans();
        assert_int_equal(pipe(ready), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                begin_stopped();
                if (write(ready[1], "x", 1) != 1)
                        _exit(1);
                for (;;)
                        pause();
        }
        close(ready[1]);
        assert_int_equal(read(ready[0], &byte, 1), 1);
        close(ready[0]);
        assert_int_equal(kill(pid, SIGKILL), 0);
        all_gone(20);
}

TEST(the_callers_death_ends_a_stopped_setup)
{
        in_child(stopped_and_orphaned);
}

/* Somebody outside who kills it gets a clean error to the caller. */
TEST(a_killed_setup_is_an_error)
{
        struct pinfold_error err = {0};
        struct pinfold *box = begin_stopped();
        pid_t setup;
        int r;

        assert_int_equal(box_processes(box, &setup, 1), 1);
        assert_int_equal(kill(setup, SIGKILL), 0);
        while ((r = pinfold_serve_step(box, &err)) == 0)
                pause_ms(1);
        assert_int_equal(r, -ECHILD);
        assert_int_equal(err.stage, PINFOLD_STAGE_FORK);
        assert_string_equal(err.text, "cannot set up container: create the initial process: "
                                      "killed by signal 9 during setup");
        assert_readable(&err);
        pinfold_free(box);
        assert_no_children();
}
