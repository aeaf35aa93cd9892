/* SPDX-License-Identifier: MIT */
/* run without --empty, as somebody uses it every day. What programs do there is in programs.c and terminal.c. */
#define _GNU_SOURCE

#include <unistd.h>

#include "cli/job.h"
#include "test.h"

/* ---- The view -------------------------------------------------------------------------------------------------- */

TEST(the_system_is_there_and_links_stay_links)
{
        check(PINFOLD "sh -c 'test -e /usr/bin/env && test -e /etc/passwd && readlink /bin'", 0, "usr/bin\n");
}

/* By writing: as root too, who owns what is shown. */
TEST(nothing_can_be_changed)
{
        check(PINFOLD "sh -c 'for d in / /usr /usr/bin /etc /opt /var /var/lib /run /sys /sys/devices/system/cpu /home; do"
              " test ! -e $d || ! touch $d/x 2>/dev/null || echo $d; done; for f in /etc/passwd /etc/hosts; do"
              " ! true 2>/dev/null >>$f || echo $f; done'", 0, "");
        check(PINFOLD "sh -c 'touch /tmp/x /var/tmp/x ~/x && echo made'", 0, "made\n");
        check("ls $DIR/home", 0, "");
}

/*
 * Every single file, by opening it and by giving it the mode that it has. What remains are files of one's own processes,
 * devices, which can be opened, and monitors to be set up.
 */
#define CHANGE_ALL                                                                                                 \
        "import os, re\n"                                                                                          \
        "scratch = re.compile(\"/proc/[0-9]|/proc/(thread-)?self|/tmp/|/var/tmp/|/dev/(shm|pts)/|/proc/pressure/|\" \n" \
        " \"/proc/sys/kernel/ns_last_pid\")\n"                                                                      \
        "open_it = lambda: os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)\n"                             \
        "change_it = lambda: os.chmod(path, os.stat(path).st_mode & 0o7777)\n"                                     \
        "for top, directories, files in os.walk(\"/\"):\n"                                                         \
        " directories[:] = [d for d in directories if not scratch.match(os.path.join(top, d) + \"/\")]\n"          \
        " for name in files:\n"                                                                                    \
        "  path = os.path.join(top, name)\n"                                                                       \
        "  if os.path.islink(path) or scratch.match(path): continue\n"                                             \
        "  for change in open_it, change_it:\n"                                                                    \
        "   try: change()\n"                                                                                       \
        "   except OSError: continue\n"                                                                            \
        "   if not path.startswith(\"/dev/\"): print(path)\n"

TEST(no_file_can_be_changed)
{
        check(PINFOLD "-C / python3 -c '" CHANGE_ALL "'", 0, "");
        /* Devices can be written, and not changed. */
        check(PINFOLD "-C / sh -c 'for f in /dev/*; do test -c $f -a ! -L $f || continue; echo $f; chmod --reference=$f $f 2>&1; done |"
              " grep -c \"^/dev\\|changing permissions\"'", 0, "12\n");
}

/* What exists on every kernel is there, and cannot be written; kernels differ in the last two. */
TEST(no_kernel_setting_can_be_changed)
{
        check(PINFOLD "sh -c 'cd /proc; ls sys/vm/overcommit_memory sys/kernel/core_pattern sys/fs/file-max >/dev/null || exit;"
              " for f in sys/vm/overcommit_memory sys/kernel/core_pattern sys/fs/file-max sysrq-trigger irq/default_smp_affinity;"
              " do (: >>$f) 2>/dev/null && echo $f; done; true'", 0, "");
}

TEST(homes_are_hidden_and_tools_are_not)
{
        check(HERE "mkdir -p $HOME/.ssh $HOME/.cargo/bin $HOME/tools/bin $HOME/.aws; echo key >$HOME/.ssh/id;"
              "echo secret >$HOME/.cargo/credentials.toml; printf '#!/bin/sh\\necho mine\\n' >$HOME/tools/bin/mine;"
              "chmod 755 $HOME/tools/bin/mine; PATH=$HOME/tools/bin:$HOME/.aws:$HOME/.cargo:$HOME:$PATH; export PATH;"
              "exec \"$PINFOLD\" run sh -c 'mine; cd; ls -A; ls -A .cargo'", 0, "mine\n.cargo\ntools\nbin\n");
}

