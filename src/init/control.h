/* SPDX-License-Identifier: MIT */
/* What the caller wants of PID 1, over the setup socket or by a signal. */
#ifndef INIT_CONTROL_H
#define INIT_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "init/receive.h"

struct control {
        enum {
                CONTROL_NOTHING, /* a piece of the setup message, which the inbox took */
                CONTROL_SIGNAL,  /* forward `signal` */
                CONTROL_CANCEL,
                CONTROL_TIMEOUT, /* the time of a prepared container begins: `timeout`, in milliseconds */
                CONTROL_CALLER,  /* another process is the caller from now on: `caller` is its pidfd, the reader's to close */
                CONTROL_CLOSED,  /* the caller's end is closed */
        } kind;
        union {
                int signal;
                int64_t timeout;
                int caller;
        };
};

/* Reads one packet; -EAGAIN (err untouched) when there is none. `inbox` may be NULL: then a setup message is ignored. */
int control_read(int socket, struct inbox *inbox, struct control *ret, struct pinfold_error *err);

/*
 * Adds a signal for a program that is not there yet; bit N - 1 of `held`. As with pending signals, stopping and continuing
 * take each other back.
 */
void control_hold(uint64_t *held, int signal);

/*
 * Reads all signals that have arrived. True when one of them was a SIGTERM sent by kill(2) from outside the container: that
 * has si_code SI_USER, which no process can forge for another one, and no process id in here.
 *
 * Except by filling the kernel's queue: then a signal of rt_sigqueueinfo(2) loses what came with it, and all is zero, the
 * user id as well. A sender outside shows one of 0 only where its id is called so inside. Such a signal counts when
 * `trusted`: nothing inside can send any. With `host_pid` every sender shows its process id, and only that counts.
 */
bool control_cancelled(int signals, bool trusted, bool host_pid);

#endif
