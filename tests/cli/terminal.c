/* SPDX-License-Identifier: MIT */
/* The program's own terminal, with pinfold on a pseudo-terminal that stands for the host's. */
#define _GNU_SOURCE

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <utmp.h>

#include "cli/job.h"
#include "test.h"

#define RUN_JOB "\"$PINFOLD\" run --empty " SYSTEM
#define SHOWN_MAX (64 * 1024)

static int master, slave;
static pid_t pid;
static char shown[SHOWN_MAX];
static size_t shown_size, total;
static struct termios before;

static void start(const char *command)
{
        const struct winsize size = {.ws_row = 33, .ws_col = 77};

        shown_size = total = 0;
        shown[0] = '\0';
        assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
        assert_int_equal(tcgetattr(slave, &before), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                alarm(60);
                close(master);
                login_tty(slave);
                setenv("TERM", "xterm", 1);
                execl("/bin/sh", "sh", "-c", command, (char *)NULL);
                _exit(120);
        }
}

static bool see(int timeout)
{
        struct pollfd polled = {.fd = master, .events = POLLIN};
        ssize_t size;

        if (poll(&polled, 1, timeout) <= 0)
                return false;
        if (shown_size > SHOWN_MAX / 2)
                shown_size = 0;
        size = read(master, shown + shown_size, SHOWN_MAX / 2 - 1);
        if (size <= 0)
                return false;
        shown_size += (size_t)size;
        total += (size_t)size;
        shown[shown_size] = '\0';
        return true;
}

static void expect(const char *text)
{
        while (!strstr(shown, text))
                if (!see(20000)) {
                        print_error("waited for \"%s\"; shown:\n%s\n", text, shown);
                        kill(pid, SIGKILL);
                        fail();
                }
        shown_size = 0;
        shown[0] = '\0';
}

static void type(const char *text)
{
        assert_int_equal(write(master, text, strlen(text)), (ssize_t)strlen(text));
}

