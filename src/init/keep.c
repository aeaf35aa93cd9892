/* SPDX-License-Identifier: MIT */
/* The shelf: descriptors in a message that PID 1 never takes, and which therefore are open for as long as it lives. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "init/init.h"

int keep_flush(struct init *init, struct pinfold_error *err)
{
        int r;

        if (init->kept_count == 0)
                return 0;
        /* Nobody makes room there: what does not fit never will. */
        r = sys_send(init->shelf, "", 1, NULL, 0, init->kept_files, init->kept_count, false);
        if (r < 0)
                return error_set(err, -r, "give PID 1 descriptors to keep");
        while (init->kept_count > 0)
                close_fd(init->kept_files[--init->kept_count]);
        return 0;
}

int keep(struct init *init, int fd, struct pinfold_error *err)
{
        int copy, r;

        if (init->shelf < 0)
                return error_set(err, EBADMSG, "a descriptor for PID 1 to keep, and nowhere to put it");
        if (init->kept_count == ELEMENTS(init->kept_files)) {
                r = keep_flush(init, err);
                if (r < 0)
                        return r;
        }
        /* The C library's wrapper makes a second call, which is not among those that seccomp.c looks at. */
        copy = sys_call(__NR_fcntl, fd, F_DUPFD_CLOEXEC, 3);
        if (copy < 0)
                return error_set(err, -copy, "duplicate descriptor %d", fd);
        init->kept_files[init->kept_count++] = copy;
        return 0;
}
