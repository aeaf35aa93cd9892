/* SPDX-License-Identifier: MIT */
/*
 * The mount table inside, entry by entry: of every operation alone, and of a full set. Sources are a tmpfs of the
 * test's own (support/tree.h), so that all of it is known.
 */
#define _GNU_SOURCE
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "support/box.h"
#include "support/mounts.h"
#include "support/tree.h"

#define ROOTFS "/ tmpfs rootfs rw,nosuid,nodev\n"

/* A directory of that name in the tree, made when missing. */
static const char *directory(const char *name)
{
        const char *path = format("%s/%s", tree(), name);

        if (access(path, F_OK) < 0)
                assert_int_equal(mkdir(path, 0755), 0);
        return path;
}

static const char *file(const char *name)
{
        const char *path = format("%s/%s", tree(), name);

        write_file(path, name);
        return path;
}

TEST(bind)
{
        struct pinfold *box = box_empty();

        pinfold_bind(box, directory("a"), "/a", 0);
        assert_mounts(box, ROOTFS "/a tmpfs tree ro,nosuid,nodev\n");
}

TEST(bind_of_a_file)
{
        struct pinfold *box = box_empty();

        pinfold_bind(box, file("file"), "/below/file", 0);
        assert_mounts(box, ROOTFS "/below/file tmpfs tree ro,nosuid,nodev\n");
}

TEST(bind_flags)
{
        struct pinfold *box = box_empty();
        const char *source = directory("a");

        pinfold_bind(box, source, "/both", PINFOLD_BIND_WRITABLE | PINFOLD_BIND_DEVICE);
        pinfold_bind(box, source, "/device", PINFOLD_BIND_DEVICE);
        pinfold_bind(box, source, "/ensure", PINFOLD_BIND_ENSURE);
        pinfold_bind(box, source, "/optional", PINFOLD_BIND_OPTIONAL);
        pinfold_bind(box, source, "/propagate", PINFOLD_BIND_PROPAGATE);
        pinfold_bind(box, source, "/writable", PINFOLD_BIND_WRITABLE);
        /* The tree is private on the host: nothing propagates to a bind that would take it. */
        assert_mounts(box, ROOTFS "/both tmpfs tree rw,nosuid\n"
                                  "/device tmpfs tree ro,nosuid\n"
                                  "/ensure tmpfs tree ro,nosuid,nodev\n"
                                  "/optional tmpfs tree ro,nosuid,nodev\n"
                                  "/propagate tmpfs tree ro,nosuid,nodev\n"
                                  "/writable tmpfs tree rw,nosuid,nodev\n");
}

TEST(bind_shows_the_directory_that_was_named)
{
        struct pinfold *box = box_empty();
        struct mount_table table;

        pinfold_bind(box, directory("a"), "/b", 0);
        table = box_table(box);
        assert_string_equal(mounts_at(&table, "/b")->root, "/a");
        mounts_free(&table);
}

TEST(tmpfs)
{
        struct pinfold *box = box_empty();

        pinfold_tmpfs(box, "/tmp", 0, 01777);
        assert_mounts(box, ROOTFS "/tmp tmpfs ephemeral rw,nosuid,nodev\n");
}

TEST(readonly)
{
        struct pinfold *box = box_empty();

        pinfold_readonly(box, "/empty", 0755);
        assert_mounts(box, ROOTFS "/empty tmpfs readonly ro,nosuid,nodev\n");
}

/* A caller who is root owns its files. */
static const char *proc_mounts(void)
{
        return format("/proc proc proc %s,nosuid,nodev,noexec\n", geteuid() == 0 ? "ro" : "rw");
}

TEST(proc)
{
        struct pinfold *box = box_empty();

        pinfold_proc(box, "/proc");
        assert_mounts(box, format(ROOTFS "%s", proc_mounts()));
}

