/* SPDX-License-Identifier: MIT */
/* pinfold_set_terminal and pinfold_terminal, by a caller that is not the command: pty(7), ioctl_tty(2). */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "life/child.h"
#include "support/box.h"

static char shown[4096];
static size_t shown_size;

static struct pinfold *box_on_terminal(const char *script)
{
        struct pinfold *box = box_new(script);

        shown_size = 0;
        shown[0] = '\0';
        assert_int_equal(pinfold_set_terminal(box, 33, 77), 0);
        return box;
}

/* Starts it; returns the master. */
static int begin(struct pinfold *box)
{
        int master;

        assert_int_equal(pinfold_terminal(box), -EINVAL);
        box_begin(box);
        master = pinfold_terminal(box);
        assert_true(master >= 0);
        assert_true(isatty(master));
        assert_true(fcntl(master, F_GETFD) & FD_CLOEXEC);
        return master;
}

/* Returns false, with errno, at the end. */
static bool look(int master)
{
        struct pollfd polled = {.fd = master, .events = POLLIN};
        ssize_t size;

        if (poll(&polled, 1, 20000) <= 0)
                fail_msg("nothing more is shown after: %s", shown);
        size = read(master, shown + shown_size, sizeof(shown) - shown_size - 1);
        if (size > 0)
                shown_size += (size_t)size;
        shown[shown_size] = '\0';
        return size > 0;
}

static void expect(int master, const char *text)
{
        while (!strstr(shown, text))
                if (!look(master))
                        fail_msg("the end; shown: %s", shown);
}

static void type(int master, const char *text)
{
        assert_int_equal(write(master, text, strlen(text)), (ssize_t)strlen(text));
}

/* Reads all, waits, and frees. */
static void end(struct pinfold *box, int master, int status)
{
        while (look(master))
                ;
        assert_int_equal(errno, EIO);
        assert_int_equal(box_wait(box).status, status);
        pinfold_free(box);
        close(master);
}

TEST(every_stream_is_the_terminal)
{
        struct pinfold *box = box_on_terminal("test -t 0 && test -t 1 && test -t 2 && tty; stty size;"
                                              "read -r x; echo got $x >&2; exit 3");
        int master = begin(box);

        assert_int_equal(pinfold_terminal(box), -EINVAL); /* it is ours already */
        expect(master, "/dev/pts/0\r\n33 77\r\n");
        type(master, "line\r");
        end(box, master, 3);
        assert_non_null(strstr(shown, "got line\r\n"));
}

TEST(streams_that_are_set_are_left_alone)
{
        struct pinfold *box = box_on_terminal("test ! -t 1 && echo to the pipe; test -t 0 && echo to the terminal >&2");
        char text[64] = "";
        int ends[2], master;

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        pinfold_set_stdout(box, ends[1]);
        master = begin(box);
        close(ends[1]);
        end(box, master, 0);
        assert_string_equal(shown, "to the terminal\r\n");
        assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
        assert_string_equal(text, "to the pipe\n");
        close(ends[0]);
}

TEST(its_size_follows)
{
        const struct winsize size = {.ws_row = 40, .ws_col = 100};
        struct pinfold *box = box_on_terminal("trap 'stty size; exit 4' WINCH; echo ready; while :; do sleep 0.05; done");
        int master = begin(box);

        expect(master, "ready");
        assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
        expect(master, "40 100\r\n");
        end(box, master, 4);
}

TEST(keys_are_signals)
{
        struct pinfold *box = box_on_terminal("trap 'echo interrupted; exit 5' INT; echo ready; while :; do sleep 0.05; done");
        int master = begin(box);

        expect(master, "ready");
        type(master, "\003");
        expect(master, "interrupted");
        end(box, master, 5);
}

TEST(closing_the_master_hangs_up)
{
        struct pinfold *box = box_on_terminal("echo ready; exec sleep 1000");
        int master = begin(box);

        expect(master, "ready");
        close(master);
        assert_int_equal(box_wait(box).signal, SIGHUP);
        pinfold_free(box);
}

/* The end is the container's, not that of a program that closes what it may open again. */
TEST(output_until_the_end)
{
        struct pinfold *box = box_on_terminal("exec <&- >&- 2>&-; sleep 0.3; exec >/dev/tty; echo opened again");
        int master = begin(box);

        end(box, master, 0);
        assert_string_equal(shown, "opened again\r\n");

        box = box_on_terminal("echo the last");
        master = begin(box);
        assert_int_equal(box_wait(box).status, 0);
        while (look(master))
                ;
        assert_string_equal(shown, "the last\r\n");
        pinfold_free(box);
        close(master);
}

TEST(one_that_is_not_taken_is_closed)
{
        int before = open_descriptors();
        struct pinfold *box = box_on_terminal("exec sleep 1000");

        box_begin(box);
        pinfold_free(box);
        assert_int_equal(open_descriptors(), before);
}

TEST(none)
{
        struct pinfold *box = box_new("! test -t 0");

        assert_int_equal(pinfold_set_terminal(box, 24, 80), 0);
        assert_int_equal(pinfold_set_terminal(box, 0, 0), 0);
        box_begin(box);
        assert_int_equal(pinfold_terminal(box), -EINVAL);
        assert_int_equal(box_wait(box).status, 0);
        pinfold_free(box);
}

TEST(what_is_refused)
{
        static const unsigned sizes[][2] = {{0, 80}, {24, 0}, {65536, 80}, {24, 65536}};
        struct pinfold *box;
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                box = box_new("");
                assert_int_equal(pinfold_set_terminal(box, sizes[i][0], sizes[i][1]), -EINVAL);
                pinfold_free(box);
        }
        box = box_on_terminal("");
        pinfold_set_flags(box, PINFOLD_RETAIN_SESSION, 1);
        box_error(box, PINFOLD_STAGE_CONFIGURE, EINVAL);
        box = box_on_terminal("");
        pinfold_set_stdin(box, null); /* box_error sets the others */
        box_error(box, PINFOLD_STAGE_CONFIGURE, EINVAL);
        close(null);
}