/* Where the home directory is, and not what it is called. */
TEST(a_home_behind_a_link)
{
        static const char keys[] = HERE "mkdir -p ../home/.ssh ../home/proj ../home/tools; echo key >../home/.ssh/id;"
                "printf '#!/bin/sh\\necho mine\\n' >../home/tools/mine; chmod 755 ../home/tools/mine;"
                "ln -s home $DIR/link; export HOME=$DIR/link PATH=$DIR/link/tools:$PATH; ";
        char command[1024];

        snprintf(command, sizeof(command), "%s cd ../home; exec \"$PINFOLD\" run cat .ssh/id $HOME/.ssh/id", keys);
        check(command, 1, "");
        snprintf(command, sizeof(command), "%s cd ../home/proj; exec \"$PINFOLD\" run -w . sh -c 'mine; cd; touch scratch;"
                 " cd $HOME; ls -A; cat .ssh/id; pwd -P'", keys);
        snprintf(command + strlen(command), sizeof(command) - strlen(command), " | sed \"s:^$DIR::\"");
        check(command, 0, "mine\nproj\nscratch\ntools\n/home\n");
        check("ls $DIR/home", 0, "proj\ntools\n");
}

TEST(links_that_stand_for_tools)
{
        check(HERE "mkdir -p $HOME/.ssh $HOME/go $HOME/.local; echo key >$HOME/.ssh/id; ln -s ../.ssh $HOME/go/bin;"
              "ln -s /usr $HOME/.local/lib; mkdir -p $HOME/mine; touch $HOME/mine/private; ln -s ../mine $HOME/.local/bin;"
              "cd /; \"$PINFOLD\" run sh -c 'cat ~/go/bin/id; ls ~/.local/bin' 2>/dev/null;"
              "exec \"$PINFOLD\" run sh -c 'cd ~/.local/lib; pwd -P'", 0, "/usr\n");
}

TEST(a_command_that_is_not_visible_is_no_other_one)
{
        const struct outcome *outcome;

        outcome = check(HERE "mkdir -p $DIR/away; printf '#!/bin/sh\\necho mine\\n' >$DIR/away/ls; chmod 755 $DIR/away/ls;"
                        "PATH=$DIR/away:$PATH exec \"$PINFOLD\" run ls", 125, "");
        assert_non_null(strstr(outcome->err, "/away/ls outside, which is not visible inside\nhint: -r "));
        check(AGAIN "PATH=$DIR/away:$PATH exec \"$PINFOLD\" run -r $DIR/away ls", 0, "mine\n");
        check(PINFOLD "no-such-command", 127, "");
}

/* Programs that have many names look which one they are called by; and what is found must be what is started. */
TEST(a_link_to_a_command_counts_by_its_name)
{
        check_error(HERE "mkdir -p $DIR/away $DIR/real; printf '#!/bin/sh\\necho mine\\n' >$DIR/real/ls; chmod 755 $DIR/real/ls;"
                    "ln -s /usr/bin/head $DIR/away/sort; ln -s ../real/ls $DIR/away/ls; PATH=$DIR/away:$PATH exec \"$PINFOLD\" run sort", 125,
                    "/away shows it");
        check_error(AGAIN "PATH=$DIR/away:$PATH exec \"$PINFOLD\" run -r $DIR/away ls", 125, "/real shows it");
        check(AGAIN "PATH=$DIR/away:$PATH exec \"$PINFOLD\" run -r $DIR/away -r $DIR/real ls", 0, "mine\n");
        check(AGAIN "echo text | PATH=$DIR/away:$PATH \"$PINFOLD\" run -r $DIR/away sort -c2", 0, "te");
        check(AGAIN "ln -s $DIR/away $DIR/link; PATH=$DIR/link:$PATH exec \"$PINFOLD\" run -r $DIR/link -r $DIR/real ls", 0, "mine\n");
        check(AGAIN "exec \"$PINFOLD\" run -C $DIR/away -r $DIR/away -r $DIR/real ./ls", 0, "mine\n");
}

TEST(secrets_of_the_machine)
{
        /* Unreadable to a user, hidden from root. */
        check(PINFOLD "sh -c 'cat /etc/shadow 2>/dev/null'; true", geteuid() == 0 ? 0 : 1, "");
        check(PINFOLD "find /etc ! -type l -readable ! -empty ! -perm -o=r -print -o -type d -readable ! -empty ! -perm -o=x -print"
              " 2>/dev/null", geteuid() == 0 ? 0 : 1, "");
}

