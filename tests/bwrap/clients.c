/* SPDX-License-Identifier: MIT */
/*
 * What programs that call bwrap give it, kind by kind, around programs that do something. Where the installed bubblewrap has all of the
 * options, it is run as well, and must do the same.
 */
#define _GNU_SOURCE

#include "cli/job.h"
#include "test.h"

/* Runs `command`, in which $BWRAP is the program; in an empty directory of its own. */
static void ours(const char *command, int status, const char *out)
{
        char line[8192];

        assert_true(snprintf(line, sizeof(line), "export BWRAP=$PINFOLD; cd $DIR; rm -rf ..?* .[!.]* *; %s", command) < (int)sizeof(line));
        check(line, status, out);
}

static void both(const char *command, int status, const char *out)
{
        char line[8192];

        assert_true(snprintf(line, sizeof(line), "export BWRAP=bwrap; cd $DIR; rm -rf ..?* .[!.]* *; %s", command) < (int)sizeof(line));
        check(line, status, out);
        ours(command, status, out);
}

#define PROJECT "mkdir p; cd p; git init -q .; git config user.email a@b; git config user.name a; echo x >f; git add f; git commit -qm first; "
#define HOST_PIDS "[ -d /proc/$HOSTPID ] && echo pids; "

/* ---- Agents ------------------------------------------------------------------------------------------------------- */

TEST(an_agent)
{
        both(PROJECT "$BWRAP --new-session --die-with-parent --unshare-net --unshare-pid --bind / / --ro-bind /usr /usr --tmpfs /tmp "
             "--bind $PWD $PWD --dev /dev --proc /proc --setenv SANDBOX 1 -- /bin/sh -c 'echo $SANDBOX; echo y >f; git commit -qam second; git log --format=%s; "
             "tail -n +3 /proc/net/dev | wc -l; touch /usr/x 2>/dev/null || echo no; touch /tmp/t && echo tmp'; ls /tmp/t 2>/dev/null",
             2, "1\nsecond\nfirst\n1\nno\ntmp\n");
}

/* Looks for two texts in standard error; what it runs is told its name by argv[0]. */
TEST(an_agent_with_a_name)
{
        ours("bash -c '" PROJECT "exec -a bwrap $BWRAP --new-session --die-with-parent --ro-bind / / --dev /dev --bind $PWD $PWD --ro-bind $PWD/.git $PWD/.git "
             "--unshare-user --unshare-pid --unshare-net --proc /proc --chdir $PWD --argv0 agent-sandbox -- "
             "sh -c \"echo \\$0; echo y >f; git commit -qam second 2>/dev/null || echo no; git status --short\"'",
             0, "agent-sandbox\nno\n M f\n");
        ours("bash -c 'exec -a bwrap $BWRAP --nothing' 2>&1", 1, "bwrap: Unknown option --nothing\n");
}

/* Is PID 1 itself, and is told to end by a signal to the process that --info-fd tells of. */
TEST(an_agent_that_is_pid_1)
{
        both("cat >probe.py <<'EOF'\n"
             "import os, signal, sys, time\n"
             "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
             "print('ready', os.getpid(), flush=True)\n"
             "while True: time.sleep(1)\n"
             "EOF\n"
             "cat >caller.py <<'EOF'\n"
             "import json, os, signal, subprocess\n"
             "r, w = os.pipe()\n"
             "words = '--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --proc /proc --dev /dev --tmpfs /tmp'\n"
             "words += ' --ro-bind probe.py /probe.py --unshare-user --unshare-pid --unshare-ipc --unshare-uts --unshare-cgroup-try --die-with-parent --as-pid-1'\n"
             "words += ' --info-fd %d --uid 65534 --gid 65534 /usr/bin/python3 /probe.py' % w\n"
             "p = subprocess.Popen([os.environ['BWRAP']] + words.split(), stdout=subprocess.PIPE, text=True, start_new_session=True, pass_fds=(w,))\n"
             "os.close(w)\n"
             "info = json.load(os.fdopen(r))\n"
             "print(p.stdout.readline().strip())\n"
             "os.kill(info['child-pid'], signal.SIGTERM)\n"
             "print(p.wait(timeout=30))\n"
             "EOF\n"
             "python3 caller.py", 0, "ready 1\n7\n");
}

/* Without any new process namespace, but little to see. */
TEST(an_agent_among_the_hosts_processes)
{
        both("export HOSTPID=$$; $BWRAP --unshare-user --unshare-ipc --unshare-uts --unshare-cgroup-try --die-with-parent --cap-drop ALL --ro-bind /usr /usr "
             "--ro-bind-try /nothing /nothing --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --dir /etc --ro-bind-try /etc/ssl /etc/ssl "
             "--ro-bind-try /etc/passwd /etc/passwd --proc /proc --dev /dev --tmpfs /tmp --clearenv --setenv PATH /usr/bin --setenv HOSTPID $$ --chdir / "
             "sh -c '" HOST_PIDS "grep CapEff /proc/self/status; sleep 30 & kill $!; wait $!; echo $?; env | wc -l'",
             0, "pids\nCapEff:\t0000000000000000\n143\n3\n");
}

