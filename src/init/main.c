/* SPDX-License-Identifier: MIT */
/*
 * pinfold-init: PID 1 of a container.
 *
 * Theory of operation. The library creates the namespaces and executes this program in them, with a socket to itself and
 * a pidfd of itself (wire/handover.h). PID 1 then does the following, and nothing that could hang, because somebody has to
 * notice when the caller dies:
 *
 *   receive   reads the setup message. True afterwards: every byte of it has been checked.
 *   map ids   writes the id maps. True afterwards: the ids are the program's.
 *   protect   True afterwards: no process inside can trace or dump this one, or open its descriptors through /proc; the cgroup
 *             namespace is the container's.
 *   fork      creates the process that becomes the program (program.c), where all setup happens. Until that is executed it
 *             shares this one's memory.
 *   watch     without capabilities and behind a filter of its own: reaps, forwards signals, and ends the container when
 *             the program has ended, the caller cancels, or the caller is gone (reaper.c decides, watch.c acts).
 *
 * Until the fork, a failure is reported and ends everything. After it, PID 1 ends only as the reaper says.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "init/capabilities.h"
#include "init/control.h"
#include "init/ids.h"
#include "init/init.h"
#include "init/launch.h"
#include "init/report.h"
#include "syscall/capability.h"
#include "syscall/clone.h"
#include "syscall/process.h"
#include "wire/handover.h"

#define SIGNALS 64

/* SIGTERM must be caught before anything is read: a caller may cancel at any moment. */
static int open_signals(struct init *init, struct pinfold_error *err)
{
        sigset_t all, watched;

        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, NULL);
        /*
         * A caller's SIG_IGN outlives execution: with that of SIGCHLD the kernel would reap our children, and wake nobody; and the
         * program is to find all of them as they are by default.
         */
        for (int signal = 1; signal <= SIGNALS; signal++)
                sys_signal_action(signal, SIG_DFL);
        sigemptyset(&watched);
        sigaddset(&watched, SIGCHLD);
        sigaddset(&watched, SIGTERM);
        init->signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
        return init->signals < 0 ? error_set(err, errno, "open a signalfd") : 0;
}

/*
 * Setup uses what it has, and nothing executed in here is ever to have more than the program is to keep: that inherits it from here, where it
 * costs no time, because the message is still on its way.
 */
static int drop_bounding_set(struct init *init, struct pinfold_error *err)
{
        return capabilities_bound(init->kept, err);
}

/* Cancelled before there was a program: the caller learns just that. */
static _Noreturn void end_cancelled(struct init *init)
{
        struct ended ended = {.status = 128 + SIGKILL, .cancelled = true};

        report_ended(init->socket, &ended);
        _exit((int)ended.status);
}

/* One packet of the caller's. Whoever has taken the container over from the one that started it is the caller from then on. */
static int receive_one(struct init *init, struct pinfold_error *err)
{
        struct control control;
        int r = control_read(init->socket, &init->inbox, &control, err);

        if (r < 0)
                return r;
        switch (control.kind) {
        case CONTROL_CLOSED:
                _exit(1);
        case CONTROL_CANCEL:
                end_cancelled(init);
        case CONTROL_SIGNAL:
                control_hold(&init->held, control.signal);
                break;
        case CONTROL_CALLER:
                close_fd(init->caller);
                init->caller = control.caller;
                break;
        case CONTROL_TIMEOUT:
                return error_set(err, EBADMSG, "a time limit before there is a program");
        case CONTROL_NOTHING:
                break;
        }
        return 0;
}

static int stage_receive(struct init *init, struct pinfold_error *err)
{
        int r = inbox_open(&init->inbox, err);

        if (r < 0)
                return r;
        while (!inbox_complete(&init->inbox)) {
                struct pollfd sources[] = {
                        {.fd = init->socket, .events = POLLIN},
                        {.fd = init->signals, .events = POLLIN},
                        {.fd = init->caller, .events = POLLIN},
                };

                if (poll(sources, ELEMENTS(sources), -1) < 0 && errno != EINTR)
                        return error_set(err, errno, "poll");
                if (sources[1].revents && control_cancelled(init->signals, true, init->host_pid))
                        end_cancelled(init);
                /* Nobody is left to tell; unless what is still to be read says who is the caller now. */
                if (sources[2].revents && !sources[0].revents)
                        _exit(1);
                r = sources[0].revents ? receive_one(init, err) : 0;
                if (r < 0)
                        return r;
        }
        r = inbox_decode(&init->inbox, &init->setup, err);
        if (r == 0 && init->host_pid != !!(init->setup.flags & PINFOLD_HOST_PID))
                return error_set(err, EBADMSG, "a process namespace, or none");
        return r;
}

