/* SPDX-License-Identifier: MIT */
/*
 * What is mounted on the host below the source of a bind, before and after: every submount gets the same flags, keeps
 * those that it has, and what the host mounts later does not appear.
 */
#define _GNU_SOURCE
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/box.h"
#include "support/expect.h"
#include "support/mounts.h"
#include "support/tree.h"

#define ROOTFS "/ tmpfs rootfs rw,nosuid,nodev\n"
#define ATTR_NOSYMFOLLOW 0x00200000ull

/* A new directory in the tree. */
static const char *directory(const char *format_)
{
        static unsigned count;
        const char *path = format("%s/%s%u", tree(), format_, count++);

        assert_int_equal(mkdir(path, 0755), 0);
        return path;
}

/* SOURCE/name, made and mounted on. */
static const char *submount(const char *source, const char *name, unsigned long flags)
{
        const char *path = format("%s/%s", source, name);

        if (access(path, F_OK) < 0)
                assert_int_equal(mkdir(path, 0755), 0);
        tree_mount(name, path, "tmpfs", flags, "mode=0777");
        return path;
}

TEST(same_flags)
{
        const char *source = directory("same");
        struct pinfold *box = box_empty();

        submount(submount(source, "a", 0), "deep", 0);
        submount(source, "b", 0);
        pinfold_bind(box, source, "/device", PINFOLD_BIND_DEVICE);
        pinfold_bind(box, source, "/plain", 0);
        pinfold_bind(box, source, "/writable", PINFOLD_BIND_WRITABLE);
        assert_mounts(box, ROOTFS "/device tmpfs tree ro,nosuid\n"
                                  "/device/a tmpfs a ro,nosuid\n"
                                  "/device/a/deep tmpfs deep ro,nosuid\n"
                                  "/device/b tmpfs b ro,nosuid\n"
                                  "/plain tmpfs tree ro,nosuid,nodev\n"
                                  "/plain/a tmpfs a ro,nosuid,nodev\n"
                                  "/plain/a/deep tmpfs deep ro,nosuid,nodev\n"
                                  "/plain/b tmpfs b ro,nosuid,nodev\n"
                                  "/writable tmpfs tree rw,nosuid,nodev\n"
                                  "/writable/a tmpfs a rw,nosuid,nodev\n"
                                  "/writable/a/deep tmpfs deep rw,nosuid,nodev\n"
                                  "/writable/b tmpfs b rw,nosuid,nodev\n");
}

