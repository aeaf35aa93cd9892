/* SPDX-License-Identifier: MIT */
/*
 * The profiles that are shipped: each of their lines, and that there is no other, by what real programs can do under them. Where
 * one is refused something, the control is another profile, or an option, under which it is not.
 */
#define _GNU_SOURCE

#include <stdlib.h>
#include <unistd.h>

#include "cli/job.h"
#include "support/kernel.h"
#include "test.h"

/* Nothing of whoever runs the tests counts. */
#define ALONE "unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_RUNTIME_DIR; " HERE
#define RUN_(arguments) "\"$PINFOLD\" run " arguments

/* ---- What they have in common ----------------------------------------------------------------------------------- */

/* `expected` of the command line for the profile `name`, which is $NAME in it. */
static void check_profile(const char *name, const char *command, const char *expected)
{
        /* Without it they do not have the host's network. */
        if (strcmp(name, "online") == 0 && !landlock_scopes())
                return;
        setenv("NAME", name, 1);
        check(command, 0, expected);
}

/* Serves the current directory on the host's loopback device: $page says "page". */
#define SERVER                                                                                                         \
        "echo page >page; python3 -u -m http.server -d . --bind 127.0.0.1 0 >$DIR/log 2>&1 & server=$!;"               \
        " until grep -q port $DIR/log; do sleep 0.05; done;"                                                           \
        " page=http://127.0.0.1:$(sed 's/.*port \\([0-9]*\\).*/\\1/;q' $DIR/log)/page; "

TEST(the_network)
{
        static const char *const probe = ALONE SERVER "curl -s $page; " RUN_("-p $NAME sh -c 'curl -s $1 || echo alone' sh $page") ";"
                                         " kill $server";

        check_profile("default", probe, "page\nalone\n");
        check_profile("build", probe, "page\nalone\n");
        check_profile("agent", probe, "page\nalone\n");
        check_profile("online", probe, "page\npage\n");
        check_profile("strict", probe, "page\nalone\n");
        check_profile("judge", probe, "page\nalone\n");
}

/* What people keep there, and what of it programs would run: each says "secret". */
#define FURNISHED                                                                                                      \
        "(cd $HOME; mkdir -p .ssh .aws .config/gh .cargo/bin .gnupg .local/bin; for f in .ssh/id_ed25519 .aws/credentials"  \
        " .config/gh/hosts.yml .cargo/credentials.toml .gnupg/secring.gpg .netrc .git-credentials .bash_history notes; do"     \
        " echo secret of $f >$f; done; echo '# secret' >.bashrc; printf '#!/bin/sh\\necho tool # secret' >.local/bin/tool;"    \
        " chmod -R go= .; chmod 755 .local/bin/tool; tar c . | cksum >$DIR/before); TOKEN=secret; export TOKEN; "
#define UNCHANGED "tar c -C $HOME . | cksum | cmp - $DIR/before && echo unchanged"

/* Toolchains are for all but the agent; what any of them leaves there is gone. */
TEST(the_home_directory)
{
        static const char *const probe =
                ALONE FURNISHED "(cd $HOME; grep -rl secret . | wc -l); "
                RUN_("-p $NAME sh -c '(env; grep -rl secret $HOME) | grep -e secret -e $HOME/ | sed s,$HOME,home,; cd;"
                     " rm -rf .ssh .bashrc; mkdir -p .ssh && echo >.ssh/authorized_keys && echo scratch'") "; " UNCHANGED;
        static const char *const with_tools = "11\nhome/.local/bin/tool\nscratch\nunchanged\n";

        check_profile("default", probe, with_tools);
        check_profile("build", probe, with_tools);
        check_profile("agent", probe, "11\nscratch\nunchanged\n");
        check_profile("online", probe, with_tools);
        check_profile("strict", probe, with_tools);
        check_profile("judge", probe, with_tools);
}

/* Where it mostly is: in the home directory. What is beside it is nobody's business. */
TEST(the_project)
{
        static const char *const probe =
                ALONE FURNISHED "mkdir $HOME/proj; cd $HOME/proj; echo here >f; "
                RUN_("-p $NAME sh -c 'cat f; cat ../notes; touch made ../proj/made-too ../beside; test -e made || echo read-only' 2>/dev/null")
                "; ls; ls .. | grep beside; true";

        check_profile("default", probe, "here\nread-only\nf\n");
        check_profile("build", probe, "here\nf\nmade\nmade-too\n");
        check_profile("agent", probe, "here\nf\nmade\nmade-too\n");
        check_profile("online", probe, "here\nread-only\nf\n");
        check_profile("strict", probe, "here\nread-only\nf\n");
        check_profile("judge", probe, "here\nread-only\nf\n");
}