/* Nested containers must write the files of their processes; kernels differ in which of the others they have. */
ROOT_TEST(proc_for_nested_containers)
{
        static const char *const masked[] = {"1", "bus", "irq", "sys", "sysrq-trigger"};
        const char *text = ROOTFS "/proc proc proc rw,nosuid,nodev,noexec\n";
        struct pinfold *box = box_empty();

        for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++)
                if (access(format("/proc/%s", masked[i]), F_OK) == 0)
                        text = format("%s/proc/%s proc proc ro,nosuid,nodev,noexec\n", text, masked[i]);
        pinfold_set_flags(box, PINFOLD_NESTED, 1);
        pinfold_proc(box, "/proc");
        assert_mounts(box, text);
}

TEST(masks_show_their_own_place)
{
        struct pinfold *box = box_empty();
        struct mount_table table;

        pinfold_proc(box, "/proc");
        table = box_table(box);
        for (size_t i = 0; i < table.count; i++)
                if (strncmp(table.entries[i].point, "/proc/", 6) == 0)
                        assert_string_equal(table.entries[i].root, table.entries[i].point + strlen("/proc"));
        mounts_free(&table);
}

/* Nodes are binds of the host's /dev, whatever that is here. */
static void dev_node(FILE *out, const struct mount_table *own, const char *name)
{
        const struct mount_entry *host = mounts_under(own, format("/dev/%s", name));

        fprintf(out, "/dev/%s %s %s ro,nosuid,noexec\n", name, host->type, host->source);
}

static char *dev_mounts(unsigned flags)
{
        struct mount_table own = mounts_own();
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        assert_non_null(out);
        fprintf(out, "/dev tmpfs devtmpfs %s,nosuid,nodev\n", flags & PINFOLD_DEV_WRITABLE ? "rw" : "ro");
        dev_node(out, &own, "full");
        if (flags & PINFOLD_DEV_MQUEUE)
                fputs("/dev/mqueue mqueue mqueue rw,nosuid,nodev,noexec\n", out);
        dev_node(out, &own, "null");
        fputs("/dev/pts devpts devpts rw,nosuid,noexec\n", out);
        dev_node(out, &own, "random");
        if (!(flags & PINFOLD_DEV_WRITABLE))
                fputs("/dev/shm tmpfs tmpfs rw,nosuid,nodev\n", out);
        dev_node(out, &own, "tty");
        dev_node(out, &own, "urandom");
        dev_node(out, &own, "zero");
        fclose(out);
        mounts_free(&own);
        return text;
}

TEST(dev)
{
        static const unsigned flags[] = {
                0,
                PINFOLD_DEV_MQUEUE,
                PINFOLD_DEV_WRITABLE,
                PINFOLD_DEV_WRITABLE | PINFOLD_DEV_MQUEUE,
        };

        tree();
        for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
                struct pinfold *box = box_empty();
                char *dev = dev_mounts(flags[i]);

                pinfold_dev(box, "/dev", flags[i]);
                assert_mounts(box, format(ROOTFS "%s", dev));
                free(dev);
        }
}

TEST(overlay)
{
        const char *a = directory("a"), *b = directory("b"), *upper = directory("upper"), *work = directory("work");
        struct pinfold *box = box_empty();

        pinfold_overlay(box, "/ephemeral", (const char *[]){a, NULL}, NULL, NULL, PINFOLD_OVERLAY_EPHEMERAL);
        pinfold_overlay(box, "/persistent", (const char *[]){a, NULL}, upper, work, 0);
        pinfold_overlay(box, "/readonly", (const char *[]){a, b, NULL}, NULL, NULL, 0);
        assert_mounts(box, ROOTFS "/ephemeral overlay overlay rw,nosuid,nodev\n"
                                  "/persistent overlay overlay rw,nosuid,nodev\n"
                                  "/readonly overlay overlay ro,nosuid,nodev\n");
}

TEST(mkdir_and_symlink_mount_nothing)
{
        struct pinfold *box = box_empty();

        pinfold_mkdir(box, "/a/b", 0755);
        pinfold_symlink(box, "a/b", "/link", 0);
        assert_mounts(box, ROOTFS);
}

TEST(place)
{
        struct pinfold *box = box_empty();

        pinfold_place(box, "/a/file", "x", 1);
        pinfold_place(box, "/other", "", 0);
        assert_mounts(box, ROOTFS "/a/file tmpfs scratch ro,nosuid,nodev\n"
                                  "/other tmpfs scratch ro,nosuid,nodev\n");
}

