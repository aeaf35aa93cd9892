/* SPDX-License-Identifier: MIT */
/*
 * What descriptors lead to: setup's own, those that leak, and those that are handed over (CVE-2024-21626 and its kin); and
 * sockets of programs that obey whoever connects.
 */
#include "cli/job.h"
#include "test.h"

/* DEVICE:INODE of the host's root and of the container's. */
#define ROOT_OF_HOST "host=$(stat -c %d:%i /); "

/* No descriptor that setup has open when the working directory is entered leads out. */
TEST(a_working_directory_below_proc_self_fd)
{
        check(ROOT_OF_HOST "for n in 0 1 2 3 4 5 6 7 8 9 10 11 4/.. 5/../..; do "
              "$PINFOLD run --empty $SYSTEM --chdir /proc/self/fd/$n -- sh -c 'for d in . .. ../.. ../../.. ../../../..; do "
              "test \"$(stat -c %d:%i $d 2>/dev/null)\" != '$host' || echo out; done' 2>$DIR/error; "
              "case $? in 0) ;; 125) grep -q 'enter the working directory' $DIR/error || cat $DIR/error;; "
              "*) cat $DIR/error;; esac; done", 0, "");
        /* The control: with a directory of the host's among the descriptors this is how to get out; it is refused. */
        check(ROOT_OF_HOST "exec 5</; cd /proc/self/fd/5; test $(stat -c %d:%i .) = $host && echo out", 0, "out\n");
        check_error("exec 5</; " RUN "--file 5 --chdir /proc/self/fd/3 -- true", 125, "--file 5 is a directory");
}

TEST(nothing_leaks)
{
        /* A file, a directory, a socket and a pipe; of what the shell has open nothing is close-on-exec. */
        check("echo x >$DIR/file; exec 5<$DIR/file 6</ 7<>$DIR/file; python3 -c '"
              "import os, socket; a, b = socket.socketpair(); os.set_inheritable(a.fileno(), True); "
              "os.set_inheritable(b.fileno(), True); r, w = os.pipe(); os.set_inheritable(r, True); "
              "os.execv(os.environ[\"PINFOLD\"], [\"pinfold\", \"run\", \"--empty\", \"--root\", \"/\", \"--bind\", \"/etc\", "
              "\"--proc\", \"/proc\", \"--dev\", \"/dev\", \"--\", "
              "\"sh\", \"-c\", \"cd /proc/self/fd; for f in 3 4 5 6 7 8 9 11 12 13 14 15 16 17 18 19; do test -e $f && readlink $f; done; "
              "readlink /proc/1/fd/3 || echo none\"])'", 0, "none\n");
        /* The control. */
        check("exec 6</; sh -c 'readlink /proc/self/fd/6'", 0, "/\n");
}

/* What --file passes on is the caller's descriptor, and with that the file, as the manual says: standard input is not. */
TEST(a_file_for_reading)
{
        check("echo old >$DIR/in; exec 5<$DIR/in; $PINFOLD run --empty $SYSTEM --file 5 -- sh -c 'echo new >/proc/self/fd/3'; "
              "cat $DIR/in", 0, "new\n");
        check("echo old >$DIR/in; $PINFOLD run --empty $SYSTEM -- sh -c 'echo new >/proc/self/fd/0' <$DIR/in 2>/dev/null; "
              "cat $DIR/in", 0, "old\n");
        check("echo old >$DIR/in; chmod 444 $DIR/in; exec 5<$DIR/in; test $(id -u) = 0 || "
              "$PINFOLD run --empty $SYSTEM --file 5 -- sh -c 'echo new >/proc/self/fd/3' 2>/dev/null; cat $DIR/in", 0, "old\n");
}

#define SOCKET "python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' $DIR/agent; "

/* Of tmux, or of an agent for keys: below /tmp, and named by a variable. */
TEST(sockets_of_the_session)
{
        check(HERE SOCKET "export SSH_AUTH_SOCK=$DIR/agent TMUX=$DIR/agent,1,0; test -S $SSH_AUTH_SOCK && echo outside; "
              "$PINFOLD run -w . -- sh -c \"test -e $DIR/agent || echo hidden; echo \\${SSH_AUTH_SOCK-unset} \\${TMUX-unset}\"", 0,
              "outside\nhidden\nunset unset\n");
}
