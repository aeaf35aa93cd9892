/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "syscall/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "syscall/common.h"

#define TREE_CLONE 1u
#define TREE_CLOEXEC ((unsigned)O_CLOEXEC)
#define TREE_RECURSIVE 0x8000u /* AT_RECURSIVE */
#define MOVE_FROM_EMPTY_PATH 0x00000004u
#define MOVE_TO_EMPTY_PATH 0x00000040u
#define FS_CLOEXEC 1u

enum { FSCONFIG_FLAG = 0, FSCONFIG_STRING = 1, FSCONFIG_CREATE = 6 };

struct attributes {
        uint64_t set;
        uint64_t clear;
        uint64_t propagation;
        uint64_t userns;
};

int sys_clone_tree(int dirfd, const char *path, int recursive)
{
        unsigned flags = TREE_CLONE | TREE_CLOEXEC | (recursive ? TREE_RECURSIVE : 0) | (*path ? 0 : AT_EMPTY_PATH);

        return sys_call(__NR_open_tree, dirfd, path, flags);
}

int sys_move_mount(int mount, int target, const char *name)
{
        return sys_call(__NR_move_mount, mount, "", target, name, MOVE_FROM_EMPTY_PATH | (*name ? 0 : MOVE_TO_EMPTY_PATH));
}

int sys_mount_setattr(int mount, int recursive, uint32_t set, uint32_t propagation)
{
        struct attributes attributes = {.set = set, .propagation = propagation};

        return sys_call(__NR_mount_setattr, mount, "", AT_EMPTY_PATH | (recursive ? TREE_RECURSIVE : 0),
                                  &attributes, sizeof(attributes));
}

int sys_mount_clear(int mount, uint32_t attributes)
{
        struct attributes change = {.clear = attributes};

        return sys_call(__NR_mount_setattr, mount, "", AT_EMPTY_PATH, &change, sizeof(change));
}

int sys_fsopen(const char *filesystem)
{
        return sys_call(__NR_fsopen, filesystem, FS_CLOEXEC);
}

int sys_fsconfig_string(int fs, const char *key, const char *value)
{
        return sys_call(__NR_fsconfig, fs, FSCONFIG_STRING, key, value, 0);
}

int sys_fsconfig_flag(int fs, const char *key)
{
        return sys_call(__NR_fsconfig, fs, FSCONFIG_FLAG, key, NULL, 0);
}

int sys_fsconfig_create(int fs)
{
        return sys_call(__NR_fsconfig, fs, FSCONFIG_CREATE, NULL, NULL, 0);
}

int sys_fsmount(int fs, uint32_t attributes)
{
        return sys_call(__NR_fsmount, fs, FS_CLOEXEC, attributes);
}

void sys_fs_message(int fs, char *text, int size)
{
        ssize_t length = read(fs, text, (size_t)size - 1);

        text[length > 0 ? length : 0] = '\0';
        text[strcspn(text, "\n")] = '\0';
        /* Messages begin with their level: "e overlay: ...". */
        if (text[0] && text[1] == ' ')
                memmove(text, text + 2, strlen(text + 2) + 1);
}

int sys_pivot_root_here(void)
{
        return sys_call(__NR_pivot_root, ".", ".");
}

int sys_detach_here(void)
{
        return sys_call(__NR_umount2, ".", MNT_DETACH);
}

int sys_detach(int mount)
{
        char path[32];

        snprintf(path, sizeof(path), "/proc/self/fd/%d", mount);
        return sys_call(__NR_umount2, path, MNT_DETACH);
}
