/* SPDX-License-Identifier: MIT */
/* pinfold doctor, on systems that lack something: made on the spot, with a user namespace or a container around it. */
#define _GNU_SOURCE

#include <stdbool.h>

#include "cli/job.h"
#include "support/kernel.h"
#include "test.h"

/* As root of a user namespace; `commands` come before doctor. */
#define WITHIN(commands) "exec unshare -Urm sh -c '" commands " exec $PINFOLD doctor'"

/* In a container that allows others in it. Its id is not root's, who could not map itself there. */
#define NESTED(options) "exec $PINFOLD run --nested --uid 7 --gid 7 -r $PINFOLD -C / " options " $PINFOLD doctor"

/* Without the hardening, which would refuse things for another reason. */
#define WITH_RULE(rule) NESTED("--no-hardening --seccomp-rule " rule)

/* Root's containers have parts of their /proc read-only, and so no other one inside. */
#define NESTED_STATUS (geteuid() == 0 ? 1 : 0)

/* Fails unless a line says that `name` is at `level`, and the lines that belong to it hold `text` (may be NULL). */
static void expect(const struct outcome *outcome, const char *name, const char *level, const char *text)
{
        char flat[TEXT_MAX], start[64], *row, *end;
        size_t used = 0;

        /* Lines that begin with a space belong to the one before; wrapped text becomes one line again. */
        for (const char *at = outcome->out; *at; at++) {
                bool wrapped = *at == '\n' && at[1] == ' ';

                if ((wrapped || *at == ' ') && used > 0 && flat[used - 1] == ' ')
                        continue;
                flat[used++] = wrapped ? ' ' : *at;
        }
        flat[used] = '\0';
        snprintf(start, sizeof(start), "\n%s %s ", name, level);
        row = strstr(flat, start);
        if (!row) {
                print_error("no row \"%s %s\" in:\n%s%s", name, level, outcome->out, outcome->err);
                fail();
        }
        end = strchrnul(row + 1, '\n');
        *end = '\0';
        if (text && !strstr(row, text)) {
                print_error("no \"%s\" in: %s\n", text, row);
                fail();
        }
}

TEST(nothing_is_missing_here)
{
        const struct outcome *outcome = check("exec $PINFOLD doctor", 0, NULL);

        assert_string_equal(outcome->err, "");
        assert_null(strstr(outcome->out, " missing  "));
        expect(outcome, "user-namespaces", "ok", NULL);
        expect(outcome, "memfd-exec", "ok", NULL);
        expect(outcome, "seccomp", "ok", NULL);
        expect(outcome, "run", "ok", "a container as of `pinfold run` works");
        assert_non_null(strstr(outcome->out, ", 0 missing\n"));
}

TEST(leaves_no_process)
{
        check("exec python3 -c 'import ctypes, os, subprocess\n"
              "ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)\n" /* PR_SET_CHILD_SUBREAPER */
              "subprocess.run([os.environ[\"PINFOLD\"], \"doctor\"], stdout=subprocess.DEVNULL)\n"
              "try: print(os.waitpid(-1, os.WNOHANG))\nexcept ChildProcessError: print(\"none\")'", 0, "none\n");
}

TEST(a_caller_that_ignores_its_children)
{
        const struct outcome *outcome = check("exec env --ignore-signal=CHLD \"$PINFOLD\" doctor", 0, NULL);

        expect(outcome, "process-calls", "ok", NULL);
}

TEST(lines_fit_on_a_terminal)
{
        const struct outcome *outcome = check(WITHIN("echo 0 >/proc/sys/user/max_net_namespaces;"), 1, NULL);

        for (const char *at = outcome->out, *end; *at; at = end + 1) {
                end = strchrnul(at, '\n');
                assert_true(end - at < 80);
                assert_true(end == at || end[-1] != ' ');
        }
}

/* The host is not to blame. */
TEST(a_default_profile_that_fails)
{
        const struct outcome *outcome = check("mkdir -p $DIR/pinfold; echo read /no/such >$DIR/pinfold/default; export XDG_CONFIG_HOME=$DIR; cd /; "
                                              "exec $PINFOLD doctor", 1, NULL);

        expect(outcome, "run", "missing", "/pinfold/default:1:6: cannot set up container: bind /no/such");
}

TEST(no_user_namespaces)
{
        const struct outcome *outcome = check(WITHIN("echo 0 >/proc/sys/user/max_user_namespaces;"), 1, NULL);

        expect(outcome, "user-namespaces", "missing", "cure: as root: sysctl -w user.max_user_namespaces=");
        /* What stands on them has no cure of its own. */
        expect(outcome, "proc", "missing", "takes user-namespaces");
        expect(outcome, "overlay", "limited", "takes user-namespaces");
        expect(outcome, "run", "missing", "No space left on device; see user-namespaces");
        expect(outcome, "seccomp", "ok", NULL);
}

