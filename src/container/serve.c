/* SPDX-License-Identifier: MIT */
/*
 * Sending the parameters, and waiting for the program to be executed: a state machine that never blocks, driven by
 * pinfold_serve or by the caller's event loop.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "container/container.h"
#include "container/ids.h"
#include "container/receive.h"
#include "container/terminal.h"
#include "seccomp/compile.h"
#include "syscall/socket.h"

#define LEAD "cannot set up container"

/* ---- Before anything is sent ----------------------------------------------------------------------------------- */

static int check(const struct pinfold *box, struct pinfold_error *err)
{
        error_stage(err, PINFOLD_STAGE_CONFIGURE);
        if (!box->path)
                return error_set(err, EINVAL, "no program was given");
        if (box->path[0] != '/' && !box->search)
                return error_set(err, EINVAL, "the path of the program, \"%s\", is not absolute", box->path);
        if (box->sink.count == 0)
                return error_set(err, EINVAL, "it is empty: there is no setup operation");
        if ((box->flags & PINFOLD_RETAIN_GROUP) && !(box->flags & PINFOLD_RETAIN_SESSION))
                return error_set(err, EINVAL, "the caller's process group belongs to the caller's session");
        if ((box->flags & PINFOLD_HOST_SIGNALS) && !(box->flags & PINFOLD_HOST_PID))
                return error_set(err, EINVAL, "signals to the host's processes, of which none is in reach");
        if ((box->flags & PINFOLD_HOST_UTS) && box->hostname)
                return error_set(err, EINVAL, "a host name, and none of the container's own to set");
        if (((box->flags & PINFOLD_MAPPED) || box->userns >= 0) && box->uids.count + box->gids.count > 0)
                return error_set(err, EINVAL, "id maps to write, and those that somebody else writes");
        if ((box->flags & PINFOLD_PRIVILEGED) && box->enter >= 0)
                return error_set(err, EINVAL, "a user namespace to enter, and one to be made");
        if (box->rows == 0)
                return 0;
        if (box->flags & PINFOLD_RETAIN_SESSION)
                return error_set(err, EINVAL, "a terminal of its own belongs to a session of its own, not to a retained one");
        if (box->streams[0] >= 0 && box->streams[1] >= 0 && box->streams[2] >= 0)
                return error_set(err, EINVAL, "a terminal, and no standard stream that is left for it");
        return 0;
}

/* Streams that are set, then extra files, those with a number, a namespace to enter, those to hold; what they are here stays the caller's. */
static int gather_files(struct pinfold *box, uint32_t *ret_streams, struct buffer *ret_placed, struct pinfold_error *err)
{
        int *files = calloc(4 + box->file_count + box->placed_count + box->held_count, sizeof(*files));
        size_t count = 0;

        if (!files)
                return error_set(err, ENOMEM, "out of memory");
        *ret_streams = 0;
        for (unsigned i = 0; i < 3; i++) {
                if (box->streams[i] < 0)
                        continue;
                *ret_streams |= 1u << i;
                files[count++] = box->streams[i];
        }
        for (size_t i = 0; i < box->file_count; i++)
                files[count++] = box->files[i];
        for (size_t i = 0; i < box->placed_count; i++) {
                if (box->placed[i].number < 3 + box->file_count) {
                        free(files);
                        return error_set(err, EINVAL, "descriptor %u is given twice", box->placed[i].number);
                }
                files[count++] = box->placed[i].fd;
                buffer_append_u32(ret_placed, box->placed[i].number);
        }
        if (box->enter >= 0)
                files[count++] = box->enter;
        for (size_t i = 0; i < box->held_count; i++)
                files[count++] = box->held[i];
        box->outgoing_files = files;
        box->outgoing_file_count = count;
        return 0;
}

/* Whether PID 1 has anything to keep open. */
static bool needs_shelf(const struct pinfold *box)
{
        uint32_t lock;

        op_find("lock", &lock);
        return box->rows > 0 || box->held_count > 0 || (box->flags & PINFOLD_OUTLIVE) || (box->sink.seen >> lock & 1);
}

static int compile_filter(const struct pinfold *box, struct buffer *ret, struct pinfold_error *err)
{
        unsigned extra = container_extra_presets(box) | (box->flags & PINFOLD_NESTED ? PRESET_NESTED : 0);
        int r;

        if (box->flags & PINFOLD_NO_SECCOMP)
                return 0;
        error_stage(err, PINFOLD_STAGE_FILTER);
        r = seccomp_compile(box->seccomp, extra, ret, err);
        if (r < 0) {
                error_stage(err, PINFOLD_STAGE_FILTER);
                error_prefix(err, "%s", stage_phrase(PINFOLD_STAGE_FILTER));
        }
        return r;
}

static struct texts as_texts(const struct list *list)
{
        return (struct texts){(const char *const *)list->items, list->count};
}

