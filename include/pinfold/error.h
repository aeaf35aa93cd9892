/* SPDX-License-Identifier: MIT */
/*
 * Errors of libpinfold: what failed, in which stage, why, and a sentence for people.
 *
 * Every function of the library that can fail returns 0 (or a value >= 0) on success and a negative errno on
 * failure, as the system calls do (errno(3)). Those that take a `struct pinfold_error *` also fill it, when it is
 * not NULL; on success they leave it untouched. The struct is plain data of the caller's: nothing in it has to be
 * freed, and it can be copied. The same struct comes back whichever process failed: the caller's own, the
 * container's PID 1, or the process that was to become the program.
 */
#ifndef PINFOLD_ERROR_H
#define PINFOLD_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Where a failure happened. The numbers are part of the ABI: they never change meaning, new ones are added at the
 * end.
 */
enum pinfold_stage {
        PINFOLD_STAGE_NONE = 0,

        /* In the calling process. */
        PINFOLD_STAGE_CONFIGURE = 1,    /* a parameter or operation that cannot be right */
        PINFOLD_STAGE_FILTER = 2,       /* compiling the syscall filter */
        PINFOLD_STAGE_START = 3,        /* creating the namespaces and PID 1: clone(2), execveat(2) */
        PINFOLD_STAGE_CGROUP = 4,       /* placing PID 1 in the cgroup: cgroups(7) */
        PINFOLD_STAGE_MAP_IDS = 5,      /* writing the id maps: user_namespaces(7), newuidmap(1) */
        PINFOLD_STAGE_SERVE = 6,        /* sending the parameters and waiting for the program to be executed */
        PINFOLD_STAGE_WAIT = 7,         /* waiting for the end */

        /* In PID 1 (the id maps may also be written here). */
        PINFOLD_STAGE_RECEIVE = 8,      /* reading and checking the setup message */
        PINFOLD_STAGE_PROTECT = 9,      /* making PID 1 untraceable; its capabilities and filter */
        PINFOLD_STAGE_FORK = 10,        /* creating the process that becomes the program */

        /* In the process that becomes the program. */
        PINFOLD_STAGE_SESSION = 11,     /* setsid(2), session-keyring(7) */
        PINFOLD_STAGE_LANDLOCK = 12,    /* landlock(7): scoping of signals and abstract sockets */
        PINFOLD_STAGE_HOSTNAME = 13,    /* sethostname(2) */
        PINFOLD_STAGE_NETWORK = 14,     /* bringing up the loopback device: netdevice(7) */
        PINFOLD_STAGE_NEW_ROOT = 15,    /* mount propagation, the new root: mount_namespaces(7) */
        PINFOLD_STAGE_PREPARE = 16,     /* an operation, while the host is in view */
        PINFOLD_STAGE_APPLY = 17,       /* an operation, inside the new root */
        PINFOLD_STAGE_PIVOT = 18,       /* leaving the host's root behind: pivot_root(2) */
        PINFOLD_STAGE_USERNS = 19,      /* nested user namespaces: forbidding them, or the one of `privileged` */
        PINFOLD_STAGE_CAPABILITIES = 20, /* capabilities(7) */
        PINFOLD_STAGE_DESCRIPTORS = 21, /* standard streams and extra files */
        PINFOLD_STAGE_DIRECTORY = 22,   /* the working directory */
        PINFOLD_STAGE_SECCOMP = 23,     /* loading the syscall filter: seccomp(2) */
        PINFOLD_STAGE_EXEC = 24,        /* execve(2) */
        PINFOLD_STAGE_TERMINAL = 25,    /* the program's own terminal, after userns: pty(7) */
        PINFOLD_STAGE_LIMITS = 26,      /* limits, nice value and CPUs: setrlimit(2), nice(2), sched_setaffinity(2) */
};

/* Sizes of the texts below, with their terminating NUL. Longer ones are cut and end in "...". */
#define PINFOLD_ERROR_NAME_MAX 16
#define PINFOLD_ERROR_PATH_MAX 1024
#define PINFOLD_ERROR_TEXT_MAX 2048

struct pinfold_error {
        int stage;    /* enum pinfold_stage */
        int error;    /* errno(3), positive; the function returned its negative */
        int fatal;    /* not 0: this host or process cannot do it at all; 0: trying differently, or later, could help */
        int op_index; /* the failing setup operation, counted from 0 in the order they were added; -1: none */
        char op_name[PINFOLD_ERROR_NAME_MAX]; /* its name ("bind"), or "" */
        char path[PINFOLD_ERROR_PATH_MAX];    /* the file that it was about, or "" */
        /*
         * One line, outermost first: "cannot set up container: bind /data on /srv: open /data: No such file or
         * directory". Control characters, and bytes that are not UTF-8, are escaped here and in `path`, so that both
         * are safe on a terminal. The words for errno are in the caller's language (strerror(3)).
         */
        char text[PINFOLD_ERROR_TEXT_MAX];
};

/*
 * The name of a stage, for logs and for programs that print errors in their own form: "map-ids", "exec".
 * Returns a static string, "unknown" for a number that is no stage.
 */
const char *pinfold_stage_name(int stage);

#ifdef __cplusplus
}
#endif
#endif
