/* SPDX-License-Identifier: MIT */
/*
 * The file system under construction, as the operations see it.
 *
 * While it is being made, "/" is still the host's; the new root is only reached through the descriptor `root`, and every
 * path inside is resolved below it (build_open). No directory of the host is ever reachable by path from there, so no
 * symbolic link in what was bound can redirect a write to the host.
 */
#ifndef OPS_BUILD_H
#define OPS_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "syscall/file.h"

#define BUILD_OWN_MAX 64

struct build {
        int root;           /* the topmost mount on the new root */
        uint64_t root_mount; /* its mount id */
        /*
         * The directory, in a file system made here, where a mount point was made last; its path is allocated, or NULL. The next
         * one may well belong beside it, and need not be looked for. Only until something else is mounted.
         */
        int parent;
        char *parent_path;
        int scratch;        /* a tmpfs for what has to exist somewhere before it is mounted; -1 until needed */
        unsigned scratch_names; /* how many names were given out in it */
        mode_t parent_perm;
        bool proc_readonly; /* the program's id owns proc's files */
        bool mask_proc;     /* it does, but must be able to write those of its processes */
        pid_t mask_init;    /* PID 1's are its own, too: the number that it has in proc; 0: they are not, or not in view */
        int host_proc;      /* there is no process namespace: the host's /proc is shown; or -1 */
        int own_proc;       /* a proc of the container's own, in which settings can be written; or -1 */
        int console;        /* a terminal to show as /dev/console, or -1 */
        bool terminal;      /* the program gets one of its own: make a place for it at /dev/console */

        /* Device numbers of the file systems that were made here: what is created in them vanishes with the container. */
        dev_t own[BUILD_OWN_MAX];
        size_t own_count;

        /* Tells the caller that `name` below the directory `parent` was created in a file system of the host. */
        int (*created)(void *context, int parent, const char *name, const struct sys_file *file,
                       struct pinfold_error *err);
        /* Hands over the descriptor with the lock on a mount point on the host, for as long as the container lives. */
        int (*used)(void *context, int lock, struct pinfold_error *err);
        /* Keeps a copy of the descriptor open for as long as the container lives. */
        int (*keep)(void *context, int fd, struct pinfold_error *err);
        void *context;
};

/* The new root: an empty tmpfs on top of "/", entered by descriptor only. */
int build_begin(struct build *build, struct pinfold_error *err);

/* After all prepares, before the applies: takes away the scratch tmpfs, and lets the new root be bound again. */
int build_prepared(struct build *build, struct pinfold_error *err);

/* An O_PATH descriptor of what is at `path` inside. */
int build_open(struct build *build, const char *path, struct pinfold_error *err);

/* mkdirat(2), with all bits of the mode. Returns 0 or a negative errno. */
int make_directory(int parent, const char *name, mode_t mode);

/* The directory at `path`, made with its parents when missing. */
int build_directory(struct build *build, const char *path, mode_t mode, mode_t parent_mode, struct pinfold_error *err);

/*
 * The place at `path` for a mount: a directory, or a file (0444), made with its parents when missing. Directories get the
 * mode `parent_mode`.
 */
int build_mount_point(struct build *build, const char *path, bool directory, mode_t parent_mode,
                      struct pinfold_error *err);

/*
 * What is at `path`, relative to the open directory `base`, to be mounted on; no symbolic link is followed. When it is missing
 * it is made, its parent must be there; unless `make` says MAKE_NOTHING.
 */
enum build_make { MAKE_NOTHING, MAKE_FILE, MAKE_DIRECTORY };
int build_point_beneath(struct build *build, int base, const char *path, enum build_make make, struct pinfold_error *err);

/*
 * Keeps other containers from removing the mount point, an O_PATH descriptor, if it is on the host: see hold.c. `file` is
 * what sys_stat_type says of it. Returns 1 when it is being removed.
 */
int build_hold(struct build *build, int point, const struct sys_file *file, struct pinfold_error *err);

/* Is the device one of a file system that was made here? */
bool build_is_own(const struct build *build, dev_t device);

/* The directory that holds `path`'s last component (made when missing), which goes to ret_name. */
int build_parent(struct build *build, const char *path, mode_t parent_mode, char *ret_name, struct pinfold_error *err);

/*
 * Puts a detached mount on an object inside: `target` is what build_mount_point gave. When that is the root itself, the mount
 * becomes the root that later operations work on. `path` is for errors.
 */
int build_attach(struct build *build, int mount, int target, const char *path, struct pinfold_error *err);

/* build_mount_point and build_attach in one. */
int build_attach_at(struct build *build, int mount, const char *path, bool directory, mode_t parent_mode,
                    struct pinfold_error *err);

/*
 * The mode of missing parents, and of the mount point, of a tmpfs with this mode: nobody is let in whom it keeps out.
 */
mode_t build_tmpfs_parent_mode(mode_t mode);

/* Remembers a file system made here, by any descriptor in it. */
int build_own(struct build *build, int fd, struct pinfold_error *err);

/* ---- Making mounts, detached (mount.c) ------------------------------------------------------------------------ */

/* A tmpfs. `source` is its name in the mount table; size 0: the kernel's default. `attributes`: SYS_ATTR_*. */
int mount_tmpfs(const char *source, uint64_t size, mode_t mode, uint32_t attributes, struct pinfold_error *err);

/* A new instance of a file system without a device. `options`: "name", "value" pairs ending with NULL; or NULL. */
int mount_new(const char *filesystem, const char *const *options, uint32_t attributes, struct pinfold_error *err);

/*
 * A private copy of the host's `source` with all that is mounted below it, with `attributes` added to each; with `propagate`
 * what the host mounts there later follows. ret_file: what it is (sys_stat_type). `inside`: a directory that is "/" for
 * `source` and for links in it; -1: the host's is, and then links in `source` are followed only with `links`.
 */
int mount_clone(int inside, const char *source, bool links, uint32_t attributes, bool propagate, struct sys_file *ret_file,
                struct pinfold_error *err);

/* The scratch tmpfs' descriptor, made and attached when first needed. */
int build_scratch(struct build *build, struct pinfold_error *err);

/* Bits of bind's flags as SYS_ATTR_*. */
uint32_t bind_attributes(uint32_t flags);

/* Prepares a bind as `bind` and `root` do: -1 in ret_mount when it is optional and not there. */
int bind_prepare(int inside, const char *source, uint32_t flags, int *ret_mount, bool *ret_directory,
                 struct pinfold_error *err);

/* Puts the prepared mount at `target`. Unless `flags` say otherwise, a proc file system that is mounted at its "proc" is covered. */
int bind_apply(struct build *build, int mount, const char *target, bool directory, uint32_t flags, struct pinfold_error *err);

/* PINFOLD_BIND_ENSURE: creates the directory on the host, with its parents, 0700. */
int bind_ensure(const char *path, struct pinfold_error *err);

#endif