static int encode(struct pinfold *box, struct pinfold_error *err)
{
        const char *const only_path[] = {box->path, NULL};
        _cleanup_(buffer_free) struct buffer filter = {0}, placed = {0};
        struct map_texts texts = {{0}, {0}};
        struct setup setup = {
                .path = box->path,
                .search = box->search,
                .args = box->args.count ? as_texts(&box->args) : (struct texts){only_path, 1},
                .env = as_texts(&box->env),
                .dir = box->dir ? box->dir : "/",
                .dirs = as_texts(&box->dirs),
                .hostname = box->hostname,
                .flags = box->flags,
                .capabilities = box->capabilities,
                .rows = box->rows,
                .columns = box->columns,
                .parent_perm = box->parent_perm,
                .adopt_wait_delay = box->adopt_wait_delay,
                .wait_delay = box->wait_delay,
                .timeout = box->timeout,
                .cancel_signal = (uint32_t)box->cancel_signal,
                .limits = {box->limits, box->limit_count * sizeof(box->limits[0])},
                .priority = box->priority,
                .cpus = {box->cpus, box->cpus_set ? sizeof(box->cpus) : 0},
                .filters = {box->filters.data, box->filters.size},
                .ops = {box->sink.ops.data, box->sink.ops.size},
                .op_count = box->sink.count,
        };
        int r = compile_filter(box, &filter, err);

        if (r == 0)
                r = gather_files(box, &setup.streams, &placed, err);
        if (r == 0)
                r = ids_settle(box, &setup, &texts, err);
        if (r < 0)
                return r;
        setup.filter = (struct bytes){filter.data, filter.size};
        setup.placed = (struct bytes){placed.data, placed.size};
        setup.held = (uint32_t)box->held_count;
        setup.host |= (needs_shelf(box) ? SETUP_SHELF : 0) | (box->userns >= 0 ? SETUP_JOINED : 0) |
                      (box->pidns >= 0 ? SETUP_JOINED_PID : 0) | (box->enter >= 0 ? SETUP_ENTER : 0);
        if ((box->flags & PINFOLD_RETAIN_SESSION) && !(box->flags & PINFOLD_RETAIN_GROUP) &&
            terminal_is_ours(box->streams, 3)) {
                setup.host |= SETUP_FOREGROUND;
                box->foreground = true;
        }
        error_stage(err, PINFOLD_STAGE_SERVE);
        r = record_check(&record_setup, &setup, err);
        if (r < 0)
                return r;
        record_encode(&record_setup, &setup, &box->outgoing);
        if (box->outgoing.error)
                return error_set(err, ENOMEM, "out of memory");
        return box->outgoing.size > MESSAGE_LIMIT ? error_set(err, E2BIG, "%zu bytes", box->outgoing.size) : 0;
}

/* ---- Sending --------------------------------------------------------------------------------------------------- */

/* One packet: `head`, and of what is left as much as it has room for. */
static int send_some(struct pinfold *box, const void *head, size_t head_size, bool with_bytes, bool with_files)
{
        size_t bytes = with_bytes ? box->outgoing.size - box->sent : 0, room = MESSAGE_CHUNK - head_size;
        size_t files = with_files ? box->outgoing_file_count - box->files_sent : 0;
        int r;

        if (bytes > room)
                bytes = room;
        if (files > SYS_PACKET_FILES)
                files = SYS_PACKET_FILES;
        r = sys_send(box->link.socket, head, head_size, box->outgoing.data + box->sent, bytes,
                     box->outgoing_files + box->files_sent, files, false);
        if (r < 0)
                return r;
        box->sent += bytes;
        box->files_sent += files;
        return 0;
}

/* Most messages are no longer than this: init need not be woken twice. */
static int send_head(struct pinfold *box)
{
        struct setup_head head = {
                .type = PACKET_SETUP,
                .version = MESSAGE_VERSION,
                .size = (uint32_t)box->outgoing.size,
                .files = (uint32_t)box->outgoing_file_count,
        };

        return send_some(box, &head, sizeof(head), true, true);
}

static int send_files(struct pinfold *box)
{
        uint32_t type = PACKET_FILES;

        return send_some(box, &type, sizeof(type), false, true);
}

static int send_chunk(struct pinfold *box)
{
        uint32_t type = PACKET_CHUNK;

        return send_some(box, &type, sizeof(type), true, false);
}

/* 0: all is sent. -EAGAIN: not yet. */
static int send_all(struct pinfold *box)
{
        int r = 0;

        if (!box->head_sent) {
                r = send_head(box);
                box->head_sent = r == 0;
        }
        while (r == 0 && box->files_sent < box->outgoing_file_count)
                r = send_files(box);
        while (r == 0 && box->sent < box->outgoing.size)
                r = send_chunk(box);
        return r;
}

