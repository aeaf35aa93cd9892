/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/profiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/file.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/nearest.h"
#include "cli/owner.h"
#include "cli/path.h"
#include "cli/places.h"
#include "cli/trusted.h"
#include "cli/variables.h"

/* ---- Names ------------------------------------------------------------------------------------------------------ */

bool profile_is_name(const char *name)
{
        return name[0] && name[0] != '.' &&
               !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")];
}

static const char *find_shipped(const char *name)
{
        for (const struct shipped_profile *shipped = shipped_profiles; shipped->name; shipped++)
                if (strcmp(shipped->name, name) == 0)
                        return shipped->content;
        return NULL;
}

/* Two includes on each of some levels would never end. */
#define READS_MAX 1000

/* What some editors begin a file with. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* ---- One file --------------------------------------------------------------------------------------------------- */

/* A profile that is being read, and those that include it. */
struct source {
        const char *path; /* or a text that says where it is from */
        unsigned line;
        const struct source *includer;
        const struct option_spec *own;
        const char *directory; /* ${CWD} */
        struct choices *choices;
        struct profile_files *files;
};

static int read_named(const char *name, const struct source *includer);

static char *place(const struct source *source, size_t column)
{
        return text("%s:%u:%zu", source->path, source->line, column);
}

static int wrong(const struct source *source, size_t column, const char *what)
{
        char *where = place(source, column);

        message_at(where);
        complain("%s", what);
        message_at(NULL);
        free(where);
        return -1;
}

/* `value` with what its variables stand for, allocated; NULL after a message. It begins at `column` of its line. */
static char *expand(const struct source *source, const char *value, bool fields, size_t column)
{
        struct variables_fault fault;
        char *expanded = variables_expand(value, source->directory, fields, &fault);

        if (expanded)
                return expanded;
        wrong(source, column + fault.at, fault.what);
        if (fault.cure)
                hint("%s", fault.cure);
        free(fault.what);
        return NULL;
}

static int include(const struct source *source, const char *name, size_t column)
{
        char *where = place(source, column);
        int r = -1;

        message_at(where);
        if (!*name)
                complain("include needs a name: include NAME");
        else if (!profile_is_name(name))
                complain("include takes the name of a profile, and no path");
        else
                r = read_named(name, source);
        message_at(NULL);
        free(where);
        return r;
}

static int refuse_unknown(const struct source *source, const char *name, size_t column)
{
        struct nearest nearest = {.wanted = name};
        char *what = text("unknown option %s", name);

        wrong(source, column, what);
        free(what);
        nearest_offer(&nearest, "include");
        options_offer(source->own, &nearest);
        if (nearest.name)
                hint("did you mean %s?", nearest.name);
        else
                hint("the options are those of pinfold run: pinfold run --help lists them");
        return -1;
}

/* The option of a line: its words as on a command line, with the dashes. A value counts from where it stands. */
static int option(const struct source *source, char *name, size_t column, char *value, size_t value_column)
{
        const char *argument = option_argument(source->own, name);
        bool fields = argument && strchr(argument, ':');
        char *expanded, *word, *where;
        struct choice choice = {0};
        int r = -1;

        if (!argument)
                return refuse_unknown(source, name, column);
        if (fields && value && (strcmp(value, "~") == 0 || strncmp(value, "~/", 2) == 0))
                return wrong(source, value_column, "~ stands for nothing in a profile; ${HOME} does");
        expanded = value ? expand(source, value, fields, value_column) : NULL;
        if (value && !expanded)
                return -1;
        if (name[1])
                word = text("--%s%s%s", name, expanded ? "=" : "", expanded ? expanded : "");
        else
                word = text("-%s%s", name, expanded ? expanded : "");
        free(expanded);
        where = place(source, column);
        message_at(where);
        choice.where = where;
        if (strcmp(name, "profile") == 0 || strcmp(name, "p") == 0)
                complain("%s is for the command line; in a profile it is: include NAME", name);
        else if (strcmp(name, "args-from") == 0 || strcmp(name, "via") == 0)
                complain("%s is for the command line", name);
        else
                r = option_parse(source->own, word, NULL, &choice);
        message_at(NULL);
        choices_keep(source->choices, word);
        choices_keep(source->choices, where);
        if (r <= 0)
                return -1;
        if (value) {
                choice.where = where = place(source, value_column);
                choices_keep(source->choices, where);
        }
        choices_add(source->choices, &choice);
        return 0;
}

static int read_line(const struct source *source, char *line)
{
        const char *blank = " \t\r";
        size_t length = strlen(line), start = strspn(line, blank), end, value;
        bool has_value;

        while (length > 0 && strchr(blank, line[length - 1]))
                line[--length] = '\0';
        if (start >= length || line[start] == '#')
                return 0;
        if (line[start] == '-')
                return wrong(source, start + 1, "an option in a profile has no dashes");
        end = start + strcspn(line + start, " \t=");
        value = line[end] == '=' ? end + 1 : end + strspn(line + end, blank);
        has_value = line[end] == '=' || value < length;
        line[end] = '\0';
        if (strcmp(line + start, "include") == 0)
                return include(source, line + value, value + 1);
        return option(source, line + start, start + 1, has_value ? line + value : NULL, value + 1);
}

