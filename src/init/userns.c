/* SPDX-License-Identifier: MIT */
/*
 * User namespaces inside: none, or, for a privileged container, exactly one more, made here. Mounts that are copied into the
 * mount namespace of a nested user namespace are locked (mount_namespaces(7), "Restrictions on mount namespaces"): what
 * setup mounted cannot be unmounted, uncovered or made writable, although the program holds CAP_SYS_ADMIN.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "init/capabilities.h"
#include "init/init.h"
#include "syscall/capability.h"
#include "syscall/file.h"

#define MAP_MAX 4096                /* bytes of a map, as the kernel takes it */
#define MAP_SHOWN_MAX (340 * 33 + 1) /* as it shows it: so many lines at most, padded */

/*
 * In a proc of the container's own, if it has one, and that is neither covered there nor read-only: the host's remembers the names of
 * settings of every user namespace that is alive, and would look through all of them.
 */
static int open_setting(const struct init *init, const char *path)
{
        int fd = init->build.own_proc < 0 ? -EXDEV : sys_open_in_mount(init->build.own_proc, path, O_WRONLY);

        if (fd == -EXDEV || fd == -EROFS) {
                fd = openat(init->proc, path, O_WRONLY | O_CLOEXEC);
                return fd < 0 ? -errno : fd;
        }
        return fd;
}

/* `what` is "max_user_namespaces" or the like: none from here on, here and in what is nested (namespaces(7)). */
static int forbid(const struct init *init, const char *what, struct pinfold_error *err)
{
        char path[64];
        _cleanup_close_ int fd = -1;

        snprintf(path, sizeof(path), "/proc/sys/user/%s", what);
        fd = open_setting(init, path + strlen("/proc/"));
        if (fd < 0)
                return error_path(err, -fd, "open", path);
        return write(fd, "0", 1) == 1 ? 0 : error_path(err, errno, "write", path);
}

static int read_number(const char **at, unsigned *ret)
{
        const char *digits = *at + strspn(*at, " ");

        for (*at = digits; **at >= '0' && **at <= '9'; (*at)++)
                *ret = *ret * 10 + (unsigned)(**at - '0');
        return *at > digits ? 0 : -EINVAL;
}

/* A map of the current namespace as the map of a nested one in which every id keeps its number. */
static int identity_map(const struct init *init, const char *name, char *ret, struct pinfold_error *err)
{
        _cleanup_close_ int fd = openat(init->proc, name, O_RDONLY | O_CLOEXEC);
        char map[MAP_SHOWN_MAX] = "";
        const char *at = map;
        size_t used = 0;

        if (fd < 0)
                return error_path(err, errno, "open", name);
        /* One read gives no more than a page of it. */
        for (size_t length = 0; length + 1 < sizeof(map);) {
                ssize_t more = read(fd, map + length, sizeof(map) - 1 - length);

                if (more < 0)
                        return error_path(err, errno, "read", name);
                if (more == 0)
                        break;
                length += (size_t)more;
        }
        while (*at) {
                unsigned inside = 0, outside = 0, count = 0;

                if (read_number(&at, &inside) < 0 || read_number(&at, &outside) < 0 || read_number(&at, &count) < 0)
                        return error_path(err, EINVAL, "read", name);
                at += strspn(at, " \n");
                used += (size_t)snprintf(ret + used, MAP_MAX - used, "%u %u %u\n", inside, inside, count);
                if (used >= MAP_MAX)
                        return error_path(err, E2BIG, "read", name);
        }
        return 0;
}

