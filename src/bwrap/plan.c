/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "bwrap/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/capability.h"
#include "base/cleanup.h"
#include "bwrap/say.h"

/* As the library makes them where nothing else is said. */
#define DEFAULT_PARENTS 0755

#define DATA_MAX ((size_t)1 << 30)

static _Noreturn void out_of_memory(void)
{
        die("Out of memory");
}

__attribute__((format(printf, 1, 2))) static char *text(const char *format, ...)
{
        va_list arguments;
        char *made;

        va_start(arguments, format);
        if (vasprintf(&made, format, arguments) < 0)
                out_of_memory();
        va_end(arguments);
        return made;
}

/* A value as the text form of operations takes it: what separates fields and options is meant as it is. */
static char *field(const char *value)
{
        char *made = malloc(2 * strlen(value) + 1), *to = made;

        if (!made)
                out_of_memory();
        for (; *value; *to++ = *value++)
                if (strchr(":,\\", *value))
                        *to++ = '\\';
        *to = '\0';
        return made;
}

/* ---- Giving it to the container, or printing ---------------------------------------------------------------------- */

static void print_word(FILE *out, const char *word)
{
        if (*word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=/.,:@%")]) {
                fputs(word, out);
                return;
        }
        putc('\'', out);
        for (; *word; word++)
                *word == '\'' ? fputs("'\\''", out) : putc(*word, out);
        putc('\'', out);
}

static void print_option(const struct plan *plan, const char *name, const char *value)
{
        fprintf(plan->out, " \\\n        --%s", name);
        if (value) {
                putc(' ', plan->out);
                print_word(plan->out, value);
        }
}

static void parameter(const struct plan *plan, const char *name, const char *value)
{
        struct pinfold_error err;

        if (!plan->box)
                print_option(plan, name, value);
        else if (pinfold_set(plan->box, name, value, &err) < 0)
                die("%s", err.text);
}

static void note_step(struct plan *plan, const struct operation *operation, enum step_role role)
{
        plan->steps = reallocarray(plan->steps, plan->count + 1, sizeof(*plan->steps));
        if (!plan->steps)
                out_of_memory();
        plan->steps[plan->count++] = (struct step){operation, role};
}

/* Takes `value`. */
static void step(struct plan *plan, const struct operation *operation, enum step_role role, const char *name, char *value)
{
        note_step(plan, operation, role);
        parameter(plan, name, value);
        free(value);
}

/* ---- Operations --------------------------------------------------------------------------------------------------- */

/*
 * A place below the root: without "..", which is taken back by name, as "/" is above itself. The original lets the kernel
 * follow it, also through symbolic links, and out of the root.
 */
static char *inside(const char *path)
{
        char *made = malloc(strlen(path) + 2), *to = made;

        if (!made)
                out_of_memory();
        for (const char *at = path; *at;) {
                size_t slashes = strspn(at, "/"), length = strcspn(at + slashes, "/");

                at += slashes;
                if (length == 2 && strncmp(at, "..", 2) == 0) {
                        while (to > made && *--to != '/')
                                ;
                } else if (length > 0 && !(length == 1 && *at == '.')) {
                        *to++ = '/';
                        to = mempcpy(to, at, length);
                }
                at += length;
        }
        if (to == made)
                *to++ = '/';
        *to = '\0';
        return made;
}

/* The mode of parents: whom the operation itself keeps out, they keep out as well. */
static unsigned parent_mode(const struct operation *operation)
{
        return 0755 & ~(operation->perms & 0070 ? 0 : 0050u) & ~(operation->perms & 0007 ? 0 : 0005u);
}

/* Where it is not the one that they get anyway, `otherwise`. */
static void add_parents(struct plan *plan, const struct operation *operation, const char *target, unsigned otherwise)
{
        const char *end = strrchr(target, '/');
        _cleanup_free_ char *parents = NULL, *quoted = NULL;

        if (end == target || parent_mode(operation) == otherwise)
                return;
        parents = text("%.*s", (int)(end - target), target);
        quoted = field(parents);
        step(plan, operation, STEP_PARENTS, "mkdir", text("%s:mode=%o", quoted, parent_mode(operation)));
}

/* The host's path. What is not there, and need not be, is looked for once more inside, as it is: there is what only /proc leads to. */
static char *resolve(const struct operation *operation, const char *path)
{
        char *real = realpath(path, NULL);

        if (!real && operation->optional && errno == ENOENT)
                return *path == '/' ? text("%s", path) : NULL;
        if (!real)
                die_with(errno, "Can't find source path %s", path);
        return real;
}

