/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "init/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "wire/handover.h"
#include "syscall/capability.h"
#include "syscall/common.h"

static int write_file(const char *path, const char *text, struct pinfold_error *err)
{
        _cleanup_close_ int fd = openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
        size_t length = strlen(text);
        ssize_t written;

        if (fd < 0)
                return error_path(err, errno, "open", path);
        written = write(fd, text, length);
        if (written < 0)
                return error_path(err, errno, "write", path);
        return (size_t)written == length ? 0 : error_path(err, EIO, "write", path);
}

int ids_map(const struct setup *setup, struct pinfold_error *err)
{
        int r = 0;

        if (setup->uid_map)
                r = write_file("/proc/self/uid_map", setup->uid_map, err);
        if (r == 0 && setup->gid_map) {
                /* Without it a group that is meant to take rights away could be dropped inside: CVE-2014-8989. */
                r = write_file("/proc/self/setgroups", "deny", err);
                if (r == 0)
                        r = write_file("/proc/self/gid_map", setup->gid_map, err);
        }
        return r;
}

int ids_become(const struct setup *setup, struct pinfold_error *err)
{
        int r;

        if (setup->host & SETUP_DROP_GROUPS) {
                r = sys_call(__NR_setgroups, 0, NULL);
                if (r < 0)
                        return error_set(err, -r, "drop supplementary groups");
        }
        /* Without asking what we are: an id that is not mapped looks like the overflow id, which may be the one that is wanted. */
        r = sys_call(__NR_setresgid, setup->gid, setup->gid, setup->gid);
        if (r < 0)
                return error_set(err, -r, "become gid %u", setup->gid);
        /* From 0 to another id would drop what the rest of setup needs. */
        if (prctl(PR_SET_KEEPCAPS, 1L, 0L, 0L, 0L) < 0)
                return error_set(err, errno, "keep capabilities for another uid");
        r = sys_call(__NR_setresuid, setup->uid, setup->uid, setup->uid);
        if (r < 0)
                return error_set(err, -r, "become uid %u", setup->uid);
        r = sys_capset(SETUP_CAPABILITIES | setup->capabilities, SETUP_CAPABILITIES | setup->capabilities);
        return r < 0 ? error_set(err, -r, "keep capabilities") : 0;
}
