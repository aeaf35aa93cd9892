/* SPDX-License-Identifier: MIT */
/* Opening and looking at files: openat2(2), statx(2). All return >= 0 or a negative errno. */
#ifndef SYSCALL_FILE_H
#define SYSCALL_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * An O_PATH descriptor of `path` (absolute or not) resolved below `root` as if that were "/": neither "..", nor symbolic
 * links, nor magic links lead out of it. RESOLVE_IN_ROOT of openat2(2). Tried again while something is renamed
 * below the root (EAGAIN). `flags` are added to O_PATH|O_CLOEXEC.
 */
int sys_open_inside(int root, const char *path, int flags);

/* An O_PATH descriptor of `path` of the host. -ELOOP: a symbolic link is on the way, or there. */
int sys_open_without_links(const char *path);

/* An O_PATH descriptor of what is at `path` below `directory`. -ELOOP: a symbolic link is on the way, or there. */
int sys_open_beneath(int directory, const char *path);

/* The file itself, for `access`. -EXDEV: something is mounted on the way, or there. */
int sys_open_in_mount(int directory, const char *path, int access);

struct sys_file {
        mode_t mode;      /* type bits; permission bits only if asked for with permissions */
        uint64_t inode;
        uint64_t size;
        dev_t device;
        dev_t special;    /* of device nodes */
        uint64_t mount;   /* mount id */
        bool mount_root;  /* it is the root of its mount */
};

/* statx(2) without asking a server for anything but the type, so that a dead one cannot hang it. */
int sys_stat_type(int fd, struct sys_file *ret);

int sys_stat_path(const char *path, struct sys_file *ret);

/* All of it. */
int sys_stat(int fd, struct sys_file *ret);

#endif
