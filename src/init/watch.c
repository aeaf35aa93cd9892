/* SPDX-License-Identifier: MIT */
/*
 * PID 1 for the rest of its life: turns what happens into events for the reaper, and does what that decides. Nothing here
 * can block, except for writing the last report to a caller that does not read, and its death ends that too.
 *
 * Until the program has been executed, another process uses the same memory (main.c: fork_program): nothing here, and in what is
 * called from here, allocates, or uses errno. tests/init/shared.sh holds it to that.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "init/control.h"
#include "init/init.h"
#include "init/reaper.h"
#include "init/report.h"
#include "init/sources.h"
#include "syscall/clone.h"
#include "syscall/process.h"

/* Children that are reaped in one turn. With thousands alive the kernel takes long for each. */
#define REAP_MAX 16

/* How long those that are killed at the end may take to be counted, in milliseconds. */
#define LAST_MS 100

struct watcher {
        struct init *init;
        struct reaper reaper;
        bool executed;  /* the program has been */
        bool announced; /* and the caller has been told */
        bool telling;   /* of the program's end, while others go on; and */
        bool told;
        bool more;      /* children to reap, perhaps */
        bool alone;     /* none was left */
        uint64_t user, system; /* microseconds, of all that were reaped, and of whom they had waited for */
        uint64_t max_rss;      /* bytes */
        struct ended ended;    /* what is told */
};

/* Like waitpid(2) for any child, without waiting. Counts what it has used. */
static int reap_one(struct watcher *watcher, int *ret_status)
{
        struct rusage usage;
        int pid = sys_reap_any(ret_status, &usage);

        watcher->alone = pid == -ECHILD;
        if (pid <= 0)
                return pid;
        watcher->user += microseconds(&usage.ru_utime);
        watcher->system += microseconds(&usage.ru_stime);
        if ((uint64_t)usage.ru_maxrss * 1024 > watcher->max_rss)
                watcher->max_rss = (uint64_t)usage.ru_maxrss * 1024;
        return pid;
}

/*
 * Those that are left would be killed by the kernel when we exit, but then nobody learns what they have used. Not for
 * long: one with another id of the map is not ours to kill, and one may hang in the kernel.
 */
static void kill_rest(struct watcher *watcher)
{
        const struct init *init = watcher->init;
        int64_t until = monotonic_ms() + LAST_MS, left;
        int status;

        if (!init->host_pid)
                sys_kill(-1, SIGKILL);
        else if (!watcher->reaper.ended)
                sys_kill(watcher->reaper.program, SIGKILL);
        sources_change(init->sources, init->socket, 0); /* its end is still reported */
        while (!watcher->alone && (left = until - monotonic_ms()) > 0) {
                unsigned ready;

                while (reap_one(watcher, &status) > 0 && monotonic_ms() < until)
                        ;
                ready = watcher->alone ? 0 : sources_wait(init->sources, (int)left);
                if (ready & (1u << SOURCE_CALLER | 1u << SOURCE_SOCKET))
                        return;
                control_cancelled(init->signals, false, false); /* SIGCHLD is read, too */
        }
}

/* The socket is full, or the kernel has no memory for the packet: there will be some. */
static bool is_for_later(int r)
{
        return r == -EAGAIN || r == -ENOBUFS || r == -ENOMEM;
}

/* From here on only the caller counts, its death and room in the socket; what is left inside dies with us. */
static void listen_to_caller(const struct init *init)
{
        sources_forget(init->sources, init->signals);
        sources_forget(init->sources, init->executed);
        sources_change(init->sources, init->socket, EPOLLOUT);
}

/* What the kernel says of a process is adjusted as it goes on: the sum of user and system is exact, each is not. */
static uint64_t without(uint64_t sum, uint64_t part)
{
        return sum > part ? sum - part : 0;
}

static struct ended sum_up(const struct watcher *watcher, uint32_t status)
{
        const struct reaper *reaper = &watcher->reaper;
        const struct init *init = watcher->init;

        return (struct ended){
                .status = status,
                .wait_status = reaper->wait_status,
                .known = reaper->ended,
                .cancelled = reaper->cancelled,
                .lingered = reaper->lingering,
                .timed_out = reaper->timed_out,
                .user = without(watcher->user, init->outcome->user),
                .system = without(watcher->system, init->outcome->system),
                .max_rss = watcher->max_rss,
        };
}

/*
 * The caller is told at once, or when the socket has room again: that the program has been executed, and that it ended while others
 * go on.
 */
