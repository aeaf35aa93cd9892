/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "container/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "container/helper.h"
#include "syscall/capability.h"
#include "syscall/process.h"

/* What differs between user and group ids. */
struct kind {
        const char *file; /* in /proc/PID */
        const char *overflow;
        const char *helper; /* from the package uidmap */
        unsigned capability;
};

static const struct kind users = {"uid_map", "/proc/sys/kernel/overflowuid", "newuidmap", CAP_SETUID};
static const struct kind groups = {"gid_map", "/proc/sys/kernel/overflowgid", "newgidmap", CAP_SETGID};

/* The id that the kernel shows for those it cannot; nobody's, so it suits an unknown program. */
static uint32_t overflow_id(const struct kind *kind)
{
        _cleanup_close_ int fd = open(kind->overflow, O_RDONLY | O_CLOEXEC);
        char text[16];
        ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

        if (length <= 0)
                return 65534;
        text[length] = '\0';
        return (uint32_t)strtoul(text, NULL, 10);
}

static bool range_holds(uint32_t first, uint32_t count, uint32_t id)
{
        return id >= first && id - first < count;
}

/* The id of the program: as asked for, or the caller's as it appears inside, or the first that is mapped. */
static int choose_id(const struct id_map *map, const struct kind *kind, uint32_t caller, uint32_t *ret,
                     struct pinfold_error *err)
{
        if (map->count == 0) {
                *ret = map->id_set ? map->id : overflow_id(kind);
                return 0;
        }
        for (size_t i = 0; i < map->count; i++) {
                const struct id_range *range = &map->ranges[i];

                if (map->id_set && range_holds(range->inside, range->count, map->id)) {
                        *ret = map->id;
                        return 0;
                }
                if (!map->id_set && range_holds(range->outside, range->count, caller)) {
                        *ret = range->inside + (caller - range->outside);
                        return 0;
                }
        }
        if (map->id_set) {
                error_stage(err, PINFOLD_STAGE_CONFIGURE);
                return error_set(err, EINVAL, "id %u is not in the %s", map->id, kind->file);
        }
        *ret = map->ranges[0].inside;
        return 0;
}

/* The ranges as lines; for a map of one id its only line. */
static char *map_text(const struct id_map *map, uint32_t inside, uint32_t outside)
{
        struct buffer text = {0};
        char line[48];
        int length;

        for (size_t i = 0; i < map->count; i++) {
                length = snprintf(line, sizeof(line), "%u %u %u\n", map->ranges[i].inside, map->ranges[i].outside,
                                  map->ranges[i].count);
                buffer_append(&text, line, (size_t)length);
        }
        if (map->count == 0) {
                length = snprintf(line, sizeof(line), "%u %u 1\n", inside, outside);
                buffer_append(&text, line, (size_t)length);
        }
        buffer_append(&text, "", 1);
        if (text.error)
                buffer_free(&text);
        return (char *)text.data;
}

static int open_process(const struct pinfold *box, struct pinfold_error *err)
{
        char path[32];
        int fd;

        snprintf(path, sizeof(path), "/proc/%d", (int)box->pid);
        fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return error_path(err, errno, "open", path);
        /* Still there: so the number was, and is, the one of our process. */
        if (sys_pidfd_ended(box->link.pidfd)) {
                close_fd(fd);
                return error_set(err, ESRCH, "PID 1 has ended");
        }
        return fd;
}