static void add_bind(struct plan *plan, const struct operation *operation, const char *target)
{
        unsigned flags = PINFOLD_BIND_PROC | (operation->kind == KIND_RO_BIND ? 0 : PINFOLD_BIND_WRITABLE);
        _cleanup_free_ char *link = NULL, *source = NULL, *from = NULL, *to = field(target);
        const char *words = operation->kind == KIND_RO_BIND ? "proc"
                            : operation->kind == KIND_BIND  ? "proc,writable"
                                                            : "proc,writable,device";

        if (operation->fd >= 0)
                link = text("/proc/self/fd/%d", operation->fd);
        source = resolve(operation, link ? link : operation->source);
        if (!source)
                return;
        if (link && plan->box) {
                int r;

                note_step(plan, operation, STEP_MAIN);
                r = pinfold_bind_fd(plan->box, operation->fd, target, flags);
                if (r < 0)
                        die_with(-r, "Can't stat fd %d", operation->fd);
                return;
        }
        from = field(source);
        step(plan, operation, STEP_MAIN, "bind", text("%s:%s:%s%s", from, to, words, operation->optional ? ",optional" : ""));
}

/* The lowest came first; the topmost is to. */
static void add_overlay(struct plan *plan, const struct operation *operation, const char *target)
{
        _cleanup_free_ char *upper = operation->source ? resolve(operation, operation->source) : NULL;
        _cleanup_free_ char *work = operation->work ? resolve(operation, operation->work) : NULL;
        char *value = field(target), *more, *quoted;

        for (size_t i = operation->layer_count; i-- > 0;) {
                _cleanup_free_ char *layer = resolve(operation, operation->layers[i]);

                quoted = field(layer);
                more = text("%s%slower=%s", value, i + 1 == operation->layer_count ? ":" : ",", quoted);
                free(value);
                free(quoted);
                value = more;
        }
        add_parents(plan, operation, target, DEFAULT_PARENTS);
        if (operation->kind == KIND_TMP_OVERLAY) {
                step(plan, operation, STEP_MAIN, "overlay", text("%s,ephemeral", value));
        } else if (upper) {
                _cleanup_free_ char *upper_field = field(upper), *work_field = field(work);

                step(plan, operation, STEP_MAIN, "overlay", text("%s,upper=%s,work=%s", value, upper_field, work_field));
        } else {
                step(plan, operation, STEP_MAIN, "overlay", text("%s", value));
        }
        free(value);
}

static void add_data(struct plan *plan, const struct operation *operation, const char *target)
{
        _cleanup_(buffer_free) struct buffer data = {0};
        _cleanup_free_ char *to = field(target);
        unsigned flags = operation->kind == KIND_FILE        ? PINFOLD_PLACE_COPY
                         : operation->kind == KIND_BIND_DATA ? PINFOLD_PLACE_WRITABLE
                                                             : 0;
        int r;

        add_parents(plan, operation, target, DEFAULT_PARENTS);
        if (!plan->box) {
                step(plan, operation, STEP_MAIN, "place",
                     text("%s:from=/dev/fd/%d,mode=%o%s", to, operation->fd, (unsigned)operation->perms,
                          flags & PINFOLD_PLACE_COPY ? ",copy" : flags ? ",writable" : ""));
                return;
        }
        r = buffer_read(&data, operation->fd, DATA_MAX);
        if (r < 0)
                die_with(-r, "Can't write data to file %s", operation->target);
        note_step(plan, operation, STEP_MAIN);
        if (pinfold_place_mode(plan->box, target, data.size ? (const void *)data.data : "", data.size,
                               (mode_t)operation->perms, flags) < 0)
                die_with(errno, "Can't create file %s", operation->target);
}

static void add_dev(struct plan *plan, const struct operation *operation, const char *target)
{
        _cleanup_free_ char *to = field(target);

        add_parents(plan, operation, target, DEFAULT_PARENTS);
        step(plan, operation, STEP_MAIN, "dev", text("%s:writable", to));
        step(plan, operation, STEP_PART, "mkdir", text("%s/shm:mode=755", to));
}

