/* SPDX-License-Identifier: MIT */
/* What bounds a run: --rlimit, --umask, --nice, --cpus, --timeout; and what is said about it: --status-fd. */
#include <unistd.h>

#include "cli/job.h"
#include "test.h"

TEST(rlimits)
{
        check(RUN "--rlimit nofile=64 sh -c 'ulimit -Sn; ulimit -Hn'", 0, "64\n64\n");
        check(RUN "--rlimit nofile=64:100 sh -c 'ulimit -Sn; ulimit -Hn'", 0, "64\n100\n");
        check(RUN "--rlimit core=0 --rlimit fsize=1k sh -c 'ulimit -c; ulimit -f'", 0, "0\n2\n");
        check(RUN "--rlimit as=1G:unlimited --rlimit core=0:unlimited sh -c 'ulimit -Sv'", 0, "1048576\n");
        check(RUN "--rlimit fsize=1k sh -c 'head -c 2k /dev/zero >/tmp/x; stat -c %s /tmp/x'", 0, "1024\n");
        /* Root of the host has no limit of that. */
        check("$PINFOLD run --empty $SYSTEM --rlimit nproc=3 sh -c '(sleep 2 & sleep 2 & sleep 2 &) 2>&1; true' | grep -c fork",
              geteuid() == 0, geteuid() == 0 ? "0\n" : "1\n");
        check(RUN "--rlimit cpu=500ms:30s sh -c 'ulimit -St; ulimit -Ht; while :; do :; done'", 152, "1\n30\n");
        check("ulimit -n 100; " RUN "--rlimit nofile=50:100 sh -c 'ulimit -n'", 0, "50\n");
}

TEST(rlimits_that_cannot_be)
{
        check_error("ulimit -n 100; " RUN "--rlimit nofile=101 true", 125,
                    "limit the program: nofile would be raised above the caller's hard limit of 100: Operation not permitted");
        check_error(RUN "--rlimit nofile=3:2 true", 125, "the soft limit of nofile is above its hard limit");
        check_error(RUN "--rlimit files=3 true", 125, "\"files\" is none of the limits cpu fsize data");
        check_error(RUN "--rlimit nofile=x true", 125, "\"nofile=x\" is not a limit: a number, such as 64 or 1G, or unlimited");
        check_error(RUN "--rlimit nofile true", 125, "is not NAME=SOFT[:HARD]");
        check_error(RUN "--rlimit cpu=-1 true", 125, "is not a limit: a time, such as 10s, or unlimited");
}

TEST(umask_of_the_program)
{
        check(RUN "--umask 027 sh -c 'umask; mkdir /tmp/d; stat -c %a /tmp/d'", 0, "0027\n750\n");
        check("umask 77; $PINFOLD run --empty $SYSTEM --umask 0 sh -c umask; umask", 0, "0000\n0077\n");
        /* What it is otherwise. */
        check("umask 037; " RUN "sh -c umask", 0, "0037\n");
        check_error(RUN "--umask 8 true", 125, "\"8\" is not an octal mask");
        check_error(RUN "--umask 1000 true", 125, "umask 01000 is not one");
}

TEST(nice_value)
{
        check(RUN "--nice 19 nice", 0, "19\n");
        check("nice -n 19 $PINFOLD run --empty $SYSTEM nice", 0, "19\n");
        check_error(RUN "--nice 20 true", 125, "20");
        check_error(RUN "--nice x true", 125, "\"x\" is not a nice value, -20 to 19");
        /* Nobody may, also root, who has no capability in there, without a limit that allows it. */
        check_error(RUN "--nice -20 true", 125, "limit the program: nice value -20: Permission denied");
}

/* Without processor time the container's PID 1 would outlive a caller that was killed. */
TEST(nice_value_of_init_stays)
{
        check(RUN "--retain-session python3 -c 'import os\n"
              "before = os.getpriority(os.PRIO_PROCESS, 1)\n"
              "def attempt(name, call):\n try: call(); print(name)\n except OSError: pass\n"
              "attempt(\"join\", lambda: os.setpgid(0, 1))\n"
              "attempt(\"group\", lambda: os.setpriority(os.PRIO_PGRP, 1, 19))\n"
              "attempt(\"own\", lambda: os.setpriority(os.PRIO_PGRP, 0, 19))\n"
              "attempt(\"process\", lambda: os.setpriority(os.PRIO_PROCESS, 1, 19))\n"
              "print(os.getpriority(os.PRIO_PROCESS, 1) == before)'", 0, "own\nTrue\n");
}

