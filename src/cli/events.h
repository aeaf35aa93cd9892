/* SPDX-License-Identifier: MIT */
/*
 * --status-fd: what becomes of a run, for programs. One JSON object a line, written when it happens, each with its kind as
 * "event": `started` once the command runs, `ended`; or `failed` alone. The members are described in pinfold-run(1).
 */
#ifndef CLI_EVENTS_H
#define CLI_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include <pinfold/pinfold.h>

struct events {
        int fd;          /* -1: nobody wants to know */
        int64_t started; /* when, in microseconds on the monotonic clock; 0: not yet */
        int64_t ended;   /* the same */
        struct pinfold_status report; /* of the end; its size is 0: none */
        char *line;      /* being made */
        size_t size;
};

/* For the descriptor that `number` is, of ours. Returns 0, or -1 after a message. */
int events_open(struct events *events, const char *number);

void events_started(struct events *events, const struct pinfold *box);

/* The error of the library; NULL: what the command has complained of last. */
void events_failed(struct events *events, const struct pinfold_error *err);

/* It has ended, now; NULL: killed by us, without a report. Told by events_finish, with the status that we shall exit with. */
void events_ended(struct events *events, const struct pinfold_status *ended);
void events_finish(struct events *events, int status);

void events_close(struct events *events);

#endif
