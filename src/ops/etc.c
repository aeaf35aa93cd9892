/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/build.h"
#include "ops/list.h"
#include "ops/names.h"

#define ETC_MODE 0755
#define DEFAULT_PREFIX "etc"

struct etc {
        const char *source;
        const char *prefix; /* NULL: DEFAULT_PREFIX */
};

struct etc_state {
        int mount;
        struct names names;
};

static const struct field fields[] = {
        OP_FIELD(etc, source, FIELD_SOURCE),
        OP_FIELD(etc, prefix, FIELD_COMPONENT, true),
};

static const char *prefix_of(const struct etc *etc)
{
        return etc->prefix ? etc->prefix : DEFAULT_PREFIX;
}

static void describe(const void *op, char *text, size_t size)
{
        snprintf(text, size, "etc from %s", ((const struct etc *)op)->source);
}

static int prepare(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        /* passwd and group would name ids that mean nothing inside. */
        static const char *const except[] = {".host", "passwd", "group", NULL};
        const struct etc *etc = op;
        struct etc_state *made = state;
        bool directory;
        int r;

        (void)build;
        r = bind_prepare(-1, etc->source, 0, &made->mount, &directory, err);
        if (r < 0)
                return r;
        if (!directory)
                return error_path(err, ENOTDIR, "use", etc->source);
        return names_read(etc->source, except, &made->names, err);
}

static int link_entry(int directory, const char *prefix, const char *name, struct pinfold_error *err)
{
        char says[2 * (NAME_MAX + 1) + sizeof(".host/")];

        if (strcmp(name, "mtab") == 0)
                strcpy(says, "/proc/mounts");
        else
                snprintf(says, sizeof(says), ".host/%s/%s", prefix, name);
        if (symlinkat(says, directory, name) < 0) {
                int error = errno;

                snprintf(says, sizeof(says), "/etc/%s", name);
                return error_path(err, error, "create symbolic link", says);
        }
        return 0;
}

static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct etc *etc = op;
        struct etc_state *made = state;
        _cleanup_close_ int directory = build_directory(build, "/etc", ETC_MODE, ETC_MODE, err);
        char target[NAME_MAX + 1 + sizeof("/etc/.host/")];
        int r;

        if (directory < 0)
                return directory;
        snprintf(target, sizeof(target), "/etc/.host/%s", prefix_of(etc));
        r = build_attach_at(build, made->mount, target, true, ETC_MODE, err);
        made->mount = close_fd(made->mount);
        for (size_t i = 0; r == 0 && i < made->names.count; i++)
                r = link_entry(directory, prefix_of(etc), made->names.items[i], err);
        return r;
}

const struct op op_etc = {
        .option = OP_OPTION("etc", "SRC[:prefix=NAME]",
                            "/etc as links into the host's SRC, without passwd and group", NULL),
        .record = OP_RECORD(etc, fields),
        .positional = 1,
        .once = true,
        .describe = describe,
        .state_size = sizeof(struct etc_state),
        .prepare = prepare,
        .apply = apply,
};

int pinfold_etc(struct pinfold *box, const char *source, const char *prefix)
{
        struct etc etc = {source, prefix};

        return op_append(box, &op_etc, &etc);
}
