/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/stat.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* The first line of a small file. False: there is none. */
static bool first_line(const char *path, char *line, size_t size)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t length = fd < 0 ? -1 : read(fd, line, size - 1);

        if (fd >= 0)
                close(fd);
        line[length > 0 ? length : 0] = '\0';
        line[strcspn(line, "\n")] = '\0';
        return length > 0;
}

bool fact_sysctl(const char *name, const char *value)
{
        char path[128], line[32];

        snprintf(path, sizeof(path), "/proc/sys/%s", name);
        return first_line(path, line, sizeof(line)) && strcmp(line, value) == 0;
}

bool fact_chroot(void)
{
        struct statx info;

        return syscall(SYS_statx, AT_FDCWD, "/", 0, 0, &info) == 0 && (info.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) &&
               !(info.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

static bool mapped(const char *map, uint32_t id)
{
        FILE *file = fopen(map, "re");
        uint32_t first, count;
        bool found = !file; /* without /proc nothing is known */

        while (!found && fscanf(file, "%" SCNu32 " %*u %" SCNu32, &first, &count) == 2)
                found = id >= first && id - first < count;
        if (file)
                fclose(file);
        return found;
}

bool fact_unmapped(void)
{
        return !mapped("/proc/self/uid_map", geteuid()) || !mapped("/proc/self/gid_map", getegid());
}

/*
 * The kernel refuses flags that it does not know with EINVAL, before anything else. A child asks, as some filters kill.
 */
bool fact_filtered(void)
{
        int status;
        pid_t pid = fork();

        if (pid == 0)
                _exit(unshare(CLONE_NEWUSER | CLONE_VFORK) < 0 && errno == EINVAL ? 0 : 1);
        while (pid > 0 && waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return false;
        return pid > 0 && status != 0;
}

bool fact_no_proc(void)
{
        return access("/proc/self", F_OK) < 0;
}

bool fact_root_without_setfcap(void)
{
        return geteuid() == 0 && prctl(PR_CAPBSET_READ, CAP_SETFCAP) == 0;
}

bool fact_selinux(void)
{
        char line[16];

        return first_line("/sys/fs/selinux/enforce", line, sizeof(line)) && strcmp(line, "1") == 0;
}

/* "docker-default (enforce)", or "unconfined". */
bool fact_apparmor(void)
{
        char line[256];

        return first_line("/proc/self/attr/apparmor/current", line, sizeof(line)) && strstr(line, "(enforce)");
}
