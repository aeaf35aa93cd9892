/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "container/leftover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

struct leftover {
        int lock;   /* on the mount point, or -1 */
        int parent; /* -1: only the lock */
        bool shared; /* `parent` is that of an earlier one */
        char *name;
        dev_t device;
        ino_t inode;
        bool directory;
};

static int append(struct leftovers *leftovers, const struct leftover *leftover)
{
        struct leftover *grown = reallocarray(leftovers->items, leftovers->count + 1, sizeof(*grown));

        if (!grown)
                return -ENOMEM;
        leftovers->items = grown;
        grown[leftovers->count++] = *leftover;
        return 0;
}

static bool is_same(int a, int b)
{
        struct stat x, y;

        return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int last_parent(const struct leftovers *leftovers)
{
        for (size_t i = leftovers->count; i > 0; i--)
                if (leftovers->items[i - 1].parent >= 0)
                        return leftovers->items[i - 1].parent;
        return -1;
}

/* Many are made in one directory: the descriptor of the last one, if it is the same. */
static int earlier_parent(const struct leftovers *leftovers, int parent)
{
        int last = last_parent(leftovers);

        return last >= 0 && (parent < 0 || is_same(last, parent)) ? last : -1;
}

int leftovers_add(struct leftovers *leftovers, const struct created *created, int parent)
{
        int earlier = earlier_parent(leftovers, parent);
        char *name = parent < 0 && earlier < 0 ? NULL : strdup(created->name);
        struct leftover leftover = {
                .lock = -1,
                .parent = earlier >= 0 ? earlier : parent,
                .shared = earlier >= 0,
                .name = name,
                .device = created->device,
                .inode = created->inode,
                .directory = created->directory,
        };

        if (name && append(leftovers, &leftover) == 0) {
                if (earlier >= 0)
                        close_fd(parent);
                return 0;
        }
        close_fd(parent);
        free(name);
        return parent < 0 && earlier < 0 ? -EINVAL : -ENOMEM;
}

int leftovers_hold(struct leftovers *leftovers, int lock)
{
        struct leftover only = {.lock = lock, .parent = -1};
        struct stat stat;

        for (size_t i = 0; i < leftovers->count && fstat(lock, &stat) == 0; i++) {
                struct leftover *made = &leftovers->items[i];

                if (made->parent < 0 || stat.st_dev != made->device || stat.st_ino != made->inode)
                        continue;
                /* A second one, of a second mount on it, would be in the way of our own exclusive one. */
                if (made->lock < 0)
                        made->lock = lock;
                else
                        close_fd(lock);
                return 0;
        }
        if (append(leftovers, &only) == 0)
                return 0;
        close_fd(lock);
        return -ENOMEM;
}

void leftovers_look(const struct leftovers *leftovers, size_t index, int *ret_parent, int *ret_lock, struct created *ret_created)
{
        const struct leftover *leftover = &leftovers->items[index];

        *ret_parent = leftover->parent;
        *ret_lock = leftover->lock;
        if (leftover->parent >= 0)
                *ret_created = (struct created){leftover->name, leftover->device, leftover->inode, leftover->directory};
}

static void leftover_remove(const struct leftover *leftover)
{
        struct stat stat;

        if (leftover->parent < 0)
                return;
        /* Ours becomes exclusive, unless others have one too. */
        if (leftover->lock >= 0 && flock(leftover->lock, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
                return;
        if (fstatat(leftover->parent, leftover->name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
                return;
        if (stat.st_dev != leftover->device || stat.st_ino != leftover->inode)
                return;
        /* A file that was written to is somebody's; a directory that is not empty stays by itself. */
        if (leftover->directory ? !S_ISDIR(stat.st_mode) : !S_ISREG(stat.st_mode) || stat.st_size != 0)
                return;
        unlinkat(leftover->parent, leftover->name, leftover->directory ? AT_REMOVEDIR : 0);
}

void leftovers_remove(struct leftovers *leftovers)
{
        for (size_t i = leftovers->count; i > 0; i--)
                leftover_remove(&leftovers->items[i - 1]);
        leftovers_free(leftovers);
}

void leftovers_free(struct leftovers *leftovers)
{
        for (size_t i = 0; i < leftovers->count; i++) {
                close_fd(leftovers->items[i].lock);
                if (!leftovers->items[i].shared)
                        close_fd(leftovers->items[i].parent);
                free(leftovers->items[i].name);
        }
        free(leftovers->items);
        *leftovers = (struct leftovers){0};
}
