/* SPDX-License-Identifier: MIT */
/* `pinfold serve`, and `pinfold run --via`: what comes out of the pool must not be told from what run makes by itself. */
#include <unistd.h>

#include "cli/job.h"
#include "test.h"

/* Until a server listens: that the socket is there comes first. (SO_ACCEPTCON is 1 << 16, proc_net(5).) */
#define LISTENING "for i in $(seq 200); do grep -q \"00010000 .* $DIR/s\\$\" /proc/net/unix && break; sleep 0.02; done; "

/* Until a server listens where another one has left its socket. */
#define AWAITED "for i in $(seq 200); do $VIA -C / true 2>/dev/null && break; sleep 0.05; done; "

/* What a killed server had begun to make may hold its socket for a moment more. */
#define KILLED "kill -9 $S; wait $S 2>/dev/null; for i in $(seq 200); do $VIA true 2>&1 | grep -q 'Connection refused' && break; sleep 0.02; done; "

/* A server with these options, at work while `script` runs, in which $VIA runs a command; then it is asked to end. */
#define SERVED(options, script)                                                                       \
        HERE "export VIA=\"$PINFOLD run --via $DIR/s\"; "                                             \
        "$PINFOLD serve --socket $DIR/s " options " & S=$!; "                                         \
        LISTENING                                                                                     \
        "{ " script "; }; kill $S; wait $S; echo server $?; test ! -e $DIR/s"

TEST(as_if_run_directly)
{
        static const char probe[] = "sh -c 'id; pwd; umask; env | sort; cat /proc/self/mountinfo | cut -d\" \" -f4-6,9- | sort; "
                                    "cat /proc/self/status | grep -E \"Cap|NoNew|Seccomp|Groups\"; ls -l /proc/self/fd | sed \"s/.*[0-9] //\" | grep -v pipe; ulimit -a; "
                                    "hostname; ls /dev; cat /proc/1/comm; ps ax | wc -l'";
        char command[4096];

        snprintf(command, sizeof(command),
                 HERE "export ONE=two LANG=C TZ=x; umask 27; $PINFOLD serve --socket $DIR/s & S=$!; "
                 LISTENING
                 "$PINFOLD run %s 2>&1 | cat >$DIR/direct; $PINFOLD run --via $DIR/s %s 2>&1 | cat >$DIR/via; kill $S; wait $S; "
                 "test $(wc -l <$DIR/direct) -gt 60 && diff $DIR/direct $DIR/via",
                 probe, probe);
        check(command, 0, "");
}

TEST(status_signals_and_streams)
{
        check(SERVED("", "$VIA sh -c 'exit 7'; echo $?; $VIA sh -c 'kill -9 $$'; echo $?; echo in | $VIA cat; "
                         "$VIA sh -c 'echo out; echo err >&2' 2>$DIR/err; cat $DIR/err; "
                         "$VIA --timeout $MOMENT sleep 60 2>/dev/null; echo $?; $VIA nothing-like-this 2>/dev/null; echo $?; "
                         "$VIA -C / --env A=b --argv0 me sh -c 'echo $0 $A $PWD'; "
                         "timeout -s TERM ${MOMENT%ms}e-3 $VIA sh -c 'trap \"echo term; exit 3\" TERM; while :; do sleep 0.1; done'; "
                         "$VIA --rlimit nofile=44 --nice 5 --umask 7 sh -c 'ulimit -n; nice; umask'"),
              0, "7\n137\nin\nout\nerr\n124\n127\nme b /\nterm\n44\n5\n0007\nserver 0\n");
}

TEST(status_lines)
{
        const struct outcome *outcome = check(SERVED("", "$VIA --status-fd 1 sleep 0.2"), 0, NULL);

        if (!strstr(outcome->out, "{\"event\":\"started\",\"pid\":") || !strstr(outcome->out, "\"user\":") ||
            !strstr(outcome->out, "{\"event\":\"ended\",\"how\":\"exited\",\"status\":0,"))
                fail_msg("%s", outcome->out);
}

