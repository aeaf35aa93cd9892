/* SPDX-License-Identifier: MIT */
/*
 * One observable effect for each option of pinfold run, so that none can be accepted and ignored. What operations and
 * parameters promise in detail is tested where they live.
 */
#define _GNU_SOURCE

#include <time.h>
#include <unistd.h>

#include "cli/job.h"
#include "support/kernel.h"
#include "test.h"

#include <errno.h>
/* Options of which a test can be found, here or in the files named. */
static const char *const tested[] = {
        "bind", "tmpfs", "readonly", "proc", "dev", "overlay", "mkdir", "symlink", "place", "remount", "protect", "etc", "root",
        "chmod", "mqueue", "try-chdir", "retain-group", "host-ipc", "host-uts", "host-cgroup", "host-pid", "host-signals", "as-pid-1", "outlive", "lock", "capability", "bpf",
        "profile", "args-from", /* profile.c */
        "uid", "gid", "map-uids", "map-gids", "hostname", "chdir", "env", "net", "host-abstract", "nested",
        "privileged", "retain-session", "adopt-wait-delay", "parent-perm", "presets", "multiarch", "can", "bluetooth", "seccomp-rule",
        "seccomp-default", "no-hardening", "no-seccomp", "cgroup",
        "forward-cancel", "cancel-signal", "wait-delay", /* signals.c */
        "empty", "help",                /* usage.c */
        "file",                         /* streams.c */
        "argv0", "verbose",             /* status.c */
        "tty", "no-tty",                /* below, and terminal.c */
        "timeout", "rlimit", "umask", "nice", "cpus", "status-fd", /* bounds.c */
        "via",                          /* serve.c */
        "read", "write", "allow-git-config", "hide", "filter", /* everyday.c */
};

static int is_tested(const char *name)
{
        for (size_t i = 0; i < sizeof(tested) / sizeof(tested[0]); i++)
                if (strcmp(tested[i], name) == 0)
                        return 1;
        return 0;
}

TEST(every_option_has_a_test)
{
        const char *at = check("exec $PINFOLD run --help", 0, NULL)->out;
        size_t found = 0;

        while ((at = strstr(at, "\n  -")) != NULL) {
                char name[64];

                at = strstr(at, "--") + 2; /* behind "-r, " */
                assert_int_equal(sscanf(at, "%63[a-z0-9-]", name), 1);
                if (!is_tested(name))
                        fail_msg("--%s has no test", name);
                found++;
        }
        assert_int_equal(found, sizeof(tested) / sizeof(tested[0]));
}

/* ---- Operations ------------------------------------------------------------------------------------------------ */

#define DATA "mkdir -p $DIR/a; echo data >$DIR/a/f; "

TEST(bind)
{
        check(DATA RUN "--bind $DIR/a:/mnt cat /mnt/f", 0, "data\n");
        check(DATA RUN "--bind $DIR/a sh -c \"cat $DIR/a/f\"", 0, "data\n");
        check(DATA RUN "--bind $DIR/a/f:/mnt/g cat /mnt/g", 0, "data\n");
        check_error(DATA RUN "--bind $DIR/a:/mnt sh -c 'echo new >/mnt/f'", 2, "Read-only file system");
}

TEST(bind_flags)
{
        check(DATA "$PINFOLD run --empty $SYSTEM --bind $DIR/a:/mnt:writable sh -c 'echo new >/mnt/f'; cat $DIR/a/f", 0,
              "new\n");
        check_error(RUN "--bind /dev/null:/mnt/null sh -c 'echo >/mnt/null'", 2, "Permission denied");
        check(RUN "--bind /dev/null:/mnt/null:device sh -c 'echo >/mnt/null'", 0, "");
        check(RUN "--bind /no/such:/mnt/x:optional ls /mnt", 2, NULL);
        check(RUN "--mkdir /mnt --bind /no/such:/mnt/x:optional ls /mnt", 0, "");
        check("rm -rf $DIR/new; $PINFOLD run --empty $SYSTEM --bind $DIR/new/one:/mnt:ensure,writable true; "
              "stat -c %a $DIR/new/one", 0, "700\n");
        check_error(RUN "--bind $DIR:/mnt:ensure,optional true", 125, "exclude");
        check_error(RUN "--bind $DIR:/mnt:writeable true", 125, "writeable");
}

