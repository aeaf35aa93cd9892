/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "container/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

static const char *const directories[] = {"/usr/bin", "/bin", "/run/wrappers/bin"};

static int find(const char *name, char path[64], struct pinfold_error *err)
{
        for (size_t i = 0; i < ELEMENTS(directories); i++) {
                snprintf(path, 64, "%s/%s", directories[i], name);
                if (access(path, X_OK) == 0)
                        return 0;
        }
        return error_path(err, ENOENT, "find", name);
}

static int start(const char *path, char *const argv[], int output, pid_t *ret_pid)
{
        char *const environment[] = {NULL};
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t all;
        int r;

        sigfillset(&all);
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, output, 1);
        posix_spawn_file_actions_adddup2(&actions, output, 2);
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
        r = posix_spawn(ret_pid, path, &actions, &attributes, argv, environment);
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&actions);
        return -r;
}

/* Reads until the end, which also says that the program has ended; keeps the first line. */
static void read_line(int fd, char *line, size_t size)
{
        size_t used = 0;
        char rest[256];

        for (;;) {
                bool full = used + 1 >= size;
                ssize_t length = read(fd, full ? rest : line + used, full ? sizeof(rest) : size - 1 - used);

                if (length < 0 && errno == EINTR)
                        continue;
                if (length <= 0)
                        break;
                used += full ? 0 : (size_t)length;
        }
        line[used] = '\0';
        line[strcspn(line, "\n")] = '\0';
}

int helper_run(char *const argv[], struct pinfold_error *err)
{
        _cleanup_close_ int ours = -1, theirs = -1;
        char path[64], line[256];
        int ends[2], status = 0, r = find(argv[0], path, err);
        pid_t pid;

        if (r < 0)
                return r;
        if (pipe2(ends, O_CLOEXEC) < 0)
                return error_set(err, errno, "create a pipe");
        ours = ends[0];
        theirs = ends[1];
        r = start(path, argv, theirs, &pid);
        if (r < 0)
                return error_path(err, -r, "execute", path);
        theirs = close_fd(theirs);
        read_line(ours, line, sizeof(line));
        while ((r = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
                ;
        if (r < 0 ? *line != '\0' : status != 0)
                return error_set(err, EPERM, "%s", *line ? line : path);
        return 0;
}