static void add_operation(struct plan *plan, const struct operation *operation)
{
        _cleanup_free_ char *target = inside(operation->target), *to = field(target);

        switch (operation->kind) {
        case KIND_BIND:
        case KIND_RO_BIND:
        case KIND_DEV_BIND:
                add_bind(plan, operation, target);
                return;
        case KIND_OVERLAY:
        case KIND_TMP_OVERLAY:
        case KIND_RO_OVERLAY:
                add_overlay(plan, operation, target);
                return;
        case KIND_FILE:
        case KIND_BIND_DATA:
        case KIND_RO_BIND_DATA:
                add_data(plan, operation, target);
                return;
        case KIND_DEV:
                add_dev(plan, operation, target);
                return;
        case KIND_CHMOD:
                step(plan, operation, STEP_MAIN, "chmod", text("%s:mode=%o", to, (unsigned)operation->perms));
                return;
        case KIND_DIR:
                if (strcmp(target, "/") == 0)
                        return;
                add_parents(plan, operation, target, (unsigned)operation->perms);
                step(plan, operation, STEP_MAIN, "mkdir", text("%s:mode=%o", to, (unsigned)operation->perms));
                return;
        case KIND_TMPFS:
                add_parents(plan, operation, target, 0755 & ((unsigned)operation->perms | 0700));
                step(plan, operation, STEP_MAIN, "tmpfs",
                     text("%s:size=%llu,mode=%o", to, (unsigned long long)operation->size, (unsigned)operation->perms));
                return;
        default:
                add_parents(plan, operation, target, DEFAULT_PARENTS);
        }
        if (operation->kind == KIND_REMOUNT_RO)
                step(plan, operation, STEP_MAIN, "remount", text("%s:ro", to));
        else if (operation->kind == KIND_PROC)
                step(plan, operation, STEP_MAIN, "proc", text("%s", to));
        else if (operation->kind == KIND_MQUEUE)
                step(plan, operation, STEP_MAIN, "mqueue", text("%s", to));
        else if (operation->kind == KIND_SYMLINK) {
                _cleanup_free_ char *says = field(operation->source);

                if (!*operation->source)
                        die_with(ENOENT, "Can't make symlink at %s", operation->target);
                step(plan, operation, STEP_MAIN, "symlink", text("%s:%s", says, to));
        }
}

static void add_lock(struct plan *plan, const char *file)
{
        struct operation *operation = calloc(1, sizeof(*operation));
        _cleanup_free_ char *target = inside(file);

        if (operation)
                *operation = (struct operation){.kind = KIND_LOCK, .target = file, .fd = -1};
        else
                out_of_memory();
        step(plan, operation, STEP_MAIN, "lock", field(target));
}

/* ---- Parameters --------------------------------------------------------------------------------------------------- */

static void number(const struct plan *plan, const char *name, long value)
{
        _cleanup_free_ char *digits = text("%ld", value);

        parameter(plan, name, digits);
}

/* As root, and without a user namespace asked for, all ids that there are keep their numbers. */
static void map_all(const struct plan *plan, const char *name, const char *map)
{
        FILE *file = fopen(map, "re");
        unsigned ids, outside, count;

        while (file && fscanf(file, "%u %u %u", &ids, &outside, &count) == 3) {
                _cleanup_free_ char *range = text("%u:%u:%u", ids, ids, count);

                parameter(plan, name, range);
        }
        if (file)
                fclose(file);
}

static void add_ids(const struct plan *plan)
{
        const struct request *request = plan->request;

        if (!request->unshare_user && request->userns == -1) {
                map_all(plan, "map-uids", "/proc/self/uid_map");
                map_all(plan, "map-gids", "/proc/self/gid_map");
        }
        if (request->userns_block_fd == -1 && request->userns == -1) {
                number(plan, "uid", request->uid);
                number(plan, "gid", request->gid);
        } else if (plan->box && request->userns == -1) {
                pinfold_set_flags(plan->box, PINFOLD_MAPPED, 1);
        }
        for (unsigned number = 0; capability_name(number); number++)
                if (request->capabilities >> number & 1)
                        parameter(plan, "capability", capability_name(number));
        if (getuid() == 0 && !request->capabilities_named)
                parameter(plan, "capability", "all");
        if (!request->disable_userns && !request->assert_userns_disabled)
                parameter(plan, "nested", NULL);
}