/* ---- The desktop --------------------------------------------------------------------------------------------------- */

/* Gives its file as a descriptor that is not mentioned, a filter, and takes the picture from a directory. */
TEST(a_thumbnailer)
{
        both("mkdir out; printf 'data' >picture; printf '\\6\\0\\0\\0\\0\\0\\377\\177' >filter; "
             "$BWRAP --ro-bind /usr /usr --ro-bind-try /etc/ld.so.cache /etc/ld.so.cache --symlink /usr/bin /bin --symlink /usr/lib /lib --symlink /usr/lib64 /lib64 "
             "--symlink /usr/sbin /sbin --proc /proc --dev /dev --chdir / --setenv GIO_USE_VFS local --unshare-all --die-with-parent --bind $PWD/out /tmp "
             "--ro-bind picture /tmp/file-to-thumbnail --seccomp 9 sh -c 'wc -c </tmp/file-to-thumbnail >/tmp/out.png; echo $GIO_USE_VFS; grep Seccomp: /proc/self/status' 9<filter; "
             "cat out/out.png", 0, "local\nSeccomp:\t2\n4\n");
}

/* Everything of the desktop, one by one. */
TEST(a_shell_script_around_an_application)
{
        both("mkdir -p home/config run; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"run/wayland-0\")'; "
             "$BWRAP --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --symlink usr/sbin /sbin --ro-bind /etc/passwd /etc/passwd "
             "--dev /dev --proc /proc --ro-bind-try /sys/dev/char /sys/dev/char --tmpfs /tmp --dir $DIR/run --ro-bind $PWD/run/wayland-0 $DIR/run/wayland-0 "
             "--dir $HOME/.cache --bind $PWD/home/config $HOME/.config --unshare-all --share-net --hostname RESTRICTED --setenv PATH /usr/bin --die-with-parent --new-session "
             "sh -c 'hostname; echo set >$HOME/.config/x; test -S $0/run/wayland-0 && echo socket; touch /etc/passwd 2>/dev/null || echo no' $DIR; cat home/config/x",
             0, "RESTRICTED\nsocket\nno\nset\n");
}

/* A file system of another distribution over the host's processes, terminals, users. */
TEST(a_compatibility_environment)
{
        both("export HOSTPID=$$; $BWRAP --dev-bind /dev /dev --proc /proc --chdir $PWD --die-with-parent --ro-bind /usr /usr --ro-bind /etc /etc --symlink usr/bin /bin "
             "--symlink usr/lib /lib --symlink usr/lib64 /lib64 --tmpfs /opt --bind $PWD $PWD --bind-try /nothing /nothing -- "
             "sh -c '" HOST_PIDS "pwd >here; dd if=/dev/zero of=/dev/null bs=1 count=1 2>&1 | grep -c copied; hostname >name'; "
             "test \"$(cat here)\" = $PWD && test \"$(cat name)\" = $(hostname) && echo same", 0, "pids\n1\nsame\n");
}

/* ---- Builds and services ------------------------------------------------------------------------------------------- */

TEST(a_build)
{
        both("mkdir b; printf '#include <stdio.h>\\nint main(void) { puts(\"built\"); return 4; }\\n' >b/a.c; printf 'a: a.c\\n\\tcc -o a a.c\\n' >b/Makefile; "
             "$BWRAP --ro-bind / / --tmpfs /home --tmpfs /run --tmpfs /tmp --bind $PWD/b $PWD/b --proc /proc --dev /dev --chdir $PWD/b --unshare-pid --unshare-net "
             "sh -c 'make -s && ./a'", 4, "built\n");
}

TEST(a_service)
{
        both("$BWRAP --clearenv --unshare-all --share-net --new-session --ro-bind / / --dev /dev --mqueue /dev/mqueue --perms 1777 --tmpfs /dev/shm "
             "--proc /proc --tmpfs /run --ro-bind /sys /sys --setenv PATH /usr/bin -- python3 -c '\n"
             "import multiprocessing as m, os\n"
             "with m.Pool(2) as pool: print(sum(pool.map(abs, range(-9, 0))))\n"
             "print(oct(os.stat(\"/dev/shm\").st_mode & 0o7777), os.getpid(), os.path.ismount(\"/dev/mqueue\"))'",
             0, "45\n0o1777 2 True\n");
        ours("$BWRAP --level-prefix --clearenv --setenv PATH /usr/bin --unshare-all --ro-bind / / --chdir /a --chdir / true 2>&1", 0,
             "<4>bwrap: Only the last --chdir option will take effect\n");
}

