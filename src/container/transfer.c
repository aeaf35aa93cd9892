/* SPDX-License-Identifier: MIT */
/*
 * A container that changes its caller: what it is known by goes over a socket, the descriptors as they are. PID 1 is told by the
 * new one whose end is its own end from then on.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "container/container.h"
#include "container/outgoing.h"
#include "container/terminal.h"
#include "seccomp/policy.h"
#include "syscall/process.h"
#include "syscall/socket.h"

static int refuse(struct pinfold_error *err, int error, const char *why)
{
        error_stage(err, PINFOLD_STAGE_SERVE);
        return error_set(err, error, "%s", why);
}

/* ---- Give ------------------------------------------------------------------------------------------------------ */

/* What goes in one packet, so that it is given whole or not at all. */
struct parcel {
        struct buffer bytes;
        int files[SYS_PACKET_FILES];
        size_t count;
};

static void add_file(struct parcel *parcel, int fd)
{
        if (fd < 0)
                return;
        if (parcel->count == ELEMENTS(parcel->files))
                parcel->bytes.error = -EMSGSIZE;
        else
                parcel->files[parcel->count++] = fd;
}

static void add_leftovers(struct parcel *parcel, const struct leftovers *leftovers)
{
        int last = -1;

        for (size_t i = 0; i < leftovers->count; i++) {
                struct given_leftover given;
                struct created created;
                int parent, lock;

                leftovers_look(leftovers, i, &parent, &lock, &created);
                given = (struct given_leftover){parent < 0 ? 0 : parent == last ? 2 : 1, lock >= 0};
                record_encode(&record_given_leftover, &given, &parcel->bytes);
                if (parent >= 0)
                        record_encode(&record_created, &created, &parcel->bytes);
                add_file(parcel, given.parent == 1 ? parent : -1);
                add_file(parcel, lock);
                last = parent >= 0 ? parent : last;
        }
}

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
        struct parcel parcel = {.count = 0};
        int r;

        record_encode(&record_given, &given, &parcel.bytes);
        add_file(&parcel, box->link.socket);
        add_file(&parcel, box->link.pidfd);
        add_file(&parcel, box->program);
        add_file(&parcel, box->terminal);
        add_leftovers(&parcel, &box->leftovers);
        if (parcel.bytes.size > MESSAGE_CHUNK)
                parcel.bytes.error = -EMSGSIZE;
        r = parcel.bytes.error;
        if (r == 0)
                r = sys_send(socket, parcel.bytes.data, parcel.bytes.size, NULL, 0, parcel.files, parcel.count, false);
        buffer_free(&parcel.bytes);
        return r;
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
        int r;

        if (!box)
                return refuse(err, ENOMEM, "no container");
        if ((box->state != STATE_STARTED && box->state != STATE_PREPARED) || box->owner != getpid())
                return refuse(err, EINVAL, "it is not waiting for parameters");
        if (box->userns >= 0 || box->pidns >= 0 || (box->state == STATE_PREPARED && box->held_count > 0))
                return refuse(err, EINVAL, "it has joined namespaces of others, or files to hold");
        r = send_container(box, socket);
        if (r == 0) {
                let_go(box);
                return 0;
        }
        container_end(box, STATE_FAILED);
        return refuse(err, -r, r == -EMSGSIZE ? "it has too many mount points on the host" : "send it");
}

int pinfold_give(struct pinfold *box, int socket, struct pinfold_error *err)
{
        struct pinfold_error own = {0};
        int r = give(box, socket, &own);

        return container_return(err, &own, r < 0 ? error_finish(&own, "cannot give container") : 0);
}

/* ---- Accept ---------------------------------------------------------------------------------------------------- */

/* What has come, and how much of it has been looked at. Files that are left are closed. */
struct arrival {
        uint8_t bytes[MESSAGE_CHUNK];
        struct reader reader;
        int files[SYS_PACKET_FILES];
        size_t count, next;
};

static void arrival_free(struct arrival **arrival)
{
        if (!*arrival)
                return;
        for (size_t i = (*arrival)->next; i < (*arrival)->count; i++)
                close_fd((*arrival)->files[i]);
        free(*arrival);
}

static int take_file(struct arrival *arrival)
{
        return arrival->next < arrival->count ? arrival->files[arrival->next++] : -1;
}

static int receive_packet(int socket, struct arrival *ret, struct pinfold_error *err)
{
        ssize_t size;

        for (;;) {
                struct pollfd source = {.fd = socket, .events = POLLIN};

                size = sys_receive(socket, ret->bytes, sizeof(ret->bytes), ret->files, ELEMENTS(ret->files), &ret->count);
                if (size != -EAGAIN)
                        break;
                if (poll(&source, 1, -1) < 0 && errno != EINTR)
                        return refuse(err, errno, "poll");
        }
        if (size <= 0)
                return refuse(err, size < 0 ? (int)-size : ECONNRESET, "receive it");
        ret->reader = (struct reader){ret->bytes, (size_t)size, 0};
        return 0;
}