/* The host here is a mount namespace of our own, so that a test may mount. */
#define LATER_MOUNT(flags)                                                                                          \
        "mkdir -p $DIR/p; exec unshare -Urm sh -c 'mount -t tmpfs t $DIR/p && mount --make-shared $DIR/p && "       \
        "mkdir $DIR/p/x || exit 99; { sleep 0.5; mount -t tmpfs t $DIR/p/x; touch $DIR/p/x/there; } & "             \
        "exec $PINFOLD run --empty $SYSTEM --bind $DIR/p:/mnt" flags " sh -c \"sleep 1; ls /mnt/x\"'"

TEST(bind_propagate)
{
        check(LATER_MOUNT(""), 0, "");
        check(LATER_MOUNT(":propagate"), 0, "there\n");
}

TEST(escapes_in_values)
{
        check("mkdir -p $DIR/a:b; echo data >$DIR/a:b/f; " RUN "--bind $DIR/a\\\\:b:/mnt cat /mnt/f", 0, "data\n");
        check(RUN "--place '/mnt/x:text=a:b\\,c\\\\d' cat /mnt/x", 0, "a:b,c\\d");
}

TEST(tmpfs)
{
        check(RUN "--tmpfs /mnt sh -c 'echo x >/mnt/x; cat /mnt/x; stat -f -c %T /mnt'", 0, "x\ntmpfs\n");
        check(RUN "--tmpfs /mnt:size=1M stat -f -c '%b %S' /mnt", 0, "256 4096\n");
        check(RUN "--tmpfs /mnt:size=1M,mode=1770 stat -c %a /mnt", 0, "1770\n");
}

TEST(readonly)
{
        check_error(RUN "--readonly /mnt touch /mnt/x", 1, "Read-only file system");
        check(RUN "--readonly /mnt:mode=0711 stat -c %a /mnt", 0, "711\n");
}

TEST(proc)
{
        check(RUN "--proc /mnt readlink /mnt/self", 0, "2\n");
}

TEST(dev)
{
        check(RUN "--dev /mnt ls /mnt", 0,
              "core\nfd\nfull\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n");
        check_error(RUN "--dev /mnt touch /mnt/x", 1, "Read-only file system");
        check(RUN "--dev /mnt:writable sh -c 'touch /mnt/x; ls -d /mnt/x /mnt/shm'", 2, "/mnt/x\n");
        check(RUN "--dev /mnt:mqueue stat -f -c %T /mnt/mqueue", 0, "mqueue\n");
}

#define LAYERS                                                                                  \
        "rm -rf $DIR/low $DIR/top $DIR/up $DIR/work; mkdir $DIR/low $DIR/top $DIR/up $DIR/work; " \
        "echo low >$DIR/low/f; echo top >$DIR/top/f; echo low >$DIR/low/g; "

TEST(overlay)
{
        check(LAYERS RUN "--overlay /mnt:lower=$DIR/top,lower=$DIR/low cat /mnt/f /mnt/g", 0, "top\nlow\n");
        check_error(LAYERS RUN "--overlay /mnt:lower=$DIR/top,lower=$DIR/low touch /mnt/x", 1, "Read-only file system");
        check(LAYERS "$PINFOLD run --empty $SYSTEM --overlay /mnt:lower=$DIR/low,upper=$DIR/up,work=$DIR/work "
              "sh -c 'echo new >/mnt/f'; cat $DIR/up/f $DIR/low/f", 0, "new\nlow\n");
        check(LAYERS "$PINFOLD run --empty $SYSTEM --overlay /mnt:lower=$DIR/low,ephemeral "
              "sh -c 'echo new >/mnt/f; cat /mnt/f'; cat $DIR/low/f", 0, "new\nlow\n");
}

