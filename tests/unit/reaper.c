/* SPDX-License-Identifier: MIT */
/* init/reaper.h: what PID 1 decides, as sequences of events and the actions that follow. For any sequence: fuzz/reaper.c. */
#define _GNU_SOURCE

#include "test.h"

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "init/reaper.h"

#define PROGRAM 2
#define ORPHAN 7
#define EXIT(code) ((uint32_t)(code) << 8)
#define KILLED(signal) ((uint32_t)(signal))
#define CORE 0x80u
#define STOPPED(signal) (0x7fu | (uint32_t)(signal) << 8)

/* ---- Sequences -------------------------------------------------------------------------------------------------- */

#define CHILD(at, pid_, status_) {EVENT_CHILD, .now = at, .pid = pid_, .status = status_}
#define NO_CHILD(at) {EVENT_NO_CHILD, .now = at}
#define CANCEL(at) {EVENT_CANCEL, .now = at}
#define SIGNAL(at, signal_) {EVENT_SIGNAL, .now = at, .signal = signal_}
#define DEADLINE(at) {EVENT_DEADLINE, .now = at}
#define GONE(at) {EVENT_CALLER_GONE, .now = at}
#define CHILDREN(at) {EVENT_CHILDREN, .now = at}

#define NOTHING {ACTION_NOTHING}
#define SEND(signal_) {ACTION_SIGNAL, .signal = signal_}
#define SEND_ALL(signal_) {ACTION_SIGNAL_ALL, .signal = signal_}
#define END(status_) {ACTION_END, .status = status_}
#define TELL(status_) {ACTION_TELL, .status = status_}

struct sequence {
        const char *name;
        bool forward_cancel;
        int64_t adopt_wait_delay, wait_delay;
        struct {
                struct event event;
                struct action action;
                int64_t deadline; /* afterwards */
        } steps[6];
        bool cancelled, lingering, ended;
        int64_t limit; /* when the time for the run is over; 0: never */
        bool timed_out;
        bool outlive;
};

