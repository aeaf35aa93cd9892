/* SPDX-License-Identifier: MIT */
/* Parameters: <pinfold/container.h>. */
#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/capability.h"
#include "base/cleanup.h"
#include "container/container.h"
#include "syscall/seccomp.h"

#define HOSTNAME_MAX_ 64
#define FLAGS_ALL (((unsigned)PINFOLD_HOST_SIGNALS << 1) - 1)

/* Whether a parameter can still have an effect: one of the program's, until it is served. */
static int settable(struct pinfold *box)
{
        if (!box)
                return -ENOMEM;
        if (box->state <= STATE_PREPARED)
                return 0;
        return op_refuse_box(box, EBUSY, "%s", box->state == STATE_MODEL ? "it is the model of a pool" : "it has been served: parameters are set before");
}

/* One of the container's, until it is prepared, or served. */
static int fix(struct pinfold *box, const char *what)
{
        if (!box)
                return -ENOMEM;
        if (box->state <= STATE_STARTED)
                return 0;
        return op_refuse_box(box, EBUSY, "the container has been set up: %s chosen before", what);
}

int container_configured(const struct pinfold *box, struct pinfold_error *err)
{
        if (!box->sink.failure.error)
                return 0;
        *err = box->sink.failure;
        return -err->error;
}

/* Replaces a string; NULL removes it. */
static int set_text(struct pinfold *box, char **place, const char *text)
{
        char *copy = NULL;

        if (text && !(copy = strdup(text)))
                return op_refuse_box(box, ENOMEM, "out of memory");
        free(*place);
        *place = copy;
        return 0;
}

int pinfold_set_path(struct pinfold *box, const char *path)
{
        int r = settable(box);

        if (r < 0)
                return r;
        if (path && !*path)
                return op_refuse_box(box, EINVAL, "the path of the program is empty");
        return set_text(box, &box->path, path);
}

int pinfold_set_search(struct pinfold *box, const char *directories)
{
        int r = settable(box);

        return r < 0 ? r : set_text(box, &box->search, directories && *directories ? directories : NULL);
}

int pinfold_set_args(struct pinfold *box, const char *const argv[])
{
        int r = settable(box);

        if (r < 0)
                return r;
        return list_replace(&box->args, argv) < 0 ? op_refuse_box(box, ENOMEM, "out of memory") : 0;
}

int pinfold_set_dir(struct pinfold *box, const char *dir)
{
        struct pinfold_error err;
        int r = settable(box);

        if (r < 0)
                return r;
        if (dir && check_path("working directory", dir, true, &err) < 0)
                return op_refuse_box(box, err.error, "%s", err.text);
        return set_text(box, &box->dir, dir);
}

int pinfold_try_dirs(struct pinfold *box, const char *const dirs[])
{
        struct pinfold_error err;
        int r = settable(box);

        if (r < 0)
                return r;
        for (size_t i = 0; dirs && dirs[i]; i++)
                if (check_path("working directory", dirs[i], true, &err) < 0)
                        return op_refuse_box(box, err.error, "%s", err.text);
        return list_replace(&box->dirs, dirs) < 0 ? op_refuse_box(box, ENOMEM, "out of memory") : 0;
}

int pinfold_set_env(struct pinfold *box, const char *const env[])
{
        int r = settable(box);

        if (r < 0)
                return r;
        for (size_t i = 0; env && env[i]; i++)
                if (env[i][0] == '=' || !strchr(env[i], '='))
                        return op_refuse_box(box, EINVAL, "environment \"%s\" is not NAME=VALUE", env[i]);
        return list_replace(&box->env, env) < 0 ? op_refuse_box(box, ENOMEM, "out of memory") : 0;
}

static char **find_env(const struct list *env, const char *name)
{
        size_t length = strlen(name);

        for (size_t i = 0; i < env->count; i++)
                if (strncmp(env->items[i], name, length) == 0 && env->items[i][length] == '=')
                        return &env->items[i];
        return NULL;
}

int pinfold_add_env(struct pinfold *box, const char *name, const char *value)
{
        _cleanup_free_ char *pair = NULL;
        char **found;
        int r = settable(box);

        if (r < 0)
                return r;
        if (!name || !value || !*name || strchr(name, '='))
                return op_refuse_box(box, EINVAL, "environment name \"%s\"", name ? name : "");
        if (asprintf(&pair, "%s=%s", name, value) < 0) {
                pair = NULL;
                return op_refuse_box(box, ENOMEM, "out of memory");
        }
        found = find_env(&box->env, name);
        if (!found)
                return list_add(&box->env, pair) < 0 ? op_refuse_box(box, ENOMEM, "out of memory") : 0;
        free(*found);
        *found = take_pointer(pair);
        return 0;
}

