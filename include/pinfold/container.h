/* SPDX-License-Identifier: MIT */
/*
 * The container: its parameters and its life.
 *
 *      struct pinfold_error err = {0};
 *      struct pinfold_status status = {.size = sizeof(status)};
 *      struct pinfold *box = pinfold_new("/bin/sh", (const char *[]){"sh", "-c", "id", NULL});
 *
 *      pinfold_bind(box, "/usr", "/usr", 0);
 *      pinfold_symlink(box, "usr/bin", "/bin", 0);
 *      pinfold_symlink(box, "usr/lib", "/lib", 0);
 *      pinfold_symlink(box, "usr/lib64", "/lib64", 0);
 *      pinfold_proc(box, "/proc");
 *      pinfold_dev(box, "/dev", 0);
 *
 *      if (pinfold_start(box, &err) < 0 || pinfold_serve(box, &err) < 0 || pinfold_wait(box, -1, &status, &err) < 0)
 *              fprintf(stderr, "%s\n", err.text);
 *      pinfold_free(box);
 *
 * Life.  new -> configure -> start [-> prepare] -> serve -> (cancel | signal)* -> wait -> free. start creates the namespaces and
 * a PID 1 that waits; serve sends the parameters and returns once the program has been executed. They are two calls
 * because creating namespaces is most of the cost: containers can be started ahead of need. start uses only the
 * choice of network and the cgroup, which are fixed then (-EBUSY); everything else may be set until serve. prepare sets up all
 * that is not the program's own, so that serve is left with next to nothing. <pinfold/pool.h> keeps containers like that ready.
 *
 * The contract.
 *  - Strings and arrays are copied. Descriptors stay the caller's: the library duplicates what it sends.
 *  - A container is used by one thread at a time; only pinfold_cancel and pinfold_signal may come from any thread,
 *    also while another one waits, and from a signal handler (signal-safety(7)). Different containers may be used by
 *    different threads at once. There is no global state.
 *  - Nothing of the calling process changes: no signal mask or disposition, no_new_privs, dumpable flag, umask,
 *    working directory, capability or Landlock domain. The library never prints, exits or aborts. (One thing must be
 *    asked for: PINFOLD_RETAIN_SESSION can hand on the foreground of the terminal, for as long as the program runs.)
 *  - A caller that ignores SIGCHLD, reaps with waitpid(-1) or has a handler of its own loses nothing: how the
 *    program ended does not travel through wait(2).
 *  - The container dies when the calling process does, however that ends, and when it executes another program (unless
 *    PINFOLD_OUTLIVE is set). It does not die with the thread that called start.
 *  - After a fork(2), the child's copy may only be freed; that does not touch the container.
 *  - Configuring functions return 0 or a negative errno. The first failure is also kept, and returned by the next
 *    start, prepare, serve, accept or copy with its message, so that a series of calls need not be checked one by one. They accept NULL as
 *    box, from a failed pinfold_new, and return -ENOMEM then.
 */
#ifndef PINFOLD_CONTAINER_H
#define PINFOLD_CONTAINER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <pinfold/error.h>
#include <pinfold/seccomp.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pinfold;

/*
 * A container that is to run `path`, an absolute path inside it, with the arguments `argv`, which end with NULL;
 * argv[0] is the program's name for itself. With argv NULL or empty it is `path`. `path` may be NULL and set later by
 * pinfold_set_path. Returns NULL when out of memory. A wrong path is an error at start or serve.
 */
struct pinfold *pinfold_new(const char *path, const char *const argv[]);

/*
 * A new container with the same parameters, whatever `box` has gone through; descriptors are the same ones, and stay the caller's.
 * NULL, and err is filled (-ENOMEM, or the first failure of a function that has configured `box`).
 */
struct pinfold *pinfold_copy(const struct pinfold *box, struct pinfold_error *err);

/*
 * Frees the container. A running one is killed with all its processes, and reaped, first. In the copy of a caller that
 * forked, only memory and descriptors are released. NULL is accepted. Must not race with any other call on `box`.
 */
void pinfold_free(struct pinfold *box);

/* ---- Parameters ------------------------------------------------------------------------------------------------ */

/* The program (execve(2)) and its arguments, as in pinfold_new. */
int pinfold_set_path(struct pinfold *box, const char *path);
int pinfold_set_args(struct pinfold *box, const char *const argv[]);

