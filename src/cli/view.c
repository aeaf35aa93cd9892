/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/view.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/homes.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/path.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- The system ------------------------------------------------------------------------------------------------ */

/* Links stay links: /bin is one to usr/bin nearly everywhere. */
static void show(struct plan *plan, const char *path, const char *why)
{
        char target[PATH_MAX];
        struct stat info;
        ssize_t length;

        if (lstat(path, &info) < 0)
                return;
        if (!S_ISLNK(info.st_mode)) {
                plan_bind(plan, path, path, "", why);
                return;
        }
        length = readlink(path, target, sizeof(target) - 1);
        if (length <= 0)
                return;
        target[length] = '\0';
        plan_link(plan, target, path, why);
}

/* What may not be read has nothing for the program; but out of descriptors we would not know what has to be hidden. */
static int cannot_look(const char *path, int error)
{
        if (error != EMFILE && error != ENFILE && error != ENOMEM)
                return 0;
        complain("cannot look at %s: %s", path, strerror(error));
        exit(STATUS_SETUP);
}

static void hide_secret(struct plan *plan, const char *path, mode_t mode)
{
        if (S_ISDIR(mode))
                plan_target(plan, "readonly", path, "", "hidden: a secret of the machine");
        else if (S_ISREG(mode))
                plan_target(plan, "place", path, "text=", "hidden: a secret of the machine");
}

/* Whatever others cannot read. */
static void hide_unreadable(struct plan *plan, const char *directory)
{
        DIR *stream = opendir(directory);
        const struct dirent *entry;

        if (!stream)
                cannot_look(directory, errno);
        while (stream && (entry = readdir(stream)) != NULL) {
                char *path = text("%s/%s", directory, entry->d_name);
                struct stat info;

                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || lstat(path, &info) < 0)
                        info.st_mode = 0;
                else if (!(info.st_mode & S_IROTH) || (S_ISDIR(info.st_mode) && !(info.st_mode & S_IXOTH)))
                        hide_secret(plan, path, info.st_mode);
                else if (S_ISDIR(info.st_mode))
                        hide_unreadable(plan, path);
                free(path);
        }
        if (stream)
                closedir(stream);
}

/* Secrets of the machine that this caller could read: as a member of some group, or as root, who can read everything. */
static void hide_secrets(struct plan *plan)
{
        /* shadow and gshadow in one: each pattern reads the directory. */
        static const char *const patterns[] = {
                "/etc/[gs]*hadow*", "/etc/ssh/ssh_host_*_key", "/etc/ssl/private", "/etc/krb5.keytab",
                "/etc/NetworkManager/system-connections", "/etc/wireguard", "/etc/sudoers.d",
        };

        for (size_t i = 0; i < COUNT(patterns); i++) {
                glob_t found;

                if (glob(patterns[i], 0, cannot_look, &found) != 0)
                        continue;
                for (size_t j = 0; j < found.gl_pathc; j++) {
                        const char *path = found.gl_pathv[j];
                        struct stat info;

                        if (access(path, R_OK) == 0 && lstat(path, &info) == 0)
                                hide_secret(plan, path, info.st_mode);
                }
                globfree(&found);
        }
        if (geteuid() == 0)
                hide_unreadable(plan, "/etc");
}

/* ---- Home ------------------------------------------------------------------------------------------------------ */

/* An earlier run may have left a link there, to anything: none is followed, but to where there is nothing new to see. */
static void show_tool(struct plan *plan, const char *home, const char *path)
{
        struct stat info;
        char *real;

        /* Not $HOME itself, nor what is visible already. */
        if (strcmp(path, home) == 0 || !path_is_below(path, home) || home_keeps_credentials(path, home) ||
            plan_shows(plan, path) || stat(path, &info) < 0 || !S_ISDIR(info.st_mode))
                return;
        real = realpath(path, NULL);
        if (real && strcmp(real, path) == 0)
                plan_bind(plan, path, path, "", "tools of yours");
        else if (real && plan_shows(plan, real))
                plan_link(plan, real, path, "tools of yours");
        free(real);
}

/* An entry of PATH, which may name the home directory as $HOME does, by way of links. */
static void show_entry(struct plan *plan, const char *home, const char *named, const char *entry)
{
        char *settled = path_absolute("/", entry), *path;

        if (path_is_below(settled, named))
                path = text("%s%s", home, settled + strlen(named));
        else
                path = text("%s", settled);
        show_tool(plan, home, path);
        free(path);
        free(settled);
}

