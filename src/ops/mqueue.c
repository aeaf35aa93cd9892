/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/build.h"
#include "ops/list.h"
#include "syscall/mount.h"

struct mqueue {
        const char *target;
};

static const struct field fields[] = {
        OP_FIELD(mqueue, target, FIELD_TARGET),
};

static void describe(const void *op, char *text, size_t size)
{
        snprintf(text, size, "mqueue on %s", ((const struct mqueue *)op)->target);
}

static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        static const char *const options[] = {"source", "mqueue", NULL};
        const struct mqueue *mqueue = op;
        _cleanup_close_ int target = build_mount_point(build, mqueue->target, true, build->parent_perm, err), mount = -1;

        (void)state;
        if (target < 0)
                return target;
        mount = mount_new("mqueue", options, SYS_ATTR_NOSUID | SYS_ATTR_NOEXEC | SYS_ATTR_NODEV, err);
        return mount < 0 ? mount : build_attach(build, mount, target, mqueue->target, err);
}

const struct op op_mqueue = {
        .option = OP_OPTION("mqueue", "DEST",
                            "the container's POSIX message queues as a file system", NULL),
        .record = OP_RECORD(mqueue, fields),
        .positional = 1,
        .describe = describe,
        .apply = apply,
};

int pinfold_mqueue(struct pinfold *box, const char *target)
{
        struct mqueue mqueue = {target};

        return op_append(box, &op_mqueue, &mqueue);
}
