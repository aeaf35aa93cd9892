/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/bind_flags.h"
#include "ops/build.h"
#include "ops/list.h"

struct bind {
        const char *source;
        const char *target;
        uint32_t flags; /* enum pinfold_bind_flag */
};

struct bind_state {
        int mount; /* -1: optional, and not there */
        bool directory;
};

static const struct field fields[] = {
        OP_FIELD(bind, source, FIELD_SOURCE),
        OP_FIELD(bind, target, FIELD_TARGET),
        OP_FIELD(bind, flags, FIELD_FLAGS, false, bind_flags),
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

static int prepare(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct bind *bind = op;
        struct bind_state *bound = state;

        (void)build;
        return bind_prepare(-1, bind->source, bind->flags, &bound->mount, &bound->directory, err);
}

static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct bind *bind = op;
        struct bind_state *bound = state;
        int r;

        if (bound->mount < 0)
                return 0;
        r = bind_apply(build, bound->mount, bind->target, bound->directory, err);
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
        struct bind bind = {source, target, flags};

        return op_append(box, &op_bind, &bind);
}