TEST(mkdir)
{
        check(RUN "--mkdir /mnt/a/b stat -c %a /mnt/a/b", 0, "755\n");
        check(RUN "--mkdir /mnt/a/b:mode=0701 stat -c %a /mnt/a/b", 0, "701\n");
}

TEST(symlink)
{
        check(RUN "--symlink some/where:/mnt/l readlink /mnt/l", 0, "some/where\n");
        check("ln -sf far/away $DIR/l; " RUN "--symlink $DIR/l:/mnt/l:dereference readlink /mnt/l", 0, "far/away\n");
}

TEST(place)
{
        check(RUN "--place /mnt/x:text=content cat /mnt/x", 0, "content");
        check("echo content >$DIR/x; " RUN "--place /mnt/x:from=$DIR/x sh -c 'cat /mnt/x; stat -c %a /mnt/x'", 0,
              "content\n444\n");
        check_error(RUN "--place /mnt/x:from=/no/such true", 125, "/no/such");
}

TEST(protect)
{
        check_error(DATA RUN "--bind $DIR/a:/mnt:writable --protect /mnt:f sh -c 'echo x >/mnt/f'", 2, "Read-only file system");
        check(DATA RUN "--bind $DIR/a:/mnt:writable --protect /mnt:f:writable sh -c 'echo x >/mnt/f; mv /mnt/f /mnt/g 2>/dev/null;"
              " cat /mnt/f'", 0, "x\n");
        check(DATA RUN "--bind $DIR/a:/mnt:writable --protect /mnt:x:optional --protect /mnt:d:directory ls /mnt", 0, "d\nf\n");
}

TEST(remount)
{
        check_error(DATA RUN "--bind $DIR/a:/mnt:writable --remount /mnt:ro sh -c 'echo x >/mnt/f'", 2,
                    "Read-only file system");
        check(RUN "--tmpfs /mnt --tmpfs /mnt/a --remount /mnt:ro touch /mnt/a/x", 0, "");
        check_error(RUN "--tmpfs /mnt --tmpfs /mnt/a --remount /mnt:ro,recursive touch /mnt/a/x", 1,
                    "Read-only file system");
        check_error(RUN "--bind /dev/null:/mnt/null:device --remount /mnt/null:nodev sh -c 'echo >/mnt/null'", 2,
                    "Permission denied");
        check(RUN "--bind /dev/null:/mnt/null:device --remount /mnt/null:nosuid sh -c 'echo >/mnt/null'", 0, "");
}

TEST(etc)
{
        check("mkdir -p $DIR/etc; echo data >$DIR/etc/f; touch $DIR/etc/mtab $DIR/etc/passwd; "
              RUN "--etc $DIR/etc sh -c 'cat /etc/f; readlink /etc/mtab; ls /etc /etc/.host'", 0,
              "data\n/proc/mounts\n/etc:\nf\nmtab\n\n/etc/.host:\netc\n");
        check("mkdir -p $DIR/etc; echo data >$DIR/etc/f; "
              RUN "--etc $DIR/etc:prefix=mine sh -c 'cat /etc/.host/mine/f'", 0, "data\n");
}

#define SMALL_SYSTEM                                                                            \
        "--bind /usr --symlink usr/bin:/bin --symlink usr/lib:/lib --symlink usr/lib64:/lib64 " \
        "--symlink usr/lib:/lib32 "

TEST(root)
{
        check("rm -rf $DIR/r; mkdir -p $DIR/r/data; exec $PINFOLD run --empty --root $DIR/r " SMALL_SYSTEM "ls /", 0,
              "bin\ndata\nlib\nlib32\nlib64\nusr\n");
        check_error("rm -rf $DIR/r; mkdir -p $DIR/r/data; exec $PINFOLD run --empty --root $DIR/r " SMALL_SYSTEM
                    "touch /data/x", 1, "Read-only file system");
        check("rm -rf $DIR/r; mkdir -p $DIR/r/data; $PINFOLD run --empty --root $DIR/r:writable " SMALL_SYSTEM
              "touch /data/x; ls $DIR/r/data", 0, "x\n");
}