static void show_home(struct plan *plan, const char *home)
{
        static const char *const tools[] = {
                ".cargo/bin", ".rustup", ".pyenv", ".nvm", ".local/bin", ".local/lib", "go/bin",
        };
        const char *path = getenv("PATH");
        char *named = home_named();

        plan_target(plan, "tmpfs", home, "mode=0700", "a scratch home directory");
        if (strcmp(named, home) != 0 && !plan_shows(plan, named))
                plan_link(plan, home, named, "your home directory");
        for (size_t i = 0; i < COUNT(tools); i++) {
                char *tool = text("%s/%s", home, tools[i]);

                show_tool(plan, home, tool);
                free(tool);
        }
        for (const char *at = path, *end; at; at = *end ? end + 1 : NULL) {
                char *entry = text("%.*s", (int)(strchrnul(at, ':') - at), at);

                end = strchrnul(at, ':');
                if (entry[0] == '/')
                        show_entry(plan, home, named, entry);
                free(entry);
        }
        free(named);
}

void view_system(struct plan *plan, const char *home, bool host_pid)
{
        static const char *const first[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};
        static const char *const others[] = {
                "/etc", "/opt", "/nix/store", "/nix/var/nix/profiles", "/gnu/store", "/var/lib/dpkg", "/var/cache/man",
                "/var/cache/fontconfig", "/var/lib/texmf", "/sys/devices/system/cpu",
        };

        /* Parents that binds would make for this user alone. */
        plan_target(plan, "mkdir", "/var/lib", "", "a place for what follows");
        plan_target(plan, "mkdir", "/var/cache", "", "a place for what follows");
        plan_target(plan, "mkdir", "/sys/devices/system", "", "a place for what follows");
        for (size_t i = 0; i < COUNT(first); i++)
                show(plan, first[i], "the system");
        for (size_t i = 0; i < COUNT(others); i++)
                show(plan, others[i], "the system");
        hide_secrets(plan);
        plan_target(plan, "proc", "/proc", "", host_pid ? "processes of the host" : "its own processes");
        plan_target(plan, "dev", "/dev", "", "a few devices");
        plan_target(plan, "tmpfs", "/tmp", "mode=1777", "scratch");
        plan_target(plan, "tmpfs", "/var/tmp", "mode=1777", "scratch");
        plan_target(plan, "tmpfs", "/run", "", "empty");
        show(plan, "/run/current-system", "the system");
        show(plan, "/run/opengl-driver", "the system");
        if (home)
                show_home(plan, home);
}

/* ---- Where the caller is --------------------------------------------------------------------------------------- */

bool view_current(struct plan *plan, const char *path, const char *home)
{
        /* Directories that are private, or not files at all; below the others there are sockets and devices. */
        static const char *const whole[] = {"/tmp", "/var/tmp", "/run", "/dev"};
        bool show = !home_in(path, home) && !(home && home_keeps_credentials(path, home)) &&
                    !path_is_below(path, "/proc") && !path_is_below(path, "/dev") && !path_is_below(path, "/run");

        for (size_t i = 0; i < COUNT(whole); i++)
                show = show && !path_is_below(whole[i], path);
        if (!show) {
                plan_target(plan, "mkdir", path, "", "the current directory, but not what it holds");
                return false;
        }
        if (!plan_shows(plan, path))
                plan_bind(plan, path, path, "", "the current directory");
        return true;
}

/* ---- The network ----------------------------------------------------------------------------------------------- */

void view_network(struct plan *plan)
{
        static const char *const others[] = {"/var/lib/ca-certificates", "/var/lib/resolvconf"};
        char *resolver = realpath("/etc/resolv.conf", NULL);

        if (resolver && !plan_shows(plan, resolver))
                plan_bind(plan, resolver, resolver, "", "name resolution");
        free(resolver);
        for (size_t i = 0; i < COUNT(others); i++)
                show(plan, others[i], "name resolution and certificates");
}

void view_seal(struct plan *plan)
{
        plan_target(plan, "remount", "/run", "ro", "sealed");
        plan_target(plan, "remount", "/", "ro", "sealed");
}