/* What would be decided by the container's half of the message, and has been decided by somebody else. */
static bool says_nothing_of_the_container(const struct pinfold *box)
{
        const struct pinfold_seccomp *policy = box->seccomp;

        return box->sink.count == 0 && box->flags == 0 && box->capabilities == 0 && box->cgroup < 0 && box->userns < 0 && box->pidns < 0 &&
               box->enter < 0 && box->held_count == 0 && box->cancel_signal == SIGINT && !box->hostname &&
               box->adopt_wait_delay == ADOPT_WAIT_DELAY && box->wait_delay < 0 && box->parent_perm == PARENT_PERM &&
               !box->uids.id_set && !box->gids.id_set && box->uids.count == 0 && box->gids.count == 0 &&
               box->filters.size == 0 && !policy_is_own(policy) && !policy->presets && !policy->flags && policy->hardening &&
               !policy->failure.error;
}

static int check_given(const struct pinfold *box, const struct given *given, size_t files, struct pinfold_error *err)
{
        if (given->version != MESSAGE_VERSION)
                return refuse(err, EPROTO, "it is of another version");
        if (files < 2u + (given->prepared ? 1 : 0) + (given->terminal ? 1 : 0))
                return refuse(err, EBADMSG, "its descriptors are missing");
        if (given->prepared && !says_nothing_of_the_container(box))
                return refuse(err, EINVAL, "it has been prepared, and only the program's parameters can be set");
        if (given->prepared && (box->rows > 0) != (given->rows > 0))
                return refuse(err, EINVAL, given->rows > 0 ? "it has a terminal" : "it has no terminal");
        if ((box->flags | given->flags) & PINFOLD_RETAIN_SESSION)
                return refuse(err, EINVAL, "a session cannot be kept: it is another process's");
        if (!given->prepared && (box->cgroup >= 0 || box->userns >= 0 || box->pidns >= 0))
                return refuse(err, EINVAL, "cgroup and namespaces were chosen when it was started");
        if (!given->prepared && ((box->flags ^ given->flags) & FLAGS_OF_START || box->capabilities != given->capabilities))
                return refuse(err, EINVAL, "it was started with another network, other namespaces, or other capabilities");
        return 0;
}

static int accept_leftover(struct pinfold *box, struct arrival *arrival, struct pinfold_error *err)
{
        struct given_leftover given;
        struct created created;
        int r = record_decode(&record_given_leftover, &arrival->reader, &given, err);

        if (r == 0 && given.parent)
                r = record_decode(&record_created, &arrival->reader, &created, err);
        if (r < 0)
                return r;
        if (arrival->count - arrival->next < (given.parent == 1 ? 1u : 0) + (given.lock ? 1 : 0))
                return refuse(err, EBADMSG, "its descriptors are missing");
        if (given.parent)
                r = leftovers_add(&box->leftovers, &created, given.parent == 1 ? take_file(arrival) : -1);
        if (r == 0 && given.lock)
                r = leftovers_hold(&box->leftovers, take_file(arrival));
        return r < 0 ? refuse(err, -r, "note a mount point that is to be removed") : 0;
}

/* From here on it is ours. */
static void own(struct pinfold *box, const struct given *given, struct arrival *arrival)
{
        int socket = take_file(arrival), pidfd = take_file(arrival);

        box->owner = getpid();
        box->pid = (pid_t)given->pid;
        link_open(&box->link, socket, pidfd);
        if (given->prepared) {
                box->flags = given->flags;
                box->capabilities = given->capabilities;
                box->program = take_file(arrival);
                box->sink.sealed = box->seccomp->sealed = true;
        }
        if (given->terminal)
                box->terminal = take_file(arrival);
        if (box->terminal >= 0)
                terminal_set_size(box->terminal, box->rows, box->columns);
        box->state = given->prepared ? STATE_PREPARED : STATE_STARTED;
}

/* Its last act: from when PID 1 reads this, it ends with us, and no more with who has given it. */
static int tell_caller(const struct pinfold *box, struct pinfold_error *err)
{
        _cleanup_close_ int self = sys_pidfd_open(getpid());
        uint32_t type = PACKET_CALLER;
        int r = self < 0 ? self : sys_send(box->link.socket, &type, sizeof(type), NULL, 0, &self, 1, false);

        return r < 0 ? refuse(err, -r, "tell PID 1 of its new caller") : 0;
}

static int receive_container(struct pinfold *box, int socket, struct pinfold_error *err)
{
        _cleanup_(arrival_free) struct arrival *arrival = calloc(1, sizeof(*arrival));
        struct given given;
        int r;

        if (!arrival)
                return refuse(err, ENOMEM, "out of memory");
        r = receive_packet(socket, arrival, err);
        if (r == 0)
                r = record_decode(&record_given, &arrival->reader, &given, err);
        if (r == 0)
                r = check_given(box, &given, arrival->count, err);
        if (r < 0)
                return r;
        own(box, &given, arrival);
        for (uint32_t i = 0; r == 0 && i < given.leftovers; i++)
                r = accept_leftover(box, arrival, err);
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