static int write_map(const struct init *init, const char *self, const char *name, const char *map)
{
        char path[64];
        _cleanup_close_ int fd = -1;

        snprintf(path, sizeof(path), "%s/%s", self, name);
        fd = openat(init->proc, path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        errno = EIO; /* unless it fails, it writes all */
        return write(fd, map, strlen(map)) == (ssize_t)strlen(map) ? 0 : -errno;
}

/* Runs in a process that stays in the outer namespace, where it has the capabilities to write any map. */
ON_OWN_STACK static _Noreturn void mapper(const struct init *init, int start, const char *self, const char *uids, const char *gids)
{
        ssize_t told;
        char go;
        int r;

        do
                told = read(start, &go, 1);
        while (told < 0 && errno == EINTR);
        if (told != 1)
                _exit(told < 0 ? errno : EPIPE);
        r = write_map(init, self, "uid_map", uids);
        if (r == 0)
                r = write_map(init, self, "gid_map", gids);
        _exit(-r);
}

ON_OWN_STACK static int start_mapper(const struct init *init, const char *uids, const char *gids, int *ret_start, pid_t *ret_pid,
                        struct pinfold_error *err)
{
        char self[32];
        ssize_t length = readlinkat(init->proc, "self", self, sizeof(self) - 1);
        int ends[2];

        if (length < 0)
                return error_path(err, errno, "read", "/proc/self");
        self[length] = '\0';
        if (pipe2(ends, O_CLOEXEC) < 0)
                return error_set(err, errno, "create a pipe");
        *ret_pid = _Fork();
        if (*ret_pid == 0) {
                close(ends[1]);
                mapper(init, ends[0], self, uids, gids);
        }
        close(ends[0]);
        *ret_start = ends[1];
        return *ret_pid < 0 ? error_set(err, errno, "fork") : 0;
}

/* Who has ended before it was told knows better why than a pipe that nobody reads. Returns a positive errno, or 0. */
static int await_mapper(int start, pid_t pid, int *ret_status)
{
        pid_t ended;

        while (write(start, "", 1) < 0 && errno != EPIPE)
                if (errno != EINTR)
                        return errno;
        do
                ended = waitpid(pid, ret_status, 0);
        while (ended < 0 && errno == EINTR);
        return ended == pid ? 0 : errno;
}

static int nest(const struct init *init, struct pinfold_error *err)
{
        char uids[MAP_MAX], gids[MAP_MAX];
        _cleanup_close_ int start = -1;
        int r = identity_map(init, "self/uid_map", uids, err), status, error;
        pid_t pid = -1;

        if (r == 0)
                r = identity_map(init, "self/gid_map", gids, err);
        if (r == 0)
                r = start_mapper(init, uids, gids, &start, &pid, err);
        if (r < 0)
                return r;
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
                return error_set(err, errno, "create a nested user namespace");
        /*
         * The files below /proc/PID belong to root while a process is not dumpable. Nothing is in here yet that could dump us, or PID
         * 1, whose memory this is.
         */
        r = sys_set_dumpable(1);
        error = r < 0 ? -r : await_mapper(start, pid, &status);
        r = sys_set_dumpable(0);
        if (error || r < 0)
                return error_set(err, error ? error : -r, "wait for the id maps");
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
                return error_set(err, WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD,
                                 "map ids of the nested user namespace");
        return capabilities_bound(CAPABILITIES_PRIVILEGED | init->setup.capabilities, err);
}

/* Of the namespace that a descriptor stands for; of our own without one. */
static int identify(const struct init *init, int fd, struct stat *ret)
{
        return fd < 0 ? fstatat(init->proc, "self/ns/user", ret, 0) : fstat(fd, ret);
}

/* The kernel refuses to enter the one that we are in. */
static int enter(const struct init *init, struct pinfold_error *err)
{
        int fd = init->inbox.files[init->inbox.head.files - init->setup.program.held - 1];
        struct stat own, wanted;

        if (identify(init, -1, &own) < 0 || identify(init, fd, &wanted) < 0)
                return error_set(err, errno, "look at the user namespace to enter");
        if (own.st_dev == wanted.st_dev && own.st_ino == wanted.st_ino)
                return 0;
        return setns(fd, CLONE_NEWUSER) < 0 ? error_set(err, errno, "enter the user namespace") : 0;
}

/* In a namespace of others nothing can be forbidden; somebody has done that, or not. */
static int check_forbidden(struct pinfold_error *err)
{
        pid_t pid = _Fork();
        int status;

        if (pid < 0)
                return error_set(err, errno, "fork");
        if (pid == 0)
                _exit(unshare(CLONE_NEWUSER) == 0);
        if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
                return error_set(err, ECHILD, "find out whether user namespaces can be created");
        return WEXITSTATUS(status) == 0 ? 0 : error_set(err, EPERM, "user namespaces can be created in the one that was joined");
}

/* In the container's own user namespace, for it and for all that is below it. */
static int forbid_namespaces(struct init *init, struct pinfold_error *err)
{
        int r = init->setup.flags & PINFOLD_PRIVILEGED ? nest(init, err) : 0;

        /*
         * A cgroup namespace of its own would let a program that may mount, mount the cgroup file system, writable, from the
         * caller's cgroup on: with the caller's id, which owns it where the caller is root.
         */
        if (r == 0 && !(init->setup.flags & PINFOLD_HOST_CGROUP))
                r = forbid(init, "max_cgroup_namespaces", err);
        if (r == 0 && !(init->setup.flags & PINFOLD_NESTED))
                r = forbid(init, "max_user_namespaces", err);
        return r;
}

int stage_userns(struct init *init, struct pinfold_error *err)
{
        bool joined = init->setup.host & SETUP_JOINED, entered = init->setup.host & SETUP_ENTER;
        int r = joined ? 0 : forbid_namespaces(init, err);

        if (r == 0 && entered)
                r = enter(init, err);
        if (r == 0 && (joined || entered) && !(init->setup.flags & PINFOLD_NESTED))
                r = check_forbidden(err);
        init->proc = close_fd(init->proc);
        init->build.own_proc = close_fd(init->build.own_proc);
        return r;
}
