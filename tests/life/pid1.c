/* SPDX-License-Identifier: MIT */
/*
 * PID 1 under attack from inside: nothing that is sent stops, kills or cancels it, and nothing of it can be read. Each
 * attack is made twice: with Landlock, which keeps signals away from PID 1 (since Linux 6.12), and on a kernel without it.
 */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inside/refuse.h"
#include "inside/probe.h"
#include "life/child.h"
#include "support/box.h"
#include "support/kernel.h"

/* ---- Signals ----------------------------------------------------------------------------------------------------- */

static struct pinfold *attacker(const char *attack, uid_t id)
{
        struct pinfold *box = box_with_probe(format("exec /inside %s", attack));

        pinfold_set_uid(box, id);
        pinfold_set_gid(box, id);
        pinfold_set_flags(box, PINFOLD_NO_SECCOMP, 1);
        return box;
}

static void survives(const char *attack, const char *expected)
{
        static const uid_t ids[] = {0, 1000};

        for (size_t i = 0; i < 2; i++) {
                struct pinfold *box = attacker(attack, ids[i]);
                struct run run = box_run(box);

                pinfold_free(box);
                if (run.error)
                        fail_msg("%s", run.err.text);
                assert_string_equal(run.output, expected);
                assert_int_equal(run.status.status, 42);
                assert_int_equal(run.status.cancelled, 0);
                assert_int_equal(run.status.lost, 0);
                run_free(&run);
        }
}

#define REFUSED "kill: 64 refused\nsigqueue: 64 refused\ntgsigqueue: 64 refused\npidfd: 64 refused\n"
#define ARRIVED "kill: 0 refused\nsigqueue: 0 refused\ntgsigqueue: 0 refused\npidfd: 0 refused\n"

TEST(signals_do_not_reach_it)
{
        survives("signals", landlock_scopes() ? REFUSED : ARRIVED);
}

/* Where nothing keeps them away, they arrive, and are ignored. */
static void signals_that_arrive(void **state)
{
        (void)state;
        refuse_call(__NR_landlock_create_ruleset, ENOSYS);
        survives("signals", ARRIVED);
}

TEST(signals_that_reach_it_do_nothing)
{
        in_child(signals_that_arrive);
}

/* The same while it forwards cancels: a forged one would become SIGINT to the program. */
static void forwarding(void **state)
{
        struct pinfold *box;

        (void)state;
        refuse_call(__NR_landlock_create_ruleset, ENOSYS);
        box = attacker("signals", 0);
        pinfold_set_flags(box, PINFOLD_FORWARD_CANCEL, 1);
        free(box_output(box, 42));
}

TEST(nor_are_they_forwarded)
{
        in_child(forwarding);
}

/*
 * With the kernel's queue full, a signal of rt_sigqueueinfo(2) arrives without its origin: as from outside. And the
 * limit of that queue is one that processes inside can lower for PID 1.
 */
static void without_origin(void **state)
{
        (void)state;
        refuse_call(__NR_landlock_create_ruleset, ENOSYS);
        survives("lost-origin", "");
}

TEST(signals_that_have_lost_their_origin)
{
        in_child(without_origin);
}

TEST(a_whole_group_and_everything)
{
        survives("everything", "");
}

/* ---- Limits: prlimit(2) needs no more than the same id ----------------------------------------------------------- */

/* Lowers them, and gives PID 1 an orphan to reap. */
#define LIMITS "/inside limits >/dev/null; sh -c 'sleep 0.05 &'; sleep 0.2;"

/* The status still arrives, and the caller's requests still do. */
TEST(limits_of_nothing)
{
        survives("limits", "");
}

TEST(limits_do_not_keep_it_from_obeying)
{
        struct pinfold *box = box_with_probe(LIMITS "exec sleep 1000");
        struct pinfold_status status;

        pinfold_set_flags(box, PINFOLD_NO_SECCOMP, 1);
        box_begin(box);
        assert_int_equal(pinfold_wait(box, 600, NULL, NULL), -ETIMEDOUT);
        assert_int_equal(pinfold_signal(box, SIGCONT), 0);
        assert_int_equal(pinfold_cancel(box), 0);
        status = box_wait(box);
        assert_int_equal(status.cancelled, 1);
        assert_int_equal(status.lost, 0);
        pinfold_free(box);
}

/* Nor from noticing that the caller is gone. */
static void limited_and_orphaned(void **state)
{
        int ends[2];
        char text[8];
        pid_t pid;

        (void)state;
        adopt_orphans();
        assert_int_equal(pipe(ends), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                struct pinfold *box =
                        box_with_probe(LIMITS "echo ready; exec sleep 1000");

                pinfold_set_flags(box, PINFOLD_NO_SECCOMP, 1);
                pinfold_set_stdout(box, ends[1]);
                box_begin(box);
                for (;;)
                        pause();
        }
        assert_int_equal(read(ends[0], text, sizeof(text)), 6);
        assert_int_equal(kill(pid, SIGKILL), 0);
        all_gone(20);
}

TEST(limits_do_not_keep_it_from_ending_with_the_caller)
{
        in_child(limited_and_orphaned);
}

/* ---- What is to be seen of it ------------------------------------------------------------------------------------ */

TEST(its_files_are_closed)
{
        static const uid_t ids[] = {0, 1000};

        for (size_t i = 0; i < 2; i++) {
                char *output = box_output(attacker("look-at 1", ids[i]), 0);

                assert_string_equal(output, "exe refused\nmem refused\nfd refused\nenviron refused\nmaps refused\n"
                                            "cwd refused\nroot refused\nptrace refused\nread refused\npidfd refused\n");
                free(output);
                /* The probe can tell. */
                output = box_output(attacker("look-at-child", ids[i]), 0);
                assert_string_equal(output, "exe open\nmem open\nfd open\nenviron open\nmaps open\n"
                                            "cwd open\nroot open\nptrace open\nread open\npidfd open\n");
                free(output);
        }
}

/* Before it has parameters it has nothing to hide, and afterwards neither stdio nor an environment. */
TEST(it_holds_nothing_of_the_callers)
{
        char *output = box_output(attacker("name-of 1", 0), 0);

        assert_string_equal(output, "pinfold-init\n");
        free(output);
}