#define REPOSITORY "git init -q .; git config user.name One; git config user.email one@example.org; git commit -q --allow-empty -m first; "

/* git works, and nothing that git of the host would run or obey can be left behind. */
TEST(git_where_they_write)
{
#define GIT(options)                                                                                                   \
        ALONE REPOSITORY RUN_(options " sh -c 'echo text >f; git add f; git commit -qm second; (git config alias.x \"!touch ran\";"    \
        " git config core.fsmonitor \"touch ran; false\"; printf \"#!/bin/sh\\ntouch ran\" >.git/hooks/pre-commit;"                           \
        " chmod 755 .git/hooks/pre-commit) 2>/dev/null'") "; git log --format=%s,%an; git x 2>/dev/null; git status --short;"           \
        " git commit -q --allow-empty -m third; ls"

        check_profile("build", GIT("-p $NAME"), "second,One\nfirst,One\nf\n");
        check_profile("agent", GIT("-p $NAME"), "second,One\nfirst,One\nf\n");
        check(GIT("-p build --allow-git-config"), 0, "second,One\nfirst,One\n?? ran\nf\nran\n");
}

/* strict refuses what debuggers need; allowlist, what it does not name: another kind of scheduling, such as chrt chooses. */
TEST(the_filter)
{
        static const char *const probe = ALONE RUN_("-p $NAME strace -o /dev/null true 2>/dev/null && echo strace; ")
                                         RUN_("-p $NAME chrt --batch 0 true 2>/dev/null && echo chrt; ")
                                         RUN_("-p $NAME python3 -c 'print(sum(range(10)))'");

        check_profile("default", probe, "strace\nchrt\n45\n");
        check_profile("build", probe, "strace\nchrt\n45\n");
        check_profile("agent", probe, "strace\nchrt\n45\n");
        check_profile("online", probe, "strace\nchrt\n45\n");
        check_profile("strict", probe, "45\n");
        check_profile("judge", probe, "chrt\n45\n");
}

/* But for the judge's, below. */
TEST(the_limits_of_the_caller)
{
        static const char *const probe = ALONE "cat /proc/self/limits | " RUN_("-p $NAME diff - /proc/self/limits; ")
                                         "\"$PINFOLD\" explain -p $NAME | sed -n 's/^Limits *//p'";

        check_profile("default", probe, "the caller's own\n");
        check_profile("build", probe, "the caller's own\n");
        check_profile("agent", probe, "the caller's own\n");
        check_profile("online", probe, "the caller's own\n");
        check_profile("strict", probe, "the caller's own\n");
}

/*
 * Nothing else: with the same options by hand a program sees the same, and explain says the same, but for why, and for the host's
 * sockets, which come and go. $0 is the host's namespaces.
 */
#define SAY                                                                                                            \
        "say() { \"$PINFOLD\" explain --json \"$@\" -- true | python3 -c 'import json, sys\ne = json.load(sys.stdin)\n"     \
        "for file in e[\"files\"]: del file[\"why\"]\n"                                                                     \
        "for name in list(e):\n if not name.startswith(\"sockets\"): print(name, e[name])'; "                               \
        RUN_("\"$@\" sh -c 'env; id; uname -n; umask; nice; taskset -p $$ | sed s/.*:://; pwd; ls -A . $HOME /tmp; ulimit -a;" \
             " cut -d: -f 1 /proc/net/dev; grep -e ^Cap -e ^Sec /proc/self/status; cut -d\" \" -f 4- /proc/self/mountinfo;"    \
             " ps -A -o comm; ps -o sid= -p $$; readlink /proc/self/ns/* | grep -Fx \"$0\"; touch made 2>&1 && rm made' \"$HOST\"")     \
        "; }; : >$DIR/empty; HOST=$(readlink /proc/self/ns/*); SSH_AUTH_SOCK=$DIR/agent; export SSH_AUTH_SOCK; "

static void check_options(const char *name, const char *options)
{
        setenv("OPTIONS", options, 1);
        check_profile(name, ALONE SAY "say -p $NAME >$DIR/said; eval \"say -p $DIR/empty $OPTIONS\" | diff $DIR/said - && grep -c ^rules $DIR/said",
                      "1\n");
}

TEST(nothing_else)
{
        check_options("default", "");
        check_options("build", "-w .");
        check_options("agent", "--tmpfs $HOME -w .");
        check_options("online", "-n host");
        check_options("strict", "--filter allowlist");
        check_options("judge", "--filter strict --timeout 30s --rlimit cpu=10s:11s --rlimit as=2G --rlimit nproc=64 --rlimit fsize=64M"
                               " --rlimit nofile=256 --rlimit core=0");
}

/* ---- default ---------------------------------------------------------------------------------------------------- */

