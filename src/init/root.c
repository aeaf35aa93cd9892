/* SPDX-License-Identifier: MIT */
/* The new root, from the first mount to leaving the old one: mount_namespaces(7), pivot_root(2). */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "init/init.h"
#include "init/report.h"
#include "ops/build.h"
#include "ops/op.h"
#include "syscall/mount.h"

struct prepared {
        const struct op *op;
        void *object;
        void *state;
};

static int created(void *context, int parent, const char *name, const struct sys_file *file, struct pinfold_error *err)
{
        const struct init *init = context;
        int r = report_created(init->socket, parent, name, file->device, file->inode, S_ISDIR(file->mode));

        return r < 0 ? error_path(err, -r, "report the creation of", name) : 0;
}

static int used(void *context, int lock, struct pinfold_error *err)
{
        struct init *init = context;
        int r = report_used(init->socket, lock);

        if (r < 0)
                return error_set(err, -r, "hand over the lock on a mount point");
        /* The caller's does not last as long as what is mounted there. */
        return init->setup.flags & PINFOLD_OUTLIVE ? keep(init, lock, err) : 0;
}

static int kept(void *context, int fd, struct pinfold_error *err)
{
        return keep(context, fd, err);
}

/* A bind takes a descriptor until it is attached; there can be thousands. */
static int raise_limit(struct init *init, struct pinfold_error *err)
{
        struct rlimit raised;

        if (getrlimit(RLIMIT_NOFILE, &init->files) < 0)
                return error_set(err, errno, "read the descriptor limit");
        if (init->files.rlim_cur == init->files.rlim_max)
                return 0;
        raised = (struct rlimit){init->files.rlim_max, init->files.rlim_max};
        return prlimit(0, RLIMIT_NOFILE, &raised, NULL) < 0 ? error_set(err, errno, "raise the descriptor limit") : 0;
}

/* For streams that are not given. What stands at /dev/null can be anything. */
static int open_null(struct init *init, struct pinfold_error *err)
{
        _cleanup_close_ int mount = -1;
        char path[sizeof("self/fd/") + 10];
        struct sys_file node;

        if ((init->setup.program.streams & 7) == 7 || init->setup.rows > 0)
                return 0;
        /* By way of a mount that is read-only: through any other, root's program could change the host's node (fchmod(2)). */
        mount = mount_clone(-1, "/dev/null", true, SYS_ATTR_NOSUID | SYS_ATTR_NOEXEC | SYS_ATTR_RDONLY, false, &node, err);
        if (mount < 0)
                return mount;
        if (!S_ISCHR(node.mode) || node.special != makedev(1, 3))
                return error_set(err, ENODEV, "/dev/null is not the character device 1:3");
        snprintf(path, sizeof(path), "self/fd/%d", mount);
        init->unset = openat(init->proc, path, O_RDWR | O_CLOEXEC);
        return init->unset < 0 ? error_path(err, errno, "open", "/dev/null") : 0;
}

/* The terminal on standard output, for /dev/console; only a program in our session may use it as one. */
static int console(const struct init *init)
{
        int fd;

        if (!(init->setup.flags & PINFOLD_RETAIN_SESSION) || !(init->setup.program.streams & 2))
                return -1;
        fd = init->inbox.files[init->setup.program.streams & 1];
        return isatty(fd) ? fd : -1;
}

/* Written to by stage_userns, which relies on it being what it seems. */
static int open_proc(struct init *init, struct pinfold_error *err)
{
        struct statfs stat;

        init->proc = openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (init->proc < 0 || fstatfs(init->proc, &stat) < 0)
                return error_path(err, errno, "open", "/proc");
        return stat.f_type == PROC_SUPER_MAGIC ? 0 : error_set(err, ENODEV, "/proc is not a proc file system");
}

/* Whether it is the host's processes that proc has to show. */
static bool shows_host(const struct init *init)
{
        return init->host_pid && !(init->setup.flags & PINFOLD_AS_PID_1) && !(init->setup.host & SETUP_JOINED_PID);
}

int stage_new_root(struct init *init, struct pinfold_error *err)
{
        bool owner = init->setup.host & SETUP_MASK_PROC, nested = init->setup.flags & PINFOLD_NESTED;
        int r = raise_limit(init, err);

        if (r == 0)
                r = open_proc(init, err);
        if (r == 0)
                r = open_null(init, err);
        if (r < 0)
                return r;
        /*
         * PID 1 cannot be dumped: its files belong to uid 0 of its user namespace, or else to the host's root. But a
         * mount over them would keep nested containers from mounting a proc of their own (mount_namespaces(7)). Those
         * have to write maps, too.
         */
        init->build = (struct build){
                .parent_perm = init->setup.parent_perm,
                .proc_readonly = owner && !nested,
                .mask_proc = owner && nested,
                .mask_init = (owner ? nested : init->setup.uid == 0 && !nested) ? getppid() : 0,
                .host_proc = shows_host(init) ? init->proc : -1,
                .console = console(init),
                .terminal = init->setup.rows > 0,
                .created = created,
                .used = used,
                .keep = kept,
                .context = init,
        };
        return build_begin(&init->build, err);
}

