/* SPDX-License-Identifier: MIT */
/* Many containers alive at once, from one process: at most two descriptors each, every status its own, nothing left. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "life/child.h"
#include "support/box.h"

/* Two descriptors for each, and some that are there. */
static void allow_descriptors(int containers)
{
        struct rlimit limit;

        assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
        limit.rlim_cur = limit.rlim_max;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        assert_true(limit.rlim_cur > (rlim_t)(2 * containers + 100));
}

/* Each ends with a status of its own, once its input has ended. */
static struct pinfold *begin(int number, int input)
{
        struct pinfold *box = box_new(format("read line; exit %d", number % 100));

        pinfold_set_stdin(box, input);
        box_begin(box);
        return box;
}

TEST(many_are_alive_at_once)
{
        int containers = stress_size(60, 1000), ends[2], before;
        struct pinfold **boxes = calloc((size_t)containers, sizeof(struct pinfold *));
        int64_t start = now_ms();

        assert_non_null(boxes);
        allow_descriptors(containers);
        assert_int_equal(pipe(ends), 0);
        before = open_descriptors();
        for (int i = 0; i < containers; i++) {
                boxes[i] = begin(i, ends[0]);
                if (i % 100 == 99) {
                        print_message("# %d of %d alive, %.1f s\n", i + 1, containers, (double)(now_ms() - start) / 1000);
                        fflush(stdout);
                }
        }
        assert_true(open_descriptors() - before <= 2 * containers);
        for (int i = 0; i < containers; i++)
                assert_int_equal(pinfold_wait(boxes[i], 0, NULL, NULL), -ETIMEDOUT);
        close(ends[1]);
        for (int i = 0; i < containers; i++) {
                struct pinfold_status status = box_wait(boxes[i]);

                assert_int_equal(status.status, i % 100);
                assert_false(status.lost);
                pinfold_free(boxes[i]);
        }
        close(ends[0]);
        assert_int_equal(open_descriptors(), before - 2);
        assert_no_children();
        free(boxes);
}
