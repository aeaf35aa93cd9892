/* SPDX-License-Identifier: MIT */
/* give and accept: a container that changes its caller. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "life/child.h"
#include "support/box.h"

static int ends[2];

static void connect_ends(void)
{
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
}

static void disconnect(void)
{
        close(ends[0]);
        close(ends[1]);
}

static struct pinfold *made(struct pinfold *box, bool prepared)
{
        struct pinfold_error err = {0};

        if (pinfold_start(box, &err) < 0 || (prepared && pinfold_prepare(box, &err) < 0))
                fail_msg("%s", err.text);
        return box;
}

static struct pinfold *program(const char *script)
{
        const char *const args[] = {"sh", "-c", script, NULL};
        struct pinfold *box = pinfold_new("/bin/sh", args);

        pinfold_add_env(box, "PATH", "/usr/bin:/bin");
        return box;
}

static void gives(struct pinfold *box)
{
        struct pinfold_error err = {0};

        if (pinfold_give(box, ends[0], &err) < 0)
                fail_msg("%s", err.text);
        pinfold_free(box);
}

static void accepts(struct pinfold *box)
{
        struct pinfold_error err = {0};

        if (pinfold_accept(box, ends[1], &err) < 0)
                fail_msg("%s", err.text);
}

/* A process that gives a prepared one, and lives on. */
static pid_t giver(void)
{
        pid_t pid = fork();
        int status;

        assert_true(pid >= 0);
        if (pid == 0) {
                gives(made(box_new("exit 9"), true));
                raise(SIGSTOP);
                _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
        assert_true(WIFSTOPPED(status));
        return pid;
}

TEST(it_outlives_its_giver)
{
        struct pinfold *box = program("exec sleep 60");
        pid_t pid;

        adopt_orphans();
        connect_ends();
        pid = giver();
        accepts(box);
        assert_int_equal(pinfold_serve(box, NULL), 0);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        pause_ms(100);
        assert_int_equal(pinfold_wait(box, 0, NULL, NULL), -ETIMEDOUT);
        assert_int_equal(pinfold_signal(box, SIGTERM), 0);
        assert_int_equal(box_wait(box).status, 143);
        pinfold_free(box);
        disconnect();
        all_gone(10);
}

/* Its last act: what the taker has said comes before the old caller's end. */
TEST(the_giver_dies_once_it_was_accepted)
{
        adopt_orphans();
        connect_ends();
        for (int i = 0; i < 20; i++) {
                struct pinfold *box = program("exit 4");
                pid_t pid = giver();

                accepts(box);
                assert_int_equal(kill(pid, SIGKILL), 0);
                box_runs(box, 4);
                assert_int_equal(waitpid(pid, NULL, 0), pid);
                all_gone(10);
        }
        disconnect();
}

TEST(of_both_depths)
{
        connect_ends();
        gives(made(box_new("exit 1"), true));
        {
                struct pinfold *box = program("test -e /tmp && exit 7");

                accepts(box);
                box_runs(box, 7);
        }
        gives(made(box_new("exit 1"), false));
        {
                struct pinfold *box = box_new("exit 8");

                accepts(box);
                box_runs(box, 8);
        }
        disconnect();
}

/* The taker's end is the container's end. */
TEST(the_taker_dies)
{
        struct pinfold *box;
        int status;
        pid_t pid;

        adopt_orphans();
        connect_ends();
        box = made(box_new("exit 0"), true);
        gives(box);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                box = program("sleep 60");
                if (pinfold_accept(box, ends[1], NULL) < 0 || pinfold_serve(box, NULL) < 0)
                        _exit(1);
                raise(SIGKILL);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        all_gone(10);
        disconnect();
}

/* Nobody has accepted it yet: it ends with who has given it, or with the socket. */
TEST(nobody_accepts)
{
        connect_ends();
        gives(made(box_new("exit 0"), true));
        disconnect();
        adopt_orphans();
        all_gone(10);
}

static void refused(struct pinfold *box, bool prepared, const char *text)
{
        struct pinfold_error err = {0};

        gives(made(box_new("exit 0"), prepared));
        assert_int_equal(pinfold_accept(box, ends[1], &err), -EINVAL);
        if (!strstr(err.text, text))
                fail_msg("%s", err.text);
        pinfold_free(box);
}

/* A taker that asks for more protection than there is must not believe that it has got it. */
TEST(only_the_programs_parameters)
{
        static const char text[] = "only the program's parameters can be set";
        struct pinfold *box;

        adopt_orphans();
        connect_ends();
        box = program("");
        pinfold_tmpfs(box, "/home", 0, 0755);
        refused(box, true, text);
        box = program("");
        pinfold_set_uid(box, 5);
        refused(box, true, text);
        box = program("");
        pinfold_set_flags(box, PINFOLD_FORWARD_CANCEL, 1);
        refused(box, true, text);
        box = program("");
        pinfold_set_hostname(box, "name");
        refused(box, true, text);
        box = program("");
        pinfold_set_wait_delay(box, 5);
        refused(box, true, text);
        box = program("");
        pinfold_set_adopt_wait_delay(box, 5);
        refused(box, true, text);
        box = program("");
        pinfold_set_parent_perm(box, 0700);
        refused(box, true, text);
        box = program("");
        pinfold_set_cgroup(box, ends[0]);
        refused(box, true, text);
        box = box_new("exit 0");
        pinfold_set_cgroup(box, ends[0]);
        refused(box, false, "cgroup and namespaces were chosen when it was started");
        box = program("");
        pinfold_seccomp_set_presets(pinfold_seccomp(box), PINFOLD_SECCOMP_STRICT);
        refused(box, true, text);
        box = program("");
        pinfold_set_terminal(box, 24, 80);
        refused(box, true, "it has no terminal");
        box = box_new("exit 0");
        pinfold_set_flags(box, PINFOLD_HOST_NET, 1);
        refused(box, false, "it was started with another network");
        box = box_new("exit 0");
        pinfold_set_flags(box, PINFOLD_RETAIN_SESSION, 1);
        refused(box, false, "a session cannot be kept");
        box = box_new("exit 0");
        pinfold_keep_capability(box, "net_raw", 1);
        refused(box, false, "it was started with another network");
        disconnect();
        all_gone(10);
}

TEST(what_is_no_container)
{
        struct pinfold_error err = {0};
        struct pinfold *box = box_new("exit 0");

        connect_ends();
        assert_int_equal(pinfold_give(NULL, ends[0], &err), -ENOMEM);
        assert_int_equal(pinfold_give(box, ends[0], &err), -EINVAL);
        assert_int_equal(pinfold_accept(NULL, ends[1], &err), -ENOMEM);
        assert_int_equal(write(ends[0], "nonsense", 8), 8);
        assert_int_equal(pinfold_accept(box, ends[1], &err), -EBADMSG);
        close(ends[0]);
        assert_int_equal(pinfold_accept(box, ends[1], &err), -ECONNRESET);
        assert_string_equal(err.text, "cannot accept container: receive it: Connection reset by peer");
        box_runs(made(box, false), 0);
        close(ends[1]);
        box = made(box_new("exit 0"), true);
        assert_int_equal(pinfold_give(box, -1, &err), -EBADF);
        pinfold_free(box);
        assert_no_children();
}

/* A mount point that had to be made on the host is removed by whoever has the container at its end. */
TEST(leftovers_go_along)
{
        const char *host = temporary_directory();
        struct pinfold *giver = box_new("exit 0"), *taker = program("exit 3");
        struct stat info;

        connect_ends();
        pinfold_bind(giver, host, "/mnt", PINFOLD_BIND_WRITABLE);
        pinfold_tmpfs(giver, "/mnt/made/deep", 0, 0755);
        pinfold_place(giver, "/mnt/file", "x", 1);
        made(giver, true);
        gives(giver);
        assert_int_equal(stat(format("%s/made/deep", host), &info), 0);
        accepts(taker);
        box_runs(taker, 3);
        assert_int_equal(stat(format("%s/made", host), &info), -1);
        assert_int_equal(stat(format("%s/file", host), &info), -1);
        disconnect();
}

TEST(a_terminal_goes_along)
{
        struct pinfold *giver = box_new("exit 0"), *taker = program("stty size");
        char text[64] = "";
        size_t used = 0;
        int master;

        connect_ends();
        pinfold_set_terminal(giver, 24, 80);
        pinfold_set_terminal(taker, 11, 22);
        made(giver, true);
        gives(giver);
        accepts(taker);
        assert_int_equal(pinfold_serve(taker, NULL), 0);
        master = pinfold_terminal(taker);
        assert_true(master >= 0);
        for (ssize_t length; (length = read(master, text + used, sizeof(text) - 1 - used)) > 0;)
                used += (size_t)length;
        assert_string_equal(text, "11 22\r\n");
        assert_int_equal(box_wait(taker).status, 0);
        pinfold_free(taker);
        close(master);
        disconnect();
}