/* Puts what an operation is about in front of its error, and says which one it was. */
static int op_failed(const struct prepared *prepared, uint32_t index, struct pinfold_error *err)
{
        char text[512];

        prepared->op->describe(prepared->object, text, sizeof(text));
        error_prefix(err, "%s", text);
        err->op_index = (int)index;
        snprintf(err->op_name, sizeof(err->op_name), "%s", prepared->op->option.name);
        return -err->error;
}

static void op_log(const struct init *init, const char *phase, const struct prepared *prepared)
{
        char text[512];

        if (!(init->setup.flags & PINFOLD_VERBOSE))
                return;
        prepared->op->describe(prepared->object, text, sizeof(text));
        report_log(init->socket, "%s %s", phase, text);
}

static int decode(struct init *init, struct reader *reader, struct prepared *ret, struct pinfold_error *err)
{
        int r = op_decode(reader, &ret->op, &ret->object, err);

        if (r < 0)
                return r;
        ret->state = calloc(1, ret->op->state_size + 1);
        if (!ret->state)
                return error_set(err, ENOMEM, "prepare %s", ret->op->option.name);
        op_log(init, "prepare", ret);
        return 0;
}

int stage_prepare(struct init *init, struct pinfold_error *err)
{
        struct reader reader = {init->setup.ops.data, init->setup.ops.size, 0};
        int r;

        /* An operation is at least its number: a lying count allocates no more than the message explains. */
        if (init->setup.op_count == 0 || init->setup.op_count > reader.size / sizeof(uint32_t))
                return error_set(err, EBADMSG, "%u setup operations", init->setup.op_count);
        init->ops = calloc(init->setup.op_count, sizeof(*init->ops));
        if (!init->ops)
                return error_set(err, ENOMEM, "%u setup operations", init->setup.op_count);
        for (uint32_t i = 0; i < init->setup.op_count; i++) {
                struct prepared *prepared = &init->ops[i];

                r = decode(init, &reader, prepared, err);
                if (r < 0)
                        return r;
                if (!prepared->op->prepare)
                        continue;
                if (prepared->op->prepare(prepared->object, prepared->state, &init->build, err) < 0)
                        return op_failed(prepared, i, err);
        }
        if (reader.at != reader.size)
                return error_set(err, EBADMSG, "%zu bytes too many", reader.size - reader.at);
        return build_prepared(&init->build, err);
}

int stage_apply(struct init *init, struct pinfold_error *err)
{
        for (uint32_t i = 0; i < init->setup.op_count; i++) {
                struct prepared *prepared = &init->ops[i];

                op_log(init, "apply", prepared);
                if (prepared->op->apply(prepared->object, prepared->state, &init->build, err) < 0)
                        return op_failed(prepared, i, err);
        }
        return 0;
}

/*
 * After pivot_root the whole of the old tree lies on top of the new root: what the host has on its "/", our first
 * root, and every root that another one has covered since. Each unmount takes the topmost away. "/.." steps onto
 * whatever lies on the root, if anything still does: as long as it leads anywhere, so it would for the program.
 */
static int uncover(uint64_t root_mount, struct pinfold_error *err)
{
        for (;;) {
                struct sys_file file;
                int r = sys_stat_path("/..", &file);

                if (r < 0)
                        return error_set(err, -r, "look for the old root");
                if (file.mount == root_mount)
                        return 0;
                r = sys_detach_here();
                if (r < 0)
                        return error_set(err, -r, "unmount the old root");
        }
}

int stage_pivot(struct init *init, struct pinfold_error *err)
{
        int r;

        if (fchdir(init->build.root) < 0)
                return error_set(err, errno, "enter the new root");
        r = sys_pivot_root_here();
        if (r < 0)
                return error_set(err, -r, "pivot_root");
        r = uncover(init->build.root_mount, err);
        if (r < 0)
                return r;
        init->build.root = close_fd(init->build.root);
        /* The working directory is the old root's place, which is gone; name the new one. */
        return chdir("/") < 0 ? error_set(err, errno, "enter the new root") : 0;
}
