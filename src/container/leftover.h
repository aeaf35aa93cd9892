/* SPDX-License-Identifier: MIT */
/*
 * Mount points that setup had to create in file systems of the host: below a writable bind, the mount needs a place. Each
 * is remembered by a descriptor of its directory, and removed when the container is gone, if it is still the same empty
 * object, and no other container has something mounted there (src/ops/hold.c).
 */
#ifndef CONTAINER_LEFTOVER_H
#define CONTAINER_LEFTOVER_H

#include <stddef.h>

#include "wire/message.h"

struct leftovers {
        struct leftover *items;
        size_t count;
};

/* `parent` becomes the list's, also on failure; -1: it is the one that was added last (-EINVAL: there is none). */
int leftovers_add(struct leftovers *leftovers, const struct created *created, int parent);

/*
 * Keeps a lock on a mount point in use until the container is gone. One that follows its leftover_add is that one's. `lock`
 * becomes the list's, also on failure.
 */
int leftovers_hold(struct leftovers *leftovers, int lock);

/* The one at `index`: its descriptors stay the list's, or are -1; without a parent `ret_created` is not filled. */
void leftovers_look(const struct leftovers *leftovers, size_t index, int *ret_parent, int *ret_lock, struct created *ret_created);

/* Removes them, the last one first, so that a directory follows what was made in it. */
void leftovers_remove(struct leftovers *leftovers);

/* Only forgets them. */
void leftovers_free(struct leftovers *leftovers);

#endif
