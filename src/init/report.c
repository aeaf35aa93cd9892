/* SPDX-License-Identifier: MIT */
#include "init/report.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "syscall/socket.h"

/* The longest packet is that of an error, or the name of a file that was created. */
#define BODY_MAX (sizeof(struct pinfold_error) + 256)

/* A millisecond each: the kernel has no memory for a packet, and will have some. Nobody else would tell. */
#define LATER_TRIES 1000

/* Without memory that could be refused: processes inside may lower our limits, and the status must not be lost. */
static int send_record(int socket, uint32_t type, const struct record *record, const void *object, const int *files,
                       size_t count, bool block)
{
        uint8_t space[BODY_MAX];
        struct buffer body = {.data = space, .room = sizeof(space), .fixed = true};
        int tries = LATER_TRIES, r;

        if (record)
                record_encode(record, object, &body);
        if (body.error)
                return body.error;
        /* PID 1 never waits here while it shares its memory: this uses errno. */
        do
                r = sys_send(socket, &type, sizeof(type), body.data, body.size, files, count, block);
        while (block && (r == -ENOBUFS || r == -ENOMEM) && tries-- > 0 && poll(NULL, 0, 1) == 0);
        return r;
}

int report_error(int socket, const struct pinfold_error *err, bool wait)
{
        struct report report = {
                .stage = (uint32_t)err->stage,
                .error = (uint32_t)err->error,
                .op_index = (uint32_t)err->op_index,
                .op_name = *err->op_name ? err->op_name : NULL,
                .path = *err->path ? err->path : NULL,
                .text = *err->text ? err->text : NULL,
        };

        return send_record(socket, PACKET_ERROR, &record_report, &report, NULL, 0, wait);
}

void report_log(int socket, const char *format, ...)
{
        uint32_t type = PACKET_LOG;
        char line[1024];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(line, sizeof(line), format, arguments);
        va_end(arguments);
        sys_send(socket, &type, sizeof(type), line, strlen(line), NULL, 0, true);
}

int report_created(int socket, int parent, const char *name, uint64_t device, uint64_t inode, bool directory)
{
        struct created created = {name, device, inode, directory};

        return send_record(socket, PACKET_CREATED, &record_created, &created, &parent, 1, true);
}

int report_used(int socket, int lock)
{
        return send_record(socket, PACKET_USED, NULL, NULL, &lock, 1, true);
}

int report_terminal(int socket, int master)
{
        return send_record(socket, PACKET_TERMINAL, NULL, NULL, &master, 1, true);
}

int report_program(int socket, int end)
{
        return send_record(socket, PACKET_PROGRAM, NULL, NULL, &end, 1, true);
}

int report_executing(int socket)
{
        return send_record(socket, PACKET_EXECUTING, NULL, NULL, NULL, 0, false);
}

int report_prepared(int socket)
{
        return send_record(socket, PACKET_PREPARED, NULL, NULL, NULL, 0, true);
}

int report_executed(int socket)
{
        return send_record(socket, PACKET_EXECUTED, NULL, NULL, NULL, 0, false);
}

int report_ended(int socket, const struct ended *ended)
{
        return send_record(socket, PACKET_ENDED, &record_ended, ended, NULL, 0, false);
}
