/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/build.h"
#include "ops/list.h"
#include "syscall/mount.h"

struct tmpfs {
        const char *target;
        int64_t size; /* 0: the kernel's default */
        uint32_t mode;
};

static const struct field fields[] = {
        OP_FIELD(tmpfs, target, FIELD_TARGET),
        OP_FIELD(tmpfs, size, FIELD_SIZE),
        OP_FIELD(tmpfs, mode, FIELD_MODE, .fallback = 0755),
};

/* The kernel rounds up to pages and would wrap: nobody has so much memory. */
#define ABSURD_SIZE ((int64_t)1 << 56)

static int check(const void *op, struct pinfold_error *err)
{
        if (((const struct tmpfs *)op)->size >= ABSURD_SIZE)
                return error_set(err, EINVAL, "size is absurd");
        return 0;
}

static void describe(const void *op, char *text, size_t size)
{
        snprintf(text, size, "tmpfs on %s", ((const struct tmpfs *)op)->target);
}

static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct tmpfs *tmpfs = op;
        _cleanup_close_ int mount = mount_tmpfs("ephemeral", (uint64_t)tmpfs->size, tmpfs->mode,
                                                SYS_ATTR_NOSUID | SYS_ATTR_NODEV, err);
        int r;

        (void)state;
        if (mount < 0)
                return mount;
        r = build_own(build, mount, err);
        return r < 0 ? r : build_attach_at(build, mount, tmpfs->target, true, build_tmpfs_parent_mode(tmpfs->mode), err);
}

const struct op op_tmpfs = {
        .option = OP_OPTION("tmpfs", "DEST[:size=SIZE,mode=MODE]",
                            "an empty, writable tmpfs at DEST", NULL),
        .record = OP_RECORD(tmpfs, fields),
        .positional = 1,
        .check = check,
        .describe = describe,
        .apply = apply,
};

int pinfold_tmpfs(struct pinfold *box, const char *target, int64_t size, mode_t mode)
{
        struct tmpfs tmpfs = {target, size, mode};

        return op_append(box, &op_tmpfs, &tmpfs);
}