/*
 * Directories, separated by ':', in which a path without a slash is looked up, inside, as execvp(3) does; a relative path with
 * one is relative to the working directory; and a program that the kernel knows no format of is run by /bin/sh. Unset: all three are
 * refused.
 */
int pinfold_set_search(struct pinfold *box, const char *directories);

/* The working directory inside, absolute and without "..". Unset: "/". chdir(2). */
int pinfold_set_dir(struct pinfold *box, const char *dir);

/*
 * Directories, up to NULL, to try before that of set_dir: the first that can be entered is the working directory. A variable PWD
 * of the environment gets its name then, or that of set_dir.
 */
int pinfold_try_dirs(struct pinfold *box, const char *const dirs[]);

/*
 * The initial environment: nothing is inherited (environ(7)). set_env replaces it with the "NAME=VALUE" strings of
 * `env`, which ends with NULL; add_env adds one variable, or replaces it. -EINVAL: an empty name or one that holds '='.
 */
int pinfold_set_env(struct pinfold *box, const char *const env[]);
int pinfold_add_env(struct pinfold *box, const char *name, const char *value);

/*
 * The ids that the program sees itself under; outside they are the caller's effective ones (user_namespaces(7)). Unset:
 * the kernel's overflow ids. 0 can be asked for; it gives no power over the host.
 */
int pinfold_set_uid(struct pinfold *box, uid_t uid);
int pinfold_set_gid(struct pinfold *box, gid_t gid);

/*
 * Maps `count` user (or group) ids from `inside` on to the ids from `outside` on, as seen by the caller. Repeatable;
 * replaces the map of one id that is used otherwise. Needs CAP_SETUID and CAP_SETGID, or newuidmap(1) and newgidmap(1)
 * with subordinate ids (subuid(5)) that cover the ranges. When only one of the two kinds is mapped, the other one keeps
 * its single id. The program runs under the ids of set_uid and set_gid; unset: as the caller's own ids appear inside,
 * else as the first mapped id.
 */
int pinfold_map_uids(struct pinfold *box, uint32_t inside, uint32_t outside, uint32_t count);
int pinfold_map_gids(struct pinfold *box, uint32_t inside, uint32_t outside, uint32_t count);

/* The host name in the container's UTS namespace (sethostname(2)), at most 64 bytes. Unset: the host's. */
int pinfold_set_hostname(struct pinfold *box, const char *hostname);

/*
 * The program's standard streams. Unset: the terminal of set_terminal, or /dev/null. The descriptor must stay open until
 * serve has returned.
 */
int pinfold_set_stdin(struct pinfold *box, int fd);
int pinfold_set_stdout(struct pinfold *box, int fd);
int pinfold_set_stderr(struct pinfold *box, int fd);

/*
 * A terminal of the program's own, of that size: a pseudo-terminal (pty(7)) of the container's own devpts, which takes
 * pinfold_dev at "/dev". It is the controlling terminal of the program's session, /dev/console, and each standard stream
 * that is not set; serve fails with -EINVAL when all three are, or the session is retained. pinfold_terminal returns the
 * other side of it. rows and columns are from 1 to 65535; 0 and 0: no terminal (again). -EINVAL: anything else.
 */
int pinfold_set_terminal(struct pinfold *box, unsigned rows, unsigned columns);

/*
 * One more descriptor, which the program sees as 3, 4, ... in the order of the calls; all others are closed. It must
 * stay open until serve has returned.
 */
int pinfold_add_file(struct pinfold *box, int fd);

/* The same, which the program sees as `number`. -EINVAL: one of the standard streams, or given before. */
int pinfold_add_file_as(struct pinfold *box, int fd, int number);

/*
 * A descriptor that the program does not get: PID 1 keeps a copy open for as long as there is anything in the container. It must stay
 * open until serve has returned. Who reads the other end of a pipe learns when the container is gone.
 */
int pinfold_hold_file(struct pinfold *box, int fd);

/*
 * The cgroup v2 directory that the container is created in (CLONE_INTO_CGROUP, clone(2); cgroups(7)). Only before
 * start; must stay open until then.
 */
int pinfold_set_cgroup(struct pinfold *box, int fd);

/*
 * How long, in milliseconds, processes that outlive the initial program may linger. Unset: 5,000. Negative: 0.
 */
