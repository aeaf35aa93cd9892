/* SPDX-License-Identifier: MIT */
/*
 * Where only programs with a profile of AppArmor may create user namespaces, a program that uses libpinfold needs none if the
 * installed pinfold-init has one (packaging/apparmor): it is executed as the launcher, and creates them. PID 1 is a copy of
 * the launcher, and not executed, but the caller's own child (CLONE_PARENT), to be waited for as ever.
 */
#define _GNU_SOURCE

#include "init/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/namespaces.h"
#include "init/init.h"
#include "init/report.h"
#include "syscall/capability.h"
#include "syscall/clone.h"
#include "syscall/socket.h"
#include "wire/handover.h"

/* What there is to create, in any case and at most. A user namespace is, or is joined. */
#define LEAST CLONE_NEWNS
#define MOST (LEAST | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP)

struct beginning {
        char **argv;
        void (*live)(char **argv);
        int ends[2]; /* of a pipe that the launcher's end closes */
};

/* From the host's proc, which is still in view. */
static int locate(int socket)
{
        struct located located = {.type = PACKET_LOCATED};

        for (size_t i = 0; i < NAMESPACES; i++) {
                char path[32] = "/proc/self/ns/";
                struct stat file;

                strcat(path, namespace_names[i]);
                if (stat(path, &file) == 0)
                        located.namespaces[i] = file.st_ino;
        }
        return sys_send(socket, &located, sizeof(located), NULL, 0, NULL, 0, true);
}

/* Nothing is said before the launcher has told of us. */
ON_OWN_STACK static int begin(void *argument)
{
        const struct beginning *beginning = argument;
        struct pinfold_error err;
        char nothing;
        int r;

        close_fd(beginning->ends[1]);
        sys_call(__NR_read, beginning->ends[0], &nothing, sizeof(nothing));
        close_fd(beginning->ends[0]);
        if (atoi(beginning->argv[5]) >= 0 && locate(atoi(beginning->argv[1])) < 0)
                return 1; /* nobody is there */
        r = sys_capabilities_raise(SETUP_CAPABILITIES | strtoull(beginning->argv[3], NULL, 16));
        if (r == 0)
                beginning->live(beginning->argv);
        error_set(&err, -r, "raise capabilities");
        error_stage(&err, PINFOLD_STAGE_START);
        report_error(atoi(beginning->argv[1]), &err, true);
        return 1;
}

/*
 * Before anything is created in them. PID 1 will wait in that user namespace with the host's files in view: undumpable, as it is from us,
 * nobody can trace it, whatever capabilities he has in there. Nor can the caller: locate.
 */
static int join(char **argv, struct launched *launched)
{
        int userns = atoi(argv[5]), pidns = atoi(argv[6]);
        int r;

        launched->step = LAUNCHED_USERNS;
        if (userns >= 0) {
                r = sys_set_dumpable(0);
                if (r < 0)
                        return r;
                if (setns(userns, CLONE_NEWUSER) < 0)
                        return -errno;
                r = sys_set_dumpable(0); /* new credentials can undo it: fs.suid_dumpable of proc_sys_fs(5) */
                if (r < 0)
                        return r;
        }
        launched->step = LAUNCHED_PIDNS;
        if (pidns >= 0 && setns(pidns, CLONE_NEWPID) < 0)
                return -errno;
        launched->step = LAUNCHED_CLONE;
        return 0;
}

static int tell(char **argv, const struct launched *launched, const int *pidfd)
{
        return sys_send(atoi(argv[1]), launched, sizeof(*launched), NULL, 0, pidfd, pidfd ? 1 : 0, true);
}

/* PID 1, or the news that there is none. Returns the exit status. */
static int create(char **argv, void (*live)(char **argv), struct launched *launched, int error)
{
        struct beginning beginning = {.argv = argv, .live = live};
        struct sys_clone clone = {
                .flags = strtoull(argv[4], NULL, 16) | CLONE_PARENT,
                .stack = sys_map_stack(PROGRAM_STACK),
                .stack_size = PROGRAM_STACK,
                .cgroup = -1,
                .run = begin,
                .argument = &beginning,
        };
        int pidfd = -1, pid = error;

        if (pid == 0 && !clone.stack)
                pid = -ENOMEM;
        if (pid == 0)
                pid = pipe2(beginning.ends, O_CLOEXEC) < 0 ? -errno : sys_clone(&clone, &pidfd);
        launched->error = pid < 0 ? (uint32_t)-pid : 0;
        launched->pid = pid < 0 || atoi(argv[6]) >= 0 ? 0 : (uint32_t)pid;
        if (tell(argv, launched, NULL) < 0 || pid < 0)
                return 1;
        return tell(argv, launched, &pidfd) < 0;
}

/* It may say something when the caller knows that it has to be reaped. */
ON_OWN_STACK static int middle(void *argument)
{
        const struct beginning *beginning = argument;
        struct launched launched = {.type = PACKET_LAUNCHED};
        char nothing;

        close_fd(beginning->ends[1]);
        sys_call(__NR_read, beginning->ends[0], &nothing, sizeof(nothing));
        close_fd(beginning->ends[0]);
        return create(beginning->argv, beginning->live, &launched, 0);
}

/*
 * A process namespace is created by a process that is in its parent. That is not us, but a child, which is the caller's, too. What number
 * PID 1 has for the caller is for the pidfd to say.
 */
static int create_below(char **argv, void (*live)(char **argv), struct launched *launched)
{
        struct beginning beginning = {.argv = argv, .live = live};
        struct sys_clone clone = {
                .flags = CLONE_PARENT,
                .stack = sys_map_stack(PROGRAM_STACK),
                .stack_size = PROGRAM_STACK,
                .cgroup = -1,
                .run = middle,
                .argument = &beginning,
        };
        int pidfd = -1, pid = -ENOMEM;

        if (clone.stack)
                pid = pipe2(beginning.ends, O_CLOEXEC) < 0 ? -errno : sys_clone(&clone, &pidfd);
        if (pid < 0)
                return create(argv, live, launched, pid);
        launched->step = LAUNCHED_MIDDLE;
        return tell(argv, launched, &pidfd) < 0;
}

int launch(char **argv, void (*live)(char **argv))
{
        struct launched launched = {.type = PACKET_LAUNCHED};
        uint64_t flags = strtoull(argv[4], NULL, 16);
        int r = (flags & LEAST) == LEAST && !(flags & ~(uint64_t)MOST) ? join(argv, &launched) : -EINVAL;

        if (r == 0 && atoi(argv[6]) >= 0 && (flags & CLONE_NEWPID))
                return create_below(argv, live, &launched);
        return create(argv, live, &launched, r);
}
