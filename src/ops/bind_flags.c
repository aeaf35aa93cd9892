/* SPDX-License-Identifier: MIT */
#include "ops/bind_flags.h"

#include <errno.h>

#include "ops/op.h"

const struct word bind_flags[] = WORD_ROWS(BIND_WORDS);

int bind_flags_check(uint32_t flags, struct pinfold_error *err)
{
        if ((flags & PINFOLD_BIND_OPTIONAL) && (flags & PINFOLD_BIND_ENSURE))
                return error_set(err, EINVAL, "optional and ensure exclude each other");
        return 0;
}
