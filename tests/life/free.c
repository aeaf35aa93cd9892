/* SPDX-License-Identifier: MIT */
/* free, at every point of a life, and what a container holds of its caller: descriptors, children. */
#include "test.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life/child.h"
#include "support/box.h"

TEST(a_new_container)
{
        int descriptors = open_descriptors();

        pinfold_free(box_new("exit 0"));
        pinfold_free(pinfold_new(NULL, NULL));
        assert_int_equal(open_descriptors(), descriptors);
}

TEST(a_started_container)
{
        struct pinfold *box = box_new("exit 0");
        int descriptors = open_descriptors();
        pid_t pid;

        assert_int_equal(pinfold_start(box, NULL), 0);
        pid = pinfold_pid(box);
        pinfold_free(box);
        assert_int_equal(kill(pid, 0), -1);
        assert_int_equal(errno, ESRCH);
        assert_no_children();
        assert_int_equal(open_descriptors(), descriptors);
}

TEST(in_the_middle_of_serve)
{
        enum { SIZE = 1000000 };
        int descriptors = open_descriptors();
        char *content = calloc(1, SIZE);

        assert_non_null(content);
        for (int steps = 0; steps < 12; steps++) {
                struct pinfold *box = box_new("sleep 1000");

                assert_int_equal(pinfold_place(box, "/tmp/some", content, SIZE), 0);
                assert_int_equal(pinfold_start(box, NULL), 0);
                assert_int_equal(pinfold_serve_begin(box, NULL), 0);
                for (int i = 0; i < steps; i++) {
                        int r = pinfold_serve_step(box, NULL);

                        if (r != 0) {
                                assert_int_equal(r, 1);
                                break;
                        }
                        pause_ms(1);
                }
                pinfold_free(box);
                assert_no_children();
                assert_int_equal(open_descriptors(), descriptors);
        }
        free(content);
}

TEST(a_running_container)
{
        struct pinfold *box = box_new("trap '' TERM INT HUP; setsid sleep 1000 & (sleep 1000 &) ; sleep 1000");
        int descriptors = open_descriptors();
        pid_t all[16];
        size_t count;

        box_begin(box);
        eventually(box_processes(box, all, 16) >= 4);
        count = box_processes(box, all, 16);
        pinfold_free(box);
        for (size_t i = 0; i < count; i++)
                assert_false(is_running(all[i]));
        assert_no_children();
        assert_int_equal(open_descriptors(), descriptors);
}

TEST(a_container_that_has_ended_but_was_not_waited_for)
{
        struct pinfold *box = box_new("exit 0");
        int descriptors = open_descriptors();
        struct pollfd gone;

        box_begin(box);
        gone = (struct pollfd){.fd = pinfold_pidfd(box), .events = POLLIN};
        assert_int_equal(poll(&gone, 1, 10000), 1);
        pinfold_free(box);
        assert_no_children();
        assert_int_equal(open_descriptors(), descriptors);
}

/* ---- Descriptors ------------------------------------------------------------------------------------------------- */

TEST(two_descriptors_while_it_runs_and_none_afterwards)
{
        int descriptors = open_descriptors();

        for (int i = 0; i < 3; i++) {
                struct pinfold *box = box_sleep();

                assert_int_equal(pinfold_start(box, NULL), 0);
                assert_int_equal(open_descriptors(), descriptors + 2);
                assert_int_equal(pinfold_serve(box, NULL), 0);
                assert_int_equal(open_descriptors(), descriptors + 2);
                pinfold_cancel(box);
                box_wait(box);
                assert_int_equal(open_descriptors(), descriptors);
                pinfold_free(box);
                assert_int_equal(open_descriptors(), descriptors);
        }
}

/* Every one of them is close-on-exec. */
TEST(descriptors_are_not_for_the_callers_own_children)
{
        struct pinfold *box = box_sleep();
        char *before, *after;

        write_file(format("%s/x", temporary_directory()), "");
        before = NULL;
        for (int i = 0; i < 2; i++) {
                FILE *listing = popen("ls /proc/self/fd", "r");
                char text[256] = "";

                assert_non_null(listing);
                assert_true(fread(text, 1, sizeof(text) - 1, listing) > 0);
                assert_int_equal(pclose(listing), 0);
                if (i == 0) {
                        before = strdup(text);
                        box_begin(box);
                } else {
                        after = strdup(text);
                }
        }
        assert_string_equal(before, after);
        free(before);
        free(after);
        pinfold_free(box);
}

/* ---- A caller that forks ----------------------------------------------------------------------------------------- */

