/* SPDX-License-Identifier: MIT */
/*
 * pinfold-bwrap by itself ($PINFOLD): what cannot be compared with an older bubblewrap, as differential.py does, and what
 * has to be looked at from outside.
 */
#define _GNU_SOURCE

#include "cli/job.h"
#include "test.h"

#define USR "--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 "
#define BWRAP "exec \"$PINFOLD\" --unshare-pid " USR

/* ---- Itself ----------------------------------------------------------------------------------------------------- */

TEST(version)
{
        check("exec \"$PINFOLD\" --version", 0, "bubblewrap 0.11.1\n");
}

/* A row for each option; those of the installed one among them, word for word. */
TEST(help)
{
        check("\"$PINFOLD\" --help | grep -c '^    --'", 0, "67\n");
        check("\"$PINFOLD\" --help >$DIR/ours; bwrap --help | tail -n +2 | grep -vxFf $DIR/ours", 1, "");
        check_error("exec \"$PINFOLD\"", 1, "[OPTIONS...] [--] COMMAND [ARGS...]");
        check_error(BWRAP, 1, "[OPTIONS...] [--] COMMAND [ARGS...]");
}

/* The messages of what is newer than the installed one. */
TEST(messages)
{
        check_error(BWRAP "--argv0", 1, "bwrap: --argv0 takes one argument\n");
        check_error(BWRAP "--argv0 a --argv0 b true", 1, "bwrap: --argv0 used multiple times\n");
        check_error(BWRAP "--overlay a b", 1, "bwrap: --overlay takes three arguments\n");
        check_error(BWRAP "--overlay a b /c true", 1, "bwrap: --overlay requires at least one --overlay-src\n");
        check_error(BWRAP "--tmp-overlay /c true", 1, "bwrap: --tmp-overlay requires at least one --overlay-src\n");
        check_error(BWRAP "--overlay-src / --ro-overlay /c true", 1, "bwrap: --ro-overlay requires at least two --overlay-src\n");
        check_error(BWRAP "--overlay-src / true", 1, "bwrap: --overlay-src must be followed by another --overlay-src or one of ");
        check_error(BWRAP "--overlay-src", 1, "bwrap: --overlay-src must be followed by another --overlay-src or one of ");
        check_error(BWRAP "--ro-bind-fd 3", 1, "bwrap: --bind-fd takes two arguments\n");
        check_error(BWRAP "--symlink a /l --symlink b /l true", 1, "bwrap: Can't make symlink at /l: existing destination is a\n");
        check_error(BWRAP "--dir /l --symlink b /l true", 1,
                    "bwrap: Can't make symlink at /l: destination exists and is not a symlink\n");
        check(BWRAP "--symlink a /l --symlink a /l readlink /l", 0, "a\n");
        check_error(BWRAP "--level-prefix --chdir / --chdir /usr --nothing", 1,
                    "<4>bwrap: Only the last --chdir option will take effect\n<3>bwrap: Unknown option --nothing\n");
}

TEST(too_many_words)
{
        check_error("for i in $(seq 3001); do printf '%s\\0' --setenv A B; done >$DIR/args; " BWRAP "--args 9 true 9<$DIR/args", 1,
                    "bwrap: Exceeded maximum number of arguments 9000\n");
}

/* ---- Newer than 0.8 ----------------------------------------------------------------------------------------------- */

TEST(argv0)
{
        check(BWRAP "--argv0 other sh -c 'echo $0'", 0, "other\n");
        check(BWRAP "--argv0 other --proc /proc cat /proc/self/cmdline | tr '\\0' ' '", 0, "other /proc/self/cmdline ");
}

#define LAYERS "mkdir $DIR/a $DIR/b $DIR/rw $DIR/work; echo a >$DIR/a/f; echo b >$DIR/b/f; echo only >$DIR/a/g; "

TEST(overlays)
{
        check(LAYERS BWRAP "--overlay-src $DIR/a --overlay-src $DIR/b --ro-overlay /o sh -c 'cat /o/f /o/g; touch /o/x 2>/dev/null || echo no'",
              0, "b\nonly\nno\n");
        check("rm -r $DIR/*; " LAYERS BWRAP "--overlay-src $DIR/a --tmp-overlay /o sh -c 'echo new >/o/f; cat /o/f'; cat $DIR/a/f", 0, "new\n");
        check("cat $DIR/a/f", 0, "a\n");
        check("rm -r $DIR/*; " LAYERS BWRAP "--overlay-src $DIR/a --overlay $DIR/rw $DIR/work /o sh -c 'echo new >/o/f'", 0, "");
        check("cat $DIR/rw/f $DIR/a/f", 0, "new\na\n");
}

