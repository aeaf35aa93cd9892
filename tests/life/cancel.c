/* SPDX-License-Identifier: MIT */
/* Ending a container early: cancel at every moment, forwarded or not, and what is reported of it. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#include "life/child.h"
#include "support/box.h"

/* Waits for the word "ready" of the program. Returns the end to read more from. */
static int begin_ready(struct pinfold *box)
{
        char text[6] = "";
        int ends[2];

        assert_int_equal(pipe(ends), 0);
        pinfold_set_stdout(box, ends[1]);
        box_begin(box);
        close(ends[1]);
        assert_int_equal(read(ends[0], text, 6), 6);
        assert_memory_equal(text, "ready\n", 6);
        return ends[0];
}

static void assert_cancelled(const struct pinfold_status *status, int number)
{
        assert_int_equal(status->cancelled, 1);
        assert_int_equal(status->status, number);
        assert_int_equal(status->lost, 0);
        assert_int_equal(status->lingered, 0);
}

/* ---- Before the program is there --------------------------------------------------------------------------------- */

static void serve_is_cancelled(struct pinfold *box)
{
        struct pinfold_error err = {0};
        int r = pinfold_serve(box, &err);

        if (r != -ECANCELED)
                fail_msg("%d: %s", r, err.text);
        assert_string_equal(err.text, "cannot set up container: cancelled: Operation canceled");
        assert_int_equal(err.stage, PINFOLD_STAGE_SERVE);
        assert_int_equal(err.error, ECANCELED);
        pinfold_free(box);
        assert_no_children();
}

TEST(before_serve)
{
        struct pinfold *box = box_new("exit 0");
        struct pollfd gone;

        assert_int_equal(pinfold_start(box, NULL), 0);
        assert_int_equal(pinfold_cancel(box), 0);
        serve_is_cancelled(box);

        /* Also when it is long gone. */
        box = box_new("exit 0");
        assert_int_equal(pinfold_start(box, NULL), 0);
        gone = (struct pollfd){.fd = pinfold_pidfd(box), .events = POLLIN};
        assert_int_equal(pinfold_cancel(box), 0);
        assert_int_equal(poll(&gone, 1, 10000), 1);
        assert_int_equal(pinfold_cancel(box), -ESRCH);
        serve_is_cancelled(box);
}

/* A program that is not there yet cannot be asked to end. */
TEST(before_serve_although_forwarded)
{
        struct pinfold *box = box_new("trap '' INT; exit 0");

        pinfold_set_flags(box, PINFOLD_FORWARD_CANCEL, 1);
        assert_int_equal(pinfold_start(box, NULL), 0);
        assert_int_equal(pinfold_cancel(box), 0);
        serve_is_cancelled(box);
}

/* More than the socket holds: the request cannot go the same way. */
TEST(while_parameters_are_sent)
{
        enum { SIZE = 10 * 1000 * 1000 };
        struct pinfold_error err = {0};
        struct pinfold *box = box_new("exit 0");
        char *content = calloc(1, SIZE);
        int r;

        assert_non_null(content);
        assert_int_equal(pinfold_place(box, "/tmp/big", content, SIZE), 0);
        free(content);
        assert_int_equal(pinfold_start(box, &err), 0);
        assert_int_equal(pinfold_serve_begin(box, &err), 0);
        assert_int_equal(pinfold_serve_step(box, &err), 0);
        assert_int_equal(pinfold_cancel(box), 0);
        while ((r = pinfold_serve_step(box, &err)) == 0) {
                struct pollfd socket = {.fd = pinfold_poll_fd(box), .events = pinfold_poll_events(box)};

                assert_int_equal(poll(&socket, 1, 10000), 1);
        }
        if (r != -ECANCELED)
                fail_msg("%d: %s", r, err.text);
        pinfold_free(box);
        assert_no_children();
}

struct delayed {
        struct pinfold *box;
        int microseconds;
        int result;
};

