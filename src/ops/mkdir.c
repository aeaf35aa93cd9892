/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/build.h"
#include "ops/list.h"

struct directory {
        const char *target;
        uint32_t mode;
};

static const struct field fields[] = {
        OP_FIELD(directory, target, FIELD_TARGET),
        OP_FIELD(directory, mode, FIELD_MODE, .fallback = 0755),
};

static void describe(const void *op, char *text, size_t size)
{
        snprintf(text, size, "directory %s", ((const struct directory *)op)->target);
}

static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct directory *directory = op;
        _cleanup_close_ int fd =
                build_directory(build, directory->target, directory->mode, directory->mode, err);

        (void)state;
        return fd < 0 ? fd : 0;
}

const struct op op_mkdir = {
        .option = OP_OPTION("mkdir", "DEST[:mode=MODE]",
                            "a directory at DEST, with its parents", NULL),
        .record = OP_RECORD(directory, fields),
        .positional = 1,
        .describe = describe,
        .apply = apply,
};

int pinfold_mkdir(struct pinfold *box, const char *target, mode_t mode)
{
        struct directory directory = {target, mode};

        return op_append(box, &op_mkdir, &directory);
}