TEST(binds_by_descriptor)
{
        check("mkdir -p $DIR/d; echo x >$DIR/d/f; " BWRAP "--bind-fd 9 /d sh -c 'cat /d/f; echo y >/d/f; [ ! -e /proc/self/fd/9 ]' 9<$DIR/d", 0,
              "x\n");
        check(BWRAP "--ro-bind-fd 9 /d sh -c 'cat /d/f; echo z 2>/dev/null >/d/f' 9<$DIR/d", 2, "y\n");
        check_error(BWRAP "--bind-fd 9 /d true", 1, "bwrap: Can't find source path /proc/self/fd/9: No such file or directory\n");
}

TEST(user_namespaces_inside)
{
        check(BWRAP "unshare --user true", 0, "");
        check_error(BWRAP "--unshare-user --disable-userns unshare --user true", 1, "unshare failed");
        check_error(BWRAP "--assert-userns-disabled unshare --user true", 1, "unshare failed");
        check_error(BWRAP "--userns 3 --disable-userns true", 1, "bwrap: --disable-userns requires --unshare-user\n");
}

/* ---- Clients ------------------------------------------------------------------------------------------------------ */

/* An agent's sandbox. */
TEST(agent)
{
        check("mkdir -p $DIR/p; echo x >$DIR/p/f; cd $DIR/p; exec \"$PINFOLD\" --new-session --die-with-parent --unshare-net --unshare-pid "
              "--ro-bind / / --bind $PWD $PWD --tmpfs /tmp --bind $DIR/p $DIR/p --dev /dev --proc /proc --setenv SANDBOX 1 -- "
              "/bin/sh -c 'cat f; echo y >f; echo $SANDBOX; ls /tmp | grep -c nothing; touch /usr/x 2>/dev/null || echo no; tail -n +3 /proc/net/dev | wc -l'",
              0, "x\n1\n0\nno\n1\n");
        check("cat $DIR/p/f", 0, "y\n");
}

/* Two greps in standard error. */
TEST(proc_that_cannot_be_mounted)
{
        check_error("exec \"$PINFOLD\" --unshare-pid --bind / / --ro-bind /dev/null /proc/stat --chdir / -- \"$PINFOLD\" "
                    "--unshare-pid --ro-bind / / --proc /proc true", 1, "bwrap: Can't mount proc on /newroot/proc: Operation not permitted\n");
}

/* ---- Processes and descriptors ------------------------------------------------------------------------------------ */

TEST(status)
{
        check("\"$PINFOLD\" --unshare-pid --unshare-net " USR "--json-status-fd 9 sh -c 'exit 7' 9>$DIR/json; echo $?; "
              "sed 's/[0-9][0-9]*/N/g' $DIR/json", 0,
              "7\n{ \"child-pid\": N, \"mnt-namespace\": N, \"net-namespace\": N, \"pid-namespace\": N }\n{ \"exit-code\": N }\n");
        check("\"$PINFOLD\" --unshare-pid " USR "--info-fd 9 true 9>$DIR/info; sed 's/[0-9][0-9]*/N/g' $DIR/info", 0,
              "{\n    \"child-pid\": N,\n    \"mnt-namespace\": N,\n    \"pid-namespace\": N\n}\n");
        check("\"$PINFOLD\" --unshare-pid " USR "--json-status-fd 9 missing 9>$DIR/json 2>&1; echo $?; tail -n 1 $DIR/json", 0,
              "bwrap: execvp missing: No such file or directory\n1\n{\"error\":\"execvp missing: No such file or directory\"}\n");
}

/* They are those of the program. */
TEST(the_namespaces_that_are_told)
{
        check("rm -rf $DIR/*; \"$PINFOLD\" --unshare-all " USR "--proc /proc --info-fd 9 sh -c 'for n in cgroup ipc mnt net pid uts; do readlink /proc/self/ns/$n; done' "
              "9>$DIR/info >$DIR/own; sed -n 's/.*\\[\\(.*\\)\\]/\\1/p' $DIR/own >$DIR/one; sed -n 's/.*namespace\": \\([0-9]*\\),*/\\1/p' $DIR/info >$DIR/two; "
              "wc -l <$DIR/one; diff $DIR/one $DIR/two; sed -n 's/.*\"\\(.*\\)-namespace.*/\\1/p' $DIR/info", 0, "6\ncgroup\nipc\nmnt\nnet\npid\nuts\n");
}

