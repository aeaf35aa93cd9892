/* SPDX-License-Identifier: MIT */
/*
 * What travels over the setup socket (unix(7), SOCK_SEQPACKET): packets, each beginning with its type in 32 bits. Packets
 * keep their boundaries, so that a signal sent by one thread cannot tear the setup message of another.
 *
 *      caller -> init                          init -> caller
 *      SETUP, FILES..., CHUNK...  once         LOG ...                   while verbose
 *      SIGNAL, CANCEL             any time     CREATED, USED ...         mount points on the host's file systems
 *      TIMEOUT                    at serve     TERMINAL                  where one was asked for
 *      CALLER                     any time     LAUNCHED                  first, and from the launcher, if there is one
 *                                              LOCATED                   next, from a PID 1 in a joined user namespace
 *                                              PROGRAM, PREPARED         where the program is to come later
 *                                              ERROR                     the end of it; or
 *                                              EXECUTED, then ENDED
 *
 * PID 1 and the process that becomes the program share init's end: a packet is written whole or not at all.
 *
 * The message has two halves, the container's and the program's. Those of a container that is prepared ahead come apart: the
 * second one, framed like the first, over a socket of its own, to the process that becomes the program. Nobody else reads that, and
 * PID 1 need not be woken. The execution closes it, which PID 1 and the caller see at the same time.
 */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include <stdint.h>

#include "base/namespaces.h"
#include "wire/record.h"

enum packet {
        PACKET_SETUP = 1, /* struct setup_head: announces the setup message; its first bytes, and its first descriptors */
        PACKET_CHUNK,     /* more bytes of it, in order */
        PACKET_FILES,     /* more descriptors: the standard streams that are set, extra files, those with a number, a namespace, those to hold */
        PACKET_SIGNAL,    /* uint32_t: for the initial program */
        PACKET_CANCEL,
        PACKET_LOG,      /* text */
        PACKET_CREATED,  /* struct created, and a descriptor of the directory that it is in */
        PACKET_ERROR,    /* struct pinfold_error, without the cause in its text */
        PACKET_EXECUTED, /* the program has been executed */
        PACKET_ENDED,    /* struct ended */
        PACKET_USED,     /* a descriptor with the lock on a mount point: src/ops/hold.c */
        PACKET_TERMINAL, /* the master of the program's terminal */
        PACKET_LAUNCHED, /* struct launched; unless it tells of an error once more, with a pidfd of PID 1 */
        PACKET_LOCATED,  /* struct located: next, from a PID 1 in a user namespace that it has joined */
        PACKET_PREPARED, /* all that does not need the program has been done */
        PACKET_TIMEOUT,  /* int64_t, milliseconds, of a prepared container: its time begins */
        PACKET_CALLER,   /* a pidfd of the process that is the caller from now on */
        PACKET_PROGRAM,  /* the end of a socket that the program's half of the message goes into */
        PACKET_EXECUTING, /* over that: if it is closed now, and no ERROR has come, the program has been executed */
};

/* Changes with everything that is not compatible: library and init must be of one build. */
#define MESSAGE_VERSION 5u
#define MESSAGE_CHUNK (64u * 1024)         /* most bytes in a packet, type included */
#define MESSAGE_LIMIT (1024u * 1024 * 1024) /* most bytes of a setup message */
#define MESSAGE_FILES 65536u               /* most descriptors */

struct setup_head {
        uint32_t type; /* PACKET_SETUP */
        uint32_t version;
        uint32_t size;  /* of the setup message */
        uint32_t files; /* number of descriptors */
};

/* What failed; or, with a pidfd, that this process launches, and is to be reaped. */
enum launched_step { LAUNCHED_CLONE, LAUNCHED_USERNS, LAUNCHED_PIDNS, LAUNCHED_MIDDLE };

struct launched {
        uint32_t type; /* PACKET_LAUNCHED */
        uint32_t step; /* enum launched_step */
        uint32_t error;
        uint32_t pid; /* as the launcher and the caller see it; 0: the launcher does not know */
};

/* What the caller could not find out. */
struct located {
        uint32_t type; /* PACKET_LOCATED */
        uint64_t namespaces[NAMESPACES]; /* the numbers of those that PID 1 is in; 0: not known */
};