/* Here the library has a call that is not refused. Elsewhere it has the installed init: tests/kernels/apparmor.sh. */
TEST(no_user_namespaces_for_the_command_itself)
{
        const struct outcome *outcome = check(WITH_RULE("unshare:errno=EPERM:0==0x10000000"), NESTED_STATUS, NULL);
        bool user = geteuid() != 0;

        expect(outcome, "user-namespaces", user ? "limited" : "missing", "create one: Operation not permitted");
        expect(outcome, "user-namespaces", user ? "limited" : "missing",
               user ? "costs: nothing: a container starts all the same" : "costs: no container can be started");
        expect(outcome, "proc", user ? "limited" : "missing", user ? "not tried without user-namespaces" : "takes user-namespaces");
        expect(outcome, "run", user ? "ok" : "missing", NULL);
}

TEST(no_namespaces_of_one_kind)
{
        const struct outcome *outcome = check(WITHIN("echo 0 >/proc/sys/user/max_uts_namespaces;"), 1, NULL);

        expect(outcome, "namespaces", "missing", "create a uts namespace: No space left on device");
        expect(outcome, "namespaces", "missing", "sysctl -w user.max_uts_namespaces=");
        outcome = check(WITHIN("echo 0 >/proc/sys/user/max_cgroup_namespaces;"), 1, NULL);
        expect(outcome, "namespaces", "missing", "sysctl -w user.max_cgroup_namespaces=");
        expect(outcome, "run", "missing", "see namespaces");
}

TEST(an_id_that_is_not_mapped)
{
        expect(check("exec unshare -U \"$PINFOLD\" doctor", 1, NULL), "user-namespaces", "missing", "has no id in the user");
}

/* The filter answers before the limit that is there too. */
TEST(inside_a_container)
{
        const struct outcome *outcome = check("exec $PINFOLD run -r $PINFOLD -C / $PINFOLD doctor", 1, NULL);

        expect(outcome, "user-namespaces", "missing", "a syscall filter around pinfold refuses user namespaces");
        expect(outcome, "user-namespaces", "missing", "cure: allow unshare");
        expect(outcome, "clone3", "limited", "clone3: Function not implemented");
        expect(outcome, "seccomp", "ok", "a filter around pinfold already");
        expect(outcome, "run", "missing", "Operation not permitted; see user-namespaces");
}

TEST(inside_a_container_that_allows_it)
{
        const struct outcome *outcome = check(NESTED("--presets none"), NESTED_STATUS, NULL);

        expect(outcome, "user-namespaces", "ok", NULL);
        /* Forbidden inside, but there is one already. */
        expect(outcome, "namespaces", "ok", "cgroup");
        expect(outcome, "run", geteuid() == 0 ? "missing" : "ok", geteuid() == 0 ? "see proc" : NULL);
}

TEST(root_inside_a_container)
{
        const struct outcome *outcome = check("exec $PINFOLD run --nested --presets none --uid 0 -r $PINFOLD -C / $PINFOLD "
                                              "doctor", 1, NULL);

        expect(outcome, "id-map", "missing", "root may not map itself without CAP_SETFCAP");
        expect(outcome, "run", "missing", "see id-map");
}

TEST(masked_proc)
{
        const struct outcome *outcome = check(WITHIN("mount -t tmpfs t /proc/fs;"), 1, NULL);

        expect(outcome, "mount-calls", "ok", NULL);
        expect(outcome, "proc", "missing", "docker: --security-opt systempaths=unconfined");
        expect(outcome, "run", "missing", "proc on /proc:");
}

TEST(read_only_proc)
{
        const struct outcome *outcome = check(WITHIN("mount -o remount,bind,ro /proc;"), 1, NULL);

        expect(outcome, "id-map", "missing", "Read-only file system; /proc is read-only here");
        expect(outcome, "proc", "missing", "takes id-map");
}

TEST(no_proc)
{
        const struct outcome *outcome = check(WITHIN("mount -t tmpfs t /proc;"), 1, NULL);

        expect(outcome, "id-map", "missing", "cure: as root: mount -t proc proc /proc");
        expect(outcome, "cgroup", "limited", "no cgroup v2 that can be seen");
}

TEST(chroot)
{
        const struct outcome *outcome =
                check("mkdir root; exec unshare -Urm sh -c 'mount -t tmpfs t root; cd root; mkdir bare; cd bare; "
                      "for d in usr proc etc dev; do mkdir $d; mount --rbind /$d $d; done; cp $PINFOLD pinfold; "
                      "ln -s usr/bin usr/lib usr/lib64 .; exec chroot . /pinfold doctor'; ", 1, NULL);

        expect(outcome, "user-namespaces", "missing", "this is a chroot");
        expect(outcome, "user-namespaces", "missing", "cure: run pinfold outside of the chroot");
}

