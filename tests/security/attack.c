/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "security/attack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

struct pinfold *box_with_attacks(unsigned flags)
{
        struct pinfold *box = box_new("");

        assert_int_equal(pinfold_bind(box, ATTACKS, "/attacks", 0), 0);
        pinfold_set_flags(box, flags, 1);
        return box;
}

char *attack_inside(struct pinfold *box, const char *command)
{
        pinfold_set_args(box, (const char *[]){"sh", "-c", format("exec /attacks %s", command), NULL});
        return box_output(box, 0);
}

char *attack_outside(const char *command)
{
        FILE *stream = popen(format("exec %s %s", ATTACKS, command), "re");
        char *text = calloc(1, 4096);

        assert_non_null(stream);
        assert_non_null(text);
        assert_true(fread(text, 1, 4095, stream) > 0);
        assert_int_equal(pclose(stream), 0);
        return text;
}

static void compare(char *output, const char *expected)
{
        assert_string_equal(output, expected);
        free(output);
}

void assert_inside(struct pinfold *box, const char *command, const char *expected)
{
        compare(attack_inside(box, command), expected);
}

void assert_outside(const char *command, const char *expected)
{
        compare(attack_outside(command), expected);
}

static int listen_as(const struct sockaddr_un *address, size_t length)
{
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_int_equal(bind(fd, (const struct sockaddr *)address,
                              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
                         0);
        assert_int_equal(listen(fd, 16), 0);
        return fd;
}

int listen_at(const char *path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        strcpy(address.sun_path, path);
        return listen_as(&address, strlen(path) + 1);
}

int listen_abstract(const char *name)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        strcpy(address.sun_path + 1, name);
        return listen_as(&address, 1 + strlen(name));
}
