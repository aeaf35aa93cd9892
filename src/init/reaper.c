/* SPDX-License-Identifier: MIT */
#include "init/reaper.h"

#include <signal.h>
#include <sys/wait.h>

#define STATUS_TIMED_OUT 124 /* as timeout(1) */
#define STATUS_KILLED (128 + SIGKILL)
#define STATUS_UNKNOWN 255

/* As a shell says it. */
static uint32_t shell_status(uint32_t wait_status)
{
        if (WIFEXITED(wait_status))
                return (uint32_t)WEXITSTATUS(wait_status);
        if (WIFSIGNALED(wait_status))
                return 128 + (uint32_t)WTERMSIG(wait_status);
        return STATUS_UNKNOWN;
}

static struct action end(const struct reaper *reaper)
{
        return (struct action){
                .kind = ACTION_END,
                .status = reaper->ended       ? shell_status(reaper->wait_status)
                          : reaper->timed_out ? STATUS_TIMED_OUT
                                              : STATUS_KILLED,
        };
}

static struct action nothing(void)
{
        return (struct action){.kind = ACTION_NOTHING};
}

int64_t reaper_after(int64_t now, int64_t delay)
{
        return delay > REAPER_NEVER - now ? REAPER_NEVER : now + delay;
}

static struct action child(struct reaper *reaper, const struct event *event)
{
        if (event->pid != reaper->program || reaper->ended)
                return nothing(); /* an orphan that we adopted */
        reaper->ended = true;
        reaper->wait_status = event->status;
        if (reaper->outlive)
                return nothing();
        /*
         * A deadline that is nearer stays. Without a delay it has passed already; only the next event tells
         * whether anything is left to be killed.
         */
        if (reaper_after(event->now, reaper->adopt_wait_delay) < reaper->deadline)
                reaper->deadline = reaper_after(event->now, reaper->adopt_wait_delay);
        return nothing();
}

static struct action children(struct reaper *reaper)
{
        if (!reaper->outlive || !reaper->ended || reaper->told)
                return nothing();
        reaper->told = true;
        return (struct action){.kind = ACTION_TELL, .status = shell_status(reaper->wait_status)};
}

static struct action cancel(struct reaper *reaper, const struct event *event)
{
        if (!reaper->ended)
                reaper->cancelled = true;
        if (!reaper->forward_cancel || reaper->ended)
                return end(reaper);
        if (reaper->wait_delay >= 0 && reaper_after(event->now, reaper->wait_delay) < reaper->deadline)
                reaper->deadline = reaper_after(event->now, reaper->wait_delay);
        return (struct action){.kind = ACTION_SIGNAL, .signal = reaper->cancel_signal};
}

static struct action forward(const struct reaper *reaper, int32_t number)
{
        if (number == SIGTSTP)
                return (struct action){.kind = ACTION_SIGNAL_ALL, .signal = SIGSTOP};
        if (number == SIGCONT)
                return (struct action){.kind = ACTION_SIGNAL_ALL, .signal = SIGCONT};
        /* Once reaped, its process id can belong to another process. */
        if (reaper->ended)
                return nothing();
        return (struct action){.kind = ACTION_SIGNAL, .signal = number};
}

struct action reaper_step(struct reaper *reaper, const struct event *event)
{
        switch (event->kind) {
        case EVENT_CHILD:
                return child(reaper, event);
        case EVENT_NO_CHILD:
                return end(reaper);
        case EVENT_CHILDREN:
                return children(reaper);
        case EVENT_CANCEL:
                return cancel(reaper, event);
        case EVENT_SIGNAL:
                return forward(reaper, event->signal);
        case EVENT_DEADLINE:
                reaper->lingering = reaper->ended;
                reaper->timed_out = !reaper->ended && !reaper->cancelled;
                return end(reaper);
        case EVENT_CALLER_GONE:
                return reaper->outlive ? nothing() : end(reaper);
        }
        return nothing();
}
