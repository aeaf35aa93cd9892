/* SPDX-License-Identifier: MIT */
/*
 * A caller that dies takes its containers along, however and whenever it dies. The callers here are processes of their
 * own; what they leave behind becomes the test's child, so that it can tell when nothing is left. PID 1 of a container
 * is gone only after everything else in it is.
 */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life/child.h"
#include "support/box.h"

/* What a caller tells of itself, over a pipe, before it is killed. */
struct told {
        pid_t container;
        pid_t other; /* a forked child of it */
};

static int telling = -1;

static void tell(const struct pinfold *box, pid_t other)
{
        struct told told = {pinfold_pid(box), other};

        if (write(telling, &told, sizeof(told)) != sizeof(told))
                _exit(99);
}

static void must(int condition)
{
        if (!condition)
                _exit(98);
}

/* Runs a caller until it has told; then it waits for its death. */
static pid_t start_caller(void (*life)(void), struct told *ret)
{
        int ends[2];
        pid_t pid;

        assert_int_equal(pipe(ends), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                close(ends[0]);
                telling = ends[1];
                life();
                for (;;)
                        pause();
        }
        close(ends[1]);
        if (read(ends[0], ret, sizeof(*ret)) != sizeof(*ret))
                fail_msg("the caller has failed");
        close(ends[0]);
        return pid;
}

/* With everything of it gone afterwards. */
static void dies(void (*life)(void), int signal)
{
        struct told told;
        pid_t pid;

        adopt_orphans();
        pid = start_caller(life, &told);
        assert_true(is_running(told.container));
        assert_int_equal(kill(pid, signal), 0);
        all_gone(20);
        assert_false(is_running(told.container));
}

/* Signals ignored, sessions of their own, double forks, and one that is stopped. */
#define STUBBORN                                                                                                    \
        "trap '' HUP INT TERM QUIT; setsid sh -c 'trap \"\" HUP; sleep 1000' & (setsid sleep 1000 &) ;"              \
        "sh -c 'kill -STOP $$' & echo ready; sleep 1000"

static void started(void)
{
        struct pinfold *box = box_new("exit 0");

        must(pinfold_start(box, NULL) == 0);
        tell(box, 0);
}

TEST(after_start)
{
        dies(started, SIGKILL);
}

static void serving(void)
{
        enum { SIZE = 10000000 };
        struct pinfold *box = box_new("exit 0");
        char *content = calloc(1, SIZE);

        must(content && pinfold_place(box, "/tmp/big", content, SIZE) == 0);
        must(pinfold_start(box, NULL) == 0 && pinfold_serve_begin(box, NULL) == 0);
        must(pinfold_serve_step(box, NULL) == 0); /* part of it is there */
        tell(box, 0);
}

TEST(while_parameters_are_sent)
{
        dies(serving, SIGKILL);
}

static struct pinfold *run_stubborn(void)
{
        struct pinfold *box = box_new(STUBBORN);
        int ends[2];
        char text[8];

        must(pipe(ends) == 0);
        pinfold_set_stdout(box, ends[1]);
        must(pinfold_start(box, NULL) == 0 && pinfold_serve(box, NULL) == 0);
        must(read(ends[0], text, sizeof(text)) == 6);
        return box;
}

static void running(void)
{
        tell(run_stubborn(), 0);
}

TEST(while_it_runs)
{
        dies(running, SIGKILL);
        dies(running, SIGTERM);
        dies(running, SIGHUP);
}

static void forwarding(void)
{
        struct pinfold *box = box_new("trap '' INT; sleep 1000");

        pinfold_set_flags(box, PINFOLD_FORWARD_CANCEL, 1);
        must(pinfold_start(box, NULL) == 0 && pinfold_serve(box, NULL) == 0);
        tell(box, 0);
}

/* This is no cancel: nobody is asked. */
TEST(with_forward_cancel)
{
        dies(forwarding, SIGKILL);
}

static void waiting(void)
{
        struct pinfold *box = run_stubborn();

        tell(box, 0);
        pinfold_wait(box, -1, NULL, NULL);
}

TEST(while_it_waits)
{
        dies(waiting, SIGKILL);
}

static void lingering(void)
{
        struct pinfold *box = box_new("sleep 1000 & exit 0");

        pinfold_set_adopt_wait_delay(box, INT64_MAX);
        must(pinfold_start(box, NULL) == 0 && pinfold_serve(box, NULL) == 0);
        pinfold_wait(box, 100, NULL, NULL);
        tell(box, 0);
}

TEST(while_processes_linger)
{
        dies(lingering, SIGKILL);
}