/* By a filter: an unprivileged user cannot set the sysctl. */
TEST(memory_that_may_not_be_executed)
{
        const struct outcome *outcome = check(WITH_RULE("memfd_create:errno=EACCES"), 1, NULL);

        expect(outcome, "memfd-exec", "limited", "create a memory file that may be executed: Permission denied");
        expect(outcome, "memfd-exec", "limited", "costs: the file /");
        expect(outcome, "run", "missing", "memory may not be executed");
}

/* In a pid namespace of its own, whose setting this is. */
ROOT_TEST(memfd_noexec)
{
        const struct outcome *outcome;

        if (kernel_is_before(6, 3)) {
                expect(check("exec $PINFOLD doctor", 0, NULL), "memfd-exec", "ok", NULL); /* nothing forbids it */
                return;
        }
        outcome = check("exec unshare -mpf --mount-proc sh -c 'echo 2 >/proc/sys/vm/memfd_noexec; $PINFOLD doctor'", 1, NULL);
        expect(outcome, "memfd-exec", "limited", "cure: as root: sysctl -w vm.memfd_noexec=1");
        expect(outcome, "run", "missing", "see memfd-exec");
}

/* An attempt that does not come back is a finding like any other. */
TEST(a_filter_that_kills)
{
        const struct outcome *outcome = check(WITH_RULE("fsopen:kill"), 1, NULL);

        expect(outcome, "id-map", "ok", NULL);
        expect(outcome, "mount-calls", "missing", "Bad system call");
        expect(outcome, "mount-calls", "missing", "a syscall filter may hide the call");
}

TEST(no_landlock)
{
        const struct outcome *outcome = check(WITH_RULE("landlock_create_ruleset:errno=EOPNOTSUPP"), NESTED_STATUS, NULL);

        expect(outcome, "landlock", "limited", "costs: --net host is refused without --host-abstract");
        expect(outcome, "landlock", "limited", "cure: Linux 6.12");
}

/* With files of its own. */
TEST(no_subordinate_ids)
{
        const struct outcome *outcome =
                check("touch empty; exec unshare -Um --map-user=7 --map-group=7 --keep-caps sh -c 'mount --bind empty "
                      "/etc/subuid; exec setpriv --inh-caps=-all --ambient-caps=-all $PINFOLD doctor'", 0, NULL);

        expect(outcome, "subordinate-ids", "limited", "none for uid 7 in");
        expect(outcome, "subordinate-ids", "limited", "cure: as root, a row USER:100000:65536 in both files");
}

ROOT_TEST(subordinate_ids)
{
        expect(check("echo 0:100000:3 >few; exec unshare -m sh -c 'mount --bind few /etc/subuid; "
                     "mount --bind few /etc/subgid; exec $PINFOLD doctor'", 0, NULL),
               "subordinate-ids", "ok", "4 uids and 4 gids");
}

TEST(json)
{
        const char *parse = "python3 -c 'import json, sys; a = json.load(sys.stdin);"
                            "print(*[f[\"name\"] + \"=\" + f[\"level\"] for f in a if \"cure\" in f and \"costs\" in f"
                            " and f[\"level\"] == \"missing\"]);"
                            "print(all(f[\"detail\"] for f in a), len(a) > 10)'";
        char command[1024];

        snprintf(command, sizeof(command), "$PINFOLD doctor --json >all && %s <all", parse);
        check(command, 0, "\nTrue True\n");
        snprintf(command, sizeof(command), "unshare -Urm sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; "
                 "$PINFOLD doctor --json' >all; test $? = 1 && %s <all", parse);
        check(command, 0, "user-namespaces=missing\nTrue True\n");
}

TEST(arguments)
{
        check_error("exec $PINFOLD doctor --jsom", 125, "pinfold: doctor: unknown option --jsom\nhint: did you mean --json?\n");
        check_error("exec $PINFOLD doctor now", 125, "unexpected argument now\n");
        assert_non_null(strstr(check("exec $PINFOLD doctor --help", 0, NULL)->out, "Usage: pinfold doctor [--json]"));
        check_error("exec $PINFOLD doctor >/dev/full", 125, "standard output");
}

TEST(a_run_that_cannot_start_refers_to_it)
{
        check_error("exec unshare -U \"$PINFOLD\" run true", 125, "\nhint: `pinfold doctor` tries ");
        assert_null(strstr(check_error("exec $PINFOLD run --empty --root / /no/such", 127, NULL)->err, "doctor"));
}
