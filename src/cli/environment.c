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

/* Whether the variable "NAME=VALUE" is one that the program gets. */
static bool keeps(const char *variable, bool network)
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

void environment_note(struct environment *environment, const char *name, size_t length)
{
        environment->names = must(reallocarray(environment->names, environment->count + 1, sizeof(*environment->names)));
        environment->names[environment->count++] = text("%.*s", (int)length, name);
}

void environment_add(struct environment *environment, const char *name, const char *value)
{
        pinfold_add_env(environment->box, name, value);
        environment_note(environment, name, strlen(name));
}

void environment_pass(struct environment *environment, bool network)
{
        for (char **variable = environ; *variable; variable++) {
                const char *equals = strchr(*variable, '=');
                char *name;

                if (!equals || equals == *variable || !keeps(*variable, network))
                        continue;
                name = text("%.*s", (int)(equals - *variable), *variable);
                environment_add(environment, name, equals + 1);
                free(name);
        }
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

void environment_sort(struct environment *environment)
{
        size_t kept = 0;

        if (environment->count > 0)
                qsort(environment->names, environment->count, sizeof(*environment->names), by_name);
        for (size_t i = 0; i < environment->count; i++) {
                if (kept > 0 && strcmp(environment->names[kept - 1], environment->names[i]) == 0)
                        free(environment->names[i]);
                else
                        environment->names[kept++] = environment->names[i];
        }
        environment->count = kept;
}

bool environment_has(const struct environment *environment, const char *variable)
{
        char *name = text("%.*s", (int)strcspn(variable, "="), variable);
        bool has = environment->count > 0 &&
                   bsearch(&name, environment->names, environment->count, sizeof(*environment->names), by_name) != NULL;

        free(name);
        return has;
}

void environment_free(struct environment *environment)
{
        for (size_t i = 0; i < environment->count; i++)
                free(environment->names[i]);
        free(environment->names);
}