static void add_joins(const struct plan *plan)
{
        const struct request *request = plan->request;

        if (!plan->box && (request->userns != -1 || request->userns2 != -1 || request->pidns != -1))
                die("namespaces can be joined by pinfold_join_userns() and others in C, and not by pinfold run");
        if (request->userns != -1)
                pinfold_join_userns(plan->box, request->userns);
        if (request->userns2 != -1)
                pinfold_enter_userns(plan->box, request->userns2);
        if (request->pidns != -1)
                pinfold_join_pidns(plan->box, request->pidns);
}

static void add_namespaces(const struct plan *plan)
{
        const struct request *request = plan->request;

        add_joins(plan);
        if (!request->unshare_net) {
                parameter(plan, "net", "host");
                parameter(plan, "host-abstract", NULL);
        }
        if (!request->unshare_ipc)
                parameter(plan, "host-ipc", NULL);
        if (!request->unshare_uts)
                parameter(plan, "host-uts", NULL);
        if (!request->unshare_cgroup && !request->unshare_cgroup_try)
                parameter(plan, "host-cgroup", NULL);
        if (request->hostname)
                parameter(plan, "hostname", request->hostname);
}

static void add_life(const struct plan *plan)
{
        const struct request *request = plan->request;

        if (!request->unshare_pid) {
                parameter(plan, "host-pid", NULL);
                parameter(plan, "host-signals", NULL);
        }
        if (request->as_pid_1)
                parameter(plan, "as-pid-1", NULL);
        /* Where the original has no process of its own inside, what is sent to the process that it tells of is for the program. */
        if (request->as_pid_1 || (!request->unshare_pid && request->lock_count == 0 && request->sync_fd < 0)) {
                parameter(plan, "forward-cancel", NULL);
                parameter(plan, "cancel-signal", "TERM");
        }
        if (request->die_with_parent)
                parameter(plan, "adopt-wait-delay", "0");
        else
                parameter(plan, "outlive", NULL);
        /* As PID 1 it is COMMAND that has it. */
        if (plan->box && request->sync_fd >= 0 && !request->as_pid_1 && fcntl(request->sync_fd, F_GETFD) >= 0)
                pinfold_hold_file(plan->box, request->sync_fd);
}

/* Where the program is on the terminal of others, it must not type there. */
static void add_filters(const struct plan *plan)
{
        const struct request *request = plan->request;
        _cleanup_free_ char *name = NULL;

        if (request->new_session) {
                parameter(plan, "no-seccomp", NULL);
        } else {
                parameter(plan, "retain-session", NULL);
                parameter(plan, "retain-group", NULL);
                parameter(plan, "seccomp-rule", "ioctl:errno=EPERM:1&0xffffffff==0x5412"); /* TIOCSTI */
                parameter(plan, "seccomp-rule", "ioctl:errno=EPERM:1&0xffffffff==0x541c"); /* TIOCLINUX */
                parameter(plan, "multiarch", NULL);
                parameter(plan, "no-hardening", NULL);
        }
        for (size_t i = 0; i < request->seccomp_count + (request->seccomp_fd >= 0); i++) {
                int fd = i < request->seccomp_count ? request->seccomp_fds[i] : request->seccomp_fd, r;

                free(name);
                name = text("/dev/fd/%d", fd);
                if (!plan->box) {
                        parameter(plan, "bpf", name);
                        continue;
                }
                r = pinfold_add_filter(plan->box, fd);
                if (r == -EINVAL)
                        die("Invalid seccomp data, must be multiple of 8");
                if (r < 0)
                        die_with(-r, "Can't read seccomp data");
        }
}

static void add_directory(const struct plan *plan)
{
        const struct request *request = plan->request;
        const char *home = getenv("HOME");
        _cleanup_free_ char *old = NULL, *dirs = NULL, *old_field = NULL, *home_field = NULL;

        if (request->chdir) {
                old = inside(request->chdir);
                parameter(plan, "chdir", old);
                setenv("PWD", request->chdir, 1);
                return;
        }
        old = getcwd(NULL, 0);
        if (old && *old == '/')
                old_field = field(old);
        if (home && *home == '/' && !strstr(home, ".."))
                home_field = field(home);
        if (old_field || home_field) {
                dirs = text("%s%s%s", old_field ? old_field : "", old_field && home_field ? ":" : "", home_field ? home_field : "");
                parameter(plan, "try-chdir", dirs);
        }
        setenv("PWD", "/", 1); /* becomes the one that is entered */
}