static void announce(struct watcher *watcher)
{
        const struct init *init = watcher->init;
        bool executed = watcher->executed && !watcher->announced, ended = watcher->telling && !watcher->told;

        if (!executed && !ended)
                return;
        if (executed)
                watcher->announced = !is_for_later(report_executed(init->socket));
        if (ended && watcher->announced)
                watcher->told = !is_for_later(report_ended(init->socket, &watcher->ended));
        ended = watcher->telling && !watcher->told;
        sources_change(init->sources, init->socket, watcher->announced && !ended ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

static _Noreturn void end(struct watcher *watcher, uint32_t status)
{
        const struct init *init = watcher->init;
        struct ended ended;

        if (!watcher->alone)
                kill_rest(watcher);
        if (watcher->told)
                _exit((int)status);
        ended = sum_up(watcher, status);
        listen_to_caller(init);
        while (watcher->executed && !watcher->announced) {
                if (!is_for_later(report_executed(init->socket)))
                        break;
                if (sources_wait(init->sources, -1) & 1u << SOURCE_CALLER)
                        _exit((int)status);
        }
        while (is_for_later(report_ended(init->socket, &ended)))
                if (sources_wait(init->sources, -1) & 1u << SOURCE_CALLER)
                        break;
        _exit((int)status);
}

static void act(struct watcher *watcher, const struct action *action)
{
        switch (action->kind) {
        case ACTION_NOTHING:
                return;
        case ACTION_SIGNAL:
                sys_kill(watcher->reaper.program, action->signal);
                return;
        case ACTION_SIGNAL_ALL:
                if (!watcher->init->host_pid)
                        sys_kill(-1, action->signal);
                else if (!watcher->reaper.ended)
                        sys_kill(watcher->reaper.program, action->signal);
                return;
        case ACTION_TELL:
                watcher->ended = sum_up(watcher, action->status);
                watcher->ended.left = true;
                watcher->telling = true;
                announce(watcher);
                return;
        case ACTION_END:
                end(watcher, action->status);
        }
}

static void happen(struct watcher *watcher, struct event event)
{
        struct action action;

        event.now = monotonic_ms();
        action = reaper_step(&watcher->reaper, &event);
        act(watcher, &action);
}

static _Noreturn void fail(struct watcher *watcher, enum pinfold_stage stage, struct pinfold_error *err)
{
        error_stage(err, stage);
        error_prefix(err, "%s", stage_phrase(stage));
        listen_to_caller(watcher->init);
        while (is_for_later(report_error(watcher->init->socket, err, false)))
                if (sources_wait(watcher->init->sources, -1) & 1u << SOURCE_CALLER)
                        break;
        _exit(1);
}

/* The program has memory of its own now; PID 1 needs nothing of what setup had. */
static void release(struct init *init)
{
        inbox_release(&init->inbox);
        sys_unmap_stack(init->stack, PROGRAM_STACK);
        memory_release();
}

/* The pipe is closed, or the process that was to become the program is gone: which of the two has happened? */
static void settle(struct watcher *watcher, uint32_t wait_status, bool gone)
{
        struct outcome *outcome = watcher->init->outcome;
        struct pinfold_error err;

        if (watcher->executed)
                return;
        switch (outcome->state) {
        case OUTCOME_EXEC:
                watcher->executed = true;
                release(watcher->init);
                for (int number = 1; number <= 64; number++)
                        if (watcher->init->held >> (number - 1) & 1)
                                happen(watcher, (struct event){.kind = EVENT_SIGNAL, .signal = number});
                return;
        case OUTCOME_FAILED:
                outcome->path[sizeof(outcome->path) - 1] = '\0';
                error_set(&err, outcome->error, "%s", outcome->path);
                snprintf(err.path, sizeof(err.path), "%s", outcome->path);
                fail(watcher, PINFOLD_STAGE_EXEC, &err);
        case OUTCOME_REPORTED:
                _exit(1);
        case OUTCOME_SETUP:
                if (!gone)
                        return; /* the pipe closed a moment before the process is reaped */
                if (WIFSIGNALED(wait_status))
                        error_set(&err, ECHILD, "killed by signal %d during setup", (int)WTERMSIG(wait_status));
                else
                        error_set(&err, ECHILD, "ended during setup");
                fail(watcher, PINFOLD_STAGE_FORK, &err);
        }
}

/*
 * Not all at once: a program with thousands of children can make new zombies faster than they are reaped, and the caller,
 * its requests and the deadlines must have their turn. Returns whether there may be more.
 */
static bool reap(struct watcher *watcher)
{
        int status, pid = 0;

        for (int i = 0; i < REAP_MAX && (pid = reap_one(watcher, &status)) > 0; i++) {
                if (pid == watcher->reaper.program)
                        settle(watcher, (uint32_t)status, true);
                happen(watcher, (struct event){.kind = EVENT_CHILD, .pid = pid, .status = (uint32_t)status});
        }
        if (pid <= 0)
                happen(watcher, (struct event){.kind = watcher->alone ? EVENT_NO_CHILD : EVENT_CHILDREN});
        return pid > 0;
}

/* Whoever lets the old one go before the new one is watched would leave nobody who ends this. */
static void adopt(struct init *init, int caller)
{
        if (sources_replace(init->sources, SOURCE_CALLER, init->caller, caller) < 0)
                close_fd(caller);
        else
                init->caller = caller;
}

/* As is said of the deadline in reaper.h: only nearer. */
static void begin_time(struct watcher *watcher, int64_t timeout)
{
        int64_t deadline = reaper_after(monotonic_ms(), timeout);

        if (timeout > 0 && deadline < watcher->reaper.deadline)
                watcher->reaper.deadline = deadline;
}

/* Whom nothing is to be told any more; before there is a program, there is nothing to outlive anybody. */
static void caller_gone(struct watcher *watcher)
{
        const struct init *init = watcher->init;

        if (!watcher->executed)
                watcher->reaper.outlive = false;
        happen(watcher, (struct event){.kind = EVENT_CALLER_GONE});
        sources_forget(init->sources, init->caller);
        sources_forget(init->sources, init->socket);
        watcher->announced = watcher->told = true;
}

static void command(struct watcher *watcher)
{
        struct pinfold_error err;
        struct control control;

        while (control_read(watcher->init->socket, NULL, &control, &err) == 0) {
                switch (control.kind) {
                case CONTROL_NOTHING:
                        break;
                case CONTROL_CLOSED:
                        caller_gone(watcher);
                        return;
                case CONTROL_CANCEL:
                        /* A program that is not there yet cannot be asked: setup ends at once. */
                        if (!watcher->executed)
                                watcher->reaper.forward_cancel = false;
                        happen(watcher, (struct event){.kind = EVENT_CANCEL});
                        break;
                case CONTROL_SIGNAL:
                        if (watcher->executed)
                                happen(watcher, (struct event){.kind = EVENT_SIGNAL, .signal = control.signal});
                        else
                                control_hold(&watcher->init->held, control.signal);
                        break;
                case CONTROL_TIMEOUT:
                        begin_time(watcher, control.timeout);
                        break;
                case CONTROL_CALLER:
                        adopt(watcher->init, control.caller);
                        break;
                }
        }
}

/* Unless there is another one by now: what that has said comes before the old one's end. */
static void look_for_caller(struct watcher *watcher)
{
        int caller = watcher->init->caller;

        command(watcher);
        if (watcher->init->caller == caller)
                caller_gone(watcher);
}

static int timeout(const struct watcher *watcher)
{
        int64_t left;

        if (watcher->more)
                return 0;
        if (watcher->reaper.deadline == REAPER_NEVER)
                return -1;
        left = watcher->reaper.deadline - monotonic_ms();
        return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

/* Who may send PID 1 a signal, and could kill it, may also end it in order. */
static bool is_cancelled(const struct watcher *watcher)
{
        const struct init *init = watcher->init;
        bool trusted = init->scoped || !watcher->executed || (init->setup.flags & PINFOLD_HOST_SIGNALS);

        return control_cancelled(init->signals, trusted, init->host_pid);
}

static void look(struct watcher *watcher, unsigned ready)
{
        struct init *init = watcher->init;

        /*
         * First: a caller who has seen that by itself may be gone by now, and its program outlive it. And before the reaping, so that
         * "executed" goes out before "ended".
         */
        if (ready & 1u << SOURCE_EXECUTED) {
                settle(watcher, 0, false);
                sources_forget(init->sources, init->executed);
                init->executed = close_fd(init->executed);
        }
        if (ready & 1u << SOURCE_CALLER)
                look_for_caller(watcher);
        announce(watcher);
        if (ready & 1u << SOURCE_SIGNALS && is_cancelled(watcher)) {
                if (!watcher->executed)
                        watcher->reaper.forward_cancel = false;
                happen(watcher, (struct event){.kind = EVENT_CANCEL});
        }
        if (ready & 1u << SOURCE_SOCKET)
                command(watcher);
        watcher->more = reap(watcher);
        if (watcher->reaper.deadline != REAPER_NEVER && monotonic_ms() >= watcher->reaper.deadline)
                happen(watcher, (struct event){.kind = EVENT_DEADLINE});
}

int watch_open(struct init *init, struct pinfold_error *err)
{
        const int fds[SOURCES] = {
                [SOURCE_SOCKET] = init->socket,
                [SOURCE_SIGNALS] = init->signals,
                [SOURCE_CALLER] = init->caller,
                [SOURCE_EXECUTED] = init->executed,
        };

        init->scoped = landlock_scopes_signals() && !(init->setup.flags & PINFOLD_HOST_SIGNALS);
        init->sources = sources_open(fds, err);
        return init->sources < 0 ? init->sources : 0;
}

void watch(struct init *init)
{
        struct watcher watcher = {
                .init = init,
                .reaper = {
                        .program = init->program,
                        .forward_cancel = init->setup.flags & PINFOLD_FORWARD_CANCEL,
                        .cancel_signal = (int32_t)init->setup.cancel_signal,
                        .outlive = init->setup.flags & PINFOLD_OUTLIVE,
                        .adopt_wait_delay = init->setup.adopt_wait_delay,
                        .wait_delay = init->setup.wait_delay,
                        .deadline = init->setup.program.timeout > 0 ? reaper_after(monotonic_ms(), init->setup.program.timeout) : REAPER_NEVER,
                },
        };

        for (;;)
                look(&watcher, sources_wait(init->sources, timeout(&watcher)));
}