TEST(block_fd)
{
        struct job job = job_start("mkfifo $DIR/fifo; \"$PINFOLD\" --unshare-pid " USR "--block-fd 9 --info-fd 8 echo ran 9<>$DIR/fifo 8>&1");

        job_expect(&job, "child-pid");
        check("echo >$DIR/fifo", 0, "");
        job_expect(&job, "ran");
        assert_int_equal(job_finish(&job).status, 0);
}

TEST(descriptors)
{
        check(BWRAP "--proc /proc --sync-fd 8 ls /proc/self/fd 7</etc/hostname 8</dev/null | grep -x '[78]'", 0, "7\n");
}

/* Those that the tests run under are not counted. */
#define ADDED "sh -c 'echo $(($(sed -n \"s/Seccomp_filters:.//p\" /proc/self/status) - $0))' $(sed -n 's/Seccomp_filters:.//p' /proc/self/status)"

TEST(filters)
{
        check("printf '\\6\\0\\0\\0\\0\\0\\377\\177' >$DIR/bpf; " BWRAP "--proc /proc --new-session --seccomp 9 " ADDED " 9<$DIR/bpf", 0, "1\n");
        check(BWRAP "--proc /proc --new-session --add-seccomp-fd 8 --add-seccomp-fd 9 " ADDED " 8<$DIR/bpf 9<$DIR/bpf", 0, "2\n");
        check_error("echo >$DIR/bad; " BWRAP "--seccomp 9 true 9<$DIR/bad", 1, "bwrap: Invalid seccomp data, must be multiple of 8\n");
}

/* Nobody types into the terminal that it is on. */
TEST(typing)
{
        check(BWRAP "python3 -c 'import fcntl\ntry: fcntl.ioctl(0, 0x5412, b\"x\")\nexcept OSError as e: print(e.errno)' </dev/null", 0, "1\n");
}

TEST(session_and_group)
{
        check(BWRAP "--proc /proc sh -c 'cut -d\" \" -f5,6 /proc/self/stat'", 0, "0 0\n");
        check(BWRAP "--proc /proc --new-session sh -c 'cut -d\" \" -f5,6 /proc/self/stat'", 0, "2 2\n");
}

/* As for any other command, but for its parent's number. */
TEST(processes_of_the_host)
{
        check("test \"$(\"$PINFOLD\" " USR "--proc /proc readlink /proc/self/ns/pid)\" = \"$(readlink /proc/self/ns/pid)\"", 0, "");
        check("echo $$ >$DIR/pid; \"$PINFOLD\" --ro-bind / / --proc /proc sh -c 'test -d /proc/$(cat $DIR/pid)'", 0, "");
        check("echo $$ >$DIR/pid; \"$PINFOLD\" --unshare-pid --ro-bind / / --proc /proc sh -c 'test -d /proc/$(cat $DIR/pid)'", 1, "");
        check("\"$PINFOLD\" " USR "sh -c 'exit 7'", 7, "");
        check("sleep 100 & \"$PINFOLD\" " USR "sh -c \"kill $!\"; wait $!; echo $?", 0, "143\n");
        check("\"$PINFOLD\" " USR "sh -c 'kill -9 $$'", 137, "");
        check("\"$PINFOLD\" " USR "--json-status-fd 9 true 9>$DIR/json; sed 's/[0-9][0-9]*/N/g' $DIR/json", 0,
              "{ \"child-pid\": N, \"mnt-namespace\": N }\n{ \"exit-code\": N }\n");
}

TEST(as_pid_1)
{
        check(BWRAP "--as-pid-1 --proc /proc sh -c 'echo $$; set -- /proc/[0-9]*; echo $#'", 0, "1\n1\n");
        check_error("exec \"$PINFOLD\" --as-pid-1 true", 1, "bwrap: Specifying --as-pid-1 requires --unshare-pid\n");
        check_error(BWRAP "--as-pid-1 --lock-file /x true", 1, "bwrap: Specifying --as-pid-1 and --lock-file is not permitted\n");
}

/* What it leaves goes on, without anything of the caller's but what is named. */
#define LEAVES "sh -c '(while ! [ -e $DIR/go ] && [ $((n+=1)) -lt 1200 ]; do sleep .05; done; echo >$DIR/late) >/dev/null 2>&1 & exit 7' "
#define SHARED "--ro-bind / / --bind $DIR $DIR --dev /dev "
#define AWAIT(what) "for i in $(seq 400); do " what " && break; sleep .05; done; "

