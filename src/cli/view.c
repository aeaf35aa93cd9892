/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/view.h"

#include <dirent.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/homes.h"
#include "cli/memory.h"
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

/* /lib, /lib32, /lib64, ... */
static void show_libraries(struct plan *plan)
{
        glob_t found;

        if (glob("/lib*", 0, NULL, &found) != 0)
                return;
        for (size_t i = 0; i < found.gl_pathc; i++)
                show(plan, found.gl_pathv[i], "the system");
        globfree(&found);
}

/* Secrets of the machine that this caller could read, as root can. */
static void hide_secrets(struct plan *plan)
{
        static const char *const patterns[] = {
                "/etc/shadow*", "/etc/gshadow*", "/etc/ssh/ssh_host_*_key", "/etc/ssl/private", "/etc/krb5.keytab",
                "/etc/NetworkManager/system-connections", "/etc/wireguard", "/etc/sudoers.d",
        };

        for (size_t i = 0; i < COUNT(patterns); i++) {
                glob_t found;

                if (glob(patterns[i], 0, NULL, &found) != 0)
                        continue;
                for (size_t j = 0; j < found.gl_pathc; j++) {
                        const char *path = found.gl_pathv[j];
                        struct stat info;

                        if (access(path, R_OK) < 0 || lstat(path, &info) < 0)
                                continue;
                        if (S_ISDIR(info.st_mode))
                                plan_target(plan, "readonly", path, "", "hidden: a secret of the machine");
                        else if (S_ISREG(info.st_mode))
                                plan_target(plan, "place", path, "text=", "hidden: a secret of the machine");
                }
                globfree(&found);
        }
}

/* ---- Home ------------------------------------------------------------------------------------------------------ */

static void show_tool(struct plan *plan, const char *home, const char *path)
{
        struct stat info;

        /* Not $HOME itself, nor what is visible already. */
        if (strcmp(path, home) == 0 || !path_is_below(path, home) || home_keeps_credentials(path, home) ||
            plan_shows(plan, path) || stat(path, &info) < 0 || !S_ISDIR(info.st_mode))
                return;
        plan_bind(plan, path, path, "", "tools of yours");
}

static void show_home(struct plan *plan, const char *home)
{
        static const char *const tools[] = {
                ".cargo/bin", ".rustup", ".pyenv", ".nvm", ".local/bin", ".local/lib", "go/bin",
        };
        const char *path = getenv("PATH");

        plan_target(plan, "tmpfs", home, "mode=0700", "a scratch home directory");
        for (size_t i = 0; i < COUNT(tools); i++) {
                char *tool = text("%s/%s", home, tools[i]);

                show_tool(plan, home, tool);
                free(tool);
        }
        for (const char *at = path, *end; at; at = *end ? end + 1 : NULL) {
                char *entry = text("%.*s", (int)(strchrnul(at, ':') - at), at);

                end = strchrnul(at, ':');
                if (entry[0] == '/') {
                        char *settled = path_absolute("/", entry);

                        show_tool(plan, home, settled);
                        free(settled);
                }
                free(entry);
        }
}

void view_system(struct plan *plan, const char *home)
{
        static const char *const first[] = {"/usr", "/bin", "/sbin"};
        static const char *const others[] = {
                "/etc", "/opt", "/nix", "/gnu/store", "/var/lib/dpkg", "/var/cache/man", "/var/cache/fontconfig",
                "/var/lib/texmf", "/sys/devices/system/cpu",
        };

        /* Parents that binds would make for this user alone. */
        plan_target(plan, "mkdir", "/var/lib", "", "a place for what follows");
        plan_target(plan, "mkdir", "/var/cache", "", "a place for what follows");
        plan_target(plan, "mkdir", "/sys/devices/system", "", "a place for what follows");
        for (size_t i = 0; i < COUNT(first); i++)
                show(plan, first[i], "the system");
        show_libraries(plan);
        for (size_t i = 0; i < COUNT(others); i++)
                show(plan, others[i], "the system");
        hide_secrets(plan);
        plan_target(plan, "proc", "/proc", "", "its own processes");
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
        /* Directories that are private, or not files at all. */
        static const char *const whole[] = {"/tmp", "/var/tmp", "/run", "/dev"};
        bool show = !home_in(path, home) && !path_is_below(path, "/proc") && strncmp(path, "/dev/", 5) != 0;

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
