/* SPDX-License-Identifier: MIT */
/* Session, process group, keyring: setsid(2), setpgid(2), session-keyring(7). */
#define _GNU_SOURCE

#include <errno.h>
#include <unistd.h>

#include "init/init.h"
#include "syscall/capability.h"
#include "syscall/keyring.h"

/* The caller's session keyring would be usable inside as if it were ours. */
static int leave_keyring(struct pinfold_error *err)
{
        int r = sys_join_session_keyring();

        if (r >= 0)
                return 0;
        /* A kernel without keys, or a filter like Docker's: nothing can be done with the keyring that we keep. */
        if (sys_keys_are_refused())
                return 0;
        return error_set(err, -r, "join a new session keyring");
}

/* All signals are blocked, so SIGTTOU does not stop us. The streams that are given are the first files. */
static void foreground(const struct init *init)
{
        size_t given = 0;

        for (unsigned i = 0; i < 3; i++)
                if ((init->setup.program.streams >> i & 1) && tcsetpgrp(init->inbox.files[given++], getpid()) == 0)
                        return;
}

int stage_session(struct init *init, struct pinfold_error *err)
{
        int r;

        if (init->setup.flags & PINFOLD_RETAIN_SESSION) {
                /* kill(0, ...) reaches the whole process group, also those of its processes that are outside. */
                if (!(init->setup.flags & PINFOLD_RETAIN_GROUP) && setpgid(0, 0) < 0)
                        return error_set(err, errno, "create a process group");
                if (init->setup.host & SETUP_FOREGROUND)
                        foreground(init);
        } else if (setsid() < 0) {
                return error_set(err, errno, "create a session");
        }
        r = sys_no_new_privs();
        if (r < 0)
                return error_set(err, -r, "set no_new_privs");
        return leave_keyring(err);
}