static int read_content(struct source *source, char *content)
{
        int r = 0;

        source->line = 0;
        for (char *line = content, *next; r == 0 && line; line = next) {
                next = strchr(line, '\n');
                if (next)
                        *next++ = '\0';
                source->line++;
                r = read_line(source, line);
        }
        return r;
}

static int refuse_loop(const struct source *includer, const char *path)
{
        for (const struct source *above = includer; above->path; above = above->includer)
                if (strcmp(above->path, path) == 0) {
                        complain("%s includes itself", path);
                        return -1;
                }
        return 0;
}

/* `file` is where `content` is from, and NULL where nobody can write it; `path` is what it is called. */
static int read_source(const struct source *includer, const char *path, const char *file, const char *content)
{
        struct profile_files *files = includer->files;
        struct source source = *includer;
        char *copy;
        int r;

        source.includer = includer;
        source.path = path;
        if (refuse_loop(includer, path) < 0)
                return -1;
        if (files->reads++ == READS_MAX) {
                complain("more than %d profiles are included", READS_MAX);
                return -1;
        }
        if (file) {
                files->paths = must(reallocarray(files->paths, files->count + 1, sizeof(*files->paths)));
                files->paths[files->count++] = text("%s", file);
        }
        copy = text("%s", content + (strncmp(content, BYTE_ORDER_MARK, 3) == 0 ? 3 : 0));
        r = read_content(&source, copy);
        free(copy);
        return r;
}

/* `file` is the path that leads to it, `path` what it is called. */
static int read_content_of(const struct source *includer, const char *path, const char *file, const char *content, size_t size)
{
        if (strlen(content) == size && message_is_text(content))
                return read_source(includer, path, file, content);
        complain("%s is not a text file", path);
        return -1;
}

/* Reads from `fd`, and closes it. */
static int read_file(const struct source *includer, const char *path, int fd)
{
        size_t size;
        char *content = file_read(fd, &size);
        int r = -1;

        if (!content)
                complain("%s: %s", path, strerror(errno));
        else
                r = read_content_of(includer, path, path, content, size);
        free(content);
        return r;
}

/* ---- By name ---------------------------------------------------------------------------------------------------- */

/* The names live as long as each call: the best one so far is kept. */
struct suggestion {
        struct nearest nearest;
        char *name;
};

static void suggest(void *userdata, const struct profile_entry *entry)
{
        struct suggestion *suggestion = userdata;

        nearest_offer(&suggestion->nearest, entry->name);
        if (suggestion->nearest.name != entry->name)
                return;
        free(suggestion->name);
        suggestion->name = text("%s", entry->name);
        suggestion->nearest.name = suggestion->name;
}

static int not_found(const char *name)
{
        struct suggestion suggestion = {.nearest = {.wanted = name}};

        complain("there is no profile %s", name);
        profile_each(suggest, &suggestion);
        if (suggestion.name)
                hint("did you mean %s?", suggestion.name);
        else
                hint("pinfold profile list lists them; a file is given as a path: ./%s", name);
        free(suggestion.name);
        return -1;
}

static int read_trusted(const char *name, const struct source *includer)
{
        struct trusted trusted = {0};
        char *directory = trusted_directory(), *path = includer->path ? trusted_path(name) : NULL;
        /* What is to be trusted again has changed: that is not what is wrong with a loop. */
        int r = path && refuse_loop(includer, path) < 0 ? -1 : trusted_read(name, &trusted);

        free(path);
        if (r > 0 && places_check(directory, trusted.copy) < 0)
                r = -1;
        free(directory);
        if (r == 0)
                return not_found(name);
        if (r > 0)
                r = read_source(includer, trusted.path, trusted.copy, trusted.content);
        trusted_free(&trusted);
        return r;
}

/* 1: it was there, and read. 0: it is not there. -1: after a message. */
static int try_place(const char *directory, bool system, const char *name, const struct source *includer)
{
        char *path = text("%s/%s", directory, name);
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), r = -1;

        if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
                r = 0;
        else if (fd < 0)
                complain("%s: %s", path, strerror(errno));
        else if (owner_check(fd, system ? owner_of(directory) : 0, path) < 0 || (!system && places_check(directory, path) < 0))
                close(fd);
        else
                r = read_file(includer, path, fd) < 0 ? -1 : 1;
        free(path);
        return r;
}

static int read_named(const char *name, const struct source *includer)
{
        const char *shipped = find_shipped(name);
        char *places[PLACES];
        int r = 0;

        places_get(places);
        for (size_t i = 0; i < PLACES && r == 0; i++)
                if (places[i])
                        r = try_place(places[i], i != PLACE_OF_THE_USER, name, includer);
        places_free(places);
        if (r != 0)
                return r < 0 ? -1 : 0;
        return shipped ? read_source(includer, name, NULL, shipped) : read_trusted(name, includer);
}