static int stage_map_ids(struct init *init, struct pinfold_error *err)
{
        /* Of a process that is not dumpable, as after an execution by a caller whose real and effective ids differ, the map files are root's. */
        bool maps = init->setup.uid_map || init->setup.gid_map;
        int r = maps ? sys_set_dumpable(1) : 0;

        if (r < 0)
                return error_set(err, -r, "become dumpable");
        r = ids_map(&init->setup, err);
        return r < 0 ? r : ids_become(&init->setup, err);
}

/* Whether there is one around us that is not the host's, whose number never changes (PROC_CGROUP_INIT_INO). */
static bool in_cgroup_namespace(void)
{
        struct stat info;

        return stat("/proc/self/ns/cgroup", &info) == 0 && info.st_ino != 0xeffffffb;
}

static int stage_protect(struct init *init, struct pinfold_error *err)
{
        int r = sys_set_dumpable(0);

        if (r < 0)
                return error_set(err, -r, "become undumpable");
        if (chdir("/") < 0) /* so that pivot_root moves our working directory with the root */
                return error_path(err, errno, "enter", "/");
        /*
         * Where the start could not do that, because it also chose a cgroup, or because of ENOSPC in a container that forbids them:
         * its own view of the cgroups, which is not the host's, is ours, too, then.
         */
        if (!(init->setup.flags & PINFOLD_HOST_CGROUP) && !init->own_cgroup && unshare(CLONE_NEWCGROUP) < 0 &&
            !(errno == ENOSPC && in_cgroup_namespace()))
                return error_set(err, errno, "create a cgroup namespace");
        return 0;
}

static int protect_for_life(struct init *init, struct pinfold_error *err)
{
        int r = capabilities_keep(0, err);

        if (r < 0)
                return r;
        r = sys_no_new_privs();
        if (r < 0)
                return error_set(err, -r, "set no_new_privs");
        return filter_load(init, err);
}

/* Only where there is something to keep: keep.c. */
static int open_shelf(const struct init *init, int ends[2], struct pinfold_error *err)
{
        ends[0] = ends[1] = -1;
        if ((init->setup.host & SETUP_SHELF) && socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) < 0)
                return error_set(err, errno, "create a socket pair");
        return 0;
}

/* That the program's execution closes, and for a prepared container also that the program comes over. */
static int open_executed(const struct init *init, int ends[2], struct pinfold_error *err)
{
        bool prepare = init->setup.host & SETUP_PREPARE;
        int r;

        if ((prepare ? socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) : pipe2(ends, O_CLOEXEC)) < 0)
                return error_set(err, errno, prepare ? "create a socket for the program" : "create a pipe");
        r = prepare ? report_program(init->socket, ends[0]) : 0;
        return r < 0 ? error_set(err, -r, "send the end of a socket") : 0;
}

/* What the process that becomes the program starts with: its own copy, because PID 1 goes on with the other. */
struct beginning {
        struct init init;
        int others[4]; /* PID 1's ends, which are not for it */
};

ON_OWN_STACK static int begin_program(void *argument)
{
        struct beginning *beginning = argument;
        struct init *init = &beginning->init;

        /* A pidfd of the caller in there would be a hold on a process outside. */
        init->caller = close_fd(init->caller);
        init->signals = close_fd(init->signals);
        for (size_t i = 0; i < ELEMENTS(beginning->others); i++)
                close_fd(beginning->others[i]);
        program(init);
}

/*
 * Without a copy of the memory: for the kernel that copy would be a good part of the work of a whole start. The new process uses
 * PID 1's memory, on a stack of its own, until it is executed, and PID 1 keeps off what the C library shares out meanwhile:
 * see watch.c. It never writes what the other one reads, except before this call.
 */