/* Its end, when all has been shown and the terminal is as it was. */
static int finish(void)
{
        struct termios after;
        int status = 0;
        pid_t ended;

        while ((ended = waitpid(pid, &status, WNOHANG)) == 0)
                see(20);
        assert_int_equal(ended, pid);
        while (see(100))
                ;
        assert_int_equal(tcgetattr(slave, &after), 0);
        assert_memory_equal(&after.c_lflag, &before.c_lflag, sizeof(before.c_lflag));
        assert_int_equal(after.c_iflag, before.c_iflag);
        assert_int_equal(after.c_oflag, before.c_oflag);
        close(master);
        close(slave);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static bool is_raw(void)
{
        struct termios now;

        return tcgetattr(slave, &now) == 0 && !(now.c_lflag & (ICANON | ISIG | ECHO));
}

TEST(is_the_containers_own)
{
        start(RUN "sh -c 'tty; stty size; echo $TERM; test -c /dev/console && echo console'");
        expect("/dev/pts/0\r\n33 77\r\nxterm\r\nconsole\r\n");
        assert_int_equal(finish(), 0);
}

/* The control: the host's terminal has no name inside. */
TEST(no_tty_passes_the_hosts)
{
        start(RUN "--no-tty sh -c 'test -t 0 && test -t 1 && echo yes; readlink /proc/self/fd/0; true </dev/tty || echo none'");
        expect("yes\r\n");
        expect("none\r\n");
        assert_int_equal(finish(), 0);
}

TEST(size_follows)
{
        const struct winsize size = {.ws_row = 40, .ws_col = 100};

        start(RUN "bash --norc -c 'trap \"stty size; exit 3\" WINCH; echo ready; while :; do sleep 0.05; done'");
        expect("ready");
        assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
        expect("40 100\r\n");
        assert_int_equal(finish(), 3);
}

TEST(job_control)
{
        start(RUN "bash --norc -i");
        type("sleep 50; echo in''t=$?\r");
        usleep(700 * 1000);
        assert_true(is_raw());
        type("\003");
        type("echo ali''ve\r");
        expect("alive");
        type("sleep 2\r");
        usleep(500 * 1000);
        type("\032");
        expect("Stopped");
        type("fg; echo f''g=$?\r");
        expect("fg=0");
        type("exit 5\r");
        assert_int_equal(finish(), 5);
}

TEST(restored_after_term_and_kill)
{
        start(RUN "sh -c 'echo ready; exec sleep 50'");
        expect("ready");
        assert_true(is_raw());
        kill(pid, SIGTERM);
        assert_int_equal(finish(), 143);

        start(RUN "sh -c 'echo ready; kill -KILL $$'");
        assert_int_equal(finish(), 137);

        start(RUN "sh -c 'echo ready; exec sleep 50'");
        expect("ready");
        kill(pid, SIGALRM);
        assert_int_equal(finish(), -SIGALRM);
}

TEST(restored_while_stopped)
{
        int status;

        /* A shell's child, so that the process group is no orphan. */
        start("set -m; " RUN_JOB " sh -c 'echo ready; exec sleep 50'; echo stopped; fg >/dev/null; echo $?");
        expect("ready");
        assert_true(is_raw());
        assert_int_equal(ioctl(master, TIOCGPGRP, &status), 0);
        kill(status, SIGTSTP);
        expect("stopped");
        usleep(500 * 1000);
        assert_true(is_raw());
        kill(status, SIGTERM);
        expect("143");
        finish();
}

TEST(failure_leaves_it_alone)
{
        start("exec \"$PINFOLD\" run -t --empty --root / --proc /proc -- true");
        expect("make the terminal");
        assert_int_equal(finish(), 125);
        check_error("\"$PINFOLD\" run -t --retain-session --empty $SYSTEM -- true", 125, "session");
        check_error("\"$PINFOLD\" run -t --empty $SYSTEM --bind /dev -- true", 125, "is not the container's own");
}

TEST(big_output_arrives_whole)
{
        start(RUN "head -c 10000000 /dev/zero");
        assert_int_equal(finish(), 0);
        assert_int_equal(total, 10000000);
}

#define OUTSIDE HERE "exec python3 -c 'import json, os, signal, socket, subprocess, time\n"                        \
        "run = lambda *words, **more: subprocess.Popen([os.environ[\"PINFOLD\"], \"run\", \"-t\", *words],\n" \
        " stdin=subprocess.DEVNULL, **more)\n"

/* By somebody outside who has been given it: the end of the container is the end. */
TEST(other_side_is_kept_open)
{
        check(OUTSIDE "s = socket.socket(socket.AF_UNIX); s.bind(\"sock\"); s.listen()\n"
              "send = \"import socket; s = socket.socket(socket.AF_UNIX); s.connect(\\\"sock\\\");\" \\\n"
              " \"socket.send_fds(s, [b\\\"x\\\"], [1]); print(\\\"sent\\\")\"\n"
              "p = run(\"python3\", \"-c\", send, stdout=subprocess.PIPE)\n"
              "print(p.communicate(timeout=30)[0], p.returncode)\n"
              "fd = socket.recv_fds(s.accept()[0], 1, 1)[1][0]\n"
              "try: os.write(fd, b\"x\"); print(\"written\")\nexcept OSError: print(\"hung up\")'", 0,
              "b'sent\\r\\n' 0\nhung up\n");
}

TEST(reader_that_does_not_read)
{
        check(OUTSIDE "p = run(\"--timeout\", \"300ms\", \"yes\", stdout=subprocess.PIPE)\nprint(p.wait(timeout=30))\n"
              "a, b = socket.socketpair()\np = run(\"--timeout\", \"300ms\", \"yes\", stdout=a)\nprint(p.wait(timeout=30))'", 0,
              "124\n124\n");
        /* Without --timeout it has all the time that it wants, unless a signal says that nobody waits. */
        check(OUTSIDE "full, r, w = os.pipe(), *os.pipe()\nos.set_blocking(full[1], False)\n"
              "try:\n while True: os.write(full[1], b\"x\" * 4096)\nexcept BlockingIOError: os.set_blocking(full[1], True)\n"
              "p = run(\"--status-fd\", str(w), \"sh\", \"-c\", \"echo x; exit 3\", stdout=full[1], pass_fds=[w])\n"
              "pid = json.loads(os.read(r, 4096))[\"pid\"]\nuntil = time.time() + 30\n"
              "while os.path.exists(\"/proc/%d\" % pid) and time.time() < until: time.sleep(0.01)\n"
              "time.sleep(0.1)\nprint(p.poll())\np.send_signal(signal.SIGTERM)\nprint(p.wait(timeout=30))'", 0, "None\n3\n");
}

/* A reader that is gone is no reason to end before the end. */
TEST(reader_that_is_gone)
{
        check("exec bash -c '\"$PINFOLD\" run -t --empty $SYSTEM sh -c "
              "\"trap \\\"exit 3\\\" HUP; while :; do echo x; sleep 0.01; done\" </dev/null | head -1; echo ${PIPESTATUS[0]}'", 0, "x\r\n3\n");
}

TEST(works_on_pipes)
{
        check("echo hi | \"$PINFOLD\" run -t --empty $SYSTEM -- sh -c 'stty -echo size; cat; echo end' | tr -d '\\r' | "
              "grep -x -e end -e '24 80'",
              0, "24 80\nend\n");
}

TEST(closed_and_opened_again)
{
        static const char *const names[] = {"/dev/tty", "/dev/pts/0", "/dev/console"};

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                char command[512];

                /* The pause gives whoever takes the last one closed for the end the time to act on it. */
                snprintf(command, sizeof(command),
                         RUN "sh -c 'exec <&- >&- 2>&-; sleep 0.3; exec <>%s >&0 2>&0; echo again;"
                         " read -r line; echo read:$line; true </dev/tty && echo still the sessions'", names[i]);
                start(command);
                expect("again\r\n");
                type("typed\r");
                expect("read:typed\r\nstill the sessions\r\n");
                assert_int_equal(finish(), 0);
        }
}