TEST(default_is_no_profile_at_all)
{
        check(ALONE SAY "say -p $DIR/empty >$DIR/said; grep -c -e ^rules -e ^Seccomp: -e Read-only $DIR/said; say | diff $DIR/said - && echo none;"
              " say -p default | diff $DIR/said - && echo default; say -p judge | cmp -s - $DIR/said || echo not judge", 0,
              "3\nnone\ndefault\nnot judge\n");
}

/* ---- build ------------------------------------------------------------------------------------------------------ */

TEST(build)
{
        check(ALONE "printf 'int main(void) { return 7; }' >p.c; printf 'p: p.c\\n\\tcc -o p p.c\\n' >Makefile; "
              RUN_("-p build make >/dev/null") " && ./p", 7, "");
}

/* ---- agent ------------------------------------------------------------------------------------------------------ */

/* A program of somebody who was told what to do by the project's README: it works, and takes along what it finds. */
TEST(agent)
{
        check(ALONE FURNISHED REPOSITORY "echo 'def f(x): return x + 1' >m.py; git add .; git commit -qm m; "
              RUN_("-p agent python3 -c 'import os, pathlib, subprocess\n"
                   "p = pathlib.Path(\"m.py\")\np.write_text(p.read_text().replace(\"+ 1\", \"+ 2\"))\n"
                   "import m\nsubprocess.run([\"git\", \"commit\", \"-qam\", str(m.f(1))], check=True)\n"
                   "home = pathlib.Path.home()\nprint(list(home.iterdir()), \"secret\" in str(os.environ))\n"
                   "for path in home / \".bashrc\", pathlib.Path(\".git/hooks/post-checkout\"), pathlib.Path(\".git/config\"):\n"
                   " try: path.write_text(\"made\"); print(\"wrote\", path.name)\n except OSError as e: print(e.strerror, path.name)'")
              "; git log --format=%s; git status --short; ls .git/hooks | grep -v sample; " UNCHANGED, 0,
              "[] False\nwrote .bashrc\nRead-only file system post-checkout\nRead-only file system config\n"
              "3\nm\nfirst\n?? __pycache__/\nunchanged\n");
}

/* ---- online ----------------------------------------------------------------------------------------------------- */

/* Names and certificates are the host's; its abstract sockets, such as those of a desktop's bus, are not. */
TEST(online)
{
        static const char *const names = ALONE "f='/etc/resolv.conf /etc/hosts /etc/nsswitch.conf /etc/ssl/certs/ca-certificates.crt';"
                                         " cat $f >$DIR/own && " RUN_("-p $NAME cat $f") " | cmp - $DIR/own && echo the same;"
                                         " getent hosts localhost >$DIR/own && " RUN_("-p $NAME getent hosts localhost")
                                         " | cmp - $DIR/own && echo found";

        check_profile("online", names, "the same\nfound\n");
        if (!landlock_scopes())
                check_error(ALONE RUN_("-p online true"), 125, "--host-abstract");
}

/* A server on the host's loopback device whose certificate is its own authority; $port is the kernel's choice. */
#define TLS_SERVER                                                                                                     \
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout $DIR/key.pem -out ca.pem"   \
        " -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null; echo hello >page; mkfifo said;" \
        "openssl s_server -accept 127.0.0.1:0 -cert ca.pem -key $DIR/key.pem -WWW >said 2>&1 & server=$!; exec 3<said;" \
        "while read -r word address <&3 && test \"$word\" != ACCEPT; do :; done; page=https://localhost:${address##*:}/page;" \
        "unset SSL_CERT_DIR SSL_CERT_FILE; "

TEST(online_with_tls)
{
        check_profile("online", ALONE TLS_SERVER RUN_("-p $NAME curl -s --cacert ca.pem $page") "; SSL_CERT_FILE=$PWD/ca.pem "
                      RUN_("-p $NAME curl -s $page") "; " RUN_("-p $NAME curl -s $page") " || echo $?; kill $server",
                      "hello\nhello\n60\n");
}

/* The program's one argument is the socket's name, but for the byte of zero. */
TEST(online_without_abstract_sockets)
{
        check_profile("online", ALONE "cat >try.py <<'END'\n"
                      "import socket, sys\n"
                      "try:\n    socket.socket(socket.AF_UNIX).connect('\\0' + sys.argv[1])\n    print('connected')\n"
                      "except PermissionError:\n    print('refused')\n"
                      "END\n"
                      "python3 -uc 'import socket, sys, time\ns = socket.socket(socket.AF_UNIX)\ns.bind(\"\\0\" + sys.argv[1])\ns.listen()\n"
                      "print(\"there\")\ntime.sleep(60)' pinfold-$$ >$DIR/log & server=$!; until grep -q there $DIR/log; do sleep 0.05; done;"
                      RUN_("-p $NAME python3 try.py pinfold-$$; ") RUN_("-p $NAME --host-abstract python3 try.py pinfold-$$; ")
                      "kill $server", "refused\nconnected\n");
}

