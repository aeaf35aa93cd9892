/* SPDX-License-Identifier: MIT */
/*
 * Paths inside the new root (ops/build.h): in a random tree with links of all kinds, everything that operations open or make
 * is what a model of path resolution says, the same errors included; and nothing is made beside the tree. The input is the tree,
 * and then what is done with it.
 */
#define _GNU_SOURCE

#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "ops/build.h"

#define NODES_MAX 1024 /* a path is shorter */
#define TEXT_MAX 3000
#define LINKS_MAX 40 /* path_resolution(7) */
#define DEPTH_MAX 12
#define NAME_255 "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" \
        "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" \
        "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

/* ---- The model --------------------------------------------------------------------------------------------------- */

struct node {
        mode_t type; /* S_IFDIR, S_IFREG or S_IFLNK */
        mode_t mode;
        struct node *parent; /* the root's: itself */
        char name[NAME_MAX + 1];
        char *text; /* of a link */
};

struct model {
        struct node nodes[NODES_MAX]; /* the first is the root */
        size_t count;
};

static struct node *find(struct model *model, const struct node *parent, const char *name, size_t length)
{
        for (size_t i = 1; i < model->count; i++) {
                struct node *node = &model->nodes[i];

                if (node->parent == parent && strlen(node->name) == length && memcmp(node->name, name, length) == 0)
                        return node;
        }
        return NULL;
}

static struct node *add(struct model *model, struct node *parent, const char *name, size_t length, mode_t type, mode_t mode)
{
        struct node *node = &model->nodes[model->count++];

        CHECK(model->count < NODES_MAX);
        *node = (struct node){.type = type, .mode = mode, .parent = parent};
        memcpy(node->name, name, length);
        return node;
}

/*
 * Follows `path` from the root, which nothing leads out of. Returns 0 or a negative errno. A link is replaced by its text: one at
 * the end of a path with a slash behind it included.
 */
static int walk(struct model *model, const char *path, size_t length, bool directory, struct node **ret)
{
        char *rest = strndup(path, length);
        struct node *at = model->nodes;
        int links = 0, r = length == 0 ? -ENOENT : 0;

        CHECK(rest);
        for (char *next = rest; r == 0 && *next;) {
                size_t size = strcspn(next, "/");
                struct node *node = at;
                char *replaced;

                if (size == 0) {
                        directory |= next[1] == '\0';
                        next++;
                        continue;
                }
                if (at->type != S_IFDIR)
                        r = -ENOTDIR;
                else if (size > NAME_MAX)
                        r = -ENAMETOOLONG;
                else if (size == 2 && memcmp(next, "..", 2) == 0)
                        node = at->parent;
                else if (!(size == 1 && *next == '.'))
                        node = find(model, at, next, size);
                if (r == 0 && !node)
                        r = -ENOENT;
                if (r == 0 && node->type == S_IFLNK && ++links > LINKS_MAX)
                        r = -ELOOP;
                if (r < 0)
                        break;
                next += size;
                if (node->type != S_IFLNK) {
                        at = node;
                        continue;
                }
                CHECK(asprintf(&replaced, "%s%s", node->text, next) > 0);
                free(rest);
                next = rest = replaced;
                if (*rest == '/')
                        at = model->nodes;
        }
        free(rest);
        if (r == 0 && directory && at->type != S_IFDIR)
                r = -ENOTDIR;
        if (r == 0)
                *ret = at;
        return r;
}

/* The directory at `path`, as mkdir -p makes it: what is not there, from the first missing name on. */
static int make_directories(struct model *model, const char *path, size_t length, mode_t mode, mode_t parent_mode,
                            struct node **ret)
{
        struct node *at = model->nodes, *next = at;
        size_t last = length;
        int r = walk(model, path, length, true, ret);

        if (r != -ENOENT)
                return r;
        while (last > 0 && (path[last - 1] == '/' || (path[last - 1] == '.' && (last == 1 || path[last - 2] == '/'))))
                last--; /* nothing new has one of these names */
        for (size_t start = 0, size; start < last; start += size) {
                start += strspn(path + start, "/");
                size = strcspn(path + start, "/");
                r = walk(model, path, start + size, true, &next);
                if (r == -ENOENT && !find(model, at, path + start, size)) {
                        next = add(model, at, path + start, size, S_IFDIR, start + size == last ? mode : parent_mode);
                        r = 0;
                }
                if (r < 0)
                        return r;
                at = next;
        }
        *ret = at;
        return 0;
}

