/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "ops/build.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "syscall/mount.h"

#define TRIES 128 /* for a mount point that others remove */

/*
 * The list only serves to tell what must be removed again on the host; with more file systems than fit, all entries but the
 * root's make room, and an empty directory in one of them would be "removed" with it: harmless.
 */
static void add_own(struct build *build, dev_t device)
{
        if (build->own_count == BUILD_OWN_MAX)
                build->own_count = 1;
        build->own[build->own_count++] = device;
}

int build_own(struct build *build, int fd, struct pinfold_error *err)
{
        struct sys_file file;
        int r = sys_stat_type(fd, &file);

        if (r < 0)
                return error_set(err, -r, "look at a new file system");
        add_own(build, file.device);
        return 0;
}

/*
 * Nothing that is mounted from here on goes out to the host, and what the host unmounts still goes away here: in the mount
 * namespace of another user namespace all that was shared is a slave (mount_namespaces(7)).
 */
int build_begin(struct build *build, struct pinfold_error *err)
{
        _cleanup_close_ int slash = -1;
        struct sys_file root;
        int r;

        build->scratch = build->parent = build->own_proc = -1;
        build->root = mount_tmpfs("rootfs", 0, 0755, SYS_ATTR_NOSUID | SYS_ATTR_NODEV, err);
        if (build->root < 0)
                return build->root;
        r = sys_stat_type(build->root, &root);
        if (r < 0)
                return error_set(err, -r, "look at the new root");
        add_own(build, root.device);
        build->root_mount = root.mount;
        slash = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (slash < 0)
                return error_path(err, errno, "open", "/");
        /* On top of "/", where no path leads: our own root stays what is below it until the pivot. */
        r = sys_move_mount(build->root, slash, "");
        if (r < 0)
                return error_path(err, -r, "mount the new root on", "/");
        /* Or a copy of the host's "/" would have a copy of it on top. */
        r = sys_mount_setattr(build->root, 0, 0, SYS_PROPAGATION_UNBINDABLE);
        return r < 0 ? error_set(err, -r, "keep the new root out of copies") : 0;
}

bool build_is_own(const struct build *build, dev_t device)
{
        for (size_t i = 0; i < build->own_count; i++)
                if (build->own[i] == device)
                        return true;
        return false;
}

int build_open(struct build *build, const char *path, struct pinfold_error *err)
{
        int fd = sys_open_inside(build->root, path, 0);

        return fd < 0 ? error_path(err, -fd, "open", path) : fd;
}

static int tell_created(struct build *build, int parent, const char *name, struct pinfold_error *err)
{
        _cleanup_close_ int fd = -1;
        struct sys_file file;
        int r = sys_stat_type(parent, &file);

        if (r < 0)
                return error_set(err, -r, "look at the parent of %s", name);
        if (build_is_own(build, file.device))
                return 0;
        fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return error_path(err, errno, "open", name);
        r = sys_stat_type(fd, &file);
        if (r < 0)
                return error_path(err, -r, "look at", name);
        return build->created(build->context, parent, name, &file, err);
}

/* Tells of a mount point that was just made at parent/name, when the host would keep it; or it goes: nobody knows of it. */
static int note_created(struct build *build, int parent, const char *name, bool directory, struct pinfold_error *err)
{
        int r = tell_created(build, parent, name, err);

        if (r < 0)
                unlinkat(parent, name, directory ? AT_REMOVEDIR : 0);
        return r;
}

/*
 * Splits off the last component: "/a/b//" gives "/a" and "b"; "/" gives "" as name. `directory` has PATH_MAX bytes, `name`
 * NAME_MAX + 1.
 */
static int split(const char *path, char *directory, char *name, struct pinfold_error *err)
{
        size_t end = strlen(path), start;

        for (;;) {
                while (end > 0 && path[end - 1] == '/')
                        end--;
                for (start = end; start > 0 && path[start - 1] != '/';)
                        start--;
                if (end - start != 1 || path[start] != '.')
                        break;
                end = start; /* "." names nothing */
        }
        if (end - start > NAME_MAX)
                return error_path(err, ENAMETOOLONG, "use", path);
        memcpy(name, path + start, end - start);
        name[end - start] = '\0';
        while (start > 1 && path[start - 1] == '/')
                start--;
        memcpy(directory, path, start);
        directory[start] = '\0';
        if (start == 0)
                strcpy(directory, "/");
        return 0;
}

int make_directory(int parent, const char *name, mode_t mode)
{
        _cleanup_close_ int fd = -1;

        if (mkdirat(parent, name, mode) < 0)
                return -errno;
        if (!(mode & (S_ISUID | S_ISGID)))
                return 0;
        /* mkdir(2) leaves these out. */
        fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 || fchmod(fd, mode) < 0 ? -errno : 0;
}