TEST(remount)
{
        struct pinfold *box = box_empty();

        pinfold_tmpfs(box, "/a", 0, 0755);
        pinfold_tmpfs(box, "/a/b", 0, 0755);
        pinfold_remount(box, "/a", PINFOLD_REMOUNT_READONLY);
        assert_mounts(box, ROOTFS "/a tmpfs ephemeral ro,nosuid,nodev\n"
                                  "/a/b tmpfs ephemeral rw,nosuid,nodev\n");
}

TEST(etc)
{
        struct pinfold *box = box_empty();

        pinfold_etc(box, directory("a"), NULL);
        assert_mounts(box, ROOTFS "/etc/.host/etc tmpfs tree ro,nosuid,nodev\n");
}

TEST(root)
{
        struct pinfold *box = box_empty();
        const char *root = directory("root");

        directory("root/b");
        directory("root/tmp");
        file("root/a");
        assert_int_equal(symlink("b", format("%s/c", root)), 0);
        pinfold_root(box, root, PINFOLD_BIND_WRITABLE);
        assert_mounts(box, ROOTFS "/a tmpfs tree rw,nosuid,nodev\n"
                                  "/b tmpfs tree rw,nosuid,nodev\n"
                                  "/c tmpfs tree rw,nosuid,nodev\n");
}

/* Later operations work on what covers the root, and what was there before is out of sight. */
TEST(bind_covers_the_root)
{
        struct pinfold *box = box_empty();

        directory("cover");
        directory("cover/tmp");
        write_file(format("%s/cover/probe", tree()), "");
        pinfold_tmpfs(box, "/before", 0, 0755);
        pinfold_bind(box, format("%s/cover", tree()), "/", 0);
        pinfold_tmpfs(box, "/tmp", 0, 01777);
        assert_mounts(box, "/ tmpfs tree ro,nosuid,nodev\n"
                           "/tmp tmpfs ephemeral rw,nosuid,nodev\n");
}

TEST(tmpfs_covers_the_root)
{
        struct pinfold *box = box_empty();

        pinfold_tmpfs(box, "/before", 0, 0755);
        pinfold_tmpfs(box, "/", 0, 0755);
        pinfold_readonly(box, "/after", 0755);
        assert_mounts(box, "/ tmpfs ephemeral rw,nosuid,nodev\n"
                           "/after tmpfs readonly ro,nosuid,nodev\n");
}

TEST(overlay_covers_the_root)
{
        struct pinfold *box = box_empty();

        pinfold_overlay(box, "/", (const char *[]){directory("a"), NULL}, NULL, NULL, PINFOLD_OVERLAY_EPHEMERAL);
        pinfold_mkdir(box, "/made", 0755);
        pinfold_bind(box, directory("b"), "/made/b", 0);
        assert_mounts(box, "/ overlay overlay rw,nosuid,nodev\n"
                           "/made/b tmpfs tree ro,nosuid,nodev\n");
}

TEST(root_is_covered_several_times)
{
        struct pinfold *box = box_empty();

        pinfold_tmpfs(box, "/", 0, 0700);
        pinfold_overlay(box, "/", (const char *[]){directory("a"), NULL}, NULL, NULL, PINFOLD_OVERLAY_EPHEMERAL);
        pinfold_tmpfs(box, "//./", 0, 0755);
        assert_mounts(box, "/ tmpfs ephemeral rw,nosuid,nodev\n");
}

TEST(remount_of_a_covered_root)
{
        struct pinfold *box = box_empty();

        pinfold_tmpfs(box, "/", 0, 0755);
        pinfold_bind(box, directory("a"), "/a", PINFOLD_BIND_WRITABLE);
        box_probe(box, (const char *[]){"probe", "wait", NULL});
        pinfold_remount(box, "/", PINFOLD_REMOUNT_READONLY);
        assert_mounts_now(box, "/ tmpfs ephemeral ro,nosuid,nodev\n"
                               "/a tmpfs tree rw,nosuid,nodev\n");
}

