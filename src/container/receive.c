/* SPDX-License-Identifier: MIT */
#include "container/receive.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "syscall/socket.h"

#define PACKET_MAX 8192 /* the largest that init sends: an error */

static enum received receive_error(struct reader *reader, struct pinfold_error *err)
{
        struct report report;

        if (record_decode(&record_report, reader, &report, err) < 0) {
                error_prefix(err, "unreadable report of init");
                error_stage(err, PINFOLD_STAGE_SERVE);
                return RECEIVED_ERROR;
        }
        error_set(err, (int)report.error, "%s", report.text ? report.text : "");
        error_stage(err, (enum pinfold_stage)report.stage);
        err->op_index = (int)report.op_index;
        snprintf(err->op_name, sizeof(err->op_name), "%s", report.op_name ? report.op_name : "");
        snprintf(err->path, sizeof(err->path), "%s", report.path ? report.path : "");
        return RECEIVED_ERROR;
}

static void receive_created(struct pinfold *box, struct reader *reader, const int *files, size_t count)
{
        struct created created;
        struct pinfold_error ignored;

        if (count != 1)
                return;
        if (record_decode(&record_created, reader, &created, &ignored) < 0) {
                close_fd(files[0]);
                return;
        }
        if (leftovers_add(&box->leftovers, &created, files[0]) < 0)
                container_log(box, "out of memory: the mount point %s will stay behind", created.name);
}

static void receive_used(struct pinfold *box, const int *files, size_t count)
{
        if (count == 1 && leftovers_hold(&box->leftovers, files[0]) < 0)
                container_log(box, "out of memory: a mount point may be removed by another container");
}

static void receive_terminal(struct pinfold *box, const int *files, size_t count)
{
        if (count != 1)
                return;
        if (box->rows > 0 && box->terminal < 0)
                box->terminal = files[0];
        else
                close_fd(files[0]);
}

static void receive_program(struct pinfold *box, const int *files, size_t count)
{
        if (count == 1 && box->state == STATE_PREPARING && box->program < 0)
                box->program = files[0];
        else if (count == 1)
                close_fd(files[0]);
}

static enum received take(struct pinfold *box, char *packet, size_t size, const int *files, size_t count,
                          struct pinfold_error *err)
{
        struct reader reader = {(const uint8_t *)packet, size, 0};
        struct pinfold_error ignored;
        uint32_t type = 0;

        reader_u32(&reader, &type);
        switch (type) {
        case PACKET_LOG:
                packet[size] = '\0';
                container_log(box, "%s", packet + reader.at);
                return RECEIVED_NOTHING;
        case PACKET_CREATED:
                receive_created(box, &reader, files, count);
                return RECEIVED_NOTHING;
        case PACKET_USED:
                receive_used(box, files, count);
                return RECEIVED_NOTHING;
        case PACKET_TERMINAL:
                receive_terminal(box, files, count);
                return RECEIVED_NOTHING;
        case PACKET_ERROR:
                return receive_error(&reader, err);
        case PACKET_PROGRAM:
                receive_program(box, files, count);
                return RECEIVED_NOTHING;
        case PACKET_PREPARED:
                return RECEIVED_PREPARED;
        case PACKET_EXECUTED:
                return RECEIVED_EXECUTED;
        case PACKET_ENDED:
                box->ended_known = record_decode(&record_ended, &reader, &box->ended, &ignored) == 0;
                return RECEIVED_ENDED;
        default:
                return RECEIVED_NOTHING; /* from a later version */
        }
}

enum received receive(struct pinfold *box, struct pinfold_error *err)
{
        for (;;) {
                char packet[PACKET_MAX + 1];
                int files[1];
                size_t count;
                ssize_t size = sys_receive(box->link.socket, packet, PACKET_MAX, files, ELEMENTS(files), &count);
                enum received received;

                if (size == -EAGAIN)
                        return RECEIVED_NOTHING;
                /*
                 * A leftover that we have no descriptor for (without the terminal, or the program's socket, it fails); or init has ended
                 * with a command unread, which the kernel says once, before what init had sent until then.
                 */
                if (size == -EMFILE)
                        container_log(box, "out of descriptors: a mount point made on the host may stay behind");
                if (size == -EMSGSIZE || size == -EMFILE || size == -ECONNRESET)
                        continue;
                if (size < 0)
                        error_set(err, (int)-size, "receive from PID 1");
                box->said_all = size == 0;
                if (size <= 0)
                        return RECEIVED_CLOSED;
                received = take(box, packet, (size_t)size, files, count, err);
                if (received != RECEIVED_NOTHING)
                        return received;
        }
}

bool receive_executed(struct pinfold *box)
{
        while (box->program >= 0) {
                uint32_t type = 0;
                size_t none;
                ssize_t size = sys_receive(box->program, &type, sizeof(type), NULL, 0, &none);

                if (size == -EAGAIN)
                        return false;
                if (size <= 0)
                        box->program = close_fd(box->program);
                else if (type == PACKET_EXECUTING)
                        box->executing = true;
        }
        return box->executing;
}
