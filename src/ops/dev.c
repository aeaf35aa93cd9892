/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/build.h"
#include "ops/list.h"
#include "syscall/mount.h"

struct dev {
        const char *target;
        uint32_t flags; /* enum pinfold_dev_flag */
};

/*
 * Of the nodes, and of the directory with them. Read-only: a device works all the same, but its node is the host's, and a program
 * with the id of its owner (a caller who is root) could change the mode and times that it has for everybody.
 */
#define NODE_ATTRIBUTES (SYS_ATTR_NOSUID | SYS_ATTR_NOEXEC | SYS_ATTR_RDONLY)

/* Nodes of the host, with the numbers that they must have: a host's /dev can hold anything (devices.txt of the kernel). */
static const struct node {
        const char *name;
        const char *source;
        unsigned major, minor;
} nodes[] = {
        {"null", "/dev/null", 1, 3},       {"zero", "/dev/zero", 1, 5},       {"full", "/dev/full", 1, 7},
        {"random", "/dev/random", 1, 8},   {"urandom", "/dev/urandom", 1, 9}, {"tty", "/dev/tty", 5, 0},
};

static const struct link {
        const char *name, *says;
} links[] = {
        {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"}, {"stderr", "/proc/self/fd/2"},
        {"fd", "/proc/self/fd"},      {"core", "/proc/kcore"},       {"ptmx", "pts/ptmx"},
};

struct dev_state {
        int node[ELEMENTS(nodes)];
        int console; /* or -1 */
};

#define WORDS(WORD) \
        WORD("mqueue", PINFOLD_DEV_MQUEUE, "a POSIX message queue file system at DEST/mqueue") \
        WORD("writable", PINFOLD_DEV_WRITABLE, "not read-only, and without shm")

static const struct word flags[] = WORD_ROWS(WORDS);

static const struct field fields[] = {
        OP_FIELD(dev, target, FIELD_TARGET),
        OP_FIELD(dev, flags, FIELD_FLAGS, false, flags),
};

static void describe(const void *op, char *text, size_t size)
{
        snprintf(text, size, "dev on %s", ((const struct dev *)op)->target);
}

static int prepare_node(const struct node *node, int *ret, struct pinfold_error *err)
{
        int mount = sys_clone_tree(AT_FDCWD, node->source, 0), r;
        struct sys_file file;

        if (mount < 0)
                return error_path(err, -mount, "open", node->source);
        *ret = mount;
        r = sys_stat_type(mount, &file);
        if (r < 0)
                return error_path(err, -r, "look at", node->source);
        if (!S_ISCHR(file.mode) || file.special != makedev(node->major, node->minor)) {
                error_set(err, ENODEV, "%s is not the character device %u:%u", node->source, node->major, node->minor);
                return error_about(err, node->source);
        }
        return 0;
}

/*
 * The terminal, by the name that it has outside, opened here and compared: between asking for the name and opening it
 * something else may have taken the place.
 */
static int prepare_console(int terminal, int *ret, struct pinfold_error *err)
{
        char link[32], name[256];
        struct sys_file want, got;
        ssize_t length;
        int r;

        snprintf(link, sizeof(link), "/proc/self/fd/%d", terminal);
        length = readlink(link, name, sizeof(name) - 1);
        if (length < 0)
                return error_path(err, errno, "read", link);
        name[length] = '\0';
        r = sys_clone_tree(AT_FDCWD, name, 0);
        if (r == -ENOENT)
                return 0; /* a terminal of another mount namespace: it has no name here that could be shown */
        if (r < 0)
                return error_path(err, -r, "open", name);
        *ret = r;
        r = sys_stat(terminal, &want);
        if (r == 0)
                r = sys_stat(*ret, &got);
        if (r < 0)
                return error_path(err, -r, "look at", name);
        if (!S_ISCHR(got.mode) || got.device != want.device || got.inode != want.inode || got.special != want.special) {
                error_set(err, ENODEV, "%s is not the terminal on standard output", name);
                return error_about(err, name);
        }
        return 0;
}

static int prepare(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        struct dev_state *dev = state;
        int r = 0;

        (void)op;
        dev->console = -1;
        for (size_t i = 0; r == 0 && i < ELEMENTS(nodes); i++)
                r = prepare_node(&nodes[i], &dev->node[i], err);
        if (r == 0 && build->console >= 0)
                r = prepare_console(build->console, &dev->console, err);
        return r;
}

static int make_file(int root, const char *name, struct pinfold_error *err)
{
        return mknodat(root, name, S_IFREG | 0444, 0) < 0 ? error_path(err, errno, "create", name) : 0;
}

static int place_node(int root, const char *name, int mount, struct pinfold_error *err)
{
        int r = make_file(root, name, err);

        if (r < 0)
                return r;
        r = sys_move_mount(mount, root, name);
        close_fd(mount);
        return r < 0 ? error_path(err, -r, "mount on", name) : 0;
}

static int place_nodes(int root, const struct dev_state *made, struct pinfold_error *err)
{
        int r = made->console >= 0 ? place_node(root, "console", made->console, err) : 0;

        for (size_t i = 0; r == 0 && i < ELEMENTS(nodes); i++)
                r = place_node(root, nodes[i].name, made->node[i], err);
        return r;
}

static int place_links(int root, struct pinfold_error *err)
{
        for (size_t i = 0; i < ELEMENTS(links); i++)
                if (symlinkat(links[i].says, root, links[i].name) < 0)
                        return error_path(err, errno, "create symbolic link", links[i].name);
        return 0;
}

/* The rest is mounted later. So is the terminal, after the pivot (src/init/terminal.c). */
static int make_places(int root, const struct dev *dev, const struct build *build, struct pinfold_error *err)
{
        const struct {
                const char *name;
                mode_t mode;
                bool wanted;
        } directories[] = {
                {"pts", build->parent_perm, true},
                {"mqueue", build->parent_perm, dev->flags & PINFOLD_DEV_MQUEUE},
                {"shm", 0755, !(dev->flags & PINFOLD_DEV_WRITABLE)},
        };

        for (size_t i = 0; i < ELEMENTS(directories); i++)
                if (directories[i].wanted && mkdirat(root, directories[i].name, directories[i].mode) < 0)
                        return error_path(err, errno, "create directory", directories[i].name);
        return build->terminal ? make_file(root, "console", err) : 0;
}

/* One call for the directory and the nodes in it; nothing of the host is in there otherwise. */
static int seal(int root, const struct dev *dev, struct pinfold_error *err)
{
        bool writable = dev->flags & PINFOLD_DEV_WRITABLE;
        int r = sys_mount_setattr(root, 1, NODE_ATTRIBUTES, SYS_PROPAGATION_PRIVATE);

        if (r == 0)
                r = sys_mount_clear(root, SYS_ATTR_NOEXEC | (writable ? SYS_ATTR_RDONLY : 0));
        return r < 0 ? error_set(err, -r, "set mount flags") : 0;
}

/* Takes the mount over; negative: there is none, and err says why. */
static int place_mount(int root, const char *name, int mount, struct build *build, struct pinfold_error *err)
{
        _cleanup_close_ int owned = mount;
        int r = mount < 0 ? mount : build_own(build, mount, err);

        if (r < 0)
                return r;
        r = sys_move_mount(owned, root, name);
        return r < 0 ? error_path(err, -r, "mount on", name) : 0;
}

static int place_mounts(int root, const struct dev *dev, struct build *build, struct pinfold_error *err)
{
        static const char *const pts[] = {"source", "devpts", "ptmxmode", "0666", "mode", "620", NULL};
        static const char *const mqueue[] = {"source", "mqueue", NULL};
        int r = place_mount(root, "pts", mount_new("devpts", pts, SYS_ATTR_NOSUID | SYS_ATTR_NOEXEC, err), build, err);

        if (r == 0 && (dev->flags & PINFOLD_DEV_MQUEUE))
                r = place_mount(root, "mqueue", mount_new("mqueue", mqueue, SYS_ATTR_NOSUID | SYS_ATTR_NOEXEC | SYS_ATTR_NODEV,
                                                          err), build, err);
        if (r == 0 && !(dev->flags & PINFOLD_DEV_WRITABLE))
                r = place_mount(root, "shm", mount_tmpfs("tmpfs", 0, 01777, SYS_ATTR_NOSUID | SYS_ATTR_NODEV, err), build,
                                err);
        return r;
}

static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        const struct dev *dev = op;
        mode_t mode = build->parent_perm;
        _cleanup_close_ int root =
                mount_tmpfs("devtmpfs", 0, mode, SYS_ATTR_NOSUID | SYS_ATTR_NODEV, err);
        int r;

        if (root < 0)
                return root;
        r = build_own(build, root, err);
        if (r == 0)
                r = build_attach_at(build, root, dev->target, true, mode, err);
        if (r == 0)
                r = place_nodes(root, state, err);
        if (r == 0)
                r = place_links(root, err);
        if (r == 0)
                r = make_places(root, dev, build, err);
        if (r == 0)
                r = seal(root, dev, err);
        return r < 0 ? r : place_mounts(root, dev, build, err);
}

const struct op op_dev = {
        .option = OP_OPTION("dev", "DEST[:FLAGS]",
                            "a minimal /dev at DEST", WORDS(WORD_TEXT)),
        .record = OP_RECORD(dev, fields),
        .positional = 1,
        .describe = describe,
        .state_size = sizeof(struct dev_state),
        .prepare = prepare,
        .apply = apply,
};

int pinfold_dev(struct pinfold *box, const char *target, unsigned dev_flags)
{
        struct dev dev = {target, dev_flags};

        return op_append(box, &op_dev, &dev);
}
