/* SPDX-License-Identifier: MIT */
#include "support/expect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/box.h"

void assert_error(const struct pinfold_error *err, const struct expected *expected)
{
        assert_string_equal(err->text, expected->text);
        assert_string_equal(pinfold_stage_name(err->stage), pinfold_stage_name(expected->stage));
        assert_int_equal(err->error, expected->error);
        assert_int_equal(err->op_index, expected->index);
        assert_string_equal(err->op_name, expected->name ? expected->name : "");
        assert_string_equal(err->path, expected->path ? expected->path : "");
        assert_int_equal(err->fatal, 0);
}

void box_fails(struct pinfold *box, const struct expected *expected)
{
        struct run run = box_run(box);

        pinfold_free(box);
        if (!run.error)
                fail_msg("no error; status %d, output: %s", run.status.status, run.output);
        run_free(&run);
        assert_int_equal(run.error, run.err.error);
        assert_error(&run.err, expected);
}