/* ---- Parameters ------------------------------------------------------------------------------------------------ */

TEST(uid_and_gid)
{
        check(RUN "sh -c 'id -u; id -g'", 0, "65534\n65534\n");
        check(RUN "--uid 0 sh -c 'id -u; id -g'", 0, "0\n65534\n");
        check(RUN "--gid 0 sh -c 'id -u; id -g'", 0, "65534\n0\n");
        check(RUN "--uid 1000 --gid 1001 sh -c 'id -u; id -g'", 0, "1000\n1001\n");
}

TEST(map_uids_and_gids)
{
        if (geteuid() == 0) {
                check(RUN "--map-uids 0:0:3 --map-uids 10:20:1 sh -c 'echo $(cat /proc/self/uid_map)'", 0,
                      "0 0 3 10 20 1\n");
                check(RUN "--map-gids 0:0:5 sh -c 'echo $(cat /proc/self/gid_map)'", 0, "0 0 5\n");
        } else {
                /* The id that tests run as owns no subordinate ones. */
                check_error(RUN "--map-uids 0:100000:3 true", 125, "\nhint: ");
                check_error(RUN "--map-gids 0:100000:3 true", 125, "\nhint: ");
        }
        check_error(RUN "--map-uids 0:0 true", 125, "map-uids");
}

TEST(hostname)
{
        check(RUN "--hostname inside uname -n", 0, "inside\n");
}

TEST(chdir)
{
        check(RUN "pwd", 0, "/\n");
        check(RUN "--chdir /usr pwd", 0, "/usr\n");
}

TEST(env)
{
        check(RUN "env", 0, "");
        check(RUN "--env A=1 --env B= --env A=2=3 env", 0, "A=2=3\nB=\n");
        check("export A='a:b,c\\d'; unset B; " RUN "--env A --env B env", 0, "A=a:b,c\\d\n");
        check(RUN "--env 'A=a:b,c\\d' env", 0, "A=a:b,c\\d\n");
        check_error(RUN "--env =x true", 125, "env: \"=x\"");
        check_error(RUN "--env= true", 125, "NAME");
}

TEST(net)
{
        check("outside=$(readlink /proc/self/ns/net); " RUN "sh -c \"test $outside != \\$(readlink /proc/self/ns/net)\"",
              0, "");
        check("outside=$(readlink /proc/self/ns/net); " RUN "--net host --host-abstract sh -c "
              "\"test $outside = \\$(readlink /proc/self/ns/net)\"", 0, "");
        check(RUN "--net none sh -c 'tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d \" \"'", 0, "lo\n");
        check_error(RUN "--net some true", 125, "net: \"some\"");
}

/* A listener on an abstract socket outside; whether a program with the host's network gets through to it. */
#define ABSTRACT(options)                                                                                              \
        "exec python3 -c 'import os, socket, subprocess\n"                                                             \
        "name = \"pinfold-test-%d\" % os.getpid()\n"                                                                   \
        "listener = socket.socket(socket.AF_UNIX); listener.bind(chr(0) + name); listener.listen()\n"                  \
        "probe = \"import socket; socket.socket(socket.AF_UNIX).connect(chr(0) + \\\"%s\\\")\" % name\n"               \
        "words = [os.environ[\"PINFOLD\"], \"run\", \"--empty\"] + os.environ[\"SYSTEM\"].split()\n"                   \
        "words += \"" options "\".split() + [\"/usr/bin/python3\", \"-c\", probe]\n"                                   \
        "exit(subprocess.call(words))'"

TEST(host_abstract)
{
        check_error(ABSTRACT(""), 1, "ConnectionRefusedError");
        check(ABSTRACT("--net host --host-abstract"), 0, "");
        /* Where the kernel has no Landlock that could do it this is refused, and not done without. */
        assert_int_equal(run(ABSTRACT("--net host"))->status, landlock_scopes() ? 1 : 125);
}

