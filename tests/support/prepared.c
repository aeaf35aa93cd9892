/* SPDX-License-Identifier: MIT */
/*
 * With PINFOLD_PREPARED set, each container of a test is prepared before it is served, as those of a pool are: the linker puts
 * these in the place of the library's functions (ld(1), --wrap). What keeps the caller's session cannot be, and is served as it is.
 */
#include <stdlib.h>

#include <pinfold/pinfold.h>

int __real_pinfold_set_flags(struct pinfold *box, unsigned flags, int on);
int __real_pinfold_serve(struct pinfold *box, struct pinfold_error *err);
int __wrap_pinfold_set_flags(struct pinfold *box, unsigned flags, int on);
int __wrap_pinfold_serve(struct pinfold *box, struct pinfold_error *err);

static _Thread_local const struct pinfold *retained; /* the last one that keeps the session */

int __wrap_pinfold_set_flags(struct pinfold *box, unsigned flags, int on)
{
        if (flags & PINFOLD_RETAIN_SESSION && on)
                retained = box;
        return __real_pinfold_set_flags(box, flags, on);
}

int __wrap_pinfold_serve(struct pinfold *box, struct pinfold_error *err)
{
        if (getenv("PINFOLD_PREPARED") && box != retained && pinfold_poll_fd(box) >= 0) {
                int r = pinfold_prepare(box, err);

                if (r < 0)
                        return r;
        }
        return __real_pinfold_serve(box, err);
}
