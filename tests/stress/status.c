/* SPDX-License-Identifier: MIT */
/*
 * An exit status is never lost, and nothing is kept of a run. The system that this one re-creates picked at random between "the
 * program ended" and "no child is left", and gave a wrong status in every fourth run.
 */
#define _GNU_SOURCE

#include "test.h"

#include <malloc.h>
#include <time.h>

#include "support/box.h"

#define FULL 50000 /* of each kind */

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

/* In pages. */
static long resident(void)
{
        char *text = read_file("/proc/self/statm");
        long size = 0;

        assert_non_null(text);
        assert_int_equal(sscanf(text, "%*s %ld", &size), 1);
        free(text);
        return size;
}

/* What is there after a few runs is there after all of them. */
struct kept {
        int descriptors;
        size_t allocated;
        long resident;
};

static struct kept look(void)
{
        return (struct kept){open_descriptors(), mallinfo2().uordblks, resident()};
}

static void check_kept(const struct kept *before)
{
        struct kept after = look();

        assert_int_equal(after.descriptors, before->descriptors);
        assert_int_equal(after.allocated, before->allocated);
        /* Where the allocator puts things differs by some pages; a leak of one byte in each full run would be more. */
        if (after.resident > before->resident + 16)
                fail_msg("%ld pages of memory before, %ld after", before->resident, after.resident);
}

static void many(const char *const scripts[2], const int statuses[2])
{
        int runs = stress_size(300, FULL);
        time_t begin = time(NULL);
        struct kept before = {0};

        for (int i = 0; i < runs; i++) {
                run_once(scripts[i % 2], statuses[i % 2], i);
                if (i == 20)
                        before = look();
                if (i % 5000 == 4999) {
                        print_message("# %d of %d starts, %ld s, %ld pages\n", i + 1, runs, (long)(time(NULL) - begin), resident());
                        fflush(stdout);
                }
        }
        if (runs > 20)
                check_kept(&before);
}

TEST(the_status_of_short_programs)
{
        many((const char *const[]){"exit 0", "exit 7"}, (const int[]){0, 7});
}

/* The case that the original lost: children that end together with the program. */
TEST(the_status_of_programs_with_children_that_end_at_the_same_time)
{
        many((const char *const[]){"(exit 1) & (exit 2) & exit 3", "(exit 4) & exit 0"}, (const int[]){3, 0});
}
