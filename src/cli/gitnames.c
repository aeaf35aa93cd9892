/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/gitnames.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/beneath.h"
#include "cli/file.h"
#include "cli/gitconfig.h"
#include "cli/homes.h"
#include "cli/memory.h"
#include "cli/path.h"

#define FILE_SIZE_MAX (1024 * 1024)
#define FILES_MAX 200
#define VARIABLES_MAX 1000

struct finding {
        struct gitnames names;
        const char *worktree;
        char *base; /* of the file that is being read */
        char *home;
};

/* `path` is freed; NULL is none. */
static void add(struct texts *texts, char *path)
{
        if (path)
                texts_add(texts, path);
        free(path);
}

/* Where `value` leads from `base`, allocated; NULL: nowhere, or to another user's home. */
static char *resolve(const struct finding *finding, const char *base, const char *value)
{
        if (value[0] == '~' && value[1] == '/')
                return finding->home ? path_absolute(finding->home, value + 2) : NULL;
        return !*value || *value == '~' ? NULL : path_absolute(base, value);
}

static void take(void *userdata, const char *section, const char *name, const char *value)
{
        struct finding *finding = userdata;
        struct gitnames *names = &finding->names;

        if (strcmp(section, "core") == 0 && strcmp(name, "hookspath") == 0)
                add(&names->hooks, resolve(finding, finding->worktree, value));
        /* includeIf as well: its condition may be true later. */
        if (strncmp(section, "include", 7) == 0 && strcmp(name, "path") == 0)
                add(&names->files, resolve(finding, finding->base, value));
}

char *gitnames_load(const char *path, const char *source, int directory)
{
        bool inside = path_is_below(path, source);
        int fd = inside ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        size_t size = 0;
        char *content = inside ? beneath_read(directory, path_rest(path, source), FILE_SIZE_MAX, &size)
                        : fd < 0 ? NULL : file_read_regular(fd, FILE_SIZE_MAX, &size);

        /* Git would read on. */
        if (content && strlen(content) != size) {
                free(content);
                content = NULL;
                errno = EINVAL;
        }
        return content;
}

/* git(1): files in the place of the usual ones, and variables of their own. */
static void add_own(struct finding *finding)
{
        struct gitnames *names = &finding->names;
        const char *system = getenv("GIT_CONFIG_SYSTEM"), *global = getenv("GIT_CONFIG_GLOBAL"), *count = getenv("GIT_CONFIG_COUNT");
        char *xdg = home_xdg("XDG_CONFIG_HOME", ".config");

        add(&names->files, resolve(finding, "/", system ? system : "/etc/gitconfig"));
        if (global) {
                add(&names->files, resolve(finding, "/", global));
        } else {
                add(&names->files, xdg ? text("%s/git/config", xdg) : NULL);
                add(&names->files, finding->home ? text("%s/.gitconfig", finding->home) : NULL);
        }
        names->included = names->files.count;
        finding->base = text("/");
        for (int i = 0; count && i < atoi(count) && i < VARIABLES_MAX; i++) {
                char *key_name = text("GIT_CONFIG_KEY_%d", i), *value_name = text("GIT_CONFIG_VALUE_%d", i);
                const char *key = getenv(key_name), *value = getenv(value_name);

                if (key && value && strcasecmp(key, "core.hookspath") == 0)
                        take(finding, "core", "hookspath", value);
                if (key && value && strncasecmp(key, "include", 7) == 0)
                        take(finding, "include", "path", value);
                free(key_name);
                free(value_name);
        }
        free(finding->base);
        free(xdg);
}

struct gitnames gitnames_find(const char *git, const char *worktree, const char *source, int directory)
{
        struct finding finding = {.worktree = worktree, .home = home_own()};
        struct gitnames *names = &finding.names;

        add(&names->files, text("%s/config", git));
        add(&names->files, text("%s/config.worktree", git));
        add_own(&finding);
        for (size_t i = 0; i < names->files.count && !names->too_many; i++) {
                const char *path = names->files.items[i];
                char *content = gitnames_load(path, source, directory);

                if (!content && !names->unreadable && path_is_below(path, source) && errno != ENOENT && errno != ENOTDIR) {
                        names->error = errno;
                        names->unreadable = text("%s", path);
                }
                finding.base = path_absolute(path, "..");
                if (content)
                        gitconfig_each(content, take, &finding);
                names->too_many = names->files.count > FILES_MAX || names->hooks.count > FILES_MAX;
                free(finding.base);
                free(content);
        }
        free(finding.home);
        return finding.names;
}

void gitnames_free(struct gitnames *names)
{
        texts_free(&names->files);
        texts_free(&names->hooks);
        free(names->unreadable);
}
