/* SPDX-License-Identifier: MIT */
/* Many containers at once, from many threads, with signals arriving; and whose handlers run where. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life/child.h"
#include "support/box.h"

/* The child of a start shares our memory until it executes init: if a handler ever ran there, it would count here. */
static atomic_int handled_here, handled_elsewhere;
static pid_t here;

static void count(int signal)
{
        (void)signal;
        if (syscall(SYS_getpid) == here)
                handled_here++;
        else
                handled_elsewhere++;
}

static void count_signals(int flags)
{
        struct sigaction action = {.sa_handler = count, .sa_flags = flags};

        here = getpid();
        sigaction(SIGALRM, &action, NULL);
        sigaction(SIGUSR1, &action, NULL);
        sigaction(SIGRTMIN, &action, NULL);
}

static void every_millisecond(void)
{
        struct itimerval timer = {.it_interval = {.tv_usec = 1000}, .it_value = {.tv_usec = 1000}};

        assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static void no_timer(void)
{
        setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
}

/* ---- 64 containers ----------------------------------------------------------------------------------------------- */

enum { THREADS = 16, EACH = 4 };

struct job {
        pthread_t thread;
        int number;
        char failure[4096];
};

static int job_step(struct job *job, int r, const struct pinfold_error *err)
{
        if (r < 0)
                snprintf(job->failure, sizeof(job->failure), "%.2000s", err->text);
        return r;
}

static void *four_at_once(void *argument)
{
        struct job *job = argument;
        struct pinfold *boxes[EACH] = {0};
        struct pinfold_error err = {0};
        int r = 0;

        for (int i = 0; r == 0 && i < EACH; i++) {
                char script[64];

                snprintf(script, sizeof(script), "sleep 0.1; (exit 3) & exit %d", job->number * EACH + i);
                boxes[i] = box_new(script);
                r = job_step(job, pinfold_start(boxes[i], &err), &err);
        }
        for (int i = 0; r == 0 && i < EACH; i++)
                r = job_step(job, pinfold_serve(boxes[i], &err), &err);
        for (int i = 0; r == 0 && i < EACH; i++) {
                struct pinfold_status status = {.size = sizeof(status)};

                r = job_step(job, pinfold_wait(boxes[i], -1, &status, &err), &err);
                if (r == 0 && (status.status != job->number * EACH + i || !status.exited))
                        snprintf(job->failure, sizeof(job->failure), "status %d", status.status);
        }
        for (int i = 0; i < EACH; i++)
                pinfold_free(boxes[i]);
        return NULL;
}

static void sixty_four(int flags)
{
        static struct job jobs[THREADS];
        int descriptors = open_descriptors();

        count_signals(flags);
        every_millisecond();
        for (int i = 0; i < THREADS; i++) {
                jobs[i] = (struct job){.number = i};
                assert_int_equal(pthread_create(&jobs[i].thread, NULL, four_at_once, &jobs[i]), 0);
        }
        for (int i = 0; i < THREADS; i++)
                pthread_join(jobs[i].thread, NULL);
        no_timer();
        for (int i = 0; i < THREADS; i++)
                assert_string_equal(jobs[i].failure, "");
        assert_true(handled_here > 20);
        assert_int_equal(handled_elsewhere, 0);
        assert_no_children();
        assert_int_equal(open_descriptors(), descriptors);
}

static void restarting(void **state)
{
        (void)state;
        sixty_four(SA_RESTART);
}

static void interrupting(void **state)
{
        (void)state;
        sixty_four(0);
}

TEST(sixty_four_containers_from_sixteen_threads)
{
        in_child(restarting);
}

TEST(the_same_with_system_calls_interrupted)
{
        in_child(interrupting);
}

/* ---- Whose handler ----------------------------------------------------------------------------------------------- */

#ifndef __SANITIZE_THREAD__ /* which makes a fork of every vfork */
/* What the count below would see if signals were not blocked: a child that shares memory and does run the handler. */
static void the_probe_works(void **state)
{
        (void)state;
        count_signals(0);
        if (vfork() == 0) {
                syscall(SYS_kill, syscall(SYS_getpid), SIGUSR1);
                _exit(0);
        }
        assert_int_equal(handled_elsewhere, 1);
        assert_int_equal(handled_here, 0);
}

TEST(a_handler_that_runs_in_a_child_would_be_noticed)
{
        in_child(the_probe_works);
}
#endif

/* Signals for the process, for its threads, and for its whole group, where the child is too. */
static void *bombard(void *argument)
{
        volatile atomic_int *stop = argument;

        while (!*stop) {
                kill(here, SIGUSR1);
                kill(0, SIGUSR1);
                kill(here, SIGRTMIN);
                usleep(20); /* faster than a sanitizer handles them, those that queue up would never end */
        }
        return NULL;
}

static void bombarded(void **state)
{
        atomic_int stop = 0;
        pthread_t thread;
        int64_t end = now_ms() + 1500;

        (void)state;
        assert_int_equal(setpgid(0, 0), 0);
        count_signals(SA_RESTART);
        every_millisecond();
        assert_int_equal(pthread_create(&thread, NULL, bombard, &stop), 0);
        for (int i = 0; i < 10 || now_ms() < end; i++) {
                struct pinfold *box = box_new("exit 3");

                box_begin(box);
                assert_int_equal(box_wait(box).status, 3);
                pinfold_free(box);
        }
        stop = 1;
        pthread_join(thread, NULL);
        no_timer();
        assert_true(handled_here > 100);
        assert_int_equal(handled_elsewhere, 0);
}

TEST(the_callers_handlers_never_run_in_a_child)
{
        in_child(bombarded);
}
