/* SPDX-License-Identifier: MIT */
/* struct pinfold: what a container is configured with, and what is known of it while it lives. Private. */
#ifndef CONTAINER_CONTAINER_H
#define CONTAINER_CONTAINER_H

#include <stdbool.h>
#include <sys/types.h>

#include <pinfold/container.h>

#include "base/limits.h"
#include "base/list.h"
#include "base/namespaces.h"
#include "container/leftover.h"
#include "container/link.h"
#include "ops/op.h"
#include "wire/message.h"

/* What is decided by clone(2), or init before it has the message. */
#define FLAGS_OF_START \
        (PINFOLD_HOST_NET | PINFOLD_HOST_IPC | PINFOLD_HOST_UTS | PINFOLD_HOST_CGROUP | PINFOLD_HOST_PID | PINFOLD_RETAIN_GROUP)

/* What is not set. */
#define ADOPT_WAIT_DELAY 5000
#define PARENT_PERM 0755

/* A range of an id map, as in user_namespaces(7). */
struct id_range {
        uint32_t inside, outside, count;
};

struct id_map {
        struct id_range *ranges;
        size_t count;
        uint32_t id; /* that the program runs under */
        bool id_set;
};

/* A descriptor that the program sees as `number`. */
struct placed {
        int fd;
        uint32_t number;
};

enum state {
        STATE_NEW,
        STATE_STARTED, /* PID 1 waits for parameters */
        STATE_PREPARING, /* those of the container on their way, or not yet in effect */
        STATE_PREPARED,  /* only the program's are missing */
        STATE_SERVING, /* parameters on their way, or the program not yet executed */
        STATE_RUNNING,
        STATE_ENDED,  /* waited for: status is valid */
        STATE_FAILED, /* nothing is left of it */
        STATE_MODEL,  /* a pool's: others are made like it */
};

struct pinfold {
        struct op_sink sink; /* first: see op_append */

        /* Parameters. */
        char *path, *search, *dir, *hostname;
        struct list args, env, dirs;
        struct id_map uids, gids;
        int streams[3]; /* -1: /dev/null */
        unsigned rows, columns; /* of a terminal; 0: none */
        int *files;
        size_t file_count;
        struct placed *placed;
        size_t placed_count;
        int *held; /* for PID 1 to keep open */
        size_t held_count;
        int cgroup; /* -1: none */
        int image;  /* of spawn_image, whose pages a pool's containers share; or -1 */
        int userns, pidns; /* to join, or -1 */
        int enter;         /* a user namespace for the program, or -1 */
        int64_t adopt_wait_delay, wait_delay, timeout; /* milliseconds */
        int cancel_signal;
        mode_t parent_perm;
        struct setup_limit limits[LIMITS];
        size_t limit_count;
        uint32_t priority; /* 20 minus the nice value; 0: the caller's */
        uint32_t umask; /* 1 plus the mask; 0: the caller's */
        uint8_t cpus[SETUP_CPUS_SIZE];
        bool cpus_set;
        unsigned flags; /* enum pinfold_flag */
        uint64_t capabilities; /* that the program keeps: bit N is number N */
        struct pinfold_seccomp *seccomp;
        struct buffer filters; /* of setup */
        struct buffer compiled; /* the policy as instructions, when that is known already: pool.c */
        pinfold_log_fn log;
        void *log_data;

        /* Life: not copied from here on. */
        enum state state;
        pid_t owner; /* the process that called start; a forked copy differs */
        pid_t pid;
        uint64_t namespaces[NAMESPACES]; /* their numbers, where PID 1 had to say them; or 0 */
        struct link link;        /* the setup socket and the pidfd */
        int program;             /* the socket for the program's half of the message, of a prepared container, until the execution; or -1 */
        bool executing;          /* it was about to */
        struct buffer outgoing;  /* the setup message */
        size_t sent;             /* bytes of it */
        size_t files_sent;
        int *outgoing_files;     /* streams, then extra files */
        size_t outgoing_file_count;
        bool head_sent;
        bool foreground;         /* the terminal was handed on */
        int terminal;            /* its master, until it is handed out; or -1 */
        struct leftovers leftovers;
        bool ended_known;
        bool said_all; /* PID 1 has closed its end of the setup socket */
        struct ended ended;
};

/* Started, and not ended yet. */
static inline bool container_is_alive(const struct pinfold *box)
{
        return box->state > STATE_NEW && box->state < STATE_ENDED;
}

/*
 * Whether PID 1 may say something that is worth waking for. How the program ended, it says shortly before it ends itself: whoever was woken by
 * that would be woken once more by the end of the socket, and then by PID 1's.
 */
static inline bool container_speaks(const struct pinfold *box)
{
        return box->state != STATE_RUNNING || (box->flags & PINFOLD_OUTLIVE && !box->said_all);
}

/* Of a container that has been nowhere yet. */
void container_unborn(struct pinfold *box);

/* pinfold_copy, also of a pool's own: compiled filter and image. The error is not finished. */
struct pinfold *container_copy(const struct pinfold *box, struct pinfold_error *err);

/* The first failure of a configuring function, as the error of the function that was to use the result. */
int container_configured(const struct pinfold *box, struct pinfold_error *err);

/* Presets on top of the policy's: deny-tty, unless the session is retained. */
unsigned container_extra_presets(const struct pinfold *box);

/* A line for the log callback, escaped. */
__attribute__((format(printf, 2, 3))) void container_log(const struct pinfold *box, const char *format, ...);

/* Kills what is left, reaps, takes mount points away that were made on the host, closes. */
void container_end(struct pinfold *box, enum state state);

/* The same for a container that may not be running, or belong to the process that this one was forked from. */
void container_abandon(struct pinfold *box);

/*
 * The end of a public function that worked with a struct of its own: the caller's `err`, when it is not NULL, is filled
 * after a failure only. Returns r.
 */
int container_return(struct pinfold_error *err, const struct pinfold_error *own, int r);

#endif
