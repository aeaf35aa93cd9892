/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "container/outgoing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "container/ids.h"
#include "container/terminal.h"
#include "seccomp/compile.h"
#include "seccomp/policy.h"
#include "syscall/socket.h"

/* ---- Before anything is sent ----------------------------------------------------------------------------------- */

int outgoing_check(const struct pinfold *box, bool prepare, struct pinfold_error *err)
{
        error_stage(err, PINFOLD_STAGE_CONFIGURE);
        if (prepare && (box->flags & PINFOLD_RETAIN_SESSION))
                return error_set(err, EINVAL, "what keeps the caller's session cannot be prepared ahead");
        if (prepare && box->enter >= 0)
                return error_set(err, EINVAL, "what enters a user namespace cannot be prepared ahead");
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
        if ((box->flags & PINFOLD_PRIVILEGED) && (box->enter >= 0 || box->userns >= 0))
                return error_set(err, EINVAL, "a user namespace to join or enter, and one to be made");
        if (box->rows > 0 && (box->flags & PINFOLD_RETAIN_SESSION))
                return error_set(err, EINVAL, "a terminal of its own belongs to a session of its own, not to a retained one");
        return 0;
}

static int check_program(const struct pinfold *box, struct pinfold_error *err)
{
        if (!box->path)
                return error_set(err, EINVAL, "no program was given");
        if (box->path[0] != '/' && !box->search)
                return error_set(err, EINVAL, "the path of the program, \"%s\", is not absolute", box->path);
        if (box->rows > 0 && box->streams[0] >= 0 && box->streams[1] >= 0 && box->streams[2] >= 0)
                return error_set(err, EINVAL, "a terminal, and no standard stream that is left for it");
        return 0;
}

