/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/places.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/exposed.h"
#include "cli/homes.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/owner.h"
#include "cli/path.h"
#include "cli/profiles.h"
#include "cli/trusted.h"

void places_get(char *places[PLACES])
{
        char *config = home_xdg("XDG_CONFIG_HOME", ".config");

        places[0] = config ? text("%s/pinfold", config) : NULL;
        places[1] = text("/etc/pinfold");
        places[2] = text("%s", PROFILE_DIRECTORY);
        free(config);
}

void places_free(char *places[PLACES])
{
        for (size_t i = 0; i < PLACES; i++)
                free(places[i]);
}

/*
 * HOME or XDG_CONFIG_HOME may lead into a checkout, which must not choose its own sandbox. One's home is none, nor what has homes, nor
 * where one's configuration is in any case.
 */
static bool is_in_project(const char *directory)
{
        const struct passwd *entry = user_entry();
        char *here = getcwd(NULL, 0), *real = realpath(directory, NULL);
        char *home = entry ? realpath(entry->pw_dir, NULL) : NULL;
        char *usual = text("%s/.config", home ? home : ""), *data = text("%s/.local/share", home ? home : "");
        bool project = here && here[1] && !(home && home[1] && path_is_below(home, here));
        bool found = project && real && path_is_below(real, here) && !path_is_below(real, usual) && !path_is_below(real, data);

        free(data);
        free(usual);
        free(home);
        free(real);
        free(here);
        return found;
}

int places_check(const char *directory, const char *path)
{
        if (!is_in_project(directory))
                return owner_check_directory(directory);
        complain("%s is in the current directory, where no profile is looked for", path);
        hint("HOME, XDG_CONFIG_HOME or XDG_DATA_HOME lead there; a profile can be given as a path");
        return -1;
}

/* After a message when that is not so: what is ours, and cannot be listed, may have what can be read by name all the same. */
static bool is_nothing(const char *directory, int error)
{
        struct stat info;

        if (error == ENOENT || error == ENOTDIR || (error == EACCES && (stat(directory, &info) < 0 || info.st_uid != geteuid())))
                return true;
        complain("cannot look at %s, where profiles are: %s", directory, strerror(error));
        return false;
}

/* One that is a link, or has other names, is not kept by its directory. */
static int keep_entries(const struct plan *plan, const char *directory)
{
        DIR *stream = opendir(directory);
        const struct dirent *entry;
        int r = 0;

        if (!stream)
                return is_nothing(directory, errno) ? 0 : -1;

        while (r == 0 && (entry = readdir(stream)) != NULL) {
                char *path = text("%s/%s", directory, entry->d_name);
                struct stat info;
                bool other = profile_is_name(entry->d_name) && lstat(path, &info) == 0 &&
                             (S_ISLNK(info.st_mode) || (S_ISREG(info.st_mode) && info.st_nlink > 1));

                if (other && exposed_writes(plan, path)) {
                        complain("the program could write to the profile %s, by another name", path);
                        hint("let it write to nothing that the profile is in, or make it a file of its own");
                        r = -1;
                }
                free(path);
        }
        closedir(stream);
        return r;
}

static char *below(const char *base, const char *path)
{
        return base ? text("%s%s", base, path) : NULL;
}

/* Also those of the next run, which may have other variables. */
int places_keep(struct plan *plan)
{
        const char *why = "where profiles are", *trusted_why = "where trusted profiles are";
        const struct passwd *entry = user_entry();
        char *given = entry ? text("%s", entry->pw_dir) : NULL, *home = home_named(), *config = home_xdg("XDG_CONFIG_HOME", ".config");
        char *paths[] = {below(config, "/pinfold"), below(home, "/.config/pinfold"), below(given, "/.config/pinfold"),
                         trusted_directory(), below(home, "/.local/share/pinfold/trusted"), below(given, "/.local/share/pinfold/trusted")};
        const struct exposed_place places[] = {
                {paths[0], why}, {paths[1], why}, {paths[2], why}, {paths[3], trusted_why}, {paths[4], trusted_why},
                {paths[5], trusted_why}, {"/etc/pinfold", why}, {PROFILE_DIRECTORY, why},
        };
        size_t count = sizeof(places) / sizeof(places[0]);
        bool any = exposed_any(plan);
        int r = any ? exposed_keep(plan, places, count) : 0;

        for (size_t i = 0; any && r >= 0 && i < count; i++)
                if (places[i].path && keep_entries(plan, places[i].path) < 0)
                        r = -1;
        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
                free(paths[i]);
        free(config);
        free(home);
        free(given);
        return r;
}