/* A system made up, as root of a container sees it. */
TEST(secrets_and_services_of_another_machine)
{
        check(RUN "--nested --uid 0 --overlay /etc:lower=/etc,ephemeral --place /nix/var/nix/daemon-socket/socket:text= --mkdir /nix/store"
              " --mkdir /nix/var/nix/profiles --env PINFOLD --env HOME=/none --chdir / -- sh -c 'mkdir -p -m 755 /etc/a/b/c; mkdir -m 750 /etc/a/d; mkdir -m 754 /etc/a/e;"
              " umask 077; echo >/etc/a/b/c/key; echo >/etc/a/d/key; ln -s /etc/a/d /etc/a/f; echo >/etc/a/public; chmod 644 /etc/a/public;"
              " $PINFOLD explain | grep -e /etc/a -e /nix | sort'", 0,
              "  place     /etc/a/b/c/key  (hidden: a secret of the machine)\n"
              "  read      /nix/store  (the system)\n"
              "  read      /nix/var/nix/profiles  (the system)\n"
              "  readonly  /etc/a/d  (hidden: a secret of the machine)\n"
              "  readonly  /etc/a/e  (hidden: a secret of the machine)\n");
}

/* ---- The current directory ------------------------------------------------------------------------------------- */

TEST(the_current_directory_is_shown_at_its_own_path)
{
        check(HERE "echo data >f; \"$PINFOLD\" run cat f; test \"$(\"$PINFOLD\" run pwd)\" = \"$(pwd -P)\" && echo same", 0,
              "data\nsame\n");
        /* For people alone: what a script reads on standard error is the program's. */
        assert_null(strstr(check_error(PINFOLD "sh -c 'echo new >f'", 2, "Read-only file system")->err, "hint"));
        assert_non_null(strstr(check(HERE "SHELL=/bin/sh script -eqc '$PINFOLD run --no-tty sh -c \"echo new >f\"' /dev/null", 2, NULL)->out,
                               "hint: should it have failed to write here: the current directory"));
        check(HERE "printf '#!/bin/sh\\necho script $1\\n' >s; chmod 755 s; exec \"$PINFOLD\" run ./s one", 0, "script one\n");
}

TEST(what_is_private_is_not_shown)
{
        static const char *const places[] = {"$HOME", "/", "/tmp", "/var/tmp", "/var", "/dev"};

        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
                char command[256];

                snprintf(command, sizeof(command), HERE "touch $HOME/mine /tmp/pinfold-mine; cd %s; test \"$(exec "
                         "\"$PINFOLD\" run pwd)\" = %s || exit 9; exec \"$PINFOLD\" run ls mine pinfold-mine", places[i], places[i]);
                check_error(command, 2, "is not shown inside: -r . or -w . shows it");
        }
        check_error(HERE "mkdir -p $HOME/.ssh/keys; echo k >$HOME/.ssh/keys/id; cd $HOME/.ssh/keys; exec \"$PINFOLD\" run cat id", 1,
                    "is not shown inside");
        check_error("cd /run/lock && exec \"$PINFOLD\" run true", 0, "is not shown inside");
        check(HERE "cd; touch mine; exec \"$PINFOLD\" run -r . ls mine; rm -f /tmp/pinfold-mine", 0, "mine\n");
}

TEST(write)
{
        check(PINFOLD "-w . sh -c 'echo new >made'", 0, "");
        check("cat $DIR/proj/made", 0, "new\n");
        check(PINFOLD "-w.:/other sh -c 'echo more >/other/made; touch ./x 2>/dev/null || echo read-only'", 0, "read-only\n");
        check(PINFOLD "--write=$DIR/home sh -c 'touch ~/f'", 0, "");
        check("ls $DIR/home", 0, "f\n");
        check_error(PINFOLD "-w $DIR/none true", 125, "No such file or directory");
}

TEST(read)
{
        check(HERE "mkdir -p $DIR/data; echo d >$DIR/data/f; \"$PINFOLD\" run ls $DIR/data/f 2>/dev/null;"
              "exec \"$PINFOLD\" run -r ../data:/mnt sh -c 'cat /mnt/f; touch /mnt/x 2>/dev/null || echo read-only'", 0,
              "d\nread-only\n");
}