static void add_environment(const struct plan *plan)
{
        if (plan->box) {
                pinfold_set_env(plan->box, (const char *const *)environ);
                return;
        }
        for (char **pair = environ; *pair; pair++)
                print_option(plan, "env", *pair);
}

/* As execvp(3): the environment's, or that of the C library. */
static void add_program(const struct plan *plan)
{
        const struct request *request = plan->request;
        const char *path = getenv("PATH");
        char *first = request->command[0];

        if (!plan->box) {
                fputs(" \\\n        --", plan->out);
                for (char **word = request->command; *word; word++) {
                        putc(' ', plan->out);
                        print_word(plan->out, *word);
                }
                putc('\n', plan->out);
                return;
        }
        pinfold_set_search(plan->box, !path ? "/bin:/usr/bin" : *path ? path : ":");
        /* An empty name is found nowhere, in its turn. */
        if (!*first)
                pinfold_set_search(plan->box, ":");
        pinfold_set_path(plan->box, *first ? first : "-");
        if (request->argv0)
                request->command[0] = (char *)(uintptr_t)request->argv0;
        pinfold_set_args(plan->box, (const char *const *)request->command);
        request->command[0] = first;
}

static void add_files(const struct plan *plan, const int *files, size_t count)
{
        if (!plan->box)
                return;
        for (size_t i = 0; i < count; i++) {
                if (files[i] == 0)
                        pinfold_set_stdin(plan->box, 0);
                else if (files[i] == 1)
                        pinfold_set_stdout(plan->box, 1);
                else if (files[i] == 2)
                        pinfold_set_stderr(plan->box, 2);
                else
                        pinfold_add_file_as(plan->box, files[i], files[i]);
        }
}

void plan_make(struct plan *plan, const struct request *request, const int *files, size_t file_count)
{
        plan->request = request;
        for (size_t i = 0; i < request->count; i++)
                add_operation(plan, &request->operations[i]);
        for (size_t i = 0; i < request->lock_count; i++)
                add_lock(plan, request->lock_files[i]);
        if (plan->count == 0) /* an empty root is one, too */
                step(plan, NULL, STEP_MAIN, "chmod", text("/:mode=755"));
        add_ids(plan);
        add_namespaces(plan);
        add_filters(plan);
        add_files(plan, files, file_count);
        add_life(plan);
        add_directory(plan);
        add_environment(plan);
        add_program(plan);
}

/* ---- Errors ------------------------------------------------------------------------------------------------------- */

/* Of the place for a mount, and not of the mount; or of what leads there. */
static bool is_about_place(const struct pinfold_error *err)
{
        return strstr(err->text, "create directory /") || strstr(err->text, "create file /") ||
               strstr(err->text, "open directory /");
}

static bool is_about_parents(const struct operation *operation, const struct pinfold_error *err)
{
        _cleanup_free_ char *target = inside(operation->target);

        return is_about_place(err) && strcmp(err->path, target) != 0;
}

#define LINK_SAYS "there is one that says " /* of src/ops/symlink.c */