/* What covers what, when several are on one place. */
TEST(stacked)
{
        struct pinfold *box = box_empty();

        pinfold_tmpfs(box, "/a", 0, 0755);
        pinfold_bind(box, directory("a"), "/a", PINFOLD_BIND_WRITABLE);
        pinfold_readonly(box, "/a", 0755);
        assert_mounts(box, ROOTFS "/a tmpfs ephemeral rw,nosuid,nodev\n"
                                  "/a tmpfs tree rw,nosuid,nodev\n"
                                  "/a tmpfs readonly ro,nosuid,nodev\n");
}

TEST(full_set)
{
        struct pinfold *box = box_empty();
        char *dev = dev_mounts(PINFOLD_DEV_MQUEUE);
        const char *a = directory("a"), *b = directory("b");

        directory("usr");
        directory("usr/bin");
        directory("host-etc");
        file("host-etc/hosts");
        pinfold_bind(box, format("%s/usr", tree()), "/usr", 0);
        pinfold_symlink(box, "usr/bin", "/bin", 0);
        pinfold_etc(box, format("%s/host-etc", tree()), "host");
        pinfold_place(box, "/etc/passwd", "root:x:0:0::/:/bin/sh\n", 22);
        pinfold_proc(box, "/proc");
        pinfold_dev(box, "/dev", PINFOLD_DEV_MQUEUE);
        pinfold_tmpfs(box, "/tmp", 1 << 20, 01777);
        pinfold_mkdir(box, "/var/lib", 0755);
        pinfold_symlink(box, "/tmp", "/var/tmp", 0);
        pinfold_overlay(box, "/opt", (const char *[]){a, b, NULL}, NULL, NULL, 0);
        pinfold_tmpfs(box, "/home", 0, 0755);
        pinfold_bind(box, directory("project"), "/home/me", PINFOLD_BIND_WRITABLE);
        pinfold_bind(box, "/nonexistent/source", "/home/you", PINFOLD_BIND_OPTIONAL);
        pinfold_readonly(box, "/home/me/secrets", 0700);
        pinfold_remount(box, "/home", PINFOLD_REMOUNT_READONLY);
        pinfold_readonly(box, "/root", 0700);
        box_probe(box, (const char *[]){"probe", "wait", NULL});
        pinfold_remount(box, "/", PINFOLD_REMOUNT_READONLY);
        assert_mounts_now(box, format("/ tmpfs rootfs ro,nosuid,nodev\n"
                                      "%s"
                                      "/etc/.host/host tmpfs tree ro,nosuid,nodev\n"
                                      "/etc/passwd tmpfs scratch ro,nosuid,nodev\n"
                                      "/home tmpfs ephemeral ro,nosuid,nodev\n"
                                      "/home/me tmpfs tree rw,nosuid,nodev\n"
                                      "/home/me/secrets tmpfs readonly ro,nosuid,nodev\n"
                                      "/opt overlay overlay ro,nosuid,nodev\n"
                                      "%s"
                                      "/root tmpfs readonly ro,nosuid,nodev\n"
                                      "/tmp tmpfs ephemeral rw,nosuid,nodev\n"
                                      "/usr tmpfs tree ro,nosuid,nodev\n",
                                      dev, proc_mounts()));
        free(dev);
}

/* The same table for a program that holds CAP_SYS_ADMIN in a nested namespace: a copy, and locked. */
TEST(privileged)
{
        struct pinfold *box = box_new("cat /proc/self/mountinfo"), *plain = box_new("cat /proc/self/mountinfo");
        char *nested, *own, *expected;
        struct mount_table table;

        pinfold_set_flags(box, PINFOLD_PRIVILEGED, 1);
        nested = box_output(box, 0);
        own = box_output(plain, 0);
        table = mounts_parse(own);
        expected = mounts_render(&table);
        free(own);
        mounts_free(&table);
        table = mounts_parse(nested);
        free(nested);
        nested = mounts_render(&table);
        assert_string_equal(nested, expected);
        mounts_free(&table);
        free(expected);
        free(nested);
}
