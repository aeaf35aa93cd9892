/* SPDX-License-Identifier: MIT */
/*
 * A pinfold-init at the other end of a socket, in namespaces of its own, that a test can tell anything. Before the
 * first one, the calling process leaves the host behind: in a mount namespace of its own, in which nothing can be
 * written, so that no message, whatever it says, changes anything.
 */
#ifndef INIT_VICTIM_H
#define INIT_VICTIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "container/spawn.h"
#include "wire/message.h"

struct victim {
        uint64_t seed; /* of the message that it is told, for failures */
        struct spawned spawned;
        int program; /* where the program's half goes; or -1 */
        /* What it has said. */
        bool prepared, executed, has_ended, failed;
        struct ended ended;
        struct pinfold_error err; /* with `failed` */
        /* Its end. */
        int wait_status;
};

void leave_host(void);

struct victim victim_start(void);

/* One packet: 0, or a negative errno (init has gone). Waits for room. */
int victim_send(struct victim *victim, const void *packet, size_t size, const int *files, size_t count);

/* Closes our end. */
void victim_hang_up(struct victim *victim);

/* Reads what it says until the program has been executed, or it is gone. False after five seconds. */
bool victim_listen(struct victim *victim);

/*
 * Waits for its end; false after five seconds (it is killed then). Fails the test when it, or the process that becomes
 * the program, crashed, or when it ended with neither an error nor a program's end, although we did not hang up.
 */
bool victim_end(struct victim *victim);

/* A setup message that works: every operation but root, and /bin/true. */
struct buffer setup_message(void);

/* The same from these parameters, where a test changes one first. The strings and operations are static. */
struct setup setup_sample(void);
struct buffer setup_encode(const struct setup *setup);

/* Head, descriptors (none), chunks: as the library does. */
int victim_send_message(struct victim *victim, const void *message, size_t size);

/*
 * One that has been told the container's half of `setup`, and waits for the program's. Returns the socket to tell that over, as
 * another victim's, so that victim_send and victim_send_message work.
 */
struct victim victim_prepare(struct victim *victim, struct setup setup);

#endif
