/* SPDX-License-Identifier: MIT */
/*
 * The list of operations: a new one gets its line here. An operation's number in the setup message is its place. (A list,
 * and not a linker section: that loses the operations which nothing else refers to from a static library.)
 */
#ifndef OPS_LIST_H
#define OPS_LIST_H

#include "ops/op.h"

#define OPERATIONS(DO) \
        DO(bind)       \
        DO(tmpfs)      \
        DO(readonly)   \
        DO(proc)       \
        DO(dev)        \
        DO(overlay)    \
        DO(mkdir)      \
        DO(symlink)    \
        DO(place)      \
        DO(remount)    \
        DO(etc)        \
        DO(root)       \
        DO(protect)    \
        DO(chmod)      \
        DO(mqueue)     \
        DO(lock)

#define DECLARE_OP(name) extern const struct op op_##name;
OPERATIONS(DECLARE_OP)
#undef DECLARE_OP

#endif
