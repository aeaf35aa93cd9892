/* SPDX-License-Identifier: MIT */
/* clone3(2), and clone(2) where that is missing: for children that share memory. */
#ifndef SYSCALL_CLONE_H
#define SYSCALL_CLONE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sys_clone {
        uint64_t flags;  /* CLONE_*, without CLONE_INTO_CGROUP */
        char *stack;     /* of sys_map_stack */
        size_t stack_size;
        int cgroup;      /* to create the process in (CLONE_INTO_CGROUP), or -1 */
        int (*run)(void *argument); /* what the child does; its result is the exit status */
        void *argument;
};

/*
 * A stack of `size` bytes, or NULL. What lies below it is out of reach, so that running past the end cannot reach anything
 * else.
 */
char *sys_map_stack(size_t size);
void sys_unmap_stack(char *stack, size_t size);

/*
 * Creates a child on a stack of its own, without signal handlers. Returns its process id, and a pidfd of it unless ret_pidfd
 * is NULL; or a negative errno. -ENOSYS with a cgroup, where clone3 is missing: try without, and move the child.
 */
pid_t sys_clone(const struct sys_clone *clone, int *ret_pidfd);

#endif