static void *cancel_later(void *argument)
{
        struct delayed *delayed = argument;
        struct timespec time = {0, delayed->microseconds * 1000L};

        nanosleep(&time, NULL);
        delayed->result = pinfold_cancel(delayed->box);
        return NULL;
}

/*
 * Another thread cancels at some moment of setup or shortly after. Whichever it is, the container ends: either serve
 * says so, or wait.
 */
static void cancel_at(int microseconds, unsigned flags)
{
        struct pinfold_status status = {.size = sizeof(status)};
        struct pinfold_error err = {0};
        struct delayed delayed = {.microseconds = microseconds};
        struct pinfold *box = box_sleep();
        pthread_t thread;
        int r;

        pinfold_set_flags(box, flags, 1);
        assert_int_equal(pinfold_start(box, &err), 0);
        delayed.box = box;
        assert_int_equal(pthread_create(&thread, NULL, cancel_later, &delayed), 0);
        r = pinfold_serve(box, &err);
        if (r < 0 && r != -ECANCELED)
                fail_msg("after %d us: %s", microseconds, err.text);
        if (r == 0 && pinfold_wait(box, 20000, &status, &err) < 0)
                fail_msg("after %d us: %s", microseconds, err.text);
        if (r == 0)
                assert_cancelled(&status, flags & PINFOLD_FORWARD_CANCEL ? 128 + SIGINT : 128 + SIGKILL);
        pthread_join(thread, NULL);
        assert_int_equal(delayed.result, 0);
        pinfold_free(box);
        assert_no_children();
}

TEST(at_any_moment_of_setup)
{
        for (int microseconds = 0; microseconds < 12000; microseconds += 100) {
                cancel_at(microseconds, 0);
                cancel_at(microseconds, PINFOLD_FORWARD_CANCEL);
        }
}

/* ---- While it runs ----------------------------------------------------------------------------------------------- */

TEST(a_running_program)
{
        struct pinfold *box = box_new("trap '' INT TERM; echo ready; sleep 1000 & sleep 1000");
        struct pinfold_status status;
        int output = begin_ready(box);

        assert_int_equal(pinfold_cancel(box), 0);
        status = box_wait(box);
        assert_cancelled(&status, 128 + SIGKILL);
        assert_int_equal(status.signal, SIGKILL);
        assert_int_equal(status.exited, 0);
        assert_int_equal(pinfold_cancel(box), -ESRCH);
        pinfold_free(box);
        close(output);
        assert_no_children();
}

TEST(a_stopped_program)
{
        struct pinfold *box = box_new("echo ready; kill -STOP $$");
        struct pinfold_status status;
        int output = begin_ready(box);
        pid_t program;

        assert_int_equal(box_processes(box, &program, 1), 1);
        eventually(process_state(program) == 'T');
        assert_int_equal(pinfold_cancel(box), 0);
        status = box_wait(box);
        assert_cancelled(&status, 128 + SIGKILL);
        pinfold_free(box);
        close(output);
}

TEST(from_another_thread_while_wait_blocks)
{
        struct pinfold *box = box_new("echo ready; sleep 1000");
        struct pinfold_status status;
        int output = begin_ready(box);
        struct delayed delayed = {.box = box, .microseconds = 100000};
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, cancel_later, &delayed), 0);
        status = box_wait(box);
        pthread_join(thread, NULL);
        assert_int_equal(delayed.result, 0);
        assert_cancelled(&status, 128 + SIGKILL);
        pinfold_free(box);
        close(output);
}

static struct pinfold *volatile handled_box;
static volatile sig_atomic_t handled, handled_result, handled_errno;

static void cancel_handler(int signal)
{
        int saved = errno;

        (void)signal;
        errno = 4711;
        handled_result = pinfold_cancel(handled_box);
        handled_errno = errno;
        handled++;
        errno = saved;
}