/* Streams that are set, then extra files, those with a number, a namespace to enter, those to hold; what they are here stays the caller's. */
static int gather_files(struct pinfold *box, uint32_t *ret_streams, struct buffer *ret_placed, struct pinfold_error *err)
{
        int *files = calloc(4 + box->file_count + box->placed_count + box->held_count, sizeof(*files));
        size_t count = 0;

        error_stage(err, PINFOLD_STAGE_SERVE);
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
                        error_stage(err, PINFOLD_STAGE_CONFIGURE);
                        return error_set(err, EINVAL, "descriptor %u is given twice", box->placed[i].number);
                }
                files[count++] = box->placed[i].fd;
                buffer_append_u32(ret_placed, box->placed[i].number);
        }
        if (ret_placed->error) {
                free(files);
                return error_set(err, ENOMEM, "out of memory");
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

int outgoing_compile(const struct pinfold *box, struct buffer *ret, struct pinfold_error *err)
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

/* `later`: the program's half is not in this message. */
static int encode_container(struct pinfold *box, bool later, struct pinfold_error *err)
{
        _cleanup_(buffer_free) struct buffer filter = {0};
        struct map_texts texts = {{0}, {0}};
        struct setup setup = {
                .hostname = box->hostname,
                .flags = box->flags,
                .capabilities = box->capabilities,
                .host = (later ? SETUP_PREPARE : 0) | (needs_shelf(box) ? SETUP_SHELF : 0) | (box->userns >= 0 ? SETUP_JOINED : 0) |
                        (box->pidns >= 0 ? SETUP_JOINED_PID : 0) | (box->enter >= 0 ? SETUP_ENTER : 0),
                .rows = box->rows,
                .columns = box->columns,
                .parent_perm = box->parent_perm,
                .adopt_wait_delay = box->adopt_wait_delay,
                .wait_delay = box->wait_delay,
                .cancel_signal = (uint32_t)box->cancel_signal,
                .filter = {box->compiled.data, box->compiled.size},
                .filters = {box->filters.data, box->filters.size},
                .ops = {box->sink.ops.data, box->sink.ops.size},
                .op_count = box->sink.count,
        };
        int r = 0;

        if (box->compiled.size == 0) {
                r = outgoing_compile(box, &filter, err);
                setup.filter = (struct bytes){filter.data, filter.size};
        }
        if (r == 0)
                r = ids_settle(box, &setup, &texts, err);
        if (r < 0)
                return r;
        if ((box->flags & PINFOLD_RETAIN_SESSION) && !(box->flags & PINFOLD_RETAIN_GROUP) &&
            terminal_is_ours(box->streams, 3)) {
                setup.host |= SETUP_FOREGROUND;
                box->foreground = true;
        }
        error_stage(err, PINFOLD_STAGE_SERVE);
        r = record_check(&record_setup, &setup, err);
        if (r == 0)
                record_encode(&record_setup, &setup, &box->outgoing);
        return r;
}

static int encode_program(struct pinfold *box, struct pinfold_error *err)
{
        const char *const only_path[] = {box->path, NULL};
        _cleanup_(buffer_free) struct buffer placed = {0};
        struct program program = {
                .path = box->path,
                .search = box->search,
                .args = box->args.count ? as_texts(&box->args) : (struct texts){only_path, 1},
                .env = as_texts(&box->env),
                .dir = box->dir ? box->dir : "/",
                .dirs = as_texts(&box->dirs),
                .timeout = box->timeout,
                .limits = {box->limits, box->limit_count * sizeof(box->limits[0])},
                .priority = box->priority,
                .umask = box->umask,
                .cpus = {box->cpus, box->cpus_set ? sizeof(box->cpus) : 0},
        };
        int r;

        error_stage(err, PINFOLD_STAGE_CONFIGURE);
        r = gather_files(box, &program.streams, &placed, err);
        if (r < 0)
                return r;
        program.placed = (struct bytes){placed.data, placed.size};
        program.held = (uint32_t)box->held_count;
        error_stage(err, PINFOLD_STAGE_SERVE);
        r = record_check(&record_program, &program, err);
        if (r == 0)
                record_encode(&record_program, &program, &box->outgoing);
        return r;
}

static int check_size(const struct pinfold *box, struct pinfold_error *err)
{
        if (box->outgoing.error)
                return error_set(err, ENOMEM, "out of memory");
        return box->outgoing.size > MESSAGE_LIMIT ? error_set(err, E2BIG, "%zu bytes", box->outgoing.size) : 0;
}

int outgoing_make(struct pinfold *box, enum half halves, struct pinfold_error *err)
{
        int r = 0;

        error_stage(err, PINFOLD_STAGE_CONFIGURE);
        if (halves & HALF_PROGRAM)
                r = check_program(box, err);
        if (r == 0 && (halves & HALF_CONTAINER))
                r = outgoing_check(box, halves == HALF_CONTAINER, err);
        if (r < 0)
                return r;
        box->head_sent = false;
        box->sent = box->files_sent = 0;
        if (halves & HALF_CONTAINER)
                r = encode_container(box, halves == HALF_CONTAINER, err);
        if (r == 0 && (halves & HALF_PROGRAM))
                r = encode_program(box, err);
        return r < 0 ? r : check_size(box, err);
}

/* The copies that init needs are on their way. */
static void forget_sent(struct pinfold *box)
{
        buffer_free(&box->outgoing);
        free(box->outgoing_files);
        box->outgoing_files = NULL;
}

void outgoing_forget(struct pinfold *box)
{
        forget_sent(box);
        box->program = close_fd(box->program);
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
        r = sys_send(outgoing_socket(box), head, head_size, box->outgoing.data + box->sent, bytes,
                     files > 0 ? box->outgoing_files + box->files_sent : NULL, files, false);
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

int outgoing_send(struct pinfold *box)
{
        int r = 0;

        if (box->outgoing.size == 0)
                return 0;
        if (!box->head_sent) {
                r = send_head(box);
                box->head_sent = r == 0;
        }
        while (r == 0 && box->files_sent < box->outgoing_file_count)
                r = send_files(box);
        while (r == 0 && box->sent < box->outgoing.size)
                r = send_chunk(box);
        if (r == 0)
                forget_sent(box);
        return r;
}
