/* SPDX-License-Identifier: MIT */
/* The flags that bind and root share. */
#ifndef OPS_BIND_FLAGS_H
#define OPS_BIND_FLAGS_H

#include <pinfold/ops.h>

#include "wire/record.h"

#define BIND_WORDS(WORD)                                                                            \
        WORD("writable", PINFOLD_BIND_WRITABLE, "not read-only")                                    \
        WORD("device", PINFOLD_BIND_DEVICE, "device nodes in it work")                              \
        WORD("optional", PINFOLD_BIND_OPTIONAL, "skipped when SRC does not exist")                  \
        WORD("ensure", PINFOLD_BIND_ENSURE, "SRC is created as a directory when it does not exist") \
        WORD("propagate", PINFOLD_BIND_PROPAGATE, "mounts made later on the host appear, as the host made them") \
        WORD("no-symlinks", PINFOLD_BIND_NO_SYMLINKS, "no symbolic link in SRC is followed")                    \
        WORD("proc", PINFOLD_BIND_PROC, "shows the proc file system at proc in it, with the host's processes")

extern const struct word bind_flags[];

int bind_flags_check(uint32_t flags, struct pinfold_error *err);

#endif
