/* SPDX-License-Identifier: MIT */
/*
 * What the stages of init work on. main.c runs those of PID 1, program.c those of the process that becomes the program.
 */
#ifndef INIT_INIT_H
#define INIT_INIT_H

#include <stdbool.h>
#include <sys/resource.h>

#include <pinfold/container.h>

#include "init/receive.h"
#include "ops/build.h"
#include "syscall/socket.h"
#include "wire/message.h"

/*
 * Written by the process that becomes the program, read by PID 1: they share memory until the execution. After the syscall
 * filter has been loaded no system call can be relied on at all, so this is how it says that execve(2) failed.
 */
struct outcome {
        enum outcome_state {
                OUTCOME_SETUP = 0, /* still setting up: if the process is gone now, something killed it */
                OUTCOME_REPORTED,  /* it failed and has told the caller */
                OUTCOME_EXEC,      /* about to execute: if the pipe is closed now, it did */
                OUTCOME_FAILED,    /* execve failed with `error` */
        } state;
        int error;
        uint64_t user, system; /* microseconds that setup took, not the program */
        char path[1024];
};

/* For the process that becomes the program: paths are long, and lie on the stack. */
#define PROGRAM_STACK (256 * 1024)

/* For functions that call what does not return: on a stack that it does not know, a sanitizer would have something to say. */
#define ON_OWN_STACK __attribute__((no_sanitize("address")))

struct init {
        int socket; /* to the caller */
        int caller; /* its pidfd; PID 1 only */
        uint64_t kept; /* capabilities that the program keeps, before the message says so; PID 1 only */
        int signals; /* signalfd(2) for SIGCHLD and SIGTERM; PID 1 only */
        uint64_t held; /* signals for a program that is not there yet; bit N - 1 */
        int sources;   /* to wait with: sources.h; PID 1 only */
        bool scoped;   /* no signal of the program reaches PID 1; PID 1 only */

        struct inbox inbox;
        struct setup setup; /* points into the inbox */

        struct outcome *outcome;
        char *stack;  /* of the process that becomes the program; PID 1 only */
        /*
         * The program's execution closes it: one end of a pipe, or, in a container that is prepared, of the socket that the program
         * comes over, whose other end the caller has as well. Each side has its end.
         */
        int executed;
        int guard;    /* a pipe that PID 1 closes when it is protected for life; each side has its end */
        int shelf;    /* a socket to PID 1 that it never reads: what is sent there stays open until it ends; or -1 */
        bool own_cgroup; /* there is a cgroup namespace, from the start; PID 1 only */
        bool host_pid; /* there is no process namespace: PID 1 is none; then: */
        int parent;    /* a pipe that PID 1 alone has the other end of, for the process that becomes the program; or -1 */
        pid_t program; /* the process that becomes it; PID 1 only */

        /* The process that becomes the program. */
        mode_t umask;
        int kept_files[SYS_PACKET_FILES]; /* on their way to the shelf */
        size_t kept_count;
        struct rlimit files;
        struct build build;
        struct prepared *ops; /* op_count of setup */
        int proc;             /* the host's /proc, until execution */
        const char **shell;   /* /bin/sh, with room for the path and the arguments of a program without a format; or NULL */
        bool filtered;        /* the filters are in force already, and allow what is still to be done */
        int unset;            /* for streams that are not given: /dev/null, or the terminal; or -1 */
};

struct stage {
        enum pinfold_stage id;
        int (*run)(struct init *init, struct pinfold_error *err);
        bool (*applies)(const struct init *init); /* or NULL: always */
};

/* Runs stages in order, those that apply. A failure is given its stage and the stage's phrase, and ends the series. */
int stages_run(const struct stage *stages, size_t count, struct init *init, struct pinfold_error *err);

/* program.c: runs in the process that becomes the program, never returns. */
_Noreturn void program(struct init *init);

/* watch.c: gets ready for the rest of PID 1's life, while system calls are still allowed. */
int watch_open(struct init *init, struct pinfold_error *err);

/* The rest of PID 1's life; never returns. */
_Noreturn void watch(struct init *init);

/* memory.c: takes back all that was ever allocated, and with it the right to allocate. */
void memory_release(void);

/*
 * keep.c: PID 1 keeps a copy of `fd` open until it ends. Copies are on their way until keep_flush.
 */
int keep(struct init *init, int fd, struct pinfold_error *err);
int keep_flush(struct init *init, struct pinfold_error *err);

/* filter.c: the fixed syscall filter of PID 1 for the rest of its life. */
int filter_load(struct init *init, struct pinfold_error *err);

/* landlock.c: the program's signals are kept inside, and away from PID 1. */
bool landlock_scopes_signals(void);

/* The stages of program.c, each in a file of its own name. */
int stage_session(struct init *init, struct pinfold_error *err);
int stage_landlock(struct init *init, struct pinfold_error *err);
int stage_hostname(struct init *init, struct pinfold_error *err);
int stage_network(struct init *init, struct pinfold_error *err);
int stage_new_root(struct init *init, struct pinfold_error *err);
int stage_prepare(struct init *init, struct pinfold_error *err);
int stage_apply(struct init *init, struct pinfold_error *err);
int stage_pivot(struct init *init, struct pinfold_error *err);
int stage_userns(struct init *init, struct pinfold_error *err);
int stage_terminal(struct init *init, struct pinfold_error *err);
int stage_capabilities(struct init *init, struct pinfold_error *err);
bool seccomp_goes_ahead(const struct init *init); /* it is prepared, and its filters allow what follows */
int stage_seccomp_ahead(struct init *init, struct pinfold_error *err);
bool awaits_program(const struct init *init);
int stage_await_program(struct init *init, struct pinfold_error *err); /* afterwards `setup.program` is complete */
int stage_directory(struct init *init, struct pinfold_error *err);
int stage_descriptors(struct init *init, struct pinfold_error *err);
int stage_limits(struct init *init, struct pinfold_error *err);
int stage_unblock(struct init *init, struct pinfold_error *err);
bool seccomp_is_left(const struct init *init);
int stage_seccomp(struct init *init, struct pinfold_error *err);
int stage_exec(struct init *init, struct pinfold_error *err);

#endif