/* Where the last component begins that has a name; *ret_size is 0 when none has. */
static size_t last_name(const char *path, size_t *ret_size)
{
        size_t start = 0;

        *ret_size = 0;
        for (const char *at = path; *at; at += strcspn(at, "/")) {
                at += strspn(at, "/");
                if (strcspn(at, "/") == 0 || (*at == '.' && strcspn(at, "/") == 1))
                        continue;
                start = (size_t)(at - path);
                *ret_size = strcspn(at, "/");
        }
        return start;
}

static int make_parent(struct model *model, const char *path, mode_t parent_mode, struct node **ret)
{
        size_t size, start = last_name(path, &size);

        if (size > NAME_MAX)
                return -ENAMETOOLONG;
        return size == 0 ? -EEXIST : make_directories(model, path, start, parent_mode, parent_mode, ret);
}

static int make_point(struct model *model, const char *path, bool directory, mode_t parent_mode, struct node **ret)
{
        size_t size, start = last_name(path, &size);
        int r = walk(model, path, strlen(path), directory, ret);

        if (r == 0)
                return !directory && (*ret)->type == S_IFDIR ? -EISDIR : 0;
        if (r != -ENOENT)
                return r;
        r = make_parent(model, path, parent_mode, ret);
        if (r < 0)
                return r;
        if (find(model, *ret, path + start, size))
                return -ENOENT; /* a link to nowhere */
        *ret = add(model, *ret, path + start, size, directory ? S_IFDIR : S_IFREG, directory ? parent_mode : 0444);
        return 0;
}

/* Below `base`, without any link. */
static int make_beneath(struct model *model, struct node *base, const char *path, enum build_make make, struct node **ret)
{
        struct node *at = base;

        for (const char *name = path;; name++) {
                size_t size = strcspn(name, "/");
                struct node *node;

                if (at->type != S_IFDIR)
                        return -ENOTDIR;
                if (size > NAME_MAX)
                        return -ENAMETOOLONG;
                node = find(model, at, name, size);
                if (!node && make != MAKE_NOTHING && strlen(basename(path)) > NAME_MAX)
                        return -ENAMETOOLONG;
                if (!node && (name[size] == '/' || make == MAKE_NOTHING))
                        return -ENOENT;
                if (!node)
                        node = add(model, at, name, size, make == MAKE_FILE ? S_IFREG : S_IFDIR, make == MAKE_FILE ? 0444 : 0755);
                if (node->type == S_IFLNK)
                        return -ELOOP;
                at = node;
                name += size;
                if (*name == '\0')
                        break;
        }
        *ret = at;
        return 0;
}

/* ---- The tree ---------------------------------------------------------------------------------------------------- */

static char scene[] = "/tmp/fuzz-resolve.XXXXXX";

static void leave_scene(void)
{
        CHECK(rmdir(scene) == 0);
}

/* A directory, for the tree to be made in, that nothing else may appear in. */
static void enter_scene(void)
{
        static bool entered;

        if (entered)
                return;
        CHECK(mkdtemp(scene));
        atexit(leave_scene);
        umask(0);
        entered = true;
}

