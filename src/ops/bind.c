/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/bind_flags.h"
#include "ops/build.h"
#include "ops/list.h"

struct bind {
        const char *source;
        const char *target;
        uint32_t flags; /* enum pinfold_bind_flag */
        uint64_t device, inode; /* of what has to be there; both 0: anything */
};

struct bind_state {
        int mount; /* -1: optional, and not there */
        bool directory;
};

static const struct field fields[] = {
        OP_FIELD(bind, source, FIELD_SOURCE),
        OP_FIELD(bind, target, FIELD_TARGET),
        OP_FIELD(bind, flags, FIELD_FLAGS, false, bind_flags),
        OP_FIELD(bind, device, FIELD_U64),
        OP_FIELD(bind, inode, FIELD_U64),
};

static int check(const void *op, struct pinfold_error *err)
{
        return bind_flags_check(((const struct bind *)op)->flags, err);
}

static void describe(const void *op, char *text, size_t size)
{
        const struct bind *bind = op;

        snprintf(text, size, "bind %s on %s", bind->source, bind->target);
}

static int check_same(const struct bind *bind, int mount, struct pinfold_error *err)
{
        struct sys_file file;
        int r = sys_stat(mount, &file);

        if (r < 0)
                return error_path(err, -r, "look at", bind->source);
        if (file.device == bind->device && file.inode == bind->inode)
                return 0;
        error_set(err, ESTALE, "%s is not what the descriptor refers to any more", bind->source);
        return error_about(err, bind->source);
}

static int prepare(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct bind *bind = op;
        struct bind_state *bound = state;

        (void)build;
        if (bind_prepare(-1, bind->source, bind->flags, &bound->mount, &bound->directory, err) < 0)
                return -err->error;
        return bind->device || bind->inode ? check_same(bind, bound->mount, err) : 0;
}

static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct bind *bind = op;
        struct bind_state *bound = state;
        int r;

        if (bound->mount < 0)
                return 0;
        r = bind_apply(build, bound->mount, bind->target, bound->directory, bind->flags, err);
        bound->mount = close_fd(bound->mount);
        return r;
}

const struct op op_bind = {
        .option = OP_OPTION("bind", "SRC[:DEST[:FLAGS]]",
                            "show the host's SRC at DEST, read-only", BIND_WORDS(WORD_TEXT)),
        .record = OP_RECORD(bind, fields),
        .positional = 2,
        .same_as_first = 1,
        .check = check,
        .describe = describe,
        .state_size = sizeof(struct bind_state),
        .prepare = prepare,
        .apply = apply,
};

int pinfold_bind(struct pinfold *box, const char *source, const char *target, unsigned flags)
{
        struct bind bind = {source, target, flags, 0, 0};

        return op_append(box, &op_bind, &bind);
}

int pinfold_bind_fd(struct pinfold *box, int fd, const char *target, unsigned flags)
{
        char link[32], path[PATH_MAX];
        struct stat file;
        ssize_t length;

        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        length = readlink(link, path, sizeof(path) - 1);
        if (length < 0 || fstat(fd, &file) < 0)
                return op_refuse_box(box, EBADF, "bind: descriptor %d", fd);
        path[length] = '\0';
        return op_append(box, &op_bind, &(struct bind){path, target, flags, file.st_dev, file.st_ino});
}
