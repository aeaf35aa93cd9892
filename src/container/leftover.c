/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "container/leftover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

struct leftover {
        int parent;
        char *name;
        dev_t device;
        ino_t inode;
        bool directory;
};

int leftovers_add(struct leftovers *leftovers, const struct created *created, int parent)
{
        _cleanup_close_ int owned = parent;
        _cleanup_free_ char *name = strdup(created->name);
        struct leftover *grown = reallocarray(leftovers->items, leftovers->count + 1, sizeof(*grown));

        if (grown)
                leftovers->items = grown;
        if (!grown || !name)
                return -ENOMEM;
        grown[leftovers->count++] = (struct leftover){
                .parent = take_fd(&owned),
                .name = take_pointer(name),
                .device = created->device,
                .inode = created->inode,
                .directory = created->directory,
        };
        return 0;
}

static void leftover_remove(const struct leftover *leftover)
{
        struct stat stat;

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
                close_fd(leftovers->items[i].parent);
                free(leftovers->items[i].name);
        }
        free(leftovers->items);
        *leftovers = (struct leftovers){0};
}