TEST(cpus)
{
        check("first=$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//'); export first; " RUN
              "--cpus $first sh -c 'taskset -pc $$' | sed \"s/.*: $first\\$/one/\"", 0, "one\n");
        check_error(RUN "--cpus 1023 true", 125, "limit the program: choose CPUs: Invalid argument");
        check_error(RUN "--cpus 1024 true", 125, "\"1024\" is not a list of CPUs, such as 0-3,5");
        check_error(RUN "--cpus 3-1 true", 125, "is not a list of CPUs");
        check_error(RUN "--cpus 0, true", 125, "is not a list of CPUs");
}

TEST(a_timeout_ends_everything)
{
        check_error(RUN "--timeout $MOMENT sleep 60", 124, "pinfold: the time is over: everything was killed\n");
        check(RUN "--timeout $MOMENT sh -c 'trap : INT TERM; while :; do :; done'", 124, "");
        /* The terms of cancel do not count. */
        check(RUN "--timeout $MOMENT --forward-cancel sh -c 'trap : INT; while :; do :; done'", 124, "");
        check(RUN "--timeout $MOMENT sh -c 'kill -STOP $$'", 124, "");
        check(RUN "--timeout 60s sh -c 'exit 3'", 3, "");
        check(RUN "--timeout 0 sh -c 'exit 3'", 3, "");
        /* Nothing is left: the pipe would stay open. */
        check("$PINFOLD run --empty $SYSTEM --timeout $MOMENT sh -c 'setsid sleep 60 & sleep 60' | cat", 0, "");
        check_error(RUN "--timeout -1s true", 125, "");
        check_error(RUN "--timeout soon true", 125, "\"soon\" is not a time, such as 5s or 200ms");
}

/* poll(2) fails then, which must not become a loop without end. */
TEST(a_limit_that_the_program_sets_for_us)
{
        check_error(RUN "--host-pid sh -c 'prlimit --pid $(cut -d\" \" -f4 /proc/$PPID/stat) --nofile=1:1; exec sleep 60'", 143,
                    "pinfold: cannot wait: poll: Invalid argument\n");
}

/* The program's status counts when it has ended; its children had their time. */
TEST(a_timeout_after_the_end)
{
        check(RUN "--timeout $MOMENT sh -c 'sleep 60 & exit 5'", 5, "");
}

#define MEMBERS "python3 -c 'import json, sys\nfor line in sys.stdin:\n e = json.loads(line); print("
#define STATUS "$PINFOLD run --empty $SYSTEM --status-fd 3 "

TEST(events_of_a_run)
{
        check(STATUS "sh -c 'exit 7' 3>&1 | " MEMBERS "e[\"event\"], e.get(\"how\"), e.get(\"status\"), e.get(\"code\"))'", 0,
              "started None None None\nended exited 7 7\n");
        check(STATUS "sh -c 'kill -9 $$' 3>&1 | " MEMBERS "e.get(\"how\"), e.get(\"status\"), e.get(\"signal\"))'", 0,
              "None None None\nsignaled 137 9\n");
        check(STATUS "--timeout $MOMENT sleep 60 3>&1 2>/dev/null | " MEMBERS "e.get(\"how\"), e.get(\"status\"))'", 0,
              "None None\ntimed out 124\n");
        check(STATUS "--adopt-wait-delay 100ms sh -c 'sleep 60 & exit 4' 3>&1 2>/dev/null | " MEMBERS
              "e.get(\"lingered\"), e.get(\"status\"))'", 0, "None None\nTrue 4\n");
}

TEST(namespaces_of_the_container)
{
        check("mkfifo $DIR/go; " STATUS "sh -c \"readlink /proc/self/ns/net; read line\" 3>$DIR/e >$DIR/n <$DIR/go & exec 4>$DIR/go; "
              "until grep -q started $DIR/e; do sleep 0.01; done; echo >&4; wait; "
              "test \"$(tr -dc 0-9 <$DIR/n)\" = \"$(sed -n '1s/.*\"net\":\\([0-9]*\\).*/\\1/p' $DIR/e)\" && echo same", 0, "same\n");
}