/* What is in there is the server's to say: a client that asks for more, or for less, must not believe that it got it. */
TEST(what_is_the_servers)
{
        check_error(SERVED("", "$VIA -r / true; echo $?"), 0, "--read does not go with --via: what is not about the program is said to the server");
        check_error(SERVED("", "$VIA --filter strict true"), 0, "--filter does not go with --via");
        check_error(SERVED("", "$VIA -p strict true"), 0, "--profile does not go with --via");
        check_error(SERVED("", "$VIA --no-seccomp true"), 0, "--no-seccomp does not go with --via");
        check_error(SERVED("", "$PINFOLD explain --via $DIR/s true"), 0, "explain with the options of `pinfold serve`");
        check(SERVED("-r $DIR/proj:/shown --hostname served -p strict",
                     "touch $DIR/proj/x; $VIA -C / sh -c 'ls /shown; hostname; touch /shown/y 2>/dev/null || echo no'"),
              0, "x\nserved\nno\nserver 0\n");
}

/* What a profile bounds is bounded, however its programs are started; the client's own options come last, as ever. */
TEST(what_the_server_says_of_programs)
{
        check(SERVED("--timeout 2s --rlimit nofile=50 --nice 5 --umask 7 -e X=server -e Y=server -C /usr",
                     "export X=outside; $VIA sh -c 'ulimit -n; nice; umask; echo $X $Y $PWD'; "
                     "$VIA -e Y=client --nice 6 -C / sh -c 'ulimit -n; nice; echo $X $Y $PWD'; $VIA sleep 60 2>/dev/null; echo $?"),
              0, "50\n5\n0007\nserver server /usr\n50\n6\nserver client /\n124\nserver 0\n");
        check(SERVED("-p judge", "$PINFOLD run -p judge sh -c 'ulimit -a' >$DIR/direct; $VIA sh -c 'ulimit -a' | diff - $DIR/direct; "
                                 "ulimit -a | diff -q - $DIR/direct >/dev/null || echo bounded"),
              0, "bounded\nserver 0\n");
        check(SERVED("-n host --host-abstract", "export http_proxy=p; $VIA sh -c 'echo $http_proxy'; $VIA -e http_proxy=q sh -c 'echo $http_proxy'"), 0,
              "p\nq\nserver 0\n");
}

/* What the caller ignores does not end it: nohup(1), and background jobs of scripts, which ignore SIGINT. */
TEST(ignored_signals)
{
        check(HERE "trap '' HUP; $PINFOLD serve --socket $DIR/s & S=$!; " LISTENING "kill -HUP $S; sleep 0.2; "
              "$PINFOLD run --via $DIR/s echo still; kill $S; wait $S; echo $?", 0, "still\n0\n");
}

TEST(each_gets_one_of_its_own)
{
        check(SERVED("--size 2", "for i in 1 2 3 4 5 6; do $VIA -C / sh -c 'ls -A /tmp | grep mine; echo >/tmp/mine'; done; "
                                 "for i in 1 2 3 4 5 6 7 8; do $VIA sleep 0.3 & P=\"$P $!\"; done; wait $P; echo $?"),
              0, "0\nserver 0\n");
}

/* Git's files are protected by mounts on what is there now: a pool would let them go stale. */
TEST(git_is_not_protected_by_halves)
{
        check_error(HERE "git init -q; $PINFOLD serve --socket $DIR/s -w .", 125, "containers that wait cannot protect git's files in");
        check(SERVED("-w . --allow-git-config", "$VIA touch made; ls"), 0, "made\nserver 0\n");
}