static void in_signal_handler(void **state)
{
        struct sigaction action = {.sa_handler = cancel_handler};
        struct itimerval timer = {.it_value = {.tv_usec = 100000}};
        struct pinfold *box = box_new("echo ready; sleep 1000");
        struct pinfold_status status;
        int output = begin_ready(box);

        (void)state;
        handled_box = box;
        sigaction(SIGALRM, &action, NULL);
        setitimer(ITIMER_REAL, &timer, NULL);
        status = box_wait(box);
        assert_cancelled(&status, 128 + SIGKILL);
        assert_int_equal(handled, 1);
        assert_int_equal(handled_result, 0);
        assert_int_equal(handled_errno, 4711);
        pinfold_free(box);
        close(output);
}

TEST(from_a_signal_handler)
{
        in_child(in_signal_handler);
}

/* Handlers and threads that come too late meet a container that is gone, never somebody else's descriptor. */
static void *cancel_always(void *argument)
{
        struct pinfold *box = argument;
        int r;

        while ((r = pinfold_cancel(box)) == 0)
                ;
        return (void *)(intptr_t)r;
}

TEST(against_the_end)
{
        for (int i = 0; i < 50; i++) {
                struct pinfold *box = box_new("exit 0");
                pthread_t threads[3];
                void *result;

                box_begin(box);
                for (int j = 0; j < 3; j++)
                        assert_int_equal(pthread_create(&threads[j], NULL, cancel_always, box), 0);
                box_wait(box);
                for (int j = 0; j < 3; j++) {
                        pthread_join(threads[j], &result);
                        assert_int_equal((intptr_t)result, -ESRCH);
                }
                pinfold_free(box);
        }
}

TEST(a_sigterm_to_pid_1_from_outside_is_a_cancel)
{
        struct pinfold *box = box_new("echo ready; sleep 1000");
        struct pinfold_status status;
        int output = begin_ready(box);

        assert_int_equal(kill(pinfold_pid(box), SIGTERM), 0);
        status = box_wait(box);
        assert_cancelled(&status, 128 + SIGKILL);
        pinfold_free(box);
        close(output);

        box = box_new("trap 'exit 41' INT; echo ready; while :; do sleep 0.01; done");
        pinfold_set_flags(box, PINFOLD_FORWARD_CANCEL, 1);
        output = begin_ready(box);
        assert_int_equal(kill(pinfold_pid(box), SIGTERM), 0);
        status = box_wait(box);
        assert_cancelled(&status, 41);
        pinfold_free(box);
        close(output);
}

/* A terminal's SIGINT may reach it, and is the program's business. */
TEST(other_signals_to_pid_1_from_outside_do_nothing)
{
        struct pinfold_status status = {.size = sizeof(status)};
        struct pinfold *box = box_new("echo ready; read line; exit 42");
        int input[2], output;

        assert_int_equal(pipe(input), 0);
        pinfold_set_stdin(box, input[0]);
        output = begin_ready(box);
        for (int signal = 1; signal <= 64; signal++) {
                /* From outside, these two cannot be refused: 9 ends it; 19 stops PID 1. */
                if (signal == SIGKILL || signal == SIGSTOP || signal == SIGTERM)
                        continue;
                assert_int_equal(kill(pinfold_pid(box), signal), 0);
        }
        assert_int_equal(pinfold_wait(box, 200, NULL, NULL), -ETIMEDOUT);
        assert_int_equal(write(input[1], "\n", 1), 1);
        status = box_wait(box);
        assert_int_equal(status.status, 42);
        assert_int_equal(status.cancelled, 0);
        pinfold_free(box);
        close(input[0]);
        close(input[1]);
        close(output);
}

