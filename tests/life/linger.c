/* SPDX-License-Identifier: MIT */
/* Processes that outlive the initial program, and those that PID 1 adopts. The status is the program's, always. */
#include "test.h"

#include <errno.h>

#include "inside/probe.h"
#include "life/child.h"
#include "support/box.h"

static char logged[4096];

static void log_line(void *userdata, const char *line)
{
        (void)userdata;
        strcat(strcat(logged, line), "\n");
}

/* Runs a script with a delay in milliseconds; INT64_MIN: the default. */
static struct pinfold_status run(const char *script, int64_t delay, int64_t *ret_duration)
{
        struct pinfold *box = box_new(script);
        struct pinfold_status status;
        int64_t begin;

        logged[0] = '\0';
        pinfold_set_log(box, log_line, NULL);
        if (delay != INT64_MIN)
                pinfold_set_adopt_wait_delay(box, delay);
        box_begin(box);
        begin = now_ms();
        status = box_wait(box);
        *ret_duration = now_ms() - begin;
        pinfold_free(box);
        assert_no_children();
        assert_int_equal(status.cancelled, 0);
        assert_int_equal(status.lost, 0);
        return status;
}

static const char note[] = "processes were left after the delay, and were killed\n";

TEST(the_default_is_five_seconds)
{
        int64_t duration;
        struct pinfold_status status = run("sleep 1000 & exit 7", INT64_MIN, &duration);

        assert_int_equal(status.status, 7);
        assert_int_equal(status.exited, 1);
        assert_int_equal(status.lingered, 1);
        assert_true(duration >= 4500);
        assert_string_equal(logged, note);
}

TEST(a_short_delay)
{
        int64_t duration;
        struct pinfold_status status = run("sleep 1000 & kill -TERM $$", 300, &duration);

        assert_int_equal(status.status, 143);
        assert_int_equal(status.signal, 15);
        assert_int_equal(status.lingered, 1);
        assert_true(duration >= 250);
        assert_string_equal(logged, note);
}

TEST(no_delay)
{
        static const int64_t delays[] = {0, -1, INT64_MIN + 1};
        int64_t duration;

        for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
                struct pinfold_status status = run("sleep 1000 & exit 8", delays[i], &duration);

                assert_int_equal(status.status, 8);
                assert_int_equal(status.lingered, 1);
                assert_string_equal(logged, note);
                /* With nobody left there is nothing to tell. */
                status = run("exit 9", delays[i], &duration);
                assert_int_equal(status.status, 9);
                assert_int_equal(status.lingered, 0);
                assert_string_equal(logged, "");
        }
}

TEST(those_that_end_in_time)
{
        int64_t duration;
        struct pinfold_status status = run("(sleep 0.3; exit 3) & setsid sleep 0.2 & exit 10", 600000, &duration);

        assert_int_equal(status.status, 10);
        assert_int_equal(status.lingered, 0);
        assert_true(duration >= 250);
        assert_true(duration < 60000);
        assert_string_equal(logged, "");
}

/* They can be waited for as long as one likes, and go on working. */
TEST(an_endless_delay)
{
        struct pinfold *box = box_new("(read line; echo $line) & exit 11");
        struct pinfold_status status;
        int in[2], out[2];
        char text[8] = "";

        assert_int_equal(pipe(in), 0);
        assert_int_equal(pipe(out), 0);
        /* A background process of a shell has /dev/null as standard input. */
        pinfold_set_args(box, (const char *[]){"sh", "-c", "(read line <&3; echo $line) & exit 11", NULL});
        pinfold_add_file(box, in[0]);
        pinfold_set_stdout(box, out[1]);
        pinfold_set_adopt_wait_delay(box, INT64_MAX);
        box_begin(box);
        assert_int_equal(pinfold_wait(box, 500, NULL, NULL), -ETIMEDOUT);
        assert_int_equal(write(in[1], "still\n", 6), 6);
        status = box_wait(box);
        assert_int_equal(status.status, 11);
        assert_int_equal(status.lingered, 0);
        assert_int_equal(read(out[0], text, sizeof(text)), 6);
        assert_string_equal(text, "still\n");
        pinfold_free(box);
        for (int i = 0; i < 2; i++) {
                close(in[i]);
                close(out[i]);
        }
}

/* ---- Reaping ----------------------------------------------------------------------------------------------------- */

/* Their parents end without waiting for them. Afterwards PID 1 has no zombie. */
TEST(three_thousand_orphans)
{
        char *output = box_output(box_with_probe("exec /inside orphans 30"), 42);

        assert_string_equal(output, "");
        free(output);
}

/* Most of them still there when the program ends, and then all at once. */
TEST(many_at_the_end)
{
        struct pinfold *box = box_with_probe("exec /inside leave 1000");

        pinfold_set_adopt_wait_delay(box, 100000);
        free(box_output(box, 42));
}

/* ---- The status is never lost ------------------------------------------------------------------------------------ */

/* stress/status does thousands. */
static void fifty(const char *script, int expected, int64_t delay)
{
        for (int i = 0; i < 50; i++) {
                struct pinfold_status status;
                struct pinfold *box = box_new(script);

                pinfold_set_adopt_wait_delay(box, delay);
                box_begin(box);
                status = box_wait(box);
                pinfold_free(box);
                if (status.status != expected || !status.exited || status.code != expected || status.lost ||
                    status.cancelled)
                        fail_msg("run %d: status %d, exited %d, lost %d", i, status.status, status.exited, status.lost);
        }
}

TEST(quick_programs)
{
        fifty("exec /bin/true", 0, 5000);
}

TEST(quick_programs_with_children_that_end_about_then)
{
        fifty("(exit 1) & (sleep 0.001; exit 2) & sleep 0.002 & exit 7", 7, 5000);
}

TEST(quick_programs_with_children_that_linger)
{
        fifty("sleep 1000 & exit 7", 7, 0);
        fifty("sleep 1000 & (exit 5) & exit 0", 0, 1);
}
