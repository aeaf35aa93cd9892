/* SPDX-License-Identifier: MIT */
/* Ways out through sockets: a ring in place of system calls, sockets below a bind, abstract ones, and what is passed. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "security/attack.h"
#include "support/box.h"
#include "support/kernel.h"

/* A socket of the host's in a directory of its own. */
static const char *directory;
static int listener;

static void begin(void)
{
        directory = temporary_directory();
        listener = listen_at(format("%s/socket", directory));
}

/* ---- io_uring(7) ------------------------------------------------------------------------------------------------- */

/* "kernel.io_uring_disabled" is the host's way to do the same. */
#define RING_WORKS "ring: ok\nopen: ok\nsocket: ok\nconnect: ok\n"

TEST(a_ring_is_no_way_round_the_filter)
{
        static const char *const presets[] = {"everyday", "strict", "allowlist"};
        struct pinfold *box;
        const char *command;

        begin();
        command = format("ring %s/socket", directory);
        assert_outside(command, RING_WORKS);
        command = "ring /tmp/d/socket";
        for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++) {
                box = box_with_attacks(0);
                pinfold_bind(box, directory, "/tmp/d", 0);
                assert_int_equal(pinfold_seccomp_use(pinfold_seccomp(box), presets[i], NULL), 0);
                assert_inside(box, command, "ring: Function not implemented\n");
        }
        box = box_with_attacks(PINFOLD_NO_SECCOMP);
        pinfold_bind(box, directory, "/tmp/d", 0);
        assert_inside(box, command, RING_WORKS); /* the filter is what protects */
        close(listener);
}

/* ---- Sockets at paths -------------------------------------------------------------------------------------------- */

/* Read-only is no matter to connect(2): documented, as is the cure. */
TEST(a_socket_below_a_bind_is_reached_unless_covered)
{
        struct pinfold *box = box_with_attacks(0);

        begin();
        assert_outside(format("connect %s/socket", directory), "connect: ok\n");
        pinfold_bind(box, directory, "/tmp/d", 0);
        assert_inside(box, "connect /tmp/d/socket", "connect: ok\n");

        box = box_with_attacks(0);
        pinfold_bind(box, directory, "/tmp/d", 0);
        pinfold_readonly(box, "/tmp/d", 0755);
        assert_inside(box, "connect /tmp/d/socket", "connect: No such file or directory\n");

        box = box_with_attacks(0);
        pinfold_bind(box, directory, "/tmp/d", 0);
        pinfold_bind(box, "/dev/null", "/tmp/d/socket", 0);
        assert_inside(box, "connect /tmp/d/socket", "connect: Connection refused\n");
        close(listener);
}

/* ---- Descriptors that are passed --------------------------------------------------------------------------------- */

/* Sends the host's root directory to whoever connects. */
static void *give_root_away(void *unused)
{
        int client, root = open("/", O_PATH | O_CLOEXEC);
        char room[CMSG_SPACE(sizeof(int))] = {0};
        struct iovec iovec = {(char[]){"x"}, 1};
        struct msghdr message = {.msg_iov = &iovec, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);

        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(head), &root, sizeof(root));
        while ((client = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
                sendmsg(client, &message, MSG_NOSIGNAL);
                close(client);
        }
        close(root);
        return unused;
}

/* A directory from outside is a way out, so nobody outside may be reached who would pass one: CVE-2025-46416. */
TEST(no_descriptor_comes_in_through_an_abstract_socket)
{
        const char *name = format("pinfold-test-%d", (int)getpid()), *command = format("receive-abstract %s", name);
        const char *received;
        struct stat root;
        pthread_t thread;

        assert_int_equal(stat("/", &root), 0);
        received = format("connect: ok\nreceive: ok\n%lu:%lu\nup: ok\n", (unsigned long)root.st_dev,
                          (unsigned long)root.st_ino);
        listener = listen_abstract(name);
        assert_int_equal(pthread_create(&thread, NULL, give_root_away, NULL), 0);
        assert_outside(command, received);
        assert_inside(box_with_attacks(0), command, "connect: Connection refused\n");
        if (landlock_scopes())
                assert_inside(box_with_attacks(PINFOLD_HOST_NET), command, "connect: Operation not permitted\n");
        else
                box_error(box_with_attacks(PINFOLD_HOST_NET), PINFOLD_STAGE_LANDLOCK, ENOSYS);
        /* What the option gives up. */
        assert_inside(box_with_attacks(PINFOLD_HOST_NET | PINFOLD_HOST_ABSTRACT), command, received);
        shutdown(listener, SHUT_RDWR);
        pthread_join(thread, NULL);
        close(listener);
}

/* What a socket that is shown reaches is what it hands out: documented, SECURITY.md. */
TEST(a_socket_that_is_shown_can_pass_descriptors)
{
        struct pinfold *box = box_with_attacks(0);
        pthread_t thread;
        char *output;

        begin();
        assert_int_equal(pthread_create(&thread, NULL, give_root_away, NULL), 0);
        pinfold_bind(box, directory, "/tmp/d", 0);
        output = attack_inside(box, "receive /tmp/d/socket");
        assert_non_null(strstr(output, "receive: ok\n"));
        free(output);
        shutdown(listener, SHUT_RDWR);
        pthread_join(thread, NULL);
        close(listener);
}

/* Two containers in the host's network have nobody in common to connect to. */
static void from_one_container_to_another(unsigned flags, const char *expected)
{
        const char *name = format("pinfold-test-between-%d", (int)getpid());
        struct pinfold *server = box_with_attacks(PINFOLD_HOST_NET | flags);
        struct pinfold_error err = {0};
        char text[32] = "";
        int ends[2];

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        pinfold_set_args(server, (const char *[]){"sh", "-c", format("exec /attacks serve-abstract %s", name), NULL});
        pinfold_set_stdout(server, ends[1]);
        if (pinfold_start(server, &err) < 0 || pinfold_serve(server, &err) < 0)
                fail_msg("%s", err.text);
        assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
        assert_string_equal(text, "listen: ok\n");
        assert_inside(box_with_attacks(PINFOLD_HOST_NET | flags), format("connect-abstract %s", name), expected);
        pinfold_free(server);
        close(ends[0]);
        close(ends[1]);
}

TEST(containers_do_not_meet_in_the_hosts_network)
{
        if (landlock_scopes())
                from_one_container_to_another(0, "connect: Operation not permitted\n");
        else
                box_error(box_with_attacks(PINFOLD_HOST_NET), PINFOLD_STAGE_LANDLOCK, ENOSYS);
        from_one_container_to_another(PINFOLD_HOST_ABSTRACT, "connect: ok\n");
}