/* What an earlier run can have left: a link. Only who names what it leads to means that. */
TEST(links_that_stand_for_files)
{
        static const char *const options[] = {"-r", "-w"};

        for (size_t i = 0; i < 2; i++) {
                char command[512];

                snprintf(command, sizeof(command), HERE "mkdir $HOME/.ssh; echo key >$HOME/.ssh/id; ln -s $HOME out;"
                         " exec \"$PINFOLD\" run %s out cat out/.ssh/id", options[i]);
                check_error(command, 125, "/proj/out is a link to ");
                snprintf(command, sizeof(command), AGAIN "exec \"$PINFOLD\" run %s out/.ssh cat out/.ssh/id", options[i]);
                check_error(command, 125, "where private things are");
                check(command, 125, "");
                snprintf(command, sizeof(command), AGAIN "exec \"$PINFOLD\" run %s $HOME cat $HOME/.ssh/id", options[i]);
                check(command, 0, "key\n");
        }
        check_error(AGAIN "exec \"$PINFOLD\" run --empty " SYSTEM " -w out true", 125, "where private things are");
        check_error(HERE "mkdir $DIR/data; echo d >$DIR/data/f; ln -s $DIR/data out; exec \"$PINFOLD\" run -w out true", 0, "/proj/out is /");
        check(AGAIN "\"$PINFOLD\" run -e DIR -w out sh -c 'cat out/f $DIR/data/f; echo >out/g'; ls $DIR/data;"
              " \"$PINFOLD\" explain -w out -w out:/mnt | sed -n \"s:$DIR::g; /(-w)/p\"", 0,
              "d\nd\nf\ng\n  write     /data  (-w)\n  write     /mnt from /data  (-w)\n");
}

/* As an unset variable is: it is not the current directory. */
TEST(no_path_is_empty)
{
        check_error(PINFOLD "-w '' true", 125, "-w: the path is empty");
        check_error(PINFOLD "-r :/x true", 125, "-r: the path is empty");
        check_error(PINFOLD "--hide '' true", 125, "--hide: the path is empty");
        check_error(PINFOLD "-C '' true", 125, "--chdir: the path is empty");
        check_error(HERE "echo hide >p; exec \"$PINFOLD\" run -p ./p true", 125, "p:1:1: option --hide needs a value");
        check_error(HERE "echo hide= >p; exec \"$PINFOLD\" run -p ./p true", 125, "p:1:6: --hide: the path is empty");
        check_error(PINFOLD "--hide / true", 125, "which is not visible inside");
}

TEST(hide)
{
        check(HERE "echo s >.env; mkdir -p keys; echo k >keys/k; exec \"$PINFOLD\" run -w . --hide .env --hide keys"
              " --hide later --hide dir/ sh -c 'cat .env; ls keys; for f in .env keys/x later dir/x; do"
              " ! true 2>/dev/null >$f || echo wrote $f; done; ! rm .env 2>/dev/null || echo removed; ls -A'", 0,
              ".env\n.git\ndir\nkeys\nlater\n");
        check("cd $DIR/proj && cat .env keys/k; ls -A", 0, "s\nk\n.env\nkeys\n");
        check(PINFOLD "--hide /etc/passwd --hide /usr/share sh -c 'cat /etc/passwd; ls /usr/share'", 0, "");
}

/* ---- git ------------------------------------------------------------------------------------------------------- */

#define REPOSITORY HERE "git init -q . && git config user.name One && git config user.email one@example.org; "

TEST(git_knows_who_it_is)
{
        check(REPOSITORY "\"$PINFOLD\" run -w . git commit -qm first --allow-empty; git log '--format=%an %ae %cn %ce'", 0,
              "One one@example.org One one@example.org\n");
        check(HERE "printf '[user]\\n\\tname = \"Two B\"\\n email=two@example.org\\n' >$HOME/.gitconfig;"
              "exec \"$PINFOLD\" run sh -c 'echo $GIT_AUTHOR_NAME $GIT_COMMITTER_EMAIL'", 0, "Two B two@example.org\n");
}

/* ---- The rest -------------------------------------------------------------------------------------------------- */

TEST(identity)
{
        check(PINFOLD "sh -c 'echo $(id -u) $(id -g)' >$DIR/inside; echo $(id -u) $(id -g) | cmp - $DIR/inside", 0, "");
}

TEST(environment)
{
        check(HERE "export LC_ALL=C LC_TIME=C TZ=UTC TMPDIR=$DIR SSH_AUTH_SOCK=/x GITHUB_TOKEN=t http_proxy=p A=b EDITOR=vi;"
              "exec \"$PINFOLD\" run -e EDITOR -e X=y sh -c 'echo $LC_ALL $LC_TIME $TZ $TMPDIR $SSH_AUTH_SOCK $GITHUB_TOKEN"
              " $http_proxy $A $EDITOR $X'", 0, "C C UTC vi y\n");
        check(HERE "export http_proxy=p SSL_CERT_DIR=/d; exec \"$PINFOLD\" run -n host --host-abstract sh -c 'echo $http_proxy $SSL_CERT_DIR'", 0,
              "p /d\n");
}

