/* SPDX-License-Identifier: MIT */
#include "inside/probe.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* It stands beside the tests. */
static const char *probe(void)
{
        static char path[PATH_MAX + 16];
        ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);

        assert_true(length > 0);
        path[length] = '\0';
        strcpy(strrchr(path, '/'), "/probe-inside");
        return path;
}

struct pinfold *box_with_probe(const char *script)
{
        struct pinfold *box = box_new(script);

        assert_int_equal(pinfold_bind(box, probe(), "/inside", 0), 0);
        return box;
}

char *inside(struct pinfold *box, const char *command)
{
        const char *script = format("exec /inside %s", command);

        pinfold_set_args(box, (const char *[]){"sh", "-c", script, NULL});
        return box_output(box, 0);
}

void assert_inside(struct pinfold *box, const char *command, const char *expected)
{
        char *output = inside(box, command);

        assert_string_equal(output, expected);
        free(output);
}