static void stopped(void)
{
        struct pinfold *box = run_stubborn();

        must(pinfold_signal(box, SIGTSTP) == 0);
        pause_ms(50);
        tell(box, 0);
}

TEST(while_the_container_is_stopped)
{
        dies(stopped, SIGKILL);
}

static void exiting(void)
{
        tell(run_stubborn(), 0);
        exit(0);
}

static void executing(void)
{
        tell(run_stubborn(), 0);
        execl("/bin/true", "true", (char *)NULL);
        _exit(97);
}

TEST(it_exits_without_a_thought)
{
        struct told told;

        adopt_orphans();
        start_caller(exiting, &told);
        all_gone(20);
        start_caller(executing, &told);
        all_gone(20);
}

/* An execution keeps the process, but nobody is left that could do anything with the container. */
static void executing_and_living(void)
{
        tell(run_stubborn(), 0);
        execl("/usr/bin/sleep", "sleep", "1000", (char *)NULL);
        _exit(97);
}

TEST(it_becomes_another_program)
{
        struct told told;
        pid_t pid;

        adopt_orphans();
        pid = start_caller(executing_and_living, &told);
        eventually(!is_running(told.container));
        assert_true(is_running(pid));
        kill(pid, SIGKILL);
        all_gone(20);
}

/* ---- Forked children of it --------------------------------------------------------------------------------------- */

static void with_a_copy(struct pinfold *box)
{
        pid_t copy = fork();

        must(copy >= 0);
        if (copy == 0)
                for (;;)
                        pause(); /* and holds the socket and the pidfd */
        tell(box, copy);
}

static void copied_started(void)
{
        struct pinfold *box = box_new("exit 0");

        must(pinfold_start(box, NULL) == 0);
        with_a_copy(box);
}

static void copied_serving(void)
{
        struct pinfold *box = box_new("exit 0");
        char *content = calloc(1, 1000000);

        must(content && pinfold_place(box, "/tmp/big", content, 1000000) == 0);
        must(pinfold_start(box, NULL) == 0 && pinfold_serve_begin(box, NULL) == 0);
        must(pinfold_serve_step(box, NULL) == 0);
        with_a_copy(box);
}

static void copied_running(void)
{
        with_a_copy(run_stubborn());
}

TEST(a_forked_child_that_holds_the_socket_keeps_nothing_alive)
{
        void (*const lives[])(void) = {copied_started, copied_serving, copied_running};

        adopt_orphans();
        for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
                struct told told;
                pid_t pid = start_caller(lives[i], &told);

                assert_int_equal(kill(pid, SIGKILL), 0);
                assert_int_equal(waitpid(pid, NULL, 0), pid);
                eventually(waitpid(told.container, NULL, WNOHANG) == told.container);
                assert_true(is_running(told.other));
                kill(told.other, SIGKILL);
                all_gone(20);
        }
}

/* ---- Threads ----------------------------------------------------------------------------------------------------- */

static void *outlive(void *argument)
{
        pause_ms(300);
        /* The main thread has ended, and the container has not. */
        must(pinfold_wait(argument, 0, NULL, NULL) == -ETIMEDOUT);
        tell(argument, 0);
        pause();
        return NULL;
}

static void main_thread_ends(void)
{
        struct pinfold *box = run_stubborn();
        pthread_t thread;

        must(pthread_create(&thread, NULL, outlive, box) == 0);
        pthread_exit(NULL);
}

TEST(its_main_thread_ends_first)
{
        dies(main_thread_ends, SIGKILL);
}

/* ---- Any moment -------------------------------------------------------------------------------------------------- */

static void start_forever(void)
{
        struct told told = {0, 0};

        must(write(telling, &told, sizeof(told)) == sizeof(told));
        for (;;) {
                struct pinfold *box = box_new("sleep 1000 & exit 0");

                pinfold_set_adopt_wait_delay(box, 0);
                must(pinfold_start(box, NULL) == 0 && pinfold_serve(box, NULL) == 0);
                must(pinfold_wait(box, -1, NULL, NULL) == 0);
                pinfold_free(box);
        }
}

/* A run takes a few milliseconds, more on a busy machine: within a few of them. */
TEST(at_any_moment)
{
        int rounds = stress_size(150, 1000);
        int64_t begin = now_ms();
        unsigned seed = (unsigned)begin;

        print_message("# seed %u\n", seed);
        srandom(seed);
        adopt_orphans();
        for (int round = 0; round < rounds; round++) {
                struct timespec moment = {0, random() % 25000000};
                struct told told;
                pid_t pid = start_caller(start_forever, &told);

                nanosleep(&moment, NULL);
                assert_int_equal(kill(pid, SIGKILL), 0);
                all_gone(20);
        }
}
