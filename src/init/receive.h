/* SPDX-License-Identifier: MIT */
/* Receiving the setup message: in PID 1, and its second half, when that comes later, in the process that becomes the program. */
#ifndef INIT_RECEIVE_H
#define INIT_RECEIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/message.h"

/* The message as it comes in, packet by packet. */
struct inbox {
        uint8_t *packet; /* MESSAGE_CHUNK bytes: the packet being read */
        struct setup_head head; /* type 0: not announced yet */
        uint8_t *data;          /* head.size bytes; shared with nothing */
        size_t filled;
        int *files; /* head.files of them */
        size_t file_count;
};

/* An empty inbox. */
int inbox_open(struct inbox *ret, struct pinfold_error *err);

/*
 * Takes one packet of the setup message (types SETUP, CHUNK, FILES) in. `packet` includes its type; the descriptors
 * become the inbox's. Everything that does not fit what was announced is an error.
 */
int inbox_take(struct inbox *inbox, const uint8_t *packet, size_t size, const int *files, size_t count,
               struct pinfold_error *err);

/* All that was announced is there. */
bool inbox_complete(const struct inbox *inbox);

/* Decodes and checks the parameters; the operations stay bytes. Without the program's half where that comes later. */
int inbox_decode(const struct inbox *inbox, struct setup *ret, struct pinfold_error *err);

/* That half, of a message of its own. */
int inbox_decode_program(const struct inbox *inbox, struct setup *setup, struct pinfold_error *err);

/* Closes the descriptors: another process has them, too. */
void inbox_close(struct inbox *inbox);

/* Gives the memory back, and closes the descriptors. */
void inbox_release(struct inbox *inbox);

#endif
