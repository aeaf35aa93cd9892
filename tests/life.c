/* SPDX-License-Identifier: MIT */
/* The life of a container, as its caller sees it. */
#include "test.h"

#include "support/box.h"

TEST(output_and_status)
{
        char *output = box_output(box_new("echo hello; exit 3"), 3);

        assert_string_equal(output, "hello\n");
        free(output);
}