static int set_id(struct pinfold *box, struct id_map *map, uint32_t id)
{
        int r = fix(box, "ids are");

        if (r < 0)
                return r;
        if (id == UINT32_MAX)
                return op_refuse_box(box, EINVAL, "id -1 is not an id");
        map->id = id;
        map->id_set = true;
        return 0;
}

int pinfold_set_uid(struct pinfold *box, uid_t uid)
{
        return box ? set_id(box, &box->uids, uid) : -ENOMEM;
}

int pinfold_set_gid(struct pinfold *box, gid_t gid)
{
        return box ? set_id(box, &box->gids, gid) : -ENOMEM;
}

static int map_ids(struct pinfold *box, struct id_map *map, const struct id_range *range)
{
        struct id_range *grown;
        int r = fix(box, "ids are");

        if (r < 0)
                return r;
        if (range->count == 0 || range->count - 1 > UINT32_MAX - 1 - range->inside ||
            range->count - 1 > UINT32_MAX - 1 - range->outside)
                return op_refuse_box(box, EINVAL, "id map %u %u %u is not a range", range->inside, range->outside,
                                     range->count);
        grown = reallocarray(map->ranges, map->count + 1, sizeof(*grown));
        if (!grown)
                return op_refuse_box(box, ENOMEM, "out of memory");
        map->ranges = grown;
        grown[map->count++] = *range;
        return 0;
}

int pinfold_map_uids(struct pinfold *box, uint32_t inside, uint32_t outside, uint32_t count)
{
        return box ? map_ids(box, &box->uids, &(struct id_range){inside, outside, count}) : -ENOMEM;
}

int pinfold_map_gids(struct pinfold *box, uint32_t inside, uint32_t outside, uint32_t count)
{
        return box ? map_ids(box, &box->gids, &(struct id_range){inside, outside, count}) : -ENOMEM;
}

int pinfold_set_hostname(struct pinfold *box, const char *hostname)
{
        int r = fix(box, "the host name is");

        if (r < 0)
                return r;
        if (hostname && strlen(hostname) > HOSTNAME_MAX_)
                return op_refuse_box(box, ENAMETOOLONG, "host name \"%.64s...\"", hostname);
        if (hostname && !*hostname)
                return op_refuse_box(box, EINVAL, "the host name is empty");
        return set_text(box, &box->hostname, hostname);
}

static int set_stream(struct pinfold *box, int number, int fd)
{
        int r = settable(box);

        if (r < 0)
                return r;
        if (fd < 0)
                return op_refuse_box(box, EBADF, "descriptor %d", fd);
        box->streams[number] = fd;
        return 0;
}

int pinfold_set_stdin(struct pinfold *box, int fd)
{
        return set_stream(box, 0, fd);
}

int pinfold_set_stdout(struct pinfold *box, int fd)
{
        return set_stream(box, 1, fd);
}

int pinfold_set_stderr(struct pinfold *box, int fd)
{
        return set_stream(box, 2, fd);
}

int pinfold_set_terminal(struct pinfold *box, unsigned rows, unsigned columns)
{
        int r = fix(box, "a terminal is");

        if (r < 0)
                return r;
        if (rows > UINT16_MAX || columns > UINT16_MAX || (rows == 0) != (columns == 0))
                return op_refuse_box(box, EINVAL, "a terminal of %u rows and %u columns", rows, columns);
        box->rows = rows;
        box->columns = columns;
        return 0;
}

static int append_fd(struct pinfold *box, int **files, size_t *count, int fd)
{
        int *grown = reallocarray(*files, *count + 1, sizeof(*grown));

        if (!grown)
                return op_refuse_box(box, ENOMEM, "out of memory");
        *files = grown;
        grown[(*count)++] = fd;
        return 0;
}

int pinfold_add_file(struct pinfold *box, int fd)
{
        int r = settable(box);

        if (r < 0)
                return r;
        if (fd < 0)
                return op_refuse_box(box, EBADF, "descriptor %d", fd);
        if (box->placed_count + box->file_count + 3 >= MESSAGE_FILES)
                return op_refuse_box(box, EMFILE, "%zu extra files", box->placed_count + box->file_count + 1);
        return append_fd(box, &box->files, &box->file_count, fd);
}

static bool is_placed(const struct pinfold *box, int number)
{
        for (size_t i = 0; i < box->placed_count; i++)
                if (box->placed[i].number == (uint32_t)number)
                        return true;
        return false;
}