int pinfold_set_adopt_wait_delay(struct pinfold *box, int64_t milliseconds);

/* After cancel, how long in milliseconds until everything is killed. Unset, or negative: never. */
int pinfold_set_wait_delay(struct pinfold *box, int64_t milliseconds);

/* What the program gets from cancel with PINFOLD_FORWARD_CANCEL, 1 to 64. Unset: SIGINT. -EINVAL: no such signal. */
int pinfold_set_cancel_signal(struct pinfold *box, int signal);

/*
 * How long, in milliseconds from serve on, the run may take. When it is over everything in the container is killed, also
 * with PINFOLD_FORWARD_CANCEL; the status is 124 and timed_out, unless the program had ended before; during setup, serve
 * fails with -ETIMEDOUT. 0, or unset: as long as it wants. -EINVAL: negative.
 */
int pinfold_set_timeout(struct pinfold *box, int64_t milliseconds);

/* Permission bits of parent directories that operations have to create. Unset: 0755. */
int pinfold_set_parent_perm(struct pinfold *box, mode_t mode);

/*
 * A limit of the program (getrlimit(2)); `resource` is an RLIMIT_ value, RLIM_INFINITY is no limit. Set just before the
 * filter is loaded, so that setup and PID 1 are not limited. Unset: the caller's. Serve fails with PINFOLD_STAGE_LIMITS
 * and -EPERM when `hard` is above the caller's hard limit. -EINVAL: no such resource, or `soft` is above `hard`.
 */
int pinfold_set_rlimit(struct pinfold *box, int resource, uint64_t soft, uint64_t hard);

/*
 * The program's nice value (nice(2)), -20 to 19; not PID 1's. Unset: the caller's. Less than that needs the limit
 * RLIMIT_NICE of the caller, or serve fails with -EACCES.
 */
int pinfold_set_nice(struct pinfold *box, int nice);

/* The program's umask (umask(2)), 0 to 0777. Unset: the caller's, as it was at start. -EINVAL: no such mask. */
int pinfold_set_umask(struct pinfold *box, mode_t mask);

/*
 * The numbers of the CPUs that the program runs on (sched_setaffinity(2)), 0 to 1023; those that are not there are
 * skipped, and serve fails with -EINVAL when none is. Count 0: the caller's. The program can choose others: only a
 * cgroup with cpuset(7) holds it there.
 */
int pinfold_set_cpus(struct pinfold *box, const unsigned cpus[], size_t count);

/*
 * Namespaces of others, as descriptors (of /proc/PID/ns/user and pid): the container is created in that user namespace, in place of one
 * of its own; its process namespace is a child of that one, or, with PINFOLD_HOST_PID, the very one. Only before start, must stay open
 * until then. The caller must have made the user namespace, or be privileged in it (setns(2)); the ids are mapped as there, and no
 * others can be; and user and cgroup namespaces are permitted inside as they are there: without PINFOLD_NESTED serve fails with -EPERM
 * when user namespaces are, without PINFOLD_HOST_CGROUP with -ENOSPC when cgroup namespaces are not. Who is in that user namespace
 * under the same id can trace the program.
 */
int pinfold_join_userns(struct pinfold *box, int fd);
int pinfold_join_pidns(struct pinfold *box, int fd);

/*
 * When setup is done, the program enters that user namespace, a descendant of the container's; the container's own, which changes nothing,
 * is accepted. Must stay open until serve has returned. Not with PINFOLD_PRIVILEGED.
 */
int pinfold_enter_userns(struct pinfold *box, int fd);