/* -EEXIST leaves err alone. */
static int make_one(int parent, const char *name, const char *path, bool directory, mode_t mode,
                    struct pinfold_error *err)
{
        int r = directory                                         ? make_directory(parent, name, mode)
                : mknodat(parent, name, S_IFREG | mode, 0) < 0 ? -errno
                                                                  : 0;

        if (r == 0 || r == -EEXIST)
                return r;
        return error_path(err, -r, directory ? "create directory" : "create file", path);
}

/* What a lookup did not find, but is there: a link to nowhere; or another container was faster. */
static int open_again(struct build *build, const char *path, bool directory, struct pinfold_error *err)
{
        int fd = sys_open_inside(build->root, path, directory ? O_DIRECTORY : 0);

        if (fd == -ENOENT) {
                error_set(err, ENOENT, "%s is a symbolic link that leads nowhere inside", path);
                return error_about(err, path);
        }
        return fd < 0 ? error_path(err, -fd, "open", path) : fd;
}

/* Opens the deepest directory on the way to `path` that is there. ret_rest: the part of the path that is missing. */
static int open_existing(struct build *build, const char *path, const char **ret_rest, struct pinfold_error *err)
{
        char part[PATH_MAX];
        size_t end = strlen(path);

        for (;;) {
                int fd;

                memcpy(part, path, end);
                part[end] = '\0';
                fd = sys_open_inside(build->root, part, O_DIRECTORY);
                if (fd != -ENOENT) {
                        *ret_rest = path + end;
                        return fd < 0 ? error_path(err, -fd, "open directory", path) : fd;
                }
                while (end > 1 && path[end - 1] == '/')
                        end--;
                while (end > 1 && path[end - 1] != '/')
                        end--;
        }
}

/* The next component of *rest, which moves behind it and the slashes that follow. False at the end. */
static bool next_component(const char **rest, const char **ret_name, size_t *ret_length)
{
        do {
                *rest += strspn(*rest, "/");
                *ret_name = *rest;
                *ret_length = strcspn(*rest, "/");
                *rest += *ret_length;
        } while (*ret_length == 1 && **ret_name == '.');
        *rest += strspn(*rest, "/");
        return *ret_length > 0;
}

/* Makes the missing directory `name` in `parent` and opens it. `path` leads to it. */
static int make_next(struct build *build, int parent, const char *name, const char *path, mode_t mode, bool note,
                     struct pinfold_error *err)
{
        int r = make_one(parent, name, path, true, mode, err), fd;

        if (r == -EEXIST)
                return open_again(build, path, true, err);
        if (r == 0 && note)
                r = note_created(build, parent, name, true, err);
        if (r < 0)
                return r;
        fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? error_path(err, errno, "open directory", path) : fd;
}

/* From descriptor to descriptor: a path can have thousands of components. */
static int build_directory_noted(struct build *build, const char *path, mode_t mode, mode_t parent_mode, bool note,
                                 struct pinfold_error *err)
{
        const char *rest, *component;
        _cleanup_close_ int directory = open_existing(build, path, &rest, err);
        size_t length;

        if (directory < 0)
                return directory;
        while (next_component(&rest, &component, &length)) {
                char name[NAME_MAX + 1], part[PATH_MAX];
                const char *after = rest, *ignored;
                size_t end = (size_t)(component - path) + length, more;
                bool last = !next_component(&after, &ignored, &more);
                int next;

                if (length > NAME_MAX)
                        return error_path(err, ENAMETOOLONG, "use", path);
                snprintf(name, sizeof(name), "%.*s", (int)length, component);
                snprintf(part, sizeof(part), "%.*s", (int)end, path);
                next = make_next(build, directory, name, part, last ? mode : parent_mode, note, err);
                if (next < 0)
                        return next;
                close_fd(directory);
                directory = next;
        }
        return take_fd(&directory);
}

int build_directory(struct build *build, const char *path, mode_t mode, mode_t parent_mode, struct pinfold_error *err)
{
        return build_directory_noted(build, path, mode, parent_mode, false, err);
}

int build_parent(struct build *build, const char *path, mode_t parent_mode, char *ret_name, struct pinfold_error *err)
{
        char directory[PATH_MAX];
        int r = split(path, directory, ret_name, err);

        if (r < 0)
                return r;
        if (!*ret_name)
                return error_path(err, EEXIST, "create", path);
        return build_directory(build, directory, parent_mode, parent_mode, err);
}