/* Opens the node without following a link on the way to it. */
static int open_node(int root, const struct node *node)
{
        int above, fd;

        if (node->parent == node)
                return fcntl(root, F_DUPFD_CLOEXEC, 0);
        above = open_node(root, node->parent);
        fd = openat(above, node->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        CHECK(fd >= 0);
        close(above);
        return fd;
}

static void make_node(int root, const struct node *node)
{
        int parent = open_node(root, node->parent);

        if (node->type == S_IFDIR)
                CHECK(mkdirat(parent, node->name, node->mode) == 0);
        else if (node->type == S_IFREG)
                CHECK(mknodat(parent, node->name, S_IFREG | node->mode, 0) == 0);
        else
                CHECK(symlinkat(node->text, parent, node->name) == 0);
        close(parent);
}

static void check_same(int root, const struct node *node, int fd)
{
        int other = open_node(root, node);
        struct stat one, two;

        CHECK(fstat(fd, &one) == 0 && fstat(other, &two) == 0);
        CHECK(one.st_ino == two.st_ino && one.st_dev == two.st_dev);
        close(other);
}

/* How many entries there are in all, removed when `remove` says so. */
static size_t count_entries(int directory, bool remove)
{
        int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *stream = fdopendir(copy);
        const struct dirent *entry;
        size_t count = 0;

        CHECK(stream);
        while ((entry = readdir(stream))) {
                int below = -1;

                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;
                below = openat(copy, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (below >= 0) {
                        count += count_entries(below, remove);
                        close(below);
                }
                if (remove)
                        CHECK(unlinkat(copy, entry->d_name, below >= 0 ? AT_REMOVEDIR : 0) == 0);
                count++;
        }
        closedir(stream);
        return count;
}

static void check_tree(const struct model *model, int root)
{
        for (size_t i = 1; i < model->count; i++) {
                const struct node *node = &model->nodes[i];
                int fd = open_node(root, node);
                struct stat info;

                CHECK(fstat(fd, &info) == 0);
                CHECK((info.st_mode & S_IFMT) == node->type);
                CHECK(node->type == S_IFLNK || (info.st_mode & 07777) == node->mode);
                close(fd);
        }
        CHECK(count_entries(root, false) == model->count - 1);
}

/* ---- What an input says ------------------------------------------------------------------------------------------ */

/* Into `path`, which has TEXT_MAX bytes: components, and more slashes than it takes. `up`: ".." is among them. */
static void choose_path(struct decisions *left, char *path, bool absolute, bool plain, bool up)
{
        static const char *const names[] = {"a", "b", "c", "d", "e", NAME_255, NAME_255 "n", ".", ".."};
        /* Now and then more links than may be followed. */
        size_t count = 1 + (choose(left, 16) ? choose(left, 6) : choose(left, 64)), used = 0;

        if (absolute)
                path[used++] = '/';
        for (size_t i = 0; i < count && used + NAME_MAX + 4 < TEXT_MAX; i++) {
                uint32_t which = choose(left, plain ? 20 : 26);
                const char *name = which < 18   ? names[which % 5]
                                   : which < 19 ? names[5]
                                   : which < 20 ? names[6]
                                   : which < 22 || !up ? names[7]
                                                       : names[8];

                used += (size_t)sprintf(path + used, "%s%s", i ? "/" : "", name);
                if (!plain && which % 7 == 0)
                        path[used++] = '/';
        }
        path[used] = '\0';
}

static mode_t choose_mode(struct decisions *left)
{
        static const mode_t modes[] = {0755, 0700, 0777, 01777};

        return modes[choose(left, ELEMENTS(modes))];
}

static size_t depth(const struct node *node)
{
        size_t levels = 0;

        for (; node->parent != node; node = node->parent)
                levels++;
        return levels;
}

/* A node that is there already, or one below one that is no directory, is left out. */
static void choose_node(struct decisions *left, struct model *model, int root)
{
        static const mode_t types[] = {S_IFDIR, S_IFDIR, S_IFREG, S_IFLNK, S_IFLNK};
        struct node *parent = &model->nodes[choose(left, (uint32_t)model->count)], *node;
        char name[] = {(char)('a' + choose(left, 5)), '\0'}, text[TEXT_MAX];
        mode_t type = types[choose(left, ELEMENTS(types))];

        if (type == S_IFLNK)
                choose_path(left, text, choose(left, 2), false, true);
        if (parent->type != S_IFDIR || depth(parent) == DEPTH_MAX || find(model, parent, name, 1))
                return;
        node = add(model, parent, name, 1, type, type == S_IFREG ? 0644 : 0755);
        if (type == S_IFLNK)
                CHECK(node->text = strdup(text));
        make_node(root, node);
}

/* ---- The comparison ----------------------------------------------------------------------------------------------- */

static size_t noted;

static int note(void *context, int parent, const char *name, const struct sys_file *file, struct pinfold_error *err)
{
        struct stat info;

        (void)context;
        (void)err;
        CHECK(fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) == 0);
        CHECK(info.st_ino == file->inode && info.st_dev == file->device && (info.st_mode & S_IFMT) == (file->mode & S_IFMT));
        noted++;
        return 0;
}

static int keep(void *context, int lock, struct pinfold_error *err)
{
        (void)context;
        (void)err;
        CHECK(lock >= 0);
        return 0;
}

/* Both do the same; `said` and `meant` are a value or a negative errno. */
static void agree(const struct model *model, int root, const char *what, const char *path, int said, int meant,
                  const struct node *node)
{
        if (said >= 0 ? meant != 0 : said != meant) {
                fprintf(stderr, "%s %s: %d in place of %d\n", what, path, said, meant);
                check_tree(model, root);
                abort();
        }
        if (said < 0)
                return;
        check_same(root, node, said);
        close(said);
}

static void check_parent(struct model *model, struct build *build, const char *path, mode_t mode)
{
        char name[NAME_MAX + 1] = "";
        struct pinfold_error err = {0};
        struct node *node = NULL;
        size_t size, start = last_name(path, &size);
        int meant = make_parent(model, path, mode, &node), said = build_parent(build, path, mode, name, &err);

        if (said >= 0)
                CHECK(strlen(name) == size && memcmp(name, path + start, size) == 0);
        agree(model, build->root, "parent", path, said, meant, node);
}

static void check_beneath(struct model *model, struct build *build, struct decisions *left, const char *path)
{
        enum build_make make = (enum build_make)choose(left, 3);
        char below[TEXT_MAX];
        struct pinfold_error err = {0};
        struct node *base, *node = NULL;
        size_t before;
        int fd, meant, said;

        choose_path(left, below, false, true, false);
        if (walk(model, path, strlen(path), false, &base) < 0)
                return;
        fd = build_open(build, path, &err);
        CHECK(fd >= 0);
        before = model->count;
        noted = 0;
        meant = make_beneath(model, base, below, make, &node);
        said = build_point_beneath(build, fd, below, make, &err);
        CHECK(noted == (build->own_count ? 0 : model->count - before));
        agree(model, build->root, "beneath", below, said, meant, node);
        close(fd);
}

static void check_mount_point(struct model *model, struct build *build, const char *path, bool directory, mode_t mode)
{
        struct pinfold_error err = {0};
        struct node *node = NULL;
        size_t before = model->count;
        int meant = make_point(model, path, directory, mode, &node), said;

        noted = 0;
        said = build_mount_point(build, path, directory, mode, &err);
        CHECK(noted == (build->own_count ? 0 : model->count - before));
        agree(model, build->root, "mount point", path, said, meant, node);
}

static void do_one(struct decisions *left, struct model *model, struct build *build)
{
        struct pinfold_error err = {0};
        char path[TEXT_MAX];
        mode_t mode = choose_mode(left), parent_mode = choose_mode(left);
        struct node *node = NULL;
        uint32_t what = choose(left, 6);
        int meant;

        choose_path(left, path, true, false, false); /* of "..", record.c says that there is none */
        switch (what) {
        case 0:
                meant = walk(model, path, strlen(path), false, &node);
                agree(model, build->root, "open", path, build_open(build, path, &err), meant, node);
                break;
        case 1:
                meant = make_directories(model, path, strlen(path), mode, parent_mode, &node);
                agree(model, build->root, "directory", path, build_directory(build, path, mode, parent_mode, &err), meant, node);
                break;
        case 2:
                check_parent(model, build, path, mode);
                break;
        case 3:
                check_beneath(model, build, left, path);
                break;
        default:
                check_mount_point(model, build, path, what == 4, mode);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct model model;
        struct decisions left = {data, size};
        struct build build = {.parent = -1, .scratch = -1, .console = -1, .created = note, .used = keep};
        uint32_t count = choose(&left, 24);
        struct stat info;
        int outside;

        enter_scene();
        outside = open(scene, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(outside >= 0 && mkdirat(outside, "root", 0755) == 0);
        build.root = openat(outside, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
        CHECK(build.root >= 0 && fstat(build.root, &info) == 0);
        /* One that was made here; or one of the host's, where the caller is told of what is made. */
        if (choose(&left, 2))
                build.own[build.own_count++] = info.st_dev;
        model.count = 1;
        model.nodes[0] = (struct node){.type = S_IFDIR, .mode = 0755, .parent = model.nodes};
        for (uint32_t i = 0; i < count; i++)
                choose_node(&left, &model, build.root);
        while (left.size > 0 && model.count < NODES_MAX / 2)
                do_one(&left, &model, &build);
        check_tree(&model, build.root);
        for (size_t i = 0; i < model.count; i++) {
                free(model.nodes[i].text);
                model.nodes[i].text = NULL;
        }
        close(build.root);
        close_fd(build.parent);
        free(build.parent_path);
        CHECK(count_entries(outside, true) == model.count); /* and nothing beside the root */
        close(outside);
        return 0;
}
