/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "init/receive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <pinfold/container.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "syscall/seccomp.h"

static int map(size_t size, uint8_t **ret, struct pinfold_error *err)
{
        void *data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (data == MAP_FAILED)
                return error_set(err, ENOMEM, "%zu bytes", size);
        *ret = data;
        return 0;
}

int inbox_open(struct inbox *ret, struct pinfold_error *err)
{
        *ret = (struct inbox){0};
        return map(MESSAGE_CHUNK, &ret->packet, err);
}

static int take_bytes(struct inbox *inbox, const uint8_t *bytes, size_t size, struct pinfold_error *err)
{
        if (!inbox->head.type || size > inbox->head.size - inbox->filled)
                return error_set(err, EBADMSG, "%zu bytes that were not announced", size);
        memcpy(inbox->data + inbox->filled, bytes, size);
        inbox->filled += size;
        return 0;
}

static int take_files(struct inbox *inbox, const int *files, size_t count, struct pinfold_error *err)
{
        if (!inbox->head.type || count > inbox->head.files - inbox->file_count)
                return error_set(err, EBADMSG, "%zu descriptors that were not announced", count);
        for (size_t i = 0; i < count; i++)
                inbox->files[inbox->file_count++] = files[i];
        return 0;
}

static int take_head(struct inbox *inbox, const uint8_t *packet, size_t size, struct pinfold_error *err)
{
        struct setup_head head;
        int r;

        if (inbox->head.type)
                return error_set(err, EBADMSG, "announced twice");
        if (size < sizeof(head))
                return error_set(err, EBADMSG, "head of %zu bytes", size);
        memcpy(&head, packet, sizeof(head));
        if (head.version != MESSAGE_VERSION)
                return error_set(err, EPROTO, "version %u, while this pinfold-init speaks %u", head.version,
                                 MESSAGE_VERSION);
        if (head.size == 0 || head.size > MESSAGE_LIMIT || head.files > MESSAGE_FILES)
                return error_set(err, EBADMSG, "%u bytes and %u descriptors announced", head.size, head.files);
        r = map(head.size, &inbox->data, err);
        if (r < 0)
                return r;
        inbox->files = calloc(head.files + 1, sizeof(*inbox->files));
        if (!inbox->files)
                return error_set(err, ENOMEM, "%u descriptors", head.files);
        inbox->head = head;
        return take_bytes(inbox, packet + sizeof(head), size - sizeof(head), err);
}

int inbox_take(struct inbox *inbox, const uint8_t *packet, size_t size, const int *files, size_t count,
               struct pinfold_error *err)
{
        uint32_t type;
        int r;

        if (size < sizeof(type))
                return error_set(err, EBADMSG, "packet of %zu bytes", size);
        memcpy(&type, packet, sizeof(type));
        if (type == PACKET_CHUNK && count > 0)
                return error_set(err, EBADMSG, "descriptors with a packet of type %u", type);
        switch (type) {
        case PACKET_SETUP:
                r = take_head(inbox, packet, size, err);
                return r < 0 ? r : take_files(inbox, files, count, err);
        case PACKET_CHUNK:
                return take_bytes(inbox, packet + sizeof(type), size - sizeof(type), err);
        case PACKET_FILES:
                return take_files(inbox, files, count, err);
        default:
                return error_set(err, EBADMSG, "packet of unknown type %u", type);
        }
}

bool inbox_complete(const struct inbox *inbox)
{
        return inbox->head.type && inbox->filled == inbox->head.size && inbox->file_count == inbox->head.files;
}

static int check_limits(const struct setup *setup, struct pinfold_error *err)
{
        if (setup->limits.size % sizeof(struct setup_limit))
                return error_set(err, EBADMSG, "limits of %zu bytes", setup->limits.size);
        for (size_t at = 0; at < setup->limits.size; at += sizeof(struct setup_limit)) {
                struct setup_limit limit;

                memcpy(&limit, (const char *)setup->limits.data + at, sizeof(limit));
                if (!limit_name(limit.resource) || limit.soft > limit.hard)
                        return error_set(err, EBADMSG, "limit %zu", at / sizeof(limit));
        }
        if (setup->priority > 40)
                return error_set(err, EBADMSG, "priority %u", setup->priority);
        return setup->cpus.size > SETUP_CPUS_SIZE ? error_set(err, EBADMSG, "cpus of %zu bytes", setup->cpus.size) : 0;
}

int inbox_decode(const struct inbox *inbox, struct setup *ret, struct pinfold_error *err)
{
        struct reader reader = {inbox->data, inbox->head.size, 0};
        size_t streams = 0;
        int r = record_decode(&record_setup, &reader, ret, err);

        if (r < 0)
                return r;
        if (reader.at != reader.size)
                return error_set(err, EBADMSG, "%zu bytes too many", reader.size - reader.at);
        for (unsigned i = 0; i < 3; i++)
                streams += ret->streams >> i & 1;
        if (streams > inbox->head.files)
                return error_set(err, EBADMSG, "%zu streams in %u descriptors", streams, inbox->head.files);
        if (ret->held > inbox->head.files - streams || (ret->held == inbox->head.files - streams && (ret->host & SETUP_ENTER)))
                return error_set(err, EBADMSG, "%u descriptors to hold of %u", ret->held, inbox->head.files);
        if (ret->rows > UINT16_MAX || ret->columns > UINT16_MAX || (ret->rows == 0) != (ret->columns == 0))
                return error_set(err, EBADMSG, "terminal of %u rows and %u columns", ret->rows, ret->columns);
        if (ret->rows > 0 && (ret->flags & PINFOLD_RETAIN_SESSION))
                return error_set(err, EBADMSG, "terminal for a retained session");
        if (ret->rows > 0 && streams == 3)
                return error_set(err, EBADMSG, "terminal and no stream for it");
        if (ret->adopt_wait_delay < 0)
                return error_set(err, EBADMSG, "adopt_wait_delay is negative");
        if (ret->timeout < 0)
                return error_set(err, EBADMSG, "timeout %lld", (long long)ret->timeout);
        if (ret->cancel_signal < 1 || ret->cancel_signal > 64)
                return error_set(err, EBADMSG, "signal %u", ret->cancel_signal);
        r = check_limits(ret, err);
        if (r < 0)
                return r;
        return ret->filter.size % SYS_INSTRUCTION_SIZE ? error_set(err, EBADMSG, "filter of %zu bytes", ret->filter.size)
                                                       : 0;
}

void inbox_close(struct inbox *inbox)
{
        for (size_t i = 0; i < inbox->file_count; i++)
                close_fd(inbox->files[i]);
        inbox->file_count = 0;
}

void inbox_release(struct inbox *inbox)
{
        inbox_close(inbox);
        free(inbox->files);
        if (inbox->data)
                munmap(inbox->data, inbox->head.size);
        munmap(inbox->packet, MESSAGE_CHUNK);
        *inbox = (struct inbox){0};
}
