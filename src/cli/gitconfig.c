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

/*
 * Ends the line with a NUL, in place, and returns where the next one begins; NULL: there is none. A backslash at the end continues it,
 * but for a comment.
 */
static char *end_line(char *line)
{
        bool quoted = false, comment = false;
        char *out = line;

        for (const char *at = line; *at; at++) {
                size_t broken = at[0] != '\\' || comment ? 0 : at[1] == '\n' ? 2 : at[1] == '\r' && at[2] == '\n' ? 3 : 0;

                if (*at == '\n') {
                        *out = '\0';
                        return line + (at - line) + 1;
                }
                if (broken) {
                        at += broken - 1;
                        continue;
                }
                if (*at == '\\' && !comment && at[1])
                        *out++ = *at++;
                else if (*at == '"' && !comment)
                        quoted = !quoted;
                else if (!quoted && (*at == '#' || *at == ';'))
                        comment = true;
                *out++ = *at;
        }
        *out = '\0';
        return NULL;
}

/* The end of the header that begins there: a subsection in quotes can hold anything. */
static char *header_end(char *line)
{
        bool quoted = false;

        for (; *line && (quoted || *line != ']'); line++) {
                if (*line == '"')
                        quoted = !quoted;
                if (*line == '\\' && line[1])
                        line++;
        }
        return *line ? line : NULL;
}

void gitconfig_each(char *content, void (*each)(void *userdata, const char *section, const char *name, const char *value),
                    void *userdata)
{
        char *section = NULL, *line = content + (strncmp(content, "\xef\xbb\xbf", 3) == 0 ? 3 : 0);

        for (char *next; line; line = next) {
                char *equals, *end;

                next = end_line(line);
                line = trim(line);
                /* Several may stand in a line, and a variable behind them. */
                while (*line == '[' && (end = header_end(line)) != NULL) {
                        section = line + 1;
                        *end = '\0';
                        lower(section);
                        line = trim(end + 1);
                }
                equals = strchr(line, '=');
                if (!section || !equals || strchr("[#;", *line))
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