TEST(the_copy_of_a_forked_caller_leaves_it_running)
{
        struct pinfold_status status = {.size = sizeof(status)};
        struct pinfold *box = box_new("read line; exit 5");
        int input[2], wait_status;
        pid_t pid;

        assert_int_equal(pipe(input), 0);
        pinfold_set_stdin(box, input[0]);
        box_begin(box);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                int r = pinfold_wait(box, 0, &status, NULL); /* not its child */

                pinfold_free(box);
                _exit(r == -ECHILD ? 0 : 1);
        }
        assert_int_equal(waitpid(pid, &wait_status, 0), pid);
        assert_int_equal(wait_status, 0);
        assert_int_equal(pinfold_wait(box, 200, NULL, NULL), -ETIMEDOUT);
        assert_int_equal(write(input[1], "\n", 1), 1);
        assert_int_equal(box_wait(box).status, 5);
        pinfold_free(box);
        close(input[0]);
        close(input[1]);
}

/* The same for one that waits for its parameters, and one that is being served. */
TEST(the_copy_of_a_forked_caller_before_the_program_runs)
{
        struct pinfold *started = box_new("exit 6"), *serving = box_new("exit 7");
        int wait_status, r;
        pid_t pid;

        assert_int_equal(pinfold_start(started, NULL), 0);
        assert_int_equal(pinfold_start(serving, NULL), 0);
        assert_int_equal(pinfold_serve_begin(serving, NULL), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                int descriptors = open_descriptors();

                r = pinfold_serve(started, NULL);
                pinfold_free(started);
                pinfold_free(serving);
                _exit(r != -EINVAL ? 1 : open_descriptors() == descriptors - 4 ? 0 : 2);
        }
        assert_int_equal(waitpid(pid, &wait_status, 0), pid);
        assert_int_equal(wait_status, 0);
        assert_int_equal(pinfold_serve(started, NULL), 0);
        while ((r = pinfold_serve_step(serving, NULL)) == 0)
                pause_ms(1);
        assert_int_equal(r, 1);
        assert_int_equal(box_wait(started).status, 6);
        assert_int_equal(box_wait(serving).status, 7);
        pinfold_free(started);
        pinfold_free(serving);
        assert_no_children();
}

/* A forked child that goes on living holds the socket; the container ends all the same. */
TEST(a_forked_child_holds_nothing_up)
{
        struct pinfold *box = box_sleep();
        pid_t pid;

        box_begin(box);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                pause();
                _exit(0);
        }
        assert_int_equal(pinfold_cancel(box), 0);
        assert_int_equal(box_wait(box).cancelled, 1);
        pinfold_free(box);
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_no_children();
}

/* ---- Threads ----------------------------------------------------------------------------------------------------- */

static void *start_only(void *box)
{
        return (void *)(intptr_t)pinfold_start(box, NULL);
}

static void *start_and_serve(void *box)
{
        int r = pinfold_start(box, NULL);

        return (void *)(intptr_t)(r < 0 ? r : pinfold_serve(box, NULL));
}

/* The container dies with the process, not with the thread. */
TEST(the_thread_that_called_start_ends)
{
        void *(*const functions[])(void *) = {start_only, start_and_serve};

        for (int i = 0; i < 2; i++) {
                struct pinfold *box = box_new("read line; exit 8");
                pthread_t thread;
                void *result;
                int input[2];

                assert_int_equal(pipe(input), 0);
                pinfold_set_stdin(box, input[0]);
                assert_int_equal(pthread_create(&thread, NULL, functions[i], box), 0);
                assert_int_equal(pthread_join(thread, &result), 0);
                assert_int_equal((intptr_t)result, 0);
                pause_ms(100);
                if (i == 0)
                        assert_int_equal(pinfold_serve(box, NULL), 0);
                assert_int_equal(pinfold_wait(box, 100, NULL, NULL), -ETIMEDOUT);
                assert_int_equal(write(input[1], "\n", 1), 1);
                assert_int_equal(box_wait(box).status, 8);
                pinfold_free(box);
                close(input[0]);
                close(input[1]);
        }
}

/* Also one with a small stack. */
TEST(a_small_stack)
{
        struct pinfold *box = box_new("exit 9");
        pthread_attr_t attributes;
        pthread_t thread;
        void *result;

        pthread_attr_init(&attributes);
        assert_int_equal(pthread_attr_setstacksize(&attributes, 128 * 1024), 0);
        assert_int_equal(pthread_create(&thread, &attributes, start_and_serve, box), 0);
        assert_int_equal(pthread_join(thread, &result), 0);
        assert_int_equal((intptr_t)result, 0);
        assert_int_equal(box_wait(box).status, 9);
        pinfold_free(box);
        pthread_attr_destroy(&attributes);
}
