/* SPDX-License-Identifier: MIT */
/* Errors, compared as a whole. */
#ifndef SUPPORT_EXPECT_H
#define SUPPORT_EXPECT_H

#include <pinfold/pinfold.h>

/* What an error must say. `path` and `name` may be NULL for "". */
struct expected {
        int stage;
        int error;
        int index;
        const char *name;
        const char *path;
        const char *text;
};

void assert_error(const struct pinfold_error *err, const struct expected *expected);

/* Runs the container, which must fail so in start or serve; frees the box. */
void box_fails(struct pinfold *box, const struct expected *expected);

#endif