/* Where something is going to be mounted. */
struct place {
        int fd;               /* O_PATH */
        struct sys_file file;
        int parent;           /* its directory, if it was made there just now; or -1 */
};

static void cleanup_place(struct place *place)
{
        close_fd(place->fd);
        close_fd(place->parent);
}

/* Looks at what was found, or made. */
static int take_place(struct build *build, int fd, bool directory, const char *path, struct place *ret,
                      struct pinfold_error *err)
{
        int r = sys_stat_type(fd, &ret->file);

        ret->fd = fd;
        if (r < 0)
                return error_path(err, -r, "look at", path);
        if (!directory && S_ISDIR(ret->file.mode))
                return error_path(err, EISDIR, "mount a file on", path);
        return build_hold(build, fd, &ret->file, err);
}

/* Makes the missing place, and what is missing above it. */
static int make_place(struct build *build, const char *path, bool directory, mode_t parent_mode, struct place *ret,
                      struct pinfold_error *err)
{
        char above[PATH_MAX], name[NAME_MAX + 1];
        int r = split(path, above, name, err), fd;

        if (r < 0)
                return r;
        ret->parent = build_directory_noted(build, above, parent_mode, parent_mode, true, err);
        if (ret->parent < 0)
                return ret->parent;
        r = make_one(ret->parent, name, path, directory, directory ? parent_mode : 0444, err);
        if (r == -EEXIST) {
                fd = open_again(build, path, directory, err);
                ret->parent = close_fd(ret->parent);
                return fd < 0 ? fd : take_place(build, fd, directory, path, ret, err);
        }
        if (r == 0)
                r = note_created(build, ret->parent, name, directory, err);
        if (r < 0)
                return r;
        fd = openat(ret->parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? error_path(err, errno, "open", path) : take_place(build, fd, directory, path, ret, err);
}

/* Returns 1 when somebody is removing it. */
static int find_place(struct build *build, const char *path, bool directory, mode_t parent_mode, struct place *ret,
                      struct pinfold_error *err)
{
        int fd = sys_open_inside(build->root, path, directory ? O_DIRECTORY : 0);

        if (fd == -ENOENT)
                return make_place(build, path, directory, parent_mode, ret, err);
        if (fd < 0)
                return error_path(err, -fd, directory ? "open directory" : "open", path);
        return take_place(build, fd, directory, path, ret, err);
}

static int hold_place(struct build *build, const char *path, bool directory, mode_t parent_mode, struct place *ret,
                      struct pinfold_error *err)
{
        for (int i = 0; i < TRIES; i++) {
                _cleanup_(cleanup_place) struct place place = {.fd = -1, .parent = -1};
                int r = find_place(build, path, directory, parent_mode, &place, err);

                if (r < 0)
                        return r;
                if (r > 0)
                        continue;
                *ret = place;
                place = (struct place){.fd = -1, .parent = -1};
                return 0;
        }
        return error_path(err, EBUSY, "create", path); /* somebody removes it as fast as we make it */
}

int build_mount_point(struct build *build, const char *path, bool directory, mode_t parent_mode,
                      struct pinfold_error *err)
{
        _cleanup_(cleanup_place) struct place place = {.fd = -1, .parent = -1};
        int r = hold_place(build, path, directory, parent_mode, &place, err);

