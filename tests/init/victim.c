/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "init/victim.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <pinfold/pinfold.h>

#include "base/cleanup.h"
#include "ops/op.h"
#include "syscall/common.h"
#include "syscall/mount.h"
#include "syscall/process.h"
#include "syscall/socket.h"

#define PATIENCE 5000 /* milliseconds */

/* ---- The host is out of reach ----------------------------------------------------------------------------------- */

static void write_text(const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
                fail_msg("write %s: %s", path, strerror(errno));
        close(fd);
}

static uid_t user;
static gid_t group;

static void set_attributes(const char *path, bool recursive, uint64_t set, uint64_t clear, uint64_t propagation)
{
        struct {
                uint64_t set, clear, propagation, userns;
        } attributes = {set, clear, propagation, 0};

        if (syscall(__NR_mount_setattr, AT_FDCWD, path, recursive ? 0x8000 : 0, &attributes, sizeof(attributes)) < 0)
                fail_msg("mount_setattr %s: %s", path, strerror(errno));
}

void leave_host(void)
{
        static bool left;
        char map[64];

        if (left)
                return;
        left = true;
        user = geteuid();
        group = getegid();
        if (unshare(user == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) < 0)
                fail_msg("unshare: %s", strerror(errno));
        if (user != 0) {
                snprintf(map, sizeof(map), "%u %u 1", user, user);
                write_text("/proc/self/uid_map", map);
                write_text("/proc/self/setgroups", "deny");
                snprintf(map, sizeof(map), "%u %u 1", group, group);
                write_text("/proc/self/gid_map", map);
        }
        set_attributes("/", true, SYS_ATTR_RDONLY, 0, SYS_PROPAGATION_PRIVATE);
        /* No namespace gets a new proc that shows more than the old one; and init writes its id maps there. */
        set_attributes("/proc", false, 0, SYS_ATTR_RDONLY, 0);
}

/* ---- Talking ---------------------------------------------------------------------------------------------------- */

struct victim victim_start(void)
{
        struct victim victim = {.wait_status = -1, .program = -1};
        struct pinfold_error err;

        leave_host();
        if (spawn_init(&(struct spawn){.flags = PINFOLD_HOST_NET, .cgroup = -1, .image = -1, .userns = -1, .pidns = -1}, &victim.spawned, &err) < 0)
                fail_msg("%s", err.text);
        return victim;
}

int victim_send(struct victim *victim, const void *packet, size_t size, const int *files, size_t count)
{
        struct pollfd room = {.fd = victim->spawned.socket, .events = POLLOUT};
        int r;

        while ((r = sys_send(victim->spawned.socket, packet, size, NULL, 0, files, count, false)) == -EAGAIN)
                if (poll(&room, 1, PATIENCE) == 0)
                        fail_msg("init does not read");
        return r;
}

int victim_send_message(struct victim *victim, const void *message, size_t size)
{
        struct setup_head head = {PACKET_SETUP, MESSAGE_VERSION, (uint32_t)size, 0};
        int r = victim_send(victim, &head, sizeof(head), NULL, 0);

        for (size_t at = 0; r == 0 && at < size;) {
                uint8_t packet[MESSAGE_CHUNK];
                uint32_t type = PACKET_CHUNK;
                size_t piece = size - at < sizeof(packet) - 4 ? size - at : sizeof(packet) - 4;

                memcpy(packet, &type, sizeof(type));
                memcpy(packet + 4, (const uint8_t *)message + at, piece);
                r = victim_send(victim, packet, 4 + piece, NULL, 0);
                at += piece;
        }
        return r;
}

void victim_hang_up(struct victim *victim)
{
        victim->spawned.socket = close_fd(victim->spawned.socket);
}

/* ---- Listening -------------------------------------------------------------------------------------------------- */

static void hear(struct victim *victim, const uint8_t *packet, size_t size)
{
        struct reader reader = {packet, size, 0};
        struct pinfold_error err;
        struct report report;
        uint32_t type = 0;

        assert_int_equal(reader_u32(&reader, &type), 0);
        switch (type) {
        case PACKET_EXECUTED:
                assert_int_equal(size, 4);
                victim->executed = true;
                return;
        case PACKET_ENDED:
                assert_int_equal(record_decode(&record_ended, &reader, &victim->ended, &err), 0);
                victim->has_ended = true;
                return;
        case PACKET_ERROR:
                assert_int_equal(record_decode(&record_report, &reader, &report, &err), 0);
                error_set(&victim->err, (int)report.error, "%s", report.text ? report.text : "");
                victim->err.stage = (int)report.stage;
                victim->err.op_index = (int)report.op_index;
                victim->failed = true;
                return;
        case PACKET_PREPARED:
                victim->prepared = true;
                return;
        case PACKET_LOG:
        case PACKET_CREATED:
        case PACKET_USED:
        case PACKET_PROGRAM:
        case PACKET_TERMINAL: /* a mutated message may ask for anything */
                return;
        default:
                fail_msg("init said something of type %u", type);
        }
}

/* False: nothing more will come. */
static bool listen_once(struct victim *victim)
{
        uint8_t packet[8192];
        int files[4];
        size_t count;
        ssize_t size = sys_receive(victim->spawned.socket, packet, sizeof(packet), files, ELEMENTS(files), &count);
        uint32_t type = 0;

        if (size >= (ssize_t)sizeof(type))
                memcpy(&type, packet, sizeof(type));
        if (type == PACKET_PROGRAM && count == 1 && victim->program < 0)
                victim->program = files[--count];
        for (size_t i = 0; i < count; i++)
                close(files[i]);
        if (size == -EAGAIN)
                return true;
        if (size <= 0) {
                victim_hang_up(victim);
                return false;
        }
        hear(victim, packet, (size_t)size);
        return true;
}

