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
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
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
        r = sys_capabilities_raise(SETUP_CAPABILITIES | strtoull(beginning->argv[3], NULL, 16));
        if (r == 0)
                beginning->live(beginning->argv);
        error_set(&err, -r, "raise capabilities");
        error_stage(&err, PINFOLD_STAGE_START);
        report_error(atoi(beginning->argv[1]), &err, true);
        return 1;
}

/*
 * Before anything is created in them. A process that has just got capabilities by that cannot be looked at by its owner, the caller, but
 * for a flag; those inside, who have none of them, may not in any case.
 */
static int join(char **argv, struct launched *launched)
{
        int userns = atoi(argv[5]), pidns = atoi(argv[6]);

        launched->step = LAUNCHED_USERNS;
        if (userns >= 0 && setns(userns, CLONE_NEWUSER) < 0)
                return -errno;
        launched->step = LAUNCHED_PIDNS;
        if (pidns >= 0 && setns(pidns, CLONE_NEWPID) < 0)
                return -errno;
        launched->step = LAUNCHED_CLONE;
        return userns >= 0 ? sys_set_dumpable(1) : 0;
}

/*
 * A process namespace can be created by a process that is in its parent, and we are not, but our children are from now on. PID 1 then
 * has us for its parent, and whoever takes care of orphans when we are gone; and its number here is not known: the pidfd says it.
 */
static bool is_launcher(char **argv, uint64_t flags, int *ret_status)
{
        int status;
        pid_t pid;

        *ret_status = 1;
        if (atoi(argv[6]) < 0 || !(flags & CLONE_NEWPID))
                return true;
        pid = _Fork();
        if (pid == 0)
                return true;
        if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status))
                *ret_status = WEXITSTATUS(status);
        return false;
}

int launch(char **argv, void (*live)(char **argv))
{
        struct beginning beginning = {.argv = argv, .live = live};
        struct sys_clone clone = {
                .flags = strtoull(argv[4], NULL, 16),
                .stack = sys_map_stack(PROGRAM_STACK),
                .stack_size = PROGRAM_STACK,
                .cgroup = -1,
                .run = begin,
                .argument = &beginning,
        };
        struct launched launched = {.type = PACKET_LAUNCHED};
        int pidfd = -1, pid = -EINVAL;

        if ((clone.flags & LEAST) == LEAST && !(clone.flags & ~(uint64_t)MOST) && clone.stack)
                pid = join(argv, &launched);
        if (pid == 0) {
                int status;

                if (!is_launcher(argv, clone.flags, &status))
                        return status;
                clone.flags |= CLONE_PARENT;
                pid = pipe2(beginning.ends, O_CLOEXEC) < 0 ? -errno : sys_clone(&clone, &pidfd);
        }
        launched.error = pid < 0 ? (uint32_t)-pid : 0;
        launched.pid = pid < 0 || atoi(argv[6]) >= 0 ? 0 : (uint32_t)pid;
        if (sys_send(atoi(argv[1]), &launched, sizeof(launched), NULL, 0, NULL, 0, true) < 0 || pid < 0)
                return 1;
        return sys_send(atoi(argv[1]), &launched, sizeof(launched), NULL, 0, &pidfd, 1, true) < 0;
}
