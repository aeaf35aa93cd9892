/* SPDX-License-Identifier: MIT */
/*
 * A container that changes its caller: what it is known by goes over a socket, the descriptors as they are. PID 1 is told by the
 * new one whose end is its own end from then on.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "container/container.h"
#include "container/outgoing.h"
#include "container/terminal.h"
#include "seccomp/policy.h"
#include "syscall/process.h"
#include "syscall/socket.h"

#define PACKET_MAX 512 /* a name, and what belongs to it */
#define FILES_MAX 4

static int refuse(struct pinfold_error *err, int error, const char *why)
{
        error_stage(err, PINFOLD_STAGE_SERVE);
        return error_set(err, error, "%s", why);
}

/* ---- Give ------------------------------------------------------------------------------------------------------ */

static int send_container(const struct pinfold *box, int socket)
{
        const struct given given = {
                .version = MESSAGE_VERSION,
                .pid = (uint32_t)box->pid,
                .flags = box->flags,
                .rows = box->rows,
                .columns = box->columns,
                .prepared = box->state == STATE_PREPARED,
                .terminal = box->terminal >= 0,
                .leftovers = (uint32_t)box->leftovers.count,
                .capabilities = box->capabilities,
        };
        uint8_t space[PACKET_MAX];
        struct buffer packet = {.data = space, .room = sizeof(space), .fixed = true};
        int files[FILES_MAX] = {box->link.socket, box->link.pidfd};
        size_t count = 2;

        if (box->program >= 0)
                files[count++] = box->program;
        if (box->terminal >= 0)
                files[count++] = box->terminal;
        record_encode(&record_given, &given, &packet);
        return packet.error ? packet.error : sys_send(socket, packet.data, packet.size, NULL, 0, files, count, false);
}

static int send_leftover(const struct leftovers *leftovers, size_t index, int socket)
{
        uint8_t space[PACKET_MAX];
        struct buffer packet = {.data = space, .room = sizeof(space), .fixed = true};
        struct given_leftover given;
        struct created created;
        int files[2], parent, lock;
        size_t count = 0;

        leftovers_look(leftovers, index, &parent, &lock, &created);
        given = (struct given_leftover){parent >= 0, lock >= 0};
        if (parent >= 0)
                files[count++] = parent;
        if (lock >= 0)
                files[count++] = lock;
        record_encode(&record_given_leftover, &given, &packet);
        if (parent >= 0)
                record_encode(&record_created, &created, &packet);
        return packet.error ? packet.error : sys_send(socket, packet.data, packet.size, NULL, 0, files, count, false);
}

/* It is somebody else's now, as for a copy of the caller that has forked. */
static void let_go(struct pinfold *box)
{
        leftovers_free(&box->leftovers);
        link_end(&box->link);
        outgoing_forget(box);
        box->terminal = close_fd(box->terminal);
        box->state = STATE_FAILED;
}

static int give(struct pinfold *box, int socket, struct pinfold_error *err)
{
        int r = 0;

        if (!box)
                return refuse(err, ENOMEM, "no container");
        if ((box->state != STATE_STARTED && box->state != STATE_PREPARED) || box->owner != getpid())
                return refuse(err, EINVAL, "it is not waiting for parameters");
        r = send_container(box, socket);
        for (size_t i = 0; r == 0 && i < box->leftovers.count; i++)
                r = send_leftover(&box->leftovers, i, socket);
        if (r == 0) {
                let_go(box);
                return 0;
        }
        container_end(box, STATE_FAILED);
        return refuse(err, -r, "send it");
}

int pinfold_give(struct pinfold *box, int socket, struct pinfold_error *err)
{
        struct pinfold_error own = {0};
        int r = give(box, socket, &own);

        return container_return(err, &own, r < 0 ? error_finish(&own, "cannot give container") : 0);
}

/* ---- Accept ---------------------------------------------------------------------------------------------------- */

/* One packet; waits for it. Its descriptors are the caller's to close, also after an error. */
static int receive_packet(int socket, uint8_t *packet, struct reader *ret, int files[FILES_MAX], size_t *ret_count,
                          struct pinfold_error *err)
{
        ssize_t size;

        for (;;) {
                struct pollfd source = {.fd = socket, .events = POLLIN};

                size = sys_receive(socket, packet, PACKET_MAX, files, FILES_MAX, ret_count);
                if (size != -EAGAIN)
                        break;
                if (poll(&source, 1, -1) < 0 && errno != EINTR)
                        return refuse(err, errno, "poll");
        }
        if (size <= 0)
                return refuse(err, size < 0 ? (int)-size : ECONNRESET, "receive it");
        *ret = (struct reader){packet, (size_t)size, 0};
        return 0;
}

/* What would be decided by the container's half of the message, and has been decided by somebody else. */
static bool says_nothing_of_the_container(const struct pinfold *box)
{
        const struct pinfold_seccomp *policy = box->seccomp;

        return box->sink.count == 0 && box->flags == 0 && box->capabilities == 0 && box->cgroup < 0 && !box->hostname &&
               box->adopt_wait_delay == ADOPT_WAIT_DELAY && box->wait_delay < 0 && box->parent_perm == PARENT_PERM &&
               !box->uids.id_set && !box->gids.id_set && box->uids.count == 0 && box->gids.count == 0 &&
               box->filters.size == 0 && !policy_is_own(policy) && !policy->presets && !policy->flags && policy->hardening &&
               !policy->failure.error;
}

