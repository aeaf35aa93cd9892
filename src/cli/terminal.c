/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "cli/message.h"

enum { INPUT, MASTER, OUTPUT };

/* More than a pseudo-terminal holds: 8 KiB, and the 4 KiB of a line discipline. */
#define REST_MAX ((size_t)64 * 1024)

/* ---- The host's terminal, on standard input -------------------------------------------------------------------- */

static struct {
        bool there;
        struct termios saved;
        volatile sig_atomic_t raw;
} host;

static const int fatal[] = {
        SIGABRT, SIGALRM, SIGBUS, SIGFPE, SIGILL, SIGIO, SIGPROF, SIGPWR, SIGSEGV, SIGSYS, SIGTRAP, SIGVTALRM,
        SIGXCPU, SIGXFSZ,
};

/* Async-signal-safe: fatal() calls it. */
static void make_cooked(void)
{
        if (host.raw)
                tcsetattr(STDIN_FILENO, TCSANOW, &host.saved);
        host.raw = 0;
}

static void make_raw(void)
{
        struct termios raw;

        if (!host.there || (!host.raw && tcgetattr(STDIN_FILENO, &host.saved) < 0))
                return;
        raw = host.saved;
        cfmakeraw(&raw);
        host.raw = 1;
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

/* Of those signals that cli/signals.c does not read: restored, and then as if there were no handler. */
static void die(int number)
{
        make_cooked();
        raise(number);
}

static void catch_fatal(void)
{
        struct sigaction action = {.sa_handler = die, .sa_flags = (int)SA_RESETHAND}, old;

        for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
                if (sigaction(fatal[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
                        sigaction(fatal[i], &action, NULL);
}

bool terminal_is_interactive(void)
{
        pid_t group;

        if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
                return false;
        group = tcgetpgrp(STDIN_FILENO); /* fails where it is not the controlling terminal: without job control */
        return group < 0 || group == getpgrp();
}

static struct winsize host_size(void)
{
        static const int fds[] = {STDOUT_FILENO, STDIN_FILENO};
        struct winsize size;

        for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
                if (ioctl(fds[i], TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
                        return size;
        return (struct winsize){.ws_row = 24, .ws_col = 80};
}

void terminal_ask(struct pinfold *box)
{
        struct winsize size = host_size();

        pinfold_set_terminal(box, size.ws_row, size.ws_col);
}

/* ---- The program's --------------------------------------------------------------------------------------------- */

/* Not its bytes: for a program without a terminal that would be most of the memory that is ever touched. */
void terminal_init(struct terminal *terminal)
{
        terminal->master = terminal->input = terminal->output = -1;
        terminal->in.start = terminal->in.end = terminal->out.start = terminal->out.end = 0;
        terminal->rest = terminal->matched = 0;
        terminal->served = terminal->in_line = terminal->told_read_only = false;
}

/*
 * Standard streams are shared with other processes, and so is O_NONBLOCK, which those do not expect. Opened once more they
 * are ours alone. What cannot be (somebody else's terminal) may make a write wait.
 */
static int open_again(int fd, int flags)
{
        struct stat info;
        char path[32];
        int copy = -1;

        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        if (fstat(fd, &info) == 0 && (S_ISCHR(info.st_mode) || S_ISFIFO(info.st_mode)))
                copy = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        return copy >= 0 ? copy : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

int terminal_open(struct terminal *terminal, struct pinfold *box)
{
        int master = pinfold_terminal(box);

        if (master < 0)
                return 0; /* none was asked for */
        terminal->master = master;
        terminal->served = true;
        terminal->input = open_again(STDIN_FILENO, O_RDONLY);
        terminal->output = open_again(STDOUT_FILENO, O_WRONLY);
        if (terminal->input < 0 || terminal->output < 0 || fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) < 0) {
                complain("cannot serve the terminal: %s", strerror(errno));
                return -1;
        }
        host.there = isatty(STDIN_FILENO);
        catch_fatal();
        terminal_resume(terminal);
        return 0;
}

static bool is_empty(const struct flow *flow)
{
        return flow->start == flow->end;
}

static void forget(struct flow *flow)
{
        flow->start = flow->end = 0;
}

static int close_end(int fd)
{
        if (fd >= 0)
                close(fd);
        return -1;
}

/* The session inside gets SIGHUP, if it still has the terminal. What has come out remains to be written. */
static void hang_up(struct terminal *terminal)
{
        terminal->master = close_end(terminal->master);
        terminal->input = close_end(terminal->input);
        forget(&terminal->in);
}

/* Returns false at the end. */
static bool fill(struct flow *flow, int fd)
{
        ssize_t size = read(fd, flow->bytes, sizeof(flow->bytes));

        if (size < 0)
                return errno == EAGAIN || errno == EINTR;
        flow->start = 0;
        flow->end = (size_t)size;
        return size > 0;
}

/* Returns false when nobody reads there any more. */
static bool empty(struct flow *flow, int fd)
{
        ssize_t size = send(fd, flow->bytes + flow->start, flow->end - flow->start, MSG_DONTWAIT);

        if (size < 0 && errno == ENOTSOCK)
                size = write(fd, flow->bytes + flow->start, flow->end - flow->start);
        if (size < 0)
                return errno == EAGAIN || errno == EINTR;
        flow->start += (size_t)size;
        return true;
}

/* As typed: one ends a line that has begun, and at the beginning of a line it is the end. */
static void type_end(struct terminal *terminal)
{
        struct termios settings;
        struct flow *in = &terminal->in;

        forget(in);
        if (tcgetattr(terminal->master, &settings) < 0)
                return;
        if (terminal->in_line)
                in->bytes[in->end++] = (char)settings.c_cc[VEOF];
        in->bytes[in->end++] = (char)settings.c_cc[VEOF];
}

static void read_input(struct terminal *terminal)
{
        if (fill(&terminal->in, terminal->input)) {
                if (!is_empty(&terminal->in))
                        terminal->in_line = terminal->in.bytes[terminal->in.end - 1] != '\n';
                return;
        }
        if (host.there) { /* the host's terminal is gone */
                hang_up(terminal);
                return;
        }
        terminal->input = close_end(terminal->input);
        type_end(terminal);
}

void terminal_poll(const struct terminal *terminal, struct pollfd polled[TERMINAL_POLLED])
{
        short events = 0;

        if (is_empty(&terminal->out))
                events |= POLLIN;
        if (!is_empty(&terminal->in))
                events |= POLLOUT;
        polled[INPUT] = (struct pollfd){
                .fd = terminal->master >= 0 && is_empty(&terminal->in) ? terminal->input : -1,
                .events = POLLIN,
        };
        /* Without events it would still be reported as hung up, again and again. */
        polled[MASTER] = (struct pollfd){.fd = events ? terminal->master : -1, .events = events};
        polled[OUTPUT] = (struct pollfd){.fd = is_empty(&terminal->out) ? -1 : terminal->output, .events = POLLOUT};
}

/* What programs say when a write fails with EROFS. In another language the hint that depends on it is not given. */
static void look_for_read_only(struct terminal *terminal)
{
        static const char text[] = "Read-only file system";

        for (size_t i = terminal->out.start; i < terminal->out.end && !terminal->told_read_only; i++) {
                char byte = terminal->out.bytes[i];

                terminal->matched = byte == text[terminal->matched] ? terminal->matched + 1 : byte == text[0];
                terminal->told_read_only = terminal->matched == sizeof(text) - 1;
        }
}

static bool read_output(struct terminal *terminal)
{
        bool more = fill(&terminal->out, terminal->master);

        look_for_read_only(terminal);
        return more;
}

/* Without waiting: what has been written inside is there. */
static void take_rest(struct terminal *terminal)
{
        if (terminal->master < 0 || !is_empty(&terminal->out))
                return;
        if (!read_output(terminal) || is_empty(&terminal->out) || terminal->rest <= terminal->out.end)
                hang_up(terminal);
        else
                terminal->rest -= terminal->out.end;
}

void terminal_end(struct terminal *terminal)
{
        forget(&terminal->in);
        terminal->input = close_end(terminal->input);
        terminal->rest = REST_MAX;
        take_rest(terminal);
}

void terminal_copy(struct terminal *terminal, const struct pollfd polled[TERMINAL_POLLED])
{
        if (polled[INPUT].revents)
                read_input(terminal);
        /* The container is gone: nothing that is typed will be read. */
        if (polled[MASTER].revents & POLLHUP) {
                forget(&terminal->in);
                terminal->input = close_end(terminal->input);
        }
        if (terminal->master >= 0 && !is_empty(&terminal->in) && !empty(&terminal->in, terminal->master))
                hang_up(terminal);
        if (terminal->master >= 0 && polled[MASTER].revents && is_empty(&terminal->out) && !read_output(terminal))
                hang_up(terminal);
        if (terminal->output >= 0 && !is_empty(&terminal->out) && !empty(&terminal->out, terminal->output)) {
                forget(&terminal->out);
                hang_up(terminal);
        }
        if (terminal->rest > 0)
                take_rest(terminal);
}

bool terminal_drains(const struct terminal *terminal)
{
        return terminal->master >= 0 || !is_empty(&terminal->out);
}

void terminal_suspend(void)
{
        make_cooked();
}

void terminal_resume(const struct terminal *terminal)
{
        if (terminal->master < 0)
                return;
        make_raw();
        terminal_resize(terminal);
}

void terminal_resize(const struct terminal *terminal)
{
        struct winsize size = host_size();

        if (terminal->master >= 0)
                ioctl(terminal->master, TIOCSWINSZ, &size);
}

void terminal_close(struct terminal *terminal)
{
        make_cooked();
        hang_up(terminal);
        terminal->output = close_end(terminal->output);
}
