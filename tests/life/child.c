/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "life/child.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/box.h"

/* ---- Test bodies in a process of their own ----------------------------------------------------------------------- */

/* A nested run of cmocka: assertions fail it, and not a copy of the run that we are in. */
static _Noreturn void run_body(void (*body)(void **state), int output)
{
        const struct CMUnitTest test = {"in a child", body, NULL, NULL, NULL};

        dup2(output, STDOUT_FILENO);
        dup2(output, STDERR_FILENO);
        exit(_cmocka_run_group_tests("child", &test, 1, NULL, NULL) == 0 ? 0 : 1);
}

static void read_text(int fd, char *text, size_t size)
{
        size_t used = 0;
        ssize_t length;

        while (used + 1 < size && (length = read(fd, text + used, size - 1 - used)) != 0) {
                if (length > 0)
                        used += (size_t)length;
                else if (errno != EINTR)
                        break;
        }
        text[used] = '\0';
}

void in_child(void (*body)(void **state))
{
        static char text[8192];
        FILE *output = tmpfile();
        int status;
        pid_t pid;

        assert_non_null(output);
        fflush(NULL);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                run_body(body, fileno(output));
        while (waitpid(pid, &status, 0) < 0)
                assert_int_equal(errno, EINTR);
        lseek(fileno(output), 0, SEEK_SET);
        read_text(fileno(output), text, sizeof(text));
        fclose(output);
        if (status != 0)
                fail_msg("in a child, wait status 0x%x:\n%s", status, text);
}

void become_user(uid_t id)
{
        assert_int_equal(setgroups(0, NULL), 0);
        assert_int_equal(setresgid(id, id, id), 0);
        assert_int_equal(setresuid(id, id, id), 0);
}

/* ---- Steps of a life --------------------------------------------------------------------------------------------- */

struct pinfold *box_sleep(void)
{
        struct pinfold *box = box_new("");

        pinfold_set_path(box, "/usr/bin/sleep");
        pinfold_set_args(box, (const char *[]){"sleep", "1000000", NULL});
        return box;
}

void box_begin(struct pinfold *box)
{
        struct pinfold_error err = {0};

        if (pinfold_start(box, &err) < 0 || pinfold_serve(box, &err) < 0)
                fail_msg("%s", err.text);
}

struct pinfold_status box_wait(struct pinfold *box)
{
        struct pinfold_status status = {.size = sizeof(status)};
        struct pinfold_error err = {0};

        if (pinfold_wait(box, -1, &status, &err) < 0)
                fail_msg("%s", err.text);
        return status;
}

void box_runs(struct pinfold *box, int status)
{
        struct pinfold_error err = {0};

        if (pinfold_serve(box, &err) < 0)
                fail_msg("%s", err.text);
        assert_int_equal(box_wait(box).status, status);
        pinfold_free(box);
}

/* ---- What is left ------------------------------------------------------------------------------------------------ */

void assert_no_children(void)
{
        pid_t pid = waitpid(-1, NULL, WNOHANG | __WALL);

        if (pid >= 0)
                fail_msg("%s was left: %d", pid ? "a zombie" : "a child", (int)pid);
        assert_int_equal(errno, ECHILD);
}

void adopt_orphans(void)
{
        assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L), 0);
}

void all_gone(int seconds)
{
        int64_t deadline = now_ms() + seconds * INT64_C(1000);

        for (;;) {
                pid_t pid = waitpid(-1, NULL, WNOHANG | __WALL);

                if (pid < 0 && errno == ECHILD)
                        return;
                if (pid == 0 && now_ms() > deadline)
                        fail_msg("a process is left after %d s", seconds);
                if (pid == 0)
                        pause_ms(1);
        }
}

char process_state(pid_t pid)
{
        char *stat = read_file(format("/proc/%d/stat", (int)pid));
        const char *end = stat ? strrchr(stat, ')') : NULL;
        char state = end && end[1] == ' ' ? end[2] : '\0';

        free(stat);
        return state;
}

/* Children of one process, and theirs. Those that a container's process leaves behind become children of PID 1. */
static size_t add_children(pid_t pid, pid_t *pids, size_t count, size_t room)
{
        char *text = read_file(format("/proc/%d/task/%d/children", (int)pid, (int)pid));
        char *at = text, *end;

        for (long child; at && count < room && (child = strtol(at, &end, 10)) > 0; at = end) {
                pids[count++] = (pid_t)child;
                count = add_children((pid_t)child, pids, count, room);
        }
        free(text);
        return count;
}

size_t box_processes(const struct pinfold *box, pid_t *pids, size_t room)
{
        return add_children(pinfold_pid(box), pids, 0, room);
}

/* ---- Time and text ----------------------------------------------------------------------------------------------- */

void pause_ms(int milliseconds)
{
        struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};

        while (nanosleep(&time, &time) < 0 && errno == EINTR)
                ;
}

int64_t now_ms(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void assert_readable(const struct pinfold_error *err)
{
        assert_true(strncmp(err->text, "cannot ", 7) == 0);
        for (const char *at = err->text; *at; at++)
                if ((unsigned char)*at < 0x20 || *at == 0x7f)
                        fail_msg("control character 0x%x in: %s", (unsigned char)*at, err->text);
        assert_true(err->stage > PINFOLD_STAGE_NONE);
        assert_string_not_equal(pinfold_stage_name(err->stage), "unknown");
        /* A process went away, or time was over, and no call has failed. */
        if (err->error != ECHILD && err->error != ETIMEDOUT && !strstr(err->text, strerror(err->error)))
                fail_msg("the cause, %s, is not in: %s", strerror(err->error), err->text);
}