TEST(no_server)
{
        check_error(HERE "$PINFOLD run --via $DIR/none true", 125, "none: there is no server: No such file or directory");
        check_error(HERE "$PINFOLD run --via $DIR/none true", 125, "hint: `pinfold serve` makes a server");
        check_error(HERE "$PINFOLD run --via $(printf %0200d 1) true", 125, "File name too long");
        /* One that was killed leaves its socket, which the next one takes over. */
        check_error(SERVED("", KILLED "$VIA true; $PINFOLD serve --socket $DIR/s & S=$!; " AWAITED "$VIA echo again"), 0,
                    "there is no server: Connection refused");
        check_error(SERVED("", "kill -9 $S; wait $S; $VIA true; " KILLED "$PINFOLD serve --socket $DIR/s & S=$!; " AWAITED ":"), 0,
                    "there is no server: ");
        check(SERVED("", KILLED "$PINFOLD serve --socket $DIR/s & S=$!; " AWAITED "$VIA echo again"), 0,
              "again\nserver 0\n");
        check_error(SERVED("", "$PINFOLD serve --socket $DIR/s; echo $?"), 0, "Address already in use");
        check_error(HERE "echo mine >$DIR/f; $PINFOLD serve --socket $DIR/f; cat $DIR/f", 0, "Address already in use");
}

TEST(wrong_usage)
{
        check_error("$PINFOLD serve", 125, "where to listen? --socket PATH");
        check_error("$PINFOLD serve --socket", 125, "option --socket needs a value");
        check_error("$PINFOLD serve --size 0 --socket $DIR/s", 125, "--size 0: not a number from 1 to 100000");
        check_error("$PINFOLD serve --size 4x --socket $DIR/s", 125, "--size 4x: not a number");
        check_error("$PINFOLD serve --size=100001 --socket $DIR/s", 125, "not a number");
        check_error("$PINFOLD serve --socket $DIR/s true", 125, "pinfold serve takes no command: true");
        check_error("$PINFOLD serve --socket $DIR/s --nothing", 125, "unknown option --nothing");
        check_error("$PINFOLD serve --socket $DIR/nowhere/s", 125, "No such file or directory");
        check_error("LISTEN_FDS=1 LISTEN_PID=$$ sh -c 'LISTEN_PID=$$ exec $PINFOLD serve' 3</dev/null", 125,
                    "LISTEN_FDS: not one listening socket of type SOCK_SEQPACKET");
        check("$PINFOLD serve --help | head -1", 0, "Usage: pinfold serve --socket PATH [--size N] [OPTION]...\n");
        check_error("$PINFOLD serve --socket $DIR/s --bind /nonexistent:/mnt", 125, "/nonexistent: No such file or directory");
        check_error("$PINFOLD serve --socket $DIR/s --retain-session", 125, "what keeps the caller's session cannot be prepared ahead");
        check_error("$PINFOLD serve --socket ''", 125, "the path is empty");
        check_error("$PINFOLD run --via '' true", 125, "the path is empty");
        check_error("ulimit -n 200; $PINFOLD serve --socket $DIR/s --size 100", 125, "--size 100 takes 431 descriptors, and 200 are allowed");
        check_error(HERE "$PINFOLD serve --socket $DIR/s --hide $DIR/proj/.env", 125, ".env, which is not there yet");
        check_error("$PINFOLD serve --socket $DIR/s --no-tty", 125, "--no-tty is for pinfold run");
        check_error("$PINFOLD serve --socket $DIR/s --status-fd 1", 125, "--status-fd is for pinfold run");
}

/* As a service manager starts it. */
TEST(socket_activation)
{
        check(HERE "python3 -c '\n"
              "import os, socket, subprocess, sys\n"
              "listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
              "listener.bind(os.environ[\"DIR\"] + \"/s\")\n"
              "listener.listen()\n"
              "server = os.fork()\n"
              "if server == 0:\n"
              "    os.dup2(listener.fileno(), 9); os.dup2(9, 3)\n"
              "    os.environ.update(LISTEN_FDS=\"1\", LISTEN_PID=str(os.getpid()))\n"
              "    os.execlp(os.environ[\"PINFOLD\"], \"pinfold\", \"serve\")\n"
              "code = subprocess.call([os.environ[\"PINFOLD\"], \"run\", \"--via\", os.environ[\"DIR\"] + \"/s\", \"echo\", \"activated\"])\n"
              "os.kill(server, 15)\n"
              "print(code, os.waitpid(server, 0)[1])'; test -S $DIR/s",
              0, "activated\n0 0\n");
}

