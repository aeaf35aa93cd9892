/* SPDX-License-Identifier: MIT */
/*
 * The shortest use of libpinfold: a program in a container that holds what it needs and nothing else.
 *
 *      cc hello.c $(pkg-config --cflags --libs pinfold)
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <pinfold/pinfold.h>

int main(void)
{
        struct pinfold_error err = {0};
        struct pinfold_status status = {.size = sizeof(status)};
        struct pinfold *box = pinfold_new("/bin/sh", (const char *[]){"sh", "-c", "echo hello from; id; ls /", NULL});

        /* What the host's root directory holds, read-only; then what is the container's own. */
        pinfold_root(box, "/", 0);
        pinfold_proc(box, "/proc");
        pinfold_dev(box, "/dev", 0);
        pinfold_tmpfs(box, "/tmp", 0, 01777);
        pinfold_add_env(box, "PATH", "/usr/bin:/bin");
        pinfold_set_stdout(box, STDOUT_FILENO);
        pinfold_set_stderr(box, STDERR_FILENO);

        /* A failure of any call above is kept, and returned by start. */
        if (pinfold_start(box, &err) < 0 || pinfold_serve(box, &err) < 0 || pinfold_wait(box, -1, &status, &err) < 0) {
                fprintf(stderr, "%s\n", err.text);
                status.status = EXIT_FAILURE;
        }
        pinfold_free(box);
        return status.status;
}
