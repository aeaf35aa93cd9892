/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/bind_flags.h"
#include "ops/build.h"
#include "ops/list.h"
#include "ops/names.h"

struct root {
        const char *source;
        uint32_t flags; /* enum pinfold_bind_flag */
};

struct root_state {
        struct names names;
        int *mounts; /* one a name; -1: a link that leads nowhere */
        bool *directories;
};

static const struct field fields[] = {
        OP_FIELD(root, source, FIELD_SOURCE),
        OP_FIELD(root, flags, FIELD_FLAGS, false, bind_flags),
};

static int check(const void *op, struct pinfold_error *err)
{
        const struct root *root = op;

        if (root->flags & PINFOLD_BIND_NO_SYMLINKS)
                return error_set(err, EINVAL, "no-symlinks is for bind alone");
        return bind_flags_check(root->flags, err);
}

static void describe(const void *op, char *text, size_t size)
{
        snprintf(text, size, "root from %s", ((const struct root *)op)->source);
}

static int prepare(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        static const char *const except[] = {"proc", "dev", "tmp", "mnt", "etc", NULL};
        const struct root *root = op;
        struct root_state *made = state;
        /* An entry that is gone since it was listed, or leads nowhere, is left out. */
        uint32_t flags = (root->flags & ~(uint32_t)PINFOLD_BIND_ENSURE) | PINFOLD_BIND_OPTIONAL;
        _cleanup_close_ int directory = -1;
        int r = names_read(root->source, except, &made->names, err);

        (void)build;
        /* The flags about a missing source are about the directory itself. */
        if (r == -ENOENT && (root->flags & PINFOLD_BIND_OPTIONAL))
                return 0;
        if (r == -ENOENT && (root->flags & PINFOLD_BIND_ENSURE)) {
                r = bind_ensure(root->source, err);
                if (r == 0)
                        r = names_read(root->source, except, &made->names, err);
        }
        if (r < 0)
                return r;
        made->mounts = calloc(made->names.count + 1, sizeof(*made->mounts));
        made->directories = calloc(made->names.count + 1, sizeof(*made->directories));
        if (!made->mounts || !made->directories)
                return error_set(err, ENOMEM, "list %s", root->source);
        directory = openat(AT_FDCWD, root->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0)
                return error_path(err, errno, "open", root->source);
        for (size_t i = 0; i < made->names.count; i++) {
                /* Whoever made the tree, a container perhaps, must not have chosen what else of the host is shown. */
                r = bind_prepare(directory, made->names.items[i], flags, &made->mounts[i], &made->directories[i], err);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct root *root = op;
        struct root_state *made = state;
        int r = 0;

        for (size_t i = 0; r == 0 && i < made->names.count; i++) {
                char target[NAME_MAX + 2];

                if (made->mounts[i] < 0)
                        continue;
                snprintf(target, sizeof(target), "/%s", made->names.items[i]);
                r = bind_apply(build, made->mounts[i], target, made->directories[i], root->flags, err);
                made->mounts[i] = close_fd(made->mounts[i]);
        }
        return r;
}

const struct op op_root = {
        .option = OP_OPTION("root", "SRC[:FLAGS]",
                            "every entry of the host's SRC at /NAME, except proc, dev, tmp, mnt and etc", BIND_WORDS(WORD_TEXT)),
        .record = OP_RECORD(root, fields),
        .positional = 1,
        .once = true,
        .check = check,
        .describe = describe,
        .state_size = sizeof(struct root_state),
        .prepare = prepare,
        .apply = apply,
};

int pinfold_root(struct pinfold *box, const char *source, unsigned root_flags)
{
        struct root root = {source, root_flags};

        return op_append(box, &op_root, &root);
}