TEST(a_sigkill_to_pid_1_from_outside_is_a_loss)
{
        struct pinfold *box = box_new("echo ready; sleep 1000");
        struct pinfold_status status;
        int output = begin_ready(box);
        pid_t inside[8];
        size_t count = box_processes(box, inside, 8);

        assert_true(count >= 1);
        assert_int_equal(kill(pinfold_pid(box), SIGKILL), 0);
        status = box_wait(box);
        assert_int_equal(status.lost, 1);
        assert_int_equal(status.status, 137);
        assert_int_equal(status.signal, SIGKILL);
        assert_int_equal(status.exited, 0);
        assert_int_equal(status.cancelled, 0);
        for (size_t i = 0; i < count; i++)
                assert_false(is_running(inside[i]));
        pinfold_free(box);
        close(output);
        assert_no_children();
}

TEST(a_sigkill_to_pid_1_during_setup)
{
        struct pinfold_error err = {0};
        struct pinfold *box = box_new("exit 0");
        int r;

        assert_int_equal(pinfold_start(box, &err), 0);
        assert_int_equal(kill(pinfold_pid(box), SIGSTOP), 0);
        assert_int_equal(pinfold_serve_begin(box, &err), 0);
        assert_int_equal(pinfold_serve_step(box, &err), 0);
        assert_int_equal(kill(pinfold_pid(box), SIGKILL), 0);
        while ((r = pinfold_serve_step(box, &err)) == 0)
                pause_ms(1);
        assert_int_equal(r, -ECHILD);
        assert_string_equal(err.text, "cannot set up container: PID 1 was killed during setup");
        assert_int_equal(err.stage, PINFOLD_STAGE_SERVE);
        pinfold_free(box);
        assert_no_children();
}

/* ---- Forwarded --------------------------------------------------------------------------------------------------- */

/* Says "int" for each SIGINT, and ends by SIGUSR1. */
#define STUBBORN "trap 'echo int' INT; trap 'exit 51' USR1; echo ready; while :; do sleep 0.01; done"

TEST(forwarded_to_the_program)
{
        struct pinfold *box = box_new("trap 'echo int; exit 52' INT; echo ready; while :; do sleep 0.01; done");
        struct pinfold_status status;
        char text[8] = "";
        int output;

        pinfold_set_flags(box, PINFOLD_FORWARD_CANCEL, 1);
        output = begin_ready(box);
        assert_int_equal(pinfold_cancel(box), 0);
        status = box_wait(box);
        assert_cancelled(&status, 52);
        assert_int_equal(status.exited, 1);
        assert_int_equal(status.code, 52);
        assert_int_equal(read(output, text, sizeof(text)), 4);
        assert_string_equal(text, "int\n");
        pinfold_free(box);
        close(output);
}

/* Without wait_delay a program decides for itself. */
TEST(forwarded_as_often_as_asked)
{
        struct pinfold *box = box_new(STUBBORN);
        struct pinfold_status status;
        char text[8] = "";
        int output;

        pinfold_set_flags(box, PINFOLD_FORWARD_CANCEL, 1);
        output = begin_ready(box);
        for (int i = 0; i < 3; i++) {
                assert_int_equal(pinfold_cancel(box), 0);
                assert_int_equal(read(output, text, 4), 4);
                assert_string_equal(text, "int\n");
        }
        assert_int_equal(pinfold_wait(box, 200, NULL, NULL), -ETIMEDOUT);
        assert_int_equal(pinfold_signal(box, SIGUSR1), 0);
        status = box_wait(box);
        assert_cancelled(&status, 51);
        pinfold_free(box);
        close(output);
}

/* Once the program has ended, cancel ends those that it left behind. The run itself was not cancelled. */
TEST(the_second_stage)
{
        struct pinfold *box = box_new("(trap '' INT; sleep 1000) & echo ready; exit 53");
        struct pinfold_status status;
        int output;

        pinfold_set_flags(box, PINFOLD_FORWARD_CANCEL, 1);
        pinfold_set_adopt_wait_delay(box, 1000000);
        output = begin_ready(box);
        assert_int_equal(pinfold_wait(box, 300, NULL, NULL), -ETIMEDOUT);
        assert_int_equal(pinfold_cancel(box), 0);
        status = box_wait(box);
        assert_int_equal(status.status, 53);
        assert_int_equal(status.exited, 1);
        assert_int_equal(status.cancelled, 0);
        assert_int_equal(status.lost, 0);
        pinfold_free(box);
        close(output);
}