static const struct sequence sequences[] = {
        {"exits, and was alone", false, 5000, -1,
         {{CHILD(10, PROGRAM, EXIT(3)), NOTHING, 5010}, {NO_CHILD(10), END(3), 5010}},
         .ended = true},
        {"exits with 0", false, 5000, -1,
         {{CHILD(10, PROGRAM, EXIT(0)), NOTHING, 5010}, {NO_CHILD(10), END(0), 5010}},
         .ended = true},
        {"exits with 255", false, 5000, -1,
         {{CHILD(10, PROGRAM, EXIT(255)), NOTHING, 5010}, {NO_CHILD(10), END(255), 5010}},
         .ended = true},
        {"killed by a signal", false, 5000, -1,
         {{CHILD(10, PROGRAM, KILLED(SIGSEGV)), NOTHING, 5010}, {NO_CHILD(10), END(128 + SIGSEGV), 5010}},
         .ended = true},
        {"dumped core", false, 5000, -1,
         {{CHILD(10, PROGRAM, KILLED(SIGABRT) | CORE), NOTHING, 5010}, {NO_CHILD(10), END(128 + SIGABRT), 5010}},
         .ended = true},
        {"killed by the last real-time signal", false, 5000, -1,
         {{CHILD(10, PROGRAM, KILLED(64)), NOTHING, 5010}, {NO_CHILD(10), END(192), 5010}},
         .ended = true},
        {"an end of no known kind", false, 5000, -1,
         {{CHILD(10, PROGRAM, STOPPED(SIGSTOP)), NOTHING, 5010}, {NO_CHILD(10), END(255), 5010}},
         .ended = true},
        {"orphans end before", false, 5000, -1,
         {{CHILD(1, ORPHAN, EXIT(9)), NOTHING, REAPER_NEVER},
          {CHILD(2, ORPHAN + 1, KILLED(9)), NOTHING, REAPER_NEVER},
          {CHILD(10, PROGRAM, EXIT(3)), NOTHING, 5010},
          {NO_CHILD(11), END(3), 5010}},
         .ended = true},
        {"orphans end after", false, 5000, -1,
         {{CHILD(10, PROGRAM, EXIT(3)), NOTHING, 5010},
          {CHILD(20, ORPHAN, EXIT(9)), NOTHING, 5010},
          {CHILD(30, ORPHAN, KILLED(9)), NOTHING, 5010},
          {NO_CHILD(30), END(3), 5010}},
         .ended = true},
        {"an orphan takes the program's old number", false, 5000, -1,
         {{CHILD(10, PROGRAM, EXIT(3)), NOTHING, 5010},
          {CHILD(20, PROGRAM, EXIT(9)), NOTHING, 5010},
          {NO_CHILD(30), END(3), 5010}},
         .ended = true},
        {"orphans linger past the delay", false, 5000, -1,
         {{CHILD(10, PROGRAM, EXIT(3)), NOTHING, 5010},
          {CHILD(4000, ORPHAN, EXIT(9)), NOTHING, 5010},
          {DEADLINE(5010), END(3), 5010}},
         .ended = true, .lingering = true},
        {"no lingering at all", false, 0, -1,
         {{CHILD(10, PROGRAM, EXIT(3)), NOTHING, 10}, {DEADLINE(10), END(3), 10}},
         .ended = true, .lingering = true},
        {"no lingering, and nobody who does", false, 0, -1,
         {{CHILD(10, PROGRAM, EXIT(3)), NOTHING, 10}, {NO_CHILD(10), END(3), 10}},
         .ended = true},
        {"lingering for ever", false, INT64_MAX, -1,
         {{CHILD(10, PROGRAM, EXIT(3)), NOTHING, REAPER_NEVER}, {NO_CHILD(20), END(3), REAPER_NEVER}},
         .ended = true},
        {"cancel ends everything", false, 5000, -1, {{CANCEL(10), END(137), REAPER_NEVER}}, .cancelled = true},
        {"cancel ends everything, whatever the delay", false, 5000, 100, {{CANCEL(10), END(137), REAPER_NEVER}},
         .cancelled = true},
        {"cancel of what lingers", false, 5000, -1,
         {{CHILD(10, PROGRAM, EXIT(3)), NOTHING, 5010}, {CANCEL(20), END(3), 5010}},
         .ended = true},
        {"forwarded cancel, obeyed", true, 5000, -1,
         {{CANCEL(10), SEND(SIGINT), REAPER_NEVER},
          {CHILD(20, PROGRAM, KILLED(SIGINT)), NOTHING, 5020},
          {NO_CHILD(20), END(130), 5020}},
         .ended = true, .cancelled = true},
        {"forwarded cancel, with a status of its own", true, 5000, -1,
         {{CANCEL(10), SEND(SIGINT), REAPER_NEVER},
          {CHILD(20, PROGRAM, EXIT(0)), NOTHING, 5020},
          {NO_CHILD(20), END(0), 5020}},
         .ended = true, .cancelled = true},
        {"forwarded cancel, ignored, twice", true, 5000, -1,
         {{CANCEL(10), SEND(SIGINT), REAPER_NEVER}, {CANCEL(20), SEND(SIGINT), REAPER_NEVER}},
         .cancelled = true},
        {"forwarded cancel, ignored, until the delay", true, 5000, 100,
         {{CANCEL(10), SEND(SIGINT), 110}, {DEADLINE(110), END(137), 110}},
         .cancelled = true},
        {"a second cancel gives no more time", true, 5000, 100,
         {{CANCEL(10), SEND(SIGINT), 110}, {CANCEL(100), SEND(SIGINT), 110}, {DEADLINE(110), END(137), 110}},
         .cancelled = true},
        {"a delay of nothing", true, 5000, 0, {{CANCEL(10), SEND(SIGINT), 10}, {DEADLINE(10), END(137), 10}},
         .cancelled = true},
        {"an endless delay", true, 5000, INT64_MAX, {{CANCEL(10), SEND(SIGINT), REAPER_NEVER}}, .cancelled = true},
        {"forwarded cancel, then what lingers: the nearer end counts", true, 5000, 100,
         {{CANCEL(10), SEND(SIGINT), 110},
          {CHILD(50, PROGRAM, EXIT(4)), NOTHING, 110},
          {DEADLINE(110), END(4), 110}},
         .ended = true, .cancelled = true, .lingering = true},
        {"the same the other way round", true, 20, 1000,
         {{CANCEL(10), SEND(SIGINT), 1010},
          {CHILD(50, PROGRAM, EXIT(4)), NOTHING, 70},
          {DEADLINE(70), END(4), 70}},
         .ended = true, .cancelled = true, .lingering = true},
        {"once the program has ended, cancel ends the container", true, 5000, 100,
         {{CHILD(10, PROGRAM, EXIT(3)), NOTHING, 5010}, {CANCEL(20), END(3), 5010}},
         .ended = true},
        {"the second cancel comes after the program's end", true, 5000, -1,
         {{CANCEL(10), SEND(SIGINT), REAPER_NEVER},
          {CHILD(20, PROGRAM, KILLED(SIGINT)), NOTHING, 5020},
          {CANCEL(30), END(130), 5020}},
         .ended = true, .cancelled = true},
        {"signals go to the program", false, 5000, -1,
         {{SIGNAL(1, SIGTERM), SEND(SIGTERM), REAPER_NEVER},
          {SIGNAL(2, SIGKILL), SEND(SIGKILL), REAPER_NEVER},
          {SIGNAL(3, 64), SEND(64), REAPER_NEVER},
          {SIGNAL(4, SIGSTOP), SEND(SIGSTOP), REAPER_NEVER}}},
        {"job control is for all", false, 5000, -1,
         {{SIGNAL(1, SIGTSTP), SEND_ALL(SIGSTOP), REAPER_NEVER},
          {SIGNAL(2, SIGCONT), SEND_ALL(SIGCONT), REAPER_NEVER}}},
        {"no signal reaches the heir of the program's number", false, 5000, -1,
         {{CHILD(10, PROGRAM, EXIT(3)), NOTHING, 5010},
          {SIGNAL(20, SIGKILL), NOTHING, 5010},
          {SIGNAL(30, SIGTSTP), SEND_ALL(SIGSTOP), 5010},
          {SIGNAL(40, SIGCONT), SEND_ALL(SIGCONT), 5010},
          {DEADLINE(5010), END(3), 5010}},
         .ended = true, .lingering = true},
        {"the caller is gone", false, 5000, -1, {{GONE(10), END(137), REAPER_NEVER}}},
        {"the caller is gone, cancel or not", true, 5000, 100,
         {{CANCEL(5), SEND(SIGINT), 105}, {GONE(10), END(137), 105}},
         .cancelled = true},
        {"the caller is gone after the end", false, 5000, -1,
         {{CHILD(10, PROGRAM, EXIT(3)), NOTHING, 5010}, {GONE(20), END(3), 5010}},
         .ended = true},
        {"the time is over", false, 5000, -1, {{DEADLINE(1000), END(124), 1000}}, .limit = 1000, .timed_out = true},
        {"the time is over, and no cancel is forwarded", true, 5000, 100, {{DEADLINE(1000), END(124), 1000}}, .limit = 1000,
         .timed_out = true},
        {"cancelled, and then the time is over", true, 5000, 9999,
         {{CANCEL(10), SEND(SIGINT), 1000}, {DEADLINE(1000), END(137), 1000}},
         .limit = 1000, .cancelled = true},
        {"the program ends in time, what lingers does not", false, 5000, -1,
         {{CHILD(10, PROGRAM, EXIT(3)), NOTHING, 1000}, {DEADLINE(1000), END(3), 1000}},
         .limit = 1000, .ended = true, .lingering = true},
        {"what lingers has its delay, and no more time", false, 50, -1,
         {{CHILD(10, PROGRAM, EXIT(3)), NOTHING, 60}, {NO_CHILD(20), END(3), 60}},
         .limit = 1000, .ended = true},
        {"children are no news", false, 5000, -1,
         {{CHILDREN(1), NOTHING, REAPER_NEVER}, {CHILD(10, PROGRAM, EXIT(3)), NOTHING, 5010}, {CHILDREN(10), NOTHING, 5010},
          {NO_CHILD(20), END(3), 5010}},
         .ended = true},
        {"outlived: told once, and the end comes with the last", false, 0, -1,
         {{CHILDREN(1), NOTHING, REAPER_NEVER}, {CHILD(10, PROGRAM, EXIT(3)), NOTHING, REAPER_NEVER},
          {CHILDREN(10), TELL(3), REAPER_NEVER}, {CHILDREN(20), NOTHING, REAPER_NEVER},
          {CHILD(30, ORPHAN, EXIT(9)), NOTHING, REAPER_NEVER}, {NO_CHILD(30), END(3), REAPER_NEVER}},
         .ended = true, .outlive = true},
        {"outlived by nobody", false, 0, -1,
         {{CHILD(10, PROGRAM, EXIT(3)), NOTHING, REAPER_NEVER}, {NO_CHILD(10), END(3), REAPER_NEVER}},
         .ended = true, .outlive = true},
        {"the caller is outlived, too", false, 0, -1,
         {{GONE(1), NOTHING, REAPER_NEVER}, {CHILD(10, PROGRAM, KILLED(9)), NOTHING, REAPER_NEVER},
          {CHILDREN(10), TELL(137), REAPER_NEVER}, {GONE(20), NOTHING, REAPER_NEVER}, {NO_CHILD(30), END(137), REAPER_NEVER}},
         .ended = true, .outlive = true},
        {"no time is outlived", false, 0, -1,
         {{CHILD(10, PROGRAM, EXIT(3)), NOTHING, 60}, {CHILDREN(10), TELL(3), 60}, {DEADLINE(60), END(3), 60}},
         .ended = true, .lingering = true, .limit = 60, .outlive = true},
        {"no cancel is outlived", false, 0, -1, {{CANCEL(10), END(137), REAPER_NEVER}}, .cancelled = true, .outlive = true},
        {"no child, and the program's end was never seen", false, 5000, -1, {{NO_CHILD(10), END(137), REAPER_NEVER}}},
};

