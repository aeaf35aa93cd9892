/* SPDX-License-Identifier: MIT */
/*
 * Kernels that lack one of the newer system calls (tests/support/without.c): either all is as ever, or a clean refusal names
 * what is missing. `make test-missing` runs every test without those that can be done without.
 */
#define _GNU_SOURCE

#include <stdbool.h>

#include "cli/job.h"
#include "test.h"

static const struct without {
        const char *call;
        const char *error; /* NULL: works */
} withouts[] = {
        {"clone3", NULL},
        {"faccessat2", NULL},
        {"getrandom", NULL},
        {"landlock_create_ruleset", NULL},
        {"pidfd_send_signal", NULL},
        {"rseq", NULL},
        {"keyctl add_key request_key", NULL},
        {"close_range", "cannot start container: create namespaces: hand descriptors over: "},
        {"execveat", "cannot start container: create namespaces: execute the built-in pinfold-init: "},
        {"pidfd_open", "cannot start container: create namespaces: open a pidfd of the calling process: "},
        {"fsopen", "cannot set up container: make the new root: open file system tmpfs: "},
        {"fsconfig", "cannot set up container: make the new root: configure tmpfs: "},
        {"fsmount", "cannot set up container: make the new root: mount file system tmpfs: "},
        {"move_mount", "cannot set up container: make the new root: mount the new root on /: "},
        {"statx", "cannot set up container: make the new root: look at "},
        {"open_tree", "cannot set up container: bind /usr on /usr: open /usr: "},
        {"mount_setattr", "cannot set up container: make the new root: keep the new root out of copies: "},
        {"openat2", " cannot be looked at, or something on the way to it: "},
        {"seccomp", "cannot set up container: protect init: load its syscall filter: "},
        {"keyctl", "cannot set up container: start a session: join a new session keyring: "},
};

static const struct outcome *run_without(const char *call, const char *options)
{
        static char command[512];

        snprintf(command, sizeof(command),
                 HERE "exec $WITHOUT %s -- \"$PINFOLD\" run -w . %s -- sh -c 'echo works; kill -9 1; "
                      "grep -E \"^(CapBnd|NoNewPrivs|Seccomp):\" /proc/self/status | tr -d \"\\t\\n\"'",
                 call, options);
        return run(command);
}

static bool works(const struct outcome *outcome)
{
        return outcome->status == 0 &&
               strcmp(outcome->out, "works\nCapBnd:0000000000000000NoNewPrivs:1Seccomp:2") == 0;
}

static bool refuses(const struct outcome *outcome, const char *error)
{
        return outcome->status == 125 && !*outcome->out && strstr(outcome->err, error) &&
               strstr(outcome->err, ": Function not implemented\n");
}

TEST(each)
{
        for (size_t i = 0; i < sizeof(withouts) / sizeof(withouts[0]); i++) {
                const struct without *without = &withouts[i];
                const struct outcome *outcome = run_without(without->call, "");

                if (!(without->error ? refuses(outcome, without->error) : works(outcome)))
                        fail_msg("without %s: status %d\n%s%s", without->call, outcome->status, outcome->out, outcome->err);
        }
}

/* The host's abstract sockets would be in reach. */
TEST(the_hosts_network_takes_landlock)
{
        const struct outcome *outcome = run_without("landlock_create_ruleset", "--net host");

        assert_int_equal(outcome->status, 125);
        assert_non_null(strstr(outcome->err, "Landlock is not available"));
        assert_int_equal(run_without("landlock_create_ruleset", "--net host --host-abstract")->status, 0);
}

/* Nothing was sent yet, and PID 1 waits for it. */
TEST_IF_(an_end_without_pidfd_send_signal, geteuid() != 0 /* who may map these ids */)
{
        check_error("exec $WITHOUT pidfd_send_signal -- \"$PINFOLD\" run --empty --root / --map-uids 0:4000000000:10 -- true",
                    125, "cannot set up container: ");
}