/* What somebody handed in, with a filter. */
TEST(a_submission)
{
        both("echo 'import os; print(os.listdir(\"/app\")); open(\"/app/x\", \"w\")' >user.py; printf '\\6\\0\\0\\0\\0\\0\\377\\177' >seccomp.bpf; "
             "$BWRAP --ro-bind /usr /usr --ro-bind /lib /lib --ro-bind /lib64 /lib64 --proc /proc --dev /dev --unshare-all --die-with-parent --new-session "
             "--ro-bind . /app --seccomp 3 python3 /app/user.py 3<seccomp.bpf 2>&1 | grep -o '^.u.*\\|Read-only.*'; rm user.py", 0,
             "Read-only file system: '/app/x'\n");
}

/* A root of one's own making, remounted, for a script that runs itself again. */
TEST(a_script_that_enters_itself)
{
        both("mkdir home root; cat >script.sh <<'EOF'\n"
             "[ -d /own ] && { id -u; echo in; touch /x 2>/dev/null || echo no; touch /own/x; exec \"$@\"; }\n"
             "exec $BWRAP --unshare-all --uid `id -u` --gid `id -g` --clearenv --setenv HOME $PWD/home --setenv PATH /usr/bin:/bin --share-net --proc /proc --dev /dev "
             "--bind $PWD $PWD --ro-bind /bin /bin --ro-bind /usr/bin /usr/bin --ro-bind /lib /lib --ro-bind /lib64 /lib64 --ro-bind /usr/lib /usr/lib "
             "--ro-bind $(realpath /etc/hosts) /etc/hosts --bind $PWD/root /own --remount-ro / sh \"$0\" \"$@\"\n"
             "EOF\n"
             "sh script.sh sh -c 'exit 6' >out; echo $?; tail -n 2 out; ls root", 0, "6\nin\nno\nx\n");
}

/* ---- What Flatpak gives, by itself -------------------------------------------------------------------------------- */

/* Arguments in a memory file, data and descriptors of every kind, a lock, and somebody who waits for the end. */
TEST(arguments_in_memory)
{
        both("echo passwd >passwd; : >ref; printf '\\6\\0\\0\\0\\0\\0\\377\\177' >filter; "
             "printf '%s\\0' --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --proc /proc --dev /dev --tmpfs /tmp "
             "--perms 0700 --dir /run/user/1 --ro-bind-data 11 /etc/passwd --perms 0600 --file 12 /tmp/f --bind $PWD/ref /app/.ref --lock-file /app/.ref --seccomp 13 "
             "--sync-fd 15 --info-fd 16 --unshare-pid --unshare-ipc --die-with-parent --unshare-user --chdir /tmp >args; "
             "bash -c '$BWRAP --args 10 -- sh -c \"cat /etc/passwd f; stat -c %a /run/user /run/user/1 f; for n in 11 12 13 15 16; do [ ! -e /proc/self/fd/\\$n ] || echo \\$n; done\" "
             "10<args 11<passwd 12<passwd 13<filter 15>sync 16>info'; sed 's/[0-9][0-9]*/N/g' info", 0,
             "passwd\npasswd\n700\n700\n600\n{\n    \"child-pid\": N,\n    \"ipc-namespace\": N,\n    \"mnt-namespace\": N,\n    \"pid-namespace\": N\n}\n");
        ours("mkdir d; echo x >d/f; printf '%s\\0' --unshare-user --disable-userns --bind-fd 11 /d >args; bash -c '$BWRAP --args 10 --unshare-pid --ro-bind /usr /usr "
             "--symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 sh -c \"cat /d/f; unshare -U true 2>/dev/null || echo no\" 10<args 11<d'", 0, "x\nno\n");
}

/* Writes the maps itself, when it knows whose. */
TEST(maps_of_the_callers)
{
        both("cat >caller.py <<'EOF'\n"
             "import json, os, subprocess\n"
             "r, w = os.pipe()\n"
             "br, bw = os.pipe()\n"
             "words = '--ro-bind / / --unshare-pid --unshare-user --info-fd %d --userns-block-fd %d id' % (w, br)\n"
             "p = subprocess.Popen([os.environ['BWRAP']] + words.split(), pass_fds=(w, br))\n"
             "os.close(w)\n"
             "pid = json.load(os.fdopen(r))['child-pid']\n"
             "for name, text in ('setgroups', 'deny'), ('uid_map', '17 %d 1' % os.getuid()), ('gid_map', '18 %d 1' % os.getgid()):\n"
             "    with open('/proc/%d/%s' % (pid, name), 'w') as f: f.write(text)\n"
             "os.write(bw, b'1')\n"
             "os.close(bw)\n"
             "print(p.wait())\n"
             "EOF\n"
             "python3 caller.py", 0, "uid=17 gid=18 groups=18\n0\n");
}

