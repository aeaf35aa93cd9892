/* SPDX-License-Identifier: MIT */
/*
 * What PID 1 decides, as a pure function: no system call, no clock. watch.c turns the world into events and carries out
 * the actions.
 *
 * The one invariant that matters: the run ends with the status of the initial program. Its status is taken when its
 * own event comes, and nothing that happens later (no children left, delay over, cancel) replaces it.
 */
#ifndef INIT_REAPER_H
#define INIT_REAPER_H

#include <stdbool.h>
#include <stdint.h>

#define REAPER_NEVER INT64_MAX

struct reaper {
        /* Set at the start; all but the last are not changed. */
        int32_t program;          /* its process id */
        bool forward_cancel;
        int32_t cancel_signal;    /* then */
        bool outlive;             /* orphans go on, also without the caller */
        int64_t adopt_wait_delay; /* milliseconds */
        int64_t wait_delay;       /* milliseconds; negative: never */
        /*
         * When the next EVENT_DEADLINE is due, on the caller's clock; REAPER_NEVER. At the start: when the time for the
         * whole run is over. It only ever comes nearer.
         */
        int64_t deadline;

        /* What has happened. */
        bool ended;          /* the initial program has */
        uint32_t wait_status; /* then: as waitpid(2) gives it */
        bool cancelled;      /* by a cancel that came before the program's end */
        bool lingering;      /* killed because the delay was over */
        bool told;           /* the caller, of the program's end, while others go on */
        bool timed_out;      /* killed because the time for the run was over, before the program's end and any cancel */
};

enum event_kind {
        EVENT_CHILD,       /* a child was reaped: pid, status */
        EVENT_NO_CHILD,    /* there is none left */
        EVENT_CHILDREN,    /* there are, and none of them has ended */
        EVENT_CANCEL,      /* from outside */
        EVENT_SIGNAL,      /* from outside, for the program: signal */
        EVENT_DEADLINE,    /* the deadline has passed */
        EVENT_CALLER_GONE, /* the process that started the container is no more */
};

struct event {
        enum event_kind kind;
        int64_t now; /* milliseconds, monotonic */
        int32_t pid;
        uint32_t status;
        int32_t signal;
};

enum action_kind {
        ACTION_NOTHING,
        ACTION_SIGNAL,     /* send `signal` to the program */
        ACTION_SIGNAL_ALL, /* send `signal` to every process but PID 1 */
        ACTION_TELL,       /* report `status`, and go on */
        ACTION_END,        /* report `status` and exit; the kernel kills what is left */
};

struct action {
        enum action_kind kind;
        int32_t signal;
        uint32_t status; /* as a shell says it */
};

/* The time `delay`, not negative, after `now`; REAPER_NEVER when that is beyond all time. */
int64_t reaper_after(int64_t now, int64_t delay);

struct action reaper_step(struct reaper *reaper, const struct event *event);

#endif