/* The program's half of the setup message. */
struct program {
        const char *path;
        const char *search; /* directories to look `path` up in, when it holds no slash */
        struct texts args;
        struct texts env;
        const char *dir;
        struct texts dirs;        /* to try before `dir` */
        uint32_t streams;         /* bit N: descriptor N was sent */
        struct bytes placed;      /* uint32_t[]: what the last of the program's descriptors are called */
        uint32_t held;            /* so many descriptors, the last, are for PID 1 to keep */
        int64_t timeout;          /* milliseconds; 0: none. For a prepared container PACKET_TIMEOUT says it */
        struct bytes limits;      /* struct setup_limit[] */
        uint32_t priority;        /* 20 minus the nice value, as getpriority(2) of the kernel; 0: the caller's */
        uint32_t umask;           /* 1 plus the mask; 0: the caller's */
        struct bytes cpus;        /* as for sched_setaffinity(2); empty: the caller's */
};

/* The setup message: the container's half, with the setup operations as bytes (src/ops/op.h), and then the program's. */
struct setup {
        const char *hostname;
        uint32_t uid, gid;
        uint32_t flags;       /* enum pinfold_flag */
        uint64_t capabilities; /* that the program keeps */
        uint32_t host;        /* enum setup_host */
        uint32_t rows, columns; /* of the program's own terminal; both 0: none */
        uint32_t parent_perm;
        int64_t adopt_wait_delay; /* milliseconds, not negative */
        int64_t wait_delay;       /* milliseconds; negative: never */
        uint32_t cancel_signal;   /* for the program, with FORWARD_CANCEL */
        const char *uid_map;      /* what to write to /proc/self/uid_map; absent: the caller has done it */
        const char *gid_map;
        struct bytes filter;      /* struct sock_filter[]; empty: none */
        struct bytes filters;     /* more of them: each its size in bytes (uint32_t), then struct sock_filter[] */
        struct bytes ops;
        uint32_t op_count;
        struct program program; /* not of this record */
};

/* One limit of the program, as for setrlimit(2). */
struct setup_limit {
        uint64_t resource, soft, hard;
};

#define SETUP_CPUS_SIZE 128u /* bytes: 1024 CPUs, as in a cpu_set_t */

/* What the caller's side found out about itself. */
enum setup_host {
        SETUP_DROP_GROUPS = 1u << 0, /* the gid map permits setgroups(2): drop the supplementary groups */
        SETUP_MASK_PROC = 1u << 1,   /* an id that is mapped owns the files of /proc/sys */
        SETUP_FOREGROUND = 1u << 2,  /* the caller is in the foreground of a terminal among the streams: hand it on */
        SETUP_SHELF = 1u << 3,       /* PID 1 has descriptors to keep: src/init/keep.c */
        SETUP_JOINED = 1u << 4,      /* the user namespace is somebody else's, too */
        SETUP_JOINED_PID = 1u << 5,  /* so is the process namespace, or its parent */
        SETUP_ENTER = 1u << 6,       /* there is a descriptor of a user namespace for the program */
        SETUP_PREPARE = 1u << 7,     /* the program's half comes later, over the socket of PACKET_PROGRAM */
};

struct created {
        const char *name; /* in the directory whose descriptor comes along */
        uint64_t device, inode;
        uint32_t directory; /* 1, or 0 for a file */
};

struct ended {
        uint32_t status;      /* as a shell says it */
        uint32_t wait_status; /* of the initial program, as waitpid(2) gives it */
        uint32_t known;       /* wait_status is valid: the initial program ended by itself */
        uint32_t cancelled;
        uint32_t lingered;
        uint32_t timed_out;
        uint64_t user, system; /* microseconds, of all processes */
        uint64_t max_rss;      /* bytes, of the largest process */
        uint32_t left;         /* others go on: it was not the end of the container */
};

/*
 * From one caller to another, over a socket of theirs (src/container/transfer.c): what the container was started with. With it come
 * setup socket and pidfd; then, if it is prepared, the socket for the program; then the terminal, if it has one. For each mount point
 * that is to be removed follow struct given_leftover, the descriptors that it says, and struct created. All of it is one packet.
 */
struct given {
        uint32_t version; /* MESSAGE_VERSION */
        uint32_t pid, flags, rows, columns;
        uint32_t prepared, terminal; /* 1: so it is, and there comes one */
        uint32_t leftovers;          /* their number */
        uint64_t capabilities;
};

struct given_leftover {
        uint32_t parent; /* 1: there comes a descriptor; 2: it is that of the one before; 0: it is only a lock, and no struct created follows */
        uint32_t lock;   /* 1: there comes a descriptor */
};

/* A struct pinfold_error on its way. */
struct report {
        uint32_t stage, error, op_index; /* op_index: -1 as 0xffffffff */
        const char *op_name, *path, *text; /* absent: "" */
};

extern const struct record record_setup;
extern const struct record record_program;
extern const struct record record_created;
extern const struct record record_ended;
extern const struct record record_report;
extern const struct record record_given;
extern const struct record record_given_leftover;

#endif