/* Switches; all are off in a new container, which is their safe state. */
enum pinfold_flag {
        PINFOLD_FORWARD_CANCEL = 1u << 0, /* cancel becomes a signal to the initial program: pinfold_set_cancel_signal */
        /*
         * Stay in the caller's session (setsid(2)), in a process group of its own. A caller in the foreground of a
         * terminal that is one of the streams hands that on to the group, and gets it back from wait and free
         * (tcsetpgrp(3)).
         */
        PINFOLD_RETAIN_SESSION = 1u << 1,
        PINFOLD_HOST_NET = 1u << 2,       /* keep the host's network namespace; only before start */
        PINFOLD_HOST_ABSTRACT = 1u << 3,  /* with HOST_NET: abstract unix sockets of the host stay in reach (unix(7)) */
        PINFOLD_NESTED = 1u << 4,         /* user namespaces may be created inside */
        /*
         * The program keeps CAP_SYS_ADMIN, in a user and mount namespace nested in the container's, so that what setup
         * mounted stays locked (mount_namespaces(7)).
         */
        PINFOLD_PRIVILEGED = 1u << 5,
        PINFOLD_NO_SECCOMP = 1u << 6, /* load no syscall filter for the program */
        PINFOLD_VERBOSE = 1u << 7,    /* report each step to the log callback */
        /*
         * Weaker, for programs that have to work as if they were outside; only before start. The host's System V objects and
         * message queues stay in reach of the caller's id (ipc_namespaces(7)); its host name is seen, and cannot be set; paths of
         * cgroups are the host's (cgroup_namespaces(7)).
         */
        PINFOLD_HOST_IPC = 1u << 8,
        PINFOLD_HOST_UTS = 1u << 9,
        PINFOLD_HOST_CGROUP = 1u << 10,
        /*
         * With RETAIN_SESSION, also the caller's process group: job control and keys of its terminal treat the program as the
         * caller itself; only before start. Without Landlock's scope (Linux 6.12) kill(0, ...) reaches the caller.
         */
        PINFOLD_RETAIN_GROUP = 1u << 11,
        /*
         * Weaker: no process namespace (pid_namespaces(7)); only before start. The host's processes are seen, pinfold_proc shows the
         * host's proc, and what is said of PID 1 is true of a process that is not 1, whose end is the program's. No other process
         * is ended with the container, stopped, or waited for. Signals to processes of the host are refused by Landlock (Linux 6.12)
         * alone.
         */
        PINFOLD_HOST_PID = 1u << 12,
        /*
         * The program is PID 1 of a process namespace of its own below the container's, without an init: it has to reap what it
         * adopts, all processes end with it, and a signal that it has no handler for does nothing, but SIGKILL and SIGSTOP.
         */
        PINFOLD_AS_PID_1 = 1u << 13,
        /*
         * Once the program runs, the container does not die with the caller, and goes on after the program for as long as it has
         * processes: the adopt_wait_delay is not used. wait returns when the program has ended; the status says whether others are
         * left. These are out of the caller's hands then, but for a timeout; their PID 1 is still the caller's child (waitpid(2)).
         */
        PINFOLD_OUTLIVE = 1u << 14,
        /*
         * The id maps of PID 1 are written by somebody else between start and serve: by the caller, or a program with rights of
         * its own that is given pinfold_pid. The functions for maps are refused by serve; set_uid and set_gid choose among what is mapped.
         */
        PINFOLD_MAPPED = 1u << 15,
        PINFOLD_HOST_SIGNALS = 1u << 16, /* with HOST_PID: processes of the host, and PID 1, can be sent signals (kill(2)) */
};

/* Sets (on != 0) or clears the given enum pinfold_flag bits. -EINVAL: an unknown bit. */
int pinfold_set_flags(struct pinfold *box, unsigned flags, int on);

/*
 * The program keeps (on != 0) the capability of that name (capabilities(7); "CAP_NET_RAW", "net_raw"), or "all": over the
 * container's own namespaces, and without the nesting of PINFOLD_PRIVILEGED, so that CAP_SYS_ADMIN can take away what setup
 * has mounted. Only before start. -EINVAL: no such capability.
 */
int pinfold_keep_capability(struct pinfold *box, const char *name, int on);

/*
 * The container's syscall filter policy, to be changed with the functions of <pinfold/seccomp.h>. Belongs to the
 * container. Never NULL for a box that is not NULL. A new container has presets 0, and deny-tty unless the session is
 * retained.
 */
struct pinfold_seccomp *pinfold_seccomp(struct pinfold *box);

/*
 * One more filter, for the program alone: classic BPF, an array of struct sock_filter as pinfold_seccomp_export writes it, read
 * from `fd` to its end. Loaded in the order of the calls, after the policy (or, with PINFOLD_NO_SECCOMP, alone); what any of
 * them refuses is refused (seccomp(2)), execve(2) as well. -EINVAL: not a whole number of instructions.
 */
int pinfold_add_filter(struct pinfold *box, int fd);

/*
 * The log callback, per container: lines of PINFOLD_VERBOSE, and notes such as that processes had to be killed after
 * the linger delay. Called with `userdata` from within prepare, serve (their two halves, too), give, accept, wait, free, and
 * the functions of a pool that is made of it, in the thread that
 * called them. `line` has no newline, is escaped like error texts, and is valid during the call only. NULL: none.
 */