TEST(network)
{
        check(PINFOLD "sh -c 'grep -c : /proc/net/dev'", 0, "1\n");
        check(PINFOLD "-n host --host-abstract cat /proc/net/dev >$DIR/inside; cut -d: -f1 </proc/net/dev >$DIR/a; cut -d: -f1 <$DIR/inside |"
              " cmp - $DIR/a", 0, "");
        check(PINFOLD "-n host --host-abstract cat /etc/resolv.conf | cmp - /etc/resolv.conf", 0, "");
}

TEST(directory)
{
        check(PINFOLD "-C /usr pwd", 0, "/usr\n");
        check(HERE "mkdir -p sub; exec \"$PINFOLD\" run --chdir sub sh -c 'basename $PWD'", 0, "sub\n");
}

/* What is relative is the caller's, also where the program works elsewhere. */
TEST(a_directory_moves_no_path)
{
        check(HERE "mkdir -p $HOME/.ssh sub; echo key >$HOME/.ssh/id; echo s >secret; \"$PINFOLD\" run -C $HOME -w . --"
              " sh -c 'cat .ssh/id; echo x >escaped; test -w $DIR/proj && echo here'; ls $HOME;"
              "\"$PINFOLD\" run -C sub --hide secret cat ../secret; exec \"$PINFOLD\" run -C sub -C sub pwd | sed \"s:$DIR::\"", 0,
              "/proj/sub\n");
}

TEST(filters)
{
        static const char probe[] =
                "python3 -c 'import ctypes\n"
                "c = ctypes.CDLL(None, use_errno=True)\n"
                "def refused(n, *a):\n"
                " return c.syscall(n, *a) < 0 and ctypes.get_errno() in (1, 38)\n"
                "import platform\n"
                "x = platform.machine() == \"x86_64\"\n"
                "print(refused(298 if x else 241, 0, 0, -1, -1, 0), refused(425, 1, 0), refused(272 if x else 97, 0x10000000),"
                " refused(101 if x else 117, 17, 0, 0, 0))'";
        char command[1024];

        /* perf_event_open, io_uring_setup, unshare; ptrace. */
        snprintf(command, sizeof(command), PINFOLD "%s", probe);
        check(command, 0, "True True True False\n");
        snprintf(command, sizeof(command), PINFOLD "--filter strict %s", probe);
        check(command, 0, "True True True True\n");
        snprintf(command, sizeof(command), PINFOLD "--filter allowlist %s", probe);
        check(command, 0, "True True True True\n");
        check_error(PINFOLD "--filter none-such true", 125, "allowlist");
}

/* ---- explain --------------------------------------------------------------------------------------------------- */

TEST(explain)
{
        const struct outcome *outcome =
                check(HERE "SECRET_TOKEN=1 exec \"$PINFOLD\" explain -w . --hide x --filter strict make all", 0, NULL);

        assert_non_null(strstr(outcome->out, "Program     make all\n"));
        assert_non_null(strstr(outcome->out, "  read      /usr  (the system)\n"));
        assert_non_null(strstr(outcome->out, "/proj  (-w)\n"));
        assert_non_null(strstr(outcome->out, "SECRET_TOKEN"));
        assert_non_null(strstr(outcome->out, "ptrace"));
        /* Nothing is run, and nothing is made. */
        check(HERE "exec \"$PINFOLD\" explain -w . --hide x touch made", 0, NULL);
        check("ls -A $DIR/proj", 0, "");
}

/* Whoever can choose a name must not choose what a terminal shows. */
/* What nobody is told of is what somebody relies on. */
TEST(explain_leaves_nothing_out)
{
        const struct outcome *outcome = check(HERE "FOO=x exec \"$PINFOLD\" explain -e FOO -e A=b --argv0 z --capability net_raw --host-pid --umask 7 -r /nope sh", 0, NULL);

        assert_non_null(strstr(outcome->out, "Program     sh\n"));
        assert_non_null(strstr(outcome->out, "; capabilities over the container: net_raw\n"));
        assert_non_null(strstr(outcome->out, "\nOptions     argv0 z\n            host-pid\n            umask 7\n"));
        assert_non_null(strstr(outcome->out, " /proc  (processes of the host)\n"));
        assert_non_null(strstr(outcome->out, " /nope  (-r; it is not there)\n"));
        assert_non_null(strstr(outcome->out, "\nVariables   A FOO "));
        assert_non_null(strstr(outcome->out, "\n  in part "));
        check(HERE "\"$PINFOLD\" explain --nested true | sed -n 's/^Identity.*; //p'", 0, "capabilities only in user namespaces that it creates\n");
        check(HERE "export FOO=x; \"$PINFOLD\" explain --json -e FOO --capability all --as-pid-1 --umask 7 | python3 -c 'import json, sys\n"
              "e = json.load(sys.stdin)\n"
              "print(e[\"capabilities\"], e[\"options\"], \"FOO\" in e[\"variables\"], \"FOO\" in e[\"variables_dropped\"])'", 0,
              "capabilities over the container: all [{'option': 'as-pid-1'}, {'option': 'umask', 'value': '7'}] True False\n");
}

