/* SPDX-License-Identifier: MIT */
/*
 * The mount table of a container, as text that a test compares as a whole. It is read from outside, from the mountinfo
 * of PID 1, so that a container with a single operation can be looked at: one that has no proc, no shell and no libc.
 */
#ifndef SUPPORT_MOUNTS_H
#define SUPPORT_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>

#include <pinfold/pinfold.h>

/* A line of /proc/PID/mountinfo: proc_pid_mountinfo(5). Spaces and the like are \ooo there. */
struct mount_entry {
        int id;
        int parent;
        const char *root;        /* the directory of the file system that is mounted */
        const char *point;       /* where */
        const char *flags;       /* of the mount: "ro,nosuid,nodev,relatime" */
        bool readonly;           /* the mount or the file system is */
        const char *propagation; /* "shared:N", "master:N", "" */
        const char *type;
        const char *source;
};

struct mount_table {
        struct mount_entry *entries;
        size_t count;
        char *text; /* what the entries point into */
};

struct mount_table mounts_parse(const char *mountinfo);
void mounts_free(struct mount_table *table);

/* The topmost mount at exactly `point`, or NULL. */
const struct mount_entry *mounts_at(const struct mount_table *table, const char *point);

/* The mount of the calling process that `path` lies on. Fails the test when there is none. */
const struct mount_entry *mounts_under(const struct mount_table *table, const char *path);

/* The calling process's own. */
struct mount_table mounts_own(void);

/*
 * "POINT TYPE SOURCE FLAGS[ PROPAGATION]" a line, without "relatime", which is every new mount's. Parents stand before
 * what is mounted on them, children are sorted: kernels list in different orders, and this one says what covers what.
 */
char *mounts_render(const struct mount_table *table);

/* A container without operations and program. */
struct pinfold *box_empty(void);

/* A static program, tests/support/probe.c. */
const char *probe_path(void);

/* Binds the probe on /probe, last, and makes it the program. */
void box_probe(struct pinfold *box, const char *const arguments[]);

/*
 * Runs the container, and gives its table, without the probe's line; frees the box. `box_table` adds the probe; for
 * box_table_now box_probe was called already, with "wait".
 */
struct mount_table box_table(struct pinfold *box);
struct mount_table box_table_now(struct pinfold *box);

/* The table, rendered, must be `expected`. */
void assert_mounts(struct pinfold *box, const char *expected);
void assert_mounts_now(struct pinfold *box, const char *expected);

#endif
