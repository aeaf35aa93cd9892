/* SPDX-License-Identifier: MIT */
/* Making detached mounts: see build.h. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/build.h"
#include "syscall/mount.h"

/* The kernel's own words about a failed file system context, when it has any, are better than errno alone. */
static int fs_error(struct pinfold_error *err, int r, int fs, const char *what, const char *filesystem)
{
        char message[160] = "";

        if (fs >= 0)
                sys_fs_message(fs, message, sizeof(message));
        if (*message)
                return error_set(err, -r, "%s %s: %s", what, filesystem, message);
        return error_set(err, -r, "%s %s", what, filesystem);
}

int mount_new(const char *filesystem, const char *const *options, uint32_t attributes, struct pinfold_error *err)
{
        _cleanup_close_ int fs = sys_fsopen(filesystem);
        int r;

        if (fs < 0)
                return fs_error(err, fs, -1, "open file system", filesystem);
        for (; options && *options; options += 2) {
                r = options[1] ? sys_fsconfig_string(fs, options[0], options[1]) : sys_fsconfig_flag(fs, options[0]);
                if (r < 0)
                        return error_set(err, -r, "configure %s: %s=%s", filesystem, options[0],
                                         options[1] ? options[1] : "");
        }
        r = sys_fsconfig_create(fs);
        if (r < 0)
                return fs_error(err, r, fs, "create file system", filesystem);
        r = sys_fsmount(fs, attributes);
        return r < 0 ? fs_error(err, r, fs, "mount file system", filesystem) : r;
}

int mount_tmpfs(const char *source, uint64_t size, mode_t mode, uint32_t attributes, struct pinfold_error *err)
{
        char mode_text[16], size_text[32];
        const char *options[] = {"source", source, "mode", mode_text, size ? "size" : NULL, size_text, NULL};

        snprintf(mode_text, sizeof(mode_text), "%o", (unsigned)mode);
        snprintf(size_text, sizeof(size_text), "%llu", (unsigned long long)size);
        return mount_new("tmpfs", options, attributes, err);
}

/* `source` on the host, or, as if `inside` were "/", below that. */
static int clone_tree(int inside, const char *source, bool links)
{
        _cleanup_close_ int entry = -1;

        if (inside < 0 && links)
                return sys_clone_tree(AT_FDCWD, source, 1);
        entry = inside < 0 ? sys_open_without_links(source) : sys_open_inside(inside, source, 0);
        return entry < 0 ? entry : sys_clone_tree(entry, "", 1);
}

int mount_clone(int inside, const char *source, bool links, uint32_t attributes, bool propagate, struct sys_file *ret_file,
                struct pinfold_error *err)
{
        _cleanup_close_ int mount = clone_tree(inside, source, links);
        int r;

        if (mount < 0)
                return error_path(err, -mount, "open", source);
        r = sys_stat_type(mount, ret_file);
        if (r < 0)
                return error_path(err, -r, "look at", source);
        /* The whole tree is a slave already: with `propagate` it stays one, else nothing ever comes in. */
        r = sys_mount_setattr(mount, 1, attributes, propagate ? 0 : SYS_PROPAGATION_PRIVATE);
        if (r < 0)
                return error_path(err, -r, "set mount flags of", source);
        return take_fd(&mount);
}

uint32_t bind_attributes(uint32_t flags)
{
        return SYS_ATTR_NOSUID | (flags & PINFOLD_BIND_WRITABLE ? 0 : SYS_ATTR_RDONLY) |
               (flags & PINFOLD_BIND_DEVICE ? 0 : SYS_ATTR_NODEV);
}

int bind_ensure(const char *path, struct pinfold_error *err)
{
        char part[PATH_MAX];

        for (const char *at = path; at;) {
                at = strchr(at + 1, '/');
                snprintf(part, sizeof(part), "%.*s", at ? (int)(at - path) : (int)strlen(path), path);
                if (mkdir(part, 0700) < 0 && errno != EEXIST)
                        return error_path(err, errno, "create directory", part);
        }
        return 0;
}

int bind_prepare(int inside, const char *source, uint32_t flags, int *ret_mount, bool *ret_directory,
                 struct pinfold_error *err)
{
        uint32_t attributes = bind_attributes(flags);
        bool propagate = flags & PINFOLD_BIND_PROPAGATE, links = !(flags & PINFOLD_BIND_NO_SYMLINKS);
        struct sys_file file;
        int mount = mount_clone(inside, source, links, attributes, propagate, &file, err);

        if (mount == -ENOENT && (flags & PINFOLD_BIND_OPTIONAL)) {
                *ret_mount = -1;
                return 0;
        }
        if (mount == -ENOENT && (flags & PINFOLD_BIND_ENSURE)) {
                int r = bind_ensure(source, err);

                if (r < 0)
                        return r;
                mount = mount_clone(inside, source, links, attributes, propagate, &file, err);
        }
        if (mount < 0)
                return mount;
        *ret_mount = mount;
        *ret_directory = S_ISDIR(file.mode);
        return 0;
}

/*
 * The host's processes do not come along with a whole system, its own or one that is kept below a directory: proc file
 * systems show who they were mounted by, and not who looks. A file system that does not answer holds up setup here.
 */
static int cover_proc(int tree, struct pinfold_error *err)
{
        _cleanup_close_ int proc = sys_open_beneath(tree, "proc");
        _cleanup_close_ int cover = -1;
        struct statfs stat;
        int r;

        /* Where we may not look the program, with the same ids, may not either. */
        if (proc == -ENOENT || proc == -ELOOP || proc == -EACCES)
                return 0;
        if (proc < 0 || fstatfs(proc, &stat) < 0)
                return error_set(err, proc < 0 ? -proc : errno, "look for a proc file system in it");
        if (stat.f_type != PROC_SUPER_MAGIC)
                return 0;
        cover = mount_tmpfs("no-proc", 0, 0555, SYS_ATTR_RDONLY | SYS_ATTR_NOSUID | SYS_ATTR_NODEV, err);
        if (cover < 0)
                return cover;
        r = sys_move_mount(cover, proc, "");
        return r < 0 ? error_set(err, -r, "cover the proc file system in it") : 0;
}

int bind_apply(struct build *build, int mount, const char *target, bool directory, uint32_t flags, struct pinfold_error *err)
{
        int r = build_attach_at(build, mount, target, directory, 0700, err);

        return r == 0 && directory && !(flags & PINFOLD_BIND_PROC) ? cover_proc(mount, err) : r;
}
