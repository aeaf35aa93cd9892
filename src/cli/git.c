/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/git.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "cli/memory.h"
#include "cli/message.h"

#define WHY "git runs, or obeys, what is in it"

/* ---- Protection ------------------------------------------------------------------------------------------------ */

static mode_t type_of(const char *path)
{
        struct stat info;

        return lstat(path, &info) < 0 ? 0 : info.st_mode & S_IFMT;
}

/* Read-only; where there is nothing yet, nothing can be put there either. */
static void fix(struct plan *plan, const char *source, const char *target, const char *name, bool directory)
{
        char *from = text("%s/%s", source, name), *to = text("%s/%s", target, name);

        if (type_of(from) != 0)
                plan_bind(plan, from, to, "", WHY);
        else if (directory)
                plan_target(plan, "readonly", to, "", WHY);
        else
                plan_target(plan, "place", to, "text=", WHY);
        free(from);
        free(to);
}

static void fix_existing(struct plan *plan, const char *source, const char *target, const char *name)
{
        char *path = text("%s/%s", source, name);

        if (type_of(path) != 0)
                fix(plan, source, target, name, false);
        free(path);
}

/*
 * A git directory is a mount of its own: it cannot be renamed, or else its content could be copied to where it was, without
 * what lies on it.
 */
static void fix_directory(struct plan *plan, const char *source, const char *target)
{
        plan_bind(plan, source, target, "writable", "cannot be replaced by another");
        fix(plan, source, target, "config", false);
        fix(plan, source, target, "hooks", true);
}

/* Those of submodules; they nest, as submodules do. */
static void fix_modules(struct plan *plan, const char *source, const char *target)
{
        char *modules = text("%s/modules", source), *inside = text("%s/modules", target);
        DIR *directory = opendir(modules);
        const struct dirent *entry;

        if (directory)
                plan_bind(plan, modules, inside, "writable", "cannot be replaced by another");
        while (directory && (entry = readdir(directory)) != NULL) {
                char *from = text("%s/%s", modules, entry->d_name), *to = text("%s/%s", inside, entry->d_name);

                if (entry->d_name[0] != '.' && type_of(from) == S_IFDIR) {
                        fix_directory(plan, from, to);
                        fix_modules(plan, from, to);
                }
                free(from);
                free(to);
        }
        if (directory)
                closedir(directory);
        free(modules);
        free(inside);
}

int git_protect(struct plan *plan, const char *source, const char *target)
{
        char *git = text("%s/.git", source), *inside = text("%s/.git", target);
        mode_t type = type_of(git);

        if (type == S_IFLNK) {
                complain("%s is a symbolic link, which the program could replace by hooks and configuration of its own", git);
                hint("--allow-git-config permits that");
        } else if (type == S_IFDIR) {
                fix_directory(plan, git, inside);
                fix(plan, git, inside, "info", true);
                fix(plan, git, inside, "config.worktree", false);
                fix_existing(plan, git, inside, "worktrees");
                fix_existing(plan, git, inside, "commondir");
                fix_modules(plan, git, inside);
        } else {
                /* A file that says where the git directory is, or nothing yet. */
                fix(plan, source, target, ".git", true);
        }
        free(git);
        free(inside);
        return type == S_IFLNK ? -1 : 0;
}

/*
 * commondir makes git read hooks and configuration elsewhere (gitrepository-layout(5)). An empty one, to put a mount on,
 * would stop git on the host for as long as the container lives; so it is looked for afterwards.
 */
void git_inspect(const char *source)
{
        char *path = text("%s/.git/commondir", source), *aside = text("%s/.git/commondir.made-inside", source);

        if (type_of(path) != 0 && rename(path, aside) == 0) {
                complain("the program has made %s, by which git would run code of its making; it is %s now", path, aside);
                hint("if you used git there meanwhile, see what is in it");
        }
        free(path);
        free(aside);
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

/* The value after '=': without the space around it, and without quotes. */
static char *value_of(char *line)
{
        char *value = strchr(line, '=');
        size_t length;

        if (!value)
                return NULL;
        for (value++; isspace((unsigned char)*value);)
                value++;
        for (length = strlen(value); length > 0 && isspace((unsigned char)value[length - 1]);)
                value[--length] = '\0';
        if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
                value[length - 1] = '\0';
                value++;
        }
        return value;
}

/* Only [user] with name and email, and no include: enough for nearly everybody, and git need not be started for it. */
static void read_config(const char *path, struct identity *identity)
{
        FILE *file = fopen(path, "re");
        char *line = NULL;
        size_t room = 0;
        bool user = false;

        while (file && getline(&line, &room, file) >= 0) {
                char *at = line + strspn(line, " \t"), *value;

                if (*at == '[')
                        user = strncasecmp(at, "[user]", 6) == 0;
                value = user ? value_of(at) : NULL;
                if (value && strncasecmp(at, "name", 4) == 0 && strspn(at + 4, " \t=") > 0)
                        take(&identity->name, value);
                else if (value && strncasecmp(at, "email", 5) == 0 && strspn(at + 5, " \t=") > 0)
                        take(&identity->email, value);
        }
        free(line);
        if (file)
                fclose(file);
}

static void add(struct pinfold *box, const char *name, const char *value)
{
        const char *own = getenv(name);

        if (own || value)
                pinfold_add_env(box, name, own ? own : value);
}

void git_identity(struct pinfold *box, const char *directory, const char *home)
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
        add(box, "GIT_AUTHOR_NAME", identity.name);
        add(box, "GIT_AUTHOR_EMAIL", identity.email);
        add(box, "GIT_COMMITTER_NAME", identity.name);
        add(box, "GIT_COMMITTER_EMAIL", identity.email);
        free(identity.name);
        free(identity.email);
}