typedef void (*pinfold_log_fn)(void *userdata, const char *line);
int pinfold_set_log(struct pinfold *box, pinfold_log_fn log, void *userdata);

/* ---- Life ------------------------------------------------------------------------------------------------------ */

/*
 * Creates the namespaces and PID 1 in one clone(2), and returns while that waits for serve. Its cost does not depend on
 * the size of the calling process or its number of threads. After a failure it may be called again. -EBUSY: already
 * started.
 */
int pinfold_start(struct pinfold *box, struct pinfold_error *err);

/*
 * Sends the container's parameters, and returns 0 once they are in effect: nothing but the program is missing, which waits for
 * serve, without any capability. Until then path, arguments, search, environment, directories, standard streams, files, limits,
 * nice value, umask, CPUs and timeout can be set; the others no more (-EBUSY). On failure as serve. -EINVAL with
 * PINFOLD_RETAIN_SESSION: the caller's terminal is known at serve only. What the sources of binds are is settled here.
 */
int pinfold_prepare(struct pinfold *box, struct pinfold_error *err);

/* prepare for event loops, as serve_begin and serve_step below. */
int pinfold_prepare_begin(struct pinfold *box, struct pinfold_error *err);
int pinfold_prepare_step(struct pinfold *box, struct pinfold_error *err);

/*
 * Gives a container that was started or prepared to another process of the same user, which has the other end of `socket`, a unix
 * socket (unix(7)) of type SOCK_SEQPACKET, and calls pinfold_accept. That one is the caller from then on: the container ends with
 * it. `box` is only to be freed. PID 1 stays this process's child: reap it (waitpid(2)), or have SIGCHLD ignored. On failure the
 * container is ended. -EAGAIN: the socket is full. -EINVAL: it is neither started nor prepared, or about to be. -EMSGSIZE: it has
 * more mount points on the host than fit in a packet (some hundred). Until accept has returned there, this process's end is the
 * container's.
 */
int pinfold_give(struct pinfold *box, int socket, struct pinfold_error *err);

/*
 * Takes the container that comes over `socket`, and waits for it, in the place of start, and of prepare if it has been prepared.
 * `box` is a new one with parameters of its own: those that start has fixed must be the same in both (-EINVAL), and for a prepared
 * container only the program's may have been set, and a size for the terminal that it must have or not have accordingly. Whoever is at the other end is trusted with what the program gets. Both must
 * be in one PID namespace, and of one build of the library (-EPROTO). -ECONNRESET: the other end was closed.
 */
int pinfold_accept(struct pinfold *box, int socket, struct pinfold_error *err);

/*
 * Sends the parameters; returns 0 once the program has been executed (execve(2) succeeded). On failure nothing is left
 * of the container, and only pinfold_free makes sense. Blocks for as long as setup takes, which a dead file server can
 * make long; pinfold_cancel from another thread ends that (-ECANCELED).
 */
int pinfold_serve(struct pinfold *box, struct pinfold_error *err);

/*
 * serve for event loops. serve_begin checks and queues the parameters. Then wait until pinfold_poll_fd is ready for
 * pinfold_poll_events (poll(2)) and call serve_step, until it returns something other than 0: 1, the program has been
 * executed; negative, as serve. pinfold_serve is exactly this. With id maps that need newuidmap(1), serve_begin waits
 * for that program.
 */
int pinfold_serve_begin(struct pinfold *box, struct pinfold_error *err);
int pinfold_serve_step(struct pinfold *box, struct pinfold_error *err);

/*
 * The descriptor and the events to poll for; both belong to the container. -1 and 0: not running. Ask before each poll: while a
 * prepared container is served, the descriptor is another one until all has been sent. While the program runs, it is one that becomes
 * ready when it is time for pinfold_wait with a timeout of 0 (-ETIMEDOUT: not yet after all), and can change with each such call. A
 * descriptor that was returned before stays ready from the end on: an epoll(7) instance has to be rid of it.
 */
int pinfold_poll_fd(const struct pinfold *box);
short pinfold_poll_events(const struct pinfold *box);

