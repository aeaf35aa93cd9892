/* SPDX-License-Identifier: MIT */
/*
 * Mount points that containers share. Removing a directory or file on the host takes away what is mounted on it in
 * every other mount namespace: a container that ends must not remove a mount point that another one still uses, or that
 * one's mount (a mask, perhaps) would vanish under its program. So whoever mounts on a writable file system of the host
 * keeps a shared lock (flock(2)) on the place, and it is only removed under an exclusive one (container/leftover.c).
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "ops/build.h"

static bool is_out_of_something(int error)
{
        return error == EMFILE || error == ENFILE || error == ENOMEM;
}

/* Opens what the O_PATH descriptor refers to; -1 when that is not possible, or, errno 0, when nothing inside can write to it. */
static int open_lock(int point)
{
        struct statvfs mount;
        char path[32];

        errno = 0;
        if (fstatvfs(point, &mount) < 0 || (mount.f_flag & ST_RDONLY))
                return -1;
        snprintf(path, sizeof(path), "/proc/self/fd/%d", point);
        return openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int build_hold(struct build *build, int point, const struct sys_file *file, struct pinfold_error *err)
{
        _cleanup_close_ int lock = -1;
        struct stat now;

        /* First what costs least: most mount points are in file systems made here, or are nothing a container makes. */
        if (build_is_own(build, file->device))
                return 0;
        if (!S_ISDIR(file->mode) && !(S_ISREG(file->mode) && file->size == 0))
                return 0;
        lock = open_lock(point);
        if (lock < 0)
                return is_out_of_something(errno) ? error_set(err, errno, "open the mount point to lock it") : 0;
        /* Somebody is about to remove it, or has been faster. Without locks (a file system has none) it is as it is. */
        if (flock(lock, LOCK_SH | LOCK_NB) < 0)
                return errno == EWOULDBLOCK;
        if (fstat(lock, &now) == 0 && now.st_nlink == 0)
                return 1;
        return build->used(build->context, lock, err);
}
