/* SPDX-License-Identifier: MIT */
/*
 * Where only programs with a profile of AppArmor may create user namespaces, a program that uses libpinfold needs none if the
 * installed pinfold-init has one (packaging/apparmor): it is executed as the launcher, and creates them. PID 1 is a copy of
 * the launcher, and not executed, but the caller's own child (CLONE_PARENT), to be waited for as ever.
 */
#define _GNU_SOURCE

#include "init/launch.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "init/init.h"
#include "init/report.h"
#include "syscall/capability.h"
#include "syscall/clone.h"
#include "syscall/socket.h"
#include "wire/handover.h"

/* What there is to create, in any case and at most. */
#define LEAST (CLONE_NEWUSER | CLONE_NEWNS)
#define MOST (LEAST | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP)

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

        if ((clone.flags & LEAST) == LEAST && !(clone.flags & ~(uint64_t)MOST) && clone.stack) {
                clone.flags |= CLONE_PARENT;
                pid = pipe2(beginning.ends, O_CLOEXEC) < 0 ? -errno : sys_clone(&clone, &pidfd);
        }
        launched.error = pid < 0 ? (uint32_t)-pid : 0;
        launched.pid = pid < 0 ? 0 : (uint32_t)pid;
        if (sys_send(atoi(argv[1]), &launched, sizeof(launched), NULL, 0, NULL, 0, true) < 0 || pid < 0)
                return 1;
        return sys_send(atoi(argv[1]), &launched, sizeof(launched), NULL, 0, &pidfd, 1, true) < 0;
}
