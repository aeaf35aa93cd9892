/* SPDX-License-Identifier: MIT */
/*
 * An exit status is never lost. The system that this one re-creates picked at random between "the program ended" and "no
 * child is left", and gave a wrong status in every fourth run. PINFOLD_RUNS sets the number of runs.
 */
#include "test.h"

#include "support/box.h"

static int runs(void)
{
        const char *text = getenv("PINFOLD_RUNS");

        return text ? atoi(text) : 300;
}

/* One run of `sh -c SCRIPT`, which must end with `status`. */
static void run_once(const char *script, int status, int number)
{
        struct pinfold_status ended = {.size = sizeof(ended)};
        struct pinfold_error err = {0};
        struct pinfold *box = pinfold_new("/bin/sh", (const char *[]){"sh", "-c", script, NULL});

        pinfold_bind(box, "/", "/", 0);
        if (pinfold_start(box, &err) < 0 || pinfold_serve(box, &err) < 0 || pinfold_wait(box, -1, &ended, &err) < 0)
                fail_msg("run %d: %s", number, err.text);
        pinfold_free(box);
        if (ended.status != status || ended.lost || ended.cancelled)
                fail_msg("run %d: status %d, lost %d, cancelled %d", number, ended.status, ended.lost, ended.cancelled);
}

TEST(the_status_of_short_programs)
{
        assert_true(runs() > 0);
        for (int i = 0; i < runs(); i++)
                run_once(i % 2 ? "exit 7" : "exit 0", i % 2 ? 7 : 0, i);
}

/* The case that the original lost: children that end together with the program. */
TEST(the_status_of_programs_with_children_that_end_at_the_same_time)
{
        for (int i = 0; i < runs(); i++)
                run_once("(exit 1) & (exit 2) & exit 3", 3, i);
}

TEST(nothing_is_kept_per_run)
{
        int before = open_descriptors();

        for (int i = 0; i < 20; i++)
                run_once("exit 0", 0, i);
        assert_int_equal(open_descriptors(), before);
}
