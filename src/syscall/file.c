/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "syscall/file.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <stdint.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "syscall/common.h"

#define RESOLVE_NO_XDEV_ 0x01
#define RESOLVE_NO_MAGICLINKS_ 0x02
#define RESOLVE_NO_SYMLINKS_ 0x04
#define RESOLVE_BENEATH_ 0x08
#define RESOLVE_IN_ROOT_ 0x10
#define TRIES 128
#define AT_STATX_DONT_SYNC_ 0x4000

struct how {
        uint64_t flags;
        uint64_t mode;
        uint64_t resolve;
};

static int open_resolved(int directory, const char *path, int flags, uint64_t resolve)
{
        struct how how = {
                .flags = (unsigned)(O_CLOEXEC | flags),
                .resolve = resolve | RESOLVE_NO_MAGICLINKS_,
        };
        int fd = -EAGAIN;

        for (int i = 0; i < TRIES && fd == -EAGAIN; i++)
                fd = sys_call(__NR_openat2, directory, path, &how, sizeof(how));
        return fd;
}

int sys_open_inside(int root, const char *path, int flags)
{
        return open_resolved(root, path, O_PATH | flags, RESOLVE_IN_ROOT_);
}

int sys_open_without_links(const char *path)
{
        return open_resolved(AT_FDCWD, path, O_PATH, RESOLVE_NO_SYMLINKS_);
}

int sys_open_beneath(int directory, const char *path)
{
        return open_resolved(directory, path, O_PATH, RESOLVE_BENEATH_ | RESOLVE_NO_SYMLINKS_);
}

int sys_open_in_mount(int directory, const char *path, int access)
{
        return open_resolved(directory, path, access, RESOLVE_BENEATH_ | RESOLVE_NO_SYMLINKS_ | RESOLVE_NO_XDEV_);
}

#define TYPE_MASK (STATX_TYPE | STATX_INO | STATX_SIZE | STATX_MNT_ID)

static int look(int fd, const char *path, int flags, unsigned mask, struct sys_file *ret)
{
        struct statx stat;
        int r = sys_call(__NR_statx, fd, path, AT_EMPTY_PATH | flags, mask, &stat);

        if (r < 0)
                return r;
        *ret = (struct sys_file){
                .mode = stat.stx_mode,
                .inode = stat.stx_ino,
                .size = stat.stx_size,
                .device = makedev(stat.stx_dev_major, stat.stx_dev_minor),
                .special = makedev(stat.stx_rdev_major, stat.stx_rdev_minor),
                .mount = stat.stx_mnt_id,
                .mount_root = (stat.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0,
        };
        return 0;
}

int sys_stat_type(int fd, struct sys_file *ret)
{
        return look(fd, "", AT_STATX_DONT_SYNC_, TYPE_MASK, ret);
}

int sys_stat_path(const char *path, struct sys_file *ret)
{
        return look(AT_FDCWD, path, AT_STATX_DONT_SYNC_, TYPE_MASK, ret);
}

int sys_stat(int fd, struct sys_file *ret)
{
        return look(fd, "", 0, STATX_TYPE | STATX_MODE | STATX_INO | STATX_MNT_ID, ret);
}