static _Noreturn void fail_operation(const struct operation *operation, const struct pinfold_error *err)
{
        const char *target = operation->target, *below = target + strspn(target, "/"), *says;
        int error = err->error;

        switch (operation->kind) {
        case KIND_BIND:
        case KIND_RO_BIND:
        case KIND_DEV_BIND:
                if (error == ESTALE && operation->fd >= 0)
                        die("Race condition binding dirfd");
                if (err->stage == PINFOLD_STAGE_PREPARE)
                        die_with(error, "Can't get type of source %s", operation->source ? operation->source : err->path);
                if (strstr(err->text, "leads nowhere"))
                        die_with(error, "Can't bind mount /oldroot%s on /newroot/%s: Unable to mount source on destination",
                                 operation->source ? operation->source : "", below);
                if (strstr(err->text, "create file /") || error == EISDIR)
                        die_with(error, "Can't create file at %s", target);
                die_with(error, "Can't mkdir %s", target);
        case KIND_REMOUNT_RO:
                if (error == ENOENT || error == ENOTDIR || error == ELOOP)
                        die_with(error, "Can't remount readonly on /newroot/%s: realpath(destination)", below);
                if (error == EINVAL)
                        die("Can't remount readonly on /newroot/%s: Unable to find \"/newroot/%s\" in mount table", below, below);
                die_with(error, "Can't remount readonly on /newroot/%s", below);
        case KIND_FILE:
                if (error == ENOTDIR)
                        die_with(error, "Can't mkdir parents for %s", target);
                die_with(error == EEXIST ? EISDIR : error, "Can't create file %s", target);
        case KIND_BIND_DATA:
        case KIND_RO_BIND_DATA:
                if (error == ENOTDIR)
                        die_with(error, "Can't mkdir parents for %s", target);
                die_with(error, "Can't create file at %s", target);
        case KIND_SYMLINK:
                if (error == EEXIST && (says = strstr(err->text, LINK_SAYS)))
                        die("Can't make symlink at %s: existing destination is %.*s", target,
                            (int)strcspn(says + strlen(LINK_SAYS), ":"), says + strlen(LINK_SAYS));
                if (error == EEXIST)
                        die("Can't make symlink at %s: destination exists and is not a symlink", target);
                die_with(error, "Can't make symlink at %s", target);
        case KIND_LOCK:
                if (strstr(err->text, "take a lock"))
                        die_with(error, "Unable to lock file %s", target);
                die_with(error, "Unable to open lock file %s", target);
        case KIND_CHMOD:
                die_with(error, "Can't chmod %#o %s", (unsigned)operation->perms, target);
        case KIND_DIR:
                die_with(error, "Can't mkdir %s", target);
        default:
                break;
        }
        if (is_about_place(err))
                die_with(error, "Can't mkdir %s", target);
        if (operation->kind == KIND_PROC)
                die_with(error, "Can't mount proc on /newroot/%s", below);
        if (operation->kind == KIND_TMPFS || operation->kind == KIND_DEV)
                die_with(error, "Can't mount tmpfs on /newroot/%s", below);
        if (operation->kind == KIND_MQUEUE)
                die_with(error, "Can't mount mqueue on /newroot/%s", below);
        die_with(error, "Can't make overlay mount on /newroot/%s", below);
}

static _Noreturn void fail_start(const struct pinfold_error *err)
{
        if (err->error == EINVAL)
                die("Creating new namespace failed, likely because the kernel does not support user namespaces.  bwrap must be "
                    "installed setuid on such systems.");
        if (err->error == EPERM)
                die("No permissions to create a new namespace, likely because the kernel does not allow non-privileged user "
                    "namespaces. On e.g. debian this can be enabled with 'sysctl kernel.unprivileged_userns_clone=1'.");
        if (err->error == ENOSPC)
                die("Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)");
        die_with(err->error, "Creating new namespace failed");
}

void plan_fail(const struct plan *plan, const struct pinfold_error *err)
{
        const struct request *request = plan->request;

        if (err->op_index >= 0 && (size_t)err->op_index < plan->count && plan->steps[err->op_index].operation) {
                const struct step *failed = &plan->steps[err->op_index];

                if (failed->role == STEP_PARENTS || is_about_parents(failed->operation, err))
                        die_with(err->error, "Can't mkdir parents for %s", failed->operation->target);
                fail_operation(failed->operation, err);
        }
        if (strstr(err->text, "join the user namespace") && err->error == EINVAL)
                die("Joining the specified user namespace failed, it might not be a descendant of the current user namespace.");
        if (strstr(err->text, "join the user namespace"))
                die_with(err->error, "Joining specified user namespace failed");
        if (strstr(err->text, "join the process namespace"))
                die_with(err->error, "Setting pidns failed");
        if (err->stage == PINFOLD_STAGE_USERNS && strstr(err->text, "enter the user namespace"))
                die_with(err->error, "Setting userns2 failed");
        if (err->stage == PINFOLD_STAGE_START)
                fail_start(err);
        if (err->stage == PINFOLD_STAGE_DIRECTORY && request->chdir)
                die_with(err->error, "Can't chdir to %s", request->chdir);
        /* Who may not enter "/", of which nothing was asked, finds nothing either. */
        if (err->stage == PINFOLD_STAGE_EXEC || err->stage == PINFOLD_STAGE_DIRECTORY)
                die_with(err->error, "execvp %s", request->command[0]);
        if (err->stage == PINFOLD_STAGE_MAP_IDS)
                die_with(err->error, "setting up uid map");
        if (err->stage == PINFOLD_STAGE_HOSTNAME)
                die_with(err->error, "Can't set hostname to %s", request->hostname);
        die("%s", err->text);
}