int pinfold_add_file_as(struct pinfold *box, int fd, int number)
{
        struct placed *grown;
        int r = settable(box);

        if (r < 0)
                return r;
        if (fd < 0)
                return op_refuse_box(box, EBADF, "descriptor %d", fd);
        if (number < 3 || is_placed(box, number))
                return op_refuse_box(box, EINVAL, "descriptor %d as %d, which is taken", fd, number);
        if (box->placed_count + box->file_count + 3 >= MESSAGE_FILES)
                return op_refuse_box(box, EMFILE, "%zu extra files", box->placed_count + box->file_count + 1);
        grown = reallocarray(box->placed, box->placed_count + 1, sizeof(*grown));
        if (!grown)
                return op_refuse_box(box, ENOMEM, "out of memory");
        box->placed = grown;
        grown[box->placed_count++] = (struct placed){fd, (uint32_t)number};
        return 0;
}

int pinfold_hold_file(struct pinfold *box, int fd)
{
        int r = fix(box, "files to hold are");

        if (r < 0)
                return r;
        if (fd < 0)
                return op_refuse_box(box, EBADF, "descriptor %d", fd);
        if (box->held_count == MESSAGE_FILES)
                return op_refuse_box(box, EMFILE, "%zu files to hold", box->held_count + 1);
        return append_fd(box, &box->held, &box->held_count, fd);
}

int pinfold_set_cgroup(struct pinfold *box, int fd)
{
        if (!box)
                return -ENOMEM;
        if (fd < 0)
                return op_refuse_box(box, EBADF, "cgroup descriptor %d", fd);
        if (box->state != STATE_NEW)
                return op_refuse_box(box, EBUSY, "the cgroup is chosen before start");
        box->cgroup = fd;
        return 0;
}

static int set_join(struct pinfold *box, int *place, int fd)
{
        if (fd < 0)
                return op_refuse_box(box, EBADF, "namespace descriptor %d", fd);
        if (box->state != STATE_NEW)
                return op_refuse_box(box, EBUSY, "namespaces to join are chosen before start");
        *place = fd;
        return 0;
}

int pinfold_join_userns(struct pinfold *box, int fd)
{
        return box ? set_join(box, &box->userns, fd) : -ENOMEM;
}

int pinfold_join_pidns(struct pinfold *box, int fd)
{
        return box ? set_join(box, &box->pidns, fd) : -ENOMEM;
}

int pinfold_enter_userns(struct pinfold *box, int fd)
{
        int r = fix(box, "a user namespace to enter is");

        if (r < 0)
                return r;
        if (fd < 0)
                return op_refuse_box(box, EBADF, "namespace descriptor %d", fd);
        box->enter = fd;
        return 0;
}

int pinfold_set_adopt_wait_delay(struct pinfold *box, int64_t milliseconds)
{
        int r = fix(box, "delays are");

        if (r < 0)
                return r;
        box->adopt_wait_delay = milliseconds < 0 ? 0 : milliseconds;
        return 0;
}

int pinfold_set_wait_delay(struct pinfold *box, int64_t milliseconds)
{
        int r = fix(box, "delays are");

        if (r < 0)
                return r;
        box->wait_delay = milliseconds;
        return 0;
}

int pinfold_set_cancel_signal(struct pinfold *box, int signal)
{
        int r = fix(box, "the signal of a cancel is");

        if (r < 0)
                return r;
        if (signal < 1 || signal > 64)
                return op_refuse_box(box, EINVAL, "there is no signal %d", signal);
        box->cancel_signal = signal;
        return 0;
}

int pinfold_set_timeout(struct pinfold *box, int64_t milliseconds)
{
        int r = settable(box);

        if (r < 0)
                return r;
        if (milliseconds < 0)
                return op_refuse_box(box, EINVAL, "a timeout of %lld milliseconds", (long long)milliseconds);
        box->timeout = milliseconds;
        return 0;
}

int pinfold_set_parent_perm(struct pinfold *box, mode_t mode)
{
        int r = fix(box, "parent_perm is");

        if (r < 0)
                return r;
        if (mode > 07777)
                return op_refuse_box(box, EINVAL, "parent_perm 0%o is not a mode", mode);
        box->parent_perm = mode;
        return 0;
}

