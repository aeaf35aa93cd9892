/* SPDX-License-Identifier: MIT */
/* What an administrator delegates, and a whole run: the attempts that need more than a few system calls. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pinfold/pinfold.h>

#include "cli/attempts.h"
#include "cli/command.h"
#include "cli/homes.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/request.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- The cgroup ------------------------------------------------------------------------------------------------ */

/* Its path in the hierarchy, allocated. NULL: it is in none of version 2. */
static char *own_cgroup(void)
{
        FILE *file = fopen("/proc/self/cgroup", "re");
        char *line = NULL, *path = NULL;
        size_t room = 0;

        while (file && !path && getline(&line, &room, file) >= 0)
                if (sscanf(line, "0::%m[^\n]", &path) != 1)
                        path = NULL;
        free(line);
        if (file)
                fclose(file);
        return path;
}

/* Where a whole cgroup v2 hierarchy is mounted, or what is whole for this cgroup namespace. */
static char *cgroup_mount(void)
{
        FILE *file = fopen("/proc/self/mountinfo", "re");
        char *line = NULL, *path = NULL;
        size_t room = 0;

        while (file && !path && getline(&line, &room, file) >= 0)
                if (strstr(line, " - cgroup2 ") && sscanf(line, "%*s %*s %*s / %ms", &path) != 1)
                        path = NULL;
        free(line);
        if (file)
                fclose(file);
        return path;
}

static int open_cgroup(void)
{
        char *own = own_cgroup(), *mount = cgroup_mount(), *path = NULL;
        int fd = -1;

        if (own && mount && asprintf(&path, "%s%s", mount, own) > 0)
                fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        free(own);
        free(mount);
        free(path);
        return fd;
}

/* Whether `word` is among those of `text`. */
static bool holds(const char *text, const char *word)
{
        size_t length = strlen(word);

        for (const char *at = text; (at = strstr(at, word)) != NULL; at += length)
                if ((at == text || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
                        return true;
        return false;
}

static bool read_controllers(int cgroup, char *controllers, size_t size)
{
        int file = openat(cgroup, "cgroup.controllers", O_RDONLY | O_CLOEXEC);
        ssize_t length = file < 0 ? -1 : read(file, controllers, size - 1);

        if (length < 0)
                return false;
        controllers[length] = '\0';
        controllers[strcspn(controllers, "\n")] = '\0';
        return true;
}

int attempt_cgroup(struct pinfold_error *said)
{
        static const char *const files[] = {".", "cgroup.procs", "cgroup.subtree_control"};
        static const char *const wanted[] = {"cpu", "memory", "pids"};
        int cgroup = open_cgroup();
        char controllers[256];

        if (cgroup < 0 || !read_controllers(cgroup, controllers, sizeof(controllers))) {
                say(said, "this process is in no cgroup v2 that can be seen");
                return -1;
        }
        for (size_t i = 0; i < COUNT(files); i++)
                if (faccessat(cgroup, files[i], W_OK, AT_EACCESS) < 0)
                        return failed(said, PINFOLD_STAGE_CGROUP, "write to the cgroup of this process");
        for (size_t i = 0; i < COUNT(wanted); i++)
                if (!holds(controllers, wanted[i])) {
                        say(said, "the cgroup of this process is writable, but has no controller %s", wanted[i]);
                        return -1;
                }
        say(said, "writable, with controllers %s", controllers);
        return 0;
}

/* ---- Containers ------------------------------------------------------------------------------------------------ */

/* What `pinfold run` makes without an option, with the least program. NULL, after a message, when it cannot. */
static struct pinfold *default_box(struct request *request)
{
        /* No matter where we are called. */
        char *words[] = {(char[]){"-C"},      (char[]){"/"},  (char[]){"--"},
                         (char[]){"/bin/sh"}, (char[]){"-c"}, (char[]){":"}, NULL};

        *request = (struct request){.cgroup = -1, .events.fd = -1};
        if (chdir("/") < 0 || request_parse(request, words, command_run.options, NULL) < 0 || request_command(request) < 0 ||
            request_settle(request) < 0)
                return NULL;
        return request->box;
}

static int run_box(struct pinfold *box, struct pinfold_error *said)
{
        struct pinfold_status status = {.size = sizeof(status)};

        if (pinfold_start(box, said) < 0 || pinfold_serve(box, said) < 0 || pinfold_wait(box, 30000, &status, said) < 0)
                return -1;
        if (status.status == 0)
                say(said, "a container as of `pinfold run` works");
        else
                say(said, "/bin/sh in a container as of `pinfold run` ended with %d", status.status);
        return status.status == 0 ? 0 : -1;
}

int attempt_run(struct pinfold_error *said)
{
        struct request request;
        struct pinfold *box = default_box(&request);
        const char *where;
        char *what;
        int r = -1;

        if (box)
                r = run_box(box, said);
        else
                say(said, "`pinfold run` cannot begin: %s", message_last());
        /* The host is not to blame for the user's profile. */
        where = r < 0 ? plan_place(&request.plan, said->op_index) : NULL;
        what = where ? text("%s: %s", where, said->text) : NULL;
        if (what)
                say(said, "%s", what);
        free(what);
        request_free(&request);
        return r;
}

/* The first range that subuid(5) or subgid(5) has for the user, by name or number. */
static bool subordinate(const char *path, uint32_t *ret_first, uint32_t *ret_count)
{
        const struct passwd *user = user_entry();
        char number[16], owner[64], *line = NULL;
        FILE *file = fopen(path, "re");
        uint32_t first, count;
        bool found = false;
        size_t room = 0;

        snprintf(number, sizeof(number), "%u", getuid());
        while (file && !found && getline(&line, &room, file) >= 0)
                found = sscanf(line, "%63[^:]:%" SCNu32 ":%" SCNu32, owner, &first, &count) == 3 &&
                        (strcmp(owner, number) == 0 || (user && strcmp(owner, user->pw_name) == 0));
        if (found) {
                *ret_first = first;
                *ret_count = count;
        }
        free(line);
        if (file)
                fclose(file);
        return found;
}

int attempt_subordinate_ids(struct pinfold_error *said)
{
        uint32_t first_uid = 1, first_gid = 1, uids = 65535, gids = 65535;
        struct pinfold *box = pinfold_new("/bin/sh", NULL);
        bool rows = subordinate("/etc/subuid", &first_uid, &uids) && subordinate("/etc/subgid", &first_gid, &gids);
        int r;

        /* Root needs no rows. */
        if (!rows && geteuid() != 0) {
                say(said, "none for uid %u in /etc/subuid and /etc/subgid", getuid());
                pinfold_free(box);
                return -1;
        }
        pinfold_root(box, "/", 0);
        pinfold_map_uids(box, 0, geteuid(), 1);
        pinfold_map_gids(box, 0, getegid(), 1);
        pinfold_map_uids(box, 1, first_uid, uids);
        pinfold_map_gids(box, 1, first_gid, gids);
        r = pinfold_start(box, said);
        if (r == 0)
                r = pinfold_serve_begin(box, said); /* maps ids */
        pinfold_free(box);
        if (r < 0)
                return -1;
        say(said, "%u uids and %u gids can be mapped", uids + 1, gids + 1);
        return 0;
}
