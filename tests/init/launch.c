/* SPDX-License-Identifier: MIT */
/*
 * A caller that may create no namespaces, and an installed pinfold-init that may: here a filter refuses clone(2) with the flags that
 * the library's has, and not with those of the launcher. Or the caller may, and has no use of it: here a supervisor answers that no
 * capability is effective. AppArmor itself: tests/kernels/apparmor.sh.
 */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
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

static atomic_bool first_is_stripped;

/* capget(2) of the first who asks, but for us, finds nothing. */
static void *supervise(void *listener)
{
        for (;;) {
                struct seccomp_notif asked = {0};
                struct seccomp_notif_resp answer = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

                if (ioctl(*(int *)listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
                        continue;
                if ((pid_t)asked.pid != getpid() && !atomic_exchange(&first_is_stripped, true))
                        answer.flags = 0;
                answer.id = asked.id;
                ioctl(*(int *)listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
        }
        return NULL;
}

static void strip_the_first(void)
{
        struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_capget, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
        static int listener;
        pthread_t thread;

        assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L), 0);
        listener = (int)syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
        assert_true(listener >= 0);
        assert_int_equal(pthread_create(&thread, NULL, supervise, &listener), 0);
}

static void stripped(void **state)
{
        struct pinfold_status status = {.size = sizeof(status)};
        struct pinfold *box = box_of("test $$ = 2 && exit 7");
        struct pinfold_error err = {0};

        (void)state;
        install();
        strip_the_first();
        if (pinfold_start(box, &err) < 0 || pinfold_serve(box, &err) < 0 || pinfold_wait(box, -1, &status, &err) < 0)
                fail_msg("%s", err.text);
        assert_int_equal(status.status, 7);
        assert_true(first_is_stripped);
        pinfold_free(box);
        assert_int_equal(waitpid(-1, NULL, __WALL), -1);
}

TEST(it_also_does_where_the_capabilities_of_ours_cannot_be_used)
{
        in_child(stripped);
}