        return r < 0 ? r : take_fd(&place.fd);
}

static int beneath(int base, const char *path, struct pinfold_error *err)
{
        int fd = sys_open_beneath(base, path);

        return fd < 0 ? error_path(err, -fd, "open", path) : fd;
}

/* -EEXIST: somebody was faster. */
static int make_beneath(struct build *build, int base, const char *path, bool directory, struct pinfold_error *err)
{
        char above[PATH_MAX], name[NAME_MAX + 1];
        _cleanup_close_ int parent = -1;
        int r = split(path, above, name, err);

        if (r < 0)
                return r;
        parent = sys_open_beneath(base, strchr(path, '/') ? above : ".");
        if (parent < 0)
                return error_path(err, -parent, "create", path);
        r = make_one(parent, name, path, directory, directory ? 0755 : 0444, err);
        return r < 0 ? r : note_created(build, parent, name, directory, err);
}

int build_point_beneath(struct build *build, int base, const char *path, enum build_make make, struct pinfold_error *err)
{
        for (int i = 0; i < TRIES; i++) {
                _cleanup_close_ int point = beneath(base, path, err);
                struct place place;
                int r = point;

                if (point == -ENOENT && make != MAKE_NOTHING) {
                        r = make_beneath(build, base, path, make == MAKE_DIRECTORY, err);
                        if (r == 0 || r == -EEXIST)
                                continue;
                }
                if (r >= 0)
                        r = take_place(build, point, true, path, &place, err);
                if (r < 0)
                        return r;
                if (r == 0)
                        return take_fd(&point);
        }
        return error_path(err, EBUSY, "create", path);
}

static void forget_parent(struct build *build)
{
        build->parent = close_fd(build->parent);
        free(build->parent_path);
        build->parent_path = NULL;
}

/* Of a directory of the host somebody else might make something else. */
static void remember_parent(struct build *build, struct place *place, const char *path)
{
        char above[PATH_MAX], name[NAME_MAX + 1];
        struct pinfold_error ignored;

        if (place->parent < 0 || !build_is_own(build, place->file.device) || split(path, above, name, &ignored) < 0)
                return;
        build->parent_path = strdup(above);
        if (build->parent_path)
                build->parent = take_fd(&place->parent);
}

static int replace_root(struct build *build, int mount, const char *path, struct pinfold_error *err)
{
        struct sys_file file;
        int r = sys_stat_type(mount, &file);

        if (r < 0)
                return error_path(err, -r, "look at", path);
        /* The old root lives on below the new one, out of reach, until it goes away with the mount namespace. */
        build->root = sys_call(__NR_fcntl, mount, F_DUPFD_CLOEXEC, 0);
        build->root_mount = file.mount;
        return build->root < 0 ? error_path(err, -build->root, "keep the descriptor of", path) : 0;
}

static int attach(struct build *build, int mount, const struct place *place, const char *path, struct pinfold_error *err)
{
        int r = sys_move_mount(mount, place->fd, "");

        forget_parent(build);
        if (r < 0)
                return error_path(err, -r, "mount on", path);
        return place->file.mount_root && place->file.mount == build->root_mount ? replace_root(build, mount, path, err) : 0;
}

int build_attach(struct build *build, int mount, int target, const char *path, struct pinfold_error *err)
{
        struct place place = {.fd = target, .parent = -1};
        int r = sys_stat_type(target, &place.file);

        return r < 0 ? error_path(err, -r, "look at", path) : attach(build, mount, &place, path, err);
}

/* Beside what was made last, if it belongs there: returns whether it is done, or a negative errno. */
static int attach_beside(struct build *build, int mount, const char *path, bool directory, mode_t parent_mode,
                         struct pinfold_error *err)
{
        char above[PATH_MAX], name[NAME_MAX + 1];
        int r;

        if (!build->parent_path || split(path, above, name, err) < 0 || !*name || strcmp(above, build->parent_path) != 0)
                return false;
        r = make_one(build->parent, name, path, directory, directory ? parent_mode : 0444, err);
        if (r < 0)
                return r == -EEXIST ? false : r;
        r = sys_move_mount(mount, build->parent, name);
        return r < 0 ? error_path(err, -r, "mount on", path) : true;
}

int build_attach_at(struct build *build, int mount, const char *path, bool directory, mode_t parent_mode,
                    struct pinfold_error *err)
{
        _cleanup_(cleanup_place) struct place place = {.fd = -1, .parent = -1};
        int r = attach_beside(build, mount, path, directory, parent_mode, err);

        if (r != 0)
                return r < 0 ? r : 0;
        r = hold_place(build, path, directory, parent_mode, &place, err);
        if (r == 0)
                r = attach(build, mount, &place, path, err);
        if (r == 0)
                remember_parent(build, &place, path);
        return r;
}

mode_t build_tmpfs_parent_mode(mode_t mode)
{
        return 0755 & (mode | 0700);
}

int build_scratch(struct build *build, struct pinfold_error *err)
{
        _cleanup_close_ int scratch = -1;
        int r;

        if (build->scratch >= 0)
                return build->scratch;
        scratch = mount_tmpfs("scratch", 0, 0755, SYS_ATTR_NOSUID | SYS_ATTR_NODEV, err);
        if (scratch < 0)
                return scratch;
        r = build_own(build, scratch, err);
        if (r < 0)
                return r;
        /* Overlay layers and clones must come from a mount that is attached; on the new root no path leads to it either. */
        r = sys_move_mount(scratch, build->root, "");
        if (r < 0)
                return error_set(err, -r, "mount the scratch file system");
        return build->scratch = take_fd(&scratch);
}

int build_prepared(struct build *build, struct pinfold_error *err)
{
        int r = sys_mount_setattr(build->root, 0, 0, SYS_PROPAGATION_PRIVATE);

        if (r < 0)
                return error_set(err, -r, "make the new root private");
        if (build->scratch < 0)
                return 0;
        r = sys_detach(build->scratch);
        if (r < 0)
                return error_set(err, -r, "unmount the scratch file system");
        build->scratch = close_fd(build->scratch);
        return 0;
}