TEST(background)
{
        static const char *const namespaces[] = {"--unshare-pid ", "--sync-fd 8 ", ""};
        char command[1024];

        for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
                snprintf(command, sizeof(command), "rm -rf $DIR/*; \"$PINFOLD\" %s" SHARED LEAVES "8</dev/null", namespaces[i]);
                check(command, 7, "");
                check("[ ! -e $DIR/late ]; echo >$DIR/go; " AWAIT("[ -e $DIR/late ]") "ls $DIR", 0, "go\nlate\n");
        }
        check("rm -rf $DIR/*; \"$PINFOLD\" --unshare-pid --die-with-parent " SHARED LEAVES, 7, "");
        check("echo >$DIR/go; sleep .5; ls $DIR", 0, "go\n");
}

/* A signal for the one outside is no signal for those inside. */
TEST(the_command_is_outlived)
{
        check("rm -rf $DIR/*; \"$PINFOLD\" --unshare-pid " SHARED "sh -c 'echo >$DIR/ready; while ! [ -e $DIR/go ] && [ $((n+=1)) -lt 1200 ]; do sleep .05; done; echo >$DIR/late' & "
              AWAIT("[ -e $DIR/ready ]") "kill $!; wait $!; echo $?; echo >$DIR/go; " AWAIT("[ -e $DIR/late ]") "ls $DIR", 0,
              "143\ngo\nlate\nready\n");
}

#define IS_LOCKED "python3 -c 'import fcntl, sys\n" \
        "try: fcntl.lockf(open(sys.argv[1], \"r+\"), fcntl.LOCK_EX | fcntl.LOCK_NB); print(\"free\")\n" \
        "except OSError: print(\"locked\")' "

TEST(lock_file)
{
        check("rm -rf $DIR/*; : >$DIR/lock; " IS_LOCKED "$DIR/lock; \"$PINFOLD\" --lock-file $DIR/lock " SHARED IS_LOCKED "$DIR/lock; " IS_LOCKED "$DIR/lock", 0,
              "free\nlocked\nfree\n");
        check("\"$PINFOLD\" --unshare-pid --lock-file $DIR/lock " SHARED LEAVES "; " IS_LOCKED "$DIR/lock; echo >$DIR/go; "
              AWAIT("[ $(" IS_LOCKED "$DIR/lock) = free ]") "ls $DIR", 0, "locked\ngo\nlate\nlock\n");
        check_error(BWRAP "--lock-file /nothing true", 1, "bwrap: Unable to open lock file /nothing: No such file or directory\n");
}

/* Open in there, and not in the program, for as long as there is anything. */
TEST(sync_fd)
{
        check("rm -rf $DIR/*; { \"$PINFOLD\" --unshare-pid --sync-fd 9 --proc /proc " SHARED "sh -c 'ls -d /proc/self/fd/9 2>/dev/null; "
              "(while ! [ -e $DIR/go ] && [ $((n+=1)) -lt 1200 ]; do sleep .05; done; echo >$DIR/late) >/dev/null 2>&1 & exit' 9>&1 >/dev/null; (sleep .5; echo >$DIR/go) >/dev/null & } | "
              "cat; ls $DIR", 0, "go\nlate\n");
}

/* The caller of the command dies, and with it the program, which holds the lock. */
TEST(die_with_parent)
{
        check(": >$DIR/lock; sh -c '\"$PINFOLD\" --unshare-pid --die-with-parent --ro-bind / / --bind $DIR $DIR flock $DIR/lock "
              "sh -c \"echo >$DIR/ready; sleep 60\" & while ! [ -s $DIR/ready ]; do sleep .05; done; kill -9 $$'; flock -w 20 $DIR/lock echo gone", 0, "gone\n");
}

/* What is printed makes the same container. */
TEST(explain)
{
        check("cd /usr; export PATH=$(dirname \"$PINFOLD\"):$PATH; sh -c \"$(\"$PINFOLD\" --explain --unshare-all " USR "--proc /proc --dev /dev "
              "--perms 0700 --tmpfs /t --setenv A \"it's: b,c\" --hostname box --uid 5 sh -c 'id -u; hostname; pwd; echo $A; stat -c %a /t; ls /')\"", 0,
              "5\nbox\n/usr\nit's: b,c\n700\nbin\ndev\nlib\nlib64\nproc\nt\nusr\n");
}

#define LABELS                                             \
        "bwrap: labeling not supported on this system\n"   \
        "bwrap: labeling not supported on this system\n"   \
        "bwrap: --file-label takes an argument\n"

/* They are SELinux's. */
TEST(labels)
{
        check("for b in bwrap \"$PINFOLD\"; do $b --exec-label x true; $b --file-label x --nonsense; $b --file-label; done 2>&1; true", 0,
              LABELS LABELS);
}
