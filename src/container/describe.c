/* SPDX-License-Identifier: MIT */
/* One line about a container, for logs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "container/container.h"

/* As in C and Go: what would end the string, and what a terminal would obey, escaped. */
static void quote(struct buffer *line, const char *text)
{
        buffer_append(line, "\"", 1);
        while (*text) {
                size_t shown = printable(text);
                char escaped[5];

                if (!shown) {
                        snprintf(escaped, sizeof(escaped), "\\x%02x", (unsigned char)*text++);
                        buffer_append(line, escaped, 4);
                        continue;
                }
                if (*text == '"' || *text == '\\')
                        buffer_append(line, "\\", 1);
                buffer_append(line, text, shown);
                text += shown;
        }
        buffer_append(line, "\"", 1);
}

int pinfold_describe(const struct pinfold *box, char *line, size_t size)
{
        struct buffer text = {0};
        char rest[128];
        int length;

        if (!box)
                return -ENOMEM;
        buffer_append(&text, "argv: [", 7);
        for (size_t i = 0; i < box->args.count; i++) {
                if (i > 0)
                        buffer_append(&text, " ", 1);
                quote(&text, box->args.items[i]);
        }
        if (box->args.count == 0 && box->path)
                quote(&text, box->path);
        length = snprintf(rest, sizeof(rest), "], filter: %s, rules: %zu, flags: 0x%x, presets: 0x%x",
                          box->flags & PINFOLD_NO_SECCOMP ? "false" : "true", pinfold_seccomp_rules(box->seccomp),
                          pinfold_seccomp_flags(box->seccomp),
                          pinfold_seccomp_presets(box->seccomp) | container_extra_presets(box));
        buffer_append(&text, rest, (size_t)length + 1);
        length = text.error ? text.error : snprintf(line, size, "%s", (const char *)text.data);
        buffer_free(&text);
        return length;
}
