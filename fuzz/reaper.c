/* SPDX-License-Identifier: MIT */
/*
 * What PID 1 decides, for any sequence of events: init/reaper.h, whose invariants are checked after each. The input is delays,
 * and the events; time goes on with each of them.
 */
#define _GNU_SOURCE

#include "fuzz.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "init/reaper.h"

#define PROGRAM 2

static int64_t choose_delay(struct decisions *left)
{
        static const int64_t delays[] = {0, 1, 10, 100, 5000, INT64_MAX - 1, INT64_MAX};

        return delays[choose(left, ELEMENTS(delays))];
}

static struct reaper choose_reaper(struct decisions *left, int64_t now)
{
        return (struct reaper){
                .program = PROGRAM,
                .forward_cancel = choose(left, 2),
                .cancel_signal = choose(left, 2) ? SIGINT : SIGTERM,
                .outlive = choose(left, 2),
                .adopt_wait_delay = choose_delay(left),
                .wait_delay = choose(left, 2) ? -1 : choose_delay(left),
                .deadline = choose(left, 2) ? REAPER_NEVER : now + 1 + choose(left, 10000),
        };
}

static struct event choose_event(struct decisions *left, int64_t now)
{
        /* The ends would come too early for long sequences. */
        static const enum event_kind kinds[] = {
                EVENT_CHILD, EVENT_CHILD, EVENT_CHILD, EVENT_CHILD, EVENT_CHILD, EVENT_CANCEL, EVENT_CANCEL, EVENT_CANCEL,
                EVENT_SIGNAL, EVENT_SIGNAL, EVENT_SIGNAL, EVENT_NO_CHILD, EVENT_DEADLINE, EVENT_CALLER_GONE,
                EVENT_CHILDREN, EVENT_CHILDREN,
        };
        struct event event = {.kind = kinds[choose(left, ELEMENTS(kinds))], .now = now};

        if (event.kind == EVENT_CHILD) {
                event.pid = choose(left, 3) == 0 ? PROGRAM : (int32_t)(3 + choose(left, 5));
                event.status = choose(left, 65536);
        } else if (event.kind == EVENT_SIGNAL) {
                event.signal = (int32_t)(1 + choose(left, 64));
        }
        return event;
}

/* As waitpid(2) has it and a shell says it; written down once more. */
static uint32_t shell_status(uint32_t status)
{
        return (status & 0x7f) == 0 ? status >> 8 & 0xff : (status & 0x7f) == 0x7f ? 255 : 128 + (status & 0x7f);
}

/* What was true before, for comparison. */
struct history {
        bool ended, cancelled;
        int64_t limit;
        uint32_t wait_status;
        uint32_t expected; /* the status to report */
};

static void record(struct history *history, const struct event *event)
{
        bool was_ended = history->ended;

        if (event->kind == EVENT_CHILD && event->pid == PROGRAM && !was_ended) {
                history->ended = true;
                history->wait_status = event->status;
                history->expected = shell_status(event->status);
        }
        history->cancelled |= event->kind == EVENT_CANCEL && !was_ended;
        if (event->kind == EVENT_DEADLINE && !history->ended && !history->cancelled)
                history->expected = 124;
}

/* The report is the initial program's, and nothing that happens later changes it. */
static void check_report(const struct reaper *reaper, const struct action *action, const struct history *history)
{
        CHECK(reaper->ended == history->ended);
        CHECK(reaper->cancelled == history->cancelled);
        CHECK(!reaper->ended || reaper->wait_status == history->wait_status);
        CHECK((action->kind != ACTION_END && action->kind != ACTION_TELL) || action->status == history->expected);
}

static void check_action(const struct reaper *reaper, const struct reaper *before, const struct event *event,
                         const struct action *action)
{
        bool was_ended = before->ended;

        /* Only the living are signalled, and only with a signal. */
        if (action->kind == ACTION_SIGNAL) {
                CHECK(!was_ended);
                CHECK(action->signal == (event->kind == EVENT_CANCEL ? reaper->cancel_signal : event->signal));
        }
        if (action->kind == ACTION_SIGNAL_ALL)
                CHECK(action->signal == (event->signal == SIGTSTP ? SIGSTOP : SIGCONT));
        switch (event->kind) {
        case EVENT_CHILD: /* only the next event tells whether anything is left */
                CHECK(action->kind == ACTION_NOTHING);
                break;
        case EVENT_CANCEL: /* ends it, or asks the program */
                CHECK(action->kind == (reaper->forward_cancel && !was_ended ? ACTION_SIGNAL : ACTION_END));
                break;
        case EVENT_SIGNAL:
                CHECK(action->kind != ACTION_END);
                CHECK(action->kind != ACTION_NOTHING || was_ended);
                break;
        case EVENT_CHILDREN: /* once */
                CHECK(action->kind == (reaper->outlive && was_ended && !before->told ? ACTION_TELL : ACTION_NOTHING));
                break;
        case EVENT_CALLER_GONE:
                CHECK(action->kind == (reaper->outlive ? ACTION_NOTHING : ACTION_END));
                break;
        case EVENT_NO_CHILD:
        case EVENT_DEADLINE:
                CHECK(action->kind == ACTION_END);
        }
}

/* Time is never added; it runs only for a reason. */
static void check_time(const struct reaper *reaper, const struct reaper *before, const struct event *event,
                       const struct history *history)
{
        CHECK(reaper->deadline <= before->deadline);
        CHECK(reaper->deadline == history->limit || reaper->ended || reaper->cancelled);
        if (reaper->ended && reaper->adopt_wait_delay <= 5000 && !reaper->outlive)
                CHECK(reaper->deadline <= event->now + reaper->adopt_wait_delay);
        CHECK(reaper->lingering == (event->kind == EVENT_DEADLINE && history->ended));
        CHECK(reaper->timed_out == (event->kind == EVENT_DEADLINE && !history->ended && !history->cancelled));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct decisions left = {data, size};
        int64_t now = choose(&left, 2) ? 0 : INT64_MAX / 2;
        struct reaper reaper = choose_reaper(&left, now);
        struct history history = {.expected = 128 + SIGKILL, .limit = reaper.deadline};

        while (left.size > 0) {
                struct event event = choose_event(&left, now += choose(&left, 50));
                struct reaper before = reaper;
                struct action action = reaper_step(&reaper, &event);

                record(&history, &event);
                check_report(&reaper, &action, &history);
                check_action(&reaper, &before, &event, &action);
                check_time(&reaper, &before, &event, &history);
                if (action.kind == ACTION_END)
                        break;
        }
        return 0;
}