/* Flags of the host's are kept: a bind adds to them, and never takes one away. */
TEST(flags_of_the_source_are_kept)
{
        const char *source = directory("kept");
        struct pinfold *box = box_empty();

        submount(source, "dirs", MS_NODIRATIME);
        submount(source, "noatime", MS_NOATIME);
        submount(source, "noexec", MS_NOEXEC);
        submount(source, "ro", 0);
        submount(source, "strict", MS_STRICTATIME);
        submount(source, "nosymfollow", 0);
        tree_set(format("%s/nosymfollow", source), ATTR_NOSYMFOLLOW);
        tree_mount("", format("%s/ro", source), "", MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
        pinfold_bind(box, source, "/d", PINFOLD_BIND_WRITABLE | PINFOLD_BIND_DEVICE);
        assert_mounts(box, ROOTFS "/d tmpfs tree rw,nosuid\n"
                                  "/d/dirs tmpfs dirs rw,nosuid,nodiratime\n"
                                  "/d/noatime tmpfs noatime rw,nosuid,noatime\n"
                                  "/d/noexec tmpfs noexec rw,nosuid,noexec\n"
                                  "/d/nosymfollow tmpfs nosymfollow rw,nosuid,nosymfollow\n"
                                  "/d/ro tmpfs ro ro,nosuid\n"
                                  "/d/strict tmpfs strict rw,nosuid\n");
}

/* A default of the kernel's is left out when a table is rendered: look at it here. */
TEST(atime_is_kept)
{
        const char *source = directory("atime");
        struct pinfold *box = box_empty();
        struct mount_table table;

        submount(source, "strict", MS_STRICTATIME);
        submount(source, "usual", 0);
        pinfold_bind(box, source, "/d", 0);
        table = box_table(box);
        assert_string_equal(mounts_at(&table, "/d/strict")->flags, "ro,nosuid,nodev");
        assert_string_equal(mounts_at(&table, "/d/usual")->flags, "ro,nosuid,nodev,relatime");
        mounts_free(&table);
}

TEST(writing_to_a_submount)
{
        const char *source = directory("write");
        struct pinfold *box = box_new("export LC_ALL=C; touch /ro/a/file 2>&1; touch /rw/a/file && echo written");
        const char *a = submount(source, "a", 0);
        char *output;

        pinfold_bind(box, source, "/ro", 0);
        pinfold_bind(box, source, "/rw", PINFOLD_BIND_WRITABLE);
        output = box_output(box, 0);
        assert_string_equal(output, "touch: cannot touch '/ro/a/file': Read-only file system\nwritten\n");
        free(output);
        assert_int_equal(access(format("%s/file", a), F_OK), 0);
}

TEST(propagation_is_none)
{
        const char *source = directory("shared");
        struct pinfold *box = box_empty();
        struct mount_table table;

        submount(source, "shared", 0);
        tree_mount("", format("%s/shared", source), "", MS_SHARED, NULL);
        submount(format("%s/shared", source), "below", 0);
        pinfold_bind(box, source, "/d", 0);
        pinfold_root(box, source, 0);
        pinfold_etc(box, source, NULL);
        pinfold_overlay(box, "/o", (const char *[]){directory("lower"), NULL}, NULL, NULL, PINFOLD_OVERLAY_EPHEMERAL);
        pinfold_place(box, "/p", "", 0);
        pinfold_proc(box, "/proc");
        pinfold_dev(box, "/dev", PINFOLD_DEV_MQUEUE);
        table = box_table(box);
        assert_true(table.count > 20);
        for (size_t i = 0; i < table.count; i++)
                assert_string_equal(table.entries[i].propagation, "");
        mounts_free(&table);
}

/* ---- Later ----------------------------------------------------------------------------------------------------- */

/* The script goes on when a line is written to it. */
struct later {
        struct pinfold *box;
        int in, out;
};

static struct later begin(struct pinfold *box)
{
        struct pinfold_error err;
        int in[2], out[2];
        char ready[8] = "";

        assert_int_equal(pipe2(in, O_CLOEXEC), 0);
        assert_int_equal(pipe2(out, O_CLOEXEC), 0);
        pinfold_set_stdin(box, in[0]);
        pinfold_set_stdout(box, out[1]);
        if (pinfold_start(box, &err) < 0 || pinfold_serve(box, &err) < 0)
                fail_msg("%s", err.text);
        close(in[0]);
        close(out[1]);
        assert_int_equal(read(out[0], ready, sizeof(ready) - 1), 6);
        assert_string_equal(ready, "ready\n");
        return (struct later){box, in[1], out[0]};
}

static void end(struct later *later, const char *expected)
{
        struct pinfold_status status = {.size = sizeof(status)};
        char output[256];
        ssize_t used = 0, length;

        assert_int_equal(write(later->in, "go\n", 3), 3);
        while ((length = read(later->out, output + used, sizeof(output) - 1 - (size_t)used)) > 0)
                used += length;
        output[used] = '\0';
        close(later->in);
        close(later->out);
        assert_int_equal(pinfold_wait(later->box, -1, &status, NULL), 0);
        pinfold_free(later->box);
        assert_string_equal(output, expected);
}

#define LOOK "echo ready; read line; ls /d /d/place; sed -n 's,.* \\(/d/place [^ ]*\\) .*,\\1,p' /proc/self/mountinfo"

static const char *shared_source(void)
{
        const char *source = directory("later");

        tree_mount("outer", source, "tmpfs", 0, NULL);
        tree_mount("", source, "", MS_SHARED, NULL);
        assert_int_equal(mkdir(format("%s/place", source), 0755), 0);
        return source;
}

TEST(later_mounts_do_not_appear)
{
        const char *source = shared_source();
        struct pinfold *box = box_new(LOOK);
        struct later later;

        pinfold_bind(box, source, "/d", 0);
        later = begin(box);
        write_file(format("%s/file", submount(source, "place", 0)), "");
        end(&later, "/d:\nplace\n\n/d/place:\n");
}

TEST(propagate_lets_them_in_as_they_are)
{
        const char *source = shared_source();
        struct pinfold *box = box_new(LOOK);
        struct later later;

        pinfold_bind(box, source, "/d", PINFOLD_BIND_PROPAGATE);
        later = begin(box);
        write_file(format("%s/file", submount(source, "place", 0)), "");
        /* As documented: past the bind's own flags. */
        end(&later, "/d:\nplace\n\n/d/place:\nfile\n/d/place rw,relatime\n");
}

/* Not even between the preparation and the program: nothing of the container's goes out, in any case. */
TEST(nothing_propagates_out)
{
        const char *source = shared_source();
        struct pinfold *box = box_new("echo ready; read line; touch /d/place/file");
        struct mount_table own;
        struct later later;

        pinfold_bind(box, source, "/d", PINFOLD_BIND_PROPAGATE | PINFOLD_BIND_WRITABLE);
        pinfold_tmpfs(box, "/d/place", 0, 01777);
        later = begin(box);
        own = mounts_own();
        assert_null(mounts_at(&own, format("%s/place", source)));
        mounts_free(&own);
        end(&later, "");
        assert_int_equal(access(format("%s/place/file", source), F_OK), -1);
}

/* A mount that the host takes away does not go away inside: the clone is private. */
TEST(unmounting_on_the_host)
{
        const char *source = shared_source();
        struct pinfold *box = box_new(LOOK);
        struct later later;

        write_file(format("%s/file", submount(source, "place", 0)), "");
        pinfold_bind(box, source, "/d", 0);
        later = begin(box);
        tree_unmount(format("%s/place", source));
        end(&later, "/d:\nplace\n\n/d/place:\nfile\n/d/place ro,nosuid,nodev,relatime\n");
}

/* ---- At that very moment ----------------------------------------------------------------------------------------- */

/* What of the mounts below "/d" has been seen. */
struct seen {
        int starts, with, without, weaker;
};

static bool has_flag(const char *flags, const char *flag)
{
        size_t length = strlen(flag);

        for (const char *at = flags; (at = strstr(at, flag)); at++)
                if ((at == flags || at[-1] == ',') && (at[length] == '\0' || at[length] == ','))
                        return true;
        return false;
}

static void see(struct pinfold *box, struct seen *seen)
{
        struct mount_table table = box_table(box);
        bool with = false;

        for (size_t i = 0; i < table.count; i++) {
                const struct mount_entry *entry = &table.entries[i];

                with |= strncmp(entry->point, "/d/place", 8) == 0;
                if (strncmp(entry->point, "/d", 2) == 0 && !(has_flag(entry->flags, "ro") && has_flag(entry->flags, "nosuid") &&
                                                            has_flag(entry->flags, "nodev") && !*entry->propagation))
                        seen->weaker++;
        }
        seen->starts++;
        seen->with += with;
        seen->without += !with;
        mounts_free(&table);
}

/* How the source comes to "/d". */
static void bind_it(struct pinfold *box, const char *source, unsigned way)
{
        if (way == 0)
                pinfold_bind(box, source, "/d", 0);
        else if (way == 1)
                pinfold_root(box, format("%.*s", (int)(strrchr(source, '/') - source), source), 0);
        else if (way == 2)
                pinfold_bind(box, source, "/d", PINFOLD_BIND_WRITABLE | PINFOLD_BIND_DEVICE);
        else
                pinfold_bind(box, source, "/d", PINFOLD_BIND_PROPAGATE);
        if (way == 2)
                pinfold_remount(box, "/d", PINFOLD_REMOUNT_READONLY | PINFOLD_REMOUNT_NODEV | PINFOLD_REMOUNT_RECURSIVE);
}

/* With and without, in as many starts as it takes. */
static struct seen start_meanwhile(const char *source, unsigned way)
{
        struct seen seen = {0};
        int count;

        tree_churn(format("%s/place", source));
        while (seen.starts < 25 || ((!seen.with || !seen.without) && seen.starts < 500)) {
                struct pinfold *box = box_empty();

                bind_it(box, source, way);
                see(box, &seen);
        }
        count = tree_calm();
        assert_true(count > seen.starts / 2);
        return seen;
}

/*
 * The host mounts, changes and unmounts while the copy is made: what of it has come along has all flags, and none comes later.
 */
TEST(mounts_that_come_and_go_meanwhile)
{
        char parent[256], source[300];
        struct seen seen;

        snprintf(parent, sizeof(parent), "%s", shared_source());
        snprintf(source, sizeof(source), "%s/d", parent);
        assert_int_equal(rmdir(format("%s/place", parent)), 0);
        assert_int_equal(mkdir(source, 0755), 0);
        assert_int_equal(mkdir(format("%s/place", source), 0755), 0);
        for (unsigned way = 0; way < 3; way++) {
                seen = start_meanwhile(source, way);
                if (seen.weaker || !seen.with || !seen.without)
                        fail_msg("way %u: of %d starts, %d with the mount, %d without, %d weaker", way, seen.starts, seen.with,
                                 seen.without, seen.weaker);
        }
        /* The control: those that are let in later. */
        seen = start_meanwhile(source, 3);
        assert_in_range(seen.weaker, 1, INT_MAX);
}

/* Files below a mount stay below it. */
TEST(what_a_submount_hides_stays_hidden)
{
        const char *source = directory("hides");
        struct pinfold *box = box_new("ls -A /d/a");
        char *output;

        assert_int_equal(mkdir(format("%s/a", source), 0755), 0);
        write_file(format("%s/a/hidden", source), "");
        submount(source, "a", 0);
        pinfold_bind(box, source, "/d", 0);
        output = box_output(box, 0);
        assert_string_equal(output, "");
        free(output);
}

/* A descriptor of what a mount covers: by its path the cover would be shown. */
TEST(a_descriptor_of_what_is_covered)
{
        const char *source = directory("covered");
        int fd = open(source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct pinfold *box = box_bare("exit 0");

        tree_mount("cover", source, "tmpfs", 0, NULL);
        assert_int_equal(pinfold_bind_fd(box, fd, "/d", 0), 0);
        close(fd);
        box_error(box, PINFOLD_STAGE_PREPARE, ESTALE);
        tree_unmount(source);
}

/* ---- Other operations and mounts of the host ------------------------------------------------------------------- */

TEST(root_takes_submounts_along)
{
        const char *source = directory("root");
        struct pinfold *box = box_empty();

        submount(submount(source, "a", 0), "deep", 0);
        pinfold_root(box, source, PINFOLD_BIND_DEVICE);
        assert_mounts(box, ROOTFS "/a tmpfs a ro,nosuid\n"
                                  "/a/deep tmpfs deep ro,nosuid\n");
}

TEST(etc_takes_submounts_along)
{
        const char *source = directory("etc");
        struct pinfold *box = box_empty();

        submount(source, "a", 0);
        pinfold_etc(box, source, NULL);
        assert_mounts(box, ROOTFS "/etc/.host/etc tmpfs tree ro,nosuid,nodev\n"
                                  "/etc/.host/etc/a tmpfs a ro,nosuid,nodev\n");
}

TEST(remount_adds_to_what_the_host_has)
{
        const char *source = directory("remount");
        struct pinfold *box = box_empty();

        submount(submount(source, "a", MS_NOEXEC), "deep", 0);
        pinfold_bind(box, source, "/all", PINFOLD_BIND_WRITABLE | PINFOLD_BIND_DEVICE);
        pinfold_bind(box, source, "/one", PINFOLD_BIND_WRITABLE | PINFOLD_BIND_DEVICE);
        pinfold_remount(box, "/all", PINFOLD_REMOUNT_READONLY | PINFOLD_REMOUNT_NODEV | PINFOLD_REMOUNT_RECURSIVE);
        pinfold_remount(box, "/one/a", PINFOLD_REMOUNT_READONLY);
        assert_mounts(box, ROOTFS "/all tmpfs tree ro,nosuid,nodev\n"
                                  "/all/a tmpfs a ro,nosuid,nodev,noexec\n"
                                  "/all/a/deep tmpfs deep ro,nosuid,nodev\n"
                                  "/one tmpfs tree rw,nosuid\n"
                                  "/one/a tmpfs a ro,nosuid,noexec\n"
                                  "/one/a/deep tmpfs deep rw,nosuid\n");
}

TEST(layer_with_a_mount_beneath)
{
        const char *lower = directory("lower"), *other = directory("other");
        struct pinfold *box = box_bare("exit 0");

        submount(lower, "a", 0);
        pinfold_overlay(box, "/o", (const char *[]){other, lower, NULL}, NULL, NULL, 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_PREPARE, EINVAL, 0, "overlay", lower,
                  format("cannot set up container: overlay on /o: layer %s has file systems mounted beneath it: "
                         "Invalid argument", lower)});
}

/* The mount itself may be one. */
TEST(layer_that_is_a_mount)
{
        const char *lower = submount(directory("mount"), "a", 0);
        struct pinfold *box = box_new("ls /o");
        char *output;

        write_file(format("%s/file", lower), "");
        pinfold_overlay(box, "/o", (const char *[]){lower, NULL}, NULL, NULL, PINFOLD_OVERLAY_EPHEMERAL);
        output = box_output(box, 0);
        assert_string_equal(output, "file\n");
        free(output);
}
