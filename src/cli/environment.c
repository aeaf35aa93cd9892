/* SPDX-License-Identifier: MIT */
/*
 * An allow-list: tokens come under any name, and the sockets of agents too. TMPDIR is not in it: there is a /tmp inside, and
 * the caller's may not be.
 */
#define _GNU_SOURCE

#include "cli/environment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/memory.h"

/* Patterns: a '*' stands at the beginning or the end. */
static const char *const always[] = {
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_*", "TERM", "COLORTERM", "NO_COLOR", "TERMINFO", "TZ",
};
static const char *const with_network[] = {
        "*_proxy", "*_PROXY", "SSL_CERT_*",
};

static bool matches(const char *pattern, const char *name, size_t length)
{
        size_t fixed = strlen(pattern) - 1;

        if (pattern[0] == '*')
                return length > fixed && memcmp(name + length - fixed, pattern + 1, fixed) == 0;
        if (pattern[fixed] == '*')
                return length > fixed && memcmp(name, pattern, fixed) == 0;
        return length == fixed + 1 && memcmp(name, pattern, length) == 0;
}

bool environment_keeps(const char *variable, bool network)
{
        size_t length = strcspn(variable, "=");

        for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
                if (matches(always[i], variable, length))
                        return true;
        for (size_t i = 0; network && i < sizeof(with_network) / sizeof(with_network[0]); i++)
                if (matches(with_network[i], variable, length))
                        return true;
        return false;
}

void environment_pass(struct pinfold *box, bool network)
{
        for (char **variable = environ; *variable; variable++) {
                const char *equals = strchr(*variable, '=');
                char *name;

                if (!equals || equals == *variable || !environment_keeps(*variable, network))
                        continue;
                name = text("%.*s", (int)(equals - *variable), *variable);
                pinfold_add_env(box, name, equals + 1);
                free(name);
        }
}
