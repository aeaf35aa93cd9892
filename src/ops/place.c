/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/build.h"
#include "ops/list.h"
#include "syscall/mount.h"

struct place {
        const char *target;
        struct bytes content;
        uint32_t mode;
        uint32_t flags; /* enum pinfold_place_flag */
};

struct place_state {
        int mount;
};

#define WORDS(WORD)                                                                  \
        WORD("writable", PINFOLD_PLACE_WRITABLE, "its content can be changed")       \
        WORD("copy", PINFOLD_PLACE_COPY, "a file in the directory, and no mount of its own")

static const struct word flags[] = WORD_ROWS(WORDS);

static const struct field fields[] = {
        OP_FIELD(place, target, FIELD_TARGET),
        OP_FIELD(place, content, FIELD_BYTES),
        OP_FIELD(place, mode, FIELD_MODE, .fallback = 0444),
        OP_FIELD(place, flags, FIELD_FLAGS, false, flags),
};

static int check(const void *op, struct pinfold_error *err)
{
        const struct place *place = op;

        if ((place->flags & PINFOLD_PLACE_COPY) && (place->flags & PINFOLD_PLACE_WRITABLE))
                return error_set(err, EINVAL, "a copy is as writable as its directory and mode are");
        return 0;
}

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
        uint32_t attributes = SYS_ATTR_NOSUID | SYS_ATTR_NODEV;
        _cleanup_close_ int fd = -1;
        int scratch, r;
        char name[32];

        if (place->flags & PINFOLD_PLACE_COPY)
                return 0;
        scratch = build_scratch(build, err);
        if (scratch < 0)
                return scratch;
        if (!(place->flags & PINFOLD_PLACE_WRITABLE))
                attributes |= SYS_ATTR_RDONLY;
        snprintf(name, sizeof(name), "%u", build->scratch_names++);
        fd = openat(scratch, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 || fchmod(fd, place->mode) < 0)
                return error_set(err, errno, "create the file");
        r = write_all(fd, &place->content);
        if (r < 0)
                return error_set(err, -r, "write %zu bytes", place->content.size);
        made->mount = sys_clone_tree(scratch, name, 0);
        if (made->mount < 0)
                return error_set(err, -made->mount, "copy the mount of the file");
        r = sys_mount_setattr(made->mount, 0, attributes, SYS_PROPAGATION_PRIVATE);
        return r < 0 ? error_set(err, -r, "set mount flags") : 0;
}

/* As creat(2) with the mode: one that is there keeps its own. */
static int copy(const struct place *place, struct build *build, struct pinfold_error *err)
{
        char name[NAME_MAX + 1];
        _cleanup_close_ int parent = build_parent(build, place->target, build->parent_perm, name, err);
        _cleanup_close_ int fd = -1;
        int r;

        if (parent < 0)
                return parent;
        fd = openat(parent, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, place->mode);
        if (fd < 0)
                return error_path(err, errno, "create", place->target);
        r = write_all(fd, &place->content);
        return r < 0 ? error_set(err, -r, "write %zu bytes", place->content.size) : 0;
}

static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct place *place = op;
        struct place_state *made = state;
        int r;

        if (place->flags & PINFOLD_PLACE_COPY)
                return copy(place, build, err);
        r = build_attach_at(build, made->mount, place->target, false, build->parent_perm, err);

        made->mount = close_fd(made->mount);
        return r;
}

const struct op op_place = {
        .option = OP_OPTION("place", "DEST:from=FILE|text=TEXT[,mode=MODE][,FLAGS]",
                            "a read-only file at DEST with the given content, backed by no file of the host",
                            WORDS(WORD_TEXT)),
        .record = OP_RECORD(place, fields),
        .positional = 1,
        .check = check,
        .describe = describe,
        .state_size = sizeof(struct place_state),
        .prepare = prepare,
        .apply = apply,
};

int pinfold_place(struct pinfold *box, const char *target, const void *content, size_t size)
{
        return pinfold_place_mode(box, target, content, size, 0444, 0);
}

int pinfold_place_mode(struct pinfold *box, const char *target, const void *content, size_t size, mode_t mode,
                       unsigned place_flags)
{
        struct place place = {target, {content, size}, mode, place_flags};

        return op_append(box, &op_place, &place);
}
