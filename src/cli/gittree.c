/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/gittree.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/beneath.h"
#include "cli/gitconfig.h"
#include "cli/gitindex.h"
#include "cli/memory.h"
#include "cli/path.h"

#define CONFIG_MAX (1024 * 1024)

const char *const git_unwanted[GIT_UNWANTED] = {"commondir", "remotes", "branches", "modules"};

char *gittree_below(const char *path, const char *name)
{
        return *path ? text("%s/%s", path, name) : text("%s", name);
}

mode_t gittree_type(const struct git_tree *tree, const char *path, const char *name)
{
        char *full = gittree_below(path, name);
        mode_t type = beneath_type(tree->directory, full);

        free(full);
        return type;
}

bool gittree_has(const struct git_tree *tree, const char *path, const char *name)
{
        return gittree_type(tree, path, name) != 0;
}

char *gittree_path(const struct git_tree *tree, const char *base, const char *path)
{
        char *top = path_join(tree->source, base), *full = path_absolute(top, path), *found = NULL;

        if (!path_is_below(full, tree->source)) {
                char *end = path_walk(full, NULL, NULL);

                free(full);
                full = end;
        }
        if (*path && path_is_below(full, tree->source))
                found = text("%s", path_rest(full, tree->source));
        free(full);
        free(top);
        return found;
}

static void take_format(void *userdata, const char *section, const char *name, const char *value)
{
        size_t *hash = userdata;

        if (strcmp(section, "extensions") == 0 && strcmp(name, "objectformat") == 0)
                *hash = strcasecmp(value, "sha256") == 0 ? 32 : 20;
}

/* The size of object names. */
static size_t hash_of(const struct git_tree *tree, const char *git)
{
        char *path = gittree_below(git, "config"), *content = beneath_read(tree->directory, path, CONFIG_MAX, NULL);
        size_t hash = 20;

        if (content)
                gitconfig_each(content, take_format, &hash);
        free(content);
        free(path);
        return hash;
}

static void link_found(void *userdata, const char *path)
{
        const struct git_links *links = userdata;
        char *full = gittree_below(links->worktree, path);

        links->each(links->userdata, full);
        free(full);
}

/* False: git may find more in it. */
static bool read_index(struct git_tree *tree, const char *path, size_t hash, struct git_links *links)
{
        size_t size = 0;
        char *index = beneath_read(tree->directory, path, tree->budget, &size);
        bool whole = index && gitindex_links(index, size, hash, link_found, links);

        tree->budget -= size;
        free(index);
        return whole;
}

bool gittree_each_link(struct git_tree *tree, const char *git, struct git_links *links)
{
        size_t hash = hash_of(tree, git);
        DIR *directory = beneath_opendir(tree->directory, *git ? git : ".");
        const struct dirent *entry;
        bool whole = directory != NULL;

        while (directory && (entry = readdir(directory)) != NULL)
                if (strcmp(entry->d_name, "index") == 0 || strncmp(entry->d_name, "sharedindex.", 12) == 0) {
                        char *path = gittree_below(git, entry->d_name);

                        if (!read_index(tree, path, hash, links))
                                whole = false;
                        free(path);
                }
        if (directory)
                closedir(directory);
        return whole;
}

bool gittree_is_repository(const struct git_tree *tree, const char *git)
{
        for (size_t i = 0; i < tree->count; i++)
                if (strcmp(tree->repositories[i].git, git) == 0)
                        return true;
        return false;
}

bool gittree_is_known(const struct git_tree *tree, const char *path)
{
        for (size_t i = 0; i < tree->known_count; i++)
                if (strcmp(tree->known[i].path, path) == 0)
                        return true;
        return false;
}

/* A directory that its owner can look for names in. */
static bool is_searchable(const struct git_tree *tree, const char *path, const char *name)
{
        char *full = gittree_below(path, name);
        int fd = beneath_open(tree->directory, full, O_PATH | O_DIRECTORY);
        struct stat info;
        bool searchable = fd >= 0 && fstat(fd, &info) == 0 && (info.st_mode & S_IXUSR);

        if (fd >= 0)
                close(fd);
        free(full);
        return searchable;
}

/* A link, a reference, or the name of an object. */
static bool is_head(const struct git_tree *tree, const char *path)
{
        char *full = gittree_below(path, "HEAD"), *content = beneath_read(tree->directory, full, 4096, NULL);
        bool head = gittree_type(tree, path, "HEAD") == S_IFLNK;

        if (content && strncmp(content, "ref:", 4) == 0)
                head = strncmp(content + 4 + strspn(content + 4, " \t\r\n"), "refs/", 5) == 0;
        else if (content)
                head = strspn(content, "0123456789abcdefABCDEF") >= 40;
        free(content);
        free(full);
        return head;
}

bool gittree_is_git(const struct git_tree *tree, const char *path)
{
        return is_head(tree, path) && ((is_searchable(tree, path, "objects") && is_searchable(tree, path, "refs")) ||
                                       gittree_has(tree, path, "commondir"));
}

bool gittree_is_bare(const struct git_tree *tree)
{
        return gittree_has(tree, "", "HEAD") &&
               ((gittree_has(tree, "", "objects") && gittree_has(tree, "", "refs")) || gittree_has(tree, "", "commondir"));
}
