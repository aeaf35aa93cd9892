/* SPDX-License-Identifier: MIT */
/*
 * Signals that pinfold gets are meant for the program. They are blocked and read from a signalfd(2), so that each is
 * handled at one known place, between two calls of the library, and none is lost.
 *
 *      INT TERM                    forwarded; a second one within two seconds cancels the container, a third kills it
 *      HUP QUIT USR1 USR2 WINCH    forwarded
 *      TSTP                        stops the container, then pinfold itself
 *      CONT                        continues the container
 *
 * While the container is still being set up there is no program: INT, TERM, HUP and QUIT cancel, the others are kept
 * until it runs. After its end each of the four means that nobody waits for the rest of the output. With a terminal of the
 * program's own, WINCH changes its size, which is what tells the program, and TSTP and CONT leave the host's as it was, and
 * take it again. What the caller ignores stays ignored: nohup(1), and background jobs of a shell without job control.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <pinfold/pinfold.h>

#include "cli/terminal.h"

struct signals {
        int fd;              /* the signalfd */
        bool running;        /* the program has been executed */
        sigset_t kept;       /* for the program: until it runs, or until there is room on the way to it */
        int64_t interrupted; /* when INT or TERM was forwarded last, in milliseconds; 0: never */
        int interrupted_by;  /* which of the two that was */
        int cancelled_by;    /* the signal that made us cancel, or 0 */
        bool over;           /* the container is gone */
        bool kill;           /* cancelling was not enough, or is too late: wait for nothing any more */
        struct terminal *terminal;
};

/* Blocks the signals above, for good. Returns 0 or a negative errno. */
int signals_open(struct signals *signals, struct terminal *terminal);

/* How long to wait, in milliseconds, before signals_handle has to be called in any case; -1: for ever. */
int signals_timeout(const struct signals *signals);

/* Handles what has arrived or was kept; does not wait. */
void signals_handle(struct signals *signals, struct pinfold *box);

/* The program runs: it gets what was kept for it. */
void signals_program_runs(struct signals *signals, struct pinfold *box);

#endif
