/* SPDX-License-Identifier: MIT */
/* PINFOLD_HOST_PID and PINFOLD_AS_PID_1: no process namespace, or one more. Each with a container that has neither beside it. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life/child.h"
#include "support/box.h"
#include "support/kernel.h"

static char *output(const char *script, unsigned flags, int status)
{
        struct pinfold *box = box_new(script);

        pinfold_set_flags(box, flags, 1);
        return box_output(box, status);
}

static void expect(const char *script, unsigned flags, int status, const char *expected)
{
        char *said = output(script, flags, status);

        assert_string_equal(said, expected);
        free(said);
}

TEST(the_hosts_processes_are_seen)
{
        const char *script = format("[ -d /proc/%d ] && echo seen; [ $$ = $(cut -d' ' -f1 /proc/self/stat | head -n1) ] ; "
                                    "readlink /proc/self/ns/pid", (int)getpid());
        char link[64] = "", *said;

        assert_true(readlink("/proc/self/ns/pid", link, sizeof(link) - 1) > 0);
        expect(script, PINFOLD_HOST_PID, 0, format("seen\n%s\n", link));
        said = output(script, 0, 0);
        assert_null(strstr(said, "seen"));
        assert_null(strstr(said, link));
        free(said);
}

/* What proc has of kernel settings is as out of reach as in a proc of one's own. */
TEST(the_hosts_proc_is_guarded)
{
        const char *script = "echo 1 2>/dev/null >/proc/sys/kernel/printk || echo no; echo 0 2>/dev/null >/proc/sysrq-trigger || echo no; "
                             "grep ' /proc ' /proc/self/mountinfo | grep -o 'nosuid,nodev,noexec'";

        expect(script, PINFOLD_HOST_PID, 0, "no\nno\nnosuid,nodev,noexec\n");
}

/* The same user's process outside: it cannot be traced, its memory and environment not be read. */
TEST(the_hosts_processes_are_out_of_reach)
{
        expect(format("cat /proc/%d/environ >/dev/null 2>&1 || echo no; ls /proc/%d/root/ >/dev/null 2>&1 || echo no", (int)getpid(), (int)getpid()),
               PINFOLD_HOST_PID, 0, "no\nno\n");
        if (landlock_scopes())
                expect(format("kill -0 %d 2>/dev/null || echo no", (int)getpid()), PINFOLD_HOST_PID, 0, "no\n");
}

/* Also PID 1 can be told to end the container, then, by those inside. */
TEST(signals_to_the_host)
{
        struct pinfold_error err;
        struct pinfold *box;

        expect(format("kill -0 %d && echo sent", (int)getpid()), PINFOLD_HOST_PID | PINFOLD_HOST_SIGNALS, 0, "sent\n");
        box = box_new("kill -TERM $PPID; sleep 1000");
        pinfold_set_flags(box, PINFOLD_HOST_PID | PINFOLD_HOST_SIGNALS, 1);
        box_begin(box);
        assert_int_equal(box_wait(box).cancelled, 1);
        pinfold_free(box);
        box = box_new("true");
        pinfold_set_flags(box, PINFOLD_HOST_SIGNALS, 1);
        err = box_error(box, PINFOLD_STAGE_CONFIGURE, EINVAL);
        assert_non_null(strstr(err.text, "of which none is in reach"));
}

TEST(the_status_is_the_programs)
{
        expect("exit 9", PINFOLD_HOST_PID, 9, "");
        expect("kill -KILL $$", PINFOLD_HOST_PID, 137, "");
        expect("exit 9", PINFOLD_AS_PID_1, 9, "");
        expect("exit 9", PINFOLD_AS_PID_1 | PINFOLD_HOST_PID, 9, "");
}

/* Whatever ends it ends the program, and stops nobody else who is ours. */
TEST(nobody_else_is_touched)
{
        pid_t other = fork(), program;
        struct pinfold *box;

        if (other == 0)
                for (;;)
                        pause();
        box = box_sleep();
        pinfold_set_flags(box, PINFOLD_HOST_PID, 1);
        box_begin(box);
        assert_int_equal(pinfold_signal(box, SIGTSTP), 0);
        pause_ms(200);
        assert_int_equal(process_state(other), 'S');
        assert_int_equal(pinfold_signal(box, SIGCONT), 0);
        assert_int_equal(pinfold_cancel(box), 0);
        assert_int_equal(box_wait(box).status, 137);
        pinfold_free(box);
        assert_int_equal(process_state(other), 'S');

        /* Without PID 1, which is killed here, there is no program either. */
        adopt_orphans();
        box = box_new("echo $$ >/shared/pid; exec sleep 1000");
        pinfold_bind(box, temporary_directory(), "/shared", PINFOLD_BIND_WRITABLE);
        pinfold_set_flags(box, PINFOLD_HOST_PID, 1);
        box_begin(box);
        assert_int_equal(box_processes(box, &program, 1), 1);
        kill(pinfold_pid(box), SIGKILL);
        assert_int_equal(box_wait(box).lost, 1);
        pinfold_free(box);
        eventually(!is_running(program));
        kill(other, SIGKILL);
        while (waitpid(-1, NULL, 0) > 0)
                ;
}

static void the_caller(void **state)
{
        pid_t caller;

        (void)state;
        adopt_orphans();
        caller = fork();
        if (caller == 0) {
                struct pinfold *box = box_sleep();

                pinfold_set_flags(box, PINFOLD_HOST_PID, 1);
                box_begin(box);
                _exit(0);
        }
        all_gone(10);
}

TEST(the_program_dies_with_the_caller)
{
        in_child(the_caller);
}

TEST(it_is_chosen_before_start)
{
        struct pinfold *box = box_sleep();

        assert_int_equal(pinfold_start(box, NULL), 0);
        assert_int_equal(pinfold_set_flags(box, PINFOLD_HOST_PID, 1), -EBUSY);
        pinfold_free(box);
}

/* ---- PID 1 ------------------------------------------------------------------------------------------------------ */

TEST(the_program_is_pid_1)
{
        expect("echo $$; set -- /proc/[0-9]*; echo $#", PINFOLD_AS_PID_1, 0, "1\n1\n");
        expect("echo $$; set -- /proc/[0-9]*; echo $#", PINFOLD_AS_PID_1 | PINFOLD_HOST_PID, 0, "1\n1\n");
        expect("echo $$", 0, 0, "2\n");
}

/* All end with it, and are no processes that linger. */
TEST(all_end_with_it)
{
        struct pinfold *box = box_new("sleep 1000 & exit 3");
        struct pinfold_status status;

        pinfold_set_flags(box, PINFOLD_AS_PID_1 | PINFOLD_OUTLIVE, 1);
        box_begin(box);
        status = box_wait(box);
        assert_int_equal(status.status, 3);
        assert_int_equal(status.left, 0);
        pinfold_free(box);
        assert_no_children();
}

TEST(signals_to_pid_1)
{
        struct pinfold *box = box_new("trap 'exit 5' USR1; echo; while :; do sleep .05; done");

        pinfold_set_flags(box, PINFOLD_AS_PID_1, 1);
        box_begin(box);
        pinfold_signal(box, SIGTERM);
        pause_ms(300);
        pinfold_signal(box, SIGUSR1);
        assert_int_equal(box_wait(box).status, 5);
        pinfold_free(box);
        box = box_sleep();
        pinfold_set_flags(box, PINFOLD_AS_PID_1, 1);
        box_begin(box);
        assert_int_equal(pinfold_cancel(box), 0);
        assert_int_equal(box_wait(box).status, 137);
        pinfold_free(box);
        assert_no_children();
}
