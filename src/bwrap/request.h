/* SPDX-License-Identifier: MIT */
/* What the command line asks for: options.c fills it, plan.c makes a container of it. */
#ifndef BWRAP_REQUEST_H
#define BWRAP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind {
        KIND_BIND,
        KIND_RO_BIND,
        KIND_DEV_BIND,
        KIND_REMOUNT_RO,
        KIND_OVERLAY,
        KIND_TMP_OVERLAY,
        KIND_RO_OVERLAY,
        KIND_PROC,
        KIND_DEV,
        KIND_TMPFS,
        KIND_MQUEUE,
        KIND_DIR,
        KIND_FILE,
        KIND_BIND_DATA,
        KIND_RO_BIND_DATA,
        KIND_SYMLINK,
        KIND_CHMOD,
        KIND_LOCK,
};

struct operation {
        enum kind kind;
        const char *source; /* of the host; what a link says */
        const char *target;
        int fd;             /* that the source is given as, or -1 */
        bool optional;      /* skipped when the source does not exist */
        int perms;          /* 0 for an operation that takes none */
        uint64_t size;      /* 0: not given */
        const char **layers; /* of an overlay, the lowest first */
        size_t layer_count;
        const char *work;
};

struct request {
        struct operation *operations;
        size_t count;

        bool unshare_user, unshare_user_try, unshare_ipc, unshare_pid, unshare_net, unshare_uts;
        bool unshare_cgroup, unshare_cgroup_try;
        bool disable_userns, assert_userns_disabled;
        int userns, userns2, pidns; /* descriptors, or -1, as all below */
        int uid, gid;               /* -1: the caller's */
        const char *hostname, *chdir, *argv0;
        int sync_fd, block_fd, userns_block_fd, info_fd, json_status_fd, seccomp_fd;
        int *seccomp_fds;
        size_t seccomp_count;
        const char **lock_files;
        size_t lock_count;
        bool new_session, die_with_parent, as_pid_1;
        bool capabilities_named;
        uint64_t capabilities; /* bit N: number N */

        /* What the next operation takes. */
        int next_perms;
        uint64_t next_size;
        const char **next_layers;
        size_t next_layer_count;

        char **command; /* up to NULL */
};

/*
 * Reads argv from its second word on, and changes our environment as it says. Exits where bwrap does: with a message, help or
 * version.
 */
void request_parse(struct request *request, char **argv);

#endif