/* The run is the client's: it outlives the server, and ends with the client. */
TEST(whose_run_it_is)
{
        check(SERVED("", "$VIA sh -c 'sleep 1; echo done' & R=$!; sleep 0.4; kill $S; wait $R; echo $?"), 0, "done\n0\nserver 0\n");
        check(SERVED("", "$VIA sh -c 'echo $$ >/dev/null; exec sleep 4321' & R=$!; sleep 0.4; pgrep -c -x -f 'sleep 4321'; kill -9 $R; "
                         "wait $R; for i in $(seq 100); do pgrep -x -f 'sleep 4321' >/dev/null || break; sleep 0.05; done; "
                         "pgrep -c -x -f 'sleep 4321'"),
              0, "1\n0\nserver 0\n");
}

/* Clients that say nothing, or nonsense, or go away at any moment, are nobody else's business. */
TEST(clients_that_do_not_behave)
{
        check(SERVED("--size 2",
                     "python3 -c '\n"
                     "import os, socket, struct, time\n"
                     "def connect():\n"
                     "    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.connect(os.environ[\"DIR\"] + \"/s\"); return s\n"
                     "silent = [connect() for i in range(20)]\n"
                     "def answer(s):\n"
                     "    return struct.unpack(\"II\", s.recv(4096)[:8])\n"
                     "for nonsense in (b\"x\", b\"\\0\" * 8, struct.pack(\"II\", 2, 0), struct.pack(\"II\", 1, 2), b\"y\" * 5000):\n"
                     "    s = connect(); s.send(nonsense); print(answer(s))\n"
                     "for i in range(30):\n"
                     "    s = connect(); s.send(struct.pack(\"II\", 1, i % 2)); time.sleep(i / 5000); s.close()\n"
                     "more = [connect() for i in range(60)]\n"
                     "time.sleep(0.3)\n"
                     "for s in more: s.settimeout(0)\n"
                     "def told(s):\n"
                     "    try: return answer(s)\n"
                     "    except BlockingIOError: return None\n"
                     "print(sum(told(s) is not None for s in more))'; $VIA echo served"),
              0, "(1, 71)\n(1, 71)\n(1, 71)\n(1, 71)\n(1, 71)\n0\nserved\nserver 0\n");
}

TEST(a_terminal)
{
        check(SERVED("", "script -qec \"stty rows 33 cols 99; $VIA sh -c 'tty; stty size'\" $DIR/typescript </dev/null >/dev/null; "
                         "grep -a -v Script $DIR/typescript | tr -d '\\r' | sed 's/^[^/0-9]*//'"),
              0, "/dev/pts/0\n33 99\n\nserver 0\n");
        check_error(SERVED("--empty --bind /:/", "script -qec \"$VIA true\" $DIR/t </dev/null; cat $DIR/t >&2"), 0,
                    "the server's containers have no /dev, and so no terminal: --no-tty");
}

#define RAW "python3 -c '\n"                                                                                          \
        "import socket, struct, sys\n"                                                                                \
        "s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.connect(sys.argv[1])\n"                          \
        "try: s.send(struct.pack(\"II\", 1, 0))\n"                                                                     \
        "except OSError: pass\n"                                                                                      \
        "for i in range(2):\n"                                                                                        \
        "    try: answer = s.recv(4096); break\n"                                                                     \
        "    except ConnectionResetError: pass\n"                                                                     \
        "print(struct.unpack(\"II\", answer[:8]), answer[20:].split(bytes(1))[0].decode())' $DIR/s"
#define REFUSED                                                                                                       \
        "(1, 1) the server does not serve this process: it is in another user, pid, network or mount namespace, or hides where it is\n" \
        "server 0\n"