/* How a program ended. Set `size` to sizeof(struct pinfold_status) before the call. */
struct pinfold_status {
        size_t size;
        /* As a shell says it: the exit code, 128 + N when signal N ended the program, 255 for anything else; 124: timed_out. */
        int status;
        int exited;    /* not 0: it exited, with exit code `code` */
        int code;
        int signal;    /* the signal that ended it, or 0 */
        int core;      /* not 0: it dumped core */
        int cancelled; /* not 0: pinfold_cancel (or SIGTERM to PID 1 from outside) ended the run */
        int lingered;  /* not 0: processes were still there after adopt_wait_delay and were killed */
        int lost;      /* not 0: PID 1 was killed before it could report, mostly from outside; status is 137 */
        int timed_out; /* not 0: the time of pinfold_set_timeout was over before the program's end */
        /*
         * What all processes of the container used (getrusage(2)): processor time in microseconds, and the peak of the
         * memory that was resident for the largest of them, in bytes. Not counted is who had a parent that ignores
         * SIGCHLD, or took longer than 100 ms to die when it was killed. 0 when lost.
         */
        int64_t user, system;
        int64_t max_rss;
        int left; /* not 0: PINFOLD_OUTLIVE, and there are processes that go on; the figures are without them */
};

/*
 * Waits until the container is gone: the initial program and everything in it (with PINFOLD_OUTLIVE, the program). `timeout`
 * is in milliseconds; negative waits for ever, 0 only looks. On success fills `ret_status` (may be NULL) and releases all but the box itself.
 * Calling it again returns the same status. -ETIMEDOUT: still running. -EINVAL: not served.
 */
int pinfold_wait(struct pinfold *box, int timeout, struct pinfold_status *ret_status, struct pinfold_error *err);

/*
 * Asks the container to end. With PINFOLD_FORWARD_CANCEL the initial program gets a signal and the container goes on;
 * once that program has ended, or without the flag, everything in the container is ended at once. After wait_delay, if
 * set, SIGKILL. The run is then reported as cancelled, unless its program had ended before. Also ends a container that
 * has not been served. Any thread, signal handlers. -ESRCH: not running (any more).
 */
int pinfold_cancel(struct pinfold *box);

/*
 * Sends a signal (1 to 64, signal(7)) to the initial program. Two are for the whole container, because job control
 * signals do not work across sessions: SIGTSTP stops everything in it (SIGSTOP), SIGCONT continues everything. What is
 * sent before the program is executed is kept for it; what is sent after its end is dropped. Any thread, signal
 * handlers. -ESRCH: not running; -EINVAL: no such signal; -EAGAIN: too many are on their way.
 */
int pinfold_signal(struct pinfold *box, int signal);

/*
 * After serve: the master of the program's terminal, close-on-exec. It is the caller's from now on: what the program
 * writes is read from it, until EIO when the container is gone; what is written to it is the program's input; ioctl_tty(2)
 * (TIOCSWINSZ) changes its size; closing it hangs the terminal up. What comes out of it is as hostile as the program.
 * -EINVAL: there is no terminal, serve has not returned, or it was taken already.
 */
int pinfold_terminal(struct pinfold *box);

/* A pidfd (pidfd_open(2)) of PID 1 that belongs to the container; readable when the container is gone. -1: none. */
int pinfold_pidfd(const struct pinfold *box);

/* The process id of the container's PID 1 as seen by the caller; 0: not started. After wait it may be another's. */
pid_t pinfold_pid(const struct pinfold *box);

/*
 * The number of a namespace that PID 1 is in, as the links in /proc/PID/ns show it (namespaces(7)); `name`: "cgroup", "ipc", "mnt",
 * "net", "pid", "user" or "uts". After start; a cgroup namespace of its own may come as late as with serve. In a user namespace that was
 * joined the caller itself cannot look at PID 1, and that one is not known if a cgroup was chosen. -EINVAL: no such kind, or there is no
 * PID 1; otherwise an error of stat(2).
 */
int pinfold_namespace(const struct pinfold *box, const char *name, uint64_t *ret);

/*
 * One line about the container for logs: `argv: ["sh" "-c" "id"], filter: true, rules: 0, flags: 0x0, presets: 0x4`.
 * Writes at most `size` bytes with the NUL to `line`, and returns the length that was needed, as snprintf(3) does.
 */
int pinfold_describe(const struct pinfold *box, char *line, size_t size);

#ifdef __cplusplus
}
#endif
#endif