static int read_path(const char *profile, const struct source *includer)
{
        char *real = realpath(profile, NULL), *content, *full;
        size_t size;
        int r = -1;

        content = real ? file_load(real, &size) : NULL;
        if (!content) {
                complain("profile %s: %s", profile, strerror(errno));
        } else {
                full = path_join(includer->directory, profile);
                r = read_content_of(includer, real, full, content, size);
                free(full);
        }
        free(content);
        free(real);
        return r;
}

int profile_read_content(const char *path, const char *content, size_t size, const struct option_spec *own, const char *directory,
                         struct choices *choices)
{
        struct profile_files files = {0};
        const struct source nobody = {.own = own, .directory = directory, .choices = choices, .files = &files};
        int r = read_content_of(&nobody, path, path, content, size);

        profile_files_free(&files);
        return r;
}

int profile_read(const char *profile, const struct option_spec *own, const char *directory, struct choices *choices,
                 struct profile_files *files)
{
        const struct source nobody = {.own = own, .directory = directory, .choices = choices, .files = files};

        if (strchr(profile, '/'))
                return read_path(profile, &nobody);
        if (profile_is_name(profile))
                return read_named(profile, &nobody);
        complain("%s cannot be the name of a profile", *profile ? profile : "an empty word");
        hint("names have letters, digits, '.', '_' and '-'; several profiles are several -p; a path has a slash: ./%s", profile);
        return -1;
}

void profile_files_free(struct profile_files *files)
{
        for (size_t i = 0; i < files->count; i++)
                free(files->paths[i]);
        free(files->paths);
        *files = (struct profile_files){0};
}

/* ---- Listing ---------------------------------------------------------------------------------------------------- */

void profile_print(const struct choices *choices)
{
        for (size_t i = 0; i < choices->count; i++) {
                char *value = choices->list[i].value ? variables_quote(choices->list[i].value) : NULL;

                answer("%s%s%s", choice_name(&choices->list[i]), !value ? "" : *value && *value != ' ' ? " " : "=", value ? value : "");
                free(value);
        }
}

struct name {
        char *name;
        char *from;
        char *summary;
        const char *trusted;
};

struct names {
        struct name *list;
        size_t count;
};

/* The first sentence of the comment at the top. */
static char *summarize(const char *content)
{
        const char *from, *end;

        if (strncmp(content, "# SPDX-", 7) == 0)
                content += strcspn(content, "\n") + (strchr(content, '\n') != NULL);
        if (content[0] != '#')
                return text("%s", "");
        from = content + strspn(content, "# \t");
        end = from + strcspn(from, "\n");
        for (const char *at = from; at < end; at++)
                if (*at == '.' && (at[1] == ' ' || at + 1 == end))
                        end = at;
        return text("%.*s", (int)(end - from), from);
}

static void add_name(struct names *names, const char *name, const char *from, const char *content, const char *trusted)
{
        for (size_t i = 0; i < names->count; i++)
                if (strcmp(names->list[i].name, name) == 0)
                        return; /* an earlier place counts */
        names->list = must(reallocarray(names->list, names->count + 1, sizeof(*names->list)));
        names->list[names->count++] = (struct name){text("%s", name), text("%s", from), summarize(content), trusted};
}

/* A trusted one begins with a line that says where it is from. */
static void add_directory(struct names *names, const char *directory, bool trusted)
{
        DIR *stream = directory ? opendir(directory) : NULL;
        const struct dirent *entry;

        while (stream && (entry = readdir(stream)) != NULL) {
                char *path = text("%s/%s", directory, entry->d_name);
                struct stat info;
                char *content = profile_is_name(entry->d_name) && stat(path, &info) == 0 && S_ISREG(info.st_mode)
                                        ? file_load(path, NULL)
                                        : NULL;

                char *end = content && trusted ? strchr(content, '\n') : NULL;

                if (end)
                        *end = '\0';
                if (content && (end || !trusted))
                        add_name(names, entry->d_name, end ? content : directory, end ? end + 1 : content,
                                 end ? trusted_state(content, end + 1) : NULL);
                free(content);
                free(path);
        }
        if (stream)
                closedir(stream);
}

static int by_name(const void *a, const void *b)
{
        return strcmp(((const struct name *)a)->name, ((const struct name *)b)->name);
}

void profile_each(void (*each)(void *userdata, const struct profile_entry *entry), void *userdata)
{
        char *places[PLACES], *trusted = trusted_directory();
        struct names names = {0};

        places_get(places);
        for (size_t i = 0; i < PLACES; i++)
                add_directory(&names, places[i], false);
        for (const struct shipped_profile *shipped = shipped_profiles; shipped->name; shipped++)
                add_name(&names, shipped->name, "pinfold", shipped->content, NULL);
        add_directory(&names, trusted, true);
        free(trusted);
        places_free(places);
        if (names.count > 0)
                qsort(names.list, names.count, sizeof(*names.list), by_name);
        for (size_t i = 0; i < names.count; i++) {
                const struct profile_entry entry = {names.list[i].name, names.list[i].from, names.list[i].summary, names.list[i].trusted};

                each(userdata, &entry);
                free(names.list[i].name);
                free(names.list[i].from);
                free(names.list[i].summary);
        }
        free(names.list);
}