static int check_given(const struct pinfold *box, const struct given *given, size_t files, struct pinfold_error *err)
{
        if (given->version != MESSAGE_VERSION)
                return refuse(err, EPROTO, "it is of another version");
        if (files != 2u + (given->prepared ? 1 : 0) + (given->terminal ? 1 : 0))
                return refuse(err, EBADMSG, "its descriptors are missing");
        if (given->prepared && !says_nothing_of_the_container(box))
                return refuse(err, EINVAL, "it has been prepared, and only the program's parameters can be set");
        if (given->prepared && (box->rows > 0) != (given->rows > 0))
                return refuse(err, EINVAL, given->rows > 0 ? "it has a terminal" : "it has no terminal");
        if (!given->prepared && box->cgroup >= 0)
                return refuse(err, EINVAL, "the cgroup was chosen when it was started");
        if (!given->prepared && ((box->flags ^ given->flags) & FLAGS_OF_START || box->capabilities != given->capabilities))
                return refuse(err, EINVAL, "it was started with another network, other namespaces, or other capabilities");
        return 0;
}

static int accept_leftover(struct pinfold *box, int socket, struct pinfold_error *err)
{
        uint8_t packet[PACKET_MAX];
        struct given_leftover given;
        struct created created;
        struct reader reader;
        int files[FILES_MAX], r;
        size_t count = 0;

        r = receive_packet(socket, packet, &reader, files, &count, err);
        if (r == 0)
                r = record_decode(&record_given_leftover, &reader, &given, err);
        if (r == 0 && given.parent)
                r = record_decode(&record_created, &reader, &created, err);
        if (r == 0 && count != (given.parent ? 1u : 0) + (given.lock ? 1 : 0))
                r = refuse(err, EBADMSG, "its descriptors are missing");
        if (r < 0) {
                for (size_t i = 0; i < count; i++)
                        close_fd(files[i]);
                return r;
        }
        if (given.parent && leftovers_add(&box->leftovers, &created, files[0]) < 0)
                r = -ENOMEM;
        if (given.lock && leftovers_hold(&box->leftovers, files[count - 1]) < 0)
                r = -ENOMEM;
        return r < 0 ? refuse(err, ENOMEM, "out of memory") : 0;
}

/* From here on it is ours. */
static void own(struct pinfold *box, const struct given *given, const int *files)
{
        size_t next = 2;

        box->owner = getpid();
        box->pid = (pid_t)given->pid;
        link_open(&box->link, files[0], files[1]);
        if (given->prepared) {
                box->flags = given->flags;
                box->capabilities = given->capabilities;
                box->program = files[next++];
                box->sink.sealed = box->seccomp->sealed = true;
        }
        if (given->terminal)
                box->terminal = files[next];
        if (box->terminal >= 0)
                terminal_set_size(box->terminal, box->rows, box->columns);
        box->state = given->prepared ? STATE_PREPARED : STATE_STARTED;
}

static int tell_caller(const struct pinfold *box, struct pinfold_error *err)
{
        _cleanup_close_ int self = sys_pidfd_open(getpid());
        uint32_t type = PACKET_CALLER;
        int r = self < 0 ? self : sys_send(box->link.socket, &type, sizeof(type), NULL, 0, &self, 1, false);

        return r < 0 ? refuse(err, -r, "tell PID 1 of its new caller") : 0;
}

static int receive_container(struct pinfold *box, int socket, struct pinfold_error *err)
{
        uint8_t packet[PACKET_MAX];
        struct given given;
        struct reader reader;
        int files[FILES_MAX], r;
        size_t count = 0;

        r = receive_packet(socket, packet, &reader, files, &count, err);
        if (r == 0)
                r = record_decode(&record_given, &reader, &given, err);
        if (r == 0)
                r = check_given(box, &given, count, err);
        if (r < 0) {
                for (size_t i = 0; i < count; i++)
                        close_fd(files[i]);
                return r;
        }
        own(box, &given, files);
        for (uint32_t i = 0; r == 0 && i < given.leftovers; i++)
                r = accept_leftover(box, socket, err);
        if (r == 0)
                r = tell_caller(box, err);
        if (r < 0)
                container_end(box, STATE_FAILED);
        return r;
}

static int accept_container(struct pinfold *box, int socket, struct pinfold_error *err)
{
        if (!box)
                return refuse(err, ENOMEM, "no container");
        if (container_configured(box, err) < 0)
                return -err->error;
        if (box->state != STATE_NEW)
                return refuse(err, EBUSY, "it was started already");
        return receive_container(box, socket, err);
}

int pinfold_accept(struct pinfold *box, int socket, struct pinfold_error *err)
{
        struct pinfold_error own_error = {0};
        int r = accept_container(box, socket, &own_error);

        return container_return(err, &own_error, r < 0 ? error_finish(&own_error, "cannot accept container") : 0);
}