/* Whoever is confined, and has our user id for all that, gets nothing; the control is the same command unconfined. */
TEST(who_is_refused)
{
        static const char other[] = "another user, pid, network or mount namespace";
        static const char more[] = "it is under a syscall filter, or has given up privileges";

        check(SERVED("", "$VIA echo control"), 0, "control\nserver 0\n");
        /* A container's standard error has an offset of its own in a file, and would be written over by the server's. */
        check_error(SERVED("", "$PINFOLD run -n host --host-abstract --empty --root / --proc /proc --bind $DIR:$DIR:writable -- "
                           "$PINFOLD run --via $DIR/s echo no 2>$DIR/err; cat $DIR/err >&2"), 0, "the server is not to be trusted");
        check_error(SERVED("", "unshare -Ur $VIA echo no"), 0, other);
        /* A client that does not look at the server first. */
        check(SERVED("", RAW), 0, "(1, 0) \nserver 0\n");
        check(SERVED("", "$PINFOLD run -n host --host-abstract --empty $SYSTEM --bind $DIR:$DIR:writable -- " RAW), 0, REFUSED);
        check(SERVED("", "unshare -Ur " RAW), 0, REFUSED);
        check(SERVED("", "unshare -Urpf " RAW), 0, REFUSED);
        check_error(SERVED("", "setpriv --no-new-privs $VIA echo no"), 0, more);
        check_error("umask 0; " SERVED("", "chmod 777 $DIR $DIR/s; unshare -Ur true; "
                    "setpriv --no-new-privs true; setpriv --no-new-privs $VIA echo no"), 0, more);
}

/*
 * What is sent to a server and not read goes when it closes the connection: with a socket among it that takes an hour to close, that
 * must not be the server's hour. The control: whoever closes such a socket, waits.
 */
#define LINGER                                                                                                         \
        "import array, os, socket, struct, sys\n"                                                                      \
        "def lingering():\n"                                                                                           \
        "    l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096); l.bind((\"127.0.0.1\", 0)); l.listen()\n" \
        "    t = socket.socket(); t.connect(l.getsockname()); t.setblocking(False)\n"                                  \
        "    try:\n"                                                                                                   \
        "        while True: t.send(bytes(65536))\n"                                                                   \
        "    except BlockingIOError: pass\n"                                                                           \
        "    t.setblocking(True)\n"                                                                                    \
        "    t.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(\"ii\", 1, 3600)); return l, t\n"          \
        "l, t = lingering()\n"

TEST(a_connection_that_takes_long_to_close)
{
        check_error("$PINFOLD run --empty $SYSTEM timeout 1 python3 -c '" LINGER "t.close(); print(\"closed\")'; echo $? >&2", 0, "124");
        /* Its copy is closed before the server's, which is stopped meanwhile. */
        check(SERVED("", "kill -STOP $S; $PINFOLD run --empty $SYSTEM --bind $DIR:$DIR:writable -- timeout 20 python3 -c '" LINGER
                     "s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.connect(sys.argv[1])\n"
                     "socket.send_fds(s, [b\"x\"], [t.fileno()])\n"
                     "t.close(); open(sys.argv[1] + \".sent\", \"w\")\n"
                     "import time; time.sleep(15)' $DIR/s & A=$!; for i in $(seq 300); do test -e $DIR/s.sent && break; sleep 0.02; done; "
                     "kill -CONT $S; sleep 0.2; timeout 5 $VIA echo served; kill $A; wait $A"),
              0, "served\nserver 0\n");
}

/* A socket whose server has no room, or says nothing: signals end the waiting. */
TEST(a_server_that_does_not_answer)
{
#define SILENT(backlog, connections, command)                                                                                 \
        HERE "python3 -c '\n"                                                                                          \
        "import os, socket, sys, time\n"                                                                               \
        "l = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); l.bind(os.environ[\"DIR\"] + \"/s\"); l.listen(" backlog ")\n" \
        "mine = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for i in range(" connections ")]\n"               \
        "for s in mine:\n"                                                                                             \
        "    s.setblocking(False)\n"                                                                                   \
        "    try: s.connect(os.environ[\"DIR\"] + \"/s\")\n"                                                        \
        "    except BlockingIOError: pass\n"                                                                           \
        "time.sleep(30)' & P=$!; for i in $(seq 200); do test -S $DIR/s && break; sleep 0.02; done; sleep 0.3; "        \
        command "; echo $?; kill $P"
#define INTERRUPTED "timeout -k 10 -s INT 1 $PINFOLD run --via $DIR/s true"

        check(SILENT("9", "0", INTERRUPTED), 0, "124\n");
        check(SILENT("0", "5", INTERRUPTED), 0, "124\n");
        check_error(SILENT("0", "5", "$PINFOLD run --via $DIR/s true"), 0, "the server is full: it has let nobody in for ten seconds");
}