int pinfold_set_rlimit(struct pinfold *box, int resource, uint64_t soft, uint64_t hard)
{
        size_t at = 0;
        int r = settable(box);

        if (r < 0)
                return r;
        if (resource < 0 || !limit_name((uint64_t)resource))
                return op_refuse_box(box, EINVAL, "there is no limit %d", resource);
        if (soft > hard)
                return op_refuse_box(box, EINVAL, "the soft limit of %s is above its hard limit",
                                     limit_name((uint64_t)resource));
        while (at < box->limit_count && box->limits[at].resource != (uint64_t)resource)
                at++;
        box->limits[at] = (struct setup_limit){(uint64_t)resource, soft, hard};
        if (at == box->limit_count)
                box->limit_count++;
        return 0;
}

int pinfold_set_nice(struct pinfold *box, int nice)
{
        int r = settable(box);

        if (r < 0)
                return r;
        if (nice < -20 || nice > 19)
                return op_refuse_box(box, EINVAL, "nice value %d is not from -20 to 19", nice);
        box->priority = (uint32_t)(20 - nice);
        return 0;
}

int pinfold_set_umask(struct pinfold *box, mode_t mask)
{
        int r = settable(box);

        if (r < 0)
                return r;
        if (mask > 0777)
                return op_refuse_box(box, EINVAL, "umask 0%o is not one", mask);
        box->umask = mask + 1;
        return 0;
}

int pinfold_set_cpus(struct pinfold *box, const unsigned cpus[], size_t count)
{
        uint8_t mask[SETUP_CPUS_SIZE] = {0};
        int r = settable(box);

        if (r < 0)
                return r;
        for (size_t i = 0; i < count; i++) {
                if (cpus[i] / 8 >= sizeof(mask))
                        return op_refuse_box(box, EINVAL, "CPU %u is above %zu", cpus[i], sizeof(mask) * 8 - 1);
                mask[cpus[i] / 8] |= (uint8_t)(1u << cpus[i] % 8);
        }
        memcpy(box->cpus, mask, sizeof(mask));
        box->cpus_set = count > 0;
        return 0;
}

int pinfold_set_flags(struct pinfold *box, unsigned flags, int on)
{
        int r = fix(box, "flags are");

        if (r < 0)
                return r;
        if (flags & ~FLAGS_ALL)
                return op_refuse_box(box, EINVAL, "unknown flags 0x%x", flags & ~FLAGS_ALL);
        /* The namespaces exist by then, or do not; what init is told must be what is there. */
        if ((flags & FLAGS_OF_START) && box->state != STATE_NEW)
                return op_refuse_box(box, EBUSY, "%s chosen before start",
                                     flags & PINFOLD_HOST_NET ? "the network is" : "namespaces and process group are");
        box->flags = on ? box->flags | flags : box->flags & ~flags;
        return 0;
}

int pinfold_keep_capability(struct pinfold *box, const char *name, int on)
{
        uint64_t bits;

        if (!box)
                return -ENOMEM;
        if (capability_find(name ? name : "", &bits) < 0)
                return op_refuse_box(box, EINVAL, "there is no capability \"%s\"", name ? name : "");
        if (box->state != STATE_NEW)
                return op_refuse_box(box, EBUSY, "capabilities are chosen before start");
        box->capabilities = on ? box->capabilities | bits : box->capabilities & ~bits;
        return 0;
}

int pinfold_add_filter(struct pinfold *box, int fd)
{
        _cleanup_(buffer_free) struct buffer filter = {0};
        int r;

        r = fix(box, "filters are");
        if (r < 0)
                return r;
        r = buffer_read(&filter, fd, MESSAGE_LIMIT);
        if (r < 0)
                return op_refuse_box(box, -r, "read a filter from descriptor %d", fd);
        if (filter.size == 0 || filter.size % SYS_INSTRUCTION_SIZE != 0)
                return op_refuse_box(box, EINVAL, "%zu bytes are no filter", filter.size);
        buffer_append_u32(&box->filters, (uint32_t)filter.size);
        buffer_append(&box->filters, filter.data, filter.size);
        return box->filters.error ? op_refuse_box(box, ENOMEM, "out of memory") : 0;
}

struct pinfold_seccomp *pinfold_seccomp(struct pinfold *box)
{
        return box ? box->seccomp : NULL;
}

unsigned container_extra_presets(const struct pinfold *box)
{
        return box->flags & PINFOLD_RETAIN_SESSION ? 0 : PINFOLD_SECCOMP_DENY_TTY;
}

int pinfold_set_log(struct pinfold *box, pinfold_log_fn log, void *userdata)
{
        if (!box)
                return -ENOMEM;
        box->log = log;
        box->log_data = userdata;
        return 0;
}