/* A second sandbox in the namespaces of a first one: its users, and its processes, as one of them or below. */
TEST(another_ones_namespaces)
{
        both("cat >caller.py <<'EOF'\n"
             "import json, os, subprocess\n"
             "def start(words, fds=(), **more):\n"
             "    r, w = os.pipe()\n"
             "    old, words = words, '--ro-bind / / --proc /proc --info-fd %d ' % w + words\n"
             "    p = subprocess.Popen([os.environ['BWRAP']] + words.split(), pass_fds=(w,) + fds, **more)\n"
             "    os.close(w)\n"
             "    info = os.fdopen(r).read()\n"
             "    if not info and os.environ['BWRAP'] == 'bwrap':\n"
             "        p.communicate() # now and then it says that it cannot send a pid\n"
             "        return start(old, fds, **more)\n"
             "    return p, json.loads(info)\n"
             "first, info = start('--unshare-pid --unshare-user --uid 17 --gid 18 cat', stdin=subprocess.PIPE)\n"
             "pid = info['child-pid']\n"
             "user, pids = (os.open('/proc/%d/ns/%s' % (pid, n), os.O_RDONLY) for n in ('user', 'pid'))\n"
             "name = {n: os.readlink('/proc/%d/ns/%s' % (pid, n)) for n in ('user', 'pid')}\n"
             "for words in '--unshare-pid', '', '--unshare-pid --unshare-net', '--unshare-ipc':\n"
             "    more = '--userns %d --pidns %d %s ' % (user, pids, words)\n"
             "    second, info = start(more + 'sh probe.sh', (user, pids), stdout=subprocess.PIPE, text=True)\n"
             "    said = second.communicate()[0].split()\n"
             "    print(said[0] == name['user'], said[1] == name['pid'], said[2] == 'mnt:[%d]' % info['mnt-namespace'], *said[3:], second.returncode, *sorted(info))\n"
             "first.stdin.close()\n"
             "print(first.wait())\n"
             "EOF\n"
             "echo 'readlink /proc/self/ns/user /proc/self/ns/pid /proc/self/ns/mnt; id -u; id -g; ls /proc | grep -q ^1$ && echo one; exit 4' >probe.sh; "
             "python3 caller.py", 0,
             "True False True 17 18 one 4 child-pid mnt-namespace pid-namespace\nTrue True True 17 18 one 4 child-pid mnt-namespace\n"
             "True False True 17 18 one 4 child-pid mnt-namespace net-namespace pid-namespace\n"
             "True True True 17 18 one 4 child-pid ipc-namespace mnt-namespace\n0\n");
        both("$BWRAP --userns 9 --ro-bind / / true 9</dev/null 2>&1", 1, 
             "bwrap: Joining the specified user namespace failed, it might not be a descendant of the current user namespace.\n");
        both("$BWRAP --unshare-user --userns 9 --ro-bind / / true 9</dev/null 2>&1", 1, "bwrap: --userns not compatible --unshare-user\n");
}

/* ---- Found otherwise than by its name ------------------------------------------------------------------------------ */

#define WHOLE "--unshare-pid --ro-bind / / --dev /dev --proc /proc "

/* By a descriptor, or inside as what runs already: there is no name to go by. */
TEST(another_name)
{
        ours("bash -c 'exec -a pinfold /proc/self/fd/9 " WHOLE "echo ran 9<\"$BWRAP\"'", 0, "ran\n");
        ours("bash -c 'exec -a \"\" \"$BWRAP\" " WHOLE "echo ran'", 0, "ran\n");
        ours("cat >again.py <<'EOF'\n"
             "import os, sys\n"
             "os.execv('/proc/self/fd/%d' % os.open(sys.argv[1], os.O_RDONLY), ['agent'] + sys.argv[2:])\n"
             "EOF\n"
             "$BWRAP " WHOLE "--ro-bind . /mnt -- python3 /mnt/again.py \"$BWRAP\" " WHOLE "echo ran", 0, "ran\n");
}

/* Each in the other. */
TEST(nested)
{
        ours("$BWRAP " WHOLE "$BWRAP " WHOLE "--tmpfs /tmp $BWRAP " WHOLE "sh -c 'echo $$; set -- /proc/[0-9]*; echo $#'", 0, "2\n2\n");
        ours("$BWRAP " WHOLE "bwrap " WHOLE "echo ran", 0, "ran\n");
        ours("bwrap " WHOLE "$BWRAP " WHOLE "echo ran", 0, "ran\n");
        ours("$BWRAP --ro-bind / / --dev /dev --proc /proc $BWRAP --ro-bind / / --dev /dev --proc /proc sh -c 'exit 5'", 5, "");
}
