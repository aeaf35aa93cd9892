/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/build.h"
#include "ops/list.h"

struct link {
        const char *linkname;
        const char *target;
        uint32_t flags; /* enum pinfold_symlink_flag */
};

struct link_state {
        char says[PATH_MAX];
};

#define WORDS(WORD) \
        WORD("dereference", PINFOLD_SYMLINK_DEREFERENCE, "LINKNAME is a link of the host: copy what that says")

static const struct word flags[] = WORD_ROWS(WORDS);

static const struct field fields[] = {
        OP_FIELD(link, linkname, FIELD_TEXT),
        OP_FIELD(link, target, FIELD_TARGET),
        OP_FIELD(link, flags, FIELD_FLAGS, false, flags),
};

static int check(const void *op, struct pinfold_error *err)
{
        const struct link *link = op;

        if (link->flags & PINFOLD_SYMLINK_DEREFERENCE)
                return check_path("linkname", link->linkname, false, err);
        if (strlen(link->linkname) >= PATH_MAX)
                return error_set(err, ENAMETOOLONG, "linkname \"%.64s...\"", link->linkname);
        return 0;
}

static void describe(const void *op, char *text, size_t size)
{
        const struct link *link = op;

        snprintf(text, size, "symbolic link %s to %s", link->target, link->linkname);
}

static int prepare(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct link *link = op;
        struct link_state *read = state;
        ssize_t length;

        (void)build;
        if (!(link->flags & PINFOLD_SYMLINK_DEREFERENCE)) {
                strcpy(read->says, link->linkname);
                return 0;
        }
        length = readlink(link->linkname, read->says, sizeof(read->says) - 1);
        if (length < 0)
                return error_path(err, errno, "read link", link->linkname);
        read->says[length] = '\0';
        return 0;
}

/* What a link there says; keeps errno. False: it is something else. */
static bool read_there(int parent, const char *name, char says[PATH_MAX])
{
        int saved = errno;
        ssize_t length = readlinkat(parent, name, says, PATH_MAX - 1);

        errno = saved;
        if (length < 0)
                return false;
        says[length] = '\0';
        return true;
}

static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct link *link = op;
        const struct link_state *read = state;
        char name[NAME_MAX + 1], there[PATH_MAX];
        _cleanup_close_ int parent = build_parent(build, link->target, build->parent_perm, name, err);

        if (parent < 0)
                return parent;
        if (symlinkat(read->says, parent, name) == 0)
                return 0;
        if (errno == EEXIST && read_there(parent, name, there)) {
                if (strcmp(there, read->says) == 0)
                        return 0;
                error_set(err, EEXIST, "create symbolic link %s: there is one that says %s", link->target, there);
                return error_about(err, link->target);
        }
        return error_path(err, errno, "create symbolic link", link->target);
}

const struct op op_symlink = {
        .option = OP_OPTION("symlink", "LINKNAME:DEST[:FLAGS]",
                            "a symbolic link at DEST that says LINKNAME", WORDS(WORD_TEXT)),
        .record = OP_RECORD(link, fields),
        .positional = 2,
        .check = check,
        .describe = describe,
        .state_size = sizeof(struct link_state),
        .prepare = prepare,
        .apply = apply,
};

int pinfold_symlink(struct pinfold *box, const char *linkname, const char *target, unsigned symlink_flags)
{
        struct link link = {linkname, target, symlink_flags};

        return op_append(box, &op_symlink, &link);
}