TEST(events_of_a_failure)
{
#define FAILED(members) " 3>&1 2>/dev/null | " MEMBERS members ")'"
        check(STATUS "--bind /no/such:/x true" FAILED("e[\"event\"], e[\"stage\"], e[\"operation\"], e[\"path\"], e[\"errno\"]"), 0,
              "failed prepare bind /no/such 2\n");
        check(STATUS "no-such-command" FAILED("e[\"event\"], e[\"stage\"], e[\"path\"]"), 0, "failed exec no-such-command\n");
        check(STATUS "--cgroup /no/such true" FAILED("e[\"event\"], e[\"text\"]"), 0,
              "failed --cgroup /no/such: No such file or directory\n");
}

/* In whatever order they stand; a fault before the option is known to be one cannot be told. */
TEST(events_of_arguments_that_are_wrong)
{
        check("$PINFOLD run --empty $SYSTEM --rlimit bad=1 --status-fd 3 true" FAILED("e[\"event\"], \"bad\" in e[\"text\"]"), 0,
              "failed True\n");
        check(STATUS "--no-such true" FAILED("e[\"event\"], e[\"text\"]"), 0, "failed unknown option --no-such\n");
}

/* Of a program, of its children, of those that are killed in the end, and no time of setup. */
TEST(resources)
{
        check(STATUS "python3 -c 'import time\nwhile time.process_time() < 0.3: pass\na = bytearray(100 << 20)' 3>&1 | " MEMBERS
              "e[\"event\"] == \"started\" or (300000 <= e[\"user_usec\"] + e[\"system_usec\"] < int(sys.argv[1]),"
              " 100 << 20 <= e[\"max_rss\"] < 200 << 20, e[\"wall_usec\"] >= 300000))' $((7500 * ${MOMENT%ms}))", 0, "True\n(True, True, True)\n");
        check(STATUS "--rlimit cpu=1 --timeout 20s sh -c 'sh -c \"while :; do :; done\"; exit 0' 3>&1 2>/dev/null | " MEMBERS
              "e[\"event\"] == \"started\" or (e[\"status\"], e[\"user_usec\"] + e[\"system_usec\"] >= 300000))'", 0,
              "True\n(0, True)\n");
        check(STATUS "--timeout $((2 * ${MOMENT%ms}))ms sh -c 'while :; do :; done' 3>&1 2>/dev/null | " MEMBERS
              "e[\"event\"] == \"started\" or e[\"user_usec\"] + e[\"system_usec\"] > 100000)'", 0, "True\nTrue\n");
}

TEST(the_descriptor_of_events)
{
        /* The program does not have it. */
        check(STATUS "sh -c 'ls /proc/self/fd | tr \"\\n\" \" \"' 3>/dev/null", 0, "0 1 2 3 ");
        check_error("exec 3>&-; " STATUS "true", 125, "--status-fd 3 is not open for writing\nhint: ");
        check_error(STATUS "true 3</dev/null", 125, "--status-fd 3 is not open for writing");
        check_error("$PINFOLD run --empty $SYSTEM --cgroup / --status-fd 3 true 3>&-", 125, "--status-fd 3 is not open for writing");
        check_error(RUN "--status-fd x true", 125, "--status-fd x: not the number of a descriptor");
        /* The program shares it, has made it O_NONBLOCK, and leaves no room. */
        check(STATUS "python3 -c 'import fcntl, os\nfcntl.fcntl(1, fcntl.F_SETFL, os.O_NONBLOCK)\ntry:\n while True: os.write(1, b\"-\" * 4096)\n"
              "except BlockingIOError: pass' 3>&1 | (sleep 0.5; grep -o '\"how\":\"exited\"')", 0, "\"how\":\"exited\"\n");
        /* A reader that is gone is no reason to fail. */
        check("{ (sleep 0.2; " STATUS "sh -c 'exit 6' 3>&1 >&4; echo $? >&4) | true; } 4>&1", 0, "6\n");
}