static int fork_program(struct init *init, struct pinfold_error *err)
{
        static struct beginning beginning;
        struct sys_clone clone = {
                .flags = CLONE_VM | (init->setup.flags & PINFOLD_AS_PID_1 ? CLONE_NEWPID : 0),
                .stack_size = PROGRAM_STACK,
                .cgroup = -1,
                .run = begin_program,
                .argument = &beginning,
        };
        int ends[2], guard[2], shelf[2], parent[2] = {-1, -1};
        int r = open_shelf(init, shelf, err);

        if (r < 0)
                return r;
        r = open_executed(init, ends, err);
        if (r < 0)
                return r;
        if (pipe2(guard, O_CLOEXEC) < 0 || (init->host_pid && pipe2(parent, O_CLOEXEC) < 0))
                return error_set(err, errno, "create a pipe");
        clone.stack = init->stack = sys_map_stack(PROGRAM_STACK);
        if (!clone.stack)
                return error_set(err, ENOMEM, "allocate a stack");
        beginning = (struct beginning){*init, {ends[0], guard[1], shelf[0], parent[1]}};
        beginning.init.parent = parent[0];
        beginning.init.executed = ends[1];
        beginning.init.guard = guard[0];
        beginning.init.shelf = shelf[1];
        init->program = sys_clone(&clone, NULL);
        if (init->program < 0)
                return error_set(err, -init->program, "clone");
        close_fd(ends[1]);
        close_fd(guard[0]);
        close_fd(shelf[1]);
        close_fd(parent[0]);
        init->executed = ends[0];
        init->guard = guard[1];
        init->shelf = shelf[0];
        inbox_close(&init->inbox);
        /* What points into the message is the other's, and nothing is logged from here on: PID 1 must not wait for a reader. */
        init->setup = (struct setup){
                .flags = init->setup.flags & ~(uint32_t)PINFOLD_VERBOSE,
                .adopt_wait_delay = init->setup.adopt_wait_delay,
                .wait_delay = init->setup.wait_delay,
                .program.timeout = init->setup.program.timeout,
                .cancel_signal = init->setup.cancel_signal,
        };
        return 0;
}

/* Once there is another process that may have filled the socket, this must not wait for room in it. */
static _Noreturn void fail(const struct init *init, const struct pinfold_error *err, bool wait)
{
        report_error(init->socket, err, wait);
        _exit(1);
}

/* By hand, also as a PID 1 that somebody made, it does not get far. */
static bool is_setup_socket(int fd)
{
        int type = 0;
        socklen_t size = sizeof(type);

        return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

/* Not PID 1, but in its place. */
static bool is_beside_host(char **argv)
{
        return strchr(argv[3], HANDOVER_HOST_PID) != NULL;
}

static _Noreturn void live(char **argv)
{
        static const struct stage stages[] = {
                {PINFOLD_STAGE_PROTECT, open_signals},
                {PINFOLD_STAGE_PROTECT, drop_bounding_set},
                {PINFOLD_STAGE_RECEIVE, stage_receive},
                {PINFOLD_STAGE_MAP_IDS, stage_map_ids},
                {PINFOLD_STAGE_PROTECT, stage_protect},
        };
        static const struct stage for_life[] = {
                {PINFOLD_STAGE_PROTECT, watch_open},
                {PINFOLD_STAGE_PROTECT, protect_for_life},
        };
        static struct outcome outcome;
        struct init init = {.outcome = &outcome, .proc = -1, .unset = -1, .guard = -1, .shelf = -1, .parent = -1};
        struct pinfold_error err;
        prctl(PR_SET_NAME, INIT_NAME); /* of a memory file it would be "memfd:pinfold-i" */
        init.socket = atoi(argv[1]);
        init.caller = atoi(argv[2]);
        init.kept = strtoull(argv[3], NULL, 16);
        init.host_pid = is_beside_host(argv);
        init.own_cgroup = strchr(argv[3], HANDOVER_CGROUP) != NULL;
        if (stages_run(stages, ELEMENTS(stages), &init, &err) < 0)
                fail(&init, &err, true);
        if (fork_program(&init, &err) < 0) {
                error_stage(&err, PINFOLD_STAGE_FORK);
                error_prefix(&err, "%s", stage_phrase(PINFOLD_STAGE_FORK));
                fail(&init, &err, true);
        }
        if (stages_run(for_life, ELEMENTS(for_life), &init, &err) < 0)
                fail(&init, &err, false);
        init.guard = close_fd(init.guard);
        watch(&init);
}

int main(int argc, char **argv)
{
        static const char refusal[] =
                "pinfold-init: this is the PID 1 of a container; libpinfold starts it, it is of no use by hand\n";
        bool first = getpid() == 1;

        if (argc == INIT_ARGUMENTS && first != is_beside_host(argv) && is_setup_socket(atoi(argv[1])))
                live(argv);
        if (!first && argc == LAUNCHER_ARGUMENTS && is_setup_socket(atoi(argv[1])))
                return launch(argv, live);
        return write(STDERR_FILENO, refusal, sizeof(refusal) - 1) < 0 ? 2 : 1;
}
