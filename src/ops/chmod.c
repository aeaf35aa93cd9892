/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/build.h"
#include "ops/list.h"

struct change {
        const char *target;
        uint32_t mode;
};

static const struct field fields[] = {
        OP_FIELD(change, target, FIELD_TARGET),
        OP_FIELD(change, mode, FIELD_MODE, .fallback = 0755),
};

static void describe(const void *op, char *text, size_t size)
{
        const struct change *change = op;

        snprintf(text, size, "mode 0%o of %s", (unsigned)change->mode, change->target);
}

static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct change *change = op;
        _cleanup_close_ int fd = build_open(build, change->target, err);
        char link[32];

        (void)state;
        if (fd < 0)
                return fd;
        /* fchmod(2) takes no O_PATH; the link leads to what is open, and no further. */
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        return chmod(link, change->mode) < 0 ? error_path(err, errno, "change the mode of", change->target) : 0;
}

const struct op op_chmod = {
        .option = OP_OPTION("chmod", "DEST[:mode=MODE]",
                            "changes the permission bits of what is at DEST", NULL),
        .record = OP_RECORD(change, fields),
        .positional = 1,
        .describe = describe,
        .apply = apply,
};

int pinfold_chmod(struct pinfold *box, const char *target, mode_t mode)
{
        struct change change = {target, mode};

        return op_append(box, &op_chmod, &change);
}