/* Which of its layers the kernel takes is not known before; that it is there was a reason to refuse the command. */
TEST(commands_in_an_overlay)
{
        check(HERE "\"$PINFOLD\" run -r . --overlay /usr:lower=/usr,ephemeral echo found", 0, "found\n");
        check_error(HERE "\"$PINFOLD\" run -r . --overlay /usr:lower=$DIR/none,ephemeral true", 125, "open layer ");
}

TEST(explain_shows_no_control_character)
{
        static const char command[] = HERE "f=$(printf 'a\\033[2Jb\\nc\\302\\233d'); mkdir \"$f\"; printf 'read %s\\n' \"$PWD\" >\"$f/p\";"
                "python3 -c 'import os, socket, subprocess, sys\n"
                "s = socket.socket(socket.AF_UNIX); s.bind(os.getcwd() + \"/\" + sys.argv[1] + \"/sock\"); s.listen()\n"
                "more = {sys.argv[1]: \"\", \"LC_\" + sys.argv[1]: \"\"}\n"
                "for words in [\"explain\", \"--json\"], [\"explain\"], [\"profile\", \"show\", \"./\" + sys.argv[1] + \"/p\"]:\n"
                " if words[0] == \"explain\": words += [\"-r\", sys.argv[1], \"--profile\", \"./\" + sys.argv[1] + \"/p\", \"ls\", sys.argv[1]]\n"
                " shown = subprocess.run([os.environ[\"PINFOLD\"]] + words, env={**os.environ, **more}, stdout=subprocess.PIPE).stdout\n"
                " print(len(shown) > 10, b\"\\x1b\" in shown, b\"\\nc\" in shown, b\"\\x9b\" in shown)' \"$f\"";

        check(command, 0, "True False False False\nTrue False False False\nTrue False False False\n");
}

TEST(explain_for_machines)
{
        check(HERE "printf x >\"$(printf 'odd\\377\\n\"name')\"; exec \"$PINFOLD\" explain --json -n host -r \"$(printf 'odd\\377\\n\"name')\""
              " ls | python3 -c 'import json, sys\n"
              "d = json.load(sys.stdin)\n"
              "print(d[\"network\"], d[\"command\"], [f[\"access\"] for f in d[\"files\"] if f[\"path\"] == \"/usr\"],"
              " \"PATH\" in d[\"variables\"])'", 0, "host ['ls'] ['read'] True\n");
}

TEST(explain_lists_sockets)
{
        const struct outcome *outcome = check(
                HERE "python3 -c 'import socket, subprocess, os\n"
                "s = socket.socket(socket.AF_UNIX); os.chdir(os.environ[\"DIR\"] + \"/proj\")\n"
                "s.bind(os.environ[\"DIR\"] + \"/proj/sock\"); s.listen()\n"
                "subprocess.run([os.environ[\"PINFOLD\"], \"explain\", \"ls\"])\n"
                "subprocess.run([os.environ[\"PINFOLD\"], \"explain\", \"--hide\", \"sock\", \"ls\"])'", 0, NULL);
        const char *first = strstr(outcome->out, "/proj/sock\n");

        assert_non_null(first);
        assert_non_null(strstr(first, "none below what is visible"));
        /* Where it is only its owner knows; the directory is no other than the current one. */
        outcome = check(HERE "python3 -c 'import socket, subprocess, os\n"
                        "s = socket.socket(socket.AF_UNIX); s.bind(\"sock\"); s.listen()\n"
                        "subprocess.run([os.environ[\"PINFOLD\"], \"explain\", \"ls\"])'", 0, NULL);
        assert_non_null(strstr(outcome->out, "            perhaps "));
}
