/* SPDX-License-Identifier: MIT */
/* pinfold-init, run by somebody who found it: one sentence, status 1, whatever the arguments. */
#define _GNU_SOURCE

#include "test.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SENTENCE "pinfold-init: this is the PID 1 of a container; libpinfold starts it, it is of no use by hand\n"

/* Runs it with these arguments, with fork's own flags and `flags`; returns its wait status and what it wrote. */
static int run(unsigned long flags, const char *const argv[], char *output, size_t size)
{
        char *const environment[] = {NULL};
        size_t used = 0;
        ssize_t length;
        int ends[2], status;
        pid_t pid;

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
        assert_true(pid >= 0);
        if (pid == 0) {
                dup2(ends[1], 1);
                dup2(ends[1], 2);
                alarm(5); /* PID 1 of a namespace does not die of it; the pipe's end tells */
                execve(INIT_PROGRAM, (char *const *)(uintptr_t)argv, environment);
                _exit(99);
        }
        close(ends[1]);
        while ((length = read(ends[0], output + used, size - 1 - used)) > 0)
                used += (size_t)length;
        output[used] = '\0';
        close(ends[0]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return status;
}

TEST(refuses)
{
        const char *const without[] = {"pinfold-init", NULL}, *const with[] = {"pinfold-init", "3", "4", NULL};
        const char *const launcher[] = {"pinfold-init", "3", "4", "0", "7c020000", NULL}, *const none[] = {NULL};
        char output[512];

        assert_int_equal(run(0, without, output, sizeof(output)), 1 << 8);
        assert_string_equal(output, SENTENCE);
        assert_int_equal(run(0, with, output, sizeof(output)), 1 << 8);
        assert_string_equal(output, SENTENCE);
        assert_int_equal(run(0, launcher, output, sizeof(output)), 1 << 8);
        assert_string_equal(output, SENTENCE);
        assert_int_equal(run(0, none, output, sizeof(output)), 1 << 8);
        assert_string_equal(output, SENTENCE);
}

TEST(refuses_as_pid_1_without_its_arguments)
{
        const char *const without[] = {"pinfold-init", NULL};
        char output[512];

        assert_int_equal(run(CLONE_NEWUSER | CLONE_NEWPID, without, output, sizeof(output)), 1 << 8);
        assert_string_equal(output, SENTENCE);
}

/* As PID 1 it can only report over a socket; without one it ends all the same. */
TEST(ends_as_pid_1_without_a_socket)
{
        const char *const numbers[] = {"pinfold-init", "7", "8", NULL};
        const char *const words[] = {"pinfold-init", "x", "y", NULL};
        char output[512];

        assert_int_equal(run(CLONE_NEWUSER | CLONE_NEWPID, numbers, output, sizeof(output)), 1 << 8);
        assert_int_equal(run(CLONE_NEWUSER | CLONE_NEWPID, words, output, sizeof(output)), 1 << 8);
}

/* Cross-checks the path: it is the program that is installed. */
TEST(is_executable)
{
        assert_int_equal(access(INIT_PROGRAM, X_OK), 0);
}