static int64_t now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Until it is gone, or, with `execution`, has executed a program. */
static bool follow(struct victim *victim, bool execution)
{
        int64_t deadline = now() + PATIENCE;

        while (!execution || !victim->executed) {
                struct pollfd sources[] = {
                        {.fd = victim->spawned.socket, .events = POLLIN},
                        {.fd = victim->spawned.pidfd, .events = POLLIN},
                };
                int64_t left = deadline - now();

                if (left <= 0 || poll(sources, 2, (int)left) == 0)
                        return false;
                if (sources[0].revents)
                        listen_once(victim);
                else if (sources[1].revents)
                        return true;
        }
        return true;
}

bool victim_listen(struct victim *victim)
{
        return follow(victim, true);
}

bool victim_end(struct victim *victim)
{
        bool hung_up = victim->spawned.socket < 0, in_time = follow(victim, false);

        if (!in_time)
                sys_pidfd_signal(victim->spawned.pidfd, SIGKILL);
        assert_int_equal(sys_pidfd_reap(victim->spawned.pidfd, true, &victim->wait_status), 1);
        victim_hang_up(victim);
        victim->program = close_fd(victim->program);
        close(victim->spawned.pidfd);
        if (!in_time)
                return false;
        if (!WIFEXITED(victim->wait_status))
                fail_msg("init was killed by signal %d: SEED=%" PRIu64, WTERMSIG(victim->wait_status), victim->seed);
        if (victim->failed &&
            (strstr(victim->err.text, "killed by signal") || strstr(victim->err.text, "ended during setup")))
                fail_msg("the process in setup: %s: SEED=%" PRIu64, victim->err.text, victim->seed);
        if (!victim->failed && !victim->has_ended && !hung_up)
                fail_msg("init ended with status %d and said nothing: SEED=%" PRIu64, WEXITSTATUS(victim->wait_status),
                         victim->seed);
        return true;
}

/* ---- A message that works --------------------------------------------------------------------------------------- */

/* All kinds of fields, and what /bin/true needs. */
static const struct op_sink *operations(void)
{
        static const char *const lowers[] = {"/usr/bin", "/usr/sbin", NULL};
        static struct op_sink sink;
        struct pinfold *box = (struct pinfold *)&sink; /* see struct op_sink */

        if (sink.count > 0)
                return &sink;
        pinfold_bind(box, "/usr", "/usr", 0);
        pinfold_bind(box, "/lib64", "/lib64", PINFOLD_BIND_OPTIONAL);
        pinfold_symlink(box, "usr/bin", "/bin", 0);
        pinfold_symlink(box, "usr/lib", "/lib", 0);
        pinfold_proc(box, "/proc");
        pinfold_dev(box, "/dev", PINFOLD_DEV_MQUEUE);
        pinfold_tmpfs(box, "/tmp", 1 << 20, 01777);
        pinfold_readonly(box, "/empty", 0700);
        pinfold_mkdir(box, "/a/b", 0750);
        pinfold_place(box, "/a/file", "content\n", 8);
        pinfold_overlay(box, "/o", lowers, NULL, NULL, 0);
        pinfold_etc(box, "/etc", NULL);
        pinfold_remount(box, "/tmp", PINFOLD_REMOUNT_READONLY);
        assert_int_equal(sink.failure.error, 0);
        return &sink;
}

struct setup setup_sample(void)
{
        static const char *const args[] = {"true", "one", "two", NULL}, *const env[] = {"A=1", "B=2", NULL};
        static char uids[32], gids[32];
        const struct op_sink *sink = operations();

        leave_host();
        snprintf(uids, sizeof(uids), "%d %u 1", 1000, user);
        snprintf(gids, sizeof(gids), "%d %u 1", 100, group);
        return (struct setup){
                .program.path = "/bin/true",
                .program.args = {args, 3},
                .program.env = {env, 2},
                .program.dir = "/tmp",
                .hostname = "hostile",
                .uid = 1000,
                .gid = 100,
                .flags = PINFOLD_HOST_NET | PINFOLD_HOST_ABSTRACT,
                .parent_perm = 0755,
                .adopt_wait_delay = 100,
                .wait_delay = 1000,
                .cancel_signal = 2,
                .uid_map = uids,
                .gid_map = gids,
                .ops = {sink->ops.data, sink->ops.size},
                .op_count = sink->count,
        };
}

struct buffer setup_encode(const struct setup *setup)
{
        struct buffer message = {0};

        record_encode(&record_setup, setup, &message);
        record_encode(&record_program, &setup->program, &message);
        assert_int_equal(message.error, 0);
        return message;
}

struct buffer setup_message(void)
{
        struct setup setup = setup_sample();

        return setup_encode(&setup);
}

struct victim victim_prepare(struct victim *victim, struct setup setup)
{
        struct setup_head head = {PACKET_SETUP, MESSAGE_VERSION, 0, 0};
        struct buffer message = {0};

        setup.host |= SETUP_PREPARE;
        record_encode(&record_setup, &setup, &message);
        head.size = (uint32_t)message.size;
        *victim = victim_start();
        assert_int_equal(sys_send(victim->spawned.socket, &head, sizeof(head), message.data, message.size, NULL, 0, true), 0);
        buffer_free(&message);
        for (int i = 0; i < 5000 && !victim->prepared; i++) {
                struct pollfd source = {.fd = victim->spawned.socket, .events = POLLIN};

                poll(&source, 1, 1);
                if (!listen_once(victim))
                        fail_msg("it was not prepared: %s", victim->failed ? victim->err.text : "");
        }
        assert_true(victim->prepared);
        assert_true(victim->program >= 0);
        return (struct victim){.spawned = {.socket = take_fd(&victim->program)}, .program = -1};
}
