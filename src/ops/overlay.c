/* SPDX-License-Identifier: MIT */
/*
 * Overlay file systems. Everything happens in prepare, where the layers are in view; they are named by descriptor, so that
 * no character of a path means anything to the kernel's option parser.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/build.h"
#include "ops/list.h"
#include "syscall/mount.h"

struct overlay {
        const char *target;
        struct texts lower; /* the first one on top */
        const char *upper;
        const char *work;
        uint32_t flags; /* enum pinfold_overlay_flag */
};

struct overlay_state {
        int mount;
};

#define WORDS(WORD) \
        WORD("ephemeral", PINFOLD_OVERLAY_EPHEMERAL, "writable; what is written vanishes with the container")

static const struct word flags[] = WORD_ROWS(WORDS);

static const struct field fields[] = {
        OP_FIELD(overlay, target, FIELD_TARGET),
        OP_FIELD(overlay, lower, FIELD_SOURCES),
        OP_FIELD(overlay, upper, FIELD_SOURCE, true),
        OP_FIELD(overlay, work, FIELD_SOURCE, true),
        OP_FIELD(overlay, flags, FIELD_FLAGS, false, flags),
};

static int check(const void *op, struct pinfold_error *err)
{
        const struct overlay *overlay = op;

        if (!overlay->upper != !overlay->work)
                return error_set(err, EINVAL, "upper and work need each other");
        if (overlay->upper && (overlay->flags & PINFOLD_OVERLAY_EPHEMERAL))
                return error_set(err, EINVAL, "ephemeral has no upper of its own");
        if (!overlay->upper && !(overlay->flags & PINFOLD_OVERLAY_EPHEMERAL) && overlay->lower.count < 2)
                return error_set(err, EINVAL, "a read-only overlay needs at least two lowers");
        return 0;
}

static void describe(const void *op, char *text, size_t size)
{
        snprintf(text, size, "overlay on %s", ((const struct overlay *)op)->target);
}

static int open_layer(const char *path, struct pinfold_error *err)
{
        int fd = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? error_path(err, errno, "open layer", path) : fd;
}

static void name_layer(int fd, char name[32])
{
        snprintf(name, 32, "/proc/self/fd/%d", fd);
}

/*
 * An overlay would show the directory below a mount, not the mount: the kernel refuses with a bare EINVAL. A copy without
 * what is mounted beneath is refused for the same reason, and so tells.
 */
static int explain(int r, const char *path, struct pinfold_error *err)
{
        _cleanup_close_ int copy = r == -EINVAL ? sys_clone_tree(AT_FDCWD, path, 0) : -1;

        if (copy == -EINVAL) {
                error_set(err, EINVAL, "layer %s has file systems mounted beneath it", path);
                return error_about(err, path);
        }
        return 0;
}

/* Before Linux 6.5 any option is taken, and an unknown one makes nothing but the creation fail. */
static bool takes_any_option(void)
{
        _cleanup_close_ int fs = sys_fsopen("overlay");

        return fs >= 0 && sys_fsconfig_flag(fs, "pinfold") == 0;
}

/* All in one option of less than 256 bytes, which every kernel knows; else one "lowerdir+" a layer, since Linux 6.8. */
static int add_lowers(int fs, const int *lowers, size_t count, struct pinfold_error *err)
{
        char all[256] = "", name[32];
        size_t used = 0;
        int r;

        for (size_t i = 0; i < count && used < sizeof(all); i++) {
                name_layer(lowers[i], name);
                used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", i ? ":" : "", name);
        }
        if (used < sizeof(all)) {
                r = sys_fsconfig_string(fs, "lowerdir", all);
                return r < 0 ? error_set(err, -r, "set the lower layers") : 0;
        }
        for (size_t i = 0; i < count; i++) {
                name_layer(lowers[i], name);
                r = sys_fsconfig_string(fs, "lowerdir+", name);
                if (i == 0 && (r == -EINVAL || takes_any_option()))
                        return error_set(err, E2BIG, "%zu lower layers need Linux 6.8", count);
                if (r < 0)
                        return error_set(err, -r, "add lower layer %zu", i);
        }
        return 0;
}

static int add_option(int fs, const char *key, int layer, struct pinfold_error *err)
{
        char name[32];
        int r;

        name_layer(layer, name);
        r = sys_fsconfig_string(fs, key, name);
        return r < 0 ? error_set(err, -r, "set %s", key) : 0;
}

