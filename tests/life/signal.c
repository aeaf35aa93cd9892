/* SPDX-License-Identifier: MIT */
/* Signals for the program, and stopping and continuing all of a container. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#include "life/child.h"
#include "support/box.h"

/* Whose words are lines. */
static FILE *begin_talking(struct pinfold *box)
{
        char line[32] = "";
        FILE *talk;
        int ends[2];

        assert_int_equal(pipe(ends), 0);
        pinfold_set_stdout(box, ends[1]);
        box_begin(box);
        close(ends[1]);
        talk = fdopen(ends[0], "r");
        assert_non_null(talk);
        assert_non_null(fgets(line, sizeof(line), talk));
        assert_string_equal(line, "ready\n");
        return talk;
}

static void assert_line(FILE *talk, const char *expected)
{
        char line[32] = "";

        assert_non_null(fgets(line, sizeof(line), talk));
        assert_string_equal(line, expected);
}

TEST(each_reaches_the_program_under_its_number)
{
        static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM,
                                      SIGTERM, SIGWINCH, SIGURG, SIGIO, 35, 50, 64};
        struct pinfold *box = box_new("for n in 1 2 3 10 12 13 14 15 28 23 29 35 50 64; do"
                                      "        trap \"echo got $n\" $n;"
                                      "done;"
                                      "echo ready; while :; do sleep 0.005; done");
        FILE *talk = begin_talking(box);

        for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
                assert_int_equal(pinfold_signal(box, signals[i]), 0);
                assert_line(talk, format("got %d\n", signals[i]));
        }
        assert_int_equal(pinfold_signal(box, SIGKILL), 0);
        assert_int_equal(box_wait(box).signal, SIGKILL);
        pinfold_free(box);
        fclose(talk);
}

TEST(numbers_that_are_none)
{
        struct pinfold *box = box_new("echo ready; read line");
        int input[2];
        FILE *talk;

        assert_int_equal(pipe(input), 0);
        pinfold_set_stdin(box, input[0]);
        talk = begin_talking(box);
        assert_int_equal(pinfold_signal(box, 0), -EINVAL);
        assert_int_equal(pinfold_signal(box, -1), -EINVAL);
        assert_int_equal(pinfold_signal(box, 65), -EINVAL);
        assert_int_equal(pinfold_signal(box, 1 << 30), -EINVAL);
        assert_int_equal(pinfold_wait(box, 50, NULL, NULL), -ETIMEDOUT);
        close(input[1]);
        box_wait(box);
        pinfold_free(box);
        close(input[0]);
        fclose(talk);
}

/* To the initial program alone, not to its children: they are the program's business. */
TEST(the_program_alone)
{
        struct pinfold *box = box_new("(trap 'echo child' USR1; while :; do sleep 0.01; done) &"
                                      "trap 'echo program' USR1; echo ready; while :; do sleep 0.01; done");
        FILE *talk = begin_talking(box);

        for (int i = 0; i < 3; i++) {
                assert_int_equal(pinfold_signal(box, SIGUSR1), 0);
                assert_line(talk, "program\n");
        }
        pinfold_free(box);
        fclose(talk);
}

/* Job control signals do not cross sessions, so these two are for everything inside. */
TEST(stop_and_continue_everything)
{
        struct pinfold *box = box_new("setsid sleep 1000 & (sleep 1000; :) & trap 'echo usr1' USR1; echo ready;"
                                      "while :; do sleep 1000 & wait $!; done");
        FILE *talk = begin_talking(box);
        pid_t all[16];
        size_t count;

        eventually(box_processes(box, all, 16) >= 5);
        pause_ms(50);
        count = box_processes(box, all, 16);
        for (int round = 0; round < 2; round++) {
                assert_int_equal(pinfold_signal(box, SIGTSTP), 0);
                for (size_t i = 0; i < count; i++)
                        eventually(process_state(all[i]) == 'T');
                eventually(process_state(pinfold_pid(box)) == 'S'); /* PID 1 goes on watching */
                assert_int_equal(pinfold_wait(box, 50, NULL, NULL), -ETIMEDOUT);
                assert_int_equal(pinfold_signal(box, SIGCONT), 0);
                for (size_t i = 0; i < count; i++)
                        eventually(process_state(all[i]) == 'S');
        }
        assert_int_equal(pinfold_signal(box, SIGUSR1), 0);
        assert_line(talk, "usr1\n");
        pinfold_free(box);
        fclose(talk);
        for (size_t i = 0; i < count; i++)
                assert_false(is_running(all[i]));
}

/* ---- Before the execution ---------------------------------------------------------------------------------------- */

static void held_until_executed(int signal)
{
        struct pinfold *box = box_sleep();
        struct pinfold_status status;

        assert_int_equal(pinfold_start(box, NULL), 0);
        assert_int_equal(pinfold_signal(box, signal), 0);
        assert_int_equal(pinfold_serve(box, NULL), 0); /* setup is not disturbed */
        status = box_wait(box);
        assert_int_equal(status.signal, signal);
        assert_int_equal(status.cancelled, 0);
        pinfold_free(box);
}

TEST(delivered_after_the_execution)
{
        static const int signals[] = {SIGHUP, SIGINT, SIGUSR1, SIGTERM, SIGKILL, 34, 64};

        for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
                held_until_executed(signals[i]);
}

