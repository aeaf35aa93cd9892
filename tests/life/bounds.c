/* SPDX-License-Identifier: MIT */
/* Time, limits, nice value and CPUs of a program, and what it has used. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

#include "life/child.h"
#include "support/box.h"

TEST(a_timeout)
{
        struct pinfold *box = box_new("sleep 60");
        struct pinfold_status status;
        int64_t begin = now_ms();

        assert_int_equal(pinfold_set_timeout(box, 1500), 0);
        box_begin(box);
        status = box_wait(box);
        assert_true(now_ms() - begin >= 1500);
        assert_int_equal(status.status, 124);
        assert_int_equal(status.timed_out, 1);
        assert_int_equal(status.exited, 0);
        assert_int_equal(status.signal, SIGKILL);
        assert_int_equal(status.cancelled, 0);
        assert_int_equal(status.lingered, 0);
        pinfold_free(box);
        assert_no_children();
}

/* start is long before: the time begins with serve. */
TEST(time_begins_with_serve)
{
        struct pinfold *box = box_new("exit 3");
        struct pinfold_status status;

        pinfold_set_timeout(box, 5000);
        assert_int_equal(pinfold_start(box, NULL), 0);
        pause_ms(200);
        pinfold_set_timeout(box, 100000); /* it can be changed until then */
        assert_int_equal(pinfold_serve(box, NULL), 0);
        status = box_wait(box);
        assert_int_equal(status.status, 3);
        assert_int_equal(status.timed_out, 0);
        pinfold_free(box);
}

COLD_TEST(a_timeout_during_setup)
{
        /* More work than can be done in a millisecond. */
        struct pinfold *box = box_new("exit 3");
        struct pinfold_error err;

        for (int i = 0; i < 2000; i++)
                pinfold_bind(box, "/usr/bin", format("/tmp/%d", i), 0);
        pinfold_set_timeout(box, 1);
        err = box_error(box, PINFOLD_STAGE_SERVE, ETIMEDOUT);
        assert_string_equal(err.text, "cannot set up container: its time was over before the program was executed");
        assert_no_children();
}

TEST(no_such_bounds)
{
        struct pinfold *box = box_new("exit 3");

        assert_int_equal(pinfold_set_timeout(NULL, 1), -ENOMEM);
        assert_int_equal(pinfold_set_rlimit(NULL, RLIMIT_CORE, 0, 0), -ENOMEM);
        assert_int_equal(pinfold_set_nice(NULL, 0), -ENOMEM);
        assert_int_equal(pinfold_set_cpus(NULL, NULL, 0), -ENOMEM);
        assert_int_equal(pinfold_set_timeout(box, -1), -EINVAL);
        assert_int_equal(pinfold_set_rlimit(box, -1, 0, 0), -EINVAL);
        assert_int_equal(pinfold_set_rlimit(box, RLIM_NLIMITS, 0, 0), -EINVAL);
        assert_int_equal(pinfold_set_rlimit(box, RLIMIT_CORE, 1, 0), -EINVAL);
        assert_int_equal(pinfold_set_nice(box, 20), -EINVAL);
        assert_int_equal(pinfold_set_nice(box, -21), -EINVAL);
        assert_int_equal(pinfold_set_cpus(box, (unsigned[]){1024}, 1), -EINVAL);
        pinfold_free(box);
}

/* The last one of each kind counts, and all kinds do. */
TEST(limits)
{
        struct pinfold *box = box_new("ulimit -Sn; ulimit -Hn; ulimit -c; nice; grep Cpus_allowed_list /proc/self/status");
        cpu_set_t cpus;
        unsigned first = 0;
        char *output;

        assert_int_equal(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
        while (!CPU_ISSET(first, &cpus))
                first++;
        assert_int_equal(pinfold_set_rlimit(box, RLIMIT_NOFILE, 10, 10), 0);
        assert_int_equal(pinfold_set_rlimit(box, RLIMIT_NOFILE, 20, 30), 0);
        assert_int_equal(pinfold_set_rlimit(box, RLIMIT_CORE, 0, 0), 0);
        assert_int_equal(pinfold_set_nice(box, 19), 0);
        assert_int_equal(pinfold_set_cpus(box, (unsigned[]){first, 1023}, 2), 0);
        output = box_output(box, 0);
        assert_string_equal(output, format("20\n30\n0\n19\nCpus_allowed_list:\t%u\n", first));
        free(output);
}

/* PID 1 is what ends the run: it has neither the limits nor the patience of the program. */
TEST(pid_1_is_not_bounded)
{
        struct pinfold *box = box_new("sleep 60");
        struct rlimit limit;

        pinfold_set_rlimit(box, RLIMIT_NOFILE, 10, 10);
        pinfold_set_nice(box, 19);
        box_begin(box);
        assert_int_equal(prlimit(pinfold_pid(box), RLIMIT_NOFILE, NULL, &limit), 0);
        assert_true(limit.rlim_max > 10);
        assert_int_equal(getpriority(PRIO_PROCESS, (id_t)pinfold_pid(box)), getpriority(PRIO_PROCESS, 0));
        pinfold_free(box);
}

static void burn(const char *script, int expected)
{
        struct pinfold *box = box_new(script);
        struct pinfold_status status;

        pinfold_set_adopt_wait_delay(box, 100);
        box_begin(box);
        status = box_wait(box);
        assert_int_equal(status.status, expected);
        assert_true(status.user + status.system >= 200000);
        assert_true(status.user + status.system < 20000000);
        assert_true(status.max_rss >= 500000);
        pinfold_free(box);
}

#define BURN "python3 -c 'import time\nwhile time.process_time() < 0.3: pass'"

TEST(what_was_used)
{
        burn(BURN, 0);
        burn(BURN "; exit 5", 5);
        burn("(" BURN "; sleep 60) & wait_for() { while ! grep -q sleep /proc/[0-9]*/comm; do sleep 0.01; done; }; wait_for; exit 6", 6);
}

/* Setup is not the program's. */
TEST(little_was_used)
{
        struct pinfold *box = box_new("exit 0");
        struct pinfold_status status;
        int64_t alone;

        box_begin(box);
        status = box_wait(box);
        alone = status.user + status.system;
        pinfold_free(box);
        box = box_new("exit 0");
        for (int i = 0; i < 2000; i++)
                pinfold_bind(box, "/usr/bin", format("/tmp/%d", i), 0);
        box_begin(box);
        status = box_wait(box);
        assert_int_equal(status.status, 0);
        assert_true(status.user + status.system < 20000 + 4 * alone);
        pinfold_free(box);
}
