/* SPDX-License-Identifier: MIT */
/* The setup message on its way to init: one for both halves of it, or one for each (wire/message.h). */
#ifndef CONTAINER_OUTGOING_H
#define CONTAINER_OUTGOING_H

#include "container/container.h"

enum half {
        HALF_CONTAINER = 1,
        HALF_PROGRAM = 2,
};

/* What is wrong with the parameters of the container, or with those of one that is prepared. */
int outgoing_check(const struct pinfold *box, bool prepare, struct pinfold_error *err);

/* The policy of the container's filter as instructions. */
int outgoing_compile(const struct pinfold *box, struct buffer *ret, struct pinfold_error *err);

/*
 * Checks the parameters of these halves, and makes a message of them. Of the container's alone: one that asks init to prepare, and
 * to wait for the program at a socket whose other end will be box->program. Id maps are written where that takes the caller.
 */
int outgoing_make(struct pinfold *box, enum half halves, struct pinfold_error *err);

/* Where it goes: to PID 1, or to the process that waits for its program. */
static inline int outgoing_socket(const struct pinfold *box)
{
        return box->outgoing.size > 0 && box->program >= 0 ? box->program : box->link.socket;
}

/* Sends what there is room for. 0: all has been sent, before or now. -EAGAIN: not yet. Or another negative errno. */
int outgoing_send(struct pinfold *box);

/* What is left of it after the end. */
void outgoing_forget(struct pinfold *box);

#endif
