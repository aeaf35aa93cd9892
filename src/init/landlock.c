/* SPDX-License-Identifier: MIT */
/* Scoping of signals and abstract unix sockets: landlock(7). */
#include <errno.h>

#include "base/cleanup.h"
#include "init/init.h"
#include "syscall/landlock.h"

#define ABI_SCOPES 6 /* Linux 6.12 */

/*
 * Without Landlock signals are covered by the pid namespace. Abstract sockets belong to a network namespace: only where
 * the host's is kept would its sockets be in reach.
 */
static int do_without(const struct init *init, int abi, struct pinfold_error *err)
{
        if (!(init->setup.flags & PINFOLD_HOST_NET) || (init->setup.flags & PINFOLD_HOST_ABSTRACT))
                return 0;
        if (abi < 0)
                return error_set(err, -abi, "Landlock is not available, which must keep the host's abstract sockets "
                                            "out of reach in its network");
        return error_set(err, ENOSYS, "Landlock ABI %d cannot scope abstract sockets, which takes Linux 6.12", abi);
}

bool landlock_scopes_signals(void)
{
        return sys_landlock_abi() >= ABI_SCOPES;
}

int stage_landlock(struct init *init, struct pinfold_error *err)
{
        uint64_t scopes = init->setup.flags & PINFOLD_HOST_SIGNALS ? 0 : SYS_SCOPE_SIGNAL;
        _cleanup_close_ int ruleset = -1;
        int r = sys_landlock_abi();

        /* A kernel without it, or a filter around us; anything else does not mean that it is not there. */
        if (r < 0 && r != -ENOSYS && r != -EOPNOTSUPP && r != -EPERM)
                return error_set(err, -r, "ask for the Landlock ABI");
        if (r < ABI_SCOPES)
                return do_without(init, r, err);
        if (!(init->setup.flags & PINFOLD_HOST_ABSTRACT))
                scopes |= SYS_SCOPE_ABSTRACT_UNIX_SOCKET;
        if (scopes == 0)
                return 0;
        ruleset = sys_landlock_scope(scopes);
        if (ruleset < 0)
                return error_set(err, -ruleset, "create a Landlock ruleset");
        r = sys_landlock_restrict_self(ruleset);
        return r < 0 ? error_set(err, -r, "enforce the Landlock ruleset") : 0;
}
