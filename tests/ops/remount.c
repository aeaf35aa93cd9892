/* SPDX-License-Identifier: MIT */
/* The operation remount. Mounts of the host's below the target: submounts.c. */
#include "test.h"

#include <errno.h>

#include "support/box.h"
#include "support/expect.h"
#include "support/mounts.h"

#define ROOTFS "/ tmpfs rootfs rw,nosuid,nodev\n"

TEST(every_flag)
{
        static const struct {
                unsigned flags;
                const char *outer, *inner;
        } all[] = {
                {0, "rw,nosuid", "rw,nosuid"},
                {PINFOLD_REMOUNT_READONLY, "ro,nosuid", "rw,nosuid"},
                {PINFOLD_REMOUNT_NODEV, "rw,nosuid,nodev", "rw,nosuid"},
                {PINFOLD_REMOUNT_NOSUID, "rw,nosuid", "rw,nosuid"},
                {PINFOLD_REMOUNT_READONLY | PINFOLD_REMOUNT_RECURSIVE, "ro,nosuid", "ro,nosuid"},
                {PINFOLD_REMOUNT_READONLY | PINFOLD_REMOUNT_NODEV | PINFOLD_REMOUNT_NOSUID | PINFOLD_REMOUNT_RECURSIVE,
                 "ro,nosuid,nodev", "ro,nosuid,nodev"},
                {PINFOLD_REMOUNT_RECURSIVE, "rw,nosuid", "rw,nosuid"},
        };
        const char *directory = temporary_directory();

        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
                struct pinfold *box = box_empty();
                struct mount_table table;

                pinfold_bind(box, directory, "/d", PINFOLD_BIND_WRITABLE | PINFOLD_BIND_DEVICE);
                pinfold_bind(box, directory, "/d/inner", PINFOLD_BIND_WRITABLE | PINFOLD_BIND_DEVICE);
                pinfold_remount(box, "/d", all[i].flags);
                table = box_table(box);
                assert_string_equal(mounts_at(&table, "/d")->flags, format("%s,relatime", all[i].outer));
                assert_string_equal(mounts_at(&table, "/d/inner")->flags, format("%s,relatime", all[i].inner));
                mounts_free(&table);
        }
}

TEST(it_never_clears)
{
        struct pinfold *box = box_empty();

        pinfold_readonly(box, "/a", 0755);
        pinfold_remount(box, "/a", PINFOLD_REMOUNT_NOSUID);
        pinfold_remount(box, "/a", 0);
        assert_mounts(box, ROOTFS "/a tmpfs readonly ro,nosuid,nodev\n");
}

TEST(the_root)
{
        struct pinfold *box = box_new("export LC_ALL=C; touch /file 2>&1; touch /tmp/file && echo written");
        char *output;

        pinfold_remount(box, "/", PINFOLD_REMOUNT_READONLY);
        output = box_output(box, 0);
        assert_string_equal(output, "touch: cannot touch '/file': Read-only file system\nwritten\n");
        free(output);
}

TEST(everything)
{
        struct pinfold *box = box_new("export LC_ALL=C; touch /file 2>&1; touch /tmp/file 2>&1; echo x > /dev/null "
                                      "&& echo x");
        char *output;

        pinfold_remount(box, "/", PINFOLD_REMOUNT_READONLY | PINFOLD_REMOUNT_RECURSIVE);
        output = box_output(box, 0);
        assert_string_equal(output, "touch: cannot touch '/file': Read-only file system\n"
                                    "touch: cannot touch '/tmp/file': Read-only file system\nx\n");
        free(output);
}

/* Operations that follow see what it did. */
TEST(later_operations)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_tmpfs(box, "/a", 0, 0755);
        pinfold_remount(box, "/a", PINFOLD_REMOUNT_READONLY);
        pinfold_mkdir(box, "/a/b", 0755);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EROFS, 2, "mkdir", "/a/b",
                  "cannot set up container: directory /a/b: create directory /a/b: Read-only file system"});
}

TEST(through_a_link)
{
        struct pinfold *box = box_empty();

        pinfold_tmpfs(box, "/a", 0, 0755);
        pinfold_symlink(box, "/a", "/b", 0);
        pinfold_remount(box, "/b", PINFOLD_REMOUNT_READONLY);
        assert_mounts(box, ROOTFS "/a tmpfs ephemeral ro,nosuid,nodev\n");
}

TEST(a_file)
{
        struct pinfold *box = box_empty();
        struct mount_table table;

        pinfold_bind(box, "/etc/passwd", "/a", PINFOLD_BIND_WRITABLE);
        pinfold_remount(box, "/a", PINFOLD_REMOUNT_READONLY);
        table = box_table(box);
        assert_true(mounts_at(&table, "/a")->readonly);
        mounts_free(&table);
}

TEST(not_a_mount_point)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_mkdir(box, "/a", 0755);
        pinfold_remount(box, "/a", PINFOLD_REMOUNT_READONLY);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EINVAL, 1, "remount", "/a",
                  "cannot set up container: remount /a: /a is not a mount point: Invalid argument"});
}

TEST(nothing_there)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_mkdir(box, "/a", 0755);
        pinfold_remount(box, "/b", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, ENOENT, 1, "remount", "/b",
                  "cannot set up container: remount /b: open /b: No such file or directory"});
}

TEST(wrong_use)
{
        struct pinfold *box = box_bare("exit 0");

        assert_int_equal(pinfold_remount(box, "/a", 1u << 4), -EINVAL);
        box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, EINVAL, 0, "remount", "",
                  "cannot start container: remount: flags has unknown bits 0x10: Invalid argument"});

        box = box_bare("exit 0");
        assert_int_equal(pinfold_remount(box, "a", 0), -EINVAL);
        box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, EINVAL, 0, "remount", "",
                  "cannot start container: remount: target \"a\" is not an absolute path: Invalid argument"});
}
