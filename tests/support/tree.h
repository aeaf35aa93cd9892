/* SPDX-License-Identifier: MIT */
/*
 * Mounts of the host's for tests. The process gets a mount namespace of its own, so that the machine's mounts are left
 * alone; an unprivileged one also a user namespace in which its id stays what it was. Mounting is left to a helper
 * process in the same namespaces, and the test itself keeps no capability that it did not have: to the library it is
 * the same unprivileged caller as ever.
 */
#ifndef SUPPORT_TREE_H
#define SUPPORT_TREE_H

/* The place for mounts: a tmpfs by the name "tree", the caller's, gone at exit with all that is mounted below it. */
const char *tree(void);

/* mount(2) and a lazy umount2(2), or the test fails. */
void tree_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data);
void tree_unmount(const char *target);

/* mount_setattr(2): flags that mount(2) does not have. */
void tree_set(const char *target, unsigned long long attributes);

/*
 * From now on a tmpfs is mounted on `target`, one below it, its flags are changed, and it is unmounted, over and over; until
 * tree_calm, which returns how many times, or fails the test.
 */
void tree_churn(const char *target);
int tree_calm(void);

#endif