/* ---- The public functions -------------------------------------------------------------------------------------- */

static int serve_fail(struct pinfold *box, struct pinfold_error *err)
{
        container_end(box, STATE_FAILED);
        return error_finish(err, LEAD);
}

static int serve_refuse(struct pinfold_error *err, int error, const char *why)
{
        error_stage(err, PINFOLD_STAGE_SERVE);
        error_set(err, error, "%s", why);
        return error_finish(err, LEAD);
}

static int serve_ended(struct pinfold *box, struct pinfold_error *err)
{
        error_stage(err, PINFOLD_STAGE_SERVE);
        if (box->ended_known && box->ended.timed_out)
                error_set(err, ETIMEDOUT, "its time was over before the program was executed");
        else
                error_set(err, ECANCELED, "cancelled");
        return serve_fail(box, err);
}

/* What PID 1 said before it went is the reason for whatever failed without it. */
static int serve_failed_early(struct pinfold *box, struct pinfold_error *err)
{
        struct pinfold_error said = {0};

        switch (receive(box, &said)) {
        case RECEIVED_ENDED:
                return serve_ended(box, err);
        case RECEIVED_ERROR:
                *err = said;
                return serve_fail(box, err);
        default:
                return serve_fail(box, err);
        }
}

static int serve_begin(struct pinfold *box, struct pinfold_error *err)
{
        if (!box)
                return serve_refuse(err, ENOMEM, "no container");
        if (box->state != STATE_STARTED || box->owner != getpid())
                return serve_refuse(err, EINVAL, "it is not waiting for parameters");
        if (container_configured(box, err) < 0 || check(box, err) < 0)
                return serve_fail(box, err);
        if (encode(box, err) < 0)
                return serve_failed_early(box, err);
        box->state = STATE_SERVING;
        return 0;
}

int pinfold_serve_begin(struct pinfold *box, struct pinfold_error *err)
{
        struct pinfold_error own = {0};

        return container_return(err, &own, serve_begin(box, &own));
}

static int serve_closed(struct pinfold *box, struct pinfold_error *err)
{
        error_stage(err, PINFOLD_STAGE_SERVE);
        if (!err->error)
                error_set(err, ECHILD, "PID 1 was killed during setup");
        return serve_fail(box, err);
}

static int serve_step(struct pinfold *box, struct pinfold_error *err)
{
        int r;

        if (!box || box->state != STATE_SERVING)
                return serve_refuse(err, EINVAL, "serve was not begun");
        r = box->outgoing.size > 0 ? send_all(box) : 0;
        if (r == 0) {
                buffer_free(&box->outgoing);
        } else if (r != -EAGAIN && r != -EPIPE && r != -ECONNRESET) {
                /* -EPIPE: init has given up, and said why in a packet that is still to be read. */
                error_stage(err, PINFOLD_STAGE_SERVE);
                error_set(err, -r, "send the parameters");
                return serve_fail(box, err);
        }
        switch (receive(box, err)) {
        case RECEIVED_NOTHING:
                return 0;
        case RECEIVED_EXECUTED:
                if (box->rows > 0 && box->terminal < 0) {
                        error_stage(err, PINFOLD_STAGE_SERVE);
                        error_set(err, EMFILE, "receive the terminal");
                        return serve_fail(box, err);
                }
                box->state = STATE_RUNNING;
                return 1;
        case RECEIVED_ENDED:
                return serve_ended(box, err);
        case RECEIVED_ERROR: {
                const char *lead = err->stage == PINFOLD_STAGE_EXEC ? "cannot execute program" : LEAD;

                container_end(box, STATE_FAILED);
                return error_finish(err, lead);
        }
        case RECEIVED_CLOSED:
                return serve_closed(box, err);
        }
        return serve_closed(box, err);
}

int pinfold_serve_step(struct pinfold *box, struct pinfold_error *err)
{
        struct pinfold_error own = {0};

        return container_return(err, &own, serve_step(box, &own));
}

static int serve(struct pinfold *box, struct pinfold_error *err)
{
        int r = serve_begin(box, err);

        while (r == 0) {
                struct pollfd socket;

                r = serve_step(box, err);
                if (r != 0)
                        break;
                socket = (struct pollfd){.fd = pinfold_poll_fd(box), .events = pinfold_poll_events(box)};
                if (poll(&socket, 1, -1) < 0 && errno != EINTR) {
                        error_stage(err, PINFOLD_STAGE_SERVE);
                        error_set(err, errno, "poll");
                        return serve_fail(box, err);
                }
        }
        return r > 0 ? 0 : r;
}

int pinfold_serve(struct pinfold *box, struct pinfold_error *err)
{
        struct pinfold_error own = {0};

        return container_return(err, &own, serve(box, &own));
}
