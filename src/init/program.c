/* SPDX-License-Identifier: MIT */
/*
 * PID 2: sets the container up and becomes the program.
 *
 * Theory of operation. It starts with the ids of the program, the capabilities of wire/handover.h in the container's own user
 * namespace, and the
 * host's file system in view (a copy of the mount table). Stage by stage that power is used and given up:
 *
 *   session       True afterwards: own session (or process group) and keyring; nothing executed gains privileges.
 *   landlock      signals, and unless asked otherwise abstract sockets, reach only what is inside.
 *   hostname, network   the names and the loopback device are the container's own.
 *   new root      no mount made here propagates out; an empty root lies on top of "/", reachable by descriptor only.
 *   prepare       every source of the host is open, with its mount flags set.
 *   apply         the new root is complete.
 *   pivot         no path, and no working directory, leads to the host's file system.
 *   userns        no user namespace can be created inside (or: we are in the nested one of a privileged container).
 *   terminal      the program's own terminal, if it has one, is the session's, and the caller has the other side.
 *   capabilities  none are left (or: CAP_SYS_ADMIN).
 *   seccomp ahead what waits for its program has the filter loaded, unless that would refuse something below.
 *   await program the program is known: from the beginning, or it has been waited for here.
 *   directory     the working directory is set, with the program's own rights.
 *   descriptors   0, 1, 2, ... are the program's; all others are closed by execution. Signals and umask as it expects.
 *   limits        limits, nice value and CPUs are the program's.
 *   unblock       signals are unblocked, and what setup has used is known.
 *   seccomp       the filter is loaded. From here on no system call can be relied on, unless it was loaded ahead.
 *   exec          does not return.
 */
#define _GNU_SOURCE

#include "init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "init/report.h"

static const struct stage stages[] = {
        {PINFOLD_STAGE_SESSION, stage_session},
        {PINFOLD_STAGE_LANDLOCK, stage_landlock},
        {PINFOLD_STAGE_HOSTNAME, stage_hostname},
        {PINFOLD_STAGE_NETWORK, stage_network},
        {PINFOLD_STAGE_NEW_ROOT, stage_new_root},
        {PINFOLD_STAGE_PREPARE, stage_prepare},
        {PINFOLD_STAGE_APPLY, stage_apply},
        {PINFOLD_STAGE_PIVOT, stage_pivot},
        {PINFOLD_STAGE_USERNS, stage_userns},
        {PINFOLD_STAGE_TERMINAL, stage_terminal},
        {PINFOLD_STAGE_CAPABILITIES, stage_capabilities},
        {PINFOLD_STAGE_SECCOMP, stage_seccomp_ahead, seccomp_goes_ahead},
        {PINFOLD_STAGE_RECEIVE, stage_await_program, awaits_program},
        {PINFOLD_STAGE_DIRECTORY, stage_directory},
        {PINFOLD_STAGE_DESCRIPTORS, stage_descriptors},
        {PINFOLD_STAGE_LIMITS, stage_limits},
        {PINFOLD_STAGE_EXEC, stage_unblock},
        {PINFOLD_STAGE_SECCOMP, stage_seccomp, seccomp_is_left},
        {PINFOLD_STAGE_EXEC, stage_exec},
};

ON_OWN_STACK void program(struct init *init)
{
        struct pinfold_error err;

        init->umask = umask(0);
        stages_run(stages, ELEMENTS(stages), init, &err);
        report_error(init->socket, &err, true);
        init->outcome->state = OUTCOME_REPORTED;
        _exit(1);
}
