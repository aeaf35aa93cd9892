/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/build.h"
#include "ops/list.h"
#include "syscall/mount.h"

struct protect {
        const char *target;
        const char *path; /* relative to it */
        uint32_t flags;   /* enum pinfold_protect_flag */
};

#define WORDS(WORD) \
        WORD("writable", PINFOLD_PROTECT_WRITABLE, "it may be changed, and what is in it") \
        WORD("optional", PINFOLD_PROTECT_OPTIONAL, "does nothing when it is missing") \
        WORD("file", PINFOLD_PROTECT_FILE, "when it is missing, there is an empty file") \
        WORD("directory", PINFOLD_PROTECT_DIRECTORY, "when it is missing, there is an empty directory")

static const struct word flags[] = WORD_ROWS(WORDS);

static const struct field fields[] = {
        OP_FIELD(protect, target, FIELD_TARGET),
        OP_FIELD(protect, path, FIELD_BELOW),
        OP_FIELD(protect, flags, FIELD_FLAGS, false, flags),
};

static int check(const void *op, struct pinfold_error *err)
{
        const uint32_t missing = PINFOLD_PROTECT_OPTIONAL | PINFOLD_PROTECT_FILE | PINFOLD_PROTECT_DIRECTORY;
        uint32_t chosen = ((const struct protect *)op)->flags & missing;

        return chosen & (chosen - 1) ? error_set(err, EINVAL, "only one of optional, file and directory can be") : 0;
}

static void describe(const void *op, char *text, size_t size)
{
        const struct protect *protect = op;

        snprintf(text, size, "protect %s/%s", protect->target, protect->path);
}

static enum build_make make_of(uint32_t bits)
{
        return bits & PINFOLD_PROTECT_FILE ? MAKE_FILE : bits & PINFOLD_PROTECT_DIRECTORY ? MAKE_DIRECTORY : MAKE_NOTHING;
}

/* A copy of what is there is mounted on it: one object throughout, whatever becomes of the names meanwhile. */
static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct protect *protect = op;
        _cleanup_close_ int base = build_open(build, protect->target, err), point = -1, mount = -1;
        int r;

        (void)state;
        if (base < 0)
                return base;
        point = build_point_beneath(build, base, protect->path, make_of(protect->flags), err);
        if (point == -ENOENT && (protect->flags & PINFOLD_PROTECT_OPTIONAL))
                return 0;
        if (point < 0)
                return point;
        mount = sys_clone_tree(point, "", 1);
        if (mount < 0)
                return error_path(err, -mount, "copy the mount of", protect->path);
        r = sys_mount_setattr(mount, 1, protect->flags & PINFOLD_PROTECT_WRITABLE ? 0 : SYS_ATTR_RDONLY,
                              SYS_PROPAGATION_PRIVATE);
        if (r < 0)
                return error_path(err, -r, "set mount flags of", protect->path);
        return build_attach(build, mount, point, protect->path, err);
}

const struct op op_protect = {
        .option = OP_OPTION("protect", "DEST:PATH[:FLAGS]",
                            "what is at PATH below DEST is read-only, and cannot be renamed or replaced", WORDS(WORD_TEXT)),
        .record = OP_RECORD(protect, fields),
        .positional = 2,
        .check = check,
        .describe = describe,
        .apply = apply,
};

int pinfold_protect(struct pinfold *box, const char *target, const char *path, unsigned bits)
{
        struct protect protect = {target, path, bits};

        return op_append(box, &op_protect, &protect);
}
