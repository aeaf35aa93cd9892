/* SPDX-License-Identifier: MIT */
/*
 * The mount calls of mount(2), mount_setattr(2), open_tree(2), move_mount(2), fsopen(2), pivot_root(2): one thin
 * wrapper each, no policy. All return >= 0 or a negative errno. Descriptors are close-on-exec.
 *
 * Constants and structs are ours because musl 1.2.3 has none of them, and glibc's clash with the kernel's headers.
 */
#ifndef SYSCALL_MOUNT_H
#define SYSCALL_MOUNT_H

#include <stdint.h>

#define SYS_ATTR_RDONLY 0x00000001u
#define SYS_ATTR_NOSUID 0x00000002u
#define SYS_ATTR_NODEV 0x00000004u
#define SYS_ATTR_NOEXEC 0x00000008u

#define SYS_PROPAGATION_PRIVATE (1u << 18)
#define SYS_PROPAGATION_UNBINDABLE (1u << 17)

/* A detached copy of what `path` names below `dirfd`; empty path: of dirfd itself. */
int sys_clone_tree(int dirfd, const char *path, int recursive);

/* Attaches a detached mount on what `target` refers to, or on `name` in it unless that is "". No symbolic link is followed. */
int sys_move_mount(int mount, int target, const char *name);

/* Adds attributes, and sets a propagation unless 0. */
int sys_mount_setattr(int mount, int recursive, uint32_t set, uint32_t propagation);

/* Takes attributes away. */
int sys_mount_clear(int mount, uint32_t attributes);

int sys_fsopen(const char *filesystem);
int sys_fsconfig_string(int fs, const char *key, const char *value);
int sys_fsconfig_flag(int fs, const char *key);
int sys_fsconfig_create(int fs);
int sys_fsmount(int fs, uint32_t attributes);

/* What the kernel said about the last failure on a file system context, for errors; "" when it said nothing. */
void sys_fs_message(int fs, char *text, int size);

/* "." becomes the root; the old one then lies on top of it: pivot_root(2), "pivot_root(".", ".")". */
int sys_pivot_root_here(void);

/* Detaches the topmost mount on ".". */
int sys_detach_here(void);

/* Detaches the topmost mount at an open descriptor's place; needs /proc. */
int sys_detach(int mount);

#endif
