/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "init/receive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pinfold/container.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "syscall/seccomp.h"

int inbox_open(struct inbox *ret, struct pinfold_error *err)
{
        *ret = (struct inbox){.packet = malloc(MESSAGE_CHUNK)};
        return ret->packet ? 0 : error_set(err, ENOMEM, "%u bytes", MESSAGE_CHUNK);
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
        inbox->data = malloc(head.size);
        if (!inbox->data)
                return error_set(err, ENOMEM, "%u bytes", head.size);
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

static int check_limits(const struct program *program, struct pinfold_error *err)
{
        if (program->limits.size % sizeof(struct setup_limit))
                return error_set(err, EBADMSG, "limits of %zu bytes", program->limits.size);
        for (size_t at = 0; at < program->limits.size; at += sizeof(struct setup_limit)) {
                struct setup_limit limit;

                memcpy(&limit, (const char *)program->limits.data + at, sizeof(limit));
                if (!limit_name(limit.resource) || limit.soft > limit.hard)
                        return error_set(err, EBADMSG, "limit %zu", at / sizeof(limit));
        }
        if (program->priority > 40)
                return error_set(err, EBADMSG, "priority %u", program->priority);
        if (program->umask > 0777 + 1)
                return error_set(err, EBADMSG, "umask %u", program->umask);
        return program->cpus.size > SETUP_CPUS_SIZE ? error_set(err, EBADMSG, "cpus of %zu bytes", program->cpus.size) : 0;
}

static int check_setup(const struct setup *setup, size_t files, struct pinfold_error *err)
{
        if (setup->rows > UINT16_MAX || setup->columns > UINT16_MAX || (setup->rows == 0) != (setup->columns == 0))
                return error_set(err, EBADMSG, "terminal of %u rows and %u columns", setup->rows, setup->columns);
        if (setup->rows > 0 && (setup->flags & PINFOLD_RETAIN_SESSION))
                return error_set(err, EBADMSG, "terminal for a retained session");
        if ((setup->flags & PINFOLD_PRIVILEGED) && (setup->host & (SETUP_JOINED | SETUP_ENTER)))
                return error_set(err, EBADMSG, "privileged in a user namespace of others");
        if (setup->adopt_wait_delay < 0)
                return error_set(err, EBADMSG, "adopt_wait_delay is negative");
        if (setup->cancel_signal < 1 || setup->cancel_signal > 64)
                return error_set(err, EBADMSG, "signal %u", setup->cancel_signal);
        if (setup->filter.size % SYS_INSTRUCTION_SIZE)
                return error_set(err, EBADMSG, "filter of %zu bytes", setup->filter.size);
        if (!(setup->host & SETUP_PREPARE))
                return 0;
        if (setup->flags & PINFOLD_RETAIN_SESSION)
                return error_set(err, EBADMSG, "prepared for a retained session");
        if (setup->host & SETUP_ENTER)
                return error_set(err, EBADMSG, "prepared for a user namespace to enter");
        return files == 0 ? 0 : error_set(err, EBADMSG, "prepared with %zu descriptors", files);
}

static int check_program(const struct program *program, const struct setup *setup, size_t files, struct pinfold_error *err)
{
        size_t streams = 0;

        for (unsigned i = 0; i < 3; i++)
                streams += program->streams >> i & 1;
        if (streams > files)
                return error_set(err, EBADMSG, "%zu streams in %zu descriptors", streams, files);
        if (program->held > files - streams || (program->held == files - streams && (setup->host & SETUP_ENTER)))
                return error_set(err, EBADMSG, "%u descriptors to hold of %zu", program->held, files);
        if (setup->rows > 0 && streams == 3)
                return error_set(err, EBADMSG, "terminal and no stream for it");
        if (program->timeout < 0)
                return error_set(err, EBADMSG, "timeout %lld", (long long)program->timeout);
        return check_limits(program, err);
}

static int decode_program(const struct inbox *inbox, struct reader *reader, struct setup *ret, struct pinfold_error *err)
{
        int r = record_decode(&record_program, reader, &ret->program, err);

        return r < 0 ? r : check_program(&ret->program, ret, inbox->head.files, err);
}

static int check_end(const struct reader *reader, struct pinfold_error *err)
{
        return reader->at == reader->size ? 0 : error_set(err, EBADMSG, "%zu bytes too many", reader->size - reader->at);
}

int inbox_decode(const struct inbox *inbox, struct setup *ret, struct pinfold_error *err)
{
        struct reader reader = {inbox->data, inbox->head.size, 0};
        int r = record_decode(&record_setup, &reader, ret, err);

        if (r == 0)
                r = check_setup(ret, inbox->head.files, err);
        if (r == 0 && !(ret->host & SETUP_PREPARE))
                r = decode_program(inbox, &reader, ret, err);
        return r < 0 ? r : check_end(&reader, err);
}

int inbox_decode_program(const struct inbox *inbox, struct setup *setup, struct pinfold_error *err)
{
        struct reader reader = {inbox->data, inbox->head.size, 0};
        int r = decode_program(inbox, &reader, setup, err);

        return r < 0 ? r : check_end(&reader, err);
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
        free(inbox->data);
        free(inbox->packet);
        *inbox = (struct inbox){0};
}
