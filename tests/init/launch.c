/* SPDX-License-Identifier: MIT */
/*
 * A caller that may create no namespaces, and an installed pinfold-init that may: here a filter refuses clone(2) with the flags that
 * the library's has, and not with those of the launcher.
 */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pinfold/pinfold.h>

#include "init/victim.h"
#include "inside/refuse.h"
#include "life/child.h"

/* As it is where clone3 is missing. */
#define OURS (CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | \
              CLONE_NEWNET | CLONE_NEWCGROUP | SIGCHLD)

/* Where the library looks for it, in our own view of the host. */
static void install(void)
{
        char command[1024];

        leave_host();
        assert_int_equal(mount("local", "/usr/local", "tmpfs", 0, "mode=755"), 0);
        snprintf(command, sizeof(command), "umask 022; mkdir -p \"$(dirname %s)\" && cp %s %s", PINFOLD_INIT_PATH, INIT_PROGRAM,
                 PINFOLD_INIT_PATH);
        assert_int_equal(system(command), 0);
}

static struct pinfold *box_of(const char *script)
{
        struct pinfold *box = pinfold_new("/bin/sh", (const char *[]){"sh", "-c", script, NULL});

        pinfold_root(box, "/", 0);
        return box;
}

static void refuse_clone(void)
{
        refuse_call(__NR_clone3, ENOSYS);
        refuse_call_with(__NR_clone, 0, (unsigned)OURS, EPERM);
}

static void launched(void **state)
{
        struct pinfold_status status = {.size = sizeof(status)};
        struct pinfold *box = box_of("test $$ = 2 && exit 7");
        struct pinfold_error err = {0};

        (void)state;
        install();
        refuse_clone();
        if (pinfold_start(box, &err) < 0 || pinfold_serve(box, &err) < 0 || pinfold_wait(box, -1, &status, &err) < 0)
                fail_msg("%s", err.text);
        assert_int_equal(status.status, 7);
        pinfold_free(box);
        assert_int_equal(waitpid(-1, NULL, __WALL), -1); /* neither PID 1 nor the launcher is left */
}

TEST(the_installed_init_creates_the_namespaces)
{
        in_child(launched);
}

static void cancelled(void **state)
{
        struct pinfold *box = box_of("sleep 100");
        struct pinfold_error err = {0};

        (void)state;
        install();
        refuse_clone();
        if (pinfold_start(box, &err) < 0 || pinfold_serve(box, &err) < 0)
                fail_msg("%s", err.text);
        pinfold_free(box);
        assert_int_equal(waitpid(-1, NULL, __WALL), -1);
}

TEST(and_its_container_ends_with_the_object)
{
        in_child(cancelled);
}

/* What has to be cured is that the caller may not. */
static void refused_as_well(void **state)
{
        struct pinfold *box = box_of("exit 0");
        struct pinfold_error err = {0};

        (void)state;
        install();
        refuse_clone();
        refuse_call_with(__NR_clone, 0, (unsigned)((OURS & ~(CLONE_VM | CLONE_VFORK | SIGCHLD)) | CLONE_PARENT), EACCES);
        assert_int_equal(pinfold_start(box, &err), -EPERM);
        assert_string_equal(err.text, "cannot start container: create namespaces: clone: Operation not permitted");
        pinfold_free(box);
        assert_int_equal(waitpid(-1, NULL, __WALL), -1);
}

TEST(where_it_may_not_either_the_first_error_is_told)
{
        in_child(refused_as_well);
}