/* upper and work in the scratch tmpfs. The upper's mode becomes that of the overlay's root. */
static int make_scratch_layers(struct build *build, int top, int *ret_upper, int *ret_work, struct pinfold_error *err)
{
        int scratch = build_scratch(build, err), r;
        struct sys_file file;
        char upper[32], work[32];

        if (scratch < 0)
                return scratch;
        r = sys_stat(top, &file);
        if (r < 0)
                return error_set(err, -r, "look at the topmost lower layer");
        snprintf(upper, sizeof(upper), "%u", build->scratch_names++);
        snprintf(work, sizeof(work), "%u", build->scratch_names++);
        r = make_directory(scratch, upper, file.mode & 07777);
        if (r == 0)
                r = make_directory(scratch, work, 0700);
        if (r < 0)
                return error_set(err, -r, "create scratch layers");
        *ret_upper = openat(scratch, upper, O_PATH | O_DIRECTORY | O_CLOEXEC);
        *ret_work = openat(scratch, work, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (*ret_upper < 0 || *ret_work < 0)
                return error_set(err, errno, "open scratch layers");
        return 0;
}

static int create(const struct overlay *overlay, const int *lowers, int upper, int work, struct pinfold_error *err)
{
        _cleanup_close_ int fs = sys_fsopen("overlay");
        int r;

        if (fs < 0)
                return error_set(err, -fs, "open file system overlay");
        r = sys_fsconfig_string(fs, "source", "overlay");
        if (r == 0)
                r = sys_fsconfig_flag(fs, "userxattr");
        if (r < 0)
                return error_set(err, -r, "configure overlay");
        r = add_lowers(fs, lowers, overlay->lower.count, err);
        if (r == 0 && upper >= 0)
                r = add_option(fs, "upperdir", upper, err);
        if (r == 0 && work >= 0)
                r = add_option(fs, "workdir", work, err);
        if (r < 0)
                return r;
        r = sys_fsconfig_create(fs);
        if (r < 0) {
                char message[160];

                sys_fs_message(fs, message, sizeof(message));
                return error_set(err, -r, "create file system overlay%s%s", *message ? ": " : "", message);
        }
        r = sys_fsmount(fs, SYS_ATTR_NOSUID | SYS_ATTR_NODEV);
        return r < 0 ? error_set(err, -r, "mount file system overlay") : r;
}

static int explain_all(const struct overlay *overlay, int r, struct pinfold_error *err)
{
        for (size_t i = 0; i < overlay->lower.count; i++)
                if (explain(r, overlay->lower.items[i], err) < 0)
                        return r;
        if (overlay->upper)
                explain(r, overlay->upper, err);
        return r;
}

static int open_lowers(const struct overlay *overlay, int *lowers, struct pinfold_error *err)
{
        for (size_t i = 0; i < overlay->lower.count; i++) {
                lowers[i] = open_layer(overlay->lower.items[i], err);
                if (lowers[i] < 0)
                        return lowers[i];
        }
        return 0;
}

static int prepare(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct overlay *overlay = op;
        struct overlay_state *made = state;
        _cleanup_free_ int *lowers = calloc(overlay->lower.count, sizeof(*lowers));
        _cleanup_close_ int upper = -1, work = -1;
        int r;

        if (!lowers)
                return error_set(err, ENOMEM, "open layers");
        r = open_lowers(overlay, lowers, err);
        if (r < 0)
                return r;
        if (overlay->upper) {
                upper = open_layer(overlay->upper, err);
                if (upper < 0)
                        return upper;
                work = open_layer(overlay->work, err);
                if (work < 0)
                        return work;
        } else if (overlay->flags & PINFOLD_OVERLAY_EPHEMERAL) {
                r = make_scratch_layers(build, lowers[0], &upper, &work, err);
                if (r < 0)
                        return r;
        }
        made->mount = create(overlay, lowers, upper, work, err);
        for (size_t i = 0; i < overlay->lower.count; i++)
                close_fd(lowers[i]);
        return made->mount < 0 ? explain_all(overlay, made->mount, err) : 0;
}

static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct overlay *overlay = op;
        struct overlay_state *made = state;
        int r = 0;

        /* What is made in a persistent upper stays on the host. */
        if (!overlay->upper)
                r = build_own(build, made->mount, err);
        if (r == 0)
                r = build_attach_at(build, made->mount, overlay->target, true, build->parent_perm, err);
        made->mount = close_fd(made->mount);
        return r;
}

const struct op op_overlay = {
        .option = OP_OPTION("overlay", "DEST:lower=DIR[,lower=DIR...][,upper=DIR,work=DIR][,FLAGS]",
                            "several directories of the host as one at DEST; the first lower is on top", WORDS(WORD_TEXT)),
        .record = OP_RECORD(overlay, fields),
        .positional = 1,
        .check = check,
        .describe = describe,
        .state_size = sizeof(struct overlay_state),
        .prepare = prepare,
        .apply = apply,
};

int pinfold_overlay(struct pinfold *box, const char *target, const char *const lowers[], const char *upper,
                    const char *work, unsigned overlay_flags)
{
        struct overlay overlay = {target, {lowers, 0}, upper, work, overlay_flags};

        while (lowers && lowers[overlay.lower.count])
                overlay.lower.count++;
        return op_append(box, &op_overlay, &overlay);
}
