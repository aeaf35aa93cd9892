/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/build.h"
#include "ops/list.h"
#include "syscall/mount.h"

struct place {
        const char *target;
        struct bytes content;
};

struct place_state {
        int mount;
};

static const struct field fields[] = {
        OP_FIELD(place, target, FIELD_TARGET),
        OP_FIELD(place, content, FIELD_BYTES),
};

static void describe(const void *op, char *text, size_t size)
{
        snprintf(text, size, "place %s", ((const struct place *)op)->target);
}

static int write_all(int fd, const struct bytes *content)
{
        const char *at = content->data;

        for (size_t left = content->size; left > 0;) {
                ssize_t written = write(fd, at, left);

                if (written < 0 && errno == EINTR)
                        continue;
                if (written <= 0)
                        return written < 0 ? -errno : -EIO;
                at += written;
                left -= (size_t)written;
        }
        return 0;
}

static int prepare(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct place *place = op;
        struct place_state *made = state;
        int scratch = build_scratch(build, err), r;
        _cleanup_close_ int fd = -1;
        char name[32];

        if (scratch < 0)
                return scratch;
        snprintf(name, sizeof(name), "%u", build->scratch_names++);
        fd = openat(scratch, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
        if (fd < 0)
                return error_set(err, errno, "create the file");
        r = write_all(fd, &place->content);
        if (r < 0)
                return error_set(err, -r, "write %zu bytes", place->content.size);
        made->mount = sys_clone_tree(scratch, name, 0);
        if (made->mount < 0)
                return error_set(err, -made->mount, "copy the mount of the file");
        r = sys_mount_setattr(made->mount, 0, SYS_ATTR_RDONLY | SYS_ATTR_NOSUID | SYS_ATTR_NODEV,
                              SYS_PROPAGATION_PRIVATE);
        return r < 0 ? error_set(err, -r, "set mount flags") : 0;
}

static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct place *place = op;
        struct place_state *made = state;
        int r = build_attach_at(build, made->mount, place->target, false, build->parent_perm, err);

        made->mount = close_fd(made->mount);
        return r;
}

const struct op op_place = {
        .option = OP_OPTION("place", "DEST:from=FILE|text=TEXT",
                            "a read-only file at DEST with the given content, backed by no file of the host", NULL),
        .record = OP_RECORD(place, fields),
        .positional = 1,
        .describe = describe,
        .state_size = sizeof(struct place_state),
        .prepare = prepare,
        .apply = apply,
};

int pinfold_place(struct pinfold *box, const char *target, const void *content, size_t size)
{
        struct place place = {target, {content, size}};

        return op_append(box, &op_place, &place);
}
