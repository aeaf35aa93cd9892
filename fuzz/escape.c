/* SPDX-License-Identifier: MIT */
/*
 * Texts on their way to a terminal: escape() for every size of room, and an error that grows. The first two bytes are
 * that size.
 */
#define _GNU_SOURCE

#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"

static bool is_printable(const char *text)
{
        for (size_t shown; *text; text += shown)
                if ((shown = printable(text)) == 0)
                        return false;
        return true;
}

/* In memory of exactly that size. */
static void escape_into(const char *text, size_t room)
{
        _cleanup_free_ char *out = malloc(room);

        CHECK(out);
        escape(text, out, room);
        check_printable(out, room);
        /* What is harmless and fits is left alone; what does not fit says so. */
        CHECK(!is_printable(text) || strlen(text) >= room || strcmp(text, out) == 0);
        CHECK(strlen(text) < room || strstr(out, "..."));
}

static void grow(const char *text)
{
        struct pinfold_error err = {0};

        error_path(&err, EINVAL, "open", text);
        error_prefix(&err, "%s", text);
        error_prefix(&err, "bind %s on %s", text, "/");
        error_finish(&err, "cannot set up container");
        check_printable(err.text, sizeof(err.text));
        check_printable(err.path, sizeof(err.path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *text = malloc(size + 1);
        size_t room;

        if (size < 2)
                return 0;
        CHECK(text);
        memcpy(text, data + 2, size - 2);
        text[size - 2] = '\0';
        room = 4 + ((size_t)data[0] | (size_t)data[1] << 8) % (4 * size);
        escape_into(text, room);
        grow(text);
        return 0;
}
