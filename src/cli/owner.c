/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/owner.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/message.h"

uid_t owner_of(const char *directory)
{
        struct stat info;

        return stat(directory, &info) == 0 ? info.st_uid : 0;
}

static int check(const struct stat *info, uid_t other, const char *path)
{
        bool ours = info->st_uid == geteuid() || info->st_uid == 0 || info->st_uid == other;

        if (ours && !(info->st_mode & 022))
                return 0;
        complain("%s could have been written by somebody else", path);
        if (ours)
                hint("chmod go-w %s, if it is yours", path);
        return -1;
}

int owner_check(int fd, uid_t other, const char *path)
{
        struct stat info;

        if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
                return check(&info, other, path);
        complain("%s is not a file", path);
        return -1;
}

int owner_check_directory(const char *directory)
{
        struct stat info;

        return stat(directory, &info) < 0 ? 0 : check(&info, 0, directory);
}