/* ---- strict ----------------------------------------------------------------------------------------------------- */

/* Under a filter that refuses what it does not know ordinary programs work. */
TEST(strict)
{
        check(ALONE "printf '#include <stdio.h>\\nint main(void) { return puts(\"compiled\") < 0; }' >p.c; "
              RUN_("-p strict sh -c 'cc -o /tmp/p p.c && /tmp/p; perl -e \"print qx(echo child)\"; git init -q /tmp/r && git -C /tmp/r status -s;"
                   " python3 -c \"import threading; t = threading.Thread(target=print, args=[\\\"thread\\\"]); t.start(); t.join()\"'"), 0,
              "compiled\nchild\nthread\n");
}

/* ---- judge ------------------------------------------------------------------------------------------------------ */

/* As the kernel has them; what the caller's own are anyhow (core) only explain can tell, and the time of the run. */
TEST(limits_of_the_judge)
{
        check(ALONE RUN_("-p judge sed -nE 's/^Max ([a-z ]*[a-z]) +([0-9]+) +([0-9]+) .*/\\1 \\2 \\3/;"
                         " /^(cpu|file s|core|proc|open|addr)/p' /proc/self/limits"), 0,
              "cpu time 10 11\nfile size 67108864 67108864\ncore file size 0 0\nprocesses 64 64\nopen files 256 256\n"
              "address space 2147483648 2147483648\n");
        check(ALONE "\"$PINFOLD\" explain -p judge | sed -nE '/^Limits/,/^$/s/^(Limits)? *(.)/\\2/p'", 0,
              "timeout 30s\nrlimit cpu=10s:11s\nrlimit as=2G\nrlimit nproc=64\nrlimit fsize=64M\nrlimit nofile=256\nrlimit core=0\n");
}

/* One that asks for more gets no more. */
TEST(judge)
{
        check(ALONE RUN_("-p judge python3 -uc 'print(len(bytearray(1 << 28)))\nbytearray(3 << 30)' 2>&1") " | grep -x -e '[0-9]*' -e MemoryError", 0,
              "268435456\nMemoryError\n");
        check(ALONE RUN_("-p judge sh -c 'head -c 65M /dev/zero >/tmp/x; echo $?; stat -c %s /tmp/x'"), 0, "153\n67108864\n");
        check(ALONE RUN_("-p judge python3 -c 'f = []\ntry:\n while True: f.append(open(\"/dev/null\"))\n"
                         "except OSError as e: print(f[-1].fileno(), e.strerror)'"), 0, "255 Too many open files\n");
        /* Those of PID 1 and of python itself count, too. Root of the host has no limit of that. */
        check(ALONE RUN_("-p judge --adopt-wait-delay 0 python3 -c 'import os, signal\nn = 0\ntry:\n"
                         " while n < 100:\n  if os.fork() == 0: signal.pause()\n  n += 1\nexcept OSError: pass\nprint(n)'"), 0,
              geteuid() == 0 ? "100\n" : "62\n");
}

/* The profile with its times shortened: whoever judges can tell what was used up. SIGXCPU comes first, and only then SIGKILL. */
TEST(judge_of_time)
{
#define SHORTENED                                                                                                      \
        ALONE "\"$PINFOLD\" profile show judge | sed \"s/^timeout 30s/timeout $1/; s/^rlimit cpu=10s:11s/rlimit cpu=1s:2s/\" >$DIR/p; "
#define LOOP(first)                                                                                                    \
        "set 20s; " SHORTENED RUN_("-p $DIR/p --status-fd 3 python3 -c '" first "while True: pass'") " 3>$DIR/events;"   \
        " echo $?; grep -o '\"signal\":[0-9]*' $DIR/events"

        check("set $MOMENT; " SHORTENED RUN_("-p $DIR/p sleep 60"), 124, "");
        check(LOOP(""), 0, "152\n\"signal\":24\n");
        check(LOOP("import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\n"), 0, "137\n\"signal\":9\n");
}

/* Also where it stands before: rules are not taken back by presets. */
TEST(judge_and_strict)
{
        check(ALONE "for p in '-p strict' '-p strict -p judge' '-p judge -p strict'; do " RUN_("$p chrt --batch 0 true 2>/dev/null")
              " || echo refused; done; " RUN_("-p judge chrt --batch 0 echo allowed"), 0, "refused\nrefused\nrefused\nallowed\n");
        check(ALONE "\"$PINFOLD\" explain -p strict -p judge true | grep ^Filter", 0, "Filter      allowlist\n");
}
