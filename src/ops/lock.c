/* SPDX-License-Identifier: MIT */
/*
 * A lock for as long as the container lives. Of the open file (F_OFD_SETLK of fcntl(2)), so that it is PID 1's although it is taken
 * here; those who look for a lock with F_GETLK see it.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/build.h"
#include "ops/list.h"

struct lock {
        const char *target;
};

static const struct field fields[] = {
        OP_FIELD(lock, target, FIELD_TARGET),
};

static void describe(const void *op, char *text, size_t size)
{
        snprintf(text, size, "lock %s", ((const struct lock *)op)->target);
}

static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const char *target = ((const struct lock *)op)->target;
        struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
        _cleanup_close_ int place = build_open(build, target, err), fd = -1;
        struct sys_file file;
        char link[32];
        int r;

        (void)state;
        if (place < 0)
                return place;
        r = sys_stat_type(place, &file);
        if (r < 0)
                return error_path(err, -r, "look at", target);
        /* A pipe, or a device, would have something to say about being opened. */
        if (!S_ISREG(file.mode)) {
                error_set(err, EINVAL, "%s is not a regular file", target);
                return error_about(err, target);
        }
        snprintf(link, sizeof(link), "/proc/self/fd/%d", place);
        fd = openat(AT_FDCWD, link, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return error_path(err, errno, "open", target);
        if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
                return error_path(err, errno, "take a lock on", target);
        return build->keep(build->context, fd, err);
}

const struct op op_lock = {
        .option = OP_OPTION("lock", "DEST",
                            "holds a shared lock (fcntl(2)) on the file at DEST while there is anything in the container", NULL),
        .record = OP_RECORD(lock, fields),
        .positional = 1,
        .describe = describe,
        .apply = apply,
};

int pinfold_lock(struct pinfold *box, const char *target)
{
        struct lock lock = {target};

        return op_append(box, &op_lock, &lock);
}