/* Stopped as soon as it has been executed; one that is quicker than PID 1 has ended by then, so it is not. */
TEST(stopped_before_the_execution)
{
        struct pinfold *box = box_new("exec sleep 1");
        pid_t program;

        assert_int_equal(pinfold_start(box, NULL), 0);
        assert_int_equal(pinfold_signal(box, SIGTSTP), 0);
        assert_int_equal(pinfold_serve(box, NULL), 0);
        assert_int_equal(box_processes(box, &program, 1), 1);
        eventually(process_state(program) == 'T');
        assert_int_equal(pinfold_signal(box, SIGCONT), 0);
        assert_int_equal(box_wait(box).status, 0);
        pinfold_free(box);
}

/* As with signals that are pending anywhere: each of the two takes the other back. */
TEST(stopped_and_continued_before_the_execution)
{
        struct pinfold_status status = {.size = sizeof(status)};
        struct pinfold *box = box_new("sleep 0.3; exit 4");
        pid_t program;

        assert_int_equal(pinfold_start(box, NULL), 0);
        assert_int_equal(pinfold_signal(box, SIGTSTP), 0);
        assert_int_equal(pinfold_signal(box, SIGCONT), 0);
        assert_int_equal(pinfold_serve(box, NULL), 0);
        assert_int_equal(pinfold_wait(box, 20000, &status, NULL), 0);
        assert_int_equal(status.status, 4);
        pinfold_free(box);

        /* One process: a shell waits in vfork for a child that was stopped before its execve, and cannot stop itself. */
        box = box_new("exec sleep 0.3");
        assert_int_equal(pinfold_start(box, NULL), 0);
        assert_int_equal(pinfold_signal(box, SIGCONT), 0);
        assert_int_equal(pinfold_signal(box, SIGTSTP), 0);
        assert_int_equal(pinfold_serve(box, NULL), 0);
        assert_int_equal(pinfold_wait(box, 600, NULL, NULL), -ETIMEDOUT);
        assert_int_equal(box_processes(box, &program, 1), 1);
        eventually(process_state(program) == 'T');
        assert_int_equal(pinfold_wait(box, 100, NULL, NULL), -ETIMEDOUT);
        pinfold_free(box);
}

/* ---- After the end ----------------------------------------------------------------------------------------------- */

/* The program's process id may be somebody else's by then. */
TEST(nothing_once_the_program_has_ended)
{
        struct pinfold_status status;
        struct pinfold *box = box_new("(echo ready; sleep 1; exit 0) & exit 6");
        FILE *talk = begin_talking(box);

        pause_ms(100);
        for (int i = 0; i < 10; i++)
                pinfold_signal(box, SIGKILL);
        status = box_wait(box);
        assert_int_equal(status.status, 6);
        assert_int_equal(status.lingered, 0);
        assert_int_equal(pinfold_signal(box, SIGTERM), -ESRCH);
        pinfold_free(box);
        fclose(talk);
}

/* ---- Many, from anywhere ----------------------------------------------------------------------------------------- */

static void *signal_always(void *argument)
{
        struct pinfold *box = argument;
        int r;

        while ((r = pinfold_signal(box, SIGWINCH)) == 0 || r == -EAGAIN)
                ;
        return (void *)(intptr_t)r;
}

TEST(a_flood_from_several_threads)
{
        struct pinfold *box = box_new("echo ready; sleep 0.5; exit 7");
        pthread_t threads[4];
        void *result;
        FILE *talk = begin_talking(box);

        for (int i = 0; i < 4; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, signal_always, box), 0);
        assert_int_equal(box_wait(box).status, 7);
        for (int i = 0; i < 4; i++) {
                pthread_join(threads[i], &result);
                assert_int_equal((intptr_t)result, -ESRCH);
        }
        pinfold_free(box);
        fclose(talk);
}

/* During setup as well: the setup message is not torn. */
TEST(a_flood_during_setup)
{
        for (int i = 0; i < 10; i++) {
                struct pinfold *box = box_new("exit 8");
                char *content = calloc(1, 1000000);
                pthread_t thread;

                assert_non_null(content);
                assert_int_equal(pinfold_place(box, "/tmp/some", content, 1000000), 0);
                free(content);
                assert_int_equal(pinfold_start(box, NULL), 0);
                assert_int_equal(pthread_create(&thread, NULL, signal_always, box), 0);
                assert_int_equal(pinfold_serve(box, NULL), 0);
                assert_int_equal(box_wait(box).status, 8);
                pthread_join(thread, NULL);
                pinfold_free(box);
        }
}

static struct pinfold *volatile handled_box;
static volatile sig_atomic_t handled;

static void forward_handler(int signal)
{
        (void)signal;
        if (pinfold_signal(handled_box, SIGUSR1) == 0)
                handled++;
}

static void from_handlers(void **state)
{
        struct sigaction action = {.sa_handler = forward_handler};
        struct itimerval timer = {.it_value = {.tv_usec = 100000}};
        struct pinfold *box = box_new("trap 'exit 9' USR1; echo ready; while :; do sleep 0.01; done");
        FILE *talk = begin_talking(box);

        (void)state;
        handled_box = box;
        sigaction(SIGALRM, &action, NULL);
        setitimer(ITIMER_REAL, &timer, NULL);
        assert_int_equal(box_wait(box).status, 9);
        assert_int_equal(handled, 1);
        pinfold_free(box);
        fclose(talk);
}

TEST(from_a_signal_handler)
{
        in_child(from_handlers);
}
