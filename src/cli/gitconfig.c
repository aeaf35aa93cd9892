/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/gitconfig.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "cli/memory.h"

/* Nobody's configuration is larger (bytes). */
#define CONFIG_MAX (1024 * 1024)

static void lower(char *text)
{
        for (; *text; text++)
                *text = (char)tolower((unsigned char)*text);
}

/* Without the space around it. */
static char *trim(char *text)
{
        size_t length;

        while (isspace((unsigned char)*text))
                text++;
        for (length = strlen(text); length > 0 && isspace((unsigned char)text[length - 1]);)
                text[--length] = '\0';
        return text;
}

/* As it is meant: without quotes and comments, and with what escapes stand for. */
static char *value_of(char *text)
{
        char *out = trim(text), *begin = out, *keep = out; /* behind the last character that is no space outside of quotes */
        bool quoted = false;

        for (const char *in = out; *in && (quoted || (*in != '#' && *in != ';')); in++) {
                if (*in == '"') {
                        quoted = !quoted;
                        keep = out;
                        continue;
                }
                if (*in == '\\' && in[1])
                        in++, *out++ = (char)(*in == 'n' ? '\n' : *in == 't' ? '\t' : *in == 'b' ? '\b' : *in);
                else
                        *out++ = *in;
                if (quoted || !isspace((unsigned char)*in))
                        keep = out;
        }
        *keep = '\0';
        return begin;
}

/* A backslash at the end of a line continues it, but for a comment. */
static char *line_end(char *line)
{
        bool quoted = false, comment = false;

        for (char *at = line; *at; at++) {
                if (*at == '\n')
                        return at;
                if (comment || (!quoted && (*at == '#' || *at == ';'))) {
                        comment = true;
                } else if (*at == '"') {
                        quoted = !quoted;
                } else if (*at == '\\' && at[1]) {
                        size_t end = at[1] == '\r' && at[2] == '\n' ? 3 : at[1] == '\n' ? 2 : 0;

                        memset(at, ' ', end);
                        at += end ? end - 1 : 1;
                }
        }
        return NULL;
}

void gitconfig_each(char *content, void (*each)(void *userdata, const char *section, const char *name, const char *value),
                    void *userdata)
{
        char *section = NULL;

        for (char *line = content, *next; line; line = next) {
                char *equals;

                next = line_end(line);
                if (next)
                        *next++ = '\0';
                line = trim(line);
                equals = strchr(line, '=');
                if (*line == '[') {
                        char *end = strchr(line, ']');

                        section = end ? line + 1 : NULL;
                        if (end)
                                *end = '\0';
                        if (section)
                                lower(section);
                        line = end ? trim(end + 1) : line; /* a variable may follow on the same line */
                        equals = strchr(line, '=');
                }
                if (!section || !equals || *line == '#' || *line == ';')
                        continue;
                *equals = '\0';
                line = trim(line);
                lower(line);
                each(userdata, section, line, value_of(equals + 1));
        }
}

/* ---- Identity -------------------------------------------------------------------------------------------------- */

struct identity {
        char *name;
        char *email;
};

static void take(char **into, const char *value)
{
        free(*into);
        *into = text("%s", value);
}

static void identify(void *userdata, const char *section, const char *name, const char *value)
{
        struct identity *identity = userdata;

        if (strcmp(section, "user") == 0 && strcmp(name, "name") == 0)
                take(&identity->name, value);
        if (strcmp(section, "user") == 0 && strcmp(name, "email") == 0)
                take(&identity->email, value);
}

/* The one of a project can be what somebody else made of it: a pipe, or without end. */
static void read_config(const char *path, struct identity *identity)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        char *content = fd < 0 ? NULL : file_read_regular(fd, CONFIG_MAX, NULL);

        if (content)
                gitconfig_each(content, identify, identity);
        free(content);
}

static void add(struct environment *environment, const char *name, const char *value)
{
        const char *own = getenv(name);

        if (own || value)
                environment_add(environment, name, own ? own : value);
}

void git_identity(struct environment *environment, const char *directory, const char *home)
{
        const char *xdg = getenv("XDG_CONFIG_HOME");
        struct identity identity = {0};
        char *paths[] = {
                xdg && *xdg ? text("%s/git/config", xdg) : text("%s/.config/git/config", home ? home : ""),
                text("%s/.gitconfig", home ? home : ""),
                text("%s/.git/config", directory),
        };

        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
                read_config(paths[i], &identity);
                free(paths[i]);
        }
        add(environment, "GIT_AUTHOR_NAME", identity.name);
        add(environment, "GIT_AUTHOR_EMAIL", identity.email);
        add(environment, "GIT_COMMITTER_NAME", identity.name);
        add(environment, "GIT_COMMITTER_EMAIL", identity.email);
        free(identity.name);
        free(identity.email);
}
