/* SPDX-License-Identifier: MIT */
/* A container through the library, from the first call about it to the last. */
#include "bench.h"

#include <stdio.h>

#include <pinfold/pinfold.h>

static struct pinfold *make(const char *program)
{
        struct pinfold *box = pinfold_new(program, NULL);

        pinfold_bind(box, "/", "/", 0);
        pinfold_proc(box, "/proc");
        pinfold_dev(box, "/dev", 0);
        pinfold_tmpfs(box, "/tmp", 0, 01777);
        pinfold_seccomp_use(pinfold_seccomp(box), "strict", NULL);
        return box;
}

struct pinfold *library_idle(int in, int out)
{
        struct pinfold *box = make("/bin/cat");

        pinfold_set_stdin(box, in);
        pinfold_set_stdout(box, out);
        return box;
}

double library_us(const struct contender *contender)
{
        struct pinfold_status status = {.size = sizeof(status)};
        struct pinfold_error err = {0};
        double start = now_us(), end;
        struct pinfold *box = make("/bin/true");
        int r = pinfold_start(box, &err);

        (void)contender;
        if (r == 0)
                r = pinfold_serve(box, &err);
        if (r == 0)
                r = pinfold_wait(box, -1, &status, &err);
        pinfold_free(box);
        end = now_us();
        if (r == 0 && status.status == 0)
                return end - start;
        fprintf(stderr, "measure: library: %s (status %d)\n", err.text, status.status);
        return NAN;
}