static struct reaper start(bool forward_cancel, int64_t adopt_wait_delay, int64_t wait_delay, int64_t limit)
{
        return (struct reaper){
                .program = PROGRAM,
                .forward_cancel = forward_cancel,
                .cancel_signal = SIGINT,
                .adopt_wait_delay = adopt_wait_delay,
                .wait_delay = wait_delay,
                .deadline = limit,
        };
}

static void run(const struct sequence *sequence)
{
        struct reaper reaper = start(sequence->forward_cancel, sequence->adopt_wait_delay, sequence->wait_delay,
                                     sequence->limit ? sequence->limit : REAPER_NEVER);

        reaper.outlive = sequence->outlive;
        for (size_t i = 0; i < ELEMENTS(sequence->steps) && sequence->steps[i].deadline; i++) {
                const struct action *expected = &sequence->steps[i].action;
                struct action action = reaper_step(&reaper, &sequence->steps[i].event);

                if (action.kind != expected->kind || action.signal != expected->signal ||
                    ((action.kind == ACTION_END || action.kind == ACTION_TELL) && action.status != expected->status))
                        fail_msg("%s, step %zu: action %d, signal %d, status %u", sequence->name, i, (int)action.kind,
                                 action.signal, action.status);
                if (reaper.deadline != sequence->steps[i].deadline)
                        fail_msg("%s, step %zu: deadline %" PRId64, sequence->name, i, reaper.deadline);
        }
        if (reaper.cancelled != sequence->cancelled || reaper.lingering != sequence->lingering ||
            reaper.ended != sequence->ended || reaper.timed_out != sequence->timed_out)
                fail_msg("%s: cancelled %d, lingering %d, ended %d, timed out %d", sequence->name, reaper.cancelled,
                         reaper.lingering, reaper.ended, reaper.timed_out);
}

TEST(sequences)
{
        for (size_t i = 0; i < ELEMENTS(sequences); i++)
                run(&sequences[i]);
}

TEST(wait_status_is_kept_as_it_came)
{
        struct reaper reaper = start(false, 5000, -1, REAPER_NEVER);

        reaper_step(&reaper, &(struct event)CHILD(1, ORPHAN, EXIT(9)));
        assert_false(reaper.ended);
        reaper_step(&reaper, &(struct event)CHILD(1, PROGRAM, KILLED(SIGQUIT) | CORE));
        reaper_step(&reaper, &(struct event)CHILD(1, PROGRAM, EXIT(9)));
        assert_true(reaper.ended);
        assert_int_equal(reaper.wait_status, KILLED(SIGQUIT) | CORE);
}

TEST(every_exit_code)
{
        for (uint32_t code = 0; code < 256; code++) {
                struct reaper reaper = start(false, 0, -1, REAPER_NEVER);
                struct action action;

                reaper_step(&reaper, &(struct event)CHILD(1, PROGRAM, EXIT(code)));
                action = reaper_step(&reaper, &(struct event)NO_CHILD(1));
                assert_int_equal(action.kind, ACTION_END);
                assert_int_equal(action.status, code);
        }
}
