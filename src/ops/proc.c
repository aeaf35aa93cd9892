/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include <pinfold/ops.h>

#include "base/cleanup.h"
#include "ops/build.h"
#include "ops/list.h"
#include "syscall/mount.h"

struct proc {
        const char *target;
};

static const struct field fields[] = {
        OP_FIELD(proc, target, FIELD_TARGET),
};

static void describe(const void *op, char *text, size_t size)
{
        snprintf(text, size, "proc on %s", ((const struct proc *)op)->target);
}

/* Puts a read-only copy of proc/NAME on itself. Kernels differ in what they have. */
static int mask(int proc, const char *name, struct pinfold_error *err)
{
        _cleanup_close_ int copy = sys_clone_tree(proc, name, 1);
        _cleanup_close_ int target = -1;
        int r;

        if (copy == -ENOENT)
                return 0;
        if (copy < 0)
                return error_path(err, -copy, "open", name);
        target = openat(proc, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (target < 0)
                return error_path(err, errno, "open", name);
        /* And what is mounted below it, as binfmt_misc. */
        r = sys_mount_setattr(copy, 1, SYS_ATTR_RDONLY | SYS_ATTR_NOSUID | SYS_ATTR_NODEV | SYS_ATTR_NOEXEC, 0);
        if (r == 0)
                r = sys_move_mount(copy, target, "");
        return r < 0 ? error_path(err, -r, "make read-only", name) : 0;
}

/* The container's own; without a process namespace the host's, as it is there. */
static int proc_mount(const struct build *build, struct pinfold_error *err)
{
        static const char *const options[] = {"source", "proc", NULL};
        /*
         * Permission checks in proc see the id outside: a caller who is root would own kernel settings, and the mode of
         * each file that is not a process's, which all instances of proc share.
         */
        uint32_t attributes = SYS_ATTR_NOSUID | SYS_ATTR_NODEV | SYS_ATTR_NOEXEC | (build->proc_readonly ? SYS_ATTR_RDONLY : 0);
        _cleanup_close_ int mount = -1;
        int r;

        if (build->host_proc < 0)
                return mount_new("proc", options, attributes, err);
        mount = sys_clone_tree(build->host_proc, "", 1);
        r = mount < 0 ? mount : sys_mount_setattr(mount, 1, attributes, SYS_PROPAGATION_PRIVATE);
        return r < 0 ? error_path(err, -r, "clone", "/proc") : take_fd(&mount);
}

static int apply(const void *op, void *state, struct build *build, struct pinfold_error *err)
{
        static const char *const writable[] = {"sys", "sysrq-trigger", "irq", "bus"};
        const struct proc *proc = op;
        _cleanup_close_ int mount = proc_mount(build, err);
        char init[16];
        int r;

        (void)state;
        if (mount < 0)
                return mount;
        if (build->own_proc < 0 && build->host_proc < 0 && !build->proc_readonly && !build->mask_proc) {
                build->own_proc = fcntl(mount, F_DUPFD_CLOEXEC, 0);
                if (build->own_proc < 0)
                        return error_path(err, errno, "keep the descriptor of", proc->target);
        }
        r = build_attach_at(build, mount, proc->target, true, build->parent_perm, err);
        for (size_t i = 0; r == 0 && build->mask_proc && i < ELEMENTS(writable); i++)
                r = mask(mount, writable[i], err);
        /* Its autogroup and oom_score_adj: PID 1 would get no time, or be the first to go when memory is short. */
        snprintf(init, sizeof(init), "%d", (int)build->mask_init);
        if (r == 0 && build->mask_init)
                r = mask(mount, init, err);
        return r;
}

const struct op op_proc = {
        .option = OP_OPTION("proc", "DEST",
                            "a fresh proc at DEST, which shows the container's processes only; with host-pid, the host's", NULL),
        .record = OP_RECORD(proc, fields),
        .positional = 1,
        .describe = describe,
        .apply = apply,
};

int pinfold_proc(struct pinfold *box, const char *target)
{
        struct proc proc = {target};

        return op_append(box, &op_proc, &proc);
}