TEST(both_stages)
{
        struct pinfold *box =
                box_new("(trap '' INT; sleep 1000) & trap 'exit 54' INT; echo ready; while :; do sleep 0.01; done");
        struct pinfold_status status;
        pid_t program[8];
        int output;

        pinfold_set_flags(box, PINFOLD_FORWARD_CANCEL, 1);
        pinfold_set_adopt_wait_delay(box, 1000000);
        output = begin_ready(box);
        assert_true(box_processes(box, program, 8) >= 1);
        assert_int_equal(pinfold_cancel(box), 0);
        eventually(!is_running(program[0]));
        assert_int_equal(pinfold_wait(box, 100, NULL, NULL), -ETIMEDOUT);
        assert_int_equal(pinfold_cancel(box), 0);
        status = box_wait(box);
        assert_cancelled(&status, 54);
        pinfold_free(box);
        close(output);
}

TEST(killed_after_the_delay)
{
        struct pinfold *box = box_new(STUBBORN);
        struct pinfold_status status;
        int64_t begin;
        int output;

        pinfold_set_flags(box, PINFOLD_FORWARD_CANCEL, 1);
        pinfold_set_wait_delay(box, 200);
        output = begin_ready(box);
        assert_int_equal(pinfold_wait(box, 400, NULL, NULL), -ETIMEDOUT); /* the delay counts from cancel */
        begin = now_ms();
        assert_int_equal(pinfold_cancel(box), 0);
        status = box_wait(box);
        assert_true(now_ms() - begin >= 199);
        assert_cancelled(&status, 128 + SIGKILL);
        pinfold_free(box);
        close(output);
}

/* Asking again does not push the deadline away. */
TEST(the_delay_counts_from_the_first_cancel)
{
        struct pinfold *box = box_new(STUBBORN);
        struct pinfold_status status = {.size = sizeof(status)};
        int output, tries = 0;

        pinfold_set_flags(box, PINFOLD_FORWARD_CANCEL, 1);
        pinfold_set_wait_delay(box, 300);
        output = begin_ready(box);
        do
                pinfold_cancel(box);
        while (pinfold_wait(box, 50, &status, NULL) == -ETIMEDOUT && ++tries < 400);
        assert_cancelled(&status, 128 + SIGKILL);
        pinfold_free(box);
        close(output);
}

TEST(a_delay_of_nothing)
{
        struct pinfold *box = box_new(STUBBORN);
        struct pinfold_status status;
        int output;

        pinfold_set_flags(box, PINFOLD_FORWARD_CANCEL, 1);
        pinfold_set_wait_delay(box, 0);
        output = begin_ready(box);
        assert_int_equal(pinfold_cancel(box), 0);
        status = box_wait(box);
        assert_cancelled(&status, 128 + SIGKILL);
        pinfold_free(box);
        close(output);
}

/* In time: nothing is killed, and what lingers has its own delay. */
TEST(a_program_that_obeys_within_the_delay)
{
        struct pinfold *box = box_new("trap 'exit 55' INT; echo ready; while :; do sleep 0.01; done");
        struct pinfold_status status;
        int output;

        pinfold_set_flags(box, PINFOLD_FORWARD_CANCEL, 1);
        pinfold_set_wait_delay(box, 1000000);
        output = begin_ready(box);
        assert_int_equal(pinfold_cancel(box), 0);
        status = box_wait(box);
        assert_cancelled(&status, 55);
        pinfold_free(box);
        close(output);
}
