/* SPDX-License-Identifier: MIT */
/*
 * Setup operations: what the container's file system is made of. They are carried out in the order in which they
 * were added, and at least one is needed.
 *
 * Paths inside (targets) are absolute, hold no "..", and are resolved inside the new root only: a symbolic link met on
 * the way never leads out of it (openat2(2), RESOLVE_IN_ROOT). A bind, tmpfs or overlay on "/" covers the root, and
 * later operations work on what covers it. Missing mount points and parents are created; on a file system of the host
 * they can only be created below a writable bind, and are removed again when the container has been waited for or freed,
 * if they are still empty and no other container has something mounted there. Paths of the host (sources) are absolute, and resolved as usual.
 *
 * All return 0 or a negative errno, and keep the first failure for start and serve: -EINVAL for a path that is not
 * absolute, a target that holds "..", unknown flags, and flags that exclude each other; -ENAMETOOLONG for a path that
 * is longer than PATH_MAX.
 */
#ifndef PINFOLD_OPS_H
#define PINFOLD_OPS_H

#include <stdint.h>
#include <sys/types.h>

#include <pinfold/container.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pinfold_bind_flag {
        PINFOLD_BIND_WRITABLE = 1u << 0,
        PINFOLD_BIND_DEVICE = 1u << 1,   /* device nodes in it work */
        PINFOLD_BIND_OPTIONAL = 1u << 2, /* skipped when the source does not exist */
        PINFOLD_BIND_ENSURE = 1u << 3,   /* the source is created as a directory (0700) when it does not exist */
        /*
         * Mounts that the host makes later below the source appear inside as well. They come as the host mounts them:
         * past nosuid, nodev and read-only.
         */
        PINFOLD_BIND_PROPAGATE = 1u << 4,
        /* No symbolic link in the source is followed: -ELOOP. For a path that somebody else may change. Not for root. */
        PINFOLD_BIND_NO_SYMLINKS = 1u << 5,
        PINFOLD_BIND_PROC = 1u << 6, /* a proc(5) that is mounted at `proc` in it is shown, and with it the host's processes */
};

/*
 * Shows the host's `source`, with all mounts below it, at `target` (mount(2), bind mounts). Read-only, nosuid and nodev
 * unless flags say otherwise; nosuid always. A directory on a directory, anything else on a file.
 */
int pinfold_bind(struct pinfold *box, const char *source, const char *target, unsigned flags);

/*
 * The same for what the open descriptor `fd` refers to, by the path that the kernel has for it now. Serve fails with -ESTALE
 * when something else has taken that place by then. `fd` may be closed afterwards.
 */
int pinfold_bind_fd(struct pinfold *box, int fd, const char *target, unsigned flags);

/*
 * An empty tmpfs(5), nosuid and nodev, of `size` bytes (0: the kernel's default, half of the memory), whose root has
 * mode `mode`. -EINVAL: a negative or absurd size.
 */
int pinfold_tmpfs(struct pinfold *box, const char *target, int64_t size, mode_t mode);

/* An empty read-only directory: a tmpfs(5), ro, nosuid, nodev. */
int pinfold_readonly(struct pinfold *box, const char *target, mode_t mode);

/*
 * A proc(5) of the container's own PID namespace. What the caller's id could write in it (a caller who is root) is
 * read-only: sys, sysrq-trigger, irq, bus.
 */
int pinfold_proc(struct pinfold *box, const char *target);

enum pinfold_dev_flag {
        PINFOLD_DEV_MQUEUE = 1u << 0,   /* an mqueue file system (mq_overview(7)) at TARGET/mqueue */
        PINFOLD_DEV_WRITABLE = 1u << 1, /* stays writable, and has no shm */
};

/*
 * A minimal /dev: null zero full random urandom tty, which are nodes of the host's that work but cannot be changed; a
 * devpts(5) of its own, the usual links, shm; and console, the terminal on standard output, with a retained session.
 */
int pinfold_dev(struct pinfold *box, const char *target, unsigned flags);

enum pinfold_overlay_flag {
        PINFOLD_OVERLAY_EPHEMERAL = 1u << 0, /* writable, what is written vanishes with the container */
};

/*
 * An overlay file system (nosuid, nodev, userxattr). `lowers` ends with NULL; the first one is on top. With `upper`
 * and `work`, both on one file system, what is written goes there; otherwise both are NULL. Read-only needs two lowers.
 */