TEST(nested)
{
        check(RUN "unshare -U true", 1, "");
        check(RUN "--nested unshare -U true", 0, "");
}

TEST(privileged)
{
        check(RUN "sh -c 'grep -h ^Cap /proc/self/status | cut -f 2 | uniq'", 0, "0000000000000000\n");
        check(RUN "--privileged sh -c 'grep -h ^Cap /proc/self/status | cut -f 2 | uniq'", 0, "0000000000200000\n");
}

TEST(retain_session)
{
        check(RUN "cut -d ' ' -f 6 /proc/self/stat", 0, "2\n");
        check(RUN "--retain-session cut -d ' ' -f 6 /proc/self/stat", 0, "0\n");
}

static double seconds(const char *command, int status)
{
        struct timespec start, end;

        clock_gettime(CLOCK_MONOTONIC, &start);
        check(command, status, "");
        clock_gettime(CLOCK_MONOTONIC, &end);
        return (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
}

TEST(adopt_wait_delay)
{
        double time = seconds(RUN "sh -c 'sleep 40 >/dev/null 2>&1 & exit 3'", 3);

        assert_true(time > 4.5 && time < 15);
        time = seconds(RUN "--adopt-wait-delay 1 sh -c 'sleep 40 >/dev/null 2>&1 & exit 3'", 3);
        assert_true(time > 0.9 && time < 4);
        time = seconds(RUN "--adopt-wait-delay=-1 sh -c 'sleep 40 >/dev/null 2>&1 & exit 3'", 3);
        assert_true(time < 0.9);
}

TEST(parent_perm)
{
        check(RUN "--symlink x:/mnt/a/l stat -c %a /mnt/a", 0, "755\n");
        check(RUN "--parent-perm 0711 --symlink x:/mnt/a/l stat -c %a /mnt/a", 0, "711\n");
}

/* Whoever may not write there gets an error that says so. */
TEST(cgroup)
{
        check_error("mkdir -p $DIR/d; " RUN "--cgroup $DIR/d true", 125, "cgroup");
}

/* In a hierarchy that only the test sees. The two processes are init and the program. */
ROOT_TEST(cgroup_v2)
{
        check("exec unshare -m sh -c 'mkdir $DIR/cgroup && mount -t cgroup2 none $DIR/cgroup || exit 99\n"
              "group=$DIR/cgroup/pinfold-test-$$; mkdir $group; mkfifo $DIR/in\n"
              "(" RUN "--cgroup $group sh -c \"echo; read line\") <$DIR/in >$DIR/out & exec 3>$DIR/in\n"
              "until [ -s $DIR/out ]; do sleep 0.01; done\n"
              "wc -l <$group/cgroup.procs; echo >&3; wait $!; echo $?; rmdir $group'",
              0, "2\n0\n");
}

/* ---- The filter ------------------------------------------------------------------------------------------------ */

TEST(presets)
{
        check(RUN "--nested unshare -U true", 0, "");
        check_error(RUN "--nested --presets deny-ns unshare -U true", 1, "Operation not permitted");
        check_error(RUN "--presets no-such true", 125, "no-such");
}

/* One inside of the other, as a user: a proc that is covered in part, as it is for root, forbids another one. */
TEST(nested_containers)
{
        if (geteuid() == 0)
                check_error(RUN "--nested \"$PINFOLD\" run --empty " SYSTEM " true", 125, "unmask");
        else
                check(RUN "--nested \"$PINFOLD\" run --empty " SYSTEM " sh -c 'echo inside; cat /proc/self/cgroup | grep -c :/$'",
                      0, NULL);
}

/* The verbose line that describes the container says what reached the library. */
static void check_described(const char *options, const char *said)
{
        char command[512];

        snprintf(command, sizeof(command), RUN "--verbose %s true", options);
        check_error(command, 0, said);
}

TEST(multiarch_can_bluetooth)
{
        check_described("", "flags: 0x0,");
        check_described("--multiarch", "flags: 0x1,");
        check_described("--can", "flags: 0x2,");
        check_described("--bluetooth", "flags: 0x4,");
        check_described("--can --multiarch --bluetooth", "flags: 0x7,");
}

TEST(seccomp_rule)
{
        check(RUN "--seccomp-rule uname:errno=EPERM true", 0, "");
        check_error(RUN "--seccomp-rule uname:errno=EPERM uname", 1, "Operation not permitted");
        check(RUN "--seccomp-rule uname:kill uname", 159, "");
        check_error(RUN "--seccomp-rule no_such_call:kill true", 125, "no_such_call");
}

TEST(seccomp_default)
{
        check(RUN "--seccomp-default kill --seccomp-rule execve:allow --seccomp-rule execveat:allow "
              "--seccomp-rule write:allow --seccomp-rule sendmsg:allow --seccomp-rule exit_group:allow true", 159, "");
        check_error(RUN "--seccomp-default maybe true", 125, "maybe");
}

/* io_uring_setup(2), which has the same number everywhere. ENOSYS is 38. */
#define IO_URING                                                                                                \
        "/usr/bin/python3 -c 'import ctypes; l = ctypes.CDLL(None, use_errno=True); l.syscall(425, 1, None); "  \
        "print(ctypes.get_errno() == 38)'"

TEST(no_hardening)
{
        check(RUN IO_URING, 0, "True\n");
        if (strcmp(run("exec " IO_URING)->out, "False\n") == 0)
                check(RUN "--no-hardening " IO_URING, 0, "False\n");
}

TEST(no_seccomp)
{
        check(RUN "grep ^Seccomp: /proc/self/status", 0, "Seccomp:\t2\n");
        /* What is around us stays. */
        check(RUN "--no-seccomp grep ^Seccomp: /proc/self/status | diff - /proc/self/status | grep '^<'", 1, "");
}

/* More of these two in terminal.c. */
TEST(tty)
{
        check(RUN "--tty sh -c 'test -t 0 && echo terminal'", 0, "terminal\r\n");
        check(RUN "-t sh -c 'test -t 0 && echo terminal'", 0, "terminal\r\n");
}

TEST(no_tty)
{
        check(RUN "--tty --no-tty sh -c 'test -t 0 || echo none'", 0, "none\n");
}

/* ---- Weaker, or as somebody outside -------------------------------------------------------------------------------- */

TEST(chmod)
{
        check(RUN "--mkdir /tmp/d:mode=0755 --chmod /tmp/d:mode=1770 -- stat -c %a /tmp/d", 0, "1770\n");
}

TEST(mqueue)
{
        check(RUN "--mqueue /tmp/q -- stat -f -c %t /tmp/q", 0, "19800202\n");
        check_error(RUN "--host-ipc --mqueue /tmp/q -- true", 125, "mqueue on /tmp/q");
}

TEST(place_with_mode)
{
        check(RUN "--place /tmp/a:text=x,mode=600,writable -- sh -c 'stat -c %a /tmp/a; echo y >/tmp/a; cat /tmp/a'", 0,
              "600\ny\n");
        check(RUN "--place /tmp/a:text=x,mode=640,copy -- sh -c 'stat -c %a /tmp/a; rm /tmp/a'", 0, "640\n");
        check_error(RUN "--place /tmp/a:text=x,writable,copy -- true", 125, "as writable as its directory");
}

TEST(try_chdir)
{
        check(RUN "--try-chdir /nowhere:/usr:/etc --env PWD=/ -- sh -c 'pwd; printenv PWD'", 0, "/usr\n/usr\n");
        check(RUN "--try-chdir /nowhere --chdir /usr/bin --env PWD=/ -- sh -c 'pwd; printenv PWD'", 0, "/usr/bin\n/usr/bin\n");
}

#define SAME(kind) \
        "test \"$(\"$PINFOLD\" run --empty " SYSTEM " --host-" kind " -- readlink /proc/self/ns/" kind ")\" = \"$(readlink /proc/self/ns/" kind ")\""

TEST(host_namespaces)
{
        check(SAME("ipc"), 0, "");
        check(SAME("uts"), 0, "");
        check(SAME("cgroup"), 0, "");
        check(SAME("pid"), 0, "");
        check_error(RUN "--host-uts --hostname box -- true", 125, "none of the container's own");
}

TEST(host_signals)
{
        const char *kill = "sh -c 'kill -0 $0 2>/dev/null && echo sent || echo refused' $PPID";
        char command[1024];

        snprintf(command, sizeof(command), RUN "--host-pid --host-signals -- %s", kill);
        check(command, 0, "sent\n");
        snprintf(command, sizeof(command), RUN "--host-pid -- %s", kill);
        check(command, 0, landlock_scopes() ? "refused\n" : "sent\n");
        check_error(RUN "--host-signals -- true", 125, "of which none is in reach");
}

TEST(as_pid_1)
{
        check(RUN "--as-pid-1 -- sh -c 'echo $$'", 0, "1\n");
        check(RUN "-- sh -c 'echo $$'", 0, "2\n");
}

/* The command is over, and what it left is not; in a pipe of its own, so that nobody waits for that. */
TEST(outlive)
{
        const char *leaves = "sh -c '(while ! [ -e $0/go ] && [ $((n+=1)) -lt 1200 ]; do sleep .05; done; echo >$0/late) >/dev/null 2>&1 & exit 7' $DIR";
        char command[1024];

        snprintf(command, sizeof(command), "rm -rf $DIR/*; " RUN "--bind $DIR:$DIR:writable --outlive -- %s", leaves);
        check(command, 7, "");
        check("[ ! -e $DIR/late ]; echo >$DIR/go; for i in $(seq 200); do [ ! -e $DIR/late ] || break; sleep .05; done; ls $DIR", 0, "go\nlate\n");
        check("rm $DIR/*", 0, "");
        snprintf(command, sizeof(command), RUN "--bind $DIR:$DIR:writable --adopt-wait-delay 0 -- %s", leaves);
        check(command, 7, "");
        check("echo >$DIR/go; sleep .5; ls $DIR", 0, "go\n");
}

TEST(lock)
{
        check(": >$DIR/f; " RUN "--bind $DIR:$DIR:writable --lock $DIR/f -- python3 -c 'import fcntl, sys\n"
              "try: fcntl.lockf(open(sys.argv[1], \"r+\"), fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
              "except OSError: print(\"locked\")' $DIR/f", 0, "locked\n");
        check_error(RUN "--lock /nowhere -- true", 125, "lock /nowhere: open /nowhere");
}

TEST(capability)
{
        check(RUN "--capability NET_raw --capability cap_chown -- grep CapEff /proc/self/status", 0, "CapEff:\t0000000000002001\n");
        check(RUN "--capability all -- grep CapBnd /proc/self/status", 0, "CapBnd:\t000001ffffffffff\n");
        check_error(RUN "--capability nothing -- true", 125, "there is no capability \"nothing\"");
}

/* One that lets everything through, one that refuses socket, and one that is none. */
TEST(bpf)
{
        check("printf '\\6\\0\\0\\0\\0\\0\\377\\177' >$DIR/bpf; " RUN "--no-seccomp --bpf $DIR/bpf -- grep Seccomp: /proc/self/status", 0,
              "Seccomp:\t2\n");
        check("\"$PINFOLD\" seccomp export --rule mkdir:errno=EEXIST --rule mkdirat:errno=EEXIST >$DIR/bpf; "
              RUN "--no-seccomp --bpf $DIR/bpf -- sh -c 'mkdir /tmp/x 2>&1 | grep -o exists'", 0, "exists\n");
        check_error("printf abc >$DIR/bpf; " RUN "--bpf $DIR/bpf -- true", 125, "3 bytes are no filter");
}

TEST(retain_group)
{
        check("test \"$(\"$PINFOLD\" run --empty " SYSTEM " --retain-session --retain-group -- sh -c 'cut -d\" \" -f5 /proc/self/stat')\" = 0", 0, "");
        check_error(RUN "--retain-group -- true", 125, "the caller's session");
}
