/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/build.h"
#include "ops/list.h"
#include "syscall/mount.h"

struct remount {
        const char *target;
        uint32_t flags; /* enum pinfold_remount_flag */
};

#define WORDS(WORD) \
        WORD("ro", PINFOLD_REMOUNT_READONLY, "read-only") \
        WORD("nodev", PINFOLD_REMOUNT_NODEV, "device nodes in it do not work") \
        WORD("nosuid", PINFOLD_REMOUNT_NOSUID, "always so") \
        WORD("recursive", PINFOLD_REMOUNT_RECURSIVE, "also everything mounted below it")

static const struct word flags[] = WORD_ROWS(WORDS);

static const struct field fields[] = {
        OP_FIELD(remount, target, FIELD_TARGET),
        OP_FIELD(remount, flags, FIELD_FLAGS, false, flags),
};

static void describe(const void *op, char *text, size_t size)
{
        snprintf(text, size, "remount %s", ((const struct remount *)op)->target);
}

static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct remount *remount = op;
        uint32_t set = SYS_ATTR_NOSUID | (remount->flags & PINFOLD_REMOUNT_READONLY ? SYS_ATTR_RDONLY : 0) |
                       (remount->flags & PINFOLD_REMOUNT_NODEV ? SYS_ATTR_NODEV : 0);
        _cleanup_close_ int target = build_open(build, remount->target, err);
        struct sys_file file;
        int r;

        (void)state;
        if (target < 0)
                return target;
        r = sys_stat_type(target, &file);
        if (r < 0)
                return error_path(err, -r, "look at", remount->target);
        if (!file.mount_root) {
                error_set(err, EINVAL, "%s is not a mount point", remount->target);
                return error_about(err, remount->target);
        }
        r = sys_mount_setattr(target, !!(remount->flags & PINFOLD_REMOUNT_RECURSIVE), set, 0);
        return r < 0 ? error_path(err, -r, "set mount flags of", remount->target) : 0;
}

const struct op op_remount = {
        .option = OP_OPTION("remount", "DEST[:FLAGS]",
                            "adds flags to the mount at DEST", WORDS(WORD_TEXT)),
        .record = OP_RECORD(remount, fields),
        .positional = 1,
        .describe = describe,
        .apply = apply,
};

int pinfold_remount(struct pinfold *box, const char *target, unsigned remount_flags)
{
        struct remount remount = {target, remount_flags};

        return op_append(box, &op_remount, &remount);
}
