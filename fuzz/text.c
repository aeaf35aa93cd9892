/* SPDX-License-Identifier: MIT */
/*
 * Options as text, a line each, as on a command line: NAME=VALUE, or NAME for those without a value. All of them go to
 * one container, which then describes itself. What is said about a wrong one must be fit for a terminal.
 */
#define _GNU_SOURCE

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include <pinfold/pinfold.h>

#include "base/cleanup.h"
#include "base/error.h"

/* place:from=FILE, however it is escaped, reads files of this machine: /dev/zero, a terminal. */
static bool reads_files(const char *value)
{
        static const char word[] = "from=";
        size_t matched = 0;

        for (; *value && matched < sizeof(word) - 1; value++)
                if (*value != '\\')
                        matched = *value == word[matched] ? matched + 1 : *value == word[0];
        return matched == sizeof(word) - 1;
}

static void set(struct pinfold *box, char *line)
{
        char *value = strchr(line, '=');
        struct pinfold_error err = {0};

        if (value)
                *value++ = '\0';
        if (value && reads_files(value))
                return;
        if (pinfold_set(box, line, value, &err) == 0)
                return;
        check_printable(err.text, sizeof(err.text));
        check_printable(err.path, sizeof(err.path));
        CHECK(*err.text && err.error > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct pinfold *box = pinfold_new("/bin/true", NULL);
        _cleanup_free_ char *text = malloc(size + 1);
        char described[256];

        CHECK(box && text);
        memcpy(text, data, size);
        text[size] = '\0';
        for (char *line = text, *end; line; line = end) {
                end = strchr(line, '\n');
                if (end)
                        *end++ = '\0';
                set(box, line);
        }
        CHECK(pinfold_describe(box, described, sizeof(described)) >= 0);
        check_printable(described, sizeof(described));
        pinfold_free(box);
        return 0;
}
