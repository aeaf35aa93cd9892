/* SPDX-License-Identifier: MIT */
/*
 * The setup message as pinfold-init takes it in: inbox, parameters, and every operation with its description. The first
 * byte says how the rest is told: 0: it is the message; 255: it is the program's half, which comes later; otherwise it is
 * packets, each with its length (16 bits) and the number of descriptors that come along (8 bits) in front.
 */
#include "fuzz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "init/receive.h"
#include "ops/op.h"

static int take(struct inbox *inbox, const uint8_t *packet, size_t size, size_t files)
{
        struct pinfold_error err;
        int none[256];

        memset(none, 0xff, sizeof(none)); /* -1: nothing to close */
        return inbox_take(inbox, packet, size, none, files, &err);
}

static void tell_packets(struct inbox *inbox, const uint8_t *data, size_t size)
{
        while (size >= 3) {
                size_t length = (size_t)data[0] | (size_t)data[1] << 8, files = data[2];

                data += 3;
                size -= 3;
                if (length > size)
                        length = size;
                if (take(inbox, data, length, files) < 0)
                        return;
                data += length;
                size -= length;
        }
}

static void tell_message(struct inbox *inbox, const uint8_t *data, size_t size)
{
        struct setup_head head = {PACKET_SETUP, MESSAGE_VERSION, (uint32_t)size, 3};
        uint32_t type = PACKET_CHUNK;
        _cleanup_free_ uint8_t *packet = malloc(sizeof(type) + size);

        CHECK(packet);
        memcpy(packet, &type, sizeof(type));
        memcpy(packet + sizeof(type), data, size);
        if (take(inbox, (const uint8_t *)&head, sizeof(head), 0) < 0 || take(inbox, packet, sizeof(type) + size, 0) < 0)
                return;
        type = PACKET_FILES;
        take(inbox, (const uint8_t *)&type, sizeof(type), 3);
}

static void decode_ops(const struct setup *setup)
{
        struct reader reader = {setup->ops.data, setup->ops.size, 0};
        struct pinfold_error err;

        for (uint32_t i = 0; i < setup->op_count; i++) {
                const struct op *op;
                char text[64];
                void *object;

                if (op_decode(&reader, &op, &object, &err) < 0)
                        return;
                op->describe(object, text, sizeof(text));
                record_free(&op->record, object);
                free(object);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct pinfold_error err;
        struct inbox inbox;
        struct setup setup = {0};
        bool later;

        if (size < 2 || inbox_open(&inbox, &err) < 0)
                return 0;
        later = data[0] == 255;
        if (data[0] == 0 || later)
                tell_message(&inbox, data + 1, size - 1);
        else
                tell_packets(&inbox, data + 1, size - 1);
        if (inbox_complete(&inbox)) {
                if (later)
                        inbox_decode_program(&inbox, &setup, &err);
                else if (inbox_decode(&inbox, &setup, &err) == 0)
                        decode_ops(&setup);
                record_free(&record_program, &setup.program);
        }
        inbox_release(&inbox);
        return 0;
}