int pinfold_overlay(struct pinfold *box, const char *target, const char *const lowers[], const char *upper,
                    const char *work, unsigned flags);

/* A directory, with its parents, which get the same mode. One that exists stays as it is. */
int pinfold_mkdir(struct pinfold *box, const char *target, mode_t mode);

enum pinfold_symlink_flag {
        PINFOLD_SYMLINK_DEREFERENCE = 1u << 0, /* linkname is a link of the host; what that says is used */
};

/* A symbolic link at `target` that says `linkname`, any text. One that does already stays as it is. */
int pinfold_symlink(struct pinfold *box, const char *linkname, const char *target, unsigned flags);

/* A read-only file (0444) of `size` bytes of `content`, backed by no file of the host. */
int pinfold_place(struct pinfold *box, const char *target, const void *content, size_t size);

enum pinfold_place_flag {
        PINFOLD_PLACE_WRITABLE = 1u << 0, /* its content can be changed */
        /*
         * No mount of its own, but a file in the directory, or other content in one that is there. Below a writable bind it is the
         * host's, and stays.
         */
        PINFOLD_PLACE_COPY = 1u << 1,
};

/* The same with permission bits. */
int pinfold_place_mode(struct pinfold *box, const char *target, const void *content, size_t size, mode_t mode, unsigned flags);

/* Changes the permission bits of what is at `target` (chmod(2)). Below a writable bind those are the host's, and stay so. */
int pinfold_chmod(struct pinfold *box, const char *target, mode_t mode);

/* The container's POSIX message queues as a file system (mq_overview(7)), nosuid, nodev and noexec. Not with HOST_IPC. */
int pinfold_mqueue(struct pinfold *box, const char *target);

/*
 * Holds a shared lock on the regular file at `target` for as long as there is anything in the container: others find it with
 * F_GETLK, or cannot get an exclusive one (fcntl(2)). Serve fails with -EAGAIN while another one holds that.
 */
int pinfold_lock(struct pinfold *box, const char *target);

enum pinfold_protect_flag {
        PINFOLD_PROTECT_WRITABLE = 1u << 0, /* it, and what is in it, can be changed */
        /* When there is nothing at `path`, otherwise -ENOENT: one of these. */
        PINFOLD_PROTECT_OPTIONAL = 1u << 1,  /* the operation does nothing */
        PINFOLD_PROTECT_FILE = 1u << 2,      /* an empty file stands there */
        PINFOLD_PROTECT_DIRECTORY = 1u << 3, /* an empty directory stands there */
};

/*
 * Makes what is at `path`, relative to `target` and without "..", a mount of its own: read-only, and from inside it can be
 * neither removed, nor renamed, nor replaced; a directory above it can be renamed unless it is protected, too. For what lies
 * in a bind that is writable. No symbolic link in `path` is followed: -ELOOP. What is made for lack of another is made on the
 * host, and removed with the container; with PINFOLD_HOST_PID, where processes may be left that it protects from, it stays.
 */
int pinfold_protect(struct pinfold *box, const char *target, const char *path, unsigned flags);

enum pinfold_remount_flag {
        PINFOLD_REMOUNT_READONLY = 1u << 0,
        PINFOLD_REMOUNT_NODEV = 1u << 1,
        PINFOLD_REMOUNT_NOSUID = 1u << 2, /* always so; accepted for completeness */
        PINFOLD_REMOUNT_RECURSIVE = 1u << 3,
};

/* Adds flags to the mount at `target`, which must be a mount point (mount_setattr(2)). Never clears one. */
int pinfold_remount(struct pinfold *box, const char *target, unsigned flags);

/*
 * /etc as a directory of symbolic links into /etc/.host/PREFIX, where the host's `source` is bound: every entry except
 * .host, passwd and group, which are left to the caller; mtab leads to /proc/mounts. `prefix` is one path component;
 * NULL: "etc". Once per container.
 */
int pinfold_etc(struct pinfold *box, const char *source, const char *prefix);

/*
 * Binds every entry of the host's `source` on /NAME, except proc, dev, tmp, mnt and etc. `flags` are those of bind;
 * those about a missing source are about `source` itself. Links are followed as if `source` were "/"; those that lead nowhere
 * are left out. Once per container.
 */
int pinfold_root(struct pinfold *box, const char *source, unsigned flags);

#ifdef __cplusplus
}
#endif
#endif