static int write_map(const struct pinfold *box, const struct kind *kind, const char *map, struct pinfold_error *err)
{
        _cleanup_close_ int process = open_process(box, err);
        _cleanup_close_ int fd = -1;

        if (process < 0)
                return process;
        fd = openat(process, kind->file, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
                return error_path(err, errno, "open", kind->file);
        if (write(fd, map, strlen(map)) != (ssize_t)strlen(map))
                return error_path(err, errno, "write", kind->file);
        return 0;
}

/* newuidmap PID INSIDE OUTSIDE COUNT ... */
static int run_helper(const struct pinfold *box, const struct kind *kind, const struct id_map *map,
                      struct pinfold_error *err)
{
        _cleanup_(list_free) struct list argv = {0};
        char number[16];
        int r;

        snprintf(number, sizeof(number), "%d", (int)box->pid);
        r = list_add(&argv, kind->helper);
        if (r == 0)
                r = list_add(&argv, number);
        for (size_t i = 0; r == 0 && i < map->count; i++) {
                const uint32_t values[] = {map->ranges[i].inside, map->ranges[i].outside, map->ranges[i].count};

                for (size_t j = 0; r == 0 && j < ELEMENTS(values); j++) {
                        snprintf(number, sizeof(number), "%u", values[j]);
                        r = list_add(&argv, number);
                }
        }
        if (r < 0)
                return error_set(err, ENOMEM, "out of memory");
        return helper_run(argv.items, err);
}

/* Whether setgroups(2) is still permitted in the container: newgidmap(1) denies it where it has to. */
static bool groups_permitted(const struct pinfold *box)
{
        struct pinfold_error ignored;
        _cleanup_close_ int process = open_process(box, &ignored);
        _cleanup_close_ int fd = process < 0 ? -1 : openat(process, "setgroups", O_RDONLY | O_CLOEXEC);
        char text[8] = "";

        return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && strncmp(text, "allow", 5) == 0;
}

/* An id that is mapped owns proc's files: they are root's, whatever root is called where the caller is. */
static bool owns_proc(const struct id_map *map, uint32_t caller)
{
        struct stat stat_;

        if (stat("/proc/sys", &stat_) < 0)
                return true;
        for (size_t i = 0; i < map->count; i++)
                if (range_holds(map->ranges[i].outside, map->ranges[i].count, stat_.st_uid))
                        return true;
        return map->count == 0 && stat_.st_uid == caller;
}

/*
 * One of the two maps. A single id of one's own needs no privilege and is left to init. True in ret_written: somebody with
 * privileges has written it.
 */
static int settle(const struct pinfold *box, const struct id_map *map, const struct kind *kind, uint32_t caller,
                  uint64_t capabilities, uint32_t *ret_id, char ret_text[64], bool *ret_written,
                  struct pinfold_error *err)
{
        bool privileged = capabilities >> kind->capability & 1, own;
        _cleanup_free_ char *text = NULL;
        int r = choose_id(map, kind, caller, ret_id, err);

        if (r < 0)
                return r;
        /* One id of one's own needs no privilege, and is init's to write. */
        own = map->count == 0 || (map->count == 1 && map->ranges[0].count == 1 && map->ranges[0].outside == caller);
        *ret_written = privileged || !own;
        text = map_text(map, *ret_id, caller);
        if (!text)
                return error_set(err, ENOMEM, "out of memory");
        if (privileged)
                return write_map(box, kind, text, err);
        if (!own)
                return run_helper(box, kind, map, err);
        snprintf(ret_text, 64, "%s", text);
        return 0;
}

/* What somebody else has written; as we see it, the ids outside are those that we call them. */
static int read_map(const struct pinfold *box, const struct kind *kind, struct id_map *ret, struct pinfold_error *err)
{
        _cleanup_close_ int process = open_process(box, err);
        int fd = process < 0 ? -1 : openat(process, kind->file, O_RDONLY | O_CLOEXEC);
        FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
        struct id_range range;

        if (process < 0)
                return process;
        if (!file) {
                close_fd(fd);
                return error_path(err, errno, "open", kind->file);
        }
        while (fscanf(file, "%u %u %u", &range.inside, &range.outside, &range.count) == 3) {
                struct id_range *grown = reallocarray(ret->ranges, ret->count + 1, sizeof(*grown));

                if (!grown)
                        break;
                ret->ranges = grown;
                grown[ret->count++] = range;
        }
        if (!feof(file) || ferror(file))
                error_set(err, ENOMEM, "read the %s", kind->file);
        else if (ret->count == 0)
                error_set(err, EINVAL, "nobody has written the %s", kind->file);
        fclose(file);
        return -err->error;
}

static int settle_mapped(const struct pinfold *box, struct setup *setup, struct pinfold_error *err)
{
        struct id_map uids = box->uids, gids = box->gids; /* without ranges */
        int r = read_map(box, &users, &uids, err);

        if (r == 0)
                r = read_map(box, &groups, &gids, err);
        if (r == 0)
                r = choose_id(&uids, &users, geteuid(), &setup->uid, err);
        if (r == 0)
                r = choose_id(&gids, &groups, getegid(), &setup->gid, err);
        if (r == 0 && groups_permitted(box))
                setup->host |= SETUP_DROP_GROUPS;
        if (r == 0 && owns_proc(&uids, geteuid()))
                setup->host |= SETUP_MASK_PROC;
        free(uids.ranges);
        free(gids.ranges);
        return r;
}

int ids_settle(const struct pinfold *box, struct setup *setup, struct map_texts *texts, struct pinfold_error *err)
{
        uint64_t capabilities = 0;
        bool uids_written, gids_written;
        int r;

        error_stage(err, PINFOLD_STAGE_MAP_IDS);
        if ((box->flags & PINFOLD_MAPPED) || box->userns >= 0) {
                r = settle_mapped(box, setup, err);
                if (r < 0)
                        error_prefix(err, "%s", stage_phrase((enum pinfold_stage)err->stage));
                return r;
        }
        /* Both or none: a caller that may set only one kind of ids is treated as one that may set neither. */
        sys_capget_effective(&capabilities);
        if (!(capabilities >> CAP_SETUID & capabilities >> CAP_SETGID & 1))
                capabilities = 0;
        r = settle(box, &box->uids, &users, geteuid(), capabilities, &setup->uid, texts->uid, &uids_written, err);
        if (r == 0)
                r = settle(box, &box->gids, &groups, getegid(), capabilities, &setup->gid, texts->gid, &gids_written,
                           err);
        if (r < 0) {
                error_prefix(err, "%s", stage_phrase((enum pinfold_stage)err->stage));
                return r;
        }
        setup->uid_map = uids_written ? NULL : texts->uid;
        setup->gid_map = gids_written ? NULL : texts->gid;
        if (gids_written && groups_permitted(box))
                setup->host |= SETUP_DROP_GROUPS;
        if (owns_proc(&box->uids, geteuid()))
                setup->host |= SETUP_MASK_PROC;
        return 0;
}
