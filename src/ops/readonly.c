/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/build.h"
#include "ops/list.h"
#include "syscall/mount.h"

struct readonly {
        const char *target;
        uint32_t mode;
};

static const struct field fields[] = {
        OP_FIELD(readonly, target, FIELD_TARGET),
        OP_FIELD(readonly, mode, FIELD_MODE, .fallback = 0755),
};

static void describe(const void *op, char *text, size_t size)
{
        snprintf(text, size, "read-only tmpfs on %s", ((const struct readonly *)op)->target);
}

static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct readonly *readonly = op;
        _cleanup_close_ int mount = mount_tmpfs("readonly", 0, readonly->mode,
                                                SYS_ATTR_RDONLY | SYS_ATTR_NOSUID | SYS_ATTR_NODEV, err);

        (void)state;
        if (mount < 0)
                return mount;
        return build_attach_at(build, mount, readonly->target, true, build_tmpfs_parent_mode(readonly->mode), err);
}

const struct op op_readonly = {
        .option = OP_OPTION("readonly", "DEST[:mode=MODE]",
                            "an empty, read-only directory at DEST", NULL),
        .record = OP_RECORD(readonly, fields),
        .positional = 1,
        .describe = describe,
        .apply = apply,
};

int pinfold_readonly(struct pinfold *box, const char *target, mode_t mode)
{
        struct readonly readonly = {target, mode};

        return op_append(box, &op_readonly, &readonly);
}
