/* SPDX-License-Identifier: MIT */
/* Packets from init. */
#ifndef CONTAINER_RECEIVE_H
#define CONTAINER_RECEIVE_H

#include "container/container.h"

enum received {
        RECEIVED_NOTHING,  /* for now */
        RECEIVED_PREPARED,
        RECEIVED_EXECUTED,
        RECEIVED_ENDED,    /* box->ended is filled */
        RECEIVED_ERROR,    /* `err` is filled, without its cause in words */
        RECEIVED_CLOSED,   /* init is gone */
};

/* Takes packets until one of these has come; logs and leftovers are seen to on the way. Never blocks. */
enum received receive(struct pinfold *box, struct pinfold_error *err);

/*
 * Whether a program that was sent to a prepared container has been executed, as far as its socket tells: an error that receive finds
 * after that says that it has not.
 */
bool receive_executed(struct pinfold *box);

#endif
