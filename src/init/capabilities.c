/* SPDX-License-Identifier: MIT */
#include "init/capabilities.h"

#include "syscall/capability.h"

int capabilities_bound(uint64_t kept, struct pinfold_error *err)
{
        int r = sys_bounding_keep(kept);

        return r < 0 ? error_set(err, -r, "drop the bounding set") : 0;
}

int capabilities_keep(uint64_t kept, struct pinfold_error *err)
{
        int r = sys_ambient_clear();

        if (r < 0)
                return error_set(err, -r, "clear the ambient set");
        r = sys_capset(kept, kept);
        if (r < 0)
                return error_set(err, -r, "set capabilities");
        for (unsigned capability = 0; capability < 64; capability++) {
                if (!(kept >> capability & 1))
                        continue;
                /* Only what is ambient survives the execution by an id other than 0. */
                r = sys_ambient_raise(capability);
                if (r < 0)
                        return error_set(err, -r, "raise the ambient set");
        }
        return 0;
}