TEST(privileged)
{
        start(RUN "--privileged sh -c 'tty; stty size; grep CapEff /proc/self/status | grep -o 2.*;"
              " true </dev/tty && true >/dev/console && echo opened; trap \"echo interrupted; exit 4\" INT; echo ready; while :; do sleep 0.05; done'");
        expect("/dev/pts/0\r\n33 77\r\n200000\r\nopened\r\nready\r\n");
        type("\003");
        expect("interrupted");
        assert_int_equal(finish(), 4);
}

/* ---- Input that nobody has typed: TIOCSTI of ioctl_tty(2) ------------------------------------------------------- */

#define FORGE                                                                                                          \
        "perl -e 'for my $tty (\\*STDIN, map { my $it; open($it, \"+<\", $_); $it } qw(/dev/tty /dev/console))"         \
        " { $forged += ioctl($tty, 0x5412, $_) ? 1 : 0 for split //, \"forged\\n\" }"                                  \
        " print $forged ? \"forged\" : \"refused\", \".\\n\"'; "
#define REFUSED "refused.\r\nended\r\n"
#define FORGED "forged.\r\nended\r\n"
#define THEN_READ "echo ended; read -r line; echo \"read:$line\""

/* Whether the kernel lets a program do it that no filter keeps from it. */
static bool can_be_forged(void)
{
        FILE *file = fopen("/proc/sys/dev/tty/legacy_tiocsti", "re");
        int legacy = file ? fgetc(file) : '1'; /* before Linux 6.2 */

        if (file)
                fclose(file);
        return legacy == '1';
}

/* Forges, and expects that it says so; then a shell outside reads a line. */
static void forge(const char *options, const char *said)
{
        char command[1024];

        snprintf(command, sizeof(command), RUN_JOB " %s -- " FORGE THEN_READ, options);
        start(command);
        expect(said);
}

static void is_read_as_typed(void)
{
        type("typed\r");
        expect("read:typed");
        finish();
}

TEST(input_of_the_hosts_terminal_cannot_be_forged)
{
        forge("", REFUSED);
        is_read_as_typed();
        forge("--no-tty", REFUSED);
        is_read_as_typed();
        forge("--no-seccomp", can_be_forged() ? FORGED : REFUSED);
        is_read_as_typed();
        forge("--no-tty --no-seccomp", REFUSED);
        is_read_as_typed();
        forge("--no-tty --no-seccomp --privileged", REFUSED);
        is_read_as_typed();
}

/* The control: on the caller's own terminal it can, where the kernel lets it, unless deny-tty is asked for. */
TEST(input_in_a_retained_session)
{
        forge("--retain-session", can_be_forged() ? FORGED "read:forged" : REFUSED);
        if (can_be_forged())
                finish();
        else
                is_read_as_typed();
        forge("--retain-session --presets deny-tty", REFUSED);
        is_read_as_typed();
}

/* ---- Real programs, under the everyday defaults ----------------------------------------------------------------- */

TEST(bash)
{
        start(PINFOLD "bash");
        type("echo in''side $(tty)\r");
        expect("inside /dev/pts/0");
        type("sh -c 'echo star\"\"ted; read -r x; echo got-$x'\r");
        expect("started");
        type("\032");
        expect("Stopped");
        type("fg\r");
        expect("read -r x");
        type("line\r");
        expect("got-line");
        type("exit 5\r");
        assert_int_equal(finish(), 5);
}

TEST(vim)
{
        start(PINFOLD "-w . vi made");
        expect("made");
        type("ihello");
        expect("hello");
        type("\033:wq\r");
        assert_int_equal(finish(), 0);
        check("cat $DIR/proj/made", 0, "hello\n");
}

TEST(less)
{
        start(PINFOLD "sh -c 'seq 500 | less; echo l''ess $?'");
        expect("\n30\r\n");
        type("G");
        expect("(END)");
        type("q");
        expect("less 0");
        assert_int_equal(finish(), 0);
}

TEST(top)
{
        start(PINFOLD "top");
        expect("Tasks:");
        type("q");
        assert_int_equal(finish(), 0);
}

TEST(tmux)
{
        start("export LC_ALL=C.UTF-8 SHELL=/bin/bash; " PINFOLD "tmux new -s everyday");
        expect("[everyday");
        type("\002%");
        type("echo in''side $(tmux list-panes | wc -l)\r");
        expect("inside 2");
        type("tmux kill-session\r");
        expect("[exited]");
        assert_int_equal(finish(), 0);
}