/* Who can replace the socket by a link would choose which server is asked. */
TEST(another_servers_socket)
{
        check_error(SERVED("", "ln $DIR/s $DIR/judge; $PINFOLD run --via $DIR/judge true; rm $DIR/judge"), 0, "it listens somewhere else");
        check_error(SERVED("", "ln -s $DIR/s $DIR/judge; $PINFOLD run --via $DIR/judge true; echo $?"), 0, "it listens somewhere else");
        check(SERVED("", "mkdir $DIR/d; ln -s .. $DIR/d/up; $PINFOLD run --via $DIR/d/up/s echo the same one"), 0, "the same one\nserver 0\n");
        check_error(HERE "$PINFOLD serve --socket $DIR/s -w $DIR --allow-git-config", 125, "the programs could replace the socket ");
        check_error(HERE "mkdir $HOME/.config; $PINFOLD serve --socket $DIR/s -w $HOME --allow-git-config", 125,
                    "cannot be kept from the places of profiles");
        check_error(HERE "python3 -c 'import os, socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.bind(os.getcwd() + \"/s\"); s.listen();"
                    " os.dup2(s.fileno(), 3); os.set_inheritable(3, True); os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=\"1\");"
                    " os.execv(os.environ[\"PINFOLD\"], [\"pinfold\", \"serve\", \"-w\", \".\", \"--allow-git-config\"])'", 125, "the programs could replace the socket ");
        check_error(HERE "ln -s $DIR d; $PINFOLD serve --socket d/s -w . --allow-git-config", 125, "the programs could replace the socket ");
}

/* More at a time than there is room for: they wait. */
TEST(many_at_once)
{
        check(SERVED("--size 8", "seq 150 | xargs -P 100 -I {} sh -c \"$VIA -C / true || echo {} failed\""), 0, "server 0\n");
}

/* Those who came first are served first, whoever comes later. */
TEST(first_come_first_served)
{
        check(SERVED("--size 1", "for i in 1 2 3 4 5 6 7 8; do $VIA -C / sh -c \"echo $i\" >$DIR/o$i & P=\"$P $!\"; sleep 0.05; done; wait $P; "
                                 "cat $DIR/o*"), 0, "1\n2\n3\n4\n5\n6\n7\n8\nserver 0\n");
}

ROOT_TEST(another_user_is_refused)
{
        check_error(SERVED("", "chmod 755 $DIR; chmod 777 $DIR/s; cp $PINFOLD $DIR/p; chmod 755 $DIR/p; "
                               "setpriv --reuid=1234 --regid=1234 --clear-groups $DIR/p run --via $DIR/s echo no"),
                    0, "it is another user's");
}

/* And the other way round: a stranger in the server's place is not told what is to be run. */
TEST(a_server_that_is_confined)
{
        check_error(HERE "$PINFOLD run --empty $SYSTEM --bind $DIR:$DIR:writable -- python3 -c '\n"
                    "import socket, sys\n"
                    "s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.bind(sys.argv[1]); s.listen()\n"
                    "c = s.accept()[0]; c.settimeout(2); print(c.recv(100))' $DIR/s & "
                    "for i in $(seq 200); do test -S $DIR/s && break; sleep 0.02; done; $PINFOLD run --via $DIR/s true",
                    125, "the server is not to be trusted: it is in another user, pid, network or mount namespace");
}
